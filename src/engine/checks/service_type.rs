//! The Service has no port on the nodes, or no ClusterIP, and the controller needs it.

use super::scene::{Scene, Words};
use super::{Case, Check, Docs, Rule};
use crate::engine::controllers::{CLASS_ANNOTATION, ClusterIp, ClusterIpSwitch, NodeTargets, TargetType};
use crate::engine::model::{Action, CheckId, Effect, Finding, ServiceFacts, ServiceKind, is_true};
use crate::engine::view::Lookup;

const ID: CheckId = CheckId("service-type");

const TARGET_TYPE: &str = "alb.ingress.kubernetes.io/target-type";
const NEG: &str = "cloud.google.com/neg";

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
    rule: Rule::Service(run),
};

fn run(case: &Case<'_>) -> Option<Finding> {
    let Lookup::Found(service) = case.service else { return None };
    if matches!(service.kind, ServiceKind::ExternalName(_)) {
        return None;
    }
    headless(case, service).or_else(|| without_node_port(case, service))
}

fn without_node_port(case: &Case<'_>, service: &ServiceFacts) -> Option<Finding> {
    let targets = case.profile().service_type.nodes?;
    let told = target_type(case.scene, service);
    if told == Some(TargetType::Ip) {
        return None;
    }
    let class = case.scene.subject.annotation(CLASS_ANNOTATION);
    let pods_only = class.filter(|class| case.profile().service_type.pods_only.contains(class));
    let words = match pods_only {
        Some(class) => without_neg(case, class),
        None if service.kind == ServiceKind::ClusterIp => without_port_there(case, targets, told),
        None => return None,
    };
    let mut finding = case.finding(ID, "service.name", Action::Warn, words);
    finding.effect = if told.is_none() { Effect::Unsure } else { Effect::Fails };
    Some(finding)
}

/// No port of a node helps: the load balancer of this class needs network endpoint groups.
fn without_neg(case: &Case<'_>, class: &str) -> Words {
    let name = case.name;
    let unless = "unless GKE makes one by default";
    Words {
        reason: format!("Service \"{name}\" asks for no NEG; {class} needs one"),
        detail: format!(
            "Service \"{name}\" asks for no network endpoint group, and load balancers of the class {class} send requests \
             to nothing else, {unless} ({})",
            case.backend.route()
        ),
        note: format!("load balancers of the class {class} send requests to nothing else, {unless}"),
        help: format!("annotate the Service with {NEG}: '{{\"ingress\": true}}'"),
    }
}

fn without_port_there(case: &Case<'_>, targets: NodeTargets, told: Option<TargetType>) -> Words {
    let (name, title) = (case.name, case.profile().title);
    let (brief, cure) = match targets {
        NodeTargets::Aws => ("AWS", "target-type: ip"),
        NodeTargets::Gke => ("GKE", "a NEG"),
    };
    let unless = if told.is_none() { format!(", unless {cure} is its default") } else { String::new() };
    Words {
        reason: format!("Service \"{name}\" is ClusterIP; {brief} needs NodePort or {cure}"),
        detail: format!(
            "Service \"{name}\" is of type ClusterIP, and {title} sends requests to ports of the nodes{unless} ({})",
            case.backend.route()
        ),
        note: format!("{title} sends requests to ports of the nodes{unless}"),
        help: match targets {
            NodeTargets::Aws => format!("annotate the Ingress with {TARGET_TYPE}: ip, or make the Service a NodePort"),
            NodeTargets::Gke => {
                format!("annotate the Service with {NEG}: '{{\"ingress\": true}}', or make it a NodePort")
            }
        },
    }
}

fn headless(case: &Case<'_>, service: &ServiceFacts) -> Option<Finding> {
    if !service.headless {
        return None;
    }
    let rules = case.profile().service_type;
    let (action, because) = match cluster_ip(case.scene, service) {
        Some(ClusterIp {
            switch: ClusterIpSwitch::Service(name) | ClusterIpSwitch::Ingress(name), headless, ..
        }) => (headless, name),
        Some(ClusterIp { switch: ClusterIpSwitch::Always, headless, .. }) => (headless, ""),
        None => (rules.headless, ""),
    };
    if action == Action::Off {
        return None;
    }
    let (name, title) = (case.name, case.profile().title);
    let because = if because.is_empty() { String::new() } else { format!(" ({because})") };
    let words = Words {
        reason: format!("Service \"{name}\" is headless; {title} needs its ClusterIP"),
        detail: format!(
            "Service \"{name}\" has no ClusterIP, and {title} sends requests to it{because} ({}: {})",
            case.backend.route(),
            case.profile().without_backend
        ),
        note: format!("{title} sends requests to the ClusterIP{because}; {}", case.profile().without_backend),
        help: "reference a Service that has a ClusterIP and the same selector".to_owned(),
    };
    Some(case.finding(ID, "service.name", action, words))
}

/// Whether the controller goes by the ClusterIP of `service`, if it has one: Ingress or Service may ask for it.
pub(super) fn cluster_ip(scene: Scene<'_>, service: &ServiceFacts) -> Option<ClusterIp> {
    let told = |rule: &ClusterIp| {
        let value = match rule.switch {
            ClusterIpSwitch::Always => return true,
            ClusterIpSwitch::Service(key) => service.annotations.get(key),
            ClusterIpSwitch::Ingress(name) => scene.subject.annotation_named(name),
        };
        value.is_some_and(is_true)
    };
    scene.profile().service_type.cluster_ip.filter(told)
}

/// Where the load balancer sends requests for `service`, as far as Ingress, Service or configuration say it: the
/// Ingress's annotation wins over the Service's (rulebook 4.8).
pub(super) fn target_type(scene: Scene<'_>, service: &ServiceFacts) -> Option<TargetType> {
    let said = match scene.profile().service_type.nodes? {
        NodeTargets::Aws => {
            let word = scene.subject.annotation(TARGET_TYPE).or_else(|| service.annotations.get(TARGET_TYPE));
            word.and_then(|word| match word {
                "ip" => Some(TargetType::Ip),
                "instance" => Some(TargetType::Instance),
                _ => None,
            })
        }
        // JSON, of which one key matters: `{"ingress": true}`.
        NodeTargets::Gke => service.annotations.get(NEG).filter(|json| has_ingress_neg(json)).map(|_| TargetType::Ip),
    };
    said.or(scene.controller.options.target_type)
}

fn has_ingress_neg(json: &str) -> bool {
    let said: Option<serde_json::Value> = serde_json::from_str(json).ok();
    said.and_then(|it| it.get("ingress")?.as_bool()).unwrap_or_default()
}
