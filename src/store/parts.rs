//! Of which series is a post? What a split names: values of a column, or the problems of the ledger that it has.

use std::sync::Arc;

use tantivy::columnar::{Cardinality, Column};
use tantivy::{DocId, SegmentOrdinal, SegmentReader};

use super::assigned::Assigned;
use crate::model::Split;

/// What the posts of an index are parted by.
#[derive(Debug, Clone)]
pub(super) enum Parts {
    /// All are one series.
    One,
    /// By the values of this field.
    Field(&'static str),
    /// By their problems.
    Problems(Arc<Assigned>),
}

/// The series of the posts of one segment.
pub(super) struct PartsHere {
    /// What each is called.
    pub(super) names: Vec<String>,
    places: Places,
}

enum Places {
    One,
    /// No post has a value.
    None,
    Column(Column<u64>),
    Problems(Arc<Assigned>, usize),
}

/// The field whose values part the series, where it is one that does.
pub(super) fn field_of(split: Split) -> Option<&'static str> {
    match split {
        Split::All | Split::Problem => None,
        Split::Brand => Some("brand"),
        Split::Source => Some("source"),
        Split::Language => Some("lang"),
        Split::Intent => Some("intent"),
        Split::Signal => Some("signal"),
        Split::Target => Some("target"),
    }
}

impl Parts {
    pub(super) fn here(&self, at: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<PartsHere> {
        let field = match self {
            Self::One => return Ok(PartsHere { names: vec!["all".to_owned()], places: Places::One }),
            Self::Problems(assigned) => {
                let names = assigned.problems().iter().map(ToString::to_string).collect();
                return Ok(PartsHere { names, places: Places::Problems(assigned.clone(), at as usize) });
            }
            Self::Field(field) => field,
        };
        let Some(column) = reader.fast_fields().str(field)? else {
            return Ok(PartsHere { names: Vec::new(), places: Places::None });
        };
        let mut names = Vec::new();
        let mut stream = column.dictionary().stream()?;
        while stream.advance() {
            names.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        drop(stream);
        Ok(PartsHere { names, places: Places::Column(column.ords().clone()) })
    }
}

impl PartsHere {
    /// The column that tells them, if each post has one value at most.
    pub(super) fn single(&self) -> Option<&Column<u64>> {
        match &self.places {
            Places::Column(column) if column.index.get_cardinality() != Cardinality::Multivalued => {
                Some(column)
            }
            _ => None,
        }
    }

    /// The series of a post, by their places in `names`.
    pub(super) fn each(&self, document: DocId, mut visit: impl FnMut(usize)) {
        match &self.places {
            Places::One => visit(0),
            Places::None => {}
            Places::Column(column) => {
                column
                    .values_for_doc(document)
                    .filter_map(|value| usize::try_from(value).ok())
                    .for_each(visit);
            }
            Places::Problems(assigned, segment) => {
                assigned.at(*segment, document).map(usize::from).for_each(visit);
            }
        }
    }
}
