//! `backstop serve`: runs the webhook.

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
use crate::engine::controllers::Candidates;
use crate::engine::model::is_subdomain;
use crate::engine::policy::{Mode, Policy};
use crate::http::{BodyLimits, BodyReader, Drain, Limits, Listener, Shutdown, Transport, admin};
use crate::sources::{self, FactSource, FollowedPolicy, Overrides};
use crate::telemetry::Conditions;
use crate::telemetry::logs::READY;
use crate::telemetry::metrics::{self, Exporter, Metrics, TLS_HANDSHAKES_FAILED};
use crate::tls::{Certificates, HandshakeFailure};
use crate::webhook::{self, Admission};

/// The time between two reads of the certificate files. No file event for a mounted Secret is reliable.
const CERTIFICATE_POLL: Duration = Duration::from_secs(10);

/// The time between two reads of the configuration file, which is small.
const CONFIGURATION_POLL: Duration = Duration::from_secs(2);

/// Flags of `backstop serve`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("certificate").required(true).args(["tls_cert", "self_signed"]))]
#[command(after_help = "Examples:
  backstop serve --tls-cert tls.crt --tls-key tls.key        in a cluster, or with the current kubeconfig
  backstop serve --self-signed --snapshot cluster.yaml       on a laptop, against files
  curl -s http://127.0.0.1:8080/readyz?verbose               why it is not ready")]
pub struct Serve {
    /// Address of the webhook (TLS); port 0 takes any free port
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8443", value_parser = address)]
    listen: String,
    /// Address of /livez, /readyz and /metrics (plain HTTP)
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0:8080", value_parser = address)]
    admin_listen: String,
    /// Certificate chain in PEM format; reloaded when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert in PEM format
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Create a certificate in memory, for localhost, its addresses and each --dns-name
    #[arg(long, conflicts_with = "tls_cert")]
    self_signed: bool,
    /// Another name for the --self-signed certificate
    #[arg(long, value_name = "NAME", requires = "self_signed", value_parser = host)]
    dns_name: Vec<String>,
    /// Write the CA of the --self-signed certificate to this file
    #[arg(long, value_name = "FILE", requires = "self_signed")]
    ca_out: Option<PathBuf>,
    /// Watch the cluster of the Pod, otherwise the cluster of the kubeconfig (default)
    #[arg(long, conflicts_with = "snapshot")]
    cluster: bool,
    /// Read the state of the cluster from files instead, written by `kubectl get … -o json`
    #[arg(long, value_name = "FILE|DIR")]
    snapshot: Option<PathBuf>,
    /// The mode of the whole cluster: enforce, warn, audit or off. Overrides the mode in the configuration file (default:
    /// enforce)
    #[arg(long, value_name = "MODE")]
    mode: Option<Mode>,
    /// The controller of Ingresses whose controller cannot be identified otherwise, and its version
    #[arg(long, value_name = "PROFILE[@VERSION]", value_parser = check::candidates)]
    controller: Option<Candidates>,
    /// How long to accept connections after SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    drain_delay: Duration,
    /// The longest time for the whole shutdown
    #[arg(long, value_name = "DURATION", default_value = "20s", value_parser = duration)]
    grace: Duration,
}

/// Parses `HOST:PORT`. Whether the address is available is only known later.
fn address(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, port)| {
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let valid =
            bracketed.map_or_else(|| is_subdomain(&host.to_ascii_lowercase()), |it| it.parse::<Ipv6Addr>().is_ok());
        valid && port.parse::<u16>().is_ok()
    });
    let message = "write HOST:PORT, such as 0.0.0.0:8443 or [::]:8443; ports go up to 65535";
    parts.map(|_| text.to_owned()).ok_or_else(|| message.to_owned())
}

/// Parses a duration such as `5s`, `1m30s` or `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}; write 5s, 1m30s or 500ms"))?;
    span.try_into().map_err(|_| "it must not be negative".to_owned())
}

impl Serve {
    /// Serves until a signal ends it.
    ///
    /// # Errors
    /// If it cannot start, because of an address, a certificate, the snapshot or the kubeconfig.
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

    /// Opens the source of the facts: the snapshot if there is one, otherwise the cluster.
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

/// The admin listener has its own runtime, so that liveness and metrics answer in any state of the webhook.
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
    crate::http::protect(router, BodyReader::new(BodyLimits::default()), metrics)
}

/// The conditions for readiness, and further conditions that are only reported.
fn conditions(
    source: &FactSource,
    certificates: &Arc<Certificates>,
    configuration: impl Fn() -> Result<(), String> + Send + Sync + 'static,
    shutdown: &Shutdown,
) -> Conditions {
    let validity = Arc::clone(certificates);
    let (files, handshakes) = (Arc::clone(certificates), certificates.handshakes());
    let ending = shutdown.clone();
    source
        .conditions()
        .with("certificate", move || match validity.problem_at(Timestamp::now()) {
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
            #[allow(clippy::cast_precision_loss, reason = "the number of handshakes stays below 2^52")]
            samples.set(&[("reason", why.as_str())], handshakes.failures(why) as f64);
        }
    });
    exporter
}

fn announce((admission, admin): (SocketAddr, SocketAddr)) {
    tracing::info!(target: READY, %admission, %admin, "serving");
}
