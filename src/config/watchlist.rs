//! What does a watchlist file say, and what is wrong with it?
//!
//! The file is written by hand, by people who know their market and not TOML. So it is read to the end whatever is found,
//! each fault names its line and what mends it, and what works but will disappoint is a warning. `queries/dutch-telecom.toml`
//! is the file to learn from.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::brand::read_brands;
use super::fault::{Fault, Report, quoted};
use super::route::read_routes;
use super::section::{Entry, Part, Section, folded};
use crate::model::nearest;
use crate::model::{
    Brand, Hours, Language, Listen, Opening, PassOn, Role, SourceId, Translation, Watchlist, WatchlistId,
    is_web_address,
};
use crate::sources;

/// What reading a watchlist came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The watchlist, or all that is wrong with it, by line.
    pub watchlist: Result<Watchlist, Vec<Fault>>,
    /// What works and is unwise, by line; told beside faults too.
    pub warnings: Vec<Fault>,
}

/// The sources that posts can come from, as a watchlist names them: those that are asked, and two that are not.
static SOURCES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let asked = sources::ALL.iter().map(|source| source.about().name);
    asked.chain(["file", "webhook"]).collect()
});

/// Names that people use for a source, which no count of typing mistakes would find.
const OTHER_SOURCES: &[(&str, &str)] = &[
    ("twitter", "x"),
    ("hn", "hackernews"),
    ("feed", "rss"),
    ("atom", "rss"),
    ("csv", "file"),
    ("itunes", "appstore"),
    ("stackoverflow", "stackexchange"),
];

/// Reads a watchlist and finds every fault at once.
///
/// # Errors
/// All faults, by line. After a mistake in the notation itself there is only that one, since nothing behind it can be trusted.
pub fn read_watchlist(id: WatchlistId, text: &str) -> Result<Watchlist, Vec<Fault>> {
    check_watchlist(id, text).watchlist
}

/// Reads a watchlist like [`read_watchlist`], and tells what is unwise in it as well.
#[must_use]
pub fn check_watchlist(id: WatchlistId, text: &str) -> Checked {
    // Editors on Windows put a byte order mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(text);
    let watchlist = match DeTable::parse(text) {
        Ok(table) => Some(read(id, table.get_ref(), &mut report)),
        Err(error) => {
            report_notation(&error, text, &mut report);
            None
        }
    };
    let Report { mut faults, mut warnings, .. } = report;
    faults.sort();
    warnings.sort();
    let watchlist = watchlist.filter(|_| faults.is_empty()).ok_or(faults);
    Checked { watchlist, warnings }
}

/// The watchlist as far as it can be read; of use only if no fault was reported.
fn read(id: WatchlistId, table: &DeTable<'_>, report: &mut Report<'_>) -> Watchlist {
    let file = Section::new(table, Part::Top, 0, report);
    let name = file.needed(
        "name",
        "write on the first line what the market is called, as name = \"Dutch telecom\"",
        report,
    );
    let brands = read_brands(&file, report);
    if !brands.is_empty() && !brands.iter().any(|brand| brand.role == Role::Own) {
        report.warn(
            0,
            "no brand is ours: this is a market overview, without inbox and prospects",
            "if one of the brands is yours, write role = \"own\" under it",
        );
    }
    Watchlist {
        id,
        name: name.map(|name| name.text).unwrap_or_default(),
        purpose: read_purpose(&file, report),
        contact: read_contact(&file, report),
        is_fictional: file.truth("fictional", report),
        languages: read_languages(&file, report),
        time_zone: read_time_zone(&file, report),
        sources: read_sources(&file, &brands, report),
        brands,
        solves: file.texts("solves", report).into_iter().map(|entry| entry.text).collect(),
        translations: read_translations(&file, report),
        opening: read_opening(&file, report),
        routes: read_routes(&file, report),
    }
}

fn read_purpose(file: &Section<'_>, report: &mut Report<'_>) -> String {
    if file.value("purpose").is_none() {
        report.warn(
            0,
            "`purpose` is missing: public posts are personal data, and the record of processing must say why they are gathered",
            "add a line purpose = \"…\"",
        );
    }
    file.text("purpose", report).map(|purpose| purpose.text).unwrap_or_default()
}

/// Whether that is a mail address or a page to which a site may write, which a user agent can hold.
#[must_use]
pub fn is_contact(text: &str) -> bool {
    let is_plain =
        text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"()".contains(&byte));
    let is_mail = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    is_plain && (is_mail || is_web_address(text))
}

/// Whom sites may write to: told to each of them, so that nothing else may stand there.
fn read_contact(file: &Section<'_>, report: &mut Report<'_>) -> Option<String> {
    let Entry { at, text } = file.text("contact", report)?;
    if is_contact(&text) {
        return Some(text);
    }
    let problem = format!("{} is neither a mail address nor a page", quoted(&text));
    report.fault(
        at,
        problem,
        "write contact = \"webcare@acme.com\" or contact = \"https://acme.com/listening\"",
    );
    None
}

fn read_languages(file: &Section<'_>, report: &mut Report<'_>) -> Vec<Language> {
    let mut languages = Vec::new();
    for Entry { at, text } in file.texts("languages", report) {
        if let Ok(language) = text.parse() {
            languages.push(language);
            continue;
        }
        // `from_tag` also knows names and longer tags, as `dutch` and `nl-BE`.
        let remedy = match Language::from_tag(&text) {
            Some(language) if language != Language::Other => format!("write \"{language}\""),
            _ => {
                let codes: Vec<&str> = Language::ALL.into_iter().map(Language::code).collect();
                format!("use one of {}", codes.join(", "))
            }
        };
        report.fault(at, format!("{} is not a language code of Grouse", quoted(&text)), remedy);
    }
    languages
}

fn read_time_zone(file: &Section<'_>, report: &mut Report<'_>) -> TimeZone {
    if file.value("time_zone").is_none() {
        report.warn(
            0,
            "`time_zone` is missing: days are counted in UTC, which is the day of London in winter",
            "add a line as time_zone = \"Europe/Amsterdam\"",
        );
    }
    let Some(Entry { at, text }) = file.text("time_zone", report) else { return TimeZone::UTC };
    TimeZone::get(&text).unwrap_or_else(|_| {
        let remedy = match nearest_time_zone(&text) {
            Some(name) => format!("did you mean \"{name}\"?"),
            None => "write a continent and a city, as \"Europe/Amsterdam\"".to_owned(),
        };
        report.fault(at, format!("{} is not a time zone", quoted(&text)), remedy);
        TimeZone::UTC
    })
}

/// The zone of that city, or the one whose name is nearest.
fn nearest_time_zone(text: &str) -> Option<String> {
    // In order, since the machine's own list of zones has none.
    let names: BTreeSet<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    let city = text.replace(' ', "_");
    names
        .iter()
        .find(|name| name.rsplit_once('/').is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city)))
        .map(String::as_str)
        .or_else(|| nearest(text, names.iter().map(String::as_str)))
        .map(str::to_owned)
}

fn read_sources(file: &Section<'_>, brands: &[Brand], report: &mut Report<'_>) -> Vec<Listen> {
    let mut sources = Vec::new();
    for section in file.tables("source", Part::Source, report) {
        let remedy = format!("add a line name = \"…\" with one of {}", SOURCES.join(", "));
        let name = section.needed("name", &remedy, report);
        let entries = section.texts("targets", report);
        let pass_on = read_pass_on(&section, report);
        let Some(Entry { at, text }) = name else { continue };
        match SourceId::new(text.as_str()) {
            Ok(source) if SOURCES.contains(&source.as_str()) => {
                check_targets(&source, &entries, brands, report);
                let targets = entries.into_iter().map(|entry| entry.text).collect();
                sources.push(Listen { source, targets, pass_on });
            }
            _ => {
                let lower = text.to_lowercase();
                let other =
                    OTHER_SOURCES.iter().find(|(other, _)| *other == lower).map(|(_, source)| *source);
                let remedy = match other.or_else(|| nearest(&text, SOURCES.iter().copied())) {
                    Some(source) => format!("did you mean \"{source}\"?"),
                    None => format!("use one of {}", SOURCES.join(", ")),
                };
                report.fault(at, format!("{} is not a source", quoted(&text)), remedy);
            }
        }
    }
    sources
}

/// Finds targets that the site cannot be asked for, and brands behind them that are none.
fn check_targets(source: &SourceId, targets: &[Entry], brands: &[Brand], report: &mut Report<'_>) {
    let Some(source) = sources::by_name(source.as_str()) else { return };
    for Entry { at, text } in targets {
        let (place, about) = sources::place(text);
        if let Some(remedy) = source.remedy(&place) {
            let problem =
                format!("{} is nothing that {} can be asked for", quoted(&place), source.about().title);
            report.fault(*at, problem, remedy);
            continue;
        }
        let is_brand = |name: &str| {
            brands.iter().any(|brand| brand.id.as_str() == name || brand.name.eq_ignore_ascii_case(name))
                || brands
                    .iter()
                    .flat_map(|brand| &brand.aliases)
                    .any(|alias| alias.eq_ignore_ascii_case(name))
        };
        if let Some(about) = about.filter(|about| !is_brand(about)) {
            let problem = format!("{} behind a target is no brand of this watchlist", quoted(&about));
            report.fault(*at, problem, "write the id of one of its brands");
        }
    }
}

/// What may be passed on of a source. Whoever decides it says by which rule, so that it is told with every export.
fn read_pass_on(section: &Section<'_>, report: &mut Report<'_>) -> Option<PassOn> {
    let (pass_on, rule) = (section.text("pass_on", report), section.text("rule", report));
    let Some(Entry { at, text }) = pass_on else {
        if let Some(Entry { at, .. }) = rule {
            let problem = "`rule` is given without `pass_on`";
            report.fault(at, problem, "add a line pass_on = \"ids\" or pass_on = \"all\"");
        }
        return None;
    };
    let is_ids_only = match text.as_str() {
        "ids" => true,
        "all" => false,
        _ => {
            let problem = format!("{} does not say what may be passed on", quoted(&text));
            report.fault(at, problem, "write pass_on = \"ids\" or pass_on = \"all\"");
            return None;
        }
    };
    let Some(rule) = rule else {
        let remedy =
            "add a line as rule = \"Contract of 2026-03-01, section 4\": it is told with every export";
        report.fault(at, "`pass_on` is given without the `rule` that says so", remedy);
        return None;
    };
    Some(PassOn { is_ids_only, rule: rule.text })
}

/// What problems are called in several languages; the leading one is the watchlist's first that a problem has.
fn read_translations(file: &Section<'_>, report: &mut Report<'_>) -> Vec<Translation> {
    let leading = read_languages(file, &mut Report::new(""));
    let mut translations = Vec::new();
    for section in file.tables("translation", Part::Translation, report) {
        let mut found: Translation = Vec::new();
        for code in Part::Translation.keys() {
            if let (Ok(language), Some(entry)) = (code.parse(), section.text(code, report)) {
                found.push((language, entry.text));
            }
        }
        if found.len() < 2 {
            report.fault(
                section.at,
                "a translation needs a problem's name in two languages",
                "write both under it, as nl = \"koffer kwijt\" and en = \"lost luggage\"",
            );
            continue;
        }
        let place = |language: &Language| leading.iter().position(|other| other == language);
        found.sort_by_key(|(language, _)| place(language).unwrap_or(leading.len()));
        translations.push(found);
    }
    translations
}

fn read_opening(file: &Section<'_>, report: &mut Report<'_>) -> Opening {
    let mut opening = Opening::default();
    let Some(section) = file.table("hours", Part::Hours, report) else { return opening };
    let faults_before = report.faults.len();
    for (day, name) in opening.days.iter_mut().zip(Part::Hours.keys()) {
        let Some(Entry { at, text }) = section.text(name, report) else { continue };
        if folded(&text) == "closed" {
            continue;
        }
        let Some(hours) = read_hours(&text) else {
            let problem = format!("{} does not say when {name} opens and closes", quoted(&text));
            report.fault(at, problem, format!("write {name} = \"09:00-17:30\" or {name} = \"closed\""));
            continue;
        };
        if hours.from >= hours.until {
            let problem = format!("{name} closes before it opens");
            report.fault(
                at,
                problem,
                "write opening first and closing last; midnight at the end of the day is 24:00",
            );
            continue;
        }
        *day = Some(hours);
    }
    if opening == Opening::default() && report.faults.len() == faults_before {
        report.warn(
            section.at,
            "the desk is never open",
            "add a line as monday = \"09:00-17:30\", or take [hours] out",
        );
    }
    opening
}

/// Reads `09:00-17:30`. Closing at 24:00 is the last moment of the day, for a civil time has no 24.
fn read_hours(text: &str) -> Option<Hours> {
    // People who write well use the longer dash.
    let (from, until) = text.split_once(['-', '–'])?;
    let until = if until.trim() == "24:00" { Time::MAX } else { read_time(until)? };
    Some(Hours { from: read_time(from)?, until })
}

fn read_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(hour, &[1, 2]) || !is_number(minute, &[2]) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn report_notation(error: &toml::de::Error, text: &str, report: &mut Report<'_>) {
    let span = error.span().unwrap_or_default();
    let message = error.message();
    let at = span.start;
    // What people run into most has a remedy of its own.
    if message == "duplicate key" {
        let key = quoted(text.get(span).unwrap_or(""));
        let remedy = "give it once; brands go under [[brand]], with two brackets on each side";
        report.fault(at, format!("this is not TOML: {message} {key}"), remedy);
        return;
    }
    let remedy = "mend this line or the one above, then check again: \
                  a line reads name = \"text\" or name = [\"text\", \"text\"], a heading [hours] or [[brand]]";
    report.fault(at, format!("this is not TOML: {message}"), remedy);
}
