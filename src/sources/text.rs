//! What did the writer write, before the way it travelled marked it? Entities, control characters, line ends.

use encoding_rs::WINDOWS_1252;

/// Whether the entities of HTML are written out as the characters they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entities {
    /// `&amp;` becomes `&`, once: what was written as `&amp;amp;` stays `&amp;`.
    Decode,
    /// The text is as it should be.
    Keep,
}

/// Returns `raw` without control characters but line ends and tabs; `\r\n` and a lone `\r` are line ends.
pub(super) fn clean(raw: &str, entities: Entities) -> String {
    let is_plain = raw.bytes().all(|byte| {
        (byte >= 0x20 || byte == b'\n' || byte == b'\t')
            && byte != 0x7F
            // The control characters beyond ASCII start with this byte, and so do accented letters.
            && byte != 0xC2
            && (byte != b'&' || entities == Entities::Keep)
    });
    if is_plain {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let mut bytes = c.len_utf8();
        match c {
            '&' if entities == Entities::Decode => match entity(rest) {
                Some((decoded, length)) => {
                    bytes = length;
                    push(&mut out, decoded);
                }
                None => out.push('&'),
            },
            '\r' => {
                out.push('\n');
                bytes += usize::from(rest.as_bytes().get(1) == Some(&b'\n'));
            }
            other => push(&mut out, other),
        }
        rest = rest.get(bytes..).unwrap_or_default();
    }
    out
}

/// The text of a piece of HTML as a reader sees it: paragraphs and breaks are line ends, other tags are nothing.
///
/// Posts come as small, generated pieces; this is no reader of whole pages. What is no tag after all stays.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    // Once a comment does not end, none behind it does: it is looked for once, or a long text would take hours.
    let mut has_open_comment = false;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let is_tag = from[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let end = match (is_tag, from.starts_with("<!--")) {
            (false, _) => None,
            (true, true) if has_open_comment => None,
            (true, true) => {
                let end = from.find("-->").map(|end| end + 2);
                has_open_comment = end.is_none();
                end
            }
            (true, false) => {
                let Some(end) = from.find('>') else {
                    // Nor does any tag behind it.
                    rest = from;
                    break;
                };
                Some(end)
            }
        };
        let Some(end) = end else {
            out.push('<');
            rest = &from[1..];
            continue;
        };
        let name: String = from[1..end]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        rest = &from[end + 1..];
        match name.as_str() {
            "br" => out.push('\n'),
            "p" | "div" | "li" | "blockquote" | "pre" | "tr" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4"
                if !out.is_empty() && !out.ends_with('\n') =>
            {
                out.push('\n');
            }
            "script" | "style" if !from[1..].starts_with('/') => {
                let closes = |at: &usize| {
                    rest.get(at + 2..at + 2 + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(&name))
                };
                let end = rest.match_indices("</").map(|(at, _)| at).find(closes).unwrap_or(rest.len());
                rest = &rest[end..];
            }
            _ => {}
        }
    }
    out.push_str(rest);
    clean(out.trim(), Entities::Decode)
}

fn push(out: &mut String, c: char) {
    if !c.is_control() || c == '\n' || c == '\t' {
        out.push(c);
    }
}

/// The character that an entity at the start of `text` stands for, and how long the entity is.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        // A space that does not break is a space to every reader of these texts.
        "nbsp" => ' ',
        _ if !name.starts_with('#') => named(name)?,
        _ => {
            let number = &name[1..];
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok()?,
                _ => return None,
            };
            match u8::try_from(code) {
                // Such numbers stand for nothing, and are written by programs that mean another table.
                Ok(byte @ 0x80..=0x9F) => WINDOWS_1252.decode(&[byte]).0.chars().next()?,
                _ => char::from_u32(code)?,
            }
        }
    };
    Some((c, end + 1))
}

/// The letters from U+00A0 on by the names that HTML has for them.
const LETTERS: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
    micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil \
    Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute \
    Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute \
    icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// Other names that are written in texts of people; those of mathematics and Greek are not.
const SIGNS: [(&str, char); 35] = [
    ("OElig", '\u{152}'),
    ("oelig", '\u{153}'),
    ("Scaron", '\u{160}'),
    ("scaron", '\u{161}'),
    ("Yuml", '\u{178}'),
    ("fnof", '\u{192}'),
    ("circ", '\u{2C6}'),
    ("tilde", '\u{2DC}'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("lrm", '\u{200E}'),
    ("rlm", '\u{200F}'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("lsquo", '\u{2018}'),
    ("rsquo", '\u{2019}'),
    ("sbquo", '\u{201A}'),
    ("ldquo", '\u{201C}'),
    ("rdquo", '\u{201D}'),
    ("bdquo", '\u{201E}'),
    ("dagger", '\u{2020}'),
    ("Dagger", '\u{2021}'),
    ("bull", '\u{2022}'),
    ("hellip", '\u{2026}'),
    ("permil", '\u{2030}'),
    ("lsaquo", '\u{2039}'),
    ("rsaquo", '\u{203A}'),
    ("euro", '\u{20AC}'),
    ("trade", '\u{2122}'),
    ("larr", '\u{2190}'),
    ("rarr", '\u{2192}'),
    ("hearts", '\u{2665}'),
];

/// The character that HTML has that name for.
fn named(name: &str) -> Option<char> {
    let letter = || LETTERS.split_whitespace().zip('\u{A0}'..).find(|(known, _)| *known == name);
    SIGNS.into_iter().find(|(known, _)| *known == name).or_else(letter).map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_arrives_as_it_was_written() {
        let cases = [
            ("AT&amp;T &lt;3 &gt; &quot;x&quot; it&#39;s &#x1F600; a&nbsp;b", "AT&T <3 > \"x\" it's 😀 a b"),
            (
                "&amp;amp; & &; &unknown; &#; &#x; &#xD800; &#-5; &#+5;",
                "&amp; & &; &unknown; &#; &#x; &#xD800; &#-5; &#+5;",
            ),
            (
                "caf&eacute; &Uuml;ber &nbsp;&yuml;&euro;5 &ldquo;it&rsquo;s&rdquo;&hellip; &ntilde",
                "café Über  ÿ€5 “it’s”… &ntilde",
            ),
            ("it&#146;s &#x80;5 &#129;", "it’s €5 "),
            ("a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd"),
            ("a\0b\u{7}c\td\u{85}e é", "abc\tde é"),
            ("&#0;x&#10;y", "x\ny"),
            ("", ""),
        ];
        for (raw, expect) in cases {
            assert_eq!(clean(raw, Entities::Decode), expect, "{raw:?}");
        }
        assert_eq!(clean("&amp;\u{1}", Entities::Keep), "&amp;");
    }

    #[test]
    fn html_reads_as_it_looks() {
        let cases = [
            (
                "<p>Two <b>bold</b> words</p><p>and&nbsp;a line<br/>more</p>",
                "Two bold words\nand a line\nmore",
            ),
            ("1 < 2 &lt;b&gt; <3", "1 < 2 <b> <3"),
            ("a<script>x()</script>b<!-- no > c -->d", "abd"),
            (
                "<a href=\"https://a.example/\"><span class=\"invisible\">https://</span>a.example</a>",
                "https://a.example",
            ),
            ("<p", "<p"),
            ("", ""),
        ];
        for (html, expect) in cases {
            assert_eq!(plain(html), expect, "{html}");
        }
    }

    /// What a site sends may have megabytes of what opens and never ends.
    #[test]
    fn a_long_text_of_open_marks_is_read_once() {
        for (piece, expected) in [
            ("<a", "<a"),
            ("<!--", "<!--"),
            ("<!-- >", "<!-- >"),
            ("<script>x</script>", ""),
            ("<script></SCRIPT >", ""),
            ("<style>", ""),
            ("</", "</"),
        ] {
            let html = piece.repeat(2_000_000 / piece.len());
            assert_eq!(plain(&html).len(), expected.len() * (2_000_000 / piece.len()), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn any_html_reads_to_its_end(html in "[<>/!pbr&;a\\- ]{0,60}") {
            prop_assert!(plain(&html).len() <= html.len() + 1);
        }

        #[test]
        fn what_is_clean_stays(raw in any::<String>()) {
            let once = clean(&raw, Entities::Keep);
            prop_assert_eq!(&clean(&once, Entities::Keep), &once);
            prop_assert!(clean(&raw, Entities::Decode).len() <= raw.len());
        }
    }
}
