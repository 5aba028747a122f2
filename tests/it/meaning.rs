//! Promise: is it seen who means to leave a brand? Measured on the half of the texts that nobody looked at.

use grouse::model::Language;

use crate::apart::churn;
use crate::common::corpus;

/// What has to be reached, as F1 of those who mean to leave.
const BAR: f64 = 0.75;

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
    let rows = churn(&path, tag);
    let count = |test: &dyn Fn(&(bool, bool)) -> bool| rows.iter().filter(|row| test(row)).count() as f64;
    let (meant, seen) = (count(&|row| row.0), count(&|row| row.1));
    let f1 = 2.0 * count(&|row| row.0 && row.1) / (meant + seen);
    eprintln!("{name}: {} rows held back, {meant} mean to leave, {seen} seen: F1 {f1:.3}", rows.len());
    assert!(rows.len() > 60, "{name} has become short");
    assert!(f1 >= BAR, "{name}: F1 {f1:.3}");
}
