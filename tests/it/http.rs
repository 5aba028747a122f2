//! Promise: does HTTP answer like the command line, refuse what it cannot read with a reason, and end when told?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::common::{Running, client, fail, file, grouse, post, put, run};

/// A server that ends with the test.
pub(crate) struct Server {
    child: Running,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    pub(crate) fn start_with(data: &Path, more: &[&str]) -> Self {
        Self::of(grouse(data).args(["serve", "--listen", "127.0.0.1:0"]).args(more))
    }

    /// Starts what serves.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = Running(command.stderr(Stdio::piped()).spawn().unwrap());
        let mut line = String::new();
        let mut lines = BufReader::new(child.0.stderr.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let address = line.strip_prefix("Grouse is at http://").unwrap_or_else(|| panic!("{line}"));
        let address = address.split('/').next().unwrap().to_owned();
        // What it says later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self { child, address }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        client().get(self.at(path)).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        response.json().await.unwrap()
    }

    /// Sends bytes as they are and returns the first line of the answer.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        // The server may refuse before all is sent.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.take(4096).read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    }
}

fn filled(folder: &Path) {
    let posts = "id,text,created,author,brand,state\n\
        1,My parcel is late again,2026-01-01T10:00:00Z,anna,Swift,CA\n\
        2,<script>alert(1)</script> late & lost,2026-01-02T10:00:00Z,bob,Swift,NY\n\
        3,Mijn pakket is weer niet bezorgd,2026-01-04T10:00:00Z,carl,Blue Pigeon,CA\n\
        a/b c%,An odd id is late,,dora,Blue Pigeon,\n";
    let path = file(folder, "posts.csv", posts);
    run(folder, &["import", &path, "--source", "forum"]);
}

/// The answer without what belongs to one state of one process: cursors.
fn lasting(mut answer: Value) -> Value {
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("next");
    }
    answer
}

#[tokio::test]
async fn the_same_question_has_the_same_answer_as_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Server::start(folder.path());
    for (path, arguments) in [
        ("/v1/search?q=late", vec!["search", "late"]),
        ("/v1/search", vec!["search"]),
        ("/v1/search?q=late&sort=newest&limit=2", vec!["search", "late", "--sort", "newest", "-n", "2"]),
        (
            "/v1/search?q=late+OR+pakket&brand=Blue+Pigeon&brand=swift",
            vec!["search", "late OR pakket", "--brand", "Blue Pigeon", "--brand", "swift"],
        ),
        ("/v1/search?attr.state=CA&lang=en", vec!["search", "--attr", "state=CA", "--lang", "en"]),
        ("/v1/search?attr=state%3DCA&kind=post", vec!["search", "--attr", "state=CA", "--kind", "post"]),
        ("/v1/search?q=is:undated", vec!["search", "is:undated"]),
        (
            "/v1/search?since=2026-01-02&until=2026-01-03&tz=Europe/Amsterdam",
            vec!["search", "--since", "2026-01-02", "--until", "2026-01-03", "--tz", "Europe/Amsterdam"],
        ),
        ("/v1/search?q=", vec!["search", ""]),
        ("/v1/trends?by=brand", vec!["trends", "--by", "brand"]),
        (
            "/v1/trends?by=language&interval=week&q=late",
            vec!["trends", "late", "--by", "language", "--interval", "week"],
        ),
        ("/v1/terms?brand=swift&limit=5", vec!["problems", "--terms", "--brand", "swift", "-n", "5"]),
        ("/v1/problems?brand=swift&limit=5", vec!["problems", "--brand", "swift", "-n", "5"]),
        (
            "/v1/problems?per=author&period=3d",
            vec!["problems", "--per", "author", "--period", "3d", "-n", "100"],
        ),
        ("/v1/problems", vec!["problems", "-n", "100"]),
    ] {
        let mut arguments = arguments;
        arguments.push("--json");
        let expect: Value = serde_json::from_str(&run(folder.path(), &arguments)).unwrap();
        assert_eq!(lasting(server.json(path).await), lasting(expect), "{path}");
    }
    let health = server.json("/healthz").await;
    assert_eq!((&health["status"], &health["posts"]), (&Value::from("ok"), &Value::from(4)));
    // One post is what a search says of it, but for the marks.
    let mut searched = server.json("/v1/search?q=id:forum:1").await["posts"][0].clone();
    searched.as_object_mut().unwrap().remove("highlight");
    assert_eq!(server.json("/v1/posts/forum:1").await, searched);
    let odd = server.json("/v1/search?q=odd").await["posts"][0]["id"].as_str().unwrap().to_owned();
    let encoded = odd.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02x}"));
    assert_eq!(server.json(&format!("/v1/posts/{encoded}")).await["id"], odd.as_str());
}

#[tokio::test]
async fn what_the_web_wrote_is_escaped_where_it_is_html() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Server::start(folder.path());
    let answer = server.json("/v1/search?q=lost").await;
    let html = answer["posts"][0]["highlight"]["text"].as_str().unwrap();
    assert!(
        html.contains("&lt;script&gt;") && html.contains("<mark>lost</mark>") && html.contains("&amp;"),
        "{html}"
    );
}

/// Expects a refusal in the shape of RFC 9457.
pub(crate) async fn refused(response: Response, status: u16) -> Value {
    assert_eq!(response.status(), status, "{}", response.url());
    assert_eq!(response.headers()["content-type"], "application/problem+json", "{}", response.url());
    let secure = ["content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options"];
    assert!(secure.iter().all(|name| response.headers().contains_key(*name)));
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert!(
        !problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty()
    );
    problem
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Server::start(folder.path());
    let many: Vec<String> = (0..101).map(|n| format!("attr=a{n}=x")).collect();
    let many = format!("/v1/search?{}", many.join("&"));
    for (path, parameter, expected) in [
        ("/v1/search?x=1", "x", None),
        ("/v1/search?Q=late", "Q", None),
        ("/v1/trends?sort=newest", "sort", None),
        ("/v1/search?limit=ten", "limit", Some("a number up to 1000")),
        ("/v1/search?limit=-1", "limit", Some("a number up to 1000")),
        ("/v1/search?limit=1001", "limit", Some("a number up to 1000")),
        ("/v1/search?limit=99999999999999999999999", "limit", Some("a number up to 1000")),
        ("/v1/search?limit=5&limit=6", "limit", Some("one value")),
        ("/v1/search?sort=newest&sort=newest", "sort", Some("one value")),
        ("/v1/trends?since=2026-01-01&since=2026-01-02", "since", Some("one value")),
        (&many, "attr", Some("at most 100")),
        ("/v1/search?sort=best", "sort", Some("relevance, newest or oldest")),
        ("/v1/search?lang=xx", "lang", Some("nl, en")),
        ("/v1/search?kind=rant", "kind", Some("post, reply")),
        ("/v1/search?since=yesterday", "since", Some("a day or moment")),
        ("/v1/search?since=2026-02&until=2026-01-31", "until", Some("which is 2026-02")),
        (
            "/v1/spikes?since=2026-01-02T10:00:00Z&until=2026-01-02T09:00:00Z",
            "until",
            Some("does not come before"),
        ),
        ("/v1/problems?kind=rant", "kind", Some("complaint, praise")),
        ("/v1/search?tz=Moon", "tz", Some("the name of a time zone")),
        ("/v1/search?tz=../../etc/passwd", "tz", Some("the name of a time zone")),
        ("/v1/search?cursor=nonsense", "cursor", Some("the `next` of the page before")),
        ("/v1/search?attr=x", "attr", Some("name=value")),
        ("/v1/trends?interval=year", "interval", Some("day, week or month")),
        ("/v1/trends?by=mood", "by", Some("brand, source")),
        ("/v1/terms?limit=201", "limit", Some("a number up to 200")),
    ] {
        let problem = refused(server.get(path).await, 400).await;
        assert_eq!(problem["parameter"], parameter, "{problem}");
        if let Some(expected) = expected {
            assert!(problem["expected"].as_str().unwrap().contains(expected), "{problem}");
        }
    }
    let problem = refused(server.get("/v1/search?q=a%20(b").await, 400).await;
    assert_eq!(
        (&problem["parameter"], &problem["position"]),
        (&Value::from("q"), &Value::from(3)),
        "{problem}"
    );
    assert!(problem["expected"].as_str().unwrap().contains(')'), "{problem}");
    for path in [
        "/v1/posts/forum:99",
        "/v1/posts/nonsense",
        "/v1/posts/%00",
        "/v1/nothing",
        "/v2/search",
        "/..%2f..%2fetc%2fpasswd",
    ] {
        refused(server.get(path).await, 404).await;
    }
    refused(server.get("/v1/posts/%ff").await, 400).await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let response = client().request(method, server.at("/v1/search")).send().await.unwrap();
        assert!(response.headers()["allow"].to_str().unwrap().contains("GET"));
        refused(response, 405).await;
    }
    for host in
        ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"]
    {
        let response = client().get(server.at("/v1/search")).header("host", host).send().await.unwrap();
        let problem = refused(response, 400).await;
        assert_eq!(problem["parameter"], "Host");
    }
    for host in ["localhost", "LOCALHOST:7478", "127.0.0.1", "[::1]:80"] {
        let response = client().get(server.at("/healthz")).header("host", host).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn hostile_addresses_never_break_it() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Server::start(folder.path());
    let long = "late ".repeat(2000).replace(' ', "+");
    let many = (0..2000).map(|number| format!("brand=b{number}")).collect::<Vec<_>>().join("&");
    for query in [
        format!("q={long}"),
        format!("q={}", "(".repeat(10_000)),
        format!("q={}", "-".repeat(10_000)),
        format!("q={}", "a*+".repeat(3000)),
        format!("q={}", "NOT+".repeat(3000)),
        format!("q={}late{}", "(".repeat(5000), ")".repeat(5000)),
        format!("q=%22{long}%22"),
        format!("q={}", "%F0%9F%98%A1".repeat(800)),
        many,
        "q=%00%00".to_owned(),
        "q=%".to_owned(),
        "q=%zz%F".to_owned(),
        "q=%ff%fe%80".to_owned(),
        "q=*".to_owned(),
        "&&&&".to_owned(),
        "=&=".to_owned(),
        "q=a&q=b&q=(".to_owned(),
        "attr==".to_owned(),
        "attr.=x".to_owned(),
        "cursor=r0-0-0".to_owned(),
        "cursor=rffffffffffffffff-ffffffff-ffffffffffffffff".to_owned(),
        "since=-9999-01-01&until=9999-12-31".to_owned(),
        "q=created:-9999-01-01..9999-12-31".to_owned(),
        "q=rating>1e308+reach<-1e308".to_owned(),
        "limit=0".to_owned(),
    ] {
        for path in ["/v1/search", "/v1/trends", "/v1/terms", "/v1/problems"] {
            let begun = Instant::now();
            let response = server.get(&format!("{path}?{query}")).await;
            let status = response.status();
            let start: String = query.chars().take(40).collect();
            assert!(
                status == StatusCode::OK || status == StatusCode::BAD_REQUEST,
                "{path}?{start}: {status}"
            );
            assert!(begun.elapsed() < Duration::from_secs(10), "{path}?{start}: {:?}", begun.elapsed());
        }
    }
    for request in [
        format!(
            "GET /v1/search?q={} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "(".repeat(100_000)
        )
        .into_bytes(),
        b"GET /v1/search?q=\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /v1/search?q=a HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET http://evil.example/v1/search HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
            .to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
    ] {
        let status = server.raw(&request);
        let code = status.split(' ').nth(1).unwrap_or("400");
        assert!(code.starts_with('4') || status.is_empty(), "{status}");
    }
    assert_eq!(server.json("/healthz").await["posts"], 4);
}

#[tokio::test]
async fn what_another_process_imports_is_found_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let server = Server::start(folder.path());
    assert_eq!(server.json("/v1/search?q=giraffe").await["total"], 0);
    let path = file(folder.path(), "more.csv", "id,text\n1,A giraffe in my parcel\n");
    run(folder.path(), &["import", &path]);
    let committed = Instant::now();
    loop {
        if server.json("/v1/search?q=giraffe").await["total"] == 1 {
            break;
        }
        assert!(committed.elapsed() < Duration::from_secs(2), "not found within two seconds");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.json("/healthz").await["posts"], 5);
}

#[tokio::test]
async fn pages_follow_each_other_while_another_writes() {
    let folder = tempfile::tempdir().unwrap();
    let many = |from: usize, to: usize, word: &str| -> Vec<_> {
        (from..to)
            .map(|number| {
                let mut post = post(&number.to_string(), &format!("late {word} {number}"));
                let created = format!("2026-01-{:02}T{:02}:00:00Z", 1 + number % 28, number % 24);
                post.created = Some(created.parse().unwrap());
                post
            })
            .collect()
    };
    put(folder.path(), many(0, 300, "first"), None);
    let server = Server::start(folder.path());
    for sort in ["newest", "oldest", "relevance"] {
        let mut seen = Vec::new();
        let mut next: Option<String> = None;
        for page in 0.. {
            let cursor = next.take().map_or_else(String::new, |next| format!("&cursor={next}"));
            let answer = server.json(&format!("/v1/search?q=late&limit=70&sort={sort}{cursor}")).await;
            let posts = answer["posts"].as_array().unwrap();
            seen.extend(posts.iter().map(|post| post["id"].as_str().unwrap().to_owned()));
            // Between the pages others come, which nobody paging asked for.
            put(folder.path(), many(1000 + page * 10, 1010 + page * 10, sort), None);
            next = answer["next"].as_str().map(str::to_owned);
            if next.is_none() {
                break;
            }
            assert!(page < 20, "there is no end to the pages");
        }
        let first: std::collections::BTreeSet<&String> = seen
            .iter()
            .filter(|id| id.strip_prefix("test:").unwrap().parse::<u32>().unwrap() < 1000)
            .collect();
        assert_eq!(first.len(), 300, "{sort}: some were passed over");
        let all: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!(all.len(), seen.len(), "{sort}: some came twice");
    }
}

fn tell(server: &Server, signal: &str) {
    let told = Command::new("kill").args([signal, &server.child.0.id().to_string()]).status().unwrap();
    assert!(told.success());
}

#[tokio::test]
async fn it_ends_when_told_and_frees_its_port() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start(folder.path());
        // A connection that is kept open does not keep it.
        let asker = client();
        asker.get(server.at("/healthz")).send().await.unwrap().bytes().await.unwrap();
        tell(&server, signal);
        let begun = Instant::now();
        assert_eq!(server.child.0.wait().unwrap().code(), Some(0), "{signal}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(TcpStream::connect(&server.address).is_err());
        drop(asker);
    }
}

#[test]
fn a_request_that_is_never_finished_does_not_keep_it() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let mut server = Server::start(folder.path());
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.write_all(b"GET /v1/search HTTP/1.1\r\nHost: local").unwrap();
    tell(&server, "-TERM");
    assert_eq!(server.child.0.wait().unwrap().code(), Some(0));
}

#[test]
fn where_it_cannot_listen_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = fail(folder.path(), &["serve", "--listen", &address]);
    assert!(said.contains(&format!("could not listen on {address}: choose another port")), "{said}");
    for address in ["0.0.0.0:0", "[::]:0", "10.1.2.3:80"] {
        let said = fail(folder.path(), &["serve", "--listen", address]);
        assert!(said.contains("other machines could read everything"), "{said}");
    }
    let said = fail(folder.path(), &["serve", "--listen", "here"]);
    assert!(said.contains("127.0.0.1:7478"), "{said}");
    let said = fail(&folder.path().join("nowhere"), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("there is no index"), "{said}");
}
