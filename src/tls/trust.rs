//! Verifies a certificate chain as the API server does: against a CA bundle, and for a name.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Returns whether the certificate is valid for `name`, a DNS name or an IP address.
pub fn is_valid_for_name(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let parsed = ParsedCertificate::try_from(certificate);
    let name = ServerName::try_from(name);
    matches!((parsed, name), (Ok(parsed), Ok(name)) if verify_server_name(&parsed, &name).is_ok())
}

/// Verifies `chain`, the serving certificate first, against the CA bundle `bundle`. The names are not verified.
///
/// # Errors
/// If a client with this CA bundle rejects the chain, the reason.
pub fn verify_chain(chain: &[CertificateDer<'_>], bundle: &[CertificateDer<'_>], now: Timestamp) -> Result<(), String> {
    let Some((first, rest)) = chain.split_first() else { return Err("there is no certificate".to_owned()) };
    // A self-signed certificate in the CA bundle needs no issuer.
    if bundle.contains(first) {
        return Ok(());
    }
    let mut roots = RootCertStore::empty();
    for root in bundle {
        roots.add(root.clone().into_owned()).map_err(|error| format!("a certificate of it cannot be used: {error}"))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| error.to_string())?;
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    // The verifier compares the names last.
    let any_name = ServerName::try_from("name.invalid").map_err(|error| error.to_string())?;
    match verifier.verify_server_cert(first, rest, &any_name, &[], at) {
        Ok(_) => Ok(()),
        Err(Error::InvalidCertificate(error)) => match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Ok(()),
            CertificateError::UnknownIssuer => Err("none of its certificates is the issuer".to_owned()),
            CertificateError::BadSignature => {
                Err("its certificate has the name of the issuer, but another key".to_owned())
            }
            other => Err(other.to_string()),
        },
        Err(error) => Err(error.to_string()),
    }
}
