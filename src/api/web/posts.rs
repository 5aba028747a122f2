//! How is one post shown?

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::address::{address, narrowed, post_address};
use super::correct::{CorrectForm, correct_form};
use super::judged::{JudgedView, Word, judged_view};
use super::words::number;
use crate::api::answer::PostAnswer;
use crate::api::ask::Filters;
use crate::api::responses::FateAnswer;
use crate::model::{Answered, Condition, Language, Wait};
use crate::store::Market;

/// Longest text that is shown whole, in characters; of a longer one the beginning is, and the rest when asked for.
const LONG: usize = 900;

/// One post.
pub(super) struct PostView {
    /// Number on the page, from 0.
    pub(super) at: usize,
    /// Escaped, with what was asked for in `<mark>`.
    pub(super) title_html: Option<String>,
    /// The same of the text.
    pub(super) text_html: String,
    pub(super) is_long: bool,
    pub(super) lang: &'static str,
    pub(super) language: &'static str,
    pub(super) brands: Vec<BrandChip>,
    pub(super) source: String,
    /// For people, in the zone of the question; none if the source gave no date.
    pub(super) when: Option<String>,
    /// For programs.
    pub(super) created: String,
    pub(super) author: Option<Link>,
    pub(super) rating: Option<Rating>,
    pub(super) reach: Option<String>,
    pub(super) kind: &'static str,
    pub(super) is_response: bool,
    pub(super) is_masked: bool,
    pub(super) judged: JudgedView,
    pub(super) correct: CorrectForm,
    /// Where it can be read, if that is an address of the web.
    pub(super) url: Option<String>,
    pub(super) reply_to: Option<String>,
    pub(super) json: String,
}

pub(super) struct Link {
    pub(super) text: String,
    pub(super) href: String,
}

pub(super) struct BrandChip {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) is_own: bool,
}

pub(super) struct Rating {
    /// Five stars, some of them full; none where the scale is another.
    pub(super) stars: Option<String>,
    pub(super) said: String,
}

/// How `post` is shown as number `at` of a page.
pub(super) fn post_view(
    at: usize,
    post: PostAnswer,
    filters: &Filters,
    market: &Market,
    zone: &TimeZone,
) -> PostView {
    let brands = post
        .brands
        .iter()
        .map(|id| {
            let brand = market.brand(id);
            let one = Filters { brand: vec![id.to_string()], ..filters.clone() };
            BrandChip {
                name: brand.map_or_else(|| id.to_string(), |brand| brand.name.clone()),
                href: address("/", &one, &[]),
                is_own: brand.is_some_and(|brand| brand.role.as_deref() == Some("own")),
            }
        })
        .collect();
    let only = |condition| address("/", &narrowed(&Filters::default(), condition), &[]);
    let correct = correct_form(&post, market);
    let (title_html, text_html) =
        post.highlight.map(|marked| (marked.title, marked.text)).unwrap_or_default();
    let words = (post.title.as_deref(), &*post.text);
    let mut judged = judged_view(&post.judgement, &post.corrected, post.case, words, filters, market);
    judged.words.extend(post.response.as_ref().map(|fate| fared(fate, filters, market)));
    PostView {
        at,
        judged,
        correct,
        is_long: post.text.chars().nth(LONG).is_some() || post.text.lines().nth(14).is_some(),
        title_html,
        text_html,
        lang: post.lang,
        language: post.lang.parse().map_or(post.lang, Language::name),
        brands,
        when: post.created.as_deref().and_then(|created| when(created, zone)),
        created: post.created.unwrap_or_default(),
        author: post.author.map(|name| Link { href: only(Condition::Author(name.clone())), text: name }),
        source: post.source,
        rating: post.rating.map(rating),
        reach: post.reach.filter(|reach| *reach > 0).map(number),
        is_response: post.kind == "response",
        kind: post.kind,
        is_masked: post.masked,
        url: post.url,
        reply_to: post.reply_to.map(|id| only(Condition::Id(id))),
        json: post_address(&post.id),
    }
}

/// How a post fares on the response clock; opens the posts of the question that fare alike.
fn fared(fate: &FateAnswer, filters: &Filters, market: &Market) -> Word {
    let brand = fate.responder.as_deref().map_or("the brand", |id| market.name_of(id)).to_owned();
    let spoken = |seconds: u32| Wait::spoken(f64::from(seconds));
    let (text, is_answered) = match (fate.answered, fate.response_seconds, fate.waiting_seconds) {
        ("no", _, Some(waited)) => (format!("waits for {brand}, {}", spoken(waited)), Answered::No),
        ("no", ..) => (format!("waits for {brand}"), Answered::No),
        (_, Some(seconds), _) => (format!("{brand} answered after {}", spoken(seconds)), Answered::Yes),
        _ => (format!("{brand} answered"), Answered::Yes),
    };
    let more =
        if fate.later_answers > 0 { format!("; {} more answers", fate.later_answers) } else { String::new() };
    let thanked = if fate.outcomes.contains(&"thanked") { "; its writer thanked" } else { "" };
    let private = if fate.outcomes.contains(&"private") { "; moved to a private channel" } else { "" };
    Word {
        text,
        href: address("/", &narrowed(filters, Condition::Answered(Some(is_answered))), &[]),
        title: format!("On the response clock{more}{thanked}{private}"),
        class: "fared",
    }
}

pub(super) fn when(created: &str, zone: &TimeZone) -> Option<String> {
    let moment: Timestamp = created.parse().ok()?;
    let moment = moment.to_zoned(zone.clone());
    // A source that gives days only is read as if it meant midnight.
    let is_day = moment.time() == jiff::civil::Time::midnight();
    Some(moment.strftime(if is_day { "%-d %B %Y" } else { "%-d %B %Y, %H:%M" }).to_string())
}

fn rating(value: f64) -> Rating {
    let full = (0..=5).find(|stars| (f64::from(*stars) - value).abs() < 0.01);
    Rating {
        stars: full.map(|full| (1..=5).map(|star| if star <= full { '★' } else { '☆' }).collect()),
        said: format!("{value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_shown_where_they_are_stars() {
        assert_eq!(rating(2.0).stars.as_deref(), Some("★★☆☆☆"));
        assert_eq!(rating(3.5).stars, None);
        assert_eq!(rating(8.0).said, "8");
    }

    #[test]
    fn a_moment_is_written_on_the_clock_of_the_market() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        assert_eq!(when("2026-08-01T22:30:00Z", &zone).unwrap(), "2 August 2026, 00:30");
        assert_eq!(when("2026-08-01T22:00:00Z", &zone).unwrap(), "2 August 2026");
        assert_eq!(when("yesterday", &zone), None);
    }
}
