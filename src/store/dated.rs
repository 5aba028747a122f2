//! Which posts of a source were written after one and until a moment? A few at a time, the oldest first, for whoever looks
//! at all of them again.

use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DateTime, DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use crate::model::DatedPlace;

/// Collects the first `most` posts after `after` whose second is at most `until`.
pub(super) struct Dated {
    pub(super) after: DatedPlace,
    pub(super) until: i64,
    pub(super) most: usize,
}

pub(super) struct DatedHere {
    wanted: Dated,
    segment: SegmentOrdinal,
    created: Column<DateTime>,
    tie: Column<u64>,
    /// The last of those that are had is on top.
    first: BinaryHeap<(DatedPlace, DocAddress)>,
}

impl Collector for Dated {
    type Fruit = Vec<(DatedPlace, DocAddress)>;
    type Child = DatedHere;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<DatedHere> {
        let columns = reader.fast_fields();
        Ok(DatedHere {
            wanted: Dated { after: self.after, until: self.until, most: self.most },
            segment,
            created: columns.date("created")?,
            tie: columns.u64("tie")?,
            first: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut all: Self::Fruit = fruits.into_iter().flatten().collect();
        all.sort_unstable();
        all.truncate(self.most);
        Ok(all)
    }
}

impl SegmentCollector for DatedHere {
    type Fruit = Vec<(DatedPlace, DocAddress)>;

    fn collect(&mut self, document: DocId, _: Score) {
        let (Some(created), Some(tie)) = (self.created.first(document), self.tie.first(document)) else {
            return;
        };
        let place = (created.into_timestamp_secs(), tie);
        if place <= self.wanted.after || place.0 > self.wanted.until {
            return;
        }
        self.first.push((place, DocAddress::new(self.segment, document)));
        if self.first.len() > self.wanted.most {
            self.first.pop();
        }
    }

    fn harvest(self) -> Self::Fruit {
        self.first.into_vec()
    }
}
