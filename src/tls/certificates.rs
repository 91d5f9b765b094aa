//! The certificate in use: it is read at each handshake, and replaced while the webhook serves, but never by an unusable one.
//!
//! The files are polled, and compared by content. A mounted Secret changes by swapping a symbolic link, which file
//! notifications miss on some systems.

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
use super::pair::{CertificateError, CertificatePair, PairFiles, read_file};
use super::x509::CertificateFacts;
use crate::telemetry::metrics::{Metrics, Outcome};

/// The time before the end of the certificate at which readiness ends, so that clients can go elsewhere; a hundredth of its
/// lifetime if that is shorter.
const MARGIN: Duration = Duration::from_mins(1);

/// The lifetime of the CA of a self-signed pair.
const CA_LIFETIME: Duration = DAY.saturating_mul(365);

/// The lifetime of a self-signed serving certificate. It is renewed when a third is left.
const LEAF_LIFETIME: Duration = DAY.saturating_mul(90);

/// The serving certificate of this process.
#[derive(Debug)]
pub struct Certificates {
    current: ArcSwap<CertificatePair>,
    source: Source,
    handshakes: Arc<Handshakes>,
    /// The reason why the present content of the files is not in use.
    rejection: Mutex<Option<String>>,
}

#[derive(Debug)]
enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    SelfSigned { authority: Box<Authority>, names: Vec<String> },
    Caller,
}

/// The reason why clients reject the certificate in use, or soon will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// The certificate is not valid yet.
    NotYetValid(Timestamp),
    /// The certificate has expired, or will within a minute.
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
    /// If a file cannot be used, or the certificate has expired. A certificate that is not valid *yet* is accepted, because the
    /// usual reason is a slow clock; [`Self::problem_at`] keeps the process unready until then.
    pub fn from_files(certificate: &Path, key: &Path, now: Timestamp) -> Result<Self, CertificateError> {
        let files = Files::read(certificate, key)?;
        let pair = files.pair(certificate, key)?;
        if now >= pair.facts().not_before {
            pair.verify_time(now)?;
        }
        let source = Source::Files { certificate: certificate.to_owned(), key: key.to_owned() };
        Ok(Self::new(pair, source))
    }

    /// Creates a CA and a pair for localhost, 127.0.0.1, `::1` and `names`, in memory only.
    pub fn self_signed(names: &[String], now: Timestamp) -> Result<Self, CertificateError> {
        let authority = Box::new(Authority::generate(now, CA_LIFETIME)?);
        let local = ["localhost", "127.0.0.1", "::1"].map(String::from);
        let names: Vec<String> = local.iter().chain(names).cloned().collect();
        let pair = authority.issue(&names, now, LEAF_LIFETIME)?.pair("self-signed")?;
        Ok(Self::new(pair, Source::SelfSigned { authority, names }))
    }

    /// Uses a pair that the caller [replaces](Self::replace) in time.
    pub fn from_pair(pair: CertificatePair) -> Self {
        Self::new(pair, Source::Caller)
    }

    fn new(pair: CertificatePair, source: Source) -> Self {
        if pair.facts().names.is_empty() {
            tracing::warn!(
                subject = pair.facts().subject,
                "the certificate has no subject alternative names: the API server will reject it, because it ignores the common name"
            );
        }
        let current = ArcSwap::from_pointee(pair);
        Self { current, source, handshakes: Arc::default(), rejection: Mutex::default() }
    }

    /// The results of handshakes with these certificates.
    pub fn handshakes(&self) -> Arc<Handshakes> {
        Arc::clone(&self.handshakes)
    }

    /// Returns whether the present content of the files is in use.
    ///
    /// # Errors
    /// If not, the reason.
    pub fn reload_result(&self) -> Result<(), String> {
        let rejection = self.rejection.lock().clone();
        rejection.map_or(Ok(()), |reason| Err(format!("keeping the certificate in use: {reason}")))
    }

    /// The certificate that clients must trust, in PEM format, if the pair is self-signed.
    pub fn ca_pem(&self) -> Option<&str> {
        match &self.source {
            Source::SelfSigned { authority, .. } => Some(authority.certificate()),
            Source::Files { .. } | Source::Caller => None,
        }
    }

    /// Uses `pair` for new handshakes.
    pub fn replace(&self, pair: CertificatePair) {
        self.current.store(Arc::new(pair));
    }

    /// The pair in use.
    pub fn current(&self) -> Arc<CertificatePair> {
        self.current.load_full()
    }

    /// Returns why clients reject the certificate at the time `now`, or soon will.
    pub fn problem_at(&self, now: Timestamp) -> Option<CertificateProblem> {
        problem(&self.current.load(), now)
    }

    /// The end of the validity of the certificate.
    pub fn not_after(&self) -> Timestamp {
        self.current.load().facts().not_after
    }

    /// Returns the settings of a TLS server with this certificate: TLS 1.2 and 1.3, HTTP/1.1. The API
    /// server calls webhooks with HTTP/1.1 (`pkg/util/webhook/client.go` of kubernetes/apiserver).
    ///
    /// # Errors
    /// If the cryptographic provider lacks a protocol version, which a test would have shown.
    pub fn server_config(self: &Arc<Self>) -> Result<rustls::ServerConfig, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Self>::clone(self));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The API server never resumes a session: tickets would only cost bytes and time.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(config)
    }

    /// Reads the files every `period` and uses changed ones, or renews a self-signed pair. It never returns, and may be aborted
    /// at any time.
    pub async fn keep_reloading(self: Arc<Self>, period: Duration, metrics: Metrics) {
        let mut watch = FileWatch::default();
        let mut last_problem = None;
        loop {
            metrics.certificate_not_after(self.not_after().as_second());
            let problem = self.problem_at(Timestamp::now());
            if let Some(problem) = problem.filter(|_| problem != last_problem) {
                tracing::error!(%problem, "clients reject the certificate in use");
            }
            last_problem = problem;
            tokio::time::sleep(period).await;
            let certificates = Arc::clone(&self);
            let reload = tokio::task::spawn_blocking(move || {
                let result = certificates.reload(&mut watch, Timestamp::now());
                (watch, result)
            });
            let Ok((returned, result)) = reload.await else {
                // A panic over one content of the files must not end the reload of all later ones.
                metrics.panicked();
                watch = FileWatch::default();
                continue;
            };
            watch = returned;
            self.rejection.lock().clone_from(&watch.rejection);
            self.report(&result, &metrics);
        }
    }

    fn report(&self, result: &Reload, metrics: &Metrics) {
        match result {
            Reload::Unchanged => {}
            Reload::Replaced => {
                let current = self.current();
                let CertificateFacts { serial, not_after, .. } = current.facts();
                tracing::info!(serial, %not_after, "a new certificate is in use");
                metrics.certificate_reload(Outcome::Ok);
            }
            Reload::Rejected(reason) => {
                tracing::error!(reason, "the new certificate cannot be used; keeping the one in use");
                metrics.certificate_reload(Outcome::Failed);
            }
        }
    }

    /// Reads the files again, or renews a self-signed pair.
    fn reload(&self, watch: &mut FileWatch, now: Timestamp) -> Reload {
        match &self.source {
            Source::Files { certificate, key } => watch.reload(&self.current, certificate, key, now),
            Source::SelfSigned { authority, names } if is_due(&self.current(), authority.not_after(), now) => {
                match authority.issue(names, now, LEAF_LIFETIME).and_then(|issued| issued.pair("self-signed")) {
                    Ok(pair) => {
                        self.replace(pair);
                        Reload::Replaced
                    }
                    Err(error) => watch.rejected(error.to_string()),
                }
            }
            Source::SelfSigned { .. } | Source::Caller => Reload::Unchanged,
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.load().certified))
    }
}

/// The result of reading the files again.
#[derive(Debug, PartialEq, Eq)]
enum Reload {
    Unchanged,
    Replaced,
    /// The new content cannot be used. Returned once for each reason.
    Rejected(String),
}

/// The state of following the files.
#[derive(Debug, Default)]
struct FileWatch {
    /// The content in use, once it was read a second time.
    in_use: Option<Files>,
    /// The reason why the present content is not in use.
    rejection: Option<String>,
}

impl FileWatch {
    fn reload(&mut self, current: &ArcSwap<CertificatePair>, certificate: &Path, key: &Path, now: Timestamp) -> Reload {
        let candidate = match Files::read(certificate, key) {
            Ok(files) if self.in_use.as_ref() == Some(&files) => return self.unchanged(),
            Ok(files) => files.pair(certificate, key).map(|pair| (files, pair)),
            Err(error) => Err(error),
        };
        let (files, pair) = match candidate {
            Ok(candidate) => candidate,
            Err(error) => return self.rejected(error.to_string()),
        };
        let serving = current.load();
        if serving.certified.cert == pair.certified.cert {
            self.in_use = Some(files);
            return self.unchanged();
        }
        match pair.verify_time(now) {
            Err(error) if problem(&serving, now).is_none() => self.rejected(error.to_string()),
            _ => {
                current.store(Arc::new(pair));
                self.in_use = Some(files);
                self.rejection = None;
                Reload::Replaced
            }
        }
    }

    fn unchanged(&mut self) -> Reload {
        self.rejection = None;
        Reload::Unchanged
    }

    fn rejected(&mut self, reason: String) -> Reload {
        if self.rejection.as_ref() == Some(&reason) {
            return Reload::Unchanged;
        }
        self.rejection = Some(reason.clone());
        Reload::Rejected(reason)
    }
}

/// The content of the two files.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl fmt::Debug for Files {
    /// Omits the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

impl Files {
    /// Reads both files, and repeats it if the certificate changes meanwhile: an old certificate and a new key do not match.
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

    fn pair(&self, certificate: &Path, key: &Path) -> Result<CertificatePair, CertificateError> {
        let files = PairFiles { certificate: certificate.display().to_string(), key: key.display().to_string() };
        CertificatePair::from_pem(&self.certificate, &self.key, files)
    }
}

fn problem(pair: &CertificatePair, now: Timestamp) -> Option<CertificateProblem> {
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

/// Returns whether to renew a self-signed pair: less than a third of its lifetime is left, and its CA is valid for longer.
fn is_due(pair: &CertificatePair, issuer_not_after: Timestamp, now: Timestamp) -> bool {
    let facts = pair.facts();
    let lifetime = facts.not_after.duration_since(facts.not_before);
    now > facts.not_after - lifetime / 3 && facts.not_after < issuer_not_after
}
