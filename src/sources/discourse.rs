//! Forums that run on Discourse: all new posts of a forum that a watchlist names by its host.
//!
//! Posts are numbered through, and listed newest first from any number down: the surest way to miss none.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::loose::number;
use super::page::{
    Answer, Page, ParseError, Request, attributes, blank, host_of, is_elsewhere, moment, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked};
use super::text::plain;
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Post, PostId, SourceId};

pub(super) struct Discourse;

static ABOUT: About = About {
    name: "discourse",
    title: "Discourse forums",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "reading public forums, within each forum's own terms",
    forbids: "what the forum's terms and robots rules forbid",
    notices: "by asking again for posts at certain ages",
    asks: Asks::Targets,
    order: Order::Backward,
    pace: Duration::from_millis(1500),
    every: Duration::from_mins(10),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: true,
};

#[derive(Deserialize)]
struct Listed {
    latest_posts: Option<Vec<Value>>,
    post_stream: Option<Stream>,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    posts: Vec<Value>,
}

#[derive(Deserialize)]
struct Item {
    id: u64,
    username: String,
    name: Option<String>,
    created_at: String,
    updated_at: Option<String>,
    cooked: String,
    post_number: u64,
    post_type: Option<u64>,
    topic_id: u64,
    topic_slug: Option<String>,
    topic_title: Option<String>,
    reply_to_post_number: Option<u64>,
    reads: Option<u64>,
    score: Option<f64>,
    staff: Option<bool>,
    user_title: Option<String>,
    hidden: Option<bool>,
    user_deleted: Option<bool>,
    deleted_at: Option<String>,
    accepted_answer: Option<bool>,
}

/// Numbers of posts that one page is about, at least in earlier versions: where none of them is public, it is empty and not
/// the last.
const WINDOW: u64 = 50;

/// Empty pages in a row after which no more are asked for.
const MOST_EMPTY: u64 = 20;

/// How far a walk has come: the number to go on below, and how many pages before it were empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Walked {
    before: u64,
    empty: u64,
}

impl Walked {
    fn of(next: &str) -> Self {
        let (before, empty) = next.split_once(' ').unwrap_or((next, ""));
        Self { before: before.parse().unwrap_or(0), empty: empty.parse().unwrap_or(0) }
    }

    fn text(self) -> String {
        match self.empty {
            0 => self.before.to_string(),
            empty => format!("{} {empty}", self.before),
        }
    }
}

impl Source for Discourse {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let host = target.trim_start_matches("https://").trim_end_matches('/');
        (host != host_of(host) || !is_elsewhere(host))
            .then_some("write a public host as \"community.example.com\"")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let host = host(&ask.question.place);
        let before = ask.next.map(Walked::of).map_or_else(String::new, |at| format!("?before={}", at.before));
        Request { url: format!("https://{host}/posts.json{before}"), ..Request::default() }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let listed: Listed = answer.json()?;
        let Some(items) = listed.latest_posts.or(listed.post_stream.map(|stream| stream.posts)) else {
            return Err(ParseError::Unreadable("it has no posts".to_owned()));
        };
        let host = host(&ask.question.place);
        let numbers: Vec<u64> = items.iter().filter_map(|item| number(item.get("id")?)).collect();
        let (newest, oldest) = (numbers.iter().max(), numbers.iter().min());
        let mark = ask.mark.and_then(|mark| mark.parse::<u64>().ok()).unwrap_or(0);
        let mut page = Page { mark: newest.map(u64::to_string), ..Page::default() };
        let next = match (oldest, ask.next.map(Walked::of)) {
            (Some(oldest), _) => oldest.checked_sub(1).map(|before| Walked { before, empty: 0 }),
            (None, Some(at)) if at.empty < MOST_EMPTY => {
                at.before.checked_sub(WINDOW).map(|before| Walked { before, empty: at.empty + 1 })
            }
            (None, _) => None,
        };
        page.next = next.filter(|next| next.before > mark && next.before > 0).map(Walked::text);
        let mut deleted = Vec::new();
        for item in &items {
            let is = |name: &str| item.get(name).is_some_and(|value| value.as_bool() == Some(true));
            let is_gone = is("user_deleted")
                || is("hidden")
                || item.get("deleted_at").is_some_and(Value::is_string)
                || item.get("cooked").and_then(Value::as_str).is_some_and(is_withdrawn);
            if let (true, Some(topic), Some(place)) =
                (is_gone, item.get("topic_id").and_then(number), item.get("post_number").and_then(number))
                && let Ok(post) = blank(ABOUT.name, &native(host, topic, place))
            {
                deleted.push(post.id);
            }
        }
        page.deleted = deleted;
        page.read(items, |item: Item| post(item, host, listed.title.as_deref()));
        page.reached = span(&page.posts, ask.now).0;
        Ok(page)
    }
}

impl Recheck for Discourse {
    fn rules(&self) -> RecheckRules {
        // 200 a minute are allowed for each address.
        RecheckRules { most: 1, a_day: 2_880, keep: None }
    }

    fn place(&self, post: &Post) -> String {
        post.attributes.get("forum").cloned().unwrap_or_default()
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let asked = posts.first()?;
        let (forum, number) = (asked.attributes.get("forum")?, asked.attributes.get("number")?);
        Some(Request { url: format!("https://{forum}/posts/{number}.json"), ..Request::default() })
    }

    /// A post that was taken out is not there, or is shown to moderators only.
    fn says_gone(&self, refusal: &Answer<'_>) -> bool {
        #[derive(Deserialize)]
        struct Fault {
            error_type: String,
        }
        let fault = refusal.json::<Fault>();
        refusal.status == 403 && fault.is_ok_and(|fault| fault.error_type == "invalid_access")
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let item: Item = answer.json()?;
        let Some(asked) = posts.first() else { return Ok(Rechecked::default()) };
        // The title is the topic's, and is not told here.
        match post(item, &self.place(asked), asked.title.as_deref()).map_err(ParseError::Unreadable)? {
            Some(now) => Ok(Rechecked { there: vec![now], ..Rechecked::default() }),
            None => Ok(Rechecked { gone: vec![asked.id.clone()], ..Rechecked::default() }),
        }
    }
}

/// Whether these are the words that a forum puts in the place of a post that its writer took out, for a day or so.
fn is_withdrawn(cooked: &str) -> bool {
    let words = plain(cooked);
    words.ends_with(')')
        && ["(post deleted by author", "(post withdrawn by author"]
            .iter()
            .any(|start| words.starts_with(start))
}

fn host(place: &str) -> &str {
    place.trim_start_matches("https://").trim_end_matches('/')
}

fn native(host: &str, topic: u64, number: u64) -> String {
    format!("{host}/t/{topic}/{number}")
}

fn post(item: Item, host: &str, title: Option<&str>) -> Result<Option<Post>, String> {
    let is_gone = item.hidden == Some(true)
        || item.user_deleted == Some(true)
        || item.deleted_at.is_some()
        || is_withdrawn(&item.cooked);
    // Other kinds are what the forum says by itself, as that a topic was closed.
    if is_gone || item.post_type.is_some_and(|kind| kind != 1) {
        return Ok(None);
    }
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let is_first = item.post_number == 1;
    let answered = item.reply_to_post_number.unwrap_or(1);
    let slug = item.topic_slug.unwrap_or_else(|| "-".to_owned());
    Ok(Some(Post {
        kind: if is_first { Kind::Post } else { Kind::Reply },
        title: item.topic_title.or(title.map(str::to_owned)).filter(|_| is_first).map(|title| plain(&title)),
        text: plain(&item.cooked),
        created: Some(moment(&item.created_at)?),
        author: Some(Author { handle: item.username, name: item.name.filter(|name| !name.is_empty()) }),
        reply_to: (!is_first).then(|| PostId::from_parts(&source, &native(host, item.topic_id, answered))),
        url: Some(format!("https://{host}/t/{slug}/{}/{}", item.topic_id, item.post_number)),
        attributes: attributes([
            ("forum", Some(host.to_owned())),
            ("number", Some(item.id.to_string())),
            ("reads", item.reads.map(|count| count.to_string())),
            ("score", item.score.map(|score| score.to_string())),
            ("staff", item.staff.filter(|staff| *staff).map(|staff| staff.to_string())),
            ("role", item.user_title),
            ("solution", item.accepted_answer.filter(|is| *is).map(|is| is.to_string())),
            ("updated", item.updated_at),
        ]),
        ..blank(ABOUT.name, &native(host, item.topic_id, item.post_number))?
    }))
}
