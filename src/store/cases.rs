//! How many cases each day, or how many authors? As `counts.rs`, but posts that say the same, or that the same account
//! wrote, count once in each bucket, and once in all.
//!
//! Were each counted where its first post stands alone, who complains every month would be counted in the first, and every
//! trend would seem to fade.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocId, Score, SegmentOrdinal, SegmentReader};

use super::counts::{Buckets, Counts};
use super::parts::{Parts, PartsHere};

/// For each value of the split, which cases are in which bucket.
type Met = BTreeMap<String, FxHashSet<(u64, u32)>>;

/// Each case, of whatever value, and whether any of its posts has a date.
type Dated = FxHashMap<u64, bool>;

pub(super) struct CaseMatrix<'a> {
    pub(super) buckets: &'a Buckets,
    pub(super) parts: &'a Parts,
    /// The field of what counts once.
    pub(super) field: &'static str,
}

pub(super) struct CaseMatrixHere {
    buckets: Buckets,
    created: Column<DateTime>,
    case: Option<Column<u64>>,
    /// What counts where that is not known: the post itself.
    tie: Column<u64>,
    parts: PartsHere,
    /// By series.
    met: Vec<FxHashSet<(u64, u32)>>,
    all: Dated,
}

impl Collector for CaseMatrix<'_> {
    type Fruit = Counts;
    type Child = CaseMatrixHere;

    fn for_segment(&self, at: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<CaseMatrixHere> {
        let columns = reader.fast_fields();
        let parts = self.parts.here(at, reader)?;
        Ok(CaseMatrixHere {
            created: columns.date("created")?,
            case: columns.column_opt(self.field)?,
            tie: columns.u64("tie")?,
            met: vec![FxHashSet::default(); parts.names.len()],
            buckets: self.buckets.clone(),
            parts,
            all: Dated::default(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<(Met, Dated)>) -> tantivy::Result<Counts> {
        let mut met = Met::new();
        let mut all = Dated::default();
        for (more, more_all) in fruits {
            for (name, cases) in more {
                met.entry(name).or_default().extend(cases);
            }
            for (case, is_dated) in more_all {
                *all.entry(case).or_default() |= is_dated;
            }
        }
        let dated = all.values().filter(|is_dated| **is_dated).count() as u64;
        let mut counts = Counts {
            buckets: self.buckets.clone(),
            dated,
            undated: all.len() as u64 - dated,
            ..Counts::default()
        };
        for (name, cases) in met {
            let mut row = vec![0; self.buckets.starts.len()];
            let mut distinct = FxHashSet::default();
            for (case, bucket) in cases {
                row[bucket as usize] += 1;
                distinct.insert(case);
            }
            counts.totals.insert(name.clone(), distinct.len() as u64);
            counts.rows.insert(name, row);
        }
        Ok(counts)
    }
}

impl SegmentCollector for CaseMatrixHere {
    type Fruit = (Met, Dated);

    fn collect(&mut self, document: DocId, _: Score) {
        let known = self.case.as_ref().and_then(|column| column.first(document));
        let Some(case) = known.or_else(|| self.tie.first(document)) else { return };
        let second = self.created.first(document).map(DateTime::into_timestamp_secs);
        *self.all.entry(case).or_default() |= second.is_some();
        let bucket = second.and_then(|second| self.buckets.of(second));
        let Some(bucket) = bucket.and_then(|bucket| u32::try_from(bucket).ok()) else { return };
        self.parts.each(document, |value| {
            self.met[value].insert((case, bucket));
        });
    }

    fn harvest(self) -> Self::Fruit {
        (self.parts.names.into_iter().zip(self.met).collect(), self.all)
    }
}
