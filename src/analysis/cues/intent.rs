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

/// Feeling below which a post speaks badly. Of 35 posts of our own lists with both and no other intent, 25 vent; from 0.3
/// and 0 on, as it was before, it was 21 of 38.
const SORE: f32 = -0.1;

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
    // Who warns others of a trap wants nothing of the brand in whose name it is laid.
    let warning = first(Cue::Phishing).filter(|_| is_about_a_brand);
    if let Some(found) = warning.filter(|_| !heard.is_asking && !is_personal && first(Cue::Help).is_none()) {
        return (Intent::Remark, Some(found));
    }
    // What was learned takes some offers for complaints; who suffers says "I" or what went wrong.
    let is_suffered = is_complaint && (is_personal || first(Cue::Failure).is_some());
    if let Some(found) = first(Cue::Offer).or_else(|| first(Cue::Spam).filter(|_| !is_suffered)) {
        return (Intent::Spam, Some(found));
    }
    if let Some(found) = first(Cue::Alternative) {
        return (Intent::AskingForAlternative, Some(found));
    }
    if let Some(leaving) = leaving {
        return (Intent::AnnouncingSwitch, Some(leaving.said));
    }
    let told = first(Cue::News).or(first(Cue::Advert));
    // "Thank you for the call today" advertises nothing.
    let can_be_news = !is_personal && heard.context.kind != Kind::Review && first(Cue::Praise).is_none();
    if let Some(found) = told.filter(|_| can_be_news && (!is_complaint || has_link(heard))) {
        return (Intent::News, Some(found));
    }
    if let Some(found) = first(Cue::Help) {
        return (Intent::AskingForHelp, Some(found));
    }
    let asked = first(Cue::Ask);
    let is_asking = (heard.is_asking || first(Cue::Ask).is_some()) && first(Cue::Rhetorical).is_none();
    if is_complaint {
        return if is_asking && (is_personal || asked.is_some()) {
            (Intent::AskingForHelp, asked)
        } else {
            (Intent::Venting, first(Cue::Failure))
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
    if let Some(found) = heard.grievance() {
        return (Intent::Venting, Some(found));
    }
    let praise = first(Cue::Praise);
    if (praise.is_some() && heard.context.sentiment >= 0.0) || heard.context.sentiment >= PRAISING {
        return (Intent::Praise, praise);
    }
    if can_be_news && is_headline(heard) {
        return (Intent::News, None);
    }
    if heard.context.complaint >= DOUBTFUL
        && heard.context.sentiment < SORE
        && is_about_a_brand
        && praise.is_none()
        && warning.is_none()
    {
        return (Intent::Venting, first(Cue::Failure));
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
