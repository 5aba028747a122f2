//! How much of what a question finds is about the brand at all, and how much of that is a complaint? From a sample that a
//! person looked through.
//!
//! Intervals are Wilson's (1927), which hold for small samples and for shares near 0 and 1.

use super::figures::mix;

/// The quantile of the normal distribution that leaves 2.5 % on either side.
const Z: f64 = 1.959_963_984_540_054;

/// What a person said of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// It is about the brand that the question means.
    pub is_about: bool,
    /// It is a complaint; `None` where that was not asked, since it is not about the brand.
    pub is_complaint: Option<bool>,
    /// Grouse shows it as a complaint.
    pub is_judged_complaint: bool,
}

/// A share with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Posts that are so.
    pub count: u64,
    /// Posts that were answered.
    pub of: u64,
    /// The share.
    pub share: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What a person's answers come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Of the posts: those that Grouse counts as complaints, whatever they are about.
    pub raw: Rate,
    /// Of the posts: those about the brand.
    pub in_context: Rate,
    /// Of the posts: those about the brand that are complaints.
    pub true_complaint: Rate,
    /// Of what Grouse counts as complaints: those that are complaints about the brand.
    pub right: Rate,
}

/// The share `count` of `of` with Wilson's interval; without posts, nothing is known: 0 to 1.
#[must_use]
pub fn wilson(count: u64, of: u64) -> Rate {
    if of == 0 {
        return Rate { count, of, share: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, share) = (of as f64, count as f64 / of as f64);
    let middle = share + Z * Z / (2.0 * n);
    let reach = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    // Rounding may put the ends a little outside at 0 and 1, where they are exact.
    let (low, high) = ((middle - reach) / whole, (middle + reach) / whole);
    Rate { count, of, share, low: low.clamp(0.0, share), high: high.clamp(share, 1.0) }
}

/// Counts a person's answers.
#[must_use]
pub fn noise(answers: &[Answer]) -> Noise {
    let is_true = |answer: &&Answer| answer.is_about && answer.is_complaint == Some(true);
    let count = |test: &dyn Fn(&&Answer) -> bool| answers.iter().filter(|answer| test(answer)).count() as u64;
    let (all, judged) = (answers.len() as u64, count(&|answer| answer.is_judged_complaint));
    Noise {
        raw: wilson(judged, all),
        in_context: wilson(count(&|answer| answer.is_about), all),
        true_complaint: wilson(count(&is_true), all),
        right: wilson(count(&|answer| answer.is_judged_complaint && is_true(answer)), judged),
    }
}

/// Draws items of different cases, each case as likely as another, in one pass and whatever the order of the items: those
/// whose case has the smallest hash.
#[derive(Debug)]
pub struct Sample<T> {
    size: usize,
    seed: u64,
    /// By hash of the case, then by the item's own name.
    drawn: Vec<(u64, String, T)>,
}

impl<T> Sample<T> {
    /// A sample of at most `size` items. Another seed draws others.
    #[must_use]
    pub fn new(size: usize, seed: u64) -> Self {
        Self { size, seed, drawn: Vec::new() }
    }

    /// Offers an item; `make` is called if it is drawn so far. Of one case the item with the smallest name is drawn.
    pub fn offer(&mut self, case: u64, name: &str, make: impl FnOnce() -> T) {
        let hash = mix(case ^ mix(self.seed));
        match self.drawn.binary_search_by(|(other, ..)| other.cmp(&hash)) {
            Ok(at) => {
                if self.drawn.get(at).is_some_and(|(_, known, _)| name < known.as_str()) {
                    self.drawn[at] = (hash, name.to_owned(), make());
                }
            }
            Err(at) if at < self.size => {
                self.drawn.insert(at, (hash, name.to_owned(), make()));
                self.drawn.truncate(self.size);
            }
            Err(_) => {}
        }
    }

    /// What was drawn, in an order that says nothing about the items.
    #[must_use]
    pub fn into_items(self) -> Vec<T> {
        self.drawn.into_iter().map(|(.., item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wilson_is_as_in_the_books() {
        // Newcombe 1998, table I: 81 of 263 and 0 of 20, method 3.
        let rate = wilson(81, 263);
        assert!((rate.low - 0.2553).abs() < 5e-5 && (rate.high - 0.3662).abs() < 5e-5, "{rate:?}");
        let none = wilson(0, 20);
        assert!(none.low == 0.0 && (none.high - 0.1611).abs() < 5e-5, "{none:?}");
        assert_eq!((wilson(0, 0).low, wilson(0, 0).high), (0.0, 1.0));
    }

    #[test]
    fn rates_are_of_all_answers() {
        let answer = |is_about, is_complaint, is_judged_complaint| Answer {
            is_about,
            is_complaint,
            is_judged_complaint,
        };
        let found = noise(&[
            answer(true, Some(true), true),
            answer(true, Some(false), true),
            answer(false, None, true),
            answer(true, Some(true), false),
        ]);
        assert_eq!((found.raw.count, found.in_context.count, found.true_complaint.count), (3, 3, 2));
        assert_eq!((found.right.count, found.right.of), (1, 3));
    }

    proptest! {
        #[test]
        fn a_sample_is_the_same_in_any_order(
            items in proptest::collection::vec((0..20_u64, "[a-z]{1,3}"), 0..60), seed in 0..5_u64,
        ) {
            let draw = |items: &[(u64, String)]| {
                let mut sample = Sample::new(8, seed);
                for (case, name) in items {
                    sample.offer(*case, name, || (*case, name.clone()));
                }
                sample.into_items()
            };
            let drawn = draw(&items);
            let turned: Vec<_> = items.iter().rev().cloned().collect();
            prop_assert_eq!(&draw(&turned), &drawn);
            let mut cases: Vec<u64> = items.iter().map(|(case, _)| *case).collect();
            cases.sort_unstable();
            cases.dedup();
            prop_assert_eq!(drawn.len(), cases.len().min(8));
            // Each case once, by its first name.
            for (case, name) in &drawn {
                let first = items.iter().filter(|(other, _)| other == case).map(|(_, name)| name).min();
                prop_assert_eq!(first, Some(name));
                prop_assert_eq!(drawn.iter().filter(|(other, _)| other == case).count(), 1);
            }
        }

        #[test]
        fn the_share_is_inside_its_interval(of in 1..400_u64, part in 0.0..=1.0_f64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a few hundred")]
            let count = (part * of as f64) as u64;
            let rate = wilson(count, of);
            prop_assert!(0.0 <= rate.low && rate.low <= rate.share && rate.share <= rate.high && rate.high <= 1.0);
        }
    }
}
