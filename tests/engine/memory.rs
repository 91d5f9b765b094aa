//! Reviews that take more memory than one request may have, and how long the memory of a review counts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use backstop::engine::view::{LiveFacts, Need, Purpose, Snapshot, View};
use backstop::http::{BodyLimits, BodyReader};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, Facts, router};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use rstest::rstest;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::admission::known;

/// As the API server sends it: the user and the objects come last.
const CREATE: &str = include_str!("../../benches/reviews/create.json");

fn post(body: String) -> Request<Body> {
    let request = Request::post("/validate?timeout=1s").header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body)).unwrap()
}

fn bounded(facts: impl Facts, all: usize) -> (Router, BodyReader, metrics::Exporter) {
    let (metrics, exporter) = metrics::new("test");
    let bodies = BodyReader::new(BodyLimits { all, ..BodyLimits::default() });
    (bodies.clone().limit(router(Admission { facts, policy: Arc::default(), metrics })), bodies, exporter)
}

/// `CREATE` with a path that is longer than what is kept of it.
fn large() -> String {
    CREATE.replacen("\"path\":\"/\"", &format!("\"path\":\"/{}\"", "a".repeat(500_000)), 1)
}

#[rstest]
#[case::create(&[], r#"backstop_admission_requests_total{operation="CREATE",verdict="unknown",dry_run="false"} 1"#)]
#[case::update(&[("\"CREATE\"", "\"UPDATE\"")], r#"backstop_admission_requests_total{operation="UPDATE",verdict="unknown",dry_run="false"} 1"#)]
#[tokio::test]
async fn a_review_that_takes_too_much_memory_is_allowed_with_a_warning(
    #[case] changes: &[(&str, &str)],
    #[case] counted: &str,
) {
    let (router, bodies, exporter) = bounded(known(Snapshot::complete()), 1 << 20);
    let review = changes.iter().fold(large(), |review, (old, new)| review.replace(old, new));
    let (status, answer) = answer(&router, review).await;
    assert_eq!(status, StatusCode::OK);
    let response = &serde_json::from_slice::<Value>(&answer).unwrap()["response"];
    assert_eq!(
        (&response["uid"], &response["allowed"]),
        (&"0df28fbd-5f5f-11e8-bc74-36e6bb280816".into(), &true.into())
    );
    let warning = "backend check skipped: the Ingress is too large to be checked; split it into several";
    assert_eq!(response["warnings"], serde_json::json!([warning]));
    assert_eq!(response["auditAnnotations"]["verdict"], "unknown");
    assert!(exporter.encode().lines().any(|line| line == counted), "{}", exporter.encode());
    assert_eq!(bodies.held(), 0);
}

/// Other objects are none of our business, and without a uid there is no answer.
#[rstest]
#[case::another_kind(large().replace("\"resource\":\"ingresses\"", "\"resource\":\"services\""), 200, "\"allowed\":true}}")]
#[case::no_operation_of_ours(large().replace("\"CREATE\"", "\"DELETE\""), 200, "\"allowed\":true}}")]
#[case::no_beginning(format!("[{}", large()), 413, "the body takes too much memory")]
#[case::no_uid(large().replacen("\"uid\"", "\"other\"", 1), 413, "the body takes too much memory")]
#[case::no_review("x".repeat(500_000), 413, "the body takes too much memory")]
#[tokio::test]
async fn what_is_no_review_of_an_ingress_gets_no_warning(
    #[case] body: String,
    #[case] status: u16,
    #[case] expected: &str,
) {
    let (router, ..) = bounded(known(Snapshot::complete()), 1 << 20);
    let (answered, answer) = answer(&router, body).await;
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(answered, status, "{answer}");
    assert!(answer.contains(expected) && !answer.contains("warnings"), "{answer}");
}

async fn answer(router: &Router, body: String) -> (StatusCode, Vec<u8>) {
    let response = router.clone().oneshot(post(body)).await.unwrap();
    (response.status(), response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

/// Blocks until it is told to go on.
struct Blocked(Mutex<Receiver<()>>);

impl Facts for Blocked {
    fn picture(&self, _: &[&str]) -> Arc<dyn View + Send + Sync> {
        self.0.lock().recv().unwrap();
        Arc::new(Snapshot::complete())
    }

    async fn read(&self, _: BTreeSet<Need>, _: Purpose, _: tokio::time::Instant) -> LiveFacts {
        LiveFacts::default()
    }
}

/// An evaluation that outlasts the deadline still uses its memory.
#[tokio::test]
async fn the_memory_of_a_late_review_counts_until_its_evaluation_ends() {
    let (go_on, told) = channel();
    let (router, bodies, _) = bounded(Blocked(Mutex::new(told)), 156 << 20);
    let (status, answer) = answer(&router, large()).await;
    assert!(status == StatusCode::OK && String::from_utf8_lossy(&answer).contains("check skipped"));
    assert!(bodies.held() > 500_000, "{}", bodies.held());
    go_on.send(()).unwrap();
    for _ in 0..100 {
        if bodies.held() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} bytes are held", bodies.held());
}
