//! What would a person call this problem, and what sets it apart from the next? A phrase that its posts have in common
//! and others have not, as they write it.
//!
//! A name is chosen from the posts themselves and not put together from stems: "niet aangebeld" is said by people, two
//! telling stems side by side need not be. The most typical posts (`insight/typical.rs`) are asked, and count most, as they
//! are the ones that a reader will see beside the name.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::phrases::{Candidate, candidates, is_time};
use super::weights::Weighted;
use super::words::Words;
use crate::insight::problems::{Names, written};
use crate::insight::typical::{POOL, Said, most_typical};
use crate::model::{Discovered, Phrase, Signature};
use crate::store::membership::{ABSENT, Term, Terms, is_theme};
use crate::store::{Membership, Record, Vocabulary};
use crate::text::Memo;

/// How much each of the best ten and of the next twenty counts beside one of the rest: a reader sees them beside the name.
const BEST: f64 = 5.0;
const NEXT: f64 = 2.0;

/// Terms that set a problem apart from its neighbor.
const APART: usize = 3;

/// Posts that are read to learn how people write a term.
const READ: usize = 40;

/// Posts that have a phrase before it can be a name,
const MIN_POSTS: u32 = 3;

/// and of so few posts one less.
const FEW_POSTS: usize = 15;

/// What a phrase is worth by its telling words: one alone says little.
const BY_WORDS: [f64; 4] = [0.0, 0.05, 1.0, 1.1];

/// What each small word in it takes away.
const SMALL: f64 = 0.85;

/// What is taken from a phrase that a telling word always follows: "rude gate" is half of something;
const CUT: f64 = 0.95;

/// and from one that it always stands behind, as "practices Act".
const CUT_BEFORE: f64 = 0.8;

/// The share of posts that say a phrase in one piece from which on it is believed to be one.
const ENOUGH: f64 = 0.2;

/// What is left of a phrase with the name of a place.
const PLACE: f64 = 0.02;

/// What is left of one with a word that only says how long.
const TIME: f64 = 0.1;

/// What a phrase with the word that tells most gains, times the square of the share of posts that have the word: the name
/// should hold it.
const ANCHOR: f64 = 4.0;

/// A longer phrase is the name if so large a share of the posts that have the shorter one have it.
const LONGER: f64 = 0.4;

/// And the same where the shorter one is a single word.
const THAN_A_WORD: f64 = 0.06;

/// A single word that no phrase is better than is named with the second one, if that is worth so much beside it.
const SECOND: f64 = 0.2;

/// The share of posts that is taken off each.
const CHANCE: f64 = 0.008;

/// A share below which a difference is noise.
const NOISE: f64 = 0.02;

/// How much the problem that has a phrase most often weighs beside all others together.
const BESIDE: f64 = 0.25;

/// What is left of a phrase that says what a name says that is given, no more and no less, where both problems say it.
const SAID_BEFORE: f64 = 0.3;

/// What a post counts that has all the words of a phrase apart, and in proportion one that has some: who reads "the staff
/// was rude" under "rude gate agent" nods, too.
const APART_FROM_EACH_OTHER: f64 = 0.4;

/// The neighbor of each problem, and the terms that set it apart from that.
pub(super) fn neighbors(terms: &Terms, signatures: &[Vec<Weighted>]) -> Vec<(Option<usize>, Vec<u32>)> {
    let phrase = |term: u32| terms.phrases[term as usize];
    let of = |(at, signature): (usize, &Vec<Weighted>)| {
        let neighbor = (0..signatures.len())
            .filter(|other| *other != at)
            .map(|other| (likeness(signature, &signatures[other]), other))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
            .map(|(_, other)| other);
        let there: BTreeMap<u32, i32> = neighbor
            .iter()
            .flat_map(|neighbor| &signatures[*neighbor])
            .map(|term| (term.term, term.weight))
            .collect();
        let mut by_difference: Vec<(i64, u32)> = signature
            .iter()
            .filter(|term| term.weight > 0 && !is_theme(phrase(term.term).0))
            .map(|term| {
                let more = term.weight - there.get(&term.term).copied().unwrap_or(ABSENT);
                (-i64::from(more) * i64::from(term.seen), term.term)
            })
            .collect();
        by_difference.sort_unstable();
        let mut apart: Vec<u32> = Vec::new();
        for (_, term) in by_difference {
            if apart.len() < APART && !apart.iter().any(|known| overlap(phrase(*known), phrase(term))) {
                apart.push(term);
            }
        }
        (neighbor, if neighbor.is_some() { apart } else { Vec::new() })
    };
    signatures.iter().enumerate().map(of).collect()
}

fn overlap(a: Term, b: Term) -> bool {
    let has = |stem: u32| b.0 == stem || b.1 == Some(stem);
    has(a.0) || a.1.is_some_and(has)
}

/// The cosine of what tells about two problems.
fn likeness(a: &[Weighted], b: &[Weighted]) -> f64 {
    let there: BTreeMap<u32, f64> = b.iter().map(|term| (term.term, term.telling().max(0) as f64)).collect();
    let length = |terms: &[Weighted]| {
        terms.iter().map(|term| (term.telling().max(0) as f64).powi(2)).sum::<f64>().sqrt()
    };
    let both: f64 = a
        .iter()
        .map(|term| term.telling().max(0) as f64 * there.get(&term.term).copied().unwrap_or(0.0))
        .sum();
    both / (length(a) * length(b)).max(1e-9)
}

/// A post by how well it fits, negated so that the best is first: its number and stems.
type Fitting<'a> = (i64, usize, &'a [Option<u32>], &'a Record);

/// For each problem of one language, those of some posts that fit it best, the most typical first, of each case one.
pub(super) fn fitting<'a>(
    problems: &[Discovered],
    vocabulary: &Vocabulary,
    posts: impl Iterator<Item = (&'a [Option<u32>], &'a Record)>,
) -> Vec<Vec<&'a Record>> {
    let cores: Vec<Signature> = problems.iter().map(|problem| problem.signature.core()).collect();
    let mut core = Membership::new(&cores.iter().collect::<Vec<_>>(), vocabulary);
    let mut membership =
        Membership::new(&problems.iter().map(|problem| &problem.signature).collect::<Vec<_>>(), vocabulary);
    let mut fitting: Vec<Vec<Fitting>> = vec![Vec::new(); problems.len()];
    for (at, (stems, record)) in posts.enumerate() {
        if let Some((_, problem)) = membership.of(record.language, stems).first().copied() {
            let fit = core.fit(record.language, stems, problem).unwrap_or(0);
            fitting[problem as usize].push((-fit, at, stems, record));
        }
    }
    let mut typical = |problem: u32, mut posts: Vec<Fitting<'a>>| {
        posts.sort_unstable_by_key(|(fit, at, ..)| (*fit, *at));
        let mut cases = FxHashSet::default();
        posts.retain(|(.., record)| cases.insert(record.case));
        posts.truncate(POOL);
        let said = |(_, _, stems, record): &Fitting| {
            Said::new(membership.speaking(record.language, stems, problem), stems, &[])
        };
        let order = most_typical(&posts.iter().map(said).collect::<Vec<_>>());
        order.into_iter().map(|at| posts[at].3).collect()
    };
    (0..).zip(fitting).map(|(problem, posts)| typical(problem, posts)).collect()
}

/// The commonest ways in which posts write terms, `apart` by number.
pub(super) fn written_by(posts: &[&Record], phrases: impl Iterator<Item = Phrase>) -> Vec<String> {
    let posts = &posts[..posts.len().min(READ)];
    let mut found: Vec<String> = Vec::new();
    for way in phrases.filter_map(|phrase| written(&phrase, posts.iter().copied())) {
        if !found.contains(&way) {
            found.push(way);
        }
    }
    found
}

/// What was counted of one phrase in the posts of one problem.
#[derive(Debug, Default)]
struct Heard {
    posts: u32,
    weight: f64,
    small: usize,
    ways: BTreeMap<String, u32>,
    /// How often a telling word follows, and stands before, of how often it is said.
    cut: u32,
    cut_before: u32,
    said: u32,
}

/// Where a phrase is heard.
#[derive(Debug, Default)]
struct Everywhere {
    weight: f64,
    /// The problem with the largest share of it, and the largest share in any other.
    most: (f64, usize),
    second: f64,
}

impl Everywhere {
    fn add(&mut self, problem: usize, weight: f64, of: f64) {
        self.weight += weight;
        let share = weight / of;
        if share > self.most.0 {
            self.second = self.most.0;
            self.most = (share, problem);
        } else {
            self.second = self.second.max(share);
        }
    }

    /// The largest share of it in a problem beside this one.
    fn most_beside(&self, problem: usize) -> f64 {
        if self.most.1 == problem { self.second } else { self.most.0 }
    }
}

/// Names for the problems of one language from the posts that fit each best; none of `taken`, to which they are added.
pub(super) fn names(
    problems: &[Discovered],
    fitting: &[Vec<&Record>],
    words: &Words,
    brands: &Names,
    taken: &mut BTreeSet<String>,
) -> Vec<String> {
    // "seat" and "seats" are one name, too.
    let mut taken_stems: FxHashSet<&Vec<String>> = FxHashSet::default();
    let mut memo = Memo::default();
    let mut everywhere: FxHashMap<Vec<String>, Everywhere> = FxHashMap::default();
    let mut all = 0.0;
    let heard: Vec<(f64, FxHashMap<Vec<String>, Heard>)> = fitting
        .iter()
        .enumerate()
        .map(|(problem, posts)| {
            let mut here: FxHashMap<Vec<String>, Heard> = FxHashMap::default();
            let mut sum = 0.0;
            for (at, record) in posts.iter().enumerate() {
                let weight = match at {
                    0..10 => BEST,
                    10..30 => NEXT,
                    _ => 1.0,
                };
                sum += weight;
                for (stems, ways) in of_post(record, words, brands, &mut memo) {
                    let heard = here.entry(stems).or_default();
                    heard.posts += 1;
                    heard.weight += weight;
                    for way in ways {
                        heard.small = way.small;
                        heard.cut += u32::from(way.is_cut);
                        heard.cut_before += u32::from(way.is_cut_before);
                        heard.said += 1;
                        // What is written so, word by word, is surely said.
                        *heard.ways.entry(way.said).or_default() += if way.is_whole { 2 } else { 1 };
                    }
                }
            }
            all += sum;
            for (stems, heard) in &here {
                everywhere.entry(stems.clone()).or_default().add(problem, heard.weight, sum);
            }
            let at_least = MIN_POSTS - u32::from(posts.len() < FEW_POSTS);
            here.retain(|_, heard| heard.posts >= at_least);
            (sum, here)
        })
        .collect();
    let mut names = Vec::with_capacity(problems.len());
    for (number, ((problem, posts), (sum, here))) in problems.iter().zip(fitting).zip(&heard).enumerate() {
        let worth = Worth::of(problem);
        // How much likelier a phrase is here than there, where it is commonest counting as much as all others together.
        let lift = |stems: &Vec<String>, weight: f64| {
            let share = (weight / sum - CHANCE).max(0.0);
            let others = &everywhere[stems];
            let elsewhere = (others.weight - weight) / (all - sum).max(1.0);
            let elsewhere = elsewhere + BESIDE * (others.most_beside(number) - elsewhere).max(0.0);
            ((share + NOISE) / (elsewhere + NOISE)).ln().max(0.0)
        };
        let alone: FxHashMap<&str, (f64, f64)> = here
            .iter()
            .filter(|(stems, _)| stems.len() == 1)
            .map(|(stems, heard)| (stems[0].as_str(), (heard.weight, lift(stems, heard.weight))))
            .collect();
        let mut ranked: Vec<(f64, &Vec<String>, String)> = here
            .iter()
            .filter_map(|(stems, heard)| {
                // Posts that have some of its words nod in proportion to what these tell.
                let tells: Vec<(f64, f64)> =
                    stems.iter().filter_map(|stem| alone.get(stem.as_str()).copied()).collect();
                let all_tell: f64 = tells.iter().map(|(_, tells)| tells).sum();
                let nods: f64 = tells
                    .iter()
                    .map(|(weight, tells)| tells / all_tell.max(1e-9) * (weight - heard.weight).max(0.0))
                    .sum();
                // What few posts say may be chance.
                let share = ((heard.weight + APART_FROM_EACH_OTHER * nods) / sum - CHANCE).max(0.0);
                let said = said(heard)?;
                let places = stems.iter().filter(|stem| words.is_place(stem)).count();
                let times = said.split(' ').filter(|word| is_time(problem.signature.language, word)).count();
                let form = BY_WORDS[stems.len().min(3)]
                    * power(SMALL, heard.small)
                    * (heard.weight / sum / ENOUGH).min(1.0)
                    * whole(CUT, heard.cut, heard.said)
                    * whole(CUT_BEFORE, heard.cut_before, heard.said)
                    * power(PLACE, places)
                    * power(TIME, times);
                // Another problem has the name of which this is a part, and says this, too.
                let is_part = |other: &&Vec<String>| {
                    stems.iter().all(|stem| other.contains(stem))
                        || other.iter().all(|stem| stems.contains(stem))
                };
                let is_elsewhere = everywhere[stems].most_beside(number) * 2.0 >= heard.weight / sum;
                let form =
                    form * if is_elsewhere && taken_stems.iter().any(is_part) { SAID_BEFORE } else { 1.0 };
                Some((share * lift(stems, heard.weight) * form * worth.of_stems(stems), stems, said))
            })
            .collect();
        let alone = ranked.iter().filter(|(_, stems, _)| stems.len() == 1);
        let anchor = alone.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.2.cmp(&a.2)));
        if let Some(anchor) = anchor.map(|(_, stems, _)| stems[0].clone()) {
            // The more posts have it, the less is a name without it.
            let share = here[std::slice::from_ref(&anchor)].weight / sum;
            let gain = 1.0 + ANCHOR * share * share;
            for (value, stems, _) in &mut ranked {
                *value *= if stems.contains(&anchor) { gain } else { 1.0 };
            }
        }
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.2.cmp(&b.2)));
        let free = || {
            ranked
                .iter()
                .filter(|(_, stems, said)| !taken.contains(&key(said)) && !taken_stems.contains(stems))
        };
        let best = free().next().map(|(value, short, said)| {
            let at_least = if short.len() == 1 { THAN_A_WORD } else { LONGER } * here[*short].weight;
            let mut longer = free().filter(|(_, stems, _)| {
                stems.len() > short.len()
                    && short.iter().all(|stem| stems.contains(stem))
                    && here[*stems].weight >= at_least
                    && here[*stems].cut * 2 <= here[*stems].said
                    && !stems.iter().any(|stem| words.is_place(stem))
            });
            if let Some((_, stems, said)) = longer.next() {
                return (*stems, said.clone());
            }
            let second = free().skip(1).find(|(_, stems, _)| stems.len() == 1);
            match second.filter(|(second, ..)| short.len() == 1 && *second >= SECOND * value) {
                Some((_, _, second)) => (*short, format!("{said}, {second}")),
                None => (*short, said.clone()),
            }
        });
        let best = best.map(|(stems, said)| {
            taken_stems.insert(stems);
            said
        });
        let name = best.unwrap_or_else(|| without_phrase(problem, posts, taken));
        taken.insert(key(&name));
        names.push(name);
    }
    names
}

/// What is left of a phrase that is cut `cut` times of `said`; a few times say little.
fn whole(costs: f64, cut: u32, said: u32) -> f64 {
    1.0 - costs * (f64::from(cut) / f64::from(said.max(1))).powi(2)
}

fn power(factor: f64, times: usize) -> f64 {
    (0..times).fold(1.0, |product, _| product * factor)
}

/// Two names that differ in capitals alone are one to a reader.
fn key(name: &str) -> String {
    crate::text::lower(name)
}

/// The telling terms of a problem whose posts share no phrase that is free, as its posts write them.
fn without_phrase(problem: &Discovered, posts: &[&Record], taken: &BTreeSet<String>) -> String {
    let terms = problem.signature.terms.iter().filter(|(phrase, _)| !phrase.first.contains(':'));
    let posts = &posts[..posts.len().min(READ)];
    let mut name = String::new();
    for (phrase, _) in terms {
        let stems = || [Some(&phrase.first), phrase.second.as_ref()].into_iter().flatten();
        let way = written(phrase, posts.iter().copied());
        let way = way.unwrap_or_else(|| stems().map(String::as_str).collect::<Vec<_>>().join(" "));
        if name.split(", ").any(|known| known.contains(&way) || way.contains(known) && !known.is_empty()) {
            continue;
        }
        if !name.is_empty() {
            name.push_str(", ");
        }
        name.push_str(&way);
        if !taken.contains(&key(&name)) {
            return name;
        }
    }
    let numbered = (2..).map(|number| format!("{name} {number}"));
    numbered.into_iter().find(|name| !taken.contains(&key(name))).unwrap_or_default()
}

/// The phrases of a post that could name its problem, by their stems.
fn of_post(
    record: &Record,
    words: &Words,
    brands: &Names,
    memo: &mut Memo,
) -> BTreeMap<Vec<String>, Vec<Candidate>> {
    let mut by_stems: BTreeMap<Vec<String>, Vec<Candidate>> = BTreeMap::new();
    for part in record.post.title.as_deref().into_iter().chain([record.post.text.as_str()]) {
        for candidate in candidates(part, record.language, words, memo, |stem| brands.stems.contains(stem)) {
            if !brands.has_pair(&candidate.stems) {
                by_stems.entry(candidate.stems.clone()).or_default().push(candidate);
            }
        }
    }
    by_stems
}

/// The way in which a phrase is said most, the shortest of equally common ones. Letters that somebody drew out only where
/// nobody wrote it otherwise.
fn said(heard: &Heard) -> Option<String> {
    let is_drawn_out = |way: &str| {
        let letters: Vec<char> = way.chars().collect();
        letters.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
    };
    heard
        .ways
        .iter()
        .min_by_key(|(way, count)| (is_drawn_out(way), std::cmp::Reverse(**count), way.len(), (*way).clone()))
        .map(|(way, _)| way.clone())
}

/// How much the stems of a phrase tell about a problem.
struct Worth<'a> {
    weights: FxHashMap<&'a str, f64>,
}

impl<'a> Worth<'a> {
    fn of(problem: &'a Discovered) -> Self {
        let mut weights: FxHashMap<&str, f64> = FxHashMap::default();
        // The most telling first, so that a term's place says how much it tells.
        for (place, (phrase, weight)) in problem.signature.terms.iter().enumerate() {
            if *weight <= 0 {
                continue;
            }
            for stem in [Some(&phrase.first), phrase.second.as_ref()].into_iter().flatten() {
                weights.entry(stem).or_insert(1.0 / (1.0 + place as f64 / 6.0));
            }
        }
        Self { weights }
    }

    /// The mean of the two stems that tell most, between a tenth and one. So "lost bags" is a better name than "baggage
    /// claim", which more people write.
    fn of_stems(&self, stems: &[String]) -> f64 {
        let weight = |stem: &String| self.weights.get(stem.as_str()).copied().unwrap_or(0.0);
        let mut weights: Vec<f64> = stems.iter().map(weight).collect();
        weights.sort_unstable_by(|a, b| b.total_cmp(a));
        0.1 + 0.9 * weights.iter().take(2).sum::<f64>() / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::discovery::{Group, call};
    use crate::model::{CaseId, Judgement, Language, Post, SourceId};

    fn record(number: u64, text: &str) -> Record {
        Record {
            post: Post::bare(SourceId::new("test").unwrap(), &number.to_string(), text),
            language: Language::English,
            brands: Vec::new(),
            mentions: Vec::new(),
            directed: Vec::new(),
            written_by: None,
            says: Vec::new(),
            is_masked: false,
            judgement: Judgement::default(),
            case: CaseId(number),
            corrected: Vec::new(),
            route: None,
            watchlist: None,
        }
    }

    /// What groups are called, each of so many posts and with what tells of it.
    #[track_caller]
    fn check(groups: &[(&[&str], &[&str])], expect: &[&str]) {
        let records: Vec<Vec<Record>> = groups
            .iter()
            .map(|(texts, _)| (0..).zip(*texts).map(|(at, text)| record(at, text)).collect())
            .collect();
        let texts = groups.iter().flat_map(|(texts, _)| *texts).copied();
        let words = Words::new(Language::English, texts);
        let groups: Vec<Group<'_>> = groups
            .iter()
            .zip(&records)
            .map(|((_, stems), records)| Group {
                terms: stems.iter().map(|stem| Phrase { first: (*stem).to_owned(), second: None }).collect(),
                posts: records.iter().collect(),
            })
            .collect();
        assert_eq!(call(Language::English, &groups, &words, &Names::default()), expect);
    }

    const BAGS: &[&str] = &["you lost my bag", "lost bag again", "they lost our bag", "where is my lost bag"];
    const AGENTS: &[&str] = &[
        "a rude gate agent",
        "that rude gate agent, wow",
        "your rude gate agent shouted",
        "the gate agent was rude",
    ];

    #[test]
    fn a_name_is_what_posts_share_and_others_do_not() {
        check(&[(BAGS, &["bag"]), (AGENTS, &["rude", "agent"])], &["lost bag", "rude gate agent"]);
    }

    #[test]
    fn two_problems_have_two_names() {
        let found =
            [BAGS, &["my lost bag", "a lost bag", "one lost bag, found", "lost bag, found", "found it"]];
        check(&[(found[0], &["bag"]), (found[1], &["found"])], &["lost bag", "found"]);
    }

    #[test]
    fn two_words_that_stand_apart_are_named_both() {
        let songs: &[&str] =
            &["songs? gone", "playlists: gone", "where, songs", "why, playlists", "my songs", "my playlists"];
        check(&[(songs, &["song", "playlist"]), (BAGS, &["bag"])], &["songs, playlists", "lost bag"]);
    }
}
