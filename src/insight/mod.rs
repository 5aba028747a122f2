//! Here are counts: what deserves a person's attention? One file for each answer.

mod discovery;
pub mod evaluation;
mod problems;
mod prospects;
pub mod responses;
mod spikes;
mod trends;

pub use discovery::{DiscoverAsked, Membership, discover};
pub use problems::{InsightError, ProblemsAsked, problem_query, problems, without_responses};
pub use prospects::{Fit, Freshness, Prospect, Prospects, ProspectsAsked, prospects};
pub use spikes::{
    Detector, DetectorConfig, Episode, Judged, NotASeries, SpikesAsked, Steps, episodes, episodes_of, judge,
    spikes, steps,
};
pub use trends::{TrendAsked, trend};
