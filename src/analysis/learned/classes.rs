//! What are the words about? Classes of words and phrases, the same in all languages, so that what is learned of
//! "onbereikbaar" in Dutch reviews holds for "unreachable" in English posts.
//!
//! The lists are `index/lexicon/<code>/classes.txt`. A text is looked up in those of its language and of English, in
//! which people write everywhere. To add a class: its section in each list, its name at the end of [`CLASSES`], and
//! train again.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::analysis::reading::Reading;
use crate::model::Language;
use crate::text::TokenKind;

use super::key;

/// The names of the classes; a class is known by its place here.
pub(super) const CLASSES: [&str; 32] = [
    "negation",
    "ads",
    "apology",
    "blame",
    "contrast",
    "expect",
    "fail",
    "feel",
    "first",
    "harm",
    "intens",
    "leave",
    "money",
    "neg",
    "news",
    "pleasant",
    "pos",
    "problem",
    "question",
    "repeat",
    "request",
    "sarcasm",
    "second",
    "service",
    "social",
    "swear",
    "thanks",
    "unpleasant",
    "unreach",
    "wait",
    "content",
    "caution",
];

/// The class of what negates.
pub(super) const NEGATION: u32 = 1;

/// The phrases of a language.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// By the hash of the first word.
    starts: FxHashMap<u64, Begins>,
    /// By the hash of all words: the classes, one bit each.
    phrases: FxHashMap<u64, u32>,
}

/// What begins with a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Begins {
    /// The most words of a phrase, 0 if there is none.
    pub(super) most: u8,
    /// The classes of the word by itself.
    pub(super) classes: u32,
}

impl Phrases {
    /// What begins with a word.
    pub(super) fn beginning_with(&self, word: u64) -> Begins {
        self.starts.get(&word).copied().unwrap_or_default()
    }

    /// The longest phrase that `first` and `rest` begin with: how many words it has, and its classes.
    pub(super) fn at(
        &self,
        first: u64,
        begins: Begins,
        rest: impl Iterator<Item = u64>,
    ) -> Option<(usize, u32)> {
        let mut hash = first;
        let mut found = (begins.classes != 0).then_some((1, begins.classes));
        for (more, word) in rest.take(usize::from(begins.most).saturating_sub(1)).enumerate() {
            hash = key::then(hash, word);
            if let Some(classes) = self.phrases.get(&hash) {
                found = Some((more + 2, *classes));
            }
        }
        found
    }

    fn read(&mut self, list: &str, language: Language) {
        let mut class = 0_u32;
        for line in list.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                class = CLASSES.iter().position(|known| *known == name).map_or(0, |at| 1 << at);
            } else if !line.is_empty() && !line.starts_with("# ") {
                self.add(line, language, class);
            }
        }
    }

    fn add(&mut self, phrase: &str, language: Language, class: u32) {
        let reading = Reading::new(phrase, language);
        let mut words = reading
            .words
            .iter()
            .filter(|word| matches!(word.kind, TokenKind::Word | TokenKind::Number | TokenKind::Hashtag))
            .map(|word| key::word(reading.folded(word).trim_start_matches('#')))
            .take(6);
        let Some(first) = words.next() else { return };
        let (mut hash, mut length) = (first, 1);
        for word in words {
            hash = key::then(hash, word);
            length += 1;
        }
        let begins = self.starts.entry(first).or_default();
        begins.most = begins.most.max(length);
        if length == 1 {
            begins.classes |= class;
        } else {
            *self.phrases.entry(hash).or_default() |= class;
        }
    }
}

/// The phrases of `language` and of English; English alone for [`Language::Other`].
pub(super) fn phrases(language: Language) -> &'static Phrases {
    &PHRASES[language as usize]
}

/// In the order of the languages. Each is read when it is first asked for.
static PHRASES: [LazyLock<Phrases>; 8] = [
    LazyLock::new(|| of(0)),
    LazyLock::new(|| of(1)),
    LazyLock::new(|| of(2)),
    LazyLock::new(|| of(3)),
    LazyLock::new(|| of(4)),
    LazyLock::new(|| of(5)),
    LazyLock::new(|| of(6)),
    LazyLock::new(|| of(7)),
];

fn of(number: usize) -> Phrases {
    let mut phrases = Phrases::default();
    for (language, list) in LISTS {
        if *language as usize == number || *language == Language::English {
            phrases.read(list, *language);
        }
    }
    phrases
}

const LISTS: &[(Language, &str)] = &[
    (Language::Dutch, include_str!("../../../index/lexicon/nl/classes.txt")),
    (Language::English, include_str!("../../../index/lexicon/en/classes.txt")),
    (Language::French, include_str!("../../../index/lexicon/fr/classes.txt")),
    (Language::German, include_str!("../../../index/lexicon/de/classes.txt")),
    (Language::Italian, include_str!("../../../index/lexicon/it/classes.txt")),
    (Language::Portuguese, include_str!("../../../index/lexicon/pt/classes.txt")),
    (Language::Spanish, include_str!("../../../index/lexicon/es/classes.txt")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_of_every_list_is_a_class() {
        for (language, list) in LISTS {
            let sections: Vec<&str> =
                list.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
            assert!(sections.len() > 20, "{language:?}");
            for section in sections {
                assert!(CLASSES.contains(&section), "{language:?}: there is no class `{section}`");
            }
        }
    }

    #[test]
    fn the_longest_phrase_is_found_in_its_language_and_in_english() {
        let at = |language, text: &str| {
            let mut words = text.split(' ').map(key::word);
            let (first, phrases) = (words.next().unwrap(), phrases(language));
            phrases.at(first, phrases.beginning_with(first), words)
        };
        assert_eq!(at(Language::Dutch, "niet bereikbaar vandaag").map(|found| found.0), Some(2));
        assert!(at(Language::Dutch, "customer service").is_some());
        assert!(at(Language::English, "onbereikbaar").is_none());
        assert!(at(Language::Other, "zzz").is_none());
    }
}
