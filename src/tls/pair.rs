//! A certificate chain with its private key, verified before it is used.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::x509::CertificateFacts;

/// The names of the two files of a pair in messages; for a Secret, the names of its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFiles {
    /// The file with the certificate chain.
    pub certificate: String,
    /// The file with the private key.
    pub key: String,
}

/// The reason why a pair cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {kind}")]
pub struct CertificateError {
    /// The name of the file.
    pub file: String,
    /// The reason and the next step.
    pub kind: CertificateErrorKind,
}

/// The error in a certificate or key file.
#[derive(Debug, thiserror::Error)]
pub enum CertificateErrorKind {
    /// The file does not exist.
    #[error(
        "no such file; check the path and that the Secret is mounted, or make a pair with `backstop certs generate`"
    )]
    Missing,
    /// The file cannot be read.
    #[error("cannot be read: {0}; check that it is a file, and its owner and mode")]
    Unreadable(#[source] io::Error),
    /// The file is empty.
    #[error("is empty; write the PEM text into it, or wait until the issuer of the certificate has written it")]
    Empty,
    /// The file is larger than any certificate.
    #[error("is larger than 1 MiB, so it is not a PEM file; check the path")]
    TooLarge,
    /// The file has no certificate, or no key.
    #[error(
        "contains no {0} in PEM format (-----BEGIN …-----); check the path, and convert DER with `openssl x509` or `openssl pkey`"
    )]
    NoPem(&'static str),
    /// The file is the other one of the two.
    #[error("contains a {0} instead of a {1}; are the two files swapped?")]
    Swapped(&'static str, &'static str),
    /// The PEM text is truncated or damaged.
    #[error("is truncated or damaged ({0}); write the complete file again")]
    Damaged(&'static str),
    /// A certificate of the chain cannot be decoded.
    #[error(
        "certificate {index} of the chain cannot be decoded ({reason}); write the file again, the serving certificate first"
    )]
    BadCertificate {
        /// The position of the certificate in the file, from 1.
        index: usize,
        /// The error of the decoder.
        reason: String,
    },
    /// The key is protected by a passphrase.
    #[error("the key is encrypted; remove the passphrase with `openssl pkey -in FILE -out NEWFILE`")]
    EncryptedKey,
    /// TLS does not support the type of the key.
    #[error("the key cannot be used ({0}); use ECDSA P-256 or RSA with 2048 bits or more")]
    BadKey(String),
    /// The key belongs to another certificate.
    #[error(
        "is not the key of the first certificate in {certificate} ({subject}); use the key that the certificate was issued for, and put the serving certificate first in the chain"
    )]
    Mismatch {
        /// The file with the certificate.
        certificate: String,
        /// The names or the subject of the certificate.
        subject: String,
    },
    /// The certificate has expired.
    #[error("expired at {0}; renew it, for example with `backstop certs generate`")]
    Expired(Timestamp),
    /// The certificate is not valid yet.
    #[error("is not valid before {0}; check the clocks of this host and of the issuer")]
    NotYetValid(Timestamp),
    /// The certificate is not one of a CA.
    #[error("is not a CA certificate (basicConstraints CA:FALSE); use the certificate of a CA")]
    NotCa,
    /// A certificate could not be created.
    #[error("cannot be created: {0}")]
    NotCreated(String),
}

/// A certificate chain and the private key of its first certificate.
#[derive(Clone, Debug)]
pub struct CertificatePair {
    pub(super) certified: Arc<CertifiedKey>,
    facts: CertificateFacts,
    files: PairFiles,
}

impl CertificatePair {
    /// Reads a chain and a key from PEM text, and verifies that the key belongs to the first certificate. The validity period
    /// is not verified.
    pub fn from_pem(certificate: &[u8], key: &[u8], files: PairFiles) -> Result<Self, CertificateError> {
        let in_certificate = |kind| CertificateError { file: files.certificate.clone(), kind };
        let in_key = |kind| CertificateError { file: files.key.clone(), kind };
        let chain = certificates(certificate).map_err(in_certificate)?;
        let facts = chain_facts(&chain).map_err(in_certificate)?.into_iter().next();
        let facts = facts.ok_or_else(|| in_certificate(CertificateErrorKind::NoPem("certificate")))?;
        let certified = private_key(key).and_then(|key| {
            let key = aws_lc_rs::sign::any_supported_type(&key)
                .map_err(|error| CertificateErrorKind::BadKey(error.to_string()))?;
            Ok(CertifiedKey::new(chain, key))
        });
        let certified = certified.map_err(in_key)?;
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(in_key(CertificateErrorKind::Mismatch {
                    certificate: files.certificate,
                    subject: facts.title(),
                }));
            }
            Err(error) => {
                return Err(in_certificate(CertificateErrorKind::BadCertificate {
                    index: 1,
                    reason: error.to_string(),
                }));
            }
        }
        Ok(Self { certified: Arc::new(certified), facts, files })
    }

    /// The fields of the serving certificate.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Verifies that the certificate is valid at the time `now`.
    pub fn verify_time(&self, now: Timestamp) -> Result<(), CertificateError> {
        let kind = match now {
            now if now < self.facts.not_before => CertificateErrorKind::NotYetValid(self.facts.not_before),
            now if now >= self.facts.not_after => CertificateErrorKind::Expired(self.facts.not_after),
            _ => return Ok(()),
        };
        Err(CertificateError { file: self.files.certificate.clone(), kind })
    }
}

/// Returns the certificates in PEM text, at least one.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CertificateErrorKind> {
    if pem.trim_ascii().is_empty() {
        return Err(CertificateErrorKind::Empty);
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) if PrivateKeyDer::from_pem_slice(pem).is_ok() => {
            Err(CertificateErrorKind::Swapped("private key", "certificate"))
        }
        Ok(_) => Err(CertificateErrorKind::NoPem("certificate")),
        Err(error) => Err(CertificateErrorKind::Damaged(damage(&error))),
    }
}

/// Returns the private key in PEM text.
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, CertificateErrorKind> {
    if pem.trim_ascii().is_empty() {
        return Err(CertificateErrorKind::Empty);
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) if contains(pem, b"ENCRYPTED PRIVATE KEY") => {
            Err(CertificateErrorKind::EncryptedKey)
        }
        Err(pem::Error::NoItemsFound) if contains(pem, b"BEGIN CERTIFICATE") => {
            Err(CertificateErrorKind::Swapped("certificate", "private key"))
        }
        Err(pem::Error::NoItemsFound) => Err(CertificateErrorKind::NoPem("private key")),
        Err(error) => Err(CertificateErrorKind::Damaged(damage(&error))),
    }
}

/// Describes the error in PEM text. The message of the parser is not used: it quotes lines, which may be those of a private key.
fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "an END line is missing, or the lines were joined",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line does not end in -----, or the lines were joined",
        pem::Error::Base64Decode(_) => "the text between BEGIN and END is not Base64",
        _ => "it cannot be parsed",
    }
}

/// Reads a file with PEM text of at most 1 MiB.
pub fn read_file(path: &Path) -> Result<Vec<u8>, CertificateError> {
    const LIMIT: u64 = 1 << 20;
    let read = || {
        let file = std::fs::File::open(path)?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, LIMIT + 1), &mut bytes)?;
        Ok(bytes)
    };
    let kind = match read() {
        Ok(bytes) if bytes.len() as u64 <= LIMIT => return Ok(bytes),
        Ok(_) => CertificateErrorKind::TooLarge,
        Err(error) if io::Error::kind(&error) == io::ErrorKind::NotFound => CertificateErrorKind::Missing,
        Err(error) => CertificateErrorKind::Unreadable(error),
    };
    Err(CertificateError { file: path.display().to_string(), kind })
}

/// Decodes all certificates of a chain.
pub(super) fn chain_facts(chain: &[CertificateDer<'_>]) -> Result<Vec<CertificateFacts>, CertificateErrorKind> {
    let facts = chain.iter().enumerate().map(|(index, certificate)| {
        let facts = CertificateFacts::read(certificate);
        facts.map_err(|reason| CertificateErrorKind::BadCertificate { index: index + 1, reason })
    });
    facts.collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
