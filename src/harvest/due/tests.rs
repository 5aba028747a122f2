//! Tests of when posts are looked at again.

use super::*;

const AGES: &[SignedDuration] = &[
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(30 * 24),
];

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn places_are_read_as_they_are_written() {
    let looks = Looks(vec![(5, u64::MAX), (-7, 0), (0, 3), (i64::MIN, 1)]);
    assert_eq!(Looks::read(&looks.text(), AGES), Some(looks));
    for damaged in ["", "1:2", "1:2 3:4 5:6 7:", "1:2 3:4 5:6 7:8 9:10"] {
        assert_eq!(Looks::read(damaged, AGES), None, "{damaged}");
    }
}

/// Each age begins with the posts that have not reached the next one.
#[test]
fn what_is_old_already_when_all_begins_is_looked_at_once() {
    let now = moment("2026-03-31T00:00:00Z");
    let Looks(places) = Looks::from(now, AGES);
    let back: Vec<i64> = places.iter().map(|place| (now.as_second() - place.0) / 3600).collect();
    assert_eq!(back, [24, 7 * 24, 30 * 24, 60 * 24]);
}

/// What may be kept for thirty days is seen again within them: a sweep begins every twenty, and ends within ten.
#[test]
fn a_sweep_begins_anew_before_what_it_saw_is_too_old() {
    let keep = Duration::from_hours(30 * 24);
    let rules = Sweep { period: keep * 2 / 3, within: Some(keep / 3) };
    let mut progress = Progress::default();
    let first = moment("2026-01-01T00:00:00Z");
    let day = |day: i64| first + SignedDuration::from_hours(24 * day);
    let is_late = |sweep: Option<(Look, DatedPlace, Timestamp)>| match sweep {
        Some((Look::Sweep { is_late }, _, start)) => Some((is_late, start)),
        _ => None,
    };
    assert_eq!(is_late(sweep(&mut progress, first, rules)), Some((false, first)));
    assert_eq!(is_late(sweep(&mut progress, day(9), rules)), Some((false, first)));
    assert_eq!(is_late(sweep(&mut progress, day(10), rules)), Some((true, first)));
    // It goes on where it stopped, and rests when it came to its end.
    progress.top = Some("17:4".to_owned());
    assert_eq!(sweep(&mut progress, day(1), rules).unwrap().1, (17, 4));
    progress.top = None;
    assert_eq!(sweep(&mut progress, day(19), rules), None);
    assert_eq!(is_late(sweep(&mut progress, day(20), rules)), Some((false, day(20))));
}

#[test]
fn no_more_is_asked_at_once_than_would_have_been_since_the_last_time() {
    let now = moment("2026-01-02T00:00:00Z");
    let spacing = Duration::from_mins(10);
    let check = |asked: Option<&str>, expected: u32| {
        assert_eq!(allowance(asked.map(moment), now, spacing, 144), expected, "{asked:?}");
    };
    check(None, 6);
    check(Some("2026-01-01T23:00:00Z"), 6);
    check(Some("2026-01-01T23:59:00Z"), 0);
    check(Some("2025-01-01T00:00:00Z"), 144);
    // A clock that was set back gives nothing and breaks nothing.
    check(Some("2027-01-01T00:00:00Z"), 0);
    assert_eq!(allowance(None, now, Duration::from_hours(5), 5), 1);
}
