//! A permission is missing: Backstop says which, and denies nothing that it cannot prove.

use std::time::Duration;

use crate::harness::{Replica, Setup, World, eventually};
use crate::manifests::{file, ingress, service};

/// Replaces the rules of the shipped role that give access to `resource`, leaving out `verbs`, and restarts Backstop.
fn without(world: &mut World, resource: &str, verbs: &[&str]) {
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
        let said = world.kubectl(&["auth", "can-i", verb, resource, account, "-A"]);
        if said.out.trim() == expected { Ok(()) } else { Err(said.out) }
    });
}

/// The lines of `/readyz?verbose` once one of them says that `condition` is forbidden.
fn forbidden(replica: &Replica, condition: &str) -> String {
    eventually(&format!("{condition} to be forbidden"), Duration::from_secs(15), || {
        let (status, lines) = replica.readiness()?;
        let line = lines.lines().find(|line| line.starts_with(&format!("[-]{condition} failed: forbidden")));
        line.filter(|_| status == 503).map(str::to_owned).ok_or(lines)
    })
}

#[test]
fn without_services_nothing_is_denied_and_readiness_says_why() {
    let mut world = World::own(1);
    without(&mut world, "services", &["get", "list", "watch"]);
    let line = forbidden(&world.replicas[0], "watch/services");
    assert!(line.contains("services is forbidden"), "{line}");
    assert!(line.contains("system:serviceaccount:backstop:backstop"), "{line}");

    let shop = world.namespace("no-services");
    let said = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    let [only] = said.warnings()[..] else { panic!("one warning: {}", said.err) };
    assert_eq!(
        only,
        "spec.rules[0].http.paths[0].backend: not checked: Service \"nobody\" \
         (permission to read it is missing) [no-services/web]"
    );
    said.done();

    // And back again, without a restart.
    world.kubectl(&["apply", "-k", &format!("{}/deploy/base", env!("CARGO_MANIFEST_DIR"))]).done();
    eventually("Backstop to be ready", Duration::from_secs(30), || world.replicas[0].ready());
    let said = shop.apply("again.yaml", &ingress("again", &[("/", "nobody", 80)]));
    assert!(said.refusal().contains("\"nobody\" does not exist"), "{}", said.err);
}

/// The watch says that the Service is absent, and nobody may ask whether that is still so.
#[test]
fn without_the_right_to_confirm_an_absence_it_only_warns() {
    let mut world = World::own(1);
    without(&mut world, "services", &["get"]);
    eventually("Backstop's first lists", Duration::from_secs(15), || {
        let (_, lines) = world.replicas[0].readiness()?;
        if lines.contains("[+]watch/services ok") { Ok(()) } else { Err(lines) }
    });
    let shop = world.namespace("no-get");
    let said = shop.apply("web.yaml", &ingress("web", &[("/", "nobody", 80)]));
    assert_eq!(said.warnings().len(), 1, "{}", said.err);
    assert!(said.err.contains("\"nobody\""), "{}", said.err);
    said.done();
    let line = forbidden(&world.replicas[0], "get/services");
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

/// Pods are read only to explain a warning: without them it says less, and Backstop is ready.
#[test]
fn without_pods_warnings_say_less() {
    let mut world = World::own(1);
    without(&mut world, "pods", &["list"]);
    eventually("Backstop to be ready", Duration::from_secs(30), || world.replicas[0].ready());
    let shop = world.namespace("no-pods");
    shop.apply("cart.yaml", &file(&[&service("cart"), CART])).silently();
    let said = shop.apply("web.yaml", &ingress("web", &[("/", "cart", 80)]));
    assert_eq!(
        said.warnings(),
        [
            "spec.rules[0].http.paths[0].backend: Service \"cart\" has 0/1 ready endpoints [no-pods/web] [endpoints-not-ready]"
        ]
    );
    said.done();
    let (_, lines) = world.replicas[0].readiness().expect("an answer");
    let told = lines.lines().any(|line| line.starts_with("[+]list/pods ") && line.contains("pods is forbidden"));
    assert!(told, "{lines}");
    let said = shop.apply("broken.yaml", &ingress("broken", &[("/", "nobody", 80)]));
    assert!(said.refusal().contains("\"nobody\" does not exist"), "{}", said.err);
}
