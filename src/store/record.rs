//! How is a post kept? As one stored value that reads back, beside the fields by which it is found.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    BytesOptions, DateOptions, DateTimePrecision, FAST, Field, INDEXED, IndexRecordOption, NumericOptions,
    STORED, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{DateTime, TantivyDocument};

use super::judged::{StoredJudgement, thousandths};
use super::tokenizer::{COLUMN_TOKENIZER, STEMS_TOKENIZER};
use crate::model::{
    Aspect, Author, BrandId, CaseId, Finding, Judgement, Kind, Language, MaskKind, Post, PostId, Says,
    SourceId, WatchlistId, fnv1a, is_web_address,
};
use crate::text::{Analyzer, Encoded, fold};

/// Longest attribute value that is told apart from others, in bytes; what is longer is found by its beginning.
const MAX_ATTRIBUTE_BYTES: usize = 200;

/// A post as it is kept: masked, and with what was judged about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The post; its title and text are masked.
    pub post: Post,
    /// The language it is written in.
    pub language: Language,
    /// Brands that it is about.
    pub brands: Vec<BrandId>,
    /// Brands that it names.
    pub mentions: Vec<BrandId>,
    /// Brands that it speaks to.
    pub directed: Vec<BrandId>,
    /// The brand whose account wrote it.
    pub written_by: Option<BrandId>,
    /// What it does in its thread.
    pub says: Vec<Says>,
    /// Something in it was masked.
    pub is_masked: bool,
    /// What its writer meant.
    pub judgement: Judgement,
    /// Posts with the same case say the same.
    pub case: CaseId,
    /// What of it a person judged, in order.
    pub corrected: Vec<Aspect>,
    /// The department that takes it.
    pub route: Option<String>,
    /// The watchlist that it was judged by.
    pub watchlist: Option<WatchlistId>,
}

/// Whether something was written in place of a private datum.
fn has_placeholder(text: &str) -> bool {
    let kinds = [MaskKind::Email, MaskKind::Phone, MaskKind::Iban, MaskKind::Card, MaskKind::Citizen];
    text.contains('<') && kinds.iter().any(|kind| text.contains(kind.placeholder()))
}

impl Record {
    /// Joins a post and its finding. A post written by a brand's account becomes a response.
    #[must_use]
    pub fn new(mut post: Post, finding: Finding) -> Self {
        post.title = finding.title;
        post.text = finding.text;
        if finding.written_by.is_some() && post.kind != Kind::Review {
            post.kind = Kind::Response;
        }
        // A post that comes from an export was masked before.
        let is_masked = !(finding.masks.is_empty() && finding.title_masks.is_empty())
            || has_placeholder(&post.text)
            || post.title.as_deref().is_some_and(has_placeholder);
        Self {
            post,
            language: finding.language,
            brands: finding.brands,
            mentions: finding.mentions,
            directed: finding.directed,
            written_by: finding.written_by,
            says: finding.says,
            is_masked,
            judgement: finding.judgement,
            case: finding.case,
            corrected: Vec::new(),
            route: None,
            watchlist: None,
        }
    }
}

/// Name under which an account is shown: the same for the same account at the same source, and not to be turned back
/// without trying all names.
#[must_use]
pub fn pseudonym(source: &SourceId, handle: &str) -> String {
    format!("author-{:012x}", author_hash(source, handle) >> 16)
}

fn author_hash(source: &SourceId, handle: &str) -> u64 {
    hash(format!("{source}\u{1f}{}", fold(handle.trim_start_matches('@'))).as_bytes())
}

/// A hash that is the same on every machine and in every version of this format: FNV-1a (Fowler, Noll, Vo), spread by
/// the finalizer of splitmix64 (Steele, Lea, Flood 2014), since FNV alone leaves the high bits of short texts alike.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut x = fnv1a(bytes.iter().copied());
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Whether nothing is to be written of them.
fn has_no_attributes(attributes: &BTreeMap<String, String>) -> bool {
    attributes.is_empty()
}

/// The stored form. Short names, since each post carries them. Written from what it borrows.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "k")]
    kind: Cow<'a, str>,
    #[serde(rename = "ti", default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(rename = "t")]
    text: Cow<'a, str>,
    /// Nanoseconds since 1970.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    created: Option<i64>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    author: Option<(Cow<'a, str>, Option<Cow<'a, str>>)>,
    #[serde(rename = "lt", default, skip_serializing_if = "Option::is_none")]
    tag: Option<Cow<'a, str>>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Cow<'a, str>>,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    rating: Option<f64>,
    #[serde(rename = "re", default, skip_serializing_if = "Option::is_none")]
    reach: Option<u64>,
    #[serde(rename = "ab", default, skip_serializing_if = "Vec::is_empty")]
    about: Vec<Cow<'a, str>>,
    #[serde(rename = "at", default, skip_serializing_if = "has_no_attributes")]
    attributes: Cow<'a, BTreeMap<String, String>>,
    #[serde(rename = "l")]
    language: Cow<'a, str>,
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    brands: Vec<Cow<'a, str>>,
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    mentions: Vec<Cow<'a, str>>,
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    directed: Vec<Cow<'a, str>>,
    #[serde(rename = "wb", default, skip_serializing_if = "Option::is_none")]
    written_by: Option<Cow<'a, str>>,
    #[serde(rename = "sa", default, skip_serializing_if = "Vec::is_empty")]
    says: Vec<Cow<'a, str>>,
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    is_masked: bool,
    #[serde(rename = "j", default)]
    judgement: StoredJudgement,
    #[serde(rename = "ca", default)]
    case: CaseId,
    /// Names of aspects.
    #[serde(rename = "co", default, skip_serializing_if = "Vec::is_empty")]
    corrected: Vec<Cow<'a, str>>,
    #[serde(rename = "ro", default, skip_serializing_if = "Option::is_none")]
    route: Option<Cow<'a, str>>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    watchlist: Option<Cow<'a, WatchlistId>>,
}

fn ids(brands: &[BrandId]) -> Vec<Cow<'_, str>> {
    brands.iter().map(|id| id.as_str().into()).collect()
}

fn write_stored(record: &Record) -> Vec<u8> {
    let post = &record.post;
    let stored = Stored {
        id: post.id.as_str().into(),
        kind: post.kind.as_str().into(),
        title: post.title.as_deref().map(Cow::Borrowed),
        text: post.text.as_str().into(),
        created: post.created.and_then(|created| i64::try_from(created.as_nanosecond()).ok()),
        author: post
            .author
            .as_ref()
            .map(|author| (author.handle.as_str().into(), author.name.as_deref().map(Cow::Borrowed))),
        tag: post.tag.map(|tag| tag.code().into()),
        reply_to: post.reply_to.as_ref().map(|id| id.as_str().into()),
        url: post.url.as_deref().filter(|url| is_web_address(url)).map(Cow::Borrowed),
        rating: post.rating,
        reach: post.reach,
        about: post.about.iter().map(|name| name.as_str().into()).collect(),
        attributes: Cow::Borrowed(&post.attributes),
        language: record.language.code().into(),
        brands: ids(&record.brands),
        mentions: ids(&record.mentions),
        directed: ids(&record.directed),
        written_by: record.written_by.as_ref().map(|id| id.as_str().into()),
        says: record.says.iter().map(|says| says.as_str().into()).collect(),
        is_masked: record.is_masked,
        judgement: StoredJudgement::of(&record.judgement),
        case: record.case,
        corrected: record.corrected.iter().map(|aspect| aspect.name().into()).collect(),
        route: record.route.as_deref().map(Cow::Borrowed),
        watchlist: record.watchlist.as_ref().map(Cow::Borrowed),
    };
    serde_json::to_vec(&stored).expect("strings, numbers and maps with string keys can always be written")
}

pub(super) fn read_stored(bytes: &[u8]) -> Option<Record> {
    let stored: Stored<'_> = serde_json::from_slice(bytes).ok()?;
    let ids = |brands: Vec<Cow<'_, str>>| {
        brands.into_iter().filter_map(|id| BrandId::new(id.into_owned()).ok()).collect()
    };
    let id = PostId::new(stored.id.into_owned()).ok()?;
    Some(Record {
        post: Post {
            source: SourceId::new(id.source()).ok()?,
            id,
            kind: stored.kind.parse().ok()?,
            title: stored.title.map(Cow::into_owned),
            text: stored.text.into_owned(),
            created: stored.created.and_then(|nanos| Timestamp::from_nanosecond(i128::from(nanos)).ok()),
            author: stored.author.map(|(handle, name)| Author {
                handle: handle.into_owned(),
                name: name.map(Cow::into_owned),
            }),
            tag: stored.tag.and_then(|tag| tag.parse().ok()),
            reply_to: stored.reply_to.and_then(|id| PostId::new(id.into_owned()).ok()),
            // Earlier versions kept what stood in its place.
            url: stored.url.map(Cow::into_owned).filter(|url| is_web_address(url)),
            rating: stored.rating,
            reach: stored.reach,
            about: stored.about.into_iter().map(Cow::into_owned).collect(),
            attributes: stored.attributes.into_owned(),
        },
        language: stored.language.parse().ok()?,
        brands: ids(stored.brands),
        mentions: ids(stored.mentions),
        directed: ids(stored.directed),
        written_by: stored.written_by.and_then(|id| BrandId::new(id.into_owned()).ok()),
        says: stored.says.iter().map(|says| says.parse().ok()).collect::<Option<_>>()?,
        is_masked: stored.is_masked,
        judgement: stored.judgement.read()?,
        case: stored.case,
        corrected: stored.corrected.iter().map(|name| name.parse().ok()).collect::<Option<_>>()?,
        route: stored.route.map(Cow::into_owned),
        watchlist: stored.watchlist.map(Cow::into_owned),
    })
}

/// The fields of the index.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    /// The id as one term: the key of an upsert.
    pub(super) id: Field,
    /// A hash of the id: parts posts that sort alike, the same way each time.
    pub(super) tie: Field,
    /// All stems with their positions.
    pub(super) stems: Field,
    /// The term column: each post's meaningful stems in their order, not indexed, only read post by post.
    pub(super) terms: Field,
    pub(super) brand: Field,
    pub(super) mention: Field,
    pub(super) directed: Field,
    /// The brand whose account wrote it.
    pub(super) writer: Field,
    /// Hash of the id of the post that it answers, as [`Fields::tie`] has it.
    pub(super) parent: Field,
    /// What it does in its thread, one bit for each of [`Says::ALL`], and [`TOLD`].
    pub(super) says: Field,
    /// When a brand answered it, where the source tells that with the post.
    pub(super) told: Field,
    pub(super) source: Field,
    pub(super) lang: Field,
    pub(super) kind: Field,
    /// Hash of source and handle.
    pub(super) author: Field,
    pub(super) created: Field,
    pub(super) rating: Field,
    pub(super) reach: Field,
    /// Whether it is a complaint.
    pub(super) complaint: Field,
    pub(super) probability: Field,
    /// Place in [`Severity::ALL`](crate::model::Severity::ALL), of complaints only: how bad is asked of nothing else.
    pub(super) severity: Field,
    pub(super) intent: Field,
    pub(super) signal: Field,
    pub(super) target: Field,
    pub(super) sentiment: Field,
    pub(super) case: Field,
    /// The department that takes it, as it is written.
    pub(super) route: Field,
    /// `name` and `name=value` of each attribute.
    pub(super) attribute: Field,
    /// Marks: undated, masked, corrected.
    pub(super) mark: Field,
    /// Hash of all that is stored: whether a second arrival says anything new.
    pub(super) fingerprint: Field,
    /// Hashes of what the same file said of the same id before.
    pub(super) superseded: Field,
    /// The run that wrote it as it is, in milliseconds since 1970; behind it the one with which it first came, if another.
    pub(super) run: Field,
    /// The post itself.
    pub(super) post: Field,
}

impl Fields {
    pub(super) fn schema() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let raw = || {
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic)
        };
        let key = || TextOptions::default().set_indexing_options(raw());
        let facet = || key().set_fast("raw");
        let number = || NumericOptions::default().set_fast();
        let stems = TextFieldIndexing::default()
            .set_tokenizer(STEMS_TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let fields = Self {
            id: schema.add_text_field("id", key()),
            tie: schema.add_u64_field("tie", number()),
            stems: schema.add_text_field("stems", TextOptions::default().set_indexing_options(stems)),
            terms: schema.add_text_field("terms", TextOptions::default().set_fast(COLUMN_TOKENIZER)),
            brand: schema.add_text_field("brand", facet()),
            mention: schema.add_text_field("mention", key()),
            directed: schema.add_text_field("directed", facet()),
            writer: schema.add_text_field("writer", facet()),
            parent: schema.add_u64_field("parent", number()),
            says: schema.add_u64_field("says", number()),
            told: schema.add_date_field(
                "told",
                DateOptions::default().set_fast().set_precision(DateTimePrecision::Seconds),
            ),
            source: schema.add_text_field("source", facet()),
            lang: schema.add_text_field("lang", facet()),
            kind: schema.add_text_field("kind", facet()),
            author: schema.add_u64_field("author", FAST | INDEXED),
            created: schema.add_date_field(
                "created",
                DateOptions::default().set_fast().set_precision(DateTimePrecision::Seconds),
            ),
            rating: schema.add_f64_field("rating", number()),
            reach: schema.add_u64_field("reach", number()),
            complaint: schema.add_bool_field("complaint", FAST | INDEXED),
            probability: schema.add_f64_field("probability", number()),
            severity: schema.add_u64_field("severity", FAST | INDEXED),
            intent: schema.add_text_field("intent", facet()),
            signal: schema.add_text_field("signal", facet()),
            target: schema.add_text_field("target", facet()),
            sentiment: schema.add_f64_field("sentiment", number()),
            case: schema.add_u64_field("case", FAST | INDEXED),
            route: schema.add_text_field("route", facet()),
            attribute: schema.add_text_field("attribute", key()),
            mark: schema.add_text_field("mark", key()),
            fingerprint: schema.add_u64_field("fingerprint", number()),
            superseded: schema.add_u64_field("superseded", number()),
            run: schema.add_u64_field("run", number()),
            post: schema.add_bytes_field("post", BytesOptions::from(STORED)),
        };
        (schema.build(), fields)
    }
}

/// The bit of a post whose source tells, with the post itself, that the brand answered it.
pub(super) const TOLD: u64 = 1 << 16;

/// What the source tells, with a post itself, of the brand's answer: a company's reply below its review, or what a company
/// told the regulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// There is an answer, and no time of it.
    Answered,
    /// In this second.
    At(i64),
}

impl Told {
    fn of(post: &Post) -> Self {
        let value = |names: &[&str]| {
            let found = names.iter().find_map(|name| post.attributes.get(*name));
            found.map(|value| value.trim()).filter(|value| !value.is_empty())
        };
        if let Some(closed) = value(&["company response to consumer", "company_response"]) {
            // The words of the Consumer Financial Protection Bureau for a company that has not answered.
            let is_open = ["in progress", "untimely response"].contains(&closed.to_lowercase().as_str());
            return if is_open { Self::Nothing } else { Self::Answered };
        }
        if value(&["reply", "company reply", "company_reply", "owner response", "developer response"])
            .is_none()
        {
            return Self::Nothing;
        }
        let when = value(&["reply_date", "reply date", "company reply date", "owner response date"]);
        let moment = when.and_then(|when| when.parse::<Timestamp>().ok());
        moment.map_or(Self::Answered, |moment| Self::At(moment.as_second()))
    }
}

/// The term of an attribute and its value, or of having the attribute at all.
#[must_use]
pub fn attribute_term(name: &str, value: Option<&str>) -> String {
    let name = name.trim().to_lowercase();
    let Some(value) = value else { return name };
    let value = value.trim().to_lowercase();
    let end =
        (0..=MAX_ATTRIBUTE_BYTES.min(value.len())).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
    format!("{name}\u{1f}{}", &value[..end])
}

/// A post made ready to be written.
pub struct Prepared {
    pub(super) id: PostId,
    pub(super) fingerprint: u64,
    pub(super) document: TantivyDocument,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Prepared {
    /// The post's id.
    #[must_use]
    pub fn id(&self) -> &PostId {
        &self.id
    }
}

/// Makes posts ready. One for each thread: its analyzer remembers stems.
#[derive(Debug)]
pub struct Preparer {
    pub(super) fields: Fields,
    pub(super) analyzer: Analyzer,
}

impl Preparer {
    /// Reads the words of a post.
    pub fn encode(&mut self, record: &Record) -> Encoded {
        self.analyzer.encode(record.post.title.as_deref(), &record.post.text, record.language)
    }

    /// Makes one post ready to be written, with its words as [`encode`](Preparer::encode) read them.
    #[must_use]
    pub fn prepare(&self, record: &Record, encoded: &Encoded) -> Prepared {
        let fields = &self.fields;
        let post = &record.post;
        let stored = write_stored(record);
        let fingerprint = hash(&stored);
        let mut document = TantivyDocument::with_capacity(stored.len() + 3 * post.text.len() + 256);
        document.add_text(fields.id, post.id.as_str());
        document.add_u64(fields.tie, hash(post.id.as_str().as_bytes()));
        document.add_text(fields.stems, &encoded.stems);
        document.add_text(fields.terms, &encoded.column);
        for (field, brands) in [
            (fields.brand, &record.brands),
            (fields.mention, &record.mentions),
            (fields.directed, &record.directed),
        ] {
            for brand in brands {
                document.add_text(field, brand.as_str());
            }
        }
        self.add_thread(&mut document, record);
        document.add_text(fields.source, post.source.as_str());
        document.add_text(fields.lang, record.language.code());
        document.add_text(fields.kind, post.kind.as_str());
        if let Some(author) = &post.author {
            document.add_u64(fields.author, author_hash(&post.source, &author.handle));
        }
        // What the stored form cannot hold it leaves out: such a post is undated in every way.
        match post.created.filter(|created| i64::try_from(created.as_nanosecond()).is_ok()) {
            Some(created) => {
                document.add_date(fields.created, DateTime::from_timestamp_secs(created.as_second()));
            }
            None => document.add_text(fields.mark, "undated"),
        }
        if record.is_masked {
            document.add_text(fields.mark, "masked");
        }
        if !record.corrected.is_empty() {
            document.add_text(fields.mark, "corrected");
        }
        if let Some(rating) = post.rating {
            document.add_f64(fields.rating, rating);
        }
        if let Some(reach) = post.reach {
            document.add_u64(fields.reach, reach);
        }
        self.add_judgement(&mut document, record);
        for (name, value) in &post.attributes {
            document.add_text(fields.attribute, attribute_term(name, None));
            document.add_text(fields.attribute, attribute_term(name, Some(value)));
        }
        document.add_u64(fields.fingerprint, fingerprint);
        document.add_bytes(fields.post, &stored);
        Prepared { id: post.id.clone(), fingerprint, document }
    }

    fn add_thread(&self, document: &mut TantivyDocument, record: &Record) {
        let (fields, post) = (&self.fields, &record.post);
        if let Some(brand) = &record.written_by {
            document.add_text(fields.writer, brand.as_str());
        }
        if let Some(parent) = &post.reply_to {
            document.add_u64(fields.parent, hash(parent.as_str().as_bytes()));
        }
        let told = Told::of(post);
        let says = record.says.iter().fold(0, |bits, says| bits | 1 << *says as u64);
        let says = says | if told == Told::Nothing { 0 } else { TOLD };
        if says != 0 {
            document.add_u64(fields.says, says);
        }
        if let Told::At(second) = told {
            document.add_date(fields.told, DateTime::from_timestamp_secs(second));
        }
    }

    fn add_judgement(&self, document: &mut TantivyDocument, record: &Record) {
        let (fields, judgement) = (&self.fields, &record.judgement);
        document.add_bool(fields.complaint, judgement.complaint.verdict);
        document.add_f64(fields.probability, thousandths(judgement.complaint.probability));
        if let Some(severity) = judgement.severity.filter(|_| judgement.complaint.verdict) {
            document.add_u64(fields.severity, severity as u64);
        }
        document.add_text(fields.intent, judgement.intent.as_str());
        for signal in &judgement.signals {
            document.add_text(fields.signal, signal.as_str());
        }
        if let Some(target) = &judgement.target {
            document.add_text(fields.target, target.as_str());
        }
        document.add_f64(fields.sentiment, thousandths(judgement.sentiment));
        document.add_u64(fields.case, record.case.0);
        if let Some(department) = &record.route {
            document.add_text(fields.route, department);
        }
    }
}

/// Terms of the index for an author: by handle at any of `sources`, or by the pseudonym that is shown.
pub(super) fn author_hashes(name: &str, sources: &[String]) -> AuthorWanted {
    if let Some(digits) = name.strip_prefix("author-")
        && digits.len() == 12
        && let Ok(high) = u64::from_str_radix(digits, 16)
    {
        return AuthorWanted::Between(high << 16, (high << 16) | 0xffff);
    }
    AuthorWanted::OneOf(
        sources
            .iter()
            .filter_map(|source| SourceId::new(source.as_str()).ok())
            .map(|source| author_hash(&source, name))
            .collect(),
    )
}

/// Which author hashes answer.
pub(super) enum AuthorWanted {
    OneOf(Vec<u64>),
    Between(u64, u64),
}
