//! What do people write of now that they did not write of before? The question and the answer, from the command line, the
//! page and the HTTP API alike.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::answer::{PostAnswer, QuestionAnswer, post_answer};
use super::ask::Filters;
use super::error::AskError;
use super::ledger::{days, meant};
use super::parameters::Parameters;
use super::spikes::first_second;
use crate::insight::{EmergingAsked, emerging as find_emerging};
use crate::model::{BrandId, Condition, Days, EmergingProblem, Phrase, Query, Times};
use crate::store::{Snapshot, Store};

/// Emerging problems in an answer unless asked otherwise.
pub const EMERGING: usize = 10;

/// Most emerging problems in one answer.
pub const MAX_EMERGING: usize = 100;

/// What is asked of emerging problems.
#[derive(Debug, Clone)]
pub struct EmergingWanted {
    /// Of which posts; `kind` may also be complaint (the default), praise, question or any. `since` is the first of the last
    /// days, not of those before, and `until` the last.
    pub filters: Filters,
    /// How many days are the last ones; a week if `None`, or half of what there is.
    pub days: Option<i64>,
    /// How many, up to [`MAX_EMERGING`].
    pub limit: usize,
}

/// What is new or far more frequent than before, and belongs to no known problem.
#[derive(Debug, Clone, Serialize)]
pub struct EmergingAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// complaint, praise, question or any.
    pub meaning: &'static str,
    /// What is compared with what; null where nothing was collected long enough before.
    pub period: Option<EmergingPeriod>,
    /// Posts of the last days.
    pub posts: u64,
    /// The question that finds them.
    pub posts_query: String,
    /// Posts of the times before.
    pub before: u64,
    /// The question that finds them.
    pub before_query: String,
    /// Words and pairs of words that enough people wrote in the last days to be looked at.
    pub looked_at: u64,
    /// Brands and sources that are left out, since they are collected for too short a time to know what is usual there.
    pub late: Vec<String>,
    /// All that is emerging.
    pub total: u64,
    /// Those of most people first.
    pub problems: Vec<EmergingProblemAnswer>,
}

/// The last days, and those that they are compared with.
#[derive(Debug, Clone, Serialize)]
pub struct EmergingPeriod {
    /// First of the last days.
    pub from: String,
    /// The last day.
    pub to: String,
    /// How many.
    pub days: i64,
    /// Earlier times, each with as many days, the oldest first.
    pub before: Vec<DaysAnswer>,
    /// Each has every weekday as often as the last days.
    pub same_weekdays: bool,
}

/// From one day to another, both included.
#[derive(Debug, Clone, Serialize)]
pub struct DaysAnswer {
    /// The first.
    pub from: String,
    /// The last.
    pub to: String,
}

/// Words that are new or far more frequent than before, and mean the same posts.
#[derive(Debug, Clone, Serialize)]
pub struct EmergingProblemAnswer {
    /// As people write it.
    pub name: String,
    /// The language that they write in.
    pub language: &'static str,
    /// What people write more than before, as they write it, the surest first: also words of known problems.
    pub words: Vec<String>,
    /// A post has it that has any of these stems and pairs of stems.
    pub terms: Vec<String>,
    /// Posts of the last days that have any of them.
    pub posts: u64,
    /// The question that finds them.
    pub query: String,
    /// Posts of the times before that have any of them.
    pub before: u64,
    /// The question that finds them.
    pub before_query: String,
    /// How many people wrote these in each of the times before, the oldest first, and in the last days: different authors,
    /// of posts that say the same only the first.
    pub voices: Vec<u64>,
    /// How many times the share of before; null where nobody wrote of it before.
    pub times: Option<f64>,
    /// How likely its surest term is by chance, corrected for how many terms were looked at (Benjamini and Hochberg 1995).
    pub chance: f64,
    /// Its posts of the last days that no known problem takes in either.
    pub unassigned: u64,
    /// The question that finds them.
    pub unassigned_query: String,
    /// The brands that its posts of the last days are about.
    pub brands: Vec<EmergingBrand>,
    /// Its first post in the last days.
    pub first_seen: Option<String>,
    /// Some of its posts of the last days.
    pub examples: Vec<PostAnswer>,
}

/// How many of the posts are about one brand.
#[derive(Debug, Clone, Serialize)]
pub struct EmergingBrand {
    /// Its id.
    pub id: BrandId,
    /// For people.
    pub name: String,
    /// Its posts of the last days.
    pub posts: u64,
    /// The question that finds them.
    pub query: String,
}

/// Finds what is emerging.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn emerging(store: &Store, wanted: &EmergingWanted) -> Result<EmergingAnswer, AskError> {
    if wanted.limit > MAX_EMERGING {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 100"));
    }
    let snapshot = store.snapshot()?;
    let (meaning, mut filters) = meant(wanted.filters.clone())?;
    // What came before is looked at all the same: `since` is read for what is wrong with it, and chooses the last days.
    filters.question(&snapshot)?;
    let since = filters.since.take().filter(|text| !text.is_empty());
    let question = filters.question(&snapshot)?;
    if let (Some(since), Some(_)) = (&since, wanted.days) {
        return Err(AskError::value(
            "since",
            since,
            "either the first of the last days or how many, not both",
        ));
    }
    let day = |second: i64| {
        let moment = Timestamp::from_second(second).unwrap_or(Timestamp::MIN);
        question.time_zone.to_datetime(moment).date()
    };
    let since = since.map(|text| first_second(&text, &question.time_zone)).transpose()?.map(day);
    let asked = EmergingAsked {
        query: question.query.clone(),
        time_zone: question.time_zone.clone(),
        meaning,
        days: wanted.days.and_then(|days| usize::try_from(days).ok()),
        since,
        limit: wanted.limit,
    };
    let found = find_emerging(&snapshot, &asked)?;
    Ok(EmergingAnswer {
        question: QuestionAnswer::of(&question.query, snapshot.market()),
        meaning: meaning.as_str(),
        period: found.times.as_ref().map(EmergingPeriod::of),
        posts: found.posts,
        posts_query: found.query.to_string(),
        before: found.before,
        before_query: found.before_query.to_string(),
        looked_at: found.looked_at,
        late: found.late,
        total: found.total,
        problems: found
            .problems
            .into_iter()
            .map(|problem| answer(&snapshot, problem))
            .collect::<Result<_, _>>()?,
    })
}

/// Reads the question from an address.
pub(super) fn wanted(query: Option<&str>) -> Result<EmergingWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let days = parameters.take("days").map(|text| days("days", &text)).transpose()?;
    let limit = parameters.take("limit").map_or(Ok(EMERGING), |text| {
        text.parse().map_err(|_| AskError::value("limit", &text, "a number up to 100"))
    })?;
    parameters.end(&["days", "limit"])?;
    Ok(EmergingWanted { filters, days, limit })
}

impl EmergingPeriod {
    /// What the last days are compared with, in words.
    #[must_use]
    pub fn compared(&self) -> String {
        let days = if self.days == 1 { "day".to_owned() } else { format!("{} days", self.days) };
        match (self.same_weekdays, self.days, self.before.len()) {
            (true, 7, 1) if self.is_unbroken() => "the week before".to_owned(),
            (true, 7, 1) => "an earlier week".to_owned(),
            (true, 7, weeks) if self.is_unbroken() => format!("the {weeks} weeks before"),
            (true, 7, weeks) => format!("{weeks} earlier weeks"),
            (true, 1, 1) => "the same weekday before".to_owned(),
            (true, 1, weeks) => format!("the same weekday of {weeks} earlier weeks"),
            (true, ..7, 1) => "the same weekdays before".to_owned(),
            (true, ..7, weeks) => format!("the same weekdays of {weeks} earlier weeks"),
            (true, _, times) => format!("the same weekdays before, {times} times"),
            (false, _, 1) => format!("the {days} before, which have other weekdays"),
            (false, _, times) => format!("the {days} before, {times} times, which have other weekdays"),
        }
    }

    /// Whether each of the times is followed by the next: none was left out.
    fn is_unbroken(&self) -> bool {
        let starts = self.before.iter().skip(1).map(|days| &days.from).chain([&self.from]);
        let day = |text: &String| text.parse::<Date>().ok();
        self.before.iter().zip(starts).all(|(days, next)| {
            day(&days.to).and_then(|last| last.tomorrow().ok()).is_some_and(|after| day(next) == Some(after))
        })
    }

    fn of(times: &Times) -> Self {
        let days = |days: &Days| DaysAnswer { from: days.from.to_string(), to: days.to.to_string() };
        Self {
            from: times.last.from.to_string(),
            to: times.last.to.to_string(),
            days: i64::from((times.last.to - times.last.from).get_days()) + 1,
            before: times.before.iter().rev().map(days).collect(),
            same_weekdays: times.same_weekdays,
        }
    }
}

fn answer(snapshot: &Snapshot, problem: EmergingProblem) -> Result<EmergingProblemAnswer, AskError> {
    let mut examples = Vec::with_capacity(problem.examples.len());
    for id in &problem.examples {
        examples.extend(snapshot.post(id)?.as_ref().map(|record| post_answer(record, None)));
    }
    let with = |part: Query| problem.query.clone().and(part).to_string();
    let none = Query::Not(Box::new(Query::Where(Condition::Problem(None))));
    let brand = |(id, posts): &(BrandId, u64)| EmergingBrand {
        id: id.clone(),
        name: snapshot.market().name_of(id.as_str()).to_owned(),
        posts: *posts,
        query: with(Query::Where(Condition::Brand(id.to_string()))),
    };
    let written = |phrase: &Phrase| match &phrase.second {
        Some(second) => format!("{} {second}", phrase.first),
        None => phrase.first.clone(),
    };
    Ok(EmergingProblemAnswer {
        language: problem.language.code(),
        terms: problem.terms.iter().map(written).collect(),
        posts: problem.posts,
        query: problem.query.to_string(),
        before: problem.before,
        before_query: problem.before_query.to_string(),
        times: problem.times,
        chance: problem.chance,
        unassigned: problem.unassigned,
        unassigned_query: with(none),
        brands: problem.brands.iter().map(brand).collect(),
        first_seen: problem.first.map(|moment| moment.to_string()),
        examples,
        name: problem.name,
        words: problem.words,
        voices: problem.voices,
    })
}
