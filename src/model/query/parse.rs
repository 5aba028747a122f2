//! How is a typed question read?
//!
//! Precedence, tightest first: `NEAR/n`, then `NOT` and `-`, then `AND` (which words side by side mean as well), then `OR`.
//! One law decides the doubtful cases: the same words always mean the same. Punctuation around a word or an operator
//! changes nothing, and where a text may have been meant as syntax but is none, there is an error and no guess.
//! `token.rs` cuts the text into words and conditions; here they are joined into a tree.

use super::token::{Token, TokenKind, tokens};
use super::{Query, Text};

/// Longest question in bytes: more than any person types, and little enough to read at once.
const MAX_BYTES: usize = 4096;

/// Deepest nesting of parentheses and negations; it bounds the stack of all that walks the tree.
const MAX_DEPTH: usize = 64;

/// A question that cannot be read: where it goes wrong and what would be right there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at position {position}: {problem}; expected {expected}")]
pub struct QueryError {
    /// Where, in characters from 1; one more than there are characters if something is missing at the end.
    pub position: usize,
    /// What stands there.
    pub problem: String,
    /// What could stand there.
    pub expected: String,
}

/// Reads a typed question; of an empty one, every post is the answer.
///
/// # Errors
/// With the position and what was expected, if it is not a question, is longer than 4,096 bytes, has more than 512
/// words and conditions, or nests deeper than 64.
pub fn parse_query(text: &str) -> Result<Query, QueryError> {
    if text.len() > MAX_BYTES {
        let at = text.char_indices().take_while(|(byte, _)| *byte < MAX_BYTES).count();
        return Err(QueryError::new(
            at,
            format!("the question is {} bytes long", text.len()),
            format!("at most {MAX_BYTES} bytes"),
        ));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return match text.chars().position(|c| !c.is_whitespace()) {
            None => Ok(Query::All),
            Some(at) => Err(QueryError::new(
                at,
                "there is no word to search for, only punctuation",
                "a word, a \"phrase\" or a field such as brand:name; nothing at all finds every post",
            )),
        };
    }
    let mut parser = Parser { tokens, next: 0 };
    let query = parser.any(0)?;
    match parser.peek() {
        None => Ok(query),
        Some(extra) => Err(QueryError::new(
            extra.at,
            "this parenthesis closes nothing",
            "a ( before it, or quotes around it",
        )),
    }
}

impl QueryError {
    /// An error at the character `at`, counted from 0.
    pub(super) fn new(at: usize, problem: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { position: at + 1, problem: problem.into(), expected: expected.into() }
    }

    /// Two lines for a terminal: the question `text`, with a space for each character that would not show as one, and
    /// a caret below the place.
    #[must_use]
    pub fn pointer(&self, text: &str) -> String {
        let line: String = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
        format!("{line}\n{}^", " ".repeat(self.position.saturating_sub(1)))
    }
}

/// All of `parts`: none is an `And` below another, and one that asks for everything falls away.
pub(super) fn all_of(parts: Vec<Query>) -> Query {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Query::All => {}
            Query::And(inner) => flat.extend(inner),
            part => flat.push(part),
        }
    }
    match flat.len() {
        0 => Query::All,
        1 => flat.swap_remove(0),
        _ => Query::And(flat),
    }
}

/// At least one of `parts`, of which there is one: none is an `Or` below another.
pub(super) fn any_of(parts: Vec<Query>) -> Query {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Query::Or(inner) => flat.extend(inner),
            part => flat.push(part),
        }
    }
    if flat.len() == 1 { flat.swap_remove(0) } else { Query::Or(flat) }
}

/// `text` fit for a message: short and on one line.
pub(super) fn shown(text: &str) -> String {
    let mut out: String = text.chars().take(40).map(|c| if is_invisible(c) { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        out.push('…');
    }
    out
}

/// Control characters, and those that take no place or turn the direction of writing.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn is_next(&self, kind: &TokenKind) -> bool {
        self.peek().is_some_and(|token| token.kind == *kind)
    }

    /// Parts with `OR` between them.
    fn any(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.all(depth)?];
        while self.is_next(&TokenKind::Or) {
            self.operator()?;
            parts.push(self.all(depth)?);
        }
        Ok(any_of(parts))
    }

    /// Parts side by side or with `AND` between them.
    fn all(&mut self, depth: usize) -> Result<Query, QueryError> {
        let mut parts = vec![self.one(depth)?];
        while let Some(token) = self.peek() {
            match token.kind {
                TokenKind::Or | TokenKind::Close => break,
                TokenKind::And => self.operator()?,
                _ => {}
            }
            parts.push(self.one(depth)?);
        }
        Ok(all_of(parts))
    }

    /// Steps over an operator, if something that it can work on follows.
    fn operator(&mut self) -> Result<(), QueryError> {
        let Some(token) = self.peek() else { return Ok(()) };
        let problem = match self.tokens.get(self.next + 1) {
            None => format!("{} has nothing after it", token.kind),
            Some(after) => match after.kind {
                TokenKind::Open | TokenKind::Not(_) | TokenKind::Leaf(_) => {
                    self.next += 1;
                    return Ok(());
                }
                TokenKind::Close => format!("{} has nothing after it", token.kind),
                _ => format!("{} stands before {}", token.kind, after.kind),
            },
        };
        let word = if matches!(token.kind, TokenKind::Not("-")) { "" } else { OR_SMALL };
        Err(QueryError::new(
            token.at,
            problem,
            format!("a word, a \"phrase\", a field or a parenthesis after it{word}"),
        ))
    }

    fn one(&mut self, depth: usize) -> Result<Query, QueryError> {
        let Some(token) = self.peek() else {
            // Callers look ahead, so this is for safety only.
            return Err(QueryError::new(
                self.tokens.last().map_or(0, |last| last.at),
                "the question stops here",
                "a word",
            ));
        };
        let at = token.at;
        match &token.kind {
            TokenKind::Leaf(leaf) => {
                let leaf = leaf.clone();
                self.next += 1;
                self.near(leaf)
            }
            TokenKind::Not(_) => {
                check_depth(at, depth)?;
                self.operator()?;
                Ok(Query::Not(Box::new(self.one(depth + 1)?)))
            }
            TokenKind::Open => {
                check_depth(at, depth)?;
                self.next += 1;
                match self.peek().map(|token| &token.kind) {
                    None => return Err(unclosed(at)),
                    Some(TokenKind::Close) => {
                        return Err(QueryError::new(
                            at,
                            "these parentheses hold no word",
                            "a word, a \"phrase\" or a field between them",
                        ));
                    }
                    Some(_) => {}
                }
                let inner = self.any(depth + 1)?;
                if self.peek().is_none() {
                    return Err(unclosed(at));
                }
                self.next += 1;
                match self.peek() {
                    Some(Token { at, kind: TokenKind::Near(_) }) => Err(beside(*at, "a parenthesis")),
                    _ => Ok(inner),
                }
            }
            TokenKind::And | TokenKind::Or | TokenKind::Near(_) => Err(QueryError::new(
                at,
                format!("{} has nothing before it", token.kind),
                format!("a word, a \"phrase\", a field or a parenthesis before it{OR_SMALL}"),
            )),
            TokenKind::Close => {
                Err(QueryError::new(at, "this parenthesis closes nothing", "a word before it"))
            }
        }
    }

    /// `left`, or `left NEAR/n right` if that is what follows.
    fn near(&mut self, left: Query) -> Result<Query, QueryError> {
        let Some(&Token { at, kind: TokenKind::Near(distance) }) = self.peek() else { return Ok(left) };
        let Query::Text(left) = left else { return Err(beside(at, what(&left))) };
        let right: Text = match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            Some(TokenKind::Leaf(Query::Text(text))) => text.clone(),
            Some(TokenKind::Leaf(other)) => return Err(beside(at, what(other))),
            Some(TokenKind::Open) => return Err(beside(at, "a parenthesis")),
            Some(TokenKind::Not(_)) => return Err(beside(at, "a negation")),
            // The other cases are those of any operator.
            _ => return Err(self.operator().err().unwrap_or_else(|| beside(at, "an operator"))),
        };
        self.next += 2;
        match self.peek() {
            Some(Token { at, kind: TokenKind::Near(_) }) => Err(QueryError::new(
                *at,
                "a second NEAR in a row",
                "AND between two pairs, as in a NEAR b AND b NEAR c",
            )),
            _ => Ok(Query::Near { left, right, distance }),
        }
    }
}

const OR_SMALL: &str = ", or small letters to search for it as a word";

fn check_depth(at: usize, depth: usize) -> Result<(), QueryError> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    let expected = format!("at most {MAX_DEPTH} parentheses and negations inside each other");
    Err(QueryError::new(at, "the question nests too deeply here", expected))
}

fn unclosed(at: usize) -> QueryError {
    QueryError::new(at, "this parenthesis is never closed", "a ) after the last word that belongs inside")
}

fn beside(at: usize, what: &str) -> QueryError {
    QueryError::new(
        at,
        format!("NEAR stands beside {what}"),
        "a word or a \"phrase\" on both sides of NEAR, as in late NEAR/3 \"gate agent\"",
    )
}

fn what(query: &Query) -> &'static str {
    if *query == Query::All { "a lone *" } else { "a field" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::query::{Bound, Condition, Range};
    use crate::model::{
        Answered, CaseId, Flag, Intent, Kind, Language, Outcome, ProblemId, Severity, Signal, SourceId,
        WEEKDAYS, Wait,
    };
    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// Reads `input`, and checks its canonical text, or the position, problem and expectation of its error.
    fn check(input: &str, expect: &str) {
        match parse_query(input) {
            Ok(query) => {
                assert_eq!(query.to_string(), expect, "{input}");
                assert_eq!(parse_query(expect), Ok(query), "{input}");
            }
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains(expect), "{input}\n  gives    {message}\n  expected {expect}");
            }
        }
    }

    fn words(text: &str) -> Query {
        Query::Text(Text::Words(text.to_owned()))
    }

    fn phrase(text: &str) -> Query {
        Query::Text(Text::Phrase(text.to_owned()))
    }

    fn not(query: Query) -> Query {
        Query::Not(Box::new(query))
    }

    #[test]
    fn words_and_operators_make_a_tree() {
        let near = |left: &str, right: &str, distance| Query::Near {
            left: Text::Words(left.to_owned()),
            right: Text::Words(right.to_owned()),
            distance,
        };
        let cases = [
            ("", Query::All),
            (" \t\n", Query::All),
            ("*", Query::All),
            ("lost", words("lost")),
            ("lost luggage", Query::And(vec![words("lost"), words("luggage")])),
            ("\"lost\"", phrase("lost")),
            ("lost-luggage", words("lost-luggage")),
            ("a b OR c", Query::Or(vec![Query::And(vec![words("a"), words("b")]), words("c")])),
            ("a (b OR c)", Query::And(vec![words("a"), Query::Or(vec![words("b"), words("c")])])),
            ("a NEAR/3 b", near("a", "b", 3)),
            ("a NEAR b", near("a", "b", 5)),
            ("-a NEAR/1 b", not(near("a", "b", 1))),
            ("c -a NEAR/50 b", Query::And(vec![words("c"), not(near("a", "b", 50))])),
            ("NOT NOT a", not(not(words("a")))),
            ("a AND (b AND (c d))", Query::And(["a", "b", "c", "d"].map(words).to_vec())),
            ("a OR (b OR (c))", Query::Or(["a", "b", "c"].map(words).to_vec())),
            ("is:own", Query::Where(Condition::Is(Flag::Own))),
            ("kind:Review", Query::Where(Condition::Kind(Kind::Review))),
            ("lang:NL", Query::Where(Condition::Language(Language::Dutch))),
            ("source:Twitter", Query::Where(Condition::Source(SourceId::new("twitter").unwrap()))),
        ];
        for (input, expect) in cases {
            assert_eq!(parse_query(input), Ok(expect), "{input}");
        }
    }

    #[test]
    fn operators_bind_as_they_should() {
        check("a AND b OR c AND d", "a b OR c d");
        check("(a OR b) AND (c OR d)", "(a OR b) (c OR d)");
        check("a NOT b", "a -b");
        check("a AND NOT b", "a -b");
        check("NOT (a b)", "-(a b)");
        check("-(a OR b) c", "-(a OR b) c");
        check("NOT a OR b", "-a OR b");
        check("((a))", "a");
        check("(a)AND(b)", "a b");
        check("(a)(b)", "a b");
        check("\"a b\"AND\"c d\"", "\"a b\" \"c d\"");
        check("a NEAR/2\"b c\"", "a NEAR/2 \"b c\"");
        check("x late NEAR/3 flight y", "x late NEAR/3 flight y");
        check("NOT a NEAR b", "NOT a NEAR/5 b");
        check("- a", "a");
        check("--a", "a");
        check("a -- b", "a b");
        check("-\"a b\"", "-\"a b\"");
        check("-brand:x", "-brand:x");
        check("-'t", "-t");
        check("-@united -#fail", "-@united -#fail");
        check("(a)-b", "a b");
        check("* lost", "lost");
        check("* -lost", "-lost");
        check("-*", "-*");
        check("lost OR *", "lost OR *");
        check("and or not near", "and or not near");
        check("And Or Not Near", "And Or Not Near");
    }

    #[test]
    fn punctuation_changes_nothing() {
        check("lost, luggage!", "lost luggage");
        check("a & b | c + d && e || !f", "a b c d e f");
        check("lost ... luggage ???", "lost luggage");
        check("a AND, b", "a b");
        check("a ,OR! b", "a OR b");
        check("a NEAR/3, b", "a NEAR/3 b");
        check("AND/OR", "AND/OR");
        check("R&D AT&T", "R&D AT&T");
        check("a-AND-b", "a-AND-b");
        check("a -AND b", "a b");
        check("#OR @NOT", "#OR @NOT");
        check(".@united: #fail!", "@united #fail");
        check("##fail @@united", "#fail @united");
        check("@_me_", "@_me_");
        check("a @ b # c", "a b c");
        check("24\" screen", "24 screen");
        check("why? lug?age", "why lug?age");
        check("+brand:x", "brand:x");
        check("a \"!\" b", "a b");
        check("a \"\" b", "a b");
        check("\"lost luggage!\",", "\"lost luggage\"");
        check("\"two  spaces \"", "\"two  spaces\"");
        check("http://x.com/a?b=1 12:30 a: b :)", "http://x.com/a?b=1 12:30 a b");
        check("lost :( (a ;-)) OR b", "never closed");
        check("lost :(", "lost");
        check("😡 ❤️", "😡 ❤️");
        check("cafe\u{301}!", "cafe\u{301}");
        check("niet goed, geld terug", "niet goed geld terug");
        check("’s avonds zo’n", "s avonds zo’n");
        for same in ["“a b”", "„a b“", "„a b”", "«a b»", "»a b«", "\"a b”", "”a b”"] {
            check(same, "\"a b\"");
        }
    }

    #[test]
    fn fields_take_values() {
        check("BRAND:United", "brand:United");
        check("brand:\"US Airways\"", "brand:\"US Airways\"");
        check("brand:“US Airways”", "brand:\"US Airways\"");
        check("brand:«US \"A\" \\»", "never closed");
        check("brand:«US \"A\"»", "brand:\"US \\\"A\\\"\"");
        check("brand:Yahoo! x", "brand:\"Yahoo!\" x");
        check("brand:united, late", "brand:united late");
        check("to:delta mentions:x language:dutch stars:3 date:2015", {
            "directed:delta mention:x lang:nl rating:3 created:2015"
        });
        check("id:twitter:1/2", "id:twitter:1/2");
        check("(id:a:b(c))", "id:\"a:b(c)\"");
        check("(author:@me)", "author:@me");
        check("source:\"App Store\"", "source:app-store");
        check("term:\"lost luggage\"", "term:\"lost luggage\"");
        check("attr.State:CA", "attr.state:CA");
        check("attr.\"Sub-product\":\"Credit card\"", "attr.sub-product:\"Credit card\"");
        check("attr.\"Sub product\":Credit", "attr.\"sub product\":Credit");
        check("attr.x:* attr.x:\"*\"", "attr.x:* attr.x:\"*\"");
        check("attr.x attr", "attr.x attr");
        check("attr.path:/a", "attr.path:/a");
        check("is:undated! kind:reply,", "is:undated kind:reply");
        check("lang:pt-BR lang:und", "lang:pt lang:und");
        let id = Condition::Attribute { name: "a b".into(), value: Some("“”\\\"".into()) };
        assert_eq!(parse_query(&id.to_string()), Ok(Query::Where(id)));
    }

    #[test]
    fn ranges_begin_and_end_where_they_say() {
        check("created:2015-02-22", "created:2015-02-22");
        check("created:2015-2-3", "created:2015-02-03");
        check("created:2015-02-01..2015-02-28", "created:2015-02");
        check("created:2015-01..2015-12", "created:2015");
        check("created:2015-02", "created:2015-02");
        check("created:2015-02..2015-03-02", "created:2015-02-01..2015-03-02");
        check("created:2015-02-20..", "created>=2015-02-20");
        check("created:..2015-02", "created<=2015-02-28");
        check("created:>=2015-02", "created>=2015-02-01");
        check("created>2015-02", "created>2015-02-28");
        check("created<=2016-02", "created<=2016-02-29");
        check("created<2015", "created<2015-01-01");
        check("created:[2015-02-20 TO 2015-02-22]", "created:2015-02-20..2015-02-22");
        check("created:[2015 TO *]", "created>=2015-01-01");
        check("created:{2015-02-20 TO 2015-02-22]", "created:{2015-02-20 TO 2015-02-22]");
        check("created:*", "created:*");
        check("created>=2015-02-20T10:00+02:00", "created>=2015-02-20T08:00:00Z");
        check("created:2015-02-20T10:00:00Z..2015-03", "created:2015-02-20T10:00:00Z..2015-03-31");
        check("rating:3", "rating:3");
        check("rating:3..3", "rating:3");
        check("rating:1..2.5", "rating:1..2.5");
        check("rating<=2, x", "rating<=2 x");
        check("(reach>1000)", "reach>1000");
        check("rating=3", "rating:3");
        check("rating:[1 to 2}", "rating:[1 TO 2}");
        check("rating:-1..", "rating>=-1");
        let february = Range::new(Some(Bound::Day(date(2015, 2, 1))), Some(Bound::Day(date(2015, 2, 28))));
        assert_eq!(parse_query("created:2015-02"), Ok(Query::Where(Condition::Created(february))));
        let low = Range { from: None, to: Some(3.0), is_from_out: false, is_to_out: true };
        assert_eq!(parse_query("rating:<3"), Ok(Query::Where(Condition::Rating(low))));
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        check(
            "!!!",
            "at position 1: there is no word to search for, only punctuation; expected a word, a \"phrase\"",
        );
        check("  ?", "at position 3: ");
        check(
            "lost \"luggage",
            "at position 6: this quote is never closed; expected a \" after the last word",
        );
        check("a (b", "at position 3: this parenthesis is never closed; expected a )");
        check("(", "at position 1: this parenthesis is never closed");
        check("a b)", "at position 4: this parenthesis closes nothing; expected a ( before it");
        check(")", "at position 1: this parenthesis closes nothing");
        check("a ()", "at position 3: these parentheses hold no word");
        check("flight AND", "at position 8: AND has nothing after it; expected a word");
        check("flight AND !", "at position 8: AND has nothing after it");
        check("(flight OR) b", "at position 9: OR has nothing after it");
        check("OR x", "at position 1: OR has nothing before it; expected a word");
        check("(AND x)", "at position 2: AND has nothing before it");
        check("a AND OR b", "at position 3: AND stands before OR; expected a word");
        check("NOT", "at position 1: NOT has nothing after it");
        check("NOT AND a", "at position 1: NOT stands before AND");
        check("a NEAR/0 b", "at position 3: `NEAR/0` is not a distance in words; expected NEAR/1 to NEAR/50");
        check("a NEAR/51 b", "NEAR/1 to NEAR/50");
        check("a NEAR/ b", "NEAR/1 to NEAR/50");
        check("a NEAR/x b", "NEAR/1 to NEAR/50");
        check("a NEAR", "at position 3: NEAR has nothing after it");
        check("NEAR a", "at position 1: NEAR has nothing before it");
        check("a NEAR b NEAR c", "at position 10: a second NEAR in a row; expected AND");
        check(
            "a NEAR (b c)",
            "at position 3: NEAR stands beside a parenthesis; expected a word or a \"phrase\"",
        );
        check("(a) NEAR b", "at position 5: NEAR stands beside a parenthesis");
        check("a NEAR brand:x", "at position 3: NEAR stands beside a field");
        check("is:own NEAR a", "NEAR stands beside a field");
        check("a NEAR -b", "NEAR stands beside a negation");
        check("a NEAR *", "NEAR stands beside a lone *");
        check(
            "brand:",
            "at position 7: brand has no value; expected a value right after the colon, as in brand:united",
        );
        check("brand: united", "at position 7: brand has no value");
        check("brand:\"\"", "brand has no value");
        check("(is:)", "at position 5: is has no value");
        check("attr.x: y", "attr.x has no value");
        check("attr.:y", "at position 6: the attribute has no name");
        check("attr.\"x y\" z", "at position 11: the attribute has no value");
        check("brand:(a OR b)", "at position 7: brand stands before a parenthesis; expected one value");
        check(
            "brnad:x",
            "at position 1: there is no field `brnad`; did you mean brand?; expected one of brand, mention,",
        );
        check(
            "a merk:x",
            "at position 3: there is no field `merk`; expected one of brand, mention, directed, source,",
        );
        check("x:y", "attr.NAME, or quotes around the words");
        check("attr:x", "did you mean attr.NAME?");
        check("created:2015-02-30", "at position 9: `2015-02-30` is not a date; expected a day 2015-02-22");
        check("created:2015-13", "is not a date");
        check("created:22-02-2015", "is not a date");
        check("created:2015-02-20T10:00", "is not a date");
        check("created:2015..x", "at position 15: `x` is not a date");
        check("created:..", "is not a date");
        check(
            "created:2015-03..2015-02",
            "at position 9: the range `2015-03..2015-02` ends before it begins",
        );
        check("created:2015-03-02T00:00:00Z..2015-02", "ends before it begins");
        check(
            "rating:3..1",
            "at position 8: the range `3..1` ends before it begins; expected the earlier or smaller",
        );
        check("rating:{3 TO 3}", "ends before it begins");
        check("rating:3,5", "at position 8: `3,5` is not a number; expected a number such as 3 or 3.5");
        check("rating:nan", "is not a number");
        check("rating:1e999", "is not a number");
        check("rating:>", "at position 9: `` is not a number");
        check("rating:[1 2]", "is not a range; expected two ends with TO");
        check("rating:[1 TO 2", "at position 8: this bracket is never closed");
        check(
            "lang:xx",
            "at position 6: `xx` is not a language of Grouse; expected one of nl, en, fr, de, it, pt, es, und",
        );
        check("kind:tweet", "`tweet` is not a kind of post; expected one of post, reply, review, response");
        check(
            "is:new",
            "`new` is not a mark that posts have; expected one of undated, own, competitor, masked, corrected",
        );
        check("source:--", "`--` is not a source");
        check(
            "severity:3",
            "`3` is not a severity; expected no-explicit-reproach, disapproval, accusation or blame, or a range",
        );
        check("severity:blame..accusation", "ends before it begins");
        check("complaint:maybe", "`maybe` is not yes or no; expected complaint:yes or complaint:no");
        check("intent:help", "`help` is not an intent; expected one of venting, asking-for-help, asking-for");
        check("signal:danger", "`danger` is not a signal; expected one of sarcasm, threat-to-leave,");
        check("case:12", "`12` is not a case; expected the sixteen digits that a post shows as its `case`");
        check(
            "lugg*",
            "at position 5: `lugg*` asks for any ending, which is not possible; expected the whole word",
        );
        check("a *bc", "at position 3: `*bc` asks");
        check("\"a\"*", "at position 4: `*` asks");
        check(
            "brand:uni*",
            "at position 10: `uni*` asks for any ending, which is not possible; expected the whole value",
        );
    }

    #[test]
    fn what_is_too_large_is_refused() {
        for c in ["(", "-", "a ", "NOT ", "\"", "é", "-(", "🙂"] {
            let error = parse_query(&c.repeat(100_000)).unwrap_err();
            assert!(error.problem.contains("bytes long") && error.position <= 4097, "{c}: {error}");
        }
        check(&"(".repeat(4000), "at position 65: the question nests too deeply here; expected at most 64");
        check(&"-(".repeat(200), "at position 65: the question nests too deeply here");
        check(&"NOT ".repeat(500), "the question nests too deeply here");
        check(&"-".repeat(4000), "there is no word to search for");
        check(&"a ".repeat(513), "at position 1025: the question has too many words; expected at most 512");
        assert!(parse_query(&"a ".repeat(512)).is_ok());
        assert!(parse_query(&format!("{}a{}", "(".repeat(64), ")".repeat(64))).is_ok());
    }

    #[test]
    fn the_pointer_stands_below_the_place() {
        let text = "één\t\"reis";
        let error = parse_query(text).unwrap_err();
        assert_eq!(error.pointer(text), "één \"reis\n    ^");
    }

    #[test]
    fn trees_that_nobody_typed_are_written_as_what_they_mean() {
        let cases = [
            (words("lost luggage"), "lost,luggage"),
            (words("(AND)"), "and"),
            (words("brand:x"), "brand,x"),
            (words("a*"), "a"),
            (Query::And(vec![]), "*"),
            (Query::Or(vec![]), "-*"),
            (Query::And(vec![words("a"), Query::And(vec![words("b"), words("c")])]), "a (b c)"),
        ];
        for (query, expect) in cases {
            assert_eq!(query.to_string(), expect);
            assert!(parse_query(expect).is_ok(), "{expect}");
        }
    }

    /// Text of the pieces that questions are made of, in any order.
    fn question() -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            " ", " ", " ", "a", "late", "(", ")", "\"", "“", "«", "»", "-", "*", "?", ",", ":", "AND", "OR",
            "NOT", "NEAR", "NEAR/3", "/", "brand:", "attr.", "created", ">=", "<", "2015-02", "..", "[",
            " TO ", "]", "{", "}", "rating:", "3", "\\", "@", "#", "_", "’", "\u{301}", "😡", "é", "is:",
            "own", "id:", "\t", "=",
        ]);
        prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
    }

    fn text() -> impl Strategy<Value = Text> {
        let word = prop_oneof![
            "[a-z]{1,6}(-[a-z]{1,4})?",
            "[@#]_?[a-z][a-z0-9]{0,5}_?",
            // What is left of any text once it has been read as a word.
            "\\PC{1,8}".prop_filter_map("not one word", |text| match parse_query(&text) {
                Ok(Query::Text(Text::Words(words))) => Some(words),
                _ => None,
            }),
        ];
        let phrase = "\\PC{1,12}".prop_filter_map("not a phrase", |text| {
            let core = crate::model::query::token::core(&text);
            crate::model::query::token::has_word(core).then(|| Text::Phrase(core.to_owned()))
        });
        prop_oneof![3 => word.prop_map(Text::Words), 1 => phrase]
    }

    fn range<T: std::fmt::Debug + Copy + PartialOrd + 'static>(
        ends: impl Strategy<Value = T> + Clone + 'static,
    ) -> impl Strategy<Value = Range<T>> {
        (prop::option::of(ends.clone()), prop::option::of(ends), any::<bool>(), any::<bool>()).prop_map(
            |(from, to, is_from_out, is_to_out)| {
                let (from, to) = match (from, to) {
                    (Some(from), Some(to)) if from > to => (Some(to), Some(from)),
                    ends => ends,
                };
                let is_one = from.is_some() && from == to;
                Range {
                    from,
                    to,
                    is_from_out: is_from_out && from.is_some() && !is_one,
                    is_to_out: is_to_out && to.is_some() && !is_one,
                }
            },
        )
    }

    fn bounds<T>(range: Range<T>, bound: impl Fn(T) -> Bound) -> Condition {
        Condition::Created(Range {
            from: range.from.map(&bound),
            to: range.to.map(&bound),
            is_from_out: range.is_from_out,
            is_to_out: range.is_to_out,
        })
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let value = || "\\PC{1,8}|[a-z ]{0,4}[a-z]".prop_filter("blank", |text| !text.trim().is_empty());
        let name = "\\PC{1,8}|[a-z_.-]{1,6}".prop_map(|name| name.to_lowercase());
        let day = (1_i16..9999, 1_i8..=12, 1_i8..=31).prop_filter_map("no such day", |(year, month, day)| {
            jiff::civil::Date::new(year, month, day).ok()
        });
        let moment = (-10_000_000_000_i64..10_000_000_000, 0_i32..1_000_000_000)
            .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond.min(999)).unwrap());
        let number = prop_oneof![(-10_i32..10).prop_map(f64::from), -1e12..1e12];
        prop_oneof![
            value().prop_map(Condition::Brand),
            value().prop_map(Condition::Mention),
            value().prop_map(Condition::Directed),
            value().prop_map(Condition::Author),
            value().prop_map(Condition::Id),
            value().prop_map(Condition::Term),
            "[a-z0-9]{1,5}(-[a-z0-9]{1,5})?".prop_map(|id| Condition::Source(SourceId::new(id).unwrap())),
            prop::sample::select(Language::ALL.to_vec()).prop_map(Condition::Language),
            prop::sample::select(Kind::ALL.to_vec()).prop_map(Condition::Kind),
            prop::sample::select(Flag::ALL.to_vec()).prop_map(Condition::Is),
            (name, prop::option::of(value())).prop_map(|(name, value)| Condition::Attribute { name, value }),
            range(day).prop_map(|range| bounds(range, Bound::Day)),
            range(moment).prop_map(|range| bounds(range, Bound::Moment)),
            range(number.clone()).prop_map(Condition::Rating),
            range(number.clone()).prop_map(Condition::Reach),
            any::<bool>().prop_map(Condition::Complaint),
            range(number.clone()).prop_map(Condition::Probability),
            range(number).prop_map(Condition::Sentiment),
            range(prop::sample::select(Severity::ALL.to_vec())).prop_map(Condition::Severity),
            prop::sample::select(Intent::ALL.to_vec()).prop_map(Condition::Intent),
            prop::option::of(prop::sample::select(Signal::ALL.to_vec())).prop_map(Condition::Signal),
            prop::option::of(value()).prop_map(Condition::Route),
            value().prop_map(Condition::Target),
            prop::option::of("[a-z0-9]{1,5}(-[a-z0-9]{1,5})?")
                .prop_map(|id| Condition::Problem(id.map(|id| ProblemId::new(id).unwrap()))),
            any::<u64>().prop_map(|case| Condition::Case(CaseId(case))),
            prop::option::of(prop::sample::select(Answered::ALL.to_vec())).prop_map(Condition::Answered),
            range(any::<u32>().prop_map(Wait)).prop_map(Condition::Response),
            range(any::<u32>().prop_map(Wait)).prop_map(Condition::Waiting),
            value().prop_map(Condition::Responder),
            prop::sample::select(Outcome::ALL.to_vec()).prop_map(Condition::Outcome),
            prop::sample::select(WEEKDAYS.to_vec()).prop_map(|(_, day)| Condition::Weekday(day)),
            (0_u8..24).prop_map(Condition::Hour),
        ]
    }

    fn tree() -> impl Strategy<Value = Query> {
        let leaf = prop_oneof![
            4 => text().prop_map(Query::Text),
            1 => (text(), text(), 1_u32..=50)
                .prop_map(|(left, right, distance)| Query::Near { left, right, distance }),
            3 => condition().prop_map(Query::Where),
            1 => Just(Query::All),
        ];
        leaf.prop_recursive(5, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(all_of),
                prop::collection::vec(inner.clone(), 1..4).prop_map(any_of),
                inner.prop_map(not),
            ]
        })
    }

    fn check_any(text: &str) -> Result<(), TestCaseError> {
        match parse_query(text) {
            Ok(query) => {
                prop_assert_eq!(parse_query(&query.to_string()), Ok(query.clone()), "{}", query);
                prop_assert!(!query.explain().is_empty());
            }
            Err(error) => {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.position), "{error}");
                prop_assert_eq!(error.pointer(text).lines().count(), 2);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(crate::tries::tries(1000))]

        #[test]
        fn any_text_is_read_or_refused_at_a_place_in_it(text in "\\PC{0,40}|.{0,40}") {
            check_any(&text)?;
        }

        #[test]
        fn any_pieces_of_a_question_are_read_or_refused(text in question()) {
            check_any(&text)?;
        }

        #[test]
        fn a_written_tree_reads_back(query in tree()) {
            let text = query.to_string();
            prop_assume!(text.len() <= MAX_BYTES);
            prop_assert_eq!(parse_query(&text), Ok(query), "{}", text);
        }

        #[test]
        fn commas_between_words_change_nothing(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "late", "AND", "OR", "NOT", "NEAR", "NEAR/3", "-b", "*", "@me", "\"c d\"", "brand:x",
                    "kind:post", "rating>=3", "created:2015-02", "attr.x:*", "is:own", "-lang:nl",
                ]),
                1..8,
            ),
            marks in prop::collection::vec(prop::sample::select(vec![" ", ", ", " , ", " ! ", ",, ", " - ", " & "]), 8),
        ) {
            let plain = parse_query(&pieces.join(" "));
            let marked: String = pieces.iter().zip(&marks).flat_map(|(piece, mark)| [*piece, *mark]).collect();
            let marked = parse_query(&marked);
            prop_assert_eq!(plain.is_ok(), marked.is_ok());
            if let (Ok(plain), Ok(marked)) = (plain, marked) {
                prop_assert_eq!(plain, marked);
            }
        }
    }
}
