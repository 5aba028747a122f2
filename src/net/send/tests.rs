//! Is the client polite? Over a scripted wire and a clock that stands still until someone waits.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::super::transport::Exchanged;
use super::*;

/// Address, moment and headers.
type Sent = (String, Instant, Vec<(String, String)>);

/// Gives prepared answers, and notes what was asked and when.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Raw, Broke>>>,
    asked: Mutex<Vec<Sent>>,
}

impl Transport for Arc<Script> {
    fn exchange(&self, wire: Wire) -> Exchanged<'_> {
        lock(&self.asked).push((wire.url.to_string(), Instant::now(), wire.headers));
        let answer = lock(&self.answers).pop_front().unwrap_or(Err(Broke::Unreachable));
        Box::pin(async move { answer })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "other answers of a script are failures")]
fn answer(status: u16, headers: &[(&str, &str)]) -> Result<Raw, Broke> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Raw { status, headers, body: b"x".to_vec() })
}

fn client(answers: Vec<Result<Raw, Broke>>) -> (Client, Arc<Script>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), asked: Mutex::default() });
    let start = (Instant::now(), "2026-03-01T12:00:00Z".parse::<Timestamp>().unwrap());
    let clock = move || start.1 + start.0.elapsed();
    let client =
        Client::over(Box::new(script.clone()), None, NetConfig::new("desk@acme.example"), clock, || 0.5);
    (client, script)
}

fn ask(url: &str) -> Outgoing {
    Outgoing { url: url.to_owned(), ..Outgoing::default() }
}

/// Seconds from the first request to each later one.
fn gaps(script: &Script) -> Vec<u64> {
    let asked = lock(&script.asked);
    asked.iter().skip(1).map(|(_, at, _)| (*at - asked[0].1).as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_site_that_fails_is_tried_again_later_and_not_for_ever() {
    let (client, script) = client(vec![Err(Broke::Unreachable), answer(502, &[]), answer(200, &[])]);
    assert_eq!(client.send(&ask("https://a.example/x")).await.unwrap().status, 200);
    assert_eq!(gaps(&script), [2, 6]);
    let (client, script) = self::client(vec![Err(Broke::Cut), Err(Broke::Cut), Err(Broke::Slow)]);
    assert_eq!(client.send(&ask("https://a.example/x")).await, Err(NetError::Slow("a.example".to_owned())));
    assert_eq!(gaps(&script).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn many_that_failed_together_do_not_come_back_together() {
    let mut waits = Vec::new();
    for chance in [0.0, 0.999] {
        let answers = vec![Err(Broke::Unreachable), answer(200, &[])];
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), asked: Mutex::default() });
        let clock = || "2026-03-01T12:00:00Z".parse().unwrap();
        let client = Client::over(
            Box::new(script.clone()),
            None,
            NetConfig::new("desk@acme.example"),
            clock,
            move || chance,
        );
        client.send(&ask("https://a.example/x")).await.unwrap();
        let asked = lock(&script.asked);
        waits.push((asked[1].1 - asked[0].1).as_millis());
    }
    // Half to one and a half times two seconds.
    assert_eq!(waits, [1000, 2998]);
}

#[tokio::test(start_paused = true)]
async fn retry_after_wins_over_our_own_patience() {
    let (client, script) = client(vec![answer(429, &[("retry-after", "40")]), answer(200, &[])]);
    assert_eq!(client.send(&ask("https://a.example/x")).await.unwrap().status, 200);
    assert_eq!(gaps(&script), [40]);
    // Longer than is waited for inside: the caller is told, and so is everybody else who asks this host.
    let (client, script) = self::client(vec![answer(503, &[("retry-after", "900")])]);
    let told = client.send(&ask("https://a.example/x")).await.unwrap();
    assert_eq!((told.status, told.wait), (503, Some(Duration::from_mins(15))));
    let other = client.send(&ask("https://a.example/y")).await;
    assert_eq!(other, Err(NetError::Wait { host: "a.example".to_owned(), wait: Duration::from_mins(15) }));
    assert_eq!(lock(&script.asked).len(), 1);
    // Absurd: believed for a day.
    let (client, _) = self::client(vec![answer(429, &[("retry-after", "31536000")])]);
    assert_eq!(client.send(&ask("https://a.example/x")).await.unwrap().wait, Some(Duration::from_hours(24)));
}

#[tokio::test(start_paused = true)]
async fn a_spent_quota_is_waited_for_before_the_site_refuses() {
    let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "30")];
    let (client, script) = client(vec![answer(200, &spent), answer(200, &[])]);
    client.send(&ask("https://a.example/x")).await.unwrap();
    client.send(&ask("https://a.example/y")).await.unwrap();
    assert_eq!(gaps(&script), [30]);
    // Another host is another matter.
    let (client, script) = self::client(vec![answer(200, &spent), answer(200, &[])]);
    client.send(&ask("https://a.example/x")).await.unwrap();
    client.send(&ask("https://b.example/y")).await.unwrap();
    assert_eq!(gaps(&script), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_is_not_asked_for_again() {
    let (client, script) = client(vec![answer(403, &[("content-type", "text/html")])]);
    assert_eq!(client.send(&ask("https://a.example/x")).await.unwrap().status, 403);
    assert_eq!(lock(&script.asked).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_moved_for_good_is_asked_at_its_new_place() {
    let moved = answer(301, &[("location", "/new")]);
    let (client, script) = client(vec![moved, answer(200, &[]), answer(200, &[])]);
    let first = client.send(&ask("https://a.example/old")).await.unwrap();
    assert_eq!(first.moved.as_deref(), Some("https://a.example/new"));
    client.send(&ask("https://a.example/old")).await.unwrap();
    let asked: Vec<String> = lock(&script.asked).iter().map(|(url, ..)| url.clone()).collect();
    assert_eq!(asked, ["https://a.example/old", "https://a.example/new", "https://a.example/new"]);
    // For now only: it is asked at its old place again.
    let (client, script) =
        self::client(vec![answer(302, &[("location", "/new")]), answer(200, &[]), answer(200, &[])]);
    assert_eq!(client.send(&ask("https://a.example/old")).await.unwrap().moved, None);
    client.send(&ask("https://a.example/old")).await.unwrap();
    assert!(lock(&script.asked)[2].0.ends_with("/old"));
}

#[tokio::test(start_paused = true)]
async fn redirects_end_and_lead_nowhere_private_and_carry_no_secret_abroad() {
    let circle = || answer(302, &[("location", "https://a.example/x")]);
    let (client, script) = client((0..20).map(|_| circle()).collect());
    assert_eq!(
        client.send(&ask("https://a.example/x")).await,
        Err(NetError::Redirects("a.example".to_owned()))
    );
    assert_eq!(lock(&script.asked).len(), 6);
    for private in [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://localhost/",
        "http://0x7f.1/",
    ] {
        let (client, script) = self::client(vec![answer(302, &[("location", private)])]);
        assert!(
            matches!(client.send(&ask("https://a.example/x")).await, Err(NetError::Private(_))),
            "{private}"
        );
        assert_eq!(lock(&script.asked).len(), 1);
        assert!(matches!(client.send(&ask(private)).await, Err(NetError::Private(_))), "{private}");
    }
    let (client, script) =
        self::client(vec![answer(307, &[("location", "https://b.example/")]), answer(200, &[])]);
    client.send(&ask("https://a.example/x")).await.unwrap();
    assert_eq!(lock(&script.asked).len(), 2);
    let secrets = [
        Outgoing { headers: vec![("apikey".to_owned(), "s".to_owned())], ..ask("https://a.example/x") },
        Outgoing { is_secret: true, ..ask("https://a.example/x?key=s") },
        Outgoing {
            is_secret: true,
            body: Some(("text/plain".to_owned(), "s".to_owned())),
            ..ask("https://a.example/x")
        },
    ];
    for with_secret in secrets {
        for (status, to) in
            [(301, "https://b.example/y"), (307, "https://b.example/y"), (308, "http://a.example/y")]
        {
            let (client, script) = self::client(vec![answer(status, &[("location", to)]), answer(200, &[])]);
            let away = NetError::Away {
                host: "a.example".to_owned(),
                to: if status == 308 { "a.example" } else { "b.example" }.to_owned(),
            };
            assert_eq!(client.send(&with_secret).await, Err(away), "{with_secret:?} {to}");
            assert_eq!(lock(&script.asked).len(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_an_address_has_moved_is_not_remembered_with_a_secret_nor_asked_with_one() {
    let moved = |to| answer(301, &[("location", to)]);
    let (client, script) = client(vec![moved("/new?key=s"), answer(200, &[]), answer(200, &[])]);
    let with_secret = Outgoing { is_secret: true, ..ask("https://a.example/old?key=s") };
    assert_eq!(client.send(&with_secret).await.unwrap().moved, None);
    client.send(&with_secret).await.unwrap();
    let asked = || -> Vec<String> { lock(&script.asked).iter().map(|(url, ..)| url.clone()).collect() };
    let (old, new) = ("https://a.example/old?key=s", "https://a.example/new?key=s");
    assert_eq!(asked(), [old, new, old]);
    // What is known from a request without a secret is nothing to one with it.
    let (client, script) =
        self::client(vec![moved("https://b.example/"), answer(200, &[]), answer(200, &[])]);
    client.send(&ask("https://a.example/x")).await.unwrap();
    let headers = vec![("authorization".to_owned(), "Bearer s".to_owned())];
    client.send(&Outgoing { headers, ..ask("https://a.example/x") }).await.unwrap();
    assert_eq!(lock(&script.asked)[2].0, "https://a.example/x");
}

#[tokio::test(start_paused = true)]
async fn what_did_not_change_is_not_sent_again() {
    let (client, script) =
        client(vec![answer(200, &[("etag", "W/\"7\""), ("last-modified", "then")]), answer(304, &[])]);
    let first = client.send(&ask("https://a.example/x")).await.unwrap();
    let again = Outgoing { validators: first.validators, ..ask("https://a.example/x") };
    assert_eq!(client.send(&again).await.unwrap().status, 304);
    let sent = lock(&script.asked)[1].2.clone();
    assert!(sent.contains(&("if-none-match".to_owned(), "W/\"7\"".to_owned())));
    assert!(sent.contains(&("if-modified-since".to_owned(), "then".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn robots_rules_are_asked_once_and_heeded() {
    let rules = Ok(Raw {
        status: 200,
        headers: Vec::new(),
        body: b"User-agent: *\nDisallow: /no\nCrawl-delay: 5".to_vec(),
    });
    let (client, script) = client(vec![rules, answer(200, &[]), answer(200, &[])]);
    let page = |path: &str| Outgoing { heeds_robots: true, ..ask(&format!("https://a.example{path}")) };
    assert_eq!(client.send(&page("/no/feed")).await, Err(NetError::Robots("a.example".to_owned())));
    client.send(&page("/feed")).await.unwrap();
    client.send(&page("/feed?b")).await.unwrap();
    // A second after the rules, and then as far apart as they say.
    assert_eq!(gaps(&script), [1, 6]);
    // By many at once, too.
    let rules = || answer(404, &[]);
    let (client, script) = self::client(vec![rules(), answer(200, &[]), answer(200, &[]), answer(200, &[])]);
    let pages = [page("/a"), page("/b"), page("/c")];
    let (a, b, c) = tokio::join!(client.send(&pages[0]), client.send(&pages[1]), client.send(&pages[2]));
    assert_eq!([a, b, c].map(|answer| answer.unwrap().status), [200; 3]);
    assert_eq!(lock(&script.asked).iter().filter(|(url, ..)| url.ends_with("/robots.txt")).count(), 1);
    // Rules that could not be had are not asked for again at once by each who waited for them.
    let (client, script) = self::client(vec![answer(500, &[]), answer(500, &[]), answer(500, &[])]);
    let (a, b) = tokio::join!(client.send(&pages[0]), client.send(&pages[1]));
    assert!(a.is_err() && a == b, "{a:?} {b:?}");
    assert_eq!(lock(&script.asked).len(), 3);
    // Rules that cannot be had now are not rules that allow all.
    let (client, _) = self::client(vec![answer(500, &[]), answer(500, &[]), answer(500, &[])]);
    assert_eq!(client.send(&page("/feed")).await, Err(NetError::NoRobots("a.example".to_owned())));
    // Who says how long is left alone for so long.
    let (client, _) = self::client(vec![answer(503, &[("retry-after", "120")])]);
    assert!(matches!(client.send(&page("/feed")).await, Err(NetError::Wait { .. })));
    let (client, _) = self::client(vec![answer(404, &[]), answer(200, &[])]);
    assert_eq!(client.send(&page("/feed")).await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_so_in_its_answer_is_left_alone_by_all() {
    let (client, script) = client(vec![answer(200, &[]), answer(200, &[]), answer(200, &[])]);
    client.send(&ask("https://a.example/x")).await.unwrap();
    client.leave_alone("https://a.example/x?y", Duration::from_secs(20));
    let (one, other) = (ask("https://a.example/y"), ask("https://b.example/y"));
    let (one, other) = tokio::join!(client.send(&one), client.send(&other));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(gaps(&script), [0, 20]);
    client.leave_alone("https://a.example/", Duration::from_hours(2));
    let wait = Duration::from_hours(2);
    let told = client.send(&ask("https://a.example/z")).await;
    assert_eq!(told, Err(NetError::Wait { host: "a.example".to_owned(), wait }));
}

#[tokio::test(start_paused = true)]
async fn where_an_address_has_moved_can_be_forgotten() {
    let moved = answer(301, &[("location", "/new")]);
    let (client, script) = client(vec![moved, answer(200, &[]), answer(404, &[]), answer(200, &[])]);
    client.send(&ask("https://a.example/old")).await.unwrap();
    assert_eq!(client.send(&ask("https://a.example/old")).await.unwrap().status, 404);
    client.forget_moved("https://a.example/new");
    client.send(&ask("https://a.example/old")).await.unwrap();
    assert_eq!(lock(&script.asked)[3].0, "https://a.example/old");
}
