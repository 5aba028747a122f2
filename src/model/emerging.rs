//! What is emerging? Something that people did not write of before, or far less, and that no known problem is about yet.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{BrandId, Language, Phrase, PostId, Query};

/// What is emerging in the posts that answer a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Emerging {
    /// What is compared with what; `None` where nothing was collected long enough before.
    pub times: Option<Times>,
    /// The question that finds the posts of the last days.
    pub query: Query,
    /// How many those are.
    pub posts: u64,
    /// The question that finds the posts before.
    pub before_query: Query,
    /// How many those are.
    pub before: u64,
    /// Stems and pairs of stems that enough people wrote in the last days to be looked at.
    pub looked_at: u64,
    /// Brands and sources that are left out since their collection began too late to know what is usual there.
    pub late: Vec<String>,
    /// All that is emerging.
    pub total: u64,
    /// Those of most people first.
    pub problems: Vec<EmergingProblem>,
}

/// From one day to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// The last days, and those that they are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// The last days.
    pub last: Days,
    /// Earlier times, each as long, the newest first.
    pub before: Vec<Days>,
    /// Each has every weekday as often as the last days, so that a usual weekend makes nothing new.
    pub same_weekdays: bool,
}

/// Terms that are new or far more frequent than before, and mean the same posts.
#[derive(Debug, Clone, PartialEq)]
pub struct EmergingProblem {
    /// As people write it.
    pub name: String,
    /// The language that they write in.
    pub language: Language,
    /// What people write more than before, as they write it, the surest first: also words of known problems.
    pub words: Vec<String>,
    /// A post has it that has any of these terms.
    pub terms: Vec<Phrase>,
    /// Posts of the last days that have it.
    pub posts: u64,
    /// The question that finds them.
    pub query: Query,
    /// Posts before that have it.
    pub before: u64,
    /// The question that finds them.
    pub before_query: Query,
    /// In each of the earlier times, the oldest first, and in the last days: different authors, of posts that say the same
    /// only the first.
    pub voices: Vec<u64>,
    /// How many times the share that it had before; `None` if nobody wrote of it before.
    pub times: Option<f64>,
    /// How likely its surest term is by chance, corrected for how many were looked at.
    pub chance: f64,
    /// Its posts of the last days that no known problem takes in either.
    pub unassigned: u64,
    /// The brands that its posts of the last days are about, the most first.
    pub brands: Vec<(BrandId, u64)>,
    /// Its first post in the last days.
    pub first: Option<Timestamp>,
    /// Some of its posts of the last days, those that have most of its terms first.
    pub examples: Vec<PostId>,
}
