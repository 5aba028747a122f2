//! What did people say of judgements? All of it is kept: a later word on the same aspect stands, and can be undone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use super::{State, StateError};
use crate::model::{Aspect, Correction, PostId};

/// What stands, by post. Small beside the index: it is held in memory while posts come in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corrections(BTreeMap<PostId, Vec<Correction>>);

impl Corrections {
    /// What people said of a post, by aspect.
    #[must_use]
    pub fn of(&self, post: &PostId) -> &[Correction] {
        self.0.get(post).map_or(&[], Vec::as_slice)
    }

    /// The posts of which these and `other` say something else.
    #[must_use]
    pub fn differing(&self, other: &Self) -> Vec<PostId> {
        let all: BTreeSet<&PostId> = self.0.keys().chain(other.0.keys()).collect();
        all.into_iter().filter(|post| self.of(post) != other.of(post)).cloned().collect()
    }
}

/// When, by whom and why something was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub when: Timestamp,
    /// Who, as they call themselves.
    pub by: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which post.
    pub post: PostId,
    /// What is true of it.
    pub correction: Correction,
    /// When, by whom and why.
    pub said: Said,
    /// When it was undone, and by whom.
    pub undone: Option<(Timestamp, Option<String>)>,
    /// It is neither undone nor followed by another word on the same aspect.
    pub stands: bool,
}

impl State {
    /// Keeps what a person said of a post, all of it or nothing. [`pending`](State::pending) has the post from now on.
    pub fn correct(
        &mut self,
        post: &PostId,
        corrections: &[Correction],
        said: &Said,
    ) -> Result<(), StateError> {
        let mut write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for correction in corrections {
                step.execute(
                    "INSERT INTO correction (post, aspect, value, made, made_by, note)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        post.as_str(),
                        correction.aspect().name(),
                        correction.value(),
                        said.when.to_string(),
                        said.by,
                        said.note
                    ],
                )?;
            }
            step.execute(PENDING, [post.as_str()])?;
            step.commit()
        };
        let result = write();
        self.said(result)
    }

    /// Takes back the last word on each of `aspects`, or on all if there are none; what was said before it stands
    /// again. Returns the aspects on which there was a word.
    pub fn undo(
        &mut self,
        post: &PostId,
        aspects: &[Aspect],
        when: Timestamp,
        by: Option<&str>,
    ) -> Result<Vec<Aspect>, StateError> {
        let standing: Vec<Aspect> = self
            .history(Some(post))?
            .iter()
            .filter(|entry| entry.stands)
            .map(|entry| entry.correction.aspect())
            .collect();
        let wanted: Vec<Aspect> = if aspects.is_empty() { standing } else { aspects.to_vec() };
        let write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut undone = Vec::new();
            for aspect in wanted {
                let last: Option<i64> = step
                    .query_row(
                        "SELECT number FROM correction WHERE post = ?1 AND aspect = ?2 AND undone IS NULL
                         ORDER BY number DESC LIMIT 1",
                        params![post.as_str(), aspect.name()],
                        |row| row.get(0),
                    )
                    .optional()?;
                let Some(last) = last else { continue };
                step.execute(
                    "UPDATE correction SET undone = ?2, undone_by = ?3 WHERE number = ?1",
                    params![last, when.to_string(), by],
                )?;
                undone.push(aspect);
            }
            if !undone.is_empty() {
                step.execute(PENDING, [post.as_str()])?;
            }
            step.commit()?;
            Ok(undone)
        };
        let result = write();
        self.said(result)
    }

    /// All that stands.
    pub fn corrections(&self) -> Result<Corrections, StateError> {
        let mut corrections = Corrections::default();
        for entry in self.history(None)?.into_iter().filter(|entry| entry.stands) {
            corrections.0.entry(entry.post).or_default().push(entry.correction);
        }
        for said in corrections.0.values_mut() {
            said.sort_by_key(Correction::aspect);
        }
        Ok(corrections)
    }

    /// All that was ever said, of one post or of all, in the order in which it was said.
    pub fn history(&self, post: Option<&PostId>) -> Result<Vec<Entry>, StateError> {
        let rows = self.said(self.rows(post))?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            entries.push(self.entry(row)?);
        }
        Ok(entries)
    }

    fn rows(&self, post: Option<&PostId>) -> rusqlite::Result<Vec<Row>> {
        let mut asked = self.database.prepare(
            "SELECT post, aspect, value, made, made_by, note, undone, undone_by,
                    number = (SELECT max(number) FROM correction AS other WHERE other.post = correction.post
                              AND other.aspect = correction.aspect AND other.undone IS NULL)
             FROM correction WHERE ?1 IS NULL OR post = ?1 ORDER BY number",
        )?;
        asked
            .query_map([post.map(PostId::as_str)], |row| {
                Ok(Row {
                    post: row.get(0)?,
                    aspect: row.get(1)?,
                    value: row.get(2)?,
                    made: row.get(3)?,
                    made_by: row.get(4)?,
                    note: row.get(5)?,
                    undone: row.get(6)?,
                    undone_by: row.get(7)?,
                    stands: row.get::<_, Option<bool>>(8)?.unwrap_or(false),
                })
            })?
            .collect()
    }

    fn entry(&self, row: Row) -> Result<Entry, StateError> {
        // A newer form would have been refused: what cannot be read was changed by another program.
        let damaged = |what: String| StateError::Damaged { path: self.path.clone(), what };
        let aspect: Aspect =
            row.aspect.parse().map_err(|error| damaged(format!("a correction cannot be read: {error}")))?;
        let correction = Correction::read(aspect, &row.value)
            .map_err(|error| damaged(format!("a correction cannot be read: {error}")))?;
        let moment = |text: &str| -> Result<Timestamp, StateError> {
            text.parse().map_err(|_| damaged("a correction has no date that can be read".to_owned()))
        };
        Ok(Entry {
            post: PostId::new(row.post).map_err(|error| damaged(error.to_string()))?,
            correction,
            said: Said { when: moment(&row.made)?, by: row.made_by, note: row.note },
            undone: match row.undone {
                Some(undone) => Some((moment(&undone)?, row.undone_by)),
                None => None,
            },
            stands: row.stands,
        })
    }

    /// Posts whose corrections the index may not show yet, each with how often they changed.
    pub fn pending(&self) -> Result<Vec<(PostId, i64)>, StateError> {
        let read = || -> rusqlite::Result<Vec<(String, i64)>> {
            let mut asked = self.database.prepare("SELECT post, changes FROM pending ORDER BY post")?;
            asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let rows = self.said(read())?;
        Ok(rows.into_iter().filter_map(|(post, changes)| Some((PostId::new(post).ok()?, changes))).collect())
    }

    /// Notes that the index shows what `pending` said; what changed since then stays pending.
    pub fn applied(&mut self, pending: &[(PostId, i64)]) -> Result<(), StateError> {
        let mut write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (post, changes) in pending {
                step.execute(
                    "DELETE FROM pending WHERE post = ?1 AND changes = ?2",
                    params![post.as_str(), changes],
                )?;
            }
            step.commit()
        };
        let result = write();
        self.said(result)
    }
}

const PENDING: &str = "INSERT INTO pending (post, changes) VALUES (?1, 1) ON CONFLICT (post) DO UPDATE SET changes = changes + 1";

struct Row {
    post: String,
    aspect: String,
    value: String,
    made: String,
    made_by: Option<String>,
    note: Option<String>,
    undone: Option<String>,
    undone_by: Option<String>,
    stands: bool,
}
