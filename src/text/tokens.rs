//! Where are the words of a text? Words, numbers, handles, hashtags, links, emoji, and masked places, each as a range
//! that slices back into the text.
//!
//! Written for short public posts rather than for prose: `@name` and `#tag` are tokens of their own, a link is one
//! token, an apostrophe holds a word together (`don't`), but a clitic stands alone where the language writes it so
//! (`l'avion`, `dell'app`). Whatever is no token divides.

use crate::model::{Language, MaskKind};

/// One token: a range of bytes of the text and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
    /// A sentence ends, or a line, between the token before and this one.
    pub is_after_break: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Letters, perhaps with digits, marks and apostrophes inside.
    Word,
    /// Digits, perhaps with points, commas and colons inside.
    Number,
    /// `@name`, also `@name@host` and `@name.host`.
    Handle,
    /// `#tag`.
    Hashtag,
    /// An address on the web.
    Link,
    /// One emoji with all its modifiers.
    Emoji,
    /// The placeholder of something masked.
    Mask,
}

/// Returns the tokens of `text`, whose clitics are divided as `language` writes them.
pub fn tokens(text: &str, language: Language) -> impl Iterator<Item = Token> + '_ {
    Tokens { text, at: 0, language, is_after_break: true, rest_of_word: None }
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
    language: Language,
    is_after_break: bool,
    /// The part of a word after its clitic.
    rest_of_word: Option<(usize, usize)>,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some((start, end)) = self.rest_of_word.take() {
            return Some(Token { kind: TokenKind::Word, start, end, is_after_break: false });
        }
        loop {
            let start = self.at;
            let c = self.text[start..].chars().next()?;
            if let Some((kind, end)) = self.token_at(start, c) {
                self.at = end;
                let is_after_break = std::mem::take(&mut self.is_after_break);
                let mut end = end;
                if kind == TokenKind::Word
                    && let Some(clitic) = clitic_end(&self.text[start..end], self.language)
                {
                    self.rest_of_word = Some((start + clitic, end));
                    end = start + clitic;
                }
                return Some(Token { kind, start, end, is_after_break });
            }
            self.at += c.len_utf8();
            self.is_after_break |= is_break(c);
        }
    }
}

impl Tokens<'_> {
    fn token_at(&self, start: usize, c: char) -> Option<(TokenKind, usize)> {
        let rest = &self.text[start..];
        match c {
            '@' | '＠' if !self.follows_word(start) => {
                handle_end(rest, c).map(|end| (TokenKind::Handle, start + end))
            }
            '#' | '＃' if !self.follows_word(start) => {
                let body = word_run(&rest[c.len_utf8()..], |c| is_word(c) || c == '_');
                let is_tag = rest[c.len_utf8()..][..body].chars().any(char::is_alphabetic);
                is_tag.then_some((TokenKind::Hashtag, start + c.len_utf8() + body))
            }
            '<' => mask_end(rest).map(|end| (TokenKind::Mask, start + end)),
            'h' | 'H' | 'w' | 'W' if link_end(rest).is_some() && !self.follows_word(start) => {
                link_end(rest).map(|end| (TokenKind::Link, start + end))
            }
            c if c.is_ascii_alphanumeric() || is_word(c) => {
                if is_lone(c) {
                    return Some((TokenKind::Word, start + c.len_utf8()));
                }
                Some(word_end(rest)).map(|(kind, end)| (kind, start + end))
            }
            c if is_emoji(c) => Some((TokenKind::Emoji, start + emoji_end(rest))),
            _ => None,
        }
    }

    fn follows_word(&self, start: usize) -> bool {
        self.text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }
}

/// A letter, digit or mark: what a word is made of.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// A combining mark of the blocks that Latin, Arabic and Indic texts use.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{93a}'..='\u{94f}' | '\u{e31}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20dc}')
}

/// A character of a script that is written without spaces: each counts as a word.
fn is_lone(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

fn is_break(c: char) -> bool {
    matches!(
        c,
        '.' | '!' | '?' | ';' | ':' | '\n' | '…' | '|' | '•' | '(' | ')' | '"' | '“' | '”' | '¿' | '¡'
    )
}

fn word_run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.char_indices().find(|(_, c)| !belongs(*c)).map_or(text.len(), |(at, _)| at)
}

/// A word or number at the start of `text`.
fn word_end(text: &str) -> (TokenKind, usize) {
    let mut end = 0;
    let mut letters = 0;
    let mut digits = 0;
    loop {
        // Nearly all letters are these, and they need none of the questions below.
        let plain = text.as_bytes()[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
        for byte in plain {
            end += 1;
            if byte.is_ascii_digit() {
                digits += 1;
            } else {
                letters += 1;
            }
        }
        for c in text[end..].chars() {
            if !is_word(c) || is_lone(c) {
                break;
            }
            end += c.len_utf8();
            if c.is_numeric() {
                digits += 1;
            } else {
                letters += 1;
            }
        }
        let mut after = text[end..].chars();
        let (joint, next) = (after.next(), after.next());
        let is_joined = match (joint, next) {
            // An apostrophe inside a word; not a closing quote.
            (Some('\'' | '’'), Some(c)) => letters > 0 && c.is_alphabetic() && !is_lone(c),
            // at&t, h&m.
            (Some('&'), Some(c)) => (1..=2).contains(&end) && letters > 0 && c.is_ascii_alphabetic(),
            // 1.234,56 and 11:35.
            (Some('.' | ',' | ':'), Some(c)) => letters == 0 && digits > 0 && c.is_ascii_digit(),
            _ => false,
        };
        let Some(joint) = joint.filter(|_| is_joined) else { break };
        end += joint.len_utf8();
    }
    (if letters == 0 { TokenKind::Number } else { TokenKind::Word }, end)
}

fn handle_end(text: &str, sign: char) -> Option<usize> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut end = sign.len_utf8() + word_run(&text[sign.len_utf8()..], is_name);
    if end == sign.len_utf8() {
        return None;
    }
    // @name@host.social, as Mastodon writes it.
    if text[end..].starts_with('@') {
        let host = word_run(&text[end + 1..], |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        let host = text[end + 1..][..host].trim_end_matches(['.', '-']);
        if host.contains('.') {
            return Some(end + 1 + host.len());
        }
    }
    // @name.host, as Bluesky writes it: only with an ending that names use, since a full stop may lack its space.
    let dotted = word_run(&text[end..], |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let dotted = text[end..][..dotted].trim_end_matches(['.', '-']);
    let ending = dotted.rsplit_once('.').map_or("", |(_, ending)| ending);
    if dotted.starts_with('.')
        && !dotted.contains("..")
        && ["social", "com", "net", "org", "nl", "be", "de", "fr", "es", "it", "pt", "eu", "dev", "app"]
            .contains(&ending)
    {
        end += dotted.len();
    }
    Some(end)
}

fn mask_end(text: &str) -> Option<usize> {
    [MaskKind::Email, MaskKind::Phone, MaskKind::Iban, MaskKind::Card, MaskKind::Citizen]
        .into_iter()
        .map(MaskKind::placeholder)
        .find(|placeholder| text.starts_with(placeholder))
        .map(str::len)
}

fn link_end(text: &str) -> Option<usize> {
    let head = text.get(..4)?;
    if !head.eq_ignore_ascii_case("http") && !head.eq_ignore_ascii_case("www.") {
        return None;
    }
    let lead = ["http://", "https://", "www."]
        .into_iter()
        .find(|lead| text.get(..lead.len()).is_some_and(|start| start.eq_ignore_ascii_case(lead)))?;
    let end = word_run(text, |c| {
        !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '“' | '”' | '…')
    });
    let link = text[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '’', '*']);
    (link.len() > lead.len()).then_some(link.len())
}

/// A pictograph that can begin an emoji. The ranges are those of Unicode's emoji-data that carry emoji presentation or
/// are commonly shown so; digits and letters, which are formally emoji too, are left out.
pub(crate) fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{231a}'..='\u{23ff}'
        | '\u{2190}'..='\u{21ff}' | '\u{25aa}'..='\u{25fe}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2934}' | '\u{2935}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
}

fn emoji_end(text: &str) -> usize {
    let mut end = 0;
    let mut is_flag = false;
    let mut joins = true;
    for c in text.chars() {
        let is_regional = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        let takes = if joins {
            is_emoji(c)
        } else {
            matches!(c, '\u{fe0f}' | '\u{20e3}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
                || (is_flag && is_regional)
        };
        if !takes {
            break;
        }
        is_flag = is_regional && joins;
        joins = c == '\u{200d}';
        end += c.len_utf8();
    }
    end
}

/// Where the word after a clitic begins, as in `l'avion`: French and Italian write the apostrophe as part of the first.
fn clitic_end(word: &str, language: Language) -> Option<usize> {
    let list: &[&str] = match language {
        Language::French => {
            &["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"]
        }
        Language::Italian => &[
            "l", "un", "d", "c", "s", "m", "t", "v", "n", "dell", "all", "nell", "sull", "dall", "quell",
            "quest", "com", "cos", "dov", "gl", "bell",
        ],
        _ => return None,
    };
    let (at, apostrophe) = word.char_indices().find(|(_, c)| matches!(c, '\'' | '’'))?;
    let end = at + apostrophe.len_utf8();
    let is_clitic = list.iter().any(|clitic| clitic.eq_ignore_ascii_case(&word[..at]));
    (is_clitic && end < word.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, language: Language, expect: &[&str]) {
        let found: Vec<_> = tokens(text, language).map(|token| &text[token.start..token.end]).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn posts_fall_into_the_tokens_that_people_see() {
        use Language::{Dutch, English, French, Italian};
        check("@united: I don't get it…why?", English, &["@united", "I", "don't", "get", "it", "why"]);
        check("#LostLuggage at AT&T & h&m", English, &["#LostLuggage", "at", "AT&T", "h&m"]);
        check("see https://t.co/x1?a=b, ok", English, &["see", "https://t.co/x1?a=b", "ok"]);
        check("(www.kpn.com).", English, &["www.kpn.com"]);
        check(
            "10.000 posts om 11:35, 4g en €1.234,56!",
            Dutch,
            &["10.000", "posts", "om", "11:35", "4g", "en", "1.234,56"],
        );
        check("foto's van z’n auto's", Dutch, &["foto's", "van", "z’n", "auto's"]);
        check("l'avion qu’il aujourd'hui", French, &["l'", "avion", "qu’", "il", "aujourd'hui"]);
        check("dell'app l'ordine", Italian, &["dell'", "app", "l'", "ordine"]);
        check("fire 🔥🔥 👩‍🚀👍🏽 🇳🇱🇧🇪 ok", English, &["fire", "🔥", "🔥", "👩‍🚀", "👍🏽", "🇳🇱", "🇧🇪", "ok"]);
        check("mail <email> or <b>", English, &["mail", "<email>", "or", "b"]);
        check(
            "@a.bsky.social @b@mas.to. @c.Thanks me@x",
            English,
            &["@a.bsky.social", "@b@mas.to", "@c", "Thanks", "me", "x"],
        );
        check("#1 in #2fast", English, &["1", "in", "#2fast"]);
        check("荷航很差", Language::Other, &["荷", "航", "很", "差"]);
        check("'quoted' rock'n'roll", English, &["quoted", "rock'n'roll"]);
    }

    #[test]
    fn sentences_are_told_apart() {
        let breaks: Vec<_> =
            tokens("Late again. Lost bag, no help", Language::English).map(|t| t.is_after_break).collect();
        assert_eq!(breaks, [true, false, true, false, false, false]);
    }

    proptest! {
        #[test]
        fn tokens_slice_back_into_their_text_in_order(text in "(\\PC|[@#'’.a-z0-9 \u{1f1f3}\u{1f1f1}\u{200d}\u{fe0f}<>éñ/:])*") {
            for language in Language::ALL {
                let mut last = 0;
                for token in tokens(&text, language) {
                    prop_assert!(token.start >= last && token.end > token.start);
                    prop_assert!(text.get(token.start..token.end).is_some());
                    last = token.end;
                }
            }
        }
    }
}
