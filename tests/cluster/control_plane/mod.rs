//! A real control plane: its programs, kubectl, and the proxy between API server and webhook.
//!
//! The tests below `tests/control_plane`, the judge and the benchmarks share this module. Each compiles it for itself and
//! uses a part of it.

mod egress;
pub(crate) mod http;
pub(crate) mod kubectl;
pub(crate) mod plane;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod wait;

use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

pub(crate) use egress::{Egress, Fault};

/// The folder of the package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Prints `line` past the test runner's capture, because starting a cluster takes seconds and building one minutes.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "control plane: {line}");
}

/// The runtime of proxies and HTTP clients.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime starts"))
}
