//! Which customer of a competitor is let down by something that we solve, and still waits? A list for a person, who
//! decides and writes; nothing is ever sent from here.
//!
//! Fit, freshness, severity and reach stay four values, compared in this order and never added up: whoever reads the list
//! must see why one stands above another. A post that only vents asks for nothing, and one whose writer thanked is
//! helped: neither is a prospect, however well its problem fits. Nor is who passes another's words on, has something to offer, or left
//! long ago.

mod solved;

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::{
    Answered, Aspect, Bound, BrandId, CaseId, Condition, Fate, Flag, Intent, Kind, Post, Query, Range, Role,
    Says, Severity, Signal, Wait,
};
use crate::store::{Market, Record, Snapshot, StoreError};
use crate::text::{invites, is_of_long_ago, left_long_ago};

use solved::Solved;

/// Most posts that are looked at; more than any person could answer.
const MAX_CANDIDATES: usize = 50_000;

/// Feeling above which somebody who leaves is not let down.
const GLAD: f64 = 0.2;

/// Words before and after those by which somebody leaves, among which stands when that was.
const WHEN: (usize, usize) = (3, 5);

/// What stands before words of another that are passed on.
const PASSED_ON: &str = "RT @";

/// What is asked of prospects.
#[derive(Debug, Clone)]
pub struct ProspectsAsked {
    /// Among which posts.
    pub query: Query,
    /// Whose days the question means.
    pub time_zone: TimeZone,
    /// An answer after this is late.
    pub late: Wait,
    /// Posts that are older than this, when posts were last known, are stale.
    pub stale: Wait,
    /// How many at most.
    pub limit: usize,
}

/// A list for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospects {
    /// All there are, shown or not.
    pub total: usize,
    /// The first first.
    pub prospects: Vec<Prospect>,
    /// The question that found what was looked at: complaints that ask for something, and were not answered in time.
    pub query: Query,
    /// Posts that it found, whether they are about something that we solve or not.
    pub candidates: usize,
}

/// A post whose writer we could help.
#[derive(Debug, Clone, PartialEq)]
pub struct Prospect {
    /// The post.
    pub record: Record,
    /// How it fares on the response clock; `None` if it is not on it.
    pub fate: Option<Fate>,
    /// The competitor that lets its writer down.
    pub brand: BrandId,
    /// What we solve of it, as the watchlist says it.
    pub solves: String,
    /// How well it fits.
    pub fit: Fit,
    /// How fresh it is.
    pub freshness: Freshness,
    /// Seconds from the post to when posts were last known: to the newest, or to when a source was read last.
    pub age: u32,
    /// Its thread, the oldest post first.
    pub thread: Vec<Record>,
    /// What other people wrote in the same words and have open as well, one post for each.
    pub others: Vec<Post>,
    /// Why it stands here, in words.
    pub why: Vec<String>,
}

/// How well a prospect fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fit {
    /// Asks for help with something like what we solve.
    Fair,
    /// Asks for help with what we solve, or wants to leave over something like it.
    Good,
    /// Wants to leave over what we solve.
    Strong,
}

/// How fresh a prospect is: steps, so that minutes do not outweigh how bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// Older than a week.
    Older,
    /// Within a week.
    Week,
    /// Within three days.
    Days,
    /// Within a day.
    Today,
}

impl Fit {
    /// The fit as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Good => "good",
            Self::Strong => "strong",
        }
    }
}

impl Freshness {
    fn of(age: u32) -> Self {
        match age {
            age if age <= Wait::hours(24).0 => Self::Today,
            age if age <= Wait::hours(72).0 => Self::Days,
            age if age <= Wait::hours(168).0 => Self::Week,
            _ => Self::Older,
        }
    }

    /// The freshness as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Older => "older",
            Self::Week => "week",
            Self::Days => "days",
            Self::Today => "today",
        }
    }
}

/// Finds whom we could help.
pub fn prospects(snapshot: &Snapshot, asked: &ProspectsAsked) -> Result<Prospects, StoreError> {
    let market = snapshot.market();
    let until = snapshot.known_until()?;
    let query = asked.query.clone().and(let_down(asked.late)).and(fresh(until, asked.stale));
    let mut problems = Solved::new(&market.solves);
    let mut found: Vec<Prospect> = Vec::new();
    let mut candidates = 0;
    snapshot.scan_fates(&query, &asked.time_zone, |record, fate| {
        candidates += 1;
        if let Some(prospect) = prospect(record, fate, market, &mut problems, until) {
            found.push(prospect);
        }
        candidates < MAX_CANDIDATES
    })?;
    found.sort_by(|one, other| {
        order(other).cmp(&order(one)).then_with(|| one.record.post.id.cmp(&other.record.post.id))
    });
    // One person is one prospect, by the first post that is still open; and so is one text that many repeat, which tells of them.
    let (mut people, mut cases) = (BTreeSet::new(), BTreeMap::<CaseId, usize>::new());
    let mut kept: Vec<Prospect> = Vec::new();
    for mut prospect in found {
        let post = &prospect.record.post;
        let person = post.author.as_ref().map(|author| (post.source.clone(), author.handle.to_lowercase()));
        if person.as_ref().is_some_and(|person| people.contains(person)) {
            continue;
        }
        prospect.thread = snapshot.below(&post.id)?;
        if is_satisfied(&prospect) {
            continue;
        }
        let is_anyone = person.is_some();
        people.extend(person);
        match cases.entry(prospect.record.case) {
            // Without a name it may be the same person again.
            Entry::Occupied(first) if is_anyone => kept[*first.get()].others.push(prospect.record.post),
            Entry::Occupied(_) => {}
            Entry::Vacant(free) => {
                free.insert(kept.len());
                kept.push(prospect);
            }
        }
    }
    let total = kept.len();
    kept.truncate(asked.limit);
    for prospect in &mut kept {
        prospect.why = why(prospect, market);
    }
    Ok(Prospects { total, prospects: kept, query, candidates })
}

/// Posts that are not stale.
fn fresh(until: Option<i64>, stale: Wait) -> Query {
    let first = until.and_then(|until| Timestamp::from_second(until - i64::from(stale.0)).ok());
    first.map_or(Query::All, |first| {
        Query::Where(Condition::Created(Range::new(Some(Bound::Moment(first)), None)))
    })
}

/// Complaints about a competitor that ask for something, not answered or answered late. Who asks for another provider, or
/// leaves, or asks how, complains of the one they have, whatever their words.
fn let_down(late: Wait) -> Query {
    let intent = |intent: Intent| Query::Where(Condition::Intent(intent));
    let helpless = Query::Where(Condition::Complaint(true)).and(intent(Intent::AskingForHelp));
    // One who says it happily has gone already, and is glad.
    let leaving = Query::Or(vec![
        intent(Intent::AskingForAlternative),
        intent(Intent::AnnouncingSwitch),
        Query::Where(Condition::Signal(Some(Signal::ThreatToLeave))),
    ])
    .and(Query::Where(Condition::Sentiment(Range::new(None, Some(GLAD)))));
    let not = |query: Query| Query::Not(Box::new(query));
    let open = Query::Or(vec![
        Query::Where(Condition::Answered(Some(Answered::No))),
        Query::Where(Condition::Response(Range {
            from: Some(late),
            to: None,
            is_from_out: true,
            is_to_out: false,
        })),
        // Where no answers can be seen nobody knows, and a person can look.
        not(Query::Where(Condition::Answered(None))),
    ]);
    let of_its_own = Query::Or(vec![
        Query::Where(Condition::Kind(Kind::Post)),
        Query::Where(Condition::Kind(Kind::Review)),
    ]);
    Query::And(vec![
        Query::Where(Condition::Is(Flag::Competitor)),
        of_its_own,
        Query::Or(vec![helpless, leaving]),
        open,
    ])
}

fn prospect(
    record: Record,
    fate: Option<Fate>,
    market: &Market,
    problems: &mut Solved<'_>,
    until: Option<i64>,
) -> Option<Prospect> {
    if is_anothers(&record) || is_offer(&record) || has_long_left(&record) {
        return None;
    }
    let role = |id: &BrandId| market.brand(id).and_then(|brand| brand.role.as_deref());
    let is_competitor = |id: &BrandId| role(id) == Some(Role::Competitor.as_str());
    let judgement = &record.judgement;
    let brand = match (&judgement.target, &judgement.switch.from) {
        (Some(target), _) => Some(target).filter(|id| is_competitor(id))?,
        (None, Some(from)) => Some(from).filter(|id| is_competitor(id))?,
        // About one of ours as well: nothing says which of them lets the writer down.
        (None, None) if record.brands.iter().any(|id| role(id) == Some(Role::Own.as_str())) => return None,
        (None, None) => record.directed.iter().chain(&record.brands).find(|id| is_competitor(id))?,
    }
    .clone();
    // Who comes to a brand is not let down by it.
    if judgement.switch.to.as_ref() == Some(&brand) {
        return None;
    }
    let second = record.post.created?.as_second();
    let age = u32::try_from(until? - second).unwrap_or(0);
    let (solves, is_whole) = problems.of(&record)?;
    let wants_away = matches!(judgement.intent, Intent::AskingForAlternative | Intent::AnnouncingSwitch)
        || judgement.signals.contains(&Signal::ThreatToLeave);
    let fit = match (wants_away, is_whole) {
        (true, true) => Fit::Strong,
        (true, false) | (false, true) => Fit::Good,
        (false, false) => Fit::Fair,
    };
    let freshness = Freshness::of(age);
    let (thread, others, why) = Default::default();
    Some(Prospect { record, fate, brand, solves, fit, freshness, age, thread, others, why })
}

/// Whether a post passes another's words on: it is the other who waits.
fn is_anothers(record: &Record) -> bool {
    record.post.text.trim_start().starts_with(PASSED_ON)
}

/// Whether a post asks what a seller asks, and then invites: it has another provider to offer.
fn is_offer(record: &Record) -> bool {
    record.post.title.iter().chain([&record.post.text]).any(|text| invites(text))
}

/// Whether the writer says, right beside the words of leaving or of a leaving that is past, that it was long ago.
fn has_long_left(record: &Record) -> bool {
    let (post, judgement) = (&record.post, &record.judgement);
    let Some(created) = post.created.filter(|_| judgement.intent == Intent::AnnouncingSwitch) else {
        return false;
    };
    let year = created.to_zoned(TimeZone::UTC).year();
    let mut leaving = judgement.evidence.iter().filter(|evidence| evidence.of == Aspect::Intent);
    // Who threatens to leave is still there.
    let is_past = !judgement.signals.contains(&Signal::ThreatToLeave);
    let mut texts = post.title.iter().chain([&post.text]);
    leaving.any(|words| {
        let text = if words.is_in_title { post.title.as_deref().unwrap_or_default() } else { &post.text };
        is_of_long_ago(around(text, words.start, words.end), year)
    }) || is_past && texts.any(|text| left_long_ago(text, record.language, year))
}

/// A part of a text with the words around it, within its sentence.
fn around(text: &str, start: usize, end: usize) -> &str {
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return "" };
    let is_end = |c: char| ".!?\n".contains(c);
    let first = before.rfind(is_end).map_or(0, |at| at + 1);
    let last = after.find(is_end).unwrap_or(after.len());
    // A word begins behind a space.
    let spaces = |part: &str| part.match_indices(' ').map(|(at, _)| at).collect::<Vec<_>>();
    let left = spaces(before[first..].trim_end());
    let from = left.len().checked_sub(WHEN.0).map_or(first, |at| first + left[at]);
    let to = end + spaces(&after[..last]).get(WHEN.1).copied().unwrap_or(last);
    &text[from..to]
}

/// Whether the writer said later that all is well.
fn is_satisfied(prospect: &Prospect) -> bool {
    let post = &prospect.record.post;
    prospect.thread.iter().any(|later| {
        later.post.author.is_some()
            && later.post.author.as_ref().map(|author| &author.handle)
                == post.author.as_ref().map(|author| &author.handle)
            && later.post.created > post.created
            && later.says.contains(&Says::Thanks)
            && !later.judgement.complaint.verdict
    })
}

/// What prospects are compared by, the largest first.
fn order(prospect: &Prospect) -> (Fit, Freshness, Option<Severity>, u64, std::cmp::Reverse<u32>) {
    let record = &prospect.record;
    let severity = record.judgement.severity.filter(|_| record.judgement.complaint.verdict);
    (
        prospect.fit,
        prospect.freshness,
        severity,
        record.post.reach.unwrap_or(0),
        std::cmp::Reverse(prospect.age),
    )
}

fn why(prospect: &Prospect, market: &Market) -> Vec<String> {
    let record = &prospect.record;
    let brand = market.name_of(prospect.brand.as_str());
    let name = |id: &BrandId| market.name_of(id.as_str()).to_owned();
    let wants = match record.judgement.intent {
        Intent::AskingForAlternative => format!("asks for an alternative to {brand}"),
        Intent::AnnouncingSwitch => match &record.judgement.switch.to {
            Some(to) => format!("leaves {brand} for {}", name(to)),
            None => format!("says to leave {brand}"),
        },
        Intent::Question => format!("asks how to leave {brand}"),
        _ => format!("asks {brand} for help"),
    };
    let fits = if prospect.fit == Fit::Fair { "close to" } else { "about" };
    let mut why = vec![wants, format!("{fits} “{}”, which we solve", prospect.solves)];
    why.push(match &prospect.fate {
        None => format!("whether {brand} answered cannot be seen at {}", record.post.source),
        Some(Fate { answered: Answered::No, waiting: Some(waited), .. }) => {
            format!("no answer for {}", Wait::spoken(f64::from(waited.0)))
        }
        Some(Fate { answered: Answered::No, .. }) => "no answer".to_owned(),
        Some(Fate { response: Some(wait), responder, .. }) => {
            let who = responder.as_ref().map_or_else(|| brand.to_owned(), name);
            format!("{who} answered after {}", Wait::spoken(f64::from(wait.0)))
        }
        Some(_) => "answered, nobody knows when".to_owned(),
    });
    // What waits has waited since it was written.
    if prospect.fate.as_ref().is_none_or(|fate| fate.answered != Answered::No) {
        why.push(format!("written {} before the last that is known", Wait::spoken(f64::from(prospect.age))));
    }
    if record.judgement.complaint.verdict
        && let Some(severity) = record.judgement.severity
    {
        why.push(
            match severity {
                Severity::NoExplicitReproach => "reproaches nobody",
                Severity::Disapproval => "is displeased",
                Severity::Accusation => "says who did it",
                Severity::Blame => "blames openly",
            }
            .to_owned(),
        );
    }
    if let Some(reach) = record.post.reach.filter(|reach| *reach > 0) {
        why.push(format!("may reach {reach} people"));
    }
    match prospect.others.len() {
        0 => {}
        1 => why.push("another wrote the same".to_owned()),
        others => why.push(format!("{others} others wrote the same")),
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_better_stands_first() {
        assert!(Fit::Strong > Fit::Good && Fit::Good > Fit::Fair);
        for (hours, expect) in [
            (0, Freshness::Today),
            (24, Freshness::Today),
            (25, Freshness::Days),
            (100, Freshness::Week),
            (500, Freshness::Older),
        ] {
            assert_eq!(Freshness::of(Wait::hours(hours).0), expect);
        }
    }
}
