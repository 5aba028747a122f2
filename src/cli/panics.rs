//! What is said when a part of the program fails that never should? One line, without the words of a post, and what is
//! wrong with the index if that is the cause.
//!
//! The engine trusts its files: where a disk has changed a byte, it may panic. So may a bug of ours. A panic's message
//! may quote what was being worked on, which is other people's writing: only its place is shown.

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Error, Result, anyhow};

use crate::store::verify;

/// Where the first panic was.
static PLACE: Mutex<Option<String>> = Mutex::new(None);

/// The program goes on after a panic, so each is logged at once.
static GOES_ON: AtomicBool = AtomicBool::new(false);

/// Runs `command`; a panic in it is an error like others. If `folder` has an index, it is checked for damage then.
pub(super) fn caught(
    folder: Option<PathBuf>,
    command: impl FnOnce() -> Result<ExitCode>,
) -> Result<ExitCode> {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        if GOES_ON.load(Ordering::Relaxed) {
            tracing::error!(place, "a part of the program failed");
        }
        PLACE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(place);
    }));
    panic::catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| Err(reason(folder)))
}

/// From now on a panic costs one answer, not the program.
pub(super) fn go_on() {
    GOES_ON.store(true, Ordering::Relaxed);
}

fn reason(folder: Option<PathBuf>) -> Error {
    if let Some(Err(damage)) = folder.map(|folder| verify(&folder)) {
        return damage.into();
    }
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    anyhow!(
        "the program failed at {}: this is a bug; all that was committed is kept",
        place.as_deref().unwrap_or("an unknown place")
    )
}
