//! Decodes Kubernetes JSON to the model. No other module knows the names of Kubernetes fields.
//!
//! For each kind only the fields that a decision needs are decoded. `null` means absent, or the empty string as
//! the value of a label, annotation or selector. Unknown fields are ignored, so that new fields of the API cause no errors.

mod action;
mod backend_annotation;
mod class;
mod custom;
mod endpoints;
mod fields;
mod go_json;
mod head;
mod inert;
mod ingress;
mod json;
mod kustomization;
mod mapping;
mod misfit;
mod neg;
mod network_policy;
mod order;
mod outline;
mod pod;
mod pod_spec;
mod refused;
mod rules;
mod service;
mod slice;
mod string_map;
mod text;
mod times;
mod tls_hosts;
mod wire;
mod workload;
mod writer;

pub use class::{IngressClassSpec, class_facts, mode_label, namespace_facts};
pub use custom::{custom_facts, custom_workload, is_hook};
pub use endpoints::{Endpoints, mirrored_slices};
pub use fields::Fields;
pub use head::Head;
pub use inert::route_kind;
pub use ingress::{Ingress, ingress};
pub use json::Json;
pub use kustomization::{KustomizationFacts, PatchFacts, PatchTarget, kustomization_facts, patched_object};
pub use mapping::Mapping;
pub use misfit::DecodeError;
pub use network_policy::{NetworkPolicySpec, OTHER_POLICY_GROUPS, network_policy_facts};
pub use pod::{Pod, pod_facts};
pub use refused::refused_ingress;
pub use service::{ServiceSpec, service_facts};
pub use slice::{EndpointSlice, slice_facts};
pub use text::{Name, Text};
pub use times::newest_time;
pub use wire::{Manifest, Metadata, NoSpec, WithSpec, nullable};
pub use workload::{WorkloadSpec, workload_facts};
