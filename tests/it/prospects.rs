//! Promise: is a prospect a competitor's customer who asks for something that we solve and was not helped, with the reason
//! in words; and are those who only vent, are thankful or are ours left out?

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grouse::api::{
    self, Api, Filters, ProspectAnswer, ProspectsAnswer, ProspectsWanted, SearchAsked, router,
};
use grouse::config::read_watchlist;
use grouse::model::{Author, Post, PostId, Wait, Watchlist, WatchlistId};
use grouse::store::{Sort, Store};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt;

use crate::common::{fail, post, put, run, store_of};

const WATCHLIST: &str = r#"
name = "Two"
purpose = "a test"
languages = ["nl", "en"]
time_zone = "Europe/Amsterdam"
solves = ["geen internet", "klantenservice onbereikbaar", "monteur komt niet opdagen", "no internet"]
[[brand]]
name = "Onsnet"
role = "own"
handles = ["onsnet"]
guidance = "Zeg wie je bent, en help eerst."
[[brand]]
name = "Zijnet"
role = "competitor"
handles = ["zijnet"]
[[brand]]
name = "Derdenet"
role = "competitor"
handles = ["derdenet"]
"#;

fn watchlist() -> Watchlist {
    read_watchlist(WatchlistId::new("two").unwrap(), WATCHLIST).unwrap()
}

/// A post of `author`, so many hours after noon in UTC on 2026-01-15.
fn said(native: &str, author: &str, hour: i64, text: &str) -> Post {
    let mut post = post(native, text);
    post.author = Some(Author { handle: author.to_owned(), name: None });
    post.created = post.created.map(|noon| noon + SignedDuration::from_hours(hour));
    post.url = Some(format!("https://x.example/{native}"));
    post
}

fn below(parent: &str, native: &str, author: &str, hour: i64, text: &str) -> Post {
    let mut post = said(native, author, hour, text);
    post.reply_to = Some(PostId::new(format!("test:{parent}")).unwrap());
    post
}

fn asked(store: &Store, wanted: &ProspectsWanted) -> ProspectsAnswer {
    api::prospects(store, wanted).unwrap()
}

fn natives(answer: &ProspectsAnswer) -> Vec<&str> {
    answer.prospects.iter().map(|prospect| &prospect.post.id[5..]).collect()
}

fn threads() -> Vec<Post> {
    vec![
        // Waits, and asks for another provider.
        said("away", "anna", 0, "@zijnet al drie dagen geen internet, wie weet een betere provider?"),
        // Waits for help.
        said(
            "help",
            "bert",
            1,
            "@zijnet ik heb geen internet meer. Kunnen jullie dit oplossen? Dit is echt belachelijk!",
        ),
        below("help", "help-other", "carla", 2, "ik ook niet"),
        // Was helped late, and says nothing.
        said(
            "late",
            "dirk",
            -60,
            "@derdenet de monteur kwam niet opdagen, wat nu? Heel slecht. Graag een reactie.",
        ),
        below("late", "late-answer", "derdenet", -20, "Wat vervelend, stuur je ons een DM?"),
        // Was helped in time.
        said("quick", "eva", -60, "@zijnet weer geen internet! Kunnen jullie dit snel oplossen? Schandalig."),
        below("quick", "quick-answer", "zijnet", -59, "We kijken het na"),
        // Was helped late and is thankful; and one who found it out by himself.
        said("thanked", "fred", -60, "@zijnet geen internet, kunnen jullie helpen? Dit is belachelijk."),
        below("thanked", "thanked-answer", "zijnet", -10, "Het is hersteld"),
        below("thanked-answer", "thanked-later", "fred", -9, "Top, bedankt!"),
        said("solved", "gijs", -20, "@zijnet geen internet hier, kan iemand mij helpen? Belachelijk!"),
        below("solved", "solved-later", "gijs", -19, "inmiddels opgelost, bedankt"),
        // Only vents.
        said("venting", "hans", 0, "@zijnet wat een waardeloze club, alweer geen internet. Schandalig."),
        // Asks for help with what we do not solve.
        said(
            "other",
            "ina",
            0,
            "@zijnet mijn factuur is veel te hoog! Kunnen jullie dit uitzoeken? Belachelijk.",
        ),
        // Complains of us; and praises.
        said("ours", "jan", 0, "@onsnet geen internet sinds gisteren. Kunnen jullie dit oplossen? Slecht."),
        said(
            "joined",
            "nel",
            0,
            "Net overgestapt naar zijnet, geen internet gehad tijdens de overstap, wat een verademing",
        ),
        said(
            "praise",
            "kees",
            0,
            "@zijnet gisteren geen internet, vandaag snel geholpen. Dank jullie wel, geweldige service!",
        ),
        // Words of another, and an offer of somebody else.
        said(
            "passed-on",
            "rik",
            0,
            "RT @anouk: @zijnet al een week geen internet, wie weet een betere provider?",
        ),
        said(
            "offer",
            "snelnet",
            0,
            "Op zoek naar een alternatief voor zijnet, geen internet? Bekijk onze nieuwe pakketten op https://snelnet.example",
        ),
        // Asked a long time ago, twice by the same person, and word for word by another.
        said("stale", "lotte", -24 * 40, "@zijnet geen internet, kunnen jullie dit oplossen? Belachelijk."),
        said("again", "bert", -5, "@zijnet nog steeds geen internet! Kunnen jullie mij helpen? Belachelijk."),
        said("copy", "mo", -3, "@zijnet al drie dagen geen internet, wie weet een betere provider?"),
    ]
}

#[test]
fn who_asks_about_a_provider_in_the_us_offers_nothing() {
    let asks = said(
        "us",
        "amy",
        0,
        "@zijnet no internet for three days, should I switch to US Mobile? Who knows a better provider?",
    );
    let offers = said(
        "ad",
        "adco",
        0,
        "@zijnet no internet for three days? Who knows a better provider? Check out our plans!",
    );
    let shared = said(
        "shared",
        "sam",
        0,
        "Fed up with no internet from Zijnet? Switch with us today and get three months free! Who wants in?",
    );
    let dutch =
        said("dutch", "els", 0, "Klaar met geen internet van Zijnet? Bij ons stap je over in vijf minuten!");
    let home = said(
        "home",
        "ann",
        0,
        "@zijnet no internet for three days, and nobody can come to our house. Who knows a better provider?",
    );
    let (_folder, store) = store_of(vec![asks, offers, shared, dutch, home], Some(&watchlist()));
    let found = asked(&store, &ProspectsWanted::default());
    let mut found = natives(&found);
    found.sort_unstable();
    assert_eq!(found, ["home", "us"]);
}

/// Who left long ago has another provider by now; who leaves now, after years as a customer, has not.
#[test]
fn who_left_long_ago_is_no_prospect() {
    let now = [
        "I left Zijnet this week, no internet for three days. Terrible.",
        "Two years ago I signed a contract, and now I'm leaving @zijnet: no internet for three days. Terrible!",
        "Drie jaar geleden werd ik klant en nu ga ik weg bij @zijnet, weer geen internet. Waardeloos.",
        "@zijnet had no internet for days, like last year. I'm leaving. Terrible service.",
        "Klant sinds 2009 bij Zijnet en vandaag opgezegd, drie weken geen internet. Waardeloos.",
        "I got this contract in 2023, and now I'm leaving @zijnet: no internet all week. Terrible service.",
    ];
    let long_ago = [
        "I left Zijnet two years ago, no internet for days. Terrible company.",
        "We switched from Zijnet to Derdenet years ago, no internet all week. Terrible.",
        "About three years ago we left Zijnet because of no internet. Terrible.",
        "Vorig jaar ben ik overgestapt van Zijnet naar Derdenet, geen internet en slechte service. Waardeloos.",
        "Ik ben twee jaar geleden weggegaan bij Zijnet, steeds geen internet. Waardeloos.",
        "I left Zijnet in 2022 because of no internet. Terrible company.",
        "Cancelled Zijnet in the summer of 2020, no internet for weeks. Terrible.",
        "We moved from Zijnet to Derdenet, no internet for weeks back then. Terrible.",
        "In 2021 overgestapt van Zijnet naar Derdenet, steeds geen internet. Waardeloos.",
        "Sinds 2020 weg bij Zijnet, altijd geen internet. Waardeloos.",
        "Opgezegd bij Zijnet in het najaar van 2019, elke week geen internet. Waardeloos.",
    ];
    let posts = |texts: &[&str], name: &str| -> Vec<Post> {
        texts
            .iter()
            .zip(1..)
            .map(|(text, at)| said(&format!("{name}-{at}"), &format!("{name}{at}"), at, text))
            .collect()
    };
    let (_folder, store) =
        store_of([posts(&now, "now"), posts(&long_ago, "then")].concat(), Some(&watchlist()));
    let mut found = natives(&asked(&store, &ProspectsWanted::default()))
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    found.sort();
    assert_eq!(found, ["now-1", "now-2", "now-3", "now-4", "now-5", "now-6"]);
}

/// Five who post one text are one entry, which says so and where the others are; who of them is helped is not counted.
#[test]
fn people_who_write_the_same_are_one_prospect_that_tells_of_them() {
    let text = "@zijnet al drie dagen geen internet, wie weet een betere provider?";
    let mut posts: Vec<Post> =
        ["anna", "bob", "cees", "dora"].iter().zip(0..).map(|(who, at)| said(who, who, at, text)).collect();
    posts.push(below("cees", "thanks", "cees", 5, "Opgelost inmiddels, bedankt!"));
    // The same person twice.
    posts.push(said("anna-2", "anna", 4, text));
    // One without a name may be any of them.
    posts.push(Post { author: None, ..said("nobody", "nobody", 2, text) });
    let (folder, store) = store_of(posts, Some(&watchlist()));
    let answer = asked(&store, &ProspectsWanted::default());
    assert_eq!((answer.total, answer.candidates), (1, 6));
    let [one] = answer.prospects.as_slice() else { panic!("{answer:#?}") };
    let mut all: Vec<&str> =
        one.others.iter().map(|other| other.id.as_str()).chain([one.post.id.as_str()]).collect();
    all.sort_unstable();
    assert_eq!((one.people, all), (3, vec!["test:anna-2", "test:bob", "test:dora"]));
    assert_eq!(one.why.last().unwrap(), "2 others wrote the same");
    assert!(one.others.iter().all(|other| other.url.as_deref().unwrap().starts_with("https://x.example/")));
    let said = run(folder.path(), &["prospects"]);
    assert_eq!(said.matches("https://x.example/").count(), 3, "{said}");
}

#[test]
fn who_asks_how_to_leave_a_competitor_is_a_prospect_whether_they_complain_or_not() {
    let text = "Hoe zeg ik mijn abonnement bij zijnet op? Ik heb hier geen internet nodig";
    let (_folder, store) = store_of(vec![said("how", "amy", 0, text)], Some(&watchlist()));
    let answer = asked(&store, &ProspectsWanted::default());
    let [prospect] = answer.prospects.as_slice() else { panic!("{:#?}", answer.prospects) };
    let expect = match prospect.post.judgement.intent {
        "question" => "asks how to leave Zijnet",
        _ => "asks Zijnet for help",
    };
    assert_eq!(prospect.why[0], expect);
    assert!(
        prospect.post.judgement.signals.contains(&"threat-to-leave"),
        "{:?}",
        prospect.post.judgement.signals
    );
}

#[test]
fn only_who_asks_waits_and_fits_is_a_prospect() {
    let (_folder, store) = store_of(threads(), Some(&watchlist()));
    let answer = asked(&store, &ProspectsWanted::default());
    assert_eq!(natives(&answer), ["away", "help", "late"], "{:#?}", answer.prospects);
    assert_eq!(answer.total, 3);
    let fits: Vec<&str> = answer.prospects.iter().map(|prospect| prospect.fit).collect();
    assert_eq!(fits, ["strong", "good", "good"]);
    // What was looked at is a question that finds as many.
    let filters = Filters { q: answer.question.query.clone(), ..Filters::default() };
    let search = SearchAsked { filters, sort: Sort::Newest, limit: 0, cursor: None };
    assert_eq!(api::search(&store, &search).unwrap().total, answer.candidates as u64);

    let why = |prospect: &ProspectAnswer| prospect.why.join("; ");
    let [away, help, late] = answer.prospects.as_slice() else { panic!("three") };
    assert!(
        why(away).starts_with(
            "asks for an alternative to Zijnet; about “geen internet”, which we solve; no answer for 2 hours"
        ),
        "{}",
        why(away)
    );
    assert!(
        why(help).starts_with("asks Zijnet for help; about “geen internet”, which we solve"),
        "{}",
        why(help)
    );
    assert!(why(late).contains("about “monteur komt niet opdagen”, which we solve"), "{}", why(late));
    assert!(why(late).contains("Derdenet answered after 40 hours"), "{}", why(late));
    assert_eq!(help.thread.iter().map(|post| post.id.as_str()).collect::<Vec<_>>(), ["test:help-other"]);
    assert_eq!(help.url.as_deref(), Some("https://x.example/help"));
    assert_eq!(help.guidance.as_deref(), Some("Zeg wie je bent, en help eerst."));
    assert_eq!(help.post.response.as_ref().unwrap().answered, "no");
    assert!(answer.notes.is_empty(), "{:?}", answer.notes);
}

#[test]
fn what_late_and_stale_mean_can_be_said() {
    let (_folder, store) = store_of(threads(), Some(&watchlist()));
    let patient = ProspectsWanted { late: Wait::hours(48), ..ProspectsWanted::default() };
    assert_eq!(natives(&asked(&store, &patient)), ["away", "help"]);
    let long = ProspectsWanted { stale: Wait::hours(24 * 60), ..ProspectsWanted::default() };
    assert!(natives(&asked(&store, &long)).contains(&"stale"));
    let one = ProspectsWanted { limit: 1, ..ProspectsWanted::default() };
    let answer = asked(&store, &one);
    assert_eq!((answer.total, natives(&answer)), (3, vec!["away"]));
    let filters = Filters { brand: vec!["derdenet".to_owned()], ..Filters::default() };
    assert_eq!(natives(&asked(&store, &ProspectsWanted { filters, ..ProspectsWanted::default() })), ["late"]);
}

#[test]
fn fit_comes_before_freshness_then_severity_then_reach() {
    // Each in other words: what says the same is one case.
    let of = |native: &str, hour: i64, reach: u64, text: &str| {
        let mut post = said(native, native, hour, text);
        post.reach = Some(reach);
        post
    };
    let posts = vec![
        of("worse", 0, 10, "@zijnet ik heb geen internet. Kunnen jullie dit oplossen?"),
        of("small", 0, 20, "Geen internet meer sinds de storm @zijnet! Kan iemand mij verder helpen?"),
        of(
            "large",
            -2,
            5000,
            "Geen internet in Assen sinds vanmorgen, @zijnet kunnen jullie hiernaar kijken?",
        ),
        of("old", -100, 90_000, "Al uren geen internet op mijn werk @zijnet! Wie kan mij verder helpen?"),
        said(
            "leaves",
            "leaves",
            -100,
            "Ik ga weg bij @zijnet, al weken geen internet. Ik heb mijn abonnement opgezegd.",
        ),
    ];
    let (_folder, store) = store_of(posts, Some(&watchlist()));
    let answer = asked(&store, &ProspectsWanted::default());
    assert_eq!(natives(&answer), ["leaves", "worse", "large", "small", "old"], "{:#?}", answer.prospects);
    assert!(answer.prospects[2].why.contains(&"may reach 5000 people".to_owned()));
}

#[test]
fn a_market_that_says_too_little_is_told_so() {
    let bare = WATCHLIST
        .lines()
        .filter(|line| !line.starts_with("solves") && !line.starts_with("guidance"))
        .collect::<Vec<_>>()
        .join("\n");
    let watchlist = read_watchlist(WatchlistId::new("two").unwrap(), &bare).unwrap();
    let (_folder, store) = store_of(threads(), Some(&watchlist));
    let answer = asked(&store, &ProspectsWanted::default());
    assert_eq!(answer.total, 0);
    assert!(answer.notes.iter().any(|note| note.contains("solves = [")), "{:?}", answer.notes);
    assert!(answer.notes.iter().any(|note| note.contains("guidance = ")), "{:?}", answer.notes);
}

#[tokio::test]
async fn http_and_the_command_line_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), threads(), Some(&watchlist()));
    let told: Value =
        serde_json::from_str(&run(folder.path(), &["prospects", "--json", "--late", "2d"])).unwrap();
    assert_eq!(told["total"], 2);
    let store = Arc::new(Store::open(folder.path()).unwrap());
    let get = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(Api::new(store.clone())).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap_or_default())
    };
    assert_eq!(get("/v1/prospects?late=48h").await, (StatusCode::OK, told));
    for wrong in ["late=soon", "limit=201", "by=brand"] {
        assert_eq!(get(&format!("/v1/prospects?{wrong}")).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let said = run(folder.path(), &["prospects"]);
    assert!(said.starts_with("3 prospects among "), "{said}");
    assert!(said.contains("How we answer: Zeg wie je bent, en help eerst."), "{said}");
    let said = fail(folder.path(), &["prospects", "--late", "soon"]);
    assert!(said.contains("is not a length of time"), "{said}");
}

#[test]
fn the_demo_has_prospects_that_make_sense() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["demo", "--only-make"]);
    let store = Store::open(&folder.path().join("demo")).unwrap();
    let answer = asked(&store, &ProspectsWanted { limit: 200, ..ProspectsWanted::default() });
    assert!((10..60).contains(&answer.total), "{}", answer.total);
    for prospect in &answer.prospects {
        let post = &prospect.post;
        // The scenario says what each post is about, and to whom.
        assert_ne!(post.attributes.get("brand").map(String::as_str), Some("pakketpijl"), "{post:#?}");
        assert!(["complaint", "switch", "sarcasm"].contains(&post.attributes["tone"].as_str()), "{post:#?}");
        assert_ne!(prospect.brand.as_str(), "pakketpijl");
        assert!(prospect.guidance.is_some() && prospect.url.is_some() && prospect.why.len() >= 3);
        assert!(
            !prospect
                .thread
                .iter()
                .any(|later| later.author == post.author && later.text.contains("bedankt"))
        );
    }
}
