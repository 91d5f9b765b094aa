//! A certificate chain with its private key, checked before anything is served with it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::x509::CertificateFacts;

/// Where a pair comes from, for messages: the two files, or the two keys of a Secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The certificate chain's source.
    pub certificate: String,
    /// The private key's source.
    pub key: String,
}

/// Why a pair cannot be served with: which file, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct CertificateError {
    /// The file, or what [`Origin`] calls it.
    pub file: String,
    /// The reason and the next step.
    pub reason: Reason,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// There is no such file.
    #[error(
        "no such file; check the path and that the Secret is mounted, or make a pair with `backstop certs generate`"
    )]
    Missing,
    /// The system does not let us read it.
    #[error("cannot be read: {0}; check that it is a file, and its owner and mode")]
    Unreadable(#[source] io::Error),
    /// There is nothing in it.
    #[error("is empty; write the PEM text into it, or wait until whoever issues the certificate has done so")]
    Empty,
    /// It is larger than any certificate.
    #[error("is larger than 1 MiB, so it is no PEM file; check the path")]
    TooLarge,
    /// Neither certificates nor keys are in it.
    #[error(
        "holds no {0} in PEM form (-----BEGIN …-----); check the path, and convert DER with `openssl x509` or `openssl pkey`"
    )]
    NoPem(&'static str),
    /// It is the other file.
    #[error("holds a {0} where a {1} is expected; are the two files swapped?")]
    Swapped(&'static str, &'static str),
    /// The PEM text breaks off or is damaged.
    #[error("is truncated or damaged ({0}); write the file again, completely")]
    Damaged(&'static str),
    /// A certificate of the chain cannot be decoded.
    #[error(
        "certificate {index} of the chain cannot be decoded ({reason}); write the file again, the serving certificate first"
    )]
    BadCertificate {
        /// Its place in the file, from 1.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// The key is protected by a passphrase.
    #[error("the key is encrypted; remove the passphrase with `openssl pkey -in FILE -out NEWFILE`")]
    EncryptedKey,
    /// The key is of a kind that TLS does not use.
    #[error("the key cannot be used ({0}); use ECDSA P-256 or RSA with 2048 bits or more")]
    BadKey(String),
    /// The key belongs to another certificate.
    #[error(
        "is not the key of the first certificate in {certificate} ({subject}); give the key that it was issued for, and put the serving certificate first in the chain"
    )]
    Mismatch {
        /// The certificate's source.
        certificate: String,
        /// Its subject or names.
        subject: String,
    },
    /// The certificate's time is over.
    #[error("expired at {0}; renew it, for instance with `backstop certs generate`")]
    Expired(Timestamp),
    /// The certificate's time has not come.
    #[error("is not valid before {0}; check the clocks of this host and of the issuer")]
    NotYetValid(Timestamp),
    /// A certificate could not be made.
    #[error("cannot be made: {0}")]
    NotMade(String),
}

/// A certificate chain and the private key of its first certificate.
#[derive(Clone, Debug)]
pub struct Pair {
    pub(super) certified: Arc<CertifiedKey>,
    facts: CertificateFacts,
    origin: Origin,
}

impl Pair {
    /// Reads a chain and a key from PEM text and checks that they belong together. Does not look at the time.
    pub fn from_pem(certificate: &[u8], key: &[u8], origin: Origin) -> Result<Self, CertificateError> {
        let in_certificate = |reason| CertificateError { file: origin.certificate.clone(), reason };
        let in_key = |reason| CertificateError { file: origin.key.clone(), reason };
        let chain = certificates(certificate).map_err(in_certificate)?;
        let facts = chain_facts(&chain).map_err(in_certificate)?;
        let certified = private_key(key).and_then(|key| {
            let key = aws_lc_rs::sign::any_supported_type(&key).map_err(|error| Reason::BadKey(error.to_string()))?;
            Ok(CertifiedKey::new(chain, key))
        });
        let certified = certified.map_err(in_key)?;
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(in_key(Reason::Mismatch { certificate: origin.certificate, subject: facts.title() }));
            }
            Err(error) => {
                return Err(in_certificate(Reason::BadCertificate { index: 1, reason: error.to_string() }));
            }
        }
        Ok(Self { certified: Arc::new(certified), facts, origin })
    }

    /// What the serving certificate says.
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// The certificate's times as an error that names the file, if `now` is outside of them.
    pub fn in_time(&self, now: Timestamp) -> Result<(), CertificateError> {
        let reason = match now {
            now if now < self.facts.not_before => Reason::NotYetValid(self.facts.not_before),
            now if now >= self.facts.not_after => Reason::Expired(self.facts.not_after),
            _ => return Ok(()),
        };
        Err(CertificateError { file: self.origin.certificate.clone(), reason })
    }
}

/// The certificates of a PEM text, at least one.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Reason> {
    if pem.trim_ascii().is_empty() {
        return Err(Reason::Empty);
    }
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) if PrivateKeyDer::from_pem_slice(pem).is_ok() => Err(Reason::Swapped("private key", "certificate")),
        Ok(_) => Err(Reason::NoPem("certificate")),
        Err(error) => Err(Reason::Damaged(damage(&error))),
    }
}

/// The private key of a PEM text.
pub fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Reason> {
    if pem.trim_ascii().is_empty() {
        return Err(Reason::Empty);
    }
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) if contains(pem, b"ENCRYPTED PRIVATE KEY") => Err(Reason::EncryptedKey),
        Err(pem::Error::NoItemsFound) if contains(pem, b"BEGIN CERTIFICATE") => {
            Err(Reason::Swapped("certificate", "private key"))
        }
        Err(pem::Error::NoItemsFound) => Err(Reason::NoPem("private key")),
        Err(error) => Err(Reason::Damaged(damage(&error))),
    }
}

/// What is wrong with a PEM text. The parser's own words hold lines of it, and so perhaps a private key.
fn damage(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "an END line is missing, or the lines were joined",
        pem::Error::IllegalSectionStart { .. } => "a BEGIN line does not end in -----, or the lines were joined",
        pem::Error::Base64Decode(_) => "what stands between BEGIN and END is not Base64",
        _ => "it does not parse",
    }
}

/// Reads a file that may hold PEM text.
pub fn read_file(path: &Path) -> Result<Vec<u8>, CertificateError> {
    const LIMIT: u64 = 1 << 20;
    let read = || {
        let file = std::fs::File::open(path)?;
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, LIMIT + 1), &mut bytes)?;
        Ok(bytes)
    };
    let reason = match read() {
        Ok(bytes) if bytes.len() as u64 <= LIMIT => return Ok(bytes),
        Ok(_) => Reason::TooLarge,
        Err(error) if io::Error::kind(&error) == io::ErrorKind::NotFound => Reason::Missing,
        Err(error) => Reason::Unreadable(error),
    };
    Err(CertificateError { file: path.display().to_string(), reason })
}

/// What the first certificate says, provided that all can be decoded.
fn chain_facts(chain: &[CertificateDer<'_>]) -> Result<CertificateFacts, Reason> {
    let mut first = None;
    for (index, certificate) in chain.iter().enumerate() {
        let facts = CertificateFacts::read(certificate)
            .map_err(|reason| Reason::BadCertificate { index: index + 1, reason })?;
        first.get_or_insert(facts);
    }
    first.ok_or(Reason::NoPem("certificate"))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
