//! `grouse problems rename …`: what does a person decide of the problems that last, and what happened to them?
//!
//! To add a decision: one variant here, and what `api/decisions.rs` says.

use std::fmt::Write as _;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;

use super::output::{harmless, json, number, say, table, text};
use super::problems::{Over, many};
use crate::api::{self, EventAnswer, KnownAnswer, ProblemDetail, ShareAnswer, Who, Wish};
use crate::model::{Change, Event, Language};
use crate::store::Store;

/// What a person decides or wants to know.
#[derive(Debug, Subcommand)]
pub(super) enum Decide {
    /// Show one problem: its numbers, typical posts, what sets it apart, and what happened to it
    Show {
        /// Id, as `grouse problems` shows it
        id: String,
        #[command(flatten)]
        over: Box<Over>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what happened to the problems
    Changes {
        /// On this day or later, as 2026-03-01
        #[arg(long, value_name = "DAY", value_parser = super::day)]
        since: Option<Date>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a problem a name; its id stays
    Rename {
        /// Id of the problem
        id: String,
        /// The name
        #[arg(required = true, num_args = 1..)]
        name: Vec<String>,
        #[command(flatten)]
        said: Said,
    },
    /// Say what a problem is; without words nothing is said any more
    Describe {
        /// Id of the problem
        id: String,
        /// What is said
        #[arg(num_args = 0..)]
        words: Vec<String>,
        #[command(flatten)]
        said: Said,
    },
    /// Let the posts of a problem count for another
    Merge {
        /// Id of the problem that is no longer shown
        id: String,
        /// Id of the problem for which its posts count
        into: String,
        #[command(flatten)]
        said: Said,
    },
    /// Make a problem of its own of those posts that have a term, as "gate agent"
    Split {
        /// Id of the problem
        id: String,
        /// One word, or two beside each other
        term: String,
        /// What the new problem is called [default: the term]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        said: Said,
    },
    /// Keep a problem: it never fades, and no run merges or splits it
    Pin(One),
    /// Keep a problem no longer
    Unpin(One),
    /// Leave a problem out; its posts are not given to others
    Hide(One),
    /// Leave a problem out no longer
    Unhide(One),
    /// Say where a problem is tracked; without an address nowhere
    Link {
        /// Id of the problem
        id: String,
        /// An address that begins with https://
        url: Option<String>,
        #[command(flatten)]
        said: Said,
    },
    /// Say since when a problem is solved; its posts still count, so that it is seen when it returns
    Solve {
        /// Id of the problem
        id: String,
        /// Since this day, as 2026-03-01
        #[arg(long, value_name = "DAY", required_unless_present = "not", value_parser = super::day)]
        on: Option<Date>,
        /// It is not solved after all
        #[arg(long, conflicts_with = "on")]
        not: bool,
        #[command(flatten)]
        said: Said,
    },
    /// Take the last decision back, or the one with a number that `grouse problems changes` shows
    Undo {
        /// Number of what is taken back
        number: Option<i64>,
        /// Take back all that the last run of `grouse discover --keep` changed
        #[arg(long, conflicts_with = "number")]
        run: bool,
        /// Who takes it back
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

/// One problem and nothing else.
#[derive(Debug, Args)]
pub(super) struct One {
    /// Id of the problem
    id: String,
    #[command(flatten)]
    said: Said,
}

/// Who decides, and why.
#[derive(Debug, Clone, Args)]
pub(super) struct Said {
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Decide {
    pub(super) fn run(&self, store: &Store, now: Timestamp) -> Result<()> {
        let (id, wish, said) = match self {
            Self::Show { id, over, json: is_json } => {
                let found = api::problem(store, id, &over.wanted(0)?)?;
                return if *is_json { json(&found) } else { text(&shown(&found)) };
            }
            Self::Changes { since, json: is_json } => {
                let events = api::changes(store, *since)?;
                return if *is_json { json(&events) } else { text(&history(&events)) };
            }
            Self::Undo { run: true, by, .. } => return undo_run(store, by.as_deref(), now),
            Self::Undo { number, by, .. } => return undo(store, *number, by.as_deref(), now),
            Self::Rename { id, name, said } => (id, Wish::Rename(name.join(" ")), said),
            Self::Describe { id, words, said } => (id, Wish::Describe(words.join(" ")), said),
            Self::Merge { id, into, said } => (id, Wish::Merge(into.clone()), said),
            Self::Split { id, term, name, said } => {
                (id, Wish::Split { term: term.clone(), name: name.clone() }, said)
            }
            Self::Pin(One { id, said }) => (id, Wish::Pin(true), said),
            Self::Unpin(One { id, said }) => (id, Wish::Pin(false), said),
            Self::Hide(One { id, said }) => (id, Wish::Hide(true), said),
            Self::Unhide(One { id, said }) => (id, Wish::Hide(false), said),
            Self::Link { id, url, said } => (id, Wish::Link(url.clone().unwrap_or_default()), said),
            Self::Solve { id, on, not: _, said } => (id, Wish::Solve(*on), said),
        };
        let who = Who { by: said.by.clone(), note: said.note.clone() };
        let event = api::decide_problem(store, id, wish, &who, now)?;
        text(&format!("{}\n", told(&event)))?;
        say(format_args!("`grouse problems undo {}` takes it back", event.number));
        Ok(())
    }
}

/// What was decided, as a person says it.
fn told(event: &Event) -> String {
    let id = &event.problem;
    match &event.change {
        Change::Renamed(name) => format!("{id} is called {} now", harmless(name)),
        Change::Described(text) if text.is_empty() => format!("{id} has no description any more"),
        Change::Described(_) => format!("{id} is described"),
        Change::Linked(link) if link.is_empty() => format!("{id} is tracked nowhere"),
        Change::Linked(link) => format!("{id} is tracked at {}", harmless(link)),
        Change::Pinned(true) => format!("{id} is kept, whatever a run finds"),
        Change::Pinned(false) => format!("{id} is no longer pinned"),
        Change::Hidden(true) => format!("{id} is left out"),
        Change::Hidden(false) => format!("{id} is shown again"),
        Change::Solved(Some(day)) => format!("{id} is solved since {day}; posts after it still count"),
        Change::Solved(None) => format!("{id} is not solved"),
        Change::Merged { into } => format!("the posts of {id} count for {into} now"),
        Change::Divided { name, .. } => {
            format!("{id} is a problem of its own now, called {}", harmless(name))
        }
        // Only a run does these.
        Change::Found(_) | Change::SplitOff { .. } | Change::Learned(_) | Change::Faded | Change::Revived => {
            format!("{id} changed")
        }
    }
}

fn undo(store: &Store, number: Option<i64>, by: Option<&str>, now: Timestamp) -> Result<()> {
    let answer = EventAnswer::of(&api::undo_decision(store, None, number, by, now)?);
    text(&format!("taken back: {} was {}\n", answer.problem, what(&answer)))
}

fn undo_run(store: &Store, by: Option<&str>, now: Timestamp) -> Result<()> {
    let undone = api::undo_run(store, by, now)?;
    let changes =
        if undone.changes == 1 { "1 change".to_owned() } else { format!("{} changes", undone.changes) };
    let when = undone.run.get(..16).unwrap_or("").replace('T', " ");
    text(&format!("taken back: {changes} of the run of {when} UTC\n"))
}

/// What happened, as it is said after `was`.
fn what(event: &EventAnswer) -> String {
    let said = event.said.as_deref().map(harmless).unwrap_or_default();
    let other = event.other.as_ref().map(ToString::to_string).unwrap_or_default();
    match event.what {
        "found" => format!("found: {said}"),
        "split-off" => format!("split off {other}: {said}"),
        "learned" => "learned anew, from today's words".to_owned(),
        "merged" => format!("merged into {other}"),
        "divided" => format!("divided from {other}, {said}"),
        "renamed" => format!("renamed {said}"),
        "described" if said.is_empty() => "described no longer".to_owned(),
        "linked" if said.is_empty() => "linked no longer".to_owned(),
        "linked" => format!("linked to {said}"),
        "solved" if said.is_empty() => "marked as not solved".to_owned(),
        "solved" => format!("solved on {said}"),
        other => other.to_owned(),
    }
}

fn history(events: &[EventAnswer]) -> String {
    if events.is_empty() {
        return "nothing happened\n".to_owned();
    }
    let rows: Vec<Vec<String>> = api::told_together(events)
        .map(|events| {
            let [event] = events else { return together(events) };
            let mut done = what(event);
            if let Some(undone) = &event.undone {
                let _ = write!(done, " (taken back on {})", undone.get(..10).unwrap_or(""));
            }
            vec![
                event.number.to_string(),
                event.when.get(..16).unwrap_or("").replace('T', " "),
                event.problem.to_string(),
                done,
                if event.by_run {
                    "a run".to_owned()
                } else {
                    harmless(event.by.as_deref().unwrap_or("a person"))
                },
                harmless(event.reason.as_deref().unwrap_or("")),
            ]
        })
        .collect();
    table(&["number", "when (UTC)", "problem", "was", "by", "why"], &rows)
}

/// What many problems learned in one run.
fn together(events: &[EventAnswer]) -> Vec<String> {
    let numbers = events.first().zip(events.last());
    let day = events.first().and_then(|event| event.when.get(..16)).unwrap_or("");
    vec![
        numbers.map_or_else(String::new, |(first, last)| format!("{}–{}", first.number, last.number)),
        day.replace('T', " "),
        format!("{} problems", number(events.len() as u64)),
        "learned anew, from today's words".to_owned(),
        "a run".to_owned(),
        "each is in the history of its problem".to_owned(),
    ]
}

fn shown(found: &ProblemDetail) -> String {
    let (problem, of) = (&found.problem, &found.of);
    let mut out = String::new();
    let _ = writeln!(out, "{} ({})", harmless(&problem.name), problem.id);
    if let Some(into) = &found.merged_into {
        let _ = writeln!(out, "the problem that you asked for is merged into {into}");
    }
    if let Some(description) = &problem.description {
        let _ = writeln!(out, "{}", harmless(description));
    }
    for (label, value) in [
        ("theme", problem.theme.clone()),
        ("solved since", problem.solved.clone()),
        ("tracked at", problem.link.clone()),
        ("standing", (problem.standing != "live").then(|| problem.standing.to_owned())),
        ("first seen", problem.first_seen.as_ref().map(|when| when.chars().take(10).collect())),
        ("most like it", found.neighbor.as_ref().map(|(id, like)| format!("{id} ({:.0} %)", like * 100.0))),
        ("set apart by", (!found.apart.is_empty()).then(|| found.apart.join(", "))),
        ("its words", Some(found.terms.iter().map(|(term, _)| term.clone()).collect::<Vec<_>>().join(", "))),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "{label}: {}", harmless(&value));
        }
    }
    let _ = writeln!(
        out,
        "\n{} of {} {} that {}: {:.1} of 100, between {:.1} and {:.1}{}",
        number(problem.share.count),
        number(of.posts),
        many(of.per),
        of.question.explained.strip_prefix("posts that ").unwrap_or("are all"),
        problem.share.per_100,
        problem.share.low,
        problem.share.high,
        goes(problem),
    );
    if of.per != "post" {
        let _ = writeln!(out, "its list has all their posts: {}", number(problem.listed));
    }
    let _ = writeln!(out, "they are listed by: grouse search {}", quoted(&problem.query));
    out.push_str(&by_brand(found));
    let weekdays = api::weekdays(of, problem);
    if !weekdays.is_empty() {
        let weekdays: Vec<String> = weekdays.into_iter().map(|(_, said)| said).collect();
        let _ = writeln!(out, "\nby weekday: {} of 100", weekdays.join(" · "));
    }
    if !found.typical.is_empty() {
        let _ = writeln!(out, "\nfor example");
        for post in found.typical.iter().take(5) {
            let _ = writeln!(out, "  {}", harmless(&post.text));
        }
    }
    let _ = write!(out, "\n{}", history(&found.history));
    out
}

/// A question as a shell takes it.
fn quoted(query: &str) -> String {
    format!("'{}'", harmless(query).replace('\'', "'\\''"))
}

/// Brands of the table of one problem.
const BY_BRAND: usize = 20;

/// What each brand has of it in the languages of the problem.
fn by_brand(found: &ProblemDetail) -> String {
    let (problem, of) = (&found.problem, &found.of);
    let mut having: Vec<(&str, &ShareAnswer)> = of
        .brands
        .iter()
        .filter_map(|brand| Some((brand.name.as_str(), problem.brands.get(&brand.id)?)))
        .filter(|(_, share)| share.count > 0)
        .collect();
    if having.is_empty() {
        return String::new();
    }
    let more = having.len().saturating_sub(BY_BRAND);
    if more > 0 {
        having.sort_by_key(|(_, share)| u64::MAX - share.count);
        having.truncate(BY_BRAND);
    }
    let row = |(name, share): (&str, &ShareAnswer)| {
        vec![
            harmless(name),
            number(share.count),
            format!("{:.1}", share.per_100),
            format!("{:.1}–{:.1}", share.low, share.high),
            format!("{:.1}", share.per_1000_mentions),
            format!("{:.1}–{:.1}", share.low_of_mentions, share.high_of_mentions),
        ]
    };
    let rows: Vec<Vec<String>> = having.into_iter().map(row).collect();
    let head = ["brand", many(of.per), "of 100", "between", "of 1,000 mentions", "between"];
    let mut out = format!("\n{}", table(&head, &rows));
    if found.of.brands.len() > 1 {
        let names = found.languages.iter().map(|code| code.parse().map_or("", Language::name));
        let _ =
            writeln!(out, "shares are of each brand's own in {}", names.collect::<Vec<_>>().join(" and "));
    }
    if more > 0 {
        let _ = writeln!(out, "{more} more brands have fewer of it: --json has all");
    }
    out
}

fn goes(problem: &KnownAnswer) -> String {
    match (problem.direction, &problem.change) {
        (None, _) | (_, None) => String::new(),
        (Some(direction), Some(change)) => format!(
            "; {direction}: {} in the last period and {} in the one before",
            number(change.count),
            number(change.before)
        ),
    }
}
