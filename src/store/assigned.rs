//! Which problems of the ledger does each post have? Worked out for all posts in one pass over the term column, and kept
//! with the state of the index and of the ledger that it is true of.
//!
//! So a list, a count, a trend and a matrix of problems all read the same numbers, and reading them is a look at an
//! array. All signatures are asked, also those of problems that are not shown: hiding a problem must not give its posts
//! to others, and a merged one brings its posts along.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::query::AllScorer;
use tantivy::query::doc_predicate_query::{
    ConstOrVariableSegmentPredicate, DocPredicate, DocPredicateQuery, SegmentDocPredicate,
};
use tantivy::{DocId, Searcher};

use super::membership::{Membership, Term, numbered};
use super::terms::{Matching, Place, Stem, Vocabulary, read_terms};
use crate::model::{KnownProblem, Language, Ledger, Meaning, ProblemId, Signature, Standing};

/// The problems of all posts of one state of the index, by one state of the ledger.
#[derive(Debug, Default)]
pub struct Assigned {
    /// Those that are shown, by id, and behind them the hidden ones.
    ids: Vec<ProblemId>,
    shown: usize,
    /// For each problem by number, what it was found in.
    meanings: Vec<Meaning>,
    segments: Vec<Segment>,
    by_segment: FxHashMap<SegmentId, usize>,
}

/// The problems of the posts of one segment.
#[derive(Debug, Default)]
struct Segment {
    /// Where the numbers of each post begin; one more at the end.
    starts: Vec<u32>,
    numbers: Vec<u16>,
}

impl Segment {
    fn of(&self, document: DocId) -> &[u16] {
        let at = document as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => &self.numbers[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

impl Assigned {
    pub(super) fn new(
        searcher: &Searcher,
        vocabulary: &Vocabulary,
        ledger: &Ledger,
    ) -> tantivy::Result<Self> {
        let mut assigned = Self::numbering(ledger);
        if assigned.ids.is_empty() {
            return Ok(assigned);
        }
        let numbers: BTreeMap<&ProblemId, u16> = (0..).zip(&assigned.ids).map(|(at, id)| (id, at)).collect();
        let mut groups: Vec<Group<'_>> = Meaning::ALL
            .into_iter()
            .map(|meaning| Group::new(ledger, meaning, vocabulary, &numbers))
            .filter(|group| !group.owners.is_empty())
            .collect();
        let readers = searcher.segment_readers();
        let all =
            Matching { segments: readers.iter().map(|reader| reader.doc_ids_alive().collect()).collect() };
        let mut segments: Vec<Segment> = readers.iter().map(|_| Segment::default()).collect();
        let mut found: Vec<(i32, u16)> = Vec::new();
        read_terms(searcher, vocabulary, &all, |post| {
            found.clear();
            for group in &mut groups {
                group.read(post.language, post.stems, &mut found);
            }
            // Each group has its own in order already.
            found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            let segment = &mut segments[post.place.0.segment_ord as usize];
            let end = u32::try_from(segment.numbers.len()).unwrap_or(u32::MAX);
            segment.starts.resize(post.place.0.doc_id as usize + 1, end);
            segment.numbers.extend(found.iter().map(|(_, number)| *number));
        })?;
        for segment in &mut segments {
            segment.starts.push(u32::try_from(segment.numbers.len()).unwrap_or(u32::MAX));
        }
        assigned.by_segment =
            readers.iter().enumerate().map(|(at, reader)| (reader.segment_id(), at)).collect();
        assigned.segments = segments;
        Ok(assigned)
    }

    fn numbering(ledger: &Ledger) -> Self {
        let of = |is_wanted: fn(&KnownProblem) -> bool| {
            ledger.all().filter(move |problem| is_wanted(problem)).map(|problem| problem.id.clone())
        };
        let mut ids: Vec<ProblemId> = of(KnownProblem::is_shown).collect();
        let shown = ids.len();
        ids.extend(of(|problem| problem.standing == Standing::Hidden));
        // One more than the last number must be a number, too.
        ids.truncate(usize::from(u16::MAX) - 1);
        let meanings =
            ids.iter().filter_map(|id| ledger.problem(id)).map(|problem| problem.meaning).collect();
        Self { shown: shown.min(ids.len()), ids, meanings, ..Self::default() }
    }

    /// The problems that are shown, by id; a problem is known by its place here.
    #[must_use]
    pub fn problems(&self) -> &[ProblemId] {
        &self.ids[..self.shown]
    }

    /// What the problem with that number was found in.
    #[must_use]
    pub fn meaning(&self, number: u16) -> Meaning {
        self.meanings.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// The numbers of the shown problems of a post, the strongest first.
    pub fn of(&self, place: Place) -> impl Iterator<Item = u16> {
        self.at(place.0.segment_ord as usize, place.0.doc_id)
    }

    pub(super) fn at(&self, segment: usize, document: DocId) -> impl Iterator<Item = u16> {
        let numbers = self.segments.get(segment).map_or(&[][..], |segment| segment.of(document));
        numbers.iter().copied().filter(|number| usize::from(*number) < self.shown)
    }

    fn number(&self, id: &ProblemId) -> Option<u16> {
        self.ids.iter().position(|known| known == id).and_then(|at| u16::try_from(at).ok())
    }
}

/// The signatures of one meaning, and for which problem the posts of each count.
struct Group<'a> {
    membership: Membership,
    /// The problems whose signatures they are.
    owners: Vec<(&'a KnownProblem, End)>,
    ways: Ways<'a>,
    /// The problems of the post that is read: it has each once, by its best signature.
    seen: Vec<u16>,
}

/// For which problem the posts of a signature count.
#[derive(Debug, Clone, Copy)]
enum End {
    /// All for the one with this number.
    One(u16),
    /// For none that has a number.
    None,
    /// It depends on the post.
    ByPost,
}

/// From the problem whose signature a post fits to the one for which it counts.
struct Ways<'a> {
    ledger: &'a Ledger,
    /// Of a problem, those that people divided from it, in that order, each with the term that they ask for.
    divided: BTreeMap<&'a ProblemId, Vec<(&'a KnownProblem, Option<Term>)>>,
    numbers: &'a BTreeMap<&'a ProblemId, u16>,
}

impl<'a> Group<'a> {
    fn new(
        ledger: &'a Ledger,
        meaning: Meaning,
        vocabulary: &Vocabulary,
        numbers: &'a BTreeMap<&'a ProblemId, u16>,
    ) -> Self {
        let (mut owners, mut divided) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
        for problem in ledger.all().filter(|problem| problem.meaning == meaning) {
            match &problem.division {
                None => owners.push(problem),
                Some(division) => {
                    let term = numbered(&division.term, vocabulary);
                    divided.entry(&division.from).or_default().push((problem, term));
                }
            }
        }
        for children in divided.values_mut() {
            children.sort_by(|a, b| a.0.created.cmp(&b.0.created).then(a.0.id.cmp(&b.0.id)));
        }
        let signatures: Vec<&Signature> = owners.iter().map(|problem| &problem.signature).collect();
        let ways = Ways { ledger, divided, numbers };
        Self {
            membership: Membership::new(&signatures, vocabulary),
            owners: owners.into_iter().map(|owner| (owner, ways.only_end(owner))).collect(),
            ways,
            seen: Vec::new(),
        }
    }

    fn read(&mut self, language: Language, stems: &[Option<Stem>], out: &mut Vec<(i32, u16)>) {
        self.seen.clear();
        for (score, owner) in self.membership.of(language, stems) {
            let (owner, end) = self.owners[*owner as usize];
            let number = match end {
                End::One(number) => Some(number),
                End::None => None,
                End::ByPost => self.ways.end(owner, stems),
            };
            if let Some(number) = number
                && !self.seen.contains(&number)
            {
                self.seen.push(number);
                out.push((*score, number));
            }
        }
    }
}

impl<'a> Ways<'a> {
    /// The number of the problem for which a post counts that fits the signature of `owner`.
    fn end(&self, owner: &'a KnownProblem, stems: &[Option<Stem>]) -> Option<u16> {
        let mut problem = owner;
        let mut passed: Vec<&ProblemId> = Vec::new();
        loop {
            // A part that was merged back into its whole is not entered again; nor does a damaged file make a circle.
            let next = self.divided.get(&problem.id).into_iter().flatten().find(|(child, term)| {
                term.is_some_and(|term| has(stems, term)) && !passed.contains(&&child.id)
            });
            if passed.len() > self.ledger.len() {
                return None;
            }
            passed.push(&problem.id);
            problem = match (next, &problem.standing) {
                (Some((child, _)), _) => child,
                (None, Standing::MergedInto(into)) => self.ledger.problem(into)?,
                (None, _) => return self.numbers.get(&problem.id).copied(),
            };
        }
    }

    /// The same for all posts, where it does not depend on the post.
    fn only_end(&self, owner: &'a KnownProblem) -> End {
        let mut problem = owner;
        for _ in 0..=self.ledger.len() {
            if self.divided.contains_key(&problem.id) {
                return End::ByPost;
            }
            let Standing::MergedInto(into) = &problem.standing else {
                return self.numbers.get(&problem.id).map_or(End::None, |number| End::One(*number));
            };
            match self.ledger.problem(into) {
                Some(next) => problem = next,
                None => return End::None,
            }
        }
        End::None
    }
}

fn has(stems: &[Option<Stem>], (first, second): Term) -> bool {
    match second {
        None => stems.contains(&Some(first)),
        Some(_) => stems.windows(2).any(|two| two[0] == Some(first) && two[1] == second),
    }
}

/// Posts that have a problem, or any that is shown.
pub(super) fn having(
    assigned: &Arc<Assigned>,
    ledger: &Ledger,
    wanted: Option<&ProblemId>,
) -> DocPredicateQuery {
    // A link to a problem that was merged later leads to where its posts are now.
    let number = wanted.and_then(|id| assigned.number(&ledger.root(id)?.id));
    DocPredicateQuery::from(Having { assigned: assigned.clone(), number, is_any: wanted.is_none() })
}

#[derive(Debug)]
struct Having {
    assigned: Arc<Assigned>,
    number: Option<u16>,
    is_any: bool,
}

struct HavingHere {
    assigned: Arc<Assigned>,
    segment: usize,
    number: Option<u16>,
}

impl DocPredicate for Having {
    type SegmentDocPredicate = HavingHere;

    fn doc_predicate(
        &self,
        segment: &SegmentReader,
    ) -> tantivy::Result<ConstOrVariableSegmentPredicate<HavingHere>> {
        let at = self.assigned.by_segment.get(&segment.segment_id()).copied();
        let Some(at) = at.filter(|_| self.is_any || self.number.is_some()) else {
            return Ok(ConstOrVariableSegmentPredicate::Const(false));
        };
        let predicate = HavingHere { assigned: self.assigned.clone(), segment: at, number: self.number };
        let necessary_condition = Box::new(AllScorer::new(segment.max_doc()));
        Ok(ConstOrVariableSegmentPredicate::Variable { predicate, necessary_condition })
    }
}

impl SegmentDocPredicate for HavingHere {
    fn eval(&mut self, document: DocId) -> bool {
        match self.number {
            // Hidden ones, too: whoever asks for one by its id wants to see it.
            Some(number) => self.assigned.segments[self.segment].of(document).contains(&number),
            None => self.assigned.at(self.segment, document).next().is_some(),
        }
    }
}
