//! `grouse check`: is a watchlist right? Every fault at once, with its line and what to do.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::output::text;
use super::watchlists::{self, Found};
use crate::config::{check_watchlist, shipped};
use crate::model::Role;

/// Check watchlists and report every fault with its line and remedy
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Watchlist files or names [default: all in queries/, or those that came with the program]
    files: Vec<String>,
}

impl Check {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let lists = if self.files.is_empty() {
            all()?
        } else {
            self.files.iter().map(|name| watchlists::find(name)).collect::<Result<_>>()?
        };
        let mut out = String::new();
        let mut faults = 0;
        for list in lists {
            let checked = check_watchlist(list.id, &list.text);
            match &checked.watchlist {
                Ok(watchlist) => {
                    let languages: Vec<&str> =
                        watchlist.languages.iter().map(|language| language.code()).collect();
                    let _ = writeln!(
                        out,
                        "{}: right: {}, {} brands ({} own), in {}",
                        list.place,
                        watchlist.name,
                        watchlist.brands.len(),
                        watchlist.brands_of(Role::Own).count(),
                        languages.join(", ")
                    );
                }
                Err(found) => {
                    faults += found.len();
                    for fault in found {
                        let _ = writeln!(out, "{}: {fault}", list.place);
                    }
                }
            }
            for warning in &checked.warnings {
                let _ = writeln!(out, "{}: warning: {warning}", list.place);
            }
        }
        text(&out)?;
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn all() -> Result<Vec<Found>> {
    let folder = PathBuf::from("queries");
    if !folder.is_dir() {
        return shipped().iter().map(|(id, _)| watchlists::find(id)).collect();
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .context("could not read the folder queries")?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| watchlists::read(path)).collect()
}
