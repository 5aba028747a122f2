//! Promise: does a question about a brand find the posts that are about it, that name it, or that speak to it?

use std::collections::BTreeSet;

use grouse::analysis::Judge;
use grouse::api::{self, Filters, SearchAsked};
use grouse::config::{read_watchlist, shipped};
use grouse::model::{Author, BrandId, Post, WatchlistId};
use grouse::store::Store;

use crate::airlines::watchlist;
use crate::common::{post, store_of};

/// What `q` and the brands chosen beside it find, by native id.
fn found(store: &Store, q: &str, brand: &[&str]) -> BTreeSet<String> {
    let filters = Filters {
        q: q.to_owned(),
        brand: brand.iter().map(|name| (*name).to_owned()).collect(),
        ..Filters::default()
    };
    let asked = SearchAsked { filters, limit: 100, ..SearchAsked::default() };
    let answer = api::search(store, &asked).unwrap();
    assert_eq!(answer.total, answer.posts.len() as u64);
    answer.posts.into_iter().map(|post| post.id.trim_start_matches("test:").to_owned()).collect()
}

#[track_caller]
fn check(store: &Store, q: &str, expect: &[&str]) {
    assert_eq!(found(store, q, &[]), expect.iter().map(|id| (*id).to_owned()).collect(), "{q}");
}

fn store() -> (tempfile::TempDir, Store) {
    let about = |native: &str, text: &str, names: &[&str]| Post {
        about: names.iter().map(|name| (*name).to_owned()).collect(),
        ..post(native, text)
    };
    let by = |native: &str, text: &str, handle: &str| Post {
        author: Some(Author { handle: handle.to_owned(), name: None }),
        ..post(native, text)
    };
    let posts = vec![
        post("to", "@United where is my bag"),
        post("to-both", "@united @AmericanAir who has my bag"),
        post("names", "my bag is lost, thanks @united"),
        post("alias", "United Airlines lost my bag"),
        post("tag", "#unitedsucks they lost my bag"),
        post("company", "united cancelled our flights"),
        post("no-company", "we stand united in this"),
        post("football", "flight to see manchester united"),
        post("other-word", "@unitednations and #unitedkingdom"),
        about("column", "they lost my bag", &["United"]),
        about("column-wins", "@AmericanAir they lost my bag", &["US Airways"]),
        about("two", "a shared flight", &["united", "Delta"]),
        about("unknown", "a small one", &["Spirit Airlines"]),
        by("answer", "We are sorry to hear that", "united"),
        by("customer", "We are sorry to hear that", "jan"),
        post("nobody", "the train was late"),
    ];
    store_of(posts, Some(&watchlist()))
}

#[test]
fn posts_are_about_what_the_source_says_or_else_about_what_they_name() {
    let (_folder, store) = store();
    let united = ["to", "to-both", "names", "alias", "tag", "company", "column", "two", "answer"];
    check(&store, "brand:united", &united);
    check(&store, "brand:UNITED", &united);
    assert_eq!(found(&store, "", &["United"]), found(&store, "brand:united", &[]));
    check(&store, "brand:\"US Airways\"", &["column-wins"]);
    check(&store, "brand:us-airways", &["column-wins"]);
    check(&store, "brand:american", &["to-both"]);
    check(&store, "brand:delta", &["two"]);
    // A brand that only the source names is one too.
    check(&store, "brand:\"Spirit Airlines\"", &["unknown"]);
    check(&store, "brand:spirit-airlines", &["unknown"]);
    check(&store, "brand:ryanair", &[]);
    let either: BTreeSet<String> = ["two", "unknown"].map(str::to_owned).into();
    assert_eq!(found(&store, "", &["delta", "Spirit Airlines"]), either);
}

#[test]
fn naming_a_brand_and_speaking_to_it_are_told_apart() {
    let (_folder, store) = store();
    check(&store, "mention:united", &["to", "to-both", "names", "alias", "tag", "company"]);
    check(&store, "directed:united", &["to", "to-both"]);
    check(&store, "to:american", &["to-both", "column-wins"]);
    check(&store, "mention:american", &["to-both", "column-wins"]);
    check(&store, "mention:united -directed:united", &["names", "alias", "tag", "company"]);
    check(&store, "directed:united directed:american", &["to-both"]);
}

#[test]
fn sides_are_those_of_the_watchlist() {
    let (_folder, store) = store();
    check(&store, "is:own", &[]);
    let competitors =
        ["to", "to-both", "names", "alias", "tag", "company", "column", "column-wins", "two", "answer"];
    check(&store, "is:competitor", &competitors);
    check(&store, "-is:competitor -is:own sorry", &["customer"]);
}

#[test]
fn what_a_brand_writes_itself_is_its_response() {
    let (_folder, store) = store();
    check(&store, "kind:response", &["answer"]);
    check(&store, "author:@United", &["answer"]);
    check(&store, "author:jan", &["customer"]);
}

#[test]
fn each_post_tells_its_brands() {
    let (_folder, store) = store();
    let answer = api::post(&store, "test:column-wins").unwrap();
    let ids = |brands: &[BrandId]| brands.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(&answer.brands), ["us-airways"]);
    assert_eq!(ids(&answer.mentions), ["american"]);
    assert_eq!(ids(&answer.directed), ["american"]);
}

#[test]
fn shipped_watchlists_read_ordinary_sentences_as_a_native_would() {
    let cases = [
        ("dutch-telecom", "Ik ben boos", &[][..]),
        ("dutch-telecom", "Ben benieuwd naar morgen", &[]),
        ("dutch-telecom", "overgestapt naar Ben en weer storing", &["ben"]),
        ("dutch-telecom", "zo simpel is het niet", &[]),
        ("dutch-telecom", "Simpel heeft al drie dagen geen bereik", &["simpel"]),
        ("dutch-telecom", "Vanavond naar de Ziggo Dome", &[]),
        ("dutch-telecom", "Ziggo ligt er weer uit", &["ziggo"]),
        ("dutch-telecom", "@KPNwebcare wanneer komt de monteur van KPN?", &["kpn"]),
        ("us-airlines", "We stand united", &[]),
        ("us-airlines", "I'm American and proud", &[]),
        ("us-airlines", "United cancelled my flight again", &["united"]),
        ("us-airlines", "@SouthwestAir best crew ever", &["southwest"]),
        ("us-airlines", "the Mississippi delta is flooding", &[]),
        ("us-airlines", "Delta lost my luggage at the airport", &["delta"]),
        ("demo", "De merel zingt in de tuin", &[]),
        ("demo", "Merel heeft mijn pakketje bij de buren gezet", &["merel"]),
    ];
    for (watchlist, text, expect) in cases {
        let (id, file) = shipped().iter().find(|(id, _)| *id == watchlist).unwrap();
        let watchlist = read_watchlist(WatchlistId::new(*id).unwrap(), file).unwrap();
        let finding = Judge::new(Some(&watchlist)).judge(&post("1", text));
        let found: Vec<&str> = finding.mentions.iter().map(BrandId::as_str).collect();
        assert_eq!(found, expect, "{id}: {text}");
    }
}
