//! Does the writer leave a brand, and for which?

use super::Heard;
use super::find::Found;
use super::phrases::Cue;
use crate::model::BrandId;

/// A switch that the writer announces.
#[derive(Debug)]
pub(super) struct Leaving<'h> {
    /// The words that say so.
    pub(super) said: &'h Found,
    pub(super) from: Option<BrandId>,
    pub(super) to: Option<BrandId>,
    /// It has happened: there is nobody left to keep.
    pub(super) is_over: bool,
    /// Nothing is announced, only asked how it is done.
    pub(super) is_only_asked: bool,
}

/// The switch that `heard` announces. A switch that is only advised to others, or denied, is none.
pub(super) fn leaving<'h>(heard: &'h Heard) -> Option<Leaving<'h>> {
    let said: Vec<&Found> = [Cue::Leave, Cue::Left, Cue::MayLeave, Cue::Join, Cue::HowToLeave]
        .into_iter()
        .flat_map(|cue| heard.all(cue))
        .filter(|found| !heard.all(Cue::Stay).any(|stay| heard.are_together(stay, found)))
        // `Should I switch to Ziggo?` asks, and announces nothing.
        .filter(|found| !heard.all(Cue::Alternative).any(|asked| asked.is_asked && asked.overlaps(found)))
        .collect();
    // With its brands if any of them names some: `I quit. I'm leaving KPN` is about KPN.
    let first = *said.first()?;
    // `Thinking of a move to Ziggo` leaves nobody, though it begins as `thinking of leaving Ziggo` does.
    let may = |found: &&&Found| found.cue == Cue::MayLeave;
    let is_gone_to = |found: &Found, brand: usize| {
        let mut thought = said.iter().filter(may);
        thought.any(|to| to.slots.from.is_none() && to.slots.to == Some(brand) && to.overlaps(found))
    };
    let left = |found: &&Found| {
        let is_thought = found.cue == Cue::MayLeave;
        found.slots.from.filter(|brand| !is_thought || !is_gone_to(found, *brand))
    };
    let from = said.iter().find_map(left);
    let named_to = said.iter().filter_map(|found| found.slots.to).find(|to| Some(*to) != from);
    let to = match named_to.map(|to| heard.brand(to).clone()) {
        None if heard.first(Cue::ToYou).is_some() => spoken_to(heard, from.map(|from| heard.brand(from))),
        to => to,
    };
    let from = match from {
        Some(from) => Some(heard.brand(from).clone()),
        None => left_behind(heard, first, to.as_ref()),
    };
    // Who has gone goes nowhere any more: `I left KPN, now with Ziggo`. In Dutch the words of a plan stand in those of what
    // was done: `we zijn van KPN naar Ziggo overgestapt`.
    let is_done = |found: &Found| {
        matches!(found.cue, Cue::Left | Cue::Join) || heard.all(Cue::Left).any(|left| left.overlaps(found))
    };
    let is_over = said.iter().all(|found| is_done(found)) && said.iter().any(|found| found.cue == Cue::Left);
    let is_how = |found: &Found| heard.all(Cue::HowToLeave).any(|how| how.overlaps(found));
    let is_only_asked = said.iter().all(|found| is_how(found));
    Some(Leaving { said: first, from, to, is_over, is_only_asked })
}

/// The brand that `you` means, where another one is left.
fn spoken_to(heard: &Heard, from: Option<&BrandId>) -> Option<BrandId> {
    let named = heard.context.named;
    let candidates = if named.directed.is_empty() { &named.mentions } else { &named.directed };
    let mut candidates = candidates.iter().filter(|brand| Some(*brand) != from);
    let only = candidates.next();
    only.filter(|_| candidates.next().is_none()).cloned()
}

/// The brand that is left, where no phrase has it: who is spoken to, else the only other brand, else the last one
/// named before the words that say so.
fn left_behind(heard: &Heard, said: &Found, to: Option<&BrandId>) -> Option<BrandId> {
    let context = heard.context;
    let is_praised = |brand: &BrandId| {
        heard.all(Cue::Compare).filter_map(|found| found.slots.to).any(|better| heard.brand(better) == brand)
    };
    let can_be = |brand: &&BrandId| Some(*brand) != to && !is_praised(brand);
    if let Some(brand) = context.named.directed.iter().find(can_be) {
        return Some(brand.clone());
    }
    let others: Vec<&BrandId> = context.named.mentions.iter().filter(can_be).collect();
    match others[..] {
        [] if context.named.mentions.is_empty() => match context.about {
            [only] if Some(only) != to => Some(only.clone()),
            _ => None,
        },
        [] => None,
        [only] => Some(only.clone()),
        [first, ..] => {
            let start = heard.reading(said.is_in_title).range(said.words.clone()).start;
            let before = context.named.places.iter().rev().find(|place| {
                place.is_in_title == said.is_in_title
                    && place.start < start
                    && others.contains(&heard.brand(place.brand))
            });
            Some(before.map_or(first, |place| heard.brand(place.brand)).clone())
        }
    }
}
