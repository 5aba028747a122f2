//! What recurs in these posts? Problems, each a query with a name, found from which terms occur together.
//!
//! Each language is looked at by itself, as stems differ. `terms.rs` chooses the stems and pairs, `vectors.rs` learns
//! which of them keep the same company, `groups.rs` divides posts by that, `mixture.rs` corrects the division and finds
//! the number, `weights.rs` makes of each problem a signature by which any post is scored, `themes.rs` says what all
//! trades call it, and `naming.rs` how people write it.
//!
//! What is learned comes from some of the posts, chosen by a hash of their ids; what is counted, from all of them.

mod counted;
mod dice;
mod groups;
mod learn;
mod membership;
mod mixture;
mod naming;
mod terms;
mod themes;
mod vectors;
mod weights;

use std::collections::{BTreeMap, BinaryHeap};

use jiff::tz::TimeZone;

use self::counted::Counted;
use self::learn::learn;
pub use self::membership::Membership;
use self::terms::{Phrase as Term, Terms};
use self::themes::IDS;
use self::weights::Weighted;
use super::problems::{Names, without_responses};
use crate::insight::InsightError;
use crate::model::{Discovered, Discovery, Language, Phrase, Query, Signature, Theme};
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
        let terms = Terms::choose(posts, excluded);
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
                first: vocabulary.text(first).to_owned(),
                second: second.map(|second| vocabulary.text(second).to_owned()),
            }
        };
        let described = |(signature, chosen): (&Vec<Weighted>, &naming::Chosen)| {
            let mut by_weight = signature.clone();
            by_weight.sort_by(|a, b| naming::telling(b).cmp(&naming::telling(a)).then(a.term.cmp(&b.term)));
            Discovered {
                name: written.of(&chosen.name).join(", "),
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
