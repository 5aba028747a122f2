//! How does an answer about responses look, and how is it asked for?

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::QuestionAnswer;
use super::ask::Filters;
use super::error::AskError;
use super::parameters::Parameters;
use crate::insight::responses::{
    Clock, Counted, Estimate, Pace, ResponsesAsked, Row, Told, counted, responses as measure,
};
use crate::model::{Fate, Outcome, Query};
use crate::store::{Market, Store};

/// Problems that are told unless asked otherwise.
pub const RESPONSE_PROBLEMS: usize = 10;

/// Most problems that are told.
pub const MAX_RESPONSE_PROBLEMS: usize = 50;

/// Brands that are named in a note.
const MAX_NAMED: usize = 5;

/// What is asked of responses.
#[derive(Debug, Clone)]
pub struct ResponsesWanted {
    /// Of which posts.
    pub filters: Filters,
    /// How many problems, up to [`MAX_RESPONSE_PROBLEMS`]; 0 is quicker.
    pub limit: usize,
}

/// How long people wait.
#[derive(Debug, Clone, Serialize)]
pub struct ResponsesAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// On whose clock weekdays and hours are.
    pub time_zone: String,
    /// For all posts on the clock.
    pub overall: ClockAnswer,
    /// For each brand, the one with most posts first.
    pub brands: Vec<BrandClock>,
    /// For each source.
    pub sources: Vec<SourceClock>,
    /// For each problem of the complaints.
    pub problems: Vec<ProblemClock>,
    /// For each weekday, Monday first.
    pub weekdays: Vec<WeekdayClock>,
    /// For each hour of the day.
    pub hours: Vec<HourClock>,
    /// Sources whose posts are on no clock, since no answer could be seen there.
    pub excluded: Vec<ExcludedAnswer>,
    /// What to bear in mind, in words.
    pub notes: Vec<String>,
}

/// A brand's responses.
#[derive(Debug, Clone, Serialize)]
pub struct BrandClock {
    /// Its id.
    pub brand: String,
    /// For people.
    pub name: String,
    /// own, competitor, or null.
    pub role: Option<String>,
    /// How long people wait.
    #[serde(flatten)]
    pub clock: ClockAnswer,
}

/// The responses at a source.
#[derive(Debug, Clone, Serialize)]
pub struct SourceClock {
    /// The source.
    pub source: String,
    /// Up to when its posts are known, RFC 3339 in UTC: so long has waited what waits.
    pub known_until: Option<String>,
    /// How long people wait.
    #[serde(flatten)]
    pub clock: ClockAnswer,
}

/// The responses to a problem.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemClock {
    /// The name of a problem that lasts, or a phrase of these posts as people write it.
    pub problem: String,
    /// The id of a problem that lasts; null where none are kept yet.
    pub id: Option<String>,
    /// The stems of a phrase; none of a problem that lasts, which has many.
    pub terms: Vec<String>,
    /// How long people wait.
    #[serde(flatten)]
    pub clock: ClockAnswer,
}

/// The responses to posts of a weekday.
#[derive(Debug, Clone, Serialize)]
pub struct WeekdayClock {
    /// monday to sunday.
    pub weekday: String,
    /// How long people wait.
    #[serde(flatten)]
    pub clock: ClockAnswer,
}

/// The responses to posts of an hour of the day.
#[derive(Debug, Clone, Serialize)]
pub struct HourClock {
    /// 0 to 23.
    pub hour: u8,
    /// How long people wait.
    #[serde(flatten)]
    pub clock: ClockAnswer,
}

/// Posts that are on no clock.
#[derive(Debug, Clone, Serialize)]
pub struct ExcludedAnswer {
    /// The source.
    pub source: String,
    /// Its posts that would be on the clock.
    pub posts: u64,
    /// Why they are not.
    pub why: &'static str,
}

/// How long some posts wait. Ends of intervals are of 95 %, and null where too little is known.
#[derive(Debug, Clone, Serialize)]
pub struct ClockAnswer {
    /// Posts on the clock.
    pub posts: usize,
    /// Posts with the brand's direct answer, both dated.
    pub pairs: usize,
    /// Posts that a brand answered, directly or below what their writer added.
    pub answered: usize,
    /// Of them, those of whose answer no time is known.
    pub untimed: usize,
    /// Posts without an answer.
    pub open: usize,
    /// Of them, those that have waited longer than seven days.
    pub never_answered: usize,
    /// The others.
    pub still_open: usize,
    /// Share that was never answered, of the posts that are older than seven days, 0..=1.
    pub never_answered_share: Option<EstimateAnswer>,
    /// Whose writer thanked, or said that it is solved.
    pub thanked: usize,
    /// Where the brand moved to a private channel.
    pub moved_to_private: usize,
    /// By the clock on the wall.
    #[serde(flatten)]
    pub wall: PaceAnswer,
    /// The same in the opening hours of the watchlist; null where it has none.
    pub opening_hours: Option<PaceAnswer>,
    /// The questions that find the posts of the numbers above, each as many as its number.
    pub queries: BTreeMap<&'static str, String>,
}

/// How fast answers come.
#[derive(Debug, Clone, Serialize)]
pub struct PaceAnswer {
    /// Median time of the pairs, in seconds.
    pub median_seconds: Option<f64>,
    /// Its interval, by order statistics.
    pub median_low: Option<f64>,
    /// The upper end.
    pub median_high: Option<f64>,
    /// Time within which nine of ten of the pairs were answered.
    pub p90_seconds: Option<f64>,
    /// The median of all, those that still wait counted as such (Kaplan-Meier); null if half is not answered.
    pub expected_median_seconds: Option<f64>,
    /// Its interval.
    pub expected_median_low: Option<f64>,
    /// The upper end.
    pub expected_median_high: Option<f64>,
    /// Time within which nine of ten of all are answered; null if it has not come to that.
    pub expected_p90_seconds: Option<f64>,
    /// Shares within 30 and 60 minutes, 8 and 24 hours.
    pub within: Vec<WithinAnswer>,
}

/// How many are answered within a time.
#[derive(Debug, Clone, Serialize)]
pub struct WithinAnswer {
    /// The time.
    pub seconds: u32,
    /// Posts answered within it.
    pub count: usize,
    /// The question that finds them; null where the time is one of opening hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The share of the posts that are old enough to tell, by counting, 0..=1.
    pub share: Option<f64>,
    /// Its interval (Wilson).
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// How many are old enough.
    pub of: usize,
    /// The share of all, those that still wait counted as such (Kaplan-Meier), 0..=1.
    pub expected: f64,
    /// Its interval (Greenwood, log-log).
    pub expected_low: Option<f64>,
    /// The upper end.
    pub expected_high: Option<f64>,
}

/// A value with its interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EstimateAnswer {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// How a post on the clock fares.
#[derive(Debug, Clone, Serialize)]
pub struct FateAnswer {
    /// yes, no or directly.
    pub answered: &'static str,
    /// Seconds to the brand's first answer; null where there is none, or no time of it.
    pub response_seconds: Option<u32>,
    /// Seconds that it has waited without an answer.
    pub waiting_seconds: Option<u32>,
    /// The brand that answered, or whose answer it waits for.
    pub responder: Option<String>,
    /// Answers after the first.
    pub later_answers: u8,
    /// thanked, private.
    pub outcomes: Vec<&'static str>,
}

/// Measures how long posts wait for an answer.
pub fn responses(store: &Store, wanted: &ResponsesWanted) -> Result<ResponsesAnswer, AskError> {
    if wanted.limit > MAX_RESPONSE_PROBLEMS {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 50"));
    }
    let snapshot = store.snapshot()?;
    let question = wanted.filters.question(&snapshot)?;
    let asked = ResponsesAsked {
        query: question.query.clone(),
        time_zone: question.time_zone.clone(),
        problems: wanted.limit,
    };
    let found = measure(&snapshot, &asked)?;
    let market = snapshot.market();
    let known_until = |source: &str| {
        let second = found.seen.get(source)?;
        jiff::Timestamp::from_second(*second).ok().map(|moment| moment.to_string())
    };
    let mut notes = notes(&found.overall.clock, &found.brands, &found.sources, market);
    if found.told == Told::Phrases && !found.problems.is_empty() {
        notes.push(
            "Problems are words that stand out in these posts: `grouse discover --keep` finds some that last."
                .to_owned(),
        );
    }
    Ok(ResponsesAnswer {
        question: QuestionAnswer::of(&question.query, market),
        time_zone: question.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        overall: clock_answer(&found.overall),
        brands: found
            .brands
            .iter()
            .map(|row| BrandClock {
                brand: row.key.clone(),
                name: row.name.clone(),
                role: market
                    .brands
                    .iter()
                    .find(|brand| brand.id.as_str() == row.key)
                    .and_then(|brand| brand.role.clone()),
                clock: clock_answer(row),
            })
            .collect(),
        sources: found
            .sources
            .iter()
            .map(|row| SourceClock {
                source: row.key.clone(),
                known_until: known_until(&row.key),
                clock: clock_answer(row),
            })
            .collect(),
        problems: found
            .problems
            .iter()
            .map(|row| ProblemClock {
                problem: row.name.clone(),
                id: (found.told == Told::Lasting).then(|| row.key.clone()),
                terms: match found.told {
                    Told::Lasting => Vec::new(),
                    Told::Phrases => row.key.split(' ').map(str::to_owned).collect(),
                },
                clock: clock_answer(row),
            })
            .collect(),
        weekdays: found
            .weekdays
            .iter()
            .map(|row| WeekdayClock { weekday: row.key.clone(), clock: clock_answer(row) })
            .collect(),
        hours: found
            .hours
            .iter()
            .map(|row| HourClock { hour: row.key.parse().unwrap_or(0), clock: clock_answer(row) })
            .collect(),
        excluded: found
            .excluded
            .into_iter()
            .map(|(source, posts)| ExcludedAnswer {
                source,
                posts,
                why: "this source shows no answers, so none of its posts can be called unanswered",
            })
            .collect(),
        notes,
    })
}

/// What a reader would else take for more than it is.
fn notes(overall: &Clock, brands: &[Row], sources: &[Row], market: &Market) -> Vec<String> {
    let mut notes = Vec::new();
    for row in sources.iter().filter(|row| row.clock.answered == 0) {
        notes.push(format!(
            "From {} not one answer of a brand is in the index: perhaps answers were not collected there.",
            row.name
        ));
    }
    let silent: Vec<&str> = brands
        .iter()
        .filter(|row| row.clock.answered == 0 && overall.answered > 0)
        .map(|row| row.name.as_str())
        .collect();
    if !silent.is_empty() {
        let more = silent.len().saturating_sub(MAX_NAMED);
        notes.push(format!(
            "No answer by {}{} is among these posts: does the watchlist name {} accounts?",
            silent.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", "),
            if more > 0 { format!(" or {more} more") } else { String::new() },
            if silent.len() == 1 { "its" } else { "their" }
        ));
    }
    if overall.untimed > 0 {
        notes.push(format!(
            "Of {} the source does not tell when they were answered: they count as answered, and in no time.",
            if overall.untimed == 1 { "1 post".to_owned() } else { format!("{} posts", overall.untimed) }
        ));
    }
    if sources.iter().any(|row| row.key == "cfpb") {
        notes.push(
            "Since August 2026 the CFPB publishes no words of new complaints: newer ones are known by their issue alone."
                .to_owned(),
        );
    }
    if overall.answered > 0 && overall.open == 0 {
        notes.push(
            "Every post was answered: where only answered conversations were collected, that says nothing of the others."
                .to_owned(),
        );
    }
    if market.hours.is_none() {
        notes.push(
            "The watchlist names no opening hours, so times are by the clock on the wall alone.".to_owned(),
        );
    }
    notes
}

fn clock_answer(row: &Row) -> ClockAnswer {
    let clock = &row.clock;
    let queries = [
        ("posts", Counted::Posts),
        ("pairs", Counted::Pairs),
        ("answered", Counted::Answered),
        ("untimed", Counted::Untimed),
        ("open", Counted::Open),
        ("never_answered", Counted::Never),
        ("thanked", Counted::Outcome(Outcome::Thanked)),
        ("moved_to_private", Counted::Outcome(Outcome::Private)),
    ];
    ClockAnswer {
        posts: clock.posts(),
        pairs: clock.pairs,
        answered: clock.answered,
        untimed: clock.untimed,
        open: clock.open,
        never_answered: clock.never,
        still_open: clock.open - clock.never,
        never_answered_share: clock.never_share.map(estimate),
        thanked: clock.thanked,
        moved_to_private: clock.private,
        wall: pace(&clock.wall, Some(&row.query)),
        opening_hours: clock.desk.as_ref().map(|desk| pace(desk, None)),
        queries: queries
            .into_iter()
            .map(|(name, counts)| (name, counted(&row.query, counts).to_string()))
            .collect(),
    }
}

fn pace(pace: &Pace, query: Option<&Query>) -> PaceAnswer {
    let (median, expected) = (pace.median, pace.expected_median);
    PaceAnswer {
        median_seconds: median.map(|median| median.value),
        median_low: median.and_then(|median| median.low),
        median_high: median.and_then(|median| median.high),
        p90_seconds: pace.p90,
        expected_median_seconds: expected.map(|median| median.value),
        expected_median_low: expected.and_then(|median| median.low),
        expected_median_high: expected.and_then(|median| median.high),
        expected_p90_seconds: pace.expected_p90.map(|p90| p90.value),
        within: pace
            .within
            .iter()
            .map(|within| WithinAnswer {
                seconds: within.limit.0,
                count: within.count,
                query: query.map(|query| counted(query, Counted::Within(within.limit)).to_string()),
                share: within.share.map(|share| thousandths(share.value)),
                low: within.share.and_then(|share| share.low).map(thousandths),
                high: within.share.and_then(|share| share.high).map(thousandths),
                of: within.of,
                expected: thousandths(within.expected.value),
                expected_low: within.expected.low.map(thousandths),
                expected_high: within.expected.high.map(thousandths),
            })
            .collect(),
    }
}

fn estimate(estimate: Estimate) -> EstimateAnswer {
    EstimateAnswer {
        value: thousandths(estimate.value),
        low: estimate.low.map(thousandths),
        high: estimate.high.map(thousandths),
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The shape of how a post fares.
pub(super) fn fate_answer(fate: &Fate) -> FateAnswer {
    FateAnswer {
        answered: fate.answered.as_str(),
        response_seconds: fate.response.map(|wait| wait.0),
        waiting_seconds: fate.waiting.map(|wait| wait.0),
        responder: fate.responder.as_ref().map(ToString::to_string),
        later_answers: fate.later,
        outcomes: fate.outcomes.iter().map(|outcome| outcome.as_str()).collect(),
    }
}

/// Reads the question from an address.
pub(super) fn wanted(query: Option<&str>) -> Result<ResponsesWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let limit = parameters.take("limit").map_or(Ok(RESPONSE_PROBLEMS), |text| {
        text.parse().map_err(|_| AskError::value("limit", &text, "a number up to 50"))
    })?;
    parameters.end(&["limit"])?;
    Ok(ResponsesWanted { filters, limit })
}
