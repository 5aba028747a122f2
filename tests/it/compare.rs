//! Promise: brands are compared at equal size, each number opens the posts that it counts, and HTTP says what the terminal says.

use std::path::Path;

use grouse::api::{Filters, SearchAsked, search};
use grouse::model::{Change, Findings, Language, Meaning, Phrase, ProblemId, Signature};
use grouse::state::{Happened, State};
use grouse::store::Store;
use serde_json::{Value, json};

use crate::common::{post, put, run};
use crate::http::Server;

fn listed(store: &Store, query: &Value) -> u64 {
    let filters = Filters { q: query.as_str().unwrap().to_owned(), ..Filters::default() };
    let asked = SearchAsked { filters, limit: 0, ..SearchAsked::default() };
    search(store, &asked).unwrap().total as u64
}

fn compared(data: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&run(data, &[&["compare", "--json"], more].concat())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_comparison_lists_the_posts_that_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["demo", "--only-make"]);
    let data = folder.path().join("demo");
    let store = Store::open(&data).unwrap();
    let server = Server::start_with(&data, &[]);
    for (flags, address) in [(vec![], "/v1/compare"), (vec!["--lang", "nl"], "/v1/compare?lang=nl")] {
        let answer = compared(&data, &flags);
        assert_eq!(server.json(address).await, answer);
        let (brands, problems) =
            (answer["brands"].as_array().unwrap(), answer["problems"].as_array().unwrap());
        assert!(brands.len() > 1 && problems.len() > 1, "{answer}");
        for brand in brands {
            for of in ["mentions", "posts", "per_1000_mentions"] {
                assert_eq!(brand[of]["count"], listed(&store, &brand[of]["query"]), "{brand}");
            }
        }
        for at in problems.iter().flat_map(|problem| problem["brands"].as_array().unwrap()) {
            assert_eq!(at["count"], listed(&store, &at["query"]), "{at}");
            assert!(
                at["low"].as_f64() <= at["share"].as_f64() && at["share"].as_f64() <= at["high"].as_f64()
            );
            let (own, others) = (at["share"].as_f64(), at["others_share"].as_f64());
            let is_sure = at["corrected"].as_f64().unwrap() <= 0.05;
            match at["direction"].as_str().unwrap() {
                "higher" => assert!(is_sure && own > others, "{at}"),
                "lower" => assert!(is_sure && own < others, "{at}"),
                _ => assert!(!is_sure, "{at}"),
            }
        }
        let day = |name: &str| answer["period"][name].as_str().unwrap();
        let changed = problems.iter().flat_map(|problem| problem["brands"].as_array().unwrap());
        for at in changed.filter(|at| at["goes"] != "steady" || at["count"].as_u64() > Some(30)) {
            let mut filters = Filters {
                q: at["query"].as_str().unwrap().to_owned(),
                since: Some(day("from").to_owned()),
                until: Some(day("to").to_owned()),
                ..Filters::default()
            };
            let found = |filters: Filters| {
                search(&store, &SearchAsked { filters, ..SearchAsked::default() }).unwrap().total
            };
            assert_eq!(at["change"]["count"], found(filters.clone()), "{at}");
            filters.since = Some(day("before").to_owned());
            let both = at["change"]["count"].as_u64().unwrap() + at["change"]["before"].as_u64().unwrap();
            assert_eq!(both, found(filters), "{at}");
        }
        for weak in answer["weak"].as_array().unwrap() {
            for side in ["ours", "theirs"] {
                assert_eq!(weak[side]["count"], listed(&store, &weak[side]["query"]), "{weak}");
            }
            assert!(weak["ours"]["share"].as_f64() < weak["theirs"]["share"].as_f64(), "{weak}");
        }
    }
    check_page(&server).await;
    let said = run(&data, &["compare"]);
    assert!(said.contains("of 1,000 mentions") && said.contains("than at the others"), "{said}");
    assert!(run(&data, &["compare", "--complaint=no"]).contains("of 100 posts"));
}

/// Of the English complaints about either, three of ten are of late parcels; of all, six of 22 and three of 50.
#[test]
fn a_brand_whose_customers_write_another_language_is_not_without_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let mut posts = Vec::new();
    let mut add = |brand: &str, text: &str, times: usize| {
        for _ in 0..times {
            let mut post = post(&posts.len().to_string(), text);
            post.about = vec![brand.to_owned()];
            posts.push(post);
        }
    };
    let (late, rude) = ("my parcel is late again, terrible", "they are terrible, so rude and useless");
    let dutch = "wat een waardeloze klantenservice, ik word hier echt boos van";
    for (brand, times) in [("Alpha", [60, 140, 20]), ("Beta", [30, 70, 400])] {
        for (text, times) in [late, rude, dutch].into_iter().zip(times) {
            add(brand, text, times);
        }
    }
    put(folder.path(), posts, None);
    keep_late(folder.path());
    let answer = compared(folder.path(), &[]);
    assert_eq!(answer["problems"][0]["languages"], json!(["en"]));
    for (at, (count, of)) in
        answer["problems"][0]["brands"].as_array().unwrap().iter().zip([(30, 100), (60, 200)])
    {
        assert_eq!(
            (&at["count"], &at["of"], &at["direction"]),
            (&json!(count), &json!(of), &json!("alike")),
            "{at}"
        );
        assert!((at["others_share"].as_f64().unwrap() - 30.0).abs() < 1e-9, "{at}");
    }
    assert_eq!(
        answer["brands"][0]["languages"][0],
        json!({"lang": "nl", "count": 400, "query": "complaint:yes -kind:response brand:beta lang:nl"})
    );
}

/// The page says what the API says, and each number on it lists its posts.
async fn check_page(server: &Server) {
    for filters in ["", "?since=2026-09-01&lang=nl"] {
        let answer = server.json(&format!("/v1/compare{filters}")).await;
        let html = server.get(&format!("/compare{filters}")).await.text().await.unwrap();
        assert!(html.contains("aria-current=\"page\">Compare</a>"), "{html}");
        let cells: Vec<&str> = html.split("<td class=\"").skip(1).collect();
        let expected: Vec<&Value> = answer["problems"]
            .as_array()
            .unwrap()
            .iter()
            .take(40)
            .flat_map(|problem| problem["brands"].as_array().unwrap())
            .collect();
        assert_eq!(cells.len(), expected.len());
        for (cell, at) in cells.iter().zip(&expected) {
            let cell = cell.replace(',', "");
            assert!(cell.starts_with(at["direction"].as_str().unwrap()), "{cell}");
            assert!(cell.contains(&format!(": {} of {} complaints", at["count"], at["of"])), "{cell}");
        }
        let weak = answer["weak"].as_array().unwrap().len();
        assert_eq!(html.matches("about competitors").count(), weak.min(10));
        assert!(filters.is_empty() || !html.contains("in Dutch about competitors"), "all is in one language");
        for (cell, at) in cells.iter().zip(&expected).step_by(37) {
            let href = cell.split("href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
            let listed = server.json(&href.replacen("/?", "/v1/search?limit=0&", 1)).await;
            assert_eq!(listed["total"], at["count"], "{href}");
        }
    }
    let html = server.get("/compare?since=2026-09-09&until=2026-09-01").await;
    assert_eq!(html.status(), 400);
    assert!(html.text().await.unwrap().contains("role=\"alert\""));
}

/// By hand: 210 complaints are about Alpha, 20 of them of late parcels, and 200 about Beta, 90 of them; ten are about both.
#[test]
fn brands_are_set_against_what_is_not_about_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut posts = Vec::new();
    let mut add = |brands: &[&str], is_late: bool, times: usize| {
        for _ in 0..times {
            let text =
                if is_late { "my parcel is late again, terrible" } else { "terrible, so rude and useless" };
            let mut post = post(&posts.len().to_string(), text);
            post.about = brands.iter().map(|brand| (*brand).to_owned()).collect();
            posts.push(post);
        }
    };
    add(&["Alpha"], true, 10);
    add(&["Alpha"], false, 190);
    add(&["Beta"], true, 80);
    add(&["Beta"], false, 110);
    add(&["Alpha", "Beta"], true, 10);
    add(&["Tiny"], false, 8);
    // Beta's late parcels are all of the second week, and so are half of all posts.
    let number = posts.len();
    for (at, post) in posts.iter_mut().enumerate() {
        let is_last = (200..280).contains(&at) || at % 2 == 1;
        let when = if is_last { "2026-01-12T10:00:00Z" } else { "2026-01-05T10:00:00Z" };
        post.created = Some(when.parse().unwrap());
    }
    assert_eq!(number, 408);
    put(folder.path(), posts, None);
    keep_late(folder.path());
    let answer = compared(folder.path(), &[]);
    let cell = |answer: &Value, brand: &str| {
        let cells = answer["problems"][0]["brands"].as_array().unwrap().iter();
        cells.clone().find(|at| at["id"] == brand).unwrap().clone()
    };
    for (brand, count, of, others, direction) in [
        // Of the 198 that are not about Alpha, 80 are late.
        ("alpha", 20, 210, 80.0 / 198.0, "lower"),
        ("beta", 90, 200, 10.0 / 208.0, "higher"),
        // None of its eight is late, which is not the best of all.
        ("tiny", 0, 8, 100.0 / 400.0, "unsure"),
    ] {
        let at = cell(&answer, brand);
        assert_eq!((&at["count"], &at["direction"]), (&json!(count), &json!(direction)), "{at}");
        assert!(
            (at["share"].as_f64().unwrap() - 100.0 * f64::from(count) / f64::from(of)).abs() < 1e-9,
            "{at}"
        );
        assert!((at["others_share"].as_f64().unwrap() - 100.0 * others).abs() < 1e-9, "{at}");
    }
    let change = &cell(&answer, "beta");
    // The ten that are about both came half and half.
    assert_eq!(
        (&change["goes"], &change["change"]["count"], &change["change"]["before"]),
        (&json!("rising"), &json!(85), &json!(5))
    );
    assert_eq!((&cell(&answer, "alpha")["goes"], &answer["period"]["days"]), (&json!("steady"), &json!(4)));
    assert!(answer["weak"].is_null(), "nobody said which brand is ours");
    let said = run(folder.path(), &["compare"]);
    assert!(said.contains("0.0 ?") && said.contains("too few posts to tell"), "{said}");
    // Two that are chosen are compared with one another, and one with all others.
    let two = compared(folder.path(), &["--brand", "Alpha", "--brand", "tiny"]);
    assert_eq!(two["brands"].as_array().unwrap().len(), 2);
    assert!((cell(&two, "tiny")["others_share"].as_f64().unwrap() - 100.0 * 20.0 / 210.0).abs() < 1e-9);
    let one = compared(folder.path(), &["--brand", "Beta"]);
    assert_eq!(one["brands"].as_array().unwrap().len(), 1);
    for name in ["count", "share", "others_share", "chance"] {
        assert_eq!(cell(&one, "beta")[name], cell(&answer, "beta")[name]);
    }
    assert_eq!(one["more_brands"], 2);
}

fn keep_late(folder: &Path) {
    let term = |stem: &str| (Phrase { first: stem.to_owned(), second: None }, 6000);
    let late = Happened {
        problem: ProblemId::new("late").unwrap(),
        change: Change::Found(Findings {
            name: "parcel is late".to_owned(),
            signature: Signature { language: Language::English, terms: vec![term("parcel"), term("late")] },
            meaning: Meaning::Complaint,
            theme: None,
        }),
        reason: None,
    };
    State::open(folder).unwrap().decide(&[late], "2026-11-01T00:00:00Z".parse().unwrap(), None).unwrap();
}

#[test]
fn without_a_ledger_one_line_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), vec![post("1", "my parcel is late again, terrible")], None);
    let said = run(folder.path(), &["compare"]);
    assert!(said.lines().count() == 1 && said.contains("`grouse discover --keep`"), "{said}");
}
