//! Requests that cannot be judged: a client that can reach the port must not be able to fill the disk with log lines.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use backstop::telemetry::metrics;
use backstop::webhook::{Admission, router};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::admission::{ingress, review, shop};
use crate::log_lines::LogLines;

/// A review whose object cannot be decoded.
fn undecodable() -> String {
    let mut object = ingress(&["web:80"], &json!({}));
    object["spec"]["rules"] = "x".repeat(100_000).into();
    review("CREATE", &object, &Value::Null).to_string()
}

async fn post(router: &Router, kind: &str, body: String) -> u16 {
    let request = Request::post("/validate").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
    router.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[rstest]
#[case::garbage("application/json", "<html>".to_owned(), 400, 50)]
#[case::another_type("text/plain", "{}".to_owned(), 415, 50)]
#[case::undecodable("application/json", undecodable(), 200, 0)]
#[tokio::test]
async fn many_malformed_requests_are_counted_and_logged_once(
    #[case] kind: &str,
    #[case] body: String,
    #[case] status: u16,
    #[case] malformed: u32,
) {
    let lines = LogLines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.writer()).finish();
    let (metrics, exporter) = metrics::new("test");
    let router = router(Admission { facts: shop(None), policy: Arc::default(), metrics });
    let logging = tracing::subscriber::set_default(subscriber);
    for _ in 0..50 {
        assert_eq!(post(&router, kind, body.clone()).await, status);
    }
    drop(logging);
    let log = lines.text();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.len() < 2000, "{log}");
    let counted = format!("backstop_admission_malformed_requests_total {malformed}");
    assert!(exporter.encode().lines().any(|line| line == counted), "{}", exporter.encode());
}
