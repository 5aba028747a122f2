//! What was sent along with a question, whole; or why it was not read, in the words of all other errors.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::EXPECT;
use http_body_util::BodyExt;

use super::AskError;

/// How much is taken at once, in bytes.
const MAX_BYTES: usize = 2 << 20;

/// How much is listened to before it is left: who is still sending hears no answer.
const HEARD_OUT: usize = 64 << 20;

/// The bytes of a body.
pub(super) struct Whole(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = AskError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AskError> {
        // Who asks first whether to send is told before anything is sent.
        let asks_first = request.headers().contains_key(EXPECT);
        let body = request.into_body();
        if asks_first && body.size_hint().lower() > MAX_BYTES as u64 {
            return Err(AskError::TooLarge);
        }
        whole(body).await.map(Self)
    }
}

async fn whole(mut body: Body) -> Result<Bytes, AskError> {
    let (mut kept, mut heard) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| AskError::Cut)?.into_data() else { continue };
        heard += data.len();
        if heard > HEARD_OUT {
            break;
        }
        if heard <= MAX_BYTES {
            kept.extend_from_slice(&data);
        }
    }
    if heard > MAX_BYTES { Err(AskError::TooLarge) } else { Ok(kept.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(bytes: usize) -> Result<usize, AskError> {
        whole(Body::from(vec![b'x'; bytes])).await.map(|bytes| bytes.len())
    }

    #[tokio::test]
    async fn what_is_too_much_is_refused() {
        assert!(matches!(sent(0).await, Ok(0)));
        assert!(matches!(sent(MAX_BYTES).await, Ok(MAX_BYTES)));
        assert!(matches!(sent(MAX_BYTES + 1).await, Err(AskError::TooLarge)));
        assert!(matches!(sent(HEARD_OUT + 1).await, Err(AskError::TooLarge)));
    }
}
