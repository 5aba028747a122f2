//! Promise: does what is exported come back as it was, and is an export one state of the index whoever writes meanwhile?

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::common::{Running, corpus, errors, fail, file, grouse, post, put, run, store_of};

const POSTS: &str = r#"{"id":"1","text":"Koffer kwijt, bel 06-12345678","created":"2026-01-01T10:00:00Z","author":"@anna","brand":"Swift","rating":1,"state":"CA","lang":"nl"}
{"id":"2","text":"=HYPERLINK(\"http://x.example\") my parcel is late","created":"2026-01-02T23:59:59Z","author":"bob","brand":"Pigeon","title":"Never \"again\"","reach":120,"url":"https://x.example/2"}
{"id":"3","text":"two lines\r\nof <b>text</b>, with a comma; and 😡\tand a tab","author":"bob","reply_to":"2","kind":"reply","state":"New York, NY"}
{"id":"4","text":"+31 is where my parcel is","created":"2026-01-04","brand":"Swift","rating":4.5,"state":"=1+1"}
{"id":"5","text":"we are sorry for the delay","created":"2026-01-05","brand":"Swift","kind":"response","author":"swift_care","reply_to":"4"}
{"id":"6","text":"'-- nothing came","created":"1999-12-31T23:59:59.123Z","author":"carl","odd name: \"x\"":"kept as well"}
{"id":"a b/ü?","text":"an id with everything in it","created":"2026-01-06"}
"#;

fn filled(folder: &Path) -> std::path::PathBuf {
    let data = folder.join("data");
    let path = file(folder, "posts.ndjson", POSTS);
    run(&data, &["import", &path, "--source", "forum"]);
    data
}

/// What an index answers, in an order of its own.
fn state(data: &Path) -> (Vec<String>, Vec<String>) {
    let mut posts: Vec<String> = run(data, &["export", "--authors"]).lines().map(str::to_owned).collect();
    posts.sort();
    let asked = [
        vec!["search", "parcel", "--json", "--sort", "oldest"],
        vec!["search", "*", "--json", "--sort", "newest", "-n", "100"],
        vec!["trends", "--by", "brand", "--json"],
        vec!["trends", "--by", "source", "--interval", "month", "--json"],
        vec!["problems", "brand:swift", "--json"],
        vec!["search", "author:bob", "--json", "--sort", "oldest"],
        vec!["search", "--json", "attr.state:CA"],
        vec!["search", "--json", "is:masked"],
    ];
    // An export has the ids of brands, not their names; a cursor belongs to one index.
    let passing = ["      \"name\": ", "  \"explained\": ", "  \"next\": "];
    let is_lasting = |line: &&str| !passing.iter().any(|start| line.starts_with(start));
    let answer = |arguments: &Vec<&str>| run(data, arguments).lines().filter(is_lasting).collect();
    (posts, asked.iter().map(answer).collect())
}

#[track_caller]
fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (state(one), state(other));
    for (one, other) in one.0.iter().zip(&other.0).chain(one.1.iter().zip(&other.1)) {
        let at = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
        let near = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(150)..text.len().min(at + 100)])
                .into_owned()
        };
        assert!(one == other, "was: {}\nis: {}", near(one), near(other));
    }
    assert_eq!(one.0.len(), other.0.len());
}

#[test]
fn ndjson_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let back = folder.path().join("back");
    let out = folder.path().join("out.ndjson");
    run(&data, &["export", "--authors", "-o", out.to_str().unwrap()]);
    let report: Value =
        serde_json::from_str(&run(&back, &["import", "--json", out.to_str().unwrap()])).unwrap();
    assert_eq!((report[0]["new"].as_u64(), report[0]["rejected"].as_u64()), (Some(7), Some(0)), "{report}");
    assert_same(&data, &back);
}

#[test]
fn csv_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let back = folder.path().join("back");
    let out = folder.path().join("out.csv");
    let out = out.to_str().unwrap();
    run(&data, &["export", "--authors", "--format", "csv", "-o", out]);
    let report: Value = serde_json::from_str(&run(&back, &["import", "--json", out])).unwrap();
    assert_eq!((report[0]["new"].as_u64(), report[0]["rejected"].as_u64()), (Some(7), Some(0)), "{report}");
    assert_same(&data, &back);
}

#[test]
fn real_posts_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["reviews_keytrade_nl_fr_en.jsonl"] {
        let Some(path) = corpus(name) else { return };
        let data = folder.path().join(name);
        run(&data, &["import", path.to_str().unwrap()]);
        for format in ["ndjson", "csv"] {
            let back = folder.path().join(format!("{name}-{format}"));
            let out = folder.path().join(format!("out.{format}"));
            let out = out.to_str().unwrap();
            run(&data, &["export", "--authors", "--format", format, "-o", out]);
            run(&back, &["import", out]);
            assert_same(&data, &back);
        }
    }
}

#[test]
fn authors_are_pseudonyms_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    for format in ["ndjson", "csv"] {
        let shown = run(&data, &["export", "--format", format]);
        assert!(!shown.contains("anna") && shown.contains("author-"), "{shown}");
        let shown = run(&data, &["export", "--format", format, "--authors"]);
        assert!(shown.contains("anna"), "{shown}");
    }
}

#[test]
fn a_cell_cannot_be_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let shown = run(&data, &["export", "--format", "csv", "--authors"]);
    let mut rows = csv::Reader::from_reader(shown.as_bytes());
    let mut guarded = 0;
    for row in rows.records() {
        for cell in &row.unwrap() {
            // A number is no formula: a sentiment of -0.7 stays one.
            let is_formula =
                cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
            assert!(!is_formula, "{cell}");
            guarded += usize::from(cell.starts_with('\''));
        }
    }
    assert_eq!(guarded, 4);
    let raw = run(&data, &["export", "--format", "csv", "--raw-cells"]);
    assert!(raw.contains("\"=HYPERLINK(") && raw.contains(",=1+1"), "{raw}");
    // NDJSON is for programs: as it is.
    assert!(run(&data, &["export"]).contains(":\"=HYPERLINK("));
}

#[test]
fn an_export_is_one_state_of_the_index_while_another_writes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let many = |version: u32| -> Vec<_> {
        (0..3000)
            .map(|number| {
                post(
                    &number.to_string(),
                    &format!("version{version} of the {number}th {}", "text ".repeat(20)),
                )
            })
            .collect()
    };
    put(&data, many(1), None);
    for format in ["ndjson", "csv"] {
        let mut export = Running(
            grouse(&data).args(["export", "--format", format]).stdout(Stdio::piped()).spawn().unwrap(),
        );
        let mut out = BufReader::with_capacity(256, export.0.stdout.take().unwrap());
        // The first rows are there, and the pipe is too small for the others: the export has begun and waits.
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        out.read_line(&mut first).unwrap();
        // Now every post changes, and more come, with a column that was not there.
        let mut changed = many(2);
        for (number, post) in changed.iter_mut().enumerate() {
            post.attributes.insert("late".into(), number.to_string());
        }
        changed.push(post("more", "version2 of one more"));
        put(&data, changed, None);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert!(export.0.wait().unwrap().success());
        let all = first + &rest;
        assert_eq!(all.matches("version1 of the").count(), 3000, "{format}");
        assert_eq!(all.matches("version2").count(), 0, "{format}");
        let _ = fs::remove_dir_all(&data);
        put(&data, many(1), None);
    }
}

#[test]
fn a_file_is_whole_or_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let out = folder.path().join("out.csv");
    fs::write(&out, "as it was").unwrap();
    let out_text = out.to_str().unwrap();
    let said = fail(&data, &["export", "(", "-o", out_text]);
    assert!(said.contains("position 1"), "{said}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "as it was");
    run(&data, &["export", "-o", out_text, "--format", "csv"]);
    assert_eq!(fs::read_to_string(&out).unwrap().lines().next().unwrap().split(',').next(), Some("id"));
    // Nothing is left beside it.
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let said = fail(&data, &["export", "-o", "/nowhere/out.csv"]);
    assert!(said.contains("could not write /nowhere/out.csv"), "{said}");
    let said = fail(&data, &["export", "-o", folder.path().to_str().unwrap()]);
    assert!(said.contains("could not write"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_device_is_written_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let folder = tempfile::tempdir().unwrap();
    let data = filled(folder.path());
    let fifo = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut export =
        Running(grouse(&data).args(["export", "-o"]).arg(&fifo).stderr(Stdio::piped()).spawn().unwrap());
    let read = fs::read_to_string(&fifo).unwrap();
    assert_eq!(read.lines().count(), 7);
    assert!(export.0.wait().unwrap().success());
    assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo());
}

#[test]
fn who_reads_only_the_beginning_gets_no_complaint() {
    let posts = (0..3000).map(|number| post(&number.to_string(), &"some text ".repeat(20)));
    let (folder, _store) = store_of(posts.collect(), None);
    let data = folder.path();
    for arguments in [
        vec!["export"],
        vec!["export", "--format", "csv"],
        vec!["search", "-n", "1000"],
        vec!["search", "--json", "-n", "1000"],
    ] {
        let mut child = Running(
            grouse(data).args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap(),
        );
        let mut out = child.0.stdout.take().unwrap();
        let mut first = [0; 1];
        out.read_exact(&mut first).unwrap();
        drop(out);
        let mut said = String::new();
        child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.0.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{arguments:?}");
    }
    // The same at the end of a long pipe of other programs, as people type it.
    let output = std::process::Command::new("sh")
        .args(["-c", "\"$0\" export | head -n 1 | cut -c 1-4", env!("CARGO_BIN_EXE_grouse")])
        .env("GROUSE_DATA", data)
        .output()
        .unwrap();
    assert_eq!((errors(&output).as_str(), output.stdout.as_slice()), ("", b"{\"id\n".as_slice()));
}
