//! How will a file be read? Decided on its first part, and shown before the run.

use std::fmt;

use rustc_hash::FxHashMap;

use super::Options;
use super::columns::{self, PostField, Preset};
use super::compose::{Column, Composer};
use super::dates;
use super::delimited::{Dialect, Found, Quotes, Span, is_blank};
use super::error::FileError;
use super::input::{Compression, Window};
use super::json::{self, Element, Leaf, Shape};
use crate::model::{PostId, SourceId};

/// How many rows are looked at before the first is delivered.
const SAMPLE_ROWS: usize = 1000;

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the file is written in.
    pub format: Format,
    /// What it is packed in.
    pub compression: Compression,
    /// The encoding's name, as `UTF-8`.
    pub encoding: &'static str,
    /// Each column that the first rows have, and what it fills.
    pub columns: Vec<Column>,
    /// The form of the dates, and whether day and month are guessed; `None` without a column of dates.
    pub dates: Option<String>,
    /// The known kind of file that this is.
    pub preset: Option<Preset>,
    /// The source of posts whose row does not say it.
    pub source: SourceId,
    /// What else a person should know before the run.
    pub notes: Vec<String>,
}

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Rows of cells; `None` if each line is one cell.
    Delimited(Option<char>),
    /// One JSON object on each line.
    JsonLines,
    /// JSON objects in an array, or one after another.
    JsonArray,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.format {
            Format::Delimited(Some(',')) => "CSV".to_owned(),
            Format::Delimited(Some('\t')) => "TSV".to_owned(),
            Format::Delimited(Some(other)) => format!("CSV with `{other}`"),
            Format::Delimited(None) => "one text a line".to_owned(),
            Format::JsonLines => "NDJSON".to_owned(),
            Format::JsonArray => "JSON".to_owned(),
        };
        let packed = match self.compression {
            Compression::None => "",
            Compression::Gzip => ", gzip",
            Compression::Zstd => ", zstd",
        };
        writeln!(f, "{format}{packed}, {}", self.encoding)?;
        if let Some(preset) = self.preset {
            writeln!(f, "preset   {preset}")?;
        }
        let has_source = self.columns.iter().any(|column| column.field == PostField::Source);
        writeln!(
            f,
            "source   {}{}",
            self.source,
            if has_source { ", where the row names none" } else { "" }
        )?;
        for column in &self.columns {
            if !column.field.may_repeat() {
                write!(f, "{:<8} <- {}", column.field, column.name)?;
                match &self.dates {
                    Some(dates) if column.field == PostField::Created && !dates.is_empty() => {
                        writeln!(f, " ({dates})")?;
                    }
                    _ => writeln!(f)?,
                }
            }
        }
        let names = |field| {
            let of = |column: &&Column| column.field == field;
            self.columns
                .iter()
                .filter(of)
                .map(|column| column.attribute.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        for (field, word) in [(PostField::Attribute, "kept as "), (PostField::Skip, "dropped ")] {
            let names = names(field);
            if !names.is_empty() {
                writeln!(f, "{word} {names}")?;
            }
        }
        for note in &self.notes {
            writeln!(f, "note     {note}")?;
        }
        Ok(())
    }
}

/// The first rows, by column.
struct Sample {
    names: Vec<String>,
    cells: Vec<Vec<String>>,
}

/// What a delimited file needs to be read.
pub(super) struct Table {
    pub(super) dialect: Dialect,
    /// As written, to know it when it comes again.
    pub(super) header: Vec<String>,
}

/// Plans a delimited file and moves `window` behind its header.
pub(super) fn delimited(
    window: &mut Window,
    file_name: &str,
    options: &Options,
    plan: &mut Plan,
) -> Result<(Table, Composer), FileError> {
    let dialect = Dialect::sniff(window.text(), window.is_at_end(), file_name);
    plan.format = Format::Delimited(dialect.delimiter.map(char::from));
    window.consume(dialect.preamble_bytes, u64::from(dialect.preamble_bytes > 0));
    let mut spans = Vec::new();
    let mut skipped = 0;
    let mut skipped_lines = 0;
    let first = loop {
        let rest = window.text().get(skipped..).unwrap_or_default();
        if rest.is_empty() {
            return Err(FileError::Empty);
        }
        let Found::Row(extent) = dialect.row(rest, true, usize::MAX, &mut spans) else {
            return Err(FileError::Empty);
        };
        if !is_blank(rest, &spans) {
            break extent;
        }
        skipped += extent.bytes;
        skipped_lines += extent.lines;
    };
    window.consume(skipped, skipped_lines);
    let header: Vec<String> = spans.iter().map(|span| span.text(window.text()).trim().to_owned()).collect();
    let is_numbered = options.map.iter().all(|(_, column)| column.parse::<usize>().is_ok());
    let is_header = is_header(&header)
        || options.map.iter().any(|(_, column)| header.iter().any(|name| name == column.trim()));
    let names = if is_header && first.quotes != Quotes::Open {
        window.consume(first.bytes, first.lines);
        columns::distinct(header.iter().cloned())
    } else if is_numbered && !options.map.is_empty() {
        plan.notes.push("no header: the first row is read as data".to_owned());
        columns::distinct(header.iter().map(|_| String::new()))
    } else {
        let first: String = header.join(" · ").chars().take(60).collect();
        return Err(FileError::NoHeader { first });
    };
    let cells = sample_rows(window.text(), window.is_at_end(), &dialect, names.len());
    let header = if is_header { header } else { Vec::new() };
    let composer = compose(&Sample { names, cells }, file_name, options, plan)?;
    Ok((Table { dialect, header }, composer))
}

/// Plans a JSON file and moves `window` to its first post.
pub(super) fn json(
    window: &mut Window,
    shape: Shape,
    file_name: &str,
    options: &Options,
    plan: &mut Plan,
) -> Result<Composer, FileError> {
    plan.format = if shape == Shape::Lines { Format::JsonLines } else { Format::JsonArray };
    if let Shape::Elements { start, .. } = shape {
        let lines = window.text().iter().take(start).filter(|byte| **byte == b'\n').count();
        window.consume(start, lines as u64);
    }
    let mut sample = Sample { names: Vec::new(), cells: Vec::new() };
    let mut known = FxHashMap::default();
    let mut rest = window.text();
    let (mut rows, mut unclosed) = (0, 0);
    while rows < SAMPLE_ROWS && !rest.is_empty() {
        let (from, to) = match shape {
            Shape::Lines => {
                let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
                (0, line)
            }
            Shape::Elements { is_array, .. } => match json::element(rest, is_array, true) {
                Element::Object(from, to) | Element::Other(from, to) => (from, to),
                Element::Unclosed(from) => match json::resync(rest, from) {
                    Some(to) if unclosed < 20 => {
                        unclosed += 1;
                        (from, to)
                    }
                    _ => break,
                },
                _ => break,
            },
        };
        let text = rest.get(from..to).unwrap_or_default();
        rest = rest.get(to.max(1)..).unwrap_or_default();
        let Ok(object) = json::object(text) else { continue };
        rows += 1;
        json::flatten(&object, &mut String::new(), &mut |path, leaf| {
            let at = *known.entry(path.to_owned()).or_insert_with(|| {
                sample.names.push(path.to_owned());
                sample.cells.push(Vec::new());
                sample.names.len() - 1
            });
            let text = match leaf {
                Leaf::Text(text) => short(text),
                Leaf::Written(text) => short(&text),
                Leaf::List(items) => short(&items.join(", ")),
            };
            if let Some(cells) = sample.cells.get_mut(at) {
                cells.push(text);
            }
        });
    }
    compose(&sample, file_name, options, plan)
}

fn compose(
    sample: &Sample,
    file_name: &str,
    options: &Options,
    plan: &mut Plan,
) -> Result<Composer, FileError> {
    let names = &sample.names;
    let all = || names.join(", ");
    let mut fields = mapped(names, options)?;
    for (at, name) in names.iter().enumerate() {
        let cells = sample.cells.get(at).map(Vec::as_slice).unwrap_or_default();
        if fields.get(at) == Some(&None) && is_unnamed(name, at) && is_row_number(cells) {
            fields[at] = Some(PostField::Skip);
            plan.notes.push(format!("`{name}` only counts the rows"));
        }
    }
    let preset = options.preset.or_else(|| {
        // Many files have columns of the names that our export has; only ours has ids that name their source.
        let is_ours = |cell: &String| PostId::new(cell.trim()).is_ok();
        let id = names.iter().position(|name| columns::normal(name) == "id");
        let ids = id.and_then(|at| sample.cells.get(at)).map(Vec::as_slice).unwrap_or_default();
        Preset::of(names).filter(|preset| *preset != Preset::Grouse || ids.iter().any(is_ours))
    });
    if let Some(named) = options.preset.filter(|preset| !preset.fits(names)) {
        plan.notes
            .push(format!("not all columns of `{}` are there: is it that kind of file?", named.as_str()));
    }
    columns::assign(names, preset, &mut fields);
    let fixed_source = options.source.clone().or_else(|| preset.and_then(Preset::source));
    for field in &mut fields {
        let yields = (*field == Some(PostField::Brand) && options.brand.is_some())
            || (*field == Some(PostField::Source) && fixed_source.is_some());
        if yields {
            *field = Some(PostField::Attribute);
        }
    }
    // Without any column there is no post either: an empty array, or rows that are all broken and say so themselves.
    if !fields.contains(&Some(PostField::Text)) && !names.is_empty() {
        let Some(at) = longest_text(sample, &fields) else {
            return Err(FileError::NoText { columns: all() });
        };
        fields[at] = Some(PostField::Text);
        plan.notes.push(format!(
            "no column is named as a text; `{name}` holds the longest, so it is read as the text (else `--map text=COLUMN`)",
            name = names[at]
        ));
    }

    let source = fixed_source.unwrap_or_else(|| source_of(file_name));
    let mut composer = Composer::new(source.clone(), options.time_zone.clone());
    composer.is_own = preset == Some(Preset::Grouse);
    composer.keeps_ids = composer.is_own && fields.contains(&Some(PostField::Source));
    composer.about.clone_from(&options.brand);
    for (name, field) in names.iter().zip(&fields) {
        let field = field.unwrap_or(PostField::Attribute);
        let tells = [PostField::Id, PostField::Text, PostField::Title, PostField::Created, PostField::Rating];
        composer.is_review |= tells.contains(&field) && columns::says_review(name);
        // Points on a forum are votes, whoever calls them a score.
        composer.is_rating_review &= field != PostField::Rating || columns::normal(name) != "score";
        composer.columns.push(column(name, field, composer.is_own, &composer.columns));
    }
    composer.is_review &= !composer.is_own;
    composer.is_rating_review &= !composer.is_own;
    if let Some(at) = fields.iter().position(|field| *field == Some(PostField::Created)) {
        let cells = sample.cells.get(at).map(Vec::as_slice).unwrap_or_default();
        let form = dates::recognise(cells.iter().map(String::as_str));
        composer.order = form.order;
        if form.name.is_empty() && cells.iter().any(|cell| !cell.trim().is_empty()) {
            plan.notes.push(format!("`{}` holds no date that is recognized: posts stay undated", names[at]));
        }
        plan.dates = Some(form.name);
    } else {
        plan.notes.push("no column of dates: posts stay undated and out of trends".to_owned());
    }
    if !fields.contains(&Some(PostField::Id)) {
        plan.notes.push(
            "no column of ids: an id is made of what the row says, and equal rows are one post".to_owned(),
        );
    }
    plan.preset = preset;
    plan.source = source;
    plan.columns.clone_from(&composer.columns);
    Ok(composer)
}

/// A column under a name as an attribute that no other has.
pub(super) fn column(name: &str, field: PostField, is_own: bool, others: &[Column]) -> Column {
    let mut base = name.to_lowercase();
    if is_own {
        for wrapper in ["attributes.", "attr."] {
            base = base.strip_prefix(wrapper).map(str::to_owned).unwrap_or(base);
        }
    }
    let mut attribute = base.clone();
    let mut number = 2;
    while others.iter().any(|other| other.attribute == attribute) {
        attribute = format!("{base} {number}");
        number += 1;
    }
    Column { name: name.to_owned(), field, attribute }
}

/// What `--map` says, by column.
fn mapped(names: &[String], options: &Options) -> Result<Vec<Option<PostField>>, FileError> {
    let mut fields = vec![None; names.len()];
    for (field, wanted) in &options.map {
        let wanted = wanted.trim();
        let plain = columns::normal(wanted);
        let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let at = names
            .iter()
            .position(|name| name == wanted)
            .or_else(|| names.iter().position(|name| !plain.is_empty() && columns::normal(name) == plain))
            .or(number.filter(|at| *at < names.len()))
            .ok_or_else(|| FileError::NoSuchColumn {
                field: *field,
                column: wanted.to_owned(),
                columns: names.join(", "),
            })?;
        if fields[at].is_some() {
            return Err(FileError::MappedTwice(wanted.to_owned()));
        }
        if !field.may_repeat() && fields.contains(&Some(*field)) {
            return Err(FileError::MappedTwice(field.to_string()));
        }
        fields[at] = Some(*field);
    }
    Ok(fields)
}

fn sample_rows(text: &[u8], is_at_end: bool, dialect: &Dialect, columns: usize) -> Vec<Vec<String>> {
    let mut cells = vec![Vec::new(); columns];
    let mut spans: Vec<Span> = Vec::new();
    let mut rest = text;
    for _ in 0..SAMPLE_ROWS {
        if rest.is_empty() {
            break;
        }
        let Found::Row(extent) = dialect.row(rest, is_at_end, columns, &mut spans) else { break };
        let is_sound = extent.quotes == Quotes::Sound || extent.bytes == extent.first_line_bytes;
        if spans.len() == columns && is_sound {
            for (cell, span) in cells.iter_mut().zip(&spans) {
                cell.push(short(&span.text(rest)));
            }
            rest = rest.get(extent.bytes..).unwrap_or_default();
        } else {
            rest = rest.get(extent.first_line_bytes.max(1)..).unwrap_or_default();
        }
    }
    cells
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Whether the first row names columns: it has a name of the table, or it is nothing but short, distinct words.
fn is_header(cells: &[String]) -> bool {
    let is_value = |cell: &String| {
        cell.chars().count() > 64
            || cell.parse::<f64>().is_ok()
            || dates::parse(cell, dates::DayOrder::MonthFirst, &jiff::tz::TimeZone::UTC).is_some()
            || cell.starts_with("http")
            || cell.starts_with('@')
    };
    if cells.iter().any(is_value) {
        return cells.iter().filter(|cell| columns::is_known(cell)).count() * 2 >= cells.len().max(2);
    }
    if cells.iter().any(|cell| columns::is_known(cell)) {
        return true;
    }
    let mut names: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    let is_wordy = |cell: &String| cell.split_whitespace().count() > 6 || cell.ends_with(['.', '!', '?']);
    count > 0
        && names.len() == count
        && !cells.iter().any(is_wordy)
        && (cells.len() > 1 || !cells[0].contains(' '))
}

fn is_unnamed(name: &str, at: usize) -> bool {
    name == format!("column {}", at + 1) || columns::normal(name).starts_with("unnamed")
}

/// Whether cells count 0, 1, 2 … or 1, 2, 3 …
fn is_row_number(cells: &[String]) -> bool {
    let first: Option<u64> = cells.first().and_then(|cell| cell.trim().parse().ok());
    first.is_some_and(|first| {
        first <= 1 && cells.iter().zip(first..).all(|(cell, number)| cell.trim().parse() == Ok(number))
    })
}

/// The column that reads most like sentences: 20 characters on average, with spaces, and no dates.
fn longest_text(sample: &Sample, fields: &[Option<PostField>]) -> Option<usize> {
    let mut best = None;
    for (at, cells) in sample.cells.iter().enumerate() {
        if fields.get(at) != Some(&None) {
            continue;
        }
        let filled: Vec<&str> =
            cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        let spaced = filled.iter().filter(|cell| cell.contains(' ')).count();
        let dated = filled
            .iter()
            .take(20)
            .filter(|cell| {
                dates::parse(cell, dates::DayOrder::MonthFirst, &jiff::tz::TimeZone::UTC).is_some()
            })
            .count();
        let length: usize = filled.iter().map(|cell| cell.chars().count()).sum();
        let average = length / filled.len().max(1);
        if average >= 20
            && spaced * 2 > filled.len()
            && dated == 0
            && best.is_none_or(|(_, most)| average > most)
        {
            best = Some((at, average));
        }
    }
    best.map(|(at, _)| at)
}

/// `airline_tweets.csv.gz` is from `airline-tweets`, `-` from `stdin`.
pub(super) fn source_of(file_name: &str) -> SourceId {
    const ENDINGS: [&str; 11] =
        ["gz", "zst", "zstd", "csv", "tsv", "tab", "txt", "json", "jsonl", "ndjson", "js"];
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut stem = base;
    while let Some((front, ending)) = stem.rsplit_once('.') {
        if front.is_empty() || !ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) {
            break;
        }
        stem = front;
    }
    let name = if matches!(stem, "-" | "") { "stdin" } else { stem };
    SourceId::from_name(name)
        .or_else(|| SourceId::from_name("file"))
        .unwrap_or_else(|| unreachable!("`file` is a source id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_source_by_its_name() {
        let cases = [
            ("airline_tweets.csv.gz", "airline-tweets"),
            ("/tmp/My Reviews 2024.JSONL", "my-reviews-2024"),
            ("-", "stdin"),
            ("", "stdin"),
            (".csv", "csv"),
            ("///", "stdin"),
            ("…", "file"),
            ("v1.2.csv", "v12"),
        ];
        for (name, expect) in cases {
            assert_eq!(source_of(name).as_str(), expect, "{name}");
        }
    }
}
