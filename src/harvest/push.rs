//! How does a post that another program pushes get in? Through the same queue as what is asked for, and told once kept.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use super::Delivery;
use crate::model::{SourceId, WatchlistId};
use crate::sources::{Page, ParseError, Reject, read_pushed};
use crate::state::{Health, Standing, Step, Stream};

/// Takes what other programs push.
#[derive(Clone)]
pub struct Inbox {
    token: Arc<str>,
    watchlist: WatchlistId,
    /// How it stands, with all that was pushed before.
    standing: Arc<Mutex<Standing>>,
    /// Weak, so that who could push does not keep alive what is to end.
    to: mpsc::WeakSender<Delivery>,
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inbox").field("watchlist", &self.watchlist).finish_non_exhaustive()
    }
}

/// Told once what was delivered is kept.
#[derive(Debug, Clone)]
pub struct Receipt(Arc<Mutex<Option<oneshot::Sender<()>>>>);

impl PartialEq for Receipt {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Receipt {
    /// Tells that it is kept.
    pub fn give(&self) {
        if let Some(waiting) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Who no longer waits pushes again, which is harmless.
            let _ = waiting.send(());
        }
    }
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Posts that are kept now; those that were known are among them.
    pub kept: usize,
    /// What could not be read.
    pub rejects: Vec<Reject>,
}

/// Why nothing was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// What was sent cannot be read.
    #[error("what was pushed cannot be read: {0}")]
    Unreadable(String),
    /// Nobody keeps posts any more. Push it again later.
    #[error("posts are no longer taken in: the program is ending")]
    Ending,
}

impl Inbox {
    /// An inbox for who knows `token`; posts are judged by that watchlist.
    #[must_use]
    pub fn new(token: &str, watchlist: WatchlistId, standing: Standing, to: &mpsc::Sender<Delivery>) -> Self {
        Self { token: token.into(), watchlist, standing: Arc::new(Mutex::new(standing)), to: to.downgrade() }
    }

    /// How it stands with so much more.
    fn standing_with(&self, page: &Page, now: Timestamp) -> Standing {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.health = Health::Ok;
        (standing.asked, standing.answered) = (Some(now), Some(now));
        standing.posts += page.posts.len() as u64;
        standing.rejects += page.rejects.len() as u64;
        standing.note(page.posts.iter().filter_map(|post| post.created));
        standing.clone()
    }

    /// Whether that is the token. Takes the same time whatever is wrong with it.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        let (ours, theirs) = (self.token.as_bytes(), token.as_bytes());
        let differs = ours
            .iter()
            .enumerate()
            .fold(0, |differs, (at, byte)| differs | (byte ^ theirs.get(at).copied().unwrap_or(!byte)));
        differs == 0 && ours.len() == theirs.len()
    }

    /// Takes what was pushed, and returns once it is kept.
    ///
    /// # Errors
    /// [`PushError`]. What is pushed again after that is not doubled.
    pub async fn take(&self, body: &[u8], now: Timestamp) -> Result<Taken, PushError> {
        let page = read_pushed(body).map_err(|error| match error {
            ParseError::Unreadable(why) | ParseError::Refused(why) => PushError::Unreadable(why),
            ParseError::Page => PushError::Unreadable(error.to_string()),
        })?;
        let kept = page.posts.len();
        if kept == 0 {
            return Ok(Taken { kept, rejects: page.rejects });
        }
        let standing = self.standing_with(&page, now);
        let taken = Taken { kept, rejects: page.rejects };
        let (told, kept) = oneshot::channel();
        let source = SourceId::new("webhook").map_err(|_| PushError::Ending)?;
        let step = Step {
            stream: Stream {
                watchlist: self.watchlist.clone(),
                source,
                place: String::new(),
                query: String::new(),
            },
            progress: crate::state::Progress::default(),
            standing,
            covered: None,
            dollars: 0.0,
            seen: Vec::new(),
        };
        let receipt = Receipt(Arc::new(Mutex::new(Some(told))));
        let delivery = Delivery { posts: page.posts, receipt: Some(receipt), ..Delivery::of(step) };
        let to = self.to.upgrade().ok_or(PushError::Ending)?;
        to.send(delivery).await.map_err(|_| PushError::Ending)?;
        drop(to);
        kept.await.map_err(|_| PushError::Ending)?;
        Ok(taken)
    }
}
