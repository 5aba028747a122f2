//! X: the search over the last seven days, which costs money for each post that is read.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::compliance::{Compliance, ComplianceRules, HowFar};
use super::loose::loose;
use super::page::{
    Answer, Auth, Body, Page, ParseError, Reject, Request, attributes, blank, moment, parameters, second,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, natives};
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId};

pub(super) struct X;

static ABOUT: About = About {
    name: "x",
    title: "X",
    needs: &[TOKEN],
    keys_go_to: &["api.x.com"],
    costs: "half a US cent for each post that is read, and a cent for each of their authors",
    dollars_per_post: DOLLARS_PER_POST,
    allows: "reading and showing the current version of posts",
    forbids: "passing on more than ids, keeping what was deleted there, and measuring X itself",
    notices: "by its list of what must go of all posts that are had, twice a day, which costs nothing; and with edits by asking \
              again for posts at certain ages, from half of the money that it may cost",
    asks: Asks::Words(
        Syntax {
            max_chars: 512,
            max_terms: 40,
            or: Some(" OR "),
            groups: true,
            handle: Some("@"),
            from: Some("from:"),
            tag: Some("#"),
            and: " ",
            not: Some("-"),
            language: Some("lang:"),
            suffix: " -is:retweet",
        },
        Places::One,
    ),
    order: Order::Backward,
    pace: Duration::from_millis(2_100),
    every: Duration::from_mins(15),
    replies: Replies::Shown,
    passing_on: PassingOn::IdsOnly {
        rule: "X Developer Policy, content redistribution: ids only",
        link: "https://docs.x.com/developer-terms/policy",
    },
    heeds_robots: false,
};

/// US dollars for a post, and for an author, who comes with the posts of a page once.
const DOLLARS_PER_POST: f64 = 0.005;
const DOLLARS_PER_AUTHOR: f64 = 0.01;

/// Posts on one page: fewer than it may have, so that asking for one takes little of what may be spent.
const PER_PAGE: u32 = 50;

const TOKEN: &str = "GROUSE_X_TOKEN";

/// How far back the search goes; a minute less, since the clocks differ.
const MEMORY: SignedDuration = SignedDuration::from_mins(7 * 24 * 60 - 1);

#[derive(Deserialize)]
struct Found {
    data: Option<Vec<Value>>,
    includes: Option<Includes>,
    meta: Option<Meta>,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Includes {
    #[serde(default)]
    users: Vec<Value>,
}

#[derive(Deserialize)]
struct Meta {
    newest_id: Option<String>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    username: String,
    name: Option<String>,
    public_metrics: Option<UserMetrics>,
}

#[derive(Deserialize)]
struct UserMetrics {
    followers_count: Option<u64>,
}

#[derive(Deserialize)]
struct Tweet {
    id: String,
    text: String,
    created_at: Option<String>,
    author_id: Option<String>,
    lang: Option<String>,
    conversation_id: Option<String>,
    #[serde(default)]
    referenced_tweets: Vec<Reference>,
    public_metrics: Option<Metrics>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Metrics {
    #[serde(rename = "retweet_count")]
    retweets: Option<u64>,
    #[serde(rename = "reply_count")]
    replies: Option<u64>,
    #[serde(rename = "like_count")]
    likes: Option<u64>,
    #[serde(rename = "quote_count")]
    quotes: Option<u64>,
}

impl Source for X {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn compliance(&self) -> Option<&'static dyn Compliance> {
        Some(&Self)
    }

    fn most_dollars(&self) -> f64 {
        f64::from(PER_PAGE) * (DOLLARS_PER_POST + DOLLARS_PER_AUTHOR)
    }

    /// The list of one's own compliance jobs: posts and people have a price, and it has none of either.
    fn trial(&self) -> Option<Request> {
        Some(Request { url: format!("{JOBS}?type=tweets"), auth: Auth::Bearer(TOKEN), ..Request::default() })
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let earliest = ask.now - MEMORY;
        let from = ask.since.map(|since| since.max(earliest));
        let from = from.or(ask.mark.map(|_| earliest)).map(second);
        let size = PER_PAGE.to_string();
        let mut pairs = vec![
            ("query", ask.question.query.as_str()),
            ("max_results", size.as_str()),
            ("sort_order", "recency"),
            (
                "tweet.fields",
                "created_at,author_id,conversation_id,lang,public_metrics,referenced_tweets,edit_history_tweet_ids",
            ),
            ("expansions", "author_id"),
            ("user.fields", "username,name,public_metrics"),
        ];
        // An id from before is refused: what lies between is a gap, and the search begins where it can.
        match ask.mark.filter(|mark| written(mark).is_some_and(|written| written >= earliest)) {
            Some(mark) => pairs.push(("since_id", mark)),
            None => pairs.extend(from.as_deref().map(|from| ("start_time", from))),
        }
        if let Some(next) = ask.next {
            pairs.push(("next_token", next));
        }
        Request {
            url: format!("https://api.x.com/2/tweets/search/recent?{}", parameters(&pairs)),
            auth: Auth::Bearer(TOKEN),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        let meta = match (found.meta, found.title) {
            (Some(meta), _) => meta,
            // No posts are no list, but there is always something said about it.
            (None, Some(title)) => return Err(ParseError::Refused(title)),
            (None, None) => return Err(ParseError::Unreadable("it says nothing about its posts".to_owned())),
        };
        let users = found.includes.map(|includes| includes.users).unwrap_or_default();
        let dollars = DOLLARS_PER_AUTHOR * users.len() as f64;
        let users: HashMap<String, User> = users
            .into_iter()
            .filter_map(|user| loose::<User>(user).ok())
            .map(|user| (user.id.clone(), user))
            .collect();
        let mut page = Page { next: meta.next_token, mark: meta.newest_id, dollars, ..Page::default() };
        let data = found.data.unwrap_or_default();
        page.deleted = data.iter().flat_map(replaced).collect();
        page.read(data, |tweet: Tweet| post(tweet, &users).map(Some));
        // What a longer pause left behind is out of reach.
        let earliest: Timestamp = ask.now - MEMORY;
        let is_wanted = ask.mark.is_some() || ask.since.is_some_and(|since| since < earliest);
        page.cut = (page.next.is_none() && is_wanted).then_some(earliest);
        Ok(page)
    }
}

/// When the post of that id was written, which its upper bits say, in milliseconds since a day of 2010.
fn written(id: &str) -> Option<Timestamp> {
    let milliseconds = (id.parse::<u64>().ok()? >> 22).checked_add(1_288_834_974_657)?;
    Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()
}

/// The versions of a post before it was edited, each of which had an id of its own. Only the newest may be shown.
fn replaced(tweet: &Value) -> Vec<PostId> {
    let id = tweet.get("id").and_then(Value::as_str);
    let history = tweet.get("edit_history_tweet_ids").and_then(Value::as_array);
    let versions = history.into_iter().flatten().filter_map(Value::as_str);
    versions
        .filter(|version| id.is_some_and(|id| id != *version))
        .filter_map(|version| blank(ABOUT.name, version).ok().map(|post| post.id))
        .collect()
}

/// An id of which the look-up says why it shows nothing.
#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type")]
    kind: Option<String>,
    resource_id: Option<String>,
}

impl Recheck for X {
    fn rules(&self) -> RecheckRules {
        // Not the requests are dear but the posts: a hundred are half a dollar.
        RecheckRules { most: 100, a_day: 24, keep: None }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let ids = natives(posts, ",");
        Some(Request {
            url: format!(
                "https://api.x.com/2/tweets?{}",
                parameters(&[("ids", ids.as_str()), ("tweet.fields", "created_at,author_id")])
            ),
            auth: Auth::Bearer(TOKEN),
            ..Request::default()
        })
    }

    /// Deleted, protected and suspended posts come as faults: none of them may be kept. What is missing without one is
    /// not known to be gone.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        #[derive(Deserialize)]
        struct Looked {
            data: Option<Vec<Value>>,
            errors: Option<Vec<Value>>,
        }
        let looked: Looked = answer.json()?;
        if looked.data.is_none() && looked.errors.is_none() {
            return Err(ParseError::Unreadable("it has neither posts nor faults".to_owned()));
        }
        let mut rechecked = Rechecked::default();
        for fault in looked.errors.into_iter().flatten() {
            let Ok(Fault { kind: Some(kind), resource_id: Some(id) }) = loose(fault) else {
                continue;
            };
            let is_out = ["/resource-not-found", "/not-authorized-for-resource"];
            if is_out.iter().any(|end| kind.ends_with(end)) {
                rechecked.gone.extend(
                    posts
                        .iter()
                        .map(|post| &post.id)
                        .filter(|post| post.as_str() == format!("x:{id}"))
                        .cloned(),
                );
            }
        }
        let mut page = Page::default();
        page.read(looked.data.unwrap_or_default(), |tweet: Tweet| post(tweet, &HashMap::new()).map(Some));
        rechecked.there = page.posts;
        Ok(rechecked)
    }
}

const JOBS: &str = "https://api.x.com/2/compliance/jobs";

#[derive(Deserialize)]
struct Made {
    data: Job,
}

#[derive(Deserialize)]
struct Job {
    id: String,
    status: String,
    upload_url: Option<String>,
    download_url: Option<String>,
}

/// The batch compliance of the developer documentation: <https://docs.x.com/x-api/compliance/batch-compliance>.
impl Compliance for X {
    fn rules(&self) -> ComplianceRules {
        // What is deleted there must go within a day.
        ComplianceRules { most: 500_000, every: Duration::from_hours(12) }
    }

    fn begin(&self) -> Request {
        let body = Body { kind: "application/json", text: "{\"type\":\"tweets\"}".to_owned() };
        Request { url: JOBS.to_owned(), auth: Auth::Bearer(TOKEN), body: Some(body), ..Request::default() }
    }

    fn hand_over(&self, begun: &Answer<'_>, ids: &[PostId]) -> Result<(String, Request), ParseError> {
        let Made { data: job } = begun.json()?;
        let url =
            job.upload_url.ok_or_else(|| ParseError::Unreadable("it says no place for ids".to_owned()))?;
        let numbers = ids.iter().filter_map(|id| id.as_str().strip_prefix("x:"));
        let numbers = numbers.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let body = Body { kind: "text/plain", text: numbers.collect::<Vec<_>>().join("\n") };
        // The address itself says who may put something there.
        Ok((job.id, Request { url, body: Some(body), is_put: true, ..Request::default() }))
    }

    fn ask(&self, job: &str) -> Request {
        let url = format!("{JOBS}/{}", super::page::escaped(job));
        Request { url, auth: Auth::Bearer(TOKEN), ..Request::default() }
    }

    fn how_far(&self, answer: &Answer<'_>) -> Result<HowFar, ParseError> {
        let Made { data: job } = answer.json()?;
        match (job.status.as_str(), job.download_url) {
            ("complete", Some(url)) => Ok(HowFar::Done(Request { url, ..Request::default() })),
            ("created" | "in_progress", _) => Ok(HowFar::UnderWay),
            _ => Err(ParseError::Refused("X gave the list up that it was to make".to_owned())),
        }
    }

    fn parse(&self, list: &Answer<'_>) -> Result<Page, ParseError> {
        #[derive(Deserialize)]
        struct Event {
            id: String,
            action: String,
            redacted_at: Option<String>,
        }
        if list.is_web_page() {
            return Err(ParseError::Page);
        }
        let mut page = Page::default();
        let lines = list.body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        for (item, line) in lines.enumerate() {
            let Ok(event) = serde_json::from_slice(line).and_then(loose::<Event>) else {
                page.rejects.push(Reject { item, reason: "it is no event".to_owned() });
                continue;
            };
            // What is edited, or loses its place on a map, is still there.
            if event.action != "delete" {
                continue;
            }
            let Ok(post) = blank(ABOUT.name, &event.id) else { continue };
            if let Some(at) = event.redacted_at.and_then(|at| moment(&at).ok()) {
                page.deleted_at.insert(post.id.to_string(), at);
            }
            page.deleted.push(post.id);
        }
        if page.deleted.is_empty() && !page.rejects.is_empty() {
            return Err(ParseError::Unreadable("it is no list of events".to_owned()));
        }
        Ok(page)
    }
}

fn post(tweet: Tweet, users: &HashMap<String, User>) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let user = tweet.author_id.as_ref().and_then(|id| users.get(id));
    let answered = tweet.referenced_tweets.iter().find(|reference| reference.kind == "replied_to");
    let metrics = tweet.public_metrics;
    let count =
        |count: fn(&Metrics) -> Option<u64>| metrics.as_ref().and_then(count).map(|count| count.to_string());
    Ok(Post {
        kind: if answered.is_some() { Kind::Reply } else { Kind::Post },
        text: super::text::plain(&tweet.text),
        created: tweet.created_at.as_deref().map(moment).transpose()?,
        author: user
            .map(|user| Author { handle: user.username.clone(), name: user.name.clone() })
            .or_else(|| tweet.author_id.clone().map(|handle| Author { handle, name: None })),
        tag: tweet.lang.as_deref().and_then(Language::from_tag),
        reply_to: answered.map(|answered| PostId::from_parts(&source, &answered.id)),
        url: Some(format!(
            "https://x.com/{}/status/{}",
            user.map_or("i/web", |user| user.username.as_str()),
            tweet.id
        )),
        reach: user.and_then(|user| user.public_metrics.as_ref()?.followers_count),
        attributes: attributes([
            ("conversation", tweet.conversation_id),
            ("retweets", count(|metrics| metrics.retweets)),
            ("replies", count(|metrics| metrics.replies)),
            ("likes", count(|metrics| metrics.likes)),
            ("quotes", count(|metrics| metrics.quotes)),
        ]),
        ..blank(ABOUT.name, &tweet.id)?
    })
}
