//! `backstop serve`: the webhook.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use clap::Args;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::check;
use super::global::host;
use super::{Console, Global, PASSED, invalid_configuration};
use crate::engine::controllers::Profile;
use crate::engine::model::is_subdomain;
use crate::engine::policy::{Mode, Policy};
use crate::http::{BodyLimits, BodyReader, Drain, Limits, Listener, Shutdown, Transport, admin};
use crate::sources::{self, FactSource, FollowedPolicy, Overrides};
use crate::telemetry::Conditions;
use crate::telemetry::logs::READY;
use crate::telemetry::metrics::{self, Exporter, Metrics, TLS_HANDSHAKES_FAILED};
use crate::tls::{Certificates, HandshakeFailure};
use crate::webhook::{self, Admission};

/// How often certificate files are read again: a mounted Secret changes without any event that can be trusted.
const CERTIFICATE_POLL: Duration = Duration::from_secs(10);

/// How often the configuration file is read again, which is small.
const CONFIGURATION_POLL: Duration = Duration::from_secs(2);

/// Flags of `backstop serve`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("certificate").required(true).args(["tls_cert", "self_signed"]))]
#[command(after_help = "Examples:
  backstop serve --tls-cert tls.crt --tls-key tls.key        in a cluster, or with the current kubeconfig
  backstop serve --self-signed --snapshot cluster.yaml       on a laptop, against files
  curl -s http://127.0.0.1:8080/readyz?verbose               why it is not ready")]
pub struct Serve {
    /// Address of the webhook (TLS); port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8443", value_parser = address)]
    listen: String,
    /// Address of /livez, /readyz and /metrics (plain HTTP)
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8080", value_parser = address)]
    admin_listen: String,
    /// Certificate chain in PEM; read again when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Make a certificate in memory, for localhost, its addresses and each --dns-name
    #[arg(long, conflicts_with = "tls_cert")]
    self_signed: bool,
    /// Another name for the --self-signed certificate
    #[arg(long, value_name = "NAME", requires = "self_signed", value_parser = host)]
    dns_name: Vec<String>,
    /// Write the CA of the --self-signed certificate to this file
    #[arg(long, value_name = "FILE", requires = "self_signed")]
    ca_out: Option<PathBuf>,
    /// Take the facts from the live cluster: in-cluster, else the kubeconfig's (default)
    #[arg(long, conflicts_with = "snapshot")]
    cluster: bool,
    /// Take the facts from files instead: what `kubectl get … -o json` writes
    #[arg(long, value_name = "FILE|DIR")]
    snapshot: Option<PathBuf>,
    /// The most that findings may do, whatever a namespace says: enforce, warn, audit or off; in place of the mode in the
    /// configuration file (default: enforce)
    #[arg(long, value_name = "MODE")]
    mode: Option<Mode>,
    /// The profile of Ingresses whose controller cannot be identified
    #[arg(long, value_name = "PROFILE", value_parser = check::profile)]
    controller: Option<&'static Profile>,
    /// How long to go on answering after SIGTERM before connections are closed
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    drain_delay: Duration,
    /// How long the whole shutdown may take
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    grace: Duration,
}

/// Reads `HOST:PORT`. Whether the address can be had is seen when it is bound.
fn address(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, port)| {
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let named =
            bracketed.map_or_else(|| is_subdomain(&host.to_ascii_lowercase()), |it| it.parse::<Ipv6Addr>().is_ok());
        named && port.parse::<u16>().is_ok()
    });
    let told = "write HOST:PORT, such as 0.0.0.0:8443 or [::]:8443; ports go up to 65535";
    parts.map(|_| text.to_owned()).ok_or_else(|| told.to_owned())
}

/// Reads a duration as `5s`, `1m30s` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}; write 5s, 1m30s or 500ms"))?;
    span.try_into().map_err(|_| "it must not be negative".to_owned())
}

impl Serve {
    /// Serves until a signal ends it.
    ///
    /// # Errors
    /// What keeps it from starting: addresses, certificates, the snapshot, the kubeconfig.
    pub async fn run(self, global: &Global, console: Console) -> anyhow::Result<u8> {
        let (metrics, exporter) = metrics::new(env!("CARGO_PKG_VERSION"));
        let overrides = Overrides { mode: self.mode, fallback: self.controller };
        let policy = FollowedPolicy::load(global.config.as_deref(), overrides);
        let policy = policy.map_err(|error| invalid_configuration(&error, console))?;
        let certificates = Arc::new(self.certificates()?);
        let source = self.source(global, console, &metrics).await?;
        let admission = Listener::bind(&self.listen).await?;
        let admin_runtime = AdminRuntime::start()?;
        let admin_address = self.admin_listen.clone();
        let admin = admin_runtime.spawn(async move { Listener::bind(&admin_address).await })?.await??;
        let addresses = (admission.local_addr(), admin.local_addr());
        let shutdown = Shutdown::new(Drain { delay: self.drain_delay, grace: self.grace });
        shutdown.on_signals().context("cannot listen for signals")?;

        metrics.may_reload_certificate();
        tokio::spawn(Arc::clone(&certificates).keep_reloading(CERTIFICATE_POLL, metrics.clone()));
        let (current, configuration) = (policy.current(), policy.condition());
        let prepare = source.preparation();
        prepare(&current.load());
        tokio::spawn(policy.keep_reloading(CONFIGURATION_POLL, metrics.clone(), prepare));
        let conditions = conditions(&source, &certificates, configuration, &shutdown);
        let exporter = Arc::new(handshakes(&certificates, source.export(exporter)));
        let admin_end = Shutdown::immediate();
        let admin_router = admin::router(conditions, exporter);
        let admin = crate::http::serve(admin, Transport::Plain, admin_router, Limits::default(), admin_end.clone());
        let admin = admin_runtime.spawn(admin)?;
        announce(addresses);
        let router = router(source, current, metrics);
        let drained =
            crate::http::serve(admission, Transport::tls(&certificates)?, router, Limits::default(), shutdown).await;
        admin_end.begin();
        admin.await.context("the admin listener failed")?;
        tracing::info!(aborted = drained.aborted, "drained");
        Ok(PASSED)
    }

    /// The facts: from the snapshot if there is one, else from the cluster.
    async fn source(&self, global: &Global, console: Console, metrics: &Metrics) -> anyhow::Result<FactSource> {
        let Some(path) = &self.snapshot else { return Ok(FactSource::cluster(&global.client(), metrics).await?) };
        let mut notes = Vec::new();
        let snapshot = sources::snapshot(path, &mut notes);
        console.notes(&notes);
        Ok(FactSource::Snapshot(Arc::new(snapshot?)))
    }

    fn certificates(&self) -> anyhow::Result<Certificates> {
        let now = Timestamp::now();
        let certificates = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Certificates::from_files(certificate, key, now)?,
            _ => Certificates::self_signed(&self.dns_name, now)?,
        };
        if let (Some(path), Some(ca)) = (&self.ca_out, certificates.ca_pem()) {
            std::fs::write(path, ca).with_context(|| format!("cannot write the CA to {}", path.display()))?;
        }
        Ok(certificates)
    }
}

/// A runtime of its own for the admin listener: liveness and metrics answer whatever the webhook does.
struct AdminRuntime(Option<Runtime>);

impl AdminRuntime {
    fn start() -> anyhow::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("admin").enable_all().build();
        Ok(Self(Some(runtime.context("cannot start the runtime of the admin listener")?)))
    }

    fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> anyhow::Result<JoinHandle<T>> {
        let runtime = self.0.as_ref().context("the runtime of the admin listener has ended")?;
        Ok(runtime.spawn(task))
    }
}

impl Drop for AdminRuntime {
    /// A runtime must not be dropped where it would wait for its tasks, which is in the tasks of another runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn router(facts: FactSource, policy: Arc<ArcSwap<Policy>>, metrics: Metrics) -> axum::Router {
    let router = webhook::router(Admission { facts, policy, metrics: metrics.clone() });
    let bounded = BodyReader::new(BodyLimits::default()).limit(router);
    crate::http::catch_panics(bounded, metrics)
}

/// Everything that must hold before requests may come, and what is worth knowing beside it.
fn conditions(
    source: &FactSource,
    certificates: &Arc<Certificates>,
    configuration: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    shutdown: &Shutdown,
) -> Conditions {
    let valid = Arc::clone(certificates);
    let (files, handshakes) = (Arc::clone(certificates), certificates.handshakes());
    let ending = shutdown.clone();
    source
        .conditions()
        .with("certificate", move || match valid.problem_at(Timestamp::now()) {
            Some(problem) => Err(problem.to_string()),
            None => Ok(()),
        })
        .with_optional("certificate/files", move || files.reload_result())
        .with_optional("certificate/clients", move || handshakes.client_trust())
        .with_optional("configuration", configuration)
        .with("shutdown", move || if ending.has_begun() { Err("shutting down".to_owned()) } else { Ok(()) })
}

fn handshakes(certificates: &Certificates, mut exporter: Exporter) -> Exporter {
    let handshakes = certificates.handshakes();
    exporter.at_scrape(TLS_HANDSHAKES_FAILED, move |samples| {
        for why in HandshakeFailure::ALL {
            #[allow(clippy::cast_precision_loss, reason = "there will never be 2^52 handshakes")]
            samples.set(&[("reason", why.as_str())], handshakes.failures(why) as f64);
        }
    });
    exporter
}

fn announce((admission, admin): (SocketAddr, SocketAddr)) {
    tracing::info!(target: READY, %admission, %admin, "serving");
}
