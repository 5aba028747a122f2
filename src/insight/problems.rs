//! What do these posts suffer from more than others do? Stems and stem pairs that are over-frequent in them, named as
//! people write them.
//!
//! Each language is compared with itself: were they mixed, a brand with more Dutch customers would suffer from Dutch.
//! The test is the log-likelihood ratio of Dunning, "Accurate methods for the statistics of surprise and coincidence"
//! (Computational Linguistics 19, 1993), which holds for rare words where a chi-square test does not. All posts are
//! counted. Only for the pairs that are compared with the rest is there a first choice, by the share that their stems
//! would lead one to expect; the pairs chosen are then counted exactly.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Condition, Kind, Language, Phrase, Problem, Problems, Query};
use crate::store::{Members, Record, Snapshot, Stem, StemPair, StoreError, Totals, Vocabulary};
use crate::text::{Analyzer, lower, plain_words};

/// Twice the log-likelihood ratio from which on a difference counts: one in a thousand by chance (chi-square with one
/// degree of freedom).
pub(super) const SURE: f64 = 10.83;

/// Of so many posts at least one has what is called a problem.
const POSTS_FOR_ONE: u64 = 1000;

/// Posts below which nothing is called a problem.
pub(super) const MIN_POSTS: u64 = 3;

/// Pairs of stems that are counted exactly in the rest of the index, for each problem that is asked for.
const PAIRS_FOR_ONE: usize = 3;

/// Phrases that are looked at for each problem that is asked for: many are of the same posts as a stronger one.
const CHOSEN_FOR_ONE: usize = 3;

/// Of ten posts that have either of two phrases, so many have both from which on the two are one problem.
const SAME_OF_TEN: u64 = 8;

/// Posts of each problem that are read to learn how people write it.
pub(super) const READ: usize = 30;

/// Posts of each problem that are shown.
const SHOWN: usize = 3;

/// Brands whose names have a word, up to which the word is a name and no problem. In a market of hundreds, named by a
/// column of company names, "credit" and "loan" are in many names, and problems too; "equifax" is in one.
const MAX_NAMED: usize = 2;

/// Companies that only a column names, from which on an ordinary word in a name of theirs is no name.
const MANY: usize = 20;

/// Names of one word up to which all ways to divide them in two are looked at.
const MAX_TAG_BYTES: usize = 30;

/// Why no problems were found.
pub type InsightError = StoreError;

/// What is asked of problems.
#[derive(Debug, Clone)]
pub struct ProblemsAsked {
    /// Of which posts. Responses of brands are left out unless it names kinds.
    pub query: Query,
    /// Whose days the question means.
    pub time_zone: TimeZone,
    /// How many problems at most.
    pub limit: usize,
}

/// The posts of `query` among which problems are looked for: a brand's own answers are not what its customers suffer
/// from, unless the question names kinds.
#[must_use]
pub fn without_responses(query: Query) -> Query {
    if names_a_kind(&query) {
        return query;
    }
    query.and(Query::Not(Box::new(Query::Where(Condition::Kind(Kind::Response)))))
}

/// The question that finds the posts of `query` that have a problem: as many as it counts.
#[must_use]
pub fn problem_query(query: &Query, phrase: &Phrase) -> Query {
    let stems = match &phrase.second {
        Some(second) => format!("={} {second}", phrase.first),
        None => format!("={}", phrase.first),
    };
    without_responses(query.clone()).and(Query::Where(Condition::Term(stems)))
}

/// Finds the problems of the posts that answer a question.
pub fn problems(snapshot: &Snapshot, asked: &ProblemsAsked) -> Result<Problems, InsightError> {
    let query = without_responses(asked.query.clone());
    let has_responses = names_a_kind(&asked.query);
    let vocabulary = snapshot.vocabulary()?;
    let matching = snapshot.matching(&query, &asked.time_zone)?;
    let inside = snapshot.count_stems(&vocabulary, &matching)?;
    let compared = Compared::new(&vocabulary, &inside, has_responses);
    let at_least = MIN_POSTS.max(matching.len() / POSTS_FOR_ONE);
    let names = Names::new(snapshot, &query);
    // A pair is in no more posts than either of its stems, so the pairs of rarer stems need not be counted at all.
    let is_wanted: Vec<bool> = stems(&vocabulary)
        .map(|stem| compared.inside.of_all(stem) >= at_least && !names.stems.contains(vocabulary.text(stem)))
        .collect();
    let pairs = snapshot.count_pairs(&vocabulary, &matching, &is_wanted)?;
    let mut candidates = stem_candidates(&vocabulary, &compared, &names, &pairs, at_least);
    let likely = likely_pairs(&vocabulary, &compared, &names, pairs, at_least, asked.limit * PAIRS_FOR_ONE);
    candidates.extend(pair_candidates(snapshot, &vocabulary, &compared, likely)?);
    let chosen = choose(candidates, asked.limit * CHOSEN_FOR_ONE);
    let phrases: Vec<StemPair> = chosen.iter().map(|candidate| candidate.phrase).collect();
    let members = snapshot.members(&vocabulary, &matching, &phrases, READ)?;
    let mut is_shown = vec![false; chosen.len()];
    let mut problems = Vec::with_capacity(asked.limit);
    for at in of_other_posts(&chosen, &members) {
        if problems.len() == asked.limit {
            break;
        }
        let candidate = &chosen[at];
        let posts = snapshot.some_of(&members, at)?;
        let text = |stem: Stem| vocabulary.text(stem).to_owned();
        let phrase = Phrase { first: text(candidate.phrase.0), second: candidate.phrase.1.map(text) };
        let name = name_of(&phrase, &posts);
        // Two stems that people write alike are one problem to a reader; the stronger stands for both.
        if problems.iter().any(|known: &Problem| known.name == name) {
            continue;
        }
        is_shown[at] = true;
        problems.push(Problem {
            name,
            phrase,
            count: members.counts[at],
            share: share(members.counts[at], matching.len()),
            rest_share: candidate.rest_share,
            strength: candidate.strength,
            examples: posts.iter().take(SHOWN).map(|record| record.post.id.clone()).collect(),
        });
    }
    Ok(Problems {
        posts: matching.len(),
        rest: compared.rest_posts(),
        problems,
        unassigned: members.without(&is_shown),
    })
}

/// The commonest way in which some posts write a phrase; the phrase itself if none has it.
pub(super) fn name_of(phrase: &Phrase, posts: &[Record]) -> String {
    written(phrase, posts).unwrap_or_else(|| phrase.first.clone())
}

/// The commonest way in which some posts write a phrase.
pub(super) fn written<'a>(phrase: &Phrase, posts: impl IntoIterator<Item = &'a Record>) -> Option<String> {
    let mut analyzer = Analyzer::default();
    let ways = posts.into_iter().filter_map(|record| {
        let mut find = |part: &str| {
            let range =
                analyzer.find_phrase(part, record.language, &phrase.first, phrase.second.as_deref())?;
            Some(lower(&part[range]).split_whitespace().collect::<Vec<_>>().join(" "))
        };
        find(&record.post.text).or_else(|| find(record.post.title.as_deref().unwrap_or("")))
    });
    commonest(ways)
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn names_a_kind(query: &Query) -> bool {
    query.mentions(&|condition| matches!(condition, Condition::Kind(_) | Condition::Id(_)))
}

/// The posts of the question beside all others, language by language.
struct Compared<'a> {
    inside: &'a Totals,
    all: Vec<&'a Totals>,
}

impl<'a> Compared<'a> {
    fn new(vocabulary: &'a Vocabulary, inside: &'a Totals, has_responses: bool) -> Self {
        let mut all = vec![vocabulary.totals(false)];
        if has_responses {
            all.push(vocabulary.totals(true));
        }
        Self { inside, all }
    }

    /// Other posts in `language`.
    fn rest_in(&self, language: Language) -> u64 {
        let all: u64 = self.all.iter().map(|totals| totals.posts[language as usize]).sum();
        all.saturating_sub(self.inside.posts[language as usize])
    }

    fn rest_posts(&self) -> u64 {
        Language::ALL.into_iter().map(|language| self.rest_in(language)).sum()
    }

    /// Other posts in `language` that have `stem`.
    fn rest_of(&self, language: Language, stem: Stem) -> u64 {
        let all: u64 = self.all.iter().map(|totals| totals.of(language, stem)).sum();
        all.saturating_sub(self.inside.of(language, stem))
    }

    /// The share that other posts would have, were as many of them in each language as of the question's: `posts_in` has
    /// it in a language. The plain share would say "0.7 times the others" of what Dutch customers complain of four times
    /// as much, where a brand has few of them.
    fn rest_share(&self, posts_in: impl Fn(Language) -> u64) -> f64 {
        let all: u64 = self.inside.posts.iter().sum();
        Language::ALL
            .into_iter()
            .map(|language| {
                let rest = self.rest_in(language);
                share(self.inside.posts[language as usize], all) * share(posts_in(language).min(rest), rest)
            })
            .sum()
    }

    /// The language in which the question's posts have a stem most often.
    fn home(&self, stem: Stem) -> Language {
        Language::ALL
            .into_iter()
            .max_by_key(|language| self.inside.of(*language, stem))
            .unwrap_or(Language::Other)
    }

    /// How sure it is that posts of the question have a stem more often than others; below zero: less often.
    fn strength(&self, stem: Stem) -> f64 {
        Language::ALL
            .into_iter()
            .filter(|language| self.rest_in(*language) > 0)
            .map(|language| {
                let (inside, rest) = (self.inside.posts[language as usize], self.rest_in(language));
                signed_ratio(self.inside.of(language, stem), inside, self.rest_of(language, stem), rest)
            })
            .sum()
    }
}

/// Twice the log-likelihood ratio of `a` of `a_of` against `b` of `b_of`, below zero where the first share is smaller.
pub(super) fn signed_ratio(a: u64, a_of: u64, b: u64, b_of: u64) -> f64 {
    let (a, a_of, b, b_of) = (a as f64, a_of as f64, b as f64, b_of as f64);
    if a_of == 0.0 || b_of == 0.0 {
        return 0.0;
    }
    let both = (a + b) / (a_of + b_of);
    let cell = |seen: f64, expected: f64| if seen == 0.0 { 0.0 } else { seen * (seen / expected).ln() };
    let ratio = 2.0
        * (cell(a, a_of * both)
            + cell(a_of - a, a_of * (1.0 - both))
            + cell(b, b_of * both)
            + cell(b_of - b, b_of * (1.0 - both)));
    if a / a_of >= b / b_of { ratio.max(0.0) } else { -ratio.max(0.0) }
}

struct Candidate {
    phrase: StemPair,
    count: u64,
    /// Share of other posts that have it, were they in the same languages.
    rest_share: f64,
    strength: f64,
}

/// Words that name no problem here: those of the question, and of the brands.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) stems: FxHashSet<String>,
    pub(super) pairs: FxHashSet<(String, String)>,
    /// Of `stems` and `pairs`, those of companies that only a column names, where these are many: "payment" is in the names
    /// of some, and what people complain about.
    doubtful: (FxHashSet<String>, FxHashSet<(String, String)>),
}

impl Names {
    pub(super) fn new(snapshot: &Snapshot, query: &Query) -> Self {
        let (mut names, mut doubtful) = (Self::default(), Self::default());
        let mut ordinary: FxHashSet<String> = FxHashSet::default();
        let mut analyzer = Analyzer::default();
        let brands = &snapshot.market().brands;
        let is_market_of_many = brands.iter().filter(|brand| brand.role.is_none()).count() > MANY;
        for language in snapshot.languages() {
            let mut in_names: FxHashMap<String, usize> = FxHashMap::default();
            for brand in brands {
                let into = if brand.role.is_some() { &mut names } else { &mut doubtful };
                for other in &brand.also {
                    into.add(&mut analyzer, other, *language);
                }
                let stems = into.add(&mut analyzer, &brand.name, *language);
                if brand.role.is_some() {
                    names.stems.extend(stems);
                } else {
                    for stem in stems {
                        *in_names.entry(stem).or_default() += 1;
                    }
                }
            }
            let rare = in_names.into_iter().filter(|(_, count)| *count <= MAX_NAMED);
            doubtful.stems.extend(rare.map(|(stem, _)| stem));
            if is_market_of_many {
                let words = plain_words(*language);
                ordinary.extend(words.flat_map(|word| analyzer.positions(word, *language)).flatten());
            }
        }
        names.stems.extend(snapshot.wanted(query));
        if is_market_of_many {
            names.doubtful = (
                doubtful.stems.difference(&names.stems).cloned().collect(),
                doubtful.pairs.difference(&names.pairs).cloned().collect(),
            );
        }
        names.stems.extend(doubtful.stems);
        names.pairs.extend(doubtful.pairs);
        names.but(|stem| ordinary.contains(stem))
    }

    /// The same without what is in the name of a company that only a column names, and is an ordinary word.
    pub(super) fn but(mut self, is_ordinary: impl Fn(&str) -> bool) -> Self {
        let Self { stems, pairs, doubtful } = &mut self;
        stems.retain(|stem| !(doubtful.0.contains(stem) && is_ordinary(stem)));
        pairs.retain(|pair| {
            let is_doubtful = doubtful.1.contains(pair);
            !(is_doubtful && is_ordinary(&pair.0) && is_ordinary(&pair.1))
        });
        self
    }

    /// Keeps out a name of one word, and of a longer one its words side by side. Returns all its stems.
    fn add(&mut self, analyzer: &mut Analyzer, name: &str, language: Language) -> BTreeSet<String> {
        let places = analyzer.positions(name, language);
        if let [stems] = places.as_slice() {
            self.stems.extend(stems.iter().cloned());
            // As a tag it is divided where its writer put capitals: the #flyfi of a watchlist is often #FlyFi.
            for (at, _) in name.char_indices().skip(1).filter(|_| name.len() <= MAX_TAG_BYTES) {
                let mut first_of =
                    |part: &str| analyzer.positions(part, language).into_iter().flatten().next();
                if let (Some(first), Some(second)) = (first_of(&name[..at]), first_of(&name[at..])) {
                    self.pairs.insert((first, second));
                }
            }
        }
        for pair in places.windows(2) {
            if let [first, second] = pair
                && let (Some(first), Some(second)) = (first.first(), second.first())
            {
                self.pairs.insert((first.clone(), second.clone()));
            }
        }
        places.into_iter().flatten().collect()
    }

    /// Whether two of these stems are side by side in a name, in either order.
    pub(super) fn has_pair(&self, stems: &[String]) -> bool {
        stems.iter().any(|first| {
            stems
                .iter()
                .any(|second| first != second && self.pairs.contains(&(first.clone(), second.clone())))
        })
    }

    /// Stems that are mostly written as a part of a name: "jet" and "blue", where `#JetBlue` is what people write.
    fn halves(
        &self,
        vocabulary: &Vocabulary,
        compared: &Compared<'_>,
        pairs: &FxHashMap<(Stem, Stem), u32>,
    ) -> FxHashSet<Stem> {
        pairs
            .iter()
            .filter(|((first, second), _)| {
                self.pairs
                    .contains(&(vocabulary.text(*first).to_owned(), vocabulary.text(*second).to_owned()))
            })
            .flat_map(|((first, second), count)| [(*first, *count), (*second, *count)])
            .filter(|(stem, count)| u64::from(*count) * 2 >= compared.inside.of_all(*stem))
            .map(|(stem, _)| stem)
            .collect()
    }
}

fn stem_candidates(
    vocabulary: &Vocabulary,
    compared: &Compared<'_>,
    names: &Names,
    pairs: &FxHashMap<(Stem, Stem), u32>,
    at_least: u64,
) -> Vec<Candidate> {
    let is_compared = compared.rest_posts() > 0;
    let halves = names.halves(vocabulary, compared, pairs);
    stems(vocabulary)
        .filter_map(|stem| {
            let count = compared.inside.of_all(stem);
            if count < at_least || names.stems.contains(vocabulary.text(stem)) || halves.contains(&stem) {
                return None;
            }
            let strength = if is_compared { compared.strength(stem) } else { count as f64 };
            (!is_compared || strength >= SURE).then_some(Candidate {
                phrase: (stem, None),
                count,
                rest_share: compared.rest_share(|language| compared.rest_of(language, stem)),
                strength,
            })
        })
        .collect()
}

fn stems(vocabulary: &Vocabulary) -> impl Iterator<Item = Stem> {
    0..Stem::try_from(vocabulary.len()).unwrap_or(Stem::MAX)
}

/// A pair of stems, the posts of the question that have it, and about how strong it is.
type LikelyPair = ((Stem, Stem), u64, f64);

/// The pairs that are worth counting in the rest, at most `most`.
fn likely_pairs(
    vocabulary: &Vocabulary,
    compared: &Compared<'_>,
    names: &Names,
    pairs: FxHashMap<(Stem, Stem), u32>,
    at_least: u64,
    most: usize,
) -> Vec<LikelyPair> {
    let is_compared = compared.rest_posts() > 0;
    let mut likely: Vec<LikelyPair> = pairs
        .into_iter()
        .map(|(pair, count)| (pair, u64::from(count)))
        .filter(|((first, second), count)| {
            *count >= at_least
                && first != second
                && !names
                    .pairs
                    .contains(&(vocabulary.text(*first).to_owned(), vocabulary.text(*second).to_owned()))
        })
        .map(|(pair, count)| (pair, count, likely_strength(compared, pair, count, is_compared)))
        .filter(|(_, _, strength)| *strength >= if is_compared { SURE } else { 0.0 })
        .collect();
    // By strength and then by the pair, so that equal ones come in the same order each time.
    likely.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    likely.truncate(most);
    likely
}

fn pair_candidates(
    snapshot: &Snapshot,
    vocabulary: &Vocabulary,
    compared: &Compared<'_>,
    likely: Vec<LikelyPair>,
) -> Result<Vec<Candidate>, StoreError> {
    if compared.rest_posts() == 0 {
        let candidate = |((first, second), count, strength): ((Stem, Stem), u64, f64)| Candidate {
            phrase: (first, Some(second)),
            count,
            rest_share: 0.0,
            strength,
        };
        return Ok(likely.into_iter().map(candidate).collect());
    }
    let pairs: Vec<(Stem, Stem)> = likely.iter().map(|(pair, _, _)| *pair).collect();
    let everywhere = snapshot.count_pairs_everywhere(vocabulary, &pairs)?;
    Ok(likely
        .into_iter()
        .zip(everywhere)
        .filter_map(|(((first, second), count, _), [posts, responses])| {
            let all = if compared.all.len() > 1 { posts + responses } else { posts };
            let rest = all.saturating_sub(count);
            let home = compared.home(first);
            let strength = signed_ratio(
                count,
                compared.inside.posts[home as usize].max(count),
                rest,
                compared.rest_in(home).max(rest),
            );
            let rest_share = compared.rest_share(|language| if language == home { rest } else { 0 });
            (strength >= SURE).then_some(Candidate {
                phrase: (first, Some(second)),
                count,
                rest_share,
                strength,
            })
        })
        .collect())
}

/// About how strong a pair is before it is counted in the rest: as if its stems kept each other's company there as they
/// do here.
fn likely_strength(
    compared: &Compared<'_>,
    (first, second): (Stem, Stem),
    count: u64,
    is_compared: bool,
) -> f64 {
    let home = compared.home(first);
    let posts = compared.inside.posts[home as usize].max(count);
    let (a, b) = (compared.inside.of(home, first).max(count), compared.inside.of(home, second).max(count));
    let company = count as f64 * posts as f64 / (a as f64 * b as f64);
    if !is_compared {
        // Nothing to compare with: two words that keep company say more than each alone, one that does not says nothing.
        return if company > 2.0 { count as f64 * 1.5 } else { -1.0 };
    }
    let rest = compared.rest_in(home);
    let (rest_a, rest_b) = (compared.rest_of(home, first), compared.rest_of(home, second));
    let expected = company * rest_a as f64 * rest_b as f64 / (rest.max(1)) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, at most `rest`")]
    let expected = expected.min(rest_a.min(rest_b) as f64) as u64;
    signed_ratio(count, posts, expected, rest)
}

/// Takes the strongest, and leaves out what says the same again: a stem whose posts are mostly those of a pair that has
/// it, a pair that adds nothing to its stem, the same two stems the other way round.
fn choose(mut candidates: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.phrase.cmp(&b.phrase)));
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if chosen.len() == limit {
            break;
        }
        let says_again = chosen.iter_mut().find(|other| {
            let shared = stems_of(candidate.phrase)
                .filter(|stem| stems_of(other.phrase).any(|known| known == *stem))
                .count();
            let (fewer, more) = (candidate.count.min(other.count), candidate.count.max(other.count));
            shared == 2 || (shared == 1 && fewer * 2 > more)
        });
        match says_again {
            // Of a stem and a pair that mean the same posts, the pair tells a reader more.
            Some(other) if other.phrase.1.is_none() && candidate.phrase.1.is_some() => {
                other.phrase = candidate.phrase;
                other.count = candidate.count;
                other.rest_share = candidate.rest_share;
                other.strength = candidate.strength;
            }
            Some(_) => {}
            None => chosen.push(candidate),
        }
    }
    chosen.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.phrase.cmp(&b.phrase)));
    chosen
}

/// Which of the chosen are of other posts than all stronger ones: words of one text that many repeat are one problem,
/// not five. Of a stem and a pair that are of the same posts the pair tells more, so it takes the stem's place.
fn of_other_posts(chosen: &[Candidate], members: &Members) -> Vec<usize> {
    let shared = members.shared();
    let mut kept: Vec<usize> = Vec::new();
    for (at, candidate) in chosen.iter().enumerate() {
        let is_same = |other: usize| {
            let both = shared.posts(at, other);
            both * 10 >= SAME_OF_TEN * (members.counts[at] + members.counts[other] - both)
        };
        match kept.iter_mut().find(|other| is_same(**other)) {
            Some(other) if chosen[*other].phrase.1.is_none() && candidate.phrase.1.is_some() => *other = at,
            Some(_) => {}
            None => kept.push(at),
        }
    }
    kept
}

fn stems_of((first, second): StemPair) -> impl Iterator<Item = Stem> {
    [Some(first), second].into_iter().flatten()
}

/// The way that occurs most; of equally common ones the shortest, then the first by letters.
fn commonest(ways: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for way in ways {
        *counts.entry(way).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|(a, a_count), (b, b_count)| {
            a_count.cmp(b_count).then_with(|| b.len().cmp(&a.len())).then_with(|| b.cmp(a))
        })
        .map(|(way, _)| way)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ratio_is_that_of_the_paper() {
        // Two cells of ten in a hundred against ten in a thousand, worked out by hand from 2·Σ O·ln(O/E).
        let ratio = signed_ratio(10, 100, 10, 1000);
        let by_hand = 2.0
            * (10.0 * (10.0_f64 / (20.0 / 11.0)).ln()
                + 90.0 * (90.0_f64 / (1080.0 / 11.0)).ln()
                + 10.0 * (10.0_f64 / (200.0 / 11.0)).ln()
                + 990.0 * (990.0_f64 / (10800.0 / 11.0)).ln());
        assert!((ratio - by_hand).abs() < 1e-9, "{ratio} {by_hand}");
        assert!(signed_ratio(10, 1000, 10, 100) < 0.0);
    }

    #[test]
    fn the_commonest_way_is_the_name() {
        let ways = ["lost my bag", "lost bag", "lost bag", "bag lost"];
        assert_eq!(commonest(ways.into_iter().map(str::to_owned)).as_deref(), Some("lost bag"));
    }

    proptest! {
        #[test]
        fn equal_shares_differ_by_nothing(a in 0_u64..1000, times in 1_u64..50) {
            prop_assert!(signed_ratio(a, 1000, a * times, 1000 * times).abs() < 1e-6);
        }
    }
}
