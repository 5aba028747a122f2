//! How is an index read? One state of it at a time, which stays as it is while it is asked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use tantivy::collector::Count;
use tantivy::query::Query as EngineQuery;
use tantivy::schema::Field;
use tantivy::{DateTime, DocAddress, Index, IndexReader, ReloadPolicy, Searcher, TantivyDocument, Term};

use super::assigned::Assigned;
use super::cases::CaseMatrix;
use super::compile::{Compiler, wanted_stems};
use super::counts::{Buckets, Counts, MAX_CELLS, Matrix};
use super::dated::Dated;
use super::error::StoreError;
use super::folder::{self, About, Market};
use super::marks::{self, Mark};
use super::moments::{Moment, Moments};
use super::page::{self, Best, Cursor, Sort};
use super::parts::{Parts, field_of};
use super::record::{Fields, Record, hash};
use super::records::{Records, read_document};
use super::terms::{self, All, Matching, Members, Place, PostTerms, Stem, StemPair, Totals, Vocabulary};
use super::threads::{ClockedPosts, OnClock, Threads};
use super::tokenizer;
use crate::model::{
    Condition, DatedPlace, Fate, Interval, Language, Ledger, Per, PostId, Query, STREAM, Split,
};
use crate::state::{Covered, State, Stream};
use crate::text::Analyzer;

/// States of the index that are kept for readers who page through them, beside the newest.
const KEPT: usize = 4;

/// Unpacked blocks of posts that are kept of each segment while all posts are read: those of the same days were mostly
/// imported together.
const KEPT_BLOCKS: usize = 100;

/// Coverages that are kept for each state.
const KEPT_COVERAGES: usize = 16;

/// An index that is open for reading.
pub struct Store {
    folder: PathBuf,
    open: Mutex<Open>,
    decided: Mutex<Decided>,
    /// The newest last.
    snapshots: Mutex<VecDeque<Arc<Snapshot>>>,
}

/// The posts as they are opened, until the index is made anew.
struct Open {
    about: About,
    reader: IndexReader,
    fields: Fields,
}

/// What people decided, while it is open, and the problems that are known.
#[derive(Default)]
struct Decided {
    state: Option<State>,
    ledger: Arc<Ledger>,
}

/// The version of a ledger that could not be read; no ledger that was read has it.
const UNREAD: i64 = -1;

/// How often an index is looked for that is being replaced at that moment.
const TRIES: usize = 5;

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Open {
    /// Opens what the index in `folder` is now. It may be replaced between the look at where it is and the look at it.
    fn now(folder: &Path) -> Result<Self, StoreError> {
        let mut tries = 1;
        loop {
            let about = folder::check_format(folder)?;
            match Self::new(folder, about.clone()) {
                Err(_) if tries < TRIES && About::read(folder).is_ok_and(|now| now != about) => tries += 1,
                opened => return opened,
            }
        }
    }

    fn new(folder: &Path, about: About) -> Result<Self, StoreError> {
        let posts = about.posts(folder);
        if !posts.join("meta.json").is_file() {
            return Err(StoreError::Absent(folder.to_owned()));
        }
        let failed = |error| StoreError::of(error, folder);
        let index = Index::open_in_dir(posts).map_err(failed)?;
        let (schema, fields) = Fields::schema();
        if index.schema() != schema {
            return Err(StoreError::OtherVersion {
                folder: folder.to_owned(),
                found: "other fields".to_owned(),
                wanted: format!("format {}", folder::FORMAT),
                can_reindex: true,
            });
        }
        tokenizer::register(&index);
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::OnCommitWithDelay)
            .try_into()
            .map_err(failed)?;
        Ok(Self { about, reader, fields })
    }
}

impl Store {
    /// Opens the index in `folder`. What other processes commit is seen within about half a second; an index that is
    /// made anew is seen with the next question.
    ///
    /// # Errors
    /// [`StoreError::Absent`] if there is none, [`StoreError::OtherVersion`] if another version made it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let open = Mutex::new(Open::now(folder)?);
        Ok(Self { folder: folder.to_owned(), open, decided: Mutex::default(), snapshots: Mutex::default() })
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Sees at once what was committed, rather than within half a second.
    pub fn reload(&self) -> Result<(), StoreError> {
        self.opened()?.reader.reload().map_err(|error| StoreError::of(error, &self.folder))
    }

    /// The oldest version of the analysis by which a post was judged; `None` where that was not noted.
    pub fn analysis(&self) -> Result<Option<String>, StoreError> {
        Ok(self.opened()?.about.analysis.clone())
    }

    /// What is open, opened again if the index was made anew since.
    fn opened(&self) -> Result<MutexGuard<'_, Open>, StoreError> {
        // A panic while the lock was held would leave what is open as it was: it is only ever replaced whole.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if About::read(&self.folder)? != open.about {
            *open = Open::now(&self.folder)?;
        }
        Ok(open)
    }

    /// The newest state of the index.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, StoreError> {
        let (searcher, fields) = {
            let open = self.opened()?;
            (open.reader.searcher(), open.fields.clone())
        };
        let id = generation_id(&searcher);
        // A panic while the lock was held would leave the list as it was: it only ever grows and shrinks whole.
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        let market = Market::read(&self.folder)?;
        let ledger = self.ledger();
        let read_until = self.read_until();
        let newest = snapshots.back().filter(|newest| newest.id == id);
        if let Some(newest) = newest
            && newest.market == market
            && newest.ledger.version == ledger.version
            && newest.read_until == read_until
        {
            return Ok(newest.clone());
        }
        let mut snapshot = Snapshot::new(searcher, id, fields, market, ledger, self.folder.clone())?;
        snapshot.read_until = read_until;
        if let Some(newest) = newest {
            // A decision changes no word of the posts.
            snapshot.vocabulary = newest.vocabulary.clone();
            // Nor does another hour in which a source was read change which problems they have.
            if newest.ledger.version == snapshot.ledger.version {
                snapshot.assigned = newest.assigned.clone();
            }
        }
        let snapshot = Arc::new(snapshot);
        snapshots.push_back(snapshot.clone());
        while snapshots.len() > KEPT + 1 {
            snapshots.pop_front();
        }
        Ok(snapshot)
    }

    /// Until when each harvested source was read, in whole hours: threads are joined anew when that changes.
    fn read_until(&self) -> BTreeMap<String, i64> {
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if decided.state.is_none() {
            // A state that cannot be read is told to whoever needs it: this is a little that is not known.
            decided.state = State::open_if_there(&self.folder).unwrap_or_default();
        }
        let known = decided.state.as_ref().and_then(|state| state.read_until().ok()).unwrap_or_default();
        let hour = |at: Timestamp| at.as_second().div_euclid(3600) * 3600;
        known.into_iter().map(|(source, at)| (source, hour(at))).collect()
    }

    /// The problems that are known now.
    fn ledger(&self) -> Arc<Ledger> {
        // Who asks for no problem does not need what people decided: who does is told by `Snapshot::check_ledger`.
        self.read_ledger().unwrap_or_else(|_| {
            let mut unread = Ledger::default();
            unread.version = UNREAD;
            Arc::new(unread)
        })
    }

    fn read_ledger(&self) -> Result<Arc<Ledger>, StoreError> {
        // A panic while the lock was held would leave a connection and a ledger that are each whole.
        let mut decided = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if decided.state.is_none() {
            decided.state = State::open_if_there(&self.folder)?;
        }
        let Some(state) = &decided.state else { return Ok(Arc::default()) };
        if state.ledger_version()? != decided.ledger.version {
            decided.ledger = Arc::new(state.ledger()?);
        }
        Ok(decided.ledger.clone())
    }

    /// The state of the index that `cursor` was made of while it is kept, else the newest: the order by time is the same
    /// in both, the order by relevance nearly so.
    pub fn snapshot_of(&self, cursor: &Cursor) -> Result<Arc<Snapshot>, StoreError> {
        let newest = self.snapshot()?;
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(snapshots.iter().find(|snapshot| snapshot.content() == cursor.snapshot).cloned().unwrap_or(newest))
    }
}

/// The same for the same segments with the same deletions, in every process.
fn generation_id(searcher: &Searcher) -> u64 {
    let segments: Vec<String> = searcher
        .generation()
        .segments()
        .iter()
        .map(|(id, deletes)| format!("{}:{deletes:?}", id.uuid_string()))
        .collect();
    hash(segments.join(",").as_bytes())
}

/// A sum over all posts, so that their order does not matter.
fn content_of(searcher: &Searcher) -> tantivy::Result<u64> {
    let mut sum = 0_u64;
    for segment in searcher.segment_readers() {
        let columns = segment.fast_fields();
        let (ties, fingerprints) = (columns.u64("tie")?, columns.u64("fingerprint")?);
        for document in segment.doc_ids_alive() {
            let of = |column: &tantivy::columnar::Column<u64>| column.first(document).unwrap_or(0);
            // A hash each already; the product keeps two posts from trading what they say.
            sum = sum.wrapping_add((of(&ties) | 1).wrapping_mul(of(&fingerprints) | 1));
        }
    }
    Ok(sum)
}

/// Where the matching posts are, in the order of a search for the newest.
fn newest_first(searcher: &Searcher, matching: &Matching) -> tantivy::Result<Vec<DocAddress>> {
    let mut order = Vec::with_capacity(usize::try_from(matching.len()).unwrap_or(0));
    for (segment, documents) in (0_u32..).zip(&matching.segments) {
        let columns = searcher.segment_reader(segment).fast_fields();
        let (created, ties) = (columns.date("created")?, columns.u64("tie")?);
        order.extend(documents.iter().map(|document| {
            let key =
                (page::order(Sort::Newest, created.first(*document)), ties.first(*document).unwrap_or(0));
            (Reverse(key), DocAddress::new(segment, *document))
        }));
    }
    order.sort_unstable();
    Ok(order.into_iter().map(|(_, address)| address).collect())
}

/// A question, what it is split by, the interval, and the name of the time zone.
type CoverageKey = (String, Split, Interval, String);

/// One state of the index.
pub struct Snapshot {
    /// Names the engine's files.
    id: u64,
    /// Names what they say.
    content: OnceLock<u64>,
    folder: PathBuf,
    searcher: Searcher,
    fields: Fields,
    market: Market,
    languages: Vec<Language>,
    sources: Vec<String>,
    routes: Vec<String>,
    ledger: Arc<Ledger>,
    /// Until when each harvested source was read, in seconds since 1970.
    read_until: BTreeMap<String, i64>,
    assigned: OnceLock<Arc<Assigned>>,
    vocabulary: OnceLock<Arc<Vocabulary>>,
    threads: OnceLock<Arc<Threads>>,
    joining: Mutex<()>,
    span: OnceLock<Option<(i64, i64)>>,
    coverage: Mutex<FxHashMap<CoverageKey, Arc<Counts>>>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("folder", &self.folder).field("id", &self.id).finish_non_exhaustive()
    }
}

/// One page of posts.
#[derive(Debug, Clone)]
pub struct Page {
    /// All posts that match, on this page or not.
    pub total: u64,
    /// The posts of this page, the first first.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// One post of a page.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The post.
    pub record: Record,
    /// Ranges of its title that were asked for.
    pub title_marks: Vec<Range<usize>>,
    /// Ranges of its text that were asked for.
    pub text_marks: Vec<Range<usize>>,
    /// How it fares, if it is on the response clock.
    pub fate: Option<Fate>,
}

impl Snapshot {
    fn new(
        searcher: Searcher,
        id: u64,
        fields: Fields,
        market: Market,
        ledger: Arc<Ledger>,
        folder: PathBuf,
    ) -> Result<Self, StoreError> {
        let failed = |error| StoreError::of(error, &folder);
        let mut languages: Vec<Language> = values(&searcher, fields.lang, |_| true)
            .map_err(failed)?
            .iter()
            .filter_map(|code| code.parse().ok())
            .collect();
        if languages.is_empty() {
            languages.push(Language::Other);
        }
        let sources = values(&searcher, fields.source, |_| true).map_err(failed)?.into_iter().collect();
        let routes = values(&searcher, fields.route, |_| true).map_err(failed)?.into_iter().collect();
        Ok(Self {
            id,
            content: OnceLock::new(),
            folder,
            searcher,
            fields,
            market,
            languages,
            sources,
            routes,
            ledger,
            read_until: BTreeMap::new(),
            assigned: OnceLock::new(),
            vocabulary: OnceLock::new(),
            threads: OnceLock::new(),
            joining: Mutex::new(()),
            span: OnceLock::new(),
            coverage: Mutex::default(),
        })
    }

    /// How many posts there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names this state of the index: the same in every process while nothing is written.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Names what this state of the index says: the same for the same posts, whatever the order in which they came.
    fn content(&self) -> u64 {
        // A column that cannot be read is told by the question that needs it.
        *self.content.get_or_init(|| content_of(&self.searcher).unwrap_or(self.id))
    }

    /// The market that the posts are about.
    #[must_use]
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// The problems that are known.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the problems that are known could be read.
    ///
    /// # Errors
    /// [`StoreError::State`], which says why not.
    pub fn check_ledger(&self) -> Result<(), StoreError> {
        if self.ledger.version == UNREAD
            && let Some(state) = State::open_if_there(&self.folder)?
        {
            state.ledger()?;
        }
        Ok(())
    }

    /// The problems of all posts; worked out once.
    pub fn assigned(&self) -> Result<Arc<Assigned>, StoreError> {
        self.check_ledger()?;
        if let Some(known) = self.assigned.get() {
            return Ok(known.clone());
        }
        let vocabulary = self.vocabulary()?;
        let assigned = Arc::new(self.engine(Assigned::new(&self.searcher, &vocabulary, &self.ledger))?);
        Ok(self.assigned.get_or_init(|| assigned).clone())
    }

    /// Languages that posts are in.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Sources that posts came from.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Departments that take posts, in order.
    #[must_use]
    pub fn routes(&self) -> &[String] {
        &self.routes
    }

    /// All posts.
    #[must_use]
    pub fn records(&self) -> Records {
        Records::new(self.searcher.clone(), self.fields.post, self.folder.clone())
    }

    /// Names of the attributes that posts have, in order.
    pub fn attribute_names(&self) -> Result<Vec<String>, StoreError> {
        let names =
            self.engine(values(&self.searcher, self.fields.attribute, |term| !term.contains('\u{1f}')))?;
        Ok(names.into_iter().collect())
    }

    /// The zone in which days are counted unless the question says otherwise: the market's, else UTC.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        self.market.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// Returns one page of the posts that answer `query`, whose days are meant on the clock of `time_zone`.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`] if `after` belongs to another order.
    pub fn search(
        &self,
        query: &Query,
        time_zone: &TimeZone,
        sort: Sort,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page, StoreError> {
        // Without words all posts match equally well.
        let sort = if sort == Sort::Relevance && !asks_for_words(query) { Sort::Newest } else { sort };
        if after.is_some_and(|cursor| cursor.sort() != sort) {
            return Err(StoreError::BadCursor);
        }
        let compiled = self.compile(query, time_zone)?;
        if limit == 0 {
            let total = self.engine(self.searcher.search(&compiled, &Count))? as u64;
            return Ok(Page { total, hits: Vec::new(), next: None });
        }
        // One more than is shown tells whether a page follows.
        let collector = Best { sort, limit: limit + 1, after: after.copied() };
        let mut found = self.engine(self.searcher.search(&compiled, &collector))?;
        let has_more = found.best.len() > limit;
        found.best.truncate(limit);
        let next = found.cursor(sort, limit, self.content()).filter(|_| has_more);
        let mut analyzer = Analyzer::default();
        let wanted = self.wanted(query);
        let mut hits = Vec::with_capacity(found.best.len());
        let threads = self.threads()?;
        for (_, address) in &found.best {
            let record = self.record(*address)?;
            let mut marks = |text: &str| {
                if wanted.is_empty() {
                    return Vec::new();
                }
                analyzer.find(text, record.language, |stem| wanted.contains(stem))
            };
            let title_marks = record.post.title.as_deref().map(&mut marks).unwrap_or_default();
            let text_marks = marks(&record.post.text);
            let fate = threads.fate(*address);
            hits.push(Hit { record, title_marks, text_marks, fate });
        }
        Ok(Page { total: found.total, hits, next })
    }

    /// The stems of the words that `query` asks for.
    #[must_use]
    pub fn wanted(&self, query: &Query) -> BTreeSet<String> {
        let mut wanted = BTreeSet::new();
        wanted_stems(query, &self.languages, &mut Analyzer::default(), &mut wanted);
        wanted
    }

    /// How many posts answer `query`.
    pub fn count(&self, query: &Query, time_zone: &TimeZone) -> Result<u64, StoreError> {
        let compiled = self.compile(query, time_zone)?;
        Ok(self.engine(self.searcher.search(&compiled, &Count))? as u64)
    }

    /// The post with that id.
    pub fn post(&self, id: &PostId) -> Result<Option<Record>, StoreError> {
        self.address(id)?.map(|address| self.record(address)).transpose()
    }

    fn address(&self, id: &PostId) -> Result<Option<DocAddress>, StoreError> {
        let term = Term::from_field_text(self.fields.id, id.as_str());
        let query = tantivy::query::TermQuery::new(term, tantivy::schema::IndexRecordOption::Basic);
        let found =
            self.engine(self.searcher.search(&query, &Best { sort: Sort::Newest, limit: 1, after: None }))?;
        Ok(found.best.first().map(|(_, address)| *address))
    }

    /// Hands every post that answers `query` to `take`, the newest first as in a search, so that the order does not depend
    /// on that of import; one at a time, and ends early when `take` returns false.
    pub fn scan(
        &self,
        query: &Query,
        time_zone: &TimeZone,
        mut take: impl FnMut(Record) -> bool,
    ) -> Result<(), StoreError> {
        self.scan_places(query, time_zone, |record, _| take(record))
    }

    /// Scans, and tells how each post fares on the response clock.
    pub fn scan_fates(
        &self,
        query: &Query,
        time_zone: &TimeZone,
        mut take: impl FnMut(Record, Option<Fate>) -> bool,
    ) -> Result<(), StoreError> {
        let threads = self.threads()?;
        self.scan_places(query, time_zone, |record, place| take(record, threads.fate(place.0)))
    }

    /// Scans, and tells where each post is kept.
    pub fn scan_places(
        &self,
        query: &Query,
        time_zone: &TimeZone,
        mut take: impl FnMut(Record, Place) -> bool,
    ) -> Result<(), StoreError> {
        let matching = self.matching(query, time_zone)?;
        let order = self.engine(newest_first(&self.searcher, &matching))?;
        let stores =
            self.searcher.segment_readers().iter().map(|reader| reader.get_store_reader(KEPT_BLOCKS));
        let stores = stores.collect::<std::io::Result<Vec<_>>>();
        let stores = stores.map_err(|error| StoreError::of(error.into(), &self.folder))?;
        for address in order {
            let store = &stores[address.segment_ord as usize];
            let document: TantivyDocument = self.engine(store.get(address.doc_id))?;
            if !take(self.decode(&document)?, Place(address)) {
                break;
            }
        }
        Ok(())
    }

    /// Counts the posts that answer `query` by bucket and value. The buckets span all posts of the index.
    ///
    /// # Errors
    /// [`StoreError::TooManyBuckets`] if the matrix would not fit in memory.
    pub fn counts(
        &self,
        query: &Query,
        split: Split,
        per: Per,
        interval: Interval,
        time_zone: &TimeZone,
    ) -> Result<Counts, StoreError> {
        let buckets = self.buckets(interval, time_zone)?;
        let values = self.values(split)?;
        let cells = values.max(1) * buckets.starts.len() as u64;
        if cells > MAX_CELLS {
            return Err(StoreError::TooManyBuckets(cells));
        }
        let compiled = self.compile(query, time_zone)?;
        let (buckets, parts) = (&buckets, &self.parts(split)?);
        self.engine(match per {
            Per::Post => self.searcher.search(&compiled, &Matrix { buckets, parts }),
            Per::Case => self.searcher.search(&compiled, &CaseMatrix { buckets, parts, field: "case" }),
            Per::Author => self.searcher.search(&compiled, &CaseMatrix { buckets, parts, field: "author" }),
        })
    }

    /// [`counts`](Snapshot::counts) that are kept while this state of the index is: what was collected at all.
    pub fn coverage(
        &self,
        query: &Query,
        split: Split,
        interval: Interval,
        time_zone: &TimeZone,
    ) -> Result<Arc<Counts>, StoreError> {
        let key = (query.to_string(), split, interval, time_zone.iana_name().unwrap_or("").to_owned());
        let kept = || self.coverage.lock().unwrap_or_else(PoisonError::into_inner);
        // A zone without a name cannot be told from another.
        let is_named = !key.3.is_empty();
        if let Some(known) = kept().get(&key).cloned().filter(|_| is_named) {
            return Ok(known);
        }
        let counts = Arc::new(self.counts(query, split, Per::Post, interval, time_zone)?);
        let mut kept = kept();
        if kept.len() >= KEPT_COVERAGES {
            kept.clear();
        }
        kept.insert(key, counts.clone());
        Ok(counts)
    }

    /// For each source that was ever harvested, the spans that each of its streams has covered, in order.
    pub fn covered(&self) -> Result<BTreeMap<String, Vec<Vec<Covered>>>, StoreError> {
        let Some(state) = State::open_if_there(&self.folder)? else { return Ok(BTreeMap::new()) };
        let mut streams: BTreeMap<Stream, Vec<Covered>> = BTreeMap::new();
        for (mut stream, span) in state.covered(None)? {
            // A list has what was missed live while nobody listened.
            let list = stream.place.strip_suffix(STREAM).map(str::to_owned);
            stream.place = list.unwrap_or(stream.place);
            streams.entry(stream).or_default().push(span);
        }
        let mut sources: BTreeMap<String, Vec<Vec<Covered>>> = BTreeMap::new();
        for (stream, spans) in streams {
            sources.entry(stream.source.to_string()).or_default().push(joined(spans));
        }
        Ok(sources)
    }

    /// The dated posts that answer `query`, for each value of `split`, the oldest first.
    pub fn moments(
        &self,
        query: &Query,
        split: Split,
        time_zone: &TimeZone,
    ) -> Result<BTreeMap<String, Vec<Moment>>, StoreError> {
        let compiled = self.compile(query, time_zone)?;
        self.engine(self.searcher.search(&compiled, &Moments { parts: &self.parts(split)? }))
    }

    /// The posts on the response clock that answer `query`, one by one.
    pub fn clocked(&self, query: &Query, time_zone: &TimeZone) -> Result<ClockedPosts, StoreError> {
        let compiled = self.compile(query, time_zone)?;
        let threads = self.threads()?;
        self.engine(self.searcher.search(&compiled, &OnClock { threads }))
    }

    /// How the post with that id fares; `None` if it is not on the response clock.
    pub fn fate(&self, id: &PostId) -> Result<Option<Fate>, StoreError> {
        let Some(address) = self.address(id)? else { return Ok(None) };
        Ok(self.threads()?.fate(address))
    }

    /// The thread of the post with that id, the oldest post first.
    pub fn thread(&self, id: &PostId) -> Result<Vec<Record>, StoreError> {
        let Some(address) = self.address(id)? else { return Ok(Vec::new()) };
        let around = self.threads()?.around(address);
        let mut records: Vec<Record> =
            around.into_iter().map(|address| self.record(address)).collect::<Result<_, _>>()?;
        records.sort_by(|one, other| {
            (one.post.created, &one.post.id).cmp(&(other.post.created, &other.post.id))
        });
        Ok(records)
    }

    /// What stands below the post with that id, the oldest first; nothing below one that is itself a reply.
    pub fn below(&self, id: &PostId) -> Result<Vec<Record>, StoreError> {
        let Some(address) = self.address(id)? else { return Ok(Vec::new()) };
        let below = self.threads()?.below(address);
        let mut records: Vec<Record> =
            below.into_iter().map(|address| self.record(address)).collect::<Result<_, _>>()?;
        records.sort_by(|one, other| {
            (one.post.created, &one.post.id).cmp(&(other.post.created, &other.post.id))
        });
        Ok(records)
    }

    /// The second up to which any source is known: that of its newest post, and none that is later than when the post was
    /// taken in; or the hour in which it was harvested last, where that is later.
    pub fn known_until(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.threads()?.known_until())
    }

    /// All threads; joined once for each state of the index.
    fn threads(&self) -> Result<Arc<Threads>, StoreError> {
        if let Some(known) = self.threads.get() {
            return Ok(known.clone());
        }
        // Who asks meanwhile waits, and does not do the same work beside it.
        let _turn = self.joining.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.threads.get() {
            return Ok(known.clone());
        }
        let threads = Arc::new(self.engine(Threads::new(&self.searcher, &self.read_until))?);
        Ok(self.threads.get_or_init(|| threads).clone())
    }

    /// The posts that answer `query`.
    pub fn matching(&self, query: &Query, time_zone: &TimeZone) -> Result<Matching, StoreError> {
        let compiled = self.compile(query, time_zone)?;
        self.engine(self.searcher.search(&compiled, &All))
    }

    /// All stems of the index; made once for each state of it.
    pub fn vocabulary(&self) -> Result<Arc<Vocabulary>, StoreError> {
        if let Some(known) = self.vocabulary.get() {
            return Ok(known.clone());
        }
        let vocabulary = Arc::new(self.engine(Vocabulary::new(&self.searcher))?);
        Ok(self.vocabulary.get_or_init(|| vocabulary).clone())
    }

    /// Counts, for each stem, the posts of `matching` that have it.
    pub fn count_stems(&self, vocabulary: &Vocabulary, matching: &Matching) -> Result<Totals, StoreError> {
        self.engine(terms::count_stems(&self.searcher, vocabulary, matching))
    }

    /// Counts, for each two stems side by side of which both are wanted, the posts of `matching` that have them.
    pub fn count_pairs(
        &self,
        vocabulary: &Vocabulary,
        matching: &Matching,
        is_wanted: &[bool],
    ) -> Result<FxHashMap<(Stem, Stem), u32>, StoreError> {
        self.engine(terms::count_pairs(&self.searcher, vocabulary, matching, is_wanted))
    }

    /// Counts, for each of `pairs`, the posts of the whole index that have them: no responses, then responses.
    pub fn count_pairs_everywhere(
        &self,
        vocabulary: &Vocabulary,
        pairs: &[(Stem, Stem)],
    ) -> Result<Vec<[u64; 2]>, StoreError> {
        self.engine(terms::count_pairs_everywhere(&self.searcher, vocabulary, pairs))
    }

    /// Finds which posts of `matching` have which of `phrases`, and some posts of each.
    pub fn members(
        &self,
        vocabulary: &Vocabulary,
        matching: &Matching,
        phrases: &[StemPair],
        keep: usize,
    ) -> Result<Members, StoreError> {
        self.engine(terms::members(&self.searcher, vocabulary, matching, phrases, keep))
    }

    /// Hands what the term column says of each post of `matching` to `take`, in the order in which they are kept.
    pub fn read_terms(
        &self,
        vocabulary: &Vocabulary,
        matching: &Matching,
        take: impl FnMut(PostTerms<'_>),
    ) -> Result<(), StoreError> {
        self.engine(terms::read_terms(&self.searcher, vocabulary, matching, take))
    }

    /// Hands what is known of each post of `matching` beside its words to `take`. Returns the ids of the brands, by their
    /// numbers.
    pub fn read_marks(
        &self,
        matching: &Matching,
        take: impl FnMut(Mark<'_>),
    ) -> Result<Vec<String>, StoreError> {
        let brands = self.engine(marks::brands(&self.searcher))?;
        self.engine(marks::read_marks(&self.searcher, &brands, matching, take))?;
        Ok(brands)
    }

    /// The first `most` dated posts of `source` after `after` that were written at `until` (seconds since 1970) or before,
    /// the oldest first; each with its place and when it was written to the index.
    pub fn dated(
        &self,
        source: &str,
        after: DatedPlace,
        until: i64,
        most: usize,
    ) -> Result<Vec<(DatedPlace, Record, i64)>, StoreError> {
        let term = Term::from_field_text(self.fields.source, source);
        let query = tantivy::query::TermQuery::new(term, tantivy::schema::IndexRecordOption::Basic);
        let found = self.engine(self.searcher.search(&query, &Dated { after, until, most }))?;
        let read = |(place, address): (DatedPlace, DocAddress)| {
            let columns = self.searcher.segment_reader(address.segment_ord).fast_fields();
            let written = self.engine(columns.u64("run"))?.first(address.doc_id).unwrap_or(0);
            Ok((place, self.record(address)?, i64::try_from(written).unwrap_or(0)))
        };
        found.into_iter().map(read).collect()
    }

    /// The post that is kept there.
    pub fn at(&self, place: Place) -> Result<Record, StoreError> {
        self.record(place.0)
    }

    /// Some of the posts that have the phrase number `at` of `members`.
    pub fn some_of(&self, members: &Members, at: usize) -> Result<Vec<Record>, StoreError> {
        members.some.get(at).into_iter().flatten().map(|address| self.record(*address)).collect()
    }

    fn compile(&self, query: &Query, time_zone: &TimeZone) -> Result<Box<dyn EngineQuery>, StoreError> {
        let asks_for_problems = query.mentions(&|condition| matches!(condition, Condition::Problem(_)));
        let assigned = if asks_for_problems { Some(self.assigned()?) } else { None };
        // Joined only for a question that asks about threads.
        let threads = if query.mentions(&Condition::is_of_thread) { Some(self.threads()?) } else { None };
        let mut compiler = Compiler {
            fields: &self.fields,
            market: &self.market,
            languages: &self.languages,
            sources: &self.sources,
            routes: &self.routes,
            time_zone,
            ledger: &self.ledger,
            assigned,
            threads,
            analyzer: Analyzer::default(),
        };
        Ok(compiler.compile(query))
    }

    /// The buckets from the oldest post to the newest.
    fn buckets(&self, interval: Interval, time_zone: &TimeZone) -> Result<Buckets, StoreError> {
        let span = if let Some(known) = self.span.get() {
            *known
        } else {
            let span = self.engine(span(&self.searcher))?;
            *self.span.get_or_init(|| span)
        };
        Ok(span.map_or_else(Buckets::default, |(first, last)| Buckets::new(first, last, interval, time_zone)))
    }

    /// What a split parts the posts by.
    fn parts(&self, split: Split) -> Result<Parts, StoreError> {
        Ok(match field_of(split) {
            Some(field) => Parts::Field(field),
            None if split == Split::Problem => Parts::Problems(self.assigned()?),
            None => Parts::One,
        })
    }

    /// The largest number of different values that a segment has for a split.
    fn values(&self, split: Split) -> Result<u64, StoreError> {
        let field = match self.parts(split)? {
            Parts::One => return Ok(1),
            Parts::Problems(assigned) => return Ok(assigned.problems().len() as u64),
            Parts::Field(field) => field,
        };
        let mut most = 0;
        for segment in self.searcher.segment_readers() {
            let column = self.engine(segment.fast_fields().str(field))?;
            most = most.max(column.map_or(0, |column| column.num_terms() as u64));
        }
        Ok(most)
    }

    fn record(&self, address: DocAddress) -> Result<Record, StoreError> {
        let document: TantivyDocument = self.engine(self.searcher.doc(address))?;
        self.decode(&document)
    }

    fn decode(&self, document: &TantivyDocument) -> Result<Record, StoreError> {
        read_document(document, self.fields.post, &self.folder)
    }

    fn engine<T>(&self, result: tantivy::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| StoreError::of(error, &self.folder))
    }
}

/// The seconds of the oldest and of the newest post; `None` without any dated post.
fn span(searcher: &Searcher) -> tantivy::Result<Option<(i64, i64)>> {
    let mut span: Option<(DateTime, DateTime)> = None;
    for segment in searcher.segment_readers() {
        let created = segment.fast_fields().date("created")?;
        if created.values.num_vals() == 0 {
            continue;
        }
        let here = if segment.has_deletes() {
            // The column still knows the dates of posts that were replaced.
            let dates = segment.doc_ids_alive().filter_map(|document| created.first(document));
            dates.fold(None, |span: Option<(DateTime, DateTime)>, date| {
                Some(span.map_or((date, date), |(low, high)| (low.min(date), high.max(date))))
            })
        } else {
            Some((created.min_value(), created.max_value()))
        };
        if let Some((first, last)) = here {
            span = Some(span.map_or((first, last), |(low, high)| (low.min(first), high.max(last))));
        }
    }
    Ok(span.map(|(first, last)| (first.into_timestamp_secs(), last.into_timestamp_secs())))
}

/// Spans of two streams that show the same, as those of one.
fn joined(mut spans: Vec<Covered>) -> Vec<Covered> {
    spans.sort_by_key(|span| span.from);
    let mut joined: Vec<Covered> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

/// The values of a field that are wanted, over all segments.
fn values(
    searcher: &Searcher,
    field: Field,
    is_wanted: impl Fn(&str) -> bool,
) -> tantivy::Result<BTreeSet<String>> {
    let mut values = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(field)?;
        let mut stream = inverted.terms().stream()?;
        while stream.advance() {
            let value = String::from_utf8_lossy(stream.key());
            if is_wanted(&value) {
                values.insert(value.into_owned());
            }
        }
    }
    Ok(values)
}

/// Whether the question has words by which one post can match better than another.
fn asks_for_words(query: &Query) -> bool {
    match query {
        Query::Text(_) | Query::Near { .. } => true,
        Query::And(parts) | Query::Or(parts) => parts.iter().any(asks_for_words),
        Query::All | Query::Not(_) | Query::Where(_) => false,
    }
}
