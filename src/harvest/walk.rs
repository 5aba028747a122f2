//! How far has a walk through a source's pages come? Pure: pages in, places out.
//!
//! A walk backward begins at the newest post and goes back to where the walk before it began. It may be interrupted at any
//! page and go on there; only when it has come to its end does the place move to where it began. So nothing is skipped
//! whatever arrives meanwhile, and a page that shifts costs at most posts that are known already.

use std::collections::HashSet;

use jiff::Timestamp;

use super::whole;
use crate::model::fnv1a;
use crate::sources::{Order, Page};
use crate::state::{Covered, Progress};

/// How one page left the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is another page.
    More,
    /// That was all; a span that is covered now.
    Ended(Option<Covered>),
}

/// What a walk has met, as far as it can be told by itself that it goes in a circle: a site that takes no notice of where it is
/// asked to go on would be asked for ever.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Hashes of the places at which it was to go on, and of the names of posts.
    places: HashSet<u64>,
    posts: HashSet<u64>,
    /// How much in a row was nothing new: an empty page is one, and a page that was met already is ten.
    nothing_new: usize,
}

/// Where a page leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// To what is older, as far as can be told.
    On,
    /// To itself, or one like it: some sites end so.
    ToTheSame,
    /// In a circle, and not to what is older.
    Around,
}

/// What is too much of that. Some lists have holes, and in a busy one a page may come twice.
const NOTHING_NEW: usize = 50;

/// Posts that are known again.
const KNOWN_AGAIN: usize = 20_000;

impl Met {
    /// Begins, or goes on where a walk was interrupted.
    pub(super) fn from(next: Option<&str>) -> Self {
        Self { places: next.iter().map(|next| fnv1a(next.bytes())).collect(), ..Self::default() }
    }

    /// Notes a page, and says where it leads.
    pub(super) fn note(&mut self, page: &Page) -> Leads {
        let Some(next) = &page.next else { return Leads::On };
        if self.posts.len() > KNOWN_AGAIN {
            self.posts.clear();
        }
        let mut is_new = false;
        for post in &page.posts {
            is_new |= self.posts.insert(fnv1a(post.id.as_str().bytes()));
        }
        self.nothing_new = match (is_new, page.posts.is_empty()) {
            (true, _) => 0,
            (false, true) => self.nothing_new + 1,
            (false, false) => self.nothing_new + 10,
        };
        let is_known = !self.places.insert(fnv1a(next.bytes()));
        match (is_known, page.posts.is_empty()) {
            _ if self.nothing_new >= NOTHING_NEW => Leads::Around,
            (false, _) | (true, true) => Leads::On,
            (true, false) if is_new => Leads::Around,
            (true, false) => Leads::ToTheSame,
        }
    }
}

/// Begins a walk, unless one is under way.
pub(super) fn begin(progress: &mut Progress, now: Timestamp, back_to: Option<Timestamp>) {
    if progress.began.is_none() {
        progress.began = Some(now);
        progress.walk += 1;
        progress.back_to = back_to;
        (progress.top, progress.next, progress.reached) = (None, None, None);
    }
}

/// Gives a walk up, to begin it anew: the page that it was to go on with is no longer there.
pub(super) fn restart(progress: &mut Progress) {
    (progress.began, progress.top, progress.next, progress.reached) = (None, None, None, None);
}

/// The place at which the walk ends, unless it goes back to a moment whatever is had.
pub(super) fn mark(progress: &Progress) -> Option<&str> {
    if progress.back_to.is_some() { None } else { progress.mark.as_deref() }
}

/// The moment to which the walk goes back, where no place says it.
pub(super) fn since(progress: &Progress, first: Timestamp) -> Option<Timestamp> {
    progress.back_to.or_else(|| mark(progress).is_none().then_some(first))
}

/// Notes one page.
pub(super) fn turn(progress: &mut Progress, order: Order, page: &Page, first: Timestamp) -> Turn {
    let since = since(progress, first);
    if let Some(oldest) = page.oldest() {
        progress.reached = Some(progress.reached.map_or(oldest, |reached| reached.min(oldest)));
    }
    let is_past = order == Order::Backward
        && since.is_some_and(|since| page.oldest().is_some_and(|oldest| oldest < since));
    match order {
        Order::Forward => {
            if page.mark.is_some() {
                progress.mark.clone_from(&page.mark);
            }
            if page.next.is_some() {
                return Turn::More;
            }
        }
        Order::Whole => {
            whole::note(progress, page);
            if page.next.is_some() && page.next != progress.next {
                progress.next.clone_from(&page.next);
                return Turn::More;
            }
        }
        Order::Backward => {
            if progress.top.is_none() {
                progress.top.clone_from(&page.mark);
            }
            let goes_on = page.next.is_some() && page.next != progress.next && !is_past;
            if goes_on {
                progress.next.clone_from(&page.next);
                return Turn::More;
            }
            if let Some(top) = progress.top.take() {
                progress.mark = Some(top);
            }
        }
    }
    let began = progress.began.take();
    let from = page.cut.into_iter().chain(since.or(progress.had)).max();
    let covered = from.zip(began).map(|(from, until)| Covered { from, until });
    (progress.next, progress.back_to, progress.reached) = (None, None, None);
    progress.had = began.or(progress.had);
    Turn::Ended(covered)
}

/// The share of a walk back to a moment that is done, from 0 to 1.
pub(super) fn share(progress: &Progress, first: Timestamp) -> Option<f64> {
    let (began, reached, since) = (progress.began?, progress.reached?, since(progress, first)?);
    let whole = began.as_second() - since.as_second();
    let done = began.as_second() - reached.as_second();
    (whole > 0).then(|| (done as f64 / whole as f64).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
