//! What is in the public file of tweets to airlines? Read twice: by the program into an index, and here by hand.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::OnceLock;

use grouse::config::read_watchlist;
use grouse::ingest::{IngestConfig, ingest};
use grouse::model::{Watchlist, WatchlistId};
use grouse::sources::file;
use grouse::store::{Store, Writer, WriterConfig};
use jiff::Timestamp;

/// The index of the file, and its rows.
pub(crate) struct Airlines {
    pub(crate) store: Store,
    /// By id; of rows that share one, the last.
    pub(crate) rows: BTreeMap<String, Row>,
}

/// What a row says, read without the library.
pub(crate) struct Row {
    pub(crate) brand: String,
    pub(crate) text: String,
    pub(crate) created: Timestamp,
}

/// The file in an index, made once for all tests; `None` where the file is not there.
pub(crate) fn airlines() -> Option<&'static Airlines> {
    static AIRLINES: OnceLock<Option<Airlines>> = OnceLock::new();
    AIRLINES.get_or_init(make).as_ref()
}

/// The watchlist that is shipped for it.
pub(crate) fn watchlist() -> Watchlist {
    let id = "us-airlines";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries").join(format!("{id}.toml"));
    read_watchlist(WatchlistId::new(id).unwrap(), &fs::read_to_string(path).unwrap()).unwrap()
}

fn make() -> Option<Airlines> {
    let path = crate::common::corpus("airline_tweets.csv")?;
    // Beside the program and not in a temporary folder: what a static holds is never dropped.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("airlines");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let config = WriterConfig { threads: 1, bytes_per_thread: 64 << 20 };
    let mut writer =
        Writer::open(&folder, "a test", "2026-02-01T00:00:00Z".parse().unwrap(), config).unwrap();
    let input = Box::new(File::open(&path).unwrap());
    let reader = file::open(input, "airline_tweets.csv", &file::Options::default()).unwrap();
    let posts = reader.map(|row| {
        let row = row.unwrap();
        (row.line, *row.result.unwrap())
    });
    ingest(posts, Some(&watchlist()), &mut writer, IngestConfig::default(), |_| {}).unwrap();
    writer.close().unwrap();
    Some(Airlines { store: Store::open(&folder).unwrap(), rows: rows(&path) })
}

fn rows(path: &Path) -> BTreeMap<String, Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, brand, text, created) = (at("tweet_id"), at("airline"), at("text"), at("tweet_created"));
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let created = jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S %z", &record[created]).unwrap();
            let row = Row {
                brand: record[brand].to_lowercase().replace(' ', "-"),
                text: record[text].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
                created: created.to_timestamp().unwrap(),
            };
            (record[id].to_owned(), row)
        })
        .collect()
}
