//! What recurs in these posts? Problems, each a query with a name, found from which terms occur together.
//!
//! Each language is looked at by itself, as stems differ. `terms.rs` chooses the stems and pairs, `vectors.rs` learns
//! which of them keep the same company, `groups.rs` divides posts by that, `mixture.rs` corrects the division and finds
//! the number, `weights.rs` makes of each problem a signature by which any post is scored, `themes.rs` says what all
//! trades call it, and `naming.rs` how people write it.
//!
//! What is learned comes from some of the posts, chosen by a hash of their ids; what is counted, from all of them.

mod dice;
mod groups;
mod learn;
mod mixture;
mod naming;
mod terms;
mod themes;
mod vectors;
mod weights;

use std::collections::{BTreeMap, BinaryHeap};

use jiff::tz::TimeZone;

use self::learn::{Learned, learn};
use self::terms::{Phrase as Term, Terms};
use self::themes::{IDS, Themes};
use self::weights::{Scorer, members};
use super::problems::{Names, without_responses};
use crate::insight::InsightError;
use crate::model::{Discovered, Discovery, Language, Phrase, Query, Signature, Theme};
use crate::store::{Matching, Place, Snapshot, Stem, Vocabulary};

/// Posts of each language that are learned from.
const LEARNED_FROM: usize = 20_000;

/// Posts of each problem that are read to find its typical ones.
const READ: usize = 40;

/// A theme is that of a problem if so large a share of its posts speak of it,
const MIN_THEME_SHARE: f64 = 0.3;

/// and so many times the share of all posts.
const MIN_THEME_LIFT: f64 = 1.5;

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
    let mut found: Vec<Found> = sample(snapshot, &vocabulary, &matching)?
        .into_iter()
        .map(|(language, posts)| Found::new(language, &posts, &vocabulary, &names))
        .collect();
    let mut counts = Counts::default();
    count(snapshot, &vocabulary, &matching, &mut found, &mut counts)?;
    let mut problems: Vec<Discovered> = Vec::new();
    for found in &found {
        problems.extend(described(snapshot, &vocabulary, &matching, found, problems.len(), asked.typical)?);
    }
    for problem in &mut problems {
        problem.share = if counts.posts == 0 { 0.0 } else { problem.count as f64 / counts.posts as f64 };
    }
    let mut themes: Vec<Theme> = (0..IDS.len())
        .map(|at| Theme {
            id: IDS[at].to_owned(),
            count: found.iter().map(|found| found.themes_having[at]).sum(),
        })
        .collect();
    themes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.id.cmp(&b.id)));
    Ok(Discovery { posts: counts.posts, unassigned: counts.unassigned, themes, problems })
}

#[derive(Debug, Default)]
struct Counts {
    posts: u64,
    unassigned: u64,
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

/// What was learned of one language, and what is counted with it.
struct Found {
    language: Language,
    terms: Terms,
    learned: Learned,
    scorer: Scorer,
    themes: Themes,
    posts: u64,
    themes_having: [u64; 32],
    tallies: Vec<Tally>,
}

#[derive(Debug, Clone, Default)]
struct Tally {
    count: u64,
    strongest: u64,
    /// Of the posts whose strongest problem it is, those that speak of each theme.
    themes: [u64; 32],
    /// The highest scores for their length, negated so that the lowest is on top.
    typical: BinaryHeap<(i64, u64, Place)>,
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
        let learned = learn(&posts, terms.len());
        let scorer = Scorer::new(&learned.signatures, terms.len());
        let tallies = vec![Tally::default(); learned.signatures.len()];
        let themes = Themes::new(language, vocabulary);
        Self { language, terms, learned, scorer, themes, posts: 0, themes_having: [0; 32], tallies }
    }

    /// The theme of most posts of a problem.
    fn theme(&self, tally: &Tally) -> Option<String> {
        let of = |count: u64, all: u64| if all == 0 { 0.0 } else { count as f64 / all as f64 };
        (0..IDS.len())
            .map(|at| (of(tally.themes[at], tally.strongest), of(self.themes_having[at], self.posts), at))
            .filter(|(here, all, _)| *here >= MIN_THEME_SHARE && *here >= MIN_THEME_LIFT * all)
            .map(|(here, all, at)| (here * (here / all).ln(), at))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, at)| IDS[at].to_owned())
    }
}

/// Scores every post.
fn count(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    matching: &Matching,
    found: &mut [Found],
    counts: &mut Counts,
) -> Result<(), InsightError> {
    let mut terms = Vec::new();
    let mut problems = Vec::new();
    snapshot.read_terms(vocabulary, matching, |post| {
        counts.posts += 1;
        let Some(found) = found.iter_mut().find(|found| found.language == post.language) else {
            counts.unassigned += 1;
            return;
        };
        found.posts += 1;
        let themes = found.themes.of(post.stems);
        let having = |sums: &mut [u64; 32]| {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum += u64::from(themes >> at & 1);
            }
        };
        having(&mut found.themes_having);
        found.terms.of(post.stems, &mut terms);
        members(found.scorer.scores(&terms), &mut problems);
        counts.unassigned += u64::from(problems.is_empty());
        for (rank, (score, problem)) in problems.iter().enumerate() {
            let tally = &mut found.tallies[*problem as usize];
            tally.count += 1;
            if rank > 0 {
                continue;
            }
            tally.strongest += 1;
            having(&mut tally.themes);
            // A long post scores more with as little that is to the point.
            let fit = (f64::from(*score) / (terms.len() as f64).sqrt()).round() as i64;
            let entry = (-fit, post.tie, post.place);
            if tally.typical.len() < READ {
                tally.typical.push(entry);
            } else if tally.typical.peek().is_some_and(|worst| entry < *worst) {
                tally.typical.pop();
                tally.typical.push(entry);
            }
        }
    })
}

/// The problems of one language as people read them; `before` others come before.
fn described(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    matching: &Matching,
    found: &Found,
    before: usize,
    typical: usize,
) -> Result<Vec<Discovered>, InsightError> {
    let chosen = naming::chosen(&found.terms, &found.learned.signatures);
    let written = naming::written(snapshot, vocabulary, matching, &found.terms, &chosen)?;
    let text = |term: u32| {
        let (first, second) = found.terms.phrases[term as usize];
        Phrase {
            first: vocabulary.text(first).to_owned(),
            second: second.map(|second| vocabulary.text(second).to_owned()),
        }
    };
    let mut problems = Vec::with_capacity(chosen.len());
    for (at, (signature, tally)) in found.learned.signatures.iter().zip(&found.tallies).enumerate() {
        let mut cases = Vec::new();
        let mut ids = Vec::new();
        for (_, _, place) in tally.typical.clone().into_sorted_vec() {
            if ids.len() == typical {
                break;
            }
            let record = snapshot.at(place)?;
            if !cases.contains(&record.case) {
                cases.push(record.case);
                ids.push(record.post.id);
            }
        }
        let mut by_weight = signature.clone();
        by_weight.sort_by(|a, b| naming::telling(b).cmp(&naming::telling(a)).then(a.term.cmp(&b.term)));
        problems.push(Discovered {
            name: written.of(&chosen[at].name).join(", "),
            signature: Signature {
                language: found.language,
                terms: by_weight.iter().map(|term| (text(term.term), term.weight)).collect(),
            },
            theme: found.theme(tally),
            count: tally.count,
            strongest: tally.strongest,
            share: 0.0,
            neighbor: chosen[at].neighbor.map(|neighbor| before + neighbor),
            apart: written.of(&chosen[at].apart),
            typical: ids,
        });
    }
    Ok(problems)
}
