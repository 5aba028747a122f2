//! Where is a file wrong, and what mends it?
//!
//! A file is read to its end whatever is found on the way, so that a person mends everything in one go.

use std::fmt;

/// Longest piece of the file that a message repeats, in characters: enough to recognize it, and no wall of text.
const MAX_QUOTED: usize = 60;

/// One thing that is wrong in a file, and what to do about it. Ordered by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line in the file, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What mends it.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}; {}", self.line, self.problem, self.remedy)
    }
}

/// Gathers what is wrong with one text, and what is merely unwise.
pub(super) struct Report<'t> {
    text: &'t str,
    /// Byte at which each line starts.
    starts: Vec<usize>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Fault>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts, faults: Vec::new(), warnings: Vec::new() }
    }

    /// Something that must be mended before the file is of use; `at` is a byte of the text.
    pub(super) fn fault(&mut self, at: usize, problem: impl Into<String>, remedy: impl Into<String>) {
        let (line, column) = self.place(at);
        self.faults.push(Fault { line, column, problem: problem.into(), remedy: remedy.into() });
    }

    /// Something that works and will disappoint.
    pub(super) fn warn(&mut self, at: usize, problem: impl Into<String>, remedy: impl Into<String>) {
        let (line, column) = self.place(at);
        self.warnings.push(Fault { line, column, problem: problem.into(), remedy: remedy.into() });
    }

    /// Line of a byte, from 1. The end of the file is where its last word ends, since nobody sees the lines after it.
    pub(super) fn line(&self, at: usize) -> usize {
        let at = at.min(self.text.trim_end().len());
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// Line and column of a byte.
    fn place(&self, at: usize) -> (usize, usize) {
        let at = at.min(self.text.trim_end().len());
        let line = self.line(at);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..).unwrap_or("").char_indices();
        (line, before.take_while(|(i, c)| start + i + c.len_utf8() <= at).count() + 1)
    }
}

/// A piece of the file as a message repeats it: shortened, and without characters that would disturb a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (i, c) in text.chars().enumerate() {
        if i == MAX_QUOTED {
            out.push('…');
            break;
        }
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out.push('`');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_has_a_line_and_a_column() {
        let report = Report::new("één\ntwee\r\n\n  drie\n\n");
        let check = |needle: &str, expect: (usize, usize)| {
            let at = report.text.find(needle).unwrap();
            assert_eq!(report.place(at), expect, "{needle}");
        };
        check("é", (1, 1));
        check("n", (1, 3));
        check("twee", (2, 1));
        check("drie", (4, 3));
        assert_eq!(report.place(2_000), (4, 7));
        assert_eq!(Report::new("").place(7), (1, 1));
    }

    #[test]
    fn what_is_repeated_is_short_and_harmless() {
        assert_eq!(quoted("a\u{1b}[31mb\n"), "`a\\u{1b}[31mb\\n`");
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), MAX_QUOTED + 3);
    }
}
