//! How does a request become an answer? Robots rules, turn, tries, redirects; what a site says of its limits is kept.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;

use super::host::Host;
use super::limits::{self, Quota};
use super::robots::Robots;
use super::transport::{Broke, Raw, Transport, Web, Wire};
use super::{NetConfig, NetError, Socket, is_public};

/// What to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The whole address.
    pub url: String,
    /// Headers. One that is not known to be harmless is a secret.
    pub headers: Vec<(String, String)>,
    /// The address or the body holds a secret. Who asks with one is sent nowhere else: a redirect to another origin is not
    /// followed, and where an address has moved is not remembered.
    pub is_secret: bool,
    /// Media type and text of what is sent along; a request that has it is a `POST`,
    pub body: Option<(String, String)>,
    /// or a `PUT`.
    pub is_put: bool,
    /// Least time since the last request to the same host; `None` takes that of the configuration.
    pub pace: Option<Duration>,
    /// The site's robots rules are asked first.
    pub heeds_robots: bool,
    /// What is known already.
    pub validators: Validators,
}

/// By what a site tells whether its answer changed (RFC 9110, 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// `ETag`, as it came.
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    pub last_modified: Option<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Status of HTTP; 304 is an answer that did not change, and has no body.
    pub status: u16,
    /// The address that answered, behind all redirects.
    pub url: String,
    /// Headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The bytes, unpacked.
    pub body: Vec<u8>,
    /// For the next request for the same.
    pub validators: Validators,
    /// Where the address is for good now, if it has moved.
    pub moved: Option<String>,
    /// What the site still allows.
    pub quota: Quota,
    /// How long the site wants to be left alone; all who ask it wait already.
    pub wait: Option<Duration>,
}

/// Speaks to sites. Cheap to clone; all clones share what is known of hosts.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    config: NetConfig,
    transport: Box<dyn Transport>,
    web: Option<Arc<Web>>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// From 0 to 1, without 1.
    chance: Box<dyn Fn() -> f64 + Send + Sync>,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    robots: Mutex<HashMap<String, Arc<AskedRobots>>>,
    moved: Mutex<HashMap<String, String>>,
}

/// The rules of one site and when they were asked for. Held while they are, so that many questions ask for them once.
type AskedRobots = tokio::sync::Mutex<Option<(Timestamp, Result<Arc<Robots>, NetError>)>>;

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.shared.config).finish_non_exhaustive()
    }
}

/// How long robots rules are kept (RFC 9309, 2.4).
const ROBOTS_SECONDS: i64 = 24 * 3600;

/// How long it is remembered that they could not be had: all who waited for them meanwhile are told so.
const NO_ROBOTS_SECONDS: i64 = 60;

/// Moved addresses that are remembered.
const MAX_MOVED: usize = 10_000;

impl Client {
    /// A client for the web. `clock` gives the time, `chance` numbers from 0 to 1.
    ///
    /// # Errors
    /// [`NetError::Setup`] if the machine has no certificates to trust, or the test server is on another machine.
    pub fn new(
        config: NetConfig,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        chance: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<Self, NetError> {
        let web = Arc::new(Web::new(&config)?);
        Ok(Self::over(Box::new(web.clone()), Some(web), config, clock, chance))
    }

    fn over(
        transport: Box<dyn Transport>,
        web: Option<Arc<Web>>,
        config: NetConfig,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        chance: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                config,
                transport,
                web,
                clock: Box::new(clock),
                chance: Box::new(chance),
                hosts: Mutex::default(),
                robots: Mutex::default(),
                moved: Mutex::default(),
            }),
        }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// A number from 0 to 1, for what should not happen everywhere at once.
    #[must_use]
    pub fn chance(&self) -> f64 {
        (self.shared.chance)()
    }

    /// Leaves the host of an address alone for that long from now, whoever asks it.
    pub fn leave_alone(&self, url: &str, wait: Duration) {
        if let Ok(url) = address(url) {
            self.host(&url).hold(wait.min(self.shared.config.longest_wait));
        }
    }

    /// Forgets what was known to have moved to an address.
    pub fn forget_moved(&self, to: &str) {
        lock(&self.shared.moved).retain(|_, moved| moved != to);
    }

    /// Sends a request, politely, and returns what came back, whatever its status.
    ///
    /// # Errors
    /// [`NetError`], if there was no answer, or none that may be asked for.
    pub async fn send(&self, outgoing: &Outgoing) -> Result<Incoming, NetError> {
        let asked = address(&outgoing.url)?;
        let has_secret = outgoing.is_secret || outgoing.headers.iter().any(|(name, _)| is_secret(name));
        let known = lock(&self.shared.moved).get(asked.as_str()).filter(|_| !has_secret).cloned();
        let mut url = known.map_or_else(|| Ok(asked.clone()), |moved| address(&moved))?;
        let mut body = outgoing.body.clone();
        let mut moved = None;
        let mut is_permanent = true;
        for _ in 0..=self.shared.config.redirects {
            let pace = self.admitted(&url, outgoing).await?;
            let mut headers = outgoing.headers.clone();
            headers.push(("accept-encoding".to_owned(), "gzip, br".to_owned()));
            for (name, value) in [
                ("if-none-match", &outgoing.validators.etag),
                ("if-modified-since", &outgoing.validators.last_modified),
            ] {
                headers.extend(value.clone().map(|value| (name.to_owned(), value)));
            }
            let (raw, wait) = self
                .tried(Wire { url: url.clone(), headers, body: body.clone(), is_put: outgoing.is_put }, pace)
                .await?;
            let location = raw.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value);
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (raw.status, location) {
                let next = url.join(location).map_err(|_| NetError::Redirects(name(&url)))?;
                if has_secret && next.origin() != asked.origin() {
                    return Err(NetError::Away { host: name(&url), to: name(&next) });
                }
                // A new address may repeat the secret of the old one.
                is_permanent &= matches!(raw.status, 301 | 308) && !has_secret;
                if is_permanent {
                    moved = Some(next.to_string());
                }
                if !matches!(raw.status, 307 | 308) {
                    body = None;
                }
                url = next;
                continue;
            }
            if let (200..300, Some(moved)) = (raw.status, &moved) {
                let mut known = lock(&self.shared.moved);
                if known.len() < MAX_MOVED {
                    known.insert(asked.to_string(), moved.clone());
                }
            }
            return Ok(self.incoming(raw, &url, moved, wait));
        }
        Err(NetError::Redirects(name(&asked)))
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// [`NetError`], if the site does not open one.
    pub async fn subscribe(&self, url: &str) -> Result<Socket, NetError> {
        let web = url
            .strip_prefix("wss://")
            .map(|rest| format!("https://{rest}"))
            .ok_or_else(|| NetError::Address(url.chars().take(200).collect()))?;
        let url = address(&web)?;
        let pace = self.admitted(&url, &Outgoing::default()).await?;
        let transport =
            self.shared.web.as_ref().ok_or_else(|| NetError::Setup("there is no web here".to_owned()))?;
        let host = self.host(&url);
        let turn = host.turn(pace, self.shared.config.patience).await;
        let turn = turn.map_err(|wait| NetError::Wait { host: name(&url), wait })?;
        let socket = Socket::open(
            transport,
            url.clone(),
            &*self.shared.chance,
            self.now(),
            self.shared.config.connect * 2,
        )
        .await;
        drop(turn);
        if let Err(Broke::Refused(_, Some(wait))) = &socket {
            host.hold((*wait).min(self.shared.config.longest_wait));
        }
        socket.map_err(|broke| self.error(broke, &url))
    }

    /// Whether the address may be asked, and how much time the site wants between two requests.
    async fn admitted(&self, url: &Url, outgoing: &Outgoing) -> Result<Duration, NetError> {
        check(url)?;
        // The server that plays all sites in tests needs no rest.
        let is_played = self.shared.config.test_server.is_some();
        let pace = outgoing.pace.filter(|_| !is_played).unwrap_or(self.shared.config.pace);
        if !outgoing.heeds_robots {
            return Ok(pace);
        }
        let robots = self.robots(url, pace).await?;
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        if !robots.allows(&path) {
            return Err(NetError::Robots(name(url)));
        }
        Ok(pace.max(robots.delay.unwrap_or_default()))
    }

    async fn robots(&self, url: &Url, pace: Duration) -> Result<Arc<Robots>, NetError> {
        let origin = url.origin().ascii_serialization();
        let asked = lock(&self.shared.robots).entry(origin).or_default().clone();
        let mut asked = asked.lock().await;
        let now = self.now();
        if let Some((at, known)) = asked.as_ref() {
            let seconds = if known.is_ok() { ROBOTS_SECONDS } else { NO_ROBOTS_SECONDS };
            if (now.as_second() - at.as_second()).abs() < seconds {
                return known.clone();
            }
        }
        let read = self.read_robots(url, pace).await;
        *asked = Some((self.now(), read.clone()));
        read
    }

    async fn read_robots(&self, url: &Url, pace: Duration) -> Result<Arc<Robots>, NetError> {
        let mut at = url.join("/robots.txt").map_err(|_| NetError::Address(name(url)))?;
        let mut robots = Robots::closed();
        for _ in 0..=self.shared.config.redirects {
            check(&at)?;
            let wire = Wire { url: at.clone(), headers: Vec::new(), body: None, is_put: false };
            let (raw, wait) = self.tried(wire, pace).await?;
            let location =
                raw.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone());
            match (raw.status, location) {
                (200..300, _) => robots = Robots::read(&String::from_utf8_lossy(&raw.body)),
                (300..400, Some(location)) => {
                    at = at.join(&location).map_err(|_| NetError::Redirects(name(url)))?;
                    continue;
                }
                // Who asks for patience has rules, and does not show them now.
                (500.., _) if limits::retry_after(&raw.headers, self.now()).is_none() => {
                    return Err(NetError::NoRobots(name(url)));
                }
                (429 | 500.., _) => {
                    return Err(NetError::Wait {
                        host: name(url),
                        wait: wait.unwrap_or(Duration::from_mins(10)),
                    });
                }
                // No rules: all is allowed.
                _ => robots = Robots::default(),
            }
            break;
        }
        Ok(Arc::new(robots))
    }

    /// Sends one request until there is an answer that stands, as often as is decent.
    async fn tried(&self, wire: Wire, pace: Duration) -> Result<(Raw, Option<Duration>), NetError> {
        let config = &self.shared.config;
        let host = self.host(&wire.url);
        let mut tries = 0;
        loop {
            let turn = host.turn(pace, config.patience).await;
            let turn = turn.map_err(|wait| NetError::Wait { host: name(&wire.url), wait })?;
            let result = self.shared.transport.exchange(wire.clone()).await;
            drop(turn);
            tries += 1;
            let back_off = config.back_off * 2_u32.saturating_pow(tries - 1);
            // Half to one and a half times: many of us that failed together do not come back together.
            let back_off = back_off.mul_f64(0.5 + self.chance());
            let is_last = tries >= config.tries;
            match result {
                Ok(raw) => {
                    let now = self.now();
                    let quota = limits::quota(&raw.headers, now);
                    let asked = limits::retry_after(&raw.headers, now);
                    let is_spent = quota.left == Some(0);
                    let is_limit = raw.status == 429 || (raw.status == 403 && (asked.is_some() || is_spent));
                    let is_failure = raw.status >= 500 && raw.status != 501;
                    if !is_limit && !is_failure {
                        // The next one would be refused: it waits here.
                        if let (true, Some(wait)) = (is_spent, quota.wait) {
                            host.hold(wait.min(config.longest_wait));
                        }
                        return Ok((raw, None));
                    }
                    let said = asked.or(quota.wait.filter(|_| is_spent));
                    if said.is_some_and(|wait| wait > config.longest_wait) {
                        tracing::warn!(
                            host = name(&wire.url),
                            "a site wants to be left alone for longer than is believed"
                        );
                    }
                    let wait = said.unwrap_or(back_off).min(config.longest_wait);
                    if is_limit || asked.is_some() {
                        host.hold(wait);
                    }
                    if is_last || wait > config.patience {
                        return Ok((raw, Some(wait)));
                    }
                    tokio::time::sleep(wait).await;
                }
                Err(Broke::Unreachable | Broke::Slow | Broke::Cut) if !is_last => {
                    tokio::time::sleep(back_off).await;
                }
                Err(broke) => return Err(self.error(broke, &wire.url)),
            }
        }
    }

    fn error(&self, broke: Broke, url: &Url) -> NetError {
        let host = name(url);
        match broke {
            Broke::Unreachable => NetError::Unreachable(host),
            Broke::Private => NetError::Private(host),
            Broke::Slow => NetError::Slow(host),
            Broke::Cut => NetError::Cut(host),
            Broke::Large => NetError::Large { host, bytes: self.shared.config.max_bytes },
            Broke::Packed => NetError::Packed(host),
            Broke::Unsendable => NetError::Address(host),
            Broke::Refused(status, _) => NetError::Refused { host, status },
        }
    }

    fn host(&self, url: &Url) -> Arc<Host> {
        let at_once = self.shared.config.at_once;
        lock(&self.shared.hosts).entry(name(url)).or_insert_with(|| Arc::new(Host::new(at_once))).clone()
    }

    fn incoming(&self, raw: Raw, url: &Url, moved: Option<String>, wait: Option<Duration>) -> Incoming {
        let header = |wanted: &str| {
            raw.headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        Incoming {
            status: raw.status,
            url: url.to_string(),
            validators: Validators { etag: header("etag"), last_modified: header("last-modified") },
            quota: limits::quota(&raw.headers, self.now()),
            headers: raw.headers,
            body: raw.body,
            moved,
            wait,
        }
    }
}

impl Transport for Arc<Web> {
    fn exchange(&self, wire: Wire) -> super::transport::Exchanged<'_> {
        self.as_ref().exchange(wire)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_secret(header: &str) -> bool {
    !["accept", "accept-language", "content-type", "user-agent", "x-github-api-version"]
        .contains(&header.to_ascii_lowercase().as_str())
}

/// The host's name, as people say it.
fn name(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn address(text: &str) -> Result<Url, NetError> {
    // An address can hold a secret among its parameters: only its start is told.
    let shown =
        || NetError::Address(text.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect());
    let url = Url::parse(text).map_err(|_| shown())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || !url.username().is_empty() || url.password().is_some() { Err(shown()) } else { Ok(url) }
}

/// Ends of names that no public host has (RFC 6761, 6762, 8375, and what routers and companies use at home).
const PRIVATE_ENDS: [&str; 10] = [
    ".localhost",
    ".local",
    ".internal",
    ".home.arpa",
    ".lan",
    ".corp",
    ".home",
    ".intranet",
    ".private",
    ".localdomain",
];

/// Refuses addresses that are written as numbers and are private, and names that cannot be public: a proxy may know them. Other
/// names are checked when they are resolved.
fn check(url: &Url) -> Result<(), NetError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NetError::Address(name(url)));
    }
    let host = name(url);
    let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let is_private = match bare.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        Err(_) => !bare.contains('.') || PRIVATE_ENDS.iter().any(|end| bare.ends_with(end)),
    };
    if is_private { Err(NetError::Private(host)) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
