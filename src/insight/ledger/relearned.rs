//! What do known problems look like today? Their signatures, learned anew from all posts that have them by now.
//!
//! A signature knows the words of the posts that it was learned from. Later posts tell the same problem in words that nobody
//! knew then, and what a later run proposes knows them: it would take the new posts, and the old problem would seem to
//! fade. So before anything is proposed, each problem learns from the posts of which it is the strongest, once a tenth of
//! them came since it last did. It moves few old posts, as their words it knows: never more than one for every two that
//! came since.
//!
//! Measured when it was made (`cargo test --test it ledger:: -- --nocapture` prints today's: problems are fewer and larger
//! since) on the complaints of `airline_tweets.csv`, those of the last four days coming later: 26 of 1,447 old posts
//! moved, and 2 of 41 problems faded instead of 25 of 47; later posts without any problem 1.7 % instead of 7.1 %. With a
//! half of all, by chance, coming later: 50 of 2,040 moved. In eight steps, of the negative tweets with a reason, the
//! NMI against the reasons was 0.21 with this and without; 2.5 % instead of 11.6 % had no problem, and 1 of 40 faded instead
//! of 13 of 41. To keep all weights and add only terms that no problem knew was worse: 0.20, 9.2 % and 8 of 42; in thirty
//! steps 0.17 against 0.23.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::posts::Posts;
use super::reconcile::{MIN_POSTS, NEW_FOR_OLD, Outcome, Verdict, times};
use super::with_signatures;
use crate::insight::InsightError;
use crate::insight::discovery::{Weighted, most_telling_first};
use crate::model::{Change, Findings, KnownProblem, Language, Ledger, Meaning, Signature};
use crate::store::Membership;

/// Of the posts of a problem, one in so many came since its words were learned from which on they are learned anew.
const ONE_IN: u64 = 10;

/// What was learned anew.
#[derive(Default)]
pub(super) struct Relearned {
    pub(super) outcomes: Vec<Outcome>,
    /// Old posts that get another problem by it.
    pub(super) moved: u64,
}

/// The terms of posts, what is said in the same ones counted once.
struct Told {
    /// Knows the terms of all problems, known or proposed.
    all: Membership,
    /// By language, and by term: posts that have it.
    everywhere: BTreeMap<Language, FxHashMap<u32, u32>>,
    /// Of each known problem.
    of: Vec<OfProblem>,
}

/// What the posts of one known problem say.
#[derive(Clone, Default)]
struct OfProblem {
    /// Posts of which it is the strongest.
    posts: u64,
    /// Of them, those that came since its words were learned.
    later: u64,
    /// Of them, those that differ.
    different: u64,
    /// Terms of the different ones together.
    terms: u64,
    /// By term: different ones that have it.
    having: FxHashMap<u32, u32>,
}

/// Learns anew what problems look like of which enough posts came since they last did. `proposals` name the terms that the
/// posts have by now.
pub(super) fn relearned(
    ledger: &Ledger,
    meaning: Meaning,
    proposals: &[Findings],
    posts: &Posts<'_>,
) -> Result<Relearned, InsightError> {
    let known = with_signatures(ledger, meaning);
    if known.is_empty() || !posts.are_most {
        return Ok(Relearned::default());
    }
    let told = Told::by(&known, proposals, posts)?;
    let learned: BTreeMap<usize, Signature> = (0..known.len())
        .filter(|at| told.of[*at].is_learned())
        .map(|at| (at, told.signature(at, known[at].signature.language, posts)))
        .collect();
    if learned.is_empty() {
        return Ok(Relearned::default());
    }
    let mut signatures: Vec<&Signature> = known.iter().map(|problem| &problem.signature).collect();
    let mut before = posts.membership(&signatures);
    for (at, signature) in &learned {
        signatures[*at] = signature;
    }
    let mut after = posts.membership(&signatures);
    let root = |at: u32| ledger.root(&known[at as usize].id).map(|root| &root.id);
    let mut gains = vec![0; known.len()];
    let (mut moved, mut moved_old) = (0, 0);
    posts.read(|post| {
        let Some((score, at)) = before.of(post.language, post.stems).first().copied() else { return };
        let strongest = after.of(post.language, post.stems).first().map(|(_, at)| root(*at));
        if strongest != Some(root(at)) {
            moved += u64::from(!posts.is_later(post, known[at as usize].learned));
            moved_old += u64::from(!posts.is_new(post));
        }
        let today = after.above(post.language, i32::MIN).find(|(_, number)| *number == at);
        gains[at as usize] += today.map_or(0, |(today, _)| i64::from(today - score));
    })?;
    // All or none: what one problem learns makes room for another. The posts that came since may be of many runs, which
    // learned nothing from a few each.
    let later: u64 = learned.keys().map(|at| told.of[*at].later).sum();
    if moved > later / NEW_FOR_OLD {
        return Ok(Relearned::default());
    }
    let outcome = |(at, signature): (usize, Signature)| {
        let OfProblem { posts, later, .. } = told.of[at];
        let gain = gains[at] / i64::try_from(posts).unwrap_or(1).max(1);
        Outcome {
            problem: Some(known[at].id.clone()),
            proposal: None,
            verdict: Verdict::Learned,
            reason: format!(
                "{later} of its {posts} posts came since its words were learned; today's make a post {} likelier",
                times(gain)
            ),
            change: Some(Change::Learned(signature)),
        }
    };
    Ok(Relearned { outcomes: learned.into_iter().map(outcome).collect(), moved: moved_old })
}

impl OfProblem {
    /// Whether it has enough to learn from.
    fn is_learned(&self) -> bool {
        self.different >= MIN_POSTS && self.later * ONE_IN >= self.posts
    }
}

impl Told {
    fn by(known: &[&KnownProblem], proposals: &[Findings], posts: &Posts<'_>) -> Result<Self, InsightError> {
        let signatures: Vec<&Signature> = known.iter().map(|problem| &problem.signature).collect();
        let mut by_known = posts.membership(&signatures);
        let proposed = proposals.iter().map(|proposal| &proposal.signature);
        let all: Vec<&Signature> = signatures.iter().copied().chain(proposed).collect();
        let mut told = Self {
            all: posts.membership(&all),
            everywhere: BTreeMap::new(),
            of: vec![OfProblem::default(); known.len()],
        };
        // Hashes, as a million posts are much to keep: of two that meet by chance, one would not be learned from.
        let mut met: FxHashSet<u64> = FxHashSet::default();
        posts.read(|post| {
            let at = by_known.of(post.language, post.stems).first().map(|(_, at)| *at as usize);
            if let Some(at) = at {
                told.of[at].posts += 1;
                told.of[at].later += u64::from(posts.is_later(post, known[at].learned));
            }
            told.all.of(post.language, post.stems);
            let terms = told.all.terms();
            if terms.is_empty() || !met.insert(FxBuildHasher.hash_one((post.language as u8, terms))) {
                return;
            }
            let everywhere = told.everywhere.entry(post.language).or_default();
            for term in terms {
                *everywhere.entry(*term).or_default() += 1;
            }
            if let Some(at) = at {
                let of = &mut told.of[at];
                of.different += 1;
                of.terms += terms.len() as u64;
                for term in terms {
                    *of.having.entry(*term).or_default() += 1;
                }
            }
        })?;
        Ok(told)
    }

    /// What a known problem looks like today, the most telling term first.
    fn signature(&self, at: usize, language: Language, posts: &Posts<'_>) -> Signature {
        let everywhere = &self.everywhere[&language];
        let all: f64 = everywhere.values().map(|count| f64::from(*count)).sum();
        let of = &self.of[at];
        let weighted = |(term, seen): (&u32, &u32)| {
            Weighted::new(*term, *seen, of.terms as f64, f64::from(everywhere[term]) / all)
        };
        let mut terms: Vec<Weighted> = of.having.iter().filter_map(weighted).collect();
        most_telling_first(&mut terms);
        let phrase =
            |term: Weighted| Some((self.all.phrase(language, term.term, &posts.vocabulary)?, term.weight));
        Signature { language, terms: terms.into_iter().filter_map(phrase).collect() }
    }
}
