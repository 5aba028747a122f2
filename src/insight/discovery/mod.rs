//! What recurs in these posts? Problems, each a query with a name, found from which terms occur together.
//!
//! Each language is looked at by itself, as stems differ. The stems and pairs are chosen first, without those that
//! `words.rs` takes for places; `vectors.rs` learns which of them keep the same company, `groups.rs` divides posts by
//! that, `mixture.rs` corrects the division and finds the number, `merge.rs` joins what tells the same, `weights.rs` makes
//! of each problem a signature by which any post is scored, and `naming.rs` calls it by one of the `phrases.rs` of its
//! posts. What any post is asked for, its terms, themes and problems, is in `store/membership/`.
//!
//! What is learned comes from some of the posts, chosen by a hash of their ids; what is counted, from all of them.
//!
//! What was tried, on the first half (by a hash of the text) of two public collections, with the second in sight: some
//! seventy settings were compared, so that only texts that nobody looked at can tell how good it is. NMI / ARI of the strongest
//! problem of each post on `banking77_train.csv`, and NMI; mean best F1 of any problem or theme on the complaints in
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
//! What came later, with the stems of the index, where five posts were enough for a problem, as they are no longer
//! (`learn.rs`); F1 is the mean best of any problem or theme:
//!
//! | way | banking, both halves | airlines, both halves |
//! |---|---|---|
//! | with places among the terms | 0.718 / 0.404, 0.712 / 0.399 | 0.270; 0.458, 0.259; 0.453 |
//! | without them | 0.715 / 0.401, 0.705 / 0.394 | 0.272; 0.473, 0.268; 0.471 |
//! | the same from three other beginnings of k-means, the second half | 0.699 to 0.710 / 0.375 to 0.395 | 0.263 to 0.273; 0.472 to 0.479 |
//! | nearness 8, 20, 28, 40 | 0.716 / 0.400 down to 0.703 / 0.389 | 0.262, 0.264, 0.259, 0.252 on the second half |
//! | 0.9, 1.6, 2.2 groups for each root | 0.705, 0.718, 0.718 | 0.259, 0.258, 0.262 on the second half |
//! | smoothing 0.003, 0.007, 0.010 | 0.714, 0.717, 0.713 | 0.250, 0.269, 0.269 on the second half |
//! | posts moved once more by their signatures, up to four times | 0.717 / 0.407, 0.706 / 0.398 | 0.273; 0.473, 0.266; 0.471 |
//! | places of posts without what all have in common, and the mean of their ten nearest, nearness 6 | 0.727 / 0.423, 0.720 / 0.423; from three other beginnings 0.701 to 0.713 / 0.382 to 0.401 on the second half | 0.276; 0.457, 0.265; 0.464 |
//! | five divisions, posts near that were together in them | 0.715 / 0.410, 0.708 / 0.405 | 0.268; 0.465, 0.257; 0.459 |
//!
//! Of any problem alone, the best F1 was 0.394 and 0.399, below its first bar: one thing told in two ways ("late flight",
//! "delayed flight") was two problems. Means of both halves, of the airlines in four to eight orders of the posts, which end
//! otherwise, of the bank questions in one to four; least is the worst order:
//!
//! | way | banking: problems, NMI / ARI | airlines: problems, NMI / ARI; F1 of a problem, least |
//! |---|---|---|
//! | smoothing 0.0045, as before | 94, 0.710 / 0.398 | 26, 0.268 / 0.153; 0.378, 0.351 |
//! | smoothing 0.0065 | 86, 0.708 / 0.390 | 16, 0.279 / 0.201; 0.416, 0.404 |
//! | smoothing 0.0080 | – | 14, 0.282 / 0.217; 0.411, 0.401 |
//! | the likeliest of four beginnings, smoothing 0.0065 | – | 15, 0.281 / 0.211; 0.416, 0.400 |
//! | joined where half of the posts of both have one theme, one order | 71, 0.662 / – | 15, 0.270 / –; 0.435 |
//! | joined where it is likelier (`merge.rs`), smoothing 0.0038 | 71, 0.705 / 0.392 | 16, 0.284 / 0.203; 0.423, 0.419 |
//! | smoothing 0.0042 | – | 14, 0.290 / 0.223; 0.428, 0.419 |
//! | smoothing 0.0065 | 53, 0.698 / 0.364 | 10, 0.300 / 0.250; 0.433, 0.428 |
//!
//! What is here is 0.004, and settled once more after that: 0.706 / 0.388 and 0.698 / 0.379 with 68 problems, 0.292; 0.421 and
//! 0.269; 0.421 with 16 (`cargo run --release --example discoveries`, where k-means stands beside it). Fewer problems agree
//! better with nine reasons, and worse with 77 kinds of questions. Of posts of more terms nothing is joined: letters fell
//! into 11 instead of 22, with an NMI of 0.23 instead of 0.39.
//!
//! A difference below 0.01 is that of another beginning. The ten nearest gain about that much and cost a comparison of all
//! posts with all, and five divisions cost five times the time: neither was taken up. 0.75 / 0.43 was not reached.
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
mod merge;
mod mixture;
mod naming;
mod phrases;
mod vectors;
mod weights;
mod words;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use jiff::tz::TimeZone;

use self::counted::Counted;
use self::learn::learn;
pub(super) use self::weights::{Weighted, most_telling_first};
pub(super) use self::words::Words;
use super::problems::{Names, without_responses};
use crate::insight::InsightError;
use crate::model::{Discovered, Discovery, Language, Phrase, Query, Signature, Theme};
use crate::store::membership::{IDS, Term, Terms, Themes, text_of, with_themes};
use crate::store::{Matching, Place, Record, Snapshot, Stem, Vocabulary};

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
    let mut taken = BTreeSet::new();
    for (language, posts) in sample(snapshot, &vocabulary, &matching)? {
        let records = read(snapshot, &posts)?;
        let texts =
            records.iter().flat_map(|record| [record.post.title.as_deref(), Some(record.post.text.as_str())]);
        let words = Words::new(language, texts.flatten());
        let names = names.clone().but(|stem| words.is_small(stem));
        let found = Found::new(language, &posts, &vocabulary, &names, &words);
        let mut here = found.described(&vocabulary, problems.len());
        let posts = posts.iter().map(|post| post.stems.as_slice()).zip(&records);
        let fitting = naming::fitting(&here, &vocabulary, posts);
        let called = naming::names(&here, &fitting, &words, &names, &mut taken);
        for (((problem, name), posts), terms) in here.iter_mut().zip(called).zip(&fitting).zip(&found.apart) {
            problem.name = name;
            let phrases = terms.iter().map(|term| found.text(*term, &vocabulary));
            problem.apart = naming::written_by(posts, phrases);
        }
        problems.extend(here);
    }
    let counted = Counted::new(snapshot, &vocabulary, &matching, &problems)?;
    for (problem, tally) in problems.iter_mut().zip(&counted.tallies) {
        problem.count = tally.count;
        problem.strongest = tally.strongest;
        problem.share = share(tally.count, counted.posts);
        problem.theme = counted.theme(&problem.signature, tally);
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

/// Posts that have something in common.
pub(super) struct Group<'a> {
    /// What they have in common, the most telling first.
    pub(super) terms: Vec<Phrase>,
    /// The best first, of each case one.
    pub(super) posts: Vec<&'a Record>,
}

/// What people would call each group of posts in one language, each otherwise.
pub(super) fn call(language: Language, groups: &[Group<'_>], words: &Words, names: &Names) -> Vec<String> {
    let problem = |group: &Group<'_>| Discovered {
        name: String::new(),
        signature: Signature { language, terms: group.terms.iter().map(|term| (term.clone(), 1)).collect() },
        theme: None,
        count: 0,
        strongest: 0,
        share: 0.0,
        neighbor: None,
        apart: Vec::new(),
        typical: Vec::new(),
    };
    let problems: Vec<Discovered> = groups.iter().map(problem).collect();
    let posts: Vec<Vec<&Record>> = groups.iter().map(|group| group.posts.clone()).collect();
    naming::names(&problems, &posts, words, names, &mut BTreeSet::new())
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

type Stems = Vec<Option<Stem>>;

/// A post that is learned from.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sampled {
    tie: u64,
    stems: Stems,
    place: Place,
}

/// Up to [`LEARNED_FROM`] posts of each language: those with the smallest hashes, in that order.
fn sample(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    matching: &Matching,
) -> Result<BTreeMap<Language, Vec<Sampled>>, InsightError> {
    let mut chosen: BTreeMap<Language, BinaryHeap<Sampled>> = BTreeMap::new();
    snapshot.read_terms(vocabulary, matching, |post| {
        let heap = chosen.entry(post.language).or_default();
        if heap.len() == LEARNED_FROM {
            if heap.peek().is_none_or(|largest| post.tie >= largest.tie) {
                return;
            }
            heap.pop();
        }
        heap.push(Sampled { tie: post.tie, stems: post.stems.to_vec(), place: post.place });
    })?;
    Ok(chosen.into_iter().map(|(language, heap)| (language, heap.into_sorted_vec())).collect())
}

/// The posts themselves, in their order; read in the order in which they are kept, as they are packed together.
fn read(snapshot: &Snapshot, posts: &[Sampled]) -> Result<Vec<Record>, InsightError> {
    let mut order: Vec<(Place, usize)> =
        posts.iter().enumerate().map(|(at, post)| (post.place, at)).collect();
    order.sort_unstable();
    let mut records = Vec::with_capacity(posts.len());
    for (place, at) in order {
        records.push((at, snapshot.at(place)?));
    }
    records.sort_unstable_by_key(|(at, _)| *at);
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// What was learned of one language.
struct Found {
    language: Language,
    terms: Terms,
    signatures: Vec<Vec<Weighted>>,
    neighbors: Vec<Option<usize>>,
    /// For each problem, the terms that set it apart.
    apart: Vec<Vec<u32>>,
}

impl Found {
    fn new(
        language: Language,
        posts: &[Sampled],
        vocabulary: &Vocabulary,
        names: &Names,
        words: &Words,
    ) -> Self {
        let is_name =
            |stem: Stem| names.stems.contains(vocabulary.text(stem)) || words.is_place(vocabulary.text(stem));
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
                with_themes(&post.stems, themes.of(&post.stems), &mut stems);
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
        let (neighbors, apart) = naming::neighbors(&terms, &signatures).into_iter().unzip();
        Self { language, terms, signatures, neighbors, apart }
    }

    fn text(&self, term: u32, vocabulary: &Vocabulary) -> Phrase {
        let (first, second) = self.terms.phrases[term as usize];
        Phrase {
            first: text_of(first, vocabulary),
            second: second.map(|second| vocabulary.text(second).to_owned()),
        }
    }

    /// The problems, neither named nor counted yet; `before` others come before.
    fn described(&self, vocabulary: &Vocabulary, before: usize) -> Vec<Discovered> {
        let described = |(signature, neighbor): (&Vec<Weighted>, &Option<usize>)| {
            let mut by_weight = signature.clone();
            most_telling_first(&mut by_weight);
            let terms = by_weight.iter().map(|term| (self.text(term.term, vocabulary), term.weight));
            Discovered {
                name: String::new(),
                signature: Signature { language: self.language, terms: terms.collect() },
                theme: None,
                count: 0,
                strongest: 0,
                share: 0.0,
                neighbor: neighbor.map(|neighbor| before + neighbor),
                apart: Vec::new(),
                typical: Vec::new(),
            }
        };
        self.signatures.iter().zip(&self.neighbors).map(described).collect()
    }
}
