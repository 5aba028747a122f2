//! Promise: can a stream of posts be judged in passing, each line answered in its turn, whatever the lines are?

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Running, errors, feed, grouse, run};

/// Runs `analyze` over `input` and returns its lines as JSON, and whether it was content.
fn analyze(arguments: &[&str], input: &[u8]) -> (Vec<Value>, bool) {
    let all: Vec<&str> = ["analyze"].iter().chain(arguments).copied().collect();
    let output = feed(Path::new("nowhere"), &all, input);
    assert!(!errors(&output).contains("panicked"), "{}", errors(&output));
    let text = String::from_utf8(output.stdout).expect("findings are UTF-8");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("a finding is JSON")).collect();
    (lines, output.status.code() == Some(0))
}

#[test]
fn each_line_gives_one_line_in_the_same_order() {
    let mut input = String::new();
    for number in 0..5000 {
        writeln!(
            input,
            "{}",
            json!({"id": number, "text": format!("mijn pakket {number} is weer niet bezorgd")})
        )
        .unwrap();
    }
    let (findings, is_content) = analyze(&[], input.as_bytes());
    assert!(is_content);
    let ids: Vec<u64> = findings.iter().map(|finding| finding["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (0..5000).collect::<Vec<_>>());
    assert!(findings.iter().all(|finding| finding["lang"] == "nl"));
}

#[test]
fn an_id_and_a_date_come_back_as_they_were() {
    for id in
        [json!("a b/ü"), json!(570_306_133_677_760_513_u64), json!(null), json!({"deep": [1]}), json!("")]
    {
        let line = json!({"id": id, "text": "my parcel is late", "created": "yesterday", "author": {"handle": "@me"}, "more": 1});
        let (findings, is_content) = analyze(&[], line.to_string().as_bytes());
        assert!(is_content);
        assert_eq!((&findings[0]["id"], &findings[0]["created"]), (&id, &json!("yesterday")));
    }
}

#[test]
fn masks_are_counted_in_characters_of_the_original() {
    let texts = [
        "Ünïcödé 😡😡 mail me at jan@example.com of bel 06-12345678!",
        "jan@example.com",
        "👨‍👩‍👧 NL91ABNA0417164300 é",
        "nothing to hide here",
    ];
    for text in texts {
        let line = json!({"id": 1, "text": text, "title": text}).to_string();
        let (findings, _) = analyze(&[], line.as_bytes());
        for (masks, masked) in [("masks", "masked_text"), ("title_masks", "masked_title")] {
            let characters: Vec<char> = text.chars().collect();
            let mut rebuilt = String::new();
            let mut at = 0;
            for mask in findings[0][masks].as_array().unwrap() {
                let place = |name: &str| usize::try_from(mask[name].as_u64().unwrap()).unwrap();
                rebuilt.extend(&characters[at..place("start")]);
                write!(rebuilt, "<{}>", mask["kind"].as_str().unwrap()).unwrap();
                at = place("end");
            }
            rebuilt.extend(&characters[at..]);
            assert_eq!(rebuilt, findings[0][masked].as_str().unwrap());
        }
    }
}

#[test]
fn a_watchlist_finds_its_brands() {
    let line = json!({"id": 1, "text": "@united lost my bag, @delta never did"}).to_string();
    let (findings, _) = analyze(&["--watchlist", "us-airlines"], line.as_bytes());
    let named: Vec<&str> =
        findings[0]["mentions"].as_array().unwrap().iter().map(|brand| brand.as_str().unwrap()).collect();
    assert!(named.contains(&"united") && named.contains(&"delta"), "{named:?}");
    let (findings, _) = analyze(&[], line.as_bytes());
    assert_eq!(findings[0]["mentions"], json!([]));
}

#[test]
fn a_bad_line_costs_itself_and_is_told() {
    let input = "{\"id\":1,\"text\":\"fine here\"}\nnot json\n\n[1]\n{\"id\":\"x\",\"txt\":1}\n{\"id\":5,\"text\":7}\n\
        {\"id\":6,\"text\":\"fine again\"}\n{\"id\":7,\"text\":\"cut";
    let (findings, is_content) = analyze(&[], input.as_bytes());
    assert!(!is_content);
    let told: Vec<(u64, &Value)> = findings
        .iter()
        .filter(|finding| finding["error"].is_string())
        .map(|finding| (finding["line"].as_u64().unwrap(), &finding["id"]))
        .collect();
    // The blank line is none, but it is counted as one.
    assert_eq!(
        told,
        [(2, &json!(null)), (4, &json!(null)), (5, &json!("x")), (6, &json!(5)), (8, &json!(null))]
    );
    assert_eq!(findings.len(), 7);
    assert_eq!((&findings[0]["id"], &findings[5]["id"]), (&json!(1), &json!(6)));
}

#[test]
fn a_line_is_answered_before_the_next_is_written() {
    let mut child = Running(
        grouse(Path::new("nowhere"))
            .arg("analyze")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut input = child.0.stdin.take().unwrap();
    let output = child.0.stdout.take().unwrap();
    let (tell, told) = mpsc::sync_channel(8);
    let reading = std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if tell.send(line.unwrap()).is_err() {
                break;
            }
        }
    });
    for number in 0..3 {
        writeln!(input, "{}", json!({"id": number, "text": "where is my parcel"})).unwrap();
        input.flush().unwrap();
        let line = told.recv_timeout(Duration::from_secs(15)).expect("a finding while the input is open");
        let finding: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(finding["id"], number);
    }
    drop(input);
    assert!(child.0.wait().unwrap().success());
    reading.join().unwrap();
}

#[test]
fn hostile_lines_are_survived() {
    let long = json!({"id": "long", "text": "late ".repeat(180_000)}).to_string();
    let too_long = json!({"id": "too long", "text": "late ".repeat(300_000)}).to_string();
    let deep = format!("{{\"text\":\"x\",\"id\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let nul = json!({"id": "nul", "text": "a\u{0}b\u{1b}[2J\u{202e}"}).to_string();
    let lines: [&[u8]; 9] = [
        long.as_bytes(),
        too_long.as_bytes(),
        deep.as_bytes(),
        nul.as_bytes(),
        b"\0\0\0",
        b"{\"id\":\"bytes\",\"text\":\"\xff\xfe\"}",
        b"{\"id\":\"half\",\"text\":\"\\ud800\"}",
        b"{\"text\":\"\"}",
        b"{\"id\":\"end\",\"text\":\"still here\"}",
    ];
    let (findings, is_content) = analyze(&["--watchlist", "us-airlines"], &lines.join(&b'\n'));
    assert!(!is_content);
    assert_eq!(findings.len(), lines.len());
    let is_told: Vec<bool> = findings.iter().map(|finding| finding["error"].is_string()).collect();
    assert_eq!(is_told, [false, true, true, false, true, false, false, false, false]);
    assert_eq!(findings[1]["error"], "the line is longer than 1 MiB");
    assert_eq!(findings[8]["id"], "end");
    // Half a character and bytes of another encoding are mended, as in an import.
    assert_eq!(
        (&findings[5]["masked_text"], &findings[6]["masked_text"]),
        (&json!("\u{FFFD}\u{FFFD}"), &json!("\u{FFFD}"))
    );
}

#[test]
fn a_list_is_no_post_and_a_fault_names_its_column() {
    let input = "[\"a\",\"lost my bag\",null,null,null,null]\n{\"id\":1,\"text\":}\n";
    let (findings, is_content) = analyze(&[], input.as_bytes());
    assert!(!is_content);
    assert_eq!(findings[0]["error"], "not an object with a `text`");
    let fault = findings[1]["error"].as_str().unwrap();
    assert!(fault.ends_with(" at column 16") && !fault.contains("line"), "{fault}");
}

#[test]
fn the_department_is_that_of_the_same_post_in_an_index() {
    let texts = [
        "@vlotpost my parcel is lost for three weeks and nobody answers, where is my refund",
        "vlotpost app crasht bij het inloggen, al dagen",
        "I am leaving Vlotpost, from now on it is Redlane for me",
        "good morning",
    ];
    let mut input = String::new();
    for (id, text) in texts.iter().enumerate() {
        writeln!(input, "{}", json!({"id": id, "text": text})).unwrap();
    }
    let (findings, _) = analyze(&[], input.as_bytes());
    assert!(findings.iter().all(|finding| finding.get("route").is_none()));
    let (findings, is_content) = analyze(&["--watchlist", "demo"], input.as_bytes());
    assert!(is_content);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = crate::common::file(folder.path(), "posts.ndjson", &input);
    run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    let mut departments = std::collections::BTreeSet::new();
    for (id, finding) in findings.iter().enumerate() {
        let found: Value =
            serde_json::from_str(&run(&data, &["search", "--json", &format!("id:test:{id}")])).unwrap();
        assert!(finding.as_object().unwrap().contains_key("route"));
        assert_eq!(finding["route"], found["posts"][0]["route"], "{}", texts[id]);
        departments.insert(finding["route"].as_str().map(str::to_owned));
    }
    assert!(departments.len() > 1 && departments.contains(&None), "{departments:?}");
    // As many threads as are asked for, the same findings.
    let (one, _) = analyze(&["--watchlist", "demo", "--threads", "1"], input.as_bytes());
    assert_eq!(one, findings);
}
