//! Who writes what, when and about whom? Plays a scenario out as drafts, which know each other by their place.

use std::collections::BTreeSet;

use crate::model::{Kind, Language};

use super::people::{People, Person, floor};
use super::random::Random;
use super::scenario::{Brand, Event, Medium, Phrases, Shares, Story, Tone, Topic};
use super::voice::Voice;

/// A post before it has an id.
pub(super) struct Draft<'a> {
    /// Seconds since the first midnight of the story, on days of 24 hours.
    pub(super) second: u32,
    pub(super) is_dated: bool,
    pub(super) medium: Medium,
    pub(super) kind: Kind,
    pub(super) tone: Tone,
    pub(super) topic: &'a Topic,
    /// What made people write it; `copy` for a repetition.
    pub(super) event: Option<&'a str>,
    pub(super) brand: Option<&'a Brand>,
    pub(super) language: Language,
    /// Who wrote it; a [`Kind::Response`] is written by the brand.
    pub(super) author: &'a Person,
    pub(super) title: Option<String>,
    pub(super) text: String,
    pub(super) rating: Option<u8>,
    /// The site says which language it is.
    pub(super) is_tagged: bool,
    pub(super) shows_place: bool,
    /// Place of the draft that this one answers.
    pub(super) reply_to: Option<usize>,
    phrases: &'a Phrases,
}

/// Plays the whole story.
pub(super) fn play<'a>(story: &'a Story, people: &'a People, random: &mut Random) -> Vec<Draft<'a>> {
    let days = (0..story.days).map(|day| (day, story.weekdays[weekday(story, day)])).collect();
    let mut plot = Plot { story, people, random, days, drafts: Vec::new(), texts: BTreeSet::new() };
    for _ in 0..story.base_posts {
        plot.write_base();
    }
    for event in &story.events {
        plot.write_event(event);
    }
    plot.copy_some();
    plot.answer();
    plot.forget_dates();
    plot.drafts
}

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

struct Plot<'a, 'r> {
    story: &'a Story,
    people: &'a People,
    random: &'r mut Random,
    /// Each day, with how much is written on it.
    days: Vec<(u32, f64)>,
    drafts: Vec<Draft<'a>>,
    /// What was said already.
    texts: BTreeSet<String>,
}

impl<'a> Plot<'a, '_> {
    /// Something that someone would have written on any day.
    fn write_base(&mut self) {
        let story = self.story;
        let Some(day) = self.random.weighted(self.days.iter().copied()) else { return };
        let Some(brand) = self.random.weighted(story.brands.iter().map(|it| (it, it.weight))) else { return };
        let weights =
            story.topics.iter().filter_map(|(name, topic)| Some((name, *topic.weight.get(&brand.id)?)));
        let Some(topic) = self.random.weighted(weights) else { return };
        let second = self.moment(day);
        self.write(second, topic, Some(brand), &brand.languages, None);
    }

    /// All that people write because of an event.
    fn write_event(&mut self, event: &'a Event) {
        let story = self.story;
        let [first, last] = event.days;
        let mut due = 0.0;
        for day in first..=last {
            due += posts_on(event, day);
            while due >= 1.0 {
                due -= 1.0;
                let Some(topic) = self.random.weighted(event.topics.iter().map(|(name, it)| (name, *it)))
                else {
                    return;
                };
                let brands = event.brands.iter().filter_map(|(id, weight)| Some((story.brand(id)?, *weight)));
                let brand = self.random.weighted(brands);
                let own = brand.map(|brand| &brand.languages);
                let Some(languages) = event.languages.as_ref().or(own) else { return };
                let second = match event.from_hour {
                    Some(hour) => self.burst(day - 1, hour, event.lasts_hours.unwrap_or(1)),
                    None => self.moment(day - 1),
                };
                self.write(second, topic, brand, languages, Some(&event.name));
            }
        }
    }

    /// A moment of a day, by the rhythm of its hours.
    fn moment(&mut self, day: u32) -> u32 {
        let hours = (0..).zip(self.story.hours);
        let hour = self.random.weighted(hours).unwrap_or(12);
        day * DAY + hour * HOUR + self.random.below(HOUR)
    }

    /// A moment of something sudden: more at its beginning.
    fn burst(&mut self, day: u32, hour: u32, hours: u32) -> u32 {
        let drawn = self.random.unit();
        let within = drawn * (0.45 + 0.55 * drawn) * f64::from(hours * HOUR);
        (day * DAY + hour * HOUR + u32::try_from(floor(within)).unwrap_or(0)).min(self.story.days * DAY - 1)
    }

    fn write(
        &mut self,
        second: u32,
        topic_name: &str,
        brand: Option<&'a Brand>,
        languages: &Shares,
        event: Option<&'a str>,
    ) {
        let story = self.story;
        let Some(topic) = story.topics.get(topic_name) else { return };
        let spoken = languages.iter().filter_map(|(language, share)| {
            story.words.get(language)?;
            Some(((*language, story.phrases(*language, topic_name)?), *share))
        });
        let Some((language, phrases)) = self.random.weighted(spoken) else { return };
        let Some(author) = self.people.pick(language, self.random) else { return };
        let is_sarcastic = topic.tone == Tone::Complaint
            && !phrases.sarcasm.is_empty()
            && self.random.chance(story.chances.sarcasm);
        let medium = self.medium(topic, is_sarcastic, phrases);
        let tone = if is_sarcastic && medium == Medium::Social { Tone::Sarcasm } else { topic.tone };
        let (title, text) =
            self.say(&Speech { medium, tone, topic, language, phrases, brand, home: &author.home });
        let rating = (medium == Medium::Reviews).then(|| self.rating(tone));
        let draft = Draft {
            second,
            is_dated: true,
            medium,
            kind: if medium == Medium::Reviews { Kind::Review } else { Kind::Post },
            tone,
            topic,
            event,
            brand,
            language,
            author,
            title,
            text,
            rating,
            is_tagged: medium == Medium::Social && self.random.chance(story.chances.tagged_language),
            shows_place: self.random.chance(story.chances.shown_place),
            reply_to: None,
            phrases,
        };
        self.drafts.push(draft);
    }

    /// Where it is written: a place that has a shape for it.
    fn medium(&mut self, topic: &Topic, is_sarcastic: bool, phrases: &Phrases) -> Medium {
        if topic.only_social || is_sarcastic {
            return Medium::Social;
        }
        let drawn = self.random.weighted(self.story.media.iter().map(|(medium, share)| (*medium, *share)));
        let medium = drawn.unwrap_or(Medium::Social);
        let has_shape = self.story.shapes.get(&medium).is_some_and(|tones| tones.contains_key(&topic.tone));
        if has_shape && !phrases.title.is_empty() { medium } else { Medium::Social }
    }

    /// A title and a text that nobody has written before, if that can be had in a few attempts.
    fn say(&mut self, speech: &Speech<'a>) -> (Option<String>, String) {
        let mut said = (None, String::new());
        for _ in 0..5 {
            let mut voice = speech.voice(self.story, self.random);
            let title = match speech.medium {
                Medium::Social => None,
                Medium::Reviews if voice.random.chance(0.06) => None,
                Medium::Reviews | Medium::Forum => voice.title(),
            };
            said = (title, voice.text());
            if self.texts.insert(said.1.clone()) {
                break;
            }
        }
        said
    }

    /// Stars, one to five.
    fn rating(&mut self, tone: Tone) -> u8 {
        let stars = match tone {
            Tone::Praise => [(5, 0.72), (4, 0.24), (3, 0.04)],
            Tone::Complaint | Tone::Sarcasm | Tone::Question | Tone::Switch | Tone::Plain => {
                [(1, 0.7), (2, 0.22), (3, 0.08)]
            }
        };
        self.random.weighted(stars.into_iter()).unwrap_or(3)
    }

    /// Lets posts that reached many be repeated by others within half a day.
    fn copy_some(&mut self) {
        let known: Vec<usize> = (0..self.drafts.len())
            .filter(|at| {
                let draft = &self.drafts[*at];
                let is_told = matches!(draft.tone, Tone::Complaint | Tone::Sarcasm | Tone::Switch);
                is_told && draft.medium == Medium::Social && draft.author.followers > 400
            })
            .collect();
        let [fewest, most] = self.story.copies.each;
        for _ in 0..self.story.copies.of {
            let Some(&original) = self.random.pick(&known) else { return };
            for _ in 0..fewest + self.random.below(most - fewest + 1) {
                self.copy(original);
            }
        }
    }

    fn copy(&mut self, original: usize) {
        let of = &self.drafts[original];
        let Some(author) = self.people.pick(of.language, self.random) else { return };
        let mut text = format!("RT @{}: {}", of.author.handle, of.text);
        if let Some((cut, _)) = text.char_indices().nth(200) {
            text.truncate(cut);
            text.push('…');
        }
        let later = (of.second + 60 + self.random.below(DAY / 2)).min(self.story.days * DAY - 1);
        let copy = Draft {
            second: later,
            event: Some("copy"),
            author,
            text,
            title: None,
            shows_place: false,
            ..*of
        };
        self.drafts.push(copy);
    }

    /// Lets each brand's desk answer what is written to it, and some customers write back.
    fn answer(&mut self) {
        for at in 0..self.drafts.len() {
            let draft = &self.drafts[at];
            let Some(brand) = draft.brand.filter(|_| draft.event != Some("copy")) else { continue };
            let by_tone = match draft.tone {
                Tone::Question | Tone::Complaint => 1.0,
                Tone::Sarcasm | Tone::Switch => 0.8,
                Tone::Praise => 0.55,
                Tone::Plain => 0.5,
            };
            let by_medium = match draft.medium {
                Medium::Social => 1.0,
                Medium::Reviews => 0.45,
                Medium::Forum => 0.0,
            };
            if !self.random.chance(brand.answered * by_tone * by_medium) {
                continue;
            }
            let minutes = f64::from(brand.median_minutes) * self.random.around_one(0.8);
            let wait = u32::try_from(floor(minutes * 60.0)).unwrap_or(DAY).max(45);
            let Some(second) = answered_at(self.story, brand, draft.second, wait) else { continue };
            let signed = self.random.pick(&brand.signed).map_or("", String::as_str);
            let speech = draft.speech();
            let author = draft.author;
            let Some(text) = speech.voice(self.story, self.random).response(&author.handle, signed) else {
                continue;
            };
            self.reply(at, Kind::Response, second, text);
            let is_review = self.drafts[at].medium == Medium::Reviews;
            if !is_review && self.random.chance(self.story.chances.follow_up) {
                let response = self.drafts.len() - 1;
                let later = second + 120 + self.random.below(6 * HOUR);
                if let Some(text) = speech.voice(self.story, self.random).follow_up() {
                    self.reply(response, Kind::Reply, later, text);
                }
            }
        }
    }

    fn reply(&mut self, to: usize, kind: Kind, second: u32, text: String) {
        if second >= self.story.days * DAY {
            return;
        }
        let of = &self.drafts[to];
        let shows_place = kind == Kind::Reply && of.shows_place;
        let draft =
            Draft { second, kind, text, title: None, rating: None, shows_place, reply_to: Some(to), ..*of };
        self.drafts.push(draft);
    }

    /// Takes the date from some reviews that nobody answered.
    fn forget_dates(&mut self) {
        let answered: BTreeSet<usize> = self.drafts.iter().filter_map(|draft| draft.reply_to).collect();
        let fit: Vec<usize> = (0..self.drafts.len())
            .filter(|at| self.drafts[*at].kind == Kind::Review && !answered.contains(at))
            .collect();
        let wanted = usize::try_from(self.story.undated.posts).unwrap_or(0).min(fit.len());
        for nth in 0..wanted {
            self.drafts[fit[nth * fit.len() / wanted]].is_dated = false;
        }
    }
}

/// What somebody is about to say, and how.
struct Speech<'a> {
    medium: Medium,
    tone: Tone,
    topic: &'a Topic,
    language: Language,
    phrases: &'a Phrases,
    brand: Option<&'a Brand>,
    home: &'a str,
}

impl<'a> Speech<'a> {
    fn voice<'v>(&self, story: &'v Story, random: &'v mut Random) -> Voice<'v>
    where
        'a: 'v,
    {
        let Self { medium, tone, topic, language, phrases, brand, home } = *self;
        Voice {
            story,
            random,
            language,
            medium,
            tone,
            topic,
            phrases,
            brand,
            home,
            has_named: false,
            said: Vec::new(),
        }
    }
}

impl<'a> Draft<'a> {
    fn speech(&self) -> Speech<'a> {
        let Self { medium, tone, topic, language, phrases, brand, author, .. } = *self;
        Speech { medium, tone, topic, language, phrases, brand, home: &author.home }
    }
}

/// Posts of an event on one of its days, on the line between its numbers.
fn posts_on(event: &Event, day: u32) -> f64 {
    let [first, last] = event.days;
    let steps = event.posts.len().saturating_sub(1) as f64;
    let along = f64::from(day - first) / f64::from((last - first).max(1)) * steps;
    let below = floor(along);
    let from = event.posts.get(below).or(event.posts.last()).copied().unwrap_or(0.0);
    let to = event.posts.get(below + 1).copied().unwrap_or(from);
    from + (to - from) * (along - below as f64)
}

/// When a desk answers that needs `wait` seconds of its opening hours; `None` if not within the story.
fn answered_at(story: &Story, brand: &Brand, asked: u32, wait: u32) -> Option<u32> {
    let mut now = asked;
    let mut left = wait;
    for day in asked / DAY..story.days {
        let is_open = weekday(story, day) < usize::try_from(brand.open_days).unwrap_or(7);
        let [opens, closes] = brand.open.map(|hour| day * DAY + hour * HOUR);
        now = now.max(opens);
        if !is_open || now >= closes {
            continue;
        }
        if left < closes - now {
            return Some(now + left);
        }
        left -= closes - now;
    }
    None
}

/// Day of the week, from 0 for Monday, of a day counted from 0.
fn weekday(story: &Story, day: u32) -> usize {
    let first = u32::from(story.first_day.weekday().to_monday_zero_offset().unsigned_abs());
    usize::try_from((first + day) % 7).unwrap_or(0)
}
