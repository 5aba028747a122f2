//! Reddit: posts that name a brand, everywhere or in the groups that a watchlist names, as `r/delta`; or all new posts
//! (`r/delta/new`) or comments (`r/delta/comments`) of a group, since there is no search for comments.
//!
//! Keys must be approved by Reddit, and are the user's own. What is `[deleted]` or `[removed]` there is deleted here.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::loose;
use super::page::{
    Answer, Auth, Body, Page, ParseError, Request, SignIn, SignInForm, attributes, blank, is_back_at,
    parameters, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native, natives};
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Post, PostId, SourceId};

pub(super) struct Reddit;

static ABOUT: About = About {
    name: "reddit",
    title: "Reddit",
    needs: &["GROUSE_REDDIT_ID", "GROUSE_REDDIT_SECRET"],
    keys_go_to: &["www.reddit.com", "oauth.reddit.com"],
    costs: "nothing for uses that are not commercial, a contract for all others; keys must be approved",
    dollars_per_post: 0.0,
    allows: "what Reddit approved the keys for",
    forbids: "keeping what was deleted there, and commercial use without a contract",
    notices: "by asking again for posts and comments at certain ages",
    asks: Asks::Words(
        Syntax {
            max_chars: 500,
            max_terms: 20,
            or: Some(" OR "),
            groups: true,
            and: " AND ",
            not: Some("NOT "),
            ..Syntax::PLAIN
        },
        Places::At("r/all"),
    ),
    order: Order::Backward,
    pace: Duration::from_millis(700),
    every: Duration::from_mins(10),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

const SIGN_IN: SignIn = SignIn {
    url: "https://www.reddit.com/api/v1/access_token",
    variables: ("GROUSE_REDDIT_ID", "GROUSE_REDDIT_SECRET"),
    form: SignInForm::ClientCredentials,
    token: "access_token",
    lasts: Duration::from_mins(50),
};

#[derive(Deserialize)]
struct Thing {
    kind: String,
    data: Value,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    author: Option<String>,
    created_utc: f64,
    title: Option<String>,
    selftext: Option<String>,
    body: Option<String>,
    permalink: Option<String>,
    parent_id: Option<String>,
    link_id: Option<String>,
    subreddit: Option<String>,
    score: Option<i64>,
    num_comments: Option<u64>,
    upvote_ratio: Option<f64>,
    /// False, or when.
    edited: Option<Value>,
    distinguished: Option<String>,
    author_flair_text: Option<String>,
    url: Option<String>,
}

impl Source for Reddit {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn is_read_whole(&self, place: &str) -> bool {
        place.ends_with("/new") || place.ends_with("/comments")
    }

    fn answers(&self) -> Option<&'static dyn Answers> {
        Some(&Self)
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let group = target.trim_start_matches('/').trim_start_matches("r/");
        let (name, rest) = group.split_once('/').unwrap_or((group, ""));
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c));
        (!is_name || !matches!(rest, "" | "new" | "comments"))
            .then_some("write a group as \"r/delta\", with /new or /comments behind it to read all of it")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let group = ask.question.place.trim_start_matches('/').trim_start_matches("r/");
        let is_whole = self.is_read_whole(group);
        let mut pairs = vec![("limit", "100"), ("raw_json", "1")];
        if !is_whole {
            pairs.extend([
                ("q", ask.question.query.as_str()),
                ("sort", "new"),
                ("restrict_sr", "1"),
                ("type", "link"),
            ]);
        }
        if let Some(next) = ask.next {
            pairs.push(("after", Seen::of(next).last));
        }
        Request {
            url: format!(
                "https://oauth.reddit.com/r/{group}{}?{}",
                if is_whole { "" } else { "/search" },
                parameters(&pairs)
            ),
            auth: Auth::Session(SIGN_IN),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let (items, next) = listed(answer)?;
        let mut page = Page { deleted: items.iter().filter_map(gone).collect(), ..Page::default() };
        read(&mut page, items);
        let (newest, oldest) = span(&page.posts, ask.now);
        page.mark = newest.map(|newest| newest.to_string());
        let before = ask.next.map(Seen::of);
        let oldest = oldest.or(before.and_then(|before| before.oldest));
        // A list that ends behind its first page ended because Reddit shows no more of it.
        if next.is_none() && before.is_some() {
            page.cut = oldest;
        }
        let next = next.filter(|next| before.is_none_or(|before| before.last != next));
        let next = next.filter(|_| !is_back_at(ask.mark, oldest));
        page.next = next.map(|last| match oldest {
            Some(oldest) => format!("{last} {}", oldest.as_second()),
            None => last,
        });
        Ok(page)
    }
}

/// How far a walk has come in a list, which ends at about a thousand items: the last, and when the oldest was written.
#[derive(Clone, Copy)]
struct Seen<'a> {
    last: &'a str,
    oldest: Option<Timestamp>,
}

impl<'a> Seen<'a> {
    fn of(next: &'a str) -> Self {
        let (last, oldest) = next.split_once(' ').unwrap_or((next, ""));
        let oldest = oldest.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        Self { last, oldest }
    }
}

impl Recheck for Reddit {
    fn rules(&self) -> RecheckRules {
        // A hundred requests a minute are allowed.
        RecheckRules { most: 100, a_day: 14_400, keep: None }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let ids = natives(posts, ",");
        Some(Request {
            url: format!(
                "https://oauth.reddit.com/api/info?{}",
                parameters(&[("id", ids.as_str()), ("raw_json", "1")])
            ),
            auth: Auth::Session(SIGN_IN),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let (items, _) = listed(answer)?;
        let named = items.iter().map(|item| Some(item.pointer("/data/name")?.as_str()?.to_owned()));
        let mut rechecked = Rechecked::of_list(posts, named, Vec::new());
        rechecked.gone.extend(items.iter().filter_map(gone));
        // Who left Reddit leaves the words there, and is not to be named any longer.
        let is_left =
            |item: &&Value| item.pointer("/data/author").and_then(Value::as_str) == Some("[deleted]");
        let left = items.iter().filter(is_left).filter_map(|item| item.pointer("/data/name")?.as_str());
        rechecked.nameless = left.filter_map(|name| Some(blank(ABOUT.name, name).ok()?.id)).collect();
        let mut page = Page::default();
        read(&mut page, items);
        rechecked.there = page.posts;
        Ok(rechecked)
    }
}

/// Comments below a post that one request may name.
const MOST_FOLDED: usize = 100;

impl Answers for Reddit {
    fn rules(&self) -> AnswersRules {
        // A hundred requests a minute are allowed.
        AnswersRules { most: 1, a_day: 14_400 }
    }

    /// What is folded away is asked for by name, and what is too deep by the comment above it.
    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let link = native(posts.first()?).strip_prefix("t3_")?;
        let auth = Auth::Session(SIGN_IN);
        let Some(next) = next else {
            let pairs = parameters(&[("limit", "500"), ("sort", "new"), ("raw_json", "1")]);
            let url = format!("https://oauth.reddit.com/comments/{link}/?{pairs}");
            return Some(Request { url, auth, ..Request::default() });
        };
        match next.split(' ').next()?.split_once(':')? {
            ("below", comment) => {
                let pairs = parameters(&[("limit", "500"), ("raw_json", "1")]);
                let url = format!("https://oauth.reddit.com/comments/{link}/_/{comment}?{pairs}");
                Some(Request { url, auth, ..Request::default() })
            }
            (_, comments) => {
                let link = format!("t3_{link}");
                let pairs =
                    [("api_type", "json"), ("children", comments), ("link_id", &link), ("raw_json", "1")];
                let text = parameters(&pairs);
                let body = Some(Body { kind: "application/x-www-form-urlencoded", text });
                let url = "https://oauth.reddit.com/api/morechildren".to_owned();
                Some(Request { url, auth, body, ..Request::default() })
            }
        }
    }

    fn parse(&self, _: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let (items, _) = listed(answer)?;
        let mut page = Page { deleted: items.iter().filter_map(gone).collect(), ..Page::default() };
        let folded = folded(&items);
        // What is still to be asked for, behind the first of the page before, which this answers.
        let rest = next.and_then(|next| next.split_once(' ')).map(|(_, rest)| rest.to_owned());
        let left: Vec<String> = rest.into_iter().chain(folded).collect();
        page.next = Some(left.join(" ")).filter(|left| !left.is_empty());
        read(&mut page, items);
        page.posts.retain(|post| post.kind == Kind::Reply);
        Ok(page)
    }
}

/// What is below a post and not shown, as it is to be asked for: `more:a,b` by name, `below:c` by the comment above.
fn folded(items: &[Value]) -> Vec<String> {
    let more = || items.iter().filter(|item| item.get("kind").and_then(Value::as_str) == Some("more"));
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let names: Vec<&str> = more()
        .filter_map(|item| item.pointer("/data/children")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .filter(|id| is_id(id))
        .collect();
    let mut folded: Vec<String> =
        names.chunks(MOST_FOLDED).map(|names| format!("more:{}", names.join(","))).collect();
    let deep = more()
        .filter(|item| item.pointer("/data/children").and_then(Value::as_array).is_some_and(Vec::is_empty));
    let above = deep.filter_map(|item| item.pointer("/data/parent_id")?.as_str()?.strip_prefix("t1_"));
    folded.extend(above.filter(|id| is_id(id)).map(|id| format!("below:{id}")));
    folded
}

/// The items of an answer, and where the list goes on.
fn listed(answer: &Answer<'_>) -> Result<(Vec<Value>, Option<String>), ParseError> {
    // One list, or a post and the list of its comments, or comments that were folded away, in no list.
    let lists = match answer.json()? {
        Value::Array(lists) => lists,
        Value::Object(mut fields) if fields.contains_key("json") => {
            let things = fields.get_mut("json").and_then(|json| json.pointer_mut("/data/things"));
            let Some(Value::Array(things)) = things.map(Value::take) else {
                return Err(ParseError::Refused("it does not show what is folded away".to_owned()));
            };
            let mut children = Vec::new();
            for item in &things {
                flatten(item, &mut children);
            }
            return Ok((children, None));
        }
        list => vec![list],
    };
    if lists.is_empty() {
        return Err(ParseError::Unreadable("it is no list".to_owned()));
    }
    let mut children = Vec::new();
    let mut next = None;
    for list in lists {
        let list: Thing = loose(list).map_err(|_| ParseError::Unreadable("it is no list".to_owned()))?;
        let items = list.data.get("children").and_then(Value::as_array);
        let Some(items) = items.filter(|_| list.kind == "Listing") else {
            return Err(ParseError::Unreadable("it is no list".to_owned()));
        };
        next = list.data.get("after").and_then(Value::as_str).map(str::to_owned).or(next);
        for item in items {
            flatten(item, &mut children);
        }
    }
    Ok((children, next))
}

/// Reads what was not taken out.
fn read(page: &mut Page, mut items: Vec<Value>) {
    items.retain(|item| gone(item).is_none());
    page.read(items, |thing: Thing| {
        if !matches!(thing.kind.as_str(), "t1" | "t3") {
            return Ok(None);
        }
        let item: Item =
            loose(thing.data).map_err(|_| "a field has another form than it should".to_owned())?;
        post(item).map(Some)
    });
}

/// An item and all that answers it, one after another.
fn flatten(item: &Value, out: &mut Vec<Value>) {
    out.push(item.clone());
    let replies = item.pointer("/data/replies/data/children").and_then(Value::as_array);
    for reply in replies.into_iter().flatten() {
        flatten(reply, out);
    }
}

/// The id of an item whose words were taken out, by whoever.
fn gone(item: &Value) -> Option<PostId> {
    let data = item.get("data")?;
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    let is_gone =
        ["body", "selftext"].iter().any(|name| matches!(text(name), Some("[deleted]" | "[removed]")))
            || text("removed_by_category").is_some();
    let name = text("name").filter(|_| is_gone)?;
    blank(ABOUT.name, name).ok().map(|post| post.id)
}

fn post(item: Item) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    #[expect(clippy::cast_possible_truncation, reason = "a date, or it is refused below")]
    let created =
        Timestamp::from_second(item.created_utc as i64).map_err(|_| "its date cannot be read".to_owned())?;
    let is_comment = item.name.starts_with("t1_");
    // Old comments do not say where they stand, and all answer to this.
    let path = item.permalink.or_else(|| {
        let link = item.link_id.as_deref()?.strip_prefix("t3_")?;
        Some(format!("/comments/{link}/_/{}/", item.name.strip_prefix("t1_")?))
    });
    // The one program that writes in nearly all groups, by a name that does not say so.
    let is_bot = item.author.as_deref() == Some("AutoModerator");
    Ok(Post {
        kind: if is_comment { Kind::Reply } else { Kind::Post },
        title: item.title,
        text: item.body.or(item.selftext).unwrap_or_default(),
        created: Some(created),
        author: item.author.filter(|name| name != "[deleted]").map(|handle| Author { handle, name: None }),
        reply_to: item.parent_id.map(|parent| PostId::from_parts(&source, &parent)),
        url: path.map(|path| format!("https://www.reddit.com{path}")),
        attributes: attributes([
            ("group", item.subreddit),
            ("score", item.score.map(|score| score.to_string())),
            ("comments", item.num_comments.map(|count| count.to_string())),
            ("upvoted", item.upvote_ratio.map(|ratio| ratio.to_string())),
            ("edited", item.edited.and_then(|edited| edited.as_f64()).map(|seconds| seconds.to_string())),
            ("bot", is_bot.then(|| "true".to_owned())),
            ("distinguished", item.distinguished),
            ("flair", item.author_flair_text),
            ("link", item.url.filter(|_| !is_comment)),
        ]),
        ..blank(ABOUT.name, &item.name)?
    })
}
