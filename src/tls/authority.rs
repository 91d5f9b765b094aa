//! A certificate authority for `--self-signed`, `certs generate` and tests.
//!
//! The keys are ECDSA P-256: a signature costs a tenth of one with RSA 2048, and the API server makes a new handshake for
//! each call beyond its 25 idle connections.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use super::pair::{CertificateError, CertificateErrorKind, CertificatePair, PairFiles};

/// A day.
pub const DAY: Duration = Duration::from_hours(24);

/// The time by which the validity of a certificate begins early, for clients whose clocks are slow.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// A CA certificate and its key.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    not_after: Timestamp,
}

/// A serving certificate that an [`Authority`] signed.
#[derive(Debug)]
pub struct Issued {
    /// The certificate, in PEM format.
    pub certificate: String,
    /// The key, in PEM format.
    pub key: String,
}

impl Authority {
    /// Creates a CA that is valid for `lifetime` from `now` on.
    pub fn generate(now: Timestamp, lifetime: Duration) -> Result<Self, CertificateError> {
        let result = || -> Result<Self, Box<dyn std::error::Error>> {
            let mut params = params("Backstop webhook CA", now, now.checked_add(lifetime)?)?;
            // Certificates that it signs cannot act as a CA.
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let key = KeyPair::generate()?;
            let certificate = params.self_signed(&key)?.pem();
            Ok(Self { issuer: Issuer::new(params, key), certificate, not_after: now.checked_add(lifetime)? })
        };
        result().map_err(|error| not_created("the CA", &*error))
    }

    /// Reads an existing CA from PEM text.
    pub fn from_pem(certificate: &str, key: &str, files: &PairFiles) -> Result<Self, CertificateError> {
        let pair = CertificatePair::from_pem(certificate.as_bytes(), key.as_bytes(), files.clone())?;
        if !pair.facts().is_ca {
            let (file, kind) = (files.certificate.clone(), CertificateErrorKind::NotCa);
            return Err(CertificateError { file, kind });
        }
        let result = || -> Result<Self, rcgen::Error> {
            let issuer = Issuer::from_ca_cert_pem(certificate, KeyPair::from_pem(key)?)?;
            Ok(Self { issuer, certificate: certificate.to_owned(), not_after: pair.facts().not_after })
        };
        result().map_err(|error| not_created(&files.certificate, &error))
    }

    /// Issues a serving certificate for `names`, which are DNS names or IP addresses. It expires with the CA at the latest.
    pub fn issue(&self, names: &[String], now: Timestamp, lifetime: Duration) -> Result<Issued, CertificateError> {
        let result = || -> Result<Issued, Box<dyn std::error::Error>> {
            let common_name = names.first().map_or("backstop", String::as_str);
            // X.520 allows 64 characters. The API server ignores the common name.
            let common_name = if common_name.len() <= 64 { common_name } else { "backstop" };
            let mut params = params(common_name, now, now.checked_add(lifetime)?.min(self.not_after))?;
            params.subject_alt_names = names.iter().map(|name| alternative_name(name)).collect::<Result<_, _>>()?;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            params.use_authority_key_identifier_extension = true;
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &self.issuer)?;
            Ok(Issued { certificate: certificate.pem(), key: key.serialize_pem() })
        };
        result().map_err(|error| not_created("the serving certificate", &*error))
    }

    /// The certificate of the CA, in PEM format: the `caBundle` of the webhook configuration.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The key of the CA, in PEM format.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// The end of the validity of the CA.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl Issued {
    /// Returns the pair; `name` names it in messages.
    pub fn pair(&self, name: &str) -> Result<CertificatePair, CertificateError> {
        let files = PairFiles { certificate: format!("{name} certificate"), key: format!("{name} key") };
        CertificatePair::from_pem(self.certificate.as_bytes(), self.key.as_bytes(), files)
    }
}

fn params(common_name: &str, now: Timestamp, not_after: Timestamp) -> Result<CertificateParams, jiff::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let since_1970 = |time: Timestamp| Duration::from_secs(u64::try_from(time.as_second()).unwrap_or(0));
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(now.checked_sub(CLOCK_SKEW)?);
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(not_after);
    Ok(params)
}

fn alternative_name(name: &str) -> Result<SanType, rcgen::Error> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(name.try_into()?)),
    }
}

fn not_created(what: &str, error: &dyn std::error::Error) -> CertificateError {
    CertificateError { file: what.to_owned(), kind: CertificateErrorKind::NotCreated(error.to_string()) }
}
