//! Promise: does `grouse demo` make a market to look at, say that it is made up, and start at once the next time?

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use serde_json::Value;

use crate::common::{Running, errors, fail, file, grouse, run, until};

/// Every file below `folder`, with its length and when it was written.
fn files(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let about = path.metadata().unwrap();
            if about.is_dir() {
                folders.push(path);
            } else {
                found.insert(path, (about.len(), about.modified().unwrap()));
            }
        }
    }
    found
}

fn ask(data: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&run(data, arguments)).unwrap()
}

#[test]
fn the_demo_is_made_once_and_says_that_it_is_fictional() {
    let folder = tempfile::tempdir().unwrap();
    let make = || {
        let begun = Instant::now();
        let output = grouse(folder.path()).args(["demo", "--only-make"]).output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert!(output.stdout.is_empty());
        let said = errors(&output);
        assert!(said.contains("none of it is real"), "{said}");
        begun.elapsed()
    };
    let first = make();
    let demo = folder.path().join("demo");
    let (before, all) = (files(&demo), ask(&demo, &["search", "--json", "-n", "5"]));
    let total = all["total"].as_u64().unwrap();
    assert!((7000..9000).contains(&total), "{total} posts");
    let second = make();
    assert!(second * 3 < first, "made in {first:?}, then started in {second:?}");
    assert_eq!(files(&demo), before);
    assert_eq!(ask(&demo, &["search", "--json", "-n", "5"]), all);

    // It is worth looking at: both languages, several brands, ninety days, problems.
    let trend = ask(&demo, &["trends", "--by", "brand", "--json"]);
    let series = trend["series"].as_array().unwrap();
    assert!(series.len() >= 3, "{} brands", series.len());
    let days = trend["starts"].as_array().unwrap().len();
    assert!((85..=95).contains(&days), "{days} days");
    let languages = ask(&demo, &["trends", "--by", "language", "--json"]);
    let keys: Vec<&str> = languages["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| series["key"].as_str().unwrap())
        .collect();
    assert!(keys.contains(&"nl") && keys.contains(&"en"), "{keys:?}");
    let brand = series[0]["key"].as_str().unwrap();
    let problems = ask(&demo, &["problems", "--brand", brand, "--json"]);
    assert!(problems["problems"].as_array().unwrap().len() >= 5);
    let market = std::fs::read_to_string(demo.join("market.json")).unwrap();
    let market: Value = serde_json::from_str(&market).unwrap();
    assert_eq!(market["is_fictional"], true);
}

#[test]
fn the_demo_says_where_to_look_and_ends_when_told_even_while_it_is_made_on() {
    let folder = tempfile::tempdir().unwrap();
    // Killed while it is made, it is made on, not taken for whole.
    let mut half =
        Running(grouse(folder.path()).args(["demo", "--only-make"]).stderr(Stdio::null()).spawn().unwrap());
    let begun = folder.path().join("demo/demo.txt");
    until(20, "the demo being begun", || begun.exists().then_some(()));
    half.0.kill().unwrap();
    half.0.wait().unwrap();
    let mut demo = Running(
        grouse(folder.path())
            .args(["demo", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let mut lines = BufReader::new(demo.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let look =
        lines.find(|line| line.starts_with("Grouse is at http://127.0.0.1:")).expect("a place to look");
    assert!(look.ends_with("(stop it with Ctrl-C)"), "{look}");
    let total = ask(&folder.path().join("demo"), &["search", "--json", "-n", "0"])["total"].as_u64().unwrap();
    assert!(total > 7000, "{total} posts");
    let told = Command::new("kill").args(["-INT", &demo.0.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(demo.0.wait().unwrap().code(), Some(0));
}

#[test]
fn the_answers_in_the_readme_are_the_real_ones() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let folder = tempfile::tempdir().unwrap();
    make_demo(folder.path());
    let mut asked = Vec::new();
    for block in readme.split("```console\n$ grouse ").skip(1) {
        let (shown, _) = block.split_once("```").expect("the end of the answer");
        let (question, shown) = shown.split_once('\n').unwrap();
        let question = question.strip_suffix(" --data index/data/demo").expect("a question to the demo");
        let arguments: Vec<&str> = question.split(' ').collect();
        let answer = run(&folder.path().join("demo"), &arguments);
        // What is left out of a long answer is marked.
        let (start, end) = shown.split_once("…\n").unwrap_or((shown, ""));
        assert!(answer.starts_with(start) && answer.ends_with(end), "{question}\n{answer}");
        assert!(!end.is_empty() || answer == shown, "{question}\n{answer}");
        asked.push(arguments[0]);
    }
    assert_eq!(asked, ["problems", "responses", "prospects"]);
}

fn make_demo(data: &Path) {
    let output = grouse(data).args(["demo", "--only-make"]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
}

#[test]
fn what_the_demo_did_not_make_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "mine.csv", "id,text\n1,this one is mine\n");
    let demo = folder.path().join("demo");
    run(&demo, &["import", &path]);
    std::fs::write(demo.join("grouse.json"), "{\"format\": 99, \"stemmer\": \"x\", \"made_by\": \"9\"}")
        .unwrap();
    let before = files(&demo);
    let said = fail(folder.path(), &["demo", "--only-make"]);
    assert!(said.contains("did not make"), "{said}");
    assert_eq!(files(&demo), before);
}
