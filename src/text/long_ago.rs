//! Does somebody who tells that they left say that it was long ago?
//!
//! Read off phrases that a person can mend, `index/lexicon/<code>/long-ago.txt`. Some say it alone, where they stand right beside the
//! words of leaving ("two years ago"). Others say it only of who has left ("in 2019", "back then"), as who leaves now speaks
//! of such times as well: these count in the sentence, and a year in the part of it, that holds a past form of leaving.

use super::language::{LEXICONS, Lexicon};
use crate::model::Language;

/// What stands for a year before the one in which a post was written.
const YEAR: &str = "{year}";

/// No provider was left before that.
const FIRST_YEAR: i16 = 1980;

/// Ends of what a comma or the like parts.
const PARTS: &[char] = &[',', ';', ':', '(', ')', '–', '—'];

/// Whether words that stand beside those of leaving tell, by themselves, of what was long ago; `written` is the year of the post.
#[must_use]
pub fn is_of_long_ago(text: &str, written: i16) -> bool {
    let words = words(text);
    LEXICONS.iter().flat_map(|lexicon| section(lexicon, "")).any(|phrase| stands_in(phrase, &words, written))
}

/// Whether a text says of a past leaving when that was, and that it was long ago. One that also speaks of a leaving of now does not.
#[must_use]
pub fn left_long_ago(text: &str, language: Language, written: i16) -> bool {
    let Some(lexicon) = LEXICONS.iter().find(|lexicon| lexicon.language == language) else { return false };
    let has = |name: &'static str, words: &[String]| {
        section(lexicon, name).any(|phrase| stands_in(phrase, words, written))
    };
    let sentences = text.split(['.', '!', '?', '\n']);
    let parts: Vec<(Vec<Vec<String>>, Vec<String>)> =
        sentences.map(|sentence| (parts(sentence, lexicon), words(sentence))).collect();
    let leaves = |part: &Vec<String>| has("left", part);
    let is_of_now = parts.iter().flat_map(|(parts, _)| parts).any(|part| leaves(part) && has("now", part));
    !is_of_now
        && parts.iter().any(|(parts, sentence)| {
            parts.iter().any(|part| leaves(part) && (has("year", part) || has("then", sentence)))
        })
}

/// The phrases below a heading of a list; those above all headings have none.
fn section(lexicon: &Lexicon, name: &'static str) -> impl Iterator<Item = &'static str> {
    let mut heading = "";
    lexicon.long_ago.lines().filter(move |line| {
        if let Some(found) = line.strip_prefix('[') {
            heading = found.trim_end_matches(']');
            return false;
        }
        heading == name && !line.is_empty() && !line.starts_with('#')
    })
}

/// The parts of a sentence, each by its words.
fn parts(sentence: &str, lexicon: &Lexicon) -> Vec<Vec<String>> {
    let is_between = |word: &String| section(lexicon, "between").any(|between| between == word);
    sentence
        .split(PARTS)
        .flat_map(|part| words(part).split(is_between).map(<[String]>::to_vec).collect::<Vec<_>>())
        .collect()
}

/// Words in small letters.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace('’', "'");
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a phrase stands among words; `*` at the end of one: it may go on.
fn stands_in(phrase: &str, words: &[String], written: i16) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let is_it = |wanted: &str, word: &str| match wanted.strip_suffix('*') {
        Some(start) => word.starts_with(start),
        None if wanted == YEAR => {
            word.len() == 4 && word.parse().is_ok_and(|year: i16| (FIRST_YEAR..written).contains(&year))
        }
        None => wanted == word,
    };
    words
        .windows(phrase.len())
        .any(|window| phrase.iter().zip(window).all(|(wanted, word)| is_it(wanted, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_tells_of_long_ago_beside_a_past_leaving_only() {
        use Language::{Dutch, English, French, German, Italian, Portuguese, Spanish};
        for (language, text, expect) in [
            (English, "I left KPN in 2022", true),
            (English, "In 2019 we switched from KPN to Ziggo because of the price", true),
            (English, "Had no internet, so I dumped KPN in the summer of 2020", true),
            (English, "I used to be with KPN, slow internet, left them in 2017", true),
            (English, "We moved from KPN to Ziggo, slow internet back then", true),
            // The year is of something else, or not past.
            (English, "I left KPN in 2026", false),
            (English, "I left KPN today, after being their customer since 2011", false),
            (English, "Signed up in 2023 and left now", false),
            (English, "I left because they raised the price in 2024", false),
            (English, "They left us without internet in 2022. Today I switched from KPN", false),
            (English, "I am leaving, the contract I took in 2021 is over", false),
            (English, "In 2022 the internet was fine", false),
            (Dutch, "Ik ben in 2019 weggegaan bij KPN", true),
            (Dutch, "In 2021 overgestapt van KPN naar Delta", true),
            (Dutch, "Vertrokken bij KPN in het najaar van 2022", true),
            (Dutch, "Overgestapt van KPN naar Delta, het internet was toen altijd traag", true),
            (Dutch, "Klant sinds 2009, vandaag opgezegd", false),
            (Dutch, "In 2021 getekend bij KPN en nu opgezegd", false),
            (Dutch, "Ik heb opgezegd vanwege de verhoging van 2023", false),
            (German, "Ich habe 2019 bei der Telekom gekündigt", true),
            (German, "Seit 2019 Kunde, heute gekündigt", false),
            (French, "J'ai quitté Orange en 2018", true),
            (French, "Client depuis 2018, résilié aujourd'hui", false),
            (Spanish, "Dejé Movistar en 2017", true),
            (Italian, "Ho lasciato TIM nel 2016", true),
            (Portuguese, "Deixei a Vodafone em 2015", true),
            (Language::Other, "I left KPN in 2022", false),
        ] {
            assert_eq!(left_long_ago(text, language, 2026), expect, "{text}");
        }
    }

    #[test]
    fn some_phrases_tell_it_alone() {
        for (text, expect) in [
            ("we left two years ago", true),
            ("sinds 2020 weg bij KPN", true),
            ("sinds 2026 weg bij KPN", false),
            ("since 2011 with KPN", false),
            ("l’année dernière", true),
            ("entdeckt years agonizing", false),
        ] {
            assert_eq!(is_of_long_ago(text, 2026), expect, "{text}");
        }
    }
}
