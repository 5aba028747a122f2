//! Of several brands in a post, which one is complained about, or left?

use super::Heard;
use super::phrases::Cue;
use super::switch::Leaving;
use crate::model::{Aspect, BrandId, Evidence, Intent};

/// Weights, in the order of how telling a sign is. Set by hand on sentences of our own.
const BLAMED: i32 = 40;
const SPOKEN_TO: i32 = 12;
const PRAISED: i32 = -40;
/// What a failure beside a brand adds; each word between them takes one away.
const NEAR_FAILURE: i32 = 14;
/// A failure of another sentence counts less.
const OTHER_SENTENCE: i32 = 8;

/// The target, if the post is a complaint, is meant as one, or announces that a brand is left.
pub(super) fn target(heard: &Heard, leaving: Option<&Leaving>, intent: Intent) -> Option<BrandId> {
    if let Some(leaving) = leaving.filter(|leaving| !leaving.is_only_asked)
        && let Some(from) = &leaving.from
    {
        // Who regrets a switch blames the brand they went to.
        let regretted =
            leaving.to.as_ref().filter(|to| leaving.is_over && fails(heard, to) && !fails(heard, from));
        return Some(regretted.unwrap_or(from).clone());
    }
    // Who asks for another provider than this one has had enough of this one.
    if let Some(number) = heard.all(Cue::Alternative).find_map(|found| found.slots.from) {
        return Some(heard.brand(number).clone());
    }
    let is_aggrieved = match intent {
        // Who asks a brand to act has something to blame it for.
        Intent::Venting | Intent::AskingForHelp => true,
        Intent::AskingForAlternative => heard.first(Cue::Failure).is_some() || heard.grievance().is_some(),
        _ => false,
    };
    // Nobody is to blame for a trap that others lay in their name, nor for an offer.
    let is_blameless = match intent {
        Intent::Spam => true,
        Intent::Remark | Intent::Question => heard.first(Cue::Phishing).is_some(),
        Intent::News => heard.first(Cue::Failure).is_none(),
        _ => false,
    };
    if is_blameless || (!heard.is_complaint() && !is_aggrieved) {
        return None;
    }
    let named = heard.context.named;
    let gone_to = leaving.and_then(|leaving| leaving.to.as_ref());
    match &named.mentions[..] {
        [] => match heard.context.about {
            [only] => Some(only.clone()),
            _ => None,
        },
        mentions => {
            let score = |number: usize| score(heard, number, gone_to);
            // The first of equals: the order of the watchlist is no reason, the order of the text is.
            let mut order: Vec<usize> = Vec::with_capacity(mentions.len());
            for place in named.places.iter().filter(|place| place.brand < mentions.len()) {
                if !order.contains(&place.brand) {
                    order.push(place.brand);
                }
            }
            let best = order
                .into_iter()
                .map(|number| (score(number), number))
                .reduce(|best, next| if next.0 > best.0 { next } else { best })?;
            // Who vents of one brand alone means it, with whatever praise.
            let is_alone = mentions.len() == 1 && intent == Intent::Venting && gone_to.is_none();
            (best.0 > PRAISED / 2 || (is_alone && heard.is_complaint())).then(|| mentions[best.1].clone())
        }
    }
}

/// A failure is said of `brand` itself.
fn fails(heard: &Heard, brand: &BrandId) -> bool {
    heard.all(Cue::Failure).filter_map(|found| found.slots.from).any(|number| heard.brand(number) == brand)
}

fn score(heard: &Heard, number: usize, gone_to: Option<&BrandId>) -> i32 {
    let brand = heard.brand(number);
    let mut score = 0;
    if heard.context.named.directed.contains(brand) {
        score += SPOKEN_TO;
    }
    if gone_to == Some(brand) {
        score += PRAISED;
    }
    for found in
        heard.found.iter().filter(|found| matches!(found.cue, Cue::Compare | Cue::Praise | Cue::Failure))
    {
        if found.slots.from == Some(number) {
            score += BLAMED;
        }
        if found.slots.to == Some(number) {
            score += PRAISED;
        }
    }
    score + nearest_failure(heard, number)
}

/// How near the nearest failure stands to a place of the brand.
fn nearest_failure(heard: &Heard, number: usize) -> i32 {
    let mut best = 0;
    for place in heard.context.named.places.iter().filter(|place| place.brand == number) {
        let words = &heard.reading(place.is_in_title).words;
        let at = words.partition_point(|word| word.end <= place.start);
        for failure in heard.all(Cue::Failure).filter(|failure| failure.is_in_title == place.is_in_title) {
            let (from, to) =
                if failure.words.start >= at { (at, failure.words.start) } else { (failure.words.end, at) };
            let between = words.get(from + 1..=to).unwrap_or_default();
            let mut near =
                NEAR_FAILURE - i32::try_from(between.len()).unwrap_or(NEAR_FAILURE).min(NEAR_FAILURE);
            if between.iter().any(|word| word.is_after_break) {
                near -= OTHER_SENTENCE;
            }
            best = best.max(near);
        }
    }
    best
}

/// Where the target is named first.
pub(super) fn evidence(heard: &Heard, target: &BrandId) -> Option<Evidence> {
    let named = heard.context.named;
    let place = named.places.iter().find(|place| named.mentions.get(place.brand) == Some(target))?;
    Some(Evidence { of: Aspect::Target, is_in_title: place.is_in_title, start: place.start, end: place.end })
}
