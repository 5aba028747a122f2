//! Promise: what a source takes out, changes or no longer wants shown follows here, and nothing else does.

use std::collections::BTreeMap;

use grouse::model::PostId;
use grouse::sources::{ALL, Answer, by_name};
use grouse::state::{Health, Step};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::common;
use crate::harvesting::Place;
use crate::replay::{Asked, Manner, Replay, Reply, beside_live, socket};

#[expect(clippy::disallowed_methods, reason = "the program that is tested reads the clock, too")]
fn ago(hours: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(hours)
}

/// Harvests with credentials for all sites and returns the report.
#[track_caller]
fn harvest(place: &Place, replay: &Replay, more: &[&str]) -> Value {
    let mut command = place.command(replay, &[more, &["--json"]].concat());
    for name in ["REDDIT_ID", "REDDIT_SECRET", "TRUSTPILOT_KEY", "YOUTUBE_KEY", "X_TOKEN"] {
        command.env(format!("GROUSE_{name}"), "key");
    }
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", common::errors(&output)))
}

/// As if the last look had been so long ago; `change` may change where it stopped.
fn let_pass(place: &Place, hours: i64, change: impl Fn(&mut grouse::state::Progress)) {
    let mut state = place.state();
    for (stream, mut progress, mut standing) in state.rechecks().unwrap() {
        standing.asked = Some(ago(hours));
        change(&mut progress);
        let step = Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
        state.keep_steps(&[step], ago(0)).unwrap();
    }
}

/// As if what waits by itself had been put aside so many hours before.
fn sooner(progress: &mut grouse::state::Progress, hours: i64) {
    let waiting = progress.next.take().unwrap_or_default();
    let moved = waiting.split(' ').filter(|text| !text.is_empty()).map(|text| {
        let mut parts: Vec<String> = text.split(':').map(str::to_owned).collect();
        parts[2] = (parts[2].parse::<i64>().unwrap() - 3600 * hours).to_string();
        parts.join(":")
    });
    progress.next = Some(moved.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
}

fn health(place: &Place) -> Health {
    place.state().rechecks().unwrap()[0].2.health
}

/// All files of the answers that a folder gives: what is searched, exported and counted.
fn shown(place: &Place) -> String {
    let export = common::run(&place.data(), &["export", "--format", "ndjson"]);
    format!("{export}{}", common::run(&place.data(), &["search", "acme", "--json"]))
}

fn status(host: &str, number: u32, text: &str) -> Value {
    json!({ "id": number.to_string(), "uri": format!("https://{host}/users/a/statuses/{number}"),
            "url": format!("https://{host}/@a/{number}"),
            "created_at": (ago(72) + SignedDuration::from_mins(number.into())).to_string(),
            "content": format!("<p>acme {text}</p>"), "visibility": "public", "account": { "acct": "a" } })
}

/// A tag with six posts, each of which is looked up by `look`.
fn instance(look: impl Fn(u32) -> Reply + Send + Sync + 'static) -> impl Fn(&Asked) -> Reply + Send + Sync {
    move |asked| match asked.path.strip_prefix("/api/v1/statuses/") {
        Some(number) if number.ends_with("/context") => Reply::ok("{\"descendants\": []}"),
        Some(number) => look(number.parse().unwrap()),
        None if asked.query.contains_key("max_id") || asked.query.contains_key("since_id") => Reply::ok("[]"),
        None => {
            let all =
                (1..=6).rev().map(|number| status(&asked.host, number, &format!("lost parcel{number}")));
            Reply::ok(all.collect::<Value>().to_string())
        }
    }
}

#[test]
fn only_a_readable_answer_takes_a_post_out() {
    let place = Place::new("[[source]]\nname = \"mastodon\"\n");
    let replay = Replay::start(instance(|_| Reply::status(500)));
    assert_eq!(harvest(&place, &replay, &[])["new"], 6);
    drop(replay);
    // Nothing is looked at twice in the same minute; an hour later a few hundred may be.
    let web = "<!DOCTYPE html><html><body>Are you human?</body></html>";
    for (name, reply, expected) in [
        ("503", Reply::status(503), Health::Late),
        ("404 with a web page", Reply { status: 404, ..Reply::ok(web) }, Health::Unreadable),
        ("403", Reply::status(403), Health::Blocked),
        ("a web page", Reply::ok(web), Health::Blocked),
        ("429", Reply::status(429).header("retry-after", "600"), Health::Limited),
    ] {
        let_pass(&place, 1, |progress| sooner(progress, 7));
        let replay = Replay::start(instance(move |_| reply.clone()));
        let report = harvest(&place, &replay, &[]);
        assert_eq!(report["deleted"], 0, "{name}: {report}");
        assert_eq!((health(&place), place.ids().len()), (expected, 6), "{name}");
    }
    let_pass(&place, 1, |progress| sooner(progress, 7));
    let replay = Replay::start(instance(|number| match number {
        1 => Reply { status: 404, ..Reply::ok("{\"error\": \"Record not found\"}") },
        2 => Reply { status: 410, ..Reply::ok("{\"error\": \"Gone\"}") },
        3 => Reply::ok(status("mastodon.social", 3, "found parcel3 after all").to_string()),
        4 => {
            let mut private = status("mastodon.social", 4, "lost parcel4");
            private["visibility"] = json!("private");
            Reply::ok(private.to_string())
        }
        number => Reply::ok(status("mastodon.social", number, &format!("lost parcel{number}")).to_string()),
    }));
    let report = harvest(&place, &replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(3), &json!(1)), "{report}");
    assert_eq!(health(&place), Health::Ok);
    let shown = shown(&place);
    for (text, is_there) in [
        ("parcel1", false),
        ("parcel2", false),
        ("parcel3 after all", true),
        ("parcel4", false),
        ("parcel5", true),
    ] {
        assert_eq!(shown.contains(text), is_there, "{text}");
    }
    // They were there when they were kept, a moment ago, which is all that is known of when they went.
    let lag = place.state().lags().unwrap()["mastodon"];
    assert_eq!((lag.count, lag.exact), (3, 0));
    assert!((0..600).contains(&lag.largest_seconds), "{lag:?}");
    // All of that age were looked at, and that is remembered.
    let_pass(&place, 1, |_| ());
    let before = replay.asked().len();
    harvest(&place, &replay, &[]);
    let again = replay.asked().split_off(before);
    assert!(again.iter().all(|asked| asked.path.contains("/timelines/")), "{again:?}");
    // And the lag is shown.
    let told: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
    let mastodon = told.as_array().unwrap().iter().find(|source| source["name"] == "mastodon").unwrap();
    assert_eq!(mastodon["standing"]["deletions"]["count"], 3, "{mastodon}");
    assert_eq!(mastodon["standing"]["questions"], 1, "{mastodon}");
    let told = common::run(&place.data(), &["sources"]);
    assert!(told.contains("what it deleted was gone here after at most"), "{told}");
}

/// One instance refuses, one hangs: the third is asked about all of its posts, and theirs wait by themselves.
#[test]
fn an_instance_that_fails_delays_the_looks_at_no_other() {
    let hosts = ["a-refuses.example", "b-hangs.example", "c-answers.example"];
    let targets = hosts.map(|host| format!("\"{host}\"")).join(", ");
    let place = Place::new(&format!("[[source]]\nname = \"mastodon\"\ntargets = [{targets}]\n"));
    let site = |is_well: bool| {
        move |asked: &Asked| match (asked.host.as_str(), asked.path.starts_with("/api/v1/statuses/")) {
            ("a-refuses.example", true) if !is_well => Reply::status(403),
            ("b-hangs.example", true) if !is_well => Reply::ok("").manner(Manner::Stuck),
            (host, _) => {
                let host = host.to_owned();
                instance(move |number| {
                    Reply::ok(status(&host, number, &format!("found parcel{number} again")).to_string())
                })(asked)
            }
        }
    };
    let later = || {
        let mut state = place.state();
        let looks = state.rechecks().unwrap().into_iter().chain(state.answers().unwrap());
        for (stream, mut progress, mut standing) in looks {
            (standing.asked, standing.due) = (Some(ago(1)), None);
            sooner(&mut progress, 7);
            let step = Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
            state.keep_steps(&[step], ago(0)).unwrap();
        }
    };
    assert_eq!(harvest(&place, &Replay::start(site(true)), &[])["new"], 18);
    let mut seen = Vec::new();
    for is_well in [false, true] {
        later();
        let replay = Replay::start(site(is_well));
        let report = harvest(&place, &replay, &[]);
        let asked = replay.asked();
        let looked = |host: &str, is_thread: bool| {
            let is_it = |asked: &&Asked| {
                asked.host == host
                    && asked.path.starts_with("/api/v1/statuses/")
                    && asked.path.ends_with("/context") == is_thread
            };
            asked
                .iter()
                .filter(is_it)
                .map(|asked| asked.path.clone())
                .collect::<std::collections::BTreeSet<_>>()
                .len()
        };
        seen.push((
            report["changed"].clone(),
            hosts.map(|host| looked(host, false)),
            hosts.map(|host| looked(host, true)),
        ));
        for look in [place.state().rechecks().unwrap(), place.state().answers().unwrap()] {
            let (_, _, standing) = &look[0];
            let expected = if is_well { Health::Ok } else { Health::Blocked };
            assert_eq!(standing.health, expected, "{standing:?}");
            assert!(
                is_well || standing.why.as_ref().unwrap().starts_with("a-refuses.example: "),
                "{standing:?}"
            );
        }
    }
    // The first time one question each to those that fail, and six to the one that answers; then all others.
    assert_eq!(seen, [(json!(6), [1, 1, 6], [1, 1, 6]), (json!(12), [6, 6, 0], [6, 6, 0])]);
}

#[test]
fn words_that_people_took_out_of_reddit_go_with_all_that_was_said_of_them() {
    let place = Place::new("[[source]]\nname = \"reddit\"\n");
    let link = |number: u32, author: &str, text: &str| {
        json!({ "kind": "t3", "data": { "name": format!("t3_{number}"), "author": author, "title": format!("acme {number}"),
                "created_utc": ago(72).as_second() + i64::from(number), "selftext": text, "subreddit": "late",
                "permalink": format!("/r/late/comments/{number}/x/") } })
    };
    let list = |children: Vec<Value>| {
        Reply::ok(json!({ "kind": "Listing", "data": { "after": null, "children": children } }).to_string())
    };
    let token = || Reply::ok("{\"access_token\": \"t\", \"expires_in\": 3600}");
    let site = move |info: Vec<Value>| {
        move |asked: &Asked| match asked.path.as_str() {
            "/api/v1/access_token" => token(),
            "/api/info" => list(info.clone()),
            _ => list((1..=5).map(|number| link(number, "someone", &format!("secret{number}"))).collect()),
        }
    };
    let replay = Replay::start(site(Vec::new()));
    assert_eq!(harvest(&place, &replay, &[])["new"], 5);
    drop(replay);
    for id in ["reddit:t3_1", "reddit:t3_4"] {
        common::run(&place.data(), &["correct", id, "complaint=yes", "--note", "said on the phone"]);
    }
    let answers = vec![
        link(1, "[deleted]", "[deleted]"),
        link(2, "someone", "[removed]"),
        // 3 is left out.
        link(4, "someone", "mended4"),
        // Whose author left Reddit, and left the words there.
        link(5, "[deleted]", "secret5"),
    ];
    // The search shows what it showed: what it has not noticed yet does not bring a post back for good.
    let all = answers.clone();
    let looked = move |asked: &Asked| match asked.path.as_str() {
        "/api/v1/access_token" => token(),
        "/api/info" => list(all.clone()),
        _ => list(Vec::new()),
    };
    // One item that cannot be named may be any of those that are asked for: then none is missing.
    let_pass(&place, 1, |_| ());
    let mut broken = answers;
    broken[3] = json!({ "kind": "t3", "data": 7 });
    let posts: Vec<grouse::model::Post> = (1..=5)
        .map(|number| grouse::model::Post {
            id: PostId::new(format!("reddit:t3_{number}")).unwrap(),
            ..common::post(&number.to_string(), "acme")
        })
        .collect();
    let body = json!({ "kind": "Listing", "data": { "children": broken } }).to_string();
    let recheck = by_name("reddit").unwrap().recheck().unwrap();
    let read = recheck.parse(&posts, &Answer::ok(body.as_bytes())).unwrap();
    let gone: Vec<&str> = read.gone.iter().map(PostId::as_str).collect();
    assert_eq!(gone, ["reddit:t3_1", "reddit:t3_2"]);

    let replay = Replay::start(looked);
    let report = harvest(&place, &replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(3), &json!(2)), "{report}");
    assert_eq!(place.ids(), ["reddit:t3_4", "reddit:t3_5"]);
    let rows = common::run(&place.data(), &["export", "--authors"]);
    let named: Vec<bool> = rows.lines().map(|row| row.contains("\"someone\"")).collect();
    assert_eq!(named.iter().filter(|named| **named).count(), 1, "{rows}");
    let asked = replay.asked();
    let info: Vec<&Asked> = asked.iter().filter(|asked| asked.path == "/api/info").collect();
    assert_eq!(info.len(), 1, "all in one request");
    assert_eq!(info[0].get("id"), "t3_1,t3_2,t3_3,t3_4,t3_5");
    let shown = shown(&place);
    assert!(shown.contains("mended4") && !shown.contains("secret1") && !shown.contains("secret4"), "{shown}");
    // A person's word on a post outlives its edit, and goes with it.
    let state = place.state();
    let said = |id: &str| state.history(Some(&PostId::new(id).unwrap())).unwrap().len();
    assert_eq!((said("reddit:t3_1"), said("reddit:t3_4")), (0, 1));
    let edited = shown.lines().find(|line| line.contains("reddit:t3_4")).unwrap();
    assert!(edited.contains("corrected"), "{edited}");
}

/// What was taken out or changed is not only hidden: its words, and what people wrote of it, stand in no file any more.
#[test]
fn nothing_of_what_went_stays_in_the_files() {
    let place = Place::new("[[source]]\nname = \"nhtsa\"\ntargets = [\"acme/one/2024\"]\n");
    // Of many, a few: a part of the index of which little goes is otherwise left alone.
    let vehicles = |gone: u64, edited: &'static str| {
        move |_: &Asked| {
            let text = |number: u64| match number {
                7 => "Quxzylophant smashed the windscreenery.".to_owned(),
                8 => format!("The {edited} fails."),
                number => format!("The brake number {number} fails."),
            };
            let shown = (1..=60).filter(|number| *number != gone);
            let results = shown.map(|number| {
                json!({ "odiNumber": number, "summary": text(number), "dateComplaintFiled": "12/09/2024" })
            });
            Reply::ok(json!({ "results": results.collect::<Vec<_>>() }).to_string())
        }
    };
    let words = ["quxzylophant", "windscreener", "glimmerwidget", "zebrafinch", "annabellina"];
    let left = || -> Vec<&str> {
        let mut folders = vec![place.data()];
        let mut all = String::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()).to_lowercase());
                }
            }
        }
        words.into_iter().filter(|word| all.contains(word)).collect()
    };
    let replay = Replay::start(vehicles(0, "glimmerwidget"));
    assert_eq!(place.harvest(&replay, &[])["new"], 60);
    common::run(
        &place.data(),
        &["correct", "nhtsa:7", "complaint=no", "--note", "Zebrafinch", "--by", "Annabellina"],
    );
    assert_eq!(left(), words);
    drop(replay);
    let replay = Replay::start(vehicles(7, "axle"));
    let report = place.harvest(&replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(left(), Vec::<&str>::new());
    assert_eq!(place.ids().len(), 59);
}

/// A list without any of what was asked for is readable, and may still be a fault of the site: it is believed once the site
/// says the same an hour later.
#[test]
fn an_empty_list_takes_out_nothing_until_it_is_empty_again() {
    // Two sites, each of which is asked by itself.
    let place = Place::new("[[source]]\nname = \"stackexchange\"\ntargets = [\"android\", \"superuser\"]\n");
    let question = |id: u32| json!({ "question_id": id, "title": format!("acme {id}"), "creation_date": ago(72).as_second() + i64::from(id) });
    let site = move |looked: Value| {
        move |asked: &Asked| match asked.path.as_str() {
            "/2.3/search/advanced" if looked == Value::Null => {
                Reply::ok(json!({ "items": (1..=4).map(question).collect::<Vec<_>>() }).to_string())
            }
            path if path.starts_with("/2.3/posts/") && looked == Value::Null => Reply::status(503),
            path if path.starts_with("/2.3/posts/") => Reply::ok(looked.to_string()),
            _ => Reply::ok("{\"items\": []}"),
        }
    };
    let replay = Replay::start(site(Value::Null));
    assert_eq!(harvest(&place, &replay, &[])["new"], 8);
    drop(replay);
    let empty = Replay::start(site(json!({ "items": [] })));
    let look = |doubted_hours: i64| {
        let_pass(&place, 3, |progress| {
            progress.reached = progress.reached.map(|_| ago(doubted_hours));
        });
        harvest(&place, &empty, &[])["deleted"].clone()
    };
    for doubted in [0, 0] {
        assert_eq!(look(doubted), 0);
        assert_eq!(health(&place), Health::Late);
    }
    assert_eq!(place.ids().len(), 8);
    assert_eq!(look(1), 8);
    assert_eq!((health(&place), place.ids().len()), (Health::Ok, 0));
}

/// One complaint after another by its number: a list of none is one that was taken out.
#[test]
fn a_complaint_that_the_bureau_takes_out_goes() {
    let place = Place::new("[[source]]\nname = \"cfpb\"\n");
    let hit = |id: u32, words: &str| {
        json!({ "_id": id.to_string(), "sort": [1, id.to_string()], "_source": { "complaint_id": id.to_string(),
                "company": "ACME", "complaint_what_happened": words, "date_received": ago(72).to_string() } })
    };
    let list = |hits: Vec<Value>| Reply::ok(json!({ "hits": { "hits": hits } }).to_string());
    let site = move |is_there: bool| {
        move |asked: &Asked| match asked.path.rsplit('/').next().unwrap() {
            "" if is_there => list(vec![hit(1, "acme took it"), hit(2, "acme kept it")]),
            "" => list(Vec::new()),
            _ if is_there => Reply::status(503),
            "1" => list(Vec::new()),
            _ => list(vec![hit(2, "acme kept it, and gave it back")]),
        }
    };
    let replay = Replay::start(site(true));
    assert_eq!(harvest(&place, &replay, &[])["new"], 2);
    drop(replay);
    let replay = Replay::start(site(false));
    // What is doubted waits by itself, and the other is looked at.
    for (hours, ids) in [(0, 2), (0, 2), (1, 1)] {
        let_pass(&place, 3, |progress| sooner(progress, hours));
        harvest(&place, &replay, &[]);
        assert_eq!(place.ids().len(), ids, "{hours}");
        assert!(shown(&place).contains("gave it back"));
    }
}

/// A walk far back brings what is past all ages: it is looked at as well, with what requests are left.
#[test]
fn what_was_old_when_it_came_is_looked_at_too() {
    let place = Place::new("[[source]]\nname = \"mastodon\"\n");
    let old = |asked: &Asked, number: u32| {
        let mut status = status(&asked.host, number, "lost parcel");
        status["created_at"] = json!("2020-03-01T10:00:00Z");
        status
    };
    let site = move |is_there: bool| {
        move |asked: &Asked| match asked.path.strip_prefix("/api/v1/statuses/") {
            Some(number) if number.ends_with("/context") => {
                Reply::ok("{\"ancestors\": [], \"descendants\": []}")
            }
            Some(_) if is_there => Reply::status(503),
            Some("1") => Reply { status: 404, ..Reply::ok("{\"error\": \"Record not found\"}") },
            Some(number) => Reply::ok(old(asked, number.parse().unwrap()).to_string()),
            None if is_there && !asked.query.contains_key("max_id") => {
                Reply::ok(Value::from_iter([old(asked, 2), old(asked, 1)]).to_string())
            }
            None => Reply::ok("[]"),
        }
    };
    let replay = Replay::start(site(true));
    assert_eq!(harvest(&place, &replay, &["--since", "2020-01-01"])["new"], 2);
    drop(replay);
    // A week later all posts are looked at in turn.
    let_pass(&place, 1, |progress| {
        (progress.had, progress.top) = (Some(ago(24 * 8)), None);
    });
    let replay = Replay::start(site(false));
    assert_eq!(harvest(&place, &replay, &[])["deleted"], 1);
    assert_eq!(place.ids(), ["mastodon:mastodon.social/2"]);
}

/// They may be kept for thirty days without having been seen, whatever the reason.
#[test]
fn comments_of_youtube_are_seen_again_within_thirty_days_or_go() {
    let place = Place::new("[[source]]\nname = \"youtube\"\ntargets = [\"UCacme\"]\n");
    let comment = |id: u32, text: &str| {
        json!({ "id": format!("c{id}"), "snippet": { "textDisplay": text, "authorDisplayName": "A", "videoId": "v",
                "publishedAt": (ago(24 * 15) + SignedDuration::from_mins(id.into())).to_string() } })
    };
    let threads: Vec<Value> =
        (1..=3).map(|id| json!({ "snippet": { "topLevelComment": comment(id, "acme") } })).collect();
    let threads = json!({ "items": threads }).to_string();
    let site = move |looked: Reply| {
        let threads = threads.clone();
        move |asked: &Asked| match asked.path.as_str() {
            "/youtube/v3/comments" if asked.query.contains_key("parentId") => Reply::ok("{\"items\": []}"),
            "/youtube/v3/comments" => looked.clone(),
            // What the look-up deletes is not brought back by the walk beside it.
            _ if looked.status == 200 => Reply::ok("{\"items\": []}"),
            _ => Reply::ok(threads.clone()),
        }
    };
    let replay = Replay::start(site(Reply::status(500)));
    assert_eq!(harvest(&place, &replay, &[])["new"], 3);
    drop(replay);
    // A sweep began so many days ago, and all ages were looked at.
    let sweep = |days: i64| {
        let_pass(&place, 1, |progress| {
            let now = format!("{}:0", ago(0).as_second());
            progress.mark = Some([now.as_str(); 4].join(" "));
            progress.had = Some(ago(24 * days));
            progress.top = Some(format!("{}:0", i64::MIN));
        });
    };
    let answer = json!({ "items": [comment(1, "acme"), comment(3, "acme is better now")] });
    let replay = Replay::start(site(Reply::ok(answer.to_string())));
    sweep(9);
    let report = harvest(&place, &replay, &[]);
    assert_eq!((&report["deleted"], &report["changed"]), (&json!(1), &json!(1)), "{report}");
    let asked = replay.asked();
    assert_eq!(asked.iter().find(|asked| asked.query.contains_key("id")).unwrap().get("id"), "c1,c2,c3");
    drop(replay);
    // In time, no answer is no reason; past the time it is.
    for (days, deleted) in [(9, 0), (11, 2)] {
        let replay = Replay::start(|asked| match asked.path.as_str() {
            "/youtube/v3/comments" => Reply::status(503),
            _ => Reply::ok("{\"items\": []}"),
        });
        sweep(days);
        assert_eq!(harvest(&place, &replay, &[])["deleted"], deleted, "{days} days");
        assert_eq!(place.ids().len(), 2 - deleted, "{days} days");
    }
}

/// A review is asked for by its number, and its answer with it; nothing is kept for a day without that.
#[test]
fn reviews_are_asked_for_within_a_day() {
    let place = Place::new("[[source]]\nname = \"trustpilot\"\ntargets = [\"b1 = acme\"]\n");
    let review = |id: u32, status: &str, reply: Option<&str>| {
        json!({ "id": format!("r{id}"), "stars": 1, "text": format!("late {id}"), "status": status,
                "createdAt": (ago(30) + SignedDuration::from_mins(id.into())).to_string(),
                "companyReply": reply.map(|text| json!({ "text": text, "createdAt": ago(29).to_string() })) })
    };
    let list = move || {
        let all: Vec<Value> =
            (1..=4).rev().map(|id| review(id, "active", (id < 3).then_some("Sorry"))).collect();
        Reply::ok(json!({ "reviews": all }).to_string())
    };
    let replay = Replay::start(move |asked| match asked.path.as_str() {
        "/v1/business-units/b1/reviews" => list(),
        _ => Reply::status(503),
    });
    assert_eq!(harvest(&place, &replay, &[])["new"], 6);
    drop(replay);
    let site = move |is_there: bool| {
        move |asked: &Asked| match asked.path.as_str() {
            "/v1/business-units/b1/reviews" => Reply::ok("{\"reviews\": []}"),
            _ if !is_there => Reply::status(503),
            "/v1/reviews/r1" => Reply { status: 404, ..Reply::ok("{\"message\": \"Not Found\"}") },
            "/v1/reviews/r2" => Reply::ok(review(2, "active", None).to_string()),
            "/v1/reviews/r3" => Reply::ok(review(3, "reported", None).to_string()),
            _ => Reply::ok(review(4, "active", None).to_string()),
        }
    };
    let replay = Replay::start(site(true));
    let_pass(&place, 1, |_| ());
    harvest(&place, &replay, &[]);
    assert_eq!(place.ids(), ["trustpilot:r2", "trustpilot:r4"]);
    assert!(replay.asked().iter().all(|asked| asked.headers["apikey"] == "key"));
    drop(replay);
    // A sweep that began so many hours ago and finds nobody: past its time, what was not seen is not kept.
    let replay = Replay::start(site(false));
    for (hours, left) in [(7, 2), (9, 0)] {
        let_pass(&place, 1, |progress| {
            let now = format!("{}:0", ago(0).as_second());
            progress.mark = Some([now.as_str(); 4].join(" "));
            (progress.had, progress.top) = (Some(ago(hours)), Some(format!("{}:0", i64::MIN)));
        });
        harvest(&place, &replay, &[]);
        assert_eq!(place.ids().len(), left, "{hours} hours");
    }
}

/// A feed lets posts fall off without a word: the pages that they link to are asked for, as far as robots rules allow, and
/// what one of them says delays no other.
#[test]
fn what_a_feed_linked_to_goes_once_its_page_is_gone() {
    let place =
        Place::new("[[source]]\nname = \"rss\"\ntargets = [\"https://feeds.example/all.json = acme\"]\n");
    let names = ["gone", "broken", "busy", "home", "closed", "private", "here", "back", "regret"];
    let items: Vec<Value> = names
        .iter()
        .zip(0..)
        .map(|(name, at)| {
            json!({ "id": name, "url": format!("https://{name}.example/{name}"), "content_text": format!("late {name}"), "title": format!("News of {name}"),
                    "date_published": (ago(30) + SignedDuration::from_mins(at)).to_string() })
        })
        .collect();
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "items": items }).to_string();
    let web = |status: u16| Reply { status, ..Reply::ok("<!DOCTYPE html><html><body>A page</body></html>") };
    let is_back = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let site = |is_feed: bool| {
        let (feed, is_back) = (feed.clone(), is_back.clone());
        move |asked: &Asked| match asked.path.as_str() {
            "/robots.txt" => Reply::ok("User-agent: *\nDisallow: /private\n"),
            "/all.json" if is_feed => Reply::ok(feed.clone()),
            "/all.json" => Reply::status(503),
            _ if is_feed => Reply::status(503),
            "/gone" => web(404),
            "/back" if !is_back.load(std::sync::atomic::Ordering::Relaxed) => web(410),
            "/closed" => web(403),
            "/home" => web(302).header("location", "/"),
            "/broken" => Reply::status(500),
            "/busy" => Reply::status(429).header("retry-after", "7200"),
            "/regret" => {
                Reply::ok("<!DOCTYPE html><title>Page not found | The News</title><p>News of other things")
            }
            "/here" => Reply::ok("<!DOCTYPE html><title>404 - The News</title><h1>News <b>of</b> here</h1>"),
            _ => web(200),
        }
    };
    let replay = Replay::start(site(true));
    assert_eq!(harvest(&place, &replay, &[])["new"], 9);
    drop(replay);
    let replay = Replay::start(site(false));
    // Looks again, so many hours after those that wait were put aside; returns the pages that were asked for.
    let look = |hours: i64| -> std::collections::BTreeSet<String> {
        let before = replay.asked().len();
        let_pass(&place, 3, |progress| {
            sooner(progress, hours);
        });
        harvest(&place, &replay, &[]);
        let asked = replay.asked().split_off(before);
        asked
            .into_iter()
            .map(|asked| asked.path)
            .filter(|path| path.len() > 3 && !path.contains('.'))
            .collect()
    };
    // All in one go, but for what robots rules forbid.
    let pages = look(0);
    let all: Vec<&str> = pages.iter().map(|page| &page[1..]).collect();
    assert_eq!(all, ["back", "broken", "busy", "closed", "gone", "here", "home", "regret"]);
    // What is not there, or says so with status 200, is asked for again an hour later, and then believed; what fails as well, and what wants more time has it.
    assert_eq!(look(0).len(), 0);
    assert_eq!(place.ids().len(), 9);
    is_back.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(Vec::from_iter(look(1)), ["/back", "/broken", "/gone", "/regret"]);
    assert_eq!(place.ids().len(), 7, "{:?}", place.ids());
    assert!(!shown(&place).contains("late gone") && shown(&place).contains("late back"));
    // What fails three times is passed over.
    assert_eq!(Vec::from_iter(look(1)), ["/broken", "/busy"]);
    assert_eq!(Vec::from_iter(look(2)), ["/busy"]);
    assert_eq!((look(2).len(), place.ids().len()), (0, 7));
    // Three say nothing of what became of their posts, and two failed for good.
    let told: Value = serde_json::from_str(&common::run(&place.data(), &["sources", "--json"])).unwrap();
    let rss = told.as_array().unwrap().iter().find(|source| source["name"] == "rss").unwrap();
    assert_eq!(rss["standing"]["rechecks"]["untold"], 3 + 2, "{rss}");
    let told = common::run(&place.data(), &["sources"]);
    assert!(told.contains("of 5 of which cannot be told whether they are there"), "{told}");
}

/// Faults of the look-up say what is gone; nothing is asked without money, and never with all of it.
#[test]
fn posts_of_x_go_by_what_the_look_up_says_and_within_half_of_the_money() {
    let place = Place::new("[[source]]\nname = \"x\"\n");
    let tweet = |id: u32, text: &str| {
        json!({ "id": id.to_string(), "text": text, "author_id": "9",
                "created_at": (ago(72) + SignedDuration::from_mins(id.into())).to_string() })
    };
    let fault = |id: u32, kind: &str| json!({ "resource_id": id.to_string(), "title": "A fault", "type": format!("https://api.twitter.com/2/problems/{kind}") });
    let replay = Replay::start(move |asked| match asked.path.as_str() {
        "/2/tweets" => Reply::ok(
            json!({ "data": [tweet(1, "acme one")], "errors": [fault(2, "resource-not-found"),
                fault(3, "not-authorized-for-resource"), fault(4, "something-else"), 7] })
            .to_string(),
        ),
        _ if asked.query.contains_key("since_id") => Reply::ok("{\"meta\": {\"result_count\": 0}}"),
        _ => {
            let data: Vec<Value> = (1..=5).map(|id| tweet(id, "acme one")).collect();
            Reply::ok(json!({ "data": data, "meta": { "newest_id": "5" } }).to_string())
        }
    });
    assert_eq!(harvest(&place, &replay, &["--max-dollars", "4.0"])["new"], 5);
    for (dollars, deleted) in [("0.04", 0), ("4.0", 2)] {
        let_pass(&place, 1, |_| ());
        let report = harvest(&place, &replay, &["--max-dollars", dollars]);
        assert_eq!(report["deleted"], deleted, "{dollars}: {report}");
        assert_eq!(health(&place), if deleted == 0 { Health::Spent } else { Health::Ok });
    }
    assert_eq!(place.ids(), ["x:1", "x:4", "x:5"]);
}

/// All ids that are had are handed over, and what the list names goes, for nothing; a job that is under way is not made again.
#[test]
fn what_the_list_of_x_names_goes() {
    let place = Place::new("[[source]]\nname = \"x\"\n");
    let steps = std::sync::atomic::AtomicUsize::new(0);
    let replay = Replay::start(move |asked| {
        let job = |status: &str| {
            let job = json!({ "id": "77", "type": "tweets", "status": status,
                              "upload_url": "https://files.example/up?key=u", "download_url": "https://files.example/down?key=d" });
            Reply::ok(json!({ "data": job }).to_string())
        };
        match (asked.host.as_str(), asked.path.as_str()) {
            ("api.x.com", "/2/tweets") => Reply::status(503),
            ("api.x.com", "/2/compliance/jobs") => job("created"),
            ("api.x.com", "/2/compliance/jobs/77") => {
                let step = steps.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                job(if step == 0 { "in_progress" } else { "complete" })
            }
            ("files.example", "/up") => Reply::ok(""),
            ("files.example", "/down") => {
                let event = |id: u32, action: &str, reason: &str| {
                    json!({ "id": id.to_string(), "action": action, "created_at": ago(80).to_string(),
                            "redacted_at": ago(5).to_string(), "reason": reason })
                    .to_string()
                        + "\n"
                };
                let list = [
                    event(2, "delete", "deleted"),
                    event(3, "rehydrate", "tweet_edited"),
                    event(4, "delete", "suspended"),
                ];
                Reply::ok(list.concat())
            }
            _ if asked.query.contains_key("since_id") => Reply::ok("{\"meta\": {\"result_count\": 0}}"),
            _ => {
                let tweet = |id: u32| {
                    json!({ "id": id.to_string(), "text": "acme", "author_id": "9",
                            "created_at": (ago(72) + SignedDuration::from_mins(id.into())).to_string() })
                };
                let data: Vec<Value> = (1..=5).map(tweet).collect();
                Reply::ok(json!({ "data": data, "meta": { "newest_id": "5" } }).to_string())
            }
        }
    });
    harvest(&place, &replay, &["--max-dollars", "1"]);
    // No dollar is needed: in the next run it has posts, makes a job and finds it under way.
    let mut state = place.state();
    for (stream, progress, mut standing) in state.compliance().unwrap() {
        standing.due = None;
        let step = Step { stream, progress, standing, covered: None, dollars: 0.0, seen: Vec::new() };
        state.keep_steps(&[step], ago(0)).unwrap();
    }
    drop(state);
    let deleted: Vec<u64> =
        (0..2).map(|_| harvest(&place, &replay, &[])["deleted"].as_u64().unwrap()).collect();
    assert_eq!(deleted.iter().sum::<u64>(), 2, "{deleted:?}");
    assert_eq!(place.ids(), ["x:1", "x:3", "x:5"]);
    // Not again today.
    harvest(&place, &replay, &[]);
    let asked = replay.asked();
    let handed: Vec<&Asked> = asked.iter().filter(|asked| asked.path == "/up").collect();
    assert_eq!(handed.len(), 1);
    assert_eq!(handed[0].body, "1\n2\n3\n4\n5");
    assert!(!handed[0].headers.contains_key("authorization"), "the address is enough");
    let lag = place.state().lags().unwrap()["x"];
    assert_eq!((lag.count, lag.exact), (2, 2));
    assert!((5 * 3600..5 * 3600 + 900).contains(&lag.largest_seconds), "{lag:?}");
    let told = common::run(&place.data(), &["sources"]);
    assert!(told.contains("told all ids that are had, 5 so far; that is ok"), "{told}");
}

/// The live stream does not tell who opted out: that is asked before a post is kept, and while nobody says, the stream waits.
#[test]
fn who_opted_out_is_asked_before_a_post_is_kept() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let event = |number: i64, did: &str, text: &str| {
        json!({ "did": did, "time_us": ago(2).as_microsecond() + number, "kind": "commit", "commit": {
                "operation": "create", "collection": "app.bsky.feed.post", "rkey": number.to_string(), "rev": "r",
                "record": { "text": text, "createdAt": ago(2).to_string() } } })
        .to_string()
    };
    // Thirty who name the brand, one of them twice, and one who does not.
    let mut events: Vec<String> =
        (0..30).map(|number| event(number, &format!("did:{number}"), "acme is late")).collect();
    events.push(event(30, "did:3", "acme again"));
    events.push(event(31, "did:other", "nice weather"));
    let site = |profiles: fn(&Asked) -> Reply| {
        let events = events.clone();
        move |asked: &Asked| match asked.host.as_str() {
            "jetstream2.us-east.bsky.network" => {
                socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
            }
            "public.api.bsky.app" if asked.path.ends_with("getProfiles") => profiles(asked),
            _ => Reply::status(500),
        }
    };
    for (profiles, expected) in [
        ((|_| Reply::status(403)) as fn(&Asked) -> Reply, Health::Blocked),
        (|_| Reply::status(500), Health::Late),
        (|_| Reply::ok("<html><body>Busy</body></html>"), Health::Blocked),
        (|_| Reply::ok("{\"profiles\": [{\"handle\": \"nobody\"}]}"), Health::Unreadable),
    ] {
        let replay = Replay::start(site(profiles));
        assert_eq!(harvest(&place, &replay, &[])["new"], 0);
        let live = place.state().streams().unwrap().into_iter().find(|(stream, ..)| stream.place == "live");
        let (_, progress, standing) = live.unwrap();
        assert_eq!((standing.health, progress.mark), (expected, None));
        let why = standing.why.unwrap();
        assert!(why.starts_with("posts wait until it is known who opted out: "), "{why}");
    }
    // A site that takes no request at all looks nobody up: the fault is not each author's.
    let replay = Replay::start(site(|_| Reply::status(400)));
    assert_eq!(harvest(&place, &replay, &[])["new"], 0);
    let live = place.state().streams().unwrap().into_iter().find(|(stream, ..)| stream.place == "live");
    assert_eq!(
        live.map(|(_, progress, standing)| (standing.health, progress.mark)),
        Some((Health::Unreadable, None))
    );
    // Who is not listed has no profile, and said nothing.
    let replay = Replay::start(site(|_| {
        let label = json!([{ "val": "!no-unauthenticated", "src": "did:3" }]);
        let profiles =
            json!([{ "did": "did:3", "labels": label }, { "did": "did:4", "labels": [{ "val": "bot" }] }]);
        Reply::ok(json!({ "profiles": profiles }).to_string())
    }));
    assert_eq!(harvest(&place, &replay, &[])["new"], 29);
    let ids = place.ids();
    assert!(
        ids.iter().all(|id| !id.starts_with("bluesky:did:3/")) && ids.contains(&"bluesky:did:4/4".to_owned()),
        "{ids:?}"
    );
    // At most 25 at once, each author once, and nobody whose post would not be kept.
    let asked = replay.asked();
    let looked: Vec<&Asked> = asked.iter().filter(|asked| asked.path.ends_with("getProfiles")).collect();
    assert_eq!(looked.len(), 2, "{looked:?}");
    assert!(looked.iter().all(|asked| asked.get("actors") != "did:other"), "{looked:?}");
}

/// Who opts out says so in the stream, with the profile that changes: what is had of them goes, and nothing more comes, whatever
/// was known of them a moment ago.
#[test]
fn who_opts_out_while_the_stream_is_read_is_heard_at_once() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let event = |number: i64, did: &str, collection: &str, record: Value| {
        json!({ "did": did, "time_us": ago(2).as_microsecond() + number, "kind": "commit", "commit": {
                "operation": "create", "collection": collection, "rkey": number.to_string(), "rev": "r", "record": record } })
        .to_string()
    };
    let post = |number, did| event(number, did, "app.bsky.feed.post", json!({ "text": "acme is late" }));
    let profile = |number, did, label: &str| {
        let labels = json!({ "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": label }] });
        event(number, did, "app.bsky.actor.profile", json!({ "displayName": "A", "labels": labels }))
    };
    let out = "!no-unauthenticated";
    let runs = [
        vec![post(1, "did:a"), post(2, "did:b"), post(3, "did:c")],
        // Another label is no wish, and a profile without any is none.
        vec![
            post(4, "did:a"),
            profile(5, "did:a", out),
            post(6, "did:a"),
            profile(7, "did:b", "bot"),
            event(8, "did:c", "app.bsky.actor.profile", json!({ "displayName": "C" })),
            post(9, "did:b"),
        ],
    ];
    for (events, expected) in runs.into_iter().zip([
        vec!["bluesky:did:a/1", "bluesky:did:b/2", "bluesky:did:c/3"],
        vec!["bluesky:did:b/2", "bluesky:did:b/9", "bluesky:did:c/3"],
    ]) {
        let replay = Replay::start(move |asked: &Asked| match asked.host.as_str() {
            "jetstream2.us-east.bsky.network" => {
                socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
            }
            // What the site says of an author may be some minutes old.
            _ => beside_live(asked),
        });
        harvest(&place, &replay, &[]);
        assert_eq!(place.ids(), expected);
    }
    let lag = place.state().lags().unwrap()["bluesky"];
    // Of the two posts of who opted out, one was had.
    assert_eq!((lag.count, lag.exact), (1, 1), "{lag:?}");
}

/// One author whom the site refuses to look up makes it refuse all who are asked about at once.
#[test]
fn who_cannot_be_looked_up_is_not_kept_and_holds_no_other() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let events: Vec<String> = (0..5)
        // The last one asked about is the one who cannot be looked up.
        .map(|number| {
            json!({ "did": format!("did:{number}"), "time_us": ago(2).as_microsecond() + number, "kind": "commit", "commit": {
                "operation": "create", "collection": "app.bsky.feed.post", "rkey": number.to_string(), "rev": "r",
                "record": { "text": "acme is late", "createdAt": ago(2).to_string() } } })
            .to_string()
        })
        .collect();
    let replay = Replay::start(move |asked: &Asked| match asked.host.as_str() {
        "jetstream2.us-east.bsky.network" => {
            socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
        }
        "public.api.bsky.app" if asked.path.ends_with("getProfiles") && asked.get("actors") == "did:4" => {
            Reply::status(400)
        }
        _ => beside_live(asked),
    });
    assert_eq!(harvest(&place, &replay, &[])["new"], 4);
    assert_eq!(place.ids(), ["bluesky:did:0/0", "bluesky:did:1/1", "bluesky:did:2/2", "bluesky:did:3/3"]);
    let live = place.state().streams().unwrap().into_iter().find(|(stream, ..)| stream.place == "live");
    let (_, progress, standing) = live.unwrap();
    assert!(progress.mark.is_some());
    assert_eq!((standing.health, standing.rejects), (Health::Ok, 1));
}

/// Who opts out later is seen by a look, which takes all posts of that author.
#[test]
fn who_no_longer_wants_to_be_shown_is_not_kept() {
    let place = Place::new("[[source]]\nname = \"bluesky\"\n");
    let events: Vec<String> =
        [("did:a", "1"), ("did:a", "2"), ("did:b", "1"), ("did:c", "1"), ("did:d", "1")]
            .iter()
            .zip(0..)
            .map(|((did, key), at)| {
                json!({ "did": did, "time_us": ago(72).as_microsecond() + at, "kind": "commit", "commit": {
                "operation": "create", "collection": "app.bsky.feed.post", "rkey": key, "rev": "r",
                "record": { "text": format!("acme {did}"), "createdAt": ago(72).to_string() } } })
                .to_string()
            })
            .collect();
    let site = |events: Vec<String>, looked: Value| {
        move |asked: &Asked| match asked.host.as_str() {
            "jetstream2.us-east.bsky.network" => {
                socket(asked, &events.iter().map(String::as_str).collect::<Vec<_>>())
            }
            "public.api.bsky.app" if asked.path.ends_with("getPosts") => Reply::ok(looked.to_string()),
            _ => beside_live(asked),
        }
    };
    let replay = Replay::start(site(events, json!({ "posts": 7 })));
    assert_eq!(harvest(&place, &replay, &[])["new"], 5);
    drop(replay);
    let view = |did: &str, labels: &[&str]| {
        json!({ "uri": format!("at://{did}/app.bsky.feed.post/1"), "record": { "text": format!("acme {did}") },
                "author": { "did": did, "handle": "h.example",
                            "labels": labels.iter().map(|label| json!({ "val": label })).collect::<Vec<_>>() } })
    };
    // a opted out, b is as it was, c is left out; and d says that it deletes its post, an hour ago.
    let second = json!({ "uri": "at://did:a/app.bsky.feed.post/2", "record": { "text": "acme" },
                         "author": { "did": "did:a", "handle": "h.example" } });
    let looked = json!({ "posts": [view("did:a", &["!no-unauthenticated"]), second, view("did:b", &["other"]), view("did:d", &[])] });
    let delete = json!({ "did": "did:d", "time_us": ago(1).as_microsecond(), "kind": "commit",
        "commit": { "operation": "delete", "collection": "app.bsky.feed.post", "rkey": "1", "rev": "r" } });
    let_pass(&place, 1, |_| ());
    let replay = Replay::start(site(vec![delete.to_string()], looked));
    let report = harvest(&place, &replay, &[]);
    assert_eq!(report["deleted"], 4, "{report}");
    assert_eq!(place.ids(), ["bluesky:did:b/1"]);
    let lag = place.state().lags().unwrap()["bluesky"];
    assert_eq!((lag.count, lag.exact), (4, 1));
    assert!((3600..4200).contains(&lag.largest_seconds), "as the stream says when: {lag:?}");
    // Who looks up has no name there, and the author's handle is not what the stream called them.
    let export = common::run(&place.data(), &["export", "--format", "ndjson"]);
    assert_eq!(export.lines().count(), 1);
}

/// Every site's look-up is held to one contract, as its answers are.
#[test]
fn rubbish_takes_out_nothing_at_any_site() {
    let mut count = 0;
    let rubbish = [
        "<html><body>Busy</body></html>",
        "[",
        "[]",
        "{}",
        "7",
        "{\"id\": \"7\"}",
        "{\"error\": \"busy\"}",
        "\u{0}",
    ];
    for compliance in ALL.iter().filter_map(|source| source.compliance()) {
        for body in rubbish {
            assert!(compliance.parse(&Answer::ok(body.as_bytes())).is_err(), "{body}");
            assert!(compliance.how_far(&Answer::ok(body.as_bytes())).is_err(), "{body}");
        }
    }
    for source in ALL {
        let Some(recheck) = source.recheck() else { continue };
        count += 1;
        let name = source.about().name;
        let rules = recheck.rules();
        assert!(rules.most >= 1 && rules.a_day >= 1, "{name}");
        let natives = ["home.example/post/7", "did:a/7", "owner/name/issues/7", "android/7", "7"];
        for native in natives {
            let attributes = [("native", "home.example/7"), ("forum", "home.example"), ("number", "7")];
            let post = grouse::model::Post {
                id: PostId::new(format!("{name}:{native}")).unwrap(),
                attributes: BTreeMap::from(
                    attributes.map(|(name, value)| (name.to_owned(), value.to_owned())),
                ),
                ..common::post("7", "acme")
            };
            let posts = [post];
            let _ = recheck.place(&posts[0]);
            if let Some(request) = recheck.request(&posts) {
                assert!(request.url.starts_with("https://"), "{name}: {}", request.url);
            }
            for body in [
                "",
                "<html><body>Busy</body></html>",
                "[",
                "[]",
                "{}",
                "7",
                "\"a\"",
                "{\"items\": 7}",
                "{\"posts\": {}}",
                "{\"data\": 7}",
                "{\"kind\": \"Listing\"}",
                "{\"error\": \"busy\"}",
                "\u{0}\u{1}",
            ] {
                let gone =
                    recheck.parse(&posts, &Answer::ok(body.as_bytes())).map_or(0, |read| read.gone.len());
                assert_eq!(gone, 0, "{name}: {body}");
            }
        }
    }
    assert!(count >= 11, "{count} sites can be asked");
}
