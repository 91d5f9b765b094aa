//! Backstop in front of a real control plane: etcd, kube-apiserver, kube-controller-manager, kwok as the kubelet, and
//! kubectl as the user, whose output and exit code are what these tests assert.
//!
//! Everything is installed as `deploy/README.md` tells: the objects of `deploy/base`, certificates by `certs/make.sh`,
//! and the API server calls the webhook by its Service. Only the Pods of Backstop are missing; in their place the real
//! binary runs here, with the identity of the service account and therefore with the permissions of `deploy/base` alone.
//!
//! Most tests share one cluster and keep to a namespace of their own. Those that break something that all would notice
//! (replicas, permissions, the API server) start a cluster for themselves.
//!
//! A test that fails prints the end of all logs; `BACKSTOP_TEST_KEEP=1` keeps the folder with them and the manifests.

// A test may stop at the first thing that is not as it should be; Clippy knows that of `#[test]` functions only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]
#![allow(
    clippy::unwrap_in_result,
    clippy::exit,
    reason = "a test or bench may stop at the first thing that is not as it should be"
)]

#[path = "../cluster/control_plane/mod.rs"]
#[allow(dead_code, reason = "the judge and the benchmarks use other parts of it")]
mod control_plane;
mod harness;
mod manifests;

mod api_server;
mod conformance;
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
mod refusals;
mod saturation;
mod sequences;
mod shutdown;
mod transport;
mod updates;
mod warnings;
