//! How many people wrote each word, now and in each of the times before? One pass over the term column, without reading a
//! post.
//!
//! A voice is an author in one of the times, and of posts that say the same the author of the first: so posts are put in
//! the order of their authors, and a term counts once for each run of one author.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::insight::InsightError;
use crate::insight::statistics::at_least;
use crate::model::{Interval, Language, Query, Times};
use crate::store::{Buckets, Place, Snapshot, Stem, StemPair, Vocabulary};

/// Voices in the last days without which a term is not looked at: fewer are chance, whatever a test says.
pub(super) const LEAST: u32 = 5;

/// Parts words that are not beside each other.
const APART: Stem = Stem::MAX;

/// The posts of all times, read.
#[derive(Debug)]
pub(super) struct Counted {
    /// Posts of the last days.
    pub(super) posts: u64,
    /// Posts of the times before.
    pub(super) before: u64,
    /// By language, author and time.
    pub(super) read: Vec<Read>,
    stems: Vec<Stem>,
    /// How many times are compared: the last of them are the last days.
    pub(super) times: usize,
    pub(super) brands: Vec<String>,
    brand_numbers: Vec<u32>,
}

/// What is known of one post.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) language: Language,
    /// Which of the times, the oldest first.
    pub(super) time: usize,
    /// Posts of one author in one time have the same.
    voice: u32,
    /// It says what an earlier post of the same time says.
    pub(super) is_copy: bool,
    pub(super) second: i64,
    pub(super) case: u64,
    /// An order that does not change with the order of import.
    pub(super) tie: u64,
    pub(super) place: Place,
    author: Option<u64>,
    stems: (u32, u32),
    brands: (u32, u32),
}

/// How many voices one term had in each of the times, of how many in the same language.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) pair: StemPair,
    pub(super) voices: Vec<u64>,
    of: Vec<u64>,
}

impl Term {
    pub(super) fn now(&self) -> u64 {
        self.voices.last().copied().unwrap_or(0)
    }

    /// How likely it is that of all who wrote it so many are of the last days.
    pub(super) fn chance(&self) -> f64 {
        let all: u64 = self.of.iter().sum();
        let now = self.of.last().copied().unwrap_or(0);
        at_least(self.now(), self.voices.iter().sum(), now as f64 / all.max(1) as f64)
    }

    /// How sure it is that it rose: minus the logarithm of [`chance`](Self::chance), also where that is too small a number.
    pub(super) fn surprise(&self) -> f64 {
        let chance = self.chance();
        if chance > 1e-250 {
            return -chance.ln();
        }
        // The bound of Chernoff: ln(1/p) is at least n·KL(share, expected).
        let (all, now) = (self.of.iter().sum::<u64>(), self.of.last().copied().unwrap_or(0));
        let n = self.voices.iter().sum::<u64>() as f64;
        let (share, expected) = (self.now() as f64 / n, now as f64 / all.max(1) as f64);
        let part =
            |share: f64, expected: f64| if share > 0.0 { share * (share / expected).ln() } else { 0.0 };
        n * (part(share, expected) + part(1.0 - share, 1.0 - expected))
    }

    /// How many times the share that it had before; `None` if it had none.
    pub(super) fn times(&self) -> Option<f64> {
        let (now, before) = (self.now(), self.voices.iter().rev().skip(1).sum::<u64>());
        let all: u64 = self.of.iter().rev().skip(1).sum();
        let share = |count: u64, of: u64| count as f64 / of.max(1) as f64;
        (before > 0).then(|| share(now, self.of.last().copied().unwrap_or(0)) / share(before, all))
    }

    /// Whether its share is larger than in any time before, and `least` times that of all together.
    pub(super) fn is_above_all(&self, least: f64) -> bool {
        let mut shares =
            self.voices.iter().zip(&self.of).rev().map(|(count, of)| *count as f64 / (*of).max(1) as f64);
        let now = shares.next().unwrap_or(0.0);
        self.times().is_none_or(|times| times >= least) && shares.all(|before| before < now)
    }
}

impl Counted {
    pub(super) fn new(
        snapshot: &Snapshot,
        vocabulary: &Vocabulary,
        (now, before): (&Query, &Query),
        times: &Times,
        time_zone: &TimeZone,
    ) -> Result<Self, InsightError> {
        let mut counted = Self {
            posts: 0,
            before: 0,
            read: Vec::new(),
            stems: Vec::new(),
            times: times.before.len() + 1,
            brands: Vec::new(),
            brand_numbers: Vec::new(),
        };
        let oldest = times.before.last().map_or(times.last.from, |days| days.from);
        let noon = |day: jiff::civil::Date| {
            time_zone.to_ambiguous_timestamp(day.at(12, 0, 0, 0)).compatible().map_or(0, Timestamp::as_second)
        };
        let days = Buckets::new(noon(oldest), noon(times.last.to), Interval::Day, time_zone);
        // Which of the times each day belongs to.
        let time_of: Vec<usize> = days
            .starts
            .iter()
            .map(|day| {
                let back = times.before.iter().position(|days| days.from <= *day && *day <= days.to);
                back.map_or(times.before.len(), |back| times.before.len() - 1 - back)
            })
            .collect();
        let time = |second: i64| days.of(second).map_or(times.before.len(), |day| time_of[day]);
        counted.before = counted.add(snapshot, vocabulary, before, time_zone, time)?;
        counted.posts = counted.add(snapshot, vocabulary, now, time_zone, |_| times.before.len())?;
        counted.order();
        Ok(counted)
    }

    /// Reads the posts that answer a question; returns how many.
    fn add(
        &mut self,
        snapshot: &Snapshot,
        vocabulary: &Vocabulary,
        query: &Query,
        time_zone: &TimeZone,
        time: impl Fn(i64) -> usize,
    ) -> Result<u64, InsightError> {
        let matching = snapshot.matching(query, time_zone)?;
        let first = self.read.len();
        let (read, numbers) = (&mut self.read, &mut self.brand_numbers);
        self.brands = snapshot.read_marks(&matching, |mark| {
            let second = mark.second.unwrap_or(0);
            let start = numbers.len();
            numbers.extend_from_slice(mark.brands);
            read.push(Read {
                language: Language::Other,
                time: time(second),
                voice: 0,
                is_copy: false,
                second,
                case: mark.case,
                tie: 0,
                place: mark.place,
                author: mark.author,
                stems: (0, 0),
                brands: (short(start), short(numbers.len())),
            });
        })?;
        let mut at = first;
        let (read, stems) = (&mut self.read, &mut self.stems);
        snapshot.read_terms(vocabulary, &matching, |post| {
            let start = stems.len();
            stems.extend(post.stems.iter().map(|stem| stem.unwrap_or(APART)));
            // Of a part of the index without any terms, nothing is handed out.
            while read[at].place != post.place {
                at += 1;
            }
            let read = &mut read[at];
            (read.language, read.tie) = (post.language, post.tie);
            read.stems = (short(start), short(stems.len()));
        })?;
        Ok(matching.len())
    }

    /// Puts posts in the order of their authors, and tells which repeat others.
    fn order(&mut self) {
        let mut firsts: FxHashMap<(usize, u64), (i64, u64)> = FxHashMap::default();
        for read in &self.read {
            let here = (read.second, read.tie);
            let first = firsts.entry((read.time, read.case)).or_insert(here);
            *first = here.min(*first);
        }
        for read in &mut self.read {
            read.is_copy = firsts[&(read.time, read.case)] != (read.second, read.tie);
        }
        self.read.sort_unstable_by_key(|read| {
            (read.language as usize, read.author.is_none(), read.author, read.time, read.second, read.tie)
        });
        let mut voice = 0;
        for at in 1..self.read.len() {
            let (before, here) = (&self.read[at - 1], &self.read[at]);
            let is_same = here.author.is_some()
                && (here.language as usize, here.author, here.time)
                    == (before.language as usize, before.author, before.time);
            voice += u32::from(!is_same);
            self.read[at].voice = voice;
        }
    }

    fn stems_of(&self, read: &Read) -> &[Stem] {
        &self.stems[read.stems.0 as usize..read.stems.1 as usize]
    }

    /// Numbers of the brands that a post is about.
    pub(super) fn brands_of(&self, read: &Read) -> &[u32] {
        &self.brand_numbers[read.brands.0 as usize..read.brands.1 as usize]
    }

    fn in_language(&self, language: Language) -> &[Read] {
        let start = self.read.partition_point(|read| (read.language as usize) < language as usize);
        let end = self.read.partition_point(|read| read.language as usize <= language as usize);
        &self.read[start..end]
    }

    /// The terms of a language that enough people wrote in the last days.
    pub(super) fn terms(&self, language: Language, vocabulary: &Vocabulary) -> Vec<Term> {
        let posts = self.in_language(language);
        if posts.is_empty() {
            return Vec::new();
        }
        let last = self.times - 1;
        let mut of = vec![0; self.times];
        let mut by_stem = vec![0_u32; vocabulary.len() * self.times];
        let mut heard = vec![u32::MAX; vocabulary.len()];
        let mut heard_voice = u32::MAX;
        for read in posts.iter().filter(|read| !read.is_copy) {
            of[read.time] += u64::from(heard_voice != read.voice);
            heard_voice = read.voice;
            for stem in self.stems_of(read).iter().filter(|stem| **stem != APART) {
                let stem = *stem as usize;
                if heard[stem] != read.voice {
                    heard[stem] = read.voice;
                    by_stem[stem * self.times + read.time] += 1;
                }
            }
        }
        let is_often = |stem: Stem| stem != APART && by_stem[stem as usize * self.times + last] >= LEAST;
        let mut pairs: FxHashMap<(Stem, Stem), (u32, u32)> = FxHashMap::default();
        for read in posts.iter().filter(|read| !read.is_copy && read.time == last) {
            for two in self.stems_of(read).windows(2).filter(|two| is_often(two[0]) && is_often(two[1])) {
                let (count, heard) = pairs.entry((two[0], two[1])).or_insert((0, u32::MAX));
                *count += u32::from(*heard != read.voice);
                *heard = read.voice;
            }
        }
        pairs.retain(|(first, second), (count, _)| *count >= LEAST && first != second);
        let mut by_pair: FxHashMap<(Stem, Stem), (Vec<u64>, u32)> =
            pairs.into_keys().map(|pair| (pair, (vec![0; self.times], u32::MAX))).collect();
        for read in posts.iter().filter(|read| !read.is_copy) {
            for two in self.stems_of(read).windows(2).filter(|two| is_often(two[0]) && is_often(two[1])) {
                if let Some((voices, heard)) = by_pair.get_mut(&(two[0], two[1]))
                    && *heard != read.voice
                {
                    *heard = read.voice;
                    voices[read.time] += 1;
                }
            }
        }
        let stems = (0..Stem::try_from(vocabulary.len()).unwrap_or(APART)).filter(|stem| is_often(*stem));
        let stems = stems.map(|stem| {
            let at = stem as usize * self.times;
            ((stem, None), by_stem[at..at + self.times].iter().map(|count| u64::from(*count)).collect())
        });
        let pairs = by_pair.into_iter().map(|((first, second), (voices, _))| ((first, Some(second)), voices));
        let mut terms: Vec<Term> =
            stems.chain(pairs).map(|(pair, voices)| Term { pair, voices, of: of.clone() }).collect();
        terms.sort_unstable_by_key(|term| term.pair);
        terms
    }

    /// For each of some terms of a language, the places in [`read`](Self::read) of all posts that have it.
    pub(super) fn having(&self, terms: &[(Language, StemPair)]) -> Vec<Vec<u32>> {
        let mut having = vec![Vec::new(); terms.len()];
        let mut by_stem: FxHashMap<(Language, Stem), Vec<usize>> = FxHashMap::default();
        for (at, (language, (first, _))) in terms.iter().enumerate() {
            by_stem.entry((*language, *first)).or_default().push(at);
        }
        let languages: BTreeSet<Language> = terms.iter().map(|(language, _)| *language).collect();
        for (number, read) in
            self.read.iter().enumerate().filter(|(_, read)| languages.contains(&read.language))
        {
            let stems = self.stems_of(read);
            for (place, stem) in stems.iter().enumerate() {
                for at in by_stem.get(&(read.language, *stem)).into_iter().flatten() {
                    let second = terms[*at].1.1;
                    let has = second.is_none_or(|second| stems.get(place + 1) == Some(&second));
                    let posts: &mut Vec<u32> = &mut having[*at];
                    if has && posts.last() != Some(&short(number)) {
                        posts.push(short(number));
                    }
                }
            }
        }
        having
    }

    /// Of some posts, those of the last days.
    pub(super) fn of_now(&self, posts: &[u32]) -> Vec<u32> {
        posts.iter().copied().filter(|at| self.read[*at as usize].time + 1 == self.times).collect()
    }

    /// Posts of the last days in a language.
    pub(super) fn posts_of_now(&self, language: Language) -> usize {
        self.in_language(language).iter().filter(|read| read.time + 1 == self.times).count()
    }

    /// Some of the posts of the last days, always the same ones, of each text one.
    pub(super) fn some(&self, posts: &[u32], most: usize) -> Vec<u32> {
        self.fitting(posts, &[], most)
    }

    /// Those of some posts of the last days that are in most of `lists`, of each text one.
    pub(super) fn fitting(&self, posts: &[u32], lists: &[&[u32]], most: usize) -> Vec<u32> {
        let fit = |at: &u32| lists.iter().filter(|list| list.binary_search(at).is_ok()).count();
        let now = self.of_now(posts).into_iter().filter(|at| !self.read[*at as usize].is_copy);
        let mut fitting: Vec<(std::cmp::Reverse<usize>, u64, u32)> =
            now.map(|at| (std::cmp::Reverse(fit(&at)), self.read[at as usize].tie, at)).collect();
        fitting.sort_unstable();
        fitting.into_iter().take(most).map(|(_, _, at)| at).collect()
    }

    /// What some posts are as one term; `posts` rise.
    pub(super) fn together(&self, term: &Term, posts: &[u32]) -> Term {
        let mut voices = vec![0; self.times];
        let mut heard = u32::MAX;
        for read in posts.iter().map(|at| &self.read[*at as usize]).filter(|read| !read.is_copy) {
            voices[read.time] += u64::from(heard != read.voice);
            heard = read.voice;
        }
        Term { voices, ..term.clone() }
    }
}

fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
