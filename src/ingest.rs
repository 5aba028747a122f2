//! Posts, analysis, store: where do they meet? Only here.
//!
//! Posts come from one iterator, are judged and made ready on several threads, and are put in the order they came in, so
//! that of two posts with one id the later one stays. Every queue is short and bounded: memory does not grow with the
//! number of posts.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::analysis::{Judge, mask_attributes};
use crate::model::{BrandId, Language, Post, PostId, Watchlist};
use crate::store::{Market, Prepared, Preparer, Put, Record, StoreError, Writer};

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

/// Takes in `posts`, each with a number by which the caller knows it, and makes them durable.
///
/// # Errors
/// Those of the store. What was committed before stays; taking in the same posts again loses and doubles nothing.
pub fn ingest(
    posts: impl Iterator<Item = (u64, Post)> + Send,
    watchlist: Option<&Watchlist>,
    writer: &mut Writer,
    config: IngestConfig,
    mut happens: impl FnMut(Happening<'_>),
) -> Result<Report, StoreError> {
    let judge = Judge::new(watchlist);
    let mut market = writer.market()?;
    if let Some(watchlist) = watchlist {
        market.learn(watchlist);
    }
    let mut report = Report::default();
    thread::scope(|scope| {
        let (to_judge, from_reader) = sync_channel::<Batch<(u64, Post)>>(QUEUE);
        let (to_writer, from_judges) = sync_channel::<Batch<Judged>>(QUEUE);
        scope.spawn(move || {
            let mut posts = posts;
            for number in 0.. {
                let items: Vec<_> = posts.by_ref().take(BATCH).collect();
                let is_last = items.len() < BATCH;
                // The other side is gone only when writing failed, which it reports itself.
                if items.is_empty() || to_judge.send(Batch { number, items }).is_err() || is_last {
                    break;
                }
            }
        });
        // Only the judges hold the queue's end: when writing fails they go, and the reader sees that nobody listens.
        let from_reader = Arc::new(Mutex::new(from_reader));
        for _ in 0..config.threads.max(1) {
            let (from_reader, to_writer) = (from_reader.clone(), to_writer.clone());
            let (judge, mut preparer) = (&judge, writer.preparer());
            scope.spawn(move || {
                loop {
                    let batch = from_reader.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(Batch { number, items }) = batch else { break };
                    let items = items
                        .into_iter()
                        .map(|(number, post)| judged(number, post, judge, &mut preparer))
                        .collect();
                    if to_writer.send(Batch { number, items }).is_err() {
                        break;
                    }
                }
            });
        }
        drop((from_reader, to_writer));
        put_all(from_judges, writer, &mut market, config, &mut report, &mut happens)
    })?;
    writer.commit(&market)?;
    Ok(report)
}

fn judged(number: u64, mut post: Post, judge: &Judge, preparer: &mut Preparer) -> Judged {
    let finding = judge.judge(&post);
    mask_attributes(&mut post);
    let names = brand_names(&post, judge);
    let record = Record::new(post, finding);
    Judged {
        number,
        prepared: preparer.prepare(&record),
        names,
        language: record.language,
        is_undated: record.post.created.is_none(),
        is_masked: record.is_masked,
        brands: record.brands,
    }
}

fn put_all(
    batches: Receiver<Batch<Judged>>,
    writer: &mut Writer,
    market: &mut Market,
    config: IngestConfig,
    report: &mut Report,
    happens: &mut impl FnMut(Happening<'_>),
) -> Result<(), StoreError> {
    let mut early: BTreeMap<usize, Vec<Judged>> = BTreeMap::new();
    let mut next = 0;
    let mut committed = Instant::now();
    for batch in batches {
        early.insert(batch.number, batch.items);
        while let Some(items) = early.remove(&next) {
            next += 1;
            let count = items.len() as u64;
            for judged in items {
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
            }
            happens(Happening::Taken(count));
            let is_due = writer.waiting() > 0 && committed.elapsed() >= config.commit_after;
            if is_due || writer.waiting() >= config.commit_posts {
                writer.commit(market)?;
                committed = Instant::now();
            }
        }
    }
    Ok(())
}

/// The names that the source gave its brands, by the ids they got.
fn brand_names(post: &Post, judge: &Judge) -> Vec<(BrandId, String)> {
    post.about.iter().filter_map(|name| Some((judge.brand_by_name(name)?, name.clone()))).collect()
}
