//! What is a known problem like, beside its numbers? Its typical posts, and what sets it apart from the one most like it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::InsightError;
use super::ledger::likeness;
use super::problems::{without_responses, written};
use super::typical::{Fittest, Fitting, POOL, Said, most_typical, of_name};
use crate::model::{Condition, KnownProblem, Language, Phrase, ProblemId, Query, Signature};
use crate::store::{Membership, Record, Snapshot, Stem};

/// Posts that are looked at for [`POOL`] that say different things: many may say the same.
const LOOKED_AT: usize = 600;

/// Posts that say different things, which are read to learn how people write terms.
const READ: usize = 40;

/// More than there are languages, to tell their terms apart.
const LANGUAGES: u32 = 16;

/// Terms that set a problem apart.
const APART: usize = 5;

/// So much more a term weighs than in the neighbor, in thousandths of a natural-log unit, if it sets apart.
const TELLS: i32 = 1000;

/// What a problem is like.
#[derive(Debug, Clone)]
pub struct Likeness {
    /// Posts that show best what it is: those that have most in common with its others, of each case one.
    pub typical: Vec<Record>,
    /// The shown problem that is most like it, and how much: the cosine of what speaks for them, 0..=1.
    pub neighbor: Option<(ProblemId, f64)>,
    /// What it has and its neighbor has not, as people write it, the most telling first.
    pub apart: Vec<String>,
    /// Its most telling terms, as people write them, with their weights in thousandths of a natural-log unit.
    pub terms: Vec<(String, i32)>,
}

/// Terms that are shown of a signature.
const TERMS: usize = 12;

/// Tells what a problem is like, by the posts that answer `query` and have it.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn like(
    snapshot: &Snapshot,
    problem: &KnownProblem,
    query: &Query,
    time_zone: &TimeZone,
    typical: usize,
) -> Result<Likeness, InsightError> {
    let posts = best(snapshot, problem, query, time_zone)?;
    let ledger = snapshot.ledger();
    let neighbor = ledger
        .shown(problem.meaning)
        .filter(|other| other.id != problem.id && other.signature != problem.signature)
        .map(|other| (likeness(&problem.signature, &other.signature), other))
        .filter(|(likeness, _)| *likeness > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)));
    let there: BTreeMap<&Phrase, i32> = neighbor
        .iter()
        .flat_map(|(_, other)| &other.signature.terms)
        .map(|(phrase, weight)| (phrase, *weight))
        .collect();
    let is_word = |phrase: &Phrase| !phrase.first.contains(':');
    let of_its_own = problem.signature.terms.iter().filter(|(phrase, weight)| {
        is_word(phrase) && *weight > 0 && weight - there.get(phrase).copied().unwrap_or(0).max(0) >= TELLS
    });
    let mut apart: Vec<&Phrase> = Vec::new();
    for (phrase, _) in of_its_own {
        if apart.len() < 3 * APART && !apart.iter().any(|known| overlap(known, phrase)) {
            apart.push(phrase);
        }
    }
    let telling = problem.signature.terms.iter().filter(|(phrase, weight)| is_word(phrase) && *weight > 0);
    let terms =
        distinct(telling.filter_map(|(phrase, weight)| Some((written(phrase, &posts)?, *weight))), TERMS);
    let apart = distinct(apart.into_iter().filter_map(|phrase| Some((written(phrase, &posts)?, 0))), APART);
    Ok(Likeness {
        neighbor: neighbor.map(|(likeness, other)| (other.id.clone(), likeness)),
        apart: apart.into_iter().map(|(term, _)| term).collect(),
        terms,
        typical: posts.into_iter().take(typical).collect(),
    })
}

/// The most typical posts of a problem, of each case one; the same whatever order the index keeps them in.
fn best(
    snapshot: &Snapshot,
    problem: &KnownProblem,
    query: &Query,
    time_zone: &TimeZone,
) -> Result<Vec<Record>, InsightError> {
    let having = Query::Where(Condition::Problem(Some(problem.id.clone())));
    let matching = snapshot.matching(&without_responses(query.clone()).and(having), time_zone)?;
    let assigned = snapshot.assigned()?;
    let vocabulary = snapshot.vocabulary()?;
    let ledger = snapshot.ledger();
    // Also those that were merged into it.
    let of_it = ledger.all().filter(|other| ledger.root(&other.id).is_some_and(|root| root.id == problem.id));
    let (of_it, called): (Vec<&Signature>, Vec<Vec<Stem>>) = of_it
        .map(|other| {
            let name = of_name(&other.found_name, other.signature.language, &vocabulary);
            (&other.signature, name)
        })
        .unzip();
    let mut membership = Membership::new(&of_it, &vocabulary);
    // Those of all others behind, as discovery weighs them: a post that is half about something else fits less.
    let others = ledger.shown(problem.meaning).filter(|other| !of_it.contains(&&other.signature));
    let signatures = of_it.iter().copied().chain(others.map(|other| &other.signature));
    let cores: Vec<Signature> = signatures.map(Signature::core).collect();
    let mut core = Membership::new(&cores.iter().collect::<Vec<_>>(), &vocabulary);
    let mut best = Fittest::new(LOOKED_AT);
    snapshot.read_terms(&vocabulary, &matching, |post| {
        let numbers = 0..u32::try_from(of_it.len()).unwrap_or(u32::MAX);
        let fits = numbers.filter_map(|number| Some((core.fit(post.language, post.stems, number)?, number)));
        let (fit, number) = fits.max().unwrap_or((0, 0));
        let strongest = assigned.of(post.place).next().map(usize::from);
        let is_strongest = strongest.is_some_and(|at| assigned.problems()[at] == problem.id);
        best.offer(fit + i64::from(is_strongest) * 1_000_000, number, &post);
    })?;
    let mut known = BTreeSet::new();
    let mut pool = Vec::new();
    let mut places = Vec::new();
    for Fitting { place, stems, number, .. } in best.into_sorted() {
        let language = of_it.get(number as usize).map_or(Language::Other, |signature| signature.language);
        // Each language has its own numbers of terms.
        let terms = membership.speaking(language, &stems, number).into_iter();
        let terms = terms.map(|(term, weight)| (term * LANGUAGES + language as u32, weight)).collect();
        let name = called.get(number as usize).map_or(&[][..], Vec::as_slice);
        let said = Said::new(terms, &stems, name);
        if pool.len() < POOL && known.insert(said.stems.clone()) {
            pool.push(said);
            places.push(place);
        }
    }
    let mut cases = Vec::new();
    let mut posts = Vec::new();
    for at in most_typical(&pool) {
        if posts.len() == READ {
            break;
        }
        let record = snapshot.at(places[at])?;
        if !cases.contains(&record.case) {
            cases.push(record.case);
            posts.push(record);
        }
    }
    Ok(posts)
}

/// The first few that are written differently.
fn distinct(terms: impl Iterator<Item = (String, i32)>, most: usize) -> Vec<(String, i32)> {
    let mut out: Vec<(String, i32)> = Vec::new();
    for term in terms {
        if out.len() == most {
            break;
        }
        if !out.iter().any(|(known, _)| *known == term.0) {
            out.push(term);
        }
    }
    out
}

fn overlap(one: &Phrase, other: &Phrase) -> bool {
    let has = |stem: &str| one.first == stem || one.second.as_deref() == Some(stem);
    has(&other.first) || other.second.as_deref().is_some_and(has)
}
