//! Which words are the same word? Stems, by the language of the text, remembered so that a common word is stemmed once.
//!
//! A word may have several stems, the first of which counts where one is needed. Two cases give more than one:
//!
//! - **Accents.** People leave them out. `résilié` is stored under the stem it has with its accents and under the one
//!   it has without, so that `resilie` finds it and so does `résilier`.
//! - **Elongation.** `zoooo` is stored as `zo` and as `zoo`, since nobody can tell how many letters were meant.
//!
//! The stemmers are Snowball's, as rust-stemmers 1.2 has them. The Dutch one is Porter's of 2001-2017 (not Kraaij and
//! Pohlmann's): it takes endings off (-en, -e, -s, -heid, -ing, -baar, -ig) and writes double vowels as one. It knows
//! neither `ge-` nor `-ge-` nor the -t of a verb, and -ing and -baar go only where two syllables stay. So it makes one
//! of storing and storingen, of klacht and klachten, of wachten and wacht, but leaves apart opzeggen (opzegg), opgezegd
//! (opgezegd) and opzegt (opzegt), bellen, belt and gebeld; and it makes one of `duur` and `duren`, of `rekening` and
//! `rekenen`. What is wrong for complaints is put right by lists (`families.rs`), each with its reason.
//!
//! A **compound** has its parts as further stems (`compounds.rs`), for finding alone: asking for `klantenservice` does not
//! find each `service`. A **separable verb** whose particle stands apart (zeg … op, op te zeggen) is put together by the
//! [`Particles`] that walk along a text.

use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;

mod compounds;
mod families;
mod particles;

pub use families::Particle;
use families::families;
pub use particles::Particles;

use super::fold::{fold, lower};
use super::key::word_key;
use super::stopwords::is_stopword;
use crate::model::Language;

/// The stemmer and its version: an index made with another must be made again.
pub const STEMMER: &str = "rust-stemmers 1.2, folded, 3";

/// Longest word that is stemmed, in bytes; the rest is cut. No word of our languages is longer (the longest in Dutch
/// dictionaries has 53 letters), and what is longer is noise.
const MAX_WORD_BYTES: usize = 64;

/// Words that are remembered for each language before starting afresh, so that memory stays bounded (about 20 MB).
const MAX_REMEMBERED: usize = 200_000;

/// The stems of one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stems {
    /// The stem that counts.
    pub first: Box<str>,
    /// Other stems under which the word is found.
    pub others: Vec<Box<str>>,
    /// Stems of the parts of a compound, under which a text is found, but for which a question does not ask.
    pub parts: Vec<Box<str>>,
    /// The particles that make another verb of this one, with the stem of that verb.
    pub particles: &'static [Particle],
    /// Whether it can be such a particle itself.
    pub is_particle: bool,
    /// A word without meaning of its own: found, but never a problem.
    pub is_stopword: bool,
}

impl Stems {
    /// The stems for which a question asks, the one that counts first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.first).chain(self.others.iter().map(|stem| &**stem))
    }

    /// The stems under which a text is found: [`Stems::all`], then those of the parts.
    pub fn found_by(&self) -> impl Iterator<Item = &str> {
        self.all().chain(self.parts.iter().map(|stem| &**stem))
    }
}

/// Stems words and remembers them. One for each thread.
pub struct Memo {
    stemmers: Vec<Option<Stemmer>>,
    known: Vec<Known>,
}

/// The words of one language.
#[derive(Default)]
struct Known {
    /// Where in `stems` those of a word are, by its [`word_key`].
    short: FxHashMap<[u64; 2], usize>,
    /// Of the words that have none.
    long: FxHashMap<Box<str>, usize>,
    stems: Vec<Stems>,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            stemmers: Language::ALL
                .into_iter()
                .map(|language| algorithm(language).map(Stemmer::create))
                .collect(),
            known: Language::ALL.into_iter().map(|_| Known::default()).collect(),
        }
    }
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

impl Memo {
    /// Returns the stems of `word` as written, in `language`.
    pub fn stems(&mut self, word: &str, language: Language) -> &Stems {
        let word = cut(word);
        let (stemmer, known) = (&self.stemmers[language as usize], &mut self.known[language as usize]);
        let key = word_key(word);
        let place = match key {
            Some(key) => known.short.get(&key),
            None => known.long.get(word),
        };
        let place = place.copied().unwrap_or_else(|| {
            if known.stems.len() >= MAX_REMEMBERED {
                *known = Known::default();
            }
            match key {
                Some(key) => known.short.insert(key, known.stems.len()),
                None => known.long.insert(word.into(), known.stems.len()),
            };
            known.stems.push(stem(word, language, stemmer.as_ref()));
            known.stems.len() - 1
        });
        &known.stems[place]
    }
}

fn cut(word: &str) -> &str {
    if word.len() <= MAX_WORD_BYTES {
        return word;
    }
    let end = (0..=MAX_WORD_BYTES).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
    &word[..end]
}

fn stem(word: &str, language: Language, stemmer: Option<&Stemmer>) -> Stems {
    let plain = without_contraction(&lower(word), language);
    let families = families(language);
    let regular = |word: &str| fold(&stemmer.map_or_else(|| word.into(), |stemmer| stemmer.stem(word)));
    let stem = |word: &str| families.stem(&fold(word)).map_or_else(|| regular(word), str::to_owned);
    let mut stems: Vec<Box<str>> = Vec::with_capacity(1);
    let add = |stem: String, stems: &mut Vec<Box<str>>| {
        if !stem.is_empty() && !stems.iter().any(|known| **known == *stem) {
            stems.push(stem.into());
        }
    };
    let spellings = spellings(&plain);
    for spelling in &spellings {
        for stem in [stem(spelling), stem(&fold(spelling))] {
            add(stem, &mut stems);
        }
    }
    let folded = fold(&plain);
    let is_stopword = is_stopword(language, &fold(&lower(word))) || is_stopword(language, &folded);
    let first = if stems.is_empty() { plain.clone().into() } else { stems.remove(0) };
    let mut parts = Vec::new();
    for spelling in &spellings {
        for part in compounds::parts(&fold(spelling), language) {
            let part = stem(part);
            if *part != *first && !stems.iter().any(|known| **known == *part) {
                add(part, &mut parts);
            }
        }
    }
    let is_particle = families.is_particle(&first);
    Stems { first, others: stems, parts, particles: families.particles(&folded), is_particle, is_stopword }
}

/// A word with three or more of a letter in a row is read with one and with two of it.
fn spellings(word: &str) -> Vec<String> {
    let runs = |most: usize| {
        let mut out = String::with_capacity(word.len());
        let mut run = (None, 0);
        for c in word.chars() {
            run = if run.0 == Some(c) { (Some(c), run.1 + 1) } else { (Some(c), 1) };
            // Digits repeat for a reason: 1000 is not 10.
            if run.1 <= most || !c.is_alphabetic() {
                out.push(c);
            }
        }
        out
    };
    if runs(2) == word { vec![word.to_owned()] } else { vec![runs(1), runs(2)] }
}

/// Takes away what an apostrophe adds and people leave out: `don't` is `dont`, `united's` is `united`, `foto's` is `foto`.
fn without_contraction(word: &str, language: Language) -> String {
    let Some((head, tail)) = word.rsplit_once('\'') else { return word.to_owned() };
    match (language, tail) {
        (_, "s") if !head.is_empty() => head.replace('\'', ""),
        (Language::Dutch, _) if head.chars().count() <= 2 => word.to_owned(),
        (Language::French | Language::Italian, "") => word.to_owned(),
        _ => word.replace('\'', ""),
    }
}

fn algorithm(language: Language) -> Option<Algorithm> {
    match language {
        Language::Dutch => Some(Algorithm::Dutch),
        Language::English => Some(Algorithm::English),
        Language::French => Some(Algorithm::French),
        Language::German => Some(Algorithm::German),
        Language::Italian => Some(Algorithm::Italian),
        Language::Portuguese => Some(Algorithm::Portuguese),
        Language::Spanish => Some(Algorithm::Spanish),
        Language::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(word: &str, language: Language) -> Vec<String> {
        Memo::default().stems(word, language).all().map(str::to_owned).collect()
    }

    /// Each line of forms has one first stem, and no two lines have the same.
    fn check_families(language: Language, lines: &[&str]) {
        let mut memo = Memo::default();
        let mut seen: Vec<(String, &str)> = Vec::new();
        let mut faults = Vec::new();
        for line in lines {
            let firsts: Vec<String> =
                line.split_whitespace().map(|word| memo.stems(word, language).first.to_string()).collect();
            if firsts.iter().any(|first| *first != firsts[0]) {
                faults.push(format!("{language}: {line} are {firsts:?}"));
            }
            if let Some((_, other)) = seen.iter().find(|(first, _)| *first == firsts[0]) {
                faults.push(format!("{language}: {line} is one with {other}: {}", firsts[0]));
            }
            seen.push((firsts[0].clone(), line));
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn dutch_words_are_told_apart_as_a_native_would() {
        check_families(
            Language::Dutch,
            &[
                "storing storingen",
                "internetstoring internetstoringen",
                "gestoord gestoorde",
                "opgezegd opzeggen opzegging opzegt opzeg opgezegde opzegde opgezegt",
                "zeggen zegt gezegd",
                "bezorgd bezorgen bezorging bezorgt bezorgde",
                "bezorger bezorgers",
                "wachten wacht gewacht wachtte",
                "wachttijd wachttijden",
                "bellen belt bel gebeld belde",
                "teruggebeld terugbellen terugbelt terugbel",
                "opbellen opgebeld opbelt",
                "betaald betalen betaling betaalt betaalde betalingen",
                "terugbetaald terugbetalen terugbetaling",
                "geannuleerd annuleren annulering annuleert geannuleerde",
                "vertraagd vertraging vertragingen vertraagde",
                "geleverd leveren levering levert geleverde leveringen",
                "besteld bestellen bestelling bestellingen bestelde",
                "afgesloten afsluiten afsluiting afsluit",
                "aangesloten aansluiten aansluiting",
                "opgelost oplossen oplossing",
                "los losse",
                "klacht klachten",
                "geklaagd klagen klaagt",
                "duur dure duurder duurste",
                "duurt duren duurde geduurd",
                "rekening rekeningen",
                "kapot kapotte",
                "gestolen stelen stal",
                "uitgevallen uitvallen",
                "teruggestort terugstorten terugstorting",
                "pakket pakketje pakketten pakketjes",
                "onbereikbaar onbereikbare onbereikbaarheid",
                "even ff effe",
                "inderdaad idd",
                "doorverbonden doorverbinden",
                "kwijtgeraakt kwijtraken",
                "verloren verliezen verloor",
                "gecanceld cancelen",
            ],
        );
    }

    #[test]
    fn irregular_forms_of_other_languages_are_one() {
        check_families(
            Language::English,
            &[
                "lost lose losing",
                "paid pay payment",
                "broke broken breaking",
                "flew flown fly",
                "emergency emergencies",
                "emerge emerged",
                "cancelled canceled cancellation",
                "customer customers",
                "custom",
                "customs",
                "policy policies",
                "police",
                "complaint complained complaints",
                "delivered delivery",
                "general",
                "generic",
                "luggage",
                "late",
                "refund refunded",
            ],
        );
        check_families(
            Language::German,
            &[
                "gekündigt kündigen Kündigung",
                "Verspätung verspätet Verspätungen",
                "ausgefallen Ausfall ausfallen",
                "angerufen anrufen Anruf",
                "geliefert liefern Lieferung",
                "Rechnung Rechnungen",
                "Störung gestört",
            ],
        );
        check_families(
            Language::French,
            &["perdu perdre", "livraison livré livrer", "attente attendre attendu"],
        );
        check_families(Language::Spanish, &["roto romper", "devuelto devolver devolución", "perdido pierde"]);
        check_families(Language::Italian, &["perso perdere", "risposto risposta rispondere"]);
        check_families(Language::Portuguese, &["cobrança cobrado cobrar", "entrega entregue", "você vc"]);
    }

    #[test]
    fn a_compound_is_found_by_its_parts_and_asked_for_as_a_whole() {
        let mut memo = Memo::default();
        let stems = memo.stems("Internetstoringen", Language::Dutch).clone();
        assert_eq!(stems.all().collect::<Vec<_>>(), ["internetstoring"]);
        assert_eq!(stems.found_by().collect::<Vec<_>>(), ["internetstoring", "internet", "storing"]);
        let stems = memo.stems("Zugverspätung", Language::German);
        assert_eq!(stems.found_by().collect::<Vec<_>>(), ["zugverspat", "zug", "verspat"]);
        let stems = memo.stems("kloooteservice", Language::Dutch);
        assert!(stems.found_by().any(|stem| stem == "servic"), "{stems:?}");
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        use Language::{Dutch, English, French, German, Portuguese, Spanish};
        for (language, left, right) in [
            (English, "flights", "Flight"),
            (English, "delayed", "delays"),
            (English, "don't", "DONT"),
            (English, "United’s", "united"),
            (English, "sooooo", "so"),
            (English, "coooool", "cool"),
            (Dutch, "storingen", "storing"),
            (Dutch, "foto's", "foto"),
            (Dutch, "zoooooo", "zo"),
            (French, "résilié", "resilie"),
            (French, "résilié", "résilier"),
            (German, "Verspätungen", "verspatung"),
            (Spanish, "reclamación", "reclamacion"),
            (Portuguese, "cobrança", "cobranca"),
        ] {
            let (a, b) = (stems(left, language), stems(right, language));
            assert!(a.iter().any(|stem| b.contains(stem)), "{language} {left} {a:?} {right} {b:?}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(stems("1000", Language::English), ["1000"]);
    }

    proptest! {
        #[test]
        fn every_word_has_a_stem_in_every_language(word in "\\PC{0,90}|[a-zéüçñ'’]{1,20}") {
            for language in Language::ALL {
                for stem in Memo::default().stems(&word, language).found_by() {
                    prop_assert!(!stem.chars().any(char::is_uppercase) || !stem.is_ascii());
                }
            }
        }
    }
}
