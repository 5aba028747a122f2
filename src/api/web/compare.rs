//! How do brands compare, on a page? The API's own numbers, each a link to its posts, and in words where others are weak.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;

use super::address::address;
use super::frame::{self, Frame, PageOf, posts_of};
use super::ledger::{WAYS, listed, per};
use super::page::PageAsked;
use super::words;
use crate::api::ask::Filters;
use crate::api::compare::{
    BrandCompared, CompareAnswer, CompareWanted, ProblemAtBrand, RateAnswer, WeakAnswer, compare,
};
use crate::api::error::AskError;
use crate::api::parameters::Parameters;
use crate::model::Language;
use crate::store::Store;

/// Problems of the table; more are in the JSON.
const SHOWN: usize = 40;

/// Brands beside each other in the table; more make it unreadable.
const ACROSS: usize = 10;

/// Sentences of where they are weak.
const WEAK: usize = 10;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "compare.html", config = "src/api/web/askama.toml")]
pub(super) struct ComparePage {
    frame: Frame,
    answer: Option<View>,
}

struct View {
    /// What is counted, to choose.
    ways: Vec<Way>,
    posts: Number,
    /// What lists show, where not posts are counted.
    listed: String,
    explained: String,
    of: &'static str,
    /// What to say instead of numbers.
    empty: Option<(&'static str, &'static str)>,
    /// None where it cannot be said.
    weak: Option<Vec<WeakView>>,
    more_weak: usize,
    brands: Vec<BrandView>,
    /// Names of those that stand beside each other.
    across: Vec<Across>,
    /// Brands that are compared.
    all_brands: String,
    more_brands: usize,
    rows: Vec<RowView>,
    more: usize,
    unassigned: Vec<Number>,
    /// What “rising” and “fading” compare.
    note: String,
    json: String,
}

/// What can be counted.
struct Way {
    text: &'static str,
    href: String,
    is_chosen: bool,
}

struct Across {
    name: String,
    is_own: bool,
}

/// A number with the way to its posts, and the range of the true one.
struct Number {
    text: String,
    range: String,
    href: String,
}

/// Where they are weak and we are not, as a sentence.
struct WeakView {
    name: String,
    /// In which language, where the index has several.
    language: String,
    page: String,
    theirs: Number,
    ours: Number,
    /// How many times our share theirs is.
    times: Option<String>,
    /// The competitor that has most of it: its name, and its share.
    most: Option<(String, Number)>,
}

struct BrandView {
    name: String,
    is_own: bool,
    mentions: Number,
    /// Percent, as a width too.
    voice: String,
    posts: Number,
    share: String,
    rate: String,
    rate_range: String,
}

struct RowView {
    name: String,
    /// In which languages, where the index has several.
    language: String,
    page: String,
    cells: Vec<CellView>,
}

struct CellView {
    number: Number,
    /// Its direction, as a class.
    class: &'static str,
    /// The direction where it can be seen without color.
    mark: &'static str,
    /// Where it goes; nothing where it is steady.
    goes: &'static str,
    said: String,
}

/// Reads what an address asks, or what of it cannot be read.
pub(super) fn read(query: Option<&str>) -> (PageAsked, Result<CompareWanted, AskError>) {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let asked = PageAsked { page: PageOf::Compare, filters: filters.clone(), ..PageAsked::default() };
    let per = parameters.per();
    let wanted = per.and_then(|per| parameters.end(&["per"]).map(|()| CompareWanted { filters, per }));
    (asked, wanted)
}

/// Compares what is asked.
pub(super) fn answer(
    store: &Store,
    asked: &PageAsked,
    wanted: Result<CompareWanted, AskError>,
) -> ComparePage {
    let (frame, answer) = frame::answered(store, asked, wanted, |_, wanted| {
        Ok(View::of(&compare(store, &wanted)?, &wanted.filters))
    });
    ComparePage { frame, answer }
}

/// The page without any answer.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> ComparePage {
    ComparePage { frame: frame::failed(asked, error), answer: None }
}

/// The page as a browser reads it.
pub(super) fn render(page: &ComparePage) -> (StatusCode, String) {
    frame::render(&page.frame, page)
}

impl View {
    fn of(found: &CompareAnswer, filters: &Filters) -> Self {
        let empty = if found.brands.is_empty() {
            Some(("These posts are about no brand", "A watchlist names the brands of a market."))
        } else if found.known == 0 {
            Some((
                "No problems are kept yet to compare brands on",
                "Run grouse discover --keep: what it finds is here from then on.",
            ))
        } else if found.problems.is_empty() {
            Some(("None of these posts has a problem", "Take a filter away."))
        } else {
            None
        };
        let codes: BTreeSet<&str> =
            found.brands.iter().flat_map(|brand| &brand.languages).map(|language| language.lang).collect();
        // Where all is in one language, it need not be said.
        let language = |languages: &[&str]| match codes.len() {
            0 | 1 => String::new(),
            _ => {
                let name = |code: &&str| code.parse().map_or("", Language::name).to_owned();
                languages.iter().map(name).collect::<Vec<_>>().join(" and ")
            }
        };
        let problem_page = |id: &str| address(&format!("/problems/{id}"), filters, &[per(found.per)]);
        let weak = |weak: &WeakAnswer| WeakView {
            name: words::plain(&weak.name),
            language: language(&weak.languages),
            page: problem_page(weak.id.as_str()),
            theirs: share(&weak.theirs, filters),
            ours: share(&weak.ours, filters),
            times: words::times(weak.theirs_in_our_languages, weak.ours.share),
            most: most_at(found, weak, filters),
        };
        let rows = found.problems.iter().take(SHOWN).map(|problem| RowView {
            name: words::plain(&problem.name),
            language: language(&problem.languages),
            page: problem_page(problem.id.as_str()),
            cells: (problem.brands.iter().zip(&found.brands).take(ACROSS))
                .map(|(at, brand)| cell(at, brand, found.of, &language(&problem.languages), filters))
                .collect(),
        });
        Self {
            posts: Number {
                text: words::counted_of(found.per, found.posts),
                range: String::new(),
                href: posts_of(&found.posts_query, filters),
            },
            explained: words::plain(&found.question.explained),
            of: found.of,
            empty,
            listed: listed(found.per, found.posts_listed),
            ways: WAYS
                .map(|(way, text)| Way {
                    text,
                    href: address("/compare", filters, &[per(way)]),
                    is_chosen: found.per == way,
                })
                .into(),
            weak: found.weak.as_ref().map(|all| all.iter().take(WEAK).map(weak).collect()),
            more_weak: found.weak.as_ref().map_or(0, |all| all.len().saturating_sub(WEAK)),
            brands: found.brands.iter().map(|brand| brand_view(brand, filters)).collect(),
            across: found
                .brands
                .iter()
                .take(ACROSS)
                .map(|brand| Across { name: words::plain(&brand.name), is_own: brand.role == Some("own") })
                .collect(),
            all_brands: words::number((found.brands.len() + found.more_brands) as u64),
            more_brands: found.more_brands,
            rows: rows.collect(),
            more: found.problems.len().saturating_sub(SHOWN),
            unassigned: found.unassigned.iter().take(ACROSS).map(|rate| share(rate, filters)).collect(),
            note: found.period.as_ref().map_or_else(String::new, |period| {
                format!(
                    "“Rising” and “fading” compare {} to {} with as many days before.",
                    period.from, period.to
                )
            }),
            json: address("/v1/compare", filters, &[per(found.per)]),
        }
    }
}

fn most_at(found: &CompareAnswer, weak: &WeakAnswer, filters: &Filters) -> Option<(String, Number)> {
    let id = weak.most_at.first()?;
    let brand = found.brands.iter().find(|brand| brand.id == *id)?;
    let problem = found.problems.iter().find(|problem| problem.id == weak.id)?;
    let at = problem.brands.iter().find(|at| at.id == *id)?;
    Some((words::plain(&brand.name), share(&at.of_100, filters)))
}

fn brand_view(brand: &BrandCompared, filters: &Filters) -> BrandView {
    let rate = &brand.per_1000_mentions;
    let counted = |rate: &RateAnswer| Number { text: words::number(rate.count), ..share(rate, filters) };
    BrandView {
        name: words::plain(&brand.name),
        is_own: brand.role == Some("own"),
        mentions: counted(&brand.mentions),
        voice: format!("{:.1}", brand.mentions.share),
        posts: counted(&brand.posts),
        share: format!("{:.1}", brand.posts.share),
        rate: format!("{:.0}", rate.share),
        rate_range: format!("{:.0}–{:.0}", rate.low, rate.high),
    }
}

fn cell(at: &ProblemAtBrand, brand: &BrandCompared, of: &str, language: &str, filters: &Filters) -> CellView {
    let (class, mark, verdict) = match at.against.direction {
        "higher" => ("higher", "▲", "surely more"),
        "lower" => ("lower", "▼", "surely less"),
        "alike" => ("alike", "", "alike"),
        _ => ("unsure", "?", "too few to tell"),
    };
    let goes = match at.goes {
        Some("rising") => "↗ rising",
        Some("fading") => "↘ fading",
        _ => "",
    };
    let change = at.change.as_ref().filter(|_| !goes.is_empty()).map_or_else(String::new, |change| {
        format!("; {} in the last period, {} in the one before", change.count, change.before)
    });
    CellView {
        goes,
        number: share(&at.of_100, filters),
        class,
        mark,
        said: format!(
            "{}: {} of {} {of}{}, so {:.1} to {:.1} of 100 in truth; {:.1} at the others: {verdict}{change}",
            words::plain(&brand.name),
            words::number(at.of_100.count),
            words::number(at.of),
            if language.is_empty() { String::new() } else { format!(" in {language}") },
            at.of_100.low,
            at.of_100.high,
            at.others_share,
        ),
    }
}

fn share(rate: &RateAnswer, filters: &Filters) -> Number {
    Number {
        text: format!("{:.1}", rate.share),
        range: format!("{:.1}–{:.1}", rate.low, rate.high),
        href: posts_of(&rate.query, filters),
    }
}
