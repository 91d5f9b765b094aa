//! The AWS Load Balancer Controller, and EKS Auto Mode, which behaves alike (rulebook 4.1 to 4.5, 4.8, by reading).

use super::endpoint_rules::EndpointRules;
use super::profile::{Actions, ExternalName, ExternalPort, Names, NodeTargets, Profile, Refused, ServiceType, Support};
use crate::engine::model::Action;

/// One wrong port keeps a whole IngressGroup from being updated. Its Pods wait for the load balancer that is made of
/// this Ingress, so that starting Pods are no news.
pub(super) const AWS_ALB: Profile = Profile {
    id: "aws-alb",
    title: "the AWS Load Balancer Controller",
    names: Names { controllers: &["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"], classes: &[], annotation: &["alb"] },
    actions: Actions::Served,
    external_name: ExternalName { support: Support::Never, port: ExternalPort::Declared, refused: Refused::NOTHING },
    service_type: ServiceType { nodes: Some(NodeTargets::Aws), ..Profile::STRICT.service_type },
    endpoints: EndpointRules { starting: Action::Off, ..EndpointRules::STRICT },
    without_backend: "requests get 503, or the load balancer's whole group is not updated any more",
    ..Profile::STRICT
};
