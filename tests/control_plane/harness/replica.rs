//! One replica of Backstop: the real binary, with the arguments of its Pod.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::control_plane::http;
use crate::control_plane::process::Process;
use crate::control_plane::wait::wait_for;

const START: Duration = Duration::from_secs(30);

/// A running replica. It is killed when dropped.
pub(crate) struct Replica {
    pub(crate) process: Process,
    /// The address of the webhook.
    pub(crate) admission: SocketAddr,
    /// The address of `/livez`, `/readyz` and `/metrics`.
    pub(crate) admin: SocketAddr,
}

/// The settings of a replica.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    /// The folder with the certificates.
    pub(crate) certificates: &'a str,
    /// The log filter in `BACKSTOP_LOG`.
    pub(crate) log: &'a str,
    /// The configuration file.
    pub(crate) config: Option<&'a str>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Self { certificates: "certs", log: "info", config: None }
    }
}

impl Replica {
    /// Starts a replica in `folder`, with the service account of Backstop. Returns when the replica serves; it may not
    /// be ready yet.
    pub(super) fn start(name: &str, folder: &Path, setup: &Setup<'_>) -> Result<Self, String> {
        let log = format!("BACKSTOP_LOG={}", setup.log);
        let (certificate, key) = (format!("{}/tls.crt", setup.certificates), format!("{}/tls.key", setup.certificates));
        let arguments = [
            &log,
            env!("CARGO_BIN_EXE_backstop"),
            "serve",
            "--kubeconfig=backstop.kubeconfig",
            "--log-format=json",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            "--tls-cert",
            &certificate,
            "--tls-key",
            &key,
        ];
        let config = setup.config.iter().flat_map(|file| ["--config", *file]);
        let arguments = arguments.into_iter().map(ToString::to_string).chain(config.map(ToString::to_string));
        let mut process = Process::start(name, Path::new("env"), arguments, folder)?;
        let serving = wait_for(&format!("{name} to serve"), START, || {
            if let Some(status) = process.ended() {
                return Ok(Err(format!("{name} ended: {status}")));
            }
            addresses(&process.log()).map(Ok).ok_or_else(|| "no line \"serving\" yet".to_owned())
        });
        let addresses = serving.and_then(|ended| ended).map_err(|error| format!("{error}\n{}", process.tail()))?;
        Ok(Self { process, admission: addresses.0, admin: addresses.1 })
    }

    /// Status and lines of `/readyz?verbose`.
    pub(crate) fn readiness(&self) -> Result<(u16, String), String> {
        http::get(self.admin, "/readyz?verbose")
    }

    /// An error with the conditions if the replica is not ready.
    pub(crate) fn ready(&self) -> Result<(), String> {
        match self.readiness()? {
            (200, _) => Ok(()),
            (_, lines) => Err(lines),
        }
    }

    /// Waits until the replica is ready.
    pub(crate) fn wait_ready(&self) -> Result<(), String> {
        wait_for("Backstop to be ready", START, || self.ready())
            .map_err(|error| format!("{error}\n{}", self.process.tail()))
    }

    /// The value of the metric `name`, which includes the labels.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = http::get(self.admin, "/metrics").ok()?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        value.parse().ok()
    }
}

/// The addresses in the log line with the message `serving`.
fn addresses(log: &str) -> Option<(SocketAddr, SocketAddr)> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let serving = lines.rev().find(|line| line["message"] == "serving")?;
    let address = |name: &str| serving[name].as_str()?.parse().ok();
    Some((address("admission")?, address("admin")?))
}
