//! Is what may not be asked refused behind a proxy as well? Over a proxy of our own on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use super::super::{Client, NetConfig, Outgoing};
use super::*;

/// What a proxy was asked, each with its headers.
type Seen = Arc<Mutex<Vec<String>>>;

/// A proxy that answers for every site by itself, and closes a tunnel after the first byte that came through it.
fn proxy(answer: &'static str) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Seen::default());
    let noted = seen.clone();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut head = String::new();
            for line in BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok) {
                if line.is_empty() {
                    break;
                }
                head.push_str(&line);
                head.push('\n');
            }
            let is_tunnel = head.starts_with("CONNECT ");
            noted.lock().unwrap().push(head);
            if is_tunnel {
                let _ = connection.write_all(b"HTTP/1.1 200 Open\r\n\r\n");
                let mut first = [0];
                let _ = connection.read_exact(&mut first);
                noted.lock().unwrap().push(format!("through the tunnel: {}", first[0]));
            } else {
                let _ = connection.write_all(answer.as_bytes());
            }
        }
    });
    (address, seen)
}

fn client(variables: &[(&str, String)]) -> Client {
    let find =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let config = NetConfig {
        proxies: Proxies::of(find).unwrap(),
        tries: 1,
        pace: Duration::ZERO,
        ..NetConfig::new("desk@acme.example")
    };
    Client::new(config, || "2026-03-01T12:00:00Z".parse().unwrap(), || 0.5).unwrap()
}

fn ask(url: &str) -> Outgoing {
    let headers = vec![("authorization".to_owned(), "Bearer s3cret".to_owned())];
    Outgoing { url: url.to_owned(), headers, ..Outgoing::default() }
}

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";

#[tokio::test]
async fn plain_addresses_are_asked_of_the_proxy_and_others_through_it() {
    let (address, seen) = proxy(HELLO);
    let through = |name| client(&[(name, format!("http://us:word@{address}"))]);
    let answer = through("http_proxy").send(&ask("http://a.example/feed?x=1")).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello"[..]));
    let head = seen.lock().unwrap().remove(0);
    assert!(head.starts_with("GET http://a.example/feed?x=1 HTTP/1.1"), "{head}");
    // `us:word`, as the standard packs it.
    assert!(head.to_lowercase().contains("proxy-authorization: basic dxm6d29yza=="), "{head}");

    // What is encrypted goes through a tunnel, of which the proxy sees the host and no secret.
    assert!(through("HTTPS_PROXY").send(&ask("https://a.example/feed")).await.is_err());
    let seen: Vec<String> = std::mem::take(&mut *seen.lock().unwrap());
    assert!(seen[0].starts_with("CONNECT a.example:443 HTTP/1.1"), "{seen:?}");
    assert!(!seen[0].contains("s3cret"), "{seen:?}");
    // The first byte of a TLS handshake.
    assert_eq!(seen[1], "through the tunnel: 22");
}

#[tokio::test]
async fn nothing_private_is_asked_of_a_proxy() {
    let (address, seen) =
        proxy("HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\nconnection: close\r\n\r\n");
    let client = client(&[("ALL_PROXY", address.to_string())]);
    let refused = |url: &'static str| {
        let client = client.clone();
        let plain = Outgoing { headers: Vec::new(), ..ask(url) };
        async move { matches!(client.send(&plain).await, Err(NetError::Private(_))) }
    };
    for private in [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "http://[::ffff:10.0.0.1]/",
        "https://192.168.1.1/",
        "http://localhost/",
        "http://router.local/",
        "http://router.lan/x",
        "http://ROUTER.LAN./x",
        "http://router/",
        "http://x.home.arpa/",
        "http://wiki.corp/",
        "http://metadata.google.internal/",
    ] {
        assert!(refused(private).await, "{private}");
    }
    assert_eq!(seen.lock().unwrap().len(), 0);
    // Where the answer sends us is looked at as well.
    assert!(refused("http://a.example/").await);
    assert_eq!(seen.lock().unwrap().len(), 1);
    // A name that leads to this machine, and the proxy's own.
    let own =
        Proxies::of(|name| (name == "http_proxy").then(|| "http://proxy.example:3128".to_owned())).unwrap();
    for (url, expect) in
        [("http://localhost/", true), ("http://proxy.example/", true), ("http://nowhere.invalid/", false)]
    {
        assert_eq!(own.is_refused(&Url::parse(url).unwrap(), Duration::from_secs(5)).await, expect, "{url}");
    }
}

/// Without a proxy it is the name's own addresses that are looked at, when it is resolved.
#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_asked() {
    let (address, seen) = proxy(HELLO);
    let web = super::super::transport::Web::new(&NetConfig::new("desk@acme.example")).unwrap();
    let url = Url::parse(&format!("http://localhost:{}/", address.port())).unwrap();
    let wire = super::super::transport::Wire { url, headers: Vec::new(), body: None, is_put: false };
    let broke = web.start(wire).await.map(drop);
    assert_eq!(broke, Err(super::super::transport::Broke::Private));
    assert_eq!(seen.lock().unwrap().len(), 0);
    // A server that plays all sites is on this machine or nowhere.
    let elsewhere = NetConfig {
        test_server: Some("192.0.2.1:80".parse().unwrap()),
        ..NetConfig::new("desk@acme.example")
    };
    let made = Client::new(elsewhere, || "2026-03-01T12:00:00Z".parse().unwrap(), || 0.5);
    assert!(matches!(made.map(drop), Err(NetError::Setup(_))));
}

#[test]
fn the_environment_names_proxies_in_several_ways() {
    let of = |pairs: &[(&str, &str)]| {
        Proxies::of(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    let through = |proxies: &Proxies, url: &str| {
        proxies.through(&Url::parse(url).unwrap()).map(|proxy| proxy.host_str().unwrap().to_owned())
    };
    let both = of(&[
        ("HTTP_PROXY", "p.example:3128"),
        ("https_proxy", "http://s.example"),
        ("NO_PROXY", "own.example, .x.example"),
    ]);
    let both = both.unwrap();
    for (url, expect) in [
        ("http://a.example/", Some("p.example")),
        ("https://a.example/", Some("s.example")),
        ("https://own.example/", None),
        ("https://deep.own.example/", None),
        ("https://notown.example/", Some("s.example")),
        ("https://x.example/", None),
    ] {
        assert_eq!(through(&both, url).as_deref(), expect, "{url}");
    }
    assert_eq!(through(&of(&[]).unwrap(), "http://a.example/"), None);
    assert_eq!(through(&of(&[("all_proxy", "p"), ("no_proxy", "*")]).unwrap(), "http://a.example/"), None);
    for wrong in ["socks5://p.example", "http://", "ftp://p"] {
        assert!(matches!(of(&[("http_proxy", wrong)]), Err(NetError::Setup(_))), "{wrong}");
    }
    let secret = of(&[("http_proxy", "http://us:word@p.example")]).unwrap();
    assert!(!format!("{secret:?}").contains("word"), "{secret:?}");
}
