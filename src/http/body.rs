//! Reads a request's body within bounds of size, time and memory.
//!
//! # Why 16 MiB
//!
//! The API server takes requests of at most 3 MiB (`MaxRequestBodyBytes` in its `pkg/server/config.go`), so an
//! object that a client sends is at most that large, and so was the stored one when it was sent; etcd refuses
//! values above 1.5 MiB by default. An UPDATE's review carries both, beside the user, the options and the
//! envelope, for which 1 MiB is generous: 3 + 3 + 1 = 7 MiB, the limit that controller-runtime has. Other
//! frameworks' 2 MiB would refuse a legal review, which under `failurePolicy: Fail` refuses the object.
//!
//! 7 MiB holds for objects that are sent as compact JSON. A review is always JSON, whatever came in: protobuf
//! and YAML grow when they become JSON (quotes and field names, 2 bytes and more for what protobuf says in 1), and Go's
//! encoder writes `<`, `>` and `&` as six bytes. Twice 7 MiB and something, 16 MiB, covers objects that double.
//! What could grow further is hostile: an object of 3 MiB of `<` has no legal place for them, as annotations
//! may have 256 KiB in all. It gets 413, which the failure policy then decides on.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::{Instant, timeout_at};

/// Bounds for request bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes of one body.
    pub each: usize,
    /// Bytes of all bodies that are held at a time.
    pub all: usize,
    /// Time for one body to arrive.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { each: 16 << 20, all: 64 << 20, time: Duration::from_secs(10) }
    }
}

/// A body of this size never has to wait for large ones: the last quarter of the memory is kept for its like.
const SMALL: usize = 64 << 10;

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than a review may be.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// It did not arrive in time.
    #[error("the body did not arrive within {0:?}")]
    TooSlow(Duration),
    /// It is compressed, which the API server never does, and which could hide a size.
    #[error("Content-Encoding is not supported; send the body as it is")]
    Encoded,
    /// The bodies of other requests take all the memory that there is for them.
    #[error("too many large requests at a time")]
    Busy,
    /// The client broke off, or violated the protocol.
    #[error("the body could not be read: {0}")]
    Broken(#[source] axum::Error),
}

impl BodyError {
    /// The status that tells the client.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for BodyError {
    /// Asks to close the connection, since the rest of the body is still in it. Never says `Retry-After`: the
    /// API server would repeat the call up to ten times.
    fn into_response(self) -> Response {
        let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
        (self.status(), close, format!("{self}\n")).into_response()
    }
}

/// Reads bodies; clones share one account of memory.
#[derive(Clone, Debug)]
pub struct Bodies {
    limits: BodyLimits,
    held: Arc<AtomicUsize>,
}

impl Bodies {
    /// Nothing is held yet.
    pub fn new(limits: BodyLimits) -> Self {
        Self { limits, held: Arc::default() }
    }

    /// Bytes of bodies that are held now.
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Reads every body before `router`'s handlers see it, and answers for those that break the bounds.
    pub fn bound(self, router: Router) -> Router {
        router.route_layer(from_fn(move |request: Request, next: Next| {
            let bodies = self.clone();
            async move {
                let (head, body) = request.into_parts();
                match bodies.take(&head.headers, body).await {
                    Ok(bytes) => next.run(Request::from_parts(head, Body::from(bytes))).await,
                    Err(error) => error.into_response(),
                }
            }
        }))
    }

    /// The whole body of `request`. Its bytes count as held until the last clone of the result is dropped.
    pub async fn read(&self, request: Request) -> Result<Bytes, BodyError> {
        let (head, body) = request.into_parts();
        self.take(&head.headers, body).await
    }

    async fn take(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, BodyError> {
        if is_encoded(headers) {
            return Err(BodyError::Encoded);
        }
        let announced = body.size_hint();
        if announced.lower() > u64::try_from(self.limits.each).unwrap_or(u64::MAX) {
            return Err(BodyError::TooLarge(self.limits.each));
        }
        let deadline = Instant::now() + self.limits.time;
        match timeout_at(deadline, self.collect(body)).await {
            Ok(result) => result.map(Bytes::from_owner),
            Err(_) => Err(BodyError::TooSlow(self.limits.time)),
        }
    }

    /// Memory grows with what has arrived, never with what a header announces.
    async fn collect(&self, mut body: Body) -> Result<Held, BodyError> {
        let mut held = Held { bytes: Vec::new(), charged: 0, account: Arc::clone(&self.held) };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            if held.bytes.len().saturating_add(data.len()) > self.limits.each {
                return Err(BodyError::TooLarge(self.limits.each));
            }
            held.charge(data.len(), self.limits.all)?;
            held.bytes.extend_from_slice(data);
        }
        Ok(held)
    }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// hyper says how a client broke off only in the source of its error.
fn broken(error: axum::Error) -> BodyError {
    tracing::debug!(cause = error.source().map(ToString::to_string), "a request's body broke off");
    BodyError::Broken(error)
}

/// Bytes of a body, and their share in the account.
struct Held {
    bytes: Vec<u8>,
    charged: usize,
    account: Arc<AtomicUsize>,
}

impl Held {
    fn charge(&mut self, more: usize, all: usize) -> Result<(), BodyError> {
        let bound = if self.charged.saturating_add(more) <= SMALL { all } else { all - all / 4 };
        self.account
            .fetch_update(Relaxed, Relaxed, |held| held.checked_add(more).filter(|held| *held <= bound))
            .map_err(|_| BodyError::Busy)?;
        self.charged += more;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.account.fetch_sub(self.charged, Relaxed);
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
