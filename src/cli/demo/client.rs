//! Sends one request as the API server does: HTTP/1.1 over TLS, with a CA bundle.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Posts a review to the webhook at `address`, and returns the `response` of its answer.
///
/// # Errors
/// If the connection fails, or the answer is not a review.
pub(super) async fn post(address: SocketAddr, ca: &str, review: String) -> anyhow::Result<Value> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.with_context(|| format!("cannot connect to {address}"))?;
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::post("/validate?timeout=5s")
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(bytes::Bytes::from(review)))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        bail!("the webhook answered {status}: {}", String::from_utf8_lossy(&body));
    }
    let mut review: Value = serde_json::from_slice(&body)?;
    Ok(review.get_mut("response").map(Value::take).unwrap_or_default())
}
