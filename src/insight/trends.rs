//! How many posts each day, week or month? And where is a missing count not a zero?
//!
//! Where posts were harvested, it is known when a source was collected (`harvested.rs`): an empty bucket within is a zero,
//! and without a gap. Elsewhere the posts tell. Empty buckets are a gap, not zeros, before the first post of a series, since
//! nothing says that collection had begun; and wherever else so many posts usually come that chance does not explain a run
//! without any.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::harvested::Harvested;
use crate::model::{
    Bound, Condition, Flag, Interval, Language, Per, ProblemId, Query, Series, SourceId, Split, Trend,
};
use crate::store::{Snapshot, StoreError};

/// Posts that a run of empty buckets would usually have, from which on it is a gap: of a Poisson variable with this mean,
/// fewer than one in 20,000 is zero.
const USUAL: u64 = 10;

/// Buckets on either side of a run by which the usual number is judged: a week of days.
const NEIGHBORS: usize = 7;

/// What is asked of a trend.
#[derive(Debug, Clone)]
pub struct TrendAsked {
    /// Which posts.
    pub query: Query,
    /// One series for each of what.
    pub split: Split,
    /// What is counted.
    pub per: Per,
    /// Length of a bucket.
    pub interval: Interval,
    /// Whose midnights.
    pub time_zone: TimeZone,
}

/// Counts the posts that answer a question over time.
pub fn trend(snapshot: &Snapshot, asked: &TrendAsked) -> Result<Trend, StoreError> {
    let counts = snapshot.counts(&asked.query, asked.split, asked.per, asked.interval, &asked.time_zone)?;
    // Posts are collected whatever they suffer from.
    let places = if asked.split == Split::Problem { Split::All } else { asked.split };
    let coverage = snapshot.coverage(&collected(&asked.query), places, asked.interval, &asked.time_zone)?;
    let harvested = Harvested::of(snapshot, &asked.query)?;
    let starts = &counts.buckets.starts;
    let (from, to) = clip(&asked.query, &asked.time_zone);
    let first = starts.partition_point(|start| from.is_some_and(|from| asked.interval.after(*start) <= from));
    let end = starts.partition_point(|start| to.is_none_or(|to| *start <= to)).max(first);
    let mut series: Vec<Series> = counts
        .rows
        .iter()
        .filter(|(_, row)| row.iter().any(|count| *count > 0))
        .map(|(key, row)| {
            let place = if places == asked.split { key.as_str() } else { "all" };
            let is_gap = gaps(coverage.rows.get(place).map_or(&[], Vec::as_slice));
            let is_missing = |at: usize| {
                let span = counts.buckets.span(at);
                let known = span.and_then(|span| harvested.is_collected(asked.split, key, span));
                known.map_or_else(|| is_gap.get(at).copied().unwrap_or(true), |is_collected| !is_collected)
            };
            let distinct = counts.totals.get(key).copied();
            let counts: Vec<Option<u64>> =
                (first..end).map(|at| (row[at] > 0 || !is_missing(at)).then_some(row[at])).collect();
            let total = distinct.unwrap_or_else(|| counts.iter().flatten().sum());
            Series { name: name(snapshot, asked.split, key), key: key.clone(), total, counts }
        })
        .collect();
    series.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.key.cmp(&b.key)));
    let starts = starts[first..end].to_vec();
    Ok(Trend {
        interval: asked.interval,
        time_zone: asked.time_zone.iana_name().map_or_else(|| "UTC".to_owned(), str::to_owned),
        split: asked.split,
        per: asked.per,
        end: starts.last().map(|last| asked.interval.after(*last)),
        starts,
        series,
        dated: counts.dated,
        undated: counts.undated,
    })
}

pub(super) fn name(snapshot: &Snapshot, split: Split, key: &str) -> String {
    match split {
        Split::All => "all posts".to_owned(),
        Split::Brand | Split::Target => snapshot.market().name_of(key).to_owned(),
        Split::Problem => {
            let known = ProblemId::new(key).ok().and_then(|id| snapshot.ledger().problem(&id));
            known.map_or_else(|| key.to_owned(), |problem| problem.name().to_owned())
        }
        Split::Source | Split::Intent | Split::Signal => key.to_owned(),
        Split::Language => {
            key.parse().map_or_else(|_| key.to_owned(), |language: Language| language.name().to_owned())
        }
    }
}

/// What a post must have to be in the series of that key; `None`: nothing.
pub(super) fn of_key(split: Split, key: &str) -> Option<Condition> {
    match split {
        Split::All => None,
        Split::Brand => Some(Condition::Brand(key.to_owned())),
        Split::Target => Some(Condition::Target(key.to_owned())),
        Split::Source => SourceId::new(key).ok().map(Condition::Source),
        Split::Language => key.parse().ok().map(Condition::Language),
        Split::Intent => key.parse().ok().map(Condition::Intent),
        Split::Problem => ProblemId::new(key).ok().map(|id| Condition::Problem(Some(id))),
        Split::Signal => key.parse().ok().map(|signal| Condition::Signal(Some(signal))),
    }
}

/// The question that finds the posts of one series of a trend of `query`: those with a date, as the others are in no bucket.
#[must_use]
pub fn series_query(query: &Query, split: Split, key: &str) -> Query {
    let of_series = of_key(split, key).map_or(Query::All, Query::Where);
    query.clone().and(of_series).and(Query::Not(Box::new(Query::Where(Condition::Is(Flag::Undated)))))
}

/// Of a question, what says where posts were collected: about which brands, from which sources. What else it asks for
/// only chooses among what was collected.
pub(super) fn collected(query: &Query) -> Query {
    let is_place = |condition: &Condition| matches!(condition, Condition::Brand(_) | Condition::Source(_));
    match query {
        Query::Where(condition) if is_place(condition) => query.clone(),
        Query::Or(parts)
            if parts.iter().all(|part| matches!(part, Query::Where(condition) if is_place(condition))) =>
        {
            query.clone()
        }
        Query::And(parts) => parts.iter().map(collected).fold(Query::All, Query::and),
        _ => Query::All,
    }
}

/// The first and last day that the question itself asks for, where it does.
pub(super) fn clip(query: &Query, time_zone: &TimeZone) -> (Option<Date>, Option<Date>) {
    let day = |bound: Bound| match bound {
        Bound::Day(day) => day,
        Bound::Moment(moment) => time_zone.to_datetime(moment).date(),
    };
    match query {
        Query::Where(Condition::Created(range)) => {
            // `>2015-02-20` begins on the 21st.
            let from = range.from.map(|bound| match (bound, range.is_from_out) {
                (Bound::Day(day), true) => day.tomorrow().unwrap_or(day),
                _ => day(bound),
            });
            let to = range.to.map(|bound| match (bound, range.is_to_out) {
                (Bound::Day(day), true) => day.yesterday().unwrap_or(day),
                _ => day(bound),
            });
            (from, to)
        }
        Query::And(parts) => parts.iter().map(|part| clip(part, time_zone)).fold(
            (None, None),
            |(from, to), (more_from, more_to)| {
                (from.max(more_from), [to, more_to].into_iter().flatten().min())
            },
        ),
        _ => (None, None),
    }
}

/// Tells for each bucket of all posts of a series whether its being empty is a gap.
pub(super) fn gaps(collected: &[u64]) -> Vec<bool> {
    let mut is_gap = vec![false; collected.len()];
    let mut at = 0;
    while at < collected.len() {
        let run = collected[at..].iter().take_while(|count| **count == 0).count();
        let usual = if run == 0 { 0 } else { usual_around(collected, at, at + run) };
        let is_before_the_first = at == 0;
        if is_before_the_first || usual.saturating_mul(run as u64) >= USUAL {
            is_gap[at..at + run].fill(true);
        }
        at += run.max(1);
    }
    is_gap
}

/// The median of the buckets around a run. Empty ones among them count: in a sparse series none is usual.
fn usual_around(counts: &[u64], start: usize, end: usize) -> u64 {
    let before = &counts[start.saturating_sub(NEIGHBORS)..start];
    let after = &counts[end..counts.len().min(end + NEIGHBORS)];
    let mut near: Vec<u64> = before.iter().chain(after).copied().collect();
    near.sort_unstable();
    near.get(near.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_collected_is_a_gap_and_not_a_zero() {
        for (collected, expect) in [
            (vec![], ""),
            (vec![0, 0], "##"),
            // A few posts now and then: the days between are zeros.
            (vec![0, 5, 0, 7, 0], "#...."),
            // Collection began late, was interrupted, and ended.
            (vec![0, 50, 60, 0, 70, 0, 0], "#..#.##"),
            // One burst does not make the days after it gaps.
            (vec![900, 1, 0, 1, 2, 0, 1], "......."),
            // One a day, and then none for a long time.
            (vec![1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "....##########"),
        ] {
            let shown: String =
                gaps(&collected).iter().map(|is_gap| if *is_gap { '#' } else { '.' }).collect();
            assert_eq!(shown, expect, "{collected:?}");
        }
    }
}
