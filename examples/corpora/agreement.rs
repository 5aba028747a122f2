//! How well does a division into problems agree with labels that people gave? Shared by the example `discoveries`, which prints
//! it, and by the test that guards it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grouse::model::fnv1a;

/// What was made of one labelled text.
pub(crate) struct Fallen {
    pub(crate) label: String,
    /// Its problems, the strongest first.
    pub(crate) problems: Vec<String>,
    /// Its themes, which are problems of the upper level.
    pub(crate) themes: BTreeSet<String>,
}

/// How well what was found agrees with labels.
#[derive(Debug)]
pub(crate) struct Agreement {
    /// Normalized mutual information of the labels and the strongest problem of each text, by the mean of the entropies.
    pub(crate) information: f64,
    /// Adjusted Rand index of the same.
    pub(crate) rand: f64,
    /// Mean over the labels of the best F1 of any problem.
    pub(crate) best_problem: f64,
    /// Mean over the labels of the best F1 of any problem or theme.
    pub(crate) best: f64,
    /// Share of the texts without any problem.
    pub(crate) unassigned: f64,
}

impl Agreement {
    pub(crate) fn of(rows: &[Fallen]) -> Self {
        let strongest = |row: &Fallen| row.problems.first().cloned().unwrap_or_else(|| "none".to_owned());
        let pairs: Vec<(String, String)> =
            rows.iter().map(|row| (row.label.clone(), strongest(row))).collect();
        let unassigned = rows.iter().filter(|row| row.problems.is_empty()).count();
        Self {
            information: information(&pairs),
            rand: rand(&pairs),
            best_problem: best_f1(rows, |row| row.problems.iter().collect()),
            best: best_f1(rows, |row| row.problems.iter().chain(&row.themes).collect()),
            unassigned: unassigned as f64 / rows.len() as f64,
        }
    }
}

/// Half of all texts, by a hash of the text: equal ones are on one side.
pub(crate) fn half_of(text: &str) -> u32 {
    u32::from((fnv1a(text.bytes()) >> 32) % 2 == 1)
}

fn table(pairs: &[(String, String)]) -> [BTreeMap<(&str, &str), f64>; 3] {
    let mut counts = [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()];
    for (a, b) in pairs {
        *counts[0].entry((a.as_str(), b.as_str())).or_default() += 1.0;
        *counts[1].entry((a.as_str(), "")).or_default() += 1.0;
        *counts[2].entry(("", b.as_str())).or_default() += 1.0;
    }
    counts
}

/// Normalized mutual information, by the mean of the entropies.
pub(crate) fn information(pairs: &[(String, String)]) -> f64 {
    let all = pairs.len() as f64;
    let entropy =
        |counts: &BTreeMap<_, f64>| -> f64 { counts.values().map(|n| -n / all * (n / all).ln()).sum() };
    let [both, first, second] = table(pairs).map(|counts| entropy(&counts));
    2.0 * (first + second - both) / (first + second)
}

/// Adjusted Rand index.
pub(crate) fn rand(pairs: &[(String, String)]) -> f64 {
    let two = |n: f64| n * (n - 1.0) / 2.0;
    let [both, first, second] = table(pairs).map(|counts| counts.values().map(|n| two(*n)).sum::<f64>());
    let expected = first * second / two(pairs.len() as f64);
    (both - expected) / (f64::midpoint(first, second) - expected)
}

fn best_f1<'a>(rows: &'a [Fallen], found: impl Fn(&'a Fallen) -> BTreeSet<&'a String>) -> f64 {
    let mut labels: BTreeMap<&str, f64> = BTreeMap::new();
    let mut sizes: BTreeMap<&str, f64> = BTreeMap::new();
    let mut both: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for row in rows {
        *labels.entry(&row.label).or_default() += 1.0;
        for problem in found(row) {
            *sizes.entry(problem).or_default() += 1.0;
            *both.entry((&row.label, problem)).or_default() += 1.0;
        }
    }
    let best = |label: &str| {
        let scores = both.iter().filter(|((of, _), _)| *of == label);
        scores.map(|((_, problem), both)| 2.0 * both / (labels[label] + sizes[problem])).fold(0.0, f64::max)
    };
    labels.keys().map(|label| best(label)).sum::<f64>() / labels.len() as f64
}

pub(crate) type Row = BTreeMap<String, String>;

/// The text and label of the rows that have both.
pub(crate) fn rows(path: &Path, wanted: impl Fn(&Row) -> Option<(String, String)>) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    reader
        .records()
        .filter_map(|record| {
            let record = record.unwrap();
            let row: Row = head.iter().zip(&record).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            wanted(&row)
        })
        .collect()
}
