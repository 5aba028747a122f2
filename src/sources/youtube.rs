//! Comments on `YouTube`, below all videos of a channel (`UC…`) or one video (`video:…`), newest first.
//!
//! The list shows five replies below each, and a new reply brings no old comment to its top: so replies are asked for by
//! themselves as well.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::called;
use super::page::{
    Answer, Auth, Page, ParseError, Request, attributes, blank, is_back_at, moment, parameters, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native, natives};
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Post, PostId, SourceId};

pub(super) struct YouTube;

static ABOUT: About = About {
    name: "youtube",
    title: "YouTube comments",
    needs: &["GROUSE_YOUTUBE_KEY"],
    keys_go_to: &["www.googleapis.com"],
    costs: "nothing; 10,000 requests a day",
    dollars_per_post: 0.0,
    allows: "showing comments with a link to YouTube",
    forbids: "keeping them for more than 30 days without looking again, and figures over channels without approval",
    notices: "by asking again for comments at certain ages, and for each within a month, as its terms want",
    asks: Asks::Targets,
    order: Order::Backward,
    pace: Duration::from_millis(500),
    every: Duration::from_hours(1),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

#[derive(Deserialize)]
struct Threads {
    items: Vec<Value>,
    #[serde(rename = "nextPageToken")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Comment {
    id: String,
    snippet: Words,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Words {
    text_display: String,
    text_original: Option<String>,
    author_display_name: Option<String>,
    author_channel_id: Option<Channel>,
    like_count: Option<u64>,
    published_at: String,
    updated_at: Option<String>,
    video_id: Option<String>,
    parent_id: Option<String>,
}

#[derive(Deserialize)]
struct Channel {
    value: String,
}

impl Source for YouTube {
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
        let id = target.strip_prefix("video:").or_else(|| target.starts_with("UC").then_some(target));
        let is_id = id.is_some_and(|id| {
            !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        });
        (!is_id).then_some(
            "write a channel by its id, which begins with UC, as \"UC_x5XG1OV2P6uZZ5FSM9Ttw\", or a video as \"video:dQw4w9WgXcQ\"; names as @acme are not taken",
        )
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let (what, which) = match ask.question.place.strip_prefix("video:") {
            Some(video) => ("videoId", video),
            None => ("allThreadsRelatedToChannelId", ask.question.place.as_str()),
        };
        let mut pairs = vec![
            ("part", "snippet,replies"),
            (what, which),
            ("order", "time"),
            ("textFormat", "plainText"),
            ("maxResults", "100"),
        ];
        if let Some(next) = ask.next {
            pairs.push(("pageToken", next));
        }
        Request {
            url: format!("https://www.googleapis.com/youtube/v3/commentThreads?{}", parameters(&pairs)),
            auth: Auth::Parameter("key", "GROUSE_YOUTUBE_KEY"),
            ..Request::default()
        }
    }

    /// A day's requests are spent, or a minute's: the status is that of who may not ask at all.
    fn limit(&self, refusal: &Answer<'_>) -> Option<Duration> {
        let wait = |reason: &String| match reason.as_str() {
            "quotaExceeded" | "dailyLimitExceeded" => Some(Duration::from_hours(1)),
            "rateLimitExceeded" | "userRateLimitExceeded" => Some(Duration::from_mins(5)),
            _ => None,
        };
        reasons(refusal).iter().find_map(wait)
    }

    fn refuses_key(&self, refusal: &Answer<'_>) -> bool {
        reasons(refusal).iter().any(|reason| matches!(reason.as_str(), "keyInvalid" | "keyExpired"))
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let threads: Threads = answer.json()?;
        let mut page = Page::default();
        let mut comments = Vec::new();
        for thread in threads.items {
            // A list of threads, each with its first replies, or a list of comments.
            match thread.pointer("/snippet/topLevelComment") {
                Some(top) => {
                    comments.push(top.clone());
                    let replies = thread.pointer("/replies/comments").and_then(Value::as_array);
                    comments.extend(replies.into_iter().flatten().cloned());
                }
                None => comments.push(thread),
            }
        }
        page.read(comments, |comment: Comment| post(comment).map(Some));
        let (newest, oldest) = span(&page.posts, ask.now);
        page.mark = newest.map(|newest| newest.to_string());
        page.next = threads.next.filter(|_| !is_back_at(ask.mark, oldest));
        Ok(page)
    }
}

/// Why `YouTube` refuses, in its own words.
fn reasons(refusal: &Answer<'_>) -> Vec<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Fault,
    }
    #[derive(Deserialize)]
    struct Fault {
        errors: Vec<Reason>,
    }
    #[derive(Deserialize)]
    struct Reason {
        reason: String,
    }
    let refusal = refusal.json::<Refusal>();
    refusal.map_or_else(
        |_| Vec::new(),
        |refusal| refusal.error.errors.into_iter().map(|fault| fault.reason).collect(),
    )
}

impl Answers for YouTube {
    fn rules(&self) -> AnswersRules {
        AnswersRules { most: 1, a_day: 1_000 }
    }

    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let mut pairs = vec![
            ("part", "snippet"),
            ("parentId", native(posts.first()?)),
            ("textFormat", "plainText"),
            ("maxResults", "100"),
        ];
        if let Some(next) = next {
            pairs.push(("pageToken", next));
        }
        Some(Request {
            url: format!("https://www.googleapis.com/youtube/v3/comments?{}", parameters(&pairs)),
            auth: Auth::Parameter("key", "GROUSE_YOUTUBE_KEY"),
            ..Request::default()
        })
    }

    fn has_none(&self, answer: &Answer<'_>) -> bool {
        let closed = ["commentsDisabled", "commentNotFound", "videoNotFound"];
        reasons(answer).iter().any(|reason| closed.contains(&reason.as_str()))
    }

    fn parse(&self, posts: &[Post], _: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let Threads { items, next } = answer.json()?;
        let mut page = Page::default();
        page.read(items, |comment: Comment| post(comment).map(Some));
        // A reply does not say below which video it is.
        if let Some(video) = posts.first().and_then(|asked| asked.attributes.get("video")) {
            for reply in &mut page.posts {
                reply.attributes.entry("video".to_owned()).or_insert_with(|| video.clone());
                let id = native(reply).to_owned();
                reply.url.get_or_insert_with(|| address(video, &id));
            }
        }
        page.next = next;
        Ok(page)
    }
}

fn address(video: &str, comment: &str) -> String {
    format!("https://www.youtube.com/watch?v={video}&lc={comment}")
}

impl Recheck for YouTube {
    fn rules(&self) -> RecheckRules {
        RecheckRules { most: 50, a_day: 1_000, keep: Some(Duration::from_hours(30 * 24)) }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let ids = natives(posts, ",");
        let pairs =
            [("part", "snippet"), ("id", ids.as_str()), ("textFormat", "plainText"), ("maxResults", "100")];
        Some(Request {
            url: format!("https://www.googleapis.com/youtube/v3/comments?{}", parameters(&pairs)),
            auth: Auth::Parameter("key", "GROUSE_YOUTUBE_KEY"),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let Threads { items, .. } = answer.json()?;
        let named: Vec<_> = items.iter().map(|item| called(item.get("id")?)).collect();
        let mut page = Page::default();
        page.read(items, |comment: Comment| post(comment).map(Some));
        Ok(Rechecked::of_list(posts, named, page.posts))
    }
}

fn post(comment: Comment) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let Comment { id, snippet } = comment;
    // A reply is named after what it replies to, and says so in one kind of list only.
    let parent = snippet.parent_id.or_else(|| id.split_once('.').map(|(parent, _)| parent.to_owned()));
    let url = snippet.video_id.as_ref().map(|video| address(video, &id));
    Ok(Post {
        kind: if parent.is_some() { Kind::Reply } else { Kind::Post },
        text: snippet.text_original.unwrap_or(snippet.text_display),
        created: Some(moment(&snippet.published_at)?),
        author: snippet.author_display_name.map(|name| Author {
            handle: snippet.author_channel_id.map_or_else(|| name.clone(), |channel| channel.value),
            name: Some(name),
        }),
        reply_to: parent.map(|parent| PostId::from_parts(&source, &parent)),
        url,
        attributes: attributes([
            ("video", snippet.video_id),
            ("likes", snippet.like_count.map(|count| count.to_string())),
            ("updated", snippet.updated_at),
        ]),
        ..blank(ABOUT.name, &id)?
    })
}
