//! The network side of the process: accept, TLS, HTTP/1.1 and HTTP/2, the admin routes, and an orderly end.
//!
//! It knows nothing of admission: it serves whatever [`axum::Router`] it is given. What it promises is that no
//! client, however slow or malformed, can stop the next one from being served, and that a rolling update loses
//! no request: [`Shutdown`] tells how.

mod accept;
mod activity;
pub mod admin;
pub mod authority;
pub mod body;
pub mod certificates;
mod connection;
mod drain;
mod handshakes;
mod limits;
pub mod pair;
mod panics;
mod patience;
pub mod trust;
pub mod x509;

pub use accept::{BindError, Listener, serve};
pub use body::{Bodies, BodyError, BodyLimits};
pub use certificates::{CertificateProblem, Certificates};
pub use connection::Transport;
pub use drain::{Drain, Drained, Shutdown};
pub use handshakes::{HandshakeFailure, Handshakes};
pub use limits::Limits;
pub use pair::{CertificateError, Origin, Pair, Reason};
pub use panics::catch_panics;

/// Makes aws-lc-rs the process's default for whatever part of it asks rustls for a default (the Kubernetes
/// client does). The server itself always names its provider. Harmless when called twice.
pub fn install_crypto_provider() {
    // An error means that a provider is installed already, which is all that is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
