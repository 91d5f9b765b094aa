//! The checks: one file each. A check is a pure function that returns findings.
//!
//! A check examines the [`Resolution`] of a target, a target, or the subject as a whole. A new check needs a file of
//! its own, one line of [`ALL`], and fixtures under `tests/checks/`.

mod action_annotation;
mod canary_conflict;
mod default_backend_annotation;
mod endpoints_not_ready;
mod external_name;
mod ingress_class;
mod ingress_rejected;
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
mod unused_backend;

pub use action_annotation::{CHECK as ACTION_ANNOTATION, Forward, forwards};
pub use network_policy::wanted_pods;
pub use settings::CheckSettings;

use super::model::{Action, CheckId, Finding, Found, Target, Unused};
use super::resolve::{Background, Context, Resolution};
use super::subject::SubjectKind;

/// One check.
#[derive(Debug)]
pub struct Check {
    /// The kebab-case id, which never changes.
    pub id: CheckId,
    /// What a finding of the check states, in one line.
    pub summary: &'static str,
    /// The most severe default action of a finding.
    pub action: Action,
    /// Which default action a finding has under which conditions.
    pub when: &'static str,
    /// The documentation for users who get a finding.
    pub docs: Docs,
    /// The subjects that the check examines.
    pub applies: Applies,
    /// The function that finds faults.
    pub rule: Rule,
    /// Adds expensive details to a finding, such as the name that was probably meant. This function runs only for
    /// findings that are reported.
    pub elaborate: Option<fn(&Background<'_>, &mut Finding)>,
}

/// The subjects that a check examines.
#[derive(Clone, Copy, Debug)]
pub enum Applies {
    /// Subjects of every kind: the check is about their references.
    Everywhere,
    /// Subjects of these kinds.
    To(&'static [SubjectKind]),
}

impl Applies {
    /// The check is about fields that only Ingresses have.
    pub const TO_INGRESSES: Self = Self::To(&[SubjectKind::INGRESS]);

    /// Whether the check examines subjects of `kind`.
    pub fn to(self, kind: SubjectKind) -> bool {
        match self {
            Self::Everywhere => true,
            Self::To(kinds) => kinds.contains(&kind),
        }
    }
}

/// What a check examines.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Each distinct target that is a Service.
    Service(for<'r> fn(&'r Resolution<'_>) -> Option<Found<'r>>),
    /// Each distinct target, whatever it is.
    Target(for<'r> fn(&'r Context<'_>, &'r Target) -> Option<Found<'r>>),
    /// References that the controller does not use, for this reason, if no other check finds a fault of their target.
    Unused(for<'r> fn(&'r Context<'_>, Unused) -> Found<'r>),
    /// The subject as a whole, once.
    Subject(for<'r> fn(&'r Context<'_>) -> SubjectFindings<'r>),
    /// Each distinct target, and the subject as a whole.
    TargetAndSubject(
        for<'r> fn(&'r Context<'_>, &'r Target) -> Option<Found<'r>>,
        for<'r> fn(&'r Context<'_>) -> SubjectFindings<'r>,
    ),
}

/// The findings about a subject, made one by one: a subject may have thousands.
pub type SubjectFindings<'r> = Box<dyn Iterator<Item = Found<'r>> + 'r>;

/// The documentation of a check, which `backstop checks ID` prints.
#[derive(Debug)]
pub struct Docs {
    /// The fault that the check finds.
    pub what: &'static str,
    /// The effect of the fault on requests.
    pub why: &'static str,
    /// A part of a manifest with the fault.
    pub example: &'static str,
    /// How to fix the fault.
    pub fix: &'static str,
    /// The options of the configuration that affect the check, besides its action. Empty if there are none.
    pub options: &'static str,
}

impl Check {
    /// A description of the configuration keys and annotations that affect the check.
    pub fn configuration(&self) -> String {
        let Self { id, docs, .. } = self;
        let space = if docs.options.is_empty() { "" } else { " " };
        format!(
            "`checks.{id}.action` sets the action of its findings: `deny`, `warn`, `audit` or `off`. If \
             `allowIgnoreAnnotation` is true, the annotation `backstop.dev/ignore: {id}` silences the check for one Ingress.\
             {space}{}",
            docs.options
        )
    }
}

/// All checks: of the class, then of a backend from the Service to its Pods, then of other backends and annotations.
pub const ALL: &[&Check] = &[
    &ingress_class::CHECK,
    &ingress_rejected::CHECK,
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
    &unused_backend::CHECK,
];

/// The number of labels of a selector that a message shows. A selector may have thousands.
const LABELS_SHOWN: usize = 8;

/// The check called `id`.
pub fn by_id(id: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|check| check.id.0 == id)
}
