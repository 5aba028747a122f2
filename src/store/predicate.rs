//! What can only be told post by post? Whether words stand near each other, and whether stems stand side by side in the
//! term column.
//!
//! Both are asked only of posts that hold all the words, so the price of a look is paid rarely.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tantivy::columnar::{Column, StrColumn};
use tantivy::index::SegmentReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::AllScorer;
use tantivy::query::doc_predicate_query::{
    ConstOrVariableSegmentPredicate, DocPredicate, DocPredicateQuery, SegmentDocPredicate,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DateTime, DocId, DocSet, Term};

use crate::model::Condition;

/// For each place of a phrase, the stems that may stand there; none where anything may.
type Places = Vec<Vec<String>>;

/// Posts in which one of the phrases `left` stands within `distance` words of one of the phrases `right`, counted from
/// the end of the one to the start of the other; 1 is side by side.
pub(super) fn near(field: Field, left: Vec<Places>, right: Vec<Places>, distance: u32) -> DocPredicateQuery {
    DocPredicateQuery::from(Near { field, left, right: Some(right), distance })
}

/// Posts in which the phrase `places` stands.
pub(super) fn phrase(field: Field, places: Places) -> DocPredicateQuery {
    DocPredicateQuery::from(Near { field, left: vec![places], right: None, distance: 0 })
}

/// Posts whose term column holds one stem of each of `places`, beside each other in this order.
pub(super) fn side_by_side(places: Places) -> DocPredicateQuery {
    DocPredicateQuery::from(SideBySide { places })
}

/// Posts that were written on a day of the week or in an hour of the day, on the clock of `time_zone`.
pub(super) fn on_the_clock_of(time_zone: TimeZone, wanted: Condition) -> DocPredicateQuery {
    DocPredicateQuery::from(OnTheClock { time_zone, wanted })
}

#[derive(Debug)]
struct OnTheClock {
    time_zone: TimeZone,
    wanted: Condition,
}

struct OnTheClockHere {
    created: Column<DateTime>,
    time_zone: TimeZone,
    wanted: Condition,
}

impl DocPredicate for OnTheClock {
    type SegmentDocPredicate = OnTheClockHere;

    fn doc_predicate(
        &self,
        segment: &SegmentReader,
    ) -> tantivy::Result<ConstOrVariableSegmentPredicate<OnTheClockHere>> {
        Ok(ConstOrVariableSegmentPredicate::Variable {
            predicate: OnTheClockHere {
                created: segment.fast_fields().date("created")?,
                time_zone: self.time_zone.clone(),
                wanted: self.wanted.clone(),
            },
            necessary_condition: Box::new(AllScorer::new(segment.max_doc())),
        })
    }
}

impl SegmentDocPredicate for OnTheClockHere {
    fn eval(&mut self, document: DocId) -> bool {
        let Some(created) = self.created.first(document) else { return false };
        let Ok(moment) = Timestamp::from_second(created.into_timestamp_secs()) else { return false };
        let local = self.time_zone.to_datetime(moment);
        match &self.wanted {
            Condition::Weekday(day) => local.weekday() == *day,
            Condition::Hour(hour) => u8::try_from(local.hour()) == Ok(*hour),
            _ => false,
        }
    }
}

#[derive(Debug)]
struct Near {
    field: Field,
    left: Vec<Places>,
    /// `None` if `left` alone is wanted.
    right: Option<Vec<Places>>,
    distance: u32,
}

/// A phrase whose stems are numbers of [`NearHere::stems`].
type Numbered = Vec<Vec<usize>>;

struct NearHere {
    stems: Vec<(Option<SegmentPostings>, Vec<u32>)>,
    left: Vec<Numbered>,
    right: Option<Vec<Numbered>>,
    distance: u32,
}

impl DocPredicate for Near {
    type SegmentDocPredicate = NearHere;

    fn doc_predicate(
        &self,
        segment: &SegmentReader,
    ) -> tantivy::Result<ConstOrVariableSegmentPredicate<NearHere>> {
        let inverted = segment.inverted_index(self.field)?;
        let mut names: Vec<&str> = self
            .left
            .iter()
            .chain(self.right.iter().flatten())
            .flatten()
            .flatten()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut stems = Vec::with_capacity(names.len());
        for name in &names {
            let term = Term::from_field_text(self.field, name);
            stems
                .push((inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?, Vec::new()));
        }
        let number = |ways: &[Places]| {
            let places = |places: &Places| {
                places
                    .iter()
                    .map(|stems| {
                        stems.iter().filter_map(|stem| names.binary_search(&stem.as_str()).ok()).collect()
                    })
                    .collect()
            };
            ways.iter().map(places).collect()
        };
        Ok(ConstOrVariableSegmentPredicate::Variable {
            predicate: NearHere {
                left: number(&self.left),
                right: self.right.as_deref().map(number),
                stems,
                distance: self.distance,
            },
            necessary_condition: Box::new(AllScorer::new(segment.max_doc())),
        })
    }
}

impl NearHere {
    /// First and last position of each place where one of `ways` stands.
    fn spans(&self, ways: &[Numbered]) -> Vec<(u32, u32)> {
        let has = |stems: &[usize], position: u32| {
            stems.is_empty() || stems.iter().any(|at| self.stems[*at].1.binary_search(&position).is_ok())
        };
        let mut spans = Vec::new();
        for places in ways {
            let Some((first, rest)) = places.split_first() else { continue };
            for start in first.iter().flat_map(|at| &self.stems[*at].1) {
                if rest.iter().zip(*start + 1..).all(|(stems, position)| has(stems, position)) {
                    spans.push((*start, *start + u32::try_from(rest.len()).unwrap_or(0)));
                }
            }
        }
        spans
    }
}

impl SegmentDocPredicate for NearHere {
    fn eval(&mut self, document: DocId) -> bool {
        for (postings, positions) in &mut self.stems {
            positions.clear();
            if let Some(postings) = postings {
                if postings.doc() < document {
                    postings.seek(document);
                }
                if postings.doc() == document {
                    postings.positions(positions);
                }
            }
        }
        let left = self.spans(&self.left);
        let Some(right) = &self.right else { return !left.is_empty() };
        let right = self.spans(right);
        left.iter().any(|(left_start, left_end)| {
            right.iter().any(|(right_start, right_end)| {
                let apart = if right_start > left_end {
                    right_start - left_end
                } else if left_start > right_end {
                    left_start - right_end
                } else {
                    // They overlap: the same word twice is not two words near each other.
                    return false;
                };
                apart <= self.distance
            })
        })
    }
}

#[derive(Debug)]
struct SideBySide {
    places: Places,
}

struct SideBySideHere {
    column: StrColumn,
    places: Vec<Vec<u64>>,
    values: Vec<u64>,
}

impl DocPredicate for SideBySide {
    type SegmentDocPredicate = SideBySideHere;

    fn doc_predicate(
        &self,
        segment: &SegmentReader,
    ) -> tantivy::Result<ConstOrVariableSegmentPredicate<SideBySideHere>> {
        let Some(column) = segment.fast_fields().str("terms")? else {
            return Ok(ConstOrVariableSegmentPredicate::Const(false));
        };
        let mut places = Vec::new();
        for stems in &self.places {
            let mut numbers = Vec::new();
            for stem in stems {
                numbers.extend(column.dictionary().term_ord(stem.as_bytes())?);
            }
            if numbers.is_empty() {
                return Ok(ConstOrVariableSegmentPredicate::Const(false));
            }
            places.push(numbers);
        }
        Ok(ConstOrVariableSegmentPredicate::Variable {
            predicate: SideBySideHere { column, places, values: Vec::new() },
            necessary_condition: Box::new(AllScorer::new(segment.max_doc())),
        })
    }
}

impl SegmentDocPredicate for SideBySideHere {
    fn eval(&mut self, document: DocId) -> bool {
        self.values.clear();
        self.values.extend(self.column.term_ords(document));
        self.values
            .windows(self.places.len().max(1))
            .any(|window| window.iter().zip(&self.places).all(|(value, place)| place.contains(value)))
    }
}
