//! What is a question? One neutral tree that the command line, the HTTP API and the page all speak.
//!
//! It holds words as they were typed: which stems they mean is decided where posts are matched, since that depends on
//! the languages that the index holds. `parse.rs` reads a question, with `token.rs` for where its words end and
//! `range.rs` for dates and numbers; `display.rs` writes it down again, and `explain.rs` says it back in words.

mod display;
mod explain;
mod parse;
mod range;
mod token;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

pub use parse::{QueryError, parse_query};

use super::{Answered, CaseId, Intent, Kind, Language, Outcome, ProblemId, Severity, Signal, SourceId, Wait};

/// Which posts are asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Every post.
    All,
    /// Posts that hold the words.
    Text(Text),
    /// Posts in which both stand within `distance` words of each other, in either order; 1 is side by side.
    Near { left: Text, right: Text, distance: u32 },
    /// Posts that answer each of these.
    And(Vec<Query>),
    /// Posts that answer at least one of these.
    Or(Vec<Query>),
    /// Posts that do not answer this.
    Not(Box<Query>),
    /// Posts for which the condition holds.
    Where(Condition),
}

/// Words as typed; punctuation in them only divides words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Holds every word, anywhere. More than one word only where punctuation divides what was typed as one.
    Words(String),
    /// Holds the words one after another.
    Phrase(String),
}

/// What must hold of a post outside its words.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The post is about this brand: an id or a name, in any case.
    Brand(String),
    /// The post names this brand.
    Mention(String),
    /// The post speaks to this brand.
    Directed(String),
    /// It came from this source.
    Source(SourceId),
    /// It is in this language.
    Language(Language),
    /// It is of this kind.
    Kind(Kind),
    /// This account wrote it: a handle with or without `@`, or the pseudonym that is shown.
    Author(String),
    /// It has this id.
    Id(String),
    /// The term column has this word, or these two words side by side.
    Term(String),
    /// It has this problem of the ledger; any that is shown if `None`.
    Problem(Option<ProblemId>),
    /// The attribute has this value, in any case; any value if `None`.
    Attribute { name: String, value: Option<String> },
    /// It was written in this range.
    Created(Range<Bound>),
    /// Its rating is in this range.
    Rating(Range<f64>),
    /// Its reach is in this range.
    Reach(Range<f64>),
    /// It is a complaint, or is not.
    Complaint(bool),
    /// How sure it is that it is a complaint is in this range.
    Probability(Range<f64>),
    /// It is a complaint as bad as this.
    Severity(Range<Severity>),
    /// Its writer wants this.
    Intent(Intent),
    /// It has this signal; any if `None`.
    Signal(Option<Signal>),
    /// It complains about this brand, or leaves it.
    Target(String),
    /// How its writer feels is in this range, from -1 to 1.
    Sentiment(Range<f64>),
    /// It says the same as the posts of this case.
    Case(CaseId),
    /// This department takes it; any if `None`.
    Route(Option<String>),
    /// A brand answered it, or did not; `None` for either: the clock runs for it, or ran.
    Answered(Option<Answered>),
    /// The time from the post to a brand's first answer is in this range.
    Response(Range<Wait>),
    /// It is not answered, and the time that it has waited is in this range.
    Waiting(Range<Wait>),
    /// This brand answered it, or is the one whose answer it waits for.
    Responder(String),
    /// This became of it.
    Outcome(Outcome),
    /// It was written on this day of the week.
    Weekday(Weekday),
    /// It was written in this hour of the day, 0 to 23.
    Hour(u8),
    /// It has this mark.
    Is(Flag),
}

/// Both ends belong to the range; an end that is `None` is open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range<T> {
    /// The lowest value that is in.
    pub from: Option<T>,
    /// The highest value that is in; of a [`Bound::Day`], the whole day.
    pub to: Option<T>,
    /// `from` itself is out, as in `>3`.
    pub is_from_out: bool,
    /// `to` itself is out, as in `<3`.
    pub is_to_out: bool,
}

/// An end of a range of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A day on the clock of the time zone that the question is asked in.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

/// A mark that a post has or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Its source gave no date.
    Undated,
    /// About one of our own brands.
    Own,
    /// About a competitor.
    Competitor,
    /// Something in it was masked.
    Masked,
    /// A person judged it.
    Corrected,
}

/// What can stand before the colon, with its syntax: for help texts and for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name as typed.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// What it asks, with an example.
    pub help: &'static str,
}

impl Field {
    /// Fields whose value may be a range, with a sign in place of the colon: `rating>=3`.
    pub(super) const RANGES: &[&str] =
        &["created", "rating", "reach", "probability", "severity", "sentiment", "response", "waiting"];

    /// All fields, in the order in which help lists them.
    pub const ALL: &[Self] = &[
        Self { name: "brand", aliases: &[], help: "about this brand: brand:united, brand:\"US Airways\"" },
        Self { name: "mention", aliases: &["mentions"], help: "names this brand: mention:delta" },
        Self { name: "directed", aliases: &["to"], help: "speaks to this brand: directed:united" },
        Self { name: "source", aliases: &[], help: "came from this source: source:twitter" },
        Self { name: "lang", aliases: &["language"], help: "written in this language: lang:nl" },
        Self { name: "kind", aliases: &[], help: "post, reply, review or response: kind:review" },
        Self { name: "author", aliases: &[], help: "written by this account: author:@name" },
        Self { name: "id", aliases: &[], help: "has this id: id:twitter:570306133677760513" },
        Self {
            name: "term",
            aliases: &[],
            help: "a word or two beside each other, as problems count: term:\"lost luggage\"",
        },
        Self {
            name: "problem",
            aliases: &["problems"],
            help: "has this problem of the ledger; * for any: problem:lost-luggage, -problem:*",
        },
        Self {
            name: "created",
            aliases: &["date"],
            help: "written then: created:2015-02-22, created:2015-02-20..2015-02-22, created>=2015-02-20",
        },
        Self { name: "rating", aliases: &["stars"], help: "stars as given: rating:1..2, rating<=2" },
        Self { name: "reach", aliases: &[], help: "people it may have reached: reach>=1000" },
        Self { name: "complaint", aliases: &[], help: "is a complaint or not: complaint:yes, complaint:no" },
        Self {
            name: "probability",
            aliases: &[],
            help: "how sure it is that it is a complaint, 0 to 1: probability>=0.8",
        },
        Self {
            name: "severity",
            aliases: &[],
            help: "a complaint as bad as no-explicit-reproach, disapproval, accusation or blame: severity>=accusation",
        },
        Self {
            name: "intent",
            aliases: &[],
            help: "what the writer wants, as venting, asking-for-help or announcing-switch: intent:asking-for-help",
        },
        Self {
            name: "signal",
            aliases: &["signals"],
            help: "asks for attention, as safety, legal or threat-to-leave; * for any: signal:safety",
        },
        Self {
            name: "target",
            aliases: &[],
            help: "complains about this brand, or leaves it: target:united",
        },
        Self { name: "sentiment", aliases: &[], help: "how the writer feels, -1 to 1: sentiment<-0.5" },
        Self {
            name: "case",
            aliases: &[],
            help: "says the same as the posts of this case: case:00c0ffee00c0ffee",
        },
        Self {
            name: "route",
            aliases: &["department"],
            help: "taken by this department; * for any: route:\"Privacy desk\", -route:*",
        },
        Self {
            name: "answered",
            aliases: &[],
            help: "a brand answered it: answered:yes, answered:no, answered:directly; * for either",
        },
        Self {
            name: "response",
            aliases: &[],
            help: "time to a brand's first answer, in s, m, h or d: response:<60m, response:1h..8h",
        },
        Self { name: "waiting", aliases: &[], help: "not answered, and has waited so long: waiting:>24h" },
        Self {
            name: "responder",
            aliases: &[],
            help: "this brand answered it, or it waits for its answer: responder:united",
        },
        Self {
            name: "outcome",
            aliases: &[],
            help: "what became of it, thanked or private: outcome:thanked",
        },
        Self { name: "weekday", aliases: &[], help: "written on this day of the week: weekday:monday" },
        Self { name: "hour", aliases: &[], help: "written in this hour of the day, 0 to 23: hour:9" },
        Self { name: "is", aliases: &[], help: "undated, own, competitor, masked or corrected: is:undated" },
        Self {
            name: "attr.NAME",
            aliases: &[],
            help: "a column of the file that has no field of its own: attr.state:CA, attr.state:*",
        },
    ];
}

impl Flag {
    /// All marks.
    pub const ALL: [Self; 5] = [Self::Undated, Self::Own, Self::Competitor, Self::Masked, Self::Corrected];

    /// The mark as one small word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undated => "undated",
            Self::Own => "own",
            Self::Competitor => "competitor",
            Self::Masked => "masked",
            Self::Corrected => "corrected",
        }
    }
}

impl Query {
    /// Both questions at once; a side that asks for everything falls away.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, query) | (query, Self::All) => query,
            (Self::And(mut left), Self::And(right)) => {
                left.extend(right);
                Self::And(left)
            }
            (Self::And(mut left), right) => {
                left.push(right);
                Self::And(left)
            }
            (left, Self::And(mut right)) => {
                right.insert(0, left);
                Self::And(right)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// The same question with brands called as `name` says.
    #[must_use]
    pub fn renamed(self, name: &impl Fn(&str) -> String) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.renamed(name)).collect();
        match self {
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Not(part) => Self::Not(Box::new(part.renamed(name))),
            Self::Where(Condition::Brand(brand)) => Self::Where(Condition::Brand(name(&brand))),
            Self::Where(Condition::Mention(brand)) => Self::Where(Condition::Mention(name(&brand))),
            Self::Where(Condition::Directed(brand)) => Self::Where(Condition::Directed(name(&brand))),
            Self::Where(Condition::Target(brand)) => Self::Where(Condition::Target(name(&brand))),
            Self::Where(Condition::Responder(brand)) => Self::Where(Condition::Responder(name(&brand))),
            other => other,
        }
    }

    /// Whether any part of the question is a condition for which `is_it` holds.
    pub fn mentions(&self, is_it: &impl Fn(&Condition) -> bool) -> bool {
        match self {
            Self::All | Self::Text(_) | Self::Near { .. } => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(is_it)),
            Self::Not(part) => part.mentions(is_it),
            Self::Where(condition) => is_it(condition),
        }
    }
}

impl Condition {
    /// Whether it asks about the thread of a post, which nobody knows of a post alone.
    #[must_use]
    pub fn is_of_thread(&self) -> bool {
        matches!(
            self,
            Self::Answered(_) | Self::Response(_) | Self::Waiting(_) | Self::Responder(_) | Self::Outcome(_)
        )
    }
}

/// The days of the week as they are written, Monday first.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl<T> Range<T> {
    /// From `from` to `to`, both in.
    pub fn new(from: Option<T>, to: Option<T>) -> Self {
        Self { from, to, is_from_out: false, is_to_out: false }
    }

    /// Whether `value` lies in it.
    pub fn holds(&self, value: &T) -> bool
    where
        T: PartialOrd,
    {
        self.from.as_ref().is_none_or(|from| if self.is_from_out { value > from } else { value >= from })
            && self.to.as_ref().is_none_or(|to| if self.is_to_out { value < to } else { value <= to })
    }
}
