//! `grouse problems --terms`: which words do these posts have more often than others?

use std::fmt::Write as _;

use super::output::{answered, harmless, number, percent, table};
use crate::api::ProblemsAnswer;

/// The answer as a person reads it.
pub(super) fn shown(answer: &ProblemsAnswer) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}, brands' own responses left out",
        answered(answer.posts, &answer.question.explained)
    );
    if answer.posts == 0 {
        return out;
    }
    let _ = if answer.rest == 0 {
        writeln!(
            out,
            "nothing to compare with: ranked by how many posts have each; ask for one --brand to compare"
        )
    } else {
        writeln!(out, "compared with {} others", number(answer.rest))
    };
    let rows: Vec<Vec<String>> = answer
        .problems
        .iter()
        .map(|problem| {
            let times = if answer.rest == 0 {
                String::new()
            } else if problem.rest_share == 0.0 {
                "only here".to_owned()
            } else {
                format!("{:.1}×", problem.share / problem.rest_share)
            };
            let example = problem.examples.first().map_or_else(String::new, |post| {
                let text = harmless(&post.text);
                let short: String = text.chars().take(60).collect();
                if short.len() < text.len() { format!("{short}…") } else { text }
            });
            vec![harmless(&problem.name), number(problem.count), percent(problem.share), times, example]
        })
        .collect();
    if rows.is_empty() {
        let _ = writeln!(out, "\nnone stands out");
    } else {
        let _ = write!(
            out,
            "\n{}",
            table(&["problem", "posts", "share", "more than others", "for example"], &rows)
        );
        let _ = writeln!(
            out,
            "\n{} of the posts ({}) without any of these",
            number(answer.unassigned),
            percent(answer.unassigned as f64 / answer.posts as f64)
        );
    }
    out
}
