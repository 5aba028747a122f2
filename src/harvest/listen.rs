//! How is one stream followed? Page after page, politely, until its walk ends; again when it is due.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::due::Errand;
use super::holds::Holds;
use super::keys::{Access, Keys, Refused, is_closed};
use super::opt_outs::Known;
use super::walk::{self, Leads, Met, Turn};
use super::whole::{self, Missing};
use super::{DeletedAt, Delivery, HarvestConfig, Job, LONGEST_BACK_OFF};
use crate::net::{Client, Incoming, NetError, Validators};
use crate::sources::{About, Answer, Ask, Asks, Auth, Order, Page, ParseError, Source};
use crate::state::{ANSWERS, COMPLIANCE, Covered, Health, Progress, RECHECK, Step};

/// Follows one stream.
pub(super) struct Listener {
    pub(super) job: Job,
    pub(super) client: Client,
    pub(super) access: Arc<Access>,
    pub(super) config: HarvestConfig,
    pub(super) to: mpsc::Sender<Delivery>,
    /// Hosts that posts that are had are not asked for at, for now.
    pub(super) holds: Holds,
    /// Who does not want to be shown, as far as it was asked.
    pub(super) opted_out: Known,
    /// A backward walk to a moment that was asked for has been made.
    went_back: bool,
    /// The token that there may be is sent at once: the site was met closed to strangers.
    signs: bool,
    /// Least time until the next walk, where the last answer said so.
    rest: Duration,
}

/// How one request ended.
enum Asked {
    Page(Box<Page>, Incoming),
    /// Nothing new since the last time.
    Same(Incoming),
    Failed(Failure),
}

/// Why there is no page, and when to ask again.
pub(super) struct Failure {
    pub(super) health: Health,
    pub(super) why: String,
    /// How long the site wants to be left alone, where it said so.
    pub(super) wait: Option<Duration>,
    /// The walk must begin anew: the page that it was to go on with cannot be had.
    pub(super) is_lost: bool,
}

/// Whoever keeps pages has stopped.
pub(super) struct Stopped;

/// Longest time for which an answer is believed that says for how long it holds.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// Least time for which a source is left alone that failed.
const LEAST_WAIT: Duration = Duration::from_mins(1);

/// Items of a page of which none could be read, after which it is no answer: the site writes them otherwise now, and the
/// place stays where it is until they are read. Few may all be broken by themselves, and are passed by.
pub(super) const NONE_READ: usize = 10;

impl Listener {
    pub(super) fn new(
        job: Job,
        client: Client,
        access: Arc<Access>,
        config: HarvestConfig,
        to: mpsc::Sender<Delivery>,
    ) -> Self {
        let (holds, opted_out) = Default::default();
        Self {
            job,
            client,
            access,
            config,
            to,
            holds,
            opted_out,
            went_back: false,
            signs: false,
            rest: Duration::ZERO,
        }
    }

    /// Follows the stream until it is done or `stop` says so. What is under way then is given up: it was not kept, and
    /// is asked for again.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let stopped = async move {
            // Who can say it is gone: that is no reason to stop.
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = stopped => {}
            _ = self.follow() => {}
        }
    }

    async fn follow(&mut self) -> Result<(), Stopped> {
        let source = self.job.source;
        let errand = match self.job.question.place.as_str() {
            RECHECK => source.recheck().map(Errand::Recheck),
            ANSWERS => source.answers().map(Errand::Answers),
            _ => None,
        };
        if let Some(errand) = errand {
            return self.go_round(errand).await;
        }
        if let (COMPLIANCE, Some(compliance)) = (self.job.question.place.as_str(), source.compliance()) {
            return self.keep_compliant(compliance).await;
        }
        if source.live(&self.job.question, None).is_some() {
            return self.follow_live().await;
        }
        if !self.config.is_once {
            self.wait_until_due().await;
        }
        let mut walks = 0;
        loop {
            let was_under_way = self.job.progress.began.is_some();
            let ended = self.walk().await?;
            walks += 1;
            // What came while a walk that was interrupted long ago lay still is not in it.
            let again = ended && was_under_way && walks < 3;
            if self.config.is_once && !again {
                return Ok(());
            }
            if !again {
                self.wait_until_due().await;
            }
        }
    }

    pub(super) async fn wait_until_due(&self) {
        let Some(due) = self.job.standing.due else { return };
        tokio::time::sleep(until(due, self.client.now())).await;
    }

    /// Walks to the end of what is new. Returns whether it came there.
    async fn walk(&mut self) -> Result<bool, Stopped> {
        let order = self.job.source.about().order;
        let had = self.job.progress.had;
        let back_to = self
            .config
            .back_to
            .filter(|_| !self.went_back && order == Order::Backward)
            // To what is newer than the walk before is walked anyway, and one that ended there would leave out what lies between.
            .filter(|back_to| had.is_none_or(|had| *back_to < had));
        if let Some(back_to) = back_to
            && self.job.progress.back_to != Some(back_to)
        {
            walk::restart(&mut self.job.progress);
        }
        walk::begin(&mut self.job.progress, self.client.now(), back_to);
        let mut met = Met::from(self.job.progress.next.as_deref());
        loop {
            match self.ask().await {
                Asked::Page(page, incoming) => {
                    self.leave_alone(&incoming.url, page.wait);
                    if self.page(*page, &incoming, &mut met).await? {
                        self.went_back = true;
                        return Ok(true);
                    }
                }
                Asked::Same(incoming) => {
                    self.same(&incoming).await?;
                    return Ok(true);
                }
                Asked::Failed(failure) => {
                    self.failed(failure).await?;
                    return Ok(false);
                }
            }
        }
    }

    /// The moment to which a stream goes back that has no place yet.
    fn first(&self) -> Timestamp {
        let began = self.job.progress.began.unwrap_or_else(|| self.client.now());
        began - SignedDuration::from_hours(24 * self.config.first_days)
    }

    async fn ask(&mut self) -> Asked {
        let about = self.job.source.about();
        let missing = self.access.missing(about);
        if !missing.is_empty() {
            return Asked::Failed(missing_keys(&missing));
        }
        let progress = &self.job.progress;
        let ask = Ask {
            question: &self.job.question,
            since: walk::since(progress, self.first()),
            mark: walk::mark(progress),
            next: progress.next.as_deref(),
            now: self.client.now(),
        };
        let request = self.job.source.request(&ask);
        let auth = request.auth;
        let mut outgoing = match self.access.outgoing(request, about, &self.client).await {
            Ok(outgoing) => outgoing,
            Err(refused) => return Asked::Failed(of_refusal(&refused)),
        };
        let mut signed = self.access.signed(&outgoing, auth);
        if self.signs
            && let Some(signed) = signed.take()
        {
            outgoing = signed;
        }
        let progress = &mut self.job.progress;
        if outgoing.is_secret {
            // Secrets go where the source says, and nowhere that a site said; nor is a place kept that may hold one.
            progress.moved = None;
        }
        // Only where an address is the whole question: one with a place in it moves with the place.
        if let Some(moved) =
            progress.moved.as_ref().filter(|_| about.asks == Asks::Targets && progress.next.is_none())
        {
            outgoing.url.clone_from(moved);
        }
        if progress.next.is_none() {
            outgoing.validators =
                Validators { etag: progress.etag.clone(), last_modified: progress.last_modified.clone() };
        }
        let most = self.job.source.most_dollars();
        let access = self.access.clone();
        let max = self.config.max_dollars;
        let reserved = match access.reserve(&self.job.stream.source, most, max).await {
            Ok(reserved) => reserved,
            Err(_) if max <= 0.0 => {
                let why = format!("it costs {}; allow an amount each month with --max-dollars", about.costs);
                return Asked::Failed(Failure::new(Health::Spent, why));
            }
            Err(spent) => {
                let why = format!(
                    "of ${max:.2} this month ${spent:.2} are spent, and a page may cost ${most:.2}; allow more with --max-dollars"
                );
                return Asked::Failed(Failure::new(Health::Spent, why));
            }
        };
        let mut result = self.client.send(&outgoing).await;
        let is_closed = result.as_ref().is_ok_and(|incoming| is_closed(incoming.status));
        if is_closed && let Some(signed) = signed {
            result = self.client.send(&signed).await;
            (self.signs, outgoing.is_secret) = (true, true);
        }
        let asked = match result {
            Ok(incoming) => self.read(incoming, auth, outgoing.is_secret).await,
            Err(error) => Asked::Failed(of_net(&error)),
        };
        reserved.pay(if let Asked::Page(page, _) = &asked { cost(about, page) } else { 0.0 });
        asked
    }

    /// Reads what came back to who asked so, with a secret or without.
    async fn read(&self, incoming: Incoming, auth: Auth, is_secret: bool) -> Asked {
        let title = self.job.source.about().title;
        let is_later_page = self.job.progress.next.is_some();
        if incoming.status == 304 {
            return Asked::Same(incoming);
        }
        let answer = Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
        if refuses_key(self.job.source, &answer) {
            self.access.forget(auth).await;
        }
        if let Some(why) = closed_to_strangers(title, incoming.status, auth).filter(|_| !is_secret) {
            return Asked::Failed(Failure::new(Health::NoCredentials, why));
        }
        if let Some(failure) = of_answer(self.job.source, &answer, incoming.wait) {
            // A request that is not taken may name a page that is no longer there.
            let is_lost = is_later_page && failure.health == Health::Unreadable;
            return Asked::Failed(Failure { is_lost, ..failure });
        }
        let (source, question, progress) = (self.job.source, self.job.question.clone(), &self.job.progress);
        let (since, mark) = (walk::since(progress, self.first()), walk::mark(progress).map(str::to_owned));
        let (next, now) = (progress.next.clone(), self.client.now());
        // A page may have megabytes.
        let read = tokio::task::spawn_blocking(move || {
            let ask = Ask { question: &question, since, mark: mark.as_deref(), next: next.as_deref(), now };
            let answer = Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
            let page = source.parse(&ask, &answer).map_err(|error| match error {
                ParseError::Unreadable(_) if answer.is_error() => {
                    ParseError::Unreadable("it is a message of an error".to_owned())
                }
                error => error,
            });
            (page, incoming)
        });
        match read.await {
            Ok((Ok(page), _)) if page.posts.is_empty() && page.rejects.len() >= NONE_READ => {
                let reason = page.rejects.first().map_or("", |reject| reject.reason.as_str());
                let why =
                    format!("none of the {} items of a page could be read: {reason}", page.rejects.len());
                Asked::Failed(Failure::new(Health::Unreadable, why))
            }
            Ok((Ok(page), incoming)) => Asked::Page(Box::new(page), incoming),
            Ok((Err(error), incoming)) => {
                let is_lost = is_later_page && matches!(error, ParseError::Refused(_));
                Asked::Failed(Failure { is_lost, ..of_reading(title, error, incoming.wait) })
            }
            Err(_) => Asked::Failed(Failure::new(
                Health::Unreadable,
                "reading the answer ended by a fault of the program".to_owned(),
            )),
        }
    }

    /// Hands one page on. Returns whether it was the last.
    async fn page(&mut self, mut page: Page, incoming: &Incoming, met: &mut Met) -> Result<bool, Stopped> {
        // All that a group of people says is not about a brand, unless the watchlist says so.
        let question = &self.job.question;
        let is_of_all = question.about.is_none() && self.job.source.is_read_whole(&question.place);
        if let Some(brand) = &self.job.question.about {
            for post in page.posts.iter_mut().filter(|post| post.about.is_empty()) {
                post.about.push(brand.clone());
            }
        }
        let about = self.job.source.about();
        let now = self.client.now();
        let first = self.first();
        let is_first_page = self.job.progress.next.is_none();
        let is_only_page = is_first_page && page.next.is_none();
        let had = self.job.progress.had;
        let leads = if about.order == Order::Backward { met.note(&page) } else { Leads::On };
        if leads != Leads::On {
            let reached = self.job.progress.reached.into_iter().chain(page.oldest()).min();
            (page.next, page.cut) = (None, Some(reached.unwrap_or(now)));
        }
        let turn = walk::turn(&mut self.job.progress, about.order, &page, first);
        let is_ended = matches!(turn, Turn::Ended(_));
        let progress = &mut self.job.progress;
        let missing = (is_ended && about.order == Order::Whole).then(|| whole::end(progress, now));
        let is_sure = matches!(missing, None | Some(Missing::Gone));
        // Where one page is all there is, it need not be sent again unchanged; unless it is doubted.
        let is_known = is_only_page && is_sure;
        let validators = if is_known { incoming.validators.clone() } else { Validators::default() };
        (progress.etag, progress.last_modified) = (validators.etag, validators.last_modified);
        if incoming.moved.is_some() && is_first_page {
            progress.moved.clone_from(&incoming.moved);
        }
        let standing = &mut self.job.standing;
        standing.asked = Some(now);
        standing.answered = Some(now);
        standing.health = Health::Ok;
        standing.why = None;
        standing.failures = 0;
        standing.posts += page.posts.len() as u64;
        standing.rejects += page.rejects.len() as u64;
        if let Some(left) = page.quota.or(incoming.quota.left) {
            standing.quota = Some(left);
        }
        standing.note(page.posts.iter().filter_map(|post| post.created));
        let mut covered = match turn {
            Turn::More => None,
            Turn::Ended(covered) => covered,
        };
        if is_ended {
            self.rest = page.rest.unwrap_or_default().min(LONGEST_REST);
            self.job.standing.due = Some(now + self.spread(about.every).max(self.rest));
        }
        if leads == Leads::Around {
            let why = "its pages lead back to what was read, and not to what is older, which is missing";
            (self.job.standing.health, self.job.standing.why) = (Health::Late, Some(why.to_owned()));
        }
        if missing == Some(Missing::Untold) {
            self.job.standing.why = Some(whole::UNTOLD.to_owned());
        }
        if let Some(Missing::Doubted(shown, known)) = missing {
            let wait = self.spread(whole::DOUBT.min(about.every));
            let why = format!(
                "it shows {shown} of {known} that it had; the others go if it still does so in an hour"
            );
            let standing = &mut self.job.standing;
            (standing.health, standing.why, standing.due) = (Health::Late, Some(why), Some(now + wait));
            // Nothing is covered by what is not believed.
            (covered, self.job.progress.had) = (None, had);
        }
        // Where a list has several pages, what is taken out while it is walked hides another post between two of them.
        let walk = self.job.progress.walk - i64::from(!is_only_page);
        let whole_since = (missing == Some(Missing::Gone)).then_some(walk);
        let shows_from = page.cut;
        let dollars = cost(about, &page);
        // How far the page goes and what it cost was told by all of it.
        let passed_by = if is_of_all { self.job.pass_by(&mut page.posts) } else { 0 };
        let seen = if about.order == Order::Whole {
            page.posts.iter().map(|post| &post.id).chain(&page.unread).cloned().collect()
        } else {
            Vec::new()
        };
        self.deliver(Delivery {
            posts: page.posts,
            deleted: page.deleted,
            deleted_all: page.deleted_all,
            deleted_at: DeletedAt::told(page.deleted_at),
            step: self.step(covered, dollars, seen),
            whole_since,
            shows_from,
            passed_by,
            receipt: None,
        })
        .await?;
        Ok(is_ended)
    }

    /// Notes that nothing changed.
    async fn same(&mut self, incoming: &Incoming) -> Result<(), Stopped> {
        let now = self.client.now();
        let first = self.first();
        let covered = match walk::turn(&mut self.job.progress, Order::Backward, &Page::default(), first) {
            Turn::Ended(covered) => covered,
            Turn::More => None,
        };
        let every = self.spread(self.job.source.about().every).max(self.rest);
        let standing = &mut self.job.standing;
        (standing.asked, standing.answered, standing.due) = (Some(now), Some(now), Some(now + every));
        (standing.health, standing.why, standing.failures) = (Health::Ok, None, 0);
        standing.quota = incoming.quota.left.or(standing.quota);
        let step = self.step(covered, 0.0, Vec::new());
        self.deliver(Delivery::of(step)).await
    }

    /// Notes a failure, and when to ask again.
    pub(super) async fn failed(&mut self, failure: Failure) -> Result<(), Stopped> {
        let now = self.client.now();
        if failure.is_lost {
            walk::restart(&mut self.job.progress);
        }
        let failures = self.job.standing.failures.saturating_add(1);
        // A site that wants to be left alone for no time at all, and refuses all the same, is left alone for a while.
        let wait = failure.wait.map(|wait| wait.max(LEAST_WAIT));
        let wait = wait.unwrap_or_else(|| self.back_off(failure.health, failures));
        if let Some(moved) = self.job.progress.moved.take_if(|_| failure.health != Health::Limited) {
            // Where it has moved may have been a mistake, or is over: its own address is asked again.
            self.client.forget_moved(&moved);
        }
        let standing = &mut self.job.standing;
        standing.asked = Some(now);
        standing.health = failure.health;
        standing.why = Some(failure.why);
        standing.failures = failures;
        standing.due = Some(now + wait);
        let step = self.step(None, 0.0, Vec::new());
        self.deliver(Delivery::of(step)).await
    }

    /// How long is waited after so many failures in a row, where the site does not say.
    pub(super) fn back_off(&self, health: Health, failures: u32) -> Duration {
        let back_off = match health {
            Health::Ok | Health::Late | Health::Unreadable => {
                Duration::from_mins(1).saturating_mul(2_u32.saturating_pow(failures - 1))
            }
            Health::Limited => Duration::from_mins(15),
            Health::Spent | Health::NoCredentials => Duration::from_hours(1),
            Health::Blocked => {
                self.job.source.about().every.max(Duration::from_hours(1)).saturating_mul(failures)
            }
            Health::Gone => LONGEST_BACK_OFF,
        };
        self.spread(back_off.min(LONGEST_BACK_OFF))
    }

    /// Leaves a host alone that says in its answer for how long: whoever asks it next waits.
    pub(super) fn leave_alone(&self, url: &str, wait: Option<Duration>) {
        if let Some(wait) = wait {
            self.client.leave_alone(url, wait.min(LONGEST_BACK_OFF));
        }
    }

    /// Leaves a host of this source alone for a while, and the others not. Returns for how long.
    pub(super) fn hold(&mut self, host: &str, failure: &Failure) -> Duration {
        let mut holds = std::mem::take(&mut self.holds);
        let back_off = |failures| self.back_off(failure.health, failures);
        let wait = holds.failed(host, failure, self.client.now(), back_off);
        self.holds = holds;
        wait
    }

    /// Time, nine to eleven tenths of it, so that streams that began together do not stay together.
    pub(super) fn spread(&self, time: Duration) -> Duration {
        time.mul_f64(0.9 + 0.2 * self.client.chance())
    }

    pub(super) fn step(
        &self,
        covered: Option<Covered>,
        dollars: f64,
        seen: Vec<crate::model::PostId>,
    ) -> Step {
        let progress: Progress = self.job.progress.clone();
        Step {
            stream: self.job.stream.clone(),
            progress,
            standing: self.job.standing.clone(),
            covered,
            dollars,
            seen,
        }
    }

    pub(super) async fn deliver(&self, delivery: Delivery) -> Result<(), Stopped> {
        self.to.send(delivery).await.map_err(|_| Stopped)
    }
}

/// How long until a moment at which a source is to be asked.
fn until(due: Timestamp, now: Timestamp) -> Duration {
    let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
    // A clock that was set back must not silence a source: it is asked within the longest time that one may wait.
    wait.min(2 * LONGEST_BACK_OFF)
}

/// How a source answered that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// With so many posts.
    Posts(usize),
    /// It takes the credentials; it was asked for what costs nothing, and that has no posts.
    Taken,
    /// Its live stream opens.
    Opened,
}

/// Asks the first page of a question and keeps nothing. Returns what came, or how the source is and why.
pub async fn try_out(job: Job, client: Client, keys: Keys) -> Result<Tried, (Health, String)> {
    let access = Arc::new(Access::new(keys, std::collections::BTreeMap::new()));
    let about = job.source.about();
    let missing = access.missing(about);
    if missing.is_empty() && about.dollars_per_post > 0.0 {
        let Some(request) = job.source.trial() else {
            let why = "the credentials are set; they are not tried, since each answer costs money";
            return Err((Health::Ok, why.to_owned()));
        };
        let asked = async {
            let outgoing =
                access.outgoing(request, about, &client).await.map_err(|refused| of_refusal(&refused))?;
            let incoming = client.send(&outgoing).await.map_err(|error| of_net(&error))?;
            of_status(about.title, incoming.status, incoming.wait).map_or(Ok(Tried::Taken), Err)
        };
        return asked.await.map_err(|failure: Failure| (failure.health, failure.why));
    }
    if let Some(request) = job.source.live(&job.question, None) {
        let opened = async {
            let outgoing =
                access.outgoing(request, about, &client).await.map_err(|refused| of_refusal(&refused))?;
            client.subscribe(&outgoing.url).await.map_err(|error| of_net(&error))
        };
        return opened.await.map(|_| Tried::Opened).map_err(|failure| (failure.health, failure.why));
    }
    let (to, _from) = mpsc::channel(1);
    let mut listener = Listener::new(job, client, access, HarvestConfig::default(), to);
    (listener.job.progress, listener.job.standing) = Default::default();
    // A token that there is for the host is what is tried, whether the host wants one or not.
    listener.signs = true;
    match listener.ask().await {
        Asked::Page(page, _) => Ok(Tried::Posts(page.posts.len())),
        Asked::Same(_) => Ok(Tried::Posts(0)),
        Asked::Failed(failure) => Err((failure.health, failure.why)),
    }
}

impl Delivery {
    /// A step without posts.
    pub(super) fn of(step: Step) -> Self {
        Self {
            posts: Vec::new(),
            deleted: Vec::new(),
            deleted_all: Vec::new(),
            deleted_at: std::collections::BTreeMap::new(),
            step,
            whole_since: None,
            shows_from: None,
            passed_by: 0,
            receipt: None,
        }
    }

    /// How much of a walk back to a moment is done, from 0 to 1; `None` where the walk ends at a place instead.
    #[must_use]
    pub fn share(&self, first_days: i64) -> Option<f64> {
        let progress = &self.step.progress;
        let first = progress.began? - SignedDuration::from_hours(24 * first_days);
        walk::share(progress, first)
    }
}

impl DeletedAt {
    /// What a source says about when.
    pub(super) fn told(
        at: std::collections::BTreeMap<String, Timestamp>,
    ) -> std::collections::BTreeMap<String, Self> {
        at.into_iter().map(|(what, at)| (what, Self { at, is_exact: true })).collect()
    }
}

impl Failure {
    pub(super) fn new(health: Health, why: String) -> Self {
        Self { health, why, wait: None, is_lost: false }
    }
}

/// US dollars that a page cost. What could not be read was paid for as well.
fn cost(about: &About, page: &Page) -> f64 {
    about.dollars_per_post * (page.posts.len() + page.rejects.len()) as f64 + page.dollars
}

/// What is said of a status by which a site turns away who is not signed in; `None` of others.
fn closed_to_strangers(title: &str, status: u16, auth: Auth) -> Option<String> {
    let may_sign = matches!(auth, Auth::BearerAtIfClosed(_));
    let is_closed = if status == 422 { may_sign } else { status == 401 && (may_sign || auth == Auth::None) };
    let remedy = match auth.variables().next() {
        Some(name) => format!("; {name} may hold a token for it, as token@host"),
        None => String::new(),
    };
    is_closed.then(|| format!("{title} shows this to nobody who is not signed in ({status}){remedy}"))
}

/// Why a status is no answer; `None` for one that is.
pub(super) fn of_status(title: &str, status: u16, wait: Option<Duration>) -> Option<Failure> {
    let (health, why) = match status {
        200..300 => return None,
        401 => (Health::NoCredentials, format!("{title} did not take the credentials")),
        403 if wait.is_none() => (Health::Blocked, format!("{title} refuses us (403)")),
        403 | 429 => (Health::Limited, format!("{title} allows no more for now")),
        404 | 410 => (Health::Gone, format!("what was asked for is not there ({status})")),
        // Among them what stands behind the site and failed, as the CFPB has it.
        408 | 424 | 425 | 500.. => (Health::Late, format!("{title} failed ({status})")),
        _ => (Health::Unreadable, format!("{title} does not take the request ({status})")),
    };
    Some(Failure { wait, ..Failure::new(health, why) })
}

/// Why an answer is none, by its status or by what it says itself; `None` for one that is.
pub(super) fn of_answer(source: &dyn Source, answer: &Answer<'_>, wait: Option<Duration>) -> Option<Failure> {
    let title = source.about().title;
    if answer.status >= 400
        && let Some(patience) = source.limit(answer)
    {
        let why = format!("{title} allows no more for now");
        return Some(Failure { wait: wait.or(Some(patience)), ..Failure::new(Health::Limited, why) });
    }
    of_status(title, if refuses_key(source, answer) { 401 } else { answer.status }, wait)
}

/// Whether the credentials are not taken: most say so by the status 401, some in words of their own.
pub(super) fn refuses_key(source: &dyn Source, answer: &Answer<'_>) -> bool {
    answer.status == 401 || answer.status >= 400 && source.refuses_key(answer)
}

/// Why an answer was not read.
pub(super) fn of_reading(title: &str, error: ParseError, wait: Option<Duration>) -> Failure {
    let (health, why) = match error {
        ParseError::Page => (Health::Blocked, format!("{title} sent a web page instead of data")),
        ParseError::Refused(what) => (Health::Limited, what),
        error @ ParseError::Unreadable(_) => (Health::Unreadable, error.to_string()),
    };
    Failure { wait, ..Failure::new(health, why) }
}

/// Why a request was not made ready.
pub(super) fn of_refusal(refused: &Refused) -> Failure {
    match refused {
        Refused::Missing(names) => missing_keys(names),
        Refused::Unbound(name, host) => {
            let why =
                format!("{name} holds no token for {host}: add token@{host} to it, if you have one there");
            Failure::new(Health::NoCredentials, why)
        }
        Refused::SignIn(status) => {
            let why = format!("it did not take the credentials (status {status})");
            Failure::new(Health::NoCredentials, why)
        }
        Refused::Net(error) => of_net(error),
    }
}

fn missing_keys(names: &[&str]) -> Failure {
    Failure::new(Health::NoCredentials, format!("set {} in the environment", names.join(" and ")))
}

pub(super) fn of_net(error: &NetError) -> Failure {
    let health = match error {
        NetError::Wait { .. } | NetError::Refused { status: 429, .. } => Health::Limited,
        NetError::Refused { status: 401, .. } => Health::NoCredentials,
        NetError::Robots(_) | NetError::Private(_) | NetError::Refused { status: 403, .. } => Health::Blocked,
        NetError::Refused { status: 404 | 410, .. } => Health::Gone,
        NetError::Large { .. }
        | NetError::Packed(_)
        | NetError::Redirects(_)
        | NetError::Away { .. }
        | NetError::Address(_) => Health::Unreadable,
        NetError::NoRobots(_)
        | NetError::Unreachable(_)
        | NetError::Slow(_)
        | NetError::Cut(_)
        | NetError::Setup(_)
        | NetError::Refused { .. } => Health::Late,
    };
    let wait = if let NetError::Wait { wait, .. } = error { Some(*wait) } else { None };
    Failure { health, why: error.to_string(), wait, is_lost: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_forward_or_back_silences_no_source() {
        let due: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let wait = |now: &str| until(due, now.parse().unwrap());
        assert_eq!(wait("2026-03-01T11:55:00Z"), Duration::from_mins(5));
        // Set forward: it is due.
        assert_eq!(wait("2026-03-01T12:00:01Z"), Duration::ZERO);
        assert_eq!(wait("2031-01-01T00:00:00Z"), Duration::ZERO);
        // Set back, by years: it is asked within the longest wait.
        assert_eq!(wait("2019-01-01T00:00:00Z"), 2 * LONGEST_BACK_OFF);
    }
}
