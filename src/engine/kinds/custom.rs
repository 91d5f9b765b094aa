//! Objects of kinds without a decoder of their own: custom resources.

use serde_json::Value;

use super::object::{Object, Source, Unusable};
use crate::engine::manifest::{Fields, Json, Metadata, NoSpec, WithSpec, WorkloadSpec, workload_facts};
use crate::engine::model::{MakerFacts, MakerKind, WorkloadFacts};
use crate::engine::programs;

/// Decodes an object of a row with [`Row::custom`](super::Row::custom).
pub(super) fn custom(source: Source<'_>) -> Result<Object, Unusable> {
    match programs::maker(source.kind.group(), source.kind.name()) {
        Some(maker) => maker_of_services(source.json, maker, source.namespace, None),
        None => Ok(Object::Other),
    }
}

/// Decodes an object out of which a program creates Services. It may be a `workload`, too.
pub(super) fn maker_of_services(
    json: Json<'_>,
    kind: MakerKind,
    namespace: &str,
    workload: Option<(String, WorkloadFacts)>,
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
    Ok(Object::Maker(namespace, facts, workload.map(|(_, facts)| facts)))
}

/// The namespace and the facts of a workload of a kind that has no row, such as a Rollout or a `ReplicationController`. It
/// is recognized by the Pod template in `spec.template`.
pub(super) fn other_workload(value: &Value, kind: &str, namespace: &str) -> Option<(String, WorkloadFacts)> {
    value.pointer("/spec/template/spec/containers")?.as_array()?;
    let WithSpec { mut metadata, spec } = Json::Tree(value).read::<WithSpec<WorkloadSpec>>(kind).ok()?;
    metadata.complete_name();
    let Metadata { name, namespace: own, .. } = metadata;
    let namespace = if own.is_empty() { namespace.to_owned() } else { own };
    Some((namespace, workload_facts(kind, name, spec)))
}
