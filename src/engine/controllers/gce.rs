//! GKE's ingress-gce (rulebook 4.1 to 4.3, 4.9; from its source code).

use super::endpoint_rules::{EndpointRules, NumberlessPort, ReadyBy};
use super::names::{ClassUse, Names};
use super::profile::{ExternalName, OtherProtocol, PortMatching, Profile, SameNumber, Support};
use super::rejection::{RejectedShape, Rejection};
use super::service_type::{LoadBalancer, NodeTargets, ServiceType, TargetRules};
use crate::engine::model::Action;

/// ingress-gce ignores IngressClasses. It reads the annotation `kubernetes.io/ingress.class`, and also serves Ingresses
/// without it. A broken backend stops the synchronisation of the whole Ingress.
pub(super) const GCE: Profile = Profile {
    id: "gce",
    title: "GKE's ingress controller",
    names: Names { classes: &["gce", "gce-internal", "gce-regional-external"], reads_field: false, ..Names::NONE },
    external_name: ExternalName { support: Support::Never, ..Profile::STRICT.external_name },
    service_type: ServiceType {
        load_balancer: Some(LoadBalancer {
            selection: NodeTargets::Gke,
            ipv6_needs_dual_stack: false,
            to_nodes: TargetRules::of_nodes(ENDPOINTS),
            to_pods: TargetRules {
                ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
                // Unready Pods are attached, and the health check of the load balancer decides.
                endpoints: EndpointRules {
                    ready_by: ReadyBy::Pods,
                    any_protocol: true,
                    numberless: NumberlessPort::Fatal,
                    unready: true,
                    ..ENDPOINTS
                },
                other_protocol: OtherProtocol::Ignored,
            },
        }),
        pods_only: &["gce-internal", "gce-regional-external"],
        ..Profile::STRICT.service_type
    },
    endpoints: ENDPOINTS,
    rejects: &[Rejection { shape: RejectedShape::PathCharacter(&['*']), action: Action::Warn }],
    class: ClassUse::Unused,
    without_backend: "the load balancer is not made, or not updated any more",
    without_endpoints: "requests get 502",
    ..Profile::STRICT
};

const ENDPOINTS: EndpointRules = EndpointRules { starting: Action::Off, ..EndpointRules::STRICT };
