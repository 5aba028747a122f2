//! What recurs in these posts? Problems, each a query with a name, found from which terms occur together.
//!
//! Each language is looked at by itself, as stems differ. The stems and pairs are chosen first; `vectors.rs` learns
//! which of them keep the same company, `groups.rs` divides posts by that, `mixture.rs` corrects the division and finds
//! the number, `weights.rs` makes of each problem a signature by which any post is scored, and `naming.rs` says how
//! people write it. What any post is asked for, its terms, themes and problems, is in `store/membership/`.
//!
//! What is learned comes from some of the posts, chosen by a hash of their ids; what is counted, from all of them.
//!
//! What was tried, on the first half (by a hash of the text) of two public collections, with the second in sight: some
//! seventy settings were compared, so that only texts that nobody looked at can tell how good it is. NMI / ARI of the strongest
//! problem of each post on `banking77_train.csv`, and NMI; mean best F1 of any problem on the complaints in
//! `airline_tweets.csv`. The stems of these trials were those of a prototype; `tests/it/discovery.rs` prints today's.
//!
//! | way | banking | airlines |
//! |---|---|---|
//! | term vectors and k-means, 100 groups of stems | 0.67 / 0.35 | 0.20; 0.16 |
//! | the same, and pairs | 0.70 / 0.39 | 0.21; 0.16 |
//! | and the mixture, in the order of the file, which is that of the categories: not fair | 0.73 / 0.42 | 0.23; 0.32 |
//! | the same in the order of a hash, smoothing 0.3 | 0.69 / 0.33 | 0.23; 0.31 |
//! | smoothing by the frequency of each term in all posts | 0.71 / 0.41 | 0.20; 0.22 |
//! | merging problems while the mixture gets likelier | 0.70 / 0.38 | 0.24; 0.34 |
//! | nearness beside the terms (6), smoothing by length | 0.72 / 0.41 | 0.24; 0.30 |
//! | and themes among the terms | 0.73 / 0.43 | 0.27; 0.36 |
//! | and nearness 14: what is here | 0.73 / 0.45 | 0.29; 0.39 |
//!
//! Today, second half: 0.70 / 0.38 on the bank questions with 96 problems, 0.27; 0.47 on the airlines with 30, themes
//! being problems too; 0.5 % of the tweets have none.
//!
//! Words of themes alone, without learning, have a mean best F1 of 0.44 on the airlines; themes are problems of the
//! upper level, and count for any post that has one of their words.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights, vectors and numbers of groups are small; what they lose is below what was measured"
)]

mod counted;
mod dice;
mod groups;
mod learn;
mod mixture;
mod naming;
mod vectors;
mod weights;

use std::collections::{BTreeMap, BinaryHeap};

use jiff::tz::TimeZone;

use self::counted::Counted;
use self::learn::learn;
use self::weights::Weighted;
use super::problems::{Names, without_responses};
use crate::insight::InsightError;
use crate::model::{Discovered, Discovery, Language, Phrase, Query, Signature, Theme};
use crate::store::membership::{IDS, Term, Terms, Themes, text_of, with_themes};
use crate::store::{Matching, Snapshot, Stem, Vocabulary};

/// Posts of each language that are learned from.
const LEARNED_FROM: usize = 20_000;

/// What is asked of discovery.
#[derive(Debug, Clone)]
pub struct DiscoverAsked {
    /// In which posts. Responses of brands are left out unless it names kinds.
    pub query: Query,
    /// Whose days the question means.
    pub time_zone: TimeZone,
    /// Typical posts of each problem.
    pub typical: usize,
}

/// The parts of a name; where there is none, what a signature has.
fn named(parts: &[String], else_by: Option<Phrase>) -> String {
    if parts.is_empty() {
        return else_by.map(|phrase| phrase.first).unwrap_or_default();
    }
    parts.join(", ")
}

/// Finds the problems of the posts that answer a question.
pub fn discover(snapshot: &Snapshot, asked: &DiscoverAsked) -> Result<Discovery, InsightError> {
    let query = without_responses(asked.query.clone());
    let vocabulary = snapshot.vocabulary()?;
    let matching = snapshot.matching(&query, &asked.time_zone)?;
    let names = Names::new(snapshot, &query);
    let mut problems: Vec<Discovered> = Vec::new();
    for (language, posts) in sample(snapshot, &vocabulary, &matching)? {
        let found = Found::new(language, &posts, &vocabulary, &names);
        problems.extend(found.described(snapshot, &vocabulary, &matching, problems.len())?);
    }
    let counted = Counted::new(snapshot, &vocabulary, &matching, &problems)?;
    for (problem, tally) in problems.iter_mut().zip(&counted.tallies) {
        problem.count = tally.count;
        problem.strongest = tally.strongest;
        problem.share = share(tally.count, counted.posts);
        problem.theme = counted.theme(problem.signature.language, tally);
        problem.typical = tally.typical_posts(snapshot, asked.typical)?;
    }
    let mut themes: Vec<Theme> = (0..IDS.len())
        .map(|at| Theme {
            id: IDS[at].to_owned(),
            count: counted.languages.values().map(|language| language.having[at]).sum(),
        })
        .collect();
    themes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.id.cmp(&b.id)));
    Ok(Discovery { posts: counted.posts, unassigned: counted.unassigned, themes, problems })
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

type Stems = Vec<Option<Stem>>;

/// Up to [`LEARNED_FROM`] posts of each language: those with the smallest hashes, in that order.
fn sample(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    matching: &Matching,
) -> Result<BTreeMap<Language, Vec<Stems>>, InsightError> {
    let mut chosen: BTreeMap<Language, BinaryHeap<(u64, Stems)>> = BTreeMap::new();
    snapshot.read_terms(vocabulary, matching, |post| {
        let heap = chosen.entry(post.language).or_default();
        if heap.len() < LEARNED_FROM {
            heap.push((post.tie, post.stems.to_vec()));
        } else if heap.peek().is_some_and(|(largest, _)| post.tie < *largest) {
            heap.pop();
            heap.push((post.tie, post.stems.to_vec()));
        }
    })?;
    let posts = |heap: BinaryHeap<(u64, Stems)>| heap.into_sorted_vec().into_iter().map(|(_, stems)| stems);
    Ok(chosen.into_iter().map(|(language, heap)| (language, posts(heap).collect())).collect())
}

/// What was learned of one language.
struct Found {
    language: Language,
    terms: Terms,
    signatures: Vec<Vec<Weighted>>,
}

impl Found {
    fn new(language: Language, posts: &[Stems], vocabulary: &Vocabulary, names: &Names) -> Self {
        let is_name = |stem: Stem| names.stems.contains(vocabulary.text(stem));
        let excluded = |(first, second): Term| {
            is_name(first)
                || second.is_some_and(|second| {
                    is_name(second)
                        || names.pairs.contains(&(
                            vocabulary.text(first).to_owned(),
                            vocabulary.text(second).to_owned(),
                        ))
                })
        };
        let themes = Themes::new(language, vocabulary);
        let posts: Vec<Stems> = posts
            .iter()
            .map(|post| {
                let mut stems = Vec::new();
                with_themes(post, themes.of(post), &mut stems);
                stems
            })
            .collect();
        let terms = Terms::choose(&posts, excluded);
        let mut of_post = Vec::new();
        let posts: Vec<Vec<u32>> = posts
            .iter()
            .map(|post| {
                terms.of(post, &mut of_post);
                of_post.clone()
            })
            .collect();
        let signatures = learn(&posts, terms.len());
        Self { language, terms, signatures }
    }

    /// The problems as people read them, not counted yet; `before` others come before.
    fn described(
        &self,
        snapshot: &Snapshot,
        vocabulary: &Vocabulary,
        matching: &Matching,
        before: usize,
    ) -> Result<Vec<Discovered>, InsightError> {
        let chosen = naming::chosen(&self.terms, &self.signatures);
        let written = naming::written(snapshot, vocabulary, matching, &self.terms, &chosen)?;
        let text = |term: u32| {
            let (first, second) = self.terms.phrases[term as usize];
            Phrase {
                first: text_of(first, vocabulary),
                second: second.map(|second| vocabulary.text(second).to_owned()),
            }
        };
        let described = |(signature, chosen): (&Vec<Weighted>, &naming::Chosen)| {
            let mut by_weight = signature.clone();
            by_weight.sort_by(|a, b| naming::telling(b).cmp(&naming::telling(a)).then(a.term.cmp(&b.term)));
            Discovered {
                name: named(&written.of(&chosen.name), signature.first().map(|term| text(term.term))),
                signature: Signature {
                    language: self.language,
                    terms: by_weight.iter().map(|term| (text(term.term), term.weight)).collect(),
                },
                theme: None,
                count: 0,
                strongest: 0,
                share: 0.0,
                neighbor: chosen.neighbor.map(|neighbor| before + neighbor),
                apart: written.of(&chosen.apart),
                typical: Vec::new(),
            }
        };
        Ok(self.signatures.iter().zip(&chosen).map(described).collect())
    }
}
