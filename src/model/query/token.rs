//! Where in a typed question does each word, phrase and condition begin and end?
//!
//! Punctuation is decided on here, once. What surrounds a word is cut off; what is inside it stays, to be divided where
//! posts are matched, so that `lost-luggage` finds what it finds in a post. What holds no word at all is left out.

use std::fmt;

use super::parse::{QueryError, shown};
use super::range::{read_dates, read_numbers, read_severities, read_waits};
use super::{Condition, Field, Flag, Query, Text, WEEKDAYS};
use crate::model::{Answered, Intent, Kind, Language, Outcome, ProblemId, Signal, SourceId};

/// Most words, conditions and negations in one question.
const MAX_NODES: usize = 512;

/// Words that two sides of a bare `NEAR` may be apart.
const USUAL_DISTANCE: u32 = 5;

/// Most words that two sides of a `NEAR` may be apart; beyond this, it would hardly differ from `AND`.
const MAX_DISTANCE: u32 = 50;

/// One piece of a question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// Where it begins, in characters from 0.
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Open,
    Close,
    And,
    Or,
    /// As written: `NOT` or `-`.
    Not(&'static str),
    Near(u32),
    Leaf(Query),
}

/// Cuts `text` into its tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, tokens: Vec::new(), nodes: 0 };
    while let Some(&c) = lexer.chars.get(lexer.at) {
        let at = lexer.at;
        if c.is_whitespace() {
            lexer.at += 1;
        } else if c == '(' || c == ')' {
            lexer.at += 1;
            lexer.push(at, if c == '(' { TokenKind::Open } else { TokenKind::Close })?;
        } else if is_quote(c) {
            lexer.phrase()?;
        } else if c == '-' && lexer.is_negation() {
            lexer.at += 1;
            lexer.push(at, TokenKind::Not("-"))?;
        } else if let Some(end) = lexer.emoticon() {
            lexer.at = end;
        } else {
            lexer.word()?;
        }
    }
    Ok(lexer.tokens)
}

/// `text` without the punctuation around it; `@` and `#` stay where they begin a handle or a tag.
pub(super) fn core(text: &str) -> &str {
    let mut begin = text.len();
    let mut sign = None;
    for (at, c) in text.char_indices() {
        if stays(c) {
            begin = sign.unwrap_or(at);
            break;
        }
        sign = is_sign(c).then_some(at);
    }
    text[begin..].trim_end_matches(|c| !stays(c))
}

/// Whether there is anything in `text` to search for.
pub(super) fn has_word(text: &str) -> bool {
    text.chars().any(|c| c.is_alphanumeric() || is_emoji(c))
}

pub(super) fn is_quote(c: char) -> bool {
    is_double_quote(c) || matches!(c, '«' | '»')
}

/// Straight and curly ones close each other: people and their phones mix them.
pub(super) fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '＂')
}

/// Whether `c` is part of a word also at its rim: an accent that is a character of its own belongs to its letter.
fn stays(c: char) -> bool {
    c.is_alphanumeric()
        || c == '_'
        || is_emoji(c)
        // Marks, what follows an emoji to vary it, and the letters of flags such as that of Wales.
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{20e3}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

/// The pictures that people write with: the same that are words of a post (`text/tokens.rs`, which a test compares), so
/// that each can be asked for.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{231a}'..='\u{23ff}'
        | '\u{2190}'..='\u{21ff}' | '\u{25aa}'..='\u{25fe}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
        | '\u{2934}' | '\u{2935}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
}

fn is_sign(c: char) -> bool {
    c == '@' || c == '#'
}

fn is_boundary(c: char) -> bool {
    c.is_whitespace() || c == '(' || c == ')'
}

struct Lexer {
    chars: Vec<char>,
    /// Of the next character to be read.
    at: usize,
    tokens: Vec<Token>,
    nodes: usize,
}

impl Lexer {
    fn push(&mut self, at: usize, kind: TokenKind) -> Result<(), QueryError> {
        if matches!(kind, TokenKind::Leaf(_) | TokenKind::Not(_)) {
            self.nodes += 1;
            if self.nodes > MAX_NODES {
                return Err(QueryError::new(
                    at,
                    "the question has too many words",
                    format!("at most {MAX_NODES} words, conditions and negations"),
                ));
            }
        }
        self.tokens.push(Token { at, kind });
        Ok(())
    }

    fn char(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn text(&self, from: usize, to: usize) -> String {
        self.chars[from..to].iter().collect()
    }

    fn starts_word(&self, at: usize) -> bool {
        self.char(at).is_some_and(|c| stays(c) || (is_sign(c) && self.char(at + 1).is_some_and(stays)))
    }

    /// Whether nothing but an opening parenthesis or a negation is glued to the front of what is next.
    fn is_free(&self) -> bool {
        let Some(before) = self.at.checked_sub(1) else { return true };
        let is_negated =
            self.tokens.last().is_some_and(|last| last.at == before && last.kind == TokenKind::Not("-"));
        is_negated || self.chars[before].is_whitespace() || self.chars[before] == '('
    }

    /// Whether the hyphen that is next negates what follows it; any other hyphen is punctuation. So are two in a row,
    /// which people write for a dash.
    fn is_negation(&self) -> bool {
        let is_after_other = self.at.checked_sub(1).is_some_and(|before| self.chars[before] == '-');
        if is_after_other || !self.is_free() {
            return false;
        }
        let at = self.at + 1;
        match self.char(at) {
            None => false,
            Some('(') => true,
            Some('*') => self.char(at + 1).is_none_or(is_boundary),
            // As in -'t.
            Some('\'' | '’') => self.starts_word(at + 1),
            Some(c) if is_quote(c) => true,
            Some(_) => {
                let end = self.end_of_word(at);
                self.starts_word(at) && operator(&self.text(at, end)).is_none()
            }
        }
    }

    /// The end of a face such as `:)`, `;-(` or `:))`: its parenthesis groups nothing. It is punctuation.
    fn emoticon(&self) -> Option<usize> {
        if !self.is_free() || !matches!(self.char(self.at), Some(':' | ';' | '=')) {
            return None;
        }
        let mut at = self.at + 1;
        if matches!(self.char(at), Some('-' | '\'' | '^')) {
            at += 1;
        }
        let mouth = self.char(at).filter(|c| matches!(c, '(' | ')'))?;
        while self.char(at) == Some(mouth) {
            at += 1;
        }
        Some(at)
    }

    /// Reads what stands in quotes as a phrase.
    fn phrase(&mut self) -> Result<(), QueryError> {
        let at = self.at;
        let (text, end) = self.quoted(at)?;
        self.at = end;
        if !has_word(&text) {
            return Ok(());
        }
        if end < self.chars.len() && self.is_modifier(end, self.end_of_word(end)) {
            return Err(self.modifier(end));
        }
        self.push(at, TokenKind::Leaf(Query::Text(Text::Phrase(core(&text).to_owned()))))
    }

    /// What stands between the quote at `open` and its partner, and where the text goes on after that. A backslash
    /// takes the meaning from a quote or a backslash.
    fn quoted(&self, open: usize) -> Result<(String, usize), QueryError> {
        let is_double = is_double_quote(self.chars[open]);
        let mut text = String::new();
        let mut at = open + 1;
        while let Some(c) = self.char(at) {
            at += 1;
            if c == '\\'
                && let Some(plain) = self.char(at).filter(|c| is_quote(*c) || *c == '\\')
            {
                text.push(plain);
                at += 1;
            } else if is_quote(c) && is_double_quote(c) == is_double {
                return Ok((text, at));
            } else {
                text.push(c);
            }
        }
        Err(QueryError::new(
            open,
            "this quote is never closed",
            format!("a {} after the last word of the phrase", if is_double { "\"" } else { "»" }),
        ))
    }

    /// Where the word that begins at `at` ends. A quote inside it, as in `24"`, is punctuation; one that follows an
    /// operator opens a phrase.
    fn end_of_word(&self, at: usize) -> usize {
        (at..self.chars.len())
            .find(|&end| {
                let c = self.chars[end];
                is_boundary(c) || (is_quote(c) && operator(&self.text(at, end)).is_some())
            })
            .unwrap_or(self.chars.len())
    }

    /// Reads a word, an operator or a condition, with the punctuation around it.
    fn word(&mut self) -> Result<(), QueryError> {
        let begin = self.at;
        let at = (begin..self.chars.len())
            .find(|&at| is_boundary(self.chars[at]) || is_quote(self.chars[at]) || self.starts_word(at))
            .unwrap_or(self.chars.len());
        let stars = self.chars[begin..at].iter().filter(|c| **c == '*').count();
        if !self.starts_word(at) {
            if stars == 1 && !self.is_free() {
                return Err(self.wildcard(begin, at));
            }
            self.at = at;
            return if stars == 1 { self.push(begin, TokenKind::Leaf(Query::All)) } else { Ok(()) };
        }
        let end = self.end_of_word(at);
        if stars > 0 {
            return Err(self.wildcard(begin, end));
        }
        if let Some((condition, end)) = self.condition(at)? {
            self.at = end;
            return self.push(at, TokenKind::Leaf(Query::Where(condition)));
        }
        let text = self.text(at, end);
        self.at = end;
        if let Some(operator) = operator(&text) {
            let Ok(kind) = operator else {
                return Err(QueryError::new(
                    at,
                    format!("`{}` is not a distance in words", shown(&text)),
                    format!("NEAR/1 to NEAR/{MAX_DISTANCE}, or NEAR alone for NEAR/{USUAL_DISTANCE}"),
                ));
            };
            return self.push(at, kind);
        }
        if !has_word(&text) {
            return Ok(());
        }
        if text.contains('*') {
            return Err(self.wildcard(at, end));
        }
        // What is cut off at the end of the word hides no modifier.
        let word = core(&text);
        let cut = text.find(word).map_or(0, |before| text[before + word.len()..].chars().count());
        if let Some(sign) =
            (at..end).find(|sign| self.is_modifier(*sign, end) || self.is_modifier(*sign, end - cut))
        {
            return Err(self.modifier(sign));
        }
        self.push(at, TokenKind::Leaf(Query::Text(Text::Words(word.to_owned()))))
    }

    /// Whether `~` or `^` and perhaps a number end a word here, as other query languages have it. Taken for punctuation
    /// they would ask for the number as a word.
    fn is_modifier(&self, at: usize, end: usize) -> bool {
        matches!(self.chars[at], '~' | '^')
            && self.chars[(at + 1).min(end)..end].iter().all(|c| c.is_ascii_digit() || *c == '.')
    }

    fn modifier(&self, at: usize) -> QueryError {
        QueryError::new(
            at,
            format!("`{}` is not an operator", self.chars[at]),
            "words alone, which are found in their other forms too, or NEAR/3 between two words",
        )
    }

    fn wildcard(&self, from: usize, to: usize) -> QueryError {
        let star = (from..to).find(|at| self.chars[*at] == '*').unwrap_or(from);
        QueryError::new(
            star,
            format!("`{}` asks for any ending, which is not possible", shown(&self.text(from, to))),
            "the whole word, which is found in its other forms too, or * alone for every post",
        )
    }

    /// Reads `field:value`, if one begins at `at`, and says where it ends.
    fn condition(&self, at: usize) -> Result<Option<(Condition, usize)>, QueryError> {
        let length = self.chars[at..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
        let sign = at + length;
        let name = self.text(at, sign);
        if name.eq_ignore_ascii_case("attr") && self.char(sign) == Some('.') {
            return self.attribute(at, sign + 1);
        }
        let known = Field::ALL.iter().find(|field| {
            [field.name].iter().chain(field.aliases).any(|known| known.eq_ignore_ascii_case(&name))
        });
        let is_range = known.is_some_and(|field| Field::RANGES.contains(&field.name));
        match (self.char(sign), known) {
            (Some(':'), Some(field)) => self.known(field.name, at, sign + 1).map(Some),
            (Some('!'), Some(_)) if self.char(sign + 1) == Some('=') => Err(QueryError::new(
                sign,
                "`!=` is not an operator",
                format!("-{name}: and the value, for posts without it"),
            )),
            (Some('<' | '>' | '='), Some(field)) if is_range => self.known(field.name, at, sign).map(Some),
            (Some(':'), None) if length > 0 => match self.char(sign + 1) {
                // A link, or a colon as sentences have it.
                None | Some('/' | ')') => Ok(None),
                Some(c) if c.is_whitespace() => Ok(None),
                Some(_) => Err(unknown_field(at, &name)),
            },
            _ => Ok(None),
        }
    }

    /// Reads `attr.NAME:value`, of which the name begins at `from`.
    fn attribute(&self, at: usize, from: usize) -> Result<Option<(Condition, usize)>, QueryError> {
        let is_quoted = self.char(from).is_some_and(is_quote);
        let (name, colon) = if is_quoted {
            self.quoted(from)?
        } else {
            let length =
                self.chars[from..].iter().take_while(|c| c.is_alphanumeric() || "_-.".contains(**c)).count();
            (self.text(from, from + length), from + length)
        };
        if self.char(colon) != Some(':') {
            return if is_quoted {
                Err(QueryError::new(
                    colon,
                    "the attribute has no value",
                    "a colon and a value, as in attr.state:CA",
                ))
            } else {
                Ok(None)
            };
        }
        if name.is_empty() {
            return Err(QueryError::new(
                from,
                "the attribute has no name",
                "a name after the dot, as in attr.state:CA or attr.\"Sub-product\":Credit",
            ));
        }
        let value = self.value("attr", at, colon + 1)?;
        let name = name.to_lowercase();
        let end = value.end;
        let value = if value.is_any() { None } else { Some(value.plain()?) };
        Ok(Some((Condition::Attribute { name, value }, end)))
    }

    /// Reads the value, which begins at `from`, of the field that is called `name`.
    fn known(&self, name: &'static str, at: usize, from: usize) -> Result<(Condition, usize), QueryError> {
        let value = self.value(name, at, from)?;
        let end = value.end;
        let condition =
            match name {
                "brand" => Condition::Brand(value.plain()?),
                "mention" => Condition::Mention(value.plain()?),
                "directed" => Condition::Directed(value.plain()?),
                "author" => Condition::Author(value.plain()?),
                "id" => Condition::Id(value.plain()?),
                "term" => Condition::Term(value.plain()?),
                "source" => Condition::Source(
                    SourceId::new(value.text.to_lowercase())
                        .ok()
                        .or_else(|| SourceId::from_name(&value.text))
                        .ok_or_else(|| value.wrong("a source", "its short name, as in source:twitter"))?,
                ),
                "lang" => Condition::Language(
                    value
                        .text
                        .parse()
                        .ok()
                        .or_else(|| Language::from_tag(&value.text).filter(|found| *found != Language::Other))
                        .ok_or_else(|| {
                            value.wrong("a language of Grouse", &one_of(Language::ALL.map(Language::code)))
                        })?,
                ),
                "kind" => Condition::Kind(
                    value
                        .text
                        .parse()
                        .map_err(|_| value.wrong("a kind of post", &one_of(Kind::ALL.map(Kind::as_str))))?,
                ),
                "is" => Condition::Is(
                    Flag::ALL
                        .into_iter()
                        .find(|flag| flag.as_str().eq_ignore_ascii_case(&value.text))
                        .ok_or_else(|| {
                            value.wrong("a mark that posts have", &one_of(Flag::ALL.map(Flag::as_str)))
                        })?,
                ),
                "created" => Condition::Created(read_dates(&value.text, value.at)?),
                "rating" => Condition::Rating(read_numbers(&value.text, value.at)?),
                "reach" => Condition::Reach(read_numbers(&value.text, value.at)?),
                "probability" => Condition::Probability(read_numbers(&value.text, value.at)?),
                "sentiment" => Condition::Sentiment(read_numbers(&value.text, value.at)?),
                "severity" => Condition::Severity(read_severities(&value.text, value.at)?),
                "target" => Condition::Target(value.plain()?),
                "answered" if value.is_any() => Condition::Answered(None),
                "answered" => {
                    Condition::Answered(Some(value.text.parse().map_err(|_| {
                        value.wrong("yes or no", &one_of(Answered::ALL.map(Answered::as_str)))
                    })?))
                }
                "response" => Condition::Response(read_waits(&value.text, value.at)?),
                "waiting" => Condition::Waiting(read_waits(&value.text, value.at)?),
                "responder" => Condition::Responder(value.plain()?),
                "outcome" => Condition::Outcome(
                    value
                        .text
                        .parse()
                        .map_err(|_| value.wrong("an outcome", &one_of(Outcome::ALL.map(Outcome::as_str))))?,
                ),
                "weekday" => Condition::Weekday(weekday(&value.text).ok_or_else(|| {
                    value.wrong("a day of the week", &one_of(WEEKDAYS.map(|(name, _)| name)))
                })?),
                "hour" => {
                    Condition::Hour(
                        value.text.parse().ok().filter(|hour| *hour < 24).ok_or_else(|| {
                            value.wrong("an hour of the day", "a whole number from 0 to 23")
                        })?,
                    )
                }
                "complaint" => Condition::Complaint(match value.text.to_ascii_lowercase().as_str() {
                    "yes" | "true" => true,
                    "no" | "false" => false,
                    _ => return Err(value.wrong("yes or no", "complaint:yes or complaint:no")),
                }),
                "intent" => Condition::Intent(
                    value
                        .text
                        .parse()
                        .map_err(|_| value.wrong("an intent", &one_of(Intent::ALL.map(Intent::as_str))))?,
                ),
                "problem" if value.is_any() => Condition::Problem(None),
                "problem" => {
                    Condition::Problem(Some(ProblemId::new(value.text.to_lowercase()).map_err(|_| {
                        value
                            .wrong("the id of a problem", "one that `grouse problems` shows, as lost-luggage")
                    })?))
                }
                "route" if value.is_any() => Condition::Route(None),
                "route" => Condition::Route(Some(value.plain()?)),
                "signal" if value.is_any() => Condition::Signal(None),
                "signal" => Condition::Signal(Some(
                    value
                        .text
                        .parse()
                        .map_err(|_| value.wrong("a signal", &one_of(Signal::ALL.map(Signal::as_str))))?,
                )),
                "case" => Condition::Case(value.text.parse().map_err(|_| {
                    value.wrong("a case", "the sixteen digits that a post shows as its `case`")
                })?),
                _ => return Err(unknown_field(at, name)),
            };
        Ok((condition, end))
    }

    /// The value that begins at `from`: in quotes, or up to white space or a parenthesis that was opened before it. The
    /// commas and semicolons after one without quotes belong to the sentence; `!` and `?` do where no value ends so.
    fn value(&self, field: &str, at: usize, from: usize) -> Result<Value, QueryError> {
        let name: String = if field == "attr" {
            self.chars[at..from].iter().collect::<String>().trim_end_matches(':').to_owned()
        } else {
            field.to_owned()
        };
        let is_range = Field::RANGES.contains(&field);
        let is_listed = is_range
            || matches!(
                field,
                "lang"
                    | "kind"
                    | "is"
                    | "source"
                    | "complaint"
                    | "intent"
                    | "signal"
                    | "case"
                    | "answered"
                    | "outcome"
                    | "weekday"
                    | "hour"
            );
        let missing = || {
            QueryError::new(
                from,
                format!("{} has no value", shown(&name)),
                format!("a value right after the colon, {}", example(field)),
            )
        };
        let (text, is_quoted, end) = match self.char(from) {
            None => return Err(missing()),
            Some(c) if is_quote(c) => {
                let (text, end) = self.quoted(from)?;
                (text, true, end)
            }
            Some('(') => {
                return Err(QueryError::new(
                    from,
                    format!("{} stands before a parenthesis", shown(&name)),
                    format!("one value, {}; for more, OR between the fields", example(field)),
                ));
            }
            Some('[' | '{') if is_range => {
                let length =
                    self.chars[from..].iter().position(|c| matches!(c, ']' | '}')).ok_or_else(|| {
                        QueryError::new(
                            from,
                            "this bracket is never closed",
                            "a ] after the range, as in [1 TO 3]",
                        )
                    })?;
                (self.text(from, from + length + 1), false, from + length + 1)
            }
            Some(_) => {
                let mut depth = 0_usize;
                let end = (from..self.chars.len())
                    .find(|&at| match self.chars[at] {
                        '(' => {
                            depth += 1;
                            false
                        }
                        ')' if depth > 0 => {
                            depth -= 1;
                            false
                        }
                        c => is_boundary(c),
                    })
                    .unwrap_or(self.chars.len());
                let text = self.text(from, end);
                let rim: &[char] = if is_listed { &[',', ';', '!', '?'] } else { &[',', ';'] };
                (text.trim_end_matches(rim).to_owned(), false, end)
            }
        };
        if text.trim().is_empty() {
            return Err(missing());
        }
        Ok(Value { text, is_quoted, at: from + usize::from(is_quoted), end })
    }
}

/// What stands after the colon.
struct Value {
    text: String,
    is_quoted: bool,
    /// Where its text begins, and where the question goes on after it.
    at: usize,
    end: usize,
}

impl Value {
    fn is_any(&self) -> bool {
        !self.is_quoted && self.text == "*"
    }

    /// The value as typed.
    fn plain(self) -> Result<String, QueryError> {
        match self.text.chars().position(|c| c == '*') {
            Some(star) if !self.is_quoted => Err(QueryError::new(
                self.at + star,
                format!("`{}` asks for any ending, which is not possible", shown(&self.text)),
                "the whole value, or quotes around it if the * belongs to it",
            )),
            _ => Ok(self.text),
        }
    }

    fn wrong(&self, what: &str, expected: &str) -> QueryError {
        QueryError::new(self.at, format!("`{}` is not {what}", shown(&self.text)), expected)
    }
}

/// A `NEAR` whose distance is none, or too far.
struct WrongDistance;

/// The operator that `text` is, whatever punctuation is around it.
fn operator(text: &str) -> Option<Result<TokenKind, WrongDistance>> {
    if let Some(distance) = text.strip_prefix("NEAR/") {
        let distance = core(distance);
        let is_number = !distance.is_empty() && distance.bytes().all(|byte| byte.is_ascii_digit());
        let distance = distance.parse().ok().filter(|n| is_number && (1..=MAX_DISTANCE).contains(n));
        return Some(distance.map(TokenKind::Near).ok_or(WrongDistance));
    }
    let kind = match core(text) {
        "AND" => TokenKind::And,
        "OR" => TokenKind::Or,
        "NOT" => TokenKind::Not("NOT"),
        "NEAR" => TokenKind::Near(USUAL_DISTANCE),
        _ => return None,
    };
    Some(Ok(kind))
}

fn unknown_field(at: usize, name: &str) -> QueryError {
    let names: Vec<&str> = Field::ALL.iter().map(|field| field.name).collect();
    let small = name.to_ascii_lowercase();
    let all = Field::ALL.iter().flat_map(|field| {
        [field.name].into_iter().chain(field.aliases.iter().copied()).map(move |known| (known, field.name))
    });
    // An attribute is meant where its name was forgotten.
    let nearest = all
        .map(|(known, field)| (edits(&small, known.strip_suffix(".NAME").unwrap_or(known)), field))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 2 && 2 * *distance < small.len());
    let hint = nearest.map_or(String::new(), |(_, field)| format!("; did you mean {field}?"));
    QueryError::new(
        at,
        format!("there is no field `{}`{hint}", shown(name)),
        format!("one of {}, or quotes around the words", names.join(", ")),
    )
}

/// A day of the week by its name or the beginning of it, three letters or more.
fn weekday(text: &str) -> Option<jiff::civil::Weekday> {
    let small = text.to_ascii_lowercase();
    WEEKDAYS.into_iter().find(|(name, _)| small.len() >= 3 && name.starts_with(&small)).map(|(_, day)| day)
}

/// How many letters must be put in, left out or changed to make `from` into `to`.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let cost = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

fn one_of<const N: usize>(names: [&'static str; N]) -> String {
    format!("one of {}", names.join(", "))
}

/// What help shows for the field.
fn example(field: &str) -> String {
    let help = Field::ALL.iter().find(|known| known.name.starts_with(field)).map_or("", |known| known.help);
    format!("as in {}", help.split_once(": ").map_or(help, |(_, example)| example))
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::And => f.write_str("AND"),
            Self::Or => f.write_str("OR"),
            Self::Not(sign) => f.write_str(sign),
            Self::Near(_) => f.write_str("NEAR"),
            Self::Leaf(query) => write!(f, "{query}"),
        }
    }
}
