//! The vocabulary: names, subjects, backends, the facts a decision needs, and findings.

mod backend;
mod class;
mod endpoints;
mod finding;
mod names;
mod pods;
mod service;
mod subject;

pub use backend::{Backend, BackendRef, Location, PortRef, Target};
pub use class::{ClassFacts, NamespaceFacts};
pub use endpoints::{EndpointCounts, SliceFacts, SlicePort, SlicePorts};
pub use finding::{Action, CheckId, Claim, FieldPath, Finding};
pub use names::{Labels, ObjectName};
pub use pods::{Cause, PodFacts, PodState, WorkloadFacts};
pub use service::{Protocol, ServiceFacts, ServiceKind, ServicePort, TargetPort};
pub use subject::{Subject, SubjectKind};
