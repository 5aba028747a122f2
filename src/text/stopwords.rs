//! Does this word ever name a problem? Function words, light verbs, greetings and the fillers of social media do not.
//!
//! Negations are never stop words, nor are "still", "again" or "without": "not delivered" and "no answer" are the
//! complaint. The lists are `index/lexicon/<code>/stopwords.txt`, one word a line.

use std::sync::LazyLock;

use crate::model::Language;
use rustc_hash::FxHashSet;

use super::fold::fold;
use super::language::{LEXICONS, listed_words};

/// Whether `folded_word`, in lower case and without accents, is a stop word of `language`. Both apostrophes, `'` and
/// `’`, are understood. [`Language::Other`] has no stop words.
#[must_use]
pub fn is_stopword(language: Language, folded_word: &str) -> bool {
    STOPWORDS[language as usize].contains(folded_word)
}

/// In the order of [`Language::ALL`].
static STOPWORDS: LazyLock<[FxHashSet<Box<str>>; 8]> = LazyLock::new(|| {
    let mut sets: [FxHashSet<Box<str>>; 8] = Default::default();
    for lexicon in &LEXICONS {
        let set = &mut sets[lexicon.language as usize];
        for word in listed_words(lexicon.stopwords) {
            let folded = fold(word);
            if folded.contains('\'') {
                set.insert(folded.replace('\'', "’").into_boxed_str());
            }
            set.insert(folded.into_boxed_str());
        }
    }
    sets
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_negation_is_a_stop_word() {
        let negations = [
            (
                Language::Dutch,
                "niet geen nooit niets niks nog zonder nee noch niemand nergens nauwelijks amper nie weer alweer steeds",
            ),
            (
                Language::English,
                "no not never nothing none nobody nowhere neither nor without still yet again cannot can't cant don't dont won't wont didn't didnt doesn't doesnt isn't isnt wasn't wasnt couldn't haven't hasn't hardly barely aint ain't",
            ),
            (
                Language::German,
                "nicht nich nich net kein keine keinen keinem keiner keines nie niemals nichts nix ohne noch nein weder niemand nirgends kaum",
            ),
            (
                Language::French,
                "ne n' pas jamais rien aucun aucune sans non ni personne guere plus encore toujours pa nul nulle",
            ),
            (
                Language::Spanish,
                "no nunca nada sin ni nadie ningun ninguno ninguna jamas tampoco aun todavia",
            ),
            (
                Language::Italian,
                "non no mai niente nulla senza ne nessuno nessuna neanche nemmeno neppure ancora",
            ),
            (Language::Portuguese, "nao n nunca nada sem nem nenhum nenhuma ninguem jamais ainda"),
        ];
        for (language, words) in negations {
            for word in words.split_whitespace() {
                assert!(!is_stopword(language, word), "{word} is a stop word of {}", language.name());
            }
        }
    }

    #[test]
    fn function_words_and_fillers_are_stop_words() {
        let stopwords = [
            (
                Language::Dutch,
                "de het 't 'n ’t ff even gewoon wel eens hoor maar dan er zo'n zo’n m'n een rt bedankt",
            ),
            (
                Language::English,
                "the i'm i’m im it's we'll rt via amp u ur pls thanks lol gonna just really got",
            ),
            (Language::German, "der die das fur konnen hatte mal bitte danke dass"),
            (Language::French, "le la l' l’ c'est etait tres svp bonjour deja"),
            (Language::Spanish, "el la esta mas tambien porque jaja gracias"),
            (Language::Italian, "il dell' perche piu e grazie"),
            (Language::Portuguese, "o voce vc tambem esta obrigado"),
        ];
        for (language, words) in stopwords {
            for word in words.split_whitespace() {
                assert!(is_stopword(language, word), "{word} is no stop word of {}", language.name());
            }
        }
        for word in ["the", "de", "und"] {
            assert!(!is_stopword(Language::Other, word));
        }
    }

    #[test]
    fn words_that_name_a_problem_are_not_stop_words() {
        let words = [
            (Language::Dutch, "wachten storing kapot weg plat snel traag laat onbereikbaar klantenservice"),
            (Language::English, "hold waiting down off back late help refund lost rude hours"),
            (Language::German, "ware halt verspatung ausfall kaputt warten"),
            (Language::French, "panne attente retard remboursement mal"),
            (Language::Spanish, "tarde falta cobro espera"),
            (Language::Italian, "ritardo attesa rimborso"),
            (Language::Portuguese, "tarde atraso falta demora"),
        ];
        for (language, words) in words {
            for word in words.split_whitespace() {
                assert!(!is_stopword(language, word), "{word} is a stop word of {}", language.name());
            }
        }
    }

    #[test]
    fn lists_are_lower_case_without_doubles_and_one_word_a_line() {
        for lexicon in &LEXICONS {
            let mut seen = FxHashSet::default();
            for line in lexicon.stopwords.lines().filter(|line| !line.starts_with('#')) {
                assert!(!line.is_empty() && !line.contains(char::is_whitespace), "{line:?}");
                assert_eq!(line, line.to_lowercase());
                assert!(!line.contains('’'), "{line}: lists are written with '");
                assert!(seen.insert(line), "{line} is listed twice for {}", lexicon.language.name());
            }
            assert!(seen.len() > 150);
        }
    }
}
