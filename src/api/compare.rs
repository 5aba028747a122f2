//! How do brands compare, problem by problem and in all, at equal size?
//!
//! Brands that are asked for are the ones that are compared: two or more with one another, one with all others. Each is set
//! against the posts that are about the others and not about it, so that no post stands on both sides; and on each problem
//! in the languages of that problem, so that a brand is not free of what its customers call otherwise.

use std::collections::BTreeMap;

use serde::Serialize;

use super::answer::QuestionAnswer;
use super::ask::{Filters, Question};
use super::error::AskError;
use super::ledger::{ChangeAnswer, PeriodAnswer, meant};
use super::parameters::Parameters;
use crate::insight::{
    Against, Column, Crossed, Languages, Number, Row, ShareChange, Sides, Standpoint, Tallies, TallyAsked,
    against, mentions, tally_crossed, wilson, without_responses,
};
use crate::model::{BrandId, Condition, Flag, Language, Meaning, Per, ProblemId, Query, Role};
use crate::store::{Market, Snapshot, Store};

/// Brands of an answer: ours, then the most mentioned. All others are still part of "the others".
pub const MAX_COMPARED: usize = 20;

/// What is asked of a comparison.
#[derive(Debug, Clone, Default)]
pub struct CompareWanted {
    /// Of which posts; `kind` may also be complaint (the default), praise, question or any: what the writer means.
    pub filters: Filters,
    /// What is counted.
    pub per: Per,
}

/// Brand against brand on every problem of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct CompareAnswer {
    /// What was asked: complaints, unless it says otherwise.
    #[serde(flatten)]
    pub question: QuestionAnswer,
    /// complaint, praise, question or any.
    pub meaning: &'static str,
    /// What is counted and shares are of, in one word: complaints, questions, posts, cases or authors.
    pub of: &'static str,
    /// What is counted: post, case or author. An author who writes in two languages counts in each of them.
    pub per: &'static str,
    /// Posts of the question, without responses of brands; those about no brand are on no side. Cases or authors if those are
    /// counted, here and below.
    pub posts: u64,
    /// The question that finds them.
    pub posts_query: String,
    /// How many posts it finds: more than `posts` where cases or authors are counted.
    pub posts_listed: u64,
    /// Problems of the ledger that are neither hidden nor merged.
    pub known: usize,
    /// Where competitors together surely have a larger share than our brands together, the largest difference first. Null
    /// where the posts are not about both sides, or the watchlist does not say whose brands are whose.
    pub weak: Option<Vec<WeakAnswer>>,
    /// The brands: ours, then the most mentioned, at most [`MAX_COMPARED`].
    pub brands: Vec<BrandCompared>,
    /// Brands with which these are compared and which are not among them.
    pub more_brands: usize,
    /// The last period, to which changes refer; null without dates.
    pub period: Option<PeriodAnswer>,
    /// The problems that any of the brands has, the largest first.
    pub problems: Vec<ProblemCompared>,
    /// Posts without any problem of the ledger, in the order of `brands`, of 100 of the brand's.
    pub unassigned: Vec<RateAnswer>,
}

/// So many, and the question that finds them.
#[derive(Debug, Clone, Serialize)]
pub struct RateAnswer {
    /// So many posts, cases or authors.
    pub count: u64,
    /// How many posts its question finds.
    pub listed: u64,
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
    /// Its posts in each language that it has any in: what shares of its problems are of.
    pub languages: Vec<LanguageAnswer>,
}

/// The posts of a brand in a language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageAnswer {
    /// Its code.
    pub lang: &'static str,
    /// So many posts, cases or authors.
    pub count: u64,
    /// How many posts its question finds.
    pub listed: u64,
    /// The question that finds them.
    pub query: String,
}

/// A problem at each brand.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemCompared {
    /// Lasts.
    pub id: ProblemId,
    /// What it is called.
    pub name: String,
    /// Codes of the languages in which it is known: one, or several that were linked.
    pub languages: Vec<&'static str>,
    /// In the order of the answer's `brands`.
    pub brands: Vec<ProblemAtBrand>,
}

/// A problem at one brand.
#[derive(Debug, Clone, Serialize)]
pub struct ProblemAtBrand {
    /// Which brand.
    pub id: BrandId,
    /// Of 100 of its posts in the problem's languages.
    #[serde(flatten)]
    pub of_100: RateAnswer,
    /// So many posts in these languages.
    pub of: u64,
    /// Of 100 posts that are about the other brands and not about it, did these write in the same languages.
    pub others_share: f64,
    /// Against these.
    #[serde(flatten)]
    pub against: AgainstAnswer,
    /// rising, steady or fading: the share of its posts, whatever their language, against the period before; null without
    /// two periods.
    pub goes: Option<&'static str>,
    /// The last period against the one before, corrected for all problems and brands of the answer.
    pub change: Option<ChangeAnswer>,
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
    /// Codes of the languages in which it is known.
    pub languages: Vec<&'static str>,
    /// Of 100 posts about competitors in these languages.
    pub theirs: RateAnswer,
    /// Of 100 posts about our brands in these languages.
    pub ours: RateAnswer,
    /// Of 100 posts about competitors, did these write in the languages of ours.
    pub theirs_in_our_languages: f64,
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
pub fn compare(store: &Store, wanted: &CompareWanted) -> Result<CompareAnswer, AskError> {
    let snapshot = store.snapshot()?;
    snapshot.check_ledger()?;
    let compared = Compared::new(&snapshot, wanted)?;
    let problems = compared.problems();
    let posts = compared.number(Row::ANY, Column::ALL);
    Ok(CompareAnswer {
        posts: posts.count,
        posts_query: without_responses(compared.query.clone()).to_string(),
        posts_listed: posts.listed,
        meaning: compared.meaning.as_str(),
        of: compared.of,
        per: wanted.per.as_str(),
        known: snapshot.ledger().shown(compared.meaning).count(),
        weak: compared.weak(&problems),
        brands: compared.brands(),
        period: compared.tallies.period.as_ref().map(PeriodAnswer::of),
        more_brands: compared.brands.len() - compared.shown().len(),
        unassigned: compared.unassigned(),
        problems,
        question: QuestionAnswer::of(&compared.query, snapshot.market()),
    })
}

/// Reads what an address asks to compare.
pub(super) fn wanted(query: Option<&str>) -> Result<CompareWanted, AskError> {
    let mut parameters = Parameters::new(query);
    let filters = parameters.filters();
    let per = parameters.per()?;
    parameters.end(&["per"])?;
    Ok(CompareWanted { filters, per })
}

/// Ours and theirs, by which the sides of a comparison are numbered.
const SIDES: [(Role, Flag); 2] = [(Role::Own, Flag::Own), (Role::Competitor, Flag::Competitor)];

/// What was counted to compare brands.
struct Compared<'a> {
    /// About whatever brand, unless some were chosen.
    query: Query,
    /// The same whatever their writers mean.
    all: Query,
    /// Brands that were asked for; none is all.
    chosen: Vec<BrandId>,
    /// Brands that are compared, ours first.
    brands: Vec<Brand<'a>>,
    tallies: Tallies,
    crossed: Crossed,
    /// The problems that any of the brands has, the largest first.
    found: Vec<Found>,
    meaning: Meaning,
    /// What is counted, in one word.
    of: &'static str,
}

/// A brand and its posts.
struct Brand<'a> {
    id: BrandId,
    name: &'a str,
    role: Option<Role>,
    mentions: Number,
    /// Of its posts; none if it has none.
    column: Option<Column>,
    posts: Number,
}

/// A problem that any of the brands has.
struct Found {
    id: ProblemId,
    name: String,
    row: Row,
    /// In which it is known.
    languages: Languages,
}

impl<'a> Compared<'a> {
    fn new(snapshot: &'a Snapshot, wanted: &CompareWanted) -> Result<Self, AskError> {
        let (meaning, asked) = meant(wanted.filters.clone())?;
        let of = match meaning {
            _ if wanted.per == Per::Case => "cases",
            _ if wanted.per == Per::Author => "authors",
            Meaning::Complaint if asked.complaint.as_deref() == Some("yes") => "complaints",
            Meaning::Question => "questions",
            _ => "posts",
        };
        // What cannot be understood of the brands is said before they are taken out.
        asked.question(snapshot)?;
        let market = snapshot.market();
        let chosen = chosen(market, &asked.brand);
        let asked = Filters { brand: Vec::new(), ..asked };
        let Question { mut query, time_zone } = asked.question(snapshot)?;
        let whatever = Filters { complaint: None, severity: None, intent: Vec::new(), ..asked };
        let mut all = whatever.question(snapshot)?.query;
        if chosen.len() > 1 {
            query = query.and(any_of(&chosen));
            all = all.and(any_of(&chosen));
        }
        let is_chosen = |id: &BrandId| chosen.len() < 2 || chosen.contains(id);
        let sides = SIDES.map(|(role, _)| market.on_side(role).filter(|id| is_chosen(id)).cloned().collect());
        let asked = TallyAsked {
            query: query.clone(),
            time_zone: time_zone.clone(),
            meaning,
            per: wanted.per,
            interval: None,
            period_days: None,
        };
        let (tallies, crossed) = tally_crossed(snapshot, &asked, &sides)?;
        let mentions = mentions(snapshot, &all, &time_zone, wanted.per)?;
        let number = |crossed: &Crossed, column: Option<Column>| {
            column.map(|column| crossed.number(Languages::ALL, Row::ANY, column)).unwrap_or_default()
        };
        let brand = |id: BrandId| Brand {
            name: market.brand(&id).map_or("", |brand| &brand.name),
            role: role(market, &id),
            mentions: number(&mentions, mentions.brand(&id)),
            posts: number(&crossed, crossed.brand(&id)),
            column: crossed.brand(&id),
            id,
        };
        let mut ids = in_order(market, &mentions);
        if chosen.len() > 1 {
            ids.retain(|id| chosen.contains(id));
            ids.extend(chosen.iter().filter(|id| mentions.brand(id).is_none()).cloned());
        }
        let brands: Vec<Brand<'a>> = ids.into_iter().map(brand).collect();
        let found = found(snapshot, &crossed);
        Ok(Self { query, all, chosen, brands, tallies, crossed, found, meaning, of })
    }

    fn number(&self, row: Row, column: Column) -> Number {
        self.crossed.number(Languages::ALL, row, column)
    }

    /// The brands of the answer.
    fn shown(&self) -> Vec<&Brand<'a>> {
        let is_chosen = |brand: &&Brand<'_>| self.chosen.is_empty() || self.chosen.contains(&brand.id);
        self.brands.iter().filter(is_chosen).take(MAX_COMPARED).collect()
    }

    fn brands(&self) -> Vec<BrandCompared> {
        let mentions = self.brands.iter().map(|brand| brand.mentions.count).sum();
        let posts = self.brands.iter().map(|brand| brand.posts.count).sum();
        let one = |brand: &Brand<'_>| {
            let (voice, meant) = (about(&self.all, &brand.id), about(&self.query, &brand.id));
            let in_language = |language: Language| {
                let Number { count, listed } = self.in_languages(language.into(), brand);
                let query = meant.clone().and(Query::Where(Condition::Language(language))).to_string();
                LanguageAnswer { lang: language.code(), count, listed, query }
            };
            BrandCompared {
                id: brand.id.clone(),
                name: if brand.name.is_empty() { brand.id.to_string() } else { brand.name.to_owned() },
                role: brand.role.map(Role::as_str),
                mentions: rate(100.0, brand.mentions, mentions, &voice),
                posts: rate(100.0, brand.posts, posts, &meant),
                per_1000_mentions: rate(1000.0, brand.posts, brand.mentions.count, &meant),
                languages: (Language::ALL.into_iter().map(in_language))
                    .filter(|language| language.count > 0)
                    .collect(),
            }
        };
        self.shown().into_iter().map(one).collect()
    }

    /// A brand's posts in some languages.
    fn in_languages(&self, languages: Languages, brand: &Brand<'_>) -> Number {
        let number = |column| self.crossed.number(languages, Row::ANY, column);
        brand.column.map(number).unwrap_or_default()
    }

    fn problems(&self) -> Vec<ProblemCompared> {
        let shown = self.shown();
        let sides = self.found.iter().flat_map(|found| {
            shown.iter().map(move |brand| match brand.column {
                Some(column) => self.crossed.against_rest(found.languages, found.row, column),
                None => Sides::default(),
            })
        });
        let sides: Vec<Sides> = sides.collect();
        let judged = against(&sides);
        let changes = self.changes(&shown);
        let mut cells = sides.iter().zip(&judged);
        let one = |found: &Found| {
            let having = self.query.clone().and(Query::Where(Condition::Problem(Some(found.id.clone()))));
            let cell = |(brand, (sides, against)): (&&Brand<'_>, (&Sides, &Against))| {
                let of = self.in_languages(found.languages, brand).count;
                let number = brand.column.map(|column| self.number(found.row, column)).unwrap_or_default();
                ProblemAtBrand {
                    id: brand.id.clone(),
                    of_100: rate(100.0, number, of, &about(&having, &brand.id)),
                    of,
                    others_share: 100.0 * sides.other_share(),
                    against: AgainstAnswer::of(against),
                    goes: changes.get(&(&found.id, &brand.id)).map(|change| change.direction.as_str()),
                    change: changes.get(&(&found.id, &brand.id)).map(ChangeAnswer::of),
                }
            };
            ProblemCompared {
                id: found.id.clone(),
                name: found.name.clone(),
                languages: found.languages.each().map(Language::code).collect(),
                brands: shown.iter().zip(cells.by_ref()).map(cell).collect(),
            }
        };
        self.found.iter().map(one).collect()
    }

    /// How each problem changed at each of some brands; nothing of those without posts.
    fn changes(&self, shown: &[&Brand<'a>]) -> BTreeMap<(&ProblemId, &BrandId), ShareChange> {
        let place = |brand: &&Brand<'_>| self.tallies.brands.iter().position(|(id, _)| *id == brand.id);
        let places: Vec<usize> = shown.iter().filter_map(place).collect();
        let changes = self.tallies.changes_at(&places);
        let of = self.tallies.problems.iter().zip(changes).flat_map(|(tally, changes)| {
            let brands = places.iter().map(|at| &self.tallies.brands[*at].0);
            brands.zip(changes).map(move |(brand, change)| ((&tally.id, brand), change))
        });
        of.collect()
    }

    fn unassigned(&self) -> Vec<RateAnswer> {
        let none = Query::Not(Box::new(Query::Where(Condition::Problem(None))));
        let without = self.query.clone().and(none);
        let one = |brand: &Brand<'_>| {
            let number = brand.column.map(|column| self.number(Row::WITHOUT, column)).unwrap_or_default();
            rate(100.0, number, brand.posts.count, &about(&without, &brand.id))
        };
        self.shown().into_iter().map(one).collect()
    }

    /// Where they are weak and we are not.
    fn weak(&self, problems: &[ProblemCompared]) -> Option<Vec<WeakAnswer>> {
        let columns = [self.crossed.side(0), self.crossed.side(1)];
        if columns.iter().any(|column| self.number(Row::ANY, *column).count == 0) {
            return None;
        }
        let [our_posts, their_posts] = SIDES.map(|(role, flag)| {
            let ids = self.brands.iter().filter(|brand| brand.role == Some(role)).map(|brand| &brand.id);
            // All of one side are more shortly said.
            let is_all = self.chosen.len() < 2;
            let side = if is_all {
                Query::Where(Condition::Is(flag))
            } else {
                any_of(&ids.cloned().collect::<Vec<_>>())
            };
            without_responses(self.query.clone().and(side))
        });
        let theirs = |found: &&Found| self.number(found.row, columns[1]).count > 0;
        let found: Vec<&Found> = self.found.iter().filter(theirs).collect();
        let sides: Vec<Sides> =
            (found.iter()).map(|found| self.crossed.against(found.languages, found.row, columns)).collect();
        let mut weak: Vec<WeakAnswer> = (found.iter().zip(&sides).zip(against(&sides)))
            .filter(|(_, against)| against.standing == Standpoint::Lower)
            .map(|((found, sides), against)| {
                let having = Query::Where(Condition::Problem(Some(found.id.clone())));
                let side = |column, query: &Query| {
                    let of = self.crossed.number(found.languages, Row::ANY, column).count;
                    rate(100.0, self.number(found.row, column), of, &query.clone().and(having.clone()))
                };
                WeakAnswer {
                    id: found.id.clone(),
                    name: found.name.clone(),
                    languages: found.languages.each().map(Language::code).collect(),
                    theirs: side(columns[1], &their_posts),
                    ours: side(columns[0], &our_posts),
                    theirs_in_our_languages: 100.0 * sides.other_share(),
                    most_at: self.most_at(problems.iter().find(|problem| problem.id == found.id)),
                    against: AgainstAnswer::of(&against),
                }
            })
            .collect();
        let gap = |weak: &WeakAnswer| weak.theirs_in_our_languages - weak.ours.share;
        weak.sort_by(|a, b| gap(b).total_cmp(&gap(a)).then_with(|| a.id.cmp(&b.id)));
        Some(weak)
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
}

/// The brands that are mentioned: ours, then the most mentioned.
fn in_order(market: &Market, mentions: &Crossed) -> Vec<BrandId> {
    let rank = |id: &BrandId, column| {
        let count = mentions.number(Languages::ALL, Row::ANY, column).count;
        (role(market, id) != Some(Role::Own), u64::MAX - count, id.clone())
    };
    let mut ranked: Vec<_> = mentions.brands().map(|(id, column)| rank(&id, column)).collect();
    ranked.sort();
    ranked.into_iter().map(|(_, _, id)| id).collect()
}

/// For each problem the brand that has most of it, of those that surely have more than the others: as a comparison says
/// of the same question.
pub(super) fn most_at(
    snapshot: &Snapshot,
    crossed: &Crossed,
    mentions: &Crossed,
) -> BTreeMap<ProblemId, BrandId> {
    let brands = in_order(snapshot.market(), mentions).into_iter().take(MAX_COMPARED);
    let brands: Vec<_> = brands.map(|id| (crossed.brand(&id), id)).collect();
    let found = found(snapshot, crossed);
    let sides: Vec<Sides> = (found.iter())
        .flat_map(|found| {
            brands.iter().map(|(column, _)| match column {
                Some(column) => crossed.against_rest(found.languages, found.row, *column),
                None => Sides::default(),
            })
        })
        .collect();
    let judged = against(&sides);
    let mut cells = judged.iter();
    let mut most = BTreeMap::new();
    for found in &found {
        let share = |(column, id)| {
            let is_higher = cells.next()?.standing == Standpoint::Higher;
            let column = Option::filter(column, |_| is_higher)?;
            let of = crossed.number(found.languages, Row::ANY, column).count;
            let count = crossed.number(Languages::ALL, found.row, column).count;
            Some((count as f64 / of.max(1) as f64, id))
        };
        let higher: Vec<(f64, &BrandId)> =
            brands.iter().map(|(column, id)| (*column, id)).filter_map(share).collect();
        let best = higher.into_iter().max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
        most.extend(best.map(|(_, id)| (found.id.clone(), id.clone())));
    }
    most
}

/// The problems that posts about any brand have, the largest first.
fn found(snapshot: &Snapshot, crossed: &Crossed) -> Vec<Found> {
    let ledger = snapshot.ledger();
    let count = |row| crossed.number(Languages::ALL, row, Column::BRANDED).count;
    let known = crossed.problems().zip(crossed.known_in(ledger));
    let mut found: Vec<Found> = known
        .filter(|((_, row), _)| count(*row) > 0)
        .filter_map(|((id, row), languages)| {
            let name = ledger.problem(id)?.name().to_owned();
            Some(Found { id: id.clone(), name, row, languages })
        })
        .collect();
    found.sort_by(|a, b| count(b.row).cmp(&count(a.row)).then_with(|| a.id.cmp(&b.id)));
    found
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

fn rate(size: f64, number: Number, of: u64, query: &Query) -> RateAnswer {
    let Number { count, listed } = number;
    let (low, high) = wilson(count, of);
    RateAnswer {
        count,
        listed,
        share: if of == 0 { 0.0 } else { count as f64 * size / of as f64 },
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
