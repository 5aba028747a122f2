//! Promise: every post that was ever recorded of a site, and that Grouse asks for, is harvested exactly once, and no refusal
//! is taken for an empty answer.
//!
//! All recordings are played: each answer that one of our requests would bring is the answer to one question of its own in
//! one watchlist, as it was recorded, with its status and headers. What the index then holds is held against a count that
//! knows nothing of our readers: it walks through the recorded JSON, or counts tags.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;

use grouse::model::{Kind, Post};
use grouse::sources::{Answer, Ask, LIVE, Question, by_name};
use serde_json::{Value, json};

use crate::common::{self, errors};
use crate::harvesting::Place;
use crate::recordings::{Exchange, files, folder, recordings};
use crate::replay::{Asked, Replay, Reply, beside_live, socket};

/// Posts that the recordings hold, by source, of those that are asked for, and what is not taken of them.
const EXPECTED: &[(&str, usize, &str)] = &[
    ("appstore", 100, "all; the app itself, which stands first in one of them, is no review"),
    ("bluesky", 31, "all but four by people who opted out; nine came live"),
    ("cfpb", 155, "all; eleven lists hold many of them twice"),
    ("discourse", 31, "all, with those of topics that the forum list would show"),
    ("github", 11, "of 30, 19 are changes and no issues"),
    ("hackernews", 18, "all"),
    ("lemmy", 1, "all"),
    (
        "mastodon",
        311,
        "all but what is shared, and what is by people who do not want to be listed; six came live, two by search",
    ),
    ("nhtsa", 2_876, "all"),
    ("reddit", 2_380, "all but what was deleted or removed there"),
    ("rss", 109, "all items that say something"),
    ("stackexchange", 104, "all"),
    (
        "trustpilot",
        3,
        "of our own making: no genuine answer could be had; one was taken out, one was answered",
    ),
    ("x", 659, "all"),
    ("youtube", 7, "all, with the replies among them"),
];

/// Recordings that no request of ours brings: by source, what the name of the file and the address hold, and why.
const NOT_ASKED: &[(&str, &str, &str, &str)] = &[
    ("appstore", "single_entry", "", "one review cut out of an answer"),
    ("bluesky", "", "/app.bsky.actor.", "about people, without posts"),
    ("bluesky", "", "/app.bsky.graph.", "about people, without posts"),
    ("bluesky", "", "/com.atproto.", "about people, without posts"),
    ("bluesky", "", "getLikes", "about people, without posts"),
    ("bluesky", "", "getRepostedBy", "about people, without posts"),
    ("bluesky", "", "getAuthorFeed", "what one person wrote: people are not followed"),
    ("bluesky", "", "getActorLikes", "what one person likes: people are not followed"),
    ("bluesky", "", "getQuotes", "who quotes a post: the live stream has it already"),
    ("bluesky", "", "getPostThread", "a thread, which is asked for once its post is had: see `answers`"),
    ("bluesky", "marshalx__", "", "a part cut out of an answer"),
    ("bluesky", "corpus__manifest", "", "says what another file holds"),
    ("cfpb", "Aggs", "", "counts without complaints"),
    ("cfpb", "agg", "", "counts without complaints"),
    ("cfpb", "geo", "", "counts without complaints"),
    ("cfpb", "rends", "", "counts without complaints"),
    ("cfpb", "get-detail", "", "one complaint by its number: the list has the same words"),
    ("cfpb", "documentResponse", "", "one complaint by its number: the list has the same words"),
    ("discourse", "topic", "", "one topic, or a list of topics: the list of new posts has all of them"),
    ("discourse", "gem__latest", "", "a list of topics, without posts"),
    ("discourse", "gem__replies", "", "what one person answered: people are not followed"),
    ("discourse", "_post", "", "one post by its number"),
    ("discourse", "gem__search", "", "a search, which shows beginnings of posts"),
    ("discourse", "query_response", "", "a search, which shows beginnings of posts"),
    ("discourse", "user_response", "", "about people, without posts"),
    ("github", "", "/search/code", "code"),
    ("github", "", "/legacy/", "a search that is no longer there"),
    ("github", "", "/rate_limit", "no posts"),
    ("github", "", "/users/", "about people, without posts"),
    ("github", "", "/enterprises/", "no posts"),
    ("github", "", "/repos/akfish/PyGithub", "about a repository"),
    ("github", "", "/repos/openframeworks/", "about a repository"),
    (
        "github",
        "",
        "/comments",
        "comments below one issue, which are asked for once it is had: see `answers`",
    ),
    ("github", "issue_comments", "", "comments below one issue, as above"),
    ("github", "octokit_fixtures__", "", "a whole play of making and removing things"),
    ("github", "perceval__", "", "issues of one repository by another list, and what belongs to it"),
    ("hackernews", "firebase", "", "single items by number, as another interface has them"),
    ("hackernews", "", "/items/", "a thread, which is asked for once its story is had: see `answers`"),
    ("hackernews", "", "/users/", "about people, without posts"),
    ("mastodon", "", "/accounts", "what one person wrote: people are not followed"),
    ("mastodon", "", "/statuses", "posts by their numbers, or being written"),
    ("mastodon", "", "/instance", "about the instance"),
    ("mastodon", "", "/timelines/home", "what one person follows"),
    (
        "mastodon",
        "",
        "/timelines/tag/fgiztsshwiaqqiztpmmjbtvmescsculuvmgjgopwoeidbcrixp?limit=10&min_id",
        "forward",
    ),
    ("mastodon", "", "/trends/", "links without posts"),
    ("mastodon", "", "/streaming/", "what one person follows, live"),
    ("mastodon", "tootsdk_streaming", "", "one deletion of a live stream, of a post that is nowhere"),
    ("mastodon", "tootsdk_", "", "one item cut out of an answer"),
    ("nhtsa", "legacy_", "", "an interface that is no longer there"),
    ("reddit", "", "/access_token", "the sign-in, which is played"),
    (
        "reddit",
        "",
        "/api/",
        "what is folded away below a post, which is asked for with it: see `answers`; or no posts",
    ),
    ("reddit", "rss/", "", "feeds, which are played as such"),
    ("x", "", "/tweets/counts/", "counts without posts"),
    ("x", "", "/users", "about people, or what one person wrote: people are not followed"),
    ("x", "", "/2/tweets?", "posts by their numbers"),
    ("x", "", "/2/tweets/", "one post by its number, or who quotes it"),
    ("x", "", "/1.1/", "an interface that is no longer there"),
    ("x", "twarccsv__", "", "kept by another program in a form of its own"),
    ("youtube", "search_", "", "a search for videos"),
    ("youtube", "videos_", "", "about videos"),
    ("youtube", "error_response", "", "a refusal, which is played below"),
];

/// Feeds of which no item says anything, or that end within their only one: what a reader of feeds was tested with.
const NO_WORDS: &[&str] = &[
    "encoding_attribute_crash",
    "georss_point_no_coords",
    "georss_polygon_insufficient_coords",
    "gml_point",
];

/// What is played as a feed and is none: a single entry, another kind of XML, nothing at all, an encoding that the web
/// does not have, and what is broken before the end of its first item.
const NO_FEEDS: &[&str] = &[
    "atom_entry_1",
    "xml_sample_1",
    "rss_empty_document",
    "utf-32",
    "utf_32",
    "aaa_illformed",
    "invalid-bytes-with-bom",
    "rss_incomplete_cdata",
];

/// One recorded answer, and the question of the watchlist that it answers.
struct Shelf {
    source: &'static str,
    file: String,
    exchange: Exchange,
    /// What the question has in it, and no other question.
    key: String,
}

/// Whether one of our requests brings an answer of that file and address.
fn is_asked(source: &str, file: &str, exchange: &Exchange) -> bool {
    let (uri, body) = (exchange.uri.as_str(), || serde_json::from_slice::<Value>(&exchange.body).ok());
    match source {
        "appstore" => body().is_some_and(|body| body.get("feed").is_some()),
        "bluesky" => uri.contains("searchPosts") || file.contains("jetstream/") && is_live(file),
        "cfpb" => {
            let hits = |body: Value| body.pointer("/hits/hits").and_then(Value::as_array).map(Vec::len);
            body().and_then(hits).is_some_and(|hits| hits > 1)
        }
        "discourse" => body().is_some_and(|body| body.get("latest_posts").is_some()),
        "github" => uri.contains("/search/issues"),
        "hackernews" => uri.contains("/search_by_date?"),
        // A search answers with the same list under the same name.
        "lemmy" => uri.contains("/post/list"),
        "mastodon" => {
            uri.contains("/timelines/tag/") && !uri.contains("min_id=")
                || is_search(exchange)
                || is_live(file)
        }
        "nhtsa" => file.contains("complaintsByVehicle__"),
        "reddit" => uri.contains("/search/"),
        "rss" | "stackexchange" => true,
        "x" => uri.contains("/search/recent"),
        "youtube" => file.contains("comment_threads_"),
        _ => false,
    }
}

/// Answers to requests that are not ours, in the very form of answers to those that are: they are played as well.
const ALIKE: &[(&str, &str, &str)] = &[
    ("bluesky", "", "getPosts"),
    ("discourse", "gem__topic", ""),
    ("discourse", "docs__topic_response", ""),
    ("discourse", "perceval__discourse_topic_", ""),
    ("hackernews", "", "/search?"),
    ("mastodon", "", "/timelines/public"),
    ("mastodon", "", "/statuses?limit="),
    ("reddit", "", "/comments/"),
    ("reddit", "", "/user/spez/"),
    ("reddit", "", "/domain/"),
    ("reddit", "", "/duplicates/"),
    ("reddit", "", "/api/info/"),
    ("x", "", "/search/all?"),
    ("youtube", "comments_comments_", ""),
];

fn is_alike(source: &str, file: &str, exchange: &Exchange) -> bool {
    ALIKE
        .iter()
        .any(|(of, name, address)| *of == source && file.contains(name) && exchange.uri.contains(address))
}

/// Whether a file that is one bare answer is a refusal.
fn is_refusal(file: &str) -> bool {
    file.contains("error_response") || is_limit(file)
}

fn is_limit(file: &str) -> bool {
    file.contains("abuse_rate_limit")
}

/// Whether a file holds what a stream brought, one event after another.
fn is_live(file: &str) -> bool {
    let extension = std::path::Path::new(file).extension();
    extension.is_some_and(|extension| extension == "jsonl" || extension == "sse")
}

/// Whether an answer is that of an instance's search, which has its posts in one of three lists.
fn is_search(exchange: &Exchange) -> bool {
    exchange.uri.contains("/v2/search")
}

/// The posts of a stream of server-sent events, one on each line, as its WebSocket has them in its messages.
fn of_events(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let events = text.split("\n\n").filter_map(|event| {
        let kind = event.lines().find_map(|line| line.strip_prefix("event: "))?;
        let data = event.lines().find_map(|line| line.strip_prefix("data: "))?;
        matches!(kind, "update" | "status.update").then(|| format!("{data}\n"))
    });
    events.collect::<String>().into_bytes()
}

fn is_left(source: &str, file: &str, exchange: &Exchange) -> bool {
    NOT_ASKED
        .iter()
        .any(|(of, name, address, _)| *of == source && file.contains(name) && exchange.uri.contains(address))
}

/// Each recorded answer under the question that brings it; what is neither asked for nor in the table; and the refusals.
fn shelves() -> (Vec<Shelf>, Vec<String>, Vec<Shelf>) {
    let (mut asked, mut unknown, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
    let mut number = 0;
    for (source, ..) in EXPECTED {
        let mut files = files(source);
        match *source {
            "trustpilot" => files.push("fixtures/trustpilot/reviews.json".to_owned()),
            "rss" => files.extend(self::files("reddit").into_iter().filter(|file| file.contains("rss/"))),
            _ => {}
        }
        for file in files {
            for exchange in recordings(&file).unwrap() {
                number += 1;
                let key = format!("r{number}");
                let mut shelf = Shelf { source, file: file.clone(), key, exchange };
                if source == &"mastodon" && is_live(&file) {
                    shelf.exchange.body = of_events(&shelf.exchange.body);
                }
                if shelf.exchange.status >= 400 || is_refusal(&file) {
                    refusals.push(shelf);
                } else if *source == "trustpilot"
                    || is_asked(source, &file, &shelf.exchange)
                    || is_alike(source, &file, &shelf.exchange)
                {
                    asked.push(shelf);
                } else if !is_left(source, &file, &shelf.exchange) {
                    unknown.push(format!("{file}: {}", shelf.exchange.uri));
                }
            }
        }
    }
    (asked, unknown, refusals)
}

/// The slow count: names of all posts in one answer, by what only a post has among its fields.
fn slow(source: &str, exchange: &Exchange, file: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if source == "rss" {
        return items(&exchange.body, file);
    }
    for value in values(source, exchange) {
        visit(&value, &mut |object| found.extend(name(source, object)));
    }
    found
}

/// The bytes of an answer; some were recorded as they came, packed.
fn unpacked(exchange: &Exchange) -> Vec<u8> {
    let mut body = exchange.body.clone();
    if body.starts_with(&[0x1f, 0x8b]) {
        body.clear();
        flate2::read::GzDecoder::new(exchange.body.as_slice()).read_to_end(&mut body).unwrap();
    }
    body
}

/// The JSON of an answer, of which a stream has one on each line.
fn values(source: &str, exchange: &Exchange) -> Vec<Value> {
    let body = unpacked(exchange);
    let values: Vec<Value> = match serde_json::from_slice(&body) {
        Ok(value) => vec![value],
        Err(_) => String::from_utf8_lossy(&body)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    };
    // What posts at X point at comes beside them, and was not asked for.
    values.into_iter().map(|value| if source == "x" { value["data"].clone() } else { value }).collect()
}

fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Object(fields) => {
            see(value);
            // What a post shares, quotes or shows below itself is another post, that was not asked for.
            let own = fields
                .iter()
                .filter(|(name, _)| !["reblog", "quote", "embed", "answers"].contains(&name.as_str()));
            own.for_each(|(_, field)| visit(field, see));
        }
        _ => {}
    }
}

/// What names a post within its source, if `object` is one that is to be harvested.
fn name(source: &str, object: &Value) -> Option<String> {
    let text = |field: &Value| match field {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let has = |name: &str| object.get(name).is_some_and(|field| !field.is_null());
    let last = |address: &str| address.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
    match source {
        "appstore" if has("im:rating") => text(&object["id"]["label"]),
        "bluesky" if has("author") && has("record") => {
            let labels = object["author"]["labels"].as_array();
            let is_out =
                labels.is_some_and(|labels| labels.iter().any(|label| label["val"] == "!no-unauthenticated"));
            last(object["uri"].as_str()?).filter(|_| !is_out)
        }
        "bluesky" if object["collection"] == "app.bsky.feed.post" && has("record") => text(&object["rkey"]),
        "cfpb" if has("complaint_id") && has("date_received") => text(&object["complaint_id"]),
        "discourse" if has("cooked") && has("post_number") => {
            Some(format!("{}/{}", object["topic_id"], object["post_number"]))
        }
        "github" if has("title") && has("number") => {
            let address = object["html_url"].as_str()?;
            address.contains("/issues/").then(|| address.replace("https://github.com/", ""))
        }
        "hackernews" if has("objectID") => text(&object["objectID"]),
        "lemmy" if has("ap_id") => last(object["ap_id"].as_str()?),
        "mastodon"
            if has("content") && has("account") && object["visibility"] == "public" && !has("reblog") =>
        {
            last(object["uri"].as_str()?).filter(|_| object["account"]["noindex"] != true)
        }
        "nhtsa" => text(object.get("odiNumber")?),
        "reddit" if object["kind"] == "t3" || object["kind"] == "t1" => {
            let data = &object["data"];
            let is_gone = |field: &str| data[field] == "[deleted]" || data[field] == "[removed]";
            let is_there = !is_gone("body") && !is_gone("selftext") && data["removed_by_category"].is_null();
            text(&data["name"]).filter(|_| is_there)
        }
        "stackexchange" if has("title") && has("tags") => text(object.get("question_id")?),
        "trustpilot" if has("stars") && object["status"] == "active" => text(&object["id"]),
        "trustpilot" if has("text") && has("createdAt") && !has("stars") => text(&object["createdAt"]),
        "x" if has("text") => text(&object["id"]),
        "youtube" if object["kind"] == "youtube#comment" => text(&object["id"]),
        _ => None,
    }
}

/// Items of a feed, by what names each: an address that is unique anywhere, or a place in this file.
fn items(body: &[u8], file: &str) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(body);
    let mut found = BTreeSet::new();
    if NO_WORDS.iter().chain(NO_FEEDS).any(|name| file.contains(name)) {
        return found;
    }
    if let Ok(feed) = serde_json::from_slice::<Value>(body) {
        for item in feed["items"].as_array().into_iter().flatten() {
            found.insert(item["id"].to_string());
        }
        return found;
    }
    for tag in ["item", "entry"] {
        for (at, part) in text.split(&format!("</{tag}>")).enumerate() {
            let Some((_, item)) = part.rsplit_once(&format!("<{tag}")) else { continue };
            let field = |name| {
                let from = item.split_once(&format!("<{name}"))?.1.split_once('>')?.1;
                let text = from.split('<').next()?.trim();
                let is_unique = text.contains("://") || text.starts_with("urn:") || text.starts_with("tag:");
                is_unique.then(|| text.to_owned())
            };
            let own = ["guid", "id", "link"]
                .into_iter()
                .find(|name| item.contains(&format!("<{name}")))
                .and_then(field);
            found.insert(own.unwrap_or_else(|| format!("{file}#{at}")));
        }
    }
    found
}

/// What stands in the watchlist to ask for one answer.
fn target(shelf: &Shelf) -> String {
    let key = &shelf.key;
    match shelf.source {
        "appstore" => format!("us/{} = acme", &key[1..]),
        "discourse" => format!("{key}.example"),
        "github" => format!("acme/{key}"),
        "nhtsa" => {
            let vehicle = shelf.file.rsplit_once("__").unwrap().1.trim_end_matches(".json");
            let [make, model, year] = vehicle.splitn(3, '_').collect::<Vec<_>>().try_into().unwrap();
            format!("{make}/{model}/{year} = acme")
        }
        "reddit" => format!("r/{key}"),
        "rss" => format!("https://feeds.example/{key}.xml"),
        "youtube" => format!("UC{key}"),
        _ => key.clone(),
    }
}

/// Host and tag of a timeline; one that has no tag is played as one of a tag. The test machines of others have names of
/// their own here.
fn timeline(shelf: &Shelf) -> (String, String) {
    let uri = &shelf.exchange.uri;
    let host = uri.split('/').nth(2).unwrap().replace("localhost:3000", "local.example");
    let tag = match uri.split_once("/tag/") {
        Some((_, tag)) => tag.split('?').next().unwrap(),
        None if uri.contains("/accounts/") => "account",
        None => "public",
    };
    (host, tag.to_owned())
}

/// A watchlist that asks for all of it. A brand's words name it in what comes live, or it would be passed by.
fn sources(shelves: &[Shelf]) -> String {
    let mut by_source: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for shelf in shelves {
        let targets = by_source.entry(shelf.source).or_default();
        match shelf.source {
            "bluesky" if is_live(&shelf.file) => {}
            "mastodon" if is_live(&shelf.file) => targets.push(format!("{}.example/stream", shelf.key)),
            "mastodon" if is_search(&shelf.exchange) => targets.push(format!("{}.example/search", shelf.key)),
            "mastodon" => {
                let (host, tag) = timeline(shelf);
                targets.extend([host, format!("#{tag}")]);
            }
            "lemmy" => targets.push("lemmy.world".to_owned()),
            _ => targets.push(target(shelf)),
        }
    }
    let mut out = String::new();
    for (source, mut targets) in by_source {
        targets.sort();
        targets.dedup();
        // Words that are alternatives go into one question, and so each stands under a heading of its own.
        let groups: Vec<Vec<String>> = if source == "x" {
            targets.into_iter().map(|target| vec![target]).collect()
        } else {
            vec![targets]
        };
        for targets in groups {
            let _ = write!(out, "[[source]]\nname = \"{source}\"\ntargets = {}\n\n", json!(targets));
        }
    }
    let live = shelves.iter().filter(|shelf| shelf.source == "bluesky" && is_live(&shelf.file));
    let live: Vec<String> = live.flat_map(words).collect();
    let _ = write!(
        out,
        "[[brand]]\nid = \"live\"\nname = \"Live\"\nrole = \"competitor\"\naliases = {}\n",
        json!(live)
    );
    out
}

/// A word of each post that came live.
fn words(shelf: &Shelf) -> Vec<String> {
    let text = String::from_utf8_lossy(&shelf.exchange.body).into_owned();
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let texts = events.filter_map(|event| Some(event["commit"]["record"]["text"].as_str()?.to_owned()));
    texts
        .filter_map(|text| {
            let words = text.split_whitespace().filter(|word| !word.starts_with('#'));
            let words = words.flat_map(|word| word.split(|c: char| !c.is_alphabetic()));
            words.max_by_key(|word| word.len()).map(str::to_owned)
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// Plays all sites by what they once answered. A page that follows the recorded ones is empty.
fn site(shelves: Vec<Shelf>) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let live: Vec<String> = shelves
        .iter()
        .filter(|shelf| shelf.source == "bluesky" && is_live(&shelf.file))
        .flat_map(|shelf| {
            let text = String::from_utf8_lossy(&shelf.exchange.body).into_owned();
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    move |asked| {
        let by_key = |source: &str, holds: &dyn Fn(&str) -> bool| {
            let shelf = shelves.iter().find(|shelf| shelf.source == source && holds(&shelf.key));
            shelf.map_or_else(|| Reply::status(404), |shelf| Reply::from(&shelf.exchange))
        };
        let page = |source: &str, key: &str, next: &str, empty: &str| {
            let is_later = asked.query.contains_key(next);
            if is_later { Reply::ok(empty) } else { by_key(source, &|known| known == key) }
        };
        let path: Vec<&str> = asked.path.split('/').collect();
        let has_secret = |secret: &str| {
            let known = format!("Bearer {secret}");
            asked.headers.get("authorization").is_some_and(|said| *said == known)
        };
        match (asked.host.as_str(), asked.path.as_str()) {
            (_, "/robots.txt") => Reply::status(404),
            ("itunes.apple.com", path) if path.contains("/page=1/") => {
                by_key("appstore", &|key| path.contains(&format!("/id={}/", &key[1..])))
            }
            ("itunes.apple.com", _) => Reply::ok("{\"feed\": {}}"),
            ("bsky.social", path) if path.ends_with("createSession") => {
                Reply::ok("{\"accessJwt\": \"let-me-in\"}")
            }
            ("bsky.social", _) if has_secret("let-me-in") => {
                page("bluesky", asked.get("q"), "cursor", "{\"posts\": []}")
            }
            ("jetstream2.us-east.bsky.network", "/subscribe") => {
                socket(asked, &live.iter().map(String::as_str).collect::<Vec<_>>())
            }
            ("public.api.bsky.app", path) if path.ends_with("getProfiles") => beside_live(asked),
            ("www.consumerfinance.gov", _) => {
                page("cfpb", asked.get("search_term").trim_matches('"'), "frm", "{\"hits\": {\"hits\": []}}")
            }
            (host, "/posts.json") => {
                page("discourse", host.split('.').next().unwrap(), "before", "{\"latest_posts\": []}")
            }
            ("api.github.com", _) => {
                by_key("github", &|key| asked.get("q").contains(&format!("repo:acme/{key} ")))
            }
            ("hn.algolia.com", _) => by_key("hackernews", &|key| asked.get("query") == key),
            ("lemmy.world", _) => by_key("lemmy", &|_| true),
            ("api.nhtsa.gov", _) => {
                let vehicle = [asked.get("make"), asked.get("model"), asked.get("modelYear")].join("_");
                let shelf = shelves.iter().find(|shelf| shelf.file.ends_with(&format!("__{vehicle}.json")));
                shelf.map_or_else(|| Reply::status(404), |shelf| Reply::from(&shelf.exchange))
            }
            ("www.reddit.com", _) if asked.body == "grant_type=client_credentials" => {
                Reply::ok("{\"access_token\": \"let-me-in\"}")
            }
            ("oauth.reddit.com", _) if has_secret("let-me-in") => {
                page("reddit", path[2], "after", "{\"kind\": \"Listing\", \"data\": {\"children\": []}}")
            }
            ("feeds.example", _) => by_key("rss", &|key| path[1] == format!("{key}.xml")),
            ("api.stackexchange.com", _) => {
                page("stackexchange", asked.get("site"), "todate", "{\"items\": []}")
            }
            ("api.trustpilot.com", _) if asked.headers["apikey"] == "k" => by_key("trustpilot", &|_| true),
            ("api.x.com", _) if has_secret("k") && asked.query.contains_key("since_id") => {
                Reply::ok("{\"meta\": {\"result_count\": 0}}")
            }
            ("api.x.com", _) if has_secret("k") => {
                let query = asked.get("query").split(' ').next().unwrap();
                page("x", query, "next_token", "{\"meta\": {\"result_count\": 0}}")
            }
            ("www.googleapis.com", _) if asked.get("key") == "k" => {
                let channel = asked.get("allThreadsRelatedToChannelId").trim_start_matches("UC");
                page("youtube", channel, "pageToken", "{\"items\": []}")
            }
            (host, "/api/v2/search") if has_secret("k") => {
                page("mastodon", host.split('.').next().unwrap(), "max_id", "{\"statuses\": []}")
            }
            (host, "/api/v1/streaming") if asked.get("access_token") == "k" => {
                let is_it = |shelf: &&Shelf| host.split('.').next() == Some(&shelf.key);
                let body = shelves.iter().find(is_it).map(|shelf| shelf.exchange.body.clone()).unwrap();
                let events: Vec<String> = String::from_utf8_lossy(&body)
                    .lines()
                    .map(|line| {
                        json!({ "stream": ["hashtag"], "event": "update", "payload": line }).to_string()
                    })
                    .collect();
                socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
            }
            (host, path)
                if path.starts_with("/api/v1/timelines/tag/") && asked.get("since_id").is_empty() =>
            {
                let next = asked.get("max_id");
                let tag = path.rsplit('/').next().unwrap();
                let is_it = |shelf: &&Shelf| {
                    let uri = &shelf.exchange.uri;
                    let max = uri.split("max_id=").nth(1).unwrap_or("");
                    shelf.source == "mastodon"
                        && !is_live(&shelf.file)
                        && !is_search(&shelf.exchange)
                        && timeline(shelf) == (host.to_owned(), tag.to_owned())
                        && max == next
                };
                shelves
                    .iter()
                    .find(is_it)
                    .map_or_else(|| Reply::ok("[]"), |shelf| Reply::from(&shelf.exchange))
            }
            (_, path) if path.starts_with("/api/v1/timelines/tag/") => Reply::ok("[]"),
            _ => Reply::status(404),
        }
    }
}

/// Harvests with all the keys that sources want.
fn harvest(place: &Place, replay: &Replay, more: &[&str]) -> Value {
    let mut command = place.command(replay, &[&["--max-dollars", "500", "--json"], more].concat());
    let names = "GROUSE_X_TOKEN GROUSE_YOUTUBE_KEY GROUSE_TRUSTPILOT_KEY GROUSE_REDDIT_ID GROUSE_REDDIT_SECRET \
                 GROUSE_BLUESKY_HANDLE GROUSE_BLUESKY_PASSWORD";
    for name in names.split_whitespace() {
        command.env(name, "k");
    }
    let list = std::fs::read_to_string(place.list()).unwrap();
    let hosts =
        list.split('"').filter_map(|text| text.strip_suffix("/search").or(text.strip_suffix("/stream")));
    let tokens: Vec<String> = hosts.map(|host| format!("k@{host}")).collect();
    command.env("GROUSE_MASTODON_TOKEN", tokens.join(" "));
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)))
}

#[test]
fn every_recorded_post_is_harvested_exactly_once() {
    if folder().is_none() {
        return;
    }
    let (shelves, unknown, _) = shelves();
    assert!(unknown.is_empty(), "neither asked for nor in the table:\n{}", unknown.join("\n"));
    let mut counted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for shelf in &shelves {
        let names = slow(shelf.source, &shelf.exchange, &shelf.file);
        // A question at two sites is two questions.
        let at = if shelf.source == "stackexchange" { shelf.key.as_str() } else { "" };
        counted.entry(shelf.source).or_default().extend(names.into_iter().map(|name| format!("{at}{name}")));
    }
    let (list, answers) = (sources(&shelves), shelves.len());
    let is_no_feed = |shelf: &&Shelf| NO_FEEDS.iter().any(|name| shelf.file.contains(name));
    let no_feeds = shelves.iter().filter(is_no_feed).count() as u64;
    let is_quota = |(name, _): &(String, String)| {
        name.ends_with("ratelimit-remaining") || name.ends_with("rate-limit-remaining")
    };
    let says_so = |shelf: &&Shelf| {
        shelf.exchange.headers.iter().any(is_quota)
            || serde_json::from_slice::<Value>(&shelf.exchange.body)
                .is_ok_and(|body| body.get("quota_remaining").is_some())
    };
    let telling: BTreeSet<&str> = shelves.iter().filter(says_so).map(|shelf| shelf.source).collect();
    let place = Place::new(&list);
    let replay = Replay::start(site(shelves));
    let report = harvest(&place, &replay, &["--since", "2005-01-01"]);
    let ids = place.ids();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "a post is there twice");
    let mut wrong = Vec::new();
    for (source, expected, _) in EXPECTED {
        let own = ids.iter().filter(|id| id.starts_with(&format!("{source}:"))).count();
        let slow = counted.get(source).map_or(0, BTreeSet::len);
        eprintln!("{source}: {own} harvested, {slow} counted, {expected} in the table");
        if own != slow || own != *expected {
            wrong.push(format!("{source}: {own} harvested, {slow} counted, {expected} in the table"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{report:#}", wrong.join("\n"));
    for source in report["sources"].as_array().unwrap() {
        let refused = if source["source"] == "rss" { no_feeds } else { 0 };
        let answered = source["questions"].as_u64().unwrap() - refused;
        assert_eq!(source["answered"], answered, "{source}");
        assert_eq!(source["health"], if refused > 0 { "unreadable" } else { "ok" }, "{source}");
    }
    eprintln!("{answers} answers were played");
    no_source_is_blamed(&place);
    // Each site says in headers of its own what it still allows, and one in its answers.
    assert!(telling.len() >= 5, "{telling:?}");
    let told: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
    for source in told.as_array().unwrap() {
        let left = source["standing"]["quota_left"].as_u64();
        assert_eq!(left.is_some(), telling.contains(source["name"].as_str().unwrap()), "{source}");
    }
    let again = harvest(&place, &replay, &[]);
    assert_eq!((&again["new"], &again["deleted"]), (&json!(0), &json!(0)), "{again:#}");
    assert_eq!(place.ids(), ids);
}

/// What the recordings tell of posts, by source: answers to other posts, posts by programs, and posts with a language that the
/// source itself gives.
const TOLD: &[(&str, usize, usize, usize)] = &[
    ("bluesky", 15, 0, 27),
    ("discourse", 24, 0, 0),
    ("github", 0, 0, 0),
    // It is in English.
    ("hackernews", 5, 0, 18),
    ("mastodon", 102, 1, 309),
    ("reddit", 1_714, 0, 0),
    ("trustpilot", 1, 0, 2),
    ("x", 210, 0, 623),
    ("youtube", 3, 0, 0),
];

/// What an answer says of a post is held against the recorded JSON, read in another way than ours.
#[test]
fn answers_programs_and_languages_are_those_of_the_recordings() {
    if folder().is_none() {
        return;
    }
    let (shelves, ..) = shelves();
    let mut wrong = Vec::new();
    for expected @ (source, ..) in TOLD {
        let (mut read, mut counted) = (BTreeMap::new(), BTreeMap::new());
        for shelf in shelves.iter().filter(|shelf| shelf.source == *source) {
            for post in parsed(shelf) {
                let is_bot = post.attributes.get("bot").is_some_and(|bot| bot == "true");
                let told = (post.reply_to.is_some(), is_bot, post.tag.is_some());
                read.insert(post.id.to_string(), told);
                let is_reply = matches!(post.kind, Kind::Reply | Kind::Response);
                assert_eq!(is_reply, post.reply_to.is_some(), "{}", post.id);
                assert!(post.reply_to.is_none_or(|parent| parent != post.id), "{} answers itself", post.id);
            }
            for value in values(source, &shelf.exchange) {
                visit(&value, &mut |object| {
                    if let Some(name) = name(source, object) {
                        counted.insert(name, told(source, object));
                    }
                });
            }
        }
        let sum = |told: &BTreeMap<String, (bool, bool, bool)>| {
            let count = |of: fn(&(bool, bool, bool)) -> bool| told.values().filter(|told| of(told)).count();
            (*source, count(|told| told.0), count(|told| told.1), count(|told| told.2))
        };
        if sum(&read) != sum(&counted) || *expected != sum(&read) {
            wrong.push(format!(
                "read {:?}, counted {:?}, in the table {expected:?}",
                sum(&read),
                sum(&counted)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The posts of one recorded answer.
fn parsed(shelf: &Shelf) -> Vec<Post> {
    let place = match shelf.source {
        "bluesky" if is_live(&shelf.file) => LIVE.to_owned(),
        "mastodon" if is_live(&shelf.file) => format!("{}.example/stream", shelf.key),
        "mastodon" if is_search(&shelf.exchange) => format!("{}.example/search", shelf.key),
        "mastodon" => timeline(shelf).0,
        _ => target(shelf),
    };
    let mut body = unpacked(&shelf.exchange);
    if shelf.source == "mastodon" && is_live(&shelf.file) {
        let events = String::from_utf8_lossy(&body)
            .lines()
            .map(|line| json!({ "event": "update", "payload": line }).to_string() + "\n")
            .collect::<String>();
        body = events.into_bytes();
    }
    let question = Question { place, query: "q".to_owned(), about: None };
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let ask = Ask { question: &question, since: None, mark: None, next: None, now };
    let answer = Answer { status: 200, headers: &shelf.exchange.headers, body: &body };
    let page = by_name(shelf.source).unwrap().parse(&ask, &answer);
    page.unwrap_or_else(|error| panic!("{}: {error}", shelf.file)).posts
}

/// Whether an item answers another, is by a program, and has a language.
fn told(source: &str, object: &Value) -> (bool, bool, bool) {
    let has = |pointer: &str| object.pointer(pointer).is_some_and(|field| !field.is_null());
    let is = |pointer: &str| object.pointer(pointer).is_some_and(|field| *field == true);
    match source {
        "bluesky" => (has("/record/reply"), false, has("/record/langs/0")),
        "discourse" => (object["post_number"].as_u64().is_some_and(|number| number > 1), false, false),
        "github" => (false, object["user"]["type"] == "Bot", false),
        "hackernews" => (has("/parent_id"), false, true),
        "mastodon" => (has("/in_reply_to_id"), is("/account/bot"), has("/language")),
        "reddit" => (object["kind"] == "t1", object["data"]["author"] == "AutoModerator", false),
        "trustpilot" => (!has("/stars"), false, has("/language")),
        "x" => {
            let others = object["referenced_tweets"].as_array();
            let is_reply =
                others.is_some_and(|others| others.iter().any(|other| other["type"] == "replied_to"));
            (is_reply, false, has("/lang") && object["lang"] != "und")
        }
        "youtube" => (object["id"].as_str().is_some_and(|id| id.contains('.')), false, false),
        _ => (false, false, false),
    }
}

/// What cannot be seen at a source is left out by its name, and an answer without a time is one without a time.
fn no_source_is_blamed(place: &Place) {
    let told = common::run(&place.data(), &["responses", "--limit", "0", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let excluded = told["excluded"].as_array().unwrap().iter();
    let excluded: BTreeMap<&str, u64> =
        excluded.map(|row| (row["source"].as_str().unwrap(), row["posts"].as_u64().unwrap())).collect();
    // All that the watchlist says is about the brand.
    assert_eq!((excluded.get("appstore"), excluded.get("nhtsa")), (Some(&100), Some(&2_876)), "{excluded:?}");
    let sources: BTreeMap<&str, &Value> = told["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["source"].as_str().unwrap(), row))
        .collect();
    assert!(excluded.keys().all(|source| !sources.contains_key(source)), "{excluded:?}");
    let bureau = sources["cfpb"];
    // By the words of 155 complaints in the lists: 73 are in progress.
    assert_eq!((&bureau["answered"], &bureau["open"]), (&json!(82), &json!(73)), "{bureau}");
    assert_eq!((&bureau["untimed"], &bureau["pairs"]), (&bureau["answered"], &json!(0)), "{bureau}");
    assert_eq!(bureau["median_seconds"], Value::Null, "{bureau}");
    let notes = told["notes"].to_string();
    for note in ["does not tell when they were answered", "Since August 2026 the CFPB publishes no words"] {
        assert!(notes.contains(note), "{note}: {notes}");
    }
}

/// Each recorded refusal is the answer to one question of its source: it brings no post, and the source is not well.
#[test]
fn every_recorded_refusal_is_told_and_brings_no_post() {
    if folder().is_none() {
        return;
    }
    let (_, _, refusals) = shelves();
    assert!(refusals.len() >= 10, "{}", refusals.len());
    for mut shelf in refusals {
        // A file that is one bare answer does not hold its status.
        shelf.exchange.status = shelf.exchange.status.max(if is_limit(&shelf.file) { 403 } else { 400 });
        // Signing in is not what is refused here, and Mastodon is asked for tags.
        if shelf.source == "mastodon" {
            shelf.exchange.uri = "https://a.example/api/v1/timelines/tag/acme".to_owned();
        }
        let (source, file) = (shelf.source, shelf.file.clone());
        let shelves = vec![shelf];
        let place = Place::new(&sources(&shelves));
        let replay = Replay::start(site(shelves));
        let report = harvest(&place, &replay, &["--source", source]);
        let said = &report["sources"][0];
        assert!(said["health"] != "ok" && report["new"] == 0, "{file}: {report:#}");
        let (health, why) = place.health().into_iter().max().unwrap();
        eprintln!("{file}: {} ({})", health.as_str(), why.unwrap_or_default());
    }
}
