//! The conformance test "[sig-network] Ingress API should support creating Ingress API operations". Its Ingresses name
//! Services that do not exist, so the namespaces need the mode `warn`.

use serde_json::{Value, json};

use crate::harness::{Namespace, shared};

const GROUP: &str = "/apis/networking.k8s.io/v1";

/// Runs kubectl, which must succeed, and returns the object that it prints.
fn object(namespace: &Namespace<'_>, arguments: &[&str]) -> Value {
    let output = namespace.kubectl(&[arguments, &["-o=json"]].concat());
    serde_json::from_str(&output.done()).expect("kubectl prints JSON")
}

fn ingress(name: &str) -> String {
    let object = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "labels": {"special-label": "conformance"}},
        "spec": {
            "defaultBackend": {"service": {"name": "default-backend", "port": {"number": 80}}},
            "rules": [{"host": "test.ingress.com", "http": {"paths": [{
                "path": "/example", "pathType": "ImplementationSpecific",
                "backend": {"service": {"name": "test-backend", "port": {"number": 8080}}}}]}}],
            "tls": [{"hosts": ["tls.ingress.com"], "secretName": "tls-secret"}]}});
    object.to_string()
}

#[test]
fn the_operations_of_the_conformance_test_succeed_in_a_namespace_that_only_warns() {
    let space = shared().labelled_namespace("conformance", "{backstop.dev/mode: warn}");
    let resources = space.kubectl(&["get", &format!("--raw={GROUP}")]).silently();
    for resource in ["\"ingresses\"", "\"ingresses/status\""] {
        assert!(resources.contains(resource), "{resource}");
    }

    for name in ["one", "two", "three"] {
        space.file(&format!("{name}.json"), &ingress(name));
        let output = space.kubectl(&["create", "-f", &format!("{name}.json")]);
        // Two warnings about missing Services, and one about a missing IngressClass.
        assert_eq!(output.warnings().len(), 3, "{}", output.err);
        output.done();
    }
    assert_eq!(object(&space, &["get", "ingress", "one"])["metadata"]["name"], "one");
    let list = format!("--raw={GROUP}/ingresses?labelSelector=special-label=conformance");
    let all: Value = serde_json::from_str(&space.kubectl(&["get", &list]).silently()).expect("a list");
    assert_eq!(all["items"].as_array().map(Vec::len), Some(3));

    let version = all["metadata"]["resourceVersion"].as_str().expect("a list has a version");
    let patched =
        object(&space, &["patch", "ingress", "one", "-p", r#"{"metadata":{"annotations":{"patched":"true"}}}"#]);
    assert_eq!(patched["metadata"]["annotations"]["patched"], "true");
    let mut updated = patched;
    updated["metadata"]["annotations"]["updated"] = json!("true");
    space.file("updated.json", &updated.to_string());
    assert_eq!(object(&space, &["replace", "-f", "updated.json"])["metadata"]["annotations"]["updated"], "true");
    assert_eq!(watched(&space, version), ["MODIFIED", "MODIFIED"]);

    status(&space);

    space.kubectl(&["delete", "ingress", "one"]).silently();
    let gone = space.kubectl(&["get", "ingress", "one"]);
    assert!(gone.err.starts_with("Error from server (NotFound)"), "{}", gone.err);
    let collection = format!("{GROUP}/namespaces/{}/ingresses?labelSelector=special-label=conformance", space.name);
    space.kubectl(&["delete", &format!("--raw={collection}")]).silently();
    assert_eq!(object(&space, &["get", "ingresses"])["items"], json!([]));
}

/// The types of the events of a watch from `version` on. The watch ends after a second.
fn watched(namespace: &Namespace<'_>, version: &str) -> Vec<String> {
    let path =
        format!("{GROUP}/namespaces/{}/ingresses?watch=1&resourceVersion={version}&timeoutSeconds=1", namespace.name);
    let events = namespace.kubectl(&["get", &format!("--raw={path}")]).silently();
    let kinds = events.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event")["type"].clone());
    kinds.map(|kind| kind.as_str().unwrap_or_default().to_owned()).collect()
}

/// Updates the status, a subresource that the API server does not send to the webhook.
fn status(namespace: &Namespace<'_>) {
    let patch = r#"{"metadata":{"annotations":{"patchedstatus":"true"}},"status":{"loadBalancer":{"ingress":[{"ip":"169.1.1.1"}]}}}"#;
    let patched =
        namespace.kubectl(&["patch", "ingress", "one", "--subresource=status", "--type=merge", "-p", patch, "-o=json"]);
    let mut object: Value = serde_json::from_str(&patched.silently()).expect("kubectl prints JSON");
    assert_eq!(object["status"]["loadBalancer"]["ingress"][0]["ip"], "169.1.1.1");
    object["status"]["loadBalancer"]["ingress"][0] = json!({"ip": "169.1.1.2"});
    namespace.file("status.json", &object.to_string());
    namespace.kubectl(&["replace", "--subresource=status", "-f", "status.json"]).silently();
    let read = namespace.kubectl(&[
        "get",
        "ingress",
        "one",
        "--subresource=status",
        "-o=jsonpath={.status.loadBalancer.ingress[0].ip}",
    ]);
    assert_eq!(read.silently(), "169.1.1.2");
}
