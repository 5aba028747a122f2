//! What is each site asked, for a watchlist? Handles, tags and names in the site's own syntax, split where it limits length.

use jiff::Timestamp;

use super::{About, Asks, Places, SEARCH, Source, Syntax};
use crate::model::{Brand, Language, Listen, SourceId, Watchlist};

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
    let mut beside = Vec::new();
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
        Asks::Tags(syntax, places) => {
            // Targets that are tags are asked for instead of the brands'; all others are places.
            let (tags, elsewhere): (Vec<String>, Vec<String>) =
                listen.targets.iter().cloned().partition(|target| target.starts_with('#'));
            let (searched, elsewhere): (Vec<String>, Vec<String>) =
                elsewhere.into_iter().partition(|target| place(target).0.ends_with(SEARCH));
            let mut search = Vec::new();
            if !searched.is_empty() {
                let queries = words(watchlist, &listen.source, &syntax, &mut skipped);
                search.extend(at_each(&searched, &queries));
            }
            let tags = tags.into_iter().map(|tag| tag.trim_start_matches('#').to_owned()).collect();
            let at = Listen { targets: elsewhere, ..listen.clone() };
            let queries = if listen.targets.iter().any(|target| target.starts_with('#')) {
                tags
            } else {
                watchlist.brands.iter().flat_map(|brand| brand.hashtags.clone()).collect()
            };
            // Who names a search only wants no timeline of another instance.
            let places = match at.targets.as_slice() {
                [] if !searched.is_empty() => Vec::new(),
                _ => places_of(about, places, &at, &mut skipped),
            };
            beside = search;
            (queries, places)
        }
        Asks::Words(syntax, places) => {
            let queries = match places {
                Places::One if !listen.targets.is_empty() => split(
                    listen.targets.iter().map(|target| quoted(target)).collect(),
                    &syntax,
                    "",
                    &mut skipped,
                ),
                _ => words(watchlist, &listen.source, &syntax, &mut skipped),
            };
            let places = places_of(about, places, listen, &mut skipped);
            let (whole, places): (Vec<String>, Vec<String>) =
                places.into_iter().partition(|target| source.is_read_whole(&place(target).0));
            beside = at_each(&whole, &[String::new()]);
            (queries, places)
        }
    };
    let mut questions = at_each(&places, &queries);
    questions.extend(beside);
    (questions, skipped)
}

/// Each of some queries at each place, and none twice.
fn at_each(places: &[String], queries: &[String]) -> Vec<Question> {
    let mut seen = std::collections::BTreeSet::new();
    let queries: Vec<&String> = queries.iter().filter(|query| seen.insert(*query)).collect();
    let questions = places.iter().flat_map(|place| {
        let (place, about) = self::place(place);
        queries.iter().map(move |query| Question {
            place: place.clone(),
            query: (*query).clone(),
            about: about.clone(),
        })
    });
    questions.collect()
}

/// Parts `place = brand`. Addresses have `=` as well, without spaces.
#[must_use]
pub fn place(target: &str) -> (String, Option<String>) {
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
fn words(
    watchlist: &Watchlist,
    source: &SourceId,
    syntax: &Syntax,
    skipped: &mut Vec<Skipped>,
) -> Vec<String> {
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
        if let Some(prefix) = syntax.from {
            let own: Vec<&String> = brand
                .accounts
                .iter()
                .filter(|account| account.source == *source)
                .map(|account| &account.handle)
                .collect();
            // Where a brand lists its accounts at a source, its other handles are not its own there.
            let own = if own.is_empty() { brand.handles.iter().collect() } else { own };
            terms.extend(own.into_iter().map(|handle| format!("{prefix}{handle}")));
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
    let has_near = !brand.near.is_empty();
    for word in &brand.ambiguous {
        if let (Some(not), false) = (syntax.not, has_near)
            && let Some(query) = without(word, &brand.never_near, not, syntax, language)
        {
            queries.push(query);
            continue;
        }
        let (Some(or), Some(not), true) = (syntax.or, syntax.not, syntax.groups && has_near) else {
            skipped.push(Skipped {
                what: word.clone(),
                why: "it has other meanings, and the site cannot be asked for its context".to_owned(),
            });
            continue;
        };
        let without: Vec<String> = brand
            .never_near
            .iter()
            .take(5)
            .map(|word| format!("{}{not}{}", syntax.and, quoted(word)))
            .collect();
        let without = without.concat();
        let start = format!("{}{}", quoted(word), syntax.and);
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

/// A word with several meanings, told apart only by words that must not be near: as many of them as the site has room for.
/// `None` if it has room for none.
fn without(word: &str, never_near: &[String], not: &str, syntax: &Syntax, language: &str) -> Option<String> {
    let mut query = quoted(word);
    let end = format!("{language}{}", syntax.suffix);
    let room = syntax.max_chars.saturating_sub(end.chars().count());
    let mut has_any = false;
    for word in never_near.iter().take(5) {
        let excluded = format!("{}{not}{}", syntax.and, quoted(word));
        if query.chars().count() + excluded.chars().count() > room {
            continue;
        }
        query.push_str(&excluded);
        has_any = true;
    }
    has_any.then(|| format!("{query}{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read_watchlist;
    use crate::model::WatchlistId;

    fn asked(name: &str, targets: &str) -> (Vec<String>, Vec<Skipped>) {
        let list = format!(
            "name = \"M\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\
             [[brand]]\nid = \"delta\"\nname = \"Delta\"\nrole = \"own\"\naliases = [\"Delta Air Lines\", \"DeltaAir\"]\n\
             ambiguous = [\"delta\"]\nnear = [\"flight\", \"gate\"]\nnever_near = [\"river\", \"mekong delta\"]\n\
             handles = [\"deltaassist\"]\nhashtags = [\"flydelta\"]\n\
             [[source]]\nname = \"{name}\"\n{targets}\n"
        );
        let list = read_watchlist(WatchlistId::new("m").unwrap(), &list).unwrap();
        let source = crate::sources::by_name(name).unwrap();
        let (questions, skipped) = questions(source, &list, &list.sources[0]);
        let shown = questions.into_iter().map(|question| format!("{}|{}", question.place, question.query));
        (shown.collect(), skipped)
    }

    #[test]
    fn a_watchlist_is_asked_in_each_sites_own_syntax() {
        let (questions, _) = asked("x", "");
        assert_eq!(
            questions,
            [
                "|(\"Delta Air Lines\" OR DeltaAir OR @deltaassist OR from:deltaassist OR #flydelta) lang:en -is:retweet",
                "|delta (flight OR gate) -river -\"mekong delta\" lang:en -is:retweet",
            ]
        );
        let (questions, skipped) = asked("hackernews", "");
        assert_eq!(questions, ["|\"Delta Air Lines\"", "|DeltaAir"]);
        assert_eq!(skipped[0].what, "delta");
        let (questions, skipped) = asked("reddit", "targets = [\"r/delta\"]");
        assert_eq!(
            questions,
            [
                "r/delta|\"Delta Air Lines\" OR DeltaAir",
                "r/delta|delta AND (flight OR gate) AND NOT river AND NOT \"mekong delta\"",
            ]
        );
        assert_eq!(skipped, []);
        assert_eq!(asked("mastodon", "").0, ["mastodon.social|flydelta"]);
        assert_eq!(asked("mastodon", "targets = [\"#late\", \"fosstodon.org\"]").0, ["fosstodon.org|late"]);
        assert_eq!(
            asked("mastodon", "targets = [\"a.example\", \"b.example/search\", \"a.example/stream\"]").0,
            [
                "a.example|flydelta",
                "a.example/stream|flydelta",
                "b.example/search|\"Delta Air Lines\"",
                "b.example/search|DeltaAir"
            ]
        );
        assert_eq!(
            asked("reddit", "targets = [\"r/delta/comments\", \"r/air\"]").0,
            [
                "r/air|\"Delta Air Lines\" OR DeltaAir",
                "r/air|delta AND (flight OR gate) AND NOT river AND NOT \"mekong delta\"",
                "r/delta/comments|"
            ]
        );
        assert_eq!(asked("cfpb", "").0, ["|Delta"]);
        assert_eq!(asked("appstore", "targets = [\"us/7 = delta\"]").0, ["us/7|"]);
        let (none, skipped) = asked("rss", "");
        assert_eq!((none.len(), skipped.len()), (0, 1));
    }

    #[test]
    fn words_that_must_not_be_near_are_context_enough() {
        let brand = |never_near: &str| {
            let list = format!(
                "name = \"M\"\npurpose = \"To test.\"\nlanguages = [\"nl\"]\ntime_zone = \"UTC\"\n\
                 [[brand]]\nid = \"ziggo\"\nname = \"Ziggo\"\nrole = \"own\"\naliases = [\"Ziggo BV\"]\n\
                 ambiguous = [\"Ziggo\"]\n{never_near}\n[[source]]\nname = \"x\"\n"
            );
            read_watchlist(WatchlistId::new("m").unwrap(), &list).unwrap()
        };
        let asked = |never_near: &str, source: &str| {
            let list = brand(never_near);
            let source = crate::sources::by_name(source).unwrap();
            let (questions, skipped) = questions(source, &list, &list.sources[0]);
            let queries: Vec<String> = questions.into_iter().map(|question| question.query).collect();
            (queries, skipped.len())
        };
        let (queries, skipped) = asked("never_near = [\"dome\", \"ziggy stardust\"]", "x");
        assert_eq!(queries[1], "Ziggo -dome -\"ziggy stardust\" lang:nl -is:retweet");
        assert_eq!((queries.len(), skipped), (2, 0));
        let never_near = "never_near = [\"dome\", \"ziggy stardust\"]";
        assert_eq!(asked(never_near, "reddit").0[1], "Ziggo AND NOT dome AND NOT \"ziggy stardust\"");
        assert_eq!(asked(never_near, "github").0[1], "Ziggo NOT dome NOT \"ziggy stardust\"");
        // What has no room is not said, and one that has is enough.
        let long = format!("never_near = [\"{}\", \"dome\"]", "w".repeat(500));
        assert_eq!(asked(&long, "x").0[1], "Ziggo -dome lang:nl -is:retweet");
        // Nothing tells it apart, or the site cannot be told.
        let long = format!("never_near = [\"{}\"]", "w".repeat(500));
        for (never_near, source) in
            [("", "x"), (long.as_str(), "x"), ("never_near = [\"dome\"]", "hackernews")]
        {
            assert_eq!(asked(never_near, source).1, 1, "{never_near} {source}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_site_is_split_and_nothing_is_lost() {
        let terms: Vec<String> = (0..60).map(|number| format!("word{number:02}")).collect();
        let syntax = Syntax {
            max_chars: 100,
            max_terms: 40,
            or: Some(" OR "),
            groups: true,
            suffix: " -x",
            ..Syntax::PLAIN
        };
        let mut skipped = Vec::new();
        let queries = split(terms.clone(), &syntax, " lang:en", &mut skipped);
        assert!(queries.iter().all(|query| query.chars().count() <= 100), "{queries:?}");
        for term in &terms {
            assert_eq!(queries.iter().filter(|query| query.contains(term.as_str())).count(), 1, "{term}");
        }
        assert_eq!(skipped, []);
        split(vec!["w".repeat(101)], &syntax, "", &mut skipped);
        assert_eq!(skipped.len(), 1);
    }
}
