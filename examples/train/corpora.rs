//! Which texts, and what do their corpora say of them? Read as the program reads posts: masked, in a language, as features.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use grouse::analysis::learned::{Feature, features_of};
use grouse::model::{Language, Severity};
use grouse::text::fold;
use grouse::text::language::{Prior, detect};
use grouse::text::mask::mask;
use serde_json::Value;

/// A text with what its corpus says of it.
pub(crate) struct Labeled {
    pub(crate) corpus: String,
    /// A part of the corpus: domain, language.
    pub(crate) part: String,
    pub(crate) language: Language,
    pub(crate) features: Vec<Feature>,
    pub(crate) complaint: Option<bool>,
    /// 0 bad, 0.5 neither, 1 good.
    pub(crate) sentiment: Option<f64>,
    pub(crate) severity: Option<Severity>,
    /// In the fifth that nothing is learned from or chosen on.
    pub(crate) is_held: bool,
    /// 0..5, of the others.
    pub(crate) fold: u64,
    /// By which `eval` knows a text that was learned from.
    pub(crate) seen: u32,
}

impl Labeled {
    fn new(corpus: &str, part: &str, title: Option<&str>, text: &str, tag: Option<Language>) -> Self {
        let plain = |text: &str| {
            let text = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
            mask(&text).map_or(text, |masked| masked.text)
        };
        let (title, text) = (title.map(plain), plain(text));
        let language = detect(&text, &Prior { tag, expected: &[] });
        let hash = split_hash(title.as_deref(), &text);
        Self {
            corpus: corpus.to_owned(),
            part: part.to_owned(),
            language,
            features: features_of(title.as_deref(), &text, language),
            complaint: None,
            sentiment: None,
            severity: None,
            is_held: hash % 5 == 0,
            fold: hash / 5 % 5,
            seen: (grouse::analysis::learned::seen_hash(title.as_deref(), &text) & 0xffff_ffff) as u32,
        }
    }

    pub(crate) fn is_transport(&self) -> bool {
        self.corpus == "acl" && self.part == "transport"
    }
}

/// Equal texts, and those that differ in handles, links, numbers or punctuation only, are on one side.
fn split_hash(title: Option<&str>, text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in title.unwrap_or("").split_whitespace().chain(text.split_whitespace()) {
        if word.starts_with('@') || word.contains("://") || word.eq_ignore_ascii_case("rt") {
            continue;
        }
        for byte in fold(word).bytes().filter(u8::is_ascii_alphabetic) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash ^ (hash >> 29)
}

fn folder() -> PathBuf {
    std::env::var_os("GROUSE_CORPORA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"), PathBuf::from)
}

fn csv_rows(name: &str) -> Vec<std::collections::HashMap<String, String>> {
    let Ok(file) = File::open(folder().join(name)) else { return Vec::new() };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let Ok(header) = reader.byte_headers().cloned() else { return Vec::new() };
    reader
        .byte_records()
        .filter_map(Result::ok)
        .map(|record| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let mut row = std::collections::HashMap::new();
            for (name, value) in header.iter().zip(record.iter()) {
                row.entry(text(name)).or_insert_with(|| text(value));
            }
            row
        })
        .collect()
}

fn json_rows(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(name)).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// All that may be learned from; `None` if the corpora are not there.
pub(crate) fn load() -> Option<Vec<Labeled>> {
    let mut all = Vec::new();
    for row in csv_rows("complaints_acl2019.csv") {
        let is_one = row["complaint"] == "1";
        let mut one = Labeled::new("acl", &row["domain"], None, &row["text"], None);
        one.complaint = Some(is_one);
        one.sentiment = is_one.then_some(0.0);
        all.push(one);
    }
    if all.is_empty() {
        return None;
    }
    for row in csv_rows("complaints_airlines_telecom_2015.csv") {
        let is_one = row["complaint"] == "1";
        let mut one = Labeled::new("air", &row["industry"], None, &row["text"], None);
        one.complaint = Some(is_one);
        one.sentiment = is_one.then_some(0.0);
        all.push(one);
    }
    for row in csv_rows("severity_cesamard.csv") {
        if !matches!(&*row["Complaint"], "0" | "1") {
            continue;
        }
        let unescaped = row["Review_S"].replace("\\n", "\n");
        let mut one = Labeled::new("ces", &row["Domain"], Some(row["Title"].trim()), unescaped.trim(), None);
        one.complaint = Some(row["Complaint"] == "1");
        one.severity = match &*row["Severity"] {
            "No explicit reproach" => Some(Severity::NoExplicitReproach),
            "Disapproval" => Some(Severity::Disapproval),
            "Accusation" => Some(Severity::Accusation),
            "Blame" => Some(Severity::Blame),
            _ => None,
        };
        one.sentiment = match &*row["Sentiment"] {
            "0" => Some(0.0),
            "1" => Some(0.5),
            "2" => Some(1.0),
            _ => None,
        };
        all.push(one);
    }
    for row in json_rows("reviews_keytrade_nl_fr_en.jsonl") {
        let field = |name: &str| row[name].as_str().unwrap_or("").trim().to_owned();
        let (title, text) = (field("title"), field("text"));
        let title = (!title.is_empty() && title != text).then_some(title);
        let mut one =
            Labeled::new("key", &field("lang"), title.as_deref(), &text, field("lang").parse().ok());
        one.language = field("lang").parse().unwrap_or(one.language);
        let stars = row["rating"].as_f64().unwrap_or(3.0);
        one.complaint = if stars <= 2.0 { Some(true) } else { (stars >= 4.0).then_some(false) };
        one.sentiment = Some(if stars <= 2.0 {
            0.0
        } else if stars >= 4.0 {
            1.0
        } else {
            0.5
        });
        all.push(one);
    }
    for row in json_rows("tweets_bahn_de.jsonl") {
        let label = row["label"].as_str().unwrap_or("");
        let mut one = Labeled::new("bahn", "", None, row["text"].as_str().unwrap_or(""), None);
        one.complaint = Some(label == "negative" && row["relevant"].as_bool().unwrap_or(false));
        one.sentiment = polarity(label);
        all.push(one);
    }
    for row in json_rows("tweets_freemobile_fr.jsonl") {
        let is_official = row["official"].as_bool().unwrap_or(false);
        let feeling = row["sentiment"].as_str().unwrap_or("");
        let mut one = Labeled::new("free", "", None, row["text"].as_str().unwrap_or(""), None);
        one.complaint = Some(!is_official && feeling == "negatif");
        one.sentiment = match feeling {
            "negatif" => Some(0.0),
            "positif" => Some(1.0),
            _ => Some(0.5),
        };
        all.push(one);
    }
    for row in json_rows("sentences_restaurants_nl.jsonl") {
        let label = row["label"].as_str().unwrap_or("");
        let mut one =
            Labeled::new("rest", "", None, row["text"].as_str().unwrap_or(""), Some(Language::Dutch));
        one.complaint =
            matches!(label, "negative" | "positive" | "neutral" | "none").then_some(label == "negative");
        one.sentiment = polarity(label);
        all.push(one);
    }
    for row in json_rows("langid_liga.jsonl") {
        let mut one = Labeled::new("liga", "", None, row["text"].as_str().unwrap_or(""), None);
        one.complaint = Some(false);
        one.sentiment = Some(0.5);
        all.push(one);
    }
    for row in csv_rows("cfpb_2019.csv") {
        let text = row.get("Consumer complaint narrative").map_or("", String::as_str);
        if text.len() > 20 {
            let mut one = Labeled::new("cfpb", "", None, text, None);
            one.complaint = Some(true);
            all.push(one);
        }
    }
    for row in csv_rows("banking77_train.csv") {
        let mut one = Labeled::new("b77", "", None, &row["text"], None);
        let is_in = |list: &str| list.split_whitespace().any(|name| name == row["category"]);
        one.complaint = if is_in(WENT_WRONG) { Some(true) } else { is_in(WANTS_TO_KNOW).then_some(false) };
        all.push(one);
    }
    all.extend(own());
    Some(all)
}

/// Questions of bank customers by what they are about. Their corpus does not say which are complaints; these are about
/// something that went wrong, and the next are from people who want to know something. The rest is neither.
const WENT_WRONG: &str = "declined_card_payment declined_cash_withdrawal declined_transfer card_not_working \
    card_payment_fee_charged card_payment_not_recognised card_payment_wrong_exchange_rate cash_withdrawal_charge \
    cash_withdrawal_not_recognised contactless_not_working direct_debit_payment_not_recognised \
    extra_charge_on_statement failed_transfer Refund_not_showing_up balance_not_updated_after_bank_transfer \
    balance_not_updated_after_cheque_or_cash_deposit transfer_not_received_by_recipient transfer_fee_charged \
    top_up_failed top_up_reverted transaction_charged_twice unable_to_verify_identity virtual_card_not_working \
    wrong_amount_of_cash_received wrong_exchange_rate_for_cash_withdrawal card_swallowed beneficiary_not_allowed \
    reverted_card_payment? card_arrival";

const WANTS_TO_KNOW: &str = "activate_my_card age_limit apple_pay_or_google_pay atm_support automatic_top_up \
    card_about_to_expire card_acceptance card_delivery_estimate card_linking change_pin country_support \
    disposable_card_limits edit_personal_details exchange_charge exchange_rate exchange_via_app fiat_currency_support \
    get_disposable_virtual_card get_physical_card getting_spare_card getting_virtual_card order_physical_card \
    receiving_money supported_cards_and_currencies terminate_account top_up_by_bank_transfer_charge \
    top_up_by_card_charge top_up_by_cash_or_cheque top_up_limits topping_up_by_card transfer_into_account \
    transfer_timing verify_my_identity verify_source_of_funds verify_top_up visa_or_mastercard why_verify_identity";

fn polarity(label: &str) -> Option<f64> {
    match label {
        "negative" => Some(0.0),
        "positive" => Some(1.0),
        "neutral" | "none" => Some(0.5),
        _ => None,
    }
}

/// Our own examples: `+` praise, `0` neither, and complaints by their severity.
fn own() -> Vec<Labeled> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("index/model/examples");
    let mut all = Vec::new();
    for language in Language::ALL {
        let text = fs::read_to_string(folder.join(format!("{}.tsv", language.code()))).unwrap_or_default();
        for (mark, text) in text.lines().filter_map(|line| line.split_once('\t')) {
            let mut one = Labeled::new("own", language.code(), None, text, Some(language));
            one.severity = match mark {
                "n" => Some(Severity::NoExplicitReproach),
                "d" => Some(Severity::Disapproval),
                "a" => Some(Severity::Accusation),
                "b" => Some(Severity::Blame),
                _ => None,
            };
            one.complaint = Some(one.severity.is_some());
            one.sentiment = Some(if mark == "+" {
                1.0
            } else if mark == "0" {
                0.5
            } else {
                0.0
            });
            // All of them teach: what is measured is measured on texts that others wrote.
            one.is_held = false;
            all.push(one);
        }
    }
    all
}

/// The tweets to airlines, which may be measured on and not learned from.
pub(crate) fn airline_tweets() -> Vec<Labeled> {
    csv_rows("airline_tweets.csv")
        .into_iter()
        .map(|row| {
            let mut one = Labeled::new("tweets", "", None, &row["text"], None);
            one.complaint = Some(row["airline_sentiment"] == "negative");
            one.sentiment = polarity(&row["airline_sentiment"]);
            one
        })
        .collect()
}
