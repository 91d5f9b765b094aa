//! The checks: one file each, pure functions from what is under judgement to findings.
//!
//! A [`Case`] is one backend that references a Service, with what the view knows of it; a [`Scene`] is the subject
//! around it. Adding a check touches its own file, one line of [`ALL`], and its fixtures under `tests/checks/`.

mod action_annotation;
mod canary_conflict;
mod case;
mod default_backend_annotation;
mod endpoints_not_ready;
mod external_name;
mod hints;
mod ingress_class;
mod near_labels;
mod network_policy;
mod no_endpoints;
mod port_not_found;
mod protocol_mismatch;
mod readiness;
mod readiness_probe;
mod resource_backend;
mod scene;
mod service_not_found;
mod service_type;
mod settings;
mod target_port_unresolved;

pub use action_annotation::{CHECK as ACTION_ANNOTATION, Forward, forwards};
pub use case::Case;
pub use hints::Hints;
pub use readiness::{Readiness, Why};
pub use scene::{Scene, StandIn, Words};
pub use settings::CheckSettings;

use super::model::{Action, Backend, CheckId, Finding};

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
    pub rule: Rule,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Each backend that references a Service.
    Service(fn(&Case<'_>) -> Option<Finding>),
    /// Each backend, whatever it references.
    Backend(fn(&Scene<'_>, &Backend) -> Vec<Finding>),
    /// The subject as a whole, once.
    Subject(fn(&Scene<'_>) -> Vec<Finding>),
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
    /// What in the configuration matters to it, beside its action; empty where nothing does.
    pub options: &'static str,
}

impl Check {
    /// How the configuration file changes it.
    pub fn configuration(&self) -> String {
        let Self { id, docs, .. } = self;
        let space = if docs.options.is_empty() { "" } else { " " };
        format!(
            "`checks.{id}.action` sets what its findings do: `deny`, `warn`, `audit` or `off`. Where \
             `allowIgnoreAnnotation` is on, the annotation `backstop.dev/ignore: {id}` silences it on one Ingress.\
             {space}{}",
            docs.options
        )
    }
}

/// Every check: the class, a backend's way from Service to Pod, and what is no plain Service.
pub const ALL: &[&Check] = &[
    &ingress_class::CHECK,
    &service_not_found::CHECK,
    &external_name::CHECK,
    &service_type::CHECK,
    &port_not_found::CHECK,
    &protocol_mismatch::CHECK,
    &target_port_unresolved::CHECK,
    &no_endpoints::CHECK,
    &endpoints_not_ready::CHECK,
    &network_policy::CHECK,
    &readiness_probe::CHECK,
    &resource_backend::CHECK,
    &action_annotation::CHECK,
    &default_backend_annotation::CHECK,
    &canary_conflict::CHECK,
];

/// The check called `id`.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id.0 == id)
}
