//! Which posts are asked about later, each by itself? What is said of one page must not keep the others waiting.
//!
//! A page that is not there may be a fault of its site, and is believed when it is not there an hour later. One that fails
//! is tried again. Both wait in a short list, which is kept as a stream's place is; the look at all others goes on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::due::{place_text, read_place};
use crate::model::DatedPlace;
use crate::state::Progress;

/// Posts that are asked about later, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Later(Vec<Waiting>);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) place: DatedPlace,
    /// The second from which it is asked about.
    due: i64,
    /// How often its page failed.
    pub(super) failures: u32,
    /// It was not there.
    pub(super) is_doubted: bool,
}

/// Posts that wait at most: each is a line of the stream's place. What is more is looked at when it comes to its next age.
const MOST: usize = 200;

/// Least time after which a page is asked for again that was not there, or failed.
const WAIT: Duration = Duration::from_hours(1);

/// When a post is asked about.
pub(super) enum When {
    /// Now; with what is known of it if it may wait by itself.
    Now(Option<Waiting>),
    /// Later, by itself.
    Later,
    /// When its host is no longer left alone, after so long: no more can wait by themselves.
    NoRoom(Duration),
}

impl Waiting {
    /// A post of which nothing is known yet.
    pub(super) fn new(place: DatedPlace) -> Self {
        Self { place, due: 0, failures: 0, is_doubted: false }
    }

    pub(super) fn doubted(self) -> Self {
        Self { is_doubted: true, ..self }
    }

    pub(super) fn failed(self) -> Self {
        Self { failures: self.failures + 1, ..self }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.due <= now.as_second()
    }
}

impl Later {
    /// When the post at a place is asked about, if its host is left alone for so long yet; none has a place where posts are not
    /// asked about one by one.
    pub(super) fn when(
        &mut self,
        place: Option<DatedPlace>,
        host_left: Option<Duration>,
        now: Timestamp,
    ) -> When {
        let Some(place) = place else { return When::Now(None) };
        if let Some(left) = host_left {
            let waits = self.postpone(place, now, left) || self.add(Waiting::new(place), now, Some(left));
            return if waits { When::Later } else { When::NoRoom(left) };
        }
        let waiting = self.take(place).unwrap_or(Waiting::new(place));
        if waiting.is_due(now) {
            When::Now(Some(waiting))
        } else {
            self.put_back(waiting);
            When::Later
        }
    }

    /// Those that wait for a stream of single posts. What is damaged waits no longer.
    pub(super) fn of(progress: &Progress) -> Self {
        let text = progress.next.as_deref().unwrap_or_default();
        let waiting = text.split(' ').filter_map(|text| {
            let mut parts = text.rsplitn(4, ':');
            let (kind, failures, due) = (parts.next()?, parts.next()?, parts.next()?);
            let is_doubted = match kind {
                "gone" => true,
                "failed" => false,
                _ => return None,
            };
            let (place, failures, due) =
                (read_place(parts.next()?)?, failures.parse().ok()?, due.parse().ok()?);
            Some(Waiting { place, due, failures, is_doubted })
        });
        Self(waiting.collect())
    }

    /// Keeps them with the stream's place.
    pub(super) fn keep(&self, progress: &mut Progress) {
        let texts = self.0.iter().map(|waiting| {
            let kind = if waiting.is_doubted { "gone" } else { "failed" };
            format!("{}:{}:{}:{kind}", place_text(waiting.place), waiting.due, waiting.failures)
        });
        progress.next = Some(texts.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
    }

    /// The places of those that are due.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = DatedPlace> {
        self.0.iter().filter(move |waiting| waiting.is_due(now)).map(|waiting| waiting.place)
    }

    /// Takes a post off the list.
    pub(super) fn take(&mut self, place: DatedPlace) -> Option<Waiting> {
        let at = self.0.iter().position(|waiting| waiting.place == place)?;
        Some(self.0.remove(at))
    }

    /// Puts a post back that was taken too early.
    pub(super) fn put_back(&mut self, waiting: Waiting) {
        self.0.push(waiting);
    }

    /// Has a post of the list wait on in its place, as its host is left alone for so long. Returns whether it is there.
    pub(super) fn postpone(&mut self, place: DatedPlace, now: Timestamp, wait: Duration) -> bool {
        let due = due_in(now, wait);
        let found = self.0.iter_mut().find(|waiting| waiting.place == place);
        found.map(|waiting| waiting.due = waiting.due.max(due)).is_some()
    }

    /// Puts a post on the list, for an hour or longer if its site says so. Returns whether there was room.
    pub(super) fn add(&mut self, waiting: Waiting, now: Timestamp, wait: Option<Duration>) -> bool {
        let has_room = self.0.len() < MOST;
        if has_room {
            self.0.push(Waiting { due: due_in(now, wait.unwrap_or(WAIT)), ..waiting });
        }
        has_room
    }
}

/// The second from which a post is asked about that waits for so long, or for an hour.
fn due_in(now: Timestamp, wait: Duration) -> i64 {
    let wait = SignedDuration::try_from(wait.max(WAIT)).unwrap_or(SignedDuration::MAX);
    now.as_second().saturating_add(wait.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_waits_is_read_as_it_is_written() {
        let now = moment("2026-03-01T00:00:00Z");
        let mut later = Later::default();
        for place in [(5, u64::MAX), (-7, 0), (0, 3)] {
            let waiting = Waiting { failures: 2, is_doubted: place.0 == 0, ..Waiting::new(place) };
            assert!(later.add(
                waiting,
                now,
                (place.0 != 0).then(|| Duration::from_secs(if place.0 == 5 { 7200 } else { 1 }))
            ));
        }
        let mut progress = Progress::default();
        later.keep(&mut progress);
        assert_eq!(Later::of(&progress), later);
        // An hour, or longer if the site says so.
        let due = |seconds: i64| later.due(now + SignedDuration::from_secs(seconds)).collect::<Vec<_>>();
        assert_eq!((due(3599), due(3600)), (vec![], vec![(-7, 0), (0, 3)]));
        assert_eq!((due(7199).len(), due(7200).len()), (2, 3));
        assert!(later.take((0, 3)).is_some_and(|waiting| waiting.is_doubted) && later.take((0, 3)).is_none());
        for damaged in ["rss:a rss:b", "", "1:2:3:4:lost", ":::gone", "1:2:x:0:gone", "\u{e9}"] {
            let progress = Progress { next: Some(damaged.to_owned()), ..Progress::default() };
            assert_eq!(Later::of(&progress), Later::default(), "{damaged}");
        }
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let now = moment("2026-03-01T00:00:00Z");
        let mut later = Later::default();
        let added = (0..1000).filter(|second| later.add(Waiting::new((*second, 0)), now, None)).count();
        assert_eq!(added, MOST);
    }
}
