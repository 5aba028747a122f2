//! Promise: every site is held to one contract. It reads its answers, survives rubbish, and a broken item costs itself.
//!
//! The answers are genuine ones that were recorded, in a folder that is no part of the project; where it is absent those
//! tests say so and are skipped. A new site is one more line of [`RECORDED`] for each file that it must read.

use std::collections::BTreeSet;

use grouse::sources::{ALL, Answer, Ask, Page, ParseError, Question, Source, by_name};
use jiff::Timestamp;
use serde_json::Value;

use crate::recordings::{Exchange, recordings};

/// Answers of a file that one site must read, and what comes of them.
struct Recorded {
    source: &'static str,
    file: &'static str,
    /// What the address holds, of the answers that are meant.
    address: &'static str,
    place: &'static str,
    answers: usize,
    posts: usize,
    /// Of which so many have an id of their own.
    distinct: usize,
}

const RECORDED: &[Recorded] = &[
    Recorded {
        source: "hackernews",
        file: "hackernews/recorded/algolia_fixtures.json",
        address: "/search",
        place: "",
        answers: 24,
        posts: 24,
        distinct: 18,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/handle_params_max_id.json",
        address: "/timelines/tag/",
        place: "mastodon.social",
        answers: 4,
        // Of 160, two are by people who do not want to be listed.
        posts: 158,
        distinct: 158,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/get_timeline_hashtag_default.json",
        address: "/timelines/tag/",
        place: "fosstodon.org",
        answers: 1,
        posts: 5,
        distinct: 5,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/get_timeline_hashtag_instance.json",
        address: "/timelines/tag/",
        place: "mastodon.social",
        answers: 1,
        posts: 5,
        distinct: 5,
    },
];

fn parse(source: &dyn Source, place: &str, answer: &Answer<'_>) -> Result<Page, ParseError> {
    let question = Question { place: place.to_owned(), query: "x".to_owned() };
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    source.parse(&Ask { question: &question, since: None, mark: None, next: None, now }, answer)
}

fn answer(exchange: &Exchange) -> Answer<'_> {
    Answer { status: exchange.status, headers: &exchange.headers, body: &exchange.body }
}

/// The answers that a line of the table means; `None` where there are no recordings.
fn answers(recorded: &Recorded) -> Option<Vec<Exchange>> {
    let mut exchanges = recordings(recorded.file)?;
    exchanges.retain(|exchange| exchange.uri.contains(recorded.address) && exchange.status == 200);
    Some(exchanges)
}

#[test]
fn every_source_reads_what_was_recorded() {
    let mut found = Vec::new();
    for recorded in RECORDED {
        let Some(exchanges) = answers(recorded) else { return };
        let source = by_name(recorded.source).unwrap();
        let mut posts = Vec::new();
        for exchange in &exchanges {
            let page = parse(source, recorded.place, &answer(exchange)).unwrap();
            assert_eq!(page.rejects, [], "{}", exchange.uri);
            posts.extend(page.posts);
        }
        let ids: BTreeSet<_> = posts.iter().map(|post| post.id.clone()).collect();
        for post in &posts {
            assert_eq!(post.id.source(), recorded.source);
            assert!(post.created.is_some(), "{}: no date", post.id);
            let words = post.title.iter().chain([&post.text]);
            assert!(
                words.clone().all(|words| !words.contains("<p>") && !words.contains("&#")),
                "{}",
                post.id
            );
        }
        let expected = (recorded.answers, recorded.posts, recorded.distinct);
        if (exchanges.len(), posts.len(), ids.len()) != expected {
            found.push(format!(
                "{}: {} answers, {} posts, {} ids; expected {expected:?}",
                recorded.file,
                exchanges.len(),
                posts.len(),
                ids.len()
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_source_is_in_the_table() {
    let read: BTreeSet<&str> = RECORDED.iter().map(|recorded| recorded.source).collect();
    let there: BTreeSet<&str> = ALL.iter().map(|source| source.about().name).collect();
    assert_eq!(read, there);
    assert_eq!(there.len(), ALL.len(), "two sources have one name");
}

/// Whatever comes is read or refused: no panic, and a web page is never an empty page of posts.
#[test]
fn every_source_survives_rubbish() {
    let web = b"<!DOCTYPE html><html><body>Please sign in</body></html>";
    for source in ALL {
        let name = source.about().name;
        for rubbish in [&b""[..], b"{", b"[]]", b"null", b"7", b"\xff\xfe\x00", b"{\"error\":\"no\"}", web] {
            if let Ok(page) = parse(*source, "a.example", &Answer::ok(rubbish)) {
                assert_eq!(page.posts, [], "{name}");
            }
        }
        assert_eq!(parse(*source, "a.example", &Answer::ok(web)), Err(ParseError::Page), "{name}");
        assert!(parse(*source, "a.example", &Answer::ok(b"{\"error\":\"no\"}")).is_err(), "{name}");
    }
}

#[test]
fn an_answer_that_is_cut_off_is_refused_or_read_as_far_as_it_goes() {
    for recorded in RECORDED {
        let Some(exchanges) = answers(recorded) else { return };
        let source = by_name(recorded.source).unwrap();
        for exchange in exchanges.iter().take(3) {
            let whole = parse(source, recorded.place, &answer(exchange)).unwrap();
            for share in [0, 1, 30, 50, 99] {
                let cut = &exchange.body[..exchange.body.len() * share / 100];
                if let Ok(page) = parse(source, recorded.place, &Answer { body: cut, ..answer(exchange) }) {
                    assert!(page.posts.len() <= whole.posts.len(), "{}", recorded.file);
                }
            }
        }
    }
}

/// Each item in turn becomes a number: all others are still read.
#[test]
fn a_broken_item_loses_itself_and_not_the_page() {
    for recorded in RECORDED {
        let Some(exchanges) = answers(recorded) else { return };
        let source = by_name(recorded.source).unwrap();
        let Some(exchange) = exchanges
            .iter()
            .find(|exchange| parse(source, recorded.place, &answer(exchange)).unwrap().posts.len() > 1)
        else {
            continue;
        };
        let Ok(mut value) = serde_json::from_slice::<Value>(&exchange.body) else { continue };
        let whole = parse(source, recorded.place, &answer(exchange)).unwrap().posts.len();
        let Some(items) = longest_list(&mut value) else { panic!("{}: no list", recorded.file) };
        items[0] = Value::from(7);
        let body = value.to_string().into_bytes();
        let page = parse(source, recorded.place, &Answer { body: &body, ..answer(exchange) }).unwrap();
        assert_eq!((page.posts.len(), page.rejects.len()), (whole - 1, 1), "{}", recorded.file);
    }
}

fn longest_list(value: &mut Value) -> Option<&mut Vec<Value>> {
    match value {
        Value::Array(items) => Some(items),
        Value::Object(fields) => {
            fields.values_mut().filter_map(|field| longest_list(field)).max_by_key(|items| items.len())
        }
        _ => None,
    }
}
