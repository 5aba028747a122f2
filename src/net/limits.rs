//! What does a site say of its limits? `Retry-After` and each site's own headers, read alike.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// What a site still allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// Requests left.
    pub left: Option<u64>,
    /// Time until there are more.
    pub wait: Option<Duration>,
}

/// Names that sites have for the same two things.
const LEFT: [&str; 3] = ["x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining"];
const RESET: [&str; 3] = ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"];

/// Reads the quota of an answer that came at `now`.
pub(super) fn quota(headers: &[(String, String)], now: Timestamp) -> Quota {
    let find = |names: [&str; 3]| {
        names
            .iter()
            .find_map(|name| headers.iter().find(|(header, _)| header == name))
            .map(|(_, value)| value.trim())
    };
    // One site counts in fractions.
    let left = find(LEFT).and_then(|text| text.parse::<f64>().ok()).filter(|left| *left >= 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and caps"
    )]
    let left = left.map(|left| left as u64);
    Quota { left, wait: find(RESET).and_then(|text| reset(text, now)) }
}

/// A moment (as a date or as seconds since 1970) or a number of seconds from now: sites differ, and do not say.
fn reset(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(from(now, moment));
    }
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)?;
    if seconds > 1e9 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a date this side of the year 10,000, or it is refused"
        )]
        return Timestamp::from_second(seconds as i64).ok().map(|moment| from(now, moment));
    }
    Some(Duration::from_secs_f64(seconds.min(1e9)))
}

/// Reads `Retry-After`: seconds, or a date as HTTP writes them.
pub(super) fn retry_after(headers: &[(String, String)], now: Timestamp) -> Option<Duration> {
    let text = headers.iter().find(|(name, _)| name == "retry-after").map(|(_, value)| value.trim())?;
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text).map(|moment| from(now, moment))
}

/// Reads a date as HTTP writes them, `Sun, 06 Nov 1994 08:49:37 GMT`, or wrote them before (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let before = |form: &str| DateTime::strptime(form, text).ok()?.to_zoned(TimeZone::UTC).ok();
    let parsed = DateTimeParser::new().parse_timestamp(text).ok();
    let before = || before("%A, %d-%b-%y %H:%M:%S GMT").or_else(|| before("%a %b %e %H:%M:%S %Y"));
    parsed.or_else(|| before().map(|moment| moment.timestamp()))
}

fn from(now: Timestamp, moment: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers, requests left and seconds until there are more.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<u64>, Option<u64>);

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_site_says_its_limits_in_its_own_way() {
        let now: Timestamp = "2025-07-17T20:00:00Z".parse().unwrap();
        let cases: [Case<'_>; 6] = [
            (
                &[("x-ratelimit-remaining", "299"), ("x-ratelimit-reset", "2025-07-17T20:05:00.725062Z")],
                Some(299),
                Some(300),
            ),
            (&[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1752782700")], Some(0), Some(300)),
            (&[("x-ratelimit-remaining", "998.0"), ("x-ratelimit-reset", "167")], Some(998), Some(167)),
            (&[("ratelimit-remaining", "2999"), ("ratelimit-reset", "1752782401")], Some(2999), Some(1)),
            (&[("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "-5")], None, None),
            (&[], None, None),
        ];
        for (pairs, left, seconds) in cases {
            let quota = quota(&headers(pairs), now);
            assert_eq!((quota.left, quota.wait.map(|wait| wait.as_secs())), (left, seconds), "{pairs:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_a_past_date_is_now() {
        let now: Timestamp = "1994-11-06T08:49:07Z".parse().unwrap();
        let cases = [
            ("30", Some(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("soon", None),
            ("-3", None),
        ];
        for (text, seconds) in cases {
            let found = retry_after(&headers(&[("retry-after", text)]), now);
            assert_eq!(found, seconds.map(Duration::from_secs), "{text}");
        }
    }
}
