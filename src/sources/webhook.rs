//! What does another program push? Posts in our own shape, as `POST /v1/posts` takes them: one, a list, or one on each line.
//!
//! Not a site that is asked, and so not in [`ALL`](super::ALL). Ids make pushing the same again harmless.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::page::{Page, ParseError, Reject, blank, moment};
use super::{About, Asks, Order, PassingOn, Replies};
use crate::model::{Author, Kind, Language, Post, PostId, SourceId, UnknownKind, is_web_address};

/// What is to be known of it, as of a site that is asked.
pub static WEBHOOK: About = About {
    name: "webhook",
    title: "What other programs push",
    needs: &["GROUSE_WEBHOOK_TOKEN"],
    keys_go_to: &[],
    costs: "nothing",
    dollars_per_post: 0.0,
    allows: "what the terms of whoever pushes allow",
    forbids: "what they forbid, which is yours to know",
    notices: "not at all: what is gone there stays here",
    asks: Asks::Targets,
    order: Order::Forward,
    pace: Duration::ZERO,
    every: Duration::ZERO,
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

/// Posts that are taken in one push.
pub const MAX_POSTS: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    id: String,
    /// Where it is from, if not from the program that pushes.
    source: Option<String>,
    kind: Option<String>,
    title: Option<String>,
    text: String,
    created: Option<String>,
    author: Option<String>,
    author_name: Option<String>,
    lang: Option<String>,
    reply_to: Option<String>,
    url: Option<String>,
    rating: Option<f64>,
    reach: Option<u64>,
    #[serde(default)]
    about: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// Reads what was pushed. What cannot be read is a reject, and the rest is kept.
///
/// # Errors
/// If it is no JSON at all, or too much.
pub fn read_pushed(body: &[u8]) -> Result<Page, ParseError> {
    let unreadable = |what: &str| ParseError::Unreadable(what.to_owned());
    let items: Vec<Value> = match serde_json::from_slice(body) {
        Ok(Value::Array(items)) => items,
        Ok(item @ Value::Object(_)) => vec![item],
        Ok(_) => return Err(unreadable("send a post, a list of posts, or one on each line")),
        Err(_) => body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()
            .map_err(|_| unreadable("it is not JSON"))?,
    };
    if items.len() > MAX_POSTS {
        return Err(unreadable("more than 1,000 posts at once"));
    }
    let mut page = Page::default();
    for (item, value) in items.into_iter().enumerate() {
        // Who wrote the sending program is told what is wrong with it, the names of fields included.
        match serde_json::from_value::<Pushed>(value).map_err(|error| error.to_string()).and_then(post) {
            Ok(post) => page.posts.push(post),
            Err(reason) => page.rejects.push(Reject { item, reason }),
        }
    }
    Ok(page)
}

fn post(pushed: Pushed) -> Result<Post, String> {
    let source = pushed.source.as_deref().unwrap_or("webhook");
    let source = SourceId::new(source).map_err(|error| error.to_string())?;
    let url = pushed.url.filter(|url| !url.is_empty());
    if url.as_deref().is_some_and(|url| !is_web_address(url)) {
        return Err("`url` is no address of the web: it begins with http:// or https://".to_owned());
    }
    // Its own whole id, or what it is called at its source.
    let id = |text: &str| match PostId::new(text) {
        Ok(id) if id.source() == source.as_str() => id,
        _ => PostId::from_parts(&source, text),
    };
    Ok(Post {
        id: id(&pushed.id),
        kind: match pushed.kind {
            Some(kind) => kind.parse().map_err(|error: UnknownKind| error.to_string())?,
            None => Kind::Post,
        },
        title: pushed.title,
        text: pushed.text,
        created: pushed.created.as_deref().map(moment).transpose()?,
        author: pushed.author.map(|handle| Author {
            handle: handle.trim_start_matches('@').to_owned(),
            name: pushed.author_name,
        }),
        tag: pushed.lang.as_deref().and_then(Language::from_tag),
        reply_to: pushed.reply_to.as_deref().map(id),
        url,
        rating: pushed.rating,
        reach: pushed.reach,
        about: pushed.about,
        attributes: pushed.attributes,
        ..blank(source.as_str(), &pushed.id)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_list_or_lines_are_read_and_a_broken_one_loses_itself() {
        let one = r#"{"id": "a 1", "text": "late", "created": "2026-03-01T10:00:00Z", "kind": "review"}"#;
        let page = read_pushed(one.as_bytes()).unwrap();
        assert_eq!((page.posts[0].id.as_str(), page.posts[0].kind), ("webhook:a%201", Kind::Review));
        let lines = format!("{one}\n\n{{\"id\": \"desk:2\", \"source\": \"desk\", \"text\": \"\"}}\n");
        let page = read_pushed(lines.as_bytes()).unwrap();
        assert_eq!(page.posts[1].id.as_str(), "desk:2");
        let list = format!(
            "[{one}, {{\"id\": \"\", \"text\": \"\"}}, {{\"id\": \"2\", \"text\": \"\", \"txet\": 1}}, 7]"
        );
        let page = read_pushed(list.as_bytes()).unwrap();
        assert_eq!((page.posts.len(), page.rejects.len()), (1, 3));
        assert!(page.rejects[1].reason.contains("txet"));
        for url in ["javascript:alert(1)", "data:text/html,x", "https://", "/here"] {
            let pushed = serde_json::json!({ "id": "3", "text": "late", "url": url }).to_string();
            let page = read_pushed(pushed.as_bytes()).unwrap();
            assert_eq!((page.posts.len(), page.rejects.len()), (0, 1), "{url}");
            assert!(page.rejects[0].reason.contains("`url`"), "{:?}", page.rejects);
        }
        for bad in ["", "7", "{", "<html>"] {
            let read = read_pushed(bad.as_bytes());
            assert!(read.is_err() || read.is_ok_and(|page| page == Page::default()), "{bad}");
        }
    }
}
