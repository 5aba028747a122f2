//! Promise: can an index be made anew while it is asked, and is it the old or the new one, whole, whatever happens?

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use grouse::ingest::{Again, IngestError, heal, reindex};
use grouse::model::{Correction, PostId, WatchlistId};
use grouse::state::{Corrections, Said, State};
use grouse::store::{Rebuild, Store, Writer, WriterConfig};
use serde_json::{Value, json};

use crate::common::{Running, client, fail, file, grouse, post, put, run, until};
use crate::http::Server;

fn rows(count: u64) -> String {
    let mut out = String::from("id,text,created\n");
    for number in 0..count {
        writeln!(
            out,
            "{number},parcel {number} of Redlane is late again word{} and @vlotpost says nothing,2026-01-{:02}T10:00:00Z",
            number % 700,
            1 + number % 28
        )
        .unwrap();
    }
    out
}

fn posts(data: &Path) -> Vec<String> {
    let mut posts: Vec<String> = run(data, &["export", "--authors"]).lines().map(str::to_owned).collect();
    posts.sort();
    posts
}

/// The folders of posts that are there.
fn folders(data: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("posts"))
        .collect();
    names.sort();
    names
}

fn change(data: &Path, key: &str, value: Value) {
    let path = data.join("grouse.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    about[key] = value;
    fs::write(path, about.to_string()).unwrap();
}

fn index(folder: &Path, count: u64) -> PathBuf {
    let data = folder.join("data");
    let path = file(folder, "rows.csv", rows(count));
    run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    data
}

#[test]
fn a_killed_reindex_leaves_the_old_or_the_new_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 6000);
    let expect = posts(&data);
    let begin = || {
        let mut command = grouse(&data);
        command.arg("reindex").stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    };
    // When it holds the index, when it has a folder, when it writes posts, and near its end.
    let mut killed = 0;
    for wait_ms in [0, 30, 150, 400, 800] {
        let mut child = begin();
        until(15, "the reindex beginning", || {
            (folders(&data).len() > 1 || child.0.try_wait().unwrap().is_some()).then_some(())
        });
        std::thread::sleep(std::time::Duration::from_millis(wait_ms));
        killed += u32::from(child.0.try_wait().unwrap().is_none());
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        assert!(posts(&data) == expect, "killed after {wait_ms} ms");
    }
    assert!(killed >= 2, "only {killed} runs were killed before they ended");
    run(&data, &["reindex"]);
    assert!(posts(&data) == expect);
    assert_eq!(folders(&data).len(), 1, "{:?}", folders(&data));
    // The same file brings nothing new.
    let path = folder.path().join("rows.csv");
    let report = run(&data, &["import", path.to_str().unwrap(), "--watchlist", "demo", "--source", "test"]);
    assert!(report.contains("6,000 known already"), "{report}");
}

#[test]
fn who_asks_meanwhile_is_answered_from_the_old_and_then_from_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 3000);
    let store = Store::open(&data).unwrap();
    let kept = store.snapshot().unwrap();
    let query = grouse::model::parse_query("late").unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    for _ in 0..2 {
        let mut child = Running(
            grouse(&data).arg("reindex").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(),
        );
        let mut asked = 0;
        while child.0.try_wait().unwrap().is_none() {
            let snapshot = store.snapshot().unwrap();
            let page = snapshot.search(&query, &zone, grouse::store::Sort::Newest, 5, None).unwrap();
            assert_eq!((page.total, page.hits.len()), (3000, 5));
            asked += 1;
        }
        assert!(child.0.wait().unwrap().success() && asked > 0);
    }
    assert_eq!(folders(&data), ["posts-3"]);
    assert_ne!(store.snapshot().unwrap().id(), kept.id(), "the new index is seen without opening it again");
    // A question that was begun before keeps what it has open.
    assert_eq!(kept.search(&query, &zone, grouse::store::Sort::Oldest, 5, None).unwrap().hits.len(), 5);
}

const SMALL: WriterConfig = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };

/// Who writes for long and gives no way is waited for; an index of another form is not begun with.
#[test]
fn an_index_that_is_being_written_is_made_anew_and_changes_places_after_that() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 10);
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let writer = Writer::open(&data, "a test", now, SMALL).unwrap();
    let mut child =
        Running(grouse(&data).arg("reindex").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    until(20, "all is judged", || is_waiting(&data).then_some(()));
    let said = fail(&data, &["reindex"]);
    assert!(said.contains("is being written by another process") && said.contains("wait"), "{said}");
    assert!(run(&data, &["search", "late"]).starts_with("10 posts"));
    assert!(child.0.try_wait().unwrap().is_none() && folders(&data).len() == 2);
    writer.close().unwrap();
    assert!(child.0.wait().unwrap().success());
    assert_eq!(folders(&data), ["posts-2"]);

    let writer = Writer::open(&data, "a test", now, SMALL).unwrap();
    change(&data, "stemmer", "another one".into());
    let said = fail(&data, &["reindex"]);
    assert!(said.contains("is being written by `a test`") && said.contains("wait"), "{said}");
    drop(writer);
    run(&data, &["reindex"]);
}

/// Whether a new index waits to be put in its place.
fn is_waiting(data: &Path) -> bool {
    let turn = File::open(data.join("turn.lock"));
    turn.is_ok_and(|turn| matches!(turn.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Between any two looks at the old index, posts come, change and go, and people say something and take it back.
#[test]
fn what_others_write_meanwhile_is_in_the_new_index() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let named = |numbers: std::ops::Range<u32>, text: &str| {
        let named = |number: u32| post(&number.to_string(), &format!("{text} {number}"));
        numbers.map(named).collect::<Vec<_>>()
    };
    put(data, named(0..40, "my parcel is late and nobody answers"), None);
    let id = |number: u32| PostId::new(format!("test:{number}")).unwrap();
    let now: jiff::Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let said = Said { when: now, by: None, note: None };
    let no = Correction::Complaint(false);
    let mut state = State::open(data).unwrap();
    let mut asked = 0;
    let decided = || -> Result<Again, IngestError> {
        asked += 1;
        match asked {
            // Said and not brought to the index before it is read, and taken back later.
            1 => state.correct(&id(1), std::slice::from_ref(&no), &said)?,
            2 => {
                state.undo(&id(1), &[], now, None)?;
                state.correct(&id(2), std::slice::from_ref(&no), &said)?;
                let mut writer = Writer::open(data, "a test", now, SMALL)?;
                heal(&mut state, &mut writer, &[])?;
                assert!(writer.delete(&id(3))?);
                let market = writer.market()?;
                writer.commit(&market)?;
                writer.close()?;
                put(data, named(4..6, "they sent me another one, thank you"), None);
                put(data, named(40..43, "where is my parcel?"), None);
            }
            // It has its turn now.
            _ => assert!(Writer::open(data, "a test", now, SMALL).is_err()),
        }
        Ok(Again { kept: Vec::new(), corrections: state.corrections()? })
    };
    let rebuild = Rebuild::begin(data, "a test", now, SMALL).unwrap();
    let total = reindex(rebuild, None, decided, 2, |_| {}).unwrap();
    assert_eq!((total, asked, folders(data)), (42, 3, vec!["posts-2".to_owned()]));

    let told: BTreeMap<String, (String, bool)> = run(data, &["export", "--format", "ndjson"])
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = row["text"].as_str().unwrap().to_owned();
            let is = row["complaint"]["verdict"].as_bool().unwrap();
            (row["id"].as_str().unwrap().to_owned(), (text, is))
        })
        .collect();
    assert_eq!(told.len(), 42);
    assert!(told["test:1"].1, "what was taken back is not shown");
    assert!(!told["test:2"].1, "what was said is shown");
    assert!(!told.contains_key("test:3"), "what went is gone");
    assert_eq!(told["test:4"].0, "they sent me another one, thank you 4");
    assert_eq!(told["test:42"].0, "where is my parcel? 42");
}

/// Who begins to harvest by another watchlist of the same name meanwhile keeps it beside the index.
#[test]
fn a_watchlist_that_is_changed_meanwhile_is_judged_by() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let shipped = fs::read_to_string("queries/demo.toml").unwrap();
    let list = |text: &str| grouse::config::read_watchlist(WatchlistId::new("demo").unwrap(), text).unwrap();
    let (before, after) = (list(&shipped), list(&shipped.replace("id = \"redlane\"", "id = \"red-lane\"")));
    let posts = (0..20).map(|number| post(&number.to_string(), &format!("Redlane is late {number}")));
    put(data, posts.collect(), Some(&before));
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let mut asked = 0;
    let decided = || -> Result<Again, IngestError> {
        asked += 1;
        let kept = if asked == 1 { before.clone() } else { after.clone() };
        Ok(Again { kept: vec![kept], corrections: Corrections::default() })
    };
    let rebuild = Rebuild::begin(data, "a test", now, SMALL).unwrap();
    assert_eq!(reindex(rebuild, None, decided, 2, |_| {}).unwrap(), 20);
    let told = run(data, &["export", "--format", "ndjson"]);
    assert_eq!(told.matches("\"mentions\":[\"red-lane\"]").count(), 20, "{told}");
}

/// A market with a server that harvests what is pushed to it, and somebody who does so all the time.
struct Market {
    data: PathBuf,
    server: Arc<Server>,
    /// By id, the text that was kept last.
    pushed: Arc<Mutex<BTreeMap<String, String>>>,
    is_over: Arc<AtomicBool>,
    pushing: Option<JoinHandle<()>>,
}

impl Market {
    fn open(folder: &Path, count: u64) -> Self {
        let list = file(folder, "mine.toml", mine(""));
        let data = folder.join("data");
        let path = file(folder, "rows.csv", rows(count));
        run(&data, &["import", &path, "--watchlist", &list, "--source", "test"]);
        let server = Arc::new(Server::of(
            grouse(&data)
                .env("GROUSE_TEST_SERVER", "127.0.0.1:9")
                .env("GROUSE_WEBHOOK_TOKEN", "let-me-in")
                .args(["serve", "--listen", "127.0.0.1:0", "--harvest", &list]),
        ));
        let (pushed, is_over) = (Arc::new(Mutex::default()), Arc::new(AtomicBool::new(false)));
        let pushing = {
            let (server, pushed, is_over) = (server.clone(), pushed.clone(), is_over.clone());
            std::thread::spawn(move || push(&server, count, &pushed, &is_over))
        };
        Self { data, server, pushed, is_over, pushing: Some(pushing) }
    }

    /// Waits until more was pushed and kept.
    fn more_is_pushed(&self) {
        let count = || self.pushed.lock().unwrap().len();
        let before = count();
        until(30, "more posts are kept", || (count() > before + 1).then_some(()));
    }

    /// Ends the pushing; then all that was imported and pushed is there once, as it was said last.
    fn end(mut self, count: u64) {
        self.is_over.store(true, Ordering::SeqCst);
        self.pushing.take().unwrap().join().unwrap();
        let texts: Vec<(String, String)> = run(&self.data, &["export", "--format", "ndjson"])
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row["text"].as_str().unwrap().to_owned()))
            .collect();
        let pushed = self.pushed.lock().unwrap();
        assert_eq!(texts.len(), pushed.len() + usize::try_from(count).unwrap());
        let found: BTreeMap<String, String> =
            texts.into_iter().filter(|(id, _)| id.starts_with("webhook:")).collect();
        assert!(found == *pushed, "{} pushed, {} found", pushed.len(), found.len());
        drop(self.server);
    }
}

/// Pushes posts, each of them once more with another text, and asks after each push.
fn push(server: &Server, count: u64, pushed: &Mutex<BTreeMap<String, String>>, is_over: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = client();
    for number in 1.. {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let text = |number: u32, times: &str| format!("redlane lost parcel {number}, I say it {times}");
        let posts = [(number, text(number, "once")), (number - 1, text(number - 1, "twice"))];
        let body: Vec<Value> =
            posts.iter().map(|(number, text)| json!({ "id": number.to_string(), "text": text })).collect();
        runtime.block_on(async {
            let asked = client.post(server.at("/v1/posts")).bearer_auth("let-me-in").json(&body);
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
            let answer = client.get(server.at("/v1/search?q=redlane&limit=1")).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            let answer: Value = answer.json().await.unwrap();
            assert!(answer["total"].as_u64().unwrap() >= count, "{answer}");
        });
        let posts = posts.into_iter().map(|(number, text)| (format!("webhook:{number}"), text));
        pushed.lock().unwrap().extend(posts);
    }
}

#[test]
fn an_index_is_made_anew_while_it_is_served_and_harvested_into() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::open(folder.path(), 3000);
    for _ in 0..2 {
        market.more_is_pushed();
        let report = run(&market.data, &["reindex"]);
        assert!(report.ends_with("posts were judged anew\n"), "{report}");
    }
    assert_eq!(folders(&market.data), ["posts-3"]);
    // Who harvests goes on with the new one.
    market.more_is_pushed();
    assert_eq!(folders(&market.data), ["posts-3"]);
    market.end(3000);
}

#[test]
fn a_reindex_that_is_killed_beside_who_harvests_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::open(folder.path(), 3000);
    let data = &market.data;
    let posts_of_new = || folders(data).pop().map(|name| data.join(name)).filter(|_| folders(data).len() > 1);
    let has_posts = || {
        posts_of_new().and_then(|folder| fs::read_dir(folder).ok()).is_some_and(|entries| {
            entries.flatten().any(|entry| entry.path().extension().is_some_and(|name| name == "store"))
        })
    };
    let moments: [(&str, &dyn Fn() -> bool); 3] = [
        ("it has a folder", &|| folders(data).len() > 1),
        ("it writes posts", &has_posts),
        ("it waits for its turn", &|| is_waiting(data)),
    ];
    let mut killed = 0;
    for (moment, is_there) in moments {
        let before = fs::read(data.join("grouse.json")).unwrap();
        let mut child =
            Running(grouse(data).arg("reindex").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until(30, moment, || (is_there() || child.0.try_wait().unwrap().is_some()).then_some(()));
        killed += u32::from(child.0.try_wait().unwrap().is_none());
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        market.more_is_pushed();
        // Nobody waits for who is gone.
        assert!(!is_waiting(data), "{moment}");
        assert!(fs::read(data.join("grouse.json")).unwrap() == before || moment == "it waits for its turn");
    }
    assert!(killed >= 2, "only {killed} were killed before they ended");
    run(data, &["reindex"]);
    assert_eq!(folders(data).len(), 1);
    market.more_is_pushed();
    market.end(3000);
}

#[test]
fn an_older_form_or_stemmer_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    let expect = posts(&data);
    for (key, value) in [("format", 1.into()), ("stemmer", "another one".into())] {
        change(&data, key, value);
        let said = fail(&data, &["search", "late"]);
        assert!(said.contains("another version of Grouse") && said.contains("`grouse reindex`"), "{said}");
        run(&data, &["reindex"]);
        assert!(posts(&data) == expect, "{key}");
    }
    change(&data, "format", 999.into());
    let said = fail(&data, &["reindex"]);
    assert!(said.contains("format 999") && !said.contains("`grouse reindex`"), "{said}");
}

#[test]
fn an_older_analysis_is_served_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    change(&data, "analysis", "0".into());
    assert!(run(&data, &["search", "late"]).starts_with("20 posts"));
    let path = file(folder.path(), "more.csv", "id,text\n1,another one\n");
    let output = grouse(&data).args(["import", &path, "--source", "other"]).output().unwrap();
    let said = crate::common::errors(&output);
    assert!(
        output.status.success() && said.contains("`grouse reindex` brings them the new judgements"),
        "{said}"
    );
    run(&data, &["reindex"]);
    let about: Value = serde_json::from_slice(&fs::read(data.join("grouse.json")).unwrap()).unwrap();
    assert_eq!(about["analysis"], grouse::analysis::ANALYSIS);
    let output = grouse(&data).args(["import", &path, "--source", "other"]).output().unwrap();
    assert!(!crate::common::errors(&output).contains("reindex"));
}

#[test]
fn another_watchlist_gives_its_brands() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path(), 20);
    let shipped = fs::read_to_string("queries/demo.toml").unwrap();
    let changed = shipped.replace("id = \"redlane\"", "id = \"red-lane\"");
    assert_ne!(shipped, changed);
    let path = file(folder.path(), "demo.toml", changed);
    run(&data, &["reindex", "--watchlist", &path]);
    assert!(run(&data, &["search", "--brand", "red-lane"]).starts_with("20 posts"));
    // The next one needs no word about it.
    run(&data, &["reindex"]);
    assert!(run(&data, &["search", "mention:red-lane"]).starts_with("20 posts"));
}

/// The watchlist of `Market`, with what is given for its brand.
fn mine(brand: &str) -> String {
    format!(
        "name = \"Mine\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n[[brand]]\nid = \"redlane\"\nname = \"Redlane\"\nrole = \"own\"\naliases = [\"redlane\"]\n{brand}\n[[source]]\nname = \"webhook\"\n"
    )
}

/// Who harvests for weeks judges by the watchlist that was kept last, whoever kept it.
#[test]
fn who_harvests_judges_by_the_watchlist_that_was_kept_last() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::open(folder.path(), 50);
    market.more_is_pushed();
    let about = |brand: &str| -> usize {
        run(&market.data, &["export", "--format", "ndjson", &format!("mention:{brand} source:webhook")])
            .lines()
            .count()
    };
    assert_eq!(about("parcel"), 0);
    let more =
        "\n[[brand]]\nid = \"parcel\"\nname = \"Parcel\"\nrole = \"competitor\"\naliases = [\"parcel\"]\n";
    // The file may lie elsewhere; its name is the watchlist's.
    let there = folder.path().join("new");
    fs::create_dir(&there).unwrap();
    let list = file(&there, "mine.toml", mine(more));
    let output = grouse(&market.data).args(["reindex", "--watchlist", &list]).output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("judges what comes by it from now on; start that again for sources to be asked by it"),
        "{said}"
    );
    let pushed = || market.pushed.lock().unwrap().len();
    let before = pushed();
    until(30, "more posts are kept", || (pushed() > before + 3).then_some(()));
    // Those of before were judged anew, and those that came are judged by the same.
    let all = run(&market.data, &["export", "--format", "ndjson", "source:webhook"]).lines().count();
    assert!(
        about("parcel") >= before + 3 && about("parcel") >= all - 1,
        "{} of {all}, {before} before",
        about("parcel")
    );
    market.end(50);
}

/// Who imports, or applies other rules, waits for a moment only, and who harvests goes on afterwards.
#[test]
fn imports_and_rules_take_turns_with_who_harvests() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::open(folder.path(), 100);
    market.more_is_pushed();
    let path = file(folder.path(), "more.csv", rows(2000));
    let imported = run(&market.data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
    assert!(imported.contains("1,900 new"), "{imported}");
    market.more_is_pushed();
    let rules = format!("{}\n[[route]]\ndepartment = \"Claims\"\nwhen = \"parcel\"\n", mine(""));
    let rules = file(folder.path(), "rules.toml", rules);
    let applied = run(&market.data, &["routes", "--apply", &rules, "--of", "mine"]);
    assert!(applied.contains("moved"), "{applied}");
    let count =
        |question: &str| run(&market.data, &["export", "--format", "ndjson", question]).lines().count();
    // What comes from now on goes by the new rules as well.
    let before = count("route:Claims source:webhook");
    assert!(before > 0);
    until(30, "more is routed", || (count("route:Claims source:webhook") > before).then_some(()));
    assert_eq!(count("source:webhook -route:Claims"), 0);
    market.end(2000);
}
