//! By what is a problem known? By weighted stems and stem pairs: a query with a name, that can be asked of any post.

use super::{Language, Phrase, PostId};

/// What discovery found in the posts that answer a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Discovery {
    /// Posts that answer the query.
    pub posts: u64,
    /// Of them, how many have none of the problems.
    pub unassigned: u64,
    /// What all trades suffer from, the largest first.
    pub themes: Vec<Theme>,
    /// Language by language, and in it the largest first.
    pub problems: Vec<Discovered>,
}

/// What all trades suffer from, as waiting or loss: links the languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The same in each language, as `waiting`.
    pub id: String,
    /// Posts that have one of its words.
    pub count: u64,
}

/// A problem that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    /// The commonest way in which the posts write what sets it apart.
    pub name: String,
    /// By what a post is known to have it.
    pub signature: Signature,
    /// The theme that most of its posts speak of, if most do.
    pub theme: Option<String>,
    /// Posts that have it.
    pub count: u64,
    /// Posts of which it is the strongest problem.
    pub strongest: u64,
    /// `count` of the query's posts, 0..=1.
    pub share: f64,
    /// The problem that is most like it, by its place in [`Discovery::problems`].
    pub neighbor: Option<usize>,
    /// Terms that it has and its neighbor has not, as people write them, the most telling first.
    pub apart: Vec<String>,
    /// The posts that score highest for their length, of each case one.
    pub typical: Vec<PostId>,
}

/// Terms of a problem by which its typical posts are known.
const CORE: usize = 12;

impl Signature {
    /// Its most telling terms: what most of its posts share. The rest may tell more each, and is of few posts.
    #[must_use]
    pub fn core(&self) -> Self {
        Self { language: self.language, terms: self.terms.iter().take(CORE).cloned().collect() }
    }
}

/// Weighted terms of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The language whose stems they are.
    pub language: Language,
    /// Terms with weights in thousandths of a natural-log unit, the most telling first. A term `theme:waiting` is any word
    /// of that [`Theme`].
    pub terms: Vec<(Phrase, i32)>,
}
