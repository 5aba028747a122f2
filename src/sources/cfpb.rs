//! The complaint database of the Consumer Financial Protection Bureau of the United States, by company.
//!
//! Complaints are published weeks after they were received, and their words later still: each run looks two months back.
//! What people wrote is no longer published of new complaints since August 2026; what there is of them are their issues.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::loose::{called, number};
use super::page::{Answer, Page, ParseError, Request, attributes, blank, moment, parameters, span};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Language, Post};

pub(super) struct Cfpb;

static ABOUT: About = About {
    name: "cfpb",
    title: "CFPB complaints",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing; 20 searches a minute",
    dollars_per_post: 0.0,
    allows: "everything: it is in the public domain (CC0); since August 2026 without the words of new complaints",
    forbids: "nothing; complaints are not verified by the bureau, and no statistical sample",
    notices: "by asking again for complaints at certain ages",
    asks: Asks::Names,
    order: Order::Backward,
    pace: Duration::from_millis(3_200),
    every: Duration::from_hours(24),
    replies: Replies::WithoutTime,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// Complaints on one page.
const PER_PAGE: usize = 100;

/// Time between two looks at single complaints, of which five a minute are allowed.
const PACE_OF_ONE: Duration = Duration::from_secs(12);

/// Days that words may be published late.
const LATE_DAYS: i64 = 60;

#[derive(Deserialize)]
struct Found {
    hits: Hits,
    /// The search ended before it was complete.
    #[serde(default)]
    timed_out: bool,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Value>,
    /// How many there are, which is all that is read of it.
    total: Option<Value>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_source")]
    complaint: Complaint,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(rename = "complaint_id")]
    id: Value,
    #[serde(rename = "complaint_what_happened")]
    words: Option<String>,
    date_received: String,
    product: Option<String>,
    sub_product: Option<String>,
    issue: Option<String>,
    sub_issue: Option<String>,
    company: String,
    company_response: Option<String>,
    company_public_response: Option<String>,
    timely: Option<String>,
    state: Option<String>,
    submitted_via: Option<String>,
    tags: Option<String>,
    date_sent_to_company: Option<String>,
}

const ADDRESS: &str = "https://www.consumerfinance.gov/data-research/consumer-complaints/search/api/v1/";

impl Source for Cfpb {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let mark = ask.mark.and_then(|mark| mark.parse::<Timestamp>().ok());
        let from = mark.map(|mark| mark - SignedDuration::from_hours(24 * LATE_DAYS)).or(ask.since);
        let day = from.map(|from| from.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
        let size = PER_PAGE.to_string();
        let query = format!("\"{}\"", ask.question.query.replace('"', " "));
        let mut pairs = vec![
            ("search_term", query.as_str()),
            ("field", "company"),
            ("sort", "created_date_desc"),
            ("size", size.as_str()),
            ("no_aggs", "true"),
            ("no_highlight", "true"),
        ];
        if let Some(day) = &day {
            pairs.push(("date_received_min", day));
        }
        // Number of the page, and what its last complaint was sorted by.
        if let Some((frm, after)) = ask.next.and_then(|next| next.split_once('|')) {
            pairs.push(("frm", frm));
            pairs.push(("search_after", after));
        }
        Request { url: format!("{ADDRESS}?{}", parameters(&pairs)), ..Request::default() }
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        if found.timed_out {
            return Err(ParseError::Refused("the search ended before it was complete".to_owned()));
        }
        let Hits { hits, total } = found.hits;
        let last = hits.last().and_then(|hit| {
            let sort = hit.get("sort")?.as_array()?;
            Some(format!("{}_{}", called(sort.first()?)?, called(sort.get(1)?)?))
        });
        let frm: usize =
            ask.next.and_then(|next| next.split_once('|')).and_then(|(frm, _)| frm.parse().ok()).unwrap_or(0);
        let total = total.as_ref().and_then(|total| number(total.get("value").unwrap_or(total)));
        // A page may have fewer than were asked for.
        let after = ask.next.and_then(|next| next.split_once('|')).map(|(_, after)| after);
        // One that shows what it was to go on behind takes no notice of that.
        let is_same = last.as_deref() == after;
        let is_short =
            !hits.is_empty() && !is_same && total.is_some_and(|total| total > (frm + hits.len()) as u64);
        let goes_on = hits.len() >= PER_PAGE || is_short;
        let mut page = Page::default();
        page.read(hits, |hit: Hit| post(hit.complaint).map(Some));
        let (newest, oldest) = span(&page.posts, ask.now);
        page.mark = newest.map(|newest| newest.to_string()).or_else(|| ask.mark.map(str::to_owned));
        page.next = last.filter(|_| goes_on && frm < 9_000).map(|last| format!("{}|{last}", frm + PER_PAGE));
        if goes_on && page.next.is_none() {
            page.cut = oldest;
        }
        Ok(page)
    }
}

impl Recheck for Cfpb {
    fn rules(&self) -> RecheckRules {
        RecheckRules { most: 1, a_day: 720, keep: None }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        let number = native(posts.first()?);
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let url = format!("{ADDRESS}{number}");
        is_number.then(|| Request { url, pace: Some(PACE_OF_ONE), ..Request::default() })
    }

    /// A list of one, or of none for a complaint that was taken out.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        let hits = answer.json::<Found>()?.hits.hits;
        let id = |hit: &Value| {
            let id = hit.pointer("/_source/complaint_id")?;
            Some(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
        };
        let named: Vec<Option<String>> = hits.iter().map(id).collect();
        let mut page = Page::default();
        page.read(hits, |hit: Hit| post(hit.complaint).map(Some));
        Ok(Rechecked::of_list(posts, named, page.posts))
    }
}

fn post(complaint: Complaint) -> Result<Post, String> {
    let id = complaint.id.as_str().map_or_else(|| complaint.id.to_string(), str::to_owned);
    let created = moment(&complaint.date_received)
        .or_else(|_| moment(&format!("{}T00:00:00", complaint.date_received)))?;
    let title: Vec<String> = complaint.issue.iter().chain(&complaint.sub_issue).cloned().collect();
    Ok(Post {
        title: Some(title.join(": ")).filter(|title| !title.is_empty()),
        text: complaint.words.unwrap_or_default(),
        created: Some(created),
        tag: Some(Language::English),
        url: Some(format!(
            "https://www.consumerfinance.gov/data-research/consumer-complaints/search/detail/{id}"
        )),
        about: vec![complaint.company],
        attributes: attributes([
            ("product", complaint.product),
            ("sub_product", complaint.sub_product),
            ("company_response", complaint.company_response),
            ("company_public_response", complaint.company_public_response),
            ("timely", complaint.timely),
            ("state", complaint.state),
            ("submitted_via", complaint.submitted_via),
            ("tags", complaint.tags),
            ("sent_to_company", complaint.date_sent_to_company),
        ]),
        ..blank(ABOUT.name, &id)?
    })
}
