//! Is what we have still there? Posts are asked for again at certain ages, within a share of what each site allows.
//!
//! Which are due is said by `due.rs`. Only a readable answer of the site takes a post out.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::due::{DuePost, Look, Looked, Round, Sweep};
use super::later::{Later, Waiting, When};
use super::listen::{Failure, Listener, Stopped, of_answer, of_net, of_reading, of_refusal, refuses_key};
use super::{DeletedAt, Delivery};
use crate::model::Post;
use crate::net::{Incoming, NetError};
use crate::sources::{Answer, Recheck, Rechecked, Source};
use crate::state::Health;

/// Ages at which posts are asked for again. Most of what is deleted is deleted within a day; the ages after that were not
/// measured.
const AGES: [SignedDuration; 4] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(30 * 24),
];

/// Failures in a row after which what cannot be looked at is passed over, until the next of its ages.
const PATIENCE: u32 = 3;

/// Share of the money that re-checks may be paid from: the rest is for new posts.
const MONEY: f64 = 0.5;

/// Time between two looks at all posts of a site whose terms name none: what was found late, as by a walk far back, is
/// past the ages above.
const ALL_AGAIN: Duration = Duration::from_hours(7 * 24);

/// Time after which a site is asked again that shows none of the posts that it was asked for.
const DOUBT: Duration = Duration::from_hours(1);

/// Time after which it is believed. A little less, since whoever waits an hour may be woken a moment early.
const BELIEVED_AFTER: Duration = Duration::from_mins(59);

impl Listener {
    /// How is asked again for what is due.
    pub(super) fn recheck_round(&self, recheck: &dyn Recheck) -> Round {
        let rules = recheck.rules();
        let sweep = match rules.keep {
            // It begins anew in time for its end to come before what it saw first has been kept for so long.
            Some(keep) => Some(Sweep { period: keep * 2 / 3, within: Some(keep / 3) }),
            // What costs money is not asked for without need.
            None if self.job.source.about().dollars_per_post > 0.0 => None,
            None => Some(Sweep { period: ALL_AGAIN, within: None }),
        };
        Round { ages: &AGES, most: rules.most, is_single: rules.most == 1, a_day: rules.a_day, sweep }
    }

    /// Looks at posts again.
    pub(super) async fn look(
        &mut self,
        recheck: &'static dyn Recheck,
        look: Look,
        due: &[DuePost],
        spacing: Duration,
    ) -> Result<Looked, Stopped> {
        let mut by_place: BTreeMap<String, Vec<Post>> = BTreeMap::new();
        for due in due {
            by_place.entry(recheck.place(&due.post)).or_default().push(due.post.clone());
        }
        let mut delivery = Delivery::of(self.step(None, 0.0, Vec::new()));
        let (mut answered, mut dollars, mut passed_over, mut doubted) = (false, 0.0, None, 0);
        let now = self.client.now();
        let is_single = recheck.rules().most == 1;
        let mut later = if is_single { Later::of(&self.job.progress) } else { Later::default() };
        let (mut untold, mut requests) = (0, 0);
        for (place, posts) in by_place {
            let at = due.first().filter(|_| is_single).map(|due| due.place);
            // Each may be at another host, and what one does delays no other.
            let is_hosted = is_single && !place.is_empty();
            let waited = match later.when(at, self.holds.left(&place, now), now) {
                When::Now(waited) => waited,
                When::Later => continue,
                When::NoRoom(left) => return self.wait_for_host(left).await,
            };
            let asked = self.ask_again(recheck, &posts).await;
            requests += u32::from(!matches!(asked, Ok(None)));
            if asked.is_ok() {
                self.holds.answered(&place);
            }
            match asked {
                Ok(None) => untold += posts.len() as u64,
                Ok(Some((rechecked, cost))) => {
                    answered = true;
                    dollars += cost;
                    untold += u64::from(rechecked.is_untold);
                    match waited {
                        Some(waited) if rechecked.shows_none && !waited.is_doubted => {
                            later.add(waited.doubted(), now, None);
                            continue;
                        }
                        None if rechecked.shows_none && !self.is_believed(&posts) => {
                            doubted += posts.len();
                            continue;
                        }
                        _ => {}
                    }
                    take(&mut delivery, rechecked, &posts);
                }
                // Each page may be of another site: what one does delays no other.
                Err(failure) if recheck.asks_pages() => {
                    let waiting = waited.map(Waiting::failed);
                    if let Some(waiting) = waiting.filter(|waiting| waiting.failures < PATIENCE) {
                        later.add(waiting, now, failure.wait);
                    } else {
                        untold += 1;
                    }
                    passed_over = Some(failure.why);
                }
                Err(failure) if is_hosted => {
                    let left = self.hold(&place, &failure);
                    let waiting = waited.map(Waiting::failed);
                    if let Some(waiting) = waiting.filter(|waiting| waiting.failures < PATIENCE) {
                        if !later.add(waiting, now, Some(left)) {
                            return self.wait_for_host(left).await;
                        }
                    } else {
                        untold += 1;
                    }
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
                        return Ok(Looked::Failed);
                    }
                    passed_over = Some(failure.why);
                }
            }
        }
        if doubted > 0 {
            let why =
                format!("it shows none of {doubted} that are had; they go if it still does not in an hour");
            self.failed(Failure { wait: Some(DOUBT), ..Failure::new(Health::Late, why) }).await?;
            return Ok(Looked::Failed);
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
        (progress.next, progress.reached) = (None, None);
        later.keep(progress);
        if let Some(last) = due.last() {
            self.came_to(look, last.place, &AGES);
        }
        // Who was not asked needs no rest.
        let wait = self.spread(spacing * requests.min(1));
        let held = self.holds.worst(now);
        let standing = &mut self.job.standing;
        standing.due = Some(now + wait);
        if requests > 0 {
            standing.asked = Some(now);
        }
        standing.posts += due.len() as u64;
        // What cannot be told is what was not read.
        standing.rejects += untold;
        if answered {
            (standing.answered, standing.health, standing.why, standing.failures) =
                (Some(now), Health::Ok, None, 0);
        }
        if passed_over.is_some() {
            (standing.health, standing.why) = (Health::Late, passed_over);
        }
        if let Some((health, why)) = held {
            (standing.health, standing.why) = (health, Some(why));
        }
        delivery.step = self.step(None, dollars, Vec::new());
        self.deliver(delivery).await?;
        Ok(Looked::Asked(requests.min(1)))
    }

    /// Waits for a host of which no more posts can wait by themselves.
    pub(super) async fn wait_for_host(&mut self, left: Duration) -> Result<Looked, Stopped> {
        let now = self.client.now();
        let (health, why) = self.holds.worst(now).unwrap_or_default();
        self.failed(Failure { wait: Some(left), ..Failure::new(health, why) }).await?;
        Ok(Looked::Failed)
    }

    /// Whether a site that shows none of these posts said so before, long enough ago. An empty list may be a fault of the
    /// site, and would take out all that is had of it.
    fn is_believed(&mut self, posts: &[Post]) -> bool {
        let Some(first) = posts.first().map(|post| post.id.as_str()) else { return false };
        let now = self.client.now();
        let progress = &mut self.job.progress;
        let doubts = progress.next.clone().unwrap_or_default();
        if !doubts.split(' ').any(|doubt| doubt == first) {
            progress.next = Some(format!("{doubts} {first}").trim_start().to_owned());
            progress.reached = Some(now);
        }
        progress.reached.is_some_and(|since| now >= since + BELIEVED_AFTER)
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
            Err(refused) => return Err(of_refusal(&refused)),
        };
        let source = &self.job.stream.source;
        let most = about.dollars_per_post * posts.len() as f64;
        let Ok(reserved) = self.access.reserve(source, most, MONEY * self.config.max_dollars).await else {
            let why = "half of what it may cost is spent, and the rest is for new posts".to_owned();
            return Err(Failure::new(Health::Spent, why));
        };
        let sent = self.access.send(&self.client, &outgoing, auth).await;
        let read = match &sent {
            Ok(incoming) if recheck.asks_pages() && leads_home(&outgoing.url, incoming) => {
                Ok(Rechecked::untold())
            }
            Ok(incoming) => {
                let answer =
                    Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
                if refuses_key(self.job.source, &answer) {
                    self.access.forget(auth).await;
                }
                verdict(self.job.source, recheck, posts, &answer, incoming.wait)
            }
            // No fault of the site, and none that another time mends.
            Err(NetError::Robots(_) | NetError::Private(_) | NetError::Address(_))
                if recheck.asks_pages() =>
            {
                return Ok(None);
            }
            Err(error) => Err(of_net(error)),
        };
        if let (Ok(read), Ok(incoming)) = (&read, &sent) {
            self.leave_alone(&incoming.url, read.wait);
        }
        let cost = read.as_ref().map_or(0.0, |read| about.dollars_per_post * read.there.len() as f64);
        reserved.pay(cost);
        read.map(|read| Some((read, cost)))
    }
}

/// Whether a page was asked for and the front page of a site came: it may be anywhere or nowhere.
fn leads_home(asked: &str, incoming: &Incoming) -> bool {
    let path = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split_once('/').map_or("", |(_, path)| path).split('#').next().unwrap_or_default().to_owned()
    };
    (200..300).contains(&incoming.status) && path(&incoming.url).is_empty() && !path(asked).is_empty()
}

/// What an answer says of posts, or why it says nothing.
fn verdict(
    source: &dyn Source,
    recheck: &dyn Recheck,
    posts: &[Post],
    answer: &Answer<'_>,
    wait: Option<Duration>,
) -> Result<Rechecked, Failure> {
    let title = source.about().title;
    let gone = || posts.iter().map(|post| post.id.clone()).collect();
    match answer.status {
        404 | 410 if recheck.asks_pages() => {
            return Ok(Rechecked { gone: gone(), shows_none: true, ..Rechecked::default() });
        }
        // A page for members, or for browsers only, says nothing of a post.
        400..=428 | 430..=499 if recheck.asks_pages() => return Ok(Rechecked::untold()),
        // Asked for one post, this is what became of it; unless a page says so, which may be anybody's.
        404 | 410 | 451 if recheck.rules().most == 1 && !answer.is_web_page() => {
            return Ok(Rechecked { gone: gone(), ..Rechecked::default() });
        }
        // In its own words. A site that closes its doors says it of all posts, and is believed if it says so again.
        400.. if recheck.says_gone(answer) => {
            return Ok(Rechecked { gone: gone(), shows_none: true, ..Rechecked::default() });
        }
        // A list that is not there, or a page in its place, says nothing of the posts.
        404 | 410 => {
            let why = format!("{title} does not take the request ({})", answer.status);
            return Err(Failure { wait, ..Failure::new(Health::Unreadable, why) });
        }
        _ => {}
    }
    match of_answer(source, answer, wait) {
        Some(failure) => Err(failure),
        None => recheck.parse(posts, answer).map_err(|error| of_reading(title, error, wait)),
    }
}

/// Adds what an answer said to what is handed on.
fn take(delivery: &mut Delivery, rechecked: Rechecked, asked: &[Post]) {
    // What is about to go is not written once more.
    let goes = |id: &str| rechecked.gone_all.iter().any(|start| id.starts_with(start.as_str()));
    for now in rechecked.there.into_iter().filter(|now| !goes(now.id.as_str())) {
        let Some(before) = asked.iter().find(|post| post.id == now.id) else { continue };
        let title = now.title.or_else(|| before.title.clone());
        let author = before.author.clone().filter(|_| !rechecked.nameless.contains(&before.id));
        if now.text != before.text || title != before.title || author != before.author {
            // A look-up tells less of a post than the search did: only its words are taken, and that its author left.
            delivery.posts.push(Post { title, author, text: now.text, ..before.clone() });
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

#[cfg(test)]
mod tests;
