//! What is read of the posts that answer a question before they are counted? One pass, whatever is counted of them then.

use jiff::tz::TimeZone;

use super::InsightError;
use super::problems::without_responses;
use crate::model::{Language, Per, Query};
use crate::store::{Mark, Place, Snapshot};

/// What is kept of a post while posts are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) second: Option<i64>,
    /// What counts once: a case or an author. `None` counts for itself.
    pub(super) unit: Option<u64>,
    pub(super) language: Language,
    pub(super) place: Place,
    /// Where its brands stand in [`SeenPosts::numbers`].
    brands: (u32, u32),
}

/// The posts that answer a question, without responses of brands unless it names kinds.
#[derive(Debug, Default)]
pub(super) struct SeenPosts {
    pub(super) posts: Vec<Seen>,
    /// The ids of all brands, by their numbers.
    pub(super) brands: Vec<String>,
    numbers: Vec<u32>,
}

impl SeenPosts {
    /// Reads them, in the order of the index.
    ///
    /// # Errors
    /// [`InsightError`], whose variants say what to do.
    pub(super) fn read(
        snapshot: &Snapshot,
        query: &Query,
        time_zone: &TimeZone,
        per: Per,
    ) -> Result<Self, InsightError> {
        let matching = snapshot.matching(&without_responses(query.clone()), time_zone)?;
        let mut seen = Self::default();
        seen.posts.reserve(usize::try_from(matching.len()).unwrap_or(0));
        let Self { posts, numbers, .. } = &mut seen;
        let brands = snapshot.read_marks(&matching, |mark| {
            let start = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            numbers.extend_from_slice(mark.brands);
            posts.push(Seen {
                second: mark.second,
                unit: unit(&mark, per),
                language: mark.language,
                place: mark.place,
                brands: (start, u32::try_from(numbers.len()).unwrap_or(u32::MAX)),
            });
        })?;
        Ok(Self { brands, ..seen })
    }

    /// The numbers of the brands that a post is about, each once.
    pub(super) fn brands_of(&self, post: &Seen) -> &[u32] {
        &self.numbers[post.brands.0 as usize..post.brands.1 as usize]
    }
}

/// What counts once; `None` counts for itself.
fn unit(mark: &Mark<'_>, per: Per) -> Option<u64> {
    match per {
        Per::Post => None,
        Per::Case => Some(mark.case),
        Per::Author => mark.author,
    }
}

#[cfg(test)]
impl SeenPosts {
    /// Posts about some of `brands`, by their numbers, each with its unit and language; its second is its place.
    pub(super) fn made(brands: &[&str], made: &[(Option<u64>, Language, Vec<u32>)]) -> Self {
        let mut seen = Self { brands: brands.iter().map(ToString::to_string).collect(), ..Self::default() };
        for (second, (unit, language, about)) in (0..).zip(made) {
            let start = u32::try_from(seen.numbers.len()).unwrap();
            seen.numbers.extend(about);
            let end = u32::try_from(seen.numbers.len()).unwrap();
            seen.posts.push(Seen {
                second: Some(second),
                unit: *unit,
                language: *language,
                place: Place::somewhere(),
                brands: (start, end),
            });
        }
        seen
    }
}
