//! An Ingress that is already broken can be updated. Only new broken references are denied.

use std::time::Duration;

use crate::harness::{Namespace, eventually, shared};
use crate::manifests::{file, ingress, path_yaml, service};

const PATHS: &str = "/spec/rules/0/http/paths";

/// A namespace with the Service `cart`, and the Ingress `web` to `cart` and to the deleted Service `gone`.
fn namespace_with_broken_ingress(name: &str) -> Namespace<'static> {
    let shop = shared().namespace(name);
    let web = ingress("web", &[("/cart", "cart", 80), ("/gone", "gone", 80)]);
    shop.apply("shop.yaml", &file(&[&service("cart"), &service("gone"), &web])).done();
    shop.kubectl(&["delete", "service", "gone"]).silently();
    shop
}

/// Applies a JSON Patch operation to `web`.
fn patch(namespace: &Namespace<'_>, operation: &str) -> crate::harness::KubectlOutput {
    namespace.kubectl(&["patch", "ingress", "web", "--type=json", "-p", &format!("[{operation}]")])
}

fn add(path: crate::manifests::Path<'_>) -> String {
    format!(r#"{{"op": "add", "path": "{PATHS}/-", "value": {}}}"#, path_yaml(path))
}

#[test]
fn a_broken_ingress_can_be_labelled() {
    let shop = namespace_with_broken_ingress("update-label");
    shop.kubectl(&["label", "ingress", "web", "team=checkout"]).silently();
    shop.kubectl(&["annotate", "ingress", "web", "example.com/note=seen"]).silently();
}

#[test]
fn a_broken_ingress_can_get_a_healthy_path() {
    let shop = namespace_with_broken_ingress("update-healthy");
    shop.apply("new.yaml", &service("new")).silently();
    patch(&shop, &add(("/new", "new", 80))).done();
}

#[test]
fn a_broken_ingress_can_lose_its_broken_path() {
    let shop = namespace_with_broken_ingress("update-repair");
    patch(&shop, &format!(r#"{{"op": "remove", "path": "{PATHS}/1"}}"#)).done();
}

/// References are compared by their targets, not by their positions.
#[test]
fn a_broken_ingress_can_be_put_in_another_order() {
    let shop = namespace_with_broken_ingress("update-reorder");
    let web = ingress("web", &[("/gone", "gone", 80), ("/cart", "cart", 80)]);
    shop.apply("web.yaml", &web).done();
}

#[test]
fn a_broken_ingress_cannot_get_a_second_broken_path() {
    let shop = namespace_with_broken_ingress("update-worse");
    let output = patch(&shop, &add(("/lost", "lost", 80)));
    let reason = "backend.service.name: Service \"lost\" does not exist in namespace \"update-worse\"";
    assert!(output.refusal().starts_with("Ingress update-worse/web: spec.rules[0].http.paths["), "{}", output.err);
    assert!(output.refusal().contains(reason), "{}", output.err);
    assert!(!output.err.contains("\"gone\""), "only the new one is named: {}", output.err);
    assert!(!shop.kubectl(&["get", "ingress", "web", "-o=yaml"]).done().contains("/lost"), "it is not stored");
}

#[test]
fn the_finalizer_of_a_broken_ingress_can_be_removed_while_it_is_deleted() {
    let shop = namespace_with_broken_ingress("update-finalizer");
    let finalizers = |list: &str| format!(r#"{{"op": "add", "path": "/metadata/finalizers", "value": {list}}}"#);
    patch(&shop, &finalizers(r#"["example.com/load-balancer"]"#)).silently();
    shop.kubectl(&["delete", "ingress", "web", "--wait=false"]).silently();
    assert!(shop.has("ingress/web"), "the finalizer holds it");
    patch(&shop, &finalizers("[]")).silently();
    assert!(!shop.has("ingress/web"));
}

#[test]
fn the_namespace_of_a_broken_ingress_can_be_deleted() {
    let shop = namespace_with_broken_ingress("update-namespace");
    shop.world.kubectl(&["delete", "namespace", &shop.name, "--wait=false"]).silently();
    eventually("the namespace to be gone", Duration::from_mins(1), || {
        let left = shop.world.kubectl(&["get", "namespace", &shop.name, "--ignore-not-found", "-o=yaml"]).done();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}
