//! Which weights explain the labels best? Regularized logistic and multinomial regression, by L-BFGS.
//!
//! Minimizes half the squared distance of the weights from where they start (zero, or a model that is adapted) plus the
//! weighted logarithmic losses. The objective is convex, so the result is that of any solver. One thread, one order of
//! sums, no random numbers: the same rows give the same weights. L-BFGS as in Nocedal and Wright, "Numerical
//! optimization" (2006), algorithm 7.4, with a backtracking line search.

use super::exact::{exp, ln, logistic};

/// Rows of numbers, most of them zero.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Matrix {
    pub(super) fn push(&mut self, row: impl Iterator<Item = (u32, f32)>) {
        for (column, value) in row {
            self.columns.push(column);
            self.values.push(value);
        }
        self.ends.push(self.columns.len());
    }

    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = from..self.ends[row];
        let columns = self.columns[range.clone()].iter().map(|column| *column as usize);
        columns.zip(self.values[range].iter().map(|value| f64::from(*value)))
    }

    /// Multiplies each column by its number.
    #[expect(clippy::cast_possible_truncation, reason = "the values of features are small numbers")]
    pub(super) fn scale(&mut self, by: &[f64]) {
        for (column, value) in self.columns.iter().zip(&mut self.values) {
            *value = (f64::from(*value) * by[*column as usize]) as f32;
        }
    }

    fn dot(&self, row: usize, weights: &[f64]) -> f64 {
        self.row(row).map(|(column, value)| weights[column] * value).sum()
    }
}

/// What one row should come to, and by how much it counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// 0..=1.
    pub(super) is: f64,
    pub(super) weight: f64,
}

/// The weights of a logistic regression; the last is that of the constant. `pull` is what they are drawn to, the constant
/// `stiffness` times as much as the others.
pub(super) fn logistic_regression(
    rows: &Matrix,
    targets: &[Target],
    pull: &[f64],
    stiffness: f64,
) -> Vec<f64> {
    minimize(pull, stiffness, |weights, slope| {
        let constant = weights.len() - 1;
        let mut loss = 0.0;
        for (row, target) in targets.iter().enumerate() {
            let score = rows.dot(row, weights) + weights[constant];
            // The loss at both ends, weighed by how far the target is from each.
            let soft = if score > 0.0 { score + ln(1.0 + exp(-score)) } else { ln(1.0 + exp(score)) };
            loss += target.weight * (soft - target.is * score);
            let error = target.weight * (logistic(score) - target.is);
            for (column, value) in rows.row(row) {
                slope[column] += error * value;
            }
            slope[constant] += error;
        }
        loss
    })
}

/// The weights of a regression on four classes, each with its constant last, one class after another.
pub(super) fn multinomial_regression(rows: &Matrix, targets: &[(usize, f64)], columns: usize) -> Vec<f64> {
    let width = columns + 1;
    minimize(&vec![0.0; width * 4], 1.0, |weights, slope| {
        let mut loss = 0.0;
        for (row, (class, weight)) in targets.iter().enumerate() {
            let scores: [f64; 4] = std::array::from_fn(|at| {
                let part = &weights[at * width..(at + 1) * width];
                rows.dot(row, part) + part[columns]
            });
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = scores.iter().map(|score| exp(score - most)).sum();
            loss += weight * (ln(sum) + most - scores[*class]);
            for at in 0..4 {
                let is = if at == *class { 1.0 } else { 0.0 };
                let error = weight * (exp(scores[at] - most) / sum - is);
                for (column, value) in rows.row(row) {
                    slope[at * width + column] += error * value;
                }
                slope[at * width + columns] += error;
            }
        }
        loss
    })
}

/// Steps that are remembered.
const MEMORY: usize = 8;
/// Steps at most. The scores change by less than a thousandth after about 60.
const MOST_STEPS: usize = 120;

fn minimize(
    start: &[f64],
    last_stiffness: f64,
    mut loss_of: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut objective = |weights: &[f64], slope: &mut [f64]| {
        slope.fill(0.0);
        let mut value = loss_of(weights, slope);
        for ((slope, weight), start) in slope.iter_mut().zip(weights).zip(start) {
            value += 0.5 * (weight - start) * (weight - start);
            *slope += weight - start;
        }
        if let (Some(slope), Some(weight), Some(start)) = (slope.last_mut(), weights.last(), start.last()) {
            let more = last_stiffness - 1.0;
            value += 0.5 * more * (weight - start) * (weight - start);
            *slope += more * (weight - start);
        }
        value
    };
    let mut weights = start.to_vec();
    let mut slope = vec![0.0; weights.len()];
    let mut value = objective(&weights, &mut slope);
    let mut memory: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    let enough = 1e-4 * dot(&slope, &slope).sqrt().max(1e-9);
    for _ in 0..MOST_STEPS {
        if dot(&slope, &slope).sqrt() <= enough {
            break;
        }
        let direction = direction(&slope, &memory);
        let descent = dot(&direction, &slope);
        let mut step = if memory.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1.0) } else { 1.0 };
        let mut next_slope = vec![0.0; weights.len()];
        let found = (0..30).find_map(|_| {
            let next: Vec<f64> = weights.iter().zip(&direction).map(|(at, by)| at + step * by).collect();
            let next_value = objective(&next, &mut next_slope);
            if next_value <= value + 1e-4 * step * descent {
                return Some((next, next_value));
            }
            step *= 0.5;
            None
        });
        let Some((next, next_value)) = found else { break };
        let moved: Vec<f64> = next.iter().zip(&weights).map(|(next, at)| next - at).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(next, at)| next - at).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turned, curvature));
        }
        (weights, slope, value) = (next, next_slope, next_value);
    }
    weights
}

/// Where to go from a slope, by what the last steps told about the curvature.
fn direction(slope: &[f64], memory: &[(Vec<f64>, Vec<f64>, f64)]) -> Vec<f64> {
    let mut direction: Vec<f64> = slope.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (moved, turned, curvature) in memory.iter().rev() {
        let share = dot(moved, &direction) / curvature;
        add(&mut direction, -share, turned);
        shares.push(share);
    }
    if let Some((_, turned, curvature)) = memory.last() {
        let scale = curvature / dot(turned, turned);
        for part in &mut direction {
            *part *= scale;
        }
    }
    for ((moved, turned, curvature), share) in memory.iter().zip(shares.into_iter().rev()) {
        let back = dot(turned, &direction) / curvature;
        add(&mut direction, share - back, moved);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, other: &[f64]) {
    for (to, other) in to.iter_mut().zip(other) {
        *to += times * other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_zero_at_the_weights_found() {
        let mut rows = Matrix::default();
        let mut targets = Vec::new();
        for number in 0..60_u32 {
            let value = f32::from(u8::try_from(number % 7).unwrap()) / 3.0;
            rows.push([(0, value), (1, 1.0 - value)].into_iter());
            targets.push(Target { is: f64::from(u8::from(number % 7 > 3 || number % 11 == 0)), weight: 1.0 });
        }
        let weights = logistic_regression(&rows, &targets, &[0.0; 3], 1.0);
        let mut slope = weights.clone();
        for (row, target) in targets.iter().enumerate() {
            let error = logistic(rows.dot(row, &weights) + weights[2]) - target.is;
            rows.row(row).for_each(|(column, value)| slope[column] += error * value);
            slope[2] += error;
        }
        assert!(slope.iter().all(|part| part.abs() < 1e-2), "{slope:?}");
        assert!(weights[0] > weights[1]);
    }
}
