//! What do the waiting times of some posts say? Counts, quantiles and shares, of answers alone and with those who wait.

use super::hours::OpeningClock;
use super::statistics::{Estimate, Survival, median, quantile, share};
use crate::model::{Answered, Wait};
use crate::store::Clocked;

/// Times within which a share is told: half an hour, an hour, a working day, a day.
pub const LIMITS: [Wait; 4] = [Wait::minutes(30), Wait::minutes(60), Wait::hours(8), Wait::hours(24)];

/// A post that has waited longer is counted as never answered. A choice: of 1,154 direct answers of support desks on Twitter
/// one came later.
pub const NEVER: Wait = Wait::hours(7 * 24);

/// How long some posts wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// Answered directly, after a known time.
    pub pairs: usize,
    /// Answered in any way.
    pub answered: usize,
    /// Of them, those of whose answer no time is known.
    pub untimed: usize,
    /// Not answered.
    pub open: usize,
    /// Of them, those that have waited longer than [`NEVER`].
    pub never: usize,
    /// Share of posts that were never answered, of those that are older than [`NEVER`].
    pub never_share: Option<Estimate>,
    /// Whose writer thanked.
    pub thanked: usize,
    /// Where the brand moved to a private channel.
    pub private: usize,
    /// By the clock on the wall.
    pub wall: Pace,
    /// In opening hours; `None` where the market has none.
    pub desk: Option<Pace>,
}

/// How fast answers come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pace {
    /// Median time of the pairs, in seconds.
    pub median: Option<Estimate>,
    /// Time within which nine of ten of the pairs were answered, in seconds.
    pub p90: Option<f64>,
    /// Median time of all, those that still wait among them.
    pub expected_median: Option<Estimate>,
    /// Time within which nine of ten of all are answered.
    pub expected_p90: Option<Estimate>,
    /// For each of [`LIMITS`].
    pub within: Vec<Within>,
}

/// How many are answered within a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Within {
    /// The time.
    pub limit: Wait,
    /// Posts that were answered within it.
    pub count: usize,
    /// The share of those that were written long enough ago to tell, by counting.
    pub share: Option<Estimate>,
    /// How many those are.
    pub of: usize,
    /// The share of all, those that still wait among them.
    pub expected: Estimate,
}

/// One post with its time on some clock.
#[derive(Debug, Clone, Copy)]
struct Timed {
    /// To the answer, or waited so far.
    seconds: u32,
    is_answered: bool,
    is_direct: bool,
    /// Since it was written, until its source was last read.
    age: u32,
}

/// What is known of a source beside its posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceClock {
    /// The second up to which its posts are known.
    pub seen: i64,
    /// It tells that posts were answered and never when: what waits there cannot be set against times of answers that are
    /// not known.
    pub is_timeless: bool,
}

impl Clock {
    /// Measures `posts`, of sources of which `sources` is known.
    #[must_use]
    pub fn new(posts: &[&Clocked], sources: &[SourceClock], desk: Option<&OpeningClock>) -> Self {
        let count = |is_it: &dyn Fn(&Clocked) -> bool| posts.iter().filter(|post| is_it(post)).count();
        let is_open = |post: &Clocked| post.answered == Answered::No;
        let source = |post: &Clocked| sources.get(usize::from(post.source)).copied();
        let age = |post: &Clocked| u32::try_from(source(post)?.seen - post.second?).ok();
        let is_old = |post: &Clocked| age(post).is_some_and(|age| age > NEVER.0);
        let is_never = |post: &Clocked| is_open(post) && post.seconds.is_some_and(|waited| waited > NEVER.0);
        let timed: Vec<(i64, Timed)> = posts
            .iter()
            .filter(|post| source(post).is_none_or(|source| !source.is_timeless))
            .filter_map(|post| timed(post, age(post)))
            .collect();
        let desk = desk.map(|desk| {
            let within = |(second, time): &(i64, Timed)| Timed {
                seconds: desk.between(*second, second + i64::from(time.seconds)),
                // The clock is made for the times of the posts; how old one is beyond its own decides nothing here.
                age: desk.between(*second, second + i64::from(time.age)),
                ..*time
            };
            Pace::new(&timed.iter().map(within).collect::<Vec<_>>())
        });
        Self {
            pairs: count(&|post| {
                post.answered == Answered::Directly && post.second.is_some() && post.seconds.is_some()
            }),
            answered: count(&|post| !is_open(post)),
            untimed: count(&|post| !is_open(post) && post.seconds.is_none()),
            open: count(&is_open),
            never: count(&is_never),
            never_share: share(count(&is_never), count(&is_old)),
            thanked: count(&|post| post.is_thanked),
            private: count(&|post| post.is_private),
            wall: Pace::new(&timed.iter().map(|(_, time)| *time).collect::<Vec<_>>()),
            desk,
        }
    }

    /// Posts on the clock.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.answered + self.open
    }
}

fn timed(post: &Clocked, age: Option<u32>) -> Option<(i64, Timed)> {
    let (second, seconds) = (post.second?, post.seconds?);
    let is_answered = post.answered != Answered::No;
    let is_direct = post.answered == Answered::Directly;
    Some((second, Timed { seconds, is_answered, is_direct, age: age.unwrap_or(0).max(seconds) }))
}

impl Pace {
    fn new(times: &[Timed]) -> Self {
        let mut pairs: Vec<u32> =
            times.iter().filter(|time| time.is_direct).map(|time| time.seconds).collect();
        pairs.sort_unstable();
        let survival = Survival::new(times.iter().map(|time| (time.seconds, time.is_answered)).collect());
        let within = |limit: Wait| {
            let is_in = |time: &&Timed| time.is_answered && time.seconds <= limit.0;
            let old: Vec<&Timed> = times.iter().filter(|time| time.age >= limit.0).collect();
            Within {
                limit,
                count: times.iter().filter(is_in).count(),
                share: share(old.iter().copied().filter(is_in).count(), old.len()),
                of: old.len(),
                expected: survival.answered_within(limit.0),
            }
        };
        Self {
            median: median(&pairs),
            p90: quantile(&pairs, 0.9),
            expected_median: survival.quantile(0.5),
            expected_p90: survival.quantile(0.9),
            within: if times.is_empty() { Vec::new() } else { LIMITS.map(within).to_vec() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value in whole thousandths.
    fn of(estimate: Option<Estimate>) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        estimate.map_or(-1, |estimate| (estimate.value * 1000.0).round() as i64)
    }

    /// A source that was read for ten days.
    fn known(is_timeless: bool) -> SourceClock {
        SourceClock { seen: 864_000, is_timeless }
    }

    fn post(second: i64, answered: Answered, seconds: Option<u32>) -> Clocked {
        Clocked {
            second: Some(second),
            answered,
            seconds,
            brand: Some(0),
            source: 0,
            is_thanked: false,
            is_private: false,
        }
    }

    #[test]
    fn what_waits_is_neither_left_out_nor_counted_as_answered() {
        let day = 86_400;
        let posts = [
            post(0, Answered::Directly, Some(600)),
            post(0, Answered::Directly, Some(1200)),
            post(0, Answered::Yes, Some(3000)),
            post(0, Answered::No, Some(10 * day)),
            post(10 * i64::from(day) - 60, Answered::No, Some(60)),
            post(0, Answered::Directly, None),
        ];
        let clock = Clock::new(&posts.iter().collect::<Vec<_>>(), &[known(false)], None);
        assert_eq!((clock.pairs, clock.answered, clock.untimed, clock.open, clock.never), (2, 4, 1, 2, 1));
        assert_eq!(of(clock.wall.median), 900_000);
        // Of the five with a time, one dropped out after a minute: half of the other four wait 1,200 s or less.
        assert_eq!(of(clock.wall.expected_median), 2_100_000);
        let hour = &clock.wall.within[1];
        assert_eq!((hour.count, hour.of, of(hour.share)), (3, 4, 750));
        // One of five that are old enough.
        assert_eq!(of(clock.never_share), 200);
        assert_eq!(clock.desk, None);
    }

    #[test]
    fn where_no_answer_has_a_time_what_waits_is_set_against_none() {
        let posts = [post(0, Answered::Directly, None), post(0, Answered::No, Some(700_000))];
        let posts: Vec<&Clocked> = posts.iter().collect();
        let clock = Clock::new(&posts, &[known(true)], None);
        assert_eq!((clock.answered, clock.untimed, clock.open, clock.never), (1, 1, 1, 1));
        assert_eq!((of(clock.never_share), &clock.wall), (500, &Pace::default()));
        assert_ne!(Clock::new(&posts, &[known(false)], None).wall, Pace::default());
    }

    #[test]
    fn no_posts_say_nothing() {
        let clock = Clock::new(&[], &[], None);
        assert_eq!((clock.posts(), &clock.wall), (0, &Pace::default()));
    }
}
