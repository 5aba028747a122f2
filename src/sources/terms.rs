//! What of a source's posts may leave this machine, and by which rule?
//!
//! Each source says what its site's terms are; a watchlist may say otherwise, by a rule that it names. Of several
//! watchlists the strictest decides: the posts of one index are not told apart by them.

use super::{PassingOn, by_name};
use crate::model::Watchlist;

/// What decides over a source's posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Their ids only may be passed on.
    pub is_ids_only: bool,
    /// By which rule.
    pub rule: String,
    /// Where it is written, if it is the site's own.
    pub link: Option<&'static str>,
}

/// The rule over the posts of `source`, by its site's terms and by `watchlists`; `None` if there is none, and all may be
/// passed on.
#[must_use]
pub fn terms(source: &str, watchlists: &[Watchlist]) -> Option<Terms> {
    let decided = || {
        let listens = watchlists.iter().flat_map(|watchlist| &watchlist.sources);
        listens.filter(|listen| listen.source.as_str() == source).filter_map(|listen| listen.pass_on.as_ref())
    };
    if let Some(decided) = decided().find(|decided| decided.is_ids_only).or_else(|| decided().next()) {
        return Some(Terms { is_ids_only: decided.is_ids_only, rule: decided.rule.clone(), link: None });
    }
    match by_name(source)?.about().passing_on {
        PassingOn::Posts => None,
        PassingOn::IdsOnly { rule, link } => {
            Some(Terms { is_ids_only: true, rule: rule.to_owned(), link: Some(link) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read_watchlist;
    use crate::model::WatchlistId;

    #[test]
    fn a_watchlist_may_say_otherwise_and_the_strictest_decides() {
        let list = |sources: &str| {
            let head = "name = \"M\"\n[[brand]]\nname = \"A\"\nrole = \"own\"\n";
            read_watchlist(WatchlistId::new("m").unwrap(), &format!("{head}{sources}")).unwrap()
        };
        let silent = list("[[source]]\nname = \"x\"\n");
        let all = list("[[source]]\nname = \"x\"\npass_on = \"all\"\nrule = \"Contract 7\"\n");
        let ids = list("[[source]]\nname = \"rss\"\npass_on = \"ids\"\nrule = \"House rule\"\n");
        let free = list("[[source]]\nname = \"rss\"\npass_on = \"all\"\nrule = \"They said so\"\n");
        let told = |source: &str, lists: &[Watchlist]| {
            terms(source, lists).map(|terms| (terms.is_ids_only, terms.rule, terms.link.is_some()))
        };
        let own = (true, "X Developer Policy, content redistribution: ids only".to_owned(), true);
        assert_eq!(told("x", &[]), Some(own.clone()));
        assert_eq!(told("x", &[silent]), Some(own));
        assert_eq!(told("x", &[all]), Some((false, "Contract 7".to_owned(), false)));
        assert_eq!(told("rss", &[]), None);
        for source in ["hackernews", "appstore"] {
            assert!(told(source, &[]).is_some_and(|(is_ids_only, ..)| is_ids_only), "{source}");
        }
        assert_eq!(told("rss", &[free, ids]), Some((true, "House rule".to_owned(), false)));
        assert_eq!(told("file", &[]), None);
    }
}
