//! Which posts show best what a problem is? Those that have most in common with its other posts, each said otherwise.
//!
//! The posts with the highest scores are not the ones: one that happens to have three rare words of a problem scores more
//! than one that says in plain words what all the others say. A post is typical by what it shares with a post of the
//! problem that is drawn at random, so that it stands near the middle; of two that say the same, one is shown. Where the
//! problem has a name, posts that say it come before: a reader takes the name for what it is about.

use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Language;
use crate::store::{Place, PostTerms, Stem, Vocabulary};
use crate::text::Analyzer;

/// Posts of a problem among which the typical ones are looked for: those that fit it best. Letting all in would let in
/// those that are half about something else.
pub(super) const POOL: usize = 150;

/// What a post gains that says all of the name, beside what it is worth otherwise; in proportion one that says some of it.
const NAMED: f64 = 2.0;

/// Words of a post that are taken for granted: a shorter one is no better for being short.
const SHORT: usize = 8;

/// Posts are the same to a reader if they share so much of the stems that either has.
const ALIKE: f64 = 0.7;

/// Posts among which each says it otherwise; nobody is shown more.
const DISTINCT: usize = 40;

/// Of all posts that are offered, those that fit best; of equal ones the same whatever order they come in.
#[derive(Debug, Clone)]
pub(super) struct Fittest {
    most: usize,
    /// The worst on top.
    posts: BinaryHeap<Fitting>,
}

/// A post by how well it fits, negated so that worse ones come later, and by its tie.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fitting {
    worse: i64,
    tie: u64,
    pub(super) place: Place,
    pub(super) stems: Vec<Option<Stem>>,
    /// Of the signature that it fits.
    pub(super) number: u32,
}

impl Default for Fittest {
    /// None yet of a [`POOL`].
    fn default() -> Self {
        Self::new(POOL)
    }
}

impl Fittest {
    /// None yet; at most so many are kept.
    pub(super) fn new(most: usize) -> Self {
        Self { most, posts: BinaryHeap::new() }
    }

    /// Takes a post in that fits the signature with that number so well, if it is among the best.
    pub(super) fn offer(&mut self, fit: i64, number: u32, post: &PostTerms<'_>) {
        let is_full = self.posts.len() == self.most;
        if is_full && self.posts.peek().is_some_and(|last| (last.worse, last.tie) <= (-fit, post.tie)) {
            return;
        }
        if is_full {
            self.posts.pop();
        }
        let (place, stems) = (post.place, post.stems.to_vec());
        self.posts.push(Fitting { worse: -fit, tie: post.tie, place, stems, number });
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> Vec<Fitting> {
        self.posts.into_sorted_vec()
    }
}

/// What counts of a post of a problem.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Said {
    /// Its terms that speak for the problem, with their weights.
    pub(super) terms: Vec<(u32, i32)>,
    /// All its stems, each once, rising.
    pub(super) stems: Vec<u32>,
    /// How many of the stems of the problem's name it has, of `name_length`.
    named: usize,
    name_length: usize,
}

impl Said {
    /// `name` has the stems of the problem's name, none where it has none yet.
    pub(super) fn new(terms: Vec<(u32, i32)>, stems: &[Option<u32>], name: &[u32]) -> Self {
        let stems: BTreeSet<u32> = stems.iter().flatten().copied().collect();
        let named = name.iter().filter(|stem| stems.contains(stem)).count();
        Self { terms, stems: stems.into_iter().collect(), named, name_length: name.len() }
    }
}

/// The stems of a name that some post has.
pub(super) fn of_name(name: &str, language: Language, vocabulary: &Vocabulary) -> Vec<u32> {
    let places = Analyzer::default().positions(name, language);
    places.iter().filter_map(|stems| vocabulary.number(stems.first()?)).collect()
}

/// The places of some posts of one problem, the most typical first. Of equal ones the first comes first.
pub(super) fn most_typical(posts: &[Said]) -> Vec<usize> {
    let mut having: FxHashMap<u32, u32> = FxHashMap::default();
    // What is said in the same words ten times is one thing said, ten times.
    let mut known = FxHashSet::default();
    for post in posts.iter().filter(|post| known.insert(*post)) {
        for (term, _) in &post.terms {
            *having.entry(*term).or_default() += 1;
        }
    }
    let shared = |post: &Said| {
        let sum: f64 =
            post.terms.iter().map(|(term, weight)| f64::from(*weight) * f64::from(having[term])).sum();
        let named = post.named as f64 / post.name_length.max(1) as f64;
        (1.0 + NAMED * named) * sum / (post.stems.len().max(SHORT) as f64).sqrt()
    };
    let mut ranked: Vec<(f64, usize)> = posts.iter().map(shared).zip(0..).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let (mut chosen, mut later) = (Vec::with_capacity(ranked.len()), Vec::new());
    for (_, at) in ranked {
        let is_said = |known: &usize| alike(&posts[*known].stems, &posts[at].stems) >= ALIKE;
        if chosen.len() < DISTINCT && chosen.iter().any(is_said) {
            later.push(at);
        } else {
            chosen.push(at);
        }
    }
    chosen.append(&mut later);
    chosen
}

/// How many of the stems that either has both have, 0..=1.
fn alike(one: &[u32], other: &[u32]) -> f64 {
    let both = one.iter().filter(|stem| other.binary_search(stem).is_ok()).count();
    let either = one.len() + other.len() - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(terms: &[u32], weight: i32) -> Said {
        let stems: Vec<Option<u32>> = terms.iter().copied().map(Some).collect();
        Said::new(terms.iter().map(|term| (*term, weight)).collect(), &stems, &[])
    }

    #[test]
    fn what_most_posts_say_is_more_typical_than_rare_words_that_weigh_more() {
        let common = [[1, 2, 3], [1, 2, 4], [1, 2, 5], [1, 2, 6], [1, 2, 7]];
        let mut posts = vec![said(&[8, 9, 10], 2000)];
        posts.extend(common.iter().map(|terms| said(terms, 1000)));
        assert_eq!(most_typical(&posts), [1, 2, 3, 4, 5, 0]);
    }

    #[test]
    fn of_two_posts_that_say_the_same_one_comes_after_all_others() {
        let posts = [said(&[1, 2, 3, 4], 1000), said(&[1, 2, 3, 4], 1000), said(&[1, 2, 9], 1000)];
        assert_eq!(most_typical(&posts), [0, 2, 1]);
    }

    #[test]
    fn a_post_that_says_the_name_comes_first() {
        let terms = |stems: &[u32]| stems.iter().map(|stem| (*stem, 1000)).collect();
        let post = |stems: &[u32]| {
            let all: Vec<Option<u32>> = stems.iter().copied().map(Some).collect();
            Said::new(terms(stems), &all, &[7, 8])
        };
        let posts = [post(&[1, 2, 3]), post(&[1, 2, 8]), post(&[1, 7, 8]), post(&[1, 2, 4])];
        assert_eq!(most_typical(&posts), [2, 1, 0, 3]);
    }

    #[test]
    fn every_post_has_its_place() {
        assert_eq!(most_typical(&[]), [0; 0]);
        assert_eq!(most_typical(&[Said::default(), Said::default()]), [0, 1]);
    }
}
