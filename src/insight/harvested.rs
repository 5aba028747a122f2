//! Was a source collected then? By the spans that harvesting covered, where it did.
//!
//! A stream that was blocked for a day leaves a hole between its spans, and what has a hole in it was not collected, even if
//! other streams of the source went on. Before the first span and for what was imported nothing is known: there the posts
//! themselves must tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Condition, Query, Split};
use crate::state::Covered;
use crate::store::{Snapshot, StoreError};

/// What harvesting covered, of the sources that a question is about.
#[derive(Debug, Default)]
pub(super) struct Harvested {
    /// For each source that was harvested, the spans of each stream.
    covered: BTreeMap<String, Vec<Vec<Covered>>>,
    /// Sources of the question.
    sources: BTreeSet<String>,
    /// The newest second that any source was read.
    newest: i64,
}

impl Harvested {
    /// What is known of the sources of `query`.
    pub(super) fn of(snapshot: &Snapshot, query: &Query) -> Result<Self, StoreError> {
        let covered = snapshot.covered()?;
        let all = || snapshot.sources().iter().cloned().chain(covered.keys().cloned());
        let sources = match named(query) {
            Some(named) => all().filter(|source| named.contains(source)).collect(),
            None => all().collect(),
        };
        let newest = covered.values().flatten().flatten().map(|span| span.until.as_second()).max();
        Ok(Self { covered, sources, newest: newest.unwrap_or(i64::MIN) })
    }

    /// Whether posts of the series `key` were collected from one second to another; `None` if that is not known.
    pub(super) fn is_collected(&self, split: Split, key: &str, (from, until): (i64, i64)) -> Option<bool> {
        // Nobody can have read what is yet to come.
        let until = until.min(self.newest);
        let sources: Vec<&str> = match split {
            Split::Source => vec![key],
            _ => self.sources.iter().map(String::as_str).collect(),
        };
        let mut is_known_not = !sources.is_empty();
        for source in sources {
            match self.covered.get(source).and_then(|streams| is_covered(streams, from, until)) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known_not = false,
            }
        }
        is_known_not.then_some(false)
    }
}

/// The sources that a question names; `None` if it asks for all.
fn named(query: &Query) -> Option<BTreeSet<String>> {
    match query {
        Query::Where(Condition::Source(source)) => Some(BTreeSet::from([source.to_string()])),
        Query::Or(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(named).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        Query::And(parts) => parts.iter().find_map(named),
        _ => None,
    }
}

/// Whether a source was collected from one second to another; `None` before its first span.
fn is_covered(streams: &[Vec<Covered>], from: i64, until: i64) -> Option<bool> {
    let first = streams.iter().flatten().map(|span| span.from.as_second()).min()?;
    if until <= first {
        return None;
    }
    let covers = |spans: &[Covered]| {
        spans.iter().any(|span| span.from.as_second() <= from && span.until.as_second() >= until)
    };
    let has_hole = |spans: &[Covered]| {
        !covers(spans)
            && spans.iter().any(|span| span.from.as_second() < from)
            && spans.iter().any(|span| span.until.as_second() > until)
    };
    // Nothing is newer than what was read last, and nobody has read it.
    let is_read = from < until && streams.iter().any(|spans| covers(spans));
    Some(is_read && !streams.iter().any(|spans| has_hole(spans)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_hole_in_any_stream_is_not_collected() {
        let span = |from: i64, until: i64| Covered {
            from: Timestamp::from_second(from).unwrap(),
            until: Timestamp::from_second(until).unwrap(),
        };
        let steady = vec![span(100, 900)];
        let broken = vec![span(200, 300), span(500, 900)];
        let young = vec![span(600, 900)];
        for (streams, from, until, expect) in [
            (vec![], 0, 10, None),
            (vec![steady.clone()], 0, 100, None),
            (vec![steady.clone()], 50, 150, Some(false)),
            (vec![steady.clone()], 100, 900, Some(true)),
            (vec![steady.clone()], 850, 950, Some(false)),
            (vec![steady.clone()], 950, 900, Some(false)),
            (vec![broken.clone()], 310, 400, Some(false)),
            (vec![broken.clone()], 250, 350, Some(false)),
            // One stream went on, and what the other did not see is not known.
            (vec![steady.clone(), broken.clone()], 310, 400, Some(false)),
            (vec![steady.clone(), broken], 510, 600, Some(true)),
            // A stream that began later was never there before.
            (vec![steady, young], 300, 400, Some(true)),
        ] {
            assert_eq!(is_covered(&streams, from, until), expect, "{from} to {until}: {streams:?}");
        }
    }
}
