//! Promise: what sites show is harvested once, politely, and a program that is killed at any moment loses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grouse::state::{Health, State};
use serde_json::{Value, json};

use crate::common::{self, errors};
use crate::recordings::{Exchange, bytes, recordings};
use crate::replay::{Asked, Manner, Replay, Reply, socket};

/// A folder with a watchlist in it, and a data folder beside.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A market of one brand that is listened to as `sources` says.
    pub(crate) fn new(sources: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let list = format!(
            "name = \"Market\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
             [[brand]]\nid = \"acme\"\nname = \"Acme\"\nrole = \"own\"\naliases = [\"acme\"]\n\
             handles = [\"acmehelp\"]\nhashtags = [\"acme\"]\n\n{sources}"
        );
        fs::write(folder.path().join("market.toml"), list).unwrap();
        Self { folder }
    }

    pub(crate) fn list(&self) -> String {
        self.folder.path().join("market.toml").display().to_string()
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

    fn health(&self) -> Vec<(Health, Option<String>)> {
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

/// A walk takes fourteen pages, which are kept in several batches; each kill falls somewhere else.
#[test]
fn a_program_that_is_killed_at_any_moment_loses_and_doubles_nothing() {
    const POSTS: u64 = 520;
    let place = Place::new(MASTODON);
    let replay = Replay::start(|asked| timeline(POSTS, asked));
    let began = Instant::now();
    let whole = Place::new(MASTODON);
    assert_eq!(whole.harvest(&replay, &["--since", "2026-11-01"])["new"], POSTS);
    // As long as a whole run takes, and a little more.
    let longest = began.elapsed().mul_f64(1.2);
    let mut random: u64 = 7;
    let (mut killed, mut part) = (0, 0);
    for run in 0..50 {
        // Every few runs from an empty folder, so that kills fall into the first run as well.
        if run % 5 == 0 {
            let _ = fs::remove_dir_all(place.data());
        }
        let child = place
            .command(&replay, &["--since", "2026-11-01"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut running = common::Running(child);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let end = Instant::now() + longest.mul_f64((random >> 33) as f64 / (1_u64 << 31) as f64);
        while Instant::now() < end && running.0.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        killed += u32::from(running.0.try_wait().unwrap().is_none());
        drop(running);
        let there = place.ids();
        let mut distinct = there.clone();
        distinct.dedup();
        assert_eq!(there, distinct, "no post twice");
        part += u32::from(!there.is_empty() && (there.len() as u64) < POSTS);
        if run % 5 == 4 {
            let report = place.harvest(&replay, &[]);
            assert_eq!(report["sources"][0]["health"], "ok", "{report}");
            assert_eq!(place.ids().len() as u64, POSTS, "after run {run}");
        }
    }
    assert!(killed > 10, "only {killed} of 50 runs were killed");
    eprintln!("{killed} runs were killed; after {part} of all a part was there");
}

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
    let told = Instant::now();
    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    let status = common::until(20, "the program ended", || running.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    // Nobody holds the index any more, and all is there.
    assert_eq!(place.harvest(&replay, &[])["new"], 0);
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
        ..grouse::net::NetConfig::default()
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

/// Sources of the watchlist that asks them all, with the posts that each one's recordings hold.
const ALL_AT_ONCE: &[(&str, &str, usize)] = &[
    ("appstore", "targets = [\"us/1 = acme\"]", 50),
    // Of 25 that the search found, four are by people who opted out.
    ("bluesky", "", 21),
    ("cfpb", "", 10),
    ("discourse", "targets = [\"forum.example\"]", 4),
    // Of 30, 19 are changes and no issues.
    ("github", "", 11),
    ("hackernews", "", 1),
    ("lemmy", "", 1),
    // Of 160, two are by people who do not want to be listed.
    ("mastodon", "targets = [\"mastodon.social\"]", 158),
    ("nhtsa", "targets = [\"jeep/wrangler/2021 = acme\"]", 651),
    ("reddit", "", 6),
    ("rss", "targets = [\"https://feeds.example/acme.xml\"]", 25),
    ("stackexchange", "", 100),
    // Three reviews of our own making: one was taken out, and one was answered.
    ("trustpilot", "targets = [\"b1\"]", 3),
    ("x", "", 206),
    ("youtube", "targets = [\"UC1\"]", 2),
];

/// Plays all sites by what they once answered. A page that follows the recorded ones is empty.
fn recorded_sites() -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let file = |file: &str| Reply::ok(bytes(file).unwrap());
    let exchange = |file: &str, part: &str| -> Exchange {
        recordings(file).unwrap().into_iter().find(|exchange| exchange.uri.contains(part)).unwrap()
    };
    let timeline = recordings("mastodon/recorded/handle_params_max_id.json").unwrap();
    let app = file("appstore/recorded/webster_bank_us__reviews.json");
    let search = Reply::from(&exchange("bluesky/recorded/f_search.json", "searchPosts"));
    let events =
        String::from_utf8(bytes("bluesky/recorded/jetstream/corpus__expected_v1.jsonl").unwrap()).unwrap();
    let complaints = file("cfpb/recorded/cypress__fixtures__list__get-next-complaints.json");
    let forum = file("discourse/recorded/gem__posts_latest.json");
    let issues = Reply::from(&exchange("github/recorded/Search.testSearchIssues.json", "/search/issues"));
    let news = Reply::from(&exchange(
        "hackernews/recorded/algolia_fixtures.json",
        "search_by_date?hitsPerPage=1&tags=(comment)&query=apple",
    ));
    let lemmy = Reply::from(&exchange("lemmy/recorded/lemmy_world_0.19_post_list.json", "/post/list"));
    let vehicles = file("nhtsa/recorded/complaintsByVehicle__jeep_wrangler_2021.json");
    let sign_in = Reply::from(&exchange("reddit/recorded/TestSubreddit.test_search.json", "access_token"));
    let found = Reply::from(&exchange("reddit/recorded/TestSubreddit.test_search.json", "/search"));
    let feed = file("rss/recorded/feed-rs/atom__atom_mediarss_reddit_1.xml");
    let questions = file("stackexchange/recorded/saintaze__mockQuestions.json");
    let reviews = file("fixtures/trustpilot/reviews.json");
    let tweets = Reply::from(&exchange("x/recorded/atR__tweets_search_all-942491.json", "/search/"));
    let comments = file("youtube/recorded/comment_threads_comment_threads_multi.json");
    let first = |asked: &Asked, next: &str, reply: &Reply, empty: &str| {
        if asked.query.contains_key(next) { Reply::ok(empty) } else { reply.clone() }
    };
    move |asked| {
        let has_secret = |secret: &str| {
            let known = format!("Bearer {secret}");
            asked.headers.get("authorization").is_some_and(|said| *said == known)
        };
        match (asked.host.as_str(), asked.path.as_str()) {
            ("itunes.apple.com", path) if path.contains("/page=1/") => app.clone(),
            ("itunes.apple.com", _) => Reply::ok("{\"feed\": {}}"),
            ("bsky.social", path) if path.ends_with("createSession") => {
                Reply::ok("{\"accessJwt\": \"let-me-in\"}")
            }
            ("bsky.social", _) if has_secret("let-me-in") && asked.get("q").contains("Acme") => {
                first(asked, "cursor", &search, "{\"posts\": []}")
            }
            ("bsky.social", _) if has_secret("let-me-in") => Reply::ok("{\"posts\": []}"),
            ("jetstream2.us-east.bsky.network", "/subscribe") => {
                socket(asked, &events.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>())
            }
            ("www.consumerfinance.gov", _) => complaints.clone(),
            ("forum.example", "/posts.json") => first(asked, "before", &forum, "{\"latest_posts\": []}"),
            ("api.github.com", _) => issues.clone(),
            ("hn.algolia.com", _) => news.clone(),
            ("lemmy.world", _) => lemmy.clone(),
            ("mastodon.social", _) => {
                let page = format!("max_id={}", asked.get("max_id"));
                let page = match asked.get("max_id") {
                    "" => timeline.iter().find(|exchange| !exchange.uri.contains("max_id")),
                    _ => timeline.iter().find(|exchange| exchange.uri.ends_with(&page)),
                };
                page.filter(|_| asked.get("since_id").is_empty()).map_or_else(|| Reply::ok("[]"), Reply::from)
            }
            ("api.nhtsa.gov", _) => vehicles.clone(),
            ("www.reddit.com", _) if asked.body == "grant_type=client_credentials" => sign_in.clone(),
            ("oauth.reddit.com", _) if has_secret("<ACCESS_TOKEN>") => found.clone(),
            ("feeds.example", "/acme.xml") => feed.clone(),
            ("api.stackexchange.com", _) => first(asked, "todate", &questions, "{\"items\": []}"),
            ("api.trustpilot.com", _) if asked.headers.get("apikey").is_some_and(|key| key == "k") => {
                reviews.clone()
            }
            ("api.x.com", _) if has_secret("k") && asked.query.contains_key("since_id") => {
                Reply::ok("{\"meta\": {\"result_count\": 0}}")
            }
            ("api.x.com", _) if has_secret("k") => {
                first(asked, "next_token", &tweets, "{\"meta\": {\"result_count\": 0}}")
            }
            ("www.googleapis.com", _) if asked.get("key") == "k" => comments.clone(),
            _ => Reply::status(404),
        }
    }
}

#[test]
fn all_sources_at_once_are_harvested_exactly_once() {
    if crate::recordings::folder().is_none() {
        return;
    }
    let sources: Vec<String> = ALL_AT_ONCE
        .iter()
        .map(|(name, targets, _)| format!("[[source]]\nname = \"{name}\"\n{targets}\n\n"))
        .collect();
    let place = Place::new(&sources.concat());
    let replay = Replay::start(recorded_sites());
    let harvest = |more: &[&str]| -> Value {
        let mut command = place.command(&replay, &[&["--max-dollars", "5", "--json"], more].concat());
        for name in ["GROUSE_X_TOKEN", "GROUSE_YOUTUBE_KEY", "GROUSE_TRUSTPILOT_KEY", "GROUSE_REDDIT_ID"] {
            command.env(name, "k");
        }
        for name in ["GROUSE_REDDIT_SECRET", "GROUSE_BLUESKY_HANDLE", "GROUSE_BLUESKY_PASSWORD"] {
            command.env(name, "k");
        }
        let output = command.output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)))
    };
    let report = harvest(&["--since", "2010-01-01"]);
    let ids = place.ids();
    let mut wrong = Vec::new();
    for (name, _, expected) in ALL_AT_ONCE {
        let found = ids.iter().filter(|id| id.starts_with(&format!("{name}:"))).count();
        if found != *expected {
            wrong.push(format!("{name}: {found} of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}\n{report:#}");
    for source in report["sources"].as_array().unwrap() {
        assert_eq!((&source["health"], &source["rejected"]), (&json!("ok"), &json!(0)), "{source}");
    }
    // The live stream had eight posts, of which none names the brand.
    assert_eq!(report["passed_by"], 8, "{report:#}");
    let spent = place.state().spent(&grouse::model::SourceId::new("x").unwrap(), jiff_now()).unwrap();
    assert!((spent - 206.0 * 0.005).abs() < 1e-6, "{spent}");
    let again = harvest(&[]);
    assert_eq!((&again["new"], &again["deleted"]), (&json!(0), &json!(0)), "{again:#}");
    assert_eq!(place.ids(), ids);
}

#[expect(clippy::disallowed_methods, reason = "money is counted by the month in which it was spent")]
fn jiff_now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Credentials are tried only where someone asks for it, and are shown nowhere.
#[test]
fn credentials_are_tried_and_never_shown() {
    let sources = ["trustpilot\"\ntargets = [\"b1\"]", "reddit\"", "x\"", "hackernews\""];
    let sources: String = sources.map(|name| format!("[[source]]\nname = \"{name}\n\n")).concat();
    let place = Place::new(&sources);
    let replay = Replay::start(|asked| match asked.host.as_str() {
        "hn.algolia.com" => search_site(5, asked),
        "api.trustpilot.com" => Reply { status: 401, ..Reply::ok("{\"error\": \"secret-of-mine\"}") },
        _ => Reply::status(500),
    });
    let check = |more: &[&str]| {
        let mut command = common::grouse(&place.data());
        command
            .env("GROUSE_TEST_SERVER", replay.address.to_string())
            .args(["check", &place.list()])
            .args(more);
        command.env("GROUSE_TRUSTPILOT_KEY", "secret-of-mine").env("GROUSE_X_TOKEN", "secret-of-mine");
        let output = command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), errors(&output));
        assert!(!said.contains("secret-of-mine"), "{said}");
        (output.status.success(), said)
    };
    assert!(check(&[]).0);
    assert_eq!(replay.asked().len(), 0);
    let (is_right, said) = check(&["--online"]);
    assert!(!is_right);
    for expected in [
        "trustpilot: no credentials: Trustpilot did not take the credentials",
        "reddit: no credentials: set GROUSE_REDDIT_ID and GROUSE_REDDIT_SECRET in the environment",
        "x: the credentials are set; they are not tried, since each answer costs money",
        "hackernews: answers, with 0 posts",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let asked: Vec<String> = replay.asked().iter().map(|asked| asked.host.clone()).collect();
    assert_eq!(asked, ["hn.algolia.com", "api.trustpilot.com"]);
    assert_eq!(replay.asked()[1].headers["apikey"], "secret-of-mine");
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
    assert!(errors(&output).contains(rule));
    let output = common::grouse(&place.data()).args(["export", "--format", "csv"]).output().unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("x:77,x,") && !table.contains("parcel"), "{table}");
    // Without an amount that it may cost, it is not asked.
    let output = place.command(&replay, &["--json"]).env("GROUSE_X_TOKEN", "k").output().unwrap();
    let spent: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(spent["sources"][0]["health"], "spent", "{spent}");
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
    // An answer that is no answer deletes nothing.
    let replay = Replay::start(|_| Reply::ok("<html><body>Busy</body></html>"));
    place.harvest(&replay, &[]);
    assert_eq!(place.ids().len(), 3);

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
        _ => Reply::status(500),
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
        _ => Reply::status(500),
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(3), &json!(1)), "{report:#}");
    assert_eq!(place.ids(), ["bluesky:did:a/2", "bluesky:did:c/1"]);
    // It was taken up a little before where it stopped.
    let asked = replay.asked();
    let live = asked.iter().find(|asked| asked.path == "/subscribe").unwrap();
    assert_eq!(live.get("cursor"), (start + 4 - 5_000_000).to_string());
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
    let _running = common::Running(child);
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
    let body = json!([{ "id": "1", "text": "acme is late" }, { "id": "2", "text": "acme", "source": "desk" }, { "id": 3 }]);
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
    assert_eq!(place.ids().len(), 2);
}
