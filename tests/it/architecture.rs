//! Promise: the arrows between modules point one way, and every file says why it exists.
//!
//! A single crate does not stop `model` from calling `api`. These tests do.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which modules each module may use. A new arrow is a design decision: make it here, on purpose.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("text", &["model"]),
    ("sources", &["model"]),
    ("demo", &["model"]),
    ("analysis", &["model", "text"]),
    ("state", &["model"]),
    ("store", &["model", "text", "sources", "state"]),
    ("net", &[]),
    ("harvest", &["model", "sources", "net", "state"]),
    ("ingest", &["model", "text", "analysis", "store", "state", "harvest"]),
    ("insight", &["model", "text", "state", "store"]),
    ("api", &["model", "text", "analysis", "store", "state", "harvest", "ingest", "insight"]),
    ("config", &["model", "sources", "analysis", "store", "insight", "api"]),
    (
        "cli",
        &[
            "model", "text", "sources", "demo", "analysis", "store", "state", "net", "harvest", "ingest",
            "insight", "api", "config",
        ],
    ),
];

/// Crates that only their home may name.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("rust_stemmers", &["text"]),
    ("unicode_normalization", &["text"]),
    ("whichlang", &["text"]),
    ("encoding_rs", &["sources"]),
    ("flate2", &["sources", "net"]),
    ("ruzstd", &["sources"]),
    ("quick_xml", &["sources"]),
    ("url", &["sources"]),
    ("reqwest", &["net"]),
    ("rustls", &["net"]),
    ("brotli_decompressor", &["net"]),
    ("tantivy", &["store"]),
    ("rusqlite", &["state"]),
    ("askama", &["api"]),
    ("axum", &["api"]),
    ("form_urlencoded", &["api"]),
    ("toml", &["config"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("anyhow", &["cli"]),
];

#[test]
fn modules_use_only_what_they_may() {
    let mut wrong = Vec::new();
    for (module, path, text) in files() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            continue;
        };
        for used in uses(&text) {
            if used != module && !allowed.contains(&used.as_str()) && MAY_USE.iter().any(|(n, _)| *n == used)
            {
                wrong.push(format!("{}: `{module}` uses `{used}`", path.display()));
            }
        }
        if text.contains("super::super") {
            wrong.push(format!("{}: write `crate::`, not `super::super`", path.display()));
        }
        let code = program(&text);
        for (krate, homes) in KEPT_IN {
            if !homes.contains(&module.as_str()) && names(&code, krate) {
                wrong.push(format!("{}: `{krate}` belongs to {homes:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_names_every_module() {
    let listed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    for entry in fs::read_dir("src").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = name.trim_end_matches(".rs");
        assert!(["main", "lib"].contains(&name) || listed.contains(name), "add `{name}` to MAY_USE");
    }
}

#[test]
fn every_file_begins_with_its_purpose() {
    let silent: Vec<_> =
        files().into_iter().filter(|(_, _, text)| !text.starts_with("//!")).map(|f| f.1).collect();
    assert!(silent.is_empty(), "no module doc: {silent:#?}");
}

/// Returns the modules that `text` names as `crate::x` or `crate::{x, y}`, tests and comments left out.
fn uses(text: &str) -> BTreeSet<String> {
    let code = program(text);
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(first_name(rest));
            continue;
        };
        let mut depth = 0;
        for part in group.split_inclusive([',', '{', '}']) {
            if depth == 0 {
                found.insert(first_name(part));
            }
            match part.chars().last() {
                Some('{') => depth += 1,
                Some('}') if depth == 0 => break,
                Some('}') => depth -= 1,
                _ => (),
            }
        }
    }
    found.remove("");
    found
}

/// The lines that the program is made of: without comments, and without the tests at the end.
fn program(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let is_tests = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{');
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    lines[..end].join("\n")
}

/// Whether `code` says `krate::`, as a whole name.
fn names(code: &str, krate: &str) -> bool {
    code.match_indices(&format!("{krate}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

fn first_name(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn uses_sees_single_and_grouped_imports() {
    let text = "use crate::{\n    api::{ApiError, router},\n    model::Post,\n    store,\n};\nfn f() { crate::cli::run() }\n// crate::text\n";
    assert_eq!(uses(text).into_iter().collect::<Vec<_>>(), ["api", "cli", "model", "store"]);
}

/// Returns (module, path, text) of every file under `src`.
fn files() -> Vec<(String, PathBuf, String)> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(Path::new("src"), &mut paths);
    // Modules of tests only may use what they like.
    paths.retain(|path| !path.ends_with("tests.rs") && !path.ends_with("corpora.rs"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let module = path
                .components()
                .nth(1)
                .unwrap()
                .as_os_str()
                .to_str()
                .unwrap()
                .trim_end_matches(".rs")
                .to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (module, path, text)
        })
        .collect()
}
