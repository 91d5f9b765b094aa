//! The parts that only an Ingress has: its class, its actions, and the places of its references.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::model::{PlaceFields, PlaceForm};

/// The prefix of the annotations of the AWS Load Balancer Controller. Unlike the prefix of ingress-nginx it cannot be
/// changed (rulebook 4.5.1, AWS).
pub const ALB_PREFIX: &str = "alb.ingress.kubernetes.io/";

/// The prefix of the keys of annotations that define actions.
pub const ACTION_PREFIX: &str = "alb.ingress.kubernetes.io/actions.";

/// The annotation that names a class. It is older than `spec.ingressClassName`.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

const BACKEND: PlaceFields = PlaceFields {
    service_name: "service.name",
    port: "service.port",
    port_number: "service.port.number",
    port_name: "service.port.name",
    resource: "resource",
};

/// `spec.defaultBackend`.
pub static DEFAULT_BACKEND: PlaceForm =
    PlaceForm { segments: &["spec.defaultBackend"], fields: &BACKEND, requests: Some("every other request") };

/// `spec.rules[rule].http.paths[path].backend`.
pub static RULE_PATH: PlaceForm =
    PlaceForm { segments: &["spec.rules[", "].http.paths[", "].backend"], fields: &BACKEND, requests: None };

/// The parts that only an Ingress has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngressPart {
    /// `spec.ingressClassName`; an empty string is a set value (rulebook 2.11).
    pub class: Option<String>,
    /// The actions that annotations define, by the name that backends use (rulebook 4.5.1, AWS).
    pub actions: BTreeMap<Box<str>, ActionSpec>,
    /// The annotations that the AWS Load Balancer Controller reads for the backends of the Ingress, and refuses, besides
    /// actions; sorted by key (rulebook 4.5.5).
    pub refused: Vec<RefusedAnnotation>,
    /// The number of rules. Some controllers ignore the default backend of an Ingress with rules (rulebook 2.5).
    pub rule_count: usize,
    /// The rules without paths. They have no references.
    pub pathless_rules: Vec<PathlessRule>,
    /// `spec.tls` has entries.
    pub has_tls: bool,
    /// The hosts of `spec.tls`, in the order of the object.
    pub tls_hosts: Vec<Box<str>>,
}

/// A rule without paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathlessRule {
    /// The index of the rule.
    pub rule: u32,
    /// The host; `None` for every host.
    pub host: Option<Arc<str>>,
}

impl IngressPart {
    /// Returns an estimate of the heap memory, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        let of_actions = self.actions.iter().map(|(name, action)| name.len() + action.heap_bytes());
        let of_refused = self.refused.iter().map(|it| size_of::<RefusedAnnotation>() + it.key.len() + it.why.len());
        let of_rules = self.pathless_rules.iter().map(|rule| rule.host.as_deref().map_or(0, str::len));
        let of_hosts = self.tls_hosts.iter().map(|host| host.len());
        size_of_val(self.pathless_rules.as_slice())
            + size_of_val(self.tls_hosts.as_slice())
            + of_actions.chain(of_refused).chain(of_rules).chain(of_hosts).sum::<usize>()
    }
}

/// A Service that an action forwards to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// The index of the Service and port among the targets of the subject.
    pub target: u32,
    /// The weight of the Service is 0: it gets no requests, but must exist (rulebook 4.5.1, from the source code).
    pub idle: bool,
}

impl ActionSpec {
    /// Returns an estimate of the heap memory, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<(Box<str>, Self)>()
            + match self {
                Self::Forward(groups) => size_of_val(groups.as_slice()),
                Self::Answer => 0,
                Self::Refused(why) => why.len(),
            }
    }
}

/// The action that an annotation defines (rulebook 4.5.1, AWS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionSpec {
    /// The action forwards to these Services. Empty if it forwards only to target groups outside the cluster.
    Forward(Vec<TargetGroup>),
    /// The load balancer answers by itself: a redirect or a fixed response.
    Answer,
    /// The controller refuses the annotation, for this reason.
    Refused(String),
}

/// An annotation that a controller refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedAnnotation {
    /// The key.
    pub key: Box<str>,
    /// Why the controller refuses the value.
    pub why: String,
}
