//! Flagger makes the Service that an Ingress names, and its guide has the Ingress first (rulebook 7.12). Its definitions
//! are all of it that is installed here: what it would write is written in its place.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Namespace, World, eventually};
use crate::manifests::{deployment, file, ingress, service};
use crate::sequences::{canary, get, put, stored};

const DEFINITION: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: canaries.flagger.app}
spec:
  group: flagger.app
  scope: Namespaced
  names: {kind: Canary, listKind: CanaryList, plural: canaries, singular: canary}
  versions:
    - name: v1beta1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

/// The Canary of the guide, for a Deployment and, if it is called otherwise, its Service.
fn release(deployment: &str, service: Option<&str>) -> String {
    let name = service.map(|service| format!("name: {service}, ")).unwrap_or_default();
    format!(
        "apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {{name: {deployment}}}
spec:
  provider: nginx
  targetRef: {{apiVersion: apps/v1, kind: Deployment, name: {deployment}}}
  ingressRef: {{apiVersion: networking.k8s.io/v1, kind: Ingress, name: {deployment}}}
  service: {{{name}port: 80, targetPort: 8080}}
"
    )
}

/// A cluster that enforces, with Flagger's definitions.
fn cluster() -> World {
    let world = World::own(1);
    std::fs::write(world.plane.folder.join("flagger.yaml"), DEFINITION).expect("it is written");
    world.kubectl(&["create", "-f", "flagger.yaml"]).done();
    // The API server lists the group a moment after it has the definition.
    eventually("the API group of Flagger", Duration::from_secs(20), || {
        world.kubectl(&["get", "canaries.flagger.app", "-A"]).result()?;
        let groups = world.kubectl(&["get", "--raw=/apis"]).result()?;
        if groups.contains("\"flagger.app\"") { Ok(()) } else { Err(groups) }
    });
    world
}

/// What Flagger does once there is a Canary: Services without any Pod yet, an Ingress beside the user's, and weights.
fn work(shop: &Namespace<'_>) {
    let services = ["podinfo", "podinfo-canary", "podinfo-primary"].map(service);
    shop.apply("services.yaml", &file(&services.each_ref().map(String::as_str))).done();
    shop.file("beside.yaml", &canary("podinfo-canary", "podinfo-canary", 0));
    shop.kubectl(&["create", "-f", "beside.yaml"]).silently();
    for weight in [5, 50, 100, 0] {
        let mut object: Value = get(shop, "podinfo-canary");
        object["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"] = weight.to_string().into();
        put(shop, &object, &[]).silently();
    }
}

#[track_caller]
fn warned_of_flagger(warnings: &[String], how_sure: &str) {
    assert!(matches!(warnings, [only] if only.contains(how_sure)), "{warnings:?}");
}

#[test]
fn ingresses_come_before_the_services_that_flagger_makes() {
    let world = cluster();
    let podinfo = ingress("podinfo", &[("/", "podinfo", 80)]);

    // The guide: Deployment, Ingress, Canary. So do Helm, Argo CD and Flux, for whom a Canary is a kind like no other.
    let shop = world.namespace("guide");
    shop.apply("deployment.yaml", &deployment("podinfo", "ready")).done();
    warned_of_flagger(&stored(&shop.apply("podinfo.yaml", &podinfo)), "Flagger may create it");
    shop.apply("canary.yaml", &release("podinfo", None)).done();
    // Again, before Flagger got to it, by whoever changes the Ingress meanwhile.
    warned_of_flagger(
        &stored(&shop.apply("other.yaml", &ingress("other", &[("/", "podinfo-primary", 80)]))),
        "Flagger creates it",
    );
    work(&shop);

    // The Canary first, and its Service called otherwise than the Deployment.
    let shop = world.namespace("canary-first");
    shop.apply("canary.yaml", &release("backend", Some("podinfo"))).done();
    warned_of_flagger(&stored(&shop.apply("podinfo.yaml", &podinfo)), "Flagger creates it");
    // The Deployment has its Canary: no Service of its own name will come.
    shop.apply("deployment.yaml", &deployment("backend", "ready")).done();
    let said = shop.apply("backend.yaml", &ingress("backend", &[("/", "backend", 80)]));
    assert!(said.refusal().contains("\"backend\" does not exist"), "{}", said.err);
    work(&shop);

    // What Flagger has nothing to do with is refused as ever.
    let said = world.namespace("elsewhere").apply("podinfo.yaml", &podinfo);
    assert!(said.refusal().contains("\"podinfo\" does not exist"), "{}", said.err);
}
