//! How soon is what a source deleted gone here, and what else must go with it? Only times are kept, and no post's id.

use std::collections::BTreeMap;

use rusqlite::{TransactionBehavior, params};

use super::{State, StateError};
use crate::model::{PostId, SourceId};

/// Deletions that are remembered of each source.
const REMEMBERED: i64 = 200;

/// One post that was taken out as its source did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Whose.
    pub source: SourceId,
    /// Seconds for which it was still here.
    pub lag_seconds: i64,
    /// The source says when it was deleted; else it was at some time within the lag.
    pub is_exact: bool,
}

/// How soon a source's last deletions were followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Deletions that this is of: at most the last 200.
    pub count: u64,
    /// Of them, those of which the source says when; the others took at most as long as they are counted.
    pub exact: u64,
    /// The median of the seconds, the lower one of two.
    pub median_seconds: i64,
    /// The most seconds.
    pub largest_seconds: i64,
}

impl State {
    /// Forgets all that people said of posts that their sources took out, and notes how long that took.
    pub fn forget_posts(&mut self, posts: &[PostId], deletions: &[Deletion]) -> Result<(), StateError> {
        let mut write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut corrections = step.prepare("DELETE FROM correction WHERE post = ?1")?;
                let mut pending = step.prepare("DELETE FROM pending WHERE post = ?1")?;
                for post in posts {
                    corrections.execute([post.as_str()])?;
                    pending.execute([post.as_str()])?;
                }
                let mut note =
                    step.prepare("INSERT INTO deletion (source, lag, is_exact) VALUES (?1, ?2, ?3)")?;
                let mut forget = step.prepare(
                    "DELETE FROM deletion WHERE source = ?1 AND number <= (SELECT number FROM deletion
                     WHERE source = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                )?;
                for deletion in deletions {
                    let source = deletion.source.as_str();
                    note.execute(params![source, deletion.lag_seconds, deletion.is_exact])?;
                    forget.execute(params![source, REMEMBERED])?;
                }
            }
            step.commit()?;
            // What is written over in the file stands in the log beside it as it was, until that is emptied. Who reads meanwhile
            // keeps it, and then the last who closes the file empties it.
            let _ = self.database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            Ok(())
        };
        let result = write();
        self.said(result)
    }

    /// How soon the last deletions of each source were followed.
    pub fn lags(&self) -> Result<BTreeMap<String, Lag>, StateError> {
        let read = || -> rusqlite::Result<Vec<(String, i64, bool)>> {
            let mut asked =
                self.database.prepare("SELECT source, lag, is_exact FROM deletion ORDER BY source, lag")?;
            asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        };
        let mut by_source: BTreeMap<String, Vec<(i64, bool)>> = BTreeMap::new();
        for (source, lag, is_exact) in self.said(read())? {
            by_source.entry(source).or_default().push((lag, is_exact));
        }
        let lag = |lags: Vec<(i64, bool)>| {
            Some(Lag {
                count: lags.len() as u64,
                exact: lags.iter().filter(|(_, is_exact)| *is_exact).count() as u64,
                median_seconds: lags.get((lags.len() - 1) / 2)?.0,
                largest_seconds: lags.last()?.0,
            })
        };
        Ok(by_source.into_iter().filter_map(|(source, lags)| Some((source, lag(lags)?))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Correction;
    use crate::state::Said;

    #[test]
    fn what_is_forgotten_leaves_times_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let (gone, stays) = (PostId::new("x:1").unwrap(), PostId::new("x:2").unwrap());
        let said = Said {
            when: "2026-01-01T00:00:00Z".parse().unwrap(),
            by: None,
            note: Some("his words".to_owned()),
        };
        for post in [&gone, &stays] {
            state.correct(post, &[Correction::Complaint(true)], &said).unwrap();
        }
        let source = SourceId::new("x").unwrap();
        let deletions: Vec<Deletion> = (0..300)
            .map(|lag_seconds| Deletion { source: source.clone(), lag_seconds, is_exact: lag_seconds < 200 })
            .collect();
        state.forget_posts(std::slice::from_ref(&gone), &deletions).unwrap();
        assert_eq!(state.history(Some(&gone)).unwrap(), []);
        assert_eq!(state.history(Some(&stays)).unwrap().len(), 1);
        assert_eq!(state.pending().unwrap().len(), 1);
        // Of the last two hundred: 100 to 299.
        let lag = Lag { count: 200, exact: 100, median_seconds: 199, largest_seconds: 299 };
        assert_eq!(state.lags().unwrap(), BTreeMap::from([("x".to_owned(), lag)]));
    }
}
