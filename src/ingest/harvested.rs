//! How does what was harvested get into the index? In small batches: first the posts, then the place where it goes on.
//!
//! A crash between the two asks for the same page again, and its posts are known by their ids.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::{IngestConfig, IngestError, Report, heal, ingest};
use crate::harvest::{DeletedAt, Delivery, Names};
use crate::model::{PostId, SourceId, Watchlist, WatchlistId};
use crate::state::{Deletion, State};
use crate::store::Writer;

/// How what was harvested is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Posts after which a batch is kept. Default: 10,000: each batch is a commit. With 3,000 on a busy machine, a stream's posts
    /// were kept at 8,800 a second; with 10,000 on a quiet one at 22,000, at 211 MB at most (`benches/harvest.rs`).
    pub posts: usize,
    /// Bytes of text after which it is kept as well, so that what waits in memory stays small. Default: 8 MB.
    pub bytes: usize,
    /// Time after which it is kept anyway. Default: two seconds, so that what trickles in is found soon.
    pub after: Duration,
    /// How posts are judged.
    pub ingest: IngestConfig,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { posts: 10_000, bytes: 8 << 20, after: Duration::from_secs(2), ingest: IngestConfig::default() }
    }
}

/// What became of one batch.
#[derive(Debug)]
pub struct Kept<'a> {
    /// What came.
    pub deliveries: &'a [Delivery],
    /// What became of the posts.
    pub report: Report,
    /// Posts that were taken out, because their sources took them out.
    pub deleted: u64,
    /// Posts that name no brand, of streams of all the world's posts, and were not kept.
    pub passed_by: u64,
}

/// Keeps deliveries until there are no more, and returns the writer. `clock` gives the time.
///
/// `watchlists` is asked before each batch by which watchlists posts are judged: it says so at first, and later only where they
/// are others than before.
///
/// Where another process has made the index anew, or writes in its turn, what is there then is gone on with; what comes meanwhile
/// waits. `None` if `is_over` says during that that all is to end: what waits is asked for again.
///
/// Waits by `runtime`, and so must not be called on one of its own threads.
///
/// # Errors
/// Those of the store and of the state. What was kept before stays.
#[expect(clippy::too_many_arguments, reason = "each is another thing, and there is one caller of each kind")]
pub fn keep_harvest(
    deliveries: &mut Receiver<Delivery>,
    runtime: &Handle,
    mut watchlists: impl FnMut(&State) -> Option<BTreeMap<WatchlistId, Watchlist>>,
    mut writer: Writer,
    state: &mut State,
    keeping: Keeping,
    clock: impl Fn() -> Timestamp,
    is_over: impl Fn() -> bool,
    mut happens: impl FnMut(&Kept<'_>),
) -> Result<Option<Writer>, IngestError> {
    let (mut by_id, mut lists) = (BTreeMap::new(), Vec::new());
    while let Some(batch) = runtime.block_on(gather(deliveries, keeping)) {
        if let Some(others) = watchlists(state) {
            lists = others.values().cloned().collect();
            by_id = others;
        }
        if !batch.is_empty() {
            let now = clock();
            writer.begin_run(now);
            writer.wipe()?;
            let kept = keep(&batch, &by_id, &mut writer, state, keeping, now)?;
            happens(&kept);
        }
        // What people said meanwhile, while the index was ours.
        heal(state, &mut writer, &lists)?;
        match writer.give_way(&clock, &is_over)? {
            Some(again) => writer = again,
            None => return Ok(None),
        }
    }
    // Who is told to end does not begin what may take long.
    if !is_over() {
        writer.wipe()?;
    }
    Ok(Some(writer))
}

/// What says whether a post names a brand of its watchlist, one of `watchlists`.
#[must_use]
pub fn naming(watchlists: &BTreeMap<WatchlistId, Watchlist>) -> Names {
    let judge =
        |(id, list): (&WatchlistId, &Watchlist)| (id.clone(), crate::analysis::Judge::new(Some(list)));
    let judges: BTreeMap<WatchlistId, crate::analysis::Judge> = watchlists.iter().map(judge).collect();
    Arc::new(move |id, post| judges.get(id).is_none_or(|judge| judge.names_a_brand(post)))
}

/// How often who waits for posts looks whether people said something: so that a person sees it at once.
const LOOK_UP: Duration = Duration::from_secs(1);

/// Waits for the next batch, which is empty if nothing came for a while; `None` if nothing will ever come.
async fn gather(deliveries: &mut Receiver<Delivery>, keeping: Keeping) -> Option<Vec<Delivery>> {
    let Ok(first) = timeout(LOOK_UP, deliveries.recv()).await else { return Some(Vec::new()) };
    let mut batch = vec![first?];
    let bytes = |delivery: &Delivery| delivery.posts.iter().map(|post| post.text.len()).sum::<usize>();
    let (mut posts, mut size) = (batch[0].posts.len(), bytes(&batch[0]));
    let more = async {
        while posts < keeping.posts && size < keeping.bytes {
            let Some(delivery) = deliveries.recv().await else { break };
            posts += delivery.posts.len();
            size += bytes(&delivery);
            batch.push(delivery);
        }
    };
    // Late is no reason to keep less.
    let _ = timeout(keeping.after, more).await;
    Some(batch)
}

fn keep<'a>(
    batch: &'a [Delivery],
    watchlists: &BTreeMap<WatchlistId, Watchlist>,
    writer: &mut Writer,
    state: &mut State,
    keeping: Keeping,
    now: Timestamp,
) -> Result<Kept<'a>, IngestError> {
    let mut kept = Kept { deliveries: batch, report: Report::default(), deleted: 0, passed_by: 0 };
    let mut by_watchlist: BTreeMap<&WatchlistId, Vec<&Delivery>> = BTreeMap::new();
    for delivery in batch {
        by_watchlist.entry(&delivery.step.stream.watchlist).or_default().push(delivery);
    }
    for (id, deliveries) in by_watchlist {
        kept.passed_by += deliveries.iter().map(|delivery| delivery.passed_by).sum::<u64>();
        let posts = || deliveries.iter().flat_map(|delivery| &delivery.posts).cloned();
        if posts().next().is_some() {
            let posts = (0..).zip(posts());
            let report = ingest(posts, watchlists.get(id), writer, keeping.ingest, |_| {})?;
            kept.report.add(report);
        }
    }
    // After the posts: what a source took out again in the same batch is taken out here as well.
    let mut gone: Vec<(PostId, Option<DeletedAt>)> = Vec::new();
    for delivery in batch {
        let at = |what: &str| delivery.deleted_at.get(what).copied();
        gone.extend(delivery.deleted.iter().map(|id| (id.clone(), at(id.as_str()))));
        for start in &delivery.deleted_all {
            gone.extend(writer.ids_with(start)?.into_iter().map(|id| (id, at(start))));
        }
    }
    let steps: Vec<_> = batch.iter().map(|delivery| delivery.step.clone()).collect();
    let ended = || batch.iter().filter_map(|delivery| Some((delivery, delivery.whole_since?)));
    for (delivery, since) in ended() {
        // The pages of the walk that were kept before this batch are in the state; those of this batch are here.
        let stream = &delivery.step.stream;
        let shown: std::collections::HashSet<&PostId> = steps
            .iter()
            .filter(|step| step.stream == *stream && step.progress.walk >= since)
            .flat_map(|step| &step.seen)
            .collect();
        for id in state.unseen(stream, since)? {
            if shown.contains(&id) {
                continue;
            }
            // What is older than the oldest that is shown was pushed out, and may still be there.
            let is_within = match delivery.shows_from {
                None => true,
                Some(from) => writer
                    .post(&id)?
                    .and_then(|record| record.post.created)
                    .is_some_and(|created| created >= from),
            };
            gone.extend(is_within.then_some((id, None)));
        }
    }
    // Told twice, as by a stream and by a look, is gone once; and when is taken from who knows it best.
    gone.sort_by_key(|(id, at)| (id.clone(), at.is_none_or(|at| !at.is_exact), at.is_none()));
    gone.dedup_by(|second, first| second.0 == first.0);
    let mut deletions = Vec::new();
    for (id, at) in &gone {
        if !writer.delete(id)? {
            continue;
        }
        kept.deleted += 1;
        let source = id.as_str().split_once(':').and_then(|(source, _)| SourceId::new(source).ok());
        deletions.extend(source.zip(*at).map(|(source, at)| Deletion {
            source,
            lag_seconds: (now.as_second() - at.at.as_second()).max(0),
            is_exact: at.is_exact,
        }));
    }
    if !gone.is_empty() {
        let market = writer.market()?;
        writer.commit(&market)?;
        // All of them: a run that was killed here took them out of the index only.
        let ids: Vec<PostId> = gone.into_iter().map(|(id, _)| id).collect();
        state.forget_posts(&ids, &deletions)?;
    }
    state.keep_steps(&steps, now)?;
    for (delivery, since) in ended() {
        state.forget_unseen(&delivery.step.stream, since)?;
    }
    for receipt in batch.iter().filter_map(|delivery| delivery.receipt.as_ref()) {
        receipt.give();
    }
    Ok(kept)
}
