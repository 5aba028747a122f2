//! What does the page say of one post? The post, what people said of its judgements, and the form to say more.

use askama::Template;
use axum::http::StatusCode;

use super::address::under;
use super::frame::{self, Fault, Frame, fault_of};
use super::page::PageAsked;
use super::posts::{PostView, post_view, when};
use super::words;
use crate::api::answer::PostAnswer;
use crate::api::ask::{Filters, post};
use crate::api::corrections::{entries, is_pending};
use crate::api::error::AskError;
use crate::api::parameters::Parameters;
use crate::model::PostId;
use crate::state::Entry;
use crate::store::{Snapshot, Store};

/// One post, as its template is filled.
#[derive(Template)]
#[template(path = "one.html", config = "src/api/web/askama.toml")]
struct OnePage {
    frame: Frame,
    answer: Option<Answer>,
}

struct Answer {
    back: Option<String>,
    post: PostView,
    /// What was said last is kept, and the index does not show it yet.
    is_waiting: bool,
    /// The latest first.
    said: Vec<Line>,
}

/// One thing that a person said.
struct Line {
    when: String,
    what: String,
    by: Option<String>,
    note: Option<String>,
    /// What became of it.
    standing: String,
    stands: bool,
}

/// The address of the page of post `id`, from which the way back leads to `back`.
pub(super) fn address_of(id: &str, back: Option<&str>) -> String {
    let path = under("/posts/", id);
    match back.filter(|back| is_ours(back)) {
        None => path,
        Some(back) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("back", back).finish();
            format!("{path}?{query}")
        }
    }
}

/// Whether an address is one of this server: a link must not lead elsewhere because an address says so.
fn is_ours(back: &str) -> bool {
    back.starts_with('/')
        && !back[1..].starts_with(['/', '\\'])
        && !back.chars().any(|character| character.is_control() || character == '\\')
}

/// The page of post `id`.
pub(super) fn answer(store: &Store, id: &str, query: Option<&str>) -> (StatusCode, String) {
    let mut parameters = Parameters::new(query);
    let back = parameters.take("back");
    let fault = parameters.end(&["back"]).err();
    page(store, id, back.as_deref(), fault.as_ref())
}

/// The same, where what was said was not taken.
pub(super) fn refused(store: &Store, id: &str, back: Option<&str>, error: &AskError) -> (StatusCode, String) {
    page(store, id, back, Some(error))
}

fn page(store: &Store, id: &str, back: Option<&str>, fault: Option<&AskError>) -> (StatusCode, String) {
    let snapshot = match store.snapshot() {
        Ok(snapshot) => snapshot,
        Err(error) => return render(None, Some(fault_of(&error.into())), None),
    };
    let mut fault = fault.map(fault_of);
    let found = match read(store, &snapshot, id, back) {
        Ok(found) => Some(found),
        Err(error) => {
            fault.get_or_insert_with(|| fault_of(&error));
            None
        }
    };
    render(Some(&snapshot), fault, found)
}

fn read(store: &Store, snapshot: &Snapshot, id: &str, back: Option<&str>) -> Result<Answer, AskError> {
    let found = post(store, id)?;
    let id = PostId::new(id).map_err(|_| AskError::NotFound(found.id.clone()))?;
    let zone = snapshot.time_zone();
    let found = PostAnswer { highlight: Some(found.plain_highlight()), ..found };
    let mut post = post_view(0, found, &Filters::default(), snapshot.market(), &zone);
    post.correct.is_open = true;
    let mut said: Vec<Line> = entries(store, &id)?.iter().map(|entry| line(entry, &zone)).collect();
    said.reverse();
    Ok(Answer {
        back: back.filter(|back| is_ours(back)).map(str::to_owned),
        post,
        is_waiting: is_pending(store, &id)?,
        said,
    })
}

fn line(entry: &Entry, zone: &jiff::tz::TimeZone) -> Line {
    let moment = |moment: &jiff::Timestamp| when(&moment.to_string(), zone).unwrap_or_default();
    let standing = match &entry.undone {
        Some((taken, by)) => {
            let by = by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
            format!("taken back{by}, {}", moment(taken))
        }
        None if entry.stands => String::new(),
        None => "something else was said later".to_owned(),
    };
    let aspect = entry.correction.aspect().name();
    Line {
        when: moment(&entry.said.when),
        what: format!(
            "{}: {}",
            aspect.strip_prefix("signal:").unwrap_or(&aspect),
            entry.correction.value().replace('-', " ")
        ),
        by: entry.said.by.clone(),
        note: entry.said.note.clone(),
        standing,
        stands: entry.stands,
    }
}

fn render(snapshot: Option<&Snapshot>, fault: Option<Fault>, answer: Option<Answer>) -> (StatusCode, String) {
    let mut frame = frame::frame(&PageAsked::default(), snapshot, fault);
    // Who corrects once more still goes back to where they came from.
    frame.here = answer.as_ref().and_then(|answer| answer.back.clone()).unwrap_or_default();
    let page = OnePage { frame, answer };
    frame::render(&page.frame, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_elsewhere() {
        for (back, expect) in [
            ("/?q=late#post-3", true),
            ("/problems/p1", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("/\t/evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_ours(back), expect, "{back}");
        }
        assert_eq!(address_of("a:b/c", Some("/?q=x")), "/posts/a:b%2Fc?back=%2F%3Fq%3Dx");
    }
}
