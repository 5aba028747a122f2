//! How much of a time lay within opening hours? On the clock of the desk's own zone, whose days may have 23 or 25 hours.
//!
//! Opening hours are turned into spans of seconds once, for all days that are asked about; each question after that is
//! two look-ups.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::model::Opening;

/// Most days that are prepared: a century.
const MAX_DAYS: usize = 36_600;

/// Opening hours on a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningClock {
    spans: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: i64,
    until: i64,
    /// Seconds open before this span.
    before: i64,
}

impl OpeningClock {
    /// The opening hours from the day of the second `first` to the day of the second `last`; `None` if the desk is never
    /// open.
    #[must_use]
    pub fn new(opening: &Opening, time_zone: &TimeZone, first: i64, last: i64) -> Option<Self> {
        if opening.days.iter().all(Option::is_none) {
            return None;
        }
        let date = |second: i64| {
            Timestamp::from_second(second).ok().map(|moment| time_zone.to_datetime(moment).date())
        };
        let last = date(last)?;
        let mut day = date(first)?;
        let mut spans: Vec<Span> = Vec::new();
        let mut before = 0;
        for _ in 0..MAX_DAYS {
            if day > last {
                break;
            }
            if let Some(hours) = opening.days[weekday(day)] {
                let from = second_of(day, hours.from, time_zone);
                let until = if hours.until == Time::MAX {
                    day.checked_add(1.day())
                        .ok()
                        .and_then(|next| second_of(next, Time::midnight(), time_zone))
                } else {
                    second_of(day, hours.until, time_zone)
                };
                // Where the clock leaps over all of the hours there are none.
                if let Some((from, until)) = from.zip(until).filter(|(from, until)| from < until) {
                    spans.push(Span { from, until, before });
                    before += until - from;
                }
            }
            match day.checked_add(1.day()) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        Some(Self { spans })
    }

    /// Seconds open from the second `from` until the second `until`, both within the days that the clock was made for.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> u32 {
        u32::try_from(self.open_until(until) - self.open_until(from)).unwrap_or(0)
    }

    /// Seconds open before `second`.
    fn open_until(&self, second: i64) -> i64 {
        let at = self.spans.partition_point(|span| span.from <= second);
        let Some(span) = at.checked_sub(1).map(|at| self.spans[at]) else { return 0 };
        span.before + (second.min(span.until) - span.from)
    }
}

/// A time that the clock leaps over is that much later, and one that it has twice is the first.
fn second_of(day: Date, time: Time, time_zone: &TimeZone) -> Option<i64> {
    let moment = time_zone.to_ambiguous_timestamp(day.to_datetime(time)).compatible().ok()?;
    Some(moment.as_second())
}

fn weekday(day: Date) -> usize {
    match day.weekday() {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Hours;
    use jiff::civil::time;
    use proptest::prelude::*;

    fn amsterdam() -> TimeZone {
        TimeZone::get("Europe/Amsterdam").unwrap()
    }

    fn second(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    /// From 8 to 20 on weekdays, all of Saturday, never on Sunday.
    fn opening() -> Opening {
        let weekday = Some(Hours { from: time(8, 0, 0, 0), until: time(20, 0, 0, 0) });
        let saturday = Some(Hours { from: time(0, 0, 0, 0), until: Time::MAX });
        Opening { days: [weekday, weekday, weekday, weekday, weekday, saturday, None] }
    }

    #[track_caller]
    fn check(from: &str, until: &str, minutes: u32) {
        let clock = OpeningClock::new(&opening(), &amsterdam(), second(from), second(until)).unwrap();
        assert_eq!(clock.between(second(from), second(until)), 60 * minutes, "{from} {until}");
    }

    #[test]
    fn only_opening_hours_count() {
        // Amsterdam is at +1 in winter and at +2 in summer.
        check("2026-01-14T09:00:00Z", "2026-01-14T10:30:00Z", 90);
        check("2026-01-14T22:00:00Z", "2026-01-15T08:00:00Z", 60);
        check("2026-01-14T18:00:00Z", "2026-01-14T23:00:00Z", 60);
        check("2026-01-14T20:00:00Z", "2026-01-14T23:00:00Z", 0);
        // From Friday evening to Monday morning: an hour, all of Saturday, an hour.
        check("2026-01-16T18:00:00Z", "2026-01-19T08:00:00Z", 1560);
        check("2026-07-01T06:00:00Z", "2026-07-01T07:00:00Z", 60);
        // A Saturday on the eve of summer time ends at its own midnight; the night's hour is of the closed Sunday.
        check("2026-03-27T23:00:00Z", "2026-03-30T07:00:00Z", 1500);
    }

    #[test]
    fn days_of_23_and_25_hours_have_so_many() {
        let day = Some(Hours { from: time(0, 0, 0, 0), until: Time::MAX });
        let always = Opening { days: [day; 7] };
        for (from, until, hours) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ] {
            let clock = OpeningClock::new(&always, &amsterdam(), second(from), second(until)).unwrap();
            assert_eq!(clock.between(second(from), second(until)), hours * 3600);
        }
        assert_eq!(OpeningClock::new(&Opening::default(), &amsterdam(), 0, 1), None);
    }

    proptest! {
        #[test]
        fn it_is_what_counting_minutes_gives(
            start in 0_i64..20_000, minutes in 0_i64..5_000, zone in prop::sample::select(vec!["Europe/Amsterdam", "America/New_York", "UTC"]),
        ) {
            // Around the end of summer time in both zones.
            let from = second("2026-10-20T00:00:00Z") + 60 * start;
            let until = from + 60 * minutes;
            let zone = TimeZone::get(zone).unwrap();
            let clock = OpeningClock::new(&opening(), &zone, from, until).unwrap();
            let open = (0..minutes).filter(|minute| {
                let local = zone.to_datetime(Timestamp::from_second(from + 60 * minute).unwrap());
                opening().days[weekday(local.date())]
                    .is_some_and(|hours| hours.from <= local.time() && local.time() < hours.until)
            });
            prop_assert_eq!(i64::from(clock.between(from, until)), 60 * i64::try_from(open.count()).unwrap());
        }

        #[test]
        fn parts_add_up(start in 0_i64..2_000_000, one in 0_i64..500_000, other in 0_i64..500_000) {
            let from = second("2026-03-20T00:00:00Z") + start;
            let clock = OpeningClock::new(&opening(), &amsterdam(), from, from + one + other).unwrap();
            prop_assert_eq!(
                clock.between(from, from + one) + clock.between(from + one, from + one + other),
                clock.between(from, from + one + other)
            );
        }
    }
}
