//! The webhook while the API server lists Pods slowly: a denial must not wait for reads of Pods.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use backstop::cluster::{Bounds, Cluster, NoObserver};
use backstop::engine::kinds::{Kind, Watch};
use backstop::engine::view::{LiveFacts, Need, Purpose, View};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, Facts, router};
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt as _;

use crate::fake::{Fake, Fault, Verb};

/// The time limit for a denial. The confirmation of an absence takes 400 ms (rulebook 7.1.2).
const DENIED_WITHIN: Duration = Duration::from_millis(600);

struct Watched(Cluster);

impl Facts for Watched {
    fn picture(&self, namespaces: &[&str]) -> Arc<dyn View + Send + Sync> {
        Arc::new(self.0.picture(namespaces))
    }

    fn read(
        &self,
        needs: BTreeSet<Need>,
        purpose: Purpose,
        deadline: Instant,
    ) -> impl Future<Output = LiveFacts> + Send {
        self.0.live().read(needs, purpose, deadline)
    }
}

/// A webhook that uses a fake API server.
struct Webhook {
    fake: Fake,
    router: Router,
}

impl Webhook {
    /// Starts a webhook for the objects that `arrange` puts into the API server, and waits until its index contains
    /// them.
    async fn start(arrange: impl FnOnce(&Fake)) -> Self {
        let fake = Fake::start().await;
        let class = json!({"spec": {"controller": "k8s.io/ingress-nginx"}});
        fake.put("ingressclasses", "", "nginx", class);
        arrange(&fake);
        let cluster = Cluster::start(&fake.connection, Bounds::default(), Arc::new(NoObserver)).unwrap();
        let required = || Kind::indexed().filter(|kind| kind.row().watched == Watch::Always);
        crate::until("all watches are in sync", || required().all(|kind| cluster.synced(kind))).await;
        let (metrics, _) = metrics::new("test");
        let router = router(Admission { facts: Watched(cluster), policy: Arc::default(), metrics });
        Self { fake, router }
    }

    /// The response to the creation of an Ingress in `namespace` with a path for each `service:port`.
    async fn create(router: Router, namespace: String, backends: Vec<String>) -> Value {
        let path = |backend: &String| {
            let (service, port) = backend.split_once(':').unwrap();
            json!({"path": "/", "pathType": "Prefix",
                   "backend": {"service": {"name": service, "port": {"number": port.parse::<u16>().unwrap()}}}})
        };
        let paths: Vec<Value> = backends.iter().map(path).collect();
        let object = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"ingressClassName": "nginx", "rules": [{"host": "shop.example", "http": {"paths": paths}}]}});
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "u-1", "resource": {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
            "namespace": namespace, "name": "web", "operation": "CREATE", "dryRun": false, "object": object}});
        let request = Request::post("/validate?timeout=5s").header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(review.to_string())).unwrap();
        let body = router.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&body).unwrap()["response"].clone()
    }

    async fn ask(&self, namespace: &str, backends: &[&str]) -> Value {
        let backends = backends.iter().map(ToString::to_string).collect();
        Self::create(self.router.clone(), namespace.to_owned(), backends).await
    }

    /// Starts a review without waiting for its answer.
    fn ask_in_background(&self, reviews: &mut JoinSet<Value>, namespace: &str, backends: Vec<String>) {
        reviews.spawn(Self::create(self.router.clone(), namespace.to_owned(), backends));
    }
}

/// Creates a Service without a ready endpoint, and its EndpointSlice.
fn put_unready(fake: &Fake, namespace: &str, name: &str) {
    fake.put("services", namespace, name, json!({"spec": {"selector": {"app": name}, "ports": [{"port": 80}]}}));
    let slice = json!({"metadata": {"labels": {"kubernetes.io/service-name": name}}, "addressType": "IPv4",
           "ports": [{"name": "", "port": 80}],
           "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": false}}]});
    fake.put("endpointslices", namespace, &format!("{name}-1"), slice);
}

/// Creates an Ingress with a missing Service three times. Each must be denied, and at least one of them in time: the
/// machine may be busy with other tests.
async fn assert_denied_in_time(webhook: &Webhook, namespace: &str) {
    let mut times = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let response = webhook.ask(namespace, &["gone:80"]).await;
        times.push(start.elapsed());
        assert_eq!(response["allowed"], false, "{response}");
        assert!(response["status"]["message"].as_str().unwrap().contains("\"gone\" does not exist"), "{response}");
    }
    assert!(times.iter().any(|time| *time <= DENIED_WITHIN), "{times:?}");
}

/// `reviews` reviews, each with `backends` unready backends, wait for lists of Pods that take 2 s.
#[rstest]
#[case::one_namespace(200, 1, 1)]
#[case::a_namespace_each(200, 1, 200)]
#[case::large_ingresses(8, 32, 1)]
#[case::large_ingresses_in_a_namespace_each(8, 32, 8)]
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_service_is_denied_while_pods_are_listed_slowly(
    #[case] reviews: usize,
    #[case] backends: usize,
    #[case] namespaces: usize,
) {
    let namespace = |review: usize| format!("ns-{}", review % namespaces);
    let service = |review: usize, backend: usize| format!("web-{review}-{backend}");
    let webhook = Webhook::start(|fake| {
        for (review, backend) in (0..reviews).flat_map(|review| (0..backends).map(move |backend| (review, backend))) {
            put_unready(fake, &namespace(review), &service(review, backend));
        }
    })
    .await;
    webhook.fake.always(Verb::List, "pods", Fault::Slow(Duration::from_secs(2)));
    let mut waiting = JoinSet::new();
    for review in 0..reviews {
        let backends = (0..backends).map(|backend| format!("{}:80", service(review, backend))).collect();
        webhook.ask_in_background(&mut waiting, &namespace(review), backends);
    }
    let busy = if namespaces == 1 { 4 } else { 16 };
    crate::until("all calls for Pods are in use", || webhook.fake.count(Verb::List, "pods") >= busy).await;
    assert_denied_in_time(&webhook, "ns-0").await;
    assert_denied_in_time(&webhook, "elsewhere").await;
    assert_eq!(waiting.len(), reviews);
    let answers = waiting.join_all().await;
    assert!(answers.iter().all(|response| response["allowed"] == true), "{answers:?}");
}

/// The Ingress also has an unready backend. Its Pods only explain a warning.
#[tokio::test]
async fn a_denial_does_not_wait_for_pods() {
    let webhook = Webhook::start(|fake| put_unready(fake, "shop", "web")).await;
    webhook.fake.always(Verb::List, "pods", Fault::Slow(Duration::from_secs(30)));
    for (backends, reason) in
        [(["web:81", "web:80"], "\"web\" has no port 81"), (["gone:80", "web:80"], "\"gone\" does not exist")]
    {
        let start = Instant::now();
        let response = webhook.ask("shop", &backends).await;
        assert_eq!(response["allowed"], false, "{response}");
        assert!(response["status"]["message"].as_str().unwrap().contains(reason), "{response}");
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
}

/// The index does not contain the Service yet, so its selector is known only after a live read.
#[tokio::test]
async fn a_service_that_is_not_in_the_index_is_explained() {
    let webhook = Webhook::start(|_| {}).await;
    let fake = &webhook.fake;
    fake.freeze(true);
    put_unready(fake, "shop", "web");
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    fake.put(
        "pods",
        "shop",
        "web-1",
        json!({"metadata": {"labels": {"app": "web"}}, "status": {"phase": "Running", "containerStatuses": [
            {"name": "app", "state": waiting}]}}),
    );
    let response = webhook.ask("shop", &["web:80"]).await;
    assert_eq!(response["allowed"], true, "{response}");
    assert!(response["warnings"][0].as_str().unwrap().contains("CrashLoopBackOff"), "{response}");
}
