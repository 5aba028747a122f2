//! How do brands compare, problem by problem and in all, at equal size?
//!
//! Brands that are asked for are the ones that are compared: two or more with one another, one with all others. Each is set
//! against the posts that are about the others and not about it, so that no post stands on both sides; and on each problem
//! in the languages of that problem, so that a brand is not free of what its customers call otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::answer::QuestionAnswer;
use super::ask::{Filters, Question};
use super::error::AskError;
use super::ledger::{ChangeAnswer, PeriodAnswer, meant};
use super::parameters::Parameters;
use crate::insight::{
    Against, Part, ShareChange, Sides, Standpoint, Tallies, TallyAsked, against, mentions, tally, wilson,
    without_responses,
};
use crate::model::{BrandId, Condition, Flag, Language, Ledger, Meaning, Per, ProblemId, Query, Role};
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
    /// Its posts in each language that it has any in: what shares of its problems are of.
    pub languages: Vec<LanguageAnswer>,
}

/// The posts of a brand in a language.
#[derive(Debug, Clone, Serialize)]
pub struct LanguageAnswer {
    /// Its code.
    pub lang: &'static str,
    /// So many posts.
    pub count: u64,
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
        period: compared.tallies.period.as_ref().map(PeriodAnswer::of),
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
    /// The posts about these: one about two counts once.
    tallies: Tallies,
    /// The same, in each language by itself.
    counted: Counted,
    languages: BTreeMap<ProblemId, BTreeSet<Language>>,
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
        let about_any = question.query.clone().and(any_of(&ids));
        let tallies = tallied(snapshot, &question, meaning, about_any.clone())?;
        let counted = Counted::new(snapshot, &question, meaning, &about_any)?;
        let brand = |id: BrandId| Brand {
            name: market.brand(&id).map_or("", |brand| &brand.name),
            role: role(market, &id),
            mentions: mentions.get(&id).copied().unwrap_or(0),
            posts: counted.languages().map(|language| counted.posts(language, Some(&id))).sum(),
            id,
        };
        let mut brands: Vec<Brand<'a>> = ids.into_iter().map(brand).collect();
        let rank = |brand: &Brand<'_>| (brand.role != Some(Role::Own), u64::MAX - brand.mentions);
        brands.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id)));
        let query = question.query.clone();
        let languages = languages(snapshot.ledger(), &counted);
        Ok(Self { snapshot, question, query, all, chosen, brands, tallies, counted, languages, meaning, of })
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
            let in_language = |language| LanguageAnswer {
                lang: Language::code(language),
                count: self.counted.posts(language, Some(&brand.id)),
                query: meant.clone().and(Query::Where(Condition::Language(language))).to_string(),
            };
            BrandCompared {
                id: brand.id.clone(),
                name: if brand.name.is_empty() { brand.id.to_string() } else { brand.name.to_owned() },
                role: brand.role.map(Role::as_str),
                mentions: rate(100.0, part(brand.mentions, mentions), &voice),
                posts: rate(100.0, part(brand.posts, posts), &meant),
                per_1000_mentions: rate(1000.0, part(brand.posts, brand.mentions), &meant),
                languages: (self.counted.languages().map(in_language))
                    .filter(|language| language.count > 0)
                    .collect(),
            }
        };
        self.shown().into_iter().map(one).collect()
    }

    fn problems(&self) -> Vec<ProblemCompared> {
        let (shown, found) = (self.shown(), self.counted.problems());
        let sides = found.iter().flat_map(|id| {
            shown.iter().map(move |brand| {
                let kind = |language| {
                    let own = self.counted.part(language, id, Some(&brand.id));
                    (own, own.rest(self.counted.part(language, id, None)))
                };
                Sides { kinds: self.languages(id).map(kind).collect() }
            })
        });
        let sides: Vec<Sides> = sides.collect();
        let judged = against(&sides);
        let changes = self.changes(&shown);
        let mut cells = sides.iter().zip(&judged);
        let one = |id: &ProblemId| {
            let having = self.query.clone().and(Query::Where(Condition::Problem(Some(id.clone()))));
            let cell = |(brand, (sides, against)): (&&Brand<'_>, (&Sides, &Against))| ProblemAtBrand {
                id: brand.id.clone(),
                of_100: rate(100.0, sides.one(), &about(&having, &brand.id)),
                of: sides.one().of,
                others_share: 100.0 * sides.other_share(),
                against: AgainstAnswer::of(against),
                goes: changes.get(&(id, &brand.id)).map(|change| change.direction.as_str()),
                change: changes.get(&(id, &brand.id)).map(ChangeAnswer::of),
            };
            let brands = shown.iter().zip(cells.by_ref()).map(cell).collect();
            let languages = self.languages(id).map(Language::code).collect();
            Some(ProblemCompared { id: id.clone(), name: self.name_of(id)?, languages, brands })
        };
        found.iter().filter_map(one).collect()
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

    /// The languages in which a problem is known.
    fn languages(&self, id: &ProblemId) -> impl Iterator<Item = Language> {
        self.languages.get(id).into_iter().flatten().copied()
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
        let counted = |query: &Query| Counted::new(self.snapshot, &self.question, self.meaning, query);
        let (own, their) = (counted(&ours)?, counted(&theirs)?);
        if own.0.is_empty() || their.0.is_empty() {
            return Ok(None);
        }
        let found = their.problems();
        let sides: Vec<Sides> = found
            .iter()
            .map(|id| {
                let kind = |language| (own.part(language, id, None), their.part(language, id, None));
                Sides { kinds: self.languages(id).map(kind).collect() }
            })
            .collect();
        let mut weak: Vec<WeakAnswer> = (found.iter().zip(&sides).zip(against(&sides)))
            .filter(|(_, against)| against.standing == Standpoint::Lower)
            .filter_map(|((id, sides), against)| {
                let having = Query::Where(Condition::Problem(Some(id.clone())));
                let side = |query: &Query| without_responses(query.clone().and(having.clone()));
                Some(WeakAnswer {
                    id: id.clone(),
                    name: self.name_of(id)?,
                    languages: self.languages(id).map(Language::code).collect(),
                    theirs: rate(100.0, sides.turned().one(), &side(&theirs)),
                    ours: rate(100.0, sides.one(), &side(&ours)),
                    theirs_in_our_languages: 100.0 * sides.other_share(),
                    most_at: self.most_at(problems.iter().find(|problem| problem.id == *id)),
                    against: AgainstAnswer::of(&against),
                })
            })
            .collect();
        let gap = |weak: &WeakAnswer| weak.theirs_in_our_languages - weak.ours.share;
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

/// How many posts have which problems, in each language that they are written in.
struct Counted(Vec<InLanguage>);

struct InLanguage {
    language: Language,
    tallies: Tallies,
    /// Where each problem stands in the tallies.
    places: BTreeMap<ProblemId, usize>,
}

impl Counted {
    fn new(
        snapshot: &Snapshot,
        question: &Question,
        meaning: Meaning,
        query: &Query,
    ) -> Result<Self, AskError> {
        let mut counted = Vec::new();
        for language in Language::ALL {
            let query = query.clone().and(Query::Where(Condition::Language(language)));
            let tallies = tallied(snapshot, question, meaning, query)?;
            if tallies.posts > 0 {
                let ids = tallies.problems.iter().map(|tally| tally.id.clone());
                counted.push(InLanguage { language, places: ids.zip(0..).collect(), tallies });
            }
        }
        Ok(Self(counted))
    }

    fn languages(&self) -> impl Iterator<Item = Language> {
        self.0.iter().map(|one| one.language)
    }

    fn of(&self, language: Language) -> Option<&InLanguage> {
        self.0.iter().find(|one| one.language == language)
    }

    /// Posts in a language, of one brand or in all.
    fn posts(&self, language: Language, brand: Option<&BrandId>) -> u64 {
        let Some(InLanguage { tallies, .. }) = self.of(language) else { return 0 };
        match brand {
            None => tallies.posts,
            Some(brand) => tallies.brands.iter().find(|(id, _)| id == brand).map_or(0, |(_, posts)| *posts),
        }
    }

    /// Of these, those that have a problem.
    fn part(&self, language: Language, id: &ProblemId, brand: Option<&BrandId>) -> Part {
        let count = self.of(language).and_then(|one| {
            let tally = &one.tallies.problems[*one.places.get(id)?];
            match brand {
                None => Some(tally.count),
                Some(brand) => Some(tally.brands[one.tallies.brands.iter().position(|(id, _)| id == brand)?]),
            }
        });
        part(count.unwrap_or(0), self.posts(language, brand))
    }

    /// The problems that any post has, the largest first.
    fn problems(&self) -> Vec<ProblemId> {
        let mut counts: BTreeMap<&ProblemId, u64> = BTreeMap::new();
        for tally in self.0.iter().flat_map(|one| &one.tallies.problems) {
            *counts.entry(&tally.id).or_default() += tally.count;
        }
        let mut found: Vec<(&ProblemId, u64)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        found.into_iter().map(|(id, _)| id.clone()).collect()
    }
}

/// How many of the posts of `query` have which problems.
fn tallied(
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

/// The languages in which each problem is known: its own, and those of what was merged into it or is divided for it.
fn languages(ledger: &Ledger, counted: &Counted) -> BTreeMap<ProblemId, BTreeSet<Language>> {
    let mut languages: BTreeMap<ProblemId, BTreeSet<Language>> = BTreeMap::new();
    for problem in ledger.all() {
        if let Some(root) = ledger.root(&problem.id) {
            languages.entry(root.id.clone()).or_default().insert(problem.signature.language);
        }
    }
    for one in &counted.0 {
        for tally in one.tallies.problems.iter().filter(|tally| tally.count > 0) {
            languages.entry(tally.id.clone()).or_default().insert(one.language);
        }
    }
    languages
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
