//! Ingresses that do not work now, but may work later, are stored with a warning.

use std::time::Duration;

use crate::harness::{Namespace, eventually, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};

/// Waits until the EndpointSlices of `service` have `count` endpoints with this readiness.
pub(crate) fn wait_for_endpoints(namespace: &Namespace<'_>, service: &str, ready: bool, count: usize) {
    let selector = format!("kubernetes.io/service-name={service}");
    eventually(&format!("{count} endpoints of {service} with ready={ready}"), Duration::from_secs(30), || {
        let path = "-o=jsonpath={.items[*].endpoints[*].conditions.ready}";
        let seen = namespace.kubectl(&["get", "endpointslices", "-l", &selector, path]).done();
        let matching = seen.split_whitespace().filter(|condition| *condition == ready.to_string()).count();
        if matching == count { Ok(()) } else { Err(seen) }
    });
}

/// Applies an Ingress to the Service `cart`, asserts that it is stored with one warning, and returns the warning.
fn apply_with_one_warning(namespace: &Namespace<'_>) -> String {
    let output = namespace.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    let [only] = output.warnings()[..] else { panic!("one warning: {}{}", output.out, output.err) };
    let only = only.to_owned();
    assert_eq!(output.err, format!("Warning: {only}\n"));
    assert_eq!(output.done(), "ingress.networking.k8s.io/web created\n");
    assert!(namespace.has("ingress/web"), "it is stored");
    only
}

#[test]
fn warns_of_a_service_without_pods() {
    let shop = shared().namespace("warn-no-pods");
    shop.apply("cart.yaml", &service("cart")).silently();
    assert_eq!(
        apply_with_one_warning(&shop),
        "spec.rules[0].http.paths[0].backend: Service \"cart\" selects no Pod and no workload (app=cart) \
         [warn-no-pods/web]"
    );
}

#[test]
fn warns_of_a_service_whose_selector_matches_nothing() {
    let shop = shared().namespace("warn-selector");
    let other = deployment("basket", "ready");
    shop.apply("cart.yaml", &file(&[&service("cart"), &other])).silently();
    assert_eq!(
        apply_with_one_warning(&shop),
        "spec.rules[0].http.paths[0].backend: Service \"cart\" selects no Pod and no workload (app=cart) \
         [warn-selector/web]"
    );
}

/// A new Pod may fail its readiness probe for a while.
#[test]
fn a_young_pod_may_fail_its_readiness_probe() {
    let shop = shared().namespace("warn-young");
    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("cart", "unready")])).silently();
    wait_for_endpoints(&shop, "cart", false, 1);
    shop.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)])).silently();
}

#[test]
fn warns_of_pods_that_crash() {
    let shop = shared().namespace("warn-crash");
    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("cart", "crash-loop")])).silently();
    wait_for_endpoints(&shop, "cart", false, 1);
    assert_eq!(
        apply_with_one_warning(&shop),
        "spec.rules[0].http.paths[0].backend: Service \"cart\" has 0/1 ready endpoints: CrashLoopBackOff [warn-crash/web]"
    );
}

#[test]
fn warns_of_a_target_port_that_no_container_declares() {
    let shop = shared().namespace("port");
    shop.apply("cart.yaml", &file(&[&service_to("cart", "webb"), &deployment("cart", "ready")])).silently();
    wait_for_endpoints(&shop, "cart", true, 1);
    assert_eq!(
        apply_with_one_warning(&shop),
        "spec.rules[0].http.paths[0].backend: no Pod of Service \"cart\" declares targetPort \"webb\" [port/web]"
    );
}

#[test]
fn kubectl_can_treat_warnings_as_errors() {
    let shop = shared().namespace("warn-as-error");
    shop.apply("cart.yaml", &service("cart")).silently();
    shop.file("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    let output = shop.kubectl(&["apply", "--warnings-as-errors", "-f", "web.yaml"]);
    assert_eq!(output.code, 1, "{}{}", output.out, output.err);
    assert_eq!(output.warnings().len(), 1, "{}", output.err);
    assert!(output.err.contains("1 warning received"), "{}", output.err);
    assert!(shop.has("ingress/web"), "kubectl fails, but only after the object was stored");
}
