//! What did a user's own labels make of the weights, and where is it kept? A file in the data folder, by which every post
//! that is judged for that folder is judged.
//!
//! The file's name holds the key of the weights that it was made for. A newer program with other weights finds it, uses its
//! own weights alone, and says that the labels must be learned again: a correction of other weights would mean nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::IngestError;
use crate::analysis::ANALYSIS;
use crate::analysis::learned::{Learned, base_key};

/// What the file's name begins with.
const PREFIX: &str = "adapted-";

/// By what posts of a data folder are judged.
#[derive(Debug, Clone, Default)]
pub struct Adaptation {
    /// The weights as the user's labels corrected them; `None` if they did not.
    pub learned: Option<Learned>,
    /// A correction lies there that was made for the weights of another version of the program, and is not used.
    pub is_outdated: bool,
}

impl Adaptation {
    /// Reads what is kept in `folder`.
    ///
    /// # Errors
    /// [`IngestError::Adaptation`] if the file cannot be read, [`IngestError::BadAdaptation`] if it holds something else.
    pub fn read(folder: &Path) -> Result<Self, IngestError> {
        let path = file(folder);
        match fs::read(&path) {
            Ok(bytes) => match Learned::adapted(&bytes) {
                Some(learned) => Ok(Self { learned: Some(learned), is_outdated: false }),
                None => Err(IngestError::BadAdaptation(path)),
            },
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Self { learned: None, is_outdated: !files(folder).is_empty() })
            }
            Err(source) => Err(IngestError::Adaptation { path, source }),
        }
    }

    /// The version of the analysis with this correction: another one with each other correction, so that an index says by
    /// which its posts were judged.
    #[must_use]
    pub fn version(&self) -> String {
        match self.learned.as_ref().and_then(Learned::correction_key) {
            Some(key) => format!("{ANALYSIS}+{key:016x}"),
            None => ANALYSIS.to_owned(),
        }
    }

    /// Keeps what [`adapt`](crate::analysis::learned::adapt()) made in `folder`, in the place of any other.
    ///
    /// # Errors
    /// [`IngestError::Adaptation`] if it cannot be written.
    pub fn keep(folder: &Path, bytes: &[u8]) -> Result<(), IngestError> {
        let path = file(folder);
        let failed = |source| IngestError::Adaptation { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let beside = path.with_extension("new");
        let mut new = File::create(&beside).map_err(failed)?;
        new.write_all(bytes).and_then(|()| new.sync_all()).map_err(failed)?;
        fs::rename(&beside, &path).map_err(failed)?;
        for other in files(folder).into_iter().filter(|other| *other != path) {
            fs::remove_file(&other).map_err(|source| IngestError::Adaptation { path: other, source })?;
        }
        Ok(())
    }

    /// Removes what is kept in `folder`. Returns whether there was anything.
    ///
    /// # Errors
    /// [`IngestError::Adaptation`] if it cannot be removed.
    pub fn forget(folder: &Path) -> Result<bool, IngestError> {
        let all = files(folder);
        for path in &all {
            fs::remove_file(path).map_err(|source| IngestError::Adaptation { path: path.clone(), source })?;
        }
        Ok(!all.is_empty())
    }
}

/// The file for the weights of this program.
fn file(folder: &Path) -> PathBuf {
    folder.join(format!("{PREFIX}{:016x}.bin", base_key()))
}

/// All such files, whatever weights they were made for.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_one = |name: &str| {
        let key = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(".bin"));
        key.is_some_and(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_one))
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files
}
