//! Promise: a site that writes its answers in another way than it did is read all the same, to their end, and nothing of them is
//! dated, named or addressed wrongly.

use grouse::sources::{Answer, Ask, Page, Question, by_name};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::harvesting::{Place, jiff_now};
use crate::replay::{Asked, Replay, Reply, beside_live, open_socket};

/// What a source reads in an answer to its first page, at noon of the first of March 2026.
fn read_with(source: &str, place: &str, body: &[u8], headers: &[(&str, &str)]) -> Page {
    let question = Question { place: place.to_owned(), query: "acme".to_owned(), about: None };
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let ask = Ask { question: &question, since: None, mark: None, next: None, now };
    let headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = Answer { status: 200, headers: &headers, body };
    by_name(source).unwrap().parse(&ask, &answer).unwrap_or_else(|error| panic!("{source}: {error}"))
}

fn read(source: &str, place: &str, body: &Value) -> Page {
    read_with(source, place, body.to_string().as_bytes(), &[])
}

/// One post of each source, as plain as it may be, and its name.
#[expect(clippy::too_many_lines, reason = "one for each source")]
fn odd_answers() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let at = "2026-03-01T10:00:00Z";
    vec![
        (
            "hackernews",
            "",
            json!({ "hits": [{ "objectID": 7, "created_at_i": "1772359200", "author": null, "comment_text": "acme",
                "parent_id": "6", "points": "5", "num_comments": -1, "story_title": null }], "nbPages": null }),
            "hackernews:7",
        ),
        (
            "bluesky",
            "",
            json!({ "posts": [{ "uri": "at://did:plc:a/app.bsky.feed.post/r", "author": { "did": "did:plc:a",
                "handle": "a.example", "displayName": null, "labels": null }, "record": { "text": "acme", "createdAt": at,
                "langs": null, "labels": null, "reply": null }, "indexedAt": "soon", "likeCount": "3", "quoteCount": -1,
                "labels": null }], "cursor": null }),
            "bluesky:did:plc:a/r",
        ),
        (
            "mastodon",
            "a.example",
            json!([{ "id": 7, "uri": "https://a.example/users/ann/statuses/7", "url": null, "created_at": "2026-03-01T10:00:00",
                "content": "<p>acme</p>", "spoiler_text": null, "in_reply_to_id": null, "reblog": null, "replies_count": "4",
                "account": { "acct": "ann", "bot": null, "noindex": null, "followers_count": "12" } }]),
            "mastodon:a.example/7",
        ),
        (
            "reddit",
            "r/all",
            json!({ "kind": "Listing", "data": { "after": null, "children": [{ "kind": "t3", "data": { "name": "t3_7",
                "author": "ann", "created_utc": "1772359200.0", "title": "acme", "selftext": null, "edited": false, "score": null,
                "num_comments": "3", "upvote_ratio": "0.9" } }] } }),
            "reddit:t3_7",
        ),
        (
            "x",
            "",
            json!({ "data": [{ "id": 7, "text": "acme", "created_at": at, "author_id": 1, "referenced_tweets": null,
                "public_metrics": { "like_count": "3" }, "edit_history_tweet_ids": null }], "includes": { "users": null },
                "meta": { "result_count": "1", "newest_id": 7 } }),
            "x:7",
        ),
        (
            "stackexchange",
            "stackoverflow",
            json!({ "items": [{ "question_id": "7", "title": "acme", "creation_date": "1772359200", "tags": null,
                "owner": { "user_type": "does_not_exist", "display_name": "ann" }, "view_count": null }],
                "has_more": null, "quota_remaining": "250" }),
            "stackexchange:stackoverflow/7",
        ),
        (
            "github",
            "github.com",
            json!({ "total_count": "1", "incomplete_results": null, "items": [{ "number": "7", "title": "acme", "body": null,
                "html_url": "https://github.com/acme/app/issues/7", "created_at": at, "user": null, "comments": "3" }] }),
            "github:acme/app/issues/7",
        ),
        (
            "discourse",
            "a.example",
            json!({ "latest_posts": [{ "id": "9", "username": "ann", "created_at": at, "cooked": "<p>acme</p>",
                "post_number": "1", "topic_id": "7", "topic_slug": null, "reads": "3", "score": null, "hidden": null }] }),
            "discourse:a.example/t/7/1",
        ),
        (
            "lemmy",
            "a.example",
            json!({ "type_": "All", "comments": null, "posts": [{ "post": { "id": 7, "ap_id": "https://a.example/post/7",
                "name": "acme", "body": null, "published": "2026-03-01T10:00:00.123456", "deleted": null },
                "creator": { "actor_id": "https://a.example/u/ann", "bot_account": null }, "counts": { "score": "5" } }] }),
            "lemmy:a.example/post/7",
        ),
        (
            "youtube",
            "video:v",
            json!({ "items": [{ "id": "c", "snippet": { "topLevelComment": { "id": "c", "snippet": { "textDisplay": "acme",
                "publishedAt": at, "likeCount": "3", "authorChannelId": null } } } }], "nextPageToken": null }),
            "youtube:c",
        ),
        (
            "cfpb",
            "",
            json!({ "hits": { "total": 1, "hits": [{ "_source": { "complaint_id": 7, "company": "ACME", "tags": null,
                "date_received": "2026-03-01T12:00:00-05:00", "zip_code": 75201, "timely": null } }] } }),
            "cfpb:7",
        ),
        (
            "nhtsa",
            "acme/one/2021",
            json!({ "Count": 1, "Results": [{ "odiNumber": "7", "summary": "ACME", "dateComplaintFiled": null,
                "products": [{ "productMake": "ACME", "productYear": 2021 }], "crash": "Yes", "numberOfInjuries": "1" }] }),
            "nhtsa:7",
        ),
        (
            "trustpilot",
            "7",
            json!({ "links": [], "reviews": [{ "id": "a7", "stars": "1", "title": null, "text": "acme", "createdAt":
                "2026-03-01T10:00:00.000", "companyReply": null, "consumer": { "id": 5, "numberOfReviews": "2" } }] }),
            "trustpilot:a7",
        ),
        (
            "appstore",
            "us/1",
            json!({ "feed": { "entry": { "id": { "label": 7 }, "content": { "label": "acme" }, "title": null, "author": null,
                "im:rating": { "label": 1 }, "updated": null } } }),
            "appstore:7",
        ),
        (
            "rss",
            "https://a.example/feed",
            json!({ "version": "https://jsonfeed.org/version/1", "items": [{ "id": 7, "url": "https://a.example/7",
                "title": 2026, "content_text": "acme", "author": null, "authors": null }] }),
            "rss:a.example/feed#7",
        ),
    ]
}

#[test]
fn what_is_null_or_a_text_in_place_of_a_number_costs_no_post() {
    let answers = odd_answers();
    let sources: Vec<&str> = answers.iter().map(|(source, ..)| *source).collect();
    for source in grouse::sources::ALL {
        assert!(sources.contains(&source.about().name), "no odd answer of {}", source.about().name);
    }
    for (source, place, body, id) in answers {
        let page = read(source, place, &body);
        let ids: Vec<&str> = page.posts.iter().map(|post| post.id.as_str()).collect();
        assert_eq!((ids.as_slice(), page.rejects.as_slice()), ([id].as_slice(), [].as_slice()), "{source}");
        // Some programs mark how they write.
        let marked = [b"\xEF\xBB\xBF".as_slice(), body.to_string().as_bytes()].concat();
        assert_eq!(read_with(source, place, &marked, &[]).posts, page.posts, "{source}");
    }
}

#[test]
fn what_is_written_otherwise_says_the_same() {
    let answers = odd_answers();
    let post = |wanted: &str| {
        let (source, place, body, _) = answers.iter().find(|(source, ..)| *source == wanted).unwrap();
        read(source, place, body).posts.remove(0)
    };
    for source in
        ["hackernews", "bluesky", "mastodon", "reddit", "x", "stackexchange", "discourse", "trustpilot"]
    {
        assert_eq!(post(source).created, Some("2026-03-01T10:00:00Z".parse().unwrap()), "{source}");
    }
    assert_eq!((post("appstore").rating, post("trustpilot").rating), (Some(1.0), Some(1.0)));
    assert_eq!(post("mastodon").reach, Some(12));
    let vehicle = post("nhtsa").attributes;
    assert_eq!((vehicle["vehicle"].as_str(), vehicle["crash"].as_str()), ("ACME 2021", "true"));
}

#[test]
fn who_has_no_name_at_the_moment_is_found_by_what_stays() {
    let view = |handle: &str| {
        let body = json!({ "posts": [{ "uri": "at://did:plc:a/app.bsky.feed.post/r", "author": { "did": "did:plc:a",
            "handle": handle }, "record": { "text": "acme" }, "indexedAt": "2026-03-01T10:00:00Z" }] });
        let post = read("bluesky", "", &body).posts.remove(0);
        (post.url.unwrap(), post.attributes.get("account").cloned())
    };
    let named = ("https://bsky.app/profile/a.example/post/r".to_owned(), Some("a.example".to_owned()));
    assert_eq!(view("a.example"), named);
    assert_eq!(view("handle.invalid"), ("https://bsky.app/profile/did:plc:a/post/r".to_owned(), None));
}

/// A page may have fewer items than were asked for, and not be the last: each site says so in its own way.
#[test]
fn a_short_page_is_the_last_only_where_the_site_says_nothing_else() {
    let hits = |more: &Value| {
        let mut body =
            json!({ "hits": [{ "objectID": "7", "created_at_i": 1_772_359_200, "comment_text": "acme" }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read("hackernews", "", &body).next
    };
    assert_eq!(hits(&json!({ "hitsPerPage": 1000, "nbPages": 1 })), None);
    assert_eq!(hits(&json!({ "hitsPerPage": 1 })).as_deref(), Some("1772359200"));
    assert_eq!(hits(&json!({ "nbPages": 2 })).as_deref(), Some("1772359200"));

    let issues = json!({ "items": [{ "number": 7, "title": "acme", "html_url": "https://github.com/acme/app/issues/7",
        "created_at": "2026-03-01T10:00:00Z" }] });
    let issues = |links: &str| {
        read_with("github", "github.com", issues.to_string().as_bytes(), &[("link", links)]).next
    };
    assert_eq!(
        issues("<https://api.github.com/a>; rel=\"prev\", <https://api.github.com/b>; rel=\"first\""),
        None
    );
    let links = "<https://api.github.com/a>; rel=\"next\", <https://api.github.com/b>; rel=\"last\"";
    assert_eq!(issues(links).as_deref(), Some("2026-03-01T10:00:00Z"));

    let complaints = |total: Value| {
        let hit = json!({ "_source": { "complaint_id": "7", "company": "ACME", "date_received": "2026-03-01" },
            "sort": [1_772_359_200_000_i64, 7] });
        read("cfpb", "", &json!({ "hits": { "total": total, "hits": [hit] } })).next
    };
    assert_eq!(complaints(json!({ "value": 1, "relation": "eq" })), None);
    assert_eq!(complaints(json!({ "value": 2, "relation": "eq" })).as_deref(), Some("100|1772359200000_7"));
    assert_eq!(complaints(json!(2)).as_deref(), Some("100|1772359200000_7"));

    let reviews = |last: u32| {
        let last =
            format!("https://itunes.apple.com/us/rss/customerreviews/page={last}/id=1/sortby=mostrecent/xml");
        let links = json!([{ "attributes": { "rel": "last", "href": last } }]);
        let review =
            json!({ "id": { "label": "7" }, "content": { "label": "acme" }, "im:rating": { "label": "1" } });
        read("appstore", "us/1", &json!({ "feed": { "entry": [review], "link": links } })).next
    };
    assert_eq!((reviews(1), reviews(3)), (None, Some("2".to_owned())));

    let review = json!({ "id": "a7", "stars": 1, "createdAt": "2026-03-01T10:00:00Z" });
    let reviews = |rel: &str| {
        let link = json!({ "rel": rel, "href": "https://api.trustpilot.com/v1/a", "method": "GET" });
        read("trustpilot", "7", &json!({ "links": [link], "reviews": [review] })).next
    };
    assert_eq!((reviews("previous-page"), reviews("next-page")), (None, Some("100".to_owned())));
}

/// A moment as sites write it, so many minutes ago.
fn ago(minutes: i64) -> String {
    (jiff_now() - jiff::SignedDuration::from_mins(minutes)).to_string()
}

/// Numbers grow, and dates need not: what was moved to a forum, or came late to an instance, has its old date.
#[test]
fn an_old_post_among_new_ones_ends_no_walk() {
    let place = Place::new(
        "[[source]]\nname = \"discourse\"\ntargets = [\"forum.example = acme\"]\n\
         [[source]]\nname = \"mastodon\"\ntargets = [\"a.example\"]\n",
    );
    let created =
        |number: u64| if number == 95 { ago(60 * 24 * 900) } else { ago(200 - number.cast_signed()) };
    let replay = Replay::start(move |asked: &Asked| match (asked.host.as_str(), asked.path.as_str()) {
        ("forum.example", "/posts.json") => {
            let before = asked.query.get("before").map_or(100, |before| before.parse::<u64>().unwrap());
            let posts = (1..=before).rev().take(20).map(|number| {
                json!({ "id": number, "username": "ann", "created_at": created(number), "cooked": "acme is late",
                    "post_number": 1, "topic_id": number })
            });
            Reply::ok(json!({ "latest_posts": posts.collect::<Vec<_>>() }).to_string())
        }
        ("a.example", "/api/v1/timelines/tag/acme") => {
            let before = asked.query.get("max_id").map_or(101, |before| before.parse::<u64>().unwrap());
            let posts = (1..before).rev().take(20).map(|number| {
                json!({ "id": number.to_string(), "uri": format!("https://a.example/users/ann/statuses/{number}"),
                    "created_at": created(number), "content": "acme is late", "account": { "acct": "ann" } })
            });
            Reply::ok(Value::Array(posts.collect()).to_string())
        }
        _ => Reply::status(404),
    });
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["new"], place.ids().len()), (&json!(200), 200), "{report}");
}

/// A site that takes no notice of where it is asked to go on would be asked for ever, and shows nothing of what is older.
#[test]
fn pages_that_lead_in_a_circle_are_told_and_left() {
    let keys = [
        ("GROUSE_BLUESKY_HANDLE", "ann"),
        ("GROUSE_BLUESKY_PASSWORD", "secret"),
        ("GROUSE_TRUSTPILOT_KEY", "secret"),
        ("GROUSE_YOUTUBE_KEY", "secret"),
    ];
    let place = Place::new(
        "[[source]]\nname = \"bluesky\"\n[[source]]\nname = \"trustpilot\"\ntargets = [\"46d6a890000064000500e0c3\"]\n\
         [[source]]\nname = \"youtube\"\ntargets = [\"video:v\"]\n",
    );
    let replay = Replay::start(|asked: &Asked| {
        let comment = |id: &str| {
            json!({ "snippet": { "topLevelComment": { "id": id, "snippet": { "textDisplay": "acme is late",
                "publishedAt": ago(5) } } } })
        };
        match asked.path.as_str() {
            "/xrpc/com.atproto.server.createSession" => Reply::ok("{\"accessJwt\": \"t\"}"),
            // From one to the other and back.
            "/xrpc/app.bsky.feed.searchPosts" => {
                let next = if asked.get("cursor") == "a" { "b" } else { "a" };
                let view = json!({ "uri": format!("at://did:plc:a/app.bsky.feed.post/{}{next}", asked.get("cursor")), "indexedAt": ago(5),
                    "author": { "did": "did:plc:a", "handle": "a.example" }, "record": { "text": "acme is late" } });
                Reply::ok(json!({ "posts": [view], "cursor": next }).to_string())
            }
            // The same page, whatever number is asked for.
            "/v1/business-units/46d6a890000064000500e0c3/reviews" => {
                let reviews = (0..100).map(|number: i64| {
                    json!({ "id": format!("a{number}"), "stars": 1, "text": "acme is late", "createdAt": ago(number) })
                });
                Reply::ok(json!({ "reviews": reviews.collect::<Vec<_>>() }).to_string())
            }
            // The same page, and from there to itself: some sites end so.
            "/youtube/v3/commentThreads" => {
                Reply::ok(json!({ "items": [comment("c")], "nextPageToken": "more" }).to_string())
            }
            _ => Reply::status(403),
        }
    });
    let mut command = place.command(&replay, &["--json"]);
    let output = command.envs(keys).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["new"], 3 + 100 + 1, "{report}");
    assert!(replay.asked().len() < 30, "{}", replay.asked().len());
    let streams = place.state().streams().unwrap();
    let told = |source: &str| -> Vec<String> {
        let of = streams.iter().filter(|(stream, ..)| stream.source.as_str() == source);
        of.filter(|(stream, ..)| stream.place != "live" && !stream.place.starts_with('!'))
            .filter_map(|(_, _, standing)| standing.why.clone())
            .filter(|why| why.contains("lead back"))
            .collect()
    };
    assert_eq!(
        (told("bluesky").len(), told("trustpilot").len(), told("youtube").len()),
        (3, 1, 0),
        "{streams:?}"
    );
    // What could not be reached is a gap.
    let covered = place.state().covered(None).unwrap();
    let short = |source: &str| covered.iter().filter(|(stream, ..)| stream.source.as_str() == source).count();
    assert_eq!((short("bluesky"), short("youtube")), (3, 1), "{covered:?}");
}

/// A look at what is had is a stranger's, as the search for it was; a token is shown where strangers are shown less.
#[test]
fn looks_at_posts_show_a_token_only_where_it_is_needed() {
    let place =
        Place::new("[[source]]\nname = \"mastodon\"\ntargets = [\"open.example\", \"shut.example\"]\n");
    let status = |host: &str, number: u64, parent: Option<&str>| {
        json!({ "id": number.to_string(), "uri": format!("https://{host}/users/ann/statuses/{number}"), "created_at": ago(180),
            "content": "acme is late", "in_reply_to_id": parent, "account": { "acct": "ann" } })
    };
    let replay = Replay::start(move |asked: &Asked| {
        let (host, is_member) = (asked.host.as_str(), asked.headers.contains_key("authorization"));
        if host == "shut.example" && !is_member {
            return Reply { status: 401, ..Reply::ok("{\"error\": \"The access token is invalid\"}") };
        }
        match asked.path.as_str() {
            "/api/v1/timelines/tag/acme" if asked.query.contains_key("max_id") => Reply::ok("[]"),
            "/api/v1/timelines/tag/acme" => Reply::ok(json!([status(host, 7, None)]).to_string()),
            "/api/v1/statuses/7" => Reply::ok(status(host, 7, None).to_string()),
            "/api/v1/statuses/7/context" => {
                let most = if is_member { 70 } else { 60 };
                let below: Vec<Value> =
                    (0..most).map(|number| status(host, 100 + number, Some("7"))).collect();
                Reply::ok(json!({ "ancestors": [], "descendants": below }).to_string())
            }
            _ => Reply::status(404),
        }
    });
    for _ in 0..2 {
        let mut command = place.command(&replay, &["--json"]);
        let output = command.env("GROUSE_MASTODON_TOKEN", "t@open.example t@shut.example").output().unwrap();
        assert!(output.status.success(), "{}", crate::common::errors(&output));
    }
    let asked = replay.asked();
    let signed = |host: &str, end: &str| -> Vec<bool> {
        let asked = asked.iter().filter(|asked| asked.host == host && asked.path.ends_with(end));
        asked.map(|asked| asked.headers.contains_key("authorization")).collect()
    };
    assert_eq!(signed("open.example", "/statuses/7").first(), Some(&false), "{asked:?}");
    assert!(signed("open.example", "/statuses/7").iter().all(|signed| !signed), "{asked:?}");
    assert_eq!(signed("shut.example", "/statuses/7").get(..2), Some([false, true].as_slice()), "{asked:?}");
    // All that strangers are shown came, and there may be more.
    assert_eq!(signed("open.example", "/context").get(..2), Some([false, true].as_slice()), "{asked:?}");
    assert_eq!(place.ids().len(), 2 * 71);
}

fn feed(place: &str, body: &str) -> Vec<(String, Option<String>)> {
    let page = read_with("rss", place, body.as_bytes(), &[]);
    assert_eq!(page.rejects, [], "{body}");
    page.posts.into_iter().map(|post| (post.id.to_string(), post.url)).collect()
}

#[test]
fn an_address_in_a_feed_is_seen_from_where_the_feed_says() {
    let url = |body: &str| feed("https://a.example/news/feed.xml?x=1", body).remove(0).1.unwrap();
    let atom = |feed: &str, entry: &str, link: &str| {
        url(&format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" {feed}><title>T</title><entry {entry}><id>tag:a,1</id>\
             <title>acme</title>{link}</entry></feed>"
        ))
    };
    let base = "xml:base=\"https://b.example/x/\"";
    for (feed, entry, link, expect) in [
        ("", "", "<link href=\"7\"/>", "https://a.example/news/7"),
        (base, "", "<link href=\"7\"/>", "https://b.example/x/7"),
        (base, "xml:base=\"y/\"", "<link href=\"7\"/>", "https://b.example/x/y/7"),
        (
            base,
            "xml:base=\"/z/\"",
            "<link xml:base=\"w/\" href=\"../7?a=b#c\"/>",
            "https://b.example/z/7?a=b#c",
        ),
        ("", "", "<link href=\"//c.example/7\"/>", "https://c.example/7"),
        (
            "",
            "",
            "<link href=\"/share?of=https://d.example/\"/>",
            "https://a.example/share?of=https://d.example/",
        ),
        ("", "", "<link href=\"?p=7\"/>", "https://a.example/news/feed.xml?p=7"),
        ("", "", "<link href=\"./../7/.\"/>", "https://a.example/7/"),
        ("", "", "<link href=\"https://e.example/7\"/>", "https://e.example/7"),
        // What stands deeper is another's.
        (
            "",
            "",
            "<author><name>Ann</name><link href=\"https://f.example/ann\"/></author>\
             <source><id>tag:f,1</id><link href=\"https://f.example/\"/></source><link href=\"/7\"/>",
            "https://a.example/7",
        ),
    ] {
        assert_eq!(atom(feed, entry, link), expect, "{feed} {entry} {link}");
    }
    let rss = |item: &str| {
        let body = format!(
            "<rss version=\"2.0\"><channel {base}><title>T</title><item><title>acme</title>{item}</item></channel></rss>"
        );
        feed("https://a.example/feed", &body).remove(0).1
    };
    assert_eq!(rss("<link>7</link>").as_deref(), Some("https://b.example/x/7"));
    // A name that is an address is one, where it does not say that it is none.
    assert_eq!(rss("<guid>https://a.example/?p=7</guid>").as_deref(), Some("https://a.example/?p=7"));
    assert_eq!(
        rss("<guid isPermaLink=\"true\">https://a.example/7</guid>").as_deref(),
        Some("https://a.example/7")
    );
    assert_eq!(rss("<guid isPermaLink=\"false\">https://a.example/7</guid>"), None);
    assert_eq!(rss("<guid>7</guid>"), None);
    let both = "<guid>https://a.example/?p=7</guid><link>https://a.example/seven</link>";
    assert_eq!(rss(both).as_deref(), Some("https://a.example/seven"));
}

#[test]
fn words_of_a_feed_that_are_no_markup_stay_as_they_are() {
    let body = json!({ "version": "https://jsonfeed.org/version/1.1", "items": [
        { "id": "1", "content_text": " if a <b and c> d, acme &amp; co " },
        { "id": "2", "content_html": "<p>acme &amp; co</p>", "content_text": "other" },
        { "id": "3", "summary": "acme" } ] });
    let texts: Vec<String> =
        read("rss", "https://a.example/feed", &body).posts.into_iter().map(|post| post.text).collect();
    assert_eq!(texts, ["if a <b and c> d, acme &amp; co", "acme & co", "acme"]);
}

#[test]
fn a_date_in_a_feed_is_in_the_zone_that_it_names() {
    let created = |date: &str| {
        let body = format!(
            "<rss><channel><title>T</title><item><title>acme</title><pubDate>{date}</pubDate></item></channel></rss>"
        );
        read_with("rss", "https://a.example/feed", body.as_bytes(), &[]).posts.remove(0).created
    };
    for (date, expect) in [
        ("Sun, 01 Mar 2026 10:00:00 CET", "2026-03-01T09:00:00Z"),
        ("Wed, 01 Jul 2026 10:00:00 CEST", "2026-07-01T08:00:00Z"),
        ("2026-07-01 10:00:00 MESZ", "2026-07-01T08:00:00Z"),
        ("Sun, 01 Mar 2026 10:00:00 EST", "2026-03-01T15:00:00Z"),
        ("Sun, 01 Mar 2026 10:00:00 GMT+0200", "2026-03-01T08:00:00Z"),
    ] {
        assert_eq!(created(date), Some(expect.parse().unwrap()), "{date}");
    }
}

/// What a site failed to say is no wish to be left alone.
#[test]
fn robots_rules_that_cannot_be_had_are_told_as_that() {
    let place = Place::new("[[source]]\nname = \"rss\"\ntargets = [\"https://a.example/feed = acme\"]\n");
    let replay = Replay::start(|_: &Asked| Reply::status(500));
    let report = place.harvest(&replay, &[]);
    let source = &report["sources"][0];
    let why = "a.example failed when it was asked for its robots rules";
    assert_eq!((source["health"].as_str(), source["why"].as_str()), (Some("late"), Some(why)), "{report}");
    assert!(replay.asked().iter().all(|asked| asked.path == "/robots.txt"));
}

/// A stream that the site ends for a fault has not told all that it had.
#[test]
fn a_stream_that_is_closed_for_a_fault_is_told() {
    for (code, health) in [(None, "ok"), (Some(1000_u16), "ok"), (Some(1008), "late"), (Some(1011), "late")] {
        let place = Place::new("[[source]]\nname = \"bluesky\"\n");
        let replay = Replay::start(move |asked: &Asked| {
            if asked.host != "jetstream2.us-east.bsky.network" {
                return beside_live(asked);
            }
            let mut reply = open_socket(asked, &[]);
            match code {
                Some(code) => reply.body.extend([&[0x88, 2], code.to_be_bytes().as_slice()].concat()),
                None => reply.body.extend([0x88, 0]),
            }
            reply
        });
        place.harvest(&replay, &[]);
        let streams = place.state().streams().unwrap();
        let live = streams.iter().find(|(stream, ..)| stream.place == "live");
        let told = live.map_or("ok", |(_, _, standing)| standing.health.as_str());
        assert_eq!(told, health, "{code:?}");
    }
}

/// Some sites say by another status that a key is none of theirs.
#[test]
fn a_key_that_is_not_taken_is_told_by_whatever_status_it_comes() {
    for (source, status, body) in [
        ("youtube", 400, "{\"error\": {\"code\": 400, \"errors\": [{\"reason\": \"keyInvalid\"}]}}"),
        ("bluesky", 400, "{\"error\": \"ExpiredToken\", \"message\": \"Token has expired\"}"),
    ] {
        let targets = if source == "youtube" { "targets = [\"video:v\"]" } else { "" };
        let place = Place::new(&format!("[[source]]\nname = \"{source}\"\n{targets}\n"));
        let replay = Replay::start(move |asked: &Asked| match asked.path.as_str() {
            "/xrpc/com.atproto.server.createSession" => Reply::ok("{\"accessJwt\": \"t\"}"),
            "/subscribe" => Reply::status(404),
            _ => Reply { status, ..Reply::ok(body) },
        });
        let keys = [
            ("GROUSE_BLUESKY_HANDLE", "ann"),
            ("GROUSE_BLUESKY_PASSWORD", "secret"),
            ("GROUSE_YOUTUBE_KEY", "secret"),
        ];
        let mut command = place.command(&replay, &["--json"]);
        command.envs(keys).output().unwrap();
        let health = place.health();
        let is_told = |(health, why): &(grouse::state::Health, Option<String>)| {
            *health == grouse::state::Health::NoCredentials
                && why.as_ref().is_some_and(|why| why.ends_with(" did not take the credentials"))
        };
        assert!(health.iter().any(is_told), "{source}: {health:?}");
    }
}

/// A feed says how long it holds, in three ways, and is not asked for again before.
#[test]
fn a_feed_is_left_alone_for_as_long_as_it_says() {
    let rest = |channel: &str, cache: &str| {
        let body = format!(
            "<rss xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel><title>T</title>{channel}</channel></rss>"
        );
        let page = read_with("rss", "https://a.example/feed", body.as_bytes(), &[("cache-control", cache)]);
        page.rest.map(|rest| rest.as_secs() / 60)
    };
    assert_eq!(rest("", ""), None);
    assert_eq!(rest("<ttl> 90 </ttl>", "no-cache"), Some(90));
    assert_eq!(rest("", "public, max-age=7200"), Some(120));
    assert_eq!(rest("<ttl>90</ttl>", "max-age=600"), Some(90));
    let twice = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>";
    assert_eq!(rest(twice, ""), Some(12 * 60));
    assert_eq!(rest("<ttl>soon</ttl><sy:updatePeriod>often</sy:updatePeriod>", "max-age=x"), None);

    let place = Place::new("[[source]]\nname = \"rss\"\ntargets = [\"https://a.example/feed = acme\"]\n");
    let replay = Replay::start(|asked: &Asked| match asked.path.as_str() {
        "/feed" => Reply::ok("<rss><channel><title>T</title><ttl>240</ttl></channel></rss>"),
        _ => Reply::status(404),
    });
    place.harvest(&replay, &[]);
    let streams = place.state().streams().unwrap();
    let (_, _, standing) = streams.iter().find(|(stream, ..)| stream.place.starts_with("https")).unwrap();
    let wait = standing.due.unwrap().duration_since(standing.asked.unwrap());
    assert_eq!(wait.as_hours(), 4, "{standing:?}");
}

/// A search that ended early shows less than there is, with status 200.
#[test]
fn a_search_that_was_not_complete_is_no_answer() {
    let parse = |timed_out: Value| {
        let hit =
            json!({ "_source": { "complaint_id": "7", "company": "ACME", "date_received": "2026-03-01" } });
        let body = json!({ "timed_out": timed_out, "hits": { "hits": [hit] } }).to_string();
        let question = Question { place: String::new(), query: "acme".to_owned(), about: None };
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        let ask = Ask { question: &question, since: None, mark: None, next: None, now };
        by_name("cfpb").unwrap().parse(&ask, &Answer::ok(body.as_bytes())).map(|page| page.posts.len())
    };
    assert_eq!((parse(json!(false)), parse(json!(null))), (Ok(1), Ok(1)));
    let refused = parse(json!(true)).unwrap_err().to_string();
    assert_eq!(refused, "the site refused: the search ended before it was complete");
}

/// What a writer took out of a forum stands there for a day, in the forum's words.
#[test]
fn what_is_withdrawn_from_a_forum_is_gone() {
    let read = |cooked: &str| {
        let post = json!({ "id": 9, "username": "ann", "created_at": "2026-03-01T10:00:00Z", "cooked": cooked, "post_number": 2,
            "topic_id": 7 });
        let page = read("discourse", "a.example", &json!({ "latest_posts": [post] }));
        (page.posts.len(), page.deleted.len(), page.rejects.len())
    };
    assert_eq!(read("<p>acme (post deleted by author)</p>"), (1, 0, 0));
    assert_eq!(read("<p>(post deleted by author)</p>"), (0, 1, 0));
    let withdrawn =
        "<p>(post withdrawn by author, will be automatically deleted in 24 hours unless flagged)</p>";
    assert_eq!(read(withdrawn), (0, 1, 0));
}

/// Who opens no stream and says for how long is left alone for so long, as by any other request.
#[tokio::test]
async fn a_site_that_opens_no_stream_now_is_left_alone() {
    use grouse::net::{Client, NetConfig, NetError};
    let replay = Replay::start(|_: &Asked| Reply::status(429).header("retry-after", "3600"));
    let config = NetConfig { test_server: Some(replay.address), ..NetConfig::new("desk@acme.example") };
    let client = Client::new(config, jiff_now, || 0.5).unwrap();
    let refused = client.subscribe("wss://a.example/stream").await.unwrap_err();
    assert_eq!(refused, NetError::Refused { host: "a.example".to_owned(), status: 429 });
    let waits = client.subscribe("wss://a.example/stream").await.unwrap_err();
    assert!(matches!(waits, NetError::Wait { wait, .. } if wait.as_secs() > 3500), "{waits:?}");
    assert_eq!(replay.asked().len(), 1);
}
