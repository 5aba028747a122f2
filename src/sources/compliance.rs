//! What of all that we have was taken out? How a site is given very many ids at once, and how its list of those that must go
//! reads.
//!
//! A site that has this names it in [`Source::compliance`](super::Source::compliance), beside how it is asked and read. It
//! takes several steps: a job is made, the ids are put where it says, and its list is fetched once it is done.

use std::time::Duration;

use super::page::{Answer, Page, ParseError, Request};
use crate::model::PostId;

/// A site's way to say of very many posts which of them must go.
pub trait Compliance: Sync {
    /// How much may be asked, and how often it must be.
    fn rules(&self) -> ComplianceRules;

    /// The request that makes a job.
    fn begin(&self) -> Request;

    /// The name of the job, and the request that hands over `ids` to it, by the answer to [`begin`](Compliance::begin).
    ///
    /// # Errors
    /// If it is no answer of this site.
    fn hand_over(&self, begun: &Answer<'_>, ids: &[PostId]) -> Result<(String, Request), ParseError>;

    /// The request that asks how far a job is.
    fn ask(&self, job: &str) -> Request;

    /// Reads the answer to [`ask`](Compliance::ask).
    ///
    /// # Errors
    /// If it is no answer of this site, or the site gave the job up.
    fn how_far(&self, answer: &Answer<'_>) -> Result<HowFar, ParseError>;

    /// Reads the list: what must go, and when it went there.
    ///
    /// # Errors
    /// If it is no list. An empty one says that all are still there.
    fn parse(&self, answer: &Answer<'_>) -> Result<Page, ParseError>;
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HowFar {
    /// The site works on it.
    UnderWay,
    /// It is done, and this request fetches its list.
    Done(Request),
}

/// How a site is given ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComplianceRules {
    /// Most ids in one job.
    pub most: usize,
    /// Time between two jobs.
    pub every: Duration,
}
