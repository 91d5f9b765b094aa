//! Ingresses that are proven to be broken are denied and not stored.

use crate::harness::shared;
use crate::manifests::{file, ingress, service};

#[test]
fn refuses_a_missing_service() {
    let shop = shared().namespace("shop");
    let output = shop.apply("web.yaml", &ingress("web", &[("/checkout", "chekcout", 80)]));
    assert_eq!(
        output.err,
        "Error from server (Forbidden): error when creating \"web.yaml\": admission webhook \"ingress.backstop.dev\" \
         denied the request: Ingress shop/web: spec.rules[0].http.paths[0].backend.service.name: Service \"chekcout\" does \
         not exist in namespace \"shop\" (shop.example/checkout: requests get 503). To fix it, apply the Service first, or \
         run the same apply again; or correct the name. [service-not-found]\n"
    );
    assert_eq!((output.code, output.out.as_str()), (1, ""));
    assert!(!shop.has("ingress/web"), "it is not stored");
}

#[test]
fn refuses_a_missing_service_and_suggests_the_one_that_was_meant() {
    let shop = shared().namespace("refuse-misspelt");
    shop.apply("checkout.yaml", &service("checkout")).done();
    let output = shop.apply("web.yaml", &ingress("web", &[("/checkout", "chekcout", 80)]));
    assert!(output.refusal().contains("; did you mean \"checkout\"?"), "{}", output.err);
    assert!(!shop.has("ingress/web"));
}

#[test]
fn refuses_a_wrong_port_and_suggests_the_right_one() {
    let shop = shared().namespace("refuse-port");
    shop.apply("checkout.yaml", &service("checkout")).done();
    let output = shop.apply("web.yaml", &ingress("web", &[("/checkout", "checkout", 8081)]));
    let reason = output.refusal();
    let begin = "Ingress refuse-port/web: spec.rules[0].http.paths[0].backend.service.port.number: ";
    assert!(reason.starts_with(begin), "{reason}");
    assert!(reason.contains("Service \"checkout\" has no port 8081; it has 80 (http)"), "{reason}");
    assert!(reason.contains("; did you mean 80?"), "{reason}");
    assert!(!shop.has("ingress/web"));
}

#[test]
fn a_denial_lists_all_broken_references() {
    let shop = shared().namespace("refuse-several");
    shop.apply("checkout.yaml", &service("checkout")).done();
    let paths = [("/a", "nobody", 80), ("/b", "checkout", 80), ("/c", "checkout", 8081)];
    let output = shop.apply("web.yaml", &ingress("web", &paths));
    let reasons: Vec<&str> = output.refusal().lines().collect();
    assert_eq!(reasons.len(), 3, "{reasons:#?}");
    assert_eq!(reasons[0], "Ingress refuse-several/web: refused for 2 reasons:");
    assert!(reasons[1].starts_with("- spec.rules[0].http.paths[0].backend.service.name: "), "{}", reasons[1]);
    assert!(reasons[2].starts_with("- spec.rules[0].http.paths[2].backend.service.port.number: "), "{}", reasons[2]);
}

#[test]
fn a_server_side_apply_is_denied() {
    let shop = shared().namespace("refuse-server-side");
    shop.file("web.yaml", &ingress("web", &[("/checkout", "chekcout", 80)]));
    let output = shop.kubectl(&["apply", "--server-side", "-f", "web.yaml"]);
    let refusal =
        "Ingress refuse-server-side/web: spec.rules[0].http.paths[0].backend.service.name: Service \"chekcout\"";
    assert!(output.refusal().starts_with(refusal), "{}", output.err);
    assert!(!shop.has("ingress/web"));
}

/// `kubectl apply -f folder` applies files in the order of their names, so the Ingress often comes before its Service.
/// A second run succeeds.
#[test]
fn a_second_apply_stores_an_ingress_that_came_before_its_service() {
    let shop = shared().namespace("refuse-order");
    let both = file(&[&ingress("web", &[("/checkout", "checkout", 80)]), &service("checkout")]);
    let output = shop.apply("all.yaml", &both);
    assert!(
        output.refusal().contains("To fix it, apply the Service first, or run the same apply again"),
        "{}",
        output.err
    );
    assert_eq!(output.out, "service/checkout created\n");
    let output = shop.kubectl(&["apply", "-f", "all.yaml"]);
    assert_eq!(output.done(), "ingress.networking.k8s.io/web created\nservice/checkout unchanged\n");
}

#[test]
fn the_api_server_calls_the_webhook_by_its_service() {
    let world = shared();
    let address = world.kubectl(&["get", "service", "backstop", "-n", "backstop", "-o=jsonpath={.spec.clusterIP}"]);
    let targets: Vec<String> = world.plane.egress.targets().into_iter().collect();
    assert_eq!(targets, [format!("{}:443", address.done())]);
}
