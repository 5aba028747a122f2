//! What is a trend? Counts of posts per bucket of time, one series for each value of what it is split by.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::Interval;

/// Counts over time of the posts that answer a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// Length of a bucket.
    pub interval: Interval,
    /// Name of the time zone whose midnights divide the days.
    pub time_zone: String,
    /// What the series are split by.
    pub split: Split,
    /// What is counted.
    pub per: Per,
    /// First day of each bucket.
    pub starts: Vec<Date>,
    /// First day after the last bucket; `None` without any dated post.
    pub end: Option<Date>,
    /// One for each value, the most posts first, equal counts by key. A post with several brands counts in each.
    pub series: Vec<Series>,
    /// Matching posts that have a date.
    pub dated: u64,
    /// Matching posts without a date: in no bucket.
    pub undated: u64,
}

impl Trend {
    /// Of a trend by day, the counts of one series on each weekday from Monday to Sunday, summed over days (so that a case or
    /// author counts once each day), and on how many of these days anything was collected.
    #[must_use]
    pub fn weekdays(&self, key: &str) -> [(u64, u64); 7] {
        let mut days = [(0, 0); 7];
        let counts = self.series.iter().find(|series| series.key == key).map(|series| &series.counts);
        for (start, count) in self.starts.iter().zip(counts.into_iter().flatten()) {
            let at = usize::try_from(start.weekday().to_monday_zero_offset()).unwrap_or(0);
            if let Some(count) = count {
                days[at].0 += count;
                days[at].1 += 1;
            }
        }
        days
    }
}

/// The counts of one value of the split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// The value: a brand id, a source, a language code, or `all`.
    pub key: String,
    /// The value for people.
    pub name: String,
    /// Sum over all buckets; of cases or authors, who may be in several, how many different ones.
    pub total: u64,
    /// Posts in each bucket; `None` where nothing was collected, which is not the same as zero.
    pub counts: Vec<Option<u64>>,
}

/// What a trend is split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Split {
    /// One series of all.
    #[default]
    All,
    /// One series for each brand that posts are about.
    Brand,
    /// One series for each source.
    Source,
    /// One series for each language.
    Language,
    /// One series for each thing that writers want.
    Intent,
    /// One series for each signal.
    Signal,
    /// One series for each brand that is complained about or left.
    Target,
    /// One series for each problem of the ledger that is shown.
    Problem,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Per {
    /// Each post.
    #[default]
    Post,
    /// Posts that say the same once in each bucket, and once in all.
    Case,
    /// Each account once in each bucket, and once in all; a post of an unknown account counts for itself.
    Author,
}

/// A text that is not something to count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not something to count: use post, case or author")]
pub struct UnknownPer(String);

impl Per {
    /// What is counted as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Case => "case",
            Self::Author => "author",
        }
    }
}

impl FromStr for Per {
    type Err = UnknownPer;
    fn from_str(text: &str) -> Result<Self, UnknownPer> {
        [Self::Post, Self::Case, Self::Author]
            .into_iter()
            .find(|per| per.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownPer(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not something to split by: use brand, source, language, intent, signal, target, problem or all"
)]
pub struct UnknownSplit(String);

impl Split {
    /// All splits.
    pub const ALL_SPLITS: [Self; 8] = [
        Self::All,
        Self::Brand,
        Self::Source,
        Self::Language,
        Self::Intent,
        Self::Signal,
        Self::Target,
        Self::Problem,
    ];

    /// The split as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Brand => "brand",
            Self::Source => "source",
            Self::Language => "language",
            Self::Intent => "intent",
            Self::Signal => "signal",
            Self::Target => "target",
            Self::Problem => "problem",
        }
    }
}

impl FromStr for Split {
    type Err = UnknownSplit;
    fn from_str(text: &str) -> Result<Self, UnknownSplit> {
        Self::ALL_SPLITS
            .into_iter()
            .find(|split| split.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownSplit(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
