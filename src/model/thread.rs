//! What becomes of a post in its thread? What a post says to the one before it, and what that makes of the first.
//!
//! The response clock starts with a post in its own right and stops with the first answer by a brand's account. What is
//! said here is read off single posts; `store/threads.rs` joins them.

use std::fmt;
use std::str::FromStr;

use super::BrandId;
use super::judgement::{UnknownValue, words};

/// What a post does in its thread, read off its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Says {
    /// Its writer thanks, or says that it is solved.
    Thanks,
    /// Its writer moves to a private channel: a direct message, the telephone, a mail.
    Private,
    /// A program wrote it, and says so.
    Automatic,
}

/// Whether a post on the clock was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answered {
    /// A brand answered it, at a known time or not.
    Yes,
    /// No brand did, as far as was collected.
    No,
    /// A brand answered the post itself, not what its writer added below it.
    Directly,
}

/// What became of a post that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Its writer thanked afterward, or said that it is solved.
    Thanked,
    /// The brand moved to a private channel.
    Private,
}

words!(Says, "something that posts say in a thread",
    Thanks => "thanks",
    Private => "private",
    Automatic => "automatic",
);

words!(Answered, "an answer to whether it was answered",
    Yes => "yes",
    No => "no",
    Directly => "directly",
);

words!(Outcome, "an outcome",
    Thanked => "thanked",
    Private => "private",
);

/// A length of time in whole seconds, written as people write it: `90s`, `60m`, `8h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Wait(pub u32);

/// Units, the longest first.
const UNITS: [(&str, u32); 5] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

impl Wait {
    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        Self(minutes.saturating_mul(60))
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self(hours.saturating_mul(3600))
    }

    /// The length in words, rounded to what matters: `12 minutes`, `3.5 hours`, `2 days`.
    #[must_use]
    pub fn spoken(seconds: f64) -> String {
        let (count, unit) = said(seconds);
        format!("{count} {unit}{}", if (count - 1.0).abs() < f64::EPSILON { "" } else { "s" })
    }

    /// From one length to another, saying the unit once where it is the same: `11 to 13 minutes`.
    #[must_use]
    pub fn spoken_range(low: f64, high: f64) -> String {
        let ((least, unit), (_, other)) = (said(low), said(high));
        if unit == other {
            format!("{least} to {}", Self::spoken(high))
        } else {
            format!("{} to {}", Self::spoken(low), Self::spoken(high))
        }
    }

    /// The length for a table: `12 min`, `3.5 h`.
    #[must_use]
    pub fn short(seconds: f64) -> String {
        let (count, unit) = said(seconds);
        let unit = match unit {
            "second" => "s",
            "minute" => "min",
            "hour" => "h",
            _ => "d",
        };
        format!("{count} {unit}")
    }
}

/// How many of which unit people would say.
fn said(seconds: f64) -> (f64, &'static str) {
    match seconds {
        s if s < 59.5 => (s.round(), "second"),
        s if s < 5400.0 => (tenth(s / 60.0, 10.0), "minute"),
        s if s < 172_800.0 => (tenth(s / 3600.0, 10.0), "hour"),
        s => (tenth(s / 86_400.0, 10.0), "day"),
    }
}

/// One decimal below `most`, none from there on.
fn tenth(value: f64, most: f64) -> f64 {
    if value < most { (value * 10.0).round() / 10.0 } else { value.round() }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, seconds) = UNITS
            .into_iter()
            // Weeks are read, but days are what people compare.
            .find(|(unit, seconds)| *unit != "w" && self.0.is_multiple_of(*seconds) && self.0 > 0)
            .unwrap_or(("s", 1));
        write!(f, "{}{unit}", self.0 / seconds)
    }
}

impl FromStr for Wait {
    type Err = UnknownValue;
    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        let wrong = || {
            UnknownValue::new(
                text,
                "a length of time",
                "seconds as 90s, minutes as 60m, hours as 8h or days as 2d".to_owned(),
            )
        };
        let small = text.to_ascii_lowercase();
        let digits = small.len() - small.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = match &small[digits..] {
            "" | "s" | "sec" => "s",
            "m" | "min" => "m",
            "h" => "h",
            "d" => "d",
            "w" => "w",
            _ => return Err(wrong()),
        };
        let each = UNITS.iter().find(|(name, _)| *name == unit).map_or(1, |(_, seconds)| *seconds);
        let count: u32 = small[..digits].parse().map_err(|_| wrong())?;
        count.checked_mul(each).map(Self).ok_or_else(wrong)
    }
}

/// How a post on the clock fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// Directly, further down its thread (yes), or not.
    pub answered: Answered,
    /// Seconds from the post to the first answer; `None` if there is none, or no time of one.
    pub response: Option<Wait>,
    /// How long a post without an answer had waited when its source was last read.
    pub waiting: Option<Wait>,
    /// Who answered, or whose answer it waits for.
    pub responder: Option<BrandId>,
    /// Answers after the first.
    pub later: u8,
    /// What became of it.
    pub outcomes: Vec<Outcome>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_time_are_read_and_written() {
        for (text, seconds, written) in [
            ("0", 0, "0s"),
            ("90", 90, "90s"),
            ("60m", 3600, "1h"),
            ("90min", 5400, "90m"),
            ("8H", 28_800, "8h"),
            ("1w", 604_800, "7d"),
        ] {
            let wait: Wait = text.parse().unwrap();
            assert_eq!((wait, wait.to_string().as_str()), (Wait(seconds), written), "{text}");
        }
        for wrong in ["", "m", "1y", "-1", "1.5h", "99999999w", "1 h"] {
            assert!(wrong.parse::<Wait>().is_err(), "{wrong}");
        }
        for (seconds, said) in [
            (0.0, "0 seconds"),
            (59.0, "59 seconds"),
            (60.0, "1 minute"),
            (719.5, "12 minutes"),
            (28_800.0, "8 hours"),
            (200_000.0, "2.3 days"),
        ] {
            assert_eq!(Wait::spoken(seconds), said);
        }
    }

    proptest! {
        #[test]
        fn every_length_reads_back(seconds: u32) {
            let wait = Wait(seconds);
            prop_assert_eq!(wait.to_string().parse::<Wait>(), Ok(wait));
        }
    }
}
