//! What is answered when there is no answer? One status and one JSON shape for each thing that went wrong (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::model::QueryError;
use crate::store::StoreError;

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The typed question cannot be read.
    #[error("the question cannot be read: {error}")]
    Query {
        /// What was typed.
        typed: String,
        /// Where it goes wrong.
        error: QueryError,
    },
    /// A value cannot be read.
    #[error("`{value}` is no value of `{name}`: give {expected}")]
    Value {
        /// Of which parameter or flag.
        name: &'static str,
        /// What was given.
        value: String,
        /// What could be given.
        expected: String,
    },
    /// A parameter is not known.
    #[error("there is no parameter `{name}`: use {known}")]
    Parameter {
        /// What was given.
        name: String,
        /// What could be given.
        known: String,
    },
    /// No post has that id.
    #[error("there is no post `{0}`")]
    NotFound(String),
    /// No problem of the ledger has that id.
    #[error("there is no problem `{id}`: {expected}")]
    NoProblem {
        /// What was asked for.
        id: String,
        /// What could be.
        expected: String,
    },
    /// There is nothing at that address.
    #[error("there is nothing at `{0}`: see /")]
    NoSuchPage(String),
    /// Nothing there is asked in that way.
    #[error("nothing can be done with `{0}` here: the header `Allow` says with what")]
    Method(String),
    /// Posts are pushed, and nobody said that any are expected.
    #[error(
        "no posts are taken in here: name the source webhook in a watchlist, set GROUSE_WEBHOOK_TOKEN, and start with --harvest"
    )]
    NoInbox,
    /// Who pushes is not known.
    #[error("send the key that GROUSE_WEBHOOK_TOKEN holds, as Authorization: Bearer KEY")]
    Stranger,
    /// What was pushed cannot be read.
    #[error("what was pushed cannot be read: {0}")]
    Pushed(String),
    /// More was sent than is read.
    #[error("what is sent at once has at most 2 MB: send fewer posts at a time")]
    TooLarge,
    /// What was sent broke off.
    #[error("what was sent broke off: send it again")]
    Cut,
    /// What a person says of a post cannot be read, or says nothing.
    #[error("{0}")]
    Correction(String),
    /// What a person decides of a problem cannot be.
    #[error("{0}")]
    Decision(String),
    /// Neither corrections nor decisions are taken in.
    #[error(
        "nothing is corrected or decided here: use `grouse correct` and `grouse problems`, or start `grouse serve`"
    )]
    NoDesk,
    /// A page of another site made a browser send this.
    #[error(
        "only Grouse's own pages and programs on this machine may change anything: open the page at the address that `grouse serve` shows"
    )]
    Elsewhere,
    /// The program is ending.
    #[error("the program is ending: push it again")]
    Ending,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It took too long.
    #[error("the answer took longer than {0} seconds: ask for less")]
    TooSlow(u64),
    /// A part of the program failed.
    #[error("the program failed")]
    Failed,
}

impl AskError {
    pub(super) fn value(name: &'static str, value: &str, expected: impl Into<String>) -> Self {
        Self::Value { name, value: value.chars().take(80).collect(), expected: expected.into() }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Query { .. }
            | Self::Value { .. }
            | Self::Parameter { .. }
            | Self::Pushed(_)
            | Self::Cut
            | Self::Correction(_)
            | Self::Decision(_)
            | Self::Store(StoreError::BadCursor | StoreError::TooManyBuckets(_)) => StatusCode::BAD_REQUEST,
            Self::NotFound(_)
            | Self::NoProblem { .. }
            | Self::NoSuchPage(_)
            | Self::NoInbox
            | Self::NoDesk => StatusCode::NOT_FOUND,
            Self::Elsewhere => StatusCode::FORBIDDEN,
            Self::Stranger => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Ending => StatusCode::SERVICE_UNAVAILABLE,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Store(StoreError::Absent(_) | StoreError::OtherVersion { .. }) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(_) | Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Query { .. } => "The question cannot be read",
            Self::Value { .. } => "A value cannot be read",
            Self::Parameter { .. } => "A parameter is not known",
            Self::NotFound(_) => "There is no such post",
            Self::NoProblem { .. } => "There is no such problem",
            Self::NoSuchPage(_) => "There is nothing here",
            Self::NoInbox => "No posts are taken in here",
            Self::Stranger => "The key is not right",
            Self::Pushed(_) => "What was pushed cannot be read",
            Self::TooLarge => "That is too much at once",
            Self::Cut => "What was sent cannot be read",
            Self::Correction(_) => "That cannot be said of the post",
            Self::Decision(_) => "That cannot be decided of the problem",
            Self::NoDesk => "Nothing is corrected or decided here",
            Self::Elsewhere => "Another site may not do this",
            Self::Ending => "The program is ending",
            Self::Method(_) => "That cannot be done here",
            Self::TooSlow(_) => "The answer took too long",
            Self::Store(StoreError::BadCursor) => "The cursor cannot be used",
            Self::Store(StoreError::TooManyBuckets(_)) => "The trend is too large",
            Self::Store(StoreError::Absent(_) | StoreError::OtherVersion { .. }) => {
                "There is no index to answer from"
            }
            Self::Store(_) | Self::Failed => "Something failed on our side",
        }
    }
}

/// The shape of RFC 9457, with the position in a question beside it.
#[derive(Serialize)]
pub(super) struct ProblemDetails {
    r#type: &'static str,
    pub(super) title: &'static str,
    status: u16,
    pub(super) detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
}

impl AskError {
    /// What is said of it to the one who asked; what is our fault is logged.
    pub(super) fn details(&self) -> ProblemDetails {
        let status = self.status();
        let is_ours = status.is_server_error() && !matches!(self, Self::TooSlow(_));
        if is_ours {
            let reason: &dyn std::error::Error = self;
            let causes: Vec<String> = std::iter::successors(Some(reason), |error| error.source())
                .map(ToString::to_string)
                .collect();
            tracing::error!(causes = causes.join(": "), "a question was not answered");
        }
        ProblemDetails {
            r#type: "about:blank",
            title: self.title(),
            status: status.as_u16(),
            // What is our fault is in our log; the one who asked can do nothing with it.
            detail: if is_ours && status != StatusCode::SERVICE_UNAVAILABLE {
                "the reason is in the program's log".to_owned()
            } else {
                self.to_string()
            },
            parameter: match self {
                Self::Query { .. } => Some("q".to_owned()),
                Self::Value { name, .. } => Some((*name).to_owned()),
                Self::Parameter { name, .. } => Some(name.chars().take(80).collect()),
                _ => None,
            },
            position: match self {
                Self::Query { error, .. } => Some(error.position),
                _ => None,
            },
            expected: match self {
                Self::Query { error, .. } => Some(error.expected.clone()),
                Self::Value { expected, .. } => Some(expected.clone()),
                _ => None,
            },
        }
    }
}

impl IntoResponse for AskError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.details())).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
