//! What did we judge about a post? Its language, its brands, what was masked, and what its writer meant.
//!
//! Separate judgements stay separate fields, each with the words that led to it where there are such words.

use super::{BrandId, CaseId, Judgement, Language, Says};

/// What was judged about one post. The same text, tag and watchlist give the same finding on every machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The language it is written in.
    pub language: Language,
    /// Brands that the post is about: what the source says, else all that are [mentioned](Finding::mentions).
    pub brands: Vec<BrandId>,
    /// Brands that the post names by handle, tag or alias, in the order of the watchlist.
    pub mentions: Vec<BrandId>,
    /// Brands that the post speaks to: it opens with their handle, or answers them.
    pub directed: Vec<BrandId>,
    /// Written by an account of this brand.
    pub written_by: Option<BrandId>,
    /// The title after masking.
    pub title: Option<String>,
    /// The text after masking: the only form that is ever stored.
    pub text: String,
    /// What was masked in the title, in its order.
    pub title_masks: Vec<Mask>,
    /// What was masked in the text, in its order.
    pub masks: Vec<Mask>,
    /// What the writer meant, and how bad it is.
    pub judgement: Judgement,
    /// Posts with the same case say the same.
    pub case: CaseId,
    /// What it does in its thread, each once, in the order of [`Says::ALL`].
    pub says: Vec<Says>,
}

/// One masked place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mask {
    /// What stood there.
    pub kind: MaskKind,
    /// Byte range of the replaced characters in the original text.
    pub start: usize,
    /// End of that range, exclusive.
    pub end: usize,
}

/// What kind of private datum was masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MaskKind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A bank account number (ISO 13616), its check digits right.
    Iban,
    /// A payment card number (ISO/IEC 7812), its check digit right.
    Card,
    /// A citizen's number, its check digits right where the country has them.
    Citizen,
}

impl MaskKind {
    /// What is written in place of the datum: one token that reads as what it was.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "<email>",
            Self::Phone => "<phone>",
            Self::Iban => "<iban>",
            Self::Card => "<card>",
            Self::Citizen => "<citizen-number>",
        }
    }

    /// The kind as one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        let placeholder = self.placeholder();
        &placeholder[1..placeholder.len() - 1]
    }
}
