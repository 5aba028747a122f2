//! What does each corpus teach which head, and how much does it count?

use std::collections::BTreeMap;

use grouse::analysis::learned::fit::Row;
use grouse::model::Severity;

use crate::corpora::Labeled;

/// How much a text of each corpus counts for the verdict. Corpora of another kind of text, or with labels that are further
/// from the definition of a complaint, count less. Chosen on the folds.
const COMPLAINT: &[(&str, f64)] = &[
    ("acl", 2.0),
    ("air", 1.0),
    ("key", 1.0),
    ("own", 1.0),
    ("ces", 0.5),
    ("rest", 0.5),
    ("bahn", 0.3),
    ("cfpb", 0.2),
    ("free", 0.1),
    ("liga", 0.1),
    ("b77", 0.1),
];

/// The same for how the writer feels.
const SENTIMENT: &[(&str, f64)] = &[
    ("key", 1.0),
    ("own", 1.0),
    ("ces", 0.5),
    ("rest", 1.0),
    ("bahn", 0.5),
    ("free", 0.2),
    ("acl", 0.3),
    ("air", 0.3),
    ("liga", 0.05),
];

/// The same for how bad it is.
const SEVERITY: &[(&str, f64)] = &[("ces", 1.0), ("own", 0.1)];

fn weight_of(mix: &[(&str, f64)], corpus: &str) -> f64 {
    mix.iter().find(|(name, _)| *name == corpus).map_or(0.0, |(_, weight)| *weight)
}

/// Rows whose classes weigh the same within each corpus, so that a score of zero parts them in all.
fn balanced<'a>(rows: Vec<(&'a Labeled, Vec<f64>)>, mix: &[(&str, f64)]) -> Vec<Row<'a>> {
    let class = |label: &[f64]| label.iter().position(|share| *share >= 0.5).unwrap_or(0);
    let mut counts: BTreeMap<&str, BTreeMap<usize, f64>> = BTreeMap::new();
    for (one, label) in &rows {
        *counts.entry(&one.corpus).or_default().entry(class(label)).or_default() += 1.0;
    }
    rows.iter()
        .map(|(one, label)| {
            let counts = &counts[&*one.corpus];
            let (all, same) = (counts.values().sum::<f64>(), counts[&class(label)]);
            let balance = all / (counts.len() as f64 * same);
            Row {
                features: &one.features,
                label: label.clone(),
                weight: weight_of(mix, &one.corpus) * balance,
            }
        })
        .filter(|row| row.weight > 0.0)
        .collect()
}

pub(crate) fn complaint_rows<'a>(all: &[&'a Labeled]) -> Vec<Row<'a>> {
    let label = |is_one: bool| if is_one { vec![0.0, 1.0] } else { vec![1.0, 0.0] };
    balanced(all.iter().filter_map(|one| Some((*one, label(one.complaint?)))).collect(), COMPLAINT)
}

pub(crate) fn sentiment_rows<'a>(all: &[&'a Labeled]) -> Vec<Row<'a>> {
    balanced(
        all.iter().filter_map(|one| one.sentiment.map(|glad| (*one, vec![1.0 - glad, glad]))).collect(),
        SENTIMENT,
    )
}

/// How bad complaints are, in the order of [`Severity::ALL`].
pub(crate) fn severity_rows<'a>(all: &[&'a Labeled]) -> Vec<Row<'a>> {
    let label = |severity| Severity::ALL.map(|one| f64::from(u8::from(one == severity))).to_vec();
    balanced(all.iter().filter_map(|one| Some((*one, label(one.severity?)))).collect(), SEVERITY)
}
