//! How does a person at a terminal ask? One file for each command.
//!
//! Results go to standard output, all else to standard error. An error is one line that says what to do, and an exit
//! code that is not zero. To add a command: its file, one variant, one line in `run`.
#![expect(clippy::print_stderr, reason = "this is the module that talks to the terminal")]

mod analyze;
mod check;
mod demo;
mod export;
mod filters;
mod hint;
mod import;
mod output;
mod problems;
mod search;
mod serve;
mod trends;
mod watchlists;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Finds what people complain about in public, about your brand and its competitors'.
#[derive(Debug, Parser)]
#[command(
    name = "grouse",
    version,
    max_term_width = 100,
    after_help = "\
First steps:
  grouse demo                                a made-up market to look at
  grouse import posts.csv --watchlist us-airlines
  grouse search 'lost luggage' --brand united
  grouse serve                               the page and the HTTP API"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Check(check::Check),
    Import(import::Import),
    Search(search::Search),
    Trends(trends::Trends),
    Problems(problems::Problems),
    Export(export::Export),
    Analyze(analyze::Analyze),
    Serve(serve::Serve),
}

/// Where index and state live.
#[derive(Debug, Clone, Args)]
struct Data {
    /// Folder of the index
    #[arg(long, value_name = "FOLDER", env = "GROUSE_DATA", default_value = "index/data", global = true)]
    data: PathBuf,
}

/// Runs the program with the arguments of this process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("GROUSE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,tantivy=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match cli.command {
        Command::Demo(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Search(command) => command.run(),
        Command::Trends(command) => command.run(),
        Command::Problems(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Analyze(command) => command.run(),
        Command::Serve(command) => command.run(),
    };
    match result {
        Ok(code) => code,
        // Who reads our output has read enough.
        Err(error) if hint::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("grouse: {}", hint::one_line(&error));
            ExitCode::FAILURE
        }
    }
}
