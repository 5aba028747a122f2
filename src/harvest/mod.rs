//! Whom do we ask now, and where did we stop?
//!
//! Each question to each source is a stream with a task of its own: what is slow, refuses or breaks delays nobody else.
//! Pages go through one short queue to whoever keeps them; while that is full, nobody asks. How far a stream has come
//! travels with its posts, and is written down only after they are.

mod answers;
mod compliance;
mod due;
mod holds;
mod keys;
mod later;
mod listen;
mod live;
mod opt_outs;
mod push;
mod recheck;
mod walk;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

pub use self::due::{Due, DueAsk, DuePost};
pub(crate) use self::keys::host;
pub use self::keys::{Access, Keys};
pub use self::listen::{Tried, try_out};
pub use self::push::{Inbox, PushError, Receipt, Taken};
use crate::model::{Post, PostId, SourceId, Watchlist, WatchlistId};
use crate::net::Client;
use crate::sources::{self, Question, Skipped, Source};
use crate::state::{ANSWERS, COMPLIANCE, Progress, RECHECK, Standing, State, StateError, Step, Stream};

/// How sources are harvested.
#[derive(Debug, Clone, PartialEq)]
pub struct HarvestConfig {
    /// Each stream is asked once, and then all is over.
    pub is_once: bool,
    /// How far back a stream goes that was never asked. Default: seven days, which is as far as the shortest memory among
    /// the searches goes.
    pub first_days: i64,
    /// All streams go back to this moment, whatever they have.
    pub back_to: Option<Timestamp>,
    /// Most US dollars that one source may cost in a month. Default: none, so that nothing costs money unasked.
    pub max_dollars: f64,
    /// Pages that wait to be kept. Default: 16; each has at most a few hundred posts.
    pub queue: usize,
}

impl Default for HarvestConfig {
    fn default() -> Self {
        Self { is_once: true, first_days: 7, back_to: None, max_dollars: 0.0, queue: 16 }
    }
}

/// One question to one source.
#[derive(Clone)]
pub struct Job {
    /// Its lasting name.
    pub stream: Stream,
    /// Whom it asks.
    pub source: &'static dyn Source,
    /// What it asks.
    pub question: Question,
    /// How far it has come.
    pub progress: Progress,
    /// How it stands.
    pub standing: Standing,
    /// For a stream that asks about posts that are had: what says which are due.
    pub due: Option<Due>,
    /// For a stream of more than what was asked for: what says which of its posts name a brand, and are kept. Without it, all
    /// are.
    pub names: Option<Names>,
}

/// What says whether a post names a brand of its watchlist.
pub type Names = Arc<dyn Fn(&WatchlistId, &Post) -> bool + Send + Sync>;

impl Job {
    /// Takes out those of some posts that name no brand. Returns how many they were.
    fn pass_by(&self, posts: &mut Vec<Post>) -> u64 {
        let Some(names) = &self.names else { return 0 };
        let count = posts.len();
        posts.retain(|post| names(&self.stream.watchlist, post));
        (count - posts.len()) as u64
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// What one page brought, to be kept: first the posts, then the step.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Posts, oldest knowledge first.
    pub posts: Vec<Post>,
    /// Posts that the source says are gone.
    pub deleted: Vec<PostId>,
    /// All posts whose ids begin like this are gone.
    pub deleted_all: Vec<String>,
    /// When they were taken out there, by id or by how ids begin, as far as that is known.
    pub deleted_at: BTreeMap<String, DeletedAt>,
    /// How far the stream has come with this.
    pub step: Step,
    /// The walk came to its end, and showed all there is: what no walk since that number showed was deleted.
    pub whole_since: Option<i64>,
    /// Of which it shows nothing older than this.
    pub shows_from: Option<Timestamp>,
    /// Posts that came as well, name no brand, and are not among them: of a stream of all the world's posts, or of all that a
    /// group says.
    pub passed_by: u64,
    /// Told once all of it is kept.
    pub receipt: Option<Receipt>,
}

/// When a source took a post out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletedAt {
    /// When, or the last moment at which it is known to have been there.
    pub at: Timestamp,
    /// The source says when.
    pub is_exact: bool,
}

/// What a watchlist wants to be asked, and what it does not get.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// All questions, in a lasting order.
    pub jobs: Vec<Job>,
    /// What is not asked, by source, and why.
    pub skipped: Vec<(String, Skipped)>,
}

impl Plan {
    /// Plans all questions of `watchlist`, or those to the sources named in `only`; each goes on where `state` says that
    /// it stopped.
    ///
    /// # Errors
    /// Those of the state.
    pub fn new(watchlist: &Watchlist, only: &[SourceId], state: Option<&State>) -> Result<Self, StateError> {
        let mut plan = Self::default();
        let mut jobs = BTreeMap::new();
        for listen in &watchlist.sources {
            if !only.is_empty() && !only.contains(&listen.source) {
                continue;
            }
            // A file is imported, and a webhook comes by itself: neither is asked.
            let Some(source) = sources::by_name(listen.source.as_str()) else { continue };
            let (questions, skipped) = sources::questions(source, watchlist, listen);
            plan.skipped.extend(skipped.into_iter().map(|skipped| (source.about().name.to_owned(), skipped)));
            let live = Question { place: sources::LIVE.to_owned(), query: String::new(), about: None };
            let live = Some(live).filter(|live| source.live(live, None).is_some());
            for question in questions.into_iter().chain(live) {
                let stream = Stream {
                    watchlist: watchlist.id.clone(),
                    source: listen.source.clone(),
                    place: question.place.clone(),
                    query: question.query.clone(),
                };
                let (progress, standing) = match state {
                    Some(state) => state.stream(&stream)?,
                    None => Default::default(),
                };
                jobs.entry(stream.clone()).or_insert(Job {
                    stream,
                    source,
                    question,
                    progress,
                    standing,
                    due: None,
                    names: None,
                });
            }
        }
        plan.jobs = jobs.into_values().collect();
        Ok(plan)
    }

    /// Has `names` say which posts name a brand.
    pub fn tell_names(&mut self, names: &Names) {
        for job in &mut self.jobs {
            job.names = Some(names.clone());
        }
    }

    /// The streams that ask about posts that are had, one of each kind for each source that can be asked: whether they are
    /// still there, what was answered to them, and which of all must go. `due` says which posts.
    ///
    /// # Errors
    /// Those of the state.
    pub fn about_what_is_had(&self, state: &State, due: &Due) -> Result<Vec<Job>, StateError> {
        let mut jobs = BTreeMap::new();
        for job in &self.jobs {
            let places = [
                (RECHECK, job.source.recheck().is_some()),
                (ANSWERS, job.source.answers().is_some()),
                (COMPLIANCE, job.source.compliance().is_some()),
            ];
            for (place, _) in places.into_iter().filter(|(_, can_be_asked)| *can_be_asked) {
                let stream = Stream { place: place.to_owned(), query: String::new(), ..job.stream.clone() };
                let (progress, standing) = state.stream(&stream)?;
                let question = Question { place: stream.place.clone(), query: String::new(), about: None };
                let (source, due) = (job.source, Some(due.clone()));
                jobs.entry(stream.clone()).or_insert(Job {
                    stream,
                    source,
                    question,
                    progress,
                    standing,
                    due,
                    names: None,
                });
            }
        }
        Ok(jobs.into_values().collect())
    }
}

/// Asks all streams until each came to an end (if they are asked once) or `stop` says so. What they bring goes to `to`,
/// which is closed at the end.
///
/// `spent` are the dollars that each source cost this month.
pub async fn run(
    jobs: Vec<Job>,
    client: Client,
    keys: Keys,
    config: HarvestConfig,
    spent: BTreeMap<SourceId, f64>,
    to: mpsc::Sender<Delivery>,
    stop: watch::Receiver<bool>,
) {
    let access = Arc::new(Access::new(keys, spent));
    let mut tasks = JoinSet::new();
    for job in jobs {
        let name = job.stream.source.clone();
        let listener = listen::Listener::new(job, client.clone(), access.clone(), config.clone(), to.clone());
        let stop = stop.clone();
        tasks.spawn(async move {
            listener.run(stop).await;
            name
        });
    }
    drop(to);
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            // A fault of ours in one source: the others go on, and it stops where it was.
            tracing::error!(%error, "the task of a source ended by a fault of the program");
        }
    }
}

/// Longest time until a source that fails is asked again.
const LONGEST_BACK_OFF: Duration = Duration::from_hours(6);
