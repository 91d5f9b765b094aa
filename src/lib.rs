//! Backstop stops an Ingress that has no working backend: before it is stored, and before it is merged.
//!
//! It answers one question everywhere with the same code: *if this route were served now, would a request reach
//! a ready Pod, and if not, why not?*
//!
//! # How data flows
//!
//! ```text
//!  API server ─watches─▶ cluster ─facts───▶ Index ─────┐
//!  files ──────────────▶ sources ─objects─▶ Snapshot ──┼─▶ View
//!  API server ─reads───▶ cluster ─────────▶ LiveFacts ─┘    │
//!                                                           ▼
//!  AdmissionReview ─▶ http ─▶ webhook ─▶ Subject ─▶ evaluate (checks × backends) ─▶ Finding
//!  manifest ─▶ sources ────────────────▶ Subject ─┘                                    │
//!                                                                                      ▼
//!  AdmissionReview ◀─ webhook ◀── Judgement ◀── policy (gates, modes, configuration) ◀─┘
//!  text, JSON ◀────── report ◀────────┘
//! ```
//!
//! 1. [`text`] parses YAML and JSON, and knows the position of every value. [`engine::manifest`] decodes the few fields of
//!    Kubernetes objects that a decision needs: no other module knows the names of Kubernetes fields. The results are
//!    a [`engine::subject::Subject`] with its references, or facts.
//! 2. [`engine::view`] answers lookups with *found*, *absent* or *unknown*. Watches feed the index, a snapshot holds files,
//!    and an overlay puts the results of live reads on top of either. Unknown is never treated as absent.
//! 3. [`engine::controllers`] identifies the ingress controller that serves the subject, and describes its behaviour.
//! 4. [`engine::checks`] are pure functions from one backend and the view to a finding. [`engine::message`] has the words for
//!    people, the same at admission and for manifests. [`engine::evaluate`] runs the checks and lists the live reads that could
//!    change the result.
//! 5. [`engine::policy`] turns findings into a verdict. It denies nothing that was there before, in a dry run, in a namespace
//!    in mode `warn`, or without a live read that confirms the absence.
//! 6. The other modules do the input and output. [`webhook`] answers an AdmissionReview and evaluates it twice at most;
//!    [`cluster`] talks to the API server; [`config`] parses the configuration file; [`sources`] reads manifests, snapshots
//!    and clusters; [`tls`] holds the certificates; [`http`] accepts and drains connections; [`report`] lays out findings;
//!    [`telemetry`] logs and counts; [`cli`] connects them.
//!
//! Inside [`engine`] nothing awaits, or reads a clock, a file or the environment. The modules below are listed from the
//! ground up: a module imports only modules that are listed before it. `tests/engine/house.rs` enforces it.

pub mod text;

pub mod engine;

pub mod telemetry;

pub mod report;

pub mod cluster;

pub mod tls;

pub mod webhook;

pub mod config;

pub mod sources;

pub mod http;

pub mod cli;
