//! How does a person at a terminal ask? One file for each command.
//!
//! Results go to standard output, all else to standard error. An error is one line that says what to do, and an exit
//! code that is not zero. To add a command: its file, one variant, one line in `run`.

mod analyze;
mod check;
mod compare;
mod correct;
mod decisions;
mod demo;
mod discover;
mod emerging;
mod eval;
mod export;
mod filters;
mod harvest;
mod harvesting;
mod hint;
mod import;
mod labelled;
mod noise;
mod output;
mod panics;
mod problems;
mod prospects;
mod reindex;
mod responses;
mod routes;
mod scheduled;
mod search;
mod series;
mod serve;
mod sources;
mod spikes;
mod terms;
mod train;
mod trends;
mod watchlists;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

pub use self::analyze::analyze;
use self::output::say;

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
  grouse harvest --watchlist us-airlines     what people say out there, now
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
    Harvest(harvest::Harvest),
    Sources(sources::Sources),
    Search(search::Search),
    Trends(trends::Trends),
    Problems(Box<problems::Problems>),
    Emerging(emerging::Emerging),
    Compare(compare::Compare),
    Spikes(spikes::Spikes),
    Responses(responses::Responses),
    Prospects(prospects::Prospects),
    Discover(discover::Discover),
    Export(export::Export),
    Analyze(analyze::Analyze),
    Serve(serve::Serve),
    Correct(correct::Correct),
    Routes(routes::Routes),
    Reindex(reindex::Reindex),
    Eval(eval::Eval),
    Train(train::Train),
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
    let cli = match Cli::try_parse_from(with_values(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return answered(&error),
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("GROUSE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,tantivy=error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = panics::caught(cli.command.folder(), || match &cli.command {
        Command::Demo(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Harvest(command) => command.run(),
        Command::Sources(command) => command.run(),
        Command::Search(command) => command.run(),
        Command::Trends(command) => command.run(),
        Command::Problems(command) => command.run(),
        Command::Emerging(command) => command.run(),
        Command::Compare(command) => command.run(),
        Command::Spikes(command) => command.run(),
        Command::Responses(command) => command.run(),
        Command::Prospects(command) => command.run(),
        Command::Discover(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Analyze(command) => command.run(),
        Command::Serve(command) => command.run(),
        Command::Correct(command) => command.run(),
        Command::Routes(command) => command.run(),
        Command::Reindex(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Train(command) => command.run(),
    });
    match result {
        Ok(code) => code,
        // Who reads our output has read enough.
        Err(error) if hint::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("grouse: {}", hint::one_line(&error)));
            for line in hint::pointer(&error).iter().flat_map(|pointer| pointer.lines()) {
                say(format_args!("  {line}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// Shows what was asked for instead of a command, as its help, or says what is wrong with what was typed.
fn answered(error: &clap::Error) -> ExitCode {
    let is_help = !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help {
        // Who closed the terminal does not want to know.
        let _ = error.print();
    } else {
        let typed = std::env::args().nth(1);
        let command = typed.as_deref().filter(|name| Cli::command().find_subcommand(name).is_some());
        say(format_args!("grouse: {}", hint::usage(error, command)));
    }
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

impl Command {
    /// The data folder that the command is about.
    fn folder(&self) -> Option<PathBuf> {
        let data = match self {
            Self::Demo(command) => return Some(command.folder()),
            Self::Import(command) => &command.data,
            Self::Harvest(command) => &command.data,
            Self::Sources(command) => &command.data,
            Self::Search(command) => &command.data,
            Self::Trends(command) => &command.data,
            Self::Problems(command) => &command.data,
            Self::Emerging(command) => &command.data,
            Self::Compare(command) => &command.data,
            Self::Spikes(command) => &command.data,
            Self::Responses(command) => &command.data,
            Self::Prospects(command) => &command.data,
            Self::Discover(command) => &command.data,
            Self::Export(command) => &command.data,
            Self::Serve(command) => &command.data,
            Self::Correct(command) => &command.data,
            Self::Routes(command) => &command.data,
            Self::Reindex(command) => &command.data,
            Self::Eval(command) => &command.data,
            Self::Train(command) => &command.data,
            Self::Check(_) | Self::Analyze(_) => return None,
        };
        Some(data.data.clone())
    }
}

/// Joins `--complaint yes` to `--complaint=yes`: the value may be left out, and `yes` would be a word to look for.
fn with_values(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_value = argument == "yes" || argument == "no";
        match joined.last_mut().filter(|last| is_value && *last == "--complaint") {
            Some(last) => {
                last.push("=");
                last.push(argument);
            }
            None => joined.push(argument),
        }
    }
    joined
}

/// Reads a day. The library's own words for what is wrong speak of its grammar.
fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.parse().map_err(|_| "give a day, as 2026-03-01".to_owned())
}

/// Reads how many are wanted.
fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number, as 20".to_owned())
}
