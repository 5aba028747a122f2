//! By which number is a feature known? A hash that is the same on every platform, and says which block it is of.

use crate::model::fnv1a;

/// What kind of feature. The order is that of [`BLOCKS`](super::weights::BLOCKS).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// One word, mark, emoji.
    Word,
    /// Two that follow each other.
    Pair,
    /// Three to five letters inside a word.
    Letters,
    /// A word that is negated.
    Negated,
    /// How the text is written: lengths, marks, capitals.
    Surface,
    /// A class of the lexicon.
    Class,
    /// To what kind of account it is written.
    Handle,
    /// A word once more, by whether the text has a handle or names a brand: what is said of a company means something else to it than
    /// to others; and by whether it is short.
    WordByHandle,
    /// A class once more, in the same way.
    ClassByHandle,
}

/// Mixes all bits into all bits (the end of `SplitMix64`).
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The hash of a word; apostrophes are passed over, since `dont` is `don't`.
pub(crate) fn word(folded: &str) -> u64 {
    mix(fnv1a(folded.bytes().filter(|byte| *byte != b'\'')))
}

/// The hash of a word after others.
pub(crate) fn then(before: u64, word: u64) -> u64 {
    mix(before.rotate_left(23) ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The key of a feature in its block.
pub(crate) fn key(block: Block, hash: u64) -> u64 {
    mix(hash.wrapping_add((block as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_everywhere_and_differ_by_block() {
        assert_eq!(word("don't"), word("dont"));
        assert_eq!(word("storing"), 8_351_891_969_026_806_033);
        assert_ne!(key(Block::Word, 1), key(Block::Pair, 1));
        assert_ne!(then(word("a"), word("b")), then(word("b"), word("a")));
    }
}
