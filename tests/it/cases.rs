//! Promise: posts that say the same are one case, and posts that do not are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use grouse::analysis::Judge;
use grouse::model::{CaseId, Post};
use grouse::sources::file;
use grouse::text::{TokenKind, fold, tokens};
use proptest::prelude::*;

use crate::common::{corpus, post};

fn case(text: &str, native: &str) -> CaseId {
    Judge::new(None).judge(&post(native, text)).case
}

proptest! {
    #[test]
    fn identical_texts_always_share_a_case(text in "([a-z]{1,7} |@[a-z]{2,5} |#[a-z]{3,6} |[0-9]{1,4} |\\PC){1,30}") {
        prop_assume!(!text.trim().is_empty());
        prop_assert_eq!(case(&text, "1"), case(&text, "2"));
    }
}

/// The words of a text as a set, without handles, links and numbers.
fn words(text: &str) -> BTreeSet<String> {
    let language = grouse::model::Language::English;
    tokens(text, language)
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Hashtag))
        .map(|token| fold(&text[token.start..token.end]))
        .collect()
}

fn overlap(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let both = one.intersection(other).count() as f64;
    both / (one.len() + other.len()) as f64 / (1.0 - both / (one.len() + other.len()) as f64)
}

fn texts(path: &Path) -> Vec<Post> {
    let input = Box::new(File::open(path).unwrap());
    let rows = file::open(input, "posts.csv", &file::Options::default()).unwrap();
    rows.filter_map(|row| row.unwrap().result.ok()).map(|post| *post).collect()
}

/// Of all pairs of tweets that have nearly the same words, most are one case; of all pairs in one case, nearly all have.
#[test]
fn copies_among_real_tweets_are_found() {
    let mut posts = Vec::new();
    for name in ["airline_tweets.csv", "complaints_airlines_telecom_2015.csv"] {
        let Some(path) = corpus(name) else { return };
        posts.extend(texts(&path));
    }
    let judge = Judge::new(None);
    let read: Vec<(CaseId, BTreeSet<String>)> =
        posts.iter().map(|post| (judge.judge(post).case, words(&post.text))).collect();
    // Pairs that share no word but common ones are not alike: not all 50 million are compared.
    let mut by_words: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (_, words)) in read.iter().enumerate() {
        for word in words {
            by_words.entry(word).or_default().push(at);
        }
    }
    // By post and not by pair: a hundred copies of one advertisement would outweigh all else.
    let (mut alike, mut found, mut together, mut right) = (0, 0, 0, 0);
    for (at, (case, own)) in read.iter().enumerate().filter(|(_, (_, own))| own.len() >= 6) {
        let others = own
            .iter()
            .filter(|word| by_words[word.as_str()].len() < 100)
            .flat_map(|word| by_words[word.as_str()].iter().copied())
            .filter(|other| *other != at)
            .collect::<BTreeSet<usize>>();
        let shares = |is_wanted: &dyn Fn(&CaseId) -> bool| {
            let others = others.iter().map(|other| &read[*other]).filter(|(case, _)| is_wanted(case));
            others.map(|(_, theirs)| overlap(own, theirs)).fold(0.0, f64::max)
        };
        let (nearest, nearest_in_case) = (shares(&|_| true), shares(&|other| other == case));
        if nearest >= 0.85 {
            alike += 1;
            found += u32::from(nearest_in_case >= 0.85);
        }
        if nearest_in_case > 0.0 {
            together += 1;
            right += u32::from(nearest_in_case >= 0.6);
        }
    }
    println!(
        "posts with a copy {alike}, of them in its case {found}; posts in a case {together}, of them alike {right}"
    );
    assert!(f64::from(found) >= 0.85 * f64::from(alike), "{found} of {alike}");
    assert!(f64::from(right) >= 0.95 * f64::from(together), "{right} of {together}");
}
