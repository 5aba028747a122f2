//! Which of the words that weighed most does a person want to see?
//!
//! A linear model weighs all words, and of a short post the heaviest may be one that says nothing alone: `in`, a number, the
//! name of the brand. It weighed, and yet nobody would point at it. Such spans are left out where others are left.

use crate::model::{Evidence, Language};
use crate::text::{TokenKind, is_stopword};

use super::brands::Named;
use super::reading::Reading;

/// Leaves out the spans without a telling word, for each judgement that has others.
pub(super) fn keep_telling(
    evidence: &mut Vec<Evidence>,
    title: Option<&Reading>,
    text: &Reading,
    named: &Named,
    language: Language,
) {
    let is_telling = |span: &Evidence| {
        let reading = if span.is_in_title { title.unwrap_or(text) } else { text };
        let first = reading.words.partition_point(|word| word.end <= span.start);
        let mut words = reading.words[first..].iter().take_while(|word| word.start < span.end);
        words.any(|word| {
            let is_brand = named.places.iter().any(|place| {
                place.is_in_title == span.is_in_title && place.start < word.end && word.start < place.end
            });
            let says = match word.kind {
                TokenKind::Word => !is_stopword(language, reading.folded(word)),
                TokenKind::Hashtag | TokenKind::Emoji => true,
                _ => false,
            };
            says && !is_brand
        })
    };
    let told: Vec<bool> = evidence.iter().map(is_telling).collect();
    let has_others: Vec<bool> = evidence
        .iter()
        .map(|span| evidence.iter().zip(&told).any(|(other, is_told)| *is_told && other.of == span.of))
        .collect();
    let mut kept = told.iter().zip(&has_others).map(|(is_told, has_others)| *is_told || !has_others);
    evidence.retain(|_| kept.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::brands::Place;
    use crate::model::Aspect;

    #[test]
    fn a_span_that_says_nothing_is_left_out_where_another_says_something() {
        let text = "@KPN in Ede 3 weken niets, #kpn 😡";
        let reading = Reading::new(text, Language::Dutch);
        let place = |name: &str| {
            let start = text.find(name).unwrap();
            Place { brand: 0, is_in_title: false, start, end: start + name.len() }
        };
        let named = Named { places: vec![place("@KPN"), place("#kpn")], ..Named::default() };
        let shown = |of: Aspect, spans: &[&str]| {
            let spans = spans.iter().map(|span| {
                let start = text.find(span).unwrap();
                Evidence { of, is_in_title: false, start, end: start + span.len() }
            });
            let mut evidence: Vec<Evidence> = spans.collect();
            evidence.push(Evidence { of: Aspect::Sentiment, is_in_title: false, start: 0, end: 4 });
            keep_telling(&mut evidence, None, &reading, &named, Language::Dutch);
            let of_it = evidence.iter().filter(|span| span.of == of);
            of_it.map(|span| &text[span.start..span.end]).collect::<Vec<_>>().join("|")
        };
        let check = |spans: &[&str], expect: &str| assert_eq!(shown(Aspect::Complaint, spans), expect);
        check(&["@KPN", "in", "weken niets"], "weken niets");
        check(&["3", "#kpn", "😡"], "😡");
        check(&["in Ede", "3 weken"], "in Ede|3 weken");
        // Nothing else weighed, so this is what is shown.
        check(&["in", "3"], "in|3");
        // The others of another judgement do not matter.
        assert_eq!(shown(Aspect::Sentiment, &[]), "@KPN");
    }
}
