//! Which word was meant? The known word that is fewest typing mistakes away.

/// Longer words are not compared: no known word is that long, and the comparison takes the square of the length.
const MAX_CHARS: usize = 48;

/// The candidate that `word` most probably was meant to be; `None` if none is near. The first wins among equals.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = plain(word);
    if word.is_empty() || word.len() > MAX_CHARS {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            // A third of the letters may be wrong, so that `tz` is not taken for `x`.
            let most = (word.len().max(other.len()) / 3).min(4);
            let is_start = word.len() >= 3 && other.len() > word.len() && other.starts_with(&word);
            let steps = if is_start { 1 } else { mistakes(&word, &other) };
            (steps <= most).then_some((steps, candidate))
        })
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Letters and digits in small letters, since `Time-Zone` and `time_zone` are the same mistake.
fn plain(word: &str) -> Vec<char> {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(MAX_CHARS + 1).collect()
}

/// Letters to add, drop, change or swap with their neighbor to get from one word to the other.
fn mistakes(from: &[char], to: &[char]) -> usize {
    let mut before = vec![0; to.len() + 1];
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = Vec::with_capacity(to.len() + 1);
        row.push(i + 1);
        for (j, b) in to.iter().enumerate() {
            let mut steps = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                steps = steps.min(before[j - 1] + 1);
            }
            row.push(steps);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["aliases", "handles", "hashtags", "never_near", "time_zone", "monday", "x", "rss"];
        let cases = [
            ("alias", Some("aliases")),
            ("handels", Some("handles")),
            ("Hash-Tags", Some("hashtags")),
            ("nevernear", Some("never_near")),
            ("mon", Some("monday")),
            ("timezone", Some("time_zone")),
            ("tz", None),
            ("banana", None),
            ("", None),
        ];
        for (word, expect) in cases {
            assert_eq!(nearest(word, known), expect, "{word}");
        }
    }

    proptest! {
        #[test]
        fn a_word_is_nearest_to_itself(word in "[a-z]{1,40}", other in "[a-z]{1,40}") {
            prop_assert_eq!(nearest(&word, [other.as_str(), word.as_str()]), Some(word.as_str()));
        }

        #[test]
        fn mistakes_count_the_same_both_ways(a in "[a-c]{0,9}", b in "[a-c]{0,9}") {
            let (a, b) = (plain(&a), plain(&b));
            prop_assert_eq!(mistakes(&a, &b), mistakes(&b, &a));
        }
    }
}
