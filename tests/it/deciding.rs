//! Promise: who reads of a problem on its page or over HTTP can decide something of it, and no other site can do so for them?

use std::path::Path;

use grouse::model::{Change, Findings, Language, Meaning, Phrase, ProblemId, Signature};
use grouse::state::{Happened, Run, State};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::common::{client, post, put, run};
use crate::http;

/// Serves an index of a few complaints, of which some are late and some are broken.
struct Server {
    folder: tempfile::TempDir,
    http: http::Server,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let texts = [
            "my parcel is late again, terrible",
            "parcel late and the driver was rude, terrible",
            "the box was broken, terrible",
            "broken box and nobody answers, terrible",
        ];
        let posts = texts.iter().zip(1..).map(|(text, at)| post(&at.to_string(), text));
        put(folder.path(), posts.collect(), None);
        keep(folder.path(), "late", &["parcel", "late"], Meaning::Complaint);
        keep(folder.path(), "broken", &["box", "broken"], Meaning::Complaint);
        keep(folder.path(), "praised", &["thank"], Meaning::Praise);
        Self { http: http::Server::start_with(folder.path(), &[]), folder }
    }

    async fn decide(&self, id: &str, body: Value) -> (StatusCode, Value) {
        let address = self.http.at(&format!("/v1/problems/{id}/decisions"));
        let answer = client().post(address).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn problem(&self, id: &str) -> Value {
        self.http.json(&format!("/v1/problems/{id}")).await["problem"].clone()
    }

    async fn page(&self, path: &str) -> String {
        self.http.get(path).await.text().await.unwrap()
    }
}

fn keep(data: &Path, id: &str, stems: &[&str], meaning: Meaning) {
    let terms = stems.iter().map(|stem| (Phrase { first: (*stem).to_owned(), second: None }, 6000));
    let found = Happened {
        problem: ProblemId::new(id).unwrap(),
        change: Change::Found(Findings {
            name: format!("{id} things"),
            signature: Signature { language: Language::English, terms: terms.collect() },
            meaning,
            theme: None,
        }),
        reason: None,
    };
    let when = "2026-11-01T00:00:00Z".parse().unwrap();
    let run = Run { when, meaning, posts: 4, unassigned: 0, proposals: 1, changes: 1 };
    let mut state = State::open(data).unwrap();
    let seen = state.ledger_version().unwrap();
    state.keep_run(&[found], &run, seen).unwrap().unwrap();
}

#[tokio::test]
async fn all_that_is_decided_at_the_terminal_is_decided_over_http() {
    let server = Server::start();
    let decided = [
        (json!({ "rename": "Late parcels" }), "renamed", "name", json!("Late parcels")),
        (
            json!({ "describe": "All that comes late" }),
            "described",
            "description",
            json!("All that comes late"),
        ),
        (json!({ "describe": null }), "described", "description", Value::Null),
        (
            json!({ "link": "https://tracker.example/12" }),
            "linked",
            "link",
            json!("https://tracker.example/12"),
        ),
        (json!({ "solve": "2026-03-01" }), "solved", "solved", json!("2026-03-01")),
        (json!({ "solve": false }), "solved", "solved", Value::Null),
        (json!({ "pin": true }), "pinned", "pinned", json!(true)),
        (json!({ "pin": "no" }), "unpinned", "pinned", json!(false)),
        (json!({ "hide": true }), "hidden", "standing", json!("hidden")),
        (json!({ "hide": false }), "shown", "standing", json!("live")),
    ];
    for (mut body, what, name, expect) in decided {
        body["by"] = json!("Ann");
        body["note"] = json!("seen by hand");
        let (status, event) = server.decide("late", body.clone()).await;
        assert_eq!(status, StatusCode::OK, "{body}: {event}");
        assert_eq!(
            (&event["what"], &event["by"], &event["reason"]),
            (&json!(what), &json!("Ann"), &json!("seen by hand"))
        );
        assert_eq!(server.problem("late").await[name], expect, "{body}");
        // The history ends with it, at the terminal as well.
        let history = server.http.json("/v1/problems/late/history").await;
        assert_eq!(history.as_array().unwrap().last().unwrap(), &event);
    }
    let said: Value =
        serde_json::from_str(&run(server.folder.path(), &["problems", "changes", "--json"])).unwrap();
    assert_eq!(said.as_array().unwrap().len(), 3 + 10);

    let (_, event) = server.decide("late", json!({ "split": "driver", "name": "rude drivers" })).await;
    assert_eq!((&event["what"], &event["problem"]), (&json!("divided"), &json!("rude-drivers")), "{event}");
    assert_eq!(
        (
            server.problem("late").await["count"].as_u64(),
            server.problem("rude-drivers").await["count"].as_u64()
        ),
        (Some(1), Some(1))
    );
    let (_, event) = server.decide("broken", json!({ "merge": "late" })).await;
    assert_eq!(server.problem("late").await["count"], 3);
    let (status, undone) = server.decide("broken", json!({ "undo": event["number"], "by": "Bob" })).await;
    assert_eq!(
        (status, undone["what"].as_str(), undone["undone"].is_null()),
        (StatusCode::OK, Some("merged"), false),
        "{undone}"
    );
    assert_eq!(server.problem("late").await["count"], 1);
}

#[tokio::test]
async fn what_cannot_be_decided_changes_nothing_and_says_what_can_be() {
    let server = Server::start();
    let before = server.http.json("/v1/problems?kind=any").await;
    for (id, body, status, expect) in [
        ("latte", json!({ "pin": true }), 404, "did you mean late?"),
        ("late", json!({}), 400, "say one thing at a time"),
        ("late", json!({ "pin": true, "hide": true }), 400, "say one thing at a time"),
        ("late", json!({ "mood": "bad" }), 400, "use rename, describe, merge"),
        ("late", json!({ "pin": "maybe" }), 400, "give yes or no"),
        ("late", json!({ "pin": false }), 400, "is not pinned already"),
        ("late", json!({ "rename": "" }), 400, "that is no name"),
        (
            "late",
            json!({ "rename": " Broken  Things" }),
            400,
            "broken is called Broken Things already: give another name",
        ),
        ("late", json!({ "split": "driver", "name": "BROKEN THINGS" }), 400, "or merge them"),
        ("late", json!({ "split": "driver", "name": "x".repeat(121) }), 400, "that is no name"),
        ("late", json!({ "link": "javascript:alert(1)" }), 400, "one that begins with https://"),
        ("late", json!({ "solve": "soon" }), 400, "a day as 2026-03-01"),
        ("late", json!({ "merge": "late" }), 400, "merged into itself"),
        ("late", json!({ "merge": "brokn" }), 404, "did you mean broken?"),
        ("late", json!({ "merge": "praised" }), 400, "they stay apart"),
        ("late", json!({ "split": "the of" }), 400, "is no term"),
        ("late", json!({ "split": "broken" }), 400, "names terms that some have"),
        ("late", json!({ "undo": 99 }), 400, "nothing that happened to late has the number 99"),
        ("late", json!({ "undo": 2 }), 400, "nothing that happened to late has the number 2"),
        ("late", json!({ "undo": 1 }), 400, "is what a run found"),
        ("late", json!(7), 400, "cannot be read"),
    ] {
        let (found, answer) = server.decide(id, body.clone()).await;
        assert_eq!(found.as_u16(), status, "{body}: {answer}");
        assert!(answer["detail"].as_str().unwrap().contains(expect), "{body}: {answer}");
    }
    let plain = client().post(server.http.at("/v1/problems/late/decisions")).body("{\"pin\": true}").send();
    assert_eq!(plain.await.unwrap().status(), StatusCode::BAD_REQUEST, "any page can send what is not JSON");
    assert_eq!(server.http.json("/v1/problems?kind=any").await, before);
}

#[tokio::test]
async fn a_whole_run_is_taken_back_over_http_and_on_its_page() {
    let server = Server::start();
    let changes = server.http.json("/v1/changes").await;
    assert_eq!(changes.as_array().unwrap().len(), 3);
    let said = run(server.folder.path(), &["problems", "changes", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap(), changes, "as the terminal says");
    assert_eq!(server.http.json("/v1/changes?since=2026-11-02").await, json!([]));
    for address in ["/v1/changes?since=soon", "/v1/changes?brand=a"] {
        assert_eq!(server.http.get(address).await.status(), StatusCode::BAD_REQUEST, "{address}");
    }
    let (_, event) = server.decide("late", json!({ "rename": "Late parcels" })).await;
    assert_eq!(event["number"], 4);
    let page = server.page("/changes").await;
    assert_eq!(page.matches("<li><time>").count(), 4, "{page}");
    assert!(page.contains("The run of 2026-11-01 00:00 UTC: 3 changes."), "{page}");
    assert!(page.find("<strong>renamed") < page.find("<strong>found"), "the last is the first: {page}");

    let send = async |body: Value| {
        let answer = client().post(server.http.at("/v1/changes")).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    for (body, expect) in [
        (json!({}), "cannot be read"),
        (json!({ "undo": 4 }), "cannot be read"),
        (json!({ "undo": "all" }), "{\"undo\": \"run\"}"),
    ] {
        let (status, answer) = send(body).await;
        assert!(status == 400 && answer["detail"].as_str().unwrap().contains(expect), "{answer}");
    }
    let form = |header: (&'static str, &'static str)| {
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let request = browser.post(server.http.at("/changes")).header(header.0, header.1);
        request.header("content-type", "application/x-www-form-urlencoded").body("undo=run&by=Ann").send()
    };
    assert_eq!(form(("sec-fetch-site", "cross-site")).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(server.problem("late").await["name"], "Late parcels");
    // What a person decided would be lost with it.
    let (status, answer) = send(json!({ "undo": "run" })).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("would be lost"), "{answer}");
    let (status, _) = server.decide("late", json!({ "undo": 4 })).await;
    assert_eq!(status, 200);
    let (status, undone) = send(json!({ "undo": "run", "by": "Ann" })).await;
    assert_eq!((status, undone), (200, json!({ "run": "2026-11-01T00:00:00Z", "changes": 3 })));
    assert_eq!(server.http.get("/v1/problems/late").await.status(), StatusCode::NOT_FOUND);
    let (status, answer) = send(json!({ "undo": "run" })).await;
    assert!(
        status == 400 && answer["detail"].as_str().unwrap().contains("nothing was taken back"),
        "{answer}"
    );

    keep(server.folder.path(), "again", &["parcel"], Meaning::Complaint);
    let answer = form(("sec-fetch-site", "same-origin")).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::SEE_OTHER, &"/changes".parse().unwrap())
    );
    assert_eq!(server.http.get("/v1/problems/again").await.status(), StatusCode::NOT_FOUND);
    let page = form(("sec-fetch-site", "same-origin")).await.unwrap().text().await.unwrap();
    assert!(
        page.contains("role=\"alert\"") && page.contains("no run changed anything that still stands"),
        "{page}"
    );
}

#[tokio::test]
async fn the_forms_decide_and_another_site_cannot_send_them() {
    let server = Server::start();
    let page = server.page("/problems/late?since=2000-01-01").await;
    let address = "/problems/late?since=2000-01-01";
    assert!(
        page.contains(&format!("<form class=\"correct\" method=\"post\" action=\"{address}\">")),
        "{page}"
    );
    assert!(
        page.contains("<option value=\"broken\">broken things</option>")
            && !page.contains("value=\"praised\"")
    );
    let browser =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let send = |path: &str, header: (&'static str, &'static str), form: &'static str| {
        let request = browser.post(server.http.at(path)).header(header.0, header.1);
        request.header("content-type", "application/x-www-form-urlencoded").body(form).send()
    };
    let rename = "decision=rename&value=%3Cb%3ELate%3C%2Fb%3E&by=Ann&note=";
    for header in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-nothing", "at all"),
    ] {
        let answer = send(address, header, rename).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{header:?}");
        assert!(answer.text().await.unwrap().contains("Another site may not do this"));
    }
    assert_eq!(server.problem("late").await["name"], "late things");
    let here = ("sec-fetch-site", "same-origin");
    let answer = send(address, here, rename).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::SEE_OTHER, &address.parse().unwrap())
    );
    let page = server.page(address).await;
    assert!(page.contains("&#60;b&#62;Late&#60;/b&#62;") && !page.contains("<b>Late"), "{page}");
    assert!(page.contains("by Ann"), "{page}");
    // It can be taken back where it stands in the history, and what a run found cannot.
    assert_eq!(page.matches("<form class=\"undo\"").count(), 1, "{page}");
    let number = page.split("name=\"value\" value=\"").last().unwrap().split('"').next().unwrap();
    assert_eq!(number, "4");
    let answer = send(address, here, "decision=undo&value=4").await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(server.problem("late").await["name"], "late things");
    // What is refused is said above the form.
    let answer = send(address, here, "decision=link&value=javascript%3Aalert(1)").await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("That cannot be decided of the problem")
            && page.contains("one that begins with https://"),
        "{page}"
    );
    assert!(page.contains("<h1 dir=\"auto\">late things</h1>"), "{page}");
    // A part leads to its own page, and taken back to the whole again.
    let answer = send("/problems/late", here, "decision=split&value=driver&name=rude").await.unwrap();
    assert_eq!(answer.headers()["location"], "/problems/rude");
    let answer = send("/problems/rude", here, "decision=undo&value=5").await.unwrap();
    assert_eq!(answer.headers()["location"], "/problems/late");
    let answer = send("/problems/none", here, "decision=pin&value=yes").await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
