//! What do all trades suffer from? A few themes, with the words that speak of each in each language.
//!
//! `index/lexicon/<code>/themes.txt` has one theme a line: its id, the same in each language, a bar, and words or pairs
//! of words, commas between. A theme is the upper level of problems, and links those of different languages.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::model::{Language, Phrase};
use crate::store::terms::{Stem, Vocabulary};
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
pub(crate) static IDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let english = LISTS.iter().find(|(language, _)| *language == Language::English);
    english.into_iter().flat_map(|(_, list)| lines(list)).map(|(id, _)| id).collect()
});

fn lines(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('|'))
        .map(|(id, words)| (id.trim(), words))
}

/// The number of the first theme where a theme stands among stems; no vocabulary is that large.
const FIRST: Stem = Stem::MAX - 32;

/// What stands before a theme's id where it stands among stems in a signature; no stem has a colon.
const MARK: &str = "theme:";

/// Writes after the stems of a post the themes that it speaks of: one bit each in `themes`. So "no reply" and "nobody
/// answers" have a term in common, in which posts that share no word meet.
pub(crate) fn with_themes(stems: &[Option<Stem>], themes: u32, out: &mut Vec<Option<Stem>>) {
    out.clear();
    out.extend_from_slice(stems);
    for at in (0..32).filter(|at| themes >> at & 1 == 1) {
        // Apart, so that they make no pairs.
        out.extend([None, Some(FIRST + at)]);
    }
}

/// Whether a stem is a theme.
pub(crate) fn is_theme(stem: Stem) -> bool {
    stem >= FIRST
}

/// A stem or theme as a signature writes it.
pub(crate) fn text_of(stem: Stem, vocabulary: &Vocabulary) -> String {
    match IDS.get(stem.wrapping_sub(FIRST) as usize) {
        Some(id) if is_theme(stem) => format!("{MARK}{id}"),
        _ => vocabulary.text(stem).to_owned(),
    }
}

/// Which of [`IDS`] a term of a signature is, if it is a theme.
pub(crate) fn theme_of(phrase: &Phrase) -> Option<usize> {
    let id = phrase.first.strip_prefix(MARK).filter(|_| phrase.second.is_none())?;
    IDS.iter().position(|known| *known == id)
}

/// The number of a stem or theme of a signature.
pub(crate) fn number_of(text: &str, vocabulary: &Vocabulary) -> Option<Stem> {
    match text.strip_prefix(MARK) {
        Some(id) => {
            IDS.iter().position(|known| *known == id).and_then(|at| Some(FIRST + Stem::try_from(at).ok()?))
        }
        None => vocabulary.number(text),
    }
}

/// The themes of one language in the numbers of a vocabulary: for each term, one bit for each theme.
#[derive(Debug, Default)]
pub(crate) struct Themes {
    terms: FxHashMap<(Stem, Option<Stem>), u32>,
}

impl Themes {
    pub(crate) fn new(language: Language, vocabulary: &Vocabulary) -> Self {
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
    pub(crate) fn of(&self, post: &[Option<Stem>]) -> u32 {
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
        let mut wrong = Vec::new();
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
                    if !(1..=2).contains(&stems) {
                        wrong.push(format!("{language:?} {id}: {word:?} has {stems} stems"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
