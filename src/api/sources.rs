//! How is each source that was harvested: does it answer, how much does it bring, what does it still allow and cost?
//!
//! What a source is by itself, as its terms, stands with the sources, which are asked by the harvester alone: the terminal
//! puts the two together (`grouse sources`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::error::AskError;
use crate::model::SourceId;
use crate::state::{Progress, Standing, State, StateError, Stream};
use crate::store::{Store, StoreError};

/// All sources that were ever harvested.
#[derive(Debug, Clone, Serialize)]
pub struct SourcesAnswer {
    /// Of when this is: now, or when a source was asked last.
    pub as_of: Option<String>,
    /// By name.
    pub sources: BTreeMap<String, StandingAnswer>,
}

/// How a source stands.
#[derive(Debug, Clone, Serialize)]
pub struct StandingAnswer {
    /// How the illest of its questions is.
    pub health: &'static str,
    /// Why, where it is not well; where it is, what cannot be done all the same.
    pub why: Option<String>,
    /// Questions to it.
    pub questions: u64,
    /// Posts that it gave, counted each time that they came.
    pub posts: u64,
    /// Items that could not be read.
    pub rejected: u64,
    /// Posts in an hour, by their usual distance.
    pub posts_per_hour: Option<f64>,
    /// When it answered last.
    pub last_answer: Option<String>,
    /// When it is asked next.
    pub next: Option<String>,
    /// Requests that it said were left.
    pub quota_left: Option<u64>,
    /// US dollars that it cost this month.
    pub dollars_this_month: f64,
    /// It says nothing for longer than it usually does.
    pub is_silent: bool,
    /// Share of the last seven days of which all is had, over all its questions.
    pub covered_week: f64,
    /// How soon what it deleted was gone here; null if nothing was.
    pub deletions: Option<DeletionsAnswer>,
    /// Posts that were asked for again; null if none ever was.
    pub rechecks: Option<AgainAnswer>,
    /// What was answered to posts that are had; null if it was never asked.
    pub answers: Option<AgainAnswer>,
    /// Which of all posts that are had must go, where the site says so of lists; null if it was never asked.
    pub compliance: Option<AgainAnswer>,
}

/// How soon what a source deleted was gone here.
#[derive(Debug, Clone, Serialize)]
pub struct DeletionsAnswer {
    /// The last deletions, at most 200, of which this is.
    pub count: u64,
    /// Of them, those of which the source says when; the others took at most as long as is told.
    pub exact: u64,
    /// Half of them took at most so long.
    pub median_seconds: i64,
    /// The longest.
    pub largest_seconds: i64,
}

/// How asking about what is had goes.
#[derive(Debug, Clone, Serialize)]
pub struct AgainAnswer {
    /// Posts looked at, or answers that came, counted each time.
    pub posts: u64,
    /// Of those looked at, those of which it could not be told what became of them, as behind a page that refuses us; of
    /// answers, those that could not be read.
    pub untold: u64,
    /// How that is.
    pub health: &'static str,
    /// Why, where it is not well.
    pub why: Option<String>,
    /// When it goes on.
    pub next: Option<String>,
}

/// Silence is told when it is this many times as long as usual, and longer than [`LEAST_SILENCE`].
const SILENCE: f64 = 10.0;

/// Seconds of silence that are nothing: a night.
const LEAST_SILENCE: f64 = 12.0 * 3600.0;

/// How each harvested source stands at `now`.
///
/// # Errors
/// Those of the state.
pub fn standings(state: &State, now: Timestamp) -> Result<BTreeMap<String, StandingAnswer>, StateError> {
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
    let mut rechecks = again(state.rechecks()?);
    let mut answered = again(state.answers()?);
    let mut compliant = again(state.compliance()?);
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
        let source = SourceId::new(name.as_str()).ok();
        answers.insert(
            name.clone(),
            StandingAnswer {
                health: worst.map(|standing| standing.health).unwrap_or_default().as_str(),
                why: why(&standings),
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
                answers: answered.remove(&name),
                compliance: compliant.remove(&name),
            },
        );
    }
    Ok(answers)
}

/// Why the illest question is not well; where all are well, what one of them cannot do.
fn why(standings: &[Standing]) -> Option<String> {
    let worst = standings.iter().map(|standing| standing.health).max()?;
    let mut illest = standings.iter().filter(|standing| standing.health == worst);
    illest.find_map(|standing| standing.why.clone())
}

/// How asking about what is had goes, by source.
fn again(streams: Vec<(Stream, Progress, Standing)>) -> BTreeMap<String, AgainAnswer> {
    let answers = streams.into_iter().map(|(stream, _, standing)| {
        let answer = AgainAnswer {
            posts: standing.posts,
            untold: standing.rejects,
            health: standing.health.as_str(),
            why: standing.why,
            next: standing.due.map(|due| due.to_string()),
        };
        (stream.source.to_string(), answer)
    });
    answers.collect()
}

/// How each harvested source stands; without a clock, when one was asked last.
pub fn sources(store: &Store, now: Option<Timestamp>) -> Result<SourcesAnswer, AskError> {
    let of_state = |error: StateError| AskError::from(StoreError::from(error));
    let nothing = SourcesAnswer { as_of: now.map(|now| now.to_string()), sources: BTreeMap::new() };
    let Some(state) = State::open_if_there(store.folder()).map_err(of_state)? else { return Ok(nothing) };
    let asked = || -> Result<_, StateError> {
        Ok(state.streams()?.into_iter().filter_map(|(_, _, standing)| standing.asked).max())
    };
    let Some(now) = now.map_or_else(asked, |now| Ok(Some(now))).map_err(of_state)? else {
        return Ok(nothing);
    };
    let sources = standings(&state, now).map_err(of_state)?;
    Ok(SourcesAnswer { as_of: Some(now.to_string()), sources })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Health;

    #[test]
    fn the_illest_question_says_why_and_where_all_are_well_what_cannot_be_done() {
        let standing = |health: Health, why: Option<&str>| Standing {
            health,
            why: why.map(str::to_owned),
            ..Standing::default()
        };
        let (well, cannot) = (standing(Health::Ok, None), standing(Health::Ok, Some("cannot")));
        let late = standing(Health::Late, Some("late"));
        assert_eq!(why(&[well.clone(), cannot.clone()]).as_deref(), Some("cannot"));
        assert_eq!(why(&[cannot, late]).as_deref(), Some("late"));
        assert_eq!(why(&[well]), None);
        assert_eq!(why(&[]), None);
    }
}
