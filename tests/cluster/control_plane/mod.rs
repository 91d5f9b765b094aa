//! A real control plane: its programs, kubectl, and the proxy between the API server and the webhook.
//!
//! The tests in `tests/control_plane`, the judge and the benchmarks share this module. Each of them compiles it, and
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

/// Prints `line` even if the test runner captures output, because the start of a cluster takes seconds, and the build
/// takes minutes.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "control plane: {line}");
}

/// The runtime of proxies and HTTP clients.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime starts"))
}
