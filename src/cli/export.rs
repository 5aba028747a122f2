//! `grouse export`: all the posts that answer a question, as a stream.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use crate::api::{self, PostAnswer, post_answer};
use crate::store::{Record, Store};

/// Write all posts that answer a question, as NDJSON or CSV
#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    filters: Filters,
    /// Form of the rows
    #[arg(long, value_enum, default_value = "ndjson")]
    format: Format,
    /// File to write [default: standard output]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// With the handles of authors instead of their pseudonyms
    #[arg(long)]
    authors: bool,
    /// Leave CSV cells that begin with = + - or @ as they are; a spreadsheet may run them as formulas
    #[arg(long)]
    raw_cells: bool,
    /// NDJSON, as with --format ndjson
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Ndjson,
    Csv,
}

impl Export {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let filters = self.filters.asked();
        // The question is understood before a file is touched.
        filters.question(&*store.snapshot()?)?;
        match &self.output {
            None => self.write(&store, &filters, io::stdout().lock())?,
            Some(path) => {
                let beside = path.with_extension("part");
                let failed = || format!("could not write {}", path.display());
                let file = File::create(&beside).with_context(failed)?;
                self.write(&store, &filters, file).with_context(failed)?;
                std::fs::rename(&beside, path).with_context(failed)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn write(&self, store: &Store, filters: &api::Filters, out: impl Write) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut failure: Option<io::Error> = None;
        match self.format {
            Format::Ndjson => {
                api::export(store, filters, |record| {
                    let row = Row { author: self.author(&record), post: post_answer(&record, None) };
                    let written = serde_json::to_writer(&mut out, &row.json())
                        .map_err(io::Error::from)
                        .and_then(|()| out.write_all(b"\n"));
                    failure = written.err();
                    failure.is_none()
                })?;
            }
            Format::Csv => {
                let names = store.snapshot()?.attribute_names()?;
                let mut writer = csv::Writer::from_writer(&mut out);
                let head: Vec<String> = COLUMNS
                    .iter()
                    .map(|name| (*name).to_owned())
                    .chain(names.iter().map(|name| format!("attr.{name}")))
                    .collect();
                writer.write_record(&head)?;
                api::export(store, filters, |record| {
                    let row = Row { author: self.author(&record), post: post_answer(&record, None) };
                    let cells = row
                        .cells(&names)
                        .into_iter()
                        .map(|cell| if self.raw_cells { cell } else { guarded(cell) });
                    failure = writer.write_record(cells).err().map(io::Error::from);
                    failure.is_none()
                })?;
                writer.flush()?;
            }
        }
        if let Some(error) = failure {
            return Err(error.into());
        }
        Ok(out.flush()?)
    }

    fn author(&self, record: &Record) -> Option<String> {
        self.authors.then(|| record.post.author.as_ref().map(|author| author.handle.clone())).flatten()
    }
}

/// Columns that every post may have.
const COLUMNS: [&str; 16] = [
    "id", "source", "kind", "created", "author", "lang", "brands", "mentions", "directed", "title", "text",
    "rating", "reach", "reply_to", "url", "masked",
];

struct Row {
    post: PostAnswer,
    /// The handle, where it may be seen.
    author: Option<String>,
}

impl Row {
    fn json(&self) -> impl Serialize + '_ {
        let mut post = self.post.clone();
        if let Some(author) = &self.author {
            post.author = Some(author.clone());
        }
        post
    }

    fn cells(&self, attributes: &[String]) -> Vec<String> {
        let post = &self.post;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let brands = |brands: &[crate::model::BrandId]| {
            brands.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let mut cells = vec![
            post.id.clone(),
            post.source.clone(),
            post.kind.to_owned(),
            text(&post.created),
            self.author.clone().or_else(|| post.author.clone()).unwrap_or_default(),
            post.lang.to_owned(),
            brands(&post.brands),
            brands(&post.mentions),
            brands(&post.directed),
            text(&post.title),
            post.text.clone(),
            post.rating.map_or_else(String::new, |rating| rating.to_string()),
            post.reach.map_or_else(String::new, |reach| reach.to_string()),
            text(&post.reply_to),
            text(&post.url),
            post.masked.to_string(),
        ];
        cells.extend(attributes.iter().map(|name| post.attributes.get(name).cloned().unwrap_or_default()));
        cells
    }
}

/// A cell that a spreadsheet takes for text: an apostrophe stands before what could begin a formula.
fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
