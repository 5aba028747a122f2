//! What do all judgements read? The words of a text, folded, with where they stand and how they were written.
//!
//! Made once for each text, in one pass, and shared: every judgement of meaning looks at these words and none at the
//! raw text. A letter that is repeated three times or more is written once ("zooooo" reads `zo`), and
//! [`Word::is_elongated`] remembers it.

use std::ops::Range;

use crate::model::Language;
use crate::text::{TokenKind, fold_into, tokens, word_key};

/// Words that are read. A complaint says what is wrong long before; a pasted novel costs no more than a page.
const MAX_WORDS: usize = 600;

/// A text as the judgements read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading<'a> {
    /// What was read, masked.
    pub(crate) text: &'a str,
    /// Its words in order, up to [`MAX_WORDS`].
    pub(crate) words: Vec<Word>,
    /// The text in small letters as far as it was read, then the words that are folded in another way.
    letters: String,
}

/// One word, number, handle, hashtag, link, emoji or placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) kind: TokenKind,
    /// First byte in the text.
    pub(crate) start: usize,
    /// After the last byte in the text.
    pub(crate) end: usize,
    from: u32,
    to: u32,
    /// See [`word_key`].
    pub(crate) key: Option<[u64; 2]>,
    /// A sentence or line ends before it.
    pub(crate) is_after_break: bool,
    /// Two or more letters, all of them capitals.
    pub(crate) is_shouted: bool,
    /// Written with a letter three times or more.
    pub(crate) is_elongated: bool,
}

impl<'a> Reading<'a> {
    /// Reads `text`, whose clitics are divided as `language` writes them.
    pub(crate) fn new(text: &'a str, language: Language) -> Self {
        let mut words = Vec::with_capacity(text.len() / 5 + 1);
        words.extend(tokens(text, language).take(MAX_WORDS).map(|token| Word {
            kind: token.kind,
            start: token.start,
            end: token.end,
            from: place(token.start),
            to: place(token.end),
            key: None,
            is_after_break: token.is_after_break,
            is_shouted: false,
            is_elongated: false,
        }));
        let end = words.last().map_or(0, |last: &Word| last.end);
        let mut letters = String::with_capacity(end + 32);
        letters.push_str(&text[..end]);
        letters.make_ascii_lowercase();
        for word in &mut words {
            let written = &text[word.start..word.end];
            let is_word = word.kind == TokenKind::Word;
            word.is_shouted = is_word && is_shouted(written);
            if !written.is_ascii() || (is_word && has_run(written.as_bytes())) {
                let from = letters.len();
                fold_into(written, &mut letters);
                word.is_elongated = is_word && squeeze(&mut letters, from);
                (word.from, word.to) = (place(from), place(letters.len()));
            }
            word.key = word_key(&letters[word.from as usize..word.to as usize]);
        }
        Self { text, words, letters }
    }

    /// The folded letters of a word.
    pub(crate) fn folded(&self, word: &Word) -> &str {
        &self.letters[word.from as usize..word.to as usize]
    }

    /// The range in the text from the first to the last of `words`, which are numbers of words.
    pub(crate) fn range(&self, words: Range<usize>) -> Range<usize> {
        let end = words.end.min(self.words.len());
        match self.words.get(words.start..end) {
            Some([first, .., last]) => first.start..last.end,
            Some([only]) => only.start..only.end,
            _ => 0..0,
        }
    }
}

/// The readings hold 600 words of bounded text; what would not fit is at the end.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn is_shouted(written: &str) -> bool {
    let mut letters = 0;
    written.chars().filter(|c| c.is_alphabetic()).all(|c| {
        letters += 1;
        c.is_uppercase()
    }) && letters >= 2
}

fn has_run(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| {
        three[0].eq_ignore_ascii_case(&three[1])
            && three[1].eq_ignore_ascii_case(&three[2])
            && three[0].is_ascii_alphabetic()
    })
}

/// Writes each letter once that stands three times or more in a row, from byte `from` on. Returns whether there was one.
fn squeeze(letters: &mut String, from: usize) -> bool {
    if !has_run(&letters.as_bytes()[from..]) {
        return false;
    }
    let word = letters[from..].to_owned();
    letters.truncate(from);
    let mut rest = word.as_str();
    while let Some(c) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(c).len();
        let times = run / c.len_utf8();
        let kept = if c.is_ascii_alphabetic() && times >= 3 { 1 } else { times };
        letters.extend(std::iter::repeat_n(c, kept));
        rest = &rest[run..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_read_as_they_were_meant() {
        let reading = Reading::new("@KPN WAAROM duurt dit zoooo lang?! Réclame", Language::Dutch);
        let folded: Vec<_> = reading.words.iter().map(|word| reading.folded(word)).collect();
        assert_eq!(folded, ["@kpn", "waarom", "duurt", "dit", "zo", "lang", "reclame"]);
        let marked: Vec<_> = reading.words.iter().map(|word| (word.is_shouted, word.is_elongated)).collect();
        assert_eq!(marked[1], (true, false));
        assert_eq!(marked[4], (false, true));
        assert!(reading.words[6].is_after_break && !reading.words[5].is_after_break);
        assert_eq!(&reading.text[reading.range(4..6)], "zoooo lang");
        assert_eq!(reading.range(9..12), 0..0);
    }

    proptest! {
        #[test]
        fn every_word_slices_back_into_its_text(text in "([a-zA-Z#@é'!. ]|aaa|\\PC){0,80}") {
            for language in [Language::Dutch, Language::French, Language::Other] {
                let reading = Reading::new(&text, language);
                for word in &reading.words {
                    prop_assert!(text.get(word.start..word.end).is_some());
                    prop_assert!(word.kind != TokenKind::Word || !reading.folded(word).contains("aaa"));
                }
            }
        }
    }
}
