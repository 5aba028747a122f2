//! How does another program push posts? `POST /v1/posts`, with a key; answered once they are kept.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::Serialize;

use super::body::Whole;
use super::{Api, AskError};
use crate::harvest::PushError;

/// What became of a push.
#[derive(Debug, Serialize)]
pub(super) struct PushAnswer {
    /// Posts that are kept now; pushing them again changes nothing.
    kept: usize,
    /// What could not be read.
    rejected: Vec<RejectAnswer>,
}

#[derive(Debug, Serialize)]
struct RejectAnswer {
    /// Its place among what was pushed, from 0.
    item: usize,
    reason: String,
}

pub(super) async fn push(
    State(api): State<Api>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Json<PushAnswer>, AskError> {
    let Some((inbox, clock)) = &api.inbox else { return Err(AskError::NoInbox) };
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(bearer);
    if !token.is_some_and(|token| inbox.knows(token)) {
        return Err(AskError::Stranger);
    }
    let pushed = inbox.take(&body, clock()).await.map_err(|error| match error {
        PushError::Unreadable(why) => AskError::Pushed(why),
        PushError::Ending => AskError::Ending,
    })?;
    let rejected =
        pushed.rejects.into_iter().map(|reject| RejectAnswer { item: reject.item, reason: reject.reason });
    Ok(Json(PushAnswer { kept: pushed.kept, rejected: rejected.collect() }))
}

/// The key of `Bearer KEY`; the scheme's name may be written in any case.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_a_key_is_written_in_any_case() {
        for value in ["Bearer Key", "bearer Key", "BEARER  Key "] {
            assert_eq!(bearer(value), Some("Key"), "{value}");
        }
        for value in ["Basic Key", "Bearer", "BearerKey", "Key", ""] {
            assert_eq!(bearer(value), None, "{value}");
        }
    }
}
