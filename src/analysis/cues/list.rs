//! How is a list of phrases read? Line by line into a [`Table`]; a line that is wrong is named with its reason.

use rustc_hash::FxHashMap;

use super::phrases::{Choice, Cue, Ending, Rule, Slot, Step, Table};

type Classes<'a> = FxHashMap<&'a str, Vec<u16>>;

/// Adds the phrases of one list to `table`.
///
/// # Errors
/// With the line that is wrong, and why.
pub(super) fn read(table: &mut Table, list: &str) -> Result<(), String> {
    let lines = || list.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let named = |at: usize, line: &str, why: String| format!("line {at}, `{line}`: {why}");
    let mut classes = Classes::default();
    for (at, line) in lines() {
        if let Some((name, words)) = class(line) {
            let words = words_of(table, words, &classes).map_err(|why| named(at, line, why))?;
            if name == "negation" || name == "joint" {
                table.mark(&words, name == "negation");
            }
            if classes.insert(name, words).is_some() {
                return Err(named(at, line, format!("${name} is there already")));
            }
        }
    }
    let mut section = None;
    for (at, line) in lines() {
        if line.is_empty() || line == "#" || line.starts_with("# ") || class(line).is_some() {
            continue;
        }
        read_phrase(table, line, &classes, &mut section).map_err(|why| named(at, line, why))?;
    }
    Ok(())
}

fn class(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix('$')?.split_once(" = ")
}

fn read_phrase(
    table: &mut Table,
    line: &str,
    classes: &Classes,
    section: &mut Option<Cue>,
) -> Result<(), String> {
    if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
        *section = Some(Cue::named(name).ok_or("there is no such section")?);
        return Ok(());
    }
    let rule = rule(table, section.ok_or("it stands in no section")?, line, classes)?;
    table.add_rule(rule)
}

fn rule(table: &mut Table, cue: Cue, line: &str, classes: &Classes) -> Result<Rule, String> {
    let mut rule = Rule {
        cue,
        steps: Box::default(),
        begins_sentence: false,
        ending: Ending::Any,
        is_guarded: true,
        is_exception: false,
    };
    let mut steps = Vec::new();
    for part in line.split_whitespace() {
        match part {
            "-" => rule.is_exception = true,
            "!" => rule.is_guarded = false,
            "^" => rule.begins_sentence = true,
            "." => rule.ending = Ending::Sentence,
            "?" => rule.ending = Ending::Question,
            _ => steps.push(step(table, part, classes)?),
        }
    }
    rule.steps = steps.into_boxed_slice();
    Ok(rule)
}

fn step(table: &mut Table, part: &str, classes: &Classes) -> Result<(Step, bool), String> {
    if let Some(words) = part.strip_prefix("..") {
        let (words, crosses_negation) = words.strip_suffix('!').map_or((words, false), |words| (words, true));
        let most = words.parse().map_err(|_| format!("`{part}` says not how many words"))?;
        return Ok((Step::Gap { most, crosses_negation }, true));
    }
    if let Some(words) = part.strip_suffix('*') {
        return Ok((Step::Many(sorted(words_of(table, words, classes)?)), true));
    }
    let (part, is_optional) = part.strip_suffix('?').map_or((part, false), |part| (part, true));
    let mut choice = Choice::default();
    let mut words = Vec::new();
    for option in part.split('|') {
        match option {
            "{from}" => choice.brand = Some(Slot::From),
            "{to}" => choice.brand = Some(Slot::To),
            "{any}" => choice.brand = Some(Slot::Any),
            "{number}" => choice.is_number = true,
            _ => words.extend(words_of(table, option, classes)?),
        }
    }
    choice.words = sorted(words);
    Ok((Step::One(choice), is_optional))
}

/// The words of `a|b|$class`.
fn words_of(table: &mut Table, text: &str, classes: &Classes) -> Result<Vec<u16>, String> {
    let mut words = Vec::new();
    for word in text.split('|') {
        match word.strip_prefix('$') {
            Some(class) => words.extend(classes.get(class).ok_or_else(|| format!("no class ${class}"))?),
            None => words.push(table.intern(word)?),
        }
    }
    Ok(words)
}

fn sorted(mut words: Vec<u16>) -> Box<[u16]> {
    words.sort_unstable();
    words.dedup();
    words.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::cues::phrases::LISTS;

    #[test]
    fn every_list_is_well_formed() {
        for (language, list) in LISTS {
            assert_eq!(read(&mut Table::default(), list), Ok(()), "{}", language.name());
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (list, expect) in [
            ("[no]", "line 1, `[no]`: there is no such section"),
            ("bye", "line 1, `bye`: it stands in no section"),
            ("[leave]\n\nbye $x", "line 3, `bye $x`: no class $x"),
            ("[leave]\n..2 bye", "line 2, `..2 bye`: it begins with a gap"),
            ("[leave]\nbye? now?", "line 2, `bye? now?`: all of it may be left out"),
            ("[leave]\nBye", "line 2, `Bye`: `Bye` is not written in folded letters"),
        ] {
            assert_eq!(read(&mut Table::default(), list).unwrap_err(), expect);
        }
    }
}
