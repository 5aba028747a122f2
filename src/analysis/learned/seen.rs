//! Was this text among those that the weights were learned from? Then how well it is judged says little.

use std::sync::LazyLock;

use super::text_hash;

/// The upper halves of the hashes of all texts that were taught, sorted; made with the table.
static SEEN: &[u8] = include_bytes!("../../../index/model/seen.bin");

/// Whether a text, whatever its capitals, marks, handles, links and numbers are, was taught. Of a hundred thousand texts
/// that were not, one is taken for taught.
#[must_use]
pub fn was_taught(title: Option<&str>, text: &str) -> bool {
    static HASHES: LazyLock<Vec<u32>> =
        LazyLock::new(|| SEEN.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect());
    let half = u32::try_from(text_hash(title, text) >> 32).unwrap_or(0);
    HASHES.binary_search(&half).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_examples_were_taught_and_new_sentences_were_not() {
        let examples = include_str!("../../../index/model/examples/nl.tsv");
        let texts: Vec<&str> = examples.lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect();
        assert!(texts.len() > 50);
        assert!(texts.iter().all(|text| was_taught(None, text)));
        assert!(was_taught(None, &format!("@kpn {} https://example.org/7", texts[0].to_uppercase())));
        let new = ["Zeven groene olifanten kwamen de vergaderzaal in", "Nobody taught anybody this sentence"];
        assert!(!new.iter().any(|text| was_taught(None, text)));
    }
}
