//! Lemmy: posts and comments that name a brand, at one instance after another.
//!
//! The same post is seen at many instances. Its address at its home (`ap_id`) is what names it, so that it is kept once.
//! What a comment answers is told by its number at the instance that was asked: that leads to a name where the answered
//! one stands on the same page or was written there.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::called;
use super::page::{
    Answer, Numbered, Page, ParseError, Request, attributes, blank, host_of, is_back_at, is_elsewhere,
    moment, parameters, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked};
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Post, PostId, SourceId};

pub(super) struct Lemmy;

static ABOUT: About = About {
    name: "lemmy",
    title: "Lemmy",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "reading public posts, within each instance's own terms",
    forbids: "keeping what was deleted there",
    notices: "by asking the home of posts and comments again at certain ages",
    asks: Asks::Words(Syntax::PLAIN, Places::At("lemmy.world")),
    order: Order::Backward,
    // 60 in ten minutes was the usual limit of a search.
    pace: Duration::from_secs(11),
    every: Duration::from_mins(30),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// How long an instance is left alone that says by its own word that too much was asked: its limits count ten minutes.
const LIMITED: Duration = Duration::from_mins(10);

/// Posts on one page, and as many comments.
const PER_PAGE: usize = 50;

#[derive(Deserialize)]
struct Found {
    posts: Option<Vec<Value>>,
    comments: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct PostView {
    post: Item,
    creator: Creator,
    community: Option<Community>,
    counts: Option<Counts>,
}

#[derive(Deserialize)]
struct CommentView {
    comment: Comment,
    creator: Creator,
    post: Parent,
    counts: Option<Counts>,
}

#[derive(Deserialize)]
struct Item {
    ap_id: String,
    name: String,
    body: Option<String>,
    url: Option<String>,
    published: String,
    updated: Option<String>,
}

#[derive(Deserialize)]
struct Comment {
    ap_id: String,
    content: String,
    path: String,
    published: String,
    updated: Option<String>,
}

#[derive(Deserialize)]
struct Parent {
    ap_id: String,
}

#[derive(Deserialize)]
struct Creator {
    actor_id: String,
    display_name: Option<String>,
    bot_account: Option<bool>,
}

#[derive(Deserialize)]
struct Community {
    name: String,
}

#[derive(Deserialize)]
struct Counts {
    score: Option<i64>,
    comments: Option<i64>,
}

impl Source for Lemmy {
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
        let host = target.trim_start_matches("https://").trim_end_matches('/');
        (host != host_of(host) || !is_elsewhere(host))
            .then_some("write a public host as \"community.example.com\"")
    }

    fn limit(&self, refusal: &Answer<'_>) -> Option<Duration> {
        (error_of(refusal).as_deref() == Some("rate_limit_error")).then_some(LIMITED)
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let page = Numbered::at(ask.next, PER_PAGE);
        let (size, number) = (page.size.to_string(), page.number.to_string());
        let pairs = [
            ("q", ask.question.query.as_str()),
            ("type_", "All"),
            ("sort", "New"),
            ("listing_type", "All"),
            ("limit", size.as_str()),
            ("page", number.as_str()),
        ];
        Request {
            url: format!("https://{}/api/v3/search?{}", host(&ask.question.place), parameters(&pairs)),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        if found.posts.is_none() && found.comments.is_none() {
            return Err(ParseError::Unreadable("it has no posts".to_owned()));
        }
        let (posts, comments) = (found.posts.unwrap_or_default(), found.comments.unwrap_or_default());
        let longest = posts.len().max(comments.len());
        let walked = Numbered::at(ask.next, PER_PAGE);
        // A list that is not full is at its end. Of those that go on, the one that is least far back says how far the page is.
        let full = [(&posts, "post"), (&comments, "comment")].into_iter();
        let full = full.filter(|(items, _)| items.len() >= walked.size);
        let reached = full.map(|(items, what)| oldest(items, what).unwrap_or(ask.now)).max();
        let mut page = Page { reached, ..Page::default() };
        let posts = there(&mut page, posts, "post");
        page.read(posts, |view: PostView| of_post(view).map(Some));
        read_comments(&mut page, comments, host(&ask.question.place));
        page.mark = span(&page.posts, ask.now).0.map(|newest| newest.to_string());
        page.next = walked.next(longest).filter(|_| !is_back_at(ask.mark, reached));
        Ok(page)
    }
}

impl Recheck for Lemmy {
    fn rules(&self) -> RecheckRules {
        // 60 in ten minutes was the usual limit of a search; a look-up costs less.
        RecheckRules { most: 1, a_day: 864, keep: None }
    }

    fn place(&self, post: &Post) -> String {
        super::recheck::native(post).split('/').next().unwrap_or_default().to_owned()
    }

    /// The instance at which the post was written knows it best.
    fn request(&self, posts: &[Post]) -> Option<Request> {
        let mut parts = super::recheck::native(posts.first()?).split('/');
        let (host, what, number) = (parts.next()?, parts.next()?, parts.next()?);
        let is_known = matches!(what, "post" | "comment") && number.bytes().all(|byte| byte.is_ascii_digit());
        let url = format!("https://{host}/api/v3/{what}?id={number}");
        is_known.then(|| Request { url, ..Request::default() })
    }

    /// By whatever status: it differs by version.
    fn says_gone(&self, refusal: &Answer<'_>) -> bool {
        let gone = ["couldnt_find_post", "couldnt_find_comment", "not_found"];
        error_of(refusal).is_some_and(|error| gone.contains(&error.as_str()))
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let value: Value = answer.json()?;
        let Some(asked) = posts.first() else { return Ok(Rechecked::default()) };
        let item = value.pointer("/post_view/post").or_else(|| value.pointer("/comment_view/comment"));
        let Some(item) = item else {
            return Err(ParseError::Unreadable("it has no post".to_owned()));
        };
        if gone(item).is_some() {
            return Ok(Rechecked { gone: vec![asked.id.clone()], ..Rechecked::default() });
        }
        let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
        let now = Post {
            title: text("name"),
            text: text("content").or_else(|| text("body")).unwrap_or_default(),
            ..asked.clone()
        };
        Ok(Rechecked { there: vec![now], ..Rechecked::default() })
    }
}

impl Answers for Lemmy {
    fn rules(&self) -> AnswersRules {
        // 60 in ten minutes was the usual limit of a search; a list costs less.
        AnswersRules { most: 1, a_day: 864 }
    }

    fn place(&self, post: &Post) -> String {
        Recheck::place(self, post)
    }

    fn has_none(&self, refusal: &Answer<'_>) -> bool {
        self.says_gone(refusal)
    }

    /// The instance at which the post was written has all that was answered to it.
    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let (host, number) = super::recheck::native(posts.first()?).split_once("/post/")?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let page = Numbered::at(next, PER_PAGE);
        let (size, at) = (page.size.to_string(), page.number.to_string());
        let pairs = [
            ("post_id", number),
            ("type_", "All"),
            ("sort", "New"),
            ("limit", size.as_str()),
            ("page", at.as_str()),
        ];
        Some(Request {
            url: format!("https://{host}/api/v3/comment/list?{}", parameters(&pairs)),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        #[derive(Deserialize)]
        struct List {
            comments: Vec<Value>,
        }
        let List { comments } = answer.json()?;
        let mut page = Page { next: Numbered::at(next, PER_PAGE).next(comments.len()), ..Page::default() };
        let place = posts.first().map(|post| Recheck::place(self, post)).unwrap_or_default();
        read_comments(&mut page, comments, &place);
        Ok(page)
    }
}

/// What an instance calls what is wrong.
fn error_of(refusal: &Answer<'_>) -> Option<String> {
    #[derive(Deserialize)]
    struct Fault {
        error: String,
    }
    refusal.json::<Fault>().ok().map(|fault| fault.error)
}

/// When the oldest of some items was written, whether it is still there or not.
fn oldest(items: &[Value], what: &str) -> Option<Timestamp> {
    let written = items.iter().filter_map(|item| item.get(what)?.get("published")?.as_str());
    written.filter_map(|written| moment(written).ok()).min()
}

/// Those of some items that are still there; what was taken out is noted.
fn there(page: &mut Page, items: Vec<Value>, what: &str) -> Vec<Value> {
    page.deleted.extend(items.iter().filter_map(|item| gone(item.get(what)?)));
    items.into_iter().filter(|item| item.get(what).and_then(gone).is_none()).collect()
}

/// Reads comments as an instance shows them.
fn read_comments(page: &mut Page, comments: Vec<Value>, host: &str) {
    // Their names everywhere, by their numbers at this instance.
    let named: BTreeMap<String, String> = comments
        .iter()
        .filter_map(|view| {
            let comment = view.get("comment")?;
            Some((called(comment.get("id")?)?, native(comment.get("ap_id")?.as_str()?).to_owned()))
        })
        .collect();
    let comments = there(page, comments, "comment");
    page.read(comments, |view: CommentView| of_comment(view, host, &named).map(Some));
}

fn host(place: &str) -> &str {
    place.trim_start_matches("https://").trim_end_matches('/')
}

fn native(address: &str) -> &str {
    address.trim_start_matches("https://")
}

/// The id of an item that its writer or a moderator took out.
fn gone(item: &Value) -> Option<PostId> {
    let is = |name: &str| item.get(name).and_then(Value::as_bool) == Some(true);
    let id = item.get("ap_id")?.as_str()?;
    (is("deleted") || is("removed")).then(|| blank(ABOUT.name, native(id)).ok().map(|post| post.id))?
}

fn author(creator: &Creator) -> Author {
    // `https://instance/u/name`, as people write it: name@instance.
    let handle = match native(&creator.actor_id).split_once("/u/") {
        Some((host, name)) => format!("{name}@{host}"),
        None => native(&creator.actor_id).to_owned(),
    };
    Author { handle, name: creator.display_name.clone() }
}

fn of_post(view: PostView) -> Result<Post, String> {
    Ok(Post {
        title: Some(view.post.name),
        text: view.post.body.unwrap_or_default(),
        created: Some(moment(&view.post.published)?),
        author: Some(author(&view.creator)),
        url: Some(view.post.ap_id.clone()),
        attributes: attributes([
            ("community", view.community.map(|community| community.name)),
            ("score", view.counts.as_ref().and_then(|counts| counts.score).map(|score| score.to_string())),
            ("comments", view.counts.and_then(|counts| counts.comments).map(|count| count.to_string())),
            ("link", view.post.url),
            ("edited", view.post.updated),
            ("bot", view.creator.bot_account.filter(|bot| *bot).map(|bot| bot.to_string())),
        ]),
        ..blank(ABOUT.name, native(&view.post.ap_id))?
    })
}

fn of_comment(view: CommentView, host: &str, named: &BTreeMap<String, String>) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    // The last of the path is the comment itself; the first is the root, which is no comment.
    let answered = match view.comment.path.rsplit('.').nth(1) {
        None | Some("0") => native(&view.post.ap_id).to_owned(),
        Some(parent) => named.get(parent).cloned().unwrap_or_else(|| format!("{host}/comment/{parent}")),
    };
    Ok(Post {
        kind: Kind::Reply,
        text: view.comment.content,
        created: Some(moment(&view.comment.published)?),
        author: Some(author(&view.creator)),
        reply_to: Some(PostId::from_parts(&source, &answered)),
        url: Some(view.comment.ap_id.clone()),
        attributes: attributes([
            ("score", view.counts.and_then(|counts| counts.score).map(|score| score.to_string())),
            ("edited", view.comment.updated),
            ("bot", view.creator.bot_account.filter(|bot| *bot).map(|bot| bot.to_string())),
        ]),
        ..blank(ABOUT.name, native(&view.comment.ap_id))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_comment_answers_is_found_by_its_number_at_the_instance_that_was_asked() {
        let view = |id: u64, home: &str, path: &str| {
            serde_json::json!({
                "comment": { "id": id, "ap_id": format!("https://{home}/comment/{}", 10 * id), "content": "late", "path": path,
                             "published": "2026-03-01T10:00:00Z" },
                "creator": { "actor_id": format!("https://{home}/u/anna") },
                "post": { "ap_id": "https://a.example/post/7" },
            })
        };
        let comments =
            [view(9, "b.example", "0.8.9"), view(8, "c.example", "0.8"), view(6, "a.example", "0.5.6")];
        let body = serde_json::json!({ "comments": comments }).to_string();
        let asked = blank("lemmy", "a.example/post/7").unwrap();
        let page = Answers::parse(&Lemmy, &[asked], None, &Answer::ok(body.as_bytes())).unwrap();
        let answered = page.posts.iter().map(|post| post.reply_to.as_ref().unwrap().as_str());
        assert_eq!(
            answered.collect::<Vec<_>>(),
            ["lemmy:c.example/comment/80", "lemmy:a.example/post/7", "lemmy:a.example/comment/5"]
        );
    }
}
