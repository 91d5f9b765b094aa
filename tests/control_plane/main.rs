//! Backstop with a real control plane: etcd, kube-apiserver, kube-controller-manager, kwok in place of the kubelet, and
//! kubectl. The tests assert the output and the exit code of kubectl.
//!
//! Backstop is installed as `deploy/README.md` describes: the objects of `deploy/base`, and certificates from
//! `certs/make.sh`. The API server calls the webhook by its Service. The tests run the real binary instead of the Pods
//! of Backstop, with the service account and the permissions of `deploy/base`.
//!
//! Most tests share one cluster, and use their own namespace. Tests that break replicas, permissions or the API server
//! start their own cluster.
//!
//! A test that fails prints the last lines of all logs. `BACKSTOP_TEST_KEEP=1` keeps the folder with the logs and
//! manifests.

// Clippy allows unwrap and panic only in `#[test]` functions, not in their helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test or bench may panic at the first failure"
)]
#![allow(clippy::unwrap_in_result, reason = "a test or bench may panic at the first failure")]
#![allow(
    clippy::exit,
    reason = "a failed build of the control plane ends the test program with the exit code of the build"
)]

#[path = "../cluster/control_plane/mod.rs"]
#[allow(dead_code, reason = "the judge and the benchmarks use other parts of it")]
mod control_plane;
mod harness;
mod manifests;

mod api_server;
mod conformance;
mod definitions;
mod dry_run;
mod exemptions;
mod files;
mod flagger;
mod healthy;
mod modes;
mod neighbours;
mod order;
mod outage;
mod permissions;
mod programs;
mod refusals;
mod saturation;
mod sequences;
mod shutdown;
mod transport;
mod updates;
mod warnings;
