//! `grouse discover`: what recurs in these posts?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, json, number, percent, posts, table, text};
use crate::api;
use crate::insight::{DiscoverAsked, Kept, discover};
use crate::model::{Discovered, Discovery, ProblemId};
use crate::store::{Snapshot, Store};

/// Find the problems that recur in the posts that answer a question
///
/// `--kind` may also be complaint (the default), praise, question or any: what the writer means.
#[derive(Debug, Args)]
pub(super) struct Discover {
    #[command(flatten)]
    filters: Filters,
    /// Typical posts of each problem
    #[arg(long, default_value_t = 3, value_parser = super::count)]
    typical: usize,
    /// Keep them: those that are known continue, and `grouse problems` shows them from now on
    #[arg(long)]
    keep: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Discover {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        if self.keep {
            return self.keep(&store);
        }
        let snapshot = store.snapshot()?;
        let question = api::meant(self.filters.asked())?.1.question(&snapshot)?;
        let asked =
            DiscoverAsked { query: question.query, time_zone: question.time_zone, typical: self.typical };
        let found = discover(&snapshot, &asked)?;
        let answer = answer(&snapshot, found)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Discover {
    fn keep(&self, store: &Store) -> Result<ExitCode> {
        // The program's own clock is read here, at the rim.
        #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
        let now = Timestamp::now();
        let kept = api::keep(store, &self.filters.asked(), 0, now)?;
        let answer = KeptAnswer::of(&kept);
        if self.json {
            json(&answer)?;
        } else {
            text(&kept_shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What a run did to the ledger.
#[derive(Debug, Serialize)]
struct KeptAnswer {
    posts: u64,
    unassigned: u64,
    proposals: u64,
    changes: u64,
    outcomes: Vec<OutcomeAnswer>,
}

/// What became of one proposal or one known problem.
#[derive(Debug, Serialize)]
struct OutcomeAnswer {
    verdict: &'static str,
    problem: Option<ProblemId>,
    proposal: Option<String>,
    reason: String,
    /// Something changed in the ledger.
    changed: bool,
}

impl KeptAnswer {
    fn of(kept: &Kept) -> Self {
        let run = &kept.reconciled.run;
        let outcomes = kept.reconciled.outcomes.iter().map(|outcome| OutcomeAnswer {
            verdict: outcome.verdict.as_str(),
            problem: outcome.problem.clone(),
            proposal: outcome.proposal.map(|at| kept.discovery.problems[at].name.clone()),
            reason: outcome.reason.clone(),
            changed: outcome.change.is_some(),
        });
        Self {
            posts: run.posts,
            unassigned: run.unassigned,
            proposals: run.proposals,
            changes: run.changes,
            outcomes: outcomes.collect(),
        }
    }
}

fn kept_shown(answer: &KeptAnswer) -> String {
    // What a problem learned from its own posts, and not from a proposal.
    let is_relearned = |outcome: &&OutcomeAnswer| outcome.verdict == "learned" && outcome.proposal.is_none();
    let (relearned, outcomes): (Vec<_>, Vec<_>) = answer.outcomes.iter().partition(is_relearned);
    let is_known = |outcome: &&&OutcomeAnswer| matches!(outcome.verdict, "continues" | "learned");
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}, brands' own responses left out: {} proposals, of which {} continue what is known",
        posts(answer.posts),
        answer.proposals,
        outcomes.iter().filter(is_known).count(),
    );
    if !relearned.is_empty() {
        let many = number(relearned.len() as u64);
        let _ = writeln!(out, "{many} known problems learned today's words from their new posts");
    }
    let rows: Vec<Vec<String>> = outcomes
        .iter()
        .filter(|outcome| outcome.changed)
        .map(|outcome| {
            vec![
                outcome.verdict.to_owned(),
                outcome.problem.as_ref().map(ToString::to_string).unwrap_or_default(),
                harmless(&outcome.reason),
            ]
        })
        .collect();
    if rows.is_empty() && relearned.is_empty() {
        let _ = writeln!(out, "nothing changed");
    } else if rows.is_empty() {
        let _ = writeln!(out, "nothing else changed");
    } else {
        let _ = write!(out, "\n{}", table(&["is", "problem", "why"], &rows));
    }
    let _ = writeln!(
        out,
        "\n{} of the posts ({}) without any problem; `grouse problems` shows them all",
        number(answer.unassigned),
        percent(answer.unassigned as f64 / answer.posts.max(1) as f64)
    );
    out
}

#[derive(Debug, Serialize)]
struct Answer {
    posts: u64,
    unassigned: u64,
    themes: BTreeMap<String, u64>,
    problems: Vec<ProblemFound>,
}

#[derive(Debug, Serialize)]
struct ProblemFound {
    name: String,
    language: String,
    theme: Option<String>,
    count: u64,
    strongest: u64,
    share: f64,
    neighbor: Option<String>,
    apart: Vec<String>,
    signature: Vec<(String, i32)>,
    typical: Vec<Typical>,
}

#[derive(Debug, Serialize)]
struct Typical {
    id: String,
    text: String,
}

fn answer(snapshot: &Snapshot, found: Discovery) -> Result<Answer> {
    let names: Vec<String> = found.problems.iter().map(|problem| problem.name.clone()).collect();
    let mut problems = Vec::with_capacity(found.problems.len());
    for problem in found.problems {
        problems.push(problem_found(snapshot, problem, &names)?);
    }
    Ok(Answer {
        posts: found.posts,
        unassigned: found.unassigned,
        themes: found.themes.into_iter().map(|theme| (theme.id, theme.count)).collect(),
        problems,
    })
}

fn problem_found(snapshot: &Snapshot, problem: Discovered, names: &[String]) -> Result<ProblemFound> {
    let mut typical = Vec::with_capacity(problem.typical.len());
    for id in &problem.typical {
        if let Some(record) = snapshot.post(id)? {
            typical.push(Typical { id: id.as_str().to_owned(), text: record.post.text });
        }
    }
    let written = |phrase: &crate::model::Phrase| match &phrase.second {
        Some(second) => format!("{} {second}", phrase.first),
        None => phrase.first.clone(),
    };
    Ok(ProblemFound {
        name: problem.name,
        language: problem.signature.language.code().to_owned(),
        theme: problem.theme,
        count: problem.count,
        strongest: problem.strongest,
        share: problem.share,
        neighbor: problem.neighbor.and_then(|at| names.get(at).cloned()),
        apart: problem.apart,
        signature: problem
            .signature
            .terms
            .iter()
            .map(|(phrase, weight)| (written(phrase), *weight))
            .collect(),
        typical,
    })
}

fn shown(answer: &Answer) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}, brands' own responses left out", posts(answer.posts));
    if answer.problems.is_empty() {
        let _ = writeln!(out, "\ntoo few to find problems in");
        return out;
    }
    let row = |problem: &ProblemFound| {
        let example = problem.typical.first().map_or_else(String::new, |post| {
            let text = harmless(&post.text);
            let short: String = text.chars().take(60).collect();
            if short.len() < text.len() { format!("{short}…") } else { text }
        });
        vec![
            harmless(&problem.name),
            problem.language.clone(),
            problem.theme.clone().unwrap_or_default(),
            number(problem.count),
            percent(problem.share),
            harmless(&problem.apart.join(", ")),
            example,
        ]
    };
    let rows: Vec<Vec<String>> = answer.problems.iter().map(row).collect();
    let head = ["problem", "in", "theme", "posts", "share", "set apart by", "for example"];
    let _ = write!(out, "\n{}", table(&head, &rows));
    let _ = writeln!(
        out,
        "\n{} of the posts ({}) without any of these",
        number(answer.unassigned),
        percent(answer.unassigned as f64 / answer.posts.max(1) as f64)
    );
    out
}
