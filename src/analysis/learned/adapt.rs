//! How does a user's own labels change what was learned, without losing it?
//!
//! A second regression starts from the weights that are there and is drawn back to them: only rows that the labelled
//! texts have can move, and no farther than their number warrants. What moved is a [`Correction`]: rows with what is
//! added to their weight. It says for which table it was made, and no other takes it.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::Learned;
use super::fit::{Matrix, Target, logistic_regression};
use super::train::Texts;
use super::weights::Weights;

/// A label of a user: the text, and whether it is a complaint.
#[derive(Debug)]
pub struct Label {
    /// The text.
    pub texts: Texts,
    /// Whether it is a complaint.
    pub is_complaint: bool,
}

/// The fewest labels of each kind: with fewer, the five folds say nothing about what the rest would do.
const LEAST_LABELS: usize = 20;

/// Parts that are held out in turn.
const FOLDS: usize = 5;

/// How much one label counts beside the pull of the base. Of tweets to airlines, which were not taught, 525 labels gain as
/// much with a half as with one, and cost less elsewhere.
const COST: f64 = 0.5;

/// How much more the constant is drawn to the base than a weight: it moves every text there is, not only those with the
/// words that were labelled.
const STIFFNESS: f64 = 10.0;

/// There are too few labels to learn from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{complaints} complaints and {others} others are too few: label at least {LEAST_LABELS} of each")]
pub struct TooFewLabels {
    complaints: usize,
    others: usize,
}

/// A correction, and what it does on labels that it was not made of.
#[derive(Debug, Clone)]
pub struct Adapted {
    /// For [`Learned::adapted`].
    pub bytes: Vec<u8>,
    /// For each label: whether the base alone says that it is a complaint.
    pub before: Vec<bool>,
    /// For each label: what a correction says that was made of the other folds.
    pub after: Vec<bool>,
}

/// Makes a correction of the base from labels.
///
/// # Errors
/// If there are fewer than 20 of either kind.
pub fn adapt(labels: &[Label]) -> Result<Adapted, TooFewLabels> {
    let complaints = labels.iter().filter(|label| label.is_complaint).count();
    let others = labels.len() - complaints;
    if complaints.min(others) < LEAST_LABELS {
        return Err(TooFewLabels { complaints, others });
    }
    let base = Learned::base();
    let before: Vec<bool> = labels.iter().map(|label| base.complaint(&label.texts).verdict).collect();
    let mut after = before.clone();
    // Equal texts have equal features and go to one fold.
    let fold = |label: &Label| {
        let hash = label.texts.sheet().features.iter().fold(0_u64, |hash, feature| hash ^ feature.key);
        usize::try_from((hash >> 32) % FOLDS as u64).unwrap_or(0)
    };
    for held in 0..FOLDS {
        let learned = corrected(labels.iter().filter(|label| fold(label) != held));
        for (at, label) in labels.iter().enumerate().filter(|(_, label)| fold(label) == held) {
            after[at] = learned.complaint(&label.texts).verdict;
        }
    }
    let bytes = corrected(labels.iter()).correction.map(|correction| correction.write()).unwrap_or_default();
    Ok(Adapted { bytes, before, after })
}

fn corrected<'a>(labels: impl Iterator<Item = &'a Label> + Clone) -> Learned {
    let mut learned = Learned::base().clone();
    let Some(weights) = Weights::read(&learned.bytes) else { return learned };
    let [unit, constant] = weights.heads.complaint.map(f64::from);
    let (mut by_row, mut rows) = (FxHashMap::default(), Vec::new());
    let (mut matrix, mut targets) = (Matrix::default(), Vec::new());
    // The base is made for streams in which half are complaints, and stays so: both kinds count alike.
    let (complaints, all) = labels.clone().fold((0.0, 0.0), |(complaints, all), label| {
        (complaints + f64::from(u8::from(label.is_complaint)), all + 1.0)
    });
    let balance = |is: bool| all / (2.0 * if is { complaints } else { all - complaints });
    for label in labels {
        let counted = weights.count(label.texts.sheet());
        #[expect(clippy::cast_possible_truncation, reason = "the shares of features are small numbers")]
        matrix.push(counted.iter().map(|at| {
            let column = *by_row.entry(at.row).or_insert_with(|| {
                rows.push(at.row);
                u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
            });
            (column, at.value as f32)
        }));
        targets.push(Target {
            is: f64::from(u8::from(label.is_complaint)),
            weight: COST * balance(label.is_complaint),
        });
    }
    let start: Vec<f64> =
        rows.iter().map(|row| f64::from(weights.row(*row).complaint) * unit).chain([constant]).collect();
    let fitted = logistic_regression(&matrix, &targets, &start, STIFFNESS);
    let mut moved: FxHashMap<u32, f64> = FxHashMap::default();
    for ((row, fitted), start) in rows.iter().zip(&fitted).zip(&start) {
        if (fitted - start).abs() >= STEP {
            moved.insert(*row, ((fitted - start) / STEP).round() * STEP);
        }
    }
    let constant = fitted.last().zip(start.last()).map_or(0.0, |(fitted, start)| fitted - start);
    learned.correction = Some(Correction { moved, constant: (constant / STEP).round() * STEP });
    learned
}

/// By how much a weight moves at least; a power of two, so that its multiples are exact.
const STEP: f64 = 1.0 / 1024.0;

/// What is added to the weights of some rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Correction {
    moved: FxHashMap<u32, f64>,
    constant: f64,
}

impl Correction {
    pub(super) fn score(&self, counted: &[super::weights::Counted]) -> f64 {
        counted.iter().map(|at| self.weight(at.row) * at.value).sum::<f64>() + self.constant
    }

    pub(super) fn weight(&self, row: u32) -> f64 {
        self.moved.get(&row).copied().unwrap_or(0.0)
    }

    /// Magic, the table it is for, the constant, then row and steps for each row that moved.
    fn write(&self) -> Vec<u8> {
        let mut rows: Vec<(u32, i32)> = self.moved.iter().map(|(row, by)| (*row, steps(*by))).collect();
        rows.sort_unstable();
        let mut bytes = b"grouseC\x01".to_vec();
        bytes.extend(base_key().to_le_bytes());
        bytes.extend(steps(self.constant).to_le_bytes());
        for (row, by) in rows {
            bytes.extend(row.to_le_bytes());
            bytes.extend(by.to_le_bytes());
        }
        bytes
    }

    pub(super) fn key(&self) -> u64 {
        hash(&self.write())
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"grouseC\x01")?.strip_prefix(&base_key().to_le_bytes())?;
        let (constant, rest) = rest.split_first_chunk()?;
        let constant = f64::from(i32::from_le_bytes(*constant)) * STEP;
        let mut moved = FxHashMap::default();
        let (pairs, []) = rest.as_chunks::<8>() else { return None };
        for pair in pairs {
            let (row, by) = pair.split_first_chunk::<4>()?;
            let by = i32::from_le_bytes(by.try_into().ok()?);
            moved.insert(u32::from_le_bytes(*row), f64::from(by) * STEP);
        }
        Some(Self { moved, constant })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "weights are small numbers")]
fn steps(by: f64) -> i32 {
    (by / STEP).round() as i32
}

/// Names the table that came with the program.
#[must_use]
pub fn base_key() -> u64 {
    static KEY: LazyLock<u64> = LazyLock::new(|| hash(super::WEIGHTS));
    *KEY
}

fn hash(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |hash, bytes| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        super::key::mix(hash ^ u64::from_le_bytes(word))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Our own examples, whose verdicts say what is lost of the base.
    const OTHERS: [&str; 3] = [
        include_str!("../../../index/model/examples/nl.tsv"),
        include_str!("../../../index/model/examples/en1.tsv"),
        include_str!("../../../index/model/examples/de.tsv"),
    ];

    fn label(text: &str, is_complaint: bool) -> Label {
        Label { texts: Texts::read(None, text, None), is_complaint }
    }

    /// A house in which "knippert" and "piept" say that something is broken, which nobody taught.
    fn house(count: usize) -> Vec<Label> {
        let things = ["modem", "ontvanger", "router", "kastje", "scherm", "lampje", "decoder"];
        let whens = ["vandaag", "sinds gisteren", "al de hele week", "vanochtend", "weer"];
        let (bad, fine) = (["knippert", "piept"], ["staat", "draait"]);
        (0..count)
            .map(|at| {
                let (thing, when) = (things[at % 7], whens[at / 2 % 5]);
                let is = at % 2 == 0;
                let does = if is { bad[at / 4 % 2] } else { fine[at / 4 % 2] };
                label(&format!("mijn {thing} nummer {at} {does} {when}"), is)
            })
            .collect()
    }

    fn right(said: &[bool], labels: &[Label]) -> f64 {
        let right = said.iter().zip(labels).filter(|(said, label)| **said == label.is_complaint).count();
        right as f64 / labels.len() as f64
    }

    /// Of our examples: the share that is judged right, and by how much probabilities moved on average.
    fn others(learned: &Learned) -> (f64, f64) {
        let (mut right, mut all, mut moved) = (0, 0, 0.0);
        for (mark, text) in
            OTHERS.iter().flat_map(|file| file.lines()).filter_map(|line| line.split_once('\t'))
        {
            let texts = Texts::read(None, text, None);
            let complaint = learned.complaint(&texts);
            all += 1;
            right += u32::from(complaint.verdict == ["n", "d", "a", "b"].contains(&mark));
            let before = Learned::base().complaint(&texts).probability;
            moved += f64::from((complaint.probability - before).abs());
        }
        (f64::from(right) / f64::from(all), moved / f64::from(all))
    }

    #[test]
    fn what_a_house_calls_a_complaint_is_learned_and_the_rest_stays() {
        let labels = house(120);
        let adapted = adapt(&labels).unwrap();
        assert!(right(&adapted.before, &labels) < 0.75, "{}", right(&adapted.before, &labels));
        assert!(right(&adapted.after, &labels) > 0.9, "{}", right(&adapted.after, &labels));
        let learned = Learned::adapted(&adapted.bytes).unwrap();
        let (before, _) = others(Learned::base());
        let (after, _) = others(&learned);
        assert!(before > 0.95 && before - after < 0.01, "{before} {after}");
        // Severity and sentiment are not touched.
        let texts = &labels[0].texts;
        assert_eq!(learned.severity(texts), Learned::base().severity(texts));
        assert_eq!(learned.sentiment(texts).to_bits(), Learned::base().sentiment(texts).to_bits());
    }

    #[test]
    fn the_same_labels_give_the_same_bytes_and_others_another_key() {
        let once = adapt(&house(60)).unwrap();
        let twice = adapt(&house(60)).unwrap();
        assert_eq!((&once.bytes, &once.after), (&twice.bytes, &twice.after));
        let other = adapt(&house(62)).unwrap();
        let key = |bytes: &[u8]| Learned::adapted(bytes).unwrap().correction_key();
        assert_eq!(key(&once.bytes), key(&twice.bytes));
        assert!(key(&once.bytes).is_some() && key(&once.bytes) != key(&other.bytes));
        assert_eq!(Learned::base().correction_key(), None);
        assert_eq!(Learned::adapted(&once.bytes).unwrap().correction.unwrap().write(), once.bytes);
    }

    #[test]
    fn few_labels_move_little_and_more_move_more() {
        let learned = |count| Learned::adapted(&adapt(&house(count)).unwrap().bytes).unwrap();
        // By how much it is sure of what the house says, over all; what others say moves little with either.
        let sure = |learned: &Learned| {
            let says = |label: &Label| f64::from(learned.complaint(&label.texts).probability);
            house(40)
                .iter()
                .map(|label| if label.is_complaint { says(label) } else { -says(label) })
                .sum::<f64>()
        };
        let (few, many) = (learned(40), learned(400));
        assert!(sure(Learned::base()) < sure(&few) && sure(&few) < sure(&many));
        assert!(others(&few).1 < 0.05 && others(&many).1 < 0.05, "{} {}", others(&few).1, others(&many).1);
    }

    #[test]
    fn labels_that_contradict_each_other_teach_nothing() {
        let mut labels = house(60);
        let turned = house(60).into_iter().map(|label| Label { is_complaint: !label.is_complaint, ..label });
        labels.extend(turned);
        let adapted = adapt(&labels).unwrap();
        // Whatever is said of them, half of it is wrong.
        assert!((right(&adapted.after, &labels) - 0.5).abs() < 1e-9);
        let (share, moved) = others(&Learned::adapted(&adapted.bytes).unwrap());
        let (before, _) = others(Learned::base());
        assert!(before - share < 0.02 && moved < 0.05, "{before} {share} {moved}");
    }

    #[test]
    fn too_few_labels_are_refused_with_their_number() {
        let said = |labels: &[Label]| adapt(labels).unwrap_err().to_string();
        assert_eq!(said(&[]), "0 complaints and 0 others are too few: label at least 20 of each");
        let only: Vec<Label> = (0..50).map(|at| label(&format!("bericht {at}"), true)).collect();
        assert_eq!(said(&only), "50 complaints and 0 others are too few: label at least 20 of each");
        assert!(adapt(&house(38)).is_err() && adapt(&house(40)).is_ok());
    }

    #[test]
    fn a_correction_of_other_weights_is_refused() {
        let mut bytes = adapt(&house(40)).unwrap().bytes;
        assert!(Learned::adapted(&bytes).is_some());
        assert!(Learned::adapted(&bytes[..bytes.len() - 1]).is_none());
        bytes[9] ^= 1;
        assert!(Learned::adapted(&bytes).is_none());
    }

    proptest! {
        #[test]
        fn rubbish_is_no_correction_and_no_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..60), is_ours in any::<bool>()) {
            if is_ours {
                let head: Vec<u8> = b"grouseC\x01".iter().copied().chain(base_key().to_le_bytes()).collect();
                bytes.splice(0..0, head);
            }
            if let Some(learned) = Learned::adapted(&bytes) {
                let probability = learned.complaint(&Texts::read(None, "my parcel is lost", None)).probability;
                prop_assert!((0.0..=1.0).contains(&probability));
            }
        }
    }
}
