//! Which posts say the same? A copy, a retweet, a template that many send: one case.
//!
//! The case is made of the text alone, so that it is the same whatever else the index holds and in whatever order posts
//! come in: a locality-sensitive signature (min-wise hashing; Broder 1997). Of the pairs of neighboring words among the
//! first of a text, the three with the smallest hashes name the case. Texts that differ in a handle, a link or a number
//! have the same pairs; of those that differ in one word of sixteen, about half share the case.
//!
//! What comes before `RT @name` is the comment of who passed it on, and what comes after the first words is often cut
//! off there. Short texts have no pairs to spare: they are one case where all their words, handles included, are the same.

use super::reading::{Reading, Word};
use crate::model::{CaseId, PostId, fnv1a};
use crate::text::TokenKind;

/// Words that are looked at: a retweet keeps about so many of a post of 140 characters.
const WORDS: usize = 16;

/// Texts with fewer words are compared whole.
const SHORT: usize = 6;

/// Pairs that name a case. With two, complaints of one market that share an opening fall together.
const PAIRS: usize = 3;

/// The case of a title and a text. A post without any is a case of its own, by its id: thousands of complaint forms
/// without a narrative are not one complaint.
pub(super) fn case_of(title: Option<&Reading<'_>>, text: &Reading<'_>, id: &PostId) -> CaseId {
    let words = || {
        let title = title.into_iter().flat_map(|title| title.words.iter().map(move |word| (title, word)));
        title.chain(said(text).iter().map(move |word| (text, word)))
    };
    let mut hashes = [0_u64; WORDS];
    let mut count = 0;
    for (reading, word) in words() {
        if count < WORDS && is_said(word, reading) {
            hashes[count] = hash(reading.folded(word).trim_start_matches(['#', '＃']));
            count += 1;
        }
    }
    if count >= SHORT {
        return CaseId(smallest_pairs(&hashes[..count]));
    }
    let mut whole = None;
    for (reading, word) in words().filter(|(_, word)| !matches!(word.kind, TokenKind::Link | TokenKind::Mask))
    {
        whole = Some(join(whole.unwrap_or(0), hash(reading.folded(word))));
    }
    let is_blank = text.text.trim().is_empty();
    CaseId(whole.unwrap_or_else(|| hash(if is_blank { id.as_str() } else { text.text })))
}

/// A word of what is said, and no number: `3SABC123` is one, although it has letters.
fn is_said(word: &Word, reading: &Reading<'_>) -> bool {
    match word.kind {
        TokenKind::Hashtag => true,
        TokenKind::Word => !reading.folded(word).bytes().any(|byte| byte.is_ascii_digit()),
        _ => false,
    }
}

/// The words of a text without what another wrote before passing it on, and without a last word that was cut.
fn said<'a>(text: &'a Reading<'_>) -> &'a [Word] {
    let mut words = text.words.as_slice();
    if let [before @ .., last] = words
        && matches!(text.text[last.end..].trim_end(), "…" | "...")
        && !before.is_empty()
    {
        words = before;
    }
    let passed_on = |pair: &[Word]| {
        pair[0].kind == TokenKind::Word && text.folded(&pair[0]) == "rt" && pair[1].kind == TokenKind::Handle
    };
    match words.windows(2).rposition(passed_on) {
        Some(at) if at + 2 < words.len() => &words[at + 2..],
        _ => words,
    }
}

fn smallest_pairs(words: &[u64]) -> u64 {
    let mut smallest = [u64::MAX; PAIRS];
    for pair in words.windows(2) {
        let mut pair = join(pair[0], pair[1]);
        for kept in &mut smallest {
            if pair == *kept {
                break;
            }
            if pair < *kept {
                std::mem::swap(kept, &mut pair);
            }
        }
    }
    smallest.into_iter().fold(0, join)
}

/// FNV-1a (Fowler, Noll, Vo), spread so that its high bits differ as well.
fn hash(text: &str) -> u64 {
    spread(fnv1a(text.bytes()))
}

fn join(left: u64, right: u64) -> u64 {
    spread(left.rotate_left(5).wrapping_add(right))
}

/// The finalizer of splitmix64 (Steele, Lea, Flood 2014).
fn spread(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;
    use proptest::prelude::*;

    fn case(text: &str, id: &str) -> CaseId {
        case_of(None, &Reading::new(text, Language::English), &PostId::new(id).unwrap())
    }

    #[test]
    fn copies_share_a_case() {
        let post = "@Vlotpost my parcel 3SABC123 was to come on Monday and nobody rang the bell, so where is it now?";
        for copy in [
            "@vlotpost My parcel 3SXYZ999 was to come on Monday and nobody rang the bell, so where is it now? https://t.co/1",
            "RT @jan: @Vlotpost my parcel 3SABC123 was to come on Monday and nobody rang the bell, so where is it n…",
            "So true! RT @jan: @Vlotpost my parcel 3SABC123 was to come on Monday and nobody rang the bell, so where is it now?",
            "@redlane my parcel 12 was to come on Monday, and nobody rang the bell. So where is it now? 😡",
        ] {
            assert_eq!(case(post, "a:1"), case(copy, "a:2"), "{copy}");
        }
    }

    #[test]
    fn what_is_not_the_same_does_not() {
        for (left, right) in [
            ("@kpn storing", "@ziggo storing"),
            ("my parcel is late again", "my parcel is lost again"),
            (
                "my parcel was to come on Monday and nobody rang the bell",
                "my parcel was to come on Friday and the driver threw it over the fence",
            ),
        ] {
            assert_ne!(case(left, "a:1"), case(right, "a:1"), "{left} / {right}");
        }
        assert_ne!(case("", "a:1"), case("", "a:2"));
        assert_eq!(case("https://t.co/1", "a:1"), case("https://t.co/1", "a:2"));
    }

    proptest! {
        #[test]
        fn equal_texts_share_a_case_and_nothing_panics(text in "([a-z]{1,6} |RT @a: |#x |…|\\PC){0,40}") {
            prop_assert!(text.trim().is_empty() || case(&text, "a:1") == case(&text, "a:2"));
        }
    }
}
