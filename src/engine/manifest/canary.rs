//! `flagger.app/v1beta1` Canary: which Services Flagger creates.

use serde::Deserialize;

use super::wire::nullable;
use crate::engine::model::CanaryFacts;

/// The API group of Flagger, and the only version that it serves.
pub const FLAGGER_API_VERSION: &str = "flagger.app/v1beta1";

/// The needed fields of `spec` of a Canary.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CanarySpec {
    #[serde(deserialize_with = "nullable")]
    target_ref: TargetRef,
    #[serde(deserialize_with = "nullable")]
    service: Service,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TargetRef {
    #[serde(deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Service {
    #[serde(deserialize_with = "nullable")]
    name: String,
}

/// The facts of the Canary `name`. The apex Service has the name `spec.service.name`, or the name of the workload if
/// that is empty (fluxcd/flagger `pkg/apis/flagger/v1beta1/canary.go`, `GetServiceNames`).
pub fn canary_facts(name: String, spec: CanarySpec) -> CanaryFacts {
    let CanarySpec { target_ref, service } = spec;
    let apex = if service.name.is_empty() { target_ref.name.clone() } else { service.name };
    CanaryFacts { name, target_kind: target_ref.kind, target: target_ref.name, apex }
}
