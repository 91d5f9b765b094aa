//! `backstop demo`: shows the webhook in one process, with the real server, TLS and AdmissionReviews.

mod client;
mod story;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;

use super::{Console, PASSED};
use crate::http::{BodyLimits, BodyReader, Limits, Listener, Shutdown, Transport, serve};
use crate::sources::FactSource;
use crate::telemetry::metrics;
use crate::tls::Certificates;
use crate::webhook::{self, Admission};

/// Flags of `backstop demo`.
#[derive(Debug, Args)]
#[command(after_help = "The demo uses no cluster: it serves an embedded example, and sends itself the requests of an \
                        API server.")]
pub struct Demo {
    /// Keep the webhook running afterwards, and print a curl command
    #[arg(long)]
    keep: bool,
}

impl Demo {
    /// Runs the demo.
    ///
    /// # Errors
    /// If no loopback port is free, or stdout cannot be written to.
    pub async fn run(self, console: Console) -> anyhow::Result<u8> {
        let certificates = Arc::new(Certificates::self_signed(&[], Timestamp::now())?);
        let ca = certificates.ca_pem().context("the certificate has no CA")?.to_owned();
        let listener = Listener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr();
        let shutdown = Shutdown::immediate();
        let server = serve(listener, Transport::tls(&certificates)?, router()?, Limits::default(), shutdown.clone());
        let server = tokio::spawn(server);

        console.result(&story::opening(address))?;
        for scene in story::SCENES {
            let review = scene.review()?;
            let answer = client::post(address, &ca, review.to_string()).await?;
            console.result(&scene.output(&answer))?;
        }
        console.result(story::ENDING)?;
        // The files exist until the server ends.
        let kept = if self.keep { Some(Kept::write(&ca)?) } else { None };
        match &kept {
            Some(kept) => {
                shutdown.on_signals()?;
                console.result(&kept.curl(address))?;
            }
            None => shutdown.begin(),
        }
        server.await.context("the demo's server failed")?;
        Ok(PASSED)
    }
}

/// The webhook for the embedded cluster, wired as in `serve`.
fn router() -> anyhow::Result<axum::Router> {
    let (metrics, _) = metrics::new(env!("CARGO_PKG_VERSION"));
    let facts = FactSource::Snapshot(Arc::new(story::cluster()?));
    let admission = Admission { facts, policy: Arc::default(), metrics: metrics.clone() };
    Ok(crate::http::protect(webhook::router(admission), BodyReader::new(BodyLimits::default()), metrics))
}

/// The files for the curl command of `--keep`. They are deleted when the demo ends.
struct Kept(PathBuf);

impl Kept {
    fn write(ca: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("backstop-demo-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let kept = Self(folder);
        kept.file("ca.crt", ca)?;
        if let Some(scene) = story::SCENES.get(1) {
            kept.file("review.json", &scene.review()?.to_string())?;
        }
        Ok(kept)
    }

    fn file(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    fn curl(&self, address: SocketAddr) -> String {
        let file = |name: &str| Path::new(&self.0).join(name).display().to_string();
        format!(
            "The webhook runs until Ctrl-C. Send it a request:\n\n  curl --cacert {} -H 'Content-Type: application/json' \
             --data @{} https://{address}/validate\n",
            file("ca.crt"),
            file("review.json"),
        )
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // A file that stays in the temporary folder does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
