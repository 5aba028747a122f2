//! From when on was something collected, and where is a missing count not a zero?
//!
//! All is decided by what came before, so that a count is judged the same whatever follows it.

use std::collections::BTreeMap;

use crate::store::Moment;

/// Posts that a run of empty buckets would usually have, from which on it is a gap, as in `trends.rs`.
const USUAL: u64 = 10;

/// Times before by which the usual number is judged.
const TIMES: usize = 7;

/// How far back those are looked for, in times.
const FARTHEST: usize = 28;

/// Posts a day below which they may come although nothing is collected: other posts name a brand, too.
const CHANCE: f64 = 5.0;

/// Posts of one bucket below which no collection begins: a few may be news.
const MANY: u64 = 10;

/// The growth that no news brings about within a bucket, as a multiple.
const TIMES_AS_MANY: f64 = 100.0;

const DAY: i64 = 86_400;

/// Tells for each bucket of all that was collected whether its being empty is a gap: before the first post, and where
/// so many posts came at the same time of earlier days that chance does not explain the run without any.
///
/// `day` is how many buckets a day has.
pub(super) fn gaps(collected: &[u64], day: usize) -> Vec<bool> {
    let first = collected.iter().position(|count| *count > 0).unwrap_or(collected.len());
    let mut is_gap = vec![false; collected.len()];
    is_gap[..first].fill(true);
    let mut at = first;
    while at < collected.len() {
        let run = collected[at..].iter().take_while(|count| **count == 0).count();
        let missed: u64 = (at..at + run).map(|place| usual_before(collected, &is_gap, place, day)).sum();
        if missed >= USUAL {
            is_gap[at..at + run].fill(true);
        }
        at += run.max(1);
    }
    is_gap
}

/// Tells for each bucket of all that was collected whether collection begins there: so few posts came before that they
/// came by chance, in the wake of others, and a hundred times as many now. `day` is how many buckets a day has.
pub(in crate::insight) fn begins(collected: &[u64], day: usize) -> Vec<usize> {
    let mut begins: Vec<usize> = collected.iter().position(|count| *count > 0).into_iter().collect();
    let Some(mut first) = begins.first().copied() else { return begins };
    for at in first + 1..collected.len() {
        let from = first.max(at.saturating_sub(FARTHEST * day));
        let days = ((at - from) as f64 / day as f64).max(1.0);
        let before = collected[from..at].iter().sum::<u64>() as f64 / days;
        let now = collected[at] as f64 * day as f64;
        if before < CHANCE && collected[at] >= MANY && now >= TIMES_AS_MANY * before.max(1.0) {
            begins.push(at);
            first = at;
        }
    }
    begins
}

/// The median of the last few buckets at the same time of day in which something was collected.
fn usual_before(collected: &[u64], is_gap: &[bool], at: usize, day: usize) -> u64 {
    let mut before: Vec<u64> = (1..=FARTHEST)
        .map_while(|back| at.checked_sub(back * day))
        .filter(|place| !is_gap[*place])
        .take(TIMES)
        .map(|place| collected[place])
        .collect();
    before.sort_unstable();
    // Of an even number the lower one: not to call a gap what may be none.
    before.len().checked_sub(1).map_or(0, |last| before[last / 2])
}

/// Those of some brands or sources whose collection began later than that of all: had they been collected before, as
/// they were in the week after, posts would have come. Their first posts are no spike of the whole.
pub(super) fn late(parts: &BTreeMap<String, Vec<Moment>>, grace_days: usize) -> Vec<String> {
    let Some(beginning) =
        parts.values().filter_map(|moments| moments.first()).map(|moment| moment.second).min()
    else {
        return Vec::new();
    };
    let late: Vec<String> = parts
        .iter()
        .filter(|(_, moments)| is_late(moments, beginning, grace_days))
        .map(|(name, _)| name.clone())
        .collect();
    // Where all began later, what came before was there by chance, and the whole begins with them.
    if late.len() == parts.len() { Vec::new() } else { late }
}

fn is_late(moments: &[Moment], beginning: i64, grace_days: usize) -> bool {
    let day = |second: i64| usize::try_from((second - beginning) / DAY).unwrap_or(0);
    let Some(last) = moments.last() else { return false };
    let mut daily = vec![0_u64; day(last.second) + 1];
    for moment in moments {
        daily[day(moment.second)] += 1;
    }
    let Some(own) = begins(&daily, 1).last().copied().filter(|own| *own > grace_days) else { return false };
    // A collection younger than a week is judged by the days that it has.
    let mut week: Vec<u64> = daily[own..].iter().copied().take(TIMES).collect();
    week.sort_unstable();
    // Of a few a day nobody can say whether they began to be collected, and they lift nothing.
    week[week.len() / 2] >= MANY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_time_is_a_gap_where_posts_usually_came() {
        for (collected, day, expect) in [
            (vec![0, 0, 5, 0, 7, 0], 1, "##...."),
            // Interrupted in the middle of much.
            (vec![50, 60, 0, 70, 0, 0], 1, "..#.##"),
            // Nights are empty, and so are they today.
            (vec![9, 0, 9, 0, 9, 0, 9, 0], 2, "........"),
            // But not the days: the run has one, with the nights on either side.
            (vec![20, 0, 20, 0, 0, 0, 20, 0], 2, "...###.."),
        ] {
            let shown: String =
                gaps(&collected, day).iter().map(|gap| if *gap { '#' } else { '.' }).collect();
            assert_eq!(shown, expect, "{collected:?}");
        }
    }

    #[test]
    fn who_is_collected_later_is_late_and_who_is_rare_is_not() {
        let daily = |from: i64, count: i64| -> Vec<Moment> {
            (0..12 * count).map(|at| Moment { second: (from + at / 12) * DAY, case: 0, reach: 0 }).collect()
        };
        let parts = BTreeMap::from([
            ("always".to_owned(), daily(0, 40)),
            ("late".to_owned(), daily(20, 20)),
            ("rare".to_owned(), daily(33, 1)[..2].to_vec()),
        ]);
        assert_eq!(late(&parts, 2), ["late"]);
        // One alone, of which little came by chance before.
        let alone: Vec<Moment> = (0..9)
            .flat_map(|day| (0..if day < 5 { 1 } else { 300 }).map(move |_| day))
            .map(|day| Moment { second: day * DAY, case: 0, reach: 0 })
            .collect();
        assert!(late(&BTreeMap::from([("alone".to_owned(), alone)]), 2).is_empty());
    }

    #[test]
    fn a_collection_begins_where_a_hundred_times_as_many_come() {
        for (collected, day, expect) in [
            (vec![0, 0, 5, 0, 7, 0], 1, vec![2]),
            // One a day, in the wake of others.
            (vec![1, 1, 0, 1, 422, 575, 275], 1, vec![0, 4]),
            // What is known for much may have much more.
            (vec![20, 21, 19, 2500], 1, vec![0]),
            // A few at a brand of which one hardly reads are news.
            (vec![1, 1, 0, 1, 40], 1, vec![0]),
        ] {
            assert_eq!(begins(&collected, day), expect, "{collected:?}");
        }
    }
}
