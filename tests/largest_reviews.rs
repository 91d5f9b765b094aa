//! The reviews of the benchmark `adversary` and of `tests/memory_limit` are legal: an API server accepts and stores
//! their objects. None of the shapes hides a missing Service.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic at the first failure"
)]

#[path = "../benches/support/adversary/mod.rs"]
mod adversary;
#[path = "../benches/support/listed.rs"]
mod listed;
#[path = "../benches/support/world.rs"]
mod world;

use adversary::limits::{ANNOTATIONS, STORED, annotations, stored};
use adversary::{Shape, largest, shapes};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[test]
fn every_shape_fits_into_the_limits_of_the_api_server() {
    for shape in shapes() {
        assert_fits(shape.name, &(shape.build)(shape.full).review);
    }
}

fn assert_fits(name: &str, review: &str) {
    let review: Value = serde_json::from_str(review).unwrap();
    for field in ["object", "oldObject"] {
        let object = &review["request"][field];
        let sizes = (annotations(object), stored(object));
        assert!(sizes.0 <= ANNOTATIONS && sizes.1 <= STORED, "{name}: {sizes:?}");
    }
}

/// No review of stored objects is larger than the largest of these: six bytes of JSON for each byte of two objects.
#[test]
fn the_largest_reviews_fit_into_the_limits_of_the_api_server() {
    let reviews = largest::reviews();
    // The updates are of the same objects, and take long to parse.
    for (name, review) in reviews.iter().filter(|(name, _)| !name.ends_with(", update")) {
        assert_fits(name, review);
    }
    let largest = reviews.iter().map(|(_, review)| review.len()).max().unwrap();
    assert!((12 * STORED / 1000 * 995..=12 * STORED + 4096).contains(&largest), "{largest}");
}

/// Otherwise the ratio of two sizes would not show how the cost grows.
#[test]
fn half_the_size_is_half_the_input() {
    for shape in shapes() {
        let [full, half] = [shape.full / 8, shape.full / 16].map(|size| {
            let case = (shape.build)(size);
            case.review.len() + case.objects.iter().map(|object| object.to_string().len()).sum::<usize>()
        });
        let percent = full * 100 / half;
        assert!((160..=220).contains(&percent), "{}: {percent} %", shape.name);
    }
}

/// The shapes in which a missing Service is only a warning, and why.
const ONLY_WARNED: [(&str, &str); 4] = [
    ("default-backend-annotation", "the Service of the annotation answers"),
    ("canary-among-ingresses", "the subject is a canary"),
    ("canary-beside-a-large-ingress", "the subject is a canary"),
    ("wide-selector-read-live", "the mode of the namespace is warn"),
];

/// A sixteenth of a shape still has hundreds of other faults, and debug builds judge it in time.
const PART: usize = 16;

/// The answer to a review of `shape` with one more rule, whose Service `name` does not exist.
async fn answer_with_a_missing_service(shape: &Shape, name: &str, first: bool) -> Value {
    let mut case = (shape.build)(shape.full / PART);
    let mut review: Value = serde_json::from_str(&case.review).unwrap();
    let rules = review["request"]["object"]["spec"]["rules"].as_array_mut().unwrap();
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let paths = json!([{"path": "/", "pathType": "Prefix", "backend": backend}]);
    let at = if first { 0 } else { rules.len() };
    rules.insert(at, json!({"host": format!("{name}.example"), "http": {"paths": paths}}));
    case.review = review.to_string();
    let request = Request::post("/validate?timeout=30s").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(case.review.clone())).unwrap();
    let answer = listed::webhook(&case).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", shape.name);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

/// The missing Service is refused beside every shape, whether the rule and the name come first or last.
#[rstest]
#[case::first("aaaa", true)]
#[case::first_rule_and_last_name("zzzz", true)]
#[case::last_rule_and_first_name("aaaa", false)]
#[case::last("zzzz", false)]
#[tokio::test]
async fn a_missing_service_is_refused_beside_every_shape(#[case] name: &str, #[case] first: bool) {
    for shape in shapes() {
        let answer = answer_with_a_missing_service(shape, name, first).await;
        let warned = ONLY_WARNED.iter().any(|(warned, _)| *warned == shape.name);
        assert_eq!(answer["response"]["allowed"], warned, "{}: {}", shape.name, answer["response"]);
    }
}
