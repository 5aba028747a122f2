//! Which languages does Grouse read?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language whose words are stemmed, or [`Language::Other`] for all that are kept and found by their plain words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Language {
    Dutch,
    English,
    French,
    German,
    Italian,
    Portuguese,
    Spanish,
    /// Anything else; written `und`, for undetermined (ISO 639-2).
    Other,
}

/// A language code that is not one of [`Language::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language of Grouse: use nl, en, de, fr, es, it, pt or und")]
pub struct UnknownLanguage(String);

impl Language {
    /// All languages, [`Language::Other`] last.
    pub const ALL: [Self; 8] = [
        Self::Dutch,
        Self::English,
        Self::French,
        Self::German,
        Self::Italian,
        Self::Portuguese,
        Self::Spanish,
        Self::Other,
    ];

    /// The two-letter code of ISO 639-1, or `und`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::Spanish => "es",
            Self::Other => "und",
        }
    }

    /// The English name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dutch => "Dutch",
            Self::English => "English",
            Self::French => "French",
            Self::German => "German",
            Self::Italian => "Italian",
            Self::Portuguese => "Portuguese",
            Self::Spanish => "Spanish",
            Self::Other => "another language",
        }
    }

    /// Reads the tag that a source gave, as `en`, `EN`, `nl-BE` or `pt_BR`. A tag of a language that is not ours is
    /// [`Language::Other`]; an empty or undetermined one is `None`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or("").to_ascii_lowercase();
        match primary.as_str() {
            "" | "und" | "null" | "none" | "unknown" | "zxx" | "qme" | "qam" | "qht" => None,
            "nl" | "nld" | "dut" | "dutch" => Some(Self::Dutch),
            "en" | "eng" | "english" => Some(Self::English),
            "fr" | "fra" | "fre" | "french" => Some(Self::French),
            "de" | "deu" | "ger" | "german" => Some(Self::German),
            "it" | "ita" | "italian" => Some(Self::Italian),
            "pt" | "por" | "portuguese" => Some(Self::Portuguese),
            "es" | "spa" | "spanish" => Some(Self::Spanish),
            _ => Some(Self::Other),
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownLanguage(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Language {
    type Error = UnknownLanguage;
    fn try_from(text: String) -> Result<Self, UnknownLanguage> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.code().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
