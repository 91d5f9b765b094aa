//! Facts of cluster-scoped objects: IngressClass and Namespace.

use super::Labels;

/// What a decision needs of an IngressClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassFacts {
    /// `spec.controller`, which is immutable (rulebook 2.12).
    pub controller: Box<str>,
    /// Annotated `ingressclass.kubernetes.io/is-default-class: "true"`.
    pub is_default: bool,
}

/// What a decision needs of a Namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceFacts {
    /// Its labels, `kubernetes.io/metadata.name` among them: NetworkPolicies select by them, and some steer Backstop.
    pub labels: Labels,
}
