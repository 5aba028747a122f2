//! `grouse sources`: whom can be asked, at which price and on which terms, and how are those that are?

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Data;
use super::harvest::{keys, now, span};
use super::output::{harmless, json, number, text};
use crate::api::{StandingAnswer, standings};
use crate::sources::{self, Order, Replies};
use crate::state::State;

/// List the sources: what each needs, costs, allows and forbids, and how it is
#[derive(Debug, Args)]
pub(super) struct Sources {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

#[derive(Serialize)]
struct SourceAnswer {
    name: &'static str,
    title: &'static str,
    /// Environment variables that must be set.
    needs: &'static [&'static str],
    /// Those of them that are not.
    missing: Vec<&'static str>,
    /// Hosts that are sent credentials; empty if there are none, or each names its host itself.
    keys_go_to: &'static [&'static str],
    costs: &'static str,
    allows: &'static str,
    forbids: &'static str,
    /// How is noticed what was deleted there, and what cannot be.
    notices_deletions: &'static str,
    /// Whether what a brand replied can be seen: `shown`, `without time` or `hidden`.
    replies: &'static str,
    /// The rule by which only ids are exported; null if posts are.
    ids_only: Option<String>,
    /// The rule of a watchlist by which posts are exported that the site's terms keep back; null if there is none.
    passed_on: Option<String>,
    /// Whether what was deleted there is noticed by its absence.
    shows_all: bool,
    /// How it is; null if it was never asked.
    standing: Option<StandingAnswer>,
}

impl Sources {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let now = now();
        let keys = keys();
        let state = State::open_if_there(&self.data.data)?;
        let mut standings =
            state.as_ref().map(|state| standings(state, now)).transpose()?.unwrap_or_default();
        let watchlists = super::watchlists::kept(state.as_ref())?;
        let terms = |source: &str, is_ids_only: bool| {
            let terms =
                sources::terms(source, &watchlists).filter(|terms| terms.is_ids_only == is_ids_only)?;
            Some(terms.link.map_or_else(|| terms.rule.clone(), |link| format!("{} ({link})", terms.rule)))
        };
        let answers: Vec<SourceAnswer> = sources::ALL
            .iter()
            .map(|source| source.about())
            // Not asked, and shown beside those that are.
            .chain([&sources::WEBHOOK])
            .map(|about| SourceAnswer {
                name: about.name,
                title: about.title,
                needs: about.needs,
                missing: keys.missing(about),
                keys_go_to: about.keys_go_to,
                costs: about.costs,
                allows: about.allows,
                forbids: about.forbids,
                notices_deletions: about.notices,
                replies: match about.replies {
                    Replies::Shown => "shown",
                    Replies::WithoutTime => "without time",
                    Replies::Hidden => "hidden",
                },
                ids_only: terms(about.name, true),
                passed_on: terms(about.name, false),
                shows_all: about.order == Order::Whole,
                standing: standings.remove(about.name),
            })
            .collect();
        if self.json {
            json(&answers)?;
        } else {
            text(&answers.iter().map(shown).collect::<String>())?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn shown(answer: &SourceAnswer) -> String {
    let mut out = format!("{}: {}\n", answer.name, answer.title);
    let needs = match (answer.needs, answer.missing.as_slice()) {
        ([], _) => "nothing".to_owned(),
        (needs, []) => {
            format!("{}, which {} set", needs.join(" and "), if needs.len() == 1 { "is" } else { "are" })
        }
        (needs, missing) => format!("{}; {} not set", needs.join(" and "), missing.join(" and ")),
    };
    for (what, value) in [
        ("needs", needs.as_str()),
        ("costs", answer.costs),
        ("allows", answer.allows),
        ("forbids", answer.forbids),
        ("notices deletions", answer.notices_deletions),
    ] {
        let _ = writeln!(out, "  {what} {value}");
    }
    if !answer.keys_go_to.is_empty() {
        let _ = writeln!(
            out,
            "  keys go to {}, and are tried there by `grouse check`",
            answer.keys_go_to.join(" and ")
        );
    }
    for (what, rule) in
        [("exports ids only, by", &answer.ids_only), ("exports all posts, by", &answer.passed_on)]
    {
        if let Some(rule) = rule {
            let _ = writeln!(out, "  {what} {}", harmless(rule));
        }
    }
    if let Some(standing) = &answer.standing {
        let why = standing.why.as_ref().map_or_else(String::new, |why| format!(": {}", harmless(why)));
        let _ = write!(out, "  is {}{why}; {} posts so far", standing.health, number(standing.posts));
        if let Some(rate) = standing.posts_per_hour {
            let _ = write!(out, ", about {rate:.1} an hour");
        }
        if let Some(last) = standing.last_answer.as_ref().and_then(|last| last.parse::<Timestamp>().ok()) {
            let ago = std::time::Duration::try_from(now().duration_since(last)).unwrap_or_default();
            let _ = write!(out, ", last answered {} ago", span(ago));
        }
        if let Some(next) = standing.next.as_ref().and_then(|next| next.parse::<Timestamp>().ok()) {
            let wait = std::time::Duration::try_from(next.duration_since(now())).unwrap_or_default();
            let when = if wait.is_zero() { "now".to_owned() } else { format!("in {}", span(wait)) };
            let _ = write!(out, ", asked next {when}");
        }
        if let Some(left) = standing.quota_left {
            let _ = write!(out, ", {} requests left", number(left));
        }
        if standing.dollars_this_month > 0.0 {
            let _ = write!(out, ", ${:.2} spent this month", standing.dollars_this_month);
        }
        if standing.is_silent {
            out.push_str(", silent for longer than usual");
        }
        let _ = writeln!(out, "; {:.0} % of the last week is covered", 100.0 * standing.covered_week);
        let again = [
            (&standing.rechecks, "asked again for", "posts so far"),
            (&standing.compliance, "told all ids that are had,", "so far"),
            (&standing.answers, "asked what was answered:", "answers so far"),
        ];
        for (again, done, of) in again {
            let Some(again) = again else { continue };
            let why = again.why.as_ref().map_or_else(String::new, |why| format!(": {}", harmless(why)));
            let untold = match (again.untold, of) {
                (0, _) => String::new(),
                (untold, "posts so far") => {
                    format!(", of {} of which cannot be told whether they are there", number(untold))
                }
                (untold, _) => format!(", {} could not be read", number(untold)),
            };
            let _ =
                writeln!(out, "  {done} {} {of}{untold}; that is {}{why}", number(again.posts), again.health);
        }
        if let Some(deletions) = &standing.deletions {
            let time = |seconds: i64| span(std::time::Duration::from_secs(seconds.unsigned_abs()));
            // Where the source does not say when, only the longest that it can have been is known.
            let at_most = if deletions.exact < deletions.count { "at most " } else { "" };
            let _ = writeln!(
                out,
                "  what it deleted was gone here after {at_most}{}, at the longest {}, of the last {}",
                time(deletions.median_seconds),
                time(deletions.largest_seconds),
                number(deletions.count)
            );
        }
    }
    out
}
