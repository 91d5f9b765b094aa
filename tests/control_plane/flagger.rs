//! Flagger creates the Service that an Ingress names, and its guide applies the Ingress first (rulebook 7.12). The
//! tests install only the custom resource definition of Flagger, and write the objects of Flagger themselves.

use serde_json::Value;

use crate::definitions::install;
use crate::harness::{Namespace, World};
use crate::manifests::{deployment, file, ingress, service};
use crate::sequences::{assert_stored, canary, get, put};

/// The Canary of the guide, for a Deployment. `service` is the name of the Service if it differs from the name of the
/// Deployment.
fn canary_of_the_guide(deployment: &str, service: Option<&str>) -> String {
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

/// A cluster in the mode `enforce`, with the definition of Canaries.
fn cluster_with_flagger() -> World {
    let world = World::own(1);
    install(&world, &[("flagger.app", "v1beta1", "Canary", "canaries")]);
    world
}

/// Does what Flagger does for a Canary: creates Services, still without Pods, and a canary Ingress, and changes its
/// weight.
fn do_the_work_of_flagger(shop: &Namespace<'_>) {
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
fn assert_warning_about_flagger(warnings: &[String], how_sure: &str) {
    assert!(matches!(warnings, [only] if only.contains(how_sure)), "{warnings:?}");
}

#[test]
fn ingresses_come_before_the_services_that_flagger_makes() {
    let world = cluster_with_flagger();
    let podinfo = ingress("podinfo", &[("/", "podinfo", 80)]);

    // The order of the guide: Deployment, Ingress, Canary. Helm, Argo CD and Flux use the same order, because they
    // apply custom resources last.
    let shop = world.namespace("guide");
    shop.apply("deployment.yaml", &deployment("podinfo", "ready")).done();
    assert_warning_about_flagger(&assert_stored(&shop.apply("podinfo.yaml", &podinfo)), "Flagger may create it");
    shop.apply("canary.yaml", &canary_of_the_guide("podinfo", None)).done();
    // Another update of the Ingress, before Flagger has created the Service.
    assert_warning_about_flagger(
        &assert_stored(&shop.apply("other.yaml", &ingress("other", &[("/", "podinfo-primary", 80)]))),
        "Flagger creates it",
    );
    do_the_work_of_flagger(&shop);

    // The Canary first, with a Service whose name differs from the Deployment.
    let shop = world.namespace("canary-first");
    shop.apply("canary.yaml", &canary_of_the_guide("backend", Some("podinfo"))).done();
    assert_warning_about_flagger(&assert_stored(&shop.apply("podinfo.yaml", &podinfo)), "Flagger creates it");
    // The Canary of the Deployment names another Service, so Flagger will not create a Service with the name of the
    // Deployment.
    shop.apply("deployment.yaml", &deployment("backend", "ready")).done();
    let output = shop.apply("backend.yaml", &ingress("backend", &[("/", "backend", 80)]));
    assert!(output.refusal().contains("\"backend\" does not exist"), "{}", output.err);
    do_the_work_of_flagger(&shop);

    // An Ingress in a namespace without Flagger objects is denied as usual.
    let output = world.namespace("elsewhere").apply("podinfo.yaml", &podinfo);
    assert!(output.refusal().contains("\"podinfo\" does not exist"), "{}", output.err);
}
