//! Does a walk lose anything? Against a made-up site that goes on writing, with crashes at any page.

use proptest::prelude::*;

use super::*;
use crate::model::{Post, PostId, SourceId};

/// A site whose posts are numbered by the second in which they were written.
struct Site {
    posts: Vec<i64>,
    /// Posts on a page.
    per_page: usize,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn post(second: i64) -> Post {
    let source = SourceId::new("made").unwrap();
    Post { created: Some(at(second)), ..Post::bare(source, &second.to_string(), "") }
}

impl Site {
    /// One page, newest first, of what is older than `next` and newer than `mark`, or not older than `since`.
    fn page(&self, progress: &Progress, first: Timestamp) -> Page {
        let number = |text: &str| text.parse::<i64>().unwrap();
        let before = progress.next.as_deref().map_or(i64::MAX, number);
        let after = mark(progress).map_or(i64::MIN, number);
        let since = since(progress, first);
        let mut found: Vec<i64> = self
            .posts
            .iter()
            .copied()
            .filter(|second| {
                *second < before && *second > after && since.is_none_or(|since| at(*second) >= since)
            })
            .collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let more = found.len() > self.per_page;
        found.truncate(self.per_page);
        Page {
            mark: found.first().map(i64::to_string),
            next: found.last().filter(|_| more).map(i64::to_string),
            posts: found.into_iter().map(post).collect(),
            ..Page::default()
        }
    }
}

fn had(posts: &[PostId]) -> Vec<i64> {
    let mut had: Vec<i64> = posts.iter().map(|id| id.as_str()[5..].parse().unwrap()).collect();
    had.sort_unstable();
    had
}

#[test]
fn a_walk_ends_where_the_one_before_it_began() {
    let mut site = Site { posts: (0..10).collect(), per_page: 3 };
    let mut progress = Progress::default();
    let mut pages = Vec::new();
    for round in 0..2 {
        begin(&mut progress, at(100 * (round + 1)), None);
        loop {
            let page = site.page(&progress, at(0));
            let turn = turn(&mut progress, Order::Backward, &page, at(0));
            pages.push(page.posts.len());
            if let Turn::Ended(covered) = turn {
                let expected = (at(100 * round), at(100 * (round + 1)));
                assert_eq!(covered.map(|covered| (covered.from, covered.until)), Some(expected));
                break;
            }
        }
        assert_eq!(progress.mark, site.posts.last().map(i64::to_string));
        site.posts.extend([20, 21]);
    }
    assert_eq!(pages, [3, 3, 3, 1, 2]);
}

#[test]
fn a_walk_back_to_a_moment_passes_what_is_had() {
    let site = Site { posts: (0..10).collect(), per_page: 4 };
    let mut progress = Progress { mark: Some("9".to_owned()), ..Progress::default() };
    begin(&mut progress, at(50), Some(at(2)));
    let page = site.page(&progress, at(40));
    assert_eq!(turn(&mut progress, Order::Backward, &page, at(40)), Turn::More);
    assert_eq!(share(&progress, at(40)).map(|share| (share * 100.0).round()), Some(92.0));
    let page = site.page(&progress, at(40));
    let ended = turn(&mut progress, Order::Backward, &page, at(40));
    assert_eq!(ended, Turn::Ended(Some(Covered { from: at(2), until: at(50) })));
    assert_eq!((progress.mark.as_deref(), progress.back_to), (Some("9"), None));
}

#[test]
fn what_a_site_no_longer_shows_is_a_gap() {
    let mut progress = Progress { mark: Some("1".to_owned()), had: Some(at(10)), ..Progress::default() };
    begin(&mut progress, at(90), None);
    let page = Page { cut: Some(at(70)), mark: Some("80".to_owned()), ..Page::default() };
    let ended = turn(&mut progress, Order::Backward, &page, at(0));
    assert_eq!(ended, Turn::Ended(Some(Covered { from: at(70), until: at(90) })));
}

proptest! {
    /// Posts arrive between any two pages, and the program dies at any page before or after its posts were kept.
    #[test]
    fn whatever_happens_meanwhile_all_posts_are_had(
        happens in proptest::collection::vec((0_u8..6, 1_usize..4), 1..80),
        per_page in 1_usize..5,
    ) {
        let mut site = Site { posts: vec![0, 1, 2, 3, 4, 5, 6, 7], per_page };
        let mut clock = 8;
        let mut durable = Progress::default();
        let mut progress = durable.clone();
        let mut kept: Vec<PostId> = Vec::new();
        let quiet = std::iter::repeat_n((0_u8, 1_usize), 300);
        for (what, count) in happens.into_iter().chain(quiet) {
            match what {
                1 | 2 => for _ in 0..count {
                    site.posts.push(clock);
                    clock += 1;
                },
                // A crash: what is not on the disk is lost.
                3 => progress = durable.clone(),
                _ => {
                    begin(&mut progress, at(clock), None);
                    let page = site.page(&progress, at(0));
                    turn(&mut progress, Order::Backward, &page, at(0));
                    kept.extend(page.posts.iter().map(|post| post.id.clone()));
                    // A crash between keeping the posts and the place.
                    if what == 4 { progress = durable.clone() } else { durable = progress.clone() }
                }
            }
        }
        kept.sort();
        kept.dedup();
        prop_assert_eq!(had(&kept), (0..clock).collect::<Vec<_>>());
    }
}
