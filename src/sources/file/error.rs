//! What can go wrong with a file as a whole? A variant for each different thing that a person can do about it.

use std::io;

/// Why a file cannot be read, or not to its end. What is wrong with one row is a [`Row`](super::Row)'s reason instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// It is something that holds files, or is no text at all.
    #[error("this is {what}, not text: {remedy}")]
    NotText {
        /// What the first bytes say that it is.
        what: &'static str,
        /// What to do instead.
        remedy: &'static str,
    },
    /// The first row looks like data.
    #[error(
        "no header: the first row looks like data ({first}); name columns by number, as in `--map text=3`"
    )]
    NoHeader {
        /// The start of the first row.
        first: String,
    },
    /// No column is recognized as what was written.
    #[error(
        "no column is recognized as the text; say which one with `--map text=COLUMN`; columns: {columns}"
    )]
    NoText {
        /// All columns, for the reader to choose from.
        columns: String,
    },
    /// `--map` names a column that is not there.
    #[error("`--map {field}={column}`: there is no column `{column}`; columns: {columns}")]
    NoSuchColumn {
        /// The field that was to be filled.
        field: super::PostField,
        /// The column that was asked for.
        column: String,
        /// All columns, for the reader to choose from.
        columns: String,
    },
    /// `--map` gives one field two columns, or one column two fields.
    #[error("`--map` names `{0}` twice")]
    MappedTwice(String),
    /// The compressed file ends before its end mark; what came before was delivered.
    #[error(
        "the compressed file is cut off: everything up to line {line} was read; copy or download it again"
    )]
    Truncated {
        /// The last line begun, from 1.
        line: u64,
    },
    /// The compressed data contradict themselves; what came before was delivered.
    #[error("the compressed data are damaged after line {line}; copy or download the file again")]
    Damaged {
        /// The last line begun, from 1.
        line: u64,
        /// What the decompressor says.
        #[source]
        cause: io::Error,
    },
    /// The JSON is broken in a way that leaves no telling where the next post begins; what came before was delivered.
    #[error("the JSON is broken at line {line}: {reason}; what came before was read")]
    BrokenJson {
        /// Where, from 1.
        line: u64,
        /// What was expected.
        reason: String,
    },
    /// The reading itself failed: a disk, a pipe.
    #[error("reading failed after line {line}")]
    Io {
        /// The last line begun, from 1.
        line: u64,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}
