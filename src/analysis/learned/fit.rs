//! How are weights learned? Multinomial logistic regression with a pull towards zero, by L-BFGS, the same bits each time.
//!
//! The loss of a row is the cross-entropy of its label against the softmax of its scores, times its weight; a label may be
//! shared among classes. Half of `pull` times the square of each weight is added (L2). Features that few rows have count
//! more: while learning, values are multiplied with their inverse document frequency, which the weights that are returned
//! have in them. L-BFGS as in Nocedal and Wright, "Numerical Optimization", algorithm 7.4, with backtracking to the
//! Armijo condition. Sums run in the order of the rows.

use super::features::SLOT_BITS;
use super::{Block, Feature};

/// A text with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    /// What is known of it.
    pub features: &'a [Feature],
    /// The share of each class, together 1.
    pub label: Vec<f64>,
    /// How much it counts.
    pub weight: f64,
}

/// How weights are learned.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// How strongly weights are pulled towards zero.
    pub pull: f64,
    /// Rows that must have a feature for it to get a weight.
    pub least: u32,
    /// Steps at most.
    pub steps: usize,
    /// How much the features of a block count beside the others; none at 0.
    pub scale: fn(Block) -> f64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { pull: 2.0, least: 2, steps: 80, scale: |_| 1.0 }
    }
}

/// A bias, and a weight for each slot.
pub type Learner = (f64, Vec<f64>);

/// Steps whose curvature is remembered.
const MEMORY: usize = 8;

/// Learns to part two classes: a score above zero speaks for the second.
#[must_use]
pub fn fit_two(rows: &[Row<'_>], recipe: Recipe) -> Learner {
    let [no, yes] = fit(rows, recipe);
    let weights = yes.1.iter().zip(&no.1).map(|(yes, no)| yes - no).collect();
    (yes.0 - no.0, weights)
}

/// Learns a score for each of `CLASSES` classes: the highest is the likeliest.
#[must_use]
pub fn fit<const CLASSES: usize>(rows: &[Row<'_>], recipe: Recipe) -> [Learner; CLASSES] {
    let slots = 1_usize << SLOT_BITS;
    let mut frequency = vec![0_u32; slots];
    let mut last = vec![usize::MAX; slots];
    // A slot that two blocks share is scaled as the last of them.
    let mut scales = vec![0.0; slots];
    for (number, row) in rows.iter().enumerate() {
        for feature in row.features.iter().filter(|feature| (recipe.scale)(feature.block) > 0.0) {
            let slot = feature.slot as usize;
            scales[slot] = (recipe.scale)(feature.block);
            if last[slot] != number {
                last[slot] = number;
                frequency[slot] += 1;
            }
        }
    }
    let mut number = vec![u32::MAX; slots];
    let mut used = Vec::new();
    for (slot, frequency) in frequency.iter().enumerate() {
        if *frequency >= recipe.least {
            number[slot] = u32::try_from(used.len()).unwrap_or(u32::MAX);
            used.push(slot);
        }
    }
    // The inverse document frequency as scikit-learn has it, to the power of 1.5, which was better on the folds than 1;
    // 12 makes it about one for a feature that one text in a hundred has.
    let rarity = |slot: usize| {
        let inverse = ((1.0 + rows.len() as f64) / (1.0 + f64::from(frequency[slot]))).ln() + 1.0;
        scales[slot] * inverse.powf(1.5) / 12.0
    };
    let problem = Problem::new(rows, &number, &rarity, recipe, CLASSES);
    let width = used.len() + 1;
    let found = minimum(&problem, width * CLASSES, recipe.steps);
    std::array::from_fn(|class| {
        let mut weights = vec![0.0; slots];
        for (at, slot) in used.iter().enumerate() {
            weights[*slot] = found[at * CLASSES + class] * rarity(*slot);
        }
        (found[used.len() * CLASSES + class], weights)
    })
}

/// The rows as one sparse matrix. A point is a weight for each column and class, column by column; the last column is
/// the bias.
struct Problem {
    classes: usize,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    labels: Vec<f64>,
    weights: Vec<f64>,
    pull: f64,
}

impl Problem {
    fn new(
        rows: &[Row<'_>],
        number: &[u32],
        rarity: &impl Fn(usize) -> f64,
        recipe: Recipe,
        classes: usize,
    ) -> Self {
        let mut problem = Self {
            classes,
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
            labels: Vec::new(),
            weights: Vec::new(),
            pull: recipe.pull,
        };
        for row in rows {
            let mut features: Vec<(u32, f64)> = row
                .features
                .iter()
                .filter(|feature| {
                    number[feature.slot as usize] != u32::MAX && (recipe.scale)(feature.block) > 0.0
                })
                .map(|feature| {
                    let slot = feature.slot as usize;
                    (number[slot], f64::from(feature.value) * rarity(slot))
                })
                .collect();
            features.sort_by_key(|(column, _)| *column);
            let start = problem.columns.len();
            for (column, value) in features {
                if problem.columns.len() > start && problem.columns.last() == Some(&column) {
                    if let Some(last) = problem.values.last_mut() {
                        *last += value;
                    }
                } else {
                    problem.columns.push(column);
                    problem.values.push(value);
                }
            }
            problem.starts.push(problem.columns.len());
            problem.labels.extend(&row.label);
            problem.weights.push(row.weight);
        }
        problem
    }

    /// The loss at `at`, and its gradient.
    fn loss(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let classes = self.classes;
        let bias = at.len() - classes;
        let mut loss = 0.0;
        for (slope, weight) in gradient.iter_mut().zip(at) {
            loss += 0.5 * self.pull * weight * weight;
            *slope = self.pull * weight;
        }
        // The biases are hardly pulled: only as much as makes the minimum one point.
        for (slope, weight) in gradient[bias..].iter_mut().zip(&at[bias..]) {
            loss -= 0.5 * self.pull * 0.99 * weight * weight;
            *slope *= 0.01;
        }
        let mut scores = vec![0.0; classes];
        for row in 0..self.weights.len() {
            let range = self.starts[row]..self.starts[row + 1];
            scores.copy_from_slice(&at[bias..]);
            for (column, value) in self.columns[range.clone()].iter().zip(&self.values[range.clone()]) {
                let weights = &at[*column as usize * classes..][..classes];
                for (score, weight) in scores.iter_mut().zip(weights) {
                    *score += value * weight;
                }
            }
            let labels = &self.labels[row * classes..][..classes];
            let weight = self.weights[row];
            let largest = scores.iter().fold(f64::NEG_INFINITY, |largest, score| largest.max(*score));
            let total: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            let log_total = largest + total.ln();
            for (score, label) in scores.iter_mut().zip(labels) {
                loss += weight * label * (log_total - *score);
                *score = weight * ((*score - log_total).exp() - label);
            }
            for (column, value) in self.columns[range.clone()].iter().zip(&self.values[range]) {
                let slopes = &mut gradient[*column as usize * classes..][..classes];
                for (slope, error) in slopes.iter_mut().zip(&scores) {
                    *slope += error * value;
                }
            }
            for (slope, error) in gradient[bias..].iter_mut().zip(&scores) {
                *slope += error;
            }
        }
        loss
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn minimum(problem: &Problem, size: usize, steps: usize) -> Vec<f64> {
    let mut at = vec![0.0; size];
    let mut gradient = vec![0.0; size];
    let mut loss = problem.loss(&at, &mut gradient);
    let mut memory: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    for step in 0..steps {
        let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
        let mut shares = Vec::with_capacity(memory.len());
        for (moved, turned, inverse) in memory.iter().rev() {
            let share = inverse * dot(moved, &direction);
            for (value, turned) in direction.iter_mut().zip(turned) {
                *value -= share * turned;
            }
            shares.push(share);
        }
        if let Some((moved, turned, _)) = memory.last() {
            let scale = dot(moved, turned) / dot(turned, turned);
            direction.iter_mut().for_each(|value| *value *= scale);
        }
        for ((moved, turned, inverse), share) in memory.iter().zip(shares.iter().rev()) {
            let back = inverse * dot(turned, &direction);
            for (value, moved) in direction.iter_mut().zip(moved) {
                *value += (share - back) * moved;
            }
        }
        let slope = dot(&gradient, &direction);
        let mut length = if step == 0 { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut new_gradient = vec![0.0; size];
        let (new, new_loss) = loop {
            let new: Vec<f64> = at.iter().zip(&direction).map(|(at, value)| at + length * value).collect();
            let new_loss = problem.loss(&new, &mut new_gradient);
            if new_loss <= loss + 1e-4 * length * slope || length < 1e-9 {
                break (new, new_loss);
            }
            length *= 0.5;
        };
        let moved: Vec<f64> = new.iter().zip(&at).map(|(new, old)| new - old).collect();
        let turned: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-10 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turned, 1.0 / curvature));
        }
        let is_done = (loss - new_loss).abs() <= 1e-6 * loss.abs();
        (at, gradient, loss) = (new, new_gradient, new_loss);
        if is_done {
            break;
        }
    }
    at
}
