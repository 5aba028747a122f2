//! Promise: brands are compared at equal size, each number opens the posts that it counts, and HTTP says what the terminal says.

use std::path::Path;

use grouse::api::{Filters, SearchAsked, search};
use grouse::store::Store;
use serde_json::Value;

use crate::common::{fail, post, put, run};
use crate::http::Server;

fn listed(store: &Store, query: &Value) -> u64 {
    let filters = Filters { q: query.as_str().unwrap().to_owned(), ..Filters::default() };
    let asked = SearchAsked { filters, limit: 0, ..SearchAsked::default() };
    search(store, &asked).unwrap().total as u64
}

fn compared(data: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&run(data, &[&["compare", "--json"], more].concat())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_comparison_lists_the_posts_that_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["demo", "--only-make"]);
    let data = folder.path().join("demo");
    let store = Store::open(&data).unwrap();
    let server = Server::start_with(&data, &[]);
    for (flags, address) in [(vec![], "/v1/compare"), (vec!["--lang", "nl"], "/v1/compare?lang=nl")] {
        let answer = compared(&data, &flags);
        assert_eq!(server.json(address).await, answer);
        let (brands, problems) =
            (answer["brands"].as_array().unwrap(), answer["problems"].as_array().unwrap());
        assert!(brands.len() > 1 && problems.len() > 1, "{answer}");
        for brand in brands {
            for of in ["mentions", "complaints", "per_1000_mentions"] {
                assert_eq!(brand[of]["count"], listed(&store, &brand[of]["query"]), "{brand}");
            }
        }
        for at in problems.iter().flat_map(|problem| problem["brands"].as_array().unwrap()) {
            assert_eq!(at["count"], listed(&store, &at["query"]), "{at}");
            assert!(
                at["low"].as_f64() <= at["share"].as_f64() && at["share"].as_f64() <= at["high"].as_f64()
            );
            assert_eq!(at["direction"] != "same", at["corrected"].as_f64().unwrap() <= 0.05);
        }
        for weak in answer["weak"].as_array().unwrap() {
            assert!(weak["ours_per_100"].as_f64() < weak["theirs_per_100"].as_f64(), "{weak}");
        }
    }
    let said = run(&data, &["compare"]);
    assert!(said.contains("of 1,000 mentions") && said.contains("than the rest"), "{said}");
    assert!(fail(&data, &["compare", "--complaint=no"]).contains("complaints are compared"));
}

#[test]
fn without_a_ledger_one_line_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), vec![post("1", "my parcel is late again, terrible")], None);
    let said = run(folder.path(), &["compare"]);
    assert!(said.lines().count() == 1 && said.contains("`grouse discover --keep`"), "{said}");
}
