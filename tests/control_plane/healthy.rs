//! Working Ingresses are stored without a warning.

use crate::harness::shared;
use crate::manifests::{deployment, file, ingress, service, service_to};
use crate::warnings::wait_for_endpoints;

const CREATED: &str = "ingress.networking.k8s.io/web created\n";

#[test]
fn a_route_to_ready_pods_is_stored_silently() {
    let shop = shared().namespace("healthy");
    let named = service_to("cart", "web");
    let objects = [&service("checkout"), &deployment("checkout", "ready"), &named, &deployment("cart", "ready")];
    shop.apply("shop.yaml", &file(&objects.map(String::as_str))).silently();
    wait_for_endpoints(&shop, "checkout", true, 1);
    wait_for_endpoints(&shop, "cart", true, 1);
    let web = ingress("web", &[("/checkout", "checkout", 80), ("/cart", "cart", 80)]);
    assert_eq!(shop.apply("web.yaml", &web).silently(), CREATED);
}

/// On a first install the Pods are starting, which is not a fault.
#[test]
fn everything_in_one_file_is_stored_silently_while_the_pods_start() {
    let shop = shared().namespace("healthy-install");
    let all = [&service("cart"), &deployment("cart", "starting"), &ingress("web", &[("/cart", "cart", 80)])];
    let output = shop.apply("shop.yaml", &file(&all.map(String::as_str)));
    assert_eq!(output.silently(), format!("service/cart created\ndeployment.apps/cart created\n{CREATED}"));
}

#[test]
fn the_warning_is_gone_once_the_pods_are_ready() {
    let shop = shared().namespace("healthy-later");
    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("cart", "crash-loop")])).silently();
    wait_for_endpoints(&shop, "cart", false, 1);
    let output = shop.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    assert_eq!(output.warnings().len(), 1, "{}", output.err);

    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("cart", "ready")])).silently();
    wait_for_endpoints(&shop, "cart", true, 1);
    shop.kubectl(&["apply", "-f", "web.yaml"]).silently();
    // The reference is not new, so the missing warning proves little. A new Ingress must get no warning either.
    shop.kubectl(&["delete", "-f", "web.yaml"]).silently();
    assert_eq!(shop.kubectl(&["apply", "-f", "web.yaml"]).silently(), CREATED);
}
