//! What do benchmarks ask questions of? The index that the program makes of a file, kept for the next time.

use std::path::Path;
use std::process::{Command, Stdio};

use grouse::store::Store;

/// The index of `file` in `data`, made if it is not there with all its `posts`.
pub(crate) fn of(file: &Path, data: &Path, posts: u64) -> Store {
    let whole =
        Store::open(data).ok().and_then(|store| store.snapshot().ok()).is_some_and(|now| now.len() == posts);
    if !whole {
        let _ = std::fs::remove_dir_all(data);
        let status = Command::new(env!("CARGO_BIN_EXE_grouse"))
            .arg("import")
            .arg(file)
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
    }
    Store::open(data).unwrap()
}
