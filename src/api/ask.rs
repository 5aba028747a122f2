//! What is asked, and what is the answer? The one path of a question, from the command line, the HTTP API and the page
//! alike.

use std::cell::Cell;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::answer::{
    PostAnswer, PostProblem, PostProblems, ProblemAnswer, ProblemsAnswer, QuestionAnswer, SearchAnswer,
    SeriesShare, TrendAnswer, post_answer, trend_answer,
};
use super::error::AskError;
use super::ledger::{goes, known_problem};
use super::responses::fate_answer;
use crate::insight::{
    ProblemsAsked, TrendAsked, problem_query, problems as find_problems, series_query, trend as find_trend,
    without_responses,
};
use crate::model::{
    Bound, Condition, Intent, Interval, Kind, Language, Per, PostId, Query, Range, Severity, Signal,
    SourceId, Split, Trend, parse_query,
};
use crate::store::{Cursor, Record, Snapshot, Sort, Store, StoreError};

/// Most posts on one page.
pub const MAX_PAGE: usize = 1000;

/// Most values of one filter.
const MAX_VALUES: usize = 100;

/// Most problems in one answer.
pub const MAX_PROBLEMS: usize = 200;

/// Which posts are asked about: a typed question, and what was chosen beside it. Of several values of one kind a post
/// needs one; of several kinds it needs each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// A question in the query language.
    pub q: String,
    /// Brands that posts are about, by id or name.
    pub brand: Vec<String>,
    /// Sources.
    pub source: Vec<String>,
    /// Languages.
    pub lang: Vec<String>,
    /// Kinds of post.
    pub kind: Vec<String>,
    /// `yes` for complaints only, `no` for all else.
    pub complaint: Option<String>,
    /// Complaints at least as bad as this.
    pub severity: Option<String>,
    /// What writers want.
    pub intent: Vec<String>,
    /// Signals.
    pub signal: Vec<String>,
    /// Brands that are complained about or left, by id or name.
    pub target: Vec<String>,
    /// Ids of problems of the ledger.
    pub problem: Vec<String>,
    /// First day or moment.
    pub since: Option<String>,
    /// Last day or moment.
    pub until: Option<String>,
    /// Attributes, as `name=value`.
    pub attr: Vec<String>,
    /// IANA name of the zone in which days are meant; the market's if none.
    pub time_zone: Option<String>,
}

/// Filters that were understood.
#[derive(Debug, Clone)]
pub struct Question {
    /// Which posts.
    pub query: Query,
    /// Whose days.
    pub time_zone: TimeZone,
}

impl Filters {
    /// Whose days the question means: the time zone that it names, else the market's.
    ///
    /// # Errors
    /// [`AskError::Value`] if there is none of that name.
    pub fn zone(&self, snapshot: &Snapshot) -> Result<TimeZone, AskError> {
        match self.time_zone.as_deref().filter(|name| !name.is_empty()) {
            None => Ok(snapshot.time_zone()),
            Some(name) => TimeZone::get(name).map_err(|_| {
                AskError::value("tz", name, "the name of a time zone, as Europe/Amsterdam or UTC")
            }),
        }
    }

    /// Understands the filters as a question to `snapshot`.
    ///
    /// # Errors
    /// [`AskError::Query`] or [`AskError::Value`], which name what to change.
    pub fn question(&self, snapshot: &Snapshot) -> Result<Question, AskError> {
        let time_zone = self.zone(snapshot)?;
        for (name, values) in [
            ("brand", &self.brand),
            ("source", &self.source),
            ("lang", &self.lang),
            ("kind", &self.kind),
            ("problem", &self.problem),
            ("attr", &self.attr),
        ] {
            if let Some(value) = values.get(MAX_VALUES) {
                return Err(AskError::value(name, value, format!("at most {MAX_VALUES} values")));
            }
        }
        let mut query =
            parse_query(&self.q).map_err(|error| AskError::Query { typed: self.q.clone(), error })?;
        let any = |parts: Vec<Query>| match parts.len() {
            0 => Query::All,
            1 => parts.into_iter().next().unwrap_or(Query::All),
            _ => Query::Or(parts),
        };
        let brands = brands_of("brand", &self.brand, snapshot, Condition::Brand)?;
        let targets = brands_of("target", &self.target, snapshot, Condition::Target)?;
        let sources = self
            .source
            .iter()
            .map(|name| {
                let source = SourceId::new(name.to_lowercase())
                    .map_err(|_| AskError::value("source", name, "the name of a source, as twitter"))?;
                Ok(Query::Where(Condition::Source(source)))
            })
            .collect::<Result<_, AskError>>()?;
        let languages = self
            .lang
            .iter()
            .map(|code| {
                let language: Language = code
                    .parse()
                    .map_err(|_| AskError::value("lang", code, "nl, en, de, fr, es, it, pt or und"))?;
                Ok(Query::Where(Condition::Language(language)))
            })
            .collect::<Result<_, AskError>>()?;
        let kinds = self
            .kind
            .iter()
            .map(|name| {
                let kind: Kind = name
                    .parse()
                    .map_err(|_| AskError::value("kind", name, "post, reply, review or response"))?;
                Ok(Query::Where(Condition::Kind(kind)))
            })
            .collect::<Result<_, AskError>>()?;
        let intents = values("intent", &self.intent, &Intent::ALL.map(Intent::as_str), Condition::Intent)?;
        let signals = values("signal", &self.signal, &Signal::ALL.map(Signal::as_str), |signal| {
            Condition::Signal(Some(signal))
        })?;
        let problems = self
            .problem
            .iter()
            .map(|id| {
                Ok(Query::Where(Condition::Problem(Some(known_problem(snapshot.ledger(), id)?.id.clone()))))
            })
            .collect::<Result<_, AskError>>()?;
        // One that was typed is no less known than one that was chosen.
        let typed = Cell::new(None);
        query.mentions(&|condition| {
            if let Condition::Problem(Some(id)) = condition
                && known_problem(snapshot.ledger(), id.as_str()).is_err()
            {
                typed.set(Some(id.clone()));
            }
            false
        });
        if let Some(id) = typed.take() {
            known_problem(snapshot.ledger(), id.as_str())?;
        }
        for part in [brands, sources, languages, kinds, targets, intents, signals, problems] {
            query = query.and(any(part));
        }
        query = query.and(self.complaints()?);
        for text in &self.attr {
            let Some((name, value)) = text.split_once(['=', ':']).filter(|(name, _)| !name.is_empty()) else {
                return Err(AskError::value(
                    "attr",
                    text,
                    "name=value, as state=CA, or name=* for any value",
                ));
            };
            let value = (value != "*").then(|| value.to_owned());
            query = query.and(Query::Where(Condition::Attribute { name: name.to_lowercase(), value }));
        }
        let since = one_end("since", ">=", self.since.as_deref())?;
        let until = one_end("until", "<=", self.until.as_deref())?;
        if let (Some(from), Some(to)) = (since.and_then(|range| range.from), until.and_then(|range| range.to))
            && is_turned(from, to, &time_zone)
        {
            let since: String = self.since.iter().flat_map(|text| text.chars()).take(80).collect();
            let expected = format!("a day that does not come before `since`, which is {since}");
            return Err(AskError::value("until", self.until.as_deref().unwrap_or_default(), expected));
        }
        for range in [since, until].into_iter().flatten() {
            query = query.and(Query::Where(Condition::Created(range)));
        }
        Ok(Question { query, time_zone })
    }
}

/// Reads one end of the time in which posts were written; an empty one is none.
fn one_end(name: &'static str, sign: &str, text: Option<&str>) -> Result<Option<Range<Bound>>, AskError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    match parse_query(&format!("created{sign}{text}")) {
        Ok(Query::Where(Condition::Created(range))) => Ok(Some(range)),
        _ => Err(AskError::value(
            name,
            text,
            "a day or moment, as 2015-02-22, 2015-02 or 2015-02-22T09:00:00Z",
        )),
    }
}

/// Whether the first end comes after the last: no post could be between, which would look as if there were none.
fn is_turned(from: Bound, to: Bound, time_zone: &TimeZone) -> bool {
    let day = |bound| match bound {
        Bound::Day(day) => day,
        Bound::Moment(moment) => time_zone.to_datetime(moment).date(),
    };
    match (from, to) {
        (Bound::Moment(from), Bound::Moment(to)) => from > to,
        _ => day(from) > day(to),
    }
}

impl Filters {
    /// Whether complaints are asked for, and how bad.
    fn complaints(&self) -> Result<Query, AskError> {
        let typed = |value: &Option<String>| value.clone().filter(|text| !text.is_empty());
        let mut query = Query::All;
        if let Some(text) = typed(&self.complaint) {
            let is_one = match text.to_ascii_lowercase().as_str() {
                "yes" => true,
                "no" => false,
                _ => return Err(AskError::value("complaint", &text, "yes or no")),
            };
            query = query.and(Query::Where(Condition::Complaint(is_one)));
        }
        if let Some(text) = typed(&self.severity) {
            let least: Severity = text.parse().map_err(|_| {
                AskError::value("severity", &text, Severity::ALL.map(Severity::as_str).join(", "))
            })?;
            query = query.and(Query::Where(Condition::Severity(Range::new(Some(least), None))));
        }
        Ok(query)
    }
}

/// A condition for each brand that is named.
fn brands_of(
    parameter: &'static str,
    names: &[String],
    snapshot: &Snapshot,
    condition: impl Fn(String) -> Condition,
) -> Result<Vec<Query>, AskError> {
    let market = snapshot.market();
    let check = |name: &String| {
        if !market.brands.is_empty() && market.find(name).is_empty() {
            let brands = market.brands.iter().map(|brand| brand.id.as_str());
            return Err(AskError::value(parameter, name, one_of("a brand of the index", brands)));
        }
        Ok(Query::Where(condition(name.clone())))
    };
    names.iter().map(check).collect()
}

/// A condition for each of the words, which are `known` values.
fn values<T: FromStr>(
    parameter: &'static str,
    words: &[String],
    known: &[&str],
    condition: impl Fn(T) -> Condition,
) -> Result<Vec<Query>, AskError> {
    let read = |word: &String| match word.parse() {
        Ok(value) => Ok(Query::Where(condition(value))),
        Err(_) => Err(AskError::value(parameter, word, known.join(", "))),
    };
    words.iter().map(read).collect()
}

/// Values that can be given: the first few, and how many more there are.
fn one_of<'a>(what: &str, values: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let values: Vec<&str> = values.collect();
    let more =
        if values.len() > SHOWN { format!(" and {} more", values.len() - SHOWN) } else { String::new() };
    format!("{what}: {}{more}", values[..values.len().min(SHOWN)].join(", "))
}

/// What is asked of a search.
#[derive(Debug, Clone, Default)]
pub struct SearchAsked {
    /// Which posts.
    pub filters: Filters,
    /// In which order.
    pub sort: Sort,
    /// How many on a page, 0 to [`MAX_PAGE`].
    pub limit: usize,
    /// Where the last page ended.
    pub cursor: Option<String>,
}

/// Finds posts.
pub fn search(store: &Store, asked: &SearchAsked) -> Result<SearchAnswer, AskError> {
    if asked.limit > MAX_PAGE {
        return Err(AskError::value(
            "limit",
            &asked.limit.to_string(),
            "a number up to 1000; `grouse export` gives all",
        ));
    }
    let cursor: Option<Cursor> = asked.cursor.as_deref().map(str::parse).transpose().map_err(|_| {
        let typed = asked.cursor.as_deref().unwrap_or_default();
        AskError::value("cursor", typed, "the `next` of the page before")
    })?;
    let snapshot = match &cursor {
        Some(cursor) => store.snapshot_of(cursor)?,
        None => store.snapshot()?,
    };
    let question = asked.filters.question(&snapshot)?;
    let page =
        snapshot.search(&question.query, &question.time_zone, asked.sort, asked.limit, cursor.as_ref())?;
    Ok(SearchAnswer {
        question: QuestionAnswer::of(&question.query, snapshot.market()),
        sort: asked.sort.as_str(),
        total: page.total,
        posts: page
            .hits
            .iter()
            .map(|hit| PostAnswer {
                response: hit.fate.as_ref().map(fate_answer),
                ..post_answer(&hit.record, Some((&hit.title_marks, &hit.text_marks)))
            })
            .collect(),
        next: page.next.map(|cursor| cursor.to_string()),
    })
}

/// What is asked of trends.
#[derive(Debug, Clone, Default)]
pub struct TrendsAsked {
    /// Which posts.
    pub filters: Filters,
    /// One series for each of what.
    pub by: Split,
    /// What is counted.
    pub per: Per,
    /// Length of a bucket.
    pub interval: Interval,
}

/// Counts posts over time. Where problems are asked for, also as a share of the posts of the same question without them.
pub fn trends(store: &Store, asked: &TrendsAsked) -> Result<TrendAnswer, AskError> {
    let snapshot = store.snapshot()?;
    let found = |filters: &Filters, interval: Interval| -> Result<(Query, Trend), AskError> {
        let question = filters.question(&snapshot)?;
        let asked = TrendAsked {
            query: question.query.clone(),
            split: asked.by,
            per: asked.per,
            interval,
            time_zone: question.time_zone,
        };
        Ok((question.query, find_trend(&snapshot, &asked)?))
    };
    let (query, trend) = found(&asked.filters, asked.interval)?;
    let daily = match asked.interval {
        Interval::Day => Some(trend.clone()),
        Interval::Week | Interval::Month => match found(&asked.filters, Interval::Day) {
            Ok((_, daily)) => Some(daily),
            // Where there are too many days to hold, weeks and months are told all the same.
            Err(AskError::Store(StoreError::TooManyBuckets(_))) => None,
            Err(error) => return Err(error),
        },
    };
    let mut answer = trend_answer(&query, snapshot.market(), trend, daily.as_ref());
    if asked.per != Per::Post {
        let question = asked.filters.question(&snapshot)?;
        answer.listed = snapshot.count(&question.query, &question.time_zone)?;
        for series in &mut answer.series {
            let of_series = series_query(&question.query, asked.by, &series.key);
            series.listed = snapshot.count(&of_series, &question.time_zone)?;
        }
    }
    if !asked.filters.problem.is_empty() {
        let without = Filters { problem: Vec::new(), ..asked.filters.clone() };
        let (_, all) = found(&without, asked.interval)?;
        answer.problems = goes(&snapshot, &asked.filters.problem, &without.question(&snapshot)?, asked.per)?;
        let whatever = Filters { complaint: None, severity: None, intent: Vec::new(), ..without.clone() };
        let mentions = if whatever == without { None } else { Some(found(&whatever, asked.interval)?.1) };
        for series in &mut answer.series {
            let of = |trend: &Trend| {
                let found = trend.series.iter().find(|all| all.key == series.key);
                found.map(|all| all.counts.clone()).unwrap_or_default()
            };
            let mentions = of(mentions.as_ref().unwrap_or(&all));
            series.share = Some(SeriesShare::new(&series.counts, &of(&all), &mentions));
        }
    }
    Ok(answer)
}

/// What is asked of problems.
#[derive(Debug, Clone)]
pub struct ProblemsWanted {
    /// Of which posts.
    pub filters: Filters,
    /// How many, up to [`MAX_PROBLEMS`].
    pub limit: usize,
}

/// Finds what the posts suffer from more than others.
pub fn problems(store: &Store, wanted: &ProblemsWanted) -> Result<ProblemsAnswer, AskError> {
    if wanted.limit > MAX_PROBLEMS {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 200"));
    }
    let snapshot = store.snapshot()?;
    let question = wanted.filters.question(&snapshot)?;
    let asked =
        ProblemsAsked { query: question.query.clone(), time_zone: question.time_zone, limit: wanted.limit };
    let found = find_problems(&snapshot, &asked)?;
    let mut answers = Vec::with_capacity(found.problems.len());
    for problem in found.problems {
        let mut examples = Vec::with_capacity(problem.examples.len());
        for id in &problem.examples {
            examples.extend(snapshot.post(id)?.as_ref().map(|record| post_answer(record, None)));
        }
        let query = problem_query(&question.query, &problem.phrase);
        answers.push(ProblemAnswer {
            name: problem.name,
            terms: [Some(problem.phrase.first), problem.phrase.second].into_iter().flatten().collect(),
            count: problem.count,
            share: problem.share,
            rest_share: problem.rest_share,
            strength: problem.strength,
            query: query.to_string(),
            examples,
        });
    }
    Ok(ProblemsAnswer {
        question: QuestionAnswer::of(&question.query, snapshot.market()),
        posts: found.posts,
        posts_query: without_responses(question.query).to_string(),
        rest: found.rest,
        unassigned: found.unassigned,
        problems: answers,
    })
}

/// Finds one post.
///
/// # Errors
/// [`AskError::NotFound`] if no post has that id.
pub fn post(store: &Store, id: &str) -> Result<PostAnswer, AskError> {
    let snapshot = store.snapshot()?;
    let not_found = || AskError::NotFound(id.chars().take(80).collect());
    let id = PostId::new(id).map_err(|_| not_found())?;
    let record = snapshot.post(&id)?.ok_or_else(not_found)?;
    let response = snapshot.fate(&id)?.as_ref().map(fate_answer);
    Ok(PostAnswer { response, ..post_answer(&record, None) })
}

/// Hands every post of `snapshot` that answers the question to `take`, with its problems of the ledger, the strongest
/// first, where there is one; until it returns false.
pub fn export(
    snapshot: &Snapshot,
    filters: &Filters,
    mut take: impl FnMut(Record, Option<Vec<PostProblem>>) -> bool,
) -> Result<(), AskError> {
    let question = filters.question(snapshot)?;
    let problems = PostProblems::new(snapshot)?;
    Ok(snapshot.scan_places(&question.query, &question.time_zone, |record, place| {
        take(record, problems.of(place))
    })?)
}
