//! Promise: is it told how often Grouse is right, on whatever labelled file a person has, with nothing dropped in silence?

use std::fmt::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::common::{corpus, errors, fail, feed, file, grouse, run};

const NOWHERE: &str = "nowhere";

/// Measures `path` and returns what is answered as JSON, and what was said beside it.
#[track_caller]
fn eval(path: &str, task: &str, more: &[&str]) -> (Value, String) {
    let mut arguments = vec!["eval", path, "--task", task, "--json"];
    arguments.extend(more);
    let output = grouse(Path::new(NOWHERE)).args(&arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", errors(&output));
    (serde_json::from_slice(&output.stdout).unwrap(), errors(&output))
}

const SPELLED: &str = "Oordeel?;Bericht\n\
    ja;al drie dagen geen internet en niemand neemt op\n\
    JA;jullie zijn mijn pakket kwijt, schandalig\n\
    nee;dank voor de snelle hulp, top service\n\
    nee;wat een mooie dag in Utrecht\n\
    misschien;ik weet het niet zo\n\
    ;zonder oordeel\n\
    ja;\n";

#[test]
fn a_file_with_columns_of_its_own_is_measured_and_nothing_is_dropped_unseen() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "eigen.csv", SPELLED);
    let said = fail(Path::new(NOWHERE), &["eval", &path, "--task", "complaint"]);
    assert!(said.contains("say which one with --label COLUMN") && said.contains("Oordeel?"), "{said}");
    let (answer, said) = eval(&path, "complaint", &["--label", "oordeel?", "--text", "2"]);
    assert_eq!(answer["all"]["rows"], 4, "{answer}");
    assert_eq!(answer["all"]["accuracy"]["value"], 1.0, "{answer}");
    assert_eq!(answer["aside"]["unknown"], 1);
    assert_eq!(answer["aside"]["unknown_labels"], serde_json::json!([["misschien", 1]]));
    assert_eq!((&answer["aside"]["without_label"], &answer["aside"]["without_text"]), (&1.into(), &1.into()));
    assert!(said.contains("label    <- Oordeel?: JA, ja → complaint (2); nee → no complaint (2)"), "{said}");
    assert!(said.contains("1 row with a label that is not understood"), "{said}");
    // What people wrote is not said beside the figures.
    assert!(!said.contains("internet"), "{said}");
}

#[test]
fn the_same_labels_give_the_same_figures_in_every_form_of_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        ("1", "my bag is lost, nobody answers"),
        ("0", "great flight, thank you"),
        ("0", "worst airline ever, three hours late and no explanation"),
    ];
    let (mut csv, mut tsv, mut lines) =
        ("text,complaint\n".to_owned(), "text\tcomplaint\n".to_owned(), String::new());
    for (label, text) in rows {
        writeln!(csv, "\"{text}\",{label}").unwrap();
        writeln!(tsv, "{text}\t{label}").unwrap();
        writeln!(lines, "{}", serde_json::json!({"text": text, "complaint": label == "1"})).unwrap();
    }
    let array = format!("[{}]", lines.trim().replace('\n', ","));
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    std::io::Write::write_all(&mut packed, csv.as_bytes()).unwrap();
    let files = [
        file(folder.path(), "a.csv", &csv),
        file(folder.path(), "b.tsv", &tsv),
        file(folder.path(), "c.ndjson", &lines),
        file(folder.path(), "d.json", &array),
        file(folder.path(), "e.csv.gz", packed.finish().unwrap()),
    ];
    let first = eval(&files[0], "complaint", &[]).0;
    assert_eq!(first["all"]["confusion"], serde_json::json!([[1, 1], [0, 1]]));
    for path in &files[1..] {
        assert_eq!(eval(path, "complaint", &[]).0["all"], first["all"], "{path}");
    }
    let text = run(Path::new(NOWHERE), &["eval", &files[0], "--task", "complaint"]);
    for part in ["macro F1", "calibration error", "Brier score", "no complaint", "precision", "resamples"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn whom_a_row_is_about_is_a_column_or_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "text,churn,provider\n\
        I am leaving Vodanet for Telfar,1,vodanet\n\
        I am leaving Vodanet for Telfar,0,telfar\n\
        Vodanet works well,0,vodanet\n";
    let path = file(folder.path(), "churn.csv", rows);
    let said = fail(Path::new(NOWHERE), &["eval", &path, "--task", "churn"]);
    assert!(said.contains("--brand COLUMN"), "{said}");
    let (answer, _) = eval(&path, "churn", &["--brand", "provider"]);
    assert_eq!(answer["all"]["confusion"], serde_json::json!([[2, 0], [0, 1]]), "{answer}");
    // Of one brand, the second row is another question.
    let (answer, _) = eval(&path, "churn", &["--brand", "Vodanet"]);
    assert_eq!(answer["all"]["confusion"], serde_json::json!([[1, 1], [0, 1]]), "{answer}");
    let targets = "text,target\n\
        Vodanet has been down for days and I hate it. Telfar never fails,Vodanet\n\
        what a lovely morning,none\n";
    let path = file(folder.path(), "target.csv", targets);
    let (answer, _) = eval(&path, "target", &[]);
    assert_eq!(answer["all"]["rows"], 2);
    assert_eq!(answer["all"]["accuracy"]["value"], 1.0, "{answer}");
}

#[test]
fn a_row_may_have_several_signals_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "text,signals\n\
        my lawyer will call you about this,legal\n\
        your charger caught fire and I am seeing my lawyer,safety; legal\n\
        you charged my card twice,\n\
        my lawyer has a nice hat,vulnerable-customer\n\
        what a lovely morning,none\n";
    let path = file(folder.path(), "signals.csv", rows);
    let (answer, _) = eval(&path, "signal", &[]);
    let class = |name: &str, figure: &str| {
        let classes = answer["all"]["classes"].as_array().unwrap();
        classes.iter().find(|class| class["class"] == name).unwrap()[figure].as_f64().unwrap()
    };
    // The fourth row has one signal that was missed and one that was raised falsely.
    assert_eq!((class("legal", "support"), class("legal", "recall")), (2.0, 1.0), "{answer}");
    assert!((class("legal", "precision") - 2.0 / 3.0).abs() < 1e-3, "{answer}");
    assert_eq!((class("safety", "precision"), class("safety", "recall")), (1.0, 1.0), "{answer}");
    let missed = (class("vulnerable-customer", "recall"), class("payment-incident", "precision"));
    assert_eq!(missed, (0.0, 0.0), "{answer}");
    let text = run(Path::new(NOWHERE), &["eval", &path, "--task", "signal"]);
    assert!(text.contains("of 5 signals that were raised, 3 are there: precision 0.600"), "{text}");
    assert!(text.contains("of 4 that are there, 3 were raised: recall 0.750"), "{text}");
}

#[test]
fn feelings_are_measured_by_words_and_by_stars() {
    let folder = tempfile::tempdir().unwrap();
    let rows =
        "text,sentiment\nthank you so much great service,positive\nworst airline ever I hate it,negative\n";
    let path = file(folder.path(), "felt.csv", rows);
    assert_eq!(eval(&path, "sentiment", &[]).0["all"]["accuracy"]["value"], 1.0);
    let stars = "text,rating\nthank you so much great service,5\nworst airline ever I hate it,1\n";
    let path = file(folder.path(), "stars.csv", stars);
    let (answer, _) = eval(&path, "sentiment", &[]);
    assert_eq!(answer["all"]["confusion"], serde_json::json!([[1, 0], [0, 1]]), "{answer}");
}

#[test]
fn a_column_of_languages_is_no_hint_where_languages_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    // The label is wrong on purpose: a judge that saw it would follow it.
    let path =
        file(folder.path(), "l.csv", "text,lang\nok dan,en\nals het maar werkt,nl\nit does not work,eng\n");
    let (answer, _) = eval(&path, "language", &[]);
    assert_eq!(answer["all"]["rows"], 3);
    assert_eq!(answer["all"]["classes"][0]["class"], "nl");
    assert!(answer["all"]["accuracy"]["value"].as_f64().unwrap() < 0.9, "{answer}");
}

#[test]
fn what_cannot_be_measured_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", "text,complaint\nhello there,perhaps\n");
    for (arguments, part) in [
        (vec!["eval"], "give a labelled file"),
        (vec!["eval", &path], "say with --task"),
        (vec!["eval", &path, "--task", "mood"], "is not a task"),
        (vec!["eval", &path, "--task", "complaint"], "no column of"),
        (vec!["eval", &path, "--task", "complaint", "--label", "complaint"], "no row of"),
        (vec!["eval", &path, "--task", "complaint", "--label", "nothing"], "columns: text, complaint"),
        (vec!["eval", "absent.csv", "--task", "complaint"], "could not read absent.csv"),
        (vec!["eval", ".", "--task", "complaint"], "is a folder"),
        (vec!["eval", &path, &path, "--task", "complaint"], "one file is measured at a time"),
        (vec!["eval", &path, "--task", "complaint", "--since", "2026-01-01"], "go with --noise-meter"),
        (vec!["eval", &path, "--task", "complaint", "--brand", "a", "--brand", "b"], "give one --brand"),
        (vec!["eval", "--noise-meter"], "grouse import"),
    ] {
        let said = fail(&folder.path().join("data"), &arguments);
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

/// Each file of the corpora is measured with nothing said but the task. Bars are for what it judges, not what it remembers.
#[test]
fn the_corpora_are_measured_without_being_told_their_columns() {
    for (name, task, label, rows, left_out) in [
        ("complaints_acl2019.csv", "complaint", "complaint", 1709, 0),
        ("complaints_airlines_telecom_2015.csv", "complaint", "complaint", 3121, 0),
        ("severity_cesamard.csv", "severity", "Severity", 678, 1289),
        ("churn_intent_en.csv", "churn", "churn", 164, 0),
        ("churn_intent_de.csv", "churn", "churn", 169, 0),
        ("langid_liga.jsonl", "language", "lang", 9066, 0),
        ("reviews_keytrade_nl_fr_en.jsonl", "complaint", "rating", 498, 25),
        ("airline_tweets.csv", "complaint", "airline_sentiment", 7344, 0),
    ] {
        let Some(path) = corpus(name) else { continue };
        let (answer, _) = eval(path.to_str().unwrap(), task, &[]);
        assert_eq!((&answer["label"], &answer["all"]["rows"]), (&label.into(), &rows.into()), "{name}");
        let aside = &answer["aside"]["left_out"];
        let left: u64 = aside.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(
            (left, &answer["aside"]["unknown"], &answer["aside"]["unread"]),
            (left_out, &0.into(), &0.into()),
            "{name}"
        );
        let figure = |name: &str| answer["all"]["macro_f1"][name].as_f64().unwrap();
        assert!(figure("low") <= figure("value") && figure("value") <= figure("high"), "{name}: {answer}");
        // All but the airline tweets and the churn texts were taught from; that is known and said.
        let taught = answer["taught"].as_u64().unwrap();
        let is_taught_from = !name.starts_with("churn") && !name.starts_with("airline");
        assert_eq!(is_taught_from, taught == rows, "{name}: {taught} of {rows}");
        assert_eq!(answer["unseen"].is_null(), is_taught_from, "{name}");
        assert_eq!(answer["all"].get("calibration").is_some(), task == "complaint", "{name}");
    }
}

const POSTS: &str = "id,text,created\n\
    1,my parcel is lost and nobody answers @vlotpost,2026-01-01T10:00:00Z\n\
    2,vlotpost where is my parcel it is three weeks late,2026-01-02T10:00:00Z\n\
    3,thanks vlotpost for the quick delivery of my parcel,2026-01-03T10:00:00Z\n\
    4,RT @me: my parcel is lost and nobody answers @vlotpost,2026-01-04T10:00:00Z\n";

/// Holds a session over the posts and returns the result and what was asked.
fn meter(data: &Path, more: &[&str], typed: &str) -> (Value, String) {
    let mut arguments = vec!["eval", "--noise-meter", "parcel", "--json"];
    arguments.extend(more);
    let output = feed(data, &arguments, typed.as_bytes());
    assert!(output.status.success(), "{}", errors(&output));
    (serde_json::from_slice(&output.stdout).unwrap(), errors(&output))
}

fn index(folder: &Path) -> std::path::PathBuf {
    let path = file(folder, "posts.csv", POSTS);
    let data = folder.join("data");
    run(&data, &["import", &path, "--source", "test"]);
    data
}

#[test]
fn the_noise_of_a_question_is_measured_by_who_looks_through_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path());
    // Three cases: the copy is not asked about. Yes and yes; yes and no; not about it.
    let (answer, asked) = meter(&data, &[], "y\ny\ny\nn\nn\n");
    assert_eq!((&answer["posts"], &answer["drawn"], &answer["answered"]), (&4.into(), &3.into(), &3.into()));
    assert_eq!(answer["in_context"]["count"], 2);
    assert_eq!((&answer["true_complaint"]["count"], &answer["true_complaint"]["of"]), (&1.into(), &3.into()));
    assert_eq!(answer["kept"], 0);
    let share = answer["true_complaint"]["share"].as_f64().unwrap();
    let (low, high) = (&answer["true_complaint"]["low"], &answer["true_complaint"]["high"]);
    assert!(
        (share - 1.0 / 3.0).abs() < 1e-9 && low.as_f64().unwrap() < share && share < high.as_f64().unwrap()
    );
    assert_eq!(asked.matches("is it a complaint?").count(), 2, "{asked}");
    // The same posts in the same order, every time.
    assert_eq!(meter(&data, &[], "y\ny\ny\nn\nn\n").1, asked);
    assert!(!run(&data, &["correct", "--list"]).contains("test:"));
}

#[test]
fn an_answer_can_be_skipped_taken_back_and_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path());
    // No; back; yes, back, yes, yes; skip; something else and then quit.
    let (answer, asked) = meter(&data, &[], "n\nb\ny\nb\ny\ny\ns\nwhat\nq\ny\n");
    assert_eq!((&answer["answered"], &answer["true_complaint"]["count"]), (&1.into(), &1.into()), "{asked}");
    assert!(asked.contains("type y (yes), n (no)"), "{asked}");
    // The input ends: what was answered counts, half an answer does not.
    let (answer, _) = meter(&data, &[], "n\ny\n");
    assert_eq!((&answer["answered"], &answer["in_context"]["count"]), (&1.into(), &0.into()));
    let output = feed(&data, &["eval", "--noise-meter", "parcel"], b"");
    assert!(!output.status.success() && errors(&output).contains("no post was answered"));
    let output = feed(&data, &["eval", "--noise-meter", "parcel"], b"y\nn\ny\ny\nn\n");
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["raw: ", "in context: ", "true: ", "2 of 3", "95 % interval"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn answers_are_kept_as_corrections_only_if_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let data = index(folder.path());
    let (answer, _) = meter(&data, &["--keep"], "y\ny\nn\ny\nn\n");
    assert_eq!(answer["kept"], 2);
    let list = run(&data, &["correct", "--list", "--json"]);
    let entries: Vec<Value> = serde_json::from_str(&list).unwrap();
    assert_eq!(entries.len(), 2);
    assert!(entries.iter().all(|entry| entry["aspect"] == "complaint" && entry["note"] == "noise meter"));
    assert!(run(&data, &["search", "is:corrected"]).starts_with("2 posts"));
}

/// What is held here are lists that phrases were mended by; `index/model/README.md` says what each reached at the first look.
#[test]
fn intent_and_target_on_our_own_lists_do_not_get_worse() {
    for (list, task, least) in [
        ("meaning_1", "intent", 0.88),
        ("meaning_1", "target", 0.88),
        ("meaning_2", "intent", 0.88),
        ("meaning_2", "target", 0.86),
        ("meaning_3", "intent", 0.91),
        ("meaning_3", "target", 0.91),
        ("meaning_7", "intent", 0.86),
        ("meaning_7", "signal", 0.94),
        ("meaning_8", "intent", 0.95),
        ("meaning_8", "signal", 0.95),
        ("meaning_11", "intent", 0.83),
        ("meaning_11", "target", 0.94),
        ("meaning_11", "signal", 0.94),
        ("meaning_12", "intent", 0.83),
        ("meaning_12", "signal", 0.93),
    ] {
        let path = format!("tests/fixtures/{list}.csv");
        let (answer, _) = eval(&path, task, &["--watchlist", "tests/fixtures/meaning.toml"]);
        let accuracy = answer["all"]["accuracy"]["value"].as_f64().unwrap();
        assert!(accuracy >= least, "{list} {task}: {accuracy}");
        assert!(answer["all"]["rows"].as_u64().unwrap() > 79, "{list}");
    }
}

/// Short texts as people write them, about many trades, half of them complaints; none was ever taught. The bars are above what was
/// reached before short texts of our own were taught (0.787 and 0.767); `index/model/README.md` has the first looks.
#[test]
fn short_plain_texts_are_told_apart() {
    for (list, least) in [("plain_en", 0.80), ("plain_nl", 0.82)] {
        let (answer, said) = eval(&format!("tests/fixtures/{list}.csv"), "complaint", &[]);
        let macro_f1 = answer["all"]["macro_f1"]["value"].as_f64().unwrap();
        assert!(macro_f1 >= least, "{list}: {macro_f1}\n{said}");
        assert!(answer["all"]["rows"].as_u64().unwrap() > 120, "{list}");
    }
}

/// Praise in the words of a complaint, offers and warnings in a brand's name among plain posts; none was ever taught. The bar is above
/// what was reached before texts of our own were taught that are like them (0.721).
#[test]
fn posts_as_people_type_them_are_told_apart() {
    let named = ["--watchlist", "tests/fixtures/typed.toml"];
    let (answer, said) = eval("tests/fixtures/typed.csv", "complaint", &named);
    assert!(answer["all"]["macro_f1"]["value"].as_f64().unwrap() >= 0.80, "{said}");
    assert_eq!(answer["all"]["rows"], 79);
}

/// The name of a brand is as good as its handle: who writes `KPN is down again` complains as who writes `@kpn is down again`.
#[test]
fn who_names_a_brand_complains_as_who_writes_to_it_does() {
    let named = ["--watchlist", "tests/fixtures/meaning.toml"];
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        ("Telvio is down again", "yes"),
        ("Snelpost is mijn pakje kwijt", "yes"),
        ("wat is dat toch met Telvio, weer geen internet", "yes"),
        ("third day without heating and Brightcom does not answer", "yes"),
        ("Telvio opens a shop in Ghent", "no"),
        ("Is Fluxbank open on Saturday?", "no"),
        ("Zipnet is zo snel, heel blij mee", "no"),
        ("thanks Parcello, the driver was lovely", "no"),
    ];
    let mut table = "text,complaint\n".to_owned();
    for (text, is) in rows {
        writeln!(table, "\"{text}\",{is}").unwrap();
    }
    let path = file(folder.path(), "named.csv", table);
    let (answer, said) = eval(&path, "complaint", &named);
    // Known to be missed: thanks to a driver, since drivers are mostly spoken of in complaints.
    assert!(answer["all"]["accuracy"]["value"].as_f64().unwrap() >= 0.875, "{said}");
}
