//! Programs that install charts or whole directories for a custom resource: nothing shows the names of the Services
//! (rulebook 7.15).

use super::{MAKER, OPERATOR};
use crate::engine::model::{Maker, Program};

/// The template of a name that nothing shows.
const ANY_NAME: &[&str] = &["*"];

/// A kind whose objects state the namespace of their Services in the field at `namespace`.
pub(super) const fn chart(group: &'static str, kind: &'static str, namespace: &'static str) -> Maker {
    Maker { group, kind, services: ANY_NAME, namespace: Some(namespace), ..MAKER }
}

pub(super) const ALL: &[Program] = &[
    Program {
        name: "Argo CD",
        makers: &[chart("argoproj.io", "Application", "spec.destination.namespace")],
        source: "argoproj/argo-cd 6328f8ba, pkg/apis/application/v1alpha1/types.go (ApplicationDestination)",
        ..OPERATOR
    },
    Program {
        name: "the Helm controller of k3s",
        makers: &[chart("helm.cattle.io", "HelmChart", "spec.targetNamespace")],
        source: "k3s-io/helm-controller v0.17.7, pkg/controllers/chart/chart.go (job)",
        ..OPERATOR
    },
];
