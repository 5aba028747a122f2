//! How are posts that are in the index already judged or routed anew?

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::analysis::learned::Learned;
use crate::ingest::{Adaptation, Desk, IngestConfig, IngestError, in_order};
use crate::model::{PostId, Watchlist, WatchlistId};
use crate::state::Corrections;
use crate::store::{Holder, Market, Preparer, Rebuild, Record, Records, StoreError, Writer};

/// By what posts of the index are judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// The watchlists that they were judged by, as they are kept.
    pub kept: Vec<Watchlist>,
    /// What people said of them.
    pub corrections: Corrections,
}

/// What happens while an index is made anew.
#[derive(Debug, Clone)]
pub enum Remaking {
    /// So many more posts are done.
    Taken(u64),
    /// All are, and another process writes that does not give way soon.
    Waiting(Option<Holder>),
}

/// Posts that are so few that they are done while nobody else can write.
const FEW: u64 = 2_000;

/// Looks at what came meanwhile, before it is done while nobody else can write, however much it is.
const LOOKS: u32 = 20;

/// A desk for each watchlist.
struct Desks {
    by_name: BTreeMap<WatchlistId, Desk>,
    given: Option<WatchlistId>,
    none: Desk,
}

impl Desks {
    /// `given` takes the place of the kept one with its name; if there is none, of all.
    fn new(
        kept: &[Watchlist],
        given: Option<&Watchlist>,
        market: &Market,
        adapted: Option<&Learned>,
    ) -> Self {
        let is_same = |kept: &&Watchlist| given.is_some_and(|given| given.id == kept.id);
        let takes_all = !kept.iter().any(|kept| is_same(&kept));
        let mut by_name = BTreeMap::new();
        for watchlist in kept.iter().filter(|kept| !is_same(kept)).chain(given) {
            by_name.insert(watchlist.id.clone(), Desk::new(Some(watchlist), market, adapted));
        }
        let given = given.map(|given| given.id.clone());
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

/// Judges all posts again, by `given` if that is a watchlist, and puts the index that comes of it in the place of the old one.
/// Others may write meanwhile, so `decided` is asked more than once for what people decided. Returns how many posts there are.
///
/// # Errors
/// Those of the store and of `decided`, and [`IngestError::NoWatchlist`]; the old index stays then.
pub fn reindex<E: From<IngestError>>(
    mut rebuild: Rebuild,
    given: Option<&Watchlist>,
    mut decided: impl FnMut() -> Result<Again, E>,
    threads: usize,
    mut happens: impl FnMut(Remaking),
) -> Result<u64, E> {
    let adaptation = Adaptation::read(rebuild.folder())?;
    let learned = adaptation.learned.as_ref();
    let mut again = decided()?;
    judge_left(&mut rebuild, &again, given, learned, threads, &mut happens)?;
    rebuild = rebuild.settle().map_err(IngestError::from)?;
    for looks in 1.. {
        // Before the posts: what people say after this and the index shows already is a post that differs at the next look.
        let now = decided()?;
        let left = if now.kept == again.kept {
            let besides = now.corrections.differing(&again.corrections);
            rebuild.look_again(&besides).map_err(IngestError::from)?
        } else {
            rebuild.restart().map_err(IngestError::from)?;
            rebuild.total()
        };
        again = now;
        judge_left(&mut rebuild, &again, given, learned, threads, &mut happens)?;
        if rebuild.has_turn() {
            break;
        }
        if left <= FEW || looks >= LOOKS {
            rebuild.take_turn(|holder| happens(Remaking::Waiting(holder))).map_err(IngestError::from)?;
        }
    }
    let (total, market) = (rebuild.total(), market(&rebuild, given)?);
    rebuild.finish(&market, &adaptation.version()).map_err(IngestError::from)?;
    Ok(total)
}

/// What the index knows of its market, and what `given` says of it.
fn market(rebuild: &Rebuild, given: Option<&Watchlist>) -> Result<Market, IngestError> {
    let mut market = rebuild.market()?;
    if let Some(given) = given {
        market.learn(given);
    }
    Ok(market)
}

/// Judges the posts that are to be written, and writes them.
fn judge_left(
    rebuild: &mut Rebuild,
    again: &Again,
    given: Option<&Watchlist>,
    learned: Option<&Learned>,
    threads: usize,
    happens: &mut impl FnMut(Remaking),
) -> Result<(), IngestError> {
    let desks = Desks::new(&again.kept, given, &market(rebuild, given)?, learned);
    let (records, preparer) = (rebuild.records(), rebuild.preparer_of());
    in_order(
        records,
        threads,
        &preparer,
        |preparer: &mut Preparer, read| -> Result<_, IngestError> {
            let (old, earlier) = read?;
            let desk = desks.of(old.watchlist.as_ref())?;
            let mut record = desk.again(old);
            let encoded = desk.finish(&mut record, &again.corrections, preparer);
            Ok((preparer.prepare(&record, &encoded), earlier))
        },
        |batch| {
            let count = batch.len() as u64;
            for judged in batch {
                let (ready, earlier) = judged?;
                rebuild.put(ready, &earlier)?;
            }
            happens(Remaking::Taken(count));
            Ok::<(), IngestError>(())
        },
    )
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
