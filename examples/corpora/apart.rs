//! How is measured what is not learned from labelled texts? Who means to leave a brand, in which language a post is, and
//! what is masked: by the program `evaluate`, and by the tests that hold the bars.

use std::collections::BTreeSet;
use std::path::Path;

use grouse::analysis::Judge;
use grouse::model::{BrandId, Language, Post, SourceId, Watchlist};
use grouse::text::fold;
use grouse::text::language::{Prior, detect};
use grouse::text::mask::mask;

/// What was looked for, what was found, and what of it was right.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) cases: u32,
    pub(crate) wanted: u32,
    pub(crate) found: u32,
    pub(crate) right: u32,
}

impl Counts {
    pub(crate) fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from(self.wanted)
    }

    pub(crate) fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.found)
    }
}

/// The half of the texts that nothing was written or tuned on: by the text, so that equal texts are on one side (FNV-1a,
/// 64 bits).
pub(crate) fn is_other_half(text: &str) -> bool {
    (hash(text) >> 32) & 1 == 1
}

fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Of the other half of the rows of a file with text, brand and churn: whether the writer means to leave that brand, and
/// whether it is seen.
pub(crate) fn churn(path: &Path, tag: Language) -> Vec<(bool, bool)> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (text, brand, churn) = (column("text"), column("brand"), column("churn"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let brand_of = |row: &csv::StringRecord| {
        let name = row[brand].trim().to_lowercase();
        (!name.is_empty() && name != "no_brand").then_some(name)
    };
    let mut names: Vec<String> = rows.iter().filter_map(brand_of).collect();
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let judge = Judge::new(Some(&Watchlist::of_names("churn", &names).unwrap()));
    rows.iter()
        .filter(|row| is_other_half(row[text].trim()))
        .map(|row| {
            let finding = judge.judge(&Post { tag: Some(tag), ..post(&row[text]) });
            let asked = brand_of(row).and_then(|name| BrandId::from_name(&name));
            (&row[churn] == "1", finding.judgement.leaves(asked.as_ref()))
        })
        .collect()
}

fn post(text: &str) -> Post {
    let source = SourceId::new("test").unwrap();
    Post::bare(source, "1", text)
}

/// Words of a tweet that are left in a noisy one.
const NOISY_WORDS: usize = 6;

/// A tweet as people in a hurry write: six words in a row of it, small, without accents, and around them in turn what says
/// nothing of its language or something false: an English handle or an English hashtag, a link, `lol`. None if it has
/// fewer than four words. No tweet at hand that is noisy by itself is in another language than English and German.
pub(crate) fn noisy(tweet: &str) -> Option<String> {
    const BEFORE: [&str; 4] = ["", "@support ", "RT @news_today: ", "@anna_k @tom99 "];
    const BEHIND: [&str; 4] = [" #fail", " https://t.co/a1B2c3", " #customerservice #help", " lol"];
    let words: Vec<&str> = tweet
        .split_whitespace()
        .filter(|word| !["@", "#", "http"].iter().any(|sign| word.starts_with(sign)))
        .collect();
    if words.len() < 4 {
        return None;
    }
    let hash = usize::try_from(hash(tweet) >> 33).unwrap();
    let kept = words.len().min(NOISY_WORDS);
    let first = hash % (words.len() - kept + 1);
    let text = fold(&words[first..first + kept].join(" "));
    Some(format!("{}{text}{}", BEFORE[hash / 7 % 4], BEHIND[hash / 31 % 4]))
}

/// Of the other half of labelled tweets, noisy: the language, and what is seen.
pub(crate) fn noisy_languages(rows: &[(String, Language)]) -> Vec<(Language, Language)> {
    rows.iter()
        .filter(|(text, _)| is_other_half(text))
        .filter_map(|(text, language)| Some((*language, detect(&noisy(text)?, &Prior::default()))))
        .collect()
}

/// What stands in `cases`, one a line, as `⟦kind:…⟧`, beside what is masked; right if kind, start and end are. `wrong` is
/// told each text of which it is not so.
pub(crate) fn masking(cases: &str, mut wrong: impl FnMut(&str)) -> Counts {
    let mut counts = Counts::default();
    for case in cases.lines() {
        if case.is_empty() || case.starts_with("# ") || case.starts_with("## ") {
            continue;
        }
        let (text, wanted) = read(case);
        let masks = mask(&text).map(|masked| masked.masks).unwrap_or_default();
        let found: BTreeSet<Span> =
            masks.iter().map(|mask| (mask.kind.placeholder().to_owned(), mask.start, mask.end)).collect();
        let count = |spans: usize| u32::try_from(spans).unwrap();
        counts.cases += 1;
        counts.wanted += count(wanted.len());
        counts.found += count(found.len());
        counts.right += count(wanted.intersection(&found).count());
        if wanted != found {
            wrong(&text);
        }
    }
    counts
}

type Span = (String, usize, usize);

/// The text of a case, and what must go from it. A ⏎ is the end of a line, since a case has only one of its own.
pub(crate) fn read(case: &str) -> (String, BTreeSet<Span>) {
    let case = case.replace('⏎', "\n");
    let mut text = String::new();
    let mut wanted = BTreeSet::new();
    let mut rest = case.as_str();
    while let Some((before, marked)) = rest.split_once('⟦') {
        text += before;
        let (inside, after) = marked.split_once('⟧').expect("each mark is closed");
        let (kind, private) = inside.split_once(':').expect("each mark has its kind");
        let start = text.len();
        text += private;
        wanted.insert((format!("<{kind}>"), start, text.len()));
        rest = after;
    }
    (text + rest, wanted)
}
