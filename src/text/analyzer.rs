//! What does a text say to the index? The stems with their positions, and the term column's words in their order.
//!
//! Both are handed over as one string each, so that a post costs two allocations and not one for each word.

use std::ops::Range;

use super::fold::fold;
use super::hashtag::split_hashtag;
use super::stems::{Memo, Particles, Stems};
use super::tokens::{TokenKind, tokens};
use crate::model::Language;

/// In the term column, stands between words that are not beside each other: a sentence ends, or a handle, a link or
/// too many stop words part them.
pub const BREAK: &str = ".";

/// Between stems at the same position.
const SAME: char = '\u{1e}';
/// Between positions, and between values of the column.
const NEXT: char = '\u{1f}';

/// Stop words that may stand between two words that still count as side by side, as in "lost all of my luggage".
const MAX_BETWEEN: usize = 3;

/// Positions left free between a title and its text, so that no phrase runs across.
const TITLE_GAP: u32 = 10;

/// What a text says to the index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded {
    /// Stems with their positions; [`decode`] reads it.
    pub stems: String,
    /// The words of the term column in order, [`BREAK`] among them; [`column_values`] reads it.
    pub column: String,
}

/// Returns the values of [`Encoded::column`], in order.
pub fn column_values(column: &str) -> impl Iterator<Item = &str> {
    column.split(NEXT).filter(|value| !value.is_empty())
}

/// Returns the stems of [`Encoded::stems`], each with its position.
#[must_use]
pub fn decode(stems: &str) -> Decoded<'_> {
    Decoded { rest: stems, position: 0 }
}

/// What [`decode`] returns. It has a name and no boxes inside, since the engine asks it for each word of each post.
#[derive(Debug, Clone)]
pub struct Decoded<'a> {
    rest: &'a str,
    position: u32,
}

impl<'a> Iterator for Decoded<'a> {
    type Item = (u32, &'a str);

    fn next(&mut self) -> Option<(u32, &'a str)> {
        while !self.rest.is_empty() {
            let position = self.position;
            let end = self.rest.bytes().position(|byte| byte == SAME as u8 || byte == NEXT as u8);
            let (stem, after) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.position += u32::from(after.starts_with(NEXT));
            // Both signs take one byte.
            self.rest = after.get(1..).unwrap_or_default();
            if !stem.is_empty() {
                return Some((position, stem));
            }
        }
        None
    }
}

/// Reads texts for the index. One for each thread: it remembers stems.
#[derive(Debug, Default)]
pub struct Analyzer {
    memo: Memo,
}

/// What the walk through a text meets.
enum Event<'a> {
    Term {
        position: u32,
        stem: &'a str,
        range: Range<usize>,
        /// Belongs in the term column.
        is_column: bool,
    },
    Break,
}

/// Whose words are read. What is found under its parts in a text is asked for as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Text,
    Question,
}

impl Analyzer {
    /// Reads a title and a text as one.
    pub fn encode(&mut self, title: Option<&str>, text: &str, language: Language) -> Encoded {
        let mut out = Encoded {
            stems: String::with_capacity(text.len() + text.len() / 4),
            column: String::with_capacity(text.len() / 2),
        };
        let mut at = 0;
        let mut is_open = false;
        let mut next = 0;
        for part in title.into_iter().chain([text]) {
            if !out.stems.is_empty() {
                next = at + TITLE_GAP;
                is_open = false;
            }
            self.walk(part, language, Side::Text, next, |event| match event {
                Event::Term { position, stem, is_column, .. } => {
                    if position == at && !out.stems.is_empty() {
                        out.stems.push(SAME);
                    }
                    while at < position {
                        out.stems.push(NEXT);
                        at += 1;
                    }
                    out.stems.push_str(stem);
                    if is_column {
                        if !is_open && !out.column.is_empty() {
                            out.column.push_str(BREAK);
                            out.column.push(NEXT);
                        }
                        is_open = true;
                        out.column.push_str(stem);
                        out.column.push(NEXT);
                    }
                }
                Event::Break => is_open = false,
            });
        }
        out
    }

    /// Returns the stems of each word of a question, by position. A hashtag in it means that hashtag, undivided. What
    /// stands between words without being one, as a link, leaves a place without stems.
    pub fn positions(&mut self, text: &str, language: Language) -> Vec<Vec<String>> {
        let mut out: Vec<Vec<String>> = Vec::new();
        let mut last = None;
        self.walk(text, language, Side::Question, 0, |event| {
            if let Event::Term { position, stem, .. } = event {
                let new = last.map_or(1, |last| position - last);
                out.extend((0..new).map(|_| Vec::new()));
                last = Some(position);
                if let Some(stems) = out.last_mut() {
                    stems.push(stem.to_owned());
                }
            }
        });
        out
    }

    /// Returns the ranges of `text` whose words have one of the stems that `is_wanted`, in order and apart.
    pub fn find(
        &mut self,
        text: &str,
        language: Language,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        self.walk(text, language, Side::Text, 0, |event| {
            if let Event::Term { stem, range, .. } = event
                && is_wanted(stem)
            {
                match found.last_mut() {
                    // A hashtag and its parts overlap.
                    Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                    _ => found.push(range),
                }
            }
        });
        found
    }

    /// Returns where `text` has the stem `first`, or `first` and `second` side by side as the term column means it:
    /// from the first letter of the one to the last of the other.
    pub fn find_phrase(
        &mut self,
        text: &str,
        language: Language,
        first: &str,
        second: Option<&str>,
    ) -> Option<Range<usize>> {
        let mut found = None;
        let mut before: Option<Range<usize>> = None;
        self.walk(text, language, Side::Text, 0, |event| match event {
            Event::Term { stem, range, is_column: true, .. } if found.is_none() => {
                match (second, &before) {
                    (None, _) if stem == first => found = Some(range.clone()),
                    (Some(second), Some(start)) if stem == second => found = Some(start.start..range.end),
                    _ => {}
                }
                before = (stem == first).then_some(range);
            }
            Event::Term { .. } => {}
            Event::Break => before = None,
        });
        found
    }

    fn walk(
        &mut self,
        text: &str,
        language: Language,
        side: Side,
        first_position: u32,
        mut meet: impl FnMut(Event<'_>),
    ) {
        let mut position = first_position;
        let mut between = 0;
        let mut particles = Particles::default();
        for token in tokens(text, language) {
            let range = token.start..token.end;
            let word = &text[range.clone()];
            if token.is_after_break {
                meet(Event::Break);
                between = 0;
                particles.end_sentence();
            }
            match token.kind {
                TokenKind::Word => {
                    let stems = self.memo.stems(word, language);
                    meet_word(stems, side, position, &range, &mut between, &mut meet);
                    if side == Side::Text {
                        for stem in particles.meet(stems, position) {
                            meet(Event::Term { position, stem, range: range.clone(), is_column: false });
                        }
                    }
                    position += 1;
                }
                TokenKind::Number => {
                    meet(Event::Term { position, stem: word, range, is_column: false });
                    position += 1;
                }
                TokenKind::Emoji => {
                    // Asks for the picture in color. Some phones write it and others do not.
                    let stem = word.replace('\u{fe0f}', "");
                    meet(Event::Term { position, stem: &stem, range, is_column: false });
                    position += 1;
                }
                TokenKind::Handle => {
                    meet(Event::Break);
                    between = 0;
                    let stem = fold(word).replace('＠', "@");
                    meet(Event::Term { position, stem: &stem, range, is_column: false });
                    position += 1;
                }
                TokenKind::Hashtag => {
                    meet(Event::Break);
                    let stem = fold(word).replace('＃', "#");
                    meet(Event::Term { position, stem: &stem, range: range.clone(), is_column: false });
                    if side == Side::Question {
                        position += 1;
                        continue;
                    }
                    let sign = word.chars().next().map_or(0, char::len_utf8);
                    for part in split_hashtag(&word[sign..], language) {
                        let part = range.start + sign + part.start..range.start + sign + part.end;
                        let stems = self.memo.stems(&text[part.clone()], language);
                        meet_word(stems, side, position, &part, &mut between, &mut meet);
                        position += 1;
                    }
                    meet(Event::Break);
                    between = 0;
                }
                TokenKind::Link | TokenKind::Mask => {
                    meet(Event::Break);
                    between = 0;
                    position += 1;
                }
            }
        }
    }
}

fn meet_word(
    stems: &Stems,
    side: Side,
    position: u32,
    range: &Range<usize>,
    between: &mut usize,
    meet: &mut impl FnMut(Event<'_>),
) {
    let is_column =
        !stems.is_stopword && stems.first.len() > 1 && stems.first.chars().any(char::is_alphabetic);
    if is_column {
        *between = 0;
    } else {
        *between += 1;
        if *between == MAX_BETWEEN + 1 {
            meet(Event::Break);
        }
    }
    meet(Event::Term { position, stem: &stems.first, range: range.clone(), is_column });
    let parts = if side == Side::Text { &stems.parts[..] } else { &[] };
    for stem in stems.others.iter().chain(parts) {
        meet(Event::Term { position, stem, range: range.clone(), is_column: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(text: &str, language: Language) -> (Vec<(u32, String)>, Vec<String>) {
        let encoded = Analyzer::default().encode(None, text, language);
        (
            decode(&encoded.stems).map(|(position, stem)| (position, stem.to_owned())).collect(),
            column_values(&encoded.column).map(str::to_owned).collect(),
        )
    }

    #[test]
    fn the_index_hears_stems_at_their_positions() {
        let (stems, column) = encode("@United lost all of my bags! #LostLuggage 2 days", Language::English);
        let stems: Vec<_> = stems.iter().map(|(position, stem)| (*position, stem.as_str())).collect();
        assert_eq!(
            stems,
            [
                (0, "@united"),
                (1, "lose"),
                (2, "all"),
                (3, "of"),
                (4, "my"),
                (5, "bag"),
                (6, "#lostluggage"),
                (6, "lose"),
                (7, "luggag"),
                (8, "2"),
                (9, "day")
            ]
        );
        assert_eq!(column, ["lose", "bag", ".", "lose", "luggag", ".", "day"]);
    }

    #[test]
    fn a_verb_is_heard_whose_particle_stands_apart() {
        for text in [
            "Zeg per direct mijn abonnement maar op",
            "hoe moet ik het opzeggen",
            "probeer al weken op te zeggen",
            "opgezegd!",
        ] {
            let stems = Analyzer::default().encode(None, text, Language::Dutch).stems;
            assert!(decode(&stems).any(|(_, stem)| stem == "opzegg"), "{text}");
        }
        for text in ["Ik zeg niets. Op maandag bel ik", "opnieuw te zeggen", "op zeggen"] {
            let stems = Analyzer::default().encode(None, text, Language::Dutch).stems;
            assert!(decode(&stems).all(|(_, stem)| stem != "opzegg"), "{text}");
        }
    }

    #[test]
    fn a_question_asks_for_a_compound_and_not_for_its_parts() {
        let mut analyzer = Analyzer::default();
        assert_eq!(analyzer.positions("klantenservice", Language::Dutch), [["klantenservic"]]);
        let stems = analyzer.encode(None, "klantenservice", Language::Dutch).stems;
        let stems: Vec<_> = decode(&stems).collect();
        assert_eq!(stems, [(0, "klantenservic"), (0, "klant"), (0, "servic")]);
    }

    #[test]
    fn a_phrase_does_not_run_from_the_title_into_the_text() {
        let encoded = Analyzer::default().encode(Some("Lost"), "Luggage", Language::English);
        assert_eq!(decode(&encoded.stems).collect::<Vec<_>>(), [(0, "lose"), (10, "luggag")]);
        assert_eq!(column_values(&encoded.column).collect::<Vec<_>>(), ["lose", ".", "luggag"]);
    }

    #[test]
    fn a_phrase_is_shown_as_it_was_written() {
        let text = "You LOST all my bags. Lost. Bags";
        let found = Analyzer::default().find_phrase(text, Language::English, "lose", Some("bag"));
        assert_eq!(&text[found.unwrap()], "LOST all my bags");
        assert_eq!(
            Analyzer::default().find_phrase("Lost. Bags", Language::English, "lose", Some("bag")),
            None
        );
    }

    /// As [`decode`] is defined, in library calls.
    fn slowly_decoded(stems: &str) -> impl Iterator<Item = (u32, &str)> {
        stems.split(NEXT).zip(0..).flat_map(|(same, position)| {
            same.split(SAME).filter(|stem| !stem.is_empty()).map(move |stem| (position, stem))
        })
    }

    proptest! {
        #[test]
        fn decoding_gives_each_stem_at_its_position(stems in "[a-c\u{1e}\u{1f}é]{0,40}") {
            prop_assert_eq!(decode(&stems).collect::<Vec<_>>(), slowly_decoded(&stems).collect::<Vec<_>>());
            let values: Vec<_> = column_values(&stems.replace(SAME, "")).map(str::to_owned).collect();
            let decoded: Vec<_> = decode(&stems.replace(SAME, "")).map(|(_, stem)| stem.to_owned()).collect();
            prop_assert_eq!(values, decoded);
        }

        #[test]
        fn what_the_column_holds_is_found_in_the_text(text in "([a-zA-Z#@é'. ]|\\PC){0,80}") {
            for language in [Language::Dutch, Language::French, Language::Other] {
                let mut analyzer = Analyzer::default();
                let column = analyzer.encode(None, &text, language);
                let column: Vec<_> = column_values(&column.column).collect();
                for pair in column.windows(2) {
                    if pair[0] == BREAK { continue; }
                    let second = (pair[1] != BREAK).then_some(pair[1]);
                    prop_assert!(analyzer.find_phrase(&text, language, pair[0], second).is_some(), "{pair:?}");
                }
            }
        }
    }
}
