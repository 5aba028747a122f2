//! What changed in the ledger of problems, and how is all that a run changed taken back? One path for the terminal, for
//! `/v1/changes`, and for the page of changes.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::corrections::{from_here, is_json, short};
use super::ledger::{EventAnswer, events};
use super::parameters::Parameters;
use super::{Api, AskError};
use crate::state::State;
use crate::store::{Store, StoreError};

/// A run whose changes were taken back, or could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunAnswer {
    /// When it was.
    pub run: String,
    /// How many of its changes.
    pub changes: usize,
}

/// What happened to all problems on a day or later, the first first.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn changes(store: &Store, since: Option<Date>) -> Result<Vec<EventAnswer>, AskError> {
    let zone = store.snapshot()?.time_zone();
    let moment = |day: Date| {
        zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().map_err(|_| {
            AskError::value("since", &day.to_string(), "a day that there is in the market's time zone")
        })
    };
    events(store, None, since.map(moment).transpose()?)
}

/// What happened, as it is told to people: what many problems learned in one run is one thing.
pub fn told_together(events: &[EventAnswer]) -> impl Iterator<Item = &[EventAnswer]> {
    let is_learned = |event: &EventAnswer| event.what == "learned" && event.by_run && event.undone.is_none();
    events.chunk_by(move |one, next| is_learned(one) && is_learned(next) && one.when == next.when)
}

/// Takes back all that the last run changed whose changes stand. Returns which run that was.
///
/// # Errors
/// [`AskError::Decision`] if there is none.
pub fn undo_run(store: &Store, by: Option<&str>, now: Timestamp) -> Result<RunAnswer, AskError> {
    let mut state = State::open(store.folder()).map_err(StoreError::from)?;
    let (by, _) = short(by, None);
    let undone = state.undo_run(now, by.as_deref()).map_err(StoreError::from)?;
    let (run, changes) =
        undone.map_err(|why| AskError::Decision(format!("nothing was taken back: {why}")))?;
    Ok(RunAnswer { run: run.to_string(), changes })
}

/// The run that [`undo_run`] would take back.
pub(super) fn last_run(events: &[EventAnswer]) -> Option<RunAnswer> {
    let stands = |event: &&EventAnswer| event.by_run && event.undone.is_none();
    let run = &events.iter().rfind(stands)?.when;
    let changes = events.iter().filter(stands).filter(|event| event.when == *run).count();
    Some(RunAnswer { run: run.clone(), changes })
}

/// Reads since which day an address asks.
pub(super) fn wanted(query: Option<&str>) -> Result<Option<Date>, AskError> {
    let mut parameters = Parameters::new(query);
    let since = parameters.take("since");
    parameters.end_of(&["since"])?;
    let day = |text: String| text.parse().map_err(|_| AskError::value("since", &text, "a day as 2026-03-01"));
    since.map(day).transpose()
}

async fn take(api: &Api, by: Option<String>) -> Result<RunAnswer, AskError> {
    let Some(desk) = &api.corrections else { return Err(AskError::NoDesk) };
    let now = (desk.clock)();
    api.ask(move |store| undo_run(store, by.as_deref(), now)).await
}

/// What `POST /v1/changes` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// `run`: all that the last run changed.
    undo: String,
    by: Option<String>,
}

const UNDO: &str = "send {\"undo\": \"run\"}, which takes back all that the last run changed";

/// Takes the last run back, as JSON asks.
pub(super) async fn post(api: &Api, headers: &HeaderMap, body: &Bytes) -> Result<Response, AskError> {
    from_here(headers, false)?;
    is_json(headers)?;
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| AskError::Decision(format!("what was sent cannot be read: {error}; {UNDO}")))?;
    if body.undo != "run" {
        return Err(AskError::Decision(UNDO.to_owned()));
    }
    Ok(Json(take(api, body.by).await?).into_response())
}

/// Takes the last run back, as the form of the page asks.
pub(super) async fn from_form(api: &Api, headers: &HeaderMap, body: &[u8]) -> Result<RunAnswer, AskError> {
    from_here(headers, true)?;
    let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    if fields.get("undo").map(String::as_str) != Some("run") {
        return Err(AskError::Decision(UNDO.to_owned()));
    }
    take(api, fields.get("by").cloned()).await
}
