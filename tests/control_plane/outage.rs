//! The effect of `failurePolicy` if no replica answers.

use std::time::{Duration, Instant};

use crate::harness::{Fault, Namespace, World, eventually};
use crate::manifests::{deployment, file, ingress, service};

/// Objects of several API groups that a webhook with too broad rules would block.
const OTHERS: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
---
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec: {nodeName: node-1, automountServiceAccountToken: false, containers: [{name: shell, image: shell}]}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: leader}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: elsewhere}
addressType: IPv4
endpoints: []
";

fn broken_ingress() -> String {
    ingress("web", &[("/", "nobody", 80)])
}

fn objects_of_other_kinds() -> String {
    file(&[&service("cart"), &deployment("cart", "ready"), OTHERS])
}

/// Asserts that objects of other kinds are created.
fn assert_others_pass(namespace: &Namespace<'_>) {
    let output = namespace.apply("others.yaml", &objects_of_other_kinds());
    assert_eq!(output.silently().lines().filter(|line| line.ends_with(" created")).count(), 7);
}

/// Creates a namespace with its default service account. Pods need the account, and no controller creates it in this
/// cluster.
fn namespace<'w>(world: &'w World, name: &str) -> Namespace<'w> {
    let namespace = world.namespace(name);
    namespace.kubectl(&["create", "serviceaccount", "default"]).done();
    namespace
}

#[test]
fn with_ignore_ingresses_are_stored_during_an_outage() {
    let mut world = World::own(2);
    world.replicas.clear();
    let shop = namespace(&world, "ignore-dead");
    assert_eq!(shop.apply("web.yaml", &broken_ingress()).silently(), "ingress.networking.k8s.io/web created\n");
    assert_others_pass(&shop);
}

#[test]
fn with_ignore_ingresses_are_stored_while_a_replica_hangs() {
    let world = World::own(1);
    for (name, fault) in
        [("ignore-hang", Fault::Hang), ("ignore-cut", Fault::Cut(1500)), ("ignore-refuse", Fault::Refuse)]
    {
        world.plane.egress.set_fault(fault);
        let shop = world.namespace(name);
        let begun = Instant::now();
        let output = shop.apply("web.yaml", &broken_ingress());
        assert_eq!(output.silently(), "ingress.networking.k8s.io/web created\n", "{fault:?}");
        // The timeout of the webhook is 5 s, and kubectl needs some time.
        assert!(begun.elapsed() < Duration::from_secs(9), "{fault:?} took {:?}", begun.elapsed());
    }
    world.plane.egress.set_fault(Fault::None);
    let shop = world.namespace("ignore-over");
    assert!(shop.apply("web.yaml", &broken_ingress()).refusal().contains("\"nobody\" does not exist"));
}

#[test]
fn with_fail_an_outage_denies_ingresses_and_no_other_kind() {
    let mut world = World::own(2);
    register_with_fail(&world);
    world.replicas.clear();
    let shop = namespace(&world, "fail-dead");
    let failed = "Internal error occurred: failed calling webhook \"fail.backstop.dev\": ";
    let output = eventually("the second configuration", Duration::from_secs(10), || {
        let output = shop.apply("web.yaml", &broken_ingress());
        if output.code == 0 {
            shop.kubectl(&["delete", "ingress", "web"]).done();
            return Err(output.out);
        }
        Ok(output)
    });
    let begin = format!("Error from server (InternalError): error when creating \"web.yaml\": {failed}");
    assert!(output.err.starts_with(&begin), "{}", output.err);
    assert_eq!(output.code, 1);
    assert!(!shop.has("ingress/web"));
    assert_others_pass(&shop);
}

/// Registers the shipped webhook under another name, with `failurePolicy: Fail`.
fn register_with_fail(world: &World) {
    let shipped = world.kubectl(&["get", "validatingwebhookconfiguration", "backstop", "-o=json"]).done();
    let mut second: serde_json::Value = serde_json::from_str(&shipped).expect("kubectl prints JSON");
    second["metadata"] = serde_json::json!({"name": "backstop-fail"});
    second["webhooks"][0]["name"] = "fail.backstop.dev".into();
    second["webhooks"][0]["failurePolicy"] = "Fail".into();
    std::fs::write(world.plane.folder.join("fail.json"), second.to_string()).expect("it is written");
    world.kubectl(&["create", "-f", "fail.json"]).silently();
}
