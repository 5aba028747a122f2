//! May a program read this page? What a site's `robots.txt` says to us, by RFC 9309.

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
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !was_agent {
                    (is_ours, is_all) = (false, false);
                }
                let agent = value.to_ascii_lowercase();
                is_all |= agent == "*";
                is_ours |= agent == NAME;
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
                        group.rules.push((value.to_owned(), key == "allow"));
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
        self.rules
            .iter()
            .filter(|(pattern, _)| fits(pattern, path))
            .max_by_key(|(pattern, allowed)| (pattern.len(), *allowed))
            .is_none_or(|(_, allowed)| *allowed)
    }
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
