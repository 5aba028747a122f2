//! Which numbers of passports, identity cards and driving licences are in the text?
//!
//! They have no form of their own and mostly no check digit: a word right before one must say what it is. So here a word
//! is looked for first, and then a code behind it.

use crate::model::{Mask, MaskKind};

use super::cells::{Cells, Zone, is_wall, is_word};
use super::cue::{self, Land, Sense};
use super::{check, words};

/// Words that may stand between what it is and its number: `passport number was read out as`.
const WORDS_BETWEEN: usize = 4;
/// Characters that may.
const REACH: usize = 32;
/// The fewest and most signs of such a number: a flight has at most six.
const SIGNS: std::ops::RangeInclusive<usize> = 7..=16;

/// Beginnings of the words, without which there is no such number in a text with few digits: a Dutch passport may have
/// two. For the scan before all others.
pub(super) const TELL_TALES: &[&str] = &[
    "assport",
    "aspoort",
    "asseport",
    "asaporte",
    "assaport",
    "eisepass",
    "ausweis",
    "identit",
    "rijbewijs",
    "passn",
    "id-kaart",
    "id-karte",
    "id-card",
    "id kaart",
    "id card",
    "perso ",
    "perso:",
    "perso-nr",
    "personummer",
    "pan card",
    "pan no",
    "pan num",
];

/// The fewest digits of India's PAN.
pub(super) const PAN_DIGITS: u32 = 4;

/// Takes all numbers of documents. Returns whether there may be a row of digits in words, since all words are gone through.
pub(super) fn find(cells: &mut Cells<'_>, found: &mut Vec<Mask>) -> bool {
    let (mut words, mut may_have_row) = (0, false);
    let mut at = 0;
    while at < cells.len() {
        let start = at;
        while cells.ch(at).is_alphabetic() {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        words += 1;
        may_have_row |= words % words::FEWEST == 0 && words::is_digit(cells, start, at);
        // Of licences only those to drive: others are for software.
        let is_meant = || {
            !cells.spells(start, "licen")
                || (start.saturating_sub(10)..start).any(|at| cells.spells(at, "driv"))
        };
        // With few digits only what the scan before all others looks for, so that it never says no to what is here.
        let is_scanned = || {
            cells.digits() >= super::FEWEST_DIGITS as usize
                || TELL_TALES.iter().any(|tale| (start..at).any(|at| cells.spells(at, tale)))
        };
        // An Argentine or Peruvian DNI has no check: the word must do.
        let is_bare_dni = || at == start + 3 && cells.spells(start, "dni");
        // C.C. 52.481.739, C.I. 4.829.371-6: a cédula, if the number is right behind.
        if is_initials(cells, start)
            && let Some((from, to)) = behind(cells, start + 4)
            && from <= start + 8
        {
            cells.take(MaskKind::Citizen, from, to, found);
            at = to;
            continue;
        }
        if at - start == 5
            && let Some(end) = pan(cells, start, at)
        {
            cells.take(MaskKind::Citizen, start, end, found);
            at = end;
            continue;
        }
        if is_perso(cells, start, at)
            && is_scanned()
            && let Some((from, to)) = behind(cells, at)
            && is_german_card(cells, from, to, cells.ch(start) == 'P')
        {
            cells.take(MaskKind::Citizen, from, to, found);
            at = to;
            continue;
        }
        let sense = match cue::sense(cells, start, at) {
            // "eID", the Belgian card. "Eid" is a feast.
            _ if at == start + 3 && [0, 1, 2].map(|place| cells.ch(start + place)) == ['e', 'I', 'D'] => {
                Some(Sense::Document)
            }
            Some(Sense::Id) if is_id_card(cells, start) => Some(Sense::Document),
            sense => sense,
        };
        if (sense == Some(Sense::Document)
            || (matches!(sense, Some(Sense::Citizen(Land::Es))) && is_bare_dni()))
            && is_meant()
            && is_scanned()
            && let Some((from, to)) = behind(cells, at)
            && (sense == Some(Sense::Document) || is_dni(cells, from, to))
        {
            cells.take(MaskKind::Citizen, from, to, found);
            at = to;
        }
    }
    may_have_row
}

/// The end of the Indian PAN that starts with the word of five letters from `start` to `end`, if one does and is called so. It
/// has no check.
fn pan(cells: &Cells<'_>, start: usize, end: usize) -> Option<usize> {
    let is_capital = |at: usize| cells.ch(at).is_ascii_uppercase();
    let last = end + PAN_DIGITS as usize;
    let is_form = (start..end).all(is_capital)
        && (end..last).all(|at| cells.ch(at).is_ascii_digit())
        && is_capital(last)
        && cells.zone(start) == Zone::Prose
        && cells.is_free(start, last + 1);
    if !is_form {
        return None;
    }
    // "Pan" is bread, or for frying.
    let is_word_for_it = |at: usize| {
        let is_loud = ['P', 'A', 'N'].iter().enumerate().all(|(place, ch)| cells.ch(at + place) == *ch);
        let is_told = || ["pan card", "pan no", "pan num"].iter().any(|word| cells.spells(at, word));
        !is_word(cells.before(at)) && ((is_loud && !is_word(cells.ch(at + 3))) || is_told())
    };
    let is_called = (start.saturating_sub(REACH)..start).chain(last + 1..last + REACH).any(is_word_for_it);
    is_called.then_some(last + 1)
}

/// Whether the word from `start` to `end` is short for the German identity card.
fn is_perso(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    ["perso", "personummer"].iter().any(|word| end - start == word.len() && cells.spells(start, word))
}

/// Whether the cells from `start` to `end` are the number of a German identity card: nine signs without vowels that open with
/// a letter, and a check digit (ICAO 9303), which may be left out where the word can mean nothing else. "Perso" is lost in
/// Italian and one's own in French.
fn is_german_card(cells: &Cells<'_>, start: usize, end: usize, is_german: bool) -> bool {
    const SIGNS: &str = "0123456789CFGHJKLMNPRTVWXYZ";
    let code: Vec<u32> = cells.row()[start..end].iter().filter_map(|cell| cell.ch.to_digit(36)).collect();
    let is_form = code.len() == end - start
        && matches!(code.len(), 9 | 10)
        && !cells.ch(start).is_ascii_digit()
        && cells.row()[start..start + 9].iter().all(|cell| SIGNS.contains(cell.ch));
    let sum: u32 =
        code.iter().take(9).zip([7, 3, 1].into_iter().cycle()).map(|(sign, weight)| sign * weight).sum();
    is_form && code.get(9).map_or(is_german, |check| sum % 10 == *check)
}

/// Whether "ID card" or the like starts at `start`.
fn is_id_card(cells: &Cells<'_>, start: usize) -> bool {
    ["id-kaart", "id-karte", "id-card", "id kaart", "id card"].iter().any(|word| cells.spells(start, word))
}

/// Whether the initials of a cédula stand at `start`, and enough digits in the text for the scan before all others.
fn is_initials(cells: &Cells<'_>, start: usize) -> bool {
    ["c.c.", "c.i."].iter().any(|initials| cells.spells(start, initials))
        && cells.before(start) != '.'
        && matches!(cells.ch(start + 4), ' ' | ':')
        // "125 c.c." is an engine.
        && !cells.before(start - usize::from(cells.before(start) == ' ')).is_ascii_digit()
        && cells.digits() >= super::FEWEST_DIGITS as usize
}

/// Whether the cells from `start` to `end` are seven or eight digits, as a DNI without a letter has, and no Spanish one, whose
/// letter the check of a citizen's number reads as well.
fn is_dni(cells: &Cells<'_>, start: usize, end: usize) -> bool {
    let mut code = [0; 9];
    let mut count = 0;
    for cell in &cells.row()[start..end] {
        match cell.ch {
            '0'..='9' if count < 8 => code[count] = u8::try_from(cell.ch).unwrap_or(0),
            '.' => continue,
            _ => return false,
        }
        count += 1;
    }
    let letter = cells.ch(end + usize::from(matches!(cells.ch(end), ' ' | '-')));
    code[8] = u8::try_from(letter).map_or(0, |letter| letter.to_ascii_lowercase());
    matches!(count, 7 | 8) && !(count == 8 && check::spanish(&code))
}

/// The number that the word before `end` leads to.
fn behind(cells: &Cells<'_>, end: usize) -> Option<(usize, usize)> {
    let (mut at, mut words, mut is_card) = (end, 0, false);
    while at < end + REACH && words <= WORDS_BETWEEN {
        let ch = cells.ch(at);
        if is_wall(ch) || ch == '\n' {
            return None;
        }
        if !ch.is_alphanumeric() {
            at += 1;
            continue;
        }
        if let Some(behind) = number(cells, at) {
            // "Passport, card 4000…": that is how long a payment card is.
            return (!is_card || behind - at < 13).then_some((at, behind));
        }
        let start = at;
        while is_word(cells.ch(at)) {
            at += 1;
        }
        // Another number, or a word for another number: it is spoken of something else.
        let is_of_letters = cells.row()[start..at].iter().all(|cell| cell.ch.is_alphabetic());
        let sense = cue::sense(cells, start, at);
        if !is_of_letters
            || matches!(sense, Some(Sense::Other | Sense::Phone))
            || (sense == Some(Sense::Card) && words > 0)
        {
            return None;
        }
        is_card |= sense == Some(Sense::Card);
        words += 1;
    }
    None
}

/// The cell behind the number that starts at `start`, if one does.
fn number(cells: &Cells<'_>, start: usize) -> Option<usize> {
    if cells.zone(start) != Zone::Prose {
        return None;
    }
    let run = |from: usize| {
        let mut at = from;
        while cells.ch(at).is_ascii_digit() || cells.ch(at).is_ascii_uppercase() {
            at += 1;
        }
        at
    };
    let end = run(start);
    let signs = end - start;
    let digits = |from: usize, to: usize| (from..to).filter(|&at| cells.ch(at).is_ascii_digit()).count();
    let is_whole = |end: usize| cells.is_free(start, end);
    if SIGNS.contains(&signs) && digits(start, end) >= 2 && is_whole(end) {
        return Some(end);
    }
    // YA 1234567
    if (1..=3).contains(&signs) && digits(start, end) == 0 && cells.ch(end) == ' ' {
        let longer = run(end + 1);
        let count = longer - end - 1;
        return ((6..=9).contains(&count) && digits(end + 1, longer) == count && is_whole(longer))
            .then_some(longer);
    }
    // V-12.345.678
    let is_lettered = signs == 1 && digits(start, end) == 0 && matches!(cells.ch(end), '-' | '.');
    // 592-1234567-32, 12.345.678-9: not a date, whose parts are short, nor an amount, which has a comma.
    let (mut at, mut most, mut count) = (end, signs, signs);
    while matches!(cells.ch(at), '-' | '.') && cells.ch(at + 1).is_ascii_digit() {
        let next = run(at + 1);
        (most, count, at) = (most.max(next - at - 1), count + next - at - 1, next);
    }
    let is_date = most == 4 && count == 8;
    let is_grouped = at > end && most >= 3 && SIGNS.contains(&count) && !is_date;
    (is_grouped && digits(start, at) + usize::from(is_lettered) == count && is_whole(at)).then_some(at)
}
