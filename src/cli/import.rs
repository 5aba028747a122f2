//! `grouse import`: how do files become posts that can be searched?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Data;
use super::correct::heal_all;
use super::output::{harmless, json, number, say, text, without_commands};
use super::reindex::{say_if_mixed, say_waiting};
use super::watchlists;
use crate::ingest::{Happening, IngestConfig, Report, ingest};
use crate::model::{Post, SourceId};
use crate::sources::file::{self, FileError, FileReader, Options, PostField, Preset, Row};
use crate::state::State;
use crate::store::{Writer, WriterConfig};

/// Rows that are named on the terminal; all are in the rejects file.
const NAMED: usize = 5;

/// Take in files: CSV, TSV, NDJSON or JSON, plain, gzip or zstd
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Files; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Watchlist whose brands are looked for: a file or a name
    #[arg(long, short, value_name = "WATCHLIST")]
    watchlist: Option<String>,
    /// Kind of file, where it is not recognized: airline-tweets, support-threads, cfpb, trustpilot or grouse
    #[arg(long)]
    preset: Option<Preset>,
    /// Column for a field, as `text=Review_S` (may be repeated); columns by name or by number from 1
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapping)]
    map: Vec<(PostField, String)>,
    /// Brand that all posts are about
    #[arg(long)]
    brand: Option<String>,
    /// Source that all posts are from, as twitter
    #[arg(long, value_parser = source)]
    source: Option<SourceId>,
    /// File for rows that could not be read [default: rejects/ in the data folder]
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Show how the files would be read, and take nothing in
    #[arg(long)]
    dry_run: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

fn mapping(text: &str) -> Result<(PostField, String), String> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN, as text=Review_S")?;
    Ok((field.parse().map_err(|error: file::UnknownField| error.to_string())?, column.to_owned()))
}

fn source(text: &str) -> Result<SourceId, String> {
    SourceId::from_name(text).ok_or_else(|| "a source has a letter or digit in its name".to_owned())
}

/// What an import reports of one file.
#[derive(Serialize)]
struct FileReport {
    file: String,
    source: String,
    /// Rows read, rejected ones included.
    rows: u64,
    rejected: u64,
    new: u64,
    changed: u64,
    unchanged: u64,
    /// Rows that share an id with an earlier row; the later one is kept.
    repeated: u64,
    undated: u64,
    /// Posts in which something private was masked.
    masked: u64,
    brands: BTreeMap<String, u64>,
    languages: BTreeMap<&'static str, u64>,
    /// Rows that share an id, as line and id.
    repeated_rows: Vec<(u64, String)>,
    /// Rows that could not be read, as line and reason.
    rejected_rows: Vec<(u64, String)>,
    /// Where all of these rows are listed; null without any.
    rejects_file: Option<String>,
    seconds: f64,
}

impl Import {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let (watchlist, watchlist_text) =
            self.watchlist.as_deref().map(watchlists::load_with_text).transpose()?.unzip();
        let options = Options {
            preset: self.preset,
            map: self.map.clone(),
            brand: self.brand.clone(),
            source: self.source.clone(),
            time_zone: watchlist.as_ref().map_or(TimeZone::UTC, |watchlist| watchlist.time_zone.clone()),
        };
        self.keep_input_and_rejects_apart()?;
        // Every file is looked at before the first is taken in: a wrong name costs nothing.
        let mut looked_at = Vec::new();
        for path in &self.files {
            let opened = open(path, &options)?;
            for (line, at) in opened.reader.plan().to_string().trim_end().lines().zip(0..) {
                let line = without_commands(line);
                say(if at == 0 { format!("{}: {line}", opened.name) } else { format!("  {line}") });
            }
            // A file is opened again in its turn, so that a thousand are not held open; a pipe cannot be.
            looked_at.push(if opened.size.is_some() { Err(path) } else { Ok(opened) });
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        // The program's own clock is read here, at the rim.
        #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
        let now = Timestamp::now();
        let config = WriterConfig::default();
        let mut writer = Writer::open_in_turn(&self.data.data, "grouse import", now, config, say_waiting)?;
        if let (Some(watchlist), Some(text)) = (&watchlist, &watchlist_text) {
            State::open(&self.data.data)?.keep_watchlist(&watchlist.id, text, now)?;
        }
        heal_all(&self.data.data, &mut writer)?;
        let mut reports = Vec::new();
        let mut failure = None;
        let mut one_list = self.rejects.clone().map(Rejects::new);
        let mut left = looked_at.len();
        for file in looked_at {
            left -= 1;
            let opened = file.or_else(|path| open(path, &options))?;
            let name = opened.name.clone();
            let rejects = one_list.take().unwrap_or_else(|| {
                let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
                Rejects::new(unused(&self.data.data.join("rejects"), &plain_name(&name), &stamp))
            });
            let (report, rejects, broke) = take_in(opened, watchlist.as_ref(), &mut writer, rejects)?;
            one_list = self.rejects.is_some().then_some(rejects);
            if !self.json {
                text(&shown(&report))?;
            }
            reports.push(report);
            if let Some(error) = broke {
                let after = match left {
                    0 => String::new(),
                    1 => ", and the file after it not at all".to_owned(),
                    left => format!(", and the {left} files after it not at all"),
                };
                let what = format!("{name} was not read to its end{after}");
                failure = Some(anyhow::Error::new(error).context(what));
                break;
            }
        }
        // What people said meanwhile, while the index was ours.
        heal_all(&self.data.data, &mut writer)?;
        say_if_mixed(&writer)?;
        writer.close()?;
        if self.json {
            json(&reports)?;
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(ExitCode::SUCCESS),
        }
    }

    /// The list of rejects is written anew, which must not cost a file that is to be read.
    fn keep_input_and_rejects_apart(&self) -> Result<()> {
        let Some(rejects) = self.rejects.as_ref().and_then(|path| path.canonicalize().ok()) else {
            return Ok(());
        };
        if self.files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == rejects)) {
            bail!("--rejects {} would overwrite a file that is to be read: name another", rejects.display());
        }
        Ok(())
    }
}

/// A file that was looked at.
struct Opened {
    name: String,
    /// Bytes; `None` of a pipe.
    size: Option<u64>,
    reader: FileReader,
}

/// A path in `folder` that nothing has yet.
fn unused(folder: &Path, name: &str, stamp: &str) -> PathBuf {
    let first = folder.join(format!("{name}-{stamp}.csv"));
    std::iter::once(first)
        .chain((2..1000).map(|number| folder.join(format!("{name}-{stamp}-{number}.csv"))))
        .find(|path| !path.exists())
        .unwrap_or_else(|| folder.join(format!("{name}-{stamp}-more.csv")))
}

fn open(path: &Path, options: &Options) -> Result<Opened> {
    let (name, size, input): (_, _, Box<dyn Read + Send>) = if path.as_os_str() == "-" {
        ("standard input".to_owned(), None, Box::new(io::stdin()))
    } else {
        let failed = || format!("could not read {}", path.display());
        let file = File::open(path).with_context(failed)?;
        let about = file.metadata().with_context(failed)?;
        if about.is_dir() {
            bail!("{} is a folder: name the files in it", path.display());
        }
        (path.display().to_string(), about.is_file().then_some(about.len()), Box::new(file))
    };
    let file_name = if path.as_os_str() == "-" { "-".to_owned() } else { name.clone() };
    let reader = file::open(input, &file_name, options).with_context(|| format!("could not read {name}"))?;
    Ok(Opened { name, size, reader })
}

fn plain_name(name: &str) -> String {
    let stem =
        Path::new(name).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    stem.chars()
        .map(|c| if c.is_alphanumeric() || c == '.' || c == '-' || c == '_' { c } else { '-' })
        .take(80)
        .collect()
}

/// What the rows that give no post leave behind, shared with the thread that reads.
struct Aside {
    rows: u64,
    rejected: Vec<(u64, String)>,
    rejected_count: u64,
    repeated: Vec<(u64, String)>,
    failure: Option<FileError>,
    rejects: Rejects,
}

/// The file that lists rows which could not be read, or share an id.
struct Rejects {
    path: PathBuf,
    file: Option<csv::Writer<File>>,
    /// Why the file could not be written, said once.
    trouble: Option<String>,
}

impl Rejects {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None, trouble: None }
    }

    /// Notes a row in the file, which is made with the first.
    fn note(&mut self, name: &str, line: u64, reason: &str) {
        let written = self.write(name, line, reason);
        if let Err(error) = written
            && self.trouble.is_none()
        {
            self.trouble = Some(error.to_string());
        }
    }

    fn write(&mut self, name: &str, line: u64, reason: &str) -> Result<()> {
        if self.file.is_none() && self.trouble.is_none() {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = csv::Writer::from_path(&self.path)?;
            file.write_record(["file", "line", "reason"])?;
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_record([name, line.to_string().as_str(), reason])?;
        }
        Ok(())
    }
}

/// Gives the posts of a file with their lines, and puts its other rows aside.
struct Posts {
    name: String,
    reader: FileReader,
    aside: Arc<Mutex<Aside>>,
}

impl Iterator for Posts {
    type Item = (u64, Post);

    fn next(&mut self) -> Option<(u64, Post)> {
        loop {
            let next = self.reader.next()?;
            // A panic elsewhere leaves only counts behind: they are as good as before.
            let mut aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner);
            match next {
                Ok(Row { line, result: Ok(post) }) => {
                    aside.rows += 1;
                    return Some((line, *post));
                }
                Ok(Row { line, result: Err(reason) }) => {
                    aside.rows += 1;
                    aside.rejected_count += 1;
                    aside.rejects.note(&self.name, line, &reason);
                    if aside.rejected.len() < NAMED {
                        aside.rejected.push((line, reason));
                    }
                }
                Err(error) => {
                    aside.failure = Some(error);
                    return None;
                }
            }
        }
    }
}

fn take_in(
    opened: Opened,
    watchlist: Option<&crate::model::Watchlist>,
    writer: &mut Writer,
    rejects: Rejects,
) -> Result<(FileReport, Rejects, Option<FileError>)> {
    let Opened { name, size, reader } = opened;
    let source = reader.plan().source.to_string();
    let bytes = reader.bytes_read();
    let aside = Arc::new(Mutex::new(Aside {
        rows: 0,
        rejected: Vec::new(),
        rejected_count: 0,
        repeated: Vec::new(),
        failure: None,
        rejects,
    }));
    let bar = progress_bar(&name, size);
    let started = Instant::now();
    let mut taken = 0;
    let posts = Posts { name: name.clone(), reader, aside: aside.clone() };
    let report = ingest(posts, watchlist, writer, IngestConfig::default(), |happening| match happening {
        Happening::Taken(posts) => {
            taken += posts;
            bar.set_position(bytes.load(Ordering::Relaxed).min(size.unwrap_or(u64::MAX)));
            let rate = taken as f64 / started.elapsed().as_secs_f64().max(0.001);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "posts a second, far below 2^53"
            )]
            bar.set_message(format!("{} posts, {} a second", HumanCount(taken), HumanCount(rate as u64)));
        }
        Happening::Repeated { number, id } => {
            let mut aside = aside.lock().unwrap_or_else(PoisonError::into_inner);
            aside.rejects.note(
                &name,
                number,
                &format!("shares the id {id} with an earlier row; the last is kept"),
            );
            if aside.repeated.len() < NAMED {
                aside.repeated.push((number, id.to_string()));
            }
        }
    });
    bar.finish_and_clear();
    let report = report?;
    let mut aside = aside.lock().unwrap_or_else(PoisonError::into_inner);
    let mut rejects = std::mem::replace(&mut aside.rejects, Rejects::new(PathBuf::new()));
    if let Some(file) = &mut rejects.file
        && let Err(error) = file.flush()
    {
        rejects.trouble.get_or_insert(error.to_string());
    }
    let list = rejects.path.display().to_string();
    if let Some(trouble) = &rejects.trouble {
        say(format_args!("warning: the rows put aside could not be listed in {list}: {trouble}"));
    }
    let has_list = aside.rejected_count + report.repeated > 0 && rejects.trouble.is_none();
    let failure = aside.failure.take();
    let list = has_list.then_some(list);
    Ok((file_report(&name, source, &report, &aside, list, started.elapsed()), rejects, failure))
}

fn file_report(
    name: &str,
    source: String,
    report: &Report,
    aside: &Aside,
    rejects_file: Option<String>,
    took: Duration,
) -> FileReport {
    FileReport {
        file: name.to_owned(),
        source,
        rows: aside.rows,
        rejected: aside.rejected_count,
        new: report.new,
        changed: report.changed,
        unchanged: report.unchanged,
        repeated: report.repeated,
        undated: report.undated,
        masked: report.masked,
        brands: report.brands.iter().map(|(id, count)| (id.to_string(), *count)).collect(),
        languages: report.languages.iter().map(|(language, count)| (language.code(), *count)).collect(),
        repeated_rows: aside.repeated.clone(),
        rejected_rows: aside.rejected.clone(),
        rejects_file,
        seconds: took.as_secs_f64(),
    }
}

pub(super) fn progress_bar(name: &str, size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{name} {bar:30} {percent}% {msg}, {left} left"),
        None => (ProgressBar::no_length(), "{name} {spinner} {msg}"),
    };
    let name = plain_name(name);
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(
        style
            .with_key("name", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{name}");
            })
            .with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{}", indicatif::HumanDuration(state.eta()));
            }),
    );
    bar
}

fn shown(report: &FileReport) -> String {
    let mut out = String::new();
    let rate = report.rows as f64 / report.seconds.max(0.001);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rows a second, far below 2^53"
    )]
    let _ = writeln!(
        out,
        "{}: {} rows in {:.1} s ({} a second)",
        report.file,
        number(report.rows),
        report.seconds,
        number(rate as u64)
    );
    let counts = [
        (report.new, "new"),
        (report.changed, "changed"),
        (report.unchanged, "known already"),
        (report.repeated, "with the id of an earlier row (the last is kept)"),
        (report.rejected, "rejected"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, what)| *count > 0 || *what == "new" || *what == "rejected")
        .map(|(count, what)| format!("{} {what}", number(*count)))
        .collect();
    let _ = writeln!(out, "  {}", parts.join(", "));
    for (what, rows, all) in [
        ("rejected", &report.rejected_rows, report.rejected),
        ("same id", &report.repeated_rows, report.repeated),
    ] {
        for (line, why) in rows {
            let _ = writeln!(out, "  {what}: line {line}: {}", harmless(why));
        }
        if all > rows.len() as u64 {
            let _ = writeln!(out, "  {what}: and {} more", number(all - rows.len() as u64));
        }
    }
    if let Some(path) = &report.rejects_file {
        let _ = writeln!(out, "  all of these rows are listed in {path}");
    }
    for (count, what) in [
        (report.undated, "without a date: searched, but in no trend"),
        (report.masked, "with something private masked"),
    ] {
        if count > 0 {
            let _ = writeln!(out, "  {} {what}", number(count));
        }
    }
    let mut brands: Vec<_> = report.brands.iter().collect();
    brands.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let list = |values: Vec<(&str, u64)>| {
        let shown: Vec<String> =
            values.iter().take(8).map(|(name, count)| format!("{name} {}", number(*count))).collect();
        let more = if values.len() > 8 {
            format!(" and {} more", number(values.len() as u64 - 8))
        } else {
            String::new()
        };
        format!("{}{more}", shown.join(", "))
    };
    if !brands.is_empty() {
        let _ = writeln!(
            out,
            "  brands: {}",
            list(brands.into_iter().map(|(name, count)| (name.as_str(), *count)).collect())
        );
    }
    let mut languages: Vec<_> = report.languages.iter().map(|(code, count)| (*code, *count)).collect();
    languages.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    if !languages.is_empty() {
        let _ = writeln!(out, "  languages: {}", list(languages));
    }
    out
}
