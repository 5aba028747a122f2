//! Tests of when posts are known to have been there.

use super::*;
use crate::model::SourceId;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn post(native: &str, created: &str, kept: &str) -> DuePost {
    let created = moment(created);
    let post =
        Post { created: Some(created), ..Post::bare(SourceId::new("x").unwrap(), native, "late again") };
    DuePost { place: (created.as_second(), 1), post, kept: moment(kept) }
}

#[test]
fn a_post_is_known_to_have_been_there_when_it_was_last_seen() {
    let began = Some(moment("2026-03-01T00:00:00Z"));
    let check = |created: &str, kept: &str, look, expected: &str| {
        assert_eq!(shown_until(began, look, &post("1", created, kept)), moment(expected), "{look:?}");
    };
    // At the first age, when it was kept; at later ones, at the age before.
    check("2026-03-02T00:00:00Z", "2026-03-02T00:05:00Z", Look::Age(0), "2026-03-02T00:05:00Z");
    check("2026-03-02T00:00:00Z", "2026-03-02T00:05:00Z", Look::Age(1), "2026-03-02T01:00:00Z");
    check("2026-03-02T00:00:00Z", "2026-03-02T00:05:00Z", Look::Age(3), "2026-03-09T00:00:00Z");
    // Before looks began there was no age before.
    check("2026-02-27T00:00:00Z", "2026-02-27T01:00:00Z", Look::Age(1), "2026-02-27T01:00:00Z");
    // What came late was there when it came.
    check("2026-03-02T00:00:00Z", "2026-03-20T00:00:00Z", Look::Age(3), "2026-03-20T00:00:00Z");
}
