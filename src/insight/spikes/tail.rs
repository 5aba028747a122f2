//! How likely is a count so high, where so many usually come? The upper tail of a negative binomial distribution, summed
//! exactly: counts of an hour are too small for anything that supposes a normal one.

use crate::insight::statistics::log_gamma;

/// Terms that are added up at most; what follows them is bounded by a geometric series.
const MAX_TERMS: u32 = 20_000;

/// A term that adds less than this share changes nothing that is looked at.
const NEGLIGIBLE: f64 = 1e-12;

/// Logarithm of the probability that a count is `count` or more, where its mean is `mean` and its variance
/// `mean + dispersion · mean²`. With `dispersion` near zero this is the Poisson distribution.
///
/// Not above the mean, where nothing is unusual, it is 0.
pub(super) fn log_tail(count: f64, mean: f64, dispersion: f64) -> f64 {
    if count <= mean || mean <= 0.0 {
        return 0.0;
    }
    let size = 1.0 / dispersion.max(1e-6);
    let success = mean / (mean + size);
    let first = log_gamma(count + size) - log_gamma(size) - log_gamma(count + 1.0)
        + size * (-success).ln_1p()
        + count * success.ln();
    let (mut at, mut term, mut sum) = (count, 1.0, 0.0);
    for _ in 0..MAX_TERMS {
        sum += term;
        // From one count to the next: above the mean this is less than one, and falls toward `success`.
        let ratio = success * (at + size) / (at + 1.0);
        term *= ratio;
        at += 1.0;
        if term < NEGLIGIBLE * sum {
            return first + sum.ln();
        }
    }
    let ratio = success * (at + size) / (at + 1.0);
    first + (sum + term / (1.0 - ratio).max(f64::MIN_POSITIVE)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_textbook() {
        // Poisson with mean 2: P(X ≥ 5) = 1 − e⁻²·(1 + 2 + 2 + 4/3 + 2/3).
        let by_hand = 1.0 - (-2.0_f64).exp() * 7.0;
        assert!((log_tail(5.0, 2.0, 0.0).exp() - by_hand).abs() < 1e-5);
        // Negative binomial with size 1 is geometric: P(X ≥ k) = (mean / (1 + mean))^k.
        assert!((log_tail(7.0, 3.0, 1.0) - 7.0 * 0.75_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn what_is_usual_is_likely_and_what_is_huge_is_not() {
        assert!(log_tail(0.0, 3.0, 0.1) > -1e-9);
        assert!(log_tail(3.0, 3.0, 0.1) > -1e-9);
        let huge = log_tail(1e6, 500.0, 0.1);
        assert!(huge.is_finite() && huge < -1000.0, "{huge}");
    }
}
