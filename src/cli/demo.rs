//! `grouse demo`: a made-up market, to look at what Grouse does. Made once, then started at once.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;

use super::Data;
use super::output::number;
use super::serve::{Listen, serve};
use crate::config::{parse_toml, read_watchlist, shipped};
use crate::demo::{SCENARIO, Scenario, posts};
use crate::ingest::{IngestConfig, ingest};
use crate::model::{Watchlist, WatchlistId};
use crate::store::{Store, StoreError, Writer, WriterConfig, has_index};

/// Make a fictional market of parcel carriers and serve it
#[derive(Debug, Args)]
pub(super) struct Demo {
    #[command(flatten)]
    listen: Listen,
    /// Make it and stop, without serving
    #[arg(long)]
    only_make: bool,
    #[command(flatten)]
    data: Data,
}

impl Demo {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = self.data.data.join("demo");
        let store = match made(&folder)? {
            Some(store) => store,
            None => make(&folder)?,
        };
        eprintln!(
            "{} posts of a made-up market of parcel carriers in {}: none of it is real",
            number(store.snapshot()?.len()),
            folder.display()
        );
        if self.only_make {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "ask it from another terminal, too: grouse search 'niet thuis' --data {}",
            folder.display()
        );
        serve(store, self.listen)
    }
}

/// The demo as it was made before, if it was made to its end by this version.
fn made(folder: &Path) -> Result<Option<Store>> {
    if !has_index(folder) {
        return Ok(None);
    }
    match Store::open(folder) {
        Ok(store) => Ok((!store.snapshot()?.is_empty()).then_some(store)),
        // Nothing in it is anyone's work: another version's demo is made again.
        Err(StoreError::OtherVersion { .. } | StoreError::Damaged { .. }) => {
            fs::remove_dir_all(folder)
                .with_context(|| format!("could not remove the old demo in {}", folder.display()))?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn make(folder: &Path) -> Result<Store> {
    let watchlist = watchlist()?;
    let scenario: Scenario =
        parse_toml(SCENARIO).context("the scenario that came with the program is wrong")?;
    // The program's own clock is read here, at the rim.
    #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
    let now = Timestamp::now();
    let mut writer = Writer::open(folder, "grouse demo", now, WriterConfig::default())?;
    let numbered = (1..).zip(posts(&scenario));
    ingest(numbered, Some(&watchlist), &mut writer, IngestConfig::default(), |_| {})?;
    writer.close()?;
    Ok(Store::open(folder)?)
}

fn watchlist() -> Result<Watchlist> {
    let (id, text) =
        shipped().iter().find(|(id, _)| *id == "demo").context("the demo's watchlist is missing")?;
    read_watchlist(WatchlistId::new(*id)?, text).map_err(|faults| {
        anyhow::anyhow!(
            "the demo's watchlist is wrong: {}",
            faults.first().map(ToString::to_string).unwrap_or_default()
        )
    })
}
