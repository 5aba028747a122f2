//! What does a problem look like? Weights of terms, whose sum says which posts have it (`store/membership/scores.rs`).
//!
//! A term's weight is how many times likelier it is in the problem than in all posts, as a logarithm. Each word of a post
//! may also have come from anywhere, once in [`ELSEWHERE`]: without that, one word that a problem never had would
//! outweigh all that speak for it. Weights are whole numbers, so that a sum does not depend on its order or the machine.

use std::collections::BTreeMap;

use crate::store::membership::{ABSENT, NAT};

/// The share of a post's terms that have nothing to do with its problem.
const ELSEWHERE: f64 = 0.2;

/// Imagined terms that each problem has beside its own, as frequent as in all posts.
const IMAGINED: f64 = 20.0;

/// Weights closer to [`ABSENT`] than this are not kept.
const NEGLIGIBLE: i32 = 150;

/// A term of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::insight) struct Weighted {
    pub(in crate::insight) term: u32,
    pub(in crate::insight) weight: i32,
    /// Posts of the problem that have it.
    pub(in crate::insight) seen: u32,
}

impl Weighted {
    /// A term that is `seen` in posts of a problem, which have `all` terms together, and that is this share of the terms of
    /// all posts; `None` if it weighs next to nothing more than a term that the problem does not have.
    pub(in crate::insight) fn new(term: u32, seen: u32, all: f64, everywhere: f64) -> Option<Self> {
        let here = (f64::from(seen) + IMAGINED * everywhere) / (all + IMAGINED);
        let weight = ((1.0 - ELSEWHERE) * here / everywhere + ELSEWHERE).ln();
        let weight = (weight * NAT).round() as i32;
        (weight > ABSENT + NEGLIGIBLE).then_some(Self { term, weight, seen })
    }

    /// How much it tells of the problem: its weight in each post that has it.
    pub(in crate::insight) fn telling(&self) -> i64 {
        i64::from(self.weight) * i64::from(self.seen)
    }
}

/// Puts terms in the order in which a signature has them: the most telling first.
pub(in crate::insight) fn most_telling_first(terms: &mut [Weighted]) {
    terms.sort_unstable_by(|a, b| b.telling().cmp(&a.telling()).then(a.term.cmp(&b.term)));
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
            let weighted = |(term, seen): (u32, u32)| {
                Weighted::new(term, seen, all, f64::from(counts[term as usize]) / total)
            };
            terms.into_iter().filter_map(weighted).collect()
        })
        .collect()
}
