//! Which brands does a post speak of, and to which does it speak?
//!
//! By handle, hashtag and alias wherever they stand as whole words; by an alias that may mean something else only in
//! the right company. One automaton finds all of them in one pass.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Account, Brand, BrandId, Language, SourceId};
use crate::text::{TokenKind, fold, fold_into, tokens};

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
    /// By handle, folded: accounts at any source.
    accounts: FxHashMap<String, usize>,
    /// By handle, folded: whom a post speaks to that opens with it, at whatever source.
    spoken_to: FxHashMap<String, usize>,
    /// By source and handle.
    accounts_at: FxHashMap<(SourceId, String), usize>,
    /// Brands that list their accounts at a source.
    listed: FxHashSet<(SourceId, usize)>,
    names: FxHashMap<String, usize>,
}

/// The brands of one text, each list in the order of the watchlist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Named in any way.
    pub mentions: Vec<BrandId>,
    /// Spoken to: the text opens with their handle.
    pub directed: Vec<BrandId>,
    /// Where they stand: those of the title first, each part in its order, the longest of those that begin together.
    pub places: Vec<Place>,
}

/// Where a brand is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which of [`Named::mentions`].
    pub brand: usize,
    /// In the title, not in the text.
    pub is_in_title: bool,
    /// First byte in the title or text.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
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
        let mut spoken_to = FxHashMap::default();
        let mut accounts_at = FxHashMap::default();
        let mut listed = FxHashSet::default();
        let mut names = FxHashMap::default();
        for (at, brand) in brands.iter().enumerate() {
            let signs = brand
                .handles
                .iter()
                .chain(brand.accounts.iter().map(|account| &account.handle))
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
                spoken_to.entry(fold(handle)).or_insert(at);
            }
            for Account { source, handle } in &brand.accounts {
                accounts_at.entry((source.clone(), fold(handle))).or_insert(at);
                spoken_to.entry(fold(handle)).or_insert(at);
                listed.insert((source.clone(), at));
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
            spoken_to,
            accounts_at,
            listed,
            names,
        }
    }

    /// Returns the brand whose account at `source` `handle` is. Where a brand lists its accounts at a source, its other
    /// handles are somebody else's there.
    #[must_use]
    pub fn account(&self, source: &SourceId, handle: &str) -> Option<BrandId> {
        if self.spoken_to.is_empty() {
            // No brand has an account.
            return None;
        }
        let handle = fold(handle.trim_start_matches('@'));
        let at = match self.accounts_at.get(&(source.clone(), handle.clone())) {
            Some(at) => Some(at),
            None => self.accounts.get(&handle).filter(|at| !self.listed.contains(&(source.clone(), **at))),
        };
        at.map(|at| self.ids[*at].clone())
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
        let mut places = Vec::new();
        if let Some(title) = title {
            self.find(automaton, title, true, &mut places);
        }
        self.find(automaton, text, false, &mut places);
        // Of two that begin together the longer is meant, as `T-Mobile Thuis`; `false` is before `true`.
        places.sort_unstable_by_key(|place| {
            (!place.is_in_title, place.start, std::cmp::Reverse(place.end), place.brand)
        });
        let mut brands: Vec<usize> = places.iter().map(|place| place.brand).collect();
        brands.sort_unstable();
        brands.dedup();
        places.dedup_by_key(|place| (place.is_in_title, place.start));
        for place in &mut places {
            place.brand = brands.binary_search(&place.brand).unwrap_or_default();
        }
        Named {
            mentions: brands.into_iter().map(|brand| self.ids[brand].clone()).collect(),
            directed: self.leading_handles(text),
            places,
        }
    }

    /// Adds the places of `part` where a brand is named; [`Place::brand`] is its number in the watchlist.
    fn find(&self, automaton: &AhoCorasick, part: &str, is_in_title: bool, places: &mut Vec<Place>) {
        let (folded, origins) = fold_with_origins(part);
        let mut ambiguous = Vec::new();
        let mut company = Vec::new();
        let place = |brand, start, end| Place {
            brand,
            is_in_title,
            start: origin(&origins, start, false),
            end: origin(&origins, end, true),
        };
        for found in automaton.find_overlapping_iter(&folded) {
            let (brand, sign, letters) = self.patterns[found.pattern().as_usize()];
            let (start, end) = (found.start(), found.end());
            let is_open_ended = matches!(sign, Sign::Near | Sign::NeverNear) && letters >= PREFIX_LETTERS;
            if !is_border_before(&folded, start) || !(is_open_ended || is_border_after(&folded, end)) {
                continue;
            }
            match sign {
                Sign::Handle | Sign::Hashtag | Sign::Alias => places.push(place(brand, start, end)),
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
                places.push(place(brand, start, end));
            }
        }
    }

    fn leading_handles(&self, text: &str) -> Vec<BrandId> {
        if !text.trim_start().starts_with(['@', '＠', '.', '"', '“']) {
            return Vec::new();
        }
        let mut directed: Vec<usize> = tokens(text, Language::Other)
            .take_while(|token| token.kind == TokenKind::Handle)
            .filter_map(|token| {
                let handle = text[token.start..token.end].trim_start_matches(['@', '＠']);
                self.spoken_to.get(&fold(handle)).copied()
            })
            .collect();
        directed.sort_unstable();
        directed.dedup();
        directed.into_iter().map(|brand| self.ids[brand].clone()).collect()
    }
}

/// Where a run of folded letters came from: its first byte in the folded text, its first byte in the text, and whether
/// both are written alike.
#[derive(Debug, Clone, Copy)]
struct Origin {
    folded: usize,
    written: usize,
    is_alike: bool,
}

/// Folds `text` as [`fold`] does, run by run, and says where each run came from. An empty list: all is alike.
fn fold_with_origins(text: &str) -> (String, Vec<Origin>) {
    if text.is_ascii() {
        return (fold(text), Vec::new());
    }
    let mut folded = String::with_capacity(text.len());
    let mut origins = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let is_alike = text.as_bytes()[at].is_ascii();
        let run = text[at..].bytes().take_while(|byte| byte.is_ascii() == is_alike).count();
        origins.push(Origin { folded: folded.len(), written: at, is_alike });
        fold_into(&text[at..at + run], &mut folded);
        at += run;
    }
    origins.push(Origin { folded: folded.len(), written: text.len(), is_alike: false });
    (folded, origins)
}

/// The byte of the text that byte `at` of the folded text came from; inside a run that is not alike, the run's first
/// byte, or its end for the end of a range.
fn origin(origins: &[Origin], at: usize, is_end: bool) -> usize {
    // An end belongs to the run before it.
    let after = origins.partition_point(|origin| origin.folded < at + usize::from(!is_end));
    let Some(run) = after.checked_sub(1).and_then(|before| origins.get(before)) else { return at };
    if run.is_alike {
        return run.written + (at - run.folded);
    }
    match origins.get(after) {
        Some(next) if is_end => next.written,
        _ => run.written,
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
            accounts: Vec::new(),
            hashtags: own(handles),
            guidance: None,
        }
    }

    #[test]
    fn a_brand_that_lists_its_accounts_at_a_source_has_no_others_there() {
        let [x, reddit] = ["x", "reddit"].map(|name| SourceId::new(name).unwrap());
        let account = Account { source: reddit.clone(), handle: "UnitedCares".to_owned() };
        let matcher =
            BrandMatcher::new(&[Brand { accounts: vec![account], ..brand("united", &[], &[], &["united"]) }]);
        for (source, handle, expect) in [
            (&x, "@United", true),
            (&reddit, "united", false),
            (&reddit, "unitedcares", true),
            (&x, "unitedcares", false),
        ] {
            assert_eq!(matcher.account(source, handle).is_some(), expect, "{handle} at {source}");
        }
        assert_eq!(matcher.named(None, "@unitedcares hello").directed.len(), 1);
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
    fn a_place_slices_back_into_the_text() {
        for (title, text, expect) in [
            (None, "@United lost my bag, KPN's line", vec!["@United", "KPN"]),
            (Some("Über KPN"), "“kpn” is naïve… @KPNwebcare #KPN", vec!["KPN", "kpn", "@KPNwebcare", "#KPN"]),
            (None, "ＫＰＮ én United Airlines", vec!["ＫＰＮ", "United Airlines"]),
        ] {
            let named = matcher().named(title, text);
            let found: Vec<_> = named
                .places
                .iter()
                .map(|place| &if place.is_in_title { title.unwrap() } else { text }[place.start..place.end])
                .collect();
            assert_eq!(found, expect, "{text}");
            assert!(named.places.iter().all(|place| place.brand < named.mentions.len()));
        }
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
        fn no_text_panics(text in "(\\PC|@united|kpn|merel|pakket| |é|e\u{301}|ß){0,60}") {
            let named = matcher().named(Some(&text), &text);
            for place in named.places {
                prop_assert!(text.get(place.start..place.end).is_some_and(|slice| !slice.is_empty()));
            }
        }

        #[test]
        fn folding_by_runs_is_folding(text in "(\\PC|[a-zé]|e\u{301}|ß){0,60}") {
            prop_assert_eq!(fold_with_origins(&text).0, fold(&text));
        }
    }
}
