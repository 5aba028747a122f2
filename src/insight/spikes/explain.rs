//! What is in a spike? The words that its posts have and those before had not, who wrote them, which was first and which
//! went furthest.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::insight::problems::{InsightError, MIN_POSTS, Names, READ, SURE, name_of, signed_ratio};
use crate::model::{
    Authors, CaseId, Condition, Interval, Language, Per, Phrase, PostId, Query, SourceId, Spike, SpikeTerm,
    Split,
};
use crate::store::{Record, Snapshot, Stem};

/// Terms of a spike that are told.
const TERMS: usize = 8;

/// Posts of a spike up to which all are read, to know their authors.
const MAX_READ: u64 = 20_000;

/// Adds to a spike what explains it.
pub(super) fn explain(
    snapshot: &Snapshot,
    spike: &mut Spike,
    time_zone: &TimeZone,
) -> Result<(), InsightError> {
    spike.terms = terms(snapshot, &spike.query, &spike.before, time_zone)?;
    let by_source = snapshot.counts(&spike.query, Split::Source, Per::Post, Interval::Month, time_zone)?;
    spike.sources = by_source
        .rows
        .into_iter()
        .map(|(source, row)| (source, row.iter().sum()))
        .filter(|(_, count)| *count > 0)
        .collect();
    spike.sources.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if spike.posts <= MAX_READ {
        let mut reader = Reader::default();
        snapshot.scan(&spike.query, time_zone, |record| {
            reader.read(&record);
            true
        })?;
        spike.authors = Some(reader.authors(&spike.query));
        spike.most_spread = reader.most_spread();
        spike.first = reader.first.map(|(_, id)| id);
    }
    Ok(())
}

fn terms(
    snapshot: &Snapshot,
    query: &Query,
    before: &Query,
    time_zone: &TimeZone,
) -> Result<Vec<SpikeTerm>, InsightError> {
    let vocabulary = snapshot.vocabulary()?;
    let matching = snapshot.matching(query, time_zone)?;
    let inside = snapshot.count_stems(&vocabulary, &matching)?;
    let outside = snapshot.count_stems(&vocabulary, &snapshot.matching(before, time_zone)?)?;
    let names = Names::new(snapshot, query);
    let mut strong: Vec<(Stem, f64)> = (0..Stem::try_from(vocabulary.len()).unwrap_or(Stem::MAX))
        .filter(|stem| inside.of_all(*stem) >= MIN_POSTS && !names.stems.contains(vocabulary.text(*stem)))
        .map(|stem| {
            let strength = Language::ALL
                .into_iter()
                .map(|language| {
                    signed_ratio(
                        inside.of(language, stem),
                        inside.posts[language as usize],
                        outside.of(language, stem),
                        outside.posts[language as usize],
                    )
                })
                .sum();
            (stem, strength)
        })
        .filter(|(_, strength)| *strength >= SURE)
        .collect();
    strong.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    strong.truncate(TERMS);
    let phrases: Vec<(Stem, Option<Stem>)> = strong.iter().map(|(stem, _)| (*stem, None)).collect();
    let members = snapshot.members(&vocabulary, &matching, &phrases, READ)?;
    let mut terms: Vec<SpikeTerm> = Vec::with_capacity(strong.len());
    for (at, (stem, strength)) in strong.into_iter().enumerate() {
        let phrase = Phrase { first: vocabulary.text(stem).to_owned(), second: None };
        let name = name_of(&phrase, &snapshot.some_of(&members, at)?);
        // Two stems that people write alike are one to a reader.
        if !terms.iter().any(|known| known.name == name) {
            terms.push(SpikeTerm {
                name,
                phrase,
                count: members.counts[at],
                before: outside.of_all(stem),
                strength,
            });
        }
    }
    Ok(terms)
}

/// Reads the posts of a spike, in whatever order.
#[derive(Default)]
struct Reader {
    /// By source and handle.
    by_author: BTreeMap<(SourceId, String), u64>,
    unknown: u64,
    first: Option<(jiff::Timestamp, PostId)>,
    widest: Option<(u64, std::cmp::Reverse<PostId>)>,
    /// Of each case, how many posts say the same, and the first of them.
    cases: BTreeMap<CaseId, (u64, jiff::Timestamp, PostId)>,
}

impl Reader {
    fn read(&mut self, record: &Record) {
        let post = &record.post;
        match &post.author {
            Some(author) => {
                let author = (post.source.clone(), author.handle.clone());
                *self.by_author.entry(author).or_default() += 1;
            }
            None => self.unknown += 1,
        }
        // Posts without a date are in no spike.
        let Some(created) = post.created else { return };
        let here = (created, post.id.clone());
        if self.first.as_ref().is_none_or(|first| here < *first) {
            self.first = Some(here.clone());
        }
        if let Some(reach) = post.reach.filter(|reach| *reach > 0) {
            self.widest = self.widest.take().max(Some((reach, std::cmp::Reverse(post.id.clone()))));
        }
        let case = self.cases.entry(record.case).or_insert_with(|| (0, here.0, here.1.clone()));
        case.0 += 1;
        if here < (case.1, case.2.clone()) {
            (case.1, case.2) = here;
        }
    }

    fn authors(&self, query: &Query) -> Authors {
        let known: u64 = self.by_author.values().sum();
        // Of several that wrote as much, the first by name.
        let busiest = self.by_author.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let top = busiest.map_or(0, |(_, count)| *count);
        Authors {
            count: self.by_author.len() as u64,
            unknown_posts: self.unknown,
            top_share: if known == 0 { 0.0 } else { top as f64 / known as f64 },
            busiest: busiest.map(|((source, handle), count)| {
                let of = |condition| Query::Where(condition);
                let theirs = query.clone().and(of(Condition::Source(source.clone())));
                (*count, theirs.and(of(Condition::Author(handle.clone()))))
            }),
        }
    }

    fn most_spread(&self) -> Option<PostId> {
        if let Some((_, id)) = &self.widest {
            return Some(id.0.clone());
        }
        // Of several that were repeated as often, the one that was first.
        let most = self.cases.values().filter(|(count, _, _)| *count > 1);
        most.max_by(|a, b| a.0.cmp(&b.0).then_with(|| (b.1, &b.2).cmp(&(a.1, &a.2))))
            .map(|(_, _, id)| id.clone())
    }
}
