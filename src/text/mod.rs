//! Here is a text: which language, which words, which stems, what must be masked?

pub mod language;
pub mod mask;
pub mod stopwords;
