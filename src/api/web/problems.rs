//! What does each brand suffer from most, so that a person understands the numbers?

use super::address::address;
use super::page::PageAsked;
use super::trend::of_brand;
use super::words;
use crate::api::ask::{Filters, ProblemsWanted, problems};
use crate::api::error::AskError;
use crate::insight::{problem_query, without_responses};
use crate::model::{Phrase, Query};
use crate::store::{Market, Snapshot, Store};

/// Most brands that are shown beside each other.
const MAX_BRANDS: usize = 6;

/// Most problems of each.
const MAX_SHOWN: usize = 5;

/// The problems of one brand.
pub(super) struct BrandProblems {
    pub(super) name: String,
    /// `own`, `competitor` or nothing.
    pub(super) role: String,
    pub(super) is_own: bool,
    /// Its posts of the question among which problems are looked for: of these are the shares.
    pub(super) posts: String,
    pub(super) href: String,
    pub(super) problems: Vec<ProblemView>,
}

pub(super) struct ProblemView {
    pub(super) name: String,
    pub(super) count: String,
    pub(super) share: String,
    /// The same as a width of 0 to 100, the largest of the brand being 100.
    pub(super) width: u64,
    /// How much larger the share is than in the other posts.
    pub(super) more: Option<String>,
    pub(super) href: String,
}

/// The problems of `brands`, as (id, name), own brands first; of all posts together if there are none. Also tells how
/// many brands were left out.
pub(super) fn brand_problems(
    store: &Store,
    snapshot: &Snapshot,
    asked: &PageAsked,
    brands: &[(String, String)],
) -> Result<(Vec<BrandProblems>, usize), AskError> {
    let market = snapshot.market();
    if brands.is_empty() {
        let all = of_posts(store, snapshot, asked, &asked.filters, ("All posts", ""))?;
        return Ok((vec![all], 0));
    }
    let mut brands: Vec<_> = brands.iter().map(|(id, name)| (role(market, id), id, name)).collect();
    brands.sort_by_key(|(role, ..)| role != "own");
    let left_out = brands.len().saturating_sub(MAX_BRANDS);
    let shown = brands
        .into_iter()
        .take(MAX_BRANDS)
        .map(|(role, id, name)| {
            of_posts(store, snapshot, asked, &of_brand(&asked.filters, market, id), (name, &role))
        })
        .collect::<Result<_, AskError>>()?;
    Ok((shown, left_out))
}

fn role(market: &Market, id: &str) -> String {
    let brand = market.brands.iter().find(|brand| brand.id.as_str() == id);
    brand.and_then(|brand| brand.role.clone()).unwrap_or_default()
}

fn of_posts(
    store: &Store,
    snapshot: &Snapshot,
    asked: &PageAsked,
    filters: &Filters,
    (name, role): (&str, &str),
) -> Result<BrandProblems, AskError> {
    let found = problems(store, &ProblemsWanted { filters: filters.clone(), limit: MAX_SHOWN })?;
    // Its posts are asked for by what is typed and by kind, for these decide whether responses count; all else that was
    // chosen stays beside it, where a person sees it.
    let typed = Filters { q: filters.q.clone(), kind: filters.kind.clone(), ..Filters::default() };
    let typed = typed.question(snapshot)?.query;
    let of = |query: Query| {
        let filters = Filters { q: query.to_string(), kind: Vec::new(), ..filters.clone() };
        address("/", &filters, &asked.more())
    };
    let largest = found.problems.iter().map(|problem| problem.count).max().unwrap_or(1).max(1);
    let problems = found
        .problems
        .into_iter()
        .map(|problem| {
            let mut terms = problem.terms.into_iter();
            let phrase = Phrase { first: terms.next().unwrap_or_default(), second: terms.next() };
            ProblemView {
                name: words::plain(&problem.name),
                count: words::number(problem.count),
                share: words::percent(problem.share),
                width: (problem.count * 100).div_ceil(largest),
                more: match words::times(problem.share, problem.rest_share) {
                    _ if found.rest == 0 => None,
                    Some(times) => Some(format!("{times} the others")),
                    None => Some("only here".to_owned()),
                },
                href: of(problem_query(&typed, &phrase)),
            }
        })
        .collect();
    Ok(BrandProblems {
        name: name.to_owned(),
        role: role.to_owned(),
        is_own: role == "own",
        posts: words::posts(found.posts),
        href: of(without_responses(typed.clone())),
        problems,
    })
}
