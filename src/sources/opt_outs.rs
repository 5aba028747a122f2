//! Who does not want to be shown? How a site is asked about authors whose posts came by a live stream that does not tell.
//!
//! Such posts are handed on once it is known. A site that can be asked names how in
//! [`Source::opt_outs`](super::Source::opt_outs).

use super::page::{Answer, ParseError, Request};

/// A site's way to say which authors opted out.
pub trait OptOuts: Sync {
    /// Most authors in one request.
    fn most(&self) -> usize;

    /// The request that asks about `authors`, at least one and at most as many as that.
    fn request(&self, authors: &[String]) -> Request;

    /// Those who opted out, each as all of their posts' ids begin.
    ///
    /// # Errors
    /// If it is no answer of this site: then it says nothing about anybody.
    fn parse(&self, answer: &Answer<'_>) -> Result<Vec<String>, ParseError>;
}
