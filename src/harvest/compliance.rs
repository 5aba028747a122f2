//! Must anything go of all that we have? A site that takes lists of ids is given all of them, twice a day, and says which.
//!
//! The job's name is kept as a stream's place is, so that a restart asks for the list of the job that was made, and makes
//! no other.

use std::time::Duration;

use super::due::{Due, DueAsk};
use super::listen::{Failure, Listener, Stopped, of_net, of_reading, of_refusal, of_status};
use super::{DeletedAt, Delivery};
use crate::model::PostId;
use crate::net::Incoming;
use crate::sources::{Answer, Compliance, HowFar, Page, ParseError, Request};
use crate::state::Health;

/// Time after which is asked again how far a job is.
const LOOK_IN: Duration = Duration::from_mins(2);

/// Posts that are read from the index at once, for their ids.
const TOGETHER: usize = 1_000;

impl Listener {
    /// Has lists of what must go until told to stop; if it is asked once, one step, and a second where the first made a job.
    pub(super) async fn keep_compliant(
        &mut self,
        compliance: &'static dyn Compliance,
    ) -> Result<(), Stopped> {
        let Some(due) = self.job.due.clone() else { return Ok(()) };
        let mut made = false;
        loop {
            let is_under_way = self.job.progress.next.is_some();
            if !self.config.is_once {
                self.wait_until_due().await;
            } else if !is_under_way && self.job.standing.due.is_some_and(|due| due > self.client.now()) {
                return Ok(());
            }
            let step = if is_under_way {
                self.fetch(compliance).await?
            } else {
                self.hand_over(compliance, &due).await?
            };
            let has_failed = step.is_err();
            if let Err(failure) = step {
                self.failed(failure).await?;
            }
            if self.config.is_once && (has_failed || made || self.job.progress.next.is_none()) {
                return Ok(());
            }
            made = true;
        }
    }

    /// Makes a job for all that is had.
    async fn hand_over(
        &mut self,
        compliance: &'static dyn Compliance,
        due: &Due,
    ) -> Result<Result<(), Failure>, Stopped> {
        let rules = compliance.rules();
        let ids = match self.ids(due, rules.most).await {
            Ok(ids) => ids,
            Err(failure) => return Ok(Err(failure)),
        };
        if ids.is_empty() {
            return self.well(rules.every, Page::default()).await;
        }
        let handed = async {
            let begun = self.step_of(compliance.begin()).await?;
            let title = self.job.source.about().title;
            let (job, request) = compliance
                .hand_over(&answer(&begun), &ids)
                .map_err(|error| of_reading(title, error, begun.wait))?;
            self.step_of(request).await.map(|_| job)
        };
        match handed.await {
            Ok(job) => {
                self.job.progress.next = Some(job);
                self.job.standing.posts += ids.len() as u64;
                self.well(LOOK_IN, Page::default()).await
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Fetches the list of the job, if it is done.
    async fn fetch(&mut self, compliance: &'static dyn Compliance) -> Result<Result<(), Failure>, Stopped> {
        let job = self.job.progress.next.clone().unwrap_or_default();
        let title = self.job.source.about().title;
        // Each failure with whether the job is lost by it.
        let step = async |request| {
            let step = self.step_of(request).await;
            step.map_err(|failure| (failure.health == Health::Gone, failure))
        };
        let fetched = async {
            let asked = step(compliance.ask(&job)).await?;
            let how_far = compliance.how_far(&answer(&asked)).map_err(|error| {
                (matches!(error, ParseError::Refused(_)), of_reading(title, error, asked.wait))
            })?;
            let HowFar::Done(request) = how_far else { return Ok(None) };
            let list = step(request).await?;
            let page = compliance.parse(&answer(&list));
            page.map(Some).map_err(|error| (false, of_reading(title, error, list.wait)))
        };
        match fetched.await {
            Ok(Some(page)) => {
                self.job.progress.next = None;
                self.well(compliance.rules().every, page).await
            }
            Ok(None) => self.well(LOOK_IN, Page::default()).await,
            // A job that the site gave up, or does not know, is made anew.
            Err((is_lost, failure)) => {
                self.job.progress.next.take_if(|_| is_lost);
                Ok(Err(failure))
            }
        }
    }

    /// Notes that a step went well, what must go by it, and when the next is due.
    async fn well(&mut self, wait: Duration, page: Page) -> Result<Result<(), Failure>, Stopped> {
        let now = self.client.now();
        let due = now + self.spread(wait);
        let standing = &mut self.job.standing;
        (standing.asked, standing.answered, standing.due) = (Some(now), Some(now), Some(due));
        (standing.health, standing.why, standing.failures) = (Health::Ok, None, 0);
        standing.rejects += page.rejects.len() as u64;
        let step = self.step(None, 0.0, Vec::new());
        let deleted_at = DeletedAt::told(page.deleted_at);
        self.deliver(Delivery { deleted: page.deleted, deleted_at, ..Delivery::of(step) }).await?;
        Ok(Ok(()))
    }

    /// The ids of all posts of the source.
    async fn ids(&self, due: &Due, most: usize) -> Result<Vec<PostId>, Failure> {
        let mut ask = DueAsk {
            watchlist: self.job.stream.watchlist.clone(),
            source: self.job.stream.source.clone(),
            after: (i64::MIN, 0),
            until: self.client.now(),
            most: TOGETHER,
        };
        let due = due.clone();
        let read = tokio::task::spawn_blocking(move || -> Result<Vec<PostId>, String> {
            let mut ids = Vec::new();
            while ids.len() < most {
                let posts = due(&ask)?;
                let Some(last) = posts.last() else { break };
                ask.after = last.place;
                ids.extend(posts.into_iter().map(|due| due.post.id));
            }
            ids.truncate(most);
            Ok(ids)
        });
        let why = match read.await {
            Ok(Ok(ids)) => return Ok(ids),
            Ok(Err(why)) => why,
            Err(_) => "reading the index ended by a fault of the program".to_owned(),
        };
        Err(Failure::new(Health::Late, why))
    }

    /// One request, and its answer if it is one.
    async fn step_of(&self, request: Request) -> Result<Incoming, Failure> {
        let about = self.job.source.about();
        let outgoing = self.access.outgoing(request, about, &self.client).await;
        let outgoing = outgoing.map_err(|refused| of_refusal(&refused))?;
        let incoming = self.client.send(&outgoing).await.map_err(|error| of_net(&error))?;
        of_status(about.title, incoming.status, incoming.wait).map_or(Ok(incoming), Err)
    }
}

fn answer(incoming: &Incoming) -> Answer<'_> {
    Answer { status: incoming.status, headers: &incoming.headers, body: &incoming.body }
}
