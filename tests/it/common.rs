//! What do several promises need? A program to run, an index to ask, the corpora where they are.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use grouse::ingest::{IngestConfig, ingest};
use grouse::model::{Post, SourceId, Watchlist};
use grouse::store::{Store, Writer, WriterConfig};
use jiff::Timestamp;

/// The program, with `data` as its data folder and no other setting from outside.
pub(crate) fn grouse(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grouse"));
    command.env_remove("GROUSE_LOG").env("GROUSE_DATA", data).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs the program and expects it to succeed.
#[track_caller]
pub(crate) fn run(data: &Path, arguments: &[&str]) -> String {
    let output = grouse(data).args(arguments).output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Runs the program and expects one line on standard error that says what is wrong, and an exit code that is not zero.
#[track_caller]
pub(crate) fn fail(data: &Path, arguments: &[&str]) -> String {
    let output = grouse(data).args(arguments).output().expect("the program starts");
    let errors = errors(&output);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(!errors.contains("panicked"), "{errors}");
    let said: Vec<&str> = errors.lines().filter(|line| line.starts_with("grouse: ")).collect();
    assert_eq!(said.len(), 1, "{errors}");
    said[0].to_owned()
}

/// Runs the program with `input` on its standard input, and returns all of what it did.
pub(crate) fn feed(data: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = grouse(data)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("it has an input");
    let input = input.to_vec();
    // On a thread of its own, since the program may answer before it has read all. It may also stop reading: its own.
    let writing = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    writing.join().expect("the input is written");
    output
}

/// A client of HTTP.
pub(crate) fn client() -> reqwest::Client {
    // Whoever came first installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client can be made")
}

/// A program that is ended with the test, however the test ends.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks `ready` again and again, and returns what it finds within `seconds`.
#[track_caller]
pub(crate) fn until<T>(seconds: u64, what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < end, "{seconds} seconds passed and {what} did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Writes a file into `folder` and returns its path as text.
pub(crate) fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("the file is written");
    path.to_str().expect("a path of letters").to_owned()
}

/// What a program wrote to standard error.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A real text file, or `None` with a visible note where the corpora are not there.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("GROUSE_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from)
        .join(name);
    if !path.is_file() {
        eprintln!("skipped: ../shared/corpora/{name} is absent");
        return None;
    }
    Some(path)
}

/// A post of the source `test`.
pub(crate) fn post(native: &str, text: &str) -> Post {
    let source = SourceId::new("test").expect("a valid name");
    let created = Some("2026-01-15T12:00:00Z".parse().expect("a valid moment"));
    Post { created, ..Post::bare(source, native, text) }
}

/// Puts posts into the index in `data`, making it if it is not there.
pub(crate) fn put(data: &Path, posts: Vec<Post>, watchlist: Option<&Watchlist>) {
    put_on(data, "2026-02-01T00:00:00Z", posts, watchlist);
}

/// The same at a moment.
pub(crate) fn put_on(data: &Path, now: &str, posts: Vec<Post>, watchlist: Option<&Watchlist>) {
    let now: Timestamp = now.parse().expect("a valid moment");
    let config = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let mut writer = Writer::open(data, "a test", now, config).expect("the index opens");
    ingest((1..).zip(posts), watchlist, &mut writer, IngestConfig::default(), |_| {})
        .expect("posts are taken in");
    writer.close().expect("the index closes");
}

/// An index of `posts` in a folder that goes with it.
pub(crate) fn store_of(posts: Vec<Post>, watchlist: Option<&Watchlist>) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), posts, watchlist);
    let store = Store::open(folder.path()).expect("the index opens");
    (folder, store)
}
