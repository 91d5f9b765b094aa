//! The limits of a listener.

use std::time::Duration;

/// Limits for every client, so that no client can take the resources that another one needs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The number of connections. More wait in the kernel's queue, and idle connections are closed for them.
    pub connections: usize,
    /// The time for a TLS handshake.
    pub handshake: Duration,
    /// The time for the head of an HTTP/1.1 request, from its first byte.
    pub head: Duration,
    /// The time without a request. It is longer than the 90 s after which the API server closes idle connections itself,
    /// because the API server does not repeat a POST whose connection closes.
    pub idle: Duration,
    /// The same while all connections are in use.
    pub idle_when_full: Duration,
    /// The time for an answer. The API allows an admission webhook at most 30 s.
    pub request: Duration,
    /// The size of the head of a request, in bytes.
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
            head_bytes: 64 << 10,
        }
    }
}
