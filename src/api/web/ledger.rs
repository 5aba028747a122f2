//! Which problems last, and what is one of them like, in a browser? The list, and a page for each problem.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use jiff::civil::Date;

use super::address::{address, narrowed, under};
use super::chart::{Chart, TOP, ZERO, chart};
use super::decide::{DecideForms, Input, decide_forms, undo_address};
use super::emerging::{EmergingView, SHOWN as EMERGING, emerging_view};
use super::frame::{Fault, Frame, PageOf, fault_of, frame, render, whole};
use super::page::PageAsked;
use super::posts::{PostView, post_view};
use super::words;
use crate::api::answer::PostAnswer;
use crate::api::ask::{Filters, TrendsAsked, trends};
use crate::api::emerging::{EmergingWanted, emerging};
use crate::api::error::AskError;
use crate::api::ledger::{
    BrandAnswer, EventAnswer, KnownAnswer, LedgerAnswer, LedgerWanted, ProblemDetail, ShareAnswer, ledger,
    problem, weekdays,
};
use crate::insight::wilson;
use crate::model::{Condition, Interval, Language, Meaning, Split};
use crate::store::{Market, Snapshot, Store, StoreError};

/// Problems in the list.
const SHOWN: usize = 60;

/// Typical posts of a problem.
const TYPICAL: usize = 6;

/// Brands of the table of one problem.
const BY_BRAND: usize = 20;

/// Brands that can be chosen with one click.
const BRANDS: usize = 12;

/// What can be counted, and what it is called where it is chosen.
pub(super) const WAYS: [(&str, &str); 3] =
    [("post", "Each post"), ("case", "Each case once"), ("author", "Each author once")];

/// The list, as its template is filled.
#[derive(Template)]
#[template(path = "ledger.html", config = "src/api/web/askama.toml")]
pub(super) struct ListPage {
    frame: Frame,
    /// The same to the API: its name and address.
    json: Vec<(&'static str, String)>,
    answer: Option<List>,
    emerging: Option<EmergingView>,
}

struct List {
    chips: Vec<Chip>,
    posts: String,
    explained: String,
    /// What lists show, where not posts are counted.
    listed: String,
    note: String,
    has_brands: bool,
    themes: Vec<ThemeChip>,
    rows: Vec<Row>,
    empty: &'static str,
    remedy: String,
    unassigned: String,
    unassigned_share: String,
    unassigned_href: String,
    without: usize,
    more: usize,
}

struct Chip {
    text: String,
    href: String,
    is_chosen: bool,
}

/// What problems are about, and how many posts have one of them.
struct ThemeChip {
    chip: Chip,
    count: String,
    href: String,
    share: String,
}

struct Row {
    name: String,
    page: String,
    marks: Vec<String>,
    theme: Option<String>,
    spark: String,
    said: String,
    count: String,
    href: String,
    share: String,
    range: String,
    goes: Option<Goes>,
    /// The brand that surely has more of it than all together: its name, share and posts.
    most_at: Option<(String, String, String)>,
}

/// Where a problem goes.
struct Goes {
    class: &'static str,
    text: String,
    title: String,
}

/// One problem, as its template is filled.
#[derive(Template)]
#[template(path = "problem.html", config = "src/api/web/askama.toml")]
pub(super) struct ProblemPage {
    frame: Frame,
    /// The same to the API: its name and address.
    json: Vec<(&'static str, String)>,
    answer: Option<Detail>,
}

struct Detail {
    back: String,
    name: String,
    merged: Option<String>,
    description: Option<String>,
    facts: Vec<Fact>,
    decide: DecideForms,
    count: String,
    /// What the list shows, where not posts are counted.
    listed: String,
    href: String,
    posts: String,
    explained: String,
    share: String,
    range: String,
    goes: Option<Goes>,
    /// What is counted.
    unit: String,
    interval: &'static str,
    chart: Chart,
    path: String,
    said: String,
    top: f64,
    zero: f64,
    columns: Vec<Bucket>,
    brands: Vec<BrandRow>,
    more_brands: usize,
    /// In which languages brands are compared; nothing where all is in one.
    language: String,
    apart: String,
    neighbor: Option<Chip>,
    terms: String,
    weekdays: Vec<Chip>,
    typical: Vec<PostView>,
    history: Vec<EventRow>,
}

struct Fact {
    label: &'static str,
    value: String,
    href: Option<String>,
    is_outside: bool,
}

struct Bucket {
    x: String,
    width: String,
    head: String,
    count: String,
    share: String,
    range: String,
    /// Of 1,000 posts whatever they mean; nothing where none is known.
    mentions: String,
    href: String,
    title: String,
}

struct BrandRow {
    name: String,
    is_own: bool,
    count: String,
    href: String,
    share: String,
    range: String,
    mentions: String,
    mentions_range: String,
    /// Percent of the width.
    low: String,
    width: String,
    at: String,
}

/// A line of the history.
pub(super) struct EventRow {
    pub(super) when: String,
    pub(super) what: String,
    pub(super) said: String,
    pub(super) reason: String,
    pub(super) is_undone: bool,
    pub(super) number: i64,
    /// Where it can be taken back.
    pub(super) undo: Option<String>,
}

/// Answers what is asked of the list, unless it could not be read.
pub(super) fn list(store: &Store, wanted: Result<LedgerWanted, AskError>) -> (StatusCode, String) {
    let found = wanted.and_then(|wanted| {
        let wanted = LedgerWanted { limit: SHOWN, ..wanted };
        let asked = EmergingWanted { filters: wanted.filters.clone(), days: None, limit: EMERGING };
        let emerging = emerging_view(&emerging(store, &asked)?, &wanted.filters);
        Ok((ledger(store, &wanted)?, emerging, wanted))
    });
    let snapshot = store.snapshot().ok();
    let nothing = |error: &AskError| (None, None, Filters::default(), Vec::new(), Some(fault_of(error)));
    let (answer, emerging, filters, json, fault) = match (found, &snapshot) {
        (Ok((answer, emerging, wanted)), Some(snapshot)) => {
            let json = vec![
                ("problems", address("/v1/problems", &wanted.filters, &[per(wanted.per.as_str())])),
                ("emerging", emerging.json.clone()),
            ];
            let list = List::of(snapshot, &answer, &wanted);
            (Some(list), Some(emerging), wanted.filters, json, None)
        }
        (Err(error), _) => nothing(&error),
        (Ok(_), None) => nothing(&AskError::Failed),
    };
    let frame = around(filters, snapshot.as_deref(), fault);
    let page = ListPage { frame, json, answer, emerging };
    render(&page.frame, &page)
}

/// Answers what is asked of one problem, unless it could not be read. `query` is the question as its address has it, and
/// `refused` says what could not be decided.
pub(super) fn one(
    store: &Store,
    id: &str,
    query: &str,
    wanted: Result<LedgerWanted, AskError>,
    refused: Option<&AskError>,
) -> (StatusCode, String) {
    let found = wanted.and_then(|wanted| {
        let answer = problem(store, id, &wanted)?;
        let mentions = mentions(store, &answer.of, &wanted)?;
        Ok((answer, mentions, wanted))
    });
    let snapshot = store.snapshot().ok();
    let (answer, filters, json, fault) = match (found, &snapshot) {
        (Ok((answer, mentions, wanted)), Some(snapshot)) => {
            let path = format!("/v1/problems/{id}");
            let json = vec![
                ("problem", address(&path, &wanted.filters, &[per(wanted.per.as_str())])),
                ("history", format!("{path}/history")),
            ];
            (
                Some(Detail::of(snapshot, &answer, &mentions, &wanted.filters, query)),
                wanted.filters,
                json,
                refused.map(fault_of),
            )
        }
        (Err(error), _) => (None, Filters::default(), Vec::new(), Some(fault_of(&error))),
        (Ok(_), None) => (None, Filters::default(), Vec::new(), Some(fault_of(&AskError::Failed))),
    };
    let mut frame = around(filters, snapshot.as_deref(), fault);
    if let Some(answer) = &answer {
        frame.title = format!("{} · Grouse", answer.name);
        frame.here = under("/problems/", id);
    }
    let page = ProblemPage { frame, json, answer };
    render(&page.frame, &page)
}

/// How many posts there are, whatever they mean, by the first day of each bucket; nothing where these are too many to hold.
fn mentions(
    store: &Store,
    of: &LedgerAnswer,
    wanted: &LedgerWanted,
) -> Result<BTreeMap<String, u64>, AskError> {
    let asked = TrendsAsked {
        filters: whole(&of.mentions_query, wanted.filters.time_zone.as_deref()),
        by: Split::All,
        per: wanted.per,
        interval: of.interval.parse().unwrap_or_default(),
    };
    let trend = match trends(store, &asked) {
        Err(AskError::Store(StoreError::TooManyBuckets(_))) => return Ok(BTreeMap::new()),
        found => found?,
    };
    let counts = trend.series.first().map_or(&[][..], |series| &series.counts);
    let told = trend.starts.iter().zip(counts);
    Ok(told.filter_map(|(start, count)| Some((start.clone(), (*count)?))).collect())
}

/// What is around both pages; the form asks for the list.
fn around(filters: Filters, snapshot: Option<&Snapshot>, fault: Option<Fault>) -> Frame {
    frame(&PageAsked { page: PageOf::Problems, filters, ..PageAsked::default() }, snapshot, fault)
}

impl List {
    fn of(snapshot: &Snapshot, answer: &LedgerAnswer, wanted: &LedgerWanted) -> Self {
        let filters = &wanted.filters;
        let having: Vec<&KnownAnswer> =
            answer.problems.iter().filter(|problem| problem.share.count > 0).collect();
        let zone = filters.time_zone.clone();
        Self {
            chips: chips(snapshot.market(), answer, filters),
            posts: words::counted_of(answer.per, answer.posts),
            explained: words::plain(&answer.question.explained),
            listed: listed(answer.per, answer.posts_listed),
            note: answer.period.as_ref().map_or_else(String::new, |period| {
                format!(
                    "“Rising” and “fading” compare {} to {} with {}, where chance explains the difference in fewer than one of twenty.",
                    period.from,
                    period.to,
                    period.compared()
                )
            }),
            has_brands: answer.brands.len() > 1,
            themes: themes(answer, wanted),
            rows: having.iter().map(|problem| row(answer, problem, filters)).collect(),
            empty: if answer.known == 0 { "No problems are kept yet" } else { "None of these posts has a problem" },
            remedy: if answer.known == 0 {
                format!(
                    "Run grouse discover{} --keep: what it finds is here from then on, under ids that last.",
                    if answer.meaning == "complaint" { String::new() } else { format!(" --kind {}", answer.meaning) }
                )
            } else {
                "Take a filter away.".to_owned()
            },
            unassigned: words::counted(answer.per, answer.unassigned),
            unassigned_share: format!("{:.1}", answer.unassigned_per_100),
            unassigned_href: address("/", &whole(&answer.unassigned_query, zone.as_deref()), &[]),
            without: answer.problems.len() - having.len(),
            more: answer.known - answer.problems.len(),
        }
    }
}

/// What the problems are about, each with what shows these alone; the one that is shown leads back to all.
fn themes(answer: &LedgerAnswer, wanted: &LedgerWanted) -> Vec<ThemeChip> {
    let zone = wanted.filters.time_zone.as_deref();
    let having = answer.themes.iter().filter(|theme| theme.count > 0);
    having
        .map(|theme| {
            let is_chosen = wanted.theme.as_ref() == Some(&theme.theme);
            let only = if is_chosen { "" } else { theme.theme.as_str() };
            ThemeChip {
                chip: Chip {
                    text: theme.theme.clone(),
                    href: address("/problems", &wanted.filters, &[per(answer.per), ("theme", only)]),
                    is_chosen,
                },
                count: words::number(theme.count),
                href: address("/", &whole(&theme.query, zone), &[]),
                share: format!("{:.1}", theme.per_100),
            }
        })
        .collect()
}

/// What can be chosen with one click: what posts mean, and the brands.
fn chips(market: &Market, answer: &LedgerAnswer, filters: &Filters) -> Vec<Chip> {
    let meanings = Meaning::ALL.into_iter().map(|meaning| {
        let kind = match meaning {
            Meaning::Complaint => Vec::new(),
            _ => vec![meaning.as_str().to_owned()],
        };
        let text = match meaning {
            Meaning::Complaint => "Complaints",
            Meaning::Praise => "Praise",
            Meaning::Question => "Questions",
            Meaning::Any => "All posts",
        };
        Chip {
            text: text.to_owned(),
            href: address("/problems", &Filters { kind, ..filters.clone() }, &[per(answer.per)]),
            is_chosen: answer.meaning == meaning.as_str(),
        }
    });
    let any = Chip {
        text: "All brands".to_owned(),
        href: address("/problems", &Filters { brand: Vec::new(), ..filters.clone() }, &[per(answer.per)]),
        is_chosen: filters.brand.is_empty(),
    };
    let known = market.brands.iter().filter(|brand| brand.role.is_some()).take(BRANDS);
    let brands = known.map(|brand| Chip {
        text: words::plain(&brand.name),
        href: address(
            "/problems",
            &Filters { brand: vec![brand.id.to_string()], ..filters.clone() },
            &[per(answer.per)],
        ),
        is_chosen: filters.brand.iter().any(|name| market.find(name).contains(&&brand.id)),
    });
    let ways = WAYS.map(|(way, text)| Chip {
        text: text.to_owned(),
        href: address("/problems", filters, &[per(way)]),
        is_chosen: answer.per == way,
    });
    meanings.chain([any]).chain(brands).chain(ways).collect()
}

fn row(answer: &LedgerAnswer, problem: &KnownAnswer, filters: &Filters) -> Row {
    let zone = filters.time_zone.as_deref();
    Row {
        name: words::plain(&problem.name),
        page: address(&format!("/problems/{}", problem.id), filters, &[per(answer.per)]),
        marks: marks(problem),
        theme: problem.theme.clone(),
        spark: spark(&problem.counts),
        said: format!(
            "{} in {} {}s, at most {} in one",
            words::counted(answer.per, problem.share.count),
            problem.counts.len(),
            answer.interval,
            problem.counts.iter().max().copied().unwrap_or(0)
        ),
        count: words::number(problem.share.count),
        href: address("/", &whole(&problem.query, zone), &[]),
        share: format!("{:.1}", problem.share.per_100),
        range: range(&problem.share),
        goes: goes(problem),
        most_at: most_at(answer, problem, zone),
    }
}

fn marks(problem: &KnownAnswer) -> Vec<String> {
    let mut marks = Vec::new();
    if problem.pinned {
        marks.push("pinned".to_owned());
    }
    if problem.standing != "live" {
        marks.push(problem.standing.to_owned());
    }
    if let Some(day) = &problem.solved {
        marks.push(format!("solved {day}"));
    }
    marks
}

fn goes(problem: &KnownAnswer) -> Option<Goes> {
    let change = problem.change.as_ref()?;
    let (class, arrow) = match problem.direction? {
        "rising" => ("rising", "↗ rising"),
        "fading" => ("fading", "↘ fading"),
        _ => ("steady", "steady"),
    };
    let times = change.times.filter(|_| class != "steady").map(|times| match change.count {
        0 => " to none".to_owned(),
        _ => format!(" {times:.1}×"),
    });
    Some(Goes {
        class,
        text: format!("{arrow}{}", times.unwrap_or_default()),
        title: format!(
            "{} in the last period, {} in the one before; by chance in {:.0} of 100",
            words::posts(change.count),
            words::number(change.before),
            (change.corrected * 100.0).ceil()
        ),
    })
}

/// The brand that surely has more of it than the others.
fn most_at(
    answer: &LedgerAnswer,
    problem: &KnownAnswer,
    zone: Option<&str>,
) -> Option<(String, String, String)> {
    let id = problem.most_at.as_ref()?;
    let share = problem.brands.get(id)?;
    let brand = answer.brands.iter().find(|brand| brand.id == *id)?;
    Some((
        words::plain(&brand.name),
        format!("{:.1}", share.per_100),
        of_brand(&problem.query, id.as_str(), zone),
    ))
}

/// The parameter that keeps what is counted; none for posts.
pub(super) fn per(way: &str) -> (&'static str, &str) {
    ("per", if way == "post" { "" } else { way })
}

/// What a list shows where not posts are counted, and how many.
pub(super) fn listed(per: &str, posts: u64) -> String {
    match per {
        "case" => {
            format!("Posts that say the same count once. The list has all of them: {}.", words::posts(posts))
        }
        "author" => {
            format!("Each author counts once. The list has all their posts: {}.", words::posts(posts))
        }
        _ => String::new(),
    }
}

fn range(share: &ShareAnswer) -> String {
    format!("{:.1}–{:.1}", share.low, share.high)
}

fn of_brand(query: &str, brand: &str, zone: Option<&str>) -> String {
    address("/", &narrowed(&whole(query, zone), Condition::Brand(brand.to_owned())), &[])
}

/// Points of a line at most: its picture is 120 pixels wide.
const POINTS: usize = 60;

/// A line of counts in a picture of 120 by 24.
pub(super) fn spark(counts: &[u64]) -> String {
    use std::fmt::Write as _;
    let together = counts.len().div_ceil(POINTS).max(1);
    let points: Vec<u64> = counts.chunks(together).map(|counts| counts.iter().sum()).collect();
    let most = points.iter().max().copied().unwrap_or(0).max(1) as f64;
    let step = 116.0 / (points.len().max(2) - 1) as f64;
    let mut path = String::new();
    for (at, count) in points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let _ =
            write!(path, "{letter}{:.1} {:.1}", 2.0 + at as f64 * step, 22.0 - 20.0 * *count as f64 / most);
    }
    path
}

impl Detail {
    fn of(
        snapshot: &Snapshot,
        found: &ProblemDetail,
        mentions: &BTreeMap<String, u64>,
        filters: &Filters,
        query: &str,
    ) -> Self {
        let ProblemDetail { of, problem, .. } = found;
        let zone = filters.time_zone.as_deref();
        // The question was understood, and with it the zone.
        let days = filters.zone(snapshot).unwrap_or_else(|_| snapshot.time_zone());
        let market = snapshot.market();
        let starts: Vec<Date> = of.starts.iter().filter_map(|start| start.parse().ok()).collect();
        let interval: Interval = of.interval.parse().unwrap_or_default();
        let counts: Vec<Option<u64>> = problem.counts.iter().map(|count| Some(*count)).collect();
        let chart = chart(&[counts], &starts, interval);
        let columns = starts
            .iter()
            .zip(&chart.columns)
            .enumerate()
            .map(|(at, (start, column))| {
                let (count, all) = (problem.counts[at], of.counts[at]);
                let (low, high) = wilson(count, all);
                let until = interval.after(*start).yesterday().unwrap_or(*start);
                let here = Filters {
                    since: Some(start.to_string()),
                    until: Some(until.to_string()),
                    ..whole(&problem.query, zone)
                };
                Bucket {
                    x: column.x.clone(),
                    width: column.width.clone(),
                    head: start.to_string(),
                    count: words::number(count),
                    share: if all == 0 {
                        String::new()
                    } else {
                        format!("{:.1}", count as f64 * 100.0 / all as f64)
                    },
                    range: if all == 0 {
                        String::new()
                    } else {
                        format!("{:.1}–{:.1}", low * 100.0, high * 100.0)
                    },
                    href: address("/", &here, &[]),
                    mentions: mentions
                        .get(&start.to_string())
                        .filter(|all| **all > 0)
                        .map_or_else(String::new, |all| {
                            format!("{:.1}", count as f64 * 1000.0 / *all as f64)
                        }),
                    title: format!("{} {}", words::counted(of.per, count), words::bucket(interval, *start)),
                }
            })
            .collect();
        let path = chart.lines.first().map(|line| line.path.clone()).unwrap_or_default();
        Self {
            back: address("/problems", filters, &[per(of.per)]),
            name: words::plain(&problem.name),
            merged: found
                .merged_into
                .as_ref()
                .map(|into| format!("What you asked for is merged into {into}.")),
            description: problem.description.as_deref().map(words::plain),
            facts: facts(found, filters),
            decide: decide_forms(snapshot, found, query),
            count: words::counted(of.per, problem.share.count),
            listed: listed(of.per, problem.listed),
            href: address("/", &whole(&problem.query, zone), &[]),
            posts: words::counted_of(of.per, of.posts),
            explained: words::plain(&of.question.explained),
            share: format!("{:.1}", problem.share.per_100),
            range: format!("{:.1} and {:.1}", problem.share.low, problem.share.high),
            goes: goes(problem),
            unit: words::counted_head(of.per),
            interval: of.interval,
            said: format!(
                "{} over {} {}s",
                words::counted(of.per, problem.share.count),
                starts.len(),
                of.interval
            ),
            chart,
            path,
            top: TOP,
            zero: ZERO,
            columns,
            more_brands: of.brands.len().saturating_sub(BY_BRAND),
            brands: brand_rows(market, of, problem, zone),
            language: if snapshot.languages().len() > 1 {
                let names = found.languages.iter().map(|code| code.parse().map_or("", Language::name));
                format!(" in {}", names.collect::<Vec<_>>().join(" and "))
            } else {
                String::new()
            },
            apart: words::plain(&found.apart.join(", ")),
            neighbor: found.neighbor.as_ref().map(|(id, likeness)| Chip {
                text: format!("{id} ({:.0}%)", likeness * 100.0),
                href: address(&format!("/problems/{id}"), filters, &[per(of.per)]),
                is_chosen: false,
            }),
            terms: words::plain(
                &found.terms.iter().map(|(term, _)| term.as_str()).collect::<Vec<_>>().join(", "),
            ),
            weekdays: weekdays(of, problem)
                .into_iter()
                .map(|(day, text)| Chip {
                    text,
                    href: address("/", &narrowed(&whole(&problem.query, zone), Condition::Weekday(day)), &[]),
                    is_chosen: false,
                })
                .collect(),
            typical: found
                .typical
                .iter()
                .take(TYPICAL)
                .enumerate()
                .map(|(at, post)| post_view(at, marked(post), &Filters::default(), market, &days))
                .collect(),
            history: found.history.iter().map(|event| event_row(event, query)).collect(),
        }
    }
}

/// A post with its words as HTML, nothing marked in them.
fn marked(post: &PostAnswer) -> PostAnswer {
    PostAnswer { highlight: Some(post.plain_highlight()), ..post.clone() }
}

fn facts(found: &ProblemDetail, filters: &Filters) -> Vec<Fact> {
    let problem = &found.problem;
    let page = |id: &crate::model::ProblemId| address(&format!("/problems/{id}"), filters, &[]);
    let plain = |label: &'static str, value: Option<String>| {
        value.map(|value| Fact { label, value: words::plain(&value), href: None, is_outside: false })
    };
    let day =
        |moment: &Option<String>| moment.as_ref().map(|moment| moment.chars().take(10).collect::<String>());
    let merged: Vec<String> = found.merged.iter().map(ToString::to_string).collect();
    [
        plain("Id", Some(problem.id.to_string())),
        plain("Theme", problem.theme.clone()),
        plain("First seen", day(&problem.first_seen)),
        plain("Last seen", day(&problem.last_seen)),
        plain("Known since", day(&Some(problem.created.clone()))),
        plain("Solved since", problem.solved.clone()),
        plain("Standing", (problem.standing != "live").then(|| problem.standing.to_owned())),
        plain("Kept", problem.pinned.then(|| "pinned by a person".to_owned())),
        plain("Merged into it", (!merged.is_empty()).then(|| merged.join(", "))),
        problem.link.clone().map(|link| Fact {
            label: "Tracked at",
            value: words::plain(&link),
            // Checked when it was said, and again here: only an address of the web is a link.
            href: (link.starts_with("https://") || link.starts_with("http://")).then_some(link),
            is_outside: true,
        }),
        found.from.as_ref().map(|from| Fact {
            label: "Came out of",
            value: from.to_string(),
            href: Some(page(from)),
            is_outside: false,
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn brand_rows(
    market: &Market,
    of: &LedgerAnswer,
    problem: &KnownAnswer,
    zone: Option<&str>,
) -> Vec<BrandRow> {
    let mut found: Vec<(&BrandAnswer, &ShareAnswer, bool)> = of
        .brands
        .iter()
        .filter_map(|brand| {
            let role = market.brands.iter().find(|known| known.id == brand.id)?.role.as_deref();
            Some((brand, problem.brands.get(&brand.id)?, role == Some("own")))
        })
        .collect();
    // Of many, ours and those with the most posts of it.
    if found.len() > BY_BRAND {
        found.sort_by_key(|(_, share, is_own)| (!is_own, u64::MAX - share.count));
        found.truncate(BY_BRAND);
    }
    // The widest reaches to the end of the picture.
    let most = found.iter().map(|(_, share, _)| share.high).fold(0.0, f64::max).max(1e-9);
    let percent = |share: f64| format!("{:.1}", 2.0 + 96.0 * share / most);
    found
        .into_iter()
        .map(|(brand, share, is_own)| BrandRow {
            name: words::plain(&brand.name),
            is_own,
            count: words::number(share.count),
            href: of_brand(&problem.query, brand.id.as_str(), zone),
            share: format!("{:.1}", share.per_100),
            range: range(share),
            mentions: format!("{:.1}", share.per_1000_mentions),
            mentions_range: format!("{:.1}–{:.1}", share.low_of_mentions, share.high_of_mentions),
            low: percent(share.low),
            width: format!("{:.1}", 96.0 * (share.high - share.low) / most),
            at: percent(share.per_100),
        })
        .collect()
}

pub(super) fn event_row(event: &EventAnswer, query: &str) -> EventRow {
    let other = event.other.as_ref().map(ToString::to_string).unwrap_or_default();
    let who = if event.by_run {
        "by a run".to_owned()
    } else {
        format!("by {}", event.by.as_deref().unwrap_or("a person"))
    };
    let undone = event.undone.as_ref().map_or_else(String::new, |when| {
        format!(", taken back on {}", when.chars().take(10).collect::<String>())
    });
    let what = match event.what {
        "merged" => format!("{} merged into {other}", event.problem),
        "split-off" => format!("{} split off {other}", event.problem),
        "divided" => format!("{} divided from {other}", event.problem),
        "learned" => "learned anew".to_owned(),
        other => other.to_owned(),
    };
    let said = event.said.as_deref().map(words::plain).unwrap_or_default();
    EventRow {
        when: event.when.chars().take(10).collect(),
        what,
        said: words::plain(
            &[said, format!("{who}{undone}")]
                .iter()
                .filter(|part| !part.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        ),
        reason: event.reason.as_deref().map(words::plain).unwrap_or_default(),
        is_undone: event.undone.is_some(),
        number: event.number,
        undo: undo_address(event, query),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_in_its_picture() {
        assert_eq!(spark(&[]), "");
        assert_eq!(spark(&[0, 4]), "M2.0 22.0L118.0 2.0");
        assert_eq!(spark(&[7]), "M2.0 2.0");
        assert!(spark(&vec![3; 5000]).matches('L').count() < POINTS);
    }
}
