//! What was sent along with a question, whole; or why it was not read, in the words of all other errors.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::AskError;

/// The bytes of a body.
pub(super) struct Whole(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = AskError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AskError> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => AskError::TooLarge,
                _ => AskError::Cut,
            }
        })
    }
}
