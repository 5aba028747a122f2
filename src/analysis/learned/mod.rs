//! Is it a complaint, how bad, and how does the writer feel? Judged by weights that were learned from labeled texts.
//!
//! A linear model over hashed features (`features.rs`), six heads in one table of bytes (`weights.rs`), made by
//! `examples/train.rs`; `index/model/README.md` is its card. Sums are whole numbers, and what follows them uses only
//! operations that give the same bits on every machine: the same text is judged alike everywhere.

mod classes;
mod explain;
mod features;
pub mod fit;
mod weights;

use std::sync::{Arc, LazyLock};

pub use features::{Block, SLOT_BITS, Span};
pub use weights::{HEADS, Head, UnreadableWeights, Weights};

use self::classes::Classes;
use super::reading::Reading;
use crate::model::{Evidence, Language, Severity};

/// What the weights say of one post.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// How sure it is that it is a complaint, 0..=1.
    pub complaint: f32,
    /// How bad it would be as a complaint.
    pub severity: Severity,
    /// -1..=1.
    pub sentiment: f32,
}

/// A judge that has learned.
#[derive(Debug, Clone)]
pub struct Learned {
    weights: Weights,
}

impl Learned {
    /// The weights that are shipped.
    #[must_use]
    pub fn shipped() -> Arc<Self> {
        static SHIPPED: LazyLock<Arc<Learned>> = LazyLock::new(|| {
            let bytes = include_bytes!("../../../index/model/weights.bin");
            let weights = Weights::read(bytes).expect("the shipped weights were written by this version");
            Arc::new(Learned { weights })
        });
        SHIPPED.clone()
    }

    /// Judges by other weights.
    #[must_use]
    pub fn new(weights: Weights) -> Self {
        Self { weights }
    }

    /// Judges a title and a text, both masked.
    pub(super) fn scores(
        &self,
        title: Option<&Reading<'_>>,
        text: &Reading<'_>,
        language: Language,
    ) -> Scores {
        let mut sums = Sums::default();
        features::visit(title, text, language, Classes::shipped(), |block, slot, _| {
            sums.add(block, self.weights.at(slot));
        });
        let raw = sums.raw(&self.weights);
        Scores {
            complaint: thousandths(logistic(raw[Head::Complaint as usize] * self.weights.slope())),
            severity: severity(&raw),
            sentiment: thousandths(2.0 * logistic(raw[Head::Sentiment as usize]) - 1.0),
        }
    }

    /// The words that weighed most for what was judged.
    pub(super) fn evidence(
        &self,
        title: Option<&Reading<'_>>,
        text: &Reading<'_>,
        language: Language,
        scores: &Scores,
    ) -> Vec<Evidence> {
        explain::evidence(&self.weights, title, text, language, scores)
    }
}

/// A feature of a text, as weights are learned by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feature {
    /// Its kind.
    pub block: Block,
    /// Its place in the table.
    pub slot: u32,
    /// What it counts, above 0.
    pub value: f32,
}

/// The features of a title and a text; one that is met twice is there twice.
#[must_use]
pub fn features_of(title: Option<&str>, text: &str, language: Language) -> Vec<Feature> {
    let title = title.map(|title| Reading::new(title, language));
    let text = Reading::new(text, language);
    let mut met = Vec::new();
    let mut counts = [0; Block::ALL.len()];
    features::visit(title.as_ref(), &text, language, Classes::shipped(), |block, slot, _| {
        counts[block as usize] += 1;
        met.push((block, slot));
    });
    #[expect(clippy::cast_possible_truncation, reason = "a value between 0 and 1")]
    let value = |block: Block| block.value(counts[block as usize]) as f32;
    met.into_iter().map(|(block, slot)| Feature { block, slot, value: value(block) }).collect()
}

/// By what a text is known again that weights were learned from: a hash of its letters.
#[must_use]
pub fn seen_hash(title: Option<&str>, text: &str) -> u64 {
    let letters = title.into_iter().chain([text]).flat_map(str::chars).filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).fold(0xcbf2_9ce4_8422_2325, |hash: u64, letter| {
        (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3).rotate_left(7)
    })
}

/// The sums of weights, by block and head.
#[derive(Default)]
struct Sums {
    sums: [[i32; HEADS]; Block::ALL.len()],
    counts: [u32; Block::ALL.len()],
}

impl Sums {
    fn add(&mut self, block: Block, weights: &[i8; HEADS]) {
        self.counts[block as usize] += 1;
        for (sum, weight) in self.sums[block as usize].iter_mut().zip(weights) {
            *sum += i32::from(*weight);
        }
    }

    /// The score of each head, in natural-log units.
    fn raw(&self, weights: &Weights) -> [f64; HEADS] {
        let mut raw = weights.biases();
        for block in Block::ALL {
            let value = block.value(self.counts[block as usize]);
            for (head, score) in raw.iter_mut().enumerate() {
                *score += value * weights.step(head) * f64::from(self.sums[block as usize][head]);
            }
        }
        raw
    }
}

/// The severity with the highest score; among equals the mildest.
fn severity(raw: &[f64; HEADS]) -> Severity {
    let mut best = Severity::NoExplicitReproach;
    for severity in Severity::ALL {
        if raw[Head::of(severity) as usize] > raw[Head::of(best) as usize] {
            best = severity;
        }
    }
    best
}

/// 1 / (1 + e^-x). The library's exponential may differ in its last bit from one machine to the next; this one uses
/// multiplications only: e^x as (1 + x/2^14)^(2^14), right to four digits for the scores that occur.
fn logistic(x: f64) -> f64 {
    let x = x.clamp(-30.0, 30.0);
    let mut power = 1.0 + -x / 16384.0;
    for _ in 0..14 {
        power *= power;
    }
    1.0 / (1.0 + power)
}

#[expect(clippy::cast_possible_truncation, reason = "a number between -1 and 1")]
fn thousandths(x: f64) -> f32 {
    ((x * 1000.0).round() / 1000.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_logistic_function_is_one() {
        for x in [-20.0, -5.0, -1.0, -0.1, 0.0, 0.3, 2.0, 7.0, 30.0_f64] {
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-3, "{x}");
        }
        assert!((logistic(0.0) - 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn every_text_is_judged_and_judged_alike(
            title in prop::option::of("\\PC{0,30}"),
            text in "([a-zA-Z@#]{1,8}[ ,.!?]{1,3}|\\PC){0,40}",
        ) {
            for language in [Language::Dutch, Language::English, Language::Other] {
                let title = title.as_deref().map(|title| Reading::new(title, language));
                let text = Reading::new(&text, language);
                let learned = Learned::shipped();
                let scores = learned.scores(title.as_ref(), &text, language);
                prop_assert!((0.0..=1.0).contains(&scores.complaint) && (-1.0..=1.0).contains(&scores.sentiment));
                prop_assert_eq!(&learned.scores(title.as_ref(), &text, language), &scores);
                for evidence in learned.evidence(title.as_ref(), &text, language, &scores) {
                    let part = if evidence.is_in_title { title.as_ref().unwrap().text } else { text.text };
                    prop_assert!(part.get(evidence.start..evidence.end).is_some_and(|words| !words.is_empty()));
                }
            }
        }

        #[test]
        fn whole_numbers_give_what_plain_sums_give(text in "([a-z]{1,8}[ ,.!?]{1,3}){0,40}") {
            let learned = Learned::shipped();
            let weights = &learned.weights;
            let reading = Reading::new(&text, Language::English);
            let mut sums = Sums::default();
            features::visit(None, &reading, Language::English, Classes::shipped(), |block, slot, _| {
                sums.add(block, weights.at(slot));
            });
            let raw = sums.raw(weights);
            for (head, raw) in raw.iter().enumerate() {
                let plain: f64 = features_of(None, &text, Language::English)
                    .iter()
                    .map(|feature| {
                        f64::from(feature.value) * weights.step(head) * f64::from(weights.at(feature.slot)[head])
                    })
                    .sum();
                prop_assert!((plain + weights.biases()[head] - raw).abs() < 1e-3);
            }
        }
    }
}
