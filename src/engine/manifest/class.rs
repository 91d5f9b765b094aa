//! `networking.k8s.io/v1` IngressClass and `v1` Namespace.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::wire::nullable;
use crate::engine::model::{ClassFacts, NamespaceFacts};

const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";
const OWN_LABELS: &str = "backstop.dev/";

/// The Namespace label that caps what Backstop does there.
pub fn mode_label(namespace: &NamespaceFacts) -> Option<&str> {
    namespace.labels.get("backstop.dev/mode")
}

/// `spec` of an IngressClass, as far as it matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IngressClassSpec {
    #[serde(deserialize_with = "nullable")]
    controller: String,
}

/// The facts of an IngressClass.
pub fn class_facts(annotations: &BTreeMap<String, String>, spec: IngressClassSpec) -> ClassFacts {
    ClassFacts {
        controller: spec.controller.into(),
        is_default: annotations.get(DEFAULT_CLASS).is_some_and(|value| value == "true"),
    }
}

/// The facts of a Namespace.
pub fn namespace_facts<'a>(labels: impl IntoIterator<Item = (&'a String, &'a String)>) -> NamespaceFacts {
    let own = labels.into_iter().filter(|(key, _)| key.starts_with(OWN_LABELS));
    NamespaceFacts { labels: own.map(|(key, value)| (key.as_str(), value.as_str())).collect() }
}
