//! What does the writer want?
//!
//! Asked in the order of what it would cost to miss it: another provider and a switch before help, help before venting;
//! news and advertising only where nobody speaks of themselves.

use super::Heard;
use super::find::Found;
use super::phrases::Cue;
use super::switch::Leaving;
use crate::model::{Intent, Kind};
use crate::text::TokenKind;

/// Feeling from which on a post that asks for nothing is praise although no phrase says so.
const PRAISING: f32 = 0.5;

/// Probability from which on a post that speaks badly of a brand vents, although more likely than not it is none of the
/// complaints that were learned.
const DOUBTFUL: f32 = 0.15;

/// Feeling below which a post speaks badly, where something is said to fail. Of 238 tweets to airlines that nothing else is
/// heard in, 186 are negative.
const SORE: f32 = -0.1;

/// Feeling below which it does where nothing is. Of the posts of our own lists that nothing else was heard in, 10 of 12 vent
/// below it, and 1 of 28 between it and [`SORE`].
const BITTER: f32 = -0.4;

/// Words that a headline has at least, its link among them.
const HEADLINE_WORDS: usize = 5;

/// What the writer wants, with the phrase that says so where there is one.
pub(super) fn intent<'h>(heard: &'h Heard, leaving: Option<&Leaving<'h>>) -> (Intent, Option<&'h Found>) {
    let is_complaint = heard.is_complaint();
    let first = |cue| heard.first(cue);
    if heard.context.kind == Kind::Response {
        return answer_of_a_brand(heard);
    }
    let is_personal = first(Cue::Writer).is_some() || is_to_somebody(heard);
    let is_about_a_brand = !heard.context.named.mentions.is_empty() || !heard.context.about.is_empty();
    // Who warns others of a trap, or asks whether it is one, wants nothing of the brand in whose name it is laid; who lost
    // money in it does.
    let is_harmed = first(Cue::Payment).is_some() || first(Cue::Help).is_some();
    let warning = first(Cue::Phishing).filter(|_| is_about_a_brand && !is_harmed);
    if let Some(found) = warning.filter(|_| !heard.is_asking && !is_personal) {
        return (Intent::Remark, Some(found));
    }
    if warning.is_some()
        && heard.is_asking
        && let Some(found) = heard.all(Cue::Phishing).find(|found| found.is_asked || !is_complaint)
    {
        return (Intent::Question, Some(found));
    }
    // What was learned takes some offers for complaints; who suffers says "I" or what went wrong.
    let is_suffered = is_complaint && (is_personal || first(Cue::Failure).is_some());
    if let Some(found) = first(Cue::Offer).or_else(|| first(Cue::Spam).filter(|_| !is_suffered)) {
        return (Intent::Spam, Some(found));
    }
    if let Some(found) = first(Cue::Alternative) {
        return (Intent::AskingForAlternative, Some(found));
    }
    if let Some(leaving) = leaving.filter(|leaving| !leaving.is_only_asked) {
        return (Intent::AnnouncingSwitch, Some(leaving.said));
    }
    let told = first(Cue::News).or(first(Cue::Advert));
    // "Thank you for the call today" advertises nothing.
    let can_be_news = !is_personal && heard.context.kind != Kind::Review && first(Cue::Praise).is_none();
    // An offer that was learned as a complaint says nothing that went wrong.
    let is_suffering = first(Cue::Failure).is_some() || first(Cue::Sarcasm).is_some() || heard.is_asking;
    let is_offered = heard.all(Cue::Advert).count() > 1 && !is_suffering;
    if let Some(found) = told.filter(|_| can_be_news && (!is_complaint || is_offered || has_link(heard))) {
        return (Intent::News, Some(found));
    }
    // `Where can I cancel?` asks for no more than that.
    let how = first(Cue::HowToLeave).filter(|_| !is_complaint);
    if let Some(found) = heard.all(Cue::Help).find(|help| how.is_none_or(|how| !how.overlaps(help))) {
        return (Intent::AskingForHelp, Some(found));
    }
    let asked = first(Cue::HowToLeave).or_else(|| first(Cue::Ask));
    let is_asking = (heard.is_asking || asked.is_some()) && first(Cue::Rhetorical).is_none();
    if is_complaint {
        return if is_asking && (is_personal || asked.is_some()) {
            (Intent::AskingForHelp, asked)
        } else {
            (Intent::Venting, heard.failure_to_show())
        };
    }
    if is_asking {
        // "Where is my refund?" is no question of somebody to whom nothing happened.
        let is_hurt = is_personal
            && [Cue::Payment, Cue::Privacy, Cue::Failure, Cue::Safety, Cue::Vulnerable]
                .into_iter()
                .any(|cue| first(cue).is_some());
        return (if is_hurt { Intent::AskingForHelp } else { Intent::Question }, asked);
    }
    let praise = first(Cue::Praise).or_else(|| better_one(heard));
    // `They sorted it within the hour, hats off` tells of what went wrong as well.
    let is_glad = praise.is_some() && heard.context.sentiment >= PRAISING;
    if let Some(found) = heard.grievance().filter(|_| !is_glad) {
        return (Intent::Venting, Some(found));
    }
    let failure = first(Cue::Failure);
    // Thanks of somebody who is not hurt are thanks, however they were felt: of 131 such tweets to airlines 111 are positive.
    let is_hurt = failure.is_some() || first(Cue::Vulnerable).is_some();
    let thanked = if is_hurt { 0.0 } else { BITTER };
    if (praise.is_some() && heard.context.sentiment >= thanked) || heard.context.sentiment >= PRAISING {
        return (Intent::Praise, praise);
    }
    if can_be_news && is_headline(heard) {
        return (Intent::News, None);
    }
    let is_sore = heard.context.sentiment < if failure.is_some() { SORE } else { BITTER };
    if heard.context.complaint >= DOUBTFUL
        && is_sore
        && is_about_a_brand
        && praise.is_none()
        && warning.is_none()
    {
        return (Intent::Venting, heard.failure_to_show());
    }
    (Intent::Remark, None)
}

/// A brand that answers asks its customers things, but wants none of what they want.
fn answer_of_a_brand<'h>(heard: &'h Heard) -> (Intent, Option<&'h Found>) {
    match heard.first(Cue::Advert).or_else(|| heard.first(Cue::News)) {
        Some(found) => (Intent::News, Some(found)),
        None => (Intent::Remark, None),
    }
}

/// The words by which one brand is better than another.
fn better_one<'h>(heard: &'h Heard) -> Option<&'h Found> {
    heard.all(Cue::Compare).filter(|found| found.slots.from.is_some()).find(|found| {
        let start = heard.reading(found.is_in_title).range(found.words.clone()).start;
        let mut places = heard.context.named.places.iter();
        let first = places.find(|place| place.is_in_title == found.is_in_title && place.end > start);
        first.is_some_and(|place| found.slots.to == Some(place.brand))
    })
}

/// It answers somebody, or opens with whom it is for.
fn is_to_somebody(heard: &Heard) -> bool {
    let first = heard.context.text.words.first();
    heard.context.kind == Kind::Reply || first.is_some_and(|word| word.kind == TokenKind::Handle)
}

/// A link under words that feel nothing and speak to nobody.
fn is_headline(heard: &Heard) -> bool {
    let words = &heard.context.text.words;
    has_link(heard)
        && words.len() >= HEADLINE_WORDS
        && !words.iter().any(|word| matches!(word.kind, TokenKind::Emoji | TokenKind::Handle))
        && heard.first(Cue::Failure).is_none()
        && heard.first(Cue::Praise).is_none()
}

fn has_link(heard: &Heard) -> bool {
    heard.context.text.words.iter().any(|word| word.kind == TokenKind::Link)
}
