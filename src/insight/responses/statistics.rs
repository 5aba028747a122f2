//! How long does it take, and how sure is that? Quantiles, shares and survival, each with its interval.
//!
//! Pure. All intervals are of 95 %. Times are whole seconds, so that equal times are equal.

/// The normal deviate of a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A value with what it may be as well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// The lower end of its interval; `None` where too little is known to give one.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

/// A share of `of` cases, with the score interval of Wilson (1927), which Brown, Cai and Das Gupta (2001) advise for any
/// number of cases: it stays within 0 and 1, and covers also where no case or every case counts. `None` of none.
#[must_use]
pub fn share(count: usize, of: usize) -> Option<Estimate> {
    if of == 0 {
        return None;
    }
    let (n, p) = (of as f64, count as f64 / of as f64);
    let z2 = Z * Z;
    let center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At the ends the formula gives 0 and 1 but for the last bits.
    let low = if count == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if count == of { 1.0 } else { (center + half).min(1.0) };
    Some(Estimate { value: p, low: Some(low), high: Some(high) })
}

/// The `p`-quantile of sorted times: the inverse of their distribution, in the middle where that is flat (definition 2 of
/// Hyndman and Fan 1996). So the median of four is the mean of the two in the middle, as people expect. `None` of none.
#[must_use]
pub fn quantile(sorted: &[u32], p: f64) -> Option<f64> {
    let place = p * sorted.len() as f64;
    // A product such as 0.9 × 10 may miss its whole number by its last bits.
    let is_whole = (place - place.round()).abs() < 1e-9;
    let rank = if is_whole { place.round() } else { place.ceil() };
    let at = index(rank).checked_sub(1)?;
    let first = f64::from(*sorted.get(at)?);
    match sorted.get(at + 1) {
        Some(next) if is_whole => Some(f64::midpoint(first, f64::from(*next))),
        _ => Some(first),
    }
}

/// The median of sorted times with its interval by order statistics: between two of the times lies the true median with
/// at least 95 %, by the binomial distribution of how many are below it, whatever the times' own distribution (David and
/// Nagaraja 2003, 7.1). Of fewer than six times no such interval can be given.
#[must_use]
pub fn median(sorted: &[u32]) -> Option<Estimate> {
    let value = quantile(sorted, 0.5)?;
    let rank = low_rank(sorted.len());
    let end = |at: usize| sorted.get(at).map(|seconds| f64::from(*seconds));
    Some(Estimate {
        value,
        low: rank.and_then(|rank| end(rank - 1)),
        high: rank.and_then(|rank| end(sorted.len() - rank)),
    })
}

/// The largest rank `r`, from 1, for which fewer than `r` of `n` fair coins fall heads with at most 2.5 %.
fn low_rank(n: usize) -> Option<usize> {
    // By logarithms, since 2^-n is zero to a computer from about 1,075 coins on.
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    let mut below = 0.0;
    let mut rank = 0;
    while rank < n {
        below += log_term.exp();
        if below > 0.025 {
            break;
        }
        log_term += ((n - rank) as f64).ln() - ((rank + 1) as f64).ln();
        rank += 1;
    }
    (rank > 0).then_some(rank)
}

/// How long cases wait, some of which still do: the estimate of Kaplan and Meier (1958). A case that still waits is not
/// left out, which would make a desk that forgets its hard cases look fast, nor counted as answered now: it says that its
/// time is longer than what it has waited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survival {
    /// The times at which cases were answered, each once, in order.
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    seconds: u32,
    /// Share of the cases that wait longer than this.
    waiting: f64,
    /// Greenwood's sum (1926): of the variance of the logarithm of that share.
    greenwood: f64,
}

impl Survival {
    /// The estimate for cases, each with its time and whether it was answered then.
    #[must_use]
    pub fn new(mut cases: Vec<(u32, bool)>) -> Self {
        // Of equal times the answers come first: who still waits at a time was there when others were answered.
        cases.sort_unstable_by_key(|(seconds, is_answered)| (*seconds, !is_answered));
        let mut at_risk = cases.len();
        let (mut waiting, mut greenwood) = (1.0, 0.0);
        let mut steps: Vec<Step> = Vec::new();
        for group in cases.chunk_by(|one, other| one.0 == other.0) {
            let answered = group.iter().filter(|(_, is_answered)| *is_answered).count();
            if answered > 0 {
                let (n, d) = (at_risk as f64, answered as f64);
                waiting *= 1.0 - d / n;
                greenwood += d / (n * (n - d));
                let waiting = if answered == at_risk { 0.0 } else { waiting };
                steps.push(Step { seconds: group[0].0, waiting, greenwood });
            }
            at_risk -= group.len();
        }
        Self { steps }
    }

    /// The share that is answered within `seconds`, with its interval by Greenwood's formula on the scale log(−log),
    /// where it stays within 0 and 1 (Kalbfleisch and Prentice 2002, 1.4).
    #[must_use]
    pub fn answered_within(&self, seconds: u32) -> Estimate {
        let after = self.steps.partition_point(|step| step.seconds <= seconds);
        let Some(step) = after.checked_sub(1).map(|at| self.steps[at]) else {
            return Estimate { value: 0.0, low: None, high: None };
        };
        let (low, high) =
            step.interval().map_or((None, None), |(low, high)| (Some(1.0 - high), Some(1.0 - low)));
        Estimate { value: 1.0 - step.waiting, low, high }
    }

    /// The time within which the share `p` is answered; `None` if it has not come to that. Its interval holds the times
    /// at which the band of [`Survival::answered_within`] does not exclude `p` (Brookmeyer and Crowley 1982); an end is
    /// `None` where the band never leaves `p`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<Estimate> {
        let left = 1.0 - p;
        let reaches = |waiting: f64| waiting <= left + 1e-12;
        let first = self.steps.iter().position(|step| reaches(step.waiting))?;
        let value = match self.steps.get(first + 1) {
            // As far as the share stays just there, every time answers: the middle is taken, as for a median of four.
            Some(next) if (self.steps[first].waiting - left).abs() <= 1e-12 => {
                f64::midpoint(f64::from(self.steps[first].seconds), f64::from(next.seconds))
            }
            _ => f64::from(self.steps[first].seconds),
        };
        let first_with = |is_there: &dyn Fn((f64, f64)) -> bool| {
            let found = self.steps.iter().find(|step| step.interval().is_some_and(is_there));
            found.map(|step| f64::from(step.seconds))
        };
        Some(Estimate {
            value,
            low: first_with(&|(low, _)| low <= left),
            high: first_with(&|(_, high)| high <= left),
        })
    }
}

impl Step {
    /// The interval of the share that waits longer. None is known where all are answered.
    fn interval(&self) -> Option<(f64, f64)> {
        if self.waiting <= 0.0 || self.waiting >= 1.0 {
            return None;
        }
        let half = Z * self.greenwood.sqrt() / self.waiting.ln().abs();
        Some((self.waiting.powf(half.exp()), self.waiting.powf((-half).exp())))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank, not below zero")]
fn index(rank: f64) -> usize {
    rank as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn near(found: f64, expect: f64, within: f64) {
        assert!((found - expect).abs() <= within, "{found} is not {expect}");
    }

    #[test]
    fn shares_are_those_of_the_textbook() {
        // Newcombe (1998), table I, method 3.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let found = share(count, of).unwrap();
            near(found.low.unwrap(), low, 0.0001);
            near(found.high.unwrap(), high, 0.0001);
        }
        assert_eq!(share(0, 0), None);
    }

    #[test]
    fn the_interval_of_a_median_has_the_ranks_of_the_table() {
        // Conover (1999), table A3 at p = 0.5: the largest rank whose tail is at most 2.5 %.
        for (n, rank) in [
            (5, None),
            (6, Some(1)),
            (8, Some(1)),
            (9, Some(2)),
            (10, Some(2)),
            (20, Some(6)),
            (25, Some(8)),
            (30, Some(10)),
        ] {
            assert_eq!(low_rank(n), rank, "{n}");
        }
        // Of many, the normal distribution says where: n/2 − 0.98 √n.
        let rank = low_rank(1_000_000).unwrap();
        near(rank as f64, 500_000.0 - 979.98, 2.0);
    }

    /// Weeks of remission under 6-MP (Freireich and others 1963), the example of most textbooks.
    fn remission() -> Survival {
        let over = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|weeks| (weeks, true));
        let going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|weeks| (weeks, false));
        Survival::new(over.into_iter().chain(going_on).collect())
    }

    #[test]
    fn survival_is_that_of_the_textbook() {
        // Kleinbaum and Klein (2012), table 2.1, and the intervals that `sts list` of Stata gives for it.
        for (weeks, waiting, low, high) in [
            (6, 0.8571, 0.6197, 0.9516),
            (7, 0.8067, 0.5631, 0.9228),
            (9, 0.8067, 0.5631, 0.9228),
            (10, 0.7529, 0.5032, 0.8894),
            (13, 0.6902, 0.4316, 0.8491),
            (16, 0.6275, 0.3675, 0.8049),
            (22, 0.5378, 0.2678, 0.7468),
            (35, 0.4482, 0.1881, 0.6801),
        ] {
            let found = remission().answered_within(weeks);
            near(1.0 - found.value, waiting, 0.0001);
            near(1.0 - found.high.unwrap(), low, 0.0001);
            near(1.0 - found.low.unwrap(), high, 0.0001);
        }
        assert_eq!(remission().quantile(0.5), Some(Estimate { value: 23.0, low: Some(13.0), high: None }));
        assert_eq!(remission().quantile(0.9), None);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(median(&[]), None);
        assert_eq!(Survival::default().quantile(0.5), None);
        near(Survival::default().answered_within(60).value, 0.0, 0.0);
        assert_eq!(median(&[7]).unwrap(), Estimate { value: 7.0, low: None, high: None });
    }

    /// The inverse of the distribution, by counting.
    fn slow_quantile(times: &[u32], p: f64) -> f64 {
        let share = |is_in: &dyn Fn(u32) -> bool| {
            times.iter().filter(|time| is_in(**time)).count() as f64 / times.len() as f64
        };
        let low = times.iter().filter(|time| share(&|other| other <= **time) >= p - 1e-12).min().unwrap();
        let high = times.iter().filter(|time| share(&|other| other < **time) <= p + 1e-12).max().unwrap();
        f64::midpoint(f64::from(*low), f64::from(*high))
    }

    /// The product over all times, each counted anew, and the variance as Greenwood wrote it.
    fn slow_waiting(cases: &[(u32, bool)], seconds: u32) -> (f64, f64) {
        let (mut waiting, mut sum) = (1.0, 0.0);
        for time in 0..=seconds {
            let at_risk = cases.iter().filter(|(other, _)| *other >= time).count() as f64;
            let answered =
                cases.iter().filter(|(other, is_answered)| *other == time && *is_answered).count() as f64;
            if answered > 0.0 {
                waiting *= (at_risk - answered) / at_risk;
                sum += answered / (at_risk * (at_risk - answered));
            }
        }
        (waiting, sum)
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_counting(
            mut times in prop::collection::vec(0_u32..30, 1..40), hundredths in 1_u32..100,
        ) {
            let p = f64::from(hundredths) / 100.0;
            let expect = slow_quantile(&times, p);
            times.sort_unstable();
            prop_assert!((quantile(&times, p).unwrap() - expect).abs() < 1e-9);
        }

        #[test]
        fn survival_is_that_of_counting(
            cases in prop::collection::vec((0_u32..20, any::<bool>()), 1..60), seconds in 0_u32..25,
        ) {
            let (waiting, greenwood) = slow_waiting(&cases, seconds);
            let found = Survival::new(cases).answered_within(seconds);
            prop_assert!((1.0 - found.value - waiting).abs() < 1e-9, "{} {waiting}", found.value);
            if waiting > 1e-9 && waiting < 1.0 {
                let spread = Z * greenwood.sqrt() / waiting.ln();
                let ends = [waiting.powf(spread.exp()), waiting.powf((-spread).exp())];
                let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                prop_assert!((1.0 - found.high.unwrap() - low).abs() < 1e-9);
                prop_assert!((1.0 - found.low.unwrap() - high).abs() < 1e-9);
            }
        }

        #[test]
        fn without_open_cases_survival_has_the_quantiles_of_the_times(
            mut times in prop::collection::vec(0_u32..500, 1..60), hundredths in 1_u32..100,
        ) {
            let p = f64::from(hundredths) / 100.0;
            let survival = Survival::new(times.iter().map(|time| (*time, true)).collect());
            times.sort_unstable();
            let (one, other) = (survival.quantile(p).unwrap().value, quantile(&times, p).unwrap());
            prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
        }

        #[test]
        fn an_estimate_lies_in_its_interval(
            cases in prop::collection::vec((0_u32..500, any::<bool>()), 1..80), p in 0.05_f64..0.95,
        ) {
            let survival = Survival::new(cases);
            if let Some(found) = survival.quantile(p) {
                prop_assert!(found.low.is_none_or(|low| low <= found.value), "{found:?}");
                prop_assert!(found.high.is_none_or(|high| high >= found.value), "{found:?}");
            }
        }

        #[test]
        fn an_open_case_never_makes_a_desk_look_faster(
            cases in prop::collection::vec((0_u32..100, any::<bool>()), 1..40), open in 0_u32..100, at in 0_u32..100,
        ) {
            let before = Survival::new(cases.clone()).answered_within(at).value;
            let after = Survival::new(cases.into_iter().chain([(open, false)]).collect()).answered_within(at).value;
            prop_assert!(after <= before + 1e-9);
        }
    }
}
