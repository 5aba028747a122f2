//! What was learned? The table of weights that is embedded, read without making anything of it.
//!
//! A header, then `2^19` rows of four bytes: a check byte (0: no such feature), the rarity of the feature (its inverse
//! document frequency to the power of 1.5, in sixths), its weight for a complaint and for sentiment; then `2^16` rows of four weights for
//! the severities. A feature is found in the row that its hash names, if the check byte is that of its hash: a feature
//! never seen in training shares a row with another once in 255 times of those where there is one.

use super::key::Block;
use super::sheet::{Feature, Sheet};

/// The rows, as a power of two.
pub(crate) const ROW_BITS: u32 = 19;
const ROWS: usize = 1 << ROW_BITS;
const SEVERITY_ROWS: usize = 1 << 16;
/// Magic, version, then the numbers of [`Heads`].
const HEADER: usize = 64;
const MAGIC: &[u8; 8] = b"grouse\0\x01";

/// How the features of each block count: by how often and how rare they are, at length one; or each alike.
pub(super) struct Scale {
    /// By how much the block counts for complaint and sentiment.
    meaning: f64,
    /// For severity.
    severity: f64,
    /// Divided by the length of the block.
    is_normed: bool,
}

/// In the order of [`Block`].
pub(super) const BLOCKS: [Scale; 9] = [
    Scale { meaning: 1.0, severity: 1.0, is_normed: true },
    Scale { meaning: 1.0, severity: 0.0, is_normed: true },
    Scale { meaning: 1.0, severity: 1.0, is_normed: true },
    Scale { meaning: 0.7, severity: 0.0, is_normed: true },
    Scale { meaning: 0.3, severity: 0.0, is_normed: false },
    Scale { meaning: 0.3, severity: 0.1, is_normed: false },
    Scale { meaning: 0.15, severity: 0.0, is_normed: false },
    Scale { meaning: 0.4, severity: 0.0, is_normed: true },
    Scale { meaning: 0.2, severity: 0.0, is_normed: false },
];

/// The numbers beside the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Heads {
    /// What one step of a complaint weight is worth, and the score of a text without features.
    pub(crate) complaint: [f32; 2],
    /// The slope by which the score becomes a probability.
    pub(crate) slope: f32,
    /// As `complaint`, for sentiment.
    pub(crate) sentiment: [f32; 2],
    /// What one step of a severity weight is worth.
    pub(crate) severity: f32,
    /// The scores of a text without features, by severity.
    pub(crate) severities: [f32; 4],
}

/// A row of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) check: u8,
    /// In sixths; 0 where there is no feature.
    pub(crate) rarity: u8,
    pub(crate) complaint: i8,
    pub(crate) sentiment: i8,
}

impl Row {
    /// Whether it is the row of the feature of that key.
    pub(super) fn is_of(self, key: u64) -> bool {
        self.check == place(key).1
    }

    /// A row of the feature of that key, with nothing in it.
    pub(super) fn blank(key: u64) -> Self {
        Self { check: place(key).1, ..Self::default() }
    }
}

/// A table of weights over the bytes of its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub(crate) heads: Heads,
    rows: &'a [u8],
    severities: &'a [u8],
}

/// A feature that the table knows, and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Counted {
    /// Its number in [`Sheet::features`].
    pub(crate) feature: u32,
    /// Its row.
    pub(crate) row: u32,
    /// What stands there.
    pub(crate) found: Row,
    /// How much of it there is, for complaint and sentiment.
    pub(crate) value: f64,
    /// How much of it there is, for severity.
    pub(crate) severity: f64,
}

impl<'a> Weights<'a> {
    /// Reads a table. `None` if the bytes are no table of this version.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        if header.get(..8)? != MAGIC || rest.len() != ROWS * 4 + SEVERITY_ROWS * 4 {
            return None;
        }
        let number = |at: usize| {
            let bytes = header.get(8 + at * 4..12 + at * 4).and_then(|bytes| bytes.try_into().ok());
            f32::from_le_bytes(bytes.unwrap_or_default())
        };
        let heads = Heads {
            complaint: [number(0), number(1)],
            slope: number(2),
            sentiment: [number(3), number(4)],
            severity: number(5),
            severities: [number(6), number(7), number(8), number(9)],
        };
        let (rows, severities) = rest.split_at_checked(ROWS * 4)?;
        Some(Self { heads, rows, severities })
    }

    pub(crate) fn row(&self, row: u32) -> Row {
        let at = row as usize * 4;
        let &[check, rarity, complaint, sentiment] = self.rows.get(at..at + 4).unwrap_or(&[0; 4]) else {
            return Row::default();
        };
        Row { check, rarity, complaint: complaint.cast_signed(), sentiment: sentiment.cast_signed() }
    }

    pub(crate) fn severities(&self, row: u32) -> [i8; 4] {
        let at = (row as usize % SEVERITY_ROWS) * 4;
        let &[a, b, c, d] = self.severities.get(at..at + 4).unwrap_or(&[0; 4]) else { return [0; 4] };
        [a, b, c, d].map(u8::cast_signed)
    }

    /// What stands where the feature of that key would: it may be another's.
    pub(super) fn standing(&self, key: u64) -> Row {
        self.row(place(key).0)
    }

    /// What the table has for the feature of that key.
    pub(crate) fn known(&self, key: u64) -> Option<Row> {
        Some(self.standing(key)).filter(|found| found.is_of(key))
    }

    /// The features of `sheet` that are known, with how much they count. The order is that of the sheet, and so is that
    /// of every sum over them.
    pub(crate) fn count(&self, sheet: &Sheet) -> Vec<Counted> {
        count(sheet, |feature| self.known(feature.key))
    }
}

/// As [`Weights::count`], with what `known` gives.
pub(crate) fn count(sheet: &Sheet, known: impl Fn(&Feature) -> Option<Row>) -> Vec<Counted> {
    let mut counted = Vec::with_capacity(sheet.features.len());
    count_into(&mut counted, sheet, known);
    counted
}

/// As [`count`], in the place of what `counted` held.
pub(super) fn count_into(counted: &mut Vec<Counted>, sheet: &Sheet, known: impl Fn(&Feature) -> Option<Row>) {
    counted.clear();
    counted.reserve(sheet.features.len());
    // Integers, so that the length of a block is exact.
    let mut lengths = [0_u64; BLOCKS.len()];
    for (number, feature) in (0_u32..).zip(&sheet.features) {
        let Some(found) = known(feature) else { continue };
        let is_normed = BLOCKS[feature.block as usize].is_normed;
        let amount = if is_normed { u32::from(found.rarity) * times(feature.times) } else { 1 };
        lengths[feature.block as usize] += u64::from(amount) * u64::from(amount);
        let (row, value) = (place(feature.key).0, f64::from(amount));
        counted.push(Counted { feature: number, row, found, value, severity: 0.0 });
    }
    let mut scales = [(0.0, 0.0); BLOCKS.len()];
    for ((scale, length), scaled) in BLOCKS.iter().zip(lengths).zip(&mut scales) {
        let length = if scale.is_normed && length > 0 { (length as f64).sqrt() } else { 1.0 };
        *scaled = (scale.meaning / length, scale.severity / length);
    }
    for counted in counted {
        let (meaning, severity) = scales[sheet.features[counted.feature as usize].block as usize];
        counted.severity = counted.value * severity;
        counted.value *= meaning;
    }
}

/// The row of a feature, and the check byte that stands there if it is known.
pub(crate) fn place(key: u64) -> (u32, u8) {
    let row = u32::try_from(key >> (64 - ROW_BITS)).unwrap_or(0);
    let check = u8::try_from(key & 0xff).unwrap_or(0).max(1);
    (row, check)
}

/// Whether the features of a block are weighed by their rarity.
pub(crate) fn is_rare_by_count(block: Block) -> bool {
    BLOCKS[block as usize].is_normed
}

/// The bytes of a table.
pub(crate) fn write(heads: &Heads, rows: &[Row], severities: &[[i8; 4]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + ROWS * 4 + SEVERITY_ROWS * 4);
    bytes.extend(MAGIC);
    let numbers =
        [heads.complaint[0], heads.complaint[1], heads.slope, heads.sentiment[0], heads.sentiment[1]];
    for number in numbers.into_iter().chain([heads.severity]).chain(heads.severities) {
        bytes.extend(number.to_le_bytes());
    }
    bytes.resize(HEADER, 0);
    for row in rows {
        bytes.extend([row.check, row.rarity, row.complaint.cast_unsigned(), row.sentiment.cast_unsigned()]);
    }
    for row in severities {
        bytes.extend(row.map(i8::cast_unsigned));
    }
    bytes
}

/// How much a feature counts that was seen so often: one plus the natural logarithm, in sixteenths.
fn times(times: u16) -> u32 {
    const STEPS: [u32; 16] = [16, 27, 34, 38, 42, 45, 47, 49, 51, 53, 54, 56, 57, 58, 59, 60];
    // Nearly all are seen once.
    if times == 1 {
        return STEPS[0];
    }
    STEPS[usize::from(times).clamp(1, STEPS.len()) - 1]
}
