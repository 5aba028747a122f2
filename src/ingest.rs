//! Posts, analysis, store, and what people decided: where do they meet? Only here.
//!
//! Posts come from one iterator, are judged and made ready on several threads, and are put in the order they came in, so
//! that of two posts with one id the later one stays. Every queue is short and bounded: memory does not grow with the
//! number of posts.

mod adaptation;
mod again;
mod desk;
mod harvested;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use self::adaptation::Adaptation;
pub use self::again::{Again, Department, Moves, Remaking, apply_routes, reindex, try_routes};
pub use self::desk::{Desk, heal};
pub use self::harvested::{Keeping, Kept, keep_harvest, naming};
use crate::analysis::Judge;
use crate::model::{BrandId, Language, Post, PostId, Watchlist, WatchlistId};
use crate::state::{Corrections, State, StateError};
use crate::store::{Market, Prepared, Preparer, Put, StoreError, Writer};

/// How posts are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestConfig {
    /// Threads that judge posts. Default: as many as the machine runs at once.
    pub threads: usize,
    /// Posts after which what came in is made durable. Default: 100,000, since each commit costs about a quarter of a
    /// second.
    pub commit_posts: usize,
    /// Time after which it is made durable anyway, so that what trickles in is found soon. Default: ten seconds.
    pub commit_after: Duration,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            threads: thread::available_parallelism().map_or(2, usize::from),
            commit_posts: 100_000,
            commit_after: Duration::from_secs(10),
        }
    }
}

/// What became of the posts that came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// All that came in.
    pub posts: u64,
    /// Not known before.
    pub new: u64,
    /// Known by id, with something else in it.
    pub changed: u64,
    /// Known as they are.
    pub unchanged: u64,
    /// Came in more than once: the last one stays.
    pub repeated: u64,
    /// Without a date: kept, and left out of trends.
    pub undated: u64,
    /// In which something was masked.
    pub masked: u64,
    /// By brand that they are about.
    pub brands: BTreeMap<BrandId, u64>,
    /// By language.
    pub languages: BTreeMap<Language, u64>,
}

impl Report {
    /// Adds what became of other posts.
    fn add(&mut self, other: Self) {
        self.posts += other.posts;
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.repeated += other.repeated;
        self.undated += other.undated;
        self.masked += other.masked;
        for (brand, count) in other.brands {
            *self.brands.entry(brand).or_default() += count;
        }
        for (language, count) in other.languages {
            *self.languages.entry(language).or_default() += count;
        }
    }
}

/// Something that a caller may want to see while posts come in.
#[derive(Debug, Clone, Copy)]
pub enum Happening<'a> {
    /// So many posts were put.
    Taken(u64),
    /// The post that came as number `number` has the id of one that came before it.
    Repeated { number: u64, id: &'a PostId },
}

/// A few posts in their order, with the number of the first batch that holds them.
struct Batch<T> {
    number: usize,
    items: Vec<T>,
}

/// A post that was judged, and what the report needs of it.
struct Judged {
    number: u64,
    prepared: Prepared,
    names: Vec<(BrandId, String)>,
    brands: Vec<BrandId>,
    language: Language,
    is_undated: bool,
    is_masked: bool,
}

/// Posts in a batch: enough that passing it on costs nothing beside judging it.
const BATCH: usize = 256;

/// Batches that wait in each queue.
const QUEUE: usize = 8;

/// Why posts were not taken in, or not judged anew.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The index could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What people decided could not be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// Posts were judged by a watchlist whose text is not kept.
    #[error("the watchlist `{0}`, by which posts of the index were judged, is not kept beside it")]
    NoWatchlist(WatchlistId),
    /// The file of what was learned from a user's labels could not be read, written or removed.
    #[error("could not use {}", path.display())]
    Adaptation {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} cannot be read: it was cut or changed", .0.display())]
    BadAdaptation(PathBuf),
}

/// Takes in `posts`, each with a number by which the caller knows it, and makes them durable.
///
/// # Errors
/// Those of the store and of the state. What was committed before stays; taking in the same posts again loses and doubles
/// nothing.
pub fn ingest(
    posts: impl Iterator<Item = (u64, Post)> + Send,
    watchlist: Option<&Watchlist>,
    writer: &mut Writer,
    config: IngestConfig,
    mut happens: impl FnMut(Happening<'_>),
) -> Result<Report, IngestError> {
    let corrections = match State::open_if_there(writer.folder())? {
        Some(state) => state.corrections()?,
        None => Corrections::default(),
    };
    let adaptation = Adaptation::read(writer.folder())?;
    writer.note_analysis(&adaptation.version())?;
    let mut market = writer.market()?;
    if let Some(watchlist) = watchlist {
        market.learn(watchlist);
    }
    let desk = Desk::new(watchlist, &market, adaptation.learned.as_ref());
    let mut report = Report::default();
    let mut committed = Instant::now();
    let preparer = writer.preparer_of();
    in_order(
        posts,
        config.threads,
        &preparer,
        |preparer, (number, post)| judged(number, post, &desk, &corrections, preparer),
        |batch| -> Result<(), StoreError> {
            let count = batch.len() as u64;
            for judged in batch {
                put(judged, writer, &mut market, &mut report, &mut happens)?;
            }
            happens(Happening::Taken(count));
            let is_due = writer.waiting() > 0 && committed.elapsed() >= config.commit_after;
            if is_due || writer.waiting() >= config.commit_posts {
                writer.commit(&market)?;
                committed = Instant::now();
            }
            Ok(())
        },
    )?;
    writer.commit(&market)?;
    Ok(report)
}

/// Works on `items` with as many threads as are wanted, each with a tool of its own, and gives what comes of them to
/// `take`, in the order in which they came in. Every queue is short and bounded.
pub(super) fn in_order<T: Send, U: Send, W, E>(
    items: impl Iterator<Item = T> + Send,
    threads: usize,
    tool: &(impl Fn() -> W + Sync),
    work: impl Fn(&mut W, T) -> U + Sync,
    mut take: impl FnMut(Vec<U>) -> Result<(), E>,
) -> Result<(), E> {
    thread::scope(|scope| {
        let (to_work, from_reader) = sync_channel::<Batch<T>>(QUEUE);
        let (to_taker, from_workers) = sync_channel::<Batch<U>>(QUEUE);
        scope.spawn(move || {
            let mut items = items;
            for number in 0.. {
                let items: Vec<_> = items.by_ref().take(BATCH).collect();
                let is_last = items.len() < BATCH;
                // The other side is gone only when taking failed, which it reports itself.
                if items.is_empty() || to_work.send(Batch { number, items }).is_err() || is_last {
                    break;
                }
            }
        });
        // Only the workers hold the queue's end: when taking fails they go, and the reader sees that nobody listens.
        let from_reader = Arc::new(Mutex::new(from_reader));
        for _ in 0..threads.max(1) {
            let (from_reader, to_taker, work) = (from_reader.clone(), to_taker.clone(), &work);
            scope.spawn(move || {
                let mut tool = tool();
                loop {
                    let batch = from_reader.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(Batch { number, items }) = batch else { break };
                    let items = items.into_iter().map(|item| work(&mut tool, item)).collect();
                    if to_taker.send(Batch { number, items }).is_err() {
                        break;
                    }
                }
            });
        }
        drop((from_reader, to_taker));
        let mut early: BTreeMap<usize, Vec<U>> = BTreeMap::new();
        let mut next = 0;
        for batch in from_workers {
            early.insert(batch.number, batch.items);
            while let Some(items) = early.remove(&next) {
                next += 1;
                take(items)?;
            }
        }
        Ok(())
    })
}

fn judged(
    number: u64,
    post: Post,
    desk: &Desk,
    corrections: &Corrections,
    preparer: &mut Preparer,
) -> Judged {
    let mut names = brand_names(&post, &desk.judge);
    let mut record = desk.record(post);
    let encoded = desk.finish(&mut record, corrections, preparer);
    // A brand that only its account names is called as the account.
    if let (Some(brand), Some(author)) = (&record.written_by, &record.post.author)
        && names.is_empty()
    {
        names.push((brand.clone(), author.handle.clone()));
    }
    Judged {
        number,
        prepared: preparer.prepare(&record, &encoded),
        names,
        language: record.language,
        is_undated: record.post.created.is_none(),
        is_masked: record.is_masked,
        brands: record.brands,
    }
}

fn put(
    judged: Judged,
    writer: &mut Writer,
    market: &mut Market,
    report: &mut Report,
    happens: &mut impl FnMut(Happening<'_>),
) -> Result<(), StoreError> {
    for (id, name) in &judged.names {
        market.meet(id, name);
    }
    report.posts += 1;
    report.undated += u64::from(judged.is_undated);
    report.masked += u64::from(judged.is_masked);
    *report.languages.entry(judged.language).or_default() += 1;
    for brand in judged.brands {
        *report.brands.entry(brand).or_default() += 1;
    }
    let id = judged.prepared.id().clone();
    match writer.put(judged.prepared)? {
        Put::New => report.new += 1,
        Put::Changed => report.changed += 1,
        Put::Unchanged => report.unchanged += 1,
        Put::Repeated => {
            report.repeated += 1;
            happens(Happening::Repeated { number: judged.number, id: &id });
        }
    }
    Ok(())
}

/// The names that the source gave its brands, by the ids they got.
fn brand_names(post: &Post, judge: &Judge) -> Vec<(BrandId, String)> {
    post.about.iter().filter_map(|name| Some((judge.brand_by_name(name)?, name.clone()))).collect()
}
