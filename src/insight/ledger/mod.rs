//! How do problems last from run to run? Each run's proposals are compared with what is known, and only what changed is
//! kept. `reconcile.rs` decides, as a function of counts; here posts are counted and the ledger is written.

mod decide;
mod posts;
mod reconcile;
mod relearned;
mod translated;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::decide::{Decision, Refused, decide};
use self::posts::Posts;
pub use self::reconcile::{MIN_POSTS, Outcome, Overlap, Verdict, fading, likeness, reconcile};
use self::relearned::relearned;
use self::translated::translated;
use super::InsightError;
use super::discovery::{DiscoverAsked, discover};
use crate::model::{Discovery, Event, Findings, KnownProblem, Ledger, Meaning, Query, Signature};
use crate::state::{Happened, Run, State};
use crate::store::Snapshot;

/// Rounds after which it is given up to learn from the same proposals. Each round takes up proposals that were not taken
/// up before, so there is an end; more than three were never needed.
const ROUNDS: usize = 10;

/// What a run did, not written yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconciled {
    /// What became of each proposal, and of problems that changed.
    pub outcomes: Vec<Outcome>,
    /// What is to be written.
    pub happened: Vec<Happened>,
    /// The run itself.
    pub run: Run,
    /// The ledger as it will be.
    pub ledger: Ledger,
}

/// What is asked of a reconciliation.
#[derive(Debug, Clone)]
pub struct ReconcileAsked {
    /// In which posts problems were looked for.
    pub query: Query,
    /// Whose days the question means.
    pub time_zone: TimeZone,
    /// What these posts meant.
    pub meaning: Meaning,
    /// When the run is.
    pub now: Timestamp,
    /// Earlier runs that looked at posts of this meaning, the first first.
    pub runs: Vec<Run>,
}

/// What a run found and what it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// What discovery proposes.
    pub discovery: Discovery,
    /// What was made of it.
    pub reconciled: Reconciled,
}

/// What is asked of a run that is kept.
#[derive(Debug, Clone)]
pub struct KeepAsked {
    /// In which posts problems are looked for.
    pub query: Query,
    /// Whose days the question means.
    pub time_zone: TimeZone,
    /// What these posts meant.
    pub meaning: Meaning,
    /// When the run is.
    pub now: Timestamp,
    /// Typical posts of each problem that are returned.
    pub typical: usize,
}

/// Looks for problems, compares them with what is known, and keeps what changed.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn discover_and_keep(
    snapshot: &Snapshot,
    state: &mut State,
    asked: &KeepAsked,
) -> Result<Kept, InsightError> {
    let KeepAsked { query, time_zone, meaning, now, typical } = asked.clone();
    let wanted = DiscoverAsked { query: query.clone(), time_zone: time_zone.clone(), typical };
    let discovery = discover(snapshot, &wanted)?;
    loop {
        let ledger = state.ledger()?;
        let mut runs = state.problem_runs()?;
        runs.retain(|run| run.meaning == meaning);
        let asked = ReconcileAsked { query: query.clone(), time_zone: time_zone.clone(), meaning, now, runs };
        let reconciled = reconciled(snapshot, &ledger, &discovery, &asked)?;
        // Whoever decided something meanwhile is heard.
        if state.keep_run(&reconciled.happened, &reconciled.run, ledger.version)?.is_some() {
            return Ok(Kept { discovery, reconciled });
        }
    }
}

/// Compares what discovery proposes with the problems that are known.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn reconciled(
    snapshot: &Snapshot,
    ledger: &Ledger,
    discovery: &Discovery,
    asked: &ReconcileAsked,
) -> Result<Reconciled, InsightError> {
    let proposals: Vec<Findings> = discovery
        .problems
        .iter()
        .map(|problem| Findings {
            name: problem.name.clone(),
            signature: problem.signature.clone(),
            meaning: asked.meaning,
            theme: problem.theme.clone(),
        })
        .collect();
    let posts = Posts::new(snapshot, asked)?;
    let relearned = relearned(ledger, asked.meaning, &proposals, &posts)?;
    let mut today = ledger.clone();
    let changes: Vec<Happened> = relearned.outcomes.iter().filter_map(Outcome::happened).collect();
    apply(&mut today, &changes, asked.now);
    let mut reconciled =
        settled(today, asked.meaning, &proposals, asked.now, relearned.moved, posts.are_most, |ledger| {
            overlap(ledger, asked.meaning, &proposals, &posts)
        })?;
    reconciled.run.changes += changes.len() as u64;
    reconciled.happened.splice(0..0, changes);
    reconciled.outcomes.splice(0..0, relearned.outcomes);
    let translations = &snapshot.market().translations;
    if !translations.is_empty() {
        let vocabulary = snapshot.vocabulary()?;
        let joined = translated(&reconciled.ledger, asked.meaning, translations, &vocabulary);
        let changes: Vec<Happened> = joined.iter().filter_map(Outcome::happened).collect();
        apply(&mut reconciled.ledger, &changes, asked.now);
        reconciled.run.changes += changes.len() as u64;
        reconciled.happened.extend(changes);
        reconciled.outcomes.extend(joined);
    }
    Ok(reconciled)
}

/// Takes up in a ledger what of the proposals is news, and again until nothing changes, since what is taken up changes
/// which posts the others have: so the same run again changes nothing. `moved` old posts got another problem in this run
/// already; `may_fade` says whether the posts are most of those that there are; `overlap` counts them by a ledger.
///
/// # Errors
/// Those of `overlap`.
pub fn settled<E>(
    mut ledger: Ledger,
    meaning: Meaning,
    proposals: &[Findings],
    now: Timestamp,
    mut moved: u64,
    may_fade: bool,
    mut overlap: impl FnMut(&Ledger) -> Result<Overlap, E>,
) -> Result<Reconciled, E> {
    let mut happened: Vec<Happened> = Vec::new();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for round in 0..ROUNDS {
        let (found, moved_now) = reconcile(&ledger, meaning, proposals, &overlap(&ledger)?, moved);
        moved = moved_now;
        let changes: Vec<Happened> = found.iter().filter_map(Outcome::happened).collect();
        apply(&mut ledger, &changes, now);
        let is_done = changes.is_empty();
        happened.extend(changes);
        outcomes.extend(found.into_iter().filter(|outcome| round == 0 || outcome.change.is_some()));
        if is_done {
            break;
        }
    }
    let overlap = overlap(&ledger)?;
    if may_fade {
        let faded = fading(&ledger, meaning, &overlap);
        let changes: Vec<Happened> = faded.iter().filter_map(Outcome::happened).collect();
        apply(&mut ledger, &changes, now);
        happened.extend(changes);
        outcomes.extend(faded);
    }
    let run = Run {
        when: now,
        meaning,
        posts: overlap.posts,
        unassigned: overlap.unknown(),
        proposals: proposals.len() as u64,
        changes: happened.len() as u64,
    };
    Ok(Reconciled { outcomes, happened, run, ledger })
}

/// Makes what a run found part of a ledger that is not written yet.
fn apply(ledger: &mut Ledger, changes: &[Happened], now: Timestamp) {
    for change in changes {
        ledger.apply(&Event {
            number: 0,
            problem: change.problem.clone(),
            change: change.change.clone(),
            when: now,
            by: None,
            is_of_run: true,
            reason: None,
            undone: None,
        });
    }
}

/// How the posts of a run fall into what is known and what is proposed.
fn overlap(
    ledger: &Ledger,
    meaning: Meaning,
    proposals: &[Findings],
    posts: &Posts<'_>,
) -> Result<Overlap, InsightError> {
    let known = with_signatures(ledger, meaning);
    let signatures: Vec<&Signature> = known.iter().map(|problem| &problem.signature).collect();
    let mut by_known = posts.membership(&signatures);
    let signatures: Vec<&Signature> = proposals.iter().map(|proposal| &proposal.signature).collect();
    let mut by_proposal = posts.membership(&signatures);
    let mut overlap = Overlap::of_proposals(proposals);
    let mut proposed: Vec<(i32, usize)> = Vec::new();
    posts.read(|post| {
        let strongest = by_known.of(post.language, post.stems).first();
        let known = strongest.map(|(score, at)| (*score, &known[*at as usize].id));
        by_proposal.of(post.language, post.stems);
        proposed.clear();
        proposed.extend(by_proposal.above(post.language, 0).map(|(score, at)| (score, at as usize)));
        overlap.add(known, &proposed, posts.is_new(post));
    })?;
    Ok(overlap)
}

/// The problems of a meaning that a signature tells; those that a person divided off have a query instead.
fn with_signatures(ledger: &Ledger, meaning: Meaning) -> Vec<&KnownProblem> {
    ledger.all().filter(|problem| problem.meaning == meaning && problem.division.is_none()).collect()
}
