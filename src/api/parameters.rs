//! How is a question read from an address? Each parameter by its name; one that is not known is an error, since an
//! answer to another question than the one asked is worse than none.

use super::ask::{Filters, ProblemsWanted, SearchAsked, TrendsAsked};
use super::error::AskError;
use crate::model::Per;

/// Parameters of the filters, which every question takes.
const FILTERS: &[&str] = &[
    "q",
    "brand",
    "source",
    "lang",
    "kind",
    "complaint",
    "severity",
    "intent",
    "signal",
    "target",
    "problem",
    "since",
    "until",
    "attr",
    "tz",
];

/// Parameters that can have one value only.
const ONCE: &[&str] = &[
    "since", "until", "tz", "sort", "limit", "cursor", "by", "interval", "per", "period", "late", "stale",
    "days",
];

/// Posts on a page unless asked otherwise.
pub(super) const PAGE: usize = 10;

/// Problems in an answer unless asked otherwise.
pub(super) const PROBLEMS: usize = 20;

/// The parameters of one request, in their order.
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
    /// One of [`ONCE`] that has several values, and the last of them.
    repeated: Option<(&'static str, String)>,
}

impl Parameters {
    /// Reads the part of an address after `?`.
    pub(super) fn new(query: Option<&str>) -> Self {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.unwrap_or("").as_bytes()).into_owned().collect();
        let repeated = ONCE.iter().find_map(|once| {
            let mut values = pairs.iter().filter(|(name, value)| name == once && !value.is_empty());
            values.next()?;
            values.next_back().map(|(_, value)| (*once, value.clone()))
        });
        Self { pairs, repeated }
    }

    /// Takes the filters out.
    pub(super) fn filters(&mut self) -> Filters {
        let mut filters = Filters::default();
        self.pairs.retain(|(name, value)| {
            let list = match name.as_str() {
                "q" => {
                    if !filters.q.is_empty() {
                        filters.q.push(' ');
                    }
                    filters.q.push_str(value);
                    return false;
                }
                "complaint" => {
                    filters.complaint = Some(value.clone());
                    return false;
                }
                "severity" => {
                    filters.severity = Some(value.clone());
                    return false;
                }
                "since" => {
                    filters.since = Some(value.clone());
                    return false;
                }
                "until" => {
                    filters.until = Some(value.clone());
                    return false;
                }
                "tz" => {
                    filters.time_zone = Some(value.clone());
                    return false;
                }
                "brand" => &mut filters.brand,
                "source" => &mut filters.source,
                "lang" => &mut filters.lang,
                "kind" => &mut filters.kind,
                "intent" => &mut filters.intent,
                "signal" => &mut filters.signal,
                "target" => &mut filters.target,
                "problem" => &mut filters.problem,
                "attr" => &mut filters.attr,
                _ => {
                    // `attr.state=CA`, as in the query language.
                    if let Some(attribute) = name.strip_prefix("attr.") {
                        filters.attr.push(format!("{attribute}={value}"));
                        return false;
                    }
                    return true;
                }
            };
            // An empty choice of a form is no choice.
            if !value.is_empty() && !list.contains(value) {
                list.push(value.clone());
            }
            false
        });
        filters
    }

    /// Takes one parameter out; an empty one is none.
    pub(super) fn take(&mut self, wanted: &str) -> Option<String> {
        let mut found = None;
        self.pairs.retain(|(name, value)| {
            if name == wanted {
                found = Some(value.clone()).filter(|value| !value.is_empty()).or(found.take());
            }
            name != wanted
        });
        found
    }

    /// Takes out what is counted.
    pub(super) fn per(&mut self) -> Result<Per, AskError> {
        match self.take("per") {
            None => Ok(Per::default()),
            Some(text) => text.parse().map_err(|_| AskError::value("per", &text, "post, case or author")),
        }
    }

    /// Nothing may be left, and nothing may have been said twice. `own` is what can be said beside the filters.
    pub(super) fn end(self, own: &[&str]) -> Result<(), AskError> {
        self.end_of(&FILTERS.iter().chain(own).copied().collect::<Vec<_>>())
    }

    /// The same where `known` is all that can be said.
    pub(super) fn end_of(self, known: &[&str]) -> Result<(), AskError> {
        if let Some((name, value)) = self.repeated {
            return Err(AskError::value(name, &value, "one value, not several"));
        }
        match self.pairs.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(AskError::Parameter { name, known: known.join(", ") }),
        }
    }
}

fn number(
    name: &'static str,
    value: Option<String>,
    default: usize,
    expected: &'static str,
) -> Result<usize, AskError> {
    value.map_or(Ok(default), |value| value.parse().map_err(|_| AskError::value(name, &value, expected)))
}

pub(super) fn search(query: Option<&str>) -> Result<SearchAsked, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let sort = match parameters.take("sort") {
        None => crate::store::Sort::default(),
        Some(text) => {
            text.parse().map_err(|_| AskError::value("sort", &text, "relevance, newest or oldest"))?
        }
    };
    let limit = number("limit", parameters.take("limit"), PAGE, "a number up to 1000")?;
    let cursor = parameters.take("cursor");
    parameters.end(&["sort", "limit", "cursor"])?;
    Ok(SearchAsked { filters, sort, limit, cursor })
}

pub(super) fn trends(query: Option<&str>) -> Result<TrendsAsked, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let by = match parameters.take("by") {
        None => crate::model::Split::default(),
        Some(text) => text.parse().map_err(|_| {
            AskError::value("by", &text, "brand, source, language, intent, signal, target, problem or all")
        })?,
    };
    let interval = match parameters.take("interval") {
        None => crate::model::Interval::default(),
        Some(text) => text.parse().map_err(|_| AskError::value("interval", &text, "day, week or month"))?,
    };
    let per = parameters.per()?;
    parameters.end(&["by", "per", "interval"])?;
    Ok(TrendsAsked { filters, by, per, interval })
}

pub(super) fn problems(query: Option<&str>) -> Result<ProblemsWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let limit = number("limit", parameters.take("limit"), PROBLEMS, "a number up to 200")?;
    parameters.end(&["limit"])?;
    Ok(ProblemsWanted { filters, limit })
}
