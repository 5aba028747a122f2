//! What does the writer want, whom do they leave, and what in the post asks for attention?
//!
//! Read off phrases that people use (`phrases.rs`, from `index/lexicon/<code>/cues.txt`), found in one walk over the
//! words (`find.rs`) and weighed by one file for each judgement. Whether it is a complaint is judged elsewhere, by
//! learned weights, and is an argument here: the phrases never change that verdict.

mod find;
mod intent;
mod list;
mod phrases;
mod says;
mod signals;
mod switch;
mod target;
#[cfg(test)]
mod tests;

use crate::model::{Aspect, BrandId, Evidence, Intent, Kind, Language, Says, Signal, Switch};
use crate::text::is_stopword;

use super::brands::Named;
use super::reading::Reading;
use find::{Finder, Found};
use phrases::{Cue, table};

/// Spans that are shown for one judgement: enough to check it, few enough to read.
const MOST_EVIDENCE: usize = 3;

/// Probability of a complaint from which on praise mocks, if it is felt badly: `Bravo. Two hours late`.
const MOCKED: f32 = 0.6;

/// What is known of a post before its phrases are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) title: Option<&'a Reading<'a>>,
    pub(crate) text: &'a Reading<'a>,
    pub(crate) language: Language,
    pub(crate) kind: Kind,
    /// The brands in title and text, with their places.
    pub(crate) named: &'a Named,
    /// The brands that the post is about, also where it does not name them.
    pub(crate) about: &'a [BrandId],
    /// How likely it is a complaint, 0..=1.
    pub(crate) complaint: f32,
    /// How the writer feels, -1..=1.
    pub(crate) sentiment: f32,
}

/// What the writer meant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Meaning {
    pub(crate) intent: Intent,
    pub(crate) switch: Switch,
    pub(crate) target: Option<BrandId>,
    /// Each once, in the order of [`Signal::ALL`].
    pub(crate) signals: Vec<Signal>,
    /// Each once, in the order of [`Says::ALL`].
    pub(crate) says: Vec<Says>,
    /// By judgement, then by place.
    pub(crate) evidence: Vec<Evidence>,
}

/// Judges what the writer of a post meant.
pub(crate) fn meaning(context: &Context) -> Meaning {
    let heard = Heard::new(context);
    let leaving = switch::leaving(&heard);
    let (intent, why) = intent::intent(&heard, leaving.as_ref());
    // Who offers something to those who leave a brand leaves none.
    let leaving = leaving.filter(|_| intent != Intent::Spam);
    let target = target::target(&heard, leaving.as_ref(), intent);
    let (signals, mut evidence) = signals::signals(&heard, leaving.as_ref(), intent);
    evidence.extend(why.map(|found| heard.evidence(Aspect::Intent, found)));
    if let Some(target) = &target {
        evidence.extend(target::evidence(&heard, target));
    }
    evidence
        .sort_unstable_by_key(|evidence| (evidence.of, !evidence.is_in_title, evidence.start, evidence.end));
    let switch = leaving.map(|leaving| Switch { from: leaving.from, to: leaving.to }).unwrap_or_default();
    Meaning { intent, switch, target, signals, says: says::says(&heard), evidence }
}

/// A post with the phrases that were found in it.
struct Heard<'a> {
    context: &'a Context<'a>,
    found: Vec<Found>,
    /// Somewhere a sentence ends with a question mark.
    is_asking: bool,
}

impl<'a> Heard<'a> {
    fn new(context: &'a Context<'a>) -> Self {
        let table = table(context.language);
        let places = &context.named.places;
        let titled = places.iter().take_while(|place| place.is_in_title).count();
        let mut found = Vec::new();
        if let Some(title) = context.title {
            Finder::new(table, title, &places[..titled]).find(true, &mut found);
        }
        Finder::new(table, context.text, &places[titled..]).find(false, &mut found);
        if context.complaint < MOCKED || context.sentiment >= 0.0 {
            found.retain(|found| found.cue != Cue::Mock);
        }
        for mock in found.iter_mut().filter(|found| found.cue == Cue::Mock) {
            mock.cue = Cue::Sarcasm;
        }
        let is_asking = context.title.into_iter().chain([context.text]).any(has_question_mark);
        Self { context, found, is_asking }
    }

    /// The phrases that say `cue`, in their order.
    fn all(&self, cue: Cue) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(move |found| found.cue == cue)
    }

    fn first(&self, cue: Cue) -> Option<&Found> {
        self.all(cue).next()
    }

    /// The failure that says most: `on hold for 2 hours` rather than the `again` before it.
    fn failure_to_show(&self) -> Option<&Found> {
        let is_telling = |found: &&Found| {
            let reading = self.reading(found.is_in_title);
            found.words.clone().any(|word| {
                reading
                    .words
                    .get(word)
                    .is_some_and(|word| !is_stopword(self.context.language, reading.folded(word)))
            })
        };
        let telling = self.all(Cue::Failure).filter(is_telling);
        telling.reduce(|most, next| if next.words.len() > most.words.len() { next } else { most })
    }

    fn is_complaint(&self) -> bool {
        self.context.complaint >= 0.5
    }

    /// The phrase of a grievance that needs no learned verdict: whoever takes a brand to court, or lost money or data by
    /// it, complains, however soberly they say so. News does not, and neither does who speaks of nobody.
    fn grievance(&self) -> Option<&Found> {
        const GRIEVANCES: [Cue; 6] =
            [Cue::Public, Cue::Legal, Cue::Safety, Cue::Payment, Cue::Privacy, Cue::Sarcasm];
        let is_told = self.first(Cue::News).is_some() || self.first(Cue::Advert).is_some();
        let is_somebodys = self.first(Cue::Writer).is_some() || !self.context.named.mentions.is_empty();
        let is_warning = self.first(Cue::Phishing).is_some();
        if is_told || is_warning || !is_somebodys {
            return None;
        }
        GRIEVANCES.into_iter().find_map(|cue| self.first(cue))
    }

    fn brand(&self, number: usize) -> &BrandId {
        &self.context.named.mentions[number]
    }

    fn reading(&self, is_in_title: bool) -> &Reading<'a> {
        if is_in_title { self.context.title.unwrap_or(self.context.text) } else { self.context.text }
    }

    /// Both stand in one sentence.
    fn are_together(&self, one: &Found, other: &Found) -> bool {
        let (first, last) = (one.words.start.min(other.words.start), one.words.start.max(other.words.start));
        let words = &self.reading(one.is_in_title).words;
        one.is_in_title == other.is_in_title
            && words[first + 1..=last.max(first)].iter().all(|word| !word.is_after_break)
    }

    fn evidence(&self, of: Aspect, found: &Found) -> Evidence {
        let range = self.reading(found.is_in_title).range(found.words.clone());
        Evidence { of, is_in_title: found.is_in_title, start: range.start, end: range.end }
    }
}

/// Has a question mark that is no part of a link.
fn has_question_mark(reading: &Reading) -> bool {
    let is_in_word = |at: usize| {
        let after = reading.words.partition_point(|word| word.start <= at);
        after.checked_sub(1).is_some_and(|word| at < reading.words[word].end)
    };
    reading.text.bytes().enumerate().any(|(at, byte)| byte == b'?' && !is_in_word(at))
}
