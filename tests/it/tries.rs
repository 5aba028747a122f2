//! How many cases does a property try? As many as its test can afford, and more or fewer of all where someone says so:
//! `PROPTEST_CASES=2560` is ten times as many of each, since 256 is what a property tries that says nothing.

use proptest::test_runner::Config;

const USUAL: u32 = 256;

/// So many cases, or the share of them that `PROPTEST_CASES` asks for.
pub(crate) fn tries(cases: u32) -> Config {
    let asked = Config::default();
    let cases = u64::from(cases) * u64::from(asked.cases) / u64::from(USUAL);
    Config { cases: u32::try_from(cases).unwrap_or(u32::MAX).max(1), ..asked }
}

#[test]
fn a_property_follows_what_is_asked_for() {
    let asked = Config::default().cases;
    assert_eq!((tries(USUAL).cases, tries(2 * USUAL).cases), (asked, 2 * asked));
    assert_eq!(tries(0).cases, 1);
}
