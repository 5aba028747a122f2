//! `grouse discover`: what recurs in these posts?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, json, number, percent, posts, table, text};
use crate::api;
use crate::insight::{DiscoverAsked, discover};
use crate::model::{Discovered, Discovery};
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
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Discover {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let snapshot = store.snapshot()?;
        let question = meant(self.filters.asked()).question(&snapshot)?;
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

/// Takes out of the kinds of posts what is a kind of meaning.
fn meant(mut filters: api::Filters) -> api::Filters {
    let asked = std::mem::take(&mut filters.kind);
    let mut is_said = false;
    for kind in asked {
        match kind.to_ascii_lowercase().as_str() {
            "complaint" => filters.complaint = Some("yes".to_owned()),
            intent @ ("praise" | "question") => filters.intent.push(intent.to_owned()),
            "any" => {}
            _ => {
                filters.kind.push(kind);
                continue;
            }
        }
        is_said = true;
    }
    if !is_said && filters.complaint.is_none() && filters.intent.is_empty() {
        filters.complaint = Some("yes".to_owned());
    }
    filters
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
