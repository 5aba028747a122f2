//! Does the scoring keep its promises? The same everywhere, never a panic, and right on plain sentences.

use proptest::prelude::*;

use super::key::Block;
use super::weights::{BLOCKS, Weights, is_rare_by_count, place};
use super::*;
use crate::model::Aspect;

fn judged(text: &str) -> Verdict {
    Learned::base().verdict(Texts::read(None, text, None).sheet())
}

#[test]
fn the_table_is_what_it_says() {
    assert!(Weights::read(WEIGHTS).is_some());
    assert!(Weights::read(&WEIGHTS[1..]).is_none() && Weights::read(b"").is_none());
    assert!(Learned::read(vec![0; WEIGHTS.len()]).is_none());
    assert!(Learned::adapted(b"grouseC\x01").is_none());
}

#[test]
fn plain_sentences_are_judged_right_nineteen_times_of_twenty() {
    let complaints = [
        "@kpn al drie dagen geen internet en niemand neemt de telefoon op",
        "Waarom duurt het zo lang voordat jullie mijn geld terugstorten?",
        "Pakket weer niet bezorgd, terwijl ik de hele dag thuis zat. Belachelijk.",
        "De klantenservice hangt gewoon op. Nooit meer!",
        "wat een waardeloze app, crasht elke keer bij het inloggen",
        "Ik wacht nu al zes weken op een monteur, schandalig",
        "@ns trein valt voor de vierde keer deze week uit, lekker dan",
        "Slechte service, niet bereikbaar en ook nog een verkeerde factuur",
        "Rekening klopt niet en niemand kan mij helpen",
        "Twee keer betaald en nog steeds niets ontvangen",
        "@united you lost my bag again and nobody picks up the phone",
        "Still no refund after six weeks. Terrible customer service.",
        "My order never arrived and your support does not answer",
        "worst airline ever, three hours late and no explanation",
        "The app crashes every time I log in, please fix this",
        "I was charged twice and they refuse to give my money back",
        "Internet is down for the third day in a row, unacceptable",
        "@support why is my account blocked? I can't pay anything",
        "The replacement is broken too. What a waste of money.",
        "Been on hold for two hours, this is ridiculous",
    ];
    let others = [
        "@kpn bedankt voor de snelle hulp, alles werkt weer!",
        "Heel tevreden met deze bank, een duidelijke app en vriendelijke mensen",
        "Wat een mooie dag vandaag in Utrecht",
        "Top service, binnen een dag geleverd!",
        "Ik ga morgen met de trein naar mijn oma",
        "Super blij met mijn nieuwe telefoon",
        "Fijne bank, al tien jaar klant en altijd goed geholpen",
        "Gefeliciteerd met jullie prijs!",
        "Aanrader, snelle levering en goede kwaliteit",
        "Lekker gegeten gisteren, zeer vriendelijke bediening",
        "@united thank you so much for the upgrade, great crew!",
        "Great flight, friendly staff, will fly again",
        "Happy birthday! Have a lovely day",
        "I love this phone, best purchase of the year",
        "Excellent bank, easy to use and very helpful people",
        "Just landed in Boston, what a beautiful morning",
        "Thanks for the quick reply, all sorted now",
        "Watching the game tonight with friends",
        "Their new store opens on Monday in Leeds",
        "Really impressed by how fast my order arrived",
    ];
    let wrong: Vec<(&str, f32)> = complaints
        .iter()
        .map(|text| (text, true))
        .chain(others.iter().map(|text| (text, false)))
        .map(|(text, is)| (*text, is, judged(text).complaint))
        .filter(|(_, is, complaint)| complaint.verdict != *is)
        .map(|(text, _, complaint)| (text, complaint.probability))
        .collect();
    // Known to be missed: a wrong bill told without a telling word.
    assert!(wrong.len() * 20 <= complaints.len() + others.len(), "{wrong:#?}");
    assert!(judged(complaints[3]).sentiment < -0.3 && judged(others[13]).sentiment > 0.3);
    assert!(judged(complaints[0]).severity.is_some() && judged(others[1]).severity.is_none());
}

/// The same on every platform: with other weights these change, with another processor or compiler they must not.
#[test]
fn the_table_that_came_with_the_program_says_the_same_everywhere() {
    for (text, probability, sentiment) in [
        ("@kpn al drie dagen geen internet en niemand neemt de telefoon op", 0.99, -0.671),
        ("My order never arrived and your support does not answer", 0.98, -0.679),
        ("Guter Service, gerne wieder", 0.06, 0.614),
        ("Toujours pas remboursée, c'est honteux !", 0.885, -0.705),
        ("Heel blij met mijn nieuwe telefoon 😀", 0.028, 0.765),
        ("I was charged twice and they refuse to give my money back", 0.996, -0.744),
    ] {
        let verdict = judged(text);
        let said = [verdict.complaint.probability, verdict.sentiment].map(f32::to_bits);
        assert_eq!(said, [probability, sentiment].map(f32::to_bits), "{text}: {verdict:?}");
    }
}

/// A word weighs otherwise where it is written to an account, and a title is seen.
#[test]
fn words_and_classes_are_read_once_more_by_whether_there_is_a_handle() {
    let keys = |title, text: &str, block| {
        let texts = Texts::read(title, text, None);
        let of_block = texts.sheet().features.iter().filter(|feature| feature.block == block);
        of_block.map(|feature| feature.key).collect::<std::collections::BTreeSet<u64>>()
    };
    for block in [Block::WordByHandle, Block::ClassByHandle] {
        let (with, without) =
            (keys(None, "@abc my parcel is broken", block), keys(None, "my parcel is broken", block));
        assert!(!without.is_empty() && with.is_disjoint(&without), "{block:?}");
        assert_eq!(without, keys(None, "My parcel is broken", block));
    }
    let handle = |title| keys(title, "my parcel is broken", Block::Handle);
    assert_eq!(handle(Some("Sad")).difference(&handle(None)).count(), 1);
    // Where few words are said each says more.
    let short = keys(None, "my parcel is broken", Block::WordByHandle);
    let long = keys(None, "my parcel is broken and my neighbor laughs at it", Block::WordByHandle);
    assert!(!long.is_empty() && short.is_disjoint(&long));
}

/// The name of a brand is as good as its handle, whatever its letters.
#[test]
fn a_text_that_names_a_brand_is_read_as_one_with_a_handle() {
    let text = "abc lost my parcel";
    let keys = |text: &str, is_named, block| {
        let texts = Texts::read_naming(None, text, None, is_named);
        let of_block = texts.sheet().features.iter().filter(|feature| feature.block == block);
        of_block.map(|feature| feature.key).collect::<std::collections::BTreeSet<u64>>()
    };
    for block in [Block::Surface, Block::Handle, Block::ClassByHandle] {
        let (named, handle) = (keys(text, true, block), keys("abc @abc lost my parcel", false, block));
        assert!(!named.is_empty() && named == handle, "{block:?}");
        assert_ne!(named, keys(text, false, block), "{block:?}");
    }
}

/// Two words that are equally common, of which one is in complaints alone and the other in both: what tells more is held back less.
#[test]
fn what_tells_the_classes_apart_is_held_back_less() {
    let texts: Vec<Texts> =
        ["zork plim", "zork plim", "vand plim", "vand plim"].map(|text| Texts::read(None, text, None)).into();
    let lesson =
        |texts, is| Lesson { texts, complaint: Some((is, 1.0)), sentiment: Some((is, 1.0)), severity: None };
    let lessons: Vec<Lesson> =
        texts.iter().zip([1.0, 1.0, 0.0, 0.0]).map(|(texts, is)| lesson(texts, is)).collect();
    let table = learn(&lessons);
    let weights = Weights::read(&table).unwrap();
    // Labels and features are the same for both; only the complaint weights are scaled.
    let word = |text| weights.known(key::key(Block::Word, key::word(text))).unwrap();
    let complaint = |text| f64::from(word(text).complaint) * f64::from(weights.heads.complaint[0]);
    let sentiment = |text| f64::from(word(text).sentiment) * f64::from(weights.heads.sentiment[0]);
    assert!(complaint("zork") > sentiment("zork") && complaint("vand") < sentiment("vand"));
    assert!(complaint("plim").abs() < complaint("zork") / 10.0);
}

#[test]
fn evidence_is_words_of_the_text() {
    let text = "We visited Utrecht. The customer service is terrible and my package never arrived!";
    let verdict = judged(text);
    for of in [Aspect::Complaint, Aspect::Severity, Aspect::Sentiment] {
        let spans: Vec<&str> =
            verdict.evidence.iter().filter(|at| at.of == of).map(|at| &text[at.start..at.end]).collect();
        assert!((1..=3).contains(&spans.len()), "{of:?}: {spans:?}");
        assert!(!spans.contains(&"Utrecht"), "{spans:?}");
    }
}

/// The obvious way: look up each feature alone, and divide by the length of its block.
fn slowly(texts: &Texts) -> f64 {
    let weights = Weights::read(WEIGHTS).unwrap();
    let mut sums = [(0.0, 0.0); BLOCKS.len()];
    for feature in &texts.sheet().features {
        let (row, check) = place(feature.key);
        let row = weights.row(row);
        if row.check != check {
            continue;
        }
        let is_normed = is_rare_by_count(feature.block);
        let steps = [16, 27, 34, 38, 42, 45, 47, 49, 51, 53, 54, 56, 57, 58, 59, 60];
        let times = steps[usize::from(feature.times).min(16) - 1];
        let amount = if is_normed { f64::from(times * i32::from(row.rarity)) } else { 1.0 };
        let (sum, length) = &mut sums[feature.block as usize];
        *sum += amount * f64::from(row.complaint);
        *length += if is_normed { amount * amount } else { 0.0 };
    }
    let scales = [1.0, 1.0, 1.0, 0.7, 0.3, 0.3, 0.15, 0.4, 0.2];
    let blocks = sums.iter().zip(scales).map(|((sum, length), scale)| {
        let length: f64 = *length;
        sum * scale / if length > 0.0 { length.sqrt() } else { 1.0 }
    });
    blocks.sum::<f64>() * f64::from(weights.heads.complaint[0]) + f64::from(weights.heads.complaint[1])
}

proptest! {
    #[test]
    fn every_text_has_one_verdict(text in "\\PC{0,120}|([a-z@#!?. 🙂é0-9€:()']|niet |never ){0,60}") {
        let texts = Texts::read(Some("Titel"), &text, None);
        let verdict = Learned::base().verdict(texts.sheet());
        prop_assert_eq!(&verdict, &Learned::base().verdict(Texts::read(Some("Titel"), &text, None).sheet()));
        // With all features of a text, or with those that have a weight.
        let language = Language::Dutch;
        let (title, reading) = (Reading::new("Titel", language), Reading::new(&text, language));
        let judged = Learned::base().judge(Some(&title), &reading, language, false);
        prop_assert_eq!(judged, Learned::base().verdict(&Sheet::new(Some(&title), &reading, language, false)));
        prop_assert!((0.0..=1.0).contains(&verdict.complaint.probability));
        prop_assert!((-1.0..=1.0).contains(&verdict.sentiment));
        let weights = Weights::read(WEIGHTS).unwrap();
        let counted = weights.count(texts.sheet());
        let fast = Learned::base().complaint_score(&weights, &counted, sums(&counted).complaint);
        prop_assert!((fast - slowly(&texts)).abs() < 1e-9);
    }
}
