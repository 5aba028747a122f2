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
    let mut key = [0; 2];
    for (half, letters) in key.iter_mut().zip(bytes.chunks(8)) {
        *half = letters.iter().rev().fold(0, |half, letter| half << 8 | u64::from(*letter));
    }
    // A word has no zero bytes at its end: that would be another one's key.
    Some(key).filter(|_| bytes.last().is_some_and(|last| *last != 0))
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
            prop_assert_eq!(left_key.is_none(), left.is_empty() || left.len() > 16 || left.ends_with('\0'));
        }
    }
}
