//! How is a phrase written that reads differently each time? Text with slots, read once and checked at the door.
//!
//! `{a|b|}` is one of the alternatives, `{2..9}` a number of that range, `{name}` a slot that the speaker fills.

use std::fmt::Write as _;

use serde::Deserialize;

use super::random::Random;

/// How deep alternatives and words may hold others: beyond it somebody has written a circle.
pub(super) const MAX_DEPTH: usize = 8;

/// A phrase with its slots found.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Phrase(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Choice(Vec<Phrase>),
    Number(u32, u32),
    Slot(String),
}

/// A text that is not a phrase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a phrase: {fault}")]
pub(super) struct InvalidPhrase {
    text: String,
    fault: &'static str,
}

/// Who knows what stands in a slot.
pub(super) trait Speaker {
    /// Writes what `slot` stands for; `depth` phrases are open around it.
    fn fill(&mut self, slot: &str, out: &mut String, depth: usize);
    /// Where lots are drawn.
    fn random(&mut self) -> &mut Random;
}

impl Phrase {
    /// Appends one reading of the phrase.
    pub(super) fn write(&self, out: &mut String, speaker: &mut impl Speaker, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Number(from, to) => {
                    let number = from + speaker.random().below((to - from).saturating_add(1));
                    let _ = write!(out, "{number}");
                }
                Piece::Slot(name) => speaker.fill(name, out, depth + 1),
                Piece::Choice(phrases) => {
                    if let Some(phrase) = speaker.random().pick(phrases) {
                        phrase.write(out, speaker, depth + 1);
                    }
                }
            }
        }
    }

    /// What it says outside its slots.
    pub(super) fn plain(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Choice(_) | Piece::Number(..) | Piece::Slot(_) => None,
        };
        self.0.iter().filter_map(text).collect()
    }

    /// True if the slot stands in it, or in one of its alternatives.
    pub(super) fn has_slot(&self, name: &str) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Slot(slot) => slot == name,
            Piece::Choice(phrases) => phrases.iter().any(|phrase| phrase.has_slot(name)),
            Piece::Text(_) | Piece::Number(..) => false,
        })
    }

    /// All slots in it, those within alternatives included.
    pub(super) fn slots(&self) -> Vec<&str> {
        self.0
            .iter()
            .flat_map(|piece| match piece {
                Piece::Slot(name) => vec![name.as_str()],
                Piece::Choice(phrases) => phrases.iter().flat_map(Self::slots).collect(),
                Piece::Text(_) | Piece::Number(..) => Vec::new(),
            })
            .collect()
    }
}

impl TryFrom<String> for Phrase {
    type Error = InvalidPhrase;
    fn try_from(text: String) -> Result<Self, InvalidPhrase> {
        parse(&text, 0).map_err(|fault| InvalidPhrase { text: text.chars().take(80).collect(), fault })
    }
}

fn parse(text: &str, depth: usize) -> Result<Phrase, &'static str> {
    if depth > MAX_DEPTH {
        return Err("alternatives stand too deep in one another");
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        if !rest[at..].starts_with('{') {
            return Err("a closing brace has no opening one");
        }
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        let (inside, after) = split_group(&rest[at + 1..])?;
        pieces.push(parse_group(inside, depth)?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(Phrase(pieces))
}

/// Splits what follows an opening brace at the closing one that belongs to it.
fn split_group(text: &str) -> Result<(&str, &str), &'static str> {
    let mut open = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Ok((&text[..at], &text[at + 1..]));
        }
    }
    Err("an opening brace has no closing one")
}

fn parse_group(inside: &str, depth: usize) -> Result<Piece, &'static str> {
    let alternatives = split_alternatives(inside);
    if alternatives.len() > 1 {
        let phrases =
            alternatives.into_iter().map(|text| parse(text, depth + 1)).collect::<Result<_, _>>()?;
        return Ok(Piece::Choice(phrases));
    }
    if let Some((from, to)) = inside.split_once("..") {
        return match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if from <= to => Ok(Piece::Number(from, to)),
            _ => Err("a range is written {2..9}, the lower number first"),
        };
    }
    if !inside.is_empty() && inside.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()) {
        return Ok(Piece::Slot(inside.to_owned()));
    }
    Err("a slot is named in small letters, and alternatives are divided by |")
}

/// Splits at each `|` that stands in no inner braces.
fn split_alternatives(inside: &str) -> Vec<&str> {
    let mut open = 0;
    inside
        .split(|c| {
            match c {
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
            c == '|' && open == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Echo(Random);

    impl Speaker for Echo {
        fn fill(&mut self, slot: &str, out: &mut String, _: usize) {
            out.push('<');
            out.push_str(slot);
            out.push('>');
        }
        fn random(&mut self) -> &mut Random {
            &mut self.0
        }
    }

    fn check(text: &str, readings: &[&str]) {
        let phrase = Phrase::try_from(text.to_owned()).unwrap();
        let mut echo = Echo(Random::new(1));
        let mut seen: Vec<String> = (0..200)
            .map(|_| {
                let mut out = String::new();
                phrase.write(&mut out, &mut echo, 0);
                out
            })
            .collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, readings, "{text}");
    }

    #[test]
    fn a_phrase_reads_in_each_of_its_ways() {
        check("plain", &["plain"]);
        check("a {b|c} d", &["a b d", "a c d"]);
        check("{b|}", &["", "b"]);
        check("{8..10}", &["10", "8", "9"]);
        check("{{x|y}z|w}", &["w", "xz", "yz"]);
        check("{a {place}|b}", &["a <place>", "b"]);
    }

    #[test]
    fn what_is_not_a_phrase_is_refused() {
        for bad in ["{", "}", "a}b", "{a", "{}", "{A}", "{9..2}", "{a..b}", "{é}", &"{|".repeat(40)] {
            assert!(Phrase::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_phrase_panic(text in "[{}|.a-z0-9é ]{0,60}") {
            if let Ok(phrase) = Phrase::try_from(text) {
                phrase.write(&mut String::new(), &mut Echo(Random::new(1)), 0);
            }
        }
    }
}
