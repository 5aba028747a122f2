//! How do we draw lots the same way on every machine? `SplitMix64`, and draws made of it with exact arithmetic only.
//!
//! `SplitMix64` is from Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014). Nothing
//! here calls `ln`, `exp` or `cos`: their last bits differ between platforms, and the demo must not.

/// A stream of draws that its seed decides.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`; 0 if `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The upper half of a product: the bias is below one in four billion for the bounds of a scenario.
        let high = (u64::from(bound) * (self.next() >> 32)) >> 32;
        u32::try_from(high).unwrap_or(0)
    }

    /// A number in `0..=1`, without its upper end.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX).next_up()
    }

    /// True with probability `share`.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of the items, each as likely; `None` of none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.below(u32::try_from(items.len()).unwrap_or(u32::MAX));
        items.get(usize::try_from(at).unwrap_or(0))
    }

    /// One of the items by weight; `None` if no weight is above zero.
    pub(super) fn weighted<T>(&mut self, items: impl Iterator<Item = (T, f64)> + Clone) -> Option<T> {
        let total: f64 = items.clone().map(|(_, weight)| weight.max(0.0)).sum();
        let mut left = self.unit() * total;
        let mut last = None;
        for (item, weight) in items.filter(|(_, weight)| *weight > 0.0) {
            if left < weight {
                return Some(item);
            }
            left -= weight;
            last = Some(item);
        }
        last
    }

    /// About normal, mean 0, deviation 1: the sum of twelve uniform draws.
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// About log-normal with median 1: `e` to the power of `spread` normal deviations, as (1 + x/16)^16.
    pub(super) fn around_one(&mut self, spread: f64) -> f64 {
        let base = (1.0 + spread * self.normal() / 16.0).max(0.0);
        let square = base * base;
        let fourth = square * square;
        let eighth = fourth * fourth;
        eighth * eighth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_published_sequence() {
        // The first outputs for seed 1234567, as widely quoted for the reference code.
        let mut random = Random::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut random = Random::new(7);
        for bound in [0, 1, 2, 10, u32::MAX] {
            assert!((0..1000).all(|_| random.below(bound) < bound.max(1)), "{bound}");
        }
        assert!((0..1000).all(|_| (0.0..1.0).contains(&random.unit())));
        assert_eq!(random.pick::<u8>(&[]), None);
        assert_eq!(random.weighted([("a", 0.0), ("b", 0.0)].into_iter()), None);
        assert_eq!(random.weighted([("a", 0.0), ("b", 0.1)].into_iter()), Some("b"));
    }

    #[test]
    fn delays_lie_around_their_median() {
        let mut random = Random::new(7);
        let mut drawn: Vec<f64> = (0..2001).map(|_| random.around_one(0.8)).collect();
        drawn.sort_by(f64::total_cmp);
        assert!((0.9..1.1).contains(&drawn[1000]), "{}", drawn[1000]);
        assert!(drawn[0] > 0.0 && drawn[2000] > 4.0);
    }
}
