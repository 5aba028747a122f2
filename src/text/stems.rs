//! Which words are the same word? Stems, by the language of the text, remembered so that a common word is stemmed once.
//!
//! A word may have several stems, the first of which counts where one is needed. Two cases give more than one:
//!
//! - **Accents.** People leave them out. `résilié` is stored under the stem it has with its accents and under the one
//!   it has without, so that `resilie` finds it and so does `résilier`.
//! - **Elongation.** `zoooo` is stored as `zo` and as `zoo`, since nobody can tell how many letters were meant.

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;

use super::fold::{fold, lower};
use super::stopwords::is_stopword;
use crate::model::Language;

/// The stemmer and its version: an index made with another must be made again.
pub const STEMMER: &str = "rust-stemmers 1.2, folded, 2";

/// Longest word that is stemmed, in bytes; the rest is cut. No word of our languages is longer (the longest in Dutch
/// dictionaries has 53 letters), and what is longer is noise.
const MAX_WORD_BYTES: usize = 64;

/// Words that are remembered for each language before starting afresh, so that memory stays bounded (about 20 MB).
const MAX_REMEMBERED: usize = 200_000;

/// The stems of one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stems {
    /// The stem that counts.
    pub first: Box<str>,
    /// Other stems under which the word is found.
    pub others: Vec<Box<str>>,
    /// A word without meaning of its own: found, but never a problem.
    pub is_stopword: bool,
}

impl Stems {
    /// All stems, the one that counts first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.first).chain(self.others.iter().map(|stem| &**stem))
    }
}

/// Stems words and remembers them. One for each thread.
pub struct Memo {
    stemmers: Vec<Option<Stemmer>>,
    known: Vec<FxHashMap<Box<str>, Stems>>,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            stemmers: Language::ALL
                .into_iter()
                .map(|language| algorithm(language).map(Stemmer::create))
                .collect(),
            known: Language::ALL.into_iter().map(|_| FxHashMap::default()).collect(),
        }
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

impl Memo {
    /// Returns the stems of `word` as written, in `language`.
    pub fn stems(&mut self, word: &str, language: Language) -> &Stems {
        let word = cut(word);
        let (stemmer, known) = (&self.stemmers[language as usize], &mut self.known[language as usize]);
        // Looking up twice on a hit costs less than owning the key on every call, which `entry` would take.
        if !known.contains_key(word) {
            if known.len() >= MAX_REMEMBERED {
                known.clear();
            }
            known.insert(word.into(), stem(word, language, stemmer.as_ref()));
        }
        &known[word]
    }
}

fn cut(word: &str) -> &str {
    if word.len() <= MAX_WORD_BYTES {
        return word;
    }
    let end = (0..=MAX_WORD_BYTES).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
    &word[..end]
}

fn stem(word: &str, language: Language, stemmer: Option<&Stemmer>) -> Stems {
    let plain = without_contraction(&lower(word), language);
    let stem = |word: &str| fold(&stemmer.map_or_else(|| word.into(), |stemmer| stemmer.stem(word)));
    let mut stems: Vec<Box<str>> = Vec::with_capacity(1);
    for spelling in spellings(&plain) {
        for stem in [stem(&spelling), stem(&fold(&spelling))] {
            if !stem.is_empty() && !stems.iter().any(|known| **known == *stem) {
                stems.push(stem.into());
            }
        }
    }
    let is_stopword = is_stopword(language, &fold(&lower(word))) || is_stopword(language, &fold(&plain));
    let first = if stems.is_empty() { plain.into() } else { stems.remove(0) };
    Stems { first, others: stems, is_stopword }
}

/// A word with three or more of a letter in a row is read with one and with two of it.
fn spellings(word: &str) -> Vec<String> {
    let runs = |most: usize| {
        let mut out = String::with_capacity(word.len());
        let mut run = (None, 0);
        for c in word.chars() {
            run = if run.0 == Some(c) { (Some(c), run.1 + 1) } else { (Some(c), 1) };
            // Digits repeat for a reason: 1000 is not 10.
            if run.1 <= most || !c.is_alphabetic() {
                out.push(c);
            }
        }
        out
    };
    if runs(2) == word { vec![word.to_owned()] } else { vec![runs(1), runs(2)] }
}

/// Takes away what an apostrophe adds and people leave out: `don't` is `dont`, `united's` is `united`, `foto's` is `foto`.
fn without_contraction(word: &str, language: Language) -> String {
    let Some((head, tail)) = word.rsplit_once('\'') else { return word.to_owned() };
    match (language, tail) {
        (_, "s") if !head.is_empty() => head.replace('\'', ""),
        (Language::Dutch, _) if head.chars().count() <= 2 => word.to_owned(),
        (Language::French | Language::Italian, "") => word.to_owned(),
        _ => word.replace('\'', ""),
    }
}

fn algorithm(language: Language) -> Option<Algorithm> {
    match language {
        Language::Dutch => Some(Algorithm::Dutch),
        Language::English => Some(Algorithm::English),
        Language::French => Some(Algorithm::French),
        Language::German => Some(Algorithm::German),
        Language::Italian => Some(Algorithm::Italian),
        Language::Portuguese => Some(Algorithm::Portuguese),
        Language::Spanish => Some(Algorithm::Spanish),
        Language::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(word: &str, language: Language) -> Vec<String> {
        Memo::default().stems(word, language).all().map(str::to_owned).collect()
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        use Language::{Dutch, English, French, German, Portuguese, Spanish};
        for (language, left, right) in [
            (English, "flights", "Flight"),
            (English, "delayed", "delays"),
            (English, "don't", "DONT"),
            (English, "United’s", "united"),
            (English, "sooooo", "so"),
            (English, "coooool", "cool"),
            (Dutch, "storingen", "storing"),
            (Dutch, "foto's", "foto"),
            (Dutch, "zoooooo", "zo"),
            (French, "résilié", "resilie"),
            (French, "résilié", "résilier"),
            (German, "Verspätungen", "verspatung"),
            (Spanish, "reclamación", "reclamacion"),
            (Portuguese, "cobrança", "cobranca"),
        ] {
            let (a, b) = (stems(left, language), stems(right, language));
            assert!(a.iter().any(|stem| b.contains(stem)), "{language} {left} {a:?} {right} {b:?}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(stems("1000", Language::English), ["1000"]);
    }

    proptest! {
        #[test]
        fn every_word_has_a_stem_in_every_language(word in "\\PC{0,90}|[a-zéüçñ'’]{1,20}") {
            for language in Language::ALL {
                for stem in stems(&word, language) {
                    prop_assert!(!stem.chars().any(char::is_uppercase) || !stem.is_ascii());
                }
            }
        }
    }
}
