//! How is a question said back in words?
//!
//! In one fragment of a sentence that begins with "posts", so that a reader sees what was understood. Parts of an `And`
//! that share a verb say it once; an `Or` inside an `And`, or the other way around, stands in parentheses, since "a and b
//! or c" can be heard in two ways.

use std::fmt;

use super::display::{Period, whole_period};
use super::{Bound, Condition, Flag, Query, Range, Text, WEEKDAYS};
use crate::model::{Answered, Kind, Outcome};

impl Query {
    /// Says the question back, as in `posts that have “lost” and “luggage” and are about the brand united`.
    #[must_use]
    pub fn explain(&self) -> String {
        match self {
            Self::All => "all posts".to_owned(),
            Self::Not(part) if **part == Self::All => "no posts".to_owned(),
            Self::And(parts) => format!("posts that {}", all(parts)),
            Self::Or(parts) => format!("posts that {}", any(parts, false)),
            _ => format!("posts that {}", clause(self)),
        }
    }
}

/// What a post does: "have" and “lost”. Neighbors of one group share the verb.
struct Clause {
    group: Group,
    verb: &'static str,
    rest: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Words that are there.
    Has,
    /// Words that are not there.
    Lacks,
    /// What it is: about a brand, written in a language.
    Is,
    /// What it was: written on a day.
    Was,
    /// Shares no verb.
    Alone,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.verb.is_empty() { f.write_str(&self.rest) } else { write!(f, "{} {}", self.verb, self.rest) }
    }
}

/// Parts that must all hold.
fn all(parts: &[Query]) -> String {
    let mut groups: Vec<(Clause, Vec<String>)> = Vec::new();
    for part in parts {
        let clause = clause(part);
        let same =
            groups.iter_mut().find(|(first, _)| first.group == clause.group && clause.group != Group::Alone);
        match same {
            Some((_, more)) => more.push(clause.rest),
            None => groups.push((clause, Vec::new())),
        }
    }
    let is_list: Vec<bool> = groups.iter().map(|(_, more)| !more.is_empty()).collect();
    let said: Vec<String> = groups
        .into_iter()
        .map(|(first, more)| {
            let word = if first.group == Group::Lacks { "or" } else { "and" };
            let verb = first.verb;
            let items = affirmed_first([first.rest].into_iter().chain(more));
            format!("{verb}{}{}", if verb.is_empty() { "" } else { " " }, list(&items, word))
        })
        .collect();
    let Some((last, before)) = said.split_last() else { return "are any posts".to_owned() };
    if before.is_empty() {
        return last.clone();
    }
    let joint = match is_list.split_last() {
        Some((true, _)) => ", ",
        Some((false, before)) if before.contains(&true) => ", and ",
        _ => " and ",
    };
    format!("{}{joint}{last}", before.join(", "))
}

/// Parts of which one must hold.
fn any(parts: &[Query], is_inside: bool) -> String {
    let clauses: Vec<Clause> = parts
        .iter()
        .map(|part| match part {
            Query::And(parts) => alone("", format!("({})", all(parts))),
            Query::Or(parts) => alone("", format!("({})", any(parts, true))),
            _ => clause(part),
        })
        .collect();
    let either = if is_inside { "either " } else { "" };
    match clauses.first() {
        None => "are no posts".to_owned(),
        Some(first)
            if matches!(first.group, Group::Has | Group::Is | Group::Was)
                && clauses.iter().all(|clause| clause.group == first.group) =>
        {
            let items = affirmed_first(clauses.iter().map(|clause| clause.rest.clone()));
            format!("{} {either}{}", first.verb, list(&items, "or"))
        }
        Some(_) => {
            let items: Vec<String> = clauses.iter().map(ToString::to_string).collect();
            format!("{either}{}", list(&items, "or"))
        }
    }
}

/// What is, before what is not: else "not" could be heard for all that follows.
fn affirmed_first(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut items: Vec<String> = items.collect();
    items.sort_by_key(|item| item.starts_with("not "));
    items
}

fn list(items: &[String], word: &str) -> String {
    match items.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
        _ => items.concat(),
    }
}

fn clause(query: &Query) -> Clause {
    match query {
        Query::All => alone("are", "any posts".to_owned()),
        Query::Text(text) => Clause { group: Group::Has, verb: "have", rest: words(text) },
        Query::Near { left, right, distance } => alone("have", near(left, right, *distance)),
        Query::And(parts) => alone("", format!("({})", all(parts))),
        Query::Or(parts) => alone("", format!("({})", any(parts, true))),
        Query::Not(part) => without(part),
        Query::Where(condition) => holds(condition).0,
    }
}

/// What a post does that does not answer `query`.
fn without(query: &Query) -> Clause {
    match query {
        Query::All => alone("are", "no posts".to_owned()),
        Query::Text(text) => Clause { group: Group::Lacks, verb: "do not have", rest: words(text) },
        Query::Near { left, right, distance } => alone("do not have", near(left, right, *distance)),
        Query::Or(parts) if parts.iter().all(|part| matches!(part, Query::Text(_))) => {
            let items: Vec<String> = parts.iter().map(|part| clause(part).rest).collect();
            alone("have neither", items.join(" nor "))
        }
        Query::And(parts) => alone("are not posts that", format!("({})", all(parts))),
        Query::Or(parts) => alone("are not posts that", format!("({})", any(parts, true))),
        Query::Not(_) => alone("are not posts that", format!("({})", clause(query))),
        Query::Where(condition) => {
            let (clause, no) = holds(condition);
            match clause.group {
                Group::Is | Group::Was => Clause { rest: format!("not {}", clause.rest), ..clause },
                _ => alone(no, clause.rest),
            }
        }
    }
}

fn alone(verb: &'static str, rest: String) -> Clause {
    Clause { group: Group::Alone, verb, rest }
}

fn words(text: &Text) -> String {
    match text {
        Text::Words(words) => quoted(words),
        Text::Phrase(words) => format!("the phrase {}", quoted(words)),
    }
}

fn near(left: &Text, right: &Text, distance: u32) -> String {
    if distance == 1 {
        return format!("{} right beside {}", words(left), words(right));
    }
    format!("{} within {distance} words of {}", words(left), words(right))
}

/// What a post does for which the condition holds, and the verb for one for which it does not.
fn holds(condition: &Condition) -> (Clause, &'static str) {
    let is = |rest: String| (Clause { group: Group::Is, verb: "are", rest }, "");
    let was =
        |rest: String| (Clause { group: Group::Was, verb: "were", rest: format!("written {rest}") }, "");
    let was_done = |rest: String| (Clause { group: Group::Was, verb: "were", rest }, "");
    let has = |rest: String| (alone("have", rest), "do not have");
    match condition {
        Condition::Brand(brand) => is(format!("about the brand {}", name(brand))),
        Condition::Mention(brand) => (alone("name", format!("the brand {}", name(brand))), "do not name"),
        Condition::Directed(brand) => {
            (alone("speak", format!("to the brand {}", name(brand))), "do not speak")
        }
        Condition::Source(source) => (alone("come", format!("from {source}")), "do not come"),
        Condition::Language(language) => is(format!("written in {}", language.name())),
        Condition::Kind(kind) => is(match kind {
            Kind::Post => "posts in their own right",
            Kind::Reply => "replies",
            Kind::Review => "reviews",
            Kind::Response => "responses by a brand itself",
        }
        .to_owned()),
        Condition::Author(author) => was(format!("by {}", name(author))),
        Condition::Id(id) => has(format!("the id {}", name(id))),
        Condition::Term(term) => has(format!("the term {}", quoted(term))),
        Condition::Problem(Some(id)) => has(format!("the problem {id}")),
        Condition::Problem(None) => has("any problem of the ledger".to_owned()),
        Condition::Attribute { name, value: Some(value) } => {
            has(format!("the value {} in the column {}", quoted(value), quoted(name)))
        }
        Condition::Attribute { name, value: None } => {
            has(format!("any value in the column {}", quoted(name)))
        }
        Condition::Created(range) => was(when(range)),
        Condition::Rating(range) => has(format!("a rating{}", how_much(range))),
        Condition::Reach(range) => has(format!("a reach{}", how_much(range))),
        Condition::Complaint(true) => is("complaints".to_owned()),
        Condition::Complaint(false) => is("no complaints".to_owned()),
        Condition::Probability(range) => {
            has(format!("a probability{} of being a complaint", how_much(range)))
        }
        Condition::Severity(range) => has(format!("a severity{}", how_much(range))),
        Condition::Intent(intent) => has(format!("the intent {intent}")),
        Condition::Signal(Some(signal)) => has(format!("the signal {signal}")),
        Condition::Signal(None) => has("any signal".to_owned()),
        Condition::Target(brand) => {
            (alone("complain", format!("about the brand {}", name(brand))), "do not complain")
        }
        Condition::Sentiment(range) => has(format!("a sentiment{}", how_much(range))),
        Condition::Case(case) => is(format!("of the case {case}")),
        Condition::Route(Some(department)) => is(format!("routed to {department}")),
        Condition::Route(None) => is("routed to any department".to_owned()),
        Condition::Answered(None) => is("on the response clock".to_owned()),
        Condition::Answered(Some(Answered::Yes)) => was_done("answered by a brand".to_owned()),
        Condition::Answered(Some(Answered::No)) => was_done("not answered by a brand".to_owned()),
        Condition::Answered(Some(Answered::Directly)) => was_done("answered directly by a brand".to_owned()),
        Condition::Response(range) => has(format!("a response time{}", how_much(range))),
        Condition::Waiting(range) => has(format!("a time of waiting without answer{}", how_much(range))),
        Condition::Responder(brand) => {
            has(format!("the brand {} as the one that answered or is waited for", name(brand)))
        }
        Condition::Outcome(Outcome::Thanked) => {
            (alone("got", "thanks or a “solved” from their writer".to_owned()), "did not get")
        }
        Condition::Outcome(Outcome::Private) => {
            (alone("moved", "to a private channel".to_owned()), "did not move")
        }
        Condition::Weekday(day) => {
            let day = WEEKDAYS.iter().find(|(_, known)| known == day).map_or("", |(name, _)| *name);
            let mut letters = day.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
            was(format!("on a {}", first.chain(letters).collect::<String>()))
        }
        Condition::Hour(hour) => was(format!("between {hour}:00 and {}:00", hour + 1)),
        Condition::Is(Flag::Undated) => (alone("have", "no date".to_owned()), "do not have"),
        Condition::Is(Flag::Own) => is("about one of our own brands".to_owned()),
        Condition::Is(Flag::Competitor) => is("about a competitor".to_owned()),
        Condition::Is(Flag::Corrected) => is("judged by a person".to_owned()),
        Condition::Is(Flag::Masked) => has("something masked in them".to_owned()),
    }
}

fn when(range: &Range<Bound>) -> String {
    match whole_period(range) {
        Some(Period::Year(day)) => return format!("in {}", day.year()),
        Some(Period::Month(day)) => return format!("in {} {}", month(day.month()), day.year()),
        None => {}
    }
    let at = |bound: &Bound| match bound {
        Bound::Day(_) => "on",
        Bound::Moment(_) => "at",
    };
    let from = range.from.map(|from| {
        if range.is_from_out { format!("after {from}") } else { format!("{} or after {from}", at(&from)) }
    });
    let to = range.to.map(|to| {
        if range.is_to_out { format!("before {to}") } else { format!("{} or before {to}", at(&to)) }
    });
    match (range.from, range.to, from, to) {
        (Some(first), Some(last), ..) if !range.is_from_out && !range.is_to_out => {
            if first == last {
                format!("{} {first}", at(&first))
            } else {
                format!("from {first} through {last}")
            }
        }
        (_, _, Some(from), Some(to)) => format!("{from} but {to}"),
        (_, _, Some(end), None) | (_, _, None, Some(end)) => end,
        (_, _, None, None) => "on a known date".to_owned(),
    }
}

fn how_much<T: fmt::Display + PartialEq>(range: &Range<T>) -> String {
    let above = |from: &T| format!("{} {from}", if range.is_from_out { "above" } else { "of at least" });
    let below = |to: &T| format!("{} {to}", if range.is_to_out { "below" } else { "of at most" });
    let (from, to) = (range.from.as_ref().map(above), range.to.as_ref().map(below));
    match (&range.from, &range.to, from, to) {
        (Some(first), Some(last), ..) if !range.is_from_out && !range.is_to_out => {
            if first == last {
                format!(" of {first}")
            } else {
                format!(" from {first} through {last}")
            }
        }
        (_, _, Some(from), Some(to)) => format!(" {from} but {to}"),
        (_, _, Some(end), None) | (_, _, None, Some(end)) => format!(" {end}"),
        (_, _, None, None) => String::new(),
    }
}

fn month(number: i8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(number - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("")
}

/// A name as typed, in quotes where it could be taken for words of the sentence.
fn name(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || "@#_-./:".contains(c));
    if is_plain && !text.is_empty() { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("“{text}”")
}

#[cfg(test)]
mod tests {
    use crate::model::parse_query;

    fn check(question: &str, expect: &str) {
        assert_eq!(parse_query(question).unwrap().explain(), expect, "{question}");
    }

    #[test]
    fn questions_are_said_back() {
        check("", "all posts");
        check("-*", "no posts");
        check("lost", "posts that have “lost”");
        check("-lost", "posts that do not have “lost”");
        check("a b c", "posts that have “a”, “b” and “c”");
        check("a OR b OR c", "posts that have “a”, “b” or “c”");
        check(
            "lost brand:united luggage -lang:nl",
            "posts that have “lost” and “luggage”, are about the brand united and not written in Dutch",
        );
        check(
            "\"customer service\" OR late NEAR/3 flight",
            "posts that have the phrase “customer service” or have “late” within 3 words of “flight”",
        );
        check("a NEAR/1 \"b c\"", "posts that have “a” right beside the phrase “b c”");
        check("-a NEAR b", "posts that do not have “a” within 5 words of “b”");
        check("a brand:x", "posts that have “a” and are about the brand x");
        check(
            "complaint:yes severity>=accusation signal:safety target:kpn",
            "posts that are complaints, have a severity of at least accusation, have the signal safety and complain \
             about the brand kpn",
        );
        check(
            "-complaint:yes sentiment<-0.5",
            "posts that are not complaints and have a sentiment below -0.5",
        );
        check("complaint:no", "posts that are no complaints");
        check("a b source:x", "posts that have “a” and “b”, and come from x");
        check("a -b -c", "posts that have “a”, and do not have “b” or “c”".replace(", and", ",").as_str());
    }

    #[test]
    fn and_within_or_stands_in_parentheses() {
        check("a (b OR c)", "posts that have “a” and (have either “b” or “c”)");
        check("a b OR c", "posts that (have “a” and “b”) or have “c”");
        check(
            "a (b OR c d) is:own",
            "posts that have “a”, (either have “b” or (have “c” and “d”)) and are about one of our own brands",
        );
        check("a (b OR brand:x)", "posts that have “a” and (either have “b” or are about the brand x)");
        check("-(a OR b)", "posts that have neither “a” nor “b”");
        check("-(a b)", "posts that are not posts that (have “a” and “b”)");
        check(
            "-(a OR is:own)",
            "posts that are not posts that (either have “a” or are about one of our own brands)",
        );
        check("NOT -a", "posts that are not posts that (do not have “a”)");
        check("-lang:nl is:own", "posts that are about one of our own brands and not written in Dutch");
        check("-lang:nl OR is:own", "posts that are about one of our own brands or not written in Dutch");
        check("-a OR -b", "posts that do not have “a” or do not have “b”");
        check("a OR *", "posts that have “a” or are any posts");
    }

    #[test]
    fn conditions_are_said_back() {
        for (question, expect) in [
            ("brand:\"US Airways\"", "are about the brand “US Airways”"),
            ("mention:delta", "name the brand delta"),
            ("-to:delta", "do not speak to the brand delta"),
            ("source:twitter", "come from twitter"),
            ("-source:twitter", "do not come from twitter"),
            ("lang:und", "are written in another language"),
            ("kind:post", "are posts in their own right"),
            ("kind:reply OR kind:review", "are replies or reviews"),
            ("-kind:response", "are not responses by a brand itself"),
            ("author:@me", "were written by @me"),
            ("author:@me -created:2015", "were written by @me and not written in 2015"),
            ("id:a:1", "have the id a:1"),
            ("term:\"lost bag\"", "have the term “lost bag”"),
            ("problem:lost-bag", "have the problem lost-bag"),
            ("-problem:*", "do not have any problem of the ledger"),
            ("attr.state:CA", "have the value “CA” in the column “state”"),
            ("-attr.state:*", "do not have any value in the column “state”"),
            ("is:undated", "have no date"),
            ("is:competitor", "are about a competitor"),
            ("-is:masked", "do not have something masked in them"),
        ] {
            check(question, &format!("posts that {expect}"));
        }
    }

    #[test]
    fn ranges_are_said_back() {
        for (question, expect) in [
            ("created:2015-02-22", "on 2015-02-22"),
            ("created:2015-02", "in February 2015"),
            ("created:2015", "in 2015"),
            ("created:2015-02-20..2015-02-22", "from 2015-02-20 through 2015-02-22"),
            ("created:2015-02-20..", "on or after 2015-02-20"),
            ("created<=2015-02", "on or before 2015-02-28"),
            ("created>2015-02", "after 2015-02-28"),
            ("created<2015-02", "before 2015-02-01"),
            ("created:{2015-02-20 TO 2015-02-22]", "after 2015-02-20 but on or before 2015-02-22"),
            ("created>=2015-02-20T10:00:00Z", "at or after 2015-02-20T10:00:00Z"),
            ("created:*", "on a known date"),
        ] {
            check(question, &format!("posts that were written {expect}"));
        }
        for (question, expect) in [
            ("rating:3", " of 3"),
            ("rating:1..2", " from 1 through 2"),
            ("rating<=2", " of at most 2"),
            ("rating>2.5", " above 2.5"),
            ("rating:[1 TO 3}", " of at least 1 but below 3"),
            ("rating:*", ""),
        ] {
            check(question, &format!("posts that have a rating{expect}"));
        }
        check("-reach>=1000", "posts that do not have a reach of at least 1000");
    }
}
