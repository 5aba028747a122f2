//! Promise: the page says what the API says, every number on it lists its posts, and nothing of a post is run.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tempfile::TempDir;
use tower::ServiceExt as _;

use grouse::api::{Api, router};
use grouse::config::{read_watchlist, shipped};
use grouse::model::{Post, WatchlistId};

use crate::common::store_of;

const HOSTILE: &str =
    "zwoosh <script>alert(1)</script> \"quoted\" 'single' \u{202e}turned <img src=x onerror=alert(2)>";

/// A part of the demo's market, with two posts that mean harm.
fn site() -> Router {
    static SITE: OnceLock<(TempDir, Api)> = OnceLock::new();
    let (_, api) = SITE.get_or_init(|| {
        let mut posts: Vec<Post> = grouse::demo::posts(&toml::from_str(grouse::demo::SCENARIO).unwrap())
            .into_iter()
            .step_by(4)
            .collect();
        let count = posts.len();
        for post in &mut posts[count - 2..] {
            post.title = Some("<b>bold</b>".to_owned());
            HOSTILE.clone_into(&mut post.text);
            post.url = Some("javascript:alert(3)".to_owned());
            post.about = vec!["<i>Brand</i> \"x\"".to_owned()];
        }
        filled(posts)
    });
    router(api.clone())
}

fn filled(posts: Vec<Post>) -> (TempDir, Api) {
    let (id, text) = shipped().iter().find(|(id, _)| *id == "demo").unwrap();
    let watchlist = read_watchlist(WatchlistId::new(*id).unwrap(), text).unwrap();
    let (folder, store) = store_of(posts, Some(&watchlist));
    (folder, Api::new(Arc::new(store)))
}

pub(crate) async fn get_from(site: Router, address: &str) -> (StatusCode, String) {
    let response = site.oneshot(Request::get(address).body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(address: &str) -> (StatusCode, String) {
    get_from(site(), address).await
}

/// How many posts an address of the page lists, by the API.
async fn total(address: &str) -> u64 {
    let address = address.replacen("/?", "/v1/search?limit=0&", 1).replace("interval=week", "");
    let address = if address == "/" { "/v1/search?limit=0" } else { &address };
    let (status, body) = get(address).await;
    assert_eq!(status, StatusCode::OK, "{address}: {body}");
    serde_json::from_str::<serde_json::Value>(&body).unwrap()["total"].as_u64().unwrap()
}

/// The pieces of `html` between `from` and `to`.
fn between<'a>(html: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    html.split(from).skip(1).map(|rest| rest.split_once(to).map_or(rest, |(piece, _)| piece)).collect()
}

fn number(text: &str) -> u64 {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

fn address(text: &str) -> String {
    text.replace("&#38;", "&")
}

#[tokio::test]
async fn a_made_up_market_is_called_so_and_the_count_is_the_one_of_the_api() {
    for asked in [
        "/",
        "/?q=parcel+OR+pakket",
        "/?brand=redlane&lang=en",
        "/?kind=review&since=2026-09-01",
        "/?q=xyzzyx",
    ] {
        let (status, html) = get(asked).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("A made-up market"), "{asked}");
        let said = between(&html, "<p class=\"said\" role=\"status\"><strong>", "</strong>")[0];
        assert_eq!(number(said), total(asked).await, "{asked}");
    }
}

#[tokio::test]
async fn every_point_of_the_chart_lists_the_posts_that_it_counts() {
    for asked in [
        "/",
        "/?q=parcel+OR+pakket&since=2026-09-01",
        "/?brand=redlane&brand=Merel&until=2026-09-03&interval=week",
        "/?q=brand:vlotpost&tz=America/New_York&since=2026-08-20T10:00:00Z",
    ] {
        let (_, html) = get(asked).await;
        let points = between(&html, "<a href=\"", "</title>");
        let points: Vec<_> = points.into_iter().filter(|piece| piece.contains("<title>")).collect();
        assert!(points.len() > 10, "{asked}");
        for piece in points.into_iter().step_by(13) {
            let (href, rest) = piece.split_once('"').unwrap();
            let title = rest.split_once("<title>").unwrap().1;
            assert_eq!(number(title.split(' ').next().unwrap()), total(&address(href)).await, "{href}");
        }
        let cells = between(&html, "<td><a href=\"", "</a>");
        for piece in cells.into_iter().step_by(31) {
            let (href, count) = piece.split_once("\">").unwrap();
            assert_eq!(number(count), total(&address(href)).await, "{href}");
        }
        let legend = between(&html, "<ul class=\"legend\">", "</ul>")[0];
        for piece in between(legend, "<a href=\"", "</b>") {
            let (href, rest) = piece.split_once('"').unwrap();
            assert_eq!(number(rest.rsplit_once("<b>").unwrap().1), total(&address(href)).await, "{href}");
        }
    }
}

#[tokio::test]
async fn every_problem_lists_the_posts_that_it_counts() {
    for asked in [
        "/",
        "/?q=parcel+OR+pakket&since=2026-09-01",
        "/?kind=review&kind=response&sort=newest",
        "/?q=kind:post&brand=merel",
    ] {
        let (_, html) = get(asked).await;
        let cards = between(&html, "<article class=\"card", "</article>");
        assert!(!cards.is_empty(), "{asked}");
        for card in cards {
            for piece in between(card, "<a class=\"count\" href=\"", "</a>") {
                let (href, count) = piece.split_once("\">").unwrap();
                assert_eq!(number(count), total(&address(href)).await, "{href}");
            }
            for piece in between(card, "<li><a href=\"", "</b>") {
                let (href, rest) = piece.split_once('"').unwrap();
                assert_eq!(number(rest.rsplit_once("<b>").unwrap().1), total(&address(href)).await, "{href}");
            }
        }
    }
}

#[tokio::test]
async fn every_number_of_the_responses_lists_the_posts_that_it_counts() {
    for asked in
        ["/responses", "/responses?brand=redlane&complaint=yes", "/responses?q=pakket&tz=America/New_York"]
    {
        let (status, html) = get(asked).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        assert!(html.contains("aria-current=\"page\">Responses</a>"), "{asked}");
        let mut links = between(&html, "<td><a href=\"", "</a>");
        links.extend(
            between(&html, "class=\"note\"", "</p>")
                .into_iter()
                .flat_map(|note| between(note, "<a href=\"", "</a>")),
        );
        let mut numbers = 0;
        for piece in links.into_iter().step_by(5) {
            let (href, count) = piece.split_once("\">").unwrap();
            // A share links to its posts, too, and is no count of them.
            if !count.contains('%') {
                assert_eq!(number(count), total(&address(href)).await, "{href}");
                numbers += 1;
            }
        }
        assert!(numbers > 20, "{asked}: {numbers}");
        for piece in between(&html, "<li><a href=\"", "</a>")
            .into_iter()
            .filter(|piece| piece.contains(" posts</small>"))
        {
            let (href, rest) = piece.split_once("\">").unwrap();
            let count = rest.rsplit_once("· ").unwrap().1;
            assert_eq!(number(count), total(&address(href)).await, "{href}");
        }
    }
}

#[tokio::test]
async fn every_number_of_a_spike_and_of_what_is_emerging_lists_the_posts_that_it_counts() {
    for (asked, class, least) in [
        ("/problems?until=2026-09-22", "<section class=\"emerging\"", 4),
        ("/spikes?interval=day", "<section class=\"spikes\"", 12),
        ("/spikes?by=all&kind=any&tz=America/New_York", "<section class=\"spikes\"", 12),
    ] {
        let (status, html) = get(asked).await;
        assert_eq!(status, StatusCode::OK, "{asked}: {html}");
        let section = between(&html, class, "</section>")[0];
        let links: Vec<_> = between(section, "<a href=\"/?", "</a>");
        assert!(links.len() >= least, "{asked}: {section}");
        for piece in links {
            let (href, text) = piece.split_once('"').unwrap();
            let href = address(&format!("/?{href}"));
            let text = text.split_once('>').unwrap().1.replace("</bdi>", "<");
            let said = text.rsplit('<').find(|part| part.chars().any(|c| c.is_ascii_digit())).unwrap();
            assert_eq!(number(said.rsplit('>').next().unwrap()), total(&href).await, "{href}: {text}");
        }
        for piece in between(section, "<a href=\"/posts/", "\"") {
            assert_eq!(get(&format!("/posts/{piece}")).await.0, StatusCode::OK, "{piece}");
        }
    }
    assert_eq!(get("/spikes?interval=week").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn prospects_are_listed_with_their_reasons_and_the_way_to_the_post() {
    let (status, html) = get("/prospects").await;
    assert_eq!(status, StatusCode::OK);
    let said = between(&html, "<p class=\"said\" role=\"status\"><strong>", "</strong>")[0];
    let cards = between(&html, "<article class=\"post prospect\">", "</article>");
    assert!(number(said) > 0);
    assert_eq!(number(said), cards.len() as u64);
    let (href, count) = between(&html, " among <a href=\"", "</a>")[0].split_once("\">").unwrap();
    assert_eq!(number(count), total(&address(href)).await);
    assert!(html.contains("How we answer"));
    for card in cards {
        assert!(card.contains("which we solve") && card.contains("rel=\"noopener"), "{card}");
        assert!(!card.contains("<form") && !card.contains("<button"), "nothing is sent");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_its_place_and_the_input_is_kept() {
    let (status, html) = get("/?q=lost+brnad:%22x%22+more&brand=redlane&since=2026-08").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(html.contains("lost <mark>b</mark>rnad:&#34;x&#34; more"), "{html}");
    assert!(html.contains("value=\"lost brnad:&#34;x&#34; more\""));
    assert!(html.contains("value=\"redlane\" checked"));
    assert!(html.contains("type=\"text\" name=\"since\" value=\"2026-08\""));
    for asked in [
        "/?colour=red",
        "/?sort=best",
        "/?interval=hour",
        "/?since=soon",
        "/?lang=xx",
        "/?tz=Mars",
        "/?cursor=x",
        "/responses?since=soon",
        "/responses?sort=newest",
        "/prospects?q=(",
        "/prospects?colour=red",
    ] {
        let (status, html) = get(asked).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{asked}");
        assert!(html.contains("class=\"fault\"") && html.contains("class=\"ask\""), "{asked}");
    }
}

#[tokio::test]
async fn nothing_of_a_post_or_a_question_becomes_markup() {
    for asked in [
        "/?q=zwoosh",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/?q=zwoosh&brand=%22%3E%3Cscript%3E",
        "/?source=%22%3E%3Cscript%3E",
        "/responses?q=zwoosh",
        "/spikes?q=zwoosh",
        "/problems?q=zwoosh",
        "/responses?source=%22%3E%3Cscript%3E",
        "/prospects?q=%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let (_, html) = get(asked).await;
        assert_eq!(html.matches("<script").count(), 1, "{asked}");
        assert!(!html.contains("<img") && !html.contains("<i>Brand"), "{asked}");
        assert!(!html.contains("href=\"javascript"), "{asked}");
        // The browser is told to refuse both.
        assert!(!html.contains(" style=") && !html.contains(" onclick="), "{asked}");
    }
    let (_, html) = get("/?q=zwoosh").await;
    assert!(html.contains("<mark>zwoosh</mark> &lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;"));
}

#[tokio::test]
async fn paging_shows_every_post_once() {
    let (mut next, mut seen) = (Some("/?q=pakketautomaat&lang=nl".to_owned()), Vec::new());
    let expect = total(next.as_deref().unwrap()).await;
    while let Some(asked) = next {
        let (status, html) = get(&asked).await;
        assert_eq!(status, StatusCode::OK, "{asked}");
        seen.extend(between(&html, "<a href=\"/v1/posts/", "\"").into_iter().map(str::to_owned));
        next = between(&html, "<a class=\"button\" href=\"", "\"").first().map(|href| address(href));
    }
    assert!(expect > 20, "{expect}");
    assert_eq!(seen.len() as u64, expect);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len() as u64, expect);
    let (status, _) = get(&format!("/v1/posts/{}", seen[0])).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn nothing_comes_from_another_host() {
    let (_, html) = get("/").await;
    for (from, to) in [("<link ", ">"), ("<script ", ">"), ("<form ", ">")] {
        for tag in between(&html, from, to) {
            assert!(!tag.contains("//"), "{tag}");
        }
    }
    for href in ["<link rel=\"stylesheet\" href=\"", "<script src=\""] {
        let (status, body) = get(between(&html, href, "\"")[0]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!body.contains("http") && !body.contains("@import"), "{href}");
    }
    let (status, _) = get("/assets/other.css").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_index_without_posts_says_how_to_fill_it() {
    let (_folder, api) = filled(Vec::new());
    let (status, html) = get_from(router(api), "/?q=lost").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("grouse import"));
    for path in ["/spikes", "/responses", "/prospects"] {
        let (_folder, api) = filled(Vec::new());
        let (status, html) = get_from(router(api), path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains("grouse import"), "{path}");
    }
}

proptest! {
    #![proptest_config(crate::tries::tries(48))]
    #[test]
    fn any_address_gets_a_page(q in "\\PC{0,40}", name in "[a-z]{1,9}", value in "\\PC{0,20}") {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &q)
            .append_pair(&name, &value)
            .finish();
        let (status, html) = tokio::runtime::Runtime::new().unwrap().block_on(get(&format!("/?{query}")));
        prop_assert!(matches!(status, StatusCode::OK | StatusCode::BAD_REQUEST), "{} {}", status, query);
        prop_assert!(html.ends_with("</html>"));
        prop_assert_eq!(html.matches("<script").count(), 1);
    }
}
