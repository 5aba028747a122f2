//! How does the engine read what the analyzer encoded? It splits, and decides nothing.

use tantivy::Index;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

use crate::text::{Decoded, decode};

/// Reads stems with their positions.
pub(super) const STEMS_TOKENIZER: &str = "grouse_stems";
/// Reads the values of the term column, which are written as stems are, one at each position.
pub(super) const COLUMN_TOKENIZER: &str = "grouse_column";

/// Tells the engine of both, as must be done each time an index is opened.
pub(super) fn register(index: &Index) {
    let split = || TextAnalyzer::builder(Split::default()).build();
    index.tokenizers().register(STEMS_TOKENIZER, split());
    index.fast_field_tokenizer().register(COLUMN_TOKENIZER, split());
}

#[derive(Debug, Clone, Default)]
struct Split {
    token: Token,
}

impl Tokenizer for Split {
    type TokenStream<'a> = Splitting<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Splitting<'a> {
        self.token.reset();
        Splitting { values: decode(text), token: &mut self.token }
    }
}

struct Splitting<'a> {
    values: Decoded<'a>,
    token: &'a mut Token,
}

impl TokenStream for Splitting<'_> {
    fn advance(&mut self) -> bool {
        let Some((position, value)) = self.values.next() else { return false };
        self.token.position = position as usize;
        self.token.text.clear();
        self.token.text.push_str(value);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
