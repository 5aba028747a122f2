//! How is `index/model/` made? `cargo run --release --example train` reads the corpora in `../shared/corpora` and our own
//! examples, and learns the shipped table from all of it; `cargo run --release --example evaluate` says what the same recipe
//! reaches on what it did not see.
//!
//! No random numbers: the same corpora give the same bytes.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of ours that talks to who runs it, and stops where a corpus is not what it was"
)]
#![allow(dead_code, reason = "the corpora are shared with `evaluate`, which uses other parts of them")]

mod corpora;

use std::fs;
use std::path::PathBuf;

use grouse::analysis::learned::learn;

fn main() {
    let samples = corpora::load(&corpora::folder());
    let bytes = learn(&corpora::lessons(&samples, |_| true));
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/index/model"));
    fs::write(folder.join("weights.bin"), &bytes).unwrap();
    let mut seen: Vec<u32> = samples.iter().flat_map(corpora::Sample::marks).collect();
    seen.sort_unstable();
    seen.dedup();
    let marks: Vec<u8> = seen.iter().flat_map(|mark| mark.to_le_bytes()).collect();
    fs::write(folder.join("seen.bin"), marks).unwrap();
    println!("wrote index/model/weights.bin, taught on {} texts: {} bytes", samples.len(), bytes.len());
}
