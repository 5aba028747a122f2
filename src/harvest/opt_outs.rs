//! Who of those that a live stream brought does not want to be shown? Asked before their posts are handed on.
//!
//! Only authors whose posts are wanted are asked about, many at once, and none twice in an hour: who opts out meanwhile says so
//! in the stream itself, where the site tells it there. While the site does not say, the stream waits where it is: nothing is
//! lost, and nothing is shown that should not be.
//! Except for an author whom it refuses to look up, asked alone: that one's posts are not kept, and the others' are.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::listen::{Failure, Listener, NONE_READ, of_answer, of_net, of_reading, of_refusal};
use crate::model::Post;
use crate::sources::{Answer, OptOuts, Page, Reject};
use crate::state::Health;

/// Time for which it is remembered what an author wants.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Authors that are remembered: some ten megabytes.
const MOST: usize = 100_000;

/// What is known of an author's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// To be shown, or nothing was said.
    Shown,
    /// Not to be shown.
    Hidden,
    /// The site does not look this one up: nobody can say.
    Refused,
}

/// Authors that were asked about, by how their posts' ids begin.
#[derive(Debug, Default)]
pub(super) struct Known {
    wishes: HashMap<String, (Timestamp, Wish)>,
    /// Authors in a row that the site refused to look up, and none that it did.
    refused: usize,
}

impl Known {
    /// What an author wants, as far as that is known.
    fn wish(&self, start: &str, now: Timestamp) -> Option<Wish> {
        let (asked, wish) = self.wishes.get(start)?;
        (now.duration_since(*asked).abs() < REMEMBERED).then_some(*wish)
    }

    fn note(&mut self, start: String, wish: Wish, now: Timestamp) {
        if self.wishes.len() >= MOST {
            self.wishes.clear();
        }
        self.wishes.insert(start, (now, wish));
    }

    /// Notes who said just now that they do not want to be shown, by how their posts' ids begin.
    pub(super) fn note_all(&mut self, out: &[String], now: Timestamp) {
        for start in out {
            self.note(start.clone(), Wish::Hidden, now);
        }
    }

    /// Notes that the site refused to look up one who was asked about alone. Returns whether that may be the author's fault:
    /// so many in a row are the site's.
    fn refused(&mut self) -> bool {
        self.refused += 1;
        self.refused < NONE_READ
    }
}

/// Authors that are left to be asked about, in parts.
#[derive(Debug)]
struct Parts(Vec<Vec<String>>);

impl Parts {
    fn of(authors: &[String], most: usize) -> Self {
        Self(authors.chunks(most.max(1)).rev().map(<[String]>::to_vec).collect())
    }

    fn next(&mut self) -> Option<Vec<String>> {
        self.0.pop()
    }

    /// Asks about a part that was refused in halves. Returns the author who was refused alone.
    fn halve(&mut self, mut part: Vec<String>) -> Option<String> {
        if part.len() <= 1 {
            return part.pop();
        }
        let second = part.split_off(part.len().div_ceil(2));
        self.0.extend([second, part]);
        None
    }
}

/// How the ids of all posts of the author of this one begin.
fn start(post: &Post) -> &str {
    let id = post.id.as_str();
    id.rfind('/').map_or(id, |at| &id[..=at])
}

impl Listener {
    /// Takes those out of a page, which has only posts that would be kept, who do not want to be shown, with all that is had of
    /// them. Who cannot be looked up is taken out of the page only: nobody said that the rest must go.
    pub(super) async fn leave_out(
        &mut self,
        opt_outs: &'static dyn OptOuts,
        page: &mut Page,
    ) -> Result<(), Failure> {
        let now = self.client.now();
        let authors: BTreeSet<&str> = page.posts.iter().map(start).collect();
        let unknown: Vec<String> = authors
            .iter()
            .filter(|start| self.opted_out.wish(start, now).is_none())
            .map(|start| (*start).to_owned())
            .collect();
        let mut parts = Parts::of(&unknown, opt_outs.most());
        let mut refused = Vec::new();
        while let Some(part) = parts.next() {
            match self.ask_who_opted_out(opt_outs, &part).await? {
                Ok(out) => {
                    self.opted_out.refused = 0;
                    for start in part {
                        let wish = if out.contains(&start) { Wish::Hidden } else { Wish::Shown };
                        self.opted_out.note(start, wish, now);
                    }
                }
                Err(failure) => {
                    if let Some(alone) = parts.halve(part) {
                        if !self.opted_out.refused() {
                            return Err(failure);
                        }
                        refused.push(alone);
                    }
                }
            }
        }
        for start in refused {
            self.opted_out.note(start, Wish::Refused, now);
        }
        let of = |wish: Wish| -> BTreeSet<String> {
            let authors = authors.iter().filter(|start| self.opted_out.wish(start, now) == Some(wish));
            authors.map(|start| (*start).to_owned()).collect()
        };
        let (out, refused) = (of(Wish::Hidden), of(Wish::Refused));
        let of_refused = page.posts.iter().enumerate().filter(|(_, post)| refused.contains(start(post)));
        let reason = "its author cannot be looked up";
        page.rejects.extend(of_refused.map(|(item, _)| Reject { item, reason: reason.to_owned() }));
        page.posts.retain(|post| !out.contains(start(post)) && !refused.contains(start(post)));
        page.deleted_all.extend(out);
        Ok(())
    }

    /// Asks about some at once. Within, an error is the site's that does not take the request, for the sake of one of them.
    async fn ask_who_opted_out(
        &self,
        opt_outs: &'static dyn OptOuts,
        starts: &[String],
    ) -> Result<Result<Vec<String>, Failure>, Failure> {
        let about = self.job.source.about();
        let name = |start: &String| {
            let start = start.trim_end_matches('/');
            start.split_once(':').map_or(start, |(_, name)| name).to_owned()
        };
        let authors: Vec<String> = starts.iter().map(name).collect();
        let request = opt_outs.request(&authors);
        let outgoing = self.access.outgoing(request, about, &self.client).await;
        let outgoing = outgoing.map_err(|refused| of_refusal(&refused))?;
        let incoming = self.client.send(&outgoing).await.map_err(|error| of_net(&error))?;
        let answer = Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body };
        if let Some(failure) = of_answer(self.job.source, &answer, incoming.wait) {
            let is_refused = answer.status == 400 && failure.health == Health::Unreadable;
            return if is_refused { Ok(Err(failure)) } else { Err(failure) };
        }
        opt_outs.parse(&answer).map(Ok).map_err(|error| of_reading(about.title, error, incoming.wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks about authors `0..count` of a site that refuses a request with one of `bad` in it. Returns who was refused alone and
    /// who was looked up, and how often it was asked.
    fn asked(count: usize, bad: &[usize]) -> (Vec<String>, Vec<String>, usize) {
        let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let is_bad = |name: &String| bad.iter().any(|bad| bad.to_string() == *name);
        let mut parts = Parts::of(&names, 25);
        let (mut refused, mut told, mut times) = (Vec::new(), Vec::new(), 0);
        while let Some(part) = parts.next() {
            assert!((1..=25).contains(&part.len()), "{part:?}");
            times += 1;
            if part.iter().any(is_bad) {
                refused.extend(parts.halve(part));
            } else {
                told.extend(part);
            }
        }
        (refused, told, times)
    }

    #[test]
    fn one_who_cannot_be_looked_up_holds_no_other() {
        let (refused, told, times) = asked(30, &[]);
        assert_eq!((refused.len(), told.len(), times), (0, 30, 2));
        for bad in [0, 12, 24, 29] {
            let (refused, told, times) = asked(30, &[bad]);
            assert_eq!(refused, [bad.to_string()]);
            assert_eq!(told.len(), 29);
            assert!(times <= 12, "asked {times} times for {bad}");
        }
        let (refused, told, _) = asked(3, &[0, 2]);
        assert_eq!((refused, told), (vec!["0".to_owned(), "2".to_owned()], vec!["1".to_owned()]));
        assert_eq!(asked(1, &[0]).2, 1);
    }

    #[test]
    fn a_site_that_looks_nobody_up_is_at_fault_itself() {
        let mut known = Known::default();
        assert!((1..NONE_READ).all(|_| known.refused()));
        assert!(!known.refused());
    }
}
