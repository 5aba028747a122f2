//! `grouse check`: is a watchlist right? Every fault at once, with its line and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use tokio::task::JoinSet;

use super::harvest::{client, keys, now, offer_keys};
use super::output::{counted, harmless, posts, text};
use super::watchlists::{self, Found};
use crate::config::{check_watchlist, shipped};
use crate::harvest::{Job, Plan, Tried, host, try_out};
use crate::model::{Role, SourceId, Watchlist};
use crate::sources::Ask;
use crate::state::Health;

/// Check watchlists and report every fault with its line and remedy
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Watchlist files or names [default: all in queries/, or those that came with the program]
    files: Vec<String>,
    /// Ask each source that they name once, over the network: does it answer, and take the credentials?
    #[arg(long)]
    online: bool,
    /// Send nothing: only say which credentials are set
    #[arg(long, conflicts_with = "online")]
    offline: bool,
}

impl Check {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let lists = if self.files.is_empty() {
            all()?
        } else {
            self.files.iter().map(|name| watchlists::find(name)).collect::<Result<_>>()?
        };
        let mut out = String::new();
        let mut faults = 0;
        let mut right = Vec::new();
        for list in lists {
            let checked = check_watchlist(list.id, &list.text);
            match &checked.watchlist {
                Ok(watchlist) => {
                    right.push(watchlist.clone());
                    let languages: Vec<&str> =
                        watchlist.languages.iter().map(|language| language.code()).collect();
                    let _ = writeln!(
                        out,
                        "{}: right: {}, {} ({} own), in {}",
                        list.place,
                        watchlist.name,
                        counted(watchlist.brands.len() as u64, "brand"),
                        watchlist.brands_of(Role::Own).count(),
                        languages.join(", ")
                    );
                }
                Err(found) => {
                    faults += found.len();
                    for fault in found {
                        let _ = writeln!(out, "{}: {fault}", list.place);
                    }
                }
            }
            for warning in &checked.warnings {
                let _ = writeln!(out, "{}: warning: {warning}", list.place);
            }
        }
        text(&out)?;
        faults += if self.online { try_sources(&right)? } else { try_credentials(&right, self.offline)? };
        Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Says which credentials are set, tries those whose hosts we name, and returns how many are not taken. A watchlist may be
/// somebody else's: a host that it names is sent nothing unasked.
fn try_credentials(watchlists: &[Watchlist], is_offline: bool) -> Result<usize> {
    let mut out = String::new();
    let mut ours = Vec::new();
    let mut named = BTreeSet::new();
    for (source, credentials) in credentials(watchlists)? {
        for (name, host) in &credentials.unbound {
            let _ =
                writeln!(out, "{source}: {name} holds no token for {}, which is sent none", harmless(host));
        }
        if credentials.names.is_empty() {
            continue;
        }
        if !credentials.missing.is_empty() {
            let _ = writeln!(
                out,
                "{source}: {}, but not {}",
                set(&credentials.names),
                list(&credentials.missing)
            );
        } else if is_offline || !credentials.is_ours {
            named.extend(credentials.names);
        } else {
            ours.extend(credentials.job);
        }
    }
    if !named.is_empty() {
        let at = if is_offline { "the sources" } else { "the hosts that the watchlist names" };
        let _ = writeln!(out, "{}: to try what is set at {at}, add --online", set(&named));
    }
    let mut failed = 0;
    let mut untried: Option<(Vec<String>, String)> = None;
    let client = (!ours.is_empty()).then(|| client(watchlists));
    if let Some(Err(error)) = &client {
        let sources = ours.drain(..).map(|job| job.stream.source.to_string()).collect();
        untried = Some((sources, error.to_string()));
    }
    if let Some(Ok(client)) = client {
        // Together: where there is no network, each takes as long as a connection may.
        let mut tried = runtime()?.block_on(async {
            let mut tasks = JoinSet::new();
            for job in ours {
                let (name, client) = (job.stream.source.to_string(), client.clone());
                tasks.spawn(async move { (name, try_out(job, client, keys()).await) });
            }
            tasks.join_all().await
        });
        tried.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (name, result) in tried {
            match result {
                Ok(_) => {
                    let _ = writeln!(out, "{name}: takes the credentials");
                }
                Err((health @ (Health::NoCredentials | Health::Blocked | Health::Unreadable), why)) => {
                    failed += 1;
                    let _ = writeln!(out, "{name}: {}: {}", health.as_str(), harmless(&why));
                }
                Err((_, why)) => untried.get_or_insert((Vec::new(), why)).0.push(name),
            }
        }
    }
    if let Some((names, why)) = untried {
        let _ = writeln!(out, "{}: credentials could not be tried: {}", names.join(", "), harmless(&why));
    }
    text(&out)?;
    Ok(failed)
}

/// Credentials of one source, of which some are set.
#[derive(Default)]
struct Credentials {
    /// The variables that are set.
    names: BTreeSet<&'static str>,
    /// Those that are not.
    missing: BTreeSet<&'static str>,
    /// Variables that hold tokens for some hosts, and a host for which they hold none.
    unbound: BTreeSet<(&'static str, String)>,
    /// Each would go to a host that we name, or that its owner named with it.
    is_ours: bool,
    /// A question by which they can be tried.
    job: Option<Job>,
    /// That question can be asked without them.
    is_offered: bool,
}

/// The credentials that are set for the sources of `watchlists`.
fn credentials(watchlists: &[Watchlist]) -> Result<BTreeMap<SourceId, Credentials>> {
    let keys = keys();
    let mut found: BTreeMap<SourceId, Credentials> = BTreeMap::new();
    for watchlist in watchlists {
        for job in Plan::new(watchlist, &[], None)?.jobs {
            let question = Ask { question: &job.question, since: None, mark: None, next: None, now: now() };
            let live = job.source.live(&job.question, None);
            let is_live = live.is_some();
            let request = live.unwrap_or_else(|| job.source.request(&question));
            let about = job.source.about();
            if request.auth.is_bound()
                && let Some(name) = request.auth.variables().next()
                && keys.get(name).is_some()
                && keys.at(name, &request.url).is_none()
            {
                if !request.auth.is_offered() {
                    let unbound = &mut found.entry(job.stream.source.clone()).or_default().unbound;
                    unbound.insert((name, host(&request.url).unwrap_or_default().to_owned()));
                }
                continue;
            }
            let wanted: BTreeSet<&str> =
                about.needs.iter().copied().chain(request.auth.variables()).collect();
            let (set, missing): (BTreeSet<&str>, BTreeSet<&str>) =
                wanted.into_iter().partition(|name| keys.get(name).is_some());
            if set.is_empty() {
                continue;
            }
            let known = found.entry(job.stream.source.clone()).or_default();
            known.names.extend(set);
            known.missing.extend(missing);
            // A stream that is opened without them tells nothing of them.
            let tells = !is_live || request.auth.variables().next().is_some();
            // One that can be asked without may be refused by a token that is for the others.
            let is_better = known.is_offered && !request.auth.is_offered();
            if tells && (known.job.is_none() || is_better) {
                known.is_offered = request.auth.is_offered();
                known.is_ours =
                    request.auth.is_bound() || about.keys_go_to.iter().any(|host| is_at(&request.url, host));
                known.job = Some(job);
            }
        }
    }
    Ok(found)
}

/// That those variables are set.
fn set(names: &BTreeSet<&'static str>) -> String {
    format!("{} {} set", list(names), if names.len() == 1 { "is" } else { "are" })
}

fn list(names: &BTreeSet<&'static str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(" and ")
}

/// Whether an address is one of this host.
fn is_at(address: &str, host: &str) -> bool {
    address
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_prefix(host))
        .is_some_and(|rest| rest.starts_with(['/', '?']) || rest.is_empty())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("could not start")
}

/// Asks each source of the watchlists once, and returns how many do not answer as they should.
fn try_sources(watchlists: &[Watchlist]) -> Result<usize> {
    let (client, runtime) = (client(watchlists)?, runtime()?);
    let mut tried = BTreeSet::new();
    let mut out = String::new();
    let mut failed = 0;
    for watchlist in watchlists {
        let mut plan = Plan::new(watchlist, &[], None)?;
        offer_keys(&mut plan);
        for job in plan.jobs {
            // One question tells: what is wrong with a source is mostly wrong with all of its questions, and a stream is opened
            // otherwise.
            let is_live = job.source.live(&job.question, None).is_some();
            if !tried.insert((job.stream.source.clone(), is_live)) {
                continue;
            }
            let name = job.stream.source.clone();
            let _ = match runtime.block_on(try_out(job, client.clone(), keys())) {
                Ok(Tried::Posts(count)) => writeln!(out, "{name}: answers, with {}", posts(count as u64)),
                Ok(Tried::Taken) => writeln!(
                    out,
                    "{name}: takes the credentials; no post was asked for, since each costs money"
                ),
                Ok(Tried::Opened) => writeln!(out, "{name}: opens its live stream"),
                Err((Health::Ok, why)) => writeln!(out, "{name}: {why}"),
                Err((health, why)) => {
                    failed += 1;
                    writeln!(out, "{name}: {}: {}", health.as_str(), harmless(&why))
                }
            };
        }
    }
    text(&out)?;
    Ok(failed)
}

fn all() -> Result<Vec<Found>> {
    let folder = PathBuf::from("queries");
    if !folder.is_dir() {
        return shipped().iter().map(|(id, _)| watchlists::find(id)).collect();
    }
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .context("could not read the folder queries")?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| watchlists::read(path)).collect()
}
