//! Reviews that take more memory than a review may have.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use backstop::engine::view::Snapshot;
use backstop::http::{BodyLimits, BodyReader, protect};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, router};
use http_body_util::BodyExt as _;
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

/// The webhook behind a reader of bodies, which may take `all` bytes.
fn bounded(all: usize) -> (Router, metrics::Exporter) {
    let (metrics, exporter) = metrics::new("test");
    let admission = Admission { facts: known(Snapshot::complete()), policy: Arc::default(), metrics: metrics.clone() };
    (protect(router(admission), BodyReader::new(BodyLimits { all, ..BodyLimits::default() }), metrics), exporter)
}

/// `CREATE` with a long path. Each of its commas counts as the beginning of another field.
fn large() -> String {
    CREATE.replacen("\"path\":\"/\"", &format!("\"path\":\"/{}\"", ",".repeat(1_100_000)), 1)
}

/// Bytes of bodies that suffice, and that do not suffice, for [`large`].
const SUFFICIENT: usize = 72 << 20;
const INSUFFICIENT: usize = 2 << 20;

#[rstest]
#[case::create(&[], r#"backstop_admission_requests_total{operation="CREATE",verdict="unknown",dry_run="false"} 1"#)]
#[case::update(&[("\"CREATE\"", "\"UPDATE\"")], r#"backstop_admission_requests_total{operation="UPDATE",verdict="unknown",dry_run="false"} 1"#)]
#[tokio::test]
async fn a_review_that_takes_too_much_memory_is_allowed_with_a_warning(
    #[case] changes: &[(&str, &str)],
    #[case] counted: &str,
    #[values(SUFFICIENT, INSUFFICIENT)] all: usize,
) {
    let (router, exporter) = bounded(all);
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
}

/// A review of another object gets no warning. A review without a uid gets no answer.
#[rstest]
#[case::another_kind(large().replace("\"resource\":\"ingresses\"", "\"resource\":\"services\""), 200, "\"allowed\":true}}")]
#[case::no_operation_of_ours(large().replace("\"CREATE\"", "\"DELETE\""), 200, "\"allowed\":true}}")]
#[case::no_beginning(format!("[{}", large()), 413, "the body takes too much memory")]
#[case::no_uid(large().replacen("\"uid\"", "\"other\"", 1), 413, "the body takes too much memory")]
#[case::no_review(",".repeat(1_100_000), 413, "the body takes too much memory")]
#[tokio::test]
async fn what_is_no_review_of_an_ingress_gets_no_warning(
    #[case] body: String,
    #[case] status: u16,
    #[case] expected: &str,
    #[values(SUFFICIENT, INSUFFICIENT)] all: usize,
) {
    let (router, _) = bounded(all);
    let (answered, answer) = answer(&router, body).await;
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(answered, status, "{answer}");
    assert!(answer.contains(expected) && !answer.contains("warnings"), "{answer}");
}

async fn answer(router: &Router, body: String) -> (StatusCode, Vec<u8>) {
    let response = router.clone().oneshot(post(body)).await.unwrap();
    (response.status(), response.into_body().collect().await.unwrap().to_bytes().to_vec())
}
