//! Which classes of phrases does a text use? Words of waiting, of failing, of thanks, of negation, in every language alike.
//!
//! The phrases are `index/lexicon/<code>/classes.txt`: `[class]` opens a class, and each line below it is a phrase. The
//! classes are shared by all languages, so that what is learned from English complaints holds for Portuguese ones. All
//! languages are looked up in one tree: a text whose language was misjudged is read as well.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::features::{Hit, word_hash};
use crate::analysis::reading::Reading;
use crate::model::Language;
use crate::text::TokenKind;

const LISTS: [(Language, &str); 7] = [
    (Language::Dutch, include_str!("../../../index/lexicon/nl/classes.txt")),
    (Language::English, include_str!("../../../index/lexicon/en/classes.txt")),
    (Language::French, include_str!("../../../index/lexicon/fr/classes.txt")),
    (Language::German, include_str!("../../../index/lexicon/de/classes.txt")),
    (Language::Italian, include_str!("../../../index/lexicon/it/classes.txt")),
    (Language::Portuguese, include_str!("../../../index/lexicon/pt/classes.txt")),
    (Language::Spanish, include_str!("../../../index/lexicon/es/classes.txt")),
];

/// The number of a class, by its name's place in the alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class(pub(super) u8);

/// All phrases as a tree of words.
pub(super) struct Classes {
    /// The node below a node by a word. The root is 0.
    below: FxHashMap<(u32, u64), u32>,
    /// The classes of the phrase that ends at each node.
    ends: Vec<Vec<Class>>,
    /// Of words that turn around what follows.
    pub(super) negation: Class,
}

impl std::fmt::Debug for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Classes").finish_non_exhaustive()
    }
}

impl Classes {
    /// Most classes there may be.
    pub(super) const MAX: usize = 64;

    /// The classes that are shipped.
    pub(super) fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Classes> = LazyLock::new(|| Classes::new(&LISTS));
        &SHIPPED
    }

    fn new(lists: &[(Language, &str)]) -> Self {
        let mut names: Vec<&str> =
            lists.iter().flat_map(|(_, list)| phrases(list)).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(Self::MAX);
        let number = |name: &str| {
            let at = names.binary_search(&name).ok()?;
            u8::try_from(at).ok().map(Class)
        };
        let mut classes = Self {
            below: FxHashMap::default(),
            ends: vec![Vec::new()],
            negation: number("neg").unwrap_or(Class(u8::MAX)),
        };
        for (language, list) in lists {
            for (name, phrase) in phrases(list) {
                if let Some(class) = number(name) {
                    classes.add(*language, phrase, class);
                }
            }
        }
        classes
    }

    fn add(&mut self, language: Language, phrase: &str, class: Class) {
        let reading = Reading::new(phrase, language);
        let mut node = 0;
        for word in reading.words.iter().filter(|word| word.kind != TokenKind::Link) {
            let next = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
            node = *self.below.entry((node, word_hash(reading.folded(word)))).or_insert(next);
            if node == next {
                self.ends.push(Vec::new());
            }
        }
        let ends = &mut self.ends[node as usize];
        if node != 0 && !ends.contains(&class) {
            ends.push(class);
            ends.sort_unstable();
        }
    }

    /// The longest phrase from each of `count` items on, once for each of its classes.
    pub(super) fn find(&self, count: usize, item: impl Fn(usize) -> (u64, bool)) -> Vec<Hit> {
        let mut found = Vec::new();
        for from in 0..count {
            let mut node = 0;
            let mut longest = (0, 0);
            for to in from..count {
                let Some(next) = self.below.get(&(node, item(to).0)) else { break };
                node = *next;
                if !self.ends[node as usize].is_empty() {
                    longest = (node, to + 1);
                }
            }
            let (from, to) = (u32::try_from(from).unwrap_or(0), u32::try_from(longest.1).unwrap_or(0));
            found.extend(self.ends[longest.0 as usize].iter().map(|class| Hit { from, to, class: *class }));
        }
        found
    }
}

/// Each phrase of a list, with the name of its class.
fn phrases(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut class = "";
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(
        move |line| match line.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(name) => {
                class = name;
                None
            }
            None => Some((class, line)),
        },
    )
}
