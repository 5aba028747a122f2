//! Promise: what sites show is harvested once, politely, and a program that is killed at any moment loses nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grouse::model::SourceId;
use grouse::state::{Health, State};
use grouse::store::{Sort, Store};
use serde_json::{Value, json};

use crate::common::{self, errors, until};
use crate::recordings::{Exchange, recordings};
use crate::replay::{Asked, Manner, Replay, Reply};

/// A folder with a watchlist in it, and a data folder beside.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A market of one brand that is listened to as `sources` says.
    fn new(sources: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let list = format!(
            "name = \"Market\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
             [[brand]]\nid = \"acme\"\nname = \"Acme\"\nrole = \"own\"\naliases = [\"acme\"]\n\
             handles = [\"acmehelp\"]\nhashtags = [\"acme\"]\n\n{sources}"
        );
        fs::write(folder.path().join("market.toml"), list).unwrap();
        Self { folder }
    }

    fn list(&self) -> String {
        self.folder.path().join("market.toml").display().to_string()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, replay: &Replay, more: &[&str]) -> Command {
        let mut command = common::grouse(&self.data());
        command.env("GROUSE_TEST_SERVER", replay.address.to_string());
        command.args(["harvest", "--watchlist", &self.list()]).args(more);
        command
    }

    /// Harvests once and returns the report.
    #[track_caller]
    fn harvest(&self, replay: &Replay, more: &[&str]) -> Value {
        let output = self.command(replay, &[more, &["--json"]].concat()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(&output)))
    }

    /// The ids of all posts of the index.
    fn ids(&self) -> Vec<String> {
        ids(&self.data())
    }

    fn state(&self) -> State {
        State::open(&self.data()).unwrap()
    }

    fn health(&self) -> Vec<(Health, Option<String>)> {
        let streams = self.state().streams().unwrap();
        streams.into_iter().map(|(_, _, standing)| (standing.health, standing.why)).collect()
    }
}

fn ids(data: &Path) -> Vec<String> {
    if !data.join("grouse.json").exists() {
        return Vec::new();
    }
    let output = common::run(data, &["export", "--format", "ndjson"]);
    let mut ids: Vec<String> = output
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// A search site with posts numbered from 1, one a minute, of which a page shows so many.
fn search_site(posts: u64, asked: &Asked) -> Reply {
    let now =
        jiff::civil::date(2026, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
    let mut from = i64::MIN;
    let mut until = i64::MAX;
    for rule in asked.get("numericFilters").split(',') {
        if let Some(moment) = rule.strip_prefix("created_at_i>=") {
            from = moment.parse().unwrap();
        }
        if let Some(moment) = rule.strip_prefix("created_at_i<=") {
            until = moment.parse().unwrap();
        }
    }
    let size: usize = asked.get("hitsPerPage").parse().unwrap();
    let hits: Vec<Value> = (1..=posts)
        .rev()
        .map(|number| (number, now + 60 * number.cast_signed()))
        .filter(|(_, at)| (from..=until).contains(at))
        .take(size)
        .map(|(number, at)| {
            json!({ "objectID": number.to_string(), "created_at_i": at, "author": format!("writer{number}"),
                    "comment_text": format!("<p>Acme lost parcel number {number}</p>"), "parent_id": 1 })
        })
        .collect();
    Reply::ok(json!({ "hits": hits }).to_string())
}

const HACKER_NEWS: &str = "[[source]]\nname = \"hackernews\"\n";

#[test]
fn what_a_site_shows_is_harvested_once_and_then_only_what_is_new() {
    let place = Place::new(HACKER_NEWS);
    let replay = Replay::start(|asked| search_site(2_500, asked));
    let report = place.harvest(&replay, &["--since", "2025-12-31"]);
    assert_eq!((&report["new"], &report["sources"][0]["health"]), (&json!(2_500), &json!("ok")), "{report}");
    assert_eq!(place.ids().len(), 2_500);
    let first = replay.asked().len();
    drop(replay);
    let replay = Replay::start(|asked| search_site(2_600, asked));
    let report = place.harvest(&replay, &[]);
    // An hour before the newest is looked at again, since hits are listed late.
    assert_eq!((&report["new"], &report["unchanged"]), (&json!(100), &json!(61)), "{report}");
    assert_eq!((first, replay.asked().len()), (3, 1));
    let asked = &replay.asked()[0];
    assert_eq!((asked.host.as_str(), asked.get("query")), ("hn.algolia.com", "Acme"));
    assert!(asked.headers["user-agent"].starts_with("Grouse/"), "{asked:?}");
    let covered = place.state().covered(None).unwrap();
    assert_eq!(covered.len(), 1, "one span, without a gap: {covered:?}");
}

/// A page of this site has a thousand posts: a walk takes several, and each kill falls somewhere else.
#[test]
fn a_program_that_is_killed_at_any_moment_loses_and_doubles_nothing() {
    const POSTS: u64 = 6_500;
    let place = Place::new(HACKER_NEWS);
    let replay = Replay::start(|asked| search_site(POSTS, asked));
    let began = Instant::now();
    let whole = Place::new(HACKER_NEWS);
    assert_eq!(whole.harvest(&replay, &["--since", "2025-12-31"])["new"], POSTS);
    // As long as a whole run takes, and a little more.
    let longest = began.elapsed().as_millis() as u64 * 12 / 10;
    let mut random: u64 = 7;
    let mut killed = 0;
    for _ in 0..50 {
        let child = place
            .command(&replay, &["--since", "2025-12-31"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = common::Running(child);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let end = Instant::now() + Duration::from_millis((random >> 33) % longest);
        while Instant::now() < end && running.0.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        killed += u32::from(running.0.try_wait().unwrap().is_none());
        let _ = running.0.kill();
        let _ = running.0.wait();
        let there = place.ids();
        let mut distinct = there.clone();
        distinct.dedup();
        assert_eq!(there, distinct, "no post twice");
    }
    assert!(killed > 10, "only {killed} of 50 runs were killed");
    let report = place.harvest(&replay, &["--since", "2025-12-31"]);
    assert_eq!(report["sources"][0]["health"], "ok");
    assert_eq!(place.ids().len() as u64, POSTS);
}
