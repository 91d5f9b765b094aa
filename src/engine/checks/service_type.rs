//! The Service has no port on the nodes, or no ClusterIP, and the controller needs it.

use super::{Applies, Check, Docs, Rule};
use crate::engine::controllers::{CLASS_ANNOTATION, ClusterIp, ClusterIpSwitch, NodeTargets, TargetType};
use crate::engine::model::{Action, CheckId, Effect, Finding, FindingText, Part, ServiceFacts, ServiceKind};
use crate::engine::resolve::{AWS_TARGET_TYPE, GKE_NEG, Resolution, cluster_ip, target_type};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-type");

pub(super) const CHECK: Check = Check {
    id: ID,
    summary: "the Service has no node port or no ClusterIP, and the controller needs one",
    action: Action::Warn,
    when: "warn",
    docs: Docs {
        what: "A cloud load balancer that sends requests to nodes needs a Service of type NodePort or LoadBalancer; \
               it needs none where it sends requests to Pods (AWS `target-type: ip`, GKE network endpoint groups, \
               without which `gce-internal` and `gce-regional-external` do not work). \
               A controller that goes by the ClusterIP, by itself or by an annotation, needs one, and a headless \
               Service has none.",
        why: "The load balancer gets no targets. On AWS one such backend keeps the whole IngressGroup from being \
              updated.",
        example: "kind: Service          # with alb.ingress.kubernetes.io/target-type: instance\nspec:\n  type: ClusterIP",
        fix: "Have requests sent to Pods, or make the Service a NodePort. Where a flag of the controller or its \
              IngressClassParams do so for all, say it once in Backstop's configuration: `options.targetType: ip`.",
        options: "`controllers[].options.targetType: ip` says that requests are sent to Pods where neither Ingress \
                  nor Service says.",
    },
    applies: Applies::Everywhere,
    rule: Rule::Service(run),
    elaborate: None,
};

fn run(resolution: &Resolution<'_>) -> Option<Finding> {
    let Lookup::Found(service) = resolution.service else { return None };
    if matches!(service.kind, ServiceKind::ExternalName(_)) {
        return None;
    }
    headless(resolution, service).or_else(|| without_node_port(resolution, service))
}

fn without_node_port(resolution: &Resolution<'_>, service: &ServiceFacts) -> Option<Finding> {
    let rules = resolution.profile().service_type;
    let targets = rules.nodes?;
    let target_type = target_type(&resolution.context, service);
    if target_type == Some(TargetType::Ip) {
        return None;
    }
    let class = resolution.context.subject.annotations.get(CLASS_ANNOTATION);
    let text = match class.filter(|class| rules.pods_only.contains(class)) {
        Some(class) => without_neg(resolution, class),
        None if service.kind == ServiceKind::ClusterIp => cluster_ip_only(resolution, targets, target_type),
        None => return None,
    };
    let mut finding = resolution.finding(ID, Part::ServiceName, Action::Warn, text);
    finding.effect = if target_type.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// A port of the nodes does not help: the load balancer of this class needs network endpoint groups.
fn without_neg(resolution: &Resolution<'_>, class: &str) -> FindingText {
    FindingText {
        reason: format!("Service \"{}\" asks for no NEG; {class} needs one", resolution.name()),
        context: format!(
            ": load balancers of the class {class} send requests to network endpoint groups only, unless GKE makes one by \
             default"
        ),
        help: format!("annotate the Service with {GKE_NEG}: '{{\"ingress\": true}}'"),
        ..FindingText::default()
    }
}

fn cluster_ip_only(resolution: &Resolution<'_>, targets: NodeTargets, target_type: Option<TargetType>) -> FindingText {
    let title = resolution.profile().title;
    let (brief, cure) = match targets {
        NodeTargets::Aws => ("AWS", "target-type: ip"),
        NodeTargets::Gke => ("GKE", "a NEG"),
    };
    let unless = if target_type.is_none() { format!(", unless {cure} is its default") } else { String::new() };
    FindingText {
        reason: format!("Service \"{}\" is ClusterIP", resolution.name()),
        brief: format!("; {brief} needs NodePort or {cure}"),
        context: format!(", and {title} sends requests to ports of the nodes{unless}"),
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

fn headless(resolution: &Resolution<'_>, service: &ServiceFacts) -> Option<Finding> {
    if !service.headless {
        return None;
    }
    let profile = resolution.profile();
    let (action, switch) = match cluster_ip(&resolution.context, service) {
        Some(ClusterIp { switch: ClusterIpSwitch::Service(key) | ClusterIpSwitch::Ingress(key), headless, .. }) => {
            (headless, format!(" ({key})"))
        }
        Some(ClusterIp { switch: ClusterIpSwitch::Always, headless, .. }) => (headless, String::new()),
        None => (profile.service_type.headless, String::new()),
    };
    if action == Action::Off {
        return None;
    }
    let text = FindingText {
        reason: format!("Service \"{}\" is headless", resolution.name()),
        brief: format!("; {} needs its ClusterIP", profile.title),
        context: format!(": it has no ClusterIP, and {} sends requests to the ClusterIP{switch}", profile.title),
        consequence: profile.without_backend.into(),
        help: "reference a Service that has a ClusterIP and the same selector".to_owned(),
        ..FindingText::default()
    };
    Some(resolution.finding(ID, Part::ServiceName, action, text))
}
