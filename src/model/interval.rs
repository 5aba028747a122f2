//! How is time divided? Days, weeks from Monday, and months, each on the clock of a time zone.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The length of one bucket of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interval {
    /// From midnight to midnight.
    #[default]
    Day,
    /// From Monday (ISO 8601).
    Week,
    /// Calendar month.
    Month,
}

/// A text that is not an interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an interval: use day, week or month")]
pub struct UnknownInterval(String);

impl Interval {
    /// The interval as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// First day of the bucket that `day` falls in.
    #[must_use]
    pub fn start_of(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let back = day.weekday().since(Weekday::Monday);
                day.checked_sub(i64::from(back).days()).unwrap_or(Date::MIN)
            }
            Self::Month => day.first_of_month(),
        }
    }

    /// First day of the bucket after the one that begins on `start`; the last day of the calendar at its end.
    #[must_use]
    pub fn after(self, start: Date) -> Date {
        let span = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        };
        start.checked_add(span).unwrap_or(Date::MAX)
    }
}

impl FromStr for Interval {
    type Err = UnknownInterval;
    fn from_str(text: &str) -> Result<Self, UnknownInterval> {
        [Self::Day, Self::Week, Self::Month]
            .into_iter()
            .find(|interval| interval.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownInterval(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn buckets_begin_where_calendars_say() {
        let sunday = date(2015, 3, 1);
        assert_eq!(Interval::Day.start_of(sunday), sunday);
        assert_eq!(Interval::Week.start_of(sunday), date(2015, 2, 23));
        assert_eq!(Interval::Month.start_of(sunday), sunday);
        assert_eq!(Interval::Week.after(date(2015, 2, 23)), date(2015, 3, 2));
        assert_eq!(Interval::Month.after(date(2015, 12, 1)), date(2016, 1, 1));
    }
}
