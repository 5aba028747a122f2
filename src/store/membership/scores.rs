//! How well does a post fit each signature? Sums of whole weights, so that neither order nor machine matters.

/// Weights are in so many parts of a natural-log unit.
pub(crate) const NAT: f64 = 1000.0;

/// What a term weighs that a problem does not have: the logarithm of a fifth, which is the share of a post's terms that
/// have nothing to do with its problem (`insight/discovery/weights.rs`).
pub(crate) const ABSENT: i32 = -1609;

/// Signatures, turned round: for each term, which of them have it and what more it weighs than [`ABSENT`].
#[derive(Debug)]
pub(super) struct Scorer {
    by_term: Vec<Vec<(u32, i32)>>,
    scores: Vec<i32>,
}

impl Scorer {
    pub(super) fn new(signatures: &[Vec<(u32, i32)>], terms: usize) -> Self {
        let mut by_term = vec![Vec::new(); terms];
        for (at, signature) in (0..).zip(signatures) {
            for (term, weight) in signature {
                by_term[*term as usize].push((at, weight - ABSENT));
            }
        }
        Self { by_term, scores: vec![0; signatures.len()] }
    }

    /// What a post with these terms scores for each signature: above zero, it is likelier to be of it than of all posts.
    pub(super) fn scores(&mut self, post: &[u32]) -> &[i32] {
        let start = i32::try_from(post.len()).unwrap_or(0) * ABSENT;
        self.scores.fill(start);
        for term in post {
            for (at, more) in &self.by_term[*term as usize] {
                self.scores[*at as usize] += more;
            }
        }
        &self.scores
    }

    /// What a term weighs in the signature at a place, if that has it.
    pub(super) fn weight(&self, term: u32, at: usize) -> Option<i32> {
        let found = self.by_term[term as usize].iter().find(|(of, _)| *of as usize == at);
        found.map(|(_, more)| more + ABSENT)
    }

    /// What the last post scored.
    pub(super) fn last(&self) -> &[i32] {
        &self.scores
    }
}

/// What the second and later problems of a post score at least: about fifty times likelier than chance.
const ALSO: i32 = 4000;

/// And this share, in percent, of the strongest.
const ALSO_OF_BEST: i32 = 50;

/// The problems of a post, strongest first; of equal ones the first in number.
pub(super) fn members(scores: &[i32], out: &mut Vec<(i32, u32)>) {
    out.clear();
    let best = scores.iter().copied().max().unwrap_or(0);
    if best <= 0 {
        return;
    }
    let at_least = best.min(ALSO.max(best / 100 * ALSO_OF_BEST));
    out.extend((0..).zip(scores).filter(|(_, score)| **score >= at_least).map(|(at, score)| (*score, at)));
    out.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
}
