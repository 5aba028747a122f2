//! Promise: is a problem what these posts say more often than others do, with a count that is the length of its list?
//!
//! It is named as people write it, is never a brand's name, a word that was asked for, or a language; and it is the same
//! each time, in whatever order the posts came in.

use std::collections::BTreeSet;

use grouse::api::{self, Filters, ProblemsAnswer, ProblemsWanted, SearchAsked};
use grouse::model::{Brand, BrandId, Kind, Language, Post, Role, Watchlist, WatchlistId};
use grouse::store::Store;
use grouse::text::fold;
use proptest::prelude::*;

use crate::airlines::airlines;
use crate::common::{post, store_of};
use crate::made::{records, some_words, store_of_records};

fn ask(store: &Store, filters: &Filters, limit: usize) -> ProblemsAnswer {
    api::problems(store, &ProblemsWanted { filters: filters.clone(), limit }).unwrap()
}

fn about(brand: &str) -> Filters {
    Filters { brand: vec![brand.to_owned()], ..Filters::default() }
}

/// Each count is the length of the list that its question finds; the rest adds up.
fn check(store: &Store, filters: &Filters, answer: &ProblemsAnswer) -> Result<(), TestCaseError> {
    let ids = |q: &str, filters: Filters| {
        let asked = SearchAsked {
            filters: Filters { q: q.to_owned(), ..filters },
            limit: 1000,
            ..SearchAsked::default()
        };
        let answer = api::search(store, &asked).unwrap();
        (answer.total, answer.posts.into_iter().map(|post| post.id).collect::<BTreeSet<_>>())
    };
    // The question of a problem is whole: only the clock is not in it.
    let clock = Filters { time_zone: filters.time_zone.clone(), ..Filters::default() };
    let mut assigned = BTreeSet::new();
    for problem in &answer.problems {
        let (total, list) = ids(&problem.query, clock.clone());
        prop_assert_eq!(problem.count, total, "{}", problem.query);
        prop_assert!(problem.count > 0 && !problem.name.is_empty());
        prop_assert!((0.0..=1.0).contains(&problem.share) && (0.0..=1.0).contains(&problem.rest_share));
        prop_assert!((problem.share * answer.posts as f64 - problem.count as f64).abs() < 1e-6);
        prop_assert!(problem.strength.is_finite() && problem.strength > 0.0);
        if answer.posts <= 1000 {
            prop_assert!(problem.examples.iter().all(|post| list.contains(&post.id)), "{}", problem.query);
        }
        assigned.extend(list);
    }
    if answer.posts <= 1000 {
        prop_assert_eq!(assigned.len() as u64 + answer.unassigned, answer.posts);
    }
    prop_assert!(answer.problems.windows(2).all(|pair| pair[0].strength >= pair[1].strength));
    Ok(())
}

proptest! {
    #![proptest_config(crate::tries::tries(32))]

    #[test]
    fn a_count_is_the_length_of_its_list(
        mut records in some_words().prop_flat_map(|words| records(words, 60)),
        filters in filters(),
        limit in 0_usize..30,
    ) {
        let (_folder, store) = store_of_records(&records);
        let answer = ask(&store, &filters, limit);
        prop_assert!(answer.problems.len() <= limit);
        check(&store, &filters, &answer)?;
        let bytes = serde_json::to_vec(&answer).unwrap();
        prop_assert_eq!(&serde_json::to_vec(&ask(&store, &filters, limit)).unwrap(), &bytes);
        records.reverse();
        let (_folder, other) = store_of_records(&records);
        let other = serde_json::to_vec(&ask(&other, &filters, limit)).unwrap();
        prop_assert_eq!(String::from_utf8(other).unwrap(), String::from_utf8(bytes).unwrap());
    }
}

fn filters() -> impl Strategy<Value = Filters> {
    let q = prop::sample::select(vec![
        "",
        "",
        "lost",
        "NOT storing",
        "kind:response",
        "lost OR koffer",
        "rating<=2",
        "created:2026",
    ]);
    let lists = |values: Vec<&'static str>| {
        prop::sample::subsequence(values, 0..2)
            .prop_map(|values| values.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    (q, lists(vec!["united", "KPN Mobiel"]), lists(vec!["nl", "en"]), lists(vec!["twitter"])).prop_map(
        |(q, brand, lang, source)| Filters {
            q: q.to_owned(),
            brand,
            lang,
            source,
            time_zone: Some("Asia/Kolkata".to_owned()),
            ..Filters::default()
        },
    )
}

/// A market of two brands.
fn watchlist() -> Watchlist {
    let brand = |id: &str, name: &str, role: Role| Brand {
        id: BrandId::new(id).unwrap(),
        name: name.to_owned(),
        role,
        aliases: vec![name.replace(' ', "")],
        ambiguous: Vec::new(),
        near: Vec::new(),
        never_near: Vec::new(),
        handles: vec![format!("{}care", name.replace(' ', ""))],
        accounts: Vec::new(),
        guidance: None,
        hashtags: vec![format!("{}fail", name.replace(' ', ""))],
    };
    Watchlist {
        contact: None,
        id: WatchlistId::new("two").unwrap(),
        name: "Two".to_owned(),
        purpose: "a test".to_owned(),
        is_fictional: true,
        languages: Vec::new(),
        time_zone: jiff::tz::TimeZone::UTC,
        brands: vec![
            brand("vliegwel", "Vliegwel", Role::Own),
            brand("sky-north", "Sky North", Role::Competitor),
        ],
        sources: Vec::new(),
        solves: Vec::new(),
        translations: Vec::new(),
        opening: grouse::model::Opening::default(),
        routes: Vec::new(),
    }
}

const COMPLAINTS: [(Language, [&str; 6]); 2] = [
    (
        Language::Dutch,
        [
            "mijn vlucht is vandaag alweer vertraagd en niemand zegt iets",
            "de klantenservice neemt de telefoon al twee uur niet op",
            "ik wacht nog steeds op het geld van mijn ticket",
            "de stoel was kapot en het eten was koud",
            "waarom werkt de app nooit als ik wil inchecken",
            "de bemanning was onbeleefd tegen mijn moeder",
        ],
    ),
    (
        Language::English,
        [
            "my flight is delayed again today and nobody says anything",
            "customer service has not picked up the phone for two hours",
            "i am still waiting for the money of my ticket",
            "the seat was broken and the food was cold",
            "why does the app never work when i want to check in",
            "the crew was rude to my mother",
        ],
    ),
];

/// `count` usual complaints about `brand` in `language`, of which each `every`th ends with `planted`.
fn complaints(brand: &str, language: Language, count: usize, every: usize, planted: &str) -> Vec<Post> {
    let (_, texts) = COMPLAINTS.iter().find(|(known, _)| *known == language).unwrap();
    (0..count)
        .map(|n| {
            let mut text = texts[(n * 7 + n / 6) % texts.len()].to_owned();
            if n % every == 0 {
                text = format!("{text}. {planted}");
            }
            Post {
                about: vec![brand.to_owned()],
                tag: Some(language),
                ..post(&format!("{brand}-{language}-{n}"), &text)
            }
        })
        .collect()
}

#[test]
fn a_planted_problem_comes_first_and_by_its_name() {
    for (language, planted, name) in [
        (Language::Dutch, "En nu is mijn koffer kwijt!", "koffer kwijt"),
        (Language::English, "And now they lost my luggage!", "lost my luggage"),
    ] {
        let mut posts = complaints("Vliegwel", language, 200, 5, planted);
        posts.extend(complaints("Sky North", language, 400, 100, planted));
        let (_folder, store) = store_of(posts, Some(&watchlist()));
        let answer = ask(&store, &about("vliegwel"), 10);
        let first = &answer.problems[0];
        assert_eq!((first.name.as_str(), first.count), (name, 40), "{:?}", names(&answer));
        assert!((first.share - 0.2).abs() < 1e-9 && (first.rest_share - 0.01).abs() < 1e-9);
        assert_eq!((answer.posts, answer.rest), (200, 400));
        check(&store, &about("vliegwel"), &answer).unwrap();
        let other = ask(&store, &about("sky-north"), 10);
        assert!(other.problems.iter().all(|problem| problem.name != name), "{:?}", names(&other));
    }
}

#[test]
fn a_language_is_no_problem() {
    // The same complaints; most of one brand's customers write Dutch, most of the other's English.
    let none = "";
    let mut posts = complaints("Vliegwel", Language::Dutch, 240, 1000, none);
    posts.extend(complaints("Vliegwel", Language::English, 60, 1000, none));
    posts.extend(complaints("Sky North", Language::Dutch, 60, 1000, none));
    posts.extend(complaints("Sky North", Language::English, 240, 1000, none));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    for brand in ["vliegwel", "sky-north"] {
        let answer = ask(&store, &about(brand), 20);
        assert_eq!((answer.posts, answer.rest), (300, 300));
        assert!(answer.problems.is_empty(), "{brand}: {:?}", names(&answer));
    }
    // With a problem of its own, that is all there is.
    let mut posts = complaints("Vliegwel", Language::Dutch, 240, 4, "En nu is mijn koffer kwijt!");
    posts.extend(complaints("Sky North", Language::Dutch, 60, 1000, none));
    posts.extend(complaints("Sky North", Language::English, 240, 1000, none));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 20);
    assert_eq!(names(&answer), ["koffer kwijt"]);
}

#[test]
fn names_and_words_asked_for_are_no_problems() {
    let brand = "@VliegwelCare Vliegwel #VliegwelFail vliegwel lost my luggage";
    let mut posts = complaints("Vliegwel", Language::English, 200, 2, brand);
    posts.extend(complaints("Sky North", Language::English, 200, 3, "Sky North @SkyNorthCare was late"));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    for (filters, never) in [
        (about("vliegwel"), &["vliegwel", "vliegwelcare", "@vliegwelcare", "vliegwelfail"][..]),
        (about("sky-north"), &["sky", "north", "sky north", "skynorth", "skynorthcare"]),
        (Filters { q: "lost".to_owned(), ..about("vliegwel") }, &["lost", "lost my luggage", "vliegwel"]),
        (
            Filters { q: "\"lost my luggage\"".to_owned(), ..Filters::default() },
            &["lost", "luggage", "lost my luggage"],
        ),
    ] {
        let answer = ask(&store, &filters, 50);
        for name in names(&answer) {
            assert!(!never.contains(&fold(&name).as_str()), "{filters:?}: {name}");
        }
    }
}

#[test]
fn halves_of_a_tag_are_no_problems() {
    let tag = "Thanks for nothing #VliegWel";
    let mut posts = complaints("Vliegwel", Language::English, 200, 2, tag);
    posts.extend(complaints("Sky North", Language::English, 200, 1000, ""));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 50);
    let names = names(&answer);
    assert!(!names.is_empty());
    for name in &names {
        assert!(!["vlieg", "wel", "vlieg wel", "vliegwel"].contains(&fold(name).as_str()), "{names:?}");
    }
}

#[test]
fn a_text_that_many_repeat_is_one_problem() {
    let repeated = "Paid twice at the gate, beware of hidden surcharges everyone!";
    let mut posts = complaints("Vliegwel", Language::English, 200, 4, repeated);
    posts.extend(complaints("Sky North", Language::English, 200, 1000, ""));
    let (_folder, store) = store_of(posts.clone(), Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 20);
    assert_eq!(answer.problems.len(), 1, "{:?}", names(&answer));
    assert_eq!((answer.problems[0].count, answer.unassigned), (50, 150));
    // And another problem beside it is not swallowed, though some posts have both.
    let both = complaints("Vliegwel", Language::English, 40, 2, "My luggage stayed behind");
    posts.extend(both.into_iter().map(|both| post_with_id(both, "both")));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 20);
    assert_eq!(answer.problems.len(), 2, "{:?}", names(&answer));
}

fn post_with_id(post: Post, word: &str) -> Post {
    let id = format!("test:{word}-{}", post.id.as_str().replace(':', "-"));
    Post { id: grouse::model::PostId::new(&id).unwrap(), ..post }
}

#[test]
fn a_brand_with_few_dutch_customers_is_compared_with_the_dutch_of_others() {
    let mut posts = complaints("Vliegwel", Language::English, 180, 1000, "");
    posts.extend(complaints("Vliegwel", Language::Dutch, 20, 2, "En nu is mijn koffer kwijt!"));
    posts.extend(complaints("Sky North", Language::Dutch, 400, 8, "En nu is mijn koffer kwijt!"));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 20);
    let found = answer.problems.iter().find(|problem| problem.name == "koffer kwijt").expect("the problem");
    // Ten of 200 posts, and an eighth of the others' Dutch posts, of which a tenth would be as many.
    assert!((found.share - 0.05).abs() < 1e-9, "{}", found.share);
    assert!((found.rest_share - 0.0125).abs() < 1e-9, "{}", found.rest_share);
}

#[test]
fn a_brand_answers_and_has_no_problem_by_that() {
    let mut posts = complaints("Vliegwel", Language::English, 100, 1000, "");
    posts.extend((0..60).map(|n| Post {
        kind: Kind::Response,
        about: vec!["Vliegwel".to_owned()],
        tag: Some(Language::English),
        ..post(&format!("answer-{n}"), "please send us a direct message with your booking code")
    }));
    posts.extend(complaints("Sky North", Language::English, 100, 1000, ""));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = ask(&store, &about("vliegwel"), 20);
    assert_eq!((answer.posts, answer.rest), (100, 100));
    assert!(answer.problems.is_empty(), "{:?}", names(&answer));
    let responses = Filters { kind: vec!["response".to_owned()], ..about("vliegwel") };
    let answer = ask(&store, &responses, 20);
    assert_eq!((answer.posts, answer.rest), (60, 200));
    assert!(!answer.problems.is_empty());
    check(&store, &responses, &answer).unwrap();
}

#[test]
fn the_airlines_have_problems_that_count_their_posts() {
    let Some(airlines) = airlines() else { return };
    for brand in ["united", "us-airways", "american", "southwest", "delta", "virgin-america"] {
        let answer = ask(&airlines.store, &about(brand), 20);
        check(&airlines.store, &about(brand), &answer).unwrap();
        let market = airlines.store.snapshot().unwrap();
        let brands: Vec<String> = market
            .market()
            .brands
            .iter()
            .flat_map(|brand| brand.also.iter().chain([&brand.name]))
            .map(|name| fold(name))
            .collect();
        for name in names(&answer) {
            assert!(!brands.contains(&fold(&name)), "{brand}: {name}");
        }
    }
}

fn names(answer: &ProblemsAnswer) -> Vec<String> {
    answer.problems.iter().map(|problem| problem.name.clone()).collect()
}
