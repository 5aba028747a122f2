//! Through whom do we speak? Through the proxies that the environment names, where it names any.
//!
//! Behind a proxy it is the proxy that resolves names, and so what a name leads to is looked at here first: a name that leads
//! into a private network is refused, as it is without a proxy. One that cannot be resolved here is left to the proxy.

use std::time::Duration;

use reqwest::Url;
use tokio::time::timeout;

use super::{NetError, is_public};

/// The proxies for each kind of address, and the hosts that are asked without one.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    /// Hosts, each with all below it; `*` is all.
    without: Vec<String>,
}

impl std::fmt::Debug for Proxies {
    /// Without the name and the password that an address may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = |url: &Option<Url>| url.as_ref().and_then(Url::host_str).map(str::to_owned);
        f.debug_struct("Proxies")
            .field("http", &host(&self.http))
            .field("https", &host(&self.https))
            .field("without", &self.without)
            .finish()
    }
}

impl Proxies {
    /// The proxies that variables name, as `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters or in
    /// large ones.
    ///
    /// # Errors
    /// [`NetError::Setup`] if one is not the address of an HTTP proxy.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, NetError> {
        let find = |name: &str| variable(name).or_else(|| variable(&name.to_uppercase()));
        let find = |name: &str| find(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let proxy = |name: &str| {
            let Some(text) = find(name).or_else(|| find("all_proxy")) else { return Ok(None) };
            // Many write the host alone.
            let whole = if text.contains("://") { text } else { format!("http://{text}") };
            let url = Url::parse(&whole).ok();
            let is_proxy = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
            url.filter(is_proxy).map(Some).ok_or_else(|| {
                let what = "is not an HTTP proxy: give it as http://host:port, or take it out";
                NetError::Setup(format!("{} {what}", name.to_uppercase()))
            })
        };
        let without = find("no_proxy").unwrap_or_default();
        let without = without.split(',').map(|host| host.trim().trim_start_matches('.').to_lowercase());
        Ok(Self {
            http: proxy("http_proxy")?,
            https: proxy("https_proxy")?,
            without: without.filter(|host| !host.is_empty()).collect(),
        })
    }

    /// The proxy through which an address is asked, if any.
    pub(super) fn through(&self, url: &Url) -> Option<&Url> {
        let host = url.host_str()?.to_lowercase();
        let is_without = self.without.iter().any(|without| {
            without == "*"
                || host == *without
                || host.strip_suffix(without.as_str()).is_some_and(|rest| rest.ends_with('.'))
        });
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !is_without)
    }

    /// The hosts of the proxies themselves, which may be private.
    pub(super) fn hosts(&self) -> Vec<String> {
        let both = [&self.http, &self.https].into_iter().flatten();
        both.filter_map(Url::host_str).map(str::to_lowercase).collect()
    }

    /// Whether a proxy must not be asked for an address: it is the proxy's own, or leads into a private network.
    pub(super) async fn is_refused(&self, url: &Url, within: Duration) -> bool {
        let host = url.host_str().unwrap_or_default().to_lowercase();
        if self.hosts().contains(&host) {
            return true;
        }
        let port = url.port_or_known_default().unwrap_or(80);
        match timeout(within, tokio::net::lookup_host((host.as_str(), port))).await {
            Ok(Ok(mut found)) => found.any(|address| !is_public(address.ip())),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
