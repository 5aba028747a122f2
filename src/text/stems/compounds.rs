//! Of which words is this compound made? `internetstoring` is internet + storing: a search for `storing` finds it.
//!
//! Dutch and German write as one word what English writes as two. A word is divided only if its last part is listed as
//! one that ends compounds and what is before it as one that opens them (`index/lexicon/<code>/compounds.txt`), with a
//! linking element between them or none. Few lists of nouns beat one list of all words here: `be-stelling`,
//! `onder-delen` and `wed-strijd` are made of words, too. The parts are for finding; the whole word stays what is counted.
//!
//! To add a compound's part: its place in `compounds.txt`.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Language;
use crate::text::fold::fold;
use crate::text::language::listed_words;

/// Shortest last part, in bytes; also the shortest word that opens a compound with any ending.
const LEAST_END: usize = 3;

/// Shortest compound that is divided, in bytes.
const LEAST_COMPOUND: usize = 7;

/// The parts of the folded `word`, in order; none if it is no compound or `language` has none.
pub(super) fn parts(word: &str, language: Language) -> Vec<&str> {
    let Some(lists) = (match language {
        Language::Dutch => Some(&LISTS[0]),
        Language::German => Some(&LISTS[1]),
        _ => None,
    }) else {
        return Vec::new();
    };
    if word.len() < LEAST_COMPOUND || !word.is_ascii() || !word.bytes().all(|byte| byte.is_ascii_lowercase())
    {
        return Vec::new();
    }
    lists.divide(word).unwrap_or_default()
}

struct Lists {
    opens: FxHashSet<Box<str>>,
    /// The words that end compounds; true for those that end them whatever opens them.
    ends: FxHashMap<Box<str>, bool>,
    links: &'static [&'static str],
    /// What opens words without being one.
    prefixes: &'static [&'static str],
}

impl Lists {
    fn of(list: &'static str, links: &'static [&'static str], prefixes: &'static [&'static str]) -> Self {
        let mut lists = Self { opens: FxHashSet::default(), ends: FxHashMap::default(), links, prefixes };
        for part in listed_words(list) {
            let word = fold(part.trim_matches(['-', '~'])).into_boxed_str();
            if part.starts_with(['-', '~']) {
                *lists.ends.entry(word.clone()).or_default() |= part.starts_with('~');
            }
            if part.ends_with('-') {
                lists.opens.insert(word);
            }
        }
        lists
    }

    /// The longest last part first: bezorgkosten is bezorg + kosten, and not bezorgk + osten.
    fn divide<'a>(&self, word: &'a str) -> Option<Vec<&'a str>> {
        (LEAST_END..=word.len().saturating_sub(LEAST_END)).find_map(|border| {
            let (front, end) = word.split_at(border);
            let is_open = self.is_open_end(end)?;
            if let Some(opening) = self.opening(front) {
                return Some(vec![opening, end]);
            }
            // pakketbezorgkosten: what is before the last part is a compound itself.
            if front.len() >= LEAST_COMPOUND
                && let Some(mut parts) = self.unlinked(front).find_map(|front| self.divide(front))
            {
                parts.push(end);
                return Some(parts);
            }
            // A brand, a place: only what it ends in is known.
            (is_open && !self.prefixes.contains(&front)).then(|| vec![end])
        })
    }

    /// Whether `end`, or what it is the plural of, ends compounds whatever opens them. None if it ends none.
    fn is_open_end(&self, end: &str) -> Option<bool> {
        let singular = || end.strip_suffix("en").or_else(|| end.strip_suffix('s'));
        self.ends.get(end).or_else(|| self.ends.get(singular()?)).copied()
    }

    fn opening<'a>(&self, front: &'a str) -> Option<&'a str> {
        self.unlinked(front).find(|front| self.opens.contains(*front))
    }

    /// `front` without each linking element that it may end in.
    fn unlinked<'a>(&self, front: &'a str) -> impl Iterator<Item = &'a str> {
        self.links.iter().filter_map(move |link| front.strip_suffix(link))
    }
}

/// Dutch, German.
static LISTS: LazyLock<[Lists; 2]> = LazyLock::new(|| {
    [
        Lists::of(
            include_str!("../../../index/lexicon/nl/compounds.txt"),
            &["", "s", "en", "e", "-"],
            &[
                "ver", "ont", "her", "mis", "wan", "oer", "aan", "uit", "door", "over", "onder", "terug",
                "bij", "voor",
            ],
        ),
        Lists::of(
            include_str!("../../../index/lexicon/de/compounds.txt"),
            &["", "s", "es", "n", "en", "er", "e"],
            &[
                "ver", "ent", "zer", "miss", "aus", "ein", "auf", "ab", "vor", "zer", "her", "hin", "mit",
                "nach",
            ],
        ),
    ]
});

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, cases: &[(&str, &[&str])]) {
        for (word, expect) in cases {
            assert_eq!(parts(&fold(word), language), *expect, "{word}");
        }
    }

    #[test]
    fn compounds_are_divided() {
        check(
            Language::Dutch,
            &[
                ("klantenservice", &["klanten", "service"]),
                ("wachttijd", &["wacht", "tijd"]),
                ("internetstoring", &["internet", "storing"]),
                ("internetstoringen", &["internet", "storingen"]),
                ("bezorgkosten", &["bezorg", "kosten"]),
                ("pakketbezorger", &["pakket", "bezorger"]),
                ("treinvertraging", &["trein", "vertraging"]),
                ("betalingsprobleem", &["probleem"]),
                ("annuleringskosten", &["annulering", "kosten"]),
                ("Ziggostoring", &["storing"]),
                ("kutzooi", &["kut", "zooi"]),
                ("kloteservice", &["klote", "service"]),
                ("wachttijden", &["wacht", "tijden"]),
            ],
        );
        check(
            Language::German,
            &[
                ("Kundenservice", &["kunden", "service"]),
                ("Zugverspätung", &["zug", "verspatung"]),
                ("Lieferzeiten", &["liefer", "zeiten"]),
                ("Stellwerkstörung", &["stellwerk", "storung"]),
            ],
        );
    }

    #[test]
    fn what_is_no_compound_stays_whole() {
        for word in [
            "ontstoring",
            "verstoring",
            "bestelling",
            "altijd",
            "wedstrijd",
            "maaltijd",
            "onderdelen",
            "praktijk",
            "Rotterdam",
            "rotonde",
            "kutten",
            "storing",
            "vertraging",
            "winkelen",
            "behandeling",
            "belangrijk",
            "verkeerd",
            "bereikbaar",
            "tegelijkertijd",
            "aanrekening",
            "misrekening",
            "afrekening",
            "uitbetaling",
            "bediening",
            "overlast",
            "kostenloos",
            "telefoneren",
            "klassieker",
            "spannend",
            "verantwoordelijk",
        ] {
            assert!(
                parts(&fold(word), Language::Dutch).is_empty(),
                "{word} {:?}",
                parts(&fold(word), Language::Dutch)
            );
        }
        for word in
            ["Verzeihung", "Entstörung", "Sauerei", "Mahnung", "Bestellung", "Wirklichkeit", "Mahlzeit"]
        {
            assert!(parts(&fold(word), Language::German).is_empty(), "{word}");
        }
        assert!(parts("klantenservice", Language::English).is_empty());
    }
}
