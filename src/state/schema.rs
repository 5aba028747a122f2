//! How is the file laid out, and how does an older one become a newer one?
//!
//! To change the layout: one more entry in [`STEPS`], and never a change of an older one.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::error::StateError;

/// How long another process is waited for. Every write here is a few rows: more means that it hangs.
const WAIT: Duration = Duration::from_secs(5);

/// Each step makes the next form of the file out of the one before; their number is the form.
const STEPS: &[&str] = &[
    "
    CREATE TABLE correction (
        -- Later ones have larger numbers, and of one aspect the last that is not undone stands.
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        post TEXT NOT NULL,
        aspect TEXT NOT NULL,
        value TEXT NOT NULL,
        -- Moments are RFC 3339 in UTC.
        made TEXT NOT NULL,
        made_by TEXT,
        note TEXT,
        undone TEXT,
        undone_by TEXT
    ) STRICT;
    CREATE INDEX correction_of_post ON correction (post, aspect, number);
    -- Posts whose corrections changed since they were last written to the index.
    CREATE TABLE pending (
        post TEXT PRIMARY KEY,
        changes INTEGER NOT NULL
    ) STRICT;
    -- Watchlists that posts of the index were judged by, as text.
    CREATE TABLE watchlist (
        id TEXT PRIMARY KEY,
        text TEXT NOT NULL,
        kept TEXT NOT NULL
    ) STRICT;
",
    "
    -- Where each question to a source stopped, and how it is. Moments are RFC 3339 in UTC.
    CREATE TABLE stream (
        watchlist TEXT NOT NULL,
        source TEXT NOT NULL,
        place TEXT NOT NULL,
        query TEXT NOT NULL,
        mark TEXT,
        top TEXT,
        next TEXT,
        began TEXT,
        back_to TEXT,
        reached TEXT,
        had TEXT,
        walk INTEGER NOT NULL,
        etag TEXT,
        last_modified TEXT,
        moved TEXT,
        health TEXT NOT NULL,
        why TEXT,
        failures INTEGER NOT NULL,
        asked TEXT,
        answered TEXT,
        due TEXT,
        posts INTEGER NOT NULL,
        rejects INTEGER NOT NULL,
        newest TEXT,
        rhythm REAL,
        quota INTEGER,
        PRIMARY KEY (watchlist, source, place, query)
    ) STRICT;
    -- Spans of which all was had, in seconds since 1970, so that they can be compared.
    CREATE TABLE covered (
        watchlist TEXT NOT NULL,
        source TEXT NOT NULL,
        place TEXT NOT NULL,
        query TEXT NOT NULL,
        since INTEGER NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (watchlist, source, place, query, since)
    ) STRICT;
    -- What sources that cost money cost, by month.
    CREATE TABLE spent (
        source TEXT NOT NULL,
        month TEXT NOT NULL,
        dollars REAL NOT NULL,
        PRIMARY KEY (source, month)
    ) STRICT;
    -- Of sources that show all there is each time: what they showed, and in which walk last.
    CREATE TABLE seen (
        watchlist TEXT NOT NULL,
        source TEXT NOT NULL,
        place TEXT NOT NULL,
        query TEXT NOT NULL,
        post TEXT NOT NULL,
        walk INTEGER NOT NULL,
        PRIMARY KEY (watchlist, source, place, query, post)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE problem_event (
        -- What happened later has a larger number; none is ever taken away.
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        problem TEXT NOT NULL,
        what TEXT NOT NULL,
        -- JSON, as `what` asks.
        details TEXT NOT NULL,
        made TEXT NOT NULL,
        made_by TEXT,
        -- 1 if a run of discovery did it, 0 if a person did.
        of_run INTEGER NOT NULL,
        reason TEXT,
        undone TEXT,
        undone_by TEXT
    ) STRICT;
    CREATE INDEX problem_event_of_problem ON problem_event (problem, number);
    CREATE TABLE problem_run (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        made TEXT NOT NULL,
        meaning TEXT NOT NULL,
        posts INTEGER NOT NULL,
        unassigned INTEGER NOT NULL,
        proposals INTEGER NOT NULL,
        changes INTEGER NOT NULL
    ) STRICT;
",
    "
    -- How long what sources deleted was still here. Which posts they were is not kept.
    CREATE TABLE deletion (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,
        -- Seconds from there to here.
        lag INTEGER NOT NULL,
        -- 1 if the source says when it deleted, 0 if it did so at some time within.
        is_exact INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX deletion_of_source ON deletion (source, number);
",
    "
    -- 1 if no watchlist asks for it any longer: where it stopped is kept, and how it was is no longer told.
    ALTER TABLE stream ADD COLUMN is_retired INTEGER NOT NULL DEFAULT 0;
",
];

/// Makes a file that was just opened ready for use.
pub(super) fn prepare(database: &mut Connection, path: &Path) -> Result<(), StateError> {
    let failed = |error| StateError::of(error, path);
    database.busy_timeout(WAIT).map_err(failed)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = form(database).map_err(failed)?;
    if found > known || found < 0 {
        return Err(StateError::Newer { path: path.to_owned(), found, known });
    }
    // Readers go on while one writes; and what was said to be kept survives a loss of power.
    database.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    database.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    database.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    // What is deleted is written over, and not only left unnamed in the file.
    database.pragma_update(None, "secure_delete", true).map_err(failed)?;
    if found == known {
        return Ok(());
    }
    // Asked again within, since two processes may make the file at once.
    let step = database.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    for number in form(&step).map_err(failed)?..known {
        let at = usize::try_from(number).unwrap_or_default();
        step.execute_batch(STEPS[at]).map_err(failed)?;
    }
    step.pragma_update(None, "user_version", known).map_err(failed)?;
    step.commit().map_err(failed)
}

fn form(database: &Connection) -> rusqlite::Result<i64> {
    database.pragma_query_value(None, "user_version", |row| row.get(0))
}
