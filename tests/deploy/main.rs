//! The properties of `deploy/`, `certs/` and the Dockerfile, tested without a cluster and without a container engine.
//!
//! A webhook with too broad rules, or with too many permissions, endangers the whole cluster. Therefore tests enforce
//! these properties. kubectl renders the kustomizations.

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
