//! What can go wrong with the decisions, and what can the caller do?

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a decision was not read or not kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process kept the file to itself for longer than we wait.
    #[error("{} is held by another process", .0.display())]
    Locked(PathBuf),
    /// No room is left.
    #[error("the disk is full; {} is as it was", .0.display())]
    DiskFull(PathBuf),
    /// A newer version of the program wrote it.
    #[error("{} was written by a newer version of Grouse (form {found}; this one knows up to {known})", .path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// The form that it has.
        found: i64,
        /// The newest form that this program knows.
        known: i64,
    },
    /// The file is not what was written.
    #[error("{} is damaged: {what}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The system refused.
    #[error("could not use {}", .path.display())]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: rusqlite::Error,
    },
    /// The database failed in a way that no caller can mend.
    #[error("the decisions could not be read or written")]
    Failed(#[source] rusqlite::Error),
}

impl StateError {
    /// Puts what the database says into a caller's words.
    pub(super) fn of(error: rusqlite::Error, path: &Path) -> Self {
        let path = path.to_owned();
        let damaged = |what: &str| Self::Damaged { path: path.clone(), what: what.to_owned() };
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::DiskFull) => Self::DiskFull(path),
            Some(ErrorCode::DatabaseCorrupt) => damaged("it was cut off or changed"),
            Some(ErrorCode::NotADatabase) => damaged("it is not a database"),
            Some(
                ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Refused { path, source: error },
            _ => Self::Failed(error),
        }
    }
}
