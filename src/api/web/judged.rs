//! How is it shown what was judged of a post? A line of words that each open the posts of their kind, and the post's own
//! words that led to them.

use super::address::{address, narrowed};
use crate::api::ask::Filters;
use crate::api::judgement::{EvidenceAnswer, JudgementAnswer};
use crate::model::{CaseId, Condition, Flag, Range};
use crate::store::Market;

/// What was judged of one post.
pub(super) struct JudgedView {
    /// Each opens the posts of the question that were judged alike.
    pub(super) words: Vec<Word>,
    /// What was judged, and the post's words for it.
    pub(super) reasons: Vec<(String, String)>,
    /// Where the posts stand that say the same.
    pub(super) case: String,
}

pub(super) struct Word {
    pub(super) text: String,
    pub(super) href: String,
    /// What else there is to say of it.
    pub(super) title: String,
    pub(super) class: &'static str,
}

pub(super) fn judged_view(
    judgement: &JudgementAnswer,
    corrected: &[String],
    case: CaseId,
    (title, text): (Option<&str>, &str),
    filters: &Filters,
    market: &Market,
) -> JudgedView {
    let link = |condition| address("/", &narrowed(filters, condition), &[]);
    let is_human = |aspect: &str| corrected.iter().any(|name| name == aspect);
    let word = |text: String, condition, title: &str, class| Word {
        text,
        href: link(condition),
        title: title.to_owned(),
        class,
    };
    let mut words = Vec::new();
    let complaint = judgement.complaint;
    if complaint.verdict {
        let sure = format!("{:.0} % sure", complaint.probability * 100.0);
        let sure = if is_human("complaint") { "A person said so" } else { &sure };
        words.push(word("complaint".to_owned(), Condition::Complaint(true), sure, "complaint"));
        if let Some(severity) = judgement.severity.and_then(|severity| severity.parse().ok()) {
            let condition = Condition::Severity(Range::new(Some(severity), Some(severity)));
            words.push(word(said(severity.as_str()), condition, "How bad it is", ""));
        }
    } else if is_human("complaint") {
        words.push(word("no complaint".to_owned(), Condition::Complaint(false), "A person said so", ""));
    }
    if let Ok(intent) = judgement.intent.parse() {
        words.push(word(said(judgement.intent), Condition::Intent(intent), "What the writer wants", ""));
    }
    if let Some(target) = &judgement.target {
        let name = market.name_of(target.as_str()).to_owned();
        let title = "The brand that is complained about, or left";
        words.push(word(format!("about {name}"), Condition::Target(target.to_string()), title, ""));
    }
    for signal in judgement.signals.iter().filter_map(|signal| signal.parse().ok()) {
        let condition = Condition::Signal(Some(signal));
        words.push(word(said(signal.as_str()), condition, "Asks for somebody's attention", "signal"));
    }
    if !corrected.is_empty() {
        let title = format!("By a person: {}", corrected.join(", "));
        words.push(word("corrected".to_owned(), Condition::Is(Flag::Corrected), &title, "human"));
    }
    let reasons = judgement
        .evidence
        .iter()
        .map(|evidence| {
            let of = said(evidence.of.strip_prefix("signal:").unwrap_or(&evidence.of));
            (of, quoted(evidence, if evidence.part.is_some() { title.unwrap_or("") } else { text }))
        })
        .collect();
    JudgedView {
        words,
        reasons,
        case: address("/", &narrowed(&Filters::default(), Condition::Case(case)), &[]),
    }
}

/// The value as people write it.
fn said(value: &str) -> String {
    value.replace('-', " ")
}

fn quoted(evidence: &EvidenceAnswer, text: &str) -> String {
    text.chars().skip(evidence.start).take(evidence.end.saturating_sub(evidence.start)).collect()
}
