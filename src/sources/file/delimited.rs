//! Where does a row of a delimited file end, and where do its cells?
//!
//! Not the csv crate, for three reasons found in real files: a lone `\r` in a cell is text where lines end in `\n`
//! (support threads), one unbalanced quote must cost one row and not the rest of the file, and every row must know its
//! line. All three need the bytes of a row, its line ends and a second look at them.

use std::borrow::Cow;

use super::input::MAX_RECORD_BYTES;

/// How a file marks its cells and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between cells; `None` in a file of one column, where every line is a cell.
    pub(super) delimiter: Option<u8>,
    /// `\n`, which a `\r` may precede; or `\r` in a file that has no `\n`.
    pub(super) line_end: u8,
    /// Bytes before the header: a `sep=;` line or a line of comment.
    pub(super) preamble_bytes: usize,
}

/// One cell's place in its row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: usize,
    end: usize,
    /// A doubled quote is in it, or quotes stand where none belong, so its bytes are not yet its text.
    is_escaped: bool,
}

/// What a look at the start of the text found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The text ends before the row does.
    More,
    /// A row.
    Row(Extent),
}

/// How far a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// With its line end.
    pub(super) bytes: usize,
    /// Line ends in it.
    pub(super) lines: u64,
    /// Where its first line ends, in bytes.
    pub(super) first_line_bytes: usize,
    /// It has a line end, or is whole for another reason than that the file ends.
    pub(super) is_ended: bool,
    /// A quote is open at its end, or closed in the middle of a cell.
    pub(super) quotes: Quotes,
}

/// What the quotes of a row are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Each is closed, and at the end of its cell.
    Sound,
    /// One closes in the middle of a cell.
    Loose,
    /// One is open at the end of the text, or of the longest record.
    Open,
}

impl Dialect {
    /// Finds the dialect from the first part of a file; `is_whole` if that is all of it.
    pub(super) fn sniff(sample: &[u8], is_whole: bool, file_name: &str) -> Self {
        let sample = sample.get(..sample.len().min(64 << 10)).unwrap_or_default();
        let is_whole = is_whole && sample.len() < (64 << 10);
        let line_end = if !sample.contains(&b'\n') && sample.contains(&b'\r') { b'\r' } else { b'\n' };
        let mut dialect = Self { delimiter: None, line_end, preamble_bytes: 0 };
        // Spreadsheets write `sep=;` before the header for each other.
        if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\r' | b'\n', ..] = sample {
            let first = sample.iter().position(|byte| *byte == line_end).map_or(0, |at| at + 1);
            return Self { delimiter: Some(*delimiter), preamble_bytes: first, ..dialect };
        }
        let tab_first = file_name.to_ascii_lowercase().contains(".tsv") || file_name.contains(".tab");
        let candidates = if tab_first { [b'\t', b',', b';', b'|'] } else { [b',', b'\t', b';', b'|'] };
        let mut best = 0;
        for candidate in candidates {
            let tried = Self { delimiter: Some(candidate), ..dialect };
            let counts = tried.columns_of_rows(sample, is_whole);
            let Some((first, rest)) = counts.split_first() else { continue };
            let commented = sample.first() == Some(&b'#') && rest.first().is_some_and(|next| next != first);
            let header = if commented { rest.first().copied().unwrap_or(0) } else { *first };
            if header < 2 {
                continue;
            }
            let fitting = rest.iter().filter(|count| **count == header).count();
            // A delimiter that fits the rows wins over one that merely occurs more often in the header.
            let score = (1000 * (fitting + 1) / counts.len().max(1)) * 1000 + header.min(999);
            if score > best {
                best = score;
                let first_line = sample.iter().position(|byte| *byte == line_end).map_or(0, |at| at + 1);
                dialect.delimiter = Some(candidate);
                dialect.preamble_bytes = if commented { first_line } else { 0 };
            }
        }
        dialect
    }

    /// Finds the row at the start of `text` and its cells.
    ///
    /// A row of several lines ends as soon as it cannot be good any more: when a quote in it is loose, or when it has
    /// more than `columns` cells. Only its first line is then rejected, and to look further at each line of a file full
    /// of stray quotes would take time by the square of its length.
    pub(super) fn row(&self, text: &[u8], is_at_end: bool, columns: usize, spans: &mut Vec<Span>) -> Found {
        spans.clear();
        let delimiter = self.delimiter.unwrap_or(self.line_end);
        let end = self.line_end;
        let mut at = 0;
        let mut lines = 0;
        let mut first_line_bytes = 0;
        let mut quotes = Quotes::Sound;
        loop {
            // One cell.
            let mut is_escaped = false;
            let mut start = at;
            let mut close = None;
            if text.get(at) == Some(&b'"') {
                at += 1;
                start = at;
                loop {
                    let Some(skipped) =
                        text.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'"' || *b == end))
                    else {
                        // The cap guards against reading the whole file as one row.
                        let is_too_long = text.len() > MAX_RECORD_BYTES;
                        if !is_at_end && !is_too_long {
                            return Found::More;
                        }
                        let bytes = text.len();
                        spans.push(Span { start, end: bytes, is_escaped });
                        if lines == 0 {
                            first_line_bytes = bytes;
                        }
                        return Found::Row(Extent {
                            bytes,
                            lines,
                            first_line_bytes,
                            is_ended: is_too_long,
                            quotes: Quotes::Open,
                        });
                    };
                    at += skipped;
                    if text.get(at) == Some(&end) {
                        at += 1;
                        lines += 1;
                        if lines == 1 {
                            first_line_bytes = at;
                        }
                        if at > MAX_RECORD_BYTES {
                            spans.push(Span { start, end: at, is_escaped });
                            return Found::Row(Extent {
                                bytes: at,
                                lines,
                                first_line_bytes,
                                is_ended: true,
                                quotes: Quotes::Open,
                            });
                        }
                    } else if text.get(at + 1) == Some(&b'"') {
                        is_escaped = true;
                        at += 2;
                    } else {
                        close = Some(at);
                        at += 1;
                        break;
                    }
                }
            }
            // The rest of the cell, which after a quote should be nothing.
            let tail = at;
            let Some(skipped) =
                text.get(at..).and_then(|rest| rest.iter().position(|b| *b == delimiter || *b == end))
            else {
                if !is_at_end && text.len() <= MAX_RECORD_BYTES {
                    return Found::More;
                }
                let bytes = text.len();
                Self::push_cell(text, (start, close, tail, bytes), is_escaped, &mut quotes, spans);
                if lines == 0 {
                    first_line_bytes = bytes;
                }
                let is_ended = !is_at_end;
                return Found::Row(Extent { bytes, lines, first_line_bytes, is_ended, quotes });
            };
            at += skipped;
            let is_row_end = text.get(at) == Some(&end);
            let has_return = is_row_end && end == b'\n' && at > tail && text.get(at - 1) == Some(&b'\r');
            let cell_end = at - usize::from(has_return);
            Self::push_cell(text, (start, close, tail, cell_end), is_escaped, &mut quotes, spans);
            at += 1;
            if lines > 0 && !is_row_end && (quotes == Quotes::Loose || spans.len() > columns) {
                return Found::Row(Extent { bytes: at, lines, first_line_bytes, is_ended: true, quotes });
            }
            if is_row_end {
                if lines == 0 {
                    first_line_bytes = at;
                }
                lines += 1;
                return Found::Row(Extent { bytes: at, lines, first_line_bytes, is_ended: true, quotes });
            }
        }
    }

    fn push_cell(
        text: &[u8],
        (start, close, tail, end): (usize, Option<usize>, usize, usize),
        is_escaped: bool,
        quotes: &mut Quotes,
        spans: &mut Vec<Span>,
    ) {
        let Some(close) = close else {
            spans.push(Span { start, end, is_escaped: false });
            return;
        };
        let is_clean = text.get(tail..end).is_some_and(|rest| rest.iter().all(u8::is_ascii_whitespace));
        if is_clean {
            spans.push(Span { start, end: close, is_escaped });
        } else {
            *quotes = Quotes::Loose;
            // `"so" he said`: the quotes belong to the text.
            spans.push(Span { start: start - 1, end, is_escaped: false });
        }
    }

    fn columns_of_rows(&self, sample: &[u8], is_whole: bool) -> Vec<usize> {
        let mut counts = Vec::new();
        let mut spans = Vec::new();
        let mut rest = sample;
        while !rest.is_empty() && counts.len() < 1000 {
            match self.row(rest, is_whole, usize::MAX, &mut spans) {
                Found::Row(extent) => {
                    if !is_blank(rest, &spans) {
                        counts.push(spans.len());
                    }
                    rest = rest.get(extent.bytes.max(1)..).unwrap_or_default();
                }
                Found::More => break,
            }
        }
        if counts.is_empty() {
            // The header itself is longer than the sample, or a quote is open in it.
            let _ = self.row(sample, true, usize::MAX, &mut spans);
            counts.push(spans.len());
        }
        counts
    }
}

impl Span {
    /// The bytes of the cell as the file has them.
    pub(super) fn bytes<'a>(&self, row: &'a [u8]) -> &'a [u8] {
        row.get(self.start..self.end).unwrap_or_default()
    }

    /// The text of the cell; bytes that are no UTF-8 become the replacement character.
    pub(super) fn text<'a>(&self, row: &'a [u8]) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(self.bytes(row));
        if self.is_escaped { Cow::Owned(text.replace("\"\"", "\"")) } else { text }
    }
}

/// Whether a row is an empty line.
pub(super) fn is_blank(row: &[u8], spans: &[Span]) -> bool {
    matches!(spans, [only] if only.bytes(row).iter().all(u8::is_ascii_whitespace))
}
