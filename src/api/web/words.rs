//! How are numbers and days written for a person?

use jiff::civil::Date;

use crate::model::Interval;

/// `1234` as `1,234`.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 post`, `1,234 posts`.
pub(super) fn posts(count: u64) -> String {
    if count == 1 { "1 post".to_owned() } else { format!("{} posts", number(count)) }
}

/// So many of what is counted, as `3 authors`: `per` is `post`, `case` or `author`.
pub(super) fn counted(per: &str, count: u64) -> String {
    match (per, count) {
        ("case" | "author", 1) => format!("1 {per}"),
        ("case" | "author", _) => format!("{} {per}s", number(count)),
        _ => posts(count),
    }
}

/// So many of what is counted, before the question in words: `2,246 authors of` its posts.
pub(super) fn counted_of(per: &str, count: u64) -> String {
    if per == "post" { number(count) } else { format!("{} of", counted(per, count)) }
}

/// What is counted, as the head of a column.
pub(super) fn counted_head(per: &str) -> String {
    capital(&format!("{per}s"))
}

/// A share of 0 to 1 as a percentage.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p <= 0.0 => "0%".to_owned(),
        p if p < 0.1 => "<0.1%".to_owned(),
        p if p < 9.95 => format!("{p:.1}%").replace(".0%", "%"),
        p => format!("{p:.0}%"),
    }
}

/// How many times as large `share` is as `rest`, as `4.2×`; nothing where there is nothing to divide by.
pub(super) fn times(share: f64, rest: f64) -> Option<String> {
    if rest <= 0.0 {
        return None;
    }
    let times = share / rest;
    Some(match times {
        t if t < 9.95 => format!("{t:.1}×").replace(".0×", "×"),
        t if t < 99.5 => format!("{t:.0}×"),
        _ => ">100×".to_owned(),
    })
}

/// What an error says, as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = plain(text);
    let mut chars = text.chars();
    let mut out: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    if !out.ends_with(['.', '?', '!']) {
        out.push('.');
    }
    out
}

/// `monday` as `Monday`.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// `text` without the characters that turn the direction of writing, so that what was typed cannot turn our words around.
pub(super) fn plain(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| !turns(*c)).collect()
}

/// `22 February 2015`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// When posts of one bucket were written, after "posts".
pub(super) fn bucket(interval: Interval, start: Date) -> String {
    match interval {
        Interval::Day => format!("on {}", date_with_weekday(start)),
        Interval::Week => format!("in the week of {}", day(start)),
        Interval::Month => format!("in {}", start.strftime("%B %Y")),
    }
}

/// A bucket as the head of a row.
pub(super) fn bucket_head(interval: Interval, start: Date) -> String {
    match interval {
        Interval::Day => date_with_weekday(start),
        Interval::Week => format!("Week of {}", day(start)),
        Interval::Month => start.strftime("%B %Y").to_string(),
    }
}

fn date_with_weekday(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_read_as_people_write_them() {
        for (value, expect) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(value), expect);
        }
        for (value, expect) in
            [(0.0, "0%"), (0.0004, "<0.1%"), (0.042, "4.2%"), (0.05, "5%"), (0.425, "42%"), (1.0, "100%")]
        {
            assert_eq!(percent(value), expect, "{value}");
        }
        for (per, count, expect) in
            [("post", 1, "1"), ("case", 1, "1 case of"), ("author", 2246, "2,246 authors of")]
        {
            assert_eq!(counted_of(per, count), expect);
        }
        for (share, rest, expect) in [
            (0.42, 0.1, Some("4.2×")),
            (0.5, 0.02, Some("25×")),
            (0.4, 0.1, Some("4×")),
            (0.9, 0.001, Some(">100×")),
            (0.1, 0.0, None),
        ] {
            assert_eq!(times(share, rest).as_deref(), expect);
        }
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("did you mean brand?"), "Did you mean brand?");
        assert_eq!(sentence("`x` is none"), "`x` is none.");
        assert_eq!(sentence(""), ".");
        assert_eq!(sentence("no \u{202e}turning"), "No turning.");
    }

    #[test]
    fn days_read_as_people_write_them() {
        let sunday = date(2015, 2, 22);
        assert_eq!(bucket(Interval::Day, sunday), "on Sunday 22 February 2015");
        assert_eq!(bucket(Interval::Week, date(2015, 2, 16)), "in the week of 16 February 2015");
        assert_eq!(bucket(Interval::Month, date(2015, 2, 1)), "in February 2015");
    }
}
