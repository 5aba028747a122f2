//! GitHub: issues that name a brand, everywhere or in the repositories that a watchlist names, as `owner/name`, and the
//! comments below them. In a repository of a brand, its members answer for it.
//!
//! A search shows a thousand issues: so a walk goes on by the day they were made, not by page.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{Answers, AnswersRules};
use super::page::{
    Answer, Auth, Page, ParseError, Request, attributes, blank, moment, parameters, second, span,
};
use super::plan::Ask;
use super::recheck::{Recheck, RecheckRules, Rechecked, native};
use super::{About, Asks, Order, PassingOn, Places, Replies, Source, Syntax};
use crate::model::{Author, Kind, Post};

pub(super) struct GitHub;

static ABOUT: About = About {
    name: "github",
    title: "GitHub issues",
    needs: &[],
    keys_go_to: &["api.github.com"],
    costs: "nothing; ten searches a minute, or thirty with GROUSE_GITHUB_TOKEN",
    dollars_per_post: 0.0,
    allows: "searching public issues",
    forbids: "use for unwanted mail, and selling what is known of people",
    notices: "by asking again for issues and comments at certain ages",
    asks: Asks::Words(
        // Five of AND, OR and NOT are allowed.
        Syntax { max_chars: 250, max_terms: 6, or: Some(" OR "), not: Some("NOT "), ..Syntax::PLAIN },
        Places::At(EVERYWHERE),
    ),
    order: Order::Backward,
    pace: Duration::from_millis(6_500),
    every: Duration::from_hours(1),
    replies: Replies::Shown,
    passing_on: PassingOn::Posts,
    heeds_robots: false,
};

const EVERYWHERE: &str = "github.com";

/// Issues on one page.
const PER_PAGE: usize = 100;

#[derive(Deserialize)]
struct Found {
    items: Vec<Value>,
    #[serde(default)]
    incomplete_results: bool,
}

#[derive(Deserialize)]
struct Issue {
    html_url: String,
    number: u64,
    title: String,
    body: Option<String>,
    created_at: String,
    updated_at: Option<String>,
    state: Option<String>,
    user: Option<User>,
    comments: Option<u64>,
    author_association: Option<String>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Comment {
    id: u64,
    body: Option<String>,
    created_at: String,
    updated_at: Option<String>,
    user: Option<User>,
    author_association: Option<String>,
}

impl Source for GitHub {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recheck(&self) -> Option<&'static dyn Recheck> {
        Some(&Self)
    }

    fn answers(&self) -> Option<&'static dyn Answers> {
        Some(&Self)
    }

    fn remedy(&self, target: &str) -> Option<&'static str> {
        let is_part = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let is_there = target == EVERYWHERE
            || target.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name));
        (!is_there).then_some("write a repository as \"owner/name\"")
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        // What stands behind alternatives is about all of them: by brackets, which earlier versions of the search pass over.
        let words = &ask.question.query;
        let words = if words.contains(" OR ") { format!("({words})") } else { words.clone() };
        let mut query = format!("{words} is:issue");
        if ask.question.place != EVERYWHERE && !ask.question.place.is_empty() {
            let _ = write!(query, " repo:{}", ask.question.place);
        }
        let from = ask.mark.map(str::to_owned).or(ask.since.map(second));
        match (from, ask.next) {
            (Some(from), Some(next)) => {
                let _ = write!(query, " created:{from}..{next}");
            }
            (Some(from), None) => {
                let _ = write!(query, " created:>={from}");
            }
            (None, Some(next)) => {
                let _ = write!(query, " created:<={next}");
            }
            (None, None) => {}
        }
        let size = PER_PAGE.to_string();
        let pairs =
            [("q", query.as_str()), ("sort", "created"), ("order", "desc"), ("per_page", size.as_str())];
        Request {
            url: format!("https://api.github.com/search/issues?{}", parameters(&pairs)),
            headers: headers(),
            auth: Auth::BearerIfSet("GROUSE_GITHUB_TOKEN"),
            ..Request::default()
        }
    }

    fn limit(&self, refusal: &Answer<'_>) -> Option<Duration> {
        #[derive(Deserialize)]
        struct Fault {
            message: String,
        }
        let fault: Fault = refusal.json().ok().filter(|_| matches!(refusal.status, 403 | 429))?;
        let said = fault.message.to_lowercase();
        // The limit of an hour, the second one, and how that was called before.
        let is_limit = ["rate limit", "abuse detection"].iter().any(|words| said.contains(words));
        is_limit.then_some(Duration::from_mins(15))
    }

    fn parse(&self, ask: &Ask<'_>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let found: Found = answer.json()?;
        if found.incomplete_results {
            return Err(ParseError::Refused("the search ended before it was complete".to_owned()));
        }
        let goes_on = found.items.len() >= PER_PAGE || has_next(answer);
        let mut page = Page::default();
        page.read(found.items, post);
        let (newest, _) = span(&page.posts, ask.now);
        page.mark = newest.map(|newest: Timestamp| newest.to_string());
        let before = ask.next.and_then(|next| moment(next).ok()).map(Timestamp::as_second);
        page.go_on_by_time(before, goes_on, |second| {
            Timestamp::from_second(second).map_or_else(|_| String::new(), |moment| moment.to_string())
        });
        Ok(page)
    }
}

impl Recheck for GitHub {
    fn rules(&self) -> RecheckRules {
        // Sixty an hour are allowed without a token.
        RecheckRules { most: 1, a_day: 144, keep: None }
    }

    fn request(&self, posts: &[Post]) -> Option<Request> {
        // `owner/name/issues/7`, with `#issuecomment-9` behind it for an answer.
        let native = native(posts.first()?);
        let (repository, number) = native.split_once("/issues/")?;
        let path = match number.split_once("#issuecomment-") {
            Some((_, comment)) => format!("{repository}/issues/comments/{comment}"),
            None => format!("{repository}/issues/{number}"),
        };
        Some(Request {
            url: format!("https://api.github.com/repos/{path}"),
            headers: headers(),
            auth: Auth::BearerIfSet("GROUSE_GITHUB_TOKEN"),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], answer: &Answer<'_>) -> Result<Rechecked, ParseError> {
        #[derive(Deserialize)]
        struct Item {
            #[serde(rename = "html_url")]
            _url: String,
            title: Option<String>,
            body: Option<String>,
        }
        let item: Item = answer.json()?;
        let there = posts.first().map(|asked| Post {
            title: item.title,
            text: item.body.unwrap_or_default().replace('\r', ""),
            ..asked.clone()
        });
        Ok(Rechecked { there: there.into_iter().collect(), ..Rechecked::default() })
    }
}

impl Answers for GitHub {
    fn rules(&self) -> AnswersRules {
        // Sixty an hour are allowed without a token.
        AnswersRules { most: 1, a_day: 144 }
    }

    fn request(&self, posts: &[Post], next: Option<&str>) -> Option<Request> {
        let issue = native(posts.first()?).split_once("/issues/").filter(|(_, rest)| !rest.contains('#'))?;
        let size = PER_PAGE.to_string();
        let pairs = parameters(&[("per_page", &size), ("page", next.unwrap_or("1"))]);
        Some(Request {
            url: format!("https://api.github.com/repos/{}/issues/{}/comments?{pairs}", issue.0, issue.1),
            headers: headers(),
            auth: Auth::BearerIfSet("GROUSE_GITHUB_TOKEN"),
            ..Request::default()
        })
    }

    fn parse(&self, posts: &[Post], next: Option<&str>, answer: &Answer<'_>) -> Result<Page, ParseError> {
        let items: Vec<Value> = answer.json()?;
        let goes_on = items.len() >= PER_PAGE || has_next(answer);
        let mut page = Page::default();
        let Some(issue) = posts.first() else { return Ok(page) };
        page.read(items, |found: Comment| comment(found, issue).map(Some));
        let number: u32 = next.and_then(|next| next.parse().ok()).unwrap_or(1);
        page.next = goes_on.then(|| (number + 1).to_string());
        Ok(page)
    }
}

/// Whether an answer says that another page follows: what may not be seen is left out, and a page is shorter then.
fn has_next(answer: &Answer<'_>) -> bool {
    answer.header("link").is_some_and(|links| links.contains("rel=\"next\""))
}

fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("accept", "application/vnd.github+json".to_owned()),
        ("x-github-api-version", "2022-11-28".to_owned()),
    ]
}

/// What says that a program writes. Older answers do not say what kind an account is, but its name does.
fn bot(user: Option<&User>) -> Option<String> {
    let is_bot = |user: &User| user.kind.as_deref() == Some("Bot") || user.login.ends_with("[bot]");
    user.is_some_and(is_bot).then(|| "true".to_owned())
}

fn comment(comment: Comment, issue: &Post) -> Result<Post, String> {
    let native = format!("{}#issuecomment-{}", native(issue), comment.id);
    // Who belongs to a repository speaks for the brand whose the watchlist says that it is.
    let belongs = matches!(comment.author_association.as_deref(), Some("OWNER" | "MEMBER" | "COLLABORATOR"));
    let is_brand = belongs && !issue.about.is_empty();
    Ok(Post {
        kind: if is_brand { Kind::Response } else { Kind::Reply },
        text: comment.body.unwrap_or_default().replace('\r', ""),
        created: Some(moment(&comment.created_at)?),
        reply_to: Some(issue.id.clone()),
        url: Some(format!("https://github.com/{native}")),
        about: if is_brand { issue.about.clone() } else { Vec::new() },
        attributes: attributes([
            ("repository", issue.attributes.get("repository").cloned()),
            ("association", comment.author_association),
            ("bot", bot(comment.user.as_ref())),
            ("updated", comment.updated_at),
        ]),
        author: comment.user.map(|user| Author { handle: user.login, name: None }),
        ..blank(ABOUT.name, &native)?
    })
}

fn post(issue: Issue) -> Result<Option<Post>, String> {
    // What is a change and no complaint; older answers say so by the address only.
    if issue.html_url.contains("/pull/") {
        return Ok(None);
    }
    let address = issue.html_url.trim_start_matches("https://github.com/").to_owned();
    let repository = address.split("/issues/").next().map(str::to_owned);
    Ok(Some(Post {
        title: Some(issue.title),
        text: issue.body.unwrap_or_default().replace('\r', ""),
        created: Some(moment(&issue.created_at)?),
        url: Some(issue.html_url),
        attributes: attributes([
            ("repository", repository),
            ("number", Some(issue.number.to_string())),
            ("state", issue.state),
            ("comments", issue.comments.map(|count| count.to_string())),
            ("association", issue.author_association),
            ("bot", bot(issue.user.as_ref())),
            ("updated", issue.updated_at),
        ]),
        author: issue.user.map(|user| Author { handle: user.login, name: None }),
        ..blank(ABOUT.name, &address)?
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Question;
    use crate::sources::page::escaped;

    #[test]
    fn what_is_asked_of_alternatives_is_asked_of_all_of_them() {
        let asked = |query: &str| {
            let question = Question { place: "acme/app".to_owned(), query: query.to_owned(), about: None };
            let now = "2026-03-01T10:00:00.5Z".parse().unwrap();
            let ask = Ask { question: &question, since: Some(now), mark: None, next: None, now };
            let url = Source::request(&GitHub, &ask).url;
            url.split("q=").nth(1).unwrap().split('&').next().unwrap().to_owned()
        };
        let end = escaped(" is:issue repo:acme/app created:>=2026-03-01T10:00:00Z");
        assert_eq!(asked("acme"), format!("acme{end}"));
        assert_eq!(asked("acme OR \"acme app\""), format!("%28acme%20OR%20%22acme%20app%22%29{end}"));
        assert_eq!(asked("acme NOT road"), format!("acme%20NOT%20road{end}"));
    }
}
