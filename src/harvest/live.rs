//! How is a stream followed that never ends? By a WebSocket, taken up again where it broke.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::listen::{Failure, Listener, NONE_READ, Stopped, of_net, of_reading, of_refusal};
use super::{DeletedAt, Delivery, LONGEST_BACK_OFF};
use crate::net::SocketEnd;
use crate::sources::{Answer, Ask, LIVE, ParseError};
use crate::state::{Covered, Health};

/// Events that are handed on together: as many as a page of the sites that are asked has at most.
const TOGETHER: usize = 250;

/// Bytes of events after which fewer are, so that what waits in memory has a bound whatever posts are like.
const TOGETHER_BYTES: usize = 1 << 20;

/// Events that wait to be read. While they do, the connection is not read either, and the site sends no more.
const WAITING: usize = 64;

/// Silence after which what came is kept, and after which a stream that is asked once has told all.
const SILENCE: Duration = Duration::from_secs(1);

/// Time after which is noted how far a silent stream was read. A connection that gave no sign of life for so long is dead
/// (`net/socket.rs`), and so one that stands was alive so long ago.
const SIGN_OF_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// How far back the live streams remember.
const MEMORY: SignedDuration = SignedDuration::from_hours(36);

/// Time until a stream is taken up again that failed so often.
fn pause(health: Health, said: Option<Duration>, failures: u32, back_off: Duration) -> Duration {
    // Broken connections are a live stream's everyday: the first few are taken up again soon.
    let soon = Duration::from_secs(2).saturating_mul(failures.min(60));
    let is_refused = matches!(
        health,
        Health::Limited | Health::Blocked | Health::Gone | Health::NoCredentials | Health::Spent
    );
    let pause = match said {
        Some(said) => soon.max(said),
        // Who turns us away is asked as seldom as elsewhere.
        None if is_refused => back_off,
        None => soon,
    };
    pause.min(LONGEST_BACK_OFF)
}

impl Listener {
    /// Follows a live stream until told to stop, or until now if it is asked once.
    pub(super) async fn follow_live(&mut self) -> Result<(), Stopped> {
        loop {
            let end = self.one_connection().await?;
            let Some(failure) = end else { return Ok(()) };
            let (health, said) = (failure.health, failure.wait);
            self.failed(failure).await?;
            if self.config.is_once {
                return Ok(());
            }
            let failures = self.job.standing.failures;
            let pause = pause(health, said, failures, self.back_off(health, failures));
            tokio::time::sleep(self.spread(pause)).await;
        }
    }

    /// Reads from one connection until it ends. Returns why it ended, or nothing if all that was wanted was told.
    async fn one_connection(&mut self) -> Result<Option<Failure>, Stopped> {
        let Some(request) = self.job.source.live(&self.job.question, self.job.progress.mark.as_deref())
        else {
            return Ok(None);
        };
        let began = self.client.now();
        let outgoing = match self.access.outgoing(request, self.job.source.about(), &self.client).await {
            Ok(outgoing) => outgoing,
            Err(refused) => return Ok(Some(of_refusal(&refused))),
        };
        let mut socket = match self.client.subscribe(&outgoing.url).await {
            Ok(socket) => socket,
            Err(error) => return Ok(Some(of_net(&error))),
        };
        // On a task of its own, since a message that is half read must be read to its end. It ends with this function.
        let (to, mut messages) = mpsc::channel::<Result<Vec<u8>, SocketEnd>>(WAITING);
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            loop {
                let message = socket.next().await;
                let is_end = message.is_err();
                if to.send(message).await.is_err() || is_end {
                    break;
                }
            }
        });
        let mut noted = began;
        loop {
            let mut lines = Vec::new();
            let mut count = 0;
            let mut end = None;
            let mut is_silent = false;
            while count < TOGETHER && lines.len() < TOGETHER_BYTES {
                match timeout(SILENCE, messages.recv()).await {
                    Ok(Some(Ok(message))) => {
                        // Of a message that has several lines, one: within a text they are written otherwise.
                        lines.extend(message.into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }));
                        lines.push(b'\n');
                        count += 1;
                    }
                    Ok(Some(Err(error))) => {
                        end = Some(error);
                        break;
                    }
                    Ok(None) => {
                        end = Some(SocketEnd::Broken);
                        break;
                    }
                    Err(_) => {
                        is_silent = true;
                        break;
                    }
                }
            }
            let newest = match if count > 0 { self.events(lines, count, began).await? } else { Ok(None) } {
                Ok(newest) => newest,
                // It goes on where it was, once that is known.
                Err(failure) => return Ok(Some(failure)),
            };
            if let Some(end) = end {
                // Asked once, a stream that ends has told what it had.
                let is_done = self.config.is_once && end == SocketEnd::Closed;
                return Ok((!is_done).then(|| Failure::new(Health::Late, end.to_string())));
            }
            if self.config.is_once && (is_silent || newest.is_some_and(|newest| newest >= began)) {
                return Ok(None);
            }
            let now = self.client.now();
            if count > 0 {
                noted = now;
            } else if now >= noted + SIGN_OF_LIFE {
                self.silent(began, now - SIGN_OF_LIFE).await?;
                noted = now;
            }
        }
    }

    /// Notes that a stream was read until then and told nothing.
    async fn silent(&mut self, began: Timestamp, until: Timestamp) -> Result<(), Stopped> {
        self.is_well();
        // A stream with places says itself how far it was read, and tells later what it holds back now.
        let covered = self.job.progress.mark.is_none().then_some(Covered { from: began, until });
        let step = self.step(covered, 0.0, Vec::new());
        self.deliver(Delivery::of(step)).await
    }

    fn is_well(&mut self) {
        let now = self.client.now();
        let standing = &mut self.job.standing;
        (standing.asked, standing.answered, standing.due) = (Some(now), Some(now), None);
        (standing.health, standing.why, standing.failures) = (Health::Ok, None, 0);
    }

    /// Hands events on, and returns when the newest was.
    async fn events(
        &mut self,
        lines: Vec<u8>,
        count: usize,
        began: Timestamp,
    ) -> Result<Result<Option<Timestamp>, Failure>, Stopped> {
        let (source, now, job) = (self.job.source, self.client.now(), self.job.clone());
        let read = tokio::task::spawn_blocking(move || {
            let ask = Ask { question: &job.question, since: None, mark: None, next: None, now };
            let mut page = source.parse(&ask, &Answer::ok(&lines))?;
            let came = page.posts.len();
            // One that answers a question brings what was asked for.
            let is_of_all = job.question.place == LIVE;
            let passed_by = if is_of_all { job.pass_by(&mut page.posts) } else { 0 };
            Ok::<_, ParseError>((page, came, passed_by))
        });
        let title = source.about().title;
        let (mut page, came, passed_by) = match read.await {
            Ok(Ok((page, came, ..))) if came == 0 && page.rejects.len() >= NONE_READ.max(count) => {
                let why = format!("none of {count} messages of its stream could be read");
                return Ok(Err(Failure::new(Health::Unreadable, why)));
            }
            Ok(Ok(read)) => read,
            Ok(Err(error)) => return Ok(Err(of_reading(title, error, None))),
            // A fault of ours. The same messages would end it again: they are told as unread, and those after them come.
            Err(_) => {
                self.job.standing.rejects += count as u64;
                return Ok(Ok(None));
            }
        };
        self.opted_out.note_all(&page.opted_out, now);
        page.deleted_all.append(&mut page.opted_out);
        if let Some(opt_outs) = source.opt_outs()
            && let Err(failure) = self.leave_out(opt_outs, &mut page).await
        {
            let wait = failure.wait.unwrap_or_else(|| self.back_off(failure.health, 1));
            let why = format!("posts wait until it is known who opted out: {}", failure.why);
            return Ok(Err(Failure { wait: Some(wait), ..Failure::new(failure.health, why) }));
        }
        let moment = |mark: &Option<String>| {
            mark.as_deref()
                .and_then(|mark| mark.parse().ok())
                .and_then(|micros| Timestamp::from_microsecond(micros).ok())
        };
        let newest = moment(&page.mark);
        let before = moment(&self.job.progress.mark);
        // What is further back than the stream remembers was silently left out.
        let from = before.map_or(began, |before| before.max(began - MEMORY));
        // One without places cannot be taken up where it broke: what it covers is the time of this connection.
        let until = newest.or((self.job.progress.mark.is_none()).then_some(now));
        let covered = until.map(|until| Covered { from, until });
        // A wound back stream begins with what is known.
        let is_newer = newest > before;
        if is_newer {
            self.job.progress.mark.clone_from(&page.mark);
            self.job.progress.had = newest;
        }
        self.is_well();
        let standing = &mut self.job.standing;
        standing.posts += came as u64;
        standing.rejects += page.rejects.len() as u64;
        match (before, newest) {
            // The stream's own time, where it tells one: people's clocks say anything.
            (Some(before), Some(newest)) if newest > before && came > 0 => {
                standing.beat(newest.duration_since(before).as_secs_f64() / came as f64);
            }
            // One without has only what was asked for, and passes none by.
            (_, None) => standing.note(page.posts.iter().filter_map(|post| post.created)),
            _ => {}
        }
        standing.newest = standing.newest.max(newest);
        let step = self.step(covered, 0.0, Vec::new());
        self.deliver(Delivery {
            posts: page.posts,
            deleted: page.deleted,
            deleted_all: page.deleted_all,
            deleted_at: DeletedAt::told(page.deleted_at),
            step,
            whole_since: None,
            shows_from: None,
            passed_by,
            receipt: None,
        })
        .await?;
        Ok(Ok(newest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_turns_us_away_is_not_asked_again_soon() {
        let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
        assert_eq!(pause(Health::Late, None, 1, hour), 2 * second);
        assert_eq!(pause(Health::Unreadable, None, 100, hour), 120 * second);
        assert_eq!(pause(Health::Blocked, None, 1, hour), hour);
        assert_eq!(pause(Health::Limited, Some(90 * second), 1, hour), 90 * second);
        assert_eq!(pause(Health::Gone, None, 9, 9 * hour), LONGEST_BACK_OFF);
    }
}
