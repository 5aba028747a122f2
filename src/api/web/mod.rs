//! How does a person in a browser ask? Pages rendered by the server, from the same questions as the API.

use axum::Router;

use super::Api;

pub(super) fn router() -> Router<Api> {
    Router::new()
}
