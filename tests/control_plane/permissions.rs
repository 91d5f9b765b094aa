//! Missing permissions: Backstop names the permission, and denies nothing that it cannot prove.

use std::time::Duration;

use crate::harness::{Replica, Setup, World, eventually};
use crate::manifests::{file, ingress, service};

/// Removes `verbs` from the rules for `resource` in the shipped role, and restarts Backstop.
fn remove_permission(world: &mut World, resource: &str, verbs: &[&str]) {
    let role = world.kubectl(&["get", "clusterrole", "backstop", "-o=json"]).done();
    let mut role: serde_json::Value = serde_json::from_str(&role).expect("kubectl prints JSON");
    let rules = role["rules"].as_array_mut().expect("a role has rules");
    let mut narrowed = Vec::new();
    for rule in rules.iter_mut() {
        let resources = rule["resources"].as_array_mut().expect("a rule has resources");
        if let Some(at) = resources.iter().position(|found| found == resource) {
            resources.remove(at);
            let mut own = rule.clone();
            own["resources"] = serde_json::json!([resource]);
            own["verbs"]
                .as_array_mut()
                .expect("a rule has verbs")
                .retain(|verb| !verbs.iter().any(|gone| verb == gone));
            narrowed.push(own);
        }
    }
    rules.extend(narrowed);
    rules.retain(|rule| rule["resources"] != serde_json::json!([]) && rule["verbs"] != serde_json::json!([]));
    std::fs::write(world.plane.folder.join("role.json"), role.to_string()).expect("it is written");
    world.kubectl(&["replace", "-f", "role.json"]).done();
    for verb in verbs {
        wait_for_permission(world, verb, resource, "no");
    }
    world.replicas.clear();
    let replica = world.replica(&Setup::default());
    world.replicas.push(replica);
    world.route();
}

fn wait_for_permission(world: &World, verb: &str, resource: &str, expected: &str) {
    eventually(&format!("\"{expected}\" to {verb} {resource}"), Duration::from_secs(10), || {
        let account = "--as=system:serviceaccount:backstop:backstop";
        let output = world.kubectl(&["auth", "can-i", verb, resource, account, "-A"]);
        if output.out.trim() == expected { Ok(()) } else { Err(output.out) }
    });
}

/// Waits until `/readyz?verbose` reports that `condition` is forbidden, and returns its lines.
fn wait_until_forbidden(replica: &Replica, condition: &str) -> String {
    eventually(&format!("{condition} to be forbidden"), Duration::from_secs(15), || {
        let (status, lines) = replica.readiness()?;
        let line = lines.lines().find(|line| line.starts_with(&format!("[-]{condition} failed: forbidden")));
        line.filter(|_| status == 503).map(str::to_owned).ok_or(lines)
    })
}

#[test]
fn without_permission_for_services_nothing_is_denied_and_readiness_has_the_reason() {
    let mut world = World::own(1);
    remove_permission(&mut world, "services", &["get", "list", "watch"]);
    let line = wait_until_forbidden(&world.replicas[0], "watch/services");
    assert!(line.contains("services is forbidden"), "{line}");
    assert!(line.contains("system:serviceaccount:backstop:backstop"), "{line}");

    let shop = world.namespace("no-services");
    let output = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    let [only] = output.warnings()[..] else { panic!("one warning: {}", output.err) };
    assert_eq!(
        only,
        "spec.rules[0].http.paths[0].backend: not checked: Backstop's ServiceAccount cannot read Services [no-services/web]"
    );
    output.done();

    // The permission is granted again. A restart is not necessary.
    world.kubectl(&["apply", "-k", &format!("{}/deploy/base", env!("CARGO_MANIFEST_DIR"))]).done();
    eventually("Backstop to be ready", Duration::from_secs(30), || world.replicas[0].ready());
    let output = shop.apply("again.yaml", &ingress("again", &[("/", "nobody", 80)]));
    assert!(output.refusal().contains("\"nobody\" does not exist"), "{}", output.err);
}

/// The watch shows that the Service is absent, but a live read to confirm it is forbidden.
#[test]
fn without_permission_to_confirm_an_absence_backstop_only_warns() {
    let mut world = World::own(1);
    remove_permission(&mut world, "services", &["get"]);
    eventually("Backstop's first lists", Duration::from_secs(15), || {
        let (_, lines) = world.replicas[0].readiness()?;
        if lines.contains("[+]watch/services ok") { Ok(()) } else { Err(lines) }
    });
    let shop = world.namespace("no-get");
    let output = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    let expected =
        "spec.rules[0].http.paths[0].backend: not checked: Backstop's ServiceAccount cannot read Services [no-get/web]";
    assert_eq!(output.warnings(), [expected]);
    output.done();
    let line = wait_until_forbidden(&world.replicas[0], "get/services");
    assert!(line.contains("cannot get resource \"services\""), "{line}");
}

/// A Service with an endpoint that is not ready.
const CART: &str = "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.0.9], conditions: {ready: false}}]
";

/// Pods are read only to explain a warning. Without the permission, the warning has less detail, and Backstop is ready.
#[test]
fn without_permission_for_pods_warnings_have_less_detail() {
    let mut world = World::own(1);
    remove_permission(&mut world, "pods", &["list"]);
    eventually("Backstop to be ready", Duration::from_secs(30), || world.replicas[0].ready());
    let shop = world.namespace("no-pods");
    shop.apply("cart.yaml", &file(&[&service("cart"), CART])).silently();
    let output = shop.apply("web.yaml", &ingress("web", &[("/", "cart", 80)]));
    assert_eq!(
        output.warnings(),
        [
            "spec.rules[0].http.paths[0].backend: Service \"cart\" has 0/1 ready endpoints [no-pods/web] [endpoints-not-ready]"
        ]
    );
    output.done();
    let (_, lines) = world.replicas[0].readiness().expect("an answer");
    let reported = lines.lines().any(|line| line.starts_with("[+]list/pods ") && line.contains("pods is forbidden"));
    assert!(reported, "{lines}");
    let output = shop.apply("broken.yaml", &ingress("broken", &[("/", "nobody", 80)]));
    assert!(output.refusal().contains("\"nobody\" does not exist"), "{}", output.err);
}
