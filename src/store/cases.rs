//! How many cases each day, or how many authors? As `counts.rs`, but posts that say the same, or that the same account
//! wrote, count once, where the first of them stands.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocId, Score, SegmentOrdinal, SegmentReader};

use super::counts::{Buckets, Counts, split_column};
use crate::model::Split;

/// For each value of the split, the first second of each case.
type Firsts = BTreeMap<String, FxHashMap<u64, i64>>;

pub(super) struct CaseMatrix<'a> {
    pub(super) buckets: &'a Buckets,
    pub(super) split: Split,
    /// The field of what counts once.
    pub(super) field: &'static str,
}

pub(super) struct CaseMatrixHere {
    created: Column<DateTime>,
    case: Option<Column<u64>>,
    /// What counts where that is not known: the post itself.
    tie: Column<u64>,
    values: Option<Column<u64>>,
    names: Vec<String>,
    /// By value, in the order of `names`.
    firsts: Vec<FxHashMap<u64, i64>>,
    /// The first second of each case, of whatever value; none while all its posts are undated.
    all: FxHashMap<u64, Option<i64>>,
}

impl Collector for CaseMatrix<'_> {
    type Fruit = Counts;
    type Child = CaseMatrixHere;

    fn for_segment(&self, _: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<CaseMatrixHere> {
        let columns = reader.fast_fields();
        let (names, values) = split_column(reader, self.split)?;
        Ok(CaseMatrixHere {
            created: columns.date("created")?,
            case: columns.column_opt(self.field)?,
            tie: columns.u64("tie")?,
            firsts: vec![FxHashMap::default(); names.len()],
            names,
            values,
            all: FxHashMap::default(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<(Firsts, FxHashMap<u64, Option<i64>>)>) -> tantivy::Result<Counts> {
        let mut firsts = Firsts::new();
        let mut all: FxHashMap<u64, Option<i64>> = FxHashMap::default();
        for (more, more_all) in fruits {
            for (name, cases) in more {
                let known = firsts.entry(name).or_default();
                for (case, second) in cases {
                    let first = known.entry(case).or_insert(second);
                    *first = second.min(*first);
                }
            }
            for (case, second) in more_all {
                let known = all.entry(case).or_default();
                *known = earlier(*known, second);
            }
        }
        let dated = all.values().flatten().count() as u64;
        let mut counts = Counts {
            buckets: self.buckets.clone(),
            rows: BTreeMap::new(),
            dated,
            undated: all.len() as u64 - dated,
        };
        for (name, cases) in firsts {
            let mut row = vec![0; self.buckets.starts.len()];
            for second in cases.into_values() {
                if let Some(bucket) = self.buckets.of(second) {
                    row[bucket] += 1;
                }
            }
            counts.rows.insert(name, row);
        }
        Ok(counts)
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl SegmentCollector for CaseMatrixHere {
    type Fruit = (Firsts, FxHashMap<u64, Option<i64>>);

    fn collect(&mut self, document: DocId, _: Score) {
        let known = self.case.as_ref().and_then(|column| column.first(document));
        let Some(case) = known.or_else(|| self.tie.first(document)) else { return };
        let second = self.created.first(document).map(DateTime::into_timestamp_secs);
        let known = self.all.entry(case).or_default();
        *known = earlier(*known, second);
        let Some(second) = second else { return };
        let mut meet = |value: u64| {
            if let Some(firsts) = usize::try_from(value).ok().and_then(|value| self.firsts.get_mut(value)) {
                let first = firsts.entry(case).or_insert(second);
                *first = second.min(*first);
            }
        };
        match &self.values {
            None => meet(0),
            Some(values) => values.values_for_doc(document).for_each(meet),
        }
    }

    fn harvest(self) -> Self::Fruit {
        (self.names.into_iter().zip(self.firsts).collect(), self.all)
    }
}
