//! Where does one post end in a JSON file, and which cells does it have?
//!
//! A line may hold a post (NDJSON), or posts stand in an array, at the top or in a member of one object, or one after
//! another. In the last three the end of each is found by its brackets, so that an array of any length is read in the
//! memory of one element.

use serde_json::{Map, Value};

use super::input::MAX_RECORD_BYTES;

/// How posts stand in a JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One on each line.
    Lines,
    /// One after another from byte `start` on, in an array or not.
    Elements { start: usize, is_array: bool },
}

/// Tells the shape from the first part of a file, if it is JSON at all.
pub(super) fn sniff(sample: &[u8], is_whole: bool) -> Option<Shape> {
    let blank = blank_bytes(sample);
    let mut at = blank;
    // The archives of Twitter are scripts: `window.YTD.tweets.part0 = [`.
    if sample.get(at..).is_some_and(|rest| rest.starts_with(b"window.YTD.")) {
        at += sample.get(at..)?.iter().position(|byte| *byte == b'[')?;
    }
    match sample.get(at)? {
        b'[' => {
            let inner = at + 1 + blank_bytes(sample.get(at + 1..)?);
            matches!(sample.get(inner), None | Some(b'{' | b']'))
                .then_some(Shape::Elements { start: at + 1, is_array: true })
        }
        b'{' => Some(object_shape(sample, at, is_whole)),
        _ => None,
    }
}

fn object_shape(sample: &[u8], at: usize, is_whole: bool) -> Shape {
    let rest = sample.get(at..).unwrap_or_default();
    let lines: Vec<&[u8]> = rest
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(20)
        .collect();
    let objects = lines
        .iter()
        .filter(|line| line.first() == Some(&b'{') && bracket_bytes(line) == Some(line.len()))
        .count();
    let array = array_member(sample, at);
    match array {
        // One object on one line, which holds the posts.
        Some(start) if is_whole && lines.len() == 1 => Shape::Elements { start, is_array: true },
        _ if objects > 0 && objects * 2 >= lines.len() => Shape::Lines,
        Some(start) => Shape::Elements { start, is_array: true },
        None if objects > 0 => Shape::Lines,
        None => Shape::Elements { start: at, is_array: false },
    }
}

/// Where the first element stands of the first array of objects among the members of the object at `at`.
fn array_member(sample: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += blank_bytes(sample.get(at..)?);
        match sample.get(at)? {
            b',' => {
                at += 1;
                continue;
            }
            b'"' => {}
            _ => return None,
        }
        at += string_bytes(sample.get(at..)?)?;
        at += blank_bytes(sample.get(at..)?);
        if sample.get(at)? != &b':' {
            return None;
        }
        at += 1;
        at += blank_bytes(sample.get(at..)?);
        let value = sample.get(at..)?;
        match value.first()? {
            b'[' => {
                let inner = blank_bytes(value.get(1..)?);
                if value.get(1 + inner) == Some(&b'{') {
                    return Some(at + 1);
                }
                at += bracket_bytes(value)?;
            }
            b'{' => at += bracket_bytes(value)?,
            b'"' => at += string_bytes(value)?,
            _ => at += value.iter().position(|byte| b",}]".contains(byte))?,
        }
    }
}

/// What stands at the start of the text where an element is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    /// The text ends before this is known.
    More,
    /// A post, from the first to before the second byte.
    Object(usize, usize),
    /// Something that is no object, to be rejected, up to this byte.
    Other(usize, usize),
    /// The array ends; what may follow are the members of the object around it.
    End,
    /// The text ends before the array does.
    Cut,
    /// Nothing that could be an element, at this byte.
    Broken(usize),
    /// An element that is not closed before the text ends, or that is longer than a post may be, from this byte.
    Unclosed(usize),
}

/// Finds the next element, past blanks and a comma.
pub(super) fn element(text: &[u8], is_array: bool, is_at_end: bool) -> Element {
    let start =
        text.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b',').unwrap_or(text.len());
    let Some(first) = text.get(start) else {
        return match (is_at_end, is_array) {
            (false, _) => Element::More,
            (true, false) => Element::End,
            (true, true) => Element::Cut,
        };
    };
    let rest = text.get(start..).unwrap_or_default();
    let open = |at| {
        if rest.len() > MAX_RECORD_BYTES || is_at_end { Element::Unclosed(at) } else { Element::More }
    };
    match first {
        b'{' => {
            bracket_bytes(rest).map_or_else(|| open(start), |bytes| Element::Object(start, start + bytes))
        }
        b']' if is_array => Element::End,
        b'[' => bracket_bytes(rest).map_or_else(|| open(start), |bytes| Element::Other(start, start + bytes)),
        b'"' => string_bytes(rest).map_or_else(|| open(start), |bytes| Element::Other(start, start + bytes)),
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            match rest.iter().position(|byte| byte.is_ascii_whitespace() || b",]}".contains(byte)) {
                Some(bytes) => Element::Other(start, start + bytes),
                None => open(start),
            }
        }
        _ => Element::Broken(start),
    }
}

/// How many bytes the object or array takes that `text` starts with, if it is closed and not longer than a post may be.
fn bracket_bytes(text: &[u8]) -> Option<usize> {
    let text = text.get(..text.len().min(MAX_RECORD_BYTES)).unwrap_or_default();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                at += string_bytes(text.get(at..)?)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

fn string_bytes(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn blank_bytes(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where the next element may begin after a broken one at `start`: on a later line with the same indentation, if the
/// broken one began its line. In an array without line ends nothing tells an element from what is nested in one.
pub(super) fn resync(text: &[u8], start: usize) -> Option<usize> {
    let line = text.get(..start)?.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let indent = text.get(line..start)?;
    if !indent.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let mut at = start;
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == b'\n')? + 1;
        if text.get(at..)?.strip_prefix(indent)?.first() == Some(&b'{') {
            return Some(at);
        }
    }
}

/// Reads one object, mended where it must be.
///
/// # Errors
/// What is wrong with it, if it is no JSON object and cannot be mended to be one.
pub fn object(content: &[u8]) -> serde_json::Result<Map<String, Value>> {
    let text = String::from_utf8_lossy(content);
    serde_json::from_str(&text).or_else(|error| match mended(&text) {
        Some(mended) => serde_json::from_str(&mended),
        None => Err(error),
    })
}

/// Mends what other programs write that is not JSON: `NaN` and `Infinity` become `null`, and half a character (an
/// escaped surrogate without its other half, as in texts cut by length) becomes the replacement character. `None` if
/// there was nothing to mend.
fn mended(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let (mut is_in_string, mut is_mended) = (false, false);
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| rest.starts_with(word));
        if let Some(word) = word.filter(|_| !is_in_string) {
            taken = word.len();
            out.push_str("null");
            is_mended = true;
        } else if c == '\\' && is_in_string {
            let is_half = match surrogate(rest) {
                Some(0xDC00..=0xDFFF) => true,
                Some(_) => !matches!(rest.get(6..).and_then(surrogate), Some(0xDC00..=0xDFFF)),
                None => false,
            };
            if is_half {
                taken = 6;
                out.push('\u{FFFD}');
                is_mended = true;
            } else {
                let next = rest.chars().nth(1).map_or(0, char::len_utf8);
                taken = if surrogate(rest).is_some() { 12 } else { 1 + next };
                out.push_str(rest.get(..taken).unwrap_or_default());
            }
        } else {
            is_in_string ^= c == '"';
            out.push(c);
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    is_mended.then_some(out)
}

/// The half of a character that an escape at the start of `text` stands for.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok().filter(|code| (0xD800..0xE000).contains(code))
}

/// One value inside a post, after nesting is written with dots.
pub(super) enum Leaf<'a> {
    /// A text as it is.
    Text(&'a str),
    /// A list of scalars.
    List(Vec<String>),
    /// A number, a truth value, or a list that holds more than scalars, written as JSON.
    Written(String),
}

/// Hands each value of `object` to `each`, with its path; nulls are left out.
pub(super) fn flatten(object: &Map<String, Value>, path: &mut String, each: &mut impl FnMut(&str, Leaf<'_>)) {
    for (name, value) in object {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        match value {
            Value::Null => {}
            Value::String(text) => each(path, Leaf::Text(text)),
            Value::Object(inner) => flatten(inner, path, each),
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                let items = items.iter().filter_map(|item| match item {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                });
                each(path, Leaf::List(items.collect()));
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                each(path, Leaf::Written(value.to_string()));
            }
        }
        path.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_is_told_from_the_start() {
        let lines = Some(Shape::Lines);
        let from = |start| Some(Shape::Elements { start, is_array: start > 0 });
        let cases: [(&str, Option<Shape>); 13] = [
            ("{\"a\":1}\n{\"a\":2}\n", lines),
            ("{\"a\":1}", lines),
            ("{\"a\":[{\"b\":1}]}\n{\"a\":[]}\n", lines),
            ("{\"a\":\n{\"a\":2}\n{\"a\":3}", lines),
            ("{\"a\":1}\n{\"a\":2", lines),
            ("[{\"a\":1}]", from(1)),
            (" [\n]", from(2)),
            ("{\"n\":3,\"x\":{\"y\":[1]},\"data\":[ {\"a\":1}]}", from(29)),
            ("{\n \"data\": [\n {\"a\":1}]}", from(12)),
            ("{\n\"a\":1\n}\n{\n\"a\":2\n}", from(0)),
            ("window.YTD.tweets.part0 = [ {\"tweet\":{}}]", from(27)),
            ("id,text\n1,a", None),
            ("[1,2]", None),
        ];
        for (text, expect) in cases {
            assert_eq!(sniff(text.as_bytes(), true), expect, "{text}");
        }
    }

    #[test]
    fn what_others_write_is_mended() {
        let cases = [
            (r#"{"a":NaN,"b":-Infinity}"#, Some(r#"{"a":null,"b":null}"#.to_owned())),
            (r#"{"a":"NaN \"NaN"}"#, None),
            (r#"{"a":"x\ud83d"}"#, Some("{\"a\":\"x\u{FFFD}\"}".to_owned())),
            (
                r#"{"a":"\udc00 \ud83d\ude00 \\ud83d"}"#,
                Some(r#"{"a":"? \ud83d\ude00 \\ud83d"}"#.replace('?', "\u{FFFD}")),
            ),
            (r#"{"a":"\"#, None),
        ];
        for (text, expect) in cases {
            assert_eq!(mended(text), expect, "{text}");
        }
    }

    #[test]
    fn elements_are_found_by_their_brackets() {
        let cases = [
            (" {\"a\":\"}]\\\"\"}, {", Element::Object(1, 13)),
            (", 12, {", Element::Other(2, 4)),
            ("\"a,]\"]", Element::Other(0, 5)),
            ("]", Element::End),
            ("  ", Element::Cut),
            ("}", Element::Broken(0)),
            ("{\"a\":1", Element::Unclosed(0)),
            (";", Element::Broken(0)),
        ];
        for (text, expect) in cases {
            assert_eq!(element(text.as_bytes(), true, true), expect, "{text}");
        }
        assert_eq!(element(b"{\"a\"", true, false), Element::More);
    }
}
