//! How many each day? One pass over the matching posts that fills a matrix of value × bucket.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocId, Score, SegmentOrdinal, SegmentReader};

use super::parts::{Parts, PartsHere};
use crate::model::Interval;

/// Most cells of one segment's matrix: 16 million take 64 MB.
pub(super) const MAX_CELLS: u64 = 16_000_000;

/// The buckets of a span of time: where each begins, in days and in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buckets {
    /// First day of each bucket.
    pub starts: Vec<Date>,
    /// First second of each, and of the one after the last.
    edges: Vec<i64>,
    /// About how many seconds a bucket has: where to begin to look.
    stride: i64,
}

impl Buckets {
    /// The buckets of `interval` from the one that holds the second `first` to the one that holds `last`, on the clock
    /// of `time_zone`.
    #[must_use]
    pub fn new(first: i64, last: i64, interval: Interval, time_zone: &TimeZone) -> Self {
        let day = |second: i64| {
            jiff::Timestamp::from_second(second).ok().map(|moment| time_zone.to_datetime(moment).date())
        };
        let edge = |day: Date| {
            time_zone
                .to_ambiguous_timestamp(day.at(0, 0, 0, 0))
                .compatible()
                .map_or(i64::MAX, jiff::Timestamp::as_second)
        };
        let (Some(first_day), Some(last_day)) = (day(first), day(last)) else { return Self::default() };
        let mut starts = Vec::new();
        let mut edges = Vec::new();
        let mut start = interval.start_of(first_day);
        while start <= last_day {
            starts.push(start);
            edges.push(edge(start));
            let next = interval.after(start);
            if next <= start {
                break;
            }
            start = next;
        }
        edges.push(edge(start).max(last + 1));
        let stride = match interval {
            Interval::Day => 86_400,
            Interval::Week => 7 * 86_400,
            Interval::Month => 2_629_746,
        };
        Self { starts, edges, stride }
    }

    /// First second of a bucket, and of the one after it.
    #[must_use]
    pub fn span(&self, at: usize) -> Option<(i64, i64)> {
        self.edges.get(at).copied().zip(self.edges.get(at + 1).copied())
    }

    /// The bucket that holds the second; `None` outside all.
    #[must_use]
    pub fn of(&self, second: i64) -> Option<usize> {
        let first = *self.edges.first()?;
        if second < first || second >= *self.edges.last()? {
            return None;
        }
        // Clocks that change and months of different length move the edges a little: step to the right one.
        let guess = usize::try_from((second - first) / self.stride).ok()?;
        let mut at = guess.min(self.starts.len() - 1);
        while self.edges[at] > second {
            at -= 1;
        }
        while self.edges[at + 1] <= second {
            at += 1;
        }
        Some(at)
    }
}

/// How many posts in each bucket, for each value of the split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Where the buckets begin.
    pub buckets: Buckets,
    /// For each value, one count for each bucket.
    pub rows: BTreeMap<String, Vec<u64>>,
    /// For each value, how many dated cases or authors there are in all, who may be in several buckets. Empty where posts
    /// are counted.
    pub totals: BTreeMap<String, u64>,
    /// Matching posts that have a date.
    pub dated: u64,
    /// Matching posts without one.
    pub undated: u64,
}

pub(super) struct Matrix<'a> {
    pub(super) buckets: &'a Buckets,
    pub(super) parts: &'a Parts,
}

pub(super) struct MatrixHere {
    buckets: Buckets,
    created: Column<DateTime>,
    parts: PartsHere,
    /// Series × buckets.
    cells: Vec<u32>,
    dated: u64,
    undated: u64,
    dates: Vec<Option<DateTime>>,
    /// Values of a block, where each post has exactly one.
    ones: Vec<Option<u64>>,
}

impl Collector for Matrix<'_> {
    type Fruit = Counts;
    type Child = MatrixHere;

    fn for_segment(&self, at: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<MatrixHere> {
        let parts = self.parts.here(at, reader)?;
        Ok(MatrixHere {
            created: reader.fast_fields().date("created")?,
            cells: vec![0; parts.names.len() * self.buckets.starts.len()],
            buckets: self.buckets.clone(),
            parts,
            dated: 0,
            undated: 0,
            dates: Vec::new(),
            ones: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counts>) -> tantivy::Result<Counts> {
        let mut all = Counts { buckets: self.buckets.clone(), ..Counts::default() };
        for counts in fruits {
            all.dated += counts.dated;
            all.undated += counts.undated;
            for (name, row) in counts.rows {
                match all.rows.get_mut(&name) {
                    Some(sum) => {
                        for (sum, count) in sum.iter_mut().zip(row) {
                            *sum += count;
                        }
                    }
                    None => {
                        all.rows.insert(name, row);
                    }
                }
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for MatrixHere {
    type Fruit = Counts;

    fn collect(&mut self, document: DocId, _: Score) {
        self.collect_block(&[document]);
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        let width = self.buckets.starts.len();
        self.dates.clear();
        self.dates.resize(documents.len(), None);
        self.created.first_vals(documents, &mut self.dates);
        let single = self.parts.single();
        if let Some(values) = single {
            self.ones.clear();
            self.ones.resize(documents.len(), None);
            values.first_vals(documents, &mut self.ones);
        }
        for (at, document) in documents.iter().enumerate() {
            let Some(created) = self.dates[at] else {
                self.undated += 1;
                continue;
            };
            self.dated += 1;
            let Some(bucket) = self.buckets.of(created.into_timestamp_secs()) else { continue };
            let mut count = |value: usize| self.cells[value * width + bucket] += 1;
            if single.is_some() {
                if let Some(value) = self.ones[at].and_then(|value| usize::try_from(value).ok()) {
                    count(value);
                }
            } else {
                self.parts.each(*document, count);
            }
        }
    }

    fn harvest(self) -> Counts {
        let width = self.buckets.starts.len();
        let rows = if width == 0 {
            BTreeMap::new()
        } else {
            self.parts
                .names
                .into_iter()
                .zip(self.cells.chunks(width))
                .map(|(name, row)| (name, row.iter().map(|count| u64::from(*count)).collect()))
                .collect()
        };
        Counts { rows, dated: self.dated, undated: self.undated, ..Counts::default() }
    }
}
