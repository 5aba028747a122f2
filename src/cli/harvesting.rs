//! How is harvested while the page is served? On threads of its own, until it is told to end.

use std::path::Path;
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use tokio::sync::{mpsc, watch};

use super::correct::heal_all;
use super::harvest::{Money, NO_SOURCE, due, keeping, keys, now, offer_keys, prepared, spent};
use super::output::say;
use crate::harvest::{self, HarvestConfig, Inbox};
use crate::ingest::keep_harvest;
use crate::sources;
use crate::state::State;
use crate::store::{Writer, WriterConfig};

/// Harvesting that goes on.
pub(super) struct Harvesting {
    stop: watch::Sender<bool>,
    /// Where other programs push posts, if a watchlist wants that and there is a key.
    pub(super) inbox: Option<Inbox>,
    keeper: JoinHandle<Result<(), anyhow::Error>>,
}

impl Harvesting {
    /// Begins to harvest what those watchlists name.
    pub(super) fn begin(names: &[String], money: Money, data: &Path) -> Result<Self> {
        let prepared = prepared(names)?;
        let client = prepared.client()?;
        let began = now();
        let mut writer = Writer::open(data, "grouse serve --harvest", began, WriterConfig::default())?;
        let mut state = State::open(data)?;
        let watchlists = prepared.keep(&mut state, began)?;
        heal_all(data, &mut writer)?;
        // An empty index can be looked at, too.
        let market = writer.market()?;
        writer.commit(&market)?;
        let mut plan = prepared.plan(&[], Some(&state))?;
        offer_keys(&mut plan);
        let pushed = prepared
            .watchlists
            .values()
            .find(|watchlist| watchlist.sources.iter().any(|listen| listen.source.as_str() == "webhook"));
        let token = keys().get("GROUSE_WEBHOOK_TOKEN");
        if pushed.is_some() && token.is_none() {
            say("grouse: no posts can be pushed until GROUSE_WEBHOOK_TOKEN is set");
        }
        let pushed = pushed.map(|watchlist| watchlist.id.clone()).zip(token);
        if plan.jobs.is_empty() && pushed.is_none() {
            return Err(anyhow!(NO_SOURCE));
        }
        let config =
            HarvestConfig { is_once: false, max_dollars: money.max_dollars, ..HarvestConfig::default() };
        let spent = spent(&plan, &state, began)?;
        let about_had = plan.about_what_is_had(&state, &due(data))?;
        prepared.ask_only(&mut state, &[&plan.jobs, &about_had])?;
        let jobs = plan.jobs.into_iter().chain(about_had).collect();
        let (to, mut from) = mpsc::channel(config.queue);
        let (stop, stopped) = watch::channel(false);
        let streams = state.streams()?;
        let inbox = pushed.map(|(watchlist, token)| {
            let mut streams = streams.into_iter();
            let pushed = streams.find(|(stream, ..)| {
                stream.watchlist == watchlist && stream.source.as_str() == sources::WEBHOOK.name
            });
            let standing = pushed.map(|(_, _, standing)| standing).unwrap_or_default();
            Inbox::new(&token, watchlist, standing, &to)
        });
        // What is pushed comes as long as nobody says stop, however many sources are asked.
        let open = (to.clone(), stopped.clone());
        let is_stopped = stopped.clone();
        let keeper = std::thread::Builder::new()
            .name("harvest".to_owned())
            .spawn(move || -> Result<()> {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .context("could not start harvesting")?;
                let (held, mut ending) = open;
                runtime.spawn(async move {
                    let _ = ending.wait_for(|stop| *stop).await;
                    drop(held);
                });
                match client {
                    Some(client) => {
                        runtime.spawn(harvest::run(jobs, client, keys(), config, spent, to, stopped));
                    }
                    // Nobody is asked: what is pushed is all that comes.
                    None => drop(to),
                }
                let kept = keep_harvest(
                    &mut from,
                    runtime.handle(),
                    watchlists,
                    writer,
                    &mut state,
                    keeping(),
                    now,
                    || *is_stopped.borrow(),
                    |kept| {
                        if kept.report.new > 0 {
                            tracing::info!(
                                new = kept.report.new,
                                changed = kept.report.changed,
                                "posts were kept"
                            );
                        }
                    },
                );
                runtime.shutdown_background();
                if let Err(error) = &kept {
                    // The page goes on with what is there; whoever runs it must know that nothing new comes.
                    say(format_args!("grouse: harvesting ended: {error}"));
                }
                if let Some(writer) = kept? {
                    writer.close_unless(|| *is_stopped.borrow())?;
                }
                Ok(())
            })
            .context("could not start harvesting")?;
        Ok(Self { stop, inbox, keeper })
    }

    /// What says that asking is to stop.
    pub(super) fn stopper(&self) -> impl FnOnce() + Send + use<> {
        let stop = self.stop.clone();
        move || {
            let _ = stop.send(true);
        }
    }

    /// Stops asking, and waits until all that came is kept.
    pub(super) fn end(self) -> Result<()> {
        let _ = self.stop.send(true);
        self.keeper.join().map_err(|_| anyhow!("harvesting ended by a fault of the program"))?
    }
}
