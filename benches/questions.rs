//! How long does an answer take at a million posts, warm, and what does the engine's own way take?
//!
//! Corpus: as `import.rs`; the index is the one that the program makes of the file. Each answer is asserted: a count
//! against the length of its list, a trend against a count of all posts, the engine's own nested aggregation against ours.
//! Run: `cargo bench --bench questions`; `GROUSE_BENCH_POSTS=100000` for a smaller one, `-- known` for discovery and the
//! problems that last alone.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks to who runs it, and stops where it fails"
)]

mod corpus;
mod index;

use std::time::{Duration, Instant};

use grouse::api::{
    CompareWanted, EmergingWanted, Filters, LedgerWanted, ProblemsWanted, SearchAsked, TrendsAsked, compare,
    emerging, keep, ledger, problems, search, trends,
};
use grouse::insight::{DiscoverAsked, discover};
use grouse::model::{Interval, Per, Query, Split};
use grouse::store::{Sort, Store};
use jiff::tz::TimeZone;
use tantivy::Index;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::{AggContextParams, AggregationCollector};
use tantivy::query::AllQuery;

/// Questions as people ask them: rare and common words, phrases, exclusions, filters, other orders.
const QUESTIONS: &[&str] = &[
    "flight",
    "lost luggage",
    "customer service",
    "\"customer service\"",
    "late OR delayed",
    "cancelled -refund",
    "waiting NEAR/5 hours",
    "geen internet",
    "storing",
    "retard train",
    "zug verspätung",
    "card not working",
    "wifi",
    "\"on hold\"",
    "(bag OR luggage OR suitcase) lost",
    "refund created:2024-01..2024-06",
    "thanks brand:\"Brand 3\"",
    "app crash lang:en",
    "reach>=4000 terrible",
    "never again",
    "#fail",
    "@united",
];

fn main() {
    let posts = corpus::size();
    let file = corpus::file(posts);
    let data = corpus::folder().join(format!("questions-{posts}"));
    let store = index::of(&file, &data, posts);
    println!("{posts} posts");
    if !std::env::args().any(|argument| argument == "known") {
        searches(&store);
        trend(&store, &data);
        problem(&store, posts);
    }
    new(&store);
    known(&store, posts);
}

fn filters(q: &str) -> Filters {
    Filters { q: q.to_owned(), ..Filters::default() }
}

/// Median and 99th percentile of `times` runs of each of `kinds`, after one that warms.
fn measure(name: &str, kinds: usize, times: usize, mut run: impl FnMut(usize)) -> (Duration, Duration) {
    let mut took = Vec::with_capacity(kinds * times);
    for kind in 0..kinds {
        run(kind);
    }
    for _ in 0..times {
        for kind in 0..kinds {
            let started = Instant::now();
            run(kind);
            took.push(started.elapsed());
        }
    }
    took.sort_unstable();
    let (median, high) = (took[took.len() / 2], took[(took.len() * 99).div_ceil(100).min(took.len()) - 1]);
    println!("{name:<58} median {median:>9.2?}   p99 {high:>9.2?}   ({} runs)", took.len());
    (median, high)
}

fn searches(store: &Store) {
    for sort in [Sort::Relevance, Sort::Newest] {
        let asked =
            |at: usize| SearchAsked { filters: filters(QUESTIONS[at]), sort, limit: 10, cursor: None };
        for (at, question) in QUESTIONS.iter().enumerate() {
            let answer = search(store, &asked(at)).unwrap();
            let all = search(store, &SearchAsked { limit: 0, ..asked(at) }).unwrap();
            assert_eq!(answer.total, all.total);
            assert_eq!(answer.posts.len() as u64, answer.total.min(10), "{question}");
        }
        let name = format!("search, top 10 with count and texts, {}", sort.as_str());
        let (_, high) = measure(&name, QUESTIONS.len(), 20, |at| drop(search(store, &asked(at)).unwrap()));
        assert!(high < Duration::from_millis(15), "p99 of searches is over 15 ms");
    }
    let newest = SearchAsked { sort: Sort::Newest, limit: 10, ..SearchAsked::default() };
    measure("search, newest 10 of all posts", 1, 50, |_| drop(search(store, &newest).unwrap()));
}

fn trend(store: &Store, data: &std::path::Path) {
    let asked = TrendsAsked { by: Split::Brand, interval: Interval::Day, ..TrendsAsked::default() };
    let answer = trends(store, &asked).unwrap();
    let sum: u64 = answer.series.iter().map(|series| series.total).sum();
    assert_eq!(sum, answer.total, "each post is about one brand");
    let (ours, _) =
        measure("trend of all posts by brand and day", 1, 50, |_| drop(trends(store, &asked).unwrap()));
    assert!(ours < Duration::from_millis(60), "the trend takes over 60 ms");
    let index = Index::open_in_dir(data.join("posts")).unwrap();
    let searcher = index.reader().unwrap().searcher();
    let request: Aggregations = serde_json::from_value(serde_json::json!({
        "brands": {
            "terms": { "field": "brand", "size": 50, "segment_size": 1000 },
            "aggs": { "days": { "date_histogram": { "field": "created", "fixed_interval": "1d" } } }
        }
    }))
    .unwrap();
    let (theirs, _) = measure("the same by the engine's aggregation, 50 brands only", 1, 20, |_| {
        let collector = AggregationCollector::from_aggs(request.clone(), AggContextParams::default());
        drop(searcher.search(&AllQuery, &collector).unwrap());
    });
    println!("  ratio ours / engine's: {:.2}", ours.as_secs_f64() / theirs.as_secs_f64());
}

/// Brands that about a tenth of the posts are about.
fn tenth(store: &Store, posts: u64) -> Vec<String> {
    let mut brand: Vec<String> = Vec::new();
    for number in 0.. {
        brand.push(format!("Brand {number}"));
        let filters = Filters { brand: brand.clone(), ..Filters::default() };
        let asked = SearchAsked { filters, limit: 0, ..SearchAsked::default() };
        if search(store, &asked).unwrap().total >= posts / 10 {
            break;
        }
    }
    brand
}

fn problem(store: &Store, posts: u64) {
    let brand = tenth(store, posts);
    let wanted = ProblemsWanted { filters: Filters { brand, ..Filters::default() }, limit: 20 };
    let started = Instant::now();
    let answer = problems(store, &wanted).unwrap();
    let found = answer.posts;
    println!("problems, the first time after a commit: {:.2?}", started.elapsed());
    for problem in &answer.problems {
        let list = search(
            store,
            &SearchAsked { filters: filters(&problem.query), limit: 0, ..SearchAsked::default() },
        );
        assert_eq!(list.unwrap().total, problem.count, "{}", problem.name);
    }
    let (median, _) =
        measure(&format!("problems of {found} posts"), 1, 20, |_| drop(problems(store, &wanted).unwrap()));
    // What all have in common says most where texts are spread evenly over brands.
    let common = ProblemsWanted { filters: filters("lang:en (flight OR service OR help)"), limit: 20 };
    let count = problems(store, &common).unwrap().posts;
    measure(&format!("problems of {count} posts that share words"), 1, 20, |_| {
        drop(problems(store, &common).unwrap());
    });
    assert!(median < Duration::from_millis(150), "problems take over 150 ms");
}

/// What is emerging in all posts, before any problem is known.
fn new(store: &Store) {
    let any = Filters { kind: vec!["any".to_owned()], ..Filters::default() };
    let wanted = EmergingWanted { filters: any, days: None, limit: 10 };
    let answer = emerging(store, &wanted).unwrap();
    for problem in &answer.problems {
        let asked = SearchAsked { filters: filters(&problem.query), limit: 0, ..SearchAsked::default() };
        assert_eq!(search(store, &asked).unwrap().total, problem.posts, "{}", problem.name);
    }
    let name = format!("emerging in {} posts against {}", answer.posts, answer.before);
    let (median, _) = measure(&name, 1, 10, |_| drop(emerging(store, &wanted).unwrap()));
    assert!(median < Duration::from_secs(1), "what is emerging takes over a second");
}

/// Discovery in all posts, and the problems that last, with trend, brands and changes, over all posts and over a tenth.
fn known(store: &Store, posts: u64) {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let any = |q: &str| Filters { kind: vec!["any".to_owned()], ..filters(q) };
    let snapshot = store.snapshot().unwrap();
    let asked = DiscoverAsked { query: Query::All, time_zone: TimeZone::UTC, typical: 10 };
    let before = peak_memory();
    let started = Instant::now();
    let found = discover(&snapshot, &asked).unwrap();
    let took = started.elapsed();
    println!(
        "discovery in {} posts: {took:.2?}, {} problems, {:.1} % without any; peak memory {} MB, {before} MB before",
        found.posts,
        found.problems.len(),
        100.0 * found.unassigned as f64 / found.posts.max(1) as f64,
        peak_memory()
    );
    assert_eq!(found, discover(&snapshot, &asked).unwrap(), "the same posts have the same problems");
    assert!(took < Duration::from_mins(5) && peak_memory() < 2048, "discovery is over 5 minutes or 2 GB");
    let started = Instant::now();
    let kept = keep(store, &any(""), 0, now).unwrap();
    println!("the same, reconciled and kept: {:.2?}", started.elapsed());
    assert_eq!(kept.reconciled.run.changes == 0, kept.reconciled.happened.is_empty());
    let started = Instant::now();
    let assigned = store.snapshot().unwrap().assigned().unwrap();
    println!(
        "problems of all posts worked out, {} of them: {:.2?}",
        assigned.problems().len(),
        started.elapsed()
    );
    let tenth: Vec<String> = tenth(store, posts);
    compared(store, &tenth);
    for brand in [Vec::new(), tenth] {
        let wanted =
            LedgerWanted { filters: Filters { brand, ..any("") }, limit: 100, ..LedgerWanted::default() };
        let answer = ledger(store, &wanted).unwrap();
        for problem in answer.problems.iter().step_by(10) {
            let asked = SearchAsked { filters: filters(&problem.query), limit: 0, ..SearchAsked::default() };
            assert_eq!(search(store, &asked).unwrap().total, problem.share.count, "{}", problem.id);
        }
        let name = format!("problems that last over {} posts, trend and brands", answer.posts);
        let (median, _) = measure(&name, 1, 20, |_| drop(ledger(store, &wanted).unwrap()));
        let most = if answer.posts > 200_000 { 1000 } else { 150 };
        assert!(median < Duration::from_millis(most), "over {most} ms");
    }
    println!("peak memory {} MB", peak_memory());
}

/// Brand against brand on every problem, over all posts and over a few of the brands.
fn compared(store: &Store, brands: &[String]) {
    let any = |brand: &[String]| Filters {
        kind: vec!["any".to_owned()],
        brand: brand.iter().take(3).cloned().collect(),
        ..Filters::default()
    };
    for (brand, per) in [(&[][..], Per::Post), (brands, Per::Post), (&[][..], Per::Author)] {
        let wanted = CompareWanted { filters: any(brand), per };
        let answer = compare(store, &wanted).unwrap();
        for problem in answer.problems.iter().step_by(10) {
            let at = &problem.brands[0].of_100;
            let asked = SearchAsked { filters: filters(&at.query), limit: 0, ..SearchAsked::default() };
            assert_eq!(search(store, &asked).unwrap().total, at.listed, "{}", problem.id);
        }
        let name = format!(
            "compare {} of {} brands on {} problems, {} {}",
            answer.brands.len(),
            answer.brands.len() + answer.more_brands,
            answer.problems.len(),
            answer.posts,
            answer.of
        );
        let (median, _) = measure(&name, 1, 10, |_| drop(compare(store, &wanted).unwrap()));
        assert!(per != Per::Post || median < Duration::from_secs(1), "a comparison takes over a second");
    }
}

/// The most memory that this program ever held, in megabytes; zero where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}
