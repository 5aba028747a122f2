//! Which brand has a problem more often than the others, where no chance explains it? And where are they weak and we not?
//!
//! Brands are compared at equal size: by the share of each brand's own complaints, never by counts. That two shares are the
//! same is a finding, too, and needs as many posts: a brand of ten posts, none of which has a problem, is not the best.

use std::cmp::Ordering;

use super::statistics::{corrected, same_share, wilson};
use super::tally::SURE;

/// Shares are alike if neither is more than so many times the other, whatever chance did.
const ALIKE: f64 = 2.0;

/// So many of so many posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Posts that have something.
    pub count: u64,
    /// Of so many.
    pub of: u64,
}

impl Part {
    /// The posts of `whole` that are not of this part of it.
    #[must_use]
    pub fn rest(self, whole: Self) -> Self {
        Self { count: whole.count.saturating_sub(self.count), of: whole.of.saturating_sub(self.of) }
    }

    /// The share, 0..=1; of nothing, zero.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }

    /// Whether no share that this one may truly be is twice the other's, or half of it.
    fn is_like(self, other: Self) -> bool {
        let (low, high) = wilson(self.count, self.of);
        low * ALIKE >= other.share() && high <= other.share() * ALIKE
    }
}

/// A share against that of others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// How likely such a difference is by chance ([`same_share`]).
    pub chance: f64,
    /// The same, corrected for how many were looked at ([`corrected`]).
    pub corrected: f64,
    /// What that means.
    pub standing: Standpoint,
}

/// Where a share stands against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standpoint {
    /// Surely larger.
    Higher,
    /// Surely smaller.
    Lower,
    /// No difference that chance does not explain, and surely less than twice and more than half.
    Alike,
    /// Too few posts to tell.
    Unsure,
}

impl Standpoint {
    /// The standpoint as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Alike => "alike",
            Self::Unsure => "unsure",
        }
    }
}

/// Sets the first of each pair against the second. What is called a difference is corrected for how many pairs there are;
/// a pair of which nobody has anything was not looked at.
#[must_use]
pub fn against(pairs: &[(Part, Part)]) -> Vec<Against> {
    let is_looked_at =
        |(one, other): &(Part, Part)| one.count + other.count > 0 && one.of > 0 && other.of > 0;
    let chance = |(one, other): &(Part, Part)| same_share(one.count, one.of, other.count, other.of);
    let chances: Vec<f64> = pairs.iter().filter(|pair| is_looked_at(pair)).map(chance).collect();
    let mut judged = chances.iter().copied().zip(corrected(&chances));
    let judge = |pair: &(Part, Part)| {
        let (one, other) = *pair;
        let found = if is_looked_at(pair) { judged.next() } else { None };
        let (chance, corrected) = found.unwrap_or((1.0, 1.0));
        let standing = match one.share().total_cmp(&other.share()) {
            Ordering::Less if corrected <= SURE => Standpoint::Lower,
            Ordering::Greater if corrected <= SURE => Standpoint::Higher,
            _ if one.is_like(other) && other.is_like(one) => Standpoint::Alike,
            _ => Standpoint::Unsure,
        };
        Against { chance, corrected, standing }
    };
    pairs.iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(count: u64, of: u64) -> Part {
        Part { count, of }
    }

    fn standings(pairs: &[(Part, Part)]) -> Vec<&'static str> {
        against(pairs).iter().map(|against| against.standing.as_str()).collect()
    }

    #[test]
    fn brands_are_compared_by_share_and_corrected_for_many() {
        // The large brand has more posts with the first, but of its own the same share.
        let pairs = [
            (part(2000, 4000), part(1000, 2000)),
            (part(0, 40), part(10, 20)),
            (part(10, 20), part(0, 40)),
            (part(0, 40), part(0, 20)),
        ];
        assert_eq!(standings(&pairs), ["alike", "lower", "higher", "unsure"]);
        // By hand: all ten of the 20 of 60. C(20, 10) / C(60, 10) = 184756 / 75394027566; two of three looked at.
        let (chance, found) = (184_756.0 / 75_394_027_566.0, against(&pairs)[2]);
        assert!((found.chance / chance - 1.0).abs() < 1e-6, "{found:?}");
        assert!((found.corrected / (1.5 * chance) - 1.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_brand_of_few_posts_is_neither_the_best_nor_like_the_others() {
        let others = part(200, 2000);
        for few in [part(0, 0), part(0, 10), part(1, 10), part(3, 10), part(20, 200)] {
            let expect = if few.of == 200 { "alike" } else { "unsure" };
            assert_eq!(standings(&[(few, others)]), [expect], "{few:?}");
            assert_eq!(standings(&[(others, few)]), [expect], "{few:?}");
        }
        assert_eq!(standings(&[(part(0, 200), others)]), ["lower"]);
    }

    #[test]
    fn what_looks_like_a_difference_is_none_among_many() {
        // Alone, by Fisher's exact test, one of thirty.
        let pair = (part(6, 20), part(1, 25));
        assert_eq!(standings(&[pair]), ["higher"]);
        assert_eq!(standings(&[pair, (part(5, 10), part(5, 10))]), ["unsure", "unsure"]);
    }

    fn parts() -> impl Strategy<Value = Part> {
        (0_u64..3000, 0_u64..3000).prop_map(|(count, more)| part(count, count + more))
    }

    proptest! {
        #[test]
        fn what_is_higher_here_is_lower_there(pairs in prop::collection::vec((parts(), parts()), 0..20)) {
            let turned: Vec<(Part, Part)> = pairs.iter().map(|(one, other)| (*other, *one)).collect();
            for ((here, there), (one, other)) in against(&pairs).iter().zip(against(&turned)).zip(&pairs) {
                prop_assert!((here.corrected - there.corrected).abs() < 1e-6);
                // Where the one is on the very edge, the other may be beyond it by rounding.
                if (here.corrected - SURE).abs() < 1e-6 { continue; }
                let expect = match here.standing {
                    Standpoint::Higher => Standpoint::Lower,
                    Standpoint::Lower => Standpoint::Higher,
                    same => same,
                };
                prop_assert_eq!(there.standing, expect);
                prop_assert_eq!(here.standing == Standpoint::Higher, here.corrected <= SURE && one.share() > other.share());
            }
        }
    }
}
