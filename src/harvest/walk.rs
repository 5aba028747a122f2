//! How far has a walk through a source's pages come? Pure: pages in, places out.
//!
//! A walk backward begins at the newest post and goes back to where the walk before it began. It may be interrupted at any
//! page and go on there; only when it has come to its end does the place move to where it began. So nothing is skipped
//! whatever arrives meanwhile, and a page that shifts costs at most posts that are known already.

use jiff::Timestamp;

use super::whole;
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
