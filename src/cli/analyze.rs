//! `grouse analyze`: what is judged about posts that are only passing through? NDJSON in, findings out, in the same
//! order, without an index.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::output::say;
use super::watchlists;
use crate::api::{JudgementAnswer, OUTDATED, judgement_answer};
use crate::ingest::{Adaptation, Desk};
use crate::model::{Author, BrandId, CaseId, Finding, Language, Mask, Post, SourceId};
use crate::sources::file::{json_object, without_line};
use crate::store::Market;
use crate::text::Analyzer;

/// Longest line, in bytes.
const MAX_LINE: u64 = 1 << 20;

/// Lines that are judged together.
const BATCH: usize = 2048;

/// Judge posts from standard input (NDJSON: id, text, lang?, created?, author?, title?) and write findings
#[derive(Debug, Args)]
pub(super) struct Analyze {
    /// Watchlist whose brands are looked for: a file or a name
    #[arg(long, short, value_name = "WATCHLIST")]
    watchlist: Option<String>,
    /// Data folder in which `grouse train` kept what it learned from your labels, to judge by that
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Threads that judge [default: as many as the machine runs at once]
    #[arg(long, value_parser = super::count)]
    threads: Option<usize>,
    /// NDJSON, which it is anyway
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    text: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    created: Option<Value>,
    #[serde(default)]
    author: Option<Value>,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    id: &'a Value,
    lang: Language,
    brands: &'a [BrandId],
    mentions: &'a [BrandId],
    directed: &'a [BrandId],
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    masked_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title_masks: Option<Vec<MaskLine>>,
    masked_text: &'a str,
    masks: Vec<MaskLine>,
    #[serde(flatten)]
    judgement: JudgementAnswer,
    case: CaseId,
    /// The department that takes it, null if none does; left out where there are no rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Value>,
}

/// A masked place of the text, counted in characters, as most languages that read JSON count.
#[derive(Serialize)]
struct MaskLine {
    kind: &'static str,
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct RejectLine {
    id: Value,
    line: u64,
    error: String,
}

impl Analyze {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let watchlist = self.watchlist.as_deref().map(watchlists::load).transpose()?;
        let adaptation = self.data.as_deref().map(Adaptation::read).transpose()?.unwrap_or_default();
        if adaptation.is_outdated {
            say(format_args!("grouse: {OUTDATED}"));
        }
        let mut market = Market::default();
        if let Some(watchlist) = &watchlist {
            market.learn(watchlist);
        }
        let desk = Desk::new(watchlist.as_ref(), &market, adaptation.learned.as_ref());
        let threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
        let (lines, rejects) = analyze(io::stdin().lock(), io::stdout().lock(), &desk, threads.max(1))?;
        if rejects > 0 {
            say(format_args!(
                "grouse: {rejects} of {lines} lines could not be read: each has an `error` in the output"
            ));
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads posts from `input`, one JSON object a line, and writes a finding for each to `output`, in the same order. Returns how
/// many lines there were, and how many of them could not be read.
///
/// # Errors
/// Those of reading and writing.
pub fn analyze(input: impl Read, output: impl Write, desk: &Desk, threads: usize) -> Result<(u64, u64)> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut output = io::BufWriter::with_capacity(1 << 16, output);
    let (mut line, mut rejects) = (0_u64, 0_u64);
    loop {
        let batch = read_batch(&mut input)?;
        if batch.is_empty() {
            return Ok((line, rejects));
        }
        let size = batch.len().div_ceil(threads).max(64);
        let parts: Vec<(Vec<u8>, u64)> = thread::scope(|scope| {
            let running: Vec<_> = batch
                .chunks(size)
                .zip((line..).step_by(size))
                .map(|(lines, before)| scope.spawn(move || judge_lines(lines, before, desk)))
                .collect();
            running
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        line += batch.len() as u64;
        for (text, rejected) in parts {
            output.write_all(&text)?;
            rejects += rejected;
        }
        output.flush()?;
    }
}

/// Reads the lines that are there, up to a batch: whoever writes one line gets its finding at once.
fn read_batch(input: &mut BufReader<impl Read>) -> Result<Vec<Vec<u8>>> {
    let mut batch = Vec::new();
    while batch.len() < BATCH && (batch.is_empty() || input.buffer().contains(&b'\n')) {
        let mut line = Vec::new();
        let read = input
            .by_ref()
            .take(MAX_LINE + 1)
            .read_until(b'\n', &mut line)
            .context("could not read standard input")?;
        if read == 0 {
            break;
        }
        if read as u64 > MAX_LINE && !line.ends_with(b"\n") {
            // The rest of a line that is too long is passed over; its length says that it is.
            input.skip_until(b'\n').context("could not read standard input")?;
        }
        batch.push(line);
    }
    Ok(batch)
}

fn judge_lines(lines: &[Vec<u8>], before: u64, desk: &Desk) -> (Vec<u8>, u64) {
    let mut out = Vec::with_capacity(lines.len() * 200);
    let mut rejects = 0;
    let mut analyzer = Analyzer::default();
    for (line, number) in lines.iter().zip(before + 1..) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let is_whole = line.len() as u64 <= MAX_LINE || line.ends_with(b"\n");
        let parsed = if is_whole { read(line) } else { Err("the line is longer than 1 MiB".to_owned()) };
        let written = match parsed {
            Ok(read) => {
                let (id, created) = (read.id.clone(), read.created.clone());
                let post = post(read);
                let (finding, route) = desk.look_at(&post, &mut analyzer);
                let route = desk.has_rules().then(|| route.map_or(Value::Null, Value::String));
                serde_json::to_writer(&mut out, &shape(&id, created.as_ref(), &post, &finding, route))
            }
            Err(error) => {
                rejects += 1;
                let reject = RejectLine {
                    id: serde_json::from_slice::<Value>(line)
                        .ok()
                        .and_then(|value| value.get("id").cloned())
                        .unwrap_or(Value::Null),
                    line: number,
                    error,
                };
                serde_json::to_writer(&mut out, &reject)
            }
        };
        written.expect("numbers, strings and lists can always be written to memory");
        out.push(b'\n');
    }
    (out, rejects)
}

/// Reads one line; what an import would mend is mended.
fn read(line: &[u8]) -> Result<Line, String> {
    // A list of six would be read as the fields in their order.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err("not an object with a `text`".to_owned());
    }
    serde_json::from_slice(line)
        .or_else(|error| match json_object(line) {
            Ok(object) => serde_json::from_value(Value::Object(object)),
            Err(_) => Err(error),
        })
        .map_err(|error| format!("not an object with a `text`: {}", without_line(&error)))
}

fn post(line: Line) -> Post {
    let source = SourceId::new("stdin").expect("`stdin` is a source's name");
    let handle = match line.author {
        Some(Value::String(handle)) => Some(handle),
        Some(Value::Object(fields)) => fields.get("handle").and_then(Value::as_str).map(str::to_owned),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let native = match &line.id {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    Post {
        title: line.title,
        author: handle.map(|handle| Author { handle: handle.trim_start_matches('@').to_owned(), name: None }),
        tag: line.lang.as_deref().and_then(Language::from_tag),
        ..Post::bare(source, &native, line.text)
    }
}

fn shape<'a>(
    id: &'a Value,
    created: Option<&'a Value>,
    post: &Post,
    finding: &'a Finding,
    route: Option<Value>,
) -> FindingLine<'a> {
    let masks = |original: &str, masks: &[Mask]| -> Vec<MaskLine> {
        let characters = |byte: usize| original.get(..byte).map_or(0, |text| text.chars().count());
        masks
            .iter()
            .map(|mask| MaskLine {
                kind: mask.kind.as_str(),
                start: characters(mask.start),
                end: characters(mask.end),
            })
            .collect()
    };
    FindingLine {
        id,
        lang: finding.language,
        brands: &finding.brands,
        mentions: &finding.mentions,
        directed: &finding.directed,
        created,
        masked_title: finding.title.as_deref(),
        masked_text: &finding.text,
        title_masks: post.title.as_deref().map(|title| masks(title, &finding.title_masks)),
        masks: masks(&post.text, &finding.masks),
        judgement: judgement_answer(&finding.judgement, finding.title.as_deref(), &finding.text),
        case: finding.case,
        route,
    }
}
