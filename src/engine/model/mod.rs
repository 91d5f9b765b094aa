//! The vocabulary: names, subjects, backends, the facts a decision needs, and findings.

mod backend;
mod class;
mod endpoints;
mod finding;
mod names;
mod network_policy;
mod pods;
mod promise;
mod selector;
mod service;
mod subject;
mod truth;

pub use backend::{Backend, Location, PortRef, Target, USE_ANNOTATION};
pub use class::{ClassFacts, NamespaceFacts};
pub use endpoints::{EndpointCounts, SliceFacts, SlicePort, SlicePorts};
pub use finding::{Action, CheckId, Claim, Effect, FieldPath, Finding};
pub use names::{Labels, ObjectName, is_label, is_subdomain};
pub use network_policy::{AdmittedPort, NetworkPolicyFacts, Peer, PolicyRule, PortRange, Receiver, Sender, admits};
pub use pods::{Cause, ContainerFacts, ContainerPort, PodFacts, PodSpecFacts, PodState, WorkloadFacts};
pub use promise::{CanaryFacts, Makers, Promise};
pub use selector::{Carried, LabelSelector, Operator, Requirement};
pub use service::{Protocol, ServiceFacts, ServiceKind, ServicePort, TargetPort};
pub use subject::{ActionSpec, Subject, SubjectKind, TargetGroup, is_true};
pub use truth::Truth;
