//! How does a person's word on a judgement come in? `POST /v1/posts/{id}/corrections`, and the form on the page, which ends in
//! the same [`correct`]. It is kept first, and then brought to the index.
//!
//! Who reaches this machine's own address may already read all, and run `grouse correct`: so no key is asked for. What
//! must be kept out is a page elsewhere that makes a person's browser post here ([`from_here`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::PostAnswer;
use super::{Api, AskError};
use crate::model::{Aspect, Correction, PostId};
use crate::state::{Entry, Said, State};
use crate::store::{Market, Store, StoreError};

/// Brings what people said to the index; `false` where another program is writing to it.
pub type Bring = Arc<dyn Fn() -> bool + Send + Sync>;

/// Takes corrections.
#[derive(Clone)]
pub(super) struct Corrections {
    pub(super) bring: Bring,
    pub(super) clock: fn() -> Timestamp,
}

impl std::fmt::Debug for Corrections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Corrections").finish_non_exhaustive()
    }
}

/// What a person says of one post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Aspects, each with what is true of it.
    pub(super) said: Vec<(String, String)>,
    /// Aspects on which the last word is taken back.
    pub(super) undo: Vec<String>,
    /// Who says so.
    pub(super) by: Option<String>,
    /// Why.
    pub(super) note: Option<String>,
}

/// What became of a person's word.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CorrectedAnswer {
    /// Aspects that are as the person said now.
    corrected: Vec<String>,
    /// Aspects on which the last word was taken back.
    undone: Vec<String>,
    /// The index shows it. If not, it does once the program that is writing to the index is done.
    pub(super) shown: bool,
    /// The post as the index shows it.
    post: PostAnswer,
}

/// One line of what was ever said.
#[derive(Debug, Clone, Serialize)]
pub struct EntryAnswer {
    /// Which post.
    pub id: String,
    /// Which judgement.
    pub aspect: String,
    /// What is true of it.
    pub value: String,
    /// When it was said, RFC 3339 in UTC.
    pub when: String,
    /// Who said so.
    pub by: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// When it was taken back.
    pub undone: Option<String>,
    /// Who took it back.
    pub undone_by: Option<String>,
    /// It is neither taken back nor followed by another word.
    pub stands: bool,
}

impl EntryAnswer {
    /// How `entry` looks to a program.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        let (undone, undone_by) = entry.undone.clone().unzip();
        Self {
            id: entry.post.to_string(),
            aspect: entry.correction.aspect().name(),
            value: entry.correction.value(),
            when: entry.said.when.to_string(),
            by: entry.said.by.clone(),
            note: entry.said.note.clone(),
            undone: undone.map(|when| when.to_string()),
            undone_by: undone_by.flatten(),
            stands: entry.stands,
        }
    }
}

/// Reads what is true of `aspect`. A brand of `market` may be called by any name of its own.
///
/// # Errors
/// [`AskError::Correction`] says which values there are.
pub fn correction(aspect: &str, value: &str, market: &Market) -> Result<Correction, AskError> {
    let aspect = aspect_of(aspect)?;
    let value = value.trim();
    if aspect != Aspect::Target || value.eq_ignore_ascii_case("none") {
        return Correction::read(aspect, value).map_err(|error| AskError::Correction(error.to_string()));
    }
    if let [brand] = market.find(value).as_slice() {
        return Ok(Correction::Target(Some((*brand).clone())));
    }
    let value: String = value.chars().filter(|character| !character.is_control()).take(80).collect();
    let known: Vec<&str> = market.brands.iter().take(12).map(|brand| brand.id.as_str()).collect();
    Err(AskError::Correction(format!(
        "`{value}` is no brand of the index: use one of {} or none",
        known.join(", ")
    )))
}

fn aspect_of(name: &str) -> Result<Aspect, AskError> {
    let name: String = name.trim().chars().filter(|character| !character.is_control()).collect();
    name.parse().map_err(|error: crate::model::UnknownValue| AskError::Correction(error.to_string()))
}

/// Longest name and longest reason that are kept, in characters.
const LONGEST: (usize, usize) = (80, 1_000);

/// Time that a word has to come into the index, before the person is told that it is kept and will. Who harvests meanwhile
/// looks for such words every second.
const PATIENCE: Duration = Duration::from_secs(4);

/// How often it is looked whether it came.
const AGAIN: Duration = Duration::from_millis(100);

/// Keeps what a person says of post `id`, and brings it to the index if that can be written now.
pub(super) async fn correct(api: &Api, id: String, word: Word) -> Result<CorrectedAnswer, AskError> {
    let Some(desk) = api.corrections.clone() else { return Err(AskError::NoDesk) };
    let now = (desk.clock)();
    let (id, corrected, undone) = api.ask(move |store| keep(store, &id, &word, now)).await?;
    let end = tokio::time::Instant::now() + PATIENCE;
    let shown = loop {
        let (bring, asked) = (desk.bring.clone(), id.clone());
        let is_there = api
            .ask(move |store| {
                bring();
                store.reload()?;
                Ok(!is_pending(store, &asked)?)
            })
            .await?;
        if is_there || tokio::time::Instant::now() >= end {
            break is_there;
        }
        tokio::time::sleep(AGAIN).await;
    };
    let post = api.ask(move |store| super::post(store, id.as_str())).await?;
    Ok(CorrectedAnswer { corrected, undone, shown, post })
}

/// Writes it down, all of it or nothing of what cannot be read.
fn keep(
    store: &Store,
    id: &str,
    word: &Word,
    now: Timestamp,
) -> Result<(PostId, Vec<String>, Vec<String>), AskError> {
    let not_found = || AskError::NotFound(id.chars().take(80).collect());
    let snapshot = store.snapshot()?;
    let id = PostId::new(id).map_err(|_| not_found())?;
    if snapshot.post(&id)?.is_none() {
        return Err(not_found());
    }
    let mut corrections = Vec::new();
    for (aspect, value) in &word.said {
        corrections.push(correction(aspect, value, snapshot.market())?);
    }
    let undo = word.undo.iter().map(|name| aspect_of(name)).collect::<Result<Vec<_>, _>>()?;
    let mut aspects: Vec<Aspect> = corrections.iter().map(Correction::aspect).chain(undo.clone()).collect();
    aspects.sort();
    if let Some(twice) = aspects.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(AskError::Correction(format!("{} is said twice: say it once", twice[0].name())));
    }
    if aspects.is_empty() {
        return Err(AskError::Correction("nothing is said: choose what is true, as complaint=no".to_owned()));
    }
    let (by, note) = short(word.by.as_deref(), word.note.as_deref());
    let said = Said { when: now, by, note };
    let mut state = State::open(store.folder()).map_err(StoreError::from)?;
    let mut undone = Vec::new();
    if !undo.is_empty() {
        undone = state.undo(&id, &undo, now, said.by.as_deref()).map_err(StoreError::from)?;
        if undone.is_empty() && corrections.is_empty() {
            return Err(AskError::Correction(
                "nobody said that of the post: there is nothing to take back".to_owned(),
            ));
        }
    }
    if !corrections.is_empty() {
        state.correct(&id, &corrections, &said).map_err(StoreError::from)?;
    }
    let names = |aspects: &[Aspect]| aspects.iter().map(|aspect| aspect.name()).collect();
    let corrected: Vec<Aspect> = corrections.iter().map(Correction::aspect).collect();
    Ok((id, names(&corrected), names(&undone)))
}

/// Who says something, and why, as they are kept.
pub(super) fn short(by: Option<&str>, note: Option<&str>) -> (Option<String>, Option<String>) {
    let cut = |text: Option<&str>, most: usize| -> Option<String> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        Some(text.chars().take(most).collect())
    };
    (cut(by, LONGEST.0), cut(note, LONGEST.1))
}

/// Whether the index does not show yet what was said of a post.
pub(super) fn is_pending(store: &Store, id: &PostId) -> Result<bool, AskError> {
    let Some(state) = State::open_if_there(store.folder()).map_err(StoreError::from)? else {
        return Ok(false);
    };
    Ok(state.pending().map_err(StoreError::from)?.iter().any(|(pending, _)| pending == id))
}

/// All that was said of a post, in the order in which it was said.
pub(super) fn entries(store: &Store, id: &PostId) -> Result<Vec<Entry>, AskError> {
    match State::open_if_there(store.folder()).map_err(StoreError::from)? {
        Some(state) => Ok(state.history(Some(id)).map_err(StoreError::from)?),
        None => Ok(Vec::new()),
    }
}

/// The same for programs.
pub(super) fn history(store: &Store, id: &str) -> Result<Vec<EntryAnswer>, AskError> {
    let not_found = || AskError::NotFound(id.chars().take(80).collect());
    let id = PostId::new(id).map_err(|_| not_found())?;
    let entries = entries(store, &id)?;
    if entries.is_empty() && store.snapshot()?.post(&id)?.is_none() {
        return Err(not_found());
    }
    Ok(entries.iter().map(EntryAnswer::of).collect())
}

/// Refuses what a page of another site made a browser send.
///
/// Browsers say where a request comes from: `Sec-Fetch-Site`, and older ones `Origin`. A form needs either, since any
/// page can send one; `is_form` is false for JSON, which no page elsewhere can send without asking first, and we never
/// say yes.
pub(super) fn from_here(headers: &HeaderMap, is_form: bool) -> Result<(), AskError> {
    let value = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let is_ours = match (value("sec-fetch-site"), value("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = value("host").unwrap_or_default();
            origin
                .split_once("://")
                .is_some_and(|(_, name)| !name.is_empty() && name.eq_ignore_ascii_case(&host))
        }
        (None, None) => !is_form,
    };
    if is_ours { Ok(()) } else { Err(AskError::Elsewhere) }
}

/// What `POST /v1/posts/{id}/corrections` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// Aspects, each with what is true of it: a text, yes or no as a boolean, a number, or null for none.
    #[serde(default)]
    corrections: BTreeMap<String, Value>,
    /// Aspects on which the last word is taken back.
    #[serde(default)]
    undo: Vec<String>,
    by: Option<String>,
    note: Option<String>,
}

/// Takes a correction as JSON.
pub(super) async fn post(
    api: &Api,
    id: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, AskError> {
    from_here(headers, false)?;
    is_json(headers)?;
    let body: Body = serde_json::from_slice(body).map_err(|error| {
        AskError::Correction(format!(
            "what was sent cannot be read: {error}; send {{\"corrections\": {{\"complaint\": false}}}}"
        ))
    })?;
    let word = Word {
        said: body.corrections.into_iter().map(|(aspect, value)| (aspect, typed(&value))).collect(),
        undo: body.undo,
        by: body.by,
        note: body.note,
    };
    let answer = correct(api, id.to_owned(), word).await?;
    // Kept, and not shown yet: accepted.
    let status = if answer.shown { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(answer)).into_response())
}

/// Refuses what does not say that it is JSON: a page elsewhere can send all else without asking.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), AskError> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    match media_type.split(';').next() {
        Some(name) if name.trim().eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(AskError::value("Content-Type", media_type, "application/json")),
    }
}

/// The value as a person would type it.
pub(super) fn typed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(is_so) => if *is_so { "yes" } else { "no" }.to_owned(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_site_sends_is_refused() {
        for (headers, as_form, as_json) in [
            (&[][..], false, true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true, true),
            (&[("sec-fetch-site", "cross-site")], false, false),
            (&[("sec-fetch-site", "same-site")], false, false),
            (&[("sec-fetch-site", "none")], false, false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://localhost:7478")], false, false),
            (&[("origin", "http://localhost:7478")], true, true),
            (&[("origin", "http://localhost:7479")], false, false),
            (&[("origin", "https://evil.example")], false, false),
            (&[("origin", "null")], false, false),
            (&[("origin", "")], false, false),
        ] {
            let mut sent = HeaderMap::new();
            sent.insert("host", "localhost:7478".parse().unwrap());
            for (name, value) in headers {
                sent.insert(*name, value.parse().unwrap());
            }
            assert_eq!(from_here(&sent, true).is_ok(), as_form, "{headers:?}");
            assert_eq!(from_here(&sent, false).is_ok(), as_json, "{headers:?}");
        }
    }
}
