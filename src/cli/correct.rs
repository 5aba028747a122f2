//! `grouse correct`: what does a person say about a judgement? Kept first, and then shown at once.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Timestamp;

use super::Data;
use super::output::{harmless, json, say, table, text};
use super::watchlists;
use crate::api::{EntryAnswer, correction, post_answer};
use crate::ingest::heal;
use crate::model::{Aspect, Correction, PostId};
use crate::state::{Said, State};
use crate::store::{Record, Snapshot, Store, StoreError, Writer, WriterConfig};

/// A correction is one post: a small share of the machine is enough.
pub(super) const SMALL: WriterConfig = WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };

/// Say what is true of a post instead of what was judged: it wins, and stays
#[derive(Debug, Args)]
pub(super) struct Correct {
    /// Id of the post, as `grouse search` shows it
    #[arg(required_unless_present = "list")]
    id: Option<String>,
    /// What is true, as complaint=no severity=accusation intent=question sentiment=-0.5 target=kpn signal:safety=yes;
    /// with --undo only the names, or none for all
    #[arg(value_name = "ASPECT=VALUE")]
    said: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Take the last word back: what was said before it stands again, or what was judged
    #[arg(long)]
    undo: bool,
    /// Show what was said, of the post or of all
    #[arg(long, conflicts_with_all = ["undo", "note"])]
    list: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Correct {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = &self.data.data;
        let snapshot = Store::open(folder)?.snapshot()?;
        let id = self.id.as_deref().map(PostId::new).transpose().with_context(no_such_post)?;
        if self.list {
            self.show(folder, id.as_ref())?;
            return Ok(ExitCode::SUCCESS);
        }
        let Some(id) = id else { bail!("{}", no_such_post()) };
        let Some(before) = snapshot.post(&id)? else {
            bail!("there is no post {}: {}", harmless(id.as_str()), no_such_post());
        };
        // The program's own clock is read here, at the rim.
        #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
        let now = Timestamp::now();
        let aspects =
            if self.undo { self.undone(folder, &id, now)? } else { self.said(folder, &snapshot, &id, now)? };
        let mut writer = match Writer::open(folder, "grouse correct", now, SMALL) {
            Ok(writer) => writer,
            Err(locked @ StoreError::Locked { .. }) => {
                say(format_args!("grouse: kept, and shown when that is done: {locked}"));
                return Ok(ExitCode::SUCCESS);
            }
            Err(error) => return Err(error.into()),
        };
        heal_all(folder, &mut writer)?;
        let after = writer.post(&id)?;
        writer.close()?;
        let after = after.context("the post was taken out of the index meanwhile; what was said is kept")?;
        if self.json {
            json(&post_answer(&after, None))?;
        } else {
            text(&shown(&before, &after, &aspects))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Keeps what is said.
    fn said(&self, folder: &Path, snapshot: &Snapshot, id: &PostId, now: Timestamp) -> Result<Vec<Aspect>> {
        if self.said.is_empty() {
            bail!("say what is true of it, as complaint=no");
        }
        let mut corrections: Vec<Correction> = Vec::new();
        for typed in &self.said {
            let correction = read(typed, snapshot)?;
            if corrections.iter().any(|other| other.aspect() == correction.aspect()) {
                bail!("{} is said twice: say it once", correction.aspect().name());
            }
            corrections.push(correction);
        }
        let said = Said { when: now, by: self.by.clone(), note: self.note.clone() };
        State::open(folder)?.correct(id, &corrections, &said)?;
        Ok(corrections.iter().map(Correction::aspect).collect())
    }

    /// Takes back what was said.
    fn undone(&self, folder: &Path, id: &PostId, now: Timestamp) -> Result<Vec<Aspect>> {
        let aspects = self
            .said
            .iter()
            .map(|typed| typed.split_once('=').map_or(typed.as_str(), |(aspect, _)| aspect).parse())
            .collect::<Result<Vec<Aspect>, _>>()?;
        let undone = State::open(folder)?.undo(id, &aspects, now, self.by.as_deref())?;
        if undone.is_empty() {
            bail!(
                "nobody said that of {}: `grouse correct --list` shows what was said",
                harmless(id.as_str())
            );
        }
        Ok(undone)
    }

    fn show(&self, folder: &Path, id: Option<&PostId>) -> Result<()> {
        let entries = match State::open_if_there(folder)? {
            Some(state) => state.history(id)?,
            None => Vec::new(),
        };
        if self.json {
            return json(&entries.iter().map(EntryAnswer::of).collect::<Vec<_>>());
        }
        let rows: Vec<Vec<String>> = entries
            .iter()
            .map(|entry| {
                let standing = match (&entry.undone, entry.stands) {
                    (Some(_), _) => "undone",
                    (None, true) => "stands",
                    (None, false) => "followed by another",
                };
                vec![
                    entry.said.when.strftime("%Y-%m-%d %H:%M").to_string(),
                    harmless(entry.post.as_str()),
                    entry.correction.to_string(),
                    standing.to_owned(),
                    harmless(entry.said.by.as_deref().unwrap_or("")),
                    harmless(entry.said.note.as_deref().unwrap_or("")),
                ]
            })
            .collect();
        text(&table(&["when (UTC)", "post", "what is true", "", "by", "note"], &rows))
    }
}

/// Brings to the index what people said and it does not show yet.
pub(super) fn heal_all(folder: &Path, writer: &mut Writer) -> Result<()> {
    if let Some(mut state) = State::open_if_there(folder)? {
        let kept = watchlists::kept(Some(&state))?;
        heal(&mut state, writer, &kept)?;
    }
    Ok(())
}

/// Brings to the index what people said; `false`, and no word, where another program is writing to it.
pub(super) fn bring(folder: &Path, command: &str) -> bool {
    // The program's own clock is read here, at the rim.
    #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
    let now = Timestamp::now();
    let brought = match Writer::open(folder, command, now, SMALL) {
        Ok(mut writer) => {
            heal_all(folder, &mut writer).and_then(|()| writer.close().map_err(anyhow::Error::from))
        }
        Err(StoreError::Locked { .. }) => return false,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = &brought {
        tracing::error!(cause = format!("{error:#}"), "what people said was not brought to the index");
    }
    brought.is_ok()
}

fn no_such_post() -> &'static str {
    "give the id of a post as `grouse search` shows it, as twitter:12345"
}

/// Reads `complaint=no`.
fn read(typed: &str, snapshot: &Snapshot) -> Result<Correction> {
    let Some((aspect, value)) = typed.split_once('=') else {
        bail!("`{}` says nothing: write ASPECT=VALUE, as complaint=no", harmless(typed));
    };
    Ok(correction(aspect, value, snapshot.market())?)
}

fn shown(before: &Record, after: &Record, aspects: &[Aspect]) -> String {
    let mut out = String::new();
    for aspect in aspects {
        let value = |record: &Record| Correction::of(&record.judgement, *aspect).value();
        let who = |record: &Record| {
            if record.corrected.contains(aspect) { "a person" } else { "judged by Grouse" }
        };
        let _ = writeln!(
            out,
            "{}: {} is {} ({}); it was {} ({})",
            harmless(after.post.id.as_str()),
            aspect.name(),
            value(after),
            who(after),
            value(before),
            who(before)
        );
    }
    if before.route != after.route {
        let _ = writeln!(out, "  it goes to {}", after.route.as_deref().unwrap_or("no department"));
    }
    out
}
