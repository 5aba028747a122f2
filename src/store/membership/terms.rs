//! What are posts compared by? Their stems, and stems side by side, that are in enough posts; numbered by their text.

use rustc_hash::FxHashMap;

/// A stem, or two side by side, by the numbers of a vocabulary that is sorted by text.
pub(crate) type Phrase = (u32, Option<u32>);

/// Posts that have a term at least.
const MIN_POSTS: u32 = 3;

/// Terms at most: the commonest.
const MOST: usize = 8000;

/// The terms that are compared.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    pub(crate) phrases: Vec<Phrase>,
    stems: FxHashMap<u32, u32>,
    pairs: FxHashMap<(u32, u32), u32>,
}

impl Terms {
    /// Chooses among those of `posts`, whose stems are in order, `None` where words are not beside each other; not among
    /// those that are `excluded`.
    pub(crate) fn choose(posts: &[Vec<Option<u32>>], excluded: impl Fn(Phrase) -> bool) -> Self {
        let mut counts: FxHashMap<Phrase, (u32, usize)> = FxHashMap::default();
        for (at, post) in posts.iter().enumerate() {
            each(post, |phrase| {
                let (count, last) = counts.entry(phrase).or_insert((0, usize::MAX));
                if *last != at {
                    *count += 1;
                    *last = at;
                }
            });
        }
        let mut kept: Vec<(u32, Phrase)> = counts
            .into_iter()
            .filter(|(phrase, (count, _))| *count >= MIN_POSTS && !excluded(*phrase))
            .map(|(phrase, (count, _))| (count, phrase))
            .collect();
        kept.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        kept.truncate(MOST);
        Self::of_phrases(kept.into_iter().map(|(_, phrase)| phrase).collect())
    }

    /// These terms, each once.
    pub(crate) fn of_phrases(mut phrases: Vec<Phrase>) -> Self {
        phrases.sort_unstable();
        phrases.dedup();
        let mut terms = Self { phrases, ..Self::default() };
        for (number, (first, second)) in (0..).zip(&terms.phrases) {
            match second {
                Some(second) => terms.pairs.insert((*first, *second), number),
                None => terms.stems.insert(*first, number),
            };
        }
        terms
    }

    /// The terms of a post, rising, each once.
    pub(crate) fn of(&self, post: &[Option<u32>], out: &mut Vec<u32>) {
        out.clear();
        each(post, |phrase| {
            out.extend(self.number(phrase));
        });
        out.sort_unstable();
        out.dedup();
    }

    pub(crate) fn number(&self, (first, second): Phrase) -> Option<u32> {
        match second {
            Some(second) => self.pairs.get(&(first, second)),
            None => self.stems.get(&first),
        }
        .copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.phrases.len()
    }
}

fn each(post: &[Option<u32>], mut visit: impl FnMut(Phrase)) {
    let mut before = None;
    for stem in post {
        if let Some(stem) = *stem {
            visit((stem, None));
            if let Some(before) = before {
                visit((before, Some(stem)));
            }
        }
        before = *stem;
    }
}
