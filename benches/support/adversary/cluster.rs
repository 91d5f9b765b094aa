//! The objects of a cluster, with the fields that a judgement reads.

use serde_json::{Map, Value, json};

use super::ingress::NAMESPACE;

/// A Namespace and two IngressClasses: `nginx` and `alb`.
pub(super) fn base() -> Vec<Value> {
    let class = |name: &str, controller: &str| json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name}, "spec": {"controller": controller}});
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {"kubernetes.io/metadata.name": NAMESPACE}}}),
        class("nginx", "k8s.io/ingress-nginx"),
        class("alb", "ingress.k8s.aws/alb"),
    ]
}

/// The base objects and `more`.
pub(super) fn with(more: impl IntoIterator<Item = Value>) -> Vec<Value> {
    base().into_iter().chain(more).collect()
}

fn metadata(name: &str) -> Value {
    json!({"name": name, "namespace": NAMESPACE})
}

/// A Service of type ClusterIP.
pub(super) fn service(name: &str, selector: &Value, ports: &[Value]) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata(name),
           "spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1", "selector": selector, "ports": ports}})
}

/// One port of a Service.
pub(super) fn service_port(name: &str, number: usize) -> Value {
    json!({"name": name, "port": number, "targetPort": 8080, "protocol": "TCP"})
}

/// A Service with port 80 that selects `app=<name>`.
pub(super) fn plain_service(name: &str) -> Value {
    service(name, &json!({"app": name}), &[service_port("http", 80)])
}

/// An EndpointSlice of `service` with one endpoint.
pub(super) fn slice(name: &str, service: &str, ports: &[&str], ready: bool) -> Value {
    let ports: Vec<Value> = ports.iter().map(|name| json!({"name": name, "port": 8080, "protocol": "TCP"})).collect();
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
           "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"kubernetes.io/service-name": service}},
           "ports": ports,
           "endpoints": [{"addresses": ["10.1.0.1"], "conditions": {"ready": ready, "serving": ready, "terminating": false},
                          "targetRef": {"kind": "Pod", "name": service, "namespace": NAMESPACE}}]})
}

/// A Service with port 80 and its EndpointSlice.
pub(super) fn backed_service(name: &str, ready: bool) -> [Value; 2] {
    [plain_service(name), slice(&format!("{name}-x0k2p"), name, &["http"], ready)]
}

/// A Pod whose container crashes.
pub(super) fn crashing_pod(name: &str, labels: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
           "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels, "creationTimestamp": "2026-03-02T09:14:21Z"},
           "spec": {"containers": [{"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}]},
           "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
                      "containerStatuses": [{"name": "app", "ready": false, "restartCount": 7,
                                             "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}})
}

/// A set of `count` labels. The last one has the value `last`.
pub(super) fn labels(count: usize, last: &str) -> Value {
    let label = |at| (format!("l{at:05}"), Value::from(if at + 1 == count { last } else { "v" }));
    Value::Object((0..count).map(label).collect::<Map<_, _>>())
}
