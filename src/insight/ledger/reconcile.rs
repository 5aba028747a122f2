//! Which proposals of a run are problems that are known already, and which are news? A function of counts alone.
//!
//! A run looks at all posts anew, and two runs over nearly the same posts divide them a little differently each time. So
//! what is known stays as it is unless new posts say otherwise:
//!
//! - A proposal is news only if it makes its posts much likelier than what is known does. Scores are logarithms of
//!   likelihoods, so their mean difference says how much.
//! - It must come from new posts: they are commoner among its posts than chance explains, or a third of all is new. A
//!   proposal of old posts is a whim of the division, since an earlier run saw the same posts and divided them otherwise.
//! - A proposal that has most posts of a known problem and would be called as that is, is that problem grown, and not a second
//!   one beside it: the second would take the new posts, and the first would seem to fade.
//! - Old posts give way to news only as far as new ones came: for every two new posts, one old one may get another
//!   problem. What gains most goes first. So nine of ten posts keep their problem when a tenth is added, whatever is
//!   proposed; and a run over the same posts changes nothing.
//!
//! What was tried on the first half of two collections (`tests/it/ledger.rs`), a tenth coming later: with the first rule
//! alone 78 % of the posts of `airline_tweets.csv` kept their problem, and of 44 proposals 16 were taken for news.
//!
//! What a person decided is not touched: hidden and merged problems still take their posts, and no run divides or merges
//! what is pinned, hidden, divided or merged by a person.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::insight::statistics::at_least;
use crate::model::{
    Change, Findings, KnownProblem, Language, Ledger, Meaning, Phrase, ProblemId, Signature, Standing,
};
use crate::state::Happened;
use crate::text::{Analyzer, is_stopword, lower};

/// Of a proposal's posts, so many are of one known problem from which on it belongs to that.
const BELONGS: f64 = 0.5;

/// So alike two signatures are (cosine) from which on they are of one problem whatever the posts say.
const ALIKE: f64 = 0.8;

/// A proposal of which no known problem has most posts is new if it makes them likelier than what is known, in
/// thousandths of a natural-log unit for each post: about eight times.
const NEW_GAIN: i64 = 2000;

/// What divides a known problem must do more: about twenty times.
const SPLIT_GAIN: i64 = 3000;

/// So many posts such a part has, and of the whole this share.
const SPLIT_POSTS: u64 = 10;
const SPLIT_SHARE: f64 = 0.15;

/// A known problem takes over the words of a proposal that has most of its posts if that makes them likelier by this.
const LEARN_GAIN: i64 = 2000;

/// Two known problems become one if a proposal has so large a share of the posts of each,
const MERGE_SHARE: f64 = 0.8;

/// if these are so large a share of its own,
const MERGE_OF_PROPOSAL: f64 = 0.8;

/// and if it does not make the posts less likely than the two did by more than this.
const MERGE_LOSS: i64 = 250;

/// Of all posts so many are new from which on any proposal may be news.
const MOSTLY_NEW: f64 = 1.0 / 3.0;

/// So unlikely it is by chance that a proposal has so many new posts, if it comes from them.
const BY_CHANCE: f64 = 0.01;

/// New posts for each old one that may get another problem.
pub(super) const NEW_FOR_OLD: u64 = 2;

/// Posts below which a problem fades, and from which on it is taken up.
pub const MIN_POSTS: u64 = 5;

/// How the posts of a run fall into what is known and what is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Posts that were looked at.
    pub posts: u64,
    /// Of them, those that no earlier run looked at.
    pub new: u64,
    /// Posts of each known problem, by their strongest.
    known: BTreeMap<ProblemId, u64>,
    /// By number.
    proposed: BTreeMap<usize, Proposed>,
    /// Posts of both, by the strongest of each; and those of them that the proposal makes no less likely.
    both: BTreeMap<(ProblemId, usize), (u64, u64)>,
    /// Which of two proposals has a post that both make equally likely: the one of the lower number, by number of the proposal.
    turns: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Proposed {
    /// Posts of which it is the strongest proposal.
    posts: u64,
    /// Of them, new ones.
    new: u64,
    /// How much likelier it makes them than what is known does, summed.
    gain: i64,
    /// Old posts with a known problem, for which it scores more than that does: what it would take.
    taken: u64,
}

impl Overlap {
    /// Nothing yet, of these proposals. What is counted does not depend on their order.
    #[must_use]
    pub fn of_proposals(proposals: &[Findings]) -> Self {
        let mut order: Vec<usize> = (0..proposals.len()).collect();
        order.sort_by_cached_key(|at| (&proposals[*at].name, written(&proposals[*at])));
        let mut turns = vec![0; order.len()];
        for (turn, at) in order.into_iter().enumerate() {
            turns[at] = turn;
        }
        Self {
            posts: 0,
            new: 0,
            known: BTreeMap::new(),
            proposed: BTreeMap::new(),
            both: BTreeMap::new(),
            turns,
        }
    }

    /// Counts one post. Scores are in thousandths of a natural-log unit: `known` for its strongest known problem, by
    /// signature and before merges and divisions; `proposed` for all proposals above zero, by their places, in any order.
    pub fn add(&mut self, known: Option<(i32, &ProblemId)>, proposed: &[(i32, usize)], is_new: bool) {
        self.posts += 1;
        self.new += u64::from(is_new);
        if let Some((_, id)) = known {
            *self.known.entry(id.clone()).or_default() += 1;
        }
        let best = known.map_or(0, |(score, _)| score);
        for (score, proposal) in proposed {
            if *score > best && known.is_some() && !is_new {
                self.proposed.entry(*proposal).or_default().taken += 1;
            }
        }
        let turn = |at: usize| self.turns[at];
        let strongest = proposed.iter().max_by(|a, b| a.0.cmp(&b.0).then(turn(b.1).cmp(&turn(a.1))));
        if let Some((score, proposal)) = strongest {
            let counts = self.proposed.entry(*proposal).or_default();
            counts.posts += 1;
            counts.new += u64::from(is_new);
            counts.gain += i64::from(*score) - i64::from(best);
            if let Some((_, id)) = known {
                let (posts, kept) = self.both.entry((id.clone(), *proposal)).or_default();
                *posts += 1;
                *kept += u64::from(*score >= best);
            }
        }
    }

    /// Posts without any known problem.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.posts - self.known.values().sum::<u64>()
    }

    fn of_known(&self, id: &ProblemId) -> u64 {
        self.known.get(id).copied().unwrap_or(0)
    }

    fn of(&self, proposal: usize) -> Proposed {
        self.proposed.get(&proposal).copied().unwrap_or_default()
    }

    fn of_both(&self, id: &ProblemId, proposal: usize) -> u64 {
        self.both.get(&(id.clone(), proposal)).map_or(0, |(posts, _)| *posts)
    }

    /// Whether new posts are what a proposal comes from.
    fn is_of_new_posts(&self, proposal: usize) -> bool {
        let share = share(self.new, self.posts);
        let Proposed { posts, new, .. } = self.of(proposal);
        share >= MOSTLY_NEW || at_least(new, posts, share) <= BY_CHANCE
    }
}

impl Proposed {
    /// How much likelier it makes one of its posts, in the mean.
    fn mean_gain(self) -> i64 {
        self.gain / i64::try_from(self.posts).unwrap_or(1).max(1)
    }
}

/// What became of one proposal or one known problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which problem of the ledger it is about; `None` for a proposal that is no problem of its own.
    pub problem: Option<ProblemId>,
    /// Which proposal it is about.
    pub proposal: Option<usize>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why, in words and numbers.
    pub reason: String,
    /// What changes in the ledger.
    pub change: Option<Change>,
}

/// What can become of proposals and known problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A proposal is a problem that is known.
    Continues,
    /// The same, in words that are new enough to be learned.
    Learned,
    /// A proposal is a part of a known problem that stands on its own.
    Split,
    /// Two known problems are one.
    Merged,
    /// A proposal is news.
    New,
    /// A known problem has next to no posts any more.
    Faded,
    /// A faded problem has posts again.
    Revived,
    /// A proposal only divides otherwise what is known.
    Covered,
}

impl Verdict {
    /// The verdict as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Continues => "continues",
            Self::Learned => "learned",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::New => "new",
            Self::Faded => "faded",
            Self::Revived => "revived",
            Self::Covered => "covered",
        }
    }
}

impl Outcome {
    /// What happens to the ledger, if anything does.
    #[must_use]
    pub fn happened(&self) -> Option<Happened> {
        Some(Happened {
            problem: self.problem.clone()?,
            change: self.change.clone()?,
            reason: Some(self.reason.clone()),
        })
    }
}

/// Compares the proposals of a run with the problems of the ledger that have the same meaning. The outcome does not depend
/// on the order of the proposals, except that it names them by their places. `moved` old posts got another problem in this
/// run already; how many it is now is the second of what is returned.
#[must_use]
pub fn reconcile(
    ledger: &Ledger,
    meaning: Meaning,
    proposals: &[Findings],
    overlap: &Overlap,
    moved: u64,
) -> (Vec<Outcome>, u64) {
    let run = Run { ledger, meaning, proposals, overlap };
    let mut order: Vec<usize> = (0..proposals.len()).collect();
    order.sort_by(|a, b| {
        let key =
            |at: usize| (Reverse(overlap.of(at).gain), Reverse(overlap.of(at).posts), &proposals[at].name);
        key(*a).cmp(&key(*b)).then_with(|| written(&proposals[*a]).cmp(&written(&proposals[*b])))
    });
    let homes: Vec<Option<&KnownProblem>> = (0..proposals.len()).map(|at| run.home(at)).collect();
    // The one with the most posts of those that belong to a problem is what it continues as.
    let mut main: BTreeMap<&ProblemId, usize> = BTreeMap::new();
    for at in &order {
        if let Some(home) = homes[*at] {
            let best = main.entry(&home.id).or_insert(*at);
            if run.nearness(home, *at) > run.nearness(home, *best) {
                *best = *at;
            }
        }
    }
    let mut told = Told { ids: ledger.clone(), left: (overlap.new / NEW_FOR_OLD).saturating_sub(moved) };
    let before = told.left;
    let mut outcomes = Vec::new();
    for at in &order {
        outcomes.push(match homes[*at] {
            Some(home) if main.get(&home.id) == Some(at) => run.continued(home, *at, &mut told),
            Some(home) => run.part(home, *at, &mut told),
            None => run.apart(*at, &mut told),
        });
    }
    run.merges(&order, &mut told, &mut outcomes);
    (outcomes, moved + before - told.left)
}

/// What was told in this run so far.
struct Told {
    /// The ledger, with the ids that were given.
    ids: Ledger,
    /// Old posts that may still get another problem.
    left: u64,
}

impl Told {
    /// Whether so many old posts may get another problem; from now on they have.
    fn moves(&mut self, posts: u64) -> bool {
        let may = posts <= self.left;
        if may {
            self.left -= posts;
        }
        may
    }

    /// The findings under a name that no known problem has: to a reader, two of one name would be one.
    fn named(&self, mut findings: Findings) -> Findings {
        let is_taken = |name: &str| self.ids.all().any(|known| lower(known.name()) == lower(name));
        let found = findings.name.clone();
        let mut number = 2;
        while is_taken(&findings.name) {
            findings.name = format!("{found} {number}");
            number += 1;
        }
        findings
    }

    fn id(&mut self, findings: &Findings) -> ProblemId {
        let id = self.ids.free_id(&findings.name);
        self.ids.take(id.clone());
        id
    }
}

/// Which problems have next to no posts any more, and which have posts again.
#[must_use]
pub fn fading(ledger: &Ledger, meaning: Meaning, overlap: &Overlap) -> Vec<Outcome> {
    let known = ledger.all().filter(|problem| problem.meaning == meaning && problem.division.is_none());
    let judged = known.filter_map(|problem| {
        // Its posts are those of all that were merged into it, too.
        let posts: u64 = ledger
            .all()
            .filter(|other| ledger.root(&other.id).is_some_and(|root| root.id == problem.id))
            .map(|other| overlap.of_known(&other.id))
            .sum();
        let outcome = |verdict, change, reason| {
            Some(Outcome {
                problem: Some(problem.id.clone()),
                proposal: None,
                verdict,
                reason,
                change: Some(change),
            })
        };
        match &problem.standing {
            Standing::Live if posts < MIN_POSTS && !problem.is_pinned => outcome(
                Verdict::Faded,
                Change::Faded,
                format!("it is the strongest problem of {posts} of the {} posts", overlap.posts),
            ),
            Standing::Faded if posts >= MIN_POSTS => outcome(
                Verdict::Revived,
                Change::Revived,
                format!("it is the strongest problem of {posts} of the {} posts again", overlap.posts),
            ),
            _ => None,
        }
    });
    judged.collect()
}

struct Run<'a> {
    ledger: &'a Ledger,
    meaning: Meaning,
    proposals: &'a [Findings],
    overlap: &'a Overlap,
}

impl<'a> Run<'a> {
    /// The problems whose signatures a proposal could continue.
    fn known(&self, at: usize) -> impl Iterator<Item = &'a KnownProblem> {
        let language = self.proposals[at].signature.language;
        let meaning = self.meaning;
        self.ledger.all().filter(move |problem| {
            problem.meaning == meaning && problem.division.is_none() && problem.signature.language == language
        })
    }

    /// The known problem to which a proposal belongs.
    fn home(&self, at: usize) -> Option<&'a KnownProblem> {
        let proposal = &self.proposals[at];
        if let Some(same) = self.known(at).find(|problem| problem.signature == proposal.signature) {
            return Some(same);
        }
        let posts = self.overlap.of(at).posts;
        let by_posts = self
            .known(at)
            .map(|problem| (share(self.overlap.of_both(&problem.id, at), posts), problem))
            .filter(|(share, _)| *share >= BELONGS)
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)));
        let by_words = || {
            self.known(at)
                .map(|problem| (likeness(&problem.signature, &proposal.signature), problem))
                .filter(|(likeness, _)| *likeness >= ALIKE)
                .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)))
        };
        let by_name = || {
            self.known(at)
                .filter(|problem| self.is_grown(problem, at))
                .map(|problem| (self.overlap.of_both(&problem.id, at), problem))
                .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)))
                .map(|(_, problem)| problem)
        };
        by_posts
            .map(|(_, problem)| problem)
            .or_else(by_name)
            .or_else(|| by_words().map(|(_, problem)| problem))
    }

    /// Whether a proposal has most posts of a known problem, and would be called as that is.
    fn is_grown(&self, problem: &KnownProblem, at: usize) -> bool {
        let language = problem.signature.language;
        let of_known = self.overlap.of_known(&problem.id);
        share(self.overlap.of_both(&problem.id, at), of_known) >= BELONGS
            && in_name(&self.proposals[at].name, language) == in_name(&problem.found_name, language)
    }

    /// How much a proposal has of a problem: the same words, or so many posts.
    fn nearness(&self, home: &KnownProblem, at: usize) -> (bool, u64) {
        (home.signature == self.proposals[at].signature, self.overlap.of_both(&home.id, at))
    }

    /// A proposal that a known problem continues as.
    fn continued(&self, home: &KnownProblem, at: usize, told: &mut Told) -> Outcome {
        let proposal = &self.proposals[at];
        let counts = self.overlap.of(at);
        let of_known = self.overlap.of_known(&home.id);
        let both = self.overlap.of_both(&home.id, at);
        let mut reason = format!(
            "{both} of its {of_known} posts are among the {} of the proposal, and their words are {} alike",
            counts.posts,
            percent(likeness(&home.signature, &proposal.signature))
        );
        // Those that it takes from others, and those that it may leave to them.
        let kept = self.overlap.both.get(&(home.id.clone(), at)).map_or(0, |(_, kept)| *kept);
        let moves = counts.taken + of_known.saturating_sub(kept);
        let is_learned = counts.mean_gain() >= LEARN_GAIN
            && counts.posts >= MIN_POSTS
            && (share(both, counts.posts) >= BELONGS || self.is_grown(home, at))
            && share(both, of_known) >= BELONGS
            && self.overlap.is_of_new_posts(at)
            && told.moves(moves);
        if is_learned {
            let _ = write!(reason, "; today's words make them {} likelier each", times(counts.mean_gain()));
        }
        Outcome {
            problem: Some(home.id.clone()),
            proposal: Some(at),
            verdict: if is_learned { Verdict::Learned } else { Verdict::Continues },
            reason,
            change: is_learned.then(|| Change::Learned(proposal.signature.clone())),
        }
    }

    /// A proposal that belongs to a problem which continues as another.
    fn part(&self, home: &KnownProblem, at: usize, told: &mut Told) -> Outcome {
        let counts = self.overlap.of(at);
        let of_known = self.overlap.of_known(&home.id);
        let both = self.overlap.of_both(&home.id, at);
        let is_large = counts.posts >= SPLIT_POSTS && share(both, of_known) >= SPLIT_SHARE;
        let is_free = is_large && !self.is_arranged(home);
        let shared = format!("{both} of its {} posts are of the {of_known} of {}", counts.posts, home.id);
        let found = |findings| Change::SplitOff { from: home.id.clone(), findings };
        self.news(at, shared, is_free, SPLIT_GAIN, Verdict::Split, found, told)
    }

    /// A proposal that belongs to no problem.
    fn apart(&self, at: usize, told: &mut Told) -> Outcome {
        let counts = self.overlap.of(at);
        let known: u64 = self.known(at).map(|problem| self.overlap.of_both(&problem.id, at)).sum();
        let most = self
            .known(at)
            .map(|problem| (self.overlap.of_both(&problem.id, at), problem))
            .filter(|(both, _)| *both > 0)
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)));
        let shared = match most {
            None => format!("none of its {} posts has a known problem", counts.posts),
            Some((both, problem)) => format!(
                "{known} of its {} posts have known problems, the most of them ({both}) {}",
                counts.posts, problem.id
            ),
        };
        let is_large = counts.posts >= MIN_POSTS;
        self.news(at, shared, is_large, NEW_GAIN, Verdict::New, Change::Found, told)
    }

    /// A proposal that becomes a problem if it is worth that.
    #[expect(clippy::too_many_arguments, reason = "the two kinds of news differ in all of these")]
    fn news(
        &self,
        at: usize,
        mut reason: String,
        is_free: bool,
        least_gain: i64,
        verdict: Verdict,
        change: impl FnOnce(Findings) -> Change,
        told: &mut Told,
    ) -> Outcome {
        let counts = self.overlap.of(at);
        let gain = counts.mean_gain();
        let known: u64 = self.known(at).map(|problem| self.overlap.of_both(&problem.id, at)).sum();
        if self.overlap.new < self.overlap.posts {
            let _ = write!(reason, ", {} of them new", counts.new);
        }
        if known > 0 {
            let _ = write!(reason, "; on its own it makes them {} likelier each", times(gain));
        }
        let is_news = is_free && gain >= least_gain && self.overlap.is_of_new_posts(at);
        let may = is_news && told.moves(counts.taken);
        if is_news && !may {
            let _ = write!(reason, "; the {} old posts that it takes wait for more new ones", counts.taken);
        }
        let findings = may.then(|| told.named(self.proposals[at].clone()));
        Outcome {
            problem: findings.as_ref().map(|findings| told.id(findings)),
            proposal: Some(at),
            verdict: if may { verdict } else { Verdict::Covered },
            reason,
            change: findings.map(change),
        }
    }

    /// Known problems of which a run can no longer tell one from the other.
    fn merges(&self, order: &[usize], told: &mut Told, outcomes: &mut Vec<Outcome>) {
        for at in order.iter().copied() {
            let mut within: Vec<&KnownProblem> = self
                .known(at)
                .filter(|problem| {
                    let of_known = self.overlap.of_known(&problem.id);
                    of_known >= MIN_POSTS
                        && share(self.overlap.of_both(&problem.id, at), of_known) >= MERGE_SHARE
                        && !self.is_arranged(problem)
                })
                .collect();
            let both: u64 = within.iter().map(|problem| self.overlap.of_both(&problem.id, at)).sum();
            let counts = self.overlap.of(at);
            if share(both, counts.posts) < MERGE_OF_PROPOSAL || counts.mean_gain() < -MERGE_LOSS {
                continue;
            }
            within.sort_by(|a, b| {
                let key = |problem: &KnownProblem| Reverse(self.overlap.of_known(&problem.id));
                key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
            });
            let Some((into, others)) = within.split_first() else { continue };
            for other in others.iter().filter(|other| !self.ledger.is_kept_apart(&other.id, &into.id)) {
                let of_known = self.overlap.of_known(&other.id);
                let is_changed = |id: &ProblemId| {
                    outcomes.iter().any(|known| known.change.is_some() && known.problem.as_ref() == Some(id))
                };
                if is_changed(&other.id) || is_changed(&into.id) || !told.moves(of_known) {
                    continue;
                }
                outcomes.push(Outcome {
                    problem: Some(other.id.clone()),
                    proposal: Some(at),
                    verdict: Verdict::Merged,
                    reason: format!(
                        "{} of its {of_known} posts and {} of the {} of {} are one proposal of {} posts",
                        self.overlap.of_both(&other.id, at),
                        self.overlap.of_both(&into.id, at),
                        self.overlap.of_known(&into.id),
                        into.id,
                        counts.posts,
                    ),
                    change: Some(Change::Merged { into: into.id.clone() }),
                });
            }
        }
    }

    /// Whether a person decided what belongs to a problem, or to the one for which it counts.
    fn is_arranged(&self, problem: &KnownProblem) -> bool {
        problem.is_pinned
            || !problem.is_shown()
            || self.ledger.all().any(|other| {
                other.division.as_ref().is_some_and(|division| division.from == problem.id)
                    || other.standing == Standing::MergedInto(problem.id.clone())
            })
    }
}

/// The cosine of what speaks for two problems, 0 to 1.
#[must_use]
pub fn likeness(one: &Signature, other: &Signature) -> f64 {
    if one.language != other.language {
        return 0.0;
    }
    let positive = |signature: &'_ Signature| -> BTreeMap<Phrase, f64> {
        let for_it = signature.terms.iter().filter(|(_, weight)| *weight > 0);
        for_it.map(|(phrase, weight)| (phrase.clone(), f64::from(*weight))).collect()
    };
    let (one, other) = (positive(one), positive(other));
    let length =
        |terms: &BTreeMap<Phrase, f64>| terms.values().map(|weight| weight * weight).sum::<f64>().sqrt();
    let both: f64 = one.iter().filter_map(|(phrase, weight)| Some(weight * other.get(phrase)?)).sum();
    both / (length(&one) * length(&other)).max(1e-9)
}

/// What a name says, however it is said: "paid for extra" what "pay extra" does. Without the number of a second one.
fn in_name(name: &str, language: Language) -> BTreeSet<String> {
    let mut analyzer = Analyzer::default();
    let words = name.split_whitespace();
    let telling = words
        .filter(|word| !is_stopword(language, &lower(word)) && word.chars().any(|c| !c.is_ascii_digit()));
    telling.flat_map(|word| analyzer.positions(word, language).into_iter().flatten()).collect()
}

fn written(findings: &Findings) -> String {
    format!("{:?}", findings.signature)
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A difference of logarithms as people say it.
pub(super) fn times(gain: i64) -> String {
    match (gain as f64 / 1000.0).exp() {
        times if times < 10.0 => format!("{times:.1} times"),
        times if times < 1000.0 => format!("{times:.0} times"),
        _ => "more than a thousand times".to_owned(),
    }
}
