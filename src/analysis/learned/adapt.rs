//! How does a user's own labels change what was learned, without losing it?
//!
//! A second regression starts from the weights that are there and is drawn back to them: only rows that the labelled
//! texts have can move, and no farther than their number warrants. What moved is a [`Correction`]: rows with what is
//! added to their weight. It says for which table it was made, and no other takes it.

use rustc_hash::FxHashMap;

use super::Learned;
use super::fit::{Matrix, Target, logistic_regression};
use super::train::Texts;
use super::weights::Weights;

/// A label of a user: the text, and whether it is a complaint.
#[derive(Debug)]
pub struct Label {
    /// The text.
    pub texts: Texts,
    /// Whether it is a complaint.
    pub is_complaint: bool,
}

/// The fewest labels of each kind: with fewer, the five folds say nothing about what the rest would do.
const LEAST_LABELS: usize = 20;

/// Parts that are held out in turn.
const FOLDS: usize = 5;

/// How much one label counts beside the pull of the base.
const COST: f64 = 1.0;

/// There are too few labels to learn from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{complaints} complaints and {others} others are too few: label at least {LEAST_LABELS} of each")]
pub struct TooFewLabels {
    complaints: usize,
    others: usize,
}

/// A correction, and what it does on labels that it was not made of.
#[derive(Debug, Clone)]
pub struct Adapted {
    /// For [`Learned::adapted`].
    pub bytes: Vec<u8>,
    /// For each label: whether the base alone says that it is a complaint.
    pub before: Vec<bool>,
    /// For each label: what a correction says that was made of the other folds.
    pub after: Vec<bool>,
}

/// Makes a correction of the base from labels.
///
/// # Errors
/// If there are fewer than 20 of either kind.
pub fn adapt(labels: &[Label]) -> Result<Adapted, TooFewLabels> {
    let complaints = labels.iter().filter(|label| label.is_complaint).count();
    let others = labels.len() - complaints;
    if complaints.min(others) < LEAST_LABELS {
        return Err(TooFewLabels { complaints, others });
    }
    let base = Learned::base();
    let before: Vec<bool> = labels.iter().map(|label| base.complaint(&label.texts).verdict).collect();
    let mut after = before.clone();
    // Equal texts have equal features and go to one fold.
    let fold = |label: &Label| {
        let hash = label.texts.sheet().features.iter().fold(0_u64, |hash, feature| hash ^ feature.key);
        usize::try_from((hash >> 32) % FOLDS as u64).unwrap_or(0)
    };
    for held in 0..FOLDS {
        let learned = corrected(labels.iter().filter(|label| fold(label) != held));
        for (at, label) in labels.iter().enumerate().filter(|(_, label)| fold(label) == held) {
            after[at] = learned.complaint(&label.texts).verdict;
        }
    }
    let bytes = corrected(labels.iter()).correction.map(|correction| correction.write()).unwrap_or_default();
    Ok(Adapted { bytes, before, after })
}

fn corrected<'a>(labels: impl Iterator<Item = &'a Label> + Clone) -> Learned {
    let mut learned = Learned::base().clone();
    let Some(weights) = Weights::read(&learned.bytes) else { return learned };
    let [unit, constant] = weights.heads.complaint.map(f64::from);
    let (mut by_row, mut rows) = (FxHashMap::default(), Vec::new());
    let (mut matrix, mut targets) = (Matrix::default(), Vec::new());
    for label in labels {
        let counted = weights.count(label.texts.sheet());
        #[expect(clippy::cast_possible_truncation, reason = "the shares of features are small numbers")]
        matrix.push(counted.iter().map(|at| {
            let column = *by_row.entry(at.row).or_insert_with(|| {
                rows.push(at.row);
                u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
            });
            (column, at.value as f32)
        }));
        targets.push(Target { is: f64::from(u8::from(label.is_complaint)), weight: COST });
    }
    let start: Vec<f64> =
        rows.iter().map(|row| f64::from(weights.row(*row).complaint) * unit).chain([constant]).collect();
    let fitted = logistic_regression(&matrix, &targets, &start);
    let mut moved: FxHashMap<u32, f64> = FxHashMap::default();
    for ((row, fitted), start) in rows.iter().zip(&fitted).zip(&start) {
        if (fitted - start).abs() >= STEP {
            moved.insert(*row, ((fitted - start) / STEP).round() * STEP);
        }
    }
    let constant = fitted.last().zip(start.last()).map_or(0.0, |(fitted, start)| fitted - start);
    learned.correction = Some(Correction { moved, constant: (constant / STEP).round() * STEP });
    learned
}

/// By how much a weight moves at least; a power of two, so that its multiples are exact.
const STEP: f64 = 1.0 / 1024.0;

/// What is added to the weights of some rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Correction {
    moved: FxHashMap<u32, f64>,
    constant: f64,
}

impl Correction {
    pub(super) fn score(&self, counted: &[super::weights::Counted]) -> f64 {
        counted.iter().map(|at| self.weight(at.row) * at.value).sum::<f64>() + self.constant
    }

    pub(super) fn weight(&self, row: u32) -> f64 {
        self.moved.get(&row).copied().unwrap_or(0.0)
    }

    /// Magic, the table it is for, the constant, then row and steps for each row that moved.
    fn write(&self) -> Vec<u8> {
        let mut rows: Vec<(u32, i32)> = self.moved.iter().map(|(row, by)| (*row, steps(*by))).collect();
        rows.sort_unstable();
        let mut bytes = b"grouseC\x01".to_vec();
        bytes.extend(table().to_le_bytes());
        bytes.extend(steps(self.constant).to_le_bytes());
        for (row, by) in rows {
            bytes.extend(row.to_le_bytes());
            bytes.extend(by.to_le_bytes());
        }
        bytes
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"grouseC\x01")?.strip_prefix(&table().to_le_bytes())?;
        let (constant, rest) = rest.split_first_chunk()?;
        let constant = f64::from(i32::from_le_bytes(*constant)) * STEP;
        let mut moved = FxHashMap::default();
        let (pairs, []) = rest.as_chunks::<8>() else { return None };
        for pair in pairs {
            let (row, by) = pair.split_first_chunk::<4>()?;
            let by = i32::from_le_bytes(by.try_into().ok()?);
            moved.insert(u32::from_le_bytes(*row), f64::from(by) * STEP);
        }
        Some(Self { moved, constant })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights are small numbers")]
fn steps(by: f64) -> i32 {
    (by / STEP).round() as i32
}

/// Names the table that came with the program.
fn table() -> u64 {
    super::WEIGHTS.chunks(8).fold(0, |hash, bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        super::key::mix(hash ^ u64::from_le_bytes(word))
    })
}
