//! What do the corpora say, which part of each is held out, and by how much does each count? Shared by `train`, which learns
//! from them, and `evaluate`, which measures on what was held out.
//!
//! The split is by a hash of the text, so equal texts are on one side. `index/model/README.md` says which corpora, with which
//! licences.

pub(crate) mod apart;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use grouse::analysis::learned::{Learned, Lesson, Texts, learn, text_hash};
use grouse::model::Severity;
use grouse::sources::file::as_read;
use serde_json::Value;

/// A labelled text of a corpus.
pub(crate) struct Sample {
    pub(crate) corpus: &'static str,
    pub(crate) part: String,
    pub(crate) texts: Texts,
    hash: u64,
    /// As `import` would read the text: without control characters and with entities written out.
    hash_as_read: u64,
    pub(crate) complaint: Option<bool>,
    /// 0 bad, 1 good.
    sentiment: Option<f64>,
    pub(crate) severity: Option<Severity>,
}

/// By how much each corpus counts for complaint and for sentiment.
const CORPORA: [(&str, f64, f64); 15] = [
    ("acl", 4.0, 0.3),
    ("air", 1.0, 0.3),
    ("keytrade", 2.0, 1.0),
    ("cesamard", 0.5, 0.5),
    ("restaurants", 0.5, 1.0),
    ("bahn", 0.3, 0.5),
    ("liga", 0.1, 0.02),
    ("cfpb", 0.2, 0.1),
    ("freemobile", 0.1, 0.1),
    ("banking77", 0.1, 0.0),
    ("own", 1.0, 1.0),
    // Many, and of one writer: what counts more here costs on others' tweets.
    ("own reviews", 0.15, 0.15),
    ("own tweets", 0.6, 0.6),
    ("own posts", 0.3, 0.3),
    ("own negated", 0.3, 0.3),
];

/// The firms that our own texts name without a handle; as a watchlist would know them.
const FIRMS: &str = "Fibrely Anyphone Boxrunner Northline Skyhop Finbud Gridworks Shoply Surecover Cityhotel Medline Streambox \
    Plugnride Gogym Burgerhaus Kamodo Vezelnet Allebel Doosloper Spoorlijn Vliegop Bankmaat Netwerken Winkelie Goedgedekt \
    Stadshotel Kijkdoos Stekkerop Fitplek Frietpaleis Glasnetz Paketläufer Geldfreund Flugauf Steckfix Allenetz Fibrevite \
    Colisvite Banquami Airhaut Priseplus Toutmobile Fibraya Paqueteya Bancamigo Volaalto Todomovil Fibrasubito Paccosubito \
    Bancamica Voloalto Tuttomobile Fibraja Encomendaja Bancoamigo Voaalto Todomovel bankaro Bankaro NorthTel QuickNet SnelNet";

/// Parts that each corpus is divided in.
pub(crate) const FOLDS: u64 = 5;

impl Sample {
    /// Which fifth it is of; of our own examples none is ever held out, since they say nothing of what others write.
    pub(crate) fn fold(&self) -> Option<u64> {
        (!self.corpus.starts_with("own")).then_some(self.hash % FOLDS)
    }

    /// Of the fifth that nothing was tuned on.
    pub(crate) fn is_held(&self) -> bool {
        self.fold() == Some(0)
    }

    /// By what a text that was taught is known again ([`grouse::analysis::learned::was_taught`]).
    pub(crate) fn marks(&self) -> [u32; 2] {
        [self.hash, self.hash_as_read].map(|hash| u32::try_from(hash >> 32).unwrap())
    }
}

/// What is learned from the samples that `is_in`.
pub(crate) fn taught(samples: &[Sample], is_in: impl Fn(&Sample) -> bool) -> Learned {
    Learned::read(learn(&lessons(samples, is_in))).unwrap()
}

/// Each corpus counts by its weight, and its complaints as much as the rest of it.
pub(crate) fn lessons(samples: &[Sample], is_in: impl Fn(&Sample) -> bool) -> Vec<Lesson<'_>> {
    let chosen: Vec<&Sample> = samples.iter().filter(|sample| is_in(sample)).collect();
    let mut counts: BTreeMap<(&str, Option<bool>), f64> = BTreeMap::new();
    let mut severities = [0.0; 4];
    for sample in &chosen {
        *counts.entry((sample.corpus, sample.complaint)).or_default() += 1.0;
        if let Some(severity) = sample.severity {
            severities[severity as usize] += 1.0;
        }
    }
    let count = |corpus, is| counts.get(&(corpus, Some(is))).copied().unwrap_or(0.0);
    let all: f64 = severities.iter().sum();
    chosen
        .into_iter()
        .map(|sample| {
            let (_, complaint, sentiment) =
                CORPORA.into_iter().find(|(name, ..)| *name == sample.corpus).unwrap();
            let balance = |is: bool| {
                let (same, other) = (count(sample.corpus, is), count(sample.corpus, !is));
                if other > 0.0 { (same + other) / (2.0 * same) } else { 1.0 }
            };
            Lesson {
                texts: &sample.texts,
                complaint: sample.complaint.map(|is| (f64::from(u8::from(is)), complaint * balance(is))),
                sentiment: sample.sentiment.map(|is| (is, sentiment)),
                severity: sample.severity.map(|is| (is, all / (4.0 * severities[is as usize]))),
            }
        })
        .collect()
}

/// Where the corpora are.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("GROUSE_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora")),
        PathBuf::from,
    )
}

/// All labelled texts.
pub(crate) fn load(folder: &Path) -> Vec<Sample> {
    let mut samples = Vec::new();
    for row in table(&folder.join("complaints_acl2019.csv")) {
        let is = row["complaint"] == "1";
        samples.push(Sample { part: row["domain"].clone(), ..sample("acl", None, &row["text"], Some(is)) });
    }
    for row in table(&folder.join("complaints_airlines_telecom_2015.csv")) {
        samples.push(sample("air", None, &row["text"], Some(row["complaint"] == "1")));
    }
    for row in table(&folder.join("severity_cesamard.csv")) {
        if !["0", "1"].contains(&row["Complaint"].as_str()) {
            continue;
        }
        let is = row["Complaint"] == "1";
        let severity = ["No explicit reproach", "Disapproval", "Accusation", "Blame"]
            .iter()
            .position(|name| *name == row["Severity"])
            .filter(|_| is)
            .map(|at| Severity::ALL[at]);
        let feeling = Some(if is { 0.0 } else { 1.0 });
        let new = sample("cesamard", Some(&row["Title"]), &row["Review_S"], Some(is));
        samples.push(Sample { severity, sentiment: feeling, ..new });
    }
    for row in lines(&folder.join("reviews_keytrade_nl_fr_en.jsonl")) {
        let rating = row["rating"].as_f64().unwrap();
        let is = (!(2.5..=3.5).contains(&rating)).then_some(rating < 3.0);
        let new = sample("keytrade", row["title"].as_str(), text(&row, "text"), is);
        samples.push(Sample {
            part: text(&row, "lang").to_owned(),
            sentiment: Some((rating - 1.0) / 4.0),
            ..new
        });
    }
    for row in lines(&folder.join("tweets_bahn_de.jsonl")) {
        let is = text(&row, "label") == "negative" && row["relevant"] == true;
        samples.push(Sample {
            sentiment: feeling(text(&row, "label")),
            ..sample("bahn", None, text(&row, "text"), Some(is))
        });
    }
    for row in lines(&folder.join("tweets_freemobile_fr.jsonl")) {
        let is_official = row["official"] == true;
        let is = text(&row, "sentiment") == "negatif" && !is_official;
        let feeling = feeling(text(&row, "sentiment")).filter(|_| !is_official);
        samples
            .push(Sample { sentiment: feeling, ..sample("freemobile", None, text(&row, "text"), Some(is)) });
    }
    for row in lines(&folder.join("sentences_restaurants_nl.jsonl")) {
        let label = text(&row, "label");
        let is = ["negative", "positive", "none", "neutral"].contains(&label).then_some(label == "negative");
        samples.push(Sample {
            sentiment: feeling(label),
            ..sample("restaurants", None, text(&row, "text"), is)
        });
    }
    for row in table(&folder.join("banking77_train.csv")) {
        if let Some(is) = banking(&row["category"]) {
            samples.push(sample("banking77", None, &row["text"], Some(is)));
        }
    }
    for row in lines(&folder.join("langid_liga.jsonl")) {
        samples
            .push(Sample { sentiment: Some(0.5), ..sample("liga", None, text(&row, "text"), Some(false)) });
    }
    for row in table(&folder.join("cfpb_2019.csv")) {
        let told = &row["Consumer complaint narrative"];
        if told.len() > 20 {
            samples.push(Sample { sentiment: Some(0.0), ..sample("cfpb", None, told, Some(true)) });
        }
    }
    samples.extend(own());
    samples
}

/// Texts that we wrote: `mark<TAB>text` or `mark<TAB>title<TAB>text`, where `+` is praise, `0` neither, and n, d, a, b complaints
/// by severity. Reviews and tweets are in files named so; their severity is not taught, since it made that of others' worse.
fn own() -> Vec<Sample> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/index/model/examples"));
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<(&str, String)> =
        files.iter().map(|file| (group(file), fs::read_to_string(file).unwrap())).collect();
    texts
        .iter()
        .flat_map(|(group, text)| text.lines().map(|line| (*group, line)))
        .filter_map(|(group, line)| Some((group, line.split_once('\t')?)))
        .map(|(group, (mark, text))| {
            let (title, text) =
                text.split_once('\t').map_or((None, text), |(title, text)| (Some(title), text));
            let severity = ["n", "d", "a", "b"].iter().position(|name| *name == mark);
            let sentiment = match mark {
                "+" => Some(1.0),
                "0" => Some(0.5),
                "n" => Some(0.25),
                _ => Some(0.0),
            };
            let severity_is = severity.filter(|_| group == "own").map(|at| Severity::ALL[at]);
            let new = sample(group, title, text, Some(severity.is_some()));
            let is_named = title.is_none() && FIRMS.split_whitespace().any(|firm| text.contains(firm));
            let texts = Texts::read_naming(title, text, None, is_named);
            Sample { severity: severity_is, sentiment, texts, ..new }
        })
        .collect()
}

fn group(file: &Path) -> &'static str {
    let name = file.file_name().unwrap().to_string_lossy();
    match name.split_once('_').map(|(group, _)| group) {
        Some("reviews") => "own reviews",
        Some("tweets") => "own tweets",
        Some("posts") => "own posts",
        Some("negated") => "own negated",
        _ => "own",
    }
}

fn sample(corpus: &'static str, title: Option<&str>, text: &str, complaint: Option<bool>) -> Sample {
    Sample {
        corpus,
        part: String::new(),
        texts: Texts::read(title, text, None),
        hash: text_hash(title, text),
        hash_as_read: text_hash(title.map(as_read).as_deref(), &as_read(text)),
        complaint,
        // A complaint is felt badly; what is none may be felt anyhow.
        sentiment: complaint.filter(|is| *is).map(|_| 0.1),
        severity: None,
    }
}

fn feeling(label: &str) -> Option<f64> {
    match label {
        "negative" | "negatif" => Some(0.0),
        "positive" | "positif" => Some(1.0),
        "neutral" | "neutre" | "none" => Some(0.5),
        _ => None,
    }
}

/// Whether a category of the bank's questions says that something went wrong; `None` where it may be either.
fn banking(category: &str) -> Option<bool> {
    const WRONG: &str = "declined_card_payment declined_cash_withdrawal declined_transfer card_not_working \
        card_payment_fee_charged card_payment_not_recognised card_payment_wrong_exchange_rate cash_withdrawal_charge \
        cash_withdrawal_not_recognised contactless_not_working direct_debit_payment_not_recognised \
        extra_charge_on_statement failed_transfer Refund_not_showing_up balance_not_updated_after_bank_transfer \
        balance_not_updated_after_cheque_or_cash_deposit transfer_not_received_by_recipient transfer_fee_charged \
        top_up_failed top_up_reverted transaction_charged_twice unable_to_verify_identity virtual_card_not_working \
        wrong_amount_of_cash_received wrong_exchange_rate_for_cash_withdrawal card_swallowed beneficiary_not_allowed \
        reverted_card_payment? card_arrival";
    const EITHER: &str = "cancel_transfer card_acceptance_refused compromised_card lost_or_stolen_card \
        lost_or_stolen_phone passcode_forgotten pending_card_payment pending_cash_withdrawal pending_top_up \
        pending_transfer pin_blocked request_refund edit_details";
    let is_in = |list: &str| list.split_whitespace().any(|name| name == category);
    (!is_in(EITHER)).then(|| is_in(WRONG))
}

/// The rows of a CSV file by column, as they stand there.
pub(crate) fn table(file: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.unwrap();
        let mut row: BTreeMap<String, String> =
            names.iter().map(|name| (name.clone(), String::new())).collect();
        for (name, cell) in names.iter().zip(&record) {
            row.insert(name.clone(), String::from_utf8_lossy(cell).into_owned());
        }
        rows.push(row);
    }
    rows
}

pub(crate) fn lines(file: &Path) -> Vec<Value> {
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or("")
}
