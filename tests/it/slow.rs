//! Which posts should a question find? The slow and obvious way: every post is looked at, word by word.
//!
//! The tests of search, trends and problems compare the index with this. Of the library it uses only what says what a
//! word is (`text`); how words are kept, found, joined and counted is written here a second time.

use std::collections::{BTreeMap, BTreeSet};

use grouse::model::{Bound, Condition, Flag, Language, Query, Range, Text};
use grouse::store::{Market, Record, pseudonym};
use grouse::text::{Analyzer, Memo, Particles, TokenKind, column_values, fold, split_hashtag, tokens};
use jiff::tz::TimeZone;

/// A post with its words.
pub(crate) struct Read {
    pub(crate) record: Record,
    /// Where each stem stands.
    places: BTreeMap<String, BTreeSet<u32>>,
    /// The term column.
    column: Vec<String>,
}

/// All posts, and what a question's meaning depends on beside its words.
pub(crate) struct Slow {
    pub(crate) posts: Vec<Read>,
    languages: BTreeSet<Language>,
    market: Market,
    memo: Memo,
}

/// The words of a question in one language: how far each stands from the first, and the stems that may stand there.
type Way = Vec<(u32, Vec<String>)>;

impl Slow {
    pub(crate) fn new(records: impl IntoIterator<Item = Record>, market: &Market) -> Self {
        let mut memo = Memo::default();
        let mut analyzer = Analyzer::default();
        let posts: Vec<Read> = records
            .into_iter()
            .map(|record| {
                let mut places: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
                let mut begin = 0;
                for part in record.post.title.iter().chain([&record.post.text]) {
                    let found = words(part, record.language, false, &mut memo);
                    let last = found.last().map(|(at, _)| begin + at);
                    for (at, stems) in found {
                        for stem in stems {
                            places.entry(stem).or_default().insert(begin + at);
                        }
                    }
                    // The text begins ten places after the last word of the title.
                    begin = last.map_or(0, |last| last + 10);
                }
                let encoded =
                    analyzer.encode(record.post.title.as_deref(), &record.post.text, record.language);
                let column = column_values(&encoded.column).map(str::to_owned).collect();
                Read { record, places, column }
            })
            .collect();
        let mut languages: BTreeSet<_> = posts.iter().map(|read| read.record.language).collect();
        if languages.is_empty() {
            languages.insert(Language::Other);
        }
        Self { posts, languages, market: market.clone(), memo }
    }

    /// The ids of the posts that answer.
    pub(crate) fn ids(&mut self, query: &Query, zone: &TimeZone) -> BTreeSet<String> {
        self.matching(query, zone).iter().map(|record| record.post.id.to_string()).collect()
    }

    /// The posts that answer.
    pub(crate) fn matching(&mut self, query: &Query, zone: &TimeZone) -> Vec<&Record> {
        let test = self.prepare(query, zone);
        self.posts.iter().filter(|read| test(read)).map(|read| &read.record).collect()
    }

    fn prepare(&mut self, query: &Query, zone: &TimeZone) -> Box<dyn Fn(&Read) -> bool> {
        match query {
            Query::All => Box::new(|_| true),
            Query::Text(Text::Words(words)) => {
                let ways = self.ways(words);
                // Languages that divide the words alike agree on which word is which: any of their stems will do.
                let lengths: BTreeSet<usize> = ways.iter().map(Vec::len).collect();
                Box::new(move |read| {
                    lengths.iter().any(|length| {
                        let alike: Vec<&Way> = ways.iter().filter(|way| way.len() == *length).collect();
                        (0..*length).all(|at| {
                            alike.iter().flat_map(|way| &way[at].1).any(|stem| read.places.contains_key(stem))
                        })
                    })
                })
            }
            Query::Text(Text::Phrase(words)) => {
                let ways = self.ways(words);
                Box::new(move |read| !spans(read, &ways).is_empty())
            }
            Query::Near { left, right, distance } => {
                let (Text::Words(left) | Text::Phrase(left)) = left;
                let (Text::Words(right) | Text::Phrase(right)) = right;
                let (left, right, distance) = (self.ways(left), self.ways(right), *distance);
                Box::new(move |read| {
                    let right = spans(read, &right);
                    spans(read, &left).iter().any(|(from, to)| {
                        right.iter().any(|(other_from, other_to)| {
                            (other_from > to && other_from - to <= distance)
                                || (from > other_to && from - other_to <= distance)
                        })
                    })
                })
            }
            Query::And(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.prepare(part, zone)).collect();
                Box::new(move |read| parts.iter().all(|part| part(read)))
            }
            Query::Or(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.prepare(part, zone)).collect();
                Box::new(move |read| parts.iter().any(|part| part(read)))
            }
            Query::Not(part) => {
                let part = self.prepare(part, zone);
                Box::new(move |read| !part(read))
            }
            Query::Where(condition) => self.condition(condition, zone),
        }
    }

    fn condition(&self, condition: &Condition, zone: &TimeZone) -> Box<dyn Fn(&Read) -> bool> {
        let condition = condition.clone();
        match condition {
            // What is known of problems depends on all posts at once: `ledger.rs` looks at them.
            Condition::Problem(_) => Box::new(|_| false),
            Condition::Brand(name) => self.brand(&name, |record| &record.brands),
            Condition::Mention(name) => self.brand(&name, |record| &record.mentions),
            Condition::Directed(name) => self.brand(&name, |record| &record.directed),
            Condition::Source(source) => Box::new(move |read| read.record.post.source == source),
            Condition::Language(language) => Box::new(move |read| read.record.language == language),
            Condition::Kind(kind) => Box::new(move |read| read.record.post.kind == kind),
            Condition::Author(name) => Box::new(move |read| {
                read.record.post.author.as_ref().is_some_and(|author| {
                    name == pseudonym(&read.record.post.source, &author.handle)
                        || fold(name.trim_start_matches('@')) == fold(author.handle.trim_start_matches('@'))
                })
            }),
            Condition::Id(id) => Box::new(move |read| read.record.post.id.as_str() == id),
            Condition::Term(words) => {
                let ways: Vec<Vec<String>> = match words.strip_prefix('=') {
                    Some(stems) => vec![stems.split_whitespace().map(str::to_owned).collect()],
                    None => self.languages.iter().map(|language| column(&words, *language)).collect(),
                };
                Box::new(move |read| {
                    ways.iter().any(|way| {
                        !way.is_empty() && read.column.windows(way.len()).any(|window| window == way)
                    })
                })
            }
            Condition::Attribute { name, value } => Box::new(move |read| {
                read.record.post.attributes.iter().any(|(known, held)| {
                    known.to_lowercase() == name.to_lowercase()
                        && value.as_ref().is_none_or(|value| value.to_lowercase() == held.to_lowercase())
                })
            }),
            Condition::Created(range) => {
                let zone = zone.clone();
                Box::new(move |read| {
                    read.record.post.created.is_some_and(|created| {
                        let day = zone.to_datetime(created).date();
                        let is_in = |bound: Bound, is_out: bool, is_from: bool| {
                            let order = match bound {
                                Bound::Day(bound) => day.cmp(&bound),
                                Bound::Moment(moment) => created.cmp(&moment),
                            };
                            let order = if is_from { order } else { order.reverse() };
                            if is_out { order.is_gt() } else { order.is_ge() }
                        };
                        range.from.is_none_or(|from| is_in(from, range.is_from_out, true))
                            && range.to.is_none_or(|to| is_in(to, range.is_to_out, false))
                    })
                })
            }
            Condition::Rating(range) => {
                Box::new(move |read| read.record.post.rating.is_some_and(|rating| holds(&range, rating)))
            }
            Condition::Reach(range) => Box::new(move |read| {
                #[expect(clippy::cast_precision_loss, reason = "the tests stay far below 2^53")]
                read.record.post.reach.is_some_and(|reach| holds(&range, reach as f64))
            }),
            Condition::Complaint(is_one) => {
                Box::new(move |read| read.record.judgement.complaint.verdict == is_one)
            }
            Condition::Probability(range) => {
                Box::new(move |read| holds(&range, typed(read.record.judgement.complaint.probability)))
            }
            Condition::Sentiment(range) => {
                Box::new(move |read| holds(&range, typed(read.record.judgement.sentiment)))
            }
            Condition::Severity(range) => Box::new(move |read| {
                let judgement = &read.record.judgement;
                judgement.complaint.verdict
                    && judgement.severity.is_some_and(|severity| {
                        let at = |severity: grouse::model::Severity| severity as u8;
                        let from = range.from.map_or(0, |from| at(from) + u8::from(range.is_from_out));
                        let to = range.to.map_or(9, |to| at(to) + u8::from(!range.is_to_out));
                        (from..to).contains(&at(severity))
                    })
            }),
            Condition::Intent(intent) => Box::new(move |read| read.record.judgement.intent == intent),
            Condition::Signal(wanted) => Box::new(move |read| {
                read.record
                    .judgement
                    .signals
                    .iter()
                    .any(|signal| wanted.is_none_or(|wanted| wanted == *signal))
            }),
            Condition::Target(name) => self.brand(&name, |record| record.judgement.target.as_slice()),
            Condition::Case(case) => Box::new(move |read| read.record.case == case),
            Condition::Weekday(day) => {
                let zone = zone.clone();
                Box::new(move |read| {
                    read.record.post.created.is_some_and(|at| zone.to_datetime(at).weekday() == day)
                })
            }
            Condition::Hour(hour) => {
                let zone = zone.clone();
                Box::new(move |read| {
                    read.record
                        .post
                        .created
                        .is_some_and(|at| i16::from(zone.to_datetime(at).hour()) == i16::from(hour))
                })
            }
            // Threads have a slow version of their own, in `responses.rs`.
            Condition::Answered(_)
            | Condition::Response(_)
            | Condition::Waiting(_)
            | Condition::Responder(_)
            | Condition::Outcome(_) => Box::new(|_| false),
            Condition::Is(Flag::Undated) => Box::new(|read| read.record.post.created.is_none()),
            Condition::Route(wanted) => Box::new(move |read| {
                read.record
                    .route
                    .as_ref()
                    .is_some_and(|route| wanted.as_ref().is_none_or(|wanted| fold(wanted) == fold(route)))
            }),
            Condition::Is(Flag::Corrected) => Box::new(|read| !read.record.corrected.is_empty()),
            Condition::Is(Flag::Masked) => Box::new(|read| read.record.is_masked),
            Condition::Is(flag @ (Flag::Own | Flag::Competitor)) => {
                let side: Vec<_> = self
                    .market
                    .brands
                    .iter()
                    .filter(|brand| brand.role.as_deref() == Some(flag.as_str()))
                    .map(|brand| brand.id.clone())
                    .collect();
                Box::new(move |read| read.record.brands.iter().any(|brand| side.contains(brand)))
            }
        }
    }

    fn brand(
        &self,
        name: &str,
        of: impl Fn(&Record) -> &[grouse::model::BrandId] + 'static,
    ) -> Box<dyn Fn(&Read) -> bool> {
        let plain = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let wanted = plain(name);
        let market = self.market.clone();
        Box::new(move |read| {
            of(&read.record).iter().any(|brand| {
                plain(brand.as_str()) == wanted || plain(market.name_of(brand.as_str())) == wanted
            })
        })
    }

    fn ways(&mut self, text: &str) -> Vec<Way> {
        self.languages
            .iter()
            .map(|language| {
                let found = words(text, *language, true, &mut self.memo);
                let first = found.first().map_or(0, |(at, _)| *at);
                found.into_iter().map(|(at, stems)| (at - first, stems)).collect::<Way>()
            })
            .filter(|way| !way.is_empty())
            .collect()
    }
}

/// Where the words of a text stand, and all stems of each. In a question a hashtag is that hashtag; in a post it is
/// also the words it is made of.
fn words(text: &str, language: Language, is_question: bool, memo: &mut Memo) -> Vec<(u32, Vec<String>)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut particles = Particles::default();
    for token in tokens(text, language) {
        let word = &text[token.start..token.end];
        // A text is found under the parts of its compounds and the verbs of its particles; a question is meant whole.
        let mut stems = |word: &str| -> Vec<String> {
            let stems = memo.stems(word, language);
            if is_question {
                stems.all().map(str::to_owned).collect()
            } else {
                stems.found_by().map(str::to_owned).collect()
            }
        };
        if token.is_after_break {
            particles.end_sentence();
        }
        match token.kind {
            TokenKind::Word => {
                let mut all = stems(word);
                if !is_question {
                    let completed = particles.meet(memo.stems(word, language), at);
                    all.extend(completed.into_iter().map(str::to_owned));
                }
                found.push((at, all));
            }
            TokenKind::Number => found.push((at, vec![word.to_owned()])),
            TokenKind::Emoji => found.push((at, vec![word.replace('\u{fe0f}', "")])),
            TokenKind::Handle => found.push((at, vec![fold(word)])),
            TokenKind::Hashtag => {
                found.push((at, vec![fold(word)]));
                if !is_question {
                    let body = word.trim_start_matches(['#', '＃']);
                    for part in split_hashtag(body, language) {
                        found.push((at, stems(&body[part])));
                        at += 1;
                    }
                    continue;
                }
            }
            TokenKind::Link | TokenKind::Mask => {}
        }
        at += 1;
    }
    found
}

/// First and last place of each spot where one of `ways` stands.
fn spans(read: &Read, ways: &[Way]) -> Vec<(u32, u32)> {
    let at = |stems: &[String], place: u32| {
        stems.iter().any(|stem| read.places.get(stem).is_some_and(|places| places.contains(&place)))
    };
    let all: BTreeSet<u32> = read.places.values().flatten().copied().collect();
    let mut found = Vec::new();
    for way in ways {
        let length = way.last().map_or(0, |(offset, _)| *offset);
        for start in &all {
            if way.iter().all(|(offset, stems)| at(stems, start + offset)) {
                found.push((*start, start + length));
            }
        }
    }
    found
}

fn column(words: &str, language: Language) -> Vec<String> {
    let encoded = Analyzer::default().encode(None, words, language);
    column_values(&encoded.column).filter(|value| *value != grouse::text::BREAK).map(str::to_owned).collect()
}

/// A share as it is shown and typed.
fn typed(share: f32) -> f64 {
    format!("{share:.3}").parse().unwrap()
}

fn holds(range: &Range<f64>, value: f64) -> bool {
    range.from.is_none_or(|from| if range.is_from_out { value > from } else { value >= from })
        && range.to.is_none_or(|to| if range.is_to_out { value < to } else { value <= to })
}
