//! `grouse eval --noise-meter`: how much of what a question finds is what was meant? A person looks through fifty posts.
//!
//! What is asked goes to standard error and the answers are read from standard input, one a line, so that the result stands
//! alone on standard output and a program can answer as well.

use std::fmt::Write as _;
use std::io::{self, BufRead};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::correct::{SMALL, heal_all};
use super::output::{harmless, json, number, percent, posts, say, table, text};
use crate::api::{self, QuestionAnswer};
use crate::insight::evaluation::{Answer, Noise, Rate, Sample, noise};
use crate::model::Correction;
use crate::state::{Said, State};
use crate::store::{Record, Snapshot, Store, StoreError, Writer};

/// Posts that are asked about.
const POSTS: usize = 50;

/// Any number does, as long as it stays: the same question to the same index asks about the same posts.
const SEED: u64 = 50;

/// What was said of one post so far; nothing if it was skipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Words {
    is_about: Option<bool>,
    is_complaint: Option<bool>,
}

/// What a person typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typed {
    Said(bool),
    Skip,
    Back,
    Quit,
}

/// Holds the session in `folder`. With `keep`, what is said of complaints becomes a correction of each post.
pub(super) fn run(folder: &Path, asked: &api::Filters, keep: bool, as_json: bool) -> Result<ExitCode> {
    let store = Store::open(folder)?;
    let snapshot = store.snapshot()?;
    let question = asked.question(&snapshot)?;
    let (mut found, mut sample) = (0, Sample::new(POSTS, SEED));
    api::export(&snapshot, asked, |record, _| {
        found += 1;
        let (case, id) = (record.case.0, record.post.id.to_string());
        sample.offer(case, &id, || record);
        true
    })?;
    let drawn = sample.into_items();
    if drawn.is_empty() {
        bail!("no post answers that: ask for something else, or fill the index with `grouse import FILE`");
    }
    let explained = QuestionAnswer::of(&question.query, snapshot.market()).explained;
    say(format_args!(
        "{}, {} of them with different words to look at. Type y (yes), n (no), s (skip), b (back) or q (quit), and Enter.",
        posts(found),
        drawn.len()
    ));
    let words = session(&drawn, &brand(asked, &snapshot), &mut io::stdin().lock())?;
    let answered: Vec<(&Record, Words)> = drawn
        .iter()
        .zip(&words)
        .filter(|(_, words)| is_whole(**words))
        .map(|(record, words)| (record, *words))
        .collect();
    if answered.is_empty() {
        bail!("no post was answered, so there is nothing to say: run it again and answer y or n");
    }
    let answers: Vec<Answer> = answered
        .iter()
        .map(|(record, words)| Answer {
            is_about: words.is_about == Some(true),
            is_complaint: words.is_complaint,
            is_judged_complaint: record.judgement.complaint.verdict,
        })
        .collect();
    let kept = if keep { keep_said(folder, &answered)? } else { 0 };
    let noise = noise(&answers);
    let result = Meter { explained, posts: found, shown: drawn.len(), answered: answers.len(), kept, noise };
    if as_json {
        json(&result.answer())?;
    } else {
        text(&result.shown())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whom the first question is about.
fn brand(asked: &api::Filters, snapshot: &Snapshot) -> String {
    match asked.brand.as_slice() {
        [only] => match snapshot.market().find(only).as_slice() {
            [id] => snapshot.market().name_of(id.as_str()).to_owned(),
            _ => only.clone(),
        },
        _ => "the brand you mean".to_owned(),
    }
}

/// Both answers are there, or the first makes the second needless.
fn is_whole(words: Words) -> bool {
    words.is_about == Some(false) || words.is_complaint.is_some()
}

/// Asks about each post. The end of the input is as good as quitting.
fn session(drawn: &[Record], brand: &str, input: &mut impl BufRead) -> Result<Vec<Words>> {
    let mut words = vec![Words::default(); drawn.len()];
    let mut at = 0;
    while let Some(record) = drawn.get(at) {
        if words[at].is_about.is_none() {
            say(format_args!("\n{} of {}  {}", at + 1, drawn.len(), heading(record)));
            if let Some(title) = &record.post.title {
                say(format_args!("  {}", harmless(title)));
            }
            say(format_args!("  {}", harmless(&record.post.text)));
        }
        let is_second = words[at].is_about == Some(true);
        say(if is_second {
            "is it a complaint?".to_owned()
        } else {
            format!("is it about {}?", harmless(brand))
        });
        match typed(input)? {
            Typed::Quit => break,
            Typed::Said(is) if is_second => {
                words[at].is_complaint = Some(is);
                at += 1;
            }
            Typed::Said(is) => {
                words[at].is_about = Some(is);
                at += usize::from(!is);
            }
            Typed::Skip => {
                words[at] = Words::default();
                at += 1;
            }
            Typed::Back => {
                at -= usize::from(!is_second && at > 0);
                words[at] = Words::default();
            }
        }
    }
    Ok(words)
}

fn typed(input: &mut impl BufRead) -> Result<Typed> {
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).context("could not read what was typed")? == 0 {
            return Ok(Typed::Quit);
        }
        match line.trim().to_lowercase().as_str() {
            "y" | "yes" | "j" | "ja" => return Ok(Typed::Said(true)),
            "n" | "no" | "nee" => return Ok(Typed::Said(false)),
            "s" | "skip" => return Ok(Typed::Skip),
            "b" | "back" => return Ok(Typed::Back),
            "q" | "quit" => return Ok(Typed::Quit),
            _ => say("type y (yes), n (no), s (skip), b (back) or q (quit)"),
        }
    }
}

/// When, where and in which language. What was judged is not shown: it would be believed.
fn heading(record: &Record) -> String {
    let post = &record.post;
    let when =
        post.created.map_or_else(|| "undated".to_owned(), |when| when.strftime("%Y-%m-%d").to_string());
    format!("{when} · {} · {}", post.source, record.language.code())
}

/// Keeps what was said of complaints, as `grouse correct` does. Returns how many posts.
fn keep_said(folder: &Path, answered: &[(&Record, Words)]) -> Result<u64> {
    // The program's own clock is read here, at the rim.
    #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
    let now = Timestamp::now();
    let mut state = State::open(folder)?;
    let mut kept = 0;
    for (record, words) in answered {
        let Some(is) = words.is_complaint else { continue };
        let said = Said { when: now, by: None, note: Some("noise meter".to_owned()) };
        state.correct(&record.post.id, &[Correction::Complaint(is)], &said)?;
        kept += 1;
    }
    match Writer::open(folder, "grouse eval", now, SMALL) {
        Ok(mut writer) => {
            heal_all(folder, &mut writer)?;
            writer.close()?;
        }
        Err(locked @ StoreError::Locked { .. }) => {
            say(format_args!("grouse: kept, and shown when that is done: {locked}"));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(kept)
}

/// The outcome of a session.
struct Meter {
    explained: String,
    posts: u64,
    shown: usize,
    answered: usize,
    kept: u64,
    noise: Noise,
}

#[derive(Serialize)]
struct MeterAnswer<'a> {
    /// The question in words.
    explained: &'a str,
    /// Posts that answer it.
    posts: u64,
    /// Posts that were drawn, each of another case.
    drawn: usize,
    /// Posts that a person answered.
    answered: usize,
    /// Answers that were kept as corrections.
    kept: u64,
    /// Counted as complaints by Grouse.
    raw: RateAnswer,
    /// About the brand.
    in_context: RateAnswer,
    /// About the brand, and a complaint.
    true_complaint: RateAnswer,
    /// Of what Grouse counts as complaints: complaints about the brand.
    right: RateAnswer,
}

#[derive(Serialize)]
struct RateAnswer {
    count: u64,
    of: u64,
    share: f64,
    low: f64,
    high: f64,
}

impl RateAnswer {
    fn of(rate: Rate) -> Self {
        Self { count: rate.count, of: rate.of, share: rate.share, low: rate.low, high: rate.high }
    }
}

impl Meter {
    fn answer(&self) -> MeterAnswer<'_> {
        MeterAnswer {
            explained: &self.explained,
            posts: self.posts,
            drawn: self.shown,
            answered: self.answered,
            kept: self.kept,
            raw: RateAnswer::of(self.noise.raw),
            in_context: RateAnswer::of(self.noise.in_context),
            true_complaint: RateAnswer::of(self.noise.true_complaint),
            right: RateAnswer::of(self.noise.right),
        }
    }

    fn shown(&self) -> String {
        let mut out = format!(
            "{}: you looked at {} of {}\n\n",
            harmless(&self.explained),
            number(self.answered as u64),
            posts(self.posts)
        );
        let row = |name: &str, rate: Rate| {
            vec![
                name.to_owned(),
                format!("{} of {}", rate.count, rate.of),
                percent(rate.share),
                format!("{} to {}", percent(rate.low), percent(rate.high)),
            ]
        };
        let noise = &self.noise;
        let rows = [
            row("raw: counted as complaints", noise.raw),
            row("in context: about the brand", noise.in_context),
            row("true: a complaint about the brand", noise.true_complaint),
            row("right, of those counted", noise.right),
        ];
        out.push_str(&table(&["", "posts", "share", "95 % interval"], &rows));
        if self.kept > 0 {
            let _ = writeln!(out, "\n{} kept as corrections", number(self.kept));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_answers_count() {
        let words = |is_about, is_complaint| Words { is_about, is_complaint };
        assert!(is_whole(words(Some(false), None)) && is_whole(words(Some(true), Some(false))));
        assert!(!is_whole(words(Some(true), None)) && !is_whole(words(None, None)));
    }

    #[test]
    fn what_is_typed_is_read_until_it_is_an_answer() {
        let mut input = io::Cursor::new("maybe\n\n JA \nb\n");
        assert_eq!(typed(&mut input).unwrap(), Typed::Said(true));
        assert_eq!(typed(&mut input).unwrap(), Typed::Back);
        assert_eq!(typed(&mut input).unwrap(), Typed::Quit);
    }
}
