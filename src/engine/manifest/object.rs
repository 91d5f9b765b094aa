//! Any manifest: by `apiVersion` and `kind` to the facts it holds.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::ingress::Ingress;
use super::misfit::DecodeError;
use super::network_policy::{self, OTHER_POLICY_GROUPS};
use super::wire::Metadata;
use super::{canary, class, pod, service, slice, workload};
use crate::engine::model::{
    CanaryFacts, ClassFacts, NamespaceFacts, NetworkPolicyFacts, ObjectName, PodFacts, ServiceFacts, SliceFacts,
    Target, WorkloadFacts,
};
use crate::engine::subject::{Reference, Subject};
use crate::text::near;

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
    /// An object of this kind that is there, and cannot be read: see [`unread`].
    Unread(String, ObjectName),
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
    /// It has no `apiVersion`.
    #[error("apiVersion is missing: use {supported}")]
    NoVersion {
        /// The version to use.
        supported: &'static str,
    },
    /// Its kind is one that is read but for capitals.
    #[error("there is no kind \"{kind}\": use {meant}")]
    Kind {
        /// The kind it has.
        kind: String,
        /// The kind that was meant.
        meant: &'static str,
    },
    /// It is of a version that is no longer served, not yet known, or none.
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
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() {
        return Err(Unusable::NoKind);
    }
    match served(kind, value.get("apiVersion"))? {
        Served::Here => {}
        Served::OtherPolicy => return Ok(Object::OtherPolicy),
        Served::Elsewhere => return Ok(other_workload(value, kind, namespace).unwrap_or(Object::Other)),
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
            let subject = wire.into_subject(namespace);
            let is_empty = |reference: &&Reference| subject.target(reference) == Some(&Target::Nothing);
            if let Some(empty) = subject.references.iter().find(is_empty) {
                let fault = "it names neither a service nor a resource: give it service.name and service.port";
                return Err(DecodeError::invalid(kind, empty.field(), fault).into());
            }
            Object::Ingress(subject)
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

/// A workload of a kind that is not known by its name, such as a Rollout or a `ReplicationController`: what has a Pod
/// template where they all have it makes Pods.
fn other_workload(value: &Value, kind: &str, namespace: &str) -> Option<Object> {
    value.pointer("/spec/template/spec/containers")?.as_array()?;
    let meta: Metadata = field(value, "metadata", kind).ok()?;
    let facts = workload::workload_facts(kind, meta.name, field(value, "spec", kind).ok()?);
    let namespace = if meta.namespace.is_empty() { namespace } else { &meta.namespace };
    Some(Object::Workload(namespace.to_owned(), facts))
}

/// What an object is that [`decode`] could not read; `None` where not even that can be told. Its namespace is empty where
/// its kind has none.
pub fn unread(value: &Value, namespace: &str) -> Option<Object> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (kind, name) = (text("/kind")?, text("/metadata/name")?);
    let (kind, ..) = READ.into_iter().find(|(read, ..)| read.eq_ignore_ascii_case(kind))?;
    let namespace = match kind {
        "Namespace" | "IngressClass" => "",
        _ => text("/metadata/namespace").unwrap_or(namespace),
    };
    Some(Object::Unread(kind.to_owned(), ObjectName::new(namespace, name)))
}

/// Whose an object is.
enum Served {
    /// Its facts are read.
    Here,
    /// Another group's, whose policies can overrule NetworkPolicies.
    OtherPolicy,
    /// No judgement needs it.
    Elsewhere,
}

/// The kinds that are read, their versions and their groups; and Flagger's Canary, see [`served`].
const READ: [(&str, &str, &str); 11] = [
    ("Ingress", "networking.k8s.io/v1", "networking.k8s.io"),
    ("IngressClass", "networking.k8s.io/v1", "networking.k8s.io"),
    ("NetworkPolicy", "networking.k8s.io/v1", "networking.k8s.io"),
    ("Service", "v1", ""),
    ("Pod", "v1", ""),
    ("Namespace", "v1", ""),
    ("EndpointSlice", "discovery.k8s.io/v1", "discovery.k8s.io"),
    ("Deployment", "apps/v1", "apps"),
    ("StatefulSet", "apps/v1", "apps"),
    ("DaemonSet", "apps/v1", "apps"),
    ("ReplicaSet", "apps/v1", "apps"),
];

/// Whether an object of `kind` and `api_version` is read. Another group may have a Service of its own (Knative), or an
/// Ingress (`OpenShift`), which is no error; a version that is missing or mistyped is one, or the object would be missed.
fn served(kind: &str, api_version: Option<&Value>) -> Result<Served, Unusable> {
    let text: Cow<'_, str> = match api_version {
        Some(Value::String(text)) => text.into(),
        None | Some(Value::Null) => "".into(),
        Some(other) => other.to_string().into(),
    };
    let group = group(&text);
    // What a third party serves is its own affair: its fields are read by their names, whatever the version.
    if kind == "Canary" && group == canary::FLAGGER_GROUP {
        return Ok(Served::Here);
    }
    let Some((meant, supported, _)) =
        READ.into_iter().find(|(read, _, own)| read.eq_ignore_ascii_case(kind) && is_meant(group, own))
    else {
        let overrules = OTHER_POLICY_GROUPS.contains(&group);
        return Ok(if overrules { Served::OtherPolicy } else { Served::Elsewhere });
    };
    if kind != meant {
        return Err(Unusable::Kind { kind: kind.to_owned(), meant });
    }
    match text {
        text if text == supported => Ok(Served::Here),
        text if text.is_empty() => Err(Unusable::NoVersion { supported }),
        text => Err(Unusable::Version { kind: kind.to_owned(), api_version: text.into_owned(), supported }),
    }
}

/// Whether objects of `kind` are read, in some version.
pub(super) fn is_read(kind: &str) -> bool {
    READ.iter().any(|(read, ..)| *read == kind)
}

/// Whether a group can only be Kubernetes' own, `own` or another that does not have the kind: those of third parties
/// have a dot, which the API server demands.
fn is_meant(group: &str, own: &str) -> bool {
    !group.contains('.') || ["networking.k8s.io", "discovery.k8s.io"].contains(&group) || near(group, [own]).is_some()
}

/// The API group of an `apiVersion`; empty for the core.
fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn field<'v, T: Deserialize<'v> + Default>(value: &'v Value, key: &str, kind: &str) -> Result<T, DecodeError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(part) => T::deserialize(part).map_err(|_| DecodeError::of::<T>(part, key, kind)),
    }
}

fn whole<'v, T: Deserialize<'v>>(value: &'v Value, kind: &str) -> Result<T, DecodeError> {
    T::deserialize(value).map_err(|_| DecodeError::of::<T>(value, "", kind))
}

#[cfg(test)]
mod tests;
