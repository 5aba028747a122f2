//! How good are verdicts? Macro F1 by corpus and language, of verdicts that were made without seeing the text.

use std::collections::BTreeMap;

use grouse::analysis::learned::{HEADS, Head};
use grouse::model::Severity;

use crate::corpora::Labeled;

pub(crate) fn report(name: &str, scored: &[(&Labeled, [f64; HEADS])]) {
    println!("\n{name}");
    let mut sets: BTreeMap<String, Vec<(bool, f64)>> = BTreeMap::new();
    let mut severities: Vec<(Severity, Severity)> = Vec::new();
    let mut feelings: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (one, raw) in scored {
        if let Some(label) = one.complaint {
            let set = if one.corpus == "key" { format!("key {}", one.language) } else { one.corpus.clone() };
            sets.entry(set).or_default().push((label, raw[Head::Complaint as usize]));
        }
        if let (Some(severity), "ces") = (one.severity, &*one.corpus) {
            let best = Severity::ALL
                .into_iter()
                .max_by(|a, b| raw[Head::of(*a) as usize].total_cmp(&raw[Head::of(*b) as usize]))
                .unwrap_or(Severity::NoExplicitReproach);
            severities.push((severity, best));
        }
        if let Some(feeling) = one.sentiment {
            feelings.entry(one.corpus.clone()).or_default().push((feeling, raw[Head::Sentiment as usize]));
        }
    }
    for (set, rows) in &sets {
        let pairs: Vec<(u8, u8)> =
            rows.iter().map(|(label, score)| (u8::from(*label), u8::from(*score >= 0.0))).collect();
        let share = rows.iter().filter(|(label, _)| *label).count() as f64 / rows.len() as f64;
        println!(
            "  complaint {set:<8} {:>6} texts, {:>3.0} % complaints: macro F1 {:.3}",
            rows.len(),
            share * 100.0,
            macro_f1(&pairs, 2)
        );
    }
    if !severities.is_empty() {
        let pairs: Vec<(u8, u8)> = severities.iter().map(|(is, said)| (*is as u8, *said as u8)).collect();
        println!("  severity  ces      {:>6} complaints: macro F1 {:.3}", pairs.len(), macro_f1(&pairs, 4));
    }
    for (set, rows) in &feelings {
        let pairs: Vec<(u8, u8)> = rows
            .iter()
            .filter(|(feeling, _)| (*feeling - 0.5).abs() > 0.1)
            .map(|(feeling, score)| (u8::from(*feeling > 0.5), u8::from(*score >= 0.0)))
            .collect();
        if pairs.len() > 20 {
            println!(
                "  sentiment {set:<8} {:>6} texts that are not neutral: macro F1 {:.3}",
                pairs.len(),
                macro_f1(&pairs, 2)
            );
        }
    }
}

/// The mean over classes that occur of the F1 of each.
pub(crate) fn macro_f1(pairs: &[(u8, u8)], classes: u8) -> f64 {
    let mut sum = 0.0;
    let mut count = 0.0;
    for class in 0..classes {
        let is = pairs.iter().filter(|(is, _)| *is == class).count() as f64;
        let said = pairs.iter().filter(|(_, said)| *said == class).count() as f64;
        let both = pairs.iter().filter(|pair| **pair == (class, class)).count() as f64;
        if is > 0.0 {
            count += 1.0;
            sum += if is + said > 0.0 { 2.0 * both / (is + said) } else { 0.0 };
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
