//! Trustpilot: reviews of a business that a watchlist names by the id that Trustpilot gave it, and its answers.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::page::{
    Answer, Auth, Numbered, Page, ParseError, Request, attributes, blank, is_back_at, moment, parameters,
    span,
};
use super::plan::Ask;
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Language, Post};

pub(super) struct Trustpilot;

static ABOUT: About = About {
    name: "trustpilot",
    title: "Trustpilot",
    needs: &["GROUSE_TRUSTPILOT_KEY"],
    costs: "a business account with the API module",
    dollars_per_post: 0.0,
    allows: "showing reviews with Trustpilot's name and stars unchanged",
    forbids: "keeping them for more than a day without looking again, and reading the pages instead",
    asks: Asks::Targets,
    order: Order::Backward,
    pace: Duration::from_millis(500),
    every: Duration::from_hours(1),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// Reviews on one page.
const PER_PAGE: usize = 100;

#[derive(Deserialize)]
struct Found {
    reviews: Vec<Value>,
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
            auth: Auth::Header("apikey", "GROUSE_TRUSTPILOT_KEY"),
            ..Request::default()
        }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        let length = found.reviews.len();
        let mut page = Page::default();
        for review in &found.reviews {
            // Reported and taken out for now, or for good.
            let status = review.get("status").and_then(Value::as_str);
            let id = review
                .get("id")
                .and_then(Value::as_str)
                .filter(|_| status.is_some_and(|status| status != "active"));
            page.deleted.extend(id.and_then(|id| blank(ABOUT.name, id).ok()).map(|post| post.id));
        }
        let active: Vec<Value> = found
            .reviews
            .into_iter()
            .filter(|review| {
                review.get("status").and_then(Value::as_str).is_none_or(|status| status == "active")
            })
            .collect();
        let replies: Vec<Value> = active
            .iter()
            .filter(|review| review.get("companyReply").is_some_and(Value::is_object))
            .cloned()
            .collect();
        page.read(active, |review: Review| of_review(review).map(Some));
        let (newest, oldest) = span(&page.posts);
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
