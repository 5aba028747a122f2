//! How does a person in a browser ask? Pages rendered by the server, from the same questions as the API.
//!
//! `page.rs`, `compare.rs`, `spikes.rs`, `responses.rs`, `prospects.rs` and `sources.rs` ask and put a page together, `frame.rs` what is around each; each part of
//! them has a file of its own with its template's values, and a template beside it. Works without JavaScript and without any other host.

mod address;
mod changes;
mod chart;
mod compare;
mod correct;
mod decide;
mod emerging;
mod form;
mod frame;
mod judged;
mod ledger;
mod one;
mod page;
mod posts;
mod problems;
mod prospects;
mod responses;
mod sources;
mod spikes;
mod trend;
mod words;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::{Api, AskError};
use crate::model::fnv1a;

/// A file of the page: its name, its media type and what is in it.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const STYLE: Asset =
    Asset { name: "page.css", media_type: "text/css; charset=utf-8", text: include_str!("page.css") };
const SCRIPT: Asset =
    Asset { name: "page.js", media_type: "text/javascript; charset=utf-8", text: include_str!("page.js") };

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/", get(get_page))
        .route("/responses", get(get_responses))
        .route("/prospects", get(get_prospects))
        .route("/spikes", get(get_spikes))
        .route("/compare", get(get_compare))
        .route("/problems", get(get_problems))
        .route("/problems/{id}", get(get_problem).post(post_problem))
        .route("/changes", get(get_changes).post(post_changes))
        .route("/sources", get(get_sources))
        .route("/posts/{*id}", get(get_one).post(post_one))
        .route("/assets/{name}", get(get_asset))
}

async fn get_problems(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let wanted = super::ledger::wanted(query.as_deref());
    shown(api.ask(move |store| Ok(ledger::list(store, wanted))).await)
}

async fn get_problem(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let wanted = super::ledger::wanted(query.as_deref());
    // What is no text is no id, either.
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let query = query.unwrap_or_default();
    shown(api.ask(move |store| Ok(ledger::one(store, &id, &query, wanted, None))).await)
}

/// Takes what a person decided in a form of a problem, and shows the problem again: by an address of its own, so that
/// loading it once more decides nothing twice.
async fn post_problem(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let query = query.unwrap_or_default();
    match super::decisions::from_form(&api, id.clone(), &headers, &body).await {
        Ok(id) => {
            (StatusCode::SEE_OTHER, [(header::LOCATION, decide::address_of(&id, &query))]).into_response()
        }
        Err(error) => {
            let wanted = super::ledger::wanted(Some(&query));
            shown(api.ask(move |store| Ok(ledger::one(store, &id, &query, wanted, Some(&error)))).await)
        }
    }
}

async fn get_changes(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let wanted = super::changes::wanted(query.as_deref());
    shown(api.ask(move |store| Ok(changes::answer(store, wanted, None))).await)
}

/// Takes the last run back, and shows what changed.
async fn post_changes(State(api): State<Api>, headers: HeaderMap, body: Bytes) -> Response {
    match super::changes::from_form(&api, &headers, &body).await {
        Ok(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, changes::PATH)]).into_response(),
        Err(error) => shown(api.ask(move |store| Ok(changes::answer(store, Ok(None), Some(&error)))).await),
    }
}

async fn get_sources(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let wanted = super::parameters::Parameters::new(query.as_deref()).end_of(&[]);
    let now = api.clock.map(|clock| clock());
    shown(api.ask(move |store| Ok(sources::answer(store, wanted, now))).await)
}

async fn get_one(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    shown(api.ask(move |store| Ok(one::answer(store, &id, query.as_deref()))).await)
}

/// Takes what a person said in the form of a post, and shows the post again: by an address of its own, so that loading it
/// once more says nothing twice.
async fn post_one(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let (word, back) = correct::read(&body);
    let answer = match super::corrections::from_here(&headers, true) {
        Ok(()) => super::corrections::correct(&api, id.clone(), word).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(_) => {
            let there = one::address_of(&id, back.as_deref());
            (StatusCode::SEE_OTHER, [(header::LOCATION, there)]).into_response()
        }
        Err(error) => {
            shown(api.ask(move |store| Ok(one::refused(store, &id, back.as_deref(), &error))).await)
        }
    }
}

fn shown(answer: Result<(StatusCode, String), AskError>) -> Response {
    match answer {
        // What is shown changes with every post that comes in, and with every decision.
        Ok((status, html)) => (status, [(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn get_page(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let (asked, fault) = page::read(query.as_deref());
    let again = asked.clone();
    let shown = api.ask(move |store| Ok(page::answer(store, &asked, fault))).await;
    page_of(page::render(&shown.unwrap_or_else(|error| page::failed(&again, &error))))
}

async fn get_compare(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let (asked, wanted) = compare::read(query.as_deref());
    let again = asked.clone();
    let shown = api.ask(move |store| Ok(compare::answer(store, &asked, wanted))).await;
    page_of(compare::render(&shown.unwrap_or_else(|error| compare::failed(&again, &error))))
}

async fn get_responses(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let (asked, wanted) = responses::read(query.as_deref());
    let again = asked.clone();
    let shown = api.ask(move |store| Ok(responses::answer(store, &asked, wanted))).await;
    page_of(responses::render(&shown.unwrap_or_else(|error| responses::failed(&again, &error))))
}

async fn get_prospects(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let (asked, wanted) = prospects::read(query.as_deref());
    let again = asked.clone();
    let shown = api.ask(move |store| Ok(prospects::answer(store, &asked, wanted))).await;
    page_of(prospects::render(&shown.unwrap_or_else(|error| prospects::failed(&again, &error))))
}

async fn get_spikes(State(api): State<Api>, RawQuery(query): RawQuery) -> Response {
    let (asked, wanted) = spikes::read(query.as_deref());
    let again = asked.clone();
    let shown = api.ask(move |store| Ok(spikes::answer(store, &asked, wanted))).await;
    page_of(spikes::render(&shown.unwrap_or_else(|error| spikes::failed(&again, &error))))
}

fn page_of((status, html): (StatusCode, String)) -> Response {
    // What is shown changes with every post that comes in.
    (status, [(header::CACHE_CONTROL, "no-cache")], Html(html)).into_response()
}

async fn get_asset(Path(name): Path<String>) -> Response {
    match [STYLE, SCRIPT].into_iter().find(|asset| asset.name == name) {
        // Its address changes with what is in it, so a browser may keep it.
        Some(asset) => (
            StatusCode::OK,
            [
                (header::CONTENT_TYPE, asset.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.text,
        )
            .into_response(),
        None => AskError::NoSuchPage(format!("/assets/{}", name.chars().take(80).collect::<String>()))
            .into_response(),
    }
}

impl Asset {
    /// Its address, with a hash of what is in it.
    fn address(&self) -> String {
        format!("/assets/{}?v={:016x}", self.name, fingerprint(self.text))
    }
}

/// FNV-1a (Fowler, Noll, Vo): it only has to change when the text does.
fn fingerprint(text: &str) -> u64 {
    fnv1a(text.bytes())
}
