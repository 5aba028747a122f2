//! Which posts are near each other? A first division into many groups, that the mixture then corrects.
//!
//! A post is the mean of the vectors of its terms, rare terms weighing more; groups are those of k-means on the sphere,
//! begun as in k-means++ (Arthur and Vassilvitskii 2007). It is done on some of the posts, then the rest join.

use super::dice::Dice;
use super::vectors::{Vectors, WIDTH, normalize};

/// Posts on which the middles of the groups are found.
const LEARNED_FROM: usize = 6000;

/// Moves of the middles. Few posts move later.
const ROUNDS: usize = 12;

/// The group of each post, `groups` at most.
pub(super) fn groups(posts: &[Vec<u32>], vectors: &Vectors, counts: &[u32], groups: usize) -> Vec<u32> {
    let places: Vec<[f32; WIDTH]> =
        posts.iter().map(|post| place(post, vectors, counts, posts.len())).collect();
    // Posts are sorted, so those at equal steps are of all kinds.
    let step = posts.len().div_ceil(LEARNED_FROM).max(1);
    let some: Vec<&[f32; WIDTH]> = places.iter().step_by(step).collect();
    let mut middles = spread(&some, groups);
    for _ in 0..ROUNDS {
        let mut sums = vec![[0.0_f32; WIDTH]; middles.len()];
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

fn place(post: &[u32], vectors: &Vectors, counts: &[u32], of: usize) -> [f32; WIDTH] {
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

fn dot(a: &[f32; WIDTH], b: &[f32; WIDTH]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn nearest(place: &[f32; WIDTH], middles: &[[f32; WIDTH]]) -> u32 {
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
fn spread(places: &[&[f32; WIDTH]], groups: usize) -> Vec<[f32; WIDTH]> {
    let mut dice = Dice::new(2);
    let mut far: Vec<f64> = vec![1.0; places.len()];
    let mut middles: Vec<[f32; WIDTH]> = Vec::with_capacity(groups);
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
