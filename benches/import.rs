//! How fast does a file become an index, beside the engine alone?
//!
//! Corpus: a million posts of real texts (`corpus/`), 250 MB of NDJSON, seed 7. The bare loop gives the engine the same
//! posts, parsed beforehand, with the same fields: stems with positions and a term column, both from its own tokenizer
//! with an English stemmer that remembers words, keys, columns, values in place of judgements, and the stored text; as
//! many indexing threads, one commit at the end. It detects no language, masks nothing, judges nothing, checks no id. Ours is the program, started
//! as a user starts it, from the file to the last commit; its peak of resident memory is read while it runs.
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

use grouse::store::Store;
use rust_stemmers::{Algorithm, Stemmer};
use serde::Deserialize;
use tantivy::schema::{
    DateOptions, FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing,
    TextOptions,
};
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
        let bare = bare(&file, &folder.join("bare"), posts);
        let (ours, peak) = ours(&file, &folder.join("ours"), posts);
        let rate = |took: Duration| posts as f64 / took.as_secs_f64();
        ratios.push(rate(ours) / rate(bare));
        println!(
            "round {round}: bare {:.0} posts/s, grouse {:.0} posts/s, ratio {:.2}, peak {} MB resident",
            rate(bare),
            rate(ours),
            rate(ours) / rate(bare),
            peak >> 10
        );
        assert!(peak < 700 << 10, "more than 700 MB resident");
    }
    ratios.sort_by(f64::total_cmp);
    println!("ratio, median of three rounds: {:.2} (bar 0.50, aim 0.80)", ratios[1]);
    assert!(ratios[1] >= 0.5, "less than half as fast as the engine alone");
}

/// The program as a user runs it. Returns how long it took and its peak of resident memory in kB.
fn ours(file: &Path, data: &Path, posts: u64) -> (Duration, u64) {
    let _ = fs::remove_dir_all(data);
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_grouse"))
        .args(["import", file.to_str().unwrap(), "--data", data.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let took = loop {
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
    (took, peak)
}

fn bare(file: &Path, folder: &Path, posts: u64) -> Duration {
    let lines: Vec<Line> = BufReader::new(fs::File::open(file).unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    let mut schema = Schema::builder();
    let indexing =
        |positions| TextFieldIndexing::default().set_tokenizer("stems").set_index_option(positions);
    let id = schema.add_text_field("id", STRING);
    let tie = schema.add_u64_field("tie", FAST);
    let stems = schema.add_text_field(
        "stems",
        TextOptions::default().set_indexing_options(indexing(IndexRecordOption::WithFreqsAndPositions)),
    );
    let terms = schema.add_text_field("terms", TextOptions::default().set_fast("stems"));
    let facet = |schema: &mut tantivy::schema::SchemaBuilder, name| -> Field {
        schema.add_text_field(name, STRING.set_fast("raw"))
    };
    let (brand, source, lang, kind) = (
        facet(&mut schema, "brand"),
        facet(&mut schema, "source"),
        facet(&mut schema, "lang"),
        facet(&mut schema, "kind"),
    );
    let mention = schema.add_text_field("mention", STRING);
    let author = schema.add_u64_field("author", FAST | INDEXED);
    let created = schema.add_date_field("created", DateOptions::default().set_fast());
    let (reach, fingerprint, run) = (
        schema.add_u64_field("reach", FAST),
        schema.add_u64_field("fingerprint", FAST),
        schema.add_u64_field("run", FAST),
    );
    let post = schema.add_bytes_field("post", STORED);
    let complaint = schema.add_bool_field("complaint", FAST | INDEXED);
    let (probability, sentiment) =
        (schema.add_f64_field("probability", FAST), schema.add_f64_field("sentiment", FAST));
    let (severity, case) =
        (schema.add_u64_field("severity", FAST | INDEXED), schema.add_u64_field("case", FAST | INDEXED));
    let (intent, target) = (facet(&mut schema, "intent"), facet(&mut schema, "target"));
    let index = Index::create_in_dir(folder, schema.build()).unwrap();
    let analyzer =
        || TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).filter(Stems).build();
    index.tokenizers().register("stems", analyzer());
    index.fast_field_tokenizer().register("stems", analyzer());
    let started = Instant::now();
    let mut writer: IndexWriter = index.writer_with_num_threads(2, 2 * (80 << 20)).unwrap();
    for (number, line) in (0_u64..).zip(&lines) {
        let mut document = TantivyDocument::new();
        document.add_text(id, &line.id);
        document.add_u64(tie, number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        document.add_text(stems, &line.text);
        document.add_text(terms, &line.text);
        document.add_text(brand, &line.brand);
        document.add_text(mention, &line.brand);
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
        document.add_bytes(post, line.text.as_bytes());
        writer.add_document(document).unwrap();
    }
    writer.commit().unwrap();
    let took = started.elapsed();
    assert_eq!(index.reader().unwrap().searcher().num_docs(), posts);
    writer.wait_merging_threads().unwrap();
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
