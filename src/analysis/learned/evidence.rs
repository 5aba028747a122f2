//! Which words weighed most? For each judgement up to three spans, neighbors put together.

use crate::model::{Aspect, Evidence};

use super::sheet::Sheet;
use super::weights::Counted;

/// Spans that are shown for one judgement.
const MOST: usize = 3;

/// A word that weighs less than this share of the heaviest is not shown.
const LEAST_SHARE: f64 = 0.35;

/// By how much a feature speaks for what was judged.
pub(super) type Weight<'a> = &'a dyn Fn(&Counted) -> f64;

/// Judgements that words are shown for at once.
const JUDGEMENTS: usize = 3;

/// The spans of words that speak most for each of up to [`JUDGEMENTS`], by judgement and then by place.
pub(super) fn evidence(sheet: &Sheet, counted: &[Counted], judgements: &[(Aspect, Weight)]) -> Vec<Evidence> {
    let mut by_feature = vec![[0.0; JUDGEMENTS]; sheet.features.len()];
    for at in counted {
        let times = f64::from(sheet.features[at.feature as usize].times.max(1));
        for (share, (_, weight)) in by_feature[at.feature as usize].iter_mut().zip(judgements) {
            *share = weight(at) / times;
        }
    }
    let mut by_word = vec![[0.0; JUDGEMENTS]; sheet.words.len()];
    for place in &sheet.places {
        let shares = by_feature[place.feature as usize];
        let words = usize::from(place.from)..usize::from(place.to).min(sheet.words.len());
        let length = words.len().max(1) as f64;
        for word in by_word.get_mut(words).unwrap_or_default() {
            for (sum, share) in word.iter_mut().zip(shares) {
                *sum += share / length;
            }
        }
    }
    let mut found = Vec::new();
    for (number, (of, _)) in judgements.iter().enumerate() {
        let by_word: Vec<f64> = by_word.iter().map(|weights| weights[number]).collect();
        spans(sheet, &by_word, *of, &mut found);
    }
    found
}

fn spans(sheet: &Sheet, by_word: &[f64], of: Aspect, found: &mut Vec<Evidence>) {
    // The five heaviest, so that three spans are left where some are neighbors.
    let mut heaviest: [Option<usize>; MOST + 2] = [None; MOST + 2];
    for word in (0..by_word.len()).filter(|word| by_word[*word] > 0.0) {
        let mut coming = Some(word);
        for held in &mut heaviest {
            let is_heavier = match (coming, *held) {
                (Some(coming), Some(held)) => by_word[coming] > by_word[held],
                (Some(_), None) => true,
                _ => false,
            };
            if is_heavier {
                std::mem::swap(held, &mut coming);
            }
        }
    }
    let Some(first) = heaviest[0] else { return };
    let mut words: Vec<usize> = heaviest
        .into_iter()
        .flatten()
        .filter(|word| by_word[*word] >= by_word[first] * LEAST_SHARE)
        .collect();
    words.sort_unstable();
    let mut spans: Vec<(f64, Evidence)> = Vec::new();
    let mut before = None;
    for word in words {
        let at = sheet.words[word];
        match spans.last_mut() {
            Some((weight, span)) if before == Some(word) && span.is_in_title == at.is_in_title => {
                span.end = at.end;
                *weight += by_word[word];
            }
            _ => spans.push((
                by_word[word],
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
