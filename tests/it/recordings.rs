//! What did sites really answer? Recorded exchanges, from a folder that is no part of the project.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// One question and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The whole address.
    pub(crate) uri: String,
    pub(crate) status: u16,
    /// Names in small letters; what speaks of the transport is left out, since bodies are kept decoded.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The folder of recordings; says so where there is none.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("GROUSE_RECORDINGS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there (GROUSE_RECORDINGS says where it is)", folder.display());
    None
}

/// All recorded files of one source, by their names within the folder, in order.
pub(crate) fn files(source: &str) -> Vec<String> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![folder.join(source).join("recorded")];
    while let Some(inner) = open.pop() {
        for entry in fs::read_dir(&inner).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|extension| extension != "md") {
                found.push(path.strip_prefix(&folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// The bytes of one recorded file.
/// One that begins with `fixtures/` is of our own making, and always there.
pub(crate) fn bytes(file: &str) -> Option<Vec<u8>> {
    let path = match file.strip_prefix("fixtures/") {
        Some(own) => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(own),
        None => folder()?.join(file),
    };
    Some(fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The exchanges of one recorded file. A file that is one bare answer is one exchange without an address.
pub(crate) fn recordings(file: &str) -> Option<Vec<Exchange>> {
    let bytes = bytes(file)?;
    let bare = |body: Vec<u8>| Exchange { uri: String::new(), status: 200, headers: Vec::new(), body };
    let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { return Some(vec![bare(bytes)]) };
    if let Some(exchanges) = value.get("interactions").and_then(Value::as_array) {
        return Some(exchanges.iter().map(exchange).collect());
    }
    // The answers of one search site are kept as pairs of address and answer.
    if let Some(pairs) = value.as_array().filter(|pairs| pairs.iter().all(|pair| pair.get("reply").is_some()))
    {
        let pair = |pair: &Value| Exchange {
            uri: text(&pair["url"]),
            ..bare(pair["reply"].to_string().into_bytes())
        };
        return Some(pairs.iter().map(pair).collect());
    }
    Some(vec![bare(bytes)])
}

fn exchange(value: &Value) -> Exchange {
    let (request, response) = (&value["request"], &value["response"]);
    let body = match response["body_base64"].as_str() {
        Some(packed) => base64(packed),
        None if response["body_json"].is_null() => text(&response["body"]).into_bytes(),
        None => response["body_json"].to_string().into_bytes(),
    };
    let hidden = ["content-encoding", "transfer-encoding", "content-length", "connection"];
    let is_packed = response["body_base64"].is_string();
    let headers = response["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| (text(&pair[0]).to_lowercase(), text(&pair[1])))
        .filter(|(name, _)| (is_packed && name == "content-encoding") || !hidden.contains(&name.as_str()))
        .collect();
    Exchange {
        uri: text(&request["uri"]),
        status: response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
        headers,
        body,
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}

fn base64(text: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let Some(value) = digits.iter().position(|digit| *digit == byte) else { continue };
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xFF).unwrap());
        }
    }
    out
}
