//! What is a post? One harvested item, with who wrote it, as the source gave it and after masking.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Language, PostId, SourceId};

/// One harvested item: a tweet, a review, a reply, a complaint form.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// `source:native-id`. A second arrival with the same id replaces the first.
    pub id: PostId,
    /// Where it came from.
    pub source: SourceId,
    /// What kind of item it is.
    pub kind: Kind,
    /// Headline, where the source has one (reviews, forum threads); part of what is searched.
    pub title: Option<String>,
    /// What was written. May be empty, as in a complaint form sent without a narrative.
    pub text: String,
    /// When it was written. A post without it is kept and left out of trends.
    pub created: Option<Timestamp>,
    /// Who wrote it, where the source says so.
    pub author: Option<Author>,
    /// The source's own language tag; a hint, not a verdict.
    pub tag: Option<Language>,
    /// The post that this one answers.
    pub reply_to: Option<PostId>,
    /// Where a person can read it: an [address of the web](is_web_address), or it is not kept.
    pub url: Option<String>,
    /// Stars or points as the source gave them, in the source's own scale.
    pub rating: Option<f64>,
    /// How many people it may have reached: followers, or spreads where those are unknown.
    pub reach: Option<u64>,
    /// Brands that the source names outside the text: a column, a page reviewed. Names, not ids.
    pub about: Vec<String>,
    /// Everything else that the source said, by its own names.
    pub attributes: BTreeMap<String, String>,
}

impl Post {
    /// A post of `source` under that name there, with these words and nothing else.
    #[must_use]
    pub fn bare(source: SourceId, native: &str, text: impl Into<String>) -> Self {
        Self {
            id: PostId::from_parts(&source, native),
            source,
            kind: Kind::Post,
            title: None,
            text: text.into(),
            created: None,
            author: None,
            tag: None,
            reply_to: None,
            url: None,
            rating: None,
            reach: None,
            about: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }
}

/// Whether a text is an address of the web. Anything else that stands where one should, as `javascript:`, is passed on to nobody.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let is_of =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http://", "https://"].iter().any(|scheme| is_of(scheme) && text.len() > scheme.len())
        && !text.contains(char::is_control)
}

/// Where a post stands among all by date: the second in which it was written (since 1970), and a number that tells it from
/// others of the same second.
pub type DatedPlace = (i64, u64);

/// Who wrote a post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// The account's name at the source without a leading `@`, or the number that stands for it.
    pub handle: String,
    /// Name for display.
    pub name: Option<String>,
}

/// What kind of item a post is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Written on its own account.
    Post,
    /// Answers another post, not written by a brand.
    Reply,
    /// A review with or without stars.
    Review,
    /// Written by a brand's own account.
    Response,
}

/// A kind that is not one of [`Kind::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of post: use post, reply, review or response")]
pub struct UnknownKind(String);

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Post, Self::Reply, Self::Review, Self::Response];

    /// The kind as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Reply => "reply",
            Self::Review => "review",
            Self::Response => "response",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;
    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownKind(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_passed_on() {
        for (url, expect) in [
            ("https://x.example/1", true),
            ("HTTP://x.example", true),
            ("javascript:alert(1)", false),
            ("javascript://x.example/%0aalert(1)", false),
            ("https://x.example/\u{1}", false),
            (" https://x.example", false),
            ("data:text/html,x", false),
            ("//x.example", false),
            ("https://", false),
            ("", false),
            ("é", false),
        ] {
            assert_eq!(is_web_address(url), expect, "{url}");
        }
    }
}
