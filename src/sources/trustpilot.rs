//! Trustpilot: reviews of a business that a watchlist names by the id that Trustpilot gave it, and its answers.
//!
//! A review is listed by when it was written, and an answer stands in it: one that came later, like a review that was taken
//! out, is seen by asking for the review by its number.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::loose::{called, loose};
use super::page::{
    Answer, Auth, Numbered, Page, ParseError, Request, attributes, blank, escaped, is_back_at, moment,
    parameters, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Language, Post};

pub(super) struct Trustpilot;

static ABOUT: About = About {
    name: "trustpilot",
    title: "Trustpilot",
    needs: &["GROUSE_TRUSTPILOT_KEY"],
    keys_go_to: &["api.trustpilot.com"],
    costs: "a business account with the API module",
    dollars_per_post: 0.0,
    allows: "showing reviews with Trustpilot's name and stars unchanged",
    forbids: "keeping them for more than a day without looking again, and reading the pages instead",
    notices: "by asking again for each review within a day, as its terms want, and at certain ages",
    asks: Asks::Targets,
    order: Order::Backward,
    pace: Duration::from_millis(500),
    every: Duration::from_hours(1),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

const KEY: Auth = Auth::Header("apikey", "GROUSE_TRUSTPILOT_KEY");

/// Reviews on one page.
const PER_PAGE: usize = 100;

#[derive(Deserialize)]
struct Found {
    reviews: Vec<Value>,
    #[serde(default)]
    links: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Review {
    id: String,
    stars: f64,
    title: Option<String>,
    text: Option<String>,
    language: Option<String>,
    created_at: String,
    updated_at: Option<String>,
    number_of_likes: Option<u64>,
    is_verified: Option<bool>,
    company_reply: Option<Reply>,
    consumer: Option<Consumer>,
    business_unit: Option<Unit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    text: String,
    created_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consumer {
    id: Option<String>,
    display_name: Option<String>,
    number_of_reviews: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    display_name: Option<String>,
}

impl Source for Trustpilot {
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
        let is_id = target.chars().all(|c| c.is_ascii_alphanumeric())
            && target.contains(|c: char| c.is_ascii_digit());
        (!is_id).then_some(
            "write a business by its id, as \"46d6a890000064000500e0c3\", and not its address: with your key, api.trustpilot.com/v1/business-units/find?name=acme.com tells it",
        )
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let page = Numbered::at(ask.next, PER_PAGE);
        let (size, number) = (page.size.to_string(), page.number.to_string());
        let pairs = [("perPage", size.as_str()), ("orderBy", "createdat.desc"), ("page", number.as_str())];
        Request {
            url: format!(
                "https://api.trustpilot.com/v1/business-units/{}/reviews?{}",
                ask.question.place,
                parameters(&pairs)
            ),
            auth: KEY,
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        // A page may have fewer than were asked for, and says that another follows.
        let has_next = found.links.iter().any(|link| link.get("rel").is_some_and(|rel| rel == "next-page"));
        let length = if has_next { PER_PAGE } else { found.reviews.len() };
        let mut page = Page::default();
        for review in &found.reviews {
            let id = review.get("id").and_then(called).filter(|_| !is_active(review));
            page.deleted.extend(id.and_then(|id| blank(ABOUT.name, &id).ok()).map(|post| post.id));
        }
        let active: Vec<Value> = found.reviews.into_iter().filter(is_active).collect();
        let replies: Vec<Value> = active
            .iter()
            .filter(|review| review.get("companyReply").is_some_and(Value::is_object))
            .cloned()
            .collect();
        page.read(active, |review: Review| of_review(review).map(Some));
        let (newest, oldest) = span(&page.posts, ask.now);
        // What is broken in a review is told once, with the review.
        let rejects = page.rejects.clone();
        page.read(replies, |review: Review| of_reply(review));
        page.rejects = rejects;
        page.mark = newest.map(|newest| newest.to_string());
        let walked = Numbered::at(ask.next, PER_PAGE);
        page.next = walked.next(length).filter(|_| !is_back_at(ask.mark, oldest));
        Ok(page)
    }
}

/// Reviews are also reported, and taken out for now or for good.
fn is_active(review: &Value) -> bool {
    review.get("status").and_then(Value::as_str).is_none_or(|status| status == "active")
}

/// The request for one review by its number, which is also that of its answer.
fn by_number(posts: &[Post]) -> Option<Request> {
    let number = native(posts.first()?).split('/').next()?;
    Some(Request {
        url: format!("https://api.trustpilot.com/v1/reviews/{}", escaped(number)),
        auth: KEY,
        ..Request::default()
    })
}

/// One review, unless it was taken out.
fn one(answer: &Answer<'_>) -> Result<Option<Review>, ParseError> {
    let value: Value = answer.json()?;
    if !is_active(&value) {
        return Ok(None);
    }
    let review = loose(value);
    review.map(Some).map_err(|_| ParseError::Unreadable("it is no review".to_owned()))
}

impl Recheck for Trustpilot {
    fn rules(&self) -> RecheckRules {
        // Ten thousand an hour are said to be allowed; and nothing is kept for a day without a look.
        RecheckRules { most: 1, a_day: 24_000, keep: Some(Duration::from_hours(24)) }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        by_number(posts)
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let Some(asked) = posts.first() else { return Ok(Rechecked::default()) };
        let now = match one(answer)? {
            Some(review) if asked.kind == Kind::Response => {
                of_reply(review).map_err(ParseError::Unreadable)?
            }
            Some(review) => Some(of_review(review).map_err(ParseError::Unreadable)?),
            None => None,
        };
        Ok(match now {
            Some(now) => Rechecked { there: vec![now], ..Rechecked::default() },
            None => Rechecked { gone: vec![asked.id.clone()], ..Rechecked::default() },
        })
    }
}

impl Answers for Trustpilot {
    fn rules(&self) -> AnswersRules {
        AnswersRules { most: 1, a_day: 24_000 }
    }

    fn request(&self, posts: &[Post], _: Option<&str>) -> Option<Request> {
        by_number(posts)
    }

    fn parse(&self, _: &[Post], _: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let reply = match one(answer)? {
            Some(review) => of_reply(review).map_err(ParseError::Unreadable)?,
            None => None,
        };
        Ok(Page { posts: reply.into_iter().collect(), ..Page::default() })
    }
}

fn about(review: &Review) -> Vec<String> {
    review.business_unit.iter().filter_map(|unit| unit.display_name.clone()).collect()
}

fn of_review(review: Review) -> Result<Post, String> {
    let about = about(&review);
    let consumer = review.consumer;
    let written = consumer.as_ref().and_then(|consumer| consumer.number_of_reviews);
    Ok(Post {
        kind: Kind::Review,
        title: review.title,
        text: review.text.unwrap_or_default(),
        created: Some(moment(&review.created_at)?),
        author: consumer.and_then(|consumer| {
            let handle = consumer.id.or_else(|| consumer.display_name.clone())?;
            Some(Author { handle, name: consumer.display_name })
        }),
        tag: review.language.as_deref().and_then(Language::from_tag),
        url: Some(format!("https://www.trustpilot.com/reviews/{}", review.id)),
        rating: Some(review.stars),
        about,
        attributes: attributes([
            ("likes", review.number_of_likes.map(|count| count.to_string())),
            ("verified", review.is_verified.map(|is| is.to_string())),
            ("reviews", written.map(|count| count.to_string())),
            ("updated", review.updated_at),
        ]),
        ..blank(ABOUT.name, &review.id)?
    })
}

fn of_reply(review: Review) -> Result<Option<Post>, String> {
    let about = about(&review);
    let Some(reply) = review.company_reply else { return Ok(None) };
    Ok(Some(Post {
        kind: Kind::Response,
        text: reply.text,
        created: Some(moment(&reply.created_at)?),
        author: about.first().map(|name| Author { handle: name.clone(), name: None }),
        reply_to: Some(blank(ABOUT.name, &review.id)?.id),
        about,
        ..blank(ABOUT.name, &format!("{}/reply", review.id))?
    }))
}
