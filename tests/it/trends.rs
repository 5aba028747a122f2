//! Promise: is each number of a trend the length of the list that it opens, and is what was not collected no zero?
//!
//! Days are those of the asker's clock, also where it changes. Every count is compared with a slow one, and with the
//! search for the same days.

use std::collections::{BTreeMap, BTreeSet};

use grouse::api::{self, Filters, SearchAsked, TrendsAsked};
use grouse::insight::{TrendAsked, trend};
use grouse::model::{Interval, Per, Post, Query, Split, Trend};
use grouse::store::{Record, Store};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

use crate::airlines::airlines;
use crate::common::{post, put, store_of};
use crate::made::{market, query, records, some_words, store_of_records, zone};
use crate::slow::Slow;

const INTERVALS: [Interval; 3] = [Interval::Day, Interval::Week, Interval::Month];

/// Counts by value and by first day of the bucket.
type Slowly = BTreeMap<(String, Date), u64>;

fn start_of(day: Date, interval: Interval) -> Date {
    match interval {
        Interval::Day => day,
        Interval::Week => day - i64::from(day.weekday().to_monday_zero_offset()).days(),
        Interval::Month => Date::new(day.year(), day.month(), 1).unwrap(),
    }
}

fn last_of(start: Date, interval: Interval) -> Date {
    match interval {
        Interval::Day => start,
        Interval::Week => start + 6.days(),
        Interval::Month => start.last_of_month(),
    }
}

fn values(record: &Record, split: Split) -> Vec<String> {
    match split {
        Split::All => vec!["all".to_owned()],
        Split::Brand => record.brands.iter().map(ToString::to_string).collect(),
        Split::Source => vec![record.post.source.to_string()],
        Split::Language => vec![record.language.code().to_owned()],
        Split::Intent => vec![record.judgement.intent.to_string()],
        Split::Signal => record.judgement.signals.iter().map(ToString::to_string).collect(),
        Split::Target => record.judgement.target.iter().map(ToString::to_string).collect(),
        // There is no ledger here; `counts.rs` has one.
        Split::Problem => Vec::new(),
    }
}

fn slowly(records: &[&Record], split: Split, interval: Interval, zone: &TimeZone) -> Slowly {
    let mut counts = Slowly::new();
    for record in records {
        let Some(created) = record.post.created else { continue };
        let start = start_of(created.to_zoned(zone.clone()).date(), interval);
        for value in values(record, split) {
            *counts.entry((value, start)).or_default() += 1;
        }
    }
    counts
}

/// The same of cases, and how many different ones there are of each value: each counts once for each value and bucket.
fn cases_slowly(
    records: &[&Record],
    split: Split,
    interval: Interval,
    zone: &TimeZone,
) -> (Slowly, BTreeMap<String, u64>) {
    let (mut met, mut ever) = (BTreeSet::new(), BTreeSet::new());
    for record in records {
        let Some(created) = record.post.created else { continue };
        let start = start_of(created.to_zoned(zone.clone()).date(), interval);
        for value in values(record, split) {
            met.insert((value.clone(), start, record.case));
            ever.insert((value, record.case));
        }
    }
    let (mut counts, mut totals) = (Slowly::new(), BTreeMap::new());
    for (value, start, _) in met {
        *counts.entry((value, start)).or_default() += 1;
    }
    for (value, _) in ever {
        *totals.entry(value).or_default() += 1;
    }
    (counts, totals)
}

fn counted(trend: &Trend) -> Slowly {
    let points = trend.series.iter().flat_map(|series| {
        let counts = trend.starts.iter().zip(&series.counts);
        counts.map(|(start, count)| ((series.key.clone(), *start), count.unwrap_or(0)))
    });
    points.filter(|(_, count)| *count > 0).collect()
}

proptest! {
    #![proptest_config(crate::tries::tries(24))]

    #[test]
    fn counts_are_those_of_a_slow_reader(
        (records, queries) in some_words().prop_flat_map(|words| {
            (records(words.clone(), 40), prop::collection::vec(query(words), 2))
        }),
        zone in zone(),
    ) {
        let records = of_one_year(records);
        let (_folder, store) = store_of_records(&records);
        let snapshot = store.snapshot().unwrap();
        let days: BTreeSet<Date> = records
            .iter()
            .filter_map(|record| Some(record.post.created?.to_zoned(zone.clone()).date()))
            .collect();
        let mut slow = Slow::new(records, &market());
        for query in std::iter::once(&Query::All).chain(&queries) {
            let matching = slow.matching(query, &zone);
            let undated = matching.iter().filter(|record| record.post.created.is_none()).count() as u64;
            for split in Split::ALL_SPLITS {
                let mut totals = Vec::new();
                for interval in INTERVALS {
                    let asked = |per| TrendAsked {
                        query: query.clone(),
                        split,
                        per,
                        interval,
                        time_zone: zone.clone(),
                    };
                    let found = trend(&snapshot, &asked(Per::Case)).unwrap();
                    let (counts, different) = cases_slowly(&matching, split, interval, &zone);
                    prop_assert_eq!(counted(&found), counts, "{}", query);
                    let told: BTreeMap<String, u64> =
                        found.series.iter().map(|series| (series.key.clone(), series.total)).collect();
                    prop_assert_eq!(told, different, "{}", query);
                    let cases: BTreeSet<_> = matching.iter().map(|record| record.case).collect();
                    prop_assert_eq!(found.dated + found.undated, cases.len() as u64, "{}", query);
                    let found = trend(&snapshot, &asked(Per::Post)).unwrap();
                    prop_assert_eq!(found.undated, undated, "{}", query);
                    prop_assert_eq!(found.dated + found.undated, matching.len() as u64, "{}", query);
                    prop_assert_eq!(counted(&found), slowly(&matching, split, interval, &zone), "{}", query);
                    check_shape(&found, interval)?;
                    totals.push(
                        found.series.iter().map(|series| (series.key.clone(), series.total)).collect::<Vec<_>>(),
                    );
                    if *query == Query::All && !days.is_empty() {
                        let (from, after) = (found.starts[0], found.end.unwrap());
                        prop_assert_eq!(from, start_of(*days.first().unwrap(), interval));
                        prop_assert_eq!(after, last_of(start_of(*days.last().unwrap(), interval), interval) + 1.day());
                    }
                }
                // The same posts, however time is divided.
                prop_assert_eq!(&totals[0], &totals[1], "{}", query);
                prop_assert_eq!(&totals[0], &totals[2], "{}", query);
            }
        }
    }

    #[test]
    fn every_point_opens_a_list_of_its_length(
        records in some_words().prop_flat_map(|words| records(words, 24)),
        zone in zone(),
        interval in prop::sample::select(&INTERVALS),
        by in prop::sample::select(&Split::ALL_SPLITS),
        q in prop::sample::select(vec!["", "NOT lost", "kind:post OR koffer"]),
    ) {
        let records = of_one_year(records);
        let (_folder, store) = store_of_records(&records);
        let filters = Filters {
            q: q.to_owned(),
            time_zone: zone.iana_name().map(str::to_owned),
            ..Filters::default()
        };
        let answer = api::trends(&store, &TrendsAsked { filters: filters.clone(), by, interval, per: Per::Post }).unwrap();
        let all = api::search(&store, &SearchAsked { filters: filters.clone(), ..SearchAsked::default() }).unwrap();
        prop_assert_eq!(answer.total, all.total);
        for series in &answer.series {
            let mut zeros = 0;
            for (start, count) in answer.starts.iter().zip(&series.counts) {
                let count = count.unwrap_or(0);
                // Of the many empty ones a few will do.
                zeros += u32::from(count == 0);
                if count == 0 && zeros > 3 {
                    continue;
                }
                let last = last_of(start.parse().unwrap(), interval).to_string();
                let mut restricted = Filters {
                    since: Some(start.clone()),
                    until: Some(last),
                    ..filters.clone()
                };
                match by {
                    Split::All => {}
                    Split::Brand => restricted.brand.push(series.key.clone()),
                    Split::Source => restricted.source.push(series.key.clone()),
                    Split::Language => restricted.lang.push(series.key.clone()),
                    Split::Intent => restricted.intent.push(series.key.clone()),
                    Split::Signal => restricted.signal.push(series.key.clone()),
                    Split::Target => restricted.target.push(series.key.clone()),
                    Split::Problem => restricted.problem.push(series.key.clone()),
                }
                let asked = SearchAsked { filters: restricted.clone(), ..SearchAsked::default() };
                let list = api::search(&store, &asked).unwrap();
                prop_assert_eq!(list.total, count, "{} {}", series.key, start);
                // Asked of these days alone, the trend has this bucket, and the same number in it.
                let asked = TrendsAsked { filters: restricted, by, interval, per: Per::Post };
                let alone = api::trends(&store, &asked).unwrap();
                prop_assert_eq!(alone.undated, 0);
                prop_assert_eq!(alone.from, Some(start.clone()));
                let sum: u64 = alone
                    .series
                    .iter()
                    .filter(|other| other.key == series.key)
                    .flat_map(|series| &series.counts)
                    .flatten()
                    .sum();
                prop_assert_eq!(sum, count, "{} {}", series.key, start);
            }
        }
    }
}

/// Without the posts of other years, which would only make thousands of empty days.
fn of_one_year(mut records: Vec<Record>) -> Vec<Record> {
    let first: Timestamp = "2025-12-25T00:00:00Z".parse().unwrap();
    records.retain(|record| record.post.created.is_none_or(|created| created > first));
    records
}

/// Each series has every bucket of the span once, and their sum; the largest comes first.
fn check_shape(trend: &Trend, interval: Interval) -> Result<(), TestCaseError> {
    for series in &trend.series {
        let mut next = trend.starts[0];
        for start in &trend.starts {
            prop_assert_eq!(*start, next);
            next = last_of(next, interval) + 1.day();
        }
        prop_assert_eq!(Some(next), trend.end);
        prop_assert_eq!(series.counts.len(), trend.starts.len());
        let sum: u64 = series.counts.iter().flatten().sum();
        prop_assert_eq!(sum, series.total);
    }
    prop_assert!(trend.series.windows(2).all(|pair| pair[0].total >= pair[1].total));
    Ok(())
}

/// `counts[n]` posts on day `n` of January, each at noon.
fn daily(prefix: &str, counts: &[u32]) -> Vec<Post> {
    let noon: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    let day = |n: usize| noon + SignedDuration::from_hours(24 * i64::try_from(n).unwrap());
    let of_day = |(n, count): (usize, &u32)| {
        (0..*count)
            .map(|at| Post {
                created: Some(day(n)),
                about: vec![prefix.to_owned()],
                ..post(&format!("{prefix}-{n}-{at}"), "lost bag")
            })
            .collect::<Vec<_>>()
    };
    counts.iter().enumerate().flat_map(of_day).collect()
}

fn brand_points(store: &Store, q: &str) -> BTreeMap<String, Vec<Option<u64>>> {
    let filters = Filters { q: q.to_owned(), ..Filters::default() };
    let asked = TrendsAsked { filters, by: Split::Brand, interval: Interval::Day, per: Per::Post };
    let answer = api::trends(store, &asked).unwrap();
    answer.series.into_iter().map(|series| (series.key, series.counts)).collect()
}

#[test]
fn what_was_not_collected_is_no_zero() {
    let mut posts = daily("busy", &[12, 11, 13, 0, 12, 14, 11]);
    posts.extend(daily("quiet", &[1, 0, 2, 0, 0, 1, 0]));
    posts.extend(daily("late", &[0, 0, 0, 5, 0, 5, 0]));
    let (_folder, store) = store_of(posts, None);
    let points = brand_points(&store, "");
    assert_eq!(points["busy"], [Some(12), Some(11), Some(13), None, Some(12), Some(14), Some(11)]);
    assert_eq!(points["quiet"], [Some(1), Some(0), Some(2), Some(0), Some(0), Some(1), Some(0)]);
    assert_eq!(points["late"], [None, None, None, Some(5), Some(0), Some(5), Some(0)]);
    // What is a gap depends on what was collected, not on what is asked.
    let points = brand_points(&store, "created:2026-01-04..2026-01-05");
    assert_eq!(points["busy"], [None, Some(12)]);
    assert_eq!(points["late"], [Some(5), Some(0)]);
}

#[test]
fn a_post_without_a_date_is_counted_apart_and_nowhere_else() {
    let mut posts = daily("kpn", &[2, 1]);
    posts.push(Post { created: None, about: vec!["kpn".to_owned()], ..post("undated", "lost bag") });
    let (_folder, store) = store_of(posts, None);
    let asked = TrendsAsked { by: Split::Brand, ..TrendsAsked::default() };
    let answer = api::trends(&store, &asked).unwrap();
    assert_eq!((answer.total, answer.undated), (4, 1));
    assert_eq!(answer.series[0].total, 3);
    let undated = Filters { q: "is:undated".to_owned(), ..Filters::default() };
    let answer = api::trends(&store, &TrendsAsked { filters: undated, ..TrendsAsked::default() }).unwrap();
    assert_eq!((answer.total, answer.undated), (1, 1));
    assert!(answer.series.is_empty());
}

#[test]
fn a_date_that_was_corrected_leaves_no_empty_years() {
    let mut wrong = daily("kpn", &[3, 2, 4]);
    wrong[0].created = Some("1970-01-01T00:00:00Z".parse().unwrap());
    let (folder, store) = store_of(wrong, None);
    let span = || {
        let answer = api::trends(&store, &TrendsAsked::default()).unwrap();
        (answer.from.unwrap(), answer.to.unwrap())
    };
    assert_eq!(span().0, "1970-01-01");
    put(folder.path(), daily("kpn", &[3, 2, 4]), None);
    store.reload().unwrap();
    assert_eq!(span(), ("2026-01-01".to_owned(), "2026-01-03".to_owned()));
}

#[test]
fn days_have_23_and_25_hours_where_clocks_change() {
    // A post every hour, from the midnight before the change to the one after the day after it.
    let hours = |from: &str, count: i64| {
        let from: Timestamp = from.parse().unwrap();
        (0..count)
            .map(|n| Post {
                created: Some(from + SignedDuration::from_hours(n)),
                ..post(&n.to_string(), "late")
            })
            .collect::<Vec<_>>()
    };
    for (zone, midnight, expect) in [
        ("Europe/Amsterdam", "2026-03-28T23:00:00Z", [23, 24]),
        ("Europe/Amsterdam", "2026-10-24T22:00:00Z", [25, 24]),
        ("America/New_York", "2026-03-08T05:00:00Z", [23, 24]),
        ("America/New_York", "2026-11-01T04:00:00Z", [25, 24]),
        // Where there is no midnight the day begins at one; where the last hour comes twice it is 25 hours long.
        ("America/Sao_Paulo", "2018-11-04T03:00:00Z", [23, 24]),
        ("America/Sao_Paulo", "2018-02-17T02:00:00Z", [25, 24]),
        ("Asia/Kolkata", "2026-03-28T18:30:00Z", [24, 24]),
        ("UTC", "2026-10-25T00:00:00Z", [24, 24]),
    ] {
        let (_folder, store) =
            store_of(hours(midnight, i64::try_from(expect.iter().sum::<u64>()).unwrap()), None);
        let filters = Filters { time_zone: Some(zone.to_owned()), ..Filters::default() };
        let asked = TrendsAsked { filters, ..TrendsAsked::default() };
        let answer = api::trends(&store, &asked).unwrap();
        let counts: Vec<_> = answer.series[0].counts.iter().map(|count| count.unwrap()).collect();
        assert_eq!(counts, expect, "{zone} {midnight}");
    }
}

#[test]
fn the_airlines_per_day_are_those_of_the_file() {
    let Some(airlines) = airlines() else { return };
    for zone in ["America/New_York", "Europe/Amsterdam", "UTC"] {
        let clock = TimeZone::get(zone).unwrap();
        let mut expect = Slowly::new();
        for row in airlines.rows.values() {
            *expect.entry((row.brand.clone(), clock.to_datetime(row.created).date())).or_default() += 1;
        }
        let filters = Filters { time_zone: Some(zone.to_owned()), ..Filters::default() };
        let asked = TrendsAsked { filters, by: Split::Brand, interval: Interval::Day, per: Per::Post };
        let answer = api::trends(&airlines.store, &asked).unwrap();
        assert_eq!(answer.total, airlines.rows.len() as u64);
        let mut found = Slowly::new();
        for series in &answer.series {
            let first =
                expect.keys().filter(|(brand, _)| *brand == series.key).map(|(_, day)| *day).min().unwrap();
            for (start, count) in answer.starts.iter().zip(&series.counts) {
                let day: Date = start.parse().unwrap();
                // Before the first post of an airline nothing was collected.
                assert_eq!(count.is_none(), day < first, "{} {day}", series.key);
                if let Some(count) = count.filter(|count| *count > 0) {
                    found.insert((series.key.clone(), day), count);
                }
            }
        }
        assert_eq!(found, expect, "{zone}");
    }
}
