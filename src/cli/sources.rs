//! `grouse sources`: whom can be asked, at which price and on which terms, and how are those that are?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Data;
use super::harvest::{keys, now, span};
use super::output::{harmless, json, number, text};
use crate::sources::{self, Order, PassingOn, Replies};
use crate::state::{Health, Standing, State};

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
    costs: &'static str,
    allows: &'static str,
    forbids: &'static str,
    /// Whether what a brand replied can be seen: `shown`, `without time` or `hidden`.
    replies: &'static str,
    /// The rule by which only ids are exported; null if posts are.
    ids_only: Option<&'static str>,
    /// Whether what was deleted there is noticed by its absence.
    shows_all: bool,
    /// How it is; null if it was never asked.
    standing: Option<StandingAnswer>,
}

#[derive(Serialize)]
struct StandingAnswer {
    /// How the illest of its questions is.
    health: &'static str,
    why: Option<String>,
    questions: u64,
    posts: u64,
    rejected: u64,
    /// Posts in an hour, by their usual distance.
    posts_per_hour: Option<f64>,
    last_answer: Option<String>,
    next: Option<String>,
    quota_left: Option<u64>,
    dollars_this_month: f64,
    /// It says nothing for longer than it usually does.
    is_silent: bool,
    /// Share of the last seven days of which all is had, over all its questions.
    covered_week: f64,
    /// How soon what it deleted was gone here; null if nothing was.
    deletions: Option<DeletionsAnswer>,
    /// Posts that were asked for again; null if none ever was.
    rechecks: Option<RechecksAnswer>,
}

#[derive(Serialize)]
struct DeletionsAnswer {
    /// The last deletions, at most 200, of which this is.
    count: u64,
    /// Of them, those of which the source says when; the others took at most as long as is told.
    exact: u64,
    median_seconds: i64,
    largest_seconds: i64,
}

#[derive(Serialize)]
struct RechecksAnswer {
    /// Posts looked at, counted each time.
    posts: u64,
    health: &'static str,
    why: Option<String>,
    next: Option<String>,
}

/// Silence is told when it is this many times as long as usual, and longer than [`LEAST_SILENCE`].
const SILENCE: f64 = 10.0;

/// Seconds of silence that are nothing: a night.
const LEAST_SILENCE: f64 = 12.0 * 3600.0;

impl Sources {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let now = now();
        let keys = keys();
        let state = State::open_if_there(&self.data.data)?;
        let mut standings =
            state.as_ref().map(|state| standings(state, now)).transpose()?.unwrap_or_default();
        let answers: Vec<SourceAnswer> = sources::ALL
            .iter()
            .map(|source| {
                let about = source.about();
                SourceAnswer {
                    name: about.name,
                    title: about.title,
                    needs: about.needs,
                    missing: keys.missing(about),
                    costs: about.costs,
                    allows: about.allows,
                    forbids: about.forbids,
                    replies: match about.replies {
                        Replies::Shown => "shown",
                        Replies::WithoutTime => "without time",
                        Replies::Hidden => "hidden",
                    },
                    ids_only: match about.passing_on {
                        PassingOn::Posts => None,
                        PassingOn::IdsOnly(rule) => Some(rule),
                    },
                    shows_all: about.order == Order::Whole,
                    standing: standings.remove(about.name),
                }
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

fn standings(state: &State, now: Timestamp) -> Result<BTreeMap<String, StandingAnswer>> {
    let mut all: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
    for (stream, _, standing) in state.streams()? {
        all.entry(stream.source.to_string()).or_default().push(standing);
    }
    let mut covered: BTreeMap<String, i64> = BTreeMap::new();
    let week = now.as_second() - 7 * 86_400;
    for (stream, span) in state.covered(None)? {
        let (from, until) = (span.from.as_second().max(week), span.until.as_second().min(now.as_second()));
        *covered.entry(stream.source.to_string()).or_default() += (until - from).max(0);
    }
    let mut lags = state.lags()?;
    let mut rechecks: BTreeMap<String, RechecksAnswer> = BTreeMap::new();
    for (stream, _, standing) in state.rechecks()? {
        let answer = RechecksAnswer {
            posts: standing.posts,
            health: standing.health.as_str(),
            why: standing.why,
            next: standing.due.map(|due| due.to_string()),
        };
        rechecks.insert(stream.source.to_string(), answer);
    }
    let mut answers = BTreeMap::new();
    for (name, standings) in all {
        let worst = standings.iter().max_by_key(|standing| standing.health);
        let rate: f64 = standings
            .iter()
            .filter_map(|standing| standing.rhythm)
            .filter(|rhythm| *rhythm > 0.0)
            .map(|rhythm| 3600.0 / rhythm)
            .sum();
        let newest = standings.iter().filter_map(|standing| standing.newest).max();
        let silence = newest.map(|newest| (now.as_second() - newest.as_second()) as f64);
        let source = crate::model::SourceId::new(name.as_str()).ok();
        answers.insert(
            name.clone(),
            StandingAnswer {
                health: worst.map(|standing| standing.health).unwrap_or_default().as_str(),
                why: worst
                    .filter(|standing| standing.health > Health::Ok)
                    .and_then(|standing| standing.why.clone()),
                questions: standings.len() as u64,
                posts: standings.iter().map(|standing| standing.posts).sum(),
                rejected: standings.iter().map(|standing| standing.rejects).sum(),
                posts_per_hour: (rate > 0.0).then_some(rate),
                last_answer: standings
                    .iter()
                    .filter_map(|standing| standing.answered)
                    .max()
                    .map(|at| at.to_string()),
                next: standings.iter().filter_map(|standing| standing.due).min().map(|at| at.to_string()),
                quota_left: standings.iter().filter_map(|standing| standing.quota).min(),
                dollars_this_month: source
                    .map(|source| state.spent(&source, now))
                    .transpose()?
                    .unwrap_or(0.0),
                is_silent: silence.is_some_and(|silence| {
                    silence > LEAST_SILENCE && rate > 0.0 && silence > SILENCE * 3600.0 / rate
                }),
                covered_week: covered
                    .get(&name)
                    .map_or(0.0, |seconds| *seconds as f64 / (7.0 * 86_400.0 * standings.len() as f64)),
                deletions: lags.remove(&name).map(|lag| DeletionsAnswer {
                    count: lag.count,
                    exact: lag.exact,
                    median_seconds: lag.median_seconds,
                    largest_seconds: lag.largest_seconds,
                }),
                rechecks: rechecks.remove(&name),
            },
        );
    }
    Ok(answers)
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
    ] {
        let _ = writeln!(out, "  {what} {value}");
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
        if standing.is_silent {
            out.push_str(", silent for longer than usual");
        }
        let _ = writeln!(out, "; {:.0} % of the last week is covered", 100.0 * standing.covered_week);
        if let Some(rechecks) = &standing.rechecks {
            let why = rechecks.why.as_ref().map_or_else(String::new, |why| format!(": {}", harmless(why)));
            let _ = writeln!(
                out,
                "  asked again for {} posts so far; that is {}{why}",
                number(rechecks.posts),
                rechecks.health
            );
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
