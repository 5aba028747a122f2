//! Which citizens' numbers are in the text?
//!
//! A number in the form that its country prints it goes when its check digits are right. A bare run of digits goes too,
//! unless a word before it says that it is something else and none beside it says that it is a citizen's. Where the form
//! is common and the check weak (Dutch numbers of eight digits, Portuguese and Polish ones, a bare American one), only a
//! word beside it counts.

use crate::model::{Mask, MaskKind};

use super::cells::{Cells, Groups, Joint, Zone, is_word};
use super::check;
use super::code::Code;
use super::cue::{self, Land};

/// Takes all citizens' numbers.
pub(super) fn find(cells: &mut Cells<'_>, groups: &Groups, found: &mut Vec<Mask>) {
    let mut first = 0;
    while first < groups.list.len() {
        if let Some(last) = of_digits(cells, groups, first) {
            cells.take(MaskKind::Citizen, groups.list[first].start, groups.list[last].end, found);
            first = last;
        }
        first += 1;
    }
    // The first digit is at most eight cells behind the start: rss mra 85…
    let mut at = 0;
    let mut next_digit = 0;
    while at < cells.len() {
        if next_digit < at || at == 0 {
            next_digit = (at..cells.len()).find(|&at| cells.ch(at).is_ascii_digit()).unwrap_or(usize::MAX);
        }
        if next_digit == usize::MAX {
            break;
        }
        at = at.max(next_digit.saturating_sub(8));
        let ch = cells.ch(at);
        let is_start = ch.is_ascii_alphanumeric() && cells.zone(at) == Zone::Prose && opens(cells, at, ch);
        match is_start.then(|| of_signs(cells, at)).flatten() {
            Some(end) => {
                cells.take(MaskKind::Citizen, at, end, found);
                at = end;
            }
            None => at += 1,
        }
    }
}

/// Whether a code may start at `at`: not within a word, but `DNI12345678Z` is two.
fn opens(cells: &Cells<'_>, at: usize, ch: char) -> bool {
    let before = cells.before(at);
    !is_word(before) || (ch.is_ascii_digit() && before.is_alphabetic() && cue::is_label(cells, at))
}

/// How sure a form is of itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing else is written so.
    Own,
    /// Bare, or in groups that other numbers have as well.
    Common,
    /// Says nothing without a word beside it.
    Mute,
}

/// Whether the check digits of a number are right.
type Check = fn(&[u8]) -> bool;

/// How many digits a number has, whose it is or what a word for it also means, and its check. A register that lends another
/// its word has a line for each.
const REGISTERS: [(usize, Land, Check); 37] = [
    (8, Land::Nl, check::bsn),
    (8, Land::Nz, check::new_zealand),
    (8, Land::Uy, check::uruguayan),
    (8, Land::Cl, chilean),
    (9, Land::Nl, check::bsn),
    (9, Land::Pt, check::portuguese),
    (9, Land::Fr, check::portuguese),
    (9, Land::Ca, check::canadian),
    // "Social insurance", "assurance sociale".
    (9, Land::Us, check::canadian),
    (9, Land::Fr, check::canadian),
    (9, Land::Us, check::american_tax),
    (9, Land::Au, check::australian),
    (9, Land::Nz, check::new_zealand),
    (9, Land::Cl, chilean),
    (10, Land::At, check::austrian),
    // "Versicherungsnummer".
    (10, Land::De, check::austrian),
    (10, Land::Uk, check::british_health),
    (10, Land::Uk, check::british_tax),
    (10, Land::Au, check::australian_health),
    (11, Land::Be, check::belgian),
    (11, Land::De, check::german),
    (11, Land::Pl, check::polish),
    (11, Land::Br, check::brazilian),
    (11, Land::Br, check::brazilian_worker),
    (11, Land::Ar, check::argentine),
    (11, Land::Pt, check::portuguese_social),
    (11, Land::Be, check::portuguese_social),
    (11, Land::Mx, check::luhn),
    (12, Land::Es, check::spanish_social),
    (12, Land::In, check::indian),
    (12, Land::Br, check::brazilian_voter),
    (13, Land::Ch, check::swiss),
    // The Swiss and the Austrian share a German word.
    (13, Land::At, check::swiss),
    (13, Land::Fr, check::french_tax),
    (13, Land::Za, check::south_african),
    (13, Land::Lu, check::luxembourgish),
    (15, Land::Br, check::brazilian_health),
];

/// The last group of the number of digits alone that starts at group `first`.
fn of_digits(cells: &Cells<'_>, groups: &Groups, first: usize) -> Option<usize> {
    [8, 9, 10, 11, 12, 13, 15].into_iter().find_map(|count| {
        let (sizes, last) = groups.sizes(first, count)?;
        let digits = groups.digits(first, last);
        let (start, end) = (groups.list[first].start, groups.list[last].end);
        if !cells.is_free(start, end) || is_dialed(cells, groups, first) {
            return None;
        }
        let joint = |nth: usize| groups.list[first + nth].joint;
        // Among more groups of the same layout, as in "1 2 3 961 962 963", it is a list or a longer number.
        let is_part = last > first
            && (joint(0) == joint(1) || groups.list.get(last + 1).is_some_and(|next| next.joint == joint(1)));
        if is_part {
            return None;
        }
        let is_said = |land| cue::is_citizen(cells, start, end, Some(land));
        let has = |land, form, is_right| {
            let is_spoken_for = || cue::is_citizen(cells, start, end, None) || is_said(land);
            is_right
                && match form {
                    Form::Own => !cue::is_other_close(cells, start) || is_spoken_for(),
                    Form::Common => {
                        (!cue::is_other(cells, start) && !cue::is_amount(cells, start, end))
                            || is_spoken_for()
                    }
                    Form::Mute => is_said(land),
                }
        };
        let is_number = match (count, sizes) {
            (9, [9, ..]) => {
                has(Land::Nl, Form::Common, check::bsn(digits))
                    || has(Land::Us, Form::Mute, check::american(digits))
            }
            // 12.345.678-5, and 1.234.567-4.
            (8, [1, 3, 3, 1, ..]) | (9, [2, 3, 3, 1, ..]) => {
                let is_laid_out =
                    joint(1) == Joint::Dot && joint(2) == Joint::Dot && joint(3) == Joint::Hyphen;
                is_laid_out
                    && (has(Land::Cl, Form::Own, chilean(digits))
                        || has(Land::Uy, Form::Own, check::uruguayan(digits)))
            }
            (9, [4, 2, 3, ..]) => has(Land::Nl, Form::Own, check::bsn(digits)),
            // With dots it is an amount more often than not, with a 0 in front a telephone.
            (9, [3, 3, 3, ..]) => {
                joint(1) != Joint::Dot && digits[0] != 0 && has(Land::Nl, Form::Common, check::bsn(digits))
            }
            (9, [3, 2, 4, ..]) if joint(1) == joint(2) => {
                let form = if joint(1) == Joint::Hyphen { Form::Own } else { Form::Mute };
                has(Land::Us, form, check::american(digits))
            }
            // 21/815/08150: the check of a German tax number is each state's own.
            (10, [2, 3, 5, ..]) | (11, [3, 3, 5, ..] | [3, 4, 4, ..]) => {
                joint(1) == Joint::Slash && joint(2) == Joint::Slash && has(Land::De, Form::Mute, true)
            }
            (10, [4, 6, ..]) => has(Land::At, Form::Common, check::austrian(digits)),
            (11, [11, ..]) => {
                has(Land::Be, Form::Common, check::belgian(digits))
                    || has(Land::De, Form::Common, check::german(digits))
            }
            (11, [2, 8, 1, ..]) => has(Land::Ar, Form::Own, check::argentine(digits)),
            (11, [3, 5, 2, 1, ..]) => has(Land::Br, Form::Own, check::brazilian_worker(digits)),
            (11, [2, 2, 2, 3, 2, ..] | [6, 3, 2, ..] | [6, 5, ..]) => {
                has(Land::Be, Form::Own, check::belgian(digits))
            }
            (11, [2, 3, 3, 3, ..]) => has(Land::De, Form::Common, check::german(digits)),
            (11, [3, 3, 3, 2, ..] | [9, 2, ..]) => has(Land::Br, Form::Own, check::brazilian(digits)),
            (13, [13, ..]) => {
                has(Land::Ch, Form::Common, check::swiss(digits))
                    || has(Land::Lu, Form::Common, check::luxembourgish(digits))
            }
            (13, [8, 5, ..] | [4, 4, 3, 2, ..] | [8, 3, 2, ..] | [4, 2, 2, 3, 2, ..]) => {
                has(Land::Lu, Form::Own, check::luxembourgish(digits))
            }
            (13, [6, 4, 3, ..] | [6, 4, 2, 1, ..] | [6, 4, 1, 1, 1, ..]) => {
                has(Land::Za, Form::Own, check::south_african(digits))
            }
            (13, [3, 4, 4, 2, ..]) => has(Land::Ch, Form::Own, check::swiss(digits)),
            _ => false,
        };
        // People group as they please. Where a word says whose number it is, the check is enough.
        let is_date = count == 8 && matches!(sizes, [2, 2, 4, ..] | [4, 2, 2, ..]);
        // 12345678 9 ZZ1: the rest of a code with letters.
        let goes_on = || {
            cells.ch(end) == ' '
                && cells.ch(end + 1).is_alphabetic()
                && (end + 2..end + 5)
                    .find(|&at| !cells.ch(at).is_alphabetic())
                    .is_some_and(|at| cells.ch(at).is_ascii_digit())
        };
        let is_told = || {
            !is_date
                && !goes_on()
                && REGISTERS
                    .iter()
                    .any(|&(many, land, is_right)| many == count && is_right(digits) && is_said(land))
        };
        (is_number || is_told()).then_some(last)
    })
}

/// Whether a `+` leads to group `first`: `+55 11 981122334`.
fn is_dialed(cells: &Cells<'_>, groups: &Groups, first: usize) -> bool {
    let opening = (first.saturating_sub(2)..=first).rev().find(|&at| groups.list[at].joint.is_apart());
    opening.is_some_and(|opening| first > opening && cells.before(groups.list[opening].start) == '+')
}

fn chilean(digits: &[u8]) -> bool {
    let mut code = [0; 9];
    let code = &mut code[..digits.len()];
    for (sign, digit) in code.iter_mut().zip(digits) {
        *sign = digit + b'0';
    }
    check::chilean(code)
}

/// The end of the number with letters in it, or of fifteen digits in many groups, that starts at `at`.
fn of_signs(cells: &Cells<'_>, at: usize) -> Option<usize> {
    // Words are many and codes few: most are known by where they have no digit.
    let has_digit = |from, to| (at + from..at + to).any(|at| cells.ch(at).is_ascii_digit());
    let many = |count| (at..at + 12).filter(|&at| cells.ch(at).is_ascii_digit()).count() >= count;
    let is_like = if cells.ch(at).is_ascii_digit() { many(7) } else { has_digit(1, 4) || has_digit(6, 9) };
    if !is_like {
        return None;
    }
    let code = Code::at(cells, at, 18);
    let head = code.first();
    if !code.has_digits() {
        return None;
    }
    let is_common =
        |end| cells.is_free(at, end) && (!cue::is_other(cells, at) || cue::is_citizen(cells, at, end, None));
    // With nothing but a check of one sign, a word beside it must say what it is.
    let is_said = |end, land| cells.is_free(at, end) && cue::is_citizen(cells, at, end, Some(land));
    let spanish = || {
        let (signs, end) = code.head(cells, 9)?;
        let is_laid_out = || match code.gaps(9) {
            0 => true,
            // 12345678-Z and X-1234567-L.
            0x100 | 0x102 | 0x2 if cells.before(end - 1) == '-' => true,
            // 12.345.678-Z
            0x124 if cells.before(end - 1) == '-' && cells.ch(at + 2) == '.' => true,
            // 12345678 Z, if one says what it is: the letter may be the next word.
            _ => cue::is_citizen(cells, at, end, Some(Land::Es)),
        };
        let is_form = head.is_ascii_digit() || matches!(head, b'x'..=b'z');
        (is_form && check::spanish(signs) && is_laid_out() && is_common(end)).then_some(end)
    };
    let french = || {
        let (signs, end) = code.head(cells, 15)?;
        (matches!(head, b'1'..=b'8') && check::french(signs) && is_common(end)).then_some(end)
    };
    // 1 64 07 75 114 098 / 16: the key behind a slash.
    let french_key = || {
        let (signs, end) = code.head(cells, 13)?;
        let mut whole = [0; 15];
        whole[..13].copy_from_slice(signs);
        let key = (end..end + 4).find(|&at| cells.ch(at).is_ascii_digit())?;
        let is_slash = (end..key).all(|at| matches!(cells.ch(at), ' ' | '/')) && key > end;
        let is_key = is_slash && cells.ch(key + 1).is_ascii_digit() && !is_word(cells.ch(key + 2));
        for (place, sign) in whole[13..].iter_mut().enumerate() {
            *sign = u8::try_from(cells.ch(key + place)).ok()?;
        }
        let is_meant = is_key && matches!(head, b'1'..=b'8') && check::french(&whole);
        (is_meant && is_common(key + 2)).then_some(key + 2)
    };
    let portuguese = || {
        let (signs, end) = code.head(cells, 12)?;
        // 12345678 9 ZZ4
        let is_laid_out = matches!(code.gaps(12), 0 | 0x300 | 0x100 | 0x200);
        (is_laid_out && check::portuguese_card(signs) && is_common(end)).then_some(end)
    };
    let italian = || {
        let (signs, end) = code.head(cells, 16)?;
        // RSSMRA85T10A562S, or with gaps behind 3, 6 and 11.
        let is_laid_out = matches!(code.gaps(16), 0 | 0x848);
        (check::italian(signs) && (is_laid_out || is_said(end, Land::It)) && cells.is_free(at, end))
            .then_some(end)
    };
    let british = || {
        let (signs, end) = code.head(cells, 9)?;
        let is_upper = cells.ch(at).is_ascii_uppercase() && cells.ch(at + 1).is_ascii_uppercase();
        // AB123456C, AB 12 34 56 C, AB 123456 C
        let is_laid_out = matches!(code.gaps(9), 0 | 0x154 | 0x104);
        let is_meant = || (is_laid_out && is_upper && is_common(end)) || is_said(end, Land::Uk);
        (check::british(signs) && is_meant()).then_some(end)
    };
    let irish = || {
        [9, 8].into_iter().find_map(|count| {
            let (signs, end) = code.head(cells, count)?;
            (check::irish(signs) && is_said(end, Land::Ie)).then_some(end)
        })
    };
    let chilean = || {
        [9, 8].into_iter().find_map(|count| {
            let (signs, end) = code.head(cells, count)?;
            let is_form = signs[count - 1] == b'k' && signs[..count - 1].iter().all(u8::is_ascii_digit);
            let is_laid_out = cells.before(end - 1) == '-';
            let is_meant = || (is_laid_out && is_common(end)) || is_said(end, Land::Cl);
            (is_form && check::chilean(signs) && is_meant()).then_some(end)
        })
    };
    let pension = || {
        let (signs, end) = code.head(cells, 12)?;
        // 65 170839 J 008
        let is_laid_out = matches!(code.gaps(12), 0 | 0x304);
        (check::german_pension(signs) && ((is_laid_out && is_common(end)) || is_said(end, Land::De)))
            .then_some(end)
    };
    let health = || {
        let (signs, end) = code.head(cells, 10)?;
        (check::german_health(signs) && is_said(end, Land::De)).then_some(end)
    };
    let mexican = || {
        let curp = code.head(cells, 18).filter(|(signs, _)| check::mexican(signs));
        let rfc = || code.head(cells, 13).filter(|(signs, _)| check::mexican_tax(signs));
        let (signs, end) = curp.or_else(rfc)?;
        // A birth date between letters is written in no other code: any gaps will do.
        let is_laid_out = signs.len() == 18 || matches!(code.gaps(13), 0 | 0x410) || is_said(end, Land::Mx);
        (is_laid_out && is_common(end)).then_some(end)
    };
    if head.is_ascii_digit() {
        spanish()
            .or_else(french)
            .or_else(french_key)
            .or_else(portuguese)
            .or_else(pension)
            .or_else(irish)
            .or_else(chilean)
    } else {
        spanish().or_else(italian).or_else(british).or_else(mexican).or_else(health)
    }
}
