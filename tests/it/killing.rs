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

use grouse::model::Query;
use grouse::state::{ANSWERS, Progress, RECHECK, Step};
use grouse::store::Store;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::common;
use crate::harvesting::Place;
use crate::replay::{Asked, Replay, Reply, beside_live, socket};

const SOURCES: &str = "[[source]]\nname = \"mastodon\"\n\n[[source]]\nname = \"bluesky\"\n";

/// Posts of the tag, forty on a page; every sixth is deleted there later, every third of the rest is answered.
const POSTS: u64 = 50;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Walk,
    Stream,
    Answers,
    Look,
}

impl Kind {
    /// Requests of a run, about.
    fn requests(self) -> u64 {
        match self {
            Self::Walk => 3,
            Self::Stream => 1,
            // Several runs share them.
            Self::Answers | Self::Look => 20,
        }
    }
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
                shown.take(40).map(|number| status(number, None)).collect::<Value>().to_string(),
            );
        }
        if asked.path.ends_with("getProfiles") {
            return beside_live(asked);
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
    for number in 0..300_i64 {
        let at = start + 1_000_000 * number;
        let did = format!("did:plc:{}", number % 7);
        // Every tenth event deletes a post; in the end an account goes, and what it wrote goes with it.
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
    let at = start + 1_000_000 * 300;
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

/// As if nothing of an age of a day had been looked at yet for `wanted`, and all of other ages.
fn from_the_beginning(wanted: &str, place: &str, progress: &mut Progress) {
    let (now, first) = (format!("{}:0", now().as_second()), format!("{}:0", i64::MIN));
    // Which of the ages is a day: the second of those at which is asked what is left, the fourth for answers.
    let (ages, day) = if wanted == RECHECK { (4, 1) } else { (7, 3) };
    if place == wanted {
        let marks: Vec<&str> = (0..ages).map(|age| if age == day { first.as_str() } else { &now }).collect();
        progress.mark = Some(marks.join(" "));
    }
}

/// The ids of all posts that are kept, none of them twice.
fn ids(place: &Place) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    // Before the first commit there is no index.
    let Ok(store) = Store::open(&place.data()) else { return ids };
    let snapshot = store.snapshot().unwrap();
    snapshot
        .scan(&Query::All, &TimeZone::UTC, |record| {
            let id = record.post.id.to_string();
            assert!(ids.insert(id.clone()), "{id} is there twice");
            true
        })
        .unwrap();
    ids
}

/// What each of the ten runs of a round is killed at.
const TURNS: [Kind; 10] = {
    use Kind::{Answers, Look, Stream, Walk};
    [Walk, Stream, Walk, Stream, Answers, Answers, Answers, Look, Look, Look]
};

/// Runs that are killed while they run, and rounds in which that must have come about.
const KILLS: u32 = 50;
const MOST_ROUNDS: u32 = 25;

/// The turns before which all is harvested, and before which posts were deleted at the sites.
const ANSWERED: usize = 4;
const LOOKED_AT: usize = 7;

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
    let mut draw = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        random >> 33
    };
    let mut killed = [0; 4];
    let mut part = 0;
    for round in 0.. {
        // A run that ended before it was killed is no try.
        if killed.iter().sum::<u32>() >= KILLS && killed.iter().all(|kills| *kills >= 3) {
            break;
        }
        assert!(round < MOST_ROUNDS, "{killed:?}");
        let _ = fs::remove_dir_all(place.data());
        sites.is_later.store(false, Ordering::Relaxed);
        for (turn, kind) in TURNS.into_iter().enumerate() {
            match turn {
                ANSWERED => {
                    place.harvest(&replay, &[]);
                    let had = ids(&place);
                    let missing: Vec<_> = all.difference(&had).collect();
                    assert!(missing.is_empty(), "round {round}: {missing:?}");
                    let_pass(&place, |place, progress| from_the_beginning(ANSWERS, place, progress));
                }
                LOOKED_AT => {
                    sites.is_later.store(true, Ordering::Relaxed);
                    let_pass(&place, |place, progress| from_the_beginning(RECHECK, place, progress));
                }
                _ if turn > ANSWERED => let_pass(&place, |_, _| ()),
                _ => {}
            }
            let wanted = sites.seen(kind) + 1 + draw() % kind.requests();
            let child =
                place.command(&replay, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut running = common::Running(child);
            let mut is_running = move || running.0.try_wait().unwrap().is_none();
            while sites.seen(kind) < wanted && is_running() {
                std::thread::yield_now();
            }
            // Up to 150 ms, the short times more often.
            let moment = Instant::now() + Duration::from_micros((draw() % 388).pow(2));
            while Instant::now() < moment && is_running() {
                std::thread::yield_now();
            }
            killed[kind as usize] += u32::from(is_running());
            // It dies with this.
            drop(is_running);
            let there = ids(&place);
            part += u32::from(!there.is_empty() && there.len() < end.len());
        }
        for _ in 0..2 {
            let_pass(&place, |_, _| ());
            let report = place.harvest(&replay, &[]);
            assert_eq!(report["sources"][1]["health"], "ok", "{report}");
        }
        let had = ids(&place);
        let (lost, more) = (end.difference(&had), had.difference(&end));
        let (lost, more): (Vec<_>, Vec<_>) = (lost.collect(), more.collect());
        assert_eq!(had, end, "round {round}: lost {lost:?}, has {more:?}");
    }
    eprintln!(
        "killed while walking, listening, asking for answers and looking: {killed:?}; {part} times a part was there"
    );
}
