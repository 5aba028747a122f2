//! `grouse search`: which posts are these?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::Data;
use super::filters::Filters;
use super::output::{answered, harmless, is_colored, json, text};
use crate::api::{self, PostAnswer, SearchAnswer, SearchAsked};
use crate::store::{Sort, Store};

/// Show the posts that answer a question
#[derive(Debug, Args)]
pub(super) struct Search {
    #[command(flatten)]
    filters: Filters,
    /// relevance, newest or oldest
    #[arg(long, default_value = "relevance")]
    sort: Sort,
    /// Posts to show, up to 1000
    #[arg(long, short = 'n', default_value_t = 10, value_parser = super::count)]
    limit: usize,
    /// The `next` of the page before
    #[arg(long)]
    cursor: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Search {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let store = Store::open(&self.data.data)?;
        let asked = SearchAsked {
            filters: self.filters.asked(),
            sort: self.sort,
            limit: self.limit,
            cursor: self.cursor.clone(),
        };
        let answer = api::search(&store, &asked)?;
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer, is_colored()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &SearchAnswer, is_colored: bool) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", answered(answer.total, &answer.question.explained));
    for post in &answer.posts {
        let _ = writeln!(out, "\n{}", heading(post));
        let highlight = post.highlight.as_ref();
        let words = |html: Option<&str>, plain: &str| {
            html.map_or_else(|| harmless(plain), |html| unmarked(html, is_colored))
        };
        if let Some(title) = &post.title {
            let html = highlight.and_then(|highlight| highlight.title.as_deref());
            let _ = writeln!(out, "  {}", words(html, title));
        }
        let _ = writeln!(out, "  {}", words(highlight.map(|highlight| highlight.text.as_str()), &post.text));
    }
    if let Some(next) = &answer.next {
        let _ = writeln!(out, "\nmore: --cursor {next}");
    }
    out
}

fn heading(post: &PostAnswer) -> String {
    let mut parts = vec![post.created.clone().unwrap_or_else(|| "undated".to_owned())];
    parts.extend(post.brands.iter().map(ToString::to_string));
    parts.push(post.kind.to_owned());
    parts.push(post.lang.to_owned());
    parts.extend(
        post.rating
            .map(|rating| format!("{rating} {}", if rating.to_string() == "1" { "star" } else { "stars" })),
    );
    parts.push(harmless(&post.id));
    parts.join(" · ")
}

/// The HTML of a highlight as terminal text: marks in bold, entities as the characters they stand for.
fn unmarked(html: &str, is_colored: bool) -> String {
    let (on, off) = if is_colored { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    // The text is made harmless first, so that the only commands to the terminal are ours.
    harmless(html)
        .replace("<mark>", on)
        .replace("</mark>", off)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
