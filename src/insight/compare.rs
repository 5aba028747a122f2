//! Which brand has a problem more often than the others, where no chance explains it? And where are they weak and we not?
//!
//! Brands are compared at equal size: by the share of each brand's own complaints, never by counts.

use super::statistics::{corrected, same_share};
use super::tally::SURE;

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

/// Where a brand stands against others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standpoint {
    /// Surely a larger share.
    Higher,
    /// No difference that chance does not explain.
    Same,
    /// Surely a smaller share.
    Lower,
}

impl Standpoint {
    /// The standpoint as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Same => "same",
            Self::Lower => "lower",
        }
    }
}

/// Compares each brand with the rest of them together: `counts[problem][brand]` of `posts[brand]` have the problem. The
/// answer has the same shape. A post about several brands counts for each, so it also stands on both sides.
#[must_use]
pub fn against_the_rest(posts: &[u64], counts: &[&[u64]]) -> Vec<Vec<Against>> {
    let all: u64 = posts.iter().sum();
    let pairs = counts.iter().flat_map(|row| {
        let with: u64 = row.iter().sum();
        row.iter().zip(posts).map(move |(count, of)| (*count, *of, with - count, all - of))
    });
    let judged = judge(&pairs.collect::<Vec<_>>());
    let mut judged = judged.into_iter();
    counts.iter().map(|row| judged.by_ref().take(row.len().min(posts.len())).collect()).collect()
}

/// Our brands together against the competitors together, for each problem: `Lower` is where they are weak and we are not.
/// Each side has so many posts, and so many of them with each problem; a post about both sides is in both.
#[must_use]
pub fn ours_against_theirs(ours: (u64, &[u64]), theirs: (u64, &[u64])) -> Vec<Against> {
    let pairs = ours.1.iter().zip(theirs.1).map(|(own, their)| (*own, ours.0, *their, theirs.0));
    judge(&pairs.collect::<Vec<_>>())
}

/// What chance does not explain, of all that anybody has: what nobody has was not looked at.
fn judge(pairs: &[(u64, u64, u64, u64)]) -> Vec<Against> {
    let none = Against { chance: 1.0, corrected: 1.0, standing: Standpoint::Same };
    let mut out = vec![none; pairs.len()];
    let looked_at: Vec<usize> = (0..pairs.len())
        .filter(|at| {
            let (a, a_of, b, b_of) = pairs[*at];
            a + b > 0 && a_of > 0 && b_of > 0
        })
        .collect();
    let chances: Vec<f64> = looked_at
        .iter()
        .map(|at| {
            let (a, a_of, b, b_of) = pairs[*at];
            same_share(a, a_of, b, b_of)
        })
        .collect();
    for ((at, chance), corrected) in looked_at.into_iter().zip(&chances).zip(corrected(&chances)) {
        let (a, a_of, b, b_of) = pairs[at];
        let standing = match (a as f64 / a_of as f64).total_cmp(&(b as f64 / b_of as f64)) {
            _ if corrected > SURE => Standpoint::Same,
            std::cmp::Ordering::Less => Standpoint::Lower,
            _ => Standpoint::Higher,
        };
        out[at] = Against { chance: *chance, corrected, standing };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standings(found: &[Against]) -> Vec<&'static str> {
        found.iter().map(|against| against.standing.as_str()).collect()
    }

    #[test]
    fn brands_are_compared_by_share_and_corrected_for_many() {
        // The large brand has more posts with the first problem, but of its own the same share.
        let found = against_the_rest(&[40, 20, 0], &[&[20, 10, 0], &[0, 10, 0], &[0, 0, 0]]);
        assert_eq!(standings(&found[0]), ["same", "same", "same"]);
        assert_eq!(standings(&found[1]), ["lower", "higher", "same"]);
        assert_eq!(standings(&found[2]), ["same", "same", "same"]);
        // By hand: all ten of the 20 of 60. C(20, 10) / C(60, 10) = 184756 / 75394027566; two of four looked at.
        let chance = 184_756.0 / 75_394_027_566.0;
        assert!((found[1][0].chance / chance - 1.0).abs() < 1e-6, "{:?}", found[1][0]);
        assert!((found[1][0].corrected / (2.0 * chance) - 1.0).abs() < 1e-6, "{:?}", found[1][0]);
    }

    #[test]
    fn we_are_not_weak_where_they_are() {
        let found = ours_against_theirs((10, &[0, 8, 1]), (10, &[8, 0, 2]));
        assert_eq!(standings(&found), ["lower", "higher", "same"]);
        // By hand: 0 of 10 against 8 of 10, both tails: 2 · C(10, 8) / C(20, 8) = 90 / 125970.
        assert!((found[0].chance - 90.0 / 125_970.0).abs() < 1e-7);
        assert_eq!(
            standings(&ours_against_theirs((0, &[0]), (10, &[8]))),
            ["same"],
            "we have no complaints at all"
        );
    }
}
