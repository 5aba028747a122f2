//! How is a judgement kept beside its post? As one list of short values, since each post carries it.

use serde::{Deserialize, Serialize};

use crate::model::{Aspect, BrandId, Complaint, Evidence, Intent, Judgement, Severity, Signal, Switch};

/// The stored form, in the order of [`Judgement`]; enums by their place among all values.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredJudgement(
    bool,
    /// Thousandths.
    i32,
    Option<usize>,
    usize,
    /// The brand that is left, and the one gone to.
    (Option<BrandId>, Option<BrandId>),
    /// Thousandths.
    i32,
    Option<BrandId>,
    Vec<usize>,
    /// What it is of, first byte, byte after the last.
    Vec<(usize, usize, usize)>,
);

/// The aspects that are no signals, in the order in which they are numbered; the signals follow.
const PLAIN: [Aspect; 5] =
    [Aspect::Complaint, Aspect::Severity, Aspect::Intent, Aspect::Sentiment, Aspect::Target];

/// Added to an aspect's number where the words stand in the title.
const IN_TITLE: usize = 100;

impl Default for StoredJudgement {
    /// What is known of a post that was stored before anything was judged.
    fn default() -> Self {
        Self::of(&Judgement::default())
    }
}

impl StoredJudgement {
    pub(super) fn of(judgement: &Judgement) -> Self {
        Self(
            judgement.complaint.verdict,
            whole_thousandths(judgement.complaint.probability),
            judgement.severity.map(|severity| severity as usize),
            judgement.intent as usize,
            (judgement.switch.from.clone(), judgement.switch.to.clone()),
            whole_thousandths(judgement.sentiment),
            judgement.target.clone(),
            judgement.signals.iter().map(|signal| *signal as usize).collect(),
            judgement
                .evidence
                .iter()
                .map(|evidence| (number(*evidence), evidence.start, evidence.end))
                .collect(),
        )
    }

    /// The judgement; `None` if it holds a number that no version wrote.
    pub(super) fn read(self) -> Option<Judgement> {
        let Self(verdict, probability, severity, intent, (from, to), sentiment, target, signals, evidence) =
            self;
        Some(Judgement {
            complaint: Complaint { verdict, probability: share(probability) },
            severity: match severity {
                Some(at) => Some(*Severity::ALL.get(at)?),
                None => None,
            },
            intent: *Intent::ALL.get(intent)?,
            switch: Switch { from, to },
            sentiment: share(sentiment),
            target,
            signals: signals.into_iter().map(|at| Signal::ALL.get(at).copied()).collect::<Option<_>>()?,
            evidence: evidence
                .into_iter()
                .map(|(number, start, end)| {
                    Some(Evidence {
                        of: aspect(number % IN_TITLE)?,
                        is_in_title: number >= IN_TITLE,
                        start,
                        end,
                    })
                })
                .collect::<Option<_>>()?,
        })
    }
}

/// A share as the index compares it: the number that a person types for it, to the last bit.
pub(super) fn thousandths(share: f32) -> f64 {
    f64::from(whole_thousandths(share)) / 1000.0
}

#[expect(clippy::cast_possible_truncation, reason = "shares are between -1 and 1, and `as` saturates")]
fn whole_thousandths(share: f32) -> i32 {
    (share * 1000.0).round() as i32
}

fn share(thousandths: i32) -> f32 {
    thousandths as f32 / 1000.0
}

fn number(evidence: Evidence) -> usize {
    let number = match evidence.of {
        Aspect::Signal(signal) => PLAIN.len() + signal as usize,
        plain => PLAIN.iter().position(|aspect| *aspect == plain).unwrap_or(0),
    };
    number + if evidence.is_in_title { IN_TITLE } else { 0 }
}

fn aspect(number: usize) -> Option<Aspect> {
    match number.checked_sub(PLAIN.len()) {
        None => Some(PLAIN[number]),
        Some(at) => Signal::ALL.get(at).copied().map(Aspect::Signal),
    }
}
