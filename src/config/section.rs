//! What stands in one part of a watchlist file? Its keys and values with their places, or what is wrong with them.
//!
//! We walk the parsed tree ourselves: serde would stop at the first surprise and knows no remedy.

use std::collections::HashMap;
use std::sync::LazyLock;

use toml::de::{DeTable, DeValue};

use super::fault::{Report, quoted};
use crate::model::nearest;
use crate::sources::{self, Replies};

/// Sources at which accounts write, and what files call them.
static WITH_ACCOUNTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let shown = sources::ALL.iter().map(|source| source.about());
    let shown = shown.filter(|about| about.replies == Replies::Shown).map(|about| about.name);
    shown.chain(["twitter", "file", "webhook"]).collect()
});

/// A part of a watchlist file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What stands above the first heading.
    Top,
    Hours,
    Brand,
    Source,
    Route,
    /// What a problem is called, by language.
    Translation,
    /// The accounts of a brand, by source.
    Accounts,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Top, Self::Brand, Self::Source, Self::Route, Self::Translation, Self::Hours];

    /// All keys that the part may have, in the order that people are told.
    pub(super) fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Top => &[
                "name",
                "purpose",
                "contact",
                "languages",
                "time_zone",
                "solves",
                "fictional",
                "hours",
                "brand",
                "source",
                "route",
                "translation",
            ],
            Self::Translation => &["nl", "en", "de", "fr", "es", "it", "pt"],
            Self::Hours => &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
            Self::Brand => &[
                "id",
                "name",
                "role",
                "aliases",
                "ambiguous",
                "near",
                "never_near",
                "handles",
                "accounts",
                "hashtags",
                "guidance",
            ],
            Self::Source => &["name", "targets", "pass_on", "rule"],
            Self::Route => &["department", "when"],
            Self::Accounts => &WITH_ACCOUNTS,
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::Top => "above the first heading",
            Self::Hours => "under [hours]",
            Self::Brand => "under [[brand]]",
            Self::Source => "under [[source]]",
            Self::Route => "under [[route]]",
            Self::Translation => "under [[translation]]",
            Self::Accounts => "among `accounts`",
        }
    }
}

/// Other words that people try for a key, which no count of typing mistakes would find.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("account", "handles"),
    ("tags", "hashtags"),
    ("exclude", "never_near"),
    ("not_near", "never_near"),
    ("context", "near"),
    ("synonyms", "aliases"),
    ("type", "role"),
    ("kind", "role"),
    ("title", "name"),
    ("goal", "purpose"),
    ("tz", "time_zone"),
    ("opening", "hours"),
    ("opening_hours", "hours"),
    ("competitor", "brand"),
    ("competitors", "brand"),
    ("feeds", "targets"),
    ("routes", "route"),
    ("rule", "route"),
    ("query", "when"),
    ("translations", "translation"),
    ("same", "translation"),
    ("team", "department"),
    ("export", "pass_on"),
    ("passing_on", "pass_on"),
    ("terms", "rule"),
    ("to", "department"),
];

/// A text of the file, trimmed and not empty.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Byte at which it stands.
    pub(super) at: usize,
    pub(super) text: String,
}

/// One table of the file.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    table: &'a DeTable<'a>,
    part: Part,
    /// Byte at which its heading stands.
    pub(super) at: usize,
}

impl<'a> Section<'a> {
    /// Takes `table` for `part` of the file, and reports each key that has no business there.
    pub(super) fn new(table: &'a DeTable<'a>, part: Part, at: usize, report: &mut Report<'_>) -> Self {
        for key in table.keys() {
            let word = key.get_ref().as_ref();
            if !part.keys().contains(&word) {
                let problem = format!("{} is not known {}", quoted(word), part.place());
                report.fault(key.span().start, problem, remedy_for_key(word, part));
            }
        }
        Self { table, part, at }
    }

    /// The value of `key`, with the byte at which it stands.
    pub(super) fn value(&self, key: &str) -> Option<(usize, &'a DeValue<'a>)> {
        self.table.get(key).map(|value| (value.span().start, value.get_ref()))
    }

    /// The one text of `key`; `None` if there is none, or none that is of use.
    pub(super) fn text(&self, key: &str, report: &mut Report<'_>) -> Option<Entry> {
        let (at, value) = self.value(key)?;
        let Some(text) = value.as_str() else {
            let problem = format!("`{key}` is {}, not a text", kind(value));
            report.fault(at, problem, format!("write it in quotes, as {key} = \"…\""));
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            report.fault(
                at,
                format!("`{key}` is empty"),
                "write a text between the quotes, or take the line out",
            );
            return None;
        }
        Some(Entry { at, text: text.to_owned() })
    }

    /// The text of a key that must be there.
    pub(super) fn needed(&self, key: &str, remedy: &str, report: &mut Report<'_>) -> Option<Entry> {
        if self.value(key).is_none() {
            report.fault(self.at, format!("`{key}` is missing {}", self.part.place()), remedy);
        }
        self.text(key, report)
    }

    /// The list of texts of `key`; empty if there is none.
    pub(super) fn texts(&self, key: &str, report: &mut Report<'_>) -> Vec<Entry> {
        let Some((at, value)) = self.value(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            let remedy = match value.as_str() {
                Some(text) => format!("write {key} = [\"{}\"]", quoted(text).trim_matches('`')),
                None => format!("write {key} = [\"…\", \"…\"]"),
            };
            report.fault(at, format!("`{key}` is {}, not a list", kind(value)), remedy);
            return Vec::new();
        };
        let mut entries: Vec<Entry> = Vec::with_capacity(list.len());
        let mut seen = HashMap::new();
        for item in list {
            let at = item.span().start;
            let Some(text) = item.get_ref().as_str().map(str::trim) else {
                let problem = format!("`{key}` holds {} among its texts", kind(item.get_ref()));
                report.fault(at, problem, "put it in quotes");
                continue;
            };
            if text.is_empty() {
                report.fault(
                    at,
                    format!("`{key}` holds an empty text"),
                    "write a word between the quotes, or take it out",
                );
            } else if let Some(first) = seen.insert(folded(text), at) {
                let problem =
                    format!("{} stands twice in `{key}`, first on line {}", quoted(text), report.line(first));
                report.warn(at, problem, "take one of them out");
            } else {
                entries.push(Entry { at, text: text.to_owned() });
            }
        }
        entries
    }

    /// A yes or no; no if it is not said.
    pub(super) fn truth(&self, key: &str, report: &mut Report<'_>) -> bool {
        match self.value(key) {
            None => false,
            Some((_, DeValue::Boolean(value))) => *value,
            Some((at, value)) => {
                let problem = format!("`{key}` is {}, not true or false", kind(value));
                report.fault(at, problem, format!("write {key} = true or {key} = false, without quotes"));
                false
            }
        }
    }

    /// The table under the heading `[key]`.
    pub(super) fn table(&self, key: &str, part: Part, report: &mut Report<'_>) -> Option<Section<'a>> {
        let (at, value) = self.value(key)?;
        if let Some(table) = value.as_table() {
            return Some(Section::new(table, part, at, report));
        }
        let problem = format!("`{key}` is {}, not one table", kind(value));
        let remedy = match part {
            Part::Accounts => {
                "write the accounts of each source, as accounts = { mastodon = [\"…\"], reddit = [\"…\"] }; those \
                 that are the same everywhere stand in `handles`"
                    .to_owned()
            }
            _ => format!("write the heading [{key}] once, and its lines below it"),
        };
        report.fault(at, problem, remedy);
        None
    }

    /// The tables under each heading `[[key]]`, in the order of the file.
    pub(super) fn tables(&self, key: &str, part: Part, report: &mut Report<'_>) -> Vec<Section<'a>> {
        let Some((at, value)) = self.value(key) else { return Vec::new() };
        let remedy = format!("write the heading [[{key}]], with two brackets on each side, above each {key}");
        let Some(list) = value.as_array() else {
            report.fault(at, format!("`{key}` is {}, not a list of tables", kind(value)), remedy);
            return Vec::new();
        };
        let mut sections = Vec::with_capacity(list.len());
        for item in list {
            let at = item.span().start;
            if let Some(table) = item.get_ref().as_table() {
                sections.push(Section::new(table, part, at, report));
            } else {
                report.fault(at, format!("`{key}` holds {}", kind(item.get_ref())), remedy.clone());
            }
        }
        sections
    }
}

/// A text as two texts are compared: in small letters, with single spaces.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn remedy_for_key(word: &str, part: Part) -> String {
    let elsewhere = Part::ALL.into_iter().find(|other| other.keys().contains(&word));
    let other_word = OTHER_WORDS.iter().find(|(other, _)| *other == word).map(|(_, key)| *key);
    let meant = other_word.filter(|key| part.keys().contains(key));
    match (elsewhere, meant.or_else(|| nearest(word, part.keys().iter().copied()))) {
        // The commonest slip in TOML: a line added at the end of the file belongs to the last heading.
        (Some(other), _) => format!("move the line {}", other.place()),
        (None, Some(key)) => format!("did you mean `{key}`?"),
        (None, None) => format!("use one of {}, or take the line out", part.keys().join(", ")),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
