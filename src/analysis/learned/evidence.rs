//! Which words weighed most? For each judgement up to three spans, neighbors put together.

use crate::model::{Aspect, Evidence};

use super::sheet::Sheet;
use super::weights::Counted;

/// Spans that are shown for one judgement.
const MOST: usize = 3;

/// A word that weighs less than this share of the heaviest is not shown.
const LEAST_SHARE: f64 = 0.35;

/// Judgements that words are shown for.
const JUDGEMENTS: usize = 3;

/// By how much the features of a text, and then its words, speak for each judgement.
#[derive(Debug, Default)]
pub(super) struct Shares {
    by_feature: Vec<[f64; JUDGEMENTS]>,
    by_word: Vec<[f64; JUDGEMENTS]>,
}

impl Shares {
    /// Takes by how much each feature speaks in all; one that was not counted does not.
    pub(super) fn of_features(
        &mut self,
        sheet: &Sheet,
        counted: &[Counted],
        weights: impl Fn(&Counted) -> [f64; JUDGEMENTS],
    ) {
        self.by_feature.clear();
        self.by_feature.resize(sheet.features.len(), [0.0; JUDGEMENTS]);
        for at in counted {
            let feature = at.feature as usize;
            let times = sheet.features[feature].times;
            let shares = weights(at);
            self.by_feature[feature] =
                if times > 1 { shares.map(|share| share / f64::from(times)) } else { shares };
        }
    }

    /// Adds the spans of words that speak most for each judgement that is wanted, by judgement and then by place.
    pub(super) fn evidence(
        &mut self,
        sheet: &Sheet,
        judgements: [(Aspect, bool); JUDGEMENTS],
        found: &mut Vec<Evidence>,
    ) {
        self.by_word.clear();
        self.by_word.resize(sheet.words.len(), [0.0; JUDGEMENTS]);
        for place in &sheet.places {
            let shares = self.by_feature[place.feature as usize];
            let (from, to) = (usize::from(place.from), usize::from(place.to));
            // Nearly all are seen in one word.
            if to == from + 1 {
                if let Some(word) = self.by_word.get_mut(from) {
                    add(word, shares);
                }
                continue;
            }
            let words = from..to.min(sheet.words.len());
            let length = words.len().max(1) as f64;
            for word in self.by_word.get_mut(words).unwrap_or_default() {
                add(word, shares.map(|share| share / length));
            }
        }
        for (number, (of, _)) in judgements.iter().enumerate().filter(|(_, (_, is_wanted))| *is_wanted) {
            spans(sheet, |word| self.by_word[word][number], *of, found);
        }
    }
}

fn add(sums: &mut [f64; JUDGEMENTS], shares: [f64; JUDGEMENTS]) {
    for (sum, share) in sums.iter_mut().zip(shares) {
        *sum += share;
    }
}

fn spans(sheet: &Sheet, weight: impl Fn(usize) -> f64, of: Aspect, found: &mut Vec<Evidence>) {
    // The five heaviest, so that three spans are left where some are neighbors.
    let mut heaviest: [Option<usize>; MOST + 2] = [None; MOST + 2];
    for word in (0..sheet.words.len()).filter(|word| weight(*word) > 0.0) {
        let mut coming = Some(word);
        for held in &mut heaviest {
            let is_heavier = match (coming, *held) {
                (Some(coming), Some(held)) => weight(coming) > weight(held),
                (Some(_), None) => true,
                _ => false,
            };
            if is_heavier {
                std::mem::swap(held, &mut coming);
            }
        }
    }
    let Some(first) = heaviest[0] else { return };
    let mut words: Vec<usize> =
        heaviest.into_iter().flatten().filter(|word| weight(*word) >= weight(first) * LEAST_SHARE).collect();
    words.sort_unstable();
    let mut spans: Vec<(f64, Evidence)> = Vec::new();
    let mut before = None;
    for word in words {
        let at = sheet.words[word];
        match spans.last_mut() {
            Some((sum, span)) if before == Some(word) && span.is_in_title == at.is_in_title => {
                span.end = at.end;
                *sum += weight(word);
            }
            _ => spans.push((
                weight(word),
                Evidence { of, is_in_title: at.is_in_title, start: at.start, end: at.end },
            )),
        }
        before = Some(word + 1);
    }
    while spans.len() > MOST {
        let lightest =
            (1..spans.len()).fold(0, |least, at| if spans[at].0 < spans[least].0 { at } else { least });
        spans.remove(lightest);
    }
    found.extend(spans.into_iter().map(|(_, span)| span));
}
