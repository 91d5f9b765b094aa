//! Any manifest: by `apiVersion` and `kind` to the facts it holds.

use serde::Deserialize;
use serde_json::Value;

use super::ingress::{DecodeError, Ingress};
use super::network_policy::{self, OTHER_POLICY_GROUPS};
use super::wire::Metadata;
use super::{canary, class, pod, service, slice, workload};
use crate::engine::model::{
    CanaryFacts, ClassFacts, NamespaceFacts, NetworkPolicyFacts, ObjectName, PodFacts, ServiceFacts, SliceFacts,
    Subject, WorkloadFacts,
};

/// One object's facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// An Ingress: a subject.
    Ingress(Subject),
    /// A Service.
    Service(ObjectName, ServiceFacts),
    /// An EndpointSlice, with its own name and its Service's.
    Slice(ObjectName, String, SliceFacts),
    /// A Pod, with its namespace.
    Pod(String, PodFacts),
    /// A workload, with its namespace.
    Workload(String, WorkloadFacts),
    /// An IngressClass, with its name.
    Class(String, ClassFacts),
    /// A Namespace, with its name.
    Namespace(String, NamespaceFacts),
    /// A NetworkPolicy that isolates Pods for incoming traffic.
    NetworkPolicy(ObjectName, NetworkPolicyFacts),
    /// A Canary of Flagger's, with its namespace.
    Canary(String, CanaryFacts),
    /// An object of an API group whose policies can overrule NetworkPolicies.
    OtherPolicy,
    /// A kind that no judgement needs, or an object that counts for nothing: some slices, some NetworkPolicies.
    Other,
}

/// Why a manifest is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It has no `kind`, so it is no Kubernetes object.
    #[error("it is no Kubernetes object: it has no \"kind\"")]
    NoKind,
    /// It has no `metadata.name`.
    #[error("{0} has no metadata.name")]
    NoName(String),
    /// It is of a version that is no longer served, or not yet known.
    #[error("{kind} of {api_version} is not supported: use {supported}")]
    Version {
        /// The kind.
        kind: String,
        /// The version it has.
        api_version: String,
        /// The version to use.
        supported: &'static str,
    },
    /// A field that matters has the wrong type.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// Decodes one object (not a `List`). `namespace` counts where the object does not say its own.
///
/// # Errors
/// See [`Unusable`]. Kinds that no judgement needs are [`Object::Other`], never an error.
pub fn decode(value: &Value, namespace: &str) -> Result<Object, Unusable> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, api_version) = (text("kind"), text("apiVersion"));
    if kind.is_empty() {
        return Err(Unusable::NoKind);
    }
    let Some(supported) = served_version(kind, api_version) else {
        let overrules = OTHER_POLICY_GROUPS.contains(&group(api_version));
        return Ok(if overrules { Object::OtherPolicy } else { Object::Other });
    };
    // What a third party serves is its own affair: its fields are read by their names, whatever the version.
    if api_version != supported && kind != "Canary" {
        let (kind, api_version) = (kind.to_owned(), api_version.to_owned());
        return Err(Unusable::Version { kind, api_version, supported });
    }
    let meta: Metadata = field(value, "metadata", kind)?;
    if meta.name.is_empty() {
        return Err(Unusable::NoName(kind.to_owned()));
    }
    let namespace = if meta.namespace.is_empty() { namespace } else { &meta.namespace };
    let named = || ObjectName::new(namespace, meta.name.clone());
    Ok(match kind {
        "Ingress" => {
            let wire = Ingress { metadata: field(value, "metadata", kind)?, spec: field(value, "spec", kind)? };
            Object::Ingress(wire.into_subject(namespace))
        }
        "Service" => Object::Service(named(), service::service_facts(&meta.annotations, field(value, "spec", kind)?)),
        "EndpointSlice" => match (slice::slice_service(&meta.labels), slice::slice_facts(whole(value, kind)?)) {
            (Some(service), Some(facts)) if meta.deletion_timestamp.is_none() => {
                Object::Slice(named(), service.to_owned(), facts)
            }
            _ => Object::Other,
        },
        "Pod" => Object::Pod(namespace.to_owned(), pod::pod_facts(whole(value, kind)?)),
        "IngressClass" => Object::Class(meta.name, class::class_facts(&meta.annotations, field(value, "spec", kind)?)),
        "NetworkPolicy" => match network_policy::network_policy_facts(field(value, "spec", kind)?) {
            Some(facts) => Object::NetworkPolicy(named(), facts),
            None => Object::Other,
        },
        "Canary" => {
            let facts = canary::canary_facts(meta.name, field(value, "spec", kind)?);
            Object::Canary(namespace.to_owned(), facts)
        }
        "Namespace" => {
            let facts = class::namespace_facts(&meta.name, meta.labels);
            Object::Namespace(meta.name, facts)
        }
        _ => {
            let facts = workload::workload_facts(kind, meta.name, field(value, "spec", kind)?);
            Object::Workload(namespace.to_owned(), facts)
        }
    })
}

/// The version in which `kind` is read; `None` for kinds that no judgement needs, such as another group's Service.
fn served_version(kind: &str, api_version: &str) -> Option<&'static str> {
    let (supported, own) = match kind {
        "Ingress" | "IngressClass" | "NetworkPolicy" => ("networking.k8s.io/v1", "networking.k8s.io"),
        "Service" | "Pod" | "Namespace" => ("v1", ""),
        "EndpointSlice" => ("discovery.k8s.io/v1", "discovery.k8s.io"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => ("apps/v1", "apps"),
        "Canary" => (canary::FLAGGER_VERSION, canary::FLAGGER_GROUP),
        _ => return None,
    };
    let group = group(api_version);
    let retired = kind == "Ingress" && group == "extensions";
    (group == own || retired).then_some(supported)
}

/// The API group of an `apiVersion`; empty for the core.
fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn field<'v, T: Deserialize<'v> + Default>(value: &'v Value, key: &str, kind: &str) -> Result<T, DecodeError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(part) => T::deserialize(part)
            .map_err(|error| DecodeError { expected: article(kind), message: format!("{key}: {error}") }),
    }
}

fn whole<'v, T: Deserialize<'v>>(value: &'v Value, kind: &str) -> Result<T, DecodeError> {
    T::deserialize(value).map_err(|error| DecodeError { expected: article(kind), message: error.to_string() })
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['A', 'E', 'I', 'O', 'U']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
