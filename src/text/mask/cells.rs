//! How is a text laid out so that the scanners need not know of scripts, widths and hidden characters?
//!
//! As a row of cells: one for each character that shows, its plain form beside its place. Digits of all scripts become
//! `0` to `9`, hyphens `-`, spaces a space; characters without width are left out, so `06<zero width space>12` is `0612`.

use crate::model::{Mask, MaskKind};

use super::cue;

/// What no scanner reads past: a placeholder, or what an earlier stage took. Not a character, so no text means it.
pub(super) const WALL: char = '\u{FDD0}';
/// A wall where a telephone number was: the next number may be one as well.
pub(super) const PHONE_WALL: char = '\u{FDD1}';

/// One character that shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Its plain form.
    pub(super) ch: char,
    /// Where in a link it stands, if in one.
    pub(super) zone: Zone,
    /// Its first byte in the text.
    at: usize,
}

/// Where in a link a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// In no link.
    Prose,
    /// In the scheme or the host.
    Host,
    /// Behind the host.
    Path,
}

/// A text as cells.
pub(super) struct Cells<'a> {
    text: &'a str,
    row: Vec<Cell>,
    digits: usize,
}

/// A run of digits outside links.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// Cell range.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Range in [`Groups::digits`].
    pub(super) first: usize,
    pub(super) last: usize,
    /// What joins it to the group before.
    pub(super) joint: Joint,
    /// What does so as it is written, among loose groups.
    pub(super) written: Joint,
}

/// What stands between two groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// Something that no number has inside.
    Apart,
    Space,
    Hyphen,
    Dot,
    Slash,
    /// Contains a parenthesis.
    Paren,
    /// The end of a line: of a number only among loose groups, as is
    Line,
    /// a comma or an underscore.
    Mark,
}

impl Joint {
    /// Whether what it stands between are parts of nothing.
    pub(super) fn is_apart(self) -> bool {
        matches!(self, Self::Apart | Self::Line | Self::Mark)
    }
}

/// The groups of a text, with all their digits in one row, as values 0 to 9.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) list: Vec<Group>,
    pub(super) digits: Vec<u8>,
    /// Read [loosely](Cells::loose_groups), they have a letter o for a zero,
    pub(super) has_rounds: bool,
    /// or go on behind a line's end, a comma or an underscore.
    pub(super) has_breaks: bool,
}

impl Groups {
    /// The digits of the groups from `first` to `last`, both included.
    pub(super) fn digits(&self, first: usize, last: usize) -> &[u8] {
        &self.digits[self.list[first].first..self.list[last].last]
    }

    /// How many digits a group has.
    pub(super) fn size(&self, group: usize) -> usize {
        self.list[group].last - self.list[group].first
    }

    /// The sizes of the groups from `first` on that together have `count` digits, and the last of them. None if no
    /// group ends there, or they are not joined.
    pub(super) fn sizes(&self, first: usize, count: usize) -> Option<([u8; 8], usize)> {
        let mut sizes = [0; 8];
        let mut sum = 0;
        for (place, size) in sizes.iter_mut().enumerate() {
            let group = self.list.get(first + place)?;
            if place > 0 && group.joint.is_apart() {
                return None;
            }
            let digits = group.last - group.first;
            sum += digits;
            if sum > count {
                return None;
            }
            *size = u8::try_from(digits).unwrap_or(u8::MAX);
            if sum == count {
                return Some((sizes, first + place));
            }
        }
        None
    }
}

impl<'a> Cells<'a> {
    /// Lays out `text`, and marks the links in it.
    pub(super) fn of(text: &'a str) -> Self {
        let mut row = Vec::with_capacity(text.len());
        let mut digits = 0;
        let mut dots = false;
        let mut skip_to = 0;
        for (at, ch) in text.char_indices() {
            if at < skip_to {
                continue;
            }
            let ch = match ch {
                '<' => match placeholder_at(&text[at..]) {
                    Some(kind) => {
                        skip_to = at + kind.placeholder().len();
                        wall(kind)
                    }
                    None => '<',
                },
                _ => match plain(ch) {
                    Some(ch) => ch,
                    None => continue,
                },
            };
            digits += usize::from(ch.is_ascii_digit());
            dots |= ch == '.' || ch == '/';
            row.push(Cell { ch, zone: Zone::Prose, at });
        }
        let mut cells = Self { text, row, digits };
        if dots {
            cells.mark_links();
        }
        cells
    }

    /// How many digits there were at first.
    pub(super) fn digits(&self) -> usize {
        self.digits
    }

    pub(super) fn len(&self) -> usize {
        self.row.len()
    }

    /// The character at `at`; a line end beyond both ends.
    pub(super) fn ch(&self, at: usize) -> char {
        self.row.get(at).map_or('\n', |cell| cell.ch)
    }

    /// The character before `at`.
    pub(super) fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\n', |at| self.ch(at))
    }

    pub(super) fn zone(&self, at: usize) -> Zone {
        self.row.get(at).map_or(Zone::Prose, |cell| cell.zone)
    }

    /// All cells.
    pub(super) fn row(&self) -> &[Cell] {
        &self.row
    }

    /// Takes the cells from `start` to `end` out of the text.
    pub(super) fn take(&mut self, kind: MaskKind, start: usize, end: usize, found: &mut Vec<Mask>) {
        // With what does not show behind it: the frame of a keycap belongs to the digit.
        let end_byte = self.row.get(end).map_or(self.text.len(), |cell| cell.at);
        found.push(Mask { kind, start: self.row[start].at, end: end_byte });
        for cell in &mut self.row[start..end] {
            cell.ch = wall(kind);
        }
    }

    /// Whether a number from `start` to `end` stands on its own: not part of a word, a code, a price or a version.
    pub(super) fn is_free(&self, start: usize, end: usize) -> bool {
        !is_word(self.ch(end)) && self.is_free_but_for_a_letter(start, end)
    }

    /// The same, but a letter may follow at once, as in `09 53 19 05 34nla`, where a line end was lost.
    pub(super) fn is_free_but_for_a_letter(&self, start: usize, end: usize) -> bool {
        let is_sign = |ch| matches!(ch, '.' | ',' | ':' | '-' | '/');
        // A long run beside it is a neighbor of its own, a short one is part of the same thing.
        let is_part = |digits: usize| (1..7).contains(&digits);
        let (before, after) = (self.before(start), self.ch(end));
        let is_in_word = is_word(before) && !(before.is_alphabetic() && cue::is_label(self, start));
        if is_in_word || before == '@' || after == '%' || after == '_' || after.is_ascii_digit() {
            return false;
        }
        let digits_before =
            || (0..start - 1).rev().take(7).take_while(|&at| self.ch(at).is_ascii_digit()).count();
        let digits_after = || {
            let digits = (end + 1..end + 8).take_while(|&at| self.ch(at).is_ascii_digit()).count();
            // In "…-0185,914-555-…" another number follows, not the rest of this one.
            let goes_on = after == ',' && matches!(self.ch(end + 1 + digits), '-' | ' ');
            if goes_on && digits > 1 { 0 } else { digits }
        };
        !(is_sign(before)
            && (is_part(digits_before()) || (before == '-' && self.before(start - 1).is_alphabetic()))
            || is_sign(after)
                && (is_part(digits_after()) || (after == '-' && self.ch(end + 1).is_alphabetic())))
    }

    /// The runs of digits outside links.
    pub(super) fn groups(&self) -> Groups {
        self.read_groups::<false>()
    }

    /// The same with what stands in place of the usual: a line's end for a space, a comma or an underscore for a hyphen, the
    /// letter o for a zero.
    pub(super) fn loose_groups(&self) -> Groups {
        self.read_groups::<true>()
    }

    fn read_groups<const IS_LOOSE: bool>(&self) -> Groups {
        let mut groups = Groups::default();
        let digit = |at| self.digit(at).or_else(|| (IS_LOOSE && self.is_round(at)).then_some(0));
        let mut at = 0;
        while at < self.row.len() {
            if digit(at).is_none() {
                groups.has_rounds |= is_o(self.row[at].ch) && self.is_round(at);
                at += 1;
                continue;
            }
            let (start, first) = (at, groups.digits.len());
            while let Some(digit) = digit(at) {
                groups.digits.push(digit);
                at += 1;
            }
            let written = groups.list.last().map_or(Joint::Apart, |before| self.joint(before.end, start));
            groups.has_breaks |= matches!(written, Joint::Line | Joint::Mark);
            let joint = match written {
                Joint::Line if IS_LOOSE && !self.is_hyphened(start) => Joint::Space,
                Joint::Line | Joint::Mark if IS_LOOSE => Joint::Hyphen,
                written => written,
            };
            groups.list.push(Group { start, end: at, first, last: groups.digits.len(), joint, written });
        }
        groups
    }

    /// The value of the digit at `at`, if one stands there outside links.
    fn digit(&self, at: usize) -> Option<u8> {
        let cell = self.row.get(at)?;
        (cell.zone == Zone::Prose && cell.ch.is_ascii_digit())
            .then(|| u8::try_from(cell.ch).map_or(0, |ch| ch - b'0'))
    }

    /// Whether at `at` stands a letter o beside a digit, and in no word.
    fn is_round(&self, at: usize) -> bool {
        if !self.row.get(at).is_some_and(|cell| is_o(cell.ch) && cell.zone == Zone::Prose) {
            return false;
        }
        let (before, after) = (self.before(at), self.ch(at + 1));
        let is_other = |ch: char| ch.is_alphabetic() && !is_o(ch);
        (before.is_ascii_digit() || after.is_ascii_digit()) && !is_other(before) && !is_other(after)
    }

    /// Whether a hyphen stands before the line's end that leads to `start`.
    fn is_hyphened(&self, start: usize) -> bool {
        let mut at = start;
        while matches!(self.before(at), ' ' | '\n' | '\r') {
            at -= 1;
        }
        self.before(at) == '-'
    }

    fn joint(&self, start: usize, end: usize) -> Joint {
        if end - start > 4 {
            return Joint::Apart;
        }
        let (mut spaces, mut parens, mut lines, mut sign) = (0, 0, 0, None);
        for cell in &self.row[start..end] {
            match (cell.ch, sign) {
                (' ', _) => spaces += 1,
                ('(' | ')' | '[' | ']', _) => parens += 1,
                ('\n', _) => lines += 1,
                ('\r', _) => {}
                ('-', None) => sign = Some(Joint::Hyphen),
                ('.' | '·' | '•', None) => sign = Some(Joint::Dot),
                ('/', None) => sign = Some(Joint::Slash),
                (',' | '_', None) => sign = Some(Joint::Mark),
                _ => return Joint::Apart,
            }
        }
        match sign {
            _ if parens > 2 || spaces > 2 => Joint::Apart,
            None | Some(Joint::Hyphen) if lines == 1 && parens == 0 => Joint::Line,
            _ if lines > 0 => Joint::Apart,
            Some(Joint::Mark) if parens > 0 || spaces > 0 => Joint::Apart,
            _ if parens > 0 => Joint::Paren,
            // A full stop with a space ends a sentence.
            Some(Joint::Dot) if spaces > 0 => Joint::Apart,
            Some(sign) => sign,
            None => Joint::Space,
        }
    }

    /// Marks what is a link: by scheme, by `www.`, or as a host with something behind a slash.
    fn mark_links(&mut self) {
        let mut at = 0;
        while at < self.row.len() {
            let start = match self.ch(at) {
                '/' => self.host_start(at),
                'w' | 'W' if !self.before(at).is_alphanumeric() && self.spells(at, "www.") => Some(at),
                _ => None,
            };
            at = match start {
                Some(start) => self.mark_link(start, at),
                None => at + 1,
            };
        }
    }

    /// Where the link starts whose first slash is at `slash`, if it is one.
    fn host_start(&self, slash: usize) -> Option<usize> {
        let word_start = |end: usize, inside: fn(char) -> bool| {
            let mut start = end;
            while start > 0 && inside(self.ch(start - 1)) {
                start -= 1;
            }
            start
        };
        if self.before(slash) == ':' && self.ch(slash + 1) == '/' {
            let start = word_start(slash - 1, |ch| ch.is_ascii_alphabetic());
            return (start < slash - 1).then_some(start);
        }
        let start = word_start(slash, |ch| ch.is_ascii_alphanumeric() || ch == '.' || ch == '-');
        let host = &self.row[start..slash];
        let dot = host.iter().rposition(|cell| cell.ch == '.')?;
        let top = &host[dot + 1..];
        let is_host = dot > 0 && top.len() >= 2 && top.iter().all(|cell| cell.ch.is_ascii_alphabetic());
        (is_host && self.before(start) != '@').then_some(start)
    }

    /// Marks the link that starts at `start`; `known` is in its host. Returns its end.
    fn mark_link(&mut self, start: usize, known: usize) -> usize {
        let mut at = start;
        let mut zone = Zone::Host;
        let (mut opened, mut calls) = (false, false);
        while at < self.row.len() {
            let ch = self.row[at].ch;
            opened |= ch == '(';
            if ch.is_whitespace() || matches!(ch, '<' | '>' | '"' | '”' | '»') || (ch == ')' && !opened) {
                break;
            }
            let scheme = ch == '/' && (self.before(at) == ':' || (self.before(at) == '/' && at <= known + 1));
            if matches!(ch, '/' | '?' | '#') && !scheme {
                zone = Zone::Path;
            }
            // wa.me/31612345678 and ….com/send?phone=31612345678: whom a link calls is as private as in prose.
            let spells = |word: &str| at.checked_sub(word.len()).is_some_and(|from| self.spells(from, word));
            calls = match ch {
                '/' => spells("wa.me"),
                '=' => spells("phone"),
                '+' | '0'..='9' => calls,
                _ => false,
            };
            self.row[at].zone = if calls && ch.is_ascii_digit() { Zone::Prose } else { zone };
            at += 1;
        }
        at.max(known + 1)
    }

    /// Whether the cells from `at` on spell `word` (given in small ASCII letters), in any case.
    pub(super) fn spells(&self, at: usize, word: &str) -> bool {
        self.row.len() >= at + word.len()
            && word.chars().zip(&self.row[at..]).all(|(ch, cell)| cell.ch.eq_ignore_ascii_case(&ch))
    }
}

/// The plain form of a character. None if it does not show.
pub(super) fn plain(ch: char) -> Option<char> {
    /// The zeros of scripts whose digits people type, each followed by its nine others.
    const ZEROS: [u32; 18] = [
        0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0,
        0xF20, 0x1040, 0x17E0, 0x1810,
    ];
    if ch.is_ascii() {
        return Some(ch);
    }
    let code = u32::from(ch);
    let digit = |value: u32| char::from_digit(value, 10);
    match code {
        // Soft hyphen, zero width and direction marks, variation selectors, the frame of a keycap emoji.
        0xAD
        | 0x180E
        | 0x200B..=0x200F
        | 0x202A..=0x202E
        | 0x2060..=0x2069
        | 0x20E3
        | 0xFE00..=0xFE0F
        | 0xFEFF => None,
        0x2010..=0x2015 | 0x2043 | 0x2212 | 0xFE58 | 0xFE63 => Some('-'),
        0x2215 | 0x2044 => Some('/'),
        // The small letters of "nº" are signs, not the end of a word.
        0xAA | 0xBA => Some('°'),
        0x85 | 0x2028 | 0x2029 => Some('\n'),
        0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0),
        // Mathematical digits: five alphabets, each from zero.
        0x1D7CE..=0x1D7FF => digit((code - 0x1D7CE) % 10),
        // Not characters; they are our walls.
        0xFDD0..=0xFDEF => Some(char::REPLACEMENT_CHARACTER),
        0x660..=0x1819 => {
            let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code));
            Some(zero.and_then(|zero| digit(code - zero)).unwrap_or(ch))
        }
        _ if ch.is_whitespace() => Some(' '),
        _ => Some(ch),
    }
}

fn is_o(ch: char) -> bool {
    matches!(ch, 'o' | 'O')
}

fn wall(kind: MaskKind) -> char {
    if kind == MaskKind::Phone { PHONE_WALL } else { WALL }
}

/// Whether `ch` is part of a word.
pub(super) fn is_word(ch: char) -> bool {
    ch.is_alphanumeric() || ch == '_'
}

/// Whether `ch` is a wall of either sort.
pub(super) fn is_wall(ch: char) -> bool {
    ch == WALL || ch == PHONE_WALL
}

fn placeholder_at(text: &str) -> Option<MaskKind> {
    [MaskKind::Email, MaskKind::Phone, MaskKind::Iban, MaskKind::Card, MaskKind::Citizen]
        .into_iter()
        .find(|kind| text.starts_with(kind.placeholder()))
}
