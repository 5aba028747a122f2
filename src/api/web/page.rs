//! What does the page say to a question, and what when there is no answer?
//!
//! It asks what the API asks, through the same functions, so that no number here differs from the one there.

use askama::Template;
use axum::http::StatusCode;

use super::address::address;
use super::frame::{self, Fault, Frame, PageOf, fault_of};
use super::ledger::per;
use super::posts::{PostView, post_view};
use super::problems::{BrandProblems, brand_problems};
use super::trend::{TrendView, trend_view};
use super::words;
use crate::api::ask::{Filters, SearchAsked, search};
use crate::api::error::AskError;
use crate::api::parameters::Parameters;
use crate::model::{Interval, Per};
use crate::store::{Snapshot, Sort, Store};

/// Posts on one page.
const PAGE: usize = 20;

/// What is asked of the page.
#[derive(Debug, Clone, Default)]
pub(super) struct PageAsked {
    /// Of which page.
    pub(super) page: PageOf,
    /// Which posts.
    pub(super) filters: Filters,
    /// In which order.
    pub(super) sort: Sort,
    /// Length of a bucket of the trend; none: as fits.
    pub(super) interval: Option<Interval>,
    /// What the trend counts.
    pub(super) per: Per,
    /// Where the last page ended.
    pub(super) cursor: Option<String>,
}

impl PageAsked {
    /// What a link keeps beside the filters.
    pub(super) fn more(&self) -> [(&'static str, &'static str); 3] {
        let sort = if self.sort == Sort::default() { "" } else { self.sort.as_str() };
        let interval = self.interval.map_or("", Interval::as_str);
        [("interval", interval), per(self.per.as_str()), ("sort", sort)]
    }
}

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "page.html", config = "src/api/web/askama.toml")]
pub(super) struct Page {
    frame: Frame,
    answer: Option<Answer>,
}

/// What was found.
struct Answer {
    total: u64,
    /// Before the question in words.
    count: String,
    /// The question in words.
    explained: String,
    trend: Option<TrendView>,
    brands: Vec<BrandProblems>,
    /// Brands whose problems are not shown.
    left_out: usize,
    /// The problems of the ledger over the same posts.
    ledger: String,
    posts: Vec<PostView>,
    /// Their order in words.
    order: &'static str,
    /// Not the first page: only posts are shown.
    is_later: bool,
    first: String,
    next: Option<String>,
    /// The same question to the API: its name and address.
    json: [(&'static str, String); 4],
}

impl Answer {
    fn has_problems(&self) -> bool {
        self.brands.iter().any(|brand| !brand.problems.is_empty())
    }
}

/// Reads what an address asks, and what of it cannot be read.
pub(super) fn read(query: Option<&str>) -> (PageAsked, Option<AskError>) {
    let mut parameters = Parameters::new(query);
    let mut asked = PageAsked { filters: parameters.filters(), ..PageAsked::default() };
    let mut fault = None;
    if let Some(text) = parameters.take("sort") {
        match text.parse() {
            Ok(sort) => asked.sort = sort,
            Err(_) => fault = Some(AskError::value("sort", &text, "relevance, newest or oldest")),
        }
    }
    if let Some(text) = parameters.take("interval") {
        match text.parse() {
            Ok(interval) => asked.interval = Some(interval),
            Err(_) => fault = Some(AskError::value("interval", &text, "day, week or month")),
        }
    }
    match parameters.per() {
        Ok(per) => asked.per = per,
        Err(error) => fault = Some(error),
    }
    asked.cursor = parameters.take("cursor");
    let unknown = parameters.end(&["sort", "interval", "per", "cursor"]).err();
    (asked, fault.or(unknown))
}

/// Answers what is asked, unless `fault` says that it cannot be read.
pub(super) fn answer(store: &Store, asked: &PageAsked, fault: Option<AskError>) -> Page {
    let snapshot = match store.snapshot() {
        Ok(snapshot) => snapshot,
        Err(error) => return failed(asked, &error.into()),
    };
    let found = match fault {
        Some(fault) => Err(fault),
        None if snapshot.is_empty() => Ok(None),
        None => ask(store, &snapshot, asked).map(Some),
    };
    match found {
        Ok(answer) => page(asked, Some(&snapshot), answer, None),
        Err(error) => page(asked, Some(&snapshot), None, Some(fault_of(&error))),
    }
}

/// The page without any answer: nothing is known of the index.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> Page {
    page(asked, None, None, Some(fault_of(error)))
}

/// The page as a browser reads it.
pub(super) fn render(page: &Page) -> (StatusCode, String) {
    frame::render(&page.frame, page)
}

fn ask(store: &Store, snapshot: &Snapshot, asked: &PageAsked) -> Result<Answer, AskError> {
    let question = asked.filters.question(snapshot)?;
    let zone = question.time_zone;
    let found = search(
        store,
        &SearchAsked {
            filters: asked.filters.clone(),
            sort: asked.sort,
            limit: PAGE,
            cursor: asked.cursor.clone(),
        },
    )?;
    let market = snapshot.market();
    let is_later = asked.cursor.is_some();
    let (mut trend, mut brands, mut left_out) = (None, Vec::new(), 0);
    if found.total > 0 && !is_later {
        trend = trend_view(store, market, asked)?;
        let keys: Vec<_> = trend
            .iter()
            .flat_map(|trend| &trend.series)
            .filter(|series| series.key != "all")
            .map(|series| (series.key.clone(), series.name.clone()))
            .collect();
        (brands, left_out) = brand_problems(store, snapshot, asked, &keys)?;
        left_out += trend.as_ref().map_or(0, |trend| trend.more);
    }
    let [interval, per, sort] = asked.more();
    let next =
        found.next.map(|cursor| address("/", &asked.filters, &[interval, per, sort, ("cursor", &cursor)]));
    let shown_interval = trend.as_ref().map_or("", |trend| trend.interval);
    Ok(Answer {
        total: found.total,
        count: match (found.total, found.question.explained.as_str()) {
            (1, _) => "1 post:".to_owned(),
            (total, "all posts") => format!("All {}", words::number(total)),
            (total, _) => words::number(total),
        },
        explained: match found.question.explained.as_str() {
            "all posts" => "posts".to_owned(),
            other => words::plain(other),
        },
        trend,
        brands,
        left_out,
        ledger: address("/problems", &asked.filters, &[]),
        posts: found
            .posts
            .into_iter()
            .enumerate()
            .map(|(at, post)| post_view(at, post, &asked.filters, market, &zone))
            .collect(),
        order: match asked.sort {
            // Without words all posts match equally well.
            Sort::Relevance if !snapshot.wanted(&question.query).is_empty() => "best match first",
            Sort::Relevance | Sort::Newest => "newest first",
            Sort::Oldest => "oldest first",
        },
        is_later,
        first: address("/", &asked.filters, &asked.more()),
        next,
        json: [
            ("posts", address("/v1/search", &asked.filters, &[sort])),
            (
                "trend",
                address("/v1/trends", &asked.filters, &[("by", "brand"), ("interval", shown_interval), per]),
            ),
            ("terms", address("/v1/terms", &asked.filters, &[])),
            ("problems", address("/v1/problems", &asked.filters, &[])),
        ],
    })
}

fn page(
    asked: &PageAsked,
    snapshot: Option<&Snapshot>,
    answer: Option<Answer>,
    fault: Option<Fault>,
) -> Page {
    Page { frame: frame::frame(asked, snapshot, fault), answer }
}
