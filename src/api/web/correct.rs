//! How does a person say on the page that a judgement is wrong? A small form on each post; what is left as it is says nothing.

use super::address::under;
use super::form::Choice;
use crate::api::answer::PostAnswer;
use crate::api::corrections::Word;
use crate::model::{Intent, Severity};
use crate::store::Market;

/// The form of one post.
pub(super) struct CorrectForm {
    /// Where it goes.
    pub(super) action: String,
    pub(super) fields: Vec<CorrectField>,
    /// Shown without being asked for.
    pub(super) is_open: bool,
}

/// One judgement, as it is and as it could be.
pub(super) struct CorrectField {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// The first says nothing: it is as it is.
    pub(super) choices: Vec<Choice>,
}

/// The value of a field that takes the last word on it back.
const UNDO: &str = "undo";

/// Brands that are offered at most, those of the post first.
const BRANDS: usize = 30;

/// The form of `post`.
pub(super) fn correct_form(post: &PostAnswer, market: &Market) -> CorrectForm {
    let judgement = &post.judgement;
    let field = |name: &'static str, label, now: &str, offered: Vec<(String, String)>| {
        let is_corrected = post.corrected.iter().any(|aspect| aspect == name);
        let shown = offered.iter().find(|(value, _)| value == now).map_or(now, |(_, label)| label);
        let who = if is_corrected { ", a person said" } else { "" };
        let mut choices = vec![choice("", &format!("{shown}{who}"))];
        choices.extend(
            offered.iter().filter(|(value, _)| value != now).map(|(value, label)| choice(value, label)),
        );
        if is_corrected {
            choices.push(choice(UNDO, "take back what was said"));
        }
        CorrectField { name, label, choices }
    };
    let plain = |value: &str| (value.to_owned(), value.replace('-', " "));
    let none = || ("none".to_owned(), "none".to_owned());
    let verdict = if judgement.complaint.verdict { "yes" } else { "no" };
    let severities = Severity::ALL.iter().map(|severity| plain(severity.as_str())).chain([none()]);
    let intents = Intent::ALL.iter().map(|intent| plain(intent.as_str()));
    let target = judgement.target.as_ref().map_or("none", |target| target.as_str());
    let mut brands: Vec<&str> = Vec::new();
    let own = judgement.target.iter().chain(&post.brands).chain(&post.mentions).chain(&post.directed);
    for brand in own.chain(market.brands.iter().map(|brand| &brand.id)) {
        if brands.len() < BRANDS && !brands.contains(&brand.as_str()) {
            brands.push(brand.as_str());
        }
    }
    let brands = brands.into_iter().map(|id| (id.to_owned(), market.name_of(id).to_owned())).chain([none()]);
    CorrectForm {
        action: under("/posts/", &post.id),
        is_open: false,
        fields: vec![
            field("complaint", "Complaint", verdict, vec![plain("yes"), plain("no")]),
            field("severity", "Severity", judgement.severity.unwrap_or("none"), severities.collect()),
            field("intent", "Intent", judgement.intent, intents.collect()),
            field("target", "About", target, brands.collect()),
        ],
    }
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), note: String::new(), is_chosen: false }
}

/// What was said in a form, and where the person wants to go back to.
pub(super) fn read(body: &[u8]) -> (Word, Option<String>) {
    let (mut word, mut back) = (Word::default(), None);
    for (name, value) in form_urlencoded::parse(body).into_owned().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "back" => back = Some(value),
            "by" => word.by = Some(value),
            "note" => word.note = Some(value),
            _ if value == UNDO => word.undo.push(name),
            _ => word.said.push((name, value)),
        }
    }
    (word, back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_as_it_is_says_nothing() {
        let (word, back) =
            read(b"complaint=no&severity=&intent=undo&target=&by=Ann&note=&back=%2F%3Fq%3Dlate%23post-3");
        assert_eq!(word.said, [("complaint".to_owned(), "no".to_owned())]);
        assert_eq!(word.undo, ["intent"]);
        assert_eq!((word.by.as_deref(), word.note), (Some("Ann"), None));
        assert_eq!(back.as_deref(), Some("/?q=late#post-3"));
    }
}
