//! `grouse emerging`: what do people write of now that they did not write of before?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{answered, harmless, json, number, posts, sparkline, text};
use crate::api::{self, EmergingAnswer, EmergingPeriod, EmergingProblemAnswer, EmergingWanted};
use crate::store::Store;

/// Find what people write of in the last week and did not before, and what no known problem is about
///
/// The last days are compared with as many of the same weekdays in the weeks before. `--since` and `--until` say which
/// days are the last ones. `--kind` may also be complaint (the default), praise, question or any: what the writer means.
#[derive(Debug, Args)]
pub(super) struct Emerging {
    #[command(flatten)]
    filters: Filters,
    /// How many days are the last ones [default: 7d, or half of what there is]
    #[arg(long, value_name = "DAYS", conflicts_with = "since")]
    days: Option<String>,
    /// Problems to show, up to 100
    #[arg(long, short = 'n', default_value_t = api::EMERGING, value_parser = super::count)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Emerging {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let wanted = EmergingWanted {
            filters: self.filters.asked(),
            days: self.days.as_deref().map(|text| api::days("days", text)).transpose()?,
            limit: self.limit,
        };
        let answer = api::emerging(&store, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &EmergingAnswer) -> String {
    let mut out = String::new();
    let Some(period) = &answer.period else {
        let _ = writeln!(
            out,
            "nothing can be new yet in {}: they were not collected long enough to know what is usual",
            answered(answer.posts, &answer.question.explained)
        );
        return out;
    };
    let _ = writeln!(
        out,
        "{} in {}: {}",
        match answer.total {
            0 => "nothing is emerging".to_owned(),
            1 => "1 problem is emerging".to_owned(),
            total => format!("{} problems are emerging", number(total)),
        },
        answer.question.explained,
        compared(period)
    );
    let _ = writeln!(
        out,
        "{} against {} before; {} words and pairs of words looked at",
        posts(answer.posts),
        number(answer.before),
        number(answer.looked_at)
    );
    if !answer.late.is_empty() {
        let _ = writeln!(
            out,
            "left out, since it is not known yet what is usual there: {}",
            answer.late.iter().map(|name| harmless(name)).collect::<Vec<_>>().join(", ")
        );
    }
    for problem in &answer.problems {
        let _ = write!(out, "\n{}", card(problem));
    }
    if answer.total > answer.problems.len() as u64 {
        let _ = writeln!(out, "\nand {} more: --limit", number(answer.total - answer.problems.len() as u64));
    }
    out
}

fn compared(period: &EmergingPeriod) -> String {
    let since = period.before.first().filter(|_| period.before.len() > 1);
    let since = since.map_or_else(String::new, |days| format!(", since {}", days.from));
    format!("{} to {} against {}{since}", period.from, period.to, period.compared())
}

fn card(problem: &EmergingProblemAnswer) -> String {
    let mut out = String::new();
    let voices: Vec<Option<u64>> = problem.voices.iter().map(|count| Some(*count)).collect();
    let _ = writeln!(out, "{} ({})  {}", harmless(&problem.name), problem.language, sparkline(&voices));
    let people = match problem.voices.last().copied().unwrap_or(0) {
        1 => "1 person".to_owned(),
        people => format!("{} people", number(people)),
    };
    let before = match (problem.before, problem.times) {
        (0, _) | (_, None) => "none before".to_owned(),
        (before, Some(times)) => format!("{} before: {times:.1} times the share", number(before)),
    };
    let _ = writeln!(out, "  now       {} by {people}; {before}", posts(problem.posts));
    if let Some(first) = &problem.first_seen {
        let _ = writeln!(out, "  first     {first}");
    }
    let brands: Vec<String> = problem
        .brands
        .iter()
        .take(5)
        .map(|brand| format!("{} ({})", harmless(&brand.name), number(brand.posts)))
        .collect();
    if !brands.is_empty() {
        let _ = writeln!(out, "  brands    {}", brands.join(", "));
    }
    let words: Vec<String> = problem.words.iter().map(|word| harmless(word)).collect();
    let _ = writeln!(out, "  words     {}", words.join(", "));
    if problem.unassigned > 0 && problem.unassigned < problem.posts {
        let _ =
            writeln!(out, "  unknown   {} of them have no known problem at all", number(problem.unassigned));
    }
    for post in &problem.examples {
        let words: String = harmless(&post.text).chars().take(90).collect();
        let _ = writeln!(
            out,
            "  {:<9} {words}",
            post.created.as_deref().map_or("", |day| &day[..day.len().min(10)])
        );
    }
    let _ = writeln!(out, "  its posts grouse search '{}'", problem.query.replace('\'', "'\\''"));
    out
}
