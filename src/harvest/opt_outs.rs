//! Who of those that a live stream brought does not want to be shown? Asked before their posts are handed on.
//!
//! Only authors whose posts are wanted are asked about, many at once, and none twice in an hour. While the site does not say,
//! the stream waits where it is: nothing is lost, and nothing is shown that should not be.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::listen::{Failure, Listener, of_answer, of_net, of_reading, of_refusal};
use crate::model::Post;
use crate::sources::{Answer, OptOuts, Page};

/// Time for which it is remembered what an author wants.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// Authors that are remembered: some ten megabytes.
const MOST: usize = 100_000;

/// Authors that were asked about, by how their posts' ids begin.
#[derive(Debug, Default)]
pub(super) struct Known(HashMap<String, (Timestamp, bool)>);

impl Known {
    /// Whether an author opted out, as far as that is known.
    fn is_out(&self, start: &str, now: Timestamp) -> Option<bool> {
        let (asked, is_out) = self.0.get(start)?;
        (now.duration_since(*asked).abs() < REMEMBERED).then_some(*is_out)
    }

    fn note(&mut self, start: String, is_out: bool, now: Timestamp) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(start, (now, is_out));
    }
}

/// How the ids of all posts of the author of this one begin.
fn start(post: &Post) -> &str {
    let id = post.id.as_str();
    id.rfind('/').map_or(id, |at| &id[..=at])
}

impl Listener {
    /// Takes those out of a page who do not want to be shown, with all that is had of them. `wanted` are the places of posts on
    /// the page that would be kept.
    pub(super) async fn leave_out(
        &mut self,
        opt_outs: &'static dyn OptOuts,
        page: &mut Page,
        wanted: &[usize],
    ) -> Result<(), Failure> {
        let now = self.client.now();
        let authors: BTreeSet<&str> = wanted.iter().filter_map(|at| page.posts.get(*at)).map(start).collect();
        let unknown: Vec<String> = authors
            .iter()
            .filter(|start| self.opted_out.is_out(start, now).is_none())
            .map(|start| (*start).to_owned())
            .collect();
        for starts in unknown.chunks(opt_outs.most()) {
            let out = self.ask_who_opted_out(opt_outs, starts).await?;
            for start in starts {
                self.opted_out.note(start.clone(), out.contains(start), now);
            }
        }
        let out: Vec<String> = authors
            .into_iter()
            .filter(|start| self.opted_out.is_out(start, now) == Some(true))
            .map(str::to_owned)
            .collect();
        page.posts.retain(|post| !out.iter().any(|out| out == start(post)));
        page.deleted_all.extend(out);
        Ok(())
    }

    async fn ask_who_opted_out(
        &self,
        opt_outs: &'static dyn OptOuts,
        starts: &[String],
    ) -> Result<Vec<String>, Failure> {
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
            return Err(failure);
        }
        opt_outs.parse(&answer).map_err(|error| of_reading(about.title, error, incoming.wait))
    }
}
