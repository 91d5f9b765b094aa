//! One replica of Backstop: the real binary, as its Pod would run it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::http;
use super::process::Process;
use super::wait::wait_for;

const START: Duration = Duration::from_secs(30);

/// A running replica. It is killed when dropped.
pub(crate) struct Replica {
    pub(crate) process: Process,
    /// Where it answers AdmissionReviews.
    pub(crate) admission: SocketAddr,
    /// Where it tells of itself.
    pub(crate) admin: SocketAddr,
}

impl Replica {
    /// Starts it in `folder`, which has the certificates, for the cluster of `kubeconfig`. It serves when this returns,
    /// which does not mean that it is ready.
    pub(super) fn start(name: &str, folder: &Path, kubeconfig: &Path, more: &[&str]) -> Result<Self, String> {
        let kubeconfig = format!("--kubeconfig={}", kubeconfig.display());
        let mut arguments = vec![
            "serve",
            &kubeconfig,
            "--tls-cert=certs/tls.crt",
            "--tls-key=certs/tls.key",
            "--listen=127.0.0.1:0",
            "--admin-listen=127.0.0.1:0",
            "--log-format=json",
        ];
        arguments.extend(more);
        let mut process = Process::start(name, Path::new(env!("CARGO_BIN_EXE_backstop")), arguments, folder)?;
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

    /// Whether it is ready; if not, why.
    pub(crate) fn ready(&self) -> Result<(), String> {
        match self.readiness()? {
            (200, _) => Ok(()),
            (_, lines) => Err(lines),
        }
    }

    /// Waits until it is ready.
    pub(crate) fn wait_ready(&self) -> Result<(), String> {
        wait_for("Backstop to be ready", START, || self.ready())
            .map_err(|error| format!("{error}\n{}", self.process.tail()))
    }

    /// The value of a metric, given as it is printed with its labels.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = http::get(self.admin, "/metrics").ok()?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        value.parse().ok()
    }
}

/// The addresses in the line that says that it serves.
fn addresses(log: &str) -> Option<(SocketAddr, SocketAddr)> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let serving = lines.filter(|line| line["message"] == "serving").last()?;
    let address = |name: &str| serving[name].as_str()?.parse().ok();
    Some((address("admission")?, address("admin")?))
}
