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
//! # How much memory bodies may take
//!
//! All bodies together share a bound, so that no number of clients fills the memory. A body counts from its first byte
//! until it is dropped, and twice while it arrives, because it arrives in blocks. A body that alone is beyond the bound cannot be
//! handled: its handler gets the beginning, so that it can answer. A body that is beyond what other bodies leave gets the
//! status 503. Other modules count the memory of decoded data.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
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
    /// The memory of all bodies, in bytes.
    pub all: usize,
    /// The time for one body to arrive.
    pub time: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { each: 40 << 20, all: 72 << 20, time: Duration::from_secs(10) }
    }
}

impl BodyLimits {
    /// Returns the bytes that all bodies together may take when a body that takes `taken` bytes takes more. The last
    /// quarter is for small bodies.
    const fn bound(&self, taken: usize) -> usize {
        if taken <= SMALL_BODY { self.all } else { self.all - self.all / 4 }
    }
}

/// The memory in bytes up to which a body may use all of the memory. Larger bodies may use three quarters.
const SMALL_BODY: usize = 256 << 10;

/// Bytes of a body that are kept if the whole takes too much memory.
const BEGINNING: usize = 64 << 10;

/// Bytes of each part in which a large body arrives.
const BLOCK: usize = 256 << 10;

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
    /// Other bodies use all of the memory.
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

/// Reads bodies within a bound on their memory. Clones share one bound.
#[derive(Clone, Debug)]
pub struct BodyReader {
    limits: BodyLimits,
    held: Arc<AtomicUsize>,
}

impl BodyReader {
    /// A reader without a body in memory.
    pub fn new(limits: BodyLimits) -> Self {
        Self { limits, held: Arc::default() }
    }

    /// The memory of all bodies, in bytes.
    pub fn held(&self) -> usize {
        self.held.load(Relaxed)
    }

    /// Reads the whole body of `request`. Its memory counts until the last clone of the result is dropped.
    pub async fn read(&self, request: Request) -> Result<Bytes, BodyError> {
        let (head, body) = request.into_parts();
        let (bytes, size) = self.take(&head.headers, body).await?;
        if bytes.len() < size { Err(BodyError::TooLarge(self.limits.each)) } else { Ok(bytes) }
    }

    /// The body, or its beginning if the body alone takes more memory than one may have, and the size of the body.
    pub(super) async fn take(&self, headers: &HeaderMap, body: Body) -> Result<(Bytes, usize), BodyError> {
        if is_encoded(headers) {
            return Err(BodyError::Encoded);
        }
        let announced = body.size_hint();
        if announced.lower() > u64::try_from(self.limits.each).unwrap_or(u64::MAX) {
            return Err(BodyError::TooLarge(self.limits.each));
        }
        let deadline = Instant::now() + self.limits.time;
        match timeout_at(deadline, self.collect(body)).await {
            Ok(result) => result.map(|(held, size)| (Bytes::from_owner(held), size)),
            Err(_) => Err(BodyError::TooSlow(self.limits.time)),
        }
    }

    /// The memory in use grows with the bytes that arrive, never with the length in a header.
    async fn collect(&self, mut body: Body) -> Result<(HeldBody, usize), BodyError> {
        let (mut arriving, mut size) = (Arriving::default(), 0_usize);
        let mut charge = Charge { taken: 0, in_use: Arc::clone(&self.held) };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(broken)?;
            let Some(data) = frame.data_ref() else {
                continue;
            };
            size = size.saturating_add(data.len());
            if size > self.limits.each {
                return Err(BodyError::TooLarge(self.limits.each));
            }
            let taken = size.saturating_mul(2);
            if taken <= self.limits.bound(taken) {
                charge.grow_to(taken, self.limits.bound(taken))?;
                arriving.push(data);
            } else {
                arriving.keep_beginning(data);
                charge.shrink_to(arriving.last.len());
                charge.grow_to(arriving.last.len(), self.limits.bound(0))?;
            }
        }
        let bytes = arriving.into_bytes();
        charge.shrink_to(bytes.len());
        Ok((HeldBody { bytes, _charge: charge }, size))
    }
}

/// A body that arrives, in parts: a vector that grows would take up to three times the size of the body, and more time to
/// copy.
#[derive(Default)]
struct Arriving {
    /// Blocks of [`BLOCK`] bytes.
    full: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl Arriving {
    fn push(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.last.len() >= BLOCK {
                self.full.push(std::mem::replace(&mut self.last, Vec::with_capacity(BLOCK)));
            }
            let room = BLOCK.saturating_sub(self.last.len());
            let (now, later) = data.split_at(room.min(data.len()));
            self.last.extend_from_slice(now);
            data = later;
        }
    }

    /// Keeps the first [`BEGINNING`] bytes, and adds `data` up to this size.
    fn keep_beginning(&mut self, data: &[u8]) {
        if !self.full.is_empty() {
            self.last = self.full.swap_remove(0);
            self.full = Vec::new();
        }
        let room = BEGINNING.saturating_sub(self.last.len()).min(data.len());
        self.last.extend_from_slice(data.get(..room).unwrap_or_default());
        self.last.truncate(BEGINNING);
        self.last.shrink_to_fit();
    }

    fn into_bytes(self) -> Vec<u8> {
        let Self { full, mut last } = self;
        if full.is_empty() {
            last.shrink_to_fit();
            return last;
        }
        let mut whole = Vec::with_capacity(full.len() * BLOCK + last.len());
        // Each block is freed when it is copied.
        full.into_iter().chain([last]).for_each(|block| whole.extend_from_slice(&block));
        whole
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

/// The memory of one body, until it is dropped.
struct Charge {
    taken: usize,
    in_use: Arc<AtomicUsize>,
}

impl Charge {
    /// Takes memory until `taken` bytes are taken, if all bodies together then have at most `bound`.
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

/// The bytes of a body, and the memory that counts for them.
struct HeldBody {
    bytes: Vec<u8>,
    _charge: Charge,
}

impl AsRef<[u8]> for HeldBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
