//! When were there far more posts than usual? The question and the answer, from the command line and the HTTP API alike.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::answer::{PostAnswer, QuestionAnswer, post_answer};
use super::ask::Filters;
use super::error::AskError;
use super::ledger::meant;
use super::parameters::Parameters;
use crate::insight::{DetectorConfig, SpikesAsked, problem_query, spikes as find_spikes};
use crate::model::{Bound, Condition, Meaning, PostId, Query, Range, Spike, Split, Step, parse_query};
use crate::store::{Snapshot, Store};

/// Most spikes in one answer.
pub const MAX_SPIKES: usize = 200;

/// Spikes in an answer unless asked otherwise.
pub const SPIKES: usize = 20;

/// Least and greatest number of false alarms that can be put up with, for each series and week.
pub const BUDGETS: std::ops::RangeInclusive<f64> = 0.001..=1000.0;

/// What is asked of spikes.
#[derive(Debug, Clone)]
pub struct SpikesWanted {
    /// Of which posts. `since` and `until` say which spikes are told: what came before is looked at all the same.
    pub filters: Filters,
    /// One series for each of what.
    pub by: Split,
    /// Length of a bucket.
    pub interval: Step,
    /// False alarms for each series and week; the detector's own if none.
    pub budget: Option<f64>,
    /// How many, up to [`MAX_SPIKES`].
    pub limit: usize,
}

/// Times in which there were far more posts than usual.
#[derive(Debug, Clone, Serialize)]
pub struct SpikesAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// complaint, praise, question or any.
    pub meaning: &'static str,
    /// hour or day.
    pub interval: &'static str,
    /// What the series are split by.
    pub by: &'static str,
    /// False alarms that were put up with, for each series and week.
    pub budget: f64,
    /// Series that were looked at.
    pub series: u64,
    /// All spikes that were found.
    pub total: u64,
    /// The newest first.
    pub spikes: Vec<SpikeAnswer>,
}

/// One spike.
#[derive(Debug, Clone, Serialize)]
pub struct SpikeAnswer {
    /// Brand id, source, language code, problem id, or `all`.
    pub key: String,
    /// For people.
    pub name: String,
    /// starting, growing or over.
    pub state: &'static str,
    /// When its first bucket begins.
    pub start: String,
    /// When its last bucket is over.
    pub end: String,
    /// When its highest bucket begins.
    pub peak: String,
    /// Decimal logarithm of the weeks in which one day would be expected to have as high a peak.
    pub score: f64,
    /// The same of the reach of posts, added up; null where no source tells it.
    pub reach_score: Option<f64>,
    /// What of it was far above usual: count, reach or both.
    pub weight: &'static str,
    /// Cases in the highest bucket: posts that say the same once. Readers where it is a spike of reach alone.
    pub seen: f64,
    /// What would have been usual there.
    pub usual: f64,
    /// Posts of the highest bucket.
    pub peak_posts: u64,
    /// The question that finds them.
    pub peak_posts_query: String,
    /// Cases in each bucket around it.
    pub around: AroundAnswer,
    /// The question that finds its posts.
    pub query: String,
    /// How many those are.
    pub posts: u64,
    /// Of them, those that say what an earlier one of the spike says.
    pub duplicates: u64,
    /// The reach of its posts, added up.
    pub reach: u64,
    /// What its posts speak of more than those before.
    pub terms: Vec<SpikeTermAnswer>,
    /// Where its posts came from.
    pub sources: Vec<SpikeSourceAnswer>,
    /// Who wrote; null where there are too many posts to read.
    pub authors: Option<AuthorsAnswer>,
    /// Its first post.
    pub first: Option<PostAnswer>,
    /// The post that reached most people, or that was repeated most.
    pub most_spread: Option<PostAnswer>,
}

/// A spike among what is around it.
#[derive(Debug, Clone, Serialize)]
pub struct AroundAnswer {
    /// When the first bucket begins.
    pub start: String,
    /// Cases in each bucket; null where nothing was collected.
    pub counts: Vec<Option<u64>>,
    /// The place of the first bucket of the spike, from 0.
    pub from: usize,
    /// Of its last one.
    pub to: usize,
}

/// A phrase that is over-frequent in a spike.
#[derive(Debug, Clone, Serialize)]
pub struct SpikeTermAnswer {
    /// As people write it.
    pub name: String,
    /// Posts of the spike that have it.
    pub count: u64,
    /// Posts before the spike that have it.
    pub before: u64,
    /// The question that finds those.
    pub before_query: String,
    /// Twice the log-likelihood ratio against the posts before.
    pub strength: f64,
    /// The question that finds its posts.
    pub query: String,
}

/// Posts of a spike that came from one source.
#[derive(Debug, Clone, Serialize)]
pub struct SpikeSourceAnswer {
    /// The source.
    pub source: String,
    /// How many.
    pub count: u64,
    /// The question that finds them.
    pub query: String,
}

/// How few wrote a spike.
#[derive(Debug, Clone, Serialize)]
pub struct AuthorsAnswer {
    /// Different authors.
    pub count: u64,
    /// Posts whose author is not known.
    pub unknown_posts: u64,
    /// The busiest author's share in the other posts, 0..=1.
    pub top_share: f64,
    /// The busiest author's posts; null where no author is known.
    pub busiest: Option<BusiestAnswer>,
}

/// The posts of the author who wrote most of a spike.
#[derive(Debug, Clone, Serialize)]
pub struct BusiestAnswer {
    /// How many.
    pub posts: u64,
    /// The question that finds them.
    pub query: String,
}

/// Finds times in which there were far more posts than usual.
pub fn spikes(store: &Store, wanted: &SpikesWanted) -> Result<SpikesAnswer, AskError> {
    if wanted.limit > MAX_SPIKES {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 200"));
    }
    let mut config = DetectorConfig::default();
    if let Some(budget) = wanted.budget {
        if !BUDGETS.contains(&budget) {
            return Err(AskError::value("budget", &budget.to_string(), "a number from 0.001 to 1000"));
        }
        config.budget = budget;
    }
    let snapshot = store.snapshot()?;
    // What was usual is learned from all that came before: the first day only chooses among the spikes. It is read
    // with the others all the same, for what is wrong with it.
    let (meaning, mut filters) = meaning(&snapshot, &wanted.filters)?;
    filters.question(&snapshot)?;
    let since = filters.since.take().filter(|text| !text.is_empty());
    let question = filters.question(&snapshot)?;
    let asked = SpikesAsked {
        query: question.query.clone(),
        meaning,
        split: wanted.by,
        step: wanted.interval,
        config,
        since: since.map(|text| first_second(&text, &question.time_zone)).transpose()?,
        time_zone: question.time_zone,
        limit: wanted.limit,
    };
    let found = find_spikes(&snapshot, &asked)?;
    let spikes = found.spikes.into_iter().map(|spike| answer(&snapshot, spike)).collect::<Result<_, _>>()?;
    Ok(SpikesAnswer {
        question: QuestionAnswer::of(&question.query, snapshot.market()),
        meaning: meaning.as_str(),
        interval: found.step.as_str(),
        by: found.split.as_str(),
        budget: config.budget,
        series: found.series,
        total: found.total,
        spikes,
    })
}

/// What posts mean, and the filters that say so.
fn meaning(snapshot: &Snapshot, filters: &Filters) -> Result<(Meaning, Filters), AskError> {
    let has_watchlist = snapshot.market().brands.iter().any(|brand| brand.role.is_some());
    let names_one = filters.kind.iter().any(|kind| kind.parse::<Meaning>().is_ok());
    if has_watchlist || names_one { meant(filters.clone()) } else { Ok((Meaning::Any, filters.clone())) }
}

/// When a day or moment begins.
pub(super) fn first_second(text: &str, time_zone: &jiff::tz::TimeZone) -> Result<i64, AskError> {
    let wrong =
        || AskError::value("since", text, "a day or moment, as 2015-02-22, 2015-02 or 2015-02-22T09:00:00Z");
    let Ok(Query::Where(Condition::Created(Range { from: Some(from), is_from_out, .. }))) =
        parse_query(&format!("created>={text}"))
    else {
        return Err(wrong());
    };
    match from {
        Bound::Moment(moment) => Ok(moment.as_second()),
        Bound::Day(day) => {
            let day = if is_from_out { day.checked_add(1.day()).unwrap_or(day) } else { day };
            let moment = time_zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible();
            moment.map(Timestamp::as_second).map_err(|_| wrong())
        }
    }
}

fn answer(snapshot: &Snapshot, spike: Spike) -> Result<SpikeAnswer, AskError> {
    let post = |id: Option<PostId>| -> Result<Option<PostAnswer>, AskError> {
        let record = id.map(|id| snapshot.post(&id)).transpose()?.flatten();
        Ok(record.as_ref().map(|record| post_answer(record, None)))
    };
    let (query, before) = (spike.query, spike.before);
    Ok(SpikeAnswer {
        key: spike.key,
        name: spike.name,
        state: spike.state.as_str(),
        start: spike.start.to_string(),
        end: spike.end.to_string(),
        peak: spike.peak.to_string(),
        score: thousandths(spike.score),
        reach_score: spike.reach_score.map(thousandths),
        weight: spike.weight.as_str(),
        seen: thousandths(spike.seen),
        usual: thousandths(spike.usual),
        peak_posts: spike.peak_posts,
        peak_posts_query: spike.peak_query.to_string(),
        around: AroundAnswer {
            start: spike.around.start.to_string(),
            counts: spike.around.counts,
            from: spike.around.from,
            to: spike.around.to,
        },
        posts: spike.posts,
        duplicates: spike.duplicates,
        reach: spike.reach,
        terms: spike
            .terms
            .into_iter()
            .map(|term| SpikeTermAnswer {
                query: problem_query(&query, &term.phrase).to_string(),
                name: term.name,
                count: term.count,
                before: term.before,
                before_query: problem_query(&before, &term.phrase).to_string(),
                strength: thousandths(term.strength),
            })
            .collect(),
        sources: spike
            .sources
            .into_iter()
            .map(|(source, count)| {
                let part = parse_query(&format!("source:{source}")).unwrap_or(Query::All);
                SpikeSourceAnswer { query: query.clone().and(part).to_string(), source, count }
            })
            .collect(),
        authors: spike.authors.map(|authors| AuthorsAnswer {
            count: authors.count,
            unknown_posts: authors.unknown_posts,
            top_share: thousandths(authors.top_share),
            busiest: authors.busiest.map(|(posts, query)| BusiestAnswer { posts, query: query.to_string() }),
        }),
        first: post(spike.first)?,
        most_spread: post(spike.most_spread)?,
        query: query.to_string(),
    })
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Reads the question from an address.
///
/// One series for each of `by` unless it says otherwise.
pub(super) fn wanted(query: Option<&str>, by: Split) -> Result<SpikesWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let by = parameters.take("by").map_or(Ok(by), |text| {
        text.parse().map_err(|_| {
            AskError::value("by", &text, "brand, source, language, intent, signal, target, problem or all")
        })
    })?;
    let interval = parameters.take("interval").map_or(Ok(Step::default()), |text| {
        text.parse().map_err(|_| AskError::value("interval", &text, "hour or day"))
    })?;
    let budget = parameters
        .take("budget")
        .map(|text| text.parse().map_err(|_| AskError::value("budget", &text, "a number from 0.001 to 1000")))
        .transpose()?;
    let limit = parameters.take("limit").map_or(Ok(SPIKES), |text| {
        text.parse().map_err(|_| AskError::value("limit", &text, "a number up to 200"))
    })?;
    parameters.end(&["by", "interval", "budget", "limit"])?;
    Ok(SpikesWanted { filters, by, interval, budget, limit })
}
