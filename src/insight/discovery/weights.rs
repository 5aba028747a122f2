//! What does a problem look like, and which posts have it? Weights of terms, and sums of them.
//!
//! A term's weight is how many times likelier it is in the problem than in all posts, as a logarithm. Each word of a post
//! may also have come from anywhere, once in [`ELSEWHERE`]: without that, one word that a problem never had would
//! outweigh all that speak for it. Weights are whole numbers, so that a sum does not depend on its order or the machine.

use std::collections::BTreeMap;

/// The share of a post's terms that have nothing to do with its problem.
const ELSEWHERE: f64 = 0.2;

/// Imagined terms that each problem has beside its own, as frequent as in all posts.
const IMAGINED: f64 = 20.0;

/// Weights are in so many parts of a natural-log unit.
pub(super) const NAT: f64 = 1000.0;

/// What a term weighs that a problem does not have: `ln(ELSEWHERE)`.
pub(super) const ABSENT: i32 = -1609;

/// Weights closer to [`ABSENT`] than this are not kept.
const NEGLIGIBLE: i32 = 150;

/// A term of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weighted {
    pub(super) term: u32,
    pub(super) weight: i32,
    /// Posts of the problem that have it.
    pub(super) seen: u32,
}

/// For each problem, the weights of its terms, in the order of the terms.
pub(super) fn weights(posts: &[Vec<u32>], problems: &[u32], counts: &[u32]) -> Vec<Vec<Weighted>> {
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let mut having: BTreeMap<u32, (f64, BTreeMap<u32, u32>)> = BTreeMap::new();
    for (post, problem) in posts.iter().zip(problems) {
        let (all, terms) = having.entry(*problem).or_default();
        *all += post.len() as f64;
        for term in post {
            *terms.entry(*term).or_default() += 1;
        }
    }
    having
        .into_values()
        .map(|(all, terms)| {
            let weight = |(term, seen): (u32, u32)| {
                let everywhere = f64::from(counts[term as usize]) / total;
                let here = (f64::from(seen) + IMAGINED * everywhere) / (all + IMAGINED);
                let weight = ((1.0 - ELSEWHERE) * here / everywhere + ELSEWHERE).ln();
                Weighted { term, weight: (weight * NAT).round() as i32, seen }
            };
            terms.into_iter().map(weight).filter(|term| term.weight > ABSENT + NEGLIGIBLE).collect()
        })
        .collect()
}

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
