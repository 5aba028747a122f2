//! `grouse train`: how do a user's own labels change what is a complaint, without losing what was learned before?
//!
//! What comes with the program stays as it is; what the labels add lies in the data folder, and is taken away again by
//! `--forget`. Whether it helps is measured on labels that it was not made of.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use super::Data;
use super::labelled::{self, Columns};
use super::output::{json, number, say, table, text};
use crate::analysis::is_of_a_named_brand;
use crate::analysis::learned::{Label, Texts, adapt, was_taught};
use crate::ingest::Adaptation;
use crate::insight::evaluation::{Evaluation, Judged, Task, evaluate};
use crate::model::{Correction, PostId};
use crate::state::State;
use crate::store::{Store, has_index};

/// Learn what a complaint is from your own labels, on top of what Grouse knows
#[derive(Debug, Args)]
pub(super) struct Train {
    /// File of texts with labels (complaint or not, in any usual spelling): CSV, TSV, NDJSON or JSON, plain, gzip or zstd
    #[arg(required_unless_present_any = ["from_corrections", "forget"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Learn from what people said with `grouse correct ID complaint=…`, beside the file if one is given
    #[arg(long)]
    from_corrections: bool,
    /// Keep what was learned even if it judges fewer of your labels right
    #[arg(long)]
    anyway: bool,
    /// Take away what was learned from labels
    #[arg(long, conflicts_with_all = ["file", "from_corrections", "anyway", "text", "label"])]
    forget: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

/// What comes of a training.
#[derive(Serialize)]
struct Answer {
    /// Labels that were learned from.
    labels: u64,
    complaints: u64,
    /// Of them, texts that Grouse was taught before: what it says of these without you is better than of others.
    taught: u64,
    /// Corrected posts that are not in the index any more, and so have no text.
    gone: u64,
    /// Macro F1 of what Grouse knows without your labels.
    before: f64,
    /// Macro F1 with them; each text is judged by what was learned from the other four fifths.
    after: f64,
    /// Labels that are judged right now and were not before, and the other way round.
    mended: u64,
    spoiled: u64,
    /// It was kept in the data folder.
    kept: bool,
    /// The version of the analysis in this data folder from now on.
    analysis: String,
}

impl Train {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = &self.data.data;
        if self.forget {
            return self.forgotten(folder);
        }
        let mut labels: Vec<Label> = Vec::new();
        let mut taught = 0;
        let mut take = |title: Option<&str>, body: &str, tag, is_named, is_complaint| {
            taught += u64::from(was_taught(title, body));
            labels.push(Label { texts: Texts::read_naming(title, body, tag, is_named), is_complaint });
        };
        if let Some(path) = &self.file {
            for (post, class) in labelled::read(path, Task::Complaint, &self.columns, None)?.rows {
                // No watchlist says which words of a file are brands.
                take(post.title.as_deref(), &post.text, post.tag, false, class == "complaint");
            }
        }
        let mut gone = 0;
        if self.from_corrections {
            let said = corrections(folder)?;
            let snapshot = Store::open(folder)?.snapshot()?;
            for (id, is_complaint) in said {
                match snapshot.post(&id)? {
                    None => gone += 1,
                    Some(record) => {
                        let post = &record.post;
                        let is_named = is_of_a_named_brand(post, &record.mentions);
                        take(
                            post.title.as_deref(),
                            &post.text,
                            Some(record.language),
                            is_named,
                            is_complaint,
                        );
                    }
                }
            }
        }
        let adapted = adapt(&labels)?;
        let judged = |said: &[bool]| -> Result<Evaluation> {
            let rows: Vec<Judged> = labels
                .iter()
                .zip(said)
                .map(|(label, said)| Judged {
                    is: usize::from(label.is_complaint),
                    said: usize::from(*said),
                    probability: None,
                })
                .collect();
            evaluate(&Task::Complaint.classes(), &rows).context("no label can be used")
        };
        let (before, after) = (judged(&adapted.before)?, judged(&adapted.after)?);
        let changed = |to_right: bool| {
            let turned = labels.iter().zip(adapted.before.iter().zip(&adapted.after));
            turned
                .filter(|(label, (before, after))| {
                    before != after && (**after == label.is_complaint) == to_right
                })
                .count() as u64
        };
        let (mended, spoiled) = (changed(true), changed(false));
        let is_worse = after.macro_f1.value < before.macro_f1.value;
        let kept = !is_worse || self.anyway;
        if kept {
            Adaptation::keep(folder, &adapted.bytes)?;
        }
        let answer = Answer {
            labels: labels.len() as u64,
            complaints: labels.iter().filter(|label| label.is_complaint).count() as u64,
            taught,
            gone,
            before: before.macro_f1.value,
            after: after.macro_f1.value,
            mended,
            spoiled,
            kept,
            analysis: Adaptation::read(folder)?.version(),
        };
        if self.json {
            json(&answer)?;
        } else {
            text(&shown(&answer, &before, &after))?;
        }
        if !kept {
            bail!(
                "your labels do not help: without them more is judged right, so nothing was kept; label more, look at those that contradict each other, or keep it with --anyway"
            );
        }
        if mended <= spoiled {
            say(
                "grouse: your labels hardly help: as many are judged wrong now that were right as the other way round; more labels would tell",
            );
        }
        if has_index(folder) {
            say(
                "grouse: `grouse reindex` judges the posts that are there by it; new posts are judged by it from now on",
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    fn forgotten(&self, folder: &Path) -> Result<ExitCode> {
        if !Adaptation::forget(folder)? {
            bail!("nothing was learned from labels in {}: there is nothing to forget", folder.display());
        }
        if self.json {
            json(&serde_json::json!({ "forgotten": true, "analysis": Adaptation::default().version() }))?;
        } else {
            text("what was learned from your labels is gone; Grouse judges as it came\n")?;
        }
        if has_index(folder) {
            say("grouse: `grouse reindex` judges the posts that are there without it");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The posts of which a person said whether they are complaints.
fn corrections(folder: &Path) -> Result<Vec<(PostId, bool)>> {
    let Some(state) = State::open_if_there(folder)? else {
        bail!("nobody corrected anything in {}: `grouse correct ID complaint=no` does", folder.display());
    };
    let said = state.history(None)?.into_iter().filter(|entry| entry.stands);
    Ok(said
        .filter_map(|entry| match entry.correction {
            Correction::Complaint(is) => Some((entry.post, is)),
            _ => None,
        })
        .collect())
}

fn shown(answer: &Answer, before: &Evaluation, after: &Evaluation) -> String {
    let mut out = format!(
        "learned from {} labels, {} of them complaints\n",
        number(answer.labels),
        number(answer.complaints)
    );
    if answer.gone > 0 {
        let _ = writeln!(out, "{} corrected posts are not in the index any more", number(answer.gone));
    }
    if answer.taught > 0 {
        let _ = writeln!(
            out,
            "{} of the texts were known before: of these Grouse judges more right without you than of new ones",
            number(answer.taught)
        );
    }
    out.push('\n');
    let row = |name: &str, found: &Evaluation| {
        let band = found.macro_f1;
        vec![
            name.to_owned(),
            format!("{:.3} ({:.3} to {:.3})", band.value, band.low, band.high),
            format!("{:.3}", found.accuracy.value),
        ]
    };
    let rows = [row("without your labels", before), row("with them", after)];
    out.push_str(&table(&["", "macro F1", "accuracy"], &rows));
    let _ = writeln!(
        out,
        "\nEach text was judged by what was learned from the other four fifths: {} are right now that were not, {} the other way round.",
        number(answer.mended),
        number(answer.spoiled)
    );
    out
}
