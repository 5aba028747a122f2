//! Promise: is nothing private that people wrote ever stored, found or shown?
//!
//! Looked for in every byte under the data folder, in each answer, and through questions that ask for it.

use std::fs;
use std::path::Path;

use grouse::api::{self, Filters, SearchAsked};
use grouse::model::Post;
use grouse::store::Store;

use crate::common::{post, run, store_of};

/// Private things as people write them, each with what is left of it.
const PRIVATE: &[(&str, &str, &str)] = &[
    ("mail me at jan.de.boer@example.org please", "jan.de.boer@example.org", "<email>"),
    ("terugstorten op NL91 ABNA 0417 1643 00 graag", "NL91 ABNA 0417 1643 00", "<iban>"),
    ("terugstorten op DE89370400440532013000 bitte", "DE89370400440532013000", "<iban>"),
    ("bel mij op 06-12345678 vandaag", "06-12345678", "<phone>"),
    ("call me on +44 20 7946 0958 today", "+44 20 7946 0958", "<phone>"),
    ("mijn bsn is 111222333 hoor", "111222333", "<citizen-number>"),
    ("betaald met kaart 4111 1111 1111 1111 gisteren", "4111 1111 1111 1111", "<card>"),
];

/// In the texts and nowhere else: proves that the search of the bytes would find what is there.
const WITNESS: &str = "zwanenhalsklem";

fn posts() -> Vec<Post> {
    let texts = PRIVATE.iter().enumerate().flat_map(|(n, (text, _, _))| {
        let plain = post(&format!("text-{n}"), &format!("{WITNESS}{n} {text}"));
        let titled = Post { title: Some((*text).to_owned()), ..post(&format!("title-{n}"), "see the title") };
        let mut noted = post(&format!("note-{n}"), "see the note");
        noted.attributes.insert("note".to_owned(), (*text).to_owned());
        [plain, titled, noted]
    });
    texts.collect()
}

/// What would give `private` away: it as written, and its parts of five signs or more.
fn traces(private: &str) -> Vec<String> {
    let parts = private.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() >= 5);
    let mut traces: Vec<String> = parts.map(str::to_lowercase).filter(|part| part != "example").collect();
    traces.push(private.to_lowercase());
    traces.push(private.to_lowercase().replace([' ', '-'], ""));
    traces
}

#[track_caller]
fn check_absent(bytes: &[u8], place: &str) {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    for (_, private, _) in PRIVATE {
        for trace in traces(private) {
            assert!(!text.contains(&trace), "{place} holds {trace}");
        }
    }
}

/// Every file under `folder`.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

#[test]
fn no_byte_on_disk_is_private() {
    let (folder, _store) = store_of(posts(), None);
    let mut seen = 0;
    for path in files(folder.path()) {
        let bytes = fs::read(&path).unwrap();
        check_absent(&bytes, &path.display().to_string());
        seen += String::from_utf8_lossy(&bytes).matches(WITNESS).count();
    }
    assert!(seen > 0, "what is there cannot be seen either");
}

#[test]
fn no_question_finds_what_is_private() {
    let (_folder, store) = store_of(posts(), None);
    for (_, private, _) in PRIVATE {
        for q in [format!("\"{private}\""), private.replace(' ', ""), format!("attr.note:\"{private}\"")] {
            let filters = Filters { q: q.clone(), ..Filters::default() };
            let answer = api::search(&store, &SearchAsked { filters, ..SearchAsked::default() }).unwrap();
            assert_eq!(answer.total, 0, "{q}");
        }
        for trace in traces(private) {
            let filters = Filters { q: format!("\"{trace}\""), ..Filters::default() };
            let answer = api::search(&store, &SearchAsked { filters, ..SearchAsked::default() }).unwrap();
            assert_eq!(answer.total, 0, "{trace}");
        }
    }
}

#[test]
fn no_answer_shows_what_is_private() {
    let (folder, store) = store_of(posts(), None);
    let all = SearchAsked { limit: 1000, ..SearchAsked::default() };
    let answer = api::search(&store, &all).unwrap();
    check_absent(&serde_json::to_vec(&answer).unwrap(), "search");
    for (n, (_, _, placeholder)) in PRIVATE.iter().enumerate() {
        for id in ["text", "title", "note"] {
            let post = api::post(&store, &format!("test:{id}-{n}")).unwrap();
            let shown = format!("{:?} {} {:?}", post.title, post.text, post.attributes);
            assert!(shown.contains(placeholder), "{shown}");
        }
    }
    let masked = Filters { q: "is:masked".to_owned(), ..Filters::default() };
    let answer = api::search(&store, &SearchAsked { filters: masked, ..SearchAsked::default() }).unwrap();
    assert_eq!(answer.total, 2 * PRIVATE.len() as u64);
    for arguments in [
        &["export"][..],
        &["export", "--format", "csv"],
        &["export", "--authors"],
        &["search", "--json"],
        &["search", "bsn"],
        &["problems", "--json"],
        &["trends", "--json"],
    ] {
        check_absent(run(folder.path(), arguments).as_bytes(), &arguments.join(" "));
    }
    let mut exported = 0;
    api::export(&store.snapshot().unwrap(), &Filters::default(), |record, _| {
        check_absent(format!("{record:?}").as_bytes(), "export");
        exported += 1;
        true
    })
    .unwrap();
    assert_eq!(exported, 3 * PRIVATE.len());
}

#[test]
fn what_only_looks_private_is_kept() {
    let texts =
        ["my order 570306133677760513 is late", "flight 1234567 on 2015-02-22 at 11:35", "bel 0900-1234"];
    let posts = texts.iter().enumerate().map(|(n, text)| post(&n.to_string(), text)).collect();
    let (folder, _) = store_of(posts, None);
    let store = Store::open(folder.path()).unwrap();
    for (n, text) in texts.iter().enumerate() {
        let kept = api::post(&store, &format!("test:{n}")).unwrap();
        assert_eq!((kept.text.as_str(), kept.masked), (*text, false));
    }
}
