//! A server and its clients, for tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use backstop::http::{BodyLimits, BodyReader, Drain, Drained, Limits, Listener, Shutdown, Transport, protect, serve};
use backstop::telemetry::metrics::{self, Exporter, Metrics};
use backstop::tls::Certificates;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Limits that are short enough for tests.
pub fn quick() -> Limits {
    Limits {
        handshake: Duration::from_millis(300),
        head: Duration::from_millis(300),
        idle: Duration::from_secs(20),
        idle_when_full: Duration::from_millis(100),
        ..Limits::default()
    }
}

/// A running server with a self-signed certificate.
pub struct Server {
    pub address: SocketAddr,
    pub certificates: Arc<Certificates>,
    pub shutdown: Shutdown,
    pub metrics: Metrics,
    pub exporter: Exporter,
    pub bodies: BodyReader,
    pub ended: JoinHandle<Drained>,
}

impl Server {
    pub async fn start(limits: Limits, drain: Drain) -> Self {
        let certificates = Arc::new(Certificates::self_signed(&[], Timestamp::now()).unwrap());
        Self::start_with(certificates, limits, drain).await
    }

    pub async fn start_with(certificates: Arc<Certificates>, limits: Limits, drain: Drain) -> Self {
        let listener = Listener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr();
        let shutdown = Shutdown::new(drain);
        let (metrics, exporter) = metrics::new("test");
        let bodies = BodyReader::new(BodyLimits { each: 100_000, all: 300_000, time: Duration::from_millis(400) });
        let router = protect(routes(), bodies.clone(), metrics.clone());
        let transport = Transport::tls(&certificates).unwrap();
        let ended = tokio::spawn(serve(listener, transport, router, limits, shutdown.clone()));
        Self { address, certificates, shutdown, metrics, exporter, bodies, ended }
    }

    /// A client that trusts this server and offers `protocols`.
    pub fn client(&self, protocols: &[&str]) -> Client {
        Client::new(self.address, self.certificates.ca_pem().unwrap().as_bytes(), protocols)
    }

    /// Whether a normal client is served.
    pub async fn serves(&self) -> bool {
        let served = async { self.client(&["http/1.1"]).http1().await.post("/echo", "well").await };
        let answer = tokio::time::timeout(Duration::from_secs(10), served).await;
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.status() == 200 && answer.body() == "well"))
    }
}

fn routes() -> Router {
    Router::new()
        .route("/echo", post(echo))
        .route("/slow", post(slow))
        .route("/panic", get(async || -> Response { panic!("a poisonous object") }))
}

async fn echo(body: Bytes) -> Bytes {
    body
}

/// Answers after the number of milliseconds in its body.
async fn slow(body: String) -> String {
    sleep(Duration::from_millis(body.parse().unwrap())).await;
    body
}

/// The answer to a request.
pub type Answer = Result<http::Response<Bytes>, hyper::Error>;

#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    tls: TlsConnector,
}

impl Client {
    pub fn new(address: SocketAddr, ca: &[u8], protocols: &[&str]) -> Self {
        Self::with_versions(address, ca, protocols, rustls::DEFAULT_VERSIONS)
    }

    /// A client that offers only these versions of TLS.
    pub fn with_versions(
        address: SocketAddr,
        ca: &[u8],
        protocols: &[&str],
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Self { address, tls: TlsConnector::from(Arc::new(config)) }
    }

    pub async fn tls(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        self.tls.connect(ServerName::try_from("localhost").unwrap(), stream).await
    }

    pub async fn http1(&self) -> Http1 {
        self.try_http1().await.unwrap()
    }

    pub async fn try_http1(&self) -> std::io::Result<Http1> {
        let io = TokioIo::new(self.tls().await?);
        let (sender, connection) = http1::handshake(io).await.map_err(std::io::Error::other)?;
        tokio::spawn(connection);
        Ok(Http1(sender))
    }
}

pub struct Http1(pub http1::SendRequest<Full<Bytes>>);

impl Http1 {
    pub async fn send(&mut self, request: http::Request<Full<Bytes>>) -> Answer {
        self.0.ready().await?;
        collect(self.0.send_request(request).await?).await
    }

    pub async fn post(&mut self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(request("POST", path, body)).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(request("GET", path, "")).await
    }
}

pub fn request(method: &str, path: &str, body: impl Into<Bytes>) -> http::Request<Full<Bytes>> {
    let builder = http::Request::builder().method(method).uri(path).header("host", "localhost");
    builder.body(Full::new(body.into())).unwrap()
}

async fn collect(response: http::Response<hyper::body::Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    Ok(http::Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// Waits until `holds` is true, at most for `time`. Returns whether it became true.
pub async fn eventually(time: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let deadline = Instant::now() + time;
    while !holds().await {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(Duration::from_millis(10)).await;
    }
    true
}
