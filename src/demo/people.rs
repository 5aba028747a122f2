//! Who writes in the demo? Invented people with a handle, a home and followers.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Language;

use super::phrase::Phrase;
use super::random::Random;
use super::scenario::Story;

/// Someone who writes.
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) name: Option<String>,
    pub(super) home: String,
    pub(super) followers: u64,
}

/// All who write, by the language they write in.
pub(super) struct People(BTreeMap<Language, Vec<Person>>);

impl People {
    pub(super) fn new(story: &Story, random: &mut Random) -> Self {
        let mut taken: BTreeSet<String> =
            story.brands.iter().map(|brand| brand.handle.to_lowercase()).collect();
        let mut people = BTreeMap::new();
        let total: f64 = story.author_languages.values().sum();
        for (language, share) in &story.author_languages {
            let wanted = share / total * f64::from(story.authors);
            let mut list = Vec::new();
            // Never empty, so that whoever is asked for exists.
            while list.is_empty() || (list.len() as f64) < wanted {
                list.push(Person::new(story, *language, &mut taken, random));
            }
            people.insert(*language, list);
        }
        Self(people)
    }

    /// Someone who writes `language`; some of them write far more than others.
    pub(super) fn pick(&self, language: Language, random: &mut Random) -> Option<&Person> {
        let list = self.0.get(&language).or_else(|| self.0.values().next())?;
        let first = random.unit();
        let half = random.chance(0.5);
        // Half the time anyone, half the time by the square of a draw: the low places come up again and again.
        let at = if half { first } else { first * first };
        let span = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list.get(floor(at * f64::from(span)))
    }
}

impl Person {
    fn new(story: &Story, language: Language, taken: &mut BTreeSet<String>, random: &mut Random) -> Self {
        let draw = |list: Option<&Vec<String>>, random: &mut Random| {
            list.and_then(|list| random.pick(list)).cloned().unwrap_or_default()
        };
        let first = draw(story.people.first.get(&language), random);
        let joint = draw(Some(&story.people.joints), random);
        let last = draw(story.people.last.get(&language), random);
        let base = if random.chance(0.75) {
            format!("{first}{joint}{last}")
        } else {
            format!("{last}{joint}{first}")
        };
        let base = base.to_lowercase();
        let mut handle = base.clone();
        while !taken.insert(handle.clone()) {
            handle = format!("{base}{}", random.below(9_999));
        }
        let name = match random.below(4) {
            0 => None,
            1 => Some(first),
            _ => Some(format!("{first} {}.", char::from(b'A' + u8::try_from(random.below(26)).unwrap_or(0)))),
        };
        let places = story.words.get(&language).and_then(|words| words.get("place"));
        let home = places.and_then(|places| random.pick(places)).map_or_else(String::new, Phrase::plain);
        // A tail as of Pareto with exponent 1: half have under 90 followers, one in a thousand has 45,000.
        let followers = 45.0 / (1.0 - random.unit()).max(0.000_1);
        Self { handle, name, home, followers: floor(followers) as u64 }
    }
}

/// The whole part of a number that is not negative; no more than 4 billion.
pub(super) fn floor(number: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is clamped to the type's range"
    )]
    let whole = number.clamp(0.0, f64::from(u32::MAX)) as u32;
    usize::try_from(whole).unwrap_or(usize::MAX)
}
