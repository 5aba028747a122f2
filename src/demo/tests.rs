//! Does the made-up market keep its story? The counts that a reader of the scenario expects, and no surprise besides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

static DEMO: LazyLock<Scenario> = LazyLock::new(|| toml::from_str(SCENARIO).unwrap());
static POSTS: LazyLock<Vec<Post>> = LazyLock::new(|| posts(&DEMO));

fn attribute<'a>(post: &'a Post, name: &str) -> Option<&'a str> {
    post.attributes.get(name).map(String::as_str)
}

/// Posts for each day of the story, from 1.
fn by_day(is_meant: impl Fn(&Post) -> bool) -> BTreeMap<u32, usize> {
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let mut days: BTreeMap<u32, usize> = (1..=90).map(|day| (day, 0)).collect();
    for created in POSTS.iter().filter(|post| is_meant(post)).filter_map(|post| post.created) {
        let day = created.to_zoned(zone.clone()).date();
        let nth = day.since(date(2026, 8, 1)).unwrap().get_days() + 1;
        *days.get_mut(&u32::try_from(nth).unwrap()).unwrap() += 1;
    }
    days
}

fn median(numbers: impl Iterator<Item = usize>) -> usize {
    let mut numbers: Vec<usize> = numbers.collect();
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let again = posts(&toml::from_str(SCENARIO).unwrap());
    assert_eq!(*POSTS, again);
    let other = posts(&DEMO.clone().with_seed(7));
    let same = POSTS.iter().zip(&other).filter(|(one, two)| one.text == two.text).count();
    assert!(same < 100, "{same}");
    assert_eq!(DEMO.last_day(), date(2026, 10, 29));
}

#[test]
fn there_are_about_8000_posts_with_ids_and_answers_that_hold() {
    assert!((7_600..=8_400).contains(&POSTS.len()), "{}", POSTS.len());
    let by_id: BTreeMap<&PostId, &Post> = POSTS.iter().map(|post| (&post.id, post)).collect();
    assert_eq!(by_id.len(), POSTS.len());
    for post in POSTS.iter() {
        assert_eq!(post.id.source(), post.source.as_str());
        assert_eq!(
            post.kind == Kind::Response || post.kind == Kind::Reply,
            post.reply_to.is_some(),
            "{post:?}"
        );
        if let Some(to) = &post.reply_to {
            let to = by_id[to];
            assert!(post.created.unwrap() > to.created.unwrap(), "{post:?}");
            assert_eq!(post.source, to.source);
            assert_eq!(attribute(post, "brand"), attribute(to, "brand"));
        }
        assert_eq!(post.kind == Kind::Review, post.rating.is_some());
    }
}

#[test]
fn ids_of_a_source_grow_with_time() {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for post in POSTS.iter() {
        let native: u64 = post.id.as_str().split_once(':').unwrap().1.parse().unwrap();
        let before = last.insert(post.source.as_str(), native).unwrap_or(0);
        assert!(before < native, "{}", post.id);
    }
    assert_eq!(last.keys().copied().collect::<Vec<_>>(), ["demo-forum", "demo-reviews", "demo-social"]);
}

#[test]
fn most_is_dutch_and_the_rest_english() {
    let share = |code: &str| {
        let spoken = POSTS.iter().filter(|post| attribute(post, "language") == Some(code)).count();
        spoken as f64 / POSTS.len() as f64
    };
    assert!((0.55..0.65).contains(&share("nl")), "{}", share("nl"));
    assert!((0.33..0.43).contains(&share("en")), "{}", share("en"));
    let abroad = share("de") + share("fr");
    assert!((0.015..0.045).contains(&abroad), "{abroad}");
}

#[test]
fn the_storm_and_the_outage_show() {
    let all = by_day(|_| true);
    assert!(all[&31] as f64 >= 2.5 * median(all.values().copied()) as f64, "{all:?}");
    let vlotpost = by_day(|post| attribute(post, "brand") == Some("vlotpost") && post.kind != Kind::Response);
    assert!(vlotpost[&52] >= 4 * median(vlotpost.values().copied()), "{vlotpost:?}");
    let outage = by_day(|post| attribute(post, "event") == Some("outage") && post.kind == Kind::Post);
    assert_eq!(outage[&52], outage.values().sum::<usize>());
}

#[test]
fn the_locker_grows_from_nothing_to_twelve_a_day() {
    let locker = by_day(|post| {
        attribute(post, "problem") == Some("locker") && attribute(post, "brand") == Some("pakketpijl")
    });
    let of = |from: u32, to: u32| locker.range(from..=to).map(|(_, count)| count).sum::<usize>() as f64;
    assert!(of(1, 19) < 1.0);
    assert!(of(20, 34) / 15.0 < 2.5, "{locker:?}");
    assert!((9.5..14.5).contains(&(of(81, 90) / 10.0)), "{locker:?}");
}

#[test]
fn desks_answer_each_at_its_own_speed() {
    let by_id: BTreeMap<&PostId, &Post> = POSTS.iter().map(|post| (&post.id, post)).collect();
    let zone = TimeZone::get("Europe/Amsterdam").unwrap();
    let check = |brand: &str, minutes: std::ops::Range<usize>| {
        let waits = POSTS
            .iter()
            .filter(|post| post.kind == Kind::Response && attribute(post, "brand") == Some(brand));
        let waits = waits.filter_map(|post| {
            let asked = by_id[post.reply_to.as_ref()?].created?;
            let hour = asked.to_zoned(zone.clone()).hour();
            let wait = post.created?.duration_since(asked).as_mins();
            (9..17).contains(&hour).then(|| usize::try_from(wait).unwrap())
        });
        let found = median(waits);
        assert!(minutes.contains(&found), "{brand}: {found} minutes");
    };
    check("merel", 9..16);
    check("pakketpijl", 19..32);
    check("vlotpost", 90..170);
    check("redlane", 400..560);
}

#[test]
fn people_repeat_themselves_rarely() {
    let said: Vec<&str> = POSTS
        .iter()
        .filter(|post| !matches!(attribute(post, "event"), Some("template" | "copy")))
        .map(|post| post.text.as_str())
        .collect();
    let distinct: BTreeSet<&str> = said.iter().copied().collect();
    let repeated = (said.len() - distinct.len()) as f64 / said.len() as f64;
    assert!(repeated < 0.03, "{repeated}");
}

#[test]
fn the_story_has_all_that_a_demo_must_show() {
    let count = |is_meant: &dyn Fn(&Post) -> bool| POSTS.iter().filter(|post| is_meant(post)).count();
    let of = |name: &'static str, value: &'static str| count(&|post| attribute(post, name) == Some(value));
    assert!(count(&|post| attribute(post, "event") == Some("template") && post.kind == Kind::Post) >= 58);
    assert!((30..200).contains(&of("event", "copy")), "{}", of("event", "copy"));
    assert!(count(&|post| attribute(post, "event") == Some("copy") && post.text.starts_with("RT @")) > 30);
    assert!((200..260).contains(&of("event", "namesake")), "{}", of("event", "namesake"));
    for tone in ["praise", "question", "switch", "sarcasm"] {
        assert!(of("tone", tone) > 100, "{tone}: {}", of("tone", tone));
    }
    assert_eq!(count(&|post| post.created.is_none()), 15);
    for datum in ["@example.", "06-123456", "NL85DEMO0417164300", "+44 7700", "4111 1111"] {
        assert!(count(&|post| post.text.contains(datum)) > 0, "{datum}");
    }
    let authors: BTreeSet<&str> =
        POSTS.iter().filter_map(|post| Some(post.author.as_ref()?.handle.as_str())).collect();
    assert!((1_500..=2_504).contains(&authors.len()), "{}", authors.len());
}

#[test]
fn texts_are_short_whole_and_name_no_true_company() {
    let true_names = [
        "postnl",
        "dhl",
        "dpd",
        "ups",
        "fedex",
        "gls",
        "evri",
        "hermes",
        "yodel",
        "royal mail",
        "royalmail",
        "bol.com",
        "amazon",
        "coolblue",
        "zalando",
        "budbee",
        "trunkrs",
        "homerr",
        "parcelforce",
        "bpost",
        "mondial relay",
        "inpost",
        "google",
        "twitter",
        "whatsapp",
        "facebook",
        "trustpilot",
        "lego",
    ];
    for post in POSTS.iter() {
        assert!(!post.text.trim().is_empty(), "{post:?}");
        assert!(post.text.chars().count() <= 1_000, "{post:?}");
        let title = post.title.as_deref().unwrap_or("");
        let all = format!("{title} {}", post.text);
        assert!(!all.contains(['{', '}', '|']) && !all.contains("  "), "{post:?}");
        let all = all.to_lowercase();
        let words: Vec<&str> = all.split(|c: char| !c.is_alphanumeric() && c != '.').collect();
        let spoken = format!(" {} ", words.join(" "));
        assert!(true_names.iter().all(|name| !spoken.contains(&format!(" {name} "))), "{post:?}");
    }
}

#[test]
fn a_scenario_that_does_not_hold_together_says_all_that_is_wrong() {
    let check = |from: &str, to: &str, expect: &[&str]| {
        assert!(SCENARIO.contains(from), "{from}");
        let fault = toml::from_str::<Scenario>(&SCENARIO.replacen(from, to, 1)).unwrap_err().to_string();
        for expect in expect {
            assert!(fault.contains(expect), "{fault}");
        }
    };
    check("days = 90", "days = 0", &["days is 1 to 3660", "event storm: days"]);
    check("{parcel}", "{parcle}", &["has no `parcle`"]);
    check("shop = [", "shop = [\"{shop}\", ", &["words.nl.shop leads back to itself"]);
    check("topics = { storm = 1 }", "topics = { strom = 1 }", &["event storm: its topics are described"]);
    check("open = [8, 21]", "open = [21, 8]", &["brand pakketpijl is open at some hour"]);
    check("\"open say\"", "\"opne say\"", &["no language has `opne`"]);
    check("seed =", "sead =", &["unknown field `sead`"]);
    check("2026-08-01", "1 August", &["first_day"]);
    check("{parcel}", "{parcel", &["an opening brace has no closing one"]);
}

proptest! {
    #![proptest_config(crate::tries::tries(40))]
    #[test]
    fn no_scenario_makes_it_panic(at in 0..20_000_usize, cut in 0..12_usize, junk in "[-0-9.{}|\"a-z\\[\\],= ]{0,4}") {
        let characters: Vec<char> = SCENARIO.chars().collect();
        let end = (at + cut).min(characters.len());
        let mut text: String = characters[..at].iter().collect();
        text.push_str(&junk);
        text.extend(&characters[end..]);
        if let Ok(scenario) = toml::from_str::<Scenario>(&text) {
            let _ = posts(&scenario);
        }
    }
}

/// Prints what the market says: `cargo test demo::tests::sample -- --ignored --nocapture`.
#[test]
#[ignore = "it is for reading"]
fn sample() {
    let mut out = String::new();
    for post in POSTS.iter().step_by(std::env::var("STEP").map_or(41, |step| step.parse().unwrap())) {
        let label =
            ["brand", "tone", "problem", "event"].map(|name| attribute(post, name).unwrap_or("-")).join(" ");
        let who = post.author.as_ref().map_or("", |author| author.handle.as_str());
        let title = post.title.as_deref().map_or(String::new(), |title| format!("[{title}] "));
        let _ = writeln!(out, "{label} · {} · {who}: {title}{}", post.kind, post.text);
    }
    println!("{out}");
}

/// Measures: `cargo test demo::tests::speed -- --ignored --nocapture`.
#[test]
#[ignore = "it is for measuring"]
fn speed() {
    let start = std::time::Instant::now();
    let scenario: Scenario = toml::from_str(SCENARIO).unwrap();
    let read = start.elapsed();
    let made = posts(&scenario);
    println!("read in {read:?}, {} posts in {:?}", made.len(), start.elapsed().saturating_sub(read));
    for name in ["brand", "tone", "problem", "event", "language"] {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for post in &made {
            *counts.entry(attribute(post, name).unwrap_or("-")).or_default() += 1;
        }
        println!("{name}: {counts:?}");
    }
    for kind in Kind::ALL {
        println!("{kind}: {}", made.iter().filter(|post| post.kind == kind).count());
    }
    let distinct: BTreeSet<&str> = made.iter().map(|post| post.text.as_str()).collect();
    println!("distinct texts: {}", distinct.len());
}
