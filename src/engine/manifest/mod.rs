//! Kubernetes JSON in, model out. The only place that knows the names of Kubernetes fields.
//!
//! Every kind has a narrow view: the fields a decision needs and nothing else, decoded leniently
//! (`null` is as good as absent), so that an unknown or new field never stands in the way.

mod action;
mod canary;
mod class;
mod ingress;
mod list;
mod misfit;
mod network_policy;
mod object;
mod order;
mod pod;
mod pod_spec;
mod service;
mod slice;
mod wire;
mod workload;

pub use canary::{CanarySpec, FLAGGER_GROUP, FLAGGER_VERSION, canary_facts};
pub use class::{IngressClassSpec, class_facts, mode_label, namespace_facts};
pub use ingress::{Ingress, Text, ingress};
pub use list::{documents, values};
pub use misfit::DecodeError;
pub use network_policy::{NetworkPolicySpec, OTHER_POLICY_GROUPS, network_policy_facts};
pub use object::{Object, Unusable, decode as object, unread};
pub use pod::{Pod, pod_facts};
pub use service::{ServiceSpec, service_facts};
pub use slice::{EndpointSlice, slice_facts, slice_service};
pub use wire::{Metadata, nullable};
pub use workload::{WorkloadSpec, workload_facts};
