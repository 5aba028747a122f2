//! What is around every page? Its head, the way to the other pages, the form, and what to say when there is no answer.

use askama::Template;
use axum::http::StatusCode;

use super::address::address;
use super::form::{Form, form};
use super::page::PageAsked;
use super::{SCRIPT, STYLE};
use crate::api::ask::Filters;
use crate::api::error::AskError;
use crate::store::{Market, Snapshot, Store};

/// A page of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum PageOf {
    /// Posts, their trend and their problems.
    #[default]
    Posts,
    /// The problems that last.
    Problems,
    /// When there was far more than usual.
    Spikes,
    /// Brand against brand.
    Compare,
    /// How long people wait for an answer.
    Responses,
    /// Whom we could help.
    Prospects,
    /// How each source is that posts come from.
    Sources,
}

impl PageOf {
    const ALL: [Self; 7] = [
        Self::Posts,
        Self::Problems,
        Self::Compare,
        Self::Spikes,
        Self::Responses,
        Self::Prospects,
        Self::Sources,
    ];

    /// Its address without a question.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Posts => "/",
            Self::Problems => "/problems",
            Self::Spikes => "/spikes",
            Self::Compare => "/compare",
            Self::Responses => "/responses",
            Self::Prospects => "/prospects",
            Self::Sources => "/sources",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Posts => "Posts",
            Self::Problems => "Problems",
            Self::Spikes => "Spikes",
            Self::Compare => "Compare",
            Self::Responses => "Responses",
            Self::Prospects => "Prospects",
            Self::Sources => "Sources",
        }
    }
}

/// What is around a page, as its template is filled.
pub(super) struct Frame {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) title: String,
    pub(super) market: Market,
    pub(super) posts: u64,
    pub(super) nav: Vec<NavLink>,
    pub(super) form: Form,
    pub(super) fault: Option<Fault>,
    /// Its own address, for who goes elsewhere and comes back.
    pub(super) here: String,
    pub(super) version: &'static str,
}

impl Frame {
    /// Makes it that of another page, whose form is still that of the posts.
    pub(super) fn show_as(&mut self, page: PageOf) {
        for link in &mut self.nav {
            link.is_here = link.text == page.name();
        }
        self.title = format!("{} · Grouse", page.name());
        page.path().clone_into(&mut self.here);
    }
}

/// The way to a page, which keeps the question.
pub(super) struct NavLink {
    pub(super) text: &'static str,
    pub(super) href: String,
    pub(super) is_here: bool,
}

/// Why there is no answer.
pub(super) struct Fault {
    pub(super) status: StatusCode,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) place: Option<Place>,
}

/// Where a typed question goes wrong: what stands before, there and after.
pub(super) struct Place {
    pub(super) before: String,
    pub(super) at: String,
    pub(super) after: String,
    pub(super) problem: String,
    pub(super) expected: String,
}

/// What is around the page that `asked` asks for.
pub(super) fn frame(asked: &PageAsked, snapshot: Option<&Snapshot>, fault: Option<Fault>) -> Frame {
    let market = snapshot.map(|snapshot| snapshot.market().clone()).unwrap_or_default();
    let typed: String = asked.filters.q.chars().take(60).collect();
    let about = if typed.trim().is_empty() { &market.name } else { &typed };
    let page = if asked.page == PageOf::Posts { "" } else { asked.page.name() };
    let title: Vec<&str> = [page, about, "Grouse"].into_iter().filter(|part| !part.is_empty()).collect();
    let nav = PageOf::ALL.into_iter().map(|page| NavLink {
        text: page.name(),
        // Sources are chosen by no question.
        href: if page == PageOf::Sources {
            page.path().to_owned()
        } else {
            address(page.path(), &asked.filters, &[])
        },
        is_here: page == asked.page,
    });
    Frame {
        style: STYLE.address(),
        script: SCRIPT.address(),
        title: title.join(" · "),
        posts: snapshot.map_or(0, Snapshot::len),
        nav: nav.collect(),
        form: form(asked, snapshot),
        market,
        fault,
        here: here(asked),
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// What is around a page, and what `view` shows on it: nothing of an empty index, nor where there is a fault.
pub(super) fn answered<Wanted, View>(
    store: &Store,
    asked: &PageAsked,
    wanted: Result<Wanted, AskError>,
    view: impl FnOnce(&Snapshot, Wanted) -> Result<View, AskError>,
) -> (Frame, Option<View>) {
    let snapshot = match store.snapshot() {
        Ok(snapshot) => snapshot,
        Err(error) => return (failed(asked, &error.into()), None),
    };
    let found = match wanted {
        Err(fault) => Err(fault),
        Ok(_) if snapshot.is_empty() => Ok(None),
        Ok(wanted) => view(&snapshot, wanted).map(Some),
    };
    match found {
        Ok(answer) => (frame(asked, Some(&snapshot), None), answer),
        Err(error) => (frame(asked, Some(&snapshot), Some(fault_of(&error))), None),
    }
}

/// What is around a page that has no answer, where the index cannot be asked.
pub(super) fn failed(asked: &PageAsked, error: &AskError) -> Frame {
    frame(asked, None, Some(fault_of(error)))
}

fn here(asked: &PageAsked) -> String {
    let [interval, per, sort] = asked.more();
    let cursor = ("cursor", asked.cursor.as_deref().unwrap_or(""));
    address(asked.page.path(), &asked.filters, &[interval, per, sort, cursor])
}

/// A page as a browser reads it.
pub(super) fn render(frame: &Frame, page: &impl Template) -> (StatusCode, String) {
    let status = frame.fault.as_ref().map_or(StatusCode::OK, |fault| fault.status);
    match page.render() {
        Ok(html) => (status, html),
        Err(error) => {
            tracing::error!(cause = %error, "the page was not rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.".to_owned())
        }
    }
}

/// The posts of a question in the query language, on the clock of the question that it came from.
pub(super) fn posts_of(query: &str, filters: &Filters) -> String {
    address("/", &whole(query, filters.time_zone.as_deref()), &[])
}

/// A whole question in the query language, on a clock.
pub(super) fn whole(query: &str, zone: Option<&str>) -> Filters {
    Filters { q: query.to_owned(), time_zone: zone.map(str::to_owned), ..Filters::default() }
}

pub(super) fn fault_of(error: &AskError) -> Fault {
    let details = error.details();
    let place = match error {
        AskError::Query { typed, error } => {
            // One line, in which what cannot be seen is a space.
            let pointer = error.pointer(typed);
            let line: Vec<char> = pointer.lines().next().unwrap_or("").chars().collect();
            let at = error.position.saturating_sub(1).min(line.len());
            let (before, rest) = line.split_at(at);
            Some(Place {
                before: before.iter().collect(),
                at: rest.first().map_or_else(|| " ".to_owned(), ToString::to_string),
                after: rest.iter().skip(1).collect(),
                problem: error.problem.clone(),
                expected: error.expected.clone(),
            })
        }
        _ => None,
    };
    Fault { status: error.status(), title: details.title.to_owned(), detail: details.detail, place }
}
