//! Which dates, numbers or severities does a typed range mean?
//!
//! A month or a year is a span of days: a range that begins with it begins on its first day, one that ends with it ends
//! on its last, `>2015-02` begins after February, and `<2015-02` ends before it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::parse::{QueryError, shown};
use super::{Bound, Range};
use crate::model::{Severity, Wait};

/// Reads a range of time from a text that begins at the character `at` of the question.
pub(super) fn read_dates(text: &str, at: usize) -> Result<Range<Bound>, QueryError> {
    read(text, at, span_of, "a date", DATES, is_after)
}

/// Reads a range of numbers from a text that begins at the character `at` of the question.
pub(super) fn read_numbers(text: &str, at: usize) -> Result<Range<f64>, QueryError> {
    read(text, at, number, "a number", NUMBERS, |a, b| a > b)
}

/// Reads a range of severities from a text that begins at the character `at` of the question.
pub(super) fn read_severities(text: &str, at: usize) -> Result<Range<Severity>, QueryError> {
    read(text, at, severity, "a severity", SEVERITIES, |a, b| a > b)
}

/// Reads a range of lengths of time from a text that begins at the character `at` of the question.
pub(super) fn read_waits(text: &str, at: usize) -> Result<Range<Wait>, QueryError> {
    read(text, at, wait, "a length of time", WAITS, |a, b| a > b)
}

const WAITS: &str =
    "seconds as 90s, minutes as 60m, hours as 8h or days as 2d, or a range of them: <60m, 1h..8h";

const SEVERITIES: &str =
    "no-explicit-reproach, disapproval, accusation or blame, or a range of them: >=accusation";

const DATES: &str = "a day 2015-02-22, a month 2015-02, a year 2015, a moment 2015-02-22T10:00:00Z, or a range of \
    them: 2015-02-20..2015-02-22, >=2015-02-20";

const NUMBERS: &str = "a number such as 3 or 3.5, or a range: 1..3, >=3";

/// Reads a range whose ends are spans with a first and a last value.
fn read<T: Copy + PartialEq>(
    text: &str,
    at: usize,
    span: fn(&str) -> Option<(T, T)>,
    what: &str,
    expected: &str,
    is_after: fn(T, T) -> bool,
) -> Result<Range<T>, QueryError> {
    let end = |end: &str, offset: usize| {
        let at = at + text.get(..offset).map_or(0, |before| before.chars().count());
        span(end).ok_or_else(|| QueryError::new(at, format!("`{}` is not {what}", shown(end)), expected))
    };
    let text = text.strip_prefix('=').unwrap_or(text);
    let mut range = Range::new(None, None);
    if text == "*" {
        return Ok(range);
    }
    if text.starts_with(['[', '{']) {
        let inner = &text[1..text.len().saturating_sub(1).max(1)];
        let parts: Vec<&str> = inner.split_whitespace().collect();
        let [from, to, until] = parts[..] else { return Err(bracket(text, at)) };
        if !to.eq_ignore_ascii_case("to") || !text.ends_with([']', '}']) {
            return Err(bracket(text, at));
        }
        if from != "*" {
            range.is_from_out = text.starts_with('{');
            let (first, last) = end(from, 1)?;
            range.from = Some(if range.is_from_out { last } else { first });
        }
        if until != "*" {
            range.is_to_out = text.ends_with('}');
            let (first, last) = end(until, text.rfind(until).unwrap_or(0))?;
            range.to = Some(if range.is_to_out { first } else { last });
        }
    } else if let Some(rest) = text.strip_prefix(">=") {
        range.from = Some(end(rest, 2)?.0);
    } else if let Some(rest) = text.strip_prefix("<=") {
        range.to = Some(end(rest, 2)?.1);
    } else if let Some(rest) = text.strip_prefix('>') {
        range.from = Some(end(rest, 1)?.1);
        range.is_from_out = true;
    } else if let Some(rest) = text.strip_prefix('<') {
        range.to = Some(end(rest, 1)?.0);
        range.is_to_out = true;
    } else if let Some((from, until)) = text.split_once("..").filter(|ends| *ends != ("", "")) {
        if !from.is_empty() {
            range.from = Some(end(from, 0)?.0);
        }
        if !until.is_empty() {
            range.to = Some(end(until, from.len() + 2)?.1);
        }
    } else {
        let (first, last) = end(text, 0)?;
        range = Range::new(Some(first), Some(last));
    }
    if let (Some(from), Some(to)) = (range.from, range.to)
        && (is_after(from, to) || (from == to && (range.is_from_out || range.is_to_out)))
    {
        return Err(QueryError::new(
            at,
            format!("the range `{}` ends before it begins", shown(text)),
            "the earlier or smaller end first",
        ));
    }
    Ok(range)
}

fn bracket(text: &str, at: usize) -> QueryError {
    QueryError::new(
        at,
        format!("`{}` is not a range", shown(text)),
        "two ends with TO between them, as in [1 TO 3]; * for an open end",
    )
}

/// The first and last of what a date means.
fn span_of(text: &str) -> Option<(Bound, Bound)> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4..=4)?;
    let Some(month) = parts.next() else {
        return Some((Bound::Day(Date::new(year, 1, 1).ok()?), Bound::Day(Date::new(year, 12, 31).ok()?)));
    };
    let Some(day) = parts.next() else {
        let first = Date::new(year, i8::try_from(digits(month, 1..=2)?).ok()?, 1).ok()?;
        return Some((Bound::Day(first), Bound::Day(first.last_of_month())));
    };
    let bound = if day.len() <= 2 && parts.next().is_none() {
        let month = i8::try_from(digits(month, 1..=2)?).ok()?;
        Bound::Day(Date::new(year, month, i8::try_from(digits(day, 1..=2)?).ok()?).ok()?)
    } else {
        Bound::Moment(text.parse::<Timestamp>().ok()?)
    };
    Some((bound, bound))
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i16> {
    (lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn severity(text: &str) -> Option<(Severity, Severity)> {
    let severity = text.parse().ok()?;
    Some((severity, severity))
}

fn wait(text: &str) -> Option<(Wait, Wait)> {
    let wait = text.parse().ok()?;
    Some((wait, wait))
}

fn number(text: &str) -> Option<(f64, f64)> {
    // Rust reads `inf` and `nan` as numbers; nobody means them.
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number = text.parse::<f64>().ok().filter(|number| is_plain && number.is_finite())?;
    Some((number, number))
}

/// Whether `a` is surely later than `b`. A day and a moment compare only where no time zone could bring them together.
fn is_after(a: Bound, b: Bound) -> bool {
    let day = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    let next = |date: Date| date.checked_add(1.day()).unwrap_or(Date::MAX);
    match (a, b) {
        (Bound::Day(a), Bound::Day(b)) => a > b,
        (Bound::Moment(a), Bound::Moment(b)) => a > b,
        (Bound::Day(a), Bound::Moment(b)) => a > next(day(b)),
        (Bound::Moment(a), Bound::Day(b)) => day(a) > next(b),
    }
}
