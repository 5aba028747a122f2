//! Which language does a word look like that no list has?
//!
//! By its letters, three at a time, with the ends of the word: `-ung` is German, `-oek-` Dutch, `-ção` Portuguese. The
//! lists of the lexicon are all that it learns from, at the first use, so there is no file to keep and nothing to train:
//! a word that is added to a list teaches its spelling, too. Accents are left out, since people leave them out.

use std::sync::LazyLock;

use super::{NAT, fold, telling_lists};
use crate::model::Language;

/// Letters of a word that are looked at.
pub(super) const LONGEST: usize = 24;

/// Letters, and the end of a word.
const SIGNS: usize = 27;

/// Added to each count: a triple that no list has is not impossible. Tuned on half of the labeled tweets, cut down to a
/// few words and with letters dropped and swapped; so are the next two.
const SMOOTHING: f32 = 0.8;

/// The share of the log odds that counts: triples overlap, so each says in part what the last one said.
const SHARE: f32 = 0.25;

/// The share for all other languages: their lists are many and short, so that any rare triple looks like one of them.
const SHARE_OTHER: f32 = 0.075;

/// The most that a word says by its shape.
const MOST: i32 = 7 * NAT / 2;

/// A letter without its accent, `a` to `z` as 1 to 26; others are as good as the end of a word.
pub(super) fn plain(letter: char) -> u8 {
    let letter = match letter {
        'a'..='z' => letter,
        'à'..='å' | 'ą' | 'ă' => 'a',
        'ç' | 'č' | 'ć' => 'c',
        'è'..='ë' | 'ě' | 'ę' => 'e',
        'ì'..='ï' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ő' => 'o',
        'ù'..='ü' | 'ů' | 'ű' => 'u',
        'ß' | 'š' | 'ś' | 'ş' | 'ș' => 's',
        'ý' | 'ÿ' => 'y',
        'ž' | 'ż' | 'ź' => 'z',
        'ł' => 'l',
        'ř' => 'r',
        'ț' => 't',
        'ğ' => 'g',
        _ => return 0,
    };
    u8::try_from(u32::from(letter) - u32::from('a') + 1).unwrap_or(0)
}

/// What the shape of a word says for each language, in the order of [`Language::ALL`]; its letters as [`plain`] gives.
pub(super) fn weights(spelling: &[u8]) -> [i32; 8] {
    let mut sum = [0; 8];
    // One letter has no shape.
    if spelling.len() < 2 {
        return sum;
    }
    let table = &*TABLE;
    for at in triples(spelling) {
        for (sum, weight) in sum.iter_mut().zip(table[at]) {
            *sum += i32::from(weight);
        }
    }
    sum.map(|weight| weight.clamp(-MOST, MOST))
}

/// The place of each triple of a word in the table.
fn triples(spelling: &[u8]) -> impl Iterator<Item = usize> {
    let sign =
        |at: usize| at.checked_sub(1).and_then(|at| spelling.get(at)).map_or(0, |sign| usize::from(*sign));
    (0..spelling.len()).map(move |at| (sign(at) * SIGNS + sign(at + 1)) * SIGNS + sign(at + 2))
}

/// The log odds of each triple for each language against the mean of ours, in sixteenths of a natural-log unit.
static TABLE: LazyLock<Vec<[i8; 8]>> = LazyLock::new(|| {
    const PLACES: usize = SIGNS * SIGNS * SIGNS;
    let mut counts = vec![[0_f32; 8]; PLACES];
    let mut totals = [0_f32; 8];
    for (language, list) in telling_lists() {
        for word in list {
            let spelling: Vec<u8> = fold(word).chars().map(plain).collect();
            for at in triples(&spelling) {
                counts[at][language as usize] += 1.0;
                totals[language as usize] += 1.0;
            }
        }
    }
    let log_odds = |counts: &[f32; 8]| {
        let mut logs = [0_f32; 8];
        for language in Language::ALL {
            let at = language as usize;
            logs[at] = ((counts[at] + SMOOTHING) / (totals[at] + SMOOTHING * PLACES as f32 / 4.0)).ln();
        }
        let other = Language::Other as usize;
        let mean = logs[..other].iter().sum::<f32>() / other as f32;
        let mut weights = logs.map(|log| weight((log - mean) * SHARE));
        weights[other] = weight((logs[other] - mean) * SHARE_OTHER);
        weights
    };
    counts.iter().map(log_odds).collect()
});

#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn weight(log_odds: f32) -> i8 {
    (log_odds * NAT as f32).round().clamp(-100.0, 100.0) as i8
}
