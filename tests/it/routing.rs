//! Promise: does each post go to the first department whose rule it answers, and does a rule mean what a question means?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use grouse::analysis::{Judged, Known, Router};
use grouse::model::{BrandId, Condition, Language, PostId, Query, Role, Route};
use grouse::store::{Record, attribute_term, pseudonym};
use grouse::text::Analyzer;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::Value;

use crate::common::{fail, file, grouse, run};
use crate::made::{market, query, records, some_words, store_of_records, zone};

/// The department that takes a record, by one rule.
fn taken(record: &Record, rule: &Query, zone: &TimeZone) -> bool {
    let market = market();
    let known = Known {
        brands: &|name: &str| market.find(name).into_iter().cloned().collect::<Vec<BrandId>>(),
        side: &|role: Role| market.on_side(role).cloned().collect(),
        pseudonym,
        attribute: attribute_term,
        time_zone: zone,
    };
    let router = Router::new(&[Route { department: "d".to_owned(), when: rule.clone() }], &known);
    let encoded =
        Analyzer::default().encode(record.post.title.as_deref(), &record.post.text, record.language);
    let judged = Judged {
        post: &record.post,
        encoded: &encoded,
        language: record.language,
        brands: &record.brands,
        mentions: &record.mentions,
        directed: &record.directed,
        is_masked: record.is_masked,
        is_corrected: !record.corrected.is_empty(),
        judgement: &record.judgement,
        case: record.case,
    };
    router.route(&judged).is_some()
}

proptest! {
    #![proptest_config(crate::tries::tries(30))]

    #[test]
    fn a_rule_takes_the_posts_that_the_question_finds(
        (mut records, queries) in some_words().prop_flat_map(|words| {
            (records(words.clone(), 30), prop::collection::vec(query(words), 12))
        }),
        zone in zone(),
    ) {
        // An index that holds every language stems a question in every language.
        for (at, language) in Language::ALL.into_iter().enumerate() {
            let Some(first) = records.first().cloned() else { break };
            let mut filler = Record { language, ..first };
            filler.post.id = PostId::from_parts(&filler.post.source, &format!("filler{at}"));
            records.push(filler);
        }
        let (_folder, store) = store_of_records(&records);
        let snapshot = store.snapshot().unwrap();
        for query in queries {
            // A rule that asks where a post goes is refused with its watchlist.
            if query.mentions(&|condition| matches!(condition, Condition::Route(_))) {
                continue;
            }
            let mut found = BTreeSet::new();
            snapshot.scan(&query, &zone, |record| found.insert(record.post.id.to_string())).unwrap();
            let taken: BTreeSet<String> = records
                .iter()
                .filter(|record| taken(record, &query, &zone))
                .map(|record| record.post.id.to_string())
                .collect();
            prop_assert_eq!(taken, found, "{}", query);
        }
    }
}

const POSTS: &str = "id,text,created\n\
    1,my parcel is lost,2026-01-01T10:00:00Z\n\
    2,lost again and my data leaked,2026-01-02T10:00:00Z\n\
    3,data leaked by Redlane,2026-01-03T10:00:00Z\n\
    4,thanks for everything,2026-01-03T10:00:00Z\n";

/// The demo's watchlist with other rules.
fn rules(folder: &Path, name: &str, rules: &[(&str, &str)]) -> String {
    let shipped = fs::read_to_string("queries/demo.toml").unwrap();
    let mut text = shipped.split("\n[[route]]").next().unwrap().to_owned();
    for (department, when) in rules {
        write!(text, "\n[[route]]\ndepartment = \"{department}\"\nwhen = '{when}'\n").unwrap();
    }
    file(folder, name, text)
}

fn routes(data: &Path) -> Vec<String> {
    let mut found: Vec<String> = run(data, &["export"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|post| format!("{} {}", post["id"].as_str().unwrap(), post["route"].as_str().unwrap_or("-")))
        .collect();
    found.sort();
    found
}

#[test]
fn rules_are_tried_applied_to_history_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let posts = file(folder.path(), "posts.csv", POSTS);
    let first = rules(folder.path(), "demo.toml", &[("Privacy", "leaked"), ("Lost and found", "lost")]);
    run(&data, &["import", &posts, "--watchlist", &first, "--source", "test"]);
    let expect = ["test:1 Lost and found", "test:2 Privacy", "test:3 Privacy", "test:4 -"];
    assert_eq!(routes(&data), expect);
    let other = rules(
        folder.path(),
        "other.toml",
        &[("Lost and found", "lost"), ("Privacy", "leaked"), ("Praise", "thanks")],
    );
    let tried: Value = serde_json::from_str(&run(&data, &["routes", "--try", &other, "--json"])).unwrap();
    assert_eq!((&tried["posts"], &tried["moved"], &tried["unrouted"]), (&4.into(), &2.into(), &0.into()));
    let moved: Vec<_> = tried["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moved| (moved["from"].as_str(), moved["to"].as_str(), moved["examples"][0]["id"].as_str()))
        .collect();
    assert_eq!(
        moved,
        [(None, Some("Praise"), Some("test:4")), (Some("Privacy"), Some("Lost and found"), Some("test:2"))]
    );
    assert_eq!(routes(&data), expect, "to try changes nothing");
    let said = |file: &str| {
        let output = grouse(&data).args(["routes", "--try", file]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&other).contains("in place of those of `demo`"), "{}", said(&other));
    assert_eq!(said(&first), "", "its own name needs no word");
    run(&data, &["routes", "--apply", &other]);
    let expect = ["test:1 Lost and found", "test:2 Lost and found", "test:3 Privacy", "test:4 Praise"];
    assert_eq!(routes(&data), expect);
    run(&data, &["reindex"]);
    assert_eq!(routes(&data), expect, "the rules are kept");
    assert!(run(&data, &["search", "route:\"lost and found\""]).starts_with("2 posts"));
    assert!(run(&data, &["search", "--", "-route:*"]).starts_with("0 posts"));
    let listed: Value = serde_json::from_str(&run(&data, &["routes", "--json"])).unwrap();
    assert_eq!(listed["departments"][0]["department"], "Lost and found");
    assert_eq!(listed["departments"][0]["posts"], 2);
}

#[test]
fn where_a_post_goes_follows_what_a_person_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let posts = file(folder.path(), "posts.csv", POSTS);
    let list = rules(folder.path(), "demo.toml", &[("Safety", "signal:safety")]);
    run(&data, &["import", &posts, "--watchlist", &list, "--source", "test"]);
    run(&data, &["correct", "test:4", "signal:safety=yes"]);
    assert!(run(&data, &["search", "route:safety"]).contains("test:4"));
    run(&data, &["correct", "test:4", "--undo"]);
    assert!(!run(&data, &["search", "route:safety"]).contains("test:4"));
}

#[test]
fn a_rule_that_is_wrong_is_said_with_its_line_and_what_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    for (list, expect) in [
        (vec![("A", "(lost")], "cannot be read"),
        (vec![("A", "*"), ("B", "lost")], "this rule is never reached: the one on line"),
        (vec![("A", "lost"), ("B", "lost")], "asks the same"),
        (vec![("A", "route:B")], "where a post goes cannot depend on where it goes"),
        (vec![("Web care", "lost"), ("web care", "found")], "write department = \"Web care\""),
    ] {
        let path = rules(folder.path(), "demo.toml", &list);
        let output = grouse(folder.path()).args(["check", &path]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            !output.status.success() && said.contains(expect) && said.contains("line "),
            "{list:?}: {said}"
        );
        assert_eq!(said.lines().filter(|line| !line.contains("warning")).count(), 1, "{said}");
    }
    let path = rules(folder.path(), "demo.toml", &[("A", "lost")]);
    let said = fail(&folder.path().join("none"), &["routes", "--try", &path]);
    assert!(said.contains("there is no index"), "{said}");
}
