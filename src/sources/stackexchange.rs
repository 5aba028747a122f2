//! Stack Exchange: questions that name a brand, at one site after another, as `stackoverflow` or `android`.
//!
//! A walk goes on by time, since pages by number shift, and anonymous callers get twenty-five of them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::loose;
use super::page::{Answer, Auth, Page, ParseError, Request, attributes, blank, parameters};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::text::plain;
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId};

pub(super) struct StackExchange;

static ABOUT: About = About {
    name: "stackexchange",
    title: "Stack Exchange",
    needs: &[],
    keys_go_to: &["api.stackexchange.com"],
    costs: "nothing; 300 requests a day, or 10,000 with GROUSE_STACKEXCHANGE_KEY",
    dollars_per_post: 0.0,
    allows: "use under the item's Creative Commons license, with link, author and license",
    forbids: "use without naming author and license",
    notices: "by asking again for questions, answers and comments at certain ages",
    asks: Asks::Words(Syntax::PLAIN, Places::At("stackoverflow")),
    order: Order::Backward,
    pace: Duration::from_secs(2),
    every: Duration::from_hours(2),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// How long it is left alone when it asks for that without saying how long.
const LIMITED: Duration = Duration::from_mins(15);

#[derive(Deserialize)]
struct Wrapper {
    items: Option<Vec<Value>>,
    #[serde(default)]
    has_more: bool,
    backoff: Option<f64>,
    quota_remaining: Option<i64>,
    error_name: Option<String>,
}

#[derive(Deserialize)]
struct Question {
    #[serde(rename = "question_id")]
    id: u64,
    title: String,
    body: Option<String>,
    creation_date: i64,
    link: Option<String>,
    owner: Option<Owner>,
    #[serde(default)]
    tags: Vec<String>,
    view_count: Option<u64>,
    answer_count: Option<u64>,
    score: Option<i64>,
    is_answered: Option<bool>,
    content_license: Option<String>,
}

#[derive(Deserialize)]
struct Owner {
    user_id: Option<i64>,
    display_name: Option<String>,
    link: Option<String>,
}

impl Wrapper {
    /// A page that says how long the site wants to be left alone and what it still allows, and the items.
    fn opened(self) -> Result<(Page, Vec<Value>, bool), ParseError> {
        let Some(items) = self.items else {
            return Err(match self.error_name {
                Some(name) => ParseError::Refused(name),
                None => ParseError::Unreadable("it has no items".to_owned()),
            });
        };
        let page = Page {
            wait: self.backoff.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))),
            // It was seen below zero.
            quota: self.quota_remaining.map(|left| u64::try_from(left).unwrap_or(0)),
            ..Page::default()
        };
        Ok((page, items, self.has_more))
    }
}

/// An answer to a question, or a comment below it.
#[derive(Deserialize)]
struct Below {
    answer_id: Option<u64>,
    comment_id: Option<u64>,
    /// Of an answer.
    question_id: Option<u64>,
    /// Of a comment: what it is below.
    post_id: Option<u64>,
    body: Option<String>,
    creation_date: i64,
    link: Option<String>,
    owner: Option<Owner>,
    score: Option<i64>,
    is_accepted: Option<bool>,
    content_license: Option<String>,
}

impl Source for StackExchange {
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
        let is_site =
            !target.is_empty() && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        (!is_site).then_some("write a site as \"superuser\" or \"travel\"")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let from = ask.mark.map(str::to_owned).or(ask.since.map(|since| since.as_second().to_string()));
        let mut pairs = vec![
            ("site", ask.question.place.as_str()),
            ("q", ask.question.query.as_str()),
            ("sort", "creation"),
            ("order", "desc"),
            ("pagesize", "100"),
            ("filter", "withbody"),
        ];
        if let Some(from) = &from {
            pairs.push(("fromdate", from));
        }
        if let Some(next) = ask.next {
            pairs.push(("todate", next));
        }
        Request {
            url: format!("https://api.stackexchange.com/2.3/search/advanced?{}", parameters(&pairs)),
            auth: Auth::ParameterIfSet("key", "GROUSE_STACKEXCHANGE_KEY"),
            ..Request::default()
        }
    }

    fn limit(&self, refusal: &Answer<'_>) -> Option<Duration> {
        #[derive(Deserialize)]
        struct Fault {
            error_name: String,
            error_message: Option<String>,
        }
        let fault: Fault =
            refusal.json().ok().filter(|fault: &Fault| fault.error_name == "throttle_violation")?;
        // "more requests available in 74500 seconds"
        let said = fault.error_message.unwrap_or_default();
        let seconds =
            said.split_once("available in ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        Some(seconds.map_or(LIMITED, |seconds: u64| Duration::from_secs(seconds.min(86_400))))
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let wrapper: Wrapper = answer.json()?;
        let (mut page, items, has_more) = wrapper.opened()?;
        page.read(items, |question: Question| post(question, &ask.question.place).map(Some));
        let seconds = || page.posts.iter().filter_map(|post| post.created).map(Timestamp::as_second);
        // What says that it is of tomorrow is no place to go on from.
        let newest = seconds().filter(|second| *second <= ask.now.as_second()).max();
        page.mark = newest.map(|newest| newest.to_string());
        let before = ask.next.and_then(|next| next.parse().ok());
        page.go_on_by_time(before, has_more, |second| second.to_string());
        Ok(page)
    }
}

impl Recheck for StackExchange {
    fn rules(&self) -> RecheckRules {
        // Three hundred a day are allowed without a key.
        RecheckRules { most: 100, a_day: 30, keep: None }
    }

    /// Comments have numbers of their own.
    fn place(&self, post: &Post) -> String {
        let kind = if is_comment(post) { "comments" } else { "posts" };
        format!("{}/{kind}", site(post))
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let (site, kind) = (site(posts.first()?), if is_comment(&posts[0]) { "comments" } else { "posts" });
        let numbers: Vec<&str> = posts.iter().filter_map(number).collect();
        let pairs = [("site", site), ("pagesize", "100"), ("filter", "withbody")];
        Some(Request {
            url: format!(
                "https://api.stackexchange.com/2.3/{kind}/{}?{}",
                numbers.join(";"),
                parameters(&pairs)
            ),
            auth: Auth::ParameterIfSet("key", "GROUSE_STACKEXCHANGE_KEY"),
            ..Request::default()
        })
    }

    /// What was deleted is left out without a word. Questions and answers are numbered together.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        #[derive(Deserialize)]
        struct Item {
            post_id: u64,
            comment_id: Option<u64>,
            body: Option<String>,
            title: Option<String>,
        }
        impl Item {
            fn number(&self) -> u64 {
                self.comment_id.unwrap_or(self.post_id)
            }
        }
        let wrapper: Wrapper = answer.json()?;
        let (page, items, _) = wrapper.opened()?;
        let items: Vec<Option<Item>> = items.into_iter().map(|item| loose(item).ok()).collect();
        let asked = |id: u64| posts.iter().find(|post| number(post) == Some(id.to_string().as_str()));
        let named: Vec<Option<String>> = items
            .iter()
            .map(|item| {
                // One that was not asked for is no harm.
                Some(asked(item.as_ref()?.number()).map(|post| native(post).to_owned()).unwrap_or_default())
            })
            .collect();
        let there = items.iter().flatten().filter_map(|item| {
            let asked = asked(item.number())?;
            Some(Post {
                title: item.title.as_deref().map(plain),
                text: plain(item.body.as_deref()?),
                ..asked.clone()
            })
        });
        let there = there.collect();
        Ok(Rechecked { wait: page.wait, ..Rechecked::of_list(posts, named, there) })
    }
}

impl Answers for StackExchange {
    fn rules(&self) -> AnswersRules {
        // Three hundred a day are allowed without a key.
        AnswersRules { most: 100, a_day: 30 }
    }

    fn place(&self, post: &Post) -> String {
        site(post).to_owned()
    }

    /// First the answers, then the comments.
    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let site = site(posts.first()?);
        let (what, page) = next.unwrap_or(FIRST).split_once(' ')?;
        let numbers: Vec<&str> = posts.iter().filter_map(number).collect();
        let pairs = [
            ("site", site),
            ("sort", "creation"),
            ("order", "asc"),
            ("pagesize", "100"),
            ("page", page),
            ("filter", "withbody"),
        ];
        Some(Request {
            url: format!(
                "https://api.stackexchange.com/2.3/questions/{}/{what}?{}",
                numbers.join(";"),
                parameters(&pairs)
            ),
            auth: Auth::ParameterIfSet("key", "GROUSE_STACKEXCHANGE_KEY"),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let wrapper: Wrapper = answer.json()?;
        let (mut page, items, has_more) = wrapper.opened()?;
        let Some(first) = posts.first() else { return Ok(page) };
        page.read(items, |found: Below| below(found, site(first)).map(Some));
        let (what, number) = next.unwrap_or(FIRST).split_once(' ').unwrap_or((ANSWERS, "1"));
        let number: u32 = number.parse().unwrap_or(1);
        page.next = match (has_more, what) {
            (true, what) => Some(format!("{what} {}", number + 1)),
            (false, ANSWERS) => Some("comments 1".to_owned()),
            _ => None,
        };
        Ok(page)
    }
}

const ANSWERS: &str = "answers";

/// Where the list of what is below questions begins.
const FIRST: &str = "answers 1";

/// The site of a post, which is the first of its name.
fn site(post: &Post) -> &str {
    native(post).split('/').next().unwrap_or_default()
}

fn is_comment(post: &Post) -> bool {
    native(post).contains("/comment/")
}

fn below(found: Below, site: &str) -> Result<Post, String> {
    let source = SourceId::new(ABOUT.name).map_err(|error| error.to_string())?;
    let (native, parent) = match (found.answer_id, found.comment_id) {
        (_, Some(comment)) => (format!("{site}/comment/{comment}"), found.post_id),
        (Some(answer), None) => (format!("{site}/{answer}"), found.question_id),
        (None, None) => return Err("it has no id".to_owned()),
    };
    let parent = parent.ok_or("it does not say what it is below")?;
    let profile = found.owner.as_ref().and_then(|owner| owner.link.clone());
    Ok(Post {
        kind: Kind::Reply,
        text: plain(&found.body.unwrap_or_default()),
        created: Some(second(found.creation_date)?),
        author: found.owner.and_then(|owner| author(owner, site)),
        tag: language(site),
        reply_to: Some(PostId::from_parts(&source, &format!("{site}/{parent}"))),
        url: found.link,
        attributes: attributes([
            ("site", Some(site.to_owned())),
            ("score", found.score.map(|score| score.to_string())),
            ("accepted", found.is_accepted.map(|accepted| accepted.to_string())),
            ("license", found.content_license),
            ("profile", profile),
        ]),
        ..blank(ABOUT.name, &native)?
    })
}

fn second(second: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(second).map_err(|_| "its date cannot be read".to_owned())
}

/// Sites in other languages say so in their name.
fn language(site: &str) -> Option<Language> {
    let named = site.split_once('.').and_then(|(code, _)| Language::from_tag(code));
    named.or(Some(Language::English))
}

fn author(owner: Owner, site: &str) -> Option<Author> {
    let name = owner.display_name.map(|name| plain(&name));
    // People have another number at each site.
    let handle = owner.user_id.map(|id| format!("{id}@{site}")).or_else(|| name.clone())?;
    Some(Author { handle, name })
}

/// The number of a post at its site, which is the last of its name.
fn number(post: &Post) -> Option<&str> {
    native(post).rsplit('/').next()
}

fn post(question: Question, site: &str) -> Result<Post, String> {
    let count = |count: Option<u64>| count.map(|count| count.to_string());
    let owner = question.owner;
    let profile = owner.as_ref().and_then(|owner| owner.link.clone());
    Ok(Post {
        title: Some(plain(&question.title)),
        text: plain(&question.body.unwrap_or_default()),
        created: Some(second(question.creation_date)?),
        author: owner.and_then(|owner| author(owner, site)),
        tag: language(site),
        url: question.link,
        attributes: attributes([
            ("site", Some(site.to_owned())),
            ("tags", Some(question.tags.join(" "))),
            ("views", count(question.view_count)),
            ("answers", count(question.answer_count)),
            ("score", question.score.map(|score| score.to_string())),
            ("answered", question.is_answered.map(|answered| answered.to_string())),
            ("license", question.content_license),
            ("profile", profile),
        ]),
        ..blank(ABOUT.name, &format!("{site}/{}", question.id))?
    })
}
