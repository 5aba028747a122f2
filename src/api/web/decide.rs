//! How does a person decide something of a problem on its page? A small form for each decision, all of which
//! `api/decisions.rs` takes.

use super::address::under;
use super::words;
use crate::api::ledger::{EventAnswer, KnownAnswer, ProblemDetail};
use crate::model::ProblemId;
use crate::store::Snapshot;

/// Problems that are offered to merge into.
const OFFERED: usize = 500;

/// What can be decided of one problem.
pub(super) struct DecideForms {
    /// Where all of them go.
    pub(super) action: String,
    pub(super) forms: Vec<DecideForm>,
    /// Ids and names of problems that it can be merged into.
    pub(super) others: Vec<(String, String)>,
}

/// One decision.
pub(super) struct DecideForm {
    pub(super) decision: &'static str,
    pub(super) label: &'static str,
    pub(super) input: Input,
    /// What is sent, or stands in the field already.
    pub(super) value: String,
    pub(super) button: &'static str,
}

/// What is typed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing: the value is sent as it is.
    Nothing,
    Name,
    Text,
    Link,
    Day,
    /// Another problem.
    Problem,
    /// A term, and what the other problem is called.
    Term,
}

/// What can be decided of `found`; `query` is the question that its page answers.
pub(super) fn decide_forms(snapshot: &Snapshot, found: &ProblemDetail, query: &str) -> DecideForms {
    let problem = &found.problem;
    let form = |decision, label, input, value: &str, button| DecideForm {
        decision,
        label,
        input,
        value: value.to_owned(),
        button,
    };
    let typed = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut forms = vec![
        form("rename", "Name", Input::Name, &problem.name, "Rename"),
        form("describe", "What it is", Input::Text, &typed(&problem.description), "Describe"),
        form("link", "Tracked at", Input::Link, &typed(&problem.link), "Link"),
        form("solve", "Solved since", Input::Day, &typed(&problem.solved), "Solve"),
    ];
    if problem.solved.is_some() {
        forms.push(form("solve", "Not solved after all", Input::Nothing, "no", "Not solved"));
    }
    forms.extend([
        form("merge", "Count its posts for", Input::Problem, "", "Merge"),
        form("split", "Part its posts that have", Input::Term, "", "Split"),
        pin(problem),
        hide(problem),
    ]);
    DecideForms { action: address_of(&problem.id, query), forms, others: others(snapshot, &problem.id) }
}

fn pin(problem: &KnownAnswer) -> DecideForm {
    let (label, value, button) = if problem.pinned {
        ("It is kept, whatever a run finds", "no", "Unpin")
    } else {
        ("Keep it, whatever a run finds", "yes", "Pin")
    };
    DecideForm { decision: "pin", label, input: Input::Nothing, value: value.to_owned(), button }
}

fn hide(problem: &KnownAnswer) -> DecideForm {
    let (label, value, button) = match problem.standing {
        "hidden" => ("It is left out", "no", "Show again"),
        _ => ("Leave it out of all lists", "yes", "Hide"),
    };
    DecideForm { decision: "hide", label, input: Input::Nothing, value: value.to_owned(), button }
}

fn others(snapshot: &Snapshot, id: &ProblemId) -> Vec<(String, String)> {
    let ledger = snapshot.ledger();
    let Some(problem) = ledger.problem(id) else { return Vec::new() };
    let others = ledger.shown(problem.meaning).filter(|other| other.id != *id);
    others.take(OFFERED).map(|other| (other.id.to_string(), words::plain(other.name()))).collect()
}

/// Where the form goes that takes an event back; none of what cannot be.
pub(super) fn undo_address(event: &EventAnswer, query: &str) -> Option<String> {
    let can_be = event.undone.is_none() && (!event.by_run || event.what == "merged");
    can_be.then(|| address_of(&event.problem, query))
}

/// The page of a problem with the same question.
pub(super) fn address_of(id: &ProblemId, query: &str) -> String {
    let path = under("/problems/", id.as_str());
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
