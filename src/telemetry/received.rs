//! When a request arrived.

use tokio::time::Instant;

/// When the first byte of a request arrived: an extension of the request, which the HTTP server adds. The time that an
/// answer may take counts from here.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedAt(pub Instant);
