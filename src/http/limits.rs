//! The bounds of a listener.

use std::time::Duration;

/// Bounds that hold for every client, so that none can hold what another needs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time. More wait in the kernel's queue; idle ones are asked to make room.
    pub connections: usize,
    /// Time for a TLS handshake.
    pub handshake: Duration,
    /// Time for the head of an HTTP/1.1 request, from its first byte.
    pub head: Duration,
    /// Time without a request. Longer than the 90 s after which the API server closes idle connections itself,
    /// because it does not repeat a POST that meets our closing.
    pub idle: Duration,
    /// The same while all connections are taken.
    pub idle_when_full: Duration,
    /// Time for an answer. No admission webhook may take longer than 30 s.
    pub request: Duration,
    /// Requests at a time on one HTTP/2 connection.
    pub streams: u32,
    /// Bytes of a request's head.
    pub head_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake: Duration::from_secs(5),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(150),
            idle_when_full: Duration::from_secs(2),
            request: Duration::from_secs(30),
            streams: 250,
            head_bytes: 64 << 10,
        }
    }
}
