//! When was each matching post written, and how far did it reach? For what a matrix of counts cannot tell: which posts
//! say the same, and how many people they reached.

use std::collections::BTreeMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocId, Score, SegmentOrdinal, SegmentReader};

use super::parts::{Parts, PartsHere};

/// One dated post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// When it was written, in seconds since 1970.
    pub second: i64,
    /// Posts with the same number say the same.
    pub case: u64,
    /// How many people it may have reached; zero if that is not known.
    pub reach: u64,
}

/// For each value of a split, its dated posts, the oldest first. Posts without a date are left out.
pub(super) struct Moments<'a> {
    pub(super) parts: &'a Parts,
}

pub(super) struct MomentsHere {
    created: Column<DateTime>,
    case: Column<u64>,
    reach: Option<Column<u64>>,
    parts: PartsHere,
    /// By series.
    moments: Vec<Vec<Moment>>,
}

impl Collector for Moments<'_> {
    type Fruit = BTreeMap<String, Vec<Moment>>;
    type Child = MomentsHere;

    fn for_segment(&self, at: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<MomentsHere> {
        let columns = reader.fast_fields();
        let parts = self.parts.here(at, reader)?;
        Ok(MomentsHere {
            created: columns.date("created")?,
            case: columns.u64("case")?,
            // A segment in which no post has a reach has no such column.
            reach: columns.column_opt("reach")?,
            moments: vec![Vec::new(); parts.names.len()],
            parts,
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut all = Self::Fruit::new();
        for (name, moments) in fruits.into_iter().flatten() {
            all.entry(name).or_default().extend(moments);
        }
        // The same whatever order the index keeps posts in.
        for moments in all.values_mut() {
            moments.sort_unstable();
        }
        Ok(all)
    }
}

impl SegmentCollector for MomentsHere {
    type Fruit = BTreeMap<String, Vec<Moment>>;

    fn collect(&mut self, document: DocId, _: Score) {
        let (Some(created), Some(case)) = (self.created.first(document), self.case.first(document)) else {
            return;
        };
        let reach = self.reach.as_ref().and_then(|reach| reach.first(document)).unwrap_or(0);
        let moment = Moment { second: created.into_timestamp_secs(), case, reach };
        self.parts.each(document, |value| self.moments[value].push(moment));
    }

    fn harvest(self) -> Self::Fruit {
        self.parts.names.into_iter().zip(self.moments).filter(|(_, moments)| !moments.is_empty()).collect()
    }
}
