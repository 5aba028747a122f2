//! What does a scenario hold, and does it hold together? The shape of the files in `index/demo/`, checked as a whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

use crate::model::{BrandId, Language};

use super::phrase::{MAX_DEPTH, Phrase};

/// The demo's own scenario, as TOML: the story, then the phrases of each language.
pub const SCENARIO: &str = concat!(
    include_str!("../../index/demo/scenario.toml"),
    "\n",
    include_str!("../../index/demo/nl.toml"),
    "\n",
    include_str!("../../index/demo/en.toml"),
    "\n",
    include_str!("../../index/demo/de.toml"),
    "\n",
    include_str!("../../index/demo/fr.toml"),
);

/// A made-up market and its story, known to hold together: every name that it uses is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Story")]
pub struct Scenario(Story);

impl Scenario {
    /// The same scenario with other lots drawn.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Its last day, in its own time zone.
    #[must_use]
    pub fn last_day(&self) -> Date {
        let span = jiff::Span::new().days(i64::from(self.0.days.saturating_sub(1)));
        self.0.first_day.checked_add(span).unwrap_or(Date::MAX)
    }

    pub(super) fn story(&self) -> &Story {
        &self.0
    }
}

/// A scenario that does not hold together: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scenario does not hold together: {}", .0.join("; "))]
pub struct InvalidScenario(Vec<String>);

/// Languages with a share each, of any sum.
pub(super) type Shares = BTreeMap<Language, f64>;

/// The files as they are written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// Decides all lots.
    pub(super) seed: u64,
    #[serde(deserialize_with = "date")]
    pub(super) first_day: Date,
    pub(super) days: u32,
    #[serde(deserialize_with = "time_zone")]
    pub(super) time_zone: TimeZone,
    /// What people write without any event, over all days.
    pub(super) base_posts: u32,
    pub(super) authors: u32,
    pub(super) author_languages: Shares,
    /// How much is written on each weekday, from Monday.
    pub(super) weekdays: [f64; 7],
    /// How much is written in each hour, from midnight.
    pub(super) hours: [f64; 24],
    pub(super) media: BTreeMap<Medium, f64>,
    pub(super) chances: Chances,
    pub(super) copies: Copies,
    pub(super) undated: Undated,
    /// For each medium and tone, orders of parts divided by blanks.
    pub(super) shapes: BTreeMap<Medium, BTreeMap<Tone, Vec<String>>>,
    pub(super) brands: Vec<Brand>,
    pub(super) events: Vec<Event>,
    pub(super) topics: BTreeMap<String, Topic>,
    pub(super) people: People,
    pub(super) emoji: BTreeMap<Tone, Vec<String>>,
    /// Words whose last vowel people draw out.
    pub(super) stretch: BTreeMap<Language, Vec<String>>,
    pub(super) words: BTreeMap<Language, BTreeMap<String, Vec<Phrase>>>,
    pub(super) phrases: BTreeMap<Language, BTreeMap<String, Phrases>>,
}

/// Where people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Medium {
    Social,
    Reviews,
    Forum,
}

impl Medium {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Social => "social",
            Self::Reviews => "reviews",
            Self::Forum => "forum",
        }
    }
}

/// In what mood people write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Tone {
    Complaint,
    Sarcasm,
    Praise,
    Question,
    Switch,
    Plain,
}

impl Tone {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Sarcasm => "sarcasm",
            Self::Praise => "praise",
            Self::Question => "question",
            Self::Switch => "switch",
            Self::Plain => "plain",
        }
    }
}

/// How often things happen, 0..=1; what each means stands in `scenario.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chances {
    pub(super) handle: f64,
    pub(super) tag: f64,
    pub(super) emoji: f64,
    pub(super) lower_case: f64,
    pub(super) upper_case: f64,
    pub(super) stretch: f64,
    pub(super) typo: f64,
    pub(super) no_full_stop: f64,
    pub(super) sarcasm: f64,
    pub(super) tagged_language: f64,
    pub(super) shown_place: f64,
    pub(super) follow_up: f64,
}

/// Posts that others repeat word for word.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copies {
    /// How many posts are repeated.
    pub(super) of: u32,
    /// How often each, from and to.
    pub(super) each: [u32; 2],
}

/// Reviews without a date.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undated {
    pub(super) posts: u32,
}

/// A carrier and how its desk answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    pub(super) id: BrandId,
    pub(super) name: String,
    pub(super) handle: String,
    pub(super) followers: u64,
    /// Hashtag without `#`.
    pub(super) tag: Option<String>,
    pub(super) languages: Shares,
    /// Its share of what is written.
    pub(super) weight: f64,
    /// Share of the complaints that it answers.
    pub(super) answered: f64,
    /// Median time to an answer, counted in opening hours.
    pub(super) median_minutes: u32,
    /// First hour open and first hour closed again.
    pub(super) open: [u32; 2],
    /// Open days of the week, from Monday.
    pub(super) open_days: u32,
    /// Who signs.
    pub(super) signed: Vec<String>,
}

/// Something that makes people write more than on other days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) topics: BTreeMap<String, f64>,
    /// None: the posts are about no brand.
    #[serde(default)]
    pub(super) brands: BTreeMap<BrandId, f64>,
    /// Without it, the brand's own.
    pub(super) languages: Option<Shares>,
    /// First and last day, counted from 1.
    pub(super) days: [u32; 2],
    /// Posts a day, evenly spaced between the first day and the last.
    pub(super) posts: Vec<f64>,
    pub(super) from_hour: Option<u32>,
    pub(super) lasts_hours: Option<u32>,
}

/// What people write about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub(super) tone: Tone,
    /// The truth about a complaint, for an evaluation.
    pub(super) problem: Option<String>,
    /// Details about the parcel fit in.
    pub(super) about_parcel: bool,
    /// Written on the social medium alone.
    #[serde(default)]
    pub(super) only_social: bool,
    /// Its share at each brand when nothing special happens.
    #[serde(default)]
    pub(super) weight: BTreeMap<BrandId, f64>,
}

/// What one language says about one topic.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Phrases {
    pub(super) title: Vec<Phrase>,
    pub(super) say: Vec<Phrase>,
    pub(super) sarcasm: Vec<Phrase>,
    pub(super) more: Vec<Phrase>,
    pub(super) tags: Vec<String>,
    pub(super) answer: Vec<Phrase>,
}

/// What names are made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    pub(super) first: BTreeMap<Language, Vec<String>>,
    pub(super) joints: Vec<String>,
    pub(super) last: BTreeMap<Language, Vec<String>>,
}

fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn time_zone<'de, D: Deserializer<'de>>(from: D) -> Result<TimeZone, D::Error> {
    TimeZone::get(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}

impl TryFrom<Story> for Scenario {
    type Error = InvalidScenario;
    fn try_from(story: Story) -> Result<Self, InvalidScenario> {
        let mut faults = Vec::new();
        story.check_numbers(&mut faults);
        story.check_brands(&mut faults);
        story.check_events(&mut faults);
        story.check_topics(&mut faults);
        story.check_shapes(&mut faults);
        story.check_words(&mut faults);
        if faults.is_empty() { Ok(Self(story)) } else { Err(InvalidScenario(faults)) }
    }
}

/// Most posts that a scenario may ask for: it is made in memory.
const MAX_POSTS: f64 = 200_000.0;

impl Story {
    pub(super) fn brand(&self, id: &BrandId) -> Option<&Brand> {
        self.brands.iter().find(|brand| brand.id == *id)
    }

    /// What `language` says about `topic`.
    pub(super) fn phrases(&self, language: Language, topic: &str) -> Option<&Phrases> {
        self.phrases.get(&language)?.get(topic)
    }

    fn check_numbers(&self, faults: &mut Vec<String>) {
        let mut need = |holds: bool, rule: &str| {
            if !holds {
                faults.push(rule.to_owned());
            }
        };
        need((1..=3660).contains(&self.days), "days is 1 to 3660");
        let last = self.first_day.checked_add(jiff::Span::new().days(3661));
        need(last.is_ok() && self.first_day.year() > 0, "first_day is a day of our calendar");
        need((1..=100_000).contains(&self.authors), "authors is 1 to 100000");
        need(f64::from(self.base_posts) <= MAX_POSTS, "base_posts is at most 200000");
        need(self.copies.of <= 1000 && self.copies.each[1] <= 1000, "copies are at most 1000");
        need(self.copies.each[0] <= self.copies.each[1], "copies.each is from and to");
        need(is_weights(self.weekdays.iter()), "weekdays are not negative and not all zero");
        need(is_weights(self.hours.iter()), "hours are not negative and not all zero");
        need(is_weights(self.media.values()), "media are not negative and not all zero");
        need(
            is_weights(self.author_languages.values()),
            "author_languages are not negative and not all zero",
        );
        for part in [&self.people.first, &self.people.last] {
            let is_named = |language| part.get(language).is_some_and(|names| !names.is_empty());
            need(self.author_languages.keys().all(is_named), "people has names in each of author_languages");
        }
        let is_placed = |language| self.words.get(language).is_some_and(|words| words.contains_key("place"));
        need(self.author_languages.keys().all(is_placed), "each of author_languages has words.place");
    }

    fn check_brands(&self, faults: &mut Vec<String>) {
        if !is_weights(self.brands.iter().map(|brand| &brand.weight)) {
            faults.push("brands have weights that are not negative and not all zero".to_owned());
        }
        for brand in &self.brands {
            let is_open =
                brand.open[0] < brand.open[1] && brand.open[1] <= 24 && (1..=7).contains(&brand.open_days);
            if !is_open {
                faults.push(format!("brand {} is open at some hour of some day", brand.id));
            }
            if brand.name.trim().is_empty() || brand.handle.trim().is_empty() || brand.signed.is_empty() {
                faults.push(format!("brand {} has a name, a handle and someone who signs", brand.id));
            }
            let topics = self.topics.values().filter_map(|topic| topic.weight.get(&brand.id));
            if !is_weights(topics) {
                faults.push(format!("brand {} has a topic with weight", brand.id));
            }
        }
        let ids: BTreeSet<_> = self.brands.iter().map(|brand| &brand.id).collect();
        if ids.len() != self.brands.len() {
            faults.push("no two brands share an id".to_owned());
        }
    }

    fn check_events(&self, faults: &mut Vec<String>) {
        let mut total = 0.0;
        for event in &self.events {
            let mut need = |holds: bool, rule: &str| {
                if !holds {
                    faults.push(format!("event {}: {rule}", event.name));
                }
            };
            let [first, last] = event.days;
            need(
                1 <= first && first <= last && last <= self.days,
                "days are first and last, within the story",
            );
            need(!event.posts.is_empty(), "posts has a number");
            need(
                event.posts.iter().all(|posts| (0.0..=10_000.0).contains(posts)),
                "posts are 0 to 10000 a day",
            );
            need(is_weights(event.topics.values()), "topics have weights");
            need(
                event.topics.keys().all(|topic| self.topics.contains_key(topic)),
                "its topics are described",
            );
            need(event.brands.is_empty() || is_weights(event.brands.values()), "brands have weights");
            need(event.brands.keys().all(|id| self.brand(id).is_some()), "its brands are described");
            need(!event.brands.is_empty() || event.languages.is_some(), "without a brand it has languages");
            let hours = (event.from_hour.unwrap_or(0), event.lasts_hours.unwrap_or(0));
            need(hours.0 < 24 && hours.1 <= 24, "from_hour and lasts_hours are within a day");
            let most = event.posts.iter().copied().fold(0.0, f64::max);
            total += most * f64::from(last.saturating_sub(first) + 1);
            for topic in event.topics.keys() {
                let own = event.brands.keys().filter_map(|id| self.brand(id)).map(|brand| &brand.languages);
                let all: Vec<&Shares> = event.languages.as_ref().map_or_else(|| own.collect(), |it| vec![it]);
                let fits = all.iter().all(|shares| self.speaks(shares, topic));
                need(fits, &format!("someone can say something about {topic}"));
            }
        }
        if total > MAX_POSTS {
            faults.push("events make at most 200000 posts".to_owned());
        }
    }

    fn check_topics(&self, faults: &mut Vec<String>) {
        for (name, topic) in &self.topics {
            for (id, weight) in &topic.weight {
                match self.brand(id) {
                    None => faults.push(format!("topic {name} weighs a brand {id} that is not described")),
                    Some(brand) if *weight > 0.0 && !self.speaks(&brand.languages, name) => {
                        faults.push(format!("topic {name}: nobody who writes about {id} can say something"));
                    }
                    Some(_) => {}
                }
            }
        }
        let named = self.phrases.values().flat_map(BTreeMap::keys);
        for name in named.filter(|name| !self.topics.contains_key(*name)) {
            faults.push(format!("phrases for a topic {name} that is not described"));
        }
        for (language, topics) in &self.phrases {
            for (name, phrases) in topics {
                if phrases.say.is_empty() {
                    faults.push(format!("phrases.{language}.{name}.say has a phrase"));
                }
            }
        }
    }

    /// True if some language with a share has words, and phrases for the topic.
    fn speaks(&self, shares: &Shares, topic: &str) -> bool {
        let spoken = shares.iter().filter(|(language, _)| {
            self.words.contains_key(language) && self.phrases(**language, topic).is_some()
        });
        is_weights(spoken.map(|(_, share)| share))
    }

    fn check_shapes(&self, faults: &mut Vec<String>) {
        for (medium, tones) in &self.shapes {
            for (tone, shapes) in tones {
                for part in shapes.iter().flat_map(|shape| shape.split_whitespace()) {
                    let toned = format!("{part}_{}", tone.as_str());
                    let is_word = self
                        .words
                        .values()
                        .any(|words| words.contains_key(part) || words.contains_key(&toned));
                    if !is_word && !["say", "sarcasm", "more"].contains(&part) {
                        faults.push(format!("shapes.{}: no language has `{part}`", medium.as_str()));
                    }
                }
            }
        }
        for tone in self.topics.values().map(|topic| topic.tone) {
            let has_shape =
                |shapes: &BTreeMap<Tone, Vec<String>>| shapes.get(&tone).is_some_and(|it| !it.is_empty());
            if !self.shapes.get(&Medium::Social).is_some_and(has_shape) {
                faults.push(format!("shapes.social has a shape for {}", tone.as_str()));
            }
        }
    }

    fn check_words(&self, faults: &mut Vec<String>) {
        for (language, words) in &self.words {
            let topics = self.phrases.get(language).into_iter().flatten();
            let own = words.iter().map(|(name, phrases)| (name.as_str(), phrases));
            let all = own.chain(topics.flat_map(|(name, phrases)| {
                [&phrases.title, &phrases.say, &phrases.sarcasm, &phrases.more, &phrases.answer]
                    .map(|list| (name.as_str(), list))
            }));
            for (name, phrases) in all {
                for slot in phrases.iter().flat_map(Phrase::slots) {
                    if !SLOTS.contains(&slot) && !words.contains_key(slot) {
                        faults.push(format!("words.{language} has no `{slot}`, which {name} uses"));
                    } else if nesting(words, slot, 0) > MAX_DEPTH {
                        faults.push(format!("words.{language}.{slot} leads back to itself"));
                    }
                }
            }
        }
    }
}

/// What a phrase may say that stands in no list of words.
pub(super) const SLOTS: [&str; 4] = ["brand", "rival", "home", "answer"];

/// How deep the words under `name` lead to others; beyond [`MAX_DEPTH`] it stops counting.
fn nesting(words: &BTreeMap<String, Vec<Phrase>>, name: &str, depth: usize) -> usize {
    if depth > MAX_DEPTH || SLOTS.contains(&name) {
        return depth;
    }
    let slots: BTreeSet<&str> = words.get(name).into_iter().flatten().flat_map(Phrase::slots).collect();
    let mut deepest = depth;
    for slot in slots {
        deepest = deepest.max(nesting(words, slot, depth + 1));
        if deepest > MAX_DEPTH {
            break;
        }
    }
    deepest
}

/// True if no weight is negative or endless and one is above zero.
fn is_weights<'a>(weights: impl Iterator<Item = &'a f64>) -> bool {
    let mut sum = 0.0;
    for weight in weights {
        if !(0.0..=1e9).contains(weight) {
            return false;
        }
        sum += weight;
    }
    sum > 0.0
}
