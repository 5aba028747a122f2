//! What do people write of now that they did not write of before, and that no known problem is about yet?
//!
//! 1. `times.rs` says which days are compared with which: the last week with the weeks before, as far as what is collected
//!    now was collected then.
//! 2. `counted.rs` reads the term column of these posts once and counts each stem and pair by how many people wrote it, in
//!    each of the times. Neither one text that many repeat nor one author who shouts makes a problem.
//! 3. A term that more people wrote than in any time before is tested exactly: of all who wrote it, so many are of the last
//!    days only by such a chance (the conditional test of Przyborowski and Wilenski, "Homogeneity of results in testing
//!    samples from Poisson series", Biometrika 31, 1940). Languages are compared with themselves, and what is told is
//!    corrected for how many terms were looked at.
//! 4. Terms that are written in the same posts become one entry, named by a phrase of its posts (`discovery/naming.rs`). Its
//!    question asks for those that make the whole surer. Where words of known problems tell more of it, it is none of its own.
//!
//! **What belongs to a known problem** is decided by terms: those of the core of a signature of the ledger are its own, and
//! never new. It is not decided by posts, though the posts without a problem are the ones that come to mind: signatures are
//! made to leave few posts out. With a ledger of the demo's market that was kept before its outage, 17 of 278 complaints of
//! the three days around it had no problem, and 4 of the 33 with "storing".

mod counted;
mod times;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;

use self::counted::{Counted, Term};
use self::times::{Comparable, comparable};
use super::InsightError;
use super::discovery::{Group, Words, call};
use super::problems::{Names, without_responses, written};
use super::statistics::corrected;
use crate::model::{
    Bound, BrandId, Condition, Days, Emerging, EmergingProblem, Language, Meaning, Phrase, Query, Range,
};
use crate::store::{Record, Snapshot, StemPair, Vocabulary};
use crate::text::Analyzer;

/// A rise that is so unlikely by chance, corrected for how many terms there are, is told.
const SURE: f64 = 0.01;

/// The share of the last days is at least so many times the one before.
const LEAST_TIMES: f64 = 1.5;

/// Terms that are told, before those of the same posts are joined.
const TERMS: usize = 200;

/// Two terms are linked if so large a share of the posts of the rarer have both,
const LINK: f64 = 0.2;

/// and so many times as many as by chance,
const LIFT: f64 = 2.0;

/// or so large a share of them.
const MOSTLY: f64 = 0.5;

/// Posts of a term that are read to know whether it is the name of a place.
const READ_FOR_PLACES: usize = 25;

/// Posts of an entry that are read to name it.
const READ_FOR_NAME: usize = 60;

/// Posts of an entry that are shown.
const SHOWN: usize = 3;

/// Words of an entry that are told.
const WORDS: usize = 8;

/// What is asked of emerging problems.
#[derive(Debug, Clone)]
pub struct EmergingAsked {
    /// In which posts. Responses of brands are left out unless it names kinds.
    pub query: Query,
    /// Whose days.
    pub time_zone: TimeZone,
    /// Problems that were found in posts that meant this are known ones.
    pub meaning: Meaning,
    /// How many days are the last ones; a week if `None`, or half of what there is.
    pub days: Option<usize>,
    /// The first of the last days; instead of `days`.
    pub since: Option<Date>,
    /// How many problems at most.
    pub limit: usize,
}

/// Finds what is emerging in the posts that answer a question.
///
/// # Errors
/// [`InsightError`], whose variants say what to do.
pub fn emerging(snapshot: &Snapshot, asked: &EmergingAsked) -> Result<Emerging, InsightError> {
    let query = without_responses(asked.query.clone());
    let found = comparable(snapshot, &query, &asked.time_zone, asked.days, asked.since)?;
    let Some(Comparable { times, late }) = found else {
        return Ok(Emerging {
            times: None,
            query: query.clone(),
            posts: snapshot.count(&query, &asked.time_zone)?,
            before_query: Query::Not(Box::new(Query::All)),
            before: 0,
            looked_at: 0,
            late: Vec::new(),
            total: 0,
            problems: Vec::new(),
        });
    };
    let not = |condition: &Condition| Query::Not(Box::new(Query::Where(condition.clone())));
    let query = late.iter().map(not).fold(query, Query::and);
    let now = query.clone().and(written_in(std::slice::from_ref(&times.last)));
    let before = query.and(written_in(&times.before));
    let vocabulary = snapshot.vocabulary()?;
    let counted = Counted::new(snapshot, &vocabulary, (&now, &before), &times, &asked.time_zone)?;
    let names = Names::new(snapshot, &asked.query);
    let known = Known::of(snapshot, asked.meaning);
    let mut looked_at: Vec<(Language, Term)> = Vec::new();
    for language in Language::ALL {
        let is_meant = |term: &Term| {
            let phrase = phrase_of(&vocabulary, term.pair);
            is_word(&phrase) && !is_name(&names, &phrase)
        };
        let terms = counted.terms(language, &vocabulary).into_iter();
        looked_at.extend(terms.filter(is_meant).map(|term| (language, term)));
    }
    let chances: Vec<f64> = looked_at.iter().map(|(_, term)| term.chance()).collect();
    let mut risen: Vec<Risen> = looked_at
        .iter()
        .zip(corrected(&chances))
        .filter(|((_, term), chance)| *chance <= SURE && term.is_above_all(LEAST_TIMES))
        .map(|((language, term), chance)| {
            let phrase = phrase_of(&vocabulary, term.pair);
            let is_known = known.has(*language, &phrase);
            Risen { language: *language, term: term.clone(), phrase, is_known, chance, posts: Vec::new() }
        })
        .collect();
    risen.sort_by(|a, b| {
        let order = a.chance.total_cmp(&b.chance).then_with(|| b.term.now().cmp(&a.term.now()));
        order.then_with(|| (a.language, a.term.pair).cmp(&(b.language, b.term.pair)))
    });
    risen.truncate(TERMS);
    let terms: Vec<(Language, StemPair)> = risen.iter().map(|one| (one.language, one.term.pair)).collect();
    for (one, posts) in risen.iter_mut().zip(counted.having(&terms)) {
        one.posts = posts;
    }
    let mut reader = Reader { snapshot, counted: &counted, records: BTreeMap::new() };
    let words = words_of(&mut reader, &risen)?;
    let is_place = |one: &Risen| {
        let words = words.get(&one.language);
        stems_of(&one.phrase).any(|stem| words.is_some_and(|words| words.is_place(stem)))
    };
    risen.retain(|one| !is_place(one));
    let mut entries: Vec<Entry> =
        linked(&counted, risen).into_iter().filter_map(|group| Entry::of(&counted, group)).collect();
    entries.sort_by(|a, b| b.together.now().cmp(&a.together.now()).then_with(|| a.asked[0].cmp(&b.asked[0])));
    let total = entries.len() as u64;
    entries.truncate(asked.limit);
    let problems = described(&mut reader, &words, &names, (&now, &before), &entries)?;
    Ok(Emerging {
        query: now,
        posts: counted.posts,
        before_query: before,
        before: counted.before,
        looked_at: looked_at.len() as u64,
        late: late.iter().map(|late| name_of(snapshot, late)).collect(),
        total,
        problems,
        times: Some(times),
    })
}

/// A term that is far more frequent than before.
#[derive(Debug)]
struct Risen {
    language: Language,
    term: Term,
    phrase: Phrase,
    /// It belongs to a known problem.
    is_known: bool,
    /// Corrected for how many terms were looked at.
    chance: f64,
    /// All its posts.
    posts: Vec<u32>,
}

/// Terms of one event, and which of them its posts are asked for by.
#[derive(Debug)]
struct Entry {
    /// The surest first.
    risen: Vec<Risen>,
    /// Its posts are those that have any of these.
    asked: Vec<Phrase>,
    posts: Vec<u32>,
    /// These as one term.
    together: Term,
}

impl Entry {
    /// The entry of a group; `None` if it is a known problem that rises: its words tell more of it than others do.
    fn of(counted: &Counted, risen: Vec<Risen>) -> Option<Self> {
        let own = Self::surest(counted, &risen, false)?;
        let known = Self::surest(counted, &risen, true).map_or(0.0, |known| known.together.surprise());
        (own.together.surprise() >= known).then_some(Self { risen, ..own })
    }

    /// Of the terms of known problems, or of the others, those that make the whole surer, each beside the surer ones.
    fn surest(counted: &Counted, risen: &[Risen], is_known: bool) -> Option<Self> {
        let mut terms = risen.iter().filter(|one| one.is_known == is_known);
        let head = terms.next()?;
        let mut entry = Self {
            asked: vec![head.phrase.clone()],
            posts: head.posts.clone(),
            together: head.term.clone(),
            risen: Vec::new(),
        };
        for one in terms {
            let posts = union(&entry.posts, &one.posts);
            let together = counted.together(&head.term, &posts);
            if together.surprise() > entry.together.surprise() {
                entry.asked.push(one.phrase.clone());
                (entry.posts, entry.together) = (posts, together);
            }
        }
        Some(entry)
    }
}

fn union(one: &[u32], other: &[u32]) -> Vec<u32> {
    let mut all = [one, other].concat();
    all.sort_unstable();
    all.dedup();
    all
}

/// The question for posts of some days.
fn written_in(days: &[Days]) -> Query {
    let mut runs: Vec<Days> = Vec::new();
    for here in days.iter().rev() {
        match runs.last_mut() {
            Some(last) if last.to.tomorrow().ok() == Some(here.from) => last.to = here.to,
            _ => runs.push(*here),
        }
    }
    let mut parts: Vec<Query> = runs
        .into_iter()
        .map(|days| Range::new(Some(Bound::Day(days.from)), Some(Bound::Day(days.to))))
        .map(|range| Query::Where(Condition::Created(range)))
        .collect();
    if parts.len() == 1 { parts.remove(0) } else { Query::Or(parts) }
}

fn phrase_of(vocabulary: &Vocabulary, (first, second): StemPair) -> Phrase {
    Phrase {
        first: vocabulary.text(first).to_owned(),
        second: second.map(|second| vocabulary.text(second).to_owned()),
    }
}

fn stems_of(phrase: &Phrase) -> impl Iterator<Item = &str> {
    [Some(&phrase.first), phrase.second.as_ref()].into_iter().flatten().map(String::as_str)
}

/// A number or a single letter is no problem.
fn is_word(phrase: &Phrase) -> bool {
    stems_of(phrase).all(|stem| stem.chars().count() > 1)
        && stems_of(phrase).any(|stem| stem.chars().any(char::is_alphabetic))
}

fn is_name(names: &Names, phrase: &Phrase) -> bool {
    let is_pair = |second: &String| names.pairs.contains(&(phrase.first.clone(), second.clone()));
    stems_of(phrase).any(|stem| names.stems.contains(stem)) || phrase.second.as_ref().is_some_and(is_pair)
}

fn name_of(snapshot: &Snapshot, late: &Condition) -> String {
    match late {
        Condition::Brand(brand) => snapshot.market().name_of(brand).to_owned(),
        Condition::Source(source) => source.to_string(),
        other => other.to_string(),
    }
}

/// The stems that are a known problem's own.
struct Known {
    stems: FxHashSet<(Language, String)>,
}

impl Known {
    fn of(snapshot: &Snapshot, meaning: Meaning) -> Self {
        // Those of hidden and merged problems are known as well.
        let problems = snapshot.ledger().all().filter(|problem| problem.meaning == meaning);
        let mut stems = FxHashSet::default();
        for problem in problems {
            let language = problem.signature.language;
            let core = problem.signature.core();
            for (phrase, _) in core.terms.iter().filter(|(_, weight)| *weight > 0) {
                stems.extend(stems_of(phrase).map(|stem| (language, stem.to_owned())));
            }
            let divided = problem.division.iter().flat_map(|division| stems_of(&division.term));
            stems.extend(divided.map(|stem| (language, stem.to_owned())));
        }
        Self { stems }
    }

    fn has(&self, language: Language, phrase: &Phrase) -> bool {
        stems_of(phrase).all(|stem| self.stems.contains(&(language, stem.to_owned())))
    }
}

/// Reads posts, each once.
struct Reader<'a> {
    snapshot: &'a Snapshot,
    counted: &'a Counted,
    records: BTreeMap<u32, Record>,
}

impl Reader<'_> {
    fn read(&mut self, posts: &[u32]) -> Result<(), InsightError> {
        for at in posts {
            if !self.records.contains_key(at) {
                let place = self.counted.read[*at as usize].place;
                self.records.insert(*at, self.snapshot.at(place)?);
            }
        }
        Ok(())
    }
}

/// How people write in each language, read off some of the posts with the terms that rose.
fn words_of(reader: &mut Reader<'_>, risen: &[Risen]) -> Result<BTreeMap<Language, Words>, InsightError> {
    let mut posts: BTreeMap<Language, BTreeSet<u32>> = BTreeMap::new();
    for one in risen {
        let some = reader.counted.some(&one.posts, READ_FOR_PLACES);
        reader.read(&some)?;
        posts.entry(one.language).or_default().extend(some);
    }
    let words = |(language, posts): (Language, BTreeSet<u32>)| {
        let texts = posts.iter().filter_map(|at| reader.records.get(at)).flat_map(|record| {
            [record.post.title.as_deref(), Some(record.post.text.as_str())].into_iter().flatten()
        });
        (language, Words::new(language, texts))
    };
    Ok(posts.into_iter().map(words).collect())
}

/// Groups of terms that are written in the same posts far more than by chance, each linked to some other of its group. What
/// rose of a known problem links, too: the words of an outage are about a site that people complained of before.
fn linked(counted: &Counted, risen: Vec<Risen>) -> Vec<Vec<Risen>> {
    let now: Vec<Vec<u32>> = risen.iter().map(|one| counted.of_now(&one.posts)).collect();
    let all = Language::ALL.map(|language| counted.posts_of_now(language));
    let is_linked = |one: usize, other: usize| {
        let (fewer, more) = if now[one].len() <= now[other].len() { (one, other) } else { (other, one) };
        let both = now[fewer].iter().filter(|at| now[more].binary_search(at).is_ok()).count() as f64;
        let (few, many) = (now[fewer].len() as f64, now[more].len() as f64);
        let by_chance = few * many / all[risen[one].language as usize].max(1) as f64;
        risen[one].language == risen[other].language
            && both >= LINK * few
            && both >= (LIFT * by_chance).min(MOSTLY * few)
    };
    let mut group: Vec<usize> = (0..risen.len()).collect();
    for one in 0..risen.len() {
        for other in 0..one {
            let (from, to) = (group[one].max(group[other]), group[one].min(group[other]));
            if from != to && is_linked(one, other) {
                group.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<Risen>> = BTreeMap::new();
    for (one, group) in risen.into_iter().zip(group) {
        groups.entry(group).or_default().push(one);
    }
    groups.into_values().collect()
}

/// What people write of an entry.
#[derive(Debug, Clone, Default)]
struct Called {
    name: String,
    words: Vec<String>,
}

/// Says of each entry all that is told.
fn described(
    reader: &mut Reader<'_>,
    words: &BTreeMap<Language, Words>,
    names: &Names,
    (now, before): (&Query, &Query),
    entries: &[Entry],
) -> Result<Vec<EmergingProblem>, InsightError> {
    let counted = reader.counted;
    let assigned = reader.snapshot.assigned()?;
    let (mut best, mut read) = (Vec::new(), Vec::new());
    for entry in entries {
        let lists: Vec<&[u32]> = entry.risen.iter().map(|one| one.posts.as_slice()).collect();
        let fitting = counted.fitting(&entry.posts, &lists, SHOWN);
        // Named by any of its posts, as those with most of its words may be of one mold.
        let some = counted.some(&entry.posts, READ_FOR_NAME);
        reader.read(&fitting)?;
        reader.read(&some)?;
        best.push(fitting);
        read.push(some);
    }
    let mut called: Vec<Called> = vec![Called::default(); entries.len()];
    for (language, words) in words {
        let here: Vec<usize> =
            (0..entries.len()).filter(|at| entries[*at].risen[0].language == *language).collect();
        let groups: Vec<Group<'_>> = here
            .iter()
            .map(|at| Group {
                terms: entries[*at].risen.iter().map(|one| one.phrase.clone()).collect(),
                posts: read[*at].iter().filter_map(|post| reader.records.get(post)).collect(),
            })
            .collect();
        for ((at, name), group) in here.iter().zip(call(*language, &groups, words, names)).zip(&groups) {
            called[*at] = Called { name: with_surest(&name, *language, group), words: words_written(group) };
        }
    }
    let problem = |((entry, Called { name, words }), best): ((&Entry, Called), &Vec<u32>)| {
        let (head, posts) = (&entry.risen[0], counted.of_now(&entry.posts));
        let having = having(head.language, &entry.asked);
        let first = posts.iter().map(|at| counted.read[*at as usize].second).min();
        let mut brands: BTreeMap<u32, u64> = BTreeMap::new();
        for brand in posts.iter().flat_map(|at| counted.brands_of(&counted.read[*at as usize])) {
            *brands.entry(*brand).or_default() += 1;
        }
        let mut brands: Vec<(BrandId, u64)> = brands
            .into_iter()
            .filter_map(|(at, count)| Some((BrandId::new(counted.brands.get(at as usize)?).ok()?, count)))
            .collect();
        brands.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let is_unassigned = |at: &&u32| assigned.of(counted.read[**at as usize].place).next().is_none();
        EmergingProblem {
            name,
            language: head.language,
            query: now.clone().and(having.clone()),
            before_query: before.clone().and(having),
            words,
            terms: entry.asked.clone(),
            posts: posts.len() as u64,
            before: (entry.posts.len() - posts.len()) as u64,
            times: entry.together.times(),
            voices: entry.together.voices.clone(),
            chance: head.chance,
            unassigned: posts.iter().filter(is_unassigned).count() as u64,
            brands,
            first: first.and_then(|second| Timestamp::from_second(second).ok()),
            examples: best.iter().filter_map(|at| Some(reader.records.get(at)?.post.id.clone())).collect(),
        }
    };
    Ok(entries.iter().zip(called).zip(&best).map(problem).collect())
}

/// A name and, if it lacks that, the surest word before it: many phrases are of few posts, and "outage" says more of them.
fn with_surest(name: &str, language: Language, group: &Group<'_>) -> String {
    let Some(surest) = group.terms.first() else { return name.to_owned() };
    let mut analyzer = Analyzer::default();
    let is_there = analyzer.find_phrase(name, language, &surest.first, surest.second.as_deref()).is_some();
    match written(surest, group.posts.iter().copied()) {
        Some(word) if !is_there && !word.contains(name) => format!("{word}, {name}"),
        _ => name.to_owned(),
    }
}

/// The words of a group as people write them, each once.
fn words_written(group: &Group<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in group.terms.iter().filter_map(|term| written(term, group.posts.iter().copied())) {
        if words.len() < WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The question for posts in a language that have any of some terms.
fn having(language: Language, terms: &[Phrase]) -> Query {
    let mut parts: Vec<Query> = terms
        .iter()
        .map(|term| {
            let stems: Vec<&str> = stems_of(term).collect();
            Query::Where(Condition::Term(format!("={}", stems.join(" "))))
        })
        .collect();
    let any = if parts.len() == 1 { parts.remove(0) } else { Query::Or(parts) };
    Query::Where(Condition::Language(language)).and(any)
}
