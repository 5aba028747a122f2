//! Which rules send posts to which department, and what is wrong with them?

use super::fault::{Report, quoted};
use super::section::{Entry, Part, Section, folded};
use crate::model::{Condition, Query, Route, parse_query};

/// Longest name of a department, in characters: it stands in tables and questions.
const MAX_NAME: usize = 60;

/// Reads the rules under each `[[route]]`, the first first.
pub(super) fn read_routes(file: &Section<'_>, report: &mut Report<'_>) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    let mut catch_all: Option<usize> = None;
    let mut lines: Vec<usize> = Vec::new();
    for section in file.tables("route", Part::Route, report) {
        let department =
            section.needed("department", "add a line department = \"…\" with who takes the posts", report);
        let when = section.needed(
            "when",
            "add a line when = \"…\" with a question, as when = \"signal:phishing OR wachtwoord\"",
            report,
        );
        let line = report.line(section.at);
        if let Some(first) = catch_all {
            report.fault(
                section.at,
                format!("this rule is never reached: the one on line {first} takes every post"),
                "put the rule that takes the rest last",
            );
            continue;
        }
        let department = department.and_then(|entry| name(entry, &routes, report));
        let Some(query) = when.and_then(|entry| question(&entry, report)) else { continue };
        if let Some(at) = routes.iter().position(|route| route.when == query) {
            report.fault(
                section.at,
                format!("this rule is never reached: the one on line {} asks the same", lines[at]),
                "take one of them out",
            );
            continue;
        }
        if query == Query::All {
            catch_all = Some(line);
        }
        if let Some(department) = department {
            lines.push(line);
            routes.push(Route { department, when: query });
        }
    }
    routes
}

fn name(entry: Entry, routes: &[Route], report: &mut Report<'_>) -> Option<String> {
    let Entry { at, text } = entry;
    if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) || text.contains(['"', '*']) {
        let problem = format!("{} is no name of a department", quoted(&text));
        report.fault(at, problem, format!("write up to {MAX_NAME} letters on one line, without \" and *"));
        return None;
    }
    let other =
        routes.iter().find(|route| route.department != text && folded(&route.department) == folded(&text));
    if let Some(other) = other {
        let problem = format!("{} is written otherwise above", quoted(&text));
        report.fault(at, problem, format!("write department = \"{}\"", other.department));
        return None;
    }
    Some(text)
}

fn question(entry: &Entry, report: &mut Report<'_>) -> Option<Query> {
    match parse_query(&entry.text) {
        Err(error) => {
            let remedy = "mend the question, and try it with `grouse search` first";
            report.fault(entry.at, format!("{} cannot be read: {error}", quoted(&entry.text)), remedy);
            None
        }
        Ok(query) if query.mentions(&|condition| matches!(condition, Condition::Route(_))) => {
            let remedy = "take `route:` out: the first rule that a post answers takes it anyway";
            report.fault(entry.at, "where a post goes cannot depend on where it goes", remedy);
            None
        }
        Ok(query) if query.mentions(&|condition| matches!(condition, Condition::Problem(_))) => {
            let remedy = "take `problem:` out, and name words or a signal";
            report.fault(entry.at, "a post is sent before it is known which problems there are", remedy);
            None
        }
        Ok(query) if query.mentions(&Condition::is_of_thread) => {
            let remedy =
                "take it out: a department takes a post when it comes, before anybody can have answered";
            report.fault(entry.at, "where a post goes cannot depend on whether it is answered", remedy);
            None
        }
        Ok(query) => Some(query),
    }
}
