//! The network side of the process: accept loop, HTTP/1.1 with or without TLS, admin routes, orderly shutdown.
//!
//! It serves any [`axum::Router`] and has no knowledge of admission. It guarantees that no client, however slow or
//! malformed, keeps the next client from being served, and that a rolling update loses no request: see [`Shutdown`].

mod accept;
mod activity;
pub mod admin;
pub mod body;
mod closing;
mod connection;
mod drain;
mod limits;
mod protect;

pub use accept::{BindError, Listener, serve};
pub use body::{BodyError, BodyLimits, BodyReader};
pub use connection::Transport;
pub use drain::{Drain, Drained, Shutdown};
pub use limits::Limits;
pub use protect::protect;
