//! Promise: who reads a judgement on the page or over HTTP can say that it is wrong, and no other site can do so for them?

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::common::{client, file, grouse, run};
use crate::http;

const POSTS: &str = "id,text,created\n\
    1,my parcel is lost and nobody answers,2026-01-01T10:00:00Z\n\
    a/b?c,thanks Redlane for the quick delivery,2026-01-02T10:00:00Z\n";

/// Serves an index of two posts.
struct Server {
    folder: tempfile::TempDir,
    http: http::Server,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "posts.csv", POSTS);
        let data = folder.path().join("data");
        run(&data, &["import", &path, "--watchlist", "demo", "--source", "test"]);
        Self { http: http::Server::start_with(&data, &[]), folder }
    }

    async fn send(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = client().post(self.http.at(path)).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> String {
        self.http.get(path).await.text().await.unwrap()
    }

    async fn post_of(&self, id: &str) -> Value {
        serde_json::from_str(&self.get(&format!("/v1/posts/{id}")).await).unwrap()
    }
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[tokio::test]
async fn a_program_corrects_and_takes_back_while_the_page_is_served() {
    let server = Server::start();
    let judged = server.post_of("test:1").await;
    let is_one = judged["complaint"]["verdict"] == true;
    let body = json!({
        "corrections": { "complaint": !is_one, "intent": "spam", "target": "Redlane", "signal:legal": true, "sentiment": -0.25 },
        "by": "Ann", "note": "seen by hand"
    });
    let (status, answer) = server.send("/v1/posts/test:1/corrections", body).await;
    assert_eq!((status, &answer["shown"]), (StatusCode::OK, &json!(true)), "{answer}");
    let post = server.post_of("test:1").await;
    assert_eq!(answer["post"], post);
    assert_eq!(post["complaint"]["verdict"], !is_one);
    assert_eq!((&post["intent"], &post["target"]), (&json!("spam"), &json!("redlane")));
    assert_eq!(
        post["corrected"],
        json!(["complaint", "intent", "sentiment", "target", "signal:legal"]),
        "{post}"
    );
    // Another program on the same folder sees the same.
    let listed = run(&server.folder.path().join("data"), &["correct", "--list", "--json", "test:1"]);
    let history = server.get("/v1/posts/test:1/corrections").await;
    assert_eq!(
        serde_json::from_str::<Value>(&listed).unwrap(),
        serde_json::from_str::<Value>(&history).unwrap()
    );
    let aspects = json!(["complaint", "intent", "sentiment", "target", "signal:legal"]);
    let (status, answer) =
        server.send("/v1/posts/test:1/corrections", json!({ "undo": aspects, "by": "Bob" })).await;
    assert_eq!((status, &answer["undone"]), (StatusCode::OK, &aspects), "{answer}");
    assert_eq!(server.post_of("test:1").await, judged);
    // An id may look like a path.
    let (status, answer) = server
        .send("/v1/posts/test:a%2Fb%3Fc/corrections", json!({ "corrections": { "complaint": "yes" } }))
        .await;
    assert_eq!((status, &answer["post"]["id"]), (StatusCode::OK, &json!("test:a/b?c")), "{answer}");
}

#[tokio::test]
async fn what_cannot_be_said_changes_nothing_and_says_what_can_be() {
    let server = Server::start();
    for (path, body, status, expect) in [
        ("test:9", json!({ "corrections": { "complaint": true } }), 404, "there is no post `test:9`"),
        ("test:1", json!({ "corrections": { "complaint": "maybe" } }), 400, "use yes or no"),
        ("test:1", json!({ "corrections": { "mood": "bad" } }), 400, "use complaint, severity,"),
        (
            "test:1",
            json!({ "corrections": { "target": "nobody" } }),
            400,
            "is no brand of the index: use one of",
        ),
        ("test:1", json!({ "corrections": { "complaint": true }, "undo": ["complaint"] }), 400, "said twice"),
        ("test:1", json!({ "undo": ["complaint"] }), 400, "nothing to take back"),
        ("test:1", json!({}), 400, "nothing is said"),
        ("test:1", json!({ "complaint": true }), 400, "unknown field `complaint`"),
        ("test:1", json!(7), 400, "cannot be read"),
    ] {
        let (found, answer) = server.send(&format!("/v1/posts/{path}/corrections"), body.clone()).await;
        assert_eq!(found.as_u16(), status, "{body}: {answer}");
        assert!(answer["detail"].as_str().unwrap().contains(expect), "{body}: {answer}");
    }
    let (status, _) = server.send("/v1/posts/test:1", json!({})).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(server.get("/v1/posts/test:1/corrections").await, "[]");
}

#[tokio::test]
async fn the_form_corrects_and_leads_back_and_another_site_cannot_send_it() {
    let server = Server::start();
    let page = server.get("/?q=parcel").await;
    assert!(page.contains("<form class=\"correct\" method=\"post\" action=\"/posts/test:1\">"), "{page}");
    assert!(page.contains("name=\"back\" value=\"/?q=parcel#post-0\""), "{page}");
    let address = server.http.at("/posts/test:1");
    let form = "complaint=no&severity=&intent=question&target=&by=Ann&note=&back=%2F%3Fq%3Dparcel%23post-0";
    let send = |name: &'static str, value: String| {
        browser()
            .post(&address)
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(form)
            .send()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-nothing", "at all"),
    ] {
        let answer = send(name, value.to_owned()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{name}: {value}");
        assert!(answer.text().await.unwrap().contains("Another site may not do this"));
    }
    assert_eq!(server.get("/v1/posts/test:1/corrections").await, "[]");
    for (name, value) in [("sec-fetch-site", "same-origin".to_owned()), ("origin", server.http.at(""))] {
        let answer = send(name, value).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let there = answer.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(there, "/posts/test:1?back=%2F%3Fq%3Dparcel%23post-0");
        let page = server.get(&there).await;
        assert!(page.contains("class=\"back\" href=\"/?q=parcel#post-0\""), "{page}");
        assert!(
            page.contains("no complaint") && page.contains("complaint: no") && page.contains("by <bdi>Ann")
        );
        assert!(page.contains("take back what was said"));
    }
    let page = server.get("/posts/test:1?back=%2F%2Fevil.example").await;
    assert!(!page.contains("evil.example"), "{page}");
    let missing = client().get(server.http.at("/posts/test:9")).send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_said_while_harvesting_holds_the_index_is_shown_soon() {
    let folder = tempfile::tempdir().unwrap();
    let posts = file(folder.path(), "posts.csv", POSTS);
    let list = file(
        folder.path(),
        "mine.toml",
        "name = \"Mine\"\npurpose = \"To test.\"\nlanguages = [\"en\"]\ntime_zone = \"UTC\"\n\n[[brand]]\nid = \"redlane\"\nname = \"Redlane\"\nrole = \"own\"\naliases = [\"redlane\"]\n\n[[source]]\nname = \"webhook\"\n",
    );
    let data = folder.path().join("data");
    run(&data, &["import", &posts, "--watchlist", &list, "--source", "test"]);
    let server = http::Server::of(
        grouse(&data)
            .env("GROUSE_WEBHOOK_TOKEN", "let-me-in")
            .env("GROUSE_CONTACT", "desk@example.com")
            .args(["serve", "--listen", "127.0.0.1:0", "--harvest", &list]),
    );
    let answer = client()
        .post(server.at("/v1/posts/test:1/corrections"))
        .json(&json!({ "corrections": { "intent": "spam" } }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!((&answer["shown"], &answer["post"]["intent"]), (&json!(true), &json!("spam")), "{answer}");
}

#[tokio::test]
async fn what_is_said_while_another_program_writes_is_kept_and_said_so() {
    let server = Server::start();
    let data = server.folder.path().join("data");
    let now = "2026-01-03T00:00:00Z".parse().unwrap();
    let config = grouse::store::WriterConfig { threads: 1, bytes_per_thread: 16 << 20 };
    let writer = grouse::store::Writer::open(&data, "a test", now, config).unwrap();
    let body = json!({ "corrections": { "intent": "spam" } });
    let (status, answer) = server.send("/v1/posts/test:1/corrections", body).await;
    assert_eq!((status, &answer["shown"]), (StatusCode::ACCEPTED, &json!(false)), "{answer}");
    assert!(server.get("/posts/test:1").await.contains("<strong>Kept.</strong>"));
    writer.close().unwrap();
    let body = json!({ "corrections": { "complaint": false } });
    let (status, answer) = server.send("/v1/posts/test:1/corrections", body).await;
    assert_eq!((status, &answer["post"]["intent"]), (StatusCode::OK, &json!("spam")), "{answer}");
}
