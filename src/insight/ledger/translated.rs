//! Which problems of different languages are one, since the watchlist says what it is called in each?
//!
//! A problem is the one that a name means if a post of these words alone would have it, and if each of its words speaks
//! for the problem. What a person parted stays apart, and what is pinned, hidden or divided is left alone.

use super::reconcile::{Outcome, Verdict};
use crate::model::{Change, KnownProblem, Language, Ledger, Meaning, Signature, Standing, Translation};
use crate::store::{Membership, Stem, Vocabulary};
use crate::text::{Analyzer, BREAK, column_values};

/// The merges of a ledger that the translations of a watchlist ask for.
pub(super) fn translated(
    ledger: &Ledger,
    meaning: Meaning,
    translations: &[Translation],
    vocabulary: &Vocabulary,
) -> Vec<Outcome> {
    let known: Vec<&KnownProblem> =
        ledger.all().filter(|problem| problem.meaning == meaning && problem.division.is_none()).collect();
    let signatures: Vec<&Signature> = known.iter().map(|problem| &problem.signature).collect();
    let mut membership = Membership::new(&signatures, vocabulary);
    let mut analyzer = Analyzer::default();
    let mut merged = ledger.clone();
    let mut outcomes = Vec::new();
    for translation in translations {
        let mut meant: Vec<(&KnownProblem, &str)> = Vec::new();
        for (language, name) in translation {
            let stems = stems(&mut analyzer, name, *language, vocabulary);
            let strongest = membership.of(*language, &stems).first().map(|(_, at)| known[*at as usize]);
            meant.extend(
                strongest
                    .filter(|problem| speaks_of(problem, &stems, vocabulary))
                    .map(|it| (it, name.as_str())),
            );
        }
        let Some((into, into_name)) = meant.first().copied() else { continue };
        for (problem, name) in &meant[1..] {
            let (Some(from), Some(to)) = (merged.root(&problem.id), merged.root(&into.id)) else { continue };
            if from.id == to.id
                || is_arranged(from)
                || is_arranged(to)
                || merged.is_kept_apart(&from.id, &to.id)
            {
                continue;
            }
            let outcome = Outcome {
                problem: Some(from.id.clone()),
                proposal: None,
                verdict: Verdict::Merged,
                reason: format!("by rule: the watchlist calls \"{name}\" the same as \"{into_name}\""),
                change: Some(Change::Merged { into: to.id.clone() }),
            };
            let when = from.created;
            if let Some(happened) = outcome.happened() {
                super::apply(&mut merged, &[happened], when);
            }
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// The stems of a name that count; `None` for one that no post has.
fn stems(
    analyzer: &mut Analyzer,
    name: &str,
    language: Language,
    vocabulary: &Vocabulary,
) -> Vec<Option<Stem>> {
    let column = analyzer.encode(None, name, language).column;
    column_values(&column).filter(|stem| *stem != BREAK).map(|stem| vocabulary.number(stem)).collect()
}

/// Whether each of some stems speaks for a problem.
fn speaks_of(problem: &KnownProblem, stems: &[Option<Stem>], vocabulary: &Vocabulary) -> bool {
    let speaks = |stem: &Option<Stem>| {
        let Some(text) = stem.map(|stem| vocabulary.text(stem)) else { return false };
        problem.signature.terms.iter().any(|(phrase, weight)| {
            *weight > 0 && (phrase.first == text || phrase.second.as_deref() == Some(text))
        })
    };
    !stems.is_empty() && stems.iter().all(speaks)
}

/// Whether a person arranged something that no rule may change.
fn is_arranged(problem: &KnownProblem) -> bool {
    problem.is_pinned || problem.standing == Standing::Hidden || problem.division.is_some()
}
