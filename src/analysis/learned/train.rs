//! How is the table made of labelled texts? The vocabulary, three regressions, and their rounding to bytes.
//!
//! Which corpora, with which weights, is the business of who calls ([`learn`]); here is what is the same for all.

use rustc_hash::FxHashMap;

use super::Learned;
use super::exact::ln;
use super::fit::{Matrix, Target, logistic_regression, multinomial_regression};
use super::key;
use super::sheet::{Feature, Sheet};
use super::weights::{self, Counted, Heads, ROW_BITS, Row, Weights, is_rare_by_count, place};
use crate::analysis::masked;
use crate::analysis::reading::Reading;
use crate::model::{Complaint, Language, Severity};
use crate::text::TokenKind;
use crate::text::language::{Prior, detect};

/// How much the losses count beside the size of the weights, for complaint and sentiment.
const COST: f64 = 1.5;

/// How much of the pull on a complaint weight depends on how well its feature tells the classes apart by itself. The rest is
/// the same for all.
const TELLING: f64 = 0.33;

/// What each feature is taken to have been seen, of either class, before any text was.
const UNSEEN: f64 = 0.1;

/// The slope from score to probability, for a stream in which half are complaints: 1.11 was fitted on scores out of
/// fold.
const SLOPE: f32 = 1.1;

/// A text, read once for all that is learned of it.
#[derive(Debug, Clone)]
pub struct Texts(Sheet);

impl Texts {
    /// Reads a text as a judge would: masked first, its language judged with the help of `tag`.
    #[must_use]
    pub fn read(title: Option<&str>, text: &str, tag: Option<Language>) -> Self {
        Self::read_naming(title, text, tag, false)
    }

    /// As [`Texts::read`], of a text that names a brand if `is_named`.
    #[must_use]
    pub fn read_naming(title: Option<&str>, text: &str, tag: Option<Language>, is_named: bool) -> Self {
        let (title, text) = (title.map(|title| masked(title).0), masked(text).0);
        let judged = if text.trim().is_empty() { title.as_deref().unwrap_or("") } else { &text };
        let language = detect(judged, &Prior { tag, expected: &[] });
        let title = title.as_deref().map(|title| Reading::new(title, language));
        Self(Sheet::new(title.as_ref(), &Reading::new(&text, language), language, is_named))
    }

    pub(super) fn sheet(&self) -> &Sheet {
        &self.0
    }
}

/// Names a text, whatever its capitals, marks, handles, links and numbers are: what splits what is taught from what is
/// held out, and tells whether a text was taught.
#[must_use]
pub fn text_hash(title: Option<&str>, text: &str) -> u64 {
    let mut hash = 0;
    for part in title.into_iter().chain([text]) {
        let reading = Reading::new(part, Language::Other);
        for word in &reading.words {
            if matches!(word.kind, TokenKind::Word | TokenKind::Hashtag) {
                hash = key::then(hash, key::word(reading.folded(word)));
            }
        }
    }
    hash
}

/// A text with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The text.
    pub texts: &'a Texts,
    /// Whether it is a complaint, 0..=1, and by how much that counts.
    pub complaint: Option<(f64, f64)>,
    /// How the writer feels, 0 (bad) to 1 (good), and by how much that counts.
    pub sentiment: Option<(f64, f64)>,
    /// How bad it is, and by how much that counts.
    pub severity: Option<(Severity, f64)>,
}

/// Learns a table of weights. The same lessons in the same order give the same bytes.
#[must_use]
pub fn learn(lessons: &[Lesson]) -> Vec<u8> {
    let mut rows = vocabulary(lessons);
    let known = |feature: &Feature| {
        let (row, check) = place(feature.key);
        let found: &Row = &rows[row as usize];
        (found.check == check).then_some(*found)
    };
    let counted: Vec<Vec<Counted>> =
        lessons.iter().map(|lesson| weights::count(lesson.texts.sheet(), known)).collect();
    let mut heads = Heads { slope: SLOPE, ..Heads::default() };

    let complaint = regression(lessons, &counted, TELLING, |lesson| lesson.complaint);
    heads.complaint = round(&complaint, |row, weight| rows[row as usize].complaint = weight);
    let sentiment = regression(lessons, &counted, 0.0, |lesson| lesson.sentiment);
    heads.sentiment = round(&sentiment, |row, weight| rows[row as usize].sentiment = weight);
    let mut severities = vec![[0; 4]; 1 << 16];
    learn_severity(lessons, &counted, &mut heads, &mut severities);
    weights::write(&heads, &rows, &severities)
}

/// The features that two lessons or more have; of two that fall on one row, the commoner.
fn vocabulary(lessons: &[Lesson]) -> Vec<Row> {
    let mut seen: FxHashMap<u64, (u32, bool)> = FxHashMap::default();
    for feature in lessons.iter().flat_map(|lesson| &lesson.texts.sheet().features) {
        seen.entry(feature.key).or_insert((0, is_rare_by_count(feature.block))).0 += 1;
    }
    let mut known: Vec<(u64, u32, bool)> = seen
        .into_iter()
        .filter(|(_, (times, _))| *times >= 2)
        .map(|(key, (times, rare))| (key, times, rare))
        .collect();
    known.sort_unstable_by_key(|(key, times, _)| (std::cmp::Reverse(*times), *key));
    let mut rows = vec![Row::default(); 1 << ROW_BITS];
    for (key, times, is_rare) in known {
        let (row, check) = place(key);
        let row = &mut rows[row as usize];
        if row.check == 0 {
            let rarity = if is_rare { rarity(lessons.len(), times) } else { 6 };
            *row = Row { check, rarity, complaint: 0, sentiment: 0 };
        }
    }
    rows
}

/// The inverse document frequency to the power of 1.5, in sixths.
fn rarity(lessons: usize, times: u32) -> u8 {
    let inverse = ln((1.0 + lessons as f64) / (1.0 + f64::from(times))) + 1.0;
    small(inverse * inverse.sqrt() * 6.0, 1.0, 255.0)
}

/// The columns of a matrix: rows of the table that lessons have.
#[derive(Default)]
struct Columns {
    by_row: FxHashMap<u32, u32>,
    rows: Vec<u32>,
}

impl Columns {
    fn of(&mut self, row: u32) -> u32 {
        *self.by_row.entry(row).or_insert_with(|| {
            self.rows.push(row);
            u32::try_from(self.rows.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// The weights of rows, and the constant last.
struct Fitted {
    rows: Vec<u32>,
    weights: Vec<f64>,
}

fn regression(
    lessons: &[Lesson],
    counted: &[Vec<Counted>],
    telling: f64,
    label: impl Fn(&Lesson) -> Option<(f64, f64)>,
) -> Fitted {
    let (mut columns, mut matrix, mut targets) = (Columns::default(), Matrix::default(), Vec::new());
    for (lesson, counted) in lessons.iter().zip(counted) {
        let Some((is, weight)) = label(lesson).filter(|(_, weight)| *weight > 0.0) else { continue };
        matrix.push(counted.iter().map(|at| (columns.of(at.row), narrow(at.value))));
        targets.push(Target { is, weight: weight * COST });
    }
    let scales = scales(&matrix, &targets, columns.rows.len(), telling);
    matrix.scale(&scales);
    let mut weights = logistic_regression(&matrix, &targets, &vec![0.0; columns.rows.len() + 1], 1.0);
    weights.iter_mut().zip(scales).for_each(|(weight, scale)| *weight *= scale);
    Fitted { rows: columns.rows, weights }
}

/// By how much each feature is made larger, and so less held back: `telling` of it by how much more often it is in one class
/// than in the other (the weight that naive Bayes would give it; Wang and Manning, "Baselines and bigrams", 2012), where a
/// feature as common as any other is left as it is.
fn scales(matrix: &Matrix, targets: &[Target], columns: usize, telling: f64) -> Vec<f64> {
    let mut seen = vec![[UNSEEN; 2]; columns];
    for (row, target) in targets.iter().enumerate() {
        for (column, value) in matrix.row(row) {
            seen[column][0] += target.weight * target.is * value;
            seen[column][1] += target.weight * (1.0 - target.is) * value;
        }
    }
    let [yes, no] = seen.iter().fold([0.0, 0.0], |all, [yes, no]| [all[0] + yes, all[1] + no]);
    let ratios: Vec<f64> = seen.iter().map(|[is, not]| ln((is / yes) / (not / no)).abs()).collect();
    let sum: f64 = ratios.iter().zip(&seen).map(|(ratio, [is, not])| ratio * (is + not)).sum();
    let mean = (sum / (yes + no)).max(1e-9);
    ratios.iter().map(|ratio| 1.0 - telling + telling * (ratio / mean).min(4.0)).collect()
}

fn learn_severity(
    lessons: &[Lesson],
    counted: &[Vec<Counted>],
    heads: &mut Heads,
    severities: &mut [[i8; 4]],
) {
    let (mut columns, mut matrix, mut targets) = (Columns::default(), Matrix::default(), Vec::new());
    for (lesson, counted) in lessons.iter().zip(counted) {
        let Some((severity, weight)) = lesson.severity else { continue };
        let slot = |row: u32| row & 0xffff;
        let row = counted.iter().filter(|at| at.severity > 0.0);
        matrix.push(row.map(|at| (columns.of(slot(at.row)), narrow(at.severity))));
        targets.push((severity as usize, weight));
    }
    let width = columns.rows.len() + 1;
    let weights = multinomial_regression(&matrix, &targets, width - 1);
    let part = |class: usize| &weights[class * width..(class + 1) * width];
    let most =
        (0..4).flat_map(|class| &part(class)[..width - 1]).fold(1e-9_f64, |most, at| most.max(at.abs()));
    let unit = most / 127.0;
    heads.severity = narrow(unit);
    for class in Severity::ALL.map(|severity| severity as usize) {
        heads.severities[class] = narrow(part(class)[width - 1]);
        for (row, weight) in columns.rows.iter().zip(part(class)) {
            severities[*row as usize][class] = small(weight / unit, -127.0, 127.0);
        }
    }
}

/// Rounds weights to 255 steps. Returns the worth of a step, and the constant.
fn round(fitted: &Fitted, mut put: impl FnMut(u32, i8)) -> [f32; 2] {
    let (constant, weights) =
        fitted.weights.split_last().map_or((0.0, &[][..]), |(last, rest)| (*last, rest));
    let most = weights.iter().fold(1e-9_f64, |most, weight| most.max(weight.abs()));
    // The few heaviest are cut, so that the many light ones are not rounded to nothing.
    let unit = most.min(2.5) / 127.0;
    for (row, weight) in fitted.rows.iter().zip(weights) {
        put(*row, small(weight / unit, -127.0, 127.0));
    }
    [narrow(unit), narrow(constant)]
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what it is for")]
fn narrow(x: f64) -> f32 {
    x as f32
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds are those of the type")]
fn small<T: TryFrom<i64> + Default>(x: f64, least: f64, most: f64) -> T {
    T::try_from(x.round().clamp(least, most) as i64).unwrap_or_default()
}

impl Learned {
    /// Whether a text is a complaint, and how sure.
    #[must_use]
    pub fn complaint(&self, texts: &Texts) -> Complaint {
        self.verdict(texts.sheet()).complaint
    }

    /// How the writer feels, -1..=1.
    #[must_use]
    pub fn sentiment(&self, texts: &Texts) -> f32 {
        self.verdict(texts.sheet()).sentiment
    }

    /// How bad a text is, taken that it is a complaint.
    #[must_use]
    pub fn severity(&self, texts: &Texts) -> Option<Severity> {
        let weights = Weights::read(&self.bytes)?;
        Some(super::severity(&weights, &weights.count(texts.sheet())))
    }
}
