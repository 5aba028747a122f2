//! What goes to a site and comes back? One request, one answer, one page of posts with what could not be read.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::loose::loose;
use crate::model::{Post, PostId, SourceId};

/// What to send. The secret is named and not held: only `harvest` looks it up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The whole address.
    pub url: String,
    /// Headers beside those that every request has.
    pub headers: Vec<(&'static str, String)>,
    /// Who asks.
    pub auth: Auth,
    /// What is sent along; a request that has it is a `POST`,
    pub body: Option<Body>,
    /// or a `PUT`.
    pub is_put: bool,
    /// Least time before the next request to the host, where that is more than the source's own.
    pub pace: Option<Duration>,
}

/// What is sent along with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its media type.
    pub kind: &'static str,
    /// The bytes.
    pub text: String,
}

/// How a site wants to know who asks. Each names environment variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// `Authorization: Bearer` with the value of the variable.
    Bearer(&'static str),
    /// The same if the variable is set, else without.
    BearerIfSet(&'static str),
    /// A parameter of the address with the value of the variable.
    Parameter(&'static str, &'static str),
    /// The same if the variable is set, else without.
    ParameterIfSet(&'static str, &'static str),
    /// `Authorization: Bearer` with the token that the variable holds for the host of the address, as `token@host`.
    BearerAt(&'static str),
    /// The same if it holds one, else without.
    BearerAtIfSet(&'static str),
    /// Without at first, and the same only where the site shows it to nobody who is not signed in.
    BearerAtIfClosed(&'static str),
    /// A parameter of the address with the token that the variable holds for its host.
    ParameterAt(&'static str, &'static str),
    /// A header with the value of the variable.
    Header(&'static str, &'static str),
    /// `Authorization: Bearer` with a token that the site's sign-in gives.
    Session(SignIn),
}

impl Auth {
    /// The variables that it names.
    pub fn variables(self) -> impl Iterator<Item = &'static str> {
        let (one, other) = match self {
            Self::None => (None, None),
            Self::Bearer(name)
            | Self::BearerIfSet(name)
            | Self::Parameter(_, name)
            | Self::ParameterIfSet(_, name)
            | Self::BearerAt(name)
            | Self::BearerAtIfSet(name)
            | Self::BearerAtIfClosed(name)
            | Self::ParameterAt(_, name)
            | Self::Header(_, name) => (Some(name), None),
            Self::Session(sign_in) => (Some(sign_in.variables.0), Some(sign_in.variables.1)),
        };
        one.into_iter().chain(other)
    }

    /// Whether the host can be asked without a token, and may be asked with one.
    #[must_use]
    pub fn is_offered(self) -> bool {
        matches!(self, Self::BearerAtIfSet(_) | Self::BearerAtIfClosed(_))
    }

    /// Whether the variable holds tokens that each name their host, and are sent to no other.
    #[must_use]
    pub fn is_bound(self) -> bool {
        matches!(self, Self::BearerAt(_) | Self::ParameterAt(..)) || self.is_offered()
    }
}

/// How a token is had for a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// Where to sign in.
    pub url: &'static str,
    /// Variables with name and password.
    pub variables: (&'static str, &'static str),
    /// What is sent.
    pub form: SignInForm,
    /// Where the answer has the token.
    pub token: &'static str,
    /// How long the token is used.
    pub lasts: Duration,
}

/// What a sign-in sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInForm {
    /// `grant_type=client_credentials`, with name and password as HTTP Basic (RFC 6749, 4.4).
    ClientCredentials,
    /// JSON with `identifier` and `password`.
    Password,
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Status of HTTP.
    pub status: u16,
    /// Headers, names in small letters.
    pub headers: &'a [(String, String)],
    /// The bytes, decompressed.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// An answer without headers.
    #[must_use]
    pub fn ok(body: &'a [u8]) -> Self {
        Self { status: 200, headers: &[], body }
    }

    /// Whether it is a web page, which blocked or broken sites send instead of data.
    #[must_use]
    pub fn is_web_page(&self) -> bool {
        is_web_page(self.body)
    }

    /// Whether it is a message that something went wrong, in one of the forms that programs have for it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        const NAMES: [&str; 6] = ["error", "errors", "error_message", "message", "detail", "fault"];
        let value = serde_json::from_slice::<Value>(self.text()).ok();
        value
            .is_some_and(|value| NAMES.iter().any(|name| value.get(name).is_some_and(|what| !what.is_null())))
    }

    /// The value of a header, named in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body without the mark by which some programs say how they write.
    fn text(&self) -> &'a [u8] {
        self.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(self.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ParseError::Page`] for a web page, [`ParseError::Unreadable`] for all else that is not JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        let read = serde_json::from_slice::<Value>(self.text()).and_then(loose);
        read.map_err(|error| {
            // An answer may hold people's words, and the parser's message may quote them: only the place is told.
            if is_web_page(self.body) {
                ParseError::Page
            } else if self.body.trim_ascii().is_empty() {
                ParseError::Unreadable("it is empty".to_owned())
            } else {
                let what = match error.classify() {
                    serde_json::error::Category::Data => "it is not shaped as the site's answers are",
                    serde_json::error::Category::Eof => "it was cut off",
                    _ => "it is not JSON",
                };
                let place =
                    if error.line() > 0 { format!(" (line {})", error.line()) } else { String::new() };
                ParseError::Unreadable(format!("{what}{place}"))
            }
        })
    }
}

/// Whether bytes are a web page: what blocked or broken sites send instead of data. Some begin with comments, or leave out
/// all but a title or a script.
pub(super) fn is_web_page(body: &[u8]) -> bool {
    const TAGS: [&[u8]; 6] = [b"<!doctype html", b"<html", b"<head", b"<body", b"<title", b"<script"];
    const ROOM: usize = 4_096;
    let start: Vec<u8> = body.iter().take(ROOM).map(u8::to_ascii_lowercase).collect();
    let mut rest = start.as_slice();
    loop {
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte >= 0x80).count();
        rest = &rest[blank..];
        let end: &[u8] = if rest.starts_with(b"<!--") {
            b"-->"
        } else if rest.starts_with(b"<?xml") {
            b"?>"
        } else {
            break;
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else { return false };
        rest = &rest[at + end.len()..];
    }
    let is_tag = |tag: &&[u8]| {
        let behind = rest.get(tag.len()).copied();
        rest.starts_with(tag) && !behind.is_some_and(|byte| byte.is_ascii_alphanumeric())
    };
    let is_text = rest.first().is_some_and(|byte| !b"<{[".contains(byte));
    TAGS.iter().any(is_tag) || (is_text && rest.windows(6).take(400).any(|at| at == b"<html>"))
}

/// Posts of one answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// What could be read.
    pub posts: Vec<Post>,
    /// What could not, one for each broken item.
    pub rejects: Vec<Reject>,
    /// What the site says is gone.
    pub deleted: Vec<PostId>,
    /// Accounts that are gone: all posts whose ids begin like this are deleted.
    pub deleted_all: Vec<String>,
    /// Authors who said just now that they do not want to be shown, as all of their posts' ids begin: what is had of them goes.
    pub opted_out: Vec<String>,
    /// When, by id or by how ids begin, where the site says so.
    pub deleted_at: std::collections::BTreeMap<String, Timestamp>,
    /// Where the walk goes on, in the source's own words. `None`: this was the last page.
    pub next: Option<String>,
    /// The newest place of this page, in the source's own words, where a later walk stops (or begins, if pages go
    /// forward).
    pub mark: Option<String>,
    /// The site shows nothing that is older than this, though more is wanted: before it there is a gap.
    pub cut: Option<Timestamp>,
    /// How far back all of it goes, where its oldest post does not say: it holds several lists of which one goes further than
    /// another, or it is in the order of numbers, and one that was written long before it came says nothing of the others.
    pub reached: Option<Timestamp>,
    /// US dollars that it cost beside those for its posts.
    pub dollars: f64,
    /// How long the site wants to be left alone.
    pub wait: Option<Duration>,
    /// Least time until the same is asked for again.
    pub rest: Option<Duration>,
    /// Requests that the site says are left, where it says so in the answer itself.
    pub quota: Option<u64>,
    /// Of what could not be read, the posts that it is about, where that can be told: they are there.
    pub unread: Vec<PostId>,
}

/// One item that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its place on the page, from 0.
    pub item: usize,
    /// Why, without its words.
    pub reason: String,
}

/// Why an answer was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A web page came instead of data: the site blocks us, or asks to sign in.
    #[error("a web page came instead of data")]
    Page,
    /// The site says that it does not answer this.
    #[error("the site refused: {0}")]
    Refused(String),
    /// It is none of the site's answers. Retrying does not help; the source needs work.
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl Page {
    /// Reads each of `items` by itself, so that a broken one costs itself only. `None` is an item that is no post.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        items: Vec<Value>,
        post: impl Fn(T) -> Result<Option<Post>, String>,
    ) {
        for (item, value) in items.into_iter().enumerate() {
            let read = loose::<T>(value).map_err(|error| shape(&error)).and_then(&post);
            match read {
                Ok(Some(post)) => self.posts.push(post),
                Ok(None) => {}
                Err(reason) => self.rejects.push(Reject { item, reason }),
            }
        }
    }

    /// Has a walk go on by time: with what was written in the oldest second of this page, or before. Of a second that has more
    /// than a page shows, the rest cannot be had: that is told, and the walk goes on before it. Where a site takes no notice of
    /// `before`, the second from which this page was to go back, what is older cannot be had, and is a gap.
    pub(super) fn go_on_by_time(
        &mut self,
        before: Option<i64>,
        goes_on: bool,
        write: impl Fn(i64) -> String,
    ) {
        let seconds = || self.posts.iter().filter_map(|post| post.created).map(Timestamp::as_second);
        let (Some(newest), Some(oldest), true) = (seconds().max(), seconds().min(), goes_on) else { return };
        if before.is_some_and(|before| newest > before) {
            self.cut = Timestamp::from_second(oldest).ok();
        } else if before == Some(oldest) {
            let reason = "in one second more was written than a page shows".to_owned();
            self.rejects.push(Reject { item: self.posts.len() + self.rejects.len(), reason });
            self.next = Some(write(oldest - 1));
        } else {
            self.next = Some(write(oldest));
        }
    }

    /// As [`read`](Self::read), and notes which of the items that could not be read are about which posts. `id` reads what the
    /// site calls one.
    pub(super) fn read_named<T: DeserializeOwned>(
        &mut self,
        source: &str,
        items: Vec<Value>,
        id: impl Fn(&Value) -> Option<String>,
        post: impl Fn(T) -> Result<Option<Post>, String>,
    ) {
        let ids: Vec<Option<String>> = items.iter().map(id).collect();
        self.read(items, post);
        let broken = self.rejects.iter().filter_map(|reject| ids.get(reject.item)?.as_deref());
        self.unread = broken.filter_map(|id| Some(blank(source, id).ok()?.id)).collect();
    }

    /// How far back the page goes: to when its oldest post was written, if it does not say otherwise.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.reached.or_else(|| self.posts.iter().filter_map(|post| post.created).min())
    }
}

/// Says what is wrong with an item's shape, without its values.
fn shape(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once('`') {
        Some(("missing field ", rest)) => {
            format!("it has no {}", rest.split('`').next().unwrap_or_default())
        }
        _ => "a field has another form than it should".to_owned(),
    }
}

/// Parameters of an address, escaped.
pub(super) fn parameters(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

/// The host of an address without its scheme.
pub(super) fn host_of(rest: &str) -> &str {
    let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if let Some((host, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return host;
    }
    rest.split_once(':').map_or(rest, |(host, _)| host)
}

/// Whether a host may be another machine, as far as its name says: what is of this network is never asked.
pub(super) fn is_elsewhere(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => {
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified())
        }
        Ok(IpAddr::V6(v6)) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
        Err(_) => host.contains('.') && !host.contains(char::is_whitespace) && !host.ends_with(".localhost"),
    }
}

/// A text as a part of an address (RFC 3986, 2.3).
pub(super) fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A post of a source with that native id, and nothing else in it.
pub(super) fn blank(source: &str, native: &str) -> Result<Post, String> {
    if native.is_empty() {
        return Err("it has no id".to_owned());
    }
    let source = SourceId::new(source).map_err(|error| error.to_string())?;
    Ok(Post::bare(source, native, ""))
}

/// What else a source said: all of `pairs` that has a value.
pub(super) fn attributes(
    pairs: impl IntoIterator<Item = (&'static str, Option<String>)>,
) -> std::collections::BTreeMap<String, String> {
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.filter(|value| !value.is_empty())?)))
        .collect()
}

/// A moment that must be there, in one of the forms that programs write.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    // Some sites leave the zone out, and mean UTC.
    text.parse::<Timestamp>()
        .or_else(|_| format!("{text}Z").parse())
        .map_err(|_| "its date cannot be read".to_owned())
}

/// A moment as sites take it in a question: in whole seconds.
pub(super) fn second(moment: Timestamp) -> String {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment).to_string()
}

/// The newest and the oldest moment of some posts. What says that it was written after `now` is no place to go on from: all
/// that is written until then would be passed over.
pub(super) fn span(posts: &[Post], now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let dates = || posts.iter().filter_map(|post| post.created);
    (dates().filter(|date| *date <= now).max(), dates().min())
}

/// One page of a list that a site counts by number. When a post is taken out there between two pages, all behind it move up,
/// and the first of the next page would be on the page before: so each page begins a little before the end of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbered {
    /// Items on a page of the list.
    pub(super) size: usize,
    /// Number of the page, from 1.
    pub(super) number: usize,
}

/// Items that are asked for twice where two pages meet: so many may be taken out between them. Not measured; pages are
/// seconds apart.
const SEAM: usize = 5;

impl Numbered {
    /// The page that goes on where `next` says, with at most `most` items. A page can only begin at a multiple of its size, and
    /// so the size that comes furthest is taken.
    pub(super) fn at(next: Option<&str>, most: usize) -> Self {
        let walked: usize = next.and_then(|next| next.parse().ok()).unwrap_or(0);
        let from = walked.saturating_sub(SEAM);
        let pages = (most.div_ceil(2)..=most).map(|size| Self { size, number: from / size + 1 });
        pages.max_by_key(|page| (page.end(), page.size)).unwrap_or(Self { size: most, number: 1 })
    }

    /// The [`next`](Page::next) behind a page with so many items; `None` if it was the last.
    pub(super) fn next(self, items: usize) -> Option<String> {
        (items >= self.size).then(|| self.end().to_string())
    }

    fn end(self) -> usize {
        self.size * self.number
    }
}

/// Whether a page goes back to the moment at which the walk before began, which was kept as a mark.
pub(super) fn is_back_at(mark: Option<&str>, oldest: Option<Timestamp>) -> bool {
    let mark = mark.and_then(|mark| mark.parse::<Timestamp>().ok());
    mark.zip(oldest).is_some_and(|(mark, oldest)| oldest < mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_known_however_it_begins() {
        for page in [
            "<!DOCTYPE html><p>Busy",
            "\u{feff}\n <HTML lang=nl>",
            "<!-- cached --><!-- by 7 -->\n<!doctype html>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\"><html xmlns=\"y\">",
            "<head><title>Just a moment...</title></head>",
            "<script>location.reload()</script>",
            "Moved. <html>",
        ] {
            assert!(is_web_page(page.as_bytes()), "{page}");
        }
        for other in [
            "",
            "<!-- never closed <html",
            "<?xml version=\"1.0\"?><!-- made by <html> --><rss><channel><title>x</title></channel></rss>",
            "<rss><channel><title>x</title><description>&lt;body>",
            "<header>",
            "{\"a\": \"<p>\"}",
        ] {
            assert!(!is_web_page(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_moment_is_asked_for_in_whole_seconds() {
        assert_eq!(second("2026-03-01T10:00:00.88781904Z".parse().unwrap()), "2026-03-01T10:00:00Z");
        assert_eq!(second("2026-03-01T10:00:00Z".parse().unwrap()), "2026-03-01T10:00:00Z");
    }

    #[test]
    fn a_walk_by_time_goes_on_before_a_second_that_fills_a_page() {
        let walked = |before: Option<i64>, written: &[i64], goes_on: bool| {
            let source = SourceId::new("made").unwrap();
            let post = |second: &i64| Post {
                created: Timestamp::from_second(*second).ok(),
                ..Post::bare(source.clone(), &second.to_string(), "")
            };
            let mut page = Page { posts: written.iter().map(post).collect(), ..Page::default() };
            page.go_on_by_time(before, goes_on, |second| second.to_string());
            (page.next, page.rejects.len(), page.cut.map(Timestamp::as_second))
        };
        assert_eq!(walked(None, &[8, 7, 9], true), (Some("7".to_owned()), 0, None));
        assert_eq!(walked(Some(9), &[7, 8], true), (Some("7".to_owned()), 0, None));
        // All of a page is of the second that it was asked for.
        assert_eq!(walked(Some(7), &[7, 7], true), (Some("6".to_owned()), 1, None));
        assert_eq!(walked(Some(9), &[7], false), (None, 0, None));
        assert_eq!(walked(Some(9), &[], true), (None, 0, None));
        // It shows the same again.
        assert_eq!(walked(Some(7), &[8, 7, 9], true), (None, 0, Some(7)));
    }

    /// Wherever a page ends, the next begins before it, and comes well further.
    #[test]
    fn pages_by_number_overlap_and_go_on() {
        for most in [50, 100] {
            assert_eq!(Numbered::at(None, most), Numbered { size: most, number: 1 });
            for walked in most / 2..20_000 {
                let page = Numbered::at(Some(&walked.to_string()), most);
                let (begin, end) = (page.size * (page.number - 1), page.size * page.number);
                assert!(page.size <= most && begin + SEAM <= walked, "{walked}: {page:?}");
                assert!(end >= walked + most / 4, "{walked}: {page:?}");
            }
        }
    }
}
