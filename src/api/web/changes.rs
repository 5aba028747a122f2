//! What changed in the ledger of problems, on a page, and a way to take back all that the last run did?

use askama::Template;
use axum::http::StatusCode;
use jiff::civil::Date;

use super::address::under;
use super::frame::{self, Frame, PageOf, fault_of};
use super::ledger::{EventRow, event_row};
use super::page::PageAsked;
use super::words;
use crate::api::changes::{changes, last_run, told_together};
use crate::api::error::AskError;
use crate::api::ledger::EventAnswer;
use crate::store::Store;

/// Changes on the page, the last ones.
const SHOWN: usize = 200;

/// The page, as its template is filled.
#[derive(Template)]
#[template(path = "changes.html", config = "src/api/web/askama.toml")]
pub(super) struct ChangesPage {
    frame: Frame,
    answer: Option<View>,
}

struct View {
    /// Since which day, if one was asked for.
    since: String,
    /// The day of the last run, and how much of it stands, in words.
    run: Option<(String, String)>,
    rows: Vec<Row>,
    /// How many more there are.
    more: usize,
    json: String,
}

struct Row {
    problem: String,
    /// The page of the problem, if it is about one.
    page: Option<String>,
    event: EventRow,
}

/// The changes since a day; `refused` says what could not be taken back.
pub(super) fn answer(
    store: &Store,
    wanted: Result<Option<Date>, AskError>,
    refused: Option<&AskError>,
) -> (StatusCode, String) {
    let asked = PageAsked { page: PageOf::Problems, ..PageAsked::default() };
    let (mut frame, answer) = frame::answered(store, &asked, wanted, |_, since| View::of(store, since));
    "What changed · Grouse".clone_into(&mut frame.title);
    PATH.clone_into(&mut frame.here);
    if let Some(error) = refused {
        frame.fault = Some(fault_of(error));
    }
    let page = ChangesPage { frame, answer };
    frame::render(&page.frame, &page)
}

/// The address of the page.
pub(super) const PATH: &str = "/changes";

impl View {
    fn of(store: &Store, since: Option<Date>) -> Result<Self, AskError> {
        let all = changes(store, None)?;
        let run = last_run(&all).map(|run| {
            let changes = match run.changes {
                1 => "1 change".to_owned(),
                many => format!("{} changes", words::number(many as u64)),
            };
            (run.run.chars().take(16).collect::<String>().replace('T', " "), changes)
        });
        let found = if since.is_some() { changes(store, since)? } else { all };
        let row = |events: &&[EventAnswer]| {
            let event = events.last()?;
            let row = event_row(event, "");
            Some(if events.len() == 1 {
                let problem = words::plain(event.problem.as_str());
                // Its name stands before it already.
                let what = row.what.strip_prefix(&problem).unwrap_or(&row.what).trim_start().to_owned();
                let page = Some(under("/problems/", event.problem.as_str()));
                Row { problem, page, event: EventRow { what, ..row } }
            } else {
                Row {
                    problem: format!("{} problems", words::number(events.len() as u64)),
                    page: None,
                    event: EventRow { reason: String::new(), undo: None, ..row },
                }
            })
        };
        let told: Vec<&[EventAnswer]> = told_together(&found).collect();
        let more = told.len().saturating_sub(SHOWN);
        let since = since.map(|day| day.to_string()).unwrap_or_default();
        Ok(Self {
            run,
            rows: told.iter().rev().take(SHOWN).filter_map(row).collect(),
            more,
            json: if since.is_empty() {
                "/v1/changes".to_owned()
            } else {
                format!("/v1/changes?since={since}")
            },
            since,
        })
    }
}
