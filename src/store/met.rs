//! May the index hold a post with this id? A few bits for each id answer "no" at once, for nearly all that are new.
//!
//! To ask the index itself means to search the ids of each of its segments, for each post that comes in. This is a filter
//! as Bloom described it (1970), cut into blocks so that a question reads one word of memory. It may say yes to what is
//! not there, and the index is asked then; it never says no to what is. Its size is fixed: at a million posts one new id
//! in four hundred is looked up in vain, at ten million one in four.

/// Words of 64 bits, as a power of two: 4 MB.
const WORD_BITS: u32 = 19;

/// The ids that were met, by their hashes.
pub(super) struct Ids {
    words: Box<[u64]>,
}

impl Ids {
    pub(super) fn new() -> Self {
        Self { words: vec![0; 1 << WORD_BITS].into() }
    }

    /// Notes the hash of an id; its bits must be as good as drawn by chance.
    pub(super) fn add(&mut self, hash: u64) {
        self.words[word(hash)] |= marks(hash);
    }

    /// False only if the hash was never added.
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let marks = marks(hash);
        self.words[word(hash)] & marks == marks
    }
}

fn word(hash: u64) -> usize {
    usize::try_from(hash >> (64 - WORD_BITS)).unwrap_or(0)
}

/// Three bits of the word, named by other bits of the hash.
fn marks(hash: u64) -> u64 {
    1 << (hash & 63) | 1 << (hash >> 6 & 63) | 1 << (hash >> 12 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::hash;

    #[test]
    fn what_was_added_is_never_denied_and_little_else_is_granted() {
        let mut ids = Ids::new();
        let id = |number: u32| hash(format!("x:{number}").as_bytes());
        (0..100_000).for_each(|number| ids.add(id(number)));
        assert!((0..100_000).all(|number| ids.may_have(id(number))));
        let in_vain = (100_000..200_000).filter(|number| ids.may_have(id(*number))).count();
        assert!(in_vain < 100, "{in_vain} of 100,000");
    }
}
