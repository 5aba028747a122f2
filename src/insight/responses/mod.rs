//! How long do people wait for a brand's answer? For all, and for each brand, source, problem, weekday and hour.
//!
//! Two readings stand beside each other, since each is misread alone. Of the answers that came, the median is what a person
//! who got one waited. With those who still wait, it is what a person who writes has to expect. Both are also given in
//! opening hours, where the market says when somebody answers.

mod clock;
mod hours;
mod statistics;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Weekday};

use super::problems::{ProblemsAsked, problem_query, problems};
use crate::model::{Answered, Condition, KnownProblem, Meaning, Problem, Query, SourceId, WEEKDAYS};
use crate::store::{Clocked, ClockedPosts, Snapshot, StoreError};

pub use clock::{Clock, LIMITS, NEVER, Pace, SourceClock, Within};
pub use hours::OpeningClock;
pub use statistics::{Estimate, Survival, median, quantile, share};

/// What is asked of responses.
#[derive(Debug, Clone)]
pub struct ResponsesAsked {
    /// Of which posts.
    pub query: Query,
    /// Whose weekdays and hours, and on whose clock the desk opens.
    pub time_zone: TimeZone,
    /// How many problems at most; none is quicker.
    pub problems: usize,
}

/// How long people wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Responses {
    /// For all posts on the clock.
    pub overall: Row,
    /// For each brand that answered or is waited for, the one with most posts first.
    pub brands: Vec<Row>,
    /// For each source, likewise.
    pub sources: Vec<Row>,
    /// For each problem of the complaints among the posts, that of most posts first.
    pub problems: Vec<Row>,
    /// What these problems are.
    pub told: Told,
    /// For each day of the week, Monday first.
    pub weekdays: Vec<Row>,
    /// For each hour of the day, from midnight.
    pub hours: Vec<Row>,
    /// Sources that show no answers, each with how many posts are left out for it.
    pub excluded: Vec<(String, u64)>,
    /// For each source on the clock, the second up to which its posts are known.
    pub seen: BTreeMap<String, i64>,
}

/// What the rows by problem are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Problems of the ledger; their keys are their ids.
    Lasting,
    /// Phrases of these posts, since no problems are kept yet; their keys are stems.
    Phrases,
}

/// The posts of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Brand id, source, id or stems of a problem, weekday or hour; `all` for all.
    pub key: String,
    /// For people.
    pub name: String,
    /// The question that finds its posts.
    pub query: Query,
    /// How long they wait.
    pub clock: Clock,
}

/// Measures how long the posts that answer a question wait.
pub fn responses(snapshot: &Snapshot, asked: &ResponsesAsked) -> Result<Responses, StoreError> {
    let found = snapshot.clocked(&asked.query, &asked.time_zone)?;
    let desk = desk(snapshot, asked, &found);
    let sources_known = known(&found);
    let row = |key: &str, name: &str, condition: Option<Condition>, posts: &[&Clocked]| Row {
        key: key.to_owned(),
        name: name.to_owned(),
        query: asked.query.clone().and(condition.map_or(Query::All, Query::Where)),
        clock: Clock::new(posts, &sources_known, desk.as_ref()),
    };
    let all: Vec<&Clocked> = found.posts.iter().collect();
    let market = snapshot.market();
    let mut brands: Vec<Row> = grouped(&all, |post| post.brand)
        .into_iter()
        .filter_map(|(brand, posts)| {
            let id = found.brands.get(usize::from(brand))?;
            Some(row(id, market.name_of(id), Some(Condition::Responder(id.clone())), &posts))
        })
        .collect();
    let mut sources: Vec<Row> = grouped(&all, |post| Some(post.source))
        .into_iter()
        .filter_map(|(source, posts)| {
            let name = found.sources.get(usize::from(source))?;
            let condition = SourceId::new(name.as_str()).ok().map(Condition::Source);
            Some(row(name, name, condition, &posts))
        })
        .collect();
    for rows in [&mut brands, &mut sources] {
        rows.sort_by(|one, other| {
            other.clock.posts().cmp(&one.clock.posts()).then_with(|| one.key.cmp(&other.key))
        });
    }
    let local = |post: &Clocked| {
        let moment = Timestamp::from_second(post.second?).ok()?;
        Some(asked.time_zone.to_datetime(moment))
    };
    let day_of = |post: &Clocked| local(post).map(|local| local.weekday().to_monday_zero_offset());
    let weekdays = grouped(&all, day_of)
        .into_iter()
        .filter_map(|(day, posts)| {
            let (name, day): (&str, Weekday) = *WEEKDAYS.get(usize::try_from(day).ok()?)?;
            Some(row(name, name, Some(Condition::Weekday(day)), &posts))
        })
        .collect();
    let hours = grouped(&all, |post| local(post).and_then(|local| u8::try_from(local.hour()).ok()))
        .into_iter()
        .map(|(hour, posts)| {
            row(&hour.to_string(), &format!("{hour:02}:00"), Some(Condition::Hour(hour)), &posts)
        })
        .collect();
    let excluded =
        found.sources.iter().cloned().zip(found.unseen.iter().copied()).filter(|(_, posts)| *posts > 0);
    let seen = found.sources.iter().cloned().zip(found.seen.iter().copied());
    let (problems, told) = by_problem(snapshot, asked, &found)?;
    Ok(Responses {
        overall: row("all", "all brands", None, &all),
        brands,
        problems,
        told,
        sources,
        weekdays,
        hours,
        excluded: excluded.collect(),
        seen: seen.filter(|(_, second)| *second != i64::MIN).collect(),
    })
}

/// The problems of the complaints among the posts: those that last, where any are kept, or else phrases of these posts.
fn by_problem(
    snapshot: &Snapshot,
    asked: &ResponsesAsked,
    all: &ClockedPosts,
) -> Result<(Vec<Row>, Told), StoreError> {
    let told = if snapshot.ledger().shown(Meaning::Complaint).next().is_some() {
        Told::Lasting
    } else {
        Told::Phrases
    };
    if asked.problems == 0 {
        return Ok((Vec::new(), told));
    }
    let on_clock = Query::Where(Condition::Answered(None));
    let query = asked.query.clone().and(Query::Where(Condition::Complaint(true))).and(on_clock);
    let problems = match told {
        Told::Lasting => lasting(snapshot, asked, &query)?,
        Told::Phrases => phrases(snapshot, asked, &query)?,
    };
    let rows = problems.into_iter().map(|(key, name, query)| {
        let found = snapshot.clocked(&query, &asked.time_zone)?;
        let posts: Vec<&Clocked> = found.posts.iter().collect();
        let desk = desk(snapshot, asked, &found);
        Ok(Row { key, name, query, clock: Clock::new(&posts, &known_of(&found, all), desk.as_ref()) })
    });
    Ok((rows.collect::<Result<_, StoreError>>()?, told))
}

/// Id, name and question of a problem.
type Named = (String, String, Query);

/// The problems of the ledger that most of the posts of `query` have.
fn lasting(snapshot: &Snapshot, asked: &ResponsesAsked, query: &Query) -> Result<Vec<Named>, StoreError> {
    let assigned = snapshot.assigned()?;
    let mut counts = vec![0_u64; assigned.problems().len()];
    snapshot.read_marks(&snapshot.matching(query, &asked.time_zone)?, |mark| {
        for number in assigned.of(mark.place) {
            counts[usize::from(number)] += 1;
        }
    })?;
    let mut problems: Vec<(u64, &KnownProblem)> = counts
        .into_iter()
        .zip(assigned.problems())
        .filter_map(|(count, id)| Some((count, snapshot.ledger().problem(id)?)))
        .filter(|(count, problem)| *count > 0 && problem.meaning == Meaning::Complaint)
        .collect();
    problems.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.id.cmp(&other.1.id)));
    problems.truncate(asked.problems);
    let of = |problem: &KnownProblem| {
        let query = query.clone().and(Query::Where(Condition::Problem(Some(problem.id.clone()))));
        (problem.id.to_string(), problem.name().to_owned(), query)
    };
    Ok(problems.into_iter().map(|(_, problem)| of(problem)).collect())
}

/// The phrases that stand out in the posts of `query`.
fn phrases(snapshot: &Snapshot, asked: &ResponsesAsked, query: &Query) -> Result<Vec<Named>, StoreError> {
    let wanted =
        ProblemsAsked { query: query.clone(), time_zone: asked.time_zone.clone(), limit: asked.problems };
    let of = |problem: Problem| {
        let query = problem_query(query, &problem.phrase);
        let key = [Some(problem.phrase.first), problem.phrase.second].into_iter().flatten();
        (key.collect::<Vec<_>>().join(" "), problem.name, query)
    };
    Ok(problems(snapshot, &wanted)?.problems.into_iter().map(of).collect())
}

/// What is known of each source: one whose answers have no time tells none.
fn known(found: &ClockedPosts) -> Vec<SourceClock> {
    let mut answers = vec![(0_usize, 0_usize); found.sources.len()];
    for post in found.posts.iter().filter(|post| post.answered != Answered::No) {
        if let Some((all, timed)) = answers.get_mut(usize::from(post.source)) {
            *all += 1;
            *timed += usize::from(post.seconds.is_some());
        }
    }
    let seen = found.seen.iter().copied();
    seen.zip(answers)
        .map(|(seen, (all, timed))| SourceClock { seen, is_timeless: all > 0 && timed == 0 })
        .collect()
}

/// The same of the sources of some of the posts, by what all of them say.
fn known_of(found: &ClockedPosts, all: &ClockedPosts) -> Vec<SourceClock> {
    let known = known(all);
    let of = |name: &String| {
        let at = all.sources.iter().position(|other| other == name);
        at.and_then(|at| known.get(at).copied())
    };
    let nothing = SourceClock { seen: i64::MIN, is_timeless: false };
    found.sources.iter().map(|name| of(name).unwrap_or(nothing)).collect()
}

/// The market's opening hours over the time of the posts, where it has any.
fn desk(snapshot: &Snapshot, asked: &ResponsesAsked, found: &ClockedPosts) -> Option<OpeningClock> {
    let opening = snapshot.market().opening()?;
    // The desk opens on its own clock, whoever asks.
    let zone =
        if snapshot.market().time_zone.is_some() { snapshot.time_zone() } else { asked.time_zone.clone() };
    let first = found.posts.iter().filter_map(|post| post.second).min()?;
    let end = |post: &Clocked| Some(post.second? + i64::from(post.seconds.unwrap_or(0)));
    let last = found.posts.iter().filter_map(end).max()?;
    OpeningClock::new(&opening, &zone, first, last)
}

fn grouped<'a, K: Ord>(
    posts: &[&'a Clocked],
    key: impl Fn(&Clocked) -> Option<K>,
) -> BTreeMap<K, Vec<&'a Clocked>> {
    let mut groups: BTreeMap<K, Vec<&Clocked>> = BTreeMap::new();
    for post in posts {
        if let Some(key) = key(post) {
            groups.entry(key).or_default().push(post);
        }
    }
    groups
}

/// The question that finds those posts of a row that a number counts.
#[must_use]
pub fn counted(row: &Query, counts: Counted) -> Query {
    let of = |condition: Condition| row.clone().and(Query::Where(condition));
    let any = || crate::model::Range::new(None, None);
    match counts {
        Counted::Posts => of(Condition::Answered(None)),
        Counted::Pairs => {
            of(Condition::Answered(Some(Answered::Directly))).and(Query::Where(Condition::Response(any())))
        }
        Counted::Answered => of(Condition::Answered(Some(Answered::Yes))),
        Counted::Untimed => of(Condition::Answered(Some(Answered::Yes)))
            .and(Query::Not(Box::new(Query::Where(Condition::Response(any()))))),
        Counted::Open => of(Condition::Answered(Some(Answered::No))),
        Counted::Never => of(Condition::Waiting(above(NEVER))),
        Counted::Within(limit) => of(Condition::Response(crate::model::Range::new(None, Some(limit)))),
        Counted::Outcome(outcome) => of(Condition::Outcome(outcome)),
    }
}

/// What a number of a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Posts on the clock.
    Posts,
    /// Posts that were answered directly after a known time.
    Pairs,
    /// Answered posts.
    Answered,
    /// Answered posts of whose answer no time is known.
    Untimed,
    /// Posts without an answer.
    Open,
    /// Those of them that count as never answered.
    Never,
    /// Posts that were answered within that time.
    Within(crate::model::Wait),
    /// Posts that this became of.
    Outcome(crate::model::Outcome),
}

fn above(limit: crate::model::Wait) -> crate::model::Range<crate::model::Wait> {
    crate::model::Range { from: Some(limit), to: None, is_from_out: true, is_to_out: false }
}
