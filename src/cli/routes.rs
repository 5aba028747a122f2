//! `grouse routes`: who takes which posts, and what would other rules change?

use std::fmt::Write as _;
use std::process::ExitCode;
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::Data;
use super::correct::heal_all;
use super::output::{harmless, json, number, posts, say, table, text};
use super::reindex::say_waiting;
use super::watchlists;
use crate::ingest::{IngestConfig, Moves, apply_routes, try_routes};
use crate::model::{Condition, Query, Watchlist, WatchlistId};
use crate::state::State;
use crate::store::{Market, Snapshot, Store, Writer, WriterConfig};

/// Show which department takes which posts, or what the rules of another file would change
#[derive(Debug, Args)]
pub(super) struct Routes {
    /// Show what the rules of this watchlist file would change, and change nothing
    #[arg(long = "try", value_name = "FILE", conflicts_with = "apply")]
    trying: Option<String>,
    /// Apply the rules of this watchlist file to all posts that are there, and keep them
    #[arg(long, value_name = "FILE")]
    apply: Option<String>,
    /// The watchlist whose rules they replace, by name [default: the file's name, or the only one]
    #[arg(long, value_name = "WATCHLIST")]
    of: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

impl Routes {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = &self.data.data;
        let store = Store::open(folder)?;
        let snapshot = store.snapshot()?;
        let kept = watchlists::kept(State::open_if_there(folder)?.as_ref())?;
        if let Some(name) = &self.trying {
            let (watchlist, _) = self.meant(name, &kept)?;
            let mut market: Market = snapshot.market().clone();
            market.learn(&watchlist);
            let threads = thread::available_parallelism().map_or(2, usize::from);
            let moves = try_routes(snapshot.records(), &watchlist, &market, threads)?;
            self.report(&moves, "would move", &snapshot)?;
        } else if let Some(name) = &self.apply {
            let (watchlist, file) = self.meant(name, &kept)?;
            // The program's own clock is read here, at the rim.
            #[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
            let now = Timestamp::now();
            let config = WriterConfig::default();
            let mut writer = Writer::open_in_turn(folder, "grouse routes", now, config, say_waiting)?;
            // Kept first: killed after this, `grouse routes --apply` or a reindex does the rest.
            State::open(folder)?.keep_watchlist(&watchlist.id, &file, now)?;
            heal_all(folder, &mut writer)?;
            let moves = apply_routes(&mut writer, &watchlist, IngestConfig::default(), |_| {})?;
            writer.close()?;
            store.reload()?;
            self.report(&moves, "moved", &*store.snapshot()?)?;
        } else {
            self.list(&kept, &snapshot)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The watchlist of a file, under the name of the one that it would replace, and its text.
    fn meant(&self, file: &str, kept: &[Watchlist]) -> Result<(Watchlist, String)> {
        let (mut watchlist, text) = watchlists::load_with_text(file)?;
        let names: Vec<&str> = kept.iter().map(|kept| kept.id.as_str()).collect();
        let name = match (&self.of, names.as_slice()) {
            (_, []) => {
                bail!("no posts were imported with a watchlist: use `grouse reindex --watchlist {file}`")
            }
            (Some(of), names) if names.contains(&of.as_str()) => of.clone(),
            (None, names) if names.contains(&watchlist.id.as_str()) => watchlist.id.to_string(),
            (None, [only]) => {
                say(format_args!(
                    "grouse: the rules are read in place of those of `{only}`, the only watchlist of this index"
                ));
                (*only).to_owned()
            }
            (_, names) => bail!("say with --of whose rules they replace: {}", names.join(", ")),
        };
        watchlist.id = WatchlistId::new(name)?;
        Ok((watchlist, text))
    }

    fn list(&self, kept: &[Watchlist], snapshot: &Snapshot) -> Result<()> {
        let zone = snapshot.time_zone();
        let count = |department: Option<String>| -> Result<u64> {
            Ok(snapshot.count(&Query::Where(Condition::Route(department)), &zone)?)
        };
        let mut rules = Vec::new();
        for watchlist in kept {
            for route in &watchlist.routes {
                rules.push(RuleAnswer {
                    watchlist: watchlist.id.to_string(),
                    department: route.department.clone(),
                    when: route.when.to_string(),
                });
            }
        }
        let mut departments: Vec<String> = rules.iter().map(|rule| rule.department.clone()).collect();
        departments.extend(snapshot.routes().iter().cloned());
        let mut held: Vec<DepartmentAnswer> = Vec::new();
        for name in departments {
            if !held.iter().any(|other| other.department == name) {
                held.push(DepartmentAnswer { posts: count(Some(name.clone()))?, department: name });
            }
        }
        let answer = ListAnswer { rules, departments: held, unrouted: snapshot.len() - count(None)? };
        if self.json {
            return json(&answer);
        }
        let rules: Vec<Vec<String>> = answer
            .rules
            .iter()
            .map(|rule| vec![harmless(&rule.department), harmless(&rule.when), rule.watchlist.clone()])
            .collect();
        let held: Vec<Vec<String>> = answer
            .departments
            .iter()
            .map(|held| vec![harmless(&held.department), number(held.posts)])
            .chain([vec!["(no rule takes them)".to_owned(), number(answer.unrouted)]])
            .collect();
        let rules = if rules.is_empty() {
            "no watchlist of this index has rules: add [[route]] to it and try it with `grouse routes --try FILE`\n"
                .to_owned()
        } else {
            table(&["department", "takes the first time that a post answers", "watchlist"], &rules)
        };
        text(&format!("{rules}\n{}", table(&["department", "posts"], &held)))
    }

    fn report(&self, moves: &Moves, verb: &'static str, snapshot: &Snapshot) -> Result<()> {
        let mut changes = Vec::new();
        for ((now, then), (count, examples)) in &moves.moves {
            let mut shown = Vec::new();
            for id in examples {
                let text = snapshot.post(id)?.map(|record| record.post.text).unwrap_or_default();
                shown.push(ExampleAnswer { id: id.to_string(), text });
            }
            changes.push(MoveAnswer { from: now.clone(), to: then.clone(), posts: *count, examples: shown });
        }
        changes.sort_by_key(|change| std::cmp::Reverse(change.posts));
        let departments = moves.departments.iter().map(|(name, (now, then))| ChangeAnswer {
            department: name.clone(),
            now: *now,
            then: *then,
        });
        let unrouted = moves.departments.get(&None).map_or(0, |(_, then)| *then);
        let answer = MovesAnswer {
            posts: moves.posts,
            moved: moves.moved(),
            departments: departments.collect(),
            unrouted,
            moves: changes,
        };
        if self.json {
            return json(&answer);
        }
        let name = |name: &Option<String>| name.as_deref().map_or_else(|| "(none)".to_owned(), harmless);
        let rows: Vec<Vec<String>> = answer
            .departments
            .iter()
            .map(|change| vec![name(&change.department), number(change.now), number(change.then)])
            .collect();
        let mut out = table(&["department", "now", "then"], &rows);
        let _ = writeln!(out, "\n{} of {} {verb}", number(answer.moved), posts(answer.posts));
        for change in &answer.moves {
            let _ = writeln!(out, "\n{} → {}: {}", name(&change.from), name(&change.to), posts(change.posts));
            for example in &change.examples {
                let words: String = harmless(&example.text).chars().take(100).collect();
                let _ = writeln!(out, "  {}: {words}", harmless(&example.id));
            }
        }
        text(&out)
    }
}

#[derive(Serialize)]
struct ListAnswer {
    /// In the order in which they are asked.
    rules: Vec<RuleAnswer>,
    departments: Vec<DepartmentAnswer>,
    /// Posts that no rule takes.
    unrouted: u64,
}

#[derive(Serialize)]
struct RuleAnswer {
    watchlist: String,
    department: String,
    when: String,
}

#[derive(Serialize)]
struct DepartmentAnswer {
    department: String,
    posts: u64,
}

#[derive(Serialize)]
struct MovesAnswer {
    /// Posts that were looked at.
    posts: u64,
    /// Posts that change their department.
    moved: u64,
    departments: Vec<ChangeAnswer>,
    /// Posts that no rule takes then.
    unrouted: u64,
    /// The most posts first.
    moves: Vec<MoveAnswer>,
}

#[derive(Serialize)]
struct ChangeAnswer {
    department: Option<String>,
    now: u64,
    then: u64,
}

#[derive(Serialize)]
struct MoveAnswer {
    from: Option<String>,
    to: Option<String>,
    posts: u64,
    examples: Vec<ExampleAnswer>,
}

#[derive(Serialize)]
struct ExampleAnswer {
    id: String,
    text: String,
}
