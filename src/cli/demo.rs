//! `grouse demo`: what does Grouse do, seen on a made-up market? Made once, then started at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::Data;
use super::correct::bring;
use super::output::{number, say};
use super::scheduled::Scheduled;
use super::serve::{Listen, serve};
use crate::api::{self, Api, Filters};
use crate::config::{parse_toml, read_watchlist, shipped};
use crate::demo::{SCENARIO, Scenario, posts};
use crate::ingest::{IngestConfig, ingest};
use crate::model::{Watchlist, WatchlistId};
use crate::state::State;
use crate::store::{Store, StoreError, Writer, WriterConfig};

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
    /// Where the demo's index is.
    pub(super) fn folder(&self) -> PathBuf {
        self.data.data.join("demo")
    }

    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = self.folder();
        let store = match made(&folder)? {
            Some(store) => store,
            None => make(&folder)?,
        };
        if store.snapshot()?.ledger().is_empty() {
            let kept = api::keep(&store, &Filters::default(), 0, now())?;
            say(format_args!("found {} problems in its complaints", kept.reconciled.happened.len()));
        }
        say(format_args!(
            "{} posts of a made-up market of parcel carriers in {}: none of it is real",
            number(store.snapshot()?.len()),
            folder.display()
        ));
        if self.only_make {
            return Ok(ExitCode::SUCCESS);
        }
        say(format_args!(
            "ask it from another terminal, too: grouse search 'niet thuis' --data {}",
            folder.display()
        ));
        let store = Arc::new(store);
        let _scheduled = Scheduled::new(store.clone(), DISCOVER_EVERY);
        let api = Api::new(store).with_corrections(Arc::new(move || bring(&folder, "grouse demo")), now);
        serve(api, self.listen, || {})
    }
}

/// How often a demo that is left running looks for problems: so that who looks at it sees a run, too.
const DISCOVER_EVERY: Duration = Duration::from_hours(24);

/// Lies in a demo's folder: nothing there is anyone's work. Its text says that it was made to its end.
const MARK: &str = "demo.txt";
const BEGUN: &str = "Grouse is making a demo here. This folder may be removed.\n";
const MADE: &str = "Grouse made a demo here, all of it fictional. This folder may be removed.\n";

/// The demo as it was made before, if it was made to its end by this version.
fn made(folder: &Path) -> Result<Option<Store>> {
    let is_empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        return Ok(None);
    }
    let Ok(mark) = fs::read_to_string(folder.join(MARK)) else {
        bail!(
            "{} holds something that `grouse demo` did not make: give the demo another place with --data FOLDER",
            folder.display()
        );
    };
    match Store::open(folder).and_then(|store| store.snapshot().map(drop).map(|()| store)) {
        // One that was killed while it was being made is made on: the posts that are there already stay.
        Ok(store) => Ok((mark == MADE).then_some(store)),
        Err(StoreError::Absent(_)) => Ok(None),
        // Another version's demo is made again.
        Err(StoreError::OtherVersion { .. } | StoreError::Damaged { .. }) => {
            fs::remove_dir_all(folder)
                .with_context(|| format!("could not remove the old demo in {}", folder.display()))?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn make(folder: &Path) -> Result<Store> {
    let (watchlist, text) = watchlist()?;
    let scenario: Scenario =
        parse_toml(SCENARIO).context("the scenario that came with the program is wrong")?;
    let now = now();
    let mark = |text: &str| {
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(folder.join(MARK), text))
            .with_context(|| format!("could not write {}", folder.join(MARK).display()))
    };
    mark(BEGUN)?;
    let mut writer = Writer::open(folder, "grouse demo", now, WriterConfig::default())?;
    State::open(folder)?.keep_watchlist(&watchlist.id, text, now)?;
    let numbered = (1..).zip(posts(&scenario));
    ingest(numbered, Some(&watchlist), &mut writer, IngestConfig::default(), |_| {})?;
    writer.close()?;
    mark(MADE)?;
    Ok(Store::open(folder)?)
}

fn now() -> Timestamp {
    // The program's own clock is read here, at the rim.
    #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
    Timestamp::now()
}

fn watchlist() -> Result<(Watchlist, &'static str)> {
    let (id, text) =
        shipped().iter().find(|(id, _)| *id == "demo").context("the demo's watchlist is missing")?;
    let watchlist = read_watchlist(WatchlistId::new(*id)?, text).map_err(|faults| {
        anyhow::anyhow!(
            "the demo's watchlist is wrong: {}",
            faults.first().map(ToString::to_string).unwrap_or_default()
        )
    })?;
    Ok((watchlist, text))
}
