//! How often is a judgement right, and how sure is that number? Accuracy, precision, recall, F1, calibration, and what
//! would come of other rows of the same kind.
//!
//! Intervals are percentiles of resampled rows (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter
//! 13): a thousand times as many rows are drawn with replacement as there are, and the figure is counted anew. What is
//! drawn depends on nothing but the number of rows, so that the same file has the same intervals.

/// How often rows are drawn anew.
const RESAMPLES: usize = 1000;

/// The share of resampled figures in the interval.
const SURE: f64 = 0.95;

/// Bins of equal width in which probabilities are compared with what was true.
const BINS: usize = 10;

/// Where the draws begin: any number does, as long as it stays.
const SEED: u64 = 0x6772_6f75_7365;

/// One row: what people say it is, and what was judged, as numbers of classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// What it is.
    pub is: usize,
    /// What it was judged to be.
    pub said: usize,
    /// How probable the last class was said to be, 0..=1, where there are two classes and that is told.
    pub probability: Option<f64>,
}

/// A figure with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The figure of the rows that there are.
    pub value: f64,
    /// 2.5 % of the resampled figures are lower.
    pub low: f64,
    /// 2.5 % of the resampled figures are higher.
    pub high: f64,
}

/// How well one class is found.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFigures {
    /// The class.
    pub name: String,
    /// Rows that are of it.
    pub support: u64,
    /// Of the rows that were judged to be of it, the share that is; 0 if none was.
    pub precision: f64,
    /// Of the rows that are of it, the share that was judged so; 0 if there are none.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: Band,
}

/// Probabilities from `from` to below `to` (the last bin holds 1), beside what was true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// The lowest probability.
    pub from: f64,
    /// Below the highest.
    pub to: f64,
    /// Rows.
    pub rows: u64,
    /// Their mean probability; 0 without rows.
    pub said: f64,
    /// The share of them that is of the class; 0 without rows.
    pub is: f64,
}

/// How far probabilities can be taken at their word.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The expected calibration error: the distance of what was said from what was true, over the bins, weighed by their
    /// rows (Naeini, Cooper and Hauskrecht 2015). 0 is perfect.
    pub error: Band,
    /// The mean squared distance of the probability from 0 or 1 (Brier 1950). 0 is perfect; always saying a half is 0.25.
    pub brier: Band,
    /// The ten bins.
    pub bins: Vec<Bin>,
}

/// All figures of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Rows.
    pub rows: u64,
    /// The share of rows that was judged right.
    pub accuracy: Band,
    /// The mean of the F1 of the classes that rows are of: a rare class counts as much as a common one.
    pub macro_f1: Band,
    /// The classes that a row is of or was judged to be of, in the order given.
    pub classes: Vec<ClassFigures>,
    /// Rows by what they are and then by what they were judged to be, in the order of `classes`.
    pub confusion: Vec<Vec<u64>>,
    /// Where every row has a probability.
    pub calibration: Option<Calibration>,
}

/// Counts the figures of `rows` among the classes `names`. `None` without rows, and if a class has no name.
#[must_use]
pub fn evaluate(names: &[String], rows: &[Judged]) -> Option<Evaluation> {
    let is_named = |row: &Judged| row.is < names.len() && row.said < names.len();
    if rows.is_empty() || !rows.iter().all(is_named) {
        return None;
    }
    let count = Count::of(names.len(), rows.iter().copied());
    let mut cells = vec![0; names.len() * names.len()];
    for row in rows {
        cells[row.is * names.len() + row.said] += 1;
    }
    let has_probabilities = rows.iter().all(|row| row.probability.is_some());
    let mut draws = Draws(SEED);
    let resampled: Vec<Count> = (0..RESAMPLES)
        .map(|_| Count::of(names.len(), (0..rows.len()).map(|_| rows[draws.below(rows.len())])))
        .collect();
    let band = |figure: &dyn Fn(&Count) -> f64| {
        let mut figures: Vec<f64> = resampled.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| quantile(&figures, share);
        Band { value: figure(&count), low: at((1.0 - SURE) / 2.0), high: at(f64::midpoint(1.0, SURE)) }
    };
    // Which classes count is decided by the rows that there are, so that each resampled figure is of the same kind.
    let labelled: Vec<usize> = (0..names.len()).filter(|class| count.are[*class] > 0).collect();
    let shown: Vec<usize> =
        (0..names.len()).filter(|class| count.are[*class] + count.said[*class] > 0).collect();
    Some(Evaluation {
        rows: rows.len() as u64,
        accuracy: band(&Count::accuracy),
        macro_f1: band(&|count| {
            labelled.iter().map(|class| count.f1(*class)).sum::<f64>() / labelled.len() as f64
        }),
        classes: shown
            .iter()
            .map(|class| ClassFigures {
                name: names[*class].clone(),
                support: count.are[*class],
                precision: share(count.right[*class], count.said[*class]),
                recall: share(count.right[*class], count.are[*class]),
                f1: band(&|count| count.f1(*class)),
            })
            .collect(),
        confusion: shown
            .iter()
            .map(|is| shown.iter().map(|said| cells[is * names.len() + said]).collect())
            .collect(),
        calibration: has_probabilities.then(|| Calibration {
            error: band(&Count::calibration_error),
            brier: band(&|count| count.squares / count.rows as f64),
            bins: count.bins(),
        }),
    })
}

/// What figures are made of.
struct Count {
    rows: u64,
    /// Rows of each class.
    are: Vec<u64>,
    /// Rows that were judged to be of it.
    said: Vec<u64>,
    /// Rows that are and were.
    right: Vec<u64>,
    /// Of each bin: rows, the sum of their probabilities, and how many are of the last class.
    bins: [(u64, f64, u64); BINS],
    /// The sum of the squared distances of probabilities from what was true.
    squares: f64,
}

impl Count {
    fn of(classes: usize, rows: impl Iterator<Item = Judged>) -> Self {
        let none = || vec![0; classes];
        let mut count = Self {
            rows: 0,
            are: none(),
            said: none(),
            right: none(),
            bins: [(0, 0.0, 0); BINS],
            squares: 0.0,
        };
        for row in rows {
            count.rows += 1;
            count.are[row.is] += 1;
            count.said[row.said] += 1;
            count.right[row.is] += u64::from(row.is == row.said);
            if let Some(probability) = row.probability {
                let is = row.is + 1 == classes;
                let bin = &mut count.bins[bin_of(probability)];
                *bin = (bin.0 + 1, bin.1 + probability, bin.2 + u64::from(is));
                let distance = probability - f64::from(u8::from(is));
                count.squares += distance * distance;
            }
        }
        count
    }

    fn accuracy(&self) -> f64 {
        share(self.right.iter().sum(), self.rows)
    }

    fn f1(&self, class: usize) -> f64 {
        share(2 * self.right[class], self.are[class] + self.said[class])
    }

    fn calibration_error(&self) -> f64 {
        let apart: f64 = self.bins.iter().map(|(_, said, is)| (said - *is as f64).abs()).sum();
        apart / self.rows as f64
    }

    fn bins(&self) -> Vec<Bin> {
        (0_u8..)
            .zip(&self.bins)
            .map(|(at, (rows, said, is))| Bin {
                from: f64::from(at) / BINS as f64,
                to: f64::from(at + 1) / BINS as f64,
                rows: *rows,
                said: if *rows > 0 { said / *rows as f64 } else { 0.0 },
                is: share(*is, *rows),
            })
            .collect()
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the bins")]
fn bin_of(probability: f64) -> usize {
    (probability * BINS as f64).clamp(0.0, BINS as f64 - 1.0) as usize
}

/// The value below which `share` of the sorted values are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (share * sorted.len() as f64) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

/// Numbers that look drawn by lot and are always the same: splitmix64 (Steele, Lea, Flood 2014).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound`, by the high half of a product (Lemire 2019): off by less than one in 2^40 for any file.
    fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }
}

/// The finalizer of splitmix64.
pub(super) fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("class {at}")).collect()
    }

    fn rows(pairs: &[(usize, usize)]) -> Vec<Judged> {
        pairs.iter().map(|(is, said)| Judged { is: *is, said: *said, probability: None }).collect()
    }

    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn figures_worked_out_by_hand_come_out() {
        // 3 of 4 of class 0, 1 of 2 of class 1; class 2 is only said once, of a row that is 1.
        let pairs = [(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 2)];
        let found = evaluate(&names(4), &rows(&pairs)).unwrap();
        assert_eq!((found.rows, found.classes.len()), (6, 3));
        assert!(is_near(found.accuracy.value, 4.0 / 6.0));
        assert!(is_near(found.classes[0].precision, 1.0) && is_near(found.classes[0].recall, 0.75));
        assert!(is_near(found.classes[0].f1.value, 6.0 / 7.0));
        assert!(is_near(found.classes[1].precision, 0.5) && is_near(found.classes[1].f1.value, 0.5));
        assert_eq!((found.classes[2].support, found.classes[2].recall), (0, 0.0));
        // No row is of class 2: it has no say in the mean.
        assert!(is_near(found.macro_f1.value, f64::midpoint(6.0 / 7.0, 0.5)));
        assert_eq!(found.confusion, [[3, 1, 0], [0, 1, 1], [0, 0, 0]]);
        assert!(found.calibration.is_none());
        assert!(evaluate(&names(2), &[]).is_none() && evaluate(&names(1), &rows(&pairs)).is_none());
    }

    #[test]
    fn calibration_worked_out_by_hand_comes_out() {
        let row = |is, probability: f64| Judged {
            is,
            said: usize::from(probability >= 0.5),
            probability: Some(probability),
        };
        // Two at 0.75 of which one is, one at 1 that is, one at 0.25 that is not.
        let found = evaluate(&names(2), &[row(1, 0.75), row(0, 0.75), row(1, 1.0), row(0, 0.25)]).unwrap();
        let calibration = found.calibration.unwrap();
        assert!(is_near(calibration.error.value, (0.5 + 0.0 + 0.25) / 4.0));
        assert!(is_near(calibration.brier.value, (0.0625 + 0.5625 + 0.0625) / 4.0));
        let bins: Vec<(u64, f64, f64)> =
            calibration.bins.iter().map(|bin| (bin.rows, bin.said, bin.is)).collect();
        assert_eq!(bins[7], (2, 0.75, 0.5));
        assert_eq!((bins[9], bins[2]), ((1, 1.0, 1.0), (1, 0.25, 0.0)));
        assert_eq!(calibration.bins.iter().map(|bin| bin.rows).sum::<u64>(), 4);
    }

    #[test]
    fn the_interval_is_that_of_the_binomial() {
        // 80 of 100 right: the standard error of a share is the root of 0.8 * 0.2 / 100, so 0.8 ± 0.078.
        let pairs: Vec<(usize, usize)> =
            (0..100).map(|at| (at % 2, (at + usize::from(at < 20)) % 2)).collect();
        let accuracy = evaluate(&names(2), &rows(&pairs)).unwrap().accuracy;
        assert!(is_near(accuracy.value, 0.8));
        assert!((accuracy.low - 0.722).abs() < 0.02 && (accuracy.high - 0.878).abs() < 0.02, "{accuracy:?}");
    }

    /// The obvious way: each class by itself, row by row.
    fn slow_macro_f1(rows: &[Judged]) -> f64 {
        let mut classes: Vec<usize> = rows.iter().map(|row| row.is).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut sum = 0.0;
        for class in &classes {
            let right = rows.iter().filter(|row| row.is == *class && row.said == *class).count() as f64;
            let said = rows.iter().filter(|row| row.said == *class).count() as f64;
            let are = rows.iter().filter(|row| row.is == *class).count() as f64;
            if right > 0.0 {
                let (precision, recall) = (right / said, right / are);
                sum += 2.0 * precision * recall / (precision + recall);
            }
        }
        sum / classes.len() as f64
    }

    proptest! {
        #![proptest_config(crate::tries::tries(64))]
        #[test]
        fn figures_are_those_of_the_obvious_way(
            pairs in proptest::collection::vec((0..4_usize, 0..4_usize, 0.0..=1.0_f64), 1..60),
        ) {
            let rows: Vec<Judged> = pairs
                .iter()
                .map(|(is, said, p)| Judged { is: *is, said: *said, probability: Some(*p) })
                .collect();
            let found = evaluate(&names(4), &rows).unwrap();
            prop_assert!(is_near(found.macro_f1.value, slow_macro_f1(&rows)));
            let right = rows.iter().filter(|row| row.is == row.said).count() as f64;
            prop_assert!(is_near(found.accuracy.value, right / rows.len() as f64));
            prop_assert_eq!(found.confusion.iter().flatten().sum::<u64>(), rows.len() as u64);
            prop_assert_eq!(found.classes.iter().map(|class| class.support).sum::<u64>(), rows.len() as u64);
            let calibration = found.calibration.clone().unwrap();
            let of_bins = calibration.bins.iter().map(|bin| bin.rows as f64 * (bin.said - bin.is).abs());
            prop_assert!((calibration.error.value - of_bins.sum::<f64>() / rows.len() as f64).abs() < 1e-9);
            for band in [found.accuracy, found.macro_f1, calibration.error, calibration.brier] {
                prop_assert!(0.0 <= band.low && band.low <= band.high && band.high <= 1.0 + 1e-9);
            }
            // Rows in another order are the same rows.
            let turned: Vec<Judged> = rows.iter().rev().copied().collect();
            let again = evaluate(&names(4), &turned).unwrap();
            prop_assert_eq!(&again.confusion, &found.confusion);
            prop_assert_eq!(evaluate(&names(4), &rows).unwrap(), found);
        }
    }
}
