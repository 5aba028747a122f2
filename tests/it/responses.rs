//! Promise: does each post find its brand's answer, in whatever order they come; is a waiting post neither left out nor
//! called answered; and does every number open its posts?

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grouse::api::{self, Api, ClockAnswer, Filters, ResponsesAnswer, ResponsesWanted, SearchAsked, router};
use grouse::config::read_watchlist;
use grouse::model::{Answered, Author, Outcome, Post, PostId, SourceId, Watchlist, WatchlistId};
use grouse::store::{Sort, Store};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;
use tower::ServiceExt;

use crate::common::{corpus, fail, file, post, put, run, store_of};

/// Two telecom brands; ours answers on weekdays from 8 to 20 on the clock of Amsterdam.
const WATCHLIST: &str = r#"
name = "Two"
purpose = "a test"
languages = ["nl", "en"]
time_zone = "Europe/Amsterdam"
[hours]
monday = "08:00-20:00"
tuesday = "08:00-20:00"
wednesday = "08:00-20:00"
thursday = "08:00-20:00"
friday = "08:00-20:00"
[[brand]]
name = "Ons"
role = "own"
handles = ["ons"]
[[brand]]
name = "Zij"
role = "competitor"
handles = ["zij"]
accounts = { reddit = ["zij_official"] }
"#;

fn watchlist() -> Watchlist {
    read_watchlist(WatchlistId::new("two").unwrap(), WATCHLIST).unwrap()
}

/// A post of `author`, so many minutes after noon in UTC on 2026-01-15, a Thursday.
fn said(native: &str, author: &str, minute: i64, text: &str) -> Post {
    let mut post = post(native, text);
    post.author = Some(Author { handle: author.to_owned(), name: None });
    post.created = post.created.map(|noon| noon + SignedDuration::from_mins(minute));
    post
}

fn below(parent: &str, mut post: Post) -> Post {
    post.reply_to = Some(PostId::new(format!("test:{parent}")).unwrap());
    post
}

fn asked(store: &Store, question: &str) -> ResponsesAnswer {
    let filters = Filters { q: question.to_owned(), ..Filters::default() };
    api::responses(store, &ResponsesWanted { filters, limit: 5 }).unwrap()
}

fn total(store: &Store, question: &str) -> u64 {
    let filters = Filters { q: question.to_owned(), ..Filters::default() };
    api::search(store, &SearchAsked { filters, sort: Sort::Newest, limit: 0, cursor: None }).unwrap().total
}

fn fate(store: &Store, native: &str) -> Option<(Answered, Option<u32>, Vec<Outcome>)> {
    let id = PostId::new(format!("test:{native}")).unwrap();
    let fate = store.snapshot().unwrap().fate(&id).unwrap()?;
    Some((fate.answered, fate.response.map(|wait| wait.0 / 60), fate.outcomes))
}

#[test]
fn support_threads_have_the_pairs_that_were_counted_by_hand() {
    let Some(path) = corpus("support_threads_twcs.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["import", path.to_str().unwrap()]);
    let answer: Value = serde_json::from_str(&run(folder.path(), &["responses", "--json"])).unwrap();
    let overall = &answer["overall"];
    let minutes = |row: &Value, name: &str| row[name].as_f64().unwrap() / 60.0;
    assert_eq!(overall["pairs"], 1154);
    assert_eq!(format!("{:.1}", minutes(overall, "median_seconds")), "12.0");
    assert_eq!(format!("{:.0}", minutes(overall, "p90_seconds")), "357");
    let brand = |name: &str| {
        let rows = answer["brands"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name} is missing"))
    };
    for (name, median) in [
        ("TMobileHelp", "3.4"),
        ("SouthwestAir", "4.9"),
        ("AmericanAir", "8.8"),
        ("Delta", "28.1"),
        ("British_Airways", "345.1"),
        ("AskPlayStation", "480.0"),
    ] {
        assert_eq!(format!("{:.1}", minutes(brand(name), "median_seconds")), median, "{name}");
    }
    let pairs: u64 =
        answer["brands"].as_array().unwrap().iter().map(|row| row["pairs"].as_u64().unwrap()).sum();
    assert_eq!(pairs, 1154);
    // The conversations of people who answered themselves before the brand did.
    assert_eq!(overall["answered"], 1210);
    let store = Store::open(folder.path()).unwrap();
    every_number_opens_its_posts(&store, &asked(&store, ""));
}

/// Once problems are kept, people wait with those, and not with words that change with every question.
#[test]
fn people_wait_with_problems_that_last() {
    let Some(path) = corpus("support_threads_twcs.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["import", path.to_str().unwrap()]);
    let store = Store::open(folder.path()).unwrap();
    let before = asked(&store, "");
    assert!(before.problems.iter().all(|row| row.id.is_none() && !row.terms.is_empty()));
    assert!(before.notes.iter().any(|note| note.contains("discover --keep")), "{:?}", before.notes);
    run(folder.path(), &["discover", "--keep"]);
    store.reload().unwrap();
    let kept: Value = serde_json::from_str(&run(folder.path(), &["problems", "--json"])).unwrap();
    let kept = kept["problems"].as_array().unwrap();
    let answer = asked(&store, "");
    assert_eq!(answer.problems.len(), 5.min(kept.len()));
    assert!(answer.problems.is_sorted_by_key(|row| std::cmp::Reverse(row.clock.posts)));
    for row in &answer.problems {
        let known = kept.iter().find(|known| known["id"].as_str() == row.id.as_deref());
        assert_eq!(known.map(|known| known["name"].as_str().unwrap()), Some(row.problem.as_str()));
        let id = row.id.as_ref().unwrap();
        // The slow way: complaints on the clock of that problem, by the question language alone.
        let slow = total(&store, &format!("problem:{id} complaint:yes answered:*"));
        assert_eq!((row.clock.posts as u64, row.terms.len()), (slow, 0), "{id}");
    }
    // None that is left out has more posts.
    let least = answer.problems.last().unwrap().clock.posts as u64;
    for known in kept {
        let id = known["id"].as_str().unwrap();
        if answer.problems.iter().all(|row| row.id.as_deref() != Some(id)) {
            assert!(total(&store, &format!("problem:{id} complaint:yes answered:*")) <= least, "{id}");
        }
    }
    every_number_opens_its_posts(&store, &answer);
}

/// A conversation of everything that the clock must tell apart.
fn conversation() -> Vec<Post> {
    vec![
        said("1", "anna", 0, "@ons mijn internet doet het niet"),
        below("1", said("1-bot", "ons", 1, "Dit is een automatisch antwoord, we lezen je bericht snel")),
        below("1", said("1-other", "bert", 2, "bij mij ook niet, help @ons")),
        below("1-other", said("1-to-bert", "ons", 3, "Hoi Bert, wat is je postcode?")),
        below("1", said("1-answer", "ons", 30, "Hoi Anna, stuur je ons een DM met je postcode?")),
        below("1-answer", said("1-later", "anna", 40, "gedaan, bedankt!")),
        below("1-later", said("1-end", "ons", 50, "Graag gedaan")),
        // Anna goes on by herself, and is answered there.
        said("2", "anna", 60, "@ons nog iets: de rekening klopt niet"),
        below("2", said("2-more", "anna", 61, "hij is dubbel, alvast bedankt")),
        below("2-more", said("2-answer", "ons", 90, "We kijken het na")),
        // Nobody answers; somebody who is not the brand does.
        said("3", "carla", 100, "@zij geen bereik in Assen"),
        below("3", said("3-other", "dirk", 101, "bel ze eens")),
        // The other brand offers itself below what was said to ours, which is no answer; and a brand talks to itself.
        said("4", "eva", 110, "@ons wanneer komt glasvezel?"),
        below("4", said("4-answer", "zij", 120, "Bij ons ligt het er al!")),
        said("5", "ons", 130, "Storing in Assen"),
        below("5", said("5-more", "ons", 131, "Opgelost!")),
        // An answer that is dated before its post, and a post in no brand's name.
        said("6", "fred", 140, "@zij waar blijft mijn simkaart"),
        below("6", said("6-answer", "zij", 139, "Onderweg!")),
        said("7", "gijs", 150, "wat een mooie dag"),
    ]
}

#[test]
fn an_answer_is_a_brands_own_to_the_writer() {
    use Answered::{Directly, No, Yes};
    use Outcome::{Private, Thanked};
    let (_folder, store) = store_of(conversation(), Some(&watchlist()));
    assert_eq!(fate(&store, "1"), Some((Directly, Some(30), vec![Thanked, Private])));
    // Thanks in advance are none.
    assert_eq!(fate(&store, "2"), Some((Yes, Some(30), vec![])));
    assert_eq!(fate(&store, "3"), Some((No, None, vec![])));
    assert_eq!(fate(&store, "4"), Some((No, None, vec![])));
    assert_eq!(fate(&store, "5"), None);
    assert_eq!(fate(&store, "6"), Some((Directly, None, vec![])));
    assert_eq!(total(&store, "answered:* id:test:7"), 0);

    let answer = asked(&store, "");
    let overall = &answer.overall;
    assert_eq!(
        (overall.posts, overall.pairs, overall.answered, overall.untimed, overall.open),
        (5, 1, 3, 1, 2)
    );
    let brands: Vec<(&str, usize, usize)> =
        answer.brands.iter().map(|row| (row.brand.as_str(), row.clock.answered, row.clock.open)).collect();
    assert_eq!(brands, [("ons", 2, 1), ("zij", 1, 1)]);
    every_number_opens_its_posts(&store, &answer);
    every_number_opens_its_posts(&store, &asked(&store, "@ons OR bereik"));

    let thread = store.snapshot().unwrap().thread(&PostId::new("test:1-later").unwrap()).unwrap();
    let natives: Vec<&str> = thread.iter().map(|record| &record.post.id.as_str()[5..]).collect();
    assert_eq!(natives, ["1", "1-bot", "1-other", "1-to-bert", "1-answer", "1-later", "1-end"]);
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    let (_folder, at_once) = store_of(conversation(), Some(&watchlist()));
    let expect = serde_json::to_value(asked(&at_once, "")).unwrap();
    for each in [1, 3] {
        let mut posts = conversation();
        posts.reverse();
        let folder = tempfile::tempdir().unwrap();
        for part in posts.chunks(each) {
            put(folder.path(), part.to_vec(), Some(&watchlist()));
        }
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(serde_json::to_value(asked(&store, "")).unwrap(), expect, "{each} at a time");
        // And again, which says nothing new.
        put(folder.path(), conversation(), Some(&watchlist()));
        store.reload().unwrap();
        assert_eq!(serde_json::to_value(asked(&store, "")).unwrap(), expect);
    }
}

/// The case that a run of the property below once met: two answers without a date, one of them further down.
#[test]
fn of_answers_at_one_moment_a_direct_one_is_the_first() {
    for minute in [None, Some(30)] {
        for natives in [["a", "b"], ["b", "a"]] {
            let [direct, further] = natives.map(|native| {
                let mut post = said(native, "ons", minute.unwrap_or(0), "@anna wat vervelend");
                post.created = post.created.filter(|_| minute.is_some());
                post
            });
            let below_it = below(natives[0], further);
            let posts = vec![said("0", "anna", 0, "@ons hallo"), below("0", direct), below_it];
            let (_folder, store) = store_of(posts, Some(&watchlist()));
            let fate = fate(&store, "0").unwrap();
            assert_eq!((fate.0, fate.1.map(i64::from)), (Answered::Directly, minute), "{natives:?}");
        }
    }
}

#[test]
fn what_waits_is_counted_as_waiting() {
    let mut posts = vec![
        said("late", "anna", -60 * 24 * 10, "@ons het werkt niet"),
        said("new", "bert", 0, "@ons het werkt niet"),
        said("fast", "carla", -60, "@ons het werkt niet"),
        below("fast", said("answer", "ons", -40, "We kijken ernaar")),
    ];
    // A moment after the posts were taken in is no moment at which the source was read.
    posts.push(said("odd", "dirk", 60 * 24 * 365, "geen merk"));
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let overall = asked(&store, "").overall;
    assert_eq!((overall.open, overall.never_answered, overall.still_open), (2, 2, 0));
    // The index was written on 2026-02-01 at midnight: 16.5 days after that noon.
    assert_eq!(total(&store, "waiting:>16d"), 2);
    assert_eq!(total(&store, "waiting:>26d"), 1);
    assert_eq!(total(&store, "waiting>=396h waiting<=396h"), 1);
    assert_eq!(total(&store, "response:<21m"), 1);
    assert_eq!(total(&store, "response:20m..1h"), 1);
    assert_eq!(total(&store, "response:<20m"), 0);
    assert_eq!(total(&store, "-answered:yes answered:*"), 2);
    assert_eq!(overall.wall.expected_median_seconds, None);
    assert_eq!(overall.wall.median_seconds, Some(1200.0));
    assert_eq!(overall.never_answered_share.map(|share| share.value), Some(0.667));
}

#[test]
fn sources_that_show_no_answers_are_left_out_by_name() {
    let at = |source: &str, native: &str| {
        let mut post = said(native, "anna", 0, "@ons de app doet het niet");
        post.source = SourceId::new(source).unwrap();
        post.id = PostId::from_parts(&post.source, native);
        post
    };
    let mut told = at("cfpb", "1");
    told.attributes.insert("company response to consumer".to_owned(), "Closed with explanation".to_owned());
    let mut open = at("cfpb", "2");
    open.attributes.insert("company response to consumer".to_owned(), "In progress".to_owned());
    let mut review = at("trustpilot", "1");
    review.attributes.insert("reply".to_owned(), "Wat vervelend!".to_owned());
    review.attributes.insert("reply_date".to_owned(), "2026-01-15T13:00:00.000Z".to_owned());
    let posts =
        vec![at("appstore", "1"), at("appstore", "2"), at("rss", "1"), at("nhtsa", "1"), told, open, review];
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = asked(&store, "");
    let excluded: BTreeMap<&str, u64> =
        answer.excluded.iter().map(|excluded| (excluded.source.as_str(), excluded.posts)).collect();
    assert_eq!(excluded, BTreeMap::from([("appstore", 2), ("nhtsa", 1), ("rss", 1)]));
    let overall = &answer.overall;
    assert_eq!(
        (overall.posts, overall.pairs, overall.answered, overall.untimed, overall.open),
        (3, 1, 2, 1, 1)
    );
    assert_eq!(overall.wall.median_seconds, Some(3600.0));
    // Of CFPB no time of an answer is known: what waits there is set against none.
    assert_eq!(overall.wall.expected_median_seconds, Some(3600.0));
    assert_eq!(total(&store, "source:appstore answered:*"), 0);
    assert!(
        answer.notes.iter().any(|note| note.contains("does not tell when they were answered")),
        "{:?}",
        answer.notes
    );
    every_number_opens_its_posts(&store, &answer);
}

#[test]
fn opening_hours_are_those_of_the_desks_own_clock() {
    // On a Friday evening at seven in Amsterdam, in winter and in summer time; answered on Monday at nine.
    for (asked_at, answered_at) in
        [("2026-01-16T18:00:00Z", "2026-01-19T08:00:00Z"), ("2026-03-27T18:00:00Z", "2026-03-30T07:00:00Z")]
    {
        let mut question = said("q", "anna", 0, "@ons hallo");
        question.created = Some(asked_at.parse().unwrap());
        let mut answer = below("q", said("a", "ons", 0, "Dag Anna"));
        answer.created = Some(answered_at.parse().unwrap());
        let (_folder, store) = store_of(vec![question, answer], Some(&watchlist()));
        let overall = asked(&store, "").overall;
        let wall: Timestamp = asked_at.parse().unwrap();
        let passed = (answered_at.parse::<Timestamp>().unwrap() - wall).get_seconds();
        assert_eq!(overall.wall.median_seconds, Some(passed as f64));
        assert_eq!(overall.opening_hours.unwrap().median_seconds, Some(7200.0), "{asked_at}");
    }
}

#[test]
fn a_brand_has_its_accounts_at_each_source() {
    let reddit = SourceId::new("reddit").unwrap();
    let at_reddit = |mut post: Post| {
        post.source = reddit.clone();
        post.id = PostId::from_parts(&reddit, &post.id.as_str()[5..]);
        post.reply_to = post.reply_to.map(|id| PostId::from_parts(&reddit, &id.as_str()[5..]));
        post
    };
    let posts = [
        said("1", "anna", 0, "zij heeft weer storing"),
        below("1", said("1a", "zij", 1, "dat ben ik niet")),
        below("1", said("1b", "Zij_Official", 5, "We kijken ernaar")),
    ];
    let (_folder, store) = store_of(posts.into_iter().map(at_reddit).collect(), Some(&watchlist()));
    let fate = store.snapshot().unwrap().fate(&PostId::new("reddit:1").unwrap()).unwrap().unwrap();
    assert_eq!(fate.response.map(|wait| wait.0), Some(300));
}

#[test]
fn rules_cannot_ask_about_threads_and_faults_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{WATCHLIST}[[route]]\ndepartment = \"Webcare\"\nwhen = \"answered:no\"\n");
    let wrong = file(folder.path(), "wrong.toml", text);
    let said = grouse_check(folder.path(), &wrong);
    assert!(said.contains("cannot depend on whether it is answered"), "{said}");
    let wrong = WATCHLIST.replace("reddit = [\"zij_official\"]", "reddt = [\"zij_official\"]");
    let wrong = file(folder.path(), "wrong2.toml", wrong);
    let said = grouse_check(folder.path(), &wrong);
    assert!(said.contains("did you mean `reddit`?"), "{said}");

    put(folder.path(), conversation(), Some(&watchlist()));
    for (question, expect) in [
        ("response:soon", "is not a length of time"),
        ("answered:maybe", "one of yes, no, directly"),
        ("weekday:someday", "is not a day of the week"),
        ("hour:24", "a whole number from 0 to 23"),
    ] {
        let said = fail(folder.path(), &["responses", question]);
        assert!(said.contains(expect), "{question}: {said}");
    }
    let said = fail(folder.path(), &["responses", "--limit", "51"]);
    assert!(said.contains("a number up to 50"), "{said}");
}

fn grouse_check(data: &Path, path: &str) -> String {
    let output = crate::common::grouse(data).args(["check", path]).output().unwrap();
    assert!(!output.status.success());
    format!("{}{}", String::from_utf8_lossy(&output.stdout), crate::common::errors(&output))
}

#[tokio::test]
async fn http_and_the_command_line_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), conversation(), Some(&watchlist()));
    let told: Value =
        serde_json::from_str(&run(folder.path(), &["responses", "--json", "--brand", "ons"])).unwrap();
    let store = Arc::new(Store::open(folder.path()).unwrap());
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(Api::new(store.clone())).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap_or_default())
    };
    assert_eq!(get("/v1/responses?brand=ons").await, (StatusCode::OK, told));
    assert_eq!(get("/v1/responses?limit=51").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(get("/v1/responses?by=brand").await.0, StatusCode::BAD_REQUEST);
    let (_, post) = get("/v1/posts/test:1").await;
    assert_eq!(post["response"]["response_seconds"], 1800);
    assert_eq!(post["response"]["responder"], "ons");
    let (_, page) = get("/v1/search?q=answered:no").await;
    assert_eq!(page["posts"][0]["response"]["answered"], "no");
}

/// Every number with a question finds as many posts.
#[track_caller]
fn every_number_opens_its_posts(store: &Store, answer: &ResponsesAnswer) {
    let mut rows: Vec<(String, &ClockAnswer)> = vec![("overall".to_owned(), &answer.overall)];
    rows.extend(answer.brands.iter().take(5).map(|row| (row.brand.clone(), &row.clock)));
    rows.extend(answer.sources.iter().map(|row| (row.source.clone(), &row.clock)));
    rows.extend(answer.problems.iter().map(|row| (row.problem.clone(), &row.clock)));
    rows.extend(answer.weekdays.iter().map(|row| (row.weekday.clone(), &row.clock)));
    rows.extend(answer.hours.iter().map(|row| (row.hour.to_string(), &row.clock)));
    assert!(answer.overall.posts > 0);
    for (name, clock) in rows {
        let numbers = [
            ("posts", clock.posts),
            ("pairs", clock.pairs),
            ("answered", clock.answered),
            ("untimed", clock.untimed),
            ("open", clock.open),
            ("never_answered", clock.never_answered),
            ("thanked", clock.thanked),
            ("moved_to_private", clock.moved_to_private),
        ];
        assert_eq!(clock.queries.len(), numbers.len());
        for (number, count) in numbers {
            assert_eq!(total(store, &clock.queries[number]), count as u64, "{name}: {number}");
        }
        for within in &clock.wall.within {
            let query = within.query.as_deref().unwrap();
            assert_eq!(total(store, query), within.count as u64, "{name}: {query}");
        }
    }
}

/// One message of a made-up market: who (0 to 2 people, 3 and 4 brands), below which, when.
type Message = (usize, Option<usize>, Option<i64>);

const WRITERS: [&str; 5] = ["anna", "bert", "carla", "ons", "zij"];

/// The first answer to a message, by the words of the rule, one message after another: minutes, and whether directly.
fn slow_fate(messages: &[Message], at: usize) -> Option<(Option<i64>, bool)> {
    let (writer, _, written) = messages[at];
    let mut answers: Vec<(bool, Option<i64>, usize, bool)> = Vec::new();
    for (number, (by, parent, when)) in messages.iter().enumerate() {
        let Some(mut above) = *parent else { continue };
        if *by < 3 {
            continue;
        }
        let is_direct = above == at;
        let mut is_in_thread = true;
        while above != at {
            let (other, next, _) = messages[above];
            is_in_thread &= other >= 3 || other == writer;
            match next {
                Some(next) => above = next,
                None => break,
            }
        }
        if above == at && is_in_thread {
            answers.push((when.is_none(), *when, number, is_direct));
        }
    }
    answers.sort_unstable();
    let first = answers.first()?;
    // Of several at one moment, or without any, a direct one is the first.
    let is_direct = answers.iter().any(|answer| answer.1 == first.1 && answer.3);
    Some((
        first.1.zip(written).map(|(answer, post)| answer - post).filter(|minutes| *minutes >= 0),
        is_direct,
    ))
}

proptest! {
    #![proptest_config(crate::tries::tries(40))]

    #[test]
    fn the_join_is_what_reading_thread_by_thread_gives(
        messages in prop::collection::vec((0_usize..5, any::<prop::sample::Index>(), prop::option::weighted(0.9, -500_i64..500), any::<bool>()), 1..25),
        parts in 1_usize..4,
        seed: u64,
    ) {
        // No two at one moment, so that there is one first answer.
        let messages: Vec<Message> = messages.iter().enumerate().map(|(at, (by, parent, when, is_top))| {
            let parent = (at > 0 && !*is_top).then(|| parent.index(at));
            (*by, parent, when.map(|when| when * 25 + i64::try_from(at).unwrap()))
        }).collect();
        let mut posts: Vec<Post> = messages.iter().enumerate().map(|(at, (by, parent, when))| {
            let mut post = said(&at.to_string(), WRITERS[*by], when.unwrap_or(0), "@ons @zij hallo");
            if when.is_none() {
                post.created = None;
            }
            match parent {
                Some(parent) => below(&parent.to_string(), post),
                None => post,
            }
        }).collect();
        // In any order, in several commits.
        posts.sort_by_key(|post| post.id.as_str().bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)));
        let folder = tempfile::tempdir().unwrap();
        for part in posts.chunks(posts.len().div_ceil(parts)) {
            put(folder.path(), part.to_vec(), Some(&watchlist()));
        }
        let store = Store::open(folder.path()).unwrap();
        for (at, (by, parent, _)) in messages.iter().enumerate() {
            let found = fate(&store, &at.to_string()).map(|(answered, minutes, _)| (answered, minutes.map(i64::from)));
            let expect = (*by < 3 && parent.is_none()).then(|| match slow_fate(&messages, at) {
                None => (Answered::No, None),
                Some((minutes, true)) => (Answered::Directly, minutes),
                Some((minutes, false)) => (Answered::Yes, minutes),
            });
            prop_assert_eq!(found, expect, "{} of {:?}", at, messages);
        }
        if messages.iter().any(|(by, parent, _)| *by < 3 && parent.is_none()) {
            every_number_opens_its_posts(&store, &asked(&store, ""));
        }
    }
}
