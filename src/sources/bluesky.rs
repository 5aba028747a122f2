//! Bluesky: all new posts as they are written (Jetstream), and a search with the user's session for what was before.
//!
//! An author is named by the DID, which the live stream tells and which stays; the account's name at the moment, that
//! search and threads tell as well, stands beside it. The live stream needs no keys. Deletions come in it, of posts and of
//! whole accounts. Who asked not to be shown to people who are not signed in is not harvested: the live stream does not tell
//! who did before, and so its authors are looked up before their posts are handed on; who does so now is told by it, with the
//! profile that changes.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::loose;
use super::opt_outs::OptOuts;
use super::page::{
    Answer, Auth, Page, ParseError, Reject, Request, SignIn, SignInForm, attributes, blank, is_back_at,
    moment, parameters, second, span,
};
use super::plan::{Ask, Question};
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::{About, Asks, LIVE, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId};

pub(super) struct Bluesky;

static ABOUT: About = About {
    name: "bluesky",
    title: "Bluesky",
    needs: &["GROUSE_BLUESKY_HANDLE", "GROUSE_BLUESKY_PASSWORD"],
    keys_go_to: &["bsky.social"],
    costs: "nothing; the live stream needs no keys, only the search for what was before does",
    dollars_per_post: 0.0,
    allows: "reading public posts",
    forbids: "keeping what was deleted there, and showing posts of people who opted out to people who are not signed in",
    notices: "at once by its live stream, as is who opts out, and by asking again for posts at certain ages",
    asks: Asks::Words(Syntax { handle: Some("@"), tag: Some("#"), ..Syntax::PLAIN }, Places::One),
    order: Order::Backward,
    pace: Duration::from_millis(500),
    every: Duration::from_mins(15),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

const SIGN_IN: SignIn = SignIn {
    url: "https://bsky.social/xrpc/com.atproto.server.createSession",
    variables: ("GROUSE_BLUESKY_HANDLE", "GROUSE_BLUESKY_PASSWORD"),
    form: SignInForm::Password,
    token: "accessJwt",
    lasts: Duration::from_hours(1),
};

/// Microseconds that the live stream is wound back when it is taken up again: events are not quite in order.
const REWIND: i64 = 5_000_000;

/// Microseconds by which the stream's clock may be ahead of ours.
const SKEW: i64 = 600_000_000;

const POST: &str = "app.bsky.feed.post";
const PROFILE: &str = "app.bsky.actor.profile";

/// What stands for the name of an account whose name does not lead to it.
const NO_HANDLE: &str = "handle.invalid";

/// What an author says who does not want to be shown to people who are not signed in.
const OPT_OUT: &str = "!no-unauthenticated";

#[derive(Deserialize)]
struct Found {
    posts: Vec<Value>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct View {
    uri: String,
    author: Profile,
    record: Record,
    indexed_at: Option<String>,
    like_count: Option<u64>,
    repost_count: Option<u64>,
    reply_count: Option<u64>,
    quote_count: Option<u64>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    did: String,
    handle: String,
    display_name: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    val: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    text: String,
    created_at: Option<String>,
    #[serde(default)]
    langs: Vec<String>,
    reply: Option<Reply>,
    /// Labels that the author gave the post, as `{values: [{val}]}`.
    labels: Option<Value>,
}

#[derive(Deserialize)]
struct Reply {
    parent: Reference,
    root: Reference,
}

#[derive(Deserialize)]
struct Reference {
    uri: String,
}

#[derive(Deserialize)]
struct Event {
    did: String,
    time_us: i64,
    kind: String,
    commit: Option<Commit>,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Commit {
    operation: String,
    collection: String,
    rkey: String,
    record: Option<Value>,
}

#[derive(Deserialize)]
struct Account {
    active: bool,
    status: Option<String>,
}

impl Source for Bluesky {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn answers(&self) -> Option<&'static dyn Answers> {
        Some(&Self)
    }

    fn opt_outs(&self) -> Option<&'static dyn OptOuts> {
        Some(&Self)
    }

    fn live(&self, question: &Question, mark: Option<&str>) -> Option<Request> {
        if question.place != LIVE {
            return None;
        }
        let mut url = format!(
            "wss://jetstream2.us-east.bsky.network/subscribe?wantedCollections={POST}&wantedCollections={PROFILE}"
        );
        if let Some(mark) = mark.and_then(|mark| mark.parse::<i64>().ok()) {
            let _ = write!(url, "&cursor={}", mark.saturating_sub(REWIND));
        }
        Some(Request { url, ..Request::default() })
    }

    fn refuses_key(&self, refusal: &Answer<'_>) -> bool {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        let refusal = refusal.json::<Refusal>();
        refusal.is_ok_and(|refusal| matches!(refusal.error.as_str(), "ExpiredToken" | "InvalidToken"))
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let from = ask.mark.map(str::to_owned).or(ask.since.map(second));
        let mut pairs = vec![("q", ask.question.query.as_str()), ("sort", "latest"), ("limit", "100")];
        if let Some(from) = &from {
            pairs.push(("since", from));
        }
        if let Some(next) = ask.next {
            pairs.push(("cursor", next));
        }
        Request {
            url: format!("https://bsky.social/xrpc/app.bsky.feed.searchPosts?{}", parameters(&pairs)),
            auth: Auth::Session(SIGN_IN),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        if ask.question.place == LIVE {
            return Ok(events(answer.body, ask.now));
        }
        let found: Found = answer.json()?;
        let mut page = Page::default();
        page.read(found.posts, of_view);
        let (newest, oldest) = span(&page.posts, ask.now);
        page.mark = newest.map(|newest| newest.to_string());
        page.next = found.cursor.filter(|_| !is_back_at(ask.mark, oldest));
        Ok(page)
    }
}

impl Recheck for Bluesky {
    fn rules(&self) -> RecheckRules {
        // 3,000 in five minutes are allowed.
        RecheckRules { most: 25, a_day: 8_640, keep: None }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let uris: Vec<(&str, String)> = posts
            .iter()
            .filter_map(|post| native(post).split_once('/'))
            .map(|(did, rkey)| ("uris", format!("at://{did}/{POST}/{rkey}")))
            .collect();
        let pairs: Vec<(&str, &str)> = uris.iter().map(|(name, uri)| (*name, uri.as_str())).collect();
        let url = format!("https://public.api.bsky.app/xrpc/app.bsky.feed.getPosts?{}", parameters(&pairs));
        Some(Request { url, ..Request::default() })
    }

    /// What was deleted is left out. Who opts out later is seen here; that holds for all posts of an author.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let found: Found = answer.json()?;
        let source = SourceId::new(ABOUT.name).map_err(|error| ParseError::Unreadable(error.to_string()))?;
        let named: Vec<Option<String>> = found
            .posts
            .iter()
            .map(|view| {
                let id = id_of(&source, view.get("uri")?.as_str()?);
                Some(id.as_str().split_once(':')?.1.to_owned())
            })
            .collect();
        let is_out = |view: &&Value| {
            let labels = view.pointer("/author/labels").and_then(Value::as_array);
            labels.into_iter().flatten().any(is_opt_out)
        };
        let out = found.posts.iter().filter(is_out).filter_map(|view| view.pointer("/author/did")?.as_str());
        let gone_all: Vec<String> = out.map(|did| format!("{}:{did}/", ABOUT.name)).collect();
        let mut page = Page::default();
        page.read(found.posts, of_view);
        Ok(Rechecked { gone_all, ..Rechecked::of_list(posts, named, page.posts) })
    }
}

impl OptOuts for Bluesky {
    fn most(&self) -> usize {
        25
    }

    fn request(&self, authors: &[String]) -> Request {
        let pairs: Vec<(&str, &str)> = authors.iter().map(|author| ("actors", author.as_str())).collect();
        let url =
            format!("https://public.api.bsky.app/xrpc/app.bsky.actor.getProfiles?{}", parameters(&pairs));
        Request { url, ..Request::default() }
    }

    /// Who has no profile is left out, and said nothing.
    fn parse(&self, answer: &Answer<'_>) -> Result<Vec<String>, ParseError> {
        #[derive(Deserialize)]
        struct Profiles {
            profiles: Vec<Value>,
        }
        let found: Profiles = answer.json()?;
        let mut out = Vec::new();
        for profile in found.profiles {
            let did = profile.get("did").and_then(Value::as_str);
            let Some(did) = did.filter(|did| !did.is_empty() && !did.contains('/')) else {
                return Err(ParseError::Unreadable("a profile has no name".to_owned()));
            };
            let labels = profile.get("labels").and_then(Value::as_array);
            if labels.into_iter().flatten().any(is_opt_out) {
                out.push(format!("{}:{did}/", ABOUT.name));
            }
        }
        Ok(out)
    }
}

/// Whether a record that an author wrote says so.
fn says_no(record: &Value) -> bool {
    record.get("labels").is_some_and(has_opt_out)
}

/// Whether it is among labels that an author gave, `{values: [{val}]}`.
fn has_opt_out(labels: &Value) -> bool {
    labels.get("values").and_then(Value::as_array).is_some_and(|labels| labels.iter().any(is_opt_out))
}

fn is_opt_out(label: &Value) -> bool {
    label.get("val").and_then(Value::as_str) == Some(OPT_OUT)
}

impl Answers for Bluesky {
    fn rules(&self) -> AnswersRules {
        // 3,000 in five minutes are allowed.
        AnswersRules { most: 1, a_day: 17_280 }
    }

    fn request(&self, posts: &[Post], _: Option<&str>) -> Option<Request> {
        let (did, rkey) = native(posts.first()?).split_once('/')?;
        let uri = format!("at://{did}/{POST}/{rkey}");
        let pairs = [("uri", uri.as_str()), ("depth", "10"), ("parentHeight", "0")];
        let url =
            format!("https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?{}", parameters(&pairs));
        Some(Request { url, ..Request::default() })
    }

    fn has_none(&self, answer: &Answer<'_>) -> bool {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        answer.json::<Refusal>().is_ok_and(|refusal| refusal.error == "NotFound")
    }

    fn parse(&self, _: &[Post], _: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        #[derive(Deserialize)]
        struct Found {
            thread: Value,
        }
        let found: Found = answer.json()?;
        let mut views = Vec::new();
        replies(&found.thread, &mut views);
        let mut page = Page::default();
        page.read(views, of_view);
        Ok(page)
    }
}

/// All posts below one. What is not found or blocked there has no post.
fn replies(thread: &Value, views: &mut Vec<Value>) {
    for reply in thread.get("replies").and_then(Value::as_array).into_iter().flatten() {
        match reply.get("post") {
            Some(view) => views.push(view.clone()),
            None if reply.get("uri").is_some() => {}
            // Told as one that cannot be read.
            None => views.push(reply.clone()),
        }
        replies(reply, views);
    }
}

/// What an account is that is not active, and whose posts are still there: its host fell behind, or is slowed down.
const ONLY_BEHIND: [&str; 2] = ["desynchronized", "throttled"];

/// Reads events of the live stream, one on each line.
fn events(lines: &[u8], now: Timestamp) -> Page {
    let mut page = Page::default();
    let mut newest: Option<i64> = None;
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    for (item, line) in lines.enumerate() {
        // Nearly all are written as they should be, and there are many.
        let event = serde_json::from_slice::<Event>(line);
        let Ok(event) = event.or_else(|_| serde_json::from_slice(line).and_then(loose)) else {
            page.rejects.push(Reject { item, reason: "it is no event".to_owned() });
            continue;
        };
        // What says that it is of tomorrow is no place to go on from; clocks differ by minutes.
        let latest = now.as_microsecond().saturating_add(SKEW);
        newest = newest.max(Some(event.time_us).filter(|time| *time <= latest));
        let seen = Timestamp::from_microsecond(event.time_us).ok();
        if let Some(account) = &event.account {
            // Who only pauses comes back with all posts, and may then be harvested again.
            let is_behind = account.status.as_deref().is_some_and(|status| ONLY_BEHIND.contains(&status));
            if !account.active && !is_behind {
                let start = format!("{}:{}/", ABOUT.name, event.did);
                page.deleted_at.extend(seen.map(|seen| (start.clone(), seen)));
                page.deleted_all.push(start);
            }
            continue;
        }
        let Some(commit) = event.commit.filter(|_| event.kind == "commit") else { continue };
        if commit.collection == PROFILE && commit.record.as_ref().is_some_and(says_no) {
            let start = format!("{}:{}/", ABOUT.name, event.did);
            page.deleted_at.extend(seen.map(|seen| (start.clone(), seen)));
            page.opted_out.push(start);
        }
        if commit.collection != POST {
            continue;
        }
        let native = format!("{}/{}", event.did, commit.rkey);
        if commit.operation == "delete" {
            if let Ok(post) = blank(ABOUT.name, &native) {
                page.deleted_at.extend(seen.map(|seen| (post.id.to_string(), seen)));
                page.deleted.push(post.id);
            }
            continue;
        }
        let record = commit.record.and_then(|record| loose::<Record>(record).ok());
        match record.map(|record| of_record(record, &event.did, &commit.rkey, seen)) {
            Some(Ok(Some(post))) => page.posts.push(post),
            Some(Ok(None)) => {}
            Some(Err(reason)) => page.rejects.push(Reject { item, reason }),
            None => page.rejects.push(Reject { item, reason: "it is no post".to_owned() }),
        }
    }
    page.mark = newest.map(|newest| newest.to_string());
    page
}

fn of_view(view: View) -> Result<Option<Post>, String> {
    if view.author.labels.iter().chain(&view.labels).any(|label| label.val == OPT_OUT) {
        return Ok(None);
    }
    let rkey = view.uri.rsplit('/').next().unwrap_or_default().to_owned();
    let seen = view.indexed_at.as_deref().and_then(|text| moment(text).ok());
    let Some(mut post) = of_record(view.record, &view.author.did, &rkey, seen)? else { return Ok(None) };
    // One whose name leads nowhere at the moment still has its DID, which the address has already.
    if view.author.handle != NO_HANDLE {
        post.url = Some(format!("https://bsky.app/profile/{}/post/{rkey}", view.author.handle));
    }
    let is_bot = view.author.labels.iter().any(|label| label.val == "bot");
    let name = view.author.display_name.filter(|name| !name.is_empty());
    post.author = Some(Author { handle: view.author.did, name });
    let count = |count: Option<u64>| count.map(|count| count.to_string());
    post.attributes.extend(attributes([
        ("account", Some(view.author.handle).filter(|handle| handle != NO_HANDLE)),
        ("bot", is_bot.then(|| "true".to_owned())),
        ("likes", count(view.like_count)),
        ("reposts", count(view.repost_count)),
        ("replies", count(view.reply_count)),
        ("quotes", count(view.quote_count)),
    ]));
    Ok(Some(post))
}

/// A post as its author's record has it; `seen` is when the network saw it, which is trusted more than the author's clock.
fn of_record(record: Record, did: &str, rkey: &str, seen: Option<Timestamp>) -> Result<Option<Post>, String> {
    if record.labels.as_ref().is_some_and(has_opt_out) {
        return Ok(None);
    }
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let written = record.created_at.as_deref().and_then(|text| moment(text).ok());
    let created = match (written, seen) {
        (Some(written), Some(seen)) => Some(written.min(seen)),
        (written, seen) => written.or(seen),
    };
    let answered = record.reply.as_ref().map(|reply| id_of(&source, &reply.parent.uri));
    Ok(Some(Post {
        kind: if answered.is_some() { Kind::Reply } else { Kind::Post },
        text: record.text,
        created,
        author: Some(Author { handle: did.to_owned(), name: None }),
        tag: record.langs.first().and_then(|tag| Language::from_tag(tag)),
        reply_to: answered,
        url: Some(format!("https://bsky.app/profile/{did}/post/{rkey}")),
        attributes: attributes([(
            "root",
            record.reply.map(|reply| id_of(&source, &reply.root.uri).to_string()),
        )]),
        ..blank(ABOUT.name, &format!("{did}/{rkey}"))?
    }))
}

/// The id of a post by its address, `at://did/app.bsky.feed.post/rkey`.
fn id_of(source: &SourceId, uri: &str) -> PostId {
    let native = uri.trim_start_matches("at://").replace(&format!("/{POST}/"), "/");
    PostId::from_parts(source, &native)
}
