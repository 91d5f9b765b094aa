//! Backstop stops an Ingress that has no working backend: before it is stored, and before it is merged.
//!
//! It answers one question everywhere with the same code: *if this route were served now, would a request reach
//! a ready Pod, and if not, why not?*
//!
//! # How data flows
//!
//! ```text
//!  API server ──watches──▶ cluster ──facts──▶ Index ┐
//!  files ────────────────▶ cli ─────objects─▶ Snapshot ┼─▶ View
//!  API server ──reads────▶ cluster ─▶ LiveFacts ─▶ Overlay ┘   │
//!                                                               ▼
//!  AdmissionReview ─▶ server ─▶ admission ─▶ Subject ─▶ evaluate(checks × backends) ─▶ Finding
//!  manifest ────────▶ cli ─────────────────▶ Subject ─┘                                   │
//!                                                                                         ▼
//!                              admission ◀── Judgement ◀── policy (gates, modes) ◀────────┘
//!                              report    ◀──┘
//! ```
//!
//! 1. [`engine::manifest`] decodes the few fields of Kubernetes objects that a decision needs; nobody else knows
//!    their names. Out come a [`engine::model::Subject`] with its backends, or facts.
//! 2. [`engine::view`] answers lookups with *found*, *absent* or *unknown*. The index is fed by watches, a snapshot
//!    is made of files, an overlay lays what was just read live over either. Unknown is never taken for absent.
//! 3. [`engine::controllers`] tells which ingress controller serves the subject, and what that one does.
//! 4. [`engine::checks`] are pure functions from one backend and the view to a finding;
//!    [`engine::evaluate`] runs them and says what a live read could still add.
//! 5. [`engine::policy`] makes of findings what the circumstances allow: a reference that was there before, a dry
//!    run, a namespace in `warn`, an absence that nobody confirmed are no reasons to deny.
//! 6. The shells do the rest. [`admission`] turns bytes into an answer and looks twice at most; [`cluster`] watches
//!    and reads; [`server`] accepts, encrypts and drains; [`report`] lays out; [`cli`] wires.
//!
//! Inside [`engine`] nothing awaits, reads a clock, a file or the environment, and nothing imports what stands
//! below it in this list. Shells import the engine and [`telemetry`], never each other; only [`cli`] imports all.

pub mod engine;

pub mod report;

pub mod cluster;

pub mod admission;

pub mod server;

pub mod telemetry;

pub mod cli;
