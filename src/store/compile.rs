//! Which posts does a question mean? The neutral tree becomes the engine's own query here and nowhere else.

use std::collections::BTreeSet;
use std::ops::Bound as End;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, Occur, PhraseQuery,
    Query as EngineQuery, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DateTime, Term};

use super::assigned::{Assigned, having};
use super::excluded::Excluded;
use super::folder::Market;
use super::predicate::{near, on_the_clock_of, phrase, side_by_side};
use super::record::{AuthorWanted, Fields, attribute_term, author_hashes};
use super::threads::{Test, Threads, in_thread};
use crate::model::{Bound, Condition, Flag, Language, Ledger, Query, Range, Role, Severity, Signal, Text};
use crate::text::{Analyzer, BREAK, column_values, fold};

/// How many ways a phrase is tried where its words have several stems each; beyond this, posts are looked at one by one.
const MAX_PHRASE_VARIANTS: usize = 16;

/// The last second that the engine can hold, of a time that it counts in nanoseconds.
const LAST_SECOND: i64 = i64::MAX / 1_000_000_000;

/// What a question's meaning depends on beside its words.
pub(super) struct Compiler<'a> {
    pub(super) fields: &'a Fields,
    pub(super) market: &'a Market,
    /// Languages that the index holds: a word is stemmed in each.
    pub(super) languages: &'a [Language],
    pub(super) sources: &'a [String],
    /// Departments that take posts, as they are written.
    pub(super) routes: &'a [String],
    /// Whose days are meant.
    pub(super) time_zone: &'a TimeZone,
    pub(super) ledger: &'a Ledger,
    /// The problems of all posts, where the question asks for any.
    pub(super) assigned: Option<Arc<Assigned>>,
    /// What became of posts; there if the question asks for it.
    pub(super) threads: Option<Arc<Threads>>,
    pub(super) analyzer: Analyzer,
}

/// For each place of a text, the stems that may stand there; none where anything may.
type Places = Vec<Vec<String>>;

impl Compiler<'_> {
    pub(super) fn compile(&mut self, query: &Query) -> Box<dyn EngineQuery> {
        match query {
            Query::All => Box::new(AllQuery),
            Query::Text(text) => self.text(text),
            Query::Near { left, right, distance } => self.near(left, right, *distance),
            Query::And(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| match part {
                        Query::Not(part) => self.excluded(part),
                        part => (Occur::Must, self.compile(part)),
                    })
                    .collect();
                with_something_to_exclude_from(parts)
            }
            Query::Or(parts) => {
                Box::new(BooleanQuery::union(parts.iter().map(|part| self.compile(part)).collect()))
            }
            Query::Not(part) => with_something_to_exclude_from(vec![self.excluded(part)]),
            // A condition decides whether a post answers, not how well.
            Query::Where(condition) => Box::new(ConstScoreQuery::new(self.condition(condition), 0.0)),
        }
    }

    fn excluded(&mut self, part: &Query) -> (Occur, Box<dyn EngineQuery>) {
        let compiled = self.compile(part);
        (Occur::MustNot, if is_forward_only(part) { Box::new(Excluded(compiled)) } else { compiled })
    }

    fn condition(&mut self, condition: &Condition) -> Box<dyn EngineQuery> {
        let fields = self.fields;
        match condition {
            Condition::Brand(name) => self.brand(fields.brand, name),
            Condition::Mention(name) => self.brand(fields.mention, name),
            Condition::Directed(name) => self.brand(fields.directed, name),
            Condition::Source(source) => exact(fields.source, source.as_str()),
            Condition::Language(language) => exact(fields.lang, language.code()),
            Condition::Kind(kind) => exact(fields.kind, kind.as_str()),
            Condition::Author(name) => match author_hashes(name, self.sources) {
                AuthorWanted::OneOf(hashes) => Box::new(TermSetQuery::new(
                    hashes.into_iter().map(|hash| Term::from_field_u64(fields.author, hash)),
                )),
                AuthorWanted::Between(low, high) => Box::new(RangeQuery::new(
                    End::Included(Term::from_field_u64(fields.author, low)),
                    End::Included(Term::from_field_u64(fields.author, high)),
                )),
            },
            Condition::Id(id) => exact(fields.id, id),
            Condition::Term(words) => self.term(words),
            Condition::Problem(wanted) => match &self.assigned {
                Some(assigned) => Box::new(having(assigned, self.ledger, wanted.as_ref())),
                None => Box::new(EmptyQuery),
            },
            Condition::Attribute { name, value } => {
                exact(fields.attribute, &attribute_term(name, value.as_deref()))
            }
            Condition::Created(range) => self.created(range),
            Condition::Rating(range) => numbers(range, |value| Term::from_field_f64(fields.rating, value)),
            Condition::Reach(range) => {
                // The column holds whole numbers: an end between two of them moves to the one inside.
                let from =
                    range.from.map(|from| if range.is_from_out { from.floor() + 1.0 } else { from.ceil() });
                let to = range.to.map(|to| if range.is_to_out { to.ceil() - 1.0 } else { to.floor() });
                if to.is_some_and(|to| to < 0.0) {
                    return Box::new(EmptyQuery);
                }
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "`as` saturates at both ends"
                )]
                numbers(&Range::new(from, to), |value| {
                    Term::from_field_u64(fields.reach, value.max(0.0) as u64)
                })
            }
            Condition::Complaint(is_one) => one_term(Term::from_field_bool(fields.complaint, *is_one)),
            Condition::Probability(range) => {
                numbers(range, |value| Term::from_field_f64(fields.probability, value))
            }
            Condition::Severity(range) => {
                let is_in = |severity: &Severity| range.holds(severity);
                Box::new(TermSetQuery::new(
                    Severity::ALL
                        .into_iter()
                        .filter(is_in)
                        .map(|severity| Term::from_field_u64(fields.severity, severity as u64)),
                ))
            }
            Condition::Intent(intent) => exact(fields.intent, intent.as_str()),
            Condition::Signal(wanted) => Box::new(TermSetQuery::new(
                Signal::ALL
                    .into_iter()
                    .filter(|signal| wanted.is_none_or(|wanted| wanted == *signal))
                    .map(|signal| Term::from_field_text(fields.signal, signal.as_str())),
            )),
            Condition::Target(name) => self.brand(fields.target, name),
            Condition::Sentiment(range) => {
                numbers(range, |value| Term::from_field_f64(fields.sentiment, value))
            }
            // Departments are named by people, in whatever case.
            Condition::Route(wanted) => Box::new(TermSetQuery::new(
                self.routes
                    .iter()
                    .filter(|name| wanted.as_ref().is_none_or(|wanted| fold(wanted) == fold(name)))
                    .map(|name| Term::from_field_text(fields.route, name)),
            )),
            Condition::Case(case) => one_term(Term::from_field_u64(fields.case, case.0)),
            Condition::Answered(wanted) => self.thread(Test::Answered(*wanted)),
            Condition::Response(range) => self.thread(Test::Response(*range)),
            Condition::Waiting(range) => self.thread(Test::Waiting(*range)),
            Condition::Outcome(outcome) => self.thread(Test::Outcome(*outcome)),
            Condition::Responder(name) => {
                let ids: Vec<String> =
                    self.market.find(name).into_iter().map(|id| id.as_str().to_owned()).collect();
                let ids = if ids.is_empty() { vec![fold(name).replace(' ', "-")] } else { ids };
                self.thread(Test::Responder(ids))
            }
            Condition::Weekday(_) | Condition::Hour(_) => {
                Box::new(on_the_clock_of(self.time_zone.clone(), condition.clone()))
            }
            Condition::Is(Flag::Undated) => exact(fields.mark, "undated"),
            Condition::Is(Flag::Masked) => exact(fields.mark, "masked"),
            Condition::Is(Flag::Corrected) => exact(fields.mark, "corrected"),
            Condition::Is(Flag::Own) => self.side(Role::Own),
            Condition::Is(Flag::Competitor) => self.side(Role::Competitor),
        }
    }

    fn thread(&self, test: Test) -> Box<dyn EngineQuery> {
        match &self.threads {
            Some(threads) => Box::new(in_thread(threads.clone(), test)),
            None => Box::new(EmptyQuery),
        }
    }

    fn side(&self, role: Role) -> Box<dyn EngineQuery> {
        let ids = self.market.on_side(role).map(|id| Term::from_field_text(self.fields.brand, id.as_str()));
        Box::new(TermSetQuery::new(ids))
    }

    fn brand(&self, field: Field, name: &str) -> Box<dyn EngineQuery> {
        let ids = self.market.find(name);
        if ids.is_empty() {
            return exact(field, &fold(name).replace(' ', "-"));
        }
        Box::new(TermSetQuery::new(ids.into_iter().map(|id| Term::from_field_text(field, id.as_str()))))
    }

    fn created(&self, range: &Range<Bound>) -> Box<dyn EngineQuery> {
        // A day stands for its first second where it opens a range and for its last where it closes one.
        let first_second = |day: jiff::civil::Date| {
            self.time_zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().ok()
        };
        let second = |bound: Bound, is_after: bool| -> Option<i64> {
            let second = match bound {
                Bound::Moment(moment) => moment.as_second() + i64::from(is_after),
                Bound::Day(day) => {
                    let day = if is_after { day.checked_add(1.day()).ok()? } else { day };
                    first_second(day)?.as_second()
                }
            };
            // The engine counts nanoseconds: years before 1678 and after 2261 are beyond all posts.
            Some(second.clamp(-LAST_SECOND, LAST_SECOND))
        };
        let term =
            |second: i64| Term::from_field_date(self.fields.created, DateTime::from_timestamp_secs(second));
        // A day after the end of the calendar is after all posts: as a beginning it leaves none, as an end it keeps all.
        let from = range.from.map(|bound| second(bound, range.is_from_out).unwrap_or(LAST_SECOND));
        let until = range.to.and_then(|bound| second(bound, !range.is_to_out));
        if from.is_none() && until.is_none() {
            let any = RangeQuery::new(End::Included(term(-LAST_SECOND)), End::Unbounded);
            return Box::new(any);
        }
        Box::new(RangeQuery::new(
            from.map_or(End::Unbounded, |second| End::Included(term(second))),
            until.map_or(End::Unbounded, |second| End::Excluded(term(second))),
        ))
    }

    /// What a problem counts. `=` in front means stems as they are kept, which is how a problem links to its posts.
    fn term(&mut self, words: &str) -> Box<dyn EngineQuery> {
        let mut ways: Vec<Places> = Vec::new();
        if let Some(stems) = words.strip_prefix('=') {
            let places: Places = stems.split_whitespace().map(|stem| vec![stem.to_owned()]).collect();
            if !places.is_empty() {
                ways.push(places);
            }
        } else {
            for language in self.languages {
                let encoded = self.analyzer.encode(None, words, *language);
                let places: Places = column_values(&encoded.column)
                    .filter(|value| *value != BREAK)
                    .map(|value| vec![value.to_owned()])
                    .collect();
                if !places.is_empty() && !ways.contains(&places) {
                    ways.push(places);
                }
            }
        }
        let ways = ways
            .into_iter()
            .map(|places| -> Box<dyn EngineQuery> {
                let mut parts: Vec<(Occur, Box<dyn EngineQuery>)> =
                    places.iter().map(|stems| (Occur::Must, self.any_of(stems))).collect();
                parts.push((Occur::Must, Box::new(side_by_side(places))));
                Box::new(BooleanQuery::new(parts))
            })
            .collect();
        one_of(ways)
    }

    fn text(&mut self, text: &Text) -> Box<dyn EngineQuery> {
        match text {
            Text::Words(words) => self.words(words),
            Text::Phrase(words) => {
                let ways = self.ways(words);
                let mut phrases: BTreeSet<Vec<(usize, &str)>> = BTreeSet::new();
                let mut long: Vec<Box<dyn EngineQuery>> = Vec::new();
                for places in &ways {
                    match variants(places) {
                        Some(variants) => phrases.extend(variants),
                        None => long.push(self.long_phrase(places)),
                    }
                }
                let field = self.fields.stems;
                let phrases = phrases.into_iter().map(|stems| -> Box<dyn EngineQuery> {
                    match stems.as_slice() {
                        [(_, stem)] => self.stem(stem),
                        stems => Box::new(PhraseQuery::new_with_offset(
                            stems
                                .iter()
                                .map(|(at, stem)| (*at, Term::from_field_text(field, stem)))
                                .collect(),
                        )),
                    }
                });
                one_of(phrases.chain(long).collect())
            }
        }
    }

    /// A phrase that could be written in too many ways to try each.
    fn long_phrase(&self, places: &Places) -> Box<dyn EngineQuery> {
        let mut parts: Vec<(Occur, Box<dyn EngineQuery>)> = places
            .iter()
            .filter(|stems| !stems.is_empty())
            .map(|stems| (Occur::Must, self.any_of(stems)))
            .collect();
        let stands = phrase(self.fields.stems, places.clone());
        parts.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(stands), 0.0))));
        Box::new(BooleanQuery::new(parts))
    }

    /// Every word, anywhere.
    fn words(&mut self, words: &str) -> Box<dyn EngineQuery> {
        // Most languages divide the words alike; those that do share one conjunction of alternatives.
        let mut groups: Vec<Places> = Vec::new();
        for mut places in self.ways(words) {
            places.retain(|stems| !stems.is_empty());
            match groups.iter_mut().find(|group| group.len() == places.len()) {
                Some(group) => {
                    for (known, stems) in group.iter_mut().zip(places) {
                        known.extend(stems);
                        known.sort();
                        known.dedup();
                    }
                }
                None => groups.push(places),
            }
        }
        let groups = groups
            .iter()
            .map(|places| -> Box<dyn EngineQuery> {
                match places.as_slice() {
                    [stems] => self.any_of(stems),
                    places => Box::new(BooleanQuery::intersection(
                        places.iter().map(|stems| self.any_of(stems)).collect(),
                    )),
                }
            })
            .collect();
        one_of(groups)
    }

    fn near(&mut self, left: &Text, right: &Text, distance: u32) -> Box<dyn EngineQuery> {
        let ways = |text: &Text, compiler: &mut Self| match text {
            Text::Words(words) | Text::Phrase(words) => compiler.ways(words),
        };
        let (left_ways, right_ways) = (ways(left, self), ways(right, self));
        Box::new(BooleanQuery::new(vec![
            (Occur::Must, self.text(left)),
            (Occur::Must, self.text(right)),
            (
                Occur::Must,
                Box::new(ConstScoreQuery::new(
                    Box::new(near(self.fields.stems, left_ways, right_ways, distance)),
                    0.0,
                )),
            ),
        ]))
    }

    /// The places of `words` in each language of the index, equal ones once.
    fn ways(&mut self, words: &str) -> Vec<Places> {
        let mut ways: Vec<Places> = Vec::new();
        for language in self.languages {
            let places = self.analyzer.positions(words, *language);
            if !places.is_empty() && !ways.contains(&places) {
                ways.push(places);
            }
        }
        ways
    }

    fn any_of(&self, stems: &[String]) -> Box<dyn EngineQuery> {
        one_of(stems.iter().map(|stem| self.stem(stem)).collect())
    }

    fn stem(&self, stem: &str) -> Box<dyn EngineQuery> {
        Box::new(TermQuery::new(Term::from_field_text(self.fields.stems, stem), IndexRecordOption::WithFreqs))
    }
}

/// Whether it has a phrase or a range, of which the engine's own scorers cannot be excluded as they are.
fn is_forward_only(query: &Query) -> bool {
    match query {
        Query::Text(Text::Phrase(_)) | Query::Near { .. } => true,
        Query::And(parts) | Query::Or(parts) => parts.iter().any(is_forward_only),
        Query::Not(part) => is_forward_only(part),
        Query::Where(condition) => matches!(
            condition,
            Condition::Created(_)
                | Condition::Rating(_)
                | Condition::Reach(_)
                | Condition::Author(_)
                | Condition::Probability(_)
                | Condition::Sentiment(_)
                | Condition::Answered(_)
                | Condition::Response(_)
                | Condition::Waiting(_)
                | Condition::Responder(_)
                | Condition::Outcome(_)
                | Condition::Weekday(_)
                | Condition::Hour(_)
        ),
        Query::All | Query::Text(Text::Words(_)) => false,
    }
}

/// The stems that mark a hit in a shown text: those of all words that are asked for, not of those that are excluded.
pub(super) fn wanted_stems(
    query: &Query,
    languages: &[Language],
    analyzer: &mut Analyzer,
    out: &mut BTreeSet<String>,
) {
    let mut add = |text: &Text| {
        let (Text::Words(words) | Text::Phrase(words)) = text;
        for language in languages {
            out.extend(analyzer.positions(words, *language).into_iter().flatten());
        }
    };
    match query {
        Query::Text(text) => add(text),
        Query::Near { left, right, .. } => {
            add(left);
            add(right);
        }
        Query::And(parts) | Query::Or(parts) => {
            for part in parts {
                wanted_stems(part, languages, analyzer, out);
            }
        }
        Query::Where(Condition::Term(words)) => match words.strip_prefix('=') {
            Some(stems) => out.extend(stems.split_whitespace().map(str::to_owned)),
            None => add(&Text::Words(words.clone())),
        },
        Query::All | Query::Not(_) | Query::Where(_) => {}
    }
}

/// All ways to choose one stem for each place that has any, with the place; `None` if there are too many.
fn variants(places: &Places) -> Option<Vec<Vec<(usize, &str)>>> {
    let mut variants: Vec<Vec<(usize, &str)>> = vec![Vec::new()];
    for (at, stems) in places.iter().enumerate().filter(|(_, stems)| !stems.is_empty()) {
        if variants.len() * stems.len() > MAX_PHRASE_VARIANTS {
            return None;
        }
        variants = variants
            .iter()
            .flat_map(|start| {
                stems.iter().map(move |stem| start.iter().copied().chain([(at, stem.as_str())]).collect())
            })
            .collect();
    }
    Some(variants)
}

fn one_of(mut ways: Vec<Box<dyn EngineQuery>>) -> Box<dyn EngineQuery> {
    match ways.len() {
        0 => Box::new(EmptyQuery),
        1 => ways.remove(0),
        // The best of the ways counts: a word is not worth more for having several stems.
        _ => Box::new(DisjunctionMaxQuery::new(ways)),
    }
}

fn with_something_to_exclude_from(mut parts: Vec<(Occur, Box<dyn EngineQuery>)>) -> Box<dyn EngineQuery> {
    if parts.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        parts.push((Occur::Must, Box::new(AllQuery)));
    }
    Box::new(BooleanQuery::new(parts))
}

fn exact(field: Field, text: &str) -> Box<dyn EngineQuery> {
    one_term(Term::from_field_text(field, text))
}

fn one_term(term: Term) -> Box<dyn EngineQuery> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn numbers(range: &Range<f64>, term: impl Fn(f64) -> Term) -> Box<dyn EngineQuery> {
    let from = range.from.map_or(End::Unbounded, |value| {
        if range.is_from_out { End::Excluded(term(value)) } else { End::Included(term(value)) }
    });
    let to = range.to.map_or(End::Unbounded, |value| {
        if range.is_to_out { End::Excluded(term(value)) } else { End::Included(term(value)) }
    });
    match (&from, &to) {
        // An open range still asks for the number to be there.
        (End::Unbounded, End::Unbounded) => {
            Box::new(RangeQuery::new(End::Included(term(f64::MIN)), End::Unbounded))
        }
        _ => Box::new(RangeQuery::new(from, to)),
    }
}
