//! Promise: of what people write about themselves all goes, and of what only looks like it nothing does?
//!
//! Measured over `tests/fixtures/masking_cases.txt`: numbers of all countries whose languages we read, as they are written
//! there, and orders, prices, dates and codes beside which they must be told. One case a line; what must go stands in
//! `⟦kind:…⟧`. A mask counts as right if kind, start and end are.

use std::collections::BTreeSet;

use grouse::text::mask::mask;

/// The least share of what must go that goes, and of what goes that must.
const BAR: f64 = 0.98;

type Span = (String, usize, usize);

/// The text of a case, and what must go from it.
fn read(case: &str) -> (String, BTreeSet<Span>) {
    let mut text = String::new();
    let mut wanted = BTreeSet::new();
    let mut rest = case;
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

fn found(text: &str) -> BTreeSet<Span> {
    let masks = mask(text).map(|masked| masked.masks).unwrap_or_default();
    masks.iter().map(|mask| (mask.kind.placeholder().to_owned(), mask.start, mask.end)).collect()
}

#[test]
fn what_is_private_goes_and_what_looks_like_it_stays() {
    let all = include_str!("../fixtures/masking_cases.txt");
    let cases: Vec<&str> = all
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# ") && !line.starts_with("## "))
        .collect();
    let (mut wanted, mut masked, mut right) = (0_u32, 0_u32, 0_u32);
    for case in &cases {
        let (text, expected) = read(case);
        let found = found(&text);
        wanted += u32::try_from(expected.len()).unwrap();
        masked += u32::try_from(found.len()).unwrap();
        right += u32::try_from(expected.intersection(&found).count()).unwrap();
        if expected != found {
            println!("{text}\n  is {:?}", mask(&text).map(|masked| masked.text));
        }
        // A second masking finds nothing.
        assert!(mask(&text).is_none_or(|once| mask(&once.text).is_none()), "{text}");
    }
    let recall = f64::from(right) / f64::from(wanted);
    let precision = f64::from(right) / f64::from(masked);
    println!("{} cases, {wanted} to mask, recall {recall:.4}, precision {precision:.4}", cases.len());
    assert!(cases.len() >= 300 && wanted >= 200);
    assert!(recall >= BAR && precision >= BAR);
}
