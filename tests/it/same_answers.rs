//! Promise: is an answer the same, byte for byte, whenever it is asked, and in whatever order the posts came?
//!
//! The demo's market is taken in three times: in its own order at once, and twice shuffled, in other batches and on other
//! numbers of threads. Everything that the program says of it must be the same.

use std::fs;
use std::path::Path;

use grouse::api::{Filters, keep};
use grouse::config::read_watchlist;
use grouse::demo::{SCENARIO, Scenario, posts};
use grouse::ingest::{IngestConfig, ingest};
use grouse::model::{Post, WatchlistId};
use grouse::store::{Store, Writer, WriterConfig};
use jiff::Timestamp;

use crate::common::run;

/// How one index is made.
struct Way {
    seed: Option<u64>,
    writer_threads: usize,
    threads: usize,
    commit_posts: usize,
}

const WAYS: [Way; 3] = [
    Way { seed: None, writer_threads: 1, threads: 1, commit_posts: 100_000 },
    Way { seed: Some(1), writer_threads: 2, threads: 3, commit_posts: 311 },
    Way { seed: Some(2), writer_threads: 1, threads: 2, commit_posts: 97 },
];

/// The days of the demo that are taken in: a spike and what emerges are among them, and the test stays short.
const DAYS: [&str; 2] = ["2026-09-07T00:00:00Z", "2026-09-23T00:00:00Z"];

#[test]
fn the_order_of_import_changes_no_byte_of_any_answer() {
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/demo.toml");
    let watchlist =
        read_watchlist(WatchlistId::new("demo").unwrap(), &fs::read_to_string(market).unwrap()).unwrap();
    let scenario: Scenario = toml::from_str(SCENARIO).unwrap();
    let mut all = posts(&scenario);
    let [from, to] = DAYS.map(|day| day.parse::<Timestamp>().unwrap());
    all.retain(|post| post.created.is_some_and(|created| (from..to).contains(&created)));
    // Some without a date, which is known of none of these days.
    all.iter_mut().step_by(97).for_each(|post| post.created = None);
    let said = WAYS.map(|way| {
        let is_first = way.seed.is_none();
        let folder = tempfile::tempdir().unwrap();
        let config = WriterConfig { threads: way.writer_threads, bytes_per_thread: 16 << 20 };
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        let mut writer = Writer::open(folder.path(), "a test", now, config).unwrap();
        let posts = way.seed.map_or_else(|| all.clone(), |seed| shuffled(&all, seed));
        let config =
            IngestConfig { threads: way.threads, commit_posts: way.commit_posts, ..IngestConfig::default() };
        ingest((1..).zip(posts), Some(&watchlist), &mut writer, config, |_| {}).unwrap();
        writer.close().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let kept = keep(&store, &Filters::default(), 3, now).unwrap();
        assert!(kept.reconciled.happened.len() >= 5);
        answers(folder.path(), is_first)
    });
    for other in &said[1..] {
        for ((question, first), (_, second)) in said[0].iter().zip(other) {
            assert!(first == second, "{question}: {}", difference(first, second));
        }
    }
}

/// Everything that is asked, with what is said; where it is asked twice, it is the same.
fn answers(data: &Path, is_twice: bool) -> Vec<(String, String)> {
    let problem = run(data, &["problems", "--json"]);
    let problem: serde_json::Value = serde_json::from_str(&problem).unwrap();
    let id = problem["problems"][0]["id"].as_str().unwrap();
    let questions: [&[&str]; 26] = [
        &["search", "pakket OR parcel", "--json", "-n", "50"],
        &["search", "bezorger", "-n", "3"],
        &["search", "late OR laat", "--sort", "oldest", "--json", "-n", "20"],
        &["search", "complaint:yes", "--json", "-n", "20"],
        &["trends", "--by", "brand", "--interval", "day", "--json"],
        &["trends", "--by", "source", "--per", "case", "--json"],
        &["trends", "--problem", id, "--json"],
        &["problems", "--json"],
        &["problems", "--per", "author"],
        &["problems", "--terms", "--brand", "redlane", "--json"],
        &["problems", "show", id, "--json"],
        &["problems", "changes", "--json"],
        &["compare", "--json"],
        &["compare", "--brand", "redlane", "--limit", "3"],
        &["compare", "--per", "author", "--json"],
        &["discover", "--json", "--typical", "10"],
        &["discover", "--kind", "any"],
        &["emerging", "--json", "--kind", "any", "-n", "50"],
        &["emerging"],
        &["spikes", "--json"],
        &["spikes"],
        &["responses", "--json"],
        &["prospects", "--json"],
        &["export"],
        &["export", "--format", "csv"],
        &["search", &format!("problem:{id}"), "--json"],
    ];
    let answer = |question: &&[&str]| {
        let said = run(data, question);
        assert!(said.len() > 20, "{question:?} says nothing");
        if matches!(question[0], "spikes" | "emerging") && question.contains(&"--json") {
            let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert!(answer["total"].as_u64().unwrap() > 0, "{question:?} finds nothing that could differ");
        }
        assert!(!is_twice || said == run(data, question), "{question:?} asked twice");
        (question.join(" "), said)
    };
    questions.iter().map(answer).collect()
}

/// Where two texts part.
fn difference(first: &str, second: &str) -> String {
    let at = first.bytes().zip(second.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[at.saturating_sub(120).min(text.len())..(at + 120).min(text.len())];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("at byte {at}\n{}\n{}", around(first), around(second))
}

/// In an order that only the seed decides (Fisher and Yates, with the generator of Steele, Lea and Flood 2014).
fn shuffled(posts: &[Post], seed: u64) -> Vec<Post> {
    let mut posts = posts.to_vec();
    let mut state = seed;
    for at in (1..posts.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = (value ^ (value >> 31)) % (at as u64 + 1);
        posts.swap(at, usize::try_from(other).unwrap());
    }
    posts
}
