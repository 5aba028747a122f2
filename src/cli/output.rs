//! How does an answer look on a terminal?

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use serde::Serialize;

/// Writes one value as JSON, readable on a terminal, and a line end.
pub(super) fn json(value: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// Writes a line for the person at the terminal to standard error. Whoever closed it does not want to know.
pub(super) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes text as it is.
pub(super) fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// A number with its thousands parted, as people read it.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 post`, `2 posts`.
pub(super) fn posts(count: u64) -> String {
    format!("{} {}", number(count), if count == 1 { "post" } else { "posts" })
}

/// `1 brand`, `3 brands`.
pub(super) fn counted(count: u64, what: &str) -> String {
    let many = if count == 1 || what.ends_with('s') { "" } else { "s" };
    format!("{} {what}{many}", number(count))
}

/// How many posts answer a question that is explained as `posts that have …`.
pub(super) fn answered(count: u64, explained: &str) -> String {
    let what = explained.strip_prefix("posts ").map_or_else(String::new, |what| format!(" {what}"));
    // `1 post that have` would need the verbs of the whole explanation changed.
    let of = if count == 1 && !what.is_empty() { ", of those" } else { "" };
    format!("{}{of}{what}", posts(count))
}

/// A share as a percentage with one decimal.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Text from the web on a terminal: on one line, without the characters by which a terminal is told to do something.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in without_commands(text).chars() {
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// Text on a terminal as it is spaced, on one line, without the characters by which a terminal is told to do something.
pub(super) fn without_commands(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| {
            // Control characters, and those that turn the direction of writing or hide in it.
            !c.is_control()
                && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        })
        .collect()
}

/// Whether marks may be shown in bold.
pub(super) fn is_colored() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Columns of text under each other; numbers to the right.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let is_number = |column: usize| {
        rows.iter()
            .all(|row| row[column].chars().next().is_none_or(|c| c.is_ascii_digit() || "-+×–".contains(c)))
    };
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .chain([head[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let shape: Vec<(usize, bool)> =
        (0..head.len()).map(|column| (width(column), is_number(column))).collect();
    let mut out = String::new();
    let heads = head.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    for row in std::iter::once(&heads).chain(rows) {
        let mut line = String::new();
        for (text, (width, is_number)) in row.iter().zip(&shape) {
            let space = " ".repeat(width - text.chars().count());
            let _ =
                if *is_number { write!(line, "{space}{text}  ") } else { write!(line, "{text}{space}  ") };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// One character for each count; a gap is a dot, which no count is.
pub(super) fn sparkline(counts: &[Option<u64>]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().flatten().max().copied().unwrap_or(0).max(1);
    counts
        .iter()
        .map(|count| match count {
            None => '·',
            Some(0) => ' ',
            Some(count) => BARS[usize::try_from((count * 8).div_ceil(most)).unwrap_or(8).clamp(1, 8) - 1],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_and_gaps_are_seen() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(999), "999");
        assert_eq!(sparkline(&[None, Some(0), Some(1), Some(8)]), "· ▁█");
    }

    #[test]
    fn a_post_cannot_command_the_terminal() {
        assert_eq!(harmless("a\u{1b}[31m  b\n\u{202e}c\u{7}"), "a[31m b c");
    }

    #[test]
    fn tables_line_up() {
        let rows = [vec!["late".to_owned(), "12".to_owned()], vec!["lost bag".to_owned(), "3".to_owned()]];
        assert_eq!(
            table(&["problem", "posts"], &rows),
            "problem   posts\nlate         12\nlost bag      3\n"
        );
    }
}
