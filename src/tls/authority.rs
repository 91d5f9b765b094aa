//! A certificate authority of one's own: for `--self-signed`, `certs generate` and tests.
//!
//! Keys are ECDSA P-256: signing with one costs a tenth of RSA 2048, and the API server makes a new handshake for
//! each call above its 25 idle connections.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use super::pair::{CertificateError, Origin, Pair, Reason};

/// A day.
pub const DAY: Duration = Duration::from_hours(24);

/// Certificates begin to be valid this long before they are made, for clients whose clocks are behind.
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
    /// The certificate, PEM.
    pub certificate: String,
    /// Its key, PEM.
    pub key: String,
}

impl Authority {
    /// Makes a CA that is valid for `lifetime` from `now`.
    pub fn generate(now: Timestamp, lifetime: Duration) -> Result<Self, CertificateError> {
        let made = || -> Result<Self, Box<dyn std::error::Error>> {
            let mut params = params("Backstop webhook CA", now, now.checked_add(lifetime)?)?;
            // It signs serving certificates only, so a leaf cannot act as a CA.
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            let key = KeyPair::generate()?;
            let certificate = params.self_signed(&key)?.pem();
            Ok(Self { issuer: Issuer::new(params, key), certificate, not_after: now.checked_add(lifetime)? })
        };
        made().map_err(|error| not_made("the CA", &*error))
    }

    /// Takes a CA that exists, from PEM text.
    pub fn from_pem(certificate: &str, key: &str, origin: &Origin) -> Result<Self, CertificateError> {
        let pair = Pair::from_pem(certificate.as_bytes(), key.as_bytes(), origin.clone())?;
        if !pair.facts().is_ca {
            let reason = Reason::NotMade("the certificate may not sign others (basicConstraints CA:FALSE)".into());
            return Err(CertificateError { file: origin.certificate.clone(), reason });
        }
        let made = || -> Result<Self, rcgen::Error> {
            let issuer = Issuer::from_ca_cert_pem(certificate, KeyPair::from_pem(key)?)?;
            Ok(Self { issuer, certificate: certificate.to_owned(), not_after: pair.facts().not_after })
        };
        made().map_err(|error| not_made(&origin.certificate, &error))
    }

    /// Signs a serving certificate for `names`, DNS names or IP addresses. It ends with the CA at the latest.
    pub fn issue(&self, names: &[String], now: Timestamp, lifetime: Duration) -> Result<Issued, CertificateError> {
        let made = || -> Result<Issued, Box<dyn std::error::Error>> {
            let common_name = names.first().map_or("backstop", String::as_str);
            // X.520 allows 64 characters; the API server looks at the names below only.
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
        made().map_err(|error| not_made("the serving certificate", &*error))
    }

    /// The CA's certificate, PEM: what goes into a webhook configuration's `caBundle`.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// The CA's key, PEM.
    pub fn key(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// End of the CA's validity.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

impl Issued {
    /// The pair, ready to serve with.
    pub fn pair(&self, name: &str) -> Result<Pair, CertificateError> {
        let origin = Origin { certificate: format!("{name} certificate"), key: format!("{name} key") };
        Pair::from_pem(self.certificate.as_bytes(), self.key.as_bytes(), origin)
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

fn not_made(what: &str, error: &dyn std::error::Error) -> CertificateError {
    CertificateError { file: what.to_owned(), reason: Reason::NotMade(error.to_string()) }
}
