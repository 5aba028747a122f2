//! Promise: is a spike what is far above usual, judged by what came before it alone, no gap and no start of collection;
//! and does each number of its card open its posts?

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use grouse::api::{self, Api, Filters, SearchAsked, SpikesAnswer, SpikesWanted, router};
use grouse::insight::{DetectorConfig, Judged, KeepAsked, discover_and_keep, episodes, judge};
use grouse::model::{Author, Meaning, Post, Split, Step};
use grouse::state::State;
use grouse::store::{Sort, Store};
use http_body_util::BodyExt;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;
use tower::ServiceExt;

use crate::airlines::{airlines, watchlist};
use crate::common::{corpus, fail, file, post, put_on, run, store_of};

const HOUR: f64 = 3600.0;

/// Small random numbers, always the same ones.
struct Dice(u64);

impl Dice {
    /// From 0 up to 1.
    fn roll(&mut self) -> f64 {
        // The generator of Knuth's MMIX; its high bits are good enough for counts.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A place among `length`.
    fn below(&mut self, length: usize) -> usize {
        self.roll();
        usize::try_from(self.0 >> 33).unwrap() % length
    }

    /// A Poisson count: how many rolls until their product is below e^-mean.
    fn count(&mut self, mean: f64) -> u64 {
        let (mut product, mut count) = (self.roll(), 0);
        while product > (-mean).exp() {
            product *= self.roll();
            count += 1;
        }
        count
    }

    fn counts(&mut self, mean: f64, length: usize) -> Vec<Option<u64>> {
        (0..length).map(|_| Some(self.count(mean))).collect()
    }
}

fn found(counts: &[Option<u64>]) -> Vec<(usize, usize)> {
    let episodes = episodes(counts, HOUR, DetectorConfig::default());
    episodes.iter().map(|episode| (episode.start, episode.end)).collect()
}

#[test]
fn where_nothing_happens_alarms_stay_within_the_budget() {
    let (series, weeks) = (20, 8);
    let budget = DetectorConfig::default().budget;
    for mean in [0.3, 5.0, 60.0] {
        let mut dice = Dice(17);
        let alarms: usize = (0..series).map(|_| found(&dice.counts(mean, weeks * 168)).len()).sum();
        let allowed = budget * (series * weeks) as f64;
        assert!(alarms as f64 <= allowed, "{alarms} alarms at {mean} an hour, {allowed} allowed");
    }
}

#[test]
fn a_clear_jump_is_found_where_it_is() {
    for mean in [2.0, 20.0] {
        let mut dice = Dice(23);
        let mut counts = dice.counts(mean, 21 * 24);
        for count in &mut counts[400..404] {
            *count = Some(dice.count(mean * 8.0));
        }
        let found = found(&counts);
        assert!(found.iter().any(|(start, end)| (400..404).contains(start) && *end < 410), "{found:?}");
    }
}

#[test]
fn a_gap_is_no_zero_and_the_start_of_collection_no_spike() {
    let mut counts = vec![None; 100];
    counts.extend(Dice(5).counts(30.0, 14 * 24));
    assert_eq!(found(&counts), [], "collection starts");
    // Zeros for five days would make what follows a spike; a gap does not.
    let hole = 100 + 7 * 24..100 + 12 * 24;
    let mut with_gap = counts.clone();
    with_gap[hole].fill(None);
    assert_eq!(found(&with_gap), [], "collection goes on after a gap");
}

proptest! {
    #![proptest_config(crate::tries::tries(24))]

    #[test]
    fn what_comes_later_changes_no_judgment(
        counts in prop::collection::vec(prop::option::weighted(0.9, 0_u64..50), 60..400),
        known in 0_usize..400,
    ) {
        let known = known.min(counts.len());
        let all: Vec<Option<Judged>> = judge(&counts, HOUR, DetectorConfig::default());
        let early = judge(&counts[..known], HOUR, DetectorConfig::default());
        prop_assert_eq!(&all[..known], &early[..]);
    }

    #[test]
    fn any_counts_are_judged_without_a_panic(
        counts in prop::collection::vec(prop::option::of(any::<u64>()), 0..200),
        step in prop_oneof![1.0_f64..1e6, 600.0_f64..7_200.0],
    ) {
        for judged in judge(&counts, step, DetectorConfig::default()).into_iter().flatten() {
            prop_assert!(!judged.score.is_nan());
        }
    }
}

/// Labeled windows of a series, in the file's own order of digits, which sorts as time does.
fn windows(all: &Value, name: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap()[..19].to_owned();
    all[name].as_array().unwrap().iter().map(|window| (text(&window[0]), text(&window[1]))).collect()
}

/// An alarm is an episode; it is true if it starts within a labeled window of its series. Recall is the share of windows
/// in which an alarm starts. `benches/spikes.md` says what else was measured.
#[test]
fn public_spikes_of_mentions_are_found_with_few_false_alarms() {
    let Some(path) = corpus("mention_volume_nab/windows.json") else { return };
    let labels: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let (mut right, mut wrong, mut hit, mut all, mut weeks) = (0, 0, 0, 0, 0.0);
    for name in ["AAPL", "CRM", "FB", "IBM", "PFE"] {
        let series = path.with_file_name(format!("{name}.csv"));
        let folder = tempfile::tempdir().unwrap();
        let answer = run(folder.path(), &["spikes", "--series", series.to_str().unwrap(), "--json"]);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let starts: Vec<&str> =
            answer["episodes"].as_array().unwrap().iter().map(|one| one["start"].as_str().unwrap()).collect();
        let windows = windows(&labels, name);
        let is_in =
            |start: &str, (from, to): &(String, String)| from.as_str() <= start && start <= to.as_str();
        let true_ones =
            starts.iter().filter(|start| windows.iter().any(|window| is_in(start, window))).count();
        right += true_ones;
        wrong += starts.len() - true_ones;
        hit += windows.iter().filter(|window| starts.iter().any(|start| is_in(start, window))).count();
        all += windows.len();
        weeks += (std::fs::read_to_string(&series).unwrap().lines().count() - 1) as f64 / (12.0 * 24.0 * 7.0);
    }
    let precision = right as f64 / (right + wrong) as f64;
    let recall = hit as f64 / all as f64;
    let shown = format!(
        "precision {precision:.3} ({right} of {}), recall {recall:.3} ({hit} of {all}), false {:.3}",
        right + wrong,
        wrong as f64 / weeks
    );
    eprintln!("{shown} for each series and week");
    assert!(precision >= 0.77 && recall >= 0.8 && wrong as f64 / weeks <= 0.12, "{shown}");
}

/// Counts with a day and a week in them, more scattered than chance (variance mean + mean²/10); `hours` long.
fn busy(dice: &mut Dice, mean: f64, hours: usize) -> Vec<Option<u64>> {
    (0..hours)
        .map(|hour| {
            let day = 1.0 + 0.8 * (hour as f64 / 24.0 * std::f64::consts::TAU).sin();
            let week = if hour / 24 % 7 >= 5 { 0.6 } else { 1.0 };
            // A gamma variable of shape ten: the sum of ten exponential ones.
            let gamma: f64 = (0..10).map(|_| -(1.0 - dice.roll()).ln()).sum::<f64>() / 10.0;
            let mean = mean * day * week * gamma;
            // Above some hundreds the scatter of chance is nothing beside the other.
            Some(if mean < 500.0 { dice.count(mean) } else { mean.round().to_string().parse().unwrap() })
        })
        .collect()
}

#[test]
fn bursts_are_found_in_seasons_and_seasons_are_no_bursts() {
    let (series, weeks) = (8, 8);
    for (mean, times, least) in [(2.0, 10, 0.8), (40.0, 6, 0.8), (3e6, 6, 0.8)] {
        let mut dice = Dice(31);
        let (mut hit, mut wrong) = (0, 0);
        for _ in 0..series {
            let mut counts = busy(&mut dice, mean, weeks * 168);
            let bursts: Vec<usize> =
                [3, 5, 7].iter().map(|week| week * 168 + dice.below(6) * 24 + 4 + dice.below(8)).collect();
            for at in &bursts {
                for count in &mut counts[*at..at + 6] {
                    *count = count.map(|count| count * times + times);
                }
            }
            let found = found(&counts);
            let is_at = |start: usize, at: usize| (at..at + 12).contains(&start);
            hit += bursts.iter().filter(|at| found.iter().any(|(start, _)| is_at(*start, **at))).count();
            wrong += found.iter().filter(|(start, _)| !bursts.iter().any(|at| is_at(*start, *at))).count();
        }
        let (recall, false_rate) = (hit as f64 / (3 * series) as f64, wrong as f64 / (series * weeks) as f64);
        eprintln!("{mean} an hour: recall {recall:.2}, false {false_rate:.3} for each series and week");
        assert!(recall >= least, "{mean}: {recall}");
        assert!(false_rate <= DetectorConfig::default().budget, "{mean}: {false_rate}");
    }
}

#[test]
fn odd_series_bring_nothing_silly() {
    let day = 24.0 * HOUR;
    let episodes_at = |counts: &[Option<u64>], step: f64| {
        let found = episodes(counts, step, DetectorConfig::default());
        found.iter().map(|one| (one.start, one.end)).collect::<Vec<_>>()
    };
    for (what, count) in [("nothing", 0), ("always five", 5), ("always millions", 4_000_000)] {
        for (step, length) in
            [(300.0, 288 * 20), (HOUR, 24 * 60), (day, 900), (7.0 * day, 150), (30.0 * day, 60)]
        {
            assert_eq!(episodes_at(&vec![Some(count); length], step), [], "{what} each {step} s");
        }
    }
    // Now and then one: none of them is a spike, nor two beside each other; ten on one day are.
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let mut rare: Vec<Option<u64>> = (0..400).map(|_| Some(u64::from(dice.roll() < 0.2))).collect();
        assert_eq!(episodes_at(&rare, day), [], "seed {seed}");
        rare[300] = Some(10);
        assert_eq!(episodes_at(&rare, day), [(300, 300)], "seed {seed}");
    }
    // Nothing, and then for the first time something: that is how a small brand looks.
    let mut first = vec![Some(0); 200];
    first[150] = Some(1);
    assert_eq!(episodes_at(&first, day), []);
    // A day of five times as many in a year of weeks with quiet weekends.
    let mut dice = Dice(3);
    let mut daily: Vec<Option<u64>> =
        (0..365).map(|at| Some(dice.count(if at % 7 >= 5 { 20.0 } else { 50.0 }))).collect();
    assert_eq!(episodes_at(&daily, day), []);
    daily[200] = Some(260);
    assert_eq!(episodes_at(&daily, day), [(200, 200)]);
    // Nights in which nothing is collected.
    let mut nights = busy(&mut Dice(4), 60.0, 8 * 168);
    for (hour, count) in nights.iter_mut().enumerate() {
        if !(7..22).contains(&(hour % 24)) {
            *count = None;
        }
    }
    assert!(episodes_at(&nights, HOUR).len() <= 1);
}

/// What a way is called, its head, and its lines.
type Written = (&'static str, &'static str, fn(Timestamp, u64) -> String);

#[test]
fn a_series_is_read_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    // An hour of five hundred among hours of ten: written in many ways, it is found where it is, as it is written.
    let stamp =
        |hour: i64| "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour);
    let value = |hour: i64| if hour == 400 { 5000_u64 } else { 10 + u64::try_from(hour % 3).unwrap() };
    let ways: [Written; 8] = [
        ("ISO 8601", "timestamp,value\n", |at, n| format!("{at},{n}")),
        ("Excel in Europe", "\u{feff}Datum;Aantal\r\n", |at, n| {
            format!("{};{n},0\r", at.strftime("%d-%m-%Y %H:%M"))
        }),
        ("American", "time,count\n", |at, n| format!("{},{n}.0", at.strftime("%m/%d/%Y %H:%M"))),
        ("seconds", "", |at, n| format!("{},{n}", at.as_second())),
        ("milliseconds, turned round", "count,ts\n", |at, n| format!("{n},{}", at.as_millisecond())),
        (
            "thousands",
            "day,n\n",
            |at, n| if n < 1000 { format!("{at},{n}") } else { format!("{at},\"5,000\"") },
        ),
        ("tabs and more columns", "id\tbrand\tdate\tmentions\n", |at, n| format!("7\tx\t{at}\t{n}")),
        ("an offset", "", |at, n| format!("{}+01:00,{n}\n", at.strftime("%Y-%m-%dT%H:%M:%S"))),
    ];
    for (what, head, line) in ways {
        let rows: Vec<String> = (0..480).map(|hour| line(stamp(hour), value(hour))).collect();
        let path = file(folder.path(), "series.csv", format!("{head}{}\n", rows.join("\n")));
        let answer: Value =
            serde_json::from_str(&run(folder.path(), &["spikes", "--series", &path, "--json"])).unwrap();
        let found = answer["episodes"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{what}: {answer}");
        assert!(rows[400].contains(found[0]["start"].as_str().unwrap()), "{what}: {answer}");
    }
}

#[test]
fn a_series_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let said = |content: &str| {
        let path = file(folder.path(), "series.csv", content);
        fail(folder.path(), &["spikes", "--series", &path])
    };
    assert!(
        said("timestamp,value\n2015-01-01 00:00:00,5\nsoon,5\n").contains("line 3: `soon` is not a time")
    );
    assert!(said("timestamp,value\n2015-01-01 00:00:00,many\n").contains("`many` is not a count"));
    assert!(said("timestamp,value\n2015-01-01 00:00:00,-3\n").contains("line 2: `-3` is below zero"));
    assert!(said("timestamp,value\n").contains("at two different times at least"));
    assert!(said("").contains("at two different times at least"));
    assert!(said("just some words\nand more\n").contains("line 2: `and more` is not a time"));
    let path = folder.path().join("binary.csv");
    std::fs::write(&path, [0xff, 0xfe, 0, 1, 2]).unwrap();
    assert!(
        fail(folder.path(), &["spikes", "--series", path.to_str().unwrap()])
            .contains("save it as CSV in UTF-8")
    );
    assert!(
        fail(folder.path(), &["spikes", "--series", "nowhere.csv"]).contains("could not read nowhere.csv")
    );
    let path =
        file(folder.path(), "short.csv", "timestamp,value\n2015-01-01 00:00:00,5\n2015-01-01 01:00:00,\n");
    assert_eq!(run(folder.path(), &["spikes", "--series", &path]), "no spikes\n");
}

fn asked(by: Split, interval: Step) -> SpikesWanted {
    SpikesWanted { filters: Filters::default(), by, interval, budget: None, limit: api::SPIKES }
}

#[test]
fn airlines_that_join_are_no_spike_and_cancellations_are() {
    let Some(airlines) = airlines() else { return };
    for interval in [Step::Hour, Step::Day] {
        let answer = api::spikes(&airlines.store, &asked(Split::Brand, interval)).unwrap();
        assert_eq!(answer.series, 6, "each airline is looked at");
        // Of what a watchlist is about, complaints are asked for; all else on demand.
        assert_eq!(answer.meaning, "complaint");
        let mut all = asked(Split::Brand, interval);
        all.filters.kind.push("any".to_owned());
        let all = api::spikes(&airlines.store, &all).unwrap();
        assert!(all.meaning == "any" && all.question.query != answer.question.query);
        let starts = |brand: &str| -> Vec<&str> {
            answer.spikes.iter().filter(|one| one.key == brand).map(|one| one.start.as_str()).collect()
        };
        assert!(starts("american").iter().all(|start| *start > "2015-02-24"), "{:?}", starts("american"));
        if interval == Step::Day {
            let here = starts("us-airways");
            // Days of New York, which begin at five in the morning of UTC.
            assert!(
                here.iter().any(|start| start.starts_with("2015-02-22") || start.starts_with("2015-02-23")),
                "{here:?}"
            );
        }
    }
    // Nor does who joins lift the whole.
    for interval in [Step::Hour, Step::Day] {
        let answer = api::spikes(&airlines.store, &asked(Split::All, interval)).unwrap();
        for spike in &answer.spikes {
            assert!(spike.query.contains("-brand:american"), "{}", spike.query);
        }
    }
}

#[test]
fn a_problem_that_breaks_out_is_a_spike_of_its_own() {
    let Some(airlines) = airlines() else { return };
    let folder = tempfile::tempdir().unwrap();
    let posts =
        airlines.rows.iter().map(|(id, row)| Post { created: Some(row.created), ..post(id, &row.text) });
    put_on(folder.path(), "2026-02-01T00:00:00Z", posts.collect(), Some(&watchlist()));
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(
        api::spikes(&store, &asked(Split::Problem, Step::Day)).unwrap().series,
        0,
        "none is known yet"
    );
    let mut state = State::open(folder.path()).unwrap();
    let kept = KeepAsked {
        query: Meaning::Complaint.query(),
        time_zone: TimeZone::UTC,
        meaning: Meaning::Complaint,
        now: "2026-02-01T01:00:00Z".parse().unwrap(),
        typical: 0,
    };
    discover_and_keep(&store.snapshot().unwrap(), &mut state, &kept).unwrap();
    let answer = api::spikes(&store, &asked(Split::Problem, Step::Day)).unwrap();
    assert!(answer.series > 10 && answer.total < answer.series, "{} of {}", answer.total, answer.series);
    for spike in &answer.spikes {
        eprintln!("{} from {}: {} where {} usual", spike.name, spike.start, spike.seen, spike.usual);
        assert_eq!(total(&store, &spike.query), spike.posts, "{}", spike.query);
        assert!(spike.query.contains(&format!("problem:{}", spike.key)), "{}", spike.query);
    }
    let breaks_out = |spike: &&api::SpikeAnswer| {
        spike.name.contains("Cancelled") && ("2015-02-22".."2015-02-24").contains(&spike.start.as_str())
    };
    assert!(answer.spikes.iter().any(|spike| breaks_out(&spike)));
}

/// Three posts an hour for twenty days, and forty within two hours at the end, of which ten say the same.
fn talk() -> Vec<Post> {
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let at = |hours: i64, minutes: i64| {
        Some(begin + SignedDuration::from_hours(hours) + SignedDuration::from_mins(minutes))
    };
    let by = |handle: String| Some(Author { handle, name: None });
    let words: Vec<&str> = "parcel letter courier stamp office truck window garden invoice bridge candle dinner engine forest \
        guitar harbor island jacket kettle ladder market needle orange pencil quarry river saddle table uncle valley \
        wagon yellow zebra anchor basket cotton desert eleven farmer glove honey insect jungle kitchen lemon mirror"
        .split_whitespace()
        .collect();
    // Of different words, or posts that say the same would count once.
    let mut dice = Dice(99);
    let mut sentence =
        || -> String { (0..9).map(|_| words[dice.below(words.len())]).collect::<Vec<_>>().join(" ") };
    let mut posts = Vec::new();
    for hour in 0..480_i64 {
        for part in 0..3_i64 {
            let mut one = post(&format!("usual-{hour}-{part}"), &sentence());
            one.created = at(hour, part * 20);
            one.author = by(format!("writer{}", (hour * 3 + part) % 200));
            posts.push(one);
        }
    }
    for number in 0..40_i64 {
        let text = if number < 10 {
            "the whole website is down again, an outage".to_owned()
        } else {
            format!("outage {}", sentence())
        };
        let mut one = post(&format!("burst-{number:02}"), &text);
        one.created = at(478 + number / 20, number % 20 * 3);
        one.author = by(if number % 2 == 0 { "herald".to_owned() } else { format!("witness{number}") });
        one.reach = Some(if number == 33 { 9000 } else { 5 });
        posts.push(one);
    }
    posts
}

fn total(store: &Store, query: &str) -> u64 {
    let filters = Filters { q: query.to_owned(), ..Filters::default() };
    api::search(store, &SearchAsked { filters, sort: Sort::Newest, limit: 0, cursor: None }).unwrap().total
}

fn of_talk(store: &Store) -> SpikesAnswer {
    api::spikes(store, &asked(Split::All, Step::Hour)).unwrap()
}

#[test]
fn a_spike_explains_itself_and_its_numbers_open_their_posts() {
    let (_folder, store) = store_of(talk(), None);
    let answer = of_talk(&store);
    assert_eq!(answer.total, 1, "{answer:?}");
    let spike = &answer.spikes[0];
    assert_eq!((spike.start.as_str(), spike.state), ("2026-01-20T22:00:00Z", "starting"));
    assert_eq!(spike.posts, 46);
    assert_eq!(spike.duplicates, 9);
    assert_eq!((answer.meaning, spike.weight), ("any", "both"));
    assert_eq!(total(&store, &spike.peak_posts_query), spike.peak_posts);
    let around = &spike.around;
    assert_eq!(around.counts.len(), 72 + 2, "three days before it and the two hours of it");
    assert_eq!((around.from, around.to), (72, 73));
    assert_eq!(around.counts[around.from..].iter().flatten().sum::<u64>(), spike.posts - spike.duplicates);
    assert_eq!(total(&store, &spike.query), spike.posts);
    assert_eq!(spike.terms[0].name, "outage");
    // Of words that are no sentence some are taken for another language, which has stems of its own.
    assert!((30..=40).contains(&spike.terms[0].count) && spike.terms[0].before == 0, "{:?}", spike.terms);
    for term in &spike.terms {
        assert_eq!(total(&store, &term.query), term.count, "{}", term.query);
    }
    for source in &spike.sources {
        assert_eq!(total(&store, &source.query), source.count, "{}", source.query);
    }
    let authors = spike.authors.as_ref().unwrap();
    assert!((authors.top_share - 20.0 / 46.0).abs() < 0.001, "{authors:?}");
    let busiest = authors.busiest.as_ref().unwrap();
    assert_eq!((busiest.posts, total(&store, &busiest.query)), (20, 20), "{}", busiest.query);
    assert_eq!(spike.first.as_ref().unwrap().id, "test:burst-00");
    assert_eq!(spike.most_spread.as_ref().unwrap().id, "test:burst-33");
    assert!(spike.reach_score.is_some());
}

#[test]
fn a_few_posts_that_very_many_read_are_a_spike_of_reach() {
    let quiet: Vec<Post> = talk().into_iter().filter(|post| !post.id.as_str().contains("burst")).collect();
    let with_readers_on = |day: &str| {
        let mut posts = quiet.clone();
        for post in &mut posts {
            post.reach = Some(10);
        }
        for number in 0..6 {
            let mut one = post(&format!("read-{number}"), &format!("outage {}", quiet[number * 7].text));
            one.created = Some(format!("{day}T10:{number}0:00Z").parse().unwrap());
            one.author = Some(Author { handle: format!("paper{number}"), name: None });
            one.reach = Some(40_000);
            posts.push(one);
        }
        let (folder, store) = store_of(posts, None);
        let answer = of_talk(&store);
        drop(folder);
        answer.spikes
    };
    let found = with_readers_on("2026-01-20");
    assert_eq!(found.len(), 1, "{found:?}");
    let spike = &found[0];
    assert_eq!((spike.weight, spike.start.as_str()), ("reach", "2026-01-20T10:00:00Z"));
    assert_eq!((spike.peak_posts, spike.seen), (9, 240_030.0));
    // How few accounts have most readers is not known in the first two weeks.
    assert!(with_readers_on("2026-01-10").is_empty());
}

#[tokio::test]
async fn http_answers_as_the_command_line_does() {
    let (folder, store) = store_of(talk(), None);
    let site = router(Api::new(Arc::new(store)));
    let get = async |address: &str| {
        let request = Request::get(address).body(Body::empty()).unwrap();
        let response = site.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, answer) = get("/v1/spikes?by=source&budget=0.5&limit=3").await;
    assert_eq!(status, StatusCode::OK);
    let arguments = ["spikes", "--by", "source", "--budget", "0.5", "-n", "3", "--json"];
    assert_eq!(answer, serde_json::from_str::<Value>(&run(folder.path(), &arguments)).unwrap());
    assert_eq!(answer["spikes"][0]["posts"], 46);
    for wrong in ["by=weather", "interval=week", "budget=0", "budget=much", "limit=1000", "colour=red"] {
        assert_eq!(get(&format!("/v1/spikes?{wrong}")).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test]
fn the_order_of_import_changes_nothing() {
    let (_folder, store) = store_of(talk(), None);
    let (_other_folder, other) = store_of(talk().into_iter().rev().collect(), None);
    let text = |store: &Store| serde_json::to_string(&of_talk(store)).unwrap();
    assert_eq!(text(&store), text(&other));
}

#[test]
fn a_first_day_chooses_among_spikes_and_changes_none() {
    let (_folder, store) = store_of(talk(), None);
    let since = |day: &str| {
        let filters = Filters { since: Some(day.to_owned()), ..Filters::default() };
        api::spikes(&store, &SpikesWanted { filters, ..asked(Split::All, Step::Hour) })
    };
    assert_eq!(since("2026-01-20").unwrap().spikes[0].posts, 46);
    assert_eq!(since("2026-01-21").unwrap().total, 0);
    assert!(since("soon").is_err());
}
