//! Which words are joined in a hashtag? `#LostLuggage` and `#lostluggage` both hold lost and luggage.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::fold::fold;
use super::language::{LEXICONS, listed_words};
use crate::model::Language;

/// Longest part that is looked up, in letters.
const MAX_PART: usize = 20;

/// In the order of [`Language::ALL`].
static WORDS: LazyLock<[FxHashSet<Box<str>>; 8]> = LazyLock::new(|| {
    let mut sets: [FxHashSet<Box<str>>; 8] = Default::default();
    for lexicon in &LEXICONS {
        sets[lexicon.language as usize] = listed_words(lexicon.words).map(|word| fold(word).into()).collect();
    }
    sets
});

/// Returns the parts of a hashtag's body, without its sign, as ranges of bytes: by capitals, digits and underscores
/// where it has them, else by the words of `language` or of English, which tags in all languages borrow from. A body
/// that cannot be divided wholly into known words is one part.
#[must_use]
pub fn split_hashtag(body: &str, language: Language) -> Vec<Range<usize>> {
    let parts = by_case(body);
    if parts.len() > 1 {
        return parts;
    }
    let Some(part) = parts.into_iter().next() else { return Vec::new() };
    let whole = &body[part.clone()];
    [language, Language::English]
        .into_iter()
        .filter_map(|language| by_words(whole, &WORDS[language as usize]))
        // Mostly scraps, as protect+at+i+on: a word that the list lacks.
        .filter(|parts| 2 * parts.iter().filter(|part| part.len() <= 2).count() <= parts.len())
        .min_by_key(Vec::len)
        .map_or_else(
            || vec![part.clone()],
            |parts| parts.into_iter().map(|inner| part.start + inner.start..part.start + inner.end).collect(),
        )
}

fn by_case(body: &str) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut before: Option<char> = None;
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        if c == '_' {
            before = None;
            continue;
        }
        let next = chars.peek().map(|(_, next)| *next);
        let is_border = match before {
            None => true,
            Some(last) => {
                // Two letters are needed before a capital, or iPhone would be two words.
                (last.is_lowercase() && c.is_uppercase() && parts.last().is_some_and(|part| part.len() > last.len_utf8()))
                    || (last.is_alphabetic() && c.is_numeric())
                    || (last.is_numeric() && c.is_alphabetic())
                    // The last capital of a row begins the next word, as in KPNStoring.
                    || (last.is_uppercase() && c.is_uppercase() && next.is_some_and(char::is_lowercase))
            }
        };
        match parts.last_mut() {
            Some(part) if !is_border => part.end = end,
            _ => parts.push(at..end),
        }
        before = Some(c);
    }
    parts
}

/// Divides `body` into known words so that the sum of the squares of their lengths is largest, which prefers few and
/// long words; `None` if some letter belongs to no known word.
fn by_words(body: &str, words: &FxHashSet<Box<str>>) -> Option<Vec<Range<usize>>> {
    let borders: Vec<usize> = body.char_indices().map(|(at, _)| at).chain([body.len()]).collect();
    if borders.len() > 80 {
        return None;
    }
    let mut best: Vec<Option<(usize, usize)>> = vec![None; borders.len()];
    best[0] = Some((0, 0));
    for end in 1..borders.len() {
        for start in end.saturating_sub(MAX_PART)..end {
            let Some((score, _)) = best[start] else { continue };
            let score = score + (end - start).pow(2);
            if best[end].is_none_or(|(known, _)| known < score)
                && words.contains(&*fold(&body[borders[start]..borders[end]]))
            {
                best[end] = Some((score, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = borders.len() - 1;
    while end > 0 {
        let (_, start) = best[end]?;
        parts.push(borders[start]..borders[end]);
        end = start;
    }
    parts.reverse();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &str, language: Language, expect: &[&str]) {
        let parts: Vec<_> = split_hashtag(body, language).into_iter().map(|part| &body[part]).collect();
        assert_eq!(parts, expect, "{body}");
    }

    #[test]
    fn joined_words_are_parted() {
        use Language::{Dutch, English};
        check("LostLuggage", English, &["Lost", "Luggage"]);
        check("lostluggage", English, &["lost", "luggage"]);
        check("lostluggage", Dutch, &["lost", "luggage"]);
        check("KPNStoring", Dutch, &["KPN", "Storing"]);
        check("iPhone", English, &["iPhone"]);
        check("nietthuis", Dutch, &["niet", "thuis"]);
        check("worstairlineever", English, &["worst", "airline", "ever"]);
        check("b6_fail2015", English, &["b", "6", "fail", "2015"]);
        check("xqzvv", English, &["xqzvv"]);
        check("", English, &[]);
    }

    proptest! {
        #[test]
        fn parts_slice_back_in_order(body in "[\\PC_]{0,100}") {
            let mut last = 0;
            for part in split_hashtag(&body, Language::Dutch) {
                prop_assert!(part.start >= last && part.end > part.start);
                prop_assert!(body.get(part.clone()).is_some());
                last = part.end;
            }
        }
    }
}
