//! How are posts that are in the index already judged or routed anew?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::analysis::learned::Learned;
use crate::ingest::{Adaptation, Desk, IngestConfig, IngestError, in_order};
use crate::model::{PostId, Watchlist, WatchlistId};
use crate::state::Corrections;
use crate::store::{Market, Preparer, Rebuild, Record, Records, StoreError, Writer};

/// By what posts of the index are judged again.
#[derive(Debug, Clone, Copy)]
pub struct Again<'a> {
    /// The watchlists that they were judged by, as they are kept.
    pub kept: &'a [Watchlist],
    /// One that is given now. It takes the place of the kept one with its name; if there is none, of all.
    pub given: Option<&'a Watchlist>,
}

/// A desk for each watchlist.
struct Desks {
    by_name: BTreeMap<WatchlistId, Desk>,
    given: Option<WatchlistId>,
    none: Desk,
}

impl Desks {
    fn new(again: Again<'_>, market: &Market, adapted: Option<&Learned>) -> Self {
        let is_same = |kept: &&Watchlist| again.given.is_some_and(|given| given.id == kept.id);
        let takes_all = !again.kept.iter().any(|kept| is_same(&kept));
        let mut by_name = BTreeMap::new();
        for watchlist in again.kept.iter().filter(|kept| !is_same(kept)).chain(again.given) {
            by_name.insert(watchlist.id.clone(), Desk::new(Some(watchlist), market, adapted));
        }
        let given = again.given.map(|given| given.id.clone());
        if takes_all && let Some(given) = &given {
            by_name.retain(|id, _| id == given);
        }
        Self { by_name, given, none: Desk::new(None, market, adapted) }
    }

    /// The desk of posts that were judged by `watchlist`.
    fn of(&self, watchlist: Option<&WatchlistId>) -> Result<&Desk, IngestError> {
        if let Some(known) = watchlist.and_then(|id| self.by_name.get(id)) {
            return Ok(known);
        }
        let given = self.given.as_ref().and_then(|given| self.by_name.get(given));
        match (watchlist, given) {
            (_, Some(given)) => Ok(given),
            (None, None) => Ok(&self.none),
            (Some(id), None) => Err(IngestError::NoWatchlist(id.clone())),
        }
    }
}

/// Judges all posts again and puts the index that comes of it in the place of the old one. `taken` is told how many more
/// posts are done. Returns how many there are.
///
/// # Errors
/// Those of the store, and [`IngestError::NoWatchlist`]; the old index stays then.
pub fn reindex(
    mut rebuild: Rebuild,
    again: Again<'_>,
    corrections: &Corrections,
    threads: usize,
    mut taken: impl FnMut(u64),
) -> Result<u64, IngestError> {
    let mut market = rebuild.market()?;
    if let Some(given) = again.given {
        market.learn(given);
    }
    let adaptation = Adaptation::read(rebuild.folder())?;
    let desks = Desks::new(again, &market, adaptation.learned.as_ref());
    let total = rebuild.total();
    let (records, preparer) = (rebuild.records(), rebuild.preparer_of());
    in_order(
        records,
        threads,
        &preparer,
        |preparer: &mut Preparer, read| -> Result<_, IngestError> {
            let (old, earlier) = read?;
            let desk = desks.of(old.watchlist.as_ref())?;
            let mut record = desk.again(old);
            let encoded = desk.finish(&mut record, corrections, preparer);
            Ok((preparer.prepare(&record, &encoded), earlier))
        },
        |batch| {
            let count = batch.len() as u64;
            for judged in batch {
                let (ready, earlier) = judged?;
                rebuild.put(ready, &earlier)?;
            }
            taken(count);
            Ok::<(), IngestError>(())
        },
    )?;
    rebuild.finish(&market, &adaptation.version())?;
    Ok(total)
}

/// Who takes a post; `None` if nobody does.
pub type Department = Option<String>;

/// What other rules would do, or did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// All posts that were looked at.
    pub posts: u64,
    /// By department: posts that it has now, and posts that it would have. `None` are the posts that no rule takes.
    pub departments: BTreeMap<Department, (u64, u64)>,
    /// From which department to which: how many posts, and some of them.
    pub moves: BTreeMap<(Department, Department), (u64, Vec<PostId>)>,
}

/// Posts of each move that are named.
const EXAMPLES: usize = 3;

impl Moves {
    fn count(&mut self, id: &PostId, now: Option<String>, then: Option<String>) {
        self.posts += 1;
        self.departments.entry(now.clone()).or_default().0 += 1;
        self.departments.entry(then.clone()).or_default().1 += 1;
        if now != then {
            let (count, examples) = self.moves.entry((now, then)).or_default();
            *count += 1;
            if examples.len() < EXAMPLES {
                examples.push(id.clone());
            }
        }
    }

    /// How many posts move.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.moves.values().map(|(count, _)| count).sum()
    }
}

/// Counts what the rules of `watchlist` would change about all posts that were judged by a watchlist of that name.
///
/// # Errors
/// Those of the store.
pub fn try_routes(
    records: Records,
    watchlist: &Watchlist,
    market: &Market,
    threads: usize,
) -> Result<Moves, IngestError> {
    // Rules look at what was judged: nothing is judged here.
    let desk = Desk::new(Some(watchlist), market, None);
    let mut moves = Moves::default();
    let tool = crate::text::Analyzer::default;
    in_order(
        records,
        threads,
        &tool,
        |analyzer, read| -> Result<_, StoreError> {
            let (record, _) = read?;
            if record.watchlist.as_ref() != Some(&watchlist.id) {
                return Ok(None);
            }
            let post = &record.post;
            let encoded = analyzer.encode(post.title.as_deref(), &post.text, record.language);
            let then = desk.route(&record, &encoded);
            Ok(Some((post.id.clone(), record.route, then)))
        },
        |batch| {
            for looked_at in batch {
                if let Some((id, now, then)) = looked_at? {
                    moves.count(&id, now, then);
                }
            }
            Ok::<(), StoreError>(())
        },
    )?;
    Ok(moves)
}

/// Applies the rules of `watchlist` to all posts that were judged by a watchlist of that name. Killed in the middle and run
/// again, it does the rest.
///
/// # Errors
/// Those of the store.
pub fn apply_routes(
    writer: &mut Writer,
    watchlist: &Watchlist,
    config: IngestConfig,
    mut taken: impl FnMut(u64),
) -> Result<Moves, IngestError> {
    let mut market = writer.market()?;
    market.learn(watchlist);
    let desk = Desk::new(Some(watchlist), &market, None);
    let mut moves = Moves::default();
    let mut committed = Instant::now();
    let (records, preparer) = (writer.records(), writer.preparer_of());
    in_order(
        records,
        config.threads,
        &preparer,
        |preparer: &mut Preparer, read| -> Result<_, StoreError> {
            let (mut record, _): (Record, _) = read?;
            if record.watchlist.as_ref() != Some(&watchlist.id) {
                return Ok(None);
            }
            let encoded = preparer.encode(&record);
            let then = desk.route(&record, &encoded);
            let now = std::mem::replace(&mut record.route, then.clone());
            let ready = (now != then).then(|| preparer.prepare(&record, &encoded));
            Ok(Some((record.post.id, now, then, ready)))
        },
        |batch| {
            let count = batch.len() as u64;
            for looked_at in batch {
                let Some((id, now, then, ready)) = looked_at? else { continue };
                moves.count(&id, now, then);
                if let Some(ready) = ready {
                    writer.put(ready)?;
                }
            }
            taken(count);
            let is_due = writer.waiting() > 0
                && committed.elapsed() >= config.commit_after.max(Duration::from_secs(1));
            if is_due || writer.waiting() >= config.commit_posts {
                writer.commit(&market)?;
                committed = Instant::now();
            }
            Ok::<(), StoreError>(())
        },
    )?;
    writer.commit(&market)?;
    Ok(moves)
}
