//! `networking.k8s.io/v1` IngressClass and `v1` Namespace.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::wire::nullable;
use crate::engine::model::{ClassFacts, NamespaceFacts};

pub(super) const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
/// The label that the API server gives to every Namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// The value of the label that limits the mode of Backstop in a namespace.
pub fn mode_label(namespace: &NamespaceFacts) -> Option<&str> {
    namespace.labels.get("backstop.dev/mode")
}

/// The needed fields of `spec` of an IngressClass.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressClassSpec {
    #[serde(deserialize_with = "nullable")]
    controller: String,
    parameters: Option<IgnoredAny>,
}

/// The facts of an IngressClass.
pub fn class_facts(annotations: &BTreeMap<String, String>, spec: IngressClassSpec) -> ClassFacts {
    ClassFacts {
        controller: spec.controller.into(),
        is_default: annotations.get(DEFAULT_CLASS).is_some_and(|value| value == "true"),
        parameters: spec.parameters.is_some(),
    }
}

/// The facts of the Namespace `name`. A manifest may lack the label that the API server adds, so the label is always
/// set.
pub fn namespace_facts(name: &str, mut labels: BTreeMap<String, String>) -> NamespaceFacts {
    labels.insert(NAME_LABEL.to_owned(), name.to_owned());
    NamespaceFacts { labels: labels.into_iter().collect() }
}
