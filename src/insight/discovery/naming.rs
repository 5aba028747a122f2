//! How do people write this problem, and what sets it apart from the next? The terms that tell most, as they are written.

use std::collections::BTreeMap;

use super::weights::Weighted;
use crate::insight::InsightError;
use crate::insight::problems::name_of;
use crate::model::Phrase;
use crate::store::membership::{ABSENT, Term, Terms, is_theme};
use crate::store::{Matching, Snapshot, Vocabulary};

/// Posts of each term that are read to learn how people write it.
const READ: usize = 30;

/// Terms that set a problem apart from its neighbor.
const APART: usize = 3;

/// A pair says more than a stem that tells as much: in hundredths.
const PAIR: i64 = 160;

/// The second part of a name tells at least this share of the first, in hundredths.
const SECOND: i64 = 45;

/// The terms by which a problem is named.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) name: Vec<u32>,
    pub(super) neighbor: Option<usize>,
    pub(super) apart: Vec<u32>,
}

/// How much a term tells about a problem: how many of its posts have it, times how telling it is.
pub(super) fn telling(term: &Weighted) -> i64 {
    i64::from(term.weight) * i64::from(term.seen)
}

/// Chooses for each problem the terms of its name, its neighbor, and what sets it apart.
pub(super) fn chosen(terms: &Terms, signatures: &[Vec<Weighted>]) -> Vec<Chosen> {
    let phrase = |term: u32| terms.phrases[term as usize];
    let mut all: Vec<Chosen> = signatures
        .iter()
        .map(|signature| Chosen { name: name(signature, phrase), ..Chosen::default() })
        .collect();
    for (at, signature) in signatures.iter().enumerate() {
        let neighbor = (0..signatures.len())
            .filter(|other| *other != at)
            .map(|other| (likeness(signature, &signatures[other]), other))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, other)| other);
        all[at].neighbor = neighbor;
        let Some(neighbor) = neighbor else { continue };
        let there: BTreeMap<u32, i32> =
            signatures[neighbor].iter().map(|term| (term.term, term.weight)).collect();
        let mut by_difference: Vec<(i64, u32)> = signature
            .iter()
            .filter(|term| term.weight > 0 && !is_theme(phrase(term.term).0))
            .map(|term| {
                let more = term.weight - there.get(&term.term).copied().unwrap_or(ABSENT);
                (-i64::from(more) * i64::from(term.seen), term.term)
            })
            .collect();
        by_difference.sort_unstable();
        for (_, term) in by_difference {
            if all[at].apart.len() == APART {
                break;
            }
            if !all[at].apart.iter().any(|known| overlap(phrase(*known), phrase(term))) {
                all[at].apart.push(term);
            }
        }
    }
    all
}

/// One term, or two that have no stem in common.
fn name(signature: &[Weighted], phrase: impl Fn(u32) -> Term) -> Vec<u32> {
    let mut best: Vec<(i64, u32)> = signature
        .iter()
        .filter(|term| term.weight > 0 && !is_theme(phrase(term.term).0))
        .map(|term| {
            let times = if phrase(term.term).1.is_some() { PAIR } else { 100 };
            (telling(term) * times / 100, term.term)
        })
        .collect();
    best.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let Some((most, first)) = best.first().copied() else { return Vec::new() };
    let second = best
        .iter()
        .find(|(tells, term)| !overlap(phrase(first), phrase(*term)) && *tells * 100 >= most * SECOND)
        .map(|(_, term)| *term);
    std::iter::once(first).chain(second).collect()
}

fn overlap(a: Term, b: Term) -> bool {
    let has = |stem: u32| b.0 == stem || b.1 == Some(stem);
    has(a.0) || a.1.is_some_and(has)
}

/// The cosine of what tells about two problems.
fn likeness(a: &[Weighted], b: &[Weighted]) -> f64 {
    let there: BTreeMap<u32, f64> = b.iter().map(|term| (term.term, telling(term).max(0) as f64)).collect();
    let length = |terms: &[Weighted]| {
        terms.iter().map(|term| (telling(term).max(0) as f64).powi(2)).sum::<f64>().sqrt()
    };
    let both: f64 = a
        .iter()
        .map(|term| telling(term).max(0) as f64 * there.get(&term.term).copied().unwrap_or(0.0))
        .sum();
    both / (length(a) * length(b)).max(1e-9)
}

/// How people write terms.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeMap<u32, String>);

impl Written {
    pub(super) fn of(&self, terms: &[u32]) -> Vec<String> {
        terms.iter().filter_map(|term| self.0.get(term).cloned()).collect()
    }
}

/// Looks up how the posts write the chosen terms.
pub(super) fn written(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    matching: &Matching,
    terms: &Terms,
    chosen: &[Chosen],
) -> Result<Written, InsightError> {
    let mut wanted: Vec<u32> =
        chosen.iter().flat_map(|chosen| chosen.name.iter().chain(&chosen.apart)).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let phrases: Vec<Term> = wanted.iter().map(|term| terms.phrases[*term as usize]).collect();
    let members = snapshot.members(vocabulary, matching, &phrases, READ)?;
    let mut written = BTreeMap::new();
    for (at, (term, (first, second))) in wanted.iter().zip(&phrases).enumerate() {
        let posts = snapshot.some_of(&members, at)?;
        let phrase = Phrase {
            first: vocabulary.text(*first).to_owned(),
            second: second.map(|second| vocabulary.text(second).to_owned()),
        };
        written.insert(*term, name_of(&phrase, &posts));
    }
    Ok(Written(written))
}
