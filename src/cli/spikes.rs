//! `grouse spikes`: when were there far more than usual, and of what?

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use super::output::{counted, harmless, json, number, percent, posts, table, text};
use super::series::read;
use crate::api::{self, SpikeAnswer, SpikesAnswer, SpikesWanted};
use crate::insight::{DetectorConfig, episodes, steps};
use crate::model::{Split, Step};
use crate::store::Store;

/// Find when there were far more posts than usual, or posts that far more people read
///
/// Of complaints where a watchlist names the brands, else of all posts; `--kind` may also be complaint, praise, question or
/// any: what the writer means.
#[derive(Debug, Args)]
pub(super) struct Spikes {
    #[command(flatten)]
    filters: Filters,
    /// One series for each: brand, source, language, intent, signal, target, problem or all
    #[arg(long, default_value = "all")]
    by: Split,
    /// hour or day
    #[arg(long, default_value = "hour")]
    interval: Step,
    /// Spikes to show, the newest first, up to 200
    #[arg(long, short = 'n', default_value_t = api::SPIKES, value_parser = super::count)]
    limit: usize,
    /// Judge the counts of this CSV file (timestamp,value; `-` for standard input) instead of the index
    #[arg(long, value_name = "FILE")]
    series: Option<PathBuf>,
    /// False alarms that are put up with, for each series and week
    #[arg(long, value_name = "NUMBER", value_parser = budget)]
    budget: Option<f64>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Spikes {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let Some(file) = &self.series else { return self.of_index() };
        if self.filters.asked() != api::Filters::default() {
            bail!("a question is asked of the index: leave it out, or leave out --series");
        }
        let mut config = DetectorConfig::default();
        if let Some(budget) = self.budget {
            config.budget = budget;
        }
        let found = of_series(file, config).with_context(|| format!("could not read {}", file.display()))?;
        if self.json {
            json(&found)?;
        } else {
            text(&series_shown(&found))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn of_index(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let wanted = SpikesWanted {
            filters: self.filters.asked(),
            by: self.by,
            interval: self.interval,
            budget: self.budget,
            limit: self.limit,
        };
        let answer = api::spikes(&store, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer, &wanted.filters.zone(&*store.snapshot()?)?))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads how many false alarms are put up with.
fn budget(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|budget| api::BUDGETS.contains(budget))
        .ok_or_else(|| "give a number from 0.001 to 1000, as 0.12".to_owned())
}

#[derive(Serialize)]
struct SeriesAnswer {
    episodes: Vec<EpisodeAnswer>,
}

#[derive(Serialize)]
struct EpisodeAnswer {
    /// As in the file: where the first count stands that was judged a spike.
    start: String,
    /// The last one.
    end: String,
    /// The one with the highest score.
    peak: String,
    score: f64,
    #[serde(skip)]
    seen: f64,
    #[serde(skip)]
    usual: f64,
}

fn of_series(file: &Path, config: DetectorConfig) -> Result<SeriesAnswer> {
    let input: Box<dyn Read> =
        if file.as_os_str() == "-" { Box::new(std::io::stdin().lock()) } else { Box::new(File::open(file)?) };
    let (stamps, points) = read(input)?;
    let steps = steps(&points)?;
    let stamp = |step: usize| {
        let point = steps.points.get(step).copied().flatten();
        point.and_then(|point| stamps.get(point)).cloned().unwrap_or_default()
    };
    #[expect(clippy::cast_precision_loss, reason = "a step is no longer than years")]
    let seconds = steps.seconds as f64;
    let episodes = episodes(&steps.counts, seconds, config)
        .into_iter()
        .map(|episode| EpisodeAnswer {
            start: stamp(episode.start),
            end: stamp(episode.end),
            peak: stamp(episode.peak),
            score: (episode.score * 1000.0).round() / 1000.0,
            seen: episode.seen,
            usual: episode.usual,
        })
        .collect();
    Ok(SeriesAnswer { episodes })
}

fn shown(answer: &SpikesAnswer, zone: &TimeZone) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} in {} of {}, by {} ({}); {} false alarms put up with for each and week",
        counted(answer.total, "spike"),
        counted(answer.series, "series"),
        answer.question.explained,
        answer.interval,
        zone.iana_name().unwrap_or("UTC"),
        answer.budget
    );
    for spike in &answer.spikes {
        let _ = write!(out, "\n{}", card(spike, zone));
    }
    if answer.total > answer.spikes.len() as u64 {
        let _ = writeln!(out, "\nand {} older: --limit", number(answer.total - answer.spikes.len() as u64));
    }
    out
}

fn card(spike: &SpikeAnswer, zone: &TimeZone) -> String {
    let mut out = String::new();
    let at = |text: &str| {
        let moment = text.parse::<Timestamp>().ok().map(|moment| moment.to_zoned(zone.clone()));
        moment.map_or_else(|| text.to_owned(), |moment| moment.strftime("%Y-%m-%d %H:%M").to_string())
    };
    let _ = writeln!(
        out,
        "{}, {}: {} to {}",
        harmless(&spike.name),
        spike.state,
        at(&spike.start),
        at(&spike.end)
    );
    let _ = writeln!(
        out,
        "  peak      {}{} at {}, where {} usual; score {:.2}{}",
        rounded(spike.seen),
        if spike.weight == "reach" { " reached" } else { "" },
        at(&spike.peak),
        if spike.usual < 0.05 {
            "none is".to_owned()
        } else if spike.usual < 1.5 {
            format!("{:.1} is", spike.usual)
        } else {
            format!("{} are", rounded(spike.usual))
        },
        spike.score,
        spike.reach_score.map_or_else(String::new, |score| format!(", by reach {score:.2}"))
    );
    let _ = writeln!(out, "  posts     {}, {} repeated", posts(spike.posts), number(spike.duplicates));
    let terms: Vec<String> = spike
        .terms
        .iter()
        .map(|term| {
            format!("{} ({}, {} before)", harmless(&term.name), number(term.count), number(term.before))
        })
        .collect();
    let sources: Vec<String> = spike
        .sources
        .iter()
        .map(|source| format!("{} ({})", harmless(&source.source), number(source.count)))
        .collect();
    for (head, list) in [("terms", terms), ("sources", sources)] {
        if !list.is_empty() {
            let _ = writeln!(out, "  {head:<9} {}", list.join(", "));
        }
    }
    if let Some(authors) = spike.authors.as_ref().filter(|authors| authors.count > 0) {
        let _ = writeln!(
            out,
            "  authors   {}, the busiest with {}; of {} not known",
            number(authors.count),
            percent(authors.top_share),
            posts(authors.unknown_posts)
        );
    }
    for (head, post) in [("first", &spike.first), ("spread", &spike.most_spread)] {
        if let Some(post) = post {
            let words: String = harmless(&post.text).chars().take(90).collect();
            let _ = writeln!(out, "  {head:<9} {}  {words}", post.id);
        }
    }
    let _ = writeln!(out, "  its posts grouse search '{}'", spike.query.replace('\'', "'\\''"));
    out
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, not below zero")]
fn rounded(count: f64) -> String {
    number(count.round() as u64)
}

fn series_shown(found: &SeriesAnswer) -> String {
    if found.episodes.is_empty() {
        return "no spikes\n".to_owned();
    }
    let rows: Vec<Vec<String>> = found
        .episodes
        .iter()
        .map(|episode| {
            vec![
                episode.start.clone(),
                episode.end.clone(),
                episode.peak.clone(),
                rounded(episode.seen),
                rounded(episode.usual),
                format!("{:.2}", episode.score),
            ]
        })
        .collect();
    table(&["start", "end", "peak", "seen", "usual", "score"], &rows)
}
