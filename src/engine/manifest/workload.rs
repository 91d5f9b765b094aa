//! `apps/v1` Deployment, StatefulSet, DaemonSet and ReplicaSet: the Pods that they create.

use serde::Deserialize;

use super::inert::is_expanded;
use super::pod_spec::{PodSpec, asks_for_injection, pod_spec_facts};
use super::wire::{Metadata, nullable};
use crate::engine::model::{PodSpecFacts, WorkloadFacts};

/// The needed fields of `spec` of a workload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WorkloadSpec {
    replicas: Option<u32>,
    #[serde(deserialize_with = "nullable")]
    ordinals: Ordinals,
    #[serde(deserialize_with = "nullable")]
    template: Template,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Ordinals {
    #[serde(deserialize_with = "nullable")]
    start: u32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Template {
    #[serde(deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(deserialize_with = "nullable")]
    spec: PodSpec,
}

/// The facts of a workload called `name`, of a kind of this API group.
pub fn workload_facts(group: &str, kind: &str, name: String, spec: WorkloadSpec) -> WorkloadFacts {
    let Template { metadata, spec: pod } = spec.template;
    let injected = asks_for_injection(&metadata);
    WorkloadFacts {
        kind: kind.to_owned(),
        name,
        template_labels: metadata.labels.into_iter().collect(),
        template_spec: PodSpecFacts { injected, ..pod_spec_facts(pod) },
        replicas: spec.replicas,
        first_ordinal: spec.ordinals.start,
        is_expanded: is_expanded(group, kind),
    }
}
