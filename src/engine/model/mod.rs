//! The vocabulary: names, targets, places, the facts that a decision needs, and findings.

mod class;
mod custom;
mod endpoints;
mod finding;
mod found;
mod maker;
mod names;
mod network_policy;
mod place;
mod placeholder;
mod pods;
mod program;
mod promise;
mod selector;
mod service;
mod target;
mod truth;
mod unused;

pub use class::{ClassFacts, NamespaceFacts};
pub use custom::{CustomFacts, Relation, is_set_later, nearly_selects};
pub use endpoints::{EndpointCounts, SliceFacts, SlicePort, SlicePorts};
pub use finding::{Action, CheckId, Claim, Effect, Finding, FindingField, FindingText, Mitigation};
pub use found::{Found, FoundReferences, SharedReferences};
pub use maker::{Maker, MakerFacts, MakerKind, When, Workloads};
pub use names::{Labels, NamePair, NameRef, ObjectName, generated_name, is_generated_name, is_label, is_subdomain};
pub use network_policy::{
    AdmittedPort, NetworkPolicies, NetworkPolicyFacts, Peer, PolicyRule, PortRange, Receiver, Sender, admits,
};
pub use place::{FieldPath, Part, Place, PlaceFields, PlaceForm, annotation_field};
pub use placeholder::has_placeholder;
pub use pods::{Cause, ContainerFacts, ContainerPort, PodFacts, PodSpecFacts, PodState, WorkloadFacts};
pub use program::{Covers, Creates, Mark, Program, Value};
pub use promise::{Makers, Promise};
pub use selector::{KnownLabels, LabelSelector, Operator, Requirement, ValueSet};
pub use service::{Protocol, ServiceFacts, ServiceKind, ServicePort, TargetPort};
pub use target::{PortRef, ServiceTarget, Target, TargetId, USE_ANNOTATION};
pub use truth::Truth;
pub use unused::Unused;
