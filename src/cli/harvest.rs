//! `grouse harvest`: what do people say out there, now? Asks the sources that a watchlist names, once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::Data;
use super::correct::heal_all;
use super::output::{harmless, json, number, posts, say, text};
use super::reindex::say_if_mixed;
use super::serve::Signals;
use super::watchlists;
use crate::config::is_contact;
use crate::harvest::{self, Delivery, Due, DueAsk, DuePost, HarvestConfig, Job, Keys, Names, Plan};
use crate::ingest::{Keeping, Kept, Report, keep_harvest, naming};
use crate::model::{Post, SourceId, Watchlist, WatchlistId};
use crate::net::{Client, NetConfig, Proxies};
use crate::sources::{self, Ask};
use crate::state::{Health, State};
use crate::store::{Store, StoreError, Writer, WriterConfig, has_index};

/// The clock of the program.
#[expect(clippy::disallowed_methods, reason = "this is the rim where the clock is read")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// Ask the sources that a watchlist names, once
#[derive(Debug, Args)]
pub(super) struct Harvest {
    #[command(flatten)]
    wanted: Wanted,
    /// Go back to this day, whatever is had already
    #[arg(long, value_name = "DATE", value_parser = super::day)]
    since: Option<Date>,
    /// Show what would be asked, and ask nothing
    #[arg(long)]
    dry_run: bool,
    /// Report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) data: Data,
}

/// What to harvest.
#[derive(Debug, Clone, Args)]
struct Wanted {
    /// Watchlist that says whom to ask for what: a file or a name (may be repeated)
    #[arg(long, short, value_name = "WATCHLIST", required = true)]
    watchlist: Vec<String>,
    /// Only this source, as hackernews (may be repeated)
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    source: Vec<SourceId>,
    #[command(flatten)]
    money: Money,
}

/// What sources that cost money may cost.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Money {
    /// Most US dollars that one source may cost in a month; without it, none that costs money is asked
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.0, value_parser = dollars, allow_negative_numbers = true)]
    pub(super) max_dollars: f64,
}

fn dollars(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| "give an amount, as 5 or 12.50".to_owned())
}

fn source(text: &str) -> Result<SourceId, String> {
    let known = sources::ALL.iter().map(|source| source.about().name);
    match SourceId::from_name(text).filter(|id| sources::by_name(id.as_str()).is_some()) {
        Some(id) => Ok(id),
        None => Err(format!("use one of {}", known.collect::<Vec<_>>().join(", "))),
    }
}

/// That there is nobody to ask.
pub(super) const NO_SOURCE: &str = "the watchlist names no source that can be asked: add [[source]] with name = \"hackernews\", or see `grouse sources`";

/// Watchlists, what they want to be asked, and by whom.
pub(super) struct Prepared {
    pub(super) watchlists: BTreeMap<WatchlistId, Watchlist>,
    texts: Vec<(WatchlistId, String)>,
    /// What says whether a post names a brand of them, as they are now.
    names: Arc<RwLock<Names>>,
}

/// Reads the watchlists of those names.
pub(super) fn prepared(names: &[String]) -> Result<Prepared> {
    let (mut watchlists, mut texts) = (BTreeMap::new(), Vec::new());
    for name in names {
        let (watchlist, text) = watchlists::load_with_text(name)?;
        texts.push((watchlist.id.clone(), text));
        watchlists.insert(watchlist.id.clone(), watchlist);
    }
    let names = Arc::new(RwLock::new(naming(&watchlists)));
    Ok(Prepared { watchlists, texts, names })
}

fn by_id(texts: Vec<(WatchlistId, String)>) -> Result<BTreeMap<WatchlistId, Watchlist>> {
    let lists = watchlists::of_texts(texts)?;
    Ok(lists.into_iter().map(|watchlist| (watchlist.id.clone(), watchlist)).collect())
}

impl Prepared {
    /// Keeps the watchlists beside the index, whose posts are judged by them. Returns what says, each time that they are others,
    /// which are kept there: those of older posts as well, since what people say of these is brought in meanwhile.
    pub(super) fn keep(
        &self,
        state: &mut State,
        now: Timestamp,
    ) -> Result<impl FnMut(&State) -> Option<BTreeMap<WatchlistId, Watchlist>> + Send + use<>> {
        for (id, text) in &self.texts {
            state.keep_watchlist(id, text, now)?;
        }
        let mut known = state.watchlists()?;
        // What cannot be read is said now.
        let mut first = Some(by_id(known.clone())?);
        let asked: BTreeMap<WatchlistId, String> = self.texts.iter().cloned().collect();
        let names = self.names.clone();
        Ok(move |state: &State| {
            if first.is_some() {
                return first.take();
            }
            // Another process may hold it, or another version have kept what this one cannot read: a later look tells.
            let texts = state.watchlists().ok().filter(|texts| *texts != known)?;
            let others = by_id(texts.clone()).ok()?;
            for (id, text) in texts.iter().filter(|list| !known.contains(list)) {
                if asked.get(id).is_some_and(|asked| asked != text) {
                    say(format_args!(
                        "grouse: the watchlist {id} was changed: posts that come are judged by it from now on, and sources asked by it once this is started again"
                    ));
                }
            }
            *names.write().unwrap_or_else(PoisonError::into_inner) = naming(&others);
            known = texts;
            Some(others)
        })
    }

    /// The client by which the sites that they name are asked; none if they name none.
    pub(super) fn client(&self) -> Result<Option<Client>> {
        let mut named = self.watchlists.values().flat_map(|watchlist| &watchlist.sources);
        let asks = named.any(|listen| listen.source.as_str() != sources::WEBHOOK.name);
        asks.then(|| client(self.watchlists.values())).transpose()
    }

    /// Says that what `jobs` ask is all that these watchlists ask from now on.
    pub(super) fn ask_only(&self, state: &mut State, jobs: &[&[Job]]) -> Result<()> {
        let watchlists: Vec<&WatchlistId> = self.watchlists.keys().collect();
        let streams: Vec<_> = jobs.iter().flat_map(|jobs| jobs.iter()).map(|job| &job.stream).collect();
        Ok(state.ask_only(&watchlists, &streams)?)
    }

    pub(super) fn plan(&self, only: &[SourceId], state: Option<&State>) -> Result<Plan> {
        let mut all = Plan::default();
        for watchlist in self.watchlists.values() {
            let plan = Plan::new(watchlist, only, state)?;
            all.jobs.extend(plan.jobs);
            all.skipped.extend(plan.skipped);
        }
        let names = self.names.clone();
        all.tell_names(
            &(Arc::new(move |id: &WatchlistId, post: &Post| {
                names.read().unwrap_or_else(PoisonError::into_inner)(id, post)
            }) as Names),
        );
        Ok(all)
    }
}

/// Takes out what wants keys that are not set, of sources whose live stream wants none: it is an offer, and no fault.
pub(super) fn offer_keys(plan: &mut Plan) {
    let keys = keys();
    let has_live = |job: &Job| {
        plan.jobs.iter().any(|live| {
            live.source.about() == job.source.about() && live.source.live(&live.question, None).is_some()
        })
    };
    let is_offer = |job: &&Job| {
        let is_live = job.source.live(&job.question, None).is_some();
        !is_live && !keys.missing(job.source.about()).is_empty() && has_live(job)
    };
    let offers: Vec<_> = plan.jobs.iter().filter(is_offer).map(|job| job.stream.clone()).collect();
    let sources: BTreeSet<&str> = offers.iter().map(|stream| stream.source.as_str()).collect();
    for about in sources::ALL.iter().map(|source| source.about()) {
        if sources.contains(about.name) {
            say(format_args!(
                "{}: its live stream is read; set {} to search for what was before, too",
                about.name,
                keys.missing(about).join(" and ")
            ));
        }
    }
    plan.jobs.retain(|job| !offers.contains(&job.stream));
}

/// That variable of the environment, if it says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whom sites may write to: as the environment says, or else the watchlists.
fn contact<'a>(watchlists: impl IntoIterator<Item = &'a Watchlist>) -> Result<String> {
    if let Some(contact) = variable("GROUSE_CONTACT") {
        if !is_contact(&contact) {
            bail!(
                "GROUSE_CONTACT is neither a mail address nor a page: set it as webcare@acme.com or https://acme.com/listening"
            );
        }
        return Ok(contact);
    }
    let contacts: BTreeSet<&str> =
        watchlists.into_iter().filter_map(|watchlist| watchlist.contact.as_deref()).collect();
    if contacts.is_empty() {
        bail!(
            "no site is asked that cannot be told whom to write to: set GROUSE_CONTACT=you@acme.com, or put contact = \"you@acme.com\" on top of the watchlist; a page does as well"
        );
    }
    Ok(contacts.into_iter().collect::<Vec<_>>().join(", "))
}

/// The client by which sites are asked.
///
/// # Errors
///
/// Nobody is named to whom they may write, or the environment names a proxy that is none.
pub(super) fn client<'a>(watchlists: impl IntoIterator<Item = &'a Watchlist>) -> Result<Client> {
    let test_server = variable("GROUSE_TEST_SERVER")
        .map(|server| {
            server.parse().context("GROUSE_TEST_SERVER is an address and a port, as 127.0.0.1:9000")
        })
        .transpose()?;
    let mut config =
        NetConfig { proxies: Proxies::of(variable)?, test_server, ..NetConfig::new(contact(watchlists)?) };
    if test_server.is_some() {
        // The server that plays all sites needs no rest; how much others are given is tested elsewhere.
        config.back_off = Duration::from_millis(20);
        config.pace = Duration::ZERO;
        config.whole = Duration::from_secs(2);
    }
    Ok(Client::new(config, now, chance())?)
}

/// How what comes is kept. While a server plays all sites, often: a test of what a crash costs needs many commits.
pub(super) fn keeping() -> Keeping {
    if std::env::var_os("GROUSE_TEST_SERVER").is_some() {
        Keeping { posts: 200, after: Duration::from_millis(100), ..Keeping::default() }
    } else {
        Keeping::default()
    }
}

/// Numbers from 0 to 1, in an order of their own for each process.
fn chance() -> impl Fn() -> f64 + Send + Sync {
    let seed = u64::try_from(now().as_nanosecond().unsigned_abs() & u128::from(u64::MAX)).unwrap_or(1);
    let state = AtomicU64::new(seed ^ (u64::from(std::process::id()) << 32));
    move || {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        let mut z = state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Secrets, from the environment only.
pub(super) fn keys() -> Keys {
    Keys::new(|name| std::env::var(name).ok())
}

/// What says which posts of the index in `data` are to be asked for again.
pub(super) fn due(data: &Path) -> Due {
    let data = data.to_owned();
    let open = OnceLock::new();
    Arc::new(move |ask| {
        // Before the first post there is no index, and nothing is due.
        if !has_index(&data) {
            return Ok(Vec::new());
        }
        let store = if let Some(store) = open.get() {
            store
        } else {
            let store = Store::open(&data).map_err(|error| error.to_string())?;
            open.get_or_init(|| store)
        };
        due_in(store, ask).map_err(|error| error.to_string())
    })
}

fn due_in(store: &Store, ask: &DueAsk) -> Result<Vec<DuePost>, StoreError> {
    // What was committed a moment ago is asked for, too, and what was deleted is not asked for twice.
    store.reload()?;
    let snapshot = store.snapshot()?;
    let (mut due, mut after) = (Vec::new(), ask.after);
    loop {
        let found = snapshot.dated(ask.source.as_str(), after, ask.until.as_second(), ask.most)?;
        let Some((last, _, _)) = found.last() else { return Ok(due) };
        after = *last;
        for (place, record, kept) in found {
            if record.watchlist.as_ref() == Some(&ask.watchlist) && due.len() < ask.most {
                let kept = Timestamp::from_millisecond(kept).unwrap_or(Timestamp::UNIX_EPOCH);
                due.push(DuePost { post: record.post, place, kept });
            }
        }
        if due.len() >= ask.most {
            return Ok(due);
        }
    }
}

/// US dollars that each source of a plan cost this month.
pub(super) fn spent(plan: &Plan, state: &State, now: Timestamp) -> Result<BTreeMap<SourceId, f64>> {
    let mut spent = BTreeMap::new();
    for job in plan.jobs.iter().filter(|job| job.source.about().dollars_per_post > 0.0) {
        let source = &job.stream.source;
        spent.insert(source.clone(), state.spent(source, now)?);
    }
    Ok(spent)
}

impl Harvest {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let began = now();
        if let Some(day) = self.since.filter(|day| *day > began.to_zoned(TimeZone::UTC).date()) {
            // A walk that ends there would end at once, and leave out what lies between.
            bail!("{day} is yet to come: --since goes back to a day");
        }
        let prepared = prepared(&self.wanted.watchlist)?;
        if self.dry_run {
            let state = State::open_if_there(&self.data.data)?;
            if let Err(error) = prepared.client() {
                say(format_args!("grouse: {error}"));
            }
            return self.show(&prepared.plan(&self.wanted.source, state.as_ref())?);
        }
        let Some(client) = prepared.client()? else { bail!(NO_SOURCE) };
        let mut writer = Writer::open(&self.data.data, "grouse harvest", began, WriterConfig::default())?;
        let mut state = State::open(&self.data.data)?;
        let kept = prepared.keep(&mut state, began)?;
        heal_all(&self.data.data, &mut writer)?;
        let mut plan = prepared.plan(&self.wanted.source, Some(&state))?;
        offer_keys(&mut plan);
        if plan.jobs.is_empty() {
            bail!(NO_SOURCE);
        }
        let config = HarvestConfig {
            back_to: self.back_to()?,
            max_dollars: self.wanted.money.max_dollars,
            ..HarvestConfig::default()
        };
        let spent = spent(&plan, &state, began)?;
        let about_had = plan.about_what_is_had(&state, &due(&self.data.data))?;
        if self.wanted.source.is_empty() {
            prepared.ask_only(&mut state, &[&plan.jobs, &about_had])?;
        }
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start")?;
        let (to, mut from) = mpsc::channel(config.queue);
        let (stop, stopped) = watch::channel(false);
        let is_stopped = stopped.clone();
        let mut progress = Progress::new(&plan, config.first_days, self.since.is_some());
        runtime.block_on(async {
            let mut signals = Signals::new().context("could not listen for signals")?;
            tokio::spawn(async move {
                signals.next().await;
                say("keeping what came; Ctrl-C again stops at once");
                let _ = stop.send(true);
                signals.next().await;
                std::process::exit(130);
            });
            anyhow::Ok(())
        })?;
        super::panics::go_on();
        let jobs = plan.jobs.iter().cloned().chain(about_had).collect();
        runtime.spawn(harvest::run(jobs, client, keys(), config, spent, to, stopped));
        let is_over = || *is_stopped.borrow();
        let kept = keep_harvest(
            &mut from,
            runtime.handle(),
            kept,
            writer,
            &mut state,
            keeping(),
            now,
            is_over,
            |kept| progress.note(kept),
        );
        let closed = kept.map_err(anyhow::Error::from).and_then(|writer| {
            let Some(mut writer) = writer else { return Ok(()) };
            heal_all(&self.data.data, &mut writer)?;
            say_if_mixed(&writer)?;
            writer.close_unless(is_over)?;
            Ok(())
        });
        // A name that is being looked up cannot be given up, and nobody waits for it.
        runtime.shutdown_background();
        closed?;
        let outcome = progress.end(*is_stopped.borrow());
        if self.json {
            json(&outcome)?;
        } else {
            text(&outcome.to_string())?;
        }
        let is_failure = outcome.sources.iter().all(|source| source.answered == 0);
        Ok(if is_failure { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// The moment to which it is to go back.
    fn back_to(&self) -> Result<Option<Timestamp>> {
        Ok(self.since.map(|day| day.to_zoned(TimeZone::UTC)).transpose()?.map(|zoned| zoned.timestamp()))
    }

    /// Shows what would be asked.
    fn show(&self, plan: &Plan) -> Result<ExitCode> {
        #[derive(Serialize)]
        struct Asked<'a> {
            watchlist: &'a str,
            source: &'a str,
            place: &'a str,
            query: &'a str,
            /// The first address that would be asked, without secrets.
            address: String,
            /// Environment variables that must be set and are not.
            missing: Vec<&'static str>,
        }
        #[derive(Serialize)]
        struct Left<'a> {
            source: &'a str,
            what: &'a str,
            why: &'a str,
        }
        #[derive(Serialize)]
        struct Shown<'a> {
            questions: Vec<Asked<'a>>,
            left_out: Vec<Left<'a>>,
        }
        let keys = keys();
        let now = now();
        let back_to = self.back_to()?;
        let first = now - jiff::SignedDuration::from_hours(24 * HarvestConfig::default().first_days);
        let asked = plan.jobs.iter().map(|job| {
            let progress = if back_to.is_some() { &crate::state::Progress::default() } else { &job.progress };
            let ask = Ask {
                question: &job.question,
                since: Some(back_to.unwrap_or(first)),
                mark: progress.mark.as_deref(),
                next: progress.next.as_deref(),
                now,
            };
            let live = job.source.live(&job.question, job.progress.mark.as_deref());
            Asked {
                watchlist: job.stream.watchlist.as_str(),
                source: job.stream.source.as_str(),
                place: &job.stream.place,
                query: &job.stream.query,
                missing: if live.is_some() { Vec::new() } else { keys.missing(job.source.about()) },
                address: live.unwrap_or_else(|| job.source.request(&ask)).url,
            }
        });
        let left_out = plan.skipped.iter().map(|(source, skipped)| Left {
            source,
            what: &skipped.what,
            why: &skipped.why,
        });
        let shown = Shown { questions: asked.collect(), left_out: left_out.collect() };
        if self.json {
            json(&shown)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut out = String::new();
        let mut last = None;
        for asked in &shown.questions {
            if last != Some((asked.source, &asked.missing)) {
                let missing = if asked.missing.is_empty() {
                    String::new()
                } else {
                    format!(
                        " (not asked until {} {} set)",
                        asked.missing.join(" and "),
                        if asked.missing.len() == 1 { "is" } else { "are" }
                    )
                };
                let _ = writeln!(out, "{}{missing}", asked.source);
                last = Some((asked.source, &asked.missing));
            }
            let place = if asked.place.is_empty() { String::new() } else { format!("at {}: ", asked.place) };
            let query = if asked.query.is_empty() { "all there is" } else { asked.query };
            let _ = writeln!(out, "  {}", harmless(&format!("{place}{query}")));
            let _ = writeln!(out, "    {}", harmless(&asked.address));
        }
        for left in &shown.left_out {
            let _ = writeln!(out, "{}: not asked for {}: {}", left.source, harmless(left.what), left.why);
        }
        if shown.questions.is_empty() && shown.left_out.is_empty() {
            out.push_str(
                "nothing would be asked: no source that can be asked is named; see `grouse sources`\n",
            );
        }
        text(&out)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What is seen while harvesting, and what it came to.
struct Progress {
    bar: ProgressBar,
    began: Instant,
    first_days: i64,
    /// Somebody wants to know how far back it is, and looks at a log.
    in_lines: bool,
    /// The share of the way back that the last line told.
    told: f64,
    streams: BTreeMap<crate::state::Stream, StreamOutcome>,
    report: Report,
    deleted: u64,
    passed_by: u64,
}

#[derive(Default)]
struct StreamOutcome {
    posts: u64,
    rejects: u64,
    rejects_before: u64,
    pages: u64,
    share: Option<f64>,
    health: Health,
    why: Option<String>,
    answered: bool,
}

/// What harvesting came to.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    sources: Vec<SourceOutcome>,
    new: u64,
    changed: u64,
    unchanged: u64,
    /// Posts that two questions brought.
    repeated: u64,
    /// Posts that were taken out, because their sources took them out.
    deleted: u64,
    /// Posts of streams of all the world's posts that name no brand, and were not kept.
    passed_by: u64,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct SourceOutcome {
    source: String,
    questions: u64,
    /// Questions that were answered.
    answered: u64,
    pages: u64,
    posts: u64,
    /// Items that could not be read.
    rejected: u64,
    /// How the illest of its questions is, or that it was stopped before all had an answer.
    health: &'static str,
    why: Option<String>,
}

impl Progress {
    fn new(plan: &Plan, first_days: i64, goes_back: bool) -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        let streams = plan.jobs.iter().map(|job| {
            let outcome = StreamOutcome { rejects_before: job.standing.rejects, ..StreamOutcome::default() };
            (job.stream.clone(), outcome)
        });
        Self {
            in_lines: goes_back && bar.is_hidden(),
            told: 0.0,
            bar,
            began: Instant::now(),
            first_days,
            streams: streams.collect(),
            report: Report::default(),
            deleted: 0,
            passed_by: 0,
        }
    }

    fn note(&mut self, kept: &Kept<'_>) {
        self.report.new += kept.report.new;
        self.report.changed += kept.report.changed;
        self.report.unchanged += kept.report.unchanged;
        self.report.repeated += kept.report.repeated;
        self.deleted += kept.deleted;
        self.passed_by += kept.passed_by;
        for delivery in kept.deliveries {
            self.note_one(delivery);
        }
        let shares: Vec<f64> = self.streams.values().filter_map(|stream| stream.share).collect();
        let share = (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
        let message = way_back(self.report.new + self.report.changed, share, self.began.elapsed());
        if self.in_lines && share.is_some_and(|share| share >= self.told + A_LINE) {
            self.told = share.unwrap_or_default();
            say(&message);
        }
        self.bar.set_message(message);
        self.bar.tick();
    }

    fn note_one(&mut self, delivery: &Delivery) {
        let Some(stream) = self.streams.get_mut(&delivery.step.stream) else { return };
        let standing = &delivery.step.standing;
        stream.pages += 1;
        stream.posts += delivery.posts.len() as u64;
        stream.rejects = standing.rejects.saturating_sub(stream.rejects_before);
        stream.health = standing.health;
        stream.why.clone_from(&standing.why);
        stream.answered |= standing.health == Health::Ok;
        let is_ended = delivery.step.progress.began.is_none();
        stream.share = if is_ended { stream.share.map(|_| 1.0) } else { delivery.share(self.first_days) };
    }

    fn end(self, is_stopped: bool) -> Outcome {
        self.bar.finish_and_clear();
        let mut sources: BTreeMap<String, SourceOutcome> = BTreeMap::new();
        let mut worst: BTreeMap<String, Health> = BTreeMap::new();
        for (stream, outcome) in self.streams {
            let name = stream.source.to_string();
            let source = sources.entry(name.clone()).or_insert_with(|| SourceOutcome {
                source: name.clone(),
                questions: 0,
                answered: 0,
                pages: 0,
                posts: 0,
                rejected: 0,
                health: Health::Ok.as_str(),
                why: None,
            });
            source.questions += 1;
            source.answered += u64::from(outcome.answered);
            source.pages += outcome.pages;
            source.posts += outcome.posts;
            source.rejected += outcome.rejects;
            let worst = worst.entry(name).or_default();
            if outcome.health > *worst {
                *worst = outcome.health;
                source.health = outcome.health.as_str();
                source.why = outcome.why;
            } else if is_stopped && outcome.pages == 0 && *worst == Health::Ok {
                source.health = "stopped";
            }
        }
        Outcome {
            sources: sources.into_values().collect(),
            new: self.report.new,
            changed: self.report.changed,
            unchanged: self.report.unchanged,
            repeated: self.report.repeated,
            deleted: self.deleted,
            passed_by: self.passed_by,
            seconds: self.began.elapsed().as_secs_f64(),
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for source in &self.sources {
            let of = if source.answered == source.questions {
                String::new()
            } else {
                format!(", {} of {} questions answered", source.answered, source.questions)
            };
            let rejected = if source.rejected == 0 {
                String::new()
            } else {
                format!(", {} could not be read", number(source.rejected))
            };
            let why = source.why.as_ref().map_or_else(String::new, |why| format!(": {}", harmless(why)));
            writeln!(f, "{}: {}{rejected}{of}, {}{why}", source.source, posts(source.posts), source.health)?;
        }
        write!(
            f,
            "{} new, {} changed, {} known already",
            posts(self.new),
            number(self.changed),
            number(self.unchanged + self.repeated)
        )?;
        if self.deleted > 0 {
            write!(f, ", {} deleted as their sources did", number(self.deleted))?;
        }
        if self.passed_by > 0 {
            write!(f, ", {} passed by that name no brand", number(self.passed_by))?;
        }
        writeln!(f)
    }
}

/// Share of the way back after which a log gets another line.
const A_LINE: f64 = 0.1;

/// How far a walk back is after that time, and how long the rest will take if it goes on so.
fn way_back(kept: u64, share: Option<f64>, elapsed: Duration) -> String {
    let mut message = format!("{} kept", posts(kept));
    if let Some(share) = share {
        let _ = write!(message, ", {:.0} % of the way back", 100.0 * share);
        if share > 0.01 && share < 1.0 {
            let _ = write!(message, ", about {} left", span(elapsed.mul_f64((1.0 - share) / share)));
        }
    }
    message
}

/// A span as people say it.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..90 => format!("{seconds} seconds"),
        90..5400 => format!("{} minutes", (seconds + 30) / 60),
        5400..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What another process keeps while a stream is read says from then on which of its posts are passed by.
    #[test]
    fn watchlists_that_are_kept_meanwhile_are_told_once_and_say_what_names_a_brand() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        let text = |alias: &str| {
            format!(
                "name = \"Mine\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\n[[brand]]\nname = \"Acme\"\nrole = \"own\"\naliases = [\"{alias}\"]\n"
            )
        };
        std::fs::write(&path, text("acme")).unwrap();
        let prepared = prepared(&[path.display().to_string()]).unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let mut others = prepared.keep(&mut state, now()).unwrap();
        let id = prepared.watchlists.keys().next().unwrap().clone();
        let post = Post::bare(SourceId::new("test").unwrap(), "1", "the roadrunner is late");
        let is_named = || prepared.names.read().unwrap()(&id, &post);
        assert!(others(&state).unwrap().into_keys().eq([id.clone()]));
        assert!(others(&state).is_none() && !is_named());
        state.keep_watchlist(&id, &text("roadrunner"), now()).unwrap();
        let kept = others(&state).unwrap();
        assert!(kept[&id].brands[0].aliases.contains(&"roadrunner".to_owned()));
        assert!(others(&state).is_none() && is_named());
        // What cannot be read changes nothing.
        state.keep_watchlist(&id, "name = 7", now()).unwrap();
        assert!(others(&state).is_none() && is_named());
    }

    #[test]
    fn time_left_is_what_the_rest_takes_at_the_same_pace() {
        let check = |share, seconds, expected: &str| {
            assert_eq!(way_back(12_000, share, Duration::from_secs(seconds)), expected);
        };
        check(None, 60, "12,000 posts kept");
        check(Some(0.25), 600, "12,000 posts kept, 25 % of the way back, about 30 minutes left");
        check(Some(0.9), 900, "12,000 posts kept, 90 % of the way back, about 2 minutes left");
        // Too early to tell, and nothing left.
        check(Some(0.005), 60, "12,000 posts kept, 0 % of the way back");
        check(Some(1.0), 60, "12,000 posts kept, 100 % of the way back");
    }
}
