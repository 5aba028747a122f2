//! Promise: is every count of every answer the length of the list that it opens, whatever was asked?
//!
//! Answers are walked as the JSON that they are, and each number that stands beside a question is counted again by reading
//! that question's list to its end. To cover a new answer: one line in [`ANSWERS`]; a number and its question are known
//! by their names ([`pairs`]).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::{Router, body};
use grouse::api::{Api, router};
use grouse::model::{
    BrandId, Change, Findings, Interval, Kind, Language, Meaning, Phrase, PostId, ProblemId, Signature,
};
use grouse::state::{Happened, State};
use grouse::store::{Record, Store};
use proptest::prelude::*;
use serde_json::{Map, Value};
use tower::ServiceExt;

use crate::common::run;
use crate::made::{records, some_words, store_of_records};

/// What is asked, and the number of the answer as a whole that its question counts; of most the number has a question of its
/// own instead.
const ANSWERS: &[(&str, Option<&str>)] = &[
    ("/v1/search?limit=3", Some("total")),
    ("/v1/trends?by=all", Some("total")),
    ("/v1/trends?by=brand&interval=month", Some("total")),
    ("/v1/trends?by=source&interval=week", Some("total")),
    ("/v1/trends?by=language&interval=month", Some("total")),
    ("/v1/trends?by=signal&interval=month", Some("total")),
    ("/v1/trends?by=problem&interval=month", Some("total")),
    ("/v1/trends?by=problem&per=case&interval=week", Some("listed")),
    ("/v1/trends?by=all&per=case&interval=month", Some("listed")),
    ("/v1/trends?by=brand&per=author&interval=month", Some("listed")),
    ("/v1/terms?limit=20", None),
    ("/v1/problems?limit=20", None),
    ("/v1/problems?kind=any&interval=month", None),
    ("/v1/problems?kind=any&per=case", None),
    ("/v1/problems?kind=praise&per=author&period=3d", None),
    ("/v1/problems?per=author&interval=week", None),
    ("/v1/problems?theme=loss&per=case", None),
    ("/v1/compare", None),
    ("/v1/compare?per=case", None),
    ("/v1/compare?per=author", None),
    ("/v1/compare?kind=any&brand=ONE&brand=OTHER", None),
    ("/v1/compare?kind=any&per=author&brand=ONE", None),
    ("/v1/trends?by=brand&interval=week&problem=lost", Some("total")),
    ("/v1/trends?by=language&per=author&interval=week&problem=lost", Some("listed")),
    ("/v1/problems/lost", None),
    ("/v1/problems/lost?per=case", None),
    ("/v1/problems/lost?per=author&interval=month", None),
    ("/v1/problems/hidden?interval=month", None),
    ("/v1/responses?limit=3", None),
    ("/v1/prospects?stale=3650d", Some("candidates")),
    ("/v1/emerging?kind=any&q=created%3C%3D2026-09-22", None),
    ("/v1/emerging?limit=5", None),
    ("/v1/spikes?by=brand&interval=day", None),
    ("/v1/spikes?by=all&interval=hour", None),
    ("/v1/spikes?by=problem&interval=day", None),
];

/// Buckets, brands and weekdays of one problem that are looked at.
const OF_EACH: usize = 3;

/// Posts from which on a list is not read to its end.
const LONG: u64 = 300;

/// A number that an answer gives, and the address of the list that it opens.
struct Count {
    /// Where in the answer.
    place: String,
    /// So many posts; `None` where only cases or authors are told.
    listed: Option<u64>,
    /// So many cases or authors, where these are counted.
    counted: Option<u64>,
    /// These count once on each day.
    is_daily: bool,
    q: String,
    since: Option<String>,
    until: Option<String>,
}

/// What is counted instead of posts.
#[derive(Clone, Copy)]
enum Unit {
    Case,
    Author,
}

impl Unit {
    /// By what an answer says that it counts.
    fn of(per: &Value) -> Option<Self> {
        match per.as_str() {
            Some("case") => Some(Self::Case),
            Some("author") => Some(Self::Author),
            _ => None,
        }
    }

    /// What a post counts as: without a name of its writer as itself; once each day of a zone if there is one.
    fn key(self, post: &Value, zone: Option<&str>) -> String {
        let name = match self {
            Self::Case => &post["case"],
            Self::Author => &post["author"],
        };
        let name = if name.is_null() { post["id"].to_string() } else { name.to_string() };
        let day = zone.map(|zone| {
            let created: jiff::Timestamp = post["created"].as_str().unwrap().parse().unwrap();
            created.in_tz(zone).unwrap().date()
        });
        format!("{name} {day:?}")
    }
}

struct Site {
    router: Router,
    runtime: tokio::runtime::Runtime,
    /// Two brands, for which addresses say ONE and OTHER.
    brands: [&'static str; 2],
}

impl Site {
    fn new(store: Store, brands: [&'static str; 2]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { router: router(Api::new(Arc::new(store))), runtime, brands }
    }

    fn get(&self, address: &str) -> Value {
        self.runtime.block_on(async {
            let request = Request::get(address).body(Body::empty()).unwrap();
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status();
            let bytes = body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let answer: Value = serde_json::from_slice(&bytes).unwrap();
            assert!(status.is_success(), "{address}: {answer}");
            answer
        })
    }

    /// How long a list is, read page by page to its end; of a long one, what it says of itself. Of what is counted instead of
    /// posts, how many different ones are in it.
    fn length(&self, count: &Count, unit: Option<Unit>, zone: &str) -> (u64, Option<u64>) {
        let limit =
            if count.listed.or(count.counted).is_some_and(|number| number > LONG) { "0" } else { "200" };
        let mut ids = BTreeSet::new();
        let mut units = BTreeSet::new();
        let mut cursor = String::new();
        loop {
            let mut asked = form_urlencoded::Serializer::new(String::new());
            asked.append_pair("q", &count.q).append_pair("tz", zone).append_pair("limit", limit);
            asked.append_pair("since", count.since.as_deref().unwrap_or_default());
            asked.append_pair("until", count.until.as_deref().unwrap_or_default());
            asked.append_pair("cursor", &cursor);
            let page = self.get(&format!("/v1/search?{}", asked.finish()));
            for post in page["posts"].as_array().unwrap() {
                assert!(ids.insert(post["id"].as_str().unwrap().to_owned()), "{}: a post twice", count.q);
                units.extend(unit.map(|unit| unit.key(post, count.is_daily.then_some(zone))));
            }
            match page["next"].as_str() {
                Some(next) if limit != "0" => next.clone_into(&mut cursor),
                _ => {
                    let total = page["total"].as_u64().unwrap();
                    assert!(limit == "0" || total == ids.len() as u64, "{}", count.q);
                    return (total, (limit != "0").then_some(units.len() as u64));
                }
            }
        }
    }

    /// Asks all that can be asked with some filters, and counts each number again. Returns how many there were.
    #[track_caller]
    fn check(&self, filters: &str, zone: &str, is_wanted: fn(&str) -> bool) -> usize {
        let mut checked = 0;
        for (address, whole) in ANSWERS.iter().filter(|(address, _)| is_wanted(address)) {
            let mark = if address.contains('?') { '&' } else { '?' };
            let address = address.replace("ONE", self.brands[0]).replace("OTHER", self.brands[1]);
            let address = format!("{address}{mark}{filters}");
            let answer = self.get(&address);
            let mut counts = Vec::new();
            walk(&answer, "", &mut counts);
            let unit = Unit::of(&answer["per"]);
            if let Some(name) = whole {
                let whole = count_of(&answer, name, &answer["query"], "");
                counts.push(Count { counted: unit.and_then(|_| answer["total"].as_u64()), ..whole });
            }
            of_problems(&answer, &mut counts);
            of_trend(&answer, &mut counts);
            for count in &counts {
                let (length, different) = self.length(count, unit, zone);
                let Count { place, q, since, until, .. } = count;
                if let Some(listed) = count.listed {
                    assert_eq!(
                        length, listed,
                        "{address}: {place} is not the length of `{q}` {since:?} {until:?}"
                    );
                }
                if let (Some(_), Some(different), Some(counted)) = (unit, different, count.counted) {
                    assert_eq!(
                        different, counted,
                        "{address}: {place} is not how many different are in `{q}`"
                    );
                }
            }
            checked += counts.len();
        }
        checked
    }
}

fn count_of(object: &Value, name: &str, query: &Value, place: &str) -> Count {
    Count {
        place: format!("{place}/{name}"),
        listed: Some(
            object[name].as_u64().unwrap_or_else(|| panic!("{place}/{name} is no number: {object}")),
        ),
        counted: counted_beside(object, name),
        is_daily: false,
        q: query.as_str().unwrap_or_else(|| panic!("{place}/{name} has no question")).to_owned(),
        since: None,
        until: None,
    }
}

/// The number that is counted where `name` is the length of its list.
fn counted_beside(object: &Value, name: &str) -> Option<u64> {
    match name.strip_suffix("_listed") {
        Some(name) => object[name].as_u64(),
        None if name == "listed" => object["count"].as_u64(),
        None => None,
    }
}

/// The numbers of one object that have a question beside them: those of `queries` by their names, `x` of `x_query`
/// (`x_listed` where cases or authors are counted), and of `query` the number `listed`, else `count` or `posts`.
fn pairs(object: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    if let Some(queries) = object.get("queries").and_then(Value::as_object) {
        pairs.extend(queries.iter().map(|(name, query)| (name.clone(), query.clone())));
    }
    for (name, query) in object {
        if let Some(name) = name.strip_suffix("_query") {
            let listed = format!("{name}_listed");
            pairs.push((if object.contains_key(&listed) { listed } else { name.to_owned() }, query.clone()));
        }
    }
    // The question of a whole answer is what was asked, and stands beside how it is said in words.
    if let Some(query) = object.get("query").filter(|_| !object.contains_key("explained")) {
        let name = ["listed", "count", "posts"].into_iter().find(|name| object.contains_key(*name));
        pairs.extend(name.map(|name| (name.to_owned(), query.clone())));
    }
    pairs
}

fn walk(value: &Value, place: &str, counts: &mut Vec<Count>) {
    match value {
        Value::Object(object) => {
            for (name, query) in pairs(object) {
                counts.push(count_of(value, &name, &query, place));
            }
            for (name, part) in object {
                walk(part, &format!("{place}/{name}"), counts);
            }
        }
        Value::Array(parts) => {
            for (at, part) in parts.iter().enumerate() {
                walk(part, &format!("{place}/{at}"), counts);
            }
        }
        _ => {}
    }
}

/// Numbers of problems that are a part of another list: of a brand, a bucket, a weekday, a period.
fn of_problems(answer: &Value, counts: &mut Vec<Count>) {
    if answer["unassigned_query"].is_null() {
        return;
    }
    let is_by_post = answer["per"] == "post";
    let starts: Vec<&str> =
        answer["starts"].as_array().unwrap().iter().map(|start| start.as_str().unwrap()).collect();
    let interval: Interval = answer["interval"].as_str().unwrap().parse().unwrap();
    let whole = answer["posts_query"].as_str().unwrap();
    let mut add = |place: String, number: &Value, q: String, since: Option<&str>, until: Option<String>| {
        let number = number.as_u64().unwrap();
        let (listed, counted) = if is_by_post { (Some(number), None) } else { (None, Some(number)) };
        let is_daily = q.contains(") weekday:");
        counts.push(Count { place, listed, counted, is_daily, q, since: since.map(str::to_owned), until });
    };
    for brand in answer["brands"].as_array().unwrap().iter().take(OF_EACH) {
        let id = brand["id"].as_str().unwrap();
        add(format!("brands {id}"), &brand["posts"], format!("({whole}) brand:{id}"), None, None);
        let mentions = answer["mentions_query"].as_str().unwrap();
        add(format!("mentions of {id}"), &brand["mentions"], format!("({mentions}) brand:{id}"), None, None);
    }
    let mut lists = vec![("all".to_owned(), whole.to_owned(), &answer["counts"], &answer["weekdays"])];
    let listed = answer["problems"].as_array().unwrap().iter().chain(Some(&answer["problem"]));
    let listed: Vec<&Value> = listed.filter(|problem| problem.is_object()).collect();
    for problem in &listed {
        let query = problem["query"].as_str().unwrap();
        let id = problem["id"].as_str().unwrap();
        lists.push((id.to_owned(), query.to_owned(), &problem["counts"], &problem["weekdays"]));
        for (brand, share) in problem["brands"].as_object().unwrap().iter().take(OF_EACH) {
            add(format!("{id} of {brand}"), &share["count"], format!("({query}) brand:{brand}"), None, None);
        }
        if let (Some(change), Some(period)) = (problem["change"].as_object(), answer["period"].as_object()) {
            let day = |name: &str| period[name].as_str().unwrap();
            let before = day("before_to").to_owned();
            let last = Some(day("to").to_owned());
            add(format!("{id} last"), &change["count"], query.to_owned(), Some(day("from")), last);
            add(
                format!("{id} before"),
                &change["before"],
                query.to_owned(),
                Some(day("before")),
                Some(before),
            );
        }
    }
    for (id, query, buckets, weekdays) in &lists {
        let dated = starts.iter().zip(buckets.as_array().unwrap());
        for (start, number) in dated.filter(|(_, number)| **number != 0).take(OF_EACH) {
            let last = interval.after(start.parse().unwrap()).yesterday().unwrap().to_string();
            add(format!("{id} from {start}"), number, query.clone(), Some(start), Some(last));
        }
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        for (day, number) in days.iter().zip(weekdays.as_array().unwrap()).take(OF_EACH) {
            add(format!("{id} on {day}"), number, format!("({query}) weekday:{day}"), None, None);
        }
    }
}

/// The points of a trend.
fn of_trend(answer: &Value, counts: &mut Vec<Count>) {
    let Some(series) = answer["series"].as_array() else { return };
    let interval: Interval = answer["interval"].as_str().unwrap().parse().unwrap();
    let query = answer["query"].as_str().unwrap();
    for one in series.iter().take(OF_EACH) {
        let key = one["key"].as_str().unwrap();
        let q = match answer["by"].as_str().unwrap() {
            "all" => query.to_owned(),
            "language" => format!("({query}) lang:{key}"),
            by => format!("({query}) {by}:{key}"),
        };
        let total = one["total"].as_u64();
        counts.push(Count {
            place: format!("total of {key}"),
            listed: total.filter(|_| answer["per"] == "post"),
            counted: total,
            is_daily: false,
            q: one["query"].as_str().unwrap().to_owned(),
            since: None,
            until: None,
        });
        let listed = |number: Option<u64>| number.filter(|_| answer["per"] == "post");
        let dated = answer["starts"].as_array().unwrap().iter().zip(one["counts"].as_array().unwrap());
        let points =
            dated.filter_map(|(start, number)| Some((start.as_str()?, number.as_u64().filter(|n| *n > 0)?)));
        for (start, number) in points.take(OF_EACH) {
            let last = interval.after(start.parse().unwrap()).yesterday().unwrap().to_string();
            counts.push(Count {
                place: format!("{key} from {start}"),
                listed: listed(Some(number)),
                counted: Some(number),
                is_daily: false,
                q: q.clone(),
                since: Some(start.to_owned()),
                until: Some(last),
            });
        }
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        for (day, number) in days.iter().zip(one["weekdays"].as_array().unwrap()).take(OF_EACH) {
            counts.push(Count {
                place: format!("{key} on {day}"),
                listed: listed(number.as_u64()),
                counted: number.as_u64(),
                is_daily: true,
                q: format!("({q}) weekday:{day}"),
                since: None,
                until: None,
            });
        }
    }
}

/// Problems of words that the posts may have; one is merged into another, and one hidden.
fn keep_problems(folder: &Path) {
    let id = |text: &str| ProblemId::new(text).unwrap();
    let found = |name: &str, meaning, language, stems: &[&str]| Happened {
        problem: id(name),
        change: Change::Found(Findings {
            name: name.to_owned(),
            signature: Signature {
                language,
                terms: stems
                    .iter()
                    .map(|stem| (Phrase { first: (*stem).to_owned(), second: None }, 6000))
                    .collect(),
            },
            meaning,
            theme: Some(if name == "late" { "delay" } else { "loss" }.to_owned()),
        }),
        reason: None,
    };
    let change = |name: &str, change| Happened { problem: id(name), change, reason: None };
    let happened = [
        found("lost", Meaning::Complaint, Language::English, &["lost", "luggag", "bag"]),
        found("late", Meaning::Complaint, Language::English, &["delay", "flight"]),
        found("koffer", Meaning::Complaint, Language::Dutch, &["koffer", "kwijt"]),
        found("hidden", Meaning::Complaint, Language::Dutch, &["storing", "auto"]),
        found("all", Meaning::Any, Language::English, &["lost", "delay"]),
        found("any-nl", Meaning::Any, Language::Dutch, &["koffer", "storing"]),
        found("thanks", Meaning::Praise, Language::French, &["reseau", "resili", "avion"]),
        change("late", Change::Merged { into: id("lost") }),
        change("hidden", Change::Hidden(true)),
    ];
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    State::open(folder).unwrap().decide(&happened, now, None).unwrap();
}

/// Makes some of the posts answers of brands to the posts before them.
fn answered(mut records: Vec<Record>, answers: &[usize]) -> Vec<Record> {
    for at in answers {
        if let Some(parent) = at.checked_sub(1).filter(|_| *at < records.len()) {
            let parent: PostId = records[parent].post.id.clone();
            records[*at].post.reply_to = Some(parent);
            records[*at].post.kind = Kind::Response;
            records[*at].written_by = BrandId::new("united").ok();
        }
    }
    records
}

fn filters() -> impl Strategy<Value = (String, &'static str)> {
    const VALUES: &[(&str, &[&str])] = &[
        (
            "q",
            &["lost OR koffer", "-lost", "kind:response OR bags", "answered:no", "hour:12 OR weekday:monday"],
        ),
        ("brand", &["united", "kpn", "us-airways"]),
        ("source", &["twitter", "review"]),
        ("lang", &["nl", "en", "fr"]),
        ("complaint", &["yes", "no"]),
        ("severity", &["disapproval", "blame"]),
        ("intent", &["venting", "praise", "question"]),
        ("signal", &["legal", "safety"]),
        ("target", &["united", "kpn"]),
        ("problem", &["lost", "koffer", "hidden"]),
        ("since", &["2026-01-01", "2026-03-28"]),
        ("until", &["2026-10-25", "2026-11-01T05:00:00Z"]),
        ("attr", &["state=ca", "state=*"]),
    ];
    let one = (0..VALUES.len()).prop_flat_map(|at| {
        let (name, values) = VALUES[at];
        prop::sample::select(values).prop_map(move |value| (name, value))
    });
    let zone = prop::sample::select(vec!["UTC", "Europe/Amsterdam", "America/Havana"]);
    (prop::collection::vec(one, 0..4), zone).prop_map(|(chosen, zone)| {
        let mut asked = form_urlencoded::Serializer::new(String::new());
        let mut named = BTreeSet::new();
        for (name, value) in chosen.iter().filter(|(name, _)| named.insert(*name)) {
            asked.append_pair(name, value);
        }
        asked.append_pair("tz", zone);
        (asked.finish(), zone)
    })
}

proptest! {
    #![proptest_config(crate::tries::tries(8))]

    #[test]
    fn every_number_is_the_length_of_its_list(
        records in some_words().prop_flat_map(|words| records(words, 50)),
        answers in prop::collection::vec(1_usize..50, 0..15),
        asked in prop::collection::vec(filters(), 3),
    ) {
        let (folder, store) = store_of_records(&answered(records, &answers));
        drop(store);
        keep_problems(folder.path());
        let site = Site::new(Store::open(folder.path()).unwrap(), ["kpn", "united"]);
        for (filters, zone) in asked {
            site.check(&filters, zone, |_| true);
        }
    }
}

/// Other ways to count the same thousands of posts are left to small corpora.
fn is_of_one_kind(address: &str) -> bool {
    !address.contains("per=") && !address.contains("ONE")
}

/// A market in which all that is answered has something to say: spikes, prospects, clocks of desks, problems that were found.
#[test]
fn the_numbers_of_the_demo_are_the_lengths_of_their_lists() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["demo", "--only-make"]);
    let folder = folder.path().join("demo");
    let answer: Value = serde_json::from_str(&run(&folder, &["problems", "--json"])).unwrap();
    let first = answer["problems"][0]["id"].as_str().unwrap();
    // The addresses of the list ask for these.
    for (name, from) in [("lost", first), ("hidden", answer["problems"][1]["id"].as_str().unwrap())] {
        let said = run(&folder, &["problems", "split", from, &most_telling(&folder, from), "--name", name]);
        assert!(said.contains("is a problem of its own"), "{said}");
    }
    run(&folder, &["problems", "hide", "hidden"]);
    let site = Site::new(Store::open(&folder).unwrap(), ["vlotpost", "merel"]);
    let mut checked = String::new();
    for filters in ["tz=UTC", "lang=nl&complaint=yes&tz=Europe/Amsterdam"] {
        let zone = filters.rsplit("tz=").next().unwrap();
        let _ = write!(checked, "{} ", site.check(filters, zone, is_of_one_kind));
    }
    assert!(site.get("/v1/spikes?by=brand&interval=day")["total"].as_u64().unwrap() > 0);
    let emerging = site.get("/v1/emerging?kind=any&q=created%3C%3D2026-09-22");
    assert!(emerging["total"].as_u64().unwrap() > 0);
    assert!(site.get("/v1/prospects?stale=3650d")["total"].as_u64().unwrap() > 0);
    assert!(
        checked.split(' ').all(|number| number.is_empty() || number.parse::<u32>().unwrap() > 500),
        "{checked}"
    );
}

/// A word that some posts of a problem have and others have not.
fn most_telling(folder: &Path, id: &str) -> String {
    let answer: Value = serde_json::from_str(&run(folder, &["problems", "show", id, "--json"])).unwrap();
    let count = |q: &str| {
        let answer = run(folder, &["search", q, "--problem", id, "-n", "0", "--json"]);
        serde_json::from_str::<Value>(&answer).unwrap()["total"].as_u64().unwrap()
    };
    let all = count("");
    let terms = answer["terms"].as_array().unwrap().iter().map(|term| term[0].as_str().unwrap().to_owned());
    let words = terms.filter(|term| !term.contains(' '));
    words.into_iter().find(|word| (1..all).contains(&count(word))).unwrap()
}
