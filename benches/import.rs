//! How fast does a file become an index, beside the engine alone?
//!
//! Corpus: a million posts of real texts (`corpus/`), 250 MB of NDJSON, seed 7. The bare loop gives the engine the same
//! posts, parsed beforehand, in the very schema of our index: it is read from the index that the program has just made, so
//! that no field and no option differs. Stems with positions and the term column come both from a tokenizer of its own,
//! whose English stemmer remembers words; keys and columns hold values in place of judgements, in those fields that the
//! program fills; what is stored are the very bytes that the program stored, of some post each. As many indexing threads, as much
//! memory for each, as many threads that merge, a commit after as many posts, and both are timed until their merges have ended. It detects no language,
//! masks nothing, judges nothing, checks no id. Ours is the program, started as a user starts it, from the file on; its
//! peak of resident memory is read while it runs.
//! The claim is the ratio by the wall clock. That by the processor's time (user time of all threads) is printed beside
//! it, since it suffers less from what else the machine does.
//! Run: `cargo bench --bench import`; `GROUSE_BENCH_POSTS=100000` for a smaller one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks to who runs it, and stops where it fails"
)]

mod corpus;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grouse::ingest::IngestConfig;
use grouse::store::Store;
use grouse::store::WriterConfig;
use rust_stemmers::{Algorithm, Stemmer};
use serde::Deserialize;
use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::document::Value;
use tantivy::tokenizer::{
    LowerCaser, SimpleTokenizer, TextAnalyzer, Token, TokenFilter, TokenStream, Tokenizer,
};
use tantivy::{DateTime, Index, IndexWriter, TantivyDocument};

#[derive(Deserialize)]
struct Line {
    id: String,
    text: String,
    created_at: i64,
    brand: String,
    author: String,
    followers: u64,
}

fn main() {
    let posts = corpus::size();
    let file = corpus::file(posts);
    let folder = corpus::folder();
    println!("{posts} posts, {} MB", fs::metadata(&file).unwrap().len() >> 20);
    let mut ratios = Vec::new();
    for round in 1..=3 {
        let (ours, peak) = ours(&file, &folder.join("ours"), posts);
        let bare = bare(&file, &folder, posts);
        let rate = |took: Duration| posts as f64 / took.as_secs_f64();
        ratios.push(rate(ours.wall) / rate(bare.wall));
        println!(
            "round {round}: bare {:.0} posts/s, grouse {:.0} posts/s, ratio {:.2} by the clock; user time for a post \
             {:.1} and {:.1} µs, ratio {:.2}; peak {} MB resident",
            rate(bare.wall),
            rate(ours.wall),
            rate(ours.wall) / rate(bare.wall),
            1e6 / rate(bare.user),
            1e6 / rate(ours.user),
            rate(ours.user) / rate(bare.user),
            peak >> 10
        );
        assert!(peak < 700 << 10, "more than 700 MB resident");
    }
    ratios.sort_by(f64::total_cmp);
    println!("ratio by the clock, median of three rounds: {:.2} (bar 0.50, aim 0.80)", ratios[1]);
    assert!(ratios[1] >= 0.5, "less than half as fast as the engine alone");
}

/// How long it took.
struct Took {
    wall: Duration,
    /// In user code, all threads together.
    user: Duration,
}

/// The user time of this process so far, or of the children that it waited for.
fn user_time(is_of_children: bool) -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let field = if is_of_children { 13 } else { 11 };
    let ticks: u64 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(field).unwrap().parse().unwrap();
    // Linux counts a hundred ticks a second there, whatever its kernel does.
    Duration::from_millis(ticks * 10)
}

/// The program as a user runs it. Returns how long it took and its peak of resident memory in kB.
fn ours(file: &Path, data: &Path, posts: u64) -> (Took, u64) {
    let _ = fs::remove_dir_all(data);
    let user = user_time(true);
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_grouse"))
        .args(["import", file.to_str().unwrap(), "--data", data.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let wall = loop {
        if let Some(result) = child.try_wait().unwrap() {
            assert!(result.success());
            break started.elapsed();
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(Store::open(data).unwrap().snapshot().unwrap().len(), posts);
    (Took { wall, user: user_time(true).saturating_sub(user) }, peak)
}

/// The index that the program made.
fn index_of_ours(data: &Path) -> Index {
    let mut folders = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    Index::open_in_dir(folders.find(|folder| folder.join("meta.json").is_file()).unwrap()).unwrap()
}

/// What the program stored, post by post, in the order of its segments.
fn stored_by_ours(index: &Index) -> Vec<Vec<u8>> {
    let post = index.schema().get_field("post").unwrap();
    let searcher = index.reader().unwrap().searcher();
    let mut stored = Vec::new();
    for segment in searcher.segment_readers() {
        for document in segment.get_store_reader(1).unwrap().iter::<TantivyDocument>(segment.alive_bitset()) {
            let document = document.unwrap();
            stored.push(document.get_first(post).and_then(|value| value.as_bytes()).unwrap().to_vec());
        }
    }
    stored
}

fn bare(file: &Path, bench: &Path, posts: u64) -> Took {
    let lines: Vec<Line> = BufReader::new(fs::File::open(file).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let folder = bench.join("bare");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let ours = index_of_ours(&bench.join("ours"));
    let schema = ours.schema();
    let stored = stored_by_ours(&ours);
    assert_eq!(stored.len(), lines.len());
    let index = Index::create_in_dir(folder, schema.clone()).unwrap();
    let analyzer =
        || TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).filter(Stems).build();
    index.tokenizers().register("grouse_stems", analyzer());
    index.fast_field_tokenizer().register("grouse_column", analyzer());
    let field = |name| schema.get_field(name).unwrap();
    let [id, tie, stems, terms, brand, source, lang, kind, author, created, reach, fingerprint, run, post] =
        [
            "id",
            "tie",
            "stems",
            "terms",
            "brand",
            "source",
            "lang",
            "kind",
            "author",
            "created",
            "reach",
            "fingerprint",
            "run",
            "post",
        ]
        .map(field);
    let [complaint, probability, sentiment, severity, case, intent, target] =
        ["complaint", "probability", "sentiment", "severity", "case", "intent", "target"].map(field);
    let WriterConfig { threads, bytes_per_thread } = WriterConfig::default();
    let options = IndexWriterOptions::builder()
        .num_worker_threads(threads)
        .memory_budget_per_thread(bytes_per_thread)
        .num_merge_threads(1)
        .build();
    let commit_posts = IngestConfig::default().commit_posts as u64;
    let user = user_time(false);
    let started = Instant::now();
    let mut writer: IndexWriter = index.writer_with_options(options).unwrap();
    for (number, (line, stored)) in (0_u64..).zip(lines.iter().zip(&stored)) {
        let mut document = TantivyDocument::new();
        document.add_text(id, &line.id);
        document.add_u64(tie, number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        document.add_text(stems, &line.text);
        document.add_text(terms, &line.text);
        document.add_text(brand, &line.brand);
        document.add_text(source, "test");
        document.add_text(lang, "en");
        document.add_text(kind, "post");
        document.add_u64(author, line.author.len() as u64 + number / 3);
        document.add_date(created, DateTime::from_timestamp_secs(line.created_at));
        document.add_u64(reach, line.followers);
        document.add_u64(fingerprint, number.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        document.add_u64(run, 1);
        // What ours judges of the post: other values, as many and as different.
        let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        document.add_bool(complaint, dice % 3 == 0);
        document.add_f64(probability, (dice % 1001) as f64 / 1000.0);
        document.add_f64(sentiment, (dice % 2001) as f64 / 1000.0 - 1.0);
        if dice % 3 == 0 {
            document.add_u64(severity, dice % 4);
            document.add_text(target, &line.brand);
        }
        document.add_u64(case, dice);
        document.add_text(intent, ["venting", "question", "praise", "news", "remark"][(dice % 5) as usize]);
        document.add_bytes(post, stored);
        writer.add_document(document).unwrap();
        if (number + 1) % commit_posts == 0 {
            writer.commit().unwrap();
        }
    }
    writer.commit().unwrap();
    writer.wait_merging_threads().unwrap();
    let took = Took { wall: started.elapsed(), user: user_time(false).saturating_sub(user) };
    assert_eq!(index.reader().unwrap().searcher().num_docs(), posts);
    took
}

/// The stemmer as a filter of the engine, with a memory of words as ours has.
#[derive(Clone)]
struct Stems;

#[derive(Clone)]
struct StemsTokenizer<T> {
    inner: T,
    known: HashMap<String, String>,
}

struct StemsStream<'a, T> {
    inner: T,
    stemmer: Stemmer,
    known: &'a mut HashMap<String, String>,
}

impl TokenFilter for Stems {
    type Tokenizer<T: Tokenizer> = StemsTokenizer<T>;
    fn transform<T: Tokenizer>(self, inner: T) -> StemsTokenizer<T> {
        StemsTokenizer { inner, known: HashMap::new() }
    }
}

impl<T: Tokenizer> Tokenizer for StemsTokenizer<T> {
    type TokenStream<'a> = StemsStream<'a, T::TokenStream<'a>>;
    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        StemsStream {
            inner: self.inner.token_stream(text),
            stemmer: Stemmer::create(Algorithm::English),
            known: &mut self.known,
        }
    }
}

impl<T: TokenStream> TokenStream for StemsStream<'_, T> {
    fn advance(&mut self) -> bool {
        if !self.inner.advance() {
            return false;
        }
        let token = self.inner.token_mut();
        if let Some(stem) = self.known.get(&token.text) {
            token.text.clone_from(stem);
        } else {
            let stem = self.stemmer.stem(&token.text).into_owned();
            self.known.insert(std::mem::replace(&mut token.text, stem.clone()), stem);
        }
        true
    }
    fn token(&self) -> &Token {
        self.inner.token()
    }
    fn token_mut(&mut self) -> &mut Token {
        self.inner.token_mut()
    }
}
