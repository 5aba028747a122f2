//! What may name a thing? Checked ids: once made, an id is known to be well-formed.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::fnv1a;

/// Longest id in bytes. The engine drops longer terms silently, so an id beyond this could be stored but not found.
const MAX_BYTES: usize = 512;

/// A text that cannot be an id, with the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {name}: {rule}")]
pub struct InvalidId {
    name: &'static str,
    text: String,
    rule: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and wraps it.
            ///
            /// # Errors
            /// If `text` breaks the rule in the type's description.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                match $check(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(rule) => Err(InvalidId {
                        name: stringify!($name),
                        text: text.chars().take(80).collect(),
                        rule,
                    }),
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
}

id! {
    /// Names a [`Post`](super::Post) across all sources, as `source:native-id`: no white space, at most 512 bytes.
    PostId, check_post_id
}
id! {
    /// Names a [`Brand`](super::Brand): small letters, digits and single hyphens, as in `us-airways`.
    BrandId, check_slug
}
id! {
    /// Names where posts come from, a site or a kind of file: small letters, digits and single hyphens.
    SourceId, check_slug
}
id! {
    /// Names a [`Watchlist`](super::Watchlist), as its file in `queries/` is named.
    WatchlistId, check_slug
}
id! {
    /// Names a [`KnownProblem`](super::KnownProblem) for good: small letters, digits and single hyphens, as in
    /// `lost-luggage`.
    ProblemId, check_slug
}

impl PostId {
    /// Joins a source and the id that the post has there. White space and control characters in the native id are
    /// written as `%XX`, so that any native id gives a valid and distinct post id; one that would be too long keeps
    /// its first half and ends in a hash of the whole.
    #[must_use]
    pub fn from_parts(source: &SourceId, native: &str) -> Self {
        let mut text = String::with_capacity(source.as_str().len() + 1 + native.len());
        text.push_str(source.as_str());
        text.push(':');
        for c in native.chars() {
            if c.is_whitespace() || c.is_control() || c == '%' {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "%{byte:02X}");
                }
            } else {
                text.push(c);
            }
        }
        if native.is_empty() {
            text.push('-');
        }
        if text.len() > MAX_BYTES {
            let hash = fnv1a(text.bytes());
            let cut = (0..=MAX_BYTES / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(cut);
            let _ = write!(text, "~{hash:016x}");
        }
        Self(text)
    }

    /// The part before the colon.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0.split_once(':').map_or("", |(source, _)| source)
    }
}

impl BrandId {
    /// Makes an id of a name, as `US Airways` gives `us-airways`; `None` if nothing of the name can be kept.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        slug(name).map(Self)
    }
}

/// Letters of a problem's id at most, before its number: it is typed by people.
const MAX_PROBLEM_CHARS: usize = 32;

impl ProblemId {
    /// Makes an id of a name, as `lost luggage, claim` gives `lost-luggage-claim`; of a long one its first words. A name
    /// of which nothing can be kept gives `problem`.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let whole = slug(name).unwrap_or_else(|| "problem".to_owned());
        let mut short = String::new();
        for word in whole.split('-') {
            if !short.is_empty() && short.chars().count() + 1 + word.chars().count() > MAX_PROBLEM_CHARS {
                break;
            }
            if !short.is_empty() {
                short.push('-');
            }
            short.extend(word.chars().take(MAX_PROBLEM_CHARS));
        }
        Self(short)
    }

    /// The id with a number behind it, for a name that is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{self}-{number}"))
    }
}

impl SourceId {
    /// Makes an id of a name, as `App Store` gives `app-store`; `None` if nothing of the name can be kept.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        slug(name).map(Self)
    }
}

fn slug(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') && c != '\'' && c != '’' && c != '.' {
            out.push('-');
        }
        if out.len() > 120 {
            break;
        }
    }
    let out = out.trim_end_matches('-').to_owned();
    (!out.is_empty()).then_some(out)
}

fn check_post_id(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_BYTES {
        return Err("an id has at most 512 bytes");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("an id has no white space");
    }
    match text.split_once(':') {
        Some((source, native)) if !native.is_empty() && check_slug(source).is_ok() => Ok(()),
        _ => Err("an id is written source:native-id"),
    }
}

fn check_slug(text: &str) -> Result<(), &'static str> {
    let fits = !text.is_empty()
        && text.len() <= 128
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
        && text.chars().all(|c| c == '-' || (c.is_alphanumeric() && c.to_lowercase().eq([c])));
    if fits { Ok(()) } else { Err("it takes small letters, digits and single hyphens") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_refuse_what_breaks_their_rule() {
        for bad in ["", "hn", "hn:", "hn 1:2", "hn:1 2", "HN:1", ":1"] {
            assert!(PostId::new(bad).is_err(), "{bad:?}");
        }
        for good in ["hn:1", "app-store:a/b:c"] {
            assert!(PostId::new(good).is_ok(), "{good:?}");
        }
        for bad in ["", "-a", "a-", "a--b", "US", "us airways"] {
            assert!(BrandId::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_become_slugs() {
        let cases = [
            ("US Airways", Some("us-airways")),
            ("TRANSUNION INTERMEDIATE HOLDINGS, INC.", Some("transunion-intermediate-holdings-inc")),
            ("Wendy's", Some("wendys")),
            ("Ziggo™", Some("ziggo")),
            ("--", None),
        ];
        for (name, expect) in cases {
            assert_eq!(BrandId::from_name(name).as_ref().map(BrandId::as_str), expect, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_native_id_gives_a_valid_post_id(native in "\\PC*|.{0,700}") {
            let source = SourceId::new("hn").unwrap();
            let id = PostId::from_parts(&source, &native);
            prop_assert!(PostId::new(id.as_str()).is_ok(), "{id}");
        }

        #[test]
        fn every_name_gives_a_valid_problem(name in "\\PC{0,300}", number in 2_u32..) {
            let id = ProblemId::from_name(&name);
            prop_assert!(ProblemId::new(id.as_str()).is_ok(), "{id}");
            prop_assert!(id.as_str().chars().count() <= MAX_PROBLEM_CHARS, "{id}");
            prop_assert!(ProblemId::new(id.numbered(number).as_str()).is_ok());
        }

        #[test]
        fn every_name_gives_a_valid_brand_or_none(name in "\\PC{0,300}") {
            if let Some(id) = BrandId::from_name(&name) {
                prop_assert!(BrandId::new(id.as_str()).is_ok(), "{id}");
            }
        }
    }
}
