//! Promise: a name that is looked up and never answered for keeps nobody else waiting, nor the program from ending.
//!
//! The look-up is made by the C library, on a thread that cannot be given up. A few lines of C take its place here and never
//! return; without a C compiler, or elsewhere than on Linux with its usual library, this is not tested, and says so.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common;
use crate::harvesting::Place;

/// Notes each name and looks it up for ever.
const NEVER: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int getaddrinfo(const char *name, const char *service, const void *hints, void **found) {
    (void)service; (void)hints; (void)found;
    FILE *notes = fopen(getenv("GROUSE_TEST_NOTES"), "a");
    if (notes) { fprintf(notes, "%s\n", name ? name : ""); fclose(notes); }
    for (;;) pause();
}
"#;

/// The library, if it can be made.
fn never(folder: &Path) -> Option<PathBuf> {
    let (text, library) = (folder.join("never.c"), folder.join("never.so"));
    fs::write(&text, NEVER).unwrap();
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([&library, &text])
        .stderr(Stdio::null())
        .status();
    if cfg!(target_env = "gnu") && made.is_ok_and(|status| status.success()) {
        return Some(library);
    }
    eprintln!("skipped: there is no C compiler, or another C library");
    None
}

/// A program that looks names up for ever, and the file in which it notes them.
fn hanging(place: &Place, library: &Path, arguments: &[&str]) -> (Command, PathBuf) {
    let notes = library.with_file_name(format!("{}.notes", arguments[0]));
    let mut command = common::grouse(&place.data());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name);
    }
    command
        .env("LD_PRELOAD", library)
        .env("GROUSE_TEST_NOTES", &notes)
        .env("GROUSE_CONTACT", "us@acme.example");
    command.args(arguments);
    (command, notes)
}

fn names(notes: &Path) -> Vec<String> {
    fs::read_to_string(notes).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn end(running: &mut common::Running) -> Duration {
    let told = Instant::now();
    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    common::until(20, "the program ended", || running.0.try_wait().unwrap());
    told.elapsed()
}

#[test]
fn a_name_that_is_looked_up_for_ever_holds_up_neither_the_end_nor_another_source() {
    let folder = tempfile::tempdir().unwrap();
    let Some(library) = never(folder.path()) else { return };
    let sources = "[[source]]\nname = \"mastodon\"\ntargets = [\"one.example\", \"two.example\"]\n\n[[source]]\nname = \"webhook\"\n";
    let place = Place::new(sources);
    let list = place.list();

    let (mut command, notes) = hanging(&place, &library, &["harvest", "--watchlist", &list]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut running = common::Running(child);
    // Neither waits for the other.
    common::until(60, "both names were looked up", || (names(&notes).len() >= 2).then_some(()));
    let took = end(&mut running);
    assert!(took < Duration::from_secs(5), "{took:?}");

    let arguments = ["serve", "--listen", "127.0.0.1:0", "--harvest", &list];
    let (mut command, notes) = hanging(&place, &library, &arguments);
    command.env("GROUSE_WEBHOOK_TOKEN", "key");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut running = common::Running(child);
    let mut said = String::new();
    let mut out = BufReader::new(running.0.stderr.take().unwrap());
    while !said.contains("http://") {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let address = said.split("http://").nth(1).unwrap().split(['/', '\n']).next().unwrap().trim().to_owned();
    common::until(60, "both names were looked up", || (names(&notes).len() >= 2).then_some(()));
    let body = "{\"id\": \"1\", \"text\": \"acme is late\"}";
    let request = format!(
        "POST /v1/posts HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer key\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut connection = std::net::TcpStream::connect(&address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    std::io::Write::write_all(&mut connection, request.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut connection, &mut answer).unwrap();
    let kept: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(kept["kept"], 1, "{answer}");
    let took = end(&mut running);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(place.ids(), ["webhook:1"]);
}
