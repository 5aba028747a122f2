//! What should a person do about an error? One line: what happened, why, and what to do.

use std::io;

use anyhow::Error;

use super::output::harmless;
use crate::api::AskError;
use crate::ingest::IngestError;
use crate::state::StateError;
use crate::store::StoreError;

/// The error with its causes and a hint, on one line.
pub(super) fn one_line(error: &Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // An error that only passes another on says the same again.
        if line.ends_with(&text) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text);
    }
    if let Some(hint) = error.chain().find_map(hint) {
        line.push_str("; ");
        line.push_str(hint);
    }
    // A file's own words may stand in it, such as the names of its columns.
    harmless(&line)
}

/// The typed question with a caret below the place where it goes wrong, if that is what the error is about.
pub(super) fn pointer(error: &Error) -> Option<String> {
    error.chain().find_map(|cause| match cause.downcast_ref::<AskError>() {
        Some(AskError::Query { typed, error }) if !typed.contains(['\n', '\r']) => Some(error.pointer(typed)),
        _ => None,
    })
}

/// What is wrong with the command line, on one line; `command` is the one that was typed, if it is one.
pub(super) fn usage(error: &clap::Error, command: Option<&str>) -> String {
    let text = error.render().to_string();
    let mut parts = text.split("\n\n").map(harmless);
    let wrong = parts.next().unwrap_or_default();
    let mut line = wrong.strip_prefix("error: ").unwrap_or(&wrong).to_owned();
    for tip in parts.filter_map(|part| part.strip_prefix("tip: ").map(str::to_owned)) {
        line.push_str("; ");
        line.push_str(&tip);
    }
    let command = command.map_or_else(String::new, |command| format!("{command} "));
    format!("{line}; `grouse {command}--help` shows what can be given")
}

/// Whether the error is only that the reader of our output has gone.
pub(super) fn is_broken_pipe(error: &Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

fn hint(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<IngestError>() {
        return match error {
            IngestError::Store(error) => hint(error),
            IngestError::State(error) => hint(error),
            IngestError::NoWatchlist(_) => Some("give it with --watchlist FILE"),
            IngestError::Adaptation { .. } => {
                Some("see that the folder is there, is yours to write, and try again")
            }
            IngestError::BadAdaptation(_) => Some(
                "learn your labels again with `grouse train`, or take it away with `grouse train --forget`",
            ),
        };
    }
    if let Some(error) = error.downcast_ref::<StateError>() {
        return match error {
            StateError::Locked(_) => Some("wait until it is done, and try again"),
            StateError::DiskFull(_) => Some("make room and run the same command again"),
            StateError::Newer { .. } => Some("use that version, or another folder: --data FOLDER"),
            StateError::Damaged { .. } => Some("put back a copy of it: what people decided is nowhere else"),
            StateError::Refused { .. } => {
                Some("see that the folder is there, is yours to write, and try again")
            }
            StateError::Failed(_) => None,
        };
    }
    let store = error.downcast_ref::<StoreError>().or_else(|| match error.downcast_ref::<AskError>() {
        Some(AskError::Store(error)) => Some(error),
        _ => None,
    });
    match store? {
        StoreError::Absent(_) => {
            Some("fill one with `grouse import FILE`, look at `grouse demo`, or name another with --data")
        }
        // That never ends by itself.
        StoreError::Locked { holder: Some(holder), .. } if holder.command.contains("serve") => Some(
            "stop it, run this again, and start it anew: it then asks for what came meanwhile; or push posts to it, POST /v1/posts",
        ),
        StoreError::Locked { .. } => Some("wait until it ends, or stop it and run this again"),
        StoreError::OtherVersion { can_reindex: true, .. } => {
            Some("`grouse reindex` brings it into this one's form")
        }
        StoreError::OtherVersion { .. } => Some(
            "use the version that made it, or import your files again into an empty folder: --data FOLDER",
        ),
        StoreError::DiskFull => Some("make room and run the same command again: nothing is lost or doubled"),
        StoreError::Damaged { .. } => {
            Some("put back a copy of the folder, or import your files again into an empty one")
        }
        StoreError::TooManyBuckets(_) => Some("ask by week or month, or for fewer brands"),
        StoreError::BadCursor => Some("begin again without --cursor"),
        StoreError::Io { .. } => Some("see that the folder is there, is yours to write, and try again"),
        StoreError::State(error) => hint(error),
        StoreError::Engine(_) => None,
    }
}
