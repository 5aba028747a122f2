//! What does it cost to join a million posts into threads, and to ask about them?
//!
//! Corpus: made here, six posts to three answers and one more word of a writer, in no order; how many are answered is
//! counted while it is made, and asserted. Equal seeds give equal files.
//! Run: `cargo bench --bench responses`; `GROUSE_BENCH_POSTS=100000` for a smaller one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks to who runs it, and stops where it fails"
)]

#[expect(dead_code, reason = "only its folder, size and dice are of use here")]
mod corpus;
mod index;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use grouse::api::{Filters, ProspectsWanted, ResponsesWanted, SearchAsked, prospects, responses, search};
use grouse::store::Sort;

fn main() {
    let posts = corpus::size();
    let data = corpus::folder().join(format!("threads-{posts}"));
    let file = corpus::folder().join(format!("threads-{posts}.ndjson"));
    let answered = make(&file, posts);
    let store = index::of(&file, &data, posts);
    println!("{posts} posts, {answered} of them answered directly");
    let filters = |q: &str| Filters { q: q.to_owned(), ..Filters::default() };
    let count = |q: &str| {
        let asked = SearchAsked { filters: filters(q), sort: Sort::Newest, limit: 0, cursor: None };
        search(&store, &asked).unwrap().total
    };
    // The engine's own files are read once before, so that only the join is measured.
    count("brand:brand-1");
    let before = resident();
    let joined = timed("the join, at the first question that needs it", || count("answered:directly"));
    assert_eq!(joined, answered);
    println!("  memory {:.0} MB more than before it", resident() - before);
    timed("answered:yes, joined before", || count("answered:yes"));
    timed("response:<60m brand:brand-1", || count("response:<60m brand:brand-1"));
    let wanted = |limit| ResponsesWanted { filters: Filters::default(), limit };
    let told = timed("responses to all posts, without problems", || responses(&store, &wanted(0)).unwrap());
    assert_eq!(told.overall.pairs as u64, answered);
    timed("responses to all posts, with ten problems", || responses(&store, &wanted(10)).unwrap());
    timed("prospects", || prospects(&store, &ProspectsWanted::default()).unwrap().total);
    println!("  memory {:.0} MB more than before the join", resident() - before);
}

fn timed<T>(name: &str, run: impl FnOnce() -> T) -> T {
    let (started, before) = (Instant::now(), processor());
    let out = run();
    println!("{name:<58} {:>9.2?}   {:.0} ms of processors", started.elapsed(), processor() - before);
    out
}

/// Milliseconds that processors worked for this process, where the system tells, in its hundredths of a second.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    10.0 * ticks.sum::<f64>()
}

/// Megabytes of this process, where the system tells.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Writes the file, and counts the posts in their own right that have a direct answer.
fn make(path: &Path, posts: u64) -> u64 {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut random = corpus::Random(11);
    let tops = posts * 6 / 10;
    let answers = posts * 3 / 10;
    // A number that shares no factor with how many there are gives each place once, in no order.
    let step = (7919..).step_by(2).find(|step| gcd(*step, posts) == 1).unwrap();
    let mut answered = HashSet::new();
    for place in 0..posts {
        let number = place * step % posts;
        let mut dice = corpus::Random(number);
        let second = 1_700_000_000 + dice.below(90 * 86_400);
        let brand = dice.below(20);
        let top = number.saturating_sub(if number < tops + answers { tops } else { tops + answers });
        let (kind, parent, author, second) = if number < tops {
            ("post", None, format!("user{number}"), second)
        } else {
            let mut dice = corpus::Random(top);
            let (asked, brand) = (1_700_000_000 + dice.below(90 * 86_400), dice.below(20));
            if number < tops + answers {
                answered.insert(top);
                ("response", Some(top), format!("brand{brand}"), asked + 60 + random.below(86_400))
            } else {
                ("reply", Some(top), format!("user{top}"), asked + 86_460 + random.below(86_400))
            }
        };
        let post = serde_json::json!({
            "id": number.to_string(),
            "kind": kind,
            "text": format!("order {number} is late again, what now? ({})", random.below(1000)),
            "created_at": second,
            "brand": format!("Brand {brand}"),
            "author": author,
            "reply_to": parent.map(|parent: u64| parent.to_string()),
        });
        serde_json::to_writer(&mut out, &post).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.flush().unwrap();
    answered.len() as u64
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
