//! Objects of kinds without a decoder of their own: custom resources.

use serde_json::Value;

use super::object::{Object, Source, Unusable};
use crate::engine::manifest::{Fields, Json, Metadata, NoSpec, WithSpec, custom_facts, custom_workload};
use crate::engine::model::{CustomFacts, MakerFacts, MakerKind, WorkloadFacts};
use crate::engine::programs;

/// What an object of a kind without a row says about Pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodParts {
    /// The workload, if the object has a Pod template in `spec.template`, as a Rollout has.
    pub workload: Option<WorkloadFacts>,
    /// The other Pods that the object may create, or the workload whose replicas it decides.
    pub custom: Option<CustomFacts>,
}

/// Decodes an object of a row with [`Row::custom`](super::Row::custom).
pub(super) fn custom(source: Source<'_>) -> Result<Object, Unusable> {
    match programs::maker(source.kind.group(), source.kind.name()) {
        Some(maker) => maker_of_services(source.json, maker, source.namespace, PodParts::default()),
        None => Ok(Object::Other),
    }
}

/// Decodes an object for which a program creates Services. `pods` is what the object says about Pods.
pub(super) fn maker_of_services(
    json: Json<'_>,
    kind: MakerKind,
    namespace: &str,
    pods: PodParts,
) -> Result<Object, Unusable> {
    let WithSpec { mut metadata, .. } = json.read::<WithSpec<NoSpec>>(kind.maker.kind)?;
    metadata.complete_name();
    let Metadata { name, namespace: own, .. } = metadata;
    if name.is_empty() {
        return Err(Unusable::NoName(kind.maker.kind.to_owned()));
    }
    let fields = Fields::read(json, kind.maker.paths());
    let facts = MakerFacts::new(kind, name, |path| fields.get(path));
    let namespace = if own.is_empty() { namespace.to_owned() } else { own };
    Ok(Object::Maker(namespace, facts, Box::new(pods)))
}

/// The namespace of an object of a kind that has no row, and what the object says about Pods.
pub(super) fn pod_parts(value: &Value, kind: &str, group: &str, namespace: &str) -> (String, PodParts) {
    if let Some((namespace, workload)) = custom_workload(value, kind, group, namespace) {
        return (namespace, PodParts { workload: Some(workload), custom: None });
    }
    let (namespace, custom) = custom_facts(value, kind, group, namespace).unzip();
    (namespace.unwrap_or_default(), PodParts { workload: None, custom })
}
