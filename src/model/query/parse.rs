//! How is a typed question read?

use super::Query;

/// A question that cannot be read: where it goes wrong and what would be right there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at position {position}: {problem}; expected {expected}")]
pub struct QueryError {
    /// Where, in characters from 1.
    pub position: usize,
    /// What stands there.
    pub problem: String,
    /// What could stand there.
    pub expected: String,
}

/// Reads a typed question.
///
/// # Errors
/// With the position and what was expected, if it is not a question.
pub fn parse_query(_text: &str) -> Result<Query, QueryError> {
    Ok(Query::All)
}
