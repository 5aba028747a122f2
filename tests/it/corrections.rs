//! Promise: what a person says of a judgement wins, is shown as theirs, and stays, whatever happens to the index?

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{errors, fail, feed, file, grouse, run};

const POSTS: &str = "id,text,created\n\
    1,my parcel is lost and nobody answers,2026-01-01T10:00:00Z\n\
    2,thanks for the quick delivery,2026-01-02T10:00:00Z\n";

fn index(folder: &Path) -> (PathBuf, String) {
    let path = file(folder, "posts.csv", POSTS);
    let data = folder.join("data");
    run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    (data, path)
}

/// The post as a program sees it.
fn shown(data: &Path, id: &str) -> Value {
    let answer: Value = serde_json::from_str(&run(data, &["search", "--json", &format!("id:{id}")])).unwrap();
    answer["posts"][0].clone()
}

/// The verdict that was not given.
fn other(post: &Value) -> &'static str {
    if post["complaint"]["verdict"] == true { "no" } else { "yes" }
}

#[test]
fn a_correction_wins_and_survives_the_same_file_and_new_judgements() {
    let folder = tempfile::tempdir().unwrap();
    let (data, path) = index(folder.path());
    let judged = shown(&data, "test:1");
    assert!(judged.get("corrected").is_none());
    let said = format!("complaint={}", other(&judged));
    run(&data, &["correct", "test:1", &said, "signal:safety=yes", "target=Redlane", "--by", "Ann"]);
    let check = || {
        let post = shown(&data, "test:1");
        assert_ne!(post["complaint"]["verdict"], judged["complaint"]["verdict"], "{post}");
        assert_eq!(post["complaint"]["probability"], judged["complaint"]["probability"], "{post}");
        assert_eq!(post["target"], "redlane", "{post}");
        assert_eq!(post["corrected"], serde_json::json!(["complaint", "target", "signal:safety"]), "{post}");
        for question in ["signal:safety", "target:redlane", "is:corrected"] {
            let found = run(&data, &["search", question]);
            assert!(found.contains("test:1") && found.starts_with("1 post"), "{question}: {found}");
        }
    };
    check();
    let report = run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    assert!(report.contains("2 known already"), "{report}");
    check();
    run(&data, &["reindex"]);
    check();
    run(&data, &["correct", "test:1", "--undo"]);
    assert_eq!(shown(&data, "test:1"), judged);
    let said = fail(&data, &["correct", "test:1", "--undo"]);
    assert!(said.contains("nobody said that"), "{said}");
}

#[test]
fn a_post_that_goes_and_comes_again_is_still_corrected() {
    let folder = tempfile::tempdir().unwrap();
    let (data, path) = index(folder.path());
    run(&data, &["correct", "test:2", "signal:legal=yes"]);
    for name in ["posts", "grouse.json"] {
        let gone = data.join(name);
        if gone.is_dir() {
            std::fs::remove_dir_all(gone).unwrap();
        } else {
            std::fs::remove_file(gone).unwrap();
        }
    }
    run(&data, &["import", &path, "--source", "test"]);
    assert_eq!(shown(&data, "test:2")["corrected"], serde_json::json!(["signal:legal"]));
}

#[test]
fn a_later_word_stands_the_earlier_one_is_kept_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = index(folder.path());
    run(&data, &["correct", "test:1", "intent=question", "--by", "Ann", "--note", "she asks"]);
    run(&data, &["correct", "test:1", "intent=spam", "--by", "Bob"]);
    assert_eq!(shown(&data, "test:1")["intent"], "spam");
    run(&data, &["correct", "test:1", "intent", "--undo", "--by", "Cas"]);
    assert_eq!(shown(&data, "test:1")["intent"], "question");
    let history: Value = serde_json::from_str(&run(&data, &["correct", "--list", "--json"])).unwrap();
    let told: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["value"].as_str().unwrap(),
                entry["by"].as_str(),
                entry["undone_by"].as_str(),
                entry["stands"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("question", Some("Ann"), None, true), ("spam", Some("Bob"), Some("Cas"), false)]);
}

#[test]
fn what_cannot_be_said_is_one_line_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = index(folder.path());
    for (arguments, expect) in [
        (vec!["correct", "test:9", "complaint=no"], "there is no post test:9"),
        (vec!["correct", "test:1", "mood=bad"], "`mood` is not something that is judged: use complaint,"),
        (vec!["correct", "test:1", "complaint=maybe"], "`maybe` is no value of complaint: use yes or no"),
        (
            vec!["correct", "test:1", "severity=9"],
            "use no-explicit-reproach, disapproval, accusation, blame or none",
        ),
        (
            vec!["correct", "test:1", "target=nobody"],
            "`nobody` is no brand of the index: use one of pakketpijl,",
        ),
        (vec!["correct", "test:1", "complaint=no", "complaint=yes"], "complaint is said twice"),
        (vec!["correct", "test:1"], "say what is true of it, as complaint=no"),
    ] {
        let said = fail(&data, &arguments);
        assert!(said.contains(expect), "{arguments:?}: {said}");
    }
    assert!(
        !data.join("state.sqlite").exists() || run(&data, &["correct", "--list", "--json"]).trim() == "[]"
    );
}

#[test]
fn what_is_said_while_the_index_is_written_is_shown_when_that_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let (data, _) = index(folder.path());
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let config = grouse::store::WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let writer = grouse::store::Writer::open(&data, "a test", now, config).unwrap();
    let output = grouse(&data).args(["correct", "test:1", "signal:safety=yes"]).output().unwrap();
    assert!(output.status.success());
    assert!(errors(&output).contains("kept, and shown when that is done"), "{}", errors(&output));
    assert!(shown(&data, "test:1").get("corrected").is_none());
    writer.close().unwrap();
    // Any import heals, also one that does not bring the post.
    let output = feed(&data, &["import", "-", "--source", "other"], b"id,text\n7,something else\n");
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(shown(&data, "test:1")["corrected"], serde_json::json!(["signal:safety"]));
}

#[test]
fn a_damaged_or_newer_state_is_one_line_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (data, path) = index(folder.path());
    run(&data, &["correct", "test:1", "signal:safety=yes"]);
    for name in ["state.sqlite-wal", "state.sqlite-shm"] {
        let _ = std::fs::remove_file(data.join(name));
    }
    let place = data.join("state.sqlite");
    let whole = std::fs::read(&place).unwrap();
    let mut newer = whole.clone();
    // Where the file says its `user_version`, as the format of SQLite's header has it.
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    for (content, expect) in [
        (
            b"this is no database, but some text that is long enough to be one, one would think. ".repeat(20),
            "is not a database",
        ),
        (newer, "was written by a newer version of Grouse (form 99"),
    ] {
        std::fs::write(&place, content).unwrap();
        for arguments in [
            vec!["correct", "test:1", "complaint=no"],
            vec!["import", &path, "--source", "test"],
            vec!["reindex"],
            vec!["problems"],
            vec!["problems", "show", "late"],
            vec!["search", "problem:*"],
        ] {
            let said = fail(&data, &arguments);
            assert!(said.contains(expect), "{arguments:?}: {said}");
        }
        // Who only reads the index does not need it.
        run(&data, &["search", "parcel"]);
    }
    std::fs::write(&place, whole).unwrap();
    run(&data, &["reindex"]);
    assert_eq!(shown(&data, "test:1")["corrected"], serde_json::json!(["signal:safety"]));
}
