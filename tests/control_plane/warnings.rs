//! What will not serve now but may later is stored, with a warning.

use std::time::Duration;

use crate::harness::{Namespace, eventually, shared};
use crate::manifests::{deployment, file, ingress, service, service_to};

/// Waits until EndpointSlices of `service` list so many endpoints that are ready or not.
pub(crate) fn wait_for_endpoints(namespace: &Namespace<'_>, service: &str, ready: bool, count: usize) {
    let selector = format!("kubernetes.io/service-name={service}");
    eventually(&format!("{count} endpoints of {service} with ready={ready}"), Duration::from_secs(30), || {
        let path = "-o=jsonpath={.items[*].endpoints[*].conditions.ready}";
        let seen = namespace.kubectl(&["get", "endpointslices", "-l", &selector, path]).done();
        let matching = seen.split_whitespace().filter(|condition| *condition == ready.to_string()).count();
        if matching == count { Ok(()) } else { Err(seen) }
    });
}

/// Applies an Ingress to the Service `cart`: stored, with the one warning that is answered.
fn warning(namespace: &Namespace<'_>) -> String {
    let said = namespace.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    let [only] = said.warnings()[..] else { panic!("one warning: {}{}", said.out, said.err) };
    let only = only.to_owned();
    assert_eq!(said.err, format!("Warning: {only}\n"));
    assert_eq!(said.done(), "ingress.networking.k8s.io/web created\n");
    assert!(namespace.has("ingress/web"), "it is stored");
    only
}

#[test]
fn warns_of_a_service_without_pods() {
    let shop = shared().namespace("warn-no-pods");
    shop.apply("cart.yaml", &service("cart")).silently();
    assert_eq!(
        warning(&shop),
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
        warning(&shop),
        "spec.rules[0].http.paths[0].backend: Service \"cart\" selects no Pod and no workload (app=cart) \
         [warn-selector/web]"
    );
}

/// A readiness probe does not pass in the first second.
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
        warning(&shop),
        "spec.rules[0].http.paths[0].backend: Service \"cart\" has 0/1 ready endpoints: CrashLoopBackOff [warn-crash/web]"
    );
}

#[test]
fn warns_of_a_target_port_that_no_container_declares() {
    let shop = shared().namespace("port");
    shop.apply("cart.yaml", &file(&[&service_to("cart", "webb"), &deployment("cart", "ready")])).silently();
    wait_for_endpoints(&shop, "cart", true, 1);
    assert_eq!(
        warning(&shop),
        "spec.rules[0].http.paths[0].backend: no Pod of Service \"cart\" declares targetPort \"webb\" [port/web]"
    );
}

#[test]
fn a_pipeline_may_take_warnings_for_errors() {
    let shop = shared().namespace("warn-as-error");
    shop.apply("cart.yaml", &service("cart")).silently();
    shop.file("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    let said = shop.kubectl(&["apply", "--warnings-as-errors", "-f", "web.yaml"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert_eq!(said.warnings().len(), 1, "{}", said.err);
    assert!(said.err.contains("1 warning received"), "{}", said.err);
    assert!(shop.has("ingress/web"), "kubectl fails, but only after the object was stored");
}
