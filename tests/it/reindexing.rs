//! Promise: can an index be made anew while it is asked, and is it the old or the new one, whole, whatever happens?

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use grouse::store::{Store, Writer, WriterConfig};
use serde_json::Value;

use crate::common::{Running, fail, file, grouse, run, until};

fn rows(count: u64) -> String {
    let mut out = String::from("id,text,created\n");
    for number in 0..count {
        writeln!(
            out,
            "{number},parcel {number} of Redlane is late again word{} and @vlotpost says nothing,2026-01-{:02}T10:00:00Z",
            number % 700,
            1 + number % 28
        )
        .unwrap();
    }
    out
}

fn posts(data: &Path) -> Vec<String> {
    let mut posts: Vec<String> = run(data, &["export", "--authors"]).lines().map(str::to_owned).collect();
    posts.sort();
    posts
}

/// The folders of posts that are there.
fn folders(data: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("posts"))
        .collect();
    names.sort();
    names
}

fn change(data: &Path, key: &str, value: Value) {
    let path = data.join("grouse.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    about[key] = value;
    fs::write(path, about.to_string()).unwrap();
}

fn index(folder: &Path, count: u64) -> PathBuf {
    let data = folder.join("data");
    let path = file(folder, "rows.csv", rows(count));
    run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    data
}

#[test]
fn a_killed_reindex_leaves_the_old_or_the_new_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 6000);
    let expect = posts(&data);
    let begin = || {
        let mut command = grouse(&data);
        command.arg("reindex").stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    };
    // When it holds the index, when it has a folder, when it writes posts, and near its end.
    let mut killed = 0;
    for wait_ms in [0, 30, 150, 400, 800] {
        let mut child = begin();
        until(15, "the reindex beginning", || {
            (data.join("writer.json").exists() || child.0.try_wait().unwrap().is_some()).then_some(())
        });
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        killed += u32::from(child.0.try_wait().unwrap().is_none());
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        assert!(posts(&data) == expect, "killed after {wait_ms} ms");
    }
    assert!(killed >= 2, "only {killed} runs were killed before they ended");
    run(&data, &["reindex"]);
    assert!(posts(&data) == expect);
    assert_eq!(folders(&data).len(), 1, "{:?}", folders(&data));
    // The same file brings nothing new.
    let path = folder.path().join("rows.csv");
    let report = run(&data, &["import", path.to_str().unwrap(), "--watchlist", "demo", "--source", "test"]);
    assert!(report.contains("6,000 known already"), "{report}");
}

#[test]
fn who_asks_meanwhile_is_answered_from_the_old_and_then_from_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 3000);
    let store = Store::open(&data).unwrap();
    let kept = store.snapshot().unwrap();
    let query = grouse::model::parse_query("late").unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    for _ in 0..2 {
        let mut child = Running(
            grouse(&data).arg("reindex").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(),
        );
        let mut asked = 0;
        while child.0.try_wait().unwrap().is_none() {
            let snapshot = store.snapshot().unwrap();
            let page = snapshot.search(&query, &zone, grouse::store::Sort::Newest, 5, None).unwrap();
            assert_eq!((page.total, page.hits.len()), (3000, 5));
            asked += 1;
        }
        assert!(child.0.wait().unwrap().success() && asked > 0);
    }
    assert_eq!(folders(&data), ["posts-3"]);
    assert_ne!(store.snapshot().unwrap().id(), kept.id(), "the new index is seen without opening it again");
    // A question that was begun before keeps what it has open.
    assert_eq!(kept.search(&query, &zone, grouse::store::Sort::Oldest, 5, None).unwrap().hits.len(), 5);
}

#[test]
fn nobody_writes_while_an_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 10);
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let config = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let writer = Writer::open(&data, "a test", now, config).unwrap();
    let said = fail(&data, &["reindex"]);
    assert!(said.contains("is being written by `a test`") && said.contains("wait"), "{said}");
    drop(writer);
    run(&data, &["reindex"]);
}

#[test]
fn an_older_form_or_stemmer_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    let expect = posts(&data);
    for (key, value) in [("format", 1.into()), ("stemmer", "another one".into())] {
        change(&data, key, value);
        let said = fail(&data, &["search", "late"]);
        assert!(said.contains("another version of Grouse") && said.contains("`grouse reindex`"), "{said}");
        run(&data, &["reindex"]);
        assert!(posts(&data) == expect, "{key}");
    }
    change(&data, "format", 999.into());
    let said = fail(&data, &["reindex"]);
    assert!(said.contains("format 999") && !said.contains("`grouse reindex`"), "{said}");
}

#[test]
fn an_older_analysis_is_served_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    change(&data, "analysis", "0".into());
    assert!(run(&data, &["search", "late"]).starts_with("20 posts"));
    let path = file(folder.path(), "more.csv", "id,text\n1,another one\n");
    let output = grouse(&data).args(["import", &path, "--source", "other"]).output().unwrap();
    let said = crate::common::errors(&output);
    assert!(
        output.status.success() && said.contains("`grouse reindex` brings them the new judgements"),
        "{said}"
    );
    run(&data, &["reindex"]);
    let about: Value = serde_json::from_slice(&fs::read(data.join("grouse.json")).unwrap()).unwrap();
    assert_eq!(about["analysis"], grouse::analysis::ANALYSIS);
    let output = grouse(&data).args(["import", &path, "--source", "other"]).output().unwrap();
    assert!(!crate::common::errors(&output).contains("reindex"));
}

#[test]
fn another_watchlist_gives_its_brands() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    let shipped = fs::read_to_string("queries/demo.toml").unwrap();
    let changed = shipped.replace("id = \"redlane\"", "id = \"red-lane\"");
    assert_ne!(shipped, changed);
    let path = file(folder.path(), "demo.toml", changed);
    run(&data, &["reindex", "--watchlist", &path]);
    assert!(run(&data, &["search", "--brand", "red-lane"]).starts_with("20 posts"));
    // The next one needs no word about it.
    run(&data, &["reindex"]);
    assert!(run(&data, &["search", "mention:red-lane"]).starts_with("20 posts"));
}
