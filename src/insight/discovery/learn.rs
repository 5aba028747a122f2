//! Which problems do posts of one language fall into? From their terms alone, the number not given.

use super::dice::Dice;
use super::weights::Weighted;
use super::{groups, merge, mixture, vectors, weights};

/// Groups to begin with, for each root of the number of posts. More ended in the same problems, later.
const GROUPS: f64 = 1.2;

/// Groups to begin with at most.
const MOST_GROUPS: usize = 160;

/// `beta` of the mixture for each squared term of a mean post. The model takes a post's terms to be independent; the
/// longer posts are, the surer it is without reason, and the more problems it keeps.
const SMOOTHING: f64 = 0.004;

/// And its bounds: outside of them nothing was measured.
const LEAST_BETA: f64 = 0.1;
const MOST_BETA: f64 = 0.6;

/// Terms of a mean post beyond which `beta` falls again, as one over them: a problem of long posts has many terms from
/// few, and imagined ones would outnumber them. Letters of 73 terms fell into 7 problems without this and into 27 with it
/// (22 of eight posts or more), with an NMI of 0.39 instead of 0.27 against the issues that their writers chose.
const LONG: f64 = 12.0;

/// Posts that a problem has at least, of few posts and of many: five of a thousand letters are no problem that lasts.
const MIN_POSTS: usize = 5;
const MIN_OF_MANY: usize = 8;

/// And in between, one in so many.
const ONE_IN: usize = 15;

/// Learns from posts that are rising lists of `terms` terms: for each problem, the weights of its terms, the largest
/// problem first. The outcome depends on which posts there are, not on their order.
pub(super) fn learn(posts: &[Vec<u32>], terms: usize) -> Vec<Vec<Weighted>> {
    // What is said in the same terms ten times is one thing said, ten times: else a copied post becomes a problem.
    let mut distinct: Vec<Vec<u32>> = posts.iter().filter(|post| !post.is_empty()).cloned().collect();
    distinct.sort_unstable();
    distinct.dedup();
    // In the order of a hash: sorted, those with the same first term would move together.
    distinct.sort_by_cached_key(|post| hash(post));
    if distinct.len() < 2 * MIN_POSTS {
        return Vec::new();
    }
    let mut counts = vec![0; terms];
    for term in distinct.iter().flatten() {
        counts[*term as usize] += 1;
    }
    let mean = distinct.iter().map(Vec::len).sum::<usize>() as f64 / distinct.len() as f64;
    let beta = beta(mean);
    let many = ((distinct.len() as f64).sqrt() * GROUPS) as usize;
    let vectors = vectors::vectors(&distinct, terms);
    let places = groups::places(&distinct, &vectors, &counts);
    let mut problems = groups::groups(&places, many.clamp(2, MOST_GROUPS));
    mixture::settle(&distinct, &places, &mut problems, terms, beta);
    // The likelihood of long posts as a whole is not to be believed: letters fell into 11 problems instead of 22.
    if mean <= LONG {
        merge::merge(&distinct, &places, &mut problems, terms, beta);
        mixture::settle(&distinct, &places, &mut problems, terms, beta);
    }
    let numbers = numbered(&problems, (distinct.len() / ONE_IN).clamp(MIN_POSTS, MIN_OF_MANY));
    let (kept, kept_problems): (Vec<Vec<u32>>, Vec<u32>) = distinct
        .into_iter()
        .zip(problems)
        .filter_map(|(post, problem)| numbers[problem as usize].map(|number| (post, number)))
        .unzip();
    weights::weights(&kept, &kept_problems, &counts)
}

/// The weight of an imagined occurrence of each term in each problem, where a mean post has so many terms.
fn beta(mean: f64) -> f64 {
    let short = (SMOOTHING * mean * mean).clamp(LEAST_BETA, MOST_BETA);
    (short * (LONG / mean).min(1.0)).max(LEAST_BETA)
}

/// New numbers for the problems that have enough posts, the largest first.
fn numbered(problems: &[u32], at_least: usize) -> Vec<Option<u32>> {
    let most = problems.iter().max().map_or(0, |most| *most as usize + 1);
    let mut sizes = vec![0_usize; most];
    for problem in problems {
        sizes[*problem as usize] += 1;
    }
    let mut by_size: Vec<usize> = (0..most).filter(|at| sizes[*at] >= at_least).collect();
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
