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
            let weighted = |(term, seen): (u32, u32)| {
                let weight = weight(f64::from(seen), all, f64::from(counts[term as usize]) / total)?;
                Some(Weighted { term, weight, seen })
            };
            terms.into_iter().filter_map(weighted).collect()
        })
        .collect()
}

/// What a term weighs that is `seen` in posts of a problem, which have `all` terms together, and that is this share of the
/// terms of all posts; `None` if next to nothing more than a term that the problem does not have.
pub(in crate::insight) fn weight(seen: f64, all: f64, everywhere: f64) -> Option<i32> {
    let here = (seen + IMAGINED * everywhere) / (all + IMAGINED);
    let weight = ((1.0 - ELSEWHERE) * here / everywhere + ELSEWHERE).ln();
    Some((weight * NAT).round() as i32).filter(|weight| *weight > ABSENT + NEGLIGIBLE)
}
