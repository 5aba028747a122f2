//! How is each source that posts come from, on a page: does it answer, how much does it bring, what does it still allow?

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;

use super::address::address;
use super::frame::{self, Frame, PageOf, fault_of};
use super::page::PageAsked;
use super::words;
use crate::api::ask::Filters;
use crate::api::error::AskError;
use crate::api::sources::{SourcesAnswer, StandingAnswer, sources};
use crate::store::Store;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "sources.html", config = "src/api/web/askama.toml")]
pub(super) struct SourcesPage {
    frame: Frame,
    answer: Option<View>,
}

struct View {
    /// How they are together, in words.
    said: String,
    rows: Vec<Row>,
    /// What is wrong where something is.
    faults: Vec<Line>,
}

struct Row {
    name: String,
    health: String,
    class: &'static str,
    last: String,
    next: String,
    rate: String,
    /// Where its posts are listed.
    href: String,
    posts: String,
    quota: String,
    dollars: String,
    covered: String,
    covered_width: String,
    lag: String,
}

struct Line {
    name: String,
    why: String,
}

/// What stands where there is nothing to tell.
const NOTHING: &str = "–";

/// How all sources are at `now`.
pub(super) fn answer(
    store: &Store,
    wanted: Result<(), AskError>,
    now: Option<Timestamp>,
) -> (StatusCode, String) {
    let asked = PageAsked::default();
    let snapshot = store.snapshot();
    let found = wanted.and_then(|()| sources(store, now));
    let (fault, answer) = match (&snapshot, found) {
        (Err(_), _) => (None, None),
        (_, Ok(found)) => (None, Some(View::of(found))),
        (_, Err(error)) => (Some(fault_of(&error)), None),
    };
    let mut frame = match snapshot {
        Ok(snapshot) => frame::frame(&asked, Some(&snapshot), fault),
        Err(error) => frame::failed(&asked, &error.into()),
    };
    // The form asks for posts: sources are not chosen by a question.
    frame.show_as(PageOf::Sources);
    let page = SourcesPage { frame, answer };
    frame::render(&page.frame, &page)
}

impl View {
    fn of(answer: SourcesAnswer) -> Self {
        let now = answer.as_of.as_deref().and_then(|now| now.parse::<Timestamp>().ok());
        let ill = answer.sources.values().filter(|standing| standing.health != "ok" || standing.is_silent);
        let said = match (answer.sources.len(), ill.count()) {
            (1, 0) => "The source answers.".to_owned(),
            (all, 0) => format!("All {all} sources answer."),
            (all, ill) => format!("{ill} of {all} {} attention.", if ill == 1 { "wants" } else { "want" }),
        };
        let faults = answer.sources.iter().flat_map(|(name, standing)| faults(name, standing)).collect();
        let rows = answer.sources.into_iter().map(|(name, standing)| row(name, &standing, now)).collect();
        Self { said, rows, faults }
    }
}

fn faults(name: &str, standing: &StandingAnswer) -> Vec<Line> {
    let again = |what: &str, again: &Option<crate::api::AgainAnswer>| {
        let why = again.as_ref().filter(|again| again.health != "ok")?.why.clone()?;
        Some(format!("{what}: {why}"))
    };
    let silent = standing.is_silent.then(|| "nothing came for much longer than usual".to_owned());
    let whys = standing
        .why
        .clone()
        .into_iter()
        .chain(silent)
        .chain(again("looking again for posts", &standing.rechecks));
    let whys = whys.chain(again("asking for answers", &standing.answers));
    let whys = whys.chain(again("asking which posts must go", &standing.compliance));
    whys.map(|why| Line { name: name.to_owned(), why: words::sentence(&why) }).collect()
}

fn row(name: String, standing: &StandingAnswer, now: Option<Timestamp>) -> Row {
    let of = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok()).zip(now);
    let last = of(&standing.last_answer).map(|(at, now)| now.as_second() - at.as_second());
    let next = of(&standing.next).map(|(at, now)| at.as_second() - now.as_second());
    let filters = Filters { source: vec![name.clone()], ..Filters::default() };
    let health = match (standing.health, standing.is_silent) {
        ("ok", true) => "silent",
        (health, _) => health,
    };
    Row {
        health: health.to_owned(),
        class: if health == "ok" { "well" } else { "ill" },
        last: last.map_or_else(|| "never".to_owned(), |seconds| format!("{} ago", time(seconds))),
        next: match next {
            None => NOTHING.to_owned(),
            Some(seconds) if seconds <= 0 => "now".to_owned(),
            Some(seconds) => format!("in {}", time(seconds)),
        },
        rate: standing.posts_per_hour.map_or_else(|| NOTHING.to_owned(), rate),
        posts: words::number(standing.posts),
        href: address("/", &filters, &[]),
        quota: standing.quota_left.map_or_else(|| NOTHING.to_owned(), words::number),
        dollars: if standing.dollars_this_month > 0.0 {
            format!("${:.2}", standing.dollars_this_month)
        } else {
            NOTHING.to_owned()
        },
        covered: words::percent(standing.covered_week.min(1.0)),
        covered_width: format!("{:.1}", 100.0 * standing.covered_week.clamp(0.0, 1.0)),
        lag: standing.deletions.as_ref().map_or_else(|| NOTHING.to_owned(), |lag| time(lag.median_seconds)),
        name,
    }
}

/// Posts in an hour.
fn rate(rate: f64) -> String {
    if rate < 9.95 { format!("{rate:.1}") } else { format!("{rate:.0}") }
}

/// Seconds as a person says them.
fn time(seconds: i64) -> String {
    let counted = |count: i64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match seconds.max(0) {
        seconds @ 0..90 => counted(seconds, "second"),
        seconds @ 90..5_400 => counted((seconds + 30) / 60, "minute"),
        seconds @ 5_400..172_800 => counted((seconds + 1_800) / 3_600, "hour"),
        seconds => counted((seconds + 43_200) / 86_400, "day"),
    }
}
