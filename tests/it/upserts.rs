//! Promise: may a file be imported again, whole or in part, without losing or doubling a post?
//!
//! What is known changes nothing, not even the name of the index's state; what is new under a known id replaces; of
//! rows that share an id the last stays, however many threads read them.

use std::collections::BTreeMap;
use std::path::Path;

use grouse::ingest::{IngestConfig, Report, ingest};
use grouse::model::{Post, Query};
use grouse::store::{Record, Store, Writer, WriterConfig};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::common::post;

/// Takes posts in, as run number `run`.
fn import(folder: &Path, run: i64, posts: Vec<Post>, config: IngestConfig) -> Report {
    let now = "2026-02-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(run);
    let writer_config = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let mut writer = Writer::open(folder, "a test", now, writer_config).unwrap();
    let report = ingest((1..).zip(posts), None, &mut writer, config, |_| {}).unwrap();
    writer.close().unwrap();
    report
}

fn held(folder: &Path) -> (u64, BTreeMap<String, Record>) {
    let snapshot = Store::open(folder).unwrap().snapshot().unwrap();
    let mut records = BTreeMap::new();
    snapshot
        .scan(&Query::All, &TimeZone::UTC, |record| {
            assert!(records.insert(record.post.id.to_string(), record).is_none(), "a post is there twice");
            true
        })
        .unwrap();
    assert_eq!(snapshot.len(), records.len() as u64);
    (snapshot.id(), records)
}

fn texts(records: &BTreeMap<String, Record>) -> BTreeMap<String, String> {
    records.iter().map(|(id, record)| (id.clone(), record.post.text.clone())).collect()
}

/// Which version of each id stays: the last, where one that this run has replaced already does not count again.
fn last_of(versions: &[(u8, u8)]) -> BTreeMap<String, String> {
    let mut met: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for (id, version) in versions {
        let known = met.entry(*id).or_default();
        if !known.contains(version) {
            known.push(*version);
        }
    }
    met.iter().map(|(id, known)| (format!("test:{id}"), text(*id, *known.last().unwrap()))).collect()
}

fn text(id: u8, version: u8) -> String {
    format!("bag {id} lost, version {version}")
}

fn posts(versions: &[(u8, u8)]) -> Vec<Post> {
    versions.iter().map(|(id, version)| post(&id.to_string(), &text(*id, *version))).collect()
}

proptest! {
    #![proptest_config(crate::tries::tries(24))]

    #[test]
    fn the_last_version_stays_and_a_second_import_changes_nothing(
        versions in prop::collection::vec((0_u8..8, 0_u8..4), 1..40),
        commit_posts in 1_usize..12,
        threads in 1_usize..5,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let config = IngestConfig { commit_posts, threads, ..IngestConfig::default() };
        let first = import(folder.path(), 0, posts(&versions), config);
        let (state, records) = held(folder.path());
        prop_assert_eq!(texts(&records), last_of(&versions));
        prop_assert_eq!(first.posts, versions.len() as u64);
        prop_assert_eq!(first.new, records.len() as u64);
        prop_assert_eq!(first.new + first.repeated, first.posts);
        let second = import(folder.path(), 1, posts(&versions), config);
        prop_assert_eq!(second.new + second.changed, 0);
        prop_assert_eq!(second.unchanged + second.repeated, second.posts);
        prop_assert_eq!(held(folder.path()), (state, records));
    }

    #[test]
    fn another_run_replaces_what_it_knows_better(
        before in prop::collection::btree_map(0_u8..10, 0_u8..3, 1..10),
        after in prop::collection::btree_map(0_u8..10, 0_u8..3, 1..10),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let rows = |versions: &BTreeMap<u8, u8>| versions.iter().map(|(id, version)| (*id, *version)).collect::<Vec<_>>();
        import(folder.path(), 0, posts(&rows(&before)), IngestConfig::default());
        let report = import(folder.path(), 1, posts(&rows(&after)), IngestConfig::default());
        let known = after.iter().filter(|(id, _)| before.contains_key(*id)).count() as u64;
        let same = after.iter().filter(|(id, version)| before.get(*id) == Some(*version)).count() as u64;
        prop_assert_eq!(report.new, after.len() as u64 - known);
        prop_assert_eq!(report.unchanged, same);
        prop_assert_eq!(report.changed, known - same);
        prop_assert_eq!(report.repeated, 0);
        let mut all = before;
        all.extend(after);
        prop_assert_eq!(texts(&held(folder.path()).1), last_of(&rows(&all)));
    }
}

#[test]
fn many_threads_keep_the_order_of_the_file() {
    // Several batches, each with all ids: a batch that overtakes another would leave an older version.
    let rows = 2_500;
    let made = |n: usize| post(&(n % 40).to_string(), &format!("bag lost, row {n}"));
    for commit_posts in [100_000, 700] {
        let folder = tempfile::tempdir().unwrap();
        let config = IngestConfig { threads: 8, commit_posts, ..IngestConfig::default() };
        let report = import(folder.path(), 0, (0..rows).map(made).collect(), config);
        assert_eq!((report.new, report.repeated), (40, rows as u64 - 40));
        let (state, records) = held(folder.path());
        for (id, text) in texts(&records) {
            let number: usize = id.trim_start_matches("test:").parse().unwrap();
            let last = (0..rows).rev().find(|n| n % 40 == number).unwrap();
            assert_eq!(text, format!("bag lost, row {last}"), "{id}");
        }
        import(folder.path(), 1, (0..rows).map(made).collect(), config);
        assert_eq!(held(folder.path()).0, state);
    }
}

#[test]
fn each_part_of_a_post_counts_as_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let first = post("1", "bag lost");
    let mut state = {
        import(folder.path(), 0, vec![first.clone()], IngestConfig::default());
        held(folder.path()).0
    };
    let mut changed: Vec<Post> = vec![first.clone(); 6];
    changed[0].title = Some("a title".to_owned());
    changed[1].created = None;
    changed[2].rating = Some(1.0);
    changed[3].reach = Some(12);
    changed[4].about = vec!["KPN".to_owned()];
    changed[5].attributes.insert("state".to_owned(), "CA".to_owned());
    for (run, post) in (1..).zip(changed) {
        let report = import(folder.path(), run, vec![post], IngestConfig::default());
        assert_eq!(report.changed, 1);
        let (new_state, records) = held(folder.path());
        assert_eq!(records.len(), 1);
        assert_ne!(new_state, state);
        state = new_state;
    }
}
