//! How does a decision about a problem come in? One path for the terminal, for `POST /v1/problems/{id}/decisions`, and for the
//! forms on the problem's page. What may be decided is said in `insight/ledger/decide.rs`.
//!
//! To add a decision: one variant of [`Wish`], and one of `Decision` there.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::corrections::{from_here, is_json, short, typed};
use super::ledger::{EventAnswer, known_problem};
use super::{Api, AskError};
use crate::insight::{Decision, decide};
use crate::model::{Change, Condition, Event, KnownProblem, Phrase, ProblemId, Query};
use crate::state::State;
use crate::store::{Snapshot, Store, StoreError};
use crate::text::{Analyzer, BREAK, column_values};

/// What a person wants of a problem, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// It is called so.
    Rename(String),
    /// This is said of it; empty: nothing.
    Describe(String),
    /// Its posts count for the problem with this id.
    Merge(String),
    /// Its posts that have the term are another problem.
    Split {
        /// One word, or two beside each other.
        term: String,
        /// What the other is called; the term if `None`.
        name: Option<String>,
    },
    /// It is kept, or no longer.
    Pin(bool),
    /// It is left out, or no longer.
    Hide(bool),
    /// It is tracked there; empty: nowhere.
    Link(String),
    /// It is solved since that day; `None`: it is not.
    Solve(Option<Date>),
}

/// Who decides, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// As they call themselves; more than 80 letters are cut.
    pub by: Option<String>,
    /// Why; more than 1,000 letters are cut.
    pub note: Option<String>,
}

/// Decides something of a problem. Returns what happened.
///
/// # Errors
/// [`AskError`], which says what to do instead.
pub fn decide_problem(
    store: &Store,
    id: &str,
    wish: Wish,
    who: &Who,
    now: Timestamp,
) -> Result<Event, AskError> {
    let snapshot = store.snapshot()?;
    let ledger = snapshot.ledger();
    let problem = known_problem(ledger, id)?;
    let decision = match wish {
        Wish::Rename(name) => Decision::Rename(name),
        Wish::Describe(text) => Decision::Describe(text),
        Wish::Merge(into) => Decision::Merge(known_problem(ledger, &into)?.id.clone()),
        Wish::Split { term, name } => {
            let stems = term_of(&snapshot, problem, &term)?;
            Decision::Split { term: stems, name: name.unwrap_or(term) }
        }
        Wish::Pin(is_pinned) => Decision::Pin(is_pinned),
        Wish::Hide(is_hidden) => Decision::Hide(is_hidden),
        Wish::Link(link) => Decision::Link(link),
        Wish::Solve(Some(day)) if day > now.to_zoned(snapshot.time_zone()).date() => {
            return Err(AskError::value("solve", &day.to_string(), "today or a day before, or no"));
        }
        Wish::Solve(day) => Decision::Solve(day),
    };
    let (by, note) = short(who.by.as_deref(), who.note.as_deref());
    let happened =
        decide(ledger, problem, decision, note).map_err(|refused| AskError::Decision(refused.to_string()))?;
    let mut state = State::open(store.folder()).map_err(StoreError::from)?;
    let numbers =
        state.decide(std::slice::from_ref(&happened), now, by.as_deref()).map_err(StoreError::from)?;
    Ok(Event {
        number: numbers.first().copied().unwrap_or_default(),
        problem: happened.problem,
        change: happened.change,
        when: now,
        by,
        is_of_run: false,
        reason: happened.reason,
        undone: None,
    })
}

/// Takes back the decision with that number, or the last one; with `of` only one about that problem. Returns what it was.
///
/// # Errors
/// [`AskError`], which says why nothing was taken back.
pub fn undo_decision(
    store: &Store,
    of: Option<&str>,
    number: Option<i64>,
    by: Option<&str>,
    now: Timestamp,
) -> Result<Event, AskError> {
    let mut state = State::open(store.folder()).map_err(StoreError::from)?;
    if let (Some(of), Some(number)) = (of, number) {
        let snapshot = store.snapshot()?;
        let id = &known_problem(snapshot.ledger(), of)?.id;
        let events = state.problem_events(Some(id)).map_err(StoreError::from)?;
        if !events.iter().any(|event| event.number == number) {
            return Err(AskError::Decision(format!("nothing that happened to {id} has the number {number}")));
        }
    }
    let (by, _) = short(by, None);
    let undone = state.undo_problem(number, now, by.as_deref()).map_err(StoreError::from)?;
    let event = undone.map_err(|why| AskError::Decision(format!("nothing was taken back: {why}")))?;
    Ok(Event { undone: Some((now, by)), ..event })
}

/// Reads a term that divides a problem: some of its posts have it, and some have not.
fn term_of(snapshot: &Snapshot, problem: &KnownProblem, typed: &str) -> Result<Phrase, AskError> {
    let shown = shortly(typed);
    let encoded = Analyzer::default().encode(None, typed, problem.signature.language);
    let mut stems = column_values(&encoded.column).filter(|stem| *stem != BREAK).map(str::to_owned);
    let (Some(first), second, None) = (stems.next(), stems.next(), stems.next()) else {
        return Err(AskError::Decision(format!(
            "`{shown}` is no term: give one word that means something, or two beside each other"
        )));
    };
    let term = Phrase { first, second };
    let having = Query::Where(Condition::Problem(Some(problem.id.clone())));
    let stems = match &term.second {
        Some(second) => format!("={} {second}", term.first),
        None => format!("={}", term.first),
    };
    let zone = snapshot.time_zone();
    let all = snapshot.count(&having, &zone)?;
    let part = snapshot.count(&having.and(Query::Where(Condition::Term(stems))), &zone)?;
    if part == 0 || part == all {
        let how_many = if part == 0 { "none" } else { "every one" };
        let id = &problem.id;
        return Err(AskError::Decision(format!(
            "{how_many} of the {all} posts of {id} has `{shown}`: `grouse problems show {id}` names terms that some have"
        )));
    }
    Ok(term)
}

/// What was typed, as it can be said again.
fn shortly(typed: &str) -> String {
    typed.chars().filter(|character| !character.is_control()).take(80).collect()
}

/// What a form or a program says: a wish, or the number of what is taken back.
enum Said {
    Wish(Wish),
    Undo(i64),
}

impl Said {
    fn read(decision: &str, value: &str, name: Option<String>) -> Result<Self, AskError> {
        let switch = |name: &'static str| match value {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(AskError::value(name, value, "yes or no")),
        };
        Ok(Self::Wish(match decision {
            "rename" => Wish::Rename(value.to_owned()),
            "describe" => Wish::Describe(value.to_owned()),
            "merge" => Wish::Merge(value.to_owned()),
            "split" => Wish::Split { term: value.to_owned(), name },
            "pin" => Wish::Pin(switch("pin")?),
            "hide" => Wish::Hide(switch("hide")?),
            "link" => Wish::Link(value.to_owned()),
            "solve" if value == "no" => Wish::Solve(None),
            "solve" => Wish::Solve(Some(
                value.parse().map_err(|_| AskError::value("solve", value, "a day as 2026-03-01, or no"))?,
            )),
            "undo" => {
                let number =
                    value.parse().map_err(|_| AskError::value("undo", value, "a number of the history"));
                return Ok(Self::Undo(number?));
            }
            _ => {
                return Err(AskError::Decision(format!(
                    "`{}` is no decision: use rename, describe, merge, split, pin, hide, link, solve or undo",
                    shortly(decision)
                )));
            }
        }))
    }
}

async fn take(api: &Api, id: String, said: Said, who: Who) -> Result<Event, AskError> {
    let Some(desk) = &api.corrections else { return Err(AskError::NoDesk) };
    let now = (desk.clock)();
    api.ask(move |store| match said {
        Said::Wish(wish) => decide_problem(store, &id, wish, &who, now),
        Said::Undo(number) => undo_decision(store, Some(&id), Some(number), who.by.as_deref(), now),
    })
    .await
}

/// What `POST /v1/problems/{id}/decisions` takes.
#[derive(Deserialize)]
struct Body {
    by: Option<String>,
    note: Option<String>,
    /// What the other problem of a split is called.
    name: Option<String>,
    /// One decision: a text, a day, a number, yes or no as a boolean.
    #[serde(flatten)]
    decisions: BTreeMap<String, Value>,
}

/// Takes a decision as JSON.
pub(super) async fn post(
    api: &Api,
    id: String,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, AskError> {
    from_here(headers, false)?;
    is_json(headers)?;
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        AskError::Decision(format!(
            "what was sent cannot be read: {error}; send {{\"rename\": \"late parcels\"}}"
        ))
    })?;
    let mut decisions = body.decisions.iter();
    let (Some((decision, value)), None) = (decisions.next(), decisions.next()) else {
        return Err(AskError::Decision("say one thing at a time, as {\"pin\": true}".to_owned()));
    };
    let value = match value {
        // Not solved, tracked nowhere, not described.
        Value::Null if decision == "solve" => "no".to_owned(),
        Value::Null => String::new(),
        other => typed(other),
    };
    let said = Said::read(decision, &value, body.name)?;
    let event = take(api, id, said, Who { by: body.by, note: body.note }).await?;
    Ok(Json(EventAnswer::of(&event)).into_response())
}

/// Takes a decision from the form of a problem. Returns the problem that there is to see then.
pub(super) async fn from_form(
    api: &Api,
    id: String,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<ProblemId, AskError> {
    from_here(headers, true)?;
    let mut fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let mut field = |name: &str| fields.remove(name).filter(|text| !text.trim().is_empty());
    let (decision, name) = (field("decision").unwrap_or_default(), field("name"));
    let who = Who { by: field("by"), note: field("note") };
    let said = Said::read(&decision, field("value").unwrap_or_default().trim(), name)?;
    let event = take(api, id, said, who).await?;
    Ok(match event.change {
        // What was divided is no problem of its own any more.
        Change::Divided { division, .. } if event.undone.is_some() => division.from,
        _ => event.problem,
    })
}
