//! Promise: does every usual file go through, with each row taken in, named as rejected, or named as repeated?

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::common::{corpus, errors, fail, feed, file, grouse, run};

/// Imports and returns the report of the first file.
#[track_caller]
fn import(data: &Path, arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["import", "--json"].iter().chain(arguments).copied().collect();
    let reports: Value = serde_json::from_str(&run(data, &all)).unwrap();
    reports[0].clone()
}

/// All posts, one on a line, in an order of their own.
fn all_posts(data: &Path) -> Vec<String> {
    let mut lines: Vec<String> = run(data, &["export"]).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The number of posts that answer a question.
fn found(data: &Path, question: &[&str]) -> u64 {
    let all: Vec<&str> = ["search", "--json", "-n", "0"].iter().chain(question).copied().collect();
    let answer: Value = serde_json::from_str(&run(data, &all)).unwrap();
    answer["total"].as_u64().unwrap()
}

const COMMA: &str = "id,text,created,author,state\r\n\
    1,\"Café € dicht,\nal twee keer \"\"even weg\"\"\",2026-01-01T10:00:00Z,anna,NL\r\n\
    2,My parcel is lost,2026-01-02T10:00:00Z,bob,DE\r\n";

const ROWS: [[&str; 5]; 2] = [
    ["1", "Café € dicht,\nal twee keer \"even weg\"", "2026-01-01T10:00:00Z", "anna", "NL"],
    ["2", "My parcel is lost", "2026-01-02T10:00:00Z", "bob", "DE"],
];

/// The same two posts in every form that is read.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    };
    let windows: Vec<u8> = COMMA
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            c => u8::try_from(u32::from(c)).unwrap(),
        })
        .collect();
    let names = ["id", "text", "created", "author", "state"];
    let objects: Vec<String> = ROWS
        .iter()
        .map(|row| {
            let pairs = names.iter().zip(row).map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
            Value::Object(pairs.collect()).to_string()
        })
        .collect();
    let lines = objects.join("\n");
    let array = format!("[\n  {}\n]", objects.join(",\n  "));
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    let mark = |text: &str| format!("\u{feff}{text}");
    vec![
        ("comma.csv", COMMA.into()),
        ("mark.csv", mark(COMMA).into_bytes()),
        ("unix.csv", COMMA.replace("\r\n", "\n").into_bytes()),
        ("no-last-line-end.csv", COMMA.trim_end().into()),
        (
            "semicolon.csv",
            COMMA
                .replace("text,", "text;")
                .replace(['\r'], "")
                .replacen("id,", "id;", 1)
                .replace("created,author,state", "created;author;state")
                .replace("1,\"", "1;\"")
                .replace("\",2026", "\";2026")
                .replace("Z,anna,", "Z;anna;")
                .replace("2,My parcel is lost,", "2;My parcel is lost;")
                .replace("Z,bob,", "Z;bob;")
                .into_bytes(),
        ),
        (
            "tabs.tsv",
            COMMA
                .replace("id,text,created,author,state", "id\ttext\tcreated\tauthor\tstate")
                .replace("1,\"", "1\t\"")
                .replace("\",2026", "\"\t2026")
                .replace("Z,anna,", "Z\tanna\t")
                .replace("2,My parcel is lost,", "2\tMy parcel is lost\t")
                .replace("Z,bob,", "Z\tbob\t")
                .into_bytes(),
        ),
        ("windows.csv", windows),
        ("little.csv", utf16(&mark(COMMA), true)),
        ("big.csv", utf16(&mark(COMMA), false)),
        ("lines.ndjson", lines.clone().into_bytes()),
        ("lines.jsonl", mark(&lines).into_bytes()),
        ("array.json", array.clone().into_bytes()),
        ("lines.ndjson.gz", gzip(lines.as_bytes())),
        ("comma.csv.gz", gzip(COMMA.as_bytes())),
        ("named-as-if-plain.csv", gzip(COMMA.as_bytes())),
        ("two-members.csv.gz", {
            let (first, second) = COMMA.split_at(9);
            [gzip(first.as_bytes()), gzip(second.as_bytes())].concat()
        }),
        ("array.json.zst", zstd(array.as_bytes())),
        ("comma.csv.zst", zstd(COMMA.as_bytes())),
        ("wide.csv.zst", zstd(&utf16(&mark(COMMA), true))),
    ]
}

#[test]
fn the_same_posts_in_every_form_are_the_same_posts() {
    let folder = tempfile::tempdir().unwrap();
    let mut expect: Option<Vec<String>> = None;
    for (name, content) in forms() {
        let path = file(folder.path(), name, content);
        let data = folder.path().join("data").join(name);
        let report = import(&data, &[&path, "--source", "test"]);
        assert_eq!((report["rows"].as_u64(), report["rejected"].as_u64()), (Some(2), Some(0)), "{name}");
        let posts = all_posts(&data);
        let first = posts.iter().find(|line| line.contains("test:1")).unwrap();
        let post: Value = serde_json::from_str(first).unwrap();
        assert_eq!(post["text"], ROWS[0][1], "{name}");
        assert_eq!(post["attributes"]["state"], "NL", "{name}");
        assert_eq!(&posts, expect.get_or_insert_with(|| posts.clone()), "{name}");
    }
}

#[test]
fn standard_input_is_a_file_like_others() {
    let data = tempfile::tempdir().unwrap();
    for (name, content) in forms().iter().filter(|(name, _)| name.contains("comma") || name.contains("array"))
    {
        let output = feed(data.path(), &["import", "-", "--source", "test", "--json"], content);
        assert!(output.status.success(), "{name}: {}", errors(&output));
    }
    assert_eq!(found(data.path(), &["id:test:2"]), 1);
    assert_eq!(all_posts(data.path()).len(), 2);
    let output = feed(data.path(), &["import", "-"], b"");
    assert!(!output.status.success());
    assert!(errors(&output).contains("standard input"), "{}", errors(&output));
}

#[test]
fn what_the_command_line_says_of_a_file_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "odd.csv",
        "nr,what,when,brand,extra\n7,Nothing works here,2026-03-01,Pigeon,x\n8,It is late again,2026-03-02,Swift,y\n",
    );
    let data = folder.path().join("data");
    let report = import(
        &data,
        &[
            &path,
            "--map",
            "text=what",
            "--map",
            "id=1",
            "--map",
            "created=when",
            "--map",
            "skip=extra",
            "--brand",
            "Blue Post",
            "--source",
            "Our Forum",
        ],
    );
    assert_eq!(report["source"], "our-forum");
    assert_eq!(report["brands"], serde_json::json!({"blue-post": 2}));
    let post: Value = serde_json::from_str(&all_posts(&data)[0]).unwrap();
    assert_eq!(post["id"], "our-forum:7");
    assert_eq!(post["brands"], serde_json::json!(["blue-post"]));
    assert_eq!(post["created"], "2026-03-01T00:00:00Z");
    // The column of brands has become an attribute, and the one that was to be skipped is nowhere.
    assert_eq!(post["attributes"], serde_json::json!({"brand": "Pigeon"}));
    assert_eq!(found(&data, &["--brand", "Blue Post"]), 2);
}

#[test]
fn a_preset_is_found_by_its_columns_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let content = "Date received,Product,Issue,Consumer complaint narrative,Company,State,Complaint ID\n\
        02/14/19,Mortgage,Fees,They charged me twice and nobody answers,ACME BANK,CA,77\n";
    let path = file(folder.path(), "complaints.csv", content);
    for (name, arguments) in [("found", vec![path.as_str()]), ("named", vec![&path, "--preset", "cfpb"])] {
        let data = folder.path().join(name);
        let report = import(&data, &arguments);
        assert_eq!(
            (report["source"].as_str(), report["rejected"].as_u64()),
            (Some("cfpb"), Some(0)),
            "{name}"
        );
        let post: Value = serde_json::from_str(&all_posts(&data)[0]).unwrap();
        assert_eq!(post["id"], "cfpb:77");
        assert_eq!(post["created"], "2019-02-14T00:00:00Z");
        assert_eq!(found(&data, &["attr.product:mortgage"]), 1);
    }
    let other = file(folder.path(), "other.csv", COMMA);
    let output =
        grouse(folder.path()).args(["import", &other, "--preset", "cfpb", "--dry-run"]).output().unwrap();
    let said = errors(&output);
    assert!(said.contains("not all columns of `cfpb` are there"), "{said}");
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "comma.csv", COMMA);
    let data = folder.path().join("data");
    let output = grouse(&data).args(["import", &path, "--dry-run"]).output().unwrap();
    assert!(output.status.success());
    let said = errors(&output).replace(&path, "comma.csv");
    insta::assert_snapshot!(said, @"
    comma.csv: CSV, UTF-8
      source   comma
      id       <- id
      text     <- text
      created  <- created (year-month-day)
      author   <- author
      kept as  state
    ");
    assert!(!data.exists());
}

#[test]
fn a_column_without_a_field_is_kept_filtered_and_returned() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "states.csv",
        "id,text,State Name,Timely response?\n1,Nobody answers the phone,New York,Yes\n2,Nobody answers my mail,CA,No\n",
    );
    import(folder.path(), &[&path]);
    let names = run(folder.path(), &["export", "--format", "csv"]);
    let head = names.lines().next().unwrap();
    assert!(head.ends_with("attr.state name,attr.timely response?"), "{head}");
    for (question, count) in [
        (vec!["attr.\"State Name\":\"New York\""], 1),
        (vec!["attr.\"state name\":\"new york\""], 1),
        (vec!["attr.\"timely response?\":yes"], 1),
        (vec!["attr.\"timely response?\":*"], 2),
        (vec!["attr.nothing:*"], 0),
        (vec!["--attr", "timely response?=No"], 1),
        (vec!["--attr", "State Name=CA", "nobody"], 1),
    ] {
        assert_eq!(found(folder.path(), &question), count, "{question:?}");
    }
    let answer: Value =
        serde_json::from_str(&run(folder.path(), &["search", "attr.\"state name\":CA", "--json"])).unwrap();
    assert_eq!(
        answer["posts"][0]["attributes"],
        serde_json::json!({"state name": "CA", "timely response?": "No"})
    );
}

#[test]
fn a_post_without_a_date_is_searched_and_in_no_trend() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "dates.csv",
        "id,text,created\n1,late again,2026-01-01\n2,late too,\n3,late as well,sometime\n4,late at last,2026-01-03\n",
    );
    let report = import(folder.path(), &[&path]);
    assert_eq!((report["new"].as_u64(), report["undated"].as_u64()), (Some(4), Some(2)));
    assert_eq!(found(folder.path(), &["late"]), 4);
    assert_eq!(found(folder.path(), &["late is:undated"]), 2);
    assert_eq!(found(folder.path(), &["late -is:undated"]), 2);
    let trend: Value = serde_json::from_str(&run(folder.path(), &["trends", "late", "--json"])).unwrap();
    assert_eq!((trend["total"].as_u64(), trend["undated"].as_u64()), (Some(4), Some(2)));
    let sum: u64 = trend["series"][0]["counts"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(sum, 2);
}

#[test]
fn a_broken_row_costs_itself_and_is_listed_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(
        folder.path(),
        "rows.csv",
        "id,text,created\n1,first here,2026-01-01\n2,only two\n3,\"third\nhere\",2026-01-01\n4,,2026-01-01\n5,fifth here,2026-01-01,too,many,cells\n6,sixth here,2026-01-01\n",
    );
    let lines = file(
        folder.path(),
        "rows.ndjson",
        "{\"id\":1,\"text\":\"first here\"}\n{\"id\":2,\"text\":\n[1,2]\n{\"id\":4}\n{\"id\":5,\"text\":\"fifth here\"}\n",
    );
    for (path, kept, rejected) in [(table, 4, vec![3, 7]), (lines, 3, vec![2, 3])] {
        let data = folder.path().join(format!("data-{kept}"));
        let report = import(&data, &[&path]);
        assert_eq!(report["new"], kept, "{report}");
        assert_eq!(report["rejected"], rejected.len(), "{report}");
        let list = report["rejects_file"].as_str().unwrap();
        let listed: Vec<(String, u64, String)> =
            csv::Reader::from_path(list).unwrap().deserialize().map(Result::unwrap).collect();
        assert_eq!(listed.iter().map(|row| row.1).collect::<Vec<_>>(), rejected, "{listed:?}");
        assert!(listed.iter().all(|row| row.0 == path && !row.2.is_empty()), "{listed:?}");
        assert_eq!(all_posts(&data).len(), kept);
        // What is listed is said on the terminal, too.
        let said = run(&folder.path().join("again"), &["import", &path]);
        assert!(said.contains(&format!("{} rejected", rejected.len())), "{said}");
        assert!(said.contains(&format!("line {}", rejected[0])), "{said}");
    }
}

#[test]
fn rows_that_share_an_id_are_named_and_the_last_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "twice.csv",
        "id,text\n1,as it was first\n2,another one\n1,as it was then\n1,as it is now\n2,another one\n",
    );
    let report = import(folder.path(), &[&path]);
    assert_eq!((report["new"].as_u64(), report["repeated"].as_u64()), (Some(2), Some(3)), "{report}");
    let named: Vec<(u64, String)> = serde_json::from_value(report["repeated_rows"].clone()).unwrap();
    assert_eq!(named.iter().map(|row| row.0).collect::<Vec<_>>(), [4, 5, 6]);
    assert!(named[0].1.ends_with(":1"), "{named:?}");
    assert_eq!(found(folder.path(), &["\"as it is now\""]), 1);
    assert_eq!(found(folder.path(), &["\"as it was\""]), 0);
    assert_eq!(all_posts(folder.path()).len(), 2);
}

#[test]
fn importing_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("id,text,created,author\n");
    for number in 0..1500 {
        writeln!(
            rows,
            "{},\"parcel {number} is late, call 0612345678\",2026-01-{:02},a{}",
            number % 1400,
            1 + number % 28,
            number % 7
        )
        .unwrap();
    }
    let path = file(folder.path(), "many.csv", rows);
    let data = folder.path().join("data");
    let first = import(&data, &[&path]);
    assert_eq!((first["new"].as_u64(), first["repeated"].as_u64()), (Some(1400), Some(100)));
    let ask = || {
        [
            run(&data, &["search", "late", "--json", "-n", "50"]),
            run(&data, &["trends", "--json"]),
            run(&data, &["problems", "--json"]),
            run(&data, &["export"]),
        ]
    };
    let before = ask();
    let again = import(&data, &[&path]);
    assert_eq!(
        (
            again["new"].as_u64(),
            again["changed"].as_u64(),
            again["unchanged"].as_u64(),
            again["repeated"].as_u64()
        ),
        (Some(0), Some(0), Some(1400), Some(100)),
        "{again}"
    );
    assert_eq!(ask(), before);
}

#[test]
fn a_name_that_is_not_known_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "comma.csv", COMMA);
    let numbers = file(folder.path(), "numbers.csv", "a,b\n1,2\n3,4\n");
    let empty = file(folder.path(), "empty.csv", "");
    let workbook = file(folder.path(), "book.xlsx", b"PK\x03\x04rest of a workbook");
    let data = folder.path().join("data");
    let here = folder.path().to_str().unwrap();
    for (arguments, says) in [
        (vec![path.as_str(), "--map", "text=nowhere"], "there is no column `nowhere`; columns: id, text"),
        (vec![&path, "--map", "words=text"], "`words` is not a field: use one of id, text"),
        (vec![&path, "--map", "text"], "write FIELD=COLUMN"),
        (vec![&path, "--preset", "tweets"], "`tweets` is not a preset: use one of airline-tweets"),
        (vec![&path, "--watchlist", "nobody"], "there is no watchlist `nobody`: give a file, or one of demo"),
        (vec![&path, "--watchlist", "nobody.toml"], "could not read nobody.toml"),
        (vec![&path, "--source", "!"], "a source has a letter or digit"),
        (vec![&numbers], "--map text=COLUMN"),
        (vec![&empty], "empty"),
        (vec![&workbook], "save the sheet as CSV"),
        (vec!["nowhere.csv"], "could not read nowhere.csv"),
        (vec![here], "is a folder: name the files in it"),
        (vec![&path, "nowhere.csv"], "could not read nowhere.csv"),
        (vec![], "FILES"),
    ] {
        let all: Vec<&str> = ["import"].iter().chain(&arguments).copied().collect();
        let said = fail(&data, &all);
        assert!(said.contains(says), "{said}\nshould say: {says}");
        assert!(!data.exists(), "{said}: something was written all the same");
    }
}

#[test]
fn each_of_several_files_keeps_its_list_of_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for name in ["a", "b"] {
        let place = folder.path().join(name);
        std::fs::create_dir(&place).unwrap();
        paths.push(file(&place, "rows.csv", format!("id,text,more\n{name}1,one here,x\n{name}2,cut\n")));
    }
    let data = folder.path().join("data");
    let reports: Value =
        serde_json::from_str(&run(&data, &["import", "--json", &paths[0], &paths[1]])).unwrap();
    let lists: Vec<&str> =
        reports.as_array().unwrap().iter().map(|report| report["rejects_file"].as_str().unwrap()).collect();
    assert_ne!(lists[0], lists[1]);
    for (list, path) in lists.iter().zip(&paths) {
        assert!(std::fs::read_to_string(list).unwrap().contains(path.as_str()));
    }
    let list = folder.path().join("all.csv");
    run(&data, &["import", &paths[0], &paths[1], "--rejects", list.to_str().unwrap()]);
    let listed = std::fs::read_to_string(&list).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let said = fail(&data, &["import", &paths[0], "--rejects", &paths[0]]);
    assert!(said.contains("would overwrite"), "{said}");
    assert!(std::fs::read_to_string(&paths[0]).unwrap().starts_with("id,text"));
}

#[test]
fn a_file_cannot_command_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "rows.csv",
        "id,text,a\u{1b}[31mb\n\u{1b}[2J1,one here,x\n\u{1b}[2J1,two here,x\n\u{1b}[2J,three\n",
    );
    let output = grouse(&folder.path().join("data")).args(["import", &path]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    for shown in [&output.stdout, &output.stderr] {
        assert!(!shown.contains(&0x1b), "{}", String::from_utf8_lossy(shown));
    }
    let said = fail(&folder.path().join("none"), &["import", &path, "--map", "text=c"]);
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn the_airline_tweets_go_through() {
    let Some(path) = corpus("airline_tweets.csv") else { return };
    let data = tempfile::tempdir().unwrap();
    let report = import(data.path(), &[path.to_str().unwrap(), "--watchlist", "us-airlines"]);
    assert_eq!(
        (report["rows"].as_u64(), report["rejected"].as_u64(), report["repeated"].as_u64()),
        (Some(7344), Some(0), Some(69)),
        "{report}"
    );
    assert_eq!(report["new"], 7344 - 69);
    // Each row is about one of the six; tweets that name another are about that one, too.
    assert_eq!(report["brands"].as_object().unwrap().len(), 6, "{}", report["brands"]);
    let list = std::fs::read_to_string(report["rejects_file"].as_str().unwrap()).unwrap();
    assert_eq!(list.lines().count(), 70);
}

#[test]
fn the_complaints_of_2019_go_through() {
    let Some(path) = corpus("cfpb_2019.csv") else { return };
    let data = tempfile::tempdir().unwrap();
    let report = import(data.path(), &[path.to_str().unwrap()]);
    assert_eq!(
        (report["rows"].as_u64(), report["rejected"].as_u64(), report["source"].as_str()),
        (Some(6623), Some(0), Some("cfpb")),
        "{report}"
    );
    assert_eq!(report["new"].as_u64().unwrap() + report["repeated"].as_u64().unwrap(), 6623);
    let answer: Value =
        serde_json::from_str(&run(data.path(), &["search", "--json", "-n", "100", "letter"])).unwrap();
    let texts = answer["posts"].as_array().unwrap();
    assert!(
        texts.iter().any(|post| post["text"].as_str().unwrap().contains('\n')),
        "no text has several lines"
    );
}

#[test]
fn the_support_threads_go_through_and_a_cut_last_row_is_the_one_reject() {
    let Some(path) = corpus("support_threads_twcs.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = import(&folder.path().join("whole"), &[path.to_str().unwrap()]);
    assert_eq!((report["rows"].as_u64(), report["rejected"].as_u64()), (Some(5000), Some(0)), "{report}");
    let whole = std::fs::read(&path).unwrap();
    // The middle of the last row's text: the row is open in a quote.
    let last = String::from_utf8_lossy(&whole[whole.len() - 60..]).into_owned();
    assert!(!last.trim_end().contains('\n'), "the last row is longer than what is cut: {last}");
    let cut = file(folder.path(), "cut.csv", &whole[..whole.len() - 60]);
    let report = import(&folder.path().join("cut"), &[&cut]);
    assert_eq!((report["rows"].as_u64(), report["rejected"].as_u64()), (Some(5000), Some(1)), "{report}");
}

#[test]
fn the_bank_reviews_go_through_in_three_languages() {
    let Some(path) = corpus("reviews_keytrade_nl_fr_en.jsonl") else { return };
    let data = tempfile::tempdir().unwrap();
    let report = import(data.path(), &[path.to_str().unwrap()]);
    assert_eq!((report["rows"].as_u64(), report["rejected"].as_u64()), (Some(523), Some(0)), "{report}");
    let languages = report["languages"].as_object().unwrap();
    for code in ["nl", "fr", "en"] {
        assert!(languages[code].as_u64().unwrap() > 40, "{languages:?}");
    }
    let these: u64 = ["nl", "fr", "en"].iter().map(|code| languages[*code].as_u64().unwrap()).sum();
    assert!(these >= 520, "{languages:?}");
}
