//! What `deploy/`, `certs/` and the Dockerfile promise, checked without a cluster and without a container engine.
//!
//! A webhook that is registered too widely, or that may read too much, endangers the whole cluster, so these
//! properties are tests and not advice. kubectl renders the kustomizations as well.

// Clippy allows unwrap and panic only in `#[test]` functions, not in their helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test or bench may panic at the first failure"
)]

mod access;
mod certificates;
mod configuration;
mod dockerfile;
mod image;
mod kustomize;
mod manifests;
mod webhook;
mod workload;
