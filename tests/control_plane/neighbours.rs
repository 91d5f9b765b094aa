//! Findings that depend on other objects in the namespace: canaries, NetworkPolicies, and Pods whose labels almost
//! match.

use std::fs;
use std::time::Duration;

use crate::harness::{Namespace, Reviewer, Setup, eventually, review, shared};
use crate::manifests::{deployment, file, ingress, service};
use crate::warnings::wait_for_endpoints;

const SOON: Duration = Duration::from_secs(20);

/// A namespace with a Service `cart` whose Pod is ready.
fn with_cart(name: &str) -> Namespace<'static> {
    let shop = shared().namespace(name);
    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("cart", "ready")])).silently();
    wait_for_endpoints(&shop, "cart", true, 1);
    shop
}

#[test]
fn both_ingresses_of_a_canary_conflict_get_a_warning() {
    let shop = with_cart("beside-canary");
    shop.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)])).silently();
    let canary = ingress("next", &[("/cart", "cart", 80)])
        .replace("{name: next}", "{name: next, annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}");
    shop.file("next.yaml", &canary);
    eventually("the plain Ingress to be known", SOON, || {
        let output = shop.kubectl(&["create", "--dry-run=server", "-f", "next.yaml"]);
        match output.warnings()[..] {
            [only] if only.contains("canary shares Service \"cart\" with Ingress \"web\"") => Ok(()),
            _ => Err(format!("{}{}", output.out, output.err)),
        }
    });
    shop.kubectl(&["create", "-f", "next.yaml"]).done();
    shop.file("other.yaml", &ingress("other", &[("/", "cart", 80)]));
    eventually("the canary to be known", SOON, || {
        let output = shop.kubectl(&["create", "--dry-run=server", "-f", "other.yaml"]);
        match output.warnings()[..] {
            [only] if only.contains("canary \"next\" shares Service \"cart\"") => Ok(()),
            _ => Err(format!("{}{}", output.out, output.err)),
        }
    });
}

#[test]
fn a_warning_names_labels_that_almost_match() {
    let shop = shared().namespace("beside-labels");
    shop.apply("cart.yaml", &file(&[&service("cart"), &deployment("carts", "ready")])).silently();
    shop.apply("carts.yaml", &service("carts")).silently();
    wait_for_endpoints(&shop, "carts", true, 1);
    let output = shop.apply("web.yaml", &ingress("web", &[("/cart", "cart", 80)]));
    let expected = "Service \"cart\" selects nothing (app=cart); 1 Pod has app=carts";
    assert!(output.warnings()[..].iter().any(|warning| warning.contains(expected)), "{}", output.err);
}

/// A running replica reloads a configuration that names the Pods of the controller. It then watches NetworkPolicies,
/// with the permissions of `deploy/base`, and reads the Pods of the backend.
#[test]
fn pods_that_no_network_policy_opens_to_the_controller_get_a_warning() {
    let shop = with_cart("beside-policy");
    let deny =
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny-all}\nspec: {podSelector: {}}\n";
    shop.apply("deny.yaml", deny).silently();
    let path = shop.folder.join("configuration.yaml");
    let header = "apiVersion: backstop.dev/v1\nkind: Configuration\n";
    fs::write(&path, header).unwrap();
    let setup = Setup { config: Some(path.to_str().unwrap()), ..Setup::default() };
    let replica = shared().replica(&setup);
    replica.wait_ready().unwrap();
    let reviewer = Reviewer::new(&shared().plane.folder, replica.admission);
    let ask = || reviewer.ask(&review("beside-policy", "cart")).map(|response| response["warnings"].to_string());
    assert_eq!(ask(), Ok("null".to_owned()), "the configuration does not name the Pods of the controller");
    assert_eq!(replica.metric("backstop_watch_synced{kind=\"networkpolicies\"}"), None);

    let controllers =
        "controllers:\n- match: {ingressClass: nginx}\n  pods: {namespace: ingress-nginx, selector: {app: nginx}}\n";
    fs::write(&path, format!("{header}{controllers}")).unwrap();
    let expected = "no NetworkPolicy admits namespace \\\"ingress-nginx\\\" to Pod port 8080";
    eventually("the warning", SOON, || match ask()? {
        warnings if warnings.contains(expected) => Ok(()),
        warnings => Err(warnings),
    });
    let (status, conditions) = replica.readiness().unwrap();
    assert!(status == 200 && conditions.contains("[+]watch/networkpolicies ok"), "{conditions}");

    let open = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: from-edge}\nspec:\n  podSelector: \
                {matchLabels: {app: cart}}\n  ingress:\n  - from: [{namespaceSelector: {matchLabels: \
                {kubernetes.io/metadata.name: ingress-nginx}}}]\n    ports: [{port: web}]\n";
    shop.apply("open.yaml", open).silently();
    eventually("an answer without a warning", SOON, || match ask()? {
        warnings if warnings == "null" => Ok(()),
        warnings => Err(warnings),
    });
}
