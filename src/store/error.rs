//! What can go wrong with an index, and what can the caller do?

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use super::folder::Holder;
use crate::state::StateError;

/// Why the store did not answer or did not write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is nothing to read yet.
    #[error("there is no index in {}", .0.display())]
    Absent(PathBuf),
    /// Another process is writing.
    #[error("the index in {} is being written by {}", .folder.display(), .holder.as_ref().map_or_else(|| "another process".to_owned(), ToString::to_string))]
    Locked {
        /// Where.
        folder: PathBuf,
        /// Who, where it is known.
        holder: Option<Holder>,
    },
    /// Another version of the program made it.
    #[error("the index in {} was made by another version of Grouse ({found}; this one writes {wanted})", .folder.display())]
    OtherVersion {
        /// Where.
        folder: PathBuf,
        /// What made it.
        found: String,
        /// What this program makes.
        wanted: String,
        /// Its posts can be read, and so written anew in this program's form.
        can_reindex: bool,
    },
    /// No room is left.
    #[error("the disk is full; all up to the last commit is kept")]
    DiskFull,
    /// The files are not what was written.
    #[error("the index in {} is damaged: {what}", .folder.display())]
    Damaged {
        /// Where.
        folder: PathBuf,
        /// What was found.
        what: String,
    },
    /// The system refused.
    #[error("could not {action} {}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A cursor that this program did not give.
    #[error("the cursor is not one that this program gave")]
    BadCursor,
    /// The question would need too many buckets.
    #[error("the trend would have {0} cells, more than can be shown")]
    TooManyBuckets(u64),
    /// What people decided could not be read, so that it is not known which problems there are.
    #[error(transparent)]
    State(#[from] StateError),
    /// The engine failed in a way that no caller can mend.
    #[error("the engine failed")]
    Engine(#[source] TantivyError),
}

impl StoreError {
    /// Puts what the engine says into a caller's words.
    pub(super) fn of(error: TantivyError, folder: &std::path::Path) -> Self {
        let folder = folder.to_owned();
        let io = |source: &Arc<io::Error>, action, path: PathBuf| {
            if is_full(source) || says_full(&source.to_string()) {
                return Self::DiskFull;
            }
            // What the engine wrote it could read: a file of it has been cut off or changed since.
            let is_content =
                matches!(source.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
                    || (source.kind() == io::ErrorKind::Other && source.raw_os_error().is_none());
            if is_content {
                let what = match path.file_name().filter(|_| action == "read") {
                    Some(name) => format!("{} was cut off or changed", name.display()),
                    None => "a file in it was cut off or changed".to_owned(),
                };
                return Self::Damaged { folder: folder.clone(), what };
            }
            Self::Io { action, path, source: io::Error::new(source.kind(), source.to_string()) }
        };
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => {
                let holder = Holder::read(&folder);
                Self::Locked { folder, holder }
            }
            TantivyError::LockFailure(LockError::IoError(source), _) => io(&source, "lock", folder.clone()),
            TantivyError::IoError(source) => io(&source, "use", folder.clone()),
            TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, filepath }) => {
                io(&io_error, "write", folder.join(filepath))
            }
            TantivyError::OpenReadError(OpenReadError::IoError { io_error, filepath }) => {
                io(&io_error, "read", folder.join(filepath))
            }
            TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, directory_path }) => {
                io(&io_error, "open", directory_path)
            }
            TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(path)) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                Self::Damaged { folder, what: format!("{} is missing", name.display()) }
            }
            TantivyError::IncompatibleIndex(found)
            | TantivyError::OpenReadError(OpenReadError::IncompatibleIndex(found)) => Self::OtherVersion {
                folder,
                found: format!("{found:?}"),
                wanted: super::folder::FORMAT.to_string(),
                can_reindex: false,
            },
            TantivyError::SchemaError(_) => Self::OtherVersion {
                folder,
                found: "other fields".to_owned(),
                wanted: super::folder::FORMAT.to_string(),
                can_reindex: true,
            },
            // What it says may quote the file, and so a post.
            TantivyError::DataCorruption(_) => {
                Self::Damaged { folder, what: "a file in it cannot be read".to_owned() }
            }
            TantivyError::OpenDirectoryError(OpenDirectoryError::DoesNotExist(path)) => Self::Absent(path),
            // A worker's own error reaches us as text only.
            other if says_full(&other.to_string()) => Self::DiskFull,
            other => Self::Engine(other),
        }
    }
}

/// Whether the text of an error tells that there is no room: ENOSPC, EDQUOT or EFBIG.
fn says_full(text: &str) -> bool {
    ["StorageFull", "(os error 28)", "QuotaExceeded", "(os error 122)", "FileTooLarge", "(os error 27)"]
        .iter()
        .any(|sign| text.contains(sign))
}

/// No room on the device, over the quota, or over the size that a file may have here.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
