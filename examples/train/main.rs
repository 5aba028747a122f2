//! How were the shipped weights learned, and how good are they?
//!
//! `cargo run --release --example train` reads the corpora (`../shared/corpora`, or `GROUSE_CORPORA`) and our own examples
//! (`index/model/examples/`), learns from four fifths, measures on the fifth that it did not see, and then learns from all and
//! writes `index/model/weights.bin` and `seen.bin`, the same bytes each time. `-- --report` only measures;
//! `-- --folds` measures by five-fold cross-validation inside the four fifths, which is what recipes are chosen by.
#![expect(clippy::print_stdout, reason = "a program that reports")]

mod corpora;
mod measure;
mod mix;

use std::path::Path;

use grouse::analysis::learned::fit::{Learner, Recipe, fit, fit_two};
use grouse::analysis::learned::{Block, HEADS, Weights};

use corpora::{Labeled, load};
use measure::report;
use mix::{complaint_rows, sentiment_rows, severity_rows};

/// What is measured on what part.
fn main() {
    let Some(all) = load() else {
        println!("the corpora are not there: set GROUSE_CORPORA to their folder");
        std::process::exit(1);
    };
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "--folds" {
        let training: Vec<&Labeled> = all.iter().filter(|one| !one.is_held).collect();
        let mut scored = Vec::new();
        for fold in 0..5 {
            let (learn, test): (Vec<&Labeled>, Vec<&Labeled>) =
                training.iter().partition(|one| one.fold != fold);
            scored.extend(scores(&learn, &test));
        }
        report("five folds of the training part", &scored);
        return;
    }
    let (held, training): (Vec<&Labeled>, Vec<&Labeled>) = all.iter().partition(|one| one.is_held);
    let scored = scores(&training, &held);
    report("the part held back", &scored);
    let elsewhere: Vec<&Labeled> =
        all.iter().filter(|one| one.corpus != "air" && !one.is_transport()).collect();
    let market: Vec<&Labeled> = all.iter().filter(|one| one.corpus == "air").collect();
    report("a market not trained on: airlines and telecom", &scores(&elsewhere, &market));
    let tweets = corpora::airline_tweets();
    let refs: Vec<&Labeled> = tweets.iter().collect();
    if !refs.is_empty() {
        report("tweets that are never trained on", &scores(&training, &refs));
    }
    if argument == "--report" {
        return;
    }
    let all: Vec<&Labeled> = all.iter().collect();
    let weights = Weights::of(&heads(&all), SLOPE);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("index/model");
    let write = |name: &str, bytes: Vec<u8>| {
        if let Err(error) = std::fs::write(folder.join(name), bytes) {
            println!("{name} was not written: {error}");
            std::process::exit(1);
        }
    };
    write("weights.bin", weights.write());
    let mut seen: Vec<u32> = all.iter().map(|one| one.seen).collect();
    seen.sort_unstable();
    seen.dedup();
    write("seen.bin", seen.iter().flat_map(|hash| hash.to_le_bytes()).collect());
    println!("written: weights.bin, and seen.bin with the hashes of {} texts", seen.len());
}

/// By what a score is multiplied before the logistic function, so that it is a probability: fitted (Platt 1999) on the
/// scores of texts that were not learned from, in a stream of which half are complaints.
const SLOPE: f64 = 1.1;

fn heads(rows: &[&Labeled]) -> [Learner; HEADS] {
    let complaint = fit_two(&complaint_rows(rows), Recipe::default());
    let sentiment = fit_two(&sentiment_rows(rows), Recipe::default());
    // There are few texts whose severity is known: letters carry it, and the other blocks made it worse on the folds.
    let scale = |block| match block {
        Block::Words | Block::Letters => 1.0,
        Block::Classes => 0.33,
        _ => 0.0,
    };
    let [none, disapproval, accusation, blame] =
        fit(&severity_rows(rows), Recipe { scale, ..Recipe::default() });
    [complaint, sentiment, none, disapproval, accusation, blame]
}

/// What weights learned from `learn` say of each of `test`, through the table of bytes as it is shipped.
fn scores<'a>(learn: &[&Labeled], test: &[&'a Labeled]) -> Vec<(&'a Labeled, [f64; HEADS])> {
    let weights = Weights::of(&heads(learn), SLOPE);
    test.iter().map(|one| (*one, weights.scores(&one.features))).collect()
}
