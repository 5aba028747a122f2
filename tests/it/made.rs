//! Which posts and questions might there be? Small random corpora, of the words, marks and moments that fool search.

use std::collections::BTreeMap;

use grouse::model::{
    Aspect, Author, Bound, BrandId, CaseId, Complaint, Condition, Evidence, Flag, Intent, Judgement, Kind,
    Language, Post, PostId, Query, Range, Severity, Signal, SourceId, Switch, Text, WEEKDAYS,
};
use grouse::store::{Market, MarketBrand, Record, Store, Writer, WriterConfig};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// Words of posts. A corpus takes a few of them, so that questions find something.
pub(crate) const WORDS: &[&str] = &[
    // Dutch.
    "koffer",
    "kwijt",
    "storing",
    "storingen",
    "niet",
    "foto's",
    "zooooo",
    "de",
    "het",
    "één",
    "auto’s",
    // English.
    "lost",
    "luggage",
    "Delayed",
    "delays",
    "flights",
    "don't",
    "DONT",
    "bags",
    "soooo",
    "the",
    "United's",
    "AT&T",
    // French.
    "résilié",
    "resilie",
    "l'avion",
    "qu’il",
    "aujourd'hui",
    "réseau",
    "très",
    "d’attente",
    "re\u{301}seau",
    // No words of a dictionary.
    "#lostluggage",
    "#LostLuggage",
    "#nietthuis",
    "#lost",
    "@united",
    "@KPN",
    "@a.bsky.social",
    "🔥",
    "❤️",
    "❤",
    "👍🏽",
    "⏰",
    "10.000",
    "11:35",
    "1000",
    "2",
    "https://t.co/ab1",
    "<email>",
    "荷航",
    "İstanbul",
    "STRAẞE",
    "ＫＰＮ",
    "lost-luggage",
];

const BETWEEN: &[&str] = &[" ", " ", " ", " ", ", ", ". ", "! ", "\n", " - ", "… "];

/// Zones with and without summer time, with half hours, and with midnights that do not exist or come twice.
pub(crate) const ZONES: &[&str] = &[
    "Europe/Amsterdam",
    "America/New_York",
    "Asia/Kolkata",
    "UTC",
    "America/Sao_Paulo",
    "America/Havana",
    "Australia/Lord_Howe",
];

/// Moments about which days begin, end, or have 23 or 25 hours.
const ANCHORS: &[&str] = &[
    "2026-03-29T01:00:00Z", // Amsterdam goes forward, and its day began two hours before.
    "2026-03-29T22:00:00Z",
    "2026-10-25T01:00:00Z", // Amsterdam goes back.
    "2026-10-25T23:00:00Z",
    "2026-03-08T05:00:00Z", // New York and Havana go forward.
    "2026-03-09T04:00:00Z",
    "2026-11-01T05:30:00Z", // New York and Havana go back.
    "2018-11-04T03:00:00Z", // São Paulo has no midnight.
    "2018-02-18T02:00:00Z", // São Paulo has the hour before midnight twice.
    "2026-04-04T15:00:00Z", // Lord Howe goes back by half an hour.
    "2026-01-01T00:00:00Z",
    "2026-02-28T18:30:00Z", // Midnight in Kolkata before a month.
    "1969-12-31T23:59:59Z",
];

pub(crate) fn zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(ZONES).prop_map(|name| TimeZone::get(name).unwrap())
}

pub(crate) fn moment() -> impl Strategy<Value = Timestamp> {
    let offset = prop_oneof![-2_i64..3, -12_000_i64..12_000, -200_000_i64..200_000];
    (prop::sample::select(ANCHORS), offset)
        .prop_map(|(anchor, offset)| anchor.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(offset))
}

/// The brands that posts are about.
pub(crate) fn market() -> Market {
    let brand = |id: &str, name: &str, role: Option<&str>| MarketBrand {
        id: BrandId::new(id).unwrap(),
        name: name.to_owned(),
        role: role.map(str::to_owned),
        also: Vec::new(),
        guidance: None,
    };
    Market {
        brands: vec![
            brand("united", "United", Some("own")),
            brand("us-airways", "US Airways", Some("competitor")),
            brand("kpn", "KPN Mobiel", Some("competitor")),
            brand("acme", "Acmé", None),
        ],
        ..Market::default()
    }
}

/// Words of one corpus, and texts made of them.
pub(crate) fn some_words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(WORDS, 6..14)
}

pub(crate) fn text(words: Vec<&'static str>, most: usize) -> impl Strategy<Value = String> + Clone {
    prop::collection::vec((prop::sample::select(words), prop::sample::select(BETWEEN)), 0..most)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, between)| [word, between]).collect())
}

pub(crate) fn records(words: Vec<&'static str>, most: usize) -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(record(words), 0..most).prop_map(|mut records| {
        for (at, record) in records.iter_mut().enumerate() {
            record.post.id = PostId::from_parts(&record.post.source, &at.to_string());
        }
        records
    })
}

fn record(words: Vec<&'static str>) -> impl Strategy<Value = Record> {
    let brands = || {
        prop::sample::subsequence(vec!["united", "us-airways", "kpn", "acme"], 0..3)
            .prop_map(|ids| ids.into_iter().map(|id| BrandId::new(id).unwrap()).collect::<Vec<_>>())
    };
    let attributes = prop::collection::btree_map(
        prop::sample::select(vec!["state", "sub-product"]),
        prop::sample::select(vec!["CA", "ca", "New York", "ÉTÉ", ""]),
        0..2,
    );
    let numbers = (
        prop::option::of(prop::sample::select(vec![0.0, 1.0, 2.5, 3.0, 5.0, -1.0])),
        prop::option::of(prop::sample::select(vec![0_u64, 1, 2, 999, 1000, 1_000_000])),
    );
    (
        (prop::option::weighted(0.3, text(words.clone(), 4)), text(words, 12)),
        (prop::option::weighted(0.85, moment()), numbers),
        (brands(), brands(), brands(), attributes),
        prop::sample::select(vec![Language::Dutch, Language::English, Language::French, Language::Other]),
        (prop::sample::select(&Kind::ALL), prop::sample::select(vec!["twitter", "review"]), any::<bool>()),
        prop::option::of(prop::sample::select(vec!["Jan", "zoë", "12"])),
        (
            judgement(),
            prop::sample::select(vec![0, 7, u64::MAX]),
            prop::option::of(prop::sample::select(vec!["Privacy désk", "Webcare"])),
            prop::sample::subsequence(vec![Aspect::Complaint, Aspect::Signal(Signal::Safety)], 0..2),
        ),
    )
        .prop_map(|(texts, facts, brands, language, (kind, source, is_masked), author, judged)| {
            let source = SourceId::new(source).unwrap();
            let attributes: BTreeMap<_, _> =
                brands.3.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Record {
                post: Post {
                    id: PostId::from_parts(&source, "0"),
                    source,
                    kind,
                    title: texts.0,
                    text: texts.1,
                    created: facts.0,
                    author: author.map(|handle| Author { handle: handle.to_owned(), name: None }),
                    tag: None,
                    reply_to: None,
                    url: None,
                    rating: facts.1.0,
                    reach: facts.1.1,
                    about: Vec::new(),
                    attributes,
                },
                language,
                brands: brands.0,
                mentions: brands.1,
                directed: brands.2,
                written_by: None,
                says: Vec::new(),
                is_masked,
                judgement: judged.0,
                case: CaseId(judged.1),
                route: judged.2.map(str::to_owned),
                corrected: judged.3,
                watchlist: None,
            }
        })
}

fn judgement() -> impl Strategy<Value = Judgement> {
    let brand = || {
        prop::option::of(prop::sample::select(vec!["united", "us-airways", "kpn"]))
            .prop_map(|id| id.map(|id| BrandId::new(id).unwrap()))
    };
    (
        (any::<bool>(), 0_u16..=1000),
        prop::option::of(prop::sample::select(&Severity::ALL)),
        prop::sample::select(&Intent::ALL),
        (brand(), brand(), brand()),
        -1000_i16..=1000,
        prop::sample::subsequence(&Signal::ALL, 0..3),
    )
        .prop_map(
            |((verdict, probability), severity, intent, (from, to, target), sentiment, signals)| Judgement {
                complaint: Complaint { verdict, probability: f32::from(probability) / 1000.0 },
                severity,
                intent,
                switch: Switch { from, to },
                sentiment: f32::from(sentiment) / 1000.0,
                target,
                signals,
                evidence: vec![Evidence {
                    of: Aspect::Signal(Signal::Safety),
                    is_in_title: verdict,
                    start: 0,
                    end: 1,
                }],
            },
        )
}

/// A tree of every kind of question.
pub(crate) fn query(words: Vec<&'static str>) -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![
        1 => Just(Query::All),
        8 => one_text(&words).prop_map(Query::Text),
        3 => (one_text(&words), one_text(&words), 1_u32..12)
            .prop_map(|(left, right, distance)| Query::Near { left, right, distance }),
        6 => condition(words).prop_map(Query::Where),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Query::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Query::Or),
            inner.prop_map(|part| Query::Not(Box::new(part))),
        ]
    })
}

fn one_text(words: &[&'static str]) -> impl Strategy<Value = Text> + use<> {
    let word = prop::sample::select(words.to_vec());
    let phrase = |length| {
        prop::collection::vec((prop::sample::select(words.to_vec()), prop::sample::select(BETWEEN)), length)
            .prop_map(|parts| parts.into_iter().flat_map(|(word, between)| [word, between]).collect())
    };
    // Typed as one, with no space between, as `lost-luggage`; a link would swallow what follows it.
    let plain: Vec<_> =
        words.iter().copied().filter(|word| !word.contains(['/', '<'])).chain(["de"]).collect();
    let joined =
        (prop::collection::vec(prop::sample::select(plain), 2..4), prop::sample::select(vec!["-", ",", "/"]))
            .prop_map(|(parts, between)| parts.join(between));
    prop_oneof![
        5 => word.prop_map(|word| Text::Words(word.to_owned())),
        1 => joined.prop_map(Text::Words),
        4 => phrase(1..4).prop_map(Text::Phrase),
        1 => phrase(5..8).prop_map(Text::Phrase),
    ]
}

fn condition(words: Vec<&'static str>) -> impl Strategy<Value = Condition> {
    let brand = || prop::sample::select(vec!["united", "US AIRWAYS", "kpn", "KPN mobiel", "acme", "ba", ""]);
    let owned = |text: &str| text.to_owned();
    prop_oneof![
        brand().prop_map(move |name| Condition::Brand(owned(name))),
        brand().prop_map(move |name| Condition::Mention(owned(name))),
        brand().prop_map(move |name| Condition::Directed(owned(name))),
        prop::sample::select(vec!["twitter", "review", "reddit"])
            .prop_map(|name| Condition::Source(SourceId::new(name).unwrap())),
        prop::sample::select(&Language::ALL).prop_map(Condition::Language),
        prop::sample::select(&Kind::ALL).prop_map(Condition::Kind),
        prop::sample::select(vec!["@jan", "ZOE", "zoë", "12", "nobody"])
            .prop_map(move |name| Condition::Author(owned(name))),
        prop::sample::select(vec![("twitter", "Jan"), ("review", "zoë")]).prop_map(|(source, handle)| {
            Condition::Author(grouse::store::pseudonym(&SourceId::new(source).unwrap(), handle))
        }),
        (0..20).prop_map(|at| Condition::Id(format!("twitter:{at}"))),
        text(words, 3).prop_map(Condition::Term),
        prop::sample::select(vec!["=", "=lost", "=lost luggag", "=koffer kwijt", "=resil"])
            .prop_map(move |stems| Condition::Term(owned(stems))),
        (
            prop::sample::select(vec!["state", "State", "sub-product", "x"]),
            prop::option::of(prop::sample::select(vec!["ca", "new york", "été", ""]))
        )
            .prop_map(move |(name, value)| Condition::Attribute {
                name: owned(name),
                value: value.map(owned)
            }),
        range(bound()).prop_map(Condition::Created),
        range(bound()).prop_map(Condition::Created),
        range(prop::sample::select(vec![-2.0, 0.0, 1.0, 2.0, 2.5, 3.0, 1e300])).prop_map(Condition::Rating),
        range(prop::sample::select(vec![-3.0, 0.0, 0.5, 1.0, 999.0, 999.5, 1000.0, 1e30]))
            .prop_map(Condition::Reach),
        prop::sample::select(&Flag::ALL).prop_map(Condition::Is),
        any::<bool>().prop_map(Condition::Complaint),
        range(prop::sample::select(vec![0.0, 0.25, 0.3, 0.5, 0.731, 1.0])).prop_map(Condition::Probability),
        range(prop::sample::select(vec![-1.0, -0.5, -0.123, 0.0, 0.5, 1.0])).prop_map(Condition::Sentiment),
        range(prop::sample::select(&Severity::ALL)).prop_map(Condition::Severity),
        prop::sample::select(&Intent::ALL).prop_map(Condition::Intent),
        prop::option::of(prop::sample::select(&Signal::ALL)).prop_map(Condition::Signal),
        brand().prop_map(move |name| Condition::Target(owned(name))),
        prop::sample::select(vec![0, 7, u64::MAX]).prop_map(|case| Condition::Case(CaseId(case))),
        prop::sample::select(WEEKDAYS.to_vec()).prop_map(|(_, day)| Condition::Weekday(day)),
        (0_u8..24).prop_map(Condition::Hour),
        prop::option::of(prop::sample::select(vec!["privacy desk", "Webcare", "nobody"]))
            .prop_map(move |name| Condition::Route(name.map(owned))),
    ]
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        6 => (moment(), zone()).prop_map(|(moment, zone)| Bound::Day(zone.to_datetime(moment).date())),
        4 => moment().prop_map(Bound::Moment),
        1 => prop::sample::select(vec!["0000-01-01", "1600-06-15", "2500-01-01", "9999-12-31"])
            .prop_map(|day| Bound::Day(day.parse().unwrap())),
        1 => prop::sample::select(vec!["0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z"])
            .prop_map(|moment| Bound::Moment(moment.parse().unwrap())),
    ]
}

fn range<T: Clone + std::fmt::Debug + 'static>(
    end: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Range<T>> {
    let end = end.boxed();
    (prop::option::weighted(0.7, end.clone()), prop::option::weighted(0.7, end), any::<(bool, bool)>())
        .prop_map(|(from, to, (is_from_out, is_to_out))| Range { from, to, is_from_out, is_to_out })
}

/// An index of records as they are, without judging them again; written in a few parts, so that it has segments.
pub(crate) fn store_of_records(records: &[Record]) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let config = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let mut writer = Writer::open(folder.path(), "a test", now, config).unwrap();
    let mut preparer = writer.preparer();
    for part in records.chunks(records.len().div_ceil(2).max(1)) {
        for record in part {
            let encoded = preparer.encode(record);
            writer.put(preparer.prepare(record, &encoded)).unwrap();
        }
        writer.commit(&market()).unwrap();
    }
    writer.commit(&market()).unwrap();
    writer.close().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}
