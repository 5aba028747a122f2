//! Which telephone numbers are in the text?
//!
//! By form: with a country in front (`+49 …`, `0049…`), with a national 0, in the groups of countries that have no 0,
//! or bare in a mobile form that nothing else has. A bare run of another form needs a word beside it ("call", "bel").
//! Lengths and first digits are those of the national numbering plans (ITU-T E.164 and its national annexes).

use crate::model::{Mask, MaskKind};

use super::cells::{Cells, Groups, Joint, Zone, is_word};
use super::check;
use super::cue::{self, Sense};

/// Takes all telephone numbers.
pub(super) fn find(cells: &mut Cells<'_>, groups: &Groups, found: &mut Vec<Mask>) {
    // 06 38 29 47 1O: before its rest looks like a shorter one.
    if groups.has_rounds {
        let loose = cells.loose_groups();
        take_all(cells, &loose, found, is_round);
        let groups = cells.groups();
        take_all(cells, &groups, found, |_, _, _| true);
    } else {
        take_all(cells, groups, found, |_, _, _| true);
    }
    if groups.has_breaks {
        let loose = cells.loose_groups();
        take_all(cells, &loose, found, is_whole);
    }
}

/// A number: its first group, its first cell and its last group.
type Number = (usize, usize, usize);

fn take_all(
    cells: &mut Cells<'_>,
    groups: &Groups,
    found: &mut Vec<Mask>,
    is_meant: impl Fn(&Cells<'_>, &Groups, Number) -> bool,
) {
    let mut first = 0;
    while first < groups.list.len() {
        let number = international(cells, groups, first)
            .or_else(|| national(cells, groups, first))
            .filter(|_| !is_of_an_account(cells, groups, first))
            .filter(|&(start, last)| is_meant(cells, groups, (first, start, last)));
        if let Some((start, last)) = number {
            cells.take(MaskKind::Phone, start, groups.list[last].end, found);
            first = last;
        }
        first += 1;
    }
}

/// Whether a number has a letter o for a zero, and is one that nothing else looks like.
fn is_round(cells: &Cells<'_>, groups: &Groups, (first, _, last): Number) -> bool {
    let (opening, end) = (groups.list[first].start, groups.list[last].end);
    cells.row()[opening..end].iter().any(|cell| matches!(cell.ch, 'o' | 'O'))
        && is_mobile(groups.digits(first, last))
        && groups.list[first + 1..=last].iter().all(|part| !part.written.is_apart())
        && cue::phone(cells, opening, end) != Some(Sense::Other)
}

/// Whether these have the form of a Dutch, French or British number of a mobile telephone.
fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [0, 6 | 7, ..]) && matches!(digits.len(), 10 | 11)
}

/// Whether a number with a line's end, commas or underscores in it is meant as one: more must be said of it.
fn is_whole(cells: &Cells<'_>, groups: &Groups, (first, start, last): Number) -> bool {
    let (opening, end) = (groups.list[first].start, groups.list[last].end);
    let digits = groups.digits(first, last);
    let parts = &groups.list[first + 1..=last];
    let has_sign = |sign: char| cells.row()[opening..end].iter().any(|cell| cell.ch == sign);
    let is_over_lines = parts.iter().any(|part| part.written == Joint::Line);
    // 614,382,917 is an amount, and "0900" at a line's end a number of its own.
    let is_amount = has_sign(',') && parts.iter().all(|part| part.last - part.first == 3);
    let is_service = is_over_lines && matches!(digits, [0, 8 | 9, 0, 0, ..]);
    if is_amount || is_service || !(is_over_lines || has_sign(',') || has_sign('_')) {
        return false;
    }
    let sense = cue::phone(cells, opening, end);
    let is_dialed = start < opening && cells.row()[start..opening].iter().any(|cell| cell.ch == '+');
    let is_laid_out =
        has_sign('_') && is_mobile(digits) && parts.iter().all(|part| part.last - part.first >= 4);
    is_dialed || sense == Some(Sense::Phone) || (is_laid_out && sense != Some(Sense::Other))
}

/// Countries by their code, with the fewest and most digits behind it.
const COUNTRIES: [(&[u8], usize, usize); 24] = [
    (&[3, 1], 9, 9),
    (&[3, 2], 8, 9),
    (&[3, 3], 9, 9),
    (&[3, 4], 9, 9),
    (&[3, 5, 1], 9, 9),
    (&[3, 5, 2], 6, 9),
    (&[3, 5, 3], 7, 9),
    (&[3, 9], 8, 11),
    (&[4, 1], 9, 9),
    (&[4, 3], 7, 13),
    (&[4, 4], 9, 10),
    (&[4, 5], 8, 8),
    (&[4, 6], 7, 10),
    (&[4, 7], 8, 8),
    (&[4, 8], 9, 9),
    (&[4, 9], 7, 12),
    (&[4, 2, 0], 9, 9),
    (&[3, 5, 8], 7, 10),
    (&[3, 0], 10, 10),
    (&[3, 6], 8, 9),
    (&[4, 0], 9, 9),
    (&[9, 0], 10, 10),
    (&[1], 10, 10),
    (&[5, 5], 10, 11),
];

/// The same for countries farther away: their codes count behind a plus, or where a word says that it is a telephone.
const FAR: [(&[u8], usize, usize); 38] = [
    (&[2, 0], 9, 10),
    (&[2, 1, 2], 9, 9),
    (&[2, 1, 3], 8, 9),
    (&[2, 1, 6], 8, 8),
    (&[2, 4, 4], 9, 9),
    (&[2, 5, 8], 8, 9),
    (&[2, 6, 2], 9, 9),
    (&[2, 7], 9, 9),
    (&[2, 9, 7], 7, 7),
    (&[3, 5, 4], 7, 9),
    (&[3, 5, 6], 8, 8),
    (&[3, 5, 7], 8, 8),
    (&[3, 5, 9], 8, 9),
    (&[3, 7, 6], 6, 6),
    (&[3, 7, 7], 8, 9),
    (&[3, 7, 8], 6, 10),
    (&[3, 8, 5], 8, 9),
    (&[3, 8, 6], 8, 8),
    (&[4, 2, 1], 9, 9),
    (&[4, 2, 3], 7, 9),
    (&[5, 0, 2], 8, 8),
    (&[5, 0, 3], 8, 8),
    (&[5, 0, 6], 8, 8),
    (&[5, 0, 7], 7, 8),
    (&[5, 1], 8, 9),
    (&[5, 2], 10, 11),
    (&[5, 4], 10, 11),
    (&[5, 6], 9, 9),
    (&[5, 7], 10, 10),
    (&[5, 8], 10, 10),
    (&[5, 9, 1], 8, 8),
    (&[5, 9, 3], 8, 9),
    (&[5, 9, 5], 9, 9),
    (&[5, 9, 8], 8, 8),
    (&[6, 1], 9, 9),
    (&[6, 4], 8, 10),
    (&[6, 5], 8, 8),
    (&[9, 1], 10, 10),
];

/// The number with a country's code that starts at group `first`: its first cell and last group.
fn international(cells: &Cells<'_>, groups: &Groups, first: usize) -> Option<(usize, usize)> {
    let group = &groups.list[first];
    if let Some(plus) = plus(cells, group.start) {
        // The length that the country has; else whatever could be one, since nothing else opens with a plus like this.
        return by_country(cells, groups, first, 0)
            .or_else(|| of_length(cells, groups, first, 8..=15))
            .filter(|&last| has_variety(groups.digits(first, last)) && !is_date(groups, first))
            .map(|last| (plus, last));
    }
    let digits = &groups.digits[group.first..];
    let is_free = |last: &usize| cells.is_free(group.start, groups.list[*last].end);
    match *digits {
        [0, 0, 1, ..] => {
            // 001 opens the tickets of an airline, too: thirteen digits, bare.
            let last = by_country(cells, groups, first, 2).filter(is_free)?;
            let is_laid_out = last >= first + 3 && groups.size(last) == 4;
            (is_laid_out || says_phone(cells, groups, first, last)).then_some((group.start, last))
        }
        [0, 0, 2..=9, ..] => {
            let last = by_country(cells, groups, first, 2).filter(is_free)?;
            let is_near = COUNTRIES.iter().any(|(code, ..)| digits[2..].starts_with(code));
            // "pratica n. 0039-2024-4821", and what airlines give out.
            let is_meant = (is_near && !cue::is_other_close(cells, group.start))
                || says_phone(cells, groups, first, last);
            is_meant.then_some((group.start, last))
        }
        // 49 (0)30 …: the plus is lost, but nothing else has a 0 in parentheses.
        _ if is_trunk(groups, first + 1)
            && COUNTRIES.iter().any(|(code, ..)| *code == groups.digits(first, first)) =>
        {
            let last = by_country(cells, groups, first, 0).filter(is_free)?;
            Some((group.start, last))
        }
        _ => None,
    }
}

/// The cell where the `+` stands that leads to the digits at `start`, or the parenthesis before it.
fn plus(cells: &Cells<'_>, start: usize) -> Option<usize> {
    let mut at = start;
    while at > 0 && start - at < 2 && matches!(cells.ch(at - 1), ' ' | '(') {
        at -= 1;
    }
    let plus = at.checked_sub(1).filter(|&at| cells.ch(at) == '+')?;
    let before = cells.before(plus);
    // Of three, as around a Belgian payment reference, none leads to a country.
    if before.is_ascii_digit() || (before == '+' && cells.before(plus - 1) == '+') {
        return None;
    }
    let closes = || (start..start + 5).any(|at| cells.ch(at) == ')');
    Some(if before == '(' && closes() { plus - 1 } else { plus })
}

/// The last group of the number whose country's code is behind `skip` digits.
fn by_country(cells: &Cells<'_>, groups: &Groups, first: usize, skip: usize) -> Option<usize> {
    let digits = groups.digits.get(groups.list[first].first + skip..)?;
    let (code, fewest, most) = *COUNTRIES.iter().chain(&FAR).find(|(code, ..)| digits.starts_with(code))?;
    let prefix = skip + code.len();
    of_length(cells, groups, first, prefix + fewest..=prefix + most)
}

/// The last group such that the digits from group `first` on are as many as `lengths` has, more rather than fewer.
fn of_length(
    cells: &Cells<'_>,
    groups: &Groups,
    first: usize,
    lengths: std::ops::RangeInclusive<usize>,
) -> Option<usize> {
    let mut count = 0;
    let mut best = None;
    for (nth, group) in groups.list[first..].iter().enumerate() {
        let size = group.last - group.first;
        let is_trunk = nth > 0 && is_trunk(groups, first + nth);
        let is_year = size == 4 && matches!(groups.digits[group.first..group.first + 2], [1, 9] | [2, 0]);
        // "+43 676 123 45 67 3 Zimmer": behind a whole number, a year or a lone digit is a word of its own.
        let is_own = best.is_some() && group.joint != Joint::Hyphen && (is_year || size == 1);
        let is_end = nth > 0 && (group.joint.is_apart() || is_own);
        if is_end {
            break;
        }
        // The 0 of "+49 (0)30" is written for readers at home.
        count += if is_trunk { 0 } else { size };
        if count > *lengths.end() {
            break;
        }
        if count >= *lengths.start() {
            best = Some(first + nth);
        }
    }
    // A letter right behind is a lost line end, or none of our business: the plus has said enough.
    best.filter(|&last| !cells.ch(groups.list[last].end).is_ascii_digit())
}

/// Whether group `at` is the 0 of "+49 (0)30".
fn is_trunk(groups: &Groups, at: usize) -> bool {
    groups.list.get(at).is_some_and(|group| {
        group.last - group.first == 1 && groups.digits[group.first] == 0 && group.joint == Joint::Paren
    })
}

/// Whether group `at` is the 0 of "(0)30 …" or "(0 30) …" with no country before it.
fn is_trunk_before(cells: &Cells<'_>, groups: &Groups, at: usize) -> bool {
    let group = &groups.list[at];
    let closes = |end: usize| cells.ch(end) == ')';
    groups.digits[group.first] == 0
        && cells.before(group.start) == '('
        && groups.size(at) == 1
        && (closes(group.end) || groups.list.get(at + 1).is_some_and(|area| closes(area.end)))
}

/// Whether the groups from `first` on are a date: "Google+ 31.12.2015".
fn is_date(groups: &Groups, first: usize) -> bool {
    let Some([day, month, year, ..]) = groups.list.get(first..) else { return false };
    let is_size = |group: &super::cells::Group, size| group.last - group.first == size;
    month.joint == year.joint
        && matches!(year.joint, Joint::Dot | Joint::Hyphen | Joint::Slash)
        && is_size(day, 2)
        && is_size(month, 2)
        && is_size(year, 4)
        && groups.digits[month.first] <= 1
        && matches!(groups.digits[year.first..year.first + 2], [1, 9] | [2, 0])
}

/// Whether these are not all but zeros: "+1 000 000 000" is a wish.
fn has_variety(digits: &[u8]) -> bool {
    digits.iter().filter(|&&digit| digit != 0).count() >= 4
}

/// What stands between the groups of a number.
struct Joints {
    first: Option<Joint>,
    /// What all others are. None if there are none.
    rest: Option<Joint>,
    is_even: bool,
}

impl Joints {
    fn of(groups: &Groups, first: usize, last: usize) -> Self {
        let mut joints = groups.list[first..=last].iter().skip(1).map(|group| group.joint);
        let head = joints.next();
        let rest = joints.next();
        Self { first: head, rest, is_even: joints.all(|joint| Some(joint) == rest) }
    }

    fn are_all(&self, joint: Joint) -> bool {
        self.is_even && self.first == Some(joint) && self.rest.is_none_or(|rest| rest == joint)
    }
}

/// The number without a country that starts at group `first`: its first cell and last group.
fn national(cells: &Cells<'_>, groups: &Groups, first: usize) -> Option<(usize, usize)> {
    let group = &groups.list[first];
    // Most groups are parts of dates and prices: of those a number is none, and this is the cheapest way to know.
    let opens = matches!(groups.digits[group.first], 0..=9)
        && !matches!(cells.before(group.start), '€' | '$' | '£' | '@')
        && !is_of_a_slip(groups, first);
    if !opens {
        return None;
    }
    if groups.size(first) == 1
        && let Some(last) = spelled(groups, first)
    {
        let (start, end) = (group.start, groups.list[last].end);
        let is_phone = cells.is_free(start, end) && is_bare(cells, start, end, groups.digits(first, last));
        return is_phone.then_some((start, last));
    }
    [13, 12, 11, 10, 9, 8, 7].into_iter().find_map(|count| {
        let (sizes, last) = groups.sizes(first, count)?;
        let end = groups.list[last].end;
        let start = opening(cells, groups, first, last);
        let digits = groups.digits(first, last);
        let is_phone = if first == last {
            cells.is_free(start, end) && is_bare(cells, start, end, digits)
        } else {
            let many = last - first >= 3;
            let is_free = is_doubled(cells, groups, first, last)
                || if many { cells.is_free_but_for_a_letter(start, end) } else { cells.is_free(start, end) };
            is_free && is_laid_out(cells, groups, first, last, sizes)
        };
        is_phone.then_some((start, last))
    })
}

/// Whether a number of the same layout follows behind a slash: 06 38 29 47 15/04 76 38 29 51.
fn is_doubled(cells: &Cells<'_>, groups: &Groups, first: usize, last: usize) -> bool {
    let count = last + 1 - first;
    let is_same = |nth: usize| {
        let (one, other) = (first + nth, first + nth + count);
        other < groups.list.len()
            && groups.size(one) == groups.size(other)
            && (nth == 0 || groups.list[one].joint == groups.list[other].joint)
    };
    let opens = |group: usize| groups.digits[groups.list[group].first] == 0;
    let is_part = |ch: char| is_word(ch) || matches!(ch, '.' | ',' | ':' | '-' | '/' | '@');
    groups.list.get(last + 1).is_some_and(|next| next.joint == Joint::Slash)
        && count >= 3
        && groups.list[first + 1].joint != Joint::Slash
        && (0..count).all(is_same)
        && opens(first)
        && opens(last + 1)
        && !is_part(cells.before(groups.list[first].start))
}

/// Whether group `first` is of the line of a Brazilian payment slip: 34191.79001 01043.510047 91020.150008 1 92310000012345.
fn is_of_a_slip(groups: &Groups, first: usize) -> bool {
    const SIZES: [usize; 8] = [5, 5, 5, 6, 5, 6, 1, 14];
    groups.size(first) >= 5
        && (first.saturating_sub(SIZES.len() - 1)..=first).any(|start| {
            groups.list.len() >= start + SIZES.len()
                && SIZES.iter().enumerate().all(|(nth, size)| groups.size(start + nth) == *size)
        })
}

/// The last group of a number in which each digit stands alone: 0 6 1 2 3 4 5 6 7 8. None if they are not as many as a
/// telephone number has.
fn spelled(groups: &Groups, first: usize) -> Option<usize> {
    let joint = groups.list.get(first + 1)?.joint;
    let is_next = |at: usize| groups.size(at) == 1 && groups.list[at].joint == joint;
    let is_inside = groups.list[first].joint == joint && first > 0 && groups.size(first - 1) == 1;
    let most = groups.list.len().min(first + 15);
    let last = (first + 1..most).take_while(|&at| is_next(at)).last()?;
    let is_loose = matches!(joint, Joint::Space | Joint::Hyphen | Joint::Dot);
    (is_loose && !is_inside && (9..=13).contains(&(last + 1 - first))).then_some(last)
}

/// Whether group `first` is the rest of an account number whose check is wrong, or of another country's: NL01 BANK 0612 3456 78.
fn is_of_an_account(cells: &Cells<'_>, groups: &Groups, first: usize) -> bool {
    let is_letter = |at: usize| cells.ch(at).is_ascii_uppercase();
    let is_digit = |at: usize| cells.ch(at).is_ascii_digit();
    // The first group of a row of fours.
    let mut row = first;
    while row > 0 && first - row < 7 && groups.list[row].joint == Joint::Space && groups.size(row) == 4 {
        row -= 1;
    }
    let start = groups.list[row].start;
    // "NL01 BANK 0612", and "DE01 0044 …", whose row starts with its check digits.
    let has_bank = start >= 10
        && cells.ch(start - 1) == ' '
        && (start - 5..start - 1).all(is_letter)
        && cells.ch(start - 6) == ' '
        && (start - 8..start - 6).all(is_digit)
        && (start - 10..start - 8).all(is_letter);
    let is_checked = row < first && groups.size(row) == 2 && start >= 2 && (start - 2..start).all(is_letter);
    has_bank || is_checked
}

/// The cell where the number opens: at its parenthesis, if it has one.
fn opening(cells: &Cells<'_>, groups: &Groups, first: usize, last: usize) -> usize {
    let start = groups.list[first].start;
    let closes = last > first
        && (groups.list[first + 1].joint == Joint::Paren || is_trunk_before(cells, groups, first));
    if closes && matches!(cells.before(start), '(' | '[') { start - 1 } else { start }
}

/// Whether groups are laid out as a telephone number.
fn is_laid_out(cells: &Cells<'_>, groups: &Groups, first: usize, last: usize, sizes: [u8; 8]) -> bool {
    let digits = groups.digits(first, last);
    let (start, end) = (groups.list[first].start, groups.list[last].end);
    // (0)6-12345678: the 0 is part of the area.
    let mut sizes = sizes;
    let is_veiled = sizes[0] == 1 && is_trunk_before(cells, groups, first);
    if is_veiled {
        if last == first + 1 {
            return is_bare(cells, start, end, digits);
        }
        sizes.copy_within(1.., 0);
        sizes[7] = 0;
        sizes[0] += 1;
    }
    // 0 79 382 94 71: the same, without a sign.
    let is_split = !is_veiled && sizes[0] == 1 && digits[0] == 0 && last >= first + 3;
    if is_split {
        return is_split_off(cells, groups, first, last, sizes);
    }
    let joints = Joints::of(groups, first + usize::from(is_veiled), last);
    let is_loud = || says_phone(cells, groups, first, last);
    let may_stay = || cue::is_other_close(cells, start) || cells.before(start) == '#';
    if is_counting(groups, first, last) {
        return false;
    }
    if digits[0] == 0 {
        // (089) 22 33 44-0: the extension of a German office.
        let has_extension = last >= first + 2
            && groups.list[last].joint == Joint::Hyphen
            && groups.size(last) <= 3
            && groups.list[first + 1..last].iter().all(|group| group.joint != Joint::Hyphen);
        if has_extension && let Some((shorter, last)) = groups.sizes(first, digits.len() - groups.size(last))
        {
            return is_laid_out(cells, groups, first, last, shorter);
        }
        // In a longer row of small groups, one of them opens with a 0 by chance.
        let is_inside = last - first >= 3
            && first > 0
            && [0, 1].iter().all(|back| groups.list[first - back].joint == Joint::Space);
        // 0998 1234 5678 90 goes on: nobody writes a telephone number in fours alone, parcels have more of them.
        // 06 1234 5678 9012 does as well.
        let is_more = |next: &super::cells::Group| next.joint == Joint::Space;
        let is_four = |next: &super::cells::Group| is_more(next) && next.last - next.first == 4;
        let is_year =
            |next: &super::cells::Group| matches!(groups.digits[next.first..], [1, 9, ..] | [2, 0, ..]);
        let next = groups.list.get(last + 1);
        let goes_on = match sizes[..=last - first] {
            [4, ref rest @ ..] if rest.iter().all(|&size| size == 4) => next.is_some_and(is_more),
            [_, 4, 4] => next.is_some_and(|next| is_four(next) && !is_year(next)),
            _ => false,
        };
        let is_form = is_trunk_form(digits, sizes, &joints) && has_variety(digits) && !is_inside && !goes_on;
        // Germany has areas with numbers of any length, and one digit where others have two: by word only.
        // 089/4 82 17 39: pairs from the right, where the area stands apart.
        let is_paired = matches!(joints.first, Some(Joint::Paren | Joint::Slash))
            && matches!(sizes, [_, 1, 2, 2, 0, ..] | [_, 1, 2, 2, 2, 0, ..]);
        let is_usual = (9..=12).contains(&digits.len()) && (sizes[1] > 1 || is_paired);
        // 0403.170.701: a Belgian company's, which is public.
        let is_company =
            matches!(sizes, [4, 3, 3, 0, ..]) && joints.are_all(Joint::Dot) && check::belgian_company(digits);
        if !is_form || !(is_usual || is_loud()) || (is_company && !is_loud()) {
            return false;
        }
        // "dossier 06-2024-1234", "order 0612 3456 78": no one writes a mobile number so.
        let is_year = sizes[1] == 4 && matches!(digits[2..4], [1, 9] | [2, 0]);
        let is_half = matches!(sizes, [5, 5, 0, ..]) && joints.first == Some(Joint::Hyphen);
        let is_mobile =
            matches!(digits[1], 6 | 7) && digits.len() >= 10 && sizes[0] != 4 && !is_year && !is_half;
        return is_mobile || !may_stay() || is_loud();
    }
    let one_sign = joints.is_even && !matches!(joints.rest, Some(Joint::Slash | Joint::Paren));
    let is_form = match sizes {
        // North America.
        [3, 3, 4, 0, ..] => {
            let is_slashed = joints.first == Some(Joint::Slash);
            let is_area = joints.rest == Some(Joint::Hyphen) && digits[3] >= 2;
            one_sign && digits[0] >= 2 && (!is_slashed || is_area)
        }
        [1, 3, 7, 0, ..] if digits[0] == 1 && joints.rest == Some(Joint::Paren) => digits[1] >= 2,
        [3, 7, 0, ..] if joints.first == Some(Joint::Paren) => cells.before(start) == '(' && digits[0] >= 2,
        // Brazil: area and nine digits that open with 9.
        [2, 9, 0, ..] | [2, 1, 4, 4, 0, ..] if joints.first == Some(Joint::Paren) => {
            cells.before(start) == '(' && digits[2] == 9
        }
        [1, 3, 3, 4, 0, ..] => digits[0] == 1 && digits[1] >= 2 && groups.list[last].joint != Joint::Paren,
        [3, 4, 0, ..] => return joints.are_all(Joint::Hyphen) && digits[0] >= 2 && is_loud(),
        // Spain and Portugal, pairs.
        [3, 2, 2, 2, 0, ..] | [2, 3, 2, 2, 0, ..] => {
            // 0 20 100 50 20: one of a row of figures.
            let is_inside = joints.are_all(Joint::Space)
                && first > 0
                && groups.list[first].joint == Joint::Space
                && groups.size(first - 1) == 1;
            matches!(digits[0], 2 | 6..=9)
                && (joints.are_all(Joint::Space) || joints.are_all(Joint::Hyphen))
                && (!is_inside || is_loud())
        }
        // The same by threes, as large amounts are.
        [3, 3, 3, 0, ..] => {
            let is_form = matches!(digits[0], 6 | 7 | 9) && joints.are_all(Joint::Space);
            let is_number =
                || joints.are_all(Joint::Space) && cue::phone(cells, start, end) == Some(Sense::Number);
            let is_loose = matches!(digits[0], 2 | 6..=9) && joints.is_even && (is_loud() || is_number());
            let is_part = last + 1 < groups.list.len() && groups.list[last + 1].joint == Joint::Space
                || first > 0 && groups.list[first].joint == Joint::Space;
            is_loose || (is_form && !is_part && cue::phone(cells, start, end) != Some(Sense::Other))
        }
        // Brazil: area, 9 and eight more; a landline has its area in parentheses.
        [2, 5, 4, 0, ..] => {
            digits[2] == 9
                && matches!(joints.first, Some(Joint::Paren | Joint::Space))
                && (joints.rest == Some(Joint::Hyphen) || is_loud())
        }
        // Mexico writes the same without: a word must say so.
        [2, 4, 4, 0, ..] => {
            let is_even = matches!(joints.rest, Some(Joint::Hyphen | Joint::Space));
            let is_number = || cue::phone(cells, start, end) == Some(Sense::Number);
            is_even
                && ((joints.first == Some(Joint::Paren) && joints.rest == Some(Joint::Hyphen))
                    || is_loud()
                    || is_number())
        }
        // Italy, mobile.
        [3, 7, 0, ..] | [3, 3, 2, 2, 0, ..] | [3, 2, 2, 3, 0, ..] => {
            digits[0] == 3
                && (joints.are_all(Joint::Space)
                    || joints.are_all(Joint::Hyphen)
                    || (joints.are_all(Joint::Slash) && is_loud()))
        }
        _ => false,
    };
    let is_form = is_form || (is_said_form(digits, sizes, groups, first, last) && is_loud());
    is_form && has_variety(digits) && (!may_stay() || is_loud()) && !cue::is_amount(cells, start, end)
}

/// Whether groups are a number whose 0 stands by itself: as Swiss ones, or where a word says so.
fn is_split_off(cells: &Cells<'_>, groups: &Groups, first: usize, last: usize, sizes: [u8; 8]) -> bool {
    const SWISS: [u8; 28] = [
        21, 22, 24, 26, 27, 31, 32, 33, 34, 41, 43, 44, 51, 52, 55, 56, 58, 61, 62, 71, 74, 75, 76, 77, 78,
        79, 81, 91,
    ];
    let digits = groups.digits(first, last);
    let start = groups.list[first].start;
    let is_spaced = |group: &super::cells::Group| group.joint == Joint::Space;
    let is_inside = is_spaced(&groups.list[first]) || groups.list.get(last + 1).is_some_and(is_spaced);
    let mut whole = sizes;
    whole.copy_within(1.., 0);
    whole[7] = 0;
    whole[0] += 1;
    let is_swiss = matches!(whole, [3, 3, 2, 2, 0, ..]) && SWISS.contains(&(digits[1] * 10 + digits[2]));
    let is_form = digits.len() == 10
        && groups.list[first + 1..=last].iter().all(is_spaced)
        && is_trunk_form(digits, whole, &Joints::of(groups, first + 1, last))
        && has_variety(digits);
    let is_loud = || says_phone(cells, groups, first, last);
    is_form && (is_loud() || (is_swiss && !is_inside && !cue::is_other_close(cells, start)))
}

/// Whether somebody counts: 01 02 03 04 05.
fn is_counting(groups: &Groups, first: usize, last: usize) -> bool {
    let value = |group: usize| {
        groups.digits(group, group).iter().fold(0_u64, |sum, &digit| sum * 10 + u64::from(digit))
    };
    last - first >= 3
        && groups.size(last) <= 2
        && (first..last).all(|group| value(group + 1) == value(group) + 1)
}

/// Whether groups of any layout are a telephone number where a word says so: each country has its own, and people have
/// more. A date, a span of years and a row of small figures are none.
fn is_said_form(digits: &[u8], sizes: [u8; 8], groups: &Groups, first: usize, last: usize) -> bool {
    let count = last - first + 1;
    let is_year = |digits: &[u8]| matches!(digits, [1, 9, _, _] | [2, 0, _, _]);
    let has_year = (first..=last).any(|group| is_year(groups.digits(group, group)));
    // 2908 4821, as in Uruguay or Costa Rica; 0900-1700 and 1030 1730 are times.
    let is_time = |group: usize| matches!(groups.digits(group, group), [0 | 1, ..] | [2, 0..=3, ..]);
    let is_eight = matches!(sizes, [4, 4, 0, ..]) && !is_time(first);
    let joins =
        |joint: Joint| groups.list[first + 1..=last].iter().filter(|group| group.joint == joint).count();
    // 1.234.567.890 is an amount: dots between threes.
    let is_amount = joins(Joint::Dot) > 0 && sizes[1..count].iter().all(|&size| size == 3);
    // 192.168.1.254 is the address of a machine, 954.21.83.70 is not.
    let is_byte = |group| {
        groups.digits(group, group).iter().fold(0_u32, |sum, &digit| sum * 10 + u32::from(digit)) < 256
    };
    let is_machine = joins(Joint::Dot) == 3 && count == 4 && (first..=last).all(is_byte);
    ((9..=12).contains(&digits.len()) || is_eight)
        && (2..=5).contains(&count)
        && sizes[count - 1] >= 2
        && sizes.iter().any(|&size| size >= 3)
        && digits[0] != 0
        && joins(Joint::Slash) <= 1
        && !has_year
        && !is_amount
        && !is_machine
}

/// Whether a number with the national 0 in front is laid out as in the Netherlands, Belgium, Germany, France, Italy or
/// Great Britain: an area of 2 to 5 digits, then groups of at least 2 with one sort of joint between them.
fn is_trunk_form(digits: &[u8], sizes: [u8; 8], joints: &Joints) -> bool {
    let mut rest = sizes[2..].iter().take_while(|&&size| size > 0);
    // "07.02.2024": a year among them makes it a date.
    let is_date =
        matches!(sizes, [2, 2, 4, ..]) && joints.first == joints.rest && joints.first != Some(Joint::Space);
    // 0900-1234 is a service.
    let is_short_service = digits.len() == 8 && matches!(digits[..4], [0, 8 | 9, 0, 0]);
    digits.len() >= 8
        && digits[1] != 0
        && !is_short_service
        && (2..=5).contains(&sizes[0])
        && rest.all(|&size| size >= 2)
        && joints.is_even
        && (!matches!(joints.rest, Some(Joint::Slash | Joint::Paren))
            || (joints.are_all(Joint::Slash) && matches!(sizes, [2, 2, 2, 2, 2, 0, ..])))
        // Dots stand everywhere or nowhere, or behind the area's slash or hyphen, as in Belgium.
        && (joints.first == Some(Joint::Slash)
            || (joints.first == Some(Joint::Hyphen) && matches!(sizes, [_, 2 | 3, 2, 2, 0, ..]))
            || (joints.first == Some(Joint::Dot)) == (joints.rest.or(joints.first) == Some(Joint::Dot)))
        && !is_date
}

/// Whether a run of digits without any sign is a telephone number.
fn is_bare(cells: &Cells<'_>, start: usize, end: usize, digits: &[u8]) -> bool {
    let is_own = match *digits {
        // Netherlands and France: 06 and 8 more; France 07 likewise.
        [0, 6 | 7, d, ..] if digits.len() == 10 => d != 0 || digits[1] == 6,
        // Belgium and Australia: 04; Ireland: 08 and a digit of an operator.
        [0, 4, ..] | [0, 8, 3 | 5 | 6 | 7 | 9, ..] if digits.len() == 10 => true,
        // Great Britain: 07 and 9 more; Germany 015, 016, 017.
        [0, 7, 1..=9, ..] | [0, 1, 5..=7, ..] if digits.len() == 11 => true,
        _ => false,
    };
    if !has_variety(digits) {
        return false;
    }
    // Of a link only the number that it calls is in prose.
    let is_called = start > 0 && cells.zone(start - 1) == Zone::Path;
    if is_called {
        return (8..=15).contains(&digits.len());
    }
    let sense = || cue::phone(cells, start, end);
    if is_own {
        return sense() != Some(Sense::Other);
    }
    let is_of = |countries: &[(&[u8], usize, usize)]| {
        countries.iter().any(|(code, fewest, most)| {
            code.len() > 1
                && digits.starts_with(code)
                && (code.len() + fewest..=code.len() + most).contains(&digits.len())
        })
    };
    let is_plausible = match *digits {
        [0, 1..=9, ..] => (9..=12).contains(&digits.len()),
        [2..=9, _, _, 2..=9, ..] | [3, ..] if digits.len() == 10 => true,
        [1, 2..=9, ..] if digits.len() == 11 => true,
        [2 | 6..=9, ..] if digits.len() == 9 => true,
        _ => is_of(&COUNTRIES),
    };
    // Mexico, and Brazil with its area: plausible only where one speaks of a telephone.
    let is_said = match *digits {
        [2..=9, ..] if digits.len() == 10 => true,
        [1..=9, 1..=9, 9, ..] if digits.len() == 11 => true,
        _ => is_of(&FAR),
    };
    (is_plausible && matches!(sense(), Some(Sense::Phone | Sense::Number)))
        || (is_said && sense() == Some(Sense::Phone))
}

fn says_phone(cells: &Cells<'_>, groups: &Groups, first: usize, last: usize) -> bool {
    cue::phone(cells, groups.list[first].start, groups.list[last].end) == Some(Sense::Phone)
}
