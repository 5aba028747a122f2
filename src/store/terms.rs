//! Which stems, and which pairs of stems, do posts have? Counted over the term column, every post that matches, none
//! left out.
//!
//! Each segment of the index numbers its stems for itself. [`Vocabulary`] gives them one number for all segments, and
//! keeps how many posts have each: what the rest of the posts look like.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, Score, Searcher, SegmentOrdinal, SegmentReader, TERMINATED};

use super::records::arrived;
use crate::model::Language;
use crate::text::BREAK;

/// Number of a stem in a [`Vocabulary`].
pub type Stem = u32;

/// One stem, or two side by side.
pub type StemPair = (Stem, Option<Stem>);

/// The posts that match, segment by segment, each list rising.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    pub(super) segments: Vec<Vec<DocId>>,
}

impl Matching {
    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|documents| documents.len() as u64).sum()
    }

    /// Whether none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.iter().all(Vec::is_empty)
    }
}

/// All stems of the index, one number each.
#[derive(Debug)]
pub struct Vocabulary {
    texts: Vec<Box<str>>,
    /// For each segment, the number of each of its own numbers.
    numbers: Vec<Vec<Stem>>,
    /// The number of the mark that parts words; larger than any if there is none.
    part: Stem,
    /// Posts that are no responses of brands, then responses.
    totals: [Totals; 2],
}

/// How many posts of each language have each stem.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// By language, posts.
    pub posts: [u64; Language::ALL.len()],
    /// By language and stem, posts that have it. Empty for a language without posts.
    pub having: [Vec<u32>; Language::ALL.len()],
}

impl Totals {
    fn count(&mut self, language: usize, stems: usize) -> &mut [u32] {
        self.posts[language] += 1;
        let having = &mut self.having[language];
        if having.is_empty() {
            having.resize(stems, 0);
        }
        having
    }

    /// Posts of `language` that have `stem`.
    #[must_use]
    pub fn of(&self, language: Language, stem: Stem) -> u64 {
        self.having[language as usize].get(stem as usize).map_or(0, |count| u64::from(*count))
    }

    /// Posts of any language that have `stem`.
    #[must_use]
    pub fn of_all(&self, stem: Stem) -> u64 {
        Language::ALL.into_iter().map(|language| self.of(language, stem)).sum()
    }
}

impl Vocabulary {
    pub(super) fn new(searcher: &Searcher) -> tantivy::Result<Self> {
        let mut streams = Vec::new();
        let columns: Vec<Option<StrColumn>> = searcher
            .segment_readers()
            .iter()
            .map(|segment| segment.fast_fields().str("terms"))
            .collect::<tantivy::Result<_>>()?;
        let mut numbers: Vec<Vec<Stem>> = Vec::new();
        for column in &columns {
            numbers.push(Vec::with_capacity(column.as_ref().map_or(0, |column| column.num_terms())));
            streams.push(column.as_ref().map(|column| column.dictionary().stream()).transpose()?);
        }
        // The dictionaries are sorted: the smallest head of all of them is the next stem.
        let mut heads = BinaryHeap::new();
        for (at, stream) in streams.iter_mut().enumerate() {
            if let Some(stream) = stream
                && stream.advance()
            {
                heads.push(Reverse((stream.key().to_vec(), at)));
            }
        }
        let mut texts: Vec<Box<str>> = Vec::new();
        let mut last: Vec<u8> = Vec::new();
        let mut part = Stem::MAX;
        while let Some(mut head) = heads.peek_mut() {
            let Reverse((key, at)) = &mut *head;
            if texts.is_empty() || last != *key {
                if key == BREAK.as_bytes() {
                    part = Stem::try_from(texts.len()).unwrap_or(Stem::MAX);
                }
                texts.push(String::from_utf8_lossy(key).into());
                last.clone_from(key);
            }
            numbers[*at].push(Stem::try_from(texts.len() - 1).unwrap_or(Stem::MAX));
            if let Some(stream) = &mut streams[*at]
                && stream.advance()
            {
                key.clear();
                key.extend_from_slice(stream.key());
            } else {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
        drop(streams);
        let mut vocabulary = Self { texts, numbers, part, totals: Default::default() };
        let mut totals = [Totals::default(), Totals::default()];
        for (at, segment) in searcher.segment_readers().iter().enumerate() {
            let Some(mut reader) = Reader::new(&vocabulary, at, segment)? else { continue };
            for document in segment.doc_ids_alive() {
                let language = reader.language(document);
                let having =
                    totals[usize::from(reader.is_response(document))].count(language, vocabulary.len());
                reader.distinct(document, |stem| having[stem as usize] += 1);
            }
        }
        vocabulary.totals = totals;
        Ok(vocabulary)
    }

    /// How many stems.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no post has any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The stem with that number.
    #[must_use]
    pub fn text(&self, stem: Stem) -> &str {
        self.texts.get(stem as usize).map_or("", |text| text)
    }

    /// The number of a stem; `None` if no post has it.
    #[must_use]
    pub fn number(&self, stem: &str) -> Option<Stem> {
        self.texts.binary_search_by(|text| (**text).cmp(stem)).ok().and_then(|at| Stem::try_from(at).ok())
    }

    /// How many posts of the whole index have each stem: of those that are no responses, or of the responses.
    #[must_use]
    pub fn totals(&self, is_response: bool) -> &Totals {
        &self.totals[usize::from(is_response)]
    }
}

/// Reads the term column of one segment in the numbers of a vocabulary.
struct Reader<'a> {
    numbers: &'a [Stem],
    part: Stem,
    terms: Column<u64>,
    language: Option<Column<u64>>,
    /// The language of each number of the language column.
    languages: Vec<usize>,
    kind: Option<Column<u64>>,
    response: Option<u64>,
    /// The last post that had each stem, so that a stem counts once for each post.
    seen: Vec<DocId>,
    /// The column's values of the post that is being read.
    values: Vec<u64>,
}

impl<'a> Reader<'a> {
    fn new(vocabulary: &'a Vocabulary, at: usize, segment: &SegmentReader) -> tantivy::Result<Option<Self>> {
        let columns = segment.fast_fields();
        let Some(terms) = columns.str("terms")? else { return Ok(None) };
        let lang = columns.str("lang")?;
        let mut languages = Vec::new();
        if let Some(lang) = &lang {
            let mut stream = lang.dictionary().stream()?;
            while stream.advance() {
                let language = std::str::from_utf8(stream.key()).ok().and_then(|code| code.parse().ok());
                languages.push(language.unwrap_or(Language::Other) as usize);
            }
        }
        let kind = columns.str("kind")?;
        let response = match &kind {
            Some(kind) => kind.dictionary().term_ord(b"response")?,
            None => None,
        };
        Ok(Some(Self {
            numbers: &vocabulary.numbers[at],
            part: vocabulary.part,
            seen: vec![DocId::MAX; terms.num_terms()],
            terms: terms.ords().clone(),
            language: lang.map(|lang| lang.ords().clone()),
            languages,
            kind: kind.map(|kind| kind.ords().clone()),
            response,
            values: Vec::new(),
        }))
    }

    /// Reads the column's values of a post, all at once: one by one each costs a call.
    fn read(&mut self, document: DocId) {
        let rows = self.terms.index.value_row_ids(document);
        self.values.resize(rows.len(), 0);
        self.terms.values.get_range(u64::from(rows.start), &mut self.values);
    }

    /// The segment's own number of a stem; `None` if none of its posts has it.
    fn number_here(&self, stem: Stem) -> Option<u64> {
        self.numbers.binary_search(&stem).ok().map(|at| at as u64)
    }

    fn language(&self, document: DocId) -> usize {
        let number = self.language.as_ref().and_then(|column| column.first(document));
        number
            .and_then(|number| self.languages.get(usize::try_from(number).ok()?).copied())
            .unwrap_or(Language::Other as usize)
    }

    fn is_response(&self, document: DocId) -> bool {
        self.response.is_some()
            && self.kind.as_ref().and_then(|column| column.first(document)) == self.response
    }

    /// Visits each stem of a post once.
    fn distinct(&mut self, document: DocId, mut visit: impl FnMut(Stem)) {
        self.read(document);
        for number in &self.values {
            let Ok(number) = usize::try_from(*number) else { continue };
            if self.seen[number] != document {
                self.seen[number] = document;
                let stem = self.numbers[number];
                if stem != self.part {
                    visit(stem);
                }
            }
        }
    }

    /// Visits each stem and each two side by side of a post, repeated where they repeat.
    fn in_order(&mut self, document: DocId, mut visit: impl FnMut(Stem, Option<Stem>)) {
        self.read(document);
        let mut before = None;
        for number in &self.values {
            let stem = usize::try_from(*number).map_or(self.part, |number| self.numbers[number]);
            if stem == self.part {
                before = None;
                continue;
            }
            visit(stem, before);
            before = Some(stem);
        }
    }
}

/// What the term column says of one post.
#[derive(Debug)]
pub struct PostTerms<'a> {
    /// The language it is written in.
    pub language: Language,
    /// A hash of its id: an order that does not change with the order of import.
    pub tie: u64,
    /// Its stems in order; `None` where words are not beside each other.
    pub stems: &'a [Option<Stem>],
    /// When it first came, in milliseconds since 1970.
    pub arrived: u64,
    /// Where it is kept.
    pub place: Place,
}

/// Where a post is kept in one state of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub(super) DocAddress);

#[cfg(test)]
impl Place {
    /// Some place, for who does not look there.
    pub(crate) fn somewhere() -> Self {
        Self(DocAddress::new(0, 0))
    }
}

/// Hands what the term column says of each matching post to `take`.
pub(super) fn read_terms(
    searcher: &Searcher,
    vocabulary: &Vocabulary,
    matching: &Matching,
    mut take: impl FnMut(PostTerms<'_>),
) -> tantivy::Result<()> {
    let mut stems: Vec<Option<Stem>> = Vec::new();
    for (at, (segment, documents)) in searcher.segment_readers().iter().zip(&matching.segments).enumerate() {
        let Some(mut reader) = Reader::new(vocabulary, at, segment)? else { continue };
        let ties = segment.fast_fields().u64("tie")?;
        let runs = segment.fast_fields().u64("run")?;
        let ordinal = SegmentOrdinal::try_from(at).unwrap_or(SegmentOrdinal::MAX);
        for document in documents {
            reader.read(*document);
            stems.clear();
            stems.extend(reader.values.iter().map(|number| {
                let stem = usize::try_from(*number).map_or(reader.part, |number| reader.numbers[number]);
                (stem != reader.part).then_some(stem)
            }));
            take(PostTerms {
                language: Language::ALL[reader.language(*document)],
                tie: ties.first(*document).unwrap_or(0),
                stems: &stems,
                arrived: arrived(&runs, *document).unwrap_or(0),
                place: Place(DocAddress::new(ordinal, *document)),
            });
        }
    }
    Ok(())
}

/// Counts, for each stem, the matching posts that have it.
pub(super) fn count_stems(
    searcher: &Searcher,
    vocabulary: &Vocabulary,
    matching: &Matching,
) -> tantivy::Result<Totals> {
    let mut totals = Totals::default();
    for (at, (segment, documents)) in searcher.segment_readers().iter().zip(&matching.segments).enumerate() {
        let Some(mut reader) = Reader::new(vocabulary, at, segment)? else { continue };
        for document in documents {
            let having = totals.count(reader.language(*document), vocabulary.len());
            reader.distinct(*document, |stem| having[stem as usize] += 1);
        }
    }
    Ok(totals)
}

/// Counts, for each two stems side by side of which both are wanted, the matching posts that have them.
pub(super) fn count_pairs(
    searcher: &Searcher,
    vocabulary: &Vocabulary,
    matching: &Matching,
    is_wanted: &[bool],
) -> tantivy::Result<FxHashMap<(Stem, Stem), u32>> {
    let mut counts: FxHashMap<(Stem, Stem), (u32, u32)> = FxHashMap::default();
    let mut number = 0_u32;
    for (at, (segment, documents)) in searcher.segment_readers().iter().zip(&matching.segments).enumerate() {
        let Some(mut reader) = Reader::new(vocabulary, at, segment)? else { continue };
        for document in documents {
            number += 1;
            reader.in_order(*document, |stem, before| {
                if let Some(before) = before
                    && is_wanted[stem as usize]
                    && is_wanted[before as usize]
                {
                    let (count, last) = counts.entry((before, stem)).or_default();
                    if *last != number {
                        *last = number;
                        *count += 1;
                    }
                }
            });
        }
    }
    Ok(counts.into_iter().map(|(pair, (count, _))| (pair, count)).collect())
}

/// Counts, for each of `pairs`, the posts of the whole index that have them: those that are no responses, then
/// responses.
pub(super) fn count_pairs_everywhere(
    searcher: &Searcher,
    vocabulary: &Vocabulary,
    pairs: &[(Stem, Stem)],
) -> tantivy::Result<Vec<[u64; 2]>> {
    // By the rarer stem of each pair: only the posts that have it are looked at, found by the inverted index.
    let (_, fields) = super::record::Fields::schema();
    let total = |stem| vocabulary.totals.iter().map(|totals| totals.of_all(stem)).sum::<u64>();
    let mut by_rarer: FxHashMap<Stem, Vec<usize>> = FxHashMap::default();
    for (at, (first, second)) in pairs.iter().enumerate() {
        let rarer = if total(*first) <= total(*second) { *first } else { *second };
        by_rarer.entry(rarer).or_default().push(at);
    }
    let mut counts = vec![[0, 0]; pairs.len()];
    for (at, segment) in searcher.segment_readers().iter().enumerate() {
        let Some(mut reader) = Reader::new(vocabulary, at, segment)? else { continue };
        let inverted = segment.inverted_index(fields.stems)?;
        for (rarer, wanted) in &by_rarer {
            // In the segment's own numbers, the posts' values need not be looked up one by one.
            let Some(rarer_here) = reader.number_here(*rarer) else { continue };
            let wanted: Vec<(usize, u64, u64)> = wanted
                .iter()
                .filter_map(|at| {
                    let (first, second) = pairs[*at];
                    Some((*at, reader.number_here(first)?, reader.number_here(second)?))
                })
                .collect();
            let term = tantivy::Term::from_field_text(fields.stems, vocabulary.text(*rarer));
            let postings = inverted.read_postings(&term, IndexRecordOption::Basic)?;
            let (Some(mut postings), false) = (postings, wanted.is_empty()) else { continue };
            let mut document = postings.doc();
            while document != TERMINATED {
                if !segment.is_deleted(document) {
                    reader.read(document);
                    if reader.values.contains(&rarer_here) {
                        for (at, first, second) in &wanted {
                            if reader.values.windows(2).any(|two| two[0] == *first && two[1] == *second) {
                                counts[*at][usize::from(reader.is_response(document))] += 1;
                            }
                        }
                    }
                }
                document = postings.advance();
            }
        }
    }
    Ok(counts)
}

/// Which matching posts have which of some phrases.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// For each phrase, how many matching posts have it.
    pub counts: Vec<u64>,
    /// For each phrase, some of the posts that have it: always the same ones, whatever order the index keeps them in.
    pub(super) some: Vec<Vec<DocAddress>>,
    /// Matching posts.
    posts: u64,
    /// For each post that has any, the numbers of its phrases in rising order, then [`END`].
    of_posts: Vec<u16>,
}

/// Ends the phrases of one post.
const END: u16 = u16::MAX;

impl Members {
    /// How many matching posts have none of the phrases for which `is_meant` says yes.
    #[must_use]
    pub fn without(&self, is_meant: &[bool]) -> u64 {
        let with = self.by_post().filter(|found| found.iter().any(|at| is_meant[usize::from(*at)])).count();
        self.posts - with as u64
    }

    /// How many posts each two phrases share.
    #[must_use]
    pub fn shared(&self) -> Shared {
        let phrases = self.counts.len();
        let mut posts = vec![0; phrases * phrases];
        for found in self.by_post() {
            for (number, one) in found.iter().enumerate() {
                for other in &found[..number] {
                    posts[usize::from(*one) * phrases + usize::from(*other)] += 1;
                }
            }
        }
        Shared { phrases, posts }
    }

    fn by_post(&self) -> impl Iterator<Item = &[u16]> {
        self.of_posts.split(|at| *at == END).filter(|found| !found.is_empty())
    }
}

/// How many posts each two of some phrases share.
#[derive(Debug, Clone)]
pub struct Shared {
    phrases: usize,
    posts: Vec<u32>,
}

impl Shared {
    /// Posts that have both of two phrases.
    #[must_use]
    pub fn posts(&self, one: usize, other: usize) -> u64 {
        u64::from(self.posts[one.max(other) * self.phrases + one.min(other)])
    }
}

/// Finds which of the matching posts have which of `phrases`, fewer than 65,535, and `keep` posts for each.
pub(super) fn members(
    searcher: &Searcher,
    vocabulary: &Vocabulary,
    matching: &Matching,
    phrases: &[StemPair],
    keep: usize,
) -> tantivy::Result<Members> {
    let mut by_stem: FxHashMap<Stem, Vec<u16>> = FxHashMap::default();
    let mut is_wanted = vec![false; vocabulary.len()];
    for (at, (first, second)) in (0..END).zip(phrases) {
        let last = second.unwrap_or(*first);
        by_stem.entry(last).or_default().push(at);
        is_wanted[last as usize] = true;
    }
    let mut counts = vec![0; phrases.len()];
    let mut some: Vec<BinaryHeap<(u64, DocAddress)>> = vec![BinaryHeap::new(); phrases.len()];
    let mut of_posts = Vec::new();
    let mut found: Vec<u16> = Vec::new();
    for (at, (segment, documents)) in searcher.segment_readers().iter().zip(&matching.segments).enumerate() {
        let Some(mut reader) = Reader::new(vocabulary, at, segment)? else { continue };
        let tie = segment.fast_fields().u64("tie")?;
        let ordinal = SegmentOrdinal::try_from(at).unwrap_or(SegmentOrdinal::MAX);
        for document in documents {
            found.clear();
            reader.in_order(*document, |stem, before| {
                if is_wanted[stem as usize]
                    && let Some(wanted) = by_stem.get(&stem)
                {
                    found.extend(wanted.iter().filter(|at| match phrases[usize::from(**at)] {
                        (_, None) => true,
                        (first, Some(_)) => before == Some(first),
                    }));
                }
            });
            if found.is_empty() {
                continue;
            }
            found.sort_unstable();
            found.dedup();
            of_posts.extend_from_slice(&found);
            of_posts.push(END);
            let tie = tie.first(*document).unwrap_or(0);
            for at in found.iter().map(|at| usize::from(*at)) {
                counts[at] += 1;
                let heap = &mut some[at];
                if heap.len() < keep || heap.peek().is_some_and(|(largest, _)| tie < *largest) {
                    heap.push((tie, DocAddress::new(ordinal, *document)));
                    if heap.len() > keep {
                        heap.pop();
                    }
                }
            }
        }
    }
    let some = some
        .into_iter()
        .map(|heap| heap.into_sorted_vec().into_iter().map(|(_, address)| address).collect())
        .collect();
    Ok(Members { counts, some, posts: matching.len(), of_posts })
}

/// Collects the posts that match.
pub(super) struct All;

pub(super) struct AllHere {
    documents: Vec<DocId>,
}

impl Collector for All {
    type Fruit = Matching;
    type Child = AllHere;

    fn for_segment(&self, _: SegmentOrdinal, _: &SegmentReader) -> tantivy::Result<AllHere> {
        Ok(AllHere { documents: Vec::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Vec<DocId>>) -> tantivy::Result<Matching> {
        Ok(Matching { segments })
    }
}

impl SegmentCollector for AllHere {
    type Fruit = Vec<DocId>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.documents.push(document);
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        self.documents.extend_from_slice(documents);
    }

    fn harvest(self) -> Vec<DocId> {
        self.documents
    }
}
