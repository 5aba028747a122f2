//! Promise: does someone who pages through a list see each post once, even while others write?
//!
//! By time this holds whatever is written in between; by relevance while the state that was asked first is kept.

use std::collections::BTreeMap;
use std::path::Path;

use grouse::api::{self, AskError, Filters, SearchAsked};
use grouse::ingest::{IngestConfig, ingest};
use grouse::model::{Post, Query};
use grouse::store::{Cursor, Sort, Store, StoreError, Writer, WriterConfig};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::common::{post, store_of};

/// What happens between two pages.
#[derive(Debug, Clone)]
enum Write {
    /// A post this many minutes after the others began.
    New(i64),
    /// Another text for the post with that number, its date as it was.
    Change(usize),
}

fn at(minutes: i64) -> Timestamp {
    "2026-01-15T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

fn made(native: &str, minutes: Option<i64>, text: &str) -> Post {
    Post { created: minutes.map(at), ..post(native, text) }
}

/// Each call is a run of its own.
fn write(folder: &Path, run: i64, posts: Vec<Post>) {
    let config = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let mut writer = Writer::open(folder, "a test", at(run), config).unwrap();
    ingest((1..).zip(posts), None, &mut writer, IngestConfig::default(), |_| {}).unwrap();
    writer.close().unwrap();
}

fn write_strategy() -> impl Strategy<Value = Write> {
    prop_oneof![(-100_i64..100).prop_map(Write::New), (0_usize..40).prop_map(Write::Change)]
}

proptest! {
    #![proptest_config(crate::tries::tries(24))]

    #[test]
    fn each_post_appears_once_while_others_write(
        minutes in prop::collection::vec(prop::option::weighted(0.9, -30_i64..30), 1..40),
        writes in prop::collection::vec(prop::collection::vec(write_strategy(), 0..4), 3),
        limit in 3_usize..12,
        sort in prop::sample::select(vec![Sort::Newest, Sort::Oldest, Sort::Relevance]),
    ) {
        let posts: Vec<Post> =
            minutes.iter().enumerate().map(|(n, at)| made(&n.to_string(), *at, "lost bag again")).collect();
        let (folder, store) = store_of(posts, None);
        let q = if sort == Sort::Relevance { "lost OR bag" } else { "" };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut cursor = None;
        for turn in 0.. {
            let asked = SearchAsked {
                filters: Filters { q: q.to_owned(), ..Filters::default() },
                sort,
                limit,
                cursor: cursor.clone(),
            };
            let page = api::search(&store, &asked).unwrap();
            prop_assert!(page.posts.len() <= limit);
            for post in page.posts {
                *seen.entry(post.id).or_default() += 1;
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            let Some(writes) = writes.get(turn) else { continue };
            let posts: Vec<Post> = writes
                .iter()
                .enumerate()
                .map(|(n, write)| match write {
                    Write::New(minutes) => made(&format!("new-{turn}-{n}"), Some(*minutes), "lost my bag"),
                    Write::Change(number) => {
                        let number = number % minutes.len();
                        made(&number.to_string(), minutes[number], &format!("lost bag, turn {turn} {n}"))
                    }
                })
                .collect();
            write(folder.path(), 100_000 + i64::try_from(turn).unwrap(), posts);
            store.reload().unwrap();
        }
        for number in 0..minutes.len() {
            prop_assert_eq!(seen.get(&format!("test:{number}")), Some(&1), "post {} by {}", number, sort.as_str());
        }
        prop_assert!(seen.values().all(|times| *times == 1));
    }

    #[test]
    fn any_text_is_a_cursor_or_an_error(text in "[nor]?[0-9a-f]{0,18}-[0-9a-f]{0,18}-[0-9a-f]{0,18}|\\PC{0,40}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }
}

fn store() -> (tempfile::TempDir, Store) {
    store_of((0..9).map(|n| made(&n.to_string(), Some(n), "lost bag")).collect(), None)
}

#[test]
fn a_cursor_of_another_order_is_refused() {
    let (_folder, store) = store();
    let snapshot = store.snapshot().unwrap();
    let lost = grouse::model::parse_query("lost").unwrap();
    let ask = |query: &Query, sort, cursor: Option<&Cursor>, limit| {
        snapshot.search(query, &TimeZone::UTC, sort, limit, cursor)
    };
    for made_for in [Sort::Newest, Sort::Oldest, Sort::Relevance] {
        let cursor = ask(&lost, made_for, None, 2).unwrap().next.unwrap();
        for asked in [Sort::Newest, Sort::Oldest, Sort::Relevance] {
            for limit in [0, 2] {
                let answer = ask(&lost, asked, Some(&cursor), limit);
                assert_eq!(matches!(answer, Err(StoreError::BadCursor)), asked != made_for);
            }
        }
    }
    // Without words there is no relevance: the order is by time, and so is its cursor.
    let cursor = ask(&Query::All, Sort::Relevance, None, 2).unwrap().next.unwrap();
    assert!(ask(&Query::All, Sort::Newest, Some(&cursor), 2).is_ok());
    assert!(matches!(ask(&lost, Sort::Relevance, Some(&cursor), 2), Err(StoreError::BadCursor)));
}

#[test]
fn a_cursor_that_nobody_gave_is_refused() {
    let (_folder, store) = store();
    for cursor in ["", "n", "x1-2-3", "n1-2", "n1-2-3-4", "n1-2-g", "é1-2-3", "n11111111111111111-2-3"] {
        let asked = SearchAsked { cursor: Some(cursor.to_owned()), limit: 2, ..SearchAsked::default() };
        let answer = api::search(&store, &asked);
        assert!(matches!(answer, Err(AskError::Value { name: "cursor", .. })), "{cursor}");
    }
}

#[test]
fn a_cursor_of_a_state_long_gone_still_goes_on_by_time() {
    let (folder, store) = store();
    let first = SearchAsked { sort: Sort::Newest, limit: 4, ..SearchAsked::default() };
    let page = api::search(&store, &first).unwrap();
    let mut ids: Vec<String> = page.posts.into_iter().map(|post| post.id).collect();
    // More states than are kept, and then another process.
    for run in 0..8 {
        write(folder.path(), 100_000 + run, vec![made(&format!("new-{run}"), Some(50 + run), "lost bag")]);
        store.reload().unwrap();
        store.snapshot().unwrap();
    }
    let other = Store::open(folder.path()).unwrap();
    let rest = SearchAsked { cursor: page.next, limit: 100, ..first };
    ids.extend(api::search(&other, &rest).unwrap().posts.into_iter().map(|post| post.id));
    let expect: Vec<String> = (0..9).rev().map(|n| format!("test:{n}")).collect();
    assert_eq!(ids, expect);
}
