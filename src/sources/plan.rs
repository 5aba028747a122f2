//! What is each site asked, for a watchlist? Handles, tags and names in the site's own syntax, split where it limits length.

use jiff::Timestamp;

use super::{About, Asks, Places, Source, Syntax};
use crate::model::{Brand, Language, Listen, Watchlist};

/// One question to a site, asked again and again from where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// Where at the site: an instance, a forum, a feed's address. Empty where the site is one place.
    pub place: String,
    /// What is asked there, in the site's syntax. Empty: all there is.
    pub query: String,
    /// The brand that all posts of the place are about, where the watchlist says so, as `nl/382617920 = ziggo`.
    pub about: Option<String>,
}

/// One page of a question.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What is asked.
    pub question: &'a Question,
    /// Nothing older is wanted.
    pub since: Option<Timestamp>,
    /// The [`mark`](super::Page::mark) that the walk before left.
    pub mark: Option<&'a str>,
    /// The [`next`](super::Page::next) of the page before; `None` for the first page.
    pub next: Option<&'a str>,
    /// The current time.
    pub now: Timestamp,
}

/// Something of the watchlist that a site is not asked for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What.
    pub what: String,
    /// Why, for people.
    pub why: String,
}

/// All questions to `source` for a part of `watchlist`, in a lasting order, and what cannot be asked.
#[must_use]
pub fn questions(
    source: &dyn Source,
    watchlist: &Watchlist,
    listen: &Listen,
) -> (Vec<Question>, Vec<Skipped>) {
    let about = source.about();
    let mut skipped = Vec::new();
    let (queries, places) = match about.asks {
        Asks::Targets => {
            let questions = listen.targets.iter().map(|target| {
                let (place, about) = place(target);
                Question { place, query: String::new(), about }
            });
            if listen.targets.is_empty() {
                skipped.push(Skipped {
                    what: about.title.to_owned(),
                    why: "the watchlist names no targets for it".to_owned(),
                });
            }
            return (questions.collect(), skipped);
        }
        Asks::Names => (names(watchlist, listen), vec![String::new()]),
        Asks::Tags(places) => {
            let queries = match places {
                Places::One if !listen.targets.is_empty() => listen.targets.clone(),
                _ => watchlist.brands.iter().flat_map(|brand| brand.hashtags.clone()).collect(),
            };
            (queries, places_of(about, places, listen, &mut skipped))
        }
        Asks::Words(syntax, places) => {
            let queries = match places {
                Places::One if !listen.targets.is_empty() => split(
                    listen.targets.iter().map(|target| quoted(target)).collect(),
                    &syntax,
                    "",
                    &mut skipped,
                ),
                _ => words(watchlist, &syntax, &mut skipped),
            };
            (queries, places_of(about, places, listen, &mut skipped))
        }
    };
    let mut queries = queries;
    let mut seen = std::collections::BTreeSet::new();
    queries.retain(|query| seen.insert(query.clone()));
    let questions = places.iter().flat_map(|place| {
        let (place, about) = self::place(place);
        queries.iter().map(move |query| Question {
            place: place.clone(),
            query: query.clone(),
            about: about.clone(),
        })
    });
    (questions.collect(), skipped)
}

/// Parts `place = brand`. Addresses have `=` as well, without spaces.
fn place(target: &str) -> (String, Option<String>) {
    match target.rsplit_once(" = ") {
        Some((place, about)) => (place.trim().to_owned(), Some(about.trim().to_owned())),
        None => (target.to_owned(), None),
    }
}

fn places_of(about: &About, places: Places, listen: &Listen, skipped: &mut Vec<Skipped>) -> Vec<String> {
    match places {
        Places::One => vec![String::new()],
        Places::At(_) if !listen.targets.is_empty() => listen.targets.clone(),
        Places::At("") => {
            skipped.push(Skipped {
                what: about.title.to_owned(),
                why: "the watchlist names no targets for it".to_owned(),
            });
            Vec::new()
        }
        Places::At(place) => vec![place.to_owned()],
    }
}

fn names(watchlist: &Watchlist, listen: &Listen) -> Vec<String> {
    if listen.targets.is_empty() {
        watchlist.brands.iter().map(|brand| brand.name.clone()).collect()
    } else {
        listen.targets.clone()
    }
}

/// The brands' words as questions: what means a brand by itself together, each word with several meanings with its context.
fn words(watchlist: &Watchlist, syntax: &Syntax, skipped: &mut Vec<Skipped>) -> Vec<String> {
    // A language is said only where there is one: several cannot be said alike at all sites, and leaving it out costs
    // posts of other languages, which the brands' own words make few.
    let language = match (syntax.language, watchlist.languages.as_slice()) {
        (Some(prefix), [language]) if *language != Language::Other => format!(" {prefix}{}", language.code()),
        _ => String::new(),
    };
    let mut queries = Vec::new();
    for brand in &watchlist.brands {
        let mut terms: Vec<String> = brand.aliases.iter().map(|alias| quoted(alias)).collect();
        if let Some(prefix) = syntax.handle {
            terms.extend(brand.handles.iter().map(|handle| format!("{prefix}{handle}")));
        }
        if let Some(prefix) = syntax.tag {
            terms.extend(brand.hashtags.iter().map(|tag| format!("{prefix}{tag}")));
        }
        dedup(&mut terms);
        queries.extend(split(terms, syntax, &language, skipped));
        queries.extend(with_context(brand, syntax, &language, skipped));
    }
    queries
}

fn dedup(terms: &mut Vec<String>) {
    let mut seen = std::collections::HashSet::new();
    terms.retain(|term| seen.insert(term.to_lowercase()));
}

/// A phrase in quotes, a word without.
fn quoted(words: &str) -> String {
    let words = words.replace('"', " ");
    let words = words.trim();
    if words.contains(|c: char| !c.is_alphanumeric()) { format!("\"{words}\"") } else { words.to_owned() }
}

/// Joins alternatives into as few questions as the site's limits allow.
fn split(terms: Vec<String>, syntax: &Syntax, language: &str, skipped: &mut Vec<Skipped>) -> Vec<String> {
    let end = format!("{language}{}", syntax.suffix);
    let or = syntax.or.unwrap_or(" ");
    let brackets = if syntax.groups { 2 } else { 0 };
    let max_terms = if syntax.or.is_some() { syntax.max_terms.max(1) } else { 1 };
    let room = syntax.max_chars.saturating_sub(end.chars().count() + brackets);
    let mut queries: Vec<Vec<String>> = Vec::new();
    let mut used = 0;
    for term in terms {
        let chars = term.chars().count();
        if chars > room {
            skipped.push(Skipped {
                what: term,
                why: format!("the site takes {} characters at most", syntax.max_chars),
            });
            continue;
        }
        match queries.last_mut() {
            Some(last) if last.len() < max_terms && used + or.chars().count() + chars <= room => {
                used += or.chars().count() + chars;
                last.push(term);
            }
            _ => {
                used = chars;
                queries.push(vec![term]);
            }
        }
    }
    queries
        .into_iter()
        .map(|terms| {
            let joined = terms.join(or);
            if syntax.groups && terms.len() > 1 && !end.is_empty() {
                format!("({joined}){end}")
            } else {
                format!("{joined}{end}")
            }
        })
        .collect()
}

/// Words with several meanings, each with words of which one must be near and those that must not.
fn with_context(brand: &Brand, syntax: &Syntax, language: &str, skipped: &mut Vec<Skipped>) -> Vec<String> {
    let mut queries = Vec::new();
    for word in &brand.ambiguous {
        let (Some(or), Some(not), true) = (syntax.or, syntax.not, syntax.groups && !brand.near.is_empty())
        else {
            skipped.push(Skipped {
                what: word.clone(),
                why: "it has other meanings, and the site cannot be asked for its context".to_owned(),
            });
            continue;
        };
        let without: Vec<String> =
            brand.never_near.iter().take(5).map(|word| format!(" {not}{}", quoted(word))).collect();
        let without = without.concat();
        let start = format!("{} ", quoted(word));
        let end = format!("{without}{language}{}", syntax.suffix);
        let room = syntax.max_chars.saturating_sub(start.chars().count() + end.chars().count() + 2);
        let near: Vec<String> = brand.near.iter().map(|word| quoted(word)).collect();
        let context = Syntax { max_chars: room, groups: false, suffix: "", or: Some(or), ..*syntax };
        for alternatives in split(near, &context, "", skipped) {
            queries.push(format!("{start}({alternatives}){end}"));
        }
    }
    queries
}
