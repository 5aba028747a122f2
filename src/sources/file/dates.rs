//! When was it, by a text that may write a date in any usual way?
//!
//! Day and month are told apart by the values where any is over twelve; where none is, `/` is read as month first and
//! `-` and `.` as day first, and the plan says that this is a guess.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// Which number of `03-04-2019` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum DayOrder {
    DayFirst,
    MonthFirst,
}

/// What a number of dates have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateForm {
    pub(super) order: DayOrder,
    /// For people: the form, and whether it is a guess.
    pub(super) name: String,
}

/// Looks at cells of a date column.
pub(super) fn recognise<'a>(cells: impl Iterator<Item = &'a str>) -> DateForm {
    let (mut day_first, mut month_first, mut either, mut separator) = (0, 0, 0, '-');
    let mut seen = Vec::<&'static str>::new();
    for cell in cells {
        let Some(form) = form_of(cell.trim()) else { continue };
        if !seen.contains(&form) && seen.len() < 4 {
            seen.push(form);
        }
        if let Some((first, second, mark)) = two_numbers(cell.trim()) {
            separator = mark;
            match (first > 12, second > 12) {
                (true, false) => day_first += 1,
                (false, true) => month_first += 1,
                (false, false) => either += 1,
                (true, true) => {}
            }
        }
    }
    let is_guess = day_first == month_first && (either > 0 || day_first > 0);
    let order = if day_first > month_first || (is_guess && separator != '/') {
        DayOrder::DayFirst
    } else {
        DayOrder::MonthFirst
    };
    let mut name = seen.join(", ");
    if day_first + month_first + either > 0 {
        name.push_str(match order {
            DayOrder::DayFirst => ", day first",
            DayOrder::MonthFirst => ", month first",
        });
        if is_guess {
            name.push_str(" (a guess: no value tells day from month)");
        }
    }
    DateForm { order, name }
}

/// Reads one date; `None` if it is not one, or not between the years 1900 and 2199.
pub(in crate::sources) fn parse(text: &str, order: DayOrder, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let first = *text.as_bytes().first()?;
    let timestamp = if first.is_ascii_digit() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        number(text, zone).or_else(|| numeric_date(text, order, zone))
    } else if first.is_ascii_digit() {
        numeric_date(text, order, zone).or_else(|| worded_date(text, zone))
    } else {
        worded_date(text, zone)
    }?;
    // 1900-01-01 and 2200-01-01 in seconds: outside, it is a placeholder or a misread number.
    (-2_208_988_800..7_258_118_400).contains(&timestamp.as_second()).then_some(timestamp)
}

/// The family of a date, for the plan.
fn form_of(text: &str) -> Option<&'static str> {
    let utc = TimeZone::UTC;
    let order = DayOrder::DayFirst;
    parse(text, order, &utc)?;
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && number(text, &utc).is_some() {
        return Some(match text.split('.').next().map_or(0, str::len) {
            5 => "spreadsheet day number",
            8 => "yyyymmdd",
            14 => "yyyymmddhhmmss",
            13 => "Unix milliseconds",
            16 => "Unix microseconds",
            _ => "Unix seconds",
        });
    }
    if two_numbers(text).is_some() {
        return Some("day and month in numbers");
    }
    Some(if numeric_date(text, order, &utc).is_some() { "year-month-day" } else { "month by name" })
}

/// The first two numbers of a date that ends in its year, and what stands between them.
fn two_numbers(text: &str) -> Option<(u32, u32, char)> {
    let mut scan = Scan(text);
    let (first, digits) = scan.number()?;
    let mark = scan.one_of("/-.")?;
    let (second, second_digits) = scan.number()?;
    scan.one_of("/-.").filter(|again| *again == mark)?;
    scan.number()?;
    (digits <= 2 && second_digits <= 2).then_some((first, second, mark))
}

/// Unix time in four units, days of a spreadsheet, or a date without marks, told apart by the count of digits.
fn number(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (whole, part) = match text.split_once('.') {
        Some((whole, part)) if part.bytes().all(|b| b.is_ascii_digit()) => (whole, part),
        Some(_) => return None,
        None => (text, ""),
    };
    let value: i64 = whole.parse().ok()?;
    let digits = |from: usize, to: usize| whole.get(from..to).and_then(|d| d.parse::<i16>().ok());
    match whole.len() {
        9 | 10 => Timestamp::from_second(value).ok().map(|at| plus_part(at, part)),
        13 => Timestamp::from_millisecond(value).ok(),
        16 => Timestamp::from_microsecond(value).ok(),
        19 => Timestamp::from_nanosecond(i128::from(value)).ok(),
        // Day 25569 of a spreadsheet is 1970-01-01. 20000..80000 is 1954..2119.
        5 if (20_000..80_000).contains(&value) => {
            let days: f64 = text.parse().ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "at most 80,000 days in seconds")]
            let seconds = ((days - 25_569.0) * 86_400.0).round() as i64;
            civil_to_timestamp(Offset::UTC.to_datetime(Timestamp::from_second(seconds).ok()?), None, zone)
        }
        8 | 14 if part.is_empty() => {
            let small = |at: usize| digits(at, at + 2).and_then(|n| i8::try_from(n).ok());
            let date = Date::new(digits(0, 4)?, small(4)?, small(6)?).ok()?;
            let time = if whole.len() == 14 {
                Time::new(small(8)?, small(10)?, small(12)?, 0).ok()?
            } else {
                Time::midnight()
            };
            civil_to_timestamp(date.to_datetime(time), None, zone)
        }
        _ => None,
    }
}

fn plus_part(at: Timestamp, part: &str) -> Timestamp {
    let nanos = nanoseconds(part);
    at.checked_add(jiff::SignedDuration::from_nanos(i64::from(nanos))).unwrap_or(at)
}

/// Digits after the point of a second, as nanoseconds; more than nine are cut.
fn nanoseconds(part: &str) -> i32 {
    part.bytes()
        .take_while(u8::is_ascii_digit)
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'))
}

/// `2015-02-24 11:35:52 -0800`, `2020/3/18`, `02/14/2019 1:05 PM`, `14.02.19`, ISO 8601.
fn numeric_date(text: &str, order: DayOrder, zone: &TimeZone) -> Option<Timestamp> {
    let mut scan = Scan(text);
    let (first, first_digits) = scan.number()?;
    let mark = scan.one_of("/-.")?;
    let (second, second_digits) = scan.number()?;
    scan.one_of("/-.").filter(|again| *again == mark)?;
    let (third, third_digits) = scan.number()?;
    if second_digits > 2 {
        return None;
    }
    let (year, month, day) = match (first_digits, third_digits) {
        (4, 1 | 2) => (first, second, third),
        (1 | 2, 2 | 4) => {
            let year = match third {
                0..=69 if third_digits == 2 => third + 2000,
                70..=99 if third_digits == 2 => third + 1900,
                year => year,
            };
            // A value over twelve cannot be a month, whatever the others are.
            match order {
                DayOrder::DayFirst if second <= 12 => (year, second, first),
                DayOrder::MonthFirst if first > 12 => (year, second, first),
                DayOrder::DayFirst | DayOrder::MonthFirst => (year, first, second),
            }
        }
        _ => return None,
    };
    let date = date(year, month, day)?;
    let (time, offset) = time_and_offset(&mut scan)?;
    civil_to_timestamp(date.to_datetime(time.unwrap_or_else(Time::midnight)), offset, zone)
}

/// `Tue Oct 31 22:10:47 +0000 2017`, `Feb 14, 2019`, `14 februari 2019 om 13:05 uur`, RFC 2822.
fn worded_date(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut scan = Scan(text);
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut time, mut offset) = (None, None);
    while !scan.0.is_empty() {
        if scan.one_of(" ,\t-").is_some() {
            continue;
        }
        if let Some(word) = scan.word() {
            if let Some(found) = month_of(word) {
                if month.replace(found).is_some() {
                    return None;
                }
            } else if !is_filler(word) {
                return None;
            }
            let _ = scan.one_of(".");
            continue;
        }
        // An offset stands after the time only; the year may follow it, as in the dates of Twitter.
        if time.is_some()
            && offset.is_none()
            && let Some(found) = scan.sign_and_offset()
        {
            offset = Some(found);
            continue;
        }
        let before = scan;
        let (number, digits) = scan.number()?;
        if scan.0.starts_with(':') && time.is_none() {
            scan = before;
            let (found, zone) = scan.time()?;
            time = Some(found);
            offset = zone;
        } else if digits == 4 && year.is_none() {
            year = Some(number);
        } else if digits <= 2 && day.is_none() {
            day = Some(number);
            scan.skip_ordinal();
        } else if digits == 2 && year.is_none() {
            year = Some(if number < 70 { number + 2000 } else { number + 1900 });
        } else {
            return None;
        }
    }
    let date = date(year?, month?, day?)?;
    civil_to_timestamp(date.to_datetime(time.unwrap_or_else(Time::midnight)), offset, zone)
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// What may follow the date: nothing, or a time, after which nothing but its offset is allowed.
fn time_and_offset(scan: &mut Scan<'_>) -> Option<(Option<Time>, Option<Offset>)> {
    while scan.one_of("Tt ,\t").is_some() {}
    if let Some(word) = scan.word().filter(|word| !is_filler(word)) {
        return (word.eq_ignore_ascii_case("z") && scan.0.is_empty()).then_some((None, Some(Offset::UTC)));
    }
    while scan.one_of(" \t").is_some() {}
    if scan.0.is_empty() {
        return Some((None, None));
    }
    let (time, mut offset) = scan.time()?;
    while scan.one_of(" \t").is_some() {}
    if offset.is_none() {
        offset = scan.sign_and_offset();
    }
    // A named zone in brackets, as of RFC 9557, repeats what the offset says.
    (scan.0.is_empty() || (offset.is_some() && scan.0.trim_start().starts_with(['[', '('])))
        .then_some((Some(time), offset))
}

fn civil_to_timestamp(at: DateTime, offset: Option<Offset>, zone: &TimeZone) -> Option<Timestamp> {
    match offset {
        Some(offset) => offset.to_timestamp(at).ok(),
        // An hour that the clock skipped or repeated is read as the clock would have been without the change.
        None => zone.to_ambiguous_timestamp(at).compatible().ok(),
    }
}

/// What is left of a date, read from the left.
#[derive(Clone, Copy)]
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn one_of(&mut self, set: &str) -> Option<char> {
        let c = self.0.chars().next().filter(|c| set.contains(*c))?;
        self.0 = self.0.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    /// The digits here, at most nine, as a number and how many they are.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let value = self.0.get(..digits).filter(|_| digits <= 9)?.parse().ok()?;
        self.0 = self.0.get(digits..).unwrap_or_default();
        Some((value, digits))
    }

    fn word(&mut self) -> Option<&'a str> {
        let bytes = self.0.find(|c: char| !c.is_alphabetic()).unwrap_or(self.0.len());
        let word = self.0.get(..bytes).filter(|word| !word.is_empty())?;
        self.0 = self.0.get(bytes..).unwrap_or_default();
        Some(word)
    }

    fn small(&mut self) -> Option<i8> {
        let (value, digits) = self.number()?;
        i8::try_from(value).ok().filter(|_| digits <= 2)
    }

    /// `22:10`, `22:10:47.123`, `1:05 PM`, `13:05 uur`, with a zone behind it where there is one.
    fn time(&mut self) -> Option<(Time, Option<Offset>)> {
        let mut hour = self.small()?;
        self.one_of(":")?;
        let minute = self.small()?;
        let mut second = 0;
        let mut nanosecond = 0;
        if self.one_of(":").is_some() {
            // A leap second is the last one that a clock knows.
            second = self.small()?.min(59);
            if self.0.starts_with(['.', ',']) && self.0.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
                let _ = self.one_of(".,");
                let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
                nanosecond = nanoseconds(self.0.get(..digits).unwrap_or_default());
                self.0 = self.0.get(digits..).unwrap_or_default();
            }
        }
        let mut offset = None;
        loop {
            let before = *self;
            while self.one_of(" \t").is_some() {}
            let Some(word) = self.word() else { break };
            let is_pm = word.eq_ignore_ascii_case("pm");
            if is_pm || word.eq_ignore_ascii_case("am") {
                if !(1..=12).contains(&hour) {
                    return None;
                }
                hour = hour % 12 + if is_pm { 12 } else { 0 };
            } else if let Some(named) = zone_of(word) {
                offset = Some(named);
                // `GMT+0200` and `UTC-5` name the zero and then leave it.
                if let Some(signed) = self.sign_and_offset() {
                    offset = Some(signed);
                }
            } else if !is_filler(word) {
                *self = before;
                break;
            }
        }
        Some((Time::new(hour, minute, second, nanosecond).ok()?, offset))
    }

    /// `+0000`, `-08:00`, `+2`.
    fn sign_and_offset(&mut self) -> Option<Offset> {
        let before = *self;
        let mut read = || {
            let sign = match self.one_of("+-−")? {
                '+' => 1,
                _ => -1,
            };
            let (value, digits) = self.number()?;
            let (hours, minutes) = match digits {
                1 | 2 if self.one_of(":").is_some() => (value, self.number()?.0),
                1 | 2 => (value, 0),
                4 => (value / 100, value % 100),
                _ => return None,
            };
            let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
            (minutes < 60).then_some(())?;
            Offset::from_seconds(sign * seconds).ok()
        };
        let offset = read();
        if offset.is_none() {
            *self = before;
        }
        offset
    }

    /// The `st` of `1st`, the `e` of `3e`, the point of `14. Februar`.
    fn skip_ordinal(&mut self) {
        let before = *self;
        match self.word() {
            Some("st" | "nd" | "rd" | "th" | "e" | "er" | "º" | "ª" | "de" | "ste") => {}
            _ => *self = before,
        }
        let _ = self.one_of(".º°");
    }
}

/// Offsets of the names that mail and spreadsheets write. Names that mean several zones are left out.
fn zone_of(word: &str) -> Option<Offset> {
    let hours = match word.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" | "UT" | "WET" => 0,
        "CET" | "MEZ" | "WEST" => 1,
        "CEST" | "MESZ" | "EET" => 2,
        "EEST" => 3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    };
    Offset::from_hours(hours).ok()
}

/// Words that a date may hold without saying anything: weekdays and `at` in the languages of Grouse.
fn is_filler(word: &str) -> bool {
    const AT: [&str; 13] = ["at", "om", "uur", "um", "uhr", "à", "a", "de", "del", "of", "on", "le", "alle"];
    const DAYS: [&str; 35] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "maa", "din", "woe", "don", "vri", "zat", "zon",
        "mo", "di", "mi", "fr", "sa", "so", "ma", "wo", "vr", "za", "zo", "lun", "mar", "mer", "jeu", "ven",
        "sam", "dim", "mié", "jue", "vie",
    ];
    let word = word.to_lowercase();
    AT.contains(&word.as_str())
        || DAYS.iter().any(|day| {
            word == *day || (day.chars().count() == 3 && word.starts_with(day) && month_of(&word).is_none())
        })
}

/// The month that a word of at least three letters names, whole or cut, in the languages of Grouse.
fn month_of(word: &str) -> Option<u32> {
    // In each row the shortest starts that tell the month from all others in all seven languages.
    const STARTS: [&[&str]; 12] = [
        &["jan", "jän", "ene", "gen"],
        &["feb", "fev", "fév"],
        &["mar", "maa", "mrt", "mär", "mrz"],
        &["apr", "avr", "abr"],
        &["may", "mai", "mei", "mag"],
        &["jun", "juin", "giu"],
        &["jul", "juil", "lug"],
        &["aug", "aou", "aoû", "ago"],
        &["sep", "set"],
        &["oct", "okt", "ott", "out"],
        &["nov"],
        &["dec", "déc", "dez", "dic"],
    ];
    // Weekdays that begin like a month: maandag, martes, mardi, martedì.
    const DAYS: [&str; 4] = ["maandag", "martes", "mardi", "marted"];
    let word = word.to_lowercase();
    if word.chars().count() > 10 || DAYS.iter().any(|day| word.starts_with(day)) {
        return None;
    }
    let at = STARTS.iter().position(|starts| starts.iter().any(|start| word.starts_with(start)))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expect: &str) {
        let amsterdam = TimeZone::get("Europe/Amsterdam").unwrap();
        let found = parse(text, DayOrder::MonthFirst, &amsterdam);
        assert_eq!(found.map_or("none".to_owned(), |at| at.to_string()), expect, "{text}");
    }

    #[test]
    fn a_date_is_read_however_it_is_written() {
        check("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52Z");
        check("Tue Oct 31 22:10:47 +0000 2017", "2017-10-31T22:10:47Z");
        check("02/14/2019", "2019-02-13T23:00:00Z");
        check("14/02/2019", "2019-02-13T23:00:00Z");
        check("2020/3/18", "2020-03-17T23:00:00Z");
        check("2025-02-02T04:13:11.000Z", "2025-02-02T04:13:11Z");
        check("2025-02-02T04:13:11.123456789+01:00", "2025-02-02T03:13:11.123456789Z");
        check("2025-02-02T04:13:11+01:00[Europe/Amsterdam]", "2025-02-02T03:13:11Z");
        check("2025-07-02T04:13", "2025-07-02T02:13:00Z");
        check("2024-09-28 10:42:18+00:00", "2024-09-28T10:42:18Z");
        check("2024-09-28 10:42:18 UTC", "2024-09-28T10:42:18Z");
        check("2024-09-28", "2024-09-27T22:00:00Z");
        check("20240928", "2024-09-27T22:00:00Z");
        check("20240928104218", "2024-09-28T08:42:18Z");
        check("14-02-2019", "2019-02-13T23:00:00Z");
        check("14.02.2019 13:05", "2019-02-14T12:05:00Z");
        check("14.02.19, 13:05", "2019-02-14T12:05:00Z");
        check("2/14/2019 1:05:09 PM", "2019-02-14T12:05:09Z");
        check("2/14/2019 12:05 AM", "2019-02-13T23:05:00Z");
        check("Feb 14, 2019", "2019-02-13T23:00:00Z");
        check("February 14th, 2019 at 1:05 pm", "2019-02-14T12:05:00Z");
        check("14 februari 2019", "2019-02-13T23:00:00Z");
        check("donderdag 14 februari 2019 om 13:05 uur", "2019-02-14T12:05:00Z");
        check("14 mrt. 2019", "2019-03-13T23:00:00Z");
        check("14. März 2019", "2019-03-13T23:00:00Z");
        check("le 1er août 2019 à 13:05", "2019-08-01T11:05:00Z");
        check("14 de febrero de 2019", "2019-02-13T23:00:00Z");
        check("14 Feb 2019 13:05", "2019-02-14T12:05:00Z");
        check("14-Feb-2019", "2019-02-13T23:00:00Z");
        check("Thu, 14 Feb 2019 13:05:09 +0100", "2019-02-14T12:05:09Z");
        check("Thu, 14 Feb 2019 13:05:09 GMT", "2019-02-14T13:05:09Z");
        check("Thu Feb 14 2019 13:05:09 GMT+0100", "2019-02-14T12:05:09Z");
        check("1550149509", "2019-02-14T13:05:09Z");
        check("1550149509.5", "2019-02-14T13:05:09.5Z");
        check("1550149509123", "2019-02-14T13:05:09.123Z");
        check("1550149509123456", "2019-02-14T13:05:09.123456Z");
        check("43510", "2019-02-13T23:00:00Z");
        check("43510.5", "2019-02-14T11:00:00Z");
        check("14.02.2019", "2019-02-13T23:00:00Z");
        check("maandag 3 juni 2019", "2019-06-02T22:00:00Z");
        check("mardi 3 mars 2020", "2020-03-02T23:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "N/A",
            "nan",
            "yesterday",
            "2019",
            "12",
            "0",
            "2019-13-01",
            "2019-02-30",
            "31/31/2019",
            "0001-01-01",
            "0000-00-00 00:00:00",
            "9999-12-31",
            "2019-02-14 25:00",
            "14 14 2019",
            "3.14",
            "Feb Feb 2019",
            "2019-02-14 and more",
            "1.2.3.4",
            "+31 6 12345678",
            "12:30",
        ] {
            check(text, "none");
        }
    }

    #[test]
    fn values_over_twelve_tell_day_from_month() {
        let cases: [(&[&str], DayOrder, bool); 6] = [
            (&["03/04/2019", "14/04/2019"], DayOrder::DayFirst, false),
            (&["03/04/2019", "04/14/2019"], DayOrder::MonthFirst, false),
            (&["03-04-2019", "04-14-2019"], DayOrder::MonthFirst, false),
            (&["03/04/2019"], DayOrder::MonthFirst, true),
            (&["03-04-2019"], DayOrder::DayFirst, true),
            (&["03.04.2019", "x"], DayOrder::DayFirst, true),
        ];
        for (cells, order, is_guess) in cases {
            let form = recognise(cells.iter().copied());
            assert_eq!(
                (form.order, form.name.contains("guess")),
                (order, is_guess),
                "{cells:?}: {}",
                form.name
            );
        }
        assert_eq!(recognise(["2019-02-14"].into_iter()).name, "year-month-day");
        assert_eq!(recognise(["1550149509"].into_iter()).name, "Unix seconds");
    }

    proptest! {
        #[test]
        fn rubbish_is_read_without_harm(text in any::<String>(), dated in "[0-9TZ:+./ -]{0,30}|[a-zA-Z0-9 ,:+-]{0,30}") {
            for text in [text, dated] {
                let _ = parse(&text, DayOrder::DayFirst, &TimeZone::UTC);
                let _ = recognise([text.as_str()].into_iter());
            }
        }

        #[test]
        fn what_jiff_writes_is_read_back(second in 0_i64..4_000_000_000, nano in 0_i32..1_000_000_000) {
            let at = Timestamp::new(second, nano).unwrap();
            prop_assert_eq!(parse(&at.to_string(), DayOrder::DayFirst, &TimeZone::UTC), Some(at));
        }
    }
}
