//! The Service has no node port or no ClusterIP, and the controller needs it.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{ClusterIp, ClusterIpSwitch, NodeTargets, TargetType};
use crate::engine::model::{Action, CheckId, Effect, FindingText, Found, Part, ServiceFacts, ServiceKind};
use crate::engine::resolve::{AWS_TARGET_TYPE, GKE_NEG, Resolution, cluster_ip, target_type};
use crate::engine::subject::CLASS_ANNOTATION;
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-type");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service has no node port or no ClusterIP, and the controller needs one",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "A cloud load balancer that sends requests to nodes needs a Service of type NodePort or LoadBalancer. \
               Load balancers that send requests to Pods do not: AWS with `target-type: ip`, and GKE with network \
               endpoint groups, which the classes `gce-internal` and `gce-regional-external` require. \
               A controller that sends requests to the ClusterIP, always or because of an annotation, cannot serve a \
               headless Service, which has no ClusterIP.",
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
    headless(resolution, service).or_else(|| without_node_port(resolution, service))
}

fn without_node_port<'r>(resolution: &'r Resolution<'_>, service: &ServiceFacts) -> Option<Found<'r>> {
    let rules = resolution.profile().service_type;
    let targets = rules.nodes?;
    let target_type = target_type(&resolution.context, service);
    if target_type == Some(TargetType::Ip) {
        return None;
    }
    let class = resolution.context.subject.annotations.get(CLASS_ANNOTATION);
    let class = class.filter(|class| rules.pods_only.contains(class));
    if class.is_none() && service.kind != ServiceKind::ClusterIp {
        return None;
    }
    let text = move || match class {
        Some(class) => without_neg(resolution, class),
        None => cluster_ip_only(resolution, targets, target_type),
    };
    let mut finding = resolution.finding(ID, Part::ServiceName, Action::Warn, text);
    finding.effect = if target_type.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
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

fn cluster_ip_only(resolution: &Resolution<'_>, targets: NodeTargets, target_type: Option<TargetType>) -> FindingText {
    let title = resolution.profile().title;
    let (cloud, remedy) = match targets {
        NodeTargets::Aws => ("AWS", "target-type: ip"),
        NodeTargets::Gke => ("GKE", "a NEG"),
    };
    let unless = if target_type.is_none() { format!(", unless {remedy} is the default") } else { String::new() };
    FindingText {
        reason: format!("Service \"{}\" is ClusterIP", resolution.name()),
        brief: format!("; {cloud} needs NodePort or {remedy}"),
        context: format!(", and {title} sends requests to node ports{unless}"),
        help: match targets {
            NodeTargets::Aws => {
                format!("annotate the Ingress with {AWS_TARGET_TYPE}: ip, or make the Service a NodePort")
            }
            NodeTargets::Gke => {
                format!("annotate the Service with {GKE_NEG}: '{{\"ingress\": true}}', or make it a NodePort")
            }
        },
        ..FindingText::default()
    }
}

fn headless<'r>(resolution: &'r Resolution<'_>, service: &ServiceFacts) -> Option<Found<'r>> {
    if !service.headless {
        return None;
    }
    let profile = resolution.profile();
    let (action, switch) = match cluster_ip(&resolution.context, service) {
        Some(ClusterIp { switch: ClusterIpSwitch::Service(key) | ClusterIpSwitch::Ingress(key), headless, .. }) => {
            (headless, Some(key))
        }
        Some(ClusterIp { switch: ClusterIpSwitch::Always, headless, .. }) => (headless, None),
        None => (profile.service_type.headless, None),
    };
    if action == Action::Off {
        return None;
    }
    let text = move || FindingText {
        reason: format!("Service \"{}\" is headless", resolution.name()),
        brief: format!("; {} needs its ClusterIP", profile.title),
        context: format!(
            ": it has no ClusterIP, and {} sends requests to the ClusterIP{}",
            profile.title,
            switch.map(|key| format!(" ({key})")).unwrap_or_default()
        ),
        consequence: profile.without_backend.into(),
        help: "reference a Service that has a ClusterIP and the same selector".to_owned(),
        ..FindingText::default()
    };
    Some(resolution.finding(ID, Part::ServiceName, action, text))
}
