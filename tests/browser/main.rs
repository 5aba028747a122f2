//! Does the page work in a real browser? Chromium, driven over `WebDriver` (W3C), against the program as a user starts it.
//!
//! All in one test, since starting a browser takes longer than what it is asked. Skipped, visibly, where there is no
//! chromedriver; `tests/run` installs it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on should say where and stop"
)]

mod driver;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use driver::Browser;

/// A process that ends with the test, whatever becomes of it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program on a free port. Returns its address.
fn serve(arguments: &[&str]) -> (Ended, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_grouse"))
        .args(arguments)
        .args(["--listen", "127.0.0.1:0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let child = Ended(child);
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split("http://").nth(1).map(|rest| rest.split('/').next().unwrap().to_owned()))
        .expect("the program says where it serves");
    // Whatever it says later must go somewhere, or it would wait for us to read it.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    (child, format!("http://{address}"))
}

#[tokio::test]
async fn a_person_can_ask_follow_numbers_and_come_back() {
    let Some(browser) = Browser::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    let (_server, home) = serve(&["demo", "--data", data.path().to_str().unwrap()]);

    // The first look: a made-up market is called so, and nothing on the page comes from elsewhere.
    browser.go(&home).await;
    assert!(browser.text(".banner").await.contains("do not exist"));
    let all = number(&browser.text(".said strong").await);
    assert!(all > 7000, "{all}");
    let elsewhere = browser
        .run("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))")
        .await;
    assert_eq!(elsewhere, serde_json::json!([]));
    assert!(
        browser.run("return getComputedStyle(document.querySelector('.box input')).borderRadius").await
            != "0px"
    );

    // A question typed as people do is in the address bar, and the address alone asks it again.
    browser.type_into(".box input", "\"niet thuis\"\n").await;
    browser.wait_for("return new URL(location).searchParams.get('q') === '\"niet thuis\"'").await;
    let asked = browser.address().await;
    let found = number(&browser.text(".said strong").await);
    assert!(found > 20 && found < all, "{found}");
    assert!(
        browser.run("return document.querySelectorAll('article.post mark').length").await.as_u64().unwrap()
            > 0
    );

    // A number on a problem opens as many posts.
    let problem = number(&browser.text(".card li b").await);
    browser.click(".card li a").await;
    browser.wait_for(&format!("return location.href !== {asked:?}")).await;
    assert_eq!(number(&browser.text(".said strong").await), problem);

    // Back is back.
    browser.back().await;
    browser.wait_for(&format!("return location.href === {asked:?}")).await;
    assert_eq!(number(&browser.text(".said strong").await), found);

    // A day of the chart opens the posts of that day.
    let title = browser.run("return document.querySelector('.dots a title').textContent").await;
    let counted = number(title.as_str().unwrap());
    browser
        .run("document.querySelector('.dots a').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, view: window}))")
        .await;
    browser.wait_for(&format!("return location.href !== {asked:?}")).await;
    assert_eq!(number(&browser.text(".said strong").await), counted, "{title}");

    // A filter that is chosen and a page that is turned keep the question.
    browser.go(&asked).await;
    browser.click(".pager a").await;
    browser.wait_for("return new URL(location).searchParams.has('cursor')").await;
    assert_eq!(browser.run("return new URL(location).searchParams.get('q')").await, "\"niet thuis\"");

    // A share of a problem at a brand opens the posts behind it.
    browser.go(&format!("{home}/compare")).await;
    let said = browser.run("return document.querySelector('.matrix td').title").await;
    let counted = number(said.as_str().unwrap().split(" of ").next().unwrap());
    browser.click(".matrix td a").await;
    browser.wait_for("return location.pathname === '/'").await;
    assert_eq!(number(&browser.text(".said strong").await), counted, "{said}");

    // What cannot be read is said in place, and what was typed is still there.
    browser.go(&format!("{home}/?q=lost+AND")).await;
    assert!(browser.text(".fault").await.contains("AND"));
    assert_eq!(browser.run("return document.querySelector('.box input').value").await, "lost AND");

    // On a telephone nothing is wider than the screen.
    browser.resize(360, 740).await;
    for page in ["", "/compare"] {
        browser.go(&format!("{home}{page}")).await;
        let width = browser.run("return document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(width.as_i64().unwrap() <= 0, "{page}: {width} pixels too wide");
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_person_corrects_a_judgement_and_takes_it_back() {
    let Some(browser) = Browser::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    let (_server, home) = serve(&["demo", "--data", data.path().to_str().unwrap()]);
    browser.go(&format!("{home}/?q=pakket&complaint=yes&sort=newest")).await;
    let open = "document.querySelector('#post-0 form.correct').closest('details').open = true";
    browser.run(open).await;
    let choose = |name: &str, value: &str| {
        format!("document.querySelector('form.correct select[name={name}]').value = '{value}'")
    };
    browser.run(&choose("complaint", "no")).await;
    browser.type_into("#post-0 form.correct input[name=by]", "Ann").await;
    browser.click("#post-0 form.correct button").await;
    // The post has a page of its own, on which it is said what became of it.
    browser.wait_for("return location.pathname.startsWith('/posts/')").await;
    assert!(browser.text(".judged").await.contains("no complaint"));
    assert!(browser.text(".events").await.contains("complaint: no by Ann"));
    browser.run(&choose("complaint", "undo")).await;
    browser.click("form.correct button").await;
    browser.wait_for("return document.querySelector('.events .undone') !== null").await;
    assert!(!browser.text(".judged").await.contains("corrected"));
    // And back to the same question, at the same post.
    browser.click("a.back").await;
    browser.wait_for("return location.hash === '#post-0'").await;
    assert_eq!(browser.run("return new URL(location).searchParams.get('q')").await, "pakket");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_post_says_never_runs() {
    let Some(browser) = Browser::start().await else { return };
    let data = tempfile::tempdir().unwrap();
    let posts = data.path().join("posts.ndjson");
    let hostile = [
        r#"{"id":"1","text":"<script>document.title='owned'</script> late","brand":"<img src=x onerror=document.title='owned'>","created":"2026-01-02"}"#,
        r#"{"id":"2","text":"late \" onmouseover=\"document.title='owned'\" x","title":"</title><svg onload=document.title='owned'>","url":"javascript:document.title='owned'","created":"2026-01-03"}"#,
        r#"{"id":"<b>3</b>","text":"late ]]> --> {{7*7}} \u202e evil","author":"<i>me</i>","created":"2026-01-04"}"#,
    ];
    std::fs::write(&posts, hostile.join("\n")).unwrap();
    let folder = data.path().join("index");
    let status = Command::new(env!("CARGO_BIN_EXE_grouse"))
        .args(["import", posts.to_str().unwrap(), "--data", folder.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let (_server, home) = serve(&["serve", "--data", folder.to_str().unwrap()]);
    for address in [
        "/",
        "/?q=late",
        "/?q=%3Cscript%3Edocument.title%3D'owned'%3C%2Fscript%3E",
        "/?brand=%22%3E%3Cscript%3E",
    ] {
        browser.go(&format!("{home}{address}")).await;
        assert_ne!(browser.run("return document.title").await, "owned", "{address}");
        let strange = browser
            .run("return [...document.querySelectorAll('main script, main img, main b b, [onload], [onerror], [onmouseover], a[href^=\"javascript:\"]')].length")
            .await;
        assert_eq!(strange, 0, "{address}");
    }
    browser.go(&format!("{home}/?q=late")).await;
    assert_eq!(number(&browser.text(".said strong").await), 3);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// The first number of a text, its thousands parted by commas.
fn number(text: &str) -> u64 {
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or_else(|_| panic!("no number in {text:?}"))
}
