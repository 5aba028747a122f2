//! In which language is this text?
//!
//! Posts are short, full of names and loan words, and often tagged wrongly by their source. So nothing decides alone:
//! frequent words, the shapes of other words (`shapes.rs`), telling letters, the n-grams of `whichlang`, the source's tag and the languages that the watchlist
//! expects each add to a score per language, in natural-log odds, and the highest score wins. Words weigh by their rank
//! in `index/lexicon/<code>/frequent.txt`: the list's order is the whole model, so a person can read and mend it.
//!
//! To add a language: its folder in `index/lexicon/`, one line in `LEXICONS`.

use std::cell::RefCell;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::model::Language;

use super::fold::fold;
use super::key::{bytes_key, key_slot};

mod shapes;

/// What is known about a text before it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prior<'a> {
    /// The language that the source says it is; sources err, X above all on short posts.
    pub tag: Option<Language>,
    /// The languages of the watchlist, the commonest first. Empty: any.
    pub expected: &'a [Language],
}

/// The language of `text`. Handles, links, hashtags and placeholders such as `<email>` say nothing about it.
///
/// A text without words gets its tag, else the first expected language, else [`Language::Other`]. Only the first
/// [`READ_BYTES`] are read.
#[must_use]
pub fn detect(text: &str, prior: &Prior) -> Language {
    let text = words_only(text);
    let mut evidence = Evidence::of(&text);
    if evidence.foreign_letters > 0 && evidence.foreign_letters >= evidence.latin_letters {
        return Language::Other;
    }
    evidence.add_prior(prior);
    if evidence.words > 0 {
        evidence.scores[Language::Other as usize] -= OTHER;
    }
    let vote = ngram_weight(evidence.latin_letters);
    let (first, lead) = evidence.best(prior);
    if lead > vote || vote == 0 {
        // The n-grams could not change the outcome; they cost as much as all the rest.
        return first;
    }
    if let Some(language) = ngram_language(&text, evidence.latin_letters) {
        evidence.scores[language as usize] += vote;
    }
    evidence.best(prior).0
}

/// A language with its lists.
pub(super) struct Lexicon {
    pub(super) language: Language,
    /// Words that tell the language, the most frequent first.
    frequent: &'static str,
    /// Words that name no problem.
    pub(super) stopwords: &'static str,
    /// Words that people join in hashtags.
    pub(super) words: &'static str,
    /// Phrases by which somebody invites to what they offer.
    invitations: &'static str,
    /// Phrases for what was long ago.
    pub(super) long_ago: &'static str,
}

macro_rules! lexicon {
    ($language:ident, $code:literal) => {
        Lexicon {
            language: Language::$language,
            frequent: include_str!(concat!("../../index/lexicon/", $code, "/frequent.txt")),
            stopwords: include_str!(concat!("../../index/lexicon/", $code, "/stopwords.txt")),
            words: include_str!(concat!("../../index/lexicon/", $code, "/words.txt")),
            invitations: include_str!(concat!("../../index/lexicon/", $code, "/invitations.txt")),
            long_ago: include_str!(concat!("../../index/lexicon/", $code, "/long-ago.txt")),
        }
    };
}

/// Every language that has lists.
pub(super) const LEXICONS: [Lexicon; 7] = [
    lexicon!(Dutch, "nl"),
    lexicon!(English, "en"),
    lexicon!(French, "fr"),
    lexicon!(German, "de"),
    lexicon!(Italian, "it"),
    lexicon!(Portuguese, "pt"),
    lexicon!(Spanish, "es"),
];

/// Words of the languages that are not ours, all in one list.
const OTHER_FREQUENT: &str = include_str!("../../index/lexicon/und/frequent.txt");

/// The words of a list; `#` opens a comment line.
pub(super) fn listed_words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// Words of a language that anybody may use: those that tell it, and those that customers who complain join in hashtags.
pub fn plain_words(language: Language) -> impl Iterator<Item = &'static str> {
    let lexicons = LEXICONS.iter().filter(move |lexicon| lexicon.language == language);
    lexicons.flat_map(|lexicon| [lexicon.frequent, lexicon.words]).flat_map(listed_words)
}

/// Whether a text invites to what its writer offers, in whatever language.
#[must_use]
pub fn invites(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    let has = |phrase: &str| {
        let (words, goes_on) = phrase.strip_suffix('*').map_or((phrase, false), |words| (words, true));
        text.match_indices(words).any(|(at, _)| {
            !text[..at].ends_with(char::is_alphanumeric)
                && (goes_on || !text[at + words.len()..].starts_with(char::is_alphanumeric))
        })
    };
    let phrases = LEXICONS.iter().flat_map(|lexicon| lexicon.invitations.lines());
    // Nothing at all stands in every text.
    phrases.filter(|line| !line.is_empty() && !line.starts_with('#')).any(has)
}

/// Bytes of a text that are read: more is not needed to be sure, and a complaint of ten pages should not cost more than one of a page.
pub const READ_BYTES: usize = 2000;

/// Scores are in sixteenths of a natural-log unit, so that a word's weights for all languages fit in eight bytes.
const NAT: i32 = 16;

/// A source's tag: a rare word does not overrule it, a plain one does. Judged, not measured, as are the next two.
const TAG: i32 = 3 * NAT;

/// The tag of a language that is not ours weighs less than an expected language: X tags short Dutch posts `af`.
const TAG_OTHER: i32 = 2 * NAT;

/// Each expected language.
const EXPECTED: i32 = 5 * NAT / 2;

/// Where nothing is expected, English is the likelier one by this little: it settles "so", "no" and "via".
const ENGLISH: i32 = 6;

/// A text in a language that is not ours is so much the less likely: the lists of thirty of them find something anywhere.
const OTHER: i32 = NAT;

/// A word that is on no list is taken to be as frequent as this rank. With [`RANK_OFFSET`] it sets the weights: 5.7 for
/// the first word of a list, 3.9 for the hundredth, 2.3 for the last. Measured on half of the labeled tweets: 3000
/// and 10000 are each 0.1 points worse.
const ABSENT_RANK: f32 = 6000.0;

/// Flattens the top of Zipf's law: the first word of a list is no surer sign than the fifth.
const RANK_OFFSET: f32 = 20.0;

/// A word whose accents were left out is a weaker sign, since it may be another word.
const NO_ACCENTS: i32 = NAT;

/// At most so many telling letters count: one name with an umlaut twice is still one name.
const LETTERS_MAX: u32 = 3;

/// The weight of each listed word per language, in the order of [`Language::ALL`], by the hash of its letters.
static WORDS: LazyLock<FxHashMap<u64, [i8; 8]>> = LazyLock::new(|| {
    let mut words: FxHashMap<u64, [i8; 8]> = FxHashMap::default();
    for (language, list) in telling_lists() {
        let mut put = |word: &str, weight: i32| {
            let hash = word.chars().fold(0, hash_letter);
            let weights = words.entry(hash).or_default();
            let old = &mut weights[language as usize];
            *old = (*old).max(i8::try_from(weight).unwrap_or(i8::MAX));
        };
        for (rank, word) in list.enumerate() {
            let weight = word_weight(rank);
            put(word, weight);
            let folded = fold(word);
            if folded != word && language != Language::Other {
                put(&folded, weight - NO_ACCENTS);
            }
        }
    }
    words
});

/// The words of each language, the most frequent first; those of other languages each in their own order.
fn telling_lists() -> Vec<(Language, Box<dyn Iterator<Item = &'static str>>)> {
    let mut lists: Vec<(Language, Box<dyn Iterator<Item = &'static str>>)> = Vec::new();
    for lexicon in &LEXICONS {
        // Behind the frequent ones all others that are known, function words before words with a meaning.
        let rest = listed_words(lexicon.stopwords).chain(listed_words(lexicon.words));
        lists.push((lexicon.language, Box::new(listed_words(lexicon.frequent).chain(rest))));
    }
    for line in OTHER_FREQUENT.lines().filter_map(|line| line.split_once(": ")) {
        lists.push((Language::Other, Box::new(line.1.split_whitespace())));
    }
    lists
}

/// The log odds of a word at this rank of a list, against a text in another language.
#[expect(clippy::cast_possible_truncation, reason = "between 0 and 6 x 16")]
fn word_weight(rank: usize) -> i32 {
    ((ABSENT_RANK / (rank as f32 + RANK_OFFSET)).ln() * NAT as f32) as i32
}

/// Two words of the same hash would share their weights; among a few thousand words in 2^64 there are none.
fn hash_letter(hash: u64, letter: char) -> u64 {
    (hash ^ u64::from(u32::from(letter))).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}

/// How much the n-grams weigh: they are right as often as there are letters.
fn ngram_weight(letters: u32) -> i32 {
    let letters = i32::try_from(letters).unwrap_or(i32::MAX);
    (letters.saturating_mul(NAT) / 12).min(9 * NAT / 2)
}

/// The language that the n-grams of the text point to.
fn ngram_language(text: &str, letters: u32) -> Option<Language> {
    use whichlang::Lang;
    Some(match whichlang::detect_language(text) {
        Lang::Nld => Language::Dutch,
        Lang::Eng => Language::English,
        Lang::Fra => Language::French,
        Lang::Deu => Language::German,
        Lang::Ita => Language::Italian,
        Lang::Por => Language::Portuguese,
        Lang::Spa => Language::Spanish,
        // On a few words it is often wrong about these; other scripts were recognized by their letters.
        Lang::Swe | Lang::Tur | Lang::Vie if letters >= 20 => Language::Other,
        _ => return None,
    })
}

/// What the words and letters of a text say.
#[derive(Default)]
struct Evidence {
    /// In the order of [`Language::ALL`].
    scores: [i32; 8],
    words: u32,
    latin_letters: u32,
    /// Letters of other scripts.
    foreign_letters: u32,
    telling_letters: u32,
}

impl Evidence {
    fn of(text: &str) -> Self {
        let mut evidence = Self::default();
        let mut word = Word::default();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            // Nearly all words are a few plain letters and then a space or a mark.
            if word.letters == 0
                && word.apostrophes == 0
                && let Some(after) = plain_word(rest)
            {
                evidence.weigh_plain(&rest[..after]);
                rest = &rest[after..];
                continue;
            }
            rest = &rest[letter.len_utf8()..];
            if letter.is_ascii_alphabetic() {
                evidence.latin_letters += 1;
                word.push(letter.to_ascii_lowercase());
            } else if is_apostrophe(letter) {
                word.push_apostrophe();
            } else if letter.is_ascii() {
                evidence.end_word(&mut word);
            } else if letter.is_alphabetic() {
                let letter = letter.to_lowercase().next().unwrap_or(letter);
                match u32::from(letter) {
                    // Latin with its extensions.
                    0xaa..=0x24f | 0x1e00..=0x1eff => {
                        evidence.latin_letters += 1;
                        evidence.weigh_letter(letter);
                        word.push(letter);
                    }
                    // Decorative letters, as people use for names: no script of their own.
                    0x250..=0x2ff
                    | 0x1d00..=0x1dbf
                    | 0x2100..=0x24ff
                    | 0xff21..=0xff5a
                    | 0x1_d400..=0x1_f1ff => {
                        evidence.end_word(&mut word);
                    }
                    _ => {
                        evidence.foreign_letters += 1;
                        evidence.end_word(&mut word);
                    }
                }
            } else {
                if matches!(letter, '¿' | '¡') {
                    evidence.scores[Language::Spanish as usize] += 3 * NAT;
                }
                evidence.end_word(&mut word);
            }
        }
        evidence.end_word(&mut word);
        evidence
    }

    /// As the letters one by one and the end of the word would, by what is remembered of it.
    fn weigh_plain(&mut self, word: &str) {
        self.words += 1;
        self.latin_letters += u32::try_from(word.len()).unwrap_or(u32::MAX);
        let mut small = [0; 16];
        for (small, letter) in small.iter_mut().zip(word.bytes()) {
            *small = letter.to_ascii_lowercase();
        }
        let letters = bytes_key(&small);
        let weights = REMEMBERED.with_borrow_mut(|remembered| {
            if remembered.is_empty() {
                remembered.resize(1 << REMEMBERED_BITS, ([0; 2], [0; 8]));
            }
            let slot = &mut remembered[key_slot(letters, REMEMBERED_BITS)];
            if slot.0 != letters {
                *slot = (letters, weights_of(word));
            }
            slot.1
        });
        for (score, weight) in self.scores.iter_mut().zip(weights) {
            *score += i32::from(weight);
        }
    }

    fn end_word(&mut self, word: &mut Word) {
        if word.letters > 0 {
            self.words += 1;
            if !self.look_up(word.whole) {
                if word.apostrophes > 0 {
                    // l'avion, passenger's, 't, 'quoted'.
                    for part in [word.before, word.before_with, word.after, word.after_with] {
                        self.look_up(part);
                    }
                } else {
                    let spelling = word.spelling();
                    for (score, weight) in self.scores.iter_mut().zip(shapes::weights(spelling)) {
                        *score += weight;
                    }
                }
            }
        }
        *word = Word::default();
    }

    fn look_up(&mut self, hash: u64) -> bool {
        let Some(weights) = WORDS.get(&hash) else { return false };
        for (score, &weight) in self.scores.iter_mut().zip(weights) {
            *score += i32::from(weight);
        }
        true
    }

    /// Letters that few of the languages have. The weights are judged, not measured.
    fn weigh_letter(&mut self, letter: char) {
        use Language::{Dutch, English, French, German, Italian, Other, Portuguese, Spanish};
        let votes: &[(Language, i32)] = match letter {
            'ñ' => &[(Spanish, 40)],
            'ß' => &[(German, 48)],
            'ã' | 'õ' => &[(Portuguese, 48)],
            'ç' => &[(French, 24), (Portuguese, 24), (Other, 8)],
            'ä' | 'ö' | 'ü' => &[(German, 32), (Other, 14)],
            'è' => &[(French, 24), (Italian, 20)],
            'à' => &[(French, 16), (Italian, 16), (Portuguese, 14)],
            'ù' => &[(French, 16), (Italian, 16)],
            'ì' | 'ò' => &[(Italian, 32)],
            'ê' | 'â' => &[(French, 20), (Portuguese, 18)],
            'ô' => &[(French, 20), (Portuguese, 12)],
            'î' | 'û' | 'œ' => &[(French, 28)],
            'á' | 'í' | 'ó' | 'ú' => &[(Spanish, 18), (Portuguese, 18), (Other, 8)],
            'é' => &[(French, 16), (Spanish, 12), (Portuguese, 12), (Italian, 3), (Dutch, 3), (English, 1)],
            'ë' | 'ï' => &[(Dutch, 20), (French, 12)],
            'ª' | 'º' => &[],
            _ => &[(Other, 36)],
        };
        self.telling_letters += 1;
        if self.telling_letters <= LETTERS_MAX {
            for &(language, weight) in votes {
                self.scores[language as usize] += weight;
            }
        }
    }

    fn add_prior(&mut self, prior: &Prior) {
        if let Some(tag) = prior.tag {
            self.scores[tag as usize] += if tag == Language::Other { TAG_OTHER } else { TAG };
        }
        if prior.expected.is_empty() && self.words > 0 {
            self.scores[Language::English as usize] += ENGLISH;
        }
        for &language in prior.expected {
            self.scores[language as usize] += EXPECTED;
        }
    }

    /// The language with the highest score, and its lead over the next. Among equals the tag is first, then the
    /// expected languages in their order.
    fn best(&self, prior: &Prior) -> (Language, i32) {
        let mut best = Language::Other;
        let mut best_score = 0;
        let order = prior.tag.into_iter().chain(prior.expected.iter().copied()).chain(Language::ALL);
        for language in order {
            let score = self.scores[language as usize];
            if score > best_score {
                (best, best_score) = (language, score);
            }
        }
        let others = Language::ALL.into_iter().filter(|&language| language != best);
        let second = others.map(|language| self.scores[language as usize]).max().unwrap_or(0);
        (best, best_score - second)
    }
}

/// Words that are remembered, as a power of two; one takes the place of another.
const REMEMBERED_BITS: u32 = 13;

thread_local! {
    /// The letters of a word and its weight for each language: a quarter of a megabyte for each thread.
    static REMEMBERED: RefCell<Vec<([u64; 2], [i8; 8])>> = const { RefCell::new(Vec::new()) };
}

/// Where a word of at most sixteen plain letters ends with which `text` begins, if nothing behind it belongs to it.
fn plain_word(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let letters = bytes.iter().take(17).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_end = bytes.get(letters).is_none_or(|byte| byte.is_ascii() && !matches!(byte, b'\'' | b'`'));
    ((1..=16).contains(&letters) && is_end).then_some(letters)
}

/// What a word of plain letters says for each language, by the lists or else by its shape.
fn weights_of(word: &str) -> [i8; 8] {
    let mut read = Word::default();
    word.chars().for_each(|letter| read.push(letter.to_ascii_lowercase()));
    if let Some(weights) = WORDS.get(&read.whole) {
        return *weights;
    }
    shapes::weights(read.spelling()).map(|weight| i8::try_from(weight).unwrap_or(i8::MAX))
}

/// The hashes of a word as it is read, letter by letter, and of its parts beside an apostrophe.
#[derive(Default)]
struct Word {
    letters: u32,
    apostrophes: u32,
    /// The word with its apostrophes.
    whole: u64,
    /// Up to the first apostrophe, without and with it.
    before: u64,
    before_with: u64,
    /// From the last apostrophe, without and with it.
    after: u64,
    after_with: u64,
    /// Its first letters without accents, a to z as 1 to 26.
    letters_plain: [u8; shapes::LONGEST],
}

impl Word {
    fn push(&mut self, letter: char) {
        if let Some(place) = self.letters_plain.get_mut(self.letters as usize) {
            *place = shapes::plain(letter);
        }
        self.letters += 1;
        self.whole = hash_letter(self.whole, letter);
        if self.apostrophes > 0 {
            self.after = hash_letter(self.after, letter);
            self.after_with = hash_letter(self.after_with, letter);
        }
    }

    /// Its letters, as far as they are kept.
    fn spelling(&self) -> &[u8] {
        &self.letters_plain[..(self.letters as usize).min(shapes::LONGEST)]
    }

    fn push_apostrophe(&mut self) {
        let before = self.whole;
        self.whole = hash_letter(self.whole, '\'');
        if self.apostrophes == 0 {
            (self.before, self.before_with) = (before, self.whole);
        }
        self.apostrophes += 1;
        (self.after, self.after_with) = (0, hash_letter(0, '\''));
    }
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '´' | '`')
}

/// The text without what is no language: handles, hashtags, links, addresses, placeholders. White space becomes one
/// space, so that a handle more or less leaves no trace.
fn words_only(text: &str) -> String {
    let mut end = text.len().min(READ_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut kept = String::with_capacity(end);
    for chunk in text[..end].split_whitespace() {
        let before = kept.len();
        if before > 0 {
            kept.push(' ');
        }
        // Most chunks are a word with nothing else about it.
        if !chunk.bytes().any(|byte| matches!(byte, b'@' | b'#' | b'<' | b'&' | b'^' | b'.' | b':')) {
            if chunk.bytes().any(|byte| byte.is_ascii_alphanumeric()) || chunk.contains(char::is_alphanumeric)
            {
                kept.push_str(chunk);
            } else {
                kept.truncate(before);
            }
            continue;
        }
        let start = kept.len();
        push_words(chunk, &mut kept);
        // Punctuation alone is what stays behind a link.
        let wordless = !kept[start..].contains(char::is_alphanumeric);
        let end = if wordless { before } else { kept.trim_end().len() };
        kept.truncate(end);
    }
    kept
}

/// Adds the words of a text without white space.
fn push_words(chunk: &str, kept: &mut String) {
    let mut rest = &chunk[..link_start(chunk)];
    while let Some(at) = rest.find(['@', '#', '<', '&', '^', '.']) {
        let (before, sign) = rest.split_at(at);
        kept.push_str(before);
        kept.push(' ');
        rest = &sign[1 + noise_bytes(before, sign)..];
    }
    kept.push_str(rest);
}

/// Where `https://…` or `www.…` begins, else the end: a link runs to the next white space.
fn link_start(chunk: &str) -> usize {
    // Most chunks are words of a few letters: to prepare a search costs more than to look.
    let find = |wanted: &[u8]| chunk.as_bytes().windows(wanted.len()).position(|bytes| bytes == wanted);
    if let Some(scheme_end) = find(b"://") {
        return chunk[..scheme_end].trim_end_matches(|letter: char| letter.is_ascii_alphanumeric()).len();
    }
    find(b"www.").unwrap_or(chunk.len())
}

/// How many bytes after the sign that opens `sign` belong to a handle, hashtag, address,
/// placeholder, entity, signature or domain.
fn noise_bytes(before: &str, sign: &str) -> usize {
    let after = &sign[1..];
    let run = |is_inside: fn(char) -> bool| after.find(|letter| !is_inside(letter)).unwrap_or(after.len());
    let closed = |length: usize, close: char| {
        if length > 0 && after[length..].starts_with(close) { length + 1 } else { 0 }
    };
    match sign.as_bytes()[0] {
        // An address.
        b'@' if before.ends_with(char::is_alphanumeric) => {
            run(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_'))
        }
        b'@' | b'#' => run(|letter| letter.is_alphanumeric() || letter == '_'),
        b'<' => closed(run(|letter| letter.is_ascii_alphanumeric() || letter == '-'), '>'),
        b'&' => closed(run(|letter| letter.is_ascii_alphanumeric() || letter == '#'), ';'),
        // ^JS: who of the brand's people wrote this.
        b'^' => Some(run(char::is_alphabetic)).filter(|&length| length <= 3).unwrap_or(0),
        // bahn.de, bol.com: the ending is no word.
        b'.' if before.ends_with(char::is_alphanumeric) => {
            let length = run(|letter| letter.is_ascii_lowercase());
            if matches!(length, 2 | 3) { length } else { 0 }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
