//! How do brands compare, problem by problem and in all, at equal size?

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::QuestionAnswer;
use super::ask::{Filters, Question};
use super::error::AskError;
use super::ledger::meant;
use super::parameters::Parameters;
use crate::insight::{
    Against, Standpoint, Tallies, TallyAsked, against_the_rest, mentions, ours_against_theirs, tally, wilson,
    without_responses,
};
use crate::model::{BrandId, Condition, Flag, Meaning, Per, ProblemId, Query, Role};
use crate::store::{Market, Store};

/// Brands of an answer, the most mentioned. All others are still part of "the rest".
pub const MAX_COMPARED: usize = 20;

/// Brand against brand on every problem of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct CompareAnswer {
    /// What was asked: complaints.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// Problems of the ledger that are neither hidden nor merged.
    pub known: usize,
    /// Where competitors together surely have a larger share than our brands together, the largest difference first. Null
    /// where the posts are not about both sides, or the watchlist does not say whose brands are whose.
    pub weak: Option<Vec<WeakAnswer>>,
    /// The brands, the most mentioned first, at most [`MAX_COMPARED`].
    pub brands: Vec<BrandCompared>,
    /// Brands that are not among them.
    pub more_brands: usize,
    /// The problems that any brand has, the largest first.
    pub problems: Vec<ProblemCompared>,
    /// Complaints without any problem of the ledger, in the order of `brands`, of 100 of the brand's complaints.
    pub unassigned: Vec<RateAnswer>,
}

/// So many, and the question that finds them.
#[derive(Debug, Clone, Serialize)]
pub struct RateAnswer {
    /// So many posts.
    pub count: u64,
    /// Of 100 or of 1,000, as the field says.
    pub share: f64,
    /// Lower end of the interval in which the true share lies in 95 of 100 cases (Wilson 1927).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The question that finds the counted posts.
    pub query: String,
}

/// A brand among the others.
#[derive(Debug, Clone, Serialize)]
pub struct BrandCompared {
    /// Its id.
    pub id: BrandId,
    /// For people.
    pub name: String,
    /// own or competitor; null of one that the watchlist does not know.
    pub role: Option<&'static str>,
    /// Share of voice: its mentions of 100 mentions of brands. A post about two counts for each.
    pub mentions: RateAnswer,
    /// Its complaints of 100 complaints about brands.
    pub complaints: RateAnswer,
    /// Its complaints of 1,000 of its mentions.
    pub per_1000_mentions: RateAnswer,
}

/// A problem at each brand.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemCompared {
    /// Lasts.
    pub id: ProblemId,
    /// What it is called.
    pub name: String,
    /// In the order of the answer's `brands`.
    pub brands: Vec<ProblemAtBrand>,
}

/// A problem at one brand.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemAtBrand {
    /// Which brand.
    pub id: BrandId,
    /// Of 100 of its complaints.
    #[serde(flatten)]
    pub of_100: RateAnswer,
    /// Of 1,000 of its mentions.
    pub per_1000_mentions: f64,
    /// Against the rest of the brands.
    #[serde(flatten)]
    pub against: AgainstAnswer,
}

/// A share against that of others.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AgainstAnswer {
    /// higher, lower, or same: no difference that chance does not explain.
    pub direction: &'static str,
    /// How likely such a difference is by chance: Fisher's exact test, above a thousand posts the two-proportion test.
    pub chance: f64,
    /// The same, corrected for looking at many (Benjamini and Hochberg 1995).
    pub corrected: f64,
}

/// A problem that competitors have and we have surely less.
#[derive(Debug, Clone, Serialize)]
pub struct WeakAnswer {
    /// Which problem.
    pub id: ProblemId,
    /// What it is called.
    pub name: String,
    /// Of 100 complaints about competitors.
    pub theirs: RateAnswer,
    /// Of 100 complaints about our brands.
    pub ours: RateAnswer,
    /// Ours against theirs.
    #[serde(flatten)]
    pub against: AgainstAnswer,
}

/// Compares the brands of the posts that answer a question.
///
/// # Errors
/// [`AskError`], which says what to change.
pub fn compare(store: &Store, filters: &Filters) -> Result<CompareAnswer, AskError> {
    let snapshot = store.snapshot()?;
    snapshot.check_ledger()?;
    let asked = complaints(filters)?;
    let Question { query, time_zone } = asked.question(&snapshot)?;
    let whatever = Filters { complaint: None, severity: None, intent: Vec::new(), ..asked };
    let all = whatever.question(&snapshot)?.query;
    let having = |query: &Query| {
        let asked = TallyAsked {
            query: query.clone(),
            time_zone: time_zone.clone(),
            meaning: Meaning::Complaint,
            per: Per::Post,
            interval: None,
            period_days: None,
        };
        tally(&snapshot, &asked)
    };
    let without_any = query.clone().and(Query::Not(Box::new(Query::Where(Condition::Problem(None)))));
    let brands = Brands {
        mentions: mentions(&snapshot, &all, &time_zone, Per::Post)?.1,
        unassigned: mentions(&snapshot, &without_any, &time_zone, Per::Post)?.1,
        tallies: having(&query)?,
        market: snapshot.market(),
    };
    let sides =
        [Flag::Own, Flag::Competitor].map(|side| query.clone().and(Query::Where(Condition::Is(side))));
    let name_of = |id: &ProblemId| snapshot.ledger().problem(id).map(|problem| problem.name().to_owned());
    let weak = if snapshot.market().on_side(Role::Own).next().is_some() {
        weak(&sides, [&having(&sides[0])?, &having(&sides[1])?], name_of)
    } else {
        None
    };
    let compared = brands.most_mentioned();
    Ok(CompareAnswer {
        known: snapshot.ledger().shown(Meaning::Complaint).count(),
        weak,
        more_brands: compared.len().saturating_sub(MAX_COMPARED),
        problems: brands.problems(&compared, &query, name_of),
        unassigned: (compared.iter().take(MAX_COMPARED))
            .map(|brand| {
                let count = brands.unassigned.get(brand.id).copied().unwrap_or(0);
                rate(100.0, count, brand.complaints, &about(&without_any, brand.id))
            })
            .collect(),
        brands: brands.in_all(&compared, &all, &query),
        question: QuestionAnswer::of(&query, snapshot.market()),
    })
}

/// Complaints are compared, and nothing else.
fn complaints(filters: &Filters) -> Result<Filters, AskError> {
    if let Some(said) = filters.complaint.as_deref().filter(|said| !["", "yes"].contains(said)) {
        return Err(AskError::value("complaint", said, "yes, as complaints are compared"));
    }
    let (meaning, asked) = meant(Filters { complaint: Some("yes".to_owned()), ..filters.clone() })?;
    if meaning != Meaning::Complaint {
        return Err(AskError::value(
            "kind",
            meaning.as_str(),
            "post, reply or review, as complaints are compared",
        ));
    }
    Ok(asked)
}

/// What was counted at each brand.
struct Brands<'a> {
    mentions: BTreeMap<BrandId, u64>,
    unassigned: BTreeMap<BrandId, u64>,
    tallies: Tallies,
    market: &'a Market,
}

/// A brand and its posts.
#[derive(Clone, Copy)]
struct Brand<'a> {
    id: &'a BrandId,
    mentions: u64,
    complaints: u64,
    /// Its place among the brands of the tallies; none if it has no complaints.
    at: Option<usize>,
}

impl Brands<'_> {
    fn most_mentioned(&self) -> Vec<Brand<'_>> {
        let mut brands: Vec<Brand<'_>> = self
            .mentions
            .iter()
            .map(|(id, mentions)| {
                let at = self.tallies.brands.iter().position(|(known, _)| known == id);
                let complaints = at.map_or(0, |at| self.tallies.brands[at].1);
                Brand { id, mentions: *mentions, complaints, at }
            })
            .collect();
        brands.sort_by(|a, b| b.mentions.cmp(&a.mentions).then_with(|| a.id.cmp(b.id)));
        brands
    }

    fn in_all(&self, compared: &[Brand<'_>], all: &Query, query: &Query) -> Vec<BrandCompared> {
        let mentions = compared.iter().map(|brand| brand.mentions).sum();
        let complaints = compared.iter().map(|brand| brand.complaints).sum();
        let role = |id: &BrandId| {
            [Role::Own, Role::Competitor]
                .into_iter()
                .find(|side| self.market.on_side(*side).any(|known| known == id))
        };
        let one = |brand: &Brand<'_>| {
            let (voice, suffering) = (about(all, brand.id), about(query, brand.id));
            BrandCompared {
                id: brand.id.clone(),
                name: self.market.name_of(brand.id.as_str()).to_owned(),
                role: role(brand.id).map(Role::as_str),
                mentions: rate(100.0, brand.mentions, mentions, &voice),
                complaints: rate(100.0, brand.complaints, complaints, &suffering),
                per_1000_mentions: rate(1000.0, brand.complaints, brand.mentions, &suffering),
            }
        };
        compared.iter().take(MAX_COMPARED).map(one).collect()
    }

    fn problems(
        &self,
        compared: &[Brand<'_>],
        query: &Query,
        name_of: impl Fn(&ProblemId) -> Option<String>,
    ) -> Vec<ProblemCompared> {
        let posts: Vec<u64> = compared.iter().map(|brand| brand.complaints).collect();
        let found: Vec<(&ProblemId, Vec<u64>)> = self
            .tallies
            .problems
            .iter()
            .map(|tally| {
                let count = |brand: &Brand<'_>| brand.at.map_or(0, |at| tally.brands[at]);
                (&tally.id, compared.iter().map(count).collect())
            })
            .filter(|(_, counts): &(_, Vec<u64>)| counts.iter().any(|count| *count > 0))
            .collect();
        let counts: Vec<&[u64]> = found.iter().map(|(_, counts)| counts.as_slice()).collect();
        let judged = against_the_rest(&posts, &counts);
        let one = |((id, counts), against): (&(&ProblemId, Vec<u64>), Vec<Against>)| {
            let having = query.clone().and(Query::Where(Condition::Problem(Some((*id).clone()))));
            let cells = compared.iter().zip(counts).zip(&against).take(MAX_COMPARED);
            let cell = |((brand, count), against): ((&Brand<'_>, &u64), &Against)| ProblemAtBrand {
                id: brand.id.clone(),
                of_100: rate(100.0, *count, brand.complaints, &about(&having, brand.id)),
                per_1000_mentions: share(1000.0, *count, brand.mentions),
                against: AgainstAnswer::of(against),
            };
            Some(ProblemCompared { id: (*id).clone(), name: name_of(id)?, brands: cells.map(cell).collect() })
        };
        found.iter().zip(judged).filter_map(one).collect()
    }
}

/// Where they are weak and we are not: of our posts and of theirs.
fn weak(
    queries: &[Query; 2],
    [ours, theirs]: [&Tallies; 2],
    name_of: impl Fn(&ProblemId) -> Option<String>,
) -> Option<Vec<WeakAnswer>> {
    if ours.posts == 0 || theirs.posts == 0 {
        return None;
    }
    let of_us: BTreeMap<&ProblemId, u64> =
        ours.problems.iter().map(|tally| (&tally.id, tally.count)).collect();
    let counts: Vec<(&ProblemId, u64, u64)> = theirs
        .problems
        .iter()
        .map(|tally| (&tally.id, of_us.get(&tally.id).copied().unwrap_or(0), tally.count))
        .collect();
    let own: Vec<u64> = counts.iter().map(|(_, own, _)| *own).collect();
    let their: Vec<u64> = counts.iter().map(|(_, _, their)| *their).collect();
    let judged = ours_against_theirs((ours.posts, &own), (theirs.posts, &their));
    let mut weak: Vec<WeakAnswer> = counts
        .into_iter()
        .zip(judged)
        .filter(|(_, against)| against.standing == Standpoint::Lower)
        .filter_map(|((id, own, their), against)| {
            let having = Query::Where(Condition::Problem(Some(id.clone())));
            let [of_us, of_them] =
                [&queries[0], &queries[1]].map(|query| without_responses(query.clone().and(having.clone())));
            Some(WeakAnswer {
                id: id.clone(),
                name: name_of(id)?,
                theirs: rate(100.0, their, theirs.posts, &of_them),
                ours: rate(100.0, own, ours.posts, &of_us),
                against: AgainstAnswer::of(&against),
            })
        })
        .collect();
    let gap = |weak: &WeakAnswer| weak.theirs.share - weak.ours.share;
    weak.sort_by(|a, b| gap(b).total_cmp(&gap(a)).then_with(|| a.id.cmp(&b.id)));
    Some(weak)
}

/// The posts of a question about one brand.
fn about(query: &Query, id: &BrandId) -> Query {
    without_responses(query.clone()).and(Query::Where(Condition::Brand(id.to_string())))
}

fn share(size: f64, count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 * size }
}

fn rate(size: f64, count: u64, of: u64, query: &Query) -> RateAnswer {
    let (low, high) = wilson(count, of);
    RateAnswer {
        count,
        share: share(size, count, of),
        low: low * size,
        high: high * size,
        query: query.to_string(),
    }
}

impl AgainstAnswer {
    fn of(against: &Against) -> Self {
        let Against { chance, corrected, standing } = *against;
        Self { direction: standing.as_str(), chance, corrected }
    }
}

/// Reads what an address asks to compare.
pub(super) fn wanted(query: Option<&str>) -> Result<Filters, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    parameters.end(&[])?;
    Ok(filters)
}
