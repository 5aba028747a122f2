//! How is a question written down so that it reads back as the same tree?
//!
//! With as few parentheses as the precedence allows: then it never nests deeper than what was typed. A tree that nobody
//! could have typed (an `And` of one, words with white space in them) is written as one that means the same.

use std::fmt::{self, Write as _};

use jiff::civil::Date;

use super::token::{Token, TokenKind, core, is_double_quote, tokens};
use super::{Bound, Condition, Query, Range, Text, WEEKDAYS};

impl fmt::Display for Query {
    /// Writes the question as [`parse_query`](super::parse_query) reads it, if that is at most 4,096 bytes long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_char('*'),
            Self::Text(text) => write!(f, "{text}"),
            Self::Near { left, right, distance } => write!(f, "{left} NEAR/{distance} {right}"),
            Self::And(parts) if parts.is_empty() => f.write_char('*'),
            Self::And(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { " " })?;
                    match part {
                        Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                        _ => write!(f, "{part}")?,
                    }
                }
                Ok(())
            }
            Self::Or(parts) if parts.is_empty() => f.write_str("-*"),
            Self::Or(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { " OR " })?;
                    match part {
                        Self::Or(_) => write!(f, "({part})")?,
                        _ => write!(f, "{part}")?,
                    }
                }
                Ok(())
            }
            Self::Not(part) => match **part {
                Self::And(_) | Self::Or(_) => write!(f, "-({part})"),
                Self::Not(_) | Self::Near { .. } => write!(f, "NOT {part}"),
                _ => write!(f, "-{part}"),
            },
            Self::Where(condition) => write!(f, "{condition}"),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write_words(f, words),
            Self::Phrase(words) => write_quoted(f, words),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, value) = match self {
            Self::Brand(value) => ("brand", value),
            Self::Mention(value) => ("mention", value),
            Self::Directed(value) => ("directed", value),
            Self::Author(value) => ("author", value),
            Self::Id(value) => ("id", value),
            Self::Term(value) => ("term", value),
            Self::Target(value) => ("target", value),
            Self::Responder(value) => ("responder", value),
            Self::Answered(Some(answered)) => return write!(f, "answered:{answered}"),
            Self::Answered(None) => return f.write_str("answered:*"),
            Self::Response(range) => return write_range(f, "response", range),
            Self::Waiting(range) => return write_range(f, "waiting", range),
            Self::Outcome(outcome) => return write!(f, "outcome:{outcome}"),
            Self::Weekday(day) => {
                let name = WEEKDAYS.iter().find(|(_, known)| known == day).map_or("", |(name, _)| *name);
                return write!(f, "weekday:{name}");
            }
            Self::Hour(hour) => return write!(f, "hour:{hour}"),
            Self::Complaint(true) => return f.write_str("complaint:yes"),
            Self::Complaint(false) => return f.write_str("complaint:no"),
            Self::Intent(intent) => return write!(f, "intent:{intent}"),
            Self::Signal(Some(signal)) => return write!(f, "signal:{signal}"),
            Self::Signal(None) => return f.write_str("signal:*"),
            Self::Problem(Some(id)) => return write!(f, "problem:{id}"),
            Self::Problem(None) => return f.write_str("problem:*"),
            Self::Case(case) => return write!(f, "case:{case}"),
            Self::Route(Some(department)) => ("route", department),
            Self::Route(None) => return f.write_str("route:*"),
            Self::Source(source) => return write!(f, "source:{source}"),
            Self::Language(language) => return write!(f, "lang:{language}"),
            Self::Kind(kind) => return write!(f, "kind:{kind}"),
            Self::Is(flag) => return write!(f, "is:{}", flag.as_str()),
            Self::Attribute { name, value } => {
                f.write_str("attr.")?;
                if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) {
                    f.write_str(name)?;
                } else {
                    write_quoted(f, name)?;
                }
                f.write_char(':')?;
                return match value {
                    Some(value) => write_value(f, value),
                    None => f.write_char('*'),
                };
            }
            Self::Created(range) => {
                return match whole_period(range) {
                    Some(Period::Year(day)) => write!(f, "created:{:04}", day.year()),
                    Some(Period::Month(day)) => write!(f, "created:{:04}-{:02}", day.year(), day.month()),
                    None => write_range(f, "created", range),
                };
            }
            Self::Rating(range) => return write_range(f, "rating", range),
            Self::Reach(range) => return write_range(f, "reach", range),
            Self::Probability(range) => return write_range(f, "probability", range),
            Self::Severity(range) => return write_range(f, "severity", range),
            Self::Sentiment(range) => return write_range(f, "sentiment", range),
        };
        write!(f, "{field}:")?;
        write_value(f, value)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Moment(moment) => write!(f, "{moment}"),
        }
    }
}

/// A calendar year or month, by its first day.
pub(super) enum Period {
    Year(Date),
    Month(Date),
}

/// The year or the month that `range` is, if it is a whole one.
pub(super) fn whole_period(range: &Range<Bound>) -> Option<Period> {
    let (Some(Bound::Day(from)), Some(Bound::Day(to))) = (range.from, range.to) else { return None };
    if range.is_from_out || range.is_to_out || from.day() != 1 || from.year() != to.year() {
        return None;
    }
    if from == from.first_of_year() && to == from.last_of_year() {
        return Some(Period::Year(from));
    }
    (to == from.last_of_month()).then_some(Period::Month(from))
}

fn write_words(f: &mut fmt::Formatter<'_>, words: &str) -> fmt::Result {
    if let Ok([Token { kind: TokenKind::Leaf(Query::Text(Text::Words(read))), .. }]) =
        tokens(words).as_deref()
        && read == words
    {
        return f.write_str(words);
    }
    // Punctuation only divides words, so any that means nothing else divides them as well.
    let core = core(words);
    let plain: String = core
        .char_indices()
        .map(|(at, c)| if c.is_alphanumeric() || c == '_' || (at == 0 && "@#".contains(c)) { c } else { ',' })
        .collect();
    match plain.as_str() {
        "AND" | "OR" | "NOT" | "NEAR" => f.write_str(&plain.to_ascii_lowercase()),
        _ => f.write_str(&plain),
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, value: &str) -> fmt::Result {
    let is_plain =
        !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "_-./@#:+&'".contains(c));
    if is_plain { f.write_str(value) } else { write_quoted(f, value) }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        if c == '\\' || is_double_quote(c) {
            f.write_char('\\')?;
        }
        f.write_char(c)?;
    }
    f.write_char('"')
}

fn write_range<T: fmt::Display + PartialEq>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    range: &Range<T>,
) -> fmt::Result {
    match (&range.from, &range.to) {
        (None, None) => write!(f, "{name}:*"),
        (Some(from), None) => write!(f, "{name}{}{from}", if range.is_from_out { ">" } else { ">=" }),
        (None, Some(to)) => write!(f, "{name}{}{to}", if range.is_to_out { "<" } else { "<=" }),
        (Some(from), Some(to)) if range.is_from_out || range.is_to_out => {
            let open = if range.is_from_out { '{' } else { '[' };
            let close = if range.is_to_out { '}' } else { ']' };
            write!(f, "{name}:{open}{from} TO {to}{close}")
        }
        (Some(from), Some(to)) if from == to => write!(f, "{name}:{from}"),
        (Some(from), Some(to)) => write!(f, "{name}:{from}..{to}"),
    }
}
