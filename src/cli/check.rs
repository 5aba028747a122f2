//! `grouse check`: is a watchlist right? Every fault at once, with its line and what to do.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use super::harvest::{client, keys, now};
use super::output::{harmless, posts, text};
use super::watchlists::{self, Found};
use crate::config::{check_watchlist, shipped};
use crate::harvest::{Plan, Tried, try_out};
use crate::model::{Role, Watchlist};
use crate::sources::Ask;
use crate::state::Health;

/// Check watchlists and report every fault with its line and remedy
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Watchlist files or names [default: all in queries/, or those that came with the program]
    files: Vec<String>,
    /// Ask each source that they name once, over the network: does it answer, and take the credentials?
    #[arg(long)]
    online: bool,
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
        let mut right = Vec::new();
        for list in lists {
            let checked = check_watchlist(list.id, &list.text);
            match &checked.watchlist {
                Ok(watchlist) => {
                    right.push(watchlist.clone());
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
        if !self.online {
            out.push_str(&found(&right)?);
        }
        text(&out)?;
        if self.online {
            faults += try_sources(&right)?;
        }
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Which credentials of the sources are there, and how they are tried. Not by itself: a watchlist may be somebody else's, and
/// names the hosts that would be sent them.
fn found(watchlists: &[Watchlist]) -> Result<String> {
    let keys = keys();
    let mut there = BTreeSet::new();
    for watchlist in watchlists {
        for job in Plan::new(watchlist, &[], None)?.jobs {
            let question = Ask { question: &job.question, since: None, mark: None, next: None, now: now() };
            let request = job.source.live(&job.question, None);
            let asked = request.unwrap_or_else(|| job.source.request(&question)).auth.variables();
            let names = job.source.about().needs.iter().copied().chain(asked);
            there.extend(names.filter(|name| keys.get(name).is_some()));
        }
    }
    if there.is_empty() {
        return Ok(String::new());
    }
    let names: Vec<&str> = there.into_iter().collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    Ok(format!(
        "{} {are} set: to try what is set at the sources that are named, add --online\n",
        names.join(" and ")
    ))
}

/// Asks each source of the watchlists once, and returns how many do not answer as they should.
fn try_sources(watchlists: &[Watchlist]) -> Result<usize> {
    let client = client()?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("could not start")?;
    let mut tried = BTreeSet::new();
    let mut out = String::new();
    let mut failed = 0;
    for watchlist in watchlists {
        for job in Plan::new(watchlist, &[], None)?.jobs {
            // One question tells: what is wrong with a source is mostly wrong with all of its questions.
            if job.source.live(&job.question, None).is_some() || !tried.insert(job.stream.source.clone()) {
                continue;
            }
            let name = job.stream.source.clone();
            let _ = match runtime.block_on(try_out(job, client.clone(), keys())) {
                Ok(Tried::Posts(count)) => writeln!(out, "{name}: answers, with {}", posts(count as u64)),
                Ok(Tried::Taken) => writeln!(
                    out,
                    "{name}: takes the credentials; no post was asked for, since each costs money"
                ),
                Err((Health::Ok, why)) => writeln!(out, "{name}: {why}"),
                Err((health, why)) => {
                    failed += 1;
                    writeln!(out, "{name}: {}: {}", health.as_str(), harmless(&why))
                }
            };
        }
    }
    text(&out)?;
    Ok(failed)
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
