//! Which posts come first? One pass that counts all and keeps the best, from where the last page ended.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::error::StoreError;

/// In which order posts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// Best match first (BM25, Robertson and Zaragoza 2009); newest first where no words are asked for.
    #[default]
    Relevance,
    /// Newest first, undated last.
    Newest,
    /// Oldest first, undated last.
    Oldest,
}

/// A text that is not an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an order: use relevance, newest or oldest")]
pub struct UnknownSort(String);

impl Sort {
    /// The order as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

impl FromStr for Sort {
    type Err = UnknownSort;
    fn from_str(text: &str) -> Result<Self, UnknownSort> {
        [Self::Relevance, Self::Newest, Self::Oldest]
            .into_iter()
            .find(|sort| sort.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownSort(text.chars().take(40).collect()))
    }
}

/// Where a page ended: the next one begins after it. Holds what posts are ordered by, never a place in the engine's
/// files, so that writing in between moves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    sort: Sort,
    /// Which state of the index the page was made of.
    pub(super) snapshot: u64,
    key: Key,
}

/// Orders posts, the largest first: by what the order is about, then by a hash of the id.
type Key = (u64, u64);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sort = match self.sort {
            Sort::Relevance => 'r',
            Sort::Newest => 'n',
            Sort::Oldest => 'o',
        };
        write!(f, "{sort}{:x}-{:x}-{:x}", self.snapshot, self.key.0, self.key.1)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parse = || {
            let sort = match text.chars().next()? {
                'r' => Sort::Relevance,
                'n' => Sort::Newest,
                'o' => Sort::Oldest,
                _ => return None,
            };
            let mut numbers = text[1..].split('-').map(|part| u64::from_str_radix(part, 16).ok());
            let (snapshot, first, second) = (numbers.next()??, numbers.next()??, numbers.next()??);
            numbers.next().is_none().then_some(Self { sort, snapshot, key: (first, second) })
        };
        parse().ok_or(StoreError::BadCursor)
    }
}

impl Cursor {
    pub(super) fn sort(&self) -> Sort {
        self.sort
    }
}

/// Counts all matches and keeps the `limit` best after `after`.
pub(super) struct Best {
    pub(super) sort: Sort,
    pub(super) limit: usize,
    pub(super) after: Option<Cursor>,
}

/// What [`Best`] found.
pub(super) struct Found {
    pub(super) total: u64,
    /// The best first.
    pub(super) best: Vec<(Key, DocAddress)>,
}

impl Found {
    /// Where this page ends, if it is full and more follow.
    pub(super) fn cursor(&self, sort: Sort, limit: usize, snapshot: u64) -> Option<Cursor> {
        let (key, _) = self.best.last()?;
        (self.best.len() == limit).then_some(Cursor { sort, snapshot, key: *key })
    }
}

impl Collector for Best {
    type Fruit = Found;
    type Child = BestHere;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<BestHere> {
        Ok(BestHere {
            segment,
            sort: self.sort,
            limit: self.limit,
            after: self.after.map(|cursor| cursor.key),
            created: reader.fast_fields().date("created")?,
            tie: reader.fast_fields().u64("tie")?,
            total: 0,
            best: BinaryHeap::with_capacity(self.limit + 1),
            dates: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, fruits: Vec<Found>) -> tantivy::Result<Found> {
        let total = fruits.iter().map(|found| found.total).sum();
        let mut best: Vec<_> = fruits.into_iter().flat_map(|found| found.best).collect();
        best.sort_unstable_by_key(|(key, _)| Reverse(*key));
        best.truncate(self.limit);
        Ok(Found { total, best })
    }
}

pub(super) struct BestHere {
    segment: SegmentOrdinal,
    sort: Sort,
    limit: usize,
    after: Option<Key>,
    created: Column<DateTime>,
    tie: Column<u64>,
    total: u64,
    /// The worst of the best on top.
    best: BinaryHeap<Reverse<(Key, DocId)>>,
    dates: Vec<Option<DateTime>>,
}

impl BestHere {
    fn offer(&mut self, document: DocId, first: u64) {
        if self.after.is_some_and(|after| first > after.0) {
            return;
        }
        if self.best.len() >= self.limit && self.best.peek().is_none_or(|Reverse((worst, _))| first < worst.0)
        {
            return;
        }
        let key = (first, self.tie.first(document).unwrap_or(0));
        if self.after.is_some_and(|after| key >= after) {
            return;
        }
        self.best.push(Reverse((key, document)));
        if self.best.len() > self.limit {
            self.best.pop();
        }
    }

    fn order(&self, created: Option<DateTime>) -> u64 {
        order(self.sort, created)
    }
}

/// What an order by time sorts posts by, the largest first.
pub(super) fn order(sort: Sort, created: Option<DateTime>) -> u64 {
    let Some(created) = created else { return 0 };
    // Signed to unsigned with the order kept; 0 is left for posts without a date.
    let second = (created.into_timestamp_secs().cast_unsigned() ^ (1 << 63)).max(1);
    if sort == Sort::Oldest { (u64::MAX - second).max(1) } else { second }
}

impl SegmentCollector for BestHere {
    type Fruit = Found;

    fn collect(&mut self, document: DocId, score: Score) {
        self.total += 1;
        let first = match self.sort {
            // The bits of floats that are not negative are in the order of the floats.
            Sort::Relevance => u64::from(score.max(0.0).to_bits()),
            Sort::Newest | Sort::Oldest => self.order(self.created.first(document)),
        };
        self.offer(document, first);
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        self.total += documents.len() as u64;
        let mut dates = std::mem::take(&mut self.dates);
        dates.clear();
        dates.resize(documents.len(), None);
        self.created.first_vals(documents, &mut dates);
        for (document, created) in documents.iter().zip(&dates) {
            let first = self.order(*created);
            self.offer(*document, first);
        }
        self.dates = dates;
    }

    fn harvest(self) -> Found {
        let segment = self.segment;
        let best = self
            .best
            .into_iter()
            .map(|Reverse((key, document))| (key, DocAddress::new(segment, document)))
            .collect();
        Found { total: self.total, best }
    }
}
