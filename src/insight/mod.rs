//! Here are counts: what deserves a person's attention? One file for each answer.

mod discovery;
mod problems;
mod trends;

pub use discovery::{DiscoverAsked, Membership, discover};
pub use problems::{InsightError, ProblemsAsked, problem_query, problems, without_responses};
pub use trends::{TrendAsked, trend};
