//! `grouse compare`: on which problem is one brand worse than the others, and where are they weak and we are not?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, json, number, posts, table, text};
use crate::api::{self, CompareAnswer, CompareWanted, RateAnswer, WeakAnswer};
use crate::model::{BrandId, Per};
use crate::store::Store;

/// Brands that stand beside each other on a line.
const ACROSS: usize = 6;

/// Compare brands on every problem that lasts, at equal size
#[derive(Debug, Args)]
pub(super) struct Compare {
    #[command(flatten)]
    filters: Filters,
    /// What is counted: post, case (posts that say the same once) or author
    #[arg(long, default_value = "post")]
    per: Per,
    /// How many problems, the largest
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// As JSON, all of it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Compare {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let wanted = CompareWanted { filters: self.filters.asked(), per: self.per };
        let answer = api::compare(&Store::open(&self.data.data)?, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer, self.limit))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &CompareAnswer, limit: usize) -> String {
    if answer.known == 0 {
        return "no problems are kept yet to compare brands on: `grouse discover --keep` finds them\n"
            .to_owned();
    }
    if answer.brands.is_empty() {
        return "these posts are about no brand: `grouse import --watchlist` names the brands of a market\n"
            .to_owned();
    }
    let mut out = if answer.per == "post" {
        format!("compared: {} {}", number(answer.posts), answer.question.explained)
    } else {
        format!(
            "compared: {} {} of {}, whose list has all {}",
            number(answer.posts),
            answer.of,
            answer.question.explained,
            posts(answer.posts_listed)
        )
    };
    out.push_str(", brands' own responses left out\n\n");
    out.push_str(&in_all(answer));
    match &answer.weak {
        Some(weak) => out.push_str(&weak_spots(answer, weak, limit)),
        None => out.push_str(
            "\nwhere they are weak and we are not cannot be said: these posts are not about brands of both \
             `role = \"own\"` and `role = \"competitor\"`\n",
        ),
    }
    out.push_str(&matrix(answer, limit));
    out
}

fn between(rate: &RateAnswer) -> String {
    format!("{:.1}–{:.1}", rate.low, rate.high)
}

fn name_of(answer: &CompareAnswer, id: &BrandId) -> String {
    let brand = answer.brands.iter().find(|brand| brand.id == *id);
    brand.map_or_else(|| id.to_string(), |brand| harmless(&brand.name))
}

fn in_all(answer: &CompareAnswer) -> String {
    let rows: Vec<Vec<String>> = answer
        .brands
        .iter()
        .map(|brand| {
            let rate = &brand.per_1000_mentions;
            vec![
                harmless(&brand.name),
                brand.role.unwrap_or("").to_owned(),
                number(brand.mentions.count),
                format!("{:.1}", brand.mentions.share),
                number(brand.posts.count),
                format!("{:.1}", brand.posts.share),
                format!("{:.0}", rate.share),
                format!("{:.0}–{:.0}", rate.low, rate.high),
            ]
        })
        .collect();
    let head = ["brand", "", "mentions", "of 100", answer.of, "of 100", "of 1,000 mentions", "between"];
    let mut out = table(&head, &rows);
    let _ = match answer.more_brands {
        0 => Ok(()),
        1 => writeln!(out, "1 more brand is compared with and not shown: --brand names it"),
        more => writeln!(
            out,
            "{} more brands are compared with and not shown: --brand names them",
            number(more as u64)
        ),
    };
    out
}

fn weak_spots(answer: &CompareAnswer, weak: &[WeakAnswer], limit: usize) -> String {
    if weak.is_empty() {
        return "\nno problem where competitors are weak and we are surely less so\n".to_owned();
    }
    let rows: Vec<Vec<String>> = weak
        .iter()
        .take(limit)
        .map(|weak| {
            let side = |rate: &RateAnswer| [number(rate.count), format!("{:.1}", rate.share), between(rate)];
            let mut row = vec![harmless(&weak.name), weak.languages.join(",")];
            row.extend(side(&weak.theirs));
            row.extend(side(&weak.ours));
            row.push(weak.most_at.first().map(|id| name_of(answer, id)).unwrap_or_default());
            row.push(weak.id.to_string());
            row
        })
        .collect();
    let head = ["problem", "", "they", "of 100", "between", "we", "of 100", "between", "most at", "id"];
    format!(
        "\nwhere they are weak and we are not, of 100 {} about each side in the problem's language\n{}",
        answer.of,
        table(&head, &rows)
    )
}

/// The problems, beside each other what each brand has of them.
fn matrix(answer: &CompareAnswer, limit: usize) -> String {
    let names: Vec<String> = answer.brands.iter().take(ACROSS).map(|brand| harmless(&brand.name)).collect();
    let of_100 = format!("of 100 {} in its language", answer.of);
    let mut head = vec![of_100.as_str(), ""];
    head.extend(names.iter().map(String::as_str));
    head.push("id");
    let mut rows: Vec<Vec<String>> = answer
        .problems
        .iter()
        .take(limit)
        .map(|problem| {
            let mut row = vec![harmless(&problem.name), problem.languages.join(",")];
            row.extend(problem.brands.iter().take(ACROSS).map(|at| {
                let mark = match at.against.direction {
                    "higher" => "▲",
                    "lower" => "▼",
                    "unsure" => "?",
                    _ => " ",
                };
                let goes = match at.goes {
                    Some("rising") => "↗",
                    Some("fading") => "↘",
                    _ => " ",
                };
                format!("{:.1} {mark}{goes}", at.of_100.share)
            }));
            row.push(problem.id.to_string());
            row
        })
        .collect();
    if rows.is_empty() {
        return "\nnone of these posts has a problem\n".to_owned();
    }
    let mut unassigned = vec!["(no problem, all languages)".to_owned(), String::new()];
    unassigned.extend(answer.unassigned.iter().take(ACROSS).map(|rate| format!("{:.1}   ", rate.share)));
    unassigned.push(String::new());
    rows.push(unassigned);
    let mut out = format!("\n{}", table(&head, &rows));
    out.push_str("\n▲ surely more than at the others, ▼ surely less, ? too few posts to tell\n");
    if let Some(period) = &answer.period {
        let _ = writeln!(
            out,
            "↗ surely rising, ↘ fading: {} to {} against as many days before",
            period.from, period.to
        );
    }
    let more = answer.problems.len().saturating_sub(limit);
    if more > 0 {
        let _ = writeln!(out, "{more} more problems with --limit {}", answer.problems.len());
    }
    let across = answer.brands.len().min(ACROSS);
    let more = answer.brands.len() - across + answer.more_brands;
    if more > 0 {
        let of = number((across + more) as u64);
        let _ = writeln!(out, "{across} of {of} brands are beside each other here: --brand chooses which");
    }
    out
}
