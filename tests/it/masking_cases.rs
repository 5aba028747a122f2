//! Promise: of what people write about themselves all goes, and of what only looks like it nothing does?
//!
//! Measured over `tests/fixtures/masking_cases.txt`: numbers of all countries whose languages we read, as they are written
//! there, and orders, prices, dates and codes beside which they must be told. One case a line; what must go stands in
//! `⟦kind:…⟧`. A mask counts as right if kind, start and end are.

use grouse::text::mask::mask;

use crate::apart::{masking, read};

/// The least share of what must go that goes, and of what goes that must.
const BAR: f64 = 0.98;

#[test]
fn what_is_private_goes_and_what_looks_like_it_stays() {
    let all = include_str!("../fixtures/masking_cases.txt");
    let counts = masking(all, |text| {
        println!("{text}\n  is {:?}", mask(text).map(|masked| masked.text));
    });
    // A second masking finds nothing.
    for text in all.lines().map(|case| read(case).0) {
        assert!(mask(&text).is_none_or(|once| mask(&once.text).is_none()), "{text}");
    }
    println!("{counts:?}, recall {:.4}, precision {:.4}", counts.recall(), counts.precision());
    assert!(counts.cases >= 300 && counts.wanted >= 200);
    assert!(counts.recall() >= BAR && counts.precision() >= BAR);
}
