//! When is it looked for problems by itself? On a thread beside the answers, every so often.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{self, AskError, Filters};
use crate::state::State;
use crate::store::{Store, StoreError};

/// Looks for problems until it is dropped. A run that is under way then is left behind: it writes all or nothing.
#[derive(Debug)]
pub(super) struct Scheduled {
    _stop: SyncSender<()>,
}

impl Scheduled {
    /// Begins to look for problems in the complaints of `store`: at once if none were looked for within `every`.
    pub(super) fn new(store: Arc<Store>, every: Duration) -> Self {
        let (stop, stopped) = sync_channel(0);
        // Discovery reads and computes for long; the threads that answer are not for that.
        std::thread::spawn(move || run(&store, every, &stopped));
        Self { _stop: stop }
    }
}

fn run(store: &Store, every: Duration, stopped: &Receiver<()>) {
    loop {
        let wait = match next(store, every) {
            Ok(wait) => wait,
            Err(error) => {
                told(&error);
                every
            }
        };
        match stopped.recv_timeout(wait) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        // A second look: somebody may have run it by hand meanwhile.
        if next(store, every).is_ok_and(|wait| wait.is_zero())
            && let Err(error) = look(store)
        {
            told(&error);
            // What failed once is not tried without end.
            if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }
}

/// How long until the next run.
fn next(store: &Store, every: Duration) -> Result<Duration, AskError> {
    let runs = match State::open_if_there(store.folder()).map_err(StoreError::from)? {
        Some(state) => state.problem_runs().map_err(StoreError::from)?,
        None => Vec::new(),
    };
    let Some(last) = runs.last() else { return Ok(Duration::ZERO) };
    Ok(wait(last.when, now(), every))
}

/// How long until the next run, if the last one was at that moment.
fn wait(last: Timestamp, now: Timestamp, every: Duration) -> Duration {
    // A run in the future was by a clock that was wrong, and says nothing of when the next is due.
    Duration::try_from(now.duration_since(last)).map_or(Duration::ZERO, |since| every.saturating_sub(since))
}

fn look(store: &Store) -> Result<(), AskError> {
    let kept = api::keep(store, &Filters::default(), 0, now())?;
    let run = &kept.reconciled.run;
    tracing::info!(posts = run.posts, changes = run.changes, "looked for problems");
    // Whoever asks next finds the problems of all posts worked out.
    store.snapshot()?.assigned()?;
    Ok(())
}

fn told(error: &AskError) {
    tracing::error!(cause = %error, "problems could not be looked for");
}

fn now() -> Timestamp {
    // The program's own clock is read here, at the rim.
    #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
    Timestamp::now()
}

/// Reads a length of time, as `1d` or `12h`.
pub(super) fn every(text: &str) -> Result<Duration, String> {
    let wrong = || "give a length of time, as 1d, 12h or 30m".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3600,
        "m" => 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(seconds) {
        // A year is more than any clock needs to be waited for.
        Some(all) if (1..=366 * 86_400).contains(&all) => Ok(Duration::from_secs(all)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_forward_or_back_stops_no_run() {
        let day = Duration::from_hours(24);
        let last: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let until = |now: &str| wait(last, now.parse().unwrap(), day);
        assert_eq!(until("2026-03-01T12:00:00Z"), day);
        assert_eq!(until("2026-03-02T11:00:00Z"), Duration::from_hours(1));
        // Set forward, by a day or by years.
        assert_eq!(until("2026-03-02T12:00:00Z"), Duration::ZERO);
        assert_eq!(until("2031-01-01T00:00:00Z"), Duration::ZERO);
        // Set back: the run that is in the future now does not put off the next.
        assert_eq!(until("2026-03-01T11:00:00Z"), Duration::ZERO);
        assert_eq!(until("2019-01-01T00:00:00Z"), Duration::ZERO);
    }

    #[test]
    fn lengths_of_time_are_read_or_refused() {
        assert_eq!(every("1d"), Ok(Duration::from_hours(24)));
        assert_eq!(every("90m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "d", "0d", "1", "-1h", "1.5h", "ééé", "99999999999999999999d", "367d"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
