//! X: the search over the last seven days, which costs money for each post that is read.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::page::{Answer, Auth, Page, ParseError, Request, attributes, blank, moment, parameters};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, natives};
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId};

pub(super) struct X;

static ABOUT: About = About {
    name: "x",
    title: "X",
    needs: &["GROUSE_X_TOKEN"],
    costs: "half a US cent for each post that is read",
    dollars_per_post: 0.005,
    allows: "reading and showing the current version of posts",
    forbids: "passing on more than ids, keeping what was deleted there, and measuring X itself",
    notices: "by asking again for posts at certain ages, from half of the money that it may cost",
    asks: Asks::Words(
        Syntax {
            max_chars: 512,
            max_terms: 40,
            or: Some(" OR "),
            groups: true,
            handle: Some("@"),
            from: Some("from:"),
            tag: Some("#"),
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

    /// The list of one's own compliance jobs: posts and people have a price, and it has none of either.
    fn trial(&self) -> Option<Request> {
        Some(Request {
            url: "https://api.x.com/2/compliance/jobs?type=tweets".to_owned(),
            auth: Auth::Bearer("GROUSE_X_TOKEN"),
            ..Request::default()
        })
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let earliest = ask.now - MEMORY;
        let from = ask.since.map(|since| since.max(earliest).to_string());
        let mut pairs = vec![
            ("query", ask.question.query.as_str()),
            ("max_results", "100"),
            ("sort_order", "recency"),
            (
                "tweet.fields",
                "created_at,author_id,conversation_id,lang,public_metrics,referenced_tweets,edit_history_tweet_ids",
            ),
            ("expansions", "author_id"),
            ("user.fields", "username,name,public_metrics"),
        ];
        match (ask.mark, &from) {
            (Some(mark), _) => pairs.push(("since_id", mark)),
            (None, Some(from)) => pairs.push(("start_time", from)),
            (None, None) => {}
        }
        if let Some(next) = ask.next {
            pairs.push(("next_token", next));
        }
        Request {
            url: format!("https://api.x.com/2/tweets/search/recent?{}", parameters(&pairs)),
            auth: Auth::Bearer("GROUSE_X_TOKEN"),
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
        let users: HashMap<String, User> = found
            .includes
            .map(|includes| includes.users)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|user| serde_json::from_value::<User>(user).ok())
            .map(|user| (user.id.clone(), user))
            .collect();
        let mut page = Page { next: meta.next_token, mark: meta.newest_id, ..Page::default() };
        page.read(found.data.unwrap_or_default(), |tweet: Tweet| post(tweet, &users).map(Some));
        // What a longer pause left behind is out of reach.
        let earliest: Timestamp = ask.now - MEMORY;
        let is_wanted = ask.mark.is_some() || ask.since.is_some_and(|since| since < earliest);
        page.cut = (page.next.is_none() && is_wanted).then_some(earliest);
        Ok(page)
    }
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
            auth: Auth::Bearer("GROUSE_X_TOKEN"),
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
            let Ok(Fault { kind: Some(kind), resource_id: Some(id) }) = serde_json::from_value(fault) else {
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
