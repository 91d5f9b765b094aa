//! The AWS Load Balancer Controller, and EKS Auto Mode (rulebook 4.1 to 4.5, 4.8; from its source code).

use super::endpoint_rules::EndpointRules;
use super::names::Names;
use super::profile::{Actions, ExternalName, ExternalPort, NodeTargets, Profile, RefusedHosts, ServiceType, Support};
use crate::engine::model::Action;

/// One wrong port stops updates of the whole IngressGroup. Pods with a readiness gate wait until the load balancer of
/// this Ingress exists, so starting Pods are not reported.
pub(super) const AWS_ALB: Profile = Profile {
    id: "aws-alb",
    title: "the AWS Load Balancer Controller",
    names: Names {
        controllers: &["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"],
        annotation: &["alb"],
        ..Names::NONE
    },
    actions: Actions::Served,
    external_name: ExternalName {
        support: Support::Never,
        port: ExternalPort::Declared,
        refused: RefusedHosts::NOTHING,
    },
    service_type: ServiceType { nodes: Some(NodeTargets::Aws), ..Profile::STRICT.service_type },
    endpoints: EndpointRules { starting: Action::Off, ..EndpointRules::STRICT },
    without_backend: "requests get 503, or the load balancer's whole group is not updated any more",
    ..Profile::STRICT
};
