//! The checks: one file each, pure functions from a case to at most one finding.
//!
//! A [`Case`] is one backend that references a Service, with what the view knows of it. Adding a check touches
//! its own file, one line of [`ALL`], and its fixtures under `tests/checks/`.

mod case;
mod endpoints_not_ready;
mod no_endpoints;
mod port_not_found;
mod readiness;
mod service_not_found;
mod settings;
mod target_port_unresolved;

pub use case::{Case, Scene};
pub use readiness::{Readiness, Why};
pub use settings::CheckSettings;

use super::model::{Action, CheckId, Finding};

/// One rule.
#[derive(Debug)]
pub struct Check {
    /// Its kebab-case id, stable for ever.
    pub id: CheckId,
    /// What it says, in one line.
    pub summary: &'static str,
    /// The worst action it takes by default.
    pub action: Action,
    /// When it takes which action.
    pub when: &'static str,
    /// For people who meet it: what, why, and how to fix it.
    pub docs: Docs,
    /// The rule itself.
    pub run: fn(&Case<'_>) -> Option<Finding>,
}

/// What `backstop checks ID` prints.
#[derive(Debug)]
pub struct Docs {
    /// What is wrong when it fires.
    pub what: &'static str,
    /// What that does to requests.
    pub why: &'static str,
    /// A manifest that makes it fire.
    pub example: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Every check, in the order of a backend's way from Service to Pod.
pub const ALL: &[&Check] = &[
    &service_not_found::CHECK,
    &port_not_found::CHECK,
    &target_port_unresolved::CHECK,
    &no_endpoints::CHECK,
    &endpoints_not_ready::CHECK,
];

/// The check called `id`.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id.0 == id)
}
