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
use super::output::{harmless, json, number, text};
use super::watchlists;
use crate::ingest::{Happening, IngestConfig, Report, ingest};
use crate::model::{Post, SourceId};
use crate::sources::file::{self, FileError, FileReader, Options, PostField, Preset, Row};
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
    /// Kind of file, where it is not recognised
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
    data: Data,
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
        let watchlist = self.watchlist.as_deref().map(watchlists::load).transpose()?;
        let options = Options {
            preset: self.preset,
            map: self.map.clone(),
            brand: self.brand.clone(),
            source: self.source.clone(),
            time_zone: watchlist.as_ref().map_or(TimeZone::UTC, |watchlist| watchlist.time_zone.clone()),
        };
        // Every file is looked at before the first is taken in: a wrong name costs nothing.
        let mut opened = Vec::new();
        for path in &self.files {
            opened.push(open(path, &options)?);
        }
        for (name, _, reader) in &opened {
            eprintln!("{name}: {}", reader.plan().to_string().trim_end().replace('\n', "\n  "));
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        // The program's own clock is read here, at the rim.
        #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
        let now = Timestamp::now();
        let mut writer = Writer::open(&self.data.data, "grouse import", now, WriterConfig::default())?;
        let mut reports = Vec::new();
        let mut failure = None;
        for (name, size, reader) in opened {
            let rejects = self.rejects.clone().unwrap_or_else(|| {
                let stamp = now.strftime("%Y%m%dT%H%M%SZ");
                self.data.data.join("rejects").join(format!("{}-{stamp}.csv", plain_name(&name)))
            });
            let (report, broke) = take_in(&name, size, reader, watchlist.as_ref(), &mut writer, rejects)?;
            if !self.json {
                text(&shown(&report))?;
            }
            reports.push(report);
            if let Some(error) = broke {
                failure = Some(anyhow::Error::new(error).context(format!("{name} was not read to its end")));
                break;
            }
        }
        writer.close()?;
        if self.json {
            json(&reports)?;
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(ExitCode::SUCCESS),
        }
    }
}

type Opened = (String, Option<u64>, FileReader);

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
    Ok((name, size, reader))
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
    path: PathBuf,
    file: Option<csv::Writer<File>>,
    /// Why the file could not be written, said once.
    trouble: Option<String>,
}

impl Aside {
    /// Notes a row in the rejects file, which is made with the first.
    fn note(&mut self, line: u64, reason: &str) {
        let written = self.write(line, reason);
        if let Err(error) = written
            && self.trouble.is_none()
        {
            self.trouble = Some(error.to_string());
        }
    }

    fn write(&mut self, line: u64, reason: &str) -> Result<()> {
        if self.file.is_none() && self.trouble.is_none() {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = csv::Writer::from_path(&self.path)?;
            file.write_record(["line", "reason"])?;
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_record([line.to_string().as_str(), reason])?;
        }
        Ok(())
    }
}

/// Gives the posts of a file with their lines, and puts its other rows aside.
struct Posts {
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
                    aside.note(line, &reason);
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
    name: &str,
    size: Option<u64>,
    reader: FileReader,
    watchlist: Option<&crate::model::Watchlist>,
    writer: &mut Writer,
    rejects: PathBuf,
) -> Result<(FileReport, Option<FileError>)> {
    let source = reader.plan().source.to_string();
    let bytes = reader.bytes_read();
    let aside = Arc::new(Mutex::new(Aside {
        rows: 0,
        rejected: Vec::new(),
        rejected_count: 0,
        repeated: Vec::new(),
        failure: None,
        path: rejects,
        file: None,
        trouble: None,
    }));
    let bar = progress_bar(name, size);
    let started = Instant::now();
    let mut taken = 0;
    let posts = Posts { reader, aside: aside.clone() };
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
            aside.note(number, &format!("shares the id {id} with an earlier row; the last is kept"));
            if aside.repeated.len() < NAMED {
                aside.repeated.push((number, id.to_string()));
            }
        }
    });
    bar.finish_and_clear();
    let report = report?;
    let mut aside = aside.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(mut file) = aside.file.take() {
        file.flush().with_context(|| format!("could not write {}", aside.path.display()))?;
    }
    if let Some(trouble) = &aside.trouble {
        eprintln!("grouse: the rows put aside could not be listed in {}: {trouble}", aside.path.display());
    }
    let has_list = aside.rejected_count + report.repeated > 0 && aside.trouble.is_none();
    let failure = aside.failure.take();
    Ok((file_report(name, source, &report, &aside, has_list, started.elapsed()), failure))
}

fn file_report(
    name: &str,
    source: String,
    report: &Report,
    aside: &Aside,
    has_list: bool,
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
        rejects_file: has_list.then(|| aside.path.display().to_string()),
        seconds: took.as_secs_f64(),
    }
}

fn progress_bar(name: &str, size: Option<u64>) -> ProgressBar {
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
        (report.repeated, "share an id with an earlier row (the last is kept)"),
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
