//! How do brands compare, problem by problem and in all, at equal size?
//!
//! Brands that are asked for are the ones that are compared: two or more with one another, one with all others. Each is set
//! against the posts that are about the others and not about it, so that no post stands on both sides.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::QuestionAnswer;
use super::ask::{Filters, Question};
use super::error::AskError;
use super::ledger::meant;
use super::parameters::Parameters;
use crate::insight::{
    Against, Part, Standpoint, Tallies, TallyAsked, against, mentions, tally, wilson, without_responses,
};
use crate::model::{BrandId, Condition, Flag, Meaning, Per, ProblemId, Query, Role};
use crate::store::{Market, Snapshot, Store};

/// Brands of an answer: ours, then the most mentioned. All others are still part of "the others".
pub const MAX_COMPARED: usize = 20;

/// Brand against brand on every problem of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct CompareAnswer {
    /// What was asked: complaints, unless it says otherwise.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// complaint, praise, question or any.
    pub meaning: &'static str,
    /// What the posts are and shares are of, in one word: complaints, questions or posts.
    pub of: &'static str,
    /// Posts of the question, without responses of brands; those about no brand are on no side.
    pub posts: u64,
    /// The question that finds them.
    pub posts_query: String,
    /// Problems of the ledger that are neither hidden nor merged.
    pub known: usize,
    /// Where competitors together surely have a larger share than our brands together, the largest difference first. Null
    /// where the posts are not about both sides, or the watchlist does not say whose brands are whose.
    pub weak: Option<Vec<WeakAnswer>>,
    /// The brands: ours, then the most mentioned, at most [`MAX_COMPARED`].
    pub brands: Vec<BrandCompared>,
    /// Brands with which these are compared and which are not among them.
    pub more_brands: usize,
    /// The problems that any of the brands has, the largest first.
    pub problems: Vec<ProblemCompared>,
    /// Posts without any problem of the ledger, in the order of `brands`, of 100 of the brand's.
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
    /// Share of voice: its posts whatever their writers mean, of 100 of all brands'. A post about two counts for each.
    pub mentions: RateAnswer,
    /// Its posts of 100 posts of the question about the brands.
    pub posts: RateAnswer,
    /// Its posts of 1,000 of its mentions.
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
    /// Of 100 of its posts of the question.
    #[serde(flatten)]
    pub of_100: RateAnswer,
    /// Of 1,000 of its mentions.
    pub per_1000_mentions: f64,
    /// Of 100 posts that are about the other brands and not about it.
    pub others_share: f64,
    /// Against these.
    #[serde(flatten)]
    pub against: AgainstAnswer,
}

/// A share against that of others.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AgainstAnswer {
    /// higher or lower, where chance does not explain the difference; alike, where it does and neither is twice the other;
    /// unsure, where there are too few posts to tell.
    pub direction: &'static str,
    /// How likely such a difference is by chance: Fisher's exact test, of large counts the two-proportion test.
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
    /// Of 100 posts about competitors.
    pub theirs: RateAnswer,
    /// Of 100 posts about our brands.
    pub ours: RateAnswer,
    /// The competitors of `brands` that surely have more of it than the others, the largest share first.
    pub most_at: Vec<BrandId>,
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
    let compared = Compared::new(&snapshot, filters)?;
    let problems = compared.problems();
    let posts = without_responses(compared.query.clone());
    Ok(CompareAnswer {
        posts: snapshot.count(&posts, &compared.question.time_zone)?,
        posts_query: posts.to_string(),
        meaning: compared.meaning.as_str(),
        of: compared.of,
        known: snapshot.ledger().shown(compared.meaning).count(),
        weak: compared.weak(&problems)?,
        brands: compared.brands(),
        more_brands: compared.brands.len() - compared.shown().len(),
        unassigned: compared.unassigned()?,
        problems,
        question: QuestionAnswer::of(&compared.query, snapshot.market()),
    })
}

/// Reads what an address asks to compare.
pub(super) fn wanted(query: Option<&str>) -> Result<Filters, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    parameters.end(&[])?;
    Ok(filters)
}

/// What was counted to compare brands.
struct Compared<'a> {
    snapshot: &'a Snapshot,
    question: Question,
    /// About whatever brand, unless some were chosen.
    query: Query,
    /// The same whatever their writers mean.
    all: Query,
    /// Brands that were asked for; none is all.
    chosen: Vec<BrandId>,
    /// Brands that are compared, ours first.
    brands: Vec<Brand<'a>>,
    /// Of the complaints about these: one about two counts once.
    tallies: Tallies,
    meaning: Meaning,
    /// What the posts are, in one word.
    of: &'static str,
}

/// A brand and its posts.
struct Brand<'a> {
    id: BrandId,
    name: &'a str,
    role: Option<Role>,
    mentions: u64,
    posts: u64,
    /// Its place among the brands of the tallies; none if it has no posts.
    at: Option<usize>,
}

impl<'a> Compared<'a> {
    fn new(snapshot: &'a Snapshot, filters: &Filters) -> Result<Self, AskError> {
        let (meaning, asked) = meant(filters.clone())?;
        let of = match meaning {
            Meaning::Complaint if asked.complaint.as_deref() == Some("yes") => "complaints",
            Meaning::Question => "questions",
            _ => "posts",
        };
        // What cannot be understood of the brands is said before they are taken out.
        asked.question(snapshot)?;
        let market = snapshot.market();
        let chosen = chosen(market, &asked.brand);
        let asked = Filters { brand: Vec::new(), ..asked };
        let mut question = asked.question(snapshot)?;
        let whatever = Filters { complaint: None, severity: None, intent: Vec::new(), ..asked };
        let mut all = whatever.question(snapshot)?.query;
        if chosen.len() > 1 {
            question.query = question.query.and(any_of(&chosen));
            all = all.and(any_of(&chosen));
        }
        let mentions = mentions(snapshot, &all, &question.time_zone, Per::Post)?.1;
        let ids: Vec<BrandId> =
            if chosen.len() > 1 { chosen.clone() } else { mentions.keys().cloned().collect() };
        let tallies = counted(snapshot, &question, meaning, question.query.clone().and(any_of(&ids)))?;
        let mut brands: Vec<Brand<'a>> = ids
            .iter()
            .map(|id| {
                let at = tallies.brands.iter().position(|(known, _)| known == id);
                Brand {
                    id: id.clone(),
                    name: market.brand(id).map_or("", |brand| &brand.name),
                    role: role(market, id),
                    mentions: mentions.get(id).copied().unwrap_or(0),
                    posts: at.map_or(0, |at| tallies.brands[at].1),
                    at,
                }
            })
            .collect();
        let rank = |brand: &Brand<'_>| (brand.role != Some(Role::Own), u64::MAX - brand.mentions);
        brands.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id)));
        let query = question.query.clone();
        Ok(Self { snapshot, question, query, all, chosen, brands, tallies, meaning, of })
    }

    /// The brands of the answer.
    fn shown(&self) -> Vec<&Brand<'a>> {
        let is_chosen = |brand: &&Brand<'_>| self.chosen.is_empty() || self.chosen.contains(&brand.id);
        self.brands.iter().filter(is_chosen).take(MAX_COMPARED).collect()
    }

    fn brands(&self) -> Vec<BrandCompared> {
        let mentions = self.brands.iter().map(|brand| brand.mentions).sum();
        let posts = self.brands.iter().map(|brand| brand.posts).sum();
        let one = |brand: &Brand<'_>| {
            let (voice, meant) = (about(&self.all, &brand.id), about(&self.query, &brand.id));
            BrandCompared {
                id: brand.id.clone(),
                name: if brand.name.is_empty() { brand.id.to_string() } else { brand.name.to_owned() },
                role: brand.role.map(Role::as_str),
                mentions: rate(100.0, part(brand.mentions, mentions), &voice),
                posts: rate(100.0, part(brand.posts, posts), &meant),
                per_1000_mentions: rate(1000.0, part(brand.posts, brand.mentions), &meant),
            }
        };
        self.shown().into_iter().map(one).collect()
    }

    fn problems(&self) -> Vec<ProblemCompared> {
        let shown = self.shown();
        let found: Vec<_> = self.tallies.problems.iter().filter(|tally| tally.count > 0).collect();
        let pairs = found.iter().flat_map(|tally| {
            let whole = part(tally.count, self.tallies.posts);
            shown.iter().map(move |brand| {
                let own = part(brand.at.map_or(0, |at| tally.brands[at]), brand.posts);
                (own, own.rest(whole))
            })
        });
        let pairs: Vec<(Part, Part)> = pairs.collect();
        let judged = against(&pairs);
        let mut cells = pairs.iter().zip(&judged);
        let one = |tally: &&crate::insight::ProblemTally| {
            let having = self.query.clone().and(Query::Where(Condition::Problem(Some(tally.id.clone()))));
            let cell = |(brand, ((own, others), against)): (&&Brand<'_>, (&(Part, Part), &Against))| {
                ProblemAtBrand {
                    id: brand.id.clone(),
                    of_100: rate(100.0, *own, &about(&having, &brand.id)),
                    per_1000_mentions: 1000.0 * part(own.count, brand.mentions).share(),
                    others_share: 100.0 * others.share(),
                    against: AgainstAnswer::of(against),
                }
            };
            let brands = shown.iter().zip(cells.by_ref()).map(cell).collect();
            Some(ProblemCompared { id: tally.id.clone(), name: self.name_of(&tally.id)?, brands })
        };
        found.iter().filter_map(one).collect()
    }

    fn unassigned(&self) -> Result<Vec<RateAnswer>, AskError> {
        let none = Query::Not(Box::new(Query::Where(Condition::Problem(None))));
        let without = self.query.clone().and(none);
        let counts = mentions(self.snapshot, &without, &self.question.time_zone, Per::Post)?.1;
        let one = |brand: &Brand<'_>| {
            let count = counts.get(&brand.id).copied().unwrap_or(0);
            rate(100.0, part(count, brand.posts), &about(&without, &brand.id))
        };
        Ok(self.shown().into_iter().map(one).collect())
    }

    /// Where they are weak and we are not.
    fn weak(&self, problems: &[ProblemCompared]) -> Result<Option<Vec<WeakAnswer>>, AskError> {
        let sides = [(Role::Own, Flag::Own), (Role::Competitor, Flag::Competitor)].map(|(role, flag)| {
            let ids = self.brands.iter().filter(|brand| brand.role == Some(role)).map(|brand| &brand.id);
            let ids: Vec<BrandId> = ids.cloned().collect();
            // All of one side are more shortly said.
            let side = if self.chosen.len() > 1 { any_of(&ids) } else { Query::Where(Condition::Is(flag)) };
            (!ids.is_empty()).then(|| self.query.clone().and(side))
        });
        let [Some(ours), Some(theirs)] = sides else { return Ok(None) };
        let own = counted(self.snapshot, &self.question, self.meaning, ours.clone())?;
        let their = counted(self.snapshot, &self.question, self.meaning, theirs.clone())?;
        if own.posts == 0 || their.posts == 0 {
            return Ok(None);
        }
        let of_us: BTreeMap<&ProblemId, u64> =
            own.problems.iter().map(|tally| (&tally.id, tally.count)).collect();
        let pairs: Vec<(Part, Part)> = their
            .problems
            .iter()
            .map(|tally| {
                let count = of_us.get(&tally.id).copied().unwrap_or(0);
                (part(count, own.posts), part(tally.count, their.posts))
            })
            .collect();
        let mut weak: Vec<WeakAnswer> = (their.problems.iter().zip(&pairs).zip(against(&pairs)))
            .filter(|(_, against)| against.standing == Standpoint::Lower)
            .filter_map(|((tally, (own, their)), against)| {
                let having = Query::Where(Condition::Problem(Some(tally.id.clone())));
                let side = |query: &Query| without_responses(query.clone().and(having.clone()));
                Some(WeakAnswer {
                    id: tally.id.clone(),
                    name: self.name_of(&tally.id)?,
                    theirs: rate(100.0, *their, &side(&theirs)),
                    ours: rate(100.0, *own, &side(&ours)),
                    most_at: self.most_at(problems.iter().find(|problem| problem.id == tally.id)),
                    against: AgainstAnswer::of(&against),
                })
            })
            .collect();
        let gap = |weak: &WeakAnswer| weak.theirs.share - weak.ours.share;
        weak.sort_by(|a, b| gap(b).total_cmp(&gap(a)).then_with(|| a.id.cmp(&b.id)));
        Ok(Some(weak))
    }

    fn most_at(&self, problem: Option<&ProblemCompared>) -> Vec<BrandId> {
        let cells = problem.map_or(&[][..], |problem| &problem.brands);
        let is_theirs = |id: &BrandId| {
            self.brands.iter().any(|brand| brand.id == *id && brand.role == Some(Role::Competitor))
        };
        let mut most: Vec<&ProblemAtBrand> = cells
            .iter()
            .filter(|at| at.against.direction == Standpoint::Higher.as_str() && is_theirs(&at.id))
            .collect();
        most.sort_by(|a, b| b.of_100.share.total_cmp(&a.of_100.share).then_with(|| a.id.cmp(&b.id)));
        most.into_iter().map(|at| at.id.clone()).collect()
    }

    fn name_of(&self, id: &ProblemId) -> Option<String> {
        self.snapshot.ledger().problem(id).map(|problem| problem.name().to_owned())
    }
}

/// The brands that names mean; one that no market knows is an id.
fn chosen(market: &Market, names: &[String]) -> Vec<BrandId> {
    let mut chosen: Vec<BrandId> = Vec::new();
    for name in names {
        let known = market.find(name);
        let ids = if known.is_empty() {
            BrandId::new(name.as_str()).into_iter().collect()
        } else {
            known.into_iter().cloned().collect::<Vec<_>>()
        };
        for id in ids {
            if !chosen.contains(&id) {
                chosen.push(id);
            }
        }
    }
    chosen
}

fn role(market: &Market, id: &BrandId) -> Option<Role> {
    [Role::Own, Role::Competitor].into_iter().find(|side| market.on_side(*side).any(|known| known == id))
}

/// How many of the posts of `query` have which problems.
fn counted(
    snapshot: &Snapshot,
    question: &Question,
    meaning: Meaning,
    query: Query,
) -> Result<Tallies, AskError> {
    let asked = TallyAsked {
        query,
        time_zone: question.time_zone.clone(),
        meaning,
        per: Per::Post,
        interval: None,
        period_days: None,
    };
    Ok(tally(snapshot, &asked)?)
}

/// Posts about any of some brands; of none, all.
fn any_of(ids: &[BrandId]) -> Query {
    let mut brands: Vec<Query> =
        ids.iter().map(|id| Query::Where(Condition::Brand(id.to_string()))).collect();
    match brands.len() {
        0 => Query::All,
        1 => brands.swap_remove(0),
        _ => Query::Or(brands),
    }
}

/// The posts of a question about one brand.
fn about(query: &Query, id: &BrandId) -> Query {
    without_responses(query.clone()).and(Query::Where(Condition::Brand(id.to_string())))
}

fn part(count: u64, of: u64) -> Part {
    Part { count, of }
}

fn rate(size: f64, part: Part, query: &Query) -> RateAnswer {
    let (low, high) = wilson(part.count, part.of);
    RateAnswer {
        count: part.count,
        share: part.share() * size,
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
