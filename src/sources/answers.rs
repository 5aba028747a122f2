//! What was answered to posts that we have? How a site is asked for the answers to posts, and how they read.
//!
//! What a brand answers names no brand, and no search brings it: so the posts that began threads are followed. A site that
//! can be asked names how in [`Source::answers`](super::Source::answers), beside how it is asked and read.

use super::page::{Answer, Page, ParseError, Request};
use crate::model::{Kind, Post};

/// A site's way to say what was answered.
pub trait Answers: Sync {
    /// How much may be asked.
    fn rules(&self) -> AnswersRules;

    /// Whether a post may have answers that are to be asked for: those that began a thread, unless a site says otherwise.
    fn wants(&self, post: &Post) -> bool {
        post.reply_to.is_none() && post.kind != Kind::Response
    }

    /// What posts must have in common to be asked for together, as an instance. Empty where the site is one place.
    fn place(&self, _post: &Post) -> String {
        String::new()
    }

    /// The request for the answers to `posts`, which are at least one and at most as many as the rules say; `next` is
    /// where the [`page`](Page::next) before said that the list goes on. `None`: the site cannot be asked for these.
    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request>;

    /// Whether a refusal says that just these posts have no answers, as where they are closed: that is no fault of the site.
    fn has_none(&self, _answer: &Answer<'_>) -> bool {
        false
    }

    /// Reads the answer to [`request`](Answers::request). The posts themselves are not among what it brings.
    ///
    /// # Errors
    /// If it is no answer of this site, and never an empty one.
    fn parse(&self, posts: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError>;
}

/// How much a site may be asked for answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswersRules {
    /// Most posts in one request.
    pub most: usize,
    /// Most requests in a day: about a tenth of what the site allows, so that new posts keep the rest.
    pub a_day: u32,
}
