//! Which brands does a post speak of, and to which does it speak?
//!
//! By handle, hashtag and alias wherever they stand as whole words; by an alias that may mean something else only in
//! the right company. One automaton finds all of them in one pass.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

use crate::model::{Brand, BrandId, Language};
use crate::text::{TokenKind, fold, tokens};

/// How far on either side of an ambiguous alias its company is looked for, in bytes: about twenty words, most of a
/// short post, a sentence or two of a long one.
const NEAR_BYTES: usize = 120;

/// Letters from which on a word of the company also stands for words that begin with it, as `pakket` for `pakketje`.
const PREFIX_LETTERS: usize = 4;

/// Finds brands in texts.
#[derive(Debug)]
pub struct BrandMatcher {
    ids: Vec<BrandId>,
    needs_company: Vec<bool>,
    patterns: Vec<(usize, Sign, usize)>,
    automaton: Option<AhoCorasick>,
    accounts: FxHashMap<String, usize>,
    names: FxHashMap<String, usize>,
}

/// The brands of one text, each list in the order of the watchlist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Named in any way.
    pub mentions: Vec<BrandId>,
    /// Spoken to: the text opens with their handle.
    pub directed: Vec<BrandId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Handle,
    Hashtag,
    Alias,
    Ambiguous,
    Near,
    NeverNear,
}

impl BrandMatcher {
    /// Prepares the automaton for `brands`.
    #[must_use]
    pub fn new(brands: &[Brand]) -> Self {
        let mut texts = Vec::new();
        let mut patterns = Vec::new();
        let mut accounts = FxHashMap::default();
        let mut names = FxHashMap::default();
        for (at, brand) in brands.iter().enumerate() {
            let signs = brand
                .handles
                .iter()
                .map(|handle| (format!("@{handle}"), Sign::Handle))
                .chain(brand.hashtags.iter().map(|tag| (format!("#{tag}"), Sign::Hashtag)))
                .chain(brand.aliases.iter().map(|alias| (alias.clone(), Sign::Alias)))
                .chain(brand.ambiguous.iter().map(|alias| (alias.clone(), Sign::Ambiguous)))
                .chain(brand.near.iter().map(|word| (word.clone(), Sign::Near)))
                .chain(brand.never_near.iter().map(|word| (word.clone(), Sign::NeverNear)));
            for (text, sign) in signs {
                let text = fold(&text);
                if !text.is_empty() {
                    patterns.push((at, sign, text.chars().count()));
                    texts.push(text);
                }
            }
            for handle in &brand.handles {
                accounts.entry(fold(handle)).or_insert(at);
            }
            for name in
                [brand.id.as_str(), &brand.name].into_iter().chain(brand.aliases.iter().map(String::as_str))
            {
                names.entry(plain(name)).or_insert(at);
            }
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&texts)
            .ok()
            .filter(|_| !texts.is_empty());
        Self {
            ids: brands.iter().map(|brand| brand.id.clone()).collect(),
            needs_company: brands.iter().map(|brand| !brand.near.is_empty()).collect(),
            patterns,
            automaton,
            accounts,
            names,
        }
    }

    /// Returns the brand whose account `handle` is.
    #[must_use]
    pub fn account(&self, handle: &str) -> Option<BrandId> {
        self.accounts.get(&fold(handle.trim_start_matches('@'))).map(|at| self.ids[*at].clone())
    }

    /// Returns the brand that a source calls `name`: one of the watchlist by its id, name or alias, else a brand of its
    /// own named after it; `None` if nothing can be made of the name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<BrandId> {
        self.names.get(&plain(name)).map(|at| self.ids[*at].clone()).or_else(|| BrandId::from_name(name))
    }

    /// Returns the brands that a title and a text name and speak to.
    #[must_use]
    pub fn named(&self, title: Option<&str>, text: &str) -> Named {
        let Some(automaton) = &self.automaton else { return Named::default() };
        let mut is_mentioned = vec![false; self.ids.len()];
        for part in title.into_iter().chain([text]) {
            let folded = fold(part);
            let mut ambiguous = Vec::new();
            let mut company = Vec::new();
            for found in automaton.find_overlapping_iter(&folded) {
                let (brand, sign, letters) = self.patterns[found.pattern().as_usize()];
                let (start, end) = (found.start(), found.end());
                let is_open_ended = matches!(sign, Sign::Near | Sign::NeverNear) && letters >= PREFIX_LETTERS;
                if !is_border_before(&folded, start) || !(is_open_ended || is_border_after(&folded, end)) {
                    continue;
                }
                match sign {
                    Sign::Handle | Sign::Hashtag | Sign::Alias => is_mentioned[brand] = true,
                    Sign::Ambiguous => ambiguous.push((brand, start, end)),
                    Sign::Near | Sign::NeverNear => company.push((brand, sign, start, end)),
                }
            }
            for (brand, start, end) in ambiguous {
                let has = |wanted| {
                    company.iter().any(|(other, sign, from, to)| {
                        *other == brand
                            && *sign == wanted
                            && *from <= end + NEAR_BYTES
                            && *to + NEAR_BYTES >= start
                    })
                };
                if !has(Sign::NeverNear) && (!self.needs_company[brand] || has(Sign::Near)) {
                    is_mentioned[brand] = true;
                }
            }
        }
        let is_directed = self.leading_handles(text);
        let pick = |is_in: &[bool]| {
            self.ids.iter().zip(is_in).filter(|(_, is_in)| **is_in).map(|(id, _)| id.clone()).collect()
        };
        Named { mentions: pick(&is_mentioned), directed: pick(&is_directed) }
    }

    fn leading_handles(&self, text: &str) -> Vec<bool> {
        let mut is_directed = vec![false; self.ids.len()];
        if text.trim_start().starts_with(['@', '＠', '.', '"', '“']) {
            for token in tokens(text, Language::Other).take_while(|token| token.kind == TokenKind::Handle) {
                let handle = text[token.start..token.end].trim_start_matches(['@', '＠']);
                if let Some(at) = self.accounts.get(&fold(handle)) {
                    is_directed[*at] = true;
                }
            }
        }
        is_directed
    }
}

/// A name as sources vary it: without case, accents and punctuation.
fn plain(name: &str) -> String {
    fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_border_before(text: &str, at: usize) -> bool {
    let Some(c) = text[..at].chars().next_back() else { return true };
    // An alias inside a handle or tag is not the alias: @unitednations, #unitedkingdom.
    !(c.is_alphanumeric() || c == '_' || c == '@' || c == '#')
}

fn is_border_after(text: &str, at: usize) -> bool {
    let mut rest = text[at..].chars();
    match rest.next() {
        None => true,
        Some('-') => !rest.next().is_some_and(char::is_alphanumeric) || !text[..at].starts_with('@'),
        Some(c) => !(c.is_alphanumeric() || c == '_'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Role;
    use proptest::prelude::*;

    fn brand(id: &str, aliases: &[&str], ambiguous: &[&str], handles: &[&str]) -> Brand {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Brand {
            id: BrandId::new(id).unwrap(),
            name: id.to_owned(),
            role: Role::Competitor,
            aliases: own(aliases),
            ambiguous: own(ambiguous),
            near: if ambiguous.is_empty() { Vec::new() } else { own(&["flight", "pakket"]) },
            never_near: if ambiguous.is_empty() { Vec::new() } else { own(&["manchester"]) },
            handles: own(handles),
            hashtags: own(handles),
        }
    }

    fn matcher() -> BrandMatcher {
        BrandMatcher::new(&[
            brand("united", &["United Airlines"], &["united"], &["united"]),
            brand("kpn", &["KPN"], &[], &["KPN", "KPNwebcare"]),
            brand("merel", &[], &["merel"], &["merelbezorgt"]),
        ])
    }

    fn check(text: &str, mentions: &[&str], directed: &[&str]) {
        let named = matcher().named(None, text);
        assert_eq!(named.mentions.iter().map(BrandId::as_str).collect::<Vec<_>>(), mentions, "{text}");
        assert_eq!(named.directed.iter().map(BrandId::as_str).collect::<Vec<_>>(), directed, "{text}");
    }

    #[test]
    fn brands_are_found_as_people_write_them() {
        check("@United lost my bag", &["united"], &["united"]);
        check(".@united @kpnwebcare help", &["united", "kpn"], &["united", "kpn"]);
        check("thanks @united", &["united"], &[]);
        check("KPN's klantenservice", &["kpn"], &[]);
        check("kpnwebcare zegt", &[], &[]);
        check("#KPN ligt eruit", &["kpn"], &[]);
        check("my UNITED AIRLINES seat", &["united"], &[]);
        check("we stand united", &[], &[]);
        check("united cancelled my flights", &["united"], &[]);
        check("flight to see manchester united", &[], &[]);
        check("de merel zingt in de tuin", &[], &[]);
        check("merel heeft mijn pakketje kwijt", &["merel"], &[]);
        check("@unitednations #unitedkingdom", &[], &[]);
        check("RT @united: sorry", &["united"], &[]);
    }

    #[test]
    fn a_brand_that_the_source_names_is_found_or_made() {
        for (name, expect) in
            [("United", "united"), ("United Airlines", "united"), ("US Airways", "us-airways")]
        {
            assert_eq!(matcher().by_name(name).unwrap().as_str(), expect);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\PC|@united|kpn|merel|pakket| ){0,60}") {
            let _ = matcher().named(Some(&text), &text);
        }
    }
}
