//! Which features does a text have? One pass over its words and the marks between them, for title and text together.
//!
//! Words, pairs, letters inside words, negated words, how it is written, classes of the lexicon, and the kind of account
//! that is written to. A feature is a hash, so none costs an allocation. Each knows the words it came from, for evidence.

use std::ops::Range;

use crate::analysis::reading::{Reading, Word};
use crate::model::Language;
use crate::text::TokenKind;

use super::classes::{CLASSES, NEGATION, Phrases, phrases};
use super::key::{self, Block, key};
use super::marks::Marks;

/// Words after a negation that it negates, unless a mark stands before them.
const SCOPE: u8 = 4;

/// The features of one text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Each once, in the order in which they were first seen.
    pub(crate) features: Vec<Feature>,
    /// Where they were seen.
    pub(super) places: Vec<Place>,
    /// The words that places name.
    pub(super) words: Vec<Where>,
}

/// One feature of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feature {
    pub(crate) key: u64,
    pub(crate) block: Block,
    /// How often it was seen.
    pub(crate) times: u16,
}

/// A feature in words `from..to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in [`Sheet::features`].
    pub(super) feature: u32,
    pub(super) from: u16,
    pub(super) to: u16,
}

/// A word of the title or of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Where {
    pub(super) is_in_title: bool,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Sheet {
    /// Reads off the features of a text and its title.
    pub(crate) fn new(title: Option<&Reading>, text: &Reading, language: Language) -> Self {
        Self::of_wanted(title, text, language, |_| true)
    }

    /// As [`Sheet::new`], with those features only whose keys are wanted: most of a text are in no table of weights.
    pub(super) fn of_wanted(
        title: Option<&Reading>,
        text: &Reading,
        language: Language,
        is_wanted: impl Fn(u64) -> bool,
    ) -> Self {
        let words = text.words.len() + title.map_or(0, |title| title.words.len());
        let mut pen = Pen::new(words, language);
        // Some sources give the first line of a text as its title too.
        if let Some(title) = title.filter(|title| title.text.trim() != text.text.trim()) {
            pen.read(title, true);
            pen.end_sentence();
        }
        pen.read(text, false);
        pen.finish(text.text, is_wanted)
    }
}

/// A word or mark in the order of the text.
#[derive(Debug, Clone, Copy)]
struct Item {
    hash: u64,
    /// Without the sign of a hashtag.
    bare: u64,
    /// Its number among the words; that of the word before for a mark.
    word: u16,
    /// Counts the marks that end a clause.
    clause: u16,
    is_mark: bool,
    is_word: bool,
    is_negation: bool,
}

/// What is counted on the way.
#[derive(Debug, Default)]
struct Tally {
    handles: usize,
    support: usize,
    is_first_support: bool,
    hashtags: usize,
    links: usize,
    numbers: usize,
    words: usize,
    shouted: usize,
    elongated: usize,
    questions: usize,
    bangs: usize,
    is_asking_loudly: bool,
    is_banging_loudly: bool,
    has_dots: bool,
    has_money: bool,
    opening: Opening,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Opening {
    #[default]
    Other,
    Handle,
    DotHandle,
    Retweet,
}

/// A feature where it was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    key: u64,
    block: Block,
    from: u16,
    to: u16,
}

struct Pen {
    language: Language,
    phrases: &'static Phrases,
    sheet: Sheet,
    seen: Vec<Seen>,
    items: Vec<Item>,
    clause: u16,
    tally: Tally,
    letters: Vec<u8>,
}

impl Pen {
    fn new(words: usize, language: Language) -> Self {
        Self {
            language,
            phrases: phrases(language),
            sheet: Sheet { words: Vec::with_capacity(words), ..Sheet::default() },
            seen: Vec::with_capacity(words * 20 + 32),
            items: Vec::with_capacity(words * 2 + 8),
            clause: 0,
            tally: Tally::default(),
            letters: Vec::with_capacity(32),
        }
    }

    fn read(&mut self, reading: &Reading, is_in_title: bool) {
        let mut at = 0;
        for word in &reading.words {
            let gap = reading.text.get(at..word.start).unwrap_or_default();
            self.mark(Marks::of(gap));
            self.word(reading, word, is_in_title, gap);
            at = word.end;
        }
        self.mark(Marks::of(reading.text.get(at..).unwrap_or_default()));
    }

    fn end_sentence(&mut self) {
        self.clause = self.clause.saturating_add(1);
    }

    /// Reads what stands between two words.
    fn mark(&mut self, marks: Marks) {
        if marks.is_none() {
            return;
        }
        self.tally.has_money |= marks.has_money;
        if marks.questions > 0 {
            self.tally.questions += 1;
            self.tally.is_asking_loudly |= marks.questions + marks.bangs > 1;
        }
        if marks.bangs > 0 {
            self.tally.bangs += 1;
            self.tally.is_banging_loudly |= marks.questions == 0 && marks.bangs > 1;
        }
        self.tally.has_dots |= marks.has_dots;
        let named = [
            (marks.bangs > 0 && marks.questions == 0, "!"),
            (marks.questions > 0 && marks.bangs == 0, "?"),
            (marks.questions > 0 && marks.bangs > 0, "?!"),
            (marks.has_dots, "..."),
        ];
        for (_, mark) in named.iter().filter(|(is_there, _)| *is_there) {
            self.push(key::word(mark), true);
        }
        if marks.ends_clause {
            self.end_sentence();
        }
        if marks.mood != 0 {
            self.push(key::word(if marks.mood > 0 { "<pos>" } else { "<neg>" }), false);
        }
    }

    fn word(&mut self, reading: &Reading, word: &Word, is_in_title: bool, gap: &str) {
        let Ok(number) = u16::try_from(self.sheet.words.len()) else { return };
        self.sheet.words.push(Where { is_in_title, start: word.start, end: word.end });
        let folded = reading.folded(word);
        let mut bare = None;
        let hash = match word.kind {
            TokenKind::Word => {
                self.tally.words += 1;
                self.tally.shouted += usize::from(word.is_shouted);
                self.tally.elongated += usize::from(word.is_elongated);
                self.letters(folded, number);
                key::word(folded)
            }
            TokenKind::Hashtag => {
                self.tally.hashtags += 1;
                let letters = folded.trim_start_matches(['#', '＃']);
                bare = Some(key::word(letters));
                self.letters(letters, number);
                key::word(folded)
            }
            TokenKind::Number => {
                self.tally.numbers += 1;
                key::word(if folded.len() > 1 { "<n>" } else { folded })
            }
            TokenKind::Handle => {
                self.handle(folded, number, gap);
                key::word("<at>")
            }
            TokenKind::Link => {
                self.tally.links += 1;
                key::word("<link>")
            }
            TokenKind::Mask => key::word("<mask>"),
            TokenKind::Emoji => {
                let mood = super::marks::mood_of_emoji(&reading.text[word.start..word.end]);
                if mood != 0 {
                    self.push(key::word(if mood > 0 { "<pos>" } else { "<neg>" }), false);
                }
                key::word(folded)
            }
        };
        let bare = bare.unwrap_or(hash);
        self.items.push(Item {
            hash,
            bare,
            word: number,
            clause: self.clause,
            is_mark: false,
            is_word: word.kind == TokenKind::Word,
            is_negation: self.is_negation(bare),
        });
    }

    fn handle(&mut self, folded: &str, number: u16, gap: &str) {
        let is_support = is_support(folded);
        if self.tally.handles == 0 {
            self.tally.is_first_support = is_support;
            let is_retweet = self.items.first().is_some_and(|item| item.hash == key::word("rt"));
            self.tally.opening = match number {
                0 if gap.trim() == "." => Opening::DotHandle,
                0 => Opening::Handle,
                1 if is_retweet => Opening::Retweet,
                _ => Opening::Other,
            };
        }
        self.tally.handles += 1;
        self.tally.support += usize::from(is_support);
    }

    fn push(&mut self, hash: u64, is_mark: bool) {
        let word = u16::try_from(self.sheet.words.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let is_negation = self.is_negation(hash);
        let clause = self.clause;
        self.items.push(Item { hash, bare: hash, word, clause, is_mark, is_word: false, is_negation });
    }

    fn is_negation(&self, word: u64) -> bool {
        self.phrases.of_word(word) & NEGATION != 0
    }

    /// The runs of three to five letters of a word with its ends.
    fn letters(&mut self, folded: &str, number: u16) {
        let mut letters = std::mem::take(&mut self.letters);
        letters.clear();
        letters.push(b'_');
        letters.extend(folded.bytes().filter(|byte| *byte != b'\''));
        letters.push(b'_');
        for from in 0..letters.len() {
            let mut packed = 0_u64;
            for (length, byte) in letters[from..].iter().take(5).enumerate() {
                packed = packed << 8 | u64::from(*byte);
                if length >= 2 {
                    self.add(Block::Letters, packed, number..number.saturating_add(1));
                }
            }
        }
        self.letters = letters;
    }

    fn finish(mut self, text: &str, is_wanted: impl Fn(u64) -> bool) -> Sheet {
        let items = std::mem::take(&mut self.items);
        self.words_and_pairs(&items);
        self.negated(&items);
        self.classes(&items);
        self.surface(text);
        self.enter(is_wanted);
        self.sheet
    }

    fn words_and_pairs(&mut self, items: &[Item]) {
        let mut before = (key::word("<s>"), 0);
        for item in items {
            let words = item.word..item.word.saturating_add(1);
            self.add(Block::Word, item.hash, words.clone());
            self.add(Block::Pair, key::then(before.0, item.hash), before.1..words.end);
            before = (item.hash, item.word);
        }
        self.add(Block::Pair, key::then(before.0, key::word("</s>")), before.1..before.1.saturating_add(1));
    }

    fn negated(&mut self, items: &[Item]) {
        let (mut left, mut clause, mut from) = (0, 0, 0);
        for item in items.iter().filter(|item| item.is_word) {
            if item.clause != clause {
                (left, clause) = (0, item.clause);
            }
            if item.is_negation {
                (left, from) = (SCOPE, item.word);
            } else if left > 0 {
                self.add(Block::Negated, item.hash, from..item.word.saturating_add(1));
                left -= 1;
            }
        }
    }

    fn classes(&mut self, items: &[Item]) {
        let items: Vec<Item> = items.iter().filter(|item| !item.is_mark).copied().collect();
        let phrases = self.phrases;
        let negations: Vec<usize> = (0..items.len()).filter(|at| items[*at].is_negation).collect();
        let comes_after = matches!(self.language, Language::Dutch | Language::German);
        let mut counts = [[0_u16; 2]; CLASSES.len()];
        for (at, item) in items.iter().enumerate() {
            let rest =
                items[at..].iter().take_while(|other| other.clause == item.clause).map(|other| other.bare);
            let Some((length, classes)) = phrases.at(rest) else { continue };
            let end = at + length;
            let is_negated = negations.iter().any(|negation| {
                let is_near = *negation < at && at - negation <= 3
                    || comes_after && *negation >= end && negation - end <= 1;
                is_near && items[*negation].clause == item.clause
            });
            let words = item.word..items[end - 1].word.saturating_add(1);
            for class in (1..CLASSES.len()).filter(|class| classes & (1 << class) != 0) {
                let count = &mut counts[class][usize::from(is_negated)];
                *count = count.saturating_add(1);
                // Where it is seen again is evidence too, though it counts at the first, second and fourth time only.
                let step = match *count {
                    1 => 0,
                    2 | 3 => 1,
                    _ => 2,
                };
                self.add(Block::Class, class_hash(class, is_negated, step), words.clone());
            }
        }
    }

    fn surface(&mut self, text: &str) {
        let tally = std::mem::take(&mut self.tally);
        let trimmed = text.trim_end();
        let is_question = trimmed.ends_with('?');
        let shouting = match tally.shouted {
            0 => 0,
            1 | 2 => 1,
            some if some * 5 < tally.words * 3 => 2,
            _ => 3,
        };
        let named = [
            tally.opening as usize,
            tally.handles.min(3),
            tally.hashtags.min(3),
            tally.links.min(2),
            length_step(tally.words),
            tally.questions.min(2),
            tally.bangs.min(3),
            usize::from(tally.is_asking_loudly),
            usize::from(tally.is_banging_loudly),
            usize::from(tally.has_dots),
            shouting,
            tally.elongated.min(1),
            tally.numbers.min(3),
            usize::from(tally.has_money),
            usize::from(is_question),
        ];
        for (name, value) in named.into_iter().enumerate() {
            self.add(Block::Surface, (name * 64 + value) as u64, 0..0);
        }
        let is_opening = tally.opening == Opening::Handle;
        let handles = [
            (tally.support > 0, 0),
            (tally.support == 0 && tally.handles > 0, 1),
            (tally.handles == 0, 2),
            (tally.is_first_support && is_opening, 3),
            (tally.support > 0 && tally.questions > 0, 4),
            (tally.support == 0 && tally.handles > 1, 5),
            (text.contains('…') && (trimmed.ends_with('…') || text.contains("… http")), 6),
        ];
        for (_, name) in handles.into_iter().filter(|(holds, _)| *holds) {
            self.add(Block::Handle, name, 0..0);
        }
    }

    fn add(&mut self, block: Block, hash: u64, words: Range<u16>) {
        self.seen.push(Seen { key: key(block, hash), block, from: words.start, to: words.end });
    }

    /// Puts on the sheet what was seen and is wanted. All is asked for before any of it is used: a table that is larger
    /// than the processor's cache answers many questions at once nearly as soon as one.
    fn enter(&mut self, is_wanted: impl Fn(u64) -> bool) {
        let wanted: Vec<bool> = self.seen.iter().map(|seen| is_wanted(seen.key)).collect();
        let places = wanted.iter().filter(|is_wanted| **is_wanted).count();
        self.sheet.features.reserve(places);
        self.sheet.places.reserve(places);
        // At most half full.
        let mut slots = vec![u32::MAX; (places * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for (seen, _) in self.seen.iter().zip(wanted).filter(|(_, is_wanted)| *is_wanted) {
            let mut slot = usize::try_from(seen.key & 0xffff_ffff).unwrap_or(0) & mask;
            let feature = loop {
                let number = slots[slot];
                if number == u32::MAX {
                    let new = u32::try_from(self.sheet.features.len()).unwrap_or(u32::MAX - 1);
                    slots[slot] = new;
                    self.sheet.features.push(Feature { key: seen.key, block: seen.block, times: 0 });
                    break new;
                }
                if self.sheet.features[number as usize].key == seen.key {
                    break number;
                }
                slot = (slot + 1) & mask;
            };
            let times = &mut self.sheet.features[feature as usize].times;
            *times = times.saturating_add(1);
            self.sheet.places.push(Place { feature, from: seen.from, to: seen.to });
        }
    }
}

/// The hash of a class that was seen once (0), two or three times (1), or more often (2).
fn class_hash(class: usize, is_negated: bool, step: usize) -> u64 {
    (class * 8 + step * 2 + usize::from(is_negated)) as u64
}

/// The length of a text in words, in steps of about two thirds of a doubling.
fn length_step(words: usize) -> usize {
    [1, 2, 3, 4, 6, 10, 15, 25, 40, 63, 101, 161, 255, 405]
        .iter()
        .take_while(|least| words >= **least)
        .count()
}

/// Whether a handle looks like that of a service desk.
fn is_support(folded: &str) -> bool {
    // By the first letter: handles are short, and a search for each of sixteen words costs more than reading one.
    let parts = |first: u8| -> &[&str] {
        match first {
            b'a' => &["assist", "aide", "ayuda", "atencion", "apoio"],
            b'c' => &["care", "cust", "client"],
            b'd' => &["desk"],
            b'h' => &["help", "hilf"],
            b'k' => &["klant", "kunden"],
            b's' => &["support", "service"],
            b't' => &["team"],
            _ => &[],
        }
    };
    let bytes = folded.as_bytes();
    let is_part = |at: usize| parts(bytes[at]).iter().any(|part| bytes[at..].starts_with(part.as_bytes()));
    folded.starts_with("@ask") || (0..bytes.len()).any(is_part)
}
