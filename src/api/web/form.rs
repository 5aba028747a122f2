//! What can be chosen, and what is chosen now? The search box, the filters beside it, and how to take each away again.

use super::address::{address, parameters};
use super::frame::PageOf;
use super::page::PageAsked;
use crate::api::ask::Filters;
use crate::model::{Field, Intent, Interval, Kind, Language, Per, Severity, Signal};
use crate::store::{Snapshot, Sort};

/// How words can be put together, beside the fields: as typed, and what it asks.
const OPERATORS: &[(&str, &str)] = &[
    ("delayed parcel", "has both words, in any form: also “delay”, “parcels”"),
    ("\"lost parcel\"", "has the words one after another"),
    ("lost OR missing", "has at least one of them"),
    ("lost -found", "has the first and not the second; NOT means the same as -"),
    ("lost NEAR/5 bag", "has both within five words of each other"),
    ("(lost OR missing) bag", "parentheses hold together what belongs together"),
];

/// The form.
pub(super) struct Form {
    /// Of the page that it is on.
    pub(super) path: &'static str,
    /// Some question was asked, so there is something to begin anew.
    pub(super) is_asked: bool,
    /// Posts are listed and drawn, so that an order and a length of buckets can be chosen.
    pub(super) has_order: bool,
    pub(super) q: String,
    pub(super) picks: Vec<Pick>,
    pub(super) complaints: Vec<Choice>,
    pub(super) severities: Vec<Choice>,
    pub(super) since: DateField,
    pub(super) until: DateField,
    pub(super) intervals: Vec<Choice>,
    pub(super) units: Vec<Choice>,
    pub(super) sorts: Vec<Choice>,
    /// What was asked and has no control of its own.
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) chips: Vec<Chip>,
    pub(super) operators: &'static [(&'static str, &'static str)],
    pub(super) fields: &'static [Field],
}

/// Choices of which any number can be made.
pub(super) struct Pick {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// How many are chosen.
    pub(super) chosen: usize,
    pub(super) choices: Vec<Choice>,
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    /// What else there is to say of it.
    pub(super) note: String,
    pub(super) is_chosen: bool,
}

pub(super) struct DateField {
    pub(super) value: String,
    /// `date`, unless a browser would throw the value away.
    pub(super) input: &'static str,
}

/// One choice, with the address of the question without it.
pub(super) struct Chip {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) href: String,
}

/// The form that asks what `asked` says, with the choices that `snapshot` offers.
pub(super) fn form(asked: &PageAsked, snapshot: Option<&Snapshot>) -> Form {
    let filters = &asked.filters;
    let pick = |name, label, chosen: &[String], offered: Vec<Choice>| {
        let mut choices = offered;
        // What was typed in the address and is not offered stays in the question.
        for value in chosen {
            let known = choices.iter_mut().find(|choice| {
                choice.value.eq_ignore_ascii_case(value)
                    || choice.label.to_lowercase() == value.to_lowercase()
            });
            match known {
                Some(choice) => choice.is_chosen = true,
                None => choices.push(Choice { is_chosen: true, ..choice(value, value, "not in this index") }),
            }
        }
        let chosen = choices.iter().filter(|choice| choice.is_chosen).count();
        Pick { name, label, chosen, choices }
    };
    let brands = snapshot.map(brands).unwrap_or_default();
    let languages = snapshot.map_or(&[][..], Snapshot::languages);
    let sources = snapshot.map_or(&[][..], Snapshot::sources);
    let picks = vec![
        pick("brand", "Brand", &filters.brand, brands),
        pick("lang", "Language", &filters.lang, languages.iter().copied().map(language).collect()),
        pick(
            "source",
            "Source",
            &filters.source,
            sources.iter().map(|name| choice(name, name, "")).collect(),
        ),
        pick("kind", "Kind", &filters.kind, Kind::ALL.into_iter().map(kind).collect()),
        pick("intent", "Intent", &filters.intent, Intent::ALL.map(|intent| plain(intent.as_str())).into()),
        pick("signal", "Signal", &filters.signal, Signal::ALL.map(|signal| plain(signal.as_str())).into()),
    ];
    let mut hidden: Vec<_> = filters.attr.iter().map(|attribute| ("attr", attribute.clone())).collect();
    hidden.extend(filters.target.iter().map(|target| ("target", target.clone())));
    hidden.extend(filters.time_zone.clone().filter(|name| !name.is_empty()).map(|name| ("tz", name)));
    let path = asked.page.path();
    Form {
        path,
        is_asked: address(path, filters, &asked.more()) != path,
        has_order: asked.page == PageOf::Posts,
        q: filters.q.clone(),
        chips: chips(asked, &picks),
        picks,
        complaints: complaints(filters.complaint.as_deref()),
        severities: severities(filters.severity.as_deref()),
        since: date_field(filters.since.as_deref()),
        until: date_field(filters.until.as_deref()),
        intervals: intervals(asked.interval),
        units: units(asked.per),
        sorts: sorts(asked.sort),
        hidden,
        operators: OPERATORS,
        fields: Field::ALL,
    }
}

fn choice(value: &str, label: &str, note: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), note: note.to_owned(), is_chosen: false }
}

/// Brands that are listed as the watchlist has them; more can only be found by the alphabet.
const FEW: usize = 20;

/// Our own brands first.
fn brands(snapshot: &Snapshot) -> Vec<Choice> {
    let mut brands: Vec<_> = snapshot.market().brands.iter().collect();
    if brands.len() > FEW {
        brands.sort_by_cached_key(|brand| brand.name.to_lowercase());
    }
    brands.sort_by_key(|brand| brand.role.as_deref() != Some("own"));
    brands
        .into_iter()
        .map(|brand| choice(brand.id.as_str(), &brand.name, brand.role.as_deref().unwrap_or("")))
        .collect()
}

fn language(language: Language) -> Choice {
    let label = if language == Language::Other { "Other" } else { language.name() };
    choice(language.code(), label, "")
}

fn kind(kind: Kind) -> Choice {
    let label = match kind {
        Kind::Post => "Post",
        Kind::Reply => "Reply",
        Kind::Review => "Review",
        Kind::Response => "Response of a brand",
    };
    choice(kind.as_str(), label, "")
}

/// A value of several words, as people write it.
fn plain(value: &str) -> Choice {
    choice(value, &value.replace('-', " "), "")
}

fn complaints(chosen: Option<&str>) -> Vec<Choice> {
    let chosen = chosen.unwrap_or("");
    [("", "all posts"), ("yes", "complaints"), ("no", "no complaints")]
        .into_iter()
        .map(|(value, label)| Choice {
            is_chosen: value.eq_ignore_ascii_case(chosen),
            ..choice(value, label, "")
        })
        .collect()
}

fn severities(chosen: Option<&str>) -> Vec<Choice> {
    let chosen = chosen.unwrap_or("");
    let mut choices = vec![Choice { is_chosen: chosen.is_empty(), ..choice("", "any", "") }];
    // Every complaint is at least the first.
    choices.extend(Severity::ALL.into_iter().skip(1).map(|severity| Choice {
        is_chosen: severity.as_str().eq_ignore_ascii_case(chosen),
        ..choice(severity.as_str(), &format!("{severity} or worse"), "")
    }));
    choices
}

fn intervals(chosen: Option<Interval>) -> Vec<Choice> {
    let mut choices = vec![Choice { is_chosen: chosen.is_none(), ..choice("", "auto", "") }];
    for (interval, label) in [(Interval::Day, "day"), (Interval::Week, "week"), (Interval::Month, "month")] {
        choices.push(Choice { is_chosen: chosen == Some(interval), ..choice(interval.as_str(), label, "") });
    }
    choices
}

/// What can be counted.
fn units(chosen: Per) -> Vec<Choice> {
    [(Per::Post, "", "posts"), (Per::Case, "case", "cases"), (Per::Author, "author", "authors")]
        .into_iter()
        .map(|(per, value, label)| Choice { is_chosen: per == chosen, ..choice(value, label, "") })
        .collect()
}

fn sorts(chosen: Sort) -> Vec<Choice> {
    [
        (Sort::Relevance, "", "best match"),
        (Sort::Newest, "newest", "newest"),
        (Sort::Oldest, "oldest", "oldest"),
    ]
    .into_iter()
    .map(|(sort, value, label)| Choice { is_chosen: sort == chosen, ..choice(value, label, "") })
    .collect()
}

fn date_field(value: Option<&str>) -> DateField {
    let value = value.unwrap_or("").to_owned();
    let is_day = value.is_empty() || (value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok());
    DateField { input: if is_day { "date" } else { "text" }, value }
}

/// One for each choice that was made, in the words of the form.
fn chips(asked: &PageAsked, picks: &[Pick]) -> Vec<Chip> {
    let label = |name: &str| match name {
        "brand" => "Brand",
        "lang" => "Language",
        "source" => "Source",
        "kind" => "Kind",
        "intent" => "Intent",
        "signal" => "Signal",
        "target" => "Complained about",
        "complaint" => "Complaints",
        "severity" => "At least",
        "attr" => "Attribute",
        "since" => "From",
        "until" => "To",
        _ => "Time zone",
    };
    let said = |name: &str, value: &str| {
        let pick = picks.iter().find(|pick| pick.name == name);
        let choice = pick.and_then(|pick| {
            pick.choices.iter().find(|choice| {
                choice.value.eq_ignore_ascii_case(value)
                    || choice.label.to_lowercase() == value.to_lowercase()
            })
        });
        choice.map_or(value, |choice| &choice.label).to_owned()
    };
    parameters(&asked.filters)
        .into_iter()
        .filter(|(name, _)| *name != "q")
        .map(|(name, value)| Chip {
            label: label(name).to_owned(),
            value: said(name, value),
            href: address(asked.page.path(), &without(&asked.filters, name, value), &asked.more()),
        })
        .collect()
}

fn without(filters: &Filters, name: &str, value: &str) -> Filters {
    let mut filters = filters.clone();
    match name {
        "brand" => filters.brand.retain(|other| other != value),
        "lang" => filters.lang.retain(|other| other != value),
        "source" => filters.source.retain(|other| other != value),
        "kind" => filters.kind.retain(|other| other != value),
        "intent" => filters.intent.retain(|other| other != value),
        "signal" => filters.signal.retain(|other| other != value),
        "target" => filters.target.retain(|other| other != value),
        "complaint" => filters.complaint = None,
        "severity" => filters.severity = None,
        "attr" => filters.attr.retain(|other| other != value),
        "since" => filters.since = None,
        "until" => filters.until = None,
        _ => filters.time_zone = None,
    }
    filters
}
