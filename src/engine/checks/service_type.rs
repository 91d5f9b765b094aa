//! The Service has no node port or no ClusterIP, and the controller needs it.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{Address, IdentifiedBy, KubeProxy, NodeTargets, TargetType};
use crate::engine::model::{
    Action, CheckId, Effect, FindingText, Found, Part, ServiceFacts, ServiceKind, ServicePort, TargetPort,
};
use crate::engine::resolve::{
    AWS_TARGET_TYPE, GKE_NEG, PortMatch, Resolution, StatedTargets, kube_proxy, stated_targets,
};
use crate::engine::subject::CLASS_ANNOTATION;
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-type");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service has no node port or no ClusterIP, and the controller needs one",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "A cloud load balancer that sends requests to nodes needs a Service of type NodePort or LoadBalancer \
               with node ports. Load balancers that send requests to Pods do not: AWS with `target-type: ip`, and GKE with \
               network endpoint groups, which the classes `gce-internal` and `gce-regional-external` require. \
               A controller that sends requests to the ClusterIP, always or because of an annotation, cannot serve a \
               headless Service, which has no ClusterIP. On AWS, a Service for IPv6 needs a load balancer that is \
               dual-stack.",
        why: "The load balancer gets no targets, or the controller has no address to connect to. On AWS one such backend \
              stops updates of the whole IngressGroup.",
        example: "kind: Service          # with alb.ingress.kubernetes.io/target-type: instance\nspec:\n  type: ClusterIP",
        fix: "Configure the load balancer to send requests to Pods, or use a Service of type NodePort. If a flag of the \
              controller or its IngressClassParams select Pods for all Ingresses, set `options.targetType: ip` in the \
              configuration of Backstop.",
        options: "`controllers[].options.targetType: ip` states that the load balancer sends requests to Pods if neither \
                  the Ingress nor the Service says so.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run<'r>(resolution: &'r Resolution<'_>) -> Option<Found<'r>> {
    let Lookup::Found(service) = resolution.service else { return None };
    if matches!(service.kind, ServiceKind::ExternalName(_)) {
        return None;
    }
    headless(resolution, service)
        .or_else(|| without_node_port(resolution, service))
        .or_else(|| without_dual_stack(resolution, service))
}

fn without_node_port<'r>(resolution: &'r Resolution<'_>, service: &'r ServiceFacts) -> Option<Found<'r>> {
    let rules = &resolution.profile().service_type;
    let selection = rules.load_balancer.as_ref()?.selection;
    let stated = stated_targets(resolution.context, service)?;
    if let StatedTargets::Refused(holder) = stated {
        return Some(resolution.finding(ID, Part::ServiceName, Action::Warn, move || refused(resolution, holder)));
    }
    if stated == StatedTargets::Known(TargetType::Ip) {
        return None;
    }
    let class = resolution.context.subject.annotations.get(CLASS_ANNOTATION);
    let class = class.filter(|class| rules.pods_only.contains(class));
    if class.is_none() && service.node_ports {
        return None;
    }
    let certain = stated != StatedTargets::Unknown;
    let text = move || match class {
        Some(class) => without_neg(resolution, class),
        None => not_on_nodes(resolution, service, selection, certain),
    };
    let mut finding = resolution.finding(ID, Part::ServiceName, Action::Warn, text);
    finding.effect = if certain { Effect::Fails } else { Effect::Unsure };
    Some(finding)
}

const IP_ADDRESS_TYPE: &str = "alb.ingress.kubernetes.io/ip-address-type";
const GROUP_NAME: &str = "alb.ingress.kubernetes.io/group.name";

/// A Service for IPv6, and a load balancer without addresses for it. Parameters of the class, or another Ingress of the
/// group, may state the addresses.
fn without_dual_stack<'r>(resolution: &'r Resolution<'_>, service: &ServiceFacts) -> Option<Found<'r>> {
    let context = resolution.context;
    let balancer = resolution.profile().service_type.load_balancer.as_ref()?;
    if !balancer.ipv6_needs_dual_stack || !service.ipv6 {
        return None;
    }
    let stated = context.subject.ingress_annotation(IP_ADDRESS_TYPE);
    let stated_elsewhere =
        || context.subject.ingress_annotation(GROUP_NAME).is_some() || may_have_parameters(resolution);
    if stated.map_or_else(stated_elsewhere, |addresses| addresses.starts_with("dualstack")) {
        return None;
    }
    let text = || FindingText {
        reason: format!("Service \"{}\" is for IPv6; the load balancer is for IPv4", resolution.name()),
        consequence: resolution.profile().without_backend.into(),
        help: format!("annotate the Ingress with {IP_ADDRESS_TYPE}: dualstack"),
        ..FindingText::default()
    };
    Some(Found { effect: Effect::Unsure, ..resolution.finding(ID, Part::ServiceName, Action::Warn, text) })
}

/// Whether the class of the Ingress has parameters, or may have.
fn may_have_parameters(resolution: &Resolution<'_>) -> bool {
    let context = resolution.context;
    match context.subject.class().map(|class| context.view.class(class)) {
        Some(Lookup::Found(class)) => class.parameters,
        Some(Lookup::Unknown(_)) => true,
        Some(Lookup::Absent) => false,
        None => context.controller.identified.by == IdentifiedBy::DefaultClass,
    }
}

/// The text if an annotation of the `holder` states targets that do not exist.
fn refused(resolution: &Resolution<'_>, holder: &str) -> FindingText {
    FindingText {
        reason: format!("target-type of the {holder} is neither \"ip\" nor \"instance\""),
        context: format!(", for Service \"{}\"", resolution.name()),
        consequence: resolution.profile().without_backend.into(),
        help: format!("set {AWS_TARGET_TYPE} to ip or to instance"),
        ..FindingText::default()
    }
}

/// The text if the load balancer of the class needs network endpoint groups. A node port does not help.
fn without_neg(resolution: &Resolution<'_>, class: &str) -> FindingText {
    FindingText {
        reason: format!("Service \"{}\" has no NEG annotation; {class} needs a NEG", resolution.name()),
        context: format!(
            ": load balancers of the class {class} send requests to network endpoint groups only, unless GKE creates one by \
             default"
        ),
        help: format!("annotate the Service with {GKE_NEG}: '{{\"ingress\": true}}'"),
        ..FindingText::default()
    }
}

/// The text if the load balancer sends requests to nodes, and the Service has no node port.
fn not_on_nodes(
    resolution: &Resolution<'_>,
    service: &ServiceFacts,
    selection: NodeTargets,
    certain: bool,
) -> FindingText {
    let (title, name) = (resolution.profile().title, resolution.name());
    let (cloud, remedy) = match selection {
        NodeTargets::Aws => ("AWS", "target-type: ip"),
        NodeTargets::Gke => ("GKE", "a NEG"),
    };
    let unless = if certain { String::new() } else { format!(", unless {remedy} is the default") };
    let cluster_ip = service.kind == ServiceKind::ClusterIp;
    let (reason, needed, change) = if cluster_ip {
        (format!("Service \"{name}\" is ClusterIP"), "NodePort", "make the Service a NodePort")
    } else {
        (format!("Service \"{name}\" has no node port"), "one", "set allocateLoadBalancerNodePorts to true")
    };
    FindingText {
        reason,
        brief: format!("; {cloud} needs {needed} or {remedy}"),
        context: format!(", and {title} sends requests to node ports{unless}"),
        help: match selection {
            NodeTargets::Aws => format!("annotate the Ingress with {AWS_TARGET_TYPE}: ip, or {change}"),
            NodeTargets::Gke => {
                format!("annotate the Service with {GKE_NEG}: '{{\"ingress\": true}}', or {change}")
            }
        },
        ..FindingText::default()
    }
}

fn headless<'r>(resolution: &'r Resolution<'_>, service: &'r ServiceFacts) -> Option<Found<'r>> {
    if !service.headless {
        return None;
    }
    let profile = resolution.profile();
    let by = kube_proxy(resolution.context, service).copied();
    if let Some(by) = by.filter(|by| by.address == Address::DnsName) {
        return by_dns_name(resolution, by);
    }
    let action = by.map_or(profile.service_type.headless, |by| by.headless);
    if action == Action::Off {
        return None;
    }
    let text = move || FindingText {
        reason: format!("Service \"{}\" is headless", resolution.name()),
        brief: format!("; {} needs its ClusterIP", profile.title),
        context: format!(
            ": it has no ClusterIP, and {} sends requests to the ClusterIP{}",
            profile.title,
            switched_by(by)
        ),
        consequence: profile.without_backend.into(),
        help: "reference a Service that has a ClusterIP and the same selector".to_owned(),
        ..FindingText::default()
    };
    Some(resolution.finding(ID, Part::ServiceName, action, text))
}

/// The annotation that makes the controller use an address of the Service, in parentheses.
fn switched_by(by: Option<KubeProxy>) -> String {
    by.and_then(|by| by.switch.annotation()).map(|key| format!(" ({key})")).unwrap_or_default()
}

/// The DNS name of a headless Service leads to its Pods, so the port of the Service must be the port of the Pods.
fn by_dns_name<'r>(resolution: &'r Resolution<'_>, by: KubeProxy) -> Option<Found<'r>> {
    let Some(PortMatch::Port(ServicePort { number, target, .. })) = resolution.port else { return None };
    if *target == TargetPort::Number(*number) || by.headless == Action::Off {
        return None;
    }
    let title = resolution.profile().title;
    let text = move || FindingText {
        reason: format!("Service \"{}\" is headless, and port {number} targets {target}", resolution.name()),
        context: format!(": {title} connects to port {number} of the Pods{}", switched_by(Some(by))),
        consequence: "requests fail, unless the controller reads SRV records".into(),
        help: "set targetPort to the number of the port, or remove the annotation".to_owned(),
        ..FindingText::default()
    };
    Some(Found { effect: Effect::Unsure, ..resolution.finding(ID, Part::ServiceName, by.headless, text) })
}
