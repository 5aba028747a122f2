//! Which features does a text have? One pass over its words and the marks between them, for title and text together.
//!
//! Words, pairs, letters inside words, negated words, how it is written, classes of the lexicon, and the kind of account
//! that is written to; words and classes once more by whether there is such an account or a brand is named, and whether the text
//! is short. A feature is a hash, so none costs an allocation. Each knows the words it came from, for evidence.

use std::ops::Range;

use crate::analysis::reading::{Reading, Word};
use crate::model::Language;
use crate::text::{TokenKind, key_slot, word_key};

use super::classes::{Begins, CLASSES, NEGATION, Phrases, phrases};
use super::key::{self, Block, key};
use super::marks::Marks;
use super::weights::Row;

/// Words after a negation that it negates, unless a mark stands before them.
const SCOPE: u8 = 4;

/// Words that a short text has at most: where so few are said, each says more.
const SHORT: usize = 7;

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
    /// What the table of weights has for it, where that was asked while it was read.
    pub(super) found: Row,
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
    /// Reads off the features of a text and its title; `is_named` says that it names a brand.
    pub(crate) fn new(title: Option<&Reading>, text: &Reading, language: Language, is_named: bool) -> Self {
        let mut pad = Pad::default();
        pad.read(title, text, language, is_named, false, Row::blank);
        pad.board.sheet
    }
}

/// What features are read on: a sheet, and what helps to fill it. Used for one text after another, it costs no memory
/// for each, and remembers the letters of words.
#[derive(Debug, Default)]
pub(super) struct Pad {
    pub(super) board: Board,
    items: Vec<Item>,
    letters: Vec<u8>,
    seen: Vec<Seen>,
    /// What stands in the place of each that was seen.
    found: Vec<Row>,
    memo: Memo,
}

/// A sheet, and where on it a feature is.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) sheet: Sheet,
    /// By the end of a key: a number in [`Sheet::features`], or [`NONE`]. At most half full.
    slots: Vec<u32>,
}

impl Board {
    /// Makes it empty, for a text of so many words.
    fn wipe(&mut self, words: usize) {
        self.sheet.features.clear();
        self.sheet.places.clear();
        self.sheet.words.clear();
        self.slots.clear();
        self.slots.resize((words * 28 + 64).next_power_of_two(), NONE);
    }

    /// Puts a feature on the sheet where it was seen.
    #[expect(
        clippy::inline_always,
        reason = "called two hundred times for a post, from three places; as a call it took nineteen instructions more"
    )]
    #[inline(always)]
    fn enter(&mut self, key: u64, found: Row, block: Block, (from, to): (u16, u16)) {
        let Sheet { features, places, .. } = &mut self.sheet;
        if features.len() * 2 >= self.slots.len() {
            spread(&mut self.slots, features);
        }
        let mask = self.slots.len() - 1;
        let mut slot = first_slot(key, mask);
        let feature = loop {
            let number = self.slots[slot];
            if number == NONE {
                let new = u32::try_from(features.len()).unwrap_or(NONE - 1);
                self.slots[slot] = new;
                features.push(Feature { key, block, times: 1, found });
                break new;
            }
            let known = &mut features[number as usize];
            if known.key == key {
                known.times = known.times.saturating_add(1);
                break number;
            }
            slot = (slot + 1) & mask;
        };
        places.push(Place { feature, from, to });
    }
}

/// No feature.
const NONE: u32 = u32::MAX;

impl Pad {
    /// Reads off those features of a text and its title that are in a table of weights, of which `standing` says what stands
    /// where a feature would: most of a text are in none. If it says the same for ever (`is_lasting`), what it says of the
    /// letters of a word is remembered.
    ///
    /// A table that is larger than the processor's cache answers many questions at once nearly as soon as one, if none of
    /// them waits for what is made of the answer before. So all are asked first, wherever there are several.
    pub(super) fn read(
        &mut self,
        title: Option<&Reading>,
        text: &Reading,
        language: Language,
        is_named: bool,
        is_lasting: bool,
        standing: impl Fn(u64) -> Row,
    ) {
        let words = text.words.len() + title.map_or(0, |title| title.words.len());
        self.board.wipe(words);
        self.items.clear();
        self.seen.clear();
        let phrases = phrases(language);
        let tally = Tally { is_named, ..Tally::default() };
        let mut pen = Pen { language, phrases, pad: self, standing, is_lasting, clause: 0, tally };
        // Some sources give the first line of a text as its title too.
        if let Some(title) = title.filter(|title| title.text.trim() != text.text.trim()) {
            pen.read(title, true);
            pen.end_sentence();
        }
        pen.read(text, false);
        pen.finish(text.text);
    }
}

/// Puts the numbers of `features` on twice as many slots.
#[cold]
fn spread(slots: &mut Vec<u32>, features: &[Feature]) {
    let more = slots.len() * 2;
    slots.clear();
    slots.resize(more, NONE);
    for (number, feature) in (0..).zip(features) {
        let slot = free_slot(slots, feature.key);
        slots[slot] = number;
    }
}

/// The slot where the search for a key begins.
fn first_slot(key: u64, mask: usize) -> usize {
    usize::try_from(key >> 24).unwrap_or(0) & mask
}

fn free_slot(slots: &[u32], key: u64) -> usize {
    let mask = slots.len() - 1;
    let mut slot = first_slot(key, mask);
    while slots[slot] != NONE {
        slot = (slot + 1) & mask;
    }
    slot
}

/// The runs of letters of words that have a weight: few words make most of all texts, and a word has always the same. All
/// of a word lies together, since to wait for memory costs more here than to reckon.
#[derive(Debug, Default)]
struct Memo {
    /// In pairs, by [`key_slot`]: whoever comes first keeps the first place, and in the second a word takes the place of another.
    /// Words that are common come early, and with one place each, one lookup in twenty-four of tweets was for a word that another had
    /// driven out; so it is one in seventy-five.
    words: Vec<Remembered>,
}

/// What is remembered of a word: 256 bytes.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Remembered {
    /// See [`word_key`].
    letters: [u64; 2],
    /// Of the word itself.
    hash: u64,
    /// The first are those of the word, with 0 behind the last.
    runs: [Packed; MOST_RUNS],
}

/// Runs of one word that are remembered. A word with more has eleven letters or more and is read each time.
const MOST_RUNS: usize = 29;

/// Runs of a word of sixteen letters, known or not.
const ALL_RUNS: usize = 45;

/// A known feature in one number: above what the row says, below the upper forty bits of its key, of which the first
/// nineteen are the row. Two features of a text that agree in these are one in a billion texts.
type Packed = u64;

const OF_KEY: u64 = !0xff_ffff;

fn packed(key: u64, found: Row) -> Packed {
    let Row { rarity, complaint, sentiment, .. } = found;
    key & OF_KEY
        | u64::from(rarity) << 16
        | u64::from(complaint.cast_unsigned()) << 8
        | u64::from(sentiment.cast_unsigned())
}

fn unpacked(packed: Packed) -> Row {
    let [complaint, sentiment] = [packed >> 8, packed].map(|byte| byte.to_le_bytes()[0].cast_signed());
    Row { check: 0, rarity: packed.to_le_bytes()[2], complaint, sentiment }
}

impl Memo {
    /// Words that are remembered, as a power of two.
    const BITS: u32 = 14;

    /// The first of the two places of a word.
    fn first(letters: [u64; 2]) -> usize {
        key_slot(letters, Self::BITS - 1) * 2
    }
}

/// A feature that was seen, and may have a weight.
#[derive(Debug, Clone, Copy)]
struct Seen {
    key: u64,
    block: Block,
    from: u16,
    to: u16,
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
    begins: Begins,
}

impl Item {
    fn is_negation(&self) -> bool {
        self.begins.classes & NEGATION != 0
    }
}

/// What is counted on the way.
#[derive(Debug, Default)]
struct Tally {
    /// A brand is named, by its handle or without.
    is_named: bool,
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

struct Pen<'p, K> {
    language: Language,
    phrases: &'static Phrases,
    pad: &'p mut Pad,
    standing: K,
    is_lasting: bool,
    clause: u16,
    tally: Tally,
}

impl<K: Fn(u64) -> Row> Pen<'_, K> {
    fn read(&mut self, reading: &Reading, is_in_title: bool) {
        self.fetch(reading);
        let mut at = 0;
        for word in &reading.words {
            let gap = reading.text.get(at..word.start).unwrap_or_default();
            self.mark(Marks::of(gap));
            self.word(reading, word, is_in_title, gap);
            at = word.end;
        }
        self.mark(Marks::of(reading.text.get(at..).unwrap_or_default()));
    }

    /// Looks once at what is remembered of all words, so that the processor has it when they are read.
    fn fetch(&self, reading: &Reading) {
        let keys = reading.words.iter().filter_map(|word| word.key);
        let remembered = keys.filter_map(|key| self.pad.memo.words.get(Memo::first(key)));
        std::hint::black_box(remembered.fold(0, |all, word| all ^ word.letters[0] ^ word.runs[5]));
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
        let Ok(number) = u16::try_from(self.pad.board.sheet.words.len()) else { return };
        self.pad.board.sheet.words.push(Where { is_in_title, start: word.start, end: word.end });
        let folded = reading.folded(word);
        let mut bare = None;
        let hash = match word.kind {
            TokenKind::Word => {
                self.tally.words += 1;
                self.tally.shouted += usize::from(word.is_shouted);
                self.tally.elongated += usize::from(word.is_elongated);
                self.letters(folded, word.key, number)
            }
            TokenKind::Hashtag => {
                self.tally.hashtags += 1;
                let letters = folded.trim_start_matches(['#', '＃']);
                bare = Some(self.letters(letters, word_key(letters), number));
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
        self.pad.items.push(Item {
            hash,
            bare,
            word: number,
            clause: self.clause,
            is_mark: false,
            is_word: word.kind == TokenKind::Word,
            begins: self.phrases.beginning_with(bare),
        });
    }

    fn handle(&mut self, folded: &str, number: u16, gap: &str) {
        let is_support = is_support(folded);
        if self.tally.handles == 0 {
            self.tally.is_first_support = is_support;
            let is_retweet = self.pad.items.first().is_some_and(|item| item.hash == key::word("rt"));
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
        let word = u16::try_from(self.pad.board.sheet.words.len().saturating_sub(1)).unwrap_or(u16::MAX);
        let begins = self.phrases.beginning_with(hash);
        let clause = self.clause;
        self.pad.items.push(Item { hash, bare: hash, word, clause, is_mark, is_word: false, begins });
    }

    /// Enters the runs of three to five letters of a word with its ends. Returns its hash.
    fn letters(&mut self, folded: &str, letters: Option<[u64; 2]>, number: u16) -> u64 {
        let words = (number, number.saturating_add(1));
        if let Some(letters) = letters.filter(|_| self.is_lasting)
            && let Some(slot) = self.remembered(folded, letters)
        {
            let Pad { board, memo, .. } = &mut *self.pad;
            let word = &memo.words[slot];
            for packed in word.runs.iter().copied().take_while(|packed| *packed != 0) {
                board.enter(packed & OF_KEY, unpacked(packed), Block::Letters, words);
            }
            return word.hash;
        }
        let letters = self.with_ends(folded);
        runs(&letters, |key| {
            let found = (self.standing)(key);
            if found.is_of(key) {
                self.enter(key, found, Block::Letters, words);
            }
        });
        self.pad.letters = letters;
        key::word(folded)
    }

    /// The slot that holds a word, which may be remembered only now; `None` if it has too many runs.
    fn remembered(&mut self, folded: &str, letters: [u64; 2]) -> Option<usize> {
        let first = Memo::first(letters);
        let is_there =
            |slot: &usize| self.pad.memo.words.get(*slot).is_some_and(|word| word.letters == letters);
        if let Some(slot) = [first, first + 1].into_iter().find(is_there) {
            return Some(slot);
        }
        let mut word = Remembered { letters, hash: key::word(folded), runs: [0; MOST_RUNS] };
        let ends = self.with_ends(folded);
        let (mut all, mut asked) = (0, [(0, Row::default()); ALL_RUNS]);
        runs(&ends, |key| {
            if let Some(place) = asked.get_mut(all) {
                *place = (key, (self.standing)(key));
            }
            all += 1;
        });
        let mut count = 0;
        for (key, found) in asked.into_iter().take(all).filter(|(key, found)| found.is_of(*key)) {
            if let Some(run) = word.runs.get_mut(count) {
                *run = packed(key, found);
            }
            count += 1;
        }
        self.pad.letters = ends;
        let memo = &mut self.pad.memo;
        if memo.words.is_empty() {
            memo.words.resize(1 << Memo::BITS, Remembered { letters: [0; 2], hash: 0, runs: [0; MOST_RUNS] });
        }
        if count > MOST_RUNS {
            return None;
        }
        let slot = first + usize::from(memo.words[first].letters != [0; 2]);
        memo.words[slot] = word;
        Some(slot)
    }

    /// Enters a feature under as much of its key as is remembered of one.
    fn enter(&mut self, key: u64, found: Row, block: Block, words: (u16, u16)) {
        let key = if self.is_lasting { key & OF_KEY } else { key };
        self.pad.board.enter(key, found, block, words);
    }

    /// The letters of a word between two signs that are none. To be given back.
    fn with_ends(&mut self, folded: &str) -> Vec<u8> {
        let mut letters = std::mem::take(&mut self.pad.letters);
        letters.clear();
        letters.push(b'_');
        letters.extend(folded.bytes().filter(|byte| *byte != b'\''));
        letters.push(b'_');
        letters
    }

    fn finish(mut self, text: &str) {
        let items = std::mem::take(&mut self.pad.items);
        self.words_and_pairs(&items);
        self.negated(&items);
        self.classes(&items);
        self.surface(text);
        self.enter_seen();
        self.pad.items = items;
    }

    /// 1 for a text with a handle or the name of a brand, 2 for any other that is short, 0 for the rest.
    fn kind(&self) -> u64 {
        match &self.tally {
            tally if tally.handles > 0 || tally.is_named => 1,
            tally if tally.words <= SHORT => 2,
            _ => 0,
        }
    }

    fn words_and_pairs(&mut self, items: &[Item]) {
        let (mut before, kind) = ((key::word("<s>"), 0), self.kind());
        for item in items {
            let words = item.word..item.word.saturating_add(1);
            self.add(Block::Word, item.hash, words.clone());
            self.add(Block::WordByHandle, key::then(kind, item.hash), words.clone());
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
            if item.is_negation() {
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
        let negations: Vec<usize> = (0..items.len()).filter(|at| items[*at].is_negation()).collect();
        let comes_after = matches!(self.language, Language::Dutch | Language::German);
        let mut counts = [[0_u16; 2]; CLASSES.len()];
        let kind = self.kind();
        for (at, item) in items.iter().enumerate() {
            if item.begins.most == 0 {
                continue;
            }
            let rest = items[at + 1..].iter().take_while(|other| other.clause == item.clause);
            let found = phrases.at(item.bare, item.begins, rest.map(|other| other.bare));
            let Some((length, classes)) = found else { continue };
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
                let hash = class_hash(class, is_negated, step);
                self.add(Block::Class, hash, words.clone());
                self.add(Block::ClassByHandle, kind * 1024 + hash, words.clone());
            }
        }
    }

    fn surface(&mut self, text: &str) {
        let mut tally = std::mem::take(&mut self.tally);
        // Who names a brand is taken to write to it. Of others' texts that were taught, those without a handle are hardly ever
        // complaints (14 of 272, 9 of 389), since complaints were collected by their handles.
        if tally.is_named {
            tally.handles = tally.handles.max(1);
        }
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
        let has_title = self.pad.board.sheet.words.first().is_some_and(|word| word.is_in_title);
        let handles = [
            (tally.support > 0, 0),
            (tally.support == 0 && tally.handles > 0, 1),
            (tally.handles == 0, 2),
            (tally.is_first_support && is_opening, 3),
            (tally.support > 0 && tally.questions > 0, 4),
            (tally.support == 0 && tally.handles > 1, 5),
            (text.contains('…') && (trimmed.ends_with('…') || text.contains("… http")), 6),
            (has_title, 7),
        ];
        for (_, name) in handles.into_iter().filter(|(holds, _)| *holds) {
            self.add(Block::Handle, name, 0..0);
        }
    }

    fn add(&mut self, block: Block, hash: u64, words: Range<u16>) {
        self.pad.seen.push(Seen { key: key(block, hash), block, from: words.start, to: words.end });
    }

    /// Enters what was seen and is known.
    fn enter_seen(&mut self) {
        let Pad { seen, found, .. } = &mut *self.pad;
        found.clear();
        found.extend(seen.iter().map(|seen| (self.standing)(seen.key)));
        for at in 0..self.pad.seen.len() {
            let (found, Seen { key, block, from, to }) = (self.pad.found[at], self.pad.seen[at]);
            if found.is_of(key) {
                self.enter(key, found, block, (from, to));
            }
        }
    }
}

/// The keys of the runs of three to five letters.
fn runs(letters: &[u8], mut each: impl FnMut(u64)) {
    for from in 0..letters.len() {
        let mut packed = 0_u64;
        for (length, byte) in letters[from..].iter().take(5).enumerate() {
            packed = packed << 8 | u64::from(*byte);
            if length >= 2 {
                each(key(Block::Letters, packed));
            }
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
