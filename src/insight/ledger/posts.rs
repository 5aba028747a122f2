//! Which posts does a run look at, and which of them did no earlier run?

use std::sync::Arc;

use jiff::Timestamp;

use super::ReconcileAsked;
use crate::insight::InsightError;
use crate::insight::problems::without_responses;
use crate::model::Signature;
use crate::state::Run;
use crate::store::{Matching, Membership, PostTerms, Snapshot, StoreError, Vocabulary};

/// The posts of a run.
pub(super) struct Posts<'a> {
    snapshot: &'a Snapshot,
    pub(super) vocabulary: Arc<Vocabulary>,
    matching: Matching,
    /// When an earlier run last looked at most posts, in milliseconds since 1970.
    last: u64,
    is_all_new: bool,
    /// They are most of those that there are: who asks for fewer, as for those of one brand, does not ask whether the
    /// problems of the others are still there, nor in which words those are told.
    pub(super) are_most: bool,
}

/// Whether so many are most of `all`: four of five.
fn are_most(count: u64, all: u64) -> bool {
    count * 5 >= all * 4
}

impl<'a> Posts<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, asked: &ReconcileAsked) -> Result<Self, InsightError> {
        let vocabulary = snapshot.vocabulary()?;
        let matching = snapshot.matching(&without_responses(asked.query.clone()), &asked.time_zone)?;
        let last = last_of_most(&asked.runs).map_or(0, |run| milliseconds(run.when));
        let (mut all, mut old) = (0, 0);
        snapshot.read_terms(&vocabulary, &matching, |post| {
            all += 1;
            old += u64::from(post.arrived <= last);
        })?;
        // Where far more old posts are asked for than any run looked at, many of them were never looked at, and it is
        // not known which.
        let is_all_new = asked.runs.iter().all(|run| !are_most(run.posts, old));
        let largest = asked.runs.iter().map(|run| run.posts).max().unwrap_or(0);
        let there_are = snapshot.count(&without_responses(asked.meaning.query()), &asked.time_zone)?;
        let are_most = are_most(all, largest.min(there_are));
        Ok(Self { snapshot, vocabulary, matching, last, is_all_new, are_most })
    }

    /// Reads them all.
    pub(super) fn read(&self, mut take: impl FnMut(&PostTerms<'_>)) -> Result<(), StoreError> {
        self.snapshot.read_terms(&self.vocabulary, &self.matching, |post| take(&post))
    }

    /// Whether no earlier run looked at a post.
    pub(super) fn is_new(&self, post: &PostTerms<'_>) -> bool {
        self.is_all_new || post.arrived > self.last
    }

    /// Whether a post was not there yet at a moment.
    pub(super) fn is_later(&self, post: &PostTerms<'_>, moment: Timestamp) -> bool {
        self.is_all_new || post.arrived > milliseconds(moment)
    }

    pub(super) fn membership(&self, signatures: &[&Signature]) -> Membership {
        Membership::new(signatures, &self.vocabulary)
    }
}

/// The last run that looked at most of what any looked at before: one over the posts of one brand saw nothing of the others.
fn last_of_most(runs: &[Run]) -> Option<&Run> {
    let largest = runs.iter().map(|run| run.posts).max().unwrap_or(0);
    runs.iter().rfind(|run| are_most(run.posts, largest))
}

fn milliseconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or(0)
}
