//! What happened to problems? One list of events, to which is only ever added; the ledger is what it adds up to.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::{State, StateError};
use crate::model::{
    Change, Division, Event, Findings, Language, Ledger, Meaning, Phrase, ProblemId, Signature,
};

/// Something that is about to be part of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// To which problem.
    pub problem: ProblemId,
    /// What.
    pub change: Change,
    /// Why, in words and numbers.
    pub reason: Option<String>,
}

/// One run of discovery that was reconciled with the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// When.
    pub when: Timestamp,
    /// In what kind of posts.
    pub meaning: Meaning,
    /// Posts that were looked at.
    pub posts: u64,
    /// Of them, those without any problem afterwards.
    pub unassigned: u64,
    /// Problems that were proposed.
    pub proposals: u64,
    /// Things that happened to the ledger.
    pub changes: u64,
}

/// Why nothing was taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUndone {
    /// There is no such event.
    #[error("nothing has the number {0}")]
    Unknown(i64),
    /// It was taken back before.
    #[error("number {0} was taken back already")]
    Already(i64),
    /// What a run found or learned is there whatever one says; it can be hidden or merged.
    #[error(
        "number {0} is what a run found: hide the problem, merge it into another, or take the whole run back with --run"
    )]
    Found(i64),
    /// No person decided anything that still stands.
    #[error("nobody decided anything that still stands")]
    Nothing,
    /// No run changed anything that still stands.
    #[error("no run changed anything that still stands")]
    NoRun,
    /// People decided something of what the run found, which would mean nothing without it.
    #[error(
        "what people decided of what the run of {run} found would be lost ({decisions} in all): take that back first"
    )]
    Decided {
        /// How many decisions stand.
        decisions: u64,
        /// When the run was.
        run: String,
    },
}

impl State {
    /// The problems that are known.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn ledger(&self) -> Result<Ledger, StateError> {
        Ok(Ledger::of(&self.problem_events(None)?))
    }

    /// The version that [`ledger`](State::ledger) would have, without reading it.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn ledger_version(&self) -> Result<i64, StateError> {
        self.said(
            self.database
                .query_row("SELECT count(*) + count(undone) FROM problem_event", [], |row| row.get(0)),
        )
    }

    /// What happened, of one problem (also as the other one of a merge or split) or of all, the first first.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn problem_events(&self, of: Option<&ProblemId>) -> Result<Vec<Event>, StateError> {
        let rows = self.said(self.event_rows())?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let event = row.event().map_err(|what| StateError::Damaged { path: self.path.clone(), what })?;
            if of.is_none_or(|id| event.problem == *id || event.change.other() == Some(id)) {
                events.push(event);
            }
        }
        Ok(events)
    }

    /// Adds to the list what a person decided, all of it or nothing. Returns the numbers.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn decide(
        &mut self,
        happened: &[Happened],
        when: Timestamp,
        by: Option<&str>,
    ) -> Result<Vec<i64>, StateError> {
        Ok(self.add(happened, when, by, None)?.unwrap_or_default())
    }

    /// Adds to the list what a run changed, and notes the run, if the ledger is still of the version `seen` that the run
    /// compared with; `None` if something happened meanwhile.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn keep_run(
        &mut self,
        happened: &[Happened],
        run: &Run,
        seen: i64,
    ) -> Result<Option<Vec<i64>>, StateError> {
        self.add(happened, run.when, None, Some((run, seen)))
    }

    /// The runs that were kept, the first first.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn problem_runs(&self) -> Result<Vec<Run>, StateError> {
        let read = || -> rusqlite::Result<Vec<(String, String, [i64; 4])>> {
            let mut asked = self.database.prepare(
                "SELECT made, meaning, posts, unassigned, proposals, changes FROM problem_run ORDER BY number",
            )?;
            asked
                .query_map([], |row| {
                    Ok((row.get(0)?, row.get(1)?, [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]))
                })?
                .collect()
        };
        let damaged = |what: &str| StateError::Damaged { path: self.path.clone(), what: what.to_owned() };
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        self.said(read())?
            .into_iter()
            .map(|(made, meaning, [posts, unassigned, proposals, changes])| {
                Ok(Run {
                    when: made.parse().map_err(|_| damaged("a run has no date that can be read"))?,
                    meaning: meaning.parse().map_err(|_| damaged("a run has no meaning that is known"))?,
                    posts: count(posts),
                    unassigned: count(unassigned),
                    proposals: count(proposals),
                    changes: count(changes),
                })
            })
            .collect()
    }

    /// Takes back the event with that number, or the last decision of a person that stands.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do; within it, why nothing could be taken back.
    pub fn undo_problem(
        &mut self,
        number: Option<i64>,
        when: Timestamp,
        by: Option<&str>,
    ) -> Result<Result<Event, NotUndone>, StateError> {
        let events = self.problem_events(None)?;
        let found = match number {
            Some(number) => {
                events.into_iter().find(|event| event.number == number).ok_or(NotUndone::Unknown(number))
            }
            None => events
                .into_iter()
                .rfind(|event| !event.is_of_run && event.undone.is_none())
                .ok_or(NotUndone::Nothing),
        };
        let event = match found {
            Ok(event) if event.undone.is_some() => return Ok(Err(NotUndone::Already(event.number))),
            Ok(event) if event.is_of_run && !matches!(event.change, Change::Merged { .. }) => {
                return Ok(Err(NotUndone::Found(event.number)));
            }
            Ok(event) => event,
            Err(why) => return Ok(Err(why)),
        };
        let changed = self.said(self.database.execute(
            "UPDATE problem_event SET undone = ?2, undone_by = ?3 WHERE number = ?1 AND undone IS NULL",
            params![event.number, when.to_string(), by],
        ))?;
        // Another process was quicker.
        if changed == 0 {
            return Ok(Err(NotUndone::Already(event.number)));
        }
        Ok(Ok(event))
    }

    /// Takes back all that the last run changed whose changes still stand: problems that it found are gone, those that it
    /// merged, split or let fade are as they were. Returns when that run was, and how much it had changed. Nothing is taken
    /// back while a decision stands that a person made of a problem that would be gone.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do; within it, why nothing could be taken back.
    pub fn undo_run(
        &mut self,
        when: Timestamp,
        by: Option<&str>,
    ) -> Result<Result<(Timestamp, usize), NotUndone>, StateError> {
        let mut write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let last =
                "SELECT made FROM problem_event WHERE of_run AND undone IS NULL ORDER BY number DESC LIMIT 1";
            let Some(made) = step.query_row(last, [], |row| row.get::<_, String>(0)).optional()? else {
                return Ok(Err(NotUndone::NoRun));
            };
            let decided =
                "SELECT count(*) FROM problem_event WHERE NOT of_run AND undone IS NULL AND problem IN
                 (SELECT problem FROM problem_event
                  WHERE of_run AND made = ?1 AND undone IS NULL AND what IN ('found', 'split-off'))";
            let decisions: i64 = step.query_row(decided, params![made], |row| row.get(0))?;
            if decisions > 0 {
                let decisions = decisions.unsigned_abs();
                return Ok(Err(NotUndone::Decided { decisions, run: made }));
            }
            let changes = step.execute(
                "UPDATE problem_event SET undone = ?2, undone_by = ?3 WHERE of_run AND made = ?1 AND undone IS NULL",
                params![made, when.to_string(), by],
            )?;
            // By earlier runs it is known which posts are news: those that only this run looked at are news again.
            step.execute(
                "DELETE FROM problem_run WHERE number >= (SELECT min(number) FROM problem_run WHERE made = ?1)
                 AND meaning IN (SELECT meaning FROM problem_run WHERE made = ?1)",
                params![made],
            )?;
            step.commit()?;
            Ok(Ok((made, changes)))
        };
        let result = write();
        let (made, changes) = match self.said(result)? {
            Ok(undone) => undone,
            Err(why) => return Ok(Err(why)),
        };
        let moment = made.parse().map_err(|_| StateError::Damaged {
            path: self.path.clone(),
            what: "a run has no date that can be read".to_owned(),
        })?;
        Ok(Ok((moment, changes)))
    }

    fn add(
        &mut self,
        happened: &[Happened],
        when: Timestamp,
        by: Option<&str>,
        run: Option<(&Run, i64)>,
    ) -> Result<Option<Vec<i64>>, StateError> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut write = || {
            let step = self.database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if let Some((_, seen)) = run
                && version(&step)? != seen
            {
                return Ok(None);
            }
            let mut numbers = Vec::with_capacity(happened.len());
            for Happened { problem, change, reason } in happened {
                step.execute(
                    "INSERT INTO problem_event (problem, what, details, made, made_by, of_run, reason)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        problem.as_str(),
                        change.name(),
                        Details::of(change).write(),
                        when.to_string(),
                        by,
                        run.is_some(),
                        reason
                    ],
                )?;
                numbers.push(step.last_insert_rowid());
            }
            if let Some((run, _)) = run {
                step.execute(
                    "INSERT INTO problem_run (made, meaning, posts, unassigned, proposals, changes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        when.to_string(),
                        run.meaning.as_str(),
                        number(run.posts),
                        number(run.unassigned),
                        number(run.proposals),
                        number(run.changes)
                    ],
                )?;
            }
            step.commit()?;
            Ok(Some(numbers))
        };
        let result = write();
        self.said(result)
    }

    fn event_rows(&self) -> rusqlite::Result<Vec<Row>> {
        let mut asked = self.database.prepare(
            "SELECT number, problem, what, details, made, made_by, of_run, reason, undone, undone_by
             FROM problem_event ORDER BY number",
        )?;
        asked
            .query_map([], |row| {
                Ok(Row {
                    number: row.get(0)?,
                    problem: row.get(1)?,
                    what: row.get(2)?,
                    details: row.get(3)?,
                    made: row.get(4)?,
                    made_by: row.get(5)?,
                    is_of_run: row.get(6)?,
                    reason: row.get(7)?,
                    undone: row.get(8)?,
                    undone_by: row.get(9)?,
                })
            })?
            .collect()
    }

    /// Whether problems were ever found here.
    ///
    /// # Errors
    /// [`StateError`], whose variants say what to do.
    pub fn has_problems(&self) -> Result<bool, StateError> {
        let first = self
            .database
            .query_row("SELECT number FROM problem_event LIMIT 1", [], |row| row.get::<_, i64>(0))
            .optional();
        Ok(self.said(first)?.is_some())
    }
}

fn version(database: &Connection) -> rusqlite::Result<i64> {
    database.query_row("SELECT count(*) + count(undone) FROM problem_event", [], |row| row.get(0))
}

struct Row {
    number: i64,
    problem: String,
    what: String,
    details: String,
    made: String,
    made_by: Option<String>,
    is_of_run: bool,
    reason: Option<String>,
    undone: Option<String>,
    undone_by: Option<String>,
}

impl Row {
    /// A newer form would have been refused: what cannot be read was changed by another program.
    fn event(self) -> Result<Event, String> {
        let number = self.number;
        let moment = |text: &str| -> Result<Timestamp, String> {
            text.parse().map_err(|_| format!("event {number} of the problems has no date that can be read"))
        };
        let unreadable = || format!("event {number} of the problems cannot be read");
        let details: Details = serde_json::from_str(&self.details).map_err(|_| unreadable())?;
        Ok(Event {
            number,
            problem: ProblemId::new(self.problem).map_err(|error| error.to_string())?,
            change: details.change(&self.what).ok_or_else(unreadable)?,
            when: moment(&self.made)?,
            by: self.made_by,
            is_of_run: self.is_of_run,
            reason: self.reason,
            undone: match self.undone {
                Some(undone) => Some((moment(&undone)?, self.undone_by)),
                None => None,
            },
        })
    }
}

/// All that any change says, as it is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<ProblemId>,
    /// One stem, or two with a space between.
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    terms: Vec<(String, i32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<String>,
}

impl Details {
    fn of(change: &Change) -> Self {
        match change {
            Change::Found(findings) => Self::found(findings),
            Change::SplitOff { from, findings } => {
                Self { other: Some(from.clone()), ..Self::found(findings) }
            }
            Change::Learned(signature) => Self::signed(signature),
            Change::Merged { into } => Self { other: Some(into.clone()), ..Self::default() },
            Change::Divided { division, name } => Self {
                other: Some(division.from.clone()),
                term: Some(written(&division.term)),
                name: Some(name.clone()),
                ..Self::default()
            },
            Change::Renamed(text) | Change::Described(text) | Change::Linked(text) => {
                Self { text: Some(text.clone()), ..Self::default() }
            }
            Change::Solved(day) => Self { day: day.map(|day| day.to_string()), ..Self::default() },
            Change::Faded | Change::Revived | Change::Pinned(_) | Change::Hidden(_) => Self::default(),
        }
    }

    fn found(findings: &Findings) -> Self {
        Self {
            name: Some(findings.name.clone()),
            meaning: Some(findings.meaning.as_str().to_owned()),
            theme: findings.theme.clone(),
            ..Self::signed(&findings.signature)
        }
    }

    fn signed(signature: &Signature) -> Self {
        Self {
            language: Some(signature.language.code().to_owned()),
            terms: signature.terms.iter().map(|(phrase, weight)| (written(phrase), *weight)).collect(),
            ..Self::default()
        }
    }

    fn write(&self) -> String {
        serde_json::to_string(self).expect("strings, numbers and lists of them can always be written")
    }

    fn change(self, what: &str) -> Option<Change> {
        Some(match what {
            "found" => Change::Found(self.findings()?),
            "split-off" => Change::SplitOff { from: self.other.clone()?, findings: self.findings()? },
            "learned" => Change::Learned(self.signature()?),
            "faded" => Change::Faded,
            "revived" => Change::Revived,
            "merged" => Change::Merged { into: self.other? },
            "divided" => Change::Divided {
                division: Division { from: self.other?, term: read(&self.term?) },
                name: self.name?,
            },
            "renamed" => Change::Renamed(self.text?),
            "described" => Change::Described(self.text?),
            "linked" => Change::Linked(self.text?),
            "pinned" => Change::Pinned(true),
            "unpinned" => Change::Pinned(false),
            "hidden" => Change::Hidden(true),
            "shown" => Change::Hidden(false),
            "solved" => Change::Solved(match self.day {
                Some(day) => Some(day.parse().ok()?),
                None => None,
            }),
            _ => return None,
        })
    }

    fn findings(&self) -> Option<Findings> {
        Some(Findings {
            name: self.name.clone()?,
            signature: self.signature()?,
            meaning: self.meaning.as_deref()?.parse().ok()?,
            theme: self.theme.clone(),
        })
    }

    fn signature(&self) -> Option<Signature> {
        let language: Language = self.language.as_deref()?.parse().ok()?;
        let terms = self.terms.iter().map(|(term, weight)| (read(term), *weight)).collect();
        Some(Signature { language, terms })
    }
}

/// No stem has white space.
fn written(phrase: &Phrase) -> String {
    match &phrase.second {
        Some(second) => format!("{} {second}", phrase.first),
        None => phrase.first.clone(),
    }
}

fn read(term: &str) -> Phrase {
    match term.split_once(' ') {
        Some((first, second)) => Phrase { first: first.to_owned(), second: Some(second.to_owned()) },
        None => Phrase { first: term.to_owned(), second: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Findings {
        let phrase = |first: &str, second: Option<&str>| Phrase {
            first: first.to_owned(),
            second: second.map(str::to_owned),
        };
        Findings {
            name: "lost luggage".to_owned(),
            signature: Signature {
                language: Language::English,
                terms: vec![(phrase("lost", Some("luggag")), 4200), (phrase("theme:loss", None), -300)],
            },
            meaning: Meaning::Praise,
            theme: Some("loss".to_owned()),
        }
    }

    #[test]
    fn every_change_reads_back_as_it_was_written() {
        let id = |text: &str| ProblemId::new(text).unwrap();
        let division = Division { from: id("a"), term: Phrase { first: "x".to_owned(), second: None } };
        let changes = [
            Change::Found(findings()),
            Change::SplitOff { from: id("a"), findings: findings() },
            Change::Learned(findings().signature),
            Change::Faded,
            Change::Revived,
            Change::Merged { into: id("b") },
            Change::Divided { division, name: "n \"quoted\"".to_owned() },
            Change::Renamed("é".to_owned()),
            Change::Described(String::new()),
            Change::Pinned(true),
            Change::Pinned(false),
            Change::Hidden(true),
            Change::Hidden(false),
            Change::Linked("https://example.org/1".to_owned()),
            Change::Solved(Some(jiff::civil::date(2026, 2, 3))),
            Change::Solved(None),
        ];
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(folder.path()).unwrap();
        let now: Timestamp = "2026-02-01T10:00:00Z".parse().unwrap();
        for change in &changes {
            let happened =
                Happened { problem: id("a-b"), change: change.clone(), reason: Some("so".to_owned()) };
            state.decide(&[happened], now, Some("me")).unwrap();
        }
        drop(state);
        let state = State::open(folder.path()).unwrap();
        let read: Vec<Change> =
            state.problem_events(None).unwrap().into_iter().map(|event| event.change).collect();
        assert_eq!(read, changes);
        assert_eq!(state.ledger().unwrap().version, state.ledger_version().unwrap());
    }
}
