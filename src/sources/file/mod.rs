//! How does a file of any usual shape become posts?
//!
//! [`open`] looks at the first mebibyte and makes a [`Plan`], which a person can read before the run; the reader then
//! gives one [`Row`] for each row of the file, in its order. A row that cannot be read is a row with a reason and costs
//! nothing else. Memory does not grow with the file: what is held is the sample, then one record at a time.
//!
//! `input` unpacks and decodes, `delimited` and `json` find where a record ends, `columns` and `dates` say what its cells
//! mean, `plan` decides all of that once, `compose` makes the post.

mod columns;
mod compose;
#[cfg(test)]
mod corpora;
pub(super) mod dates;
mod delimited;
mod error;
mod input;
mod json;
mod plan;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

pub use self::columns::{PostField, Preset, UnknownField, UnknownPreset};
pub use self::compose::Column;
use self::compose::Composer;
use self::delimited::{Extent, Found, Quotes, Span, is_blank};
pub use self::error::FileError;
pub use self::input::Compression;
use self::input::{MAX_RECORD_BYTES, Window};
pub use self::json::object as json_object;
use self::json::{Element, Leaf, Shape};
use self::plan::Table;
pub use self::plan::{Format, Plan};
use super::text;
use crate::model::{Post, SourceId};

/// The most columns that keys of JSON objects may become; further keys are attributes that are looked up each time.
const MAX_COLUMNS: usize = 4096;
/// The most elements of a JSON array that may lack their closing bracket before the file is given up.
const MAX_UNCLOSED: usize = 500;

/// What a person says about a file that it does not say itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// The kind of file; without it, it is recognised by its columns.
    pub preset: Option<Preset>,
    /// Columns, by name or by number from 1, for the fields they fill; these win over all that is recognised.
    pub map: Vec<(PostField, String)>,
    /// The brand that all posts are about. A column of brands is then an attribute.
    pub brand: Option<String>,
    /// Where all posts are from. A column of sources is then an attribute.
    pub source: Option<SourceId>,
    /// Where the clocks were that wrote dates without an offset. Default: UTC.
    pub time_zone: TimeZone,
}

impl Default for Options {
    fn default() -> Self {
        Self { preset: None, map: Vec::new(), brand: None, source: None, time_zone: TimeZone::UTC }
    }
}

/// One row of the file.
#[derive(Debug)]
pub struct Row {
    /// The line on which it starts, from 1.
    pub line: u64,
    /// The post, or why there is none.
    pub result: Result<Box<Post>, String>,
}

/// Gives the rows of one file, then at most one error.
pub struct FileReader {
    window: Window,
    body: Body,
    composer: Composer,
    keys: FxHashMap<String, usize>,
    plan: Plan,
    bytes_read: Arc<AtomicU64>,
    spans: Vec<Span>,
    unclosed: usize,
    is_done: bool,
}

enum Body {
    Table(Table),
    Lines,
    Elements { is_array: bool },
}

/// Plans how to read `input`. `file_name` is used for the source's name and as a hint, and nothing is opened by it.
pub fn open(
    input: Box<dyn Read + Send>,
    file_name: &str,
    options: &Options,
) -> Result<FileReader, FileError> {
    let input::Opened { mut window, compression, encoding, bytes_read } = input::open(input)?;
    let mut plan = Plan {
        format: Format::JsonLines,
        compression,
        encoding: encoding.name(),
        columns: Vec::new(),
        dates: None,
        preset: None,
        source: plan::source_of(file_name),
        notes: Vec::new(),
    };
    let (body, composer) = if let Some(shape) = json::sniff(window.text(), window.is_at_end()) {
        let composer = plan::json(&mut window, shape, file_name, options, &mut plan)?;
        let body = match shape {
            Shape::Lines => Body::Lines,
            Shape::Elements { is_array, .. } => Body::Elements { is_array },
        };
        (body, composer)
    } else {
        let (table, composer) = plan::delimited(&mut window, file_name, options, &mut plan)?;
        (Body::Table(table), composer)
    };
    let keys = composer.columns.iter().enumerate().map(|(at, column)| (column.name.clone(), at)).collect();
    Ok(FileReader {
        window,
        body,
        composer,
        keys,
        plan,
        bytes_read,
        spans: Vec::new(),
        unclosed: 0,
        is_done: false,
    })
}

/// Reads the dates of one column, in whatever usual form they have in common; those without an offset as in UTC, in which no
/// hour is there twice. `None` where a cell holds none.
#[must_use]
pub fn moments(cells: &[&str]) -> Vec<Option<jiff::Timestamp>> {
    let form = dates::recognise(cells.iter().copied());
    cells.iter().map(|cell| dates::parse(cell, form.order, &TimeZone::UTC)).collect()
}

/// A text as it is read from any file but our own export: entities written out, control characters left out.
#[must_use]
pub fn as_read(raw: &str) -> String {
    text::clean(raw.trim(), text::Entities::Decode)
}

/// A cell of our own export without the apostrophe that keeps a spreadsheet from running it as a formula.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

impl FileReader {
    /// How the file is read.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How many bytes of the file were read so far, before decompression. The last mebibyte of it may be still to come.
    #[must_use]
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        self.bytes_read.clone()
    }

    /// How many cells in the column of dates were no date; their posts are undated.
    #[must_use]
    pub fn undated_cells(&self) -> u64 {
        self.composer.undated_cells
    }

    fn next_cells(&mut self) -> Option<Result<Row, FileError>> {
        loop {
            let Body::Table(table) = &self.body else { return None };
            if self.window.is_empty() {
                return self.window.take_failure().map(Err);
            }
            let (text, is_at_end) = (self.window.text(), self.window.is_at_end());
            let columns = self.composer.columns.len();
            let extent = match table.dialect.row(text, is_at_end, columns, &mut self.spans) {
                Found::More => {
                    self.window.fill();
                    continue;
                }
                Found::Row(extent) => extent,
            };
            if !extent.is_ended && self.window.has_failed() {
                return self.window.take_failure().map(Err);
            }
            if is_blank(text, &self.spans) {
                self.window.consume(extent.bytes, extent.lines);
                continue;
            }
            let line = self.window.line;
            let extra = self.spans.get(columns..).unwrap_or_default();
            // A delimiter at the end of each row makes empty columns without a name.
            if extra.iter().all(|span| span.bytes(text).is_empty()) {
                self.spans.truncate(columns);
            }
            if let Some((reason, bytes, lines)) = table.fault(text, &self.spans, extent, columns) {
                self.window.consume(bytes, lines);
                return Some(Ok(Row { line, result: Err(reason) }));
            }
            let is_header = table.header.len() == columns
                && self.spans.iter().zip(&table.header).all(|(span, name)| span.text(text).trim() == name);
            let result = if is_header {
                Err("the header again".to_owned())
            } else {
                for (at, span) in self.spans.iter().enumerate() {
                    let cell = span.text(text);
                    self.composer.cell(at, if self.composer.is_own { unguarded(&cell) } else { &cell });
                }
                self.composer.finish()
            };
            self.window.consume(extent.bytes, extent.lines);
            return Some(Ok(Row { line, result }));
        }
    }

    fn next_line(&mut self) -> Option<Result<Row, FileError>> {
        loop {
            if self.window.is_empty() {
                return self.window.take_failure().map(Err);
            }
            let text = self.window.text();
            let end = text.iter().position(|byte| *byte == b'\n');
            let is_cut = end.is_none() && self.window.is_at_end();
            if end.is_none() && !is_cut && text.len() <= MAX_RECORD_BYTES {
                self.window.fill();
                continue;
            }
            if is_cut && self.window.has_failed() {
                return self.window.take_failure().map(Err);
            }
            let line = self.window.line;
            let content = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
            if content.len() > MAX_RECORD_BYTES {
                self.skip_line();
                return Some(Ok(Row { line, result: Err("the line is longer than 1 MiB".to_owned()) }));
            }
            let bytes = end.map_or(text.len(), |at| at + 1);
            if content.trim_ascii().is_empty() {
                self.window.consume(bytes, u64::from(!is_cut));
                continue;
            }
            let object = json::object(content);
            self.window.consume(bytes, u64::from(!is_cut));
            let result = match object {
                Ok(object) => self.post(&object),
                Err(error) => Err(json_reason(&error, is_cut)),
            };
            return Some(Ok(Row { line, result }));
        }
    }

    fn next_element(&mut self, is_array: bool) -> Option<Result<Row, FileError>> {
        loop {
            let text = self.window.text();
            let found = json::element(text, is_array, self.window.is_at_end());
            if self.window.has_failed()
                && !matches!(found, Element::Object(..) | Element::Other(..) | Element::End)
            {
                return self.window.take_failure().map(Err);
            }
            let lines_to = |at: usize| text.iter().take(at).filter(|byte| **byte == b'\n').count() as u64;
            let (from, next, result) = match found {
                Element::More => {
                    self.window.fill();
                    continue;
                }
                Element::End => return None,
                Element::Cut => {
                    return Some(Err(FileError::BrokenJson {
                        line: self.window.line,
                        reason: "the file ends inside the array".to_owned(),
                    }));
                }
                Element::Object(from, to) => {
                    let content = text.get(from..to).unwrap_or_default().to_vec();
                    let line = self.window.line + lines_to(from);
                    let all_lines = lines_to(to);
                    let result = match json::object(&content) {
                        Ok(object) => {
                            self.window.consume(to, all_lines);
                            self.post(&object)
                        }
                        Err(error) => {
                            // A broken element may have taken its neighbors with it.
                            let text = self.window.text().get(..to).unwrap_or_default();
                            let again = json::resync(text, from).unwrap_or(to);
                            let lines = text.iter().take(again).filter(|byte| **byte == b'\n').count();
                            self.window.consume(again, lines as u64);
                            Err(json_reason(&error, false))
                        }
                    };
                    return Some(Ok(Row { line, result }));
                }
                Element::Other(from, to) => (from, Some(to), "not a JSON object"),
                Element::Unclosed(from) => {
                    let is_cut = self.window.is_at_end();
                    // Each costs a look at up to a mebibyte, so not every line of a file may be one.
                    self.unclosed += 1;
                    if self.unclosed > MAX_UNCLOSED {
                        let reason = "too many objects are not closed".to_owned();
                        return Some(Err(FileError::BrokenJson { line: self.window.line, reason }));
                    }
                    let again = json::resync(text, from);
                    let rest = if is_cut { Some(text.len()) } else { None };
                    (
                        from,
                        again.or(rest),
                        if is_cut && again.is_none() { CUT } else { "the object is not closed" },
                    )
                }
                Element::Broken(from) => (from, json::resync(text, from), "not a JSON value"),
            };
            let line = self.window.line + lines_to(from);
            let Some(next) = next else {
                let reason = result.to_owned();
                return Some(Err(FileError::BrokenJson { line, reason }));
            };
            // What is cut by the end of the file is the last row, in an array or not.
            self.is_done |= result == CUT;
            let lines = lines_to(next);
            self.window.consume(next, lines);
            return Some(Ok(Row { line, result: Err(result.to_owned()) }));
        }
    }

    /// Makes a post of one JSON object.
    fn post(&mut self, object: &Map<String, Value>) -> Result<Box<Post>, String> {
        json::flatten(object, &mut String::new(), &mut |path, leaf| self.value(path, leaf));
        self.composer.finish()
    }

    fn value(&mut self, path: &str, leaf: Leaf<'_>) {
        let at = if let Some(at) = self.keys.get(path) {
            *at
        } else if self.composer.columns.len() < MAX_COLUMNS {
            self.late_column(path)
        } else {
            let text = match leaf {
                Leaf::Text(text) => text.to_owned(),
                Leaf::Written(text) => text,
                Leaf::List(items) => items.join(", "),
            };
            return self.composer.attribute_named(path.to_lowercase(), &text);
        };
        let is_brand = self.composer.columns.get(at).is_some_and(|column| column.field == PostField::Brand);
        match leaf {
            Leaf::Text(text) => self.composer.cell(at, text),
            Leaf::Written(text) => self.composer.cell(at, &text),
            Leaf::List(items) if is_brand => {
                for item in items {
                    self.composer.cell(at, &item);
                }
            }
            Leaf::List(items) => self.composer.cell(at, &items.join(", ")),
        }
    }

    /// Makes a column of a key that the first rows did not have.
    fn late_column(&mut self, name: &str) -> usize {
        let taken: Vec<_> = self.composer.columns.iter().map(|column| Some(column.field)).collect();
        let field = columns::assign_late(name, self.plan.preset, &taken)
            // What the options fix for all rows stays fixed.
            .filter(|field| !matches!(field, PostField::Source | PostField::Brand | PostField::Skip))
            .unwrap_or(PostField::Attribute);
        let column = plan::column(name, field, self.composer.is_own, &self.composer.columns);
        self.composer.columns.push(column);
        self.keys.insert(name.to_owned(), self.composer.columns.len() - 1);
        self.composer.columns.len() - 1
    }

    /// Drops everything up to the next line end, however far it is.
    fn skip_line(&mut self) {
        loop {
            let text = self.window.text();
            if let Some(at) = text.iter().position(|byte| *byte == b'\n') {
                return self.window.consume(at + 1, 1);
            }
            let bytes = text.len();
            self.window.consume(bytes, 0);
            if self.window.is_at_end() {
                return;
            }
            self.window.fill();
        }
    }
}

/// What is wrong with a text of one line, without saying that it is in line 1: whoever reads it knows the line of the
/// file, which is another.
#[must_use]
pub fn without_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// Why a JSON text is no post.
fn json_reason(error: &serde_json::Error, is_last: bool) -> String {
    if is_last && error.is_eof() {
        CUT.to_owned()
    } else if error.is_data() {
        "not a JSON object".to_owned()
    } else {
        format!("not JSON: {}", without_line(error))
    }
}

const CUT: &str = "the file ends inside this row";

impl Iterator for FileReader {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let next = match self.body {
            Body::Table(_) => self.next_cells(),
            Body::Lines => self.next_line(),
            Body::Elements { is_array } => self.next_element(is_array),
        };
        self.is_done |= !matches!(next, Some(Ok(_)));
        next
    }
}

impl Table {
    /// Why a row cannot be read, with the bytes and line ends to pass over; `None` for a good row.
    ///
    /// A row of several lines that does not fit has most likely an unbalanced quote in its first line, and the lines
    /// after it are rows of their own. Not so at the end of the file, where it may just be cut: there, what the lines
    /// after the first look like decides.
    fn fault(
        &self,
        text: &[u8],
        spans: &[Span],
        extent: Extent,
        columns: usize,
    ) -> Option<(String, usize, u64)> {
        let fits = spans.len() == columns;
        let is_one_line = extent.bytes == extent.first_line_bytes;
        if fits && extent.quotes == Quotes::Sound || fits && is_one_line && extent.quotes == Quotes::Loose {
            return None;
        }
        let first = extent.first_line_bytes;
        let counted = || match spans.len() {
            1 => format!("the row has 1 of {columns} columns"),
            found if found < columns => format!("the row has {found} of {columns} columns"),
            found => format!("the row has {found} columns where the header has {columns}"),
        };
        let may_be_cut = !extent.is_ended && (extent.quotes == Quotes::Open || spans.len() < columns);
        if may_be_cut && (is_one_line || !self.reads_on(text.get(first..).unwrap_or_default(), columns)) {
            return Some((CUT.to_owned(), extent.bytes, extent.lines));
        }
        let reason = match extent.quotes {
            Quotes::Open => "a quote is not closed".to_owned(),
            Quotes::Loose if !is_one_line => "a quote is closed in the middle of a cell".to_owned(),
            Quotes::Loose | Quotes::Sound => counted(),
        };
        Some((reason, first, 1))
    }

    /// Whether the lines of `text` are mostly rows.
    fn reads_on(&self, text: &[u8], columns: usize) -> bool {
        let mut spans = Vec::new();
        let (mut good, mut bad) = (0, 0);
        let mut rest = text;
        while !rest.is_empty() {
            let Found::Row(extent) = self.dialect.row(rest, true, columns, &mut spans) else { break };
            let fits = spans.len() == columns && extent.quotes == Quotes::Sound;
            if fits {
                good += 1;
            } else if !is_blank(rest, &spans) {
                bad += 1;
            }
            let bytes = if fits { extent.bytes } else { extent.first_line_bytes };
            rest = rest.get(bytes.max(1)..).unwrap_or_default();
        }
        good > bad
    }
}
