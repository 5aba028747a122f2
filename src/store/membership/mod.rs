//! Which problems does a post have? Asked of signatures alone, so that what was found once answers for all history and
//! for every new post.
//!
//! A problem is a query with a name, so this is where queries are answered. `terms.rs` says which terms a post has,
//! `themes.rs` what all trades call some of them, and `scores.rs` adds up their weights.

mod scores;
mod terms;
mod themes;

use std::collections::BTreeMap;

pub(crate) use self::scores::{ABSENT, NAT};
use self::scores::{Scorer, members};
pub(crate) use self::terms::{Phrase as Term, Terms};
use self::themes::number_of;
pub(crate) use self::themes::{IDS, Themes, is_theme, text_of, theme_of, with_themes};
use crate::model::{Language, Phrase, Signature};
use crate::store::terms::{Stem, Vocabulary};

/// Signatures in the numbers of one vocabulary.
#[derive(Debug, Default)]
pub struct Membership {
    languages: BTreeMap<Language, Signatures>,
    /// By language, in the order of [`Language::ALL`].
    themes: Vec<Themes>,
    stems: Vec<Option<Stem>>,
    terms: Vec<u32>,
    problems: Vec<(i32, u32)>,
}

#[derive(Debug)]
struct Signatures {
    terms: Terms,
    scorer: Scorer,
    /// The number of each among all signatures.
    numbers: Vec<u32>,
}

impl Membership {
    /// Makes ready to judge by `signatures`; a problem is then known by its place among them.
    #[must_use]
    pub fn new(signatures: &[&Signature], vocabulary: &Vocabulary) -> Self {
        let mut by_language: BTreeMap<Language, Vec<(u32, &Signature)>> = BTreeMap::new();
        for (number, signature) in (0..).zip(signatures) {
            by_language.entry(signature.language).or_default().push((number, *signature));
        }
        let languages = by_language
            .into_iter()
            .map(|(language, signatures)| (language, Signatures::new(&signatures, vocabulary)))
            .collect();
        let themes = Language::ALL.into_iter().map(|language| Themes::new(language, vocabulary)).collect();
        Self { languages, themes, ..Self::default() }
    }

    /// The problems of a post in `language` with these stems, as the term column gives them: score and number, the
    /// strongest first. A score is in thousandths of a natural-log unit: how much likelier the problem is than chance.
    pub fn of(&mut self, language: Language, stems: &[Option<Stem>]) -> &[(i32, u32)] {
        self.problems.clear();
        self.terms.clear();
        let themes = self.theme_bits(language, stems);
        if let Some(signatures) = self.languages.get_mut(&language) {
            with_themes(stems, themes, &mut self.stems);
            signatures.terms.of(&self.stems, &mut self.terms);
            members(signatures.scorer.scores(&self.terms), &mut self.problems);
            for (_, problem) in &mut self.problems {
                *problem = signatures.numbers[*problem as usize];
            }
        }
        &self.problems
    }

    /// The problems, by number, that the post last asked for scores more than `least` for, in no order; `language` is its.
    pub(crate) fn above(&self, language: Language, least: i32) -> impl Iterator<Item = (i32, u32)> {
        let signatures = self.languages.get(&language);
        signatures.into_iter().flat_map(move |signatures| {
            let scored = signatures.scorer.last().iter().zip(&signatures.numbers);
            scored.filter(move |(score, _)| **score > least).map(|(score, number)| (*score, *number))
        })
    }

    /// The themes that a post in `language` with these stems speaks of, by their ids, as `waiting`.
    pub fn themes(&self, language: Language, stems: &[Option<Stem>]) -> impl Iterator<Item = &'static str> {
        let themes = self.theme_bits(language, stems);
        IDS.iter().enumerate().filter(move |(at, _)| themes >> at & 1 == 1).map(|(_, id)| *id)
    }

    /// One bit for each theme.
    pub(crate) fn theme_bits(&self, language: Language, stems: &[Option<Stem>]) -> u32 {
        self.themes.get(language as usize).map_or(0, |themes| themes.of(stems))
    }

    /// How well a post fits the signature with that number for its length, in thousandths: a long post scores more with as
    /// little that is to the point.
    pub(crate) fn fit(&mut self, language: Language, stems: &[Option<Stem>], number: u32) -> Option<i64> {
        self.of(language, stems);
        let score = self.above(language, i32::MIN).find(|(_, at)| *at == number)?.0;
        #[expect(clippy::cast_possible_truncation, reason = "scores are small")]
        let fit = (f64::from(score) / (self.known().max(1) as f64).sqrt()).round() as i64;
        Some(fit)
    }

    /// The terms of a post that speak for the signature with that number, with their weights.
    pub(crate) fn speaking(
        &mut self,
        language: Language,
        stems: &[Option<Stem>],
        number: u32,
    ) -> Vec<(u32, i32)> {
        let themes = self.theme_bits(language, stems);
        let Some(signatures) = self.languages.get(&language) else { return Vec::new() };
        let Some(at) = signatures.numbers.iter().position(|known| *known == number) else {
            return Vec::new();
        };
        with_themes(stems, themes, &mut self.stems);
        signatures.terms.of(&self.stems, &mut self.terms);
        let weight = |term: &u32| Some((*term, signatures.scorer.weight(*term, at)?));
        self.terms.iter().filter_map(weight).filter(|(_, weight)| *weight > 0).collect()
    }

    /// How many terms of the last post some signature knows.
    pub(crate) fn known(&self) -> usize {
        self.terms.len()
    }

    /// Those terms, rising, by the numbers that they have in the language of the post.
    pub(crate) fn terms(&self) -> &[u32] {
        &self.terms
    }

    /// A term of a language by its number.
    pub(crate) fn phrase(&self, language: Language, term: u32, vocabulary: &Vocabulary) -> Option<Phrase> {
        let (first, second) = *self.languages.get(&language)?.terms.phrases.get(term as usize)?;
        let second = second.map(|second| vocabulary.text(second).to_owned());
        Some(Phrase { first: text_of(first, vocabulary), second })
    }
}

impl Signatures {
    fn new(signatures: &[(u32, &Signature)], vocabulary: &Vocabulary) -> Self {
        let numbered: Vec<Vec<(Term, i32)>> = signatures
            .iter()
            .map(|(_, signature)| {
                let known = signature.terms.iter();
                known.filter_map(|(phrase, weight)| Some((numbered(phrase, vocabulary)?, *weight))).collect()
            })
            .collect();
        let terms = Terms::of_phrases(numbered.iter().flatten().map(|(term, _)| *term).collect());
        let weighted: Vec<Vec<(u32, i32)>> = numbered
            .into_iter()
            .map(|signature| {
                signature
                    .into_iter()
                    .filter_map(|(term, weight)| Some((terms.number(term)?, weight)))
                    .collect()
            })
            .collect();
        Self {
            scorer: Scorer::new(&weighted, terms.len()),
            terms,
            numbers: signatures.iter().map(|(number, _)| *number).collect(),
        }
    }
}

/// A term of a signature in the numbers of a vocabulary; `None` if no post has it.
pub(super) fn numbered(phrase: &Phrase, vocabulary: &Vocabulary) -> Option<Term> {
    let first = number_of(&phrase.first, vocabulary)?;
    match &phrase.second {
        Some(second) => Some((first, Some(vocabulary.number(second)?))),
        None => Some((first, None)),
    }
}
