//! Which problems are one? Those whose posts together are likelier than apart.
//!
//! The mixture moves one post at a time, and so never joins two problems of many posts that tell the same in other words:
//! "late flight" and "delayed flight" each keep what they have. Here the two whose union gains most become one, again and
//! again, while there is a gain. What is likely is what the mixture takes for it, over all posts of a problem at once: the
//! Dirichlet-multinomial of Yin and Wang (KDD 2014, equation 3), and beside it the nearness to the middle.

use super::groups::Place;
use super::mixture::{ALPHA, NEARNESS};
use super::vectors::WIDTH;
use crate::insight::statistics::log_gamma;

/// Joins problems, the numbers of the posts' problems, of `terms` terms; `beta` is that of the mixture.
pub(super) fn merge(posts: &[Vec<u32>], places: &[Place], problems: &mut [u32], terms: usize, beta: f64) {
    let count = problems.iter().max().map_or(0, |most| *most as usize + 1);
    let likely = Likely::new(posts.len(), terms, beta);
    let mut parts = vec![Part::empty(terms); count];
    for ((post, place), problem) in posts.iter().zip(places).zip(problems.iter()) {
        parts[*problem as usize].add(post, place);
    }
    // What each would gain with each before it.
    let mut gains: Vec<Vec<f64>> =
        (0..count).map(|a| (0..a).map(|b| likely.gain(&parts[a], &parts[b])).collect()).collect();
    let mut into: Vec<u32> = (0..).take(count).collect();
    while let Some((from, to)) = best(&gains) {
        let gone = std::mem::replace(&mut parts[from], Part::empty(terms));
        parts[to].join(&gone);
        for problem in into.iter_mut().filter(|problem| **problem as usize == from) {
            *problem = u32::try_from(to).unwrap_or(u32::MAX);
        }
        for (one, other) in [from, to].into_iter().flat_map(|one| (0..count).map(move |other| (one, other))) {
            if one != other {
                let (a, b) = (one.max(other), one.min(other));
                gains[a][b] = likely.gain(&parts[a], &parts[b]);
            }
        }
    }
    for problem in problems {
        *problem = into[*problem as usize];
    }
}

/// The two that gain most, the later one first; `None` where none gain.
fn best(gains: &[Vec<f64>]) -> Option<(usize, usize)> {
    let mut best = (0.0, None);
    for (a, gains) in gains.iter().enumerate() {
        for (b, gain) in gains.iter().enumerate() {
            if *gain > best.0 {
                best = (*gain, Some((a, b)));
            }
        }
    }
    best.1
}

/// The posts of one problem, added up.
#[derive(Clone)]
struct Part {
    posts: usize,
    terms: usize,
    /// By term: posts that have it.
    having: Vec<u32>,
    places: [f64; WIDTH],
}

impl Part {
    fn empty(terms: usize) -> Self {
        Self { posts: 0, terms: 0, having: vec![0; terms], places: [0.0; WIDTH] }
    }

    fn add(&mut self, post: &[u32], place: &Place) {
        self.posts += 1;
        self.terms += post.len();
        for term in post {
            self.having[*term as usize] += 1;
        }
        for (sum, value) in self.places.iter_mut().zip(place) {
            *sum += f64::from(*value);
        }
    }

    fn join(&mut self, other: &Self) {
        self.posts += other.posts;
        self.terms += other.terms;
        for (sum, more) in self.having.iter_mut().zip(&other.having) {
            *sum += more;
        }
        for (sum, more) in self.places.iter_mut().zip(&other.places) {
            *sum += more;
        }
    }
}

/// How likely posts are as one problem, as a logarithm.
struct Likely {
    /// By in how many posts of a problem a term is, what that adds.
    of_term: Vec<f64>,
    /// `beta` of all terms together.
    all_beta: f64,
}

impl Likely {
    fn new(posts: usize, terms: usize, beta: f64) -> Self {
        // The logarithm of the gamma function at so many more than beta, less that at beta.
        let mut of_term = vec![0.0];
        of_term.extend((0..posts).scan(0.0, |sum, seen| {
            *sum += (seen as f64 + beta).ln();
            Some(*sum)
        }));
        Self { of_term, all_beta: beta * terms as f64 }
    }

    /// How much likelier the posts of two problems are as one; nothing is gained with one that has none.
    fn gain(&self, a: &Part, b: &Part) -> f64 {
        if a.posts == 0 || b.posts == 0 {
            return f64::MIN;
        }
        let of_term = |seen: u32| self.of_term[seen as usize];
        let shared = a.having.iter().zip(&b.having).filter(|(a, b)| **a > 0 && **b > 0);
        let terms: f64 = shared.map(|(a, b)| of_term(a + b) - of_term(*a) - of_term(*b)).sum();
        let both = a.places.iter().zip(&b.places).map(|(a, b)| a + b);
        terms + self.of_sums(a.posts + b.posts, a.terms + b.terms, both)
            - self.of_sums(a.posts, a.terms, a.places.iter().copied())
            - self.of_sums(b.posts, b.terms, b.places.iter().copied())
    }

    /// What does not depend on single terms: how many posts, how many terms together, and where.
    fn of_sums(&self, posts: usize, terms: usize, places: impl Iterator<Item = f64>) -> f64 {
        let length = places.map(|value| value * value).sum::<f64>().sqrt();
        log_gamma(posts as f64 + ALPHA) - log_gamma(self.all_beta + terms as f64)
            + log_gamma(self.all_beta)
            + NEARNESS * length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(direction: usize) -> Place {
        let mut place = [0.0; WIDTH];
        place[direction] = 1.0;
        place
    }

    /// Two halves of what is said in the same terms, and something else.
    #[test]
    fn what_is_said_in_the_same_terms_becomes_one() {
        let posts: Vec<Vec<u32>> = (0..90).map(|post| vec![u32::from(post >= 60), 2 + post % 3]).collect();
        let places: Vec<Place> = (0..90).map(|post| at(usize::from(post >= 60))).collect();
        let mut problems: Vec<u32> = (0..90).map(|post| post / 30).collect();
        merge(&posts, &places, &mut problems, 5, 0.3);
        assert_eq!(problems[..60], [0; 60]);
        assert_eq!(problems[60..], [2; 30]);
    }

    /// The gain is the difference of what the paper's equation says of the three, each worked out by itself.
    #[test]
    fn a_gain_is_the_likelihood_of_both_less_that_of_each() {
        let (terms, beta) = (4, 0.3);
        let posts = [vec![0, 1], vec![0, 2], vec![1, 3], vec![0, 1, 3]];
        let whole = |of: &[usize]| {
            let length: usize = of.iter().map(|at| posts[*at].len()).sum();
            let term = |term: u32| {
                let seen = of.iter().filter(|at| posts[**at].contains(&term)).count();
                log_gamma(seen as f64 + beta) - log_gamma(beta)
            };
            let mut sum = [0.0; WIDTH];
            for place in of {
                sum[*place] += 1.0;
            }
            log_gamma(of.len() as f64 + ALPHA) + (0..4).map(term).sum::<f64>() + log_gamma(4.0 * beta)
                - log_gamma(4.0 * beta + length as f64)
                + NEARNESS * sum.iter().map(|value| value * value).sum::<f64>().sqrt()
        };
        let part = |of: &[usize]| {
            let mut part = Part::empty(terms);
            for post in of {
                part.add(&posts[*post], &at(*post));
            }
            part
        };
        let gain = Likely::new(posts.len(), terms, beta).gain(&part(&[0, 1]), &part(&[2, 3]));
        let expect = whole(&[0, 1, 2, 3]) - whole(&[0, 1]) - whole(&[2, 3]);
        assert!((gain - expect).abs() < 1e-6, "{gain} is not {expect}");
    }
}
