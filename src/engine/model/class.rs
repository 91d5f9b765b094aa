//! Facts of cluster-scoped objects: IngressClass and Namespace.

use super::Labels;

/// The facts of an IngressClass that a decision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassFacts {
    /// `spec.controller`, which is immutable (rulebook 2.12).
    pub controller: Box<str>,
    /// The IngressClass has the annotation `ingressclass.kubernetes.io/is-default-class: "true"`.
    pub is_default: bool,
    /// The IngressClass has `spec.parameters`, which Backstop does not read.
    pub parameters: bool,
}

/// The facts of a Namespace that a decision needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceFacts {
    /// All labels, including `kubernetes.io/metadata.name`. NetworkPolicies select namespaces by them, and Backstop
    /// reads some of them.
    pub labels: Labels,
}
