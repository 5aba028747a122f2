//! What in a text can say what its writer means? Each such thing as a slot in the table of weights.
//!
//! Words and pairs of words, words after a negation, runs of letters inside words, classes of phrases that people use
//! (`classes.rs`), how such classes follow each other, and how the text is written. A feature is known by a hash alone, so
//! that the program carries no vocabulary; the few that share a slot share a weight. Everything is read in one pass over
//! the words, in an order that is the same on every machine.

use super::classes::{Class, Classes};
use crate::analysis::reading::Reading;
use crate::model::Language;
use crate::text::TokenKind;

/// Bits of a slot's number: 262,144 slots.
pub const SLOT_BITS: u32 = 18;

/// A kind of features. Those of one kind are weighed together: a long text has more of each, not more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Words.
    Words,
    /// Two neighboring words, beginning and end included.
    Pairs,
    /// Words within three of a negation.
    Negated,
    /// Runs of three to five letters inside a word.
    Letters,
    /// Classes of phrases.
    Classes,
    /// Which class follows which, and where they stand.
    Order,
    /// How it is written: capitals, marks, length.
    Manner,
    /// To whom it speaks: a desk that helps, another account, nobody.
    Address,
}

impl Block {
    /// All blocks.
    pub const ALL: [Self; 8] = [
        Self::Words,
        Self::Pairs,
        Self::Negated,
        Self::Letters,
        Self::Classes,
        Self::Order,
        Self::Manner,
        Self::Address,
    ];

    /// How much a feature of this block weighs in a text that has `count` of them. A block of words counts as a whole as
    /// much in a long text as in a short one (its vector has length one); one of classes counts each.
    pub(super) fn value(self, count: u32) -> f64 {
        let whole = |scale: f64| scale / f64::from(count.max(1)).sqrt();
        match self {
            Self::Words | Self::Pairs | Self::Letters => whole(1.0),
            Self::Negated => whole(0.7),
            Self::Classes | Self::Address => 0.3,
            Self::Manner => 0.2,
            Self::Order => 0.15,
        }
    }
}

/// Words of a title or a text, by number: from the first, to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// In the title, not in the text.
    pub is_in_title: bool,
    /// The first word.
    pub from: u32,
    /// After the last word.
    pub to: u32,
}

/// Something that is read as a word: a word, or what stands for a kind of thing.
#[derive(Clone, Copy)]
struct Item {
    hash: u64,
    is_in_title: bool,
    /// Number of the word it stands at.
    word: u32,
    /// A clause ends after it.
    ends_clause: bool,
    is_negation: bool,
    /// Has letters of its own.
    is_word: bool,
}

const HANDLE: u64 = seed(b"<at>");
const LINK: u64 = seed(b"<link>");
const NUMBER: u64 = seed(b"<n>");
const MASK: u64 = seed(b"<mask>");
const BEGIN: u64 = seed(b"<s>");
const END: u64 = seed(b"</s>");
const TITLE: u64 = seed(b"<title>");
const GLAD: u64 = seed(b":)");
const SAD: u64 = seed(b":(");

/// Words after a negation that it may turn around.
const SCOPE: usize = 3;

/// Words that two classes may be apart and still follow each other.
const APART: u32 = 4;

/// Shortest and longest run of letters.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;

/// Meets each feature of a title and a text: its block, its slot, and the words that it was read off.
pub(super) fn visit(
    title: Option<&Reading<'_>>,
    text: &Reading<'_>,
    language: Language,
    classes: &Classes,
    mut meet: impl FnMut(Block, u32, Span),
) {
    let mut items = Vec::with_capacity(text.words.len() + 8);
    let mut manner = Manner::default();
    if let Some(title) = title {
        push_items(title, true, &mut items, &mut manner);
        items.push(Item {
            hash: TITLE,
            is_in_title: true,
            word: u32::MAX,
            ends_clause: true,
            is_negation: false,
            is_word: false,
        });
    }
    push_items(text, false, &mut items, &mut manner);
    let found = classes.find(items.len(), |at| (items[at].hash, items[at].is_word));
    for hit in found.iter().filter(|hit| hit.class == classes.negation && hit.to == hit.from + 1) {
        items[hit.from as usize].is_negation = true;
    }
    words(&items, &mut meet);
    negated(&items, &mut meet);
    letters(title, true, &mut meet);
    letters(Some(text), false, &mut meet);
    class_features(&items, &found, language, &manner, &mut meet);
    manner.visit(&mut meet);
}

fn words(items: &[Item], meet: &mut impl FnMut(Block, u32, Span)) {
    let mut before: Option<&Item> = None;
    for item in items {
        let span = span(item, item);
        meet(Block::Words, slot(Block::Words, item.hash), span);
        let pair = pair(before.map_or(BEGIN, |before| before.hash), item.hash);
        let from = before.filter(|before| before.is_in_title == item.is_in_title).unwrap_or(item);
        meet(Block::Pairs, slot(Block::Pairs, pair), self::span(from, item));
        before = Some(item);
    }
    if let Some(last) = before {
        meet(Block::Pairs, slot(Block::Pairs, pair(last.hash, END)), span(last, last));
    }
}

fn negated(items: &[Item], meet: &mut impl FnMut(Block, u32, Span)) {
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_negation) {
        if item.ends_clause {
            continue;
        }
        for after in items[at + 1..].iter().take(SCOPE) {
            if after.is_word {
                meet(Block::Negated, slot(Block::Negated, after.hash), span(item, after));
            }
            if after.ends_clause {
                break;
            }
        }
    }
}

fn letters(reading: Option<&Reading<'_>>, is_in_title: bool, meet: &mut impl FnMut(Block, u32, Span)) {
    let Some(reading) = reading else { return };
    let mut padded = [0_u8; 66];
    for (word, number) in reading.words.iter().zip(0_u32..) {
        if !matches!(word.kind, TokenKind::Word | TokenKind::Hashtag) {
            continue;
        }
        padded[0] = b'_';
        let mut length = 1;
        for byte in reading.folded(word).bytes().filter(|byte| !matches!(byte, b'\'' | b'#')).take(64) {
            padded[length] = byte;
            length += 1;
        }
        padded[length] = b'_';
        let padded = &padded[..=length];
        let span = Span { is_in_title, from: number, to: number + 1 };
        for start in 0..padded.len() {
            let mut hash = FNV;
            for (byte, count) in padded[start..].iter().zip(1..=*RUNS.end()) {
                hash = step(hash, *byte);
                if count >= *RUNS.start() {
                    meet(Block::Letters, slot(Block::Letters, hash), span);
                }
            }
        }
    }
}

/// A phrase of a class, from one item to the one before another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) class: Class,
}

fn class_features(
    items: &[Item],
    found: &[Hit],
    language: Language,
    manner: &Manner,
    meet: &mut impl FnMut(Block, u32, Span),
) {
    // Two counts for each class: as it is, and negated.
    let mut counts = [0_u8; 2 * Classes::MAX];
    let mut before: Option<(&Hit, u64)> = None;
    let mut at = |block, hash: u64, hit: &Hit| {
        let (first, last) = (&items[hit.from as usize], &items[hit.to as usize - 1]);
        meet(block, slot(block, hash), span(first, last));
    };
    for hit in found {
        let is_negated = is_negated(items, hit, language);
        let number = 2 * usize::from(hit.class.0) + usize::from(is_negated);
        let name = number as u64 + 1;
        counts[number] = counts[number].saturating_add(1);
        if let Some(times) = [1, 2, 4].iter().position(|times| *times == counts[number]) {
            at(Block::Classes, name * 4 + times as u64, hit);
        }
        match before {
            None => at(Block::Order, 1 << 32 | name, hit),
            Some((last, last_name)) if hit.from.saturating_sub(last.to) <= APART => {
                at(Block::Order, 2 << 32 | last_name << 16 | name, hit);
            }
            Some(_) => {}
        }
        if counts[number] == 1 {
            for (is_so, kind) in
                [(manner.opens_with_handle, 3), (manner.ends_asking, 4), (manner.is_passed_on, 5)]
            {
                if is_so {
                    at(Block::Order, kind << 32 | name, hit);
                }
            }
        }
        before = Some((hit, name));
    }
    if let Some((last, name)) = before {
        at(Block::Order, 6 << 32 | name, last);
    }
}

/// A negation stands shortly before it in its clause; in Dutch and German also right after.
fn is_negated(items: &[Item], hit: &Hit, language: Language) -> bool {
    let (from, to) = (hit.from as usize, hit.to as usize);
    let before = items[from.saturating_sub(SCOPE)..from].iter().rev().take_while(|item| !item.ends_clause);
    if before.clone().any(|item| item.is_negation) {
        return true;
    }
    if !matches!(language, Language::Dutch | Language::German) || items[to - 1].ends_clause {
        return false;
    }
    items.get(to).is_some_and(|next| next.is_negation)
        || (items.get(to).is_some_and(|next| !next.ends_clause)
            && items.get(to + 1).is_some_and(|next| next.is_negation))
}

/// How a text is written.
#[derive(Default)]
struct Manner {
    words: u32,
    shouted: u32,
    elongated: u32,
    cries: u32,
    questions: u32,
    dots: u32,
    handles: u32,
    hashtags: u32,
    links: u32,
    numbers: u32,
    emoji: u32,
    masks: u32,
    has_title: bool,
    opens_with_handle: bool,
    ends_asking: bool,
    is_passed_on: bool,
    desks: u32,
    opens_with_desk: bool,
    is_cut: bool,
}

/// What stands in the names of accounts that answer customers, in any of our languages.
const DESKS: &[&str] = &[
    "support",
    "help",
    "care",
    "assist",
    "service",
    "servic",
    "client",
    "customer",
    "kunden",
    "klant",
    "webcare",
    "aide",
    "hilft",
    "ayuda",
    "atencion",
    "assistenza",
    "apoio",
    "suporte",
];

fn is_desk(handle: &str) -> bool {
    let name = handle.trim_start_matches(['@', '＠']);
    name.starts_with("ask") || DESKS.iter().any(|desk| name.contains(desk))
}

impl Manner {
    fn visit(&self, meet: &mut impl FnMut(Block, u32, Span)) {
        let nowhere = Span { is_in_title: false, from: 0, to: 0 };
        // 0, 1, 2, 3-4, 5-8 and so on, by the number of its binary digits.
        let size = |count: u32| u64::from(u32::BITS - count.leading_zeros());
        let counts = [
            size(self.words) * 2 + u64::from(self.words > 12),
            size(self.shouted),
            size(self.elongated).min(1),
            size(self.cries).min(3),
            size(self.questions).min(2),
            size(self.dots).min(1),
            size(self.handles).min(3),
            size(self.hashtags).min(3),
            size(self.links).min(2),
            size(self.numbers).min(3),
            size(self.emoji).min(2),
            size(self.masks).min(1),
            u64::from(self.has_title),
            u64::from(self.opens_with_handle),
            u64::from(self.ends_asking),
            u64::from(self.is_passed_on),
        ];
        for (value, what) in counts.into_iter().zip(1_u64..) {
            if value > 0 {
                meet(Block::Manner, slot(Block::Manner, what << 8 | value), nowhere);
            }
        }
        let to = if self.desks > 0 {
            1
        } else if self.handles > 0 {
            2
        } else {
            3
        };
        let also = [
            (self.opens_with_desk, 4),
            (self.desks > 0 && self.questions > 0, 5),
            (self.desks == 0 && self.handles > 1, 6),
            (self.is_cut, 7),
        ];
        let also = also.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what);
        for what in std::iter::once(to).chain(also) {
            meet(Block::Address, slot(Block::Address, what), nowhere);
        }
    }
}

/// Adds what is read off one part of a post.
fn push_items(reading: &Reading<'_>, is_in_title: bool, items: &mut Vec<Item>, manner: &mut Manner) {
    manner.has_title |= is_in_title;
    let bare =
        |hash, word| Item { hash, is_in_title, word, ends_clause: false, is_negation: false, is_word: false };
    let first = items.len();
    let mut end = 0;
    for (word, number) in reading.words.iter().zip(0_u32..) {
        push_marks(&reading.text[end..word.start], number.saturating_sub(1), &bare, first, items, manner);
        end = word.end;
        let folded = reading.folded(word);
        let item = match word.kind {
            TokenKind::Word => {
                manner.words += 1;
                manner.shouted += u32::from(word.is_shouted);
                manner.elongated += u32::from(word.is_elongated);
                Item { is_word: true, ..bare(word_hash(folded), number) }
            }
            TokenKind::Hashtag => {
                manner.hashtags += 1;
                Item { is_word: true, ..bare(word_hash(folded.trim_start_matches(['#', '＃'])), number) }
            }
            TokenKind::Number => {
                manner.numbers += 1;
                bare(if folded.len() > 1 { NUMBER } else { word_hash(folded) }, number)
            }
            TokenKind::Handle => {
                manner.handles += 1;
                let is_desk = is_desk(folded);
                manner.desks += u32::from(is_desk);
                manner.opens_with_desk |= is_desk && number == 0 && !is_in_title;
                manner.opens_with_handle |= number == 0 && !is_in_title;
                manner.is_passed_on |=
                    number == 1 && items.last().is_some_and(|before| before.hash == const { seed(b"rt") });
                bare(HANDLE, number)
            }
            TokenKind::Link => {
                manner.links += 1;
                bare(LINK, number)
            }
            TokenKind::Mask => {
                manner.masks += 1;
                bare(MASK, number)
            }
            TokenKind::Emoji => {
                manner.emoji += 1;
                bare(word_hash(folded.trim_end_matches('\u{fe0f}')), number)
            }
        };
        items.push(item);
    }
    let last = place(reading.words.len()).saturating_sub(1);
    manner.ends_asking = reading.text[end..].contains('?');
    manner.is_cut = reading.text.trim_end().ends_with('…') || reading.text.contains("… http");
    push_marks(&reading.text[end..], last, &bare, first, items, manner);
}

/// Adds the marks of what stands between two words, and remembers where a clause ends.
fn push_marks(
    gap: &str,
    word: u32,
    bare: &impl Fn(u64, u32) -> Item,
    first: usize,
    items: &mut Vec<Item>,
    manner: &mut Manner,
) {
    // Most gaps are one space.
    if gap == " " || gap.is_empty() {
        return;
    }
    let (mut cries, mut questions, mut dots) = (0, 0, 0);
    let mut ends_clause = false;
    for c in gap.chars() {
        match c {
            '!' => cries += 1,
            '?' => questions += 1,
            '.' => dots += 1,
            '…' => dots += 3,
            ',' | ';' | ':' | '\n' => ends_clause = true,
            _ => {}
        }
    }
    ends_clause |= cries + questions + dots > 0;
    if ends_clause
        && items.len() > first
        && let Some(last) = items.last_mut()
    {
        last.ends_clause = true;
    }
    manner.cries += cries;
    manner.questions += questions;
    manner.dots += u32::from(dots > 1);
    let mark = |text| bare(seed_of(text), word);
    match (cries > 0, questions > 0) {
        (true, true) => items.push(mark("?!")),
        (true, false) => items.push(mark("!")),
        (false, true) => items.push(mark("?")),
        (false, false) => {}
    }
    if dots > 1 {
        items.push(mark("..."));
    }
    for (faces, hash) in [([":)", ":-)", ";)", "=)"], GLAD), ([":(", ":-(", ":/", "=("], SAD)] {
        if faces.iter().any(|face| gap.contains(face)) {
            items.push(bare(hash, word));
        }
    }
}

fn span(from: &Item, to: &Item) -> Span {
    if from.word == u32::MAX || to.word == u32::MAX {
        return Span { is_in_title: from.is_in_title, from: 0, to: 0 };
    }
    Span { is_in_title: to.is_in_title, from: from.word, to: to.word + 1 }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Where FNV-1a begins (Fowler, Noll, Vo).
const FNV: u64 = 0xcbf2_9ce4_8422_2325;

const fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

const fn seed(text: &[u8]) -> u64 {
    let mut hash = FNV;
    let mut at = 0;
    while at < text.len() {
        hash = step(hash, text[at]);
        at += 1;
    }
    hash
}

fn seed_of(text: &str) -> u64 {
    seed(text.as_bytes())
}

/// The hash of a word in folded letters; apostrophes, which people leave out, are left out.
pub(super) fn word_hash(folded: &str) -> u64 {
    folded.bytes().filter(|byte| *byte != b'\'').fold(FNV, step)
}

fn pair(left: u64, right: u64) -> u64 {
    left.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ right
}

/// The slot of a feature: its hash mixed with its block (the finalizer of splitmix64; Steele, Lea, Flood 2014).
fn slot(block: Block, hash: u64) -> u32 {
    let mut x = hash.wrapping_add((block as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((x ^ (x >> 31)) >> (64 - SLOT_BITS)).unwrap_or(0)
}
