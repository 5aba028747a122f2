//! What in a text is someone's private datum, and how does the text read without it?
//!
//! Posts are public, yet people write their telephone number or their citizen's number into them. Those are replaced
//! before anything is stored. Two wishes pull: a real number must go, and an order number must stay an order number.
//! So, from strict to loose: what has check digits must pass them; what has a form that nothing else has (`06-12345678`,
//! `+49 …`) is taken at once; a bare run of digits needs either a form of its own or a word beside it that says what it
//! is (`cue.rs`), and a word that says otherwise ("order", "ticket") keeps it.
//!
//! Decided, for want of a right answer:
//! - Short service numbers (`0900-1234`, `0800 1234`) are public and look like times of day: they stay. Service numbers
//!   of full length (`1-800-123-4567`, `0800 172 1212`) cannot be told from a person's: they go.
//! - A bare run of nine digits that passes the Dutch 11-test goes, also though one in eleven passes by chance, unless a
//!   word before it says that it is something else.
//! - Links stay as they are, but for an e-mail address in their path or query, and the number that a link to call has (`wa.me/…`).
//! - The number of a company (CNPJ, `KvK`, SIRET) stands in a public register and stays, although it has check digits: who
//!   complains of a shop names it by it. A sole trader's is public as well.
//! - A passport, an identity card, a driving licence or a DNI without a check goes where a word before its number says so, else not.
//! - An account, card or citizen's number whose check is wrong is no such number, and stays.
//! - A number over two lines, or with commas in it, goes where a word says that it is a telephone, or a `+` leads to it: columns
//!   and lists of figures look the same.
//! - Digits in words go as a row of eight or more that neither counts nor repeats itself, unless a word says otherwise.
//! - Figures such as `XXXX` that a source put in place of data stay.
//!
//! The stages, strictest first: e-mail, document, what is written in words, IBAN, card, citizen's number, phone. What one stage took is a wall to the next.
//! Passes repeat until one finds nothing, so that masking a masked text changes nothing, by construction.
//!
//! To add a citizen's number: its test in `check`, a line in `citizen`'s `REGISTERS` (and its form, if nothing else is written so), its
//! words in `cue`.

mod cells;
mod check;
mod citizen;
mod code;
mod cue;
mod document;
mod email;
mod phone;
#[cfg(test)]
mod tests;
mod words;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input};

use crate::model::Mask;
use cells::Cells;

/// A text with something masked in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// The text with a [placeholder](crate::model::MaskKind::placeholder) for each mask.
    pub text: String,
    /// What was masked: in order, apart from each other, as byte ranges of the original text.
    pub masks: Vec<Mask>,
}

/// Replaces the private data in `text`. None if it holds none, as most texts do.
#[must_use]
pub fn mask(text: &str) -> Option<Masked> {
    if !may_hold(text) {
        return None;
    }
    let mut masks = pass(text);
    if masks.is_empty() {
        return None;
    }
    let mut masked = replace(text, &masks);
    // Seldom finds more: only where what was masked stood in the way of its neighbor. Each round takes characters away
    // and gives none back that could be taken, so it ends.
    while may_hold(&masked) {
        let more = pass(&masked);
        if more.is_empty() {
            break;
        }
        masks = joined(&masks, &more);
        masked = replace(text, &masks);
    }
    Some(Masked { text: masked, masks })
}

/// The fewest digits in anything that is masked: a British national insurance number has six.
const FEWEST_DIGITS: u32 = 6;

/// Whether `text` could hold something. Cheap, and never false for a text that does.
fn may_hold(text: &str) -> bool {
    const DIGIT: u8 = 1;
    const SURE: u8 = 2;
    const BRACKET: u8 = 4;
    const FOREIGN: u8 = 8;
    const PERCENT: u8 = 16;
    static CLASS: [u8; 256] = {
        let mut class = [0; 256];
        let mut byte = b'0';
        while byte <= b'9' {
            class[byte as usize] = DIGIT;
            byte += 1;
        }
        class[b'@' as usize] = SURE;
        class[b'(' as usize] = BRACKET;
        class[b'[' as usize] = BRACKET;
        class[b'{' as usize] = BRACKET;
        class[b'%' as usize] = PERCENT;
        // First bytes of digits in other scripts, and of full-width characters.
        let leads = [0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEA, 0xEF, 0xF0];
        let mut at = 0;
        while at < leads.len() {
            class[leads[at]] = FOREIGN;
            at += 1;
        }
        class
    };
    let mut digits = 0;
    let mut seen = 0;
    for &byte in text.as_bytes() {
        let class = CLASS[usize::from(byte)];
        digits += u32::from(class & DIGIT);
        seen |= class;
    }
    if digits >= FEWEST_DIGITS || (seen & SURE != 0 && signs_an_address(text)) {
        return true;
    }
    (seen & BRACKET != 0 && email::has_bracketed_at(text))
        || (seen & PERCENT != 0 && text.contains("%40"))
        || (seen & FOREIGN != 0 && has_foreign(text))
        || (digits >= document::PAN_DIGITS && text.contains("PAN"))
        || has_words(text)
        || email::has_host_after_at(text)
}

/// Whether there is a word that may lead to something, or a row of digits in words.
fn has_words(text: &str) -> bool {
    let (mut digits, mut from) = (0, 0);
    while let Some(found) = WORDS.find(Input::new(text).range(from..)) {
        if found.pattern().as_usize() < LEADS {
            return true;
        }
        digits += 1;
        // One may begin within another.
        from = found.start() + 1;
    }
    digits >= words::FEWEST_TELL_TALES && words::has_row(text)
}

/// How many of [`WORDS`] lead to something.
const LEADS: usize = email::TELL_TALES.len() + document::TELL_TALES.len();

/// Whether an `@` has a place for an address at both sides. Tweets are full of handles, which have not.
fn signs_an_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(at, &byte)| {
        byte == b'@' && at > 0 && {
            let before = bytes[at - 1];
            let after = bytes.get(at + 1).copied().unwrap_or(b' ');
            // A space before counts only with a space after: "jan @ gmail.com". All that is not ASCII may be anything.
            !before.is_ascii_whitespace() || !(after.is_ascii_alphanumeric() || after == b'_')
        }
    })
}

/// Whether there are enough digits of all scripts, or an `@` in another width.
fn has_foreign(text: &str) -> bool {
    // Most that start like them are emoji.
    let is_near = |pair: &[u8]| match pair[0] {
        0xEF => pair[1] == 0xBC,
        0xF0 => pair[1] == 0x9D,
        lead => matches!(lead, 0xD9 | 0xDB | 0xDF | 0xE0 | 0xE1 | 0xEA),
    };
    if !text.as_bytes().windows(2).any(is_near) {
        return false;
    }
    let mut digits = 0;
    text.chars().any(|ch| {
        let plain = cells::plain(ch);
        digits += u32::from(plain.is_some_and(|ch| ch.is_ascii_digit()));
        digits >= FEWEST_DIGITS || (!ch.is_ascii() && plain == Some('@'))
    })
}

/// Words without which no `@` that is written as a word is taken for one, no number of a document for one, and no digit in
/// words for one.
static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(email::TELL_TALES.iter().chain(document::TELL_TALES).chain(words::TELL_TALES))
        .expect("a few short words make a small automaton")
});

/// All that one pass finds, in order.
fn pass(text: &str) -> Vec<Mask> {
    let mut cells = Cells::of(text);
    let mut found = Vec::new();
    email::find(&mut cells, &mut found);
    if document::find(&mut cells, &mut found) {
        words::find(&mut cells, &mut found);
    }
    if cells.digits() >= FEWEST_DIGITS as usize {
        code::find_ibans(&mut cells, &mut found);
        let (mut groups, mut taken) = (cells.groups(), found.len());
        for find in [code::find_cards, citizen::find, phone::find] {
            if found.len() > taken {
                // What the one before took is no group any more.
                (groups, taken) = (cells.groups(), found.len());
            }
            if groups.digits.len() < FEWEST_DIGITS as usize {
                break;
            }
            find(&mut cells, &groups, &mut found);
        }
    }
    found.sort_unstable_by_key(|mask| mask.start);
    found
}

/// The text with placeholders for `masks`, which are in order.
fn replace(text: &str, masks: &[Mask]) -> String {
    let mut masked = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for mask in masks {
        masked.push_str(&text[done..mask.start]);
        masked.push_str(mask.kind.placeholder());
        done = mask.end;
    }
    masked.push_str(&text[done..]);
    masked
}

/// `masks` with those that a later pass found, whose places are in the masked text.
fn joined(masks: &[Mask], more: &[Mask]) -> Vec<Mask> {
    let mut all = Vec::with_capacity(masks.len() + more.len());
    let mut known = masks.iter().peekable();
    // Bytes of the original, and of the masked text, up to the end of the last known mask.
    let (mut original, mut written) = (0, 0);
    for later in more {
        while let Some(mask) = known.next_if(|mask| written + (mask.start - original) <= later.start) {
            written += mask.start - original + mask.kind.placeholder().len();
            original = mask.end;
            all.push(*mask);
        }
        let place = |at: usize| at - written + original;
        all.push(Mask { kind: later.kind, start: place(later.start), end: place(later.end) });
    }
    all.extend(known);
    all
}
