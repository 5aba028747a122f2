//! How long do people wait for an answer, on a page? The API's own numbers, each a link to its posts.

use askama::Template;
use axum::http::StatusCode;

use super::address::address;
use super::frame::{self, Frame, PageOf, posts_of};
use super::page::PageAsked;
use super::words;
use crate::api::error::AskError;
use crate::api::parameters::Parameters;
use crate::api::responses::{
    ClockAnswer, PaceAnswer, RESPONSE_PROBLEMS, ResponsesAnswer, ResponsesWanted, responses,
};
use crate::model::Wait;
use crate::store::Store;

/// Brands of the table; more are in the JSON.
const MAX_BRANDS: usize = 25;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "responses.html", config = "src/api/web/askama.toml")]
pub(super) struct ResponsesPage {
    frame: Frame,
    answer: Option<View>,
}

/// What was measured.
struct View {
    posts: u64,
    count: Number,
    explained: String,
    answered: Number,
    answered_share: String,
    open: Number,
    never: Number,
    thanked: Number,
    private: Number,
    paces: Vec<PaceView>,
    tables: Vec<TableView>,
    excluded: Vec<String>,
    notes: Vec<String>,
    json: String,
}

/// A number with the way to its posts.
struct Number {
    text: String,
    href: String,
}

/// How fast answers come, on one clock.
struct PaceView {
    name: &'static str,
    /// Of the answers alone.
    median: String,
    median_range: String,
    p90: String,
    /// With those who still wait.
    expected_median: String,
    expected_range: String,
    expected_p90: String,
    within: Vec<WithinView>,
}

struct WithinView {
    limit: String,
    share: String,
    range: String,
    width: u64,
    count: Option<Number>,
}

struct TableView {
    head: &'static str,
    rows: Vec<RowView>,
    more: usize,
}

struct RowView {
    name: String,
    is_own: bool,
    posts: Number,
    pairs: Number,
    answered: Number,
    open: Number,
    median: String,
    p90: String,
    expected: String,
    hour: Number,
    hour_width: u64,
    day: String,
    desk: String,
}

/// Reads what an address asks, or what of it cannot be read.
pub(super) fn read(query: Option<&str>) -> (PageAsked, Result<ResponsesWanted, AskError>) {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let asked = PageAsked { page: PageOf::Responses, filters: filters.clone(), ..PageAsked::default() };
    let wanted = parameters.end(&[]).map(|()| ResponsesWanted { filters, limit: RESPONSE_PROBLEMS });
    (asked, wanted)
}

/// Measures what is asked.
pub(super) fn answer(
    store: &Store,
    asked: &PageAsked,
    wanted: Result<ResponsesWanted, AskError>,
) -> ResponsesPage {
    let (frame, answer) =
        frame::answered(store, asked, wanted, |_, wanted| Ok(view(asked, &responses(store, &wanted)?)));
    ResponsesPage { frame, answer }
}

/// The page without any answer.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> ResponsesPage {
    ResponsesPage { frame: frame::failed(asked, error), answer: None }
}

/// The page as a browser reads it.
pub(super) fn render(page: &ResponsesPage) -> (StatusCode, String) {
    frame::render(&page.frame, page)
}

fn view(asked: &PageAsked, found: &ResponsesAnswer) -> View {
    let all = &found.overall;
    let number = |count: usize, query: Option<&String>| Number {
        text: words::number(count as u64),
        href: query.map_or_else(String::new, |query| posts_of(query, &asked.filters)),
    };
    let of = |clock: &ClockAnswer, name: &str, count: usize| number(count, clock.queries.get(name));
    let mut paces = vec![pace("By the clock", &all.wall, &number)];
    paces.extend(all.opening_hours.as_ref().map(|desk| pace("In opening hours", desk, &number)));
    paces.retain(|pace| !pace.within.is_empty());
    let row = |name: &str, is_own: bool, clock: &ClockAnswer| {
        let within = |at: usize| clock.wall.within.get(at);
        let expected =
            |at: usize| within(at).map_or_else(|| "–".to_owned(), |within| words::percent(within.expected));
        RowView {
            name: words::plain(name),
            is_own,
            posts: of(clock, "posts", clock.posts),
            pairs: of(clock, "pairs", clock.pairs),
            answered: of(clock, "answered", clock.answered),
            open: of(clock, "open", clock.open),
            median: short(clock.wall.median_seconds),
            p90: short(clock.wall.p90_seconds),
            expected: match clock.wall.expected_median_seconds {
                Some(seconds) => Wait::short(seconds),
                None if clock.wall.within.is_empty() => "–".to_owned(),
                None => "not half".to_owned(),
            },
            hour: Number {
                text: expected(1),
                href: within(1)
                    .and_then(|within| within.query.as_deref())
                    .map_or_else(String::new, |query| posts_of(query, &asked.filters)),
            },
            hour_width: within(1).map_or(0, |within| width(within.expected)),
            day: expected(3),
            desk: clock
                .opening_hours
                .as_ref()
                .map_or_else(|| "–".to_owned(), |desk| short(desk.median_seconds)),
        }
    };
    let more = found.brands.len().saturating_sub(MAX_BRANDS);
    let brands = found.brands.iter().take(MAX_BRANDS);
    let tables = [
        (
            "Brand",
            brands
                .map(|brand| row(&brand.name, brand.role.as_deref() == Some("own"), &brand.clock))
                .collect(),
            more,
        ),
        (
            "Problem",
            found.problems.iter().map(|problem| row(&problem.problem, false, &problem.clock)).collect(),
            0,
        ),
        ("Source", found.sources.iter().map(|source| row(&source.source, false, &source.clock)).collect(), 0),
        (
            "Weekday",
            found.weekdays.iter().map(|day| row(&words::capital(&day.weekday), false, &day.clock)).collect(),
            0,
        ),
        (
            "Hour",
            found.hours.iter().map(|hour| row(&format!("{:02}:00", hour.hour), false, &hour.clock)).collect(),
            0,
        ),
    ];
    View {
        posts: all.posts as u64,
        count: of(all, "posts", all.posts),
        explained: match found.question.explained.as_str() {
            "all posts" => "all posts".to_owned(),
            other => words::plain(other),
        },
        answered: of(all, "answered", all.answered),
        answered_share: words::percent(all.answered as f64 / all.posts.max(1) as f64),
        open: of(all, "open", all.open),
        never: of(all, "never_answered", all.never_answered),
        thanked: of(all, "thanked", all.thanked),
        private: of(all, "moved_to_private", all.moved_to_private),
        paces,
        tables: tables
            .into_iter()
            .map(|(head, rows, more)| TableView { head, rows, more })
            .filter(|table: &TableView| !table.rows.is_empty())
            .collect(),
        excluded: found
            .excluded
            .iter()
            .map(|excluded| {
                let posts = words::posts(excluded.posts);
                format!("Left out: {posts} from {}; {}.", excluded.source, excluded.why)
            })
            .collect(),
        notes: found.notes.iter().map(|note| words::plain(note)).collect(),
        json: address("/v1/responses", &asked.filters, &[]),
    }
}

fn pace(
    name: &'static str,
    pace: &PaceAnswer,
    number: &impl Fn(usize, Option<&String>) -> Number,
) -> PaceView {
    // So many may be answered yet.
    let reached = |seconds: Option<f64>| seconds.map_or_else(|| "not yet".to_owned(), Wait::spoken);
    PaceView {
        name,
        median: pace.median_seconds.map_or_else(|| "–".to_owned(), Wait::spoken),
        median_range: range(pace.median_low, pace.median_high),
        p90: pace.p90_seconds.map_or_else(|| "–".to_owned(), Wait::spoken),
        expected_median: reached(pace.expected_median_seconds),
        expected_range: range(pace.expected_median_low, pace.expected_median_high),
        expected_p90: reached(pace.expected_p90_seconds),
        within: pace
            .within
            .iter()
            .map(|within| WithinView {
                limit: Wait::spoken(f64::from(within.seconds)),
                share: words::percent(within.expected),
                range: match (within.expected_low, within.expected_high) {
                    (Some(low), Some(high)) => format!("{} to {}", words::percent(low), words::percent(high)),
                    _ => String::new(),
                },
                width: width(within.expected),
                count: within.query.as_ref().map(|query| number(within.count, Some(query))),
            })
            .collect(),
    }
}

fn range(low: Option<f64>, high: Option<f64>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => Wait::spoken_range(low, high),
        (Some(low), None) => format!("{} or more", Wait::spoken(low)),
        _ => String::new(),
    }
}

fn short(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), Wait::short)
}

/// A share as a width of 0 to 100.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0 to 1")]
fn width(share: f64) -> u64 {
    (share * 100.0).round() as u64
}
