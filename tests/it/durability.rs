//! Promise: whatever happens to a run or to the disk, is nothing lost, nothing doubled, and is the reason said in one line?

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use grouse::ingest::{IngestConfig, ingest};
use grouse::store::{Store, Writer, WriterConfig};
use jiff::Timestamp;
use serde_json::Value;

use crate::common::{Running, errors, fail, file, grouse, post, put, run, until};

/// Rows of a file that takes a debug build seconds, with words enough that its index is megabytes.
fn rows(count: u64) -> String {
    let words = ["parcel", "late", "nobody", "answers", "driver", "left", "door", "refund", "weer", "kwijt"];
    let mut seed = 1_u64;
    let mut out = String::from("id,text,created,author\n");
    for number in 0..count {
        write!(out, "{number},\"").unwrap();
        for _ in 0..12 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let word = words[usize::try_from((seed >> 33) % 10).unwrap()];
            write!(out, "{word}{} ", (seed >> 40) % 500).unwrap();
        }
        writeln!(out, "\",2026-01-{:02}T10:00:00Z,a{}", 1 + number % 28, number % 99).unwrap();
    }
    out
}

/// What an index answers, in an order that does not depend on how it was written.
fn state(data: &Path) -> (Vec<String>, String, u64) {
    let mut posts: Vec<String> = run(data, &["export", "--authors"]).lines().map(str::to_owned).collect();
    posts.sort();
    let answer: Value = serde_json::from_str(&run(data, &["search", "--json", "-n", "0"])).unwrap();
    (posts, run(data, &["trends", "--by", "language", "--json"]), answer["total"].as_u64().unwrap())
}

/// Posts of the library's own test of being killed, and after how many each commit is.
const POSTS: u64 = 6000;
const COMMIT_POSTS: usize = 500;

/// Takes posts in with many commits until it is killed: run by the test below as a program of its own.
#[test]
#[ignore = "the child of a_killed_import_loses_and_doubles_nothing"]
fn child_that_is_killed() {
    let Some(data) = std::env::var_os("GROUSE_TEST_CHILD").map(PathBuf::from) else { return };
    take_in(&data);
}

fn take_in(data: &Path) {
    let now: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    let config = WriterConfig { threads: 2, bytes_per_thread: 16 << 20 };
    let mut writer = Writer::open(data, "a test", now, config).unwrap();
    let posts = (0..POSTS).map(|number| {
        // Every hundredth comes twice, the second time with another text.
        let text = format!("parcel {number} is late again, word{}", number % 700);
        (number, post(&format!("{}", if number % 100 == 99 { number - 50 } else { number }), &text))
    });
    let config =
        IngestConfig { threads: 1, commit_posts: COMMIT_POSTS, commit_after: Duration::from_mins(1) };
    ingest(posts, None, &mut writer, config, |_| {}).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_killed_import_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    take_in(&whole);
    let expect = state(&whole);
    assert_eq!(expect.2, POSTS - POSTS / 100);
    let mut killed = 0;
    // Killed after so many commits; the same folder is killed in several times.
    for commits in [vec![0], vec![2, 3], vec![5, 1, 0]] {
        let data = folder.path().join(format!("killed-{}", commits.len() * 10 + commits[0]));
        let meta = data.join("posts/meta.json");
        for after in commits {
            let mut child = Running(
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "durability::child_that_is_killed", "--ignored"])
                    .env("GROUSE_TEST_CHILD", &data)
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap(),
            );
            let stamp = || fs::metadata(&meta).and_then(|about| about.modified()).ok();
            let mut last = stamp();
            let mut seen = 0;
            until(20, "the commits before it is killed", || {
                let now = stamp();
                if now.is_some() && now != last {
                    last = now;
                    seen += 1;
                }
                (seen > after || child.0.try_wait().unwrap().is_some()).then_some(())
            });
            let is_done = child.0.try_wait().unwrap().is_some();
            child.0.kill().unwrap();
            child.0.wait().unwrap();
            killed += u32::from(!is_done);
            // What was committed is found, each once.
            let output = grouse(&data).arg("export").output().unwrap();
            assert!(output.status.success(), "{}", errors(&output));
            let text = String::from_utf8(output.stdout).unwrap();
            let mut posts: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
            let count = posts.len();
            posts.sort_unstable();
            posts.dedup();
            assert_eq!(posts.len(), count, "posts are doubled");
        }
        take_in(&data);
        assert!(state(&data) == expect, "{} is not as if it was never killed", data.display());
    }
    assert!(killed >= 4, "only {killed} runs were killed before they ended");
}

#[test]
fn the_program_killed_while_it_imports_is_run_again_and_has_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "rows.csv", rows(12_000));
    let whole = folder.path().join("whole");
    run(&whole, &["import", &path]);
    let expect = state(&whole);
    let data = folder.path().join("data");
    // As soon as it holds the index, and when it writes posts.
    for sign in ["writer.json", "posts/.managed.json"] {
        let mut child = Running(
            grouse(&data)
                .args(["import", &path])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        until(15, "the import beginning", || {
            (data.join(sign).exists() || child.0.try_wait().unwrap().is_some()).then_some(())
        });
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        let output = grouse(&data).args(["search", "parcel1"]).output().unwrap();
        let said = errors(&output);
        assert!(output.status.success() || said.contains("there is no index"), "{said}");
    }
    run(&data, &["import", &path]);
    assert!(state(&data) == expect);
}

#[test]
fn a_full_disk_is_one_line_and_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "rows.csv", rows(8000));
    let data = folder.path().join("data");
    let kept = file(folder.path(), "kept.csv", "id,text\n1,this one was there before\n");
    run(&data, &["import", &kept]);
    // Files may have so many blocks of 512 bytes: the limit meets different files of the engine.
    for blocks in [8, 40, 400] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" import \"$1\"");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_grouse"), &path])
            .env("GROUSE_DATA", &data)
            .env_remove("GROUSE_LOG")
            .output()
            .unwrap();
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("grouse: ")).collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].contains("the disk is full") && lines[0].contains("make room"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        assert!(run(&data, &["search", "\"there before\""]).starts_with("1 post"));
    }
    run(&data, &["import", &path]);
    let whole = folder.path().join("whole");
    run(&whole, &["import", &kept]);
    run(&whole, &["import", &path]);
    assert!(state(&data) == state(&whole));
}

/// A file system of a few megabytes, taken away at the end.
struct SmallDisk(PathBuf);

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_disk_that_is_really_full_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("disk");
    fs::create_dir(&place).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
        .arg(&place)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: a small file system cannot be mounted here");
        return;
    }
    let disk = SmallDisk(place);
    let path = file(folder.path(), "rows.csv", rows(8000));
    let data = disk.0.join("data");
    let said = fail(&data, &["import", &path]);
    assert!(said.contains("the disk is full"), "{said}");
    let room = Command::new("mount").args(["-o", "remount,size=50m"]).arg(&disk.0).status().unwrap();
    assert!(room.success());
    run(&data, &["import", &path]);
    assert_eq!(state(&data).2, 8000);
}

#[test]
fn who_holds_the_index_is_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut holder = Running(
        grouse(&data)
            .args(["import", "-", "--source", "test"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    // More than the sample that is looked at before the index is opened; then the pipe stays open.
    let mut pipe = holder.0.stdin.take().unwrap();
    let content = rows(15_000);
    let (most, last) = content.split_at(content.len() - 1000);
    assert!(most.len() > 1 << 20);
    let most = most.to_owned();
    let writing = std::thread::spawn(move || {
        pipe.write_all(most.as_bytes()).unwrap();
        pipe
    });
    let is_held = || data.join("writer.json").exists() && Store::open(&data).is_ok();
    until(15, "the first import holding an index", || is_held().then_some(()));
    let path = file(folder.path(), "small.csv", "id,text\n1,another one comes\n");
    let said = fail(&data, &["import", &path]);
    for words in
        ["is being written by `grouse import`", &format!("process {}", holder.0.id()), "since 20", "wait"]
    {
        assert!(said.contains(words), "{said}\nshould say: {words}");
    }
    // Reading goes on meanwhile.
    run(&data, &["search", "parcel1"]);
    let mut pipe = writing.join().unwrap();
    pipe.write_all(last.as_bytes()).unwrap();
    drop(pipe);
    assert!(holder.0.wait().unwrap().success());
    run(&data, &["import", &path]);
    assert_eq!(state(&data).2, 15_001);
}

/// A small index with a change, so that it has a file of each kind.
fn small_index(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let posts = (0..50).map(|number| post(&number.to_string(), &format!("my parcel {number} is late")));
    put(&data, posts.collect(), None);
    put(&data, vec![post("1", "my parcel is here")], None);
    data
}

#[test]
fn a_commit_that_was_killed_at_its_last_step_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = small_index(folder.path());
    let before = bytes(&data);
    let change = || put(&data, vec![post("2", "my parcel is lost")], None);
    change();
    let changed = state(&data);
    // The files of the change are there and written down as the engine's, and those of the commit before still count.
    for (path, content) in before.iter().filter(|(path, _)| !path.ends_with(".managed.json")) {
        fs::write(path, content).unwrap();
    }
    assert_ne!(state(&data), changed);
    change();
    assert_eq!(state(&data), changed);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// The names and bytes of all files in a folder of the index, locks left out.
fn bytes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes(&path));
        } else if path.extension().is_none_or(|extension| extension != "lock") {
            found.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn an_index_of_another_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = small_index(folder.path());
    let path = file(folder.path(), "small.csv", "id,text\n1,another one comes\n");
    let format = data.join("grouse.json");
    let mut about: Value = serde_json::from_slice(&fs::read(&format).unwrap()).unwrap();
    about["format"] = 999.into();
    fs::write(&format, about.to_string()).unwrap();
    let before = bytes(&data);
    for arguments in [
        vec!["search", "late"],
        vec!["trends"],
        vec!["problems"],
        vec!["export"],
        vec!["import", &path],
        vec!["serve", "--listen", "127.0.0.1:0"],
    ] {
        let said = fail(&data, &arguments);
        assert!(said.contains("another version of Grouse (format 999"), "{arguments:?}: {said}");
        assert!(said.contains("--data FOLDER"), "{said}");
    }
    assert!(bytes(&data) == before, "the data were touched");
}

#[test]
fn a_damaged_index_is_said_in_one_line_whatever_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let data = small_index(folder.path());
    let files: Vec<PathBuf> = bytes(&data).into_iter().map(|(path, _)| path).collect();
    let tried = folder.path().join("tried");
    let mut kinds = Vec::new();
    for path in &files {
        let kind = path.extension().unwrap().to_string_lossy().into_owned();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What is not needed to read, or is made again, may be lost: the engine's list of files to clean up.
        if name == ".managed.json" || kinds.contains(&kind) && kind != "json" {
            continue;
        }
        kinds.push(kind.clone());
        let there = tried.join(path.strip_prefix(&data).unwrap());
        let whole = fs::read(path).unwrap();
        let cut = whole[..whole.len() / 2].to_vec();
        for (what, content) in [
            ("cut", Some(cut)),
            ("empty", Some(Vec::new())),
            ("missing", None),
            ("garbage", Some(b"{{{".to_vec())),
        ] {
            let _ = fs::remove_dir_all(&tried);
            copy(&data, &tried);
            match content {
                Some(content) => fs::write(&there, content).unwrap(),
                None => fs::remove_file(&there).unwrap(),
            }
            if name == "market.json" && what == "missing" {
                // An index without names of brands is one: nothing was imported under a watchlist.
                continue;
            }
            let output = grouse(&tried).args(["search", "late"]).output().unwrap();
            let said = errors(&output);
            assert_eq!(output.status.code(), Some(1), "{name} {what}: {said}");
            assert_eq!(said.lines().count(), 1, "{name} {what}: {said}");
            let is_told = said.contains("is damaged: ")
                || said.contains("there is no index")
                || said.contains("another version");
            assert!(said.starts_with("grouse: the") && is_told, "{name} {what}: {said}");
        }
    }
    assert!(kinds.len() >= 7, "{kinds:?}");
}

#[test]
fn a_changed_byte_never_gets_a_panic_or_a_stack_trace() {
    let folder = tempfile::tempdir().unwrap();
    let data = small_index(folder.path());
    let tried = folder.path().join("tried");
    let mut seen = Vec::new();
    for (path, whole) in bytes(&data.join("posts")) {
        let kind = path.extension().unwrap().to_owned();
        if kind == "json" || seen.contains(&kind) {
            continue;
        }
        seen.push(kind);
        let _ = fs::remove_dir_all(&tried);
        copy(&data, &tried);
        // The footer stays right: the engine itself does not see it.
        let mut changed = whole.clone();
        let half = changed.len() / 2;
        for byte in &mut changed[..half] {
            *byte ^= 0x5a;
        }
        fs::write(tried.join("posts").join(path.file_name().unwrap()), changed).unwrap();
        for arguments in [vec!["search", "late"], vec!["trends"], vec!["problems"], vec!["export"]] {
            let output = grouse(&tried).args(&arguments).output().unwrap();
            let said = errors(&output);
            assert!(!said.contains("panicked") && !said.contains("stack backtrace"), "{said}");
            // It may be that the answer did not need what was changed.
            if !output.status.success() {
                assert_eq!(output.status.code(), Some(1), "{said}");
                assert_eq!(said.lines().count(), 1, "{said}");
                assert!(said.contains("is damaged: "), "{path:?} {arguments:?}: {said}");
            }
        }
    }
}

#[test]
fn an_index_without_its_list_of_segments_is_not_filled_anew_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let data = small_index(folder.path());
    fs::remove_file(data.join("posts/meta.json")).unwrap();
    let path = file(folder.path(), "small.csv", "id,text\n1,another one comes\n");
    let before = bytes(&data);
    for arguments in [vec!["import", path.as_str()], vec!["search", "late"]] {
        let said = fail(&data, &arguments);
        assert!(said.contains("posts/meta.json is missing"), "{said}");
    }
    assert!(bytes(&data) == before, "the data were touched");
}

#[test]
fn of_a_cut_gzip_all_before_the_cut_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(rows(3000).as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let path = file(folder.path(), "rows.csv.gz", &packed[..packed.len() / 2]);
    let after = file(folder.path(), "after.csv", "id,text\n1,another one comes\n");
    let data = folder.path().join("data");
    let said = fail(&data, &["import", &path, &after]);
    assert!(said.contains("the compressed file is cut off"), "{said}");
    assert!(said.contains("the file after it not at all"), "{said}");
    let total = state(&data).2;
    assert!((1000..2000).contains(&total), "{total} posts were kept");
    // The whole file, later, adds what was missing.
    let path = file(folder.path(), "rows.csv.gz", packed);
    run(&data, &["import", &path]);
    assert_eq!(state(&data).2, 3000);
}

/// A program that is being started has open what its parent had, also the lock of an index that was closed just now.
#[test]
fn the_lock_of_the_engine_is_waited_for_by_who_has_ours() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), vec![post("1", "late")], None);
    let engines = fs::File::open(folder.path().join("posts/.tantivy-writer.lock")).unwrap();
    engines.try_lock().unwrap();
    // Who has our lock says so there, and takes it away again.
    let holder = folder.path().join("writer.json");
    assert!(!holder.exists());
    std::thread::scope(|scope| {
        let other = scope.spawn(|| put(folder.path(), vec![post("2", "later")], None));
        while !holder.exists() && !other.is_finished() {
            std::thread::yield_now();
        }
        engines.unlock().unwrap();
    });
    assert_eq!(state(folder.path()).2, 2);
}
