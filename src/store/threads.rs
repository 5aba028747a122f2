//! What became of each post? Posts and the brands' answers to them, joined in one pass over the columns.
//!
//! Nothing of a thread is written to the post that began it: an answer may come days before or after its post does, and
//! what is joined when it is asked for is right in whatever order they came, and stays right when one of them is erased.
//! The join is made once for each state of the index, at the first question that needs it. It keeps 8 bytes for each
//! post of the index and 16 for each reply; while it is made, about 110 more for each post that is a reply or has one.
//! `benches/responses.rs` says what it costs at a million posts.
//!
//! The clock starts with a post in its own right that a brand is spoken to, or spoken of, in, and stops with the first
//! answer by an account of such a brand, not by its own author and not by a program, that stands below it: directly, or
//! below what the writer or a brand added. What a third person adds, and what is answered to them, is their own matter;
//! and a competitor's offer below a complaint is no answer to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::query::AllScorer;
use tantivy::query::doc_predicate_query::{
    ConstOrVariableSegmentPredicate, DocPredicate, DocPredicateQuery, SegmentDocPredicate,
};
use tantivy::{DateTime, DocAddress, DocId, Score, Searcher, SegmentOrdinal};

use super::record::TOLD;
use crate::model::{Answered, BrandId, Fate, Outcome, Range, Says, Wait};
use crate::sources;

/// Steps up a thread that are followed: more than any conversation has, and an end for ids that point in a circle.
const MAX_DEPTH: usize = 200;

/// No time is known.
const NONE: u32 = u32::MAX;

/// No brand is known.
const NOBODY: u16 = u16::MAX;

const ON_CLOCK: u8 = 1;
const ANSWERED: u8 = 2;
const DIRECTLY: u8 = 4;
const THANKED: u8 = 8;
const PRIVATE: u8 = 16;

/// How one post fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Seconds to the first answer of an answered post, and seconds waited of another; [`NONE`] if not known.
    seconds: u32,
    bits: u8,
    /// Answers after the first.
    later: u8,
    /// Place in [`Threads::brands`].
    brand: u16,
}

const OFF: State = State { seconds: NONE, bits: 0, later: 0, brand: NOBODY };

impl State {
    fn has(self, bits: u8) -> bool {
        self.bits & bits == bits
    }
}

/// All threads of one state of the index.
#[derive(Debug)]
pub(super) struct Threads {
    segments: Vec<(SegmentId, Vec<State>)>,
    brands: Vec<String>,
    /// The second up to which each source is known.
    seen: BTreeMap<String, i64>,
    /// Each reply with the post at the top of its thread, by top.
    replies: Vec<(DocAddress, DocAddress)>,
}

/// What is asked of a thread.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Answered(Option<Answered>),
    Response(Range<Wait>),
    Waiting(Range<Wait>),
    /// Ids of brands.
    Responder(Vec<String>),
    Outcome(Outcome),
}

/// One post on the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocked {
    /// When it was written, in seconds since 1970; `None` if it has no date.
    pub second: Option<i64>,
    /// Directly, further down (yes), or not.
    pub answered: Answered,
    /// Seconds to the first answer, or waited so far.
    pub seconds: Option<u32>,
    /// Number of the brand in [`ClockedPosts::brands`].
    pub brand: Option<u16>,
    /// Number of the source in [`ClockedPosts::sources`].
    pub source: u16,
    /// Its writer thanked.
    pub is_thanked: bool,
    /// The brand moved to a private channel.
    pub is_private: bool,
}

/// The posts on the clock that answer a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockedPosts {
    /// The posts.
    pub posts: Vec<Clocked>,
    /// Ids of brands.
    pub brands: Vec<String>,
    /// Sources, of posts on the clock or not.
    pub sources: Vec<String>,
    /// For each source, the second up to which its posts are known; [`i64::MIN`] if none has a date.
    pub seen: Vec<i64>,
    /// For each source, its posts that would be on the clock if the source showed answers.
    pub unseen: Vec<u64>,
}

/// What the join knows of one post that takes part in a thread. Its row is its place among them.
struct Part {
    tie: u64,
    /// Of its parent.
    parent: Option<u64>,
    author: Option<u64>,
    second: Option<i64>,
    says: u64,
    at: DocAddress,
    /// Place in [`Threads::brands`] of the brand whose account wrote it.
    writer: u16,
    is_complaint: bool,
}

/// Columns of one segment. One that no post of the segment fills may be missing.
struct Columns {
    tie: Column<u64>,
    parent: Option<Column<u64>>,
    author: Option<Column<u64>>,
    created: Column<DateTime>,
    run: Column<u64>,
    says: Option<Column<u64>>,
    told: Option<Column<DateTime>>,
    complaint: Column<bool>,
    source: Option<Named>,
    writer: Option<Named>,
    kind: Option<Named>,
    /// By which brand a post is meant, the surest first.
    meant: [Option<Named>; 3],
}

/// A column of words, with the number that each of them has in all segments.
struct Named {
    column: StrColumn,
    numbers: Vec<u16>,
}

impl Named {
    fn open(reader: &SegmentReader, field: &str, names: &mut Vec<String>) -> tantivy::Result<Option<Self>> {
        let Some(column) = reader.fast_fields().str(field)? else { return Ok(None) };
        let mut numbers = Vec::with_capacity(column.num_terms());
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            let name = String::from_utf8_lossy(stream.key()).into_owned();
            let known = names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            // More brands than that are counted as one that is not known.
            numbers.push(u16::try_from(known).unwrap_or(NOBODY));
        }
        drop(stream);
        Ok(Some(Self { column, numbers }))
    }

    fn first(&self, document: DocId) -> Option<u16> {
        let ord = self.column.ords().first(document)?;
        self.numbers.get(usize::try_from(ord).ok()?).copied()
    }
}

fn first_of(column: Option<&Named>, document: DocId) -> Option<u16> {
    column.and_then(|column| column.first(document))
}

impl Columns {
    fn open(
        reader: &SegmentReader,
        brands: &mut Vec<String>,
        sources: &mut Vec<String>,
        kinds: &mut Vec<String>,
    ) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        Ok(Self {
            tie: fast.u64("tie")?,
            parent: fast.column_opt("parent")?,
            author: fast.column_opt("author")?,
            created: fast.date("created")?,
            run: fast.u64("run")?,
            says: fast.column_opt("says")?,
            told: fast.column_opt("told")?,
            complaint: fast.bool("complaint")?,
            source: Named::open(reader, "source", sources)?,
            writer: Named::open(reader, "writer", brands)?,
            kind: Named::open(reader, "kind", kinds)?,
            meant: [
                Named::open(reader, "directed", brands)?,
                Named::open(reader, "target", brands)?,
                Named::open(reader, "brand", brands)?,
            ],
        })
    }

    fn second(&self, document: DocId) -> Option<i64> {
        self.created.first(document).map(DateTime::into_timestamp_secs)
    }

    fn parent(&self, document: DocId) -> Option<u64> {
        self.parent.as_ref().and_then(|parent| parent.first(document))
    }

    fn says(&self, document: DocId) -> u64 {
        self.says.as_ref().and_then(|says| says.first(document)).unwrap_or(0)
    }

    /// Whether a brand is one of those that a post speaks to or is about; of a post that tells none, any is.
    fn may_answer(&self, document: DocId, brand: u16) -> bool {
        let mut is_told = false;
        self.meant.iter().flatten().any(|named| {
            let mut brands = named.column.ords().values_for_doc(document).peekable();
            is_told |= brands.peek().is_some();
            let number = |ord: u64| named.numbers.get(usize::try_from(ord).ok()?).copied();
            brands.any(|ord| number(ord) == Some(brand))
        }) || !is_told
    }

    /// The brand that a post speaks to, complains about, or is about.
    fn meant(&self, document: DocId) -> Option<u16> {
        self.meant.iter().find_map(|column| first_of(column.as_ref(), document))
    }
}

impl Threads {
    /// Joins the posts of `searcher`; `read_until` is when each harvested source was read last.
    pub(super) fn new(searcher: &Searcher, read_until: &BTreeMap<String, i64>) -> tantivy::Result<Self> {
        let (mut brands, mut sources, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns = Vec::new();
        for reader in searcher.segment_readers() {
            columns.push(Columns::open(reader, &mut brands, &mut sources, &mut kinds)?);
        }
        let mut seen = last_seen(searcher, &columns, sources.len());
        for (source, seen) in sources.iter().zip(&mut seen) {
            // A source that was read and had nothing new is known until then: what waits there has waited so long.
            *seen = read_until.get(source).map_or(*seen, |until| (*seen).max(*until));
        }
        let shows: Vec<bool> = sources.iter().map(|name| sources::shows_answers(name)).collect();
        let response = kind_number(&kinds, "response");
        let reply = kind_number(&kinds, "reply");
        let segments = each(searcher, &columns, |_, reader, columns| {
            let mut states = vec![OFF; reader.max_doc() as usize];
            for document in reader.doc_ids_alive() {
                let source = first_of(columns.source.as_ref(), document).map_or(usize::MAX, usize::from);
                let kind = first_of(columns.kind.as_ref(), document);
                let is_answer = kind.is_some() && (kind == response || kind == reply);
                if is_answer
                    || columns.parent(document).is_some()
                    || !shows.get(source).copied().unwrap_or(false)
                {
                    continue;
                }
                states[document as usize] = alone(columns, document, seen.get(source).copied());
            }
            (reader.segment_id(), states)
        });
        let seen = sources.into_iter().zip(seen).collect();
        let mut threads = Self { segments, brands, seen, replies: Vec::new() };
        threads.join(searcher, &columns, response);
        Ok(threads)
    }

    /// Gives the posts of all threads what their replies say.
    fn join(&mut self, searcher: &Searcher, columns: &[Columns], response: Option<u16>) {
        let parts = parts(searcher, columns, response);
        let row_of: FxHashMap<u64, u32> = parts.iter().map(|part| part.tie).zip(0_u32..).collect();
        let parent_of: Vec<Option<u32>> =
            parts.iter().map(|part| row_of.get(&part.parent?).copied()).collect();
        drop(row_of);
        let paths = Paths { parts: &parts, parent_of: &parent_of };
        let mut answers: Vec<(u32, Answer)> = Vec::new();
        let mut thanks: Vec<(u32, Option<i64>)> = Vec::new();
        for (row, part) in (0_u32..).zip(&parts) {
            if parent_of[row as usize].is_none() {
                continue;
            }
            if let Some(top) = paths.top(row) {
                self.replies.push((parts[top as usize].at, part.at));
            }
            if part.writer != NOBODY && part.says & bit(Says::Automatic) == 0 {
                let answered = paths.answered(row).filter(|(top, _)| {
                    let top = parts[*top as usize].at;
                    columns[top.segment_ord as usize].may_answer(top.doc_id, part.writer)
                });
                if let Some((top, is_direct)) = answered {
                    let is_private = part.says & bit(Says::Private) != 0;
                    let answer = Answer {
                        second: part.second,
                        tie: part.tie,
                        is_direct,
                        is_private,
                        brand: part.writer,
                    };
                    answers.push((top, answer));
                }
            } else if part.writer == NOBODY
                && part.says & bit(Says::Thanks) != 0
                && !part.is_complaint
                && let Some(top) = paths.continued(row)
            {
                thanks.push((top, part.second));
            }
        }
        self.replies.sort_unstable();
        // By post, and then the earliest first; an answer without a date after all that have one, and of several at one
        // moment, or of several without a date, a direct one first.
        answers.sort_unstable_by_key(|(top, answer)| {
            (*top, answer.second.is_none(), answer.second, !answer.is_direct, answer.tie)
        });
        for group in answers.chunk_by(|one, other| one.0 == other.0) {
            let Some((top, first)) = group.first() else { continue };
            let post = &parts[*top as usize];
            let Some(state) = self.state_mut(post.at).filter(|state| state.has(ON_CLOCK)) else { continue };
            let passed = post.second.zip(first.second).and_then(|(post, answer)| {
                // One that is dated before its post answers at a time that is not known.
                u32::try_from(answer - post).ok()
            });
            let passed = passed.unwrap_or(NONE);
            // What the source told with the post itself may be the earlier one.
            let is_told = state.has(ANSWERED);
            if !is_told || passed < state.seconds {
                state.seconds = passed;
                state.bits = ON_CLOCK | ANSWERED | if first.is_direct { DIRECTLY } else { 0 };
                state.brand = first.brand;
            }
            state.bits |= if group.iter().any(|(_, answer)| answer.is_private) { PRIVATE } else { 0 };
            state.later = u8::try_from(group.len() - usize::from(!is_told)).unwrap_or(u8::MAX);
        }
        for (top, second) in thanks {
            let post = &parts[top as usize];
            let Some(state) = self.state_mut(post.at).filter(|state| state.has(ANSWERED)) else { continue };
            let first =
                post.second.filter(|_| state.seconds != NONE).map(|post| post + i64::from(state.seconds));
            // Thanks in advance are none.
            if first.zip(second).is_none_or(|(first, thanked)| thanked >= first) {
                state.bits |= THANKED;
            }
        }
    }

    fn state_mut(&mut self, at: DocAddress) -> Option<&mut State> {
        self.segments.get_mut(at.segment_ord as usize)?.1.get_mut(at.doc_id as usize)
    }

    /// How the post there fares; `None` if it is not on the clock.
    pub(super) fn fate(&self, at: DocAddress) -> Option<Fate> {
        let state = *self.segments.get(at.segment_ord as usize)?.1.get(at.doc_id as usize)?;
        if !counts(state) {
            return None;
        }
        let seconds = Some(state.seconds).filter(|seconds| *seconds != NONE).map(Wait);
        let answered = answered(state);
        Some(Fate {
            answered,
            response: seconds.filter(|_| answered != Answered::No),
            waiting: seconds.filter(|_| answered == Answered::No),
            responder: self
                .brands
                .get(usize::from(state.brand))
                .and_then(|id| BrandId::new(id.as_str()).ok()),
            later: state.later,
            outcomes: [(THANKED, Outcome::Thanked), (PRIVATE, Outcome::Private)]
                .into_iter()
                .filter(|(bit, _)| state.has(*bit))
                .map(|(_, outcome)| outcome)
                .collect(),
        })
    }

    /// The post at the top of the thread of the one there, and all that stands below it.
    pub(super) fn around(&self, at: DocAddress) -> Vec<DocAddress> {
        let top = self.replies.iter().find(|(_, reply)| *reply == at).map_or(at, |(top, _)| *top);
        std::iter::once(top).chain(self.below(top)).collect()
    }

    /// All that stands below the post there, if that is at the top of its thread.
    pub(super) fn below(&self, top: DocAddress) -> Vec<DocAddress> {
        let first = self.replies.partition_point(|(other, _)| *other < top);
        let below = self.replies[first..].iter().take_while(|(other, _)| *other == top);
        below.map(|(_, reply)| *reply).collect()
    }

    /// The newest second up to which any source is known.
    pub(super) fn known_until(&self) -> Option<i64> {
        self.seen.values().copied().max().filter(|second| *second != i64::MIN)
    }

    fn here(&self, segment: SegmentId) -> Option<usize> {
        self.segments.iter().position(|(id, _)| *id == segment)
    }
}

/// An answer to a post.
#[derive(Debug, Clone, Copy)]
struct Answer {
    second: Option<i64>,
    tie: u64,
    is_direct: bool,
    is_private: bool,
    brand: u16,
}

/// The ways from replies up to the posts that began their threads.
struct Paths<'a> {
    parts: &'a [Part],
    parent_of: &'a [Option<u32>],
}

impl Paths<'_> {
    /// The rows above `row`, the nearest first; a row whose parent is not in the index is the last.
    fn above(&self, row: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.parent_of[row as usize], |row| self.parent_of[*row as usize])
            .take(MAX_DEPTH)
    }

    fn top(&self, row: u32) -> Option<u32> {
        self.above(row).last()
    }

    /// The post that an answer of a brand answers, and whether it does so directly.
    fn answered(&self, row: u32) -> Option<(u32, bool)> {
        let is_direct = self.above(row).nth(1).is_none();
        let top = self.top(row)?;
        let author = self.parts[row as usize].author;
        let is_of_author = author.is_some() && author == self.parts[top as usize].author;
        (!is_of_author && (is_direct || self.is_own(top, self.above(row)))).then_some((top, is_direct))
    }

    /// The post that its own writer goes on with.
    fn continued(&self, row: u32) -> Option<u32> {
        let top = self.top(row)?;
        self.is_own(top, std::iter::once(row).chain(self.above(row))).then_some(top)
    }

    /// Whether all of `rows` below `top` were written by its writer or by a brand.
    fn is_own(&self, top: u32, mut rows: impl Iterator<Item = u32>) -> bool {
        let writer = self.parts[top as usize].author;
        rows.all(|row| {
            let part = &self.parts[row as usize];
            row == top || part.writer != NOBODY || (writer.is_some() && part.author == writer)
        })
    }
}

/// Asks something of each segment, several at once: each is a file of its own.
fn each<T: Send>(
    searcher: &Searcher,
    columns: &[Columns],
    ask: impl Fn(u32, &SegmentReader, &Columns) -> T + Sync,
) -> Vec<T> {
    let ask = &ask;
    let segments = (0_u32..).zip(searcher.segment_readers()).zip(columns);
    std::thread::scope(|scope| {
        let asked: Vec<_> = segments
            .map(|((number, reader), columns)| scope.spawn(move || ask(number, reader, columns)))
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Every post that is a reply, or that has one.
fn parts(searcher: &Searcher, columns: &[Columns], response: Option<u16>) -> Vec<Part> {
    let parents = each(searcher, columns, |_, reader, columns| {
        reader.doc_ids_alive().filter_map(|document| columns.parent(document)).collect::<Vec<u64>>()
    });
    let wanted: FxHashSet<u64> = parents.into_iter().flatten().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let parts = each(searcher, columns, |segment, reader, columns| {
        let part = |document: DocId| {
            let tie = columns.tie.first(document)?;
            let parent = columns.parent(document);
            if parent.is_none() && !wanted.contains(&tie) {
                return None;
            }
            let is_response = response.is_some() && first_of(columns.kind.as_ref(), document) == response;
            let writer = first_of(columns.writer.as_ref(), document).filter(|_| is_response);
            Some(Part {
                tie,
                parent,
                author: columns.author.as_ref().and_then(|author| author.first(document)),
                second: columns.second(document),
                says: columns.says(document),
                at: DocAddress::new(segment, document),
                writer: writer.unwrap_or(NOBODY),
                is_complaint: columns.complaint.first(document).unwrap_or(false),
            })
        };
        reader.doc_ids_alive().filter_map(part).collect::<Vec<Part>>()
    });
    parts.into_iter().flatten().collect()
}

/// How a post fares by itself: it waits since it was written, unless its source tells of an answer.
fn alone(columns: &Columns, document: DocId, seen: Option<i64>) -> State {
    let (second, meant) = (columns.second(document), columns.meant(document));
    let brand = meant.unwrap_or(NOBODY);
    if columns.says(document) & TOLD != 0 {
        let told =
            columns.told.as_ref().and_then(|told| told.first(document)).map(DateTime::into_timestamp_secs);
        let passed = second.zip(told).and_then(|(post, answer)| u32::try_from(answer - post).ok());
        return State {
            seconds: passed.unwrap_or(NONE),
            bits: ON_CLOCK | ANSWERED | DIRECTLY,
            later: 0,
            brand,
        };
    }
    let waited = second.zip(seen).and_then(|(post, seen)| u32::try_from(seen - post).ok());
    // Where nothing tells which brand is meant, only an answer does.
    State { seconds: waited.unwrap_or(NONE), bits: ON_CLOCK, later: 0, brand }
}

/// For each source, the second up to which its posts are known: of the newest, and never after it was written here.
fn last_seen(searcher: &Searcher, columns: &[Columns], sources: usize) -> Vec<i64> {
    let seen = each(searcher, columns, |_, reader, columns| {
        let mut seen = vec![i64::MIN; sources];
        for document in reader.doc_ids_alive() {
            let source = first_of(columns.source.as_ref(), document).map_or(usize::MAX, usize::from);
            let Some((seen, second)) = seen.get_mut(source).zip(columns.second(document)) else { continue };
            if second > *seen {
                let run = columns.run.first(document).and_then(|run| i64::try_from(run / 1000).ok());
                *seen = (*seen).max(run.map_or(second, |run| second.min(run)));
            }
        }
        seen
    });
    let newest = |one: Vec<i64>, other: Vec<i64>| {
        one.into_iter().zip(other).map(|(one, other)| one.max(other)).collect()
    };
    seen.into_iter().reduce(newest).unwrap_or_default()
}

fn kind_number(kinds: &[String], name: &str) -> Option<u16> {
    kinds.iter().position(|kind| kind == name).and_then(|at| u16::try_from(at).ok())
}

fn bit(says: Says) -> u64 {
    1 << says as u64
}

fn answered(state: State) -> Answered {
    match (state.has(ANSWERED), state.has(DIRECTLY)) {
        (true, true) => Answered::Directly,
        (true, false) => Answered::Yes,
        (false, _) => Answered::No,
    }
}

/// Whether a post counts: it was answered, or it is known whose answer it waits for.
fn counts(state: State) -> bool {
    state.has(ON_CLOCK) && (state.has(ANSWERED) || state.brand != NOBODY)
}

/// Posts of whose thread `test` holds.
pub(super) fn in_thread(threads: Arc<Threads>, test: Test) -> DocPredicateQuery {
    DocPredicateQuery::from(InThread { threads, test })
}

#[derive(Debug)]
struct InThread {
    threads: Arc<Threads>,
    test: Test,
}

struct InThreadHere {
    threads: Arc<Threads>,
    segment: usize,
    test: Test,
    /// Numbers of the brands of [`Test::Responder`].
    brands: Vec<u16>,
}

impl DocPredicate for InThread {
    type SegmentDocPredicate = InThreadHere;

    fn doc_predicate(
        &self,
        reader: &SegmentReader,
    ) -> tantivy::Result<ConstOrVariableSegmentPredicate<InThreadHere>> {
        let Some(segment) = self.threads.here(reader.segment_id()) else {
            return Ok(ConstOrVariableSegmentPredicate::Const(false));
        };
        let wanted: &[String] = if let Test::Responder(ids) = &self.test { ids } else { &[] };
        let brands = (0_u16..).zip(&self.threads.brands).filter(|(_, id)| wanted.contains(id));
        Ok(ConstOrVariableSegmentPredicate::Variable {
            predicate: InThreadHere {
                brands: brands.map(|(number, _)| number).collect(),
                threads: self.threads.clone(),
                segment,
                test: self.test.clone(),
            },
            necessary_condition: Box::new(AllScorer::new(reader.max_doc())),
        })
    }
}

impl SegmentDocPredicate for InThreadHere {
    fn eval(&mut self, document: DocId) -> bool {
        let Some(state) = self.threads.segments[self.segment].1.get(document as usize).copied() else {
            return false;
        };
        if !counts(state) {
            return false;
        }
        let wait = Some(state.seconds).filter(|seconds| *seconds != NONE).map(Wait);
        match &self.test {
            Test::Answered(None) => true,
            Test::Answered(Some(Answered::Yes)) => state.has(ANSWERED),
            Test::Answered(Some(Answered::No)) => !state.has(ANSWERED),
            Test::Answered(Some(Answered::Directly)) => state.has(ANSWERED | DIRECTLY),
            Test::Response(range) => state.has(ANSWERED) && wait.is_some_and(|wait| range.holds(&wait)),
            Test::Waiting(range) => !state.has(ANSWERED) && wait.is_some_and(|wait| range.holds(&wait)),
            Test::Responder(_) => self.brands.contains(&state.brand),
            Test::Outcome(Outcome::Thanked) => state.has(THANKED),
            Test::Outcome(Outcome::Private) => state.has(PRIVATE),
        }
    }
}

/// Gathers the posts on the clock.
pub(super) struct OnClock {
    pub(super) threads: Arc<Threads>,
}

pub(super) struct OnClockHere {
    threads: Arc<Threads>,
    segment: usize,
    columns: Columns,
    sources: Vec<String>,
    shows: Vec<bool>,
    answer_kinds: Vec<u16>,
    posts: Vec<Clocked>,
    unseen: Vec<u64>,
}

impl Collector for OnClock {
    type Fruit = ClockedPosts;
    type Child = OnClockHere;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<OnClockHere> {
        let (mut sources, mut kinds) = (Vec::new(), Vec::new());
        let columns = Columns::open(reader, &mut Vec::new(), &mut sources, &mut kinds)?;
        let answer_kinds =
            ["response", "reply"].iter().filter_map(|kind| kind_number(&kinds, kind)).collect();
        Ok(OnClockHere {
            threads: self.threads.clone(),
            segment: self.threads.here(reader.segment_id()).unwrap_or(segment as usize),
            columns,
            shows: sources.iter().map(|name| sources::shows_answers(name)).collect(),
            unseen: vec![0; sources.len()],
            sources,
            answer_kinds,
            posts: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<ClockedPosts>) -> tantivy::Result<ClockedPosts> {
        let mut all = ClockedPosts { brands: self.threads.brands.clone(), ..ClockedPosts::default() };
        for fruit in fruits {
            let mut numbers = Vec::with_capacity(fruit.sources.len());
            for (name, unseen) in fruit.sources.into_iter().zip(fruit.unseen) {
                let at = all.sources.iter().position(|known| *known == name).unwrap_or_else(|| {
                    all.sources.push(name);
                    all.unseen.push(0);
                    let known = all.sources.last().and_then(|name| self.threads.seen.get(name));
                    all.seen.push(known.copied().unwrap_or(i64::MIN));
                    all.sources.len() - 1
                });
                all.unseen[at] += unseen;
                numbers.push(u16::try_from(at).unwrap_or(u16::MAX));
            }
            all.posts.extend(fruit.posts.into_iter().map(|post| Clocked {
                source: numbers.get(usize::from(post.source)).copied().unwrap_or(u16::MAX),
                ..post
            }));
        }
        Ok(all)
    }
}

impl SegmentCollector for OnClockHere {
    type Fruit = ClockedPosts;

    fn collect(&mut self, document: DocId, _: Score) {
        let Some(source) = first_of(self.columns.source.as_ref(), document) else { return };
        let state =
            self.threads.segments.get(self.segment).and_then(|(_, states)| states.get(document as usize));
        let Some(state) = state.copied().filter(|state| counts(*state)) else {
            let kind = first_of(self.columns.kind.as_ref(), document);
            let is_answer = kind.is_some_and(|kind| self.answer_kinds.contains(&kind));
            let is_seen = self.shows.get(usize::from(source)).copied().unwrap_or(true);
            if !is_seen
                && !is_answer
                && self.columns.meant(document).is_some()
                && let Some(unseen) = self.unseen.get_mut(usize::from(source))
            {
                *unseen += 1;
            }
            return;
        };
        self.posts.push(Clocked {
            second: self.columns.second(document),
            answered: answered(state),
            seconds: Some(state.seconds).filter(|seconds| *seconds != NONE),
            brand: Some(state.brand).filter(|brand| *brand != NOBODY),
            source,
            is_thanked: state.has(THANKED),
            is_private: state.has(PRIVATE),
        });
    }

    fn harvest(self) -> ClockedPosts {
        ClockedPosts {
            posts: self.posts,
            sources: self.sources,
            unseen: self.unseen,
            ..ClockedPosts::default()
        }
    }
}
