//! Which letters count as the same? Capitals and accents are folded away for search, and kept for display.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Returns `text` in small letters with a straight apostrophe, its accents kept and composed (NFC).
#[must_use]
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '’' | '‘' | 'ʼ') { '\'' } else { c })
        .nfc()
        .collect()
}

/// Returns `text` in small letters without accents: `Réclamação` gives `reclamacao`. Letters that no decomposition
/// takes apart are written as people type them without a keyboard for them: `ß` as `ss`, `ø` as `o`, `æ` as `ae`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Adds `text` to `out` as [`fold`] returns it.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        let from = out.len();
        out.push_str(text);
        out[from..].make_ascii_lowercase();
        return;
    }
    for c in lower(text).nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'þ' => out.push_str("th"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accents_and_capitals_are_folded() {
        for (text, expect) in [
            ("Réclamação", "reclamacao"),
            ("STRASSE straße", "strasse strasse"),
            ("re\u{301}sume\u{301}", "resume"),
            ("ＫＰＮ", "kpn"),
            ("Don’t", "don't"),
            ("Ørsted İ", "orsted i"),
        ] {
            assert_eq!(fold(text), expect, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
