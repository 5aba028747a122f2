//! How is a question written as an address? Cleanly: each choice once, and nothing that was not chosen.

use form_urlencoded::Serializer;

use crate::api::ask::Filters;
use crate::model::{Condition, Query, parse_query};

/// The address at `path` of the posts that `filters` ask for, with `more` parameters; empty ones are left out.
pub(super) fn address(path: &str, filters: &Filters, more: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters(filters).into_iter().chain(more.iter().copied()) {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The address of one post's JSON.
pub(super) fn post_address(id: &str) -> String {
    under("/v1/posts/", id)
}

/// The address of `id` below `path`.
pub(super) fn under(path: &str, id: &str) -> String {
    use std::fmt::Write as _;
    let mut out = path.to_owned();
    for byte in id.bytes() {
        // An id is one segment: a slash or a dot segment in it must not become a path.
        if byte.is_ascii_alphanumeric() || b":-_~.".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The filters as parameters, in the order in which a person reads them.
pub(super) fn parameters(filters: &Filters) -> Vec<(&'static str, &str)> {
    let lists = [
        ("brand", &filters.brand),
        ("lang", &filters.lang),
        ("source", &filters.source),
        ("kind", &filters.kind),
        ("intent", &filters.intent),
        ("signal", &filters.signal),
        ("target", &filters.target),
        ("problem", &filters.problem),
        ("attr", &filters.attr),
    ];
    let mut pairs = vec![("q", filters.q.trim())];
    pairs.extend(
        lists.into_iter().flat_map(|(name, values)| values.iter().map(move |value| (name, &**value))),
    );
    for (name, value) in [
        ("complaint", &filters.complaint),
        ("severity", &filters.severity),
        ("since", &filters.since),
        ("until", &filters.until),
        ("tz", &filters.time_zone),
    ] {
        pairs.extend(value.as_deref().map(|value| (name, value)));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// The same filters, and `condition` beside what was typed.
pub(super) fn narrowed(filters: &Filters, condition: Condition) -> Filters {
    // What cannot be read has no answer, so nothing links from it.
    let typed = parse_query(&filters.q).unwrap_or(Query::All);
    Filters { q: typed.and(Query::Where(condition)).to_string(), ..filters.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Flag;

    #[test]
    fn an_address_holds_what_was_chosen_and_nothing_else() {
        let filters = Filters {
            q: " lost & \"found\" ".to_owned(),
            brand: vec!["us-airways".to_owned()],
            since: Some(String::new()),
            until: Some("2015-02-22".to_owned()),
            ..Filters::default()
        };
        assert_eq!(
            address("/", &filters, &[("sort", ""), ("cursor", "n1-2-3")]),
            "/?q=lost+%26+%22found%22&brand=us-airways&until=2015-02-22&cursor=n1-2-3"
        );
        assert_eq!(address("/", &Filters::default(), &[]), "/");
    }

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(post_address("a:b/../c?d#e f"), "/v1/posts/a:b%2F..%2Fc%3Fd%23e%20f");
    }

    #[test]
    fn narrowing_keeps_what_was_typed_together() {
        let filters = Filters { q: "lost OR late".to_owned(), ..Filters::default() };
        let narrowed = narrowed(&filters, Condition::Is(Flag::Undated));
        assert_eq!(narrowed.q, "(lost OR late) is:undated");
    }
}
