//! How is a browser told what to do? The few commands of `WebDriver` that the tests need.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How an element is named in an answer (W3C `WebDriver`, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with one window, closed at the end.
pub(crate) struct Browser {
    client: reqwest::Client,
    session: String,
    // Dropped in this order, after the browser was asked to close.
    _driver: Driver,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, the driver takes its browser with it; killed at once, it would leave it behind. The test's own
        // runtime cannot be waited for here.
        let session = self.session.clone();
        let closed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().ok()?;
                client.delete(session).send().await.ok()
            })
        });
        if !matches!(closed.join(), Ok(Some(_))) {
            eprintln!("the browser could not be asked to close");
        }
    }
}

/// A process that ends with the test, whatever becomes of it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Browser {
    /// Starts a browser without a window of its own; `None`, and a note, where there is none.
    pub(crate) async fn start() -> Option<Self> {
        let spawned =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut driver) = spawned else {
            eprintln!("skipped: there is no chromedriver (tests/run installs it)");
            return None;
        };
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let driver = Driver(driver);
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.rsplit_once("successfully on port ")
                    .map(|(_, port)| port.trim_end_matches('.').to_owned())
            })
            .expect("chromedriver says on which port it listens");
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let profile = tempfile::tempdir().unwrap();
        // Whoever came first installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
        let options = json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--window-size=1280,1000", format!("--user-data-dir={}", profile.path().display()),
            ] }
        } } });
        let home = format!("http://127.0.0.1:{port}/session");
        let answer: Value = client.post(&home).json(&options).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}"));
        Some(Self { client, session: format!("{home}/{id}"), _driver: driver, _profile: profile })
    }

    /// Opens an address and waits until its page is loaded.
    pub(crate) async fn go(&self, address: &str) {
        self.post("url", json!({ "url": address })).await;
    }

    pub(crate) async fn back(&self) {
        self.post("back", json!({})).await;
    }

    /// What the address bar shows.
    pub(crate) async fn address(&self) -> String {
        self.run("return location.href").await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.post("window/rect", json!({ "width": width, "height": height })).await;
    }

    /// The text of the first element that a CSS selector finds, as it is shown.
    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.element(selector).await;
        let address = format!("{}/element/{element}/text", self.session);
        let answer: Value = self.client.get(address).send().await.unwrap().json().await.unwrap();
        answer["value"].as_str().unwrap_or_else(|| panic!("{selector}: {answer}")).to_owned()
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.post(&format!("element/{element}/click"), json!({})).await;
    }

    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.post(&format!("element/{element}/value"), json!({ "text": text })).await;
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Asks a script again and again until it returns true.
    pub(crate) async fn wait_for(&self, script: &str) {
        let began = Instant::now();
        while self.run(script).await != Value::Bool(true) {
            assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {script}");
        }
        while self.run("return document.readyState").await != "complete" {
            assert!(began.elapsed() < PATIENCE, "the page is not loaded within {PATIENCE:?}");
        }
    }

    /// What the browser complained of: broken scripts, refused styles, missing files.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.post("se/log", json!({ "type": "browser" })).await;
        entries
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["level"] == "SEVERE")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            // A page that says what is wrong with a question has the status of a wrong question.
            .filter(|message| !message.contains("status of 400"))
            .collect()
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.post("element", json!({ "using": "css selector", "value": selector })).await;
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no {selector}: {found}")).to_owned()
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        let answer =
            self.client.post(format!("{}/{command}", self.session)).json(&body).send().await.unwrap();
        let is_success = answer.status().is_success();
        let answer: Value = answer.json().await.unwrap();
        assert!(is_success, "{command}: {}", answer["value"]["message"]);
        answer["value"].clone()
    }
}
