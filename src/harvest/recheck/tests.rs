//! Tests of when posts are known to have been there.

use super::*;
use crate::model::{Author, SourceId};
use crate::sources::by_name;
use crate::state::{Step, Stream};

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

/// Sites say in their own words that a post is not there, by whatever status; and one that closes its doors is doubted.
#[test]
fn a_refusal_may_say_that_just_this_post_is_gone() {
    let posts = [post("1", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z").post];
    for (source, status, body, is_gone, is_doubted) in [
        ("discourse", 403, "{\"errors\":[\"no\"],\"error_type\":\"invalid_access\"}", true, true),
        ("discourse", 403, "{\"errors\":[\"no\"],\"error_type\":\"rate_limit\"}", false, false),
        ("discourse", 403, "<html>no</html>", false, false),
        ("discourse", 404, "{\"error_type\":\"not_found\"}", true, false),
        ("lemmy", 400, "{\"error\":\"couldnt_find_post\"}", true, true),
        ("lemmy", 400, "{\"error\":\"rate_limit_error\"}", false, false),
        ("lemmy", 400, "{\"error\":\"not_logged_in\"}", false, false),
        ("github", 451, "{\"message\":\"Repository access blocked\"}", true, false),
        ("github", 403, "{\"message\":\"no\"}", false, false),
        ("mastodon", 451, "<html>no</html>", false, false),
    ] {
        let source = by_name(source).unwrap();
        let answer = Answer { status, headers: &[], body: body.as_bytes() };
        let verdict = verdict(source, source.recheck().unwrap(), &posts, &answer, None);
        let said = verdict.map(|read| (!read.gone.is_empty(), read.shows_none)).unwrap_or_default();
        assert_eq!(said, (is_gone, is_doubted), "{} {status} {body}", source.about().name);
    }
}

/// Who left, and left the words there, is not named any longer.
#[test]
fn an_author_who_left_is_forgotten() {
    let author = Some(Author { handle: "anna".to_owned(), name: None });
    let had = Post { author, ..post("1", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z").post };
    let again = |nameless: &[&Post]| {
        let step = Step {
            stream: Stream {
                watchlist: crate::model::WatchlistId::new("m").unwrap(),
                source: had.source.clone(),
                place: String::new(),
                query: String::new(),
            },
            progress: crate::state::Progress::default(),
            standing: crate::state::Standing::default(),
            covered: None,
            dollars: 0.0,
            seen: Vec::new(),
        };
        let mut delivery = Delivery::of(step);
        let nameless = nameless.iter().map(|post| post.id.clone()).collect();
        // A look-up tells less than was known: no author says nothing of the author.
        let there = vec![Post { author: None, ..had.clone() }];
        take(
            &mut delivery,
            Rechecked { there, nameless, ..Rechecked::default() },
            std::slice::from_ref(&had),
        );
        delivery.posts
    };
    assert_eq!(again(&[]), []);
    assert_eq!(again(&[&had]), [Post { author: None, ..had.clone() }]);
}
