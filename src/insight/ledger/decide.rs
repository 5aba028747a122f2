//! May a person decide this of a problem? What cannot be is refused with what to do instead; the rest becomes an event.

use jiff::civil::Date;

use crate::model::{Change, Division, KnownProblem, Ledger, Phrase, ProblemId, Standing};
use crate::state::Happened;

/// Letters of a name at most: it stands in tables.
const MAX_NAME: usize = 120;

/// Letters of a description or a link at most.
const MAX_TEXT: usize = 4000;

/// What a person decides of one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is called so.
    Rename(String),
    /// This is said of it; empty: nothing.
    Describe(String),
    /// It is kept, or no longer.
    Pin(bool),
    /// It is left out, or no longer.
    Hide(bool),
    /// It is tracked there; empty: nowhere.
    Link(String),
    /// It is solved since that day; `None`: it is not.
    Solve(Option<Date>),
    /// Its posts count for another.
    Merge(ProblemId),
    /// Its posts that have the term are another problem, of that name.
    Split {
        /// By what.
        term: Phrase,
        /// What the other is called.
        name: String,
    },
}

/// Why something cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is so already.
    #[error("{id} is {what} already")]
    Already {
        /// Which problem.
        id: ProblemId,
        /// What it is.
        what: String,
    },
    /// It counts for another.
    #[error(
        "{id} is merged into {into}: decide that of {into}, or take the merge back with `grouse problems undo`"
    )]
    Merged {
        /// Which problem.
        id: ProblemId,
        /// For which.
        into: ProblemId,
    },
    /// It cannot count for itself.
    #[error("{id} would be merged into itself: name another problem")]
    Itself {
        /// Which problem.
        id: ProblemId,
    },
    /// Posts that meant something else.
    #[error(
        "{id} was found in posts that are a {of}, and {into} in posts that are a {other}: they stay apart"
    )]
    OtherMeaning {
        /// Which problem.
        id: ProblemId,
        /// What its posts meant.
        of: &'static str,
        /// Into which.
        into: ProblemId,
        /// What those meant.
        other: &'static str,
    },
    /// Two problems of one name cannot be told apart.
    #[error("{other} is called {name} already: give another name, or merge them")]
    Taken {
        /// Which problem is called so.
        other: ProblemId,
        /// How.
        name: String,
    },
    /// A text that cannot be kept.
    #[error("{what}: give {expected}")]
    Text {
        /// What is wrong.
        what: &'static str,
        /// What could be given.
        expected: &'static str,
    },
}

/// What becomes of a decision.
///
/// # Errors
/// [`Refused`], which says what to do instead.
pub fn decide(
    ledger: &Ledger,
    problem: &KnownProblem,
    decision: Decision,
    reason: Option<String>,
) -> Result<Happened, Refused> {
    let id = problem.id.clone();
    let already = |what: &str| Refused::Already { id: id.clone(), what: what.to_owned() };
    if let Standing::MergedInto(_) = &problem.standing {
        let into = ledger.root(&id).map_or_else(|| id.clone(), |root| root.id.clone());
        return Err(Refused::Merged { id, into });
    }
    let change = match decision {
        Decision::Rename(name) => {
            let name = named(&name)?;
            if name == problem.name() {
                return Err(already(&format!("called {name}")));
            }
            free(ledger, name, problem, true).map(Change::Renamed)?
        }
        Decision::Describe(text) => {
            let text = text.trim().to_owned();
            if text.chars().count() > MAX_TEXT {
                return Err(Refused::Text { what: "that is too long", expected: "at most 4,000 letters" });
            }
            Change::Described(text)
        }
        Decision::Link(link) => {
            let link = link.trim().to_owned();
            let is_web = link.starts_with("https://") || link.starts_with("http://");
            let is_whole = !link.contains(|c: char| c.is_whitespace() || c.is_control());
            if !link.is_empty() && (!is_web || !is_whole || link.len() > MAX_TEXT) {
                return Err(Refused::Text {
                    what: "that is no address",
                    expected: "one that begins with https://, as https://tracker.example/issues/12",
                });
            }
            Change::Linked(link)
        }
        Decision::Pin(is_pinned) if is_pinned == problem.is_pinned => {
            return Err(already(if is_pinned { "pinned" } else { "not pinned" }));
        }
        Decision::Pin(is_pinned) => Change::Pinned(is_pinned),
        Decision::Hide(is_hidden) if is_hidden == (problem.standing == Standing::Hidden) => {
            return Err(already(if is_hidden { "hidden" } else { "shown" }));
        }
        Decision::Hide(is_hidden) => Change::Hidden(is_hidden),
        Decision::Solve(day) if day == problem.solved => {
            return Err(already(&day.map_or("not solved".to_owned(), |day| format!("solved on {day}"))));
        }
        Decision::Solve(day) => Change::Solved(day),
        Decision::Merge(into) => {
            let root = ledger.root(&into).filter(|root| root.id != id);
            let Some(root) = root else { return Err(Refused::Itself { id }) };
            if root.meaning != problem.meaning {
                return Err(Refused::OtherMeaning {
                    id,
                    of: problem.meaning.as_str(),
                    into,
                    other: root.meaning.as_str(),
                });
            }
            Change::Merged { into: root.id.clone() }
        }
        Decision::Split { term, name } => {
            let name = free(ledger, named(&name)?, problem, false)?;
            let division = Division { from: id, term };
            return Ok(Happened {
                problem: ledger.free_id(&name),
                change: Change::Divided { division, name },
                reason,
            });
        }
    };
    Ok(Happened { problem: id, change, reason })
}

/// A name as it is kept.
fn named(name: &str) -> Result<String, Refused> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Refused::Text { what: "that is no name", expected: "one of 1 to 120 letters" });
    }
    Ok(name)
}

/// That name, if no problem of the same meaning that counts for itself has it, in whatever letters; its own it may have,
/// in others.
fn free(ledger: &Ledger, name: String, problem: &KnownProblem, is_its: bool) -> Result<String, Refused> {
    let has = |other: &&KnownProblem| {
        other.meaning == problem.meaning
            && !matches!(other.standing, Standing::MergedInto(_))
            && !(is_its && other.id == problem.id)
            && other.name().to_lowercase() == name.to_lowercase()
    };
    match ledger.all().find(has) {
        Some(other) => Err(Refused::Taken { other: other.id.clone(), name }),
        None => Ok(name),
    }
}
