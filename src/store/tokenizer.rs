//! How does the engine read what the analyzer encoded? It splits, and decides nothing.

use tantivy::Index;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

use crate::text::{BREAK, column_values, decode};

/// Reads stems with their positions.
pub(super) const STEMS_TOKENIZER: &str = "grouse_stems";
/// Reads the values of the term column.
pub(super) const COLUMN_TOKENIZER: &str = "grouse_column";

/// Tells the engine of both, as must be done each time an index is opened.
pub(super) fn register(index: &Index) {
    index.tokenizers().register(STEMS_TOKENIZER, TextAnalyzer::builder(Stems::default()).build());
    index.fast_field_tokenizer().register(COLUMN_TOKENIZER, TextAnalyzer::builder(Column::default()).build());
    debug_assert!(!BREAK.is_empty());
}

#[derive(Debug, Clone, Default)]
struct Stems {
    token: Token,
}

impl Tokenizer for Stems {
    type TokenStream<'a> = Split<'a, Box<dyn Iterator<Item = (u32, &'a str)> + 'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        self.token.reset();
        Split { values: Box::new(decode(text)), token: &mut self.token, text: std::marker::PhantomData }
    }
}

#[derive(Debug, Clone, Default)]
struct Column {
    token: Token,
}

impl Tokenizer for Column {
    type TokenStream<'a> = Split<'a, Box<dyn Iterator<Item = (u32, &'a str)> + 'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        self.token.reset();
        Split {
            values: Box::new((0..).zip(column_values(text))),
            token: &mut self.token,
            text: std::marker::PhantomData,
        }
    }
}

struct Split<'a, I: Iterator<Item = (u32, &'a str)>> {
    values: I,
    token: &'a mut Token,
    text: std::marker::PhantomData<&'a str>,
}

impl<'a, I: Iterator<Item = (u32, &'a str)>> TokenStream for Split<'a, I> {
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
