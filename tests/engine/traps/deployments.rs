//! Traps that block deployments.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use backstop::engine::kinds::Kind;
use backstop::engine::model::Makers;
use backstop::engine::programs;
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Purpose, Unknown, View};
use backstop::webhook::Facts;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    NGINX, NODE_PORTS, SLICE_PORTS, UNREADY, class, configuration, crashing, create, create_annotated, expect,
    expect_silence, healthy, ingress, review_outcome, review_outcome_with, service, slice, to,
};
use crate::admission::{Lagging, TIMEOUT, ask_with, nothing, review};

/// Flux makes a dry run of every object of a stage before it applies the first one. If the Ingress were denied then,
/// Flux would never create the Service (rulebook 7.6).
#[tokio::test]
async fn trap_01_a_dry_run_is_not_refused() {
    let mut review = create(to("web", 80));
    review["request"]["dryRun"] = true.into();
    expect(&review_outcome(&class(NGINX), &review).await, "warn", &["does not exist", "dry run"]);
}

/// The commit with the fixed image also sends the Ingress. Crashing Pods never cause a denial, and an unchanged Ingress
/// gets no warning (rulebook 7.3.2, 7.5.4, 7.6.3).
#[tokio::test]
async fn trap_02_a_broken_workload_does_not_refuse_its_own_fix() {
    let objects = class(NGINX) + &crashing();
    let stored = ingress(&[to("web", 80)]);
    assert_eq!(review_outcome(&objects, &review("UPDATE", &stored, &stored)).await, "pass");
    expect(&review_outcome(&objects, &create(to("web", 80))).await, "warn", &["CrashLoopBackOff"]);
    // A Service that was deleted meanwhile causes no warning either.
    assert_eq!(review_outcome(&class(NGINX), &review("UPDATE", &stored, &stored)).await, "pass");
}

/// Load balancer controllers remove their finalizer by an UPDATE, often after the Service was deleted. A denial would
/// leave the Ingress and the namespace terminating forever (rulebook 1.5.2).
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
    assert_eq!(review_outcome(&class(NGINX), &review("UPDATE", &new, &old)).await, "pass");
}

/// `kubectl apply -f dir/` sends ingress.yaml before service.yaml. The denial tells the user to run the command again,
/// and the second run succeeds. In a namespace in mode warn the first run succeeds (rulebook 7.2.1).
#[tokio::test]
async fn trap_04_an_ingress_before_its_service_is_not_a_dead_end() {
    let review = create(to("web", 80));
    expect(
        &review_outcome(&class(NGINX), &review).await,
        "deny",
        &["apply the Service first, or run the same apply again"],
    );
    assert_eq!(review_outcome(&(class(NGINX) + &healthy()), &review).await, "pass");
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {backstop.dev/mode: warn}}\n";
    expect(&review_outcome(&(class(NGINX) + namespace), &review).await, "warn", &["does not exist"]);
}

/// On AWS and GKE, a Pod may become ready only after the load balancer of the Ingress reports it healthy. So every
/// installation begins without ready Pods (rulebook 4.8, 4.9).
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
    expect_silence(&review_outcome(&objects, &review).await);
}

/// The conformance tests of Kubernetes create an Ingress whose Service `test-backend` does not exist. Those of the
/// Gateway API create routes without backends. In mode warn both are stored, and routes are not judged (rulebook 7.13).
#[tokio::test]
async fn trap_06_a_cluster_in_mode_warn_passes_conformance() {
    let objects = class(NGINX);
    let review = create(to("test-backend", 80));
    expect(&review_outcome_with(configuration("mode: warn"), &objects, &review).await, "warn", &["test-backend"]);
    assert_eq!(review_outcome(&objects, &super::shapes::route()).await, "pass");
}

/// Helm, Argo CD and cert-manager create the Service milliseconds before the Ingress. A cache that does not contain the
/// Service yet proves nothing, and a failed read proves nothing either (rulebook 7.1).
#[tokio::test]
async fn trap_07_an_empty_cache_denies_nothing() {
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

/// Flagger creates the Service, and its guide applies the Ingress first. The Ingress is not denied if a Canary creates
/// the Service, or if Flagger is installed and a workload of that name may get a Canary later. Ingresses of Flagger
/// itself are not denied either (rulebook 7.12). If the Canaries could not be read, the absence is not proven.
#[tokio::test]
async fn trap_08_flagger_may_make_the_service_later() {
    let first = create(to("podinfo", 80));
    let canary = "---\napiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: podinfo, namespace: shop}\n\
                  spec: {targetRef: {apiVersion: apps/v1, kind: Deployment, name: podinfo}, service: {port: 80}}\n";
    expect(&review_outcome(&(class(NGINX) + canary), &first).await, "warn", &["\"podinfo\"", "Flagger creates it"]);
    expect(&review_outcome(&class(NGINX), &first).await, "deny", &["\"podinfo\""]);

    let mut installed = Makers::default();
    let canaries = programs::maker("flagger.app", "Canary").unwrap();
    installed.add_workload(canaries, "Deployment".to_owned(), "podinfo".to_owned());
    for (makers, expected) in [
        (Lookup::Found(installed), Some("Flagger may create it")),
        (Lookup::Unknown(Unknown::Forbidden), Some("whether another program creates it could not be read")),
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
    expect_silence(&review_outcome(&class(NGINX), &create_annotated(to("podinfo-canary", 80), of_flagger)).await);
}

/// The solver Ingress of cert-manager refers to a Service that was just created. In its other mode, cert-manager adds a
/// path to an Ingress of a user, whose other backends may be broken. Neither may be denied (rulebook 7.9).
#[tokio::test]
async fn trap_09_a_certificate_is_issued_although_other_backends_are_broken() {
    let mut solver = create(to("cm-acme-http-solver-x7f2k", 8089));
    solver["request"]["object"]["metadata"]["labels"] = json!({"acme.cert-manager.io/http01-solver": "true"});
    assert_eq!(review_outcome(&class(NGINX), &solver).await, "pass");
    let (before, during) =
        (ingress(&[to("gone", 80)]), ingress(&[to("cm-acme-http-solver-x7f2k", 8089), to("gone", 80)]));
    expect_silence(&review_outcome(&class(NGINX), &review("UPDATE", &during, &before)).await);
    expect_silence(&review_outcome(&class(NGINX), &review("UPDATE", &before, &during)).await);
}

/// A file of `deploy/base`.
fn deployed(file: &str) -> Value {
    let path = format!("{}/deploy/base/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A view that knows nothing, and the deadline that it got.
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

/// An outage of Backstop must not block the cluster: failures are ignored, the timeout is short, namespaces with system
/// components are excluded, and reads end before the API server gives up (rulebook 1.6, 1.8).
#[tokio::test]
async fn trap_10_a_failure_of_backstop_denies_no_request() {
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
    assert!(granted + Duration::from_millis(500) < TIMEOUT, "{granted:?} of the {TIMEOUT:?} of the API server");
}
