//! Is what we have still there? Posts are asked for again at certain ages, young ones more often, within a share of what
//! each site allows.
//!
//! What is due comes from the index by the dates of posts; how far each age has come is kept as a stream's place is, after
//! the commit, so that a restart goes on. Only a readable answer of the site takes a post out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::keys::Refused;
use super::listen::{Failure, Listener, Stopped, missing_keys, of_net};
use super::{DeletedAt, Delivery};
use crate::model::{DatedPlace, Post, SourceId, WatchlistId};
use crate::sources::{Answer, ParseError, Recheck, Rechecked};
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

/// Ages at which posts are asked for again. Most of what is deleted is deleted within a day; the ages after that were not
/// measured.
const AGES: [SignedDuration; 4] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(30 * 24),
];

/// Pause where nothing is due.
const IDLE: Duration = Duration::from_mins(10);

/// Failures in a row after which what cannot be looked at is passed over, until the next of its ages.
const PATIENCE: u32 = 3;

/// Share of the money that re-checks may be paid from: the rest is for new posts.
const MONEY: f64 = 0.5;

/// How far the looks have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looks([DatedPlace; AGES.len()]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// At the posts of that age.
    Age(usize),
    /// At all posts in turn, for a site whose posts may be kept for so long only. Past its end, they must go.
    Sweep { is_late: bool },
}

impl Looks {
    /// What is younger than the next age may be due; what is older had its time.
    fn from(now: Timestamp) -> Self {
        let mut places = [(0, 0); AGES.len()];
        for (at, place) in places.iter_mut().enumerate() {
            let back = AGES.get(at + 1).copied().unwrap_or(2 * AGES[at]);
            place.0 = (now - back).as_second();
        }
        Self(places)
    }

    fn read(text: &str) -> Option<Self> {
        let places: Vec<DatedPlace> = text.split(' ').map(read_place).collect::<Option<_>>()?;
        places.try_into().ok().map(Self)
    }

    fn text(&self) -> String {
        self.0.iter().map(|place| place_text(*place)).collect::<Vec<_>>().join(" ")
    }
}

fn read_place(text: &str) -> Option<DatedPlace> {
    let (second, tie) = text.split_once(':')?;
    Some((second.parse().ok()?, tie.parse().ok()?))
}

fn place_text((second, tie): DatedPlace) -> String {
    format!("{second}:{tie}")
}

impl Listener {
    /// Asks again for what is due, until told to stop, or as much as is allowed by now if it is asked once.
    pub(super) async fn follow_rechecks(&mut self) -> Result<(), Stopped> {
        let (Some(recheck), Some(due)) = (self.job.source.recheck(), self.job.due.clone()) else {
            return Ok(());
        };
        let rules = recheck.rules();
        let spacing = Duration::from_hours(24) / rules.a_day.max(1);
        let mut left = allowance(self.job.standing.asked, self.client.now(), spacing, rules.a_day);
        if !self.config.is_once {
            self.wait_until_due().await;
        }
        while !self.config.is_once || left > 0 {
            let Some((look, posts)) = self.due_now(recheck, &due).await? else {
                if self.config.is_once {
                    return Ok(());
                }
                tokio::time::sleep(self.spread(IDLE.max(spacing))).await;
                continue;
            };
            left = left.saturating_sub(1);
            let is_done = self.look(recheck, look, &posts, spacing).await?;
            if !self.config.is_once {
                self.wait_until_due().await;
            } else if !is_done {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What is to be looked at now, and as what.
    async fn due_now(
        &mut self,
        recheck: &'static dyn Recheck,
        due: &Due,
    ) -> Result<Option<(Look, Vec<DuePost>)>, Stopped> {
        let (rules, now) = (recheck.rules(), self.client.now());
        let progress = &mut self.job.progress;
        progress.began.get_or_insert(now);
        let looks = progress.mark.as_deref().and_then(Looks::read).unwrap_or_else(|| Looks::from(now));
        progress.mark = Some(looks.text());
        let mut wanted: Vec<(Look, DatedPlace, Timestamp)> =
            (0..AGES.len()).map(|at| (Look::Age(at), looks.0[at], now - AGES[at])).collect();
        if let Some(sweep) = rules.keep.and_then(|keep| sweep(progress, now, keep)) {
            // In turns with the ages, so that neither starves; but what is late comes first.
            let is_first = progress.walk % 2 == 1 || sweep.0 == Look::Sweep { is_late: true };
            wanted.insert(if is_first { 0 } else { wanted.len() }, sweep);
        }
        progress.walk += 1;
        for (look, after, until) in wanted {
            let ask = DueAsk {
                watchlist: self.job.stream.watchlist.clone(),
                source: self.job.stream.source.clone(),
                after,
                until,
                most: rules.most,
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

    /// Looks at posts again. Returns whether the site answered.
    async fn look(
        &mut self,
        recheck: &'static dyn Recheck,
        look: Look,
        due: &[DuePost],
        spacing: Duration,
    ) -> Result<bool, Stopped> {
        let mut by_place: BTreeMap<String, Vec<Post>> = BTreeMap::new();
        for due in due {
            by_place.entry(recheck.place(&due.post)).or_default().push(due.post.clone());
        }
        let mut delivery = Delivery::of(self.step(None, 0.0, Vec::new()));
        let (mut answered, mut dollars, mut passed_over) = (false, 0.0, None);
        for posts in by_place.into_values() {
            match self.ask_again(recheck, &posts).await {
                Ok(None) => {}
                Ok(Some((rechecked, cost))) => {
                    answered = true;
                    dollars += cost;
                    take(&mut delivery, rechecked, &posts);
                }
                // Nothing may be kept any longer without having been seen, whatever the reason.
                Err(failure) if look == (Look::Sweep { is_late: true }) => {
                    passed_over = Some(failure.why);
                    delivery.deleted.extend(posts.into_iter().map(|post| post.id));
                }
                Err(failure) => {
                    let is_lasting = self.job.standing.failures + 1 >= PATIENCE
                        && matches!(failure.health, Health::Late | Health::Unreadable | Health::Gone);
                    if !is_lasting {
                        self.failed(failure).await?;
                        return Ok(false);
                    }
                    passed_over = Some(failure.why);
                }
            }
        }
        let progress = &mut self.job.progress;
        for due in due {
            let since = shown_until(progress.began, look, due);
            delivery.deleted_at.insert(due.post.id.to_string(), DeletedAt { at: since, is_exact: false });
        }
        for start in &delivery.deleted_all {
            let since = due.iter().filter(|due| due.post.id.as_str().starts_with(start.as_str()));
            if let Some(at) = since.map(|due| shown_until(progress.began, look, due)).min() {
                delivery.deleted_at.insert(start.clone(), DeletedAt { at, is_exact: false });
            }
        }
        if let Some(last) = due.last() {
            match look {
                Look::Age(at) => {
                    let mut looks = progress
                        .mark
                        .as_deref()
                        .and_then(Looks::read)
                        .unwrap_or_else(|| Looks::from(self.client.now()));
                    looks.0[at] = last.place;
                    progress.mark = Some(looks.text());
                }
                Look::Sweep { .. } => progress.top = Some(place_text(last.place)),
            }
        }
        let now = self.client.now();
        let wait = self.spread(spacing);
        let standing = &mut self.job.standing;
        (standing.asked, standing.due) = (Some(now), Some(now + wait));
        standing.posts += due.len() as u64;
        if answered {
            (standing.answered, standing.health, standing.why, standing.failures) =
                (Some(now), Health::Ok, None, 0);
        }
        if passed_over.is_some() {
            (standing.health, standing.why) = (Health::Late, passed_over);
        }
        delivery.step = self.step(None, dollars, Vec::new());
        self.deliver(delivery).await?;
        Ok(true)
    }

    /// One request. `None`: the site cannot be asked for these.
    async fn ask_again(
        &self,
        recheck: &'static dyn Recheck,
        posts: &[Post],
    ) -> Result<Option<(Rechecked, f64)>, Failure> {
        let about = self.job.source.about();
        let Some(request) = recheck.request(posts) else { return Ok(None) };
        let auth = request.auth;
        let outgoing = match self.access.outgoing(request, about, &self.client).await {
            Ok(outgoing) => outgoing,
            Err(Refused::Missing(names)) => return Err(missing_keys(&names)),
            Err(Refused::SignIn(status)) => {
                let why = format!("it did not take the credentials (status {status})");
                return Err(Failure::new(Health::NoCredentials, why));
            }
            Err(Refused::Net(error)) => return Err(of_net(&error)),
        };
        let source = &self.job.stream.source;
        let reserved = about.dollars_per_post * posts.len() as f64;
        if reserved > 0.0 && !self.access.reserve(source, reserved, MONEY * self.config.max_dollars) {
            let why = "half of what it may cost is spent, and the rest is for new posts".to_owned();
            return Err(Failure::new(Health::Spent, why));
        }
        let sent = self.client.send(&outgoing).await;
        let read = match &sent {
            Ok(incoming) => {
                let answer =
                    Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
                if incoming.status == 401 {
                    self.access.forget(auth).await;
                }
                verdict(recheck, about.title, posts, &answer, incoming.wait)
            }
            Err(error) => Err(of_net(error)),
        };
        let cost = read.as_ref().map_or(0.0, |read| about.dollars_per_post * read.there.len() as f64);
        if reserved > 0.0 {
            self.access.give_back(source, reserved - cost);
        }
        read.map(|read| Some((read, cost)))
    }
}

/// What an answer says of posts, or why it says nothing.
fn verdict(
    recheck: &dyn Recheck,
    title: &str,
    posts: &[Post],
    answer: &Answer<'_>,
    wait: Option<Duration>,
) -> Result<Rechecked, Failure> {
    let failure = |health, why: String| Failure { wait, ..Failure::new(health, why) };
    match answer.status {
        200..300 => recheck.parse(posts, answer).map_err(|error| match error {
            ParseError::Page => failure(Health::Blocked, format!("{title} sent a web page instead of data")),
            ParseError::Refused(why) => failure(Health::Limited, why),
            error @ ParseError::Unreadable(_) => failure(Health::Unreadable, error.to_string()),
        }),
        // Asked for one post, this is what became of it; unless a page says so, which may be anybody's.
        404 | 410 if recheck.rules().most == 1 && !answer.is_web_page() => {
            Ok(Rechecked { gone: posts.iter().map(|post| post.id.clone()).collect(), ..Rechecked::default() })
        }
        401 => Err(failure(Health::NoCredentials, format!("{title} did not take the credentials"))),
        403 if wait.is_none() => Err(failure(Health::Blocked, format!("{title} refuses us (403)"))),
        403 | 429 => Err(failure(Health::Limited, format!("{title} allows no more for now"))),
        status @ 500.. => Err(failure(Health::Late, format!("{title} failed ({status})"))),
        status => Err(failure(Health::Unreadable, format!("{title} does not take the request ({status})"))),
    }
}

/// Adds what an answer said to what is handed on.
fn take(delivery: &mut Delivery, rechecked: Rechecked, asked: &[Post]) {
    // What is about to go is not written once more.
    let goes = |id: &str| rechecked.gone_all.iter().any(|start| id.starts_with(start.as_str()));
    for now in rechecked.there.into_iter().filter(|now| !goes(now.id.as_str())) {
        let Some(before) = asked.iter().find(|post| post.id == now.id) else { continue };
        let title = now.title.or_else(|| before.title.clone());
        if now.text != before.text || title != before.title {
            // A look-up tells less of a post than the search did: only its words are taken.
            delivery.posts.push(Post { title, text: now.text, ..before.clone() });
        }
    }
    delivery.deleted.extend(rechecked.gone);
    delivery.deleted_all.extend(rechecked.gone_all);
}

/// The last moment at which a post is known to have been there: when it was written here last, or at the age before this
/// one. Posts that were passed over at that age are taken as seen.
fn shown_until(began: Option<Timestamp>, look: Look, due: &DuePost) -> Timestamp {
    let seen = due.post.created.map_or(due.kept, |created| created.max(due.kept));
    let Look::Age(at) = look else { return seen };
    let before = at.checked_sub(1).and_then(|at| due.post.created?.checked_add(AGES[at]).ok());
    match (before, began) {
        (Some(before), Some(began)) if began <= before => seen.max(before),
        _ => seen,
    }
}

/// The sweep that is under way or due: from where, and to which moment. It begins anew in time for its end to come before
/// what it saw first has been kept for `keep`.
fn sweep(progress: &mut Progress, now: Timestamp, keep: Duration) -> Option<(Look, DatedPlace, Timestamp)> {
    let period = keep * 2 / 3;
    let start = match progress.had {
        Some(start) if progress.top.is_some() || now < start + period => start,
        _ => {
            progress.had = Some(now);
            progress.top = Some(place_text((i64::MIN, 0)));
            now
        }
    };
    let after = read_place(progress.top.as_deref()?)?;
    Some((Look::Sweep { is_late: now >= start + keep / 3 }, after, start))
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
