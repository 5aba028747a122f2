//! Stack Exchange: questions that name a brand, at one site after another, as `stackoverflow` or `android`.
//!
//! A walk goes on by time, since pages by number shift, and anonymous callers get twenty-five of them.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::page::{Answer, Auth, Page, ParseError, Request, attributes, blank, parameters};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::text::plain;
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Language, Post};

pub(super) struct StackExchange;

static ABOUT: About = About {
    name: "stackexchange",
    title: "Stack Exchange",
    needs: &[],
    costs: "nothing; 300 requests a day, or 10,000 with GROUSE_STACKEXCHANGE_KEY",
    dollars_per_post: 0.0,
    allows: "use under the item's Creative Commons license, with link, author and license",
    forbids: "use without naming author and license",
    asks: Asks::Words(Syntax::PLAIN, Places::At("stackoverflow")),
    order: Order::Backward,
    pace: Duration::from_secs(2),
    every: Duration::from_hours(2),
    replies: Replies::Hidden,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

#[derive(Deserialize)]
struct Wrapper {
    items: Option<Vec<Value>>,
    #[serde(default)]
    has_more: bool,
    backoff: Option<f64>,
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

impl Source for StackExchange {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
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

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let wrapper: Wrapper = answer.json()?;
        let Some(items) = wrapper.items else {
            return Err(match wrapper.error_name {
                Some(name) => ParseError::Refused(name),
                None => ParseError::Unreadable("it has no items".to_owned()),
            });
        };
        let mut page = Page {
            wait: wrapper.backoff.map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))),
            ..Page::default()
        };
        page.read(items, |question: Question| post(question, &ask.question.place).map(Some));
        let seconds = || page.posts.iter().filter_map(|post| post.created).map(Timestamp::as_second);
        page.mark = seconds().max().map(|newest| newest.to_string());
        page.next = seconds()
            .min()
            .map(|oldest| oldest.to_string())
            .filter(|oldest| wrapper.has_more && ask.next != Some(oldest));
        Ok(page)
    }
}

impl Recheck for StackExchange {
    fn rules(&self) -> RecheckRules {
        // Three hundred a day are allowed without a key.
        RecheckRules { most: 100, a_day: 30, keep: None }
    }

    fn place(&self, post: &Post) -> String {
        native(post).split('/').next().unwrap_or_default().to_owned()
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let site = self.place(posts.first()?);
        let numbers: Vec<&str> = posts.iter().filter_map(number).collect();
        let pairs = [("site", site.as_str()), ("pagesize", "100"), ("filter", "withbody")];
        Some(Request {
            url: format!(
                "https://api.stackexchange.com/2.3/posts/{}?{}",
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
            body: Option<String>,
            title: Option<String>,
        }
        let wrapper: Wrapper = answer.json()?;
        let Some(items) = wrapper.items else {
            return Err(ParseError::Refused(wrapper.error_name.unwrap_or_else(|| "no posts".to_owned())));
        };
        let items: Vec<Option<Item>> =
            items.into_iter().map(|item| serde_json::from_value(item).ok()).collect();
        let asked = |id: u64| posts.iter().find(|post| number(post) == Some(id.to_string().as_str()));
        let named: Vec<Option<String>> = items
            .iter()
            .map(|item| {
                // One that was not asked for is no harm.
                Some(asked(item.as_ref()?.post_id).map(|post| native(post).to_owned()).unwrap_or_default())
            })
            .collect();
        let there = items.iter().flatten().filter_map(|item| {
            let asked = asked(item.post_id)?;
            Some(Post {
                title: item.title.as_deref().map(plain),
                text: plain(item.body.as_deref()?),
                ..asked.clone()
            })
        });
        let there = there.collect();
        Ok(Rechecked::of_list(posts, named, there))
    }
}

/// The number of a post at its site, which is the last of its name.
fn number(post: &Post) -> Option<&str> {
    native(post).rsplit('/').next()
}

fn post(question: Question, site: &str) -> Result<Post, String> {
    // Sites in other languages say so in their name.
    let language = site.split_once('.').and_then(|(code, _)| Language::from_tag(code));
    let count = |count: Option<u64>| count.map(|count| count.to_string());
    let owner = question.owner;
    let profile = owner.as_ref().and_then(|owner| owner.link.clone());
    Ok(Post {
        title: Some(plain(&question.title)),
        text: plain(&question.body.unwrap_or_default()),
        created: Some(
            Timestamp::from_second(question.creation_date)
                .map_err(|_| "its date cannot be read".to_owned())?,
        ),
        author: owner.and_then(|owner| {
            let name = owner.display_name.map(|name| plain(&name));
            let handle = owner.user_id.map(|id| format!("{site}/{id}")).or_else(|| name.clone())?;
            Some(Author { handle, name })
        }),
        tag: language.or(Some(Language::English)),
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
