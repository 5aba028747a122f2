//! What is known of each matching post beside its words? When, by whom, about which brands, and what says the same: for
//! counts that one matrix cannot hold.

use std::collections::BTreeSet;

use tantivy::columnar::{Column, StrColumn};
use tantivy::{DateTime, DocAddress, Searcher, SegmentOrdinal};

use super::terms::{Matching, Place};
use crate::model::Language;

/// What is known of one post.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Where it is kept.
    pub place: Place,
    /// When it was written, in seconds since 1970.
    pub second: Option<i64>,
    /// Posts with the same number say the same.
    pub case: u64,
    /// The account that wrote it.
    pub author: Option<u64>,
    /// The language it is written in.
    pub language: Language,
    /// The numbers of the brands that it is about, each once.
    pub brands: &'a [u32],
}

/// The ids of all brands that posts are about, in order: a brand's number is its place here.
pub(super) fn brands(searcher: &Searcher) -> tantivy::Result<Vec<String>> {
    let mut names = BTreeSet::new();
    for segment in searcher.segment_readers() {
        if let Some(column) = segment.fast_fields().str("brand")? {
            names.extend(dictionary(&column)?);
        }
    }
    Ok(names.into_iter().collect())
}

/// Hands what is known of each matching post to `take`; `brands` are those of [`brands`].
pub(super) fn read_marks(
    searcher: &Searcher,
    brands: &[String],
    matching: &Matching,
    mut take: impl FnMut(Mark<'_>),
) -> tantivy::Result<()> {
    let mut of_post: Vec<u32> = Vec::new();
    for (at, (segment, documents)) in searcher.segment_readers().iter().zip(&matching.segments).enumerate() {
        let columns = segment.fast_fields();
        let created: Column<DateTime> = columns.date("created")?;
        let case = columns.u64("case")?;
        let author: Option<Column<u64>> = columns.column_opt("author")?;
        let brand = columns.str("brand")?;
        let numbers: Vec<u32> = match &brand {
            None => Vec::new(),
            Some(column) => dictionary(column)?
                .iter()
                .map(|name| {
                    brands.binary_search(name).ok().and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
                })
                .collect(),
        };
        let language = columns.str("lang")?;
        let languages: Vec<Language> = match &language {
            None => Vec::new(),
            Some(column) => {
                dictionary(column)?.iter().map(|code| code.parse().unwrap_or(Language::Other)).collect()
            }
        };
        let ordinal = SegmentOrdinal::try_from(at).unwrap_or(SegmentOrdinal::MAX);
        for document in documents {
            of_post.clear();
            if let Some(column) = &brand {
                let here = column.ords().values_for_doc(*document);
                of_post.extend(here.filter_map(|number| numbers.get(usize::try_from(number).ok()?).copied()));
                of_post.sort_unstable();
                of_post.dedup();
            }
            take(Mark {
                place: Place(DocAddress::new(ordinal, *document)),
                second: created.first(*document).map(DateTime::into_timestamp_secs),
                case: case.first(*document).unwrap_or(0),
                author: author.as_ref().and_then(|column| column.first(*document)),
                language: language
                    .as_ref()
                    .and_then(|column| column.ords().first(*document))
                    .and_then(|number| languages.get(usize::try_from(number).ok()?).copied())
                    .unwrap_or(Language::Other),
                brands: &of_post,
            });
        }
    }
    Ok(())
}

fn dictionary(column: &StrColumn) -> tantivy::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        names.push(String::from_utf8_lossy(stream.key()).into_owned());
    }
    Ok(names)
}
