//! How are the learned weights kept? One byte for each slot and head, a step for each head that says what a byte is worth.
//!
//! The file: eight letters, then little-endian 32-bit numbers (slots, heads, the step and bias of each head, the slope of
//! the probability), then the bytes, slot by slot. 1.5 MB for six heads.

use std::fmt;

use super::Feature;
use super::features::SLOT_BITS;
use crate::model::Severity;

/// Things that are judged by the table.
pub const HEADS: usize = 6;

const SLOTS: usize = 1 << SLOT_BITS;

const MAGIC: &[u8; 8] = b"grouse-1";

/// One thing that is judged by the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// Whether it is a complaint.
    Complaint,
    /// Whether the writer is glad.
    Sentiment,
    /// Whether a complaint reproaches nobody.
    NoExplicitReproach,
    /// Whether it disapproves.
    Disapproval,
    /// Whether it accuses.
    Accusation,
    /// Whether it blames.
    Blame,
}

impl Head {
    /// The head that judges whether a complaint is that bad.
    #[must_use]
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::NoExplicitReproach => Self::NoExplicitReproach,
            Severity::Disapproval => Self::Disapproval,
            Severity::Accusation => Self::Accusation,
            Severity::Blame => Self::Blame,
        }
    }
}

/// A file of weights that is none, or is another version's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these are no weights of this version: {0}")]
pub struct UnreadableWeights(&'static str);

/// The learned weights.
#[derive(Clone, PartialEq)]
pub struct Weights {
    table: Vec<[i8; HEADS]>,
    /// What one unit of a byte is worth, by head.
    steps: [f32; HEADS],
    biases: [f32; HEADS],
    /// By what a score is multiplied so that its logistic is a probability.
    slope: f32,
}

impl fmt::Debug for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weights")
            .field("steps", &self.steps)
            .field("biases", &self.biases)
            .finish_non_exhaustive()
    }
}

impl Weights {
    /// Keeps `heads`, each a bias and a weight for each slot; `slope` as it is.
    ///
    /// # Panics
    /// If a head has another number of weights than there are slots.
    #[must_use]
    pub fn of(heads: &[(f64, Vec<f64>); HEADS], slope: f64) -> Self {
        let mut weights = Self {
            table: vec![[0; HEADS]; SLOTS],
            steps: [1.0; HEADS],
            biases: [0.0; HEADS],
            slope: slope as f32,
        };
        for (head, (bias, values)) in heads.iter().enumerate() {
            assert_eq!(values.len(), SLOTS, "a weight for each slot");
            let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
            let step = (largest / 127.0).max(f64::MIN_POSITIVE) as f32;
            weights.steps[head] = step;
            weights.biases[head] = *bias as f32;
            for (slot, value) in weights.table.iter_mut().zip(values) {
                slot[head] = (value / f64::from(step)).round().clamp(-127.0, 127.0) as i8;
            }
        }
        weights
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// If it is none of this version.
    pub fn read(bytes: &[u8]) -> Result<Self, UnreadableWeights> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(UnreadableWeights("it begins otherwise"))?;
        let (head, table) =
            rest.split_at_checked(4 * (3 + 2 * HEADS)).ok_or(UnreadableWeights("it is cut"))?;
        let mut numbers = head.chunks_exact(4).map(|four| [four[0], four[1], four[2], four[3]]);
        let mut next = || numbers.next().unwrap_or_default();
        if u32::from_le_bytes(next()) as usize != SLOTS || u32::from_le_bytes(next()) as usize != HEADS {
            return Err(UnreadableWeights("it has another number of slots or heads"));
        }
        if table.len() != SLOTS * HEADS {
            return Err(UnreadableWeights("it is cut, or goes on"));
        }
        let mut floats = [0.0; 2 * HEADS + 1];
        for float in &mut floats {
            *float = f32::from_le_bytes(next());
            if !float.is_finite() {
                return Err(UnreadableWeights("a number in it is none"));
            }
        }
        let mut weights = Self {
            table: vec![[0; HEADS]; SLOTS],
            steps: [0.0; HEADS],
            biases: [0.0; HEADS],
            slope: floats[2 * HEADS],
        };
        weights.steps.copy_from_slice(&floats[..HEADS]);
        weights.biases.copy_from_slice(&floats[HEADS..2 * HEADS]);
        for (slot, bytes) in weights.table.iter_mut().zip(table.chunks_exact(HEADS)) {
            for (weight, byte) in slot.iter_mut().zip(bytes) {
                *weight = i8::from_le_bytes([*byte]);
            }
        }
        Ok(weights)
    }

    /// The file of these weights.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(MAGIC.len() + 4 * (3 + 2 * HEADS) + SLOTS * HEADS);
        out.extend(MAGIC);
        for number in [SLOTS, HEADS] {
            out.extend(u32::try_from(number).unwrap_or(0).to_le_bytes());
        }
        for float in self.steps.iter().chain(&self.biases).chain([&self.slope]) {
            out.extend(float.to_le_bytes());
        }
        out.extend(self.table.iter().flatten().map(|weight| weight.to_le_bytes()[0]));
        out
    }

    /// The score of each head for features that [`features_of`](super::features_of) gave.
    #[must_use]
    pub fn scores(&self, features: &[Feature]) -> [f64; HEADS] {
        let mut scores = self.biases();
        for feature in features {
            for (head, score) in scores.iter_mut().enumerate() {
                *score += f64::from(feature.value) * self.step(head) * f64::from(self.at(feature.slot)[head]);
            }
        }
        scores
    }

    /// The weights of a slot, by head.
    pub(super) fn at(&self, slot: u32) -> &[i8; HEADS] {
        &self.table[slot as usize & (SLOTS - 1)]
    }

    /// What one unit of a head is worth.
    pub(super) fn step(&self, head: usize) -> f64 {
        f64::from(self.steps[head])
    }

    pub(super) fn biases(&self) -> [f64; HEADS] {
        self.biases.map(f64::from)
    }

    pub(super) fn slope(&self) -> f64 {
        f64::from(self.slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_come_back_as_they_were_written() {
        let mut heads: [(f64, Vec<f64>); HEADS] =
            std::array::from_fn(|head| (head as f64 - 2.0, vec![0.0; SLOTS]));
        heads[1].1[77] = -0.5;
        heads[1].1[78] = 0.25;
        let weights = Weights::of(&heads, 1.5);
        let read = Weights::read(&weights.write()).unwrap();
        assert_eq!(read, weights);
        assert!((read.step(1) * f64::from(read.at(77)[1]) + 0.5).abs() < 1e-6);
        let file = weights.write();
        for wrong in [&file[1..], &file[..file.len() - 1], &file[..20], b""] {
            assert!(Weights::read(wrong).is_err());
        }
    }
}
