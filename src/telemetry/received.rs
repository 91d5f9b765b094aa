//! What the HTTP server says about a request: extensions of the request.

use tokio::time::Instant;

/// When the first byte of a request arrived. The time that an answer may take counts from here.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedAt(pub Instant);

/// The body of the request is only the beginning of what was sent: the whole takes more memory than one request may have.
#[derive(Clone, Copy, Debug)]
pub struct Beginning {
    /// Bytes of the whole body.
    pub of: usize,
}
