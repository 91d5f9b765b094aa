//! Certificates: error messages, rotation during requests, and validity.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use backstop::http::{Drain, Limits};
use backstop::tls::authority::{Authority, DAY, Issued};
use backstop::tls::pair::{CertificatePair, PairFiles};
use backstop::tls::x509::CertificateFacts;
use backstop::tls::{CertificateProblem, Certificates, HandshakeFailure};
use jiff::{SignedDuration, Timestamp};
use rstest::rstest;
use rustls::SupportedProtocolVersion;
use rustls_pki_types::CertificateDer;
use tempfile::TempDir;

use crate::support::{Client, Server, eventually};

const DAYS: u32 = 30;

/// A directory with a certificate and its key, in the form in which the kubelet mounts a Secret: `tls.crt` is a link to
/// `..data/tls.crt`, and `..data` is a link to the present version.
struct Files {
    directory: TempDir,
    authority: Authority,
    versions: Cell<u32>,
}

impl Files {
    fn new() -> Self {
        let authority = Authority::generate(Timestamp::now(), DAY * 365).unwrap();
        let files = Self { directory: TempDir::new().unwrap(), authority, versions: Cell::new(0) };
        for name in ["tls.crt", "tls.key"] {
            symlink(Path::new("..data").join(name), files.directory.path().join(name)).unwrap();
        }
        files.write(&files.issue());
        files
    }

    fn issue(&self) -> Issued {
        self.authority.issue(&["localhost".into()], Timestamp::now(), DAY * DAYS).unwrap()
    }

    fn certificate(&self) -> PathBuf {
        self.directory.path().join("tls.crt")
    }

    fn key(&self) -> PathBuf {
        self.directory.path().join("tls.key")
    }

    fn write(&self, issued: &Issued) {
        self.versions.set(self.versions.get() + 1);
        let version = format!("..{}", self.versions.get());
        let root = self.directory.path();
        fs::create_dir(root.join(&version)).unwrap();
        fs::write(root.join(&version).join("tls.crt"), &issued.certificate).unwrap();
        fs::write(root.join(&version).join("tls.key"), &issued.key).unwrap();
        symlink(&version, root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    }

    fn load(&self, now: Timestamp) -> Result<Certificates, String> {
        Certificates::from_files(&self.certificate(), &self.key(), now).map_err(|error| error.to_string())
    }
}

fn truncated(path: &Path) {
    let text = fs::read(path).unwrap();
    fs::write(path, &text[..text.len() / 2]).unwrap();
}

#[rstest]
#[case::missing(|f: &Files| fs::remove_file(f.certificate()).unwrap(), "tls.crt", "no such file", "certs generate")]
#[case::unreadable(|f: &Files| { fs::remove_file(f.key()).unwrap(); fs::create_dir(f.key()).unwrap() }, "tls.key", "cannot be read", "check that it is a file")]
#[case::empty(|f: &Files| fs::write(f.certificate(), " \n").unwrap(), "tls.crt", "is empty", "write the PEM text")]
#[case::garbage(|f: &Files| fs::write(f.certificate(), "\u{0}garbage").unwrap(), "tls.crt", "contains no certificate", "check the path")]
#[case::garbage_key(|f: &Files| fs::write(f.key(), "garbage").unwrap(), "tls.key", "contains no private key", "check the path")]
#[case::truncated(|f: &Files| truncated(&f.certificate()), "tls.crt", "truncated", "write the complete file again")]
#[case::truncated_key(|f: &Files| truncated(&f.key()), "tls.key", "truncated", "write the complete file again")]
#[case::joined_lines(|f: &Files| fs::write(f.key(), "-----BEGIN PRIVATE KEY-----SUPERSECRET-----END PRIVATE KEY-----\n").unwrap(), "tls.key", "is truncated or damaged (an END line is missing, or the lines were joined)", "write the complete file again")]
#[case::damaged(|f: &Files| fs::write(f.certificate(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap(), "tls.crt", "certificate 1 of the chain", "write the file again")]
#[case::swapped(|f: &Files| { fs::copy(f.key(), f.certificate()).unwrap(); }, "tls.crt", "contains a private key", "swapped?")]
#[case::swapped_key(|f: &Files| { fs::copy(f.certificate(), f.key()).unwrap(); }, "tls.key", "contains a certificate", "swapped?")]
#[case::encrypted(|f: &Files| fs::write(f.key(), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n").unwrap(), "tls.key", "encrypted", "openssl pkey")]
#[case::other_key(|f: &Files| fs::write(f.key(), f.issue().key).unwrap(), "tls.key", "is not the key of the first certificate in", "put the serving certificate first")]
#[case::huge(|f: &Files| fs::write(f.key(), vec![b'a'; 2 << 20]).unwrap(), "tls.key", "larger than 1 MiB", "check the path")]
fn each_error_names_the_file_the_reason_and_the_next_step(
    #[case] spoil: impl Fn(&Files),
    #[case] file: &str,
    #[case] reason: &str,
    #[case] step: &str,
) {
    let files = Files::new();
    spoil(&files);
    let error = files.load(Timestamp::now()).unwrap_err();
    let path = files.directory.path().join(file).display().to_string();
    assert!(error.starts_with(&path), "{error}");
    assert!(error.contains(reason) && error.contains(step), "{error}");
}

#[test]
fn validity_is_checked_at_the_given_time() {
    let files = Files::new();
    let now = Timestamp::now();
    let after = |days: i64| now + SignedDuration::from_hours(24 * days);
    let error = files.load(after(31)).unwrap_err();
    assert!(error.contains("tls.crt: expired at ") && error.contains("renew"), "{error}");
    assert!(files.load(after(-1)).is_ok(), "a clock that is behind catches up");

    let certificates = files.load(now).unwrap();
    let facts = certificates.current();
    let (not_before, not_after) = (facts.facts().not_before, facts.facts().not_after);
    let (second, minute) = (SignedDuration::from_secs(1), SignedDuration::from_mins(1));
    let cases = [
        ("long before", after(-1), Some(CertificateProblem::NotYetValid(not_before))),
        ("a second before", not_before - second, Some(CertificateProblem::NotYetValid(not_before))),
        ("from the first second", not_before, None),
        ("now", now, None),
        ("until a minute before the end", not_after - minute - second, None),
        ("then readiness must be gone", not_after - minute, Some(CertificateProblem::Expired(not_after))),
        ("after the end", after(31), Some(CertificateProblem::Expired(not_after))),
    ];
    for (what, now, problem) in cases {
        assert_eq!(certificates.problem_at(now), problem, "{what}");
    }
}

#[test]
fn a_self_signed_certificate_is_valid_for_localhost_and_the_given_names() {
    let now = Timestamp::now();
    let certificates = Certificates::self_signed(&["backstop.backstop.svc".into()], now).unwrap();
    let pair = certificates.current();
    assert_eq!(pair.facts().names, ["localhost", "127.0.0.1", "::1", "backstop.backstop.svc"]);
    assert_eq!(pair.facts().key_type, "ECDSA P-256");
    let skew = now.duration_since(pair.facts().not_before).as_mins();
    assert_eq!(skew, 5, "for clients whose clocks are behind");
    assert_eq!(pair.facts().not_after.as_second(), (now + DAY * 90).as_second());
    assert!(!pair.facts().is_ca);
    assert!(certificates.ca_pem().unwrap().contains("BEGIN CERTIFICATE"));
    let error = Certificates::self_signed(&["not a name".into()], now);
    assert!(error.is_ok() || error.unwrap_err().to_string().contains("cannot be created"));
}

/// The serial number of the certificate that a new connection gets.
async fn served_serial(client: &Client) -> Option<String> {
    let stream = client.tls().await.ok()?;
    let certificate: &CertificateDer<'_> = stream.get_ref().1.peer_certificates()?.first()?;
    CertificateFacts::read(certificate).ok().map(|facts| facts.serial)
}

fn serial(issued: &Issued) -> String {
    issued.pair("test").unwrap().facts().serial.clone()
}

struct Rotating {
    files: Files,
    server: Server,
    client: Client,
}

impl Rotating {
    async fn start() -> Self {
        let files = Files::new();
        let certificates = Arc::new(files.load(Timestamp::now()).unwrap());
        // Handshakes get the default time limit, because many concurrent handshakes exceed the limit of `quick` on a
        // busy machine.
        let server = Server::start_with(certificates, Limits::default(), Drain::default()).await;
        let period = Duration::from_millis(20);
        tokio::spawn(Arc::clone(&server.certificates).keep_reloading(period, server.metrics.clone()));
        let client = Client::new(server.address, files.authority.certificate().as_bytes(), &["http/1.1"]);
        Self { files, server, client }
    }

    async fn serves(&self, serial: &str) -> bool {
        eventually(Duration::from_secs(5), async || served_serial(&self.client).await.as_deref() == Some(serial)).await
    }

    async fn counted(&self, line: &str) -> bool {
        eventually(Duration::from_secs(5), async || self.server.exporter.encode().contains(line)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_requests_loses_none() {
    let rotating = Rotating::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut load = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (client, stop) = (rotating.client.clone(), Arc::clone(&stop));
        load.spawn(async move {
            let mut kept = client.http1().await;
            let mut requests = 0;
            while !stop.load(Relaxed) {
                assert_eq!(kept.post("/echo", "kept").await.unwrap().status(), 200);
                assert_eq!(client.http1().await.post("/echo", "new").await.unwrap().status(), 200);
                requests += 2;
            }
            requests
        });
    }
    for _ in 0..5 {
        let next = rotating.files.issue();
        rotating.files.write(&next);
        assert!(rotating.serves(&serial(&next)).await, "the new certificate is not served");
    }
    stop.store(true, Relaxed);
    while let Some(requests) = load.join_next().await {
        assert!(requests.unwrap() > 0);
    }
}

type Spoil = Box<dyn Fn(&Files)>;

#[tokio::test]
async fn an_unusable_certificate_does_not_replace_the_one_in_use() {
    let rotating = Rotating::start().await;
    let issued = rotating.files.issue();
    let spoils: [(&str, Spoil); 6] = [
        ("garbage", Box::new(|f| fs::write(f.certificate(), "garbage").unwrap())),
        ("truncated", Box::new(|f| truncated(&f.certificate()))),
        ("empty", Box::new(|f| fs::write(f.key(), "").unwrap())),
        ("key of another", Box::new(move |f| fs::write(f.key(), &issued.key).unwrap())),
        ("gone", Box::new(|f| fs::remove_file(fs::canonicalize(f.key()).unwrap()).unwrap())),
        (
            "expired",
            Box::new(|f| {
                let past = Timestamp::now() - SignedDuration::from_hours(48);
                f.write(&f.authority.issue(&["localhost".into()], past, DAY).unwrap());
            }),
        ),
    ];
    for (index, (what, spoil)) in spoils.iter().enumerate() {
        let good = rotating.files.issue();
        rotating.files.write(&good);
        assert!(rotating.serves(&serial(&good)).await);
        spoil(&rotating.files);
        let failures = format!("backstop_certificate_reloads_total{{result=\"failed\"}} {}\n", index + 1);
        assert!(rotating.counted(&failures).await, "{what} was not noticed\n{}", rotating.server.exporter.encode());
        assert_eq!(served_serial(&rotating.client).await, Some(serial(&good)), "{what}");
        let reason = rotating.server.certificates.reload_result().unwrap_err();
        assert!(reason.starts_with("keeping the certificate in use: ") && reason.contains("tls."), "{what}: {reason}");
        assert_eq!(rotating.server.certificates.problem_at(Timestamp::now()), None);
    }
}

#[test]
fn the_caller_replaces_a_pair() {
    let files = Files::new();
    let origin = || PairFiles { certificate: "Secret a/b, tls.crt".into(), key: "Secret a/b, tls.key".into() };
    let (first, second) = (files.issue(), files.issue());
    let pair = |issued: &Issued| {
        CertificatePair::from_pem(issued.certificate.as_bytes(), issued.key.as_bytes(), origin()).unwrap()
    };
    let certificates = Certificates::from_pair(pair(&first));
    certificates.replace(pair(&second));
    assert_eq!(certificates.current().facts().serial, serial(&second));
    let error = CertificatePair::from_pem(first.certificate.as_bytes(), second.key.as_bytes(), origin()).unwrap_err();
    assert!(error.to_string().starts_with("Secret a/b, tls.key: is not the key"), "{error}");
}

/// The API server then sends no request, so the failed handshakes are the only sign.
#[rstest]
#[case::tls13(&rustls::version::TLS13)]
#[case::tls12(&rustls::version::TLS12)]
#[tokio::test]
async fn a_client_that_rejects_the_certificate_is_reported(#[case] version: &'static SupportedProtocolVersion) {
    let rotating = Rotating::start().await;
    let handshakes = rotating.server.certificates.handshakes();
    assert_eq!((handshakes.client_trust(), handshakes.failures(HandshakeFailure::Rejected)), (Ok(()), 0));
    let other = Authority::generate(Timestamp::now(), DAY).unwrap();
    let stranger =
        Client::with_versions(rotating.server.address, other.certificate().as_bytes(), &["http/1.1"], &[version]);
    assert!(stranger.tls().await.is_err());
    assert!(eventually(Duration::from_secs(5), async || handshakes.client_trust().is_err()).await);
    assert!(handshakes.client_trust().unwrap_err().contains("rejected the certificate once since "));
    // A connection without a handshake does not count as a rejection.
    drop(tokio::net::TcpStream::connect(rotating.server.address).await.unwrap());
    assert!(eventually(Duration::from_secs(5), async || handshakes.failures(HandshakeFailure::Other) == 1).await);
    assert_eq!(handshakes.failures(HandshakeFailure::Rejected), 1);
    rotating.client.http1().await;
    assert!(
        eventually(Duration::from_secs(5), async || handshakes.client_trust().is_ok()).await,
        "it is trusted again"
    );
}
