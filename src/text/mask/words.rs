//! Which numbers are written out, as "nul zes drie acht …"?
//!
//! One word for each digit, all of one language, and so many in a row that nobody says them of anything else. Who counts
//! ("een twee drie …"), or says the same again and again, gives no number away.
//!
//! To add a language: a bit for it, its words in [`digit`], and those of five digits in [`TELL_TALES`].

use crate::model::{Mask, MaskKind};

use super::cells::{Cells, Zone};
use super::cue::{self, Sense};

/// Words of five of the ten digits, which are no other words. A row has two different ones of these. For the scan before all
/// others.
pub(super) const TELL_TALES: &[&str] = &[
    "four", "five", "seven", "eight", "nine", "vier", "vijf", "zeven", "acht", "negen", "fünf", "fÜnf",
    "funf", "sieben", "neun", "quatre", "cinq", "sept", "huit", "neuf", "cuatro", "cinco", "siete", "ocho",
    "nueve", "quattro", "sette", "otto", "nove", "quatro", "sete", "oito",
];

/// The digits of those words, a bit for each.
const TELLING: u16 = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9;

/// How many of them a row has at least.
pub(super) const FEWEST_TELL_TALES: u32 = 2;

/// Words in a row: fewer are said of scores and codes, more are no number of anything that is masked.
const ROW: std::ops::RangeInclusive<usize> = FEWEST..=16;

/// One in so many words of a text that has a row is a digit.
pub(super) const FEWEST: usize = 8;

/// Different digits in a row.
const VARIETY: u32 = 5;

/// Characters between two words: `nul zes - drie`.
const APART: usize = 3;

const EN: u8 = 1;
const NL: u8 = 2;
const DE: u8 = 4;
const FR: u8 = 8;
const ES: u8 = 16;
const IT: u8 = 32;
const PT: u8 = 64;

/// The value of a word of small letters without accents, and the languages in which it is a digit.
fn digit(word: &[u8]) -> Option<(u8, u8)> {
    Some(match word {
        b"zero" => (0, EN | FR | IT | PT),
        b"oh" | b"o" => (0, EN),
        b"nul" => (0, NL),
        b"null" => (0, DE),
        b"cero" => (0, ES),
        b"one" => (1, EN),
        b"een" => (1, NL),
        b"eins" => (1, DE),
        b"un" => (1, FR),
        b"uno" => (1, ES | IT),
        b"um" => (1, PT),
        b"two" => (2, EN),
        b"twee" => (2, NL),
        b"zwei" | b"zwo" => (2, DE),
        b"deux" => (2, FR),
        b"dos" => (2, ES),
        b"due" => (2, IT),
        b"dois" => (2, PT),
        b"three" => (3, EN),
        b"drie" => (3, NL),
        b"drei" => (3, DE),
        b"trois" => (3, FR),
        b"tres" => (3, ES | PT),
        b"tre" => (3, IT),
        b"four" => (4, EN),
        b"vier" => (4, NL | DE),
        b"quatre" => (4, FR),
        b"cuatro" => (4, ES),
        b"quattro" => (4, IT),
        b"quatro" => (4, PT),
        b"five" => (5, EN),
        b"vijf" => (5, NL),
        b"funf" => (5, DE),
        b"cinq" => (5, FR),
        b"cinco" => (5, ES | PT),
        b"cinque" => (5, IT),
        b"six" => (6, EN | FR),
        b"zes" => (6, NL),
        b"sechs" => (6, DE),
        b"seis" => (6, ES | PT),
        b"sei" => (6, IT),
        b"meia" => (6, PT),
        b"seven" => (7, EN),
        b"zeven" => (7, NL),
        b"sieben" => (7, DE),
        b"sept" => (7, FR),
        b"siete" => (7, ES),
        b"sette" => (7, IT),
        b"sete" => (7, PT),
        b"eight" => (8, EN),
        b"acht" => (8, NL | DE),
        b"huit" => (8, FR),
        b"ocho" => (8, ES),
        b"otto" => (8, IT),
        b"oito" => (8, PT),
        b"nine" => (9, EN),
        b"negen" => (9, NL),
        b"neun" => (9, DE),
        b"neuf" => (9, FR),
        b"nueve" => (9, ES),
        b"nove" => (9, IT | PT),
        _ => return None,
    })
}

/// The longest word of a digit has seven letters.
const LONGEST: usize = 7;

/// Digits in words, one behind the other.
#[derive(Default)]
struct Row {
    start: usize,
    end: usize,
    digits: Vec<u8>,
    languages: u8,
}

/// Takes all rows that are a number of somebody.
pub(super) fn find(cells: &mut Cells<'_>, found: &mut Vec<Mask>) {
    let mut rows = Vec::new();
    each_row(cells, |row| rows.push(row));
    for row in rows {
        if let Some(kind) = kind(cells, &row) {
            cells.take(kind, row.start, row.end, found);
        }
    }
}

/// Whether the word from `start` to `end` is a digit.
pub(super) fn is_digit(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    word(cells, start, end).is_some()
}

/// What the word from `start` to `end` says, as [`digit`] does.
fn word(cells: &Cells<'_>, start: usize, end: usize) -> Option<(u8, u8)> {
    let mut letters = [0; LONGEST];
    let letters = letters.get_mut(..end - start).filter(|_| cells.zone(start) == Zone::Prose)?;
    for (letter, at) in letters.iter_mut().zip(start..) {
        *letter = cue::folded(cells.ch(at));
    }
    digit(letters)
}

/// Whether there is a row that is long enough. For the scan before all others.
pub(super) fn has_row(text: &str) -> bool {
    let mut is_there = false;
    each_row(&Cells::of(text), |_| is_there = true);
    is_there
}

/// Tells of each row that may be a number.
fn each_row(cells: &Cells<'_>, mut tell: impl FnMut(Row)) {
    let mut row = Row::default();
    let mut at = 0;
    while at <= cells.len() {
        let start = at;
        while cells.ch(at).is_alphabetic() {
            at += 1;
        }
        let value = if at > start { word(cells, start, at) } else { None };
        match value {
            Some((value, languages)) => {
                let is_next = !row.digits.is_empty()
                    && row.languages & languages != 0
                    && start - row.end <= APART
                    && (row.end..start).all(|at| matches!(cells.ch(at), ' ' | ',' | '-'));
                if !is_next {
                    end(&mut row, &mut tell);
                    row = Row { start, languages, ..Row::default() };
                }
                row.digits.push(value);
                row.languages &= languages;
                row.end = at;
            }
            None if at > start => end(&mut row, &mut tell),
            None => {}
        }
        at = at.max(start + 1);
    }
    end(&mut row, &mut tell);
}

fn end(row: &mut Row, tell: &mut impl FnMut(Row)) {
    let row = std::mem::take(row);
    if ROW.contains(&row.digits.len()) && is_number(&row.digits) {
        tell(row);
    }
}

/// Whether these neither count nor repeat themselves.
fn is_number(digits: &[u8]) -> bool {
    let steps = |step: i16| digits.windows(2).all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step);
    let repeats = (1..=digits.len() / 2)
        .any(|period| digits.iter().skip(period).zip(digits).all(|(later, earlier)| later == earlier));
    let seen = digits.iter().fold(0_u16, |seen, digit| seen | 1 << digit);
    let is_told = (seen & TELLING).count_ones() >= FEWEST_TELL_TALES;
    is_told && seen.count_ones() >= VARIETY && !repeats && !steps(1) && !steps(-1)
}

/// What a row is, by the words beside it. `None`: something that may stay.
fn kind(cells: &Cells<'_>, row: &Row) -> Option<MaskKind> {
    if cue::is_citizen(cells, row.start, row.end, None) {
        Some(MaskKind::Citizen)
    } else if cue::is_card(cells, row.start, row.end) {
        Some(MaskKind::Card)
    } else {
        (cue::phone(cells, row.start, row.end) != Some(Sense::Other)).then_some(MaskKind::Phone)
    }
}
