//! `flagger.app/v1beta1` Canary: which Services Flagger makes.

use serde::Deserialize;

use super::wire::nullable;
use crate::engine::model::CanaryFacts;

/// The API group of Flagger, and the only version that it serves.
pub const FLAGGER_API_VERSION: &str = "flagger.app/v1beta1";

/// `spec` of a Canary, as far as it matters.
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

/// The facts of the Canary `name`. Its Service is called as the workload is, unless it says otherwise
/// (`flg:pkg/apis/flagger/v1beta1/canary.go`, `GetServiceNames`).
pub fn canary_facts(name: String, spec: CanarySpec) -> CanaryFacts {
    let CanarySpec { target_ref, service } = spec;
    let apex = if service.name.is_empty() { target_ref.name.clone() } else { service.name };
    CanaryFacts { name, target_kind: target_ref.kind, target: target_ref.name, apex }
}
