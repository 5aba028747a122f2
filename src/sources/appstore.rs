//! Apple's App Store: the customer reviews of an app in one country, as `nl/382617920`.
//!
//! The newest 500 of each country are shown, on ten pages, without a parameter for time: all of them are walked each
//! time, and what vanished from between two that are shown was deleted. Answers of the makers are not in it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::loose::called;
use super::page::{Answer, Page, ParseError, Request, attributes, blank, moment, span};
use super::plan::Ask;
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Author, Kind, Post};

pub(super) struct AppStore;

static ABOUT: About = About {
    name: "appstore",
    title: "App Store",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "reading reviews, with a link to the store",
    forbids: "use for another store; there is no license to pass reviews on",
    notices: "by a review that is missing between two that are shown; what is older than the newest 500 cannot be asked for",
    asks: Asks::Targets,
    order: Order::Whole,
    pace: Duration::from_secs(3),
    every: Duration::from_hours(6),
    replies: Replies::Hidden,
    passing_on: PassingOn::IdsOnly {
        rule: "Apple Media Services terms: no license to pass reviews on",
        link: "https://www.apple.com/legal/internet-services/itunes/",
    },
    heeds_robots: false,
};

/// Pages that there are.
const PAGES: u32 = 10;

/// Reviews on one page.
const PER_PAGE: usize = 50;

#[derive(Deserialize)]
struct Label {
    label: String,
}

#[derive(Deserialize)]
struct Writer {
    name: Option<Label>,
}

#[derive(Deserialize)]
struct Review {
    id: Label,
    title: Option<Label>,
    content: Option<Label>,
    author: Option<Writer>,
    updated: Option<Label>,
    #[serde(rename = "im:rating")]
    rating: Option<Label>,
    #[serde(rename = "im:version")]
    version: Option<Label>,
    #[serde(rename = "im:voteSum")]
    helpful: Option<Label>,
    #[serde(rename = "im:voteCount")]
    votes: Option<Label>,
}

impl Source for AppStore {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let (country, app) = parts(target);
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_app = !app.is_empty() && app.bytes().all(|byte| byte.is_ascii_digit());
        (!is_country || !is_app).then_some("write a country and the number of an app as \"nl/382617920\"")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let (country, app) = parts(&ask.question.place);
        let page = ask.next.unwrap_or("1");
        let path = format!("{country}/rss/customerreviews/page={page}/id={app}/sortby=mostrecent/json");
        Request { url: format!("https://itunes.apple.com/{path}"), ..Request::default() }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let value: Value = answer.json()?;
        let feed = value
            .get("feed")
            .filter(|feed| feed.is_object())
            .ok_or_else(|| ParseError::Unreadable("it has no feed".to_owned()))?;
        // None at all, one by itself, or a list.
        let items = match feed.get("entry") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items.clone(),
            Some(item) => vec![item.clone()],
        };
        let (is_empty, is_full) = (items.is_empty(), items.len() >= PER_PAGE);
        let mut page = Page::default();
        let (country, app) = parts(&ask.question.place);
        let id = |item: &Value| called(item.pointer("/id/label")?);
        page.read_named(ABOUT.name, items, id, |review: Review| post(review, country, app));
        let number: u32 = ask.next.and_then(|next| next.parse().ok()).unwrap_or(1);
        // Some machines are sent a feed without reviews, of an app that has many pages of them.
        let last = last_page(feed);
        if is_empty && last.is_some_and(|last| last > 1 && last >= number) {
            return Err(ParseError::Unreadable(
                "it shows no reviews where it says that there are some".to_owned(),
            ));
        }
        // A page may have fewer than others, where reviews vanished: what is behind it did not.
        if (is_full || last.is_some_and(|last| last > number)) && number < PAGES {
            page.next = Some((number + 1).to_string());
        } else if is_full {
            // Where none says when it was written, nothing of what is missing can be told from what was pushed out.
            page.cut = span(&page.posts, ask.now).1.or(Some(ask.now));
        }
        Ok(page)
    }
}

/// Number of the last page, as the feed has it in an address: `…/page=10/id=…`.
fn last_page(feed: &Value) -> Option<u32> {
    let links = feed.get("link")?.as_array()?;
    let attribute =
        |link: &'_ Value, name: &str| link.get("attributes")?.get(name)?.as_str().map(str::to_owned);
    let last = links.iter().find(|link| attribute(link, "rel").as_deref() == Some("last"))?;
    let address = attribute(last, "href")?;
    address.split_once("/page=")?.1.split('/').next()?.parse().ok()
}

/// Country and number of the app.
fn parts(place: &str) -> (&str, &str) {
    place.split_once('/').unwrap_or(("us", place))
}

fn post(review: Review, country: &str, app: &str) -> Result<Option<Post>, String> {
    // Older feeds begin with the app itself, which has no rating.
    let Some(rating) = review.rating else { return Ok(None) };
    let label = |label: Option<Label>| label.map(|label| label.label);
    Ok(Some(Post {
        kind: Kind::Review,
        title: label(review.title).filter(|title| !title.is_empty()),
        text: label(review.content).ok_or("it has no content")?,
        created: review.updated.map(|updated| moment(&updated.label)).transpose()?,
        author: review
            .author
            .and_then(|author| author.name)
            .map(|name| Author { handle: name.label, name: None }),
        url: Some(format!("https://apps.apple.com/{country}/app/id{app}")),
        rating: rating.label.parse().ok(),
        attributes: attributes([
            ("country", Some(country.to_owned())),
            ("app", Some(app.to_owned())),
            ("version", label(review.version)),
            ("helpful", label(review.helpful)),
            ("votes", label(review.votes)),
        ]),
        ..blank(ABOUT.name, &review.id.label)?
    }))
}
