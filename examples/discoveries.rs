//! How well do posts fall into problems that people also made? `cargo run --release --example discoveries` prints the
//! README's table: what discovery reaches, without being told how many problems there are, and beside it what k-means on
//! TF-IDF of the same stems reaches that is told.
//!
//! Both see all texts without labels; figures are of each half of the texts, by a hash of the text. Settings of
//! discovery were chosen with both halves in sight (`src/insight/discovery/mod.rs`).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of ours that talks to who runs it, and stops where a corpus is not what it was"
)]

#[path = "corpora/agreement.rs"]
mod agreement;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use agreement::{Agreement, Fallen, half_of, rows};
use grouse::config::read_watchlist;
use grouse::ingest::{IngestConfig, ingest};
use grouse::insight::{DiscoverAsked, discover};
use grouse::model::{Post, Query, Signature, SourceId, Watchlist, WatchlistId};
use grouse::store::{Membership, Store, Writer, WriterConfig};
use jiff::tz::TimeZone;

/// Times that k-means begins anew; the tightest outcome counts.
const STARTS: u64 = 5;

/// Moves of the middles in each.
const ROUNDS: usize = 30;

fn main() {
    let folder = std::env::var_os("GROUSE_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from);
    let airlines = rows(&folder.join("airline_tweets.csv"), |row| {
        let reason = &row["negativereason"];
        let is_told = row["airline_sentiment"] == "negative" && !reason.is_empty() && reason != "Can't Tell";
        is_told.then(|| (row["text"].clone(), reason.clone()))
    });
    let bank =
        rows(&folder.join("banking77_train.csv"), |row| Some((row["text"].clone(), row["category"].clone())));
    let letters = rows(&folder.join("cfpb_2019.csv"), |row| {
        let text = &row["Consumer complaint narrative"];
        (!text.is_empty()).then(|| (text.clone(), row["Issue"].clone()))
    });
    println!(
        "| on | way | problems | NMI | ARI | best F1 of a problem | or of a theme | unassigned |\n|---|---|---|---|---|---|---|---|"
    );
    compare("airline_tweets, negative with a reason", &airlines, Some(&watchlist("us-airlines")));
    compare("banking77_train", &bank, None);
    compare("cfpb_2019, letters by issue", &letters, None);
}

fn watchlist(id: &str) -> Watchlist {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries").join(format!("{id}.toml"));
    read_watchlist(WatchlistId::new(id).unwrap(), &fs::read_to_string(path).unwrap()).unwrap()
}

/// Prints the rows of one collection.
fn compare(name: &str, texts: &[(String, String)], watchlist: Option<&Watchlist>) {
    let data = tempfile::tempdir().unwrap();
    let config = WriterConfig { threads: 1, bytes_per_thread: 32 << 20 };
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let mut writer = Writer::open(data.path(), "a measurement", now, config).unwrap();
    let posts = texts.iter().enumerate().map(|(at, (text, _))| post(at, text));
    ingest((1..).zip(posts), watchlist, &mut writer, IngestConfig::default(), |_| {}).unwrap();
    writer.close().unwrap();
    let store = Store::open(data.path()).unwrap();
    let snapshot = store.snapshot().unwrap();

    let asked = DiscoverAsked { query: Query::All, time_zone: TimeZone::UTC, typical: 0 };
    let found = discover(&snapshot, &asked).unwrap();
    let vocabulary = snapshot.vocabulary().unwrap();
    let matching = snapshot.matching(&Query::All, &TimeZone::UTC).unwrap();
    let signatures: Vec<&Signature> = found.problems.iter().map(|problem| &problem.signature).collect();
    let mut membership = Membership::new(&signatures, &vocabulary);
    let mut read = Vec::new();
    snapshot
        .read_terms(&vocabulary, &matching, |post| {
            let themes = membership.themes(post.language, post.stems).map(str::to_owned).collect();
            let problems = membership.of(post.language, post.stems);
            let problems = problems.iter().map(|(_, problem)| problem.to_string()).collect();
            let stems: BTreeSet<u32> = post.stems.iter().flatten().copied().collect();
            read.push((post.place, problems, themes, stems));
        })
        .unwrap();
    let mut ours: Vec<Option<Fallen>> = texts.iter().map(|_| None).collect();
    let mut stems: Vec<Vec<u32>> = vec![Vec::new(); texts.len()];
    for (place, problems, themes, of_post) in read {
        let id = snapshot.at(place).unwrap().post.id;
        let at: usize = id.as_str().strip_prefix("test:").unwrap().parse().unwrap();
        ours[at] = Some(Fallen { label: texts[at].1.clone(), problems, themes });
        stems[at] = of_post.into_iter().collect();
    }
    let ours: Vec<Fallen> = ours.into_iter().map(Option::unwrap).collect();
    print(name, "Grouse, number not given", found.problems.len(), texts, &ours);

    let labels: BTreeSet<&String> = texts.iter().map(|(_, label)| label).collect();
    let groups = k_means(&stems, labels.len());
    let theirs: Vec<Fallen> = texts
        .iter()
        .zip(groups)
        .map(|((_, label), group)| Fallen {
            label: label.clone(),
            problems: vec![group.to_string()],
            themes: BTreeSet::new(),
        })
        .collect();
    print("", "k-means on TF-IDF of the same stems, number given", labels.len(), texts, &theirs);
}

fn print(name: &str, way: &str, problems: usize, texts: &[(String, String)], all: &[Fallen]) {
    let halves = [0, 1].map(|half| {
        let here = texts.iter().zip(all).filter(|((text, _), _)| half_of(text) == half);
        let rows: Vec<Fallen> = here
            .map(|(_, row)| Fallen {
                label: row.label.clone(),
                problems: row.problems.clone(),
                themes: row.themes.clone(),
            })
            .collect();
        Agreement::of(&rows)
    });
    let both =
        |figure: fn(&Agreement) -> f64| format!("{:.3}, {:.3}", figure(&halves[0]), figure(&halves[1]));
    println!(
        "| {name} | {way} | {problems} | {} | {} | {} | {} | {} |",
        both(|half| half.information),
        both(|half| half.rand),
        both(|half| half.best_problem),
        both(|half| half.best),
        both(|half| half.unassigned)
    );
}

fn post(at: usize, text: &str) -> Post {
    let source = SourceId::new("test").unwrap();
    Post::bare(source, &at.to_string(), text)
}

/// The group of each post: k-means on the sphere over TF-IDF, begun as in k-means++ (Arthur and Vassilvitskii 2007).
fn k_means(posts: &[Vec<u32>], groups: usize) -> Vec<usize> {
    let mut having: BTreeMap<u32, f64> = BTreeMap::new();
    for stem in posts.iter().flatten() {
        *having.entry(*stem).or_default() += 1.0;
    }
    let numbers: BTreeMap<u32, usize> = having.keys().zip(0..).map(|(stem, at)| (*stem, at)).collect();
    let vectors: Vec<Vec<(usize, f64)>> = posts
        .iter()
        .map(|post| {
            let weighted = post.iter().map(|stem| (numbers[stem], (posts.len() as f64 / having[stem]).ln()));
            let weighted: Vec<(usize, f64)> = weighted.collect();
            let length = weighted.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt().max(1e-9);
            weighted.into_iter().map(|(stem, weight)| (stem, weight / length)).collect()
        })
        .collect();
    let outcome = |start| clustered(&vectors, numbers.len(), groups, start);
    (1..=STARTS).map(outcome).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1
}

/// One outcome, and how near its posts are to their middles, summed.
fn clustered(vectors: &[Vec<(usize, f64)>], width: usize, groups: usize, seed: u64) -> (f64, Vec<usize>) {
    let near = |vector: &[(usize, f64)], middle: &[f64]| -> f64 {
        vector.iter().map(|(stem, weight)| weight * middle[*stem]).sum()
    };
    let dense = |vector: &[(usize, f64)]| {
        let mut middle = vec![0.0; width];
        for (stem, weight) in vector {
            middle[*stem] = *weight;
        }
        middle
    };
    // The generator of Steele, Lea and Flood (2014), between zero and one.
    let mut state = seed;
    let mut chance = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((value ^ (value >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut far = vec![1.0_f64; vectors.len()];
    let mut middles: Vec<Vec<f64>> = Vec::new();
    while middles.len() < groups {
        let mut left = chance() * far.iter().sum::<f64>();
        let chosen = far.iter().position(|far| {
            left -= far;
            left < 0.0
        });
        let middle = dense(&vectors[chosen.unwrap_or(0)]);
        for (far, vector) in far.iter_mut().zip(vectors) {
            *far = far.min((1.0 - near(vector, &middle)).max(0.0));
        }
        middles.push(middle);
    }
    let mut of = vec![0; vectors.len()];
    let mut sum = 0.0;
    for _ in 0..ROUNDS {
        sum = 0.0;
        let mut next = vec![vec![0.0; width]; groups];
        for (vector, group) in vectors.iter().zip(&mut of) {
            let scored = middles.iter().map(|middle| near(vector, middle)).enumerate();
            let (best, nearness) = scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).unwrap();
            *group = best;
            sum += nearness;
            for (stem, weight) in vector {
                next[best][*stem] += weight;
            }
        }
        for (middle, next) in middles.iter_mut().zip(next) {
            let length = next.iter().map(|value| value * value).sum::<f64>().sqrt();
            if length > 0.0 {
                *middle = next.into_iter().map(|value| value / length).collect();
            }
        }
    }
    (sum, of)
}
