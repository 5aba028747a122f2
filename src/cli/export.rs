//! `grouse export`: how does one get all the posts that answer a question? As a stream.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, posts, say};
use super::watchlists;
use crate::api::{self, PostAnswer, post_answer};
use crate::model::{BrandId, Watchlist};
use crate::sources;
use crate::state::State;
use crate::store::{Record, Snapshot, Store};

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
    /// Put no apostrophe before CSV cells that begin with = + - or @, which a spreadsheet may run as formulas
    #[arg(long)]
    raw_cells: bool,
    /// NDJSON, as with --format ndjson
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Ndjson,
    Csv,
}

impl Export {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        // One state of the index for all of it, whoever writes meanwhile.
        let snapshot = store.snapshot()?;
        let filters = self.filters.asked();
        // The question is understood before a file is touched.
        filters.question(&snapshot)?;
        match &self.output {
            None => self.write(&snapshot, &filters, io::stdout().lock())?,
            Some(path) => self
                .write_file(&snapshot, &filters, path)
                .with_context(|| format!("could not write {}", path.display()))?,
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Writes a file that has all or, if something fails, is as it was before.
    fn write_file(&self, snapshot: &Snapshot, filters: &api::Filters, path: &Path) -> Result<()> {
        // A device or a pipe cannot be put in place of another.
        if path.exists() && !path.is_file() {
            return self.write(snapshot, filters, File::options().write(true).open(path)?);
        }
        // Where a link leads is written, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut beside = path.clone().into_os_string();
        beside.push(format!(".{}.part", std::process::id()));
        let file = File::create_new(&beside)?;
        let written = self.write(snapshot, filters, file).and_then(|()| Ok(fs::rename(&beside, &path)?));
        if written.is_err() {
            // The cause is what counts; a part that cannot be removed either is plain to see.
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn write(&self, snapshot: &Snapshot, filters: &api::Filters, out: impl Write) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let mut failure: Option<io::Error> = None;
        let mut terms = Terms::of(&self.data.data)?;
        match self.format {
            Format::Ndjson => {
                api::export(snapshot, filters, |record, problems| {
                    let mut row = self.row(&record, &mut terms);
                    row.post.problems = problems;
                    let written = serde_json::to_writer(&mut out, &row.json())
                        .map_err(io::Error::from)
                        .and_then(|()| out.write_all(b"\n"));
                    failure = written.err();
                    failure.is_none()
                })?;
            }
            Format::Csv => {
                let names = snapshot.attribute_names()?;
                let mut writer = csv::Writer::from_writer(&mut out);
                let head: Vec<String> = COLUMNS
                    .iter()
                    .map(|name| (*name).to_owned())
                    .chain(names.iter().map(|name| format!("attr.{name}")))
                    .collect();
                writer.write_record(&head)?;
                api::export(snapshot, filters, |record, problems| {
                    let mut row = self.row(&record, &mut terms);
                    row.post.problems = problems;
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
        out.flush()?;
        terms.tell();
        Ok(())
    }

    fn row(&self, record: &Record, terms: &mut Terms) -> Row {
        let ids_only = terms.ids_only(record.post.source.as_str());
        Row { author: self.author(record), post: post_answer(record, None), ids_only }
    }

    fn author(&self, record: &Record) -> Option<String> {
        self.authors.then(|| record.post.author.as_ref().map(|author| author.handle.clone())).flatten()
    }
}

/// What may be passed on of each source, and what was.
struct Terms {
    watchlists: Vec<Watchlist>,
    /// By source, the rule over it, if there is one, and its posts that were exported.
    met: BTreeMap<String, (Option<sources::Terms>, u64)>,
}

impl Terms {
    /// By the watchlists that are kept in the data folder.
    fn of(data: &Path) -> Result<Self> {
        let state = State::open_if_there(data)?;
        Ok(Self { watchlists: watchlists::kept(state.as_ref())?, met: BTreeMap::new() })
    }

    /// The rule by which only the id of a post of `source` is passed on, if there is one.
    fn ids_only(&mut self, source: &str) -> Option<String> {
        if !self.met.contains_key(source) {
            self.met.insert(source.to_owned(), (sources::terms(source, &self.watchlists), 0));
        }
        let (terms, count) = self.met.get_mut(source)?;
        *count += 1;
        terms.as_ref().filter(|terms| terms.is_ids_only).map(|terms| terms.rule.clone())
    }

    /// Says by which rules posts were kept back, or passed on that a site would keep back.
    fn tell(self) {
        for (source, (terms, count)) in self.met {
            let Some(terms) = terms else { continue };
            let link = terms.link.map_or_else(String::new, |link| format!(" ({link})"));
            let what = if terms.is_ids_only { "only the id was exported" } else { "all was exported" };
            let rule = harmless(&terms.rule);
            say(format_args!("grouse: of {} from {source} {what}, by this rule: {rule}{link}", posts(count)));
        }
    }
}

/// Columns that every post may have.
const COLUMNS: [&str; 30] = [
    "id",
    "source",
    "kind",
    "created",
    "author",
    "lang",
    "brands",
    "mentions",
    "directed",
    "title",
    "text",
    "rating",
    "reach",
    "reply_to",
    "url",
    "masked",
    "complaint.verdict",
    "complaint.probability",
    "severity",
    "intent",
    "switch.from",
    "switch.to",
    "target",
    "sentiment",
    "signals",
    "case",
    "corrected",
    "route",
    "problems",
    "problem_names",
];

struct Row {
    post: PostAnswer,
    /// The handle, where it may be seen.
    author: Option<String>,
    /// The rule by which only the id is passed on.
    ids_only: Option<String>,
}

/// What is passed on of one post.
#[derive(Serialize)]
#[serde(untagged)]
enum Passed {
    Post(Box<PostAnswer>),
    Id { id: String, source: String, ids_only: String },
}

impl Row {
    fn json(&self) -> Passed {
        if let Some(ids_only) = self.ids_only.clone() {
            return Passed::Id { id: self.post.id.clone(), source: self.post.source.clone(), ids_only };
        }
        let mut post = self.post.clone();
        if let Some(author) = &self.author {
            post.author = Some(author.clone());
        }
        Passed::Post(Box::new(post))
    }

    fn cells(&self, attributes: &[String]) -> Vec<String> {
        let post = &self.post;
        if self.ids_only.is_some() {
            let mut cells = vec![post.id.clone(), post.source.clone()];
            cells.resize(COLUMNS.len() + attributes.len(), String::new());
            return cells;
        }
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let brands =
            |brands: &[BrandId]| brands.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
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
        let brand = |brand: Option<&BrandId>| brand.map(ToString::to_string).unwrap_or_default();
        let (judgement, switch) = (&post.judgement, post.judgement.switch.as_ref());
        cells.extend([
            judgement.complaint.verdict.to_string(),
            judgement.complaint.probability.to_string(),
            judgement.severity.unwrap_or("").to_owned(),
            judgement.intent.to_owned(),
            brand(switch.and_then(|switch| switch.from.as_ref())),
            brand(switch.and_then(|switch| switch.to.as_ref())),
            brand(judgement.target.as_ref()),
            judgement.sentiment.to_string(),
            judgement.signals.join(", "),
            post.case.to_string(),
            post.corrected.join(", "),
            text(&post.route),
        ]);
        let problems = post.problems.as_deref().unwrap_or_default();
        cells.push(problems.iter().map(|problem| problem.id.as_str()).collect::<Vec<_>>().join(", "));
        // Names may have commas in them.
        cells.push(problems.iter().map(|problem| problem.name.as_str()).collect::<Vec<_>>().join("; "));
        cells.extend(attributes.iter().map(|name| post.attributes.get(name).cloned().unwrap_or_default()));
        cells
    }
}

/// A cell that a spreadsheet takes for text: an apostrophe stands before what could begin a formula, and before each
/// that stood there already, so that import can take it away again.
fn guarded(cell: String) -> String {
    let is_formula = cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    // A number is no formula: a sentiment of -0.7 stays one.
    if is_formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell }
}
