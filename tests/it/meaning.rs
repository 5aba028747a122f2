//! Promise: is it seen who means to leave a brand? Measured on the half of the texts that nobody looked at.

use std::path::Path;

use grouse::analysis::Judge;
use grouse::model::{Brand, BrandId, Finding, Intent, Language, Post, Role, Signal, Watchlist, WatchlistId};

use crate::common::{corpus, post};

/// What has to be reached, as F1 of those who mean to leave.
const BAR: f64 = 0.75;

struct Row {
    text: String,
    brand: String,
    means_to_leave: bool,
}

#[test]
fn who_means_to_leave_is_seen_in_english() {
    check("churn_intent_en.csv", Language::English);
}

#[test]
fn who_means_to_leave_is_seen_in_german() {
    check("churn_intent_de.csv", Language::German);
}

#[track_caller]
fn check(name: &str, tag: Language) {
    let Some(path) = corpus(name) else { return };
    let rows = rows(&path);
    let judge = Judge::new(Some(&market(&rows)));
    let (mut right, mut seen, mut meant) = (0_u32, 0_u32, 0_u32);
    let mut measured = 0;
    for row in rows.iter().filter(|row| is_held(&row.text)) {
        let finding = judge.judge(&Post { tag: Some(tag), ..post("1", &row.text) });
        let is_seen = leaves(&finding, brand_of(&row.brand).as_ref());
        measured += 1;
        right += u32::from(is_seen && row.means_to_leave);
        seen += u32::from(is_seen);
        meant += u32::from(row.means_to_leave);
    }
    let f1 = 2.0 * f64::from(right) / f64::from(seen + meant);
    eprintln!(
        "{name}: {measured} rows held back, {meant} mean to leave, {seen} seen, {right} of them right: F1 {f1:.3}"
    );
    assert!(measured > 60, "{name} has become short");
    assert!(f1 >= BAR, "{name}: F1 {f1:.3}");
}

/// A row names the brand that is left, or none where the writer speaks to their provider without naming it.
fn leaves(finding: &Finding, brand: Option<&BrandId>) -> bool {
    match brand {
        Some(brand) => finding.judgement.switch.from.as_ref() == Some(brand),
        None => {
            finding.judgement.switch.from.is_none()
                && (finding.judgement.intent == Intent::AnnouncingSwitch
                    || finding.judgement.signals.contains(&Signal::ThreatToLeave))
        }
    }
}

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (text, brand, churn) = (column("text"), column("brand"), column("churn"));
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            Row {
                text: record[text].to_owned(),
                brand: record[brand].to_owned(),
                means_to_leave: &record[churn] == "1",
            }
        })
        .collect()
}

fn brand_of(name: &str) -> Option<BrandId> {
    let name = name.trim().to_lowercase();
    if name.is_empty() || name == "no_brand" { None } else { BrandId::from_name(&name) }
}

/// A market of the brands that the file has, each by its name and nothing else.
fn market(rows: &[Row]) -> Watchlist {
    let mut ids: Vec<BrandId> = rows.iter().filter_map(|row| brand_of(&row.brand)).collect();
    ids.sort();
    ids.dedup();
    let brands = ids.into_iter().map(|id| {
        let name = id.as_str().to_owned();
        Brand {
            role: Role::Competitor,
            aliases: vec![name.clone()],
            ambiguous: Vec::new(),
            near: Vec::new(),
            never_near: Vec::new(),
            handles: vec![name.clone()],
            accounts: Vec::new(),
            guidance: None,
            hashtags: vec![name.clone()],
            name,
            id,
        }
    });
    let listed = grouse::config::shipped()[0];
    let id = WatchlistId::new(listed.0).unwrap();
    Watchlist { brands: brands.collect(), ..grouse::config::read_watchlist(id, listed.1).unwrap() }
}

/// The half that the phrases were not written on: by the text, so that equal texts are on one side (FNV-1a, 64 bits).
fn is_held(text: &str) -> bool {
    let hash = text.trim().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) & 1 == 1
}
