//! The objects of shapes.

use serde_json::{Value, json};

use super::NAMESPACE;

/// The Service of the healthy default backend for all hosts.
pub(crate) const CATCH_ALL: &str = "catch-all";

/// The Pod of a controller that reads its own Pod from the API server.
pub(crate) const CONTROLLER_POD: &str = "controller";

/// The metadata of an object of a shape.
pub(crate) fn meta(name: &str) -> Value {
    json!({"name": name, "namespace": NAMESPACE})
}

/// A Service that selects the Pods with `app: <name>`.
pub(super) fn service(name: &str, ports: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": meta(name),
        "spec": {"selector": {"app": name}, "ports": ports},
    })
}

/// A Deployment of one Pod with `app: <name>` that is ready, with two declared ports.
pub(super) fn pods(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name),
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template(name)},
    })
}

/// The same with Pods in the state `fate`, as `tests/cluster/stages.yaml` defines it.
pub(super) fn pods_that_are(fate: &str, name: &str) -> Value {
    let mut deployment = pods(name);
    deployment["spec"]["template"]["metadata"]["labels"]["test.backstop.dev/pod"] = fate.into();
    deployment
}

/// A Pod without a Deployment.
pub(super) fn lone_pod(name: &str) -> Value {
    let template = template(name);
    let mut metadata = meta(name);
    metadata["labels"] = template["metadata"]["labels"].clone();
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]})
}

fn template(name: &str) -> Value {
    let ports = json!([{"name": "web", "containerPort": 8080}, {"name": "admin", "containerPort": 9090}]);
    let probe = json!({"httpGet": {"path": "/", "port": 8080}});
    let container = json!({"name": "main", "image": "example.test/web", "ports": ports, "readinessProbe": probe});
    json!({"metadata": {"labels": {"app": name}}, "spec": {"nodeName": "node-1", "containers": [container]}})
}

/// A Service without a selector.
pub(super) fn service_without_selector(name: &str, ports: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(name), "spec": {"ports": ports}})
}

/// An EndpointSlice of the Service `service` with one endpoint under `conditions`.
pub(super) fn slice(service: &str, address: &str, ports: &Value, conditions: &Value) -> Value {
    let mut metadata = meta(&format!("{service}-own"));
    metadata["labels"] = json!({"kubernetes.io/service-name": service});
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4",
        "ports": ports, "endpoints": [{"addresses": [address], "conditions": conditions}],
    })
}

/// An Ingress with one rule.
pub(super) fn ingress(name: &str, class: &str, host: &str, path: &str, backend: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta(name),
        "spec": {
            "ingressClassName": class,
            "rules": [{"host": host, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}],
        },
    })
}

/// The objects that exist once: the default backend for all hosts, and the Pod of the controller.
pub(crate) fn common() -> Vec<Value> {
    let service = service(CATCH_ALL, &json!([{"port": 80, "targetPort": 8080}]));
    vec![service, pods(CATCH_ALL), lone_pod(CONTROLLER_POD)]
}
