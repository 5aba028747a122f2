//! How many problems are there, and which post is of which? A mixture in which each post has one problem, and each
//! problem its own frequencies of terms.
//!
//! The model is that of Yin and Wang, "A Dirichlet multinomial mixture model-based approach for short text clustering"
//! (KDD 2014). They draw each post's problem by chance; here each post in turn goes where it is likeliest, which ends
//! sooner and has one outcome. A problem that others explain better loses its posts until it is empty: so the number is
//! found, and not given.

use super::groups::{Place, dot};
use super::vectors::{WIDTH, normalize};

/// Weight of an imagined post in each problem, as in the paper.
pub(super) const ALPHA: f64 = 0.1;

/// What nearness to the middle of a problem weighs beside the terms, which alone know nothing of words that keep the same
/// company. Tried: 0, 3, 6, 10, 14; on the first half of bank questions and airline tweets each was better than the last.
pub(super) const NEARNESS: f64 = 14.0;

/// Terms of one post that are believed; of a longer one each counts for less. The model takes them to be independent, and
/// a letter of a page would outweigh all else. No tweet has as many.
const BELIEVED: f64 = 40.0;

/// Passes over all posts at most.
const ROUNDS: usize = 10;

/// One in so many posts that still moves: it is done.
const STILL: usize = 500;

/// Moves `problems`, the problem of each post, to where the mixture wants it.
///
/// `beta` is the weight of an imagined occurrence of each of `terms` terms in each problem: the larger, the fewer problems.
pub(super) fn settle(posts: &[Vec<u32>], places: &[Place], problems: &mut [u32], terms: usize, beta: f64) {
    let count = problems.iter().max().map_or(0, |most| *most as usize + 1);
    let mut mixture = Mixture::new(posts, problems, count, terms, beta);
    for _ in 0..ROUNDS {
        let mut moved = 0;
        let middles = middles(places, problems, count);
        for ((post, place), problem) in posts.iter().zip(places).zip(problems.iter_mut()) {
            mixture.change(post, *problem, -1);
            let best = mixture.best(post, place, &middles);
            mixture.change(post, best, 1);
            moved += usize::from(best != *problem);
            *problem = best;
        }
        if moved * STILL < posts.len() {
            break;
        }
    }
}

/// The middle of the posts of each problem.
fn middles(places: &[Place], problems: &[u32], count: usize) -> Vec<Place> {
    let mut middles = vec![[0.0; WIDTH]; count];
    for (place, problem) in places.iter().zip(problems) {
        for (sum, value) in middles[*problem as usize].iter_mut().zip(place) {
            *sum += value;
        }
    }
    middles.iter_mut().for_each(normalize);
    middles
}

struct Mixture {
    count: usize,
    beta: f64,
    /// `beta` of all terms together.
    all_beta: f64,
    /// For each term, how often each problem has it.
    having: Vec<i32>,
    /// For each problem, its posts and their terms.
    posts: Vec<i32>,
    terms: Vec<i32>,
    /// The logarithm of each count of a term, `beta` added.
    logs: Vec<f64>,
    scores: Vec<f64>,
}

impl Mixture {
    fn new(posts: &[Vec<u32>], problems: &[u32], count: usize, terms: usize, beta: f64) -> Self {
        let mut mixture = Self {
            count,
            beta,
            all_beta: beta * terms as f64,
            having: vec![0; terms * count],
            posts: vec![0; count],
            terms: vec![0; count],
            logs: (0..=posts.len()).map(|seen| (seen as f64 + beta).ln()).collect(),
            scores: vec![0.0; count],
        };
        for (post, problem) in posts.iter().zip(problems) {
            mixture.change(post, *problem, 1);
        }
        mixture
    }

    fn change(&mut self, post: &[u32], problem: u32, by: i32) {
        let problem = problem as usize;
        self.posts[problem] += by;
        self.terms[problem] += by * i32::try_from(post.len()).unwrap_or(i32::MAX);
        for term in post {
            self.having[*term as usize * self.count + problem] += by;
        }
    }

    /// The likeliest problem of a post that is in none.
    fn best(&mut self, post: &[u32], place: &Place, middles: &[Place]) -> u32 {
        // Only the order of the scores counts, so the rest is divided instead of each term multiplied.
        let temper = (BELIEVED / post.len() as f64).min(1.0);
        for (problem, (score, middle)) in self.scores.iter_mut().zip(middles).enumerate() {
            let all = f64::from(self.terms[problem]) + self.all_beta;
            // The product of all + 0, all + 1, … as one power at its middle: they differ by less than the model errs.
            let factor = all + (post.len() as f64 - 1.0) / 2.0;
            *score = (f64::from(self.posts[problem]) + ALPHA).ln() / temper - post.len() as f64 * factor.ln()
                + NEARNESS / temper * f64::from(dot(place, middle));
        }
        for term in post {
            let from = *term as usize * self.count;
            for (score, seen) in self.scores.iter_mut().zip(&self.having[from..from + self.count]) {
                *score += usize::try_from(*seen).map_or(self.beta.ln(), |seen| self.logs[seen]);
            }
        }
        let mut best = (f64::MIN, 0);
        for (problem, score) in (0..).zip(&self.scores) {
            if *score > best.0 {
                best = (*score, problem);
            }
        }
        best.1
    }
}
