//! Is what a list no longer shows gone? Where a source shows all there is each time, what is missing was taken out there.
//!
//! Unless the list is at fault: some sites send an empty or a short one now and then. So what would take out half of all
//! that was shown, or more, is believed when it is so an hour later as well; and where an item cannot be read, nor the name that
//! it has there, nobody can say which one it is, and nothing is taken out. Both counts are kept with the stream's place, which such a source has no
//! other use for: in `top` those of the walk under way, in `mark` those of the last that was believed.

use std::time::Duration;

use jiff::Timestamp;

use crate::sources::Page;
use crate::state::Progress;

/// Time after which a list is looked at again that shows far less than before.
pub(super) const DOUBT: Duration = Duration::from_hours(1);

/// Time after which it is believed. A little less, since whoever waits an hour may be woken a moment early.
const BELIEVED_AFTER: Duration = Duration::from_mins(59);

/// What is told of a source while nothing can be said.
pub(super) const UNTOLD: &str = "an item of its list has no name that can be read, and until then nothing that it no longer shows is taken for deleted";

/// What a walk through all that a source shows says of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is gone.
    Gone,
    /// Nothing can be said.
    Untold,
    /// Too much to be believed at once: so many are shown of so many.
    Doubted(usize, usize),
}

/// Notes one page of the walk under way.
pub(super) fn note(progress: &mut Progress, page: &Page) {
    let (shown, unread) = counts(progress.top.as_deref());
    let (broken, named) = (page.rejects.len(), page.unread.len());
    progress.top =
        Some(format!("{} {}", shown + page.posts.len() + named, unread + broken.saturating_sub(named)));
}

/// Ends the walk under way, and says what became of all that it did not show.
pub(super) fn end(progress: &mut Progress, now: Timestamp) -> Missing {
    let (shown, unread) = counts(progress.top.take().as_deref());
    let before = progress.mark.take().unwrap_or_default();
    let (known, since) = before.split_once(' ').unwrap_or((before.as_str(), ""));
    let known: usize = known.parse().unwrap_or(0);
    let since = since.parse::<Timestamp>().ok();
    if unread > 0 {
        progress.mark = Some(before).filter(|before| !before.is_empty());
        return Missing::Untold;
    }
    let is_less = 2 * shown < known;
    let is_old = since.is_some_and(|since| {
        now.duration_since(since) >= jiff::SignedDuration::try_from(BELIEVED_AFTER).unwrap_or_default()
    });
    if is_less && !is_old {
        progress.mark = Some(format!("{known} {}", since.unwrap_or(now)));
        return Missing::Doubted(shown, known);
    }
    progress.mark = Some(shown.to_string());
    Missing::Gone
}

fn counts(text: Option<&str>) -> (usize, usize) {
    let (shown, unread) = text.and_then(|text| text.split_once(' ')).unwrap_or_default();
    (shown.parse().unwrap_or(0), unread.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Post, SourceId};
    use crate::sources::Reject;

    fn page(posts: usize, unread: usize) -> Page {
        let source = SourceId::new("made").unwrap();
        Page {
            posts: (0..posts).map(|number| Post::bare(source.clone(), &number.to_string(), "")).collect(),
            rejects: (0..unread).map(|item| Reject { item, reason: String::new() }).collect(),
            ..Page::default()
        }
    }

    #[test]
    fn an_item_that_has_its_name_is_there_though_it_cannot_be_read() {
        let mut progress = Progress::default();
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut walk = |page: Page| {
            note(&mut progress, &page);
            end(&mut progress, now)
        };
        let unread = page(1, 0).posts.into_iter().map(|post| post.id).collect();
        assert_eq!(walk(Page { unread, ..page(1, 1) }), Missing::Gone);
        // Two were there, and so one is no less than half.
        assert_eq!(walk(page(1, 0)), Missing::Gone);
        assert_eq!(walk(page(1, 1)), Missing::Untold);
    }

    #[test]
    fn a_list_that_shows_far_less_is_believed_an_hour_later() {
        let at = |text: &str| format!("2026-03-01T{text}Z").parse::<Timestamp>().unwrap();
        let mut progress = Progress::default();
        let mut walk = |pages: &[(usize, usize)], now: &str| {
            for (posts, unread) in pages {
                note(&mut progress, &page(*posts, *unread));
            }
            end(&mut progress, at(now))
        };
        assert_eq!(walk(&[(50, 0), (30, 0)], "00:00:00"), Missing::Gone);
        assert_eq!(walk(&[(40, 0)], "01:00:00"), Missing::Gone);
        assert_eq!(walk(&[(0, 0)], "02:00:00"), Missing::Doubted(0, 40));
        assert_eq!(walk(&[(19, 0)], "02:30:00"), Missing::Doubted(19, 40));
        // What cannot be read says nothing, and ends no doubt.
        assert_eq!(walk(&[(40, 1)], "02:40:00"), Missing::Untold);
        assert_eq!(walk(&[(1, 0)], "02:58:59"), Missing::Doubted(1, 40));
        assert_eq!(walk(&[(1, 0)], "02:59:00"), Missing::Gone);
        assert_eq!(walk(&[(0, 0)], "03:00:00"), Missing::Doubted(0, 1));
        // What is shown again was never gone.
        assert_eq!(walk(&[(1, 0)], "03:30:00"), Missing::Gone);
        assert_eq!(walk(&[(0, 0)], "09:00:00"), Missing::Doubted(0, 1));
    }
}
