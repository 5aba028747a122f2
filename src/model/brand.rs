//! What is a brand? Ours or a competitor's, with all the ways people write it.

use std::fmt;

use super::{BrandId, SourceId};

/// Ours or a competitor, with the ways people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// Lasting id.
    pub id: BrandId,
    /// Name for people.
    pub name: String,
    /// Whose side it is on.
    pub role: Role,
    /// Words and phrases that mean the brand wherever they stand, in any case; the name is one of them only if it is
    /// listed.
    pub aliases: Vec<String>,
    /// Words that may mean the brand: they count only if [`Brand::near`] or a handle is there and no [`Brand::never_near`] is.
    pub ambiguous: Vec<String>,
    /// Words of which one must stand in the post for an ambiguous alias to count. Empty: none is needed.
    pub near: Vec<String>,
    /// Words of which none may stand in the post for an ambiguous alias to count.
    pub never_near: Vec<String>,
    /// Accounts without `@`, as `united`. A post by one of them is the brand's own response.
    pub handles: Vec<String>,
    /// Accounts at one source. Where there are any, [`Brand::handles`] are somebody else's at that source.
    pub accounts: Vec<Account>,
    /// Tags without `#`.
    pub hashtags: Vec<String>,
    /// How the house answers, in its own words: shown beside a post, never sent.
    pub guidance: Option<String>,
}

/// A brand's account at one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The source.
    pub source: SourceId,
    /// Its name there, without `@`.
    pub handle: String,
}

/// Whose side a brand is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Our own brand.
    Own,
    /// A brand we are compared with.
    Competitor,
}

impl Role {
    /// The role as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Competitor => "competitor",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
