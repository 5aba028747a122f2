//! `grouse reindex`: how does an index get new judgements, or a new form, while others ask it?

use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use clap::Args;
use indicatif::HumanCount;
use jiff::Timestamp;

use super::Data;
use super::correct::bring;
use super::import::progress_bar;
use super::output::{json, number, say, text};
use super::watchlists;
use crate::api::OUTDATED;
use crate::ingest::{Adaptation, Again, Remaking, reindex};
use crate::state::State;
use crate::store::{Holder, Rebuild, Writer, WriterConfig, holder};

/// Judge all posts again and write the index anew, while others go on asking it
#[derive(Debug, Args)]
pub(super) struct Reindex {
    /// Watchlist to judge by, in place of the one of its name that the posts were judged by [default: those]
    #[arg(long, short, value_name = "WATCHLIST")]
    watchlist: Option<String>,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Reindex {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = &self.data.data;
        let given = self.watchlist.as_deref().map(watchlists::load_with_text).transpose()?;
        // The program's own clock is read here, at the rim.
        #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
        let now = Timestamp::now();
        // Looked at now: once all is done, who gave way may not have come back yet.
        let harvesting = holder(folder).filter(Holder::gives_way);
        let rebuild = Rebuild::begin(folder, "grouse reindex", now, WriterConfig::default())?;
        let mut state = State::open(folder)?;
        let bar = progress_bar("reindex", Some(rebuild.total()));
        let mut done = 0;
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let decided = || -> Result<Again> {
            Ok(Again { kept: watchlists::kept(Some(&state))?, corrections: state.corrections()? })
        };
        let result =
            reindex(rebuild, given.as_ref().map(|(watchlist, _)| watchlist), decided, threads, |happens| {
                match happens {
                    Remaking::Taken(more) => {
                        done += more;
                        bar.set_position(done);
                        bar.set_message(format!("{} posts", HumanCount(done)));
                    }
                    Remaking::Waiting(holder) => bar.suspend(|| say(waiting(holder.as_ref()))),
                }
            });
        bar.finish_and_clear();
        let posts = result?;
        // Killed before this, the next import or reindex by hand would ask for the watchlist again: nothing is wrong then.
        if let Some((watchlist, text)) = &given {
            state.keep_watchlist(&watchlist.id, text, now)?;
            if let Some(harvesting) = harvesting {
                say(format_args!(
                    "grouse: {harvesting} judges what comes by it from now on; start that again for sources to be asked by it, too"
                ));
            }
        }
        // What people said while old and new changed places. Who harvests brings it, too.
        if !state.pending()?.is_empty() {
            bring(folder, "grouse reindex");
        }
        if self.json {
            let analysis = Adaptation::read(folder)?.version();
            json(&serde_json::json!({ "posts": posts, "analysis": analysis }))?;
        } else {
            text(&format!("{} posts were judged anew\n", number(posts)))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Why nothing seems to happen.
fn waiting(holder: Option<&Holder>) -> String {
    let whom = holder.map_or_else(|| "another program".to_owned(), ToString::to_string);
    format!("grouse: all posts are judged, and change places when {whom} is done; to give up costs nothing")
}

/// Says for whom is waited who gives way soon.
pub(super) fn say_waiting(holder: &Holder) {
    say(format_args!(
        "grouse: waits until {holder} has kept what came and gives way; that goes on afterwards"
    ));
}

/// Says that an index holds posts that were judged by another version of the analysis, or that what was learned from a user's
/// labels is not used.
pub(super) fn say_if_mixed(writer: &Writer) -> Result<()> {
    let adaptation = Adaptation::read(writer.folder())?;
    if adaptation.is_outdated {
        say(format_args!("grouse: {OUTDATED}"));
    }
    if writer.has_posts() && writer.analysis() != Some(&adaptation.version()) {
        say(
            "grouse: earlier posts were judged by another version of the analysis; `grouse reindex` brings them the new judgements",
        );
    }
    Ok(())
}
