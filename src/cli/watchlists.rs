//! Which watchlist does a name mean?

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::config::{check_watchlist, shipped};
use crate::model::{Watchlist, WatchlistId};
use crate::state::State;

/// A watchlist's text and where it came from.
pub(super) struct Found {
    pub(super) id: WatchlistId,
    pub(super) text: String,
    pub(super) place: String,
}

/// Finds a watchlist: a file, a name in `queries/`, or one that came with the program.
pub(super) fn find(name: &str) -> Result<Found> {
    let path = Path::new(name);
    let beside = PathBuf::from(format!("queries/{name}.toml"));
    let is_path = path.extension().is_some() || path.components().count() > 1;
    if is_path {
        return read(path);
    }
    if beside.is_file() {
        return read(&beside);
    }
    if let Some((id, text)) = shipped().iter().find(|(id, _)| *id == name) {
        return Ok(Found {
            id: WatchlistId::new(*id)?,
            text: (*text).to_owned(),
            place: format!("queries/{id}.toml (shipped)"),
        });
    }
    let known: Vec<&str> = shipped().iter().map(|(id, _)| *id).collect();
    bail!("there is no watchlist `{name}`: give a file, or one of {}", known.join(", "))
}

/// Reads a watchlist file, whose name is the watchlist's id.
pub(super) fn read(path: &Path) -> Result<Found> {
    let text = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let text = String::from_utf8(text)
        .map_err(|_| anyhow::anyhow!("{} is not UTF-8 text: save it as UTF-8", path.display()))?;
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().to_lowercase().replace(['_', ' '], "-"))
        .unwrap_or_default();
    let id = WatchlistId::new(stem)
        .with_context(|| format!("could not name the watchlist after {}", path.display()))?;
    Ok(Found { id, text, place: path.display().to_string() })
}

/// Finds a watchlist and reads it; its faults end the run.
pub(super) fn load(name: &str) -> Result<Watchlist> {
    Ok(load_with_text(name)?.0)
}

/// Finds a watchlist and reads it, and gives its text as well, to be kept.
pub(super) fn load_with_text(name: &str) -> Result<(Watchlist, String)> {
    let found = find(name)?;
    let watchlist = checked(&found, name)?;
    Ok((watchlist, found.text))
}

/// The watchlists that posts of an index were judged by, as they are kept beside it.
pub(super) fn kept(state: Option<&State>) -> Result<Vec<Watchlist>> {
    of_texts(state.map(State::watchlists).transpose()?.unwrap_or_default())
}

/// Reads watchlists that are kept with an index.
pub(super) fn of_texts(texts: Vec<(WatchlistId, String)>) -> Result<Vec<Watchlist>> {
    texts
        .into_iter()
        .map(|(id, text)| {
            let name = id.to_string();
            checked(
                &Found { id, text, place: format!("the watchlist `{name}` that is kept with the index") },
                &name,
            )
        })
        .collect()
}

fn checked(found: &Found, name: &str) -> Result<Watchlist> {
    check_watchlist(found.id.clone(), &found.text).watchlist.map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        let more = if faults.len() > 1 { format!(" (and {} more)", faults.len() - 1) } else { String::new() };
        anyhow::anyhow!("{}: {first}{more}; `grouse check {}` shows all", found.place, name)
    })
}
