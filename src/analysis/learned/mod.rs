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
use std::cell::RefCell;
use std::sync::LazyLock;

pub use adapt::{Adapted, Label, TooFewLabels, adapt, base_key};
pub use seen::was_taught;
pub use train::{Lesson, Texts, learn, text_hash};

use super::reading::Reading;
use crate::model::{Aspect, Complaint, Evidence, Language, Severity};
use adapt::Correction;
use evidence::Shares;
use exact::logistic;
use sheet::{Pad, Sheet};
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

    /// Judges a text with its title. `is_named` says that it names a brand.
    pub(crate) fn judge(
        &self,
        title: Option<&Reading>,
        text: &Reading,
        language: Language,
        is_named: bool,
    ) -> Verdict {
        let Some(weights) = Weights::read(&self.bytes) else { return Verdict::neutral() };
        DESK.with_borrow_mut(|desk| {
            // What a pad remembers of words is what the table that came with the program has for them.
            let is_lasting = matches!(self.bytes, Cow::Borrowed(_));
            desk.pad.read(title, text, language, is_named, is_lasting, |key| weights.standing(key));
            weights::count_into(&mut desk.counted, &desk.pad.board.sheet, |feature| Some(feature.found));
            self.weighed(&weights, &desk.pad.board.sheet, &desk.counted, &mut desk.shares)
        })
    }

    /// The verdict on a text whose features are on `sheet`, also those that have no weight.
    pub(crate) fn verdict(&self, sheet: &Sheet) -> Verdict {
        let Some(weights) = Weights::read(&self.bytes) else { return Verdict::neutral() };
        self.weighed(&weights, sheet, &weights.count(sheet), &mut Shares::default())
    }

    fn weighed(&self, weights: &Weights, sheet: &Sheet, counted: &[Counted], shares: &mut Shares) -> Verdict {
        let sums = sums(counted);
        let probability = self.probability(weights, counted, sums.complaint);
        let complaint = Complaint { verdict: probability >= 0.5, probability };
        let feeling = logistic(of_sum(sums.sentiment, weights.heads.sentiment)) * 2.0 - 1.0;
        let sentiment = thousandths(feeling);
        let severity = (probability >= MAY_BE_COMPLAINT).then(|| severity(weights, counted));
        // Why a post is clearly no complaint, or leaves its writer cold, nobody asks.
        let wanted = [
            (Aspect::Complaint, probability >= MAY_BE_COMPLAINT),
            (Aspect::Severity, complaint.verdict),
            (Aspect::Sentiment, sentiment.abs() >= FELT),
        ];
        let mut evidence = Vec::new();
        if wanted.iter().any(|(_, is_wanted)| *is_wanted) {
            let shown = severity.filter(|_| complaint.verdict);
            let (by_complaint, by_sentiment) = (sign(complaint.verdict), sign(sentiment > 0.0));
            shares.of_features(sheet, counted, |at| {
                [
                    self.complaint_weight(weights, at) * at.value * by_complaint,
                    shown.map_or(0.0, |severity| {
                        f64::from(lead(weights.severities(at.row), severity)) * at.severity
                    }),
                    f64::from(at.found.sentiment) * at.value * by_sentiment,
                ]
            });
            shares.evidence(sheet, wanted, &mut evidence);
        }
        Verdict { complaint, severity, sentiment, evidence }
    }

    /// The score of a complaint before it is a probability: above 0 it is more likely one than not. `sum` is that of the
    /// weights.
    pub(crate) fn complaint_score(&self, weights: &Weights, counted: &[Counted], sum: f64) -> f64 {
        let base = of_sum(sum, weights.heads.complaint);
        base + self.correction.as_ref().map_or(0.0, |correction| correction.score(counted))
    }

    fn probability(&self, weights: &Weights, counted: &[Counted], sum: f64) -> f32 {
        let score = self.complaint_score(weights, counted, sum);
        thousandths(logistic(score * f64::from(weights.heads.slope)))
    }

    fn complaint_weight(&self, weights: &Weights, at: &Counted) -> f64 {
        let base = f64::from(at.found.complaint) * f64::from(weights.heads.complaint[0]);
        base + self.correction.as_ref().map_or(0.0, |correction| correction.weight(at.row))
    }
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// What judging one text after another needs, kept for the next.
#[derive(Default)]
struct Desk {
    pad: Pad,
    counted: Vec<Counted>,
    shares: Shares,
}

/// The sums of the weights of all features, each as much as it counts.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    complaint: f64,
    sentiment: f64,
}

/// Both in one walk: each waits for its own last addition only.
fn sums(counted: &[Counted]) -> Sums {
    counted.iter().fold(Sums::default(), |sums, at| Sums {
        complaint: sums.complaint + f64::from(at.found.complaint) * at.value,
        sentiment: sums.sentiment + f64::from(at.found.sentiment) * at.value,
    })
}

/// The score that a sum of weights makes: `unit` is what one step is worth.
fn of_sum(sum: f64, [unit, constant]: [f32; 2]) -> f64 {
    sum * f64::from(unit) + f64::from(constant)
}

impl Verdict {
    /// Of a text that is not judged.
    pub(crate) fn neutral() -> Self {
        Self { complaint: Complaint::default(), severity: None, sentiment: 0.0, evidence: Vec::new() }
    }
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
