//! Where are the real files that tests read?

use std::path::PathBuf;

/// The path of a real file, or `None`, said aloud, where the folder is absent.
pub(super) fn path(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GROUSE_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!("skipped: ../shared/corpora is absent");
        return None;
    }
    Some(folder.join(name))
}
