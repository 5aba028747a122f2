//! How many posts have each problem of the ledger: in all, about which brand, when, and more or fewer than before?
//!
//! One pass over the matching posts; which problems each has was worked out before (`store/assigned.rs`). A change is
//! told by shares, not by counts: when twice as many posts are collected, no problem has grown.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rustc_hash::FxHashSet;

use super::InsightError;
use super::crossed::Crossed;
use super::seen::{Seen, SeenPosts};
use super::statistics::{corrected, same_share};
use crate::model::{BrandId, Interval, Meaning, Per, ProblemId, Query};
use crate::store::{Assigned, Buckets, Snapshot};

/// Days of the last period and of the one before it, unless the posts span fewer.
const PERIOD_DAYS: i64 = 7;

/// Days of a week.
const WEEK: i64 = 7;

/// A change that is so unlikely by chance, corrected for how many problems there are, is called one.
pub const SURE: f64 = 0.05;

/// What is asked of a tally.
#[derive(Debug, Clone)]
pub struct TallyAsked {
    /// Of which posts. Responses of brands are left out unless it names kinds.
    pub query: Query,
    /// Whose days.
    pub time_zone: TimeZone,
    /// Which problems: those found in posts that meant this.
    pub meaning: Meaning,
    /// What is counted.
    pub per: Per,
    /// Length of a bucket; days, weeks or months as fit the span if `None`.
    pub interval: Option<Interval>,
    /// Days of the last period, and of the one before that it is compared with; a week if `None`, or half of what there
    /// is.
    pub period_days: Option<i64>,
}

/// How many posts have which problems.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tallies {
    /// Posts of the question, or cases or authors.
    pub posts: u64,
    /// Posts of the question, whatever is counted: as many as its list has.
    pub listed: u64,
    /// Posts without any problem of the ledger; cases or authors with such a post if those are counted.
    pub unassigned: u64,
    /// Posts without any problem, whatever is counted.
    pub unassigned_listed: u64,
    /// Posts without a date: in no bucket.
    pub undated: u64,
    /// Length of a bucket.
    pub interval: Interval,
    /// First day of each bucket, from the first matching post to the last.
    pub starts: Vec<Date>,
    /// Posts in each bucket.
    pub buckets: Vec<u64>,
    /// Posts by weekday, from Monday.
    pub weekdays: [u64; 7],
    /// How often each weekday comes from the first post to the last: not equally often where that is no whole number of
    /// weeks.
    pub weekday_days: [u64; 7],
    /// Brands of these posts, by id, each with its posts. A post with several brands counts for each.
    pub brands: Vec<(BrandId, u64)>,
    /// In the order of `brands`, the posts of each in the period before and in the last one.
    pub brand_periods: Vec<[u64; 2]>,
    /// The last period; `None` without dates, or with those of one day only.
    pub period: Option<Period>,
    /// The largest first. Those that no post has are among them.
    pub problems: Vec<ProblemTally>,
    /// What these are about, the largest first.
    pub themes: Vec<ThemeTally>,
}

/// How many posts have a problem of one theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeTally {
    /// The same in each language, as `waiting`.
    pub theme: String,
    /// Its problems, by id.
    pub problems: Vec<ProblemId>,
    /// Posts that have one of them, or cases or authors.
    pub count: u64,
    /// Posts that have one of them, whatever is counted: as many as its list has.
    pub listed: u64,
}

/// The last days, and as many before them: on the same weekdays, if posts go back that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day of the period before.
    pub before: Date,
    /// Its last day: not the one before [`from`](Self::from) where only an earlier week has the same weekdays.
    pub before_to: Date,
    /// First day of the last period.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Posts of the last period.
    pub posts: u64,
    /// Posts of the one before.
    pub posts_before: u64,
}

/// How many posts have one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemTally {
    /// Which.
    pub id: ProblemId,
    /// Posts that have it, or cases or authors.
    pub count: u64,
    /// Posts that have it, whatever is counted: as many as its list has.
    pub listed: u64,
    /// Of them, those of which it is the strongest.
    pub strongest: u64,
    /// By brand, in the order of [`Tallies::brands`].
    pub brands: Vec<u64>,
    /// The same in the period before and in the last one.
    pub brand_periods: Vec<[u64; 2]>,
    /// By bucket, in the order of [`Tallies::starts`].
    pub buckets: Vec<u64>,
    /// By weekday, from Monday.
    pub weekdays: [u64; 7],
    /// The first dated post that has it.
    pub first: Option<Timestamp>,
    /// The last.
    pub last: Option<Timestamp>,
    /// The last period against the one before.
    pub change: Option<ShareChange>,
}

/// A share against that of the period before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareChange {
    /// Posts of the last period that have it.
    pub count: u64,
    /// Posts of the one before that have it.
    pub before: u64,
    /// How many times the share of the period before; `None` if that was zero.
    pub times: Option<f64>,
    /// How likely such a difference is by chance ([`same_share`]).
    pub chance: f64,
    /// The same, corrected for how many problems were looked at ([`corrected`]).
    pub corrected: f64,
    /// What that means.
    pub direction: Direction,
}

impl ShareChange {
    /// Not judged yet.
    const NONE: Self =
        Self { count: 0, before: 0, times: None, chance: 1.0, corrected: 1.0, direction: Direction::Steady };
}

impl Tallies {
    /// How each problem changed at some of the brands, which are named by their places: for each problem, one change for each of
    /// them; corrected for all of these. Nothing without two periods.
    #[must_use]
    pub fn changes_at(&self, brands: &[usize]) -> Vec<Vec<ShareChange>> {
        if self.period.is_none() {
            return Vec::new();
        }
        let change = |tally: &ProblemTally, at: &usize| {
            let [before, count] = tally.brand_periods[*at];
            ShareChange { count, before, ..ShareChange::NONE }
        };
        let mut changes: Vec<Vec<ShareChange>> =
            (self.problems.iter()).map(|tally| brands.iter().map(|at| change(tally, at)).collect()).collect();
        let of = || brands.iter().map(|at| self.brand_periods[*at]);
        judge(changes.iter_mut().flat_map(|changes| changes.iter_mut().zip(of())));
        changes
    }
}

/// Where a problem goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Surely a larger share than before.
    Rising,
    /// No change that chance does not explain.
    Steady,
    /// Surely a smaller share.
    Fading,
}

impl Direction {
    /// The direction as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Steady => "steady",
            Self::Fading => "fading",
        }
    }
}

/// Counts the problems of the posts that answer a question.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn tally(snapshot: &Snapshot, asked: &TallyAsked) -> Result<Tallies, InsightError> {
    let mut seen = SeenPosts::read(snapshot, &asked.query, &asked.time_zone, asked.per)?;
    Ok(tallied(&mut seen, &Wanted::of(snapshot, asked.meaning)?, asked))
}

/// The same, and from the same pass how many posts about which brand have which problem in which languages; `sides` are
/// columns for the posts about any of some brands.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn tally_crossed(
    snapshot: &Snapshot,
    asked: &TallyAsked,
    sides: &[Vec<BrandId>],
) -> Result<(Tallies, Crossed), InsightError> {
    let wanted = Wanted::of(snapshot, asked.meaning)?;
    let mut seen = SeenPosts::read(snapshot, &asked.query, &asked.time_zone, asked.per)?;
    let crossed = Crossed::new(&seen, wanted.ids.clone(), sides, |post| wanted.problems_of(post));
    Ok((tallied(&mut seen, &wanted, asked), crossed))
}

/// How many posts answer a question, or cases or authors, in all and about each brand, in which languages: what complaints are
/// a share of.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn mentions(
    snapshot: &Snapshot,
    query: &Query,
    time_zone: &TimeZone,
    per: Per,
) -> Result<Crossed, InsightError> {
    let seen = SeenPosts::read(snapshot, query, time_zone, per)?;
    Ok(Crossed::new(&seen, Vec::new(), &[], |_| std::iter::empty()))
}

/// Which problems are counted: those found in posts that meant the same.
struct Wanted {
    assigned: Arc<Assigned>,
    ids: Vec<ProblemId>,
    /// Of each problem of the ledger, its place in `ids`.
    places: Vec<Option<usize>>,
    /// What these are about, none counted yet.
    themes: Vec<ThemeTally>,
    /// Of each of `ids`, the place of its theme.
    theme_of: Vec<Option<usize>>,
}

impl Wanted {
    fn of(snapshot: &Snapshot, meaning: Meaning) -> Result<Self, InsightError> {
        let assigned = snapshot.assigned()?;
        let (mut ids, mut places) = (Vec::new(), Vec::new());
        for (number, id) in (0..).zip(assigned.problems()) {
            let is_wanted = assigned.meaning(number) == meaning;
            places.push(is_wanted.then_some(ids.len()));
            ids.extend(is_wanted.then(|| id.clone()));
        }
        let mut by_theme: BTreeMap<&str, Vec<ProblemId>> = BTreeMap::new();
        let theme = |id: &ProblemId| snapshot.ledger().problem(id).and_then(|known| known.theme.as_deref());
        for id in &ids {
            if let Some(theme) = theme(id) {
                by_theme.entry(theme).or_default().push(id.clone());
            }
        }
        let place =
            |id: &ProblemId| theme(id).and_then(|theme| by_theme.keys().position(|one| *one == theme));
        let theme_of = ids.iter().map(place).collect();
        let themes = by_theme
            .into_iter()
            .map(|(theme, problems)| ThemeTally { theme: theme.to_owned(), problems, count: 0, listed: 0 })
            .collect();
        Ok(Self { assigned, ids, places, themes, theme_of })
    }

    /// The problems of a post, the strongest first; `None` for each that is not counted.
    fn problems_of(&self, post: &Seen) -> impl Iterator<Item = Option<usize>> + use<'_> {
        self.assigned.of(post.place).map(|number| self.places[usize::from(number)])
    }
}

fn tallied(seen: &mut SeenPosts, wanted: &Wanted, asked: &TallyAsked) -> Tallies {
    if asked.per != Per::Post {
        // All of a case or an author one after the other; those without a date are last.
        seen.posts.sort_unstable_by_key(|post| (post.unit, post.second.is_none(), post.second, post.place));
    }
    let mut count = Counting::new(asked, &seen.posts, wanted, seen.brands.len());
    for post in &seen.posts {
        count.post(post, seen.brands_of(post), wanted.problems_of(post));
    }
    count.tallies(wanted.ids.iter().cloned(), &seen.brands)
}

/// Counts of one pass.
struct Counting<'a> {
    /// Of each problem, the place of its theme.
    theme_of: &'a [Option<usize>],
    /// The themes of one post.
    themes: Vec<usize>,
    tallies: Tallies,
    brand_posts: Vec<u64>,
    brand_periods: Vec<[u64; 2]>,
    counts: Vec<ProblemTally>,
    buckets: Buckets,
    days: Buckets,
    /// The weekday of each of `days`, from Monday.
    day_weekdays: Vec<usize>,
    /// The first and the last second of each problem.
    spans: Vec<Option<(i64, i64)>>,
    /// First second of the period before, and after it; of the last period, and after it.
    edges: Option<[i64; 4]>,
    /// What was counted of `unit`: with which problem, about which brand, and when.
    met: FxHashSet<(u32, u32, When)>,
    /// The case or author of the last post.
    unit: Option<u64>,
}

/// A time in which a case or an author counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum When {
    Ever,
    Bucket(usize),
    Day(usize),
    Period(usize),
}

/// No problem, or no brand.
const NONE: u32 = u32::MAX;

/// Without any problem.
const WITHOUT: u32 = u32::MAX - 1;

/// The first of the themes, which count down.
const THEME: u32 = u32::MAX - 2;

/// As the strongest problem.
const STRONGEST: u32 = u32::MAX - 1;

impl<'a> Counting<'a> {
    fn new(asked: &TallyAsked, seen: &[Seen], wanted: &'a Wanted, brands: usize) -> Self {
        let problems = wanted.ids.len();
        let seconds = || seen.iter().filter_map(|post| post.second);
        let (first, last) = (seconds().min(), seconds().max());
        let (mut buckets, mut days) = (Buckets::default(), Buckets::default());
        if let (Some(first), Some(last)) = (first, last) {
            days = Buckets::new(first, last, Interval::Day, &asked.time_zone);
            buckets = Buckets::new(first, last, interval(&days, asked), &asked.time_zone);
        }
        let (period, edges) = period(&days, asked).unzip();
        let day_weekdays: Vec<usize> = days
            .starts
            .iter()
            .map(|day| usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0))
            .collect();
        let mut weekday_days = [0; 7];
        for day in &day_weekdays {
            weekday_days[*day] += 1;
        }
        let empty = ProblemTally {
            // Replaced by the problem's own when all is counted.
            id: ProblemId::from_name(""),
            count: 0,
            listed: 0,
            strongest: 0,
            brands: vec![0; brands],
            brand_periods: vec![[0; 2]; brands],
            buckets: vec![0; buckets.starts.len()],
            weekdays: [0; 7],
            first: None,
            last: None,
            change: period.map(|_| ShareChange::NONE),
        };
        Self {
            theme_of: &wanted.theme_of,
            themes: Vec::new(),
            tallies: Tallies {
                themes: wanted.themes.clone(),
                interval: interval(&days, asked),
                starts: buckets.starts.clone(),
                buckets: vec![0; buckets.starts.len()],
                weekday_days,
                period,
                ..Tallies::default()
            },
            brand_posts: vec![0; brands],
            brand_periods: vec![[0; 2]; brands],
            counts: vec![empty; problems],
            buckets,
            day_weekdays,
            spans: vec![None; problems],
            days,
            edges,
            met: FxHashSet::default(),
            unit: None,
        }
    }

    /// Whether the case or author of this post is met for the first time in that time with a problem and a brand; a post
    /// of none always is.
    fn is_new(&mut self, problem: u32, brand: u32, when: When) -> bool {
        self.unit.is_none() || self.met.insert((problem, brand, when))
    }

    fn post(&mut self, post: &Seen, brands: &[u32], problems: impl Iterator<Item = Option<usize>>) {
        if self.unit != post.unit {
            self.unit = post.unit;
            self.met.clear();
        }
        let bucket = post.second.and_then(|second| self.buckets.of(second));
        let day = post.second.and_then(|second| self.days.of(second));
        // 1: in the last period; 0: in the one before.
        let period = post.second.zip(self.edges).and_then(|(second, [before, before_end, from, end])| {
            let is_last = second >= from && second < end;
            (is_last || (second >= before && second < before_end)).then_some(usize::from(is_last))
        });
        self.tallies.listed += 1;
        if self.is_new(NONE, NONE, When::Ever) {
            self.tallies.posts += 1;
            self.tallies.undated += u64::from(bucket.is_none());
        }
        if let Some(bucket) = bucket.filter(|bucket| self.is_new(NONE, NONE, When::Bucket(*bucket))) {
            self.tallies.buckets[bucket] += 1;
        }
        if let Some(day) = day.filter(|day| self.is_new(NONE, NONE, When::Day(*day))) {
            self.tallies.weekdays[self.day_weekdays[day]] += 1;
        }
        if let Some(at) = period.filter(|at| self.is_new(NONE, NONE, When::Period(*at)))
            && let Some(total) = &mut self.tallies.period
        {
            if at == 1 { total.posts += 1 } else { total.posts_before += 1 }
        }
        for brand in brands {
            self.brand_posts[*brand as usize] += u64::from(self.is_new(NONE, *brand, When::Ever));
            if let Some(at) = period.filter(|at| self.is_new(NONE, *brand, When::Period(*at))) {
                self.brand_periods[*brand as usize][at] += 1;
            }
        }
        let mut is_first = true;
        let mut problems = problems.peekable();
        if problems.peek().is_none() {
            self.tallies.unassigned_listed += 1;
            self.tallies.unassigned += u64::from(self.is_new(WITHOUT, NONE, When::Ever));
        }
        for problem in problems {
            let Some(at) = problem else {
                is_first = false;
                continue;
            };
            if let Some(theme) = self.theme_of[at].filter(|theme| !self.themes.contains(theme)) {
                self.themes.push(theme);
            }
            let key = u32::try_from(at).unwrap_or(WITHOUT);
            if is_first && self.is_new(key, STRONGEST, When::Ever) {
                self.counts[at].strongest += 1;
            }
            is_first = false;
            self.counts[at].listed += 1;
            if let Some(second) = post.second {
                let (first, last) = self.spans[at].unwrap_or((second, second));
                self.spans[at] = Some((first.min(second), last.max(second)));
            }
            for brand in brands {
                if self.is_new(key, *brand, When::Ever) {
                    self.counts[at].brands[*brand as usize] += 1;
                }
                if let Some(period) = period.filter(|period| self.is_new(key, *brand, When::Period(*period)))
                {
                    self.counts[at].brand_periods[*brand as usize][period] += 1;
                }
            }
            self.counts[at].count += u64::from(self.is_new(key, NONE, When::Ever));
            if let Some(bucket) = bucket.filter(|bucket| self.is_new(key, NONE, When::Bucket(*bucket))) {
                self.counts[at].buckets[bucket] += 1;
            }
            if let Some(day) = day.filter(|day| self.is_new(key, NONE, When::Day(*day))) {
                self.counts[at].weekdays[self.day_weekdays[day]] += 1;
            }
            if let Some(period) = period.filter(|period| self.is_new(key, NONE, When::Period(*period)))
                && let Some(change) = &mut self.counts[at].change
            {
                if period == 1 { change.count += 1 } else { change.before += 1 }
            }
        }
        while let Some(theme) = self.themes.pop() {
            let key = THEME - u32::try_from(theme).unwrap_or(0);
            let is_new = self.is_new(key, NONE, When::Ever);
            let tally = &mut self.tallies.themes[theme];
            tally.listed += 1;
            tally.count += u64::from(is_new);
        }
    }

    fn tallies(mut self, ids: impl Iterator<Item = ProblemId>, brands: &[String]) -> Tallies {
        let named: BTreeMap<usize, BrandId> = brands
            .iter()
            .enumerate()
            .filter(|(at, _)| self.brand_posts[*at] > 0)
            .filter_map(|(at, id)| Some((at, BrandId::new(id.as_str()).ok()?)))
            .collect();
        for ((tally, id), span) in self.counts.iter_mut().zip(ids).zip(&self.spans) {
            tally.id = id;
            tally.first = span.and_then(|(first, _)| Timestamp::from_second(first).ok());
            tally.last = span.and_then(|(_, last)| Timestamp::from_second(last).ok());
            tally.brands = named.keys().map(|at| tally.brands[*at]).collect();
            tally.brand_periods = named.keys().map(|at| tally.brand_periods[*at]).collect();
        }
        self.tallies.brand_periods = named.keys().map(|at| self.brand_periods[*at]).collect();
        self.tallies.brands = named.into_iter().map(|(at, id)| (id, self.brand_posts[at])).collect();
        if let Some(period) = self.tallies.period {
            let changes = self.counts.iter_mut().filter_map(|tally| tally.change.as_mut());
            judge(changes.map(|change| (change, [period.posts_before, period.posts])));
        }
        self.counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.id.cmp(&b.id)));
        self.tallies.problems = self.counts;
        self.tallies.themes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.theme.cmp(&b.theme)));
        self.tallies
    }
}

/// Tells which changes chance does not explain, each of so many posts in the period before and in the last one.
fn judge<'a>(changes: impl Iterator<Item = (&'a mut ShareChange, [u64; 2])>) {
    // What no post of either period has was not looked at.
    let mut looked_at: Vec<&mut ShareChange> = changes
        .filter(|(change, _)| change.count + change.before > 0)
        .map(|(change, [posts_before, posts])| {
            change.chance = same_share(change.count, posts, change.before, posts_before);
            let share = |count: u64, of: u64| if of == 0 { 0.0 } else { count as f64 / of as f64 };
            let before = share(change.before, posts_before);
            change.times = (before > 0.0).then(|| share(change.count, posts) / before);
            change
        })
        .collect();
    let found: Vec<f64> = looked_at.iter().map(|change| change.chance).collect();
    for (change, corrected) in looked_at.iter_mut().zip(corrected(&found)) {
        change.corrected = corrected;
        change.direction = match change.times {
            _ if corrected > SURE => Direction::Steady,
            Some(times) if times < 1.0 => Direction::Fading,
            _ => Direction::Rising,
        };
    }
}

/// As asked for, or so that a line of them can be read.
fn interval(days: &Buckets, asked: &TallyAsked) -> Interval {
    asked.interval.unwrap_or(match days.starts.len() {
        0..=92 => Interval::Day,
        93..=730 => Interval::Week,
        _ => Interval::Month,
    })
}

/// The last period and the one before, with the seconds where they begin and end.
///
/// A period that is no whole number of weeks is compared with the same weekdays of an earlier week: a weekend with a
/// weekend, or each Monday would make the problems of offices rise.
fn period(days: &Buckets, asked: &TallyAsked) -> Option<(Period, [i64; 4])> {
    let (first, to) = (*days.starts.first()?, *days.starts.last()?);
    let all = i64::try_from(days.starts.len()).ok()?;
    let length = asked.period_days.unwrap_or_else(|| PERIOD_DAYS.min(all / 2));
    if length < 1 || first == to {
        return None;
    }
    let from = to.checked_sub((length - 1).days()).ok()?;
    let weeks = (length + WEEK - 1) / WEEK * WEEK;
    let back = if weeks + length <= all { weeks } else { length };
    let before = from.checked_sub(back.days()).ok()?;
    let before_to = before.checked_add((length - 1).days()).ok()?;
    let second = |day: Date| {
        Some(asked.time_zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok()?.as_second())
    };
    let edges =
        [second(before)?, second(before_to.tomorrow().ok()?)?, second(from)?, second(to.tomorrow().ok()?)?];
    Some((Period { before, before_to, from, to, posts: 0, posts_before: 0 }, edges))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_is_compared_with_the_same_weekdays() {
        // From a Monday on.
        let first = date(2026, 1, 5);
        for (length, days, expect) in [
            (30, Some(7), Some(("2026-01-21", "2026-01-27", "2026-01-28"))),
            (30, Some(3), Some(("2026-01-25", "2026-01-27", "2026-02-01"))),
            (30, Some(1), Some(("2026-01-27", "2026-01-27", "2026-02-03"))),
            (30, Some(10), Some(("2026-01-11", "2026-01-20", "2026-01-25"))),
            // Too young for another such week: the days before, whatever they are.
            (9, None, Some(("2026-01-06", "2026-01-09", "2026-01-10"))),
            (16, Some(10), Some(("2026-01-01", "2026-01-10", "2026-01-11"))),
            (1, None, None),
        ] {
            let second = |day: i64| {
                let day = first.checked_add(day.days()).unwrap();
                day.at(12, 0, 0, 0).in_tz("UTC").unwrap().timestamp().as_second()
            };
            let days_there = Buckets::new(second(0), second(length - 1), Interval::Day, &TimeZone::UTC);
            let asked = TallyAsked {
                query: Query::All,
                time_zone: TimeZone::UTC,
                meaning: Meaning::Any,
                per: Per::Post,
                interval: None,
                period_days: days,
            };
            let found = period(&days_there, &asked).map(|(period, edges)| {
                assert_eq!(edges[1] - edges[0], edges[3] - edges[2], "as long as the other");
                [period.before, period.before_to, period.from].map(|day| day.to_string())
            });
            let expect = expect.map(|(before, to, from)| [before, to, from].map(str::to_owned));
            assert_eq!(found, expect, "{length} days, {days:?}");
        }
    }
}
