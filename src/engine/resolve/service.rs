//! How the controller connects to a Service: to its endpoints, its ClusterIP, a node port, or the host of an
//! ExternalName.

use std::net::IpAddr;

use super::Context;
use crate::engine::controllers::{
    Address, KubeProxy, NodeTargets, RefusedHosts, Support, Switch, TargetRules, TargetType,
};
use crate::engine::model::{ServiceFacts, ServiceKind};

/// The annotation that chooses the targets of a load balancer of AWS, on an Ingress or a Service (rulebook 4.8).
pub const AWS_TARGET_TYPE: &str = "alb.ingress.kubernetes.io/target-type";
/// The annotation that enables network endpoint groups on GKE (rulebook 4.9).
pub const GKE_NEG: &str = "cloud.google.com/neg";

/// Returns the rule by which the controller leaves the choice of an endpoint of `service` to kube-proxy; `None` if it
/// uses endpoints. An annotation of the Ingress or the Service may select the rule (rulebook 3.10).
pub fn kube_proxy(context: &Context<'_>, service: &ServiceFacts) -> Option<&'static KubeProxy> {
    let by_default = context.controller.options.service_upstream.unwrap_or_default();
    let applies = |rule: &&KubeProxy| {
        let by_default = by_default && rule.address != Address::Nodes;
        let reachable = rule.address != Address::Nodes || service.kind == ServiceKind::NodePort;
        reachable
            && match rule.switch {
                Switch::Always => true,
                Switch::AnyPrefix(name) => by_default || context.subject.has_true_annotation(name),
                Switch::Annotations { service: own, ingress, values } => {
                    let own = own.iter().find_map(|key| service.annotations.get(key));
                    let stated = || ingress.iter().find_map(|key| context.subject.ingress_annotation(key));
                    own.or_else(stated).map_or(by_default, |value| values.is_true(value))
                }
            }
    };
    context.profile().service_type.kube_proxy.iter().find(applies)
}

/// The targets of a load balancer for a Service, as far as they are stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatedTargets {
    /// The Ingress, the Service or the configuration states them.
    Known(TargetType),
    /// Nothing states them.
    Unknown,
    /// The controller refuses what an annotation of this object states.
    Refused(&'static str),
}

/// Returns where the load balancer sends the requests for `service`, by the Ingress, the Service or the configuration;
/// `None` if the controller is no load balancer. The annotation of the Ingress takes precedence over the annotation of
/// the Service (rulebook 4.8).
pub fn stated_targets(context: &Context<'_>, service: &ServiceFacts) -> Option<StatedTargets> {
    let by_option = || context.controller.options.target_type.map_or(StatedTargets::Unknown, StatedTargets::Known);
    let stated = match context.profile().service_type.load_balancer.as_ref()?.selection {
        NodeTargets::Aws => {
            let ingress = context.subject.ingress_annotation(AWS_TARGET_TYPE).map(|value| (value, "Ingress"));
            let of_service = || service.annotations.get(AWS_TARGET_TYPE).map(|value| (value, "Service"));
            match ingress.or_else(of_service) {
                Some(("ip", _)) => StatedTargets::Known(TargetType::Ip),
                Some(("instance", _)) => StatedTargets::Known(TargetType::Instance),
                Some((_, holder)) => StatedTargets::Refused(holder),
                None => by_option(),
            }
        }
        NodeTargets::Gke => match service.annotations.get(GKE_NEG) {
            Some("true") => StatedTargets::Known(TargetType::Ip),
            Some(_) => StatedTargets::Known(TargetType::Instance),
            None => by_option(),
        },
    };
    Some(stated)
}

/// The rules for the targets of a load balancer; `None` if the controller is none. If nothing states the targets, a
/// Service with a node port is reached through the nodes: without one, only Pods can work.
pub(super) fn target_rules(context: &Context<'_>, service: &ServiceFacts) -> Option<&'static TargetRules> {
    let balancer = context.profile().service_type.load_balancer.as_ref()?;
    let to_pods = match stated_targets(context, service)? {
        StatedTargets::Known(target) => target == TargetType::Ip,
        StatedTargets::Unknown | StatedTargets::Refused(_) => !service.node_ports,
    };
    Some(if to_pods { &balancer.to_pods } else { &balancer.to_nodes })
}

/// Returns whether the controller with its options serves ExternalName Services; `None` if that is not known (rulebook
/// 4.7).
pub fn serves_external_names(context: &Context<'_>) -> Option<bool> {
    let allowed = context.controller.options.allow_external_name;
    match context.profile().external_name.support {
        Support::Unknown => None,
        Support::Never => Some(false),
        Support::Alias => allowed,
        Support::On => Some(allowed.unwrap_or(true)),
        Support::Off => Some(allowed.unwrap_or(false)),
    }
}

/// Whether the controller connects to the host that an ExternalName Service names, on any port.
pub fn is_dialled(context: &Context<'_>, service: &ServiceFacts) -> bool {
    let ServiceKind::ExternalName(host) = &service.kind else { return false };
    serves_external_names(context) == Some(true) && !is_refused(host, context.profile().external_name.refused)
}

/// Whether a controller with these rules refuses to connect to this host. It connects to other IP addresses (measured).
pub fn is_refused(host: &str, refused: RefusedHosts) -> bool {
    let loopback = || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    refused.names.contains(&host) || (refused.loopback && loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::is_refused;
    use crate::engine::controllers::by_id;

    /// From source code; measured for `localhost`.
    #[rstest]
    #[case("localhost", "ingress-nginx contour")]
    #[case("127.0.0.1", "ingress-nginx")]
    #[case("::1", "ingress-nginx")]
    #[case("localhost.localdomain", "contour")]
    #[case("local.projectcontour.io", "contour")]
    #[case("localhost.", "")]
    #[case("", "")]
    #[case("shop.example", "")]
    #[case("localhost.example", "")]
    #[case("10.0.0.1", "")]
    fn controllers_that_refuse_a_name(#[case] name: &str, #[case] expected: &str) {
        let refuses = |id: &&str| is_refused(name, by_id(id).unwrap().external_name.refused);
        let refusing: Vec<&str> =
            ["ingress-nginx", "traefik", "traefik-nginx", "contour"].into_iter().filter(refuses).collect();
        assert_eq!(refusing.join(" "), expected);
    }
}
