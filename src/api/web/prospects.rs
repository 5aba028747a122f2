//! Whom could we help, on a page? A list for a person, who decides and writes elsewhere: nothing here sends anything.

use askama::Template;
use axum::http::StatusCode;

use super::address::{address, post_address};
use super::frame::{self, Frame, PageOf, posts_of};
use super::page::PageAsked;
use super::posts::when;
use super::words;
use crate::api::answer::PostAnswer;
use crate::api::error::AskError;
use crate::api::parameters::Parameters;
use crate::api::prospects::{MAX_PROSPECTS, ProspectAnswer, ProspectsAnswer, ProspectsWanted, prospects};
use crate::model::Wait;
use crate::store::{Market, Snapshot, Store};

/// Prospects on the page.
const SHOWN: usize = 50;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "prospects.html", config = "src/api/web/askama.toml")]
pub(super) struct ProspectsPage {
    frame: Frame,
    answer: Option<View>,
}

/// What was found.
struct View {
    total: usize,
    shown: usize,
    candidates: String,
    /// The posts among which they were found.
    candidates_href: String,
    late: String,
    stale: String,
    guidance: Option<String>,
    notes: Vec<String>,
    prospects: Vec<ProspectView>,
    json: String,
}

struct ProspectView {
    brand: String,
    fit: &'static str,
    why: Vec<String>,
    title: Option<String>,
    text: String,
    lang: &'static str,
    when: String,
    source: String,
    author: String,
    url: Option<String>,
    /// Where others wrote the same.
    others: Vec<String>,
    json: String,
    thread: Vec<TurnView>,
}

/// One post below the first.
struct TurnView {
    who: String,
    is_response: bool,
    text: String,
    lang: &'static str,
    when: String,
}

/// Reads what an address asks, or what of it cannot be read.
pub(super) fn read(query: Option<&str>) -> (PageAsked, Result<ProspectsWanted, AskError>) {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let asked = PageAsked { page: PageOf::Prospects, filters: filters.clone(), ..PageAsked::default() };
    let limit = SHOWN.min(MAX_PROSPECTS);
    let wanted =
        parameters.end(&[]).map(|()| ProspectsWanted { filters, limit, ..ProspectsWanted::default() });
    (asked, wanted)
}

/// Finds what is asked for.
pub(super) fn answer(
    store: &Store,
    asked: &PageAsked,
    wanted: Result<ProspectsWanted, AskError>,
) -> ProspectsPage {
    let (frame, answer) = frame::answered(store, asked, wanted, |snapshot, wanted| {
        Ok(view(asked, snapshot, prospects(store, &wanted)?))
    });
    ProspectsPage { frame, answer }
}

/// The page without any answer.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> ProspectsPage {
    ProspectsPage { frame: frame::failed(asked, error), answer: None }
}

/// The page as a browser reads it.
pub(super) fn render(page: &ProspectsPage) -> (StatusCode, String) {
    frame::render(&page.frame, page)
}

fn view(asked: &PageAsked, snapshot: &Snapshot, found: ProspectsAnswer) -> View {
    let market = snapshot.market();
    let zone = snapshot.time_zone();
    let dated = |post: &PostAnswer| {
        post.created.as_deref().and_then(|created| when(created, &zone)).unwrap_or_default()
    };
    View {
        total: found.total,
        shown: found.prospects.len(),
        candidates: words::posts(found.candidates as u64),
        candidates_href: posts_of(&found.question.query, &asked.filters),
        late: Wait::spoken(f64::from(found.late_seconds)),
        stale: Wait::spoken(f64::from(found.stale_seconds)),
        guidance: found.prospects.first().and_then(|prospect| prospect.guidance.clone()),
        notes: found.notes,
        prospects: found
            .prospects
            .into_iter()
            .map(|prospect| prospect_view(prospect, market, &dated))
            .collect(),
        json: address("/v1/prospects", &asked.filters, &[]),
    }
}

fn prospect_view(
    prospect: ProspectAnswer,
    market: &Market,
    dated: &impl Fn(&PostAnswer) -> String,
) -> ProspectView {
    let post = prospect.post;
    let thread = prospect
        .thread
        .into_iter()
        .map(|later| TurnView {
            who: match &later.author {
                _ if later.kind == "response" => {
                    let brand = later.brands.first().map(|id| market.name_of(id.as_str()).to_owned());
                    brand.unwrap_or_else(|| "a brand".to_owned())
                }
                author if *author == post.author => "the writer".to_owned(),
                _ => "somebody else".to_owned(),
            },
            is_response: later.kind == "response",
            when: dated(&later),
            text: later.text,
            lang: later.lang,
        })
        .collect();
    ProspectView {
        brand: prospect.brand_name,
        fit: prospect.fit,
        why: prospect.why,
        when: dated(&post),
        json: post_address(&post.id),
        title: post.title,
        text: post.text,
        lang: post.lang,
        source: post.source,
        author: post.author.unwrap_or_default(),
        url: prospect.url,
        others: prospect.others.into_iter().filter_map(|other| other.url).collect(),
        thread,
    }
}
