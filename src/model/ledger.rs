//! Which problems are known, since when, and what was decided about them? All of it follows from a list of events.
//!
//! The list is what is kept; the ledger is what it adds up to ([`Ledger::of`]). So every decision has its history for
//! free, and taking one back is leaving it out. Ids are never used twice, not even that of a problem whose split was
//! taken back: links to it would mean something else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Condition, Intent, Phrase, ProblemId, Query, Signature};

/// What the posts meant in which a problem was found. Each has problems of its own, found apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Meaning {
    /// Complaints.
    #[default]
    Complaint,
    /// Praise.
    Praise,
    /// Questions.
    Question,
    /// All posts, whatever they meant.
    Any,
}

/// A text that is not a meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not what posts can mean: use complaint, praise, question or any")]
pub struct UnknownMeaning(String);

/// Whether a problem is one of those that are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// It is found in posts.
    #[default]
    Live,
    /// The last run found next to no posts of it. Its few posts are still its own.
    Faded,
    /// A person wants it left out. Its posts are not given to others.
    Hidden,
    /// Its posts count for another.
    MergedInto(ProblemId),
}

/// Where a problem came from that a person divided from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// The problem that was divided.
    pub from: ProblemId,
    /// Posts of it that have this term are of the new one. As people write it and as its stems.
    pub term: Phrase,
}

/// A problem with a lasting id.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownProblem {
    /// Lasts, whatever it is called later.
    pub id: ProblemId,
    /// The name that discovery gave it.
    pub found_name: String,
    /// The name that a person gave it.
    pub given_name: Option<String>,
    /// What a person says of it.
    pub description: Option<String>,
    /// By what a post is known to have it. Of a problem that a person divided from another: that one's, as it was then.
    pub signature: Signature,
    /// In what kind of posts it was found.
    pub meaning: Meaning,
    /// The theme that most of its posts speak of, as `waiting`.
    pub theme: Option<String>,
    /// Whether it is shown.
    pub standing: Standing,
    /// A person keeps it: it never fades, and no run merges or splits it.
    pub is_pinned: bool,
    /// The day since which it is said to be solved. Posts still count, so that it is seen when it returns.
    pub solved: Option<Date>,
    /// Where it is tracked.
    pub link: Option<String>,
    /// A person divided it from another.
    pub division: Option<Division>,
    /// The problem of which a run split it off.
    pub split_from: Option<ProblemId>,
    /// When it came into the ledger.
    pub created: Timestamp,
    /// When its signature was learned: from posts that were there by then.
    pub learned: Timestamp,
}

/// One thing that happened to a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Counts up over all problems; what happened later has a larger one.
    pub number: i64,
    /// To which problem.
    pub problem: ProblemId,
    /// What.
    pub change: Change,
    /// When.
    pub when: Timestamp,
    /// Who, as they call themselves; a run has no name.
    pub by: Option<String>,
    /// A run did it.
    pub is_of_run: bool,
    /// Why, in words and numbers.
    pub reason: Option<String>,
    /// When it was taken back, and by whom.
    pub undone: Option<(Timestamp, Option<String>)>,
}

/// What can happen to a problem.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A run found it.
    Found(Findings),
    /// A run found that a part of the posts of `from` are another problem.
    SplitOff {
        /// The problem that they were of.
        from: ProblemId,
        /// What was found.
        findings: Findings,
    },
    /// People write of it in other words than before.
    Learned(Signature),
    /// Next to no posts have it any more.
    Faded,
    /// Posts have it again.
    Revived,
    /// Its posts count for another from now on.
    Merged {
        /// For which.
        into: ProblemId,
    },
    /// A person divided it from another.
    Divided {
        /// By which term, from which.
        division: Division,
        /// What the new one is called.
        name: String,
    },
    /// A person named it.
    Renamed(String),
    /// A person described it; empty: no longer.
    Described(String),
    /// A person wants to keep it, or no longer.
    Pinned(bool),
    /// A person wants it left out, or no longer.
    Hidden(bool),
    /// A person said where it is tracked; empty: no longer.
    Linked(String),
    /// A person said since when it is solved; `None`: it is not.
    Solved(Option<Date>),
}

/// What a run says of a problem that it found.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The commonest way in which posts write what sets it apart.
    pub name: String,
    /// By what a post is known to have it.
    pub signature: Signature,
    /// In what kind of posts.
    pub meaning: Meaning,
    /// The theme that most of its posts speak of.
    pub theme: Option<String>,
}

/// The known problems at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// Grows with each event and each undoing: equal versions of one data folder are equal ledgers.
    pub version: i64,
    problems: BTreeMap<ProblemId, KnownProblem>,
    /// Every id that was ever given.
    taken: BTreeSet<ProblemId>,
    /// Problems that a run merged and a person parted again: the first into the second.
    kept_apart: BTreeSet<(ProblemId, ProblemId)>,
}

impl Ledger {
    /// What events add up to, the first first. One that no longer applies, as the renaming of a problem whose split was
    /// taken back, changes nothing.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        let mut ledger = Self::default();
        for event in events {
            ledger.version += 1 + i64::from(event.undone.is_some());
            ledger.taken.insert(event.problem.clone());
            if event.undone.is_some() {
                if let Change::Merged { into } = &event.change
                    && event.is_of_run
                {
                    ledger.kept_apart.insert((event.problem.clone(), into.clone()));
                }
            } else {
                ledger.apply(event);
            }
        }
        ledger
    }

    /// Makes one event part of it.
    pub fn apply(&mut self, event: &Event) {
        let id = &event.problem;
        self.taken.insert(id.clone());
        let begin = |findings: &Findings| KnownProblem {
            id: id.clone(),
            found_name: findings.name.clone(),
            given_name: None,
            description: None,
            signature: findings.signature.clone(),
            meaning: findings.meaning,
            theme: findings.theme.clone(),
            standing: Standing::Live,
            is_pinned: false,
            solved: None,
            link: None,
            division: None,
            split_from: None,
            created: event.when,
            learned: event.when,
        };
        match &event.change {
            Change::Found(findings) => {
                self.problems.insert(id.clone(), begin(findings));
            }
            Change::SplitOff { from, findings } => {
                let split = KnownProblem { split_from: Some(from.clone()), ..begin(findings) };
                self.problems.insert(id.clone(), split);
            }
            Change::Divided { division, name } => {
                let Some(parent) = self.problems.get(&division.from) else { return };
                let findings = Findings {
                    name: name.clone(),
                    signature: parent.signature.clone(),
                    meaning: parent.meaning,
                    theme: parent.theme.clone(),
                };
                let child = KnownProblem { division: Some(division.clone()), ..begin(&findings) };
                self.problems.insert(id.clone(), child);
            }
            // In a circle nobody could say for which of them the posts count.
            Change::Merged { into } if self.root(into).is_none_or(|root| root.id == *id) => {}
            change => {
                if let Some(problem) = self.problems.get_mut(id) {
                    problem.apply(change, event.when);
                }
            }
        }
    }

    /// All problems, by id, whatever became of them.
    pub fn all(&self) -> impl Iterator<Item = &KnownProblem> {
        self.problems.values()
    }

    /// The problems that are shown, by id: neither hidden nor merged. Faded ones are among them.
    pub fn shown(&self, meaning: Meaning) -> impl Iterator<Item = &KnownProblem> {
        self.all().filter(move |problem| problem.meaning == meaning && problem.is_shown())
    }

    /// The problem with that id, whatever became of it.
    #[must_use]
    pub fn problem(&self, id: &ProblemId) -> Option<&KnownProblem> {
        self.problems.get(id)
    }

    /// The problem for which the posts of `id` count: itself, or the one that it was merged into in the end.
    #[must_use]
    pub fn root(&self, id: &ProblemId) -> Option<&KnownProblem> {
        let mut problem = self.problems.get(id)?;
        // Merging never makes a circle; a damaged file might.
        for _ in 0..self.problems.len() {
            let Standing::MergedInto(into) = &problem.standing else { return Some(problem) };
            problem = self.problems.get(into)?;
        }
        None
    }

    /// How many problems there are, whatever became of them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.problems.len()
    }

    /// Whether there are no problems.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether a run may not merge `one` into `other`, since a person took that back.
    #[must_use]
    pub fn is_kept_apart(&self, one: &ProblemId, other: &ProblemId) -> bool {
        [(one, other), (other, one)]
            .into_iter()
            .any(|(one, other)| self.kept_apart.contains(&(one.clone(), other.clone())))
    }

    /// An id made of `name` that was never given to any problem.
    #[must_use]
    pub fn free_id(&self, name: &str) -> ProblemId {
        let wanted = ProblemId::from_name(name);
        let mut id = wanted.clone();
        let mut number = 2;
        while self.taken.contains(&id) {
            id = wanted.numbered(number);
            number += 1;
        }
        id
    }

    /// Notes that an id was given.
    pub fn take(&mut self, id: ProblemId) {
        self.taken.insert(id);
    }
}

impl KnownProblem {
    /// What it is called: the name that a person gave it, else the one that was found.
    #[must_use]
    pub fn name(&self) -> &str {
        self.given_name.as_deref().unwrap_or(&self.found_name)
    }

    /// Whether it is neither hidden nor merged.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        matches!(self.standing, Standing::Live | Standing::Faded)
    }

    fn apply(&mut self, change: &Change, when: Timestamp) {
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        match change {
            Change::Learned(signature) => {
                self.signature = signature.clone();
                self.learned = when;
            }
            Change::Faded if self.standing == Standing::Live && !self.is_pinned => {
                self.standing = Standing::Faded;
            }
            Change::Revived if self.standing == Standing::Faded => self.standing = Standing::Live,
            Change::Merged { into } => self.standing = Standing::MergedInto(into.clone()),
            Change::Renamed(name) => self.given_name = text(name),
            Change::Described(description) => self.description = text(description),
            Change::Pinned(is_pinned) => {
                self.is_pinned = *is_pinned;
                if *is_pinned && self.standing == Standing::Faded {
                    self.standing = Standing::Live;
                }
            }
            Change::Hidden(true) if self.is_shown() => self.standing = Standing::Hidden,
            Change::Hidden(false) if self.standing == Standing::Hidden => self.standing = Standing::Live,
            Change::Linked(link) => self.link = text(link),
            Change::Solved(day) => self.solved = *day,
            // What begins a problem is not applied to one; the others do not apply in this standing.
            Change::Found(_)
            | Change::SplitOff { .. }
            | Change::Divided { .. }
            | Change::Faded
            | Change::Revived
            | Change::Hidden(_) => {}
        }
    }
}

impl Change {
    /// What happened as one small word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Found(_) => "found",
            Self::SplitOff { .. } => "split-off",
            Self::Learned(_) => "learned",
            Self::Faded => "faded",
            Self::Revived => "revived",
            Self::Merged { .. } => "merged",
            Self::Divided { .. } => "divided",
            Self::Renamed(_) => "renamed",
            Self::Described(_) => "described",
            Self::Pinned(true) => "pinned",
            Self::Pinned(false) => "unpinned",
            Self::Hidden(true) => "hidden",
            Self::Hidden(false) => "shown",
            Self::Linked(_) => "linked",
            Self::Solved(_) => "solved",
        }
    }

    /// The other problem that it speaks of.
    #[must_use]
    pub fn other(&self) -> Option<&ProblemId> {
        match self {
            Self::SplitOff { from, .. } => Some(from),
            Self::Merged { into } => Some(into),
            Self::Divided { division, .. } => Some(&division.from),
            _ => None,
        }
    }
}

impl Meaning {
    /// All meanings.
    pub const ALL: [Self; 4] = [Self::Complaint, Self::Praise, Self::Question, Self::Any];

    /// The meaning as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Praise => "praise",
            Self::Question => "question",
            Self::Any => "any",
        }
    }

    /// Which posts mean that.
    #[must_use]
    pub fn query(self) -> Query {
        match self {
            Self::Complaint => Query::Where(Condition::Complaint(true)),
            Self::Praise => Query::Where(Condition::Intent(Intent::Praise)),
            Self::Question => Query::Where(Condition::Intent(Intent::Question)),
            Self::Any => Query::All,
        }
    }
}

impl FromStr for Meaning {
    type Err = UnknownMeaning;
    fn from_str(text: &str) -> Result<Self, UnknownMeaning> {
        Self::ALL
            .into_iter()
            .find(|meaning| meaning.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownMeaning(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
