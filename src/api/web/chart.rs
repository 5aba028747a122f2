//! Where on the chart does each count stand?
//!
//! Pure: counts in, places out. Across, places are shares of the width (0 to 1,000), so that the same drawing fits a
//! telephone and a desk, with letters that stay as large as they are; down, they are pixels from the top.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::model::Interval;

/// Highest place of a line, in pixels from the top.
pub(super) const TOP: f64 = 14.0;

/// Where zero stands.
pub(super) const ZERO: f64 = 244.0;

/// Width of the drawing.
const WIDTH: f64 = 1000.0;

/// Lines across, about.
const TICKS: u64 = 4;

/// Dates below, at most, where there is room.
const DATES: usize = 8;

/// Least distance between the labels of two gaps, as a share of the width: so wide are the words on a telephone.
const LABEL: f64 = 0.3;

/// What is drawn.
#[derive(Debug, PartialEq)]
pub(super) struct Chart {
    /// Lines across with their round numbers.
    pub(super) ticks: Vec<Tick>,
    /// Dates below.
    pub(super) dates: Vec<DateMark>,
    /// Where nothing was collected.
    pub(super) gaps: Vec<Gap>,
    /// One for each bucket, from edge to edge.
    pub(super) columns: Vec<Column>,
    /// One for each series, in their order.
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) y: String,
    pub(super) value: u64,
}

#[derive(Debug, PartialEq)]
pub(super) struct DateMark {
    /// Percent of the width.
    pub(super) x: String,
    pub(super) label: String,
    /// Left out where there is little room.
    pub(super) is_minor: bool,
}

#[derive(Debug, PartialEq)]
pub(super) struct Gap {
    /// Percent of the width.
    pub(super) x: String,
    pub(super) width: String,
    /// Where its words stand, and by which of their ends; none where another gap's words are near.
    pub(super) label: Option<(String, &'static str)>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Column {
    /// Percent of the width.
    pub(super) x: String,
    pub(super) width: String,
}

#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// An SVG path, broken at gaps.
    pub(super) path: String,
    /// Its counts; none where nothing was collected.
    pub(super) dots: Vec<Option<Dot>>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Dot {
    /// Percent of the width.
    pub(super) x: String,
    pub(super) y: String,
    /// No neighbor to draw a line to, so the dot itself must be seen.
    pub(super) is_alone: bool,
}

/// Places the counts of `series`, each with one for every bucket of `starts`; `None` where nothing was collected.
pub(super) fn chart(series: &[Vec<Option<u64>>], starts: &[Date], interval: Interval) -> Chart {
    let most = series.iter().flatten().flatten().copied().max().unwrap_or(0);
    let step = round_step(most);
    let top = most.div_ceil(step).max(1).saturating_mul(step);
    let y = |value: u64| ZERO - (ZERO - TOP) * (value as f64 / top as f64);
    let buckets = starts.len().max(1) as f64;
    let middle = |at: usize| (at as f64 + 0.5) / buckets;
    Chart {
        ticks: (0..=top / step).map(|n| Tick { y: pixels(y(n * step)), value: n * step }).collect(),
        dates: dates(starts, interval)
            .map(|(at, label, is_minor)| DateMark { x: percent(middle(at)), label, is_minor })
            .collect(),
        gaps: gaps(series, starts.len()),
        columns: (0..starts.len())
            .map(|at| Column { x: percent(at as f64 / buckets), width: percent(1.0 / buckets) })
            .collect(),
        lines: series
            .iter()
            .map(|counts| {
                let is_there =
                    |at: Option<usize>| at.and_then(|at| counts.get(at)).is_some_and(Option::is_some);
                let mut path = String::new();
                let mut dots = Vec::with_capacity(counts.len());
                for (at, count) in counts.iter().enumerate() {
                    let Some(count) = *count else {
                        dots.push(None);
                        continue;
                    };
                    let begins = !is_there(at.checked_sub(1));
                    let _ = write!(
                        path,
                        "{}{} {}",
                        if begins { 'M' } else { 'L' },
                        short(middle(at) * WIDTH),
                        pixels(y(count))
                    );
                    let is_alone = begins && !is_there(at.checked_add(1));
                    dots.push(Some(Dot { x: percent(middle(at)), y: pixels(y(count)), is_alone }));
                }
                Line { path, dots }
            })
            .collect(),
    }
}

/// The distance of 1, 2 or 5 times a power of ten that gives about [`TICKS`] steps up to `most`.
fn round_step(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step.saturating_mul(TICKS) >= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Which buckets have a date below them: the bucket's number, the date, and whether it is one to leave out first.
fn dates(starts: &[Date], interval: Interval) -> impl Iterator<Item = (usize, String, bool)> {
    let every = match (interval, starts.len().div_ceil(DATES).max(1)) {
        // Whole weeks, so that it is the same weekday each time.
        (Interval::Day, days) if days > 3 => days.next_multiple_of(7),
        (Interval::Month, months) if months > 6 => months.next_multiple_of(12),
        (Interval::Month, months) if months > 3 => months.next_multiple_of(6),
        (_, buckets) => buckets,
    };
    let has_years = starts.first().map(|day| day.year()) != starts.last().map(|day| day.year());
    let format = match (interval, has_years) {
        (Interval::Month, _) => "%b %Y",
        (_, true) => "%-d %b %Y",
        (_, false) => "%-d %b",
    };
    let first = match interval {
        // Years and their halves begin where calendars say.
        Interval::Month if every >= 6 => {
            starts.iter().position(|day| day.month() == 1 || (every == 6 && day.month() == 7)).unwrap_or(0)
        }
        // From the middle of the first step, so that no date hangs over the edge.
        _ if starts.len() > DATES => every / 2,
        _ => 0,
    };
    starts
        .iter()
        .enumerate()
        .skip(first)
        .step_by(every)
        .enumerate()
        .map(move |(number, (at, day))| (at, day.strftime(format).to_string(), number % 2 == 1))
}

/// The runs of buckets in which no series has a count.
fn gaps(series: &[Vec<Option<u64>>], buckets: usize) -> Vec<Gap> {
    let is_gap = |at: usize| series.iter().all(|counts| counts.get(at).copied().flatten().is_none());
    let mut gaps = Vec::new();
    let mut labeled = f64::NEG_INFINITY;
    let mut at = 0;
    while at < buckets {
        if !is_gap(at) {
            at += 1;
            continue;
        }
        let from = at;
        while at < buckets && is_gap(at) {
            at += 1;
        }
        let (left, right) = (from as f64 / buckets as f64, at as f64 / buckets as f64);
        let middle = f64::midpoint(left, right);
        // Words at an edge stand inside it.
        let (place, end) = match middle {
            m if m < LABEL / 2.0 => (left, "start"),
            m if m > 1.0 - LABEL / 2.0 => (right, "end"),
            m => (m, "middle"),
        };
        let label = (place - labeled >= LABEL).then(|| (percent(place), end));
        if label.is_some() {
            labeled = place;
        }
        gaps.push(Gap { x: percent(left), width: percent(right - left), label });
    }
    gaps
}

fn percent(share: f64) -> String {
    format!("{}%", short(share * 100.0))
}

fn pixels(place: f64) -> String {
    short(place)
}

/// With two decimals at most: a tenth of a pixel is never seen.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(count: usize) -> Vec<Date> {
        date(2026, 8, 1).series(jiff::Span::new().days(1)).take(count).collect()
    }

    #[test]
    fn numbers_beside_the_chart_are_round_and_reach_above_the_highest() {
        for (most, expect) in [(0, 1), (1, 1), (4, 1), (5, 2), (12, 5), (37, 10), (164, 50), (9_999, 5_000)] {
            assert_eq!(round_step(most), expect, "{most}");
        }
        assert!(round_step(u64::MAX) > u64::MAX / 10);
        let chart = chart(&[vec![Some(37)]], &days(1), Interval::Day);
        let values: Vec<_> = chart.ticks.iter().map(|tick| tick.value).collect();
        assert_eq!(values, [0, 10, 20, 30, 40]);
        assert_eq!(chart.ticks[0].y, "244");
        assert_eq!(chart.ticks[4].y, "14");
    }

    #[test]
    fn a_line_breaks_where_nothing_was_collected() {
        let chart = chart(
            &[vec![Some(0), Some(4), None, Some(2), None], vec![None, Some(1), None, Some(1), Some(1)]],
            &days(5),
            Interval::Day,
        );
        assert_eq!(chart.lines[0].path, "M100 244L300 14M700 129");
        let alone: Vec<_> =
            chart.lines[0].dots.iter().map(|dot| dot.as_ref().map(|dot| dot.is_alone)).collect();
        assert_eq!(alone, [Some(false), Some(false), None, Some(true), None]);
        // Only where no series has a count is there a gap.
        let gaps: Vec<_> = chart.gaps.iter().map(|gap| (&*gap.x, &*gap.width)).collect();
        assert_eq!(gaps, [("40%", "20%")]);
        assert_eq!(chart.gaps[0].label, Some(("50%".to_owned(), "middle")));
    }

    #[test]
    fn dates_stay_few_whatever_the_span() {
        for count in [0, 1, 2, 7, 8, 9, 30, 90, 200, 400] {
            for interval in [Interval::Day, Interval::Week, Interval::Month] {
                let marks = dates(&days(count), interval).count();
                assert!(marks <= DATES + 1, "{count} {interval}: {marks}");
                assert_eq!(marks == 0, count == 0, "{count} {interval}");
            }
        }
    }

    #[test]
    fn nothing_at_all_is_drawn_too() {
        let chart = chart(&[], &[], Interval::Day);
        assert!(chart.lines.is_empty() && chart.gaps.is_empty() && chart.columns.is_empty());
    }
}
