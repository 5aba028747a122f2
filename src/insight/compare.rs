//! Which brand has a problem more often than the others, where no chance explains it? And where are they weak and we not?
//!
//! Brands are compared at equal size: by the share of each brand's own complaints, never by counts. They are also compared in
//! each language by itself: a problem is a signature in one language, or a few that were linked, and a brand whose
//! customers write another would seem to be without it. And that two shares are the same is a finding, too, which needs as
//! many posts as a difference does: a brand of ten posts, none of which has a problem, is not the best.

use std::cmp::Ordering;

use super::statistics::{corrected, same_in_each, wilson};
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
    /// The share, 0..=1; of nothing, zero.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }

    /// Whether no share that this one may truly be is twice the other, or half of it.
    fn is_like(self, other: f64) -> bool {
        let (low, high) = wilson(self.count, self.of);
        low * ALIKE >= other && high <= other * ALIKE
    }
}

/// What is set against each other, in each language by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    /// For each language the one side, and the other.
    pub kinds: Vec<(Part, Part)>,
}

impl Sides {
    /// The one side, in all languages.
    #[must_use]
    pub fn one(&self) -> Part {
        let sum = |of: fn(Part) -> u64| self.kinds.iter().map(|(one, _)| of(*one)).sum();
        Part { count: sum(|part| part.count), of: sum(|part| part.of) }
    }

    /// The share of the other side, 0..=1, did it write in the same languages as the one.
    #[must_use]
    pub fn other_share(&self) -> f64 {
        // Of a language that the other side does not write, nothing can be said.
        let known = self.kinds.iter().filter(|(_, other)| other.of > 0);
        let expected: f64 = known.clone().map(|(one, other)| one.of as f64 * other.share()).sum();
        let of: u64 = known.map(|(one, _)| one.of).sum();
        if of == 0 { 0.0 } else { expected / of as f64 }
    }

    /// The other side against the one.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { kinds: self.kinds.iter().map(|(one, other)| (*other, *one)).collect() }
    }

    fn is_alike(&self) -> bool {
        let turned = self.turned();
        self.one().is_like(self.other_share()) && turned.one().is_like(turned.other_share())
    }
}

/// A share against that of others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Against {
    /// How likely such a difference is by chance (`same_in_each`).
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

/// Sets the one of each against the other. What is called a difference is corrected for how many are looked at; where
/// nobody has anything, nothing was.
#[must_use]
pub fn against(all: &[Sides]) -> Vec<Against> {
    let is_looked_at = |sides: &Sides| {
        let other = sides.turned().one();
        sides.one().of > 0 && other.of > 0 && sides.one().count + other.count > 0
    };
    let chance = |sides: &Sides| {
        let kind = |(one, other): &(Part, Part)| [one.count, one.of, other.count, other.of];
        same_in_each(&sides.kinds.iter().map(kind).collect::<Vec<_>>())
    };
    let chances: Vec<f64> = all.iter().filter(|sides| is_looked_at(sides)).map(chance).collect();
    let mut judged = chances.iter().copied().zip(corrected(&chances));
    let judge = |sides: &Sides| {
        let found = if is_looked_at(sides) { judged.next() } else { None };
        let (chance, corrected) = found.unwrap_or((1.0, 1.0));
        let standing = match sides.one().share().total_cmp(&sides.other_share()) {
            Ordering::Less if corrected <= SURE => Standpoint::Lower,
            Ordering::Greater if corrected <= SURE => Standpoint::Higher,
            _ if sides.is_alike() => Standpoint::Alike,
            _ => Standpoint::Unsure,
        };
        Against { chance, corrected, standing }
    };
    all.iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(count: u64, of: u64) -> Part {
        Part { count, of }
    }

    fn in_one_language(pairs: &[(Part, Part)]) -> Vec<Sides> {
        pairs.iter().map(|pair| Sides { kinds: vec![*pair] }).collect()
    }

    fn standings(pairs: &[(Part, Part)]) -> Vec<&'static str> {
        against(&in_one_language(pairs)).iter().map(|against| against.standing.as_str()).collect()
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
        let (chance, found) = (184_756.0 / 75_394_027_566.0, against(&in_one_language(&pairs))[2]);
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

    #[test]
    fn a_brand_does_not_suffer_from_a_language() {
        // Of the Dutch one of thirty has it and of the English a third, at both; together 6 and 31 of 100.
        let sides = Sides { kinds: vec![(part(30, 900), part(3, 90)), (part(33, 99), part(330, 990))] };
        let [found] = against(std::slice::from_ref(&sides))[..] else { panic!("one") };
        assert!(found.standing == Standpoint::Alike && found.chance > 0.5, "{found:?}");
        let share = (900.0 / 30.0 + 99.0 / 3.0) / 999.0;
        assert!((sides.other_share() - share).abs() < 1e-12 && (sides.one().share() - share).abs() < 1e-12);
        // Who does not write a language at all is not without its problems.
        let without = Sides { kinds: vec![(part(0, 0), part(50, 100))] };
        assert_eq!(against(&[without])[0].standing, Standpoint::Unsure);
    }

    fn parts() -> impl Strategy<Value = Part> {
        prop_oneof![(0_u64..40, 0_u64..40), (0_u64..3000, 0_u64..3000)]
            .prop_map(|(count, more)| part(count, count + more))
    }

    proptest! {
        #[test]
        fn what_is_higher_here_is_lower_there(
            all in prop::collection::vec(prop::collection::vec((parts(), parts()), 1..3), 0..20)
        ) {
            let all: Vec<Sides> = all.into_iter().map(|kinds| Sides { kinds }).collect();
            let turned: Vec<Sides> = all.iter().map(Sides::turned).collect();
            for ((here, there), sides) in against(&all).iter().zip(against(&turned)).zip(&all) {
                prop_assert!((here.corrected - there.corrected).abs() < 1e-6);
                let is_sure = here.corrected <= SURE;
                match here.standing {
                    Standpoint::Higher => prop_assert!(is_sure && sides.one().share() > sides.other_share()),
                    Standpoint::Lower => prop_assert!(is_sure && sides.one().share() < sides.other_share()),
                    _ => {}
                }
                // Where the one is on the very edge, the other may be beyond it by rounding; and with two languages each side
                // is measured by its own mix.
                if sides.kinds.len() == 1 && (here.corrected - SURE).abs() > 1e-6 {
                    let expect = match here.standing {
                        Standpoint::Higher => Standpoint::Lower,
                        Standpoint::Lower => Standpoint::Higher,
                        same => same,
                    };
                    prop_assert_eq!(there.standing, expect);
                }
            }
        }
    }
}
