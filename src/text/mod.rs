//! Here is a text: which language, which words, which stems, what must be masked?
//!
//! Pure: text in, values out. `tokens.rs` finds the words, `fold.rs` and `stems.rs` say which are the same,
//! `language.rs` in which language, `mask.rs` what nobody may see, and `analyzer.rs` puts them together for the index.

mod analyzer;
mod fold;
mod hashtag;
mod key;
pub mod language;
mod long_ago;
pub mod mask;
mod stems;
mod stopwords;
mod tokens;

pub use analyzer::{Analyzer, BREAK, Decoded, Encoded, column_values, decode};
pub use fold::{fold, fold_into, lower};
pub use hashtag::split_hashtag;
pub use key::{key_slot, word_key};
pub use language::{invites, plain_words};
pub use long_ago::{is_of_long_ago, left_long_ago};
pub use stems::{Memo, Particle, Particles, STEMMER, Stems};
pub use stopwords::is_stopword;
pub use tokens::{Token, TokenKind, tokens};
