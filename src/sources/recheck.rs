//! What became of posts that we have? How a site is asked about posts by their ids, and what its answer says of each.
//!
//! A site that has such a look-up names it in [`Source::recheck`](super::Source::recheck), beside how it is asked and read.
//! Only a readable answer takes a post out: what refuses, fails or is a web page says nothing about any post.

use std::collections::BTreeSet;
use std::time::Duration;

use super::page::{Answer, ParseError, Request};
use crate::model::{Post, PostId};

/// A site's way to say what became of posts.
pub trait Recheck: Sync {
    /// How much may be asked.
    fn rules(&self) -> RecheckRules;

    /// What posts must have in common to be asked for together, as an instance. Empty where the site is one place.
    fn place(&self, _post: &Post) -> String {
        String::new()
    }

    /// Whether pages that people read are asked for, which say in many ways that they are not there.
    fn asks_pages(&self) -> bool {
        false
    }

    /// The request that asks for `posts`, which are at least one and at most as many as the rules say. `None`: the site
    /// cannot be asked for these.
    fn request(&self, posts: &[Post]) -> Option<Request>;

    /// Whether a refusal says that just the one post that was asked for is not there, or not for everybody to see.
    fn says_gone(&self, _refusal: &Answer<'_>) -> bool {
        false
    }

    /// Reads the answer to [`request`](Recheck::request). What it does not mention is still there.
    ///
    /// # Errors
    /// If it is no answer of this site: then it says nothing about any post.
    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError>;
}

/// How much a site may be asked about posts that are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecheckRules {
    /// Most posts in one request. Where it is one, 404 and 410 say that the post is gone.
    pub most: usize,
    /// Most requests in a day: about a tenth of what the site allows, so that new posts keep the rest.
    pub a_day: u32,
    /// Longest time for which a post may be kept without looking again, where the site's terms name one.
    pub keep: Option<Duration>,
}

/// What became of some posts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rechecked {
    /// They were taken out there.
    pub gone: Vec<PostId>,
    /// All posts whose ids begin like this must go: their authors left, or do not want them shown.
    pub gone_all: Vec<String>,
    /// Posts as they are there now. Only title and text are taken from them.
    pub there: Vec<Post>,
    /// Posts that are there, and whose author is not: who wrote them must go.
    pub nameless: Vec<PostId>,
    /// How long the site wants to be left alone.
    pub wait: Option<Duration>,
    /// All are gone, and only because a list does not show any of them, or a page is not there. That may be a fault of the site.
    pub shows_none: bool,
    /// It cannot be told what became of them.
    pub is_untold: bool,
}

impl Rechecked {
    /// An answer that says nothing of the posts.
    #[must_use]
    pub fn untold() -> Self {
        Self { is_untold: true, ..Self::default() }
    }

    /// What a list says that leaves out what is gone. `named` are the ids of its items, `None` for an item whose id cannot
    /// be read: then nobody can say what is missing, and nothing is.
    pub(super) fn of_list(
        posts: &[Post],
        named: impl IntoIterator<Item = Option<String>>,
        there: Vec<Post>,
    ) -> Self {
        let named: Option<BTreeSet<String>> = named.into_iter().collect();
        let gone: Vec<PostId> = named.map_or_else(Vec::new, |named| {
            let is_missing = |post: &&Post| !named.contains(native(post));
            posts.iter().filter(is_missing).map(|post| post.id.clone()).collect()
        });
        Self { shows_none: gone.len() == posts.len(), gone, there, ..Self::default() }
    }
}

/// What the site calls a post.
pub(super) fn native(post: &Post) -> &str {
    post.id.as_str().split_once(':').map_or("", |(_, native)| native)
}

/// What the site calls each of some posts, joined.
pub(super) fn natives(posts: &[Post], between: &str) -> String {
    posts.iter().map(native).collect::<Vec<_>>().join(between)
}
