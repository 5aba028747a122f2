//! Promise: what was answered to a complaint is harvested with it, wherever it stands in its thread, and is on the clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use grouse::model::{Kind, Post, PostId, SourceId, WatchlistId};
use grouse::sources::{ALL, Answer, Page, ParseError, by_name};
use grouse::state::{ANSWERS, Progress, Standing, Step, Stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::common;
use crate::harvesting::Place;
use crate::recordings::{Exchange, folder, recordings};
use crate::replay::{Asked, Replay, Reply};

/// Recorded answers to posts.
struct Below {
    source: &'static str,
    file: &'static str,
    /// What the address of each answer holds.
    address: &'static str,
    /// The post that was asked about.
    asked: &'static str,
    /// Where the list goes on; nothing for its beginning.
    next: Option<&'static str>,
    /// Answers to read, the replies in them, and those of another parent than the post itself.
    expected: (usize, usize, usize),
}

const RECORDED: &[Below] = &[
    Below {
        source: "reddit",
        file: "reddit/recorded/TestCommentForest.test_replace__all.json",
        address: "/comments/",
        asked: "t3_3hahrw",
        next: None,
        expected: (7, 483, 346),
    },
    Below {
        source: "reddit",
        file: "reddit/recorded/TestCommentForest.test_replace__all.json",
        address: "/api/morechildren",
        asked: "t3_3hahrw",
        next: Some("more:a"),
        expected: (12, 57, 50),
    },
    Below {
        source: "github",
        file: "github/recorded/Issue.testGetComments.json",
        address: "/comments",
        asked: "PyGithub/PyGithub/issues/28",
        next: None,
        expected: (1, 2, 0),
    },
    Below {
        source: "github",
        file: "github/recorded/perceval__github_issue_comments_1.json",
        address: "",
        asked: "owner/name/issues/1",
        next: None,
        expected: (1, 1, 0),
    },
    Below {
        source: "mastodon",
        file: "mastodon/recorded/test_entity_context.json",
        address: "/context",
        asked: "mastodon.social/110446983926957470",
        // Its only answer is for followers.
        next: None,
        expected: (1, 0, 0),
    },
    Below {
        source: "youtube",
        file: "youtube/recorded/comments_comments_by_parent_paged_1.json",
        address: "",
        asked: "Ugw5zYU6n9pmIgAZWvN4AaABAg",
        next: None,
        expected: (1, 2, 0),
    },
    Below {
        source: "youtube",
        file: "youtube/recorded/comments_comments_by_parent_paged_2.json",
        address: "",
        asked: "Ugw5zYU6n9pmIgAZWvN4AaABAg",
        next: Some("R0FJ"),
        expected: (1, 1, 0),
    },
    Below {
        source: "hackernews",
        file: "hackernews/recorded/algolia_fixtures.json",
        address: "/items/",
        asked: "17",
        next: None,
        expected: (1, 2, 0),
    },
    Below {
        source: "bluesky",
        file: "bluesky/recorded/f_postthread.json",
        address: "getPostThread",
        asked: "did:plc:ic6zqvuw5ulmfpjiwnhsr2ns/3k7qmjev5lr2s",
        next: None,
        expected: (1, 0, 0),
    },
];

fn parse(below: &Below, exchange: &Exchange) -> Result<Page, ParseError> {
    let answers = by_name(below.source).unwrap().answers().unwrap();
    let answer = Answer { status: 200, headers: &exchange.headers, body: &exchange.body };
    answers.parse(&[asked(below.source, below.asked)], below.next, &answer)
}

/// A post as it is kept, with all that any site needs in order to be asked about it.
fn asked(source: &str, native: &str) -> Post {
    let attributes = [("native", native), ("video", "v")];
    Post {
        id: PostId::new(format!("{source}:{native}")).unwrap(),
        attributes: BTreeMap::from(attributes.map(|(name, value)| (name.to_owned(), value.to_owned()))),
        ..common::post("7", "acme")
    }
}

#[test]
fn recorded_answers_are_read() {
    if folder().is_none() {
        return;
    }
    let mut wrong = Vec::new();
    for below in RECORDED {
        let mut exchanges = recordings(below.file).unwrap();
        exchanges.retain(|exchange| exchange.uri.contains(below.address) && exchange.status == 200);
        let (mut replies, mut deeper) = (0, 0);
        for exchange in &exchanges {
            let page = parse(below, exchange).unwrap_or_else(|error| panic!("{}: {error}", below.file));
            assert_eq!(page.rejects, [], "{}", below.file);
            for post in &page.posts {
                assert_eq!(post.kind, Kind::Reply, "{}", post.id);
                assert!(post.created.is_some() && post.url.is_some(), "{}", post.id);
                let parent = post.reply_to.as_ref().unwrap_or_else(|| panic!("{} answers nothing", post.id));
                deeper += usize::from(parent.as_str() != format!("{}:{}", below.source, below.asked));
            }
            replies += page.posts.len();
            let cut = &exchange.body[..exchange.body.len() / 2];
            let cut = Exchange { body: cut.to_vec(), ..exchange.clone() };
            assert!(parse(below, &cut).is_err(), "{}: half of it was read", below.file);
        }
        if (exchanges.len(), replies, deeper) != below.expected {
            wrong.push(format!("{}: {:?}", below.file, (exchanges.len(), replies, deeper)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every site's list of answers is held to one contract, as all its answers are.
#[test]
fn rubbish_is_no_list_of_answers() {
    let mut count = 0;
    for source in ALL {
        let Some(answers) = source.answers() else { continue };
        count += 1;
        let name = source.about().name;
        assert!(answers.rules().most >= 1 && answers.rules().a_day >= 1, "{name}");
        assert!(source.about().replies != grouse::sources::Replies::Hidden, "{name}");
        let web = b"<!DOCTYPE html><html><body>Please sign in</body></html>";
        for native in ["home.example/7", "did:a/7", "owner/name/issues/7", "t3_7", "7"] {
            let posts = [asked(name, native)];
            let _ = answers.place(&posts[0]);
            for next in [None, Some("2"), Some("more:a below:b"), Some("comments 1"), Some("")] {
                if let Some(request) = answers.request(&posts, next) {
                    assert!(request.url.starts_with("https://"), "{name}: {}", request.url);
                }
                for rubbish in [&b""[..], b"{", b"[]]", b"null", b"7", b"\xff\xfe\x00", b"{\"error\":\"no\"}"]
                {
                    let answer = Answer::ok(rubbish);
                    assert!(answers.parse(&posts, next, &answer).is_err(), "{name}: {rubbish:?}");
                    assert!(!answers.has_none(&answer), "{name}: {rubbish:?}");
                }
                assert_eq!(answers.parse(&posts, next, &Answer::ok(web)), Err(ParseError::Page), "{name}");
            }
        }
    }
    assert!(count >= 9, "{count} sites can be asked");
}

/// So many minutes before one moment of this run, in whole seconds.
#[expect(clippy::disallowed_methods, reason = "the program that is tested reads the clock, too")]
fn ago(minutes: i64) -> Timestamp {
    static NOW: LazyLock<i64> = LazyLock::new(|| Timestamp::now().as_second());
    Timestamp::from_second(*NOW).unwrap() - SignedDuration::from_mins(minutes)
}

/// As if no post had been asked about yet, however old.
fn from_the_beginning(place: &Place, source: &str) {
    let stream = Stream {
        watchlist: WatchlistId::new("market").unwrap(),
        source: SourceId::new(source).unwrap(),
        place: ANSWERS.to_owned(),
        query: String::new(),
    };
    let mark = vec![format!("{}:0", i64::MIN); 7].join(" ");
    let progress = Progress { mark: Some(mark), ..Progress::default() };
    let standing = Standing::default();
    let step = Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
    place.state().keep_steps(&[step], ago(0)).unwrap();
}

#[track_caller]
fn harvest(place: &Place, replay: &Replay, more: &[&str]) -> Value {
    let mut command = place.command(replay, &[more, &["--json"]].concat());
    let names =
        ["REDDIT_ID", "REDDIT_SECRET", "YOUTUBE_KEY", "BLUESKY_HANDLE", "BLUESKY_PASSWORD", "TRUSTPILOT_KEY"];
    for name in names {
        command.env(format!("GROUSE_{name}"), "key");
    }
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", common::errors(&output)))
}

fn responses(place: &Place) -> Value {
    serde_json::from_str(&common::run(&place.data(), &["responses", "--json"])).unwrap()
}

/// A thread of four levels, of which half is folded away in two steps and one comment is too deep to be shown.
#[test]
fn all_comments_of_a_recorded_thread_are_harvested_once() {
    let Some(exchanges) = recordings("reddit/recorded/TestCommentForest.test_replace__all.json") else {
        return;
    };
    let body = |exchange: &Exchange| serde_json::from_slice::<Value>(&exchange.body).unwrap();
    let pages: Vec<(String, Value)> = exchanges
        .iter()
        .filter(|exchange| exchange.uri.contains("/comments/"))
        .map(|exchange| (exchange.uri.clone(), body(exchange)))
        .collect();
    let folded: Vec<Value> = exchanges
        .iter()
        .filter(|exchange| exchange.uri.contains("/morechildren"))
        .flat_map(|exchange| body(exchange)["json"]["data"]["things"].as_array().unwrap().clone())
        .collect();
    // All comments that any of the answers shows, by another way than ours.
    let mut names = BTreeSet::new();
    let mut writers: BTreeMap<String, usize> = BTreeMap::new();
    for value in pages.iter().map(|(_, page)| page).chain(&folded) {
        collect(value, &mut |comment| {
            let name = comment["name"].as_str().unwrap().to_owned();
            if comment["body"] != "[deleted]" && comment["body"] != "[removed]" && names.insert(name) {
                *writers.entry(comment["author"].to_string()).or_default() += 1;
            }
        });
    }
    let list = json!({ "kind": "Listing", "data": { "children": pages[0].1[0]["data"]["children"], "after": null } });
    let replay = Replay::start(move |asked| match asked.path.as_str() {
        "/api/v1/access_token" => Reply::ok("{\"access_token\": \"t\"}"),
        "/api/morechildren" => {
            let form = asked.body.replace("%2C", ",");
            let children = form.split('&').find_map(|pair| pair.strip_prefix("children=")).unwrap();
            let wanted: BTreeSet<&str> = children.split(',').collect();
            // What was folded away comes with all that stands below it, in one list.
            let mut have: BTreeSet<String> = wanted.iter().map(|id| format!("t1_{id}")).collect();
            let mut things: Vec<&Value> = Vec::new();
            for thing in &folded {
                let data = &thing["data"];
                let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
                if have.contains(&text("name")) || have.contains(&text("parent_id")) {
                    have.insert(text("name"));
                    things.push(thing);
                }
            }
            Reply::ok(json!({ "json": { "errors": [], "data": { "things": things } } }).to_string())
        }
        path if path.starts_with("/comments/") => {
            let comment = path.trim_end_matches('/').rsplit('/').next().unwrap().to_owned();
            let page = pages
                .iter()
                .find(|(uri, _)| uri.split('?').next().unwrap().trim_end_matches('/').ends_with(&comment));
            page.map_or_else(|| Reply::status(404), |(_, page)| Reply::ok(page.to_string()))
        }
        "/api/info" => Reply::status(503),
        _ => Reply::ok(list.to_string()),
    });
    let place = Place::new(
        "[[source]]\nname = \"reddit\"\ntargets = [\"r/pics = acme\"]\n\n\
         [[brand]]\nname = \"Other\"\nrole = \"competitor\"\naccounts = { reddit = [\"other_helps\"] }\n",
    );
    assert_eq!(harvest(&place, &replay, &["--since", "2010-01-01"])["new"], 1);
    from_the_beginning(&place, "reddit");
    let report = harvest(&place, &replay, &[]);
    let ids = place.ids();
    let had: BTreeSet<String> =
        ids.iter().filter_map(|id| id.strip_prefix("reddit:t1_").map(|id| format!("t1_{id}"))).collect();
    let missing: Vec<&String> = names.difference(&had).collect();
    assert!(missing.is_empty(), "{missing:?} of {}: {report:#}", names.len());
    assert_eq!(had, names);
    assert_eq!(ids.len(), names.len() + 1, "no comment twice, and the post itself");
    assert!(names.len() > 500, "{}", names.len());
    // Asked again, nothing is new.
    from_the_beginning(&place, "reddit");
    let report = harvest(&place, &replay, &[]);
    assert_eq!((&report["new"], &report["deleted"]), (&json!(0), &json!(0)), "{report:#}");
}

/// Sees each comment of an answer.
fn collect(value: &Value, see: &mut impl FnMut(&Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, see)),
        Value::Object(fields) => {
            if fields.get("kind").is_some_and(|kind| kind == "t1") {
                see(&fields["data"]);
            }
            fields.values().for_each(|field| collect(field, see));
        }
        _ => {}
    }
}

/// One site with a complaint of three hours ago, which the brand answered after 20 minutes in words that name nobody, below
/// what a third person said first.
struct Thread {
    source: &'static str,
    /// What the watchlist names of the source, and the brand's account there.
    targets: &'static str,
    account: &'static str,
    /// What the site answers; nothing for what it has not.
    site: fn(&Asked) -> Option<Value>,
}

fn at(minutes: i64) -> String {
    ago(180 - minutes).to_string()
}

const THREADS: &[Thread] = &[
    Thread {
        source: "github",
        targets: "targets = [\"acme/app\"]",
        account: "acme-dev",
        site: |asked| {
            let by = |login: &str, id: u64, minutes: i64, text: &str| {
                json!({ "id": id, "body": text, "created_at": at(minutes), "user": { "login": login, "type": "User" },
                        "author_association": "NONE" })
            };
            match asked.path.as_str() {
                "/search/issues" => {
                    Some(json!({ "items": [{ "html_url": "https://github.com/acme/app/issues/7",
                    "number": 7, "title": "acme app by Maker crashes", "created_at": at(0), "user": { "login": "anna" } }] }))
                }
                "/repos/acme/app/issues/7/comments" => Some(json!([
                    by("bert", 1, 10, "Same here"),
                    by("acme-dev", 2, 20, "We are on it, sorry")
                ])),
                _ => None,
            }
        },
    },
    Thread {
        source: "stackexchange",
        targets: "targets = [\"android\"]",
        account: "9@android",
        site: |asked| {
            let second = |minutes: i64| ago(180 - minutes).as_second();
            let owner = |id: u64| json!({ "user_id": id, "display_name": "Someone" });
            match asked.path.as_str() {
                "/2.3/search/advanced" => Some(json!({ "quota_remaining": 270, "items": [{ "question_id": 7,
                    "title": "acme app by Maker crashes", "body": "<p>Why?</p>", "creation_date": second(0), "owner": owner(1) }] })),
                "/2.3/questions/7/answers" => Some(json!({ "quota_remaining": 269, "items": [
                    { "answer_id": 8, "question_id": 7, "body": "<p>Same here</p>", "creation_date": second(10), "owner": owner(2) }] })),
                "/2.3/questions/7/comments" => Some(json!({ "quota_remaining": 268, "items": [
                    { "comment_id": 8, "post_id": 7, "body": "We are on it, sorry", "creation_date": second(20), "owner": owner(9) }] })),
                _ => None,
            }
        },
    },
    Thread {
        source: "mastodon",
        targets: "targets = [\"a.example\"]",
        account: "acmehelp@b.example",
        site: |asked| {
            let status = |id: &str, home: &str, by: &str, parent: Option<&str>, minutes, text: &str| {
                json!({ "id": id, "uri": format!("https://{home}/users/{by}/statuses/9{id}"), "visibility": "public",
                        "created_at": at(minutes), "content": format!("<p>{text}</p>"), "in_reply_to_id": parent,
                        "account": { "acct": format!("{by}@{home}") } })
            };
            let is_more = asked.query.contains_key("max_id") || asked.query.contains_key("since_id");
            match asked.path.as_str() {
                "/api/v1/timelines/tag/acme" if is_more => Some(json!([])),
                "/api/v1/timelines/tag/acme" => {
                    Some(json!([status("7", "b.example", "anna", None, 0, "acme by Maker is down")]))
                }
                "/api/v1/statuses/7/context" => Some(json!({ "ancestors": [], "descendants": [
                    status("8", "c.example", "bert", Some("7"), 10, "Same here"),
                    status("9", "b.example", "acmehelp", Some("7"), 20, "We are on it, sorry")] })),
                _ => None,
            }
        },
    },
    Thread {
        source: "youtube",
        targets: "targets = [\"UCa\"]",
        account: "UCa",
        site: |asked| {
            let comment = |id: &str, by: &str, minutes, text: &str| {
                json!({ "id": id, "snippet": { "textDisplay": text, "authorDisplayName": "Someone", "videoId": "v",
                        "authorChannelId": { "value": by }, "publishedAt": at(minutes) } })
            };
            match (asked.path.as_str(), asked.get("pageToken")) {
                ("/youtube/v3/commentThreads", _) => {
                    Some(json!({ "items": [{ "snippet": { "totalReplyCount": 2,
                    "topLevelComment": comment("c7", "UCb", 0, "acme by Maker is down") } }] }))
                }
                ("/youtube/v3/comments", "") if asked.get("parentId") == "c7" => Some(json!({
                    "nextPageToken": "p2", "items": [comment("c7.1", "UCc", 10, "Same here")] })),
                ("/youtube/v3/comments", "p2") => {
                    Some(json!({ "items": [comment("c7.2", "UCa", 20, "We are on it, sorry")] }))
                }
                _ => None,
            }
        },
    },
    Thread {
        source: "hackernews",
        targets: "",
        account: "acme-dev",
        site: |asked| {
            let second = |minutes: i64| ago(180 - minutes).as_second();
            let comment = |id: u64, by: &str, parent: u64, minutes, text: &str, below: Value| {
                json!({ "id": id, "type": "comment", "author": by, "text": text, "parent_id": parent, "story_id": 7,
                        "created_at_i": second(minutes), "children": below })
            };
            match asked.path.as_str() {
                "/api/v1/search_by_date" => {
                    Some(json!({ "hits": [{ "objectID": "7", "created_at_i": second(0),
                    "author": "anna", "title": "acme by Maker is down" }] }))
                }
                "/api/v1/items/7" => Some(json!({ "id": 7, "title": "acme by Maker is down", "children": [
                    comment(8, "bert", 7, 10, "Same here", json!([])),
                    // Deleted, and what was answered to it is not.
                    { "id": 10, "type": "comment", "author": null, "text": null, "parent_id": 7, "created_at_i": second(12),
                      "children": [comment(9, "acme-dev", 10, 20, "We are on it, sorry", json!([]))] }] })),
                _ => None,
            }
        },
    },
    Thread {
        source: "lemmy",
        targets: "targets = [\"a.example\"]",
        account: "acmehelp@b.example",
        site: |asked| {
            let home = |host: &str, what: &str, number: u64| format!("https://{host}/{what}/{number}");
            let post = || {
                json!({ "id": 7, "ap_id": home("a.example", "post", 7), "name": "acme by Maker is down",
                                  "published": at(0) })
            };
            let comment = |id: u64, host: &str, by: &str, path: &str, minutes, text: &str| {
                json!({ "comment": { "id": id, "ap_id": home(host, "comment", 10 * id), "content": text, "path": path,
                                     "published": at(minutes) },
                        "creator": { "actor_id": format!("https://{host}/u/{by}") }, "post": post() })
            };
            match (asked.path.as_str(), asked.get("post_id")) {
                ("/api/v3/search", _) => Some(json!({ "comments": [], "posts": [
                    { "post": post(), "creator": { "actor_id": "https://a.example/u/anna" } }] })),
                ("/api/v3/comment/list", "7") => Some(json!({ "comments": [
                    comment(9, "b.example", "acmehelp", "0.9", 20, "We are on it, sorry"),
                    comment(8, "c.example", "bert", "0.8", 10, "Same here")] })),
                _ => None,
            }
        },
    },
    Thread {
        source: "trustpilot",
        targets: "targets = [\"b1 = acme\"]",
        account: "Maker",
        site: |asked| {
            let mut review = json!({ "id": "r7", "stars": 1, "text": "acme by Maker is down", "createdAt": at(0), "status": "active",
                                     "consumer": { "id": "c" }, "businessUnit": { "displayName": "Maker" } });
            match asked.path.as_str() {
                "/v1/business-units/b1/reviews" => Some(json!({ "reviews": [review] })),
                // It came after the list was read.
                "/v1/reviews/r7" => {
                    review["companyReply"] = json!({ "text": "We are on it, sorry", "createdAt": at(20) });
                    Some(review)
                }
                _ => None,
            }
        },
    },
    Thread {
        source: "bluesky",
        targets: "",
        account: "help.acme.example",
        site: |asked| {
            let view = |did: &str, handle: &str, parent: Option<&str>, minutes, text: &str| {
                let uri = |did: &str| format!("at://{did}/app.bsky.feed.post/1");
                let reply = parent
                    .map(|did| json!({ "parent": { "uri": uri(did) }, "root": { "uri": uri("did:a") } }));
                json!({ "uri": uri(did), "author": { "did": did, "handle": handle }, "indexedAt": at(minutes),
                        "record": { "text": text, "createdAt": at(minutes), "reply": reply } })
            };
            let anna = || view("did:a", "anna.example", None, 0, "acme by Maker is down");
            match asked.path.as_str() {
                "/xrpc/com.atproto.server.createSession" => Some(json!({ "accessJwt": "t" })),
                "/xrpc/app.bsky.feed.searchPosts" => Some(json!({ "posts": [anna()] })),
                "/xrpc/app.bsky.feed.getPostThread" => Some(json!({ "thread": { "post": anna(), "replies": [
                    { "post": view("did:b", "bert.example", Some("did:a"), 10, "Same here"), "replies": [] },
                    { "uri": "at://did:d/app.bsky.feed.post/1", "notFound": true },
                    { "post": view("did:c", "help.acme.example", Some("did:a"), 20, "We are on it, sorry") }] } })),
                _ => None,
            }
        },
    },
];

#[test]
fn an_answer_in_words_that_name_nobody_stops_the_clock_of_its_complaint() {
    for thread in THREADS {
        let source = thread.source;
        let place = Place::new(&format!(
            "[[source]]\nname = \"{source}\"\n{}\n\n[[brand]]\nid = \"maker\"\nname = \"Maker\"\nrole = \"own\"\n\
             accounts = {{ {source} = [\"{}\"] }}\n",
            thread.targets, thread.account
        ));
        let site = thread.site;
        let replay = Replay::start(move |asked| {
            site(asked).map_or_else(|| Reply::status(503), |value| Reply::ok(value.to_string()))
        });
        harvest(&place, &replay, &[]);
        from_the_beginning(&place, source);
        let report = harvest(&place, &replay, &[]);
        // Trustpilot has no third person in it.
        let posts = if source == "trustpilot" { 2 } else { 3 };
        assert_eq!(place.ids().len(), posts, "{source}: {report:#} {:?}", replay.asked());
        let told = responses(&place);
        assert_eq!(told["overall"]["median_seconds"], 1200.0, "{source}: {told:#}");
        assert_eq!(
            (&told["overall"]["pairs"], &told["overall"]["open"]),
            (&json!(1), &json!(0)),
            "{source}: {told:#}"
        );
        if source == "stackexchange" {
            // This site says in the answer itself what it still allows, and no more than the last answer is known.
            let told: Value =
                serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
            let told = told.as_array().unwrap().iter().find(|known| known["name"] == source).unwrap();
            assert_eq!(told["standing"]["quota_left"], 270, "{told:#}");
        }
    }
}
