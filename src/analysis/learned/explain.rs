//! Which words weighed most? A second walk over the features that were summed, shared out among the words they were read
//! off.

use super::classes::Classes;
use super::features::{Block, visit};
use super::weights::{HEADS, Head, Weights};
use super::{Scores, Sums};
use crate::analysis::reading::Reading;
use crate::model::{Aspect, Evidence, Language};

/// Spans that are shown for one judgement: enough to check it, few enough to read.
const MOST: usize = 3;

/// Longest span, in words.
const LONGEST: usize = 6;

/// A word is shown if it weighed at least this share of what the heaviest did.
const SHARE: f64 = 0.4;

/// What weighed for each word of a part, by head.
type Shares = Vec<[f64; HEADS]>;

pub(super) fn evidence(
    weights: &Weights,
    title: Option<&Reading<'_>>,
    text: &Reading<'_>,
    language: Language,
    scores: &Scores,
) -> Vec<Evidence> {
    let mut wanted: Vec<(Aspect, Head, f64)> = Vec::with_capacity(3);
    if scores.complaint >= 0.5 {
        wanted.push((Aspect::Complaint, Head::Complaint, 1.0));
        wanted.push((Aspect::Severity, Head::of(scores.severity), 1.0));
    }
    if scores.sentiment.abs() >= 0.2 {
        wanted.push((Aspect::Sentiment, Head::Sentiment, f64::from(scores.sentiment.signum())));
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let (in_title, in_text) = shares(weights, title, text, language);
    let mut evidence = Vec::new();
    for (of, head, sign) in wanted {
        let weigh =
            |shares: &Shares| shares.iter().map(|heads| sign * heads[head as usize]).collect::<Vec<f64>>();
        evidence.extend(heaviest(of, title, &weigh(&in_title), text, &weigh(&in_text)));
    }
    evidence
}

/// What each word of the title and of the text added to each head.
fn shares(
    weights: &Weights,
    title: Option<&Reading<'_>>,
    text: &Reading<'_>,
    language: Language,
) -> (Shares, Shares) {
    let classes = Classes::shipped();
    let mut counts = Sums::default();
    visit(title, text, language, classes, |block, slot, _| counts.add(block, weights.at(slot)));
    let values = Block::ALL.map(|block| block.value(counts.counts[block as usize]));
    let mut in_title: Shares = vec![[0.0; HEADS]; title.map_or(0, |title| title.words.len())];
    let mut in_text: Shares = vec![[0.0; HEADS]; text.words.len()];
    visit(title, text, language, classes, |block, slot, span| {
        let part = if span.is_in_title { &mut in_title } else { &mut in_text };
        let (from, to) = (span.from as usize, (span.to as usize).min(part.len()));
        let Some(words) = part.get_mut(from..to).filter(|words| !words.is_empty()) else { return };
        let each = values[block as usize] / words.len() as f64;
        for word in words {
            for (head, (share, weight)) in word.iter_mut().zip(weights.at(slot)).enumerate() {
                *share += each * weights.step(head) * f64::from(*weight);
            }
        }
    });
    (in_title, in_text)
}

/// The spans of words that weighed most, in their order.
fn heaviest(
    of: Aspect,
    title: Option<&Reading<'_>>,
    in_title: &[f64],
    text: &Reading<'_>,
    in_text: &[f64],
) -> Vec<Evidence> {
    let largest = in_title.iter().chain(in_text).fold(0.0_f64, |largest, share| largest.max(*share));
    let mut spans: Vec<(f64, Evidence)> = Vec::new();
    for (reading, shares, is_in_title) in
        title.map(|title| (title, in_title, true)).into_iter().chain([(text, in_text, false)])
    {
        let mut at = 0;
        while at < shares.len() {
            let run = shares[at..]
                .iter()
                .take(LONGEST)
                .take_while(|share| **share > 0.0 && **share >= SHARE * largest)
                .count();
            if run > 0 {
                let range = reading.range(at..at + run);
                let weight: f64 = shares[at..at + run].iter().sum();
                spans.push((weight, Evidence { of, is_in_title, start: range.start, end: range.end }));
            }
            at += run.max(1);
        }
    }
    spans.sort_by(|one, other| other.0.total_cmp(&one.0));
    spans.truncate(MOST);
    let mut evidence: Vec<Evidence> = spans.into_iter().map(|(_, evidence)| evidence).collect();
    evidence.sort_by_key(|evidence| (!evidence.is_in_title, evidence.start));
    evidence
}
