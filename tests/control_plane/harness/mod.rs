//! Starts a cluster with Backstop in front of it, and lets tests act on it as users do.

pub(crate) mod binaries;
mod egress;
mod http;
pub(crate) mod kubectl;
pub(crate) mod plane;
pub(crate) mod process;
mod replica;
mod reviewer;
mod slow_watch;
pub(crate) mod wait;
mod world;

use std::io::Write as _;
use std::sync::OnceLock;

pub(crate) use egress::{Egress, Fault};
pub(crate) use kubectl::Said;
pub(crate) use replica::{Replica, Setup};
pub(crate) use reviewer::{Reviewer, review};
pub(crate) use wait::eventually;
pub(crate) use world::{Namespace, World, root, shared};

/// Says what is going on, past the test runner's capture: a cluster takes seconds, building one takes minutes.
pub(crate) fn progress(line: &str) {
    let _ = writeln!(std::io::stderr(), "control plane: {line}");
}

/// Runs the proxies.
pub(crate) fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().expect("a runtime starts"))
}
