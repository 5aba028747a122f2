//! When was there far more than usual, on a page? One card for each spike, whose every number opens its posts.

use askama::Template;
use axum::http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::address::{address, under};
use super::frame::{self, Frame, PageOf, posts_of};
use super::page::PageAsked;
use super::words;
use crate::api::answer::PostAnswer;
use crate::api::ask::Filters;
use crate::api::error::AskError;
use crate::api::spikes::{SpikeAnswer, SpikesAnswer, SpikesWanted, spikes, wanted};
use crate::model::{Meaning, Split, Step};
use crate::store::Store;

/// Spikes on the page, the newest.
const SHOWN: usize = 24;

/// Words of a spike.
const TERMS: usize = 6;

/// Sources of a spike.
const SOURCES: usize = 4;

/// Letters of a post.
const LETTERS: usize = 120;

/// The picture of a card, in its own units.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 56.0;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "spikes.html", config = "src/api/web/askama.toml")]
pub(super) struct SpikesPage {
    frame: Frame,
    answer: Option<View>,
}

/// What was found.
struct View {
    chips: Vec<Chip>,
    total: String,
    is_one: bool,
    explained: String,
    note: String,
    cards: Vec<Card>,
    more: u64,
    json: String,
}

struct Chip {
    text: &'static str,
    href: String,
    is_chosen: bool,
}

/// A number with the way to its posts.
struct Count {
    text: String,
    href: String,
}

struct Card {
    name: String,
    state: &'static str,
    /// How its state is colored.
    class: &'static str,
    when: String,
    picture: Picture,
    said: String,
    peak: Count,
    peak_when: String,
    peak_rest: String,
    posts: Count,
    duplicates: Option<String>,
    reach: Option<String>,
    weighed: &'static str,
    terms: Vec<(String, Count, Option<Count>)>,
    sources: Vec<(String, Count)>,
    authors: Option<Authors>,
    first: Option<Quoted>,
    most_spread: Option<Quoted>,
}

/// Its counts as a line, and where it is among them.
struct Picture {
    path: String,
    x: String,
    width: String,
}

struct Authors {
    count: String,
    /// How much the busiest wrote.
    busiest: Option<(Count, String)>,
    unknown: Option<String>,
}

/// A post in few words, with the way to it.
struct Quoted {
    text: String,
    lang: &'static str,
    href: String,
}

/// Reads what an address asks, or what of it cannot be read. Each brand is looked at unless asked otherwise.
pub(super) fn read(query: Option<&str>) -> (PageAsked, Result<SpikesWanted, AskError>) {
    let wanted = wanted(query, Split::Brand).map(|wanted| SpikesWanted { limit: SHOWN, ..wanted });
    let filters = wanted.as_ref().map(|wanted| wanted.filters.clone()).unwrap_or_default();
    (PageAsked { page: PageOf::Spikes, filters, ..PageAsked::default() }, wanted)
}

/// Finds what is asked for.
pub(super) fn answer(store: &Store, asked: &PageAsked, wanted: Result<SpikesWanted, AskError>) -> SpikesPage {
    let (frame, answer) = frame::answered(store, asked, wanted, |snapshot, wanted| {
        Ok(view(&spikes(store, &wanted)?, &wanted, &wanted.filters.zone(snapshot)?))
    });
    SpikesPage { frame, answer }
}

/// The page without any answer.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> SpikesPage {
    SpikesPage { frame: frame::failed(asked, error), answer: None }
}

/// The page as a browser reads it.
pub(super) fn render(page: &SpikesPage) -> (StatusCode, String) {
    frame::render(&page.frame, page)
}

fn view(found: &SpikesAnswer, wanted: &SpikesWanted, zone: &TimeZone) -> View {
    let filters = &wanted.filters;
    let cards: Vec<Card> = found.spikes.iter().map(|spike| card(spike, wanted, zone)).collect();
    View {
        chips: chips(found, wanted),
        total: words::number(found.total),
        is_one: found.total == 1,
        explained: words::plain(&found.question.explained),
        note: format!(
            "Each {} is compared with the same time on the days before; posts that say the same count once. About {} false \
             alarms a week are put up with for each of the {} lines looked at.",
            found.interval,
            found.budget,
            words::number(found.series)
        ),
        more: found.total - cards.len() as u64,
        cards,
        json: address("/v1/spikes", filters, &[by(wanted.by), interval(wanted.interval)]),
    }
}

fn by(split: Split) -> (&'static str, &'static str) {
    ("by", split.as_str())
}

fn interval(step: Step) -> (&'static str, &'static str) {
    ("interval", if step == Step::default() { "" } else { step.as_str() })
}

/// What can be chosen with one click: what posts mean, what is told apart, and how long a bucket is.
fn chips(found: &SpikesAnswer, wanted: &SpikesWanted) -> Vec<Chip> {
    let here = |filters: &Filters, split: Split, step: Step| {
        let split = if split == Split::Brand { ("by", "") } else { by(split) };
        address("/spikes", filters, &[split, interval(step)])
    };
    let meanings = [
        (Meaning::Complaint, "Complaints"),
        (Meaning::Praise, "Praise"),
        (Meaning::Question, "Questions"),
        (Meaning::Any, "All posts"),
    ];
    let meanings = meanings.map(|(meaning, text)| {
        let filters = Filters { kind: vec![meaning.as_str().to_owned()], ..wanted.filters.clone() };
        let href = here(&filters, wanted.by, wanted.interval);
        Chip { text, href, is_chosen: found.meaning == meaning.as_str() }
    });
    let splits = [
        (Split::Brand, "Each brand"),
        (Split::Problem, "Each problem"),
        (Split::Source, "Each source"),
        (Split::All, "All together"),
    ];
    let splits = splits.map(|(split, text)| Chip {
        text,
        href: here(&wanted.filters, split, wanted.interval),
        is_chosen: wanted.by == split,
    });
    let steps = [(Step::Hour, "By hour"), (Step::Day, "By day")];
    let steps = steps.map(|(step, text)| Chip {
        text,
        href: here(&wanted.filters, wanted.by, step),
        is_chosen: wanted.interval == step,
    });
    meanings.into_iter().chain(splits).chain(steps).collect()
}

fn card(spike: &SpikeAnswer, wanted: &SpikesWanted, zone: &TimeZone) -> Card {
    let filters = &wanted.filters;
    let count =
        |count: u64, query: &str| Count { text: words::number(count), href: posts_of(query, filters) };
    let (peak_rest, weighed) = match spike.weight {
        "reach" => ("readers", "by reach"),
        "both" => ("cases", "by count and by reach"),
        _ => ("cases", "by count"),
    };
    Card {
        name: words::plain(&spike.name),
        state: spike.state,
        class: if spike.state == "over" { "steady" } else { "rising" },
        when: span(&spike.start, &spike.end, wanted.interval, zone),
        picture: picture(spike),
        said: format!("{} {peak_rest} at the peak, where {} usual", rounded(spike.seen), usual(spike.usual)),
        peak: count(spike.peak_posts, &spike.peak_posts_query),
        peak_when: moment(&spike.peak, wanted.interval, zone),
        peak_rest: format!("{} {peak_rest} where {} usual", rounded(spike.seen), usual(spike.usual)),
        posts: count(spike.posts, &spike.query),
        duplicates: (spike.duplicates > 0).then(|| words::number(spike.duplicates)),
        reach: (spike.reach > 0).then(|| words::number(spike.reach)),
        weighed,
        terms: spike
            .terms
            .iter()
            .take(TERMS)
            .map(|term| {
                let before = (term.before > 0).then(|| count(term.before, &term.before_query));
                (words::plain(&term.name), count(term.count, &term.query), before)
            })
            .collect(),
        sources: spike
            .sources
            .iter()
            .take(SOURCES)
            .map(|source| (words::plain(&source.source), count(source.count, &source.query)))
            .collect(),
        authors: spike.authors.as_ref().map(|authors| Authors {
            count: words::number(authors.count),
            busiest: authors
                .busiest
                .as_ref()
                .map(|busiest| (count(busiest.posts, &busiest.query), words::percent(authors.top_share))),
            unknown: (authors.unknown_posts > 0).then(|| words::posts(authors.unknown_posts)),
        }),
        first: spike.first.as_ref().map(quoted),
        most_spread: spike.most_spread.as_ref().map(quoted),
    }
}

fn quoted(post: &PostAnswer) -> Quoted {
    let text = words::plain(&post.text);
    let cut: String = text.chars().take(LETTERS).collect();
    Quoted {
        text: if cut.len() < text.len() { format!("{cut}…") } else { cut },
        lang: post.lang,
        href: under("/posts/", &post.id),
    }
}

/// `none is`, `1.2 is` or `12 are`.
fn usual(count: f64) -> String {
    match count {
        count if count < 0.05 => "none is".to_owned(),
        count if count < 1.5 => format!("{count:.1} is"),
        count => format!("{} are", rounded(count)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, not below zero")]
fn rounded(count: f64) -> String {
    words::number(count.round() as u64)
}

fn zoned(text: &str, zone: &TimeZone) -> Option<Zoned> {
    text.parse::<Timestamp>().ok().map(|moment| moment.to_zoned(zone.clone()))
}

fn moment(text: &str, step: Step, zone: &TimeZone) -> String {
    let format = if step == Step::Day { "%A %-d %B" } else { "%A %-d %B, %H:%M" };
    zoned(text, zone).map_or_else(String::new, |moment| moment.strftime(format).to_string())
}

/// From the first moment to the one when it is over.
fn span(start: &str, end: &str, step: Step, zone: &TimeZone) -> String {
    let (Some(start), Some(end)) = (zoned(start, zone), zoned(end, zone)) else { return String::new() };
    let day = |moment: &Zoned| moment.strftime("%-d %B %Y").to_string();
    if step == Step::Day {
        let last = end.yesterday().unwrap_or_else(|_| end.clone());
        return if day(&start) == day(&last) {
            day(&start)
        } else {
            format!("{} to {}", day(&start), day(&last))
        };
    }
    let hour = |moment: &Zoned| moment.strftime("%H:%M").to_string();
    if day(&start) == day(&end) {
        return format!("{}, {} to {}", day(&start), hour(&start), hour(&end));
    }
    format!("{}, {} to {}, {}", day(&start), hour(&start), day(&end), hour(&end))
}

/// The counts around a spike, broken where nothing was collected.
fn picture(spike: &SpikeAnswer) -> Picture {
    use std::fmt::Write as _;
    let counts = &spike.around.counts;
    let most = counts.iter().flatten().max().copied().unwrap_or(0).max(1) as f64;
    let step = WIDTH / counts.len().max(1) as f64;
    let mut path = String::new();
    let mut is_begun = false;
    for (at, count) in counts.iter().enumerate() {
        let Some(count) = count else {
            is_begun = false;
            continue;
        };
        let (x, y) = ((at as f64 + 0.5) * step, HEIGHT - 2.0 - (HEIGHT - 6.0) * *count as f64 / most);
        let _ = write!(path, "{}{x:.1} {y:.1}", if is_begun { 'L' } else { 'M' });
        is_begun = true;
    }
    let buckets = (spike.around.to + 1).saturating_sub(spike.around.from);
    Picture {
        path,
        x: format!("{:.1}", spike.around.from as f64 * step),
        width: format!("{:.1}", (buckets as f64 * step).max(3.0)),
    }
}
