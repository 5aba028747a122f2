//! Here are counts: what deserves a person's attention? One file for each answer.

mod problems;
mod trends;

pub use problems::{InsightError, ProblemsAsked, problem_query, problems, without_responses};
pub use trends::{TrendAsked, trend};
