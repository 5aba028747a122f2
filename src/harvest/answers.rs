//! What was answered to what we have? The posts that began threads are asked about at certain ages, the young more often.
//!
//! Answers tell themselves when they were written, so that a late look costs no accuracy of response times; only what is
//! still open is open as of the last look.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::due::{DuePost, Look, Looked, Round, Sweep};
use super::later::{Later, Waiting, When};
use super::listen::{Failure, Listener, Stopped, of_answer, of_net, of_reading, of_refusal, refuses_key};
use super::{DeletedAt, Delivery};
use crate::model::Post;
use crate::sources::{Answer, Answers, Page};
use crate::state::Health;

/// Ages at which is asked what was answered: by the hour at first, since brands that answer do so within a day; to be
/// measured.
const AGES: [SignedDuration; 7] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(4),
    SignedDuration::from_hours(12),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(3 * 24),
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(30 * 24),
];

/// Time between two looks at all threads: what a walk far back brought is past the ages above.
const ALL_AGAIN: Duration = Duration::from_hours(90 * 24);

/// Posts that are looked through at once for those that began a thread.
const TOGETHER: usize = 100;

/// Pages of answers to some posts that are read in one look. A thread of thousands is no conversation with a brand.
const MOST_PAGES: u32 = 20;

/// Failures in a row after which what cannot be looked at is passed over, until the next of its ages.
const PATIENCE: u32 = 3;

/// How is asked what was answered.
pub(super) fn answers_round(answers: &dyn Answers) -> Round {
    let rules = answers.rules();
    let sweep = Some(Sweep { period: ALL_AGAIN, within: None });
    Round {
        ages: &AGES,
        most: rules.most.max(TOGETHER),
        is_single: rules.most == 1,
        a_day: rules.a_day,
        sweep,
    }
}

impl Listener {
    /// Asks what was answered to posts, those of them that began a thread.
    pub(super) async fn look_for_answers(
        &mut self,
        answers: &'static dyn Answers,
        look: Look,
        due: &[DuePost],
        spacing: Duration,
    ) -> Result<Looked, Stopped> {
        // As many as go into one request, and no further.
        let mut wanted: Vec<&DuePost> = Vec::new();
        let mut last = None;
        for due in due {
            if answers.wants(&due.post) {
                if wanted.len() == answers.rules().most {
                    break;
                }
                wanted.push(due);
            }
            last = Some(due.place);
        }
        let is_single = answers.rules().most == 1;
        let at = wanted.first().filter(|_| is_single).map(|due| due.place);
        let mut by_place: BTreeMap<String, Vec<Post>> = BTreeMap::new();
        for due in wanted {
            by_place.entry(answers.place(&due.post)).or_default().push(due.post.clone());
        }
        let (mut requests, mut passed_over) = (0, None);
        let now = self.client.now();
        let mut later = if is_single { Later::of(&self.job.progress) } else { Later::default() };
        for (place, posts) in by_place {
            // Each may be at another host, and what one does delays no other.
            let is_hosted = is_single && !place.is_empty();
            let put_aside = match later.when(at, self.holds.left(&place, now), now) {
                When::Now(put_aside) => put_aside,
                When::Later => continue,
                When::NoRoom(left) => return self.wait_for_host(left).await,
            };
            match self.read_answers(answers, &posts, &mut requests).await? {
                Ok(()) => self.holds.answered(&place),
                // The thread is gone; whether its post goes as well is not for this to say.
                Err(failure) if failure.health == Health::Gone => self.holds.answered(&place),
                Err(failure) if is_hosted => {
                    requests += 1;
                    let left = self.hold(&place, &failure);
                    let waiting = put_aside.map(Waiting::failed);
                    if let Some(waiting) = waiting.filter(|waiting| waiting.failures < PATIENCE)
                        && !later.add(waiting, now, Some(left))
                    {
                        return self.wait_for_host(left).await;
                    }
                }
                Err(failure) => {
                    let is_lasting = self.job.standing.failures + 1 >= PATIENCE
                        && matches!(failure.health, Health::Late | Health::Unreadable | Health::Blocked);
                    if !is_lasting {
                        self.failed(failure).await?;
                        return Ok(Looked::Failed);
                    }
                    passed_over = Some(failure.why);
                }
            }
        }
        if let Some(place) = last {
            self.came_to(look, place, &AGES);
        }
        if is_single {
            later.keep(&mut self.job.progress);
        }
        let now = self.client.now();
        let wait = self.spread(spacing * requests);
        let held = self.holds.worst(now);
        let standing = &mut self.job.standing;
        standing.due = Some(now + wait);
        if requests > 0 {
            standing.asked = Some(now);
        }
        (standing.health, standing.why, standing.failures) = match passed_over {
            Some(why) => (Health::Late, Some(why), 0),
            None => (Health::Ok, None, 0),
        };
        if let Some((health, why)) = held {
            (standing.health, standing.why) = (health, Some(why));
        }
        let step = self.step(None, 0.0, Vec::new());
        self.deliver(Delivery::of(step)).await?;
        Ok(Looked::Asked(requests))
    }

    /// Reads all pages of answers to some posts, each of which is handed on by itself.
    async fn read_answers(
        &mut self,
        answers: &'static dyn Answers,
        posts: &[Post],
        requests: &mut u32,
    ) -> Result<Result<(), Failure>, Stopped> {
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = match self.ask_for_answers(answers, posts, next.as_deref()).await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            *requests += 1;
            let standing = &mut self.job.standing;
            standing.answered = Some(self.client.now());
            standing.posts += page.posts.len() as u64;
            standing.rejects += page.rejects.len() as u64;
            standing.quota = page.quota.or(standing.quota);
            let newest = page.posts.iter().filter_map(|post| post.created).max();
            standing.newest = standing.newest.max(newest);
            let step = self.step(None, 0.0, Vec::new());
            let delivery = Delivery {
                posts: page.posts,
                deleted: page.deleted,
                deleted_at: DeletedAt::told(page.deleted_at),
                ..Delivery::of(step)
            };
            self.deliver(delivery).await?;
            if page.next.is_none() || page.next == next {
                break;
            }
            next = page.next;
        }
        Ok(Ok(()))
    }

    /// One request. `None`: the site cannot be asked for these.
    async fn ask_for_answers(
        &self,
        answers: &'static dyn Answers,
        posts: &[Post],
        next: Option<&str>,
    ) -> Result<Option<Page>, Failure> {
        let about = self.job.source.about();
        let Some(request) = answers.request(posts, next) else { return Ok(None) };
        let auth = request.auth;
        let outgoing = match self.access.outgoing(request, about, &self.client).await {
            Ok(outgoing) => outgoing,
            Err(refused) => return Err(of_refusal(&refused)),
        };
        let sent = self.access.send(&self.client, &outgoing, auth).await;
        let incoming = sent.map_err(|error| of_net(&error))?;
        let answer = Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
        if refuses_key(self.job.source, &answer) {
            self.access.forget(auth).await;
        }
        if answer.status >= 400 && answers.has_none(&answer) {
            return Ok(None);
        }
        if let Some(failure) = of_answer(self.job.source, &answer, incoming.wait) {
            return Err(failure);
        }
        let page = answers.parse(posts, next, &answer);
        if let Ok(page) = &page {
            self.leave_alone(&incoming.url, page.wait);
        }
        page.map(Some).map_err(|error| of_reading(about.title, error, incoming.wait))
    }
}
