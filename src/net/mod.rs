//! How do we speak HTTP politely? Hosts, retries, limits, size caps, private addresses refused.
//!
//! All requests to one host pass through one `Host`: permit, spacing, request, in that order, and what the
//! host says of its limits holds for all who ask it. Time and chance are arguments, so that tests spend none.

mod body;
mod guard;
mod host;
mod limits;
mod proxy;
mod robots;
mod send;
mod socket;
mod transport;

pub use self::guard::is_public;
pub use self::limits::Quota;
pub use self::proxy::Proxies;
pub use self::send::{Client, Incoming, Outgoing, Validators};
pub use self::socket::{Socket, SocketEnd, accept};

use std::net::SocketAddr;
use std::time::Duration;

/// How we speak to sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetConfig {
    /// Whom sites may write to, as a mail address or a page, told to each of them. There is no default: who cannot write to us
    /// can only block us.
    pub contact: String,
    /// Least time between two requests to one host, where its source names none. Default: a second.
    pub pace: Duration,
    /// Requests to one host at once. Default: one: nobody complains of that.
    pub at_once: usize,
    /// Tries of one request, the first included, where the connection or the site failed. Default: three.
    pub tries: u32,
    /// Wait after the first failure; each later one is twice as long. Default: two seconds.
    pub back_off: Duration,
    /// Longest that a site's `Retry-After` is believed. Default: a day; more is a mistake or a way to be rid of us, and
    /// asking once a day hurts nobody.
    pub longest_wait: Duration,
    /// Longest that a request waits inside for its turn after a site asked for patience. Default: a minute; what takes
    /// longer is told to the caller, who has other things to do.
    pub patience: Duration,
    /// Time to connect. Default: ten seconds.
    pub connect: Duration,
    /// Time in which the whole answer must have come. Default: a minute.
    pub whole: Duration,
    /// Most bytes of an answer, as sent and also after decompression. Default: 32 MB; the largest recorded answer has 4.
    pub max_bytes: usize,
    /// Redirects that are followed. Default: five.
    pub redirects: usize,
    /// Through whom sites are asked. Default: nobody.
    pub proxies: Proxies,
    /// A server on this machine that plays every site, for tests. Default: none.
    pub test_server: Option<SocketAddr>,
}

impl NetConfig {
    /// The defaults, for whoever can be written to at `contact`.
    #[must_use]
    pub fn new(contact: impl Into<String>) -> Self {
        Self {
            contact: contact.into(),
            pace: Duration::from_secs(1),
            at_once: 1,
            tries: 3,
            back_off: Duration::from_secs(2),
            longest_wait: Duration::from_hours(24),
            patience: Duration::from_mins(1),
            connect: Duration::from_secs(10),
            whole: Duration::from_mins(1),
            max_bytes: 32 << 20,
            redirects: 5,
            proxies: Proxies::default(),
            test_server: None,
        }
    }
}

/// Why a site gave no answer. Statuses of HTTP are answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// The address is none that can be asked. Mend it.
    #[error("{0} is not an address of the web")]
    Address(String),
    /// The address leads into this machine or its own network. Nothing that comes from the web may send us there.
    #[error("{0} is an address of this machine or its network, which is not asked")]
    Private(String),
    /// The site's robots rules say no.
    #[error("the robots rules of {0} forbid this address")]
    Robots(String),
    /// They cannot be had, and until then all is forbidden. Later may help.
    #[error("{0} failed when it was asked for its robots rules")]
    NoRobots(String),
    /// Nobody answered. Later may help.
    #[error("{0} could not be reached")]
    Unreachable(String),
    /// The answer took too long. Later may help.
    #[error("{0} took too long to answer")]
    Slow(String),
    /// The answer broke off. Later may help.
    #[error("the answer of {0} broke off")]
    Cut(String),
    /// The answer is larger than is read.
    #[error("the answer of {host} has more than {bytes} bytes")]
    Large {
        /// Which host.
        host: String,
        /// How many are read.
        bytes: usize,
    },
    /// The answer is packed in a way that cannot be unpacked.
    #[error("the answer of {0} cannot be unpacked")]
    Packed(String),
    /// Redirects lead in circles, or nowhere.
    #[error("{0} sends us from one address to the next")]
    Redirects(String),
    /// A redirect leads to another host, or to another way of speaking, and the request holds a secret.
    #[error("{host} sends us to {to}, which is not given the credentials")]
    Away {
        /// Which host.
        host: String,
        /// Where it sends us.
        to: String,
    },
    /// A stream is not opened.
    #[error("{host} opens no stream for us ({status})")]
    Refused {
        /// Which host.
        host: String,
        /// Status of HTTP.
        status: u16,
    },
    /// The host wants to be left alone for a while.
    #[error("{host} wants to be left alone for {}", spoken(*.wait))]
    Wait {
        /// Which host.
        host: String,
        /// How long.
        wait: Duration,
    },
    /// The client could not be made.
    #[error("could not prepare for speaking to sites: {0}")]
    Setup(String),
}

impl NetError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::NoRobots(_) | Self::Unreachable(_) | Self::Slow(_) | Self::Cut(_) | Self::Wait { .. }
        )
    }
}

/// Bytes as letters (RFC 4648, 4).
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 63;
            out.push(if at <= three.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    out
}

/// A wait as people say it.
fn spoken(wait: Duration) -> String {
    match wait.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7_200 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_as_people_say_it() {
        for (seconds, told) in
            [(90, "90 seconds"), (119, "119 seconds"), (121, "3 minutes"), (21_599, "6 hours")]
        {
            let error = NetError::Wait { host: "a.example".to_owned(), wait: Duration::from_secs(seconds) };
            assert_eq!(error.to_string(), format!("a.example wants to be left alone for {told}"));
        }
    }
}
