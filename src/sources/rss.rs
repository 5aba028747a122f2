//! Feeds: RSS in all its versions, Atom, and JSON Feed. A watchlist names their addresses.
//!
//! A feed is a window of a few dozen items. What it shows no longer may be deleted or only old: nothing is taken out for
//! that, and the page that an item links to is asked for instead. What was pushed out of the window between two runs is a
//! gap, which is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::file::dates::{self, DayOrder};
use super::loose::loose;
use super::page::{Answer, Page, ParseError, Reject, Request, host_of, is_elsewhere, is_web_page};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked};
use super::text::{Entities, clean, entity, plain};
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId, fnv1a, is_web_address};

pub(super) struct Rss;

static ABOUT: About = About {
    name: "rss",
    title: "Feeds",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "reading what the publisher offers for reading, with a link",
    forbids: "what the publisher's robots rules and license forbid",
    notices: "by asking again for the pages that posts link to; feeds themselves say nothing of it, and let old posts fall off",
    asks: Asks::Targets,
    order: Order::Backward,
    pace: Duration::from_secs(2),
    every: Duration::from_mins(30),
    replies: Replies::Hidden,
    passing_on: PassingOn::Posts,
    heeds_robots: true,
};

/// Items of one feed that are read: more is no feed.
const MAX_ITEMS: usize = 10_000;

impl Source for Rss {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let rest = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://"));
        let has_secret =
            rest.and_then(|rest| rest.split(['/', '?', '#']).next()).is_some_and(|at| at.contains('@'));
        match rest.map(host_of) {
            // It would be kept, and shown wherever the source is.
            Some(host) if is_elsewhere(host) && has_secret => {
                Some("leave out the name and the password: feeds are asked without")
            }
            Some(host) if is_elsewhere(host) => None,
            Some(_) => Some("name a public host: what is in this machine or its network is not asked"),
            None => Some("write the address of a feed as \"https://example.com/feed.xml\""),
        }
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5";
        Request {
            url: ask.question.place.clone(),
            headers: vec![("accept", accept.to_owned())],
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let text = decoded(answer);
        let feed = if text.trim_start().starts_with('{') { read_json(answer) } else { read_xml(&text) };
        // Some feeds say at first that they are a web page.
        let feed = feed.map_err(|error| if is_web_page(answer.body) { ParseError::Page } else { error })?;
        let mut page = Page { rest: feed.rest(answer), ..Page::default() };
        page.rejects = feed.rejects;
        for (item, entry) in feed.entries.into_iter().enumerate() {
            match post(entry, &ask.question.place, feed.language.as_deref()) {
                Ok(post) => page.posts.push(post),
                Err(reason) => page.rejects.push(Reject { item, reason }),
            }
        }
        let dates = || page.posts.iter().filter_map(|post| post.created);
        // Some feeds have items of tomorrow.
        let newest = dates().filter(|date| *date <= ask.now).max();
        let oldest = dates().min();
        page.mark = newest.map(|newest| newest.to_string()).or_else(|| ask.mark.map(str::to_owned));
        let before = ask.mark.and_then(|mark| mark.parse::<Timestamp>().ok()).or(ask.since);
        page.cut = oldest.filter(|oldest| before.is_none_or(|before| before < *oldest));
        Ok(page)
    }
}

impl Recheck for Rss {
    fn rules(&self) -> RecheckRules {
        // Pages are large, and nobody said how many may be asked for.
        RecheckRules { most: 1, a_day: 720, keep: None }
    }

    fn asks_pages(&self) -> bool {
        true
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let url = posts.first()?.url.clone()?;
        is_web_address(&url).then(|| Request { url, ..Request::default() })
    }

    /// A page that is there is all that is asked for: what it says is in the feed. One that regrets in its own title that there
    /// is none, and does not have the post's, is none, whatever its status.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let page = decoded(answer);
        if !regrets(&page) {
            return Ok(Rechecked::default());
        }
        let has_title = |post: &&Post| post.title.as_deref().is_some_and(|title| has_words(&page, title));
        let gone: Vec<PostId> =
            posts.iter().filter(|post| !has_title(post)).map(|post| post.id.clone()).collect();
        Ok(Rechecked { shows_none: !gone.is_empty(), gone, ..Rechecked::default() })
    }
}

/// How sites say in a page's title that it is not there: all of the title, or a part of it that stands by itself.
const REGRETS: [&str; 26] = [
    "404",
    "410",
    "error 404",
    "404 error",
    "404 not found",
    "not found",
    "page not found",
    "404 page not found",
    "page doesn't exist",
    "page does not exist",
    "this page doesn't exist",
    "this page does not exist",
    "page no longer exists",
    "this page isn't available",
    "this page is not available",
    "pagina niet gevonden",
    "deze pagina bestaat niet",
    "deze pagina bestaat niet meer",
    "seite nicht gefunden",
    "seite existiert nicht",
    "page introuvable",
    "page non trouvée",
    "página no encontrada",
    "pagina non trovata",
    "página não encontrada",
    "410 gone",
];

/// Whether a page says in its title that it is not there.
fn regrets(page: &str) -> bool {
    let start = page.get(..REGRET_BYTES.min(page.len())).unwrap_or(page);
    let lower = start.to_lowercase();
    let title = lower.split_once("<title").and_then(|(_, rest)| rest.split_once('>')).map(|(_, rest)| rest);
    let Some((title, _)) = title.and_then(|title| title.split_once("</title")) else { return false };
    let title = plain(title).replace('\u{2019}', "'");
    let ends = |part: &str| {
        let part = part.trim_matches(|c: char| c.is_whitespace() || ".!?:-\u{2013}\u{2014}".contains(c));
        REGRETS.contains(&part)
    };
    title
        .split(['|', '\u{b7}', '\u{bb}', '\u{2013}', '\u{2014}'])
        .any(|part| ends(part) || part.split(" - ").any(|part| ends(part) || part.split(": ").any(ends)))
}

/// Bytes of a page in which its title is looked for.
const REGRET_BYTES: usize = 64 << 10;

/// Whether a page has these words, one after another, in whatever markup.
fn has_words(page: &str, words: &str) -> bool {
    let bare = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let words = bare(words);
    !words.is_empty() && bare(&plain(page)).contains(&words)
}

#[derive(Default)]
struct Feed {
    entries: Vec<Entry>,
    rejects: Vec<Reject>,
    language: Option<String>,
    /// Minutes for which it holds.
    ttl: Option<String>,
    /// How often it changes, as `daily`, and how often within that.
    period: Option<String>,
    frequency: Option<String>,
}

#[derive(Default)]
struct Entry {
    id: Option<String>,
    title: Option<String>,
    link: Option<String>,
    /// The longer text, where there are two.
    content: Option<String>,
    summary: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    author: Option<String>,
    language: Option<String>,
    comments: Option<String>,
    /// The text, where it is no markup.
    words: Option<String>,
    /// What it is named by is no address.
    is_bare: bool,
    /// An address of it is one of its own page.
    permalink: Option<String>,
    /// From where its addresses are seen: each from the one before.
    bases: Vec<String>,
}

#[derive(Deserialize)]
struct JsonFeed {
    version: String,
    language: Option<String>,
    items: Vec<Value>,
}

#[derive(Deserialize)]
struct JsonItem {
    /// Some feeds have numbers here.
    id: Option<Value>,
    url: Option<String>,
    external_url: Option<String>,
    title: Option<String>,
    content_html: Option<String>,
    content_text: Option<String>,
    summary: Option<String>,
    date_published: Option<String>,
    date_modified: Option<String>,
    author: Option<JsonAuthor>,
    #[serde(default)]
    authors: Vec<JsonAuthor>,
    language: Option<String>,
}

#[derive(Deserialize)]
struct JsonAuthor {
    name: Option<String>,
}

fn read_json(answer: &Answer<'_>) -> Result<Feed, ParseError> {
    let feed: JsonFeed = answer.json()?;
    if !feed.version.contains("jsonfeed.org") {
        return Err(ParseError::Unreadable("it is JSON, and no feed".to_owned()));
    }
    let mut out = Feed { language: feed.language, ..Feed::default() };
    if feed.items.len() > MAX_ITEMS {
        out.rejects.push(too_many());
    }
    for (number, item) in feed.items.into_iter().take(MAX_ITEMS).enumerate() {
        match loose::<JsonItem>(item) {
            Ok(item) => out.entries.push(Entry {
                id: item.id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)),
                title: item.title,
                link: item.url.or(item.external_url),
                content: item.content_html,
                words: item.content_text,
                summary: item.summary,
                published: item.date_published,
                updated: item.date_modified,
                author: item.author.or(item.authors.into_iter().next()).and_then(|author| author.name),
                language: item.language,
                ..Entry::default()
            }),
            Err(_) => {
                out.rejects.push(Reject { item: number, reason: "it is not shaped as items are".to_owned() });
            }
        }
    }
    Ok(out)
}

/// The text of a feed in whatever encoding it is (RFC 7303: a byte order mark, then the header, then its own word).
fn decoded(answer: &Answer<'_>) -> String {
    let body = answer.body;
    let of_header = answer
        .header("content-type")
        .and_then(|kind| kind.to_ascii_lowercase().split("charset=").nth(1).map(str::to_owned))
        .and_then(|label| Encoding::for_label(label.trim_matches(['"', '\'', ' ', ';']).as_bytes()));
    let start = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
    let of_text = start
        .split("encoding=")
        .nth(1)
        .and_then(|rest| rest.trim_start_matches(['"', '\'']).split(['"', '\'', '?']).next())
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    // Two bytes for each character tell themselves by their first (XML 1.0, appendix F).
    let of_bytes = match body {
        [0, b'<', 0, ..] => Some(UTF_16BE),
        [b'<', 0, ..] => Some(UTF_16LE),
        _ => None,
    };
    let guess = if std::str::from_utf8(body).is_ok() { UTF_8 } else { WINDOWS_1252 };
    // A word that the bytes themselves deny is not believed.
    let named = of_header.or(of_text).filter(|encoding| *encoding != UTF_8 || guess == UTF_8);
    let (text, ..) = of_bytes.or(named).unwrap_or(guess).decode(body);
    text.into_owned()
}

/// One element that is being read within an item.
struct Field {
    name: String,
    text: String,
    /// Its tags belong to the text.
    is_markup: bool,
}

fn read_xml(text: &str) -> Result<Feed, ParseError> {
    let text = text.trim_start();
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut feed = Feed::default();
    let mut entry: Option<Entry> = None;
    let mut field: Option<Field> = None;
    // Elements that are open within the field, and around it within the item: an author's name is deeper.
    let (mut depth, mut within) = (0_usize, Vec::<String>::new());
    let (mut is_feed, mut is_whole) = (false, false);
    let mut channel = Vec::<String>::new();
    let mut bases = Vec::<String>::new();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(_) if is_feed && !feed.entries.is_empty() => {
                let item = feed.entries.len();
                feed.rejects.push(Reject { item, reason: "the feed is broken from here on".to_owned() });
                is_whole = true;
                break;
            }
            Err(_) if is_feed => {
                return Err(ParseError::Unreadable("the feed is broken before its first item".to_owned()));
            }
            Err(_) => return Err(ParseError::Unreadable("it is no feed".to_owned())),
        };
        match event {
            Event::Start(start) | Event::Empty(start) if field.is_some() => {
                // Quick: within a field only markup matters, and an empty element closes itself.
                let is_empty = reader_is_empty(&start, text, &reader);
                if let Some(field) = &mut field
                    && field.is_markup
                {
                    let _ = write!(field.text, "<{}>", local(&start));
                }
                depth += usize::from(!is_empty);
            }
            Event::Start(start) => {
                let name = local(&start);
                match name.as_str() {
                    "rss" | "rdf" | "feed" => {
                        is_feed = true;
                        feed.language = attribute(&start, "lang").or(feed.language);
                        bases.extend(attribute(&start, "base"));
                    }
                    "item" | "entry" if is_feed => {
                        let about = attribute(&start, "about");
                        entry = Some(Entry {
                            id: about,
                            language: attribute(&start, "lang"),
                            bases: bases.iter().cloned().chain(attribute(&start, "base")).collect(),
                            ..Entry::default()
                        });
                        within.clear();
                    }
                    _ if entry.is_some() => open(&start, &name, &mut entry, &mut field, &mut within),
                    _ => {
                        if ABOUT_FEED.contains(&name.as_str()) {
                            field = Some(Field { name, text: String::new(), is_markup: false });
                        } else {
                            if name == "channel" {
                                bases.extend(attribute(&start, "base"));
                            }
                            channel.push(name);
                        }
                    }
                }
            }
            Event::Empty(start) => {
                if let Some(entry) = entry.as_mut().filter(|_| within.is_empty()) {
                    link(&start, &local(&start), entry);
                }
            }
            Event::Text(words) => {
                if let Some(field) = &mut field {
                    field.text.push_str(&words);
                }
            }
            Event::CData(words) => {
                if let Some(field) = &mut field {
                    field.text.push_str(&words);
                }
            }
            Event::GeneralRef(name) => {
                if let Some(field) = &mut field {
                    let name: &str = &name;
                    // What is written as markup stays escaped until the markup is read.
                    let written = if field.is_markup { None } else { entity(&format!("&{name};")) };
                    match written {
                        Some((c, _)) => field.text.push(c),
                        None => {
                            let _ = write!(field.text, "&{name};");
                        }
                    }
                }
            }
            Event::End(end) => {
                if let Some(open) = &mut field {
                    if depth > 0 {
                        depth -= 1;
                        if open.is_markup {
                            open.text.push_str("</>");
                        }
                        continue;
                    }
                    let Field { name, text, .. } = field.take().unwrap_or(Field {
                        name: String::new(),
                        text: String::new(),
                        is_markup: false,
                    });
                    match &mut entry {
                        Some(entry) => fill(entry, &name, &text),
                        None => feed.say(&name, text),
                    }
                    continue;
                }
                let name = name_of(end.name().as_ref());
                if matches!(name.as_str(), "item" | "entry") {
                    feed.entries.extend(entry.take());
                    if feed.entries.len() >= MAX_ITEMS {
                        feed.rejects.push(too_many());
                        is_whole = true;
                        break;
                    }
                } else if entry.is_some() {
                    within.pop();
                } else {
                    is_whole |= matches!(name.as_str(), "rss" | "rdf" | "feed");
                    channel.pop();
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !is_feed {
        return Err(ParseError::Unreadable("it is no feed".to_owned()));
    }
    if feed.entries.is_empty() && !is_whole {
        return Err(ParseError::Unreadable("the feed breaks off before its first item".to_owned()));
    }
    if entry.is_some() || !is_whole {
        let item = feed.entries.len();
        feed.rejects.push(Reject { item, reason: "the feed breaks off here".to_owned() });
    }
    Ok(feed)
}

/// What is read of a feed beside its items.
const ABOUT_FEED: [&str; 4] = ["language", "ttl", "updateperiod", "updatefrequency"];

impl Feed {
    fn say(&mut self, name: &str, text: String) {
        match name {
            "language" => self.language = Some(text),
            "ttl" => self.ttl = Some(text),
            "updateperiod" => self.period = Some(text),
            "updatefrequency" => self.frequency = Some(text),
            _ => {}
        }
    }

    /// How long it wants to be left alone.
    fn rest(&self, answer: &Answer<'_>) -> Option<Duration> {
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let minutes = |minutes: u32| Duration::from_mins(u64::from(minutes));
        let ttl = self.ttl.as_deref().and_then(number).map(minutes);
        let period = self.period.as_deref().and_then(|period| match period.trim() {
            "hourly" => Some(minutes(60)),
            "daily" => Some(minutes(24 * 60)),
            "weekly" | "monthly" | "yearly" => Some(minutes(7 * 24 * 60)),
            _ => None,
        });
        let frequency = self.frequency.as_deref().and_then(number).unwrap_or(1).max(1);
        let rules = answer.header("cache-control").unwrap_or_default();
        let age = rules.split(',').find_map(|rule| number(rule.trim().strip_prefix("max-age=")?));
        let age = age.map(|seconds| Duration::from_secs(u64::from(seconds)));
        [ttl, period.map(|period| period / frequency), age].into_iter().flatten().max()
    }
}

/// What is told of a feed that has more items than are read.
fn too_many() -> Reject {
    Reject {
        item: MAX_ITEMS,
        reason: format!("the feed has more than {MAX_ITEMS} items, which are not read"),
    }
}

/// Whether the element that was just read closed itself.
fn reader_is_empty(_: &BytesStart<'_>, text: &str, reader: &Reader<&[u8]>) -> bool {
    let at = usize::try_from(reader.buffer_position()).unwrap_or(0);
    text.as_bytes().get(..at).is_some_and(|read| read.ends_with(b"/>"))
}

/// Opens an element of an item.
fn open(
    start: &BytesStart<'_>,
    name: &str,
    entry: &mut Option<Entry>,
    field: &mut Option<Field>,
    within: &mut Vec<String>,
) {
    let Some(entry) = entry else { return };
    // Deeper, it is the address of an author, or of the feed that it comes from.
    if within.is_empty() {
        link(start, name, entry);
        entry.is_bare |= name == "guid" && attribute(start, "ispermalink").is_some_and(|is| is == "false");
    }
    let is_author = within.last().is_some_and(|outer| outer == "author");
    let is_wanted = within.is_empty() && name != "author" || is_author && matches!(name, "name" | "email");
    // Plain feeds write the author's name right into the element.
    let is_container = matches!(name, "author" | "source" | "group" | "contributor");
    if is_wanted && !is_container {
        let is_markup = attribute(start, "type").is_some_and(|kind| kind == "xhtml");
        *field = Some(Field { name: qualified(start), text: String::new(), is_markup });
    } else {
        within.push(name.to_owned());
    }
}

/// Takes the address of an Atom link.
fn link(start: &BytesStart<'_>, name: &str, entry: &mut Entry) {
    if name == "link"
        && let Some(address) = attribute(start, "href")
    {
        let is_main = attribute(start, "rel").is_none_or(|rel| rel == "alternate");
        if is_main && entry.link.is_none() {
            entry.link = Some(address);
            entry.bases.extend(attribute(start, "base"));
        }
    }
}

fn fill(entry: &mut Entry, name: &str, text: &str) {
    let text = text.trim().to_owned();
    if text.is_empty() {
        return;
    }
    let slot = match name {
        "id" | "guid" => {
            if name == "guid" && !entry.is_bare && is_web_address(&text) {
                entry.permalink = Some(text.clone());
            }
            // The address of an RSS 1.0 item is a worse name than one that is given.
            entry.id = Some(text);
            return;
        }
        "title" => &mut entry.title,
        "link" => &mut entry.link,
        "content" | "content:encoded" | "body" | "xhtml:body" => &mut entry.content,
        "description" | "summary" => &mut entry.summary,
        "pubDate" | "pubdate" | "published" | "issued" | "dc:date" | "created" | "dcterms:created" => {
            &mut entry.published
        }
        "updated" | "modified" | "dcterms:modified" => &mut entry.updated,
        "name" | "dc:creator" | "creator" | "author" => &mut entry.author,
        "slash:comments" => &mut entry.comments,
        _ => return,
    };
    slot.get_or_insert(text);
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> Option<String> {
    start.attributes().with_checks(false).flatten().find_map(|attribute| {
        let is_it = name_of(attribute.key.as_ref()) == wanted;
        // Entities in addresses are nearly always `&amp;`.
        is_it.then(|| plain(&attribute.value))
    })
}

fn local(start: &BytesStart<'_>) -> String {
    name_of(start.name().as_ref())
}

/// A name without its prefix, in small letters for what is structure.
fn name_of(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// A name with its prefix, where it has one that says more than that it is of this format.
fn qualified(start: &BytesStart<'_>) -> String {
    let name = start.name().as_ref().to_owned();
    match name.split_once(':') {
        Some(("atom" | "a" | "rss", local)) => local.to_owned(),
        // Prefixes are free, and these names are of use only from one vocabulary.
        Some((_, local @ ("encoded" | "comments"))) => {
            format!("{}:{local}", if local == "encoded" { "content" } else { "slash" })
        }
        Some((_, local @ ("date" | "creator"))) => format!("dc:{local}"),
        _ => name,
    }
}

fn post(entry: Entry, feed: &str, feed_language: Option<&str>) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let date = entry.published.or(entry.updated.clone());
    let created = date.as_deref().and_then(moment);
    let title = entry.title.as_deref().map(plain).filter(|title| !title.is_empty());
    let html = entry.content.or_else(|| entry.summary.filter(|_| entry.words.is_none()));
    let text = html
        .map_or_else(|| clean(entry.words.unwrap_or_default().trim(), Entities::Keep), |html| plain(&html));
    let base = entry.bases.iter().fold(feed.to_owned(), |base, next| joined(&base, next));
    let url = entry.link.as_deref().map(|link| unwrapped(&joined(&base, link))).or(entry.permalink);
    if title.is_none() && text.is_empty() && url.is_none() {
        return Err("it is empty".to_owned());
    }
    let native = match entry.id.or(entry.link) {
        Some(id) if id.contains("://") || id.starts_with("tag:") || id.starts_with("urn:") => id,
        // Numbers are names within their feed only.
        Some(id) => format!("{}#{id}", feed.trim_start_matches("https://").trim_start_matches("http://")),
        None => {
            let words = format!("{}\n{}\n{}", title.as_deref().unwrap_or(""), date.unwrap_or_default(), text);
            let hash = fnv1a(words.bytes());
            format!("{}#{hash:016x}", feed.trim_start_matches("https://").trim_start_matches("http://"))
        }
    };
    let mut attributes = BTreeMap::new();
    if let Some(comments) = entry.comments {
        attributes.insert("comments".to_owned(), comments);
    }
    if let Some(updated) = entry.updated {
        attributes.insert("updated".to_owned(), updated);
    }
    attributes.insert("feed".to_owned(), host(feed).to_owned());
    Ok(Post {
        id: PostId::from_parts(&source, &native),
        kind: Kind::Post,
        title,
        text,
        created,
        author: entry
            .author
            .map(|name| plain(&name))
            .filter(|name| !name.is_empty())
            .map(|name| Author { handle: name.trim_start_matches("/u/").to_owned(), name: None }),
        tag: entry.language.as_deref().or(feed_language).and_then(Language::from_tag),
        reply_to: None,
        url,
        rating: None,
        reach: None,
        about: Vec::new(),
        attributes,
        source,
    })
}

/// A date in any form that feeds have.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let ours = || dates::parse(text, DayOrder::DayFirst, &TimeZone::UTC);
    // To a reader of mail, a zone that mail has no name for, as `CEST`, is none.
    let has_name = text.ends_with(|c: char| c.is_ascii_alphabetic());
    text.parse()
        .ok()
        .or_else(|| has_name.then(ours).flatten())
        .or_else(|| DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok())
        .or_else(ours)
}

fn host(address: &str) -> &str {
    address.split('/').nth(2).unwrap_or(address)
}

/// An address that is written as seen from another.
fn joined(base: &str, link: &str) -> String {
    let link = link.trim();
    // One that is seen from everywhere stays as it is written.
    if Url::parse(link).is_ok() {
        return link.to_owned();
    }
    Url::parse(base).and_then(|base| base.join(link)).map_or_else(|_| link.to_owned(), String::from)
}

/// The address behind one that only counts clicks, as alerts by mail have it.
fn unwrapped(link: &str) -> String {
    let Some(question) = link.strip_prefix("https://www.google.com/url?") else { return link.to_owned() };
    let target = question.split('&').find_map(|pair| pair.strip_prefix("url="));
    target.map_or_else(|| link.to_owned(), unescaped)
}

/// A part of an address as it was before it was escaped.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_no_target() {
        let names = |target: &str, word: &str| Rss.remedy(target).is_some_and(|remedy| remedy.contains(word));
        assert!(names("https://ann:secret@example.com/feed", "the password"));
        assert!(names("https://ann@router/feed", "public"));
        assert_eq!(Rss.remedy("https://example.com/@ann/feed?by=@bob"), None);
    }

    #[test]
    fn a_page_that_regrets_in_its_title_is_not_there() {
        for title in [
            "404",
            "Page not found",
            "Page Not Found | The News",
            "The News \u{2013} 404 Not Found",
            "The News - Pagina niet gevonden",
            "404: This page doesn\u{2019}t exist.",
            "Seite nicht gefunden \u{b7} Zeitung",
            "<b>Error 404</b>",
        ] {
            assert!(regrets(&format!("<!DOCTYPE html><html><head><TITLE lang=x>{title}</TITLE>")), "{title}");
        }
        for title in [
            "404 Media",
            "Bags not found for weeks - The News",
            "Why the page was not found",
            "Flight 404 is late | The News",
            "",
        ] {
            assert!(!regrets(&format!("<html><title>{title}</title><h1>Page not found</h1>")), "{title}");
        }
        for page in ["", "<title", "<title>404", "404", "{\"title\": \"404\"}"] {
            assert!(!regrets(page), "{page}");
        }
        assert!(has_words("<h1>Bags are <i>late</i>,\nagain!</h1>", "Bags are late again"));
        assert!(!has_words("<h1>Bags are late</h1>", "Bags are late again") && !has_words("anything", " "));
    }
}
