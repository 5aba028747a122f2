//! Promise: does a question find exactly the posts that it means, no matter how it is asked, and how often?
//!
//! Found is what a slow reader finds who looks at every post (`slow.rs`). The list, its pages, the count and the export
//! agree, and punctuation around words changes nothing.

use std::collections::BTreeSet;

use grouse::api::{self, Filters, SearchAsked};
use grouse::model::{Condition, Language, Query, Text, parse_query};
use grouse::store::{Record, Snapshot, Sort, Store};
use grouse::text::mask::mask;
use grouse::text::{TokenKind, tokens};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::airlines::airlines;
use crate::common::{post, store_of};
use crate::made::{market, query, records, some_words, store_of_records, zone};
use crate::slow::Slow;

/// Posts on a page: few, so that there are many pages.
const PAGE: usize = 7;

proptest! {
    #![proptest_config(crate::tries::tries(40))]

    #[test]
    fn a_question_finds_what_a_slow_reader_finds(
        (records, queries) in some_words().prop_flat_map(|words| {
            (records(words.clone(), 40), prop::collection::vec(query(words), 16))
        }),
        zone in zone(),
    ) {
        let (_folder, store) = store_of_records(&records);
        let snapshot = store.snapshot().unwrap();
        prop_assert_eq!(snapshot.len(), records.len() as u64);
        let mut slow = Slow::new(records, &market());
        for query in &queries {
            let expect = slow.ids(query, &zone);
            check(&snapshot, query, &zone, &expect)?;
            check_typed(&store, query, &zone, expect.len())?;
        }
        for pair in queries.windows(2) {
            check_laws(&snapshot, &pair[0], &pair[1], &zone)?;
        }
    }

    #[test]
    fn every_word_of_a_post_finds_it(
        records in some_words().prop_flat_map(|words| records(words, 12)),
    ) {
        let (_folder, store) = store_of_records(&records);
        let snapshot = store.snapshot().unwrap();
        for record in &records {
            for word in typed_words(&record.post.text, record.language) {
                let query = parse_query(&word).map_err(|error| TestCaseError::fail(format!("{word}: {error}")))?;
                let only = query.clone().and(Query::Where(Condition::Id(record.post.id.to_string())));
                prop_assert_eq!(snapshot.count(&only, &TimeZone::UTC).unwrap(), 1, "{} {}", query, word);
            }
        }
    }

    #[test]
    fn punctuation_changes_no_answer(
        (records, words) in some_words().prop_flat_map(|words| {
            let plain: Vec<_> =
                words.iter().copied().filter(|word| word.chars().all(char::is_alphanumeric)).chain(["de"]).collect();
            let asked = prop::collection::vec(prop::sample::select(plain), 1..4);
            (records(words, 20), asked)
        }),
        marks in prop::collection::vec(
            prop::sample::select(vec![" ", ", ", "! ", " ? ", "… ", "; ", " – ", " ... ", ",, ", " & ", " / "]), 4,
        ),
    ) {
        let (_folder, store) = store_of_records(&records);
        let marked: String = words.iter().zip(&marks).flat_map(|(word, mark)| [*word, *mark]).collect();
        prop_assert_eq!(bytes(&store, &words.join(" ")), bytes(&store, &marked), "{}", marked);
        let phrase = format!("\"{}\"", words.join(" "));
        let (phrase, marked) = (asked(&phrase), asked(&format!("\"{marked}\"")));
        let (phrase, marked) = (api::search(&store, &phrase).unwrap(), api::search(&store, &marked).unwrap());
        let ids = |answer: api::SearchAnswer| answer.posts.into_iter().map(|post| post.id).collect::<Vec<_>>();
        prop_assert_eq!(ids(phrase), ids(marked));
    }

    #[test]
    fn the_same_question_gives_the_same_bytes(
        (records, queries) in some_words().prop_flat_map(|words| {
            (records(words.clone(), 30), prop::collection::vec(query(words), 8))
        }),
    ) {
        let (folder, store) = store_of_records(&records);
        let other = Store::open(folder.path()).unwrap();
        for query in queries {
            let typed = query.to_string();
            prop_assert_eq!(bytes(&store, &typed), bytes(&store, &typed));
            prop_assert_eq!(bytes(&store, &typed), bytes(&other, &typed));
        }
    }
}

/// List, pages, count and export of `query` are `expect`, in every order.
fn check(
    snapshot: &Snapshot,
    query: &Query,
    zone: &TimeZone,
    expect: &BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let total = expect.len() as u64;
    prop_assert_eq!(snapshot.count(query, zone).unwrap(), total, "{}", query);
    let mut scanned = BTreeSet::new();
    snapshot.scan(query, zone, |record| scanned.insert(record.post.id.to_string())).unwrap();
    prop_assert_eq!(&scanned, expect, "{}", query);
    for sort in [Sort::Newest, Sort::Oldest, Sort::Relevance] {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let page = snapshot.search(query, zone, sort, PAGE, cursor.as_ref()).unwrap();
            prop_assert_eq!(page.total, total, "{}", query);
            prop_assert!(page.next.is_none() || page.hits.len() == PAGE);
            found.extend(page.hits.into_iter().map(|hit| hit.record));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        prop_assert_eq!(found.len() as u64, total, "{} {}", query, sort.as_str());
        let ids: BTreeSet<String> = found.iter().map(|record| record.post.id.to_string()).collect();
        prop_assert_eq!(&ids, expect, "{}", query);
        check_order(&found, sort)?;
    }
    Ok(())
}

fn check_order(found: &[Record], sort: Sort) -> Result<(), TestCaseError> {
    for pair in found.windows(2) {
        let (before, after) = (pair[0].post.created, pair[1].post.created);
        let is_in_order = match (sort, before, after) {
            (Sort::Relevance, ..) | (_, _, None) => true,
            (_, None, Some(_)) => false,
            (Sort::Newest, Some(before), Some(after)) => before >= after,
            (Sort::Oldest, Some(before), Some(after)) => before <= after,
        };
        prop_assert!(is_in_order, "{:?} before {:?}", before, after);
    }
    Ok(())
}

/// Written down and asked as text, the question means the same.
fn check_typed(store: &Store, query: &Query, zone: &TimeZone, total: usize) -> Result<(), TestCaseError> {
    let typed = query.to_string();
    // Ranges that end before they begin, and words without a letter, can be built but not typed; nor can a mask.
    let Ok(read) = parse_query(&typed) else { return Ok(()) };
    if typed.contains("email") {
        return Ok(());
    }
    prop_assert!(parse_query(&read.to_string()).is_ok(), "{}", typed);
    let mut asked = asked(&typed);
    asked.filters.time_zone = zone.iana_name().map(str::to_owned);
    let answer = api::search(store, &asked).unwrap();
    prop_assert_eq!(answer.total, total as u64, "{}", typed);
    Ok(())
}

fn check_laws(snapshot: &Snapshot, a: &Query, b: &Query, zone: &TimeZone) -> Result<(), TestCaseError> {
    let count = |query: Query| snapshot.count(&query, zone).unwrap();
    let not = |query: &Query| Query::Not(Box::new(query.clone()));
    let and = |a: &Query, b: Query| Query::And(vec![a.clone(), b]);
    prop_assert_eq!(count(a.clone()) + count(not(a)), snapshot.len(), "{}", a);
    prop_assert_eq!(count(not(&not(a))), count(a.clone()), "{}", a);
    prop_assert_eq!(count(and(a, b.clone())) + count(and(a, not(b))), count(a.clone()), "{} / {}", a, b);
    prop_assert_eq!(
        count(Query::Or(vec![a.clone(), b.clone()])) + count(and(a, b.clone())),
        count(a.clone()) + count(b.clone()),
        "{} / {}",
        a,
        b
    );
    prop_assert_eq!(count(a.clone().and(b.clone())), count(and(a, b.clone())), "{} / {}", a, b);
    Ok(())
}

/// The words of a text as someone would copy them into a question. Links and masks are not searched for; a word
/// that is only the beginning of another, as the `l'` of `l'avion`, nobody would.
fn typed_words(text: &str, language: Language) -> Vec<String> {
    tokens(text, language)
        .filter(|token| !matches!(token.kind, TokenKind::Link | TokenKind::Mask))
        .map(|token| &text[token.start..token.end])
        .filter(|word| !word.ends_with(['\'', '’']))
        // In capitals these join words.
        .map(
            |word| {
                if ["AND", "OR", "NOT", "NEAR"].contains(&word) {
                    word.to_lowercase()
                } else {
                    word.to_owned()
                }
            },
        )
        .collect()
}

fn asked(q: &str) -> SearchAsked {
    SearchAsked {
        filters: Filters { q: q.to_owned(), ..Filters::default() },
        limit: 50,
        ..SearchAsked::default()
    }
}

/// The whole answer as it goes to a program; what cannot be asked has its error for an answer.
fn bytes(store: &Store, q: &str) -> Vec<u8> {
    match api::search(store, &asked(q)) {
        Ok(answer) => serde_json::to_vec(&answer).unwrap(),
        Err(error) => error.to_string().into_bytes(),
    }
}

/// Finds `expect` of `texts` when asked `q`.
#[track_caller]
fn finds(texts: &[&str], q: &str, expect: &[&str]) {
    let posts = texts.iter().enumerate().map(|(at, text)| post(&at.to_string(), text)).collect();
    let (_folder, store) = store_of(posts, None);
    let answer = api::search(&store, &asked(q)).unwrap();
    let found: BTreeSet<&str> = answer.posts.iter().map(|post| post.text.as_str()).collect();
    assert_eq!(found, expect.iter().copied().collect(), "{q}");
}

#[test]
fn an_emoji_is_found_with_and_without_its_variation_mark() {
    let texts = ["missed ✈ again today", "missed ✈\u{fe0f} again today", "missed it again today"];
    finds(&texts, "✈", &texts[..2]);
    finds(&texts, "✈\u{fe0f}", &texts[..2]);
}

#[test]
fn every_emoji_that_a_post_has_can_be_asked_for() {
    for emoji in
        ["⏰", "⌛", "⭐", "⬛", "↔", "™", "‼", "🇳🇱", "👩‍🚀", "👍🏽", "❤️", "🏴\u{e0067}\u{e0062}\u{e007f}"]
    {
        let text = format!("the train was late {emoji} again");
        finds(&[&text, "the train was late"], emoji, &[&text]);
    }
}

#[test]
fn a_phrase_copied_from_a_post_finds_it_with_the_link_in_it() {
    let texts = ["see https://t.co/ab1 for details", "see for details", "see the details"];
    finds(&texts, "\"see https://t.co/ab1 for details\"", &texts[..1]);
    finds(&texts, "\"see for details\"", &texts[1..2]);
}

#[test]
fn a_long_phrase_without_its_accents_finds_the_post_that_has_none() {
    let accented = "réseau dégradé très énervé résilié bloqué";
    let plain = "reseau degrade tres enerve resilie bloque";
    let texts = [accented, plain, "réseau bloqué"];
    finds(&texts, &format!("\"{accented}\""), &texts[..2]);
}

#[test]
fn dates_beyond_what_clocks_can_hold_are_only_far_away() {
    let texts = ["late"];
    for q in ["created>=1500", "created<=9999", "created:0001..9999", "created<9999", "created>0000-01-01"] {
        finds(&texts, q, &texts);
    }
    for q in ["created>=2500", "created<1600", "created>9999", "created>=9999-12-31", "created<=0001"] {
        finds(&texts, q, &[]);
    }
}

#[test]
fn a_term_of_no_stems_finds_nothing() {
    finds(&["lost luggage"], "term:\"=\"", &[]);
    finds(&["lost luggage"], "term:the", &[]);
}

/// Questions to the airlines: each kind of condition, and the ways in which people write.
const QUESTIONS: &[&str] = &[
    "lost luggage",
    "\"lost luggage\"",
    "\"customer service\"",
    "lost bag",
    "lost NEAR/3 bag",
    "bag NEAR lost",
    "\"customer service\" NEAR/10 hold",
    "delayed OR cancelled",
    "flight -delayed -cancelled",
    "(late OR delayed) gate",
    "NOT thanks",
    "#fail",
    "#LostLuggage",
    "@united",
    "@JetBlue wifi",
    "don't",
    "dont",
    "can’t believe",
    "sooooo",
    "❤",
    "✈️",
    "2 hours",
    "\"2 hours\"",
    "b6",
    "worst-airline",
    "brand:united hold",
    "brand:\"US Airways\" -rude",
    "created:2015-02-22",
    "created:2015-02-20..2015-02-22 brand:american",
    "created>=2015-02-24T12:00:00-05:00",
    "created<2015-02-18 lost",
    "term:\"lost luggage\"",
    "term:\"customer service\"",
    "refund refund",
    "is:own crew",
];

#[test]
fn the_real_tweets_are_found_as_a_slow_reader_finds_them() {
    let Some(airlines) = airlines() else { return };
    let snapshot = airlines.store.snapshot().unwrap();
    let zone = snapshot.time_zone();
    let mut records = Vec::new();
    snapshot
        .scan(&Query::All, &zone, |mut record| {
            // What the file says, as it is read here; only what was judged comes from the index.
            let id = record.post.id.as_str().rsplit(':').next().unwrap();
            let row = &airlines.rows[id];
            record.post.text = mask(&row.text).map_or_else(|| row.text.clone(), |masked| masked.text);
            record.post.created = Some(row.created);
            assert_eq!(record.brands.len(), 1);
            assert_eq!(record.brands[0].as_str(), row.brand);
            records.push(record);
            true
        })
        .unwrap();
    assert_eq!(records.len(), airlines.rows.len());
    let mut slow = Slow::new(records, snapshot.market());
    for text in QUESTIONS {
        let query = parse_query(text).unwrap();
        let expect = slow.ids(&query, &zone);
        assert!(!expect.is_empty(), "{text} finds nothing");
        let mut found = BTreeSet::new();
        snapshot.scan(&query, &zone, |record| found.insert(record.post.id.to_string())).unwrap();
        assert_eq!(found, expect, "{text}");
        assert_eq!(snapshot.count(&query, &zone).unwrap(), expect.len() as u64, "{text}");
    }
    // By the plainest reading of all: both words, in the forms that people wrote here.
    let by_hand = airlines
        .rows
        .values()
        .filter(|row| {
            let words: Vec<String> = tokens(&row.text, Language::English)
                .map(|token| row.text[token.start..token.end].trim_start_matches('#').to_lowercase())
                .collect();
            let has = |wanted: &str| words.iter().any(|word| word == wanted || word == "lostluggage");
            let is_lost = ["lost", "lose", "loses", "losing", "loss", "losses"].into_iter().any(has);
            is_lost && (has("luggage") || has("luggages"))
        })
        .count();
    let query = Query::Text(Text::Words("lost luggage".to_owned()));
    assert_eq!(snapshot.count(&query, &zone).unwrap(), by_hand as u64);
}

#[test]
fn every_word_of_the_real_tweets_can_be_asked_for() {
    let Some(airlines) = airlines() else { return };
    let snapshot = airlines.store.snapshot().unwrap();
    let mut at = 0;
    snapshot
        .scan(&Query::All, &TimeZone::UTC, |record| {
            at += 1;
            if at % 40 != 0 {
                return true;
            }
            for word in typed_words(&record.post.text, record.language) {
                let query = parse_query(&word).unwrap_or_else(|error| panic!("{word}: {error}"));
                let only = query.and(Query::Where(Condition::Id(record.post.id.to_string())));
                assert_eq!(snapshot.count(&only, &TimeZone::UTC).unwrap(), 1, "{only} ({word})");
            }
            true
        })
        .unwrap();
    assert!(at > 7000);
}
