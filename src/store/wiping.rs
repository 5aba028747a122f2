//! Which parts of the index are written anew, since words of posts that were taken out or changed still stand in their files?
//!
//! Nobody finds such words, but a part that is otherwise left alone would keep them for ever. Small parts are written at once, and
//! large ones once they are a day old. It is the engine's own way to put parts together that does so: it knows which of them it
//! is working on already.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use tantivy::SegmentMeta;
use tantivy::indexer::{LogMergePolicy, MergeCandidate, MergePolicy};

/// Posts of a part that is written anew as soon as one of them is taken out: it costs a fraction of a second.
const AT_ONCE: u32 = 20_000;

/// After this long a larger part is written anew as well. A choice: the strictest of the sites wants what it deleted to be gone within a day.
const LATER: Duration = Duration::from_hours(24);

/// How parts are put together by who follows deletions.
#[derive(Debug, Clone)]
pub(super) struct Wiping {
    pub(super) otherwise: LogMergePolicy,
    /// Where the files are.
    pub(super) posts: PathBuf,
    /// The moment, since 1970; who writes says it.
    pub(super) now: Duration,
}

impl Wiping {
    /// Whether a part holds words of what went and is to be written anew.
    pub(super) fn is_due(&self, part: &SegmentMeta) -> bool {
        part.num_deleted_docs() > 0 && is_time(part.max_doc(), self.age(part))
    }

    fn age(&self, part: &SegmentMeta) -> Option<Duration> {
        let file = self.posts.join(format!("{}.store", part.id().uuid_string()));
        let written = std::fs::metadata(file).and_then(|file| file.modified()).ok()?;
        Some(self.now.saturating_sub(written.duration_since(UNIX_EPOCH).ok()?))
    }
}

impl MergePolicy for Wiping {
    fn compute_merge_candidates(&self, parts: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let mut found = self.otherwise.compute_merge_candidates(parts);
        for part in parts.iter().filter(|part| self.is_due(part)) {
            if !found.iter().any(|candidate| candidate.0.contains(&part.id())) {
                found.push(MergeCandidate(vec![part.id()]));
            }
        }
        found
    }
}

/// Whether a part of so many posts, of which some were taken out, is to be written anew.
fn is_time(posts: u32, age: Option<Duration>) -> bool {
    posts <= AT_ONCE || age.is_none_or(|age| age >= LATER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_parts_are_written_anew_at_once_and_large_ones_after_a_day() {
        let hours = |hours: u64| Some(Duration::from_hours(hours));
        for (posts, age, expect) in [
            (10, hours(0), true),
            (AT_ONCE, hours(0), true),
            (1_000_000, hours(1), false),
            (1_000_000, hours(25), true),
            (1_000_000, None, true),
        ] {
            assert_eq!(is_time(posts, age), expect, "{posts} {age:?}");
        }
    }
}
