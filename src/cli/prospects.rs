//! `grouse prospects`: which customer of a competitor could we help, and why?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{harmless, json, number, posts, text};
use crate::api::{self, ProspectAnswer, ProspectsAnswer, ProspectsWanted};
use crate::model::Wait;
use crate::store::Store;

/// List customers of competitors who wait for help with what we solve
#[derive(Debug, Args)]
pub(super) struct Prospects {
    #[command(flatten)]
    filters: Filters,
    /// An answer of the competitor after this is late, as 8h or 2d
    #[arg(long, value_name = "TIME", default_value_t = api::LATE)]
    late: Wait,
    /// Leave out posts that are older than this when the newest post was written
    #[arg(long, value_name = "TIME", default_value_t = api::STALE)]
    stale: Wait,
    /// Prospects to show, up to 200
    #[arg(long, short = 'n', default_value_t = api::PROSPECTS, value_parser = super::count)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Prospects {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let wanted = ProspectsWanted {
            filters: self.filters.asked(),
            late: self.late,
            stale: self.stale,
            limit: self.limit,
        };
        let answer = api::prospects(&store, &wanted)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &ProspectsAnswer) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} among {} about competitors that ask for something and had no answer within {}",
        match answer.total {
            1 => "1 prospect".to_owned(),
            total => format!("{} prospects", number(total as u64)),
        },
        posts(answer.candidates as u64),
        Wait::spoken(f64::from(answer.late_seconds))
    );
    for (at, prospect) in answer.prospects.iter().enumerate() {
        let _ = write!(out, "\n{}", card(at + 1, prospect));
    }
    if let Some(guidance) = answer.prospects.first().and_then(|prospect| prospect.guidance.as_deref()) {
        let _ = writeln!(out, "\nHow we answer: {}", harmless(guidance));
    }
    if answer.total > answer.prospects.len() {
        let _ =
            writeln!(out, "\nand {} more: --limit", number((answer.total - answer.prospects.len()) as u64));
    }
    for note in &answer.notes {
        let _ = writeln!(out, "\n{}", harmless(note));
    }
    out
}

fn card(number: usize, prospect: &ProspectAnswer) -> String {
    let mut out = String::new();
    let post = &prospect.post;
    let _ = writeln!(
        out,
        "{number}. {} fit, {}: {}",
        prospect.fit,
        harmless(&prospect.brand_name),
        harmless(&prospect.why.join("; "))
    );
    if let Some(title) = &post.title {
        let _ = writeln!(out, "   {}", harmless(title));
    }
    let words: String = harmless(&post.text).chars().take(280).collect();
    let _ = writeln!(out, "   “{words}”");
    for later in &prospect.thread {
        let words: String = harmless(&later.text).chars().take(140).collect();
        let who = if later.kind == "response" {
            later.brands.first().map_or_else(|| "a brand".to_owned(), ToString::to_string)
        } else if later.author == post.author {
            "the writer".to_owned()
        } else {
            "somebody".to_owned()
        };
        let _ = writeln!(out, "     {who}: {words}");
    }
    let others = prospect.others.iter().map(|other| (other.url.as_deref(), other.id.as_str()));
    for (url, id) in std::iter::once((prospect.url.as_deref(), post.id.as_str())).chain(others) {
        let _ = writeln!(out, "   {}", harmless(url.unwrap_or(id)));
    }
    out
}
