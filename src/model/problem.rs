//! What is a problem? Something that recurs across posts, named by the phrase people use for it.

use super::PostId;

/// What stands out in the posts that answer a query, against the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Problems {
    /// Posts that answer the query.
    pub posts: u64,
    /// Posts that they are compared with. Zero: nothing to compare with, ranked by how many posts have each.
    pub rest: u64,
    /// The strongest first.
    pub problems: Vec<Problem>,
    /// Posts of the query that have none of these problems.
    pub unassigned: u64,
}

/// One stem or stem pair that is over-frequent in the posts of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The commonest way in which the posts write it.
    pub name: String,
    /// Its one or two stems.
    pub phrase: Phrase,
    /// Posts of the query that have it.
    pub count: u64,
    /// `count` of the query's posts, 0..=1.
    pub share: f64,
    /// The share of the other posts that have it, were they in the same languages as those of the query, 0..=1.
    pub rest_share: f64,
    /// How unlikely the difference is by chance: twice the log-likelihood ratio (Dunning 1993), about 10.8 at one in
    /// a thousand.
    pub strength: f64,
    /// Some of the posts that have it.
    pub examples: Vec<PostId>,
}

/// One stem, or two that stand beside each other once stop words are left out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phrase {
    /// The first stem.
    pub first: String,
    /// The second, of a pair.
    pub second: Option<String>,
}
