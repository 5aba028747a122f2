//! What do all trades suffer from? A few themes, with the words that speak of each in each language.
//!
//! `index/lexicon/<code>/themes.txt` has one theme a line: its id, the same in each language, a bar, and words or pairs
//! of words, commas between. A theme is the upper level of problems, and links those of different languages.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::model::Language;
use crate::store::{Stem, Vocabulary};
use crate::text::{Analyzer, BREAK, column_values};

macro_rules! themes {
    ($language:ident, $code:literal) => {
        (Language::$language, include_str!(concat!("../../../index/lexicon/", $code, "/themes.txt")))
    };
}

/// Every language that has themes.
const LISTS: [(Language, &str); 7] = [
    themes!(Dutch, "nl"),
    themes!(English, "en"),
    themes!(French, "fr"),
    themes!(German, "de"),
    themes!(Italian, "it"),
    themes!(Portuguese, "pt"),
    themes!(Spanish, "es"),
];

/// The ids of all themes, in the order of the English list.
pub(super) static IDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let english = LISTS.iter().find(|(language, _)| *language == Language::English);
    english.into_iter().flat_map(|(_, list)| lines(list)).map(|(id, _)| id).collect()
});

fn lines(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('|'))
        .map(|(id, words)| (id.trim(), words))
}

/// The themes of one language in the numbers of a vocabulary: for each term, one bit for each theme.
#[derive(Debug, Default)]
pub(super) struct Themes {
    terms: FxHashMap<(Stem, Option<Stem>), u32>,
}

impl Themes {
    pub(super) fn new(language: Language, vocabulary: &Vocabulary) -> Self {
        let mut analyzer = Analyzer::default();
        let mut themes = Self::default();
        for (_, list) in LISTS.iter().filter(|(of, _)| *of == language) {
            for (id, words) in lines(list) {
                let Some(at) = IDS.iter().position(|known| *known == id) else { continue };
                for word in words.split(',') {
                    let column = analyzer.encode(None, word, language).column;
                    let stems: Vec<Option<Stem>> = column_values(&column)
                        .filter(|stem| *stem != BREAK)
                        .map(|stem| vocabulary.number(stem))
                        .collect();
                    let term = match stems.as_slice() {
                        [Some(stem)] => (*stem, None),
                        [Some(first), Some(second)] => (*first, Some(*second)),
                        _ => continue,
                    };
                    *themes.terms.entry(term).or_default() |= 1 << at;
                }
            }
        }
        themes
    }

    /// The themes that a post speaks of, one bit each.
    pub(super) fn of(&self, post: &[Option<Stem>]) -> u32 {
        let mut found = 0;
        let mut before = None;
        for stem in post {
            if let Some(stem) = *stem {
                found |= self.terms.get(&(stem, None)).copied().unwrap_or(0);
                if let Some(before) = before {
                    found |= self.terms.get(&(before, Some(stem))).copied().unwrap_or(0);
                }
            }
            before = *stem;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_language_has_the_same_themes_and_words_for_each() {
        assert!(IDS.len() >= 15 && IDS.len() <= 32);
        let ids: BTreeSet<&str> = IDS.iter().copied().collect();
        for (language, list) in LISTS {
            let here: Vec<(&str, &str)> = lines(list).collect();
            assert_eq!(here.len(), ids.len(), "{language:?}");
            assert_eq!(here.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), ids, "{language:?}");
            let mut analyzer = Analyzer::default();
            for (id, words) in here {
                let words: Vec<&str> = words.split(',').map(str::trim).collect();
                assert!(words.len() >= 6, "{language:?} {id}");
                for word in words {
                    let column = analyzer.encode(None, word, language).column;
                    let stems = column_values(&column).count();
                    assert!((1..=2).contains(&stems), "{language:?} {id}: {word:?} has {stems} stems");
                }
            }
        }
    }
}
