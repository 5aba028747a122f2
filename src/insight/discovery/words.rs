//! How do people write these words, and which of them name a place? Read off the texts themselves: a name of a place has a
//! capital in the middle of a sentence and stands behind "in", "to" or "from" without an article.
//!
//! A place is no problem: without this, the largest problems of airlines were airports. In German every noun has a
//! capital, so nothing is known of places there.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Language;
use crate::text::{Memo, TokenKind, is_stopword, lower, tokens};

/// Times that a word is seen inside of sentences before anything is said of it.
const MIN_SEEN: u32 = 3;

/// A place has a capital in so large a share of these,
const CAPITAL: f64 = 0.6;

/// and stands behind a preposition in so large a share.
const BEHIND: f64 = 0.3;

/// Words of a text that are read: a letter of a page says what it is about at its beginning.
const MOST_WORDS: usize = 150;

/// Behind which places stand.
fn prepositions(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["in", "at", "from", "to", "via", "near", "for", "into"],
        Language::Dutch => &["in", "naar", "van", "vanuit", "te", "bij", "uit", "via", "vanaf", "richting"],
        Language::French => &["à", "a", "de", "depuis", "vers", "via"],
        Language::Spanish => &["en", "a", "de", "desde", "hasta", "hacia", "vía"],
        Language::Italian => &["a", "in", "da", "di", "per", "via", "ad"],
        Language::Portuguese => &["em", "de", "para", "desde", "até", "via"],
        Language::German | Language::Other => &[],
    }
}

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In small letters.
    pub(super) text: String,
    pub(super) stem: String,
    pub(super) is_stopword: bool,
    /// An ampersand stands before it: "track & trace".
    pub(super) is_joined: bool,
}

/// The words of a text, in runs that nothing parts: neither a sign nor a handle, a link or a number.
pub(super) fn runs(text: &str, language: Language, memo: &mut Memo) -> Vec<Vec<Word>> {
    let mut runs: Vec<Vec<Word>> = vec![Vec::new()];
    let mut end = None;
    each(text, language, |range, is_first| {
        let before = end.take().zip(range.as_ref()).map(|(end, range)| text[end..range.start].trim());
        let is_joined = before == Some("&");
        if is_first && !is_joined {
            runs.push(Vec::new());
        }
        let Some(range) = range else { return };
        end = Some(range.end);
        let written = lower(&text[range.clone()]);
        let stem = memo.stems(&text[range], language).first.to_string();
        let is_stopword = is_stopword(language, &written) || memo.stems(&written, language).is_stopword;
        if let Some(run) = runs.last_mut() {
            run.push(Word { text: written, stem, is_stopword, is_joined });
        }
    });
    runs.retain(|run| !run.is_empty());
    runs
}

/// Visits each word, and whether it begins a run; `None` for what is no word.
fn each(text: &str, language: Language, mut visit: impl FnMut(Option<std::ops::Range<usize>>, bool)) {
    let mut end = 0;
    let mut is_apart = true;
    for token in tokens(text, language).take(MOST_WORDS) {
        let is_beside =
            text[end..token.start].chars().all(|c| c.is_whitespace() || c == '-' || c == '’' || c == '\'');
        if token.kind == TokenKind::Word {
            visit(Some(token.start..token.end), is_apart || token.is_after_break || !is_beside);
            is_apart = false;
        } else {
            is_apart = true;
        }
        end = token.end;
    }
}

/// What the texts of one language say of its words.
#[derive(Debug, Default)]
pub(in crate::insight) struct Words {
    places: FxHashSet<String>,
    /// Stems that are mostly written in small letters.
    small: FxHashSet<String>,
    /// Words that are mostly written otherwise than in small letters: how.
    ways: FxHashMap<String, String>,
}

#[derive(Debug, Default)]
struct Seen {
    inside: u32,
    with_capital: u32,
    behind: u32,
    ways: FxHashMap<String, u32>,
}

impl Words {
    pub(in crate::insight) fn new<'a>(language: Language, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut memo = Memo::default();
        let mut by_word: FxHashMap<String, Seen> = FxHashMap::default();
        let mut by_stem: FxHashMap<String, Seen> = FxHashMap::default();
        for text in texts {
            // Who shouts says nothing about how a word is written.
            let (large, small) = text.chars().fold((0, 0), |(large, small), c| {
                (large + usize::from(c.is_uppercase()), small + usize::from(c.is_lowercase()))
            });
            if large > small {
                continue;
            }
            let mut is_behind = false;
            each(text, language, |range, is_first| {
                let Some(range) = range else { return };
                let written = &text[range];
                let plain = lower(written);
                let has_capital = written.chars().next().is_some_and(char::is_uppercase);
                let is_preposition = prepositions(language).contains(&plain.as_str());
                if !is_first && !is_preposition {
                    let stem = memo.stems(written, language).first.to_string();
                    let of_stem = by_stem.entry(stem).or_default();
                    of_stem.inside += 1;
                    of_stem.with_capital += u32::from(has_capital);
                    of_stem.behind += u32::from(has_capital && is_behind);
                    let seen = by_word.entry(plain).or_default();
                    seen.inside += 1;
                    *seen.ways.entry(written.to_owned()).or_default() += 1;
                }
                // All words of "to New York" stand behind it.
                is_behind = is_preposition || (is_behind && has_capital && !is_first);
            });
        }
        let is_place = |seen: &Seen| {
            let share = |of: u32| f64::from(of) / f64::from(seen.inside.max(1));
            seen.inside >= MIN_SEEN && share(seen.with_capital) >= CAPITAL && share(seen.behind) >= BEHIND
        };
        let is_small = |seen: &Seen| seen.inside >= MIN_SEEN && seen.with_capital * 2 < seen.inside;
        let small = by_stem.iter().filter(|(_, seen)| is_small(seen)).map(|(stem, _)| stem.clone()).collect();
        let places = by_stem.into_iter().filter(|(_, seen)| is_place(seen)).map(|(stem, _)| stem).collect();
        let ways = by_word.into_iter().filter_map(|(word, seen)| {
            let (way, count) =
                seen.ways.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
            let is_usual = count * 4 >= seen.inside * 3 && seen.inside >= MIN_SEEN;
            (way != word && is_usual).then_some((word, way))
        });
        Self { places, small, ways: ways.collect() }
    }

    /// Whether a stem is mostly written in small letters, so that it is no name.
    pub(in crate::insight) fn is_small(&self, stem: &str) -> bool {
        self.small.contains(stem)
    }

    /// Whether a stem is mostly the name of a place.
    pub(in crate::insight) fn is_place(&self, stem: &str) -> bool {
        self.places.contains(stem)
    }

    /// The way in which a word is mostly written inside of sentences.
    pub(super) fn written<'a>(&'a self, word: &'a str) -> &'a str {
        self.ways.get(word).map_or(word, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_capitals_are_read_off_the_texts() {
        let texts = [
            "My flight to Denver was late, the ATM ate my card",
            "stuck in Denver for hours",
            "Late again from Denver to New York",
            "he flew to New York with a blocked PIN",
            "WHY IS MY BAG IN THE RAIN",
            "a new PIN please, the ATM in Denver",
            "in New York an ATM gave me a new PIN",
            "they came late and left late and stayed late",
        ];
        let words = Words::new(Language::English, texts.into_iter());
        assert!(words.is_place("denver") && words.is_place("york"));
        assert!(!words.is_place("atm") && !words.is_place("late") && !words.is_place("rain"));
        assert!(words.is_small("late") && !words.is_small("denver") && !words.is_small("hour"));
        assert_eq!(
            (words.written("pin"), words.written("late"), words.written("bag")),
            ("PIN", "late", "bag")
        );
    }

    #[test]
    fn a_run_ends_where_something_stands_between() {
        let mut memo = Memo::default();
        let text = "lost my bags, again @united 3 hours late. Never-ending story";
        let runs: Vec<Vec<String>> = runs(text, Language::English, &mut memo)
            .into_iter()
            .map(|run| run.into_iter().map(|word| word.text).collect())
            .collect();
        let expected: [&[&str]; 4] =
            [&["lost", "my", "bags"], &["again"], &["hours", "late"], &["never", "ending", "story"]];
        assert_eq!(runs, expected);
    }
}
