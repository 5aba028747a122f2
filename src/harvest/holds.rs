//! Which hosts of a source are left alone for now? One that fails or refuses must not keep the others waiting.
//!
//! Known while the program runs; after a restart the first answer tells again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::listen::Failure;
use crate::state::Health;

/// Hosts that are left alone, by name.
#[derive(Debug, Default)]
pub(super) struct Holds(BTreeMap<String, Hold>);

#[derive(Debug)]
struct Hold {
    until: Timestamp,
    /// Failures in a row.
    failures: u32,
    health: Health,
    why: String,
}

impl Holds {
    /// How long a host is still left alone, or nothing if it may be asked.
    pub(super) fn left(&self, host: &str, now: Timestamp) -> Option<Duration> {
        let hold = self.0.get(host)?;
        Duration::try_from(hold.until.duration_since(now)).ok().filter(|left| !left.is_zero())
    }

    /// Notes that a host failed; `back_off` says for how long it is left alone after so many failures, if it does not say so
    /// itself. Returns for how long.
    pub(super) fn failed(
        &mut self,
        host: &str,
        failure: &Failure,
        now: Timestamp,
        back_off: impl Fn(u32) -> Duration,
    ) -> Duration {
        let failures = self.0.get(host).map_or(0, |hold| hold.failures).saturating_add(1);
        let wait = failure.wait.unwrap_or_else(|| back_off(failures));
        let until = SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok());
        let (health, why) = (failure.health, failure.why.clone());
        let hold = Hold { until: until.unwrap_or(Timestamp::MAX), failures, health, why };
        self.0.insert(host.to_owned(), hold);
        wait
    }

    /// Notes that a host answers.
    pub(super) fn answered(&mut self, host: &str) {
        self.0.remove(host);
    }

    /// How the worst of them is that are left alone, and why.
    pub(super) fn worst(&self, now: Timestamp) -> Option<(Health, String)> {
        let alone = self.0.iter().filter(|(_, hold)| hold.until > now);
        let (host, hold) = alone.max_by_key(|(_, hold)| hold.health)?;
        // Many reasons name the host already.
        let why =
            if hold.why.contains(host.as_str()) { hold.why.clone() } else { format!("{host}: {}", hold.why) };
        Some((hold.health, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_failed_is_left_alone_and_no_other_is() {
        let now: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut holds = Holds::default();
        let refused = Failure::new(Health::Blocked, "it refuses us (403)".to_owned());
        let back_off = |failures| Duration::from_mins(10) * failures;
        assert_eq!(holds.failed("a.example", &refused, now, back_off), Duration::from_mins(10));
        assert_eq!(holds.failed("a.example", &refused, now, back_off), Duration::from_mins(20));
        // What the site says itself comes first.
        let limited = Failure {
            wait: Some(Duration::from_secs(7)),
            ..Failure::new(Health::Limited, "b.example wants to be left alone".to_owned())
        };
        assert_eq!(holds.failed("b.example", &limited, now, back_off), Duration::from_secs(7));
        assert_eq!(holds.left("a.example", now), Some(Duration::from_mins(20)));
        assert_eq!(
            (holds.left("b.example", now + Duration::from_secs(7)), holds.left("c.example", now)),
            (None, None)
        );
        assert_eq!(holds.worst(now), Some((Health::Blocked, "a.example: it refuses us (403)".to_owned())));
        holds.answered("a.example");
        assert_eq!(holds.worst(now), Some((Health::Limited, limited.why)));
        assert_eq!(holds.worst(now + Duration::from_secs(7)), None);
    }
}
