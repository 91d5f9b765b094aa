//! The fields of a certificate, for messages.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// The fields of a certificate that matter for a webhook.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateFacts {
    /// The distinguished name of the subject.
    pub subject: String,
    /// The distinguished name of the issuer.
    pub issuer: String,
    /// The serial number, in hexadecimal.
    pub serial: String,
    /// The subject alternative names, the only names that the API server uses.
    pub names: Vec<String>,
    /// The begin of the validity.
    pub not_before: Timestamp,
    /// The end of the validity.
    pub not_after: Timestamp,
    /// The type and size of the public key, such as `ECDSA P-256`.
    pub key_type: String,
    /// The hash of the signature, if it is obsolete: `SHA-1` or `MD5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weak_signature: Option<&'static str>,
    /// Whether the certificate may sign others.
    pub is_ca: bool,
}

impl CertificateFacts {
    /// Decodes a certificate.
    ///
    /// # Errors
    /// If it cannot be decoded, the reason.
    pub fn read(der: &CertificateDer<'_>) -> Result<Self, String> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|error| error.to_string())?;
        let names = certificate
            .subject_alternative_name()
            .map_err(|error| error.to_string())?
            .map(|names| names.value.general_names.iter().map(name).collect())
            .unwrap_or_default();
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.raw_serial_as_string(),
            names,
            not_before: timestamp(certificate.validity().not_before.timestamp())?,
            not_after: timestamp(certificate.validity().not_after.timestamp())?,
            key_type: key_type(&certificate),
            weak_signature: weak_signature(&certificate),
            is_ca: certificate.is_ca(),
        })
    }

    /// A short name for messages: the subject alternative names, or the subject if there are none.
    pub fn title(&self) -> String {
        if self.names.is_empty() { self.subject.clone() } else { self.names.join(", ") }
    }
}

fn weak_signature(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    match certificate.signature_algorithm.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.5" | "1.2.840.10045.4.1" => Some("SHA-1"),
        "1.2.840.113549.1.1.4" => Some("MD5"),
        _ => None,
    }
}

fn timestamp(seconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(seconds).map_err(|error| error.to_string())
}

fn name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => (*name).to_owned(),
        GeneralName::IPAddress(bytes) => address(bytes),
        other => other.to_string(),
    }
}

fn address(bytes: &[u8]) -> String {
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| std::net::Ipv4Addr::from(octets).to_string());
    let v6 = <[u8; 16]>::try_from(bytes).map(|octets| std::net::Ipv6Addr::from(octets).to_string());
    v4.or(v6).unwrap_or_else(|_| "an address of invalid length".to_owned())
}

fn key_type(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("ECDSA P-{}", point.key_size()),
        _ => match certificate.public_key().algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            other => format!("unknown ({other})"),
        },
    }
}
