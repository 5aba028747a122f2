//! How do posts come in? Upserted by id, in batches, by one process at a time.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{DocSet, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TERMINATED, Term};

use super::error::StoreError;
use super::folder::{self, Holder, Market};
use super::record::{Fields, Prepared, Preparer, hash};
use super::tokenizer;
use crate::text::Analyzer;

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

/// What became of a post that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Put {
    /// Its id was not known.
    New,
    /// It replaces what an earlier run wrote under its id.
    Changed,
    /// All of it was known already.
    Unchanged,
    /// It replaces what this run wrote under the same id.
    Repeated,
}

/// The one that writes to an index. While it lives, no other process can.
pub struct Writer {
    folder: PathBuf,
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    committed: Searcher,
    /// Posts that are written but not committed: hash of the id, to fingerprint and earlier fingerprints.
    pending: FxHashMap<u64, (u64, Vec<u64>)>,
    run: u64,
    is_changed: bool,
}

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
        folder::make(folder)?;
        let failed = |error| StoreError::of(error, folder);
        let (schema, fields) = Fields::schema();
        let posts = folder::posts(folder);
        let directory =
            tantivy::directory::MmapDirectory::open(&posts).map_err(|error| failed(error.into()))?;
        let index = Index::open_or_create(directory, schema).map_err(failed)?;
        tokenizer::register(&index);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(config.threads)
            .memory_budget_per_thread(config.bytes_per_thread)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = index.writer_with_options(options).map_err(failed)?;
        let mut merges = LogMergePolicy::default();
        // By default deleted posts are never cleared out of a segment that is otherwise left alone.
        merges.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(merges));
        Holder { process: std::process::id(), command: command.to_owned(), since: now.to_string() }
            .write(folder)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        Ok(Self {
            folder: folder.to_owned(),
            fields,
            writer,
            committed: reader.searcher(),
            reader,
            pending: FxHashMap::default(),
            run: u64::try_from(now.as_millisecond()).unwrap_or(0),
            is_changed: false,
        })
    }

    /// Returns one that makes posts ready; each thread takes its own.
    #[must_use]
    pub fn preparer(&self) -> Preparer {
        Preparer { fields: self.fields.clone(), analyzer: Analyzer::default() }
    }

    /// Writes one post. It is found after the next [`commit`](Writer::commit).
    pub fn put(&mut self, prepared: Prepared) -> Result<Put, StoreError> {
        let Prepared { id, fingerprint, mut document } = prepared;
        let key = hash(id.as_str().as_bytes());
        let (put, superseded) = match self.pending.get(&key) {
            Some((known, _)) if *known == fingerprint => return Ok(Put::Unchanged),
            Some((known, earlier)) => (Put::Repeated, earlier.iter().copied().chain([*known]).collect()),
            None => match self.find(id.as_str())? {
                None => (Put::New, Vec::new()),
                Some(known)
                    if known.fingerprint == fingerprint || known.superseded.contains(&fingerprint) =>
                {
                    return Ok(Put::Unchanged);
                }
                Some(mut known) if known.run == self.run => {
                    known.superseded.push(known.fingerprint);
                    (Put::Repeated, known.superseded)
                }
                Some(_) => (Put::Changed, Vec::new()),
            },
        };
        if put != Put::New {
            // Each deletion that waits for a commit costs the engine over a kilobyte: only for what is there.
            self.writer.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
        }
        document.add_u64(self.fields.run, self.run);
        for earlier in &superseded {
            document.add_u64(self.fields.superseded, *earlier);
        }
        if let Err(error) = self.writer.add_document(document) {
            return Err(self.reason(error));
        }
        self.pending.insert(key, (fingerprint, superseded));
        self.is_changed = true;
        Ok(put)
    }

    /// Posts that wait for a commit.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Makes all that was put findable and durable, and keeps `market` beside it.
    pub fn commit(&mut self, market: &Market) -> Result<(), StoreError> {
        // First the names, then the posts that use them: a crash between leaves a name without posts, which is harmless.
        if Market::read(&self.folder)? != *market {
            market.write(&self.folder)?;
        }
        if !self.is_changed {
            return Ok(());
        }
        self.writer.commit().map_err(|error| StoreError::of(error, &self.folder))?;
        self.reader.reload().map_err(|error| StoreError::of(error, &self.folder))?;
        self.committed = self.reader.searcher();
        self.pending.clear();
        self.is_changed = false;
        Ok(())
    }

    /// What the index knows of its market so far.
    pub fn market(&self) -> Result<Market, StoreError> {
        Market::read(&self.folder)
    }

    /// Lets running merges end and closes the index.
    pub fn close(self) -> Result<(), StoreError> {
        let Self { folder, writer, .. } = self;
        let result = writer.wait_merging_threads().map_err(|error| StoreError::of(error, &folder));
        Holder::forget(&folder);
        result
    }

    /// A worker that died took its reason with it; the commit that it fails tells.
    fn reason(&mut self, error: tantivy::TantivyError) -> StoreError {
        let error = self.writer.commit().err().unwrap_or(error);
        StoreError::of(error, &self.folder)
    }

    fn find(&self, id: &str) -> Result<Option<Known>, StoreError> {
        find(&self.committed, &self.fields, id).map_err(|error| StoreError::of(error, &self.folder))
    }
}

/// What an earlier commit holds under an id.
struct Known {
    fingerprint: u64,
    superseded: Vec<u64>,
    run: u64,
}

fn find(searcher: &Searcher, fields: &Fields, id: &str) -> tantivy::Result<Option<Known>> {
    let term = Term::from_field_text(fields.id, id);
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(fields.id)?;
        let Some(info) = inverted.get_term_info(&term)? else { continue };
        let mut postings =
            inverted.read_postings_from_terminfo(&info, tantivy::schema::IndexRecordOption::Basic)?;
        let mut document = postings.doc();
        while document != TERMINATED {
            if !segment.is_deleted(document) {
                let columns = segment.fast_fields();
                return Ok(Some(Known {
                    fingerprint: columns.u64("fingerprint")?.first(document).unwrap_or(0),
                    superseded: columns.u64("superseded")?.values_for_doc(document).collect(),
                    run: columns.u64("run")?.first(document).unwrap_or(0),
                }));
            }
            document = postings.advance();
        }
    }
    Ok(None)
}
