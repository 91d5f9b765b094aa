//! GKE's ingress-gce (rulebook 4.1 to 4.3, 4.9; from its source code).

use super::endpoint_rules::EndpointRules;
use super::names::{ClassUse, Names};
use super::profile::{ExternalName, ExternalPort, NodeTargets, Profile, RefusedHosts, ServiceType, Support};
use crate::engine::model::Action;

/// ingress-gce ignores IngressClasses. It reads the annotation `kubernetes.io/ingress.class`, and also serves Ingresses
/// without it. A broken backend stops the synchronisation of the whole Ingress.
pub(super) const GCE: Profile = Profile {
    id: "gce",
    title: "GKE's ingress controller",
    names: Names { annotation: &["gce", "gce-internal", "gce-regional-external"], ..Names::NONE },
    external_name: ExternalName {
        support: Support::Never,
        port: ExternalPort::Declared,
        refused: RefusedHosts::NOTHING,
    },
    service_type: ServiceType {
        headless: Action::Warn,
        nodes: Some(NodeTargets::Gke),
        pods_only: &["gce-internal", "gce-regional-external"],
        ..Profile::STRICT.service_type
    },
    endpoints: EndpointRules { starting: Action::Off, ..EndpointRules::STRICT },
    class: ClassUse::Unused,
    without_backend: "the load balancer is not made, or not updated any more",
    without_endpoints: "requests get 502",
    ..Profile::STRICT
};
