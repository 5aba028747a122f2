//! How sure is a share, and how sure is a change? Intervals and tests that hold for small counts, each after its paper.

/// How many standard errors lie about 95 % of cases.
const Z: f64 = 1.959_963_985;

/// Ways to divide what both have, up to which a difference is tested exactly; above it, where neither side is small, the
/// normal distribution is as good.
const EXACT: u64 = 1000;

/// A term that adds less than this share changes nothing that is looked at.
const NEGLIGIBLE: f64 = 1e-14;

/// The interval in which the true share lies in 95 of 100 cases if `count` of `of` have something (Wilson, "Probable
/// inference, the law of succession, and statistical inference", 1927). Unlike the textbook's interval it stays within 0
/// and 1 and holds for small counts. Of nothing, all shares are possible.
#[must_use]
pub fn wilson(count: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    let n = of as f64;
    let share = (count.min(of)) as f64 / n;
    let square = Z * Z;
    let middle = share + square / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    (((middle - half) / scale).clamp(0.0, share), ((middle + half) / scale).clamp(share, 1.0))
}

/// How likely two shares are to differ so much, in either direction, if they are the same in truth: `a` of `a_of` and `b`
/// of `b_of`. As `same_in_each` of one kind.
#[must_use]
pub fn same_share(a: u64, a_of: u64, b: u64, b_of: u64) -> f64 {
    same_in_each(&[[a, a_of, b, b_of]])
}

/// How likely the counts of one side are to be so many or so few, if in each kind of post both sides have the same share in
/// truth: `[a, a_of, b, b_of]` for each kind. What makes kinds differ, as the language of posts, is no difference of sides.
///
/// Small counts exactly, as Fisher ("On the interpretation of χ² from contingency tables", 1922) for one kind: all sums
/// that are no likelier than this one are added up. Where there are over a thousand tables, and so no count is small, by the
/// normal distribution (Mantel and Haenszel, "Statistical aspects of the analysis of data from retrospective studies of
/// disease", 1959, without their correction for continuity): never where few stand against many.
#[must_use]
pub(super) fn same_in_each(kinds: &[[u64; 4]]) -> f64 {
    let kinds: Vec<[u64; 4]> = kinds
        .iter()
        .map(|[a, a_of, b, b_of]| [*a.min(a_of), *a_of, *b.min(b_of), *b_of])
        // Of these nothing else was possible.
        .filter(|[a, a_of, b, b_of]| *a_of > 0 && *b_of > 0 && a + b > 0 && a + b < a_of + b_of)
        .collect();
    if kinds.is_empty() {
        return 1.0;
    }
    let is_small = |kind: &[u64; 4]| {
        let (lowest, highest) = tables(*kind);
        highest - lowest < EXACT
    };
    if kinds.iter().all(is_small) { exact(&kinds) } else { normal(&kinds) }
}

/// How few and how many of what both have the first side can have.
fn tables([a, a_of, b, b_of]: [u64; 4]) -> (u64, u64) {
    ((a + b).saturating_sub(b_of), (a + b).min(a_of))
}

fn exact(kinds: &[[u64; 4]]) -> f64 {
    let (mut sums, mut observed) = (vec![1.0], 0);
    for kind in kinds {
        let likely = hypergeometric(*kind);
        let mut both = vec![0.0; sums.len() + likely.len() - 1];
        for (at, one) in sums.iter().enumerate().filter(|(_, one)| **one > NEGLIGIBLE) {
            for (more, other) in likely.iter().enumerate() {
                both[at + more] += one * other;
            }
        }
        sums = both;
        observed += usize::try_from(kind[0] - tables(*kind).0).unwrap_or_default();
    }
    // As likely as the observed one but for rounding.
    let limit = sums[observed] * (1.0 + 1e-7);
    sums.into_iter().filter(|likely| *likely <= limit).sum::<f64>().min(1.0)
}

/// The probabilities of all that the first side can have, if both have the same share: the likeliest by its formula, and the
/// others from it, each by its neighbor, so that thousands of tables take no time.
fn hypergeometric(kind: [u64; 4]) -> Vec<f64> {
    let [a, a_of, b, b_of] = kind;
    let both = a + b;
    let (lowest, highest) = tables(kind);
    let expected = u128::from(a_of + 1) * u128::from(both + 1) / u128::from(a_of + b_of + 2);
    let mode = u64::try_from(expected).unwrap_or(highest).clamp(lowest, highest);
    // The next table has one more on this side and one less on the other.
    let next = |first: u64| {
        (a_of - first) as f64 * (both - first) as f64
            / ((first + 1) as f64 * (b_of + first + 1 - both) as f64)
    };
    let log = ln_choose(a_of, mode) + ln_choose(b_of, both - mode) - ln_choose(a_of + b_of, both);
    let mut below = vec![log.exp()];
    for first in (lowest..mode).rev() {
        below.push(below.last().copied().unwrap_or(0.0) / next(first));
    }
    below.reverse();
    for first in mode..highest {
        below.push(below.last().copied().unwrap_or(0.0) * next(first));
    }
    below
}

fn normal(kinds: &[[u64; 4]]) -> f64 {
    let (mut away, mut variance) = (0.0, 0.0);
    for [a, a_of, b, b_of] in kinds.iter().map(|kind| kind.map(|count| count as f64)) {
        let (of, both) = (a_of + b_of, a + b);
        away += a - both * a_of / of;
        variance += both * (of - both) * a_of * b_of / (of * of * (of - 1.0));
    }
    error_function_rest(away.abs() / (2.0 * variance).sqrt())
}

/// How likely it is that `count` or more of `of` have what each has with probability `share`: the upper tail of the
/// binomial distribution, summed exactly.
#[must_use]
pub fn at_least(count: u64, of: u64, share: f64) -> f64 {
    if count == 0 || share >= 1.0 {
        return 1.0;
    }
    if count > of || share <= 0.0 {
        return 0.0;
    }
    let odds = (share / (1.0 - share)).ln();
    let mut log = ln_choose(of, count) + count as f64 * share.ln() + (of - count) as f64 * (-share).ln_1p();
    let mut sum = 0.0;
    for at in count..=of {
        let term = log.exp();
        sum += term;
        if term < NEGLIGIBLE * sum && at as f64 > of as f64 * share {
            break;
        }
        log += ((of - at) as f64).ln() - ((at + 1) as f64).ln() + odds;
    }
    sum.min(1.0)
}

/// The probabilities of many tests, each corrected for how many there are (Benjamini and Hochberg, "Controlling the false
/// discovery rate", 1995): of the changes that are called real because theirs is at most 0.05, one in twenty is not,
/// in the mean. With Holm's correction fewer real ones would be seen, and a list of changes is looked at, not acted upon
/// blindly.
#[must_use]
pub fn corrected(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let mut out = vec![1.0; probabilities.len()];
    let mut least: f64 = 1.0;
    for (rank, at) in order.iter().enumerate().rev() {
        least = least.min(probabilities[*at] * probabilities.len() as f64 / (rank + 1) as f64);
        out[*at] = least;
    }
    out
}

fn ln_choose(of: u64, count: u64) -> f64 {
    let ln_factorial = |n: u64| log_gamma(n as f64 + 1.0);
    ln_factorial(of) - ln_factorial(count) - ln_factorial(of - count)
}

/// Logarithm of the gamma function of a positive number: Stirling's series, from ten on, to about 1e-9.
pub(super) fn log_gamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let square = x * x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x * square)
        + 1.0 / (1260.0 * x * square * square)
        - shift
}

/// One minus the error function: near zero by its power series, beyond by its continued fraction (Abramowitz and Stegun,
/// 7.1.5 and 7.1.14).
fn error_function_rest(x: f64) -> f64 {
    let root = std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..60 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return (1.0 - 2.0 / root * sum).clamp(0.0, 1.0);
    }
    let mut fraction = x;
    for n in (1..60).rev() {
        fraction = x + f64::from(n) / 2.0 / fraction;
    }
    (-x * x).exp() / root / fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn intervals_are_those_of_the_paper() {
        // 1 of 10 and 0 of 20, worked out by hand from the formula.
        let (low, high) = wilson(1, 10);
        near(low, 0.017_876, 1e-5);
        near(high, 0.404_150, 1e-5);
        let (low, high) = wilson(0, 20);
        near(low, 0.0, 1e-12);
        near(high, 3.841_459 / 23.841_459, 1e-6);
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn small_tables_are_tested_exactly() {
        // Fisher's tea: 3 of 4 against 1 of 4. By hand: (16 + 1) · 2 / 70.
        near(same_share(3, 4, 1, 4), 34.0 / 70.0, 1e-7);
        near(same_share(4, 4, 0, 4), 2.0 / 70.0, 1e-7);
        near(same_share(5, 10, 5, 10), 1.0, 1e-7);
        near(same_share(0, 10, 0, 20), 1.0, 0.0);
    }

    #[test]
    fn all_tables_together_are_sure() {
        for kind in [[3, 4, 1, 4], [0, 900, 40, 100_000], [700, 1000, 200, 5000], [5, 5, 6, 90], [1, 1, 0, 3]]
        {
            let likely = hypergeometric(kind);
            let (lowest, highest) = tables(kind);
            assert_eq!(likely.len() as u64, highest - lowest + 1);
            near(likely.iter().sum(), 1.0, 1e-6);
        }
    }

    #[test]
    fn large_counts_are_tested_by_the_normal_distribution() {
        // z = (0.12 - 0.10) / sqrt(0.11 · 0.89 · 2 / 10000) = 4.5199…, less one part in 40,000: twice the tail is 6.19e-6.
        near(same_share(1200, 10_000, 1000, 10_000), 6.19e-6, 3e-8);
        near(error_function_rest(0.5), 0.479_500_122_187, 1e-11);
        near(error_function_rest(1.5), 0.033_894_853_525, 1e-11);
        near(error_function_rest(3.0), 2.209_049_699_9e-5, 1e-14);
        // Where the one hands over to the other they agree to within one part in ten: the exact test is the more careful.
        let kind = [[520, 5000, 460, 5000]];
        let (exact, normal) = (exact(&kind), normal(&kind));
        near(exact.ln(), normal.ln(), 0.1);
        assert!(exact > normal);
    }

    #[test]
    fn few_are_tested_exactly_however_many_they_stand_against() {
        // All three of three against 1200 of 5000. By hand: C(1203, 3) / C(5003, 3), and no other table is less likely.
        let expect = (1203.0 * 1202.0 * 1201.0) / (5003.0 * 5002.0 * 5001.0);
        near(same_share(3, 3, 1200, 5000) / expect, 1.0, 1e-5);
        near(same_share(1200, 5000, 3, 3) / expect, 1.0, 1e-5);
    }

    #[test]
    fn what_makes_kinds_differ_is_no_difference_of_sides() {
        // Of the first kind a half have it, of the second a tenth, on both sides; only the mix differs.
        let kinds = [[45, 90, 5, 10], [1, 10, 9, 90]];
        near(same_in_each(&kinds), 1.0, 0.3);
        assert!(same_share(46, 100, 14, 100) < 1e-5);
        // By hand: two kinds of Fisher's tea, 4 against 0 of 4 in both. Of 70 · 70 tables one is like this, one opposite.
        near(same_in_each(&[[4, 4, 0, 4], [4, 4, 0, 4]]), 2.0 / 4900.0, 1e-9);
        // What nobody has and what all have tells nothing.
        near(same_in_each(&[[3, 4, 1, 4], [0, 9, 0, 9], [5, 5, 6, 6], [1, 1, 0, 0]]), 34.0 / 70.0, 1e-7);
        near(same_in_each(&[]), 1.0, 0.0);
    }

    #[test]
    fn tails_are_those_of_the_binomial_distribution() {
        near(at_least(1, 3, 0.5), 7.0 / 8.0, 1e-8);
        near(at_least(3, 3, 0.5), 1.0 / 8.0, 1e-8);
        near(at_least(5, 20, 0.1), 0.043_174, 1e-6);
        near(at_least(0, 20, 0.1), 1.0, 0.0);
        near(at_least(21, 20, 0.1), 0.0, 0.0);
        near(at_least(900, 10_000, 0.1), 0.999_6, 2e-4);
    }

    #[test]
    fn many_tests_are_corrected_as_in_the_paper() {
        // By hand: 0.01·4/1, 0.02·4/2, 0.03·4/3, 0.5·4/4, each at most the next.
        let found = corrected(&[0.5, 0.01, 0.03, 0.02]);
        for (found, expect) in found.iter().zip([0.5, 0.04, 0.04, 0.04]) {
            near(*found, expect, 1e-12);
        }
        assert!(corrected(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn a_share_lies_in_its_interval(count in 0_u64..5000, more in 0_u64..5000) {
            let of = count + more;
            let (low, high) = wilson(count, of);
            let share = if of == 0 { 0.5 } else { count as f64 / of as f64 };
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        }

        #[test]
        fn a_change_is_as_likely_seen_from_either_side(a in 0_u64..300, b in 0_u64..300, more in 1_u64..300) {
            let (a_of, b_of) = (a + more, b + 2 * more);
            let there = same_share(a, a_of, b, b_of);
            prop_assert!((0.0..=1.0).contains(&there));
            prop_assert!((there - same_share(b, b_of, a, a_of)).abs() < 1e-9);
        }

        #[test]
        fn a_correction_makes_no_test_surer(tests in prop::collection::vec(0.0_f64..=1.0, 0..40)) {
            for (before, after) in tests.iter().zip(corrected(&tests)) {
                prop_assert!(*before <= after + 1e-12 && after <= 1.0);
            }
        }
    }
}
