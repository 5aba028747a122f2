//! `grouse responses`: how long do people wait for a brand's answer?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, json, number, percent, posts, table, text};
use crate::api::{self, ClockAnswer, PaceAnswer, ResponsesAnswer, ResponsesWanted};
use crate::model::Wait;
use crate::store::Store;

/// Rows of a table that are shown as text; `--json` gives all.
const SHOWN: usize = 20;

/// Measure how long people wait for a brand's answer
#[derive(Debug, Args)]
pub(super) struct Responses {
    #[command(flatten)]
    filters: Filters,
    /// Problems to tell apart, up to 50; 0 for none, which is quicker
    #[arg(long, short = 'n', default_value_t = api::RESPONSE_PROBLEMS, value_parser = super::count)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Responses {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let wanted = ResponsesWanted { filters: self.filters.asked(), limit: self.limit };
        let answer = api::responses(&store, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &ResponsesAnswer) -> String {
    let mut out = String::new();
    let all = &answer.overall;
    let _ = writeln!(out, "{} on the clock, of {}", posts(all.posts as u64), answer.question.explained);
    if all.posts > 0 {
        told(&mut out, all);
    }
    let name = |name: &str| harmless(name);
    let groups: [(&str, Vec<(String, &ClockAnswer)>); 5] = [
        ("brand", answer.brands.iter().map(|row| (name(&row.name), &row.clock)).collect()),
        ("source", answer.sources.iter().map(|row| (name(&row.source), &row.clock)).collect()),
        ("problem", answer.problems.iter().map(|row| (name(&row.problem), &row.clock)).collect()),
        ("weekday", answer.weekdays.iter().map(|row| (capital(&row.weekday), &row.clock)).collect()),
        ("hour", answer.hours.iter().map(|row| (format!("{:02}:00", row.hour), &row.clock)).collect()),
    ];
    for (head, rows) in groups.iter().filter(|(_, rows)| !rows.is_empty()) {
        let _ = write!(out, "\n{}", rows_shown(head, rows));
        // Every hour of a day is to be seen.
        if rows.len() > SHOWN.max(24) {
            let _ = writeln!(out, "and {} more: --json", rows.len() - SHOWN);
        }
    }
    for excluded in &answer.excluded {
        let _ = writeln!(
            out,
            "\nLeft out: {} from {}; {}.",
            posts(excluded.posts),
            harmless(&excluded.source),
            excluded.why
        );
    }
    if !answer.notes.is_empty() {
        out.push('\n');
    }
    for note in &answer.notes {
        let _ = writeln!(out, "{}", harmless(note));
    }
    out
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// All posts, in sentences.
fn told(out: &mut String, all: &ClockAnswer) {
    let count = |count: usize| number(count as u64);
    let _ = writeln!(
        out,
        "  answered  {} ({}): {} directly; {} open, {} of them for more than 7 days",
        count(all.answered),
        percent(all.answered as f64 / all.posts.max(1) as f64),
        count(all.pairs),
        count(all.open),
        count(all.never_answered)
    );
    let _ = writeln!(
        out,
        "  after     {} thanked, {} moved to a private channel",
        count(all.thanked),
        count(all.moved_to_private)
    );
    pace_told(out, "wall", &all.wall);
    if let Some(desk) = &all.opening_hours {
        pace_told(out, "open", desk);
    }
}

fn pace_told(out: &mut String, clock: &str, pace: &PaceAnswer) {
    let clock = if clock == "wall" { "by the clock" } else { "in opening hours" };
    if pace.within.is_empty() {
        let _ = writeln!(out, "  {clock}: no time of an answer is known");
        return;
    }
    if let (Some(median), Some(p90)) = (pace.median_seconds, pace.p90_seconds) {
        let _ = writeln!(
            out,
            "  {clock}: half of those answered directly waited {}{}, nine of ten at most {}",
            Wait::spoken(median),
            between(pace.median_low, pace.median_high),
            Wait::spoken(p90)
        );
    }
    let _ = writeln!(
        out,
        "    with those who still wait: {}, {}",
        pace.expected_median_seconds.map_or_else(
            || "half not yet".to_owned(),
            |median| {
                let between = between(pace.expected_median_low, pace.expected_median_high);
                format!("half within {}{between}", Wait::spoken(median))
            }
        ),
        pace.expected_p90_seconds.map_or_else(
            || "nine of ten not yet".to_owned(),
            |p90| format!("nine of ten within {}", Wait::spoken(p90))
        ),
    );
    let within: Vec<String> = pace
        .within
        .iter()
        .map(|within| {
            let range = match (within.expected_low, within.expected_high) {
                (Some(low), Some(high)) => format!(" ({} to {})", percent(low), percent(high)),
                _ => String::new(),
            };
            format!("{} within {}{range}", percent(within.expected), Wait::spoken(f64::from(within.seconds)))
        })
        .collect();
    if !within.is_empty() {
        let _ = writeln!(out, "    {}", within.join(", "));
    }
}

fn between(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!(" ({})", Wait::spoken_range(low, high)),
        (Some(low), None) => format!(" ({} or more)", Wait::spoken(low)),
        _ => String::new(),
    }
}

fn rows_shown(head: &str, rows: &[(String, &ClockAnswer)]) -> String {
    let spoken = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), Wait::short);
    let share = |clock: &ClockAnswer, at: usize| {
        clock
            .wall
            .within
            .get(at)
            .map_or_else(|| "–".to_owned(), |within| format!("{:.0} %", within.expected * 100.0))
    };
    let shown = if head == "hour" { 24 } else { SHOWN };
    let cells: Vec<Vec<String>> = rows
        .iter()
        .take(shown)
        .map(|(name, clock)| {
            let count = |count: usize| number(count as u64);
            vec![
                name.clone(),
                count(clock.posts),
                count(clock.pairs),
                count(clock.answered),
                count(clock.open),
                count(clock.never_answered),
                spoken(clock.wall.median_seconds),
                spoken(clock.wall.p90_seconds),
                spoken(clock.wall.expected_median_seconds),
                share(clock, 0),
                share(clock, 1),
                share(clock, 2),
                share(clock, 3),
                clock
                    .opening_hours
                    .as_ref()
                    .map_or_else(|| "–".to_owned(), |desk| spoken(desk.median_seconds)),
            ]
        })
        .collect();
    table(
        &[
            head,
            "posts",
            "pairs",
            "answered",
            "open",
            "never",
            "median",
            "p90",
            "with open",
            "30 min",
            "1 h",
            "8 h",
            "24 h",
            "in hours",
        ],
        &cells,
    )
}
