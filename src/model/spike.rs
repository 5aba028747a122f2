//! What is a spike? A time in which there were far more posts than usual, with what explains it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Phrase, PostId, Query, Split};

/// The spikes of the posts that answer a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Spikes {
    /// Length of a bucket.
    pub step: Step,
    /// What the series are split by.
    pub split: Split,
    /// Series that were looked at.
    pub series: u64,
    /// All spikes that were found.
    pub total: u64,
    /// The newest first.
    pub spikes: Vec<Spike>,
}

/// One spike of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Spike {
    /// The value of the split: a brand id, a source, a language code, or `all`.
    pub key: String,
    /// The value for people.
    pub name: String,
    /// How it stands at the newest post of the index.
    pub state: SpikeState,
    /// When its first bucket begins.
    pub start: Timestamp,
    /// When its last bucket is over.
    pub end: Timestamp,
    /// When its highest bucket begins.
    pub peak: Timestamp,
    /// How rare: the decimal logarithm of the weeks in which one day would be expected to have as high a peak.
    pub score: f64,
    /// The same of the reach of posts, added up; `None` where no source tells it.
    pub reach_score: Option<f64>,
    /// What of it was far above usual.
    pub weight: Weight,
    /// Cases in the highest bucket; readers where it is one of reach alone.
    pub seen: f64,
    /// What would have been usual there.
    pub usual: f64,
    /// The question that finds the posts of the highest bucket.
    pub peak_query: Query,
    /// How many those are.
    pub peak_posts: u64,
    /// The cases of each bucket around it.
    pub around: Around,
    /// The question that finds the posts before it.
    pub before: Query,
    /// The question that finds its posts.
    pub query: Query,
    /// How many those are.
    pub posts: u64,
    /// Of them, those that say what an earlier one of the spike says.
    pub duplicates: u64,
    /// The reach of its posts, added up.
    pub reach: u64,
    /// What its posts speak of more than those before, the strongest first.
    pub terms: Vec<SpikeTerm>,
    /// Where its posts came from, the most first.
    pub sources: Vec<(String, u64)>,
    /// Who wrote; `None` if there are too many posts to read.
    pub authors: Option<Authors>,
    /// Its first post.
    pub first: Option<PostId>,
    /// The post that reached most people; where none tells its reach, the first of those that were repeated most.
    pub most_spread: Option<PostId>,
}

/// A phrase that is over-frequent in a spike.
#[derive(Debug, Clone, PartialEq)]
pub struct SpikeTerm {
    /// As people write it.
    pub name: String,
    /// Its stem.
    pub phrase: Phrase,
    /// Posts of the spike that have it.
    pub count: u64,
    /// Posts before the spike that have it.
    pub before: u64,
    /// Twice the log-likelihood ratio against the posts before.
    pub strength: f64,
}

/// A spike among what is around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// When the first bucket begins.
    pub start: Timestamp,
    /// Cases in each bucket; `None` where nothing was collected.
    pub counts: Vec<Option<u64>>,
    /// Which of them is the first of the spike.
    pub from: usize,
    /// And which the last.
    pub to: usize,
}

/// What of a spike is far above usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// How many posts there were.
    Count,
    /// How many people they reached.
    Reach,
    /// Both.
    Both,
}

impl Weight {
    /// The weight as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Reach => "reach",
            Self::Both => "both",
        }
    }
}

/// How few wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Authors {
    /// Different authors.
    pub count: u64,
    /// Posts without a known author.
    pub unknown_posts: u64,
    /// The share of the busiest author in the posts whose author is known, 0..=1.
    pub top_share: f64,
    /// The posts of the busiest author, and the question that finds them.
    pub busiest: Option<(u64, Query)>,
}

/// How a spike stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpikeState {
    /// It goes on, and began less than four hours ago; of days, today.
    Starting,
    /// It goes on.
    Growing,
    /// There are as few as usual again.
    Over,
}

impl SpikeState {
    /// The state as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Growing => "growing",
            Self::Over => "over",
        }
    }
}

/// The length of a bucket in which spikes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// Sixty minutes.
    #[default]
    Hour,
    /// From midnight to midnight.
    Day,
}

/// A text that is not a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an interval of spikes: use hour or day")]
pub struct UnknownStep(String);

impl Step {
    /// The step as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

impl FromStr for Step {
    type Err = UnknownStep;
    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        [Self::Hour, Self::Day]
            .into_iter()
            .find(|step| step.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownStep(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
