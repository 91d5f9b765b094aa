//! The checks: one file each, pure functions from what is judged to findings.
//!
//! A check looks at the [`Resolution`] of a target, at a target, or at the subject as a whole. Adding a check touches its own
//! file, one line of [`ALL`], and its fixtures under `tests/checks/`.

mod action_annotation;
mod canary_conflict;
mod default_backend_annotation;
mod endpoints_not_ready;
mod external_name;
mod ingress_class;
mod near_labels;
mod network_policy;
mod no_endpoints;
mod port_not_found;
mod protocol_mismatch;
mod readiness_probe;
mod resource_backend;
mod service_not_found;
mod service_type;
mod settings;
mod target_port_unresolved;

pub use action_annotation::{CHECK as ACTION_ANNOTATION, Forward, forwards};
pub use network_policy::wants_pods;
pub use settings::CheckSettings;

use super::model::{Action, CheckId, Finding, Target};
use super::resolve::{Context, Resolution};
use super::subject::SubjectKind;

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Its kebab-case id, which never changes.
    pub id: CheckId,
    /// What its findings state, in one line.
    pub summary: &'static str,
    /// The worst action it takes by default.
    pub action: Action,
    /// When its findings have which action.
    pub when: &'static str,
    /// For people who get a finding: what, why, and how to fix it.
    pub docs: Docs,
    /// The subjects that it looks at.
    pub applies: Applies,
    /// The rule itself.
    pub rule: Rule,
    /// Adds to a finding what is expensive to find out: what was probably meant. It runs only for findings that are
    /// reported.
    pub elaborate: Option<fn(&Context<'_>, &mut Finding)>,
}

/// The subjects that a check looks at.
#[derive(Clone, Copy, Debug)]
pub enum Applies {
    /// Subjects of every kind: the check is about their references.
    Everywhere,
    /// Subjects of these kinds.
    To(&'static [SubjectKind]),
}

impl Applies {
    /// A check that is about what only Ingresses have.
    pub const TO_INGRESSES: Self = Self::To(&[SubjectKind::INGRESS]);

    /// Whether the check looks at subjects of `kind`.
    pub fn to(self, kind: SubjectKind) -> bool {
        match self {
            Self::Everywhere => true,
            Self::To(kinds) => kinds.contains(&kind),
        }
    }
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Each distinct target that is a Service.
    Service(fn(&Resolution<'_>) -> Option<Finding>),
    /// Each distinct target, whatever it is.
    Target(fn(&Context<'_>, &Target) -> Option<Finding>),
    /// The subject as a whole, once.
    Subject(fn(&Context<'_>) -> Vec<Finding>),
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

/// Every check: the class, the way of a backend from Service to Pod, and what is not a plain Service.
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

/// How many labels of a selector a message shows. A selector may have thousands.
const LABELS_SHOWN: usize = 8;

/// The check called `id`.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id.0 == id)
}
