//! Is a post about something that we solve? The words of the watchlist, found near each other in any of their forms.
//!
//! A watchlist says "geen internet", and people say "had no internet", "internet doet het niet": what says not may be
//! another word, and of many words one may be missing. All of that is a worse fit, and told apart.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Language;
use crate::store::Record;
use crate::text::{Analyzer, BREAK, column_values, decode};

/// Words between which all words of a problem must stand: a sentence or two. In a long review they would else be found
/// pages apart.
const SPAN: u32 = 16;

/// Words of a problem from which on one of them may be missing, if the others stand within half of [`SPAN`].
const MANY_WORDS: usize = 4;

/// Words that only say not, in the languages of Grouse.
const NEGATIONS: &str = "niet geen nooit niets niks niemand nergens zonder not no never none nothing nobody without doesn't \
    doesnt won't wont can't cant cannot couldn't couldnt wouldn't wouldnt didn't didnt isn't isnt wasn't wasnt aren't arent \
    don't dont hasn't hasnt haven't havent nicht kein keine keinen nie nichts niemand ohne pas jamais aucun aucune rien \
    personne sans no nunca nada nadie sin non mai niente nessuno senza nao não nunca nada ninguém sem";

/// Stems of English adjectives that are compared: who says "slower than ever" says that it is slow.
const COMPARED: &[&str] =
    &["slow", "high", "weak", "long", "dear", "cold", "poor", "loud", "small", "short", "dirti"];

/// The problems that we solve, as stems in each language that was met.
pub(super) struct Solved<'a> {
    phrases: &'a [String],
    analyzer: Analyzer,
    by_language: FxHashMap<Language, Known>,
}

/// The problems in one language.
struct Known {
    problems: Vec<Problem>,
    negations: FxHashSet<String>,
}

/// One problem.
struct Problem {
    /// Stems of the words that say something.
    content: Vec<String>,
    /// Stems of the words that only say not.
    not: Vec<String>,
}

/// How much of a problem a text tells: whether all of it, how many words it has, and how many of them stand there themselves.
type Told = (bool, usize, usize);

impl Known {
    fn new(analyzer: &mut Analyzer, phrases: &[String], language: Language) -> Self {
        let negations: FxHashSet<String> =
            NEGATIONS.split(' ').flat_map(|word| stems_of(analyzer, word, language)).collect();
        let problems = phrases
            .iter()
            .map(|phrase| {
                let (not, content) = stems_of(analyzer, phrase, language)
                    .into_iter()
                    .partition(|stem| negations.contains(stem));
                Problem { content, not }
            })
            .collect();
        Self { problems, negations }
    }
}

impl<'a> Solved<'a> {
    pub(super) fn new(phrases: &'a [String]) -> Self {
        Self { phrases, analyzer: Analyzer::default(), by_language: FxHashMap::default() }
    }

    /// The problem that a post has most of, and whether it has all of its words.
    pub(super) fn of(&mut self, record: &Record) -> Option<(String, bool)> {
        self.of_text(record.post.title.as_deref(), &record.post.text, record.language)
    }

    fn of_text(&mut self, title: Option<&str>, text: &str, language: Language) -> Option<(String, bool)> {
        let (analyzer, phrases) = (&mut self.analyzer, self.phrases);
        let known =
            self.by_language.entry(language).or_insert_with(|| Known::new(analyzer, phrases, language));
        let encoded = analyzer.encode(title, text, language);
        let places: Vec<(u32, &str)> = decode(&encoded.stems).collect();
        let mut best: Option<(Told, &String)> = None;
        for (phrase, problem) in phrases.iter().zip(&known.problems) {
            let Some(is_whole) = problem.is_in(&places, &known.negations) else { continue };
            // Of two, the one that says more; and then the one whose own words stand there, as in the language of the post.
            let told = (is_whole, problem.words(), problem.own_words(&places));
            if best.is_none_or(|(most, _)| told > most) {
                best = Some((told, phrase));
            }
        }
        best.map(|((is_whole, ..), phrase)| (phrase.clone(), is_whole))
    }
}

impl Problem {
    fn words(&self) -> usize {
        self.content.len() + usize::from(self.says_not())
    }

    fn says_not(&self) -> bool {
        !self.not.is_empty()
    }

    /// How many of its words stand in a text themselves, what says not among them.
    fn own_words(&self, places: &[(u32, &str)]) -> usize {
        let words = self.content.iter().chain(&self.not);
        words.filter(|word| places.iter().any(|(_, stem)| is_same(stem, word))).count()
    }

    /// Whether a text is about it, and with all of its words.
    fn is_in(&self, places: &[(u32, &str)], negations: &FxHashSet<String>) -> Option<bool> {
        let starts =
            places.iter().filter(|(_, stem)| self.content.iter().any(|wanted| is_same(stem, wanted)));
        let mut best = None;
        for (start, _) in starts {
            for (span, may_miss) in [(SPAN, 0), (SPAN / 2, usize::from(self.words() >= MANY_WORDS))] {
                // A negation stands on either side of what it denies.
                let near = |is_it: &dyn Fn(&str) -> bool, from: u32| {
                    places.iter().any(|(at, stem)| (from..start + span).contains(at) && is_it(stem))
                };
                let missing =
                    self.content.iter().filter(|wanted| !near(&|stem| is_same(stem, wanted), *start));
                let missing = missing.count();
                let is_denied = near(&|stem| negations.contains(stem), start.saturating_sub(SPAN / 2));
                // "No internet" without the "no" is any word about internet.
                if missing > may_miss || (self.says_not() && !is_denied && self.content.len() < 2) {
                    continue;
                }
                best = best.max(Some(missing == 0 && (is_denied || !self.says_not())));
            }
        }
        best
    }
}

/// Whether a stem of a text is the one of a problem, or says more of the same.
fn is_same(stem: &str, wanted: &str) -> bool {
    stem == wanted
        || stem
            .strip_prefix(wanted)
            .is_some_and(|end| ["er", "est"].contains(&end) && COMPARED.contains(&wanted))
}

/// The stems of a phrase that say something.
fn stems_of(analyzer: &mut Analyzer, phrase: &str, language: Language) -> Vec<String> {
    let encoded = analyzer.encode(None, phrase, language);
    let mut stems: Vec<String> =
        column_values(&encoded.column).filter(|value| *value != BREAK).map(str::to_owned).collect();
    stems.sort();
    stems.dedup();
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: Language, phrase: &str, text: &str, expect: Option<bool>) {
        let phrases = [phrase.to_owned()];
        let found = Solved::new(&phrases).of_text(None, text, language).map(|(_, is_whole)| is_whole);
        assert_eq!(found, expect, "{phrase}: {text}");
    }

    #[test]
    fn a_problem_is_known_in_the_words_of_people() {
        use Language::{Dutch, English};
        for (language, phrase, text, expect) in [
            (Dutch, "geen internet", "Al twee dagen geen internet in Zwolle", Some(true)),
            (Dutch, "geen internet", "mijn internet doet het niet", Some(true)),
            (Dutch, "geen internet", "Mijn internet is duur", None),
            (Dutch, "geen internet", "Ik heb geen zin", None),
            (Dutch, "pakket kwijt", "jullie zijn mijn pakketten kwijt", Some(true)),
            (Dutch, "pakket niet bezorgd", "wanneer wordt mijn pakket bezorgd", Some(false)),
            (Dutch, "monteur komt niet opdagen", "de monteur kwam vandaag niet opdagen", Some(true)),
            (English, "no coverage", "never had any coverage here", Some(true)),
            (English, "customer service does not answer", "your customer service won't answer", Some(true)),
            (
                English,
                "customer service does not answer",
                "customer service is impossible to reach",
                Some(false),
            ),
            // Two of three words, far apart, are about something else.
            (
                English,
                "customer service does not answer",
                "“customer not available”, they say, and I was home all morning: any chance of an answer",
                None,
            ),
            (English, "cannot cancel contract", "your website won't let me cancel my contract", Some(true)),
            (English, "cannot cancel contract", "I can't cancel the contract", Some(true)),
            (English, "slow internet", "internet slower than ever", Some(true)),
            (English, "charge", "my charger broke", None),
            (Dutch, "klantenservice neemt niet op", "bij de klantenservice neemt niemand op", Some(true)),
            (English, "lost parcel", "they lost my parcel again", Some(true)),
            (English, "lost parcel", "we lost the match", None),
            (English, "", "anything", None),
            (English, "not", "not this", None),
        ] {
            check(language, phrase, text, expect);
        }
        // Words at both ends of a long review are about two things.
        let long = format!("they lost it. {} a parcel", "and so on and on ".repeat(12));
        check(English, "lost parcel", &long, None);
    }

    #[test]
    fn of_two_problems_the_one_that_says_more_is_told() {
        let phrases = ["parcel", "lost parcel", "lost parcel in the rain"].map(str::to_owned);
        let found = Solved::new(&phrases).of_text(None, "they lost my parcel", Language::English);
        assert_eq!(found, Some(("lost parcel".to_owned(), true)));
        // "Geen" and "no" both say not; of two that say as much, the one in the words of the post is told.
        let phrases = ["geen internet", "traag internet", "no internet"].map(str::to_owned);
        for (text, language, expect) in [
            ("no internet since Monday", Language::English, "no internet"),
            ("het internet is zo traag dat werken niet gaat", Language::Dutch, "traag internet"),
            ("al dagen geen internet", Language::Dutch, "geen internet"),
        ] {
            let found = Solved::new(&phrases).of_text(None, text, language);
            assert_eq!(found, Some((expect.to_owned(), true)), "{text}");
        }
    }
}
