//! Promise: do problems last? What is known keeps its id and its posts from run to run, and what a person decided stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grouse::api::{self, Filters, LedgerWanted, SearchAsked};
use grouse::insight::{
    Decision, KeepAsked, Kept, Overlap, Reconciled, Verdict, decide, discover_and_keep, settled,
};
use grouse::model::{
    Change, Event, Findings, KnownProblem, Language, Ledger, Meaning, Per, Phrase, Post, ProblemId, Query,
    Signature, Standing, Watchlist, parse_query,
};
use grouse::state::{Happened, State};
use grouse::store::Store;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::airlines::watchlist;
use crate::common::{corpus, post, put_on};
use crate::made::{records, some_words, store_of_records};

/// Looks for problems in what is in `data` on a day, and keeps them.
fn run(data: &Path, now: &str) -> Kept {
    run_of(data, now, Query::All)
}

/// The same in the posts that answer a question.
fn run_of(data: &Path, now: &str, query: Query) -> Kept {
    let snapshot = Store::open(data).unwrap().snapshot().unwrap();
    let mut state = State::open(data).unwrap();
    let asked = KeepAsked {
        query,
        time_zone: TimeZone::UTC,
        meaning: Meaning::Complaint,
        now: now.parse().unwrap(),
        typical: 0,
    };
    discover_and_keep(&snapshot, &mut state, &asked).unwrap()
}

/// The strongest problem of each post.
fn strongest(data: &Path) -> BTreeMap<String, Option<ProblemId>> {
    let snapshot = Store::open(data).unwrap().snapshot().unwrap();
    let assigned = snapshot.assigned().unwrap();
    let vocabulary = snapshot.vocabulary().unwrap();
    let matching = snapshot.matching(&Query::All, &TimeZone::UTC).unwrap();
    let mut places = Vec::new();
    snapshot.read_terms(&vocabulary, &matching, |post| places.push(post.place)).unwrap();
    places
        .into_iter()
        .map(|place| {
            let first = assigned.of(place).next();
            let id = first.map(|number| assigned.problems()[usize::from(number)].clone());
            (snapshot.at(place).unwrap().post.id.as_str().to_owned(), id)
        })
        .collect()
}

/// What became of posts when some came later.
struct Later {
    /// Share of the earlier posts with a problem that keep it.
    kept: f64,
    /// The strongest problem of each post afterwards.
    after: BTreeMap<String, Option<ProblemId>>,
    /// The problems of the first run.
    first: BTreeSet<ProblemId>,
    again: Kept,
}

/// Looks for problems in texts without the late ones, and again with them.
fn later(
    name: &str,
    texts: &[String],
    watchlist: Option<&Watchlist>,
    is_late: impl Fn(usize) -> bool,
) -> Later {
    let posts = |wanted: bool| -> Vec<Post> {
        let chosen = texts.iter().enumerate().filter(|(at, _)| is_late(*at) == wanted);
        chosen.map(|(at, text)| post(&at.to_string(), text)).collect()
    };
    let folder = tempfile::tempdir().unwrap();
    put_on(folder.path(), "2026-02-01T00:00:00Z", posts(false), watchlist);
    let first = run(folder.path(), "2026-02-01T01:00:00Z");
    let before = strongest(folder.path());
    put_on(folder.path(), "2026-02-02T00:00:00Z", posts(true), watchlist);
    let again = run(folder.path(), "2026-02-02T01:00:00Z");
    let after = strongest(folder.path());
    let had = before.iter().filter(|(_, problem)| problem.is_some()).count();
    let same = before.iter().filter(|(post, problem)| problem.is_some() && after[*post] == **problem).count();
    let kept = same as f64 / had as f64;
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for outcome in &again.reconciled.outcomes {
        *verdicts.entry(outcome.verdict).or_default() += 1;
    }
    eprintln!(
        "{name}: {} problems, {} of them at first; {same} of {had} posts with a problem keep it ({:.1} %) when {} of {} come later: {verdicts:?}",
        again.reconciled.ledger.len(),
        first.reconciled.ledger.len(),
        kept * 100.0,
        after.len() - before.len(),
        after.len(),
    );
    for outcome in again.reconciled.outcomes.iter().filter(|outcome| outcome.change.is_some()) {
        let name = outcome.proposal.map_or("", |at| &again.discovery.problems[at].name);
        eprintln!("  {} {:?} {name}: {}", outcome.verdict.as_str(), outcome.problem, outcome.reason);
    }
    let first = first.reconciled.ledger.all().map(|problem| problem.id.clone()).collect();
    Later { kept, after, first, again }
}

fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 16
}

type Row = BTreeMap<String, String>;

/// Those rows of a table that are wanted and of one half, by the hash of their texts.
fn half(path: &Path, number: u64, wanted: impl Fn(&Row) -> bool) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        head.iter().zip(&record).map(|(a, b)| (a.to_owned(), b.to_owned())).collect::<Row>()
    });
    rows.filter(|row| wanted(row) && (hash(&row["text"]) >> 20) % 2 == number).collect()
}

fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row["text"].clone()).collect()
}

/// Settings were chosen on the first halves; the second ones are what is reported and asserted on.
const REPORTED: u64 = 1;

#[test]
fn nine_of_ten_posts_keep_their_problem_when_a_tenth_is_added() {
    if let Some(path) = corpus("airline_tweets.csv") {
        let texts = texts(&half(&path, REPORTED, |row| row["airline_sentiment"] == "negative"));
        let is_late = |at: usize| hash(&texts[at]).is_multiple_of(10);
        let found = later("airline_tweets, complaints", &texts, Some(&watchlist()), is_late);
        assert!(found.kept >= 0.9, "{}", found.kept);
    }
    if let Some(path) = corpus("banking77_train.csv") {
        let texts = texts(&half(&path, REPORTED, |_| true));
        let is_late = |at: usize| hash(&texts[at]).is_multiple_of(10);
        let found = later("banking77_train", &texts, None, is_late);
        assert!(found.kept >= 0.9, "{}", found.kept);
    }
}

#[test]
fn what_nobody_asked_before_is_found_and_what_is_known_stays() {
    let Some(path) = corpus("banking77_train.csv") else { return };
    let rows = half(&path, REPORTED, |_| true);
    let is_new = |row: &Row| hash(&row["category"]).is_multiple_of(10);
    let texts = texts(&rows);
    let found = later("banking77_train, new categories", &texts, None, |at| is_new(&rows[at]));
    let mut new: BTreeMap<&str, Vec<Option<ProblemId>>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_new(row)) {
        new.entry(&row["category"]).or_default().push(found.after[&format!("test:{at}")].clone());
    }
    let happened = &found.again.reconciled.happened;
    let begins = |change: &Change| matches!(change, Change::Found(_) | Change::SplitOff { .. });
    let made: BTreeSet<&ProblemId> = happened
        .iter()
        .filter(|happened| begins(&happened.change))
        .map(|happened| &happened.problem)
        .collect();
    for (category, problems) in &new {
        let here = problems.iter().filter(|id| id.as_ref().is_some_and(|id| made.contains(id))).count();
        eprintln!("  {category}: {here} of {} posts have a new problem", problems.len());
    }
    assert!(found.kept >= 0.9, "{}", found.kept);
    assert!(!made.is_empty());
}

/// A run of one brand's posts, or posts that are judged anew, make no old post a new one.
#[test]
fn what_was_seen_is_not_new_again() {
    let Some(path) = corpus("airline_tweets.csv") else { return };
    let rows = half(&path, REPORTED, |row| row["airline_sentiment"] == "negative");
    let posts = (0..).zip(texts(&rows)).map(|(at, text): (u32, String)| post(&at.to_string(), &text));
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    put_on(data, "2026-02-01T00:00:00Z", posts.collect(), Some(&watchlist()));
    run(data, "2026-02-01T01:00:00Z");
    let before = strongest(data);
    let few = run_of(data, "2026-02-01T02:00:00Z", parse_query("brand:united").unwrap());
    assert!(few.reconciled.run.posts * 2 < before.len() as u64);
    let again = run(data, "2026-02-01T03:00:00Z");
    assert_eq!(again.reconciled.happened, []);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/us-airlines.toml");
    crate::common::run(data, &["reindex", "--watchlist", file.to_str().unwrap()]);
    let again = run(data, "2026-02-01T04:00:00Z");
    assert_eq!(again.reconciled.happened, []);
    assert_eq!(strongest(data), before);
}

/// Later posts tell of the same in other words: what proposes problems knows these, and what is known must learn them, or it
/// would seem to fade.
#[test]
fn what_is_known_does_not_seem_to_fade_since_posts_came() {
    let Some(path) = corpus("airline_tweets.csv") else { return };
    let rows = half(&path, REPORTED, |row| row["airline_sentiment"] == "negative");
    let is_late = |at: usize| rows[at]["tweet_created"].as_str() >= "2015-02-21";
    let found = later("airline_tweets, by day", &texts(&rows), Some(&watchlist()), is_late);
    let mut counts: BTreeMap<&ProblemId, [u64; 2]> = BTreeMap::new();
    let mut all = [0, 0];
    for (id, problem) in &found.after {
        let at = usize::from(is_late(id.trim_start_matches("test:").parse().unwrap()));
        all[at] += 1;
        if let Some(problem) = problem {
            counts.entry(problem).or_default()[at] += 1;
        }
    }
    // Less than a third of its share before.
    let is_gone = |id: &&ProblemId| {
        let [before, after] = counts.get(id).copied().unwrap_or_default();
        after * 3 * all[0] < before * all[1]
    };
    let faded: Vec<&ProblemId> = found.first.iter().filter(is_gone).collect();
    eprintln!("  {} of {} seem to fade: {faded:?}", faded.len(), found.first.len());
    assert!(faded.len() * 10 <= found.first.len(), "{faded:?}");
}

/// Posts as sets of terms, scored by the sums that a signature means: no index, so that any history can be tried.
#[derive(Debug, Clone)]
struct Tiny {
    terms: BTreeSet<u8>,
    /// Came after the first run.
    is_late: bool,
}

fn score(signature: &Signature, post: &Tiny) -> i32 {
    let weight = |term: &u8| {
        let name = format!("t{term}");
        signature.terms.iter().find(|(phrase, _)| phrase.first == name).map_or(-1609, |(_, weight)| *weight)
    };
    post.terms.iter().map(weight).sum()
}

/// The strongest of some problems for a post, if any is likelier than chance.
fn strongest_of<T: Clone>(post: &Tiny, problems: &[(T, &Signature)]) -> Option<(i32, T)> {
    let mut best: Option<(i32, T)> = None;
    for (key, signature) in problems {
        let score = score(signature, post);
        if score > best.as_ref().map_or(0, |(best, _)| *best) {
            best = Some((score, key.clone()));
        }
    }
    best
}

fn owners(ledger: &Ledger) -> Vec<(ProblemId, &Signature)> {
    let own = ledger.all().filter(|problem| problem.division.is_none());
    own.map(|problem| (problem.id.clone(), &problem.signature)).collect()
}

fn overlap_of(
    ledger: &Ledger,
    proposals: &[Findings],
    posts: &[Tiny],
    is_first: bool,
    is_again: bool,
) -> Overlap {
    let mut overlap = Overlap::of_proposals(proposals);
    let known = owners(ledger);
    for post in posts {
        let proposed: Vec<(i32, usize)> = proposals
            .iter()
            .enumerate()
            .map(|(at, proposal)| (score(&proposal.signature, post), at))
            .filter(|(score, _)| *score > 0)
            .collect();
        let strongest = strongest_of(post, &known);
        let known = strongest.as_ref().map(|(score, id)| (*score, id));
        overlap.add(known, &proposed, !is_again && (is_first || post.is_late));
    }
    overlap
}

/// One run over posts; `is_again` if an earlier run saw all of them.
fn tiny_run(ledger: &Ledger, proposals: &[Findings], posts: &[Tiny], is_again: bool) -> Reconciled {
    let is_first = ledger.is_empty();
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    settled(ledger.clone(), Meaning::Complaint, proposals, now, 0, true, |ledger| {
        Ok::<_, std::convert::Infallible>(overlap_of(ledger, proposals, posts, is_first, is_again))
    })
    .unwrap()
}

/// For which problem each post counts, by its strongest signature.
fn roots(ledger: &Ledger, posts: &[Tiny]) -> Vec<Option<ProblemId>> {
    let known = owners(ledger);
    let root = |id: &ProblemId| ledger.root(id).unwrap().id.clone();
    posts.iter().map(|post| strongest_of(post, &known).map(|(_, id)| root(&id))).collect()
}

fn findings() -> impl Strategy<Value = Findings> {
    let names = prop::sample::select(vec!["late", "lost bag", "rude", "late late", "…"]);
    (names, prop::collection::btree_map(0_u8..10, -1400_i32..6000, 1..6)).prop_map(|(name, terms)| Findings {
        name: name.to_owned(),
        signature: Signature {
            language: Language::English,
            terms: terms
                .into_iter()
                .map(|(term, weight)| (Phrase { first: format!("t{term}"), second: None }, weight))
                .collect(),
        },
        meaning: Meaning::Complaint,
        theme: None,
    })
}

fn posts() -> impl Strategy<Value = Vec<Tiny>> {
    let post = (prop::collection::btree_set(0_u8..10, 1..5), prop::bool::weighted(0.3));
    // Several of each, so that problems have posts.
    prop::collection::vec((post, 1_usize..8), 5..40).prop_map(|posts| {
        let copies = |((terms, is_late), copies): ((BTreeSet<u8>, bool), usize)| {
            std::iter::repeat_n(Tiny { terms, is_late }, copies)
        };
        posts.into_iter().flat_map(copies).collect()
    })
}

/// Something that a person might decide of the problem with that number, and the number of another.
fn decision() -> impl Strategy<Value = (usize, usize, u8)> {
    (0_usize..8, 0_usize..8, 0_u8..9)
}

fn decided(ledger: &mut Ledger, (at, other, what): (usize, usize, u8)) -> Option<Happened> {
    let all: Vec<KnownProblem> = ledger.all().cloned().collect();
    let problem = all.get(at)?;
    let decision = match what {
        0 => Decision::Rename(format!("name {other}")),
        1 => Decision::Describe(format!("text {other}")),
        2 => Decision::Pin(true),
        3 => Decision::Hide(true),
        4 => Decision::Link(format!("https://example.org/{other}")),
        5 => Decision::Solve(Some(jiff::civil::date(2026, 1, 1))),
        6 | 7 => Decision::Merge(all.get(other)?.id.clone()),
        _ => Decision::Split {
            term: Phrase { first: format!("t{other}"), second: None },
            name: format!("part {other}"),
        },
    };
    let happened = decide(ledger, problem, decision, None).ok()?;
    ledger.apply(&event(&happened));
    Some(happened)
}

fn event(happened: &Happened) -> Event {
    Event {
        number: 0,
        problem: happened.problem.clone(),
        change: happened.change.clone(),
        when: "2026-02-01T00:00:00Z".parse().unwrap(),
        by: None,
        is_of_run: false,
        reason: None,
        undone: None,
    }
}

/// What a person said of a problem.
fn said(problem: &KnownProblem) -> String {
    let standing = match &problem.standing {
        Standing::Live | Standing::Faded => None,
        other => Some(other.clone()),
    };
    let KnownProblem { given_name, description, link, solved, is_pinned, division, .. } = problem;
    format!("{given_name:?} {description:?} {link:?} {solved:?} {is_pinned} {division:?} {standing:?}")
}

#[test]
fn of_two_proposals_that_a_post_fits_alike_the_same_one_is_taken_in_any_order() {
    let proposal = |weights: [i32; 2]| Findings {
        name: "late".to_owned(),
        signature: Signature {
            language: Language::English,
            terms: ["t3", "t9"]
                .map(|term| Phrase { first: term.to_owned(), second: None })
                .into_iter()
                .zip(weights)
                .collect(),
        },
        meaning: Meaning::Complaint,
        theme: None,
    };
    let (one, other) = (proposal([1695, 4218]), proposal([2377, 3536]));
    let posts = vec![Tiny { terms: [3, 9].into(), is_late: false }; 5];
    let run = |proposals: &[Findings]| tiny_run(&Ledger::default(), proposals, &posts, false).ledger;
    assert_eq!(run(&[one.clone(), other.clone()]), run(&[other, one]));
}

proptest! {
    #![proptest_config(crate::tries::tries(300))]

    #[test]
    fn a_ledger_lasts_whatever_runs_propose(
        posts in posts(),
        first in prop::collection::vec(findings(), 0..6),
        second in prop::collection::vec(findings(), 0..6),
        decisions in prop::collection::vec(decision(), 0..8),
        turn in 0_usize..6,
    ) {
        let early: Vec<Tiny> = posts.iter().filter(|post| !post.is_late).cloned().collect();
        let ledger = tiny_run(&Ledger::default(), &first, &early, false);
        let mut happened = ledger.happened.clone();
        let mut ledger = ledger.ledger;
        // The same run twice changes nothing.
        prop_assert_eq!(&tiny_run(&ledger, &first, &early, true).happened, &[]);

        happened.extend(decisions.into_iter().filter_map(|decision| decided(&mut ledger, decision)));
        let before = ledger.clone();
        let run = tiny_run(&before, &second, &posts, false);
        prop_assert_eq!(&tiny_run(&run.ledger, &second, &posts, true).happened, &[]);

        // The order of proposals does not matter.
        let mut turned = second.clone();
        turned.rotate_left(turn.min(second.len()));
        turned.reverse();
        prop_assert_eq!(&tiny_run(&before, &turned, &posts, false).ledger, &run.ledger);

        // What a person said stays, and what is pinned does not fade.
        for problem in before.all() {
            let after = run.ledger.problem(&problem.id).unwrap();
            let by_run = run.happened.iter().any(|happened| {
                happened.problem == problem.id && matches!(happened.change, Change::Merged { .. })
            });
            if by_run {
                prop_assert!(!problem.is_pinned && problem.is_shown(), "{:?}", problem.id);
            } else {
                prop_assert_eq!(said(after), said(problem));
            }
            prop_assert!(!problem.is_pinned || after.standing == problem.standing);
        }

        // Old posts give way only as far as new ones came, of those that a run may give to another problem.
        let old: Vec<Tiny> = early.clone();
        let moved = roots(&before, &old).into_iter().zip(roots(&run.ledger, &old));
        let moved = moved.filter(|(before, after)| before.is_some() && before != after).count();
        if !before.is_empty() {
            prop_assert!(moved <= (posts.len() - early.len()) / 2, "{moved} of {}", old.len());
        }

        // No id is given twice.
        happened.extend(run.happened);
        let mut ids = BTreeSet::new();
        for happened in &happened {
            let begins = matches!(
                happened.change,
                Change::Found(_) | Change::SplitOff { .. } | Change::Divided { .. }
            );
            prop_assert!(!begins || ids.insert(happened.problem.clone()), "{:?}", happened.problem);
        }
        // And not even where what began it was taken back.
        let undone: Vec<Event> = happened
            .iter()
            .map(|happened| Event { undone: Some(("2026-02-02T00:00:00Z".parse().unwrap(), None)), ..event(happened) })
            .collect();
        let empty = Ledger::of(&undone);
        prop_assert!(empty.is_empty());
        for id in &ids {
            prop_assert!(empty.free_id(id.as_str()) != *id);
        }
    }
}

fn signature(terms: &[(&str, i32)]) -> Signature {
    let phrase = |text: &str| match text.split_once(' ') {
        Some((first, second)) => Phrase { first: first.to_owned(), second: Some(second.to_owned()) },
        None => Phrase { first: text.to_owned(), second: None },
    };
    Signature {
        language: Language::English,
        terms: terms.iter().map(|(text, weight)| (phrase(text), *weight)).collect(),
    }
}

fn found(name: &str, terms: &[(&str, i32)]) -> Findings {
    Findings { name: name.to_owned(), signature: signature(terms), meaning: Meaning::Complaint, theme: None }
}

fn tiny(terms: &[u8], copies: usize, is_late: bool) -> impl Iterator<Item = Tiny> {
    std::iter::repeat_n(Tiny { terms: terms.iter().copied().collect(), is_late }, copies)
}

/// Two problems that a later run can no longer tell apart, and what it makes of them.
fn told_together(decide_first: impl Fn(&mut Ledger)) -> Reconciled {
    let early: Vec<Tiny> = tiny(&[0, 1], 20, false).chain(tiny(&[0, 2], 12, false)).collect();
    let apart = [found("one", &[("t0", 2000), ("t1", 3000)]), found("two", &[("t0", 2000), ("t2", 3000)])];
    let mut ledger = tiny_run(&Ledger::default(), &apart, &early, false).ledger;
    assert_eq!(ledger.len(), 2);
    decide_first(&mut ledger);
    let posts: Vec<Tiny> = early.into_iter().chain(tiny(&[0, 1, 2], 40, true)).collect();
    let together = [found("both", &[("t0", 3000), ("t1", 2600), ("t2", 2600)])];
    tiny_run(&ledger, &together, &posts, false)
}

fn is_merge(run: &Reconciled) -> bool {
    run.happened.iter().any(|happened| matches!(happened.change, Change::Merged { .. }))
}

fn apply(ledger: &mut Ledger, id: &str, decision: Decision) {
    let problem = ledger.problem(&ProblemId::new(id).unwrap()).unwrap().clone();
    let happened = decide(ledger, &problem, decision, None).unwrap();
    ledger.apply(&event(&happened));
}

#[test]
fn two_problems_that_are_one_become_one_unless_a_person_decided_otherwise() {
    let run = told_together(|_| {});
    assert!(is_merge(&run), "{:?}", run.outcomes);
    let reason = &run.happened.iter().find(|happened| happened.problem.as_str() == "two").unwrap().reason;
    assert!(reason.as_ref().unwrap().contains("12 of its 12 posts"), "{reason:?}");
    for decision in [Decision::Pin(true), Decision::Hide(true)] {
        for id in ["one", "two"] {
            let run = told_together(|ledger| apply(ledger, id, decision.clone()));
            assert!(!is_merge(&run), "{id} {decision:?}");
        }
    }
    // A person divided one of them, or said that a merge was wrong.
    let run = told_together(|ledger| {
        let term = Phrase { first: "t1".to_owned(), second: None };
        apply(ledger, "one", Decision::Split { term, name: "part".to_owned() });
    });
    assert!(!is_merge(&run));
    let run = told_together(|ledger| {
        let id = |text: &str| ProblemId::new(text).unwrap();
        let taken_back = Event {
            is_of_run: true,
            undone: Some(("2026-02-02T00:00:00Z".parse().unwrap(), None)),
            ..event(&Happened {
                problem: id("two"),
                change: Change::Merged { into: id("one") },
                reason: None,
            })
        };
        let begun = ledger.all().map(|problem| {
            let findings = found(&problem.found_name, &[]);
            let findings = Findings { signature: problem.signature.clone(), ..findings };
            event(&Happened { problem: problem.id.clone(), change: Change::Found(findings), reason: None })
        });
        *ledger = Ledger::of(&begun.chain([taken_back]).collect::<Vec<_>>());
    });
    assert!(!is_merge(&run));
}

#[test]
fn what_has_no_posts_fades_comes_back_and_does_not_fade_when_pinned() {
    let late = [found("late", &[("t0", 3000)]), found("rude", &[("t1", 3000)])];
    let both: Vec<Tiny> = tiny(&[0], 20, false).chain(tiny(&[1], 20, false)).collect();
    let ledger = tiny_run(&Ledger::default(), &late, &both, false).ledger;
    let only_late: Vec<Tiny> = tiny(&[0], 20, false).chain(tiny(&[1], 3, false)).collect();
    let standing =
        |ledger: &Ledger| ledger.problem(&ProblemId::new("rude").unwrap()).unwrap().standing.clone();
    let faded = tiny_run(&ledger, &late, &only_late, false).ledger;
    assert_eq!(standing(&faded), Standing::Faded);
    assert_eq!(standing(&tiny_run(&faded, &late, &both, false).ledger), Standing::Live);
    let mut pinned = ledger;
    apply(&mut pinned, "rude", Decision::Pin(true));
    assert_eq!(standing(&tiny_run(&pinned, &late, &only_late, false).ledger), Standing::Live);
}

/// A ledger over stems of random posts.
fn ledger_in(data: &Path, signatures: &[Signature], decisions: &[(usize, usize, u8)], stems: &[String]) {
    let now = "2026-02-01T00:00:00Z".parse().unwrap();
    let mut state = State::open(data).unwrap();
    for (at, signature) in signatures.iter().enumerate() {
        let findings = Findings {
            name: format!("problem {at}"),
            signature: signature.clone(),
            meaning: if at % 4 == 3 { Meaning::Any } else { Meaning::Complaint },
            theme: None,
        };
        let happened = Happened {
            problem: state.ledger().unwrap().free_id("p"),
            change: Change::Found(findings),
            reason: None,
        };
        state.decide(&[happened], now, None).unwrap();
    }
    for (at, other, what) in decisions {
        let mut ledger = state.ledger().unwrap();
        let what = if *what < 3 { 8 } else { *what };
        if let Some(mut happened) = decided(&mut ledger, (*at, *other, what)) {
            if let Change::Divided { division, .. } = &mut happened.change
                && let Some(stem) = stems.get(*other)
            {
                division.term.first.clone_from(stem);
            }
            state.decide(&[happened], now, None).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(crate::tries::tries(40))]

    #[test]
    fn every_number_of_a_problem_is_the_length_of_its_list(
        records in some_words().prop_flat_map(|words| records(words, 60)),
        weights in prop::collection::vec(prop::collection::btree_map(0_usize..16, 200_i32..6000, 1..5), 1..7),
        languages in prop::collection::vec(prop::sample::select(vec![Language::English, Language::Dutch]), 7),
        decisions in prop::collection::vec(decision(), 0..8),
        filters in filters(),
    ) {
        let (folder, store) = store_of_records(&records);
        let stems: Vec<String> = {
            let vocabulary = store.snapshot().unwrap().vocabulary().unwrap();
            let all = (0..u32::try_from(vocabulary.len()).unwrap()).map(|at| vocabulary.text(at).to_owned());
            all.filter(|stem| stem != ".").collect()
        };
        let signatures: Vec<Signature> = weights
            .iter()
            .zip(&languages)
            .map(|(weights, language)| {
                let known = weights.iter().filter_map(|(at, weight)| Some((stems.get(*at)?, *weight)));
                let terms = known.map(|(stem, weight)| (Phrase { first: stem.clone(), second: None }, weight));
                Signature { language: *language, terms: terms.collect() }
            })
            .collect();
        ledger_in(folder.path(), &signatures, &decisions, &stems);
        for meaning in ["complaint", "any"] {
            let filters = Filters { kind: vec![meaning.to_owned()], ..filters.clone() };
            let wanted = LedgerWanted { filters: filters.clone(), limit: 100, ..LedgerWanted::default() };
            let answer = api::ledger(&store, &wanted).unwrap();
            let list = |q: &str| {
                let clock = Filters { q: q.to_owned(), time_zone: filters.time_zone.clone(), ..Filters::default() };
                let asked = SearchAsked { filters: clock, limit: 1000, ..SearchAsked::default() };
                let found = api::search(&store, &asked).unwrap();
                prop_assert_eq!(found.total, found.posts.len() as u64);
                Ok(found.posts.into_iter().map(|post| post.id).collect::<BTreeSet<_>>())
            };
            let all = list(&answer.question.query)?;
            let none = list(&answer.unassigned_query)?;
            prop_assert_eq!(none.len() as u64, answer.unassigned);
            let mut assigned = BTreeSet::new();
            for problem in &answer.problems {
                let posts = list(&problem.query)?;
                prop_assert_eq!(posts.len() as u64, problem.share.count, "{}", problem.query);
                prop_assert!(problem.share.low <= problem.share.per_100 && problem.share.per_100 <= problem.share.high);
                prop_assert!(problem.strongest <= problem.share.count);
                prop_assert!(posts.is_disjoint(&none));
                // By brand, and over time with those that have no date.
                for (brand, share) in &problem.brands {
                    let here = list(&format!("({}) brand:{brand}", problem.query))?;
                    prop_assert_eq!(here.len() as u64, share.count, "{} {}", problem.query, brand);
                }
                let undated = list(&format!("({}) is:undated", problem.query))?.len() as u64;
                prop_assert_eq!(problem.counts.iter().sum::<u64>() + undated, problem.share.count);
                prop_assert_eq!(problem.weekdays.iter().sum::<u64>() + undated, problem.share.count);
                // One page of it says the same, and so does the export of its posts.
                let detail = api::problem(&store, problem.id.as_str(), &wanted).unwrap();
                prop_assert_eq!(detail.problem.share, problem.share);
                let mut named = BTreeSet::new();
                let only = Filters { q: problem.query.clone(), time_zone: filters.time_zone.clone(), ..Filters::default() };
                api::export(&store.snapshot().unwrap(), &only, |record, problems| {
                    let has = problems.unwrap().iter().any(|of| of.id == problem.id);
                    has && named.insert(record.post.id.to_string())
                }).unwrap();
                prop_assert_eq!(&named, &posts);
                assigned.extend(posts);
            }
            prop_assert!(assigned.len() as u64 + answer.unassigned <= answer.posts || meaning == "any");
            prop_assert!(assigned.is_subset(&all));
            for per in [Per::Case, Per::Author] {
                let less = api::ledger(&store, &LedgerWanted { per, ..wanted.clone() }).unwrap();
                prop_assert!(less.posts <= answer.posts && less.unassigned <= less.posts);
                let counts: BTreeMap<_, _> =
                    answer.problems.iter().map(|problem| (&problem.id, problem.share.count)).collect();
                for problem in &less.problems {
                    let posts = counts[&problem.id];
                    prop_assert!(problem.share.count <= posts && (problem.share.count > 0) == (posts > 0));
                }
            }
            // The same question has the same answer.
            let bytes = serde_json::to_vec(&answer).unwrap();
            prop_assert_eq!(serde_json::to_vec(&api::ledger(&store, &wanted).unwrap()).unwrap(), bytes);
        }
    }
}

fn filters() -> impl Strategy<Value = Filters> {
    let q = prop::sample::select(vec![
        "",
        "",
        "lost",
        "NOT storing",
        "kind:response",
        "created:2026",
        "-lost OR koffer",
    ]);
    let brand = prop::sample::subsequence(vec!["united", "kpn"], 0..2);
    let zone = prop::sample::select(crate::made::ZONES.to_vec());
    (q, brand, zone).prop_map(|(q, brand, zone)| Filters {
        q: q.to_owned(),
        brand: brand.into_iter().map(str::to_owned).collect(),
        time_zone: Some(zone.to_owned()),
        ..Filters::default()
    })
}

/// A kind of complaint: its name, and who, does what, and then.
type Kind = (&'static str, [&'static str; 4], [&'static str; 4], [&'static str; 3]);

/// Complaints of two kinds in each of two languages.
fn in_two_languages() -> Vec<Post> {
    let kinds: [Kind; 4] = [
        (
            "en-bag",
            ["my luggage", "our luggage", "the checked luggage", "all of the luggage"],
            ["never arrived at the carousel", "was lost again", "is still lost", "got lost in transit"],
            ["nobody at the desk helps", "please find the lost luggage", "where is the lost luggage"],
        ),
        (
            "en-bill",
            ["the invoice", "my monthly bill", "this statement", "your invoice"],
            ["charges me twice", "has a hidden fee", "shows a double charge", "lists an unknown fee"],
            ["the payment was debited", "correct the billing please", "a fee for a late payment"],
        ),
        (
            "nl-koffer",
            ["mijn koffer", "onze koffer", "de ingecheckte koffer", "een bruine koffer"],
            [
                "is alweer kwijt",
                "is nog steeds kwijt",
                "raakte onderweg kwijt",
                "is hier nooit aangekomen, kwijt dus",
            ],
            ["niemand aan de balie helpt", "zoek die koffer nou eens", "waar blijft de koffer dan"],
        ),
        (
            "nl-factuur",
            ["de factuur", "mijn rekening van deze maand", "deze factuur", "jullie factuur"],
            [
                "is dubbel afgeschreven",
                "heeft verborgen kosten",
                "klopt niet met het tarief",
                "is veel te hoog",
            ],
            ["het bedrag is van mijn rekening", "pas de factuur aan", "kosten voor te laat betalen"],
        ),
    ];
    let mut posts = Vec::new();
    for (kind, subjects, verbs, tails) in kinds {
        for (at, (subject, verb)) in
            subjects.iter().flat_map(|one| verbs.map(|other| (one, other))).enumerate()
        {
            for (tail_at, tail) in tails.iter().enumerate() {
                posts.push(post(&format!("{kind}-{at}-{tail_at}"), &format!("{subject} {verb}, {tail}")));
            }
        }
    }
    posts
}

#[test]
fn problems_that_the_watchlist_translates_are_one_until_a_person_parts_them() {
    let mut watchlist = Watchlist::of_names("two", &["Vliegwel"]).unwrap();
    let names = [(Language::English, "lost luggage"), (Language::Dutch, "koffer kwijt")];
    watchlist.translations = vec![names.map(|(language, name)| (language, name.to_owned())).to_vec()];
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    put_on(data, "2026-02-01T00:00:00Z", in_two_languages(), Some(&watchlist));
    let first = run(data, "2026-02-01T01:00:00Z");
    let rule: Vec<_> = first.reconciled.outcomes.iter().filter(|it| it.reason.contains("by rule")).collect();
    let [rule] = rule.as_slice() else { panic!("{:?}", first.reconciled.outcomes) };
    assert_eq!(rule.verdict, Verdict::Merged);
    let id = rule.problem.clone().unwrap();
    let state = State::open(data).unwrap();
    let event =
        state.problem_events(Some(&id)).unwrap().into_iter().find(|event| event.change.name() == "merged");
    let event = event.unwrap();
    assert!(event.is_of_run && event.reason.unwrap().contains("\"koffer kwijt\""));
    let ledger = state.ledger().unwrap();
    let root = ledger.root(&id).unwrap();
    assert_eq!(root.signature.language, Language::English);
    // Posts of both languages count for it.
    let of_root: BTreeSet<String> = strongest(data)
        .into_iter()
        .filter(|(_, problem)| problem.as_ref() == Some(&root.id))
        .map(|(id, _)| id)
        .collect();
    for kind in ["test:en-bag", "test:nl-koffer"] {
        assert!(of_root.iter().any(|id| id.starts_with(kind)), "{kind}: {of_root:?}");
    }
    assert!(of_root.iter().all(|id| !id.contains("bill") && !id.contains("factuur")), "{of_root:?}");
    // The same run again changes nothing, and what a person parts stays apart.
    assert!(run(data, "2026-02-01T02:00:00Z").reconciled.happened.is_empty());
    let mut state = State::open(data).unwrap();
    state
        .undo_problem(Some(event.number), "2026-02-01T03:00:00Z".parse().unwrap(), Some("Ann"))
        .unwrap()
        .unwrap();
    let last = run(data, "2026-02-01T04:00:00Z");
    assert!(last.reconciled.happened.is_empty(), "{:?}", last.reconciled.happened);
}
