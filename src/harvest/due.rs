//! Which of the posts that are had is a site asked about now? Those that have come to certain ages, the young first, and
//! all of them in turn with what time is left; within a share of what the site allows.
//!
//! What is due comes from the index by the dates of posts; how far each age has come is kept as a stream's place is, after
//! the commit, so that a restart goes on. Two errands go by this: are the posts still there (`recheck.rs`), and what was
//! answered to them (`answers.rs`)?

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::Delivery;
use super::answers::answers_round;
use super::later::Later;
use super::listen::{Failure, Listener, Stopped};
use crate::model::{DatedPlace, Post, SourceId, WatchlistId};
use crate::sources::{Answers, Recheck};
use crate::state::{Health, Progress};

/// Which posts are to be looked at again.
#[derive(Debug, Clone)]
pub struct DueAsk {
    /// That were judged by this watchlist.
    pub watchlist: WatchlistId,
    /// Of this source.
    pub source: SourceId,
    /// After this place.
    pub after: DatedPlace,
    /// Written at this moment or before.
    pub until: Timestamp,
    /// At most so many.
    pub most: usize,
}

/// A post to look at again.
#[derive(Debug, Clone, PartialEq)]
pub struct DuePost {
    /// The post as it is kept.
    pub post: Post,
    /// Where it stands.
    pub place: DatedPlace,
    /// When it was last written, as its source showed it then.
    pub kept: Timestamp,
}

/// What says which posts are due, the oldest first; or why it cannot.
pub type Due = Arc<dyn Fn(&DueAsk) -> Result<Vec<DuePost>, String> + Send + Sync>;

/// What is asked about posts that are had.
#[derive(Clone, Copy)]
pub(super) enum Errand {
    /// Whether they are still there.
    Recheck(&'static dyn Recheck),
    /// What was answered to them.
    Answers(&'static dyn Answers),
}

/// How posts that are had are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    /// Ages at which each is looked at.
    pub(super) ages: &'static [SignedDuration],
    /// How many are wanted at once.
    pub(super) most: usize,
    /// They are asked about one at a time, so that some may wait by themselves.
    pub(super) is_single: bool,
    /// Most requests in a day.
    pub(super) a_day: u32,
    /// How all are looked at in turn, whatever their age.
    pub(super) sweep: Option<Sweep>,
}

/// How all posts are looked at in turn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sweep {
    /// Time from the beginning of one to that of the next.
    pub(super) period: Duration,
    /// Time in which one must come to its end: past it, it comes before all else. `None`: it takes what time is left.
    pub(super) within: Option<Duration>,
}

/// Requests of a sweep that has no time to keep in one run that is made once: it must come to its end while people wait.
const SWEPT_ONCE: u32 = 20;

/// Longest that a run that is made once looks at what is had, for the same reason: where a site wants much time between two looks,
/// the rest waits for the next run.
const LONGEST_ONCE: Duration = Duration::from_mins(15);

/// Pause where nothing is due.
const IDLE: Duration = Duration::from_mins(10);

/// What came of one look.
pub(super) enum Looked {
    /// The site was asked so many times.
    Asked(u32),
    /// It did not answer, and the place stays where it is.
    Failed,
}

/// How far the looks have come, one for each age.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Looks(Vec<DatedPlace>);

/// At what is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// At the posts of that age.
    Age(usize),
    /// At all posts in turn. Past its time, it is late.
    Sweep { is_late: bool },
    /// At a post that waited by itself.
    Later,
}

impl Looks {
    /// What is younger than the next age may be due; what is older had its time.
    fn from(now: Timestamp, ages: &[SignedDuration]) -> Self {
        let back = |at: usize| ages.get(at + 1).copied().unwrap_or(2 * ages[at]);
        Self((0..ages.len()).map(|at| ((now - back(at)).as_second(), 0)).collect())
    }

    fn read(text: &str, ages: &[SignedDuration]) -> Option<Self> {
        let places: Vec<DatedPlace> = text.split(' ').map(read_place).collect::<Option<_>>()?;
        (places.len() == ages.len()).then_some(Self(places))
    }

    fn of(progress: &Progress, now: Timestamp, ages: &[SignedDuration]) -> Self {
        let known = progress.mark.as_deref().and_then(|text| Self::read(text, ages));
        known.unwrap_or_else(|| Self::from(now, ages))
    }

    fn text(&self) -> String {
        self.0.iter().map(|place| place_text(*place)).collect::<Vec<_>>().join(" ")
    }
}

pub(super) fn read_place(text: &str) -> Option<DatedPlace> {
    let (second, tie) = text.split_once(':')?;
    Some((second.parse().ok()?, tie.parse().ok()?))
}

pub(super) fn place_text((second, tie): DatedPlace) -> String {
    format!("{second}:{tie}")
}

impl Listener {
    /// Goes on such a round until told to stop, or as far as is allowed by now if it is asked once.
    pub(super) async fn go_round(&mut self, errand: Errand) -> Result<(), Stopped> {
        let Some(due) = self.job.due.clone() else { return Ok(()) };
        let round = match errand {
            Errand::Recheck(recheck) => self.recheck_round(recheck),
            Errand::Answers(answers) => answers_round(answers),
        };
        let spacing = Duration::from_hours(24) / round.a_day.max(1);
        let mut left = allowance(self.job.standing.asked, self.client.now(), spacing, round.a_day);
        if !self.config.is_once {
            self.wait_until_due().await;
        }
        let mut swept = 0;
        let end = Instant::now() + LONGEST_ONCE;
        while !self.config.is_once || (left > 0 && Instant::now() < end) {
            let may_sweep = !self.config.is_once || swept < SWEPT_ONCE;
            let Some((at, posts)) = self.due_now(&round, &due, may_sweep).await? else {
                if self.config.is_once {
                    return Ok(());
                }
                tokio::time::sleep(self.spread(IDLE.max(spacing))).await;
                continue;
            };
            let looked = match errand {
                Errand::Recheck(recheck) => self.look(recheck, at, &posts, spacing).await?,
                Errand::Answers(answers) => self.look_for_answers(answers, at, &posts, spacing).await?,
            };
            match looked {
                Looked::Asked(requests) => {
                    left = left.saturating_sub(requests);
                    swept += if matches!(at, Look::Sweep { .. }) { requests } else { 0 };
                }
                Looked::Failed if self.config.is_once => return Ok(()),
                Looked::Failed => {}
            }
            if !self.config.is_once {
                self.wait_until_due().await;
            }
        }
        Ok(())
    }

    /// What is to be looked at now, and as what.
    async fn due_now(
        &mut self,
        round: &Round,
        due: &Due,
        may_sweep: bool,
    ) -> Result<Option<(Look, Vec<DuePost>)>, Stopped> {
        let now = self.client.now();
        let progress = &mut self.job.progress;
        progress.began.get_or_insert(now);
        let looks = Looks::of(progress, now, round.ages);
        progress.mark = Some(looks.text());
        let mut wanted: Vec<(Look, DatedPlace, Timestamp)> =
            (0..round.ages.len()).map(|at| (Look::Age(at), looks.0[at], now - round.ages[at])).collect();
        if let Some(rules) = round.sweep.filter(|rules| may_sweep || rules.within.is_some())
            && let Some(sweep) = sweep(progress, now, rules)
        {
            // What must end in time goes in turns with the ages, so that neither starves; but what is late comes first.
            let is_in_turn = rules.within.is_some() && progress.walk % 2 == 1;
            let is_first = is_in_turn || sweep.0 == Look::Sweep { is_late: true };
            wanted.insert(if is_first { 0 } else { wanted.len() }, sweep);
        }
        progress.walk += 1;
        if round.is_single {
            let later = Later::of(progress);
            let due = later.due(now).map(|place| {
                let until = Timestamp::from_second(place.0).unwrap_or(now);
                (Look::Later, before(place), until)
            });
            wanted.splice(0..0, due);
        }
        for (look, after, until) in wanted {
            let ask = DueAsk {
                watchlist: self.job.stream.watchlist.clone(),
                source: self.job.stream.source.clone(),
                after,
                until,
                most: if look == Look::Later { 1 } else { round.most },
            };
            let due = due.clone();
            let posts = match tokio::task::spawn_blocking(move || due(&ask)).await {
                Ok(Ok(posts)) => posts,
                Ok(Err(why)) => {
                    self.failed(Failure::new(Health::Late, why)).await?;
                    return Ok(None);
                }
                Err(_) => return Ok(None),
            };
            if look == Look::Later && posts.first().is_none_or(|post| before(post.place) != after) {
                // It is no longer had.
                let mut later = Later::of(&self.job.progress);
                later.take(behind(after));
                later.keep(&mut self.job.progress);
                continue;
            }
            if !posts.is_empty() {
                return Ok(Some((look, posts)));
            }
            if matches!(look, Look::Sweep { .. }) {
                self.job.progress.top = None;
                let step = self.step(None, 0.0, Vec::new());
                self.deliver(Delivery::of(step)).await?;
            }
        }
        Ok(None)
    }

    /// Notes that a look has come to this place.
    pub(super) fn came_to(&mut self, look: Look, place: DatedPlace, ages: &[SignedDuration]) {
        let now = self.client.now();
        let progress = &mut self.job.progress;
        match look {
            Look::Age(at) => {
                let mut looks = Looks::of(progress, now, ages);
                looks.0[at] = place;
                progress.mark = Some(looks.text());
            }
            Look::Sweep { .. } => progress.top = Some(place_text(place)),
            Look::Later => {}
        }
    }
}

/// The place right before another, and the one right behind it.
fn before((second, tie): DatedPlace) -> DatedPlace {
    tie.checked_sub(1).map_or((second.saturating_sub(1), u64::MAX), |tie| (second, tie))
}

fn behind((second, tie): DatedPlace) -> DatedPlace {
    tie.checked_add(1).map_or((second.saturating_add(1), 0), |tie| (second, tie))
}

/// The sweep that is under way or due: from where, and to which moment.
fn sweep(progress: &mut Progress, now: Timestamp, rules: Sweep) -> Option<(Look, DatedPlace, Timestamp)> {
    let start = match progress.had {
        Some(start) if progress.top.is_some() || now < start + rules.period => start,
        _ => {
            progress.had = Some(now);
            progress.top = Some(place_text((i64::MIN, 0)));
            now
        }
    };
    let after = read_place(progress.top.as_deref()?)?;
    let is_late = rules.within.is_some_and(|within| now >= start + within);
    Some((Look::Sweep { is_late }, after, start))
}

/// Requests that may be made at once by who asks now and then: those that would have been made since the last time, and no
/// more than an hour's the first time.
fn allowance(asked: Option<Timestamp>, now: Timestamp, spacing: Duration, a_day: u32) -> u32 {
    let passed = match asked {
        Some(asked) => Duration::try_from(now.duration_since(asked)).unwrap_or_default(),
        None => Duration::from_hours(1),
    };
    let count = passed.as_secs_f64() / spacing.as_secs_f64();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "held between one and a day's"
    )]
    let count = count.clamp(0.0, f64::from(a_day)) as u32;
    if asked.is_none() { count.max(1) } else { count }
}

#[cfg(test)]
mod tests;
