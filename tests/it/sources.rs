//! Promise: every site is held to one contract. It reads its answers, survives rubbish, and a broken item costs itself.
//!
//! The answers are genuine ones that were recorded, in a folder that is no part of the project; where it is absent those
//! tests say so and are skipped. Of a new site one answer in `tests/fixtures/`, in a folder named as the site, is enough; a
//! line of [`RECORDED`] says more exactly what must be read in a file.

use std::collections::BTreeSet;

use grouse::sources::{
    ALL, About, Answer, Ask, Asks, Auth, Page, ParseError, Places, Question, Source, by_name,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::recordings::{Exchange, recordings};

/// Answers of a file that one site must read, and what comes of them.
#[derive(Clone, Copy)]
struct Recorded {
    source: &'static str,
    file: &'static str,
    /// What the address holds, of the answers that are meant.
    address: &'static str,
    place: &'static str,
    answers: usize,
    posts: usize,
    /// Of which so many have an id of their own.
    distinct: usize,
}

/// In place of a number: as many as there are, which are several posts, each of its own id.
const SEVERAL: usize = usize::MAX;

const RECORDED: &[Recorded] = &[
    Recorded {
        source: "hackernews",
        file: "hackernews/recorded/algolia_fixtures.json",
        address: "/search",
        place: "",
        answers: 24,
        posts: 24,
        distinct: 18,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/handle_params_max_id.json",
        address: "/timelines/tag/",
        place: "mastodon.social",
        answers: 4,
        // Of 160, two are by people who do not want to be listed.
        posts: 158,
        distinct: 158,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/get_timeline_hashtag_default.json",
        address: "/timelines/tag/",
        place: "fosstodon.org",
        answers: 1,
        posts: 5,
        distinct: 5,
    },
    Recorded {
        source: "mastodon",
        file: "mastodon/recorded/get_timeline_hashtag_instance.json",
        address: "/timelines/tag/",
        place: "mastodon.social",
        answers: 1,
        posts: 5,
        distinct: 5,
    },
    Recorded {
        source: "appstore",
        file: "appstore/recorded/webster_bank_us__reviews.json",
        address: "",
        place: "us/1",
        answers: 1,
        posts: 50,
        distinct: 50,
    },
    Recorded {
        source: "appstore",
        file: "appstore/recorded/viber_al_2018__382617920.json",
        address: "",
        place: "al/382617920",
        answers: 1,
        posts: 50,
        distinct: 50,
    },
    Recorded {
        source: "stackexchange",
        file: "stackexchange/recorded/saintaze__mockQuestions.json",
        address: "",
        place: "stackoverflow",
        answers: 1,
        posts: 100,
        distinct: 100,
    },
    Recorded {
        source: "stackexchange",
        file: "stackexchange/recorded/perceval__stackexchange_question_page.json",
        address: "",
        place: "stackoverflow",
        answers: 1,
        posts: 2,
        distinct: 1,
    },
    Recorded {
        source: "github",
        file: "github/recorded/Search.testSearchIssues.json",
        address: "/search/issues",
        place: "github.com",
        answers: 1,
        // Of 30, 19 are changes and no issues.
        posts: 11,
        distinct: 11,
    },
    Recorded {
        source: "discourse",
        file: "discourse/recorded/gem__posts_latest.json",
        address: "",
        place: "a.example",
        answers: 1,
        posts: 4,
        distinct: 4,
    },
    Recorded {
        source: "discourse",
        file: "discourse/recorded/perceval__discourse_topic_1148.json",
        address: "",
        place: "a.example",
        answers: 1,
        posts: 20,
        distinct: 20,
    },
    Recorded {
        source: "discourse",
        file: "discourse/recorded/perceval__discourse_topic_1149.json",
        address: "",
        place: "a.example",
        answers: 1,
        posts: 2,
        distinct: 2,
    },
    Recorded {
        source: "lemmy",
        file: "lemmy/recorded/lemmy_world_0.19_post_list.json",
        address: "/post/list",
        place: "lemmy.world",
        answers: 1,
        posts: 1,
        distinct: 1,
    },
    Recorded {
        source: "youtube",
        file: "youtube/recorded/comment_threads_comment_threads_by_channel.json",
        address: "",
        place: "UC1",
        answers: 1,
        posts: 2,
        distinct: 2,
    },
    Recorded {
        source: "youtube",
        file: "youtube/recorded/comment_threads_comment_threads_multi.json",
        address: "",
        place: "UC1",
        answers: 1,
        posts: 2,
        distinct: 2,
    },
    Recorded {
        source: "youtube",
        file: "youtube/recorded/comments_comments_by_parent_paged_1.json",
        address: "",
        place: "UC1",
        answers: 1,
        posts: 2,
        distinct: 2,
    },
    Recorded {
        source: "cfpb",
        file: "cfpb/recorded/cypress__fixtures__list__get-next-complaints.json",
        address: "",
        place: "",
        answers: 1,
        posts: 10,
        distinct: 10,
    },
    Recorded {
        source: "cfpb",
        file: "cfpb/recorded/cypress__fixtures__document__get-results.json",
        address: "",
        place: "",
        answers: 1,
        posts: 10,
        distinct: 10,
    },
    Recorded {
        source: "cfpb",
        file: "cfpb/recorded/cypress__fixtures__document__get-detail.json",
        address: "",
        place: "",
        answers: 1,
        posts: 1,
        distinct: 1,
    },
    Recorded {
        source: "nhtsa",
        file: "nhtsa/recorded/complaintsByVehicle__jeep_wrangler_2018.json",
        address: "",
        place: "jeep/wrangler/2018",
        answers: 1,
        posts: 1616,
        distinct: 1616,
    },
    Recorded {
        source: "nhtsa",
        file: "nhtsa/recorded/complaintsByVehicle__jeep_wrangler_2021.json",
        address: "",
        place: "jeep/wrangler/2021",
        answers: 1,
        posts: 651,
        distinct: 651,
    },
    Recorded {
        source: "nhtsa",
        file: "nhtsa/recorded/complaintsByVehicle__jeep_wrangler_2024.json",
        address: "",
        place: "jeep/wrangler/2024",
        answers: 1,
        posts: 0,
        distinct: 0,
    },
    Recorded {
        source: "reddit",
        file: "reddit/recorded/TestSubreddit.test_search.json",
        address: "/search",
        place: "r/all",
        answers: 1,
        posts: 6,
        distinct: 6,
    },
    Recorded {
        source: "reddit",
        file: "reddit/recorded/TestCommentForest.test_replace__all.json",
        address: "/comments/",
        place: "r/all",
        answers: 7,
        posts: 490,
        distinct: 479,
    },
    Recorded {
        source: "reddit",
        file: "reddit/recorded/TestComment.test_refresh__deleted_comment.json",
        address: "/comments/",
        place: "r/all",
        answers: 1,
        posts: 1,
        distinct: 1,
    },
    Recorded {
        source: "reddit",
        file: "reddit/recorded/TestDomainListing.test_new.json",
        address: "/new",
        place: "r/all",
        answers: 1,
        posts: 100,
        distinct: 100,
    },
    Recorded {
        source: "x",
        file: "x/recorded/atR__tweets_search_all-942491.json",
        address: "/search/",
        place: "",
        answers: 1,
        posts: 206,
        distinct: 206,
    },
    Recorded {
        source: "x",
        file: "x/recorded/atR__tweets_search_all-c49a55.json",
        address: "/search/",
        place: "",
        answers: 1,
        posts: 4,
        distinct: 4,
    },
    Recorded {
        source: "x",
        file: "x/recorded/atR__tweets_search_all-b87962.json",
        address: "/search/",
        place: "",
        answers: 1,
        posts: 0,
        distinct: 0,
    },
    Recorded {
        source: "x",
        file: "x/recorded/test_asyncclient_search_recent_tweets.json",
        address: "/search/",
        place: "",
        answers: 1,
        posts: 10,
        distinct: 10,
    },
    Recorded {
        source: "bluesky",
        file: "bluesky/recorded/f_search.json",
        address: "searchPosts",
        place: "",
        answers: 1,
        posts: 21,
        distinct: 21,
    },
    Recorded {
        source: "bluesky",
        file: "bluesky/recorded/jetstream/corpus__expected_v1.jsonl",
        address: "",
        place: "live",
        answers: 1,
        posts: 8,
        distinct: 8,
    },
    Recorded {
        source: "bluesky",
        file: "bluesky/recorded/jetstream/subscribe__golden_v1.jsonl",
        address: "",
        place: "live",
        answers: 1,
        posts: 1,
        distinct: 1,
    },
    // No genuine answer could be had: this one is ours, after the contract.
    Recorded {
        source: "trustpilot",
        file: "fixtures/trustpilot/reviews.json",
        address: "",
        place: "b1",
        answers: 1,
        posts: 3,
        distinct: 3,
    },
    Recorded {
        source: "rss",
        file: "rss/recorded/feed-rs/atom__atom_mediarss_reddit_1.xml",
        address: "",
        place: "https://a.example/feed",
        answers: 1,
        posts: 25,
        distinct: 25,
    },
    Recorded {
        source: "rss",
        file: "rss/recorded/feed-rs/jsonfeed__jsonfeed_example_1.json",
        address: "",
        place: "https://a.example/feed",
        answers: 1,
        posts: 2,
        distinct: 2,
    },
];

/// All answers that must be read: those of the table, and what lies in the folder of a site.
fn all() -> Vec<Recorded> {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let own = ALL.iter().flat_map(|source| {
        let name = source.about().name;
        let files = std::fs::read_dir(fixtures.join(name)).into_iter().flatten();
        files.map(move |file| {
            let file = format!("fixtures/{name}/{}", file.unwrap().file_name().display());
            let file: &'static str = file.leak();
            let (answers, posts, distinct) = (SEVERAL, SEVERAL, SEVERAL);
            Recorded { source: name, file, address: "", place: "a.example", answers, posts, distinct }
        })
    });
    let is_new = |own: &Recorded| RECORDED.iter().all(|recorded| recorded.file != own.file);
    RECORDED.iter().copied().chain(own.filter(is_new)).collect()
}

/// Answers of a time, or to a question, without dates.
const UNDATED: [&str; 3] = [
    "appstore/recorded/webster_bank_us__reviews.json",
    "appstore/recorded/viber_al_2018__382617920.json",
    "x/recorded/test_asyncclient_search_recent_tweets.json",
];

/// Recorded feeds that have another number of items than one; counted by their tags.
const FEEDS: &[(&str, usize)] = &[
    ("atom__atom_example_2.xml", 2),
    ("atom__atom_example_6.xml", 4),
    ("atom__atom_mediarss_reddit_1.xml", 25),
    ("jsonfeed__jsonfeed_example_1.json", 2),
    ("rss0__rss_0.91_spec_1.xml", 2),
    ("rss0__rss_0.92_spec_1.xml", 3),
    ("rss1__rss_1.0_spec_1.xml", 2),
    ("rss2__rss_2.0_relurl_1.xml", 2),
    ("rss2__rss_2.0_spec_1.xml", 2),
];

/// What is no feed: a single entry without one, and another kind of XML.
const NO_FEEDS: [&str; 2] = ["atom__atom_entry_1.xml", "xml__xml_sample_1.xml"];

#[test]
fn feeds_of_all_versions_are_read() {
    let Some(folder) = crate::recordings::folder() else { return };
    let folder = folder.join("rss/recorded/feed-rs");
    let rss = by_name("rss").unwrap();
    let (mut read, mut dated, mut linked, mut wrong) = (0, 0, 0, Vec::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let page = parse(rss, "https://a.example/feeds/all.xml", &Answer::ok(&std::fs::read(&path).unwrap()));
        if NO_FEEDS.contains(&name.as_str()) {
            assert!(page.is_err(), "{name}");
            continue;
        }
        let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = FEEDS.iter().find(|(file, _)| *file == name).map_or(1, |(_, count)| *count);
        if page.posts.len() != expected || !page.rejects.is_empty() {
            wrong.push(format!("{name}: {} of {expected}, {:?}", page.posts.len(), page.rejects));
        }
        read += page.posts.len();
        dated += page.posts.iter().filter(|post| post.created.is_some()).count();
        linked +=
            page.posts.iter().filter(|post| post.url.as_ref().is_some_and(|url| url.contains("://"))).count();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Counted by their tags: nine items have no date, and other nine no address, of which two are named by one.
    assert_eq!((read, dated, linked), (82, 73, 75));
}

/// An app that has ten pages of reviews has reviews, whatever a feed without them says.
#[test]
fn a_feed_of_the_app_store_without_reviews_is_believed_where_it_says_so_itself() {
    let appstore = by_name("appstore").unwrap();
    let read = |last: &str| {
        let link = serde_json::json!([{ "attributes": { "rel": "last", "href": last } }]);
        let feed = serde_json::json!({ "feed": { "link": link } }).to_string();
        parse(appstore, "us/7", &Answer::ok(feed.as_bytes())).map(|page| page.posts.len())
    };
    assert!(
        read("https://itunes.apple.com/us/rss/customerreviews/page=10/id=7/sortby=mostrecent/xml").is_err()
    );
    assert_eq!(
        read("https://itunes.apple.com/us/rss/customerreviews/page=1/id=7/sortby=mostrecent/xml"),
        Ok(0)
    );
    assert_eq!(read("https://itunes.apple.com/us/rss"), Ok(0));
}

/// A feed that breaks off before its first item is no empty feed, and what is left of another is told.
#[test]
fn a_feed_that_breaks_off_is_told() {
    let rss = by_name("rss").unwrap();
    let read = |text: &str| parse(rss, "https://a.example/feed", &Answer::ok(text.as_bytes()));
    let item = |number: usize| format!("<item><guid>{number}</guid><title>late</title></item>");
    for cut in [
        "<rss><channel>",
        "<rss><channel><title>News</title>",
        "<feed><title>New",
        "<rss><channel><item><guid>1",
    ] {
        assert!(matches!(read(cut), Err(ParseError::Unreadable(_))), "{cut}");
    }
    for whole in ["<rss><channel></channel></rss>", "<feed><title>News</title></feed>"] {
        let page = read(whole).unwrap();
        assert_eq!((page.posts.len(), page.rejects.len()), (0, 0), "{whole}");
    }
    let cut = read(&format!("<rss><channel>{}{}", item(1), item(2))).unwrap();
    assert_eq!((cut.posts.len(), cut.rejects.len()), (2, 1));
    let many: String = (0..10_001).map(item).collect();
    let page = read(&format!("<rss><channel>{many}</channel></rss>")).unwrap();
    assert_eq!((page.posts.len(), page.rejects[0].item), (10_000, 10_000));
}

/// In whatever encoding, and with whatever is wrong with it.
#[test]
fn odd_feeds_are_read_or_refused() {
    let Some(folder) = crate::recordings::folder() else { return };
    let rss = by_name("rss").unwrap();
    let mut files = 0;
    for file in std::fs::read_dir(folder.join("rss/recorded/feedparser")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        files += 1;
        if let Ok(page) = parse(rss, "https://a.example/feed", &Answer::ok(&bytes)) {
            for post in page.posts {
                assert!(!post.text.contains('\u{0}'));
            }
        }
    }
    assert_eq!(files, 103);
    // A Korean one, by the word of its own first line.
    let bytes = crate::recordings::bytes("rss/recorded/feedparser/illformed__chardet__euckr.xml").unwrap();
    let page = parse(rss, "https://a.example/feed", &Answer::ok(&bytes)).unwrap();
    assert!(page.posts.is_empty() || !page.posts[0].text.contains('\u{fffd}'));
}

fn parse(source: &dyn Source, place: &str, answer: &Answer<'_>) -> Result<Page, ParseError> {
    let question = Question { place: place.to_owned(), query: "x".to_owned(), about: None };
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    source.parse(&Ask { question: &question, since: None, mark: None, next: None, now }, answer)
}

fn answer(exchange: &Exchange) -> Answer<'_> {
    Answer { status: exchange.status, headers: &exchange.headers, body: &exchange.body }
}

/// The answers that a line of the table means; `None` where there are no recordings.
fn answers(recorded: &Recorded) -> Option<Vec<Exchange>> {
    let mut exchanges = recordings(recorded.file)?;
    exchanges.retain(|exchange| exchange.uri.contains(recorded.address) && exchange.status == 200);
    Some(exchanges)
}

#[test]
fn every_source_reads_what_was_recorded() {
    let mut found = Vec::new();
    for recorded in &all() {
        let Some(exchanges) = answers(recorded) else { continue };
        let source = by_name(recorded.source).unwrap();
        let mut posts = Vec::new();
        for exchange in &exchanges {
            match parse(source, recorded.place, &answer(exchange)) {
                Ok(page) => {
                    assert_eq!(page.rejects, [], "{}", recorded.file);
                    posts.extend(page.posts);
                }
                Err(error) => found.push(format!("{}: {error}", recorded.file)),
            }
        }
        let ids: BTreeSet<_> = posts.iter().map(|post| post.id.clone()).collect();
        for post in &posts {
            assert_eq!(post.id.source(), recorded.source);
            let is_dated = post.created.is_some() || UNDATED.contains(&recorded.file);
            assert!(is_dated, "{}: {} has no date", recorded.file, post.id);
            let words = post.title.iter().chain([&post.text]);
            assert!(
                words.clone().all(|words| !words.contains("<p>") && !words.contains("&#")),
                "{}",
                post.id
            );
        }
        let expected = (recorded.answers, recorded.posts, recorded.distinct);
        let is_several = recorded.posts == SEVERAL && posts.len() > 1 && ids.len() == posts.len();
        if !is_several && (exchanges.len(), posts.len(), ids.len()) != expected {
            found.push(format!(
                "{}: {} answers, {} posts, {} ids; expected {expected:?}",
                recorded.file,
                exchanges.len(),
                posts.len(),
                ids.len()
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_source_is_in_the_table() {
    let read: BTreeSet<&str> = all().iter().map(|recorded| recorded.source).collect();
    let there: BTreeSet<&str> = ALL.iter().map(|source| source.about().name).collect();
    assert_eq!(read, there);
    assert_eq!(there.len(), ALL.len(), "two sources have one name");
    // A watchlist may name each.
    for name in there {
        let list =
            format!("name = \"M\"\n[[brand]]\nname = \"A\"\nrole = \"own\"\n[[source]]\nname = \"{name}\"\n");
        let read = grouse::config::read_watchlist(grouse::model::WatchlistId::new("m").unwrap(), &list);
        assert_eq!(read.map(|list| list.sources.len()), Ok(1), "{name}");
    }
}

/// What a source says of itself, and what the response clock believes of it, are one.
#[test]
fn a_source_whose_answers_are_not_read_is_on_no_clock() {
    for source in ALL {
        let about = source.about();
        let is_hidden = about.replies == grouse::sources::Replies::Hidden;
        assert_eq!(grouse::sources::shows_answers(about.name), !is_hidden, "{}", about.name);
    }
    // Files name some of them otherwise.
    assert!(!grouse::sources::shows_answers("itunes") && grouse::sources::shows_answers("crm"));
}

fn is_at_places(about: &About) -> bool {
    matches!(about.asks, Asks::Words(_, Places::At(_)) | Asks::Tags(_, Places::At(_)))
}

/// Whatever a watchlist names: keys go to the hosts that a source names, or it names none.
#[test]
fn keys_go_where_their_source_says() {
    let places = [
        "",
        "evil.example",
        "evil.example/search",
        "https://evil.example/x",
        "@evil.example",
        "r/a/new",
        "a/b",
        ".",
    ];
    let (mut sent, mut named) = (BTreeSet::new(), BTreeSet::new());
    for source in ALL {
        let about = source.about();
        for place in places {
            let question = Question { place: place.to_owned(), query: "acme".to_owned(), about: None };
            let now = Timestamp::UNIX_EPOCH;
            let request =
                source.request(&Ask { question: &question, since: None, mark: None, next: None, now });
            if request.auth.variables().next().is_none() {
                continue;
            }
            let sign_in = if let Auth::Session(sign_in) = request.auth { Some(sign_in.url) } else { None };
            for url in sign_in.into_iter().chain([request.url.as_str()]) {
                let host = url.strip_prefix("https://").unwrap().split(['/', '?']).next().unwrap();
                assert!(about.keys_go_to.is_empty() || about.keys_go_to.contains(&host), "{url}");
            }
            sent.insert(about.name);
            if about.keys_go_to.is_empty() {
                named.insert(about.name);
            }
        }
        // Nobody is told that keys go where none are sent.
        assert_eq!(sent.contains(about.name), !about.keys_go_to.is_empty() || named.contains(about.name));
        assert!(about.needs.is_empty() || !about.keys_go_to.is_empty(), "{}", about.name);
    }
    // Only a source that is at many places lets the watchlist name the host.
    assert!(named.iter().all(|name| is_at_places(by_name(name).unwrap().about())), "{named:?}");
    assert!(named.contains("mastodon") && sent.contains("x"), "{sent:?}");
}

/// The live stream tells an author's DID only, and a search both: the DID is the author, and the account stands beside it.
#[test]
fn an_author_at_bluesky_is_one_person_wherever_a_post_came_from() {
    let files = [
        ("bluesky/recorded/f_search.json", ""),
        ("bluesky/recorded/jetstream/corpus__expected_v1.jsonl", "live"),
    ];
    for (file, place) in files {
        let Some(exchanges) = recordings(file) else { return };
        let exchange =
            exchanges.iter().find(|exchange| place == "live" || exchange.uri.contains("searchPosts"));
        let page = parse(by_name("bluesky").unwrap(), place, &answer(exchange.unwrap())).unwrap();
        assert!(page.posts.len() > 5, "{file}");
        for post in page.posts {
            let native = post.id.as_str().strip_prefix("bluesky:").unwrap();
            assert_eq!(
                post.author.map(|author| author.handle).as_deref(),
                native.split('/').next(),
                "{native}"
            );
            assert_eq!(post.attributes.contains_key("account"), place.is_empty(), "{native}");
        }
    }
}

/// Whatever comes is read or refused: no panic, and a web page is never an empty page of posts.
#[test]
fn every_source_survives_rubbish() {
    let web = b"<!DOCTYPE html><html><body>Please sign in</body></html>";
    for source in ALL {
        let name = source.about().name;
        for rubbish in [&b""[..], b"{", b"[]]", b"null", b"7", b"\xff\xfe\x00", b"{\"error\":\"no\"}", web] {
            if let Ok(page) = parse(*source, "a.example", &Answer::ok(rubbish)) {
                assert_eq!(page.posts, [], "{name}");
            }
        }
        assert_eq!(parse(*source, "a.example", &Answer::ok(web)), Err(ParseError::Page), "{name}");
        assert!(parse(*source, "a.example", &Answer::ok(b"{\"error\":\"no\"}")).is_err(), "{name}");
    }
}

#[test]
fn an_answer_that_is_cut_off_is_refused_or_read_as_far_as_it_goes() {
    for recorded in &all() {
        let Some(exchanges) = answers(recorded) else { continue };
        let source = by_name(recorded.source).unwrap();
        for exchange in exchanges.iter().take(3) {
            let whole = parse(source, recorded.place, &answer(exchange));
            let whole = whole.unwrap_or_else(|error| panic!("{}: {error}", recorded.file));
            for share in [0, 1, 30, 50, 99] {
                let cut = &exchange.body[..exchange.body.len() * share / 100];
                if let Ok(page) = parse(source, recorded.place, &Answer { body: cut, ..answer(exchange) }) {
                    assert!(page.posts.len() <= whole.posts.len(), "{}", recorded.file);
                }
            }
        }
    }
}

/// One post that says it is of tomorrow, or of the year 3000, does not have all be passed over that is written until then.
#[test]
fn no_place_is_later_than_now() {
    let now: Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
    let mut by_time = BTreeSet::new();
    for recorded in &all() {
        let Some(exchanges) = answers(recorded) else { continue };
        let source = by_name(recorded.source).unwrap();
        let question = Question { place: recorded.place.to_owned(), query: "x".to_owned(), about: None };
        for exchange in &exchanges {
            let ask = Ask { question: &question, since: None, mark: None, next: None, now };
            let is_live = recorded.place == "live" || recorded.place.ends_with("/stream");
            let page = source.parse(&ask, &answer(exchange)).unwrap();
            let seconds =
                |mark: &String| mark.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
            let place = page.mark.as_ref().and_then(|mark| match recorded.source {
                "hackernews" | "stackexchange" => seconds(mark),
                _ => mark.parse().ok(),
            });
            assert!(
                is_live || place.is_none_or(|place: Timestamp| place <= now),
                "{}: {place:?}",
                recorded.file
            );
            let later = Ask { now: "2026-11-01T00:00:00Z".parse().unwrap(), ..ask };
            let mark = source.parse(&later, &answer(exchange)).unwrap().mark;
            if page.mark.is_none() && mark.is_some() {
                by_time.insert(recorded.source);
            }
        }
    }
    if crate::recordings::folder().is_some() {
        let sources = [
            "bluesky",
            "cfpb",
            "github",
            "hackernews",
            "lemmy",
            "reddit",
            "rss",
            "stackexchange",
            "trustpilot",
            "youtube",
        ];
        assert_eq!(by_time, sources.into());
    }
}

/// Each item in turn becomes a number: all others are still read.
#[test]
fn a_broken_item_loses_itself_and_not_the_page() {
    for recorded in &all() {
        let Some(exchanges) = answers(recorded) else { continue };
        let source = by_name(recorded.source).unwrap();
        let Some(exchange) = exchanges
            .iter()
            .find(|exchange| parse(source, recorded.place, &answer(exchange)).unwrap().posts.len() > 1)
        else {
            continue;
        };
        let Ok(value) = serde_json::from_slice::<Value>(&exchange.body) else { continue };
        let whole = parse(source, recorded.place, &answer(exchange)).unwrap().posts.len();
        // An answer has several lists, and one of them is that of the posts.
        let broken: Vec<(usize, usize)> = broken(&value)
            .into_iter()
            .filter_map(|value| {
                let body = value.to_string().into_bytes();
                let page = parse(source, recorded.place, &Answer { body: &body, ..answer(exchange) }).ok()?;
                Some((page.posts.len(), page.rejects.len()))
            })
            .collect();
        assert!(broken.contains(&(whole - 1, 1)), "{}: {broken:?} of {whole}", recorded.file);
    }
}

/// Copies of `value`, each with the last item of another of its lists of objects broken.
fn broken(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) if items.last().is_some_and(Value::is_object) => {
            let mut own = items.clone();
            *own.last_mut().unwrap() = Value::from(7);
            let mut all = vec![Value::from(own)];
            for (at, item) in items.iter().enumerate().take(2) {
                for inner in broken(item) {
                    let mut copy = items.clone();
                    copy[at] = inner;
                    all.push(Value::from(copy));
                }
            }
            all
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| {
                broken(field).into_iter().map(move |inner| {
                    let mut copy = fields.clone();
                    copy.insert(name.clone(), inner);
                    Value::from(copy)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}
