//! Which words share a stem that the stemmer gives them not? Those of `stems.txt` and the conjugated verbs of `verbs.txt`.
//!
//! Both are in `index/lexicon/<code>/`, with the reason for each group. They are few and fixed, so a word is looked up
//! once, when it is first met; what is remembered of it costs no more than before.
//!
//! To add a word: a line in `stems.txt`, under its reason. A Dutch verb: a line in `verbs.txt`.

use std::sync::LazyLock;

use rust_stemmers::Stemmer;
use rustc_hash::{FxHashMap, FxHashSet};

use super::algorithm;
use crate::model::Language;
use crate::text::fold::fold;

/// A particle and the verb that it completes, both as stems: `op` makes `opzegg` of `zeg`.
pub type Particle = (Box<str>, Box<str>);

/// What the lists say of the words of one language. Words are folded.
#[derive(Default)]
pub(super) struct Families {
    stems: FxHashMap<Box<str>, Box<str>>,
    /// The particles that may follow a form of a verb at some distance.
    particles: FxHashMap<Box<str>, Vec<Particle>>,
    /// All particles, as stems.
    all_particles: FxHashSet<Box<str>>,
}

/// The lists of `language`.
pub(super) fn families(language: Language) -> &'static Families {
    &FAMILIES[language as usize]
}

impl Families {
    /// The stem that the lists give to `folded`.
    pub(super) fn stem(&self, folded: &str) -> Option<&str> {
        self.stems.get(folded).map(|stem| &**stem)
    }

    /// The particles that complete the verb of which `folded` is a finite form or the infinitive.
    pub(super) fn particles(&'static self, folded: &str) -> &'static [Particle] {
        self.particles.get(folded).map_or(&[], Vec::as_slice)
    }

    /// Whether `stem` is a particle's.
    pub(super) fn is_particle(&self, stem: &str) -> bool {
        self.all_particles.contains(stem)
    }

    fn of(language: Language) -> Self {
        let Some(stemmer) = algorithm(language).map(Stemmer::create) else { return Self::default() };
        let regular = |word: &str| fold(&stemmer.stem(word)).into_boxed_str();
        let mut families = Self::default();
        let (stems, verbs) = lists(language);
        for line in lines(stems) {
            if let Some((word, stem)) = line.split_once(" = ") {
                families.put(word, stem.into());
            }
        }
        for line in lines(stems) {
            if let Some((head, forms)) = line.split_once(": ") {
                let stem = families.stems.get(&*fold(head)).cloned().unwrap_or_else(|| regular(head));
                for form in std::iter::once(head).chain(forms.split_whitespace()) {
                    families.put(form, stem.clone());
                }
            }
        }
        families.add_verbs(verbs, regular);
        families
    }

    /// The first list to name a word decides.
    fn put(&mut self, word: &str, stem: Box<str>) {
        self.stems.entry(fold(word).into()).or_insert(stem);
    }

    fn add_verbs(&mut self, list: &str, regular: impl Fn(&str) -> Box<str>) {
        let mut known: FxHashMap<&str, Vec<String>> = FxHashMap::default();
        // A verb with a particle is conjugated as the one behind it, which may stand further down.
        let plain_first = lines(list).filter(|line| !line.contains('|'));
        for line in plain_first.chain(lines(list).filter(|line| line.contains('|'))) {
            let mut words = line.split_whitespace();
            let Some(verb) = words.next() else { continue };
            let is_noun = verb.ends_with('+');
            let verb = verb.trim_end_matches('+');
            let (particle, base) = verb.split_once('|').unwrap_or(("", verb));
            let irregular: Vec<&str> = words.collect();
            let forms = match known.get(base) {
                Some(forms) => forms.clone(),
                None => conjugated(base, &irregular),
            };
            let stem = regular(&format!("{particle}{base}"));
            for form in std::iter::once(base).chain(forms.iter().map(String::as_str)) {
                self.put(&format!("{particle}{form}"), stem.clone());
            }
            if is_noun && let Some(root) = base.strip_suffix("en") {
                self.put(&format!("{particle}{root}ing"), stem.clone());
                self.put(&format!("{particle}{root}ingen"), stem.clone());
            }
            if particle.is_empty() {
                known.insert(base, forms);
                continue;
            }
            self.put(&format!("{particle}te{base}"), stem.clone());
            self.all_particles.insert(regular(particle));
            // A participle is never parted from its particle.
            for form in std::iter::once(base).chain(forms.iter().map(String::as_str)) {
                if !form.starts_with("ge") || base.starts_with("ge") {
                    let particles = self.particles.entry(form.into()).or_default();
                    particles.push((regular(particle), stem.clone()));
                }
            }
        }
    }
}

/// The forms of a Dutch verb but its infinitive: those by rule, and the irregular ones.
///
/// More are made than there are, as `leveer` beside `lever` and `geneemd` beside `genomen`: what is no word harms nobody.
fn conjugated(infinitive: &str, irregular: &[&str]) -> Vec<String> {
    let mut forms: Vec<String> = irregular.iter().map(|&form| form.to_owned()).collect();
    let Some(root) = infinitive.strip_suffix("en") else { return forms };
    // Bellen and bergen have no prefix.
    let is_prefixed =
        ["be", "her", "ont", "ver"].iter().any(|prefix| infinitive.starts_with(prefix)) && root.len() > 4;
    // After these the past is in -te: 't kofschip.
    let dental = if root.ends_with(['t', 'k', 'f', 's', 'c', 'h', 'p', 'x']) { 't' } else { 'd' };
    for stem in present_stems(root) {
        if !stem.ends_with('t') {
            forms.push(format!("{stem}t"));
        }
        forms.push(format!("{stem}{dental}e"));
        forms.push(format!("{stem}{dental}en"));
        let participle = if is_prefixed { stem.clone() } else { format!("ge{stem}") };
        forms.push(format!("{participle}{dental}e"));
        // One writes `gebelt` as well, as one writes `hij word`.
        forms.extend(["", "d", "t"].map(|ending| format!("{participle}{ending}")));
        forms.push(stem);
    }
    forms.push(format!("{infinitive}d"));
    forms
}

/// What is left of an infinitive without -en, as it is spelled at the end of a word.
fn present_stems(root: &str) -> Vec<String> {
    let letters: Vec<char> = root.chars().collect();
    let is_vowel = |at: usize| letters.get(at).is_some_and(|c| "aeiouy".contains(*c));
    let Some(last) = letters.len().checked_sub(1) else { return Vec::new() };
    let voiceless = |mut stem: String| {
        let end = match stem.pop() {
            Some('v') => 'f',
            Some('z') => 's',
            Some(other) => other,
            None => return stem,
        };
        stem.push(end);
        stem
    };
    if last > 0 && letters[last] == letters[last - 1] {
        return vec![letters[..last].iter().collect()];
    }
    let is_open = last > 1 && !is_vowel(last) && "aeou".contains(letters[last - 1]) && !is_vowel(last - 2);
    let short = voiceless(root.to_owned());
    if !is_open {
        return vec![short];
    }
    let mut long: String = letters[..last].iter().collect();
    long.push(letters[last - 1]);
    long.push(letters[last]);
    let long = voiceless(long);
    // Only an e can be a mute one, as in leveren; "bel" is no form of belen.
    if letters[last - 1] == 'e' { vec![long, short] } else { vec![long] }
}

/// `stems.txt` and `verbs.txt` of a language.
fn lists(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::Dutch => (
            include_str!("../../../index/lexicon/nl/stems.txt"),
            include_str!("../../../index/lexicon/nl/verbs.txt"),
        ),
        Language::English => (include_str!("../../../index/lexicon/en/stems.txt"), ""),
        Language::French => (include_str!("../../../index/lexicon/fr/stems.txt"), ""),
        Language::German => (include_str!("../../../index/lexicon/de/stems.txt"), ""),
        Language::Italian => (include_str!("../../../index/lexicon/it/stems.txt"), ""),
        Language::Portuguese => (include_str!("../../../index/lexicon/pt/stems.txt"), ""),
        Language::Spanish => (include_str!("../../../index/lexicon/es/stems.txt"), ""),
        Language::Other => ("", ""),
    }
}

fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// In the order of [`Language::ALL`].
static FAMILIES: LazyLock<[Families; 8]> = LazyLock::new(|| Language::ALL.map(Families::of));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_gives_a_word_two_stems() {
        for language in Language::ALL {
            let mut seen = FxHashSet::default();
            for line in lines(lists(language).0) {
                let words = line.split_once(" = ").map(|(word, _)| vec![word]).or_else(|| {
                    let (head, forms) = line.split_once(": ")?;
                    // A head may be given its stem by a line of its own, and lead more than one line.
                    let forms = forms.split_whitespace().filter(|form| fold(form) != fold(head));
                    Some(forms.collect())
                });
                for word in words.unwrap_or_else(|| panic!("{language}: {line}")) {
                    assert_eq!(word, word.to_lowercase());
                    assert!(seen.insert(word), "{language}: {word} is listed twice");
                }
            }
        }
    }

    #[test]
    fn verbs_are_listed_once_and_end_in_n() {
        let mut seen = FxHashSet::default();
        for line in lines(lists(Language::Dutch).1) {
            let verb = line.split_whitespace().next().unwrap().trim_end_matches('+');
            assert!(verb.ends_with('n') && seen.insert(verb), "{verb}");
        }
    }

    #[test]
    fn dutch_verbs_are_conjugated() {
        for (infinitive, expect) in [
            ("bellen", "bel belt belde belden gebeld gebelde bellend"),
            ("betalen", "betaal betaalt betaalde betaalden betaald"),
            ("leveren", "lever levert leverde geleverd geleverde"),
            ("annuleren", "annuleer annuleert annuleerde geannuleerd"),
            ("wachten", "wacht wachtte gewacht"),
            ("missen", "mis mist miste gemist"),
            ("beloven", "beloof belooft"),
        ] {
            let forms = conjugated(infinitive, &[]);
            for form in expect.split(' ') {
                assert!(forms.iter().any(|known| known == form), "{infinitive}: {form} is not in {forms:?}");
            }
        }
    }
}
