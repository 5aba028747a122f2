//! When were there far more posts than usual in the index? One series for each brand, source, language or the like,
//! counted by case and by reach.
//!
//! What is collected only from later on (a brand that joins, a source that is added) would lift the whole: it is left out of
//! series that began before it, and the query of a spike says so.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;

use super::collection::{begins, gaps, late};
use super::detector::{DetectorConfig, Episode, Judged, LEARNING_DAYS, episodes_of, judge};
use super::explain::explain;
use crate::insight::problems::{InsightError, MIN_POSTS, without_responses};
use crate::insight::trends::{collected, name, of_key};
use crate::model::{
    Around, Bound, BrandId, Condition, Interval, Meaning, ProblemId, Query, Range, SourceId, Spike,
    SpikeState, Spikes, Split, Step, Weight,
};
use crate::store::{Buckets, Moment, Snapshot};

/// Days of hours that are looked at, the newest: two years. Older spikes are found in days.
const HOURLY_DAYS: i64 = 731;

/// Posts below which a series is not looked at: most brands of a file with hundreds have a handful.
const LEAST_POSTS: usize = 20;

/// Days after which spikes of reach alone are told. Most readers are those of a few accounts, and how few is known late: in
/// the demo's four series of brands, fourteen such spikes came in the first twelve days, and one in the eighty days after.
const REACH_DAYS: usize = 14;

/// Four hours, for which a spike is starting.
const STARTING_HOURS: usize = 4;

/// What is asked of spikes.
#[derive(Debug, Clone)]
pub struct SpikesAsked {
    /// Of which posts. Responses of brands are left out unless it names kinds.
    pub query: Query,
    /// What these posts meant: of problems, those found in such posts have a series.
    pub meaning: Meaning,
    /// One series for each of what.
    pub split: Split,
    /// Length of a bucket.
    pub step: Step,
    /// How many false alarms are put up with, and the rest.
    pub config: DetectorConfig,
    /// Whose midnights.
    pub time_zone: TimeZone,
    /// Spikes that begin before this second are not told.
    pub since: Option<i64>,
    /// How many spikes at most.
    pub limit: usize,
}

/// Finds the spikes of the posts that answer a question, and explains the newest.
pub fn spikes(snapshot: &Snapshot, asked: &SpikesAsked) -> Result<Spikes, InsightError> {
    let query = without_responses(asked.query.clone());
    if asked.split == Split::Problem {
        return by_problem(snapshot, &query, asked);
    }
    let coverage = snapshot.moments(&collected(&query), asked.split, &asked.time_zone)?;
    let newest = coverage.values().filter_map(|moments| moments.last()).map(|moment| moment.second).max();
    let mut found = Vec::new();
    let mut series = 0;
    for (key, all) in &coverage {
        let Some(newest) = newest else { break };
        if all.len() < LEAST_POSTS {
            continue;
        }
        let own = with(&query, of_key(asked.split, key));
        let places = with(&collected(&query), of_key(asked.split, key));
        let lates = late_parts(snapshot, asked, &places)?;
        let own = lates.iter().cloned().fold(own, Query::and);
        let places = lates.into_iter().fold(places, Query::and);
        let mut one = snapshot.moments(&own, Split::All, &asked.time_zone)?;
        let Some(moments) = one.remove("all").filter(|moments| !moments.is_empty()) else { continue };
        series += 1;
        let mut covered = snapshot.moments(&places, Split::All, &asked.time_zone)?;
        let covered = covered.remove("all").unwrap_or_default();
        let first = covered.first().or(all.first()).map_or(newest, |moment| moment.second);
        let grid = Grid::new(first, newest, asked);
        found.extend(of_series(key, &own, &moments, &covered, &grid, asked));
    }
    told(snapshot, found, series, asked)
}

/// One series for each problem: what is collected does not depend on what posts suffer from, so it is asked once.
fn by_problem(snapshot: &Snapshot, query: &Query, asked: &SpikesAsked) -> Result<Spikes, InsightError> {
    let lates = late_parts(snapshot, asked, &collected(query))?;
    let own = lates.iter().cloned().fold(query.clone(), Query::and);
    let places = lates.into_iter().fold(collected(query), Query::and);
    let mut covered = snapshot.moments(&places, Split::All, &asked.time_zone)?;
    let covered = covered.remove("all").unwrap_or_default();
    let (mut found, mut series) = (Vec::new(), 0);
    if let (Some(first), Some(last)) = (covered.first(), covered.last()) {
        let grid = Grid::new(first.second, last.second, asked);
        for (key, moments) in snapshot.moments(&own, Split::Problem, &asked.time_zone)? {
            let known = ProblemId::new(key.as_str()).ok().and_then(|id| snapshot.ledger().problem(&id));
            let is_meant = known.is_some_and(|problem| problem.meaning == asked.meaning);
            if !is_meant || moments.len() < LEAST_POSTS {
                continue;
            }
            series += 1;
            let own = with(&own, of_key(Split::Problem, &key));
            found.extend(of_series(&key, &own, &moments, &covered, &grid, asked));
        }
    }
    told(snapshot, found, series, asked)
}

/// The newest spikes, explained.
fn told(
    snapshot: &Snapshot,
    mut found: Vec<Spike>,
    series: u64,
    asked: &SpikesAsked,
) -> Result<Spikes, InsightError> {
    let total = found.len() as u64;
    found.sort_by(|a, b| {
        b.start.cmp(&a.start).then_with(|| b.score.total_cmp(&a.score)).then_with(|| a.key.cmp(&b.key))
    });
    found.truncate(asked.limit);
    for spike in &mut found {
        spike.name = name(snapshot, asked.split, &spike.key);
        explain(snapshot, spike, &asked.time_zone)?;
    }
    Ok(Spikes { step: asked.step, split: asked.split, series, total, spikes: found })
}

fn with(query: &Query, condition: Option<Condition>) -> Query {
    condition.map_or_else(|| query.clone(), |condition| query.clone().and(Query::Where(condition)))
}

/// What is not asked for in a series since its collection began later: brands, and sources.
fn late_parts(snapshot: &Snapshot, asked: &SpikesAsked, places: &Query) -> Result<Vec<Query>, InsightError> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two days")]
    let grace = LEARNING_DAYS as usize;
    let mut parts = Vec::new();
    if asked.split != Split::Brand {
        let brands = snapshot.moments(places, Split::Brand, &asked.time_zone)?;
        parts.extend(
            late(&brands, grace)
                .into_iter()
                .filter_map(|brand| BrandId::new(brand).ok())
                .map(|brand| Condition::Brand(brand.to_string())),
        );
    }
    if asked.split != Split::Source {
        let sources = snapshot.moments(places, Split::Source, &asked.time_zone)?;
        parts.extend(
            late(&sources, grace)
                .into_iter()
                .filter_map(|source| SourceId::new(source).ok())
                .map(Condition::Source),
        );
    }
    Ok(parts.into_iter().map(|condition| Query::Not(Box::new(Query::Where(condition)))).collect())
}

/// Buckets of a span of time.
struct Grid {
    step: Step,
    /// The first second of each, and of the one after the last.
    edges: Vec<i64>,
    buckets: Buckets,
}

impl Grid {
    fn new(first: i64, last: i64, asked: &SpikesAsked) -> Self {
        match asked.step {
            Step::Hour => {
                let start = first.max(last.saturating_sub(HOURLY_DAYS * 86_400)).div_euclid(3600);
                let edges = (start..=last.div_euclid(3600) + 1).map(|hour| hour * 3600).collect();
                Self { step: Step::Hour, edges, buckets: Buckets::default() }
            }
            Step::Day => {
                let buckets = Buckets::new(first, last, Interval::Day, &asked.time_zone);
                let day = |date: &jiff::civil::Date| {
                    asked
                        .time_zone
                        .to_ambiguous_timestamp(date.at(0, 0, 0, 0))
                        .compatible()
                        .map_or(i64::MAX, Timestamp::as_second)
                };
                let end = buckets.starts.last().map(|last| day(&Interval::Day.after(*last)));
                let edges = buckets.starts.iter().map(day).chain(end).collect();
                Self { step: Step::Day, edges, buckets }
            }
        }
    }

    fn len(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }

    /// Buckets of a day.
    fn day(&self) -> usize {
        if self.step == Step::Hour { 24 } else { 1 }
    }

    fn seconds(&self) -> f64 {
        if self.step == Step::Hour { 3600.0 } else { 86_400.0 }
    }

    fn of(&self, second: i64) -> Option<usize> {
        if self.step == Step::Day {
            return self.buckets.of(second);
        }
        usize::try_from((second - self.edges.first()?).div_euclid(3600)).ok().filter(|at| *at < self.len())
    }

    /// The time from the beginning of one bucket to the end of another, as a part of a question.
    fn created(&self, start: usize, end: usize) -> Range<Bound> {
        if self.step == Step::Day {
            let day = |at: usize| self.buckets.starts.get(at).copied().map(Bound::Day);
            return Range::new(day(start), day(end));
        }
        let moment = |at: usize| Timestamp::from_second(self.edges[at]).ok().map(Bound::Moment);
        Range { from: moment(start), to: moment(end + 1), is_from_out: false, is_to_out: true }
    }

    /// The buckets of an episode, of some days before it and fewer after it: to see what was usual.
    fn around(&self, episode: &Episode) -> std::ops::Range<usize> {
        let (before, after) = if self.step == Step::Hour { (3 * 24, 24) } else { (28, 7) };
        episode.start.saturating_sub(before)..(episode.end + 1 + after).min(self.len())
    }

    fn before(&self, start: usize) -> Range<Bound> {
        Range { to: self.created(start, start).from, is_to_out: true, from: None, is_from_out: false }
    }
}

fn of_series(
    key: &str,
    query: &Query,
    moments: &[Moment],
    covered: &[Moment],
    grid: &Grid,
    asked: &SpikesAsked,
) -> Vec<Spike> {
    let mut all = vec![0_u64; grid.len()];
    for at in covered.iter().filter_map(|moment| grid.of(moment.second)) {
        all[at] += 1;
    }
    let is_gap = gaps(&all, grid.day());
    let (mut cases, mut reach) = (vec![0_u64; grid.len()], vec![0_u64; grid.len()]);
    let mut known = FxHashSet::default();
    for moment in moments {
        let Some(at) = grid.of(moment.second) else { continue };
        // The oldest come first, and stand for those that say the same later.
        cases[at] += u64::from(known.insert(moment.case));
        reach[at] = reach[at].saturating_add(moment.reach);
    }
    // What comes after collection began is judged by what came after it.
    let begins = begins(&all, grid.day());
    let series = |counts: &[u64]| -> Vec<Option<Judged>> {
        let counts: Vec<Option<u64>> =
            counts.iter().zip(&is_gap).map(|(count, is_gap)| (!is_gap).then_some(*count)).collect();
        let bounds = begins.iter().skip(1).copied().chain([counts.len()]);
        let starts = std::iter::once(0).chain(begins.iter().skip(1).copied());
        starts
            .zip(bounds)
            .flat_map(|(start, end)| judge(&counts[start..end], grid.seconds(), asked.config))
            .collect()
    };
    let by_count = series(&cases);
    let by_reach = if reach.iter().any(|reach| *reach > 0) { series(&reach) } else { vec![None; grid.len()] };
    let counts: Vec<Option<u64>> =
        cases.iter().zip(&is_gap).map(|(count, is_gap)| (!is_gap).then_some(*count)).collect();
    let judged = JudgedSeries { key, query, by_count: &by_count, by_reach: &by_reach, counts: &counts };
    weighed(
        &episodes_of(&by_count, grid.seconds(), asked.config),
        &episodes_of(&by_reach, grid.seconds(), asked.config),
        &cases,
        |at| {
            begins
                .iter()
                .rfind(|begin| **begin <= at)
                .is_some_and(|begin| at >= begin + REACH_DAYS * grid.day())
        },
    )
    .into_iter()
    .filter(|(episode, _)| asked.since.is_none_or(|since| grid.edges[episode.end + 1] > since))
    .map(|(episode, weight)| found(&judged, &episode, weight, moments, grid))
    .collect()
}

/// The spikes of counts, and those of reach at other times: ten posts that many read are news before they are many. One
/// post alone is none, however many read it.
fn weighed(
    by_count: &[Episode],
    by_reach: &[Episode],
    cases: &[u64],
    is_known: impl Fn(usize) -> bool,
) -> Vec<(Episode, Weight)> {
    let meet = |one: &Episode, other: &Episode| one.start <= other.end && other.start <= one.end;
    let of_reach = by_reach.iter().filter(|episode| {
        cases[episode.start..=episode.end].iter().sum::<u64>() >= MIN_POSTS
            && is_known(episode.start)
            && !by_count.iter().any(|other| meet(other, episode))
    });
    let mut all: Vec<(Episode, Weight)> = of_reach.map(|episode| (*episode, Weight::Reach)).collect();
    all.extend(by_count.iter().map(|episode| {
        let is_both = by_reach.iter().any(|other| meet(other, episode));
        (*episode, if is_both { Weight::Both } else { Weight::Count })
    }));
    all
}

/// One series and what was said of it.
struct JudgedSeries<'a> {
    key: &'a str,
    query: &'a Query,
    by_count: &'a [Option<Judged>],
    by_reach: &'a [Option<Judged>],
    /// Cases.
    counts: &'a [Option<u64>],
}

fn found(
    series: &JudgedSeries<'_>,
    episode: &Episode,
    weight: Weight,
    moments: &[Moment],
    grid: &Grid,
) -> Spike {
    let score = |judged: &[Option<Judged>]| {
        let scores = judged[episode.start..=episode.end].iter().flatten().map(|judged| judged.score);
        scores.max_by(f64::total_cmp)
    };
    let moment = |second: i64| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
    let (start, end) = (grid.edges[episode.start], grid.edges[episode.end + 1]);
    let first = moments.partition_point(|moment| moment.second < start);
    let last = moments.partition_point(|moment| moment.second < end);
    let inside = &moments[first..last];
    let different: FxHashSet<u64> = inside.iter().map(|moment| moment.case).collect();
    let state = if episode.end + 1 < grid.len() {
        SpikeState::Over
    } else if episode.end - episode.start < if grid.step == Step::Hour { STARTING_HOURS } else { 1 } {
        SpikeState::Starting
    } else {
        SpikeState::Growing
    };
    let created = |range: Range<Bound>| series.query.clone().and(Query::Where(Condition::Created(range)));
    // The rarest hour may be one at night; whoever looks at the line sees the highest.
    let judged = if weight == Weight::Reach { series.by_reach } else { series.by_count };
    let highest = (episode.start..=episode.end)
        .filter_map(|at| Some((at, judged[at]?)))
        .max_by(|a, b| a.1.seen.total_cmp(&b.1.seen).then(b.0.cmp(&a.0)));
    let (at, seen, usual) = highest
        .map_or((episode.peak, episode.seen, episode.usual), |(at, judged)| (at, judged.seen, judged.usual));
    let (peak, peak_end) = (grid.edges[at], grid.edges[at + 1]);
    let around = grid.around(episode);
    Spike {
        key: series.key.to_owned(),
        name: series.key.to_owned(),
        state,
        start: moment(start),
        end: moment(end),
        peak: moment(peak),
        score: score(series.by_count).unwrap_or(0.0),
        reach_score: score(series.by_reach),
        weight,
        seen,
        usual,
        peak_query: created(grid.created(at, at)),
        peak_posts: moments.iter().filter(|at| at.second >= peak && at.second < peak_end).count() as u64,
        around: Around {
            start: moment(grid.edges[around.start]),
            from: episode.start - around.start,
            to: episode.end - around.start,
            counts: series.counts[around].to_vec(),
        },
        before: created(grid.before(episode.start)),
        query: created(grid.created(episode.start, episode.end)),
        posts: inside.len() as u64,
        duplicates: (inside.len() - different.len()) as u64,
        reach: inside.iter().fold(0, |sum: u64, moment| sum.saturating_add(moment.reach)),
        terms: Vec::new(),
        sources: Vec::new(),
        authors: None,
        first: None,
        most_spread: None,
    }
}
