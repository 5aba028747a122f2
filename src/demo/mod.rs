//! What does the made-up market say? A scenario and its seed in, posts out: always the same ones.
//!
//! A demo on true posts would show people who did not ask for it, and could not be told beforehand what it must show.
//! So the demo's market is a story, `index/demo/scenario.toml`, with what people say in one file for each language beside
//! it; every post is labeled, in its attributes, with what it is about. To add an event or a problem, write it there;
//! to add a language, write its file and name it in [`SCENARIO`]. Pure: no clock, no chance but the seed's.

mod people;
mod phrase;
mod plot;
mod random;
mod scenario;
mod voice;

pub use scenario::{InvalidScenario, SCENARIO, Scenario};

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::model::{Author, Kind, Post, PostId, SourceId};

use people::People;
use plot::Draft;
use random::Random;
use scenario::{Medium, Story, Tone};

/// All posts of a scenario in the order of time; the same for the same scenario on every machine.
///
/// The attributes say what is true of a post: `tone` and `problem` (of what was not written as an answer), `event`,
/// `brand`, `language` and, where the writer shows it, `place`.
#[must_use]
pub fn posts(scenario: &Scenario) -> Vec<Post> {
    let story = scenario.story();
    let mut random = Random::new(story.seed);
    let people = People::new(story, &mut random);
    let drafts = plot::play(story, &people, &mut random);

    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|at| (drafts[*at].second, *at));
    let mut ids: Vec<Option<PostId>> = vec![None; drafts.len()];
    let mut counters: BTreeMap<Medium, u64> = BTreeMap::new();
    for at in &order {
        let medium = drafts[*at].medium;
        let counter = counters.entry(medium).or_insert(100_000);
        *counter += u64::from(1 + random.below(9));
        ids[*at] = source(medium).map(|source| PostId::from_parts(&source, &counter.to_string()));
    }
    let midnights = midnights(story);
    order.iter().filter_map(|at| post(&drafts[*at], *at, &ids, &midnights)).collect()
}

fn post(draft: &Draft<'_>, at: usize, ids: &[Option<PostId>], midnights: &[Timestamp]) -> Option<Post> {
    let id = ids[at].clone()?;
    let source = source(draft.medium)?;
    let desk = draft.brand.filter(|_| draft.kind == Kind::Response);
    let (author, reach) = if let Some(brand) = desk {
        (Author { handle: brand.handle.clone(), name: Some(brand.name.clone()) }, brand.followers)
    } else {
        let person = draft.author;
        (Author { handle: person.handle.clone(), name: person.name.clone() }, person.followers)
    };
    let native = id.as_str().split_once(':').map_or("", |(_, native)| native);
    let medium = draft.medium.as_str();
    let url = match (draft.medium, draft.brand) {
        (Medium::Reviews, Some(brand)) => format!("https://demo.example/{medium}/{}/{native}", brand.id),
        (Medium::Social, _) => format!("https://demo.example/{medium}/{}/{native}", author.handle),
        _ => format!("https://demo.example/{medium}/{native}"),
    };
    let is_review = draft.medium == Medium::Reviews;
    Some(Post {
        id,
        source,
        kind: draft.kind,
        title: draft.title.clone(),
        text: draft.text.clone(),
        created: draft.is_dated.then(|| created(draft.second, midnights)).flatten(),
        author: Some(author),
        tag: draft.is_tagged.then_some(draft.language),
        reply_to: draft.reply_to.and_then(|to| ids.get(to).cloned().flatten()),
        url: Some(url),
        rating: draft.rating.map(f64::from),
        reach: (draft.medium == Medium::Social).then_some(reach),
        about: draft.brand.filter(|_| is_review).map(|brand| brand.name.clone()).into_iter().collect(),
        attributes: attributes(draft),
    })
}

fn attributes(draft: &Draft<'_>) -> BTreeMap<String, String> {
    // What answers another post has no mood or problem that is known: its words were drawn without regard to it.
    let tone = match draft.kind {
        Kind::Response | Kind::Reply => None,
        // A complaint passed on word for word is plain in how it is written, not in what it says.
        Kind::Post | Kind::Review if draft.tone == Tone::Plain && draft.topic.problem.is_some() => {
            Some("complaint")
        }
        Kind::Post | Kind::Review => Some(draft.tone.as_str()),
    };
    let problem = draft.topic.problem.as_deref().filter(|_| tone.is_some());
    let named = [
        ("tone", tone),
        ("problem", problem),
        ("event", draft.event),
        ("brand", draft.brand.map(|brand| brand.id.as_str())),
        ("language", Some(draft.language.code())),
        ("place", Some(draft.author.home.as_str()).filter(|place| draft.shows_place && !place.is_empty())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}

fn source(medium: Medium) -> Option<SourceId> {
    SourceId::from_name(&format!("demo {}", medium.as_str()))
}

/// The first moment of each day of the story, and of the one after.
fn midnights(story: &Story) -> Vec<Timestamp> {
    let days = story.first_day.series(jiff::Span::new().days(1));
    let count = usize::try_from(story.days).unwrap_or(0) + 1;
    days.take(count).filter_map(|day| Some(day.to_zoned(story.time_zone.clone()).ok()?.timestamp())).collect()
}

/// The moment so many seconds into the story. On the day when the clock changes it is an hour off the clock, which a
/// made-up market can bear.
fn created(second: u32, midnights: &[Timestamp]) -> Option<Timestamp> {
    let midnight = midnights.get(usize::try_from(second / 86_400).ok()?)?;
    midnight.checked_add(SignedDuration::from_secs(i64::from(second % 86_400))).ok()
}

#[cfg(test)]
mod tests;
