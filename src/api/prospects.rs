//! How does an answer about prospects look, and how is it asked for?

use serde::Serialize;

use super::answer::{PostAnswer, QuestionAnswer, post_answer};
use super::ask::Filters;
use super::error::AskError;
use super::parameters::Parameters;
use super::responses::fate_answer;
use crate::insight::{Prospect, ProspectsAsked, prospects as find};
use crate::model::{BrandId, PostId, Role, Wait};
use crate::store::{Market, Store};

/// Prospects in an answer unless asked otherwise.
pub const PROSPECTS: usize = 20;

/// Most prospects in an answer.
pub const MAX_PROSPECTS: usize = 200;

/// An answer later than this is late, unless asked otherwise. A choice: who waited a day has looked around.
pub const LATE: Wait = Wait::hours(24);

/// Posts older than this are stale, unless asked otherwise. A choice: who complained a month ago has it solved or gave up.
pub const STALE: Wait = Wait::hours(30 * 24);

/// Posts of others that are shown.
const MAX_OTHERS: usize = 20;

/// Posts of a thread that are shown.
const MAX_THREAD: usize = 20;

/// What is asked of prospects.
#[derive(Debug, Clone)]
pub struct ProspectsWanted {
    /// Among which posts.
    pub filters: Filters,
    /// An answer after this is late.
    pub late: Wait,
    /// Posts older than this are left out.
    pub stale: Wait,
    /// How many, up to [`MAX_PROSPECTS`].
    pub limit: usize,
}

impl Default for ProspectsWanted {
    fn default() -> Self {
        Self { filters: Filters::default(), late: LATE, stale: STALE, limit: PROSPECTS }
    }
}

/// Customers of competitors whom we could help. A person decides and writes: nothing is sent.
#[derive(Debug, Clone, Serialize)]
pub struct ProspectsAnswer {
    /// What was looked at: complaints about competitors that ask for something and were not answered in time.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// How many posts that is.
    pub candidates: usize,
    /// Those of them that are about something that we solve, one for each person, or for all who wrote the same.
    pub total: usize,
    /// An answer after so many seconds is late.
    pub late_seconds: u32,
    /// Posts older than so many seconds are left out.
    pub stale_seconds: u32,
    /// The first first: by fit, freshness, severity and reach.
    pub prospects: Vec<ProspectAnswer>,
    /// What to bear in mind, in words.
    pub notes: Vec<String>,
}

/// One prospect.
#[derive(Debug, Clone, Serialize)]
pub struct ProspectAnswer {
    /// The post.
    pub post: PostAnswer,
    /// The competitor that lets its writer down.
    pub brand: BrandId,
    /// The same for people.
    pub brand_name: String,
    /// What we solve of it, as the watchlist says it.
    pub solves: String,
    /// strong, good or fair.
    pub fit: &'static str,
    /// today, days, week or older.
    pub freshness: &'static str,
    /// Seconds from the post to when posts were last known: to the newest, or to when a source was read last.
    pub age_seconds: u32,
    /// Why it stands here, in words.
    pub why: Vec<String>,
    /// People who wrote this, and wait.
    pub people: usize,
    /// Where the others of them wrote it, as far as there is room.
    pub others: Vec<OtherAnswer>,
    /// What was said below it, the oldest first.
    pub thread: Vec<PostAnswer>,
    /// How the house answers, from the watchlist; null if it says nothing.
    pub guidance: Option<String>,
    /// Where the post can be read; null if the source does not tell.
    pub url: Option<String>,
}

/// A post of another person in the same words.
#[derive(Debug, Clone, Serialize)]
pub struct OtherAnswer {
    /// The post.
    pub id: PostId,
    /// Where it can be read; null if the source does not tell.
    pub url: Option<String>,
}

/// Finds customers of competitors whom we could help.
pub fn prospects(store: &Store, wanted: &ProspectsWanted) -> Result<ProspectsAnswer, AskError> {
    if wanted.limit > MAX_PROSPECTS {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 200"));
    }
    let snapshot = store.snapshot()?;
    let question = wanted.filters.question(&snapshot)?;
    let asked = ProspectsAsked {
        query: question.query,
        time_zone: question.time_zone,
        late: wanted.late,
        stale: wanted.stale,
        limit: wanted.limit,
    };
    let found = find(&snapshot, &asked)?;
    let market = snapshot.market();
    let guidance = guidance(market);
    Ok(ProspectsAnswer {
        question: QuestionAnswer::of(&found.query, market),
        candidates: found.candidates,
        total: found.total,
        late_seconds: wanted.late.0,
        stale_seconds: wanted.stale.0,
        notes: notes(market, guidance.is_some()),
        prospects: found
            .prospects
            .into_iter()
            .map(|prospect| prospect_answer(prospect, market, guidance.as_deref()))
            .collect(),
    })
}

/// How our own brand answers.
fn guidance(market: &Market) -> Option<String> {
    let mut own = market.brands.iter().filter(|brand| brand.role.as_deref() == Some(Role::Own.as_str()));
    own.find_map(|brand| brand.guidance.clone())
}

fn notes(market: &Market, has_guidance: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if market.on_side(Role::Own).next().is_none() {
        notes.push("No brand of the watchlist is ours: write role = \"own\" under it.".to_owned());
    }
    if market.solves.is_empty() {
        notes.push(
            "The watchlist does not say what we solve: add a line solves = [\"…\"], and import or reindex with it."
                .to_owned(),
        );
    }
    if !has_guidance {
        notes.push(
            "The watchlist says nothing of how the house answers: add guidance = \"…\" under our brand."
                .to_owned(),
        );
    }
    notes
}

fn prospect_answer(prospect: Prospect, market: &Market, guidance: Option<&str>) -> ProspectAnswer {
    let response = prospect.fate.as_ref().map(fate_answer);
    ProspectAnswer {
        url: prospect.record.post.url.clone(),
        post: PostAnswer { response, ..post_answer(&prospect.record, None) },
        brand_name: market.name_of(prospect.brand.as_str()).to_owned(),
        brand: prospect.brand,
        solves: prospect.solves,
        fit: prospect.fit.as_str(),
        freshness: prospect.freshness.as_str(),
        age_seconds: prospect.age,
        why: prospect.why,
        people: 1 + prospect.others.len(),
        others: prospect
            .others
            .into_iter()
            .take(MAX_OTHERS)
            .map(|other| OtherAnswer { id: other.id, url: other.url })
            .collect(),
        thread: prospect.thread.iter().take(MAX_THREAD).map(|record| post_answer(record, None)).collect(),
        guidance: guidance.map(str::to_owned),
    }
}

/// Reads the question from an address.
pub(super) fn wanted(query: Option<&str>) -> Result<ProspectsWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let mut wait = |name: &'static str, usual: Wait| {
        parameters.take(name).map_or(Ok(usual), |text| {
            text.parse().map_err(|_| AskError::value(name, &text, "a length of time, as 24h or 30d"))
        })
    };
    let (late, stale) = (wait("late", LATE)?, wait("stale", STALE)?);
    let limit = parameters.take("limit").map_or(Ok(PROSPECTS), |text| {
        text.parse().map_err(|_| AskError::value("limit", &text, "a number up to 200"))
    })?;
    parameters.end(&["late", "stale", "limit"])?;
    Ok(ProspectsWanted { filters, late, stale, limit })
}
