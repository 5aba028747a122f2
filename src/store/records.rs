//! How are all posts of one state of the index read, one after another? Straight from where they are stored.
//!
//! Needs nothing of an index but the field in which posts are stored, so that it reads older ones, too.

use std::path::{Path, PathBuf};

use tantivy::columnar::Column;
use tantivy::schema::{Field, Value};
use tantivy::store::StoreReader;
use tantivy::{DocId, Searcher, TantivyDocument};

use super::error::StoreError;
use super::record::{Record, read_stored};

/// Blocks that are kept unpacked: posts are read in the order in which they are stored, so that one is enough.
const CACHED_BLOCKS: usize = 1;

/// What is kept of a post beside itself.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// Fingerprints of what it superseded in the run that wrote it.
    pub(super) superseded: Vec<u64>,
    /// When it first came, in milliseconds since 1970.
    pub(super) arrived: Option<u64>,
}

/// Where a post is in its segment, the hash of its id, and what tells one state of it from another.
pub(super) type Stamped = (DocId, u64, u64);

/// When a post first came, by the column of runs: its last value. The first says when it was written as it is.
pub(super) fn arrived(runs: &Column<u64>, document: DocId) -> Option<u64> {
    runs.values_for_doc(document).last()
}

/// Every post of one state of the index, in the order in which they are kept. What cannot be read ends it.
pub struct Records {
    searcher: Searcher,
    post: Field,
    folder: PathBuf,
    segment: usize,
    /// The next, or its place in the list of those alone.
    document: DocId,
    /// Those alone of each segment, in their order; all if there is no such list.
    only: Option<Vec<Vec<DocId>>>,
    store: Option<StoreReader>,
    has_failed: bool,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Records {
    pub(super) fn new(searcher: Searcher, post: Field, folder: PathBuf) -> Self {
        Self { searcher, post, folder, segment: 0, document: 0, only: None, store: None, has_failed: false }
    }

    /// Only these posts of each segment.
    pub(super) fn only(self, documents: Vec<Vec<DocId>>) -> Self {
        Self { only: Some(documents), ..self }
    }

    /// The states of all posts, by segment.
    pub(super) fn stamps(&self) -> tantivy::Result<Vec<Vec<Stamped>>> {
        let of = |segment: &tantivy::SegmentReader| {
            let columns = segment.fast_fields();
            let (ties, fingerprints, runs) =
                (columns.u64("tie")?, columns.u64("fingerprint")?, columns.u64("run")?);
            let first = |column: &Column<u64>, document| column.first(document).unwrap_or(0);
            let stamp = |document| first(&fingerprints, document) ^ first(&runs, document).rotate_left(32);
            let all =
                segment.doc_ids_alive().map(|document| (document, first(&ties, document), stamp(document)));
            Ok(all.collect())
        };
        self.searcher.segment_readers().iter().map(of).collect()
    }

    /// The same posts, from the first.
    #[must_use]
    pub fn again(&self) -> Self {
        let again = Self::new(self.searcher.clone(), self.post, self.folder.clone());
        Self { only: self.only.clone(), ..again }
    }

    /// How many there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Steps to the next post, and returns its number in its segment.
    fn step(&mut self) -> Option<(usize, DocId)> {
        loop {
            let reader = self.searcher.segment_readers().get(self.segment)?;
            let segment = self.segment;
            let next = match &self.only {
                None => Some(self.document).filter(|document| *document < reader.max_doc()),
                Some(only) => {
                    let place = usize::try_from(self.document).unwrap_or(usize::MAX);
                    only.get(segment).and_then(|documents| documents.get(place)).copied()
                }
            };
            let Some(document) = next else {
                self.segment += 1;
                self.document = 0;
                self.store = None;
                continue;
            };
            self.document += 1;
            if !reader.is_deleted(document) {
                return Some((segment, document));
            }
        }
    }

    fn read(&mut self, segment: usize, document: DocId) -> Result<(Record, Earlier), StoreError> {
        let failed = |error| StoreError::of(error, &self.folder);
        let reader = &self.searcher.segment_readers()[segment];
        let store = match &mut self.store {
            Some(store) => store,
            none => {
                none.insert(reader.get_store_reader(CACHED_BLOCKS).map_err(|error| failed(error.into()))?)
            }
        };
        let stored: TantivyDocument = store.get(document).map_err(failed)?;
        let record = read_document(&stored, self.post, &self.folder)?;
        // An index that never had such a column has nothing that was superseded.
        let superseded = reader
            .fast_fields()
            .u64("superseded")
            .map_or_else(|_| Vec::new(), |column| column.values_for_doc(document).collect());
        let arrived = reader.fast_fields().u64("run").ok().and_then(|runs| arrived(&runs, document));
        Ok((record, Earlier { superseded, arrived }))
    }
}

impl Iterator for Records {
    type Item = Result<(Record, Earlier), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let (segment, document) = self.step()?;
        let read = self.read(segment, document);
        self.has_failed = read.is_err();
        Some(read)
    }
}

/// Reads back the post that is stored in a document.
pub(super) fn read_document(
    document: &TantivyDocument,
    post: Field,
    folder: &Path,
) -> Result<Record, StoreError> {
    document.get_first(post).and_then(|value| value.as_bytes()).and_then(read_stored).ok_or_else(|| {
        StoreError::Damaged { folder: folder.to_owned(), what: "a post cannot be read back".to_owned() }
    })
}
