//! How the controller connects to a Service: to its endpoints, its ClusterIP, a node port, or the host of an
//! ExternalName.

use std::net::IpAddr;

use super::Context;
use crate::engine::controllers::{ClusterIp, ClusterIpSwitch, NodeTargets, RefusedHosts, Support, TargetType};
use crate::engine::model::{ServiceFacts, ServiceKind};

/// The annotation that chooses the targets of a load balancer of AWS, on an Ingress or a Service (rulebook 4.8).
pub const AWS_TARGET_TYPE: &str = "alb.ingress.kubernetes.io/target-type";
/// The annotation that enables network endpoint groups on GKE (rulebook 4.9).
pub const GKE_NEG: &str = "cloud.google.com/neg";

/// Returns the rule by which the controller connects to the ClusterIP of `service`; `None` if it uses endpoints. An
/// annotation of the Ingress or the Service may select the ClusterIP (rulebook 3.10).
pub fn cluster_ip(context: &Context<'_>, service: &ServiceFacts) -> Option<ClusterIp> {
    let applies = |rule: &ClusterIp| match rule.switch {
        ClusterIpSwitch::Always => true,
        ClusterIpSwitch::Service(key) => service.annotations.get(key).is_some(),
        ClusterIpSwitch::Ingress(name) => context.subject.has_true_annotation(name),
    };
    context.profile().service_type.cluster_ip.filter(applies)
}

/// Returns where the load balancer sends the requests for `service`, by the Ingress, the Service or the configuration.
/// The annotation of the Ingress takes precedence over the annotation of the Service (rulebook 4.8).
pub fn target_type(context: &Context<'_>, service: &ServiceFacts) -> Option<TargetType> {
    let annotated = match context.profile().service_type.nodes? {
        NodeTargets::Aws => {
            let ingress = context.subject.ingress_annotation(AWS_TARGET_TYPE);
            match ingress.or_else(|| service.annotations.get(AWS_TARGET_TYPE)) {
                Some("ip") => Some(TargetType::Ip),
                Some("instance") => Some(TargetType::Instance),
                _ => None,
            }
        }
        NodeTargets::Gke => service.annotations.get(GKE_NEG).map(|_| TargetType::Ip),
    };
    annotated.or(context.controller.options.target_type)
}

/// Returns whether the controller with its options serves ExternalName Services; `None` if that is not known (rulebook
/// 4.7).
pub fn serves_external_names(context: &Context<'_>) -> Option<bool> {
    let allowed = context.controller.options.allow_external_name;
    match context.profile().external_name.support {
        Support::Unknown => None,
        Support::Never => Some(false),
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
