//! Reads the body of a request within limits of size, time and memory.
//!
//! # How large a review may be
//!
//! A review is JSON, whatever the client sent. No object grows more than sixfold in the conversion: the encoder of Go writes
//! `<`, `>`, `&` and control characters as six bytes each. etcd refuses objects above 1.5 MiB (`--max-request-bytes`), so
//! the review of an UPDATE of stored objects has at most 2 × 6 × 1.5 = 18 MiB, the user and the envelope. A dry run stores
//! nothing, so the new object of its review may have 6 × 3 MiB: the API server accepts requests of 3 MiB
//! (`MaxRequestBodyBytes` in its `pkg/server/config.go`). 18 + 9 MiB and the envelope remain far below 40 MiB. A body above
//! this limit comes from no API server and gets the status 413.
//!
//! # How much memory a review may take
//!
//! What is decoded from a body, and what its judgement needs, is larger than the body: an empty path takes three bytes of
//! JSON, and becomes a structure. [`Weights`] bounds this memory by what the body holds, whatever its fields are called. It is
//! counted while the body arrives, until the request is answered. A body that alone is beyond the limit cannot be judged: its
//! handler gets the beginning, so that it can answer. A body that is beyond what other requests leave gets the status 503.

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

use super::weights::{Weigher, Weights};
use crate::telemetry::{Beginning, Memory};

/// Limits for request bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The size of one body, in bytes.
    pub each: usize,
    /// The memory of all requests, in bytes.
    pub all: usize,
    /// The memory of a request by what its body holds: the body itself, what is decoded from it, and its judgement.
    pub weights: Weights,
    /// The time for one body to arrive.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { each: 40 << 20, all: 156 << 20, weights: Weights::REVIEW, time: Duration::from_secs(10) }
    }
}

impl BodyLimits {
    /// Returns the bytes that all requests together may use when a request that holds `taken` bytes takes more. The last
    /// quarter is for small requests.
    const fn bound(&self, taken: usize) -> usize {
        if taken <= SMALL_REQUEST { self.all } else { self.all - self.all / 4 }
    }
}

/// The memory in bytes up to which requests may use all of the memory. Larger requests may use three quarters.
const SMALL_REQUEST: usize = 256 << 10;

/// Bytes of a body that are kept if the whole takes too much memory.
const BEGINNING: usize = 64 << 10;

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
    /// request counts until its handler has answered, because what is decoded from a body outlives the body; longer if work
    /// keeps the extension [`Memory`].
    ///
    /// Of a body that takes too much memory, the handlers get the beginning, and the request has the extension
    /// [`Beginning`].
    pub fn limit(self, router: Router) -> Router {
        router.route_layer(from_fn(move |request: Request, next: Next| {
            let bodies = self.clone();
            async move {
                let (mut head, body) = request.into_parts();
                match bodies.take(&head.headers, body).await {
                    Ok(Taken { bytes, charge, size }) => {
                        if bytes.len() < size {
                            head.extensions.insert(Beginning { of: size });
                        }
                        head.extensions.insert(Memory::new(Arc::clone(&charge)));
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
        let Taken { bytes, size, .. } = self.take(&head.headers, body).await?;
        if bytes.len() < size { Err(BodyError::TooLarge(self.limits.each)) } else { Ok(bytes) }
    }

    async fn take(&self, headers: &HeaderMap, body: Body) -> Result<Taken, BodyError> {
        if is_encoded(headers) {
            return Err(BodyError::Encoded);
        }
        let announced = body.size_hint();
        if announced.lower() > u64::try_from(self.limits.each).unwrap_or(u64::MAX) {
            return Err(BodyError::TooLarge(self.limits.each));
        }
        let deadline = Instant::now() + self.limits.time;
        match timeout_at(deadline, self.collect(body)).await {
            Ok(result) => result.map(|(held, size)| {
                let charge = Arc::clone(&held.charge);
                Taken { bytes: Bytes::from_owner(held), charge, size }
            }),
            Err(_) => Err(BodyError::TooSlow(self.limits.time)),
        }
    }

    /// The memory in use grows with the bytes that arrive, never with the length in a header. Returns the body, or its
    /// beginning if the body alone takes more memory than one may have, and the size of the body.
    async fn collect(&self, mut body: Body) -> Result<(HeldBody, usize), BodyError> {
        let (mut bytes, mut size, mut whole) = (Vec::new(), 0_usize, true);
        let mut charge = Charge { taken: 0, in_use: Arc::clone(&self.held) };
        let mut weigher = Weigher::new(self.limits.weights);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            size = size.saturating_add(data.len());
            if size > self.limits.each {
                return Err(BodyError::TooLarge(self.limits.each));
            }
            if !whole {
                continue;
            }
            let taken = charge.taken.saturating_add(weigher.weigh(data));
            whole = taken <= self.limits.bound(taken);
            if whole {
                charge.grow_to(taken, self.limits.bound(taken))?;
                bytes.extend_from_slice(data);
            } else {
                let room = BEGINNING.saturating_sub(bytes.len()).min(data.len());
                bytes.extend_from_slice(data.get(..room).unwrap_or_default());
                bytes.truncate(BEGINNING);
                bytes.shrink_to_fit();
                charge.shrink_to(bytes.len());
                charge.grow_to(bytes.len(), self.limits.bound(0))?;
            }
        }
        Ok((HeldBody { bytes, charge: Arc::new(charge) }, size))
    }
}

/// A body that was read.
struct Taken {
    /// The body, or its beginning.
    bytes: Bytes,
    charge: Arc<Charge>,
    /// Bytes of the body.
    size: usize,
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
    /// Takes memory until `taken` bytes are taken, if all requests together then have at most `bound`.
    fn grow_to(&mut self, taken: usize, bound: usize) -> Result<(), BodyError> {
        let more = taken.saturating_sub(self.taken);
        self.in_use
            .fetch_update(Relaxed, Relaxed, |held| held.checked_add(more).filter(|held| *held <= bound))
            .map_err(|_| BodyError::Busy)?;
        self.taken += more;
        Ok(())
    }

    /// Gives memory back until at most `taken` bytes are taken.
    fn shrink_to(&mut self, taken: usize) {
        let less = self.taken.saturating_sub(taken);
        self.in_use.fetch_sub(less, Relaxed);
        self.taken -= less;
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
