//! TLS: the certificates of the webhook, and the results of handshakes.
//!
//! [`Certificates`] holds the pair in use and replaces it while the webhook serves; [`authority`] creates certificates,
//! [`pair`] and [`x509`] read them, [`trust`] verifies a chain as the API server does, and [`inspect`] finds problems.

pub mod authority;
pub mod certificates;
mod handshakes;
mod inspection;
pub mod pair;
pub mod trust;
pub mod x509;

pub use certificates::{CertificateProblem, Certificates};
pub use handshakes::{HandshakeFailure, Handshakes};
pub use inspection::{Inspection, InspectionRequest, inspect};
pub use pair::{CertificateError, CertificateErrorKind, CertificatePair, PairFiles};

/// Installs aws-lc-rs as the default provider of the process, for users of rustls that ask for a default, such as the
/// Kubernetes client. The webhook itself always names its provider. A second call has no effect.
pub fn install_crypto_provider() {
    // The error means that a provider is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
