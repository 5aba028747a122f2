//! Promise: is what is emerging new or far more frequent than in the weeks before, by several people, where it was collected
//! before, and about no known problem; and is it found in its week and not before?

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grouse::api::{self, Api, EmergingAnswer, EmergingProblemAnswer, EmergingWanted, Filters, keep, router};
use grouse::config::read_watchlist;
use grouse::demo::{SCENARIO, Scenario, posts};
use grouse::model::{Author, Post, PostId, SourceId, WatchlistId};
use grouse::store::Store;
use http_body_util::BodyExt;
use jiff::civil::{Date, Weekday, date};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use tower::ServiceExt;

use crate::airlines::airlines;
use crate::common::{post, run, store_of};

fn ask(store: &Store, until: Option<Date>, days: Option<i64>) -> EmergingAnswer {
    let filters = Filters {
        kind: vec!["any".to_owned()],
        until: until.map(|day| day.to_string()),
        time_zone: Some("UTC".to_owned()),
        ..Filters::default()
    };
    api::emerging(store, &EmergingWanted { filters, days, limit: 50 }).unwrap()
}

fn names(answer: &EmergingAnswer) -> Vec<&str> {
    answer.problems.iter().map(|problem| problem.name.as_str()).collect()
}

/// The first Monday of the market that these tests make up, and its last Sunday: ten weeks.
const FIRST: Date = date(2026, 1, 5);
const LAST: Date = date(2026, 3, 15);

/// A post on a day. Number and words make its text and its author: of many words, as posts that say the same count once.
fn said(number: usize, day: Date, words: &str) -> Post {
    const THINGS: [&str; 24] = [
        "parcel", "letter", "window", "garden", "invoice", "kitchen", "table", "office", "market", "guitar",
        "jacket", "river", "candle", "dinner", "engine", "forest", "island", "needle", "orange", "pencil",
        "saddle", "uncle", "wagon", "mirror",
    ];
    let mut dice = (number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut thing = || {
        // The generator of Steele, Lea and Flood (2014): neighboring seeds have nothing in common.
        dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = (dice ^ (dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        THINGS[usize::try_from((value ^ (value >> 31)) % THINGS.len() as u64).unwrap()]
    };
    let text = format!(
        "They took my {} and the {} to a {} {words}, I saw the {} of an {} under the {} and no {} or {}",
        thing(),
        thing(),
        thing(),
        thing(),
        thing(),
        thing(),
        thing(),
        thing(),
    );
    let mut post = post(&format!("n{number}"), &text);
    post.author = Some(Author { handle: format!("writer{number}"), name: None });
    post.created = Some(at(day, number));
    post
}

fn at(day: Date, number: usize) -> Timestamp {
    let time = day.at(i8::try_from(8 + number % 12).unwrap(), 0, 0, 0);
    time.in_tz("UTC").unwrap().timestamp()
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

/// Ten posts a day for ten weeks, in which nothing happens.
fn quiet() -> Vec<Post> {
    let days: Vec<Date> = days(FIRST, LAST).flat_map(|day| [day; 10]).collect();
    days.into_iter().enumerate().map(|(number, day)| said(number, day, "here")).collect()
}

/// Posts of the last week with a word that was never written before.
fn planted() -> Vec<Post> {
    let new = |number: usize| said(2000 + number, date(2026, 3, 11), "beside a broken kettle");
    quiet().into_iter().chain((0..14).map(new)).collect()
}

#[test]
fn what_is_new_is_found_in_its_week_and_not_before() {
    let (_folder, store) = store_of(planted(), None);
    let answer = ask(&store, None, None);
    assert_eq!(answer.total, 1, "{:?}", names(&answer));
    let problem = &answer.problems[0];
    assert!(problem.name.contains("kettle"), "{}", problem.name);
    assert_eq!((problem.posts, problem.before, problem.times), (14, 0, None));
    // Of so few different words, some of the texts say the same.
    assert_eq!(problem.voices[..8], [0; 8]);
    assert!((7..=14).contains(&problem.voices[8]), "{:?}", problem.voices);
    assert_eq!(problem.first_seen.as_deref(), Some("2026-03-11T08:00:00Z"));
    assert!(problem.examples.len() == 3 && problem.examples.iter().all(|post| post.text.contains("kettle")));
    let period = answer.period.as_ref().unwrap();
    assert_eq!(
        (period.from.as_str(), period.to.as_str(), period.before.len()),
        ("2026-03-09", "2026-03-15", 8)
    );
    assert_eq!(ask(&store, Some(date(2026, 3, 10)), None).total, 0);
    // Two months later it is known for long.
    let since =
        Filters { since: Some("2026-03-12".to_owned()), kind: vec!["any".to_owned()], ..Filters::default() };
    let answer = api::emerging(&store, &EmergingWanted { filters: since, days: None, limit: 5 }).unwrap();
    assert_eq!((answer.total, answer.period.unwrap().days), (0, 4));
}

#[test]
fn what_becomes_far_more_frequent_is_found_too() {
    let some = |number: usize| {
        said(3000 + number, FIRST + i64::try_from(number * 4).unwrap().days(), "near a ladder")
    };
    let many = |number: usize| said(3100 + number, date(2026, 3, 12), "near a ladder");
    let posts = quiet().into_iter().chain((0..15).map(some)).chain((0..16).map(many)).collect();
    let (_folder, store) = store_of(posts, None);
    let answer = ask(&store, None, None);
    assert_eq!(answer.total, 1, "{:?}", names(&answer));
    assert!(answer.problems[0].times.unwrap() > 5.0 && answer.problems[0].before > 10, "{answer:?}");
}

#[test]
fn one_text_that_many_repeat_and_one_who_shouts_are_no_problem() {
    let template = (0..40).map(|number| {
        let mut post = said(4000, date(2026, 3, 10), "with a broken kettle");
        post.id = PostId::new(format!("test:t{number}")).unwrap();
        post.author = Some(Author { handle: format!("copier{number}"), name: None });
        post
    });
    let shouting = (0..40).map(|number| {
        let mut post = said(5000 + number * 13, date(2026, 3, 11), "with a broken kettle");
        post.author = Some(Author { handle: "shouter".to_owned(), name: None });
        post
    });
    let posts = quiet().into_iter().chain(template).chain(shouting).collect();
    let (_folder, store) = store_of(posts, None);
    let answer = ask(&store, None, None);
    assert_eq!(answer.total, 0, "{:?}", answer.problems);
}

/// The posts of another source.
fn elsewhere(mut post: Post, number: usize) -> Post {
    post.source = SourceId::new("elsewhere").unwrap();
    post.id = PostId::new(format!("elsewhere:e{number}")).unwrap();
    post
}

#[test]
fn a_collection_that_starts_makes_nothing_new() {
    let joins = |from: Date| -> Vec<Post> {
        let days = days(from, LAST).flat_map(|day| [day; 12]);
        let other = days
            .enumerate()
            .map(|(number, day)| elsewhere(said(6000 + number, day, "as the kettle whistles"), number));
        quiet().into_iter().chain(other).collect()
    };
    // On the last Wednesday; and two weeks before, when a week of it is there to compare with.
    for (from, late, times) in [(date(2026, 3, 11), &["elsewhere"][..], 8), (date(2026, 2, 25), &[], 1)] {
        let (_folder, store) = store_of(joins(from), None);
        let answer = ask(&store, None, None);
        assert_eq!(
            (answer.total, &answer.late[..]),
            (0, &late.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..]),
            "{:?}",
            names(&answer)
        );
        assert_eq!(answer.period.unwrap().before.len(), times, "since {from}");
    }
}

#[test]
fn a_gap_is_not_compared_with() {
    // Not collected for five weeks, and again for two.
    let is_gap = |day: &Date| date(2026, 1, 26) <= *day && *day < date(2026, 3, 2);
    let days = days(FIRST, LAST).filter(|day| !is_gap(day)).flat_map(|day| [day; 12]);
    let other = days
        .enumerate()
        .map(|(number, day)| elsewhere(said(6000 + number, day, "as the kettle whistles"), number));
    let (_folder, store) = store_of(quiet().into_iter().chain(other).collect(), None);
    let answer = ask(&store, None, None);
    assert_eq!(answer.total, 0, "{:?}", names(&answer));
    let before: Vec<String> = answer.period.unwrap().before.into_iter().map(|days| days.from).collect();
    // The week before, and those before the gap.
    assert_eq!(before, ["2026-01-12", "2026-01-19", "2026-03-02"]);
}

#[test]
fn a_weekend_is_compared_with_weekends() {
    let is_weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let days: Vec<Date> = days(FIRST, LAST).filter(is_weekend).flat_map(|day| [day; 10]).collect();
    let fishing = days.into_iter().enumerate().map(|(number, day)| said(7000 + number, day, "while fishing"));
    let (_folder, store) = store_of(quiet().into_iter().chain(fishing).collect(), None);
    let answer = ask(&store, None, Some(2));
    assert_eq!(answer.total, 0, "{:?}", names(&answer));
    let period = answer.period.unwrap();
    assert!(period.same_weekdays);
    assert_eq!((period.before.len(), period.before[7].from.as_str()), (8, "2026-03-07"));
    // Of one weekend there is no other to compare with, and so the days before it are.
    assert!(!ask(&store, Some(date(2026, 1, 11)), None).period.unwrap().same_weekdays);
}

#[test]
fn of_what_is_too_young_nothing_is_said() {
    let (_folder, store) = store_of(quiet().into_iter().take(10).collect(), None);
    let answer = ask(&store, None, None);
    assert!(answer.period.is_none() && answer.total == 0 && answer.posts == 10, "{answer:?}");
    let (folder, _store) = store_of(Vec::new(), None);
    let said = run(folder.path(), &["emerging"]);
    assert!(said.starts_with("nothing can be new yet in 0 posts"), "{said}");
}

/// The demo's market without any ledger.
fn demo() -> (tempfile::TempDir, Store) {
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/demo.toml");
    let text = std::fs::read_to_string(market).unwrap();
    let watchlist = read_watchlist(WatchlistId::new("demo").unwrap(), &text).unwrap();
    let scenario: Scenario = toml::from_str(SCENARIO).unwrap();
    store_of(posts(&scenario), Some(&watchlist))
}

#[test]
fn the_storm_the_outage_and_the_lockers_of_the_demo_are_found_in_their_weeks() {
    let (folder, store) = demo();
    let found = |store: &Store, until: &str| {
        let filters = Filters { until: Some(until.to_owned()), ..Filters::default() };
        api::emerging(store, &EmergingWanted { filters, days: None, limit: 50 }).unwrap().problems
    };
    let has = |problems: &[EmergingProblemAnswer], word: &str, brand: &str| {
        problems.iter().any(|problem| {
            let said = problem.words.iter().chain([&problem.name]);
            problem.brands.first().is_some_and(|first| first.id.as_str() == brand)
                && said.into_iter().any(|said| said.contains(word))
        })
    };
    assert!(
        found(&store, "2026-08-29").is_empty()
            && found(&store, "2026-09-20").iter().all(|problem| problem.before > 0)
    );
    assert!(has(&found(&store, "2026-09-01"), "storm", "redlane"), "the storm of the last days of August");
    let outage = found(&store, "2026-09-22");
    assert!(has(&outage, "storing", "vlotpost") && has(&outage, "outage", "vlotpost"), "{outage:?}");
    assert_eq!(outage.len(), 2, "one in each language");
    // Twelve posts a day after ten weeks, in a straight line from none: told in the fifth.
    assert!(has(&found(&store, "2026-09-18"), "pakketautomaat", "pakketpijl"));

    // What the ledger knew before the outage does not hide it, though it takes in most of its posts.
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let before = Filters { until: Some("2026-09-19".to_owned()), ..Filters::default() };
    assert!(keep(&store, &before, 3, now).unwrap().reconciled.happened.len() > 10);
    let store = Store::open(folder.path()).unwrap();
    let outage = found(&store, "2026-09-22");
    assert!(has(&outage, "storing", "vlotpost") && has(&outage, "outage", "vlotpost"), "{outage:?}");
    assert!(outage.iter().all(|problem| problem.unassigned * 2 < problem.posts));
    assert!(
        !has(&found(&store, "2026-09-18"), "pakketautomaat", "pakketpijl"),
        "the lockers are known by then"
    );
}

#[test]
fn airlines_say_that_people_are_on_hold() {
    let Some(airlines) = airlines() else { return };
    let wanted = EmergingWanted { filters: Filters::default(), days: None, limit: 10 };
    let answer = api::emerging(&airlines.store, &wanted).unwrap();
    assert_eq!(answer.late, ["American"], "its collection began on the day before the last two");
    assert!(answer.problems.iter().any(|problem| problem.name.contains("hold")), "{:?}", names(&answer));
}

#[tokio::test]
async fn http_answers_as_the_command_line_does() {
    let (folder, store) = store_of(planted(), None);
    let site = router(Api::new(Arc::new(store)));
    let get = async |address: &str| {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let response = site.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, answer) = get("/v1/emerging?kind=any&days=7d&limit=3").await;
    assert_eq!((status, answer["total"].as_u64()), (StatusCode::OK, Some(1)));
    let arguments = ["emerging", "--kind", "any", "--days", "7", "-n", "3", "--json"];
    assert_eq!(answer, serde_json::from_str::<Value>(&run(folder.path(), &arguments)).unwrap());
    for wrong in ["days=0", "days=week", "limit=1000", "since=2026-03-01&days=3", "colour=red"] {
        assert_eq!(get(&format!("/v1/emerging?{wrong}")).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
}
