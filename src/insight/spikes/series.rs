//! When was each count taken? Points in time become equal steps, and a step without a point is a gap.

use std::collections::BTreeMap;

/// Most steps of a series: at five minutes, almost a century.
const MAX_STEPS: i64 = 10_000_000;

/// A month in the mean, in seconds: counts of calendar months are a step apart, though none is as long as another.
const MONTH: i64 = 2_629_746;

/// Seconds of the shortest month and of the longest.
const MONTHS: std::ops::RangeInclusive<i64> = 28 * 86_400..=31 * 86_400;

/// Counts in equal steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// Length of a step, in seconds.
    pub seconds: i64,
    /// One for each step; `None` where there is no point.
    pub counts: Vec<Option<u64>>,
    /// For each step, the place of its first point among those given.
    pub points: Vec<Option<usize>>,
}

/// Why points make no series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASeries {
    /// There is no distance between points.
    #[error("a series has points at two different times at least")]
    TooShort,
    /// The points are so far apart and so close together that gaps would be nearly all of it.
    #[error(
        "the points are {0} steps apart, most of them gaps: give a series whose points come at regular times"
    )]
    TooSparse(i64),
}

/// Puts points (second, count) in their steps. The step is the commonest distance between neighbors; points of one step
/// add up, and one without a count says that nothing was collected.
pub fn steps(points: &[(i64, Option<u64>)]) -> Result<Steps, NotASeries> {
    let mut moments: Vec<i64> = points.iter().map(|(second, _)| *second).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut distances: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in moments.windows(2) {
        *distances.entry(pair[1].saturating_sub(pair[0])).or_default() += 1;
    }
    let commonest = distances.iter().rev().max_by_key(|(_, count)| **count);
    let (Some((seconds, _)), Some(first), Some(last)) = (commonest, moments.first(), moments.last()) else {
        return Err(NotASeries::TooShort);
    };
    let seconds = if MONTHS.contains(seconds) { &MONTH } else { seconds };
    let step = |second: i64| (second.saturating_sub(*first).saturating_add(seconds / 2)) / seconds;
    let length = step(*last).saturating_add(1);
    if length > MAX_STEPS {
        return Err(NotASeries::TooSparse(length));
    }
    let length = usize::try_from(length).unwrap_or(0);
    let mut steps = Steps { seconds: *seconds, counts: vec![None; length], points: vec![None; length] };
    for (at, (second, count)) in points.iter().enumerate() {
        let Ok(step) = usize::try_from(step(*second)) else { continue };
        steps.points[step].get_or_insert(at);
        if let Some(count) = count {
            steps.counts[step] = Some(steps.counts[step].unwrap_or(0).saturating_add(*count));
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_point_is_a_gap_and_points_of_one_step_add_up() {
        let points =
            [(0, Some(1)), (300, Some(2)), (601, Some(3)), (610, Some(4)), (1500, None), (1800, Some(5))];
        let steps = steps(&points).unwrap();
        assert_eq!(steps.seconds, 300);
        assert_eq!(steps.counts, [Some(1), Some(2), Some(7), None, None, None, Some(5)]);
        assert_eq!(steps.points, [Some(0), Some(1), Some(2), None, None, Some(4), Some(5)]);
    }

    #[test]
    fn months_are_a_step_apart_for_years() {
        let points: Vec<(i64, Option<u64>)> = (0..120_i16)
            .map(|month| {
                let day = jiff::civil::date(2015 + month / 12, i8::try_from(1 + month % 12).unwrap(), 1);
                (day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second(), Some(1))
            })
            .collect();
        assert_eq!(steps(&points).unwrap().counts, vec![Some(1); 120]);
    }

    #[test]
    fn what_is_no_series_says_why() {
        assert_eq!(steps(&[]), Err(NotASeries::TooShort));
        assert_eq!(steps(&[(5, Some(1)), (5, Some(1))]), Err(NotASeries::TooShort));
        let far = [(0, Some(1)), (1, Some(1)), (2, Some(1)), (i64::MAX, Some(1))];
        assert!(matches!(steps(&far), Err(NotASeries::TooSparse(_))));
    }
}
