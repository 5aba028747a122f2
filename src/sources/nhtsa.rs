//! Complaints of owners to the National Highway Traffic Safety Administration of the United States, by vehicle, as
//! `jeep/wrangler/2021`.
//!
//! An answer is all that there is for a vehicle, without pages: what is no longer in it was taken out there.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::file::dates::{self, DayOrder};
use super::loose::number;
use super::page::{Answer, Page, ParseError, Request, attributes, blank, parameters};
use super::plan::Ask;
use super::{About, Asks, Order, PassingOn, Replies, Source};
use crate::model::{Language, Post};

pub(super) struct Nhtsa;

static ABOUT: About = About {
    name: "nhtsa",
    title: "NHTSA vehicle complaints",
    needs: &[],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "everything: it is in the public domain",
    forbids: "nothing",
    notices: "by a complaint that is missing from the list of its vehicle",
    asks: Asks::Targets,
    order: Order::Whole,
    pace: Duration::from_secs(2),
    every: Duration::from_hours(24),
    replies: Replies::Hidden,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    odi_number: u64,
    manufacturer: Option<String>,
    crash: Option<bool>,
    fire: Option<bool>,
    number_of_injuries: Option<u64>,
    number_of_deaths: Option<u64>,
    date_of_incident: Option<String>,
    date_complaint_filed: Option<String>,
    components: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    products: Vec<Product>,
}

#[derive(Deserialize)]
struct Product {
    #[serde(rename = "productMake")]
    make: Option<String>,
    #[serde(rename = "productModel")]
    model: Option<String>,
    #[serde(rename = "productYear")]
    year: Option<String>,
}

impl Source for Nhtsa {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let parts: Vec<&str> = target.split('/').collect();
        let is_vehicle = matches!(parts.as_slice(), [make, model, year]
            if !make.is_empty() && !model.is_empty() && year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit()));
        (!is_vehicle).then_some("write make, model and year as \"acme/one/2024\"")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let mut parts = ask.question.place.split('/');
        let mut part = || parts.next().unwrap_or_default();
        let pairs = [("make", part()), ("model", part()), ("modelYear", part())];
        Request {
            url: format!("https://api.nhtsa.gov/complaints/complaintsByVehicle?{}", parameters(&pairs)),
            ..Request::default()
        }
    }

    fn parse(&self, _: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let mut value: Value = answer.json()?;
        // The site writes the name with a small letter, and elsewhere with a large one.
        let results = match value.get_mut("results") {
            Some(results) => Some(results.take()),
            None => value.get_mut("Results").map(Value::take),
        };
        let Some(Value::Array(items)) = results else {
            return Err(ParseError::Unreadable("it has no results".to_owned()));
        };
        let mut page = Page::default();
        let id = |item: &Value| Some(number(item.get("odiNumber")?)?.to_string());
        page.read_named(ABOUT.name, items, id, |complaint: Complaint| post(complaint).map(Some));
        Ok(page)
    }
}

fn post(complaint: Complaint) -> Result<Post, String> {
    let date = |text: &str| dates::parse(text, DayOrder::MonthFirst, &TimeZone::UTC);
    let mut about: Vec<String> =
        complaint.products.iter().filter_map(|product| product.make.clone()).collect();
    about.dedup();
    let vehicle = complaint.products.first().map(|product| {
        let parts = [&product.make, &product.model, &product.year];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
    });
    let yes = |is: Option<bool>| is.filter(|is| *is).map(|is| is.to_string());
    let count = |count: Option<u64>| count.filter(|count| *count > 0).map(|count| count.to_string());
    Ok(Post {
        title: complaint.components,
        text: super::text::plain(&complaint.summary.unwrap_or_default()),
        created: complaint.date_complaint_filed.as_deref().and_then(date),
        tag: Some(Language::English),
        url: Some(format!("https://www.nhtsa.gov/complaints/{}", complaint.odi_number)),
        about,
        attributes: attributes([
            ("vehicle", vehicle),
            ("manufacturer", complaint.manufacturer),
            ("crash", yes(complaint.crash)),
            ("fire", yes(complaint.fire)),
            ("injuries", count(complaint.number_of_injuries)),
            ("deaths", count(complaint.number_of_deaths)),
            ("incident", complaint.date_of_incident),
        ]),
        ..blank(ABOUT.name, &complaint.odi_number.to_string())?
    })
}
