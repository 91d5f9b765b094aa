//! Reads the body of a request within limits of size, time and memory.
//!
//! # Why 16 MiB
//!
//! The API server accepts requests of at most 3 MiB (`MaxRequestBodyBytes` in its `pkg/server/config.go`), so an
//! object from a client has at most this size, and so had the stored object when it was sent; etcd refuses
//! values above 1.5 MiB by default. The review of an UPDATE contains both objects, the user, the options and the
//! envelope, for which 1 MiB is generous: 3 + 3 + 1 = 7 MiB, the limit of controller-runtime. The 2 MiB of other
//! frameworks would refuse a valid review, and `failurePolicy: Fail` would then deny the object.
//!
//! 7 MiB is enough for objects that are sent as compact JSON. A review is always JSON, whatever the client sent: protobuf
//! and YAML grow in the conversion (quotes and field names, 2 bytes and more for 1 byte of protobuf), and the
//! encoder of Go writes `<`, `>` and `&` as six bytes. 16 MiB, more than twice 7 MiB, is enough for objects that double.
//! Only a hostile object grows more: 3 MiB of `<` have no valid place, because all annotations together
//! may have 256 KiB. It gets the status 413, and then the failure policy decides.

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

/// Limits for request bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The size of one body, in bytes.
    pub each: usize,
    /// The size of all bodies in memory, in bytes.
    pub all: usize,
    /// The time for one body to arrive.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { each: 16 << 20, all: 64 << 20, time: Duration::from_secs(10) }
    }
}

/// The size in bytes up to which bodies may use all of the memory. Larger bodies may use three quarters.
const SMALL_BODY: usize = 64 << 10;

/// The reason why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The body is larger than the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The body did not arrive in time.
    #[error("the body did not arrive within {0:?}")]
    TooSlow(Duration),
    /// The body is compressed, which the API server never does, and which hides its size.
    #[error("Content-Encoding is not supported; send the body as it is")]
    Encoded,
    /// The bodies of other requests use all of the memory.
    #[error("too many large requests at a time")]
    Busy,
    /// The connection broke, or the client violated the protocol.
    #[error("the body could not be read: {0}")]
    Broken(#[source] axum::Error),
}

impl BodyError {
    /// The HTTP status.
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
    /// Asks the client to close the connection, because the rest of the body is still to come. There is no `Retry-After`:
    /// with it, the API server would repeat the call up to ten times.
    fn into_response(self) -> Response {
        let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
        (self.status(), close, format!("{self}\n")).into_response()
    }
}

/// Reads bodies. Clones share one limit of memory.
#[derive(Clone, Debug)]
pub struct BodyReader {
    limits: BodyLimits,
    held: Arc<AtomicUsize>,
}

impl BodyReader {
    /// A reader with no body in memory.
    pub fn new(limits: BodyLimits) -> Self {
        Self { limits, held: Arc::default() }
    }

    /// The size of all bodies in memory, in bytes.
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Reads each body before the handlers of `router` run, and answers requests that exceed the limits.
    pub fn limit(self, router: Router) -> Router {
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

    /// Reads the whole body of `request`. It counts as in memory until the last clone of the result is dropped.
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

    /// The memory in use grows with the bytes that arrive, never with the length in a header.
    async fn collect(&self, mut body: Body) -> Result<HeldBody, BodyError> {
        let mut held = HeldBody { bytes: Vec::new(), charged: 0, in_use: Arc::clone(&self.held) };
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

/// Only the source of the error says how the connection broke.
fn broken(error: axum::Error) -> BodyError {
    tracing::debug!(cause = error.source().map(ToString::to_string), "cannot read the body of a request");
    BodyError::Broken(error)
}

/// The bytes of a body, and their part of the memory in use.
struct HeldBody {
    bytes: Vec<u8>,
    charged: usize,
    in_use: Arc<AtomicUsize>,
}

impl HeldBody {
    fn charge(&mut self, more: usize, all: usize) -> Result<(), BodyError> {
        let bound = if self.charged.saturating_add(more) <= SMALL_BODY { all } else { all - all / 4 };
        self.in_use
            .fetch_update(Relaxed, Relaxed, |held| held.checked_add(more).filter(|held| *held <= bound))
            .map_err(|_| BodyError::Busy)?;
        self.charged += more;
        Ok(())
    }
}

impl Drop for HeldBody {
    fn drop(&mut self) {
        self.in_use.fetch_sub(self.charged, Relaxed);
    }
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
