//! Promise: what sites show is harvested once, politely, and a program that is killed at any moment loses nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grouse::state::{Health, State};
use serde_json::{Value, json};

use crate::common::{self, errors};
use crate::replay::{Asked, Manner, Replay, Reply, beside_live, open_socket, socket};

/// A folder with a watchlist in it, and a data folder beside.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A market of one brand that is listened to as `sources` says.
    pub(crate) fn new(sources: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let list = format!(
            "name = \"Market\"\ncontact = \"desk@acme.example\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
             [[brand]]\nid = \"acme\"\nname = \"Acme\"\nrole = \"own\"\naliases = [\"acme\"]\n\
             handles = [\"acmehelp\"]\nhashtags = [\"acme\"]\n\n{sources}"
        );
        fs::write(folder.path().join("market.toml"), list).unwrap();
        Self { folder }
    }

    pub(crate) fn list(&self) -> String {
        self.folder.path().join("market.toml").display().to_string()
    }

    /// Takes out of the watchlist to whom sites may write.
    fn names_nobody(&self) {
        let list = fs::read_to_string(self.list()).unwrap();
        fs::write(self.list(), list.replace("contact = \"desk@acme.example\"\n", "")).unwrap();
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn command(&self, replay: &Replay, more: &[&str]) -> Command {
        let mut command = common::grouse(&self.data());
        command.env("GROUSE_TEST_SERVER", replay.address.to_string());
        command.args(["harvest", "--watchlist", &self.list()]).args(more);
        command
    }

    /// Harvests once and returns the report.
    #[track_caller]
    pub(crate) fn harvest(&self, replay: &Replay, more: &[&str]) -> Value {
        let output = self.command(replay, &[more, &["--json"]].concat()).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(&output)))
    }

    /// The ids of all posts of the index.
    pub(crate) fn ids(&self) -> Vec<String> {
        ids(&self.data())
    }

    pub(crate) fn state(&self) -> State {
        State::open(&self.data()).unwrap()
    }

    pub(crate) fn health(&self) -> Vec<(Health, Option<String>)> {
        let streams = self.state().streams().unwrap();
        streams.into_iter().map(|(_, _, standing)| (standing.health, standing.why)).collect()
    }
}

fn ids(data: &Path) -> Vec<String> {
    let output = common::grouse(data).args(["export", "--format", "ndjson"]).output().unwrap();
    // Before the first post there is no index.
    assert!(output.status.success() || errors(&output).contains("there is no index"), "{}", errors(&output));
    let mut ids: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// A search site with posts numbered from 1, one a minute, of which a page shows so many.
fn search_site(posts: u64, asked: &Asked) -> Reply {
    if asked.path != "/api/v1/search_by_date" {
        return no_more(asked);
    }
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

/// What is asked about posts that are had is not answered.
fn no_more(asked: &Asked) -> Reply {
    assert!(["/api/v1/items/", "/v0/item/"].iter().any(|start| asked.path.starts_with(start)), "{asked:?}");
    Reply::status(403)
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

/// Who goes back to a day sees how far it is, in a log by a line now and then.
#[test]
fn a_walk_back_tells_how_far_it_is_and_how_long_it_takes() {
    // One post an hour, three pages of them.
    let now = jiff_now().as_second();
    let replay = Replay::start(move |asked| {
        if asked.path != "/api/v1/search_by_date" {
            return no_more(asked);
        }
        let until =
            asked.get("numericFilters").split(',').filter_map(|rule| rule.strip_prefix("created_at_i<="));
        let until = until.map(|until| until.parse::<i64>().unwrap()).next().unwrap_or(i64::MAX);
        let size: usize = asked.get("hitsPerPage").parse().unwrap();
        let hits =
            (1..=2_400).map(|hours| (hours, now - 3600 * hours)).filter(|(_, at)| *at <= until).take(size);
        let hits = hits.map(|(hours, at)| {
            json!({ "objectID": hours.to_string(), "created_at_i": at, "author": "a",
                    "comment_text": format!("<p>Acme lost parcel {hours}</p>"), "parent_id": 1 })
        });
        Reply::ok(json!({ "hits": hits.collect::<Vec<_>>() }).to_string())
    });
    let since = (jiff_now() - jiff::SignedDuration::from_hours(2_500)).to_string();
    let place = Place::new(HACKER_NEWS);
    let output = place.command(&replay, &["--since", &since[..10]]).output().unwrap();
    let said = errors(&output);
    let lines: Vec<&str> = said.lines().filter(|line| line.contains(" of the way back")).collect();
    let shares: Vec<u32> = lines
        .iter()
        .map(|line| line.split(" kept, ").nth(1).unwrap().split(" %").next().unwrap().parse().unwrap())
        .collect();
    assert!(shares.len() >= 2 && shares.is_sorted() && (30..50).contains(&shares[0]), "{said}");
    let (last, before) = lines.split_last().unwrap();
    assert!(before.iter().all(|line| line.contains(", about ") && line.ends_with(" left")), "{said}");
    assert!(last.starts_with("2,400 posts kept, 100 %"), "{said}");
    // Who asks only for what is new is told of no way.
    let output = place.command(&replay, &[]).output().unwrap();
    assert!(!errors(&output).contains("of the way back"), "{}", errors(&output));
}

/// A live stream that goes on and says nothing is told once it is silent for longer than it usually is, and not before.
#[test]
fn a_live_stream_that_falls_silent_is_told() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let start = jiff_now() - jiff::SignedDuration::from_hours(2);
    let events: Vec<String> = (0..60_i64)
        .map(|minute| {
            let at = start + jiff::SignedDuration::from_mins(minute);
            json!({ "did": "did:a", "time_us": at.as_microsecond(), "kind": "commit", "commit": {
                "operation": "create", "collection": "app.bsky.feed.post", "rkey": minute.to_string(), "rev": "r",
                "record": { "text": format!("acme {minute}"), "createdAt": at.to_string() } } })
            .to_string()
        })
        .collect();
    let replay = Replay::start(move |asked| match asked.host.as_str() {
        // What comes later in one connection is read by itself, and a rhythm needs two times.
        "jetstream2.us-east.bsky.network" => {
            let from = asked.query.get("cursor").map_or(0, |cursor| cursor.parse::<i64>().unwrap());
            let is_new = |event: &&String| {
                serde_json::from_str::<Value>(event).unwrap()["time_us"].as_i64().unwrap() > from
            };
            let half = if from == 0 { 30 } else { 60 };
            let events: Vec<&str> = events[..half].iter().filter(is_new).map(String::as_str).collect();
            socket(asked, &events)
        }
        _ => beside_live(asked),
    });
    for _ in 0..2 {
        place.harvest(&replay, &["--source", "bluesky"]);
    }
    let store = grouse::store::Store::open(&place.data()).unwrap();
    let last = start + jiff::SignedDuration::from_mins(59);
    for (hours, is_expected) in [(1, false), (11, false), (13, true), (100, true)] {
        let at = last + jiff::SignedDuration::from_hours(hours);
        let bluesky = &grouse::api::sources(&store, Some(at)).unwrap().sources["bluesky"];
        assert!((30.0..90.0).contains(&bluesky.posts_per_hour.unwrap()), "{bluesky:?}");
        assert_eq!(bluesky.is_silent, is_expected, "{hours} hours: {bluesky:?}");
    }
}

/// The timeline of a tag with posts numbered from 1, one a minute, 40 on a page.
fn timeline(posts: u64, asked: &Asked) -> Reply {
    let number = |name: &str| asked.get(name).parse::<u64>().ok();
    let (until, from) = (number("max_id").unwrap_or(u64::MAX), number("since_id").unwrap_or(0));
    // Within the week that a first walk goes back, whenever this runs.
    let day = jiff_now().as_second().div_euclid(86_400) - 2;
    let start = jiff::Timestamp::from_second(86_400 * day).unwrap();
    let statuses: Vec<Value> = (1..=posts)
        .rev()
        .filter(|number| *number < until && *number > from)
        .take(40)
        .map(|number| {
            let created = start + jiff::SignedDuration::from_mins(number.cast_signed());
            json!({ "id": number.to_string(), "uri": format!("https://{}/users/a/statuses/{number}", asked.host),
                    "url": format!("https://{}/@a/{number}", asked.host), "created_at": created.to_string(),
                    "content": format!("<p>Acme lost parcel {number}</p>"), "visibility": "public",
                    "account": { "acct": "a" } })
        })
        .collect();
    Reply::ok(Value::from(statuses).to_string())
}

const MASTODON: &str = "[[source]]\nname = \"mastodon\"\n";

/// Posts arrive at the top while older pages are read: those read before are not lost, those new come with the next run.
#[test]
fn a_page_that_shifts_while_it_is_walked_loses_nothing() {
    let place = Place::new(MASTODON);
    let pages = std::sync::atomic::AtomicU64::new(0);
    let replay = Replay::start(move |asked| {
        let page = pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        timeline(200 + 7 * page.min(20), asked)
    });
    place.harvest(&replay, &[]);
    let last = place.harvest(&replay, &[]);
    assert_eq!(last["sources"][0]["health"], "ok");
    let ids = place.ids();
    let newest = ids.iter().filter_map(|id| id.rsplit('/').next()?.parse::<usize>().ok()).max().unwrap();
    assert_eq!(ids.len(), newest, "all from the first to the newest");
    assert!(newest > 200);
}

/// Lists that are asked for by number move up by one for each post that is taken out at their top while they are walked.
#[test]
fn a_post_that_is_taken_out_between_two_pages_hides_no_other() {
    const POSTS: usize = 260;
    let start = jiff_now() - jiff::SignedDuration::from_hours(72);
    let at = move |number: usize| {
        (start + jiff::SignedDuration::from_mins(number.cast_signed() as i64)).to_string()
    };
    for source in ["lemmy", "trustpilot", "appstore"] {
        let target = match source {
            "lemmy" => "lemmy.example",
            "trustpilot" => "b7 = acme",
            _ => "us/7 = acme",
        };
        let place = Place::new(&format!("[[source]]\nname = \"{source}\"\ntargets = [\"{target}\"]\n"));
        // Newest first; five go after each page, of those that were shown, or all behind them would be the newest.
        let posts = std::sync::Mutex::new((1..=POSTS).rev().collect::<Vec<usize>>());
        let gone = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let taken = gone.clone();
        let replay = Replay::start(move |asked| {
            let mut posts = posts.lock().unwrap();
            let number = |name: &str| asked.get(name).parse::<usize>().unwrap();
            let (size, page) = match asked.host.as_str() {
                "api.trustpilot.com" => (number("perPage"), number("page")),
                "itunes.apple.com" => {
                    let page = asked.path.split("page=").nth(1).unwrap().split('/').next().unwrap();
                    (50, page.parse().unwrap())
                }
                _ => (number("limit"), number("page")),
            };
            let shown: Vec<usize> = posts.iter().copied().skip(size * (page - 1)).take(size).collect();
            if !shown.is_empty() && posts.len() > POSTS - 20 {
                taken.lock().unwrap().extend(posts.drain(..5));
            }
            Reply::ok(numbered(asked, &shown, at).to_string())
        });
        let mut command = place.command(&replay, &["--since", "2026-01-01", "--json"]);
        command.env("GROUSE_TRUSTPILOT_KEY", "k");
        assert!(command.output().unwrap().status.success());
        let gone = gone.lock().unwrap().clone();
        assert!(gone.len() >= 15, "{source}: {} were taken out", gone.len());
        let had: std::collections::BTreeSet<usize> =
            place.ids().iter().map(|id| id.rsplit(['/', ':']).next().unwrap().parse().unwrap()).collect();
        let missing: Vec<usize> =
            (1..=POSTS).filter(|number| !had.contains(number) && !gone.contains(number)).collect();
        if source == "appstore" {
            // It always shows fifty: what slipped through comes with the next walk, and until then nothing is taken for gone.
            assert!(!missing.is_empty());
            let report = place.harvest(&replay, &[]);
            assert_eq!(report["deleted"], 0, "{report}");
            assert_eq!(report["new"], missing.len(), "{report}");
            let before = place.ids().len();
            let report = place.harvest(&replay, &[]);
            assert_eq!(report["deleted"], before - place.ids().len(), "{report}");
            assert_eq!(place.ids().len(), POSTS - gone.len());
        } else {
            assert_eq!(missing, Vec::<usize>::new(), "{source}");
        }
    }
}

/// A page of a list that counts by number, of each site that has one.
fn numbered(asked: &Asked, shown: &[usize], at: impl Fn(usize) -> String) -> Value {
    let posts = shown.iter().map(|number| match asked.host.as_str() {
        "api.trustpilot.com" => json!({ "id": number.to_string(), "stars": 1, "title": "acme", "text": "late",
                                        "createdAt": at(*number), "status": "active" }),
        "itunes.apple.com" => json!({ "id": { "label": number.to_string() }, "title": { "label": "acme" },
            "content": { "label": "late" }, "im:rating": { "label": "1" }, "updated": { "label": at(*number) } }),
        _ => json!({ "post": { "ap_id": format!("https://a.example/post/{number}"), "name": "acme is late",
                               "published": at(*number) },
                     "creator": { "actor_id": "https://a.example/u/anna" } }),
    });
    let posts: Vec<Value> = posts.collect();
    match asked.host.as_str() {
        "api.trustpilot.com" => json!({ "reviews": posts }),
        "itunes.apple.com" => json!({ "feed": { "entry": posts } }),
        _ => json!({ "posts": posts, "comments": [] }),
    }
}

/// Each odd answer is told for what it is, and never taken for an empty page.
#[test]
fn odd_answers_are_told_for_what_they_are() {
    let web = "<!DOCTYPE html><html><body>Are you human?</body></html>";
    let gigabyte = 1 << 30;
    let cases: Vec<(&str, Reply, Health)> = vec![
        ("429", Reply::status(429).header("retry-after", "600"), Health::Limited),
        ("403 with a web page", Reply { status: 403, ..Reply::ok(web) }, Health::Blocked),
        ("a web page", Reply::ok(web).header("content-type", "text/html"), Health::Blocked),
        ("500", Reply::status(500), Health::Late),
        ("503 with patience", Reply::status(503).header("retry-after", "7200"), Health::Late),
        ("401", Reply { status: 401, ..Reply::ok("{\"error\":\"no\"}") }, Health::NoCredentials),
        ("404", Reply::status(404), Health::Gone),
        ("410", Reply::status(410), Health::Gone),
        ("400", Reply::status(400), Health::Unreadable),
        ("cut", Reply::ok("[{\"id\": \"1\"}, {\"id\"").manner(Manner::Cut), Health::Late),
        ("slow", Reply::ok("[").manner(Manner::Stuck), Health::Late),
        ("other JSON", Reply::ok("{\"a\": 1}"), Health::Unreadable),
        ("not packed as it says", Reply::ok("[]").header("content-encoding", "gzip"), Health::Unreadable),
        (
            "a gigabyte",
            Reply::ok(vec![b' '; 1 << 20]).manner(Manner::Repeated(gigabyte >> 20)),
            Health::Unreadable,
        ),
        ("a circle", Reply::status(302).header("location", "/api/v1/timelines/tag/acme"), Health::Unreadable),
        (
            "into this machine",
            Reply::status(302).header("location", "http://169.254.169.254/"),
            Health::Blocked,
        ),
        // The right answer under a wrong name is an answer.
        ("a wrong content type", Reply::ok("[]").header("content-type", "image/png"), Health::Ok),
    ];
    for (name, reply, expected) in cases {
        let place = Place::new(MASTODON);
        let replay = Replay::start(move |_| reply.clone());
        let report = place.harvest(&replay, &[]);
        let health = place.health();
        assert_eq!(health[0].0, expected, "{name}: {health:?}");
        assert_eq!(report["sources"][0]["answered"], u64::from(expected == Health::Ok), "{name}");
        let covered = place.state().covered(None).unwrap();
        assert_eq!(covered.is_empty(), expected != Health::Ok, "{name}: what failed is a gap");
    }
}

/// Of no site is it an empty answer when a page for people, nothing at all or a message of an error comes with 200.
#[test]
fn a_regret_with_status_200_is_no_empty_answer_at_any_site() {
    // Of a site that is asked for what a watchlist names, one that is of its form.
    let targets = ["acme/one/2024", "us/7", "https://feeds.example/a.xml", "f.example", "UCa", "b1", "acme"];
    let mut list = String::new();
    for source in grouse::sources::ALL {
        let about = source.about();
        let target = targets.iter().find(|target| source.remedy(target).is_none());
        let target = match (about.asks, target) {
            (grouse::sources::Asks::Targets, Some(target)) => format!("targets = [\"{target}\"]\n"),
            _ => String::new(),
        };
        let _ = write!(list, "[[source]]\nname = \"{}\"\n{target}\n", about.name);
    }
    let place = Place::new(&list);
    for (body, expected) in [
        ("<!DOCTYPE html><html><body>Are you human?</body></html>", "blocked"),
        ("<!-- cached -->\n<!DOCTYPE html>\n<html lang=\"en\"><title>Before you continue</title>", "blocked"),
        ("<head><title>Just a moment...</title></head><body>captcha</body>", "blocked"),
        ("<?xml version=\"1.0\"?><!DOCTYPE html><html><head><title>Sorry</title></head></html>", "blocked"),
        ("", "unreadable"),
        (" \n", "unreadable"),
        ("Access denied", "unreadable"),
        ("{\"error\": \"access denied\"}", "unreadable"),
        ("{\"errors\": [{\"message\": \"denied\"}]}", "unreadable"),
        ("{\"message\": \"Forbidden\", \"code\": 403}", "unreadable"),
        ("{}", "unreadable"),
        ("null", "unreadable"),
    ] {
        let replay = Replay::start(move |asked| match asked.path.as_str() {
            "/robots.txt" => Reply::status(404),
            path if path.ends_with("createSession") => Reply::ok("{\"accessJwt\": \"t\"}"),
            path if path.ends_with("access_token") => Reply::ok("{\"access_token\": \"t\"}"),
            "/subscribe" => socket(asked, &[]),
            _ => Reply::ok(body),
        });
        let mut command = place.command(&replay, &["--json", "--max-dollars", "9"]);
        command.envs(
            grouse::sources::ALL.iter().flat_map(|source| source.about().needs).map(|name| (name, "key")),
        );
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let sources = report["sources"].as_array().unwrap();
        assert_eq!(sources.len(), grouse::sources::ALL.len(), "{report}");
        for source in sources {
            assert_eq!(
                (&source["answered"], &source["health"]),
                (&json!(0), &json!(expected)),
                "{body}: {source}"
            );
            let why = source["why"].as_str().unwrap();
            assert!(!why.is_empty() && !why.contains('\n'), "{body}: {source}");
        }
    }
    assert_eq!(place.state().covered(None).unwrap(), []);
}

/// One site hangs, one blocks, one sends rubbish: the others are harvested as if they were alone.
#[test]
fn a_source_that_fails_delays_no_other() {
    let sources = "[[source]]\nname = \"mastodon\"\ntargets = [\"slow.example\", \"bad.example\", \"good.example\"]\n\n";
    let place = Place::new(&format!("{sources}{HACKER_NEWS}"));
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "slow.example" => Reply::ok("").manner(Manner::Stuck),
        "bad.example" => Reply::ok("]["),
        "good.example" => timeline(90, asked),
        _ => search_site(50, asked),
    });
    let report = place.harvest(&replay, &["--since", "2025-12-31"]);
    assert_eq!(report["new"], 140, "{report}");
    let mastodon = &report["sources"][1];
    assert_eq!((&mastodon["questions"], &mastodon["answered"]), (&json!(3), &json!(1)), "{report}");
    assert_eq!(mastodon["health"], "unreadable");
    let good = replay.asked().iter().filter(|asked| asked.host == "good.example").count();
    assert_eq!(good, 4, "three pages, and an empty one");
}

/// The clock of this machine is set back and forth between two runs.
#[test]
fn a_clock_that_jumps_silences_no_source() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| timeline(80, asked));
    place.harvest(&replay, &[]);
    let mut state = place.state();
    let (stream, progress, mut standing) = state.streams().unwrap().remove(0);
    let future = "2031-01-01T00:00:00Z".parse().unwrap();
    standing.due = Some(future);
    let progress = grouse::state::Progress { had: Some(future), ..progress };
    let step =
        grouse::state::Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
    state.keep_steps(&[step], future).unwrap();
    drop(state);
    drop(replay);
    let replay = Replay::start(|asked| timeline(130, asked));
    assert_eq!(place.harvest(&replay, &[])["new"], 50);
    assert_eq!(place.ids().len(), 130);
}

#[test]
fn a_dry_run_shows_the_questions_and_asks_none() {
    let place = Place::new(&format!("{HACKER_NEWS}{MASTODON}"));
    let replay = Replay::start(|_| Reply::status(500));
    let output = place.command(&replay, &["--dry-run"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "hackernews",
        "Acme",
        "at mastodon.social: acme",
        "https://mastodon.social/api/v1/timelines/tag/acme",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert_eq!(replay.asked().len(), 0);
    assert!(!place.data().join("state.sqlite").exists());
    let place = Place::new("[[source]]\nname = \"webhook\"\n");
    let output = place.command(&replay, &["--dry-run"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("nothing would be asked: ") && shown.lines().count() == 1, "{shown}");
}

/// Tells a program to end, which it does within five seconds.
#[cfg(unix)]
fn told_to_end(running: &mut common::Running) -> std::process::ExitStatus {
    let told = Instant::now();
    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    let status = common::until(20, "the program ended", || running.0.try_wait().unwrap());
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    status
}

/// While one site hangs: what came is kept, and the program ends within five seconds.
#[cfg(unix)]
#[test]
fn serving_and_harvesting_end_together_soon_after_they_are_told() {
    let sources = "[[source]]\nname = \"mastodon\"\ntargets = [\"slow.example\", \"good.example\"]\n";
    let place = Place::new(sources);
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "slow.example" => Reply::ok("").manner(Manner::Stuck),
        _ => timeline(90, asked),
    });
    let child = common::grouse(&place.data())
        .env("GROUSE_TEST_SERVER", replay.address.to_string())
        .args(["serve", "--listen", "127.0.0.1:0", "--harvest", &place.list()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = common::Running(child);
    common::until(60, "90 posts were kept", || (place.ids().len() == 90).then_some(()));
    // Who wants to harvest as well is told what to do.
    let output = place.command(&replay, &[]).output().unwrap();
    let said = errors(&output);
    assert!(!output.status.success());
    for words in ["`grouse serve --harvest`", "stop it, run this again, and start it anew"] {
        assert!(said.contains(words), "{said}");
    }
    // Who imports has the index for as long as that takes, and nobody waits for its end.
    let mut importing = common::grouse(&place.data())
        .args(["import", "-", "--source", "desk"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = importing.stdin.take().unwrap();
    let mut importing = common::Running(importing);
    std::io::Write::write_all(&mut input, b"id,text\n1,acme is late\n").unwrap();
    let holder = || grouse::store::holder(&place.data()).map(|holder| holder.command);
    common::until(60, "the import has the index", || {
        // What a pipe gives is looked at by its first megabyte.
        let row = format!("2,{}\n", "acme is late ".repeat(100));
        let _ = std::io::Write::write_all(&mut input, row.as_bytes());
        (holder().as_deref() == Some("grouse import")).then_some(())
    });
    let status = told_to_end(&mut running);
    assert!(status.success(), "{status}");
    drop(input);
    let status = common::until(60, "the import ended", || importing.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
    // Nobody holds the index any more, and all is there.
    assert_eq!(holder(), None);
    assert_eq!(place.harvest(&replay, &[])["new"], 0);
    assert_eq!(place.ids().len(), 92);
}

/// A run that is told to stop while a site is silent ends soon, and says no more than it knows.
#[cfg(unix)]
#[test]
fn harvesting_once_ends_soon_after_it_is_told_and_says_what_is_true() {
    let place = Place::new("[[source]]\nname = \"mastodon\"\ntargets = [\"slow.example\"]\n");
    let replay = Replay::start(|_| Reply::ok("").manner(Manner::Stuck));
    let child = place.command(&replay, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = common::Running(child);
    common::until(60, "the site was asked", || (!replay.asked().is_empty()).then_some(()));
    assert_eq!(told_to_end(&mut running).code(), Some(1));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut running.0.stdout.take().unwrap(), &mut said).unwrap();
    assert!(said.starts_with("mastodon: 0 posts, 0 of 1 questions answered, stopped\n"), "{said}");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(!said.contains("reindex"), "{said}");
}

/// Nobody takes what comes: so nobody asks for more.
#[test]
fn a_fast_source_waits_for_whoever_keeps_its_posts() {
    let replay = Replay::start(|asked| timeline(1_000_000, asked));
    let list = grouse::config::read_watchlist(
        grouse::model::WatchlistId::new("market").unwrap(),
        &fs::read_to_string(Place::new(MASTODON).list()).unwrap(),
    )
    .unwrap();
    let plan = grouse::harvest::Plan::new(&list, &[], None).unwrap();
    let net = grouse::net::NetConfig {
        test_server: Some(replay.address),
        pace: Duration::ZERO,
        ..grouse::net::NetConfig::new("desk@acme.example")
    };
    let now = || "2028-11-26T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let client = grouse::net::Client::new(net, now, || 0.5).unwrap();
    let config = grouse::harvest::HarvestConfig { queue: 4, first_days: 10_000, ..Default::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (to, mut from) = tokio::sync::mpsc::channel(config.queue);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let keys = grouse::harvest::Keys::new(|_| None);
    let running =
        runtime.spawn(grouse::harvest::run(plan.jobs, client, keys, config, BTreeMap::new(), to, stopped));
    runtime.block_on(async {
        for taken in 1..=60 {
            let page = from.recv().await.unwrap();
            assert_eq!(page.posts.len(), 40);
            // Those that wait, the one that wants to, and the one that is being asked for.
            assert!(
                replay.asked().len() <= taken + 4 + 2,
                "{} pages asked, {taken} taken",
                replay.asked().len()
            );
        }
        stop.send(true).unwrap();
        running.await.unwrap();
    });
}

/// The highest that a program's memory was, in MB, and what it said at its end.
#[cfg(target_os = "linux")]
fn peak(mut command: Command) -> (u64, Value) {
    use std::io::Read;
    let mut running = common::Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let status = format!("/proc/{}/status", running.0.id());
    let mut peak: u64 = 0;
    common::until(300, "the harvest ended", || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        running.0.try_wait().unwrap()
    });
    let mut said = String::new();
    running.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    (peak >> 10, serde_json::from_str(&said).unwrap())
}

/// A stream of posts that comes faster than posts are judged: what waits is in the stream, and not in memory.
#[cfg(target_os = "linux")]
#[test]
fn a_fast_stream_does_not_grow_memory() {
    // Eight kilobytes each, of which one in a hundred names the brand.
    let event = |number: u64| {
        let words =
            if number.is_multiple_of(100) { "acme is late again. " } else { "somebody is late again. " };
        let record =
            json!({ "text": format!("{number} {}", words.repeat(380)), "createdAt": "2026-11-20T00:00:00Z" });
        let commit = json!({ "operation": "create", "collection": "app.bsky.feed.post", "rkey": number.to_string(),
                             "rev": "r", "record": record });
        json!({ "did": "did:a", "time_us": 1_795_000_000_000_000 + number, "kind": "commit", "commit": commit })
            .to_string()
    };
    let harvest = |posts: u64| {
        let place = Place::new("[[source]]\nname = \"bluesky\"\n");
        let events: Vec<String> = (0..posts).map(event).collect();
        let replay = Replay::start(move |asked| match asked.host.as_str() {
            "jetstream2.us-east.bsky.network" => {
                socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => beside_live(asked),
        });
        let began = Instant::now();
        let (peak, report) = peak(place.command(&replay, &["--json"]));
        assert_eq!(
            (&report["new"], &report["passed_by"]),
            (&json!(posts / 100), &json!(posts - posts / 100))
        );
        eprintln!("{posts} posts in {:.1?}, peak {peak} MB", began.elapsed());
        peak
    };
    let (few, many) = (harvest(15_000), harvest(45_000));
    // The first fill all that may wait; the others have 240 MB more, and more than that as posts.
    assert!(many < few + 60, "{few} MB for 15,000 posts, {many} MB for 45,000");
}

#[expect(clippy::disallowed_methods, reason = "what waits has waited until now")]
pub(crate) fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// What `check` says, and whether all is right, with these variables set.
fn checked(place: &Place, server: &str, variables: &[(&str, &str)], more: &[&str]) -> (bool, String) {
    let mut command = common::grouse(&place.data());
    command.env("GROUSE_TEST_SERVER", server).args(["check", &place.list()]).args(more);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
    assert!(!said.contains("secret-of-mine"), "{said}");
    (output.status.success(), said)
}

/// Credentials are tried where we name the host, and elsewhere only if someone asks for it; they are shown nowhere.
#[test]
fn credentials_are_tried_and_never_shown() {
    let sources = [
        "trustpilot\"\ntargets = [\"b1\"]",
        "reddit\"",
        "x\"",
        "mastodon\"\ntargets = [\"evil.example\", \"evil.example/stream\", \"home.example/search\"]",
        "hackernews\"",
    ];
    let sources: String = sources.map(|name| format!("[[source]]\nname = \"{name}\n\n")).concat();
    let place = Place::new(&sources);
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "hn.algolia.com" => search_site(5, asked),
        "api.trustpilot.com" | "home.example" => {
            Reply { status: 401, ..Reply::ok("{\"error\": \"secret-of-mine\"}") }
        }
        "api.x.com" if asked.path == "/2/compliance/jobs" => Reply::ok("{\"meta\": {\"result_count\": 0}}"),
        _ => Reply::status(500),
    });
    let server = replay.address.to_string();
    let keys =
        ["TRUSTPILOT_KEY", "X_TOKEN", "MASTODON_TOKEN", "REDDIT_ID"].map(|name| format!("GROUSE_{name}"));
    let mut keys: Vec<(&str, &str)> = keys.iter().map(|name| (name.as_str(), "secret-of-mine")).collect();
    keys[2].1 = "secret-of-mine@home.example";
    // Nothing is sent where nothing is set, or nobody is to be asked.
    let (is_right, said) = checked(&place, &server, &[], &[]);
    assert!(is_right && !said.contains("GROUSE_"), "{said}");
    let (is_right, said) = checked(&place, &server, &keys, &["--offline"]);
    let hint = "GROUSE_MASTODON_TOKEN and GROUSE_TRUSTPILOT_KEY and GROUSE_X_TOKEN are set: to try what is set at the sources, add --online";
    assert!(is_right && said.contains(hint), "{said}");
    assert_eq!(replay.asked().len(), 0);
    // A watchlist that somebody sent names a host: it is sent nothing. A token goes to the host that it is for.
    let (is_right, said) = checked(&place, &server, &keys, &[]);
    assert!(!is_right);
    for expected in [
        "trustpilot: no credentials: Trustpilot did not take the credentials\n",
        "reddit: GROUSE_REDDIT_ID is set, but not GROUSE_REDDIT_SECRET\n",
        "x: takes the credentials\n",
        "mastodon: GROUSE_MASTODON_TOKEN holds no token for evil.example, which is sent none\n",
        "mastodon: no credentials: Mastodon did not take the credentials\n",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let asked = replay.asked();
    let mut hosts: Vec<&str> = asked.iter().map(|asked| asked.host.as_str()).collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["api.trustpilot.com", "api.x.com", "home.example"]);
    assert!(asked.iter().all(|asked| {
        asked
            .headers
            .get("apikey")
            .or(asked.headers.get("authorization"))
            .unwrap()
            .ends_with("secret-of-mine")
    }));
    // Asked to, it tries all of them.
    let (is_right, said) = checked(&place, &server, &keys[..2], &["--online"]);
    assert!(!is_right);
    for expected in [
        "trustpilot: no credentials: Trustpilot did not take the credentials",
        "reddit: no credentials: set GROUSE_REDDIT_ID and GROUSE_REDDIT_SECRET in the environment",
        "x: takes the credentials; no post was asked for, since each costs money",
        "hackernews: answers, with 0 posts",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(replay.asked().iter().any(|asked| asked.host == "evil.example"));
}

/// A watchlist that only listens: its token is tried by opening the stream, and a token that is refused is told as one.
#[test]
fn a_stream_is_tried_by_opening_it() {
    let place = Place::new(
        "[[source]]\nname = \"mastodon\"\ntargets = [\"home.example/stream\"]\n\n[[source]]\nname = \"bluesky\"\n",
    );
    let replay = Replay::start(|asked| match (asked.path.as_str(), asked.get("access_token")) {
        ("/subscribe", _) | (_, "right") => socket(asked, &[]),
        _ => Reply::status(401),
    });
    let server = replay.address.to_string();
    let with = |token| [("GROUSE_MASTODON_TOKEN", token)];
    for more in [&[] as &[&str], &["--online"]] {
        let (is_right, said) = checked(&place, &server, &with("wrong@home.example"), more);
        assert!(
            !is_right && said.contains("mastodon: no credentials: home.example opens no stream for us (401)"),
            "{said}"
        );
    }
    let (is_right, said) = checked(&place, &server, &with("right@home.example"), &[]);
    assert!(
        is_right && said.contains("mastodon: takes the credentials\n") && !said.contains("--online"),
        "{said}"
    );
    let (is_right, said) = checked(&place, &server, &with("right@home.example"), &["--online"]);
    assert!(
        is_right && said.contains("bluesky: its live stream is read; set GROUSE_BLUESKY_HANDLE"),
        "{said}"
    );
    for name in ["mastodon", "bluesky"] {
        assert!(said.contains(&format!("{name}: opens its live stream\n")), "{said}");
    }
    // And so is the health of a source that is harvested.
    let mut command = place.command(&replay, &["--source", "mastodon"]);
    command.env("GROUSE_MASTODON_TOKEN", "wrong@home.example").output().unwrap();
    assert_eq!(place.health()[0].0, Health::NoCredentials);
}

/// Without a network a watchlist is as right as with one.
#[test]
fn credentials_that_nobody_answers_to_are_no_fault() {
    let place =
        Place::new("[[source]]\nname = \"x\"\n\n[[source]]\nname = \"youtube\"\ntargets = [\"UCa\"]\n");
    let keys = [("GROUSE_X_TOKEN", "secret-of-mine"), ("GROUSE_YOUTUBE_KEY", "secret-of-mine")];
    // A port of this machine that was free a moment ago.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (is_right, said) = checked(&place, &nobody, &keys, &[]);
    let untried: Vec<&str> = said.lines().filter(|line| line.contains("could not be tried: ")).collect();
    assert!(is_right && untried.len() == 1, "{said}");
    assert!(untried[0].starts_with("x, youtube: credentials could not be tried: "), "{said}");
    // A site that fails says nothing of a key; one that refuses does.
    for (status, is_expected) in [(503, true), (429, true), (400, false), (401, false), (403, false)] {
        let replay = Replay::start(move |_| Reply { status, ..Reply::ok("{\"error\": \"no\"}") });
        let (is_right, said) = checked(&place, &replay.address.to_string(), &keys, &[]);
        assert_eq!(is_right, is_expected, "{status}: {said}");
    }
}

/// Every source that has credentials is tried with them, and says when they are not taken; one whose answers cost is asked
/// for what costs nothing.
#[test]
fn each_source_says_when_its_credentials_are_not_taken() {
    let with_keys = [
        ("bluesky", ""),
        ("github", ""),
        ("mastodon", "targets = [\"a.example/search\"]"),
        ("reddit", ""),
        ("stackexchange", ""),
        ("trustpilot", "targets = [\"b1\"]"),
        ("x", ""),
        ("youtube", "targets = [\"UCa\"]"),
    ];
    let sources = with_keys.map(|(name, targets)| format!("[[source]]\nname = \"{name}\"\n{targets}\n\n"));
    let place = Place::new(&sources.concat());
    let replay = Replay::start(|_| Reply { status: 401, ..Reply::ok("{\"error\": \"no\"}") });
    let names = "BLUESKY_HANDLE BLUESKY_PASSWORD GITHUB_TOKEN MASTODON_TOKEN REDDIT_ID REDDIT_SECRET \
                 STACKEXCHANGE_KEY TRUSTPILOT_KEY X_TOKEN YOUTUBE_KEY";
    let mut command = common::grouse(&place.data());
    command.env("GROUSE_TEST_SERVER", replay.address.to_string()).args(["check", &place.list(), "--online"]);
    for name in names.split_whitespace() {
        let host = if name == "MASTODON_TOKEN" { "@a.example" } else { "" };
        command.env(format!("GROUSE_{name}"), format!("secret-of-mine{host}"));
    }
    let output = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
    assert!(!output.status.success() && !said.contains("secret-of-mine"), "{said}");
    for (name, _) in with_keys {
        assert!(said.contains(&format!("{name}: no credentials: ")), "{name}: {said}");
    }
    // Each was sent where it belongs, and nowhere else.
    let shown = |asked: &Asked| {
        asked.headers.values().chain(asked.query.values()).any(|value| value.contains("secret-of-mine"))
            || asked.body.contains("secret-of-mine")
            || asked.headers.get("authorization").is_some_and(|value| value.starts_with("Basic "))
    };
    let mut asked = replay.asked();
    // Bluesky's live stream wants none.
    asked.retain(|asked| asked.path != "/subscribe");
    assert!(asked.len() >= with_keys.len() && asked.iter().all(shown), "{asked:?}");
}

/// Of what a site forbids to pass on, only ids leave this machine, and it is said by which rule.
#[test]
fn where_a_site_forbids_passing_on_only_ids_are_exported() {
    let place = Place::new("[[source]]\nname = \"x\"\n");
    let replay = Replay::start(|_| {
        let post = json!({ "id": "77", "text": "@acmehelp my acme parcel", "created_at": "2026-11-20T00:00:00Z",
                           "author_id": "5" });
        Reply::ok(json!({ "data": [post], "meta": { "newest_id": "77", "result_count": 1 } }).to_string())
    });
    let mut command = place.command(&replay, &["--max-dollars", "1"]);
    assert!(command.env("GROUSE_X_TOKEN", "k").output().unwrap().status.success());
    let output = common::grouse(&place.data()).arg("export").output().unwrap();
    let row: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rule = "X Developer Policy, content redistribution: ids only";
    assert_eq!(row, json!({ "id": "x:77", "source": "x", "ids_only": rule }));
    assert!(errors(&output).contains(&format!("{rule} (https://docs.x.com/")), "{}", errors(&output));
    let output = common::grouse(&place.data()).args(["export", "--format", "csv"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("x:77,x,") && !table.contains("parcel"), "{table}");
    // Without an amount that it may cost, it is not asked.
    let output = place.command(&replay, &["--json"]).env("GROUSE_X_TOKEN", "k").output().unwrap();
    let spent: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(spent["sources"][0]["health"], "spent", "{spent}");
}

/// The next run asks at the new place, says what it has already, and who it is.
#[test]
fn an_address_that_moved_for_good_is_remembered_by_the_next_run() {
    let place = Place::new("[[source]]\nname = \"rss\"\ntargets = [\"https://feeds.example/old.json\"]\n");
    let replay = Replay::start(|asked| match asked.path.as_str() {
        "/old.json" => Reply::status(301).header("location", "/new.json"),
        "/new.json" if asked.headers.get("if-none-match").is_some_and(|tag| tag == "\"7\"") => {
            Reply::status(304)
        }
        "/new.json" => {
            let item = json!({ "id": "1", "content_text": "acme is late" });
            let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "items": [item] });
            Reply::ok(feed.to_string()).header("etag", "\"7\"")
        }
        _ => Reply::status(404),
    });
    for (new, paths) in
        [(1, vec!["/robots.txt", "/old.json", "/new.json"]), (0, vec!["/robots.txt", "/new.json"])]
    {
        let before = replay.asked().len();
        let mut command = place.command(&replay, &["--json"]);
        let output = command.env("GROUSE_CONTACT", "desk@house.example").output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&report["new"], &report["sources"][0]["health"]),
            (&json!(new), &json!("ok")),
            "{report}"
        );
        let asked = replay.asked().split_off(before);
        assert_eq!(asked.iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(), paths);
        assert!(
            asked.iter().all(|asked| asked.headers["user-agent"].contains("desk@house.example")),
            "{asked:?}"
        );
    }
}

/// What had moved for good is asked for at its own address again once the new one fails.
#[test]
fn where_an_address_had_moved_is_forgotten_once_that_fails() {
    let place = Place::new("[[source]]\nname = \"rss\"\ntargets = [\"https://feeds.example/old.json\"]\n");
    let is_over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let over = is_over.clone();
    let replay = Replay::start(move |asked| {
        let is_over = over.load(std::sync::atomic::Ordering::Relaxed);
        let feed = |id: &str| {
            let item = json!({ "id": id, "content_text": "acme is late" });
            let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "items": [item] });
            Reply::ok(feed.to_string())
        };
        match asked.path.as_str() {
            "/old.json" if is_over => feed("2"),
            "/old.json" => Reply::status(301).header("location", "/new.json"),
            "/new.json" if !is_over => feed("1"),
            _ => Reply::status(404),
        }
    });
    assert_eq!(place.harvest(&replay, &[])["new"], 1);
    is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(place.harvest(&replay, &[])["sources"][0]["health"], "gone");
    assert_eq!(place.harvest(&replay, &[])["new"], 1);
}

/// A watchlist says whom sites may write to, unless the environment does.
#[test]
fn each_site_is_told_whom_to_write_to() {
    let place = Place::new(HACKER_NEWS);
    let list = fs::read_to_string(place.list()).unwrap();
    fs::write(place.list(), list.replace("desk@acme.example", "https://acme.example/listening")).unwrap();
    let replay = Replay::start(|asked| search_site(5, asked));
    for (contact, expected) in
        [(None, "https://acme.example/listening"), (Some("desk@acme.example"), "desk@acme.example")]
    {
        let before = replay.asked().len();
        let mut command = place.command(&replay, &[]);
        command.env_remove("GROUSE_CONTACT").envs(contact.map(|contact| ("GROUSE_CONTACT", contact)));
        assert!(command.output().unwrap().status.success());
        let asked = replay.asked().split_off(before);
        let agent = format!("Grouse/{} (reads public complaints; {expected})", env!("CARGO_PKG_VERSION"));
        assert!(
            !asked.is_empty() && asked.iter().all(|asked| asked.headers["user-agent"] == agent),
            "{asked:?}"
        );
    }
}

/// Who names nobody asks nobody: one line says what to do, and nothing is begun.
#[test]
fn no_site_is_asked_while_nobody_is_named_to_whom_it_may_write() {
    let place = Place::new(HACKER_NEWS);
    place.names_nobody();
    let replay = Replay::start(|asked| search_site(5, asked));
    let list = place.list();
    let commands = [
        vec!["harvest", "--watchlist", &list],
        vec!["serve", "--harvest", &list],
        vec!["check", &list, "--online"],
    ];
    for (contact, expected) in [
        (None, "contact = \"you@acme.com\" on top of the watchlist"),
        (Some("me\nyou"), "set it as webcare@acme.com"),
    ] {
        for arguments in &commands {
            let mut command = common::grouse(&place.data());
            command.env("GROUSE_TEST_SERVER", replay.address.to_string()).args(arguments);
            command.env_remove("GROUSE_CONTACT").envs(contact.map(|contact| ("GROUSE_CONTACT", contact)));
            let output = command.output().unwrap();
            let told = errors(&output);
            assert!(!output.status.success(), "{arguments:?}");
            assert!(told.contains(expected) && told.trim_end().lines().count() == 1, "{arguments:?}: {told}");
        }
    }
    assert!(replay.asked().is_empty() && !place.data().exists());
    // What would be asked is shown all the same.
    let mut command = place.command(&replay, &["--dry-run"]);
    let output = command.env_remove("GROUSE_CONTACT").output().unwrap();
    assert!(
        output.status.success() && errors(&output).contains("GROUSE_CONTACT=you@acme.com"),
        "{}",
        errors(&output)
    );
    let mut command = place.command(&replay, &[]);
    assert!(command.env("GROUSE_CONTACT", "desk@acme.example").output().unwrap().status.success());
    assert!(!replay.asked().is_empty());
}

/// Nor is it tried whether a key is taken; which are set is told.
#[test]
fn no_key_is_tried_while_nobody_is_named_to_whom_a_site_may_write() {
    let place = Place::new("[[source]]\nname = \"youtube\"\ntargets = [\"UCacme\"]\n");
    place.names_nobody();
    let replay = Replay::start(no_more);
    let mut command = common::grouse(&place.data());
    command.env("GROUSE_TEST_SERVER", replay.address.to_string()).args(["check", &place.list()]);
    let output = command.env("GROUSE_YOUTUBE_KEY", "k3y").env_remove("GROUSE_CONTACT").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        told.contains("youtube: credentials could not be tried") && told.contains("GROUSE_CONTACT="),
        "{told}"
    );
    assert!(output.status.success() && replay.asked().is_empty());
}

/// A site that sends us elsewhere is not followed there with a secret, in this run or a later one; nor is a secret kept.
#[test]
fn what_has_moved_is_sent_no_secret_and_none_is_kept() {
    let sources = [
        "trustpilot\"\ntargets = [\"b1\"]",
        "youtube\"\ntargets = [\"UCa\"]",
        "bluesky\"",
        "stackexchange\"\ntargets = [\"site.one\"]",
    ];
    let place = Place::new(&sources.map(|source| format!("[[source]]\nname = \"{source}\n\n")).concat());
    let replay = Replay::start(|asked| {
        let repeated = format!("key={}", asked.get("key"));
        match asked.host.as_str() {
            "api.trustpilot.com" => Reply::status(301).header("location", "https://evil.example/reviews"),
            "www.googleapis.com" if asked.path == "/moved" => Reply::ok("{\"items\": []}"),
            "www.googleapis.com" => Reply::status(301).header("location", &format!("/moved?{repeated}")),
            "api.stackexchange.com" => {
                Reply::status(308).header("location", &format!("https://evil.example/2?{repeated}"))
            }
            "bsky.social" => Reply::status(307).header("location", "https://evil.example/x"),
            _ => Reply::ok("{}"),
        }
    });
    for _ in 0..2 {
        let mut command = place.command(&replay, &["--json"]);
        for name in
            ["TRUSTPILOT_KEY", "YOUTUBE_KEY", "STACKEXCHANGE_KEY", "BLUESKY_HANDLE", "BLUESKY_PASSWORD"]
        {
            command.env(format!("GROUSE_{name}"), "secret-of-mine");
        }
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!errors(&output).contains("secret-of-mine"));
        for source in report["sources"].as_array().unwrap() {
            match source["source"].as_str().unwrap() {
                "youtube" => assert_eq!(source["health"], "ok", "{report}"),
                _ => assert!(
                    source["why"]
                        .as_str()
                        .unwrap()
                        .contains("evil.example, which is not given the credentials"),
                    "{report}"
                ),
            }
        }
    }
    let asked = replay.asked();
    assert!(asked.iter().all(|asked| asked.host != "evil.example"), "{asked:?}");
    // It was asked where it is, and again at the old place.
    assert_eq!(asked.iter().filter(|asked| asked.path == "/moved").count(), 2);
    for file in fs::read_dir(place.data()).unwrap().map(|file| file.unwrap().path()) {
        let Ok(bytes) = fs::read(&file) else { continue };
        assert!(!bytes.windows(14).any(|window| window == b"secret-of-mine"), "{}", file.display());
    }
}

/// A sign-in that does not answer keeps no other source waiting.
#[test]
fn a_sign_in_that_hangs_holds_no_other_source() {
    let place = Place::new("[[source]]\nname = \"reddit\"\n\n[[source]]\nname = \"bluesky\"\n");
    // Each sign-in is answered once the other was asked for.
    let met = (std::sync::Mutex::new([false; 2]), std::sync::Condvar::new());
    let replay = Replay::start(move |asked| {
        let own = match (asked.host.as_str(), asked.path.as_str()) {
            ("www.reddit.com", _) => 0,
            ("bsky.social", path) if path.ends_with("createSession") => 1,
            ("oauth.reddit.com", _) => {
                return Reply::ok("{\"kind\": \"Listing\", \"data\": {\"children\": []}}");
            }
            (_, path) if path.ends_with("searchPosts") => return Reply::ok("{\"posts\": []}"),
            _ => return Reply::status(404),
        };
        let mut signing_in = met.0.lock().unwrap();
        signing_in[own] = true;
        met.1.notify_all();
        let wait = Duration::from_mins(1);
        drop(met.1.wait_timeout_while(signing_in, wait, |signing_in| !signing_in[1 - own]).unwrap());
        Reply::ok("{\"access_token\": \"t\", \"accessJwt\": \"t\"}")
    });
    let mut command = place.command(&replay, &["--json"]);
    for name in ["REDDIT_ID", "REDDIT_SECRET", "BLUESKY_HANDLE", "BLUESKY_PASSWORD"] {
        command.env(format!("GROUSE_{name}"), "k");
    }
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Of Bluesky all but its live stream, which is not played here.
    let answered = |at: usize| report["sources"][at]["answered"].as_u64().unwrap();
    assert_eq!((answered(0), answered(1)), (3, 1), "{report}");
}

/// What `grouse sources` shows of each: how it is, how much it brings, what it still allows and costs, and when it is asked
/// next.
#[test]
fn the_health_of_each_source_is_shown() {
    let place = Place::new(&format!(
        "{HACKER_NEWS}\n[[source]]\nname = \"x\"\n\n[[source]]\nname = \"youtube\"\ntargets = [\"UC1\"]\n"
    ));
    let replay = Replay::start(|asked| {
        if asked.host == "hn.algolia.com" {
            return search_site(50, asked).header("x-ratelimit-remaining", "287");
        }
        let post = json!({ "id": "77", "text": "acme", "created_at": "2026-11-20T00:00:00Z" });
        Reply::ok(json!({ "data": [post], "meta": { "newest_id": "77" } }).to_string())
    });
    let mut command = place.command(&replay, &["--since", "2025-12-31", "--max-dollars", "1"]);
    assert!(command.env("GROUSE_X_TOKEN", "k").output().unwrap().status.success());
    let all: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
    let of = |name: &str| {
        let all = all.as_array().unwrap();
        all.iter().find(|source| source["name"] == name).unwrap()["standing"].clone()
    };
    // One a minute; the last of them long ago.
    let news = of("hackernews");
    assert_eq!(
        (&news["health"], &news["posts"], &news["quota_left"]),
        (&json!("ok"), &json!(50), &json!(287))
    );
    assert!((news["posts_per_hour"].as_f64().unwrap() - 60.0).abs() < 0.1, "{news}");
    assert_eq!((&news["is_silent"], news["next"].is_string()), (&json!(true), true), "{news}");
    assert!((news["covered_week"].as_f64().unwrap() - 1.0).abs() < 0.01, "{news}");
    assert!((of("x")["dollars_this_month"].as_f64().unwrap() - 0.005).abs() < 1e-9);
    assert_eq!((&of("x")["is_silent"], &of("youtube")["health"]), (&json!(false), &json!("no credentials")));
    assert_eq!(of("mastodon"), Value::Null);
    let other = Place::new("");
    fs::write(other.data().with_file_name("one.csv"), "id,text\n1,acme is late\n").unwrap();
    common::run(&other.data(), &["import", &other.data().with_file_name("one.csv").display().to_string()]);
    // A program asks the same of the index.
    let store = grouse::store::Store::open(&place.data()).unwrap();
    let answer = serde_json::to_value(grouse::api::sources(&store, Some(jiff_now())).unwrap()).unwrap();
    for field in ["health", "posts", "posts_per_hour", "last_answer", "next", "quota_left", "is_silent"] {
        assert_eq!(answer["sources"]["hackernews"][field], news[field], "{field}");
    }
    assert_eq!(answer["sources"].as_object().unwrap().len(), 3, "{answer}");
    // And so does the page, for a person: which want attention, why, and what each brings.
    let clock = || jiff_now();
    let api = grouse::api::Api::new(std::sync::Arc::new(store)).with_clock(clock);
    let (status, page) = shown_on(&api, "/sources");
    assert_eq!(status, 200, "{page}");
    for expected in [
        "2 of 3 want attention.",
        "<a href=\"/?source=hackernews\">hackernews</a>",
        "<td class=\"ill\">silent</td>",
        "<td>60</td><td>50</td><td>287</td>",
        "<td>100%<svg",
        "<td class=\"ill\">no credentials</td><td>never</td>",
        "Set GROUSE_YOUTUBE_KEY in the environment.",
        "<td>$0.01</td>",
        "aria-current=\"page\">Sources</a>",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert_eq!(shown_on(&api, "/sources?source=x").0, 400);
    assert_eq!(shown_on(&api, "/v1/sources?source=x").0, 400);
    let (_, nothing) = shown_on(
        &grouse::api::Api::new(std::sync::Arc::new(grouse::store::Store::open(&other.data()).unwrap())),
        "/sources",
    );
    assert!(nothing.contains("No source was asked yet"), "{nothing}");
    let store = grouse::store::Store::open(&place.data()).unwrap();
    // And without a clock, of when a source was asked last.
    let before = grouse::api::sources(&store, None).unwrap();
    assert!(
        before.as_of < answer["as_of"].as_str().map(str::to_owned) && before.sources["hackernews"].is_silent
    );
    let shown = common::run(&place.data(), &["sources"]);
    for expected in [
        "is ok; 50 posts so far, about 60.0 an hour, last answered",
        ", asked next in 1",
        ", 287 requests left, silent for longer than usual; 100 % of the last week is covered",
        "$0.01 spent this month",
        "is no credentials: set GROUSE_YOUTUBE_KEY in the environment",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

/// A target that was wrong is mended in the watchlist: the source is well then, and what was asked before is told no longer.
#[test]
fn a_question_that_was_mended_is_ill_no_longer() {
    let list = |target: &str| format!("[[source]]\nname = \"discourse\"\ntargets = [\"{target}\"]\n");
    let place = Place::new(&list("wrong.example"));
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "wrong.example" => Reply::status(404),
        _ => Reply::ok("{\"latest_posts\": []}"),
    });
    let standing = || {
        let told: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
        let told =
            told.as_array().unwrap().iter().find(|source| source["name"] == "discourse").unwrap().clone();
        (told["standing"]["health"].clone(), told["standing"]["questions"].clone())
    };
    place.harvest(&replay, &[]);
    assert_eq!(standing(), (json!("gone"), json!(1)));
    let text = fs::read_to_string(place.list()).unwrap();
    fs::write(place.list(), text.replace("wrong.example", "right.example")).unwrap();
    // Who asks one source only says nothing of the others.
    place.harvest(&replay, &["--source", "discourse"]);
    assert_eq!(standing(), (json!("gone"), json!(2)));
    place.harvest(&replay, &[]);
    assert_eq!(standing(), (json!("ok"), json!(1)));
    // And where it stopped is known when it is asked again.
    fs::write(place.list(), text).unwrap();
    place.harvest(&replay, &[]);
    assert_eq!(standing(), (json!("gone"), json!(1)));
    let failures = place.state().streams().unwrap().remove(0).2.failures;
    assert_eq!(failures, 2);
}

/// Without keys Bluesky is listened to, and that is all that is wanted: its search is an offer and no fault.
#[test]
fn a_source_that_is_listened_to_without_keys_is_well() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let replay = Replay::start(|asked| match asked.path.as_str() {
        "/subscribe" => {
            let commit = json!({ "operation": "create", "collection": "app.bsky.feed.post", "rkey": "1", "rev": "r",
                                 "record": { "text": "acme", "createdAt": "2026-11-20T00:00:00Z" } });
            let event = json!({ "did": "did:a", "time_us": 1_795_000_000_000_000_i64, "kind": "commit", "commit": commit });
            socket(asked, &[&event.to_string()])
        }
        _ => beside_live(asked),
    });
    let output = place.command(&replay, &[]).output().unwrap();
    let (out, said) = (String::from_utf8(output.stdout.clone()).unwrap(), errors(&output));
    assert!(out.starts_with("bluesky: 1 post, ok\n"), "{out}");
    let hint = "bluesky: its live stream is read; set GROUSE_BLUESKY_HANDLE and GROUSE_BLUESKY_PASSWORD to search for what was before, too\n";
    assert!(said.contains(hint), "{said}");
    let output = place.command(&replay, &["--dry-run"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("bluesky (not asked until GROUSE_BLUESKY_HANDLE")
            && shown.contains("\nbluesky\n  at live"),
        "{shown}"
    );
}

/// A page, as a browser gets it.
fn shown_on(api: &grouse::api::Api, address: &str) -> (u16, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (status, page) = runtime.block_on(crate::page::get_from(grouse::api::router(api.clone()), address));
    (status.as_u16(), page)
}

/// A watchlist may say otherwise, in either direction; the rule that it names is told with every export.
#[test]
fn who_decides_otherwise_names_the_rule() {
    let list = |rules: [&str; 2]| {
        let rules = rules.map(|rule| match rule.split_once(": ") {
            Some((pass_on, rule)) => format!("pass_on = \"{pass_on}\"\nrule = \"{rule}\"\n"),
            None => String::new(),
        });
        format!("[[source]]\nname = \"x\"\n{}\n[[source]]\nname = \"mastodon\"\n{}\n", rules[0], rules[1])
    };
    let place = Place::new(&list(["all: Contract of March, section 4", "ids: Wish of the works council"]));
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "api.x.com" => {
            let post = json!({ "id": "77", "text": "my acme parcel", "created_at": "2026-11-20T00:00:00Z" });
            Reply::ok(json!({ "data": [post], "meta": { "newest_id": "77", "result_count": 1 } }).to_string())
        }
        _ => timeline(1, asked),
    });
    let mut command = place.command(&replay, &["--max-dollars", "1"]);
    assert!(command.env("GROUSE_X_TOKEN", "k").output().unwrap().status.success());
    for format in ["ndjson", "csv"] {
        let output = common::grouse(&place.data()).args(["export", "--format", format]).output().unwrap();
        let (said, rows) = (errors(&output), String::from_utf8(output.stdout).unwrap());
        assert!(rows.contains("my acme parcel") && !rows.contains("lost parcel"), "{rows}");
        assert!(rows.contains("mastodon:mastodon.social/1"), "{rows}");
        for expected in [
            "of 1 post from x all was exported, by this rule: Contract of March, section 4",
            "of 1 post from mastodon only the id was exported, by this rule: Wish of the works council",
        ] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
    let shown = common::run(&place.data(), &["sources"]);
    assert!(shown.contains("exports all posts, by Contract of March, section 4"), "{shown}");
    for (rules, expected) in [
        ("pass_on = \"all\"", "`pass_on` is given without the `rule` that says so"),
        ("rule = \"R\"", "`rule` is given without `pass_on`"),
        ("pass_on = \"some\"\nrule = \"R\"", "does not say what may be passed on"),
    ] {
        let place = Place::new(&format!("[[source]]\nname = \"x\"\n{rules}\n"));
        let output = common::grouse(&place.data()).args(["check", &place.list()]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
        assert!(!output.status.success() && said.contains(expected), "{said}");
    }
}

/// Posts of three days, of which one in the middle has none; what was covered says whether that is a zero.
#[test]
fn a_day_without_posts_is_a_zero_where_it_was_collected_and_else_a_gap() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| {
        let status = |number: u64, day: u64| {
            json!({ "id": number.to_string(), "uri": format!("https://{}/users/a/statuses/{number}", asked.host),
                    "created_at": format!("2026-11-{day:02}T12:00:00Z"), "content": "<p>Acme lost it</p>",
                    "visibility": "public", "account": { "acct": "a" } })
        };
        let all = [status(3, 16), status(2, 13), status(1, 10)];
        let is_more = asked.query.contains_key("max_id");
        Reply::ok(Value::from(if is_more { Vec::new() } else { all.to_vec() }).to_string())
    });
    place.harvest(&replay, &["--since", "2026-11-01"]);
    let shown = |by: &str, source: &str| -> Vec<Value> {
        let arguments = ["trends", "--by", by, "--json", source];
        let answer: Value = serde_json::from_str(&common::run(&place.data(), &arguments)).unwrap();
        answer["series"][0]["counts"].as_array().unwrap().clone()
    };
    let (zero, gap, one) = (json!(0), Value::Null, json!(1));
    let whole = [&one, &zero, &zero, &one, &zero, &zero, &one].map(Clone::clone);
    assert_eq!(shown("all", ""), whole);
    // Harvesting was blocked from the evening of the 13th to the morning of the 15th.
    let database = rusqlite::Connection::open(place.data().join("state.sqlite")).unwrap();
    let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
    let (blocked, free) = (second("2026-11-13T20:00:00Z"), second("2026-11-15T06:00:00Z"));
    let copy = "INSERT INTO covered SELECT watchlist, source, place, query, ?1, until FROM covered";
    database.execute(copy, [free]).unwrap();
    database.execute("UPDATE covered SET until = ?1 WHERE since < ?1", [blocked]).unwrap();
    let holed = [&one, &zero, &zero, &one, &gap, &gap, &one].map(Clone::clone);
    for (by, question) in [("all", ""), ("source", ""), ("brand", ""), ("all", "source:mastodon")] {
        assert_eq!(shown(by, question), holed, "{by} {question}");
    }
    let table = common::run(&place.data(), &["trends"]);
    assert!(table.contains("not collected, which is not zero"), "{table}");
}

/// What is listened to and cannot be taken up where it broke covers the time of its connections; what lies between is a gap,
/// unless a list was read that has it as well.
#[test]
fn what_is_only_listened_to_has_gaps_between_its_connections() {
    let place = Place::new("[[source]]\nname = \"mastodon\"\ntargets = [\"b.example/stream\"]\n");
    let day = jiff_now().as_second().div_euclid(86_400);
    let at = move |days: i64| 86_400 * (day - days);
    let status = move |number: u32, second: i64| {
        json!({ "id": number.to_string(), "uri": format!("https://b.example/users/a/statuses/{number}"),
                "created_at": jiff::Timestamp::from_second(second).unwrap().to_string(),
                "content": "<p>acme is late</p>", "visibility": "public", "account": { "acct": "a" } })
    };
    let replay = Replay::start(move |asked| {
        let event = |number, second| {
            let status = status(number, second).to_string();
            json!({ "stream": ["hashtag"], "event": "update", "payload": status }).to_string()
        };
        match asked.path.as_str() {
            "/api/v1/streaming" => open_socket(asked, &[&event(1, at(5) + 3_600), &event(2, at(0))]),
            _ => Reply::status(503),
        }
    });
    let database = || rusqlite::Connection::open(place.data().join("state.sqlite")).unwrap();
    let listened = || {
        let mut command = place.command(&replay, &["--json"]);
        assert!(command.env("GROUSE_MASTODON_TOKEN", "t@b.example").output().unwrap().status.success());
        let newest = place
            .state()
            .covered(None)
            .unwrap()
            .into_iter()
            .map(|(_, span)| span)
            .max_by_key(|span| span.until);
        newest.unwrap()
    };
    let first = listened();
    let length = first.until.as_second() - first.from.as_second();
    assert!((1..60).contains(&length), "as long as it listened: {first:?}");
    // As if it had been five days ago, for two days, and again since yesterday.
    database().execute("UPDATE covered SET since = ?1, until = ?2", [at(5), at(3)]).unwrap();
    assert!(listened().from > first.from);
    database().execute("UPDATE covered SET since = ?1 WHERE since > ?1", [at(1)]).unwrap();
    let shown = || -> Vec<Value> {
        let answer = common::run(&place.data(), &["trends", "--by", "all", "--json"]);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["series"][0]["counts"].as_array().unwrap().clone()
    };
    let (zero, gap, one) = (json!(0), Value::Null, json!(1));
    assert_eq!(shown(), [&one, &zero, &gap, &gap, &zero, &one].map(Clone::clone));
    let copy = "INSERT INTO covered SELECT watchlist, source, 'b.example', query, ?1, ?2 FROM covered WHERE since = ?2";
    database().execute(copy, [at(4), at(1)]).unwrap();
    assert_eq!(shown(), [&one, &zero, &zero, &zero, &zero, &one].map(Clone::clone));
}

/// Who was away for long and goes back to yesterday has what lies between as well.
#[test]
fn going_back_to_a_day_leaves_out_nothing_since_the_last_walk() {
    let place = Place::new(HACKER_NEWS);
    let replay = Replay::start(|asked| search_site(100, asked));
    assert_eq!(place.harvest(&replay, &["--since", "2025-12-31"])["new"], 100);
    drop(replay);
    // As if that had been when the last of them was written.
    let mut state = place.state();
    for (stream, mut progress, standing) in state.streams().unwrap() {
        progress.had = Some("2026-01-01T01:40:00Z".parse().unwrap());
        let step =
            grouse::state::Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
        state.keep_steps(&[step], jiff_now()).unwrap();
    }
    drop(state);
    // More than a day of them came since.
    let replay = Replay::start(|asked| search_site(2_000, asked));
    assert_eq!(place.harvest(&replay, &["--since", "2026-01-02"])["new"], 1_900);
    let shown = place.command(&replay, &["--dry-run", "--since", "2026-01-02"]).output().unwrap();
    // The second of that day.
    assert!(String::from_utf8_lossy(&shown.stdout).contains("1767312000"), "{shown:?}");
}

/// A day to come would end the walk at once and move the place all the same; an amount that is none would be waited for for ever.
#[test]
fn days_and_amounts_that_make_no_sense_are_refused() {
    let place = Place::new(HACKER_NEWS);
    let replay = Replay::start(|asked| search_site(5, asked));
    for (arguments, why) in [
        (["--since", "2999-01-01"], "2999-01-01 is yet to come"),
        (["--max-dollars", "NaN"], "give an amount, as 5"),
        (["--max-dollars", "inf"], "give an amount, as 5"),
        (["--max-dollars", "-5"], "give an amount, as 5"),
    ] {
        let output = place.command(&replay, &arguments).output().unwrap();
        assert!(!output.status.success() && errors(&output).contains(why), "{}", errors(&output));
    }
    assert!(replay.asked().is_empty());
}

/// With a token of one's own, an instance is searched for words and listened to.
#[test]
fn an_instance_is_searched_and_listened_to_with_a_token() {
    let targets = "targets = [\"a.example/search\", \"b.example/stream\"]";
    let place = Place::new(&format!("[[source]]\nname = \"mastodon\"\n{targets}\n"));
    let status = |host: &str, number: u32, text: &str| {
        json!({ "id": number.to_string(), "uri": format!("https://{host}/users/a/statuses/{number}"),
                "created_at": (jiff_now() - jiff::SignedDuration::from_hours(3)).to_string(),
                "content": format!("<p>{text}</p>"), "visibility": "public", "account": { "acct": "a" } })
    };
    let replay = Replay::start(move |asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("a.example", "/api/v2/search") if asked.headers.contains_key("authorization") => {
            let is_first = asked.get("max_id").is_empty();
            let found = if is_first {
                vec![status("a.example", 9, "acme"), status("a.example", 7, "acme")]
            } else {
                vec![]
            };
            Reply::ok(json!({ "accounts": [], "statuses": found, "hashtags": [] }).to_string())
        }
        ("b.example", "/api/v1/streaming")
            if asked.get("access_token") == "t" && asked.get("tag") == "acme" =>
        {
            let event = |event: &str, payload: String| {
                json!({ "stream": ["hashtag", "acme"], "event": event, "payload": payload }).to_string()
            };
            let events = [
                event("update", status("b.example", 1, "acme is late").to_string()),
                event("update", status("b.example", 2, "acme is early").to_string()),
                event("status.update", status("b.example", 2, "acme is on time").to_string()),
                event("delete", "1".to_owned()),
                event("filters_changed", "undefined".to_owned()),
            ];
            socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => Reply::status(401),
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!(report["sources"][0]["health"], "no credentials", "{report}");
    assert_eq!(place.ids(), Vec::<String>::new());
    let mut command = place.command(&replay, &["--json"]);
    let output = command.env("GROUSE_MASTODON_TOKEN", "t@a.example t@b.example").output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(place.ids(), ["mastodon:a.example/7", "mastodon:a.example/9", "mastodon:b.example/2"]);
    let export = common::run(&place.data(), &["export", "--format", "ndjson"]);
    assert!(export.contains("acme is on time") && !export.contains("acme is early"), "{export}");
}

/// A watchlist names hosts, and may be somebody else's: a token goes to the host that it is for, and to no other.
#[test]
fn a_token_for_one_instance_is_sent_to_no_other() {
    let targets = "targets = [\"mine.example/search\", \"mine.example\", \"evil.example\", \"evil.example/search\", \"evil.example/stream\"]";
    let place = Place::new(&format!("[[source]]\nname = \"mastodon\"\n{targets}\n"));
    let replay = Replay::start(|asked| match asked.path.as_str() {
        "/api/v2/search" => Reply::ok("{\"statuses\": []}"),
        _ => Reply::ok("[]"),
    });
    for (token, reach) in [("secret-of-mine@mine.example", true), ("secret-of-mine", false)] {
        let before = replay.asked().len();
        let mut command = place.command(&replay, &["--json"]);
        let output = command.env("GROUSE_MASTODON_TOKEN", token).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let why = report["sources"][0]["why"].as_str().unwrap();
        assert!(why.starts_with("GROUSE_MASTODON_TOKEN holds no token for "), "{report}");
        assert!(
            !report.to_string().contains("secret-of-mine") && !errors(&output).contains("secret-of-mine")
        );
        let asked = replay.asked().split_off(before);
        let shown = |asked: &Asked| format!("{:?}{:?}{}", asked.headers, asked.query, asked.body);
        for asked in &asked {
            let is_search = asked.path == "/api/v2/search";
            assert_eq!(shown(asked).contains("secret-of-mine"), is_search, "{asked:?}");
            assert!(!is_search || asked.host == "mine.example", "{asked:?}");
        }
        assert_eq!(asked.iter().any(|asked| asked.path == "/api/v2/search"), reach);
        assert!(asked.iter().any(|asked| asked.host == "evil.example"));
    }
}

/// All that is new in a group is read where a watchlist says so: of comments, which no search finds, those that name a brand.
#[test]
fn the_comments_of_a_group_are_read_for_those_that_name_a_brand() {
    let place = Place::new("[[source]]\nname = \"reddit\"\ntargets = [\"r/late/comments\"]\n");
    let replay = Replay::start(|asked| match asked.path.as_str() {
        "/api/v1/access_token" => Reply::ok("{\"access_token\": \"t\"}"),
        "/r/late/comments" => {
            let now = jiff_now().as_second();
            let comment = |id: &str, author: &str, text: &str| {
                json!({ "kind": "t1", "data": { "name": format!("t1_{id}"), "author": author, "body": text,
                        "created_utc": now - 9_000, "parent_id": "t3_1", "link_id": "t3_1" } })
            };
            let comments = [
                comment("1", "anna", "acme lost my parcel"),
                comment("2", "bert", "mine as well"),
                comment("3", "acmehelp", "We are sorry"),
            ];
            Reply::ok(
                json!({ "kind": "Listing", "data": { "children": comments, "after": null } }).to_string(),
            )
        }
        _ => Reply::status(503),
    });
    let mut command = place.command(&replay, &[]);
    for name in ["GROUSE_REDDIT_ID", "GROUSE_REDDIT_SECRET"] {
        command.env(name, "k");
    }
    assert!(command.output().unwrap().status.success());
    assert_eq!(place.ids(), ["reddit:t1_1", "reddit:t1_3"]);
}

/// What a brand answers names no brand: it is asked for by the brand's account, and stops the clock of its complaint.
#[test]
fn what_a_brand_answers_is_harvested_with_its_complaint() {
    let place = Place::new("[[source]]\nname = \"x\"\n");
    let replay = Replay::start(|asked| {
        let complaint = json!({ "id": "1", "text": "@acmehelp my parcel is late", "author_id": "7",
                                "created_at": "2026-11-20T10:00:00Z" });
        let answer = json!({ "id": "2", "text": "@anna We are sorry to hear that", "author_id": "8",
                             "created_at": "2026-11-20T10:12:00Z",
                             "referenced_tweets": [{ "type": "replied_to", "id": "1" }] });
        let is_wanted = asked.get("query").contains("from:acmehelp");
        let data = if is_wanted { vec![answer, complaint] } else { vec![complaint] };
        let users = json!([{ "id": "7", "username": "anna" }, { "id": "8", "username": "AcmeHelp" }]);
        let meta = json!({ "newest_id": "2", "result_count": data.len() });
        Reply::ok(json!({ "data": data, "includes": { "users": users }, "meta": meta }).to_string())
    });
    let mut command = place.command(&replay, &["--max-dollars", "1"]);
    assert!(command.env("GROUSE_X_TOKEN", "k").output().unwrap().status.success());
    let told: Value = serde_json::from_str(&common::run(&place.data(), &["responses", "--json"])).unwrap();
    assert_eq!(
        (&told["overall"]["pairs"], &told["brands"][0]["brand"]),
        (&json!(1), &json!("acme")),
        "{told:#}"
    );
    assert_eq!(told["overall"]["median_seconds"], 720.0);
}

/// Nothing new came, but the source was read: what waits there has waited until then.
#[test]
fn what_waits_has_waited_until_its_source_was_read() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| {
        let now = jiff_now() - jiff::SignedDuration::from_hours(30);
        let status = json!({ "id": "1", "uri": format!("https://{}/users/a/statuses/1", asked.host),
                             "created_at": now.to_string(), "content": "<p>@acmehelp it is late</p>",
                             "visibility": "public", "account": { "acct": "a" } });
        let is_more = asked.query.contains_key("max_id");
        Reply::ok(Value::from(if is_more { Vec::new() } else { vec![status] }).to_string())
    });
    place.harvest(&replay, &[]);
    let answer: Value = serde_json::from_str(&common::run(&place.data(), &["responses", "--json"])).unwrap();
    assert_eq!(answer["overall"]["open"], 1, "{answer:#}");
    let waits = |question: &str| -> Value {
        let answer = common::run(&place.data(), &["search", question, "--json"]);
        serde_json::from_str::<Value>(&answer).unwrap()["total"].clone()
    };
    // In whole hours, and so at least 29 and at most 30.
    assert_eq!((waits("waiting:>=29h"), waits("waiting:>31h")), (json!(1), json!(0)));
}

/// What a source no longer shows, or says is gone, is gone here after the next run.
#[test]
fn what_a_source_deletes_is_deleted_here() {
    let place = Place::new("[[source]]\nname = \"nhtsa\"\ntargets = [\"acme/one/2024\"]\n");
    let vehicles = |numbers: &[u64]| {
        let results: Vec<Value> = numbers
            .iter()
            .map(|number| json!({ "odiNumber": number, "summary": "The brake fails.", "dateComplaintFiled": "12/09/2024" }))
            .collect();
        Reply::ok(json!({ "count": results.len(), "results": results }).to_string())
    };
    let replay = Replay::start(move |_| vehicles(&[1, 2, 3]));
    assert_eq!(place.harvest(&replay, &[])["new"], 3);
    drop(replay);
    let replay = Replay::start(move |_| vehicles(&[1, 3, 4]));
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["new"], &report["deleted"]), (&json!(1), &json!(1)));
    assert_eq!(place.ids(), ["nhtsa:1", "nhtsa:3", "nhtsa:4"]);
    drop(replay);
    // An answer that is no answer deletes nothing, nor does one of which a part cannot be read.
    let replay = Replay::start(|_| Reply::ok("<html><body>Busy</body></html>"));
    place.harvest(&replay, &[]);
    assert_eq!(place.ids().len(), 3);
    drop(replay);
    let replay = Replay::start(|_| {
        let whole = |number| json!({ "odiNumber": number, "summary": "The brake fails.", "dateComplaintFiled": "12/09/2024" });
        Reply::ok(json!({ "results": [whole(1), whole(3), { "odiNumber": "four" }] }).to_string())
    });
    assert_eq!(place.harvest(&replay, &[])["deleted"], 0);
    assert_eq!(place.ids().len(), 3);
    let told = common::run(&place.data(), &["sources"]);
    assert!(
        told.contains("is ok: an item of its list has no name that can be read, and until then"),
        "{told}"
    );
    drop(replay);
    // One that has its name is there, whatever else is wrong with it, and says of the others what it would.
    let replay = Replay::start(|_| {
        let whole =
            json!({ "odiNumber": 1, "summary": "The brake fails.", "dateComplaintFiled": "12/09/2024" });
        Reply::ok(json!({ "results": [whole, { "odiNumber": 4, "summary": [7] }] }).to_string())
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["deleted"], &report["sources"][0]["rejected"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(place.ids(), ["nhtsa:1", "nhtsa:4"]);
    assert!(!common::run(&place.data(), &["sources"]).contains("has no name"));

    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let event = |did: &str, at: i64, operation: &str, key: &str| {
        let mut commit =
            json!({ "operation": operation, "collection": "app.bsky.feed.post", "rkey": key, "rev": "r" });
        if operation != "delete" {
            commit["record"] =
                json!({ "text": format!("acme {operation} {key}"), "createdAt": "2026-11-20T00:00:00Z" });
        }
        json!({ "did": did, "time_us": at, "kind": "commit", "commit": commit }).to_string()
    };
    let start = 1_795_000_000_000_000;
    let first: Vec<String> = [("did:a", "1"), ("did:a", "2"), ("did:b", "1"), ("did:b", "2"), ("did:c", "1")]
        .iter()
        .zip(0..)
        .map(|((did, key), at)| event(did, start + at, "create", key))
        .collect();
    let replay = Replay::start(move |asked| match asked.host.as_str() {
        "jetstream2.us-east.bsky.network" => {
            socket(asked, &first.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => beside_live(asked),
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!(report["new"], 5, "{report:#}");
    drop(replay);
    let account = json!({ "did": "did:b", "time_us": start + 12, "kind": "account",
                          "account": { "active": false, "did": "did:b", "status": "deleted" } });
    let later = [
        event("did:a", start + 10, "delete", "1"),
        event("did:c", start + 11, "update", "1"),
        account.to_string(),
    ];
    let replay = Replay::start(move |asked| match asked.host.as_str() {
        "jetstream2.us-east.bsky.network" => {
            socket(asked, &later.iter().map(String::as_str).collect::<Vec<_>>())
        }
        _ => beside_live(asked),
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(3), &json!(1)), "{report:#}");
    assert_eq!(place.ids(), ["bluesky:did:a/2", "bluesky:did:c/1"]);
    // It was taken up a little before where it stopped.
    let asked = replay.asked();
    let live = asked.iter().find(|asked| asked.path == "/subscribe").unwrap();
    assert_eq!(live.get("cursor"), (start + 4 - 5_000_000).to_string());
}

/// Some sites show an empty or a short list now and then: who had all posts deleted by that would have lost them.
#[test]
fn a_list_that_shows_far_less_than_before_deletes_nothing_for_an_hour() {
    let place = Place::new("[[source]]\nname = \"appstore\"\ntargets = [\"us/7\"]\n");
    let feed = |numbers: std::ops::RangeInclusive<u64>| {
        let label = |text: String| json!({ "label": text });
        let review = |number: u64| {
            json!({ "id": label(number.to_string()), "content": label(format!("acme fails {number}")),
                    "im:rating": label("1".to_owned()), "updated": label("2026-11-20T00:00:00-07:00".to_owned()) })
        };
        Reply::ok(json!({ "feed": { "entry": numbers.map(review).collect::<Vec<_>>() } }).to_string())
    };
    let few = |asked: &Asked| asked.path.contains("/page=1/").then(|| Reply::ok("{\"feed\": {}}"));
    let replay = Replay::start(move |_| feed(1..=20));
    assert_eq!(place.harvest(&replay, &[])["new"], 20);
    drop(replay);
    let replay = Replay::start(move |asked| few(asked).unwrap_or_else(|| Reply::status(404)));
    let look = |ago_minutes: Option<i64>| {
        let mut state = place.state();
        let (stream, mut progress, standing) = state.streams().unwrap().remove(0);
        if let (Some(minutes), Some(mark)) = (ago_minutes, &progress.mark) {
            let known = mark.split(' ').next().unwrap();
            progress.mark =
                Some(format!("{known} {}", jiff_now() - jiff::SignedDuration::from_mins(minutes)));
        }
        let step =
            grouse::state::Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
        state.keep_steps(&[step], jiff_now()).unwrap();
        drop(state);
        let report = place.harvest(&replay, &[]);
        (report["deleted"].as_u64().unwrap(), place.health().remove(0))
    };
    for minutes in [None, Some(30)] {
        let (deleted, (health, why)) = look(minutes);
        assert_eq!((deleted, health), (0, Health::Late));
        assert_eq!(
            why.unwrap(),
            "it shows 0 of 20 that it had; the others go if it still does so in an hour"
        );
    }
    assert_eq!(look(Some(60)), (20, (Health::Ok, None)));
    assert_eq!(place.ids().len(), 0);
}

/// What an instance gives as the address of a post is not passed on unless it is one.
#[test]
fn only_an_address_of_the_web_is_passed_on() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| {
        let Ok(mut page) = serde_json::from_slice::<Value>(&timeline(2, asked).body) else {
            return Reply::status(500);
        };
        for status in page.as_array_mut().unwrap().iter_mut().take(1) {
            status["url"] = json!("javascript://%0aalert(1)");
        }
        Reply::ok(page.to_string())
    });
    assert_eq!(place.harvest(&replay, &[])["new"], 2);
    let store = grouse::store::Store::open(&place.data()).unwrap();
    let api = grouse::api::Api::new(std::sync::Arc::new(store));
    for address in ["/v1/search", "/"] {
        let (status, said) = shown_on(&api, address);
        assert!(status == 200 && !said.contains("alert(1)"), "{said}");
        assert!(said.contains("https://mastodon.social/@a/"), "the other's: {said}");
    }
    let rows = common::run(&place.data(), &["export"]);
    assert!(rows.lines().count() == 2 && !rows.contains("alert(1)"), "{rows}");
}

/// What a site writes in another way than it did is told, and its place stays until it is read.
#[test]
fn a_page_of_which_nothing_can_be_read_is_none() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| {
        let Ok(mut page) = serde_json::from_slice::<Value>(&timeline(80, asked).body) else {
            return Reply::status(500);
        };
        for status in page.as_array_mut().unwrap() {
            status["created_at"] = json!({ "seconds": 7 });
        }
        Reply::ok(page.to_string())
    });
    assert_eq!(place.harvest(&replay, &[])["new"], 0);
    let (health, why) = place.health().remove(0);
    assert_eq!(health, Health::Unreadable);
    assert!(why.as_ref().unwrap().starts_with("none of the 40 items of a page could be read: "), "{why:?}");
    drop(replay);
    let replay = Replay::start(|asked| timeline(80, asked));
    assert_eq!(place.harvest(&replay, &[])["new"], 80);
}

/// So is what a live stream writes in another way; a few broken messages, or one that is too large, cost themselves.
#[test]
fn a_live_stream_of_which_nothing_can_be_read_is_told_and_goes_on_where_it_was() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let now = jiff_now().as_microsecond();
    let post = |key: i64, text: &str| {
        let commit = json!({ "operation": "create", "collection": "app.bsky.feed.post", "rkey": key.to_string(), "rev": "r",
                             "record": { "text": text } });
        json!({ "did": "did:a", "time_us": now - 60_000_000 + key, "kind": "commit", "commit": commit })
            .to_string()
    };
    // One that says it is of tomorrow moves no place.
    let tomorrow =
        json!({ "did": "did:b", "time_us": now + 86_400_000_000_i64, "kind": "identity" }).to_string();
    let several_lines = post(3, "acme is late").replace("{\"commit\"", "{\n\"commit\"");
    assert!(several_lines.contains('\n'));
    let messages = [
        post(1, "acme is late"),
        "[7".to_owned(),
        post(2, &"acme ".repeat(300_000)),
        several_lines,
        tomorrow,
        "not even words".to_owned(),
    ];
    let rubbish: Vec<String> = (0..12).map(|number| json!({ "v": 3, "seq": number }).to_string()).collect();
    let site = |messages: Vec<String>| {
        move |asked: &Asked| match asked.host.as_str() {
            "jetstream2.us-east.bsky.network" => {
                socket(asked, &messages.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => beside_live(asked),
        }
    };
    let replay = Replay::start(site(messages.to_vec()));
    let report = place.harvest(&replay, &["--source", "bluesky"]);
    let bluesky = &report["sources"][0];
    assert_eq!(
        (&report["new"], &bluesky["rejected"], &bluesky["health"]),
        (&json!(2), &json!(3), &json!("ok")),
        "{report}"
    );
    drop(replay);
    let live = || {
        let streams = place.state().streams().unwrap();
        let (_, progress, standing) =
            streams.into_iter().find(|(stream, ..)| stream.place == "live").unwrap();
        (progress.mark, standing.health, standing.why)
    };
    let mark = Some((now - 60_000_000 + 3).to_string());
    assert_eq!(live(), (mark.clone(), Health::Ok, None));
    let replay = Replay::start(site(rubbish));
    place.harvest(&replay, &["--source", "bluesky"]);
    let why = Some("none of 12 messages of its stream could be read".to_owned());
    assert_eq!(live(), (mark, Health::Unreadable, why));
}

/// Earlier versions of the forum show posts by windows of fifty numbers: one without public posts is empty, and not the last.
#[test]
fn a_forum_with_holes_in_its_numbers_is_walked_to_its_end() {
    let place = Place::new("[[source]]\nname = \"discourse\"\ntargets = [\"f.example = acme\"]\n");
    let numbers = || (1..=20_u64).chain(260..=300);
    let replay = Replay::start(move |asked| {
        if asked.path != "/posts.json" {
            return Reply::status(if asked.path == "/robots.txt" { 404 } else { 503 });
        }
        let before: u64 = asked.get("before").parse().unwrap_or(300);
        let shown = numbers().rev().filter(|number| *number <= before && *number + 50 > before);
        let posts = shown.map(|number| {
            json!({ "id": number, "username": "anna", "created_at": (jiff_now() - jiff::SignedDuration::from_mins(400 - number.cast_signed())).to_string(),
                    "cooked": "late", "post_number": 1, "topic_id": number })
        });
        Reply::ok(json!({ "latest_posts": posts.collect::<Vec<_>>() }).to_string())
    });
    assert_eq!(place.harvest(&replay, &[])["new"], 61);
    let pages = replay.asked().iter().filter(|asked| asked.path == "/posts.json").count();
    assert!(pages <= 10, "{pages} pages");
}

/// A site may say that it wants to be left alone for no time at all, and refuse all the same.
#[test]
fn who_refuses_and_names_no_time_is_left_alone_for_a_while() {
    let place = Place::new(MASTODON);
    let replay = Replay::start(|_| Reply::status(429).header("retry-after", "0"));
    place.harvest(&replay, &[]);
    let (_, _, standing) = place.state().streams().unwrap().remove(0);
    assert_eq!(standing.health, Health::Limited);
    assert!(standing.due.unwrap().duration_since(standing.asked.unwrap()).as_secs() >= 60, "{standing:?}");
    drop(replay);
    let replay = Replay::start(|_| Reply::status(401));
    place.harvest(&replay, &[]);
    let why = "Mastodon shows this to nobody who is not signed in (401); GROUSE_MASTODON_TOKEN may hold a token for it, as token@host";
    assert_eq!(place.health().remove(0), (Health::NoCredentials, Some(why.to_owned())));
}

/// Some instances show a tag to their members only, each with a status of its own. Others are asked as a stranger, token or not.
#[test]
fn a_tag_that_is_closed_to_strangers_is_read_with_the_token_for_its_host() {
    let hosts = [
        ("a.example", 401),
        ("b.example", 403),
        ("c.example", 422),
        ("open.example", 200),
        ("d.example", 401),
    ];
    let targets: Vec<&str> = hosts.iter().map(|(host, _)| *host).collect();
    let place = Place::new(&format!("[[source]]\nname = \"mastodon\"\ntargets = {targets:?}\n"));
    let replay = Replay::start(move |asked| {
        let status = hosts.iter().find(|(host, _)| *host == asked.host).unwrap().1;
        match asked.headers.get("authorization").map(String::as_str) {
            Some("Bearer mine") => timeline(50, asked),
            // It is for a search alone, and told so wherever else it is shown.
            Some(_) => Reply::status(403),
            None if status == 200 => timeline(50, asked),
            None => {
                Reply { status, ..Reply::ok("{\"error\": \"This method requires an authenticated user\"}") }
            }
        }
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["new"], &report["sources"][0]["answered"]), (&json!(50), &json!(1)), "{report}");
    let health = place.health();
    assert_eq!(health.iter().filter(|(health, _)| *health == Health::NoCredentials).count(), 3, "{health:?}");
    assert_eq!(health.iter().filter(|(health, _)| *health == Health::Blocked).count(), 1, "{health:?}");
    let before = replay.asked().len();
    let mut command = place.command(&replay, &["--json"]);
    let tokens = "mine@a.example mine@b.example mine@c.example search-only@open.example";
    let output = command.env("GROUSE_MASTODON_TOKEN", tokens).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["new"], &report["sources"][0]["answered"]), (&json!(150), &json!(4)), "{report}");
    let asked = replay.asked().split_off(before);
    let of = |host: &str| -> Vec<bool> {
        let asked = asked.iter().filter(|asked| asked.host == host && asked.path.contains("/tag/"));
        asked.map(|asked| asked.headers.contains_key("authorization")).collect()
    };
    // Once a door is found closed, the token is shown at once, page after page.
    let first_and_others = of("a.example");
    let (first, others) = first_and_others.split_first().unwrap();
    assert!(!first && others.len() > 1 && others.iter().all(|signed| *signed), "{asked:?}");
    assert!(of("open.example").iter().chain(&of("d.example")).all(|signed| !signed), "{asked:?}");
}

/// With the key, and any number of times: it is there once, and the answer comes when it is.
#[test]
fn what_another_program_pushes_is_kept_once() {
    let place = Place::new("[[source]]\nname = \"webhook\"\n");
    let mut child = common::grouse(&place.data())
        .env("GROUSE_TEST_SERVER", "127.0.0.1:9")
        .env("GROUSE_WEBHOOK_TOKEN", "let-me-in")
        .args(["serve", "--listen", "127.0.0.1:0", "--harvest", &place.list()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::io::BufReader::new(child.stderr.take().unwrap());
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only told to end by a signal"))]
    let mut running = common::Running(child);
    let address = std::io::BufRead::lines(said)
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("http://")?.1.split('/').next()?.to_owned()))
        .unwrap();
    let push = |token: &str, body: Value| -> (u16, Value) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let asked = common::client().post(format!("http://{address}/v1/posts")).bearer_auth(token);
            let answer = asked.json(&body).send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap())
        })
    };
    let body = json!([{ "id": "1", "text": "acme is late" }, { "id": "2", "text": "acme", "source": "desk" }, { "id": 3 },
                      { "id": "4", "text": "acme", "url": "javascript:alert(1)" }]);
    for _ in 0..2 {
        let (status, answer) = push("let-me-in", body.clone());
        assert_eq!(
            (status, &answer["kept"], &answer["rejected"][0]["item"]),
            (200, &json!(2), &json!(2)),
            "{answer}"
        );
        assert_eq!(place.ids(), ["desk:2", "webhook:1"]);
    }
    assert_eq!(push("let-me-out", body.clone()).0, 401);
    assert_eq!(push("", body).0, 401);
    assert_eq!(push("let-me-in", json!(7)).0, 400);
    // Too much at once is told as all other errors are, to one who is still sending too.
    for megabytes in [3, 40] {
        let (status, answer) = push("let-me-in", json!([{ "id": "4", "text": "x".repeat(megabytes << 20) }]));
        assert_eq!((status, &answer["title"]), (413, &json!("That is too much at once")), "{answer}");
    }
    let script = json!({ "id": "4", "text": "acme", "url": "javascript:alert(1)" });
    let reason = "`url` is no address of the web: it begins with http:// or https://";
    assert_eq!(
        push("let-me-in", script).1,
        json!({ "kept": 0, "rejected": [{ "item": 0, "reason": reason }] })
    );
    // All that was pushed counts, and not what came last only.
    let all: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
    let pushed = all.as_array().unwrap().iter().find(|source| source["name"] == "webhook").unwrap();
    assert_eq!(
        (&pushed["standing"]["posts"], &pushed["standing"]["rejected"]),
        (&json!(4), &json!(4)),
        "{pushed}"
    );
    assert_eq!(place.ids().len(), 2);
    // Where nobody is asked, it ends as soon as where somebody is.
    #[cfg(unix)]
    assert!(told_to_end(&mut running).success());
}

/// Comments are many where posts are few: a walk ends where both lists are far enough back, and so does the next.
#[test]
fn comments_at_lemmy_are_read_however_old_its_posts_are() {
    let place = Place::new("[[source]]\nname = \"lemmy\"\ntargets = [\"l.example\"]\n");
    let start = jiff_now().as_second() - 48 * 3_600;
    let written = |second: i64| jiff::Timestamp::from_second(second).unwrap().to_string();
    for comments in [200, 320] {
        let replay = Replay::start(move |asked| {
            if asked.path != "/api/v3/search" {
                return Reply::status(503);
            }
            let creator = json!({ "actor_id": "https://l.example/u/anna" });
            let posts = (0..60).map(|post| {
                json!({ "creator": creator, "post": { "ap_id": format!("https://l.example/post/{post}"), "name": "acme",
                        "published": written(start - 86_400 * (30 + post)) } })
            });
            let said = (0..comments).rev().map(|comment| {
                json!({ "creator": creator, "post": { "ap_id": "https://l.example/post/0" },
                        "comment": { "ap_id": format!("https://l.example/comment/{comment}"), "content": "acme is late",
                                     "path": format!("0.{comment}"), "published": written(start + 500 * comment) } })
            });
            let number = |name: &str| asked.get(name).parse::<usize>().unwrap();
            let page = |list: Vec<Value>| -> Vec<Value> {
                list.into_iter().skip(number("limit") * (number("page") - 1)).take(number("limit")).collect()
            };
            Reply::ok(json!({ "posts": page(posts.collect()), "comments": page(said.collect()) }).to_string())
        });
        place.harvest(&replay, &[]);
        let had = place.ids().iter().filter(|id| id.contains("/comment/")).count();
        assert_eq!(had, usize::try_from(comments).unwrap());
    }
}

/// A list at Reddit ends at about a thousand: what is older was not looked through, and is no zero.
#[test]
fn what_reddit_no_longer_lists_is_a_gap() {
    let place = Place::new("[[source]]\nname = \"reddit\"\ntargets = [\"r/late/comments\"]\n");
    let newest = jiff_now().as_second() - 60;
    let replay = Replay::start(move |asked| match asked.path.as_str() {
        "/api/v1/access_token" => Reply::ok("{\"access_token\": \"t\"}"),
        "/r/late/comments" => {
            let from =
                asked.get("after").strip_prefix("t1_").map_or(0, |after| after.parse::<i64>().unwrap() + 1);
            // The last page is empty.
            let until = (from + 100).min(1_000);
            let comments: Vec<Value> = (from..until)
                .map(|number| {
                    json!({ "kind": "t1", "data": { "name": format!("t1_{number}"), "author": "anna", "body": "acme is late",
                            "created_utc": newest - 3 * number, "parent_id": "t3_1", "link_id": "t3_1" } })
                })
                .collect();
            let after = (from < 1_000).then(|| format!("t1_{}", until - 1));
            Reply::ok(
                json!({ "kind": "Listing", "data": { "children": comments, "after": after } }).to_string(),
            )
        }
        _ => Reply::status(503),
    });
    let mut command = place.command(&replay, &[]);
    for name in ["GROUSE_REDDIT_ID", "GROUSE_REDDIT_SECRET"] {
        command.env(name, "k");
    }
    assert!(command.output().unwrap().status.success());
    assert_eq!(place.ids().len(), 1_000);
    let covered = place.state().covered(None).unwrap();
    let from: Vec<i64> = covered.iter().map(|(_, span)| span.from.as_second()).collect();
    assert_eq!(from, [newest - 3 * 999]);
}

/// X refuses ids that are older than its search; and what was edited has a new id, and replaces what it was.
#[test]
fn x_is_asked_from_where_its_search_begins_and_an_edit_replaces_what_it_was() {
    let place = Place::new("[[source]]\nname = \"x\"\n");
    let now = jiff_now();
    let id = |days: i64| ((now.as_millisecond() - days * 86_400_000 - 1_288_834_974_657) << 22).to_string();
    let (old, edited) = (id(9), id(1));
    let (first, then) = (old.clone(), edited.clone());
    let replay = Replay::start(move |asked| {
        if !asked.path.ends_with("/search/recent") {
            return Reply::status(404);
        }
        let since = asked.get("since_id");
        if since == first {
            return Reply::status(400);
        }
        if since == then {
            return Reply::ok("{\"meta\": {\"result_count\": 0}}");
        }
        let known = asked.get("start_time").parse::<jiff::Timestamp>().unwrap();
        let is_first = known > now - jiff::SignedDuration::from_hours(6 * 24);
        let (id, text) = if is_first { (&first, "acme is late") } else { (&then, "acme is on time") };
        let history = if is_first { vec![&first] } else { vec![&first, &then] };
        let post = json!({ "id": id, "edit_history_tweet_ids": history, "text": text, "author_id": "5",
                           "created_at": (now - jiff::SignedDuration::from_hours(3)).to_string() });
        Reply::ok(json!({ "data": [post], "meta": { "newest_id": id, "result_count": 1 } }).to_string())
    });
    let day = (now - jiff::SignedDuration::from_hours(48)).strftime("%Y-%m-%d").to_string();
    for (more, expected) in [(vec!["--since", day.as_str()], &old), (vec![], &edited), (vec![], &edited)] {
        let mut command = place.command(&replay, &[&more[..], &["--max-dollars", "5"]].concat());
        let output = command.env("GROUSE_X_TOKEN", "k").output().unwrap();
        assert!(output.status.success(), "{}", errors(&output));
        assert_eq!(place.ids(), [format!("x:{expected}")]);
        assert_eq!(place.health()[0], (Health::Ok, None));
    }
    let since: Vec<String> = replay
        .asked()
        .iter()
        .filter(|asked| asked.path.ends_with("/search/recent"))
        .map(|asked| asked.get("since_id").to_owned())
        .collect();
    assert_eq!(since, [String::new(), String::new(), edited]);
}

/// What a site says in the body of a refusal: it is asked too often, and not wrongly.
#[test]
fn a_limit_is_told_for_one_by_whatever_status_it_comes() {
    let second = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    for (source, status, body, wait, health) in [
        (
            "stackexchange",
            400,
            json!({ "error_id": 502, "error_name": "throttle_violation",
                    "error_message": "too many requests from this IP, more requests available in 74500 seconds" }),
            74_500,
            Health::Limited,
        ),
        (
            "stackexchange",
            400,
            json!({ "error_id": 400, "error_name": "bad_parameter" }),
            60,
            Health::Unreadable,
        ),
        (
            "youtube",
            403,
            json!({ "error": { "errors": [{ "reason": "quotaExceeded" }] } }),
            3_600,
            Health::Limited,
        ),
        (
            "youtube",
            403,
            json!({ "error": { "errors": [{ "reason": "forbidden" }] } }),
            3_600,
            Health::Blocked,
        ),
        ("lemmy", 400, json!({ "error": "rate_limit_error" }), 600, Health::Limited),
        ("cfpb", 424, json!({ "error": "There was an error calling OpenSearch" }), 60, Health::Late),
        ("github", 403, json!({ "message": second }), 900, Health::Limited),
        ("github", 403, json!({ "message": "Resource not accessible" }), 3_600, Health::Blocked),
    ] {
        let targets = if source == "youtube" { "targets = [\"UCa\"]\n" } else { "" };
        let place = Place::new(&format!("[[source]]\nname = \"{source}\"\n{targets}"));
        let replay = Replay::start(move |_| Reply { status, ..Reply::ok(body.to_string()) });
        place.command(&replay, &[]).env("GROUSE_YOUTUBE_KEY", "k").output().unwrap();
        let (_, _, standing) = place.state().streams().unwrap().remove(0);
        let due = standing.due.unwrap().duration_since(standing.asked.unwrap()).as_secs();
        assert_eq!(standing.health, health, "{source} {status}: {standing:?}");
        assert!(due >= wait * 9 / 10, "{source}: {due}");
    }
}

/// What is set apart for a page that is asked for is not spent: others wait for it instead of being refused.
#[test]
fn money_that_is_set_apart_is_waited_for_and_what_is_spent_is_told_truly() {
    let sources: String = (0..6)
        .map(|word| format!("[[source]]\nname = \"x\"\ntargets = [\"w{word}\"]\n\n"))
        .collect::<Vec<_>>()
        .concat();
    let replay = Replay::start(|asked| {
        if !asked.path.ends_with("/search/recent") {
            return Reply::status(404);
        }
        let id = asked.get("query")[1..2].to_owned();
        let post = json!({ "id": id, "text": "acme is late", "author_id": "5", "created_at": "2026-11-20T00:00:00Z" });
        let users = [json!({ "id": "5", "username": "anna" })];
        Reply::ok(
            json!({ "data": [post], "includes": { "users": users }, "meta": { "newest_id": id } })
                .to_string(),
        )
    });
    for (dollars, expected, spent) in [("0.70", 0, 0.0), ("1", 6, 0.09)] {
        let place = Place::new(&sources);
        let mut command = place.command(&replay, &["--max-dollars", dollars]);
        assert!(command.env("GROUSE_X_TOKEN", "k").output().unwrap().status.success() == (expected > 0));
        let health = place.health();
        assert_eq!(health.iter().filter(|(health, _)| *health == Health::Ok).count(), expected, "{health:?}");
        let source = grouse::model::SourceId::new("x").unwrap();
        // Half a cent for each post, and one for who wrote it.
        assert!((place.state().spent(&source, jiff_now()).unwrap() - spent).abs() < 1e-9);
        if expected == 0 {
            let why = "of $0.70 this month $0.00 are spent, and a page may cost $0.75; allow more with --max-dollars";
            assert_eq!(health[0], (Health::Spent, Some(why.to_owned())));
        }
    }
}
