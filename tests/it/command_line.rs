//! Promise: does a person at a terminal get a readable answer, or one line that says what to do?

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::common::{errors, fail, feed, file, grouse, run};

const COMMANDS: [&str; 12] = [
    "demo", "check", "import", "search", "trends", "problems", "compare", "emerging", "spikes", "export",
    "analyze", "serve",
];

/// A made-up market of five posts.
fn tiny(folder: &Path) -> std::path::PathBuf {
    let posts = "id,text,created,author,brand,state\n\
        1,\"My parcel is late again, nobody answers\",2026-01-01T10:00:00Z,anna,Swift,CA\n\
        2,Parcel lost and nobody answers,2026-01-02T10:00:00Z,bob,Swift,NY\n\
        3,The driver left my parcel in the rain,2026-01-04T10:00:00Z,carl,Blue Pigeon,CA\n\
        4,Mijn pakket is weer niet bezorgd,2026-01-04T11:00:00Z,dora,Blue Pigeon,NL\n\
        5,\"Thanks, it came at last\",,emma,Swift,CA\n";
    let data = folder.join("data");
    let path = file(folder, "tiny.csv", posts);
    run(&data, &["import", &path, "--source", "forum"]);
    data
}

/// All that a failed run says, its first line begun with `grouse: `.
fn complaint(data: &Path, arguments: &[&str]) -> String {
    fail(data, arguments);
    errors(&grouse(data).args(arguments).output().unwrap())
}

#[test]
fn every_command_has_help() {
    let data = Path::new("nowhere");
    let all = run(data, &["--help"]);
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command}")), "{all}");
        let help = run(data, &[command, "--help"]);
        assert!(help.contains(&format!("Usage: grouse {command}")), "{help}");
        assert_eq!(run(data, &["help", command]), help);
        for line in help.lines() {
            // Seen before: British spelling, doubled words, a space before a line's end.
            for typo in ["recognis", "colour", "normalis", "  the the ", " a a ", " is is "] {
                assert!(!line.contains(typo), "{line}");
            }
            assert_eq!(line.trim_end(), line.strip_suffix("          ").unwrap_or(line).trim_end());
        }
        // Each option says what it does.
        let options = help.split("Options:").nth(1).unwrap_or_default();
        for (at, line) in options.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("--"))
        {
            let next = options.lines().nth(at + 1).unwrap_or_default().trim();
            let said = line.trim().split_once("  ").map_or(next, |(_, said)| said).trim();
            assert!(said.len() > 5, "{command}: {line} says nothing");
        }
    }
    assert!(run(data, &["--version"]).starts_with("grouse 0."));
    // Typed without anything, the program says what can be typed.
    let output = grouse(data).output().unwrap();
    assert!(errors(&output).contains("First steps:") && output.status.code() == Some(2));
}

#[test]
fn the_readme_of_the_help_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    // All filters that help promises are filters.
    let fields = run(&data, &["search", "--help"]);
    let list = fields.split("Fields: ").nth(1).unwrap().split('.').next().unwrap();
    for field in list.split(", ").filter(|field| *field != "attr") {
        let value = match field {
            "created" => "2026",
            "rating" | "reach" | "probability" | "sentiment" => "3",
            "complaint" => "yes",
            "severity" => "blame",
            "intent" => "praise",
            "signal" => "safety",
            "case" => "0000000000000000",
            "is" => "own",
            "lang" => "nl",
            "kind" => "post",
            "id" => "forum:1",
            "problem" => "*",
            "answered" => "no",
            "response" | "waiting" => "1h",
            "outcome" => "thanked",
            "weekday" => "monday",
            "hour" => "9",
            _ => "x",
        };
        run(&data, &["search", &format!("{field}:{value}")]);
    }
}

#[test]
fn a_search_reads_like_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    let shown = run(&data, &["search", "parcel", "--sort", "oldest", "-n", "2"]);
    let (shown, cursor) = shown.split_once("more: --cursor ").unwrap();
    insta::assert_snapshot!(shown, @"
    3 posts that have “parcel”

    2026-01-01T10:00:00Z · swift · post · en · forum:1
      My parcel is late again, nobody answers

    2026-01-02T10:00:00Z · swift · post · en · forum:2
      Parcel lost and nobody answers
    ");
    insta::assert_snapshot!(run(&data, &["search", "parcel", "--sort", "oldest", "-n", "2", "--cursor", cursor.trim()]), @"
    3 posts that have “parcel”

    2026-01-04T10:00:00Z · blue-pigeon · post · en · forum:3
      The driver left my parcel in the rain
    ");
    insta::assert_snapshot!(run(&data, &["search", "giraffe"]), @"0 posts that have “giraffe”");
    insta::assert_snapshot!(run(&data, &["search", "is:undated"]), @"
    1 post, of those that have no date

    undated · swift · post · en · forum:5
      Thanks, it came at last
    ");
}

#[test]
fn trends_read_like_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    insta::assert_snapshot!(run(&data, &["trends", "--by", "brand"]), @"
    5 posts, by day from 2026-01-01 to 2026-01-04 (UTC)
    1 of them without a date: in no day

    brand        posts             most
    Blue Pigeon      2  2 on 2026-01-04  ···█
    Swift            2  1 on 2026-01-01  ██

    · not collected, which is not zero
    ");
    insta::assert_snapshot!(run(&data, &["trends", "nobody", "--interval", "month"]), @"
    2 posts that have “nobody”, by month from 2026-01-01 to 2026-01-31 (UTC)

    all        posts             most
    all posts      2  2 on 2026-01-01  █
    ");
    insta::assert_snapshot!(run(&data, &["trends", "--brand", "swift", "--csv"]), @"
    start,key,name,count
    2026-01-01,all,all posts,1
    2026-01-02,all,all posts,1
    2026-01-03,all,all posts,0
    2026-01-04,all,all posts,0
    ");
}

#[test]
fn problems_export_and_analyze_read_as_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    insta::assert_snapshot!(run(&data, &["problems", "--brand", "swift"]), @"
    3 posts that are about the brand Swift, brands' own responses left out
    compared with 2 others

    none stands out
    ");
    insta::assert_snapshot!(run(&data, &["problems"]), @"
    5 posts, brands' own responses left out
    nothing to compare with: ranked by how many posts have each; ask for one --brand to compare

    problem  posts   share  more than others  for example
    parcel       3  60.0 %                    Parcel lost and nobody answers

    2 of the posts (40.0 %) without any of these
    ");
    insta::assert_snapshot!(run(&data, &["export", "driver", "--format", "csv"]), @"
    id,source,kind,created,author,lang,brands,mentions,directed,title,text,rating,reach,reply_to,url,masked,complaint.verdict,complaint.probability,severity,intent,switch.from,switch.to,target,sentiment,signals,case,corrected,route,problems,problem_names,attr.state
    forum:3,forum,post,2026-01-04T10:00:00Z,author-82578e996e7e,en,blue-pigeon,,,,The driver left my parcel in the rain,,,,,false,true,0.515,no-explicit-reproach,venting,,,blue-pigeon,-0.099,,929185aaa1f13723,,,,,CA
    ");
    insta::assert_snapshot!(run(&data, &["export", "driver"]), @r#"{"id":"forum:3","source":"forum","kind":"post","created":"2026-01-04T10:00:00Z","author":"author-82578e996e7e","lang":"en","brands":["blue-pigeon"],"mentions":[],"directed":[],"text":"The driver left my parcel in the rain","masked":false,"complaint":{"verdict":true,"probability":0.515},"severity":"no-explicit-reproach","intent":"venting","target":"blue-pigeon","sentiment":-0.099,"signals":[],"evidence":[{"of":"complaint","start":4,"end":25},{"of":"severity","start":11,"end":18}],"case":"929185aaa1f13723","route":null,"attributes":{"state":"CA"}}"#);
    let line = b"{\"id\":1,\"text\":\"bel 06-12345678, @delta lost my bag\",\"created\":\"2026-01-01\"}\n";
    let output = feed(&data, &["analyze", "--watchlist", "us-airlines"], line);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r#"{"id":1,"lang":"en","brands":["delta"],"mentions":["delta"],"directed":[],"created":"2026-01-01","masked_text":"bel <phone>, @delta lost my bag","masks":[{"kind":"phone","start":4,"end":15}],"complaint":{"verdict":true,"probability":0.655},"severity":"no-explicit-reproach","intent":"venting","target":"delta","sentiment":-0.33,"signals":[],"evidence":[{"of":"complaint","start":25,"end":31},{"of":"severity","start":25,"end":31},{"of":"intent","start":13,"end":24},{"of":"sentiment","start":25,"end":31},{"of":"target","start":13,"end":19}],"case":"3b5945515d3a7807","route":null}"#);
}

#[test]
fn check_names_every_fault_with_its_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        file(folder.path(), "bad.toml", "name = \"Test\"\nlangages = [\"nl\"]\n[[brand]]\nname = \"x\"\n");
    let output = grouse(folder.path()).args(["check", "demo", &path]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap().replace(&path, "bad.toml");
    let faults: Vec<&str> = said.lines().filter(|line| !line.contains("warning")).collect();
    insta::assert_snapshot!(faults.join("\n"), @r#"
    queries/demo.toml: right: Parcel carriers (demo), 4 brands (1 own), in nl, en
    bad.toml: line 2: `langages` is not known above the first heading; did you mean `languages`?
    bad.toml: line 3: `role` is missing under [[brand]]; add a line role = "own" if the brand is yours, else role = "competitor"
    "#);
    assert!(run(folder.path(), &["check"]).lines().filter(|line| line.contains(": right: ")).count() >= 4);
}

#[test]
fn a_question_that_cannot_be_read_is_shown_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    for command in ["search", "trends", "problems", "compare", "emerging", "spikes", "export"] {
        let said = complaint(&data, &[command, "late merk:x"]);
        assert!(
            said.starts_with("grouse: the question cannot be read: at position 6: "),
            "{command}: {said}"
        );
        assert!(said.ends_with("\n  late merk:x\n       ^\n"), "{command}: {said}");
    }
    insta::assert_snapshot!(complaint(&data, &["search", "één", "(late", "OR"]), @r#"
    grouse: the question cannot be read: at position 11: OR has nothing after it; expected a word, a "phrase", a field or a parenthesis after it, or small letters to search for it as a word
      één (late OR
                ^
    "#);
    insta::assert_snapshot!(complaint(&data, &["search", "\"never closed"]), @r#"
    grouse: the question cannot be read: at position 1: this quote is never closed; expected a " after the last word of the phrase
      "never closed
      ^
    "#);
    insta::assert_snapshot!(complaint(&data, &["search", "created:yesterday"]), @"
    grouse: the question cannot be read: at position 9: `yesterday` is not a date; expected a day 2015-02-22, a month 2015-02, a year 2015, a moment 2015-02-22T10:00:00Z, or a range of them: 2015-02-20..2015-02-22, >=2015-02-20
      created:yesterday
              ^
    ");
    // What was typed cannot command the terminal, either.
    let said = complaint(&data, &["search", "a\u{1b}[31m ("]);
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn what_is_wrong_is_one_line_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    for (arguments, says) in [
        (
            vec!["search", "--lang", "xx"],
            "`xx` is no value of `lang`: give nl, en, de, fr, es, it, pt or und",
        ),
        (vec!["search", "--kind", "rant"], "give post, reply, review or response"),
        (vec!["search", "--source", "!"], "give the name of a source, as twitter"),
        (vec!["search", "--attr", "state"], "give name=value, as state=CA"),
        (vec!["search", "--sort", "best"], "use relevance, newest or oldest; `grouse search --help`"),
        (vec!["search", "--since", "2026-13-01"], "`2026-13-01` is no value of `since`: give a day"),
        (
            vec!["trends", "--since", "2026-01-05", "--until", "2026-01-02"],
            "`2026-01-02` is no value of `until`: give a day that does not come before `since`, which is 2026-01-05",
        ),
        (vec!["spikes", "--since", "2026-01-05", "--until", "2026-01-02"], "does not come before `since`"),
        (vec!["problems", "changes", "--since", "garbage"], "give a day, as 2026-03-01"),
        (
            vec!["discover", "--kind", "nonsense"],
            "give complaint, praise, question or any; or a kind of post",
        ),
        (vec!["search", "--until", "soon"], "`soon` is no value of `until`: give a day"),
        (vec!["search", "--tz", "Moon"], "`Moon` is no value of `tz`: give the name of a time zone"),
        (vec!["search", "-n", "1001"], "give a number up to 1000; `grouse export` gives all"),
        (vec!["search", "-n", "ten"], "give a whole number, as 20; `grouse search --help`"),
        (vec!["search", "-n=-1"], "give a whole number"),
        (vec!["search", "--cursor", "zzz"], "`zzz` is no value of `cursor`: give the `next`"),
        (vec!["search", "-late"], "'-- -l"),
        (vec!["problems", "-n", "201"], "give a number up to 200"),
        (
            vec!["trends", "--by", "mood"],
            "use brand, source, language, intent, signal, target, problem or all",
        ),
        (vec!["trends", "--interval", "year"], "use day, week or month"),
        (vec!["trends", "--json", "--csv"], "cannot be used with"),
        (vec!["export", "--format", "xml"], "ndjson, csv"),
        (vec!["check", "nowhere.toml"], "could not read nowhere.toml"),
        (vec!["check", "nobody"], "there is no watchlist `nobody`: give a file, or one of demo"),
        (vec!["check", "./src"], "could not read ./src"),
        (vec!["analyze", "-w", "nobody"], "there is no watchlist `nobody`"),
        (vec!["serch", "late"], "'search'"),
        (vec!["--nothing"], "unexpected argument '--nothing' found; `grouse --help`"),
    ] {
        let said = fail(&data, &arguments);
        assert!(said.contains(says), "{arguments:?}: {said}\nshould say: {says}");
        assert_eq!(complaint(&data, &arguments).lines().count(), 1, "{said}");
    }
    // A cursor of another order or of another question is refused, too.
    let answer: Value =
        serde_json::from_str(&run(&data, &["search", "parcel", "--json", "-n", "1"])).unwrap();
    let cursor = answer["next"].as_str().unwrap();
    let said = fail(&data, &["search", "parcel", "--sort", "newest", "--cursor", cursor]);
    assert!(said.contains("cursor"), "{said}");
    for command in ["search", "trends", "problems", "compare", "emerging", "spikes", "export", "serve"] {
        let said = fail(&folder.path().join("none"), &[command]);
        assert!(said.contains("there is no index in") && said.contains("grouse import FILE"), "{said}");
    }
    // A file where the folder should be.
    let path = file(folder.path(), "a-file", "x");
    for command in ["search", "serve"] {
        let said = fail(Path::new(&path), &[command]);
        assert!(said.contains("a-file"), "{said}");
    }
    let tiny = folder.path().join("tiny.csv");
    let said = fail(Path::new(&path), &["import", tiny.to_str().unwrap()]);
    assert!(said.contains("a-file"), "{said}");
}

#[test]
fn a_post_cannot_command_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let bad = "\u{1b}[2J\u{1b}]0;owned\u{7} late \u{9b}31m \u{202e}parcel\u{2066} \r\n\u{8}<b>";
    let line = serde_json::json!({
        "id": "1\u{1b}[31m", "text": bad, "title": bad, "author": bad, "brand": bad, "created": "2026-01-01",
        "url": bad, "extra": bad,
    });
    let other = serde_json::json!({"id": "2", "text": "late late", "brand": "x", "created": "2026-01-02"});
    let path = file(folder.path(), "bad.ndjson", format!("{line}\n{other}\n"));
    let data = folder.path().join("data");
    let output = grouse(&data).args(["import", &path]).output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    let mut shown = vec![errors(&output), String::from_utf8(output.stdout).unwrap()];
    for arguments in [
        vec!["search", "late"],
        vec!["search"],
        vec!["trends", "--by", "brand"],
        vec!["trends", "--by", "source"],
        vec!["problems"],
        vec!["problems", "--brand", "x"],
    ] {
        shown.push(run(&data, &arguments));
    }
    for text in shown {
        let is_bad = |c: char| {
            (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{2066}'
        };
        assert!(!text.contains(is_bad), "{text:?}");
    }
    assert!(run(&data, &["search", "late"]).contains("<b>"), "text is shown as it is");
}

#[test]
fn what_people_wrote_is_not_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(
        folder.path(),
        "rows.ndjson",
        "{\"id\":1,\"text\":\"sentinelword is late\",\"author\":\"@sentinelhandle\"}\n{\"id\":2,\"text\":\"sentinelword\n\
         [\"sentinelword\"]\n{\"text\":[\"sentinelword\"]}\n",
    );
    let data = folder.path().join("data");
    for level in ["", "debug"] {
        for arguments in [
            vec!["import", &path],
            vec!["import", &path],
            vec!["search", "late"],
            vec!["trends", "--by", "source"],
            vec!["problems"],
            vec!["export"],
        ] {
            let mut command = grouse(&data);
            if !level.is_empty() {
                command.env("GROUSE_LOG", level);
            }
            let output = command.args(&arguments).output().unwrap();
            let said = errors(&output);
            assert!(output.status.success(), "{said}");
            assert!(!said.contains("sentinel"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn the_cursor_continues_the_list_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("id,text,created\n");
    for number in 0..57 {
        writeln!(rows, "{number},late parcel number {number},2026-01-{:02}", 1 + number % 9).unwrap();
    }
    let path = file(folder.path(), "rows.csv", rows);
    let data = folder.path().join("data");
    run(&data, &["import", &path]);
    for sort in ["relevance", "newest", "oldest"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut arguments = vec!["search", "late", "--sort", sort, "-n", "10"];
            if !cursor.is_empty() {
                arguments.extend(["--cursor", &cursor]);
            }
            let shown = run(&data, &arguments);
            seen.extend(shown.lines().filter(|line| line.contains(" · ")).map(str::to_owned));
            match shown.split_once("more: --cursor ") {
                Some((_, next)) => cursor = next.trim().to_owned(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 57, "{sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 57, "{sort}");
    }
}

#[test]
fn closed_outputs_end_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let data = tiny(folder.path());
    let tiny = folder.path().join("tiny.csv");
    for script in [
        "\"$0\" search parcel | head -n 1 >&2",
        "\"$0\" --help | head -n 1 >&2",
        "\"$0\" search --help | true",
        "\"$0\" trends | true",
        "\"$0\" import \"$1\" | true",
        "\"$0\" import \"$1\" 2>&1 | true",
        "\"$0\" search 'bad (' 2>&1 | true",
        "\"$0\" search parcel >&-",
        "\"$0\" search parcel 2>&-",
    ] {
        let output = std::process::Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_grouse")])
            .arg(&tiny)
            .env("GROUSE_DATA", &data)
            .output()
            .unwrap();
        let said = errors(&output);
        assert!(
            !said.contains("panicked") && !said.contains("Broken pipe") && !said.contains("grouse: "),
            "{script}: {said}"
        );
    }
}
