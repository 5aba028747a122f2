//! `grouse problems`: which problems last, how large is each, where does it go? And what does a person decide of them?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;

use super::Data;
use super::decisions::Decide;
use super::filters::Filters;
use super::output::{answered, harmless, json, number, say, sparkline, table, text};
use super::terms;
use crate::api::{self, KnownAnswer, LedgerAnswer, LedgerWanted, ProblemsWanted};
use crate::model::{Interval, Per};
use crate::store::Store;

/// Show the problems that last, over the posts that answer a question: how many, where, and more or fewer than before
///
/// `grouse discover --keep` finds them. `--kind` may also be complaint (the default), praise, question or any: what the
/// writer means. Without any, or with --terms, shows which words these posts have more often than others.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Problems {
    #[command(subcommand)]
    decide: Option<Decide>,
    #[command(flatten)]
    over: Over,
    /// Only problems of this theme, as waiting
    #[arg(long, value_name = "THEME")]
    theme: Option<String>,
    /// Problems to show [default: 30; with --terms 20]
    #[arg(long, short = 'n', value_parser = super::count)]
    limit: Option<usize>,
    /// Show words that these posts have more often than others, without the ledger
    #[arg(long)]
    terms: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

/// Over which posts, and how they are counted.
#[derive(Debug, Clone, Args)]
pub(super) struct Over {
    #[command(flatten)]
    filters: Filters,
    /// What is counted: post, case (posts that say the same once) or author
    #[arg(long, default_value = "post")]
    per: Per,
    /// Buckets of the line: day, week or month [default: as fits]
    #[arg(long)]
    interval: Option<Interval>,
    /// Days that are compared with as many before them [default: 7d]
    #[arg(long, value_name = "DAYS")]
    period: Option<String>,
}

impl Over {
    pub(super) fn wanted(&self, limit: usize) -> Result<LedgerWanted> {
        Ok(LedgerWanted {
            filters: self.filters.asked(),
            per: self.per,
            interval: self.interval,
            period_days: self.period.as_deref().map(|text| api::days("period", text)).transpose()?,
            theme: None,
            limit,
        })
    }
}

impl Problems {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        if let Some(decide) = &self.decide {
            // The program's own clock is read here, at the rim.
            #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
            let now = Timestamp::now();
            decide.run(&store, now)?;
            return Ok(ExitCode::SUCCESS);
        }
        let snapshot = store.snapshot()?;
        snapshot.check_ledger()?;
        // A program gets one shape, whether problems are kept yet or not.
        if self.terms || (snapshot.ledger().is_empty() && !self.json) {
            self.terms(&store)?;
            return Ok(ExitCode::SUCCESS);
        }
        let theme = self.theme.as_deref().map(api::theme).transpose()?;
        let wanted = LedgerWanted { theme, ..self.over.wanted(self.limit.unwrap_or(30))? };
        let answer = api::ledger(&store, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn terms(&self, store: &Store) -> Result<()> {
        // What writers mean is a filter of its own here.
        let mut filters = self.over.filters.asked();
        let is_of_meaning = filters.kind.iter().any(|kind| kind.parse::<crate::model::Meaning>().is_ok());
        if is_of_meaning {
            filters = api::meant(filters)?.1;
        }
        let answer = api::problems(store, &ProblemsWanted { filters, limit: self.limit.unwrap_or(20) })?;
        if !self.terms {
            say(
                "no problems are kept yet: `grouse discover --keep` finds them; these are words that stand out",
            );
        }
        if self.json { json(&answer) } else { text(&terms::shown(&answer)) }
    }
}

fn shown(answer: &LedgerAnswer) -> String {
    let mut out = String::new();
    let what = many(answer.per);
    if answer.per == "post" {
        let said = answered(answer.posts, &answer.question.explained);
        let _ = writeln!(out, "{said}, brands' own responses left out");
    } else {
        let _ = writeln!(
            out,
            "{} {what} of {}, brands' own responses left out; a list shows all their posts, here {}",
            number(answer.posts),
            answer.question.explained,
            number(answer.posts_listed)
        );
    }
    if answer.known == 0 {
        let _ = writeln!(
            out,
            "no problems of this kind are kept yet: `grouse discover --kind {} --keep` finds them",
            answer.meaning
        );
        return out;
    }
    if let Some(period) = &answer.period {
        let _ =
            writeln!(out, "rising or fading: {} to {} against {}", period.from, period.to, period.compared());
    }
    let has_brands = answer.problems.iter().any(|problem| !most_at(answer, problem).is_empty());
    let rows: Vec<Vec<String>> = answer
        .problems
        .iter()
        .filter(|problem| problem.share.count > 0)
        .map(|problem| row(answer, problem, has_brands))
        .collect();
    let themes: Vec<String> = answer
        .themes
        .iter()
        .filter(|theme| theme.count > 0)
        .map(|theme| format!("{} {:.1}", theme.theme, theme.per_100))
        .collect();
    if !themes.is_empty() {
        let _ = writeln!(out, "themes, of 100 {what}: {}", themes.join(" · "));
    }
    let without = answer.problems.len() - rows.len();
    let mut head = vec!["problem", what, "of 100", "between", "goes", "by time", "id"];
    if has_brands {
        head.insert(5, "most at");
    }
    let _ = write!(out, "\n{}", table(&head, &rows));
    let _ = writeln!(
        out,
        "\n{} of the {what} ({:.1} of 100) without any problem{}",
        number(answer.unassigned),
        answer.unassigned_per_100,
        match answer.known - answer.problems.len() {
            0 => String::new(),
            more => format!("; {more} more problems with --limit"),
        }
    );
    if without > 0 {
        let _ = writeln!(out, "{without} of the known problems have no post among these");
    }
    out
}

/// What is counted, many of it.
pub(super) fn many(per: &str) -> &'static str {
    match per {
        "case" => "cases",
        "author" => "authors",
        _ => "posts",
    }
}

fn row(answer: &LedgerAnswer, problem: &KnownAnswer, has_brands: bool) -> Vec<String> {
    let goes = match (problem.direction, &problem.change) {
        (Some(direction @ ("rising" | "fading")), Some(change)) => match change.times {
            Some(_) if change.count == 0 => format!("{direction} to none"),
            Some(times) => format!("{direction} {times:.1}×"),
            None => format!("{direction}, new"),
        },
        (Some(direction), _) => direction.to_owned(),
        (None, _) => String::new(),
    };
    let counts: Vec<Option<u64>> = condensed(&problem.counts);
    let marks: Vec<&str> = [
        (problem.pinned, "pinned"),
        (problem.standing == "faded", "faded"),
        (problem.solved.is_some(), "solved"),
    ]
    .into_iter()
    .filter_map(|(is_so, mark)| is_so.then_some(mark))
    .collect();
    let name = match marks.as_slice() {
        [] => harmless(&problem.name),
        marks => format!("{} ({})", harmless(&problem.name), marks.join(", ")),
    };
    let mut row = vec![
        name,
        number(problem.share.count),
        format!("{:.1}", problem.share.per_100),
        format!("{:.1}–{:.1}", problem.share.low, problem.share.high),
        goes,
        sparkline(&counts),
        problem.id.to_string(),
    ];
    if has_brands {
        row.insert(5, most_at(answer, problem));
    }
    row
}

/// The brand that surely has more of it than the others, with its share in the problem's language.
fn most_at(answer: &LedgerAnswer, problem: &KnownAnswer) -> String {
    let most = problem.most_at.as_ref().and_then(|id| Some((id, problem.brands.get(id)?)));
    most.map_or_else(String::new, |(id, share)| {
        let name = answer.brands.iter().find(|brand| brand.id == *id).map_or("", |brand| &brand.name);
        format!("{} ({:.1})", harmless(name), share.per_100)
    })
}

/// Buckets of a line at most: more would be wider than a terminal.
const LINE: usize = 26;

fn condensed(counts: &[u64]) -> Vec<Option<u64>> {
    let together = counts.len().div_ceil(LINE).max(1);
    counts.chunks(together).map(|counts| Some(counts.iter().sum())).collect()
}
