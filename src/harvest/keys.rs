//! Who are we at a site? Secrets from the environment, tokens that a sign-in gave, and money that may be spent.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::model::SourceId;
use crate::net::{Client, Incoming, NetError, Outgoing, base64};
use crate::sources::{About, Auth, Request, SignIn, SignInForm};

/// Where secrets are looked up, by the name of a variable. They are never shown.
#[derive(Clone)]
pub struct Keys(Arc<Find>);

type Find = dyn Fn(&str) -> Option<String> + Send + Sync;

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(not shown)")
    }
}

impl Keys {
    /// Looks secrets up by `find`.
    #[must_use]
    pub fn new(find: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// The secret of that name, if there is one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The token that the variable holds for the host of `url`: it has one or more, each as `token@host`, with spaces or commas
    /// between them. One that names no host is sent to none.
    #[must_use]
    pub fn at(&self, name: &str, url: &str) -> Option<String> {
        let host = host(url)?;
        let tokens = self.get(name)?;
        tokens
            .split([' ', ',', '\t', '\n'])
            .filter_map(|token| token.rsplit_once('@'))
            .find(|(token, at)| !token.is_empty() && at.eq_ignore_ascii_case(host))
            .map(|(token, _)| token.to_owned())
    }

    /// The variables that a source needs and that are not set.
    #[must_use]
    pub fn missing(&self, about: &About) -> Vec<&'static str> {
        about.needs.iter().copied().filter(|name| self.get(name).is_none()).collect()
    }
}

/// What all streams share in order to be let in.
#[derive(Debug)]
pub struct Access {
    keys: Keys,
    sessions: Mutex<HashMap<&'static str, Arc<Session>>>,
    purses: Mutex<BTreeMap<SourceId, Purse>>,
    /// Money was paid or is free again.
    changed: Notify,
}

/// A token of one site and until when it is used, once there is one. Held while signing in there, so that many streams sign
/// in once; who signs in elsewhere waits for nobody here.
type Session = tokio::sync::Mutex<Option<(String, Instant)>>;

/// Why a request was not made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A secret is not there: the names of the variables to set.
    Missing(Vec<&'static str>),
    /// The variable holds no token for this host.
    Unbound(&'static str, String),
    /// The site did not take the name and the password.
    SignIn(u16),
    /// The site that gives tokens did not answer.
    Net(NetError),
}

impl Access {
    /// Looks secrets up in `keys`; `spent` is what each source cost already.
    #[must_use]
    pub fn new(keys: Keys, spent: BTreeMap<SourceId, f64>) -> Self {
        let purses =
            spent.into_iter().map(|(source, spent)| (source, Purse { spent, reserved: 0.0 })).collect();
        Self { keys, sessions: Mutex::default(), purses: Mutex::new(purses), changed: Notify::new() }
    }

    /// Puts secrets into a request.
    ///
    /// # Errors
    /// `Refused`, if there are none, or they are not taken.
    pub async fn outgoing(
        &self,
        request: Request,
        about: &About,
        client: &Client,
    ) -> Result<Outgoing, Refused> {
        let mut outgoing = Outgoing {
            url: request.url,
            headers: request.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body: request.body.map(|body| (body.kind.to_owned(), body.text)),
            is_put: request.is_put,
            pace: Some(request.pace.unwrap_or_default().max(about.pace)),
            heeds_robots: about.heeds_robots,
            ..Outgoing::default()
        };
        let plain = (outgoing.url.clone(), outgoing.headers.len());
        let secret = |name: &'static str| self.keys.get(name).ok_or(Refused::Missing(vec![name]));
        let bound = |name: &'static str, url: &str| {
            let unbound = || Refused::Unbound(name, host(url).unwrap_or_default().to_owned());
            self.keys.at(name, url).ok_or_else(unbound)
        };
        match request.auth {
            // What is for closed doors is sent once one is met: `signed`.
            Auth::None | Auth::BearerAtIfClosed(_) => {}
            Auth::Bearer(name) => outgoing.headers.push(bearer(&secret(name)?)),
            Auth::BearerIfSet(name) => outgoing.headers.extend(secret(name).ok().map(|value| bearer(&value))),
            Auth::Parameter(parameter, name) => add(&mut outgoing.url, parameter, &secret(name)?),
            Auth::ParameterIfSet(parameter, name) => {
                if let Ok(value) = secret(name) {
                    add(&mut outgoing.url, parameter, &value);
                }
            }
            Auth::BearerAt(name) => {
                let token = bound(name, &outgoing.url)?;
                outgoing.headers.push(bearer(&token));
            }
            Auth::BearerAtIfSet(name) => {
                outgoing.headers.extend(bound(name, &outgoing.url).ok().map(|token| bearer(&token)));
            }
            Auth::ParameterAt(parameter, name) => {
                let token = bound(name, &outgoing.url)?;
                add(&mut outgoing.url, parameter, &token);
            }
            Auth::Header(header, name) => outgoing.headers.push((header.to_owned(), secret(name)?)),
            Auth::Session(sign_in) => {
                outgoing.headers.push(bearer(&self.token(&sign_in, about, client).await?));
            }
        }
        outgoing.is_secret = plain != (outgoing.url.clone(), outgoing.headers.len());
        Ok(outgoing)
    }

    /// A request that was made as a stranger, with the token that there is for a host that is closed to strangers.
    pub(super) fn signed(&self, outgoing: &Outgoing, auth: Auth) -> Option<Outgoing> {
        let Auth::BearerAtIfClosed(name) = auth else { return None };
        let token = self.keys.at(name, &outgoing.url)?;
        let mut signed = Outgoing { is_secret: true, ..outgoing.clone() };
        signed.headers.push(bearer(&token));
        Some(signed)
    }

    /// Sends a request, and as a member only where the host turns strangers away.
    pub(super) async fn send(
        &self,
        client: &Client,
        outgoing: &Outgoing,
        auth: Auth,
    ) -> Result<Incoming, NetError> {
        let incoming = client.send(outgoing).await?;
        match self.signed(outgoing, auth).filter(|_| is_closed(incoming.status)) {
            Some(signed) => client.send(&signed).await,
            None => Ok(incoming),
        }
    }

    /// The variables that a source needs and that are not set.
    pub(super) fn missing(&self, about: &About) -> Vec<&'static str> {
        self.keys.missing(about)
    }

    /// Forgets the token of a site that no longer takes it.
    pub(super) async fn forget(&self, auth: Auth) {
        if let Auth::Session(sign_in) = auth {
            *self.session(&sign_in).lock().await = None;
        }
    }

    fn session(&self, sign_in: &SignIn) -> Arc<Session> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.entry(sign_in.url).or_default().clone()
    }

    async fn token(&self, sign_in: &SignIn, about: &About, client: &Client) -> Result<String, Refused> {
        let session = self.session(sign_in);
        let mut session = session.lock().await;
        if let Some((token, until)) = session.as_ref()
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let (name, password) = sign_in.variables;
        let (Some(user), Some(secret)) = (self.keys.get(name), self.keys.get(password)) else {
            let missing = [name, password].into_iter().filter(|name| self.keys.get(name).is_none());
            return Err(Refused::Missing(missing.collect()));
        };
        let mut outgoing = Outgoing {
            url: sign_in.url.to_owned(),
            is_secret: true,
            pace: Some(about.pace),
            ..Outgoing::default()
        };
        match sign_in.form {
            SignInForm::ClientCredentials => {
                let basic = base64(format!("{user}:{secret}").as_bytes());
                outgoing.headers.push(("authorization".to_owned(), format!("Basic {basic}")));
                let form = "grant_type=client_credentials".to_owned();
                outgoing.body = Some(("application/x-www-form-urlencoded".to_owned(), form));
            }
            SignInForm::Password => {
                let form = serde_json::json!({ "identifier": user, "password": secret });
                outgoing.body = Some(("application/json".to_owned(), form.to_string()));
            }
        }
        let answer = client.send(&outgoing).await.map_err(Refused::Net)?;
        let token = serde_json::from_slice::<serde_json::Value>(&answer.body)
            .ok()
            .and_then(|answer| Some(answer.get(sign_in.token)?.as_str()?.to_owned()))
            .filter(|_| answer.status == 200)
            .ok_or(Refused::SignIn(answer.status))?;
        *session = Some((token.clone(), Instant::now() + sign_in.lasts));
        Ok(token)
    }

    /// Sets `dollars` apart of what a source may cost. While others have set apart what they may not need, it waits.
    ///
    /// # Errors
    /// What is spent, if there is too little left.
    pub(super) async fn reserve(
        &self,
        source: &SourceId,
        dollars: f64,
        max: f64,
    ) -> Result<Reserved<'_>, f64> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From now on, so that no change before the wait is missed.
            changed.as_mut().enable();
            {
                let mut purses = self.purses();
                let purse = purses.entry(source.clone()).or_default();
                if purse.spent + dollars > max {
                    return Err(purse.spent);
                }
                if purse.spent + purse.reserved + dollars <= max {
                    purse.reserved += dollars;
                    return Ok(Reserved { access: self, source: source.clone(), dollars, cost: 0.0 });
                }
            }
            changed.await;
        }
    }

    fn purses(&self) -> MutexGuard<'_, BTreeMap<SourceId, Purse>> {
        self.purses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a status may turn away who is not signed in.
pub(super) fn is_closed(status: u16) -> bool {
    matches!(status, 401 | 403 | 422)
}

/// What a source cost, and what is set apart for requests that are under way.
#[derive(Debug, Default)]
struct Purse {
    spent: f64,
    reserved: f64,
}

/// US dollars below which nothing is set apart.
const NOTHING: f64 = 1e-9;

/// Money that is set apart for a request. What it did not cost is free again once this is dropped.
pub(super) struct Reserved<'a> {
    access: &'a Access,
    source: SourceId,
    dollars: f64,
    cost: f64,
}

impl Reserved<'_> {
    /// Says what the request cost.
    pub(super) fn pay(mut self, cost: f64) {
        self.cost = cost;
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut purses = self.access.purses();
        let purse = purses.entry(self.source.clone()).or_default();
        purse.reserved -= self.dollars;
        // What rounding leaves over is nobody's: who asks for all that is left would wait for it for ever.
        if purse.reserved < NOTHING {
            purse.reserved = 0.0;
        }
        purse.spent += self.cost;
        drop(purses);
        self.access.changed.notify_waiters();
    }
}

/// The host of an address, as it is written there: with whatever stands before or behind it, which no token is for.
pub(crate) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {token}"))
}

fn add(url: &mut String, parameter: &str, value: &str) {
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str(parameter);
    url.push('=');
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::model::Post;

    #[tokio::test(start_paused = true)]
    async fn what_rounding_leaves_of_money_set_apart_is_waited_for_by_nobody() {
        let access = Access::new(Keys::new(|_| None), BTreeMap::new());
        let x = SourceId::new("x").unwrap();
        // Their sum without each of them is not zero.
        let mut set_apart = Vec::new();
        for dollars in [0.75, 0.75, 0.3] {
            set_apart.push(access.reserve(&x, dollars, 2.0).await.ok().unwrap());
        }
        for reserved in set_apart {
            reserved.pay(0.0);
        }
        let all = access.reserve(&x, 0.1, 0.1);
        assert!(tokio::time::timeout(Duration::from_secs(1), all).await.is_ok());
    }

    /// Of single complaints the bureau allows five a minute, and of lists twenty.
    #[tokio::test]
    async fn a_look_at_one_complaint_is_followed_by_a_longer_rest() {
        let client =
            Client::new(crate::net::NetConfig::new("desk@acme.example"), || Timestamp::UNIX_EPOCH, || 0.5)
                .unwrap();
        let access = Access::new(Keys::new(|_| None), BTreeMap::new());
        let bureau = crate::sources::by_name("cfpb").unwrap();
        let post = Post::bare(SourceId::new("cfpb").unwrap(), "7", "");
        let look = bureau.recheck().unwrap().request(&[post]).unwrap();
        let pace = access.outgoing(look, bureau.about(), &client).await.unwrap().pace;
        assert_eq!(pace, Some(Duration::from_secs(12)));
        let list = access.outgoing(Request::default(), bureau.about(), &client).await.unwrap().pace;
        assert_eq!(list, Some(bureau.about().pace));
    }

    #[test]
    fn a_token_is_for_its_host_and_no_other() {
        let keys = Keys::new(|name| {
            (name == "T").then(|| "a@mine.example, b@x@Other.example bare @no.example".to_owned())
        });
        for (url, expected) in [
            ("https://mine.example/api/v2/search?q=x", Some("a")),
            ("wss://mine.example/api/v1/streaming", Some("a")),
            ("https://MINE.example?x", Some("a")),
            ("https://other.example/", Some("b@x")),
            ("https://evil.example/", None),
            ("https://evil.example/mine.example", None),
            ("https://mine.example.evil.example/", None),
            ("https://mine.example@evil.example/", None),
            ("https://mine.example:8443/", None),
            ("https://mine.example\\@evil.example/", None),
            ("https://no.example/", None),
            ("https://bare/", None),
            ("https:///", None),
        ] {
            assert_eq!(keys.at("T", url).as_deref(), expected, "{url}");
        }
        assert_eq!(keys.at("U", "https://mine.example/"), None);
    }
}
