//! What does a watchlist file say about its brands, and do two of them claim the same words?
//!
//! A brand's name is looked for like an alias, so that two lines are enough for most brands. It is not if it stands in
//! `ambiguous`, alone or inside a phrase: the writer then said in which company the name counts.

use std::collections::{HashMap, HashSet};

use super::fault::{Report, quoted};
use super::section::{Entry, Part, Section, folded};
use crate::model::{Account, Brand, BrandId, Role, SourceId, nearest};

/// Brand names that are ordinary words too, in the languages of Grouse. Short on purpose: those of known brands, and those
/// that are in every other post. Nobody measured it; a word that is missing costs a warning.
const COMMON_WORDS: &str = "\
    action ally amazon american apple base bell ben best blau blue boost budget chase citizens claro \
    clear delta discover eagle eigen express first focus free frontier gap general halo hallo huis \
    independent jumbo key klar libre lijn mark marks merel mint national next now nu orange oranje pilot \
    plus post prime progressive regions shell signal simpel simple sky snel southwest spectrum spirit \
    sprint square star state ster subway sun sunrise target three tide tre uber united unity virgin \
    visible vision vivo vrij wish zilver zon";

/// The two ways in which a word may name a brand, as messages call them.
const ALIAS: &str = "an alias";
const AMBIGUOUS: &str = "an ambiguous word";

/// Reads every `[[brand]]`, and reports what two of them claim alike.
pub(super) fn read_brands(file: &Section<'_>, report: &mut Report<'_>) -> Vec<Brand> {
    let sections = file.tables("brand", Part::Brand, report);
    if sections.is_empty() && file.value("brand").is_none_or(|(_, value)| value.is_array()) {
        report.fault(
            0,
            "there is no brand",
            "add the heading [[brand]], and below it name = \"…\" and role = \"own\" or \"competitor\"",
        );
    }
    let mut claims = Claims::default();
    let mut brands = Vec::with_capacity(sections.len());
    for section in &sections {
        brands.extend(read_brand(section, &mut claims, report));
    }
    brands
}

/// The brand, or `None` with a fault reported.
fn read_brand(section: &Section<'_>, claims: &mut Claims, report: &mut Report<'_>) -> Option<Brand> {
    let name =
        section.needed("name", "add a line name = \"…\" with the brand's name as people know it", report);
    let id = read_id(section, name.as_ref(), report);
    let role = read_role(section, report);
    let aliases = section.texts("aliases", report);
    let ambiguous = section.texts("ambiguous", report);
    let near = section.texts("near", report);
    let never_near = section.texts("never_near", report);
    let handles = read_tags(section, "handles", '@', report);
    let hashtags = read_tags(section, "hashtags", '#', report);
    let accounts = read_accounts(section, report);
    let guidance = section.text("guidance", report);

    let place = claims.begin(section, id.as_ref(), name.as_ref(), report);
    if let Some(name) = &name
        && accounts.is_empty()
        && [&aliases, &ambiguous, &handles, &hashtags].iter().all(|list| list.is_empty())
    {
        let problem = format!("{} is found by its name alone", quoted(&name.text));
        report.warn(section.at, problem, "add handles = [\"…\"], hashtags = [\"…\"] or aliases = [\"…\"]");
    }
    let mut words = Vec::with_capacity(aliases.len() + 1);
    for entry in name.iter().filter(|name| !is_within(&name.text, &ambiguous)).chain(&aliases) {
        if words.first().is_some_and(|first: &String| folded(first) == folded(&entry.text)) {
            continue;
        }
        warn_of_weak_word(entry, report);
        claims.word(place, ALIAS, entry, report);
        words.push(entry.text.clone());
    }
    for entry in &ambiguous {
        claims.word(place, AMBIGUOUS, entry, report);
    }
    for entry in &handles {
        claims.tag(place, "handle", entry, report);
    }
    for entry in &hashtags {
        claims.tag(place, "hashtag", entry, report);
    }
    check_company(section, &ambiguous, &near, &never_near, report);

    let texts = |list: Vec<Entry>| list.into_iter().map(|entry| entry.text).collect::<Vec<_>>();
    Some(Brand {
        id: id?.1,
        name: name?.text,
        role: role?,
        aliases: words,
        ambiguous: texts(ambiguous),
        near: texts(near),
        never_near: texts(never_near),
        handles: texts(handles),
        accounts,
        hashtags: texts(hashtags),
        guidance: guidance.map(|entry| entry.text),
    })
}

/// The id that is written, or the one that the name gives, with the byte that it comes from.
fn read_id(section: &Section<'_>, name: Option<&Entry>, report: &mut Report<'_>) -> Option<(usize, BrandId)> {
    if section.value("id").is_some() {
        let Entry { at, text } = section.text("id", report)?;
        let id = BrandId::new(text.as_str()).ok();
        if id.is_none() {
            let remedy = match BrandId::from_name(&text) {
                Some(id) => format!("write id = \"{id}\""),
                None => "use small letters, digits and single hyphens".to_owned(),
            };
            report.fault(at, format!("{} cannot be an id", quoted(&text)), remedy);
        }
        return id.map(|id| (at, id));
    }
    let name = name?;
    let id = BrandId::from_name(&name.text);
    if id.is_none() {
        let problem = format!("{} gives no id, since it has no letter or digit", quoted(&name.text));
        report.fault(name.at, problem, "add a line id = \"…\" in small letters, digits and single hyphens");
    }
    id.map(|id| (name.at, id))
}

fn read_role(section: &Section<'_>, report: &mut Report<'_>) -> Option<Role> {
    let remedy = "add a line role = \"own\" if the brand is yours, else role = \"competitor\"";
    let Entry { at, text } = section.needed("role", remedy, report)?;
    let roles = [Role::Own, Role::Competitor];
    let role = roles.into_iter().find(|role| role.as_str() == text);
    if role.is_none() {
        let remedy = match nearest(&text, roles.map(Role::as_str)) {
            Some(role) => format!("did you mean \"{role}\"?"),
            None => "write \"own\" if the brand is yours, else \"competitor\"".to_owned(),
        };
        report.fault(at, format!("{} is not a role", quoted(&text)), remedy);
    }
    role
}

/// The accounts under `accounts`, which are those of one source each.
fn read_accounts(section: &Section<'_>, report: &mut Report<'_>) -> Vec<Account> {
    let Some(table) = section.table("accounts", Part::Accounts, report) else { return Vec::new() };
    let mut accounts = Vec::new();
    for name in Part::Accounts.keys() {
        let Ok(source) = SourceId::new(*name) else { continue };
        for Entry { text, .. } in read_tags(&table, name, '@', report) {
            accounts.push(Account { source: source.clone(), handle: text });
        }
    }
    accounts
}

/// Handles without their `@`, or hashtags without their `#`; written with or without, whichever comes naturally.
fn read_tags(section: &Section<'_>, key: &str, sign: char, report: &mut Report<'_>) -> Vec<Entry> {
    let mut tags: Vec<Entry> = Vec::new();
    let mut seen = HashSet::new();
    for Entry { at, text } in section.texts(key, report) {
        let tag = text.strip_prefix(sign).unwrap_or(&text);
        let (other_sign, other_key) = if sign == '@' { ('#', "hashtags") } else { ('@', "handles") };
        if tag.starts_with(other_sign) {
            report.fault(
                at,
                format!("{} does not belong in `{key}`", quoted(&text)),
                format!("move it to `{other_key}`"),
            );
            continue;
        }
        // A handle may have a host behind it, as on Mastodon, or be a DID, as on Bluesky.
        let is_known =
            |c: char| c.is_alphanumeric() || c == '_' || (sign == '@' && matches!(c, '.' | '-' | '@' | ':'));
        if !tag.contains(char::is_alphanumeric) || !tag.chars().all(is_known) {
            let last = tag.trim_end_matches('/').rsplit('/').next().unwrap_or(tag).trim_start_matches('@');
            let remedy = if sign == '#' {
                "write it in one piece, of letters and digits, as \"lostluggage\"".to_owned()
            } else if tag.contains('/') && last.contains(char::is_alphanumeric) && last.chars().all(is_known)
            {
                format!("write the account's name alone, as \"{last}\"")
            } else {
                "write the account's name alone, without spaces, as \"united\"".to_owned()
            };
            report.fault(at, format!("{} cannot be one of the {key}", quoted(&text)), remedy);
        } else if seen.insert(folded(tag)) {
            tags.push(Entry { at, text: tag.to_owned() });
        }
    }
    tags
}

/// Do the words around an ambiguous one decide anything?
fn check_company(
    section: &Section<'_>,
    ambiguous: &[Entry],
    near: &[Entry],
    never_near: &[Entry],
    report: &mut Report<'_>,
) {
    match (ambiguous.first(), near.first().or(never_near.first())) {
        (None, Some(word)) => report.warn(
            word.at,
            "`near` and `never_near` do nothing without `ambiguous`",
            "list the words that they are about in `ambiguous`, or take them out",
        ),
        (Some(word), None) if section.value("near").is_none() && section.value("never_near").is_none() => {
            report.warn(
                word.at,
                format!("{} counts wherever it stands, as an alias does", quoted(&word.text)),
                "add near = [\"…\"] with words of which one must be in the post",
            );
        }
        _ => {}
    }
    let never: HashSet<String> = never_near.iter().map(|word| folded(&word.text)).collect();
    for word in near {
        if never.contains(&folded(&word.text)) {
            report.warn(
                word.at,
                format!(
                    "{} stands in both `near` and `never_near`, and `never_near` wins",
                    quoted(&word.text)
                ),
                "take it out of one of them",
            );
        }
    }
}

fn warn_of_weak_word(entry: &Entry, report: &mut Report<'_>) {
    let letters = entry.text.chars().filter(|c| c.is_alphanumeric()).count();
    let word = quoted(&entry.text);
    let remedy = "list it in `ambiguous`, and in `near` words of which one must be in the post";
    if (1..=2).contains(&letters) {
        report.warn(
            entry.at,
            format!("{word} is so short that it will be found in posts about other things"),
            remedy,
        );
    } else if COMMON_WORDS.split(' ').any(|common| common == folded(&entry.text)) {
        report.warn(entry.at, format!("{word} is an ordinary word as well"), remedy);
    }
}

/// Does the name stand in one of the phrases, as whole words?
fn is_within(name: &str, phrases: &[Entry]) -> bool {
    let name = format!(" {} ", folded(name));
    phrases.iter().any(|phrase| format!(" {} ", folded(&phrase.text)).contains(&name))
}

/// Who claimed which word first, to find what two brands claim alike.
#[derive(Default)]
struct Claims {
    /// Each brand as it is called in messages, in the order of the file.
    brands: Vec<String>,
    ids: HashMap<BrandId, usize>,
    words: HashMap<String, Claim>,
    tags: HashMap<(&'static str, String), Claim>,
}

#[derive(Clone, Copy)]
struct Claim {
    brand: usize,
    at: usize,
    how: &'static str,
}

impl Claims {
    /// Enters the next brand, and returns its place.
    fn begin(
        &mut self,
        section: &Section<'_>,
        id: Option<&(usize, BrandId)>,
        name: Option<&Entry>,
        report: &mut Report<'_>,
    ) -> usize {
        if let Some((at, id)) = id {
            if let Some(first) = self.ids.get(id) {
                let problem = format!("the brand `{id}` is there already, on line {}", report.line(*first));
                report.fault(*at, problem, "make one of the two, or give this one another id");
            } else {
                self.ids.insert(id.clone(), *at);
            }
        }
        let called = match (name, id) {
            (Some(name), _) => quoted(&name.text),
            (None, Some((_, id))) => format!("`{id}`"),
            (None, None) => format!("the brand on line {}", report.line(section.at)),
        };
        self.brands.push(called);
        self.brands.len() - 1
    }

    /// An alias or an ambiguous word.
    fn word(&mut self, brand: usize, how: &'static str, entry: &Entry, report: &mut Report<'_>) {
        let word = quoted(&entry.text);
        if !entry.text.contains(char::is_alphanumeric) {
            let problem = format!("{word} has no letter or digit, so it can never be found");
            report.fault(entry.at, problem, "write a word, or take it out");
            return;
        }
        let claim = Claim { brand, at: entry.at, how };
        let first = *self.words.entry(folded(&entry.text)).or_insert(claim);
        let line = report.line(first.at);
        if first.brand != brand {
            // Two brands may share an ambiguous word: what stands near it decides.
            if first.how == ALIAS || how == ALIAS {
                let problem =
                    format!("{word} is {} of {} too, on line {line}", first.how, self.brands[first.brand]);
                report.fault(
                    entry.at,
                    problem,
                    "leave it at one brand, or list it in `ambiguous` at both, with `near` words",
                );
            }
        } else if first.how != how {
            let problem = format!("{word} is an alias, on line {line}, and ambiguous as well");
            report.fault(
                entry.at,
                problem,
                "leave it in `ambiguous` if it can mean something else, else in `aliases`",
            );
        }
    }

    /// A handle or a hashtag.
    fn tag(&mut self, brand: usize, how: &'static str, entry: &Entry, report: &mut Report<'_>) {
        let claim = Claim { brand, at: entry.at, how };
        let first = *self.tags.entry((how, folded(&entry.text))).or_insert(claim);
        if first.brand != brand {
            let (word, other, line) = (quoted(&entry.text), &self.brands[first.brand], report.line(first.at));
            let problem = format!("{word} is a {how} of {other} too, on line {line}");
            report.fault(entry.at, problem, "leave it at one brand");
        }
    }
}
