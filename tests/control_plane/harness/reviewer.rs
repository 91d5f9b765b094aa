//! Sends reviews to a replica over TLS, as the API server does, while there is no API server.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::control_plane::runtime;

const PATIENCE: Duration = Duration::from_secs(5);

/// Reuses open connections, as the client of the API server does.
#[derive(Clone)]
pub(crate) struct Reviewer {
    tls: TlsConnector,
    to: SocketAddr,
    idle: Arc<Mutex<Vec<SendRequest<Full<Bytes>>>>>,
}

impl Reviewer {
    /// A reviewer for the webhook at `to`, whose certificates are in `folder/certs`.
    pub(crate) fn new(folder: &Path, to: SocketAddr) -> Self {
        backstop::tls::install_crypto_provider();
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(folder.join("certs/ca.crt")).expect("the CA is there");
        roots.add(authority).expect("the CA is one");
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        // The client of Go has no session cache, so every handshake is a full one.
        config.resumption = rustls::client::Resumption::disabled();
        Self { tls: TlsConnector::from(Arc::new(config)), to, idle: Arc::default() }
    }

    /// Posts a review, and returns the `response` of the answer.
    pub(crate) fn ask(&self, review: &Value) -> Result<Value, String> {
        let answer = runtime().block_on(self.post(Bytes::from(review.to_string())))?;
        let answer: Value = serde_json::from_slice(&answer).map_err(|error| error.to_string())?;
        Ok(answer["response"].clone())
    }

    /// Posts a body to `/validate`, and returns the body of the answer, whose status must be 200.
    pub(crate) async fn post(&self, body: Bytes) -> Result<Bytes, String> {
        let exchange = async {
            let mut connection = self.connection().await?;
            let request = hyper::Request::post("/validate?timeout=5s")
                .header("host", "backstop.backstop.svc")
                .header("content-type", "application/json")
                .body(Full::new(body));
            let request = request.map_err(|error| error.to_string())?;
            let answer = connection.send_request(request).await.map_err(|error| format!("{error:?}"))?;
            let (status, closes) =
                (answer.status(), answer.headers().get("connection").is_some_and(|it| it == "close"));
            let body = answer.into_body().collect().await.map_err(|error| format!("{error:?}"))?.to_bytes();
            if !closes && connection.ready().await.is_ok() {
                self.idle.lock().push(connection);
            }
            if status == 200 { Ok(body) } else { Err(format!("{status}: {}", String::from_utf8_lossy(&body))) }
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap_or_else(|_| Err("no answer within 5 s".to_owned()))
    }

    /// An idle connection that the server has not closed, or a new one.
    async fn connection(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        loop {
            let Some(idle) = self.idle.lock().pop() else { break };
            if idle.is_ready() {
                return Ok(idle);
            }
        }
        let stream = TcpStream::connect(self.to).await.map_err(|error| format!("no connection: {error}"))?;
        let name = ServerName::try_from("backstop.backstop.svc").expect("a name");
        let stream = self.tls.connect(name, stream).await.map_err(|error| format!("no handshake: {error}"))?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// The review of the creation of an Ingress in `namespace` to `service`.
pub(crate) fn review(namespace: &str, service: &str) -> Value {
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": namespace},
        "spec": {"ingressClassName": "nginx", "defaultBackend": {"service": {"name": service, "port": {"number": 80}}}}});
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"},
            "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
            "name": "web", "namespace": namespace, "operation": "CREATE", "dryRun": false,
            "userInfo": {"username": "admin"}, "object": object, "oldObject": null}})
}
