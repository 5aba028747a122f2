//! Which posts are near each other? A first division into many groups, that the mixture then corrects.
//!
//! A post is the mean of the vectors of its terms, rare terms weighing more; groups are those of k-means on the sphere,
//! begun as in k-means++ (Arthur and Vassilvitskii 2007). It is done on some of the posts, then the rest join.

use super::dice::Dice;
use super::vectors::{Vectors, WIDTH, normalize};

/// Posts on which the middles of the groups are found.
const LEARNED_FROM: usize = 10_000;

/// Moves of the middles. Few posts move later.
const ROUNDS: usize = 25;

/// Where a post, or the middle of a problem, is.
pub(super) type Place = [f32; WIDTH];

/// The mean of the vectors of each post's terms; `counts` has how many posts have each.
pub(super) fn places(posts: &[Vec<u32>], vectors: &Vectors, counts: &[u32]) -> Vec<Place> {
    posts.iter().map(|post| place(post, vectors, counts, posts.len())).collect()
}

/// The group of each post, `groups` at most.
pub(super) fn groups(places: &[Place], groups: usize) -> Vec<u32> {
    // Posts are in the order of a hash, so those at equal steps are as good as drawn.
    let step = places.len().div_ceil(LEARNED_FROM).max(1);
    let some: Vec<&Place> = places.iter().step_by(step).collect();
    let mut middles = spread(&some, groups);
    for _ in 0..ROUNDS {
        let mut sums = vec![[0.0; WIDTH]; middles.len()];
        for place in &some {
            let sum = &mut sums[nearest(place, &middles) as usize];
            for (value, add) in sum.iter_mut().zip(*place) {
                *value += add;
            }
        }
        for (middle, mut sum) in middles.iter_mut().zip(sums) {
            normalize(&mut sum);
            // A group that lost all its posts stays where it was.
            if sum.iter().any(|value| *value != 0.0) {
                *middle = sum;
            }
        }
    }
    places.iter().map(|place| nearest(place, &middles)).collect()
}

fn place(post: &[u32], vectors: &Vectors, counts: &[u32], of: usize) -> Place {
    let mut sum = [0.0; WIDTH];
    for term in post {
        let rarity = (of as f32 / counts[*term as usize].max(1) as f32).ln();
        for (value, add) in sum.iter_mut().zip(&vectors[*term as usize]) {
            *value += rarity * add;
        }
    }
    normalize(&mut sum);
    sum
}

pub(super) fn dot(a: &Place, b: &Place) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn nearest(place: &Place, middles: &[Place]) -> u32 {
    let mut best = (f32::MIN, 0);
    for (at, middle) in (0..).zip(middles) {
        let near = dot(place, middle);
        if near > best.0 {
            best = (near, at);
        }
    }
    best.1
}

/// First middles that are far from each other.
fn spread(places: &[&Place], groups: usize) -> Vec<Place> {
    let mut dice = Dice::new(2);
    let mut far: Vec<f64> = vec![1.0; places.len()];
    let mut middles: Vec<Place> = Vec::with_capacity(groups);
    while middles.len() < groups.min(places.len()) {
        let mut left = dice.unit() * far.iter().sum::<f64>();
        let chosen = far.iter().position(|far| {
            left -= far;
            left < 0.0
        });
        let Some(middle) = chosen.map(|at| *places[at]) else { break };
        for (far, place) in far.iter_mut().zip(places) {
            *far = far.min(f64::from(1.0 - dot(place, &middle)).max(0.0));
        }
        middles.push(middle);
    }
    middles
}
