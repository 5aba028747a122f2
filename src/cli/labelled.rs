//! How does a file become texts with labels? By the reader that `import` uses, and by which of its columns holds what people
//! said.
//!
//! What cannot be used is put aside, counted and shown: rows that cannot be read, without a text, without a label, with
//! one that is not understood, and those that say nothing about the task.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::output::{harmless, number, say, without_commands};
use crate::insight::evaluation::{Cells, Choice, NO_SIGNAL, Reading, Scale, Task, choose};
use crate::model::Post;
use crate::sources::file::{self, FileReader, Options, PostField};

/// A labelled file is held in memory: people label thousands of texts, not millions.
const MAX_BYTES: u64 = 512 << 20;

/// Distinct values after which a column is one of texts or ids, not of labels.
const MAX_VALUES: usize = 500;

/// Values and rows that are named on the terminal.
const NAMED: usize = 5;

/// Which columns hold what.
#[derive(Debug, Clone, Args)]
pub(super) struct Columns {
    /// Column of the texts, by name or by number from 1 [default: found by its name]
    #[arg(long, value_name = "COLUMN")]
    pub(super) text: Option<String>,
    /// Column of the labels [default: found by its name and by what stands in it]
    #[arg(long, value_name = "COLUMN")]
    pub(super) label: Option<String>,
}

/// A labelled file.
pub(super) struct Labelled {
    /// Its name for people.
    pub(super) name: String,
    /// The column of the labels.
    pub(super) column: String,
    /// The texts, each with its class, in the order of the file.
    pub(super) rows: Vec<(Post, String)>,
    /// What could not be used.
    pub(super) aside: Aside,
}

/// Rows of a file that could not be used.
#[derive(Debug, Default, Serialize)]
pub(super) struct Aside {
    /// Rows that could not be read.
    pub(super) unread: u64,
    /// Some of them, as line and reason.
    pub(super) unread_rows: Vec<(u64, String)>,
    /// Rows without a text.
    pub(super) without_text: u64,
    /// Rows without a label.
    pub(super) without_label: u64,
    /// Rows whose label is not understood.
    pub(super) unknown: u64,
    /// Such labels, the commonest first, with how many rows have them.
    pub(super) unknown_labels: Vec<(String, u64)>,
    /// Rows whose label says nothing about the task, by why.
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

/// Where the label of a row stands.
enum Place {
    Rating,
    Attribute(String),
}

/// Reads a labelled file, and shows on standard error how it is read and what is put aside. `brand` is a column of brands, or
/// the one brand that all rows are about.
pub(super) fn read(path: &Path, task: Task, columns: &Columns, brand: Option<&str>) -> Result<Labelled> {
    let (name, bytes) = bytes(path)?;
    let open = |options: &Options| -> Result<FileReader> {
        let input = Cursor::new(bytes.clone());
        file::open(Box::new(input), &name, options).with_context(|| format!("could not read {name}"))
    };
    let mut options = Options::default();
    if let Some(text) = &columns.text {
        options.map.push((PostField::Text, text.clone()));
    }
    let found = open(&options)?;
    let known = &found.plan().columns;
    let column = |wanted: &str| {
        let by_number = || wanted.parse::<usize>().ok().and_then(|at| known.get(at.checked_sub(1)?));
        known
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(wanted.trim()))
            .or_else(by_number)
            .cloned()
    };
    match brand.map(|brand| (brand, column(brand))) {
        Some((_, Some(column))) => options.map.push((PostField::Brand, column.name)),
        Some((brand, None)) => options.brand = Some(brand.to_owned()),
        None => {}
    }
    let label = match &columns.label {
        None => None,
        Some(label) => Some(column(label).with_context(|| {
            let names: Vec<&str> = known.iter().map(|column| column.name.as_str()).collect();
            format!("there is no column `{label}` for --label; columns: {}", names.join(", "))
        })?),
    };
    // A label is read as it is written, and a judge must not see it: a column of languages is no hint then.
    for column in known {
        let is_label = label.as_ref().is_some_and(|label| label.name == column.name);
        let is_hint = task == Task::Language && column.field == PostField::Lang;
        let is_kept = matches!(column.field, PostField::Rating | PostField::Attribute);
        if (is_label || is_hint) && !is_kept {
            options.map.push((PostField::Attribute, column.name.clone()));
        }
    }
    let mut reader = open(&options)?;
    let plan = reader.plan().clone();
    for (line, at) in plan.to_string().trim_end().lines().zip(0..) {
        let line = without_commands(line);
        say(if at == 0 { format!("{name}: {line}") } else { format!("  {line}") });
    }
    let mut aside = Aside::default();
    let posts =
        posts(&mut reader, &mut aside).with_context(|| format!("could not read {name} to its end"))?;
    let named = |attribute: &str| {
        let of = plan.columns.iter().find(|column| column.attribute == attribute);
        of.map_or_else(|| attribute.to_owned(), |column| column.name.clone())
    };
    let rating = plan.columns.iter().find(|column| column.field == PostField::Rating);
    let (cells, places) = cells(&posts, rating.map_or("rating", |column| &column.name), named);
    let choice = match &label {
        Some(label) => {
            let at = cells.iter().position(|cells| cells.name == label.name);
            let at = at.with_context(|| {
                format!("column `{}` holds no labels: it is empty, or has too many values", label.name)
            })?;
            Choice { column: at, scale: cells[at].scale() }
        }
        None => choose(task, &cells).with_context(|| {
            let all: Vec<&str> = plan.columns.iter().map(|column| column.name.as_str()).collect();
            format!(
                "no column of {name} is recognized as labels of {task}; say which one with --label COLUMN; columns: {}",
                all.join(", ")
            )
        })?,
    };
    let labels = &cells[choice.column];
    say(format_args!("  {}", without_commands(&mapping(task, labels, choice.scale))));
    let rows = classed(posts, task, &places[choice.column], choice.scale, &mut aside);
    for line in aside.lines() {
        say(format_args!("  {}", without_commands(&line)));
    }
    if rows.is_empty() {
        bail!("no row of {name} can be used: see above what was put aside, or choose with --label COLUMN");
    }
    Ok(Labelled { name, column: labels.name.clone(), rows, aside })
}

fn bytes(path: &Path) -> Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let name = if path.as_os_str() == "-" {
        io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .context("could not read standard input")?;
        "standard input".to_owned()
    } else {
        let failed = || format!("could not read {}", path.display());
        let file = File::open(path).with_context(failed)?;
        if file.metadata().with_context(failed)?.is_dir() {
            bail!("{} is a folder: name a file in it", path.display());
        }
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(failed)?;
        path.display().to_string()
    };
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{name} has more than 512 MB: give a part of it");
    }
    Ok((name, bytes))
}

fn posts(reader: &mut FileReader, aside: &mut Aside) -> Result<Vec<Post>, file::FileError> {
    let mut posts = Vec::new();
    for row in reader {
        let row = row?;
        match row.result {
            Ok(post) if post.text.trim().is_empty() && post.title.is_none() => aside.without_text += 1,
            Ok(post) => posts.push(*post),
            Err(reason) => {
                aside.unread += 1;
                if aside.unread_rows.len() < NAMED {
                    aside.unread_rows.push((row.line, reason));
                }
            }
        }
    }
    Ok(posts)
}

/// The columns that may hold labels, and where their values stand in a post.
fn cells(posts: &[Post], rating: &str, name: impl Fn(&str) -> String) -> (Vec<Cells>, Vec<Place>) {
    let mut attributes: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    let mut ratings: BTreeMap<String, u64> = BTreeMap::new();
    for post in posts {
        if let Some(stars) = post.rating {
            *ratings.entry(stars.to_string()).or_default() += 1;
        }
        for (attribute, value) in &post.attributes {
            let values = attributes.entry(attribute).or_default();
            if values.len() <= MAX_VALUES {
                *values.entry(value.trim().to_owned()).or_default() += 1;
            }
        }
    }
    let mut all = Vec::new();
    if !ratings.is_empty() {
        all.push((Cells { name: rating.to_owned(), is_rating: true, values: ratings }, Place::Rating));
    }
    for (attribute, values) in attributes {
        if values.len() <= MAX_VALUES {
            let cells = Cells { name: name(attribute), is_rating: false, values };
            all.push((cells, Place::Attribute(attribute.to_owned())));
        }
    }
    all.into_iter().unzip()
}

fn classed(
    posts: Vec<Post>,
    task: Task,
    place: &Place,
    scale: Scale,
    aside: &mut Aside,
) -> Vec<(Post, String)> {
    let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = Vec::with_capacity(posts.len());
    for post in posts {
        let label = match place {
            Place::Rating => post.rating.map(|stars| stars.to_string()),
            Place::Attribute(name) => post.attributes.get(name).cloned(),
        };
        // Of signals, nothing says that there is none.
        let label = label.or_else(|| (task == Task::Signal).then(|| NO_SIGNAL.to_owned()));
        let Some(label) = label else {
            aside.without_label += 1;
            continue;
        };
        match task.read(&label, scale) {
            Reading::Class(class) => rows.push((post, class)),
            Reading::LeftOut(why) => *aside.left_out.entry(why).or_default() += 1,
            Reading::Unknown => {
                aside.unknown += 1;
                *unknown.entry(label.chars().take(30).collect()).or_default() += 1;
            }
        }
    }
    // A column of texts by mistake: what people wrote is not shown.
    let are_labels = unknown.len() <= MAX_VALUES / 10;
    let mut unknown: Vec<(String, u64)> = unknown.into_iter().filter(|_| are_labels).collect();
    unknown.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    unknown.truncate(NAMED);
    aside.unknown_labels = unknown;
    rows
}

/// What the values of the column of labels are taken for.
fn mapping(task: Task, labels: &Cells, scale: Scale) -> String {
    let mut by_class: BTreeMap<String, (Vec<&str>, u64)> = BTreeMap::new();
    for (value, count) in &labels.values {
        if let Reading::Class(class) = task.read(value, scale) {
            let (values, all) = by_class.entry(class).or_default();
            values.push(value);
            *all += count;
        }
    }
    let mut out = format!("label    <- {}: ", labels.name);
    for (at, (class, (values, count))) in by_class.iter().enumerate() {
        let more = if values.len() > NAMED { ", …" } else { "" };
        let values = values.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let and = if at > 0 { "; " } else { "" };
        let _ = write!(out, "{and}{values}{more} → {class} ({})", number(*count));
    }
    out
}

impl Aside {
    /// All rows that could not be used.
    pub(super) fn total(&self) -> u64 {
        let left_out: u64 = self.left_out.values().sum();
        self.unread + self.without_text + self.without_label + self.unknown + left_out
    }

    /// What was put aside, as a person reads it.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut note = |count: u64, what: &str| {
            if count > 0 {
                lines.push(format!("aside    {} {what}", rows(count)));
            }
        };
        note(self.unread, "that could not be read");
        for (line, reason) in &self.unread_rows {
            note(1, &format!("of them on line {line}: {}", harmless(reason)));
        }
        note(self.without_text, "without a text");
        note(self.without_label, "without a label");
        note(self.unknown, "with a label that is not understood");
        for (label, count) in &self.unknown_labels {
            note(*count, &format!("of them with `{}`", harmless(label)));
        }
        for (why, count) in &self.left_out {
            note(*count, &format!("left out: {why}"));
        }
        lines
    }
}

/// `1 row`, `2 rows`.
pub(super) fn rows(count: u64) -> String {
    format!("{} {}", number(count), if count == 1 { "row" } else { "rows" })
}
