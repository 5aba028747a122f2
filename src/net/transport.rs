//! What goes over the wire? The one file that sends, and a seam for tests of politeness, which need no wire.

use std::error::Error as _;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{HOST, HeaderName, HeaderValue};
use reqwest::{Method, Response, Url};

use super::body::{Body, Unpack};
use super::guard::{NotPublic, PublicOnly};
use super::{NetConfig, NetError, Proxies};

/// One request as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    /// Media type and text; a request that has it is a `POST`.
    pub(super) body: Option<(String, String)>,
    pub(super) is_put: bool,
}

/// One answer as it came, unpacked.
#[derive(Debug, Clone, Default)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broke {
    Unreachable,
    Private,
    Slow,
    Cut,
    Large,
    Packed,
    /// A header or the like that cannot be sent.
    Unsendable,
    /// A WebSocket is not opened, and this status says why; and what `Retry-After` said, if it did.
    Refused(u16, Option<Duration>),
}

pub(super) type Exchanged<'a> = Pin<Box<dyn Future<Output = Result<Raw, Broke>> + Send + 'a>>;

/// Sends a request and waits for the answer.
pub(super) trait Transport: Send + Sync {
    fn exchange(&self, wire: Wire) -> Exchanged<'_>;
}

/// The web.
pub(super) struct Web {
    client: reqwest::Client,
    whole: Duration,
    connect: Duration,
    max_bytes: usize,
    proxies: Proxies,
    test_server: Option<SocketAddr>,
}

impl Web {
    pub(super) fn new(config: &NetConfig) -> Result<Self, NetError> {
        // Whoever came first installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(format!(
                "Grouse/{} (reads public complaints; {})",
                env!("CARGO_PKG_VERSION"),
                config.contact
            ))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.connect)
            .referer(false);
        if let Some(server) = config.test_server {
            if !server.ip().is_loopback() {
                return Err(NetError::Setup("a test server is on this machine".to_owned()));
            }
            builder = builder.no_proxy();
        } else {
            let proxies = config.proxies.clone();
            let through = reqwest::Proxy::custom(move |url| proxies.through(url).cloned());
            // What the environment says was read at the rim.
            builder = builder.no_proxy().proxy(through);
            builder = builder.dns_resolver(PublicOnly::shared(config.proxies.hosts()));
        }
        let client = builder.build().map_err(|error| NetError::Setup(error.to_string()))?;
        Ok(Self {
            client,
            whole: config.whole,
            connect: config.connect,
            max_bytes: config.max_bytes,
            proxies: config.proxies.clone(),
            test_server: config.test_server,
        })
    }

    /// Sends a request and returns the answer's head, body to come.
    pub(super) async fn start(&self, wire: Wire) -> Result<Response, Broke> {
        let Wire { mut url, headers, body, is_put } = wire;
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(server) = self.test_server {
            let moved = url.set_scheme("http").and_then(|()| url.set_ip_host(server.ip()));
            moved.and_then(|()| url.set_port(Some(server.port()))).map_err(|()| Broke::Unsendable)?;
        } else if self.proxies.through(&url).is_some() && self.proxies.is_refused(&url, self.connect).await {
            return Err(Broke::Private);
        }
        let method = match (&body, is_put) {
            (None, _) => Method::GET,
            (Some(_), false) => Method::POST,
            (Some(_), true) => Method::PUT,
        };
        let mut request = self.client.request(method, url);
        if self.test_server.is_some() {
            request = request.header(HOST, host);
        }
        for (name, value) in headers {
            let name = HeaderName::try_from(name).map_err(|_| Broke::Unsendable)?;
            let mut value = HeaderValue::try_from(value).map_err(|_| Broke::Unsendable)?;
            value.set_sensitive(name == "authorization");
            request = request.header(name, value);
        }
        if let Some((kind, text)) = body {
            request = request.header("content-type", kind).body(text);
        }
        request.send().await.map_err(|error| broke(&error))
    }

    async fn whole(&self, wire: Wire) -> Result<Raw, Broke> {
        let mut response = self.start(wire).await?;
        let status = response.status().as_u16();
        // A value that is no text is of no use to any of us.
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        if response.content_length().is_some_and(|length| length > self.max_bytes as u64) {
            return Err(Broke::Large);
        }
        let encoding =
            headers.iter().find(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
        let mut body = Body::new(encoding, self.max_bytes).map_err(unpack)?;
        while let Some(piece) = response.chunk().await.map_err(|error| broke(&error))? {
            body.take(&piece).map_err(unpack)?;
        }
        Ok(Raw { status, body: body.end().map_err(unpack)?, headers })
    }
}

impl Transport for Web {
    fn exchange(&self, wire: Wire) -> Exchanged<'_> {
        Box::pin(async move {
            tokio::time::timeout(self.whole, self.whole(wire)).await.unwrap_or(Err(Broke::Slow))
        })
    }
}

fn unpack(unpack: Unpack) -> Broke {
    match unpack {
        Unpack::Large => Broke::Large,
        Unpack::Broken => Broke::Packed,
    }
}

fn broke(error: &reqwest::Error) -> Broke {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return Broke::Private;
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        Broke::Slow
    } else if error.is_builder() {
        Broke::Unsendable
    } else if error.is_body() || error.is_decode() || (error.is_request() && !error.is_connect()) {
        Broke::Cut
    } else {
        Broke::Unreachable
    }
}
