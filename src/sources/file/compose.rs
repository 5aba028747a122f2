//! How do the cells of one row become a post?
//!
//! Cells come one by one, in any order, and are put where their column belongs. What a field cannot hold (a rating of
//! `great`) is kept as an attribute under the column's name; only dates are counted instead, since one bad date form
//! would else repeat itself in every post.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::columns::PostField;
use super::dates::{self, DayOrder};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId, is_web_address};
use crate::sources::text::{Entities, clean};

/// The longest value of an attribute, in bytes; what is longer is cut.
const MAX_ATTRIBUTE_BYTES: usize = 8 << 10;

/// One column of the file and what it fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name that the file gives it, or `column 3`.
    pub name: String,
    /// What it fills.
    pub field: PostField,
    /// Its name as an attribute: small letters.
    pub attribute: String,
}

/// Where a post's source is told.
#[derive(Debug, Clone)]
pub(super) struct SourceRule {
    /// The source of a row that does not say it itself.
    pub(super) default: SourceId,
    /// The last name in a `source` column, with what it gave: most rows repeat it.
    pub(super) last: Option<(String, SourceId)>,
}

/// Makes posts of cells.
pub(super) struct Composer {
    pub(super) columns: Vec<Column>,
    pub(super) source: SourceRule,
    pub(super) about: Option<String>,
    pub(super) zone: TimeZone,
    pub(super) order: DayOrder,
    /// The columns say that the rows are reviews.
    pub(super) is_review: bool,
    /// A row with a rating is a review; not so where the rating is votes.
    pub(super) is_rating_review: bool,
    /// The rows are our own export: texts are as they should be, and ids are whole.
    pub(super) is_own: bool,
    /// Ids name their source themselves; one that does not is wrong.
    pub(super) keeps_ids: bool,
    /// Cells of the date column that were no date.
    pub(super) undated_cells: u64,
    draft: Draft,
}

#[derive(Default)]
struct Draft {
    id: String,
    reply_to: String,
    created: Option<Timestamp>,
    created_raw: String,
    source: Option<SourceId>,
    kind: Option<Kind>,
    inbound: Option<bool>,
    title: Option<String>,
    text: String,
    handle: Option<String>,
    name: Option<String>,
    tag: Option<Language>,
    url: Option<String>,
    rating: Option<f64>,
    reach: Option<u64>,
    about: Vec<String>,
    attributes: BTreeMap<String, String>,
}

impl Composer {
    pub(super) fn new(source: SourceId, zone: TimeZone) -> Self {
        Self {
            columns: Vec::new(),
            source: SourceRule { default: source, last: None },
            about: None,
            zone,
            order: DayOrder::MonthFirst,
            is_review: false,
            is_rating_review: true,
            is_own: false,
            keeps_ids: false,
            undated_cells: 0,
            draft: Draft::default(),
        }
    }

    /// Puts one cell where its column belongs.
    pub(super) fn cell(&mut self, column: usize, raw: &str) {
        let Some(field) = self.columns.get(column).map(|column| column.field) else { return };
        if field == PostField::Skip {
            return;
        }
        let value = raw.trim();
        if value.is_empty() {
            return;
        }
        let entities = if self.is_own { Entities::Keep } else { Entities::Decode };
        let draft = &mut self.draft;
        match field {
            PostField::Text => {
                draft.text = if self.is_own { clean(raw, entities) } else { clean(value, entities) };
                return;
            }
            PostField::Title => {
                draft.title = Some(clean(if self.is_own { raw } else { value }, entities));
                return;
            }
            PostField::Attribute | PostField::Skip => return self.attribute(column, raw),
            _ if is_missing(value) => return,
            _ => {}
        }
        let fits = match field {
            PostField::Id => {
                // Spreadsheets round long numbers to `5.70306E+17`: then many rows have one id, and it is none.
                let is_id = !is_rounded(value);
                if is_id {
                    draft.id.push_str(whole_number(value));
                }
                is_id
            }
            PostField::ReplyTo => {
                let is_id = !is_rounded(value);
                if is_id {
                    draft.reply_to.push_str(whole_number(value));
                }
                is_id
            }
            PostField::Created => {
                draft.created = dates::parse(value, self.order, &self.zone);
                draft.created_raw.push_str(value);
                self.undated_cells += u64::from(draft.created.is_none());
                true
            }
            PostField::Author => {
                let handle = value.strip_prefix('@').unwrap_or(value);
                draft.handle = Some(clean(whole_number(handle), entities));
                !handle.is_empty()
            }
            PostField::AuthorName => {
                draft.name = Some(clean(value, entities));
                true
            }
            PostField::Lang => {
                draft.tag = if self.is_own { value.parse().ok() } else { Language::from_tag(value) };
                draft.tag.is_some() || value.eq_ignore_ascii_case("und")
            }
            PostField::Rating => {
                draft.rating = rating(value);
                draft.rating.is_some()
            }
            PostField::Reach => {
                draft.reach = count(value);
                draft.reach.is_some()
            }
            PostField::Url => {
                draft.url = Some(clean(value, Entities::Keep));
                true
            }
            PostField::Brand => {
                if !draft.about.iter().any(|known| known == value) {
                    draft.about.push(clean(value, entities));
                }
                true
            }
            PostField::Kind => {
                draft.kind = value.parse().ok();
                draft.kind.is_some()
            }
            PostField::Inbound => {
                draft.inbound = truth(value);
                draft.inbound.is_some()
            }
            PostField::Source => {
                draft.source = self.source.of(value);
                draft.source.is_some()
            }
            PostField::Text | PostField::Title | PostField::Attribute | PostField::Skip => true,
        };
        if !fits {
            self.attribute(column, raw);
        }
    }

    /// The post of the cells since the last call, or why there is none.
    pub(super) fn finish(&mut self) -> Result<Box<Post>, String> {
        let draft = std::mem::take(&mut self.draft);
        if draft.id.is_empty()
            && draft.text.is_empty()
            && draft.title.is_none()
            && draft.attributes.is_empty()
        {
            return Err("the row has no id, no text and no attribute".to_owned());
        }
        let source = draft.source.clone().unwrap_or_else(|| self.source.default.clone());
        let id = if draft.id.is_empty() {
            PostId::from_parts(&source, &draft.fingerprint())
        } else {
            self.id_of(&source, &draft.id)?
        };
        let reply_to =
            if draft.reply_to.is_empty() { None } else { Some(self.id_of(&source, &draft.reply_to)?) };
        let is_review = self.is_review || (self.is_rating_review && draft.rating.is_some());
        let kind = match draft.kind {
            Some(kind) => kind,
            None if draft.inbound == Some(false) => Kind::Response,
            None if reply_to.is_some() => Kind::Reply,
            None if is_review => Kind::Review,
            None => Kind::Post,
        };
        let author = match (draft.handle, draft.name) {
            (Some(handle), name) => Some(Author { handle, name }),
            // A file that has only display names has nothing better to tell authors apart by.
            (None, Some(name)) => Some(Author { handle: name, name: None }),
            (None, None) => None,
        };
        // What stands where an address should is kept as the words that it is.
        let (url, words) = draft.url.map_or((None, None), |url| {
            if is_web_address(&url) { (Some(url), None) } else { (None, Some(url)) }
        });
        let mut attributes = draft.attributes;
        let column = self.columns.iter().find(|column| column.field == PostField::Url);
        attributes.extend(column.zip(words).map(|(column, words)| (column.attribute.clone(), cut(words))));
        Ok(Box::new(Post {
            id,
            source,
            kind,
            title: draft.title,
            text: draft.text,
            created: draft.created,
            author,
            tag: draft.tag,
            reply_to,
            url,
            rating: draft.rating,
            reach: draft.reach,
            about: self.about.as_ref().map_or(draft.about, |brand| vec![brand.clone()]),
            attributes,
        }))
    }

    fn attribute(&mut self, column: usize, raw: &str) {
        let Some(column) = self.columns.get(column) else { return };
        let name = column.attribute.clone();
        self.attribute_named(name, raw);
    }

    /// Keeps a value under a name that has no column.
    pub(super) fn attribute_named(&mut self, name: String, raw: &str) {
        let value = cut(clean(if self.is_own { raw } else { raw.trim() }, Entities::Keep));
        if !value.is_empty() {
            self.draft.attributes.insert(name, value);
        }
    }

    fn id_of(&self, source: &SourceId, native: &str) -> Result<PostId, String> {
        // An id that our own export made, or that repeats its source, is whole already.
        let is_whole =
            native.strip_prefix(source.as_str()).is_some_and(|rest| rest.len() > 1 && rest.starts_with(':'));
        if is_whole && let Ok(id) = PostId::new(native) {
            return Ok(id);
        }
        if self.keeps_ids {
            return PostId::new(native).map_err(|error| error.to_string());
        }
        Ok(PostId::from_parts(source, native))
    }
}

impl SourceRule {
    fn of(&mut self, name: &str) -> Option<SourceId> {
        if let Some((known, source)) = &self.last
            && known == name
        {
            return Some(source.clone());
        }
        // `source` is also where Twitter names the program, as a link.
        if name.len() > 64 || name.contains(['<', '/']) {
            return None;
        }
        let source = SourceId::from_name(name)?;
        self.last = Some((name.to_owned(), source.clone()));
        Some(source)
    }
}

impl Draft {
    /// 128 bits of FNV-1a over what the row says: the same on every machine and in every run, so that a file without
    /// ids can be imported twice. Two equal rows are one post.
    fn fingerprint(&self) -> String {
        let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
        let mut add = |part: &str| {
            for byte in part.bytes().chain([0]) {
                hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
            }
        };
        add(self.title.as_deref().unwrap_or_default());
        add(&self.text);
        add(&self.created_raw);
        add(self.handle.as_deref().unwrap_or_default());
        add(self.name.as_deref().unwrap_or_default());
        add(self.url.as_deref().unwrap_or_default());
        add(&self.reply_to);
        for brand in &self.about {
            add(brand);
        }
        for (name, value) in &self.attributes {
            add(name);
            add(value);
        }
        let mut text = String::with_capacity(32);
        let _ = write!(text, "{hash:032x}");
        text
    }
}

/// A value of an attribute, which has its length.
fn cut(mut value: String) -> String {
    if value.len() > MAX_ATTRIBUTE_BYTES {
        let end = (0..=MAX_ATTRIBUTE_BYTES).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
        value.truncate(end);
    }
    value
}

/// Whether a value is how programs write that there is none.
fn is_missing(value: &str) -> bool {
    ["null", "none", "nan", "n/a", "na", "nat", "undefined", "\\n"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
}

/// `3.0`, as spreadsheets and pandas write whole numbers in a column with gaps, is `3`.
fn whole_number(value: &str) -> &str {
    match value.split_once('.') {
        Some((whole, zeros))
            if !whole.is_empty()
                && !zeros.is_empty()
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && zeros.bytes().all(|byte| byte == b'0') =>
        {
            whole
        }
        _ => value,
    }
}

/// `5.70306E+17`.
fn is_rounded(value: &str) -> bool {
    let Some((number, power)) = value.split_once(['e', 'E']) else { return false };
    power.starts_with('+')
        && power.len() > 1
        && power.bytes().skip(1).all(|byte| byte.is_ascii_digit())
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')
}

/// `4`, `4.5`, `4,5`, `4/5`, `4 stars`, `Rated 4 out of 5`, `★★★★☆`.
fn rating(value: &str) -> Option<f64> {
    let signs = value.chars().filter(|c| matches!(c, '★' | '⭐')).count();
    if signs > 0 && !value.contains(|c: char| c.is_ascii_digit()) {
        return Some(signs as f64);
    }
    let start = value.find(|c: char| c.is_ascii_digit())?;
    let is_negative = value.get(..start)?.ends_with('-');
    let number: String = value
        .get(start..)?
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.' || *c == ',')
        .map(|c| if c == ',' { '.' } else { c })
        .collect();
    // JSON writes very large and very small numbers with an exponent; they are no ratings but must come back as sent.
    let parsed = value
        .parse()
        .or_else(|_| number.trim_end_matches('.').parse::<f64>().map(|n| if is_negative { -n } else { n }));
    parsed.ok().filter(|number| number.is_finite())
}

/// `1204`, `1,204`, `1.204`, `1204.0`, `1.2K`.
fn count(value: &str) -> Option<u64> {
    if let Ok(count) = whole_number(value).parse() {
        return Some(count);
    }
    let (number, factor) = match value.as_bytes().last()? {
        b'k' | b'K' => (value.get(..value.len() - 1)?, 1e3),
        b'm' | b'M' => (value.get(..value.len() - 1)?, 1e6),
        _ => {
            let groups: Vec<&str> = value.split([',', '.', ' ', '\'']).collect();
            let is_grouped = groups.iter().skip(1).all(|group| group.len() == 3)
                && groups.iter().all(|group| !group.is_empty());
            return is_grouped.then(|| groups.concat().parse().ok()).flatten();
        }
    };
    let number: f64 = number.trim().replace(',', ".").parse().ok()?;
    let number = (number * factor).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..1e15).contains(&number).then_some(number as u64)
}

fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "ja" | "t" | "y" => Some(true),
        "false" | "0" | "no" | "nee" | "f" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_and_counts_are_read_as_people_write_them() {
        let ratings = [
            ("5", Some(5.0)),
            ("4.5", Some(4.5)),
            ("4,5", Some(4.5)),
            ("4/5", Some(4.0)),
            ("Rated 3 out of 5 stars", Some(3.0)),
            ("★★☆☆☆", Some(2.0)),
            ("-1", Some(-1.0)),
            ("good", None),
            ("inf", None),
            ("1e300", Some(1e300)),
        ];
        for (text, expect) in ratings {
            assert_eq!(rating(text), expect, "{text}");
        }
        let counts = [
            ("0", Some(0)),
            ("1,204", Some(1204)),
            ("1.204", Some(1204)),
            ("12.0", Some(12)),
            ("1.2K", Some(1200)),
            ("3M", Some(3_000_000)),
            ("-3", None),
            ("many", None),
            ("1,2", None),
            ("", None),
            ("18446744073709551615", Some(u64::MAX)),
        ];
        for (text, expect) in counts {
            assert_eq!(count(text), expect, "{text}");
        }
    }

    #[test]
    fn numbers_that_programs_bent_are_bent_back() {
        for (raw, expect) in [("3.0", "3"), ("3.10", "3.10"), ("v1.0", "v1.0"), (".0", ".0"), ("3.", "3.")] {
            assert_eq!(whole_number(raw), expect);
        }
        assert!(is_rounded("5.70306E+17"));
        assert!(!is_rounded("5e3f+a") && !is_rounded("570306133677760513") && !is_rounded("E+17"));
    }
}
