//! Who takes a post? The first rule of the watchlist that it answers.
//!
//! A rule is a question in the query language, and a post is looked at alone, before it is in any index. Both ways must say
//! the same, so this follows `store/compile.rs` part by part, and `tests/it/routing.rs` compares them. One thing is
//! decided differently: an index stems a question's words in the languages that it holds, which nobody knows before all posts
//! are there. Here they are stemmed in every language.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rustc_hash::FxHashMap;

use crate::model::{
    Bound, BrandId, CaseId, Condition, Flag, Judgement, Language, Post, Query, Range, Role, Route, SourceId,
    Text,
};
use crate::text::{Analyzer, BREAK, Encoded, column_values, decode, fold};

/// A post with what was judged of it.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The post, masked.
    pub post: &'a Post,
    /// Its words.
    pub encoded: &'a Encoded,
    /// The language it is written in.
    pub language: Language,
    /// Brands that it is about.
    pub brands: &'a [BrandId],
    /// Brands that it names.
    pub mentions: &'a [BrandId],
    /// Brands that it speaks to.
    pub directed: &'a [BrandId],
    /// Something in it was masked.
    pub is_masked: bool,
    /// A person judged it.
    pub is_corrected: bool,
    /// What its writer meant.
    pub judgement: &'a Judgement,
    /// Posts with the same case say the same.
    pub case: CaseId,
}

/// What the names in a rule mean to the index.
pub struct Known<'a> {
    /// The brands that a name means.
    pub brands: &'a dyn Fn(&str) -> Vec<BrandId>,
    /// The brands on one side.
    pub side: &'a dyn Fn(Role) -> Vec<BrandId>,
    /// The name under which an account is shown.
    pub pseudonym: fn(&SourceId, &str) -> String,
    /// The one text by which an attribute with a value, or with any, is found.
    pub attribute: fn(&str, Option<&str>) -> String,
    /// Whose days are meant.
    pub time_zone: &'a TimeZone,
}

/// Sends posts to departments.
#[derive(Debug)]
pub struct Router {
    rules: Vec<(String, Test)>,
    /// Stems that rules ask for, each with its number.
    stems: FxHashMap<String, usize>,
    pseudonym: fn(&SourceId, &str) -> String,
    attribute: fn(&str, Option<&str>) -> String,
}

/// A rule whose names and words are known.
#[derive(Debug)]
enum Test {
    All,
    Never,
    Every(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// For each way to divide the words: for each word, the stems of which one must be there.
    Words(Vec<Vec<Vec<usize>>>),
    Phrase(Vec<Places>),
    Near(Vec<Places>, Vec<Places>, u32),
    /// Stems side by side in the term column.
    Column(Vec<Vec<String>>),
    About(Vec<BrandId>),
    Mentions(Vec<BrandId>),
    Directed(Vec<BrandId>),
    Target(Vec<BrandId>),
    /// The first second, and the one after the last.
    Written(Option<i64>, Option<i64>),
    /// A day of the week or an hour, on whose clock.
    Clock(Condition, TimeZone),
    Holds(Condition),
}

/// For each place of a text, the numbers of the stems that may stand there; none where anything may.
type Places = Vec<Vec<usize>>;

impl Router {
    /// Whether any post can be taken.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Prepares rules, the first first.
    #[must_use]
    pub fn new(routes: &[Route], known: &Known<'_>) -> Self {
        let mut maker = Maker { known, analyzer: Analyzer::default(), stems: FxHashMap::default() };
        let rules = routes.iter().map(|route| (route.department.clone(), maker.test(&route.when))).collect();
        Self { rules, stems: maker.stems, pseudonym: known.pseudonym, attribute: known.attribute }
    }

    /// The department that takes a post, if one does.
    #[must_use]
    pub fn route(&self, judged: &Judged<'_>) -> Option<&str> {
        if self.rules.is_empty() {
            return None;
        }
        let mut places = vec![Vec::new(); self.stems.len()];
        if !self.stems.is_empty() {
            for (position, stem) in decode(&judged.encoded.stems) {
                if let Some(number) = self.stems.get(stem) {
                    places[*number].push(position);
                }
            }
        }
        let found = self.rules.iter().find(|(_, test)| self.answers(test, judged, &places));
        found.map(|(department, _)| department.as_str())
    }

    fn answers(&self, test: &Test, judged: &Judged<'_>, at: &[Vec<u32>]) -> bool {
        let has = |ids: &[BrandId], wanted: &[BrandId]| ids.iter().any(|id| wanted.contains(id));
        match test {
            Test::All => true,
            Test::Never => false,
            Test::Every(parts) => parts.iter().all(|part| self.answers(part, judged, at)),
            Test::Any(parts) => parts.iter().any(|part| self.answers(part, judged, at)),
            Test::Not(part) => !self.answers(part, judged, at),
            Test::Words(groups) => groups
                .iter()
                .any(|places| places.iter().all(|stems| stems.iter().any(|stem| !at[*stem].is_empty()))),
            Test::Phrase(ways) => !spans(ways, at).is_empty(),
            Test::Near(left, right, distance) => {
                let right = spans(right, at);
                spans(left, at).iter().any(|left| right.iter().any(|right| is_near(*left, *right, *distance)))
            }
            Test::Column(ways) => {
                let column: Vec<&str> = column_values(&judged.encoded.column).collect();
                ways.iter().any(|way| column.windows(way.len()).any(|window| window == way.as_slice()))
            }
            Test::About(wanted) => has(judged.brands, wanted),
            Test::Mentions(wanted) => has(judged.mentions, wanted),
            Test::Directed(wanted) => has(judged.directed, wanted),
            Test::Target(wanted) => judged.judgement.target.as_ref().is_some_and(|id| wanted.contains(id)),
            Test::Written(from, until) => dated(judged.post).is_some_and(|created| {
                let second = created.as_second();
                from.is_none_or(|from| second >= from) && until.is_none_or(|until| second < until)
            }),
            Test::Clock(condition, zone) => dated(judged.post).is_some_and(|created| {
                let local = zone.to_datetime(created);
                match condition {
                    Condition::Weekday(day) => local.weekday() == *day,
                    Condition::Hour(hour) => u8::try_from(local.hour()) == Ok(*hour),
                    _ => false,
                }
            }),
            Test::Holds(condition) => self.holds(condition, judged),
        }
    }

    fn holds(&self, condition: &Condition, judged: &Judged<'_>) -> bool {
        let (post, judgement) = (judged.post, judged.judgement);
        match condition {
            Condition::Source(source) => post.source == *source,
            Condition::Language(language) => judged.language == *language,
            Condition::Kind(kind) => post.kind == *kind,
            Condition::Id(id) => post.id.as_str() == id,
            Condition::Author(name) => post.author.as_ref().is_some_and(|author| {
                let plain = |handle: &str| fold(handle.trim_start_matches('@'));
                plain(&author.handle) == plain(name)
                    || (self.pseudonym)(&post.source, &author.handle) == *name
            }),
            Condition::Attribute { name, value } => {
                let wanted = (self.attribute)(name, value.as_deref());
                post.attributes.iter().any(|(name, found)| {
                    (self.attribute)(name, value.as_ref().map(|_| found.as_str())) == wanted
                })
            }
            Condition::Rating(range) => post.rating.is_some_and(|rating| range.holds(&rating)),
            Condition::Reach(range) => post.reach.is_some_and(|reach| range.holds(&(reach as f64))),
            Condition::Complaint(is_one) => judgement.complaint.verdict == *is_one,
            Condition::Probability(range) => range.holds(&thousandths(judgement.complaint.probability)),
            Condition::Severity(range) => judgement
                .severity
                .is_some_and(|severity| judgement.complaint.verdict && range.holds(&severity)),
            Condition::Intent(intent) => judgement.intent == *intent,
            Condition::Signal(None) => !judgement.signals.is_empty(),
            Condition::Signal(Some(signal)) => judgement.signals.contains(signal),
            Condition::Sentiment(range) => range.holds(&thousandths(judgement.sentiment)),
            Condition::Case(case) => judged.case == *case,
            Condition::Is(Flag::Undated) => dated(post).is_none(),
            Condition::Is(Flag::Masked) => judged.is_masked,
            Condition::Is(Flag::Corrected) => judged.is_corrected,
            // Where a post goes cannot depend on where it goes, nor on problems that are found later; the rest became a
            // test of its own.
            _ => false,
        }
    }
}

/// The date that an index can keep.
fn dated(post: &Post) -> Option<Timestamp> {
    post.created.filter(|created| i64::try_from(created.as_nanosecond()).is_ok())
}

fn thousandths(share: f32) -> f64 {
    (f64::from(share) * 1000.0).round() / 1000.0
}

/// First and last position of each place where one of `ways` stands.
fn spans(ways: &[Places], at: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let has = |stems: &[usize], position: u32| {
        stems.is_empty() || stems.iter().any(|stem| at[*stem].binary_search(&position).is_ok())
    };
    let mut spans = Vec::new();
    for places in ways {
        let Some((first, rest)) = places.split_first() else { continue };
        for start in first.iter().flat_map(|stem| &at[*stem]) {
            if rest.iter().zip(*start + 1..).all(|(stems, position)| has(stems, position)) {
                spans.push((*start, *start + u32::try_from(rest.len()).unwrap_or(0)));
            }
        }
    }
    spans
}

/// Whether two spans stand apart, and no more words than that.
fn is_near(left: (u32, u32), right: (u32, u32), distance: u32) -> bool {
    let apart = if right.0 > left.1 {
        right.0 - left.1
    } else if left.0 > right.1 {
        left.0 - right.1
    } else {
        return false;
    };
    apart <= distance
}

/// Turns questions into tests.
struct Maker<'a> {
    known: &'a Known<'a>,
    analyzer: Analyzer,
    stems: FxHashMap<String, usize>,
}

impl Maker<'_> {
    fn test(&mut self, query: &Query) -> Test {
        match query {
            Query::All => Test::All,
            Query::And(parts) => Test::Every(parts.iter().map(|part| self.test(part)).collect()),
            Query::Or(parts) => Test::Any(parts.iter().map(|part| self.test(part)).collect()),
            Query::Not(part) => Test::Not(Box::new(self.test(part))),
            Query::Text(Text::Words(words)) => self.words(words),
            Query::Text(Text::Phrase(words)) => Test::Phrase(self.ways(words)),
            Query::Near { left, right, distance } => {
                let (Text::Words(left_words) | Text::Phrase(left_words)) = left;
                let (Text::Words(right_words) | Text::Phrase(right_words)) = right;
                let near = Test::Near(self.ways(left_words), self.ways(right_words), *distance);
                Test::Every(vec![
                    self.test(&Query::Text(left.clone())),
                    self.test(&Query::Text(right.clone())),
                    near,
                ])
            }
            Query::Where(condition) => self.condition(condition),
        }
    }

    fn condition(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::Brand(name) => Test::About(self.brands(name)),
            Condition::Mention(name) => Test::Mentions(self.brands(name)),
            Condition::Directed(name) => Test::Directed(self.brands(name)),
            Condition::Target(name) => Test::Target(self.brands(name)),
            Condition::Is(Flag::Own) => Test::About((self.known.side)(Role::Own)),
            Condition::Is(Flag::Competitor) => Test::About((self.known.side)(Role::Competitor)),
            Condition::Term(words) => self.term(words),
            Condition::Created(range) => self.written(range),
            Condition::Weekday(_) | Condition::Hour(_) => {
                Test::Clock(condition.clone(), self.known.time_zone.clone())
            }
            other => Test::Holds(other.clone()),
        }
    }

    fn brands(&self, name: &str) -> Vec<BrandId> {
        let ids = (self.known.brands)(name);
        if ids.is_empty() { BrandId::new(fold(name).replace(' ', "-")).into_iter().collect() } else { ids }
    }

    /// A day stands for its first second where it opens a range and for its last where it closes one.
    fn written(&self, range: &Range<Bound>) -> Test {
        let second = |bound: Bound, is_after: bool| -> Option<i64> {
            match bound {
                Bound::Moment(moment) => Some(moment.as_second() + i64::from(is_after)),
                Bound::Day(day) => {
                    let day = if is_after { day.checked_add(1.day()).ok()? } else { day };
                    let start = self.known.time_zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
                    Some(start.compatible().ok()?.as_second())
                }
            }
        };
        let from = range.from.map(|bound| second(bound, range.is_from_out).unwrap_or(i64::MAX));
        Test::Written(from, range.to.and_then(|bound| second(bound, !range.is_to_out)))
    }

    fn term(&mut self, words: &str) -> Test {
        let mut ways: Vec<Vec<String>> = Vec::new();
        if let Some(stems) = words.strip_prefix('=') {
            ways.push(stems.split_whitespace().map(str::to_owned).collect());
        } else {
            for language in Language::ALL {
                let encoded = self.analyzer.encode(None, words, language);
                let column = column_values(&encoded.column).filter(|value| *value != BREAK);
                ways.push(column.map(str::to_owned).collect());
            }
        }
        ways.retain(|way| !way.is_empty());
        if ways.is_empty() { Test::Never } else { Test::Column(ways) }
    }

    /// Every word, anywhere; languages that divide the words alike share their stems.
    fn words(&mut self, words: &str) -> Test {
        let mut groups: Vec<Places> = Vec::new();
        for mut places in self.ways(words) {
            places.retain(|stems| !stems.is_empty());
            match groups.iter_mut().find(|group| group.len() == places.len()) {
                Some(group) => {
                    for (known, stems) in group.iter_mut().zip(places) {
                        known.extend(stems);
                    }
                }
                None => groups.push(places),
            }
        }
        Test::Words(groups)
    }

    fn ways(&mut self, words: &str) -> Vec<Places> {
        let mut ways: Vec<Places> = Vec::new();
        for language in Language::ALL {
            let found = self.analyzer.positions(words, language);
            let places: Places = found
                .into_iter()
                .map(|stems| stems.into_iter().map(|stem| self.number(stem)).collect())
                .collect();
            if !places.is_empty() && !ways.contains(&places) {
                ways.push(places);
            }
        }
        ways
    }

    fn number(&mut self, stem: String) -> usize {
        let next = self.stems.len();
        *self.stems.entry(stem).or_insert(next)
    }
}
