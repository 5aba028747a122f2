//! What is emerging, on a page? The section above the problems that last.

use super::address::address;
use super::frame::posts_of;
use super::ledger::spark;
use super::words;
use crate::api::ask::Filters;
use crate::api::emerging::{EmergingAnswer, EmergingPeriod, EmergingProblemAnswer};

/// Entries on the page; more are in the JSON.
pub(super) const SHOWN: usize = 6;

/// Brands of an entry.
const BRANDS: usize = 3;

/// Letters of an example.
const LETTERS: usize = 140;

/// The section, as its template is filled.
pub(super) struct EmergingView {
    /// What was compared, or why nothing was.
    pub(super) note: String,
    pub(super) cards: Vec<EmergingCard>,
    pub(super) more: u64,
    pub(super) json: String,
}

pub(super) struct EmergingCard {
    pub(super) name: String,
    pub(super) language: &'static str,
    pub(super) spark: String,
    pub(super) said: String,
    pub(super) posts: String,
    pub(super) href: String,
    pub(super) people: String,
    /// How many before, and the way to them; none where there are none.
    pub(super) before: Option<(String, String)>,
    pub(super) times: Option<String>,
    pub(super) brands: Vec<(String, String, String)>,
    pub(super) words: String,
    pub(super) example: Option<String>,
}

/// How what is emerging is shown to whoever asked with `filters`.
pub(super) fn emerging_view(answer: &EmergingAnswer, filters: &Filters) -> EmergingView {
    let note = match &answer.period {
        None => "These posts were not collected long enough to know what is new.".to_owned(),
        Some(period) => {
            let found = if answer.total == 0 { "Nothing is new" } else { "New or far more frequent" };
            let late = if answer.late.is_empty() {
                String::new()
            } else {
                format!(
                    " Left out, as it is not known yet what is usual there: {}.",
                    words::plain(&answer.late.join(", "))
                )
            };
            format!("{found} {}, and about no known problem.{late}", compared(period))
        }
    };
    let cards: Vec<EmergingCard> =
        answer.problems.iter().take(SHOWN).map(|problem| card(problem, filters)).collect();
    EmergingView {
        note,
        more: answer.total - cards.len() as u64,
        cards,
        json: address("/v1/emerging", filters, &[]),
    }
}

fn compared(period: &EmergingPeriod) -> String {
    let last = if period.days == 1 {
        format!("on {}", period.to)
    } else {
        format!("from {} to {}", period.from, period.to)
    };
    format!("{last} against {}", period.compared())
}

fn card(problem: &EmergingProblemAnswer, filters: &Filters) -> EmergingCard {
    let people = problem.voices.last().copied().unwrap_or(0);
    let times = problem.times.filter(|_| problem.before > 0);
    EmergingCard {
        name: words::plain(&problem.name),
        language: problem.language,
        spark: spark(&problem.voices),
        said: format!(
            "{} people in the last days; before that {}",
            words::number(people),
            problem.voices.iter().rev().skip(1).rev().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ),
        posts: words::posts(problem.posts),
        href: posts_of(&problem.query, filters),
        people: if people == 1 { "1 person".to_owned() } else { format!("{} people", words::number(people)) },
        before: (problem.before > 0)
            .then(|| (words::number(problem.before), posts_of(&problem.before_query, filters))),
        times: times.and_then(|times| words::times(times, 1.0)),
        brands: problem
            .brands
            .iter()
            .take(BRANDS)
            .map(|brand| {
                (words::plain(&brand.name), words::number(brand.posts), posts_of(&brand.query, filters))
            })
            .collect(),
        words: words::plain(&problem.words.join(", ")),
        example: problem.examples.first().map(|post| {
            let text = words::plain(&post.text);
            let cut: String = text.chars().take(LETTERS).collect();
            if cut.len() < text.len() { format!("{cut}…") } else { cut }
        }),
    }
}
