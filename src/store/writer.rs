//! How do posts come in? Upserted by id, in batches, by one process at a time.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::directory::error::LockError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy};
use tantivy::{
    DocAddress, DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TERMINATED, TantivyDocument,
    TantivyError, Term,
};

use super::error::StoreError;
use super::folder::{self, About, BETWEEN_LOOKS, Holder, LOOKS, Lock, Market};
use super::met::Ids;
use super::record::{Fields, Prepared, Preparer, Record, hash};
use super::records::{Earlier, Records, arrived, read_document};
use super::tokenizer;
use super::wiping::Wiping;
use crate::model::PostId;
use crate::text::Analyzer;

/// How long a merge may go on once all is to end: it is mostly done in less.
const AT_THE_END: Duration = Duration::from_secs(2);

/// How a writer uses the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterConfig {
    /// Threads that build segments. Default: two, since reading and analysis take the rest of a small machine.
    pub threads: usize,
    /// Bytes that each of them gathers before it writes a segment. Default: 80 MB, with which a million posts stay
    /// well below 700 MB resident.
    pub bytes_per_thread: usize,
}

impl Default for WriterConfig {
    fn default() -> Self {
        Self { threads: 2, bytes_per_thread: 80 << 20 }
    }
}

/// How small parts of the index are put together.
fn merging() -> LogMergePolicy {
    let mut merges = LogMergePolicy::default();
    // By default deleted posts are never cleared out of a segment that is otherwise left alone.
    merges.set_del_docs_ratio_before_merge(0.3);
    merges
}

/// The writer of the engine. It has a lock of its own, which says nothing once ours is held, but which a program that is being started
/// may have open until it runs, as it has all that its parent had open: that is waited for.
fn engine(index: &Index, config: WriterConfig) -> tantivy::Result<IndexWriter> {
    let mut looks = 0..LOOKS;
    loop {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(config.threads)
            .memory_budget_per_thread(config.bytes_per_thread)
            .num_merge_threads(1)
            .build();
        let is_held =
            |error: &TantivyError| matches!(error, TantivyError::LockFailure(LockError::LockBusy, _));
        match index.writer_with_options(options) {
            Err(error) if is_held(&error) && looks.next().is_some() => thread::sleep(BETWEEN_LOOKS),
            opened => return opened,
        }
    }
}

/// What became of a post that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Put {
    /// Its id was not known.
    New,
    /// It replaces what an earlier run wrote under its id.
    Changed,
    /// All of it was known already.
    Unchanged,
    /// This run met its id before. The last version stays, unless it is one that this run has replaced already.
    Repeated,
}

/// The one that writes to an index. While it lives, no other process can.
pub struct Writer {
    folder: PathBuf,
    about: About,
    lock: Lock,
    fields: Fields,
    engine: IndexWriter,
    reader: IndexReader,
    committed: Searcher,
    /// What this run met lately, by hash of the id. Everything that is written but not committed is in it.
    met: FxHashMap<u64, Met>,
    /// All ids of the index and of what waits.
    ids: Ids,
    /// Posts that are written but not committed.
    waiting: usize,
    run: u64,
    /// Who writes, and how, for when the index is opened again.
    command: String,
    config: WriterConfig,
}

/// A post that this run met.
struct Met {
    /// Fingerprint of what the index holds now, or will after the commit.
    fingerprint: u64,
    /// Fingerprints of what this run replaced under the same id.
    superseded: Vec<u64>,
    /// When it first came.
    arrived: u64,
}

/// Versions of one post that are remembered, so that a file with several versions of a post changes nothing when it comes
/// again. More is a column that is no id.
const MAX_VERSIONS: usize = 64;

/// Posts that are remembered without being written, before the memory is cleared: about 10 MB.
const MAX_MET: usize = 200_000;

/// How long is waited for who harvests to give way: it does so after a batch, which takes seconds.
const PATIENCE: Duration = Duration::from_mins(1);

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Writer {
    /// Opens the index in `folder` for writing, making it if it is not there. `command` says who writes, for others
    /// who are turned away; `now` marks the run.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another process writes, [`StoreError::OtherVersion`] if another version made the index.
    pub fn open(
        folder: &Path,
        command: &str,
        now: Timestamp,
        config: WriterConfig,
    ) -> Result<Self, StoreError> {
        // The lock first: where the posts are may change while another process holds it.
        let lock = Lock::take(folder)?;
        let about = folder::make(folder)?;
        folder::remove_leftovers(folder, &about);
        Holder::new(command, now).write(folder)?;
        Self::at(folder, about, lock, command, now, config)
    }

    /// Opens the posts that `about` names; the lock is held already.
    pub(super) fn at(
        folder: &Path,
        about: About,
        lock: Lock,
        command: &str,
        now: Timestamp,
        config: WriterConfig,
    ) -> Result<Self, StoreError> {
        let failed = |error| StoreError::of(error, folder);
        let (schema, fields) = Fields::schema();
        let posts = about.posts(folder);
        let directory =
            tantivy::directory::MmapDirectory::open(&posts).map_err(|error| failed(error.into()))?;
        let index = Index::open_or_create(directory, schema).map_err(failed)?;
        tokenizer::register(&index);
        let writer = engine(&index, config).map_err(failed)?;
        // What a killed writer left that belongs to no commit: deletions are named by a number that comes again.
        writer.garbage_collect_files().wait().map_err(failed)?;
        writer.set_merge_policy(Box::new(merging()));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let committed = reader.searcher();
        Ok(Self {
            folder: folder.to_owned(),
            about,
            lock,
            fields,
            engine: writer,
            ids: ids_of(&committed).map_err(failed)?,
            committed,
            reader,
            met: FxHashMap::default(),
            waiting: 0,
            run: u64::try_from(now.as_millisecond()).unwrap_or(0),
            command: command.to_owned(),
            config,
        })
    }

    /// As [`open`](Writer::open), but where who harvests writes, asks it to give way and waits for that. `waits` is told whom for.
    ///
    /// # Errors
    /// Those of [`open`](Writer::open): also where it does not give way within a minute.
    pub fn open_in_turn(
        folder: &Path,
        command: &str,
        now: Timestamp,
        config: WriterConfig,
        waits: impl FnOnce(&Holder),
    ) -> Result<Self, StoreError> {
        let open = || Self::open(folder, command, now, config);
        let mut opened = open();
        match &opened {
            Err(StoreError::Locked { holder: Some(holder), .. }) if holder.gives_way() => waits(holder),
            _ => return opened,
        }
        let end = Instant::now() + PATIENCE;
        let mut turn = None;
        while matches!(opened, Err(StoreError::Locked { .. })) && Instant::now() < end {
            if turn.is_none() {
                turn = Lock::try_ask_for_turn(folder)?;
            }
            thread::sleep(BETWEEN_LOOKS);
            opened = open();
        }
        opened
    }

    /// For who writes as long as it lives: where another process waits to write, or to put an index that it made anew in the place
    /// of this one, lets it do so, and goes on with what is there then. What waits for a commit keeps the index. `None` if
    /// `is_over` says meanwhile that nothing is to be written any more.
    ///
    /// # Errors
    /// Those of [`Writer::open`], but that the index is locked, which is waited for.
    pub fn give_way(
        self,
        clock: impl Fn() -> Timestamp,
        is_over: impl Fn() -> bool,
    ) -> Result<Option<Self>, StoreError> {
        if self.waiting > 0 || !folder::is_turn_wanted(&self.folder) {
            return Ok(Some(self));
        }
        let (folder, command, config) = (self.folder.clone(), self.command.clone(), self.config);
        if !self.close_unless(&is_over)? {
            return Ok(None);
        }
        loop {
            // Who asked has the index by the time it no longer asks, and may have it for long.
            let is_free = !folder::is_turn_wanted(&folder);
            match if is_free { Self::open(&folder, &command, clock(), config).map(Some) } else { Ok(None) } {
                Ok(None) | Err(StoreError::Locked { .. }) if is_over() => return Ok(None),
                Ok(None) | Err(StoreError::Locked { .. }) => thread::sleep(BETWEEN_LOOKS),
                opened => return opened,
            }
        }
    }

    /// Returns one that makes posts ready; each thread takes its own.
    #[must_use]
    pub fn preparer(&self) -> Preparer {
        Preparer { fields: self.fields.clone(), analyzer: Analyzer::default() }
    }

    /// Returns what makes such a one on any thread, whoever writes meanwhile.
    pub fn preparer_of(&self) -> impl Fn() -> Preparer + Sync + use<> {
        let fields = self.fields.clone();
        move || Preparer { fields: fields.clone(), analyzer: Analyzer::default() }
    }

    /// Writes one post. It is found after the next [`commit`](Writer::commit).
    pub fn put(&mut self, prepared: Prepared) -> Result<Put, StoreError> {
        let Prepared { id, fingerprint, mut document } = prepared;
        let key = hash(id.as_str().as_bytes());
        let (put, mut superseded, arrived) = if let Some(met) = self.met.get_mut(&key) {
            if met.fingerprint == fingerprint || met.superseded.contains(&fingerprint) {
                return Ok(Put::Repeated);
            }
            let mut superseded = std::mem::take(&mut met.superseded);
            superseded.push(met.fingerprint);
            (Put::Repeated, superseded, met.arrived)
        } else {
            let found = if self.ids.may_have(key) { self.find(id.as_str())? } else { None };
            match found {
                None => (Put::New, Vec::new(), self.run),
                Some(known)
                    if known.fingerprint == fingerprint || known.superseded.contains(&fingerprint) =>
                {
                    let put = if known.run == self.run { Put::Repeated } else { Put::Unchanged };
                    if self.waiting == 0 && self.met.len() >= MAX_MET {
                        self.met.clear();
                    }
                    let Known { fingerprint, superseded, arrived, .. } = known;
                    self.met.insert(key, Met { fingerprint, superseded, arrived });
                    return Ok(put);
                }
                Some(mut known) if known.run == self.run => {
                    known.superseded.push(known.fingerprint);
                    (Put::Repeated, known.superseded, known.arrived)
                }
                Some(known) => (Put::Changed, Vec::new(), known.arrived),
            }
        };
        if put != Put::New {
            // Each deletion that waits for a commit costs the engine over a kilobyte: only for what is there.
            self.engine.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
        }
        let earlier = superseded.len().saturating_sub(MAX_VERSIONS);
        superseded.drain(..earlier);
        self.add(key, &mut document, &superseded, arrived)?;
        self.met.insert(key, Met { fingerprint, superseded, arrived });
        Ok(put)
    }

    /// Writes a post of which it is known that the index does not have it.
    pub(super) fn put_new(&mut self, prepared: Prepared, earlier: &Earlier) -> Result<(), StoreError> {
        let Prepared { id, mut document, .. } = prepared;
        let arrived = earlier.arrived.unwrap_or(self.run);
        self.add(hash(id.as_str().as_bytes()), &mut document, &earlier.superseded, arrived)
    }

    /// Writes a post anew that may be among those that were committed.
    pub(super) fn put_over(&mut self, prepared: Prepared, earlier: &Earlier) -> Result<(), StoreError> {
        self.engine.delete_term(Term::from_field_text(self.fields.id, prepared.id.as_str()));
        self.put_new(prepared, earlier)
    }

    /// Takes out the committed posts whose ids have these hashes.
    pub(super) fn delete_hashes(&mut self, gone: &FxHashSet<u64>) -> Result<(), StoreError> {
        let find = || -> tantivy::Result<Vec<DocAddress>> {
            let mut found = Vec::new();
            for (at, segment) in (0..).zip(self.committed.segment_readers()) {
                let hashes = segment.fast_fields().u64("tie")?;
                let is_gone =
                    |document: &u32| hashes.first(*document).is_some_and(|hash| gone.contains(&hash));
                found.extend(
                    segment.doc_ids_alive().filter(is_gone).map(|document| DocAddress::new(at, document)),
                );
            }
            Ok(found)
        };
        let failed = |error| StoreError::of(error, &self.folder);
        for address in find().map_err(failed)? {
            let document = self.committed.doc::<TantivyDocument>(address).map_err(failed)?;
            let record = read_document(&document, self.fields.post, &self.folder)?;
            self.engine.delete_term(Term::from_field_text(self.fields.id, record.post.id.as_str()));
            self.waiting += 1;
        }
        Ok(())
    }

    /// Takes out all posts.
    pub(super) fn delete_all(&mut self) -> Result<(), StoreError> {
        let deleted = self.engine.delete_all_documents();
        deleted.map_err(|error| StoreError::of(error, &self.folder))?;
        self.waiting += 1;
        self.commit_posts()
    }

    /// Leaves it to the next writer to put small parts together.
    pub(super) fn leave_merging(&mut self) {
        self.engine.set_merge_policy(Box::new(NoMergePolicy));
    }

    fn add(
        &mut self,
        key: u64,
        document: &mut TantivyDocument,
        superseded: &[u64],
        arrived: u64,
    ) -> Result<(), StoreError> {
        self.ids.add(key);
        document.add_u64(self.fields.run, self.run);
        if arrived != self.run {
            document.add_u64(self.fields.run, arrived);
        }
        for earlier in superseded {
            document.add_u64(self.fields.superseded, *earlier);
        }
        if let Err(error) = self.engine.add_document(std::mem::take(document)) {
            return Err(self.reason(error));
        }
        self.waiting += 1;
        Ok(())
    }

    /// Takes a post out. It is no longer found after the next [`commit`](Writer::commit). Returns whether it was there.
    pub fn delete(&mut self, id: &PostId) -> Result<bool, StoreError> {
        let is_waiting = self.met.remove(&hash(id.as_str().as_bytes())).is_some();
        if !is_waiting && self.find(id.as_str())?.is_none() {
            return Ok(false);
        }
        self.engine.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
        self.waiting += 1;
        Ok(true)
    }

    /// From now on writes those parts of the index anew that still have words of posts which were taken out or changed, and begins with
    /// those that are due at the moment of the run. Does not wait for it: [`close`](Writer::close) does.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn wipe(&mut self) -> Result<(), StoreError> {
        let failed = |error| StoreError::of(error, &self.folder);
        let wiping = Wiping {
            otherwise: merging(),
            posts: self.about.posts(&self.folder),
            now: Duration::from_millis(self.run),
        };
        let parts = self.engine.index().searchable_segment_metas().map_err(failed)?;
        let is_due = parts.iter().any(|part| wiping.is_due(part));
        drop(parts);
        self.engine.set_merge_policy(Box::new(wiping));
        if is_due && self.waiting == 0 {
            // The engine looks at its parts after each commit, and at no other time.
            self.engine.commit().map_err(failed)?;
        }
        Ok(())
    }

    /// The committed posts whose ids begin like that.
    pub fn ids_with(&self, start: &str) -> Result<Vec<PostId>, StoreError> {
        let read = || -> tantivy::Result<Vec<PostId>> {
            let mut found = Vec::new();
            for segment in self.committed.segment_readers() {
                let terms = segment.inverted_index(self.fields.id)?;
                let mut stream = terms.terms().range().ge(start.as_bytes()).into_stream()?;
                while let Some((id, _)) = stream.next() {
                    let Ok(id) = std::str::from_utf8(id) else { break };
                    if !id.starts_with(start) {
                        break;
                    }
                    found.extend(PostId::new(id).ok());
                }
            }
            Ok(found)
        };
        read().map_err(|error| StoreError::of(error, &self.folder))
    }

    /// Begins a new run at `now`, for a writer that stays open: what an earlier run replaced may come again.
    pub fn begin_run(&mut self, now: Timestamp) {
        self.run = u64::try_from(now.as_millisecond()).unwrap_or(self.run);
    }

    /// The post with that id, as it was committed last.
    pub fn post(&self, id: &PostId) -> Result<Option<Record>, StoreError> {
        let found = find_address(&self.committed, &self.fields, id.as_str())
            .and_then(|address| {
                address.map(|address| self.committed.doc::<TantivyDocument>(address)).transpose()
            })
            .map_err(|error| StoreError::of(error, &self.folder))?;
        found.map(|document| read_document(&document, self.fields.post, &self.folder)).transpose()
    }

    /// All posts of the last commit, whatever is put meanwhile.
    #[must_use]
    pub fn records(&self) -> Records {
        Records::new(self.committed.clone(), self.fields.post, self.folder.clone())
    }

    /// Where the index is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The oldest version of the analysis by which a post was judged, as far as it was noted.
    #[must_use]
    pub fn analysis(&self) -> Option<&str> {
        self.about.analysis.as_deref()
    }

    /// Whether the index has posts.
    #[must_use]
    pub fn has_posts(&self) -> bool {
        self.committed.num_docs() > 0
    }

    /// Notes the version of the analysis in an index without posts; one that has posts keeps what it says.
    pub fn note_analysis(&mut self, version: &str) -> Result<(), StoreError> {
        if self.has_posts() || self.analysis() == Some(version) {
            return Ok(());
        }
        self.about.analysis = Some(version.to_owned());
        self.about.write(&self.folder)
    }

    /// Posts that wait for a commit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Makes all that was put findable and durable, and keeps `market` beside it.
    pub fn commit(&mut self, market: &Market) -> Result<(), StoreError> {
        // First the names, then the posts that use them: a crash between leaves a name without posts, which is harmless.
        if Market::read(&self.folder)? != *market {
            market.write(&self.folder)?;
        }
        self.commit_posts()
    }

    /// Makes all that was put findable and durable.
    pub(super) fn commit_posts(&mut self) -> Result<(), StoreError> {
        if self.waiting == 0 {
            return Ok(());
        }
        self.engine.commit().map_err(|error| StoreError::of(error, &self.folder))?;
        self.reader.reload().map_err(|error| StoreError::of(error, &self.folder))?;
        self.committed = self.reader.searcher();
        self.met.clear();
        self.waiting = 0;
        Ok(())
    }

    /// What the index knows of its market so far.
    pub fn market(&self) -> Result<Market, StoreError> {
        Market::read(&self.folder)
    }

    /// Lets running merges end and closes the index.
    pub fn close(self) -> Result<(), StoreError> {
        self.ended().map(drop)
    }

    /// The same, but once `is_over` says that all is to end, waits only a moment longer. What is committed is safe all the same; a
    /// merge that still runs then ends with the program, which keeps the index as long as it lives, and is begun again by
    /// whoever writes next. Returns whether the index is closed.
    ///
    /// # Errors
    /// Those of [`close`](Writer::close).
    pub fn close_unless(self, is_over: impl Fn() -> bool) -> Result<bool, StoreError> {
        let closed = within(AT_THE_END, is_over, move || self.close());
        closed.map_or(Ok(false), |closed| closed.map(|()| true))
    }

    /// Lets running merges end, closes the index and hands the lock on.
    pub(super) fn ended(self) -> Result<Lock, StoreError> {
        let Self { folder, engine, lock, reader, committed, .. } = self;
        // Files that are read stay: first those of parts that were written anew before now, then, at its end, of each that still is.
        drop((reader, committed));
        let result = engine
            .garbage_collect_files()
            .wait()
            .and_then(|_| engine.wait_merging_threads())
            .map_err(|error| StoreError::of(error, &folder));
        if lock.is_to_write() {
            Holder::forget(&folder);
        }
        result.map(|()| lock)
    }

    /// A worker that died took its reason with it; the commit that it fails tells.
    fn reason(&mut self, error: TantivyError) -> StoreError {
        let error = self.engine.commit().err().unwrap_or(error);
        StoreError::of(error, &self.folder)
    }

    fn find(&self, id: &str) -> Result<Option<Known>, StoreError> {
        find(&self.committed, &self.fields, id).map_err(|error| StoreError::of(error, &self.folder))
    }
}

/// Does some work on a thread of its own, which is waited for until `grace` after `is_over`; `None` if that took longer.
fn within<T: Send + 'static>(
    grace: Duration,
    is_over: impl Fn() -> bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let working = thread::spawn(work);
    let mut over = None;
    while !working.is_finished() {
        if is_over() && over.get_or_insert_with(Instant::now).elapsed() >= grace {
            return None;
        }
        thread::park_timeout(BETWEEN_LOOKS);
    }
    // A panic goes on here.
    Some(working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// The ids of all posts: the column `tie` has their hashes.
fn ids_of(searcher: &Searcher) -> tantivy::Result<Ids> {
    let mut ids = Ids::new();
    for segment in searcher.segment_readers() {
        let hashes = segment.fast_fields().u64("tie")?;
        for document in 0..segment.max_doc() {
            hashes.first(document).into_iter().for_each(|hash| ids.add(hash));
        }
    }
    Ok(ids)
}

/// What an earlier commit holds under an id.
struct Known {
    fingerprint: u64,
    superseded: Vec<u64>,
    run: u64,
    arrived: u64,
}

fn find(searcher: &Searcher, fields: &Fields, id: &str) -> tantivy::Result<Option<Known>> {
    let Some(address) = find_address(searcher, fields, id)? else { return Ok(None) };
    let columns = searcher.segment_reader(address.segment_ord).fast_fields();
    let runs = columns.u64("run")?;
    Ok(Some(Known {
        fingerprint: columns.u64("fingerprint")?.first(address.doc_id).unwrap_or(0),
        superseded: columns.u64("superseded")?.values_for_doc(address.doc_id).collect(),
        run: runs.first(address.doc_id).unwrap_or(0),
        arrived: arrived(&runs, address.doc_id).unwrap_or(0),
    }))
}

fn find_address(searcher: &Searcher, fields: &Fields, id: &str) -> tantivy::Result<Option<DocAddress>> {
    let term = Term::from_field_text(fields.id, id);
    for (at, segment) in (0..).zip(searcher.segment_readers()) {
        let inverted = segment.inverted_index(fields.id)?;
        let Some(info) = inverted.get_term_info(&term)? else { continue };
        let mut postings =
            inverted.read_postings_from_terminfo(&info, tantivy::schema::IndexRecordOption::Basic)?;
        let mut document = postings.doc();
        while document != TERMINATED {
            if !segment.is_deleted(document) {
                return Ok(Some(DocAddress::new(at, document)));
            }
            document = postings.advance();
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_takes_long_is_waited_for_until_all_is_to_end() {
        let (let_go, held) = mpsc::sync_channel::<()>(1);
        assert_eq!(within(Duration::ZERO, || true, move || held.recv().is_err()), None);
        drop(let_go);
        let looks = std::cell::Cell::new(0);
        let (let_go, held) = mpsc::sync_channel(1);
        let is_over = || {
            looks.set(looks.get() + 1);
            if looks.get() == 3 {
                let_go.send(7).unwrap();
            }
            false
        };
        assert_eq!(within(Duration::ZERO, is_over, move || held.recv()), Some(Ok(7)));
    }
}
