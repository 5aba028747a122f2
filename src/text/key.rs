//! By what is a short word told from all others at once, and not letter by letter?

/// The letters of a word of up to sixteen bytes as two numbers, another pair for other letters; `None` for a longer word
/// and an empty one. What is known of words is found sooner by it than by their letters: nearly all words have one, and a
/// table that holds it need not follow a pointer to compare.
#[must_use]
pub fn word_key(word: &str) -> Option<[u64; 2]> {
    let bytes = word.as_bytes();
    if bytes.len() > 16 {
        return None;
    }
    // A word has no zero bytes at its end: that would be another one's key.
    Some(bytes_key(bytes)).filter(|_| bytes.last().is_some_and(|last| *last != 0))
}

/// The first sixteen of `bytes`, which are no more, as two numbers.
pub(super) fn bytes_key(bytes: &[u8]) -> [u64; 2] {
    // By reads that overlap where there are fewer bytes: what both read is the same.
    let four = |at: usize| {
        let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
        u64::from(u32::from_le_bytes(four.unwrap_or_default()))
    };
    let eight = |at: usize| {
        let eight = bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok());
        u64::from_le_bytes(eight.unwrap_or_default())
    };
    match bytes {
        [] => [0, 0],
        [one] => [u64::from(*one), 0],
        [one, two] => [u64::from(*one) | u64::from(*two) << 8, 0],
        [one, two, three] => [u64::from(*one) | u64::from(*two) << 8 | u64::from(*three) << 16, 0],
        _ if bytes.len() < 8 => [four(0) | four(bytes.len() - 4) << (8 * (bytes.len() - 4)), 0],
        _ if bytes.len() == 8 => [eight(0), 0],
        _ if bytes.len() <= 16 => [eight(0), eight(bytes.len() - 8) >> (8 * (16 - bytes.len()))],
        _ => [eight(0), eight(8)],
    }
}

/// A slot for a key among `2^bits`, where one word takes the place of another.
#[must_use]
pub fn key_slot(key: [u64; 2], bits: u32) -> usize {
    let mixed = (key[0] ^ key[1].rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (64 - bits)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn other_letters_have_another_key(left in "[a-cé\0]{0,18}", right in "[a-cé\0]{0,18}") {
            let (left_key, right_key) = (word_key(&left), word_key(&right));
            prop_assert!(left_key != right_key || left == right || left_key.is_none());
            let bytes = |key: [u64; 2]| key.into_iter().flat_map(u64::to_le_bytes).collect::<Vec<u8>>();
            if let Some(key) = left_key {
                prop_assert!(bytes(key).starts_with(left.as_bytes()));
            }
            prop_assert_eq!(left_key.is_none(), left.is_empty() || left.len() > 16 || left.ends_with('\0'));
        }
    }
}
