//! Which phrases say what? The lists in `index/lexicon/<code>/cues.txt`, made ready once for each language.
//!
//! A list is sections of phrases, one a line, in folded letters:
//!
//! ```text
//! [leave]                      a section: what its phrases say
//! $when = soon|now|today       a class of words, used below it as $when
//! i quit $when* .              words in a row; `.` is the end of the sentence, `^` its begin, `?` a question mark
//! leaving {from} for {to}      {from} a brand that is left or blamed, {to} one that is praised, {any} either
//! done with|of ..2 service     `a|b` is either, `..2` up to two words that are no negation, `x?` may be left out
//! if ..9! i leave              `..9!` up to nine words of any kind
//! {number} years old           a number
//! ! not safe                   `!`: a negation before it changes nothing
//! - drive safe                 `-`: what is never meant; it takes away what it overlaps
//! ```
//!
//! Customers in every language borrow from English, so the English phrases stand in each table too.
//! To add a language: its file, and its line in [`LISTS`].

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::model::Language;
use crate::text::{fold, word_key};

use super::list;

/// What a phrase says. A section of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// The writer leaves, or has decided to.
    Leave,
    /// The writer has left.
    Left,
    /// The writer goes to a brand.
    Join,
    /// The writer may leave: is thinking of it, or will if nothing happens.
    MayLeave,
    /// How a contract is ended is asked: the writer is on the way out, and wants to be told.
    HowToLeave,
    /// The brand spoken to is the one that is gone to.
    ToYou,
    /// The writer does not leave.
    Stay,
    /// Another provider is asked for.
    Alternative,
    /// Somebody is asked to act.
    Help,
    /// Something is asked, with a question mark or without.
    Ask,
    /// A question that wants no answer.
    Rhetorical,
    /// Thanks or praise.
    Praise,
    /// Somebody reaches people who did not ask.
    Spam,
    /// Somebody offers themselves to the customers of another: no customer words a complaint so.
    Offer,
    /// News.
    News,
    /// Advertising.
    Advert,
    /// The writer speaks of themselves.
    Writer,
    /// Something goes wrong, or is said to be bad.
    Failure,
    /// Of two brands, which is better.
    Compare,
    /// Says the opposite of what is meant.
    Sarcasm,
    /// Praise that is meant only where nothing went wrong: [`Cue::Sarcasm`] in a complaint, and nothing elsewhere.
    Mock,
    /// See [`Signal::ThreatToGoPublic`](crate::model::Signal::ThreatToGoPublic); so are the following.
    Public,
    Legal,
    Safety,
    Vulnerable,
    Payment,
    Privacy,
    Phishing,
    /// See [`Says`](crate::model::Says); so are the following.
    Thanks,
    Private,
    Automatic,
}

const SECTIONS: [(&str, Cue); 31] = [
    ("leave", Cue::Leave),
    ("left", Cue::Left),
    ("join", Cue::Join),
    ("may-leave", Cue::MayLeave),
    ("how-to-leave", Cue::HowToLeave),
    ("to-you", Cue::ToYou),
    ("stay", Cue::Stay),
    ("alternative", Cue::Alternative),
    ("help", Cue::Help),
    ("ask", Cue::Ask),
    ("rhetorical", Cue::Rhetorical),
    ("praise", Cue::Praise),
    ("spam", Cue::Spam),
    ("offer", Cue::Offer),
    ("news", Cue::News),
    ("advert", Cue::Advert),
    ("writer", Cue::Writer),
    ("failure", Cue::Failure),
    ("compare", Cue::Compare),
    ("sarcasm", Cue::Sarcasm),
    ("mock", Cue::Mock),
    ("public", Cue::Public),
    ("legal", Cue::Legal),
    ("safety", Cue::Safety),
    ("vulnerable", Cue::Vulnerable),
    ("payment", Cue::Payment),
    ("privacy", Cue::Privacy),
    ("phishing", Cue::Phishing),
    ("thanks", Cue::Thanks),
    ("private", Cue::Private),
    ("automatic", Cue::Automatic),
];

impl Cue {
    /// The section of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, cue)| *cue)
    }
}

/// Whose brand stands in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    From,
    To,
    Any,
}

/// One part of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// One of these words, or a brand or number if it takes them.
    One(Choice),
    /// Up to [`MOST_REPEATED`] of these words, sorted.
    Many(Box<[u16]>),
    /// Up to so many words, a negation among them or not.
    Gap { most: usize, crosses_negation: bool },
}

/// What may stand at one place of a phrase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    /// Sorted.
    pub(super) words: Box<[u16]>,
    pub(super) brand: Option<Slot>,
    pub(super) is_number: bool,
}

/// How often a class with `*` may repeat.
pub(super) const MOST_REPEATED: usize = 5;

/// What must follow a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Any,
    /// The end of the sentence.
    Sentence,
    /// A question mark at the end of the sentence.
    Question,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) cue: Cue,
    /// Each with whether it may be left out. The first that may not is neither `Many` nor `Gap`.
    pub(super) steps: Box<[(Step, bool)]>,
    pub(super) begins_sentence: bool,
    pub(super) ending: Ending,
    /// A negation before it takes it away.
    pub(super) is_guarded: bool,
    pub(super) is_exception: bool,
}

impl Rule {
    /// What a text must have, by the steps that are hardest to find in it.
    fn start(&self, number: u16) -> Start {
        let needed =
            self.steps.iter().filter(|(_, is_optional)| !is_optional).filter_map(|(step, _)| match step {
                Step::One(choice) => Some(choice),
                Step::Many(_) | Step::Gap { .. } => None,
            });
        let is_words = |choice: &&Choice| choice.brand.is_none() && !choice.is_number;
        let mut rarest: Vec<&Choice> = needed.clone().filter(is_words).collect();
        rarest.sort_by_key(|choice| choice.words.len());
        let traces = |choice: &Choice| choice.words.iter().fold(0, |traces, word| traces | trace(*word));
        Start {
            rule: number,
            needs_brand: needed.clone().any(|choice| choice.brand.is_some() && choice.words.is_empty()),
            needs: [0, 1].map(|at| rarest.get(at).map_or(u128::MAX, |choice| traces(choice))),
            next: self.next().map_or(u128::MAX, traces),
        }
    }

    /// The words of which one must follow at once, if that can be said: behind a first step of one word.
    fn next(&self) -> Option<&Choice> {
        match &*self.steps {
            [(Step::One(first), false), (Step::One(next), false), ..]
                if [first, next].iter().all(|choice| choice.brand.is_none() && !choice.is_number) =>
            {
                Some(next)
            }
            _ => None,
        }
    }
}

/// A word that no phrase has.
pub(super) const UNKNOWN: u16 = 0;

/// Says not, never or no.
const NEGATION: u8 = 1;
/// Begins a clause that a negation before it does not reach: but, so, because.
const JOINT: u8 = 2;

/// The phrases of one language.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The numbers of words by their [`word_key`].
    ids: FxHashMap<[u64; 2], u16>,
    /// Of the words that have none.
    long_ids: FxHashMap<Box<str>, u16>,
    /// By word: [`NEGATION`], [`JOINT`].
    marks: Vec<u8>,
    rules: Vec<Rule>,
    /// By word: the rules that may begin with it.
    by_word: Vec<Vec<Start>>,
    by_brand: Vec<Start>,
    by_number: Vec<Start>,
}

/// A rule where its first word looks for it, with what the text must have for it to be worth trying. Most rules begin
/// with common words, and most texts lack what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) rule: u16,
    /// It has a slot that must be filled.
    pub(super) needs_brand: bool,
    /// The [`trace`]s of the words of which the text must have one, twice.
    pub(super) needs: [u128; 2],
    /// The traces of the words of which one must follow the first.
    pub(super) next: u128,
}

/// The bit that says that a text may have a word.
pub(super) fn trace(id: u16) -> u128 {
    1 << (id % 128)
}

impl Table {
    /// The number of a word whose [`word_key`] is `key`, or [`UNKNOWN`].
    pub(super) fn id(&self, folded: &str, key: Option<[u64; 2]>) -> u16 {
        let id = match key {
            Some(key) => self.ids.get(&key),
            None => self.long_ids.get(folded),
        };
        id.copied().unwrap_or(UNKNOWN)
    }

    pub(super) fn rule(&self, number: u16) -> &Rule {
        &self.rules[usize::from(number)]
    }

    pub(super) fn beginning_with_word(&self, id: u16) -> &[Start] {
        self.by_word.get(usize::from(id)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn beginning_with_brand(&self) -> &[Start] {
        &self.by_brand
    }

    pub(super) fn beginning_with_number(&self) -> &[Start] {
        &self.by_number
    }

    pub(super) fn is_negation(&self, id: u16) -> bool {
        self.marks.get(usize::from(id)).is_some_and(|mark| mark & NEGATION != 0)
    }

    pub(super) fn is_joint(&self, id: u16) -> bool {
        self.marks.get(usize::from(id)).is_some_and(|mark| mark & JOINT != 0)
    }

    /// Gives `word` a number if it has none.
    pub(super) fn intern(&mut self, word: &str) -> Result<u16, String> {
        if fold(word) != word || word.is_empty() {
            return Err(format!("`{word}` is not written in folded letters"));
        }
        if self.marks.is_empty() {
            self.grow();
        }
        let key = word_key(word);
        let id = self.id(word, key);
        if id != UNKNOWN {
            return Ok(id);
        }
        let id = u16::try_from(self.marks.len()).map_err(|_| "there are too many words")?;
        match key {
            Some(key) => self.ids.insert(key, id),
            None => self.long_ids.insert(word.into(), id),
        };
        self.grow();
        Ok(id)
    }

    pub(super) fn mark(&mut self, words: &[u16], is_negation: bool) {
        for word in words {
            self.marks[usize::from(*word)] |= if is_negation { NEGATION } else { JOINT };
        }
    }

    fn grow(&mut self) {
        self.marks.push(0);
        self.by_word.push(Vec::new());
    }

    /// Puts a rule where its first words will look for it.
    pub(super) fn add_rule(&mut self, rule: Rule) -> Result<(), String> {
        let number = u16::try_from(self.rules.len()).map_err(|_| "there are too many phrases")?;
        let start = rule.start(number);
        for (step, is_optional) in &rule.steps {
            let words = match step {
                Step::One(choice) => {
                    add_once(&mut self.by_brand, start, choice.brand.is_some());
                    add_once(&mut self.by_number, start, choice.is_number);
                    &choice.words
                }
                Step::Many(words) => words,
                Step::Gap { .. } => return Err("it begins with a gap".to_owned()),
            };
            for word in words {
                add_once(&mut self.by_word[usize::from(*word)], start, true);
            }
            if !is_optional {
                self.rules.push(rule);
                return Ok(());
            }
        }
        Err("all of it may be left out".to_owned())
    }
}

fn add_once(rules: &mut Vec<Start>, start: Start, is_wanted: bool) {
    if is_wanted && rules.last() != Some(&start) {
        rules.push(start);
    }
}

/// In the order of [`Language::ALL`].
static TABLES: LazyLock<[Table; 8]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let mut table = Table::default();
        for (of, list) in LISTS {
            if of == language || of == Language::English {
                list::read(&mut table, list).expect("the shipped phrases are well-formed: a test reads them");
            }
        }
        table
    })
});

/// The phrases of `language`, with the English ones.
pub(super) fn table(language: Language) -> &'static Table {
    &TABLES[language as usize]
}

/// Every language that has phrases.
pub(super) const LISTS: [(Language, &str); 7] = [
    (Language::Dutch, include_str!("../../../index/lexicon/nl/cues.txt")),
    (Language::English, include_str!("../../../index/lexicon/en/cues.txt")),
    (Language::French, include_str!("../../../index/lexicon/fr/cues.txt")),
    (Language::German, include_str!("../../../index/lexicon/de/cues.txt")),
    (Language::Italian, include_str!("../../../index/lexicon/it/cues.txt")),
    (Language::Portuguese, include_str!("../../../index/lexicon/pt/cues.txt")),
    (Language::Spanish, include_str!("../../../index/lexicon/es/cues.txt")),
];
