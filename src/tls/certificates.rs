//! The certificate in use: chosen at each handshake, replaced while serving, never by something worse.
//!
//! Files are polled and compared by content. Mounted Secrets change by a symlink swap that file notifications
//! miss on some systems, and a poll cannot be lost.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use parking_lot::Mutex;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use super::authority::{Authority, DAY};
use super::handshakes::Handshakes;
use super::pair::{CertificateError, Origin, Pair, read_file};
use super::x509::CertificateFacts;
use crate::telemetry::metrics::{Metrics, Outcome};

/// Readiness ends this long before the certificate does, or a hundredth of its lifetime if that is shorter:
/// clients must have gone elsewhere by then.
const MARGIN: Duration = Duration::from_mins(1);

/// Lifetime of the CA of a self-signed pair.
const CA_LIFETIME: Duration = DAY.saturating_mul(365);

/// Lifetime of a self-signed serving certificate; it is renewed when a third is left.
const LEAF_LIFETIME: Duration = DAY.saturating_mul(90);

/// The serving certificate of this process.
#[derive(Debug)]
pub struct Certificates {
    current: Current,
    source: Source,
    handshakes: Arc<Handshakes>,
    /// Why what the files hold now is not in use.
    complaint: Mutex<Option<String>>,
}

#[derive(Debug)]
enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    SelfSigned { authority: Box<Authority>, names: Vec<String> },
    Given,
}

/// Why clients refuse the certificate in use, or soon will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// Its time has not come.
    NotYetValid(Timestamp),
    /// Its time is over, or will be in a minute.
    Expired(Timestamp),
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid(time) => write!(f, "not valid before {time}"),
            Self::Expired(time) => write!(f, "expires at {time}"),
        }
    }
}

impl Certificates {
    /// Loads a pair from PEM files.
    ///
    /// # Errors
    /// A file cannot be used, or the certificate has expired. One that is not valid *yet* is taken, because that is most
    /// often a clock which is a little behind; [`Self::problem_at`] keeps the process unready until then.
    pub fn from_files(certificate: &Path, key: &Path, now: Timestamp) -> Result<Self, CertificateError> {
        let files = Files::read(certificate, key)?;
        let pair = files.pair(certificate, key)?;
        if now >= pair.facts().not_before {
            pair.in_time(now)?;
        }
        let source = Source::Files { certificate: certificate.to_owned(), key: key.to_owned() };
        Ok(Self::new(pair, source))
    }

    /// Makes a CA and a pair for localhost, 127.0.0.1, `::1` and `names`. Nothing is written anywhere.
    pub fn self_signed(names: &[String], now: Timestamp) -> Result<Self, CertificateError> {
        let authority = Box::new(Authority::generate(now, CA_LIFETIME)?);
        let local = ["localhost", "127.0.0.1", "::1"].map(String::from);
        let names: Vec<String> = local.iter().chain(names).cloned().collect();
        let pair = authority.issue(&names, now, LEAF_LIFETIME)?.pair("self-signed")?;
        Ok(Self::new(pair, Source::SelfSigned { authority, names }))
    }

    /// Serves with a pair from elsewhere, which whoever has it [replaces](Self::replace) in time.
    pub fn given(pair: Pair) -> Self {
        Self::new(pair, Source::Given)
    }

    fn new(pair: Pair, source: Source) -> Self {
        Self { current: Current::new(pair), source, handshakes: Arc::default(), complaint: Mutex::default() }
    }

    /// What became of the handshakes.
    pub fn handshakes(&self) -> Arc<Handshakes> {
        Arc::clone(&self.handshakes)
    }

    /// Whether the last look at the files found nothing that could not be used.
    ///
    /// # Errors
    /// What is wrong with what they hold now.
    pub fn reloaded(&self) -> Result<(), String> {
        let complaint = self.complaint.lock().clone();
        complaint.map_or(Ok(()), |complaint| Err(format!("keeping the certificate in use: {complaint}")))
    }

    /// The certificate that clients must trust, PEM, if the pair was made here.
    pub fn ca_pem(&self) -> Option<&str> {
        match &self.source {
            Source::SelfSigned { authority, .. } => Some(authority.certificate()),
            Source::Files { .. } | Source::Given => None,
        }
    }

    /// New handshakes get `pair`.
    pub fn replace(&self, pair: Pair) {
        self.current.0.store(Arc::new(pair));
    }

    /// The pair in use.
    pub fn current(&self) -> Arc<Pair> {
        self.current.0.load_full()
    }

    /// Why this process should not be sent requests at `now`.
    pub fn problem_at(&self, now: Timestamp) -> Option<CertificateProblem> {
        problem(&self.current.0.load(), now)
    }

    /// End of the certificate's validity.
    pub fn not_after(&self) -> Timestamp {
        self.current.0.load().facts().not_after
    }

    /// Returns the settings of a TLS server with this certificate: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    ///
    /// # Errors
    /// If the cryptographic provider lacks a protocol version, which a test would have shown.
    pub fn server_config(self: &Arc<Self>) -> Result<rustls::ServerConfig, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // The API server never resumes a session: tickets would only cost bytes and time.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(config)
    }

    /// Follows changes of the files, and renews a self-signed pair, looking every `period`. Does not return, and needs no
    /// orderly end.
    pub async fn keep_reloading(self: Arc<Self>, period: Duration, metrics: Metrics) {
        let mut watch = Watch::default();
        let mut said = None;
        loop {
            metrics.certificate_not_after(self.not_after().as_second());
            let problem = self.problem_at(Timestamp::now());
            if let Some(problem) = problem.filter(|_| problem != said) {
                tracing::error!(%problem, "clients refuse the certificate in use");
            }
            said = problem;
            tokio::time::sleep(period).await;
            let certificates = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || {
                let found = certificates.look(&mut watch, Timestamp::now());
                (watch, found)
            });
            let Ok((looked_with, found)) = looked.await else {
                return;
            };
            watch = looked_with;
            self.complaint.lock().clone_from(&watch.complaint);
            self.report(&found, &metrics);
        }
    }

    fn report(&self, found: &Look, metrics: &Metrics) {
        match found {
            Look::Same => {}
            Look::Replaced => {
                let current = self.current();
                let CertificateFacts { serial, not_after, .. } = current.facts();
                tracing::info!(serial, %not_after, "serving with a new certificate");
                metrics.certificate_reload(Outcome::Ok);
            }
            Look::Refused(reason) => {
                tracing::error!(reason, "the new certificate cannot be used; keeping the one in use");
                metrics.certificate_reload(Outcome::Failed);
            }
        }
    }

    /// One look for something new at `now`.
    fn look(&self, watch: &mut Watch, now: Timestamp) -> Look {
        match &self.source {
            Source::Files { certificate, key } => watch.look(&self.current, certificate, key, now),
            Source::SelfSigned { authority, names } if is_due(&self.current(), authority.not_after(), now) => {
                match authority.issue(names, now, LEAF_LIFETIME).and_then(|issued| issued.pair("self-signed")) {
                    Ok(pair) => {
                        self.replace(pair);
                        Look::Replaced
                    }
                    Err(error) => watch.refused(error.to_string()),
                }
            }
            Source::SelfSigned { .. } | Source::Given => Look::Same,
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.0.load().certified))
    }
}

#[derive(Debug)]
struct Current(ArcSwap<Pair>);

impl Current {
    fn new(pair: Pair) -> Self {
        if pair.facts().names.is_empty() {
            tracing::warn!(
                subject = pair.facts().subject,
                "the certificate has no subject alternative names: the API server will refuse it, as it ignores the common name"
            );
        }
        Self(ArcSwap::from_pointee(pair))
    }
}

/// What a look brought.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Same,
    Replaced,
    /// There is something new that is not taken; said once for each reason.
    Refused(String),
}

/// What was seen at the last look.
#[derive(Debug, Default)]
struct Watch {
    taken: Option<Files>,
    complaint: Option<String>,
}

impl Watch {
    fn look(&mut self, current: &Current, certificate: &Path, key: &Path, now: Timestamp) -> Look {
        let candidate = match Files::read(certificate, key) {
            Ok(files) if self.taken.as_ref() == Some(&files) => return self.same(),
            Ok(files) => files.pair(certificate, key).map(|pair| (files, pair)),
            Err(error) => Err(error),
        };
        let (files, pair) = match candidate {
            Ok(candidate) => candidate,
            Err(error) => return self.refused(error.to_string()),
        };
        let in_use = current.0.load();
        if in_use.certified.cert == pair.certified.cert {
            self.taken = Some(files);
            return self.same();
        }
        match pair.in_time(now) {
            Err(error) if problem(&in_use, now).is_none() => self.refused(error.to_string()),
            _ => {
                current.0.store(Arc::new(pair));
                self.taken = Some(files);
                self.complaint = None;
                Look::Replaced
            }
        }
    }

    fn same(&mut self) -> Look {
        self.complaint = None;
        Look::Same
    }

    fn refused(&mut self, reason: String) -> Look {
        if self.complaint.as_ref() == Some(&reason) {
            return Look::Same;
        }
        self.complaint = Some(reason.clone());
        Look::Refused(reason)
    }
}

/// The contents of the two files.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl fmt::Debug for Files {
    /// Never shows a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

impl Files {
    /// Reads both, and again when the certificate changed meanwhile: a pair of two halves would be refused as a mismatch.
    fn read(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        let mut first = read_file(certificate)?;
        for _ in 0..3 {
            let files = Self { certificate: first, key: read_file(key)? };
            first = read_file(certificate)?;
            if first == files.certificate {
                return Ok(files);
            }
        }
        Ok(Self { certificate: first, key: read_file(key)? })
    }

    fn pair(&self, certificate: &Path, key: &Path) -> Result<Pair, CertificateError> {
        let origin = Origin { certificate: certificate.display().to_string(), key: key.display().to_string() };
        Pair::from_pem(&self.certificate, &self.key, origin)
    }
}

fn problem(pair: &Pair, now: Timestamp) -> Option<CertificateProblem> {
    let facts = pair.facts();
    let lifetime = facts.not_after.duration_since(facts.not_before).unsigned_abs();
    if now < facts.not_before {
        Some(CertificateProblem::NotYetValid(facts.not_before))
    } else if now.saturating_add(MARGIN.min(lifetime / 100)).is_ok_and(|soon| soon >= facts.not_after) {
        Some(CertificateProblem::Expired(facts.not_after))
    } else {
        None
    }
}

/// Whether to renew: a third of the time is left, and the issuer lives longer than the certificate in use.
fn is_due(pair: &Pair, issuer_not_after: Timestamp, now: Timestamp) -> bool {
    let facts = pair.facts();
    let lifetime = facts.not_after.duration_since(facts.not_before);
    now > facts.not_after - lifetime / 3 && facts.not_after < issuer_not_after
}
