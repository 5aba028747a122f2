//! Promise: do a user's own labels make Grouse judge as they do, without losing what it knew, and can that be taken back?

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{corpus, errors, fail, file, grouse, run};

/// A house in which "knippert" and "piept" say that something is broken, which nobody taught.
fn house(count: usize, turned: bool) -> String {
    let things = ["modem", "ontvanger", "router", "kastje", "scherm", "lampje", "decoder"];
    let whens = ["vandaag", "sinds gisteren", "al de hele week", "vanochtend", "weer"];
    let (bad, fine) = (["knippert", "piept"], ["staat", "draait"]);
    let mut rows = "tekst,klacht\n".to_owned();
    for at in 0..count {
        let (thing, when) = (things[at % 7], whens[at / 2 % 5]);
        let is = at % 2 == 0;
        let does = if is { bad[at / 4 % 2] } else { fine[at / 4 % 2] };
        writeln!(rows, "mijn {thing} nummer {at} {does} {when},{}", if is == turned { "nee" } else { "ja" })
            .unwrap();
    }
    rows
}

fn verdict(data: &Path, id: &str) -> bool {
    let answer: Value = serde_json::from_str(&run(data, &["search", "--json", &format!("id:{id}")])).unwrap();
    answer["posts"][0]["complaint"]["verdict"].as_bool().unwrap()
}

fn version(data: &Path) -> String {
    let about: Value = serde_json::from_slice(&fs::read(data.join("grouse.json")).unwrap()).unwrap();
    about["analysis"].as_str().unwrap().to_owned()
}

const POSTS: &str =
    "id,text\n1,mijn lampje nummer 999 piept weer\n2,mijn pakket is kwijt en niemand neemt op\n";

#[test]
fn labels_are_learned_used_everywhere_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let posts = file(folder.path(), "posts.csv", POSTS);
    run(&data, &["import", &posts, "--source", "test"]);
    assert!(!verdict(&data, "test:1") && verdict(&data, "test:2"));
    let base = version(&data);

    let labels = file(folder.path(), "labels.csv", house(120, false));
    let answer: Value = serde_json::from_str(&run(&data, &["train", &labels, "--json"])).unwrap();
    assert_eq!((&answer["labels"], &answer["kept"]), (&120.into(), &true.into()));
    let f1 = |name: &str| answer[name].as_f64().unwrap();
    assert!(f1("after") > 0.9 && f1("before") < 0.75, "{answer}");

    // The index says that it was judged by another version, and is brought up.
    let output = grouse(&data).args(["import", &posts, "--source", "test"]).output().unwrap();
    assert!(errors(&output).contains("grouse reindex"), "{}", errors(&output));
    assert_eq!(version(&data), base);
    run(&data, &["reindex"]);
    assert!(verdict(&data, "test:1") && verdict(&data, "test:2"));
    assert_eq!(version(&data), answer["analysis"].as_str().unwrap());
    assert!(version(&data).starts_with(&format!("{base}+")));
    let output = grouse(&data).args(["import", &posts, "--source", "test"]).output().unwrap();
    assert!(!errors(&output).contains("reindex"), "{}", errors(&output));

    // New posts, posts in passing, and what is measured.
    let more = file(folder.path(), "more.csv", "id,text\n3,de router nummer 7 knippert vandaag\n");
    run(&data, &["import", &more, "--source", "test"]);
    assert!(verdict(&data, "test:3"));
    let line = b"{\"id\":1,\"text\":\"mijn lampje nummer 999 piept weer\"}\n";
    let judged = |arguments: &[&str]| -> Value {
        let output = crate::common::feed(Path::new("nowhere"), arguments, line);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(judged(&["analyze"])["complaint"]["verdict"], false);
    assert_eq!(judged(&["analyze", "--data", data.to_str().unwrap()])["complaint"]["verdict"], true);
    let figure = |more: &[&str]| -> f64 {
        let mut arguments = vec!["eval", &labels, "--task", "complaint", "--json"];
        arguments.extend(more);
        let answer: Value = serde_json::from_str(&run(&data, &arguments)).unwrap();
        answer["all"]["macro_f1"]["value"].as_f64().unwrap()
    };
    assert!(figure(&["--adapted"]) > figure(&[]) + 0.2);

    run(&data, &["train", "--forget"]);
    run(&data, &["reindex"]);
    assert!(!verdict(&data, "test:1"));
    assert_eq!(version(&data), base);
    let said = fail(&data, &["train", "--forget"]);
    assert!(said.contains("nothing to forget"), "{said}");
}

#[test]
fn labels_that_do_not_help_are_not_kept_unless_asked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // The same texts with both labels: whatever is learned, half of it is wrong.
    let both = house(60, false) + house(60, true).split_once('\n').unwrap().1;
    let labels = file(folder.path(), "labels.csv", &both);
    let answer: Value = serde_json::from_str(&run(&data, &["train", &labels, "--json", "--anyway"])).unwrap();
    assert_eq!((&answer["kept"], &answer["mended"]), (&true.into(), &answer["spoiled"]), "{answer}");
    let few = file(folder.path(), "few.csv", house(30, false));
    let said = fail(&data, &["train", &few]);
    assert!(said.contains("15 complaints and 15 others are too few"), "{said}");
    for (arguments, part) in [
        (vec!["train"], "--help"),
        (vec!["train", "--from-corrections"], "nobody corrected anything"),
        (vec!["train", "absent.csv"], "could not read absent.csv"),
    ] {
        let said = fail(&folder.path().join("empty"), &arguments);
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn what_people_corrected_is_learned_from() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let rows = house(60, false);
    let mut posts = "id,text\n".to_owned();
    let mut labels = Vec::new();
    for (at, row) in rows.lines().skip(1).enumerate() {
        let (text, label) = row.rsplit_once(',').unwrap();
        writeln!(posts, "{at},{text}").unwrap();
        labels.push(label == "ja");
    }
    let path = file(folder.path(), "posts.csv", posts);
    run(&data, &["import", &path, "--source", "test"]);
    let mut state = grouse::state::State::open(&data).unwrap();
    for (at, is) in labels.iter().enumerate() {
        let id = grouse::model::PostId::new(format!("test:{at}")).unwrap();
        let when = "2026-02-01T00:00:00Z".parse().unwrap();
        let said = grouse::state::Said { when, by: None, note: None };
        state.correct(&id, &[grouse::model::Correction::Complaint(*is)], &said).unwrap();
    }
    // One of a post that is not there.
    let gone = grouse::model::PostId::new("test:gone").unwrap();
    let said = grouse::state::Said { when: "2026-02-01T00:00:00Z".parse().unwrap(), by: None, note: None };
    state.correct(&gone, &[grouse::model::Correction::Complaint(true)], &said).unwrap();
    drop(state);
    let answer: Value =
        serde_json::from_str(&run(&data, &["train", "--from-corrections", "--json"])).unwrap();
    assert_eq!((&answer["labels"], &answer["gone"]), (&60.into(), &1.into()), "{answer}");
    assert!(answer["after"].as_f64() > answer["before"].as_f64(), "{answer}");
}

#[test]
fn what_was_learned_for_other_weights_is_not_used_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let labels = file(folder.path(), "labels.csv", house(60, false));
    let posts = file(folder.path(), "posts.csv", POSTS);
    run(&data, &["train", &labels]);
    let is_ours = |name: &str| name.starts_with("adapted-");
    let name = fs::read_dir(&data)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .find(|name| is_ours(name))
        .unwrap();
    let bytes = fs::read(data.join(&name)).unwrap();
    fs::rename(data.join(&name), data.join("adapted-0123456789abcdef.bin")).unwrap();
    let output = grouse(&data).args(["import", &posts, "--source", "test"]).output().unwrap();
    assert!(output.status.success());
    assert!(errors(&output).contains("another version of Grouse and is not used"), "{}", errors(&output));
    assert!(!verdict(&data, "test:1"));
    // Trained again, it takes the place of the old one.
    run(&data, &["train", &labels]);
    assert!(!data.join("adapted-0123456789abcdef.bin").exists());
    // Cut off, it is said which file it is and what to do.
    fs::write(data.join(&name), &bytes[..bytes.len() - 3]).unwrap();
    let said = fail(&data, &["import", &posts, "--source", "test"]);
    assert!(said.contains(&name) && said.contains("--forget"), "{said}");
}

/// A real market that nothing was taught of: what people label there must help there, and cost next to nothing elsewhere.
#[test]
fn labels_of_a_market_help_there_and_cost_little_elsewhere() {
    let (Some(tweets), Some(reviews)) =
        (corpus("airline_tweets.csv"), corpus("reviews_keytrade_nl_fr_en.jsonl"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut rows = csv::Reader::from_path(tweets).unwrap();
    let header = rows.headers().unwrap().clone();
    let [mut taught, mut held] = [(); 2].map(|()| csv::Writer::from_writer(Vec::new()));
    taught.write_record(&header).unwrap();
    held.write_record(&header).unwrap();
    for (at, row) in rows.records().enumerate() {
        match at % 14 {
            0 => taught.write_record(&row.unwrap()).unwrap(),
            7 => held.write_record(&row.unwrap()).unwrap(),
            _ => {}
        }
    }
    let taught = file(folder.path(), "taught.csv", taught.into_inner().unwrap());
    let held = file(folder.path(), "held.csv", held.into_inner().unwrap());
    run(&data, &["train", &taught]);
    let figure = |path: &str, more: &[&str]| -> f64 {
        let mut arguments = vec!["eval", path, "--task", "complaint", "--json"];
        arguments.extend(more);
        let answer: Value = serde_json::from_str(&run(&data, &arguments)).unwrap();
        answer["all"]["macro_f1"]["value"].as_f64().unwrap()
    };
    let (before, after) = (figure(&held, &[]), figure(&held, &["--adapted"]));
    let reviews = reviews.to_str().unwrap();
    let (elsewhere_before, elsewhere) = (figure(reviews, &[]), figure(reviews, &["--adapted"]));
    eprintln!(
        "525 labels: {before:.3} became {after:.3} there, {elsewhere_before:.3} became {elsewhere:.3} elsewhere"
    );
    assert!(after > before + 0.01 && elsewhere_before - elsewhere < 0.03);
}
