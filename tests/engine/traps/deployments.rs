//! Traps that deadlock or break deployments.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use backstop::engine::kinds::Kind;
use backstop::engine::model::Makers;
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Purpose, Unknown, View};
use backstop::webhook::Facts;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    NGINX, NODE_PORTS, SLICE_PORTS, UNREADY, asked, asked_with, class, configuration, crashing, create,
    create_annotated, expect, expect_silence, healthy, ingress, service, slice, to,
};
use crate::admission::{Lagging, ask_with, nothing, review};

/// Flux dry-runs every object of a stage before it applies the first: refusing the Ingress there would keep the Service
/// from ever being made (rulebook 7.6).
#[tokio::test]
async fn trap_01_a_dry_run_is_not_refused() {
    let mut review = create(to("web", 80));
    review["request"]["dryRun"] = true.into();
    expect(&asked(&class(NGINX), &review).await, "warn", &["does not exist", "dry run"]);
}

/// The commit that brings the fixed image sends the Ingress again: Pods that crash never refuse it, and an unchanged
/// one is not even spoken of (rulebook 7.3.2, 7.5.4, 7.6.3).
#[tokio::test]
async fn trap_02_a_broken_workload_does_not_refuse_its_own_fix() {
    let objects = class(NGINX) + &crashing();
    let stored = ingress(&[to("web", 80)]);
    assert_eq!(asked(&objects, &review("UPDATE", &stored, &stored)).await, "pass");
    expect(&asked(&objects, &create(to("web", 80))).await, "warn", &["CrashLoopBackOff"]);
    // Nor does a Service that has gone meanwhile.
    assert_eq!(asked(&class(NGINX), &review("UPDATE", &stored, &stored)).await, "pass");
}

/// Load balancer controllers take their finalizer off by an UPDATE, often after the Service has gone: a refusal would
/// leave Ingress and namespace terminating for ever (rulebook 1.5.2).
#[rstest]
#[case::finalizer(json!({}))]
#[case::annotations_too(json!({"kubernetes.io/ingress.class": "other"}))]
#[tokio::test]
async fn trap_03_a_finalizer_can_always_be_removed(#[case] annotations: Value) {
    let (mut old, mut new) = (ingress(&[to("gone", 80)]), ingress(&[to("gone", 80), to("lost", 80)]));
    old["metadata"]["finalizers"] = json!(["ingress.k8s.aws/resources"]);
    for object in [&mut old, &mut new] {
        object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    }
    new["metadata"]["annotations"] = annotations;
    assert_eq!(asked(&class(NGINX), &review("UPDATE", &new, &old)).await, "pass");
}

/// `kubectl apply -f dir/` sends ingress.yaml before service.yaml: the refusal says that a second run cures it, it does,
/// and a namespace in mode warn needs none (rulebook 7.2.1).
#[tokio::test]
async fn trap_04_an_ingress_before_its_service_is_not_a_dead_end() {
    let review = create(to("web", 80));
    expect(&asked(&class(NGINX), &review).await, "deny", &["apply the Service first, or run the same apply again"]);
    assert_eq!(asked(&(class(NGINX) + &healthy()), &review).await, "pass");
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {backstop.dev/mode: warn}}\n";
    expect(&asked(&(class(NGINX) + namespace), &review).await, "warn", &["does not exist"]);
}

/// Behind AWS and GKE a Pod becomes ready only after the load balancer that is made of this Ingress says so: "none
/// ready" is where every installation starts (rulebook 4.8, 4.9).
#[rstest]
#[case::aws(json!({"kubernetes.io/ingress.class": "alb"}), "target-health.elbv2.k8s.aws/web")]
#[case::gke(json!({"kubernetes.io/ingress.class": "gce"}), "cloud.google.com/load-balancer-neg-ready")]
#[tokio::test]
async fn trap_05_a_readiness_gate_of_the_load_balancer_is_no_fault(#[case] annotations: Value, #[case] gate: &str) {
    let pod = format!(
        "---\napiVersion: v1\nkind: Pod\n\
         metadata: {{name: web-0, namespace: shop, labels: {{app: web}}, creationTimestamp: '2026-01-01T00:00:00Z'}}\n\
         spec: {{readinessGates: [{{conditionType: {gate}}}]}}\n\
         status:\n  phase: Running\n  conditions: [{{type: ContainersReady, status: 'True'}}, {{type: Ready, status: 'False', reason: ReadinessGatesNotReady}}]\n"
    );
    let objects = service("web", NODE_PORTS) + &slice("web-1", "web", SLICE_PORTS, UNREADY) + &pod;
    let mut review = create_annotated(to("web", 80), annotations);
    review["request"]["object"]["spec"]["ingressClassName"].take();
    expect_silence(&asked(&objects, &review).await);
}

/// Kubernetes' conformance suite makes an Ingress whose Service `test-backend` does not exist, that of the Gateway API
/// makes routes to nothing: where the mode is warn both are stored, and routes are not judged at all (rulebook 7.13).
#[tokio::test]
async fn trap_06_a_cluster_in_mode_warn_passes_conformance() {
    let objects = class(NGINX);
    let review = create(to("test-backend", 80));
    expect(&asked_with(configuration("mode: warn"), &objects, &review).await, "warn", &["test-backend"]);
    assert_eq!(asked(&objects, &super::shapes::route()).await, "pass");
}

/// Helm, Argo CD and cert-manager make the Service milliseconds before the Ingress: a cache that has not seen it yet
/// proves nothing, and neither does a read that fails (rulebook 7.1).
#[tokio::test]
async fn trap_07_an_empty_cache_refuses_nothing() {
    let found = Lagging::new(|need, live| match need {
        Need::Service(name) | Need::Backend(name) => {
            let world = crate::world::world(&healthy());
            live.services.insert(name.clone(), world.service("shop", "web").map(Clone::clone));
            live.slices.insert(name.clone(), world.slices("shop", "web").map(<[_]>::to_vec));
        }
        _ => nothing(need, live),
    });
    let failed = Lagging::new(|need, live| match need {
        Need::Service(name) | Need::Backend(name) => {
            drop(live.services.insert(name.clone(), Lookup::Unknown(Unknown::Failed)));
        }
        _ => nothing(need, live),
    });
    for (facts, warnings) in [(found, 0), (failed, 1)] {
        let facts: &'static Lagging = Box::leak(Box::new(facts));
        let response = ask_with(facts, configuration(""), &create(to("web", 80))).await;
        assert_eq!(response["allowed"], true, "{response}");
        assert_eq!(response["warnings"].as_array().map_or(0, Vec::len), warnings, "{response}");
    }
}

/// Flagger makes the Service, and in its guide the Ingress comes first: not refused where a Canary asks for the Service,
/// nor where Flagger is installed and a workload of that name may yet get its Canary; and neither is what Flagger itself
/// writes (rulebook 7.12). Whether it is so is a question like any other: without an answer nothing is proven.
#[tokio::test]
async fn trap_08_flagger_may_make_the_service_later() {
    let first = create(to("podinfo", 80));
    let canary = "---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: podinfo, namespace: shop}\n\
                  spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: podinfo}, service: {port: 80}}\n";
    expect(&asked(&(class(NGINX) + canary), &first).await, "warn", &["\"podinfo\"", "Flagger creates it"]);
    expect(&asked(&class(NGINX), &first).await, "deny", &["\"podinfo\""]);

    let deployment = ("Deployment".to_owned(), "podinfo".to_owned());
    let installed = Makers { workloads: [deployment].into(), ..Makers::default() };
    for (makers, expected) in [
        (Lookup::Found(installed), Some("Flagger may create it")),
        (Lookup::Unknown(Unknown::Forbidden), Some("whether Flagger creates it could not be read")),
        (Lookup::Found(Makers::default()), None),
        (Lookup::Absent, None),
    ] {
        let facts = Lagging::new(move |need, live| match need {
            Need::Makers(namespace) => drop(live.makers.insert(namespace.clone(), makers.clone())),
            _ => nothing(need, live),
        });
        let facts: &'static Lagging = Box::leak(Box::new(facts));
        let response = ask_with(facts, configuration(""), &first).await;
        assert_eq!(response["allowed"], expected.is_some(), "{response}");
        assert!(response.to_string().contains(expected.unwrap_or("does not exist")), "{response}");
    }

    let of_flagger =
        json!({"nginx.ingress.kubernetes.io/canary": "true", "nginx.ingress.kubernetes.io/canary-weight": "0"});
    expect_silence(&asked(&class(NGINX), &create_annotated(to("podinfo-canary", 80), of_flagger)).await);
}

/// cert-manager's solver Ingress points at a Service that is a moment old; and in its other mode it edits a path into
/// somebody's Ingress, whose other backends may be broken. Neither may be refused (rulebook 7.9).
#[tokio::test]
async fn trap_09_a_certificate_is_issued_whatever_else_is_broken() {
    let mut solver = create(to("cm-acme-http-solver-x7f2k", 8089));
    solver["request"]["object"]["metadata"]["labels"] = json!({"acme.cert-manager.io/http01-solver": "true"});
    assert_eq!(asked(&class(NGINX), &solver).await, "pass");
    let (before, during) =
        (ingress(&[to("gone", 80)]), ingress(&[to("cm-acme-http-solver-x7f2k", 8089), to("gone", 80)]));
    expect_silence(&asked(&class(NGINX), &review("UPDATE", &during, &before)).await);
    expect_silence(&asked(&class(NGINX), &review("UPDATE", &before, &during)).await);
}

/// A file of `deploy/base`.
fn deployed(file: &str) -> Value {
    let path = format!("{}/deploy/base/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A view that never sees anything, and when it was told to be done.
#[derive(Default)]
struct Hanging(Mutex<Option<Instant>>);

impl Facts for &'static Hanging {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Arc::new(index.picture(namespaces.iter().copied()))
    }

    async fn read(&self, _: BTreeSet<Need>, _: Purpose, deadline: Instant) -> LiveFacts {
        self.0.lock().unwrap().replace(deadline);
        LiveFacts::default()
    }
}

/// Our outage or slowness must not become everybody's: failures are ignored, the wait is short, the namespaces that
/// repair things are left out, and reads end before the API server gives up (rulebook 1.6, 1.8).
#[tokio::test]
async fn trap_10_our_own_failure_refuses_nobody() {
    let webhook = &deployed("validatingwebhookconfiguration")["webhooks"][0];
    assert_eq!(webhook["failurePolicy"], "Ignore");
    assert!((2..=5).contains(&webhook["timeoutSeconds"].as_u64().unwrap()), "{webhook}");
    let excluded = &webhook["namespaceSelector"]["matchExpressions"][0];
    assert_eq!((&excluded["key"], &excluded["operator"]), (&json!("kubernetes.io/metadata.name"), &json!("NotIn")));
    let own = &deployed("deployment")["metadata"]["namespace"];
    for namespace in [&json!("kube-system"), own] {
        assert!(excluded["values"].as_array().unwrap().contains(namespace), "{excluded}");
    }
    let facts: &'static Hanging = Box::leak(Box::default());
    let asked_at = Instant::now();
    let response = ask_with(facts, configuration(""), &create(to("web", 80))).await;
    assert_eq!(response["allowed"], true, "{response}");
    let granted = facts.0.lock().unwrap().unwrap() - asked_at;
    assert!(granted.as_secs_f64() < 4.5, "{granted:?} of the 5 s of the API server");
}
