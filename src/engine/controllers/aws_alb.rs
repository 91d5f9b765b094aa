//! The AWS Load Balancer Controller, and EKS Auto Mode (rulebook 4.1 to 4.5, 4.8; from its source code).

use super::endpoint_rules::{EndpointRules, PortNames, ReadyBy};
use super::names::Names;
use super::profile::{Actions, ExternalName, OtherProtocol, PortMatching, Profile, SameNumber, Support};
use super::rejection::{RejectedShape, Rejection};
use super::service_type::{LoadBalancer, NodeTargets, ServiceType, TargetRules};
use crate::engine::model::Action;

/// One wrong port stops updates of the whole IngressGroup. Pods with a readiness gate wait until the load balancer of
/// this Ingress exists, so starting Pods are not reported.
pub(super) const AWS_ALB: Profile = Profile {
    id: "aws-alb",
    title: "the AWS Load Balancer Controller",
    names: Names { controllers: &["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"], classes: &["alb"], ..Names::NONE },
    actions: Actions::Served,
    external_name: ExternalName { support: Support::Never, ..Profile::STRICT.external_name },
    service_type: ServiceType {
        load_balancer: Some(LoadBalancer {
            selection: NodeTargets::Aws,
            ipv6_needs_dual_stack: true,
            to_nodes: TargetRules::of_nodes(ENDPOINTS),
            to_pods: TargetRules {
                ports: PortMatching { same_number: SameNumber::First, ..Profile::STRICT.ports },
                endpoints: EndpointRules {
                    ready_by: ReadyBy::Pods,
                    port_names: PortNames::AnyForUnnamed,
                    any_protocol: true,
                    ..ENDPOINTS
                },
                other_protocol: OtherProtocol::Ignored,
            },
        }),
        ..Profile::STRICT.service_type
    },
    endpoints: ENDPOINTS,
    rejects: &[Rejection { shape: RejectedShape::PathCharacter(&['*', '?']), action: Action::Warn }],
    without_backend: "requests get 503, or the load balancer's whole group is not updated any more",
    ..Profile::STRICT
};

const ENDPOINTS: EndpointRules = EndpointRules { starting: Action::Off, ..EndpointRules::STRICT };
