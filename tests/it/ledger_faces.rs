//! Promise: what a person decides of problems is heard at the terminal, over HTTP and on the page, and stays.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::common::{fail, file, put_on, run, until};
use crate::http::{Server, refused};

/// Posts of two carriers, about four things, over three weeks; in the last week more and more are locked out.
fn filled(folder: &Path) {
    let kinds: [([&str; 3], [&str; 4]); 4] = [
        (
            ["my suitcase", "our luggage", "the checked bag"],
            ["never arrived at the carousel", "was lost again", "is still missing", "got lost in transit"],
        ),
        (
            ["the invoice", "my monthly bill", "this statement"],
            ["charges me twice", "has a hidden fee", "shows a double charge", "lists an unknown fee"],
        ),
        (
            ["the router", "our broadband", "fibre internet"],
            ["drops every evening", "keeps losing connection", "has no connection", "is slow and drops"],
        ),
        (
            ["the password reset", "login code", "my account login"],
            ["does not work", "never comes by mail", "says invalid password", "locks me out"],
        ),
    ];
    let mut rows = String::from("id,text,created,author,brand\n");
    for (kind, (subjects, verbs)) in kinds.iter().enumerate() {
        for (at, subject) in subjects.iter().enumerate() {
            for (number, verb) in verbs.iter().enumerate() {
                for day in 0..3 {
                    let day = if kind == 3 { 15 + day * 2 } else { 1 + day * 6 + number };
                    let brand = if (at + number) % 3 == 0 { "Swift" } else { "Blue Pigeon" };
                    let _ = writeln!(
                        rows,
                        "{kind}-{at}-{number}-{day},\"{subject} {verb}, this is terrible <b> & nobody helps\",2026-01-{day:02}T10:00:00Z,a{at}{number},{brand}"
                    );
                }
            }
        }
    }
    let path = file(folder, "posts.csv", rows);
    run(folder, &["import", &path, "--source", "forum"]);
}

fn json(data: &Path, arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    serde_json::from_str(&run(data, &arguments)).unwrap()
}

/// The id of the problem whose posts have a word.
fn having(data: &Path, word: &str) -> String {
    let all = json(data, &["problems", "--kind", "any"]);
    let problems = all["problems"].as_array().unwrap();
    let best = problems.iter().max_by_key(|problem| {
        let id = problem["id"].as_str().unwrap();
        json(data, &["search", word, "--problem", id, "-n", "0"])["total"].as_u64().unwrap()
    });
    best.unwrap()["id"].as_str().unwrap().to_owned()
}

fn names(answer: &Value) -> Vec<String> {
    let problems = answer["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_person_decides_survives_a_run_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    let said = run(data, &["problems", "--kind", "any"]);
    assert!(said.contains("more than others") || said.contains("none stands out"), "{said}");
    let first = json(data, &["discover", "--kind", "any", "--keep"]);
    assert!(first["changes"].as_u64().unwrap() >= 4, "{first}");
    assert_eq!(json(data, &["discover", "--kind", "any", "--keep"])["changes"], 0);
    let [lost, fee, router] = ["lost", "fee", "router"].map(|word| having(data, word));
    let ids = names(&json(data, &["problems", "--kind", "any"]));

    for (decision, says) in [
        (vec!["rename", &lost, "Koffer", "kwijt"], "is called Koffer kwijt now"),
        (vec!["describe", &lost, "what", "does not arrive"], "is described"),
        (vec!["link", &lost, "https://tracker.example/12"], "is tracked at https://tracker.example/12"),
        (vec!["pin", &lost], "is kept"),
        (vec!["solve", &lost, "--on", "2026-01-10"], "is solved since 2026-01-10"),
        (vec!["merge", &fee, &router, "--by", "anna", "--note", "one department"], "count for"),
    ] {
        let told = run(data, &[&["problems"], decision.as_slice()].concat());
        assert!(told.contains(says), "{told}");
    }
    let hidden = ids.iter().find(|id| ![&lost, &fee, &router].contains(id)).unwrap();
    run(data, &["problems", "hide", hidden]);
    let check = || {
        let all = json(data, &["problems", "--kind", "any"]);
        let shown = names(&all);
        assert!(!shown.contains(&fee) && !shown.contains(hidden), "{shown:?}");
        let of = |id: &str| json(data, &["problems", "show", id, "--kind", "any"]);
        let problem = &of(&lost)["problem"];
        assert_eq!(problem["name"], "Koffer kwijt");
        assert_eq!(problem["description"], "what does not arrive");
        assert_eq!(
            (&problem["pinned"], &problem["solved"]),
            (&Value::from(true), &Value::from("2026-01-10"))
        );
        assert_eq!(problem["link"], "https://tracker.example/12");
        // A link to what was merged leads to where its posts are.
        let merged = of(&fee);
        assert_eq!(
            (&merged["merged_into"], &merged["problem"]["id"]),
            (&Value::from(&*router), &Value::from(&*router))
        );
        let posts = json(data, &["search", "fee", "--problem", &router, "-n", "0"])["total"].clone();
        assert!(posts.as_u64().unwrap() > 0);
        assert_eq!(of(hidden)["problem"]["standing"], "hidden");
    };
    check();
    // More posts, another run: all of it is as it was.
    let late =
        (0..6).map(|at| crate::common::post(&format!("late{at}"), "my suitcase was lost, this is terrible"));
    put_on(data, "2026-02-05T00:00:00Z", late.collect(), None);
    run(data, &["discover", "--kind", "any", "--keep"]);
    check();

    let merge = json(data, &["problems", "changes"]);
    let merge = merge.as_array().unwrap().iter().find(|event| event["what"] == "merged").unwrap();
    assert_eq!((&merge["by"], &merge["reason"]), (&Value::from("anna"), &Value::from("one department")));
    let said = run(data, &["problems", "undo"]);
    assert!(said.contains(&format!("{hidden} was hidden")), "{said}");
    run(data, &["problems", "undo", &merge["number"].to_string()]);
    let shown = names(&json(data, &["problems", "--kind", "any"]));
    assert!(shown.contains(&fee) && shown.contains(hidden));
    assert!(json(data, &["problems", "changes", "--since", "2999-01-01"]).as_array().unwrap().is_empty());
}

#[test]
fn a_run_can_be_taken_back_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    assert!(fail(data, &["problems", "undo", "--run"]).contains("no run changed anything that still stands"));
    run(data, &["discover", "--kind", "any", "--keep"]);
    let lost = having(data, "lost");
    run(data, &["problems", "rename", &lost, "Koffer kwijt"]);
    let before = json(data, &["problems", "--kind", "any"]);
    // Forty posts about something else make a problem of their own.
    let parts = ["the parking ticket", "a parking fine", "our parking place", "this parking meter"];
    let ends = ["was wrong", "is absurd", "makes me angry", "was refused", "is a scandal"];
    let texts = parts
        .iter()
        .flat_map(|part| ends.iter().map(move |end| format!("{part} {end}, parking is terrible here")));
    let posts =
        texts.cycle().take(40).enumerate().map(|(at, text)| crate::common::post(&format!("new{at}"), &text));
    put_on(data, "2026-02-05T00:00:00Z", posts.collect(), None);
    let same = json(data, &["problems", "--kind", "any"]);
    let kept = json(data, &["discover", "--kind", "any", "--keep"]);
    assert!(kept["changes"].as_u64().unwrap() > 0, "{kept}");
    assert_ne!(names(&json(data, &["problems", "--kind", "any"])), names(&same));
    let said = run(data, &["problems", "undo", "--run", "--by", "anna"]);
    assert!(said.starts_with("taken back: ") && said.contains("of the run of 20"), "{said}");
    // The same answer as before that run, to the last number.
    assert_eq!(json(data, &["problems", "--kind", "any"]), same);
    assert_eq!(names(&same).len(), names(&before).len());
    assert_eq!(json(data, &["problems", "show", &lost])["problem"]["name"], "Koffer kwijt");
    // What was taken back can be found again, and the first run taken back, too.
    assert!(json(data, &["discover", "--kind", "any", "--keep"])["changes"].as_u64().unwrap() > 0);
    run(data, &["problems", "undo", "--run"]);
    // Not what a person decided something of: it would be lost.
    let refused = fail(data, &["problems", "undo", "--run"]);
    assert!(refused.contains("would be lost (1 in all): take that back first"), "{refused}");
    assert_eq!(json(data, &["problems", "show", &lost])["problem"]["name"], "Koffer kwijt");
    run(data, &["problems", "undo"]);
    run(data, &["problems", "undo", "--run"]);
    assert!(names(&json(data, &["problems", "--kind", "any"])).is_empty());
    assert!(fail(data, &["problems", "undo", "--run"]).contains("no run"));
    assert!(fail(data, &["problems", "undo", "1", "--run"]).contains("cannot be used with"));
}

#[test]
fn a_part_is_a_problem_of_its_own_and_can_be_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    run(data, &["discover", "--kind", "any", "--keep"]);
    let lost = having(data, "lost");
    let count = |id: &str| json(data, &["search", "--problem", id, "-n", "0"])["total"].as_u64().unwrap();
    let whole = count(&lost);
    let said = run(data, &["problems", "split", &lost, "suitcase", "--name", "suitcases"]);
    assert!(said.contains("suitcases is a problem of its own now"), "{said}");
    let (rest, part) = (count(&lost), count("suitcases"));
    assert!(part > 0 && rest > 0 && part + rest == whole, "{part} {rest} {whole}");
    run(data, &["discover", "--kind", "any", "--keep"]);
    assert_eq!((count(&lost), count("suitcases")), (rest, part));
    // Merged back, it is whole again; and a split of what was merged goes on from there.
    run(data, &["problems", "merge", "suitcases", &lost]);
    assert_eq!(count(&lost), whole);
    run(data, &["problems", "undo"]);
    run(data, &["problems", "undo"]);
    assert_eq!(count(&lost), whole);
    assert!(fail(data, &["problems", "show", "suitcases"]).contains("there is no problem `suitcases`"));
    // The id is not given again.
    let said = run(data, &["problems", "split", &lost, "suitcase", "--name", "suitcases"]);
    assert!(said.contains("suitcases-2"), "{said}");
}

#[test]
fn what_cannot_be_decided_is_one_line_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    let said = fail(data, &["problems", "pin", "anything"]);
    assert!(said.contains("`grouse discover --keep` finds problems"), "{said}");
    run(data, &["discover", "--kind", "any", "--keep"]);
    let [lost, fee] = ["lost", "fee"].map(|word| having(data, word));
    let wrong = format!("{lost}x");
    let near = format!("did you mean {lost}?");
    for (arguments, says) in [
        (vec!["pin", &wrong], near.as_str()),
        (vec!["pin", "zzzzzzzzzzzz"], "`grouse problems` shows the ids"),
        (vec!["unpin", &lost], "is not pinned already"),
        (vec!["merge", &lost, &lost], "name another problem"),
        (vec!["merge", &lost, &wrong], near.as_str()),
        (vec!["link", &lost, "javascript:alert(1)"], "one that begins with https://"),
        (vec!["rename", &lost, " "], "that is no name"),
        (vec!["split", &lost, "the of"], "is no term"),
        (vec!["split", &lost, "invoice"], "names terms that some have"),
        (vec!["solve", &lost, "--on", "soon"], "invalid value 'soon'"),
        (vec!["solve", &lost], "--on <DAY>"),
        (vec!["undo", "1"], "is what a run found"),
        (vec!["undo", "99999"], "nothing has the number 99999"),
        (vec!["undo"], "nobody decided anything"),
    ] {
        let said = fail(data, &[&["problems"], arguments.as_slice()].concat());
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
    run(data, &["problems", "merge", &lost, &fee]);
    let said = fail(data, &["problems", "pin", &lost]);
    assert!(said.contains(&format!("is merged into {fee}")), "{said}");
    let said = fail(data, &["problems", "merge", &fee, &lost]);
    assert!(said.contains("merged into itself"), "{said}");
    for arguments in [vec!["search", "problem:zzzzzzzz"], vec!["trends", "--problem", "zzzzzzzz"]] {
        assert!(fail(data, &arguments).contains("there is no problem `zzzzzzzz`"));
    }
}

#[tokio::test]
async fn the_ledger_is_asked_over_http() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    run(data, &["discover", "--kind", "any", "--keep"]);
    let lost = having(data, "lost");
    let server = Server::start_with(data, &[]);
    let all = server.json("/v1/problems?kind=any&interval=week").await;
    assert_eq!(all, json(data, &["problems", "--kind", "any", "--interval", "week", "-n", "100"]));
    assert_eq!((&all["posts"], &all["meaning"]), (&Value::from(144), &Value::from("any")));
    let problem =
        all["problems"].as_array().unwrap().iter().find(|problem| problem["id"] == lost.as_str()).unwrap();
    let count = problem["count"].as_u64().unwrap();
    assert!(count >= 9 && problem["low"].as_f64() < problem["per_100"].as_f64(), "{problem}");
    assert!(problem["brands"]["swift"]["count"].as_u64().unwrap() < count);
    // What people are locked out of came in the last week.
    let login = having(data, "login");
    let rising =
        all["problems"].as_array().unwrap().iter().find(|problem| problem["id"] == login.as_str()).unwrap();
    assert_eq!(rising["direction"], "rising", "{rising}");
    assert!(rising["first_seen"].as_str().unwrap().starts_with("2026-01-15"), "{rising}");

    let detail = server.json(&format!("/v1/problems/{lost}?kind=any")).await;
    assert_eq!(detail["problem"]["count"], count);
    assert_eq!(detail["history"][0]["what"], "found");
    assert!(detail["typical"].as_array().unwrap().len() >= 3, "{detail}");
    let history = server.json(&format!("/v1/problems/{lost}/history")).await;
    assert_eq!(history, detail["history"]);

    let trend = server.json(&format!("/v1/trends?problem={lost}&by=brand&interval=week")).await;
    let series = trend["series"].as_array().unwrap();
    let total: u64 = series.iter().map(|series| series["total"].as_u64().unwrap()).sum();
    assert_eq!(total, count, "{trend}");
    // It tells where the problem goes as the list of problems does.
    let goes = |answer: &Value| {
        ["id", "count", "listed", "query", "direction", "change", "first_seen", "last_seen"]
            .map(|name| answer[name].clone())
    };
    for (id, known) in [(&lost, problem), (&login, rising)] {
        let trend = server.json(&format!("/v1/trends?problem={id}&interval=week")).await;
        assert_eq!(goes(&trend["problems"][0]), goes(known), "{trend}");
        assert_eq!(trend["problems"][0]["period"], all["period"]);
    }
    let said = run(data, &["trends", "--problem", &login]);
    assert!(said.contains(&format!("({login}), first seen on 2026-01-15: rising, ")), "{said}");
    let share = &series[0]["share"];
    for (at, of) in share["of"].as_array().unwrap().iter().enumerate() {
        let (count, of) = (series[0]["counts"][at].as_f64().unwrap(), of.as_f64().unwrap());
        assert!((share["per_100"][at].as_f64().unwrap() - 100.0 * count / of).abs() < 1e-9);
        assert!(share["low"][at].as_f64() <= share["per_100"][at].as_f64());
    }

    for (path, status) in [
        ("/v1/problems/zzzz", 404),
        ("/v1/problems/zzzz/history", 404),
        ("/v1/problems?problem=zzzz", 404),
        ("/v1/search?q=problem:zzzz", 404),
        ("/v1/problems?limit=1001", 400),
        ("/v1/problems?per=person", 400),
        ("/v1/problems?period=0d", 400),
        ("/v1/problems?interval=year", 400),
        ("/v1/problems?nonsense=1", 400),
        ("/v1/problems?per=case&per=post", 400),
    ] {
        refused(server.get(path).await, status).await;
    }
    refused(server.get(&format!("/v1/problems/{lost}/history?limit=1")).await, 400).await;
    // A decision is seen at once.
    run(data, &["problems", "rename", &lost, "<b>bags</b> & more"]);
    let detail = server.json(&format!("/v1/problems/{lost}")).await;
    assert_eq!(detail["problem"]["name"], "<b>bags</b> & more");
}

#[tokio::test]
async fn the_pages_say_what_the_api_says_and_escape_what_people_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    run(data, &["discover", "--kind", "any", "--keep"]);
    let lost = having(data, "lost");
    run(data, &["problems", "rename", &lost, "<b>bags</b> & more"]);
    run(data, &["problems", "describe", &lost, "<script>alert(1)</script>"]);
    run(data, &["problems", "link", &lost, "https://tracker.example/\"><script>x</script>"]);
    let server = Server::start_with(data, &[]);
    let detail = server.json(&format!("/v1/problems/{lost}?kind=any")).await;
    let count = detail["problem"]["count"].as_u64().unwrap();
    for path in ["/problems?kind=any".to_owned(), format!("/problems/{lost}?kind=any")] {
        let response = server.get(&path).await;
        assert_eq!(response.status(), 200, "{path}");
        let html = response.text().await.unwrap();
        assert!(
            html.contains("&#60;b&#62;bags&#60;/b&#62;") || html.contains("&lt;b&gt;bags&lt;/b&gt;"),
            "{path}"
        );
        assert!(!html.contains("<b>bags") && !html.contains("<script>"), "{path}");
        // Its number opens as many posts: the link holds the whole question.
        let query = detail["problem"]["query"].as_str().unwrap().replace(' ', "+").replace(':', "%3A");
        let link = format!("/?q={query}");
        assert!(html.contains(&link), "{link} is not in {path}");
        let posts = server.get(&link).await.text().await.unwrap();
        assert!(posts.contains(&format!("<strong>{count}</strong>")), "{link}");
    }
    for (path, status, says) in [
        ("/problems/zzzzzz", 404, "There is no such problem"),
        ("/problems?per=person", 400, "A value cannot be read"),
        ("/problems?problem=zzzzzz", 404, "There is no such problem"),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert!(response.text().await.unwrap().contains(says), "{path}");
    }
    let none = server.get("/problems?kind=praise").await.text().await.unwrap();
    assert!(none.contains("No problems are kept yet") && none.contains("--kind praise"), "{none}");
}

#[test]
fn serve_looks_for_problems_by_itself_and_answers_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    filled(data);
    let server = Server::start_with(data, &["--discover-every", "1d"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let known = || {
        let answer = runtime.block_on(server.json("/v1/problems"));
        answer["known"].as_u64().filter(|known| *known > 0)
    };
    assert!(until(60, "problems were found", known) > 0);
    assert!(fail(data, &["serve", "--discover-every", "soon"]).contains("give a length of time, as 1d"));
}
