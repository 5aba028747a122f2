//! What plays the sites while tests run? A server on this machine that answers for every host, over real HTTP.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::recordings::Exchange;

/// What a site was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// A parameter, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

/// How the body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Plain,
    /// Half of it, and then the connection breaks.
    Cut,
    /// A byte now, and the rest never.
    Stuck,
    /// The body again and again, so many times.
    Repeated(usize),
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), manner: Manner::Plain }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::ok("") }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }
}

/// What is asked beside a live stream of Bluesky: nobody opted out, and all else fails.
pub(crate) fn beside_live(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/xrpc/app.bsky.actor.getProfiles" => Reply::ok("{\"profiles\": []}"),
        _ => Reply::status(500),
    }
}

/// Opens a WebSocket, sends `messages` and closes it.
pub(crate) fn socket(asked: &Asked, messages: &[&str]) -> Reply {
    let mut reply = open_socket(asked, messages);
    reply.body.extend_from_slice(&[0x88, 0]);
    reply
}

/// Opens a WebSocket, sends `messages` and says nothing more.
pub(crate) fn open_socket(asked: &Asked, messages: &[&str]) -> Reply {
    let accept = grouse::net::accept(&asked.headers["sec-websocket-key"]);
    let mut frames = Vec::new();
    for message in messages {
        frames.push(0x81);
        match u8::try_from(message.len()) {
            Ok(length) if length < 126 => frames.push(length),
            _ if message.len() > usize::from(u16::MAX) => {
                frames.push(127);
                frames.extend_from_slice(&(message.len() as u64).to_be_bytes());
            }
            _ => {
                frames.push(126);
                frames.extend_from_slice(&u16::try_from(message.len()).unwrap().to_be_bytes());
            }
        }
        frames.extend_from_slice(message.as_bytes());
    }
    Reply { status: 101, ..Reply::ok(frames) }
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", &accept)
}

impl From<&Exchange> for Reply {
    fn from(exchange: &Exchange) -> Self {
        Self {
            status: exchange.status,
            headers: exchange.headers.clone(),
            body: exchange.body.clone(),
            manner: Manner::Plain,
        }
    }
}

/// The server; it ends with this.
pub(crate) struct Replay {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

type Site = dyn Fn(&Asked) -> Reply + Send + Sync;

impl Replay {
    /// Plays all sites by `site`.
    pub(crate) fn start(site: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (noted, over, site) = (asked.clone(), is_over.clone(), Arc::new(site));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let (noted, site) = (noted.clone(), site.clone());
                // A client that goes away in the middle is a part of many tests.
                thread::spawn(move || serve(connection, &noted, &*site));
            }
        });
        Self { address, asked, is_over }
    }

    /// All that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(connection: TcpStream, noted: &Mutex<Vec<Asked>>, site: &Site) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    while let Some(asked) = question(&mut reader)? {
        noted.lock().unwrap().push(asked.clone());
        let reply = site(&asked);
        let mut head = format!("HTTP/1.1 {} Answer\r\n", reply.status);
        for (name, value) in &reply.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if reply.status == 101 {
            write!(writer, "{head}\r\n")?;
            writer.write_all(&reply.body)?;
            // Whoever reads a socket says when it has read enough, by going away.
            let _ = io::copy(&mut reader, &mut io::sink());
            return Ok(());
        }
        let times = if let Manner::Repeated(times) = reply.manner { times } else { 1 };
        let length = reply.body.len() * times + usize::from(reply.manner == Manner::Stuck);
        // A body that says how long it is can be refused for that; one in chunks cannot.
        if times == 1 {
            write!(writer, "{head}content-length: {length}\r\n\r\n")?;
        } else {
            write!(writer, "{head}transfer-encoding: chunked\r\n\r\n")?;
        }
        match reply.manner {
            Manner::Plain => writer.write_all(&reply.body)?,
            Manner::Cut => {
                writer.write_all(&reply.body[..reply.body.len() / 2])?;
                return writer.shutdown(std::net::Shutdown::Both);
            }
            Manner::Stuck => {
                writer.write_all(&reply.body)?;
                let _ = reader.read(&mut [0]);
                return Ok(());
            }
            Manner::Repeated(times) => {
                for _ in 0..times {
                    write!(writer, "{:x}\r\n", reply.body.len())?;
                    writer.write_all(&reply.body)?;
                    writer.write_all(b"\r\n")?;
                }
                writer.write_all(b"0\r\n\r\n")?;
            }
        }
    }
    Ok(())
}

fn question(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length: &String| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Ok(Some(Asked {
        host: headers.get("host").cloned().unwrap_or_default(),
        path: path.to_owned(),
        query: query.split('&').filter(|part| !part.is_empty()).map(pair).collect(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }))
}

fn pair(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (unescaped(name), unescaped(value))
}

fn unescaped(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        match (bytes[at], text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).unwrap()
}
