//! Is it a complaint, how sure are we, how bad is it, how does the writer feel, and which words say so? By weights that
//! were learned from labelled texts.
//!
//! `sheet.rs` reads the features off a text, `weights.rs` finds their weights in the table that is embedded, and this
//! file adds them up. All sums are of whole numbers or in a fixed order, and nothing calls the platform's `exp`: the
//! same text has the same score everywhere. `train.rs` and `fit.rs` make the table (`cargo run --release --example
//! train`); `index/model/README.md` says of what, and how well it does.

mod adapt;
mod classes;
mod evidence;
mod exact;
mod fit;
mod key;
mod marks;
mod seen;
mod sheet;
#[cfg(test)]
mod tests;
mod train;
mod weights;

use std::borrow::Cow;
use std::sync::LazyLock;

pub use adapt::{Adapted, Label, TooFewLabels, adapt, base_key};
pub use seen::was_taught;
pub use train::{Lesson, Texts, learn, text_hash};

use super::reading::Reading;
use crate::model::{Aspect, Complaint, Evidence, Language, Severity};
use adapt::Correction;
use exact::logistic;
use sheet::Sheet;
use weights::{Counted, Weights};

/// The table that came with the program.
static WEIGHTS: &[u8] = include_bytes!("../../../index/model/weights.bin");

/// Below this probability of a complaint, no severity is judged: seven of eight such posts are none.
const MAY_BE_COMPLAINT: f32 = 0.25;

/// From this sentiment on, in either direction, words are shown for it.
const FELT: f32 = 0.3;

/// What was learned from labelled texts.
#[derive(Debug, Clone)]
pub struct Learned {
    bytes: Cow<'static, [u8]>,
    correction: Option<Correction>,
}

/// What the weights say of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it is a complaint, and how sure.
    pub complaint: Complaint,
    /// How bad it is, where it may be a complaint.
    pub severity: Option<Severity>,
    /// -1..=1, a multiple of 0.001.
    pub sentiment: f32,
    /// The words that weighed most.
    pub evidence: Vec<Evidence>,
}

impl Learned {
    /// What came with the program.
    #[must_use]
    pub fn base() -> &'static Self {
        static BASE: LazyLock<Learned> =
            LazyLock::new(|| Learned { bytes: Cow::Borrowed(WEIGHTS), correction: None });
        &BASE
    }

    /// A table that was just learned; `None` if the bytes are none.
    #[must_use]
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        Weights::read(&bytes)?;
        Some(Self { bytes: Cow::Owned(bytes), correction: None })
    }

    /// What came with the program, with the correction that [`adapt()`] made; `None` if the bytes are no correction of
    /// this version of the table.
    #[must_use]
    pub fn adapted(correction: &[u8]) -> Option<Self> {
        let mut learned = Self::base().clone();
        learned.correction = Some(Correction::read(correction)?);
        Some(learned)
    }

    /// Names the correction: the same for the same correction, another for another. `None` without one.
    #[must_use]
    pub fn correction_key(&self) -> Option<u64> {
        self.correction.as_ref().map(Correction::key)
    }

    /// Judges a text with its title.
    pub(crate) fn judge(&self, title: Option<&Reading>, text: &Reading, language: Language) -> Verdict {
        let Some(weights) = Weights::read(&self.bytes) else { return Verdict::neutral() };
        self.verdict(&Sheet::of_wanted(title, text, language, |key| weights.knows(key)))
    }

    /// The verdict on a text whose features are on `sheet`: all of them, or those that have a weight.
    pub(crate) fn verdict(&self, sheet: &Sheet) -> Verdict {
        let Some(weights) = Weights::read(&self.bytes) else { return Verdict::neutral() };
        let counted = weights.count(sheet);
        let probability = self.probability(&weights, &counted);
        let complaint = Complaint { verdict: probability >= 0.5, probability };
        let feeling = logistic(sentiment_score(&weights, &counted)) * 2.0 - 1.0;
        let sentiment = thousandths(feeling);
        let severity = (probability >= MAY_BE_COMPLAINT).then(|| severity(&weights, &counted));
        // Why a post is clearly no complaint, or leaves its writer cold, nobody asks.
        let mut wanted: Vec<(Aspect, evidence::Weight)> = Vec::with_capacity(3);
        let of_complaint =
            |at: &Counted| self.complaint_weight(&weights, at) * at.value * sign(complaint.verdict);
        let of_severity = |at: &Counted| {
            severity
                .map_or(0.0, |severity| f64::from(lead(weights.severities(at.row), severity)) * at.severity)
        };
        let of_sentiment =
            |at: &Counted| f64::from(weights.row(at.row).sentiment) * at.value * sign(sentiment > 0.0);
        if probability >= MAY_BE_COMPLAINT {
            wanted.push((Aspect::Complaint, &of_complaint));
        }
        if complaint.verdict {
            wanted.push((Aspect::Severity, &of_severity));
        }
        if sentiment.abs() >= FELT {
            wanted.push((Aspect::Sentiment, &of_sentiment));
        }
        let evidence =
            if wanted.is_empty() { Vec::new() } else { evidence::evidence(sheet, &counted, &wanted) };
        Verdict { complaint, severity, sentiment, evidence }
    }

    /// The score of a complaint before it is a probability: above 0 it is more likely one than not.
    pub(crate) fn complaint_score(&self, weights: &Weights, counted: &[Counted]) -> f64 {
        let sum: f64 = counted.iter().map(|at| f64::from(weights.row(at.row).complaint) * at.value).sum();
        let base = sum * f64::from(weights.heads.complaint[0]) + f64::from(weights.heads.complaint[1]);
        base + self.correction.as_ref().map_or(0.0, |correction| correction.score(counted))
    }

    fn probability(&self, weights: &Weights, counted: &[Counted]) -> f32 {
        thousandths(logistic(self.complaint_score(weights, counted) * f64::from(weights.heads.slope)))
    }

    fn complaint_weight(&self, weights: &Weights, at: &Counted) -> f64 {
        let base = f64::from(weights.row(at.row).complaint) * f64::from(weights.heads.complaint[0]);
        base + self.correction.as_ref().map_or(0.0, |correction| correction.weight(at.row))
    }
}

impl Verdict {
    /// Of a text that is not judged.
    pub(crate) fn neutral() -> Self {
        Self { complaint: Complaint::default(), severity: None, sentiment: 0.0, evidence: Vec::new() }
    }
}

fn sentiment_score(weights: &Weights, counted: &[Counted]) -> f64 {
    let sum: f64 = counted.iter().map(|at| f64::from(weights.row(at.row).sentiment) * at.value).sum();
    sum * f64::from(weights.heads.sentiment[0]) + f64::from(weights.heads.sentiment[1])
}

fn severity(weights: &Weights, counted: &[Counted]) -> Severity {
    let mut sums = [0.0; 4];
    for at in counted.iter().filter(|at| at.severity > 0.0) {
        for (sum, weight) in sums.iter_mut().zip(weights.severities(at.row)) {
            *sum += f64::from(weight) * at.severity;
        }
    }
    let heads = &weights.heads;
    let score = |class: usize| sums[class] * f64::from(heads.severity) + f64::from(heads.severities[class]);
    let mut best = 0;
    for class in 1..4 {
        if score(class) > score(best) {
            best = class;
        }
    }
    Severity::ALL[best]
}

/// By how much a class leads the mean of the others.
fn lead(weights: [i8; 4], severity: Severity) -> i32 {
    let sum: i32 = weights.iter().map(|weight| i32::from(*weight)).sum();
    4 * i32::from(weights[severity as usize]) - sum
}

fn sign(is_positive: bool) -> f64 {
    if is_positive { 1.0 } else { -1.0 }
}

/// Rounded to thousandths: what a person can read, and no less than the labels can tell.
#[expect(clippy::cast_possible_truncation, reason = "a number from -1 to 1")]
fn thousandths(x: f64) -> f32 {
    ((x * 1000.0).round() / 1000.0) as f32
}
