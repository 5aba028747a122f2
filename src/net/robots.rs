//! May a program read this page? What a site's `robots.txt` says to us, by RFC 9309.

use std::fmt::Write as _;
use std::time::Duration;

/// The rules of one host that are about us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Robots {
    /// Path pattern, and whether it is allowed.
    rules: Vec<(String, bool)>,
    /// Time between requests that the site asks for; no part of the standard, and widely meant.
    pub(super) delay: Option<Duration>,
}

/// Our name, as a rule has it.
const NAME: &str = "grouse";

/// Bytes that are read; the standard wants at least 500 kibibytes.
const MAX_BYTES: usize = 512 << 10;

impl Robots {
    /// Reads the group for us, or else the one for everybody.
    pub(super) fn read(text: &str) -> Self {
        let text = text.get(..MAX_BYTES.min(text.len())).unwrap_or(text);
        let (mut ours, mut all) = (Self::default(), Self::default());
        let mut has_ours = false;
        let (mut is_ours, mut is_all, mut was_agent) = (false, false, false);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Lines end by CR, LF or both; an empty one more says nothing.
        for line in text.split(['\r', '\n']) {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !was_agent {
                    (is_ours, is_all) = (false, false);
                }
                is_all |= value == "*";
                is_ours |= product(value).eq_ignore_ascii_case(NAME);
                has_ours |= is_ours;
                was_agent = true;
                continue;
            }
            was_agent = false;
            for (group, is_meant) in [(&mut ours, is_ours), (&mut all, is_all)] {
                if !is_meant {
                    continue;
                }
                match key.as_str() {
                    "allow" | "disallow" if !value.is_empty() => {
                        group.rules.push((of_pattern(value), key == "allow"));
                    }
                    "crawl-delay" => {
                        let seconds =
                            value.parse::<f64>().ok().filter(|seconds| (0.0..=3600.0).contains(seconds));
                        group.delay = seconds.map(Duration::from_secs_f64);
                    }
                    _ => {}
                }
            }
        }
        if has_ours { ours } else { all }
    }

    /// All is forbidden: what holds while the rules of a site cannot be had.
    pub(super) fn closed() -> Self {
        Self { rules: vec![("/".to_owned(), false)], delay: None }
    }

    /// Whether `path`, with its question, may be read: by the longest rule that fits, and of two by the kinder.
    pub(super) fn allows(&self, path: &str) -> bool {
        let path = alike(path, "*$");
        self.rules
            .iter()
            .filter(|(pattern, _)| fits(pattern, &path))
            .max_by_key(|(pattern, allowed)| (pattern.len(), *allowed))
            .is_none_or(|(_, allowed)| *allowed)
    }
}

/// The product's name of `Grouse/1.0 (note)`.
fn product(agent: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    agent.split(|c| !is_name(c)).next().unwrap_or_default()
}

/// A rule's pattern, written as paths are. Its `*`, and a `$` at its end, keep their meaning.
fn of_pattern(pattern: &str) -> String {
    match pattern.strip_suffix('$') {
        Some(pattern) => alike(pattern, "$") + "$",
        None => alike(pattern, "$"),
    }
}

/// A path written in the one way in which paths are compared (RFC 9309, 2.2.2): letters, digits and `-._~` as themselves, what
/// is beyond ASCII and each of `escaped` as `%XX`, and what was written so in capitals.
fn alike(path: &str, escaped: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let octet = (byte == b'%').then(|| octet(bytes.get(at + 1..at + 3)?)).flatten();
        at += if octet.is_some() { 3 } else { 1 };
        let is_plain = match octet {
            Some(octet) => octet.is_ascii_alphanumeric() || b"-._~".contains(&octet),
            None => byte.is_ascii() && !escaped.as_bytes().contains(&byte),
        };
        let byte = octet.unwrap_or(byte);
        if is_plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The octet that two hexadecimal digits write.
fn octet(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Whether a path begins as `pattern` says, where `*` is anything and `$` at the end is the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (number, part) in parts.iter().enumerate() {
        if to_end && number + 1 == parts.len() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    !to_end || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_that_fits_decides() {
        let robots = Robots::read(
            "User-agent: other\nDisallow: /\n\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /private # note\nAllow: /private/feed\nDisallow: /*.php$\nDisallow:\n",
        );
        assert_eq!(robots.delay, Some(Duration::from_millis(2500)));
        let cases = [
            ("/", true),
            ("/private", false),
            ("/private/x", false),
            ("/private/feed.xml", true),
            ("/a/b.php", false),
            ("/a/b.php?c=1", true),
        ];
        for (path, expect) in cases {
            assert_eq!(robots.allows(path), expect, "{path}");
        }
    }

    #[test]
    fn a_path_may_be_written_in_several_ways() {
        let text = "User-agent: *\nDisallow: /a%7Eb\nDisallow: /c~d\nDisallow: /e%2ff\nDisallow: /caf\u{e9}\nDisallow: /g%2a\n\
                    Disallow: /h*%69$\nDisallow: /100%\nDisallow: /%+1";
        let robots = Robots::read(text);
        let forbidden = [
            "/a~b",
            "/a%7eb",
            "/%61%7Eb/x",
            "/c%7Ed",
            "/c~d",
            "/e%2Ff",
            "/caf%C3%A9",
            "/caf%c3%a9",
            "/g*",
            "/hxi",
            "/100%",
            "/%+1",
        ];
        for path in forbidden {
            assert!(!robots.allows(path), "{path}");
        }
        // A slash that is written out is no slash, and a star that is meant is no other word.
        for path in ["/e/f", "/gx", "/hxij", "/a-b", "/caf"] {
            assert!(robots.allows(path), "{path}");
        }
    }

    #[test]
    fn a_byte_order_mark_any_end_of_line_and_a_version_hide_no_rule() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}User-agent: *", "Disallow: /a", ""].join(end);
            let robots = Robots::read(&text);
            assert!(!robots.allows("/a") && robots.allows("/b"), "{end:?}");
        }
        for (agent, is_ours) in [
            ("Grouse/1.0", true),
            ("GROUSE/2 (+https://example.org)", true),
            ("grouse", true),
            ("Grousebot/1.0", false),
            ("a-grouse", false),
        ] {
            let robots = Robots::read(&format!("User-agent: {agent}\nDisallow: /a\n"));
            assert_eq!(robots.allows("/a"), !is_ours, "{agent}");
        }
    }

    #[test]
    fn a_group_for_us_stands_for_the_one_for_everybody() {
        let robots =
            Robots::read("User-agent: *\nDisallow: /\nUser-agent: a\nUser-agent: Grouse\nDisallow: /b\n");
        assert!(robots.allows("/a") && !robots.allows("/b"));
        assert!(Robots::read("").allows("/a"));
        assert!(!Robots::closed().allows("/a"));
        assert!(
            Robots::read("\u{0}\u{ff}:::\nDisallow: /").allows("/"),
            "a rule without a group is about nobody"
        );
    }
}
