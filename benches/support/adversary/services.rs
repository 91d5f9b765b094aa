//! Many Services: missing ones, ready ones, unready ones.

use serde_json::{Value, json};

use super::cluster::{backed_service, base, labels, plain_service, with};
use super::ingress::{Ingress, NAMESPACE, paths};
use super::{Case, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "missing-services", full: 10_000, build: missing_services },
    Shape { name: "missing-services-with-near-names", full: 10_000, build: missing_with_near_names },
    Shape { name: "missing-services-with-long-near-names", full: 7_000, build: missing_with_long_near_names },
    Shape { name: "ready-services", full: 10_000, build: ready_services },
    Shape { name: "unready-services", full: 10_000, build: unready_services },
    Shape { name: "services-without-endpoints", full: 10_000, build: services_without_endpoints },
    Shape { name: "network-policies", full: 2_000, build: network_policies },
    Shape { name: "network-policies-with-many-values", full: 10_000, build: network_policies_with_many_values },
    Shape { name: "network-policies-with-many-labels", full: 10_000, build: network_policies_with_many_labels },
    Shape { name: "ingress-classes", full: 10_000, build: ingress_classes },
];

fn web(number: usize) -> String {
    format!("web-{number:05}")
}

fn missing_services(count: usize) -> Case {
    Case::new(Ingress::of_paths(&paths(count, |at| format!("gone-{at:05}"))).created(), base())
}

/// Each missing name differs in one character from ten names of the namespace.
fn missing_with_near_names(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, |at| format!("web-{at:05}x"))).created();
    Case::new(review, with((0..count).map(|at| plain_service(&web(at)))))
}

/// Names of 63 characters that differ in three characters. A comparison must read their equal parts several times.
fn missing_with_long_near_names(count: usize) -> Case {
    let name = |middle: char, at: usize| format!("{}{middle}{}-{at:05}", "a".repeat(3), "a".repeat(53));
    let review = Ingress::of_paths(&paths(count, |at| name('b', at))).created();
    Case::new(review, with((0..count).map(|at| plain_service(&name('c', at + 11_111)))))
}

fn ready_services(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, web)).created();
    Case::new(review, with((0..count).flat_map(|at| backed_service(&web(at), true))))
}

fn unready_services(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, web)).created();
    Case::new(review, with((0..count).flat_map(|at| backed_service(&web(at), false))))
}

/// No EndpointSlice at all.
fn services_without_endpoints(count: usize) -> Case {
    let review = Ingress::of_paths(&paths(count, web)).created();
    Case::new(review, with((0..count).map(|at| plain_service(&web(at)))))
}

/// Names the Pods of ingress-nginx, so that NetworkPolicies are judged.
const CONTROLLER_PODS: &str = "apiVersion: backstop.dev/v1
kind: Configuration
controllers:
  - match: {ingressClass: nginx}
    profile: ingress-nginx
    pods: {namespace: ingress-nginx, selector: {app.kubernetes.io/name: ingress-nginx}, hostNetwork: false}
";

/// Ten NetworkPolicies with this selector of Pods, and ready Services.
fn selecting_policies(count: usize, selector: &Value) -> Case {
    let policy = |at: usize| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
               "metadata": {"name": format!("p{at:05}"), "namespace": NAMESPACE},
               "spec": {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [{}]}})
    };
    let objects = (0..count).flat_map(|at| backed_service(&web(at), true)).chain((0..10).map(policy));
    let review = Ingress::of_paths(&paths(count, web)).created();
    Case { configuration: CONTROLLER_PODS, ..Case::new(review, with(objects)) }
}

/// Each policy selects Pods by ten values for each Service. The label of each Service is compared with all of them.
fn network_policies_with_many_values(count: usize) -> Case {
    let values: Vec<String> = (0..count * 10).map(|at| format!("{at:06}")).collect();
    selecting_policies(count, &json!({"matchExpressions": [{"key": "app", "operator": "In", "values": values}]}))
}

/// Each policy selects Pods by as many labels as there are Services.
fn network_policies_with_many_labels(count: usize) -> Case {
    selecting_policies(count, &json!({"matchLabels": labels(count, "v")}))
}

/// Five ready Services for each NetworkPolicy; the last policy admits the controller, the others admit others.
fn network_policies(count: usize) -> Case {
    let policy = |at: usize| {
        let from = if at + 1 == count { "ingress-nginx".to_owned() } else { format!("team-{at:05}") };
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
               "metadata": {"name": format!("p{at:05}"), "namespace": NAMESPACE},
               "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{
                   "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": from}}}],
                   "ports": [{"port": 8080, "protocol": "TCP"}]}]}})
    };
    let services = count * 5;
    let objects = (0..services).flat_map(|at| backed_service(&web(at), true)).chain((0..count).map(policy));
    let review = Ingress::of_paths(&paths(services, web)).created();
    Case { configuration: CONTROLLER_PODS, ..Case::new(review, with(objects)) }
}

/// Without a class, every IngressClass of the cluster may be the default class.
fn ingress_classes(count: usize) -> Case {
    let class = |at: usize| -> Value {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": format!("c{at:05}"),
               "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}, "spec": {"controller": "k8s.io/ingress-nginx"}})
    };
    let review = Ingress::of_paths(&paths(count, |at| format!("gone-{at:05}"))).of_class(None).created();
    Case::new(review, with((0..count).map(class)))
}
