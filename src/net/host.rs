//! May this host be asked now? One at a time, with space between, and not while it wants to be left alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// One host, shared by all who ask it.
#[derive(Debug)]
pub(super) struct Host {
    permits: Arc<Semaphore>,
    times: Mutex<Times>,
}

#[derive(Debug)]
struct Times {
    /// When the next request may start.
    next: Instant,
    /// Until when the host wants to be left alone.
    held: Instant,
}

/// Permission to send one request, for as long as this lives.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Host {
    pub(super) fn new(at_once: usize) -> Self {
        let now = Instant::now();
        Self {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            times: Mutex::new(Times { next: now, held: now }),
        }
    }

    /// Waits until one more request may be sent, at least `pace` after the one before. If the host wants to be left
    /// alone for longer than `patience`, it says how long instead.
    pub(super) async fn turn(&self, pace: Duration, patience: Duration) -> Result<Turn, Duration> {
        let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        loop {
            let start = {
                let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
                let now = Instant::now();
                if times.held > now + patience {
                    return Err(times.held - now);
                }
                let start = times.next.max(times.held).max(now);
                times.next = start + pace;
                start
            };
            sleep_until(start).await;
            // While it slept, another answer may have asked for patience.
            let held = self.times.lock().unwrap_or_else(PoisonError::into_inner).held;
            if held <= Instant::now() {
                return Ok(Turn { _permit: permit });
            }
        }
    }

    /// Leaves the host alone for that long from now, whoever asks.
    pub(super) fn hold(&self, wait: Duration) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.held = times.held.max(Instant::now() + wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn requests_to_one_host_are_spaced() {
        let host = Host::new(4);
        let start = Instant::now();
        for _ in 0..3 {
            drop(host.turn(2 * SECOND, SECOND).await.unwrap());
        }
        assert_eq!(start.elapsed(), 4 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_requests_are_under_way() {
        let host = Arc::new(Host::new(1));
        let start = Instant::now();
        let first = host.turn(Duration::ZERO, SECOND).await.unwrap();
        let other = host.clone();
        let waiting = tokio::spawn(async move {
            let _turn = other.turn(Duration::ZERO, SECOND).await.unwrap();
            Instant::now()
        });
        tokio::time::sleep(7 * SECOND).await;
        drop(first);
        assert_eq!(waiting.await.unwrap() - start, 7 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_to_be_left_alone_is_left_alone_by_all() {
        let host = Host::new(2);
        let start = Instant::now();
        host.hold(30 * SECOND);
        assert_eq!(host.turn(SECOND, 10 * SECOND).await.map(drop), Err(30 * SECOND));
        drop(host.turn(SECOND, 60 * SECOND).await.unwrap());
        assert_eq!(start.elapsed(), 30 * SECOND);
        // A shorter wait does not shorten a longer one.
        host.hold(20 * SECOND);
        host.hold(5 * SECOND);
        drop(host.turn(SECOND, 60 * SECOND).await.unwrap());
        assert_eq!(start.elapsed(), 50 * SECOND);
    }
}
