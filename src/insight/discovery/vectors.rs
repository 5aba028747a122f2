//! Which terms keep the same company? A short vector for each term, from how often terms occur in the same post.
//!
//! The matrix of positive pointwise mutual information is as good as a trained embedding where the text is the corpus
//! itself (Levy and Goldberg, "Neural word embedding as implicit matrix factorization", 2014). Its leading
//! eigenvectors come from repeated multiplication of a fixed start, so that they are the same each time.

use super::dice::Dice;

/// Numbers of a vector. 64 did as well as 100 on bank questions, and better than 200.
pub(super) const WIDTH: usize = 64;

/// Multiplications with the matrix; more changed nothing that was measured.
const ROUNDS: usize = 6;

/// One vector for each term, of length one, or of zeros for a term that is never with another.
pub(super) type Vectors = Vec<[f32; WIDTH]>;

/// The vectors of `terms` terms that occur in `posts`, each a rising list of terms.
pub(super) fn vectors(posts: &[Vec<u32>], terms: usize) -> Vectors {
    let matrix = positive_information(posts, terms);
    let mut dice = Dice::new(1);
    let mut basis: Vectors = (0..terms).map(|_| std::array::from_fn(|_| dice.centered())).collect();
    orthonormalize(&mut basis);
    for _ in 0..ROUNDS {
        basis = multiply(&matrix, &basis);
        orthonormalize(&mut basis);
    }
    // Each direction weighs by the root of its eigenvalue.
    let image = multiply(&matrix, &basis);
    let mut values = [0.0_f64; WIDTH];
    for (row, moved) in basis.iter().zip(&image) {
        for (value, (a, b)) in values.iter_mut().zip(row.iter().zip(moved)) {
            *value += f64::from(*a) * f64::from(*b);
        }
    }
    let roots = values.map(|value| value.abs().sqrt() as f32);
    for row in &mut basis {
        for (value, root) in row.iter_mut().zip(roots) {
            *value *= root;
        }
        normalize(row);
    }
    basis
}

/// Scales to length one.
pub(super) fn normalize(row: &mut [f32; WIDTH]) {
    let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 1e-9 {
        for value in row {
            *value /= length;
        }
    }
}

/// For each term, the terms it is with more often than chance, and by how many nats. Symmetric.
fn positive_information(posts: &[Vec<u32>], terms: usize) -> Vec<Vec<(u32, f32)>> {
    let mut of_term: Vec<Vec<u32>> = vec![Vec::new(); terms];
    for (at, post) in posts.iter().enumerate() {
        for term in post {
            of_term[*term as usize].push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    let with_others: Vec<f64> = of_term
        .iter()
        .map(|posts_of| posts_of.iter().map(|post| posts[*post as usize].len() as f64 - 1.0).sum())
        .collect();
    let total: f64 = with_others.iter().sum();
    let mut counts = vec![0_u32; terms];
    let mut met: Vec<u32> = Vec::new();
    let mut matrix = Vec::with_capacity(terms);
    for (term, posts_of) in of_term.iter().enumerate() {
        for other in posts_of.iter().flat_map(|post| &posts[*post as usize]) {
            if counts[*other as usize] == 0 {
                met.push(*other);
            }
            counts[*other as usize] += 1;
        }
        met.sort_unstable();
        let mut row = Vec::new();
        for other in met.drain(..) {
            let count = f64::from(std::mem::take(&mut counts[other as usize]));
            let other_at = other as usize;
            let information = (count * total / (with_others[term] * with_others[other_at])).ln();
            if other_at != term && information > 0.0 {
                row.push((other, information as f32));
            }
        }
        matrix.push(row);
    }
    matrix
}

fn multiply(matrix: &[Vec<(u32, f32)>], basis: &Vectors) -> Vectors {
    let product = |row: &Vec<(u32, f32)>| {
        let mut sum = [0.0_f32; WIDTH];
        for (other, weight) in row {
            for (value, factor) in sum.iter_mut().zip(&basis[*other as usize]) {
                *value += weight * factor;
            }
        }
        sum
    };
    matrix.iter().map(product).collect()
}

/// Makes the columns perpendicular and of length one, each against those before it (Gram and Schmidt, twice for
/// exactness would change no digit that is used).
fn orthonormalize(basis: &mut Vectors) {
    for column in 0..WIDTH {
        let mut shares = [0.0_f64; WIDTH];
        for row in basis.iter() {
            for before in 0..column {
                shares[before] += f64::from(row[before]) * f64::from(row[column]);
            }
        }
        let mut length = 0.0_f64;
        for row in basis.iter_mut() {
            let along: f64 = (0..column).map(|before| shares[before] * f64::from(row[before])).sum();
            row[column] -= along as f32;
            length += f64::from(row[column]) * f64::from(row[column]);
        }
        let length = length.sqrt().max(1e-12) as f32;
        for row in basis.iter_mut() {
            row[column] /= length;
        }
    }
}
