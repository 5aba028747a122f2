//! How does a judgement look to a program? The same fields in the HTTP API, in `--json`, in export and in `analyze`.

use serde::Serialize;

use crate::model::{BrandId, Complaint, Evidence, Judgement};

/// What was judged of what a writer meant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgementAnswer {
    /// Whether it is a complaint.
    pub complaint: ComplaintAnswer,
    /// no-explicit-reproach, disapproval, accusation or blame; null where a complaint is out of the question.
    pub severity: Option<&'static str>,
    /// What the writer wants.
    pub intent: &'static str,
    /// From which brand to which; only where a switch is announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub switch: Option<SwitchAnswer>,
    /// The brand that is complained about, or left.
    pub target: Option<BrandId>,
    /// -1 to 1.
    pub sentiment: f64,
    /// What asks for attention.
    pub signals: Vec<&'static str>,
    /// The words that weighed most.
    pub evidence: Vec<EvidenceAnswer>,
}

/// The verdict, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ComplaintAnswer {
    /// Whether it is a complaint.
    pub verdict: bool,
    /// 0 to 1.
    pub probability: f64,
}

/// A switch that is announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwitchAnswer {
    /// The brand that is left.
    pub from: Option<BrandId>,
    /// The brand that is gone to.
    pub to: Option<BrandId>,
}

/// Words that led to a judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceAnswer {
    /// Which: complaint, severity, intent, sentiment, target, or `signal:` and its name.
    pub of: String,
    /// `title`, where the words stand there and not in the text.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    pub part: Option<&'static str>,
    /// First character of the masked text, from 0: characters, as most languages that read JSON count.
    pub start: usize,
    /// After the last character.
    pub end: usize,
}

/// The shape of a judgement about a title and a text, both masked.
#[must_use]
pub fn judgement_answer(judgement: &Judgement, title: Option<&str>, text: &str) -> JudgementAnswer {
    let Complaint { verdict, probability } = judgement.complaint;
    let switch = &judgement.switch;
    JudgementAnswer {
        complaint: ComplaintAnswer { verdict, probability: thousandths(probability) },
        severity: judgement.severity.map(crate::model::Severity::as_str),
        intent: judgement.intent.as_str(),
        switch: (switch.from.is_some() || switch.to.is_some())
            .then(|| SwitchAnswer { from: switch.from.clone(), to: switch.to.clone() }),
        target: judgement.target.clone(),
        sentiment: thousandths(judgement.sentiment),
        signals: judgement.signals.iter().map(|signal| signal.as_str()).collect(),
        evidence: judgement
            .evidence
            .iter()
            .map(|evidence| {
                evidence_answer(*evidence, if evidence.is_in_title { title.unwrap_or("") } else { text })
            })
            .collect(),
    }
}

fn evidence_answer(evidence: Evidence, text: &str) -> EvidenceAnswer {
    let characters = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
    EvidenceAnswer {
        of: evidence.of.name(),
        part: evidence.is_in_title.then_some("title"),
        start: characters(evidence.start),
        end: characters(evidence.end),
    }
}

/// The share as people write it, 0.93 and not 0.9300000071525574.
fn thousandths(share: f32) -> f64 {
    (f64::from(share) * 1000.0).round() / 1000.0
}
