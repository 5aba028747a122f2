//! `grouse serve`: where do the page and the HTTP API listen, and when do they stop?

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::net::TcpListener;

use super::Data;
use super::correct::bring;
use super::harvest::{Money, now};
use super::harvesting::Harvesting;
use super::output::say;
use super::scheduled::{Scheduled, every};
use crate::api::{self, Api};
use crate::store::Store;

/// Time that what is begun has to end, once told to stop. More than any answer may take would keep a person waiting.
const GRACE: Duration = Duration::from_secs(10);

/// Serve the page and the HTTP API
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: Listen,
    /// Look for problems in the complaints so often, as 1d or 12h, and keep them [default: only by `grouse discover --keep`]
    #[arg(long, value_name = "TIME", value_parser = every)]
    discover_every: Option<Duration>,
    /// Harvest what this watchlist names meanwhile: a file or a name (may be repeated)
    #[arg(long, value_name = "WATCHLIST")]
    harvest: Vec<String>,
    #[command(flatten)]
    money: Money,
    #[command(flatten)]
    pub(super) data: Data,
}

/// Where to listen.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Listen {
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7478", value_parser = address)]
    listen: SocketAddr,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port, as 127.0.0.1:7478".to_owned())
}

impl Serve {
    pub(super) fn run(&self) -> Result<ExitCode> {
        // First, since harvesting makes an index where there is none.
        let harvesting = if self.harvest.is_empty() {
            None
        } else {
            Some(Harvesting::begin(&self.harvest, self.money, &self.data.data)?)
        };
        let store = Store::open(&self.data.data)?;
        // What cannot be read is said now, and not to each who asks.
        store.snapshot()?;
        if let Some(hint) = api::older_analysis(&store)? {
            say(format_args!("grouse: {hint}"));
        }
        let stop = harvesting.as_ref().map(Harvesting::stopper);
        let store = Arc::new(store);
        let _scheduled = self.discover_every.map(|every| Scheduled::new(store.clone(), every));
        let folder = self.data.data.clone();
        let mut api = Api::new(store)
            .with_clock(now)
            .with_corrections(Arc::new(move || bring(&folder, "grouse serve")), now);
        if let Some(inbox) = harvesting.as_ref().and_then(|harvesting| harvesting.inbox.clone()) {
            api = api.with_inbox(inbox, now);
        }
        let served = serve(api, self.listen, move || {
            if let Some(stop) = stop {
                stop();
            }
        });
        let kept = harvesting.map_or(Ok(()), Harvesting::end);
        let code = served?;
        kept?;
        Ok(code)
    }
}

/// Serves `api` until the process is told to stop; told twice, it stops at once.
/// `stopping` is called at the first word.
pub(super) fn serve(api: Api, listen: Listen, stopping: impl FnOnce() + Send + 'static) -> Result<ExitCode> {
    let address = listen.listen;
    if !api::is_local(&address) {
        bail!(
            "could not listen on {address}: other machines could read everything without a key; use 127.0.0.1 behind a proxy of yours"
        );
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start")?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("could not listen on {address}: choose another port with --listen 127.0.0.1:0")
        })?;
        let address = listener.local_addr().context("could not learn the port")?;
        // Before it says that it is there: whoever reads that may tell it to stop at once.
        let signals = Signals::new().context("could not listen for signals")?;
        say(format_args!("Grouse is at http://{address}/ (stop it with Ctrl-C)"));
        super::panics::go_on();
        api::serve(listener, api, told_to_stop(signals, stopping)).await.context("could not go on serving")
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn told_to_stop(mut signals: Signals, stopping: impl FnOnce()) {
    signals.next().await;
    stopping();
    say("finishing what is begun; Ctrl-C again stops at once");
    tokio::spawn(async move {
        // A request that is never sent to its end must not keep the program alive.
        tokio::select! {
            () = signals.next() => std::process::exit(130),
            () = tokio::time::sleep(GRACE) => std::process::exit(0),
        }
    });
}

/// What tells the program to stop, caught from the moment that this is made.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What tells the program to stop.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
