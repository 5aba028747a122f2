//! What do the benchmarks run on? Posts made of real texts, with ids, dates, brands and authors of their own.
//!
//! The texts are those of `../shared/corpora`, or the demo's where that folder is absent; each is repeated as often as it
//! takes, with another handle at its end, so that the vocabulary grows as it would. Equal seeds give equal files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use grouse::sources::file::{Options, open};

/// Longest text, in bytes: posts, not essays.
const MAX_TEXT: usize = 600;

const FILES: &[&str] = &[
    "airline_tweets.csv",
    "complaints_acl2019.csv",
    "complaints_airlines_telecom_2015.csv",
    "support_threads_twcs.csv",
    "banking77_train.csv",
    "severity_cesamard.csv",
    "reviews_keytrade_nl_fr_en.jsonl",
    "tweets_bahn_de.jsonl",
    "tweets_freemobile_fr.jsonl",
    "langid_liga.jsonl",
    "sentences_restaurants_nl.jsonl",
];

/// How many posts: a million, or what `GROUSE_BENCH_POSTS` says.
pub(crate) fn size() -> u64 {
    std::env::var("GROUSE_BENCH_POSTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000)
}

/// The folder that keeps what benchmarks make.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// An NDJSON file of `posts` posts, made if it is not there.
pub(crate) fn file(posts: u64) -> PathBuf {
    let path = folder().join(format!("posts-{posts}.ndjson"));
    if path.is_file() {
        return path;
    }
    let texts = texts();
    let beside = path.with_extension("new");
    let mut out = BufWriter::new(File::create(&beside).expect("the file can be made"));
    let mut random = Random(7);
    let mut handle = String::new();
    for number in 0..posts {
        let text = &texts[usize::try_from(number).expect("fits") % texts.len()];
        handle.clear();
        let _ = write!(handle, " @user{}", random.below(posts));
        // Few brands have most posts: the number of a brand is the smaller of three draws.
        let brand = (0..3).map(|_| random.below(500)).min().unwrap_or(0);
        let post = serde_json::json!({
            "id": number.wrapping_mul(7919).to_string(),
            "text": format!("{text}{handle}"),
            "created_at": 1_700_000_000 + random.below(730 * 86_400),
            "brand": format!("Brand {brand}"),
            "author": format!("user{}", random.below(posts / 3 + 1)),
            "followers": random.below(5000),
        });
        serde_json::to_writer(&mut out, &post).expect("the file can be written");
        out.write_all(b"\n").expect("the file can be written");
    }
    out.flush().expect("the file can be written");
    drop(out);
    fs::rename(beside, &path).expect("the file can be named");
    path
}

fn texts() -> Vec<String> {
    let corpora = std::env::var_os("GROUSE_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let mut texts = Vec::new();
    for name in FILES {
        let Ok(file) = File::open(corpora.join(name)) else { continue };
        let rows =
            open(Box::new(file), name, &Options::default()).expect("the corpus is as its description says");
        texts.extend(rows.flatten().filter_map(|row| row.result.ok()).map(|post| post.text));
    }
    if texts.is_empty() {
        println!("../shared/corpora is absent: the texts are the demo's");
        let scenario = grouse::config::parse_toml(grouse::demo::SCENARIO).expect("the scenario is right");
        texts.extend(grouse::demo::posts(&scenario).into_iter().map(|post| post.text));
    }
    texts.retain(|text| !text.trim().is_empty());
    for text in &mut texts {
        let end = (0..=MAX_TEXT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    texts
}

/// splitmix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % bound.max(1)
    }
}
