//! How many posts of a live stream are taken in each second, and does what comes faster grow memory?
//!
//! Another process of this program plays the site: a WebSocket that sends events of the made corpus (`corpus/`) as fast as
//! they are taken. Once no post names a brand, so that all are read and passed by; once each does, so that all are judged
//! and kept, with commits as the program makes them. The peak of resident memory is this process's.
//! Run: `cargo bench --bench harvest`; `GROUSE_BENCH_POSTS=100000` for a smaller one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks to who runs it, and stops where it fails"
)]

mod corpus;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grouse::harvest::{HarvestConfig, Keys, Plan, run};
use grouse::ingest::{Keeping, keep_harvest, naming};
use grouse::model::WatchlistId;
use grouse::net::{Client, NetConfig};
use grouse::state::State;
use grouse::store::{Writer, WriterConfig};
use serde_json::json;

const LIST: &str = "name = \"Market\"\npurpose = \"To measure.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n\
    [[brand]]\nid = \"acme\"\nname = \"Acme\"\nrole = \"own\"\naliases = [\"acmecorp\"]\n\n\
    [[source]]\nname = \"bluesky\"\n";

fn main() {
    let posts = corpus::size().min(500_000);
    let mut arguments = std::env::args().skip_while(|argument| argument != "--play").skip(1);
    if let Some(word) = arguments.next() {
        return play(posts, &word);
    }
    println!("{posts} posts");
    let passed = measure(posts, "nobody", 0);
    let kept = measure(posts, "acmecorp", posts);
    println!(
        "passed by: {passed:.0} posts/s; judged and kept: {kept:.0} posts/s; peak {} MB resident",
        peak()
    );
    assert!(passed > 10_000.0, "a fast source has ten thousand posts a second");
    // The writer's own 160 MB, twice that while it merges, and what waits: less than a twentieth of what came.
    assert!(peak() < 400, "more than 400 MB resident");
}

/// Takes a stream of so many posts, each with `word` in it, and returns how many a second.
fn measure(posts: u64, word: &str, expected: u64) -> f64 {
    let mut site = Command::new(std::env::current_exe().unwrap())
        .args(["--play", word])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(site.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let server: SocketAddr = address.trim().parse().unwrap();
    let data = corpus::folder().join("harvest");
    let _ = fs::remove_dir_all(&data);
    let id = WatchlistId::new("market").unwrap();
    let list = grouse::config::read_watchlist(id.clone(), LIST).unwrap();
    let now = || "2026-11-26T00:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let writer = Writer::open(&data, "the benchmark", now(), WriterConfig::default()).unwrap();
    let mut state = State::open(&data).unwrap();
    let mut plan = Plan::new(&list, &[], None).unwrap();
    plan.jobs.retain(|job| job.question.place == grouse::sources::LIVE);
    let lists = BTreeMap::from([(id, list)]);
    plan.tell_names(&naming(&lists));
    let net =
        NetConfig { test_server: Some(server), pace: Duration::ZERO, ..NetConfig::new("desk@acme.example") };
    let client = Client::new(net, now, || 0.5).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = HarvestConfig::default();
    let (to, mut from) = tokio::sync::mpsc::channel(config.queue);
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let began = Instant::now();
    let keys = Keys::new(|_| None);
    runtime.spawn(run(plan.jobs, client, keys, config, BTreeMap::new(), to, stopped));
    let (mut new, mut passed_by) = (0, 0);
    let handle = runtime.handle();
    let (mut lists, keeping) = (Some(lists), Keeping::default());
    let lists = |_: &State| lists.take();
    let kept = keep_harvest(
        &mut from,
        handle,
        lists,
        writer,
        &mut state,
        keeping,
        now,
        || false,
        |kept| {
            new += kept.report.new;
            passed_by += kept.passed_by;
        },
    );
    let rate = posts as f64 / began.elapsed().as_secs_f64();
    println!("{word}: {rate:.0} posts/s, peak so far {} MB", peak());
    assert_eq!((new, passed_by), (expected, posts - expected));
    kept.unwrap().unwrap().close().unwrap();
    site.wait().unwrap();
    rate
}

/// The highest that the memory of this process was, in MB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() >> 10
}

/// Plays the site: one connection for the stream, and others on which nobody opted out.
fn play(posts: u64, word: &str) {
    let texts = BufReader::new(fs::File::open(corpus::file(20_000)).unwrap()).lines();
    let texts: Vec<String> = texts
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap()["text"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    let (mut connection, key) = loop {
        let (connection, _) = listener.accept().unwrap();
        let key = greeting(&connection);
        if !key.is_empty() {
            // Whoever comes later asks about authors.
            std::thread::spawn(move || {
                for connection in listener.incoming().map_while(Result::ok) {
                    std::thread::spawn(move || {
                        greeting(&connection);
                        nobody_opted_out(connection);
                    });
                }
            });
            break (connection, key);
        }
        nobody_opted_out(connection);
    };
    let accept = grouse::net::accept(&key);
    let head = "HTTP/1.1 101 Answer\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept:";
    write!(connection, "{head} {accept}\r\n\r\n").unwrap();
    let mut out = BufWriter::with_capacity(1 << 16, &connection);
    for (number, text) in (0..posts).zip(texts.iter().cycle()) {
        let record =
            json!({ "text": format!("{word} {text}"), "createdAt": "2026-11-20T00:00:00Z", "langs": ["en"] });
        let commit = json!({ "operation": "create", "collection": "app.bsky.feed.post", "rkey": number.to_string(),
                             "rev": "r", "record": record });
        let event =
            json!({ "did": format!("did:plc:{}", number % 50_000), "time_us": 1_764_000_000_000_000 + number,
                            "kind": "commit", "commit": commit })
            .to_string();
        out.write_all(&[0x81, 126]).unwrap();
        out.write_all(&u16::try_from(event.len()).unwrap().to_be_bytes()).unwrap();
        out.write_all(event.as_bytes()).unwrap();
    }
    out.write_all(&[0x88, 0]).unwrap();
    out.flush().unwrap();
    drop(out);
    let _ = connection.read(&mut [0; 16]);
}

/// Answers one question, whose head was read, and those that follow.
fn nobody_opted_out(mut connection: TcpStream) {
    const ANSWER: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"profiles\":[]}";
    while connection.write_all(ANSWER.as_bytes()).is_ok() && is_asked(&connection) {}
}

/// Reads the head of a question. Returns whether one came.
fn is_asked(connection: &TcpStream) -> bool {
    let lines = BufReader::new(connection).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).count() > 0
}

/// Reads the head of a question, and returns the key of one that opens a WebSocket.
fn greeting(connection: &TcpStream) -> String {
    let mut key = String::new();
    for line in BufReader::new(connection).lines() {
        let line = line.unwrap();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("sec-websocket-key")
        {
            value.trim().clone_into(&mut key);
        }
    }
    key
}
