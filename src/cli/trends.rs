//! `grouse trends`: how many each day?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{answered, harmless, json, number, posts, sparkline, table, text};
use crate::api::{self, GoesAnswer, SeriesAnswer, SeriesShare, TrendAnswer, TrendsAsked};
use crate::insight::wilson;
use crate::model::{Interval, Per, Split};
use crate::store::Store;

/// Series that are shown as text; `--json` and `--csv` give all.
const SHOWN: usize = 30;

/// Count the posts that answer a question, over time
#[derive(Debug, Args)]
pub(super) struct Trends {
    #[command(flatten)]
    filters: Filters,
    /// One series for each: brand, source, language, intent, signal, target, problem or all
    #[arg(long, default_value = "all")]
    by: Split,
    /// What is counted: post, case (posts that say the same count once in each bucket) or author (once in each)
    #[arg(long, default_value = "post")]
    per: Per,
    /// day, week or month
    #[arg(long, default_value = "day")]
    interval: Interval,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As CSV: start,key,name,count; a gap has no count
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Trends {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let asked = TrendsAsked {
            filters: self.filters.asked(),
            by: self.by,
            per: self.per,
            interval: self.interval,
        };
        let answer = api::trends(&store, &asked)?;
        if self.json {
            json(&answer)?;
        } else if self.csv {
            text(&csv(&answer)?)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &TrendAnswer) -> String {
    let mut out = String::new();
    let said = answered(answer.total, &answer.question.explained);
    match counted(answer.per) {
        // Posts that say the same are one case.
        Some((one, many)) => {
            let noun = if answer.total == 1 { one } else { many };
            let _ = write!(
                out,
                "{} {noun} of {} (whose list has all {})",
                number(answer.total),
                answer.question.explained,
                posts(answer.listed)
            );
        }
        None => {
            let _ = write!(out, "{said}");
        }
    }
    if let (Some(from), Some(to)) = (&answer.from, &answer.to) {
        let _ = write!(out, ", by {} from {from} to {to} ({})", answer.interval, answer.time_zone);
    }
    out.push('\n');
    if answer.undated > 0 {
        let _ = writeln!(out, "{} of them without a date: in no {}", number(answer.undated), answer.interval);
    }
    for problem in &answer.problems {
        let _ = writeln!(out, "{}", goes(problem));
    }
    let has_share = answer.series.iter().any(|series| series.share.is_some());
    let rows: Vec<Vec<String>> = answer
        .series
        .iter()
        .take(SHOWN)
        .map(|series| {
            let dated = series.counts.iter().zip(&answer.starts);
            // Of several that have most, the first.
            let most = dated
                .filter_map(|(count, start)| Some(((*count)?, start)))
                .rev()
                .max_by_key(|(count, _)| *count);
            let mut row = vec![
                harmless(&series.name),
                number(series.total),
                most.map_or_else(String::new, |(count, start)| format!("{} on {start}", number(count))),
                sparkline(&shorten(&series.counts)),
            ];
            if let Some(share) = &series.share {
                row.splice(2..2, shares(series.total, share));
            } else if has_share {
                row.splice(2..2, [const { String::new() }; 4]);
            }
            row
        })
        .collect();
    if !rows.is_empty() {
        let mut head = vec![answer.by, counted(answer.per).map_or("posts", |(_, many)| many), "most", ""];
        if has_share {
            // Of the posts of the same question without its problems, and of these whatever their writers mean.
            head.splice(2..2, ["of 100", "between", "of 1,000 mentions", "between"]);
        }
        let _ = write!(out, "\n{}", table(&head, &rows));
        out.push_str(&by_weekday(answer));
        if answer.series.iter().any(|series| series.counts.contains(&None)) {
            let _ = writeln!(out, "\n· not collected, which is not zero");
        }
    }
    if answer.series.len() > SHOWN {
        let _ = writeln!(out, "and {} more: --json or --csv", answer.series.len() - SHOWN);
    }
    out
}

/// A series as a share of 100 and of 1,000, each with the range in which the true one lies in 95 of 100 cases.
fn shares(total: u64, share: &SeriesShare) -> [String; 4] {
    let [of, mentions] = [&share.of, &share.mentions].map(|of| of.iter().flatten().sum::<u64>());
    let rate = |size: f64, of: u64| {
        let (low, high) = wilson(total, of);
        [
            format!("{:.1}", size * total as f64 / of.max(1) as f64),
            format!("{:.1}–{:.1}", size * low, size * high),
        ]
    };
    let ([share, between], [rate, around]) = (rate(100.0, of), rate(1000.0, mentions));
    [share, between, rate, around]
}

/// Series whose weekdays are shown as text.
const WEEKDAYS_OF: usize = 10;

/// How many a usual Monday has, and so on; nothing of less than two weeks, where each day is what it was.
fn by_weekday(answer: &TrendAnswer) -> String {
    let days: u64 =
        answer.series.iter().filter_map(|series| series.weekday_days).flatten().max().unwrap_or(0);
    if days < 2 {
        return String::new();
    }
    let row = |series: &SeriesAnswer| {
        let (counts, days) = (series.weekdays?, series.weekday_days?);
        let mean = |(count, days): (&u64, &u64)| match days {
            0 => "·".to_owned(),
            _ => format!("{:.1}", *count as f64 / *days as f64),
        };
        let mut row = vec![harmless(&series.name)];
        row.extend(counts.iter().zip(&days).map(mean));
        Some(row)
    };
    let rows: Vec<Vec<String>> = answer.series.iter().take(WEEKDAYS_OF).filter_map(row).collect();
    let head = ["a day, by weekday", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    format!("\n{}", table(&head, &rows))
}

/// Where a problem goes, as a person says it.
fn goes(problem: &GoesAnswer) -> String {
    let mut out = format!("{} ({})", harmless(&problem.name), problem.id);
    if let Some(first) = &problem.first_seen {
        let _ = write!(out, ", first seen on {}", first.get(..10).unwrap_or(""));
    }
    if let (Some(direction), Some(change), Some(period)) =
        (problem.direction, &problem.change, &problem.period)
    {
        let _ = write!(
            out,
            ": {direction}, {} of {} from {} to {} and {} of {} as long before",
            number(change.count),
            number(period.posts),
            period.from,
            period.to,
            number(change.before),
            number(period.posts_before)
        );
    }
    out
}

/// What is counted if not posts: one, and many of it.
fn counted(per: &str) -> Option<(&'static str, &'static str)> {
    match per {
        "case" => Some(("case", "cases")),
        "author" => Some(("author", "authors")),
        _ => None,
    }
}

/// A long series on one line: neighbors are added up; a gap stays one only if all of it is.
fn shorten(counts: &[Option<u64>]) -> Vec<Option<u64>> {
    let step = counts.len().div_ceil(80).max(1);
    counts.chunks(step).map(|chunk| chunk.iter().flatten().copied().reduce(|a, b| a + b)).collect()
}

fn csv(answer: &TrendAnswer) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["start", "key", "name", "count"])?;
    for series in &answer.series {
        for (start, count) in answer.starts.iter().zip(&series.counts) {
            let count = count.map_or_else(String::new, |count| count.to_string());
            writer.write_record([start.as_str(), &series.key, &series.name, &count])?;
        }
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
