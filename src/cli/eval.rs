//! `grouse eval`: how often is Grouse right, on texts that people labelled, or on posts that a person looks through now?

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use super::labelled::{self, Aside, Columns, Labelled};
use super::noise;
use super::output::{json, number, percent, say, table, text};
use super::watchlists;
use crate::analysis::Judge;
use crate::analysis::learned::{Learned, Texts, was_taught};
use crate::api;
use crate::ingest::Adaptation;
use crate::insight::evaluation::{Band, Evaluation, Judged, NO_SIGNAL, SIGNALS_APART, Task, evaluate};
use crate::model::{BrandId, Post, Watchlist};

/// Measure judgements: on a labelled file, or on posts that you look through
#[derive(Debug, Args)]
#[command(
    override_usage = "grouse eval FILE --task TASK [--text COLUMN] [--label COLUMN] [--brand COLUMN|NAME]\n       \
                      grouse eval --noise-meter QUESTION [FILTERS] [--keep]"
)]
pub(super) struct Eval {
    /// Labelled file: CSV, TSV, NDJSON or JSON, plain, gzip or zstd; `-` is standard input
    file: Option<PathBuf>,
    #[command(flatten)]
    filters: Filters,
    /// What the labels say: complaint, severity, intent, churn, language, target, signal or sentiment
    #[arg(long)]
    task: Option<Task>,
    #[command(flatten)]
    columns: Columns,
    /// Watchlist whose brands are looked for: a file or a name [default: the brands that the file names]
    #[arg(long, short, value_name = "WATCHLIST")]
    watchlist: Option<String>,
    /// With what was learned from your own labels in the data folder
    #[arg(long, conflicts_with = "noise_meter")]
    adapted: bool,
    /// Ask about 50 posts of a question what they are, and say how much of it is noise
    #[arg(long, conflicts_with_all = ["task", "text", "label", "watchlist"])]
    noise_meter: bool,
    /// With --noise-meter: keep what you say of complaints, as `grouse correct` does
    #[arg(long, requires = "noise_meter")]
    keep: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Eval {
    pub(super) fn run(&self) -> Result<ExitCode> {
        if self.noise_meter {
            let mut asked = self.filters.asked();
            if let Some(first) = &self.file {
                asked.q = format!("{} {}", first.display(), asked.q);
            }
            return noise::run(&self.data.data, &asked, self.keep, self.json);
        }
        let Some(path) = &self.file else {
            bail!("give a labelled file and --task, or --noise-meter with a question");
        };
        let Some(task) = self.task else {
            bail!("say with --task what the labels of {} say: {}", path.display(), names(&Task::ALL));
        };
        let asked = self.filters.asked();
        if !asked.q.is_empty() {
            bail!("one file is measured at a time: give the others by themselves");
        }
        let brand = match asked.brand.as_slice() {
            [] => None,
            [only] => Some(only.as_str()),
            _ => bail!("give one --brand: a column of brands, or the one brand that all rows are about"),
        };
        if asked != (api::Filters { brand: asked.brand.clone(), ..api::Filters::default() }) {
            bail!(
                "filters choose posts of an index and go with --noise-meter; of a file all rows are measured"
            );
        }
        self.measure(path, task, brand)
    }

    fn measure(&self, path: &Path, task: Task, brand: Option<&str>) -> Result<ExitCode> {
        let watchlist = self.watchlist.as_deref().map(watchlists::load).transpose()?;
        let labelled = labelled::read(path, task, &self.columns, brand)?;
        let is_of_brands = matches!(task, Task::Churn | Task::Target);
        let watchlist = match watchlist {
            None if is_of_brands => Some(brands_of(&labelled, task)?),
            given => given,
        };
        let classes = classes(task, &labelled, watchlist.as_ref());
        let mut judge = Judge::new(watchlist.as_ref());
        if self.adapted {
            let folder = &self.data.data;
            let Some(learned) = Adaptation::read(folder)?.learned else {
                bail!("nothing was learned from labels in {}: `grouse train FILE` does", folder.display());
            };
            judge = judge.with(learned);
        }
        let judged = judged(&labelled.rows, task, &judge, &classes)?;
        let figures = |rows: &mut dyn Iterator<Item = &Row>| {
            let rows: Vec<Judged> = rows.map(|row| row.judged).collect();
            evaluate(&classes, &rows)
        };
        let all = figures(&mut judged.iter()).context("no row can be used")?;
        let taught = judged.iter().filter(|row| row.was_taught).count() as u64;
        let unseen = figures(&mut judged.iter().filter(|row| !row.was_taught));
        let is_learned = matches!(task, Task::Complaint | Task::Severity | Task::Sentiment);
        let note = training_note(taught, all.rows, is_learned);
        say(format_args!("grouse: {note}"));
        let answer = Answer {
            file: labelled.name.clone(),
            task: task.as_str(),
            label: labelled.column.clone(),
            aside: &labelled.aside,
            taught,
            is_learned,
            all: Figures::of(&all),
            unseen: unseen.as_ref().map(Figures::of),
        };
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&labelled, task, &all, unseen.as_ref().filter(|_| taught > 0 && is_learned)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn names(tasks: &[Task]) -> String {
    tasks.iter().map(|task| task.as_str()).collect::<Vec<_>>().join(", ")
}

/// A row with what was judged.
struct Row {
    judged: Judged,
    was_taught: bool,
}

/// The brands that a file names, as a market of which nothing else is known.
fn brands_of(labelled: &Labelled, task: Task) -> Result<Watchlist> {
    let mut names: Vec<String> = Vec::new();
    for (post, class) in &labelled.rows {
        names.extend(post.about.iter().filter_map(|name| named(name)).map(str::to_owned));
        if task == Task::Target && class != "none" {
            names.push(class.clone());
        }
    }
    if names.is_empty() && task == Task::Churn {
        bail!(
            "no column of brands: say with --brand COLUMN which one the writer would leave, or --brand NAME"
        );
    }
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(Watchlist::of_names("labelled", &names)?)
}

/// A brand's name; `None` where the column says that there is none.
fn named(name: &str) -> Option<&str> {
    let name = name.trim();
    let is_none = ["", "no_brand", "no brand", "none"].iter().any(|none| name.eq_ignore_ascii_case(none));
    (!is_none).then_some(name)
}

fn classes(task: Task, labelled: &Labelled, watchlist: Option<&Watchlist>) -> Vec<String> {
    let mut classes = task.classes();
    if task == Task::Target {
        classes.extend(labelled.rows.iter().map(|(_, class)| class.clone()));
        let brands = watchlist.map_or(&[][..], |watchlist| &watchlist.brands);
        classes.extend(brands.iter().map(|brand| brand.id.to_string()));
        classes.push("none".to_owned());
        classes.sort();
        classes.dedup();
    }
    classes
}

/// Judges the rows on as many threads as there are cores; the order stays.
fn judged(rows: &[(Post, String)], task: Task, judge: &Judge, classes: &[String]) -> Result<Vec<Row>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let parts: Vec<Vec<Option<Vec<Row>>>> = thread::scope(|scope| {
        let running: Vec<_> = rows
            .chunks(rows.len().div_ceil(threads).max(1))
            .map(|rows| {
                scope.spawn(move || {
                    rows.iter().map(|(post, class)| judge_row(post, class, task, judge, classes)).collect()
                })
            })
            .collect();
        running
            .into_iter()
            .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let rows: Option<Vec<Vec<Row>>> = parts.into_iter().flatten().collect();
    Ok(rows.context("a judgement has no class: report this")?.into_iter().flatten().collect())
}

/// What is judged of one row: one thing, and of signals each that is there or was raised.
fn judge_row(post: &Post, class: &str, task: Task, judge: &Judge, classes: &[String]) -> Option<Vec<Row>> {
    if task != Task::Signal {
        return row(post, class, task, judge, classes).map(|row| vec![row]);
    }
    let raised: Vec<&str> =
        judge.judge(post).judgement.signals.iter().map(|signal| signal.as_str()).collect();
    let labels: Vec<&str> = class.split(SIGNALS_APART).filter(|label| *label != NO_SIGNAL).collect();
    let was_taught = was_taught(post.title.as_deref(), &post.text);
    let none = classes.len().checked_sub(1)?;
    let judged = |is: usize, said: usize| Row { judged: Judged { is, said, probability: None }, was_taught };
    let mut rows = Vec::new();
    for (number, name) in classes.iter().enumerate().take(none) {
        match (labels.contains(&name.as_str()), raised.contains(&name.as_str())) {
            (true, true) => rows.push(judged(number, number)),
            (true, false) => rows.push(judged(number, none)),
            (false, true) => rows.push(judged(none, number)),
            (false, false) => {}
        }
    }
    if rows.is_empty() {
        rows.push(judged(none, none));
    }
    Some(rows)
}

fn row(post: &Post, class: &str, task: Task, judge: &Judge, classes: &[String]) -> Option<Row> {
    let number = |class: &str| classes.iter().position(|other| other == class);
    let mut probability = None;
    let said = match task {
        // The labels are of complaints: how bad each is, taken that it is one.
        Task::Severity => {
            let texts = Texts::read(post.title.as_deref(), &post.text, post.tag);
            Learned::base().severity(&texts)?.as_str().to_owned()
        }
        Task::Churn => {
            // The brand that the row asks about is the question, and no hint for the answer.
            let asked = post.about.first().and_then(|name| named(name)).and_then(BrandId::from_name);
            let post = Post { about: Vec::new(), ..post.clone() };
            let leaves = judge.judge(&post).judgement.leaves(asked.as_ref());
            classes[usize::from(leaves)].clone()
        }
        _ => {
            let finding = judge.judge(post);
            match task {
                Task::Complaint => {
                    let complaint = finding.judgement.complaint;
                    probability = Some(f64::from(complaint.probability));
                    classes[usize::from(complaint.verdict)].clone()
                }
                Task::Intent => finding.judgement.intent.as_str().to_owned(),
                Task::Language => finding.language.code().to_owned(),
                Task::Sentiment => felt(finding.judgement.sentiment).to_owned(),
                _ => finding.judgement.target.map_or_else(|| "none".to_owned(), |brand| brand.to_string()),
            }
        }
    };
    Some(Row {
        judged: Judged { is: number(class)?, said: number(&said)?, probability },
        was_taught: was_taught(post.title.as_deref(), &post.text),
    })
}

/// From this sentiment on, in either direction, a post is not neutral: where its words are shown as well.
const FELT: f32 = 0.3;

fn felt(sentiment: f32) -> &'static str {
    match sentiment {
        at if at <= -FELT => "negative",
        at if at >= FELT => "positive",
        _ => "neutral",
    }
}

fn training_note(taught: u64, rows: u64, is_learned: bool) -> String {
    match (taught, is_learned) {
        (0, _) => format!("of {}, none was seen in training", labelled::rows(rows)),
        (_, false) => format!(
            "of {}, {} were seen when complaints were learned; this task is not learned from texts",
            labelled::rows(rows),
            number(taught)
        ),
        (taught, true) if taught == rows => format!(
            "of {}, all were seen in training: the figures say how well they are remembered, not how well new texts are judged",
            labelled::rows(rows)
        ),
        (taught, true) => format!(
            "of {}, {} were seen in training; the figures of the others are given beside",
            labelled::rows(rows),
            number(taught)
        ),
    }
}

/// What is answered as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    file: String,
    task: &'static str,
    /// The column of the labels.
    label: String,
    aside: &'a Aside,
    /// Rows that were seen in training.
    taught: u64,
    /// Whether what is measured was learned from texts at all.
    is_learned: bool,
    all: Figures,
    /// Of the rows that were not seen in training; null without any.
    unseen: Option<Figures>,
}

#[derive(Serialize)]
struct Figures {
    rows: u64,
    accuracy: Interval,
    macro_f1: Interval,
    classes: Vec<ClassAnswer>,
    /// Rows by what they are and then by what they were judged to be, in the order of `classes`.
    confusion: Vec<Vec<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<CalibrationAnswer>,
}

#[derive(Serialize)]
struct ClassAnswer {
    class: String,
    support: u64,
    precision: f64,
    recall: f64,
    f1: Interval,
}

#[derive(Serialize)]
struct CalibrationAnswer {
    error: Interval,
    brier: Interval,
    bins: Vec<BinAnswer>,
}

#[derive(Serialize)]
struct BinAnswer {
    from: f64,
    to: f64,
    rows: u64,
    said: f64,
    is: f64,
}

#[derive(Serialize)]
struct Interval {
    value: f64,
    low: f64,
    high: f64,
}

impl Interval {
    fn of(band: Band) -> Self {
        Self { value: rounded(band.value), low: rounded(band.low), high: rounded(band.high) }
    }
}

impl Figures {
    fn of(found: &Evaluation) -> Self {
        Self {
            rows: found.rows,
            accuracy: Interval::of(found.accuracy),
            macro_f1: Interval::of(found.macro_f1),
            classes: found
                .classes
                .iter()
                .map(|class| ClassAnswer {
                    class: class.name.clone(),
                    support: class.support,
                    precision: rounded(class.precision),
                    recall: rounded(class.recall),
                    f1: Interval::of(class.f1),
                })
                .collect(),
            confusion: found.confusion.clone(),
            calibration: found.calibration.as_ref().map(|calibration| CalibrationAnswer {
                error: Interval::of(calibration.error),
                brier: Interval::of(calibration.brier),
                bins: calibration
                    .bins
                    .iter()
                    .map(|bin| BinAnswer {
                        from: bin.from,
                        to: bin.to,
                        rows: bin.rows,
                        said: rounded(bin.said),
                        is: rounded(bin.is),
                    })
                    .collect(),
            }),
        }
    }
}

/// To four decimals: more than any interval can tell.
fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0
}

fn shown(labelled: &Labelled, task: Task, all: &Evaluation, unseen: Option<&Evaluation>) -> String {
    let aside = match labelled.aside.total() {
        0 => String::new(),
        aside => format!(", {} put aside", number(aside)),
    };
    let mut out = format!("{task}: {} of {}{aside}\n\n", labelled::rows(all.rows), labelled.name);
    let mut head = vec!["", "all rows"];
    if unseen.is_some() {
        head.push("not seen in training");
    }
    let line = |name: &str, figure: &dyn Fn(&Evaluation) -> Option<Band>| {
        let columns = [Some(all), unseen];
        let mut row = vec![name.to_owned()];
        for found in columns.into_iter().flatten() {
            row.push(figure(found).map_or_else(|| "–".to_owned(), banded));
        }
        row
    };
    let mut rows = vec![vec!["rows".to_owned(), number(all.rows)]];
    if let Some(unseen) = unseen {
        rows[0].push(number(unseen.rows));
    }
    rows.push(line("accuracy", &|found| Some(found.accuracy)));
    rows.push(line("macro F1", &|found| Some(found.macro_f1)));
    if all.calibration.is_some() {
        rows.push(line("calibration error", &|found| found.calibration.as_ref().map(|c| c.error)));
        rows.push(line("Brier score", &|found| found.calibration.as_ref().map(|c| c.brier)));
    }
    out.push_str(&table(&head, &rows));
    if task == Task::Signal {
        out.push_str(&raised(all));
    }
    let parts = match unseen {
        Some(unseen) => vec![("all rows", all), ("not seen in training", unseen)],
        None => vec![("all rows", all)],
    };
    for (name, found) in parts {
        let _ = writeln!(out, "\n{name}, by class");
        out.push_str(&by_class(found));
        let _ = writeln!(out, "\n{name}: what they are (down), what was judged (across)");
        out.push_str(&confusion(found));
        if let Some(calibration) = &found.calibration {
            let _ = writeln!(out, "\n{name}: how probable it was said to be, and how often it was true");
            let bins: Vec<Vec<String>> = calibration
                .bins
                .iter()
                .filter(|bin| bin.rows > 0)
                .map(|bin| {
                    let range = format!("{:.1} to {:.1}", bin.from, bin.to);
                    vec![range, number(bin.rows), percent(bin.said), percent(bin.is)]
                })
                .collect();
            out.push_str(&table(&["probability", "rows", "said", "true"], &bins));
        }
    }
    out.push_str("\nIn parentheses: 95 % of a thousand resamples of the rows lie there.\n");
    out
}

/// Of all signals together: how many were seen, and how many that were raised are there.
fn raised(found: &Evaluation) -> String {
    let signals = found.classes.len().saturating_sub(1);
    let right: u64 = (0..signals).map(|at| found.confusion[at][at]).sum();
    let labelled: u64 = found.classes[..signals].iter().map(|class| class.support).sum();
    let raised: u64 = found.confusion.iter().map(|row| row[..signals].iter().sum::<u64>()).sum();
    let share = |of: u64| if of == 0 { 0.0 } else { right as f64 / of as f64 };
    format!(
        "\nof {} signals that were raised, {} are there: precision {:.3}\nof {} that are there, {} were raised: recall {:.3}\n\
         a post with several signals is a row for each\n",
        number(raised),
        number(right),
        share(raised),
        number(labelled),
        number(right),
        share(labelled)
    )
}

fn by_class(found: &Evaluation) -> String {
    let rows: Vec<Vec<String>> = found
        .classes
        .iter()
        .map(|class| {
            vec![
                class.name.clone(),
                number(class.support),
                format!("{:.3}", class.precision),
                format!("{:.3}", class.recall),
                banded(class.f1),
            ]
        })
        .collect();
    table(&["class", "rows", "precision", "recall", "F1"], &rows)
}

fn confusion(found: &Evaluation) -> String {
    let names: Vec<&str> = found.classes.iter().map(|class| class.name.as_str()).collect();
    let rows: Vec<Vec<String>> = names
        .iter()
        .zip(&found.confusion)
        .map(|(name, counts)| {
            std::iter::once((*name).to_owned()).chain(counts.iter().map(|count| number(*count))).collect()
        })
        .collect();
    let head: Vec<&str> = std::iter::once("").chain(names.iter().copied()).collect();
    table(&head, &rows)
}

fn banded(band: Band) -> String {
    format!("{:.3} ({:.3} to {:.3})", band.value, band.low, band.high)
}
