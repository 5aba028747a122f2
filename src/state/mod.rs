//! What did people and the harvester decide? What was said of judgements and of problems, which watchlists posts were judged
//! by, and where each source stopped.
//!
//! One `SQLite` file beside the index, `state.sqlite`. Whoever wants to can open it with any program that reads such
//! files. The index can be made again from files; this cannot, so each decision is on the disk before it is shown.

mod corrections;
mod deletions;
mod error;
mod harvest;
mod problems;
mod schema;
mod watchlists;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

pub use corrections::{Corrections, Entry, Said};
pub use deletions::{Deletion, Lag};
pub use error::StateError;
pub use harvest::{ANSWERS, COMPLIANCE, Covered, Health, Progress, RECHECK, Standing, Step, Stream};
pub use problems::{Happened, NotUndone, Run};

/// The file's name in the data folder.
const FILE: &str = "state.sqlite";

/// The decisions of one data folder. Several processes may have it open, and write in turn.
pub struct State {
    path: PathBuf,
    database: Connection,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("path", &self.path).finish_non_exhaustive()
    }
}

impl State {
    /// Opens the decisions in `folder`, making the file if it is not there.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn open(folder: &Path) -> Result<Self, StateError> {
        let path = folder.join(FILE);
        let failed = |error| StateError::of(error, &path);
        // No URI, so that a folder may have any name.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut database = Connection::open_with_flags(&path, flags).map_err(failed)?;
        schema::prepare(&mut database, &path)?;
        Ok(Self { path, database })
    }

    /// Opens the decisions in `folder` if any were made there.
    ///
    /// # Errors
    /// Those of [`State::open`].
    pub fn open_if_there(folder: &Path) -> Result<Option<Self>, StateError> {
        if folder.join(FILE).exists() { Self::open(folder).map(Some) } else { Ok(None) }
    }

    fn said<T>(&self, result: rusqlite::Result<T>) -> Result<T, StateError> {
        result.map_err(|error| StateError::of(error, &self.path))
    }
}
