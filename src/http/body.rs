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
    /// The memory of all requests, in bytes.
    pub all: usize,
    /// The memory of a request for each byte of its body, in bytes: the body itself, and what is decoded from it.
    pub weight: usize,
    /// The time for one body to arrive.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { each: 16 << 20, all: 88 << 20, weight: 4, time: Duration::from_secs(10) }
    }
}

/// The memory in bytes up to which requests may use all of the memory. Larger requests may use three quarters.
const SMALL_REQUEST: usize = 256 << 10;

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
    /// Other requests use all of the memory.
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

/// Reads bodies, and admits requests by the memory that they need. Clones share one limit.
#[derive(Clone, Debug)]
pub struct BodyReader {
    limits: BodyLimits,
    held: Arc<AtomicUsize>,
}

impl BodyReader {
    /// A reader without a request in memory.
    pub fn new(limits: BodyLimits) -> Self {
        Self { limits, held: Arc::default() }
    }

    /// The memory of all requests, in bytes.
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Reads each body before the handlers of `router` run, and answers requests that exceed the limits. The memory of a
    /// request counts until its handler has answered, because what is decoded from a body outlives the body.
    pub fn limit(self, router: Router) -> Router {
        router.route_layer(from_fn(move |request: Request, next: Next| {
            let bodies = self.clone();
            async move {
                let (head, body) = request.into_parts();
                match bodies.take(&head.headers, body).await {
                    Ok((bytes, charge)) => {
                        let response = next.run(Request::from_parts(head, Body::from(bytes))).await;
                        drop(charge);
                        response
                    }
                    Err(error) => error.into_response(),
                }
            }
        }))
    }

    /// Reads the whole body of `request`. Its memory counts until the last clone of the result is dropped.
    pub async fn read(&self, request: Request) -> Result<Bytes, BodyError> {
        let (head, body) = request.into_parts();
        self.take(&head.headers, body).await.map(|(bytes, _)| bytes)
    }

    async fn take(&self, headers: &HeaderMap, body: Body) -> Result<(Bytes, Arc<Charge>), BodyError> {
        if is_encoded(headers) {
            return Err(BodyError::Encoded);
        }
        let announced = body.size_hint();
        if announced.lower() > u64::try_from(self.limits.each).unwrap_or(u64::MAX) {
            return Err(BodyError::TooLarge(self.limits.each));
        }
        let deadline = Instant::now() + self.limits.time;
        match timeout_at(deadline, self.collect(body)).await {
            Ok(result) => result.map(|held| {
                let charge = Arc::clone(&held.charge);
                (Bytes::from_owner(held), charge)
            }),
            Err(_) => Err(BodyError::TooSlow(self.limits.time)),
        }
    }

    /// The memory in use grows with the bytes that arrive, never with the length in a header.
    async fn collect(&self, mut body: Body) -> Result<HeldBody, BodyError> {
        let mut bytes = Vec::new();
        let mut charge = Charge { taken: 0, in_use: Arc::clone(&self.held) };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            if bytes.len().saturating_add(data.len()) > self.limits.each {
                return Err(BodyError::TooLarge(self.limits.each));
            }
            charge.add(data.len().saturating_mul(self.limits.weight), self.limits.all)?;
            bytes.extend_from_slice(data);
        }
        Ok(HeldBody { bytes, charge: Arc::new(charge) })
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

/// The memory of one request, until it is dropped.
struct Charge {
    taken: usize,
    in_use: Arc<AtomicUsize>,
}

impl Charge {
    fn add(&mut self, more: usize, all: usize) -> Result<(), BodyError> {
        let bound = if self.taken.saturating_add(more) <= SMALL_REQUEST { all } else { all - all / 4 };
        self.in_use
            .fetch_update(Relaxed, Relaxed, |held| held.checked_add(more).filter(|held| *held <= bound))
            .map_err(|_| BodyError::Busy)?;
        self.taken += more;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.in_use.fetch_sub(self.taken, Relaxed);
    }
}

/// The bytes of a body, and the memory of its request.
struct HeldBody {
    bytes: Vec<u8>,
    charge: Arc<Charge>,
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
