//! Promise: a harvest that is killed at any moment loses nothing and doubles nothing, whatever it is about: a walk, a live
//! stream, what was answered, or what became of posts.
//!
//! One market is harvested again and again while it is killed, at a request of the kind that is meant and a random moment
//! after it. What it then has is held against what the sites have.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use grouse::state::{ANSWERS, Progress, RECHECK, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::common;
use crate::harvesting::Place;
use crate::replay::{Asked, Replay, Reply, socket};

const SOURCES: &str = "[[source]]\nname = \"mastodon\"\n\n[[source]]\nname = \"bluesky\"\n";

/// Posts of the tag, forty on a page; every sixth is deleted there later, every third of the rest is answered.
const POSTS: u64 = 90;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Walk,
    Stream,
    Answers,
    Look,
}

/// The sites: which requests came so far, and whether posts were deleted by now.
#[derive(Default)]
struct Sites {
    seen: [AtomicU64; 4],
    is_later: AtomicBool,
}

impl Sites {
    fn seen(&self, kind: Kind) -> u64 {
        self.seen[kind as usize].load(Ordering::Relaxed)
    }

    fn answer(&self, asked: &Asked, events: &[(i64, String)]) -> Reply {
        let note = |kind: Kind| self.seen[kind as usize].fetch_add(1, Ordering::Relaxed);
        let is_gone = |number: u64| self.is_later.load(Ordering::Relaxed) && number.is_multiple_of(6);
        if asked.host == "jetstream2.us-east.bsky.network" {
            note(Kind::Stream);
            let from: i64 = asked.get("cursor").parse().unwrap_or(0);
            let wanted = events.iter().filter(|(at, _)| *at >= from).map(|(_, event)| event.as_str());
            return socket(asked, &wanted.collect::<Vec<_>>());
        }
        if asked.path.starts_with("/api/v1/timelines/") {
            note(Kind::Walk);
            let number = |name: &str| asked.get(name).parse::<u64>().ok();
            let (until, from) = (number("max_id").unwrap_or(u64::MAX), number("since_id").unwrap_or(0));
            let shown =
                (1..=POSTS).rev().filter(|number| *number < until && *number > from && !is_gone(*number));
            return Reply::ok(
                Value::from_iter(shown.take(40).map(|number| status(number, None))).to_string(),
            );
        }
        let Some(rest) = asked.path.strip_prefix("/api/v1/statuses/") else { return Reply::status(403) };
        if let Some(number) = rest.strip_suffix("/context") {
            note(Kind::Answers);
            let number: u64 = number.parse().unwrap();
            let below: Vec<Value> =
                is_answered(number).then(|| status(1_000 + number, Some(number))).into_iter().collect();
            return Reply::ok(json!({ "ancestors": [], "descendants": below }).to_string());
        }
        note(Kind::Look);
        match rest.parse().unwrap() {
            number if is_gone(number) => {
                Reply { status: 404, ..Reply::ok("{\"error\": \"Record not found\"}") }
            }
            number => Reply::ok(status(number, (number > 1_000).then(|| number - 1_000)).to_string()),
        }
    }
}

fn is_answered(number: u64) -> bool {
    number % 3 == 1
}

/// A post of the day before yesterday: old enough to be looked at, and young enough for the first walk.
fn status(number: u64, answered: Option<u64>) -> Value {
    let start = Timestamp::from_second(86_400 * (now().as_second().div_euclid(86_400) - 2)).unwrap();
    let created = start + SignedDuration::from_mins(number.cast_signed().rem_euclid(1_000));
    json!({ "id": number.to_string(), "uri": format!("https://mastodon.social/users/a/statuses/{number}"),
            "created_at": created.to_string(), "content": format!("<p>Acme lost parcel {number}</p>"),
            "visibility": "public", "account": { "acct": "a" }, "in_reply_to_id": answered.map(|id| id.to_string()) })
}

#[expect(clippy::disallowed_methods, reason = "the program that is tested reads the clock, too")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// What happens in the live stream, a second apart, and the posts that are left at its end.
fn live() -> (Vec<(i64, String)>, BTreeSet<String>) {
    let start = 1_795_000_000_000_000;
    let (mut events, mut left) = (Vec::new(), BTreeSet::new());
    for number in 0..600_i64 {
        let at = start + 1_000_000 * number;
        let did = format!("did:plc:{}", number % 7);
        // Two of the last are an account that goes, and what it wrote goes with it; every tenth event deletes a post.
        let (id, operation) = match number {
            _ if number % 10 == 9 => (number - 6, "delete"),
            _ => (number, "create"),
        };
        let did = if operation == "delete" { format!("did:plc:{}", id % 7) } else { did };
        let mut commit = json!({ "operation": operation, "collection": "app.bsky.feed.post", "rkey": id.to_string(),
                                 "rev": "r" });
        if operation == "create" {
            commit["record"] = json!({ "text": format!("acme {id}"), "createdAt": "2026-11-20T00:00:00Z" });
            left.insert(format!("bluesky:{did}/{id}"));
        } else {
            left.remove(&format!("bluesky:{did}/{id}"));
        }
        events
            .push((at, json!({ "did": did, "time_us": at, "kind": "commit", "commit": commit }).to_string()));
    }
    let at = start + 1_000_000 * 600;
    let account = json!({ "did": "did:plc:6", "time_us": at, "kind": "account",
                          "account": { "active": false, "did": "did:plc:6", "status": "deleted" } });
    events.push((at, account.to_string()));
    left.retain(|id| !id.starts_with("bluesky:did:plc:6/"));
    (events, left)
}

/// Lets an hour pass since the last look, so that the next run may ask as much; `change` may change where it stopped.
fn let_pass(place: &Place, change: impl Fn(&str, &mut Progress)) {
    let mut state = place.state();
    let looks = [state.rechecks().unwrap(), state.answers().unwrap()].concat();
    let steps = looks.into_iter().map(|(stream, mut progress, mut standing)| {
        standing.asked = Some(now() - SignedDuration::from_hours(1));
        change(&stream.place, &mut progress);
        Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() }
    });
    state.keep_steps(&steps.collect::<Vec<_>>(), now()).unwrap();
}

/// As if nothing of an age of a day had been looked at yet.
fn from_the_beginning(place: &str, progress: &mut Progress) {
    let (now, first) = (format!("{}:0", now().as_second()), format!("{}:0", i64::MIN));
    // Which of the ages is a day: the second of those at which is asked what is left, the fourth at which for answers.
    let (ages, day) = if place == RECHECK { (4, 1) } else { (7, 3) };
    assert!([RECHECK, ANSWERS].contains(&place));
    let marks: Vec<&str> = (0..ages).map(|age| if age == day { first.as_str() } else { &now }).collect();
    progress.mark = Some(marks.join(" "));
}

#[test]
fn a_program_that_is_killed_at_any_moment_loses_and_doubles_nothing() {
    let (events, live) = live();
    let posts =
        |numbers: Vec<u64>| numbers.into_iter().map(|number| format!("mastodon:mastodon.social/{number}"));
    let all: BTreeSet<String> = posts((1..=POSTS).collect()).chain(live.clone()).collect();
    let kept = (1..=POSTS).filter(|number| !number.is_multiple_of(6));
    let kept = kept.chain((1..=POSTS).filter(|number| is_answered(*number)).map(|number| 1_000 + number));
    let end: BTreeSet<String> = posts(kept.collect()).chain(live).collect();
    let sites = Arc::new(Sites::default());
    let site = sites.clone();
    let replay = Replay::start(move |asked| site.answer(asked, &events));
    let place = Place::new(SOURCES);
    let mut random: u64 = 7;
    // From 0, without 1.
    let mut chance = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut killed = [0; 4];
    let mut part = 0;
    for round in 0..10 {
        let _ = fs::remove_dir_all(place.data());
        sites.is_later.store(false, Ordering::Relaxed);
        for (turn, (kind, requests)) in
            [(Kind::Walk, 3), (Kind::Stream, 1), (Kind::Answers, 60), (Kind::Look, 80), (Kind::Look, 80)]
                .into_iter()
                .enumerate()
        {
            if turn == 2 {
                place.harvest(&replay, &[]);
                let had: BTreeSet<String> = place.ids().into_iter().collect();
                assert!(all.is_subset(&had), "round {round}: {:?}", all.difference(&had).collect::<Vec<_>>());
                sites.is_later.store(true, Ordering::Relaxed);
                let_pass(&place, from_the_beginning);
            } else if turn > 2 {
                let_pass(&place, |_, _| ());
            }
            let command = &mut place.command(&replay, &[]);
            let began = sites.seen(kind);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut running = common::Running(child);
            let wanted = began + 1 + (chance() * f64::from(requests)) as u64;
            while sites.seen(kind) < wanted && running.0.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            let moment = Instant::now() + Duration::from_millis(150).mul_f64(chance().powi(2));
            while Instant::now() < moment && running.0.try_wait().unwrap().is_none() {
                std::thread::yield_now();
            }
            killed[kind as usize] += u32::from(running.0.try_wait().unwrap().is_none());
            drop(running);
            let there = place.ids();
            let distinct: BTreeSet<&String> = there.iter().collect();
            assert_eq!(there.len(), distinct.len(), "round {round}, {kind:?}: a post is there twice");
            part += u32::from(!there.is_empty() && distinct.len() < end.len());
        }
        for _ in 0..2 {
            let_pass(&place, |_, _| ());
            let report = place.harvest(&replay, &[]);
            assert_eq!(report["sources"][1]["health"], "ok", "{report}");
        }
        let had: BTreeSet<String> = place.ids().into_iter().collect();
        let (lost, more) = (end.difference(&had), had.difference(&end));
        assert_eq!(
            had,
            end,
            "round {round}: lost {:?}, has {:?}",
            lost.collect::<Vec<_>>(),
            more.collect::<Vec<_>>()
        );
    }
    eprintln!(
        "killed while walking, listening, asking for answers and looking: {killed:?}; {part} times a part was there"
    );
    assert!(killed.iter().all(|kills| *kills >= 4) && killed.iter().sum::<u32>() >= 30, "{killed:?}");
}
