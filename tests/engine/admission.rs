//! The admission handler: a review in, an answer out; with gates, modes and live reads.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use backstop::engine::kinds::{Kind, documents};
use backstop::engine::policy::{Configuration, Mode, Policy};
use backstop::engine::view::{Index, LiveFacts, Lookup, Need, Purpose, Snapshot, Unknown, View};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, Facts, router};
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::legal::read;
use crate::world::world;

/// An index that lags: it contains only the class. Live reads answer from `live`.
pub struct Lagging {
    index: Index,
    live: Box<Answers>,
    reads: Mutex<Vec<BTreeSet<Need>>>,
}

/// The result of a live read.
type Answers = dyn Fn(&Need, &mut LiveFacts) + Send + Sync;

impl Lagging {
    pub fn new(live: impl Fn(&Need, &mut LiveFacts) + Send + Sync + 'static) -> Self {
        let mut index = Index::default();
        for kind in Kind::ALL {
            index.set_available(kind, Ok(()));
        }
        Self { index, live: Box::new(live), reads: Mutex::default() }
    }

    /// The same, but the index has seen this object, too.
    pub fn and_seen(mut self, object: &Value) -> Self {
        self.index.apply(read(object));
        self
    }

    /// How often live reads were asked for.
    pub fn rounds(&self) -> usize {
        self.reads.lock().unwrap().len()
    }
}

impl Facts for &'static Lagging {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::new(self.index.picture(namespaces.iter().copied()))
    }

    async fn read(&self, needs: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        let mut facts = LiveFacts::default();
        for need in &needs {
            (self.live)(need, &mut facts);
        }
        self.reads.lock().unwrap().push(needs);
        facts
    }
}

/// Live reads of a namespace without Services, in which nothing will create one.
pub fn nothing(need: &Need, live: &mut LiveFacts) {
    match need {
        Need::Service(name) | Need::Backend(name) => drop(live.services.insert(name.clone(), Lookup::Absent)),
        Need::Namespace(name) => drop(live.namespaces.insert(name.clone(), Lookup::Absent)),
        Need::Makers(namespace) => drop(live.makers.insert(namespace.clone(), Lookup::Absent)),
        Need::Pods(..) => {}
    }
}

/// A view whose facts are all proven.
pub struct Known(Arc<Snapshot>);

pub fn known(world: Snapshot) -> Known {
    Known(Arc::new(world))
}

impl Facts for Known {
    fn picture(&self, _: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::<Snapshot>::clone(&self.0)
    }

    async fn read(&self, _: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        LiveFacts::default()
    }
}

pub async fn post(facts: impl Facts, mode: Mode, body: impl Into<Body>, kind: &str) -> (StatusCode, Vec<u8>) {
    post_to(facts, Configuration { mode, ..Configuration::default() }, body, kind).await
}

async fn post_to(
    facts: impl Facts,
    configuration: Configuration,
    body: impl Into<Body>,
    kind: &str,
) -> (StatusCode, Vec<u8>) {
    let response = respond(facts, configuration, body, kind).await;
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

/// The longest timeout of a webhook: a debug build on a busy machine judges 10,000 references in seconds.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The answer of the handler with its headers.
pub async fn respond(
    facts: impl Facts,
    configuration: Configuration,
    body: impl Into<Body>,
    kind: &str,
) -> Response<Body> {
    let (metrics, _) = metrics::new("test");
    let policy = Arc::new(ArcSwap::from_pointee(Policy { configuration, ..Policy::default() }));
    let path = format!("/validate?timeout={}s", TIMEOUT.as_secs());
    let request = Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap();
    router(Admission { facts, policy, metrics }).oneshot(request).await.unwrap()
}

async fn ask(facts: impl Facts, mode: Mode, review: &Value) -> Value {
    ask_with(facts, Configuration { mode, ..Configuration::default() }, review).await
}

/// The answer with this configuration.
pub async fn ask_with(facts: impl Facts, configuration: Configuration, review: &Value) -> Value {
    let (status, body) = post_to(facts, configuration, review.to_string(), "application/json").await;
    assert_eq!(status, StatusCode::OK);
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
    assert_eq!(answer["kind"], "AdmissionReview");
    assert_eq!(answer["response"]["uid"], "u-1");
    answer["response"].clone()
}

/// `deny: …`, `warn: …`, `audit: …` or `pass`, as a user would see it.
fn outcome_of(response: &Value) -> String {
    let warnings = response["warnings"].as_array();
    if response["allowed"] == false {
        return format!("deny: {}", response["status"]["message"].as_str().unwrap());
    }
    if let Some(first) = warnings.and_then(|warnings| warnings.first()) {
        return format!("warn: {}", first.as_str().unwrap());
    }
    match response["auditAnnotations"]["findings"].as_str() {
        Some(findings) => format!("audit: {findings}"),
        None => "pass".to_owned(),
    }
}

/// An Ingress `shop/web` with a path for each `service:port`, and these annotations.
pub fn ingress(backends: &[&str], annotations: &Value) -> Value {
    let path = |backend: &&str| {
        let (service, port) = backend.split_once(':').unwrap();
        json!({"path": "/", "pathType": "Prefix",
               "backend": {"service": {"name": service, "port": {"number": port.parse::<u16>().unwrap()}}}})
    };
    let paths: Vec<Value> = backends.iter().map(path).collect();
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
           "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
           "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": paths}}]}})
}

pub fn review(operation: &str, object: &Value, old: &Value) -> Value {
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "u-1", "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
        "namespace": "shop", "name": "web", "operation": operation, "dryRun": false, "object": object, "oldObject": old}})
}

fn create(backends: &[&str]) -> Value {
    review("CREATE", &ingress(backends, &json!({})), &Value::Null)
}

const SHOP: &str = "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: '', port: 80}]
endpoints: [{addresses: [10.0.0.1]}]
";

pub fn shop(mode: Option<&str>) -> Known {
    let namespace = mode.map(|mode| {
        format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{backstop.dev/mode: '{mode}'}}}}\n"
        )
    });
    known(world(&format!("{SHOP}{}", namespace.unwrap_or_default())))
}

#[tokio::test]
async fn a_denial_names_fault_field_consequence_and_fix() {
    let response = ask(shop(None), Mode::Enforce, &create(&["wbe:80"])).await;
    insta::assert_json_snapshot!(response);
}

#[tokio::test]
async fn several_denials_are_a_list_with_their_causes() {
    let response =
        ask(shop(None), Mode::Enforce, &create(&["a:80", "web:80", "b:80", "web:81", "c:1", "d:1", "e:1"])).await;
    insta::assert_json_snapshot!(response);
}

/// The outcome of an UPDATE of a broken Ingress (gate G1; rulebook 1.5, 7.8; traps 2, 3, 9, 40).
#[rstest]
#[case::label_change(&["gone:80"], &["gone:80"], "pass")]
#[case::healthy_path_added(&["gone:80"], &["gone:80", "web:80"], "audit: service-not-found=audit@spec.rules[0].http.paths[0].backend.service.name")]
#[case::prepended_path(&["gone:80"], &["web:80", "gone:80"], "audit: service-not-found=audit@spec.rules[0].http.paths[1].backend.service.name")]
#[case::broken_path_removed(&["gone:80", "web:80"], &["web:80"], "pass")]
#[case::reordered(&["gone:80", "web:80"], &["web:80", "gone:80"], "pass")]
#[case::second_broken_path(&["gone:80"], &["gone:80", "lost:80"], "deny: Ingress shop/web: spec.rules[0].http.paths[1].backend.service.name: Service \"lost\" does not exist in namespace \"shop\" (shop.example/: requests get 503). To fix it, apply the Service first, or run the same apply again; or correct the name. [service-not-found]")]
#[case::other_port_is_another_reference(&["web:81"], &["web:82"], "deny: Ingress shop/web: spec.rules[0].http.paths[0].backend.service.port.number: Service \"web\" has no port 82; it has 80 (shop.example/: requests get 503); did you mean 80? To fix it, use port 80, or add the missing port to the Service. [port-not-found]")]
#[tokio::test]
async fn updates_are_judged_by_what_they_add(#[case] old: &[&str], #[case] new: &[&str], #[case] expected: &str) {
    let (old, new) = (ingress(old, &json!({})), ingress(new, &json!({})));
    assert_eq!(outcome_of(&ask(shop(None), Mode::Enforce, &review("UPDATE", &new, &old)).await), expected);
}

#[tokio::test]
async fn a_change_of_class_or_annotations_judges_again_and_only_warns() {
    let old = ingress(&["gone:80"], &json!({}));
    let new = ingress(&["gone:80"], &json!({"nginx.ingress.kubernetes.io/app-root": "/x"}));
    let outcome = outcome_of(&ask(shop(None), Mode::Enforce, &review("UPDATE", &new, &old)).await);
    assert!(outcome.starts_with("warn: spec.rules[0].http.paths[0].backend: "), "{outcome}");
}

/// Ingresses that are never denied, whatever they refer to.
#[rstest]
#[case::canary(json!({"nginx.ingress.kubernetes.io/canary": "true"}), "audit")]
#[case::redirect(json!({"nginx.ingress.kubernetes.io/permanent-redirect": "https://x.example"}), "audit")]
#[case::plain(json!({}), "deny")]
#[tokio::test]
async fn legal_shapes_that_look_broken_are_not_denied(#[case] annotations: Value, #[case] expected: &str) {
    let object = ingress(&["gone:80"], &annotations);
    let outcome = outcome_of(&ask(shop(None), Mode::Enforce, &review("CREATE", &object, &Value::Null)).await);
    assert_eq!(outcome.split(':').next(), Some(expected), "{outcome}");
}

#[tokio::test]
async fn solvers_and_objects_that_are_being_deleted_pass() {
    let mut solver = ingress(&["gone:80"], &json!({}));
    solver["metadata"]["labels"] = json!({"acme.cert-manager.io/http01-solver": "true"});
    assert_eq!(outcome_of(&ask(shop(None), Mode::Enforce, &review("CREATE", &solver, &Value::Null)).await), "pass");
    let mut dying = ingress(&["gone:80"], &json!({}));
    dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    let old = ingress(&["web:80"], &json!({}));
    assert_eq!(outcome_of(&ask(shop(None), Mode::Enforce, &review("UPDATE", &dying, &old)).await), "pass");
}

#[tokio::test]
async fn a_dry_run_is_warned_and_never_denied() {
    let mut review = create(&["gone:80"]);
    review["request"]["dryRun"] = true.into();
    assert_eq!(
        outcome_of(&ask(shop(None), Mode::Enforce, &review).await),
        "warn: spec.rules[0].http.paths[0].backend: Service \"gone\" does not exist (dry run: may follow) [shop/web] [service-not-found]"
    );
}

/// The milder of the modes of the cluster and the namespace applies.
#[rstest]
#[case(Mode::Enforce, None, "deny")]
#[case(Mode::Enforce, Some("enforce"), "deny")]
#[case(Mode::Enforce, Some("warn"), "warn")]
#[case(Mode::Enforce, Some("audit"), "audit")]
#[case(Mode::Enforce, Some("off"), "pass")]
#[case(Mode::Enforce, Some("nonsense"), "deny")]
#[case(Mode::Warn, Some("enforce"), "warn")]
#[case(Mode::Audit, None, "audit")]
#[case(Mode::Off, Some("enforce"), "pass")]
#[tokio::test]
async fn modes_cap(#[case] cluster: Mode, #[case] namespace: Option<&str>, #[case] expected: &str) {
    let outcome = outcome_of(&ask(shop(namespace), cluster, &create(&["gone:80"])).await);
    assert_eq!(outcome.split(':').next(), Some(expected), "{outcome}");
}

/// Live reads that find every Service, each with the facts of `shop/web` in `SHOP`.
fn all_exist(need: &Need, live: &mut LiveFacts) {
    match need {
        Need::Service(name) | Need::Backend(name) => {
            let world = world(SHOP);
            live.services.insert(name.clone(), world.service("shop", "web").map(Clone::clone));
            live.slices.insert(name.clone(), world.slices("shop", "web").map(<[_]>::to_vec));
        }
        _ => nothing(need, live),
    }
}

#[tokio::test]
async fn a_service_that_the_index_does_not_contain_yet_is_read_live_once() {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(all_exist)));
    assert_eq!(outcome_of(&ask(facts, Mode::Enforce, &create(&["web:80"])).await), "pass");
    assert_eq!(facts.reads.lock().unwrap().len(), 1);
}

/// If the live read cannot confirm the absence, for any reason, the request is allowed with a warning.
#[rstest]
#[case(Unknown::Timeout)]
#[case(Unknown::Forbidden)]
#[case(Unknown::Failed)]
#[case(Unknown::Undecodable)]
#[case(Unknown::TooLarge)]
#[tokio::test]
async fn an_absence_that_cannot_be_confirmed_is_not_denied(#[case] why: Unknown) {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(move |need, live| match need {
        Need::Service(name) | Need::Backend(name) => drop(live.services.insert(name.clone(), Lookup::Unknown(why))),
        _ => nothing(need, live),
    })));
    let outcome = outcome_of(&ask(facts, Mode::Enforce, &create(&["web:80"])).await);
    assert!(outcome.starts_with("warn: spec.rules[0].http.paths[0].backend: not checked: "), "{outcome}");
}

#[tokio::test]
async fn a_namespace_that_cannot_be_read_softens_a_denial() {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(|need, live| match need {
        Need::Namespace(name) => drop(live.namespaces.insert(name.clone(), Lookup::Unknown(Unknown::Failed))),
        _ => nothing(need, live),
    })));
    let outcome = outcome_of(&ask(facts, Mode::Enforce, &create(&["web:80"])).await);
    assert!(outcome.starts_with("warn: "), "{outcome}");
}

#[tokio::test]
async fn one_ingress_does_not_become_thousands_of_reads_nor_a_megabyte_of_text() {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(nothing)));
    let backends: Vec<String> = (0..5000).map(|at| format!("s{at}:80")).collect();
    let backends: Vec<&str> = backends.iter().map(String::as_str).collect();
    let response = ask(facts, Mode::Enforce, &create(&backends)).await;
    assert!(facts.reads.lock().unwrap().iter().map(BTreeSet::len).sum::<usize>() <= 32);
    assert_eq!(response["allowed"], false);
    assert!(response.to_string().len() < 16_384);
}

/// All Services exist. The last one exceeds the limit of reads, together with the Namespace and the makers of Services.
#[tokio::test]
async fn an_absence_beyond_the_limit_of_reads_only_warns() {
    let facts: &'static Lagging = Box::leak(Box::new(Lagging::new(all_exist)));
    let backends: Vec<String> = (0..31).map(|at| format!("s{at:02}:80")).collect();
    let backends: Vec<&str> = backends.iter().map(String::as_str).collect();
    let response = ask(facts, Mode::Enforce, &create(&backends)).await;
    assert_eq!(facts.reads.lock().unwrap().iter().map(BTreeSet::len).collect::<Vec<_>>(), [32]);
    assert_eq!(response["allowed"], true);
    let expected = "spec.rules[0].http.paths[30].backend: Service \"s30\" does not exist \
                    (no live read could confirm it) [shop/web]";
    assert_eq!(response["warnings"], json!([expected]));
}

#[test]
fn the_demo_manifests_parse() {
    for file in ["cluster", "healthy", "misspelt-service", "wrong-port", "not-ready"] {
        let path = format!("{}/src/cli/demo/{file}.yaml", env!("CARGO_MANIFEST_DIR"));
        assert!(documents(&std::fs::read(path).unwrap()).iter().all(Result::is_ok), "{file}");
    }
}
