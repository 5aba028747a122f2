//! Hacker News, by the search that Algolia runs for it: stories and comments, newest first.
//!
//! The search shows a thousand hits for a question, whatever page is asked for: so a walk goes on by time, not by page.
//! Hits are listed late, so that each run looks an hour further back than the newest it saw. What was said below a story
//! comes in one answer, whatever words it is in.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::page::{Answer, Page, ParseError, Request};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::text::plain;
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId};

pub(super) struct HackerNews;

static ABOUT: About = About {
    name: "hackernews",
    title: "Hacker News",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "reading and searching, with a link to the item",
    forbids: "passing on whole collections: there is no license for that",
    notices: "by asking again for items at certain ages",
    asks: Asks::Words(Syntax::PLAIN, Places::One),
    order: Order::Backward,
    pace: Duration::from_secs(1),
    every: Duration::from_mins(10),
    replies: Replies::Shown,
    passing_on: PassingOn::IdsOnly {
        rule: "Hacker News, legal: no license to pass on collections",
        link: "https://www.ycombinator.com/legal/",
    },
    heeds_robots: false,
};

/// Hits on one page; the most that the site gives.
const HITS: usize = 1000;

/// Seconds that a hit may be listed late.
const LATE: i64 = 3600;

#[derive(Deserialize)]
struct Found {
    hits: Vec<Value>,
    /// How many a page has at most.
    #[serde(rename = "hitsPerPage")]
    size: Option<u64>,
    /// Pages that there are.
    #[serde(rename = "nbPages")]
    pages: Option<u64>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "objectID")]
    id: String,
    created_at_i: i64,
    author: Option<String>,
    title: Option<String>,
    url: Option<String>,
    story_text: Option<String>,
    comment_text: Option<String>,
    parent_id: Option<u64>,
    story_title: Option<String>,
    points: Option<i64>,
    num_comments: Option<u64>,
}

impl Source for HackerNews {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn answers(&self) -> Option<&'static dyn Answers> {
        Some(&Self)
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let from = ask.mark.and_then(|mark| mark.parse::<i64>().ok()).map(|mark| mark - LATE);
        let from = from.or(ask.since.map(Timestamp::as_second)).unwrap_or(0);
        let mut within = format!("created_at_i>={from}");
        if let Some(before) = ask.next {
            let _ = write!(within, ",created_at_i<={before}");
        }
        let parameters = super::page::parameters(&[
            ("query", &ask.question.query),
            ("tags", "(story,comment)"),
            ("numericFilters", &within),
            ("hitsPerPage", &HITS.to_string()),
        ]);
        Request {
            url: format!("https://hn.algolia.com/api/v1/search_by_date?{parameters}"),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let Found { hits, size, pages } = answer.json()?;
        // A page may have fewer than were asked for, and says so.
        let full = hits.len() >= HITS
            || size.is_some_and(|size| hits.len() as u64 >= size)
            || pages.is_some_and(|pages| pages > 1);
        let mut page = Page::default();
        page.read(hits, |hit: Hit| post(hit).map(Some));
        let seconds = || page.posts.iter().filter_map(|post| post.created).map(Timestamp::as_second);
        // What says that it is of tomorrow is no place to go on from.
        let newest = seconds().filter(|second| *second <= ask.now.as_second()).max();
        page.mark = newest.map(|newest| newest.to_string());
        let before = ask.next.and_then(|next| next.parse().ok());
        page.go_on_by_time(before, full, |second| second.to_string());
        Ok(page)
    }
}

impl Recheck for HackerNews {
    fn rules(&self) -> RecheckRules {
        // The official interface names no limit; the search allows ten thousand an hour.
        RecheckRules { most: 1, a_day: 8_640, keep: None }
    }

    /// The search drops what is deleted without a word, so the official interface is asked.
    fn request(&self, posts: &[Post]) -> Option<Request> {
        let id = native(posts.first()?);
        Some(Request {
            url: format!("https://hacker-news.firebaseio.com/v0/item/{}.json", super::page::escaped(id)),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        #[derive(Deserialize)]
        struct Item {
            #[serde(rename = "id")]
            _id: u64,
            #[serde(default)]
            deleted: bool,
            #[serde(default)]
            dead: bool,
            title: Option<String>,
            text: Option<String>,
        }
        let Some(asked) = posts.first() else { return Ok(Rechecked::default()) };
        // An item that is not there is null.
        let item: Option<Item> = answer.json()?;
        let Some(item) = item.filter(|item| !item.deleted && !item.dead) else {
            return Ok(Rechecked { gone: vec![asked.id.clone()], ..Rechecked::default() });
        };
        let now = Post {
            title: item.title.map(|title| plain(&title)).filter(|title| !title.is_empty()),
            text: plain(&item.text.unwrap_or_default()),
            ..asked.clone()
        };
        Ok(Rechecked { there: vec![now], ..Rechecked::default() })
    }
}

impl Answers for HackerNews {
    fn rules(&self) -> AnswersRules {
        // Ten thousand an hour are said to be allowed.
        AnswersRules { most: 1, a_day: 8_640 }
    }

    fn request(&self, posts: &[Post], _: Option<&str>) -> Option<Request> {
        let id = super::page::escaped(native(posts.first()?));
        Some(Request { url: format!("https://hn.algolia.com/api/v1/items/{id}"), ..Request::default() })
    }

    fn parse(&self, _: &[Post], _: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        #[derive(Deserialize)]
        struct Thread {
            children: Vec<Value>,
        }
        #[derive(Deserialize)]
        struct Comment {
            id: u64,
            created_at_i: i64,
            author: Option<String>,
            text: Option<String>,
            parent_id: Option<u64>,
            points: Option<i64>,
        }
        let Thread { children } = answer.json()?;
        // What was deleted keeps its place in the thread, without words: what answered it answers what it answered.
        let mut open: Vec<(Value, Option<Value>)> = children.into_iter().map(|child| (child, None)).collect();
        let mut comments = Vec::new();
        while let Some((mut comment, parent)) = open.pop() {
            if let (Some(parent), Some(fields)) = (parent, comment.as_object_mut()) {
                fields.insert("parent_id".to_owned(), parent);
            }
            let is_deleted = comment.get("text").is_none_or(Value::is_null);
            let parent = comment.get("parent_id").filter(|_| is_deleted).cloned();
            if let Some(Value::Array(below)) = comment.get_mut("children").map(Value::take) {
                open.extend(below.into_iter().map(|child| (child, parent.clone())));
            }
            comments.push(comment);
        }
        let mut page = Page::default();
        page.read(comments, |comment: Comment| {
            let Some(text) = comment.text else { return Ok(None) };
            let hit = Hit {
                id: comment.id.to_string(),
                created_at_i: comment.created_at_i,
                author: comment.author,
                title: None,
                url: None,
                story_text: None,
                comment_text: Some(text),
                parent_id: comment.parent_id,
                story_title: None,
                points: comment.points,
                num_comments: None,
            };
            post(hit).map(Some)
        });
        Ok(page)
    }
}

fn post(hit: Hit) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let is_comment = hit.comment_text.is_some();
    let mut attributes = std::collections::BTreeMap::new();
    for (name, value) in [("points", hit.points), ("comments", hit.num_comments.map(u64::cast_signed))] {
        if let Some(value) = value {
            attributes.insert(name.to_owned(), value.to_string());
        }
    }
    if let Some(story) = hit.story_title {
        attributes.insert("story".to_owned(), plain(&story));
    }
    if let Some(link) = hit.url.filter(|_| !is_comment) {
        attributes.insert("link".to_owned(), link);
    }
    Ok(Post {
        id: PostId::from_parts(&source, &hit.id),
        kind: if is_comment { Kind::Reply } else { Kind::Post },
        title: hit.title.map(|title| plain(&title)).filter(|title| !title.is_empty()),
        text: plain(&hit.comment_text.or(hit.story_text).unwrap_or_default()),
        created: Timestamp::from_second(hit.created_at_i).ok(),
        author: hit.author.map(|handle| Author { handle, name: None }),
        // The site is in English by its rules, and says so nowhere.
        tag: Some(Language::English),
        reply_to: hit.parent_id.map(|parent| PostId::from_parts(&source, &parent.to_string())),
        url: Some(format!("https://news.ycombinator.com/item?id={}", hit.id)),
        rating: None,
        reach: None,
        about: Vec::new(),
        attributes,
        source,
    })
}
