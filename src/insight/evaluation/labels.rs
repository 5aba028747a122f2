//! What does a label say, however it is spelled, and which column of a file holds the labels?
//!
//! People label with words (`complaint`, `non-complaint`, `negatief`), with numbers (0 and 1, levels, stars) and with codes.
//! A column is chosen by its name and by what stands in it, and a person can say otherwise. What is not understood is told,
//! never guessed.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::model::{BrandId, Intent, Language, Severity, Signal};

/// What is judged, and can be labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Is it a complaint?
    Complaint,
    /// How bad is a complaint?
    Severity,
    /// What does the writer want?
    Intent,
    /// Does the writer mean to leave the brand that the row names?
    Churn,
    /// In which language is it?
    Language,
    /// Which brand is complained about?
    Target,
    /// What asks for attention? A post may have none or several.
    Signal,
    /// How does the writer feel?
    Sentiment,
}

/// A word that is no task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a task: use complaint, severity, intent, churn, language, target, signal or sentiment")]
pub struct UnknownTask(String);

/// How the numbers of a column are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// 1 is yes and 0 is no; levels are counted from 0.
    Plain,
    /// Stars from 1 to 5: one and two are a complaint, four and five are none, and three says nothing.
    Stars,
    /// Feelings: below zero is bad, or zero where nothing is below it.
    Feelings {
        /// The highest number that is bad.
        bad: i64,
    },
}

/// What a label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The class, as Grouse writes it.
    Class(String),
    /// The row says nothing about the task, and why.
    LeftOut(&'static str),
    /// It is not understood.
    Unknown,
}

/// A column that may hold labels: its name and how often each value stands in it, blank ones left out.
#[derive(Debug, Clone)]
pub struct Cells {
    /// As the file names it.
    pub name: String,
    /// The file is read as if it held stars.
    pub is_rating: bool,
    /// The values with how often they occur.
    pub values: BTreeMap<String, u64>,
}

/// The column of the labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Its number among those that were looked at.
    pub column: usize,
    /// How its numbers are meant.
    pub scale: Scale,
}

/// The least share of a column's values that must be understood before it is taken for the labels.
const READABLE: f64 = 0.8;

/// Names that say nothing about the task.
const GENERAL: &[&str] = &["label", "labels", "gold", "class", "annotation", "category", "categorie", "y"];

/// Names of columns of feelings, which stand for complaints where nothing better does.
const FEELINGS: &[&str] =
    &["sentiment", "airlinesentiment", "polarity", "sentimentlabel", "feeling", "gevoel"];

impl Task {
    /// All tasks, in the order of help texts.
    pub const ALL: [Self; 8] = [
        Self::Complaint,
        Self::Severity,
        Self::Intent,
        Self::Churn,
        Self::Language,
        Self::Target,
        Self::Signal,
        Self::Sentiment,
    ];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Severity => "severity",
            Self::Intent => "intent",
            Self::Churn => "churn",
            Self::Language => "language",
            Self::Target => "target",
            Self::Signal => "signal",
            Self::Sentiment => "sentiment",
        }
    }

    /// The classes in their order, that which is looked for last where there are two; of [`Task::Target`] none, since they
    /// are the brands of the file.
    #[must_use]
    pub fn classes(self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Self::Complaint => words(&["no complaint", "complaint"]),
            Self::Severity => words(&Severity::ALL.map(Severity::as_str)),
            Self::Intent => words(&Intent::ALL.map(Intent::as_str)),
            Self::Churn => words(&["stays", "leaves"]),
            Self::Language => words(&Language::ALL.map(Language::code)),
            Self::Target => Vec::new(),
            Self::Signal => {
                words(&Signal::ALL.map(Signal::as_str)).into_iter().chain([NO_SIGNAL.to_owned()]).collect()
            }
            Self::Sentiment => words(&["negative", "neutral", "positive"]),
        }
    }

    /// What `label` says.
    #[must_use]
    pub fn read(self, label: &str, scale: Scale) -> Reading {
        let class = |word: &str| Reading::Class(word.to_owned());
        let yes_or_no = |yes: Option<bool>, words: [&str; 2]| yes.map(|is| class(words[usize::from(is)]));
        let plain = plain(label);
        match self {
            Self::Complaint => match number(label) {
                Some(stars) if scale == Scale::Stars => stars_read(stars),
                found => yes_or_no(
                    truth(&plain, found, scale).or_else(|| feeling(&plain)),
                    ["no complaint", "complaint"],
                )
                .unwrap_or(Reading::Unknown),
            },
            Self::Churn => {
                let leaves = truth(&plain, number(label), scale).or(match plain.as_str() {
                    "churn" | "churner" | "leaves" | "leaving" | "switch" => Some(true),
                    "nonchurn" | "nochurn" | "notchurn" | "stays" | "staying" => Some(false),
                    _ => None,
                });
                yes_or_no(leaves, ["stays", "leaves"]).unwrap_or(Reading::Unknown)
            }
            Self::Severity => severity(&plain, number(label)),
            Self::Intent => intent(&plain).map_or(Reading::Unknown, |intent| class(intent.as_str())),
            Self::Language => language(label).map_or(Reading::Unknown, |language| class(language.code())),
            Self::Target => match plain.as_str() {
                "none" | "nobrand" | "no" | "geen" | "null" | "na" => class("none"),
                _ => BrandId::from_name(&label.trim().to_lowercase())
                    .map_or(Reading::Unknown, |brand| class(brand.as_str())),
            },
            Self::Signal => signals(label),
            Self::Sentiment => sentiment(&plain, number(label), scale).map_or(Reading::Unknown, class),
        }
    }

    /// Names that a column of these labels has, [`plain`].
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Complaint => &["complaint", "iscomplaint", "complaintlabel", "complaintverdict", "klacht"],
            Self::Severity => &["severity", "severitylevel", "severitylabel", "ernst"],
            Self::Intent => &["intent", "intention", "intentlabel", "bedoeling"],
            Self::Churn => &["churn", "churnintent", "churnlabel", "leaves", "meanstoleave"],
            Self::Language => &["lang", "language", "languagecode", "locale", "taal", "langue", "sprache"],
            Self::Target => &["target", "targetbrand", "complainedabout", "doelmerk"],
            Self::Signal => &["signals", "signal", "signallabels", "signalen"],
            Self::Sentiment => FEELINGS,
        }
    }
}

impl FromStr for Task {
    type Err = UnknownTask;
    fn from_str(text: &str) -> Result<Self, UnknownTask> {
        Self::ALL
            .into_iter()
            .find(|task| task.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownTask(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The column of `cells` that holds the labels of `task`: the surest by its name, if what stands in it is understood.
#[must_use]
pub fn choose(task: Task, cells: &[Cells]) -> Option<Choice> {
    cells
        .iter()
        .enumerate()
        .filter_map(|(column, cells)| {
            let scale = cells.scale();
            Some((cells.rank(task, scale)?, Choice { column, scale }))
        })
        .min_by_key(|(rank, choice)| (*rank, choice.column))
        .map(|(_, choice)| choice)
}

impl Cells {
    /// How the numbers of the column are meant.
    #[must_use]
    pub fn scale(&self) -> Scale {
        let numbers: Vec<f64> = self.values.keys().filter_map(|value| number(value)).collect();
        let is_feeling = FEELINGS.contains(&plain(&self.name).as_str());
        if self.is_rating {
            return Scale::Stars;
        }
        if numbers.iter().any(|number| *number < 0.0) {
            return Scale::Feelings { bad: -1 };
        }
        let most = numbers.iter().copied().fold(0.0, f64::max);
        if is_feeling && !numbers.is_empty() {
            return Scale::Feelings { bad: 0 };
        }
        let is_from_one = numbers.iter().all(|number| (1.0..=5.0).contains(number));
        if most > 1.0 && is_from_one { Scale::Stars } else { Scale::Plain }
    }

    /// How sure it is that the column holds the labels, 0 the surest; `None` if it does not.
    fn rank(&self, task: Task, scale: Scale) -> Option<u8> {
        let name = plain(&self.name);
        let is_named = task.names().contains(&name.as_str());
        let is_general = GENERAL.contains(&name.as_str());
        let readings: Vec<(Reading, &str, u64)> = self
            .values
            .iter()
            .map(|(value, count)| (task.read(value, scale), value.as_str(), *count))
            .collect();
        let all: u64 = readings.iter().map(|(_, _, count)| count).sum();
        let read: u64 = readings
            .iter()
            .filter(|(reading, ..)| *reading != Reading::Unknown)
            .map(|(_, _, count)| count)
            .sum();
        let has_class = readings.iter().any(|(reading, ..)| matches!(reading, Reading::Class(_)));
        if !has_class || (read as f64) < READABLE * all as f64 {
            return None;
        }
        if is_named {
            return Some(0);
        }
        if task == Task::Target {
            return None;
        }
        let is_felt = readings.iter().any(|(_, value, _)| feeling(&plain(value)).is_some())
            && !readings.iter().any(|(_, value, _)| is_said(value));
        match task {
            Task::Complaint | Task::Sentiment if self.is_rating => Some(2),
            Task::Complaint if FEELINGS.contains(&name.as_str()) => Some(3),
            _ if is_general => Some(if is_felt { 4 } else { 1 }),
            // A column of any name, if nothing else than such labels stands in it.
            _ => {
                let is_clear = read == all && readings.iter().all(|(_, value, _)| is_clear(task, value));
                let mut classes: Vec<&Reading> = readings.iter().map(|(reading, ..)| reading).collect();
                classes.dedup();
                (is_clear && classes.len() > 1).then_some(5)
            }
        }
    }
}

/// Whether a value can mean nothing else than a label of the task, whatever its column is called.
fn is_clear(task: Task, value: &str) -> bool {
    match task {
        Task::Complaint => feeling(&plain(value)).is_some(),
        Task::Churn | Task::Target | Task::Signal => false,
        Task::Sentiment => number(value).is_none() && sentiment(&plain(value), None, Scale::Plain).is_some(),
        Task::Severity | Task::Intent => number(value).is_none() && plain(value).len() > 3,
        Task::Language => Language::from_tag(value).is_some_and(|language| language != Language::Other),
    }
}

/// Letters and digits, small.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn number(text: &str) -> Option<f64> {
    text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite())
}

/// `1` and `1.0` are one number, and `0.999` is another.
fn is_near(number: f64, other: f64) -> bool {
    (number - other).abs() < 1e-9
}

fn stars_read(stars: f64) -> Reading {
    match stars {
        stars if stars < 2.5 => Reading::Class("complaint".to_owned()),
        stars if stars > 3.5 => Reading::Class("no complaint".to_owned()),
        _ => Reading::LeftOut("three stars, which say neither"),
    }
}

/// Yes or no, in words or numbers.
fn truth(plain: &str, number: Option<f64>, scale: Scale) -> Option<bool> {
    if let Some(number) = number {
        return match scale {
            Scale::Feelings { bad } => Some(number <= bad as f64),
            _ if is_near(number, 1.0) => Some(true),
            _ if is_near(number, 0.0) => Some(false),
            _ => None,
        };
    }
    match plain {
        "yes" | "y" | "ja" | "j" | "oui" | "si" | "sí" | "sim" | "true" | "t" => Some(true),
        "no" | "n" | "nee" | "nein" | "non" | "nao" | "não" | "false" | "f" => Some(false),
        _ => None,
    }
}

/// Whether a value speaks of complaints, not of feelings.
fn is_said(value: &str) -> bool {
    ["complaint", "klacht", "beschwerde", "plainte", "queja", "reclam"]
        .iter()
        .any(|word| plain(value).contains(word))
}

/// Whether a word says that it is a complaint, or is negative, which stands for it.
fn feeling(plain: &str) -> Option<bool> {
    match plain {
        "complaint" | "complaints" | "klacht" | "beschwerde" | "plainte" | "queja" | "reclamo"
        | "reclamação" | "negative" | "neg" | "negatief" | "negativ" | "negatif" | "négatif" | "negativo" => {
            Some(true)
        }
        "noncomplaint" | "notcomplaint" | "nocomplaint" | "notacomplaint" | "geenklacht"
        | "keinebeschwerde" | "positive" | "pos" | "positief" | "positiv" | "positif" | "positivo"
        | "neutral" | "neutraal" | "neutre" | "neutro" | "praise" | "compliment" | "irrelevant" | "none"
        | "other" => Some(false),
        _ => None,
    }
}

/// The class of a post that asks for no attention.
pub const NO_SIGNAL: &str = "none";

/// Between two signals of one post, in a label.
pub const SIGNALS_APART: char = ';';

/// Signals, one after another with anything between them that is in no name; nothing is none.
fn signals(label: &str) -> Reading {
    let words = label
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
        .filter(|word| !word.is_empty());
    let mut found = Vec::new();
    for word in words {
        let word = plain(word);
        if matches!(word.as_str(), "none" | "no" | "geen" | "null") {
            continue;
        }
        match Signal::ALL.into_iter().find(|signal| plain(signal.as_str()) == word) {
            Some(signal) => found.push(signal),
            None => return Reading::Unknown,
        }
    }
    found.sort_unstable();
    found.dedup();
    let names: Vec<&str> = found.iter().map(|signal| signal.as_str()).collect();
    Reading::Class(if names.is_empty() {
        NO_SIGNAL.to_owned()
    } else {
        names.join(&SIGNALS_APART.to_string())
    })
}

/// Bad, neither or good, in words, stars, or numbers around zero.
fn sentiment(plain: &str, number: Option<f64>, scale: Scale) -> Option<&'static str> {
    let class = |side: std::cmp::Ordering| match side {
        std::cmp::Ordering::Less => "negative",
        std::cmp::Ordering::Equal => "neutral",
        std::cmp::Ordering::Greater => "positive",
    };
    match (number, scale) {
        (Some(number), Scale::Feelings { bad: -1 }) => number.partial_cmp(&0.0).map(class),
        (Some(stars), Scale::Stars) => stars.round().partial_cmp(&3.0).map(class),
        // What 0 and 1 mean, a person must say.
        (Some(_), _) => None,
        (None, _) => match plain {
            "negative" | "neg" | "negatief" | "negativ" | "negatif" | "négatif" | "negativo"
            | "complaint" => Some("negative"),
            "neutral" | "neutraal" | "neutre" | "neutro" | "none" | "mixed" => Some("neutral"),
            "positive" | "pos" | "positief" | "positiv" | "positif" | "positivo" | "praise" => {
                Some("positive")
            }
            _ => None,
        },
    }
}

fn severity(plain: &str, number: Option<f64>) -> Reading {
    let class = |severity: Severity| Reading::Class(severity.as_str().to_owned());
    if let Some(number) = number {
        return Severity::ALL
            .into_iter()
            .find(|severity| is_near(f64::from(*severity as u8), number))
            .map_or(Reading::Unknown, class);
    }
    match plain {
        "noexplicitreproach" | "noexplicit" | "noreproach" => class(Severity::NoExplicitReproach),
        "disapproval" | "afkeuring" => class(Severity::Disapproval),
        "accusation" | "beschuldiging" => class(Severity::Accusation),
        "blame" | "verwijt" => class(Severity::Blame),
        "noncomplaint" | "notcomplaint" | "nocomplaint" | "none" => {
            Reading::LeftOut("no complaint, which has no severity")
        }
        _ => Reading::Unknown,
    }
}

fn intent(word: &str) -> Option<Intent> {
    Intent::ALL.into_iter().find(|intent| plain(intent.as_str()) == word).or(match word {
        "vent" | "complaint" | "complaining" | "rant" => Some(Intent::Venting),
        "help" | "askhelp" | "askforhelp" | "helprequest" | "support" | "hulp" => Some(Intent::AskingForHelp),
        "alternative" | "askingforanalternative" | "askalternative" => Some(Intent::AskingForAlternative),
        "switch" | "switching" | "churn" | "leaving" | "opzeggen" => Some(Intent::AnnouncingSwitch),
        "query" | "vraag" | "informationrequest" | "frage" => Some(Intent::Question),
        "thanks" | "compliment" | "gratitude" | "lof" => Some(Intent::Praise),
        "ad" | "ads" | "advertising" | "advertisement" | "nieuws" => Some(Intent::News),
        "other" | "none" | "statement" => Some(Intent::Remark),
        _ => None,
    })
}

fn language(label: &str) -> Option<Language> {
    let plain = plain(label);
    let by_name = match plain.as_str() {
        "nederlands" | "vlaams" | "flemish" => Some(Language::Dutch),
        "engels" | "englisch" | "anglais" => Some(Language::English),
        "frans" | "français" | "francais" => Some(Language::French),
        "duits" | "deutsch" | "allemand" => Some(Language::German),
        "italiaans" | "italiano" => Some(Language::Italian),
        "portugees" | "português" | "portugues" => Some(Language::Portuguese),
        "spaans" | "español" | "espanol" | "castellano" => Some(Language::Spanish),
        "other" | "anders" | "und" | "unknown" => Some(Language::Other),
        _ => None,
    };
    let primary = label.trim().split(['-', '_']).next().unwrap_or("");
    let is_code = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    by_name.or_else(|| Language::from_tag(label).filter(|language| is_code || *language != Language::Other))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(name: &str, values: &[(&str, u64)]) -> Cells {
        Cells {
            name: name.to_owned(),
            is_rating: ["rating", "stars"].contains(&name),
            values: values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect(),
        }
    }

    /// `=class`, `-` for a row that is left out, `?` for one that is not understood.
    #[track_caller]
    fn check(task: Task, scale: Scale, cases: &[(&str, &str)]) {
        for (label, expect) in cases {
            let found = match task.read(label, scale) {
                Reading::Class(class) => class,
                Reading::LeftOut(_) => "-".to_owned(),
                Reading::Unknown => "?".to_owned(),
            };
            assert_eq!(found, *expect, "{task}: {label}");
        }
    }

    #[test]
    fn signals_and_feelings_are_read() {
        check(
            Task::Signal,
            Scale::Plain,
            &[
                ("", "none"),
                ("none", "none"),
                ("Safety", "safety"),
                ("legal; sarcasm", "sarcasm;legal"),
                ("threat_to_leave,legal|legal", "threat-to-leave;legal"),
                ("angry", "?"),
            ],
        );
        let words = [("Negatief", "negative"), ("neutral", "neutral"), ("POS", "positive"), ("1", "?")];
        check(Task::Sentiment, Scale::Plain, &words);
        check(Task::Sentiment, Scale::Stars, &[("1", "negative"), ("3", "neutral"), ("5", "positive")]);
        check(
            Task::Sentiment,
            Scale::Feelings { bad: -1 },
            &[("-1", "negative"), ("0", "neutral"), ("1", "positive")],
        );
    }

    #[test]
    fn labels_are_read_however_they_are_spelled() {
        let (yes, no) = ("complaint", "no complaint");
        check(
            Task::Complaint,
            Scale::Plain,
            &[
                ("1", yes),
                ("1.0", yes),
                ("0", no),
                ("Yes", yes),
                ("nee", no),
                ("TRUE", yes),
                ("non-complaint", no),
                ("Not a complaint", no),
                ("Klacht", yes),
                ("negatief", yes),
                ("négatif", yes),
                ("neutral", no),
                ("2", "?"),
                ("maybe", "?"),
            ],
        );
        check(
            Task::Complaint,
            Scale::Stars,
            &[("1", yes), ("2", yes), ("3", "-"), ("3.5", "-"), ("4", no), ("5,0", no), ("negative", yes)],
        );
        check(Task::Complaint, Scale::Feelings { bad: -1 }, &[("-1", yes), ("0", no), ("1", no)]);
        check(Task::Complaint, Scale::Feelings { bad: 0 }, &[("0", yes), ("4", no)]);
        check(
            Task::Severity,
            Scale::Plain,
            &[
                ("0", "no-explicit-reproach"),
                ("No explicit reproach", "no-explicit-reproach"),
                ("3", "blame"),
                ("Accusation", "accusation"),
                ("Non-Complaint", "-"),
                ("4", "?"),
            ],
        );
        check(
            Task::Intent,
            Scale::Plain,
            &[
                ("asking for help", "asking-for-help"),
                ("Vraag", "question"),
                ("other", "remark"),
                ("blue", "?"),
            ],
        );
        check(Task::Churn, Scale::Plain, &[("1", "leaves"), ("non-churn", "stays"), ("maybe", "?")]);
        check(
            Task::Language,
            Scale::Plain,
            &[
                ("nl", "nl"),
                ("NLD", "nl"),
                ("nl-BE", "nl"),
                ("Deutsch", "de"),
                ("sv", "und"),
                ("fra", "fr"),
                ("a long sentence", "?"),
            ],
        );
        check(Task::Target, Scale::Plain, &[("US Airways", "us-airways"), ("no_brand", "none")]);
    }

    #[test]
    fn the_column_is_found_by_its_name_and_by_what_stands_in_it() {
        let chosen = |task, all: &[Cells]| {
            choose(task, all).map(|choice| (all[choice.column].name.clone(), choice.scale))
        };
        let found = |name: &str, scale| Some((name.to_owned(), scale));
        let felt = cells("airline_sentiment", &[("negative", 5), ("neutral", 3)]);
        let reason = cells("negativereason", &[("Late Flight", 3), ("Lost", 2)]);
        assert_eq!(
            chosen(Task::Complaint, &[reason.clone(), felt.clone()]),
            found("airline_sentiment", Scale::Plain)
        );
        // Stars say more than words that were made of them, and a label of complaints more than stars.
        let stars = cells("rating", &[("1", 4), ("5", 4)]);
        let made = cells("label", &[("negative", 4), ("positive", 4)]);
        assert_eq!(chosen(Task::Complaint, &[made.clone(), stars.clone()]), found("rating", Scale::Stars));
        let said = cells("label", &[("complaint", 4), ("none", 4)]);
        assert_eq!(chosen(Task::Complaint, &[stars.clone(), said]), found("label", Scale::Plain));
        let named = cells("Complaint", &[("0", 4), ("1", 4)]);
        assert_eq!(chosen(Task::Complaint, &[stars, felt, named]), found("Complaint", Scale::Plain));
        // A name with something else behind it is none.
        let text = cells("complaint", &[("they lost my bag", 1), ("no bag", 1), ("1", 1)]);
        assert_eq!(chosen(Task::Complaint, &[text, made]), found("label", Scale::Plain));
        let timely = cells("Timely response?", &[("Yes", 4), ("No", 4)]);
        assert_eq!(chosen(Task::Complaint, &[timely]), None);
        let states = cells("state", &[("CA", 4), ("NY", 4)]);
        assert_eq!(chosen(Task::Language, &[states]), None);
        let codes = cells("l", &[("nl", 4), ("en", 4)]);
        assert_eq!(chosen(Task::Language, &[reason, codes]), found("l", Scale::Plain));
        let levels = cells("label", &[("0", 4), ("3", 1), ("2", 4)]);
        assert_eq!(chosen(Task::Severity, &[levels]), found("label", Scale::Plain));
    }

    proptest! {
        #[test]
        fn every_class_that_is_read_is_one_of_the_task(text in "\\PC{0,20}|[a-z ]{0,8}|-?[0-9.,]{1,4}") {
            for task in Task::ALL {
                for scale in [Scale::Plain, Scale::Stars, Scale::Feelings { bad: 0 }] {
                    let reading = task.read(&text, scale);
                    if let Reading::Class(class) = reading && task != Task::Target {
                        prop_assert!(task.classes().contains(&class), "{}: {}", task, class);
                    }
                }
            }
        }

        #[test]
        fn every_class_is_read_as_itself(at in 0..9_usize) {
            for task in Task::ALL {
                if let Some(class) = task.classes().get(at) {
                    prop_assert_eq!(task.read(class, Scale::Plain), Reading::Class(class.clone()));
                }
            }
        }
    }
}
