//! No replica answers: what `failurePolicy` makes of it.

use std::time::{Duration, Instant};

use crate::harness::{Fault, Namespace, World, eventually};
use crate::manifests::{deployment, file, ingress, service};

/// A kind of each API group that a webhook with too wide rules would take down.
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

fn broken() -> String {
    ingress("web", &[("/", "nobody", 80)])
}

fn others() -> String {
    file(&[&service("cart"), &deployment("cart", "ready"), OTHERS])
}

/// Other kinds never notice, whatever becomes of Ingresses.
fn assert_others_pass(namespace: &Namespace<'_>) {
    let said = namespace.apply("others.yaml", &others());
    assert_eq!(said.silently().lines().filter(|line| line.ends_with(" created")).count(), 7);
}

/// With the service account, without which no Pod is admitted, otherwise comes from a controller.
fn namespace<'w>(world: &'w World, name: &str) -> Namespace<'w> {
    let namespace = world.namespace(name);
    namespace.kubectl(&["create", "serviceaccount", "default"]).done();
    namespace
}

#[test]
fn with_ignore_an_outage_lets_ingresses_through() {
    let mut world = World::own(2);
    world.replicas.clear();
    let shop = namespace(&world, "ignore-dead");
    assert_eq!(shop.apply("web.yaml", &broken()).silently(), "ingress.networking.k8s.io/web created\n");
    assert_others_pass(&shop);
}

#[test]
fn with_ignore_a_replica_that_hangs_or_is_cut_off_lets_ingresses_through() {
    let world = World::own(1);
    for (name, fault) in
        [("ignore-hang", Fault::Hang), ("ignore-cut", Fault::Cut(1500)), ("ignore-refuse", Fault::Refuse)]
    {
        world.plane.egress.set_fault(fault);
        let shop = world.namespace(name);
        let begun = Instant::now();
        let said = shop.apply("web.yaml", &broken());
        assert_eq!(said.silently(), "ingress.networking.k8s.io/web created\n", "{fault:?}");
        // The webhook's own timeout of 5 s, and kubectl's time.
        assert!(begun.elapsed() < Duration::from_secs(9), "{fault:?} took {:?}", begun.elapsed());
    }
    world.plane.egress.set_fault(Fault::None);
    let shop = world.namespace("ignore-over");
    assert!(shop.apply("web.yaml", &broken()).refusal().contains("\"nobody\" does not exist"));
}

#[test]
fn with_fail_an_outage_refuses_ingresses_in_the_name_of_the_webhook_and_nothing_else() {
    let mut world = World::own(2);
    register_with_fail(&world);
    world.replicas.clear();
    let shop = namespace(&world, "fail-dead");
    let failed = "Internal error occurred: failed calling webhook \"fail.backstop.dev\": ";
    let said = eventually("the second configuration", Duration::from_secs(10), || {
        let said = shop.apply("web.yaml", &broken());
        if said.code == 0 {
            shop.kubectl(&["delete", "ingress", "web"]).done();
            return Err(said.out);
        }
        Ok(said)
    });
    let begin = format!("Error from server (InternalError): error when creating \"web.yaml\": {failed}");
    assert!(said.err.starts_with(&begin), "{}", said.err);
    assert_eq!(said.code, 1);
    assert!(!shop.has("ingress/web"));
    assert_others_pass(&shop);
}

/// As shipped, under another name and with `failurePolicy: Fail`.
fn register_with_fail(world: &World) {
    let shipped = world.kubectl(&["get", "validatingwebhookconfiguration", "backstop", "-o=json"]).done();
    let mut second: serde_json::Value = serde_json::from_str(&shipped).expect("kubectl prints JSON");
    second["metadata"] = serde_json::json!({"name": "backstop-fail"});
    second["webhooks"][0]["name"] = "fail.backstop.dev".into();
    second["webhooks"][0]["failurePolicy"] = "Fail".into();
    std::fs::write(world.plane.folder.join("fail.json"), second.to_string()).expect("it is written");
    world.kubectl(&["create", "-f", "fail.json"]).silently();
}
