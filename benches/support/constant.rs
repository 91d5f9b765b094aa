//! The constant webhook, in a separate process: it reads each review and allows it without a judgement. It has the same
//! accept loop, TLS, body limits and panic handler as Backstop.

use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::post;
use backstop::http::{Limits, Listener, Shutdown, Transport};
use backstop::telemetry::metrics;
use backstop::tls::{Certificates, install_crypto_provider};
use bytes::Bytes;

use super::world;

/// The argument that starts this program as the server.
pub(crate) const SERVE: &str = "serve-constant";

static ANSWERED: AtomicU64 = AtomicU64::new(0);

/// The process of the server, with the certificate in `folder`. It prints its address, and then, for each line on
/// standard input, the number of answered reviews. It ends with its standard input.
pub(crate) fn serve(folder: &Path) {
    install_crypto_provider();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let now = jiff::Timestamp::now();
        let certificates = Certificates::from_files(&folder.join("tls.crt"), &folder.join("tls.key"), now).unwrap();
        let tls = Transport::tls(&Arc::new(certificates)).unwrap();
        let (metrics, _) = metrics::new("bench");
        let router = world::as_served(axum::Router::new().route("/validate", post(allow)), metrics);
        let listener = Listener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr());
        tokio::spawn(backstop::http::serve(listener, tls, router, Limits::default(), Shutdown::immediate()));
        let asked = || std::io::stdin().lines().for_each(|_| println!("{}", ANSWERED.load(Relaxed)));
        tokio::task::spawn_blocking(asked).await.unwrap();
    });
}

async fn allow(review: Bytes) -> impl IntoResponse {
    ANSWERED.fetch_add(1, Relaxed);
    let uid = uid(&review);
    let answer = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{{"uid":"{uid}","allowed":true,"auditAnnotations":{{"verdict":"pass"}}}}}}"#
    );
    ([(header::CONTENT_TYPE, "application/json")], answer)
}

/// The `uid` of the request is the first `uid` in the JSON of the API server.
fn uid(review: &[u8]) -> String {
    let field = br#""uid":""#;
    let at = review.windows(field.len()).position(|bytes| bytes == field).map_or(review.len(), |at| at + field.len());
    let uid = review[at..].split(|byte| *byte == b'"').next().unwrap_or_default();
    String::from_utf8_lossy(uid).into_owned()
}

/// The running server.
pub(crate) struct Constant {
    process: Child,
    asks: ChildStdin,
    says: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Constant {
    pub(crate) fn start(certificates: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(SERVE).arg(certificates).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let asks = process.stdin.take().unwrap();
        let mut says = BufReader::new(process.stdout.take().unwrap());
        let address = line(&mut says).parse().unwrap();
        Self { process, asks, says, address }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// The number of answered reviews.
    pub(crate) fn answered(&mut self) -> u64 {
        self.asks.write_all(b"\n").unwrap();
        line(&mut self.says).parse().unwrap()
    }
}

impl Drop for Constant {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
