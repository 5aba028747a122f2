//! Mastodon and what speaks like it: the public timeline of a tag, at one instance after another. With a token of one's own,
//! an instance is searched for words (`mastodon.social/search`), and a tag is listened to (`mastodon.social/stream`): that
//! brings posts and deletions at once, and what it misses the timeline has.
//!
//! The same post is seen at many instances, under another number at each. Its home and its number there name it, so
//! that it is kept once. What a post answers is told by the number at the instance that was asked, which is known of the
//! posts of that instance and of those that come on the same page, as all of a thread do.
//! Who said that their posts are not to be listed (`noindex`) is not harvested.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::{called, loose};
use super::page::{
    Answer, Auth, Page, ParseError, Reject, Request, blank, escaped, host_of, is_elsewhere, moment,
    parameters, span,
};
use super::plan::{Ask, Question};
use super::recheck::{Recheck, RecheckRules, Rechecked};
use super::text::plain;
use super::{About, Asks, Order, PassingOn, Places, Replies, SEARCH, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, STREAM, SourceId};

pub(super) struct Mastodon;

static ABOUT: About = About {
    name: "mastodon",
    title: "Mastodon",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing; search, stream and what is closed to strangers want GROUSE_MASTODON_TOKEN, as token@host, which is sent to that host alone",
    dollars_per_post: 0.0,
    allows: "reading public posts, within each instance's own terms",
    forbids: "keeping what was deleted there, and posts of people who opted out of being listed",
    notices: "by asking again for posts at certain ages, and at once where an instance's stream is read",
    asks: Asks::Tags(Syntax::PLAIN, Places::At("mastodon.social")),
    order: Order::Backward,
    // 300 in five minutes is the usual limit of an instance.
    pace: Duration::from_millis(1100),
    every: Duration::from_mins(5),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// Holds tokens, each with its host: a watchlist may be somebody else's, and name any.
const TOKEN: &str = "GROUSE_MASTODON_TOKEN";

/// Answers of a thread that a stranger is shown.
const SHOWN_TO_STRANGERS: usize = 60;

#[derive(Deserialize)]
struct Found {
    statuses: Vec<Value>,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    uri: String,
    url: Option<String>,
    created_at: String,
    edited_at: Option<String>,
    content: String,
    #[serde(default)]
    spoiler_text: String,
    visibility: Option<String>,
    language: Option<String>,
    in_reply_to_id: Option<String>,
    reblog: Option<Value>,
    account: Account,
    replies_count: Option<u64>,
    reblogs_count: Option<u64>,
    favourites_count: Option<u64>,
}

#[derive(Deserialize)]
struct Account {
    acct: String,
    url: Option<String>,
    display_name: Option<String>,
    followers_count: Option<i64>,
    #[serde(default)]
    bot: bool,
    noindex: Option<bool>,
}

impl Source for Mastodon {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn answers(&self) -> Option<&'static dyn Answers> {
        Some(&Self)
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        if let Some(tag) = target.strip_prefix('#') {
            let is_tag = !tag.is_empty() && tag.chars().all(|c| c.is_alphanumeric() || c == '_');
            return (!is_tag).then_some("write a tag as \"#acme\", without spaces or other signs");
        }
        let host = host(target);
        (host != host_of(host) || !is_elsewhere(host)).then_some(
            "write an instance as \"mastodon.social\", with /search or /stream behind it if you have a token there, or a tag as \"#acme\"",
        )
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let host = host(&ask.question.place);
        if ask.question.place.ends_with(SEARCH) {
            let mut pairs = vec![("q", ask.question.query.as_str()), ("type", "statuses"), ("limit", "40")];
            if let Some(next) = ask.next {
                pairs.push(("max_id", next));
            }
            return Request {
                url: format!("https://{host}/api/v2/search?{}", parameters(&pairs)),
                auth: Auth::BearerAt(TOKEN),
                ..Request::default()
            };
        }
        let tag = escaped(ask.question.query.trim_start_matches('#'));
        let mut url = format!("https://{host}/api/v1/timelines/tag/{tag}?limit=40");
        if let Some(mark) = ask.mark {
            let _ = write!(url, "&since_id={}", escaped(mark));
        }
        if let Some(next) = ask.next {
            let _ = write!(url, "&max_id={}", escaped(next));
        }
        // Most instances show a tag to everybody. A token for what they do not may be one that is for a search alone, and what they
        // show to who is signed in lacks whom that account has muted.
        Request { url, auth: Auth::BearerAtIfClosed(TOKEN), ..Request::default() }
    }

    fn live(&self, question: &Question, _: Option<&str>) -> Option<Request> {
        if !question.place.ends_with(STREAM) {
            return None;
        }
        let pairs = parameters(&[("stream", "hashtag"), ("tag", question.query.trim_start_matches('#'))]);
        let url = format!("wss://{}/api/v1/streaming?{pairs}", host(&question.place));
        Some(Request { url, auth: Auth::ParameterAt("access_token", TOKEN), ..Request::default() })
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let place = ask.question.place.as_str();
        if place.ends_with(STREAM) {
            return Ok(events(answer.body, host(place)));
        }
        let items: Vec<Value> =
            if place.ends_with(SEARCH) { answer.json::<Found>()?.statuses } else { answer.json()? };
        let mut page = Page::default();
        let ids: Vec<String> = items.iter().filter_map(|item| called(item.get("id")?)).collect();
        // Ids grow with time, and are compared by length before text.
        page.mark = ids.iter().max_by_key(|id| (id.len(), id.as_str())).cloned();
        let oldest = ids.iter().min_by_key(|id| (id.len(), id.as_str())).cloned();
        // A timeline is asked for what is newer than the mark; a search cannot be.
        let is_back = ask
            .mark
            .zip(oldest.as_deref())
            .is_some_and(|(mark, oldest)| (oldest.len(), oldest) <= (mark.len(), mark));
        page.next = oldest.filter(|oldest| ask.next != Some(oldest) && !is_back);
        read(&mut page, items, host(&ask.question.place), BTreeMap::new());
        page.reached = span(&page.posts, ask.now).0;
        Ok(page)
    }
}

impl Recheck for Mastodon {
    fn rules(&self) -> RecheckRules {
        RecheckRules { most: 1, a_day: 8_640, keep: None }
    }

    fn place(&self, post: &Post) -> String {
        instance(post)
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let (host, number) = posts.first()?.attributes.get("native")?.split_once('/')?;
        Some(Request {
            url: format!("https://{host}/api/v1/statuses/{}", escaped(number)),
            auth: Auth::BearerAtIfClosed(TOKEN),
            ..Request::default()
        })
    }

    /// Who no longer wants to be listed, or shows a post to fewer people, is asked for no more than who deletes it.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let status: Status = answer.json()?;
        let Some(asked) = posts.first() else { return Ok(Rechecked::default()) };
        let host = instance(asked);
        match post(status, &host).map_err(ParseError::Unreadable)? {
            Some(now) => {
                Ok(Rechecked { there: vec![Post { id: asked.id.clone(), ..now }], ..Rechecked::default() })
            }
            None => Ok(Rechecked { gone: vec![asked.id.clone()], ..Rechecked::default() }),
        }
    }
}

impl Answers for Mastodon {
    fn rules(&self) -> AnswersRules {
        AnswersRules { most: 1, a_day: 8_640 }
    }

    fn place(&self, post: &Post) -> String {
        instance(post)
    }

    /// As a stranger, and as a member only for what strangers are not shown.
    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let (host, number) = posts.first()?.attributes.get("native")?.split_once('/')?;
        Some(Request {
            url: format!("https://{host}/api/v1/statuses/{}/context", escaped(number)),
            auth: if next.is_some() { Auth::BearerAtIfSet(TOKEN) } else { Auth::BearerAtIfClosed(TOKEN) },
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        #[derive(Deserialize)]
        struct Context {
            descendants: Vec<Value>,
        }
        let context: Context = answer.json()?;
        let is_cut = next.is_none() && context.descendants.len() >= SHOWN_TO_STRANGERS;
        let mut page = Page { next: is_cut.then(|| "all".to_owned()), ..Page::default() };
        let Some(asked) = posts.first() else { return Ok(page) };
        let host = instance(asked);
        let number = asked.attributes.get("native").and_then(|native| native.split_once('/'));
        let known = number.map(|(_, number)| (number.to_owned(), asked.id.clone())).into_iter().collect();
        read(&mut page, context.descendants, &host, known);
        Ok(page)
    }
}

/// The instance at which a post was seen.
fn instance(post: &Post) -> String {
    let native = post.attributes.get("native").and_then(|native| native.split_once('/'));
    native.map_or_else(String::new, |(host, _)| host.to_owned())
}

/// Reads statuses of one page. What one of them answers has the name that it has everywhere, if it is `known`, by its
/// number at the instance, or among them.
fn read(page: &mut Page, items: Vec<Value>, host: &str, mut known: BTreeMap<String, PostId>) {
    let Ok(source) = SourceId::new(ABOUT.name) else { return };
    for item in &items {
        if let (Some(number), Some(uri)) =
            (item.get("id").and_then(called), item.get("uri").and_then(Value::as_str))
        {
            known.insert(number, PostId::from_parts(&source, &native(uri)));
        }
    }
    page.read(items, |status: Status| {
        let answered = status.in_reply_to_id.as_ref().and_then(|number| known.get(number)).cloned();
        let read = post(status, host)?;
        Ok(read.map(|read| Post { reply_to: answered.or_else(|| read.reply_to.clone()), ..read }))
    });
}

/// Reads messages of a stream, one on each line.
fn events(lines: &[u8], host: &str) -> Page {
    #[derive(Deserialize)]
    struct Event {
        event: String,
        payload: Option<String>,
    }
    let mut page = Page::default();
    let mut statuses = Vec::new();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    for (item, line) in lines.enumerate() {
        let Ok(Event { event, payload }) = serde_json::from_slice(line).and_then(loose) else {
            page.rejects.push(Reject { item, reason: "it is no event".to_owned() });
            continue;
        };
        match (event.as_str(), payload) {
            ("update" | "status.update", Some(status)) => match serde_json::from_str(&status) {
                Ok(status) => statuses.push(status),
                Err(_) => page.rejects.push(Reject { item, reason: "it is no post".to_owned() }),
            },
            // By its number at the instance, which names its own posts only; others are looked at again.
            ("delete", Some(number)) => {
                page.deleted.extend(blank(ABOUT.name, &format!("{host}/{number}")).ok().map(|post| post.id));
            }
            _ => {}
        }
    }
    read(&mut page, statuses, host, BTreeMap::new());
    page
}

fn host(place: &str) -> &str {
    let place = place.trim_end_matches(SEARCH).trim_end_matches(STREAM);
    let place = place.trim_start_matches("https://").trim_end_matches('/');
    if place.is_empty() { "mastodon.social" } else { place }
}

/// Home and number there of a post, by its address, as `https://fosstodon.org/users/name/statuses/7`; other programs'
/// addresses are names as they are.
fn native(uri: &str) -> String {
    let address = uri.split_once("://").map_or(uri, |(_, address)| address);
    match (address.split_once('/'), address.rsplit_once("/statuses/")) {
        (Some((host, _)), Some((_, number))) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{host}/{number}")
        }
        _ => address.to_owned(),
    }
}

fn post(status: Status, host: &str) -> Result<Option<Post>, String> {
    let is_public = status.visibility.as_deref().is_none_or(|visibility| visibility == "public");
    if !is_public
        || status.reblog.is_some_and(|reblog| !reblog.is_null())
        || status.account.noindex == Some(true)
    {
        return Ok(None);
    }
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let mut attributes = BTreeMap::new();
    let counts = [
        ("replies", status.replies_count),
        ("boosts", status.reblogs_count),
        ("likes", status.favourites_count),
    ];
    for (name, count) in counts {
        if let Some(count) = count {
            attributes.insert(name.to_owned(), count.to_string());
        }
    }
    if status.account.bot {
        attributes.insert("bot".to_owned(), "true".to_owned());
    }
    if let Some(edited) = status.edited_at {
        attributes.insert("edited".to_owned(), edited);
    }
    // What the instance calls the post: threads name their posts by it.
    attributes.insert("native".to_owned(), format!("{host}/{}", status.id));
    let handle = if status.account.acct.contains('@') {
        status.account.acct
    } else {
        // A member of this instance: elsewhere the same account has its home's name behind it.
        let home = status.account.url.as_deref().and_then(|url| url.split('/').nth(2)).unwrap_or(host);
        format!("{}@{home}", status.account.acct)
    };
    Ok(Some(Post {
        id: PostId::from_parts(&source, &native(&status.uri)),
        kind: if status.in_reply_to_id.is_some() { Kind::Reply } else { Kind::Post },
        title: Some(plain(&status.spoiler_text)).filter(|title| !title.is_empty()),
        text: plain(&status.content),
        created: Some(moment(&status.created_at)?),
        author: Some(Author { handle, name: status.account.display_name.filter(|name| !name.is_empty()) }),
        tag: status.language.as_deref().and_then(Language::from_tag),
        reply_to: status.in_reply_to_id.map(|id| PostId::from_parts(&source, &format!("{host}/{id}"))),
        url: status.url,
        rating: None,
        reach: status.account.followers_count.and_then(|count| u64::try_from(count).ok()),
        about: Vec::new(),
        attributes,
        source,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Question;

    #[test]
    fn a_post_has_one_name_wherever_it_is_seen_and_its_answer_finds_it() {
        let status = |id: &str, uri: &str, answered: Option<&str>| {
            serde_json::json!({ "id": id, "uri": uri, "url": null, "created_at": "2026-03-01T10:00:00.000Z",
                "content": "<p>late</p>", "visibility": "public", "in_reply_to_id": answered, "account": { "acct": "a" } })
        };
        let page = |place: &str, statuses: Vec<Value>| {
            let question = Question { place: place.to_owned(), query: "late".to_owned(), about: None };
            let now = "2026-03-02T00:00:00Z".parse().unwrap();
            let ask = Ask { question: &question, since: None, mark: None, next: None, now };
            Source::parse(&Mastodon, &ask, &Answer::ok(Value::from(statuses).to_string().as_bytes())).unwrap()
        };
        let home = "https://home.example/users/a/statuses/7";
        let there = page(
            "home.example",
            vec![status("7", home, None), status("8", "https://b.example/objects/x", Some("7"))],
        );
        let elsewhere = page("other.example", vec![status("99", home, None)]);
        assert_eq!(there.posts[0].id, elsewhere.posts[0].id);
        assert_eq!(there.posts[1].reply_to.as_ref(), Some(&there.posts[0].id));
        assert_eq!(there.posts[1].id.as_str(), "mastodon:b.example/objects/x");
    }
}
