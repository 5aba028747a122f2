//! Does a person who writes a watchlist learn at once all that is wrong, where, and what to do?

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::model::{Brand, Language, Role, WatchlistId};

const GOOD: &str = r##"
name = "Birds"
purpose = "To test."
languages = ["nl"]
time_zone = "Europe/Amsterdam"
[[brand]]
name = "Grutto & Co."
role = "own"
handles = ["@grutto", "grutto@vogels.example"]
hashtags = ["#grutto"]
"##;

fn check_text(text: &str) -> Checked {
    check_watchlist(WatchlistId::new("test").unwrap(), text)
}

fn faults(text: &str) -> Vec<String> {
    check_text(text).watchlist.err().unwrap_or_default().iter().map(Fault::to_string).collect()
}

fn warnings(text: &str) -> Vec<String> {
    let checked = check_text(text);
    assert!(checked.watchlist.is_ok(), "{:?}", checked.watchlist);
    checked.warnings.iter().map(Fault::to_string).collect()
}

#[test]
fn the_shipped_watchlists_are_without_fault_and_warning() {
    for (id, text) in shipped() {
        let checked = check_watchlist(WatchlistId::new(*id).unwrap(), text);
        assert_eq!(checked.warnings, [], "{id}");
        let watchlist = checked.watchlist.unwrap_or_else(|faults| panic!("{id}: {faults:#?}"));
        assert_eq!(watchlist.brands_of(Role::Own).count(), 1, "{id}");
        assert_eq!(watchlist.is_fictional, *id == "demo");
        assert!(watchlist.opening.days[0].is_some() && !watchlist.solves.is_empty(), "{id}");
    }
}

/// Each site is told it, so that nothing else may stand there.
#[test]
fn whom_sites_may_write_to_is_a_mail_address_or_a_page() {
    for contact in ["webcare@grutto.example", "https://grutto.example/listening?a=b"] {
        let text = format!("contact = \"{contact}\"\n{GOOD}");
        assert_eq!(check_text(&text).watchlist.unwrap().contact.as_deref(), Some(contact));
    }
    assert_eq!(check_text(GOOD).watchlist.unwrap().contact, None);
    let long = format!("a@{}.example", "b".repeat(300));
    for contact in
        ["call us", "@grutto", "a@b", "javascript:alert(1)", "a@b.example) (c", "é@grutto.example", &long]
    {
        let found = faults(&format!("contact = \"{contact}\"\n{GOOD}"));
        assert!(found.len() == 1 && found[0].contains("neither a mail address nor a page"), "{found:?}");
    }
}

#[test]
fn a_target_that_cannot_be_asked_for_is_told_with_its_form() {
    let of = |source: &str, target: &str| {
        faults(&format!("{GOOD}id = \"grutto\"\n[[source]]\nname = \"{source}\"\ntargets = [\"{target}\"]\n"))
    };
    for (source, target, expected) in [
        ("rss", "ftp://x", "https://example.com/feed.xml"),
        ("rss", "http://127.0.0.1/feed", "a public host"),
        ("rss", "http://192.168.1.1/feed", "a public host"),
        ("rss", "http://me@[::1]:80/feed", "a public host"),
        ("nhtsa", "acme", "acme/one/2024"),
        ("reddit", "foo bar", "r/delta"),
        ("appstore", "us/x = grutto", "nl/382617920"),
        ("appstore", "us/7 = nobody", "one of its brands"),
        ("github", "acme", "owner/name"),
        ("lemmy", "localhost", "a public host"),
        ("discourse", "a b.example", "a public host"),
        ("mastodon", "@acme@mastodon.social", "mastodon.social"),
        ("mastodon", "https://mastodon.social/@acme", "mastodon.social"),
        ("mastodon", "acme", "mastodon.social"),
        ("mastodon", "#acme help", "without spaces"),
        ("youtube", "@acme", "begins with UC"),
        ("youtube", "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "video:"),
        ("youtube", "dQw4w9WgXcQ", "video:"),
        ("trustpilot", "www.acme.com", "business-units/find"),
        ("trustpilot", "acme", "business-units/find"),
        ("stackexchange", "super user", "superuser"),
    ] {
        let found = of(source, target);
        assert!(found.len() == 1 && found[0].contains(expected), "{source} {target}: {found:?}");
    }
    for (source, target) in [
        ("rss", "https://feeds.example/a.xml?x=1 = grutto"),
        ("rss", "http://93.184.216.34:8080/feed"),
        ("nhtsa", "ford/model t/2024"),
        ("reddit", "/r/a_b+c/comments"),
        ("appstore", "us/7 = grutto"),
        ("appstore", "382617920"),
        ("github", "acme/one.two"),
        ("lemmy", "https://lemmy.world/"),
        ("discourse", "forum.example"),
        ("mastodon", "mastodon.social"),
        ("mastodon", "https://mastodon.social/search"),
        ("mastodon", "mastodon.social/stream"),
        ("mastodon", "#zügig_1"),
        ("youtube", "UC_x5XG1OV2P6uZZ5FSM9Ttw = grutto"),
        ("youtube", "video:dQw4w9WgXcQ"),
        ("trustpilot", "46d6a890000064000500e0c3 = grutto"),
        ("stackexchange", "travel"),
    ] {
        assert_eq!(of(source, target), [""; 0], "{source} {target}");
    }
}

#[test]
fn what_a_problem_is_called_in_several_languages_is_read_with_the_leading_one_first() {
    let text = format!("{GOOD}\n[[translation]]\nen = \"lost luggage\"\nnl = \"koffer kwijt\"\n");
    let watchlist = check_text(&text).watchlist.unwrap();
    let expected =
        vec![(Language::Dutch, "koffer kwijt".to_owned()), (Language::English, "lost luggage".to_owned())];
    assert_eq!(watchlist.translations, [expected]);
    let alone = faults(&format!("{GOOD}\n[[translation]]\nen = \"lost luggage\"\n"));
    assert!(alone.len() == 1 && alone[0].contains("in two languages"), "{alone:?}");
    let unknown = faults(&format!("{GOOD}\n[[translation]]\nen = \"a\"\nnl = \"b\"\nxx = \"c\"\n"));
    assert!(unknown.len() == 1 && unknown[0].contains("`xx`"), "{unknown:?}");
}

#[test]
fn every_file_in_queries_is_shipped() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    assert_eq!(files, shipped().iter().map(|(id, _)| (*id).to_owned()).collect());
}

#[test]
fn the_brands_of_the_demo_are_those_that_its_posts_speak_of() {
    let demo = shipped().iter().find(|(id, _)| *id == "demo").unwrap();
    let demo = read_watchlist(WatchlistId::new("demo").unwrap(), demo.1).unwrap();
    let brands: Vec<_> =
        demo.brands.iter().map(|b| (b.id.as_str(), b.name.as_str(), b.handles[0].as_str())).collect();
    let expect = [
        ("pakketpijl", "PakketPijl", "pakketpijl"),
        ("vlotpost", "Vlotpost", "vlotpost"),
        ("redlane", "Redlane", "redlane"),
        ("merel", "Merel", "merelbezorgt"),
    ];
    assert_eq!(brands, expect);
}

#[test]
fn the_names_in_the_public_collections_are_those_of_brands() {
    let check = |watchlist: &str, names: &[&str]| {
        let (id, text) = shipped().iter().find(|(id, _)| *id == watchlist).unwrap();
        let watchlist = read_watchlist(WatchlistId::new(*id).unwrap(), text).unwrap();
        for name in names {
            let is_called = |brand: &Brand| {
                brand.name == *name || brand.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            };
            assert!(watchlist.brands.iter().any(is_called), "{name}");
        }
    };
    // The column `airline` of airline_tweets.csv, and the commonest of `Company` in cfpb_2019.csv.
    check("us-airlines", &["United", "US Airways", "American", "Southwest", "Delta", "Virgin America"]);
    check(
        "us-banks",
        &[
            "TRANSUNION INTERMEDIATE HOLDINGS, INC.",
            "Experian Information Solutions Inc.",
            "EQUIFAX, INC.",
            "WELLS FARGO & COMPANY",
            "JPMORGAN CHASE & CO.",
            "CITIBANK, N.A.",
            "CAPITAL ONE FINANCIAL CORPORATION",
        ],
    );
}

#[test]
fn a_good_file_says_what_it_says() {
    let checked = check_text(&GOOD.replace(
        "[[brand]]",
        "[hours]\nmonday = \"9:00-17:30\"\nfriday = \"00:00 – 24:00\"\nsunday = \"Closed\"\n[[brand]]",
    ));
    assert_eq!(checked.warnings, []);
    let watchlist = checked.watchlist.unwrap();
    let brand = &watchlist.brands[0];
    assert_eq!((brand.id.as_str(), brand.name.as_str()), ("grutto-co", "Grutto & Co."));
    assert_eq!(brand.aliases, ["Grutto & Co."]);
    assert_eq!(brand.handles, ["grutto", "grutto@vogels.example"]);
    assert_eq!(brand.hashtags, ["grutto"]);
    assert_eq!(watchlist.languages, [Language::Dutch]);
    let opening: Vec<String> =
        watchlist.opening.days.iter().flatten().map(|h| format!("{:.0} {:.0}", h.from, h.until)).collect();
    assert_eq!(opening, ["09:00:00 17:30:00", "00:00:00 23:59:59"]);
    assert!(watchlist.opening.days[6].is_none());
}

#[test]
fn the_name_is_an_alias_unless_it_is_ambiguous() {
    let check = |ambiguous: &str, expect: &[&str]| {
        let text =
            format!("{GOOD}aliases = [\"Kievit bank\"]\nambiguous = [{ambiguous}]\nnear = [\"geld\"]\n");
        let text = text.replace("Grutto & Co.", "Kievit");
        assert_eq!(check_text(&text).watchlist.unwrap().brands[0].aliases, expect, "{ambiguous}");
    };
    check("", &["Kievit", "Kievit bank"]);
    check("\"kievit\"", &["Kievit bank"]);
    check("\"bij kievit\"", &["Kievit bank"]);
    check("\"kieviten\"", &["Kievit", "Kievit bank"]);
}

#[test]
fn a_file_from_windows_reads_alike() {
    let text = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    assert_eq!(check_text(&text), check_text(GOOD));
    assert!(faults(&text.replace("own", "ours"))[0].starts_with("line 8: "));
}

#[test]
fn all_faults_are_told_at_once_each_with_its_line_and_remedy() {
    let text = r##"name = ""
languages = ["nl", "dutch", 7]
time_zone = "Amsterdam"
timezone = "CET"
solves = "lost luggage"

[hours]
monday = "9-5"
tuesday = "17:00-09:00"
wendesday = "closed"
fictional = true

[[brand]]
name = "Scholekster"
role = "competitors"
aliases = ["wulp", " "]
ambiguous = ["Wulp"]
near = ["bank"]
handles = ["https://x.com/wulp", "#wulp"]

[[brand]]
id = "Kluut BV"
name = "Kluut"
role = "own"
aliases = ["scholekster"]
hashtags = ["wulp wulp", "kluut"]
alias = ["kluten"]

[[brand]]
id = "scholekster"
role = "own"
hashtags = ["#Kluut"]

[[source]]
name = "twitter"

[[source]]
name = "hackernew"
targets = []
"##;
    insta::assert_snapshot!(faults(text).join("\n"), @r#"
    line 1: `name` is empty; write a text between the quotes, or take the line out
    line 2: `dutch` is not a language code of Grouse; write "nl"
    line 2: `languages` holds a number among its texts; put it in quotes
    line 3: `Amsterdam` is not a time zone; did you mean "Europe/Amsterdam"?
    line 4: `timezone` is not known above the first heading; did you mean `time_zone`?
    line 5: `solves` is a text, not a list; write solves = ["lost luggage"]
    line 8: `9-5` does not say when monday opens and closes; write monday = "09:00-17:30" or monday = "closed"
    line 9: tuesday closes before it opens; write opening first and closing last; midnight at the end of the day is 24:00
    line 10: `wendesday` is not known under [hours]; did you mean `wednesday`?
    line 11: `fictional` is not known under [hours]; move the line above the first heading
    line 15: `competitors` is not a role; did you mean "competitor"?
    line 16: `aliases` holds an empty text; write a word between the quotes, or take it out
    line 17: `Wulp` is an alias, on line 16, and ambiguous as well; leave it in `ambiguous` if it can mean something else, else in `aliases`
    line 19: `https://x.com/wulp` cannot be one of the handles; write the account's name alone, as "wulp"
    line 19: `#wulp` does not belong in `handles`; move it to `hashtags`
    line 22: `Kluut BV` cannot be an id; write id = "kluut-bv"
    line 25: `scholekster` is an alias of `Scholekster` too, on line 14; leave it at one brand, or list it in `ambiguous` at both, with `near` words
    line 26: `wulp wulp` cannot be one of the hashtags; write it in one piece, of letters and digits, as "lostluggage"
    line 27: `alias` is not known under [[brand]]; did you mean `aliases`?
    line 29: `name` is missing under [[brand]]; add a line name = "…" with the brand's name as people know it
    line 30: the brand `scholekster` is there already, on line 14; make one of the two, or give this one another id
    line 32: `Kluut` is a hashtag of `Kluut` too, on line 26; leave it at one brand
    line 35: `twitter` is not a source; did you mean "x"?
    line 38: `hackernew` is not a source; did you mean "hackernews"?
    "#);
}

#[test]
fn what_works_and_is_unwise_is_a_warning() {
    let text = r#"name = "Market"
[hours]
monday = "closed"
[[brand]]
name = "Orange"
role = "competitor"
[[brand]]
name = "Tureluur"
role = "competitor"
aliases = ["TL", "tureluurs", "Tureluurs"]
near = ["bank"]
[[brand]]
name = "Kemphaan"
role = "competitor"
ambiguous = ["kemphaan"]
[[brand]]
name = "Watersnip"
role = "competitor"
ambiguous = ["snip"]
near = ["bank", "geld"]
never_near = ["Geld"]
"#;
    insta::assert_snapshot!(warnings(text).join("\n"), @r#"
    line 1: `purpose` is missing: public posts are personal data, and the record of processing must say why they are gathered; add a line purpose = "…"
    line 1: `time_zone` is missing: days are counted in UTC, which is the day of London in winter; add a line as time_zone = "Europe/Amsterdam"
    line 1: no brand is ours: this is a market overview, without inbox and prospects; if one of the brands is yours, write role = "own" under it
    line 2: the desk is never open; add a line as monday = "09:00-17:30", or take [hours] out
    line 4: `Orange` is found by its name alone; add handles = ["…"], hashtags = ["…"] or aliases = ["…"]
    line 5: `Orange` is an ordinary word as well; list it in `ambiguous`, and in `near` words of which one must be in the post
    line 10: `TL` is so short that it will be found in posts about other things; list it in `ambiguous`, and in `near` words of which one must be in the post
    line 10: `Tureluurs` stands twice in `aliases`, first on line 10; take one of them out
    line 11: `near` and `never_near` do nothing without `ambiguous`; list the words that they are about in `ambiguous`, or take them out
    line 15: `kemphaan` counts wherever it stands, as an alias does; add near = ["…"] with words of which one must be in the post
    line 20: `geld` stands in both `near` and `never_near`, and `never_near` wins; take it out of one of them
    "#);
}

#[test]
fn a_mistake_in_the_notation_is_told_with_its_line() {
    let check = |text: &str, line: usize| {
        let faults = check_text(text).watchlist.unwrap_err();
        assert_eq!((faults.len(), faults[0].line), (1, line), "{text}: {faults:?}");
    };
    check("name = \"a\"\nlanguages = [\"nl\" \"en\"]\n", 2);
    check("name = \"a\"\n\npurpose = \"b\n", 3);
    check("name = \"a\"\nname = \"b\"\n", 2);
    check("name = \"a\"\n[[brand]\n", 2);
    check("name = \"a\"\npurpose = no quotes\n", 2);
    check("name = \"a\"\nlanguages = [\"nl\",\n", 2);
    check("[brand]\nname = \"a\"\n[brand]\nname = \"b\"\n", 3);
    check(&format!("a = {}", "[".repeat(100_000)), 1);
}

#[test]
fn a_key_that_stands_twice_is_named() {
    let expect = "line 3: this is not TOML: duplicate key `name`; \
                  give it once; brands go under [[brand]], with two brackets on each side";
    assert_eq!(faults("name = \"a\"\n\nname = \"b\"\n"), [expect]);
}

#[test]
fn a_heading_with_the_wrong_brackets_is_told_once() {
    let check = |from: &str, to: &str, expect: &str| {
        let faults = faults(&GOOD.replace(from, to));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(expect), "{faults:?}");
    };
    check("[[brand]]", "[brand]", "[[brand]], with two brackets");
    check("[[brand]]", "[[hours]]\nmonday = \"closed\"\n[[brand]]", "[hours] once");
    check("name = \"Birds\"", "name = \"Birds\"\nsource = [\"rss\"]", "[[source]], with two brackets");
}

#[test]
fn an_empty_file_is_told_what_is_missing() {
    insta::assert_snapshot!(faults("").join("\n"), @r#"
    line 1: `name` is missing above the first heading; write on the first line what the market is called, as name = "Dutch telecom"
    line 1: there is no brand; add the heading [[brand]], and below it name = "…" and role = "own" or "competitor"
    "#);
}

proptest! {
    #[test]
    fn rubbish_never_panics(text in "\\PC{0,200}|[\\[\\]=\"'a-z#.,{}\n -]{0,300}") {
        let _ = check_text(&text);
    }

    #[test]
    fn rubbish_in_a_good_file_never_panics(at in 0..GOOD.len(), rubbish in "[\\[\\]=\"@#é,\n\u{0}-\u{ff}-]{0,9}", cut in 0..40_usize) {
        let (front, back) = GOOD.split_at(at);
        let text = format!("{front}{rubbish}{}", back.get(cut..).unwrap_or(""));
        let lines = text.lines().count().max(1);
        for fault in check_text(&text).watchlist.err().unwrap_or_default() {
            prop_assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{}", fault);
        }
    }

    #[test]
    fn any_value_of_any_key_never_panics(
        part in 0..4_usize,
        key in "[a-z_]{1,10}|name|id|role|aliases|ambiguous|near|handles|hashtags|monday|time_zone|languages",
        value in "[0-9]{1,3}|true|1979-05-27|\"\\PC{0,20}\"|\\[\"\\PC{0,9}\", [0-9]\\]|\\{ a = 1 \\}|\\[\\[\\]\\]",
    ) {
        let heading = ["", "[hours]", "[[brand]]", "[[source]]"][part];
        let checked = check_text(&format!("{heading}\n{key} = {value}\n"));
        prop_assert!(checked.watchlist.is_err());
    }
}
