//! Which problems last, how large is each, and where does it go? The ledger's problems over the posts of a question.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Weekday;
use serde::Serialize;

use super::answer::{GoesAnswer, PostAnswer, QuestionAnswer, post_answer};
use super::ask::{Filters, Question};
use super::compare::most_at;
use super::error::AskError;
use super::parameters::Parameters;
use crate::insight::{
    Column, Crossed, KeepAsked, Kept, Languages, Period, ProblemTally, Row, ShareChange, Tallies, TallyAsked,
    ThemeTally, discover_and_keep, known_languages, like, mentions, tally, tally_crossed, wilson,
    without_responses,
};
use crate::model::{
    BrandId, Change, Condition, Event, Interval, Kind, KnownProblem, Language, Ledger, Meaning, Per,
    ProblemId, Query, Standing, WEEKDAYS, nearest,
};
use crate::state::State;
use crate::store::membership::IDS;
use crate::store::{Snapshot, Store, StoreError};

/// Problems in an answer unless asked otherwise.
const LIMIT: usize = 100;

/// Most problems in one answer.
pub const MAX_KNOWN: usize = 1000;

/// Typical posts of a problem.
const TYPICAL: usize = 10;

/// What is asked of the ledger.
#[derive(Debug, Clone, Default)]
pub struct LedgerWanted {
    /// Of which posts; `kind` may also be complaint (the default), praise, question or any: what the writer means.
    pub filters: Filters,
    /// What is counted.
    pub per: Per,
    /// Length of a bucket; as fits if `None`.
    pub interval: Option<Interval>,
    /// Days of the last period and of the one before it; as fits if `None`.
    pub period_days: Option<i64>,
    /// Only problems of this theme are listed, as `waiting`.
    pub theme: Option<String>,
    /// How many problems at most, the largest.
    pub limit: usize,
}

/// Takes out of the kinds of posts what is a kind of meaning.
///
/// # Errors
/// [`AskError::Value`] if one is neither.
pub fn meant(mut filters: Filters) -> Result<(Meaning, Filters), AskError> {
    let mut said = None;
    for kind in std::mem::take(&mut filters.kind) {
        match kind.parse::<Meaning>() {
            Ok(meaning) => said = Some(meaning),
            Err(_) if kind.parse::<Kind>().is_err() => {
                let expected =
                    "complaint, praise, question or any; or a kind of post: post, reply, review or response";
                return Err(AskError::value("kind", &kind, expected));
            }
            Err(_) => filters.kind.push(kind),
        }
    }
    let meaning = match said {
        Some(meaning) => meaning,
        // Who asks for an intent or for what is no complaint means that.
        None if filters.complaint.is_none() && filters.intent.is_empty() => Meaning::Complaint,
        None if filters.intent.iter().any(|intent| intent == "praise") => Meaning::Praise,
        None if filters.intent.iter().any(|intent| intent == "question") => Meaning::Question,
        None => Meaning::Complaint,
    };
    match meaning {
        Meaning::Complaint if filters.complaint.is_none() && filters.intent.is_empty() => {
            filters.complaint = Some("yes".to_owned());
        }
        Meaning::Praise | Meaning::Question
            if !filters.intent.iter().any(|known| known == meaning.as_str()) =>
        {
            filters.intent.push(meaning.as_str().to_owned());
        }
        _ => {}
    }
    Ok((meaning, filters))
}

/// The ledger's problems over the posts of a question.
#[derive(Debug, Clone, Serialize)]
pub struct LedgerAnswer {
    /// What was asked.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// complaint, praise, question or any.
    pub meaning: &'static str,
    /// What is counted: post, case or author.
    pub per: &'static str,
    /// Posts of the question, without responses of brands; cases or authors if those are counted, here and below.
    pub posts: u64,
    /// The question that finds them.
    pub posts_query: String,
    /// How many posts it finds: more than `posts` where cases or authors are counted.
    pub posts_listed: u64,
    /// Posts of the same question whatever their writers mean: what complaints are a share of.
    pub mentions: u64,
    /// The question that finds them.
    pub mentions_query: String,
    /// How many posts it finds.
    pub mentions_listed: u64,
    /// Posts of the question that have no problem of the ledger; cases or authors with such a post if those are counted.
    pub unassigned: u64,
    /// The same of 100 posts.
    pub unassigned_per_100: f64,
    /// The question that finds them.
    pub unassigned_query: String,
    /// How many posts it finds.
    pub unassigned_listed: u64,
    /// The last period, to which changes refer; null without dates.
    pub period: Option<PeriodAnswer>,
    /// day, week or month.
    pub interval: &'static str,
    /// First day of each bucket.
    pub starts: Vec<String>,
    /// Posts of the question in each bucket.
    pub counts: Vec<u64>,
    /// Posts of the question from Monday to Sunday.
    pub weekdays: [u64; 7],
    /// How often each of these days comes from the first post to the last: divide by it to compare weekdays.
    pub weekday_days: [u64; 7],
    /// Brands of the posts of the question.
    pub brands: Vec<BrandAnswer>,
    /// What the problems are about, the largest first: the same in each language.
    pub themes: Vec<ThemeAnswer>,
    /// Problems of the ledger that are neither hidden nor merged, of the theme if one was asked for; more than are listed if
    /// there was a limit.
    pub known: usize,
    /// The largest first.
    pub problems: Vec<KnownAnswer>,
}

/// What some problems are about.
#[derive(Debug, Clone, Serialize)]
pub struct ThemeAnswer {
    /// As `waiting`.
    pub theme: String,
    /// How many problems are about it.
    pub problems: usize,
    /// Posts that have one of them; cases or authors if those are counted.
    pub count: u64,
    /// Posts that have one of them, whatever is counted.
    pub listed: u64,
    /// `count` of 100 posts.
    pub per_100: f64,
    /// The low end of the range in which the true share lies in 95 of 100 cases (Wilson, 1927).
    pub low: f64,
    /// The high end.
    pub high: f64,
    /// The question that finds the posts.
    pub query: String,
}

/// The last days against as many before them: the same weekdays, if posts go back that far.
#[derive(Debug, Clone, Serialize)]
pub struct PeriodAnswer {
    /// First day of the period before.
    pub before: String,
    /// Its last day.
    pub before_to: String,
    /// First day of the last period.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// Days of each.
    pub days: i64,
    /// Each has every weekday as often as the other, so that a usual week is no change.
    pub same_weekdays: bool,
    /// Posts of the question in the last period.
    pub posts: u64,
    /// In the one before.
    pub posts_before: u64,
}

/// A brand of the posts of a question.
#[derive(Debug, Clone, Serialize)]
pub struct BrandAnswer {
    /// Its id.
    pub id: BrandId,
    /// For people.
    pub name: String,
    /// Posts of the question that are about it.
    pub posts: u64,
    /// The same whatever their writers mean.
    pub mentions: u64,
}

/// How many of some posts, with the interval in which the true share lies in 95 of 100 cases (Wilson 1927).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ShareAnswer {
    /// So many have it.
    pub count: u64,
    /// Of so many: the posts of the question; of a brand, its posts in the languages of the problem.
    pub of: u64,
    /// Of 100.
    pub per_100: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Of 1,000 whatever their writers mean; of a brand, in the languages of the problem.
    pub per_1000_mentions: f64,
    /// Lower end.
    pub low_of_mentions: f64,
    /// Upper end.
    pub high_of_mentions: f64,
}

/// A problem of the ledger over the posts of a question.
#[derive(Debug, Clone, Serialize)]
pub struct KnownAnswer {
    /// Lasts.
    pub id: ProblemId,
    /// What it is called: as a person named it, else as it was found.
    pub name: String,
    /// What a person says of it.
    pub description: Option<String>,
    /// The language of its words.
    pub language: &'static str,
    /// What all trades call most of its posts, as waiting.
    pub theme: Option<String>,
    /// live or faded; of one that is asked for by its id also hidden or merged.
    pub standing: &'static str,
    /// A person keeps it.
    pub pinned: bool,
    /// The day since which it is said to be solved.
    pub solved: Option<String>,
    /// Where it is tracked.
    pub link: Option<String>,
    /// When it came into the ledger.
    pub created: String,
    /// Posts of the question that have it.
    #[serde(flatten)]
    pub share: ShareAnswer,
    /// How many posts its question finds: more than `count` where cases or authors are counted.
    pub listed: u64,
    /// Of `count`, those of which it is the strongest.
    pub strongest: u64,
    /// By brand id, in the languages in which the problem is known: who has customers of another does not seem free of it.
    pub brands: BTreeMap<BrandId, ShareAnswer>,
    /// The brand that has most of it, where it surely has more than the others, as a comparison of the same posts says.
    pub most_at: Option<BrandId>,
    /// In each bucket of `starts`.
    pub counts: Vec<u64>,
    /// From Monday to Sunday.
    pub weekdays: [u64; 7],
    /// rising, steady or fading; null without two periods to compare.
    pub direction: Option<&'static str>,
    /// The last period against the one before.
    pub change: Option<ChangeAnswer>,
    /// The first dated post of the question that has it.
    pub first_seen: Option<String>,
    /// The last.
    pub last_seen: Option<String>,
    /// The question that finds its posts.
    pub query: String,
}

/// Whether no other brand has a larger share that is known as well: language by language one may surely have more than the
/// others, and less of all its posts than one that is written of in another language.
fn has_most(brands: &BTreeMap<BrandId, ShareAnswer>, id: &BrandId) -> bool {
    let is_less = |own: &ShareAnswer, other: &ShareAnswer| other.per_100 > own.per_100 && other.low > own.low;
    brands.get(id).is_some_and(|own| !brands.values().any(|other| is_less(own, other)))
}

/// A share against that of the period before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChangeAnswer {
    /// Posts of the last period that have it.
    pub count: u64,
    /// Posts of the one before that have it.
    pub before: u64,
    /// How many times the share; null where nobody had it before.
    pub times: Option<f64>,
    /// How likely such a difference is by chance: Fisher's exact test, above a thousand posts the two-proportion test.
    pub chance: f64,
    /// The same, corrected for looking at many problems (Benjamini and Hochberg 1995).
    pub corrected: f64,
}

/// One problem with what it is like.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemDetail {
    /// Over which posts, and how many they are.
    #[serde(flatten)]
    pub of: LedgerAnswer,
    /// The problem for which its posts count: of a merged one, the one that it was merged into.
    pub problem: KnownAnswer,
    /// Codes of the languages in which it is known, and in which brands are compared on it.
    pub languages: Vec<&'static str>,
    /// What it is merged into, if it is.
    pub merged_into: Option<ProblemId>,
    /// Problems that were merged into it.
    pub merged: Vec<ProblemId>,
    /// The problem that it was split off or divided from.
    pub from: Option<ProblemId>,
    /// Its most telling terms as people write them, with their weights in thousandths of a natural-log unit.
    pub terms: Vec<(String, i32)>,
    /// The problem that is most like it, and how much, 0..=1.
    pub neighbor: Option<(ProblemId, f64)>,
    /// What it has and its neighbor has not.
    pub apart: Vec<String>,
    /// Posts that fit it best for their length.
    pub typical: Vec<PostAnswer>,
    /// What happened to it, the first first.
    pub history: Vec<EventAnswer>,
}

/// One line of the history of a problem.
#[derive(Debug, Clone, Serialize)]
pub struct EventAnswer {
    /// Counts up over all problems: by it a decision can be taken back.
    pub number: i64,
    /// To which problem.
    pub problem: ProblemId,
    /// When.
    pub when: String,
    /// What, as one small word.
    pub what: &'static str,
    /// The other problem of a merge or a split.
    pub other: Option<ProblemId>,
    /// What was said: a name, a description, an address, a day, a term.
    pub said: Option<String>,
    /// A run did it, not a person.
    pub by_run: bool,
    /// Who, as they call themselves.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When it was taken back.
    pub undone: Option<String>,
}

/// Counts the ledger's problems over the posts of a question.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn ledger(store: &Store, wanted: &LedgerWanted) -> Result<LedgerAnswer, AskError> {
    if wanted.limit > MAX_KNOWN {
        return Err(AskError::value("limit", &wanted.limit.to_string(), "a number up to 1000"));
    }
    Ok(Over::new(store, wanted)?.answer(wanted.limit))
}

/// One problem over the posts of a question.
///
/// # Errors
/// [`AskError::NoProblem`] if the ledger has none with that id.
pub fn problem(store: &Store, id: &str, wanted: &LedgerWanted) -> Result<ProblemDetail, AskError> {
    let snapshot = store.snapshot()?;
    snapshot.check_ledger()?;
    let asked = known_problem(snapshot.ledger(), id)?.clone();
    let root = snapshot.ledger().root(&asked.id).unwrap_or(&asked).clone();
    let mut wanted = wanted.clone();
    if !wanted.filters.kind.iter().any(|kind| kind.parse::<Meaning>().is_ok()) {
        // Its own posts, whatever they mean.
        wanted.filters.kind.push(root.meaning.as_str().to_owned());
    }
    wanted.theme = None;
    let mut over = Over::new(store, &wanted)?;
    let mut of = over.answer(MAX_KNOWN);
    let found = of.problems.iter().position(|problem| problem.id == root.id);
    let problem = if let Some(at) = found {
        of.problems.swap_remove(at)
    } else {
        // A hidden one is not counted with the others.
        let tally = over.uncounted(&root)?;
        over.known(&root, &tally)
    };
    of.problems.clear();
    let like = like(&over.snapshot, &root, &over.question.query, &over.question.time_zone, TYPICAL)?;
    let ledger = over.snapshot.ledger();
    Ok(ProblemDetail {
        of,
        problem,
        languages: over
            .languages
            .get(&root.id)
            .into_iter()
            .flat_map(|known| known.each())
            .map(Language::code)
            .collect(),
        merged_into: (asked.id != root.id).then(|| root.id.clone()),
        merged: ledger
            .all()
            .filter(|other| {
                other.id != root.id && ledger.root(&other.id).is_some_and(|end| end.id == root.id)
            })
            .map(|other| other.id.clone())
            .collect(),
        from: root
            .division
            .as_ref()
            .map(|division| division.from.clone())
            .or_else(|| root.split_from.clone()),
        terms: like.terms,
        neighbor: like.neighbor,
        apart: like.apart,
        typical: like.typical.iter().map(|record| post_answer(record, None)).collect(),
        history: events(store, Some(&asked.id), None)?,
    })
}

/// What happened to one problem; the first first.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn history(store: &Store, id: &str) -> Result<Vec<EventAnswer>, AskError> {
    let snapshot = store.snapshot()?;
    let id = known_problem(snapshot.ledger(), id)?.id.clone();
    events(store, Some(&id), None)
}

/// What happened to one problem or to all, since a moment or ever; the first first.
pub(super) fn events(
    store: &Store,
    id: Option<&ProblemId>,
    since: Option<Timestamp>,
) -> Result<Vec<EventAnswer>, AskError> {
    let Some(state) = State::open_if_there(store.folder()).map_err(StoreError::from)? else {
        return Ok(Vec::new());
    };
    let events = state.problem_events(id).map_err(StoreError::from)?;
    let is_wanted = |event: &&Event| {
        let latest = event.undone.as_ref().map_or(event.when, |(when, _)| *when);
        since.is_none_or(|since| latest >= since)
    };
    Ok(events.iter().filter(is_wanted).map(EventAnswer::of).collect())
}

/// The problem of the ledger that is meant.
///
/// # Errors
/// [`AskError::NoProblem`], with the nearest id.
pub fn known_problem<'a>(ledger: &'a Ledger, typed: &str) -> Result<&'a KnownProblem, AskError> {
    let id = ProblemId::new(typed.trim().to_lowercase());
    id.ok().and_then(|id| ledger.problem(&id)).ok_or_else(|| {
        let expected = match nearest(typed, ledger.all().map(|problem| problem.id.as_str())) {
            Some(near) => format!("did you mean {near}?"),
            None if ledger.is_empty() => "`grouse discover --keep` finds problems and keeps them".to_owned(),
            None => "`grouse problems` shows the ids".to_owned(),
        };
        AskError::NoProblem { id: typed.chars().take(80).collect(), expected }
    })
}

/// Looks for problems as the filters say, and keeps what changed.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn keep(store: &Store, filters: &Filters, typical: usize, now: Timestamp) -> Result<Kept, AskError> {
    let snapshot = store.snapshot()?;
    let (meaning, filters) = meant(filters.clone())?;
    let Question { query, time_zone } = filters.question(&snapshot)?;
    let mut state = State::open(store.folder()).map_err(StoreError::from)?;
    let asked = KeepAsked { query, time_zone, meaning, now, typical };
    Ok(discover_and_keep(&snapshot, &mut state, &asked)?)
}

/// Reads what an address asks of the ledger.
pub(super) fn wanted(query: Option<&str>) -> Result<LedgerWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let mut wanted = LedgerWanted { filters: parameters.filters(), limit: LIMIT, ..LedgerWanted::default() };
    wanted.per = parameters.per()?;
    if let Some(text) = parameters.take("interval") {
        let interval = text.parse().map_err(|_| AskError::value("interval", &text, "day, week or month"))?;
        wanted.interval = Some(interval);
    }
    if let Some(text) = parameters.take("period") {
        wanted.period_days = Some(days("period", &text)?);
    }
    if let Some(text) = parameters.take("theme").filter(|text| !text.is_empty()) {
        wanted.theme = Some(theme(&text)?);
    }
    if let Some(text) = parameters.take("limit") {
        wanted.limit = text.parse().map_err(|_| AskError::value("limit", &text, "a number up to 1000"))?;
    }
    parameters.end(&["per", "interval", "period", "theme", "limit"])?;
    Ok(wanted)
}

/// Reads what problems are about, as `waiting`.
///
/// # Errors
/// [`AskError::Value`], with all that there is.
pub fn theme(text: &str) -> Result<String, AskError> {
    let known = IDS.iter().find(|id| id.eq_ignore_ascii_case(text.trim()));
    known.map(|id| (*id).to_owned()).ok_or_else(|| AskError::value("theme", text, IDS.join(", ")))
}

/// Reads a number of days, as `7d`.
///
/// # Errors
/// [`AskError::Value`].
pub fn days(name: &'static str, text: &str) -> Result<i64, AskError> {
    let number = text.strip_suffix('d').unwrap_or(text).parse().ok();
    let number = number.filter(|days| (1..=3660).contains(days));
    number.ok_or_else(|| AskError::value(name, text, "a number of days, as 7d"))
}

/// Of 100 posts of each weekday, how many have the problem, in words; nothing of less than a week.
#[must_use]
pub fn weekdays(of: &LedgerAnswer, problem: &KnownAnswer) -> Vec<(Weekday, String)> {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if of.starts.len() < 7 && of.interval == "day" {
        return Vec::new();
    }
    let days = WEEKDAYS.into_iter().zip(NAMES).zip(of.weekdays.iter().zip(&problem.weekdays));
    days.filter(|(_, (all, _))| **all > 0)
        .map(|(((_, day), name), (all, count))| {
            (day, format!("{name} {:.1}", *count as f64 * 100.0 / *all as f64))
        })
        .collect()
}

/// The ledger over the posts of a question, counted.
struct Over {
    snapshot: std::sync::Arc<Snapshot>,
    question: Question,
    meaning: Meaning,
    per: Per,
    /// The question whatever writers mean.
    all: Query,
    tallies: Tallies,
    crossed: Crossed,
    /// The posts of `all`; `None` if they are the posts of the question.
    mentions: Option<Crossed>,
    /// In which languages each problem is known.
    languages: BTreeMap<ProblemId, Languages>,
    most_at: BTreeMap<ProblemId, BrandId>,
    wanted: LedgerWanted,
}

impl Over {
    fn new(store: &Store, wanted: &LedgerWanted) -> Result<Self, AskError> {
        let snapshot = store.snapshot()?;
        let (meaning, filters) = meant(wanted.filters.clone())?;
        let question = filters.question(&snapshot)?;
        let whatever = Filters { complaint: None, severity: None, intent: Vec::new(), ..filters };
        let all = whatever.question(&snapshot)?;
        let (tallies, crossed) = tally_crossed(&snapshot, &asked(&question, meaning, wanted), &[])?;
        let mentions = if all.query == question.query {
            None
        } else {
            Some(mentions(&snapshot, &all.query, &all.time_zone, wanted.per)?)
        };
        let known = crossed.known_in(snapshot.ledger());
        let languages = crossed.problems().map(|(id, _)| id.clone()).zip(known).collect();
        let most_at = most_at(&snapshot, &crossed, mentions.as_ref().unwrap_or(&crossed));
        let (all, per, wanted) = (all.query, wanted.per, wanted.clone());
        Ok(Self {
            snapshot,
            question,
            meaning,
            per,
            all,
            tallies,
            crossed,
            mentions,
            languages,
            most_at,
            wanted,
        })
    }

    fn mentions(&self) -> &Crossed {
        self.mentions.as_ref().unwrap_or(&self.crossed)
    }

    /// Posts of a brand in some languages, and its mentions there.
    fn of_brand(&self, languages: Languages, id: &BrandId) -> (u64, u64) {
        let count = |crossed: &Crossed| {
            crossed.brand(id).map_or(0, |column| crossed.number(languages, Row::ANY, column).count)
        };
        (count(&self.crossed), count(self.mentions()))
    }

    fn answer(&self, limit: usize) -> LedgerAnswer {
        let (ledger, tallies) = (self.snapshot.ledger(), &self.tallies);
        let market = self.snapshot.market();
        let none = Query::Not(Box::new(Query::Where(Condition::Problem(None))));
        let mentions = self.mentions().number(Languages::ALL, Row::ANY, Column::ALL);
        LedgerAnswer {
            question: QuestionAnswer::of(&self.question.query, market),
            meaning: self.meaning.as_str(),
            per: self.per.as_str(),
            posts: tallies.posts,
            posts_query: without_responses(self.question.query.clone()).to_string(),
            posts_listed: tallies.listed,
            mentions: mentions.count,
            mentions_query: without_responses(self.all.clone()).to_string(),
            mentions_listed: mentions.listed,
            unassigned: tallies.unassigned,
            unassigned_per_100: per(100, tallies.unassigned, tallies.posts),
            unassigned_query: without_responses(self.question.query.clone()).and(none).to_string(),
            unassigned_listed: tallies.unassigned_listed,
            period: tallies.period.as_ref().map(PeriodAnswer::of),
            interval: tallies.interval.as_str(),
            starts: tallies.starts.iter().map(ToString::to_string).collect(),
            counts: tallies.buckets.clone(),
            weekdays: tallies.weekdays,
            weekday_days: tallies.weekday_days,
            brands: tallies
                .brands
                .iter()
                .map(|(id, posts)| BrandAnswer {
                    name: market.name_of(id.as_str()).to_owned(),
                    posts: *posts,
                    mentions: self.of_brand(Languages::ALL, id).1,
                    id: id.clone(),
                })
                .collect(),
            themes: tallies.themes.iter().map(|tally| self.theme(tally)).collect(),
            known: ledger.shown(self.meaning).filter(|problem| self.is_of_theme(problem)).count(),
            problems: tallies
                .problems
                .iter()
                .filter_map(|tally| Some((ledger.problem(&tally.id)?, tally)))
                .filter(|(problem, _)| self.is_of_theme(problem))
                .take(limit)
                .map(|(problem, tally)| self.known(problem, tally))
                .collect(),
        }
    }

    fn is_of_theme(&self, problem: &KnownProblem) -> bool {
        self.wanted.theme.is_none() || problem.theme == self.wanted.theme
    }

    fn theme(&self, tally: &ThemeTally) -> ThemeAnswer {
        let having = |id: &ProblemId| Query::Where(Condition::Problem(Some(id.clone())));
        let any = Query::Or(tally.problems.iter().map(having).collect());
        let (low, high) = wilson(tally.count, self.tallies.posts);
        ThemeAnswer {
            theme: tally.theme.clone(),
            problems: tally.problems.len(),
            count: tally.count,
            listed: tally.listed,
            per_100: per(100, tally.count, self.tallies.posts),
            low: low * 100.0,
            high: high * 100.0,
            query: without_responses(self.question.query.clone()).and(any).to_string(),
        }
    }

    fn known(&self, problem: &KnownProblem, tally: &ProblemTally) -> KnownAnswer {
        let share = |count: u64, of: u64, mentions: u64| {
            let (low, high) = wilson(count, of);
            let (low_of_mentions, high_of_mentions) = wilson(count, mentions);
            ShareAnswer {
                count,
                of,
                per_100: per(100, count, of),
                low: low * 100.0,
                high: high * 100.0,
                per_1000_mentions: per(1000, count, mentions),
                low_of_mentions: low_of_mentions * 1000.0,
                high_of_mentions: high_of_mentions * 1000.0,
            }
        };
        let languages = self.languages.get(&problem.id).copied().unwrap_or_default();
        let of_brand = |((id, _), count): (&(BrandId, u64), &u64)| {
            let (of, mentions) = self.of_brand(languages, id);
            (id.clone(), share(*count, of, mentions))
        };
        let mentions = self.mentions().number(Languages::ALL, Row::ANY, Column::ALL).count;
        let having = Query::Where(Condition::Problem(Some(problem.id.clone())));
        let brands = self.tallies.brands.iter().zip(&tally.brands).map(of_brand).collect();
        KnownAnswer {
            id: problem.id.clone(),
            name: problem.name().to_owned(),
            description: problem.description.clone(),
            language: problem.signature.language.code(),
            theme: problem.theme.clone(),
            standing: match problem.standing {
                Standing::Live => "live",
                Standing::Faded => "faded",
                Standing::Hidden => "hidden",
                Standing::MergedInto(_) => "merged",
            },
            pinned: problem.is_pinned,
            solved: problem.solved.map(|day| day.to_string()),
            link: problem.link.clone(),
            created: problem.created.to_string(),
            share: share(tally.count, self.tallies.posts, mentions),
            listed: tally.listed,
            strongest: tally.strongest,
            most_at: self.most_at.get(&problem.id).filter(|id| has_most(&brands, id)).cloned(),
            brands,
            counts: tally.buckets.clone(),
            weekdays: tally.weekdays,
            direction: tally.change.map(|change| change.direction.as_str()),
            change: tally.change.as_ref().map(ChangeAnswer::of),
            first_seen: tally.first.map(|moment| moment.to_string()),
            last_seen: tally.last.map(|moment| moment.to_string()),
            query: without_responses(self.question.query.clone()).and(having).to_string(),
        }
    }

    /// The numbers of a problem that is not shown: how many posts have it, and no more.
    fn uncounted(&mut self, problem: &KnownProblem) -> Result<ProblemTally, AskError> {
        let having = Query::Where(Condition::Problem(Some(problem.id.clone())));
        let query = without_responses(self.question.query.clone()).and(having);
        let question = Question { query, time_zone: self.question.time_zone.clone() };
        let (counted, crossed) =
            tally_crossed(&self.snapshot, &asked(&question, self.meaning, &self.wanted), &[])?;
        let known = known_languages(self.snapshot.ledger()).get(&problem.id).copied().unwrap_or_default();
        self.languages.insert(problem.id.clone(), known.and(crossed.languages(Row::ANY)));
        let counts: BTreeMap<&jiff::civil::Date, u64> = counted.starts.iter().zip(counted.buckets).collect();
        let brands: BTreeMap<&BrandId, u64> = counted.brands.iter().map(|(id, posts)| (id, *posts)).collect();
        Ok(ProblemTally {
            id: problem.id.clone(),
            count: counted.posts,
            listed: counted.listed,
            strongest: 0,
            brands: self.tallies.brands.iter().map(|(id, _)| brands.get(id).copied().unwrap_or(0)).collect(),
            brand_periods: Vec::new(),
            buckets: self.tallies.starts.iter().map(|day| counts.get(day).copied().unwrap_or(0)).collect(),
            weekdays: counted.weekdays,
            first: None,
            last: None,
            change: None,
        })
    }
}

fn asked(question: &Question, meaning: Meaning, wanted: &LedgerWanted) -> TallyAsked {
    TallyAsked {
        query: question.query.clone(),
        time_zone: question.time_zone.clone(),
        meaning,
        per: wanted.per,
        interval: wanted.interval,
        period_days: wanted.period_days,
    }
}

fn per(size: u32, count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 * f64::from(size) / of as f64 }
}

/// Where each of some problems goes among the posts of a question, which asks for none of them. What a person hid is left
/// out.
pub(super) fn goes(
    snapshot: &Snapshot,
    ids: &[String],
    question: &Question,
    counted: Per,
) -> Result<Vec<GoesAnswer>, AskError> {
    let ledger = snapshot.ledger();
    let mut roots: Vec<&KnownProblem> = Vec::new();
    for id in ids {
        let known = known_problem(ledger, id)?;
        let root = ledger.root(&known.id).unwrap_or(known);
        if !roots.iter().any(|other| other.id == root.id) {
            roots.push(root);
        }
    }
    let mut found = Vec::new();
    for meaning in Meaning::ALL {
        let of_meaning: Vec<_> = roots.iter().filter(|root| root.meaning == meaning).collect();
        if of_meaning.is_empty() {
            continue;
        }
        let wanted = LedgerWanted { per: counted, ..LedgerWanted::default() };
        let tallies = tally(snapshot, &asked(question, meaning, &wanted))?;
        for root in of_meaning {
            let Some(tally) = tallies.problems.iter().find(|tally| tally.id == root.id) else { continue };
            let having = Query::Where(Condition::Problem(Some(root.id.clone())));
            found.push(GoesAnswer {
                id: root.id.clone(),
                name: root.name().to_owned(),
                count: tally.count,
                listed: tally.listed,
                query: without_responses(question.query.clone()).and(having).to_string(),
                direction: tally.change.map(|change| change.direction.as_str()),
                change: tally.change.as_ref().map(ChangeAnswer::of),
                period: tallies.period.as_ref().map(PeriodAnswer::of),
                first_seen: tally.first.map(|moment| moment.to_string()),
                last_seen: tally.last.map(|moment| moment.to_string()),
            });
        }
    }
    Ok(found)
}

impl PeriodAnswer {
    pub(super) fn of(period: &Period) -> Self {
        Self {
            before: period.before.to_string(),
            before_to: period.before_to.to_string(),
            from: period.from.to_string(),
            to: period.to.to_string(),
            days: i64::from((period.to - period.from).get_days()) + 1,
            same_weekdays: (period.from - period.before).get_days() % 7 == 0,
            posts: period.posts,
            posts_before: period.posts_before,
        }
    }
}

impl PeriodAnswer {
    /// What the last days are compared with, in words.
    #[must_use]
    pub fn compared(&self) -> String {
        let days = match self.days {
            1 => "day".to_owned(),
            days => format!("{days} days"),
        };
        match (self.same_weekdays, self.days % 7) {
            (true, 0) => format!("the {days} before"),
            (true, _) if self.days == 1 => format!("the same weekday, {}", self.before),
            (true, _) => format!("the same weekdays from {} to {}", self.before, self.before_to),
            (false, _) => format!("the {days} before, which have other weekdays"),
        }
    }
}

impl ChangeAnswer {
    pub(super) fn of(change: &ShareChange) -> Self {
        let ShareChange { count, before, times, chance, corrected, .. } = *change;
        Self { count, before, times, chance, corrected }
    }
}

impl EventAnswer {
    /// The shape of one event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let said = match &event.change {
            Change::Found(findings) | Change::SplitOff { findings, .. } => Some(findings.name.clone()),
            Change::Divided { division, name } => {
                let second =
                    division.term.second.as_ref().map_or_else(String::new, |second| format!(" {second}"));
                Some(format!("{name}: {}{second}", division.term.first))
            }
            Change::Renamed(text) | Change::Described(text) | Change::Linked(text) => Some(text.clone()),
            Change::Solved(day) => day.map(|day| day.to_string()),
            _ => None,
        };
        Self {
            number: event.number,
            problem: event.problem.clone(),
            when: event.when.to_string(),
            what: event.change.name(),
            other: event.change.other().cloned(),
            said,
            by_run: event.is_of_run,
            by: event.by.clone(),
            reason: event.reason.clone(),
            undone: event.undone.as_ref().map(|(when, _)| when.to_string()),
        }
    }
}
