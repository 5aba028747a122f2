//! Which problems do posts of one language fall into? From their terms alone, the number not given.

use rustc_hash::FxHashMap;

use super::dice::Dice;
use super::weights::Weighted;
use super::{groups, mixture, vectors, weights};

/// Groups to begin with, for each root of the number of posts. More ended in the same problems, later.
const GROUPS: f64 = 1.2;

/// Groups to begin with at most.
const MOST_GROUPS: usize = 160;

/// `beta` of the mixture for each squared term of a mean post. The model takes a post's terms to be independent; the
/// longer posts are, the surer it is without reason, and the more problems it keeps.
const SMOOTHING: f64 = 0.0045;

/// Posts that a problem has at least.
const MIN_POSTS: usize = 5;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// For each problem, the weights of its terms.
    pub(super) signatures: Vec<Vec<Weighted>>,
    /// The problem of each post.
    pub(super) problem_of: Vec<Option<u32>>,
    /// Of the posts, how many have each term.
    pub(super) counts: Vec<u32>,
}

/// Learns from posts that are rising lists of `terms` terms. The outcome depends on which posts there are, not on their
/// order.
pub(super) fn learn(posts: &[Vec<u32>], terms: usize) -> Learned {
    let mut order: Vec<usize> = (0..posts.len()).filter(|at| !posts[*at].is_empty()).collect();
    order.sort_by(|a, b| posts[*a].cmp(&posts[*b]));
    // What is said in the same terms ten times is one thing said, ten times: else a copied post becomes a problem.
    let mut distinct: Vec<Vec<u32>> = order.iter().map(|at| posts[*at].clone()).collect();
    distinct.dedup();
    // In the order of a hash: sorted, those with the same first term would move together.
    distinct.sort_by_cached_key(|post| hash(post));
    let mut counts = vec![0; terms];
    for term in distinct.iter().flatten() {
        counts[*term as usize] += 1;
    }
    if distinct.len() < 2 * MIN_POSTS {
        return Learned { problem_of: vec![None; posts.len()], counts, ..Learned::default() };
    }
    let mean = distinct.iter().map(Vec::len).sum::<usize>() as f64 / distinct.len() as f64;
    let beta = (SMOOTHING * mean * mean).clamp(0.1, 0.8);

    let many = ((distinct.len() as f64).sqrt() * GROUPS) as usize;

    let vectors = vectors::vectors(&distinct, terms);
    let mut problems = groups::groups(&distinct, &vectors, &counts, many.clamp(2, MOST_GROUPS));
    mixture::settle(&distinct, &mut problems, terms, beta);
    let numbers = numbered(&problems);
    let kept: Vec<(usize, u32)> = problems
        .iter()
        .enumerate()
        .filter_map(|(at, problem)| numbers[*problem as usize].map(|number| (at, number)))
        .collect();
    let kept_posts: Vec<Vec<u32>> = kept.iter().map(|(at, _)| distinct[*at].clone()).collect();
    let kept_problems: Vec<u32> = kept.iter().map(|(_, number)| *number).collect();
    let signatures = weights::weights(&kept_posts, &kept_problems, &counts);
    let place: FxHashMap<&[u32], usize> =
        distinct.iter().enumerate().map(|(at, post)| (post.as_slice(), at)).collect();
    let problem_of = posts
        .iter()
        .map(|post| place.get(post.as_slice()).and_then(|at| numbers[problems[*at] as usize]))
        .collect();
    Learned { signatures, problem_of, counts }
}

/// New numbers for the problems that have enough posts, the largest first.
fn numbered(problems: &[u32]) -> Vec<Option<u32>> {
    let most = problems.iter().max().map_or(0, |most| *most as usize + 1);
    let mut sizes = vec![0_usize; most];
    for problem in problems {
        sizes[*problem as usize] += 1;
    }
    let mut by_size: Vec<usize> = (0..most).filter(|at| sizes[*at] >= MIN_POSTS).collect();
    by_size.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]).then(a.cmp(b)));
    let mut numbers = vec![None; most];
    for (number, at) in (0..).zip(by_size) {
        numbers[at] = Some(number);
    }
    numbers
}

fn hash(post: &[u32]) -> u64 {
    post.iter().fold(0, |hash, term| Dice::new(hash ^ u64::from(*term)).next())
}
