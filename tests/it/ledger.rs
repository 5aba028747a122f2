//! Promise: do problems last? What is known keeps its id and its posts from run to run, and what a person decided stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grouse::insight::{KeepAsked, Kept, Verdict, discover_and_keep};
use grouse::model::{Change, Meaning, Post, ProblemId, Query, Watchlist};
use grouse::state::State;
use grouse::store::Store;
use jiff::tz::TimeZone;

use crate::airlines::watchlist;
use crate::common::{corpus, post, put_on};

/// Looks for problems in what is in `data` on a day, and keeps them.
fn run(data: &Path, now: &str) -> Kept {
    let snapshot = Store::open(data).unwrap().snapshot().unwrap();
    let mut state = State::open(data).unwrap();
    let asked = KeepAsked {
        query: Query::All,
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
    Later { kept, after, again }
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
const HALVES: [(u64, &str); 2] = [(0, "first half"), (1, "second half")];

#[test]
fn nine_of_ten_posts_keep_their_problem_when_a_tenth_is_added() {
    for (number, half_name) in HALVES {
        if let Some(path) = corpus("airline_tweets.csv") {
            let texts = texts(&half(&path, number, |row| row["airline_sentiment"] == "negative"));
            let is_late = |at: usize| hash(&texts[at]) % 10 == 0;
            let found = later(&format!("airline_tweets, {half_name}"), &texts, Some(&watchlist()), is_late);
            assert!(found.kept >= 0.9, "{}", found.kept);
        }
        if let Some(path) = corpus("banking77_train.csv") {
            let texts = texts(&half(&path, number, |_| true));
            let is_late = |at: usize| hash(&texts[at]) % 10 == 0;
            let found = later(&format!("banking77_train, {half_name}"), &texts, None, is_late);
            assert!(found.kept >= 0.9, "{}", found.kept);
        }
    }
}

#[test]
fn what_nobody_asked_before_is_found_beside_what_is_known() {
    for (number, half_name) in HALVES {
        let Some(path) = corpus("banking77_train.csv") else { return };
        let rows = half(&path, number, |_| true);
        let is_new = |row: &Row| hash(&row["category"]) % 10 == 0;
        let texts = texts(&rows);
        let found = later(&format!("banking77_train, new categories, {half_name}"), &texts, None, |at| {
            is_new(&rows[at])
        });
        let mut new: BTreeMap<&str, Vec<Option<ProblemId>>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_new(row)) {
            new.entry(&row["category"]).or_default().push(found.after[&format!("test:{at}")].clone());
        }
        let made: BTreeSet<&ProblemId> = found
            .again
            .reconciled
            .happened
            .iter()
            .filter(|happened| matches!(happened.change, Change::Found(_) | Change::SplitOff { .. }))
            .map(|happened| &happened.problem)
            .collect();
        let mut seen = 0;
        for (category, problems) in &new {
            let in_new = problems.iter().filter(|id| id.as_ref().is_some_and(|id| made.contains(id))).count();
            eprintln!("  {category}: {in_new} of {} posts have a new problem", problems.len());
            seen += usize::from(in_new * 2 >= problems.len());
        }
        eprintln!("  {seen} of {} new categories are mostly in new problems", new.len());
        assert!(found.kept >= 0.9, "{}", found.kept);
        assert!(seen * 2 >= new.len(), "{seen} of {}", new.len());
    }
}
