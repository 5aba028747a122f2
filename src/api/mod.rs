//! How does a program ask, and how does a browser? The HTTP face: JSON under `/v1`, the page under `/`.
//!
//! To add a route: its handler here or in `web/`, one line in [`router`]. Every handler reads its parameters strictly,
//! asks through `ask.rs` on a thread where waiting is allowed, and lets `error.rs` say what went wrong.

mod answer;
mod ask;
mod body;
mod changes;
mod compare;
mod corrections;
mod decisions;
mod door;
mod emerging;
mod error;
mod judgement;
mod ledger;
mod parameters;
mod prospects;
mod push;
mod responses;
mod sources;
mod spikes;
mod web;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post as post_to};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

pub use answer::{
    GoesAnswer, HighlightAnswer, Marks, PostAnswer, PostProblem, ProblemAnswer, ProblemsAnswer,
    QuestionAnswer, SearchAnswer, SeriesAnswer, SeriesShare, TrendAnswer, post_answer,
};
pub use ask::{
    Filters, MAX_PAGE, MAX_PROBLEMS, ProblemsWanted, Question, SearchAsked, TrendsAsked, export, post,
    problems, search, trends,
};
pub use changes::{RunAnswer, changes, told_together, undo_run};
pub use compare::{
    AgainstAnswer, BrandCompared, CompareAnswer, CompareWanted, MAX_COMPARED, ProblemAtBrand,
    ProblemCompared, RateAnswer, WeakAnswer, compare,
};
pub use corrections::{Bring, EntryAnswer, correction};
pub use decisions::{Who, Wish, decide_problem, undo_decision};
pub use emerging::{
    DaysAnswer, EMERGING, EmergingAnswer, EmergingBrand, EmergingPeriod, EmergingProblemAnswer,
    EmergingWanted, MAX_EMERGING, emerging,
};
pub use error::AskError;
pub use judgement::{ComplaintAnswer, EvidenceAnswer, JudgementAnswer, SwitchAnswer, judgement_answer};
pub use ledger::{
    BrandAnswer, ChangeAnswer, EventAnswer, KnownAnswer, LedgerAnswer, LedgerWanted, MAX_KNOWN, PeriodAnswer,
    ProblemDetail, ShareAnswer, ThemeAnswer, days, history, keep, known_problem, ledger, meant, problem,
    theme, weekdays,
};
pub use prospects::{
    LATE, MAX_PROSPECTS, PROSPECTS, ProspectAnswer, ProspectsAnswer, ProspectsWanted, STALE, prospects,
};
pub use responses::{
    BrandClock, ClockAnswer, EstimateAnswer, ExcludedAnswer, FateAnswer, HourClock, MAX_RESPONSE_PROBLEMS,
    PaceAnswer, ProblemClock, RESPONSE_PROBLEMS, ResponsesAnswer, ResponsesWanted, SourceClock, WeekdayClock,
    WithinAnswer, responses,
};
pub use sources::{AgainAnswer, DeletionsAnswer, SourcesAnswer, StandingAnswer, sources, standings};
pub use spikes::{
    AroundAnswer, AuthorsAnswer, BUDGETS, BusiestAnswer, MAX_SPIKES, SPIKES, SpikeAnswer, SpikeSourceAnswer,
    SpikeTermAnswer, SpikesAnswer, SpikesWanted, spikes,
};

use crate::analysis::ANALYSIS;
use crate::harvest::Inbox;
use crate::ingest::Adaptation;
use crate::model::Split;
use crate::store::Store;

/// Longest that an answer may take, in seconds.
const MAX_SECONDS: u64 = 30;

/// Questions that are answered at once; more wait their turn.
const AT_ONCE: usize = 16;

/// What the handlers share.
#[derive(Debug, Clone)]
pub struct Api {
    store: Arc<Store>,
    turns: Arc<Semaphore>,
    /// Who takes what other programs push, and the time.
    inbox: Option<(Inbox, fn() -> Timestamp)>,
    clock: Option<fn() -> Timestamp>,
    /// Who takes people's corrections and decisions.
    corrections: Option<corrections::Corrections>,
}

impl Api {
    /// Answers from `store`.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, turns: Arc::new(Semaphore::new(AT_ONCE)), inbox: None, clock: None, corrections: None }
    }

    /// Knows the time, and so how long a source has been silent; else that is told of when it was asked last.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> Timestamp) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Takes what other programs push, as well. `clock` gives the time.
    #[must_use]
    pub fn with_inbox(self, inbox: Inbox, clock: fn() -> Timestamp) -> Self {
        Self { inbox: Some((inbox, clock)), ..self }
    }

    /// Takes people's corrections and decisions, as well: `bring` brings them to the index. `clock` gives the time.
    #[must_use]
    pub fn with_corrections(self, bring: Bring, clock: fn() -> Timestamp) -> Self {
        Self { corrections: Some(corrections::Corrections { bring, clock }), ..self }
    }

    /// Answers on a thread of its own: the index is read with plain, blocking reads.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, AskError> + Send + 'static,
    ) -> Result<T, AskError> {
        let store = self.store.clone();
        let turns = self.turns.clone();
        let answer = async move {
            let turn = turns.acquire_owned().await.map_err(|_| AskError::Failed)?;
            tokio::task::spawn_blocking(move || {
                let _turn = turn;
                question(&store)
            })
            .await
            .map_err(|_| AskError::Failed)?
        };
        tokio::time::timeout(Duration::from_secs(MAX_SECONDS), answer)
            .await
            .unwrap_or(Err(AskError::TooSlow(MAX_SECONDS)))
    }
}

/// All routes.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/search", asking(parameters::search, search))
        .route("/v1/trends", asking(parameters::trends, trends))
        .route("/v1/terms", asking(parameters::problems, problems))
        .route("/v1/problems", asking(ledger::wanted, ledger))
        .route("/v1/problems/{id}", get(get_problem))
        .route("/v1/problems/{id}/history", get(get_history))
        .route("/v1/emerging", asking(emerging::wanted, emerging))
        .route("/v1/problems/{id}/decisions", post_to(post_decision))
        .route(
            "/v1/changes",
            asking(changes::wanted, |store, since| changes(store, *since)).post(post_changes),
        )
        .route("/v1/compare", asking(compare::wanted, compare))
        .route("/v1/spikes", asking(|query| spikes::wanted(query, Split::default()), spikes))
        .route("/v1/responses", asking(responses::wanted, responses))
        .route("/v1/prospects", asking(prospects::wanted, prospects))
        .route("/v1/sources", get(get_sources))
        .route("/v1/posts/{*id}", get(get_post).post(post_correction))
        .route("/v1/posts", post_to(push::push))
        .route("/healthz", get(get_health))
        .merge(web::router())
        .fallback(async |uri: Uri| AskError::NoSuchPage(uri.path().chars().take(80).collect()))
        .method_not_allowed_fallback(async |method: Method| {
            AskError::Method(method.as_str().chars().take(20).collect())
        })
        .layer(middleware::from_fn(guard))
        .with_state(api)
}

/// A route that reads from the address what is wanted, and answers it.
fn asking<Wanted: Send + 'static, Answer: Serialize + Send + 'static>(
    read: fn(Option<&str>) -> Result<Wanted, AskError>,
    answer: fn(&Store, &Wanted) -> Result<Answer, AskError>,
) -> MethodRouter<Api> {
    get(move |State(api): State<Api>, RawQuery(query): RawQuery| async move {
        let wanted = read(query.as_deref())?;
        api.ask(move |store| answer(store, &wanted)).await.map(Json)
    })
}

/// Serves until `until` is over, then finishes what is begun.
///
/// # Errors
/// Those of the socket.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    until: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(door::Door::new(listener), router(api)).with_graceful_shutdown(until).await
}

/// Whether an address can be reached from this machine only. Others need keys, which come later.
#[must_use]
pub fn is_local(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}

async fn get_problem(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<ProblemDetail>, AskError> {
    let Path(id) = id.map_err(|_| not_utf8())?;
    let wanted = ledger::wanted(query.as_deref())?;
    Ok(Json(api.ask(move |store| problem(store, &id, &wanted)).await?))
}

async fn get_history(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<EventAnswer>>, AskError> {
    let Path(id) = id.map_err(|_| not_utf8())?;
    if query.is_some_and(|query| !query.is_empty()) {
        return Err(AskError::value("history", &id, "no parameters: all of it is given"));
    }
    Ok(Json(api.ask(move |store| history(store, &id)).await?))
}

async fn post_decision(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body::Whole(body): body::Whole,
) -> Result<Response, AskError> {
    let Path(id) = id.map_err(|_| not_utf8())?;
    decisions::post(&api, id, &headers, &body).await
}

async fn post_changes(
    State(api): State<Api>,
    headers: HeaderMap,
    body::Whole(body): body::Whole,
) -> Result<Response, AskError> {
    changes::post(&api, &headers, &body).await
}

fn not_utf8() -> AskError {
    AskError::value("id", "", "UTF-8, percent-encoded where it is not ASCII")
}

async fn get_sources(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Result<Json<SourcesAnswer>, AskError> {
    parameters::Parameters::new(query.as_deref()).end_of(&[])?;
    let now = api.clock.map(|clock| clock());
    Ok(Json(api.ask(move |store| sources(store, now)).await?))
}

async fn get_post(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, AskError> {
    let Path(id) = id.map_err(|_| not_utf8())?;
    if let Some(id) = id.strip_suffix(CORRECTIONS).map(str::to_owned) {
        return Ok(Json(api.ask(move |store| corrections::history(store, &id)).await?).into_response());
    }
    Ok(Json(api.ask(move |store| post(store, &id)).await?).into_response())
}

/// After the id of a post, which may hold slashes itself: what people said of it.
const CORRECTIONS: &str = "/corrections";

async fn post_correction(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body::Whole(body): body::Whole,
) -> Result<Response, AskError> {
    let Path(id) = id.map_err(|_| not_utf8())?;
    let id = id.strip_suffix(CORRECTIONS).ok_or_else(|| AskError::Method("POST".to_owned()))?;
    corrections::post(&api, id, &headers, &body).await
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    posts: u64,
    analysis: AnalysisAnswer,
}

/// By which version of the analysis posts were judged.
#[derive(Serialize)]
struct AnalysisAnswer {
    /// The oldest by which a post of the index was judged; null where that was not noted.
    index: Option<String>,
    /// The one of this program, with what was learned from a user's labels.
    program: String,
    /// What brings the index up to date; null if it is.
    hint: Option<String>,
}

/// What to do about an index whose posts were judged by another version of the analysis, or without what was learned from a
/// user's labels; `None` if all is as it should be.
pub fn older_analysis(store: &Store) -> Result<Option<String>, AskError> {
    Ok(analysis(store)?.hint)
}

fn analysis(store: &Store) -> Result<AnalysisAnswer, AskError> {
    let index = store.analysis()?;
    let is_empty = store.snapshot()?.is_empty();
    let (program, hint) = match Adaptation::read(store.folder()) {
        Err(_) => (
            ANALYSIS.to_owned(),
            Some("what was learned from your labels cannot be read; `grouse train` learns them again"),
        ),
        Ok(adaptation) => {
            let program = adaptation.version();
            let is_other = index.as_deref() != Some(program.as_str()) && !is_empty;
            let hint = if adaptation.is_outdated {
                Some(OUTDATED)
            } else {
                is_other.then_some(
                    "posts were judged by another version of the analysis; `grouse reindex` brings the new judgements",
                )
            };
            (program, hint)
        }
    };
    Ok(AnalysisAnswer { index, program, hint: hint.map(str::to_owned) })
}

/// What to say where a correction of other weights lies in the data folder.
pub const OUTDATED: &str = "what was learned from your labels was learned for another version of Grouse and is not used; `grouse train` learns them again";

async fn get_health(State(api): State<Api>) -> Result<Json<Health>, AskError> {
    let health = api.ask(|store| {
        let analysis = analysis(store)?;
        let posts = store.snapshot()?.len();
        Ok(Health { status: "ok", version: env!("CARGO_PKG_VERSION"), posts, analysis })
    });
    Ok(Json(health.await?))
}

/// Refuses what does not come from this machine's own pages and programs, and tells browsers to trust nothing else.
///
/// A page elsewhere can make a browser ask us under a name of its own that it points here (DNS rebinding): so the name
/// asked for must be a local one.
async fn guard(request: Request, next: Next) -> Response {
    // A name in other letters than ASCII is no local one, either.
    let host = request.headers().get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    let mut response = match host.filter(|host| !is_local_name(host)) {
        Some(host) => {
            AskError::value("Host", &host, "localhost or 127.0.0.1: Grouse answers this machine only")
                .into_response()
        }
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that, browsers would not tell us either from which page a form comes.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_local_name(host: &str) -> bool {
    let name = if host.starts_with('[') {
        host.split_once(']').map_or(host, |(name, _)| name).trim_start_matches('[')
    } else {
        host.rsplit_once(':').map_or(host, |(name, _)| name)
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
