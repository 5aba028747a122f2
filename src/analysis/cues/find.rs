//! Where do the phrases of a language stand in a text? One walk over its words.
//!
//! A phrase stays within its sentence, but for emoji and hashtags, which people put behind the full stop.

use std::ops::Range;

use super::phrases::{Choice, Cue, Ending, MOST_REPEATED, Rule, Slot, Start, Step, Table, trace};
use crate::analysis::brands::Place;
use crate::analysis::reading::{Reading, Word};
use crate::text::TokenKind;

/// How many words before a phrase a negation reaches it: `no real safety issue`.
const NEGATION_REACH: usize = 3;

/// A phrase that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) cue: Cue,
    /// Its words, by number in the reading.
    pub(super) words: Range<usize>,
    pub(super) is_in_title: bool,
    /// The brands in its slots, by number in [`Named::mentions`](crate::analysis::brands::Named::mentions).
    pub(super) slots: Slots,
    /// Its sentence ends with a question mark.
    pub(super) is_asked: bool,
    is_exception: bool,
}

impl Found {
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.is_in_title == other.is_in_title
            && self.words.start < other.words.end
            && other.words.start < self.words.end
    }
}

/// The brands of a phrase.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) from: Option<usize>,
    pub(super) to: Option<usize>,
}

/// A word as the phrases see it.
#[derive(Debug, Clone, Copy)]
struct Seen {
    id: u16,
    /// The place that begins here, and the first word after it.
    brand: Option<(usize, usize)>,
    is_number: bool,
    /// Cannot be reached from the word before.
    is_cut: bool,
    /// A comma or dash stands before it.
    is_after_comma: bool,
}

/// A text that phrases are looked for in.
pub(super) struct Finder<'a> {
    table: &'a Table,
    reading: &'a Reading<'a>,
    seen: Vec<Seen>,
    /// The [`trace`]s of all its words.
    traces: u128,
    has_brand: bool,
}

impl<'a> Finder<'a> {
    /// Looks up the words of `reading`; `places` are those of this text, in order.
    pub(super) fn new(table: &'a Table, reading: &'a Reading<'a>, places: &[Place]) -> Self {
        let mut places = places.iter().peekable();
        let mut last_end = 0;
        let mut seen = Vec::with_capacity(reading.words.len());
        for (at, word) in reading.words.iter().enumerate() {
            while places.next_if(|place| place.start < word.start).is_some() {}
            let place = places.peek().filter(|place| place.start < word.end);
            let brand = place.map(|place| {
                let rest = &reading.words[at..];
                (place.brand, at + rest.iter().take_while(|word| word.start < place.end).count())
            });
            let between = &reading.text.as_bytes()[last_end.min(word.start)..word.start];
            last_end = word.end;
            seen.push(Seen {
                id: table.id(reading.folded(word), word.key),
                brand,
                is_number: word.kind == TokenKind::Number,
                is_cut: word.is_after_break && !matches!(word.kind, TokenKind::Emoji | TokenKind::Hashtag),
                is_after_comma: between.iter().any(|byte| matches!(byte, b',' | b'-')),
            });
        }
        let traces = seen.iter().fold(0, |traces, seen: &Seen| traces | trace(seen.id));
        let has_brand = seen.iter().any(|seen| seen.brand.is_some());
        Self { table, reading, seen, traces, has_brand }
    }

    /// Adds what is found to `out`, in the order of the text.
    pub(super) fn find(&self, is_in_title: bool, out: &mut Vec<Found>) {
        let first = out.len();
        for (at, seen) in self.seen.iter().enumerate() {
            self.try_all(self.table.beginning_with_word(seen.id), at, is_in_title, out);
            if seen.brand.is_some() {
                self.try_all(self.table.beginning_with_brand(), at, is_in_title, out);
            }
            if seen.is_number {
                self.try_all(self.table.beginning_with_number(), at, is_in_title, out);
            }
        }
        if out[first..].iter().any(|found| found.is_exception) {
            let exceptions: Vec<Found> =
                out[first..].iter().filter(|found| found.is_exception).cloned().collect();
            let is_excepted = |found: &Found| {
                exceptions.iter().any(|exception| exception.cue == found.cue && exception.overlaps(found))
            };
            let kept: Vec<Found> = out.drain(first..).filter(|found| !is_excepted(found)).collect();
            out.extend(kept);
        }
    }

    fn try_all(&self, starts: &[Start], at: usize, is_in_title: bool, out: &mut Vec<Found>) {
        // Behind the last word there is none, and only what needs none goes on.
        let next = self.seen.get(at + 1).map_or(0, |seen| trace(seen.id));
        for start in starts {
            if start.next != u128::MAX && start.next & next == 0 {
                continue;
            }
            // A rule without any word to need has all bits; an empty text is never walked.
            if start.needs.iter().any(|needs| needs & self.traces == 0)
                || (start.needs_brand && !self.has_brand)
            {
                continue;
            }
            let rule = self.table.rule(start.rule);
            if rule.begins_sentence && !self.begins_sentence(at) {
                continue;
            }
            let mut slots = Slots::default();
            let Some(end) = self.walk(rule, 0, at, at, &mut slots) else { continue };
            if rule.is_guarded && self.is_negated(at) {
                continue;
            }
            let is_asked = self.is_asked(end);
            out.push(Found {
                cue: rule.cue,
                words: at..end,
                is_in_title,
                slots,
                is_asked,
                is_exception: rule.is_exception,
            });
        }
    }

    /// Matches the steps of `rule` from number `step` on at word `at`; returns the word after the last.
    fn walk(&self, rule: &Rule, step: usize, first: usize, at: usize, slots: &mut Slots) -> Option<usize> {
        let Some((what, is_optional)) = rule.steps.get(step) else {
            return self.ends(rule, at).then_some(at);
        };
        let can_go_on = |at: usize| self.seen.get(at).is_some_and(|seen| at == first || !seen.is_cut);
        match what {
            Step::Gap { most, crosses_negation } => {
                for at in at..=at + most {
                    if let Some(end) = self.walk(rule, step + 1, first, at, slots) {
                        return Some(end);
                    }
                    if !can_go_on(at) || (!crosses_negation && self.table.is_negation(self.seen[at].id)) {
                        return None;
                    }
                    // `Not with me, I leave` does not say that somebody stays.
                    let keeps_to_clause = rule.cue == Cue::Stay && !rule.is_exception && !crosses_negation;
                    if keeps_to_clause && self.seen[at].is_after_comma {
                        return None;
                    }
                }
                None
            }
            Step::Many(words) => {
                let takes = |at: &usize| can_go_on(*at) && words.binary_search(&self.seen[*at].id).is_ok();
                let most = (at..at + MOST_REPEATED).take_while(takes).count();
                (0..=most).rev().find_map(|taken| self.walk(rule, step + 1, first, at + taken, slots))
            }
            Step::One(choice) => {
                let before = *slots;
                if can_go_on(at)
                    && let Some(next) = self.takes(choice, at, slots)
                    && let Some(end) = self.walk(rule, step + 1, first, next, slots)
                {
                    return Some(end);
                }
                *slots = before;
                if *is_optional { self.walk(rule, step + 1, first, at, slots) } else { None }
            }
        }
    }

    /// The word after what `choice` takes at word `at`.
    fn takes(&self, choice: &Choice, at: usize, slots: &mut Slots) -> Option<usize> {
        let seen = self.seen[at];
        if let (Some(slot), Some((brand, next))) = (choice.brand, seen.brand) {
            match slot {
                Slot::From => slots.from = slots.from.or(Some(brand)),
                Slot::To => slots.to = slots.to.or(Some(brand)),
                Slot::Any => {}
            }
            return Some(next);
        }
        let is_taken = choice.words.binary_search(&seen.id).is_ok() || (choice.is_number && seen.is_number);
        is_taken.then_some(at + 1)
    }

    /// Nothing but handles and emoji stands before it in its sentence.
    fn begins_sentence(&self, at: usize) -> bool {
        let words = &self.reading.words;
        let mut at = at;
        loop {
            if words[at].is_after_break || at == 0 {
                return true;
            }
            at -= 1;
            if !is_beside_text(&words[at]) {
                return false;
            }
        }
    }

    fn ends(&self, rule: &Rule, at: usize) -> bool {
        match rule.ending {
            Ending::Any => true,
            Ending::Question => self.is_asked(at),
            Ending::Sentence => {
                let rest = &self.reading.words[at.min(self.reading.words.len())..];
                let next = rest.iter().find(|word| word.is_after_break || !is_beside_text(word));
                next.is_none_or(|word| word.is_after_break)
            }
        }
    }

    /// The sentence that word `end - 1` stands in ends with a question mark.
    pub(super) fn is_asked(&self, end: usize) -> bool {
        let words = &self.reading.words;
        let Some(last) = end.checked_sub(1) else { return false };
        let until = (last + 1..words.len()).find(|at| words[*at].is_after_break).unwrap_or(words.len());
        let from = words.get(until.saturating_sub(1)).map_or(0, |word| word.end);
        let to = words.get(until).map_or(self.reading.text.len(), |word| word.start);
        self.reading.text.as_bytes().get(from..to).is_some_and(|between| between.contains(&b'?'))
    }

    fn is_negated(&self, at: usize) -> bool {
        let mut here = at;
        for _ in 0..NEGATION_REACH {
            if here == 0 || self.seen[here].is_cut || self.seen[here].is_after_comma {
                return false;
            }
            here -= 1;
            let id = self.seen[here].id;
            if self.table.is_joint(id) {
                return false;
            }
            if self.table.is_negation(id) {
                return true;
            }
        }
        false
    }
}

/// What stands beside the sentences of a post: whom it is for, what it is about, how it feels.
fn is_beside_text(word: &Word) -> bool {
    matches!(word.kind, TokenKind::Handle | TokenKind::Hashtag | TokenKind::Emoji | TokenKind::Link)
}
