//! Which account and card numbers are in the text, and how are letters and digits with gaps read as one code?

use crate::model::{Mask, MaskKind};

use super::cells::{Cells, Groups, Joint, Zone, is_word};
use super::{check, cue};

/// The longest code: an account number of Saint Lucia has 32 signs, and one more shows that a code goes on.
const LONGEST: usize = 33;

/// Letters and digits as small ASCII letters, with single spaces, hyphens and dots between them left out.
pub(super) struct Code {
    signs: [u8; LONGEST],
    /// The cell behind each sign.
    ends: [usize; LONGEST],
    /// Bit n: there is a gap before sign n.
    gaps: u64,
    len: usize,
}

impl Code {
    /// Reads the code that starts at `at`, up to `most` signs.
    pub(super) fn at(cells: &Cells<'_>, at: usize, most: usize) -> Self {
        let mut code = Self { signs: [0; LONGEST], ends: [0; LONGEST], gaps: 0, len: 0 };
        let mut next = at;
        while code.len < most.min(LONGEST) && cells.zone(next) == Zone::Prose {
            let ch = cells.ch(next);
            if ch.is_ascii_alphanumeric() {
                code.signs[code.len] = u8::try_from(ch).map_or(0, |sign| sign.to_ascii_lowercase());
                code.len += 1;
                code.ends[code.len - 1] = next + 1;
                next += 1;
            } else if matches!(ch, ' ' | '-' | '.') && cells.ch(next + 1).is_ascii_alphanumeric() {
                code.gaps |= 1 << code.len;
                next += 1;
            } else {
                break;
            }
        }
        code
    }

    /// The first sign.
    pub(super) fn first(&self) -> u8 {
        self.signs[0]
    }

    /// Whether there are six digits, which each code that is not an account has.
    pub(super) fn has_digits(&self) -> bool {
        self.signs[..self.len].iter().filter(|sign| sign.is_ascii_digit()).count() >= 6
    }

    /// The first `count` signs and the cell behind them, if there are so many and the word ends there.
    pub(super) fn head(&self, cells: &Cells<'_>, count: usize) -> Option<(&[u8], usize)> {
        let end = *self.ends[..self.len].get(count.checked_sub(1)?)?;
        (!is_word(cells.ch(end))).then_some((&self.signs[..count], end))
    }

    /// The same where a small letter may follow capitals and digits: `NL91ABNA0417164300tnv`.
    fn head_of_capitals(&self, cells: &Cells<'_>, count: usize) -> Option<(&[u8], usize)> {
        let end = *self.ends[..self.len].get(count.checked_sub(1)?)?;
        let is_cut = cells.ch(end).is_lowercase() && !cells.before(end).is_lowercase();
        is_cut.then_some((&self.signs[..count], end))
    }

    /// Before which of the first `count` signs there is a gap, a bit for each.
    pub(super) fn gaps(&self, count: usize) -> u64 {
        self.gaps & ((1 << count) - 1)
    }
}

/// Takes account numbers: a country's letters, its length, and the check by 97.
pub(super) fn find_ibans(cells: &mut Cells<'_>, found: &mut Vec<Mask>) {
    /// Bits 4, 8, 12 …: where the printed form has its gaps.
    const FOURS: u64 = 0x1_1111_1110;
    let mut at = 0;
    while at + 4 < cells.len() {
        let head = [cells.ch(at), cells.ch(at + 1)];
        let is_digit = |at| cells.ch(at).is_ascii_digit();
        let is_head = head.iter().all(char::is_ascii_alphabetic)
            && (is_digit(at + 2) || (is_digit(at + 3) && matches!(cells.ch(at + 2), ' ' | '-' | '.')))
            && cells.zone(at) == Zone::Prose
            && (!is_word(cells.before(at)) || is_labeled(cells, at));
        let length = if is_head { iban_length(head) } else { None };
        let end = length.and_then(|length| {
            let code = Code::at(cells, at, length);
            let glued = || code.head_of_capitals(cells, length).filter(|_| head[0].is_ascii_uppercase());
            let (signs, end) = code.head(cells, length).or_else(glued)?;
            let gaps = code.gaps(length);
            // Where the letters are small, "no 12" is a word and a number.
            let is_laid_out = gaps & !FOURS == 0 || head.iter().all(char::is_ascii_uppercase);
            let is_iban = signs[2].is_ascii_digit() && signs[3].is_ascii_digit() && check::iban(signs);
            (is_laid_out && is_iban).then_some(end)
        });
        match end {
            Some(end) => {
                cells.take(MaskKind::Iban, at, end, found);
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Whether the code at `at` is glued to its label: `IBANNL91…`.
fn is_labeled(cells: &Cells<'_>, at: usize) -> bool {
    at.checked_sub(4).is_some_and(|label| cells.spells(label, "iban") && !is_word(cells.before(label)))
}

/// How long the account numbers of a country are (SWIFT's register for ISO 13616).
fn iban_length(country: [char; 2]) -> Option<usize> {
    const LENGTHS: [(&str, usize); 24] = [
        ("NO", 15),
        ("BE", 16),
        ("DK FI FK FO GL NL SD", 18),
        ("MK SI", 19),
        ("AT BA EE KZ LT LU MN XK", 20),
        ("CH HR LI LV", 21),
        ("BG BH CR DE GB GE IE ME RS VA", 22),
        ("AE GI IL IQ OM SO TL", 23),
        ("AD CZ ES MD PK RO SA SE SK TN VG", 24),
        ("LY PT ST", 25),
        ("IS TR", 26),
        ("BI DJ FR GR IT MC MR SM", 27),
        ("AL AZ BY CY DO GT HN HU LB NI PL SV", 28),
        ("BR EG PS QA UA", 29),
        ("JO KW MU YE", 30),
        ("MT SC", 31),
        ("LC", 32),
        // Two that leave French territory their own letters.
        ("GF GP", 27),
        ("MQ RE", 27),
        ("PF TF", 27),
        ("YT NC", 27),
        ("BL MF", 27),
        ("PM WF", 27),
        ("RU", 33),
    ];
    let country = country.map(|ch| u8::try_from(ch).map_or(0, |byte| byte.to_ascii_uppercase()));
    let (_, length) = LENGTHS
        .iter()
        .find(|(countries, _)| countries.as_bytes().chunks(3).any(|chunk| chunk[..2] == country))?;
    Some(*length)
}

/// Takes payment cards: an issuer's range, a length that it has, Luhn's test, in groups as cards print them or in none.
pub(super) fn find_cards(cells: &mut Cells<'_>, groups: &Groups, found: &mut Vec<Mask>) {
    let mut first = 0;
    while first < groups.list.len() {
        let last = (13..=19).rev().find_map(|count| card(cells, groups, first, count));
        if let Some(last) = last {
            cells.take(MaskKind::Card, groups.list[first].start, groups.list[last].end, found);
            first = last;
        }
        first += 1;
    }
}

/// How many cells a month and a year behind a slash take.
fn expiry(cells: &Cells<'_>, end: usize) -> usize {
    let is_part = |at: usize| cells.ch(at) == '/' && (at + 1..at + 3).all(|at| cells.ch(at).is_ascii_digit());
    if is_part(end) && is_part(end + 3) { 6 } else { 0 }
}

/// The last group of the card of `count` digits that starts at group `first`, if there is one.
fn card(cells: &Cells<'_>, groups: &Groups, first: usize, count: usize) -> Option<usize> {
    let (sizes, last) = groups.sizes(first, count)?;
    let is_bare = first == last;
    let (start, end) = (groups.list[first].start, groups.list[last].end);
    let joint = groups.list[last].joint;
    let is_even = matches!(joint, Joint::Space | Joint::Hyphen | Joint::Dot)
        && groups.list[first + 1..=last].iter().all(|group| group.joint == joint);
    let is_laid_out = || match sizes {
        _ if is_bare => true,
        [4, 6, 4 | 5, 0, ..] | [4, 4, 4, 1..=4, 0, ..] | [4, 4, 4, 4, 1..=3, 0, ..] => is_even,
        // People group as they please: 4780405074 722066.
        _ => is_even && cue::is_card(cells, start, end),
    };
    let digits = groups.digits(first, last);
    // Networks of one country have ranges that others use for parcels: there a word must say that it is a card.
    let is_issued =
        || check::is_card_issuer(digits) || (cue::is_card(cells, start, end) && !cue::is_other(cells, start));
    // 4000 0012 3456 7899/12/27: when it expires is no part of it.
    let whole = end + expiry(cells, end);
    let is_card = check::luhn(digits) && is_laid_out() && is_issued() && cells.is_free(start, whole);
    // One long number in ten passes Luhn's test: a word before it may say that it is an order. Visa has given out no
    // numbers of 13 digits for decades, airlines and shops do each day.
    let is_meant = || match count {
        13 => cue::is_card(cells, start, end),
        _ => !is_bare || !cue::is_other(cells, start) || cue::is_card(cells, start, end),
    };
    (is_card && is_meant()).then_some(last)
}
