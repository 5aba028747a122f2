//! Promise: brands are compared at equal size, each number opens the posts that it counts, and HTTP says what the terminal says.

use std::path::Path;

use grouse::api::{Filters, SearchAsked, search};
use grouse::model::{Author, Change, Findings, Language, Meaning, Phrase, ProblemId, Signature};
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
    for per in ["post", "case", "author"] {
        check_list(&data, per);
    }
    check_page(&server).await;
    let said = run(&data, &["compare"]);
    assert!(said.contains("of 1,000 mentions") && said.contains("than at the others"), "{said}");
    assert!(run(&data, &["compare", "--complaint=no"]).contains("of 100 posts"));
}

/// The list of problems, and the page of each, say of a brand what the comparison says: one way to set brands against each other.
fn check_list(data: &Path, per: &str) {
    let answer = compared(data, &["--per", per]);
    let list: Value =
        serde_json::from_str(&run(data, &["problems", "-n", "1000", "--per", per, "--json"])).unwrap();
    assert_eq!((&answer["posts"], &answer["posts_listed"]), (&list["posts"], &list["posts_listed"]));
    let mut most = 0;
    for compared in answer["problems"].as_array().unwrap() {
        let known =
            list["problems"].as_array().unwrap().iter().find(|known| known["id"] == compared["id"]).unwrap();
        let cells = compared["brands"].as_array().unwrap();
        for at in cells {
            let share = &known["brands"][at["id"].as_str().unwrap()];
            for (of_list, of_cell) in
                [("count", "count"), ("of", "of"), ("per_100", "share"), ("low", "low"), ("high", "high")]
            {
                assert_eq!(share[of_list], at[of_cell], "{per}: {share} and {at}");
            }
        }
        let higher = cells.iter().filter(|at| at["direction"] == "higher");
        let share = |at: &Value| at["share"].as_f64().unwrap();
        let best = higher.max_by(|a, b| {
            share(a).total_cmp(&share(b)).then_with(|| b["id"].as_str().cmp(&a["id"].as_str()))
        });
        // Nobody has most of it of whom another has surely as much.
        let low = |at: &Value| at["low"].as_f64().unwrap();
        let best = best.filter(|best| !cells.iter().any(|at| share(at) > share(best) && low(at) > low(best)));
        assert_eq!(known["most_at"], best.map_or(Value::Null, |at| at["id"].clone()), "{per}: {compared}");
        most += u32::from(best.is_some());
    }
    assert!(most > 3, "{per}: {most} problems are most at some brand");
    let id = answer["problems"][0]["id"].as_str().unwrap();
    let shown: Value =
        serde_json::from_str(&run(data, &["problems", "show", id, "--per", per, "--json"])).unwrap();
    let known = list["problems"].as_array().unwrap().iter().find(|known| known["id"] == id).unwrap();
    assert_eq!(shown["problem"]["brands"], known["brands"]);
    assert_eq!(shown["languages"], answer["problems"][0]["languages"]);
}

/// By hand: of Alpha's English complaints two of its three authors tell of late parcels, one of them in both languages.
#[test]
fn an_author_counts_once_on_one_side() {
    let folder = tempfile::tempdir().unwrap();
    let (late, rude) = ("my parcel is late again, terrible", "they are terrible, so rude and useless");
    let dutch = "wat een waardeloze klantenservice, ik word hier echt boos van";
    let written = [
        ("ann", "Alpha", late),
        ("ann", "Alpha", late),
        ("ann", "Alpha", dutch),
        ("bob", "Alpha", late),
        ("cas", "Alpha", rude),
        // Who complains about both is no witness for the others.
        ("cas", "Beta", late),
        ("dee", "Beta", late),
        ("eve", "Beta", rude),
        ("eve", "Beta", rude),
        ("fay", "Beta", dutch),
    ];
    let posts = written.iter().zip(1..).map(|((author, brand, text), at)| {
        let mut post = post(&at.to_string(), text);
        post.about = vec![(*brand).to_owned()];
        post.author = Some(Author { handle: (*author).to_owned(), ..Author::default() });
        post
    });
    put(folder.path(), posts.collect(), None);
    keep_late(folder.path());
    let answer = compared(folder.path(), &["--per", "author"]);
    assert_eq!(
        (&answer["posts"], &answer["posts_listed"], &answer["of"]),
        (&json!(6), &json!(10), &json!("authors"))
    );
    let cell = |brand: &str| {
        let mut cells = answer["problems"][0]["brands"].as_array().unwrap().iter();
        cells.find(|at| at["id"] == brand).unwrap()
    };
    let alpha = cell("alpha");
    assert_eq!(
        (&alpha["count"], &alpha["listed"], &alpha["of"]),
        (&json!(2), &json!(3), &json!(3)),
        "{alpha}"
    );
    // Of the others Dee and Eve write English and say nothing of Alpha.
    assert!((alpha["others_share"].as_f64().unwrap() - 50.0).abs() < 1e-9, "{alpha}");
    let beta = cell("beta");
    assert_eq!((&beta["count"], &beta["of"]), (&json!(2), &json!(3)), "{beta}");
    assert!((beta["others_share"].as_f64().unwrap() - 100.0).abs() < 1e-9, "{beta}");
    let said = run(folder.path(), &["compare", "--per", "author"]);
    assert!(
        said.starts_with("compared: 6 authors of ") && said.contains("whose list has all 10 posts"),
        "{said}"
    );
}

/// Of hundreds of brands the page and the terminal show some, and say so.
#[tokio::test(flavor = "multi_thread")]
async fn of_hundreds_of_brands_some_are_shown_and_all_are_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let posts = (0..520).map(|at| {
        let mut post = post(&at.to_string(), "my parcel is late again, terrible");
        post.about = vec![format!("Brand {}", at % 260)];
        post
    });
    put(folder.path(), posts.collect(), None);
    keep_late(folder.path());
    let answer = compared(folder.path(), &[]);
    assert_eq!((answer["brands"].as_array().unwrap().len(), &answer["more_brands"]), (20, &json!(240)));
    let cell = &answer["problems"][0]["brands"][0];
    assert_eq!((&cell["count"], &cell["direction"]), (&json!(2), &json!("unsure")), "{cell}");
    let said = run(folder.path(), &["compare"]);
    assert!(said.contains("6 of 260 brands are beside each other here"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() < 160), "{said}");
    let server = Server::start_with(folder.path(), &[]);
    let html = server.get("/compare").await.text().await.unwrap();
    assert_eq!(html.matches("<td class=\"unsure\"").count(), 10);
    assert!(
        html.contains("10 of 260 brands stand beside each other")
            && html.contains("20 of 260 brands are shown")
    );
    let html = server.get("/problems/late").await.text().await.unwrap();
    assert!(html.contains("240 more brands, with fewer posts of it, are in the JSON"), "{html}");
    assert!(run(folder.path(), &["problems", "show", "late"]).contains("240 more brands have fewer of it"));
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
        json!({"lang": "nl", "count": 400, "listed": 400, "query": "complaint:yes -kind:response brand:beta lang:nl"})
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
