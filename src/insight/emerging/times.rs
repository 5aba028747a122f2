//! Which times can be compared? The last days, and as many of the same weekdays in the weeks before, as far back as all was
//! collected that is collected now.
//!
//! What is collected only since too short a time (a brand that joined, a source that was added) is left out: all its words
//! would be new. An earlier time with a gap in it is not compared with, as what was not collected is not zero.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::insight::InsightError;
use crate::insight::harvested::Harvested;
use crate::insight::problems::MIN_POSTS;
use crate::insight::spikes::begins;
use crate::insight::trends::{clip, collected, gaps};
use crate::model::{BrandId, Condition, Days, Interval, Query, SourceId, Split, Times};
use crate::store::Snapshot;

/// Days that are looked at unless asked otherwise.
const WEEK: usize = 7;

/// Earlier times at most: two months of weeks know what is usual, and older ones are of another season.
const MOST: usize = 8;

/// One of so many posts of the last days a brand or source has if it decides how far back times can be compared.
const LARGE: u64 = 100;

/// What can be compared, and what must be left out of it.
#[derive(Debug)]
pub(super) struct Comparable {
    pub(super) times: Times,
    /// Brands and sources whose collection began too late.
    pub(super) late: Vec<Condition>,
}

/// Finds the times to compare; `days` and `since` say how many days, else it is a week, or half of what there is.
pub(super) fn comparable(
    snapshot: &Snapshot,
    query: &Query,
    time_zone: &TimeZone,
    days: Option<usize>,
    since: Option<Date>,
) -> Result<Option<Comparable>, InsightError> {
    let Some(collection) = Collection::of(snapshot, query, time_zone)? else { return Ok(None) };
    let days = match since {
        Some(since) => {
            let asked = collection.starts[collection.floor..=collection.to].iter();
            Some(asked.filter(|day| **day >= since).count())
        }
        None => days,
    };
    let found = match days {
        // The same weekdays, and only where there are none any days.
        Some(days) => collection.at(days, days.next_multiple_of(WEEK)).or_else(|| collection.at(days, days)),
        None => collection.at(WEEK, WEEK).or_else(|| {
            let half = collection.length() / 2;
            collection.at(half.min(WEEK), half.min(WEEK))
        }),
    };
    Ok(found)
}

/// A brand or a source, day by day.
struct Part {
    condition: Condition,
    daily: Vec<u64>,
    /// Where its collection began last.
    start: usize,
    is_gap: Vec<bool>,
}

struct Collection {
    starts: Vec<Date>,
    parts: Vec<Part>,
    /// The first day that the question asks for.
    floor: usize,
    /// The last day with a post.
    to: usize,
}

impl Collection {
    fn of(snapshot: &Snapshot, query: &Query, time_zone: &TimeZone) -> Result<Option<Self>, InsightError> {
        let harvested = Harvested::of(snapshot, query)?;
        let places = collected(query);
        let mut parts = Vec::new();
        let mut starts = Vec::new();
        for split in [Split::Source, Split::Brand] {
            let coverage = snapshot.coverage(&places, split, Interval::Day, time_zone)?;
            for (key, daily) in &coverage.rows {
                let condition = match split {
                    Split::Source => SourceId::new(key.as_str()).ok().map(Condition::Source),
                    _ => BrandId::new(key.as_str()).ok().map(|brand| Condition::Brand(brand.to_string())),
                };
                let (Some(condition), Some(start)) = (condition, begins(daily, 1).last().copied()) else {
                    continue;
                };
                let mut is_gap = gaps(daily);
                for (at, is_gap) in is_gap.iter_mut().enumerate() {
                    let known = coverage.buckets.span(at);
                    let known = known.and_then(|span| harvested.is_collected(split, key, span));
                    *is_gap = daily[at] == 0 && known.map_or(*is_gap, |is_collected| !is_collected);
                }
                parts.push(Part { condition, daily: daily.clone(), start, is_gap });
            }
            starts.clone_from(&coverage.buckets.starts);
        }
        let (from, until) = clip(query, time_zone);
        let floor = starts.partition_point(|day| from.is_some_and(|from| *day < from));
        let end = starts.partition_point(|day| until.is_none_or(|until| *day <= until));
        let to = (floor..end).rfind(|at| parts.iter().any(|part| part.daily[*at] > 0));
        Ok(to.map(|to| Self { starts, parts, floor, to }))
    }

    /// Days from the first that was collected to the last.
    fn length(&self) -> usize {
        let first = self.sources().map(|part| part.start).min().unwrap_or(self.to).max(self.floor);
        (self.to + 1).saturating_sub(first)
    }

    fn sources(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| matches!(part.condition, Condition::Source(_)))
    }

    /// The last `days` and what comes `step` days before them, again and again.
    fn at(&self, days: usize, step: usize) -> Option<Comparable> {
        let from = (self.to + 1).checked_sub(days.max(1)).filter(|from| *from >= self.floor)?;
        let first = from.checked_sub(step.max(1)).filter(|first| *first >= self.floor)?;
        let now = |part: &Part| part.daily[from..=self.to].iter().sum::<u64>();
        let is_late = |part: &Part| part.start > first;
        if days == 0 || self.sources().all(is_late) {
            return None;
        }
        let all: u64 = self.sources().map(now).sum();
        let large: Vec<&Part> =
            self.parts.iter().filter(|part| !is_late(part) && now(part) * LARGE >= all).collect();
        let is_whole = |start: &usize| {
            large.iter().all(|part| {
                part.start <= *start && !part.is_gap[*start..start + days].iter().any(|is_gap| *is_gap)
            })
        };
        let earlier = (1..=MOST).map_while(|back| from.checked_sub(back * step));
        let before: Vec<Days> = earlier
            .take_while(|start| *start >= self.floor)
            .filter(is_whole)
            .map(|start| self.days(start, start + days - 1))
            .collect();
        if before.is_empty() {
            return None;
        }
        // Of a few posts nothing new is made.
        let late = self.parts.iter().filter(|part| is_late(part) && now(part) >= MIN_POSTS);
        Some(Comparable {
            late: late.map(|part| part.condition.clone()).collect(),
            times: Times { last: self.days(from, self.to), before, same_weekdays: step.is_multiple_of(WEEK) },
        })
    }

    fn days(&self, from: usize, to: usize) -> Days {
        Days { from: self.starts[from], to: self.starts[to] }
    }
}
